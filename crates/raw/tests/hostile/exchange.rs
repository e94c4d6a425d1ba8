//! Buffers and counts along a whole exchange with a scripted peer.

use std::ffi::c_void;
use std::ptr::{null, null_mut};

use openwinhttp_sys::Win32::Networking::WinHttp::*;
use openwinhttp_sys::w;
use testserver::{Conversation, Peer};

use crate::arena::{Arena, LAYOUTS, Layout, UNTOUCHED, bytes_of};
use crate::codes::*;
use crate::told::told;
use crate::world::World;

/// Core.md 15.2, 15.3 and 19: every kind of value, in buffers of every size around the one that is needed, between
/// bytes that must stay and before a page that cannot be touched; with an index and without.
#[test]
fn every_size_of_buffer_for_every_kind_of_value() {
    let peer = answering("X-A: va\u{e9}lue\r\nX-N: 4294967295\r\nX-D: Mon, 28 Jul 2008 10:05:52 GMT\r\n", "");
    let world = World::to(peer.port(), w!("GET"));
    send(&world);
    receive(&world);
    for value in values() {
        for layout in LAYOUTS {
            for size in 0..=value.bytes.len() + 2 {
                value.check(&world, layout, size);
            }
        }
    }
    peer.finish();
}

/// A value: what is asked, its bytes as they stand in a buffer, how many of them are the last NUL, and how far it moves
/// the index.
struct Value {
    level: u32,
    name: *const u16,
    bytes: Vec<u8>,
    nul: usize,
    counts: u32,
}

fn values() -> Vec<Value> {
    let utf16 = |text: &str| bytes_of(&text.encode_utf16().collect::<Vec<_>>());
    let head =
        "HTTP/1.1 200 OK\nContent-Length: 0\nX-A: va\u{e9}lue\nX-N: 4294967295\nX-D: Mon, 28 Jul 2008 10:05:52 GMT\n";
    let (custom, whole) = (WINHTTP_QUERY_CUSTOM, null());
    let of = |level, name, bytes, nul, counts| Value { level, name, bytes, nul, counts };
    let narrow = head.replace('\n', "\r\n") + "\r\n\0";
    vec![
        of(custom, w!("x-a"), utf16("va\u{e9}lue\0"), 2, 1),
        of(custom | WINHTTP_QUERY_FLAG_NUMBER, w!("x-n"), u32::MAX.to_ne_bytes().to_vec(), 0, 1),
        of(custom | WINHTTP_QUERY_FLAG_NUMBER64, w!("X-N"), u64::from(u32::MAX).to_ne_bytes().to_vec(), 0, 1),
        of(custom | WINHTTP_QUERY_FLAG_SYSTEMTIME, w!("x-d"), bytes_of(&[2008, 7, 1, 28, 10, 5, 52, 0]), 0, 1),
        of(custom | WINHTTP_QUERY_FLAG_WIRE_ENCODING, w!("x-a"), "va\u{e9}lue\0".into(), 1, 1),
        of(WINHTTP_QUERY_CONTENT_LENGTH, whole, utf16("0\0"), 2, 1),
        of(WINHTTP_QUERY_STATUS_TEXT, whole, utf16("OK\0"), 2, 0),
        of(WINHTTP_QUERY_RAW_HEADERS, whole, utf16(&(head.replace('\n', "\0") + "\0")), 2, 0),
        of(WINHTTP_QUERY_RAW_HEADERS_CRLF, whole, utf16(&narrow), 2, 0),
        of(WINHTTP_QUERY_RAW_HEADERS_CRLF | WINHTTP_QUERY_FLAG_WIRE_ENCODING, whole, narrow.into_bytes(), 1, 0),
    ]
}

impl Value {
    /// One query into a buffer of this size, with an index and without.
    fn check(&self, world: &World, layout: Layout, size: usize) {
        for with_index in [false, true] {
            let mut arena = Arena::new(layout);
            let (buffer, length) = (arena.room::<c_void>(size), arena.length(size as u32));
            let index = if with_index { arena.length(0) } else { null_mut() };
            // SAFETY: the buffer is as large as its length says, and the name ends with a NUL or is NULL.
            let code =
                told(|| unsafe { WinHttpQueryHeaders(world.request(), self.level, self.name, buffer, length, index) });
            arena.check(code);
            let index = if with_index { Some(arena.number(index)) } else { None };
            self.check_told(code, arena.number(length), index, arena.now(buffer));
        }
    }

    /// What a call told, and left in its buffer.
    fn check_told(&self, code: u32, length: u32, index: Option<u32>, buffer: &[u8]) {
        let needed = self.bytes.len();
        let fits = buffer.len() >= needed;
        let expected = if fits { (0, needed - self.nul, self.counts) } else { (SHORT, needed, 0) };
        let place = format!("level {:#x}, {} bytes", self.level, buffer.len());
        assert_eq!((code, length as usize, index.unwrap_or(expected.2)), expected, "{place}");
        if fits {
            let (value, rest) = buffer.split_at(needed);
            assert_eq!(value, self.bytes, "{place}");
            assert!(rest.iter().all(|byte| *byte == UNTOUCHED), "more was written than the value: {place}");
        }
    }
}

/// Core.md 10.4: reads of every small size get the body piece by piece, and write nothing beyond their buffer; calls
/// that are refused between them lose nothing.
#[test]
fn small_reads() {
    let body: String = ('!'..='~').collect();
    for layout in LAYOUTS {
        for step in [1, 2, 3, 5, 7, 11, 64, 94, 95, 200] {
            let peer = answering("", &body);
            let world = World::to(peer.port(), w!("GET"));
            send(&world);
            receive(&world);
            let pieces: Vec<_> = (0..=body.len() / step).map(|_| read_in_order(&world, layout, step)).collect();
            assert_eq!(pieces.concat().escape_ascii().to_string(), body.as_bytes().escape_ascii().to_string());
            assert!(pieces.iter().rev().skip(1).all(|piece| piece.len() == step), "a short read before the end");
            assert_eq!(read_in_order(&world, layout, step), b"", "the end comes again");
            peer.finish();
        }
    }
}

/// A read that succeeds, with some before it that do not.
fn read_in_order(world: &World, layout: Layout, size: usize) -> Vec<u8> {
    refused_reads(world, layout);
    let (code, bytes) = read(world, layout, size);
    assert_eq!(code, 0, "{size} bytes");
    bytes
}

/// Reads into so many bytes; gives the code and what came. After a failure the count is 0 (C7).
fn read(world: &World, layout: Layout, size: usize) -> (u32, Vec<u8>) {
    let mut arena = Arena::new(layout);
    let (buffer, count) = (arena.room::<c_void>(size), arena.place());
    // SAFETY: the buffer is as large, and the count can be written.
    let code = told(|| unsafe { WinHttpReadData(world.request(), buffer, size as u32, count) });
    // Nothing beside the memory; what is in it, is looked at here.
    arena.check(0);
    let moved = arena.number(count) as usize;
    assert!(code == 0 || moved == 0, "the count is {moved} after {code}");
    (code, arena.now(buffer)[..moved].to_vec())
}

/// Reads that move nothing: into nothing, and into NULL.
fn refused_reads(world: &World, layout: Layout) {
    let request = world.request();
    for (size, code) in [(0, 0), (1, INVALID), (0x8000_0000, INVALID), (u32::MAX, INVALID)] {
        let mut arena = Arena::new(layout);
        let count = arena.place();
        // SAFETY: there is no buffer, and the count can be written.
        assert_eq!(told(|| unsafe { WinHttpReadData(request, null_mut(), size, count) }), code, "{size} bytes of NULL");
        arena.check(code);
        assert!(code != 0 || arena.number(count) == 0, "nothing was read into nothing");
        // SAFETY: there is neither a buffer nor a count.
        assert_eq!(told(|| unsafe { WinHttpReadData(request, null_mut(), size, null_mut()) }), code);
    }
}

/// Core.md 10.3 and 10.4: a count that nobody asks for is no failure.
#[test]
fn counts_may_be_null() {
    let peer = answering("", "body");
    let world = World::to(peer.port(), w!("GET"));
    send(&world);
    receive(&world);
    let mut buffer = [0u8; 4];
    // SAFETY: the buffer is as large as its length says.
    unsafe {
        assert_eq!(told(|| WinHttpQueryDataAvailable(world.request(), null_mut())), 0);
        assert_eq!(told(|| WinHttpReadData(world.request(), buffer.as_mut_ptr().cast(), 4, null_mut())), 0);
    }
    assert_eq!(&buffer, b"body");
    peer.finish();
}

/// C7: a read that fails after the body broke off tells 0 bytes; `WinHttpQueryDataAvailable` tells nothing.
#[test]
fn counts_after_a_broken_body() {
    let peer = Peer::script(|p| {
        let mut c = p.accept();
        c.expect("GET");
        c.reply("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nbody");
        c.close();
    });
    let world = World::to(peer.port(), w!("GET"));
    send(&world);
    receive(&world);
    let mut came = Vec::new();
    let code = loop {
        match read(&world, Layout::Odd, 3) {
            (0, piece) => came.extend(piece),
            (code, _) => break code,
        }
        assert!(came.len() <= 4);
    };
    assert_eq!((came.as_slice(), code), (b"body".as_slice(), BROKEN));
    assert_eq!(available(&world), (BROKEN, None));
    assert_eq!(read(&world, Layout::Odd, 3), (BROKEN, Vec::new()));
    peer.finish();
}

/// The code, and the count if it was written.
fn available(world: &World) -> (u32, Option<u32>) {
    let mut arena = Arena::new(Layout::Odd);
    let count = arena.place();
    // SAFETY: the count can be written.
    let code = told(|| unsafe { WinHttpQueryDataAvailable(world.request(), count) });
    arena.check(code);
    (code, (code == 0).then(|| arena.number(count)))
}

/// C7 and core.md 8.5: the count of a write is that of the bytes; a write that is refused leaves it as it is.
#[test]
fn counts_of_writes() {
    let peer = Peer::script(|p| {
        let mut c = p.accept();
        assert_eq!(c.expect_with_body("POST").body, b"body");
        reply(&mut c, "", "ok");
    });
    let world = World::to(peer.port(), w!("POST"));
    assert_eq!(write(&world, b"b", 1), (STATE, None));
    // SAFETY: there is no memory.
    assert_eq!(told(|| unsafe { WinHttpSendRequest(world.request(), null(), 0, null(), 0, 4, 0) }), 0);
    assert_eq!(write(&world, b"body and more", 13), (INVALID, None));
    assert_eq!(write(&world, b"", 0), (0, Some(0)));
    assert_eq!(write(&world, b"bo", 2), (0, Some(2)));
    assert_eq!(write(&world, b"dy!", 3), (INVALID, None));
    assert_eq!(write(&world, b"dy", 2), (0, Some(2)));
    assert_eq!(write(&world, b"!", 1), (INVALID, None));
    assert_eq!(available(&world), (STATE, None));
    receive(&world);
    assert_eq!(write(&world, b"!", 1), (STATE, None));
    assert_eq!(available(&world), (0, Some(2)));
    assert_eq!(read(&world, Layout::Odd, 2), (0, b"ok".to_vec()));
    peer.finish();
}

/// C7: a write that fails on its way has the count 0.
#[test]
fn the_count_of_a_write_that_fails() {
    let peer = Peer::script(|p| {
        let mut c = p.accept();
        c.expect("POST");
        c.reset();
    });
    let world = World::to(peer.port(), w!("POST"));
    let piece = vec![b'x'; 1 << 16];
    // SAFETY: there is no memory.
    assert_eq!(told(|| unsafe { WinHttpSendRequest(world.request(), null(), 0, null(), 0, 1 << 30, 0) }), 0);
    let failed = (0..1 << 14).map(|_| write(&world, &piece, piece.len() as u32)).find(|(code, _)| *code != 0);
    assert_eq!(failed, Some((BROKEN, Some(0))));
    peer.finish();
}

/// Writes these bytes, which end where the memory does. The code, and the count if it was written.
fn write(world: &World, bytes: &[u8], length: u32) -> (u32, Option<u32>) {
    let mut arena = Arena::new(*LAYOUTS.last().unwrap());
    let (data, mut count) = (arena.bytes(bytes), COUNT);
    // SAFETY: the bytes are as many, and the count can be written.
    let code = told(|| unsafe { WinHttpWriteData(world.request(), data, length, &mut count) });
    arena.check(code);
    (code, (count != COUNT).then_some(count))
}

/// Core.md 8.1 and C9: header fields and optional data that end where the memory does arrive whole: fields with their
/// length, with the length 0, and with none.
#[test]
fn what_is_sent_ends_with_its_memory() {
    for layout in LAYOUTS {
        for length in [8, 0, u32::MAX] {
            let peer = Peer::script(|p| {
                let mut c = p.accept();
                let request = c.expect_with_body("POST / HTTP/1.1");
                assert_eq!((request.header("x-a"), request.body.as_slice()), (Some("one"), b"body".as_slice()));
                reply(&mut c, "", "");
            });
            let world = World::to(peer.port(), w!("POST"));
            let mut arena = Arena::new(layout);
            let fields = if length == 8 { arena.counted("X-A: one") } else { arena.text("X-A: one") };
            let optional = arena.bytes(b"body");
            // SAFETY: the fields have this length, or end with a NUL; there are four bytes.
            let send = || unsafe { WinHttpSendRequest(world.request(), fields, length, optional, 4, 4, 0) };
            assert_eq!(told(send), 0, "{length} units in {arena}");
            receive(&world);
            arena.check(0);
            peer.finish();
        }
    }
}

/// Core.md 8.1: an empty text is no header field.
#[test]
fn empty_header_fields() {
    for length in [0, u32::MAX] {
        let peer = answering("", "");
        let world = World::to(peer.port(), w!("GET"));
        let mut arena = Arena::new(*LAYOUTS.last().unwrap());
        let fields = arena.text("");
        // SAFETY: the fields end with a NUL.
        assert_eq!(told(|| unsafe { WinHttpSendRequest(world.request(), fields, length, null(), 0, 0, 0) }), 0);
        receive(&world);
        peer.finish();
    }
}

/// Answers one request of any kind.
fn answering(fields: &'static str, body: &str) -> Peer {
    let body = body.to_owned();
    Peer::script(move |p| {
        let mut c = p.accept();
        c.expect("");
        reply(&mut c, fields, &body);
    })
}

fn reply(c: &mut Conversation, fields: &str, body: &str) {
    c.reply(format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n{fields}\r\n{body}", body.len()));
}

fn send(world: &World) {
    // SAFETY: there is no memory.
    assert_eq!(told(|| unsafe { WinHttpSendRequest(world.request(), null(), 0, null(), 0, 0, 0) }), 0);
}

fn receive(world: &World) {
    // SAFETY: there is no memory.
    assert_eq!(told(|| unsafe { WinHttpReceiveResponse(world.request(), null_mut()) }), 0);
}

/// What a count is before a call; no call here moves as many bytes.
const COUNT: u32 = 0xA5A5_A5A5;
