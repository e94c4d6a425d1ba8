//! What becomes of idle connections as time goes by; the clock is an argument.
#![allow(clippy::expect_used, clippy::disallowed_methods, reason = "a test may fail, and may wait")]

use std::sync::mpsc;

use testserver::Peer;

use super::*;
use crate::conn::tests::connect;

/// The clock of one test would drop the connections of another.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// An origin with one idle connection, to a peer that only waits for its end.
fn origin_with_idle_connection() -> (Arc<Origin>, Peer) {
    let (connected, is_connected) = mpsc::channel();
    let peer = Peer::script(move |peer| {
        let mut conversation = peer.accept();
        connected.send(()).expect("the test waits");
        conversation.expect_closed();
    });
    let host = Host::parse("127.0.0.1").expect("an address");
    let origin = Origin::of(Way::new(&host, peer.port(), None)).expect("an origin");
    connect(peer.port(), None).check_in(Instant::now());
    is_connected.iter().next().expect("the peer is there");
    (origin, peer)
}

#[test]
fn an_idle_connection_is_dropped_at_its_age_and_not_before() {
    let _guard = ONE_AT_A_TIME.lock();
    let (origin, peer) = origin_with_idle_connection();
    let now = Instant::now();
    let next = drop_expired(now).expect("one is idle");
    assert!(next > now + MAX_IDLE - Duration::from_secs(10) && next <= now + MAX_IDLE, "{:?}", next - now);
    assert_eq!((origin.idle.lock().len(), count(&origin)), (1, 1));
    drop_expired(now + MAX_IDLE);
    assert_eq!((origin.idle.lock().len(), count(&origin)), (0, 0));
    peer.finish();
}

#[test]
fn an_idle_connection_that_the_peer_ends_is_dropped_soon() {
    let _guard = ONE_AT_A_TIME.lock();
    let (go, may_go) = mpsc::channel::<()>();
    let peer = Peer::script(move |peer| {
        let conversation = peer.accept();
        may_go.recv().expect("the test goes on");
        conversation.close();
    });
    let host = Host::parse("127.0.0.1").expect("an address");
    let origin = Origin::of(Way::new(&host, peer.port(), None)).expect("an origin");
    connect(peer.port(), None).check_in(Instant::now());
    assert_eq!((origin.idle.lock().len(), count(&origin)), (1, 1));
    go.send(()).expect("the peer waits");
    let end = Instant::now() + Duration::from_secs(10);
    while count(&origin) > 0 {
        assert!(Instant::now() < end, "it stays");
        std::thread::sleep(Duration::from_millis(10));
    }
    assert_eq!(origin.idle.lock().len(), 0);
    peer.finish();
}

#[test]
fn a_connection_that_is_checked_out_is_reused_and_no_longer_idle() {
    let _guard = ONE_AT_A_TIME.lock();
    let (origin, peer) = origin_with_idle_connection();
    let conn = origin.check_out(Choice::Any, false, Instant::now()).expect("it is good");
    assert_eq!(conn.uses(), 1);
    assert!(origin.check_out(Choice::Any, false, Instant::now()).is_none());
    assert_eq!(count(&origin), 1);
    drop(conn);
    assert_eq!(count(&origin), 0);
    peer.finish();
}

#[test]
fn an_origin_has_so_many_seats_and_an_idle_connection_gives_up_its_own() {
    let _guard = ONE_AT_A_TIME.lock();
    let (origin, peer) = origin_with_idle_connection();
    let Step::Done(first) = origin.seat(1) else { panic!("the idle one gives way") };
    assert!(origin.check_out(Choice::Any, false, Instant::now()).is_none(), "it is gone");
    assert!(matches!(origin.seat(1), Step::Wait(Want::Seat { .. })));
    assert_eq!(count(&origin), 1);
    drop(first);
    assert!(matches!(origin.seat(1), Step::Done(_)));
    assert_eq!(count(&origin), 0);
    peer.finish();
}

#[test]
fn groups_and_names_looked_up_part_origins() {
    let host = Host::parse("a.example").expect("a name");
    let of = |way| Origin::of(way).expect("an origin");
    let way = Way::new(&host, 80, None);
    assert!(!Arc::ptr_eq(&of(way), &of(Way { group: 1, ..way })));
    assert!(!Arc::ptr_eq(&of(way), &of(Way { resolved_as: Some(&host), ..way })));
    assert!(Arc::ptr_eq(&of(Way { group: 1, ..way }), &of(Way { group: 1, ..way })));
}

#[test]
fn an_origin_keeps_no_more_than_its_share_and_drops_the_oldest() {
    let _guard = ONE_AT_A_TIME.lock();
    let (origin, peer) = origin_with_idle_connection();
    // The script takes one connection only; these go to another port, and to the same origin all the same.
    let server = testserver::serve::Server::http(|_| testserver::serve::Response::new(200));
    for _ in 0..MAX_IDLE_CONNECTIONS {
        origin.keep(connect(server.port(), None), Instant::now());
    }
    assert_eq!(origin.idle.lock().len(), MAX_IDLE_CONNECTIONS);
    peer.finish();
}

#[test]
fn marked_connections_are_found_by_their_mark() {
    let _guard = ONE_AT_A_TIME.lock();
    let (origin, peer) = origin_with_idle_connection();
    let now = Instant::now();
    assert!(origin.check_out(Choice::Only([1; 16]), false, now).is_none());
    let mut conn = origin.check_out(Choice::Rather([1; 16]), false, now).expect("any will do");
    conn.mark([1; 16]);
    assert_eq!(connections(origin.host(), origin.port(), false).into_iter().collect::<Vec<_>>(), [([1; 16], 1)]);
    conn.check_in(now);
    assert!(origin.check_out(Choice::Only([2; 16]), false, now).is_none());
    drop(origin.check_out(Choice::Only([1; 16]), false, now).expect("it has the mark"));
    assert_eq!(count(&origin), 0);
    peer.finish();
}

/// Those without a mark, where all are.
fn count(origin: &Origin) -> u32 {
    connections(origin.host(), origin.port(), false).get(&crate::NO_GUID).copied().unwrap_or_default()
}
