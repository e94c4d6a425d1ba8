//! Redirects: which are followed, with what verb and body, and how far: core.md 9.2, options.md 3.3, decisions 3 to 5,
//! faults.md rows 95, 116, 117 and 119 to 122.

// A panic is how a test reports, and tests may wait.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::disallowed_methods)]

use std::time::Duration;

use conformance::{Answer, Ending, Notices, Session, Stage, answers, code, each, exchange, redirect};
use openwinhttp::*;
use testserver::serve::{Response, Server};
use testserver::{Peer, TlsKind};

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
const EMPTY: &str = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
const STATE: u32 = ERROR_WINHTTP_INCORRECT_HANDLE_STATE;
const NEVER: u32 = WINHTTP_OPTION_REDIRECT_POLICY_NEVER;
const DOWNGRADE_NEVER: u32 = WINHTTP_OPTION_REDIRECT_POLICY_DISALLOW_HTTPS_TO_HTTP;
const ALWAYS: u32 = WINHTTP_OPTION_REDIRECT_POLICY_ALWAYS;

/// Verb before; verb after 300 to 302, after 303, and after 307 and 308.
const VERBS: [(&str, [&str; 3]); 8] = [
    ("GET", ["GET", "GET", "GET"]),
    ("HEAD", ["HEAD", "HEAD", "HEAD"]),
    ("POST", ["GET", "GET", "POST"]),
    ("PUT", ["PUT", "GET", "PUT"]),
    ("DELETE", ["DELETE", "GET", "DELETE"]),
    ("PATCH", ["PATCH", "GET", "PATCH"]),
    ("OPTIONS", ["OPTIONS", "GET", "OPTIONS"]),
    ("CUSTOM-Verb", ["CUSTOM-Verb", "GET", "CUSTOM-Verb"]),
];
/// Which column of that table a status goes by.
const FOLLOWED: [(u32, usize); 6] = [(300, 0), (301, 0), (302, 0), (303, 1), (307, 2), (308, 2)];
const WITH_BODY: [&str; 4] = ["POST", "PUT", "PATCH", "CUSTOM-Verb"];

/// Section 9.2 and rows 120, 121: verb and body after each redirect; what described a dropped body is dropped with it.
#[test]
fn row_120_verb_and_body() {
    let row = |status, column: usize| VERBS.map(|(before, after)| (status, before, after[column]));
    let rows: Vec<_> = FOLLOWED.into_iter().flat_map(|(status, column)| row(status, column)).collect();
    each(&rows, |&(status, before, after)| {
        let peer = answers([redirect(status, "/there"), EMPTY.into()]);
        let session = Session::open();
        let request = session.request(peer.port(), before, "/here");
        let body = WITH_BODY.contains(&before).then_some(b"data".as_slice());
        request.send_body(body.map(|_| "Content-Type: text/plain"), body.unwrap_or_default()).unwrap();
        Answer::received(&request).assert_ok(200, "");
        assert_eq!(request.text(WINHTTP_QUERY_REQUEST_METHOD).unwrap(), after);

        let second = &peer.requests()[1];
        assert_eq!((second.method(), second.target()), (after, "/there"));
        let body = body.filter(|_| before == after);
        assert_eq!(second.body, body.unwrap_or_default());
        assert_eq!(second.header("content-length"), body.map(|_| "4"));
        assert_eq!(second.header("content-type"), body.map(|_| "text/plain"));
        assert_eq!(second.header("transfer-encoding"), None);
        peer.finish();
    });
}

/// Sections 8.2 and 9.2: a POST of no bytes says so again, but not as a GET.
#[test]
fn an_empty_post() {
    for (status, length) in [(302, None), (307, Some("0"))] {
        let peer = answers([redirect(status, "/there"), EMPTY.into()]);
        let session = Session::open();
        Answer::to(&session.request(peer.port(), "POST", "/here")).assert_ok(200, "");
        assert_eq!(peer.requests()[1].header("content-length"), length, "{status}");
    }
}

/// Section 9.2: these are not redirects, whatever they say in Location. Who followed would meet a peer that is gone.
#[test]
fn statuses_that_are_not_followed() {
    let rows = [200, 201, 202, 304, 305, 306, 400, 401, 404, 407, 500, 503];
    each(&rows, |&status: &u32| {
        let body = if status == 304 { "" } else { "hello" };
        let reply = format!("HTTP/1.1 {status} Some\r\nLocation: /there\r\nContent-Length: 5\r\n\r\n{body}");
        let answer = exchange("GET", reply, Ending::Close);
        answer.assert_ok(status, body);
        assert_eq!(answer.header("location"), Some("/there"));
    });
}

/// Policy of the session, policy of the request, features that are switched off, and whether a redirect is followed.
type Policy = (Option<u32>, Option<u32>, Option<u32>, bool);

const POLICIES: [Policy; 9] = [
    (None, None, None, true),
    (Some(NEVER), None, None, false),
    (None, Some(NEVER), None, false),
    (Some(NEVER), Some(DOWNGRADE_NEVER), None, true),
    (Some(ALWAYS), Some(NEVER), None, false),
    (None, Some(ALWAYS), None, true),
    (None, None, Some(WINHTTP_DISABLE_REDIRECTS), false),
    (None, Some(ALWAYS), Some(WINHTTP_DISABLE_REDIRECTS | WINHTTP_DISABLE_COOKIES), false),
    (None, None, Some(WINHTTP_DISABLE_COOKIES), true),
];

/// options.md 3.2 and 3.3: whom a policy hands the redirect to, with its head and its body.
#[test]
fn policies() {
    each(&POLICIES, |&(of_session, of_request, disabled, is_followed)| {
        let server = Server::http(|request| match request.target() {
            "/here" => Response::new(302).header("Location", "/there").body("moved"),
            _ => Response::new(200).body("found"),
        });
        let session = Session::open();
        of_session.inspect(|&policy| session.set(WINHTTP_OPTION_REDIRECT_POLICY, policy).unwrap());
        let request = session.request(server.port(), "GET", "/here");
        of_request.inspect(|&policy| request.set(WINHTTP_OPTION_REDIRECT_POLICY, policy).unwrap());
        disabled.inspect(|&features| request.set(WINHTTP_OPTION_DISABLE_FEATURE, features).unwrap());
        let answer = Answer::to(&request);
        let (status, body, place) = if is_followed { (200, "found", "/there") } else { (302, "moved", "/here") };
        answer.assert_ok(status, body);
        assert_eq!(answer.header("location").is_some(), !is_followed);
        assert_eq!(request.url(), server.url(place));
    });
}

/// options.md 1.4: a request has the policy that its session had when it was opened.
#[test]
fn a_request_copies_the_policy() {
    let peer = answers([redirect(302, "/there")]);
    let session = Session::open();
    session.set(WINHTTP_OPTION_REDIRECT_POLICY, NEVER).unwrap();
    let request = session.get(peer.port());
    session.set(WINHTTP_OPTION_REDIRECT_POLICY, ALWAYS).unwrap();
    Answer::to(&request).assert_ok(302, "");
}

/// `/3` leads to `/2`, that to `/1`, that to `/0`, which is the end.
fn countdown() -> Server {
    Server::http(|request| match request.target()[1..].parse::<u32>().unwrap() {
        0 => Response::new(200).body("end"),
        left => Response::new(302).header("Location", &format!("/{}", left - 1)),
    })
}

/// Section 9.2, decision 5 and row 116: with limit N, N redirects are followed and the next is one too many.
#[test]
fn row_116_limit() {
    each(&[None, Some(0), Some(1), Some(2), Some(3), Some(15)], |&limit| {
        for on_session in [false, true] {
            let (server, session) = (countdown(), Session::open());
            let option = WINHTTP_OPTION_MAX_HTTP_AUTOMATIC_REDIRECTS;
            limit.filter(|_| on_session).inspect(|&limit| session.set(option, limit).unwrap());
            let follow = |count: u32| {
                let request = session.request(server.port(), "GET", &format!("/{count}"));
                limit.filter(|_| !on_session).inspect(|&limit| request.set(option, limit).unwrap());
                Answer::to(&request)
            };
            let limit = limit.unwrap_or(10);
            follow(limit).assert_ok(200, "end");
            assert_eq!(server.requests(), limit as usize + 1);
            follow(limit + 1).assert_failed(Stage::Receive, ERROR_WINHTTP_REDIRECT_FAILED);
            assert_eq!(server.requests(), 2 * (limit as usize + 1), "and the last was not asked for");
        }
    });
}

/// Row 116: a place that leads to itself.
#[test]
fn row_116_loop() {
    let server = Server::http(|request| Response::new(307).header("Location", request.target()));
    let session = Session::open();
    for verb in ["GET", "POST"] {
        let before = server.requests();
        let request = session.request(server.port(), verb, "/here");
        request.send_body(None, b"data").unwrap();
        assert_eq!(code(request.receive()), ERROR_WINHTTP_REDIRECT_FAILED);
        assert_eq!(code(request.receive()), STATE);
        assert_eq!(server.requests() - before, 11);
    }
}

/// Decision 4 and row 117: nowhere to go; but whoever does not want to go gets the answer.
#[test]
fn row_117_no_location() {
    each(&[301, 302, 303, 307, 308], |status| {
        let reply = format!("HTTP/1.1 {status} Moved\r\nContent-Length: 2\r\n\r\nok");
        let peer = answers([reply.as_str()]);
        let session = Session::open();
        let request = session.get(peer.port());
        Answer::to(&request).assert_failed(Stage::Receive, ERROR_WINHTTP_HEADER_NOT_FOUND);
        assert_eq!([code(request.receive()), code(request.status()), code(request.available())], [STATE; 3]);
        peer.finish();

        let peer = answers([reply.as_str()]);
        let request = session.get(peer.port());
        request.set(WINHTTP_OPTION_REDIRECT_POLICY, NEVER).unwrap();
        Answer::to(&request).assert_ok(*status, "ok");
    });
}

/// Decision 3 and row 119: from TLS into the clear only where the program says so; otherwise the redirect is handed over.
#[test]
fn row_119_from_https_to_http() {
    each(&[None, Some(DOWNGRADE_NEVER), Some(ALWAYS)], |&policy| {
        let is_followed = policy == Some(ALWAYS);
        let plain = Peer::script(move |p| match is_followed {
            true => {
                let mut c = p.accept();
                c.expect("GET /there");
                c.reply(OK);
            }
            false => p.expect_no_connection(Duration::from_millis(300)),
        });
        let place = plain.url("/there");
        let reply = format!("HTTP/1.1 302 Found\r\nLocation: {place}\r\nContent-Length: 5\r\n\r\nmoved");
        let secure = tls(reply);
        let session = Session::trusting();
        let request = session.secure_request(secure.port(), "GET", "/here");
        policy.inspect(|&policy| request.set(WINHTTP_OPTION_REDIRECT_POLICY, policy).unwrap());
        let notices = Notices::of(&request, WINHTTP_CALLBACK_FLAG_REDIRECT);
        let answer = Answer::to(&request);
        if is_followed {
            answer.assert_ok(200, "ok");
        } else {
            answer.assert_ok(302, "moved");
            assert_eq!(answer.header("location"), Some(place.as_str()));
            assert_eq!(notices.take(), [""; 0]);
            assert_eq!(request.url(), secure.url("/here"));
        }
        plain.finish();
        secure.finish();
    });
}

/// Section 9.2: from the clear to TLS, and from TLS to TLS: always.
#[test]
fn to_https() {
    let session = Session::trusting();
    let secure = tls(OK.into());
    let plain = answers([redirect(302, &secure.url("/there"))]);
    let request = session.get(plain.port());
    Answer::to(&request).assert_ok(200, "ok");
    assert_eq!(request.url(), secure.url("/there"));

    let second = tls(OK.into());
    let first = tls(redirect(302, &second.url("/there")));
    Answer::to(&session.secure_request(first.port(), "GET", "/")).assert_ok(200, "ok");
}

/// Decision 7: the new place must show a good certificate, like any other.
#[test]
fn to_https_without_trust() {
    let secure = Peer::tls(TlsKind::Good, |p| assert!(p.accept().handshake_error().is_some()));
    let plain = answers([redirect(302, &secure.url("/there"))]);
    let session = Session::open();
    let request = session.get(plain.port());
    Answer::to(&request).assert_failed(Stage::Receive, ERROR_WINHTTP_SECURE_FAILURE);
    assert_eq!(code(request.status()), STATE);
}

/// A TLS peer that gives this answer to one request.
fn tls(reply: String) -> Peer {
    Peer::tls(TlsKind::Good, move |p| {
        let mut c = p.accept();
        c.expect("GET");
        c.reply(reply);
    })
}

/// The rest of an answer that leads elsewhere, whether the peer ends the connection then, and whether it is kept.
#[derive(Clone, Debug)]
struct Left {
    rest: String,
    ends: bool,
    is_kept: bool,
}

fn leftovers() -> [Left; 9] {
    let left = |rest: &str, ends, is_kept| Left { rest: rest.into(), ends, is_kept };
    let long = "x".repeat(300_000);
    [
        left("Content-Length: 0\r\n\r\n", false, true),
        left("Content-Length: 5\r\n\r\nmoved", false, true),
        left("Transfer-Encoding: chunked\r\n\r\n5\r\nmoved\r\n0\r\nX-T: 1\r\n\r\n", false, true),
        left(&format!("Content-Length: 300000\r\n\r\n{long}"), false, true),
        left("Content-Length: 5\r\nConnection: close\r\n\r\nmoved", true, false),
        left("\r\nmoved", true, false),
        // More than is read over, and less than was promised.
        left("Content-Length: 30000000\r\n\r\nmoved", false, false),
        left("Content-Length: 10\r\n\r\nmoved", true, false),
        left("Transfer-Encoding: chunked\r\n\r\nnonsense\r\n\r\n", false, false),
    ]
}

/// Section 9.2, 10.6 and row 95: the body of a redirect is read over and its connection used again, or else left.
#[test]
fn row_95_bodies_of_redirects() {
    each(&leftovers(), |left| {
        let Left { rest, ends, is_kept } = left.clone();
        let peer = Peer::script(move |p| {
            let mut c = p.accept();
            c.expect("GET /here");
            c.reply(format!("HTTP/1.1 302 Found\r\nLocation: /there\r\n{rest}"));
            if ends {
                c.half_close();
            }
            if !is_kept {
                c = p.accept();
            }
            c.expect("GET /there");
            c.reply(OK);
        });
        let session = Session::open();
        Answer::to(&session.request(peer.port(), "GET", "/here")).assert_ok(200, "ok");
        peer.finish();
    });
}

/// Section 10.6: how much is read over can be set.
#[test]
fn drain_limit() {
    let peer = Peer::script(|p| {
        let mut c = p.accept();
        c.expect("GET /here");
        let body = "x".repeat(500_000);
        c.reply(format!("HTTP/1.1 302 Found\r\nLocation: /there\r\nContent-Length: 500000\r\n\r\n{body}"));
        c = p.accept();
        c.expect("GET /there");
        c.reply(OK);
    });
    let session = Session::open();
    let request = session.request(peer.port(), "GET", "/here");
    request.set(WINHTTP_OPTION_MAX_RESPONSE_DRAIN_SIZE, 1000u32).unwrap();
    Answer::to(&request).assert_ok(200, "ok");
    peer.finish();
}

/// `/here` leads to `/there` with this status; `/there` shows verb and body.
fn mirror(status: u16) -> Server {
    Server::http(move |request| match request.target() {
        "/here" => Response::new(status).header("Location", "/there").body("moved"),
        _ => Response::new(200).body([request.method().as_bytes(), b" ", &request.body].concat()),
    })
}

/// Section 8.5 and row 122: what WriteData wrote is gone: 12032, and the program sends it again, to the new place.
#[test]
fn row_122_a_written_body_cannot_be_repeated() {
    let rows = [(307, "POST"), (308, "POST"), (307, "PUT"), (308, "PATCH"), (301, "PUT"), (302, "CUSTOM-Verb")];
    each(&rows, |&(status, verb)| {
        for optional in [None, Some(b"da".as_slice())] {
            let (server, session) = (mirror(status), Session::open());
            let request = session.request(server.port(), verb, "/here");
            let send = || {
                request.send_with(None, optional, 4).unwrap();
                request.write(&b"data"[optional.map_or(0, <[u8]>::len)..]).unwrap();
            };
            send();
            assert_eq!(code(request.receive()), ERROR_WINHTTP_RESEND_REQUEST);
            assert_eq!([code(request.receive()), code(request.status()), code(request.write(b"x"))], [STATE; 3]);
            send();
            Answer::received(&request).assert_ok(200, format!("{verb} data"));
            assert_eq!(request.url(), server.url("/there"));
        }
    });
}

/// Section 8.5: where the body is dropped, nobody misses it.
#[test]
fn a_written_body_that_is_not_needed() {
    for status in [300, 301, 302, 303] {
        let (server, session) = (mirror(status), Session::open());
        let request = session.request(server.port(), "POST", "/here");
        request.send_with(None, None, 4).unwrap();
        request.write(b"data").unwrap();
        Answer::received(&request).assert_ok(200, "GET ");
    }
}
