//! Lengths that do not fit what is there, and buffers of every size.

use std::ffi::c_void;
use std::ptr::{null, null_mut};

use openwinhttp_sys::Win32::Networking::WinHttp::*;
use openwinhttp_sys::w;

use crate::arena::{Arena, LAYOUTS, Layout, UNTOUCHED, bytes_of, put};
use crate::codes::*;
use crate::told::told;
use crate::world::World;

/// Lengths for NULL, which has none.
const HUGE_AND_TINY: [u32; 7] = [0, 1, 2, 3, 8, 0x8000_0000, u32::MAX];

/// Core.md 7.1: a block of header fields is read as far as its length says, and a length of 0 is refused.
#[test]
fn lengths_of_header_blocks() {
    let block = "X-A: 1";
    let expected = [INVALID, INVALID, INVALID, INVALID, 0, 0, 0];
    for layout in LAYOUTS {
        for (length, code) in (0..).zip(expected) {
            let (world, mut arena) = (World::new(), Arena::new(layout));
            // Nothing stands behind the part that counts; with the length 0 nothing is read at all.
            let text = arena.counted(&block[..length as usize]);
            assert_eq!(add(&world, text, length), code, "{length} units in {arena}");
            arena.check(code);
        }
    }
    for length in HUGE_AND_TINY {
        assert_eq!(add(&World::new(), null(), length), INVALID, "{length} units of NULL");
    }
}

fn add(world: &World, text: *const u16, length: u32) -> u32 {
    // SAFETY: the text has this length, or is NULL.
    told(|| unsafe { WinHttpAddRequestHeaders(world.request(), text, length, WINHTTP_ADDREQ_FLAG_ADD) })
}

/// Core.md 8.1: header fields that are NULL have no length; optional data that is NULL must have none.
#[test]
fn lengths_of_what_is_sent() {
    for length in HUGE_AND_TINY {
        let send = |headers, optional| {
            let world = World::new();
            // SAFETY: what has a length is NULL.
            told(|| unsafe { WinHttpSendRequest(world.request(), null(), headers, null(), optional, optional, 0) })
        };
        assert_eq!(send(length, 0), REFUSED, "{length} units of NULL");
        assert_eq!(send(0, length), if length == 0 { REFUSED } else { INVALID }, "{length} bytes of NULL");
    }
}

/// Core.md 1.2, 8.5 and 10.4: a buffer that is NULL must have no length, and that is noticed before the state is; the
/// count stays as it is either way (C7).
#[test]
fn lengths_of_buffers_that_are_null() {
    for length in HUGE_AND_TINY {
        let (world, mut arena) = (World::new(), Arena::new(Layout::Odd));
        let (count, code) = (arena.place(), if length == 0 { STATE } else { INVALID });
        // SAFETY: the buffer is NULL; the count can be written.
        assert_eq!(told(|| unsafe { WinHttpReadData(world.request(), null_mut(), length, count) }), code);
        // SAFETY: as before.
        assert_eq!(told(|| unsafe { WinHttpWriteData(world.request(), null(), length, count) }), code);
        arena.check(code);
    }
}

/// Decision 2: what a handle that is none comes with is not touched, whatever lengths it claims.
#[test]
fn huge_lengths_with_bad_handles() {
    for length in [0x8000_0000, u32::MAX - 1, u32::MAX] {
        for layout in LAYOUTS {
            let mut arena = Arena::new(layout);
            let (buffer, size, count) = (arena.room::<u8>(4).cast(), arena.length(length), arena.place());
            let (text, nobody) = (arena.text("X-A: 1"), null_mut());
            // SAFETY: the handle is none, so that no memory is followed.
            unsafe {
                assert_eq!(told(|| WinHttpReadData(nobody, buffer, length, count)), NO_HANDLE);
                assert_eq!(told(|| WinHttpWriteData(nobody, buffer, length, count)), NO_HANDLE);
                assert_eq!(told(|| WinHttpSendRequest(nobody, text, length, buffer, length, length, 0)), NO_HANDLE);
                let level = WINHTTP_QUERY_RAW_HEADERS_CRLF;
                assert_eq!(told(|| WinHttpQueryHeaders(nobody, level, null(), buffer, size, null_mut())), NO_HANDLE);
            }
            arena.check(NO_HANDLE);
        }
    }
}

/// Core.md 15.2: every size of a buffer around the one that is needed, and none at all.
#[test]
fn sizes_of_buffers_for_header_fields() {
    let world = World::new();
    let head = bytes_of(&"GET / HTTP/1.1\r\n\r\n".encode_utf16().chain([0]).collect::<Vec<_>>());
    let rows = [
        (WINHTTP_QUERY_REQUEST_METHOD, bytes_of(&[0x47, 0x45, 0x54, 0])),
        (WINHTTP_QUERY_RAW_HEADERS_CRLF | WINHTTP_QUERY_FLAG_REQUEST_HEADERS, head),
    ];
    for (level, value) in rows {
        for layout in LAYOUTS {
            for size in 0..=value.len() + 2 {
                query(&world, level, layout, size, &value);
            }
        }
        for claimed in HUGE_AND_TINY {
            let mut length = claimed;
            let place = &raw mut length;
            // SAFETY: there is no buffer.
            let call = || unsafe { WinHttpQueryHeaders(world.request(), level, null(), null_mut(), place, null_mut()) };
            assert_eq!((told(call), length as usize), (SHORT, value.len()));
        }
    }
}

/// One query into a buffer of this size, that must give this value with its NUL, or tell how long it is.
fn query(world: &World, level: u32, layout: Layout, size: usize, value: &[u8]) {
    let mut arena = Arena::new(layout);
    let (buffer, length) = (arena.room::<c_void>(size), arena.length(size as u32));
    // SAFETY: the buffer is as large as its length says.
    let call = || unsafe { WinHttpQueryHeaders(world.request(), level, null(), buffer, length, null_mut()) };
    let (code, told_length) = if size < value.len() { (SHORT, value.len()) } else { (0, value.len() - 2) };
    assert_eq!((told(call), arena.number(length) as usize), (code, told_length), "{size} bytes in {arena}");
    arena.check(code);
    if code == 0 {
        let (text, rest) = arena.now(buffer).split_at(value.len());
        assert_eq!(text, value);
        assert!(rest.iter().all(|byte| *byte == UNTOUCHED), "more was written than the value");
    }
}

/// Core.md 14.3: every size of a buffer around the one that is needed, and none at all.
#[test]
fn sizes_of_buffers_for_a_url() {
    for layout in LAYOUTS {
        (0..=URL.len() + 2).for_each(|size| create(layout, size));
        HUGE_AND_TINY.into_iter().for_each(|claimed| create_without_a_buffer(layout, claimed));
    }
}

fn create(layout: Layout, size: usize) {
    let mut arena = Arena::new(layout);
    let (parts, buffer, length) = (parts_of_a_url(&mut arena), arena.room(2 * size), arena.length(size as u32));
    let (code, told_length) = if size < URL.len() { (SHORT, URL.len()) } else { (0, URL.len() - 1) };
    // SAFETY: the buffer is as large as its length says, and every part ends with a NUL.
    assert_eq!(told(|| unsafe { WinHttpCreateUrl(parts, 0, buffer, length) }), code, "{size} in {arena}");
    arena.check(code);
    assert_eq!(arena.number(length) as usize, told_length, "{size} in {arena}");
    assert!(code != 0 || arena.string(buffer).starts_with(URL), "{size} in {arena}");
}

fn create_without_a_buffer(layout: Layout, claimed: u32) {
    let mut arena = Arena::new(layout);
    let (parts, length) = (parts_of_a_url(&mut arena), arena.length(claimed));
    let needed = URL.len() as u32;
    let expected = if claimed < needed { (SHORT, needed) } else { (INVALID, claimed) };
    // SAFETY: there is no buffer, and every part ends with a NUL.
    let code = told(|| unsafe { WinHttpCreateUrl(parts, 0, null_mut(), length) });
    assert_eq!((code, arena.number(length)), expected, "{claimed} without a buffer");
    arena.check(code);
}

/// What the parts below make.
const URL: &str = "https://h:1/p?e\0";

fn parts_of_a_url(arena: &mut Arena) -> *const URL_COMPONENTS {
    let parts = arena.parts();
    let (host, path, extra) = (arena.text("h"), arena.text("/p"), arena.text("?e"));
    // SAFETY: there is room for the structure.
    unsafe {
        put(&raw mut (*parts).nScheme, WINHTTP_INTERNET_SCHEME_HTTPS);
        put(&raw mut (*parts).nPort, 1);
        put(&raw mut (*parts).lpszHostName, host.cast_mut());
        put(&raw mut (*parts).lpszUrlPath, path.cast_mut());
        put(&raw mut (*parts).lpszExtraInfo, extra.cast_mut());
    }
    arena.settle();
    parts
}

/// Core.md 14.3 and 14.2: a structure of another size is refused, and nothing behind its size is read.
#[test]
fn sizes_of_structures() {
    for size in [0, 1, 4, size_of::<URL_COMPONENTS>() as u32 - 1, size_of::<URL_COMPONENTS>() as u32 + 1, u32::MAX] {
        for layout in LAYOUTS {
            let mut arena = Arena::new(layout);
            let (parts, url) = (arena.length(size).cast::<URL_COMPONENTS>(), arena.text("http://h/"));
            let (buffer, length) = (arena.room::<u16>(40), arena.length(20));
            // SAFETY: the structure is as large as it says, as far as that may be read.
            unsafe {
                assert_eq!(told(|| WinHttpCrackUrl(url, 0, 0, parts)), INVALID, "{size} in {arena}");
                assert_eq!(told(|| WinHttpCreateUrl(parts, 0, buffer, length)), INVALID, "{size} in {arena}");
            }
            arena.check(INVALID);
        }
    }
}

/// Core.md 14.2: a URL is read as far as its length says, and never beyond its NUL.
#[test]
fn lengths_of_urls() {
    let url = "http://h:81/p";
    // What the length leaves of it, and the port or the code.
    let expected = |length| match length {
        0..=4 => Err(ERROR_WINHTTP_UNRECOGNIZED_SCHEME),
        5..=7 => Err(INVALID_URL),
        8 | 9 => Ok(80),
        10 => Ok(8),
        _ => Ok(81),
    };
    for layout in LAYOUTS {
        for length in 1..=url.len() {
            let mut arena = Arena::new(layout);
            let (text, parts) = (arena.counted(&url[..length]), arena.parts());
            crack(&arena, text, length as u32, parts, expected(length));
        }
        for length in [0, u32::MAX, 0x8000_0000, url.len() as u32 + 1] {
            let mut arena = Arena::new(layout);
            let (text, parts) = (arena.text(url), arena.parts());
            crack(&arena, text, length, parts, Ok(81));
        }
    }
}

fn crack(arena: &Arena, text: *const u16, length: u32, parts: *mut URL_COMPONENTS, port: Result<u16, u32>) {
    // SAFETY: the text has this length, or ends with a NUL; no part is asked for.
    let code = told(|| unsafe { WinHttpCrackUrl(text, length, 0, parts) });
    assert_eq!(code, port.err().unwrap_or(0), "{length} units in {arena}");
    arena.check(code);
    // SAFETY: the structure is still there.
    let told_port = unsafe { (&raw const (*parts).nPort).read_unaligned() };
    assert_eq!(told_port, port.unwrap_or(0), "{length} units in {arena}");
}

/// Core.md 14.2: the host in a buffer of every size; none keeps the path from its own.
#[test]
fn sizes_of_buffers_for_a_part() {
    for layout in LAYOUTS {
        let needed = HOST.len() as u32;
        for size in 1..needed {
            let (code, told, host) = crack_host(layout, size);
            assert_eq!((code, told.dwHostNameLength, told.dwUrlPathLength), (SHORT, needed, 5), "{size} units");
            assert!(host.bytes().all(|byte| byte != b's'), "a part was copied that does not fit");
        }
        for size in needed..needed + 3 {
            let (code, told, host) = crack_host(layout, size);
            assert_eq!((code, told.dwHostNameLength, told.dwUrlPathLength), (0, needed - 1, 5), "{size} units");
            assert_eq!((told.nPort, told.nScheme), (81, WINHTTP_INTERNET_SCHEME_HTTP));
            assert!(host.starts_with(HOST), "{host:?}");
        }
        assert_eq!(crack_host(layout, 0).0, INVALID);
    }
}

/// Takes a URL apart, the host into a buffer of this size: the code, the structure, and the buffer.
fn crack_host(layout: Layout, size: u32) -> (u32, URL_COMPONENTS, String) {
    let mut arena = Arena::new(layout);
    let (url, parts) = (arena.text("http://server:81/path"), arena.parts());
    let (host, path) = (arena.room::<u16>(2 * size as usize), arena.room::<u16>(2 * 6));
    // SAFETY: there is room for the structure.
    unsafe {
        put(&raw mut (*parts).lpszHostName, host);
        put(&raw mut (*parts).dwHostNameLength, size);
        put(&raw mut (*parts).lpszUrlPath, path);
        put(&raw mut (*parts).dwUrlPathLength, 6);
    }
    arena.settle();
    // SAFETY: each buffer is as large as its length says.
    let code = told(|| unsafe { WinHttpCrackUrl(url, 0, 0, parts) });
    // Where one does not fit, the others are filled all the same.
    arena.check(if code == SHORT { 0 } else { code });
    assert!(code == INVALID || arena.string(path) == "/path\0", "{:?}", arena.string(path));
    // SAFETY: the structure is still there.
    (code, unsafe { parts.read_unaligned() }, arena.string(host))
}

const HOST: &str = "server\0";

/// Core.md 17.2: 62 bytes are enough for a date.
#[test]
fn the_buffer_of_a_date() {
    let fields: [u16; 8] = [9999, 12, 5, 31, 23, 59, 59, 999];
    for layout in LAYOUTS {
        let mut arena = Arena::new(layout);
        let (date, text) = (arena.bytes(&bytes_of(&fields)), arena.room(62));
        // SAFETY: the date is one, and the buffer as large as the function asks for.
        assert_eq!(told(|| unsafe { WinHttpTimeFromSystemTime(date.cast(), text) }), 0);
        arena.check(0);
        assert!(arena.string(text).starts_with("Fri, 31 Dec 9999 23:59:59 GMT\0"));
    }
}

/// `w!` gives text that is aligned and read-only: the usual one.
#[test]
fn literals() {
    let world = World::new();
    assert_eq!(add(&world, w!("X-A: 1"), u32::MAX), 0);
}
