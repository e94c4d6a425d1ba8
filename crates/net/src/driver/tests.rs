//! What lets a suspended task go on, and what does not.
#![allow(clippy::expect_used, clippy::panic, reason = "a test may fail")]

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::ThreadId;
use std::time::{Duration, Instant};

use testserver::{Peer, Script, Silent};

use super::*;
use crate::conn::Received;
use crate::conn::tests::connect;
use crate::socket::Socket;
use crate::step::Connecting;
use crate::{Cancel, Conn, Mode};

/// A task that tells on which thread it goes on.
struct Teller(Sender<ThreadId>);

impl Task for Teller {
    fn go_on(self: Arc<Self>) {
        let _ = self.0.send(std::thread::current().id());
    }
}

fn teller() -> (Arc<dyn Task>, Receiver<ThreadId>) {
    let (tell, told) = channel();
    (Arc::new(Teller(tell)), told)
}

/// A connection to a peer that plays this, and what reaches its socket.
fn connected(script: impl FnOnce(&mut Script) + Send + 'static) -> (Box<Conn>, Cancel, Peer) {
    let peer = Peer::script(script);
    let conn = connect(peer.port(), None);
    let cancel = Cancel::new();
    cancel.attach(&conn).expect("nobody has cancelled");
    (conn, cancel, peer)
}

/// A connection to a peer that sends one byte when it is let go.
fn connected_to_a_byte() -> (Sender<()>, (Box<Conn>, Cancel, Peer)) {
    let (go, may_go) = channel::<()>();
    let connected = connected(move |p| {
        let mut c = p.accept();
        may_go.recv().expect("the test goes on");
        c.reply("x");
        c.expect_closed();
    });
    (go, connected)
}

fn received(conn: &mut Conn) -> Option<Received> {
    match conn.receive(100).expect("no failure") {
        Step::Done(received) => Some(received),
        Step::Wait(_) => None,
    }
}

const PATIENCE: Duration = Duration::from_secs(10);
const MOMENT: Duration = Duration::from_millis(100);

#[test]
fn bytes_let_a_task_go_on_once() {
    let (go, (mut conn, cancel, peer)) = connected_to_a_byte();
    let (task, told) = teller();
    assert_eq!(received(&mut conn), None);
    let suspended = suspend(&task, Want::Readable, &cancel).expect("a reactor").expect("nothing has come");
    assert!(told.recv_timeout(MOMENT).is_err(), "nothing has come");
    go.send(()).expect("the peer waits");
    let thread = told.recv_timeout(PATIENCE).expect("it goes on");
    assert_ne!(thread, std::thread::current().id());
    assert!(suspended.end().is_none());
    assert_eq!(received(&mut conn), Some(Received::Bytes(1)));
    assert_eq!(received(&mut conn), None);
    assert!(told.recv_timeout(MOMENT).is_err(), "it was told twice");
    drop((conn, cancel));
    peer.finish();
}

#[test]
fn the_end_of_its_time_is_the_end_of_an_attempt_in_vain() {
    let (mut conn, cancel, peer) = connected(|p| p.accept().expect_closed());
    conn.limit(100, 0).expect("a socket");
    let (task, told) = teller();
    let start = Instant::now();
    let suspended = suspend(&task, Want::Readable, &cancel).expect("a reactor").expect("nothing has come");
    told.recv_timeout(PATIENCE).expect("its time is over");
    assert!(start.elapsed() >= MOMENT);
    let overdue = suspended.end().expect("its time is over");
    assert!(matches!(conn.receive(100), Err(Error::TimedOut)));
    drop(overdue);
    assert_eq!(received(&mut conn), None, "a later attempt has time again");
    drop((conn, cancel));
    peer.finish();
}

#[test]
fn what_has_come_begins_its_time_anew() {
    let (go, (mut conn, cancel, peer)) = connected_to_a_byte();
    let (task, told) = teller();
    let suspended = suspend(&task, Want::Readable, &cancel).expect("a reactor");
    go.send(()).expect("the peer waits");
    told.recv_timeout(PATIENCE).expect("it goes on");
    drop(suspended);
    conn.socket().set_overdue(true);
    assert_eq!(received(&mut conn), Some(Received::Bytes(1)));
    assert_eq!(received(&mut conn), None);
    drop((conn, cancel));
    peer.finish();
}

/// Even if it is told of something before: an event of the socket whose place it has got may come late.
#[test]
fn a_connect_waits_until_it_is_over() {
    let Some(silent) = Silent::new() else { return };
    let address = SocketAddr::from(([127, 0, 0, 1], silent.port()));
    let socket = Arc::new(Socket::start_connect(address, None, Mode::Asynchronous).expect("a socket"));
    socket.readiness().expect("it does not block").set_connected();
    assert!(!socket.connected().expect("nobody answers"));
    let (task, _told) = teller();
    let connecting = Connecting { socket, deadline: None };
    let waits = suspend(&task, Want::Connect(connecting), &Cancel::new()).expect("a reactor");
    assert!(waits.is_some());
}

#[test]
fn a_place_that_is_used_again_has_another_token() {
    let Some(silent) = Silent::new() else { return };
    let address = SocketAddr::from(([127, 0, 0, 1], silent.port()));
    let mut tokens = Vec::new();
    for _ in 0..50 {
        let socket = Socket::start_connect(address, None, Mode::Asynchronous).expect("a socket");
        let token = socket.readiness().expect("it does not block").token;
        assert!(!tokens.contains(&token), "{token:?} after {tokens:?}");
        tokens.push(token);
    }
}

#[test]
fn what_was_dropped_is_not_told() {
    let (go, (mut conn, cancel, peer)) = connected_to_a_byte();
    conn.limit(1000, 0).expect("a socket");
    let (task, told) = teller();
    drop(suspend(&task, Want::Readable, &cancel).expect("a reactor"));
    go.send(()).expect("the peer waits");
    assert!(told.recv_timeout(Duration::from_millis(1500)).is_err(), "nobody waits");
    assert_eq!(Arc::strong_count(&task), 1, "nobody keeps it");
    let deadline = Instant::now() + PATIENCE;
    let came = loop {
        match received(&mut conn) {
            None if Instant::now() < deadline => std::thread::sleep(Duration::from_millis(2)),
            came => break came,
        }
    };
    assert_eq!(came, Some(Received::Bytes(1)));
    drop((conn, cancel));
    peer.finish();
}

/// Else an answer that comes early would not be noticed, and the end of the peer's sending would be noticed for ever.
#[test]
fn who_waits_for_room_hears_of_news_once() {
    let (go, may_go) = channel::<()>();
    let (mut conn, cancel, peer) = connected(move |p| {
        let mut c = p.accept();
        c.half_close();
        may_go.recv().expect("the test goes on");
        c.reset();
    });
    let body = vec![0; 64 << 20];
    let fill = |conn: &mut Conn| while let Step::Done(false) = conn.send(&body, 1 << 20).expect("room or none") {};
    fill(&mut conn);
    let (task, told) = teller();
    // What has come before this may be told at once.
    let mut suspended = suspend(&task, Want::Writable, &cancel).expect("a reactor");
    if suspended.is_some() {
        told.recv_timeout(PATIENCE).expect("the peer has ended its side");
    }
    let mut times = 0;
    while {
        fill(&mut conn);
        suspended = suspend(&task, Want::Writable, &cancel).expect("a reactor");
        suspended.is_none()
    } {
        times += 1;
        assert!(times < 10, "it never waits");
    }
    drop(suspended);
    drop((conn, cancel));
    go.send(()).expect("the peer waits");
    peer.finish();
}

#[test]
fn a_name_is_looked_up_without_waiting() {
    let host = openwinhttp_wire::Host::parse("localhost").expect("a name");
    let lookup = Lookup::new(&host, 80, None);
    let (task, told) = teller();
    let Ok(Step::Wait(want)) = lookup.step() else { panic!("nobody was asked") };
    let suspended = suspend(&task, want, &Cancel::new()).expect("a reactor");
    if suspended.is_some() {
        told.recv_timeout(PATIENCE).expect("an answer");
    }
    assert!(matches!(lookup.step(), Ok(Step::Done(addresses)) if !addresses.is_empty()));
}

#[test]
fn a_name_that_takes_too_long_is_given_up() {
    let host = openwinhttp_wire::Host::parse("localhost").expect("a name");
    let lookup = Lookup::new(&host, 80, Some(Duration::ZERO));
    assert!(matches!(lookup.step(), Err(Error::TimedOut)));
}

/// Holds up the thread it is on until it is let go.
struct Blocker(parking_lot::Mutex<Receiver<()>>, Sender<()>);

impl Task for Blocker {
    fn go_on(self: Arc<Self>) {
        let _ = self.1.send(());
        let _ = self.0.lock().recv();
    }
}

#[test]
fn tasks_that_wait_hold_up_no_others() {
    let (started, has_started) = channel();
    let releases: Vec<Sender<()>> = (0..20)
        .map(|_| {
            let (release, released) = channel();
            schedule(Arc::new(Blocker(parking_lot::Mutex::new(released), started.clone())));
            release
        })
        .collect();
    for number in 0..20 {
        has_started.recv_timeout(PATIENCE).unwrap_or_else(|_| panic!("the one after {number} others never started"));
    }
    let (task, told) = teller();
    schedule(task);
    told.recv_timeout(PATIENCE).expect("a thread is free");
    drop(releases);
}

struct Panics;

impl Task for Panics {
    fn go_on(self: Arc<Self>) {
        panic!("a fault of a callback, for the test");
    }
}

#[test]
fn a_panic_ends_no_thread() {
    (0..10).for_each(|_| schedule(Arc::new(Panics)));
    let (task, told) = teller();
    schedule(task);
    told.recv_timeout(PATIENCE).expect("a thread is there");
}
