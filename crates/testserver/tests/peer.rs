//! The scripted peer against plain sockets: each step does to the wire what it says, and failures are reported.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::disallowed_methods)]

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;
use std::time::{Duration, Instant};

use testserver::{Conversation, Peer, Script};

const GET: &[u8] = b"GET / HTTP/1.1\r\nHost: here\r\n\r\n";
const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
const SHORT: Duration = Duration::from_millis(100);

#[test]
fn two_exchanges_on_one_connection() {
    let peer = Peer::script(|p| {
        let mut c = p.accept();
        assert_eq!(c.expect("GET / HTTP/1.1").header("HOST"), Some("here"));
        c.reply(OK);
        let request = c.expect("POST /form HTTP/1.1");
        assert_eq!((request.line.as_str(), request.body.len()), ("POST /form HTTP/1.1", 0));
        assert_eq!(c.body(4), b"a=12");
        c.reply(OK);
        c.expect_closed();
    });
    let mut client = connect(&peer);
    client.write_all(GET).unwrap();
    assert_eq!(read_exactly(&mut client, OK.len()), OK.as_bytes());
    client.write_all(b"POST /form HTTP/1.1\r\nContent-Length: 4\r\n\r\na=").unwrap();
    client.write_all(b"12").unwrap();
    assert_eq!(read_exactly(&mut client, OK.len()), OK.as_bytes());
    drop(client);
    let lines: Vec<_> = peer.requests().into_iter().map(|request| (request.line, request.body)).collect();
    assert_eq!(lines[0], ("GET / HTTP/1.1".to_owned(), Vec::new()));
    assert_eq!(lines[1], ("POST /form HTTP/1.1".to_owned(), b"a=12".to_vec()));
    assert_eq!(peer.connections(), 1);
    peer.finish();
}

#[test]
fn connections_are_told_apart() {
    let peer = Peer::script(|p| {
        for _ in 0..3 {
            let mut c = p.accept();
            c.expect("GET");
            c.reply(OK);
        }
    });
    for _ in 0..3 {
        let mut client = connect(&peer);
        client.write_all(GET).unwrap();
        assert_eq!(read_all(&mut client).unwrap(), OK.as_bytes());
    }
    assert_eq!(peer.connections(), 3);
    assert_eq!(peer.requests().iter().map(|request| request.connection()).collect::<Vec<_>>(), [1, 2, 3]);
    peer.finish();
}

#[test]
fn whole_requests_by_length_and_chunked() {
    let peer = Peer::script(|p| {
        let mut c = p.accept();
        assert_eq!(c.expect_with_body("PUT /a").body, b"abc");
        assert_eq!(c.expect_with_body("PUT /b").body, b"0123456789abcdef!");
        assert_eq!(c.expect_with_body("GET /").body, b"");
        c.reply(OK);
    });
    let mut client = connect(&peer);
    client.write_all(b"PUT /a HTTP/1.1\r\nContent-Length: 3\r\n\r\nabcPUT /b HTTP/1.1\r\n").unwrap();
    client.write_all(b"Transfer-Encoding: chunked\r\n\r\n10\r\n0123456789abcdef\r\n1;x\r\n!\r").unwrap();
    client.write_all(b"\n0\r\n\r\n").unwrap();
    client.write_all(GET).unwrap();
    assert_eq!(read_all(&mut client).unwrap(), OK.as_bytes());
    assert_eq!(peer.requests()[1].body, b"0123456789abcdef!");
    peer.finish();
}

#[test]
fn a_split_reply_comes_in_two_pieces() {
    // A client that is late finds both pieces at once.
    let is_split = (0..10).any(|_| split_reply_arrives_as() == [5, 6]);
    assert!(is_split);
}

/// The lengths of the pieces that arrive.
fn split_reply_arrives_as() -> Vec<usize> {
    let peer = Peer::script(|p| p.accept().split_reply("firstsecond", 5));
    let mut client = connect(&peer);
    let mut buffer = [0; 100];
    let reads = std::iter::from_fn(|| Some(client.read(&mut buffer).unwrap()).filter(|&length| length > 0));
    let lengths: Vec<_> = reads.collect();
    assert_eq!(lengths.iter().sum::<usize>(), 11);
    peer.finish();
    lengths
}

#[test]
fn a_drip_takes_its_time() {
    let pause = Duration::from_millis(10);
    let peer = Peer::script(move |p| p.accept().drip("0123456789", pause));
    let start = Instant::now();
    let mut client = connect(&peer);
    assert_eq!(read_all(&mut client).unwrap(), b"0123456789");
    assert!(start.elapsed() >= pause * 9);
    peer.finish();
}

#[test]
fn a_drip_without_pause_brings_every_byte() {
    let text = "x".repeat(3000);
    let peer = Peer::script({
        let text = text.clone();
        move |p| p.accept().drip(text, Duration::ZERO)
    });
    assert_eq!(read_all(&mut connect(&peer)).unwrap(), text.as_bytes());
    peer.finish();
}

#[test]
fn half_closed_the_peer_still_reads() {
    let peer = Peer::script(|p| {
        let mut c = p.accept();
        c.reply("early");
        c.half_close();
        c.expect("GET / HTTP/1.1");
        c.expect_closed();
    });
    let mut client = connect(&peer);
    assert_eq!(read_all(&mut client).unwrap(), b"early");
    client.write_all(GET).unwrap();
    drop(client);
    peer.finish();
}

#[test]
fn a_reset_is_a_reset() {
    let peer = Peer::script(|p| {
        let mut c = p.accept();
        c.reply("part");
        c.reset();
    });
    let mut client = connect(&peer);
    assert_eq!(read_exactly(&mut client, 4), b"part");
    let error = client.read(&mut [0; 1]).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
    peer.finish();
}

#[test]
fn a_close_with_unread_requests_is_still_orderly() {
    let peer = Peer::script(|p| {
        let mut c = p.accept();
        c.expect("GET");
        p.pause(SHORT);
        c.reply(OK);
        c.close();
    });
    let mut client = connect(&peer);
    client.write_all(GET).unwrap();
    client.write_all(GET).unwrap();
    assert_eq!(read_all(&mut client).unwrap(), OK.as_bytes());
    peer.finish();
}

#[test]
fn a_stall_is_silence_and_ends_with_the_test() {
    let peer = Peer::script(|p| {
        let mut c = p.accept();
        c.stall(Duration::from_secs(3600));
    });
    let mut client = connect(&peer);
    client.set_read_timeout(Some(SHORT)).unwrap();
    let error = client.read(&mut [0; 1]).unwrap_err();
    assert!(matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut));
    let start = Instant::now();
    peer.finish();
    assert!(start.elapsed() < Duration::from_secs(5));
}

#[test]
fn silence_and_absence_can_be_expected() {
    let peer = Peer::script(|p| {
        let mut c = p.accept();
        c.expect("GET");
        c.expect_silence(SHORT);
        c.reply(OK);
        p.expect_no_connection(SHORT);
    });
    let mut client = connect(&peer);
    client.write_all(GET).unwrap();
    assert_eq!(read_exactly(&mut client, OK.len()), OK.as_bytes());
    peer.finish();
}

#[test]
fn the_unread_body_may_come_before_the_close() {
    let peer = Peer::script(|p| {
        let mut c = p.accept();
        c.expect("POST");
        c.reply("HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\n\r\n");
        c.half_close();
        c.expect_closed();
    });
    let mut client = connect(&peer);
    client.write_all(b"POST / HTTP/1.1\r\nContent-Length: 100000\r\n\r\n").unwrap();
    client.write_all(&[b'x'; 100_000]).unwrap();
    assert!(read_all(&mut client).unwrap().starts_with(b"HTTP/1.1 413"));
    drop(client);
    peer.finish();
}

#[test]
fn drain_hands_over_all_that_comes() {
    let peer = Peer::script(|p| assert_eq!(p.accept().drain(), b"anything at all"));
    let mut client = connect(&peer);
    client.write_all(b"anything at all").unwrap();
    client.shutdown(Shutdown::Write).unwrap();
    peer.finish();
}

#[test]
fn sending_to_a_client_that_left_does_not_fail_the_script() {
    let peer = Peer::script(|p| {
        let mut c = p.accept();
        c.expect_closed();
        c.drip("x".repeat(100), Duration::from_millis(5));
        c.reply(OK);
        assert!(c.client_is_gone());
    });
    drop(connect(&peer));
    peer.finish();
}

#[test]
fn after_the_script_connections_are_refused() {
    let peer = Peer::script(|_| ());
    let deadline = Instant::now() + Duration::from_secs(5);
    while TcpStream::connect(("127.0.0.1", peer.port())).is_ok() && Instant::now() < deadline {
        thread::sleep(Duration::from_millis(5));
    }
    assert!(TcpStream::connect(("127.0.0.1", peer.port())).is_err());
    peer.finish();
}

#[test]
fn the_refused_port_refuses() {
    let error = TcpStream::connect(("127.0.0.1", Peer::refused_port())).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::ConnectionRefused);
}

#[cfg(not(windows))]
#[test]
fn the_silent_port_is_silent() {
    let silent = testserver::Silent::new().expect("a silent port");
    let address = ([127, 0, 0, 1], silent.port()).into();
    for _ in 0..2 {
        let error = TcpStream::connect_timeout(&address, Duration::from_millis(300)).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    }
}

#[test]
fn the_wrong_request_fails_with_the_dialogue() {
    let peer = Peer::script(|p| {
        let mut c = p.accept();
        c.expect("GET / HTTP/1.1");
        c.reply(OK);
        c.expect("GET /second HTTP/1.1");
    });
    let mut client = connect(&peer);
    client.write_all(GET).unwrap();
    read_exactly(&mut client, OK.len());
    client.write_all(b"GET /third HTTP/1.1\r\n\r\n").unwrap();
    let report = failure_of(peer);
    for part in
        ["expected a request line beginning \"GET /second", "\"GET /third", "<<   \"GET / HTTP", ">>   \"HTTP/1.1 200"]
    {
        assert!(report.contains(part), "{part} is missing in:\n{report}");
    }
    assert!(report.contains("peer.rs:"), "no place in the script:\n{report}");
}

#[test]
fn a_bad_request_fails_with_the_reason() {
    let peer = Peer::script(|p| {
        p.accept().expect("GET");
    });
    connect(&peer).write_all(b"GET / HTTP/1.1\r\nHost : x\r\n\r\n").unwrap();
    assert!(failure_of(peer).contains("a header field needs a name"));
}

#[test]
fn waits_end_at_their_limit() {
    let steps: [fn(&mut Script, &mut Conversation); 5] = [
        |_, c| drop(c.expect("GET")),
        |_, c| drop(c.body(1)),
        |_, c| c.expect_closed(),
        |_, c| drop(c.drain()),
        |p, _| drop(p.accept()),
    ];
    for step in steps {
        let peer = Peer::script(move |p| {
            let mut c = p.accept();
            p.set_limit(SHORT);
            step(p, &mut c);
        });
        let _client = connect(&peer);
        assert!(failure_of(peer).contains("in time"));
    }
}

#[test]
fn a_client_that_does_not_read_ends_at_the_limit() {
    let peer = Peer::script(|p| {
        let mut c = p.accept();
        p.set_limit(SHORT);
        c.reply(vec![b'x'; 1 << 26]);
        assert!(c.client_is_gone());
    });
    let _client = connect(&peer);
    peer.finish();
}

#[test]
fn surprises_fail_the_expectations_of_nothing() {
    let steps: [fn(&mut Script); 2] =
        [|p| p.accept().expect_closed(), |p| p.accept().expect_silence(Duration::from_secs(5))];
    for step in steps {
        let peer = Peer::script(step);
        let mut client = connect(&peer);
        client.write_all(b"surprise").unwrap();
        assert!(failure_of(peer).contains("surprise"));
    }
}

#[test]
fn a_dropped_peer_reports_too() {
    let dropped = catch_unwind(|| {
        let peer = Peer::script(|p| {
            p.accept().expect("GET");
        });
        drop(connect(&peer));
    });
    assert!(text_of(dropped.unwrap_err()).contains("the peer's script failed"));
}

fn connect(peer: &Peer) -> TcpStream {
    let client = TcpStream::connect(("127.0.0.1", peer.port())).unwrap();
    client.set_nodelay(true).unwrap();
    client.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    client
}

fn read_all(client: &mut TcpStream) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    client.read_to_end(&mut bytes).map(|_| bytes)
}

fn read_exactly(client: &mut TcpStream, length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    client.read_exact(&mut bytes).unwrap();
    bytes
}

fn failure_of(peer: Peer) -> String {
    text_of(catch_unwind(AssertUnwindSafe(|| peer.finish())).unwrap_err())
}

fn text_of(payload: Box<dyn std::any::Any + Send>) -> String {
    *payload.downcast::<String>().unwrap()
}
