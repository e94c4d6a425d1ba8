//! The program runs, and its source does not know on what.
// A panic is how a test says that it failed.
#![allow(clippy::unwrap_used)]

use std::process::{Command, Output};

use testserver::Peer;
use testserver::serve::{Response, Server};

#[test]
fn it_downloads_a_page() {
    let page = "hello\n".repeat(2000);
    let answer = Response::new(200).header("X-Greeting", "hello").body(page.clone());
    let server = Server::http(move |request| match request.target() {
        "/page?x=1" => answer.clone(),
        _ => Response::new(404),
    });
    let output = run(&server.url("/page?x=1"));
    let head = "status 200\nHTTP/1.1 200 OK\r\nX-Greeting: hello\r\nContent-Length: 12000\r\n\r\n";
    assert_eq!(String::from_utf8_lossy(&output.stdout), format!("{head}{page}"));
    assert!(output.status.success());
}

#[test]
fn a_failure_has_its_code_in_the_last_os_error() {
    let nobody = format!("http://127.0.0.1:{}/", Peer::refused_port());
    for (url, code) in [(nobody.as_str(), 12029), ("ftp://127.0.0.1/", 12006)] {
        let output = run(url);
        assert_eq!(String::from_utf8_lossy(&output.stderr).trim_end(), format!("error {code}"), "{url}");
        assert!(!output.status.success());
    }
}

#[test]
fn its_source_knows_windows_sys_only() {
    let source = include_str!("../src/main.rs");
    assert!(source.contains("windows_sys::Win32::Networking::WinHttp") && !source.contains("openwinhttp"));
}

fn run(url: &str) -> Output {
    Command::new(env!("CARGO_BIN_EXE_windows-sys-port")).arg(url).output().unwrap()
}
