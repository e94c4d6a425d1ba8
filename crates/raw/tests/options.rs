//! Every option through the raw face: who may ask and set, sizes, NULL, defaults, and what a request takes over. The
//! tables here are those of the documentation, written down once more: they know nothing of the table in the library.

#![allow(unsafe_code)]
// A panic is how a test reports.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::ffi::c_void;
use std::ptr::{null, null_mut};

use openwinhttp_sys::Win32::Foundation::*;
use openwinhttp_sys::Win32::Networking::WinHttp::*;
use openwinhttp_sys::w;

/// No option of winhttp.h is left out, and none is there twice.
#[test]
fn every_option_has_a_row() {
    let rows: Vec<u32> = ROWS.iter().map(|row| row.number).collect();
    let options: Vec<u32> = openwinhttp::OPTIONS.iter().map(|row| row.number).collect();
    assert_eq!(rows, options);
    assert_eq!(rows.len(), 135);
}

/// Who may ask and who may set: the right code for each type of handle, with a buffer that is as large as it must be.
#[test]
fn handles() {
    for row in ROWS {
        for kind in KINDS {
            let world = World::new();
            let (handle, asked) = (world.handle(kind), query(world.handle(kind), row.number, Some(&row.given()), 600));
            assert_eq!(asked.code, row.query_code(kind), "query {} on {kind:?}", row.number);
            assert!(asked.code == 0 || asked.is_untouched(600), "query {} on {kind:?}", row.number);
            let sample = row.sample();
            let code = set(handle, row.number, Some(&sample), row.length(&sample));
            assert_eq!(code, row.set_code(kind), "set {} on {kind:?}", row.number);
        }
    }
}

/// NULL and every size around the right one, for what can be asked.
#[test]
fn sizes_of_queries() {
    for (row, kind) in ROWS.iter().flat_map(|row| KINDS.map(|kind| (row, kind))) {
        let world = World::new();
        let handle = world.handle(kind);
        // SAFETY: the length is NULL, and the buffer large enough for everything.
        let no_length =
            || unsafe { WinHttpQueryOption(handle, row.number, [0u8; 600].as_mut_ptr().cast(), null_mut()) };
        assert_eq!(told(no_length), if row.is_open_to(kind) { INVALID } else { NO_HANDLE }, "query {}", row.number);
        let Some(size) = row.answer_size().filter(|_| row.may_ask(kind)) else { continue };
        let too_small = [(0xDEAD_BEEF, None), (0, None), (0, Some(0)), (size.wrapping_sub(1), size.checked_sub(1))];
        for (length, room) in too_small.into_iter().filter(|_| size > 0) {
            let given = room.map(|room| vec![UNTOUCHED; room as usize]);
            let asked = query(handle, row.number, given.as_deref(), length);
            assert_eq!((asked.code, asked.length), (SHORT, size), "query {} with {length} bytes", row.number);
            assert!(asked.is_untouched(length));
        }
        for length in [size, size + 1] {
            let asked = query(handle, row.number, Some(&row.given()), length);
            assert_eq!(asked.code, row.query_code(kind), "query {} with {length} bytes", row.number);
            // Text is told without its NUL.
            let told = if asked.code != 0 { length } else { size - row.nul() };
            assert_eq!(asked.length, told, "query {} with {length} bytes", row.number);
        }
    }
}

/// NULL and every size around the right one, for what can be set.
#[test]
fn sizes_of_sets() {
    for (row, kind) in
        ROWS.iter().flat_map(|row| KINDS.map(|kind| (row, kind))).filter(|(row, kind)| row.may_set(*kind))
    {
        let world = World::new();
        let handle = world.handle(kind);
        let Some(size) = row.fixed_size() else { continue };
        let wrong = if WRONG_SIZE_IS_INVALID.contains(&row.number) { INVALID } else { SHORT };
        for length in [size.wrapping_sub(1), size + 1].into_iter().filter(|length| *length < 600) {
            let code = set(handle, row.number, Some(&row.padded_sample()), length);
            assert_eq!(code, wrong, "set {} with {length} bytes", row.number);
        }
        for length in [1, 4, 0xDEAD_BEEF] {
            assert_eq!(set(handle, row.number, None, length), INVALID, "set {} with NULL", row.number);
        }
        let with_nothing = if size == 0 { row.set_code(kind) } else { wrong };
        assert_eq!(set(handle, row.number, None, 0), with_nothing, "set {} with nothing", row.number);
        assert_eq!(set(handle, row.number, Some(&row.padded_sample()), 0), with_nothing, "set {}", row.number);
    }
}

/// What nobody has set.
#[test]
fn defaults() {
    for (row, kind) in
        ROWS.iter().flat_map(|row| KINDS.map(|kind| (row, kind))).filter(|(row, kind)| row.may_ask(*kind))
    {
        let world = World::new();
        match row.what {
            What::Number { default: Some(default), .. } => {
                assert_eq!(number(world.handle(kind), row.number), default, "{} of {kind:?}", row.number);
            }
            What::Text { default, .. } => {
                let asked = query(world.handle(kind), row.number, Some(&[0; 600]), 600);
                assert_eq!((asked.code, asked.text()), (0, default.to_owned()), "{} of {kind:?}", row.number);
            }
            _ => {}
        }
    }
}

/// What was set can be asked for again.
#[test]
fn read_back() {
    let mut count = 0;
    for (row, kind) in ROWS.iter().flat_map(|row| KINDS.map(|kind| (row, kind))) {
        // What is taken without effect stays what it is.
        let is_kept = !matches!(row.what, What::Number { kept: false, .. });
        if !(row.may_ask(kind) && row.may_set(kind) && is_kept) {
            continue;
        }
        let (world, sample) = (World::new(), row.sample());
        assert_eq!(set(world.handle(kind), row.number, Some(&sample), row.length(&sample)), 0);
        let asked = query(world.handle(kind), row.number, Some(&[UNTOUCHED; 600]), 600);
        assert_eq!((asked.code, asked.value()), (0, sample.as_slice()), "{} of {kind:?}", row.number);
        count += 1;
        if row.number == WINHTTP_OPTION_HTTP_VERSION {
            // It belongs to the process, and other tests look at it.
            assert_eq!(set(null_mut(), row.number, Some(&[1, 0, 0, 0, 1, 0, 0, 0]), 8), 0);
        }
    }
    assert!(count > 30, "{count}");
}

/// A request takes over what its session has when it is opened; a connection shows what the session has at the moment.
#[test]
fn inheritance() {
    let mut count = 0;
    let shared = |row: &&Row| row.may_ask(Kind::Session) && row.may_set(Kind::Session) && row.may_ask(Kind::Request);
    for row in ROWS.iter().filter(shared) {
        let What::Number { default: Some(default), sample, .. } = row.what else { continue };
        let world = World::new();
        let [session, connection, old] =
            [Kind::Session, Kind::Connection, Kind::Request].map(|kind| world.handle(kind));
        assert_eq!(set(session, row.number, Some(&sample.to_ne_bytes()), 4), 0);
        assert_eq!(number(old, row.number), default, "{} of a request that was there before", row.number);
        // SAFETY: every text is NULL.
        let new = unsafe { WinHttpOpenRequest(connection, null(), null(), null(), null(), null(), 0) };
        assert_eq!(number(new, row.number), sample, "{} of a new request", row.number);
        if row.may_ask(Kind::Connection) {
            assert_eq!(number(connection, row.number), sample, "{} of the connection", row.number);
        }
        assert_eq!(set(new, row.number, Some(&default.to_ne_bytes()), 4), 0);
        assert_eq!(number(session, row.number), sample, "{} of the session", row.number);
        // SAFETY: there is no pointer to memory.
        assert_eq!(unsafe { WinHttpCloseHandle(new) }, 1);
        count += 1;
    }
    assert!(count >= 13, "{count}");
}

/// Numbers that are no option.
#[test]
fn unknown_options() {
    let world = World::new();
    for kind in KINDS {
        for option in [0, 8, 10, 102, 109, 201, 213, 0x0FFF, 0x1004, u32::MAX] {
            let no_handle = kind == Kind::Null;
            let expected = |code| if no_handle { NO_HANDLE } else { code };
            assert_eq!(query(world.handle(kind), option, Some(&[0; 8]), 8).code, expected(INVALID), "{option}");
            assert_eq!(query(world.handle(kind), option, None, 0).code, expected(INVALID), "{option}");
            assert_eq!(set(world.handle(kind), option, Some(&[0; 8]), 8), expected(NO_OPTION), "{option}");
            assert_eq!(set(world.handle(kind), option, None, 0), expected(NO_OPTION), "{option}");
            assert_eq!(set(world.handle(kind), option, None, 8), expected(INVALID), "{option}");
        }
    }
}

/// Values that an option takes, and values that it does not.
#[test]
fn values() {
    for &(option, kind, values, code) in VALUES {
        for value in values {
            let world = World::new();
            assert_eq!(set(world.handle(kind), option, Some(&value.to_ne_bytes()), 4), code, "{option}: {value:#x}");
        }
    }
}

/// Of a handle whose parent is closed, three things can still be asked; a closed handle tells nothing.
#[test]
fn orphans() {
    for row in ROWS {
        let world = World::new();
        world.close(Kind::Session);
        for kind in [Kind::Connection, Kind::Request] {
            let is_known = [1, 9, 45].contains(&row.number);
            let asked = query(world.handle(kind), row.number, Some(&row.given()), 600);
            assert_eq!(asked.code, if is_known { 0 } else { NO_HANDLE }, "query {} on {kind:?}", row.number);
            let sample = row.sample();
            assert_eq!(set(world.handle(kind), row.number, Some(&sample), row.length(&sample)), NO_HANDLE);
        }
        let asked = query(world.handle(Kind::Session), row.number, Some(&row.given()), 600);
        assert_eq!(asked.code, NO_HANDLE, "query {} on a closed session", row.number);
    }
}

/// Length in characters for five options, in bytes for the others; with or without a NUL.
#[test]
fn lengths_of_text() {
    let text: Vec<u8> = "ab\0".encode_utf16().flat_map(u16::to_ne_bytes).collect();
    for (row, kind) in ROWS.iter().flat_map(|row| KINDS.map(|kind| (row, kind))) {
        let What::Text { in_characters, .. } = row.what else { continue };
        if !(row.may_ask(kind) && row.may_set(kind)) {
            continue;
        }
        let unit = if in_characters { 1 } else { 2 };
        for (length, expected) in [(2, "ab"), (3, "ab"), (1, "a"), (0, "")] {
            let world = World::new();
            assert_eq!(set(world.handle(kind), row.number, Some(&text), length * unit), 0, "{}", row.number);
            let asked = query(world.handle(kind), row.number, Some(&[0; 600]), 600);
            assert_eq!(asked.text(), expected, "{} with the length {length}", row.number);
        }
        let odd = set(World::new().handle(kind), row.number, Some(&text), 3);
        assert_eq!(odd, if in_characters { 0 } else { SHORT }, "{}", row.number);
    }
}

/// The function that was set, whichever way.
#[test]
fn callbacks() {
    unsafe extern "system" fn callback(_: *mut c_void, _: usize, _: u32, _: *mut c_void, _: u32) {}
    let (world, address) = (World::new(), (callback as *const ()).addr());
    let asked = |kind| query(world.handle(kind), WINHTTP_OPTION_CALLBACK, Some(&[UNTOUCHED; 8]), 8).address();
    assert_eq!(asked(Kind::Session), 0);
    // SAFETY: the function may be called at any time.
    unsafe { WinHttpSetStatusCallback(world.handle(Kind::Session), Some(callback), 0xFFFF_FFFF, 0) };
    assert_eq!((asked(Kind::Session), asked(Kind::Request)), (address, 0));
    let code = set(world.handle(Kind::Request), WINHTTP_OPTION_CALLBACK, Some(&address.to_ne_bytes()), POINTER as u32);
    assert_eq!((code, asked(Kind::Request)), (0, address));
    // SAFETY: there is no pointer to memory.
    let before = unsafe { WinHttpSetStatusCallback(world.handle(Kind::Request), None, 0, 0) };
    assert_eq!(before.map(|before| before as usize), Some(address));
}

/// What a call told of a query: its code, the length it left, and the buffer.
struct Asked {
    code: u32,
    length: u32,
    buffer: Vec<u8>,
    given: Vec<u8>,
}

impl Asked {
    fn value(&self) -> &[u8] {
        &self.buffer[..self.length as usize]
    }

    fn text(&self) -> String {
        let units: Vec<u16> = self.value().chunks(2).map(|unit| u16::from_ne_bytes([unit[0], unit[1]])).collect();
        assert_eq!(self.buffer[self.length as usize..][..2], [0, 0], "no NUL");
        String::from_utf16(&units).unwrap()
    }

    fn address(&self) -> usize {
        assert_eq!((self.code, self.length as usize), (0, POINTER));
        usize::from_ne_bytes(self.value().try_into().unwrap())
    }

    /// Whether nothing was written up to this length.
    fn is_untouched(&self, length: u32) -> bool {
        self.buffer[..self.buffer.len().min(length as usize)] == self.given[..self.given.len().min(length as usize)]
    }
}

/// One query with this in the buffer; without, the buffer is NULL.
#[track_caller]
fn query(handle: *mut c_void, option: u32, given: Option<&[u8]>, length: u32) -> Asked {
    let given = given.map(<[u8]>::to_vec);
    let (mut buffer, mut told_length) = (given.clone(), length);
    let place = buffer.as_mut().map_or(null_mut(), |buffer| buffer.as_mut_ptr().cast());
    // SAFETY: the buffer is as large as the length says, or NULL.
    let code = told(|| unsafe { WinHttpQueryOption(handle, option, place, &mut told_length) });
    assert!([0, SHORT].contains(&code) || told_length == length, "{option}: the length was changed");
    Asked { code, length: told_length, buffer: buffer.unwrap_or_default(), given: given.unwrap_or_default() }
}

#[track_caller]
fn number(handle: *mut c_void, option: u32) -> u32 {
    let asked = query(handle, option, Some(&[UNTOUCHED; 5]), 5);
    assert_eq!((asked.code, asked.length, asked.buffer[4]), (0, 4, UNTOUCHED), "{option}");
    u32::from_ne_bytes(asked.value().try_into().unwrap())
}

#[track_caller]
fn set(handle: *mut c_void, option: u32, bytes: Option<&[u8]>, length: u32) -> u32 {
    let place = bytes.map_or(null(), |bytes| bytes.as_ptr().cast());
    // SAFETY: the buffer is as large as the length says, or NULL, or the length is noticed to be wrong.
    told(|| unsafe { WinHttpSetOption(handle, option, place, length) })
}

#[track_caller]
fn told(call: impl FnOnce() -> i32) -> u32 {
    // SAFETY: every call is safe.
    unsafe { SetLastError(0xBEEF) };
    let returned = call();
    // SAFETY: as before.
    let code = unsafe { GetLastError() };
    assert_eq!(returned, i32::from(code == 0), "the return value does not agree with the last error {code}");
    code
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Null,
    Session,
    Connection,
    Request,
}

const KINDS: [Kind; 4] = [Kind::Null, Kind::Session, Kind::Connection, Kind::Request];

/// A handle of each kind, closed at the end.
struct World([*mut c_void; 4]);

impl World {
    fn new() -> Self {
        // SAFETY: every text ends with a NUL, or is NULL.
        let handles = unsafe {
            let session = WinHttpOpen(w!("A/1"), WINHTTP_ACCESS_TYPE_NO_PROXY, null(), null(), 0);
            let connection = WinHttpConnect(session, w!("h"), 8080, 0);
            let request = WinHttpOpenRequest(connection, null(), w!("/p?q"), null(), null(), null(), 0);
            [null_mut(), session, connection, request]
        };
        assert!(handles[1..].iter().all(|handle| !handle.is_null()));
        Self(handles)
    }

    fn handle(&self, kind: Kind) -> *mut c_void {
        self.0[kind as usize]
    }

    fn close(&self, kind: Kind) {
        // SAFETY: there is no pointer to memory.
        assert_eq!(unsafe { WinHttpCloseHandle(self.handle(kind)) }, 1);
    }
}

impl Drop for World {
    fn drop(&mut self) {
        for handle in self.0 {
            // SAFETY: there is no pointer to memory. A test may have closed it already.
            unsafe { WinHttpCloseHandle(handle) };
        }
    }
}

/// An option as the documentation has it.
struct Row {
    number: u32,
    /// What NULL, a session, a connection and a request allow: `q` to ask, `s` to set.
    access: [&'static str; 4],
    what: What,
}

#[derive(Clone, Copy)]
enum What {
    /// Four bytes: what they are at first, where that is known; a value to set; whether that can be seen again.
    Number {
        default: Option<u32>,
        sample: u32,
        kept: bool,
    },
    Text {
        in_characters: bool,
        default: &'static str,
        sample: &'static str,
    },
    /// So many bytes.
    Bytes(usize),
    /// So many bytes, that are not there before something has happened.
    Later(usize),
    /// Nothing is set but the option.
    Nothing,
    /// It is not supported: queries give 87 and sets 12009, where they would be right.
    Unsupported,
}

impl Row {
    fn access(&self, kind: Kind) -> &'static str {
        self.access[kind as usize]
    }

    /// Whether the handle can be NULL, or is not.
    fn is_open_to(&self, kind: Kind) -> bool {
        kind != Kind::Null || self.access(kind).contains('q')
    }

    fn may_ask(&self, kind: Kind) -> bool {
        self.access(kind).contains('q') && !matches!(self.what, What::Unsupported)
    }

    fn may_set(&self, kind: Kind) -> bool {
        self.access(kind).contains('s') && !matches!(self.what, What::Unsupported)
    }

    fn query_code(&self, kind: Kind) -> u32 {
        match (kind, self.what) {
            (Kind::Null, _) if !self.access(kind).contains('q') => NO_HANDLE,
            (Kind::Connection, _) if [122, 123].contains(&self.number) => WRONG_TYPE,
            _ if !self.may_ask(kind) => INVALID,
            (_, What::Later(_)) => STATE,
            _ => 0,
        }
    }

    fn set_code(&self, kind: Kind) -> u32 {
        let settable = self.access.iter().any(|access| access.contains('s')) || ON_WEB_SOCKETS.contains(&self.number);
        match kind {
            Kind::Null if !self.access(kind).contains('s') => NO_HANDLE,
            _ if !settable => NOT_SETTABLE,
            _ if !self.access(kind).contains('s') => WRONG_TYPE,
            _ if matches!(self.what, What::Unsupported) => NO_OPTION,
            // Nothing was sent, so that there is no connection to end.
            _ if self.number == 143 => STATE,
            _ => 0,
        }
    }

    /// How many bytes there are, for what is no text.
    fn fixed_size(&self) -> Option<u32> {
        match self.what {
            What::Number { .. } => Some(4),
            What::Bytes(size) | What::Later(size) => Some(size as u32),
            What::Nothing => Some(0),
            What::Text { .. } | What::Unsupported => None,
        }
    }

    /// How many bytes an answer needs.
    fn answer_size(&self) -> Option<u32> {
        match self.what {
            What::Text { default, .. } => Some(2 * (default.len() as u32 + 1)),
            _ => self.fixed_size(),
        }
    }

    fn nul(&self) -> u32 {
        if let What::Text { .. } = self.what { 2 } else { 0 }
    }

    /// What the buffer of a query holds before: an id of a feature, or how many entries are wanted.
    fn given(&self) -> Vec<u8> {
        let mut given = vec![UNTOUCHED; 600];
        given[..4].copy_from_slice(&WINHTTP_FEATURE_REQUEST_TIMES.to_ne_bytes());
        given
    }

    fn sample(&self) -> Vec<u8> {
        match self.what {
            What::Number { sample, .. } => sample.to_ne_bytes().to_vec(),
            What::Text { sample, .. } => sample.encode_utf16().flat_map(u16::to_ne_bytes).collect(),
            // There is no callback and no event at such an address, so there is none.
            What::Bytes(size) => vec![u8::from(![1, 99].contains(&self.number)); size],
            What::Later(_) | What::Nothing | What::Unsupported => Vec::new(),
        }
    }

    fn padded_sample(&self) -> Vec<u8> {
        [self.sample(), vec![0; 600]].concat()
    }

    /// The length that goes with these bytes.
    fn length(&self, bytes: &[u8]) -> u32 {
        let unit = if matches!(self.what, What::Text { in_characters: true, .. }) { 2 } else { 1 };
        (bytes.len() / unit) as u32
    }
}

/// A number that can be asked for and set.
const fn number_of(number: u32, access: [&'static str; 4], default: u32, sample: u32) -> Row {
    Row { number, access, what: What::Number { default: Some(default), sample, kept: true } }
}

/// A number that can only be asked for, or only be set, or is taken without effect.
const fn plain(number: u32, access: [&'static str; 4], default: Option<u32>, sample: u32) -> Row {
    Row { number, access, what: What::Number { default, sample, kept: false } }
}

const fn text(number: u32, access: [&'static str; 4], in_characters: bool, default: &'static str) -> Row {
    Row { number, access, what: What::Text { in_characters, default, sample: "x/2" } }
}

const fn bytes(number: u32, access: [&'static str; 4], size: usize) -> Row {
    Row { number, access, what: What::Bytes(size) }
}

const fn later(number: u32, access: [&'static str; 4], size: usize) -> Row {
    Row { number, access, what: What::Later(size) }
}

const fn unsupported(number: u32, access: [&'static str; 4]) -> Row {
    Row { number, access, what: What::Unsupported }
}

/// Every option, by number: what NULL, sessions, connections and requests allow, the first value, and another one.
#[rustfmt::skip]
const ROWS: &[Row] = &[
    bytes(1, ["", "qs", "qs", "qs"], POINTER),
    number_of(2, ["", "qs", "q", "qs"], 0, 0xBEEF_DEAD),
    number_of(3, ["", "qs", "q", "qs"], 60_000, 0xBEEF_DEAD),
    number_of(4, ["", "qs", "", "qs"], 5, 6),
    number_of(5, ["", "qs", "q", "qs"], 30_000, 0xBEEF_DEAD),
    number_of(6, ["", "qs", "q", "qs"], 30_000, 48_879),
    number_of(7, ["", "qs", "q", "qs"], 90_000, 0xBEEF_DEAD),
    plain(9, ["", "q", "q", "q"], None, 0),
    number_of(12, ["", "", "", "qs"], 0, 8192),
    number_of(13, ["", "", "", "qs"], 0, 8192),
    bytes(21, ["", "", "q", "q"], POINTER),
    plain(24, ["q", "q", "", "q"], Some(0), 0),
    unsupported(31, ["", "", "", "qs"]),
    unsupported(32, ["", "", "", "q"]),
    text(34, ["", "", "", "q"], false, "http://h:8080/p?q"),
    unsupported(36, ["", "", "", "q"]),
    unsupported(38, ["q", "qs", "", "qs"]),
    unsupported(39, ["", "", "", "s"]),
    text(41, ["", "qs", "", ""], true, "A/1"),
    bytes(45, ["", "qs", "qs", "qs"], POINTER),
    unsupported(47, ["", "", "", "s"]),
    number_of(58, ["", "", "", "qs"], 0, 7),
    bytes(59, ["qs", "", "", ""], 8),
    plain(63, ["", "", "", "s"], None, 0xFFFF_FFFF),
    plain(68, ["", "s", "", ""], None, 65001),
    number_of(73, ["", "qs", "", ""], 0xFFFF_FFFF, 3),
    number_of(74, ["", "qs", "", ""], 0xFFFF_FFFF, 3),
    plain(77, ["", "", "", "s"], None, 2),
    unsupported(78, ["", "", "", "q"]),
    plain(79, ["", "s", "", "s"], None, 0),
    plain(80, ["s", "q", "q", "q"], Some(0), 4),
    later(81, ["", "", "", "q"], 0),
    later(82, ["", "", "", "q"], 0),
    plain(83, ["", "s", "", ""], None, 0x1000_0000),
    unsupported(84, ["", "s", "", ""]),
    plain(85, ["qs", "", "", ""], Some(0), 1),
    unsupported(86, ["", "s", "", ""]),
    later(87, ["", "", "", "q"], 0),
    number_of(88, ["", "qs", "", "qs"], 1, 2),
    number_of(89, ["", "qs", "", "qs"], 10, 2),
    number_of(90, ["", "qs", "", "qs"], 10, 3),
    number_of(91, ["", "qs", "", "qs"], 65536, 1024),
    number_of(92, ["", "qs", "", "qs"], 1_048_576, 1024),
    later(93, ["", "", "", "q"], if POINTER == 8 { 264 } else { 260 }),
    unsupported(94, ["", "", "", "q"]),
    plain(96, ["", "", "", "s"], None, 1),
    unsupported(97, ["s", "", "", ""]),
    unsupported(98, ["s", "", "", ""]),
    bytes(99, ["", "s", "", ""], POINTER),
    plain(100, ["", "", "", "s"], None, 1),
    plain(101, ["", "s", "", ""], None, 0),
    plain(103, ["", "s", "", "s"], None, 1),
    plain(104, ["", "q", "", "q"], Some(0), 0),
    unsupported(105, ["", "s", "", "s"]),
    later(106, ["", "", "", "q"], 0),
    later(107, ["", "", "", "q"], 0),
    unsupported(108, ["", "", "", "q"]),
    plain(110, ["", "", "", "s"], None, 1),
    plain(111, ["", "s", "", ""], None, 1),
    unsupported(114, ["", "", "", "s"]),
    unsupported(115, ["", "", "", ""]),
    unsupported(116, ["", "", "", ""]),
    plain(118, ["", "s", "", "s"], None, 3),
    number_of(122, ["", "qs", "", "qs"], 32768, 65536),
    number_of(123, ["", "qs", "", "qs"], 32768, 65536),
    plain(128, ["", "s", "", "s"], None, 1),
    unsupported(131, ["", "qs", "qs", "qs"]),
    plain(133, ["", "s", "", "s"], None, 3),
    plain(134, ["", "", "", "q"], Some(0), 0),
    unsupported(136, ["", "qs", "qs", "qs"]),
    plain(137, ["", "s", "", "s"], None, 1),
    plain(138, ["", "s", "", "s"], None, 0),
    plain(139, ["", "s", "", "s"], None, 1),
    plain(140, ["", "s", "", ""], None, 1),
    unsupported(141, ["", "", "", "q"]),
    bytes(142, ["", "", "", "q"], if POINTER == 8 { 520 } else { 516 }),
    Row { number: 143, access: ["", "", "", "s"], what: What::Nothing },
    plain(144, ["", "s", "", ""], None, 1),
    plain(145, ["", "s", "", "s"], None, 0),
    bytes(146, ["", "", "", "q"], 272),
    unsupported(147, ["", "", "", "q"]),
    plain(148, ["", "s", "", "s"], None, 4),
    unsupported(150, ["", "", "", "q"]),
    unsupported(151, ["", "", "", "q"]),
    bytes(152, ["", "s", "", ""], 12),
    plain(153, ["", "s", "", ""], None, 1),
    plain(154, ["", "s", "", ""], None, 1),
    plain(155, ["", "", "", "s"], None, 1),
    plain(158, ["", "s", "", ""], None, 1),
    later(159, ["", "", "", "q"], 4),
    plain(160, ["", "s", "", "s"], None, 1),
    plain(161, ["", "s", "", ""], None, 1),
    bytes(162, ["", "s", "", ""], 8),
    plain(164, ["", "s", "", ""], None, 5000),
    Row {
        number: 165,
        access: ["", "", "", "s"],
        what: What::Text { in_characters: false, default: "", sample: "localhost" },
    },
    unsupported(166, ["", "qs", "qs", "qs"]),
    unsupported(167, ["", "qs", "qs", "qs"]),
    unsupported(168, ["", "qs", "qs", "qs"]),
    plain(169, ["", "s", "", "s"], None, 0),
    unsupported(170, ["", "s", "", ""]),
    plain(171, ["", "s", "", ""], None, 1),
    plain(172, ["", "s", "", ""], None, 2),
    plain(173, ["", "s", "", ""], None, 1),
    unsupported(177, ["", "", "", "q"]),
    bytes(178, ["", "", "", "s"], 16),
    bytes(179, ["", "", "", "s"], 24),
    bytes(183, ["", "s", "", ""], 8),
    plain(184, ["q", "q", "", ""], None, 0),
    unsupported(185, ["", "", "", "q"]),
    plain(188, ["", "s", "", "s"], None, 5000),
    plain(189, ["", "s", "", "s"], None, 5000),
    plain(190, ["", "s", "", "s"], None, 100),
    later(191, ["", "", "", "q"], 4),
    text(192, ["", "", "", "qs"], false, ""),
    plain(193, ["", "s", "", ""], None, 0x1F),
    plain(194, ["", "s", "", ""], None, 1),
    plain(195, ["", "s", "", ""], None, 1),
    plain(196, ["", "s", "", ""], None, 1),
    plain(199, ["", "s", "", "s"], None, 1),
    unsupported(200, ["", "", "", "q"]),
    unsupported(202, ["", "", "", "q"]),
    unsupported(203, ["", "qs", "qs", "qs"]),
    unsupported(204, ["", "qs", "qs", "qs"]),
    unsupported(205, ["", "qs", "qs", "qs"]),
    unsupported(206, ["", "qs", "qs", "qs"]),
    unsupported(207, ["", "qs", "qs", "qs"]),
    unsupported(208, ["", "", "", "q"]),
    unsupported(209, ["", "qs", "qs", "qs"]),
    unsupported(210, ["", "qs", "qs", "qs"]),
    unsupported(211, ["", "qs", "qs", "qs"]),
    unsupported(212, ["", "qs", "qs", "qs"]),
    text(0x1000, ["", "", "", "qs"], true, ""),
    text(0x1001, ["", "", "", "qs"], true, ""),
    text(0x1002, ["", "", "", "qs"], true, ""),
    text(0x1003, ["", "", "", "qs"], true, ""),
];

/// Options of WebSockets, of which there are none yet.
const ON_WEB_SOCKETS: [u32; 2] = [115, 116];

/// Of these, a wrong size is an invalid parameter.
const WRONG_SIZE_IS_INVALID: [u32; 3] = [79, 89, 133];

/// Options with values, and what becomes of each.
const VALUES: &[(u32, Kind, &[u32], u32)] = &[
    (WINHTTP_OPTION_REDIRECT_POLICY, Kind::Session, &[0, 1, 2], 0),
    (WINHTTP_OPTION_REDIRECT_POLICY, Kind::Request, &[3, u32::MAX], INVALID),
    (WINHTTP_OPTION_DECOMPRESSION, Kind::Request, &[0, 1, 2, 3], 0),
    (WINHTTP_OPTION_DECOMPRESSION, Kind::Session, &[4, u32::MAX], INVALID),
    (WINHTTP_OPTION_ENABLE_HTTP_PROTOCOL, Kind::Session, &[0, 1, 2, 3], 0),
    (WINHTTP_OPTION_ENABLE_HTTP_PROTOCOL, Kind::Request, &[4], INVALID),
    (WINHTTP_OPTION_DISABLE_FEATURE, Kind::Request, &[0, 1, 2, 4, 8, 15, u32::MAX], 0),
    (WINHTTP_OPTION_ENABLE_FEATURE, Kind::Request, &[0, 1], 0),
    (WINHTTP_OPTION_ENABLE_FEATURE, Kind::Request, &[2, 3, u32::MAX], INVALID),
    (WINHTTP_OPTION_ENABLE_FEATURE, Kind::Session, &[0, 2], 0),
    (WINHTTP_OPTION_ENABLE_FEATURE, Kind::Session, &[1, 3, 4], INVALID),
    (WINHTTP_OPTION_AUTOLOGON_POLICY, Kind::Request, &[0, 1, 2, 3], 0),
    (WINHTTP_OPTION_AUTOLOGON_POLICY, Kind::Request, &[4], INVALID),
    (WINHTTP_OPTION_SPN, Kind::Request, &[2], INVALID),
    (WINHTTP_OPTION_HTTP2_KEEPALIVE, Kind::Session, &[4999], INVALID),
    (WINHTTP_OPTION_DISABLE_PROXY_AUTH_SCHEMES, Kind::Session, &[0x1F, 0x100], 0),
    (WINHTTP_OPTION_DISABLE_PROXY_AUTH_SCHEMES, Kind::Session, &[0x20], INVALID),
    (WINHTTP_OPTION_CODEPAGE, Kind::Session, &[0, 1252], NO_OPTION),
    (WINHTTP_OPTION_USE_GLOBAL_SERVER_CREDENTIALS, Kind::Session, &[1], NO_OPTION),
    (WINHTTP_OPTION_HTTP_PROTOCOL_REQUIRED, Kind::Request, &[1], NO_OPTION),
    (WINHTTP_OPTION_ENCODE_EXTRA, Kind::Session, &[1], NO_OPTION),
    (WINHTTP_OPTION_REJECT_USERPWD_IN_URL, Kind::Request, &[0, 1, 2], 0),
];

const POINTER: usize = size_of::<usize>();
const UNTOUCHED: u8 = 0xA5;

const NO_HANDLE: u32 = ERROR_INVALID_HANDLE;
const INVALID: u32 = ERROR_INVALID_PARAMETER;
const SHORT: u32 = ERROR_INSUFFICIENT_BUFFER;
const NO_OPTION: u32 = ERROR_WINHTTP_INVALID_OPTION;
const NOT_SETTABLE: u32 = ERROR_WINHTTP_OPTION_NOT_SETTABLE;
const WRONG_TYPE: u32 = ERROR_WINHTTP_INCORRECT_HANDLE_TYPE;
const STATE: u32 = ERROR_WINHTTP_INCORRECT_HANDLE_STATE;
