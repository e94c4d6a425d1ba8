//! The same steps over a socket that does not block, as an asynchronous session will take them: what waits goes on
//! where it stopped, and no byte is lost or sent twice.
#![allow(clippy::expect_used, clippy::panic, clippy::disallowed_methods, reason = "a test may wait and may fail")]

use std::sync::Arc;
use std::time::{Duration, Instant};

use testserver::{Peer, TlsKind};

use super::*;
use crate::{Dial, DialRules, Dialled, Error, Lookup, Mode, Origin, Trust, Want, Way};

/// Takes steps until one is done, looking at the clock and not at the socket; gives how often it had to wait too.
fn drive<T>(mut step: impl FnMut() -> Result<Step<T>, Error>) -> (T, usize) {
    let start = Instant::now();
    let mut waits = 0;
    loop {
        match step().expect("no failure") {
            Step::Done(value) => return (value, waits),
            Step::Wait(_) => waits += 1,
        }
        assert!(start.elapsed() < Duration::from_secs(20), "it never ends");
        std::thread::sleep(Duration::from_micros(200));
    }
}

pub(crate) fn connect(port: u16, trust: Option<&Trust>) -> Box<Conn> {
    let host = Host::parse("127.0.0.1").expect("an address");
    let origin = Origin::of(Way::new(&host, port, trust)).expect("an origin");
    let Step::Done(seat) = origin.seat(u32::MAX) else { panic!("there is no limit") };
    let lookup = Lookup::new(&host, port, None);
    let (addresses, _) = drive(|| lookup.step());
    let rules = DialRules { limit: None, most: 5, fast_fallback: false, keepalive: None, mode: Mode::Asynchronous };
    let mut dial = Dial::new(&addresses, rules);
    let mut conn = loop {
        if let (Dialled::Connected(_, conn), _) = drive(|| dial.step()) {
            break conn;
        }
    };
    origin.adopt(&mut conn, seat).expect("a name for TLS");
    drive(|| conn.handshake());
    conn
}

fn trust() -> Trust {
    let mut trust = Trust::default();
    trust.add(testserver::ca_pem().as_bytes()).expect("a root");
    trust
}

/// Sends a head and a body that no socket buffer holds, to a peer that takes its time, and receives a dripped answer.
fn exchange(peer: Peer, trust: Option<&Trust>) {
    let mut conn = connect(peer.port(), trust);
    let body: Vec<u8> = (0..SIZE).map(|at| (at % 251) as u8).collect();
    conn.output = format!("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {SIZE}\r\n\r\n").into_bytes();
    let (is_all, waits) = drive(|| conn.send(&body, usize::MAX));
    assert!(is_all);
    assert!(waits > 0, "the send never had to wait: the test shows nothing");
    let mut received = Vec::new();
    let mut waits = 0;
    while received.len() < ANSWER_TEXT.len() {
        let mut out = [0; 5];
        let (got, waited) = drive(|| conn.receive_into(&mut out, true));
        waits += waited;
        match got {
            Received::Bytes(count) => received.extend_from_slice(&out[..count]),
            Received::Nothing => {}
            Received::End => panic!("the answer ends early"),
        }
        received.extend_from_slice(conn.input.data());
        conn.input.consume(usize::MAX / 2);
    }
    assert_eq!(received, ANSWER_TEXT.as_bytes());
    assert!(waits > 0, "the receive never had to wait: the test shows nothing");
    drop(conn);
    peer.finish();
}

fn script(peer: &mut testserver::Script) {
    let mut conversation = peer.accept();
    conversation.expect("POST / HTTP/1.1");
    conversation.stall(Duration::from_millis(1500));
    let body = conversation.body(SIZE);
    assert!(body.iter().enumerate().all(|(at, byte)| *byte == (at % 251) as u8), "the body came otherwise");
    conversation.drip(ANSWER_TEXT, Duration::from_millis(1));
}

const SIZE: usize = 8 * 1024 * 1024;
const ANSWER_TEXT: &str = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc";

#[test]
fn steps_go_on_where_they_stopped() {
    exchange(Peer::script(script), None);
}

#[test]
fn steps_go_on_where_they_stopped_over_tls() {
    exchange(Peer::tls(TlsKind::Good, script), Some(&trust()));
}

#[test]
fn a_connect_that_is_under_way_says_so_and_a_refused_one_fails() {
    let mut dial = Dial::new(
        &[([127, 0, 0, 1], Peer::refused_port()).into()],
        DialRules {
            limit: Some(Duration::from_secs(5)),
            most: 5,
            fast_fallback: false,
            keepalive: None,
            mode: Mode::Synchronous,
        },
    );
    let failure = loop {
        match dial.step() {
            Ok(Step::Done(Dialled::Trying(_))) => {}
            Ok(Step::Wait(Want::Connect(_))) => std::thread::sleep(Duration::from_millis(1)),
            Ok(other) => panic!("{other:?}"),
            Err(error) => break error,
        }
    };
    assert!(matches!(failure, Error::Connect(_)), "{failure:?}");
}

#[test]
fn equal_origins_are_one_and_different_trust_makes_different_ones() {
    let host = Host::parse("Example").expect("a name");
    let other_case = Host::parse("eXample").expect("a name");
    let plain = Origin::of(Way::new(&host, 80, None)).expect("an origin");
    assert!(Arc::ptr_eq(&plain, &Origin::of(Way::new(&other_case, 80, None)).expect("an origin")));
    assert!(!Arc::ptr_eq(&plain, &Origin::of(Way::new(&host, 81, None)).expect("an origin")));
    let usual = Origin::of(Way::new(&host, 80, Some(&Trust::default()))).expect("an origin");
    assert!(!Arc::ptr_eq(&plain, &usual));
    assert!(Arc::ptr_eq(&usual, &Origin::of(Way::new(&host, 80, Some(&Trust::default()))).expect("an origin")));
    let trusting = Origin::of(Way::new(&host, 80, Some(&trust()))).expect("an origin");
    assert!(!Arc::ptr_eq(&usual, &trusting));
    assert!(Arc::ptr_eq(&trusting, &Origin::of(Way::new(&host, 80, Some(&trust()))).expect("an origin")));
}
