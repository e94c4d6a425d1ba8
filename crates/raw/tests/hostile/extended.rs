//! The newer forms of calls: arguments that are reserved, arrays of texts, and what goes back in the caller's buffer.

use std::ffi::c_void;
use std::ptr::{null, null_mut};

use openwinhttp_sys::Win32::Networking::WinHttp::*;

use crate::arena::{Arena, LAYOUTS, Layout, UNTOUCHED, bytes_of};
use crate::codes::*;
use crate::told::told;
use crate::world::{Kind, World};

const ADD: u32 = WINHTTP_ADDREQ_FLAG_ADD;
const UNICODE: u64 = WINHTTP_EXTENDED_HEADER_FLAG_UNICODE as u64;
const ALL: u32 = WINHTTP_QUERY_EX_ALL_HEADERS | WINHTTP_QUERY_FLAG_REQUEST_HEADERS;
const WIRE: u32 = WINHTTP_QUERY_FLAG_WIRE_ENCODING;

/// Adds these fields as bytes, the last of which may end a page.
fn add(world: &World, layout: Layout, flags: u64, fields: &[(&[u8], &[u8])]) -> u32 {
    let mut arena = Arena::new(layout);
    let texts: Vec<_> = fields.iter().flat_map(|(name, value)| [arena.bytes(name), arena.bytes(value)]).collect();
    let (count, headers) = (fields.len() as u32, arena.pointers(&texts).cast());
    // SAFETY: there are as many headers, and each text ends with a NUL.
    let code = told(|| unsafe { WinHttpAddRequestHeadersEx(world.request(), ADD, flags, 0, count, headers) });
    arena.check(code);
    code
}

/// A request with two fields, the first of which was added as bytes and the second as UTF-16.
fn with_two_fields() -> World {
    let world = World::new();
    assert_eq!(add(&world, Layout::Even, 0, &[(b"X-A\0", b"\xE9\0")]), 0);
    let [name, value] = ["X-B\0", "23\0"].map(|text| bytes_of(&text.encode_utf16().collect::<Vec<_>>()));
    assert_eq!(add(&world, Layout::Odd, UNICODE, &[(&name, &value)]), 0);
    world
}

/// Core.md 7.5: flags that are none, and what is reserved.
#[test]
fn reserved_arguments_of_add_request_headers() {
    let world = World::new();
    let mut arena = Arena::new(Layout::Odd);
    let texts = [arena.bytes(b"X-A\0"), arena.bytes(b"1\0")];
    let headers = arena.pointers(&texts).cast();
    let rows = [(2, 0, 1), (UNICODE | 2, 0, 1), (u64::MAX, 0, 1), (0, 1, 1), (0, u64::MAX, 1), (0, 0, 0)];
    for (flags, extra, count) in rows {
        // SAFETY: there is one header, whose texts end with a NUL.
        let call = || unsafe { WinHttpAddRequestHeadersEx(world.request(), ADD, flags, extra, count, headers) };
        assert_eq!(told(call), INVALID, "{flags} {extra} {count}");
    }
    // SAFETY: there is no header.
    assert_eq!(told(|| unsafe { WinHttpAddRequestHeadersEx(world.request(), ADD, 0, 0, 0, null()) }), INVALID);
    arena.check(INVALID);
    assert_eq!(query(&world, ALL, &mut Asked::default()), MISSING, "one was added");
}

/// Text in bytes is read to its NUL, wherever it lies.
#[test]
fn text_in_bytes() {
    for layout in LAYOUTS {
        let world = World::new();
        let fields: [(&[u8], &[u8]); 3] = [(b"X-A\0", b"\xFF\xFE\0"), (b"X-B\0", b"\0"), (b"X-C\0", b"1\0")];
        assert_eq!(add(&world, layout, 0, &fields), 0);
        assert_eq!(add(&world, layout, 0, &[(b"\0", b"1\0")]), INVALID);
        assert_eq!(add(&world, layout, 0, &[(b"X-\xE9\0", b"1\0")]), INVALID);
        let mut asked = Asked { layout, size: 200, ..Asked::default() };
        assert_eq!(query(&world, ALL | WIRE, &mut asked), 0);
        assert_eq!(asked.texts, [b"X-A".as_slice(), b"\xFF\xFE", b"X-B", b"", b"X-C", b"1"]);
    }
}

/// Core.md 15.7: what is reserved.
#[test]
fn reserved_arguments_of_query_headers() {
    let world = with_two_fields();
    for flags in [1, 1 << 40, u64::MAX] {
        assert_eq!(query(&world, ALL, &mut Asked { flags, size: 200, ..Asked::default() }), INVALID);
    }
    for code_page in [0, 1252, 65001, 1, u32::MAX] {
        let mut asked = Asked { code_page, size: 200, ..Asked::default() };
        assert_eq!(query(&world, ALL, &mut asked), 0, "no code page is looked at");
        assert_eq!(asked.texts[1], bytes_of(&[0xE9]));
    }
}

/// Core.md 15.7: every size of a buffer around the one that is needed, wherever the buffer lies.
#[test]
fn sizes_of_buffers_for_headers() {
    let world = with_two_fields();
    let pointers = 4 * size_of::<usize>();
    for (level, texts) in [(ALL, 2 * (4 + 2 + 4 + 3)), (ALL | WIRE, 4 + 2 + 4 + 3)] {
        let needed = pointers + texts + align_of::<usize>() - 1;
        for layout in LAYOUTS {
            for size in (0..=needed + 2).chain([needed + 1000]) {
                let mut asked = Asked { layout, size, ..Asked::default() };
                let code = query(&world, level, &mut asked);
                let expected = if size < needed { (SHORT, needed) } else { (0, pointers + texts + asked.padding) };
                assert_eq!((code, asked.length), expected, "{size} bytes, {layout:?}");
            }
        }
        for claimed in [0, 1, needed as u32, u32::MAX] {
            let mut asked = Asked { claimed: Some(claimed), ..Asked::default() };
            assert_eq!((query(&world, level, &mut asked), asked.length), (SHORT, needed), "{claimed} bytes of NULL");
        }
    }
}

/// A query, and what it left in the caller's places.
struct Asked {
    layout: Layout,
    flags: u64,
    code_page: u32,
    size: usize,
    /// The buffer is NULL, whatever its length is said to be.
    claimed: Option<u32>,
    length: usize,
    padding: usize,
    texts: Vec<Vec<u8>>,
}

impl Default for Asked {
    fn default() -> Self {
        let layout = Layout::Even;
        Self { layout, flags: 0, code_page: 0, size: 0, claimed: None, length: 0, padding: 0, texts: Vec::new() }
    }
}

fn query(world: &World, level: u32, asked: &mut Asked) -> u32 {
    let mut arena = Arena::new(asked.layout);
    let buffer: *mut c_void = if asked.claimed.is_some() { null_mut() } else { arena.room(asked.size) };
    let length = arena.length(asked.claimed.unwrap_or(asked.size as u32));
    let (first, count, index) = (arena.place::<*mut WINHTTP_EXTENDED_HEADER>(), arena.place(), arena.length(7));
    let (request, flags, page, name) = (world.request(), asked.flags, asked.code_page, null());
    // SAFETY: the buffer is as long as its length says, or NULL; everything else can be written.
    let code = told(|| unsafe {
        WinHttpQueryHeadersEx(request, level, flags, page, index, name, buffer, length, first, count)
    });
    arena.check(code);
    (asked.length, asked.texts) = (arena.number(length) as usize, Vec::new());
    assert_eq!(arena.number(index), 7, "the index of all headers means nothing");
    if code == 0 {
        // SAFETY: it was written.
        let array = unsafe { first.read_unaligned() };
        asked.padding = array.addr() - buffer.addr();
        assert!(array.is_aligned() && asked.padding < align_of::<usize>());
        let unit = if level & WIRE == 0 { 2 } else { 1 };
        asked.texts = texts(arena.now(buffer), asked, arena.number(count) as usize, unit);
    }
    code
}

/// The texts that the array leads to. They lie behind it, one behind the other, and nothing behind them was touched.
fn texts(buffer: &[u8], asked: &Asked, count: usize, unit: usize) -> Vec<Vec<u8>> {
    let (used, rest) = buffer.split_at(asked.length);
    assert!(
        rest.iter().chain(&used[..asked.padding]).all(|byte| *byte == UNTOUCHED),
        "more was written than the headers"
    );
    let (array, mut left) = used[asked.padding..].split_at(2 * count * size_of::<usize>());
    let mut texts = Vec::new();
    for pointer in array.chunks_exact(size_of::<usize>()) {
        let address = usize::from_ne_bytes(pointer.try_into().unwrap());
        assert_eq!(address, left.as_ptr().addr(), "a text lies elsewhere");
        let length = unit * left.chunks_exact(unit).position(|unit| unit.iter().all(|byte| *byte == 0)).expect("a NUL");
        texts.push(left[..length].to_vec());
        left = &left[length + unit..];
    }
    assert!(left.is_empty(), "more was used than the headers take");
    texts
}

/// Core.md 10.5: flags that are none, and a property; the count stays as it is.
#[test]
fn reserved_arguments_of_read_data() {
    let (world, mut arena) = (World::new(), Arena::new(Layout::Odd));
    let (buffer, count) = (arena.room(4), arena.place());
    for (flags, size, code) in [(0, 0, STATE), (1, 0, STATE), (2, 0, INVALID), (u64::MAX, 0, INVALID), (0, 1, INVALID)]
    {
        // SAFETY: there is as much room as the length says, and the count can be written.
        let call = || unsafe { WinHttpReadDataEx(world.request(), buffer, 4, count, flags, size, null()) };
        assert_eq!(told(call), code, "{flags} {size}");
    }
    arena.check(STATE);
}

/// Core.md 16: a result without a host has no array, and is freed like any other.
#[test]
fn a_result_without_connections() {
    let world = World::new();
    for kind in [Kind::Connection, Kind::Request] {
        let mut result = null_mut();
        let (flags, place) = (WINHTTP_QUERY_CONNECTION_GROUP_FLAG_INSECURE, &raw mut result);
        // SAFETY: there is no GUID, and the result can be written.
        assert_eq!(told(|| unsafe { WinHttpQueryConnectionGroup(world.handle(kind), null(), flags, place) }), 0);
        // SAFETY: it is a result, and is freed once.
        unsafe {
            assert_eq!(((*result).cHosts, (*result).pHostConnectionGroups), (0, null_mut()));
            told(|| WinHttpFreeQueryConnectionGroupResult(result));
        }
    }
}
