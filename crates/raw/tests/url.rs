//! `WinHttpCrackUrl` and `WinHttpCreateUrl` with pointers: core.md section 14, row by row.

#![allow(unsafe_code)]
// A panic is how a test reports.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::io;
use std::ptr::{null, null_mut};

use openwinhttp_sys::Win32::Foundation::*;
use openwinhttp_sys::Win32::Networking::WinHttp::*;
use openwinhttp_sys::core::{BOOL, PWSTR};

/// The code of a call: 0 for a success. The last error is the same for both who ask for it (section 1.1).
#[track_caller]
fn told(call: impl FnOnce() -> BOOL) -> u32 {
    // SAFETY: they take and give numbers.
    unsafe { SetLastError(0xBEEF) };
    let is_success = call() != 0;
    let of_system = io::Error::last_os_error().raw_os_error().unwrap() as u32;
    // SAFETY: it gives a number.
    let code = unsafe { GetLastError() };
    assert_eq!((is_success, of_system), (code == 0, code));
    code
}

fn utf16(text: &str) -> Vec<u16> {
    text.encode_utf16().collect()
}

fn with_nul(text: &str) -> Vec<u16> {
    utf16(&format!("{text}\0"))
}

/// A buffer between canaries.
struct Room {
    units: Vec<u16>,
    size: usize,
}

impl Room {
    fn new(size: usize) -> Self {
        Self { units: vec![CANARY; size + 2 * MARGIN], size }
    }

    fn start(&mut self) -> PWSTR {
        self.units[MARGIN..].as_mut_ptr()
    }

    /// The text that was put in, and `None` if there is none; nothing behind its NUL may be touched.
    #[track_caller]
    fn units(&self) -> Option<&[u16]> {
        let (before, rest) = self.units.split_at(MARGIN);
        let end = rest.iter().position(|unit| *unit == 0);
        let after = &rest[end.map_or(0, |end| end + 1)..];
        assert!(end.is_none_or(|end| end < self.size), "written over the end");
        assert!(before.iter().chain(after).all(|unit| *unit == CANARY), "written beside the text");
        end.map(|end| &rest[..end])
    }

    #[track_caller]
    fn text(&self) -> Option<String> {
        self.units().map(|units| String::from_utf16(units).unwrap())
    }
}

const CANARY: u16 = 0xCACA;
const MARGIN: usize = 8;

/// The pointers and lengths in the order of the structure: scheme, host, user, password, path, extra information.
fn fields(c: &mut URL_COMPONENTS) -> [(&mut PWSTR, &mut u32); 6] {
    [
        (&mut c.lpszScheme, &mut c.dwSchemeLength),
        (&mut c.lpszHostName, &mut c.dwHostNameLength),
        (&mut c.lpszUserName, &mut c.dwUserNameLength),
        (&mut c.lpszPassword, &mut c.dwPasswordLength),
        (&mut c.lpszUrlPath, &mut c.dwUrlPathLength),
        (&mut c.lpszExtraInfo, &mut c.dwExtraInfoLength),
    ]
}

const SCHEME: usize = 0;
const HOST: usize = 1;
const USER: usize = 2;
const PASSWORD: usize = 3;
const PATH: usize = 4;
const EXTRA: usize = 5;

/// A structure that asks for nothing, with marks where something may be stored.
fn nothing() -> URL_COMPONENTS {
    URL_COMPONENTS {
        dwStructSize: size_of::<URL_COMPONENTS>() as u32,
        nScheme: -7,
        nPort: 7,
        ..URL_COMPONENTS::default()
    }
}

/// A structure that asks for the places of these parts.
fn places(parts: &[usize]) -> URL_COMPONENTS {
    let mut components = nothing();
    for part in parts {
        *fields(&mut components)[*part].1 = 1;
    }
    components
}

/// A structure that asks for copies of all parts.
fn buffers(rooms: &mut [Room; 6]) -> URL_COMPONENTS {
    let mut components = nothing();
    for ((text, length), room) in fields(&mut components).into_iter().zip(rooms) {
        (*text, *length) = (room.start(), room.size as u32);
    }
    components
}

/// All that a structure holds, to see what a call has changed.
fn contents(c: &URL_COMPONENTS) -> String {
    let mut copy = *c;
    let fields = fields(&mut copy).map(|(text, length)| (*text, *length));
    format!("{:?}", (c.dwStructSize, c.nScheme, c.nPort, fields))
}

const ALL: [usize; 6] = [SCHEME, HOST, USER, PASSWORD, PATH, EXTRA];

fn crack(url: &[u16], length: u32, flags: u32, components: &mut URL_COMPONENTS) -> u32 {
    assert!(length != 0 || url.contains(&0));
    // SAFETY: `url` has a NUL, or a length that it holds, as each test sees to; so have the buffers in `components`.
    told(|| unsafe { WinHttpCrackUrl(url.as_ptr(), length, flags, components) })
}

/// Where a part lies, and how long it is; `None` for NULL.
fn place(url: &[u16], components: &mut URL_COMPONENTS, part: usize) -> Option<(usize, u32)> {
    let (text, length) = &fields(components)[part];
    if text.is_null() {
        assert_eq!(**length, 0);
        return None;
    }
    Some(((text.addr() - url.as_ptr().addr()) / 2, **length))
}

/// The parts of a URL as places, in a form that is easy to write; or the number of the error.
fn parts_by_places(url: &str) -> String {
    let url = with_nul(url);
    let (mut components, before) = (places(&ALL), contents(&places(&ALL)));
    let code = crack(&url, 0, 0, &mut components);
    if code != 0 {
        assert_eq!(contents(&components), before, "a failure changes nothing");
        return code.to_string();
    }
    let texts = ALL.map(|part| match place(&url, &mut components, part) {
        Some((at, length)) => String::from_utf16(&url[at..at + length as usize]).unwrap(),
        None => "-".to_owned(),
    });
    format!("{} {} | {}", components.nScheme, components.nPort, texts.join(" | "))
}

/// The same as copies.
fn parts_by_copies(url: &str, flags: u32) -> String {
    let mut rooms = [(); 6].map(|()| Room::new(64));
    let mut components = buffers(&mut rooms);
    let code = crack(&with_nul(url), 0, flags, &mut components);
    if code != 0 {
        assert_eq!(rooms.map(|room| room.text()), [const { None }; 6], "a failure changes nothing");
        return code.to_string();
    }
    let lengths = fields(&mut components).map(|(_, length)| *length as usize);
    assert_eq!(lengths, [0, 1, 2, 3, 4, 5].map(|at| rooms[at].units().unwrap().len()));
    format!("{} {} | {}", components.nScheme, components.nPort, rooms.map(|room| room.text().unwrap()).join(" | "))
}

/// Section 14.2: inputs and conditions, as places and as copies. What is not there is `-`, and an empty copy.
#[test]
fn every_row_of_the_table_of_inputs() {
    for (url, expected) in [
        ("http://www.winehq.org/site/about", "1 80 | http | www.winehq.org | - | - | /site/about | "),
        ("HTTPS://h/", "2 443 | HTTPS | h | - | - | / | "),
        ("", "12006"),
        ("http", "12006"),
        ("www", "12006"),
        ("www.winehq.org", "12006"),
        ("ftp://h/", "12006"),
        ("HTTP:www.winehq.org", "12005"),
        ("http:/www.winehq.org", "12005"),
        ("http://", "12005"),
        ("http://h:65535", "1 65535 | http | h | - | - |  | "),
        ("http://h:65536", "12005"),
        ("http://h:0", "1 0 | http | h | - | - |  | "),
        ("http://h:", "1 80 | http | h | - | - |  | "),
        ("https://h:/", "2 443 | https | h | - | - | / | "),
        ("http://user:pass@h:81/", "1 81 | http | h | user | pass | / | "),
        ("http://user@h/", "1 80 | http | h | user | - | / | "),
        ("http://:@h/", "1 80 | http | h |  |  | / | "),
        ("http://h/a:b@c", "1 80 | http | h | - | - | /a:b@c | "),
        ("http://h/?a:b@c", "1 80 | http | h | - | - | / | ?a:b@c"),
        ("http://h", "1 80 | http | h | - | - |  | "),
        ("http://h/p?", "1 80 | http | h | - | - | /p | ?"),
        ("http://h/p?q=1", "1 80 | http | h | - | - | /p | ?q=1"),
        ("http://h/p;a?q", "1 80 | http | h | - | - | /p;a | ?q"),
        ("http://h/p#f?q", "1 80 | http | h | - | - | /p | #f?q"),
        ("http://winehq?", "1 80 | http | winehq? | - | - |  | "),
        ("http://winehq.o g/p", "1 80 | http | winehq.o g | - | - | /p | "),
        ("http://[::1]:8080/p", "1 8080 | http | [::1] | - | - | /p | "),
    ] {
        assert_eq!(parts_by_places(url), expected, "{url}");
        assert_eq!(parts_by_copies(url, 0), expected.replace('-', ""), "{url}");
    }
}

/// Section 14.2: flags, with buffers.
#[test]
fn every_row_about_flags() {
    let both = ICU_DECODE | ICU_ESCAPE;
    for (flags, url, expected) in [
        (ICU_DECODE, "http://u%41@h/a%20b?c%3d", "1 80 | http | h | uA |  | /a b | ?c="),
        (ICU_DECODE, "http://h/%3Fa%C3%A9%00%zz", "1 80 | http | h |  |  | /?a\u{c3}\u{a9}%00%zz | "),
        (ICU_ESCAPE, "http://winehq.o g/p s?q s", "1 80 | http | winehq.o g |  |  | /p%20s | ?q%20s"),
        (both, "http://winehq.o g/path with spaces", "1 80 | http | winehq.o g |  |  | /path%20with%20spaces | "),
        (ICU_REJECT_USERPWD, "http://u:p@h/", "12005"),
        (ICU_REJECT_USERPWD, "http://:@h/", "12005"),
        (ICU_REJECT_USERPWD, "http://h/@", "1 80 | http | h |  |  | /@ | "),
    ] {
        assert_eq!(parts_by_copies(url, flags), expected, "{url}");
    }
}

/// Section 14.2: what changes the text needs buffers, for parts that are not empty.
#[test]
fn places_with_decoding_or_escaping() {
    let url = with_nul("http://h/p");
    for flags in [ICU_DECODE, ICU_ESCAPE, ICU_DECODE | ICU_ESCAPE] {
        for (part, expected) in [(SCHEME, 87), (HOST, 87), (USER, 0), (PASSWORD, 0), (PATH, 87), (EXTRA, 0)] {
            let mut components = places(&[part]);
            let before = contents(&components);
            assert_eq!(crack(&url, 0, flags, &mut components), expected, "{part}");
            assert_eq!(contents(&components) == before, expected != 0, "{part}");
        }
        let mut room = Room::new(10);
        let mut components = places(&[HOST]);
        (components.lpszUrlPath, components.dwUrlPathLength) = (room.start(), 10);
        assert_eq!(crack(&url, 0, flags, &mut components), 87);
        assert_eq!((room.text(), components.dwUrlPathLength), (None, 10), "found before anything is copied");
    }
}

/// Section 14.2, modes 1 and 2: what is not asked for stays; the others become places, without a NUL.
#[test]
fn places_are_given_for_what_is_asked() {
    let url = with_nul("http://user:pw@host:81/path?extra");
    let expected = [(0, 4), (15, 4), (7, 4), (12, 2), (22, 5), (27, 6)];
    for length in [1, 3, u32::MAX] {
        for part in ALL {
            let mut components = places(&[part]);
            *fields(&mut components)[part].1 = length;
            assert_eq!(crack(&url, 0, 0, &mut components), 0);
            for other in ALL.into_iter().filter(|other| *other != part) {
                assert_eq!(place(&url, &mut components, other), None);
            }
            // The query stays in the path where it is not asked for.
            let (at, size) = expected[part];
            let size = if part == PATH { size + 6 } else { size };
            assert_eq!(place(&url, &mut components, part), Some((at, size)));
            assert_eq!((components.nScheme, components.nPort), (WINHTTP_INTERNET_SCHEME_HTTP, 81));
        }
    }
    let mut components = places(&ALL);
    assert_eq!(crack(&url, 0, 0, &mut components), 0);
    assert_eq!(ALL.map(|part| place(&url, &mut components, part)), expected.map(Some));
    let mut components = nothing();
    assert_eq!(crack(&url, 0, 0, &mut components), 0);
    assert_eq!((components.nScheme, components.nPort), (1, 81), "always given");
    assert_eq!(url, with_nul("http://user:pw@host:81/path?extra"), "no NUL is put into it");
}

/// Section 14.2: what is not there lies at the end of the URL, or is NULL if it belongs to a user.
#[test]
fn places_of_what_is_not_there() {
    let url = with_nul("http://h");
    let mut components = places(&ALL);
    assert_eq!(crack(&url, 0, 0, &mut components), 0);
    let expected = [Some((0, 4)), Some((7, 1)), None, None, Some((8, 0)), Some((8, 0))];
    assert_eq!(ALL.map(|part| place(&url, &mut components, part)), expected);
    let url = with_nul("http://u@h/");
    let mut components = places(&ALL);
    assert_eq!(crack(&url, 0, 0, &mut components), 0);
    assert_eq!((place(&url, &mut components, USER), place(&url, &mut components, PASSWORD)), (Some((7, 1)), None));
}

/// Section 14.2, mode 3: copies, into buffers that just suffice.
#[test]
fn copies_into_buffers() {
    let url = with_nul("http://user:pw@host:81/path?extra");
    let texts = ["http", "host", "user", "pw", "/path", "?extra"];
    let mut rooms = texts.map(|text| Room::new(text.len() + 1));
    let mut components = buffers(&mut rooms);
    assert_eq!(crack(&url, 0, 0, &mut components), 0);
    assert_eq!(fields(&mut components).map(|field| *field.1 as usize), texts.map(str::len));
    assert_eq!(rooms.map(|room| room.text().unwrap()), texts);
    assert_eq!((components.nScheme, components.nPort), (1, 81));
}

/// Section 14.2, mode 4: one buffer is too small by the NUL, or by more. It is told, and the others are filled.
#[test]
fn buffers_that_are_too_small() {
    let url = with_nul("http://user:pw@host:81/path?extra");
    let texts = ["http", "host", "user", "pw", "/path", "?extra"];
    for (small, size) in ALL.into_iter().flat_map(|part| [(part, texts[part].len()), (part, 1)]) {
        let mut rooms = texts.map(|text| Room::new(text.len() + 1));
        rooms[small] = Room::new(size);
        let mut components = buffers(&mut rooms);
        assert_eq!(crack(&url, 0, 0, &mut components), ERROR_INSUFFICIENT_BUFFER);
        for part in ALL {
            let length = *fields(&mut components)[part].1 as usize;
            let expected = (part != small).then(|| texts[part].to_owned());
            assert_eq!(length, texts[part].len() + usize::from(part == small), "with the NUL where it does not fit");
            assert_eq!(rooms[part].text(), expected);
        }
        assert_eq!((components.nScheme, components.nPort), (-7, 7), "these are for a success");
    }
    let mut rooms = texts.map(|_| Room::new(1));
    let mut components = buffers(&mut rooms);
    assert_eq!(crack(&url, 0, 0, &mut components), ERROR_INSUFFICIENT_BUFFER);
    assert_eq!(fields(&mut components).map(|field| *field.1), [5, 5, 5, 3, 6, 7], "all that failed are told at once");
    assert_eq!(rooms.map(|room| room.text()), [const { None }; 6]);
}

/// Sections 14.2 and 19: the size is that of the text which the flags ask for, be it shorter or longer.
#[test]
fn sizes_are_those_of_the_changed_text() {
    let url = with_nul("http://h/p%20s~");
    for (flags, text) in [(0, "/p%20s~"), (ICU_DECODE, "/p s~"), (ICU_ESCAPE, "/p%2520s%7E")] {
        let needed = text.len() as u32 + 1;
        for (size, code, length) in [(needed - 1, 122, needed), (needed, 0, needed - 1)] {
            let mut room = Room::new(size as usize);
            let mut components = nothing();
            (components.lpszUrlPath, components.dwUrlPathLength) = (room.start(), size);
            assert_eq!((crack(&url, 0, flags, &mut components), components.dwUrlPathLength), (code, length));
            assert_eq!(room.text(), (code == 0).then(|| text.to_owned()));
        }
    }
}

/// Section 14.2, mode 5: a buffer of no size is refused before anything is done, be the URL one or not.
#[test]
fn buffers_of_no_size() {
    for url in ["http://user:pw@host:81/path?extra", "http://h", "no url"] {
        for part in ALL {
            let mut rooms = [(); 6].map(|()| Room::new(64));
            let mut components = buffers(&mut rooms);
            *fields(&mut components)[part].1 = 0;
            let before = contents(&components);
            assert_eq!(crack(&with_nul(url), 0, 0, &mut components), ERROR_INVALID_PARAMETER);
            assert_eq!(contents(&components), before);
            assert_eq!(rooms.map(|room| room.text()), [const { None }; 6]);
        }
    }
}

/// The three ways to ask, in one call.
#[test]
fn ways_to_ask_are_mixed() {
    let url = with_nul("https://user:pw@host/path?extra");
    let mut room = Room::new(5);
    let mut components = places(&[USER, EXTRA]);
    (components.lpszHostName, components.dwHostNameLength) = (room.start(), 5);
    assert_eq!(crack(&url, 0, 0, &mut components), 0);
    assert_eq!((room.text().as_deref(), components.dwHostNameLength), (Some("host"), 4));
    assert_eq!(place(&url, &mut components, USER), Some((8, 4)));
    assert_eq!(place(&url, &mut components, EXTRA), Some((25, 6)));
    for part in [SCHEME, PASSWORD, PATH] {
        assert_eq!(place(&url, &mut components, part), None);
    }
    assert_eq!((components.nScheme, components.nPort), (2, 443));
}

/// Section 14.2: where the query goes, by copies too.
#[test]
fn the_query_stays_in_the_path_where_it_is_not_asked_for() {
    let url = with_nul("http://h/a?x=1#f");
    let mut room = Room::new(20);
    let mut components = nothing();
    (components.lpszUrlPath, components.dwUrlPathLength) = (room.start(), 20);
    assert_eq!(crack(&url, 0, 0, &mut components), 0);
    assert_eq!((room.text().as_deref(), components.dwUrlPathLength), (Some("/a?x=1#f"), 8));
    let mut room = Room::new(20);
    (components.lpszUrlPath, components.dwUrlPathLength, components.dwExtraInfoLength) = (room.start(), 20, 1);
    assert_eq!(crack(&url, 0, 0, &mut components), 0);
    assert_eq!((room.text().as_deref(), place(&url, &mut components, EXTRA)), (Some("/a"), Some((10, 6))));
}

/// Section 14.2: the length of the URL. 0 leaves it to the NUL, and so does whatever goes beyond it.
#[test]
fn lengths_of_the_url() {
    let url = with_nul("http://host/path");
    for (length, path) in [(0, 5), (16, 5), (14, 3), (11, 0), (17, 5), (1000, 5), (u32::MAX, 5)] {
        let mut components = places(&[HOST, PATH]);
        assert_eq!(crack(&url, length, 0, &mut components), 0);
        assert_eq!(place(&url, &mut components, HOST), Some((7, 4)));
        assert_eq!(place(&url, &mut components, PATH), Some((11, path)), "{length}");
    }
    // With a length there need not be a NUL.
    let bare = utf16("http://host/path");
    let mut components = places(&[PATH]);
    assert_eq!(crack(&bare, 16, 0, &mut components), 0);
    assert_eq!(place(&bare, &mut components, PATH), Some((11, 5)));
    for (length, code) in [(4, 12006), (5, 12005), (7, 12005), (8, 0)] {
        assert_eq!(crack(&bare, length, 0, &mut places(&[HOST])), code, "{length}");
    }
}

/// Section 14.2: NULL; section 14.1: the size of the structure.
#[test]
fn arguments_that_are_none() {
    let url = with_nul("http://h/");
    let mut components = places(&[HOST]);
    let before = contents(&components);
    // SAFETY: NULL is refused, and nothing else is a pointer.
    assert_eq!(told(|| unsafe { WinHttpCrackUrl(null(), 0, 0, &mut components) }), 87);
    // SAFETY: the same.
    assert_eq!(told(|| unsafe { WinHttpCrackUrl(null(), 9, 0, &mut components) }), 87);
    assert_eq!(contents(&components), before);
    // SAFETY: the URL has a NUL.
    assert_eq!(told(|| unsafe { WinHttpCrackUrl(url.as_ptr(), 0, 0, null_mut()) }), 87);
    for size in [0, 4, size_of::<URL_COMPONENTS>() - 1, size_of::<URL_COMPONENTS>() + 1, 60, 104] {
        // No more than its first field is there.
        let mut short = size as u32;
        let place = (&raw mut short).cast::<URL_COMPONENTS>();
        if size != size_of::<URL_COMPONENTS>() {
            // SAFETY: with this size, only the field that holds it is looked at.
            assert_eq!(told(|| unsafe { WinHttpCrackUrl(url.as_ptr(), 0, 0, place) }), 87, "{size}");
            let mut length = 5;
            // SAFETY: the same.
            assert_eq!(told(|| unsafe { WinHttpCreateUrl(place, 0, null_mut(), &mut length) }), 87, "{size}");
            assert_eq!((short, length), (size as u32, 5));
        }
    }
}

/// Half a surrogate pair is a code unit as any other, in places and in copies.
#[test]
fn half_a_surrogate_pair_is_kept() {
    let mut url = with_nul("http://h/?");
    url.insert(8, 0xDBFF);
    url.insert(10, 0xD800);
    url.insert(12, 0xDC00);
    let mut components = places(&ALL);
    assert_eq!(crack(&url, 0, 0, &mut components), 0);
    assert_eq!(place(&url, &mut components, HOST), Some((7, 2)));
    assert_eq!(place(&url, &mut components, EXTRA), Some((11, 2)));
    for flags in [0, ICU_DECODE] {
        let mut rooms = [(); 6].map(|()| Room::new(64));
        let mut components = buffers(&mut rooms);
        assert_eq!(crack(&url, 0, flags, &mut components), 0);
        assert_eq!(rooms[HOST].units(), Some(&url[7..9]));
        assert_eq!(rooms[PATH].units(), Some(&url[9..11]));
        assert_eq!(rooms[EXTRA].units(), Some(&url[11..13]));
    }
    let mut rooms = [(); 6].map(|()| Room::new(64));
    assert_eq!(crack(&url, 0, ICU_ESCAPE, &mut buffers(&mut rooms)), 87, "it has no escape sequence");
    assert_eq!(rooms.map(|room| room.units().is_some()), [false; 6]);

    let mut components = places(&ALL);
    assert_eq!(crack(&url, 0, 0, &mut components), 0);
    let mut room = Room::new(64);
    let mut length = 64;
    // SAFETY: the places lie in `url`, and the buffer is as large as it is told.
    assert_eq!(told(|| unsafe { WinHttpCreateUrl(&components, 0, room.start(), &mut length) }), 0);
    assert_eq!(room.units(), Some(&url[..13]));
}

/// A byte buffer that holds `T` at an odd address.
fn at_odd_address(bytes: &mut [u8]) -> *mut u8 {
    let start = bytes.as_mut_ptr();
    // SAFETY: the buffers of the test have room for one byte more.
    if start.addr() % 2 == 1 { start } else { unsafe { start.add(1) } }
}

/// Nothing needs to be aligned.
#[test]
fn odd_addresses() {
    let text = with_nul("http://host/path");
    let (mut url, mut host, mut structure, mut out) = ([0_u8; 64], [0xCA_u8; 64], [0_u8; 128], [0_u8; 64]);
    let (url, host) = (at_odd_address(&mut url).cast::<u16>(), at_odd_address(&mut host).cast::<u16>());
    let (structure, out) = (at_odd_address(&mut structure), at_odd_address(&mut out).cast::<u16>());
    let structure = structure.cast::<URL_COMPONENTS>();
    let mut components = places(&[SCHEME, PATH]);
    (components.lpszHostName, components.dwHostNameLength) = (host, 5);
    let mut length = [0_u8; 8];
    let length = at_odd_address(&mut length).cast::<u32>();
    // SAFETY: every buffer has room for what is put at its first odd address.
    unsafe {
        text.iter().enumerate().for_each(|(at, unit)| url.add(at).write_unaligned(*unit));
        structure.write_unaligned(components);
        assert_eq!(told(|| WinHttpCrackUrl(url, 0, 0, structure)), 0);
        let mut cracked = structure.read_unaligned();
        assert_eq!((cracked.lpszUrlPath, cracked.dwUrlPathLength), (url.add(11), 5));
        let copied = host.cast::<[u16; 6]>().read_unaligned();
        assert_eq!(copied, [u16::from(b'h'), u16::from(b'o'), u16::from(b's'), u16::from(b't'), 0, CANARY]);
        assert_eq!((cracked.nPort, cracked.dwHostNameLength), (80, 4));

        cracked.nPort = 81;
        structure.write_unaligned(cracked);
        length.write_unaligned(20);
        assert_eq!(told(|| WinHttpCreateUrl(structure, 0, out, length)), 0);
        assert_eq!(length.read_unaligned(), 19);
        let created: Vec<u16> = (0..20).map(|at| out.add(at).read_unaligned()).collect();
        assert_eq!(created, with_nul("http://host:81/path"));
    }
}

/// The parts that `WinHttpCreateUrl` is given: texts with a NUL, and how their lengths are told.
struct Given {
    texts: [Option<&'static str>; 6],
    scheme: i32,
    port: u16,
}

/// A plain host, path and port; the rest by the test.
const GIVEN: Given = Given { texts: [None, Some("h"), None, None, Some("/p"), Some("?q")], scheme: 1, port: 80 };

const fn given(scheme: Option<&'static str>, user: Option<&'static str>, password: Option<&'static str>) -> Given {
    Given { texts: [scheme, Some("h"), user, password, Some("/p"), Some("?q")], ..GIVEN }
}

const fn tail(host: Option<&'static str>, path: Option<&'static str>, extra: Option<&'static str>) -> Given {
    Given { texts: [None, host, None, None, path, extra], ..GIVEN }
}

/// What `WinHttpCreateUrl` gives, with lengths and without: the URL, or the number of the error.
#[track_caller]
fn created(given: &Given, flags: u32) -> String {
    let texts = given.texts.map(|text| text.map(|text| with_nul(&format!("{text}\0behind its end"))));
    let mut results = [false, true].map(|with_lengths| {
        let mut components = URL_COMPONENTS { nScheme: given.scheme, nPort: given.port, ..nothing() };
        for ((pointer, length), text) in fields(&mut components).into_iter().zip(&texts) {
            let Some(text) = text else { continue };
            *pointer = text.as_ptr().cast_mut();
            let end = text.iter().position(|unit| *unit == 0).unwrap();
            *length = if with_lengths { end as u32 } else { 0 };
        }
        let (mut room, mut length) = (Room::new(100), 100);
        // SAFETY: each text has a NUL, and the buffer is as large as it is told.
        let code = told(|| unsafe { WinHttpCreateUrl(&components, flags, room.start(), &mut length) });
        if code != 0 {
            assert_eq!((room.text(), length), (None, 100), "a failure changes nothing");
            return code.to_string();
        }
        assert_eq!(length as usize, room.units().unwrap().len(), "without the NUL");
        room.text().unwrap()
    });
    assert_eq!(results[0], results[1]);
    std::mem::take(&mut results[0])
}

/// Section 14.3: every case but those of the buffer.
#[test]
fn every_row_of_the_table_of_parts() {
    let (none, empty) = (None, Some(""));
    for (given, flags, expected) in [
        (Given { scheme: 0, ..GIVEN }, 0, "http://h/p?q"),
        (GIVEN, 0, "http://h/p?q"),
        (Given { scheme: 2, port: 443, ..GIVEN }, 0, "https://h/p?q"),
        (Given { scheme: 3, port: 21, ..GIVEN }, 0, "ftp://h:21/p?q"),
        (Given { scheme: 5, ..GIVEN }, 0, "87"),
        (Given { port: 21, ..given(Some("ftp"), none, none) }, 0, "ftp://h:21/p?q"),
        (Given { port: 443, ..given(Some("https"), none, none) }, 0, "https://h/p?q"),
        (given(Some("nonsense"), none, none), 0, "nonsense://h:80/p?q"),
        (given(empty, none, none), 0, "http://h/p?q"),
        (Given { port: 443, ..GIVEN }, 0, "http://h:443/p?q"),
        (Given { port: 0, ..GIVEN }, 0, "http://h:0/p?q"),
        (Given { scheme: 2, ..GIVEN }, 0, "https://h:80/p?q"),
        (tail(none, Some("/p"), Some("?q")), 0, "http:///p?q"),
        (tail(empty, Some("p"), none), 0, "http://p"),
        (tail(none, none, none), 0, "http://"),
        (given(none, none, Some("pw")), 0, "87"),
        (given(none, none, empty), 0, "87"),
        (given(none, Some("u"), none), 0, "http://u@h/p?q"),
        (given(none, Some("u"), empty), 0, "http://u:@h/p?q"),
        (given(none, empty, empty), 0, "http://:@h/p?q"),
        (given(none, Some("u"), Some("pw")), 0, "http://u:pw@h/p?q"),
        (tail(Some("h"), Some("p"), none), 0, "http://h/p"),
        (tail(Some("h"), none, none), 0, "http://h"),
        (tail(Some("h"), none, Some("?q")), 0, "http://h/?q"),
        (tail(Some("h i"), Some("/p q~"), Some("?%")), ICU_ESCAPE, "http://h i/p%20q%7E?%25"),
        (tail(Some("h"), Some("/\u{e9}\u{20ac}"), none), ICU_ESCAPE, "http://h/%C3%A9%E2%82%AC"),
        (tail(Some("h"), Some("/\u{e9} \u{20ac}"), none), 0, "http://h/\u{e9} \u{20ac}"),
        (given(none, Some("u"), none), ICU_REJECT_USERPWD, "12005"),
        (given(none, empty, empty), ICU_REJECT_USERPWD, "12005"),
        (GIVEN, ICU_REJECT_USERPWD, "http://h/p?q"),
    ] {
        assert_eq!(created(&given, flags), expected, "{:?}", given.texts);
    }
}

/// Section 14.3: the escape set, unit by unit.
#[test]
fn the_escape_set() {
    let stay = "!$&'()*+,-./:;=?@_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    for byte in 1..=0x7F_u8 {
        let mut text = [b'/'.into(), byte.into(), 0];
        let mut components = URL_COMPONENTS { lpszUrlPath: text.as_mut_ptr(), ..nothing() };
        (components.nScheme, components.dwUrlPathLength) = (1, 2);
        let (mut room, mut length) = (Room::new(20), 20);
        // SAFETY: the path has its length, and the buffer its size.
        assert_eq!(told(|| unsafe { WinHttpCreateUrl(&components, ICU_ESCAPE, room.start(), &mut length) }), 0);
        let character = char::from(byte);
        let expected = if stay.contains(character) { character.to_string() } else { format!("%{byte:02X}") };
        assert_eq!(room.text(), Some(format!("http:///{expected}")));
    }
}

/// Section 14.3: the buffer, its size and what becomes of it.
#[test]
fn every_row_about_the_buffer() {
    let mut host = with_nul("host");
    let components = URL_COMPONENTS { nScheme: 1, nPort: 80, lpszHostName: host.as_mut_ptr(), ..nothing() };
    for (size, code, after) in [(0, 122, 12), (1, 122, 12), (11, 122, 12), (12, 0, 11), (13, 0, 11), (100, 0, 11)] {
        let (mut room, mut length) = (Room::new(size as usize), size);
        // SAFETY: the host has a NUL, and the buffer is as large as it is told.
        assert_eq!(told(|| unsafe { WinHttpCreateUrl(&components, 0, room.start(), &mut length) }), code, "{size}");
        assert_eq!(length, after, "{size}");
        assert_eq!(room.text(), (code == 0).then(|| "http://host".to_owned()));
        // Without a buffer the size is told, and refused where it would do.
        let mut length = size;
        // SAFETY: there is no buffer.
        let without = told(|| unsafe { WinHttpCreateUrl(&components, 0, null_mut(), &mut length) });
        assert_eq!((without, length), if code == 122 { (122, 12) } else { (87, size) });
    }
    // SAFETY: NULL is refused.
    assert_eq!(told(|| unsafe { WinHttpCreateUrl(&components, 0, null_mut(), null_mut()) }), 87);
    let mut length = 100;
    // SAFETY: the same.
    assert_eq!(told(|| unsafe { WinHttpCreateUrl(null(), 0, null_mut(), &mut length) }), 87);
    assert_eq!(length, 100);
}

/// Microsoft's own example: take a URL apart, change a part, put it together again.
#[test]
fn a_part_is_exchanged() {
    let url = with_nul("http://search.example/results.asp?RS=CHECKED&FORM=MSNH&v=1&q=wininet");
    let mut extra = with_nul("?RS=CHECKED&FORM=MSNH&v=1&q=winhttp");
    let mut components = places(&[SCHEME, HOST, PATH, EXTRA]);
    assert_eq!(crack(&url, url.len() as u32 - 1, 0, &mut components), 0);
    components.lpszExtraInfo = extra.as_mut_ptr();
    let mut length = 0;
    // SAFETY: the places lie in `url`, the extra information has the same length as before.
    assert_eq!(told(|| unsafe { WinHttpCreateUrl(&components, 0, null_mut(), &mut length) }), 122);
    let mut room = Room::new(length as usize);
    // SAFETY: the same, and the buffer is as large as it is told.
    assert_eq!(told(|| unsafe { WinHttpCreateUrl(&components, 0, room.start(), &mut length) }), 0);
    let expected = "http://search.example/results.asp?RS=CHECKED&FORM=MSNH&v=1&q=winhttp";
    assert_eq!((room.text().as_deref(), length as usize), (Some(expected), expected.len()));
}
