//! Where a redirect leads, and what goes along: core.md 9.2 and 4, options.md 3.3 and 3.8, decision 8, faults.md rows 118,
//! 123 to 125 and its security rules 7, 8 and 23.

// A panic is how a test reports, and tests may wait.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::disallowed_methods)]

use conformance::{Answer, Request, Session, Stage, answers, code, each, redirect};
use openwinhttp::*;
use testserver::Peer;
use testserver::serve::{Response, Server};

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
const STATE: u32 = ERROR_WINHTTP_INCORRECT_HANDLE_STATE;
const BAD_URL: u32 = ERROR_WINHTTP_INVALID_URL;
const BAD_SCHEME: u32 = ERROR_WINHTTP_UNRECOGNIZED_SCHEME;
const BAD_ANSWER: u32 = ERROR_WINHTTP_INVALID_SERVER_RESPONSE;
const LOOP: u32 = ERROR_WINHTTP_REDIRECT_FAILED;

/// What Location says to a request for `/a/b/c?q=1`, and what is asked for then. `HERE` is host and port of the server.
const PLACES: [(&str, &str); 34] = [
    ("/x", "/x"),
    ("/", "/"),
    ("/x/", "/x/"),
    ("/x?y=1&z=/..", "/x?y=1&z=/.."),
    ("x", "/a/b/x"),
    ("x/y", "/a/b/x/y"),
    ("./x", "/a/b/x"),
    (".", "/a/b/"),
    ("./", "/a/b/"),
    ("..", "/a/"),
    ("../", "/a/"),
    ("../x", "/a/x"),
    ("../../x", "/x"),
    ("../../../../x", "/x"),
    ("/../x", "/x"),
    ("/x/./y/../z", "/x/z"),
    ("x/..", "/a/b/"),
    ("..x/...", "/a/b/..x/..."),
    ("?y=2", "/a/b/c?y=2"),
    ("x;y=1/../z", "/a/b/z"),
    ("//HERE/x", "/x"),
    ("//HERE", "/"),
    ("http://HERE/x?y", "/x?y"),
    ("http://HERE", "/"),
    ("http://HERE?y=1", "/?y=1"),
    ("HTTP://HERE/X", "/X"),
    // Fragments are not sent.
    ("/x#y", "/x"),
    ("/x?y=1#z?/", "/x?y=1"),
    ("#z", "/a/b/c?q=1"),
    ("http://HERE#z", "/"),
    // What is escaped stays as it is; what must be, is.
    ("/x%20y%2fz", "/x%20y%2fz"),
    ("/x y?a b", "/x%20y?a%20b"),
    ("/\u{e9}?\u{20ac}", "/%C3%A9?%E2%82%AC"),
    ("  /x  ", "/x"),
];

/// Section 9.2 and row 124; relative places as RFC 3986 says.
#[test]
fn places() {
    each(&PLACES, |&(location, target)| {
        let peer = leading(location);
        let session = Session::open();
        let request = session.request(peer.port(), "GET", "/a/b/c?q=1");
        Answer::to(&request).assert_ok(200, "ok");
        assert_eq!(peer.requests()[1].target(), target);
        assert_eq!(peer.connections(), 1);
        // Whether a fragment is shown is open.
        assert_eq!(request.url().split('#').next(), Some(peer.url(target).as_str()));
    });
}

/// A peer that leads its first request there and answers the second, on one connection.
fn leading(location: &str) -> Peer {
    let location = location.to_owned();
    Peer::script(move |p| {
        let mut c = p.accept();
        let first = c.expect("GET");
        c.reply(redirect(302, &location.replace("HERE", first.header("host").unwrap())));
        c.expect("GET");
        c.reply(OK);
    })
}

/// Section 9.2: a second relative place goes by the first, not by where the request began.
#[test]
fn relative_to_the_last_place() {
    let peer = answers([redirect(302, "/x/y/z"), redirect(302, "../w"), OK.into()]);
    let session = Session::open();
    Answer::to(&session.request(peer.port(), "GET", "/a/b/c")).assert_ok(200, "ok");
    assert_eq!(peer.requests()[2].target(), "/x/w");
}

/// Bytes of Location that lead nowhere, and the codes that may tell it.
type Hostile = (&'static [u8], &'static [u32]);

const HOSTILE: [Hostile; 35] = [
    (b"//", &[BAD_URL]),
    (b"///x", &[BAD_URL]),
    (b"http://", &[BAD_URL]),
    (b"http:///x", &[BAD_URL]),
    (b"http://:80/", &[BAD_URL]),
    (b"http://?x", &[BAD_URL]),
    (b"http://#x", &[BAD_URL]),
    (b"http://user@/x", &[BAD_URL]),
    (b"http://127.0.0.1:99999/", &[BAD_URL]),
    (b"http://127.0.0.1:18446744073709551697/", &[BAD_URL]),
    (b"http://127.0.0.1:-1/", &[BAD_URL]),
    (b"http://127.0.0.1:8x/", &[BAD_URL]),
    (b"http://127.0.0.1:80:80/", &[BAD_URL]),
    (b"http://127.0.0.1:0/", &[BAD_URL, ERROR_WINHTTP_CANNOT_CONNECT]),
    (b"http://[::1/", &[BAD_URL]),
    (b"http://[]/", &[BAD_URL]),
    (b"http://no host/", &[BAD_URL]),
    (b"http://no%00host/", &[BAD_URL]),
    (b"http://no%2fhost/", &[BAD_URL]),
    (b"http://no..host/", &[BAD_URL]),
    (b"http://no\xffhost/", &[BAD_URL]),
    // Ports of other protocols.
    (b"http://127.0.0.1:21/", &[BAD_URL]),
    (b"http://127.0.0.1:25/", &[BAD_URL]),
    (b"http://127.0.0.1:70/", &[BAD_URL]),
    (b"http://127.0.0.1:110/", &[BAD_URL]),
    (b"http://127.0.0.1:119/", &[BAD_URL]),
    (b"//127.0.0.1:143/", &[BAD_URL]),
    // Other schemes.
    (b"ftp://127.0.0.1/x", &[BAD_SCHEME]),
    (b"FILE:///etc/passwd", &[BAD_SCHEME]),
    (b"javascript:alert(1)", &[BAD_SCHEME]),
    (b"gopher://127.0.0.1:80/", &[BAD_SCHEME]),
    (b"httpx://127.0.0.1/", &[BAD_SCHEME]),
    // Bytes that no field may have.
    (b"/x\x01y", &[BAD_ANSWER]),
    (b"/x\0y", &[BAD_ANSWER]),
    (b"/x\x7fy", &[BAD_ANSWER]),
];

/// Sections 4 and 9.2, rows 30, 31, 118 and 123: each fails in ReceiveResponse, and the request is left as after any failure.
#[test]
fn row_123_hostile_places() {
    each(&HOSTILE, |&(location, expected)| {
        let head = [b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: ", location, b"\r\n\r\n"].concat();
        let peer = answers([head]);
        let session = Session::open();
        let request = session.get(peer.port());
        request.send().unwrap();
        let failed = code(request.receive());
        assert!(expected.contains(&failed), "{failed}");
        let calls = [code(request.receive()), code(request.status()), code(request.available())];
        assert_eq!(calls, [STATE; 3], "{}", location.escape_ascii());
        peer.finish();
    });
}

/// Row 123: who takes these for the place where the request is already, goes round in circles.
#[test]
fn row_123_places_that_are_nearly_empty() {
    for location in ["", "http:", "HTTP:"] {
        let server = Server::http(move |_| Response::new(302).header("Location", location));
        let session = Session::open();
        let request = session.get(server.port());
        request.send().unwrap();
        let failed = code(request.receive());
        assert!([BAD_URL, LOOP, ERROR_WINHTTP_HEADER_NOT_FOUND].contains(&failed), "{location:?}: {failed}");
    }
}

/// Row 123: two places are none.
#[test]
fn row_123_two_places() {
    let peer = answers(["HTTP/1.1 302 Found\r\nLocation: /x\r\nLocation: /y\r\nContent-Length: 0\r\n\r\n"]);
    let session = Session::open();
    let request = session.get(peer.port());
    request.send().unwrap();
    let failed = code(request.receive());
    assert!([BAD_URL, LOOP, BAD_ANSWER].contains(&failed), "{failed}");
    peer.finish();
}

/// Section 9.2: a place may be as long as a head.
#[test]
fn a_long_place() {
    let place = format!("/{}", "x".repeat(60_000));
    let peer = leading(&place);
    let session = Session::open();
    Answer::to(&session.get(peer.port())).assert_ok(200, "ok");
    assert!(peer.requests()[1].target() == place);
}

/// Leads `/to?PLACE` to the place, and shows the head of every other request in the body of its answer.
fn show(request: &testserver::Request) -> Response {
    match request.target().split_once('?') {
        Some(("/to", place)) => Response::new(307).header("Location", place),
        _ => Response::new(200).body(request.raw_head()),
    }
}

/// The head that arrives in the end: asks the server for `/to?PLACE`, with fields of the program.
fn led(request: &Request) -> String {
    let secrets = "Authorization: Basic cHc=\r\nProxy-Authorization: Basic cHc=\r\nCookie: own=1";
    request.add(secrets, WINHTTP_ADDREQ_FLAG_ADD).unwrap();
    request.send_with(Some("X-Own: mine\r\nAccept-Language: eo"), None, 0).unwrap();
    let answer = Answer::received(request);
    assert_eq!((answer.failure, answer.status), (None, 200), "{answer:?}");
    String::from_utf8(answer.body).unwrap()
}

/// The secrets among its fields, and the others.
fn goes_along(head: &str) -> ([bool; 3], [bool; 2]) {
    let has = |name: &str| head.contains(&format!("\r\n{name}: "));
    (["Authorization", "Proxy-Authorization", "Cookie"].map(has), ["X-Own", "Accept-Language"].map(has))
}

/// Section 9.2: at the same server all that the program added goes along, on the same connection.
#[test]
fn to_the_same_origin() {
    let server = Server::http(show);
    let session = Session::open();
    for place in ["/end", &server.url("/end"), &server.url("/end").replace("http", "HTTP")] {
        let head = led(&session.request(server.port(), "GET", &format!("/to?{place}")));
        assert_eq!(goes_along(&head), ([true; 3], [true; 2]), "{head}");
        assert!(head.contains(&format!("\r\nHost: 127.0.0.1:{}\r\n", server.port())), "{head}");
    }
    assert_eq!(server.connections(), 1);
}

/// Decision 8 and row 125: credentials do not go to another port, another name or another scheme; other fields do, and
/// Host is the new one.
#[test]
fn to_another_origin() {
    let (plain, other, secure) = (Server::http(show), Server::http(show), Server::https(show));
    let named = format!("http://localhost:{}/end", plain.port());
    let rows =
        [(&plain, other.url("/end")), (&plain, secure.url("/end")), (&plain, named), (&secure, other.url("/end"))];
    for (from, place) in rows {
        let session = Session::trusting();
        session.set(WINHTTP_OPTION_REDIRECT_POLICY, WINHTTP_OPTION_REDIRECT_POLICY_ALWAYS).unwrap();
        let flags = if from.port() == secure.port() { WINHTTP_FLAG_SECURE } else { 0 };
        let head = led(&session.request_to("127.0.0.1", from.port(), "GET", &format!("/to?{place}"), flags));
        assert_eq!(goes_along(&head), ([false; 3], [true; 2]), "{place}: {head}");
        let host = place.split('/').nth(2).unwrap();
        assert!(head.contains(&format!("\r\nHost: {host}\r\n")), "{place}: {head}");
    }
}

/// Security rule 8: what was dropped stays dropped, also when the way leads back.
#[test]
fn there_and_back() {
    let (server, other) = (Server::http(show), Server::http(show));
    let session = Session::open();
    let way = format!("/to?{}", other.url(&format!("/to?{}", server.url("/end"))));
    let head = led(&session.request(server.port(), "GET", &way));
    assert_eq!(goes_along(&head), ([false; 3], [true; 2]), "{head}");
}

/// Security rule 8: also when the program sends the request again, which goes to the new place; unless it adds them anew.
#[test]
fn sending_again_at_another_origin() {
    let (server, other) = (Server::http(show), Server::http(show));
    let session = Session::open();
    let request = session.request(server.port(), "GET", &format!("/to?{}", other.url("/end")));
    led(&request);
    let again = String::from_utf8(Answer::to(&request).body).unwrap();
    assert_eq!(goes_along(&again), ([false; 3], [true; 2]), "{again}");
    let added = led(&request);
    assert_eq!(goes_along(&added), ([true; 3], [true; 2]), "{added}");
}

/// Section 9.2: the program's own Host is for the first server.
#[test]
fn own_host() {
    let other = Server::http(show);
    let first = answers([redirect(302, &other.url("/end"))]);
    let session = Session::open();
    let request = session.get(first.port());
    request.add("Host: own.example", WINHTTP_ADDREQ_FLAG_ADD).unwrap();
    let head = led(&request);
    assert_eq!(first.requests()[0].header("host"), Some("own.example"));
    assert!(head.contains(&format!("\r\nHost: 127.0.0.1:{}\r\n", other.port())), "{head}");
    assert!(!head.contains("own.example"), "{head}");
}

/// Row 95 and section 13: another server has a connection of its own, and the first one's is kept.
#[test]
fn two_servers_and_their_connections() {
    let (server, other) = (Server::http(show), Server::http(show));
    let session = Session::open();
    for _ in 0..3 {
        let request = session.request(server.port(), "GET", &format!("/to?{}", other.url("/end")));
        led(&request);
    }
    assert_eq!([server.connections(), server.requests()], [1, 3]);
    assert_eq!([other.connections(), other.requests()], [1, 3]);
}

/// options.md 2.A (100) and security rule 7: a user in the place is left out, or refused where the program says so.
#[test]
fn users_in_places() {
    let (server, other) = (Server::http(show), Server::http(show));
    each(&["user:secret@", "user@", ":secret@", ":@"], |user| {
        let session = Session::open();
        let place = other.url("/end").replace("http://", &format!("http://{user}"));
        let request = || session.request(server.port(), "GET", &format!("/to?{place}"));
        let head = led(&request());
        assert_eq!(goes_along(&head), ([false; 3], [true; 2]), "{head}");
        assert!(head.starts_with("GET /end HTTP/1.1\r\n") && !head.contains('@'), "{head}");
        assert!(!head.contains("user") && !head.contains("secret"), "{head}");

        let rejecting = request();
        rejecting.set(WINHTTP_OPTION_REJECT_USERPWD_IN_URL, true).unwrap();
        Answer::to(&rejecting).assert_failed(Stage::Receive, BAD_URL);
    });
}

/// options.md 2.A (100): what looks like one is none.
#[test]
fn signs_of_users_behind_the_host() {
    let server = Server::http(show);
    let session = Session::open();
    for place in ["/end@x:y", "/end?user:secret@host"] {
        let request = session.request(server.port(), "GET", &format!("/to?{}", server.url(place)));
        request.set(WINHTTP_OPTION_REJECT_USERPWD_IN_URL, true).unwrap();
        let answer = Answer::to(&request);
        assert_eq!((answer.failure, answer.status), (None, 200), "{place}");
        assert!(answer.body.starts_with(format!("GET {place} HTTP/1.1").as_bytes()), "{place}");
    }
}
