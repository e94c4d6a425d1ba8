//! Text that is very long, or no UTF-16.

use std::ptr::{null, null_mut};

use openwinhttp_sys::Win32::Networking::WinHttp::*;
use openwinhttp_sys::w;

use crate::arena::{Arena, LAYOUTS, Layout};
use crate::codes::*;
use crate::told::told;
use crate::world::{Kind, World};

/// A text handed to a function, in the place of each text that it takes.
type Call = fn(&World, *const u16) -> u32;

/// Functions by one text that they take up to its NUL, with the start of what is in order there, and what becomes of a
/// text of a million letters.
const TEXTS: &[(&str, Call, &str, u32)] = &[
    ("user agent", |_, text| open(text, null(), null()), "A/", 0),
    ("proxy", |_, text| open(null(), text, null()), "p", 0),
    ("proxy bypass", |_, text| open(null(), null(), text), "b", 0),
    ("server name", connect, "h", INVALID_URL),
    ("verb", |world, text| open_request(world, [text, null(), null(), null()], null()), "V", 0),
    ("object name", |world, text| open_request(world, [null(), text, null(), null()], null()), "/", 0),
    ("version", |world, text| open_request(world, [null(), null(), text, null()], null()), "HTTP/1.", INVALID),
    ("referrer", |world, text| open_request(world, [null(), null(), null(), text], null()), "r", 0),
    ("accepted type", |world, text| open_request(world, [null(); 4], [text, null()].as_ptr()), "a/", 0),
    (
        "second accepted type",
        |world, text| open_request(world, [null(); 4], [w!("a/b"), text, null()].as_ptr()),
        "a/",
        0,
    ),
    ("header fields", add, "X-A: ", 0),
    ("name of a field", name_of_a_field, "X", MISSING),
    ("date", to_time, "Mon", INVALID),
];

/// None is too long to be read, and none is read beyond its NUL.
#[test]
fn a_million_letters() {
    for (name, call, start, code) in TEXTS {
        let text = start.to_string() + &"a".repeat(1 << 20);
        let mut arena = Arena::new(*LAYOUTS.last().unwrap());
        let text = arena.text(&text);
        assert_eq!(call(&World::new(), text), *code, "{name}");
        arena.check(*code);
    }
}

/// Half of a surrogate pair, wherever it stands: no text loses a part, or gets another, unseen.
#[test]
fn half_a_surrogate_pair() {
    let (high, low) = (0xD83D, 0xDE00);
    let halves: [&[u16]; 7] =
        [&[high], &[low], &[low, high], &[high, high], &[high, 0x41], &[0x41, low], &[high, low, low]];
    for (name, call, start, _) in TEXTS {
        for half in halves {
            for layout in LAYOUTS {
                let mut arena = Arena::new(layout);
                let units: Vec<u16> = start.encode_utf16().chain(half.iter().copied()).collect();
                let text = arena.units_and_nul(&units);
                assert_eq!(call(&World::new(), text), INVALID, "{name}: {half:x?} in {arena}");
                arena.check(INVALID);
            }
        }
    }
}

/// What a million letters do to a request can be seen in it, to the last of them.
#[test]
fn long_values_are_kept() {
    let world = World::new();
    let value = "a".repeat(1 << 20);
    let mut arena = Arena::new(Layout::Odd);
    let text = arena.text(&format!("X-A: {value}"));
    assert_eq!(add(&world, text), 0);
    let needed = 2 * (value.len() + 1);
    let (buffer, length) = (arena.room::<u16>(needed), arena.length(needed as u32));
    let level = WINHTTP_QUERY_CUSTOM | WINHTTP_QUERY_FLAG_REQUEST_HEADERS;
    // SAFETY: the buffer is as large as its length says.
    let query = || unsafe { WinHttpQueryHeaders(world.request(), level, w!("x-a"), buffer.cast(), length, null_mut()) };
    assert_eq!(told(query), 0);
    arena.check(0);
    assert_eq!(arena.number(length) as usize, needed - 2);
    assert!(arena.string(buffer) == value + "\0", "the value is another one");
}

/// A URL of a million letters is taken apart, and put together again.
#[test]
fn long_urls() {
    let path = "/".to_owned() + &"a".repeat(1 << 20);
    let mut arena = Arena::new(*LAYOUTS.last().unwrap());
    let url = arena.text(&format!("http://h:80{path}"));
    let mut parts = URL_COMPONENTS {
        dwStructSize: size_of::<URL_COMPONENTS>() as u32,
        dwHostNameLength: 1,
        dwUrlPathLength: 1,
        ..Default::default()
    };
    // SAFETY: the URL ends with a NUL; its parts are asked for by place.
    assert_eq!(told(|| unsafe { WinHttpCrackUrl(url, 0, 0, &mut parts) }), 0);
    assert_eq!((parts.dwHostNameLength, parts.dwUrlPathLength as usize), (1, path.len()));
    assert_eq!(parts.lpszUrlPath.cast_const(), url.wrapping_add(11));
    let needed = "http://h".len() + path.len() + 1;
    let (again, length) = (arena.room(2 * needed), arena.length(needed as u32));
    // SAFETY: the parts lie in the URL; the buffer is as large as its length says.
    assert_eq!(told(|| unsafe { WinHttpCreateUrl(&parts, 0, again, length) }), 0);
    arena.check(0);
    assert_eq!(arena.number(length) as usize, needed - 1);
}

fn open(agent: *const u16, proxy: *const u16, bypass: *const u16) -> u32 {
    // SAFETY: every text ends with a NUL, or is NULL.
    told(|| unsafe { WinHttpOpen(agent, WINHTTP_ACCESS_TYPE_NO_PROXY, proxy, bypass, 0) })
}

fn connect(world: &World, name: *const u16) -> u32 {
    // SAFETY: the name ends with a NUL.
    told(|| unsafe { WinHttpConnect(world.handle(Kind::Session), name, 80, 0) })
}

fn open_request(world: &World, [verb, object, version, referrer]: [*const u16; 4], types: *const *const u16) -> u32 {
    let connection = world.handle(Kind::Connection);
    // SAFETY: every text ends with a NUL, or is NULL, and the list ends with a NULL, or is NULL.
    told(|| unsafe { WinHttpOpenRequest(connection, verb, object, version, referrer, types, 0) })
}

fn add(world: &World, fields: *const u16) -> u32 {
    // SAFETY: the text ends with a NUL.
    told(|| unsafe { WinHttpAddRequestHeaders(world.request(), fields, u32::MAX, WINHTTP_ADDREQ_FLAG_ADD) })
}

fn name_of_a_field(world: &World, name: *const u16) -> u32 {
    let level = WINHTTP_QUERY_CUSTOM | WINHTTP_QUERY_FLAG_REQUEST_HEADERS;
    let (mut buffer, mut length, mut index) = ([0u16; 4], 8, 0);
    let place = buffer.as_mut_ptr().cast();
    // SAFETY: the name ends with a NUL, and the buffer is as large as its length says.
    told(|| unsafe { WinHttpQueryHeaders(world.request(), level, name, place, &mut length, &mut index) })
}

fn to_time(_: &World, text: *const u16) -> u32 {
    let mut time = Default::default();
    // SAFETY: the text ends with a NUL.
    told(|| unsafe { WinHttpTimeToSystemTime(text, &mut time) })
}
