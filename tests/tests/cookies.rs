//! Cookies of a session: core.md 11, options.md 3.2 and 7, faults.md rows 128 and 129 and its security rules 14 to 16.

// A panic is how a test reports, and tests may wait.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::disallowed_methods)]

use std::time::{Duration, Instant};

use conformance::{Answer, Request, Session, answers, code, each};
use openwinhttp::*;
use testserver::serve::{Response, Server};
use testserver::{Peer, TlsKind};

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

/// An answer that sets these cookies.
fn setting(status: u32, cookies: &[&str], more: &str) -> String {
    let fields: String = cookies.iter().map(|cookie| format!("Set-Cookie: {cookie}\r\n")).collect();
    format!("HTTP/1.1 {status} Some\r\n{fields}{more}Content-Length: 2\r\n\r\nok")
}

/// Shows the Cookie fields of every request in the body of its answer, one a line.
fn show(request: &testserver::Request) -> Response {
    Response::new(200).body(request.header_values("cookie").collect::<Vec<_>>().join("\n"))
}

/// Sets what `/set?COOKIE` says, and shows cookies for every other request.
fn jar(request: &testserver::Request) -> Response {
    match request.target().split_once('?') {
        Some(("/set", cookie)) => Response::new(200).header("Set-Cookie", &cookie.replace("%20", " ")),
        _ => show(request),
    }
}

/// The body of the answer.
fn ask(request: &Request) -> String {
    let answer = Answer::to(request);
    assert_eq!((answer.failure, answer.status), (None, 200), "{answer:?}");
    String::from_utf8(answer.body).unwrap()
}

fn get(session: &Session, server: &Server, path: &str) -> String {
    ask(&session.request(server.port(), "GET", path))
}

/// What `/dir/page` sets, what is asked for next, and what goes with it.
type Kept = (&'static [&'static str], &'static str, &'static str);

const KEPT: [Kept; 62] = [
    (&["a=1"], "/dir/other", "a=1"),
    (&["name = value "], "/dir/other", "name=value"),
    (&[" name=value;"], "/dir/other", "name=value"),
    (&["name=value; HttpOnly; "], "/dir/other", "name=value"),
    (&["name=a=b==; unknown=x; y"], "/dir/other", "name=a=b=="),
    (&["name=\"a b\""], "/dir/other", "name=\"a b\""),
    (&["name="], "/dir/other", "name="),
    // Newest first; case counts; the same name again replaces.
    (&["name=value", "NAME=value"], "/dir/other", "NAME=value; name=value"),
    (&["a=1", "b=2", "c=3"], "/dir/other", "c=3; b=2; a=1"),
    (&["a=1", "a=2"], "/dir/other", "a=2"),
    (&["a=1; Path=/dir/", "a=2; Path=/dir/x", "a=3; path=/dir/x"], "/dir/x", "a=3; a=1"),
    // Without a name or a value.
    (&["nothing"], "/dir/other", ""),
    (&["=value"], "/dir/other", ""),
    (&["; a=1"], "/dir/other", ""),
    (&[""], "/dir/other", ""),
    // Without Path: the folder of the page.
    (&["a=1"], "/dir/", "a=1"),
    (&["a=1"], "/dir/x/y/z", "a=1"),
    (&["a=1"], "/dir/?x", "a=1"),
    (&["a=1"], "/", ""),
    (&["a=1"], "/directory/x", ""),
    (&["a=1"], "/di", ""),
    (&["a=1"], "/DIR/x", ""),
    // With Path: whole segments.
    (&["a=1; Path=/"], "/", "a=1"),
    (&["a=1; Path=/"], "/x/y", "a=1"),
    (&["a=1; Path=/x"], "/x", "a=1"),
    (&["a=1; Path = /x "], "/x/y", "a=1"),
    (&["a=1; PATH=/x"], "/x?y", "a=1"),
    (&["a=1; Path=/x"], "/xy", ""),
    (&["a=1; Path=/x"], "/dir/x", ""),
    (&["a=1; Path=/x/"], "/x/y", "a=1"),
    (&["a=1; Path=/x/"], "/x", ""),
    (&["a=1; Path=x"], "/dir/other", "a=1"),
    (&["a=1; Path="], "/dir/other", "a=1"),
    (&["a=1; Path"], "/dir/other", "a=1"),
    (&["a=1; Path=/x; Path=/dir"], "/dir/other", "a=1"),
    // Time.
    (&["a=1; Max-Age=100"], "/dir/other", "a=1"),
    (&["a=1; max-age = 100"], "/dir/other", "a=1"),
    (&["a=1; Max-Age=99999999999999999999"], "/dir/other", "a=1"),
    (&["a=1; Max-Age=0"], "/dir/other", ""),
    (&["a=1; Max-Age=-1"], "/dir/other", ""),
    (&["a=1; Max-Age=soon"], "/dir/other", "a=1"),
    (&["a=1", "b=2", "a=; Max-Age=0"], "/dir/other", "b=2"),
    (&["a=1", "A=; Max-Age=0"], "/dir/other", "a=1"),
    (&["a=1; Path=/", "a=; Max-Age=0"], "/dir/other", "a=1"),
    (&["a=1; Expires=Wed, 09 Jun 2021 10:18:14 GMT"], "/dir/other", ""),
    (&["a=1; expires=Wed, 09-Jun-2021 10:18:14 GMT"], "/dir/other", ""),
    (&["a=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT"], "/dir/other", ""),
    (&["a=1", "a=2; Expires=Thu, 01 Jan 1970 00:00:00 GMT"], "/dir/other", ""),
    (&["a=1; Expires=Fri, 01 Jan 2100 00:00:00 GMT"], "/dir/other", "a=1"),
    (&["a=1; Expires=whenever"], "/dir/other", "a=1"),
    (&["a=1; Max-Age=100; Expires=Thu, 01 Jan 1970 00:00:00 GMT"], "/dir/other", "a=1"),
    (&["a=1; Expires=Fri, 01 Jan 2100 00:00:00 GMT; Max-Age=0"], "/dir/other", ""),
    // Domain.
    (&["a=1; Domain=localhost"], "/dir/other", "a=1"),
    (&["a=1; Domain = localhost "], "/dir/other", "a=1"),
    (&["a=1; DOMAIN=LocalHost"], "/dir/other", "a=1"),
    (&["a=1; Domain="], "/dir/other", "a=1"),
    (&["a=1; Domain=other.example"], "/dir/other", ""),
    (&["a=1; Domain=host"], "/dir/other", ""),
    (&["a=1; Domain=x.localhost"], "/dir/other", ""),
    // Secure, over http.
    (&["a=1; Secure"], "/dir/other", ""),
    (&["__Secure-a=1"], "/dir/other", ""),
    (&["__Host-a=1; Path=/"], "/dir/other", ""),
];

/// Sections 11 and 7: what is kept of Set-Cookie, and where it goes.
#[test]
fn what_is_kept_and_where_it_goes() {
    each(&KEPT, |&(set, path, expected)| {
        let peer = answers([setting(200, set, ""), OK.into()]);
        let session = Session::open();
        let request = |path| session.request_to("localhost", peer.port(), "GET", path, 0);
        let first = request("/dir/page");
        Answer::to(&first).assert_ok(200, "ok");
        let trimmed = set.iter().map(|value| value.trim_matches(' '));
        assert_eq!(first.headers("Set-Cookie"), trimmed.collect::<Vec<_>>(), "and the program can read it");
        let second = request(path);
        Answer::to(&second).assert_ok(200, "ok");
        let expected = Vec::from_iter(Some(expected).filter(|expected| !expected.is_empty()));
        assert_eq!(peer.requests()[1].header_values("cookie").collect::<Vec<_>>(), expected);
        assert_eq!(second.request_headers("Cookie"), expected, "what was sent can be asked for");
        peer.finish();
    });
}

/// Section 7: no Path on a page in the root, the case of the conformance suite of Windows: newest first, also of two answers.
#[test]
fn over_several_answers() {
    let replies = [setting(200, &["name = value "], ""), setting(200, &["NAME=value"], ""), OK.into(), OK.into()];
    let peer = answers(replies);
    let session = Session::open();
    for path in ["/cookie", "/cookie2", "/cookie3"] {
        Answer::to(&session.request(peer.port(), "GET", path)).assert_ok(200, "ok");
    }
    let own = session.request(peer.port(), "GET", "/cookie4");
    own.add("Cookie: name=value2\r\n", WINHTTP_ADDREQ_FLAG_ADD).unwrap();
    Answer::to(&own).assert_ok(200, "ok");
    let sent = peer.requests();
    let cookies: Vec<Vec<_>> = sent.iter().map(|request| request.header_values("cookie").collect()).collect();
    let both = "NAME=value; name=value";
    assert_eq!(cookies, [vec![], vec!["name=value"], vec![both], vec!["name=value2; NAME=value; name=value"]]);
}

/// Section 11: cookies of any answer, as any verb gets it.
#[test]
fn of_any_answer() {
    let rows = [(200, "GET"), (200, "POST"), (201, "PUT"), (401, "GET"), (404, "GET"), (500, "DELETE"), (304, "GET")];
    each(&rows, |&(status, verb)| {
        let reply = setting(status, &["a=1"], "");
        let body_begins = reply.len() - if status == 304 { 2 } else { 0 };
        let peer = answers([&reply[..body_begins], OK]);
        let session = Session::open();
        assert_eq!(Answer::to(&session.request(peer.port(), verb, "/")).status, status);
        Answer::to(&session.get(peer.port())).assert_ok(200, "ok");
        assert_eq!(peer.requests()[1].header("cookie"), Some("a=1"));
    });
}

/// Sections 3, 11 and security rule 16: one jar for all connection handles of a session, and another for each session.
#[test]
fn one_jar_for_each_session() {
    let server = Server::http(jar);
    let (session, other) = (Session::open(), Session::open());
    let first = session.request(server.port(), "GET", "/set?a=1");
    ask(&first);
    drop(first);
    assert_eq!(get(&session, &server, "/x"), "a=1", "through another connection handle, the first being closed");
    assert_eq!(get(&other, &server, "/x"), "");
    get(&other, &server, "/set?a=2");
    assert_eq!((get(&session, &server, "/x").as_str(), get(&other, &server, "/x").as_str()), ("a=1", "a=2"));
    drop(session);
    assert_eq!(get(&Session::open(), &server, "/x"), "");
    assert_eq!(server.connections(), 1, "connections are shared, cookies are not");
}

/// A request that is open already sends what the session has when it is sent.
#[test]
fn the_jar_of_the_moment() {
    let server = Server::http(jar);
    let session = Session::open();
    let early = session.request(server.port(), "GET", "/x");
    get(&session, &server, "/set?a=1");
    assert_eq!(ask(&early), "a=1");
}

/// options.md 3.2: switched off, cookies are neither sent nor kept, for this request; its own field goes as it is.
#[test]
fn switched_off() {
    let server = Server::http(jar);
    let session = Session::open();
    let without = |path| {
        let request = session.request(server.port(), "GET", path);
        request.set(WINHTTP_OPTION_DISABLE_FEATURE, WINHTTP_DISABLE_COOKIES).unwrap();
        request
    };
    ask(&without("/set?a=1"));
    assert_eq!(get(&session, &server, "/x"), "", "not kept");
    get(&session, &server, "/set?b=2");
    assert_eq!(ask(&without("/x")), "", "not sent");
    let own = without("/x");
    own.add("Cookie: own=3", WINHTTP_ADDREQ_FLAG_ADD).unwrap();
    assert_eq!(ask(&own), "own=3");
    assert_eq!(get(&session, &server, "/x"), "b=2", "others go on");
    let refused = session.set(WINHTTP_OPTION_DISABLE_FEATURE, WINHTTP_DISABLE_COOKIES);
    assert_eq!(code(refused), ERROR_WINHTTP_INCORRECT_HANDLE_TYPE, "it is for requests");
}

/// Section 11: each send of one handle has the cookies of that moment, once; those of the program stay in front.
#[test]
fn sending_again() {
    let replies =
        [setting(200, &["a=1"], ""), setting(200, &["b=2"], ""), setting(200, &["a=;Max-Age=0"], ""), OK.into()];
    let peer = answers(replies);
    let session = Session::open();
    let request = session.get(peer.port());
    for _ in 0..4 {
        Answer::to(&request).assert_ok(200, "ok");
    }
    let sent = peer.requests();
    let cookies: Vec<Vec<_>> = sent.iter().map(|request| request.header_values("cookie").collect()).collect();
    assert_eq!(cookies, [vec![], vec!["a=1"], vec!["b=2; a=1"], vec!["b=2"]]);
}

/// Section 7: the program's own field can be taken back.
#[test]
fn own_field_is_removed() {
    let server = Server::http(jar);
    let session = Session::open();
    get(&session, &server, "/set?a=1");
    let request = session.request(server.port(), "GET", "/x");
    request.add("Cookie: own=2", WINHTTP_ADDREQ_FLAG_ADD).unwrap();
    request.add("Cookie:", WINHTTP_ADDREQ_FLAG_REPLACE).unwrap();
    assert_eq!(ask(&request), "a=1");
    request.add("Cookie: own=3", WINHTTP_ADDREQ_FLAG_ADD | WINHTTP_ADDREQ_FLAG_REPLACE).unwrap();
    assert_eq!(ask(&request), "own=3; a=1");
}

/// Section 11: what a redirect sets goes with the next leg, whose own cookies count too; and the field is made anew.
#[test]
fn along_a_redirect() {
    let replies = [
        setting(302, &["a=1; Path=/"], "Location: /one/x\r\n"),
        setting(307, &["b=2"], "Location: /two\r\n"),
        setting(302, &["a=;Path=/;Max-Age=0", "c=3"], "Location: /one/y\r\n"),
        OK.into(),
    ];
    let peer = answers(replies);
    let session = Session::open();
    Answer::to(&session.request(peer.port(), "GET", "/zero")).assert_ok(200, "ok");
    let sent = peer.requests();
    let cookies: Vec<_> = sent.iter().map(|request| request.header("cookie")).collect();
    // Which of the last two is newer is plain; what is longer in its path does not matter.
    assert_eq!(cookies, [None, Some("a=1"), Some("a=1"), Some("c=3; b=2")]);
}

/// Sections 9.2 and 11: the program's own cookies stay in front at the same server.
#[test]
fn own_cookies_along_a_redirect() {
    let peer = answers([setting(302, &["a=1"], "Location: /there\r\n"), OK.into()]);
    let session = Session::open();
    let request = session.get(peer.port());
    request.add("Cookie: own=2", WINHTTP_ADDREQ_FLAG_ADD).unwrap();
    Answer::to(&request).assert_ok(200, "ok");
    assert_eq!(peer.requests()[1].header_values("cookie").collect::<Vec<_>>(), ["own=2; a=1"]);
}

/// Section 11: other hosts do not get them, whether asked directly or by way of a redirect; other ports do.
#[test]
fn hosts() {
    let (server, other) = (Server::http(jar), Server::http(jar));
    let session = Session::open();
    get(&session, &server, "/set?a=1");
    let at = |host: &str, port: u16| ask(&session.request_to(host, port, "GET", "/x", 0));
    assert_eq!(at("127.0.0.1", other.port()), "a=1");
    assert_eq!(at("localhost", server.port()), "");

    let place = format!("http://localhost:{}/x", other.port());
    let leads = answers([setting(302, &["b=2"], &format!("Location: {place}\r\n"))]);
    assert_eq!(ask(&session.get(leads.port())), "");
    assert_eq!(at("127.0.0.1", server.port()), "b=2; a=1");
}

/// Domain: by whole labels, for the host's own domain only, and never for a whole top-level domain.
#[test]
fn row_128_domains() {
    // Host that sets; Domain; hosts that get it; hosts that do not.
    type Row = (&'static str, &'static str, &'static [&'static str], &'static [&'static str]);
    let rows: [Row; 9] = [
        ("www.site.example", "", &["www.site.example", "WWW.site.example"], &["site.example", "a.www.site.example"]),
        (
            "www.site.example",
            "; Domain=site.example",
            &["www.site.example", "site.example", "b.site.example"],
            &["xsite.example"],
        ),
        ("www.site.example", "; Domain=.Site.Example", &["www.site.example", "b.site.example"], &["bsite.example"]),
        (
            "www.site.example",
            "; Domain=www.site.example",
            &["www.site.example", "a.www.site.example"],
            &["site.example"],
        ),
        ("site.example", "; Domain=www.site.example", &[], &["site.example", "www.site.example"]),
        ("www.site.example", "; Domain=other.example", &[], &["www.site.example", "other.example"]),
        ("www.site.example", "; Domain=ite.example", &[], &["www.site.example", "ite.example"]),
        ("www.site.test", "; Domain=test", &[], &["other.test", "site.test"]),
        ("127.0.0.1", "; Domain=0.0.1", &[], &["127.0.0.1", "127.1.0.0.1.example"]),
    ];
    let server = Server::http(jar);
    each(&rows, |&(host, domain, with, without)| {
        let session = Session::open();
        let at = |host: &str, path: &str| {
            let request = session.request_to(host, server.port(), "GET", path, 0);
            request.set(WINHTTP_OPTION_RESOLUTION_HOSTNAME, "127.0.0.1").unwrap();
            ask(&request)
        };
        at(host, &format!("/set?a=1{domain}"));
        with.iter().for_each(|host| assert_eq!(at(host, "/x"), "a=1", "{host}"));
        without.iter().for_each(|host| assert_eq!(at(host, "/x"), "", "{host}"));
    });
}

/// Section 7: Secure cookies go over TLS alone, and nothing in the clear replaces them.
#[test]
fn secure_cookies() {
    let (plain, secure) = (Server::http(jar), Server::https(jar));
    let session = Session::trusting();
    let at_secure = |path: &str| ask(&session.secure_request(secure.port(), "GET", path));
    at_secure("/set?a=1; Secure");
    at_secure("/set?b=2");
    assert_eq!(at_secure("/x"), "b=2; a=1");
    assert_eq!(get(&session, &plain, "/x"), "b=2");
    get(&session, &plain, "/set?a=evil");
    get(&session, &plain, "/set?a=; Max-Age=0");
    assert_eq!(at_secure("/x"), "b=2; a=1");
    at_secure("/set?a=3; Secure");
    assert_eq!(at_secure("/x").split("; ").filter(|cookie| cookie.starts_with("a=")).collect::<Vec<_>>(), ["a=3"]);
}

/// Section 7: nor do they go along a redirect from TLS into the clear.
#[test]
fn secure_cookies_along_a_redirect() {
    let plain = Server::http(jar);
    let reply = setting(302, &["a=1; Secure", "b=2"], &format!("Location: {}\r\n", plain.url("/x")));
    let secure = Peer::tls(TlsKind::Good, move |p| {
        let mut c = p.accept();
        c.expect("GET");
        c.reply(reply);
    });
    let session = Session::trusting();
    session.set(WINHTTP_OPTION_REDIRECT_POLICY, WINHTTP_OPTION_REDIRECT_POLICY_ALWAYS).unwrap();
    assert_eq!(ask(&session.secure_request(secure.port(), "GET", "/")), "b=2");
}

/// Section 7: lifetimes end by themselves.
#[test]
fn expiry() {
    let server = Server::http(jar);
    let session = Session::open();
    let asked_in_time = || {
        let started = Instant::now();
        get(&session, &server, "/set?a=1; Max-Age=2");
        let cookies = get(&session, &server, "/x");
        // Lifetimes are in whole seconds, so one of them is sure.
        let is_in_time = started.elapsed() < Duration::from_secs(1);
        assert!(!is_in_time || cookies == "a=1", "{cookies:?}");
        is_in_time
    };
    assert!((0..10).any(|_| asked_in_time()), "the machine is too busy");
    std::thread::sleep(Duration::from_millis(2200));
    assert_eq!(get(&session, &server, "/x"), "");
}

/// Rows 128, 129 and security rule 15: more than anyone needs is cut, by whole cookies.
#[test]
fn row_129_bounds() {
    let many: Vec<String> = (0..200).map(|number| format!("c{number}=1")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let long: Vec<String> = (0..10).map(|number| format!("d{number}={}", "x".repeat(3000))).collect();
    let long: Vec<&str> = long.iter().map(String::as_str).collect();
    let endless = format!("{}=1", "n".repeat(6000));
    each(&[many, long, vec![endless.as_str(), "ok=1"]], |set| {
        let peer = answers([setting(200, set, ""), OK.into()]);
        let session = Session::open();
        for _ in 0..2 {
            Answer::to(&session.get(peer.port())).assert_ok(200, "ok");
        }
        let sent = peer.requests()[1].header("cookie").unwrap().to_owned();
        assert!(sent.len() <= 8190, "{} bytes", sent.len());
        let cookies: Vec<_> = sent.split("; ").collect();
        assert!(!cookies.is_empty() && cookies.len() <= 50, "{} cookies", cookies.len());
        assert!(cookies.iter().all(|cookie| set.contains(cookie) && cookie.len() < 5000), "whole ones");
    });
}
