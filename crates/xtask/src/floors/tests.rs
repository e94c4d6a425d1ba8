use super::*;

/// The violations of the one rule that says this, in a workspace of these files.
fn broken(says: &str, files: &[(&str, &str)]) -> Vec<String> {
    let mut workspace = Workspace { sources: Vec::new(), manifests: Vec::new() };
    for (path, text) in files {
        match path.ends_with("Cargo.toml") {
            true => workspace.manifests.push(Manifest::parse(path, text)),
            false => workspace.sources.push(Source::parse(path, text)),
        }
    }
    let rule = RULES.iter().find(|rule| rule.says.contains(says)).expect("there is such a rule");
    (rule.check)(&workspace).into_iter().map(|found| format!("{}:{}", found.path, found.line)).collect()
}

/// Asserts for one file at a time that the rule finds something on `line`, or with line 0, that it finds nothing.
fn check(says: &str, path: &str, cases: &[(usize, &str)]) {
    for (line, text) in cases {
        let expected = if *line == 0 { vec![] } else { vec![format!("{path}:{line}")] };
        let mut found = broken(says, &[(path, text)]);
        found.dedup();
        assert_eq!(found, expected, "{says}: {text}");
    }
}

#[test]
fn wire_is_pure() {
    const ROOT: &str = "#![no_std]\n#![forbid(unsafe_code)]\n";
    let path = "crates/wire/src/a.rs";
    for (bad, text) in [
        (true, "use std::fmt;"),
        (true, "use ::std::fmt;"),
        (true, "extern crate std;"),
        (true, "fn f() { std::mem::drop(1) }"),
        (true, "fn f(now: Instant) {}"),
        (true, "use core::time::{Duration, SystemTime};"),
        (true, "fn f() { thread::yield_now() }"),
        (false, "// std::fmt\nfn f() -> &'static str { \"std::fmt Instant\" }"),
        (false, "#[cfg(test)]\nmod tests { use std::fmt; }"),
        (false, "use core::{fmt, time::Duration};"),
    ] {
        let found = broken("wire has", &[("crates/wire/src/lib.rs", ROOT), (path, text)]);
        assert_eq!(!found.is_empty(), bad, "{text}");
    }
    assert_eq!(broken("wire has", &[("crates/wire/src/lib.rs", "#![no_std]")]), ["crates/wire/src/lib.rs:1"]);
    assert_eq!(broken("wire has", &[("crates/wire/src/lib.rs", "// #![no_std]")]).len(), 2);
}

#[test]
fn names_of_the_face_stay_above() {
    let cases = [
        (1, "const A: u32 = WINHTTP_FLAG_SECURE;"),
        (2, "\nconst A: u32 = ERROR_WINHTTP_TIMEOUT;"),
        (0, "/// The default of `WINHTTP_OPTION_CONNECT_RETRIES`.\nconst A: u32 = 5;"),
    ];
    check("WINHTTP_", "crates/net/src/a.rs", &cases);
    check("WINHTTP_", "crates/wire/src/a.rs", &cases);
    check("WINHTTP_", "crates/openwinhttp/src/a.rs", &[(0, "const A: u32 = WINHTTP_FLAG_SECURE;")]);
}

#[test]
fn net_knows_no_policy() {
    check(
        "net knows",
        "crates/net/src/a.rs",
        &[
            (1, "fn follow_redirect() {}"),
            (1, "struct CookieJar;"),
            (1, "fn f(h: HINTERNET) {}"),
            (1, "use openwinhttp_abi::*;"),
            (1, "let credentials = 1;"),
            (0, "// no cookie\nfn f() -> &str { \"cookie\" }"),
        ],
    );
}

#[test]
fn policy_is_pure() {
    check(
        "policy does",
        "crates/openwinhttp/src/policy/a.rs",
        &[
            (1, "use std::{fmt, io};"),
            (1, "use std::{fmt, net::{IpAddr, TcpStream}};"),
            (2, "fn f() {\n std::fs::read(p); }"),
            (1, "use std::time::Instant;"),
            (1, "fn f() { SystemTime::now() }"),
            (1, "use openwinhttp_net::Conn;"),
            (0, "use std::{borrow::Cow, time::Duration};"),
            (0, "#[cfg(test)] mod tests { use std::io; }"),
        ],
    );
    check("policy does", "crates/openwinhttp/src/exchange/a.rs", &[(0, "use std::time::Instant;")]);
}

#[test]
fn only_the_drivers_wait() {
    let cases = [
        (1, "fn f() { std::thread::sleep(d) }"),
        (1, "use std::thread::sleep as nap;"),
        (1, "fn f() { worker.join() }"),
        (1, "fn f() { JoinHandle::join(worker) }"),
        (1, "fn f() { answers.recv() }"),
        (1, "fn f() { answers.recv_timeout(d) }"),
        (1, "fn f() { answered.wait(&mut guard) }"),
        (1, "fn f() { Condvar::wait(&answered, guard) }"),
        (1, "fn f() { answered.wait_until(&mut guard, end) }"),
        (0, "fn f() { types.join(\", \"); fields.join(at, b\", \", &field) }"),
        (0, "fn f() { let wait = Step::Wait(want); wait }"),
        (0, "// sleep\n#[cfg(test)]\nmod tests { fn f() { sleep(d) } }"),
    ];
    check("only the drivers", "crates/net/src/names.rs", &cases);
    check("only the drivers", "crates/openwinhttp/src/exchange/mod.rs", &cases);
    check("only the drivers", "crates/net/src/driver/workers.rs", &[(0, "fn f() { std::thread::sleep(d) }")]);
}

#[test]
fn libraries_have_one_home() {
    for (text, home, stray) in [
        ("use rustls::ClientConfig;", "crates/net/src/tls/a.rs", "crates/net/src/conn.rs"),
        ("use webpki_roots::TLS_SERVER_ROOTS;", "crates/net/src/tls/a.rs", "crates/openwinhttp/src/ext.rs"),
        ("use socket2::Socket;", "crates/net/src/sys/unix.rs", "crates/net/src/conn.rs"),
        ("fn f() { libc::poll(p, 1, 0) }", "crates/net/src/socket.rs", "crates/net/src/names.rs"),
        ("use httparse::Header;", "crates/wire/src/field_block.rs", "crates/wire/src/response.rs"),
        ("use windows_sys::Win32;", "crates/abi/src/winhttp.rs", "crates/openwinhttp/src/lib.rs"),
    ] {
        check("each have one home", home, &[(0, text)]);
        check("each have one home", stray, &[(1, text)]);
    }
    check("each have one home", "crates/net/src/reactor.rs", &[(1, "use mio::Poll;")]);
    check("each have one home", "crates/testserver/src/tls.rs", &[(0, "use rustls::ServerConfig;")]);
}

#[test]
fn one_place_maps_errors() {
    let from = "impl From<openwinhttp_net::Error> for crate::errors::Error { }";
    let coded = "impl crate::errors::Coded for openwinhttp_wire::Error { }";
    let other = "use crate::errors::Coded;\nimpl From<A> for Shortage { }\nfn f() { g().coded() }";
    check("maps errors", "crates/openwinhttp/src/exchange/mod.rs", &[(1, from), (1, coded), (0, other)]);
    check("maps errors", "crates/openwinhttp/src/errors.rs", &[(0, from), (0, coded)]);
}

#[test]
fn unsafe_has_a_home() {
    let cases = [
        (1, "fn f() { unsafe { g() } }"),
        (1, "#![allow(unsafe_code)]"),
        (1, "#[expect(dead_code, unsafe_code)]"),
        (0, "#![forbid(unsafe_code)]\n// unsafe\nfn f() -> &str { \"unsafe\" }"),
    ];
    check("stands only", "crates/net/src/socket.rs", &cases);
    check("stands only", "tests/src/lib.rs", &cases);
    check("stands only", "crates/net/src/sys/unix.rs", &[(0, "fn f() { unsafe { g() } }")]);
    check("stands only", "crates/net/src/tests.rs", &[(1, "fn f() { unsafe { g() } }")]);
}

#[test]
fn unsafe_is_forbidden_in_every_crate() {
    let good = [
        ("crates/abi/src/lib.rs", "#![forbid(unsafe_code)]"),
        ("crates/openwinhttp/src/lib.rs", "#![forbid(unsafe_code)]"),
        ("crates/net/src/lib.rs", "#![deny(unsafe_code)]"),
        ("Cargo.toml", "[workspace.lints.rust]\nunsafe_code = \"forbid\""),
        ("crates/net/Cargo.toml", "[package]\nname = \"openwinhttp-net\"\n[lints.rust]\nunsafe_code = \"deny\" # why"),
        ("crates/wire/Cargo.toml", "[package]\nname = \"openwinhttp-wire\"\n[lints]\nworkspace = true"),
    ];
    assert_eq!(broken("forbidden or denied", &good), [""; 0]);
    for at in 0..good.len() {
        let mut bad = good;
        bad[at].1 = bad[at].1.split('\n').next().unwrap_or_default().trim_matches('#');
        assert_eq!(broken("forbidden or denied", &bad).len(), 1, "{}", bad[at].0);
    }
}

#[test]
fn the_public_api_is_clean() {
    check(
        "public API",
        "crates/openwinhttp/src/a.rs",
        &[
            (2, "use openwinhttp_net::Conn;\npub fn f(conn: &Conn) {}"),
            (2, "use openwinhttp_net::{Conn as C, Dial};\npub const fn f() -> Option<C> { None }"),
            (2, "use openwinhttp_wire::Host;\npub struct A { pub host: Vec<Host> }"),
            (2, "use openwinhttp_wire::Host;\npub struct A(u8, pub Host);"),
            (4, "use openwinhttp_wire::Host;\npub enum A {\n B,\n C { host: Host },\n}"),
            (2, "use openwinhttp_wire::Host;\npub type A = Option<Host>;"),
            (2, "use openwinhttp_wire::Host;\npub trait A: Into<Host> {}"),
            (1, "pub fn f(config: rustls::ClientConfig) {}"),
            (1, "pub use openwinhttp_wire::Host;"),
            (1, "use openwinhttp_wire::*;"),
            (2, "use openwinhttp_net::Error as NetError;\nimpl From<NetError> for Error {}"),
            (1, "impl TryFrom<A> for openwinhttp_wire::Host {}"),
            (
                0,
                "use openwinhttp_net::Error as NetError;\nimpl Coded for NetError {}\nimpl From<Error> for io::Error {}",
            ),
            (0, "use openwinhttp_net::Conn;\npub(crate) fn f(conn: &Conn) {}\nfn g(conn: Conn) {}"),
            (0, "use openwinhttp_net::{Conn, Error as E};\npub fn f() -> Error { let conn: Conn; }"),
            (0, "use openwinhttp_net::Conn;\npub struct A { conn: Conn, pub b: u8 }\npub struct B(Conn);"),
        ],
    );
}

#[test]
fn dependencies_point_down() {
    let manifest = |name: &str, rest: &str| format!("[package]\nname = \"{name}\"\n{rest}");
    for (line, name, rest) in [
        (4, "openwinhttp-wire", "[dependencies]\nopenwinhttp-net.workspace = true"),
        (4, "openwinhttp-wire", "[target.'cfg(unix)'.dependencies]\nopenwinhttp-abi = { path = \"../abi\" }"),
        (4, "openwinhttp-net", "[dependencies]\nabi = { package = \"openwinhttp-abi\", path = \"../abi\" }"),
        (4, "openwinhttp-net", "[dependencies.openwinhttp-abi]\npath = \"../abi\""),
        (4, "openwinhttp", "[dependencies]\ntestserver.workspace = true"),
        (4, "testserver", "[dependencies]\nopenwinhttp-wire.workspace = true"),
        (4, "testserver", "[dev-dependencies]\nopenwinhttp-wire.workspace = true"),
        (4, "testserver", "[build-dependencies]\nopenwinhttp = { path = \"..\" }"),
        (1, "openwinhttp-new", ""),
        (0, "openwinhttp-net", "[dependencies]\nopenwinhttp-wire.workspace = true\nlibc.workspace = true"),
        (0, "openwinhttp", "[dev-dependencies]\ntestserver.workspace = true"),
        (0, "conformance", "[dependencies]\nopenwinhttp.workspace = true\ntestserver.workspace = true"),
    ] {
        check("point down", "a/Cargo.toml", &[(line, &manifest(name, rest))]);
    }
    check("point down", "Cargo.toml", &[(0, "[workspace.dependencies]\nopenwinhttp = { path = \"b\" }")]);
}

#[test]
fn features_only_add() {
    let manifest = |features: &str| format!("[package]\nname = \"openwinhttp-net\"\n[features]\n{features}");
    check(
        "only add",
        "a/Cargo.toml",
        &[
            (4, &manifest("default = []")),
            (4, &manifest("default = [\"ring\", \"fast\"]")),
            (4, &manifest("ring = []")),
            (0, &manifest("default = [\"ring\"] # the usual one")),
            (0, "[package]\nname = \"benches\"\n[features]\ndefault = [\"peers\"]"),
        ],
    );
    let cases = [
        (1, "#[cfg(not(feature = \"fast\"))] fn f() {}"),
        (1, "#[cfg(all(unix, not(any(feature = \"a\", feature = \"b\"))))] fn f() {}"),
        (1, "fn f() { if cfg!(not(feature = \"fast\")) {} }"),
        (0, "#[cfg(feature = \"fast\")] #[cfg(not(unix))] fn f() {}"),
    ];
    check("only add", "crates/net/src/conn.rs", &cases);
}

#[test]
fn tests_are_tests() {
    check(
        "tests.rs",
        "crates/net/src/a.rs",
        &[
            (1, "mod tests;"),
            (2, "#[path = \"a/tests.rs\"]\nmod tests;"),
            (0, "#[cfg(test)]\n#[path = \"a/tests.rs\"]\nmod tests;"),
            (0, "#[cfg(all(test, unix))]\nmod tests { fn f() -> [u8; 3] { [1; 3] } }"),
        ],
    );
}

#[test]
fn rules_about_nothing_are_noticed() {
    let all = broken("speak of", &[]).len();
    let files = [("crates/net/src/driver/reactor.rs", ""), ("a/Cargo.toml", "[package]\nname = \"xtask\"")];
    // The reactor stands for its folder, for that of all sources beside it, and for a home of mio.
    assert_eq!(broken("speak of", &files).len(), all - 4);
}

#[test]
fn comments_and_literals_are_no_code() {
    let texts = [
        "/* unsafe /* nested */ unsafe */",
        "let a = \"unsafe \\\" unsafe\";",
        "let a = r#\"unsafe \" unsafe\"#;",
        "let a = b\"unsafe\";",
        "let a = br##\"unsafe \"# unsafe\"##;",
        "let a = c\"unsafe\";",
        "let a = ['\"', '\\'', '\\u{22}', '\\\\', b'\\'']; // unsafe",
    ];
    for text in texts {
        check("stands only", "crates/abi/src/a.rs", &[(0, text), (3, &format!("{text}\n\nunsafe fn f<'a>() {{}}"))]);
    }
    check("stands only", "crates/abi/src/a.rs", &[(1, "fn f<'a>(r: &'a str) { unsafe {} }"), (1, "r#unsafe")]);
}

#[test]
fn what_follows_an_item_for_tests_is_looked_at() {
    let text = "#[cfg(test)]\n#[derive(Debug)]\nstruct A { b: [u8; 2] }\nuse std::io;";
    check("policy does", "crates/openwinhttp/src/policy/a.rs", &[(4, text)]);
    check("policy does", "crates/openwinhttp/src/policy/a.rs", &[(2, "#[cfg(test)] use std::io;\nuse std::io;")]);
}
