//! The server that the C programs of examples/c talk to, over HTTP and HTTPS.
//!
//! `cargo run --package openwinhttp-c --example c_server -- CA_FILE` writes the certificate of its authority to CA_FILE,
//! prints a port for HTTP, one for HTTPS and one where nobody listens, a line each, and ends when its input ends.
#![allow(clippy::print_stdout)]
#![allow(clippy::disallowed_methods, reason = "a server may wait")]

use std::error::Error;
use std::io::{Read, Write};

use testserver::serve::{Response, Server};
use testserver::{Peer, Request};

fn main() -> Result<(), Box<dyn Error>> {
    let ca_file = std::env::args().nth(1).ok_or("usage: c_server CA_FILE")?;
    std::fs::write(ca_file, testserver::ca_pem())?;
    let (http, https) = (Server::http(answer), Server::https(answer));
    println!("{}\n{}\n{}", http.port(), https.port(), Peer::refused_port());
    std::io::stdout().flush()?;
    std::io::stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}

fn answer(request: &Request) -> Response {
    match request.target() {
        "/" => Response::new(200).header("Content-Type", "text/html").body(PAGE),
        "/fields" => {
            HEADERS.iter().fold(Response::new(200).body("hello\n"), |answer, (name, value)| answer.header(name, value))
        }
        "/echo" if request.method() == "POST" => Response::new(201).body(request.body.clone()),
        // For a program that ends meanwhile; this process does too, at the end of its input.
        "/never" => loop {
            std::thread::park();
        },
        _ => Response::new(404),
    }
}

const PAGE: &str = "<!doctype html>\n<title>openwinhttp</title>\n<p>This page came to a program in C.</p>\n";

const HEADERS: &[(&str, &str)] = &[
    ("Content-Type", "text/plain; charset=utf-8"),
    ("Last-Modified", "Mon, 28 Jul 2008 10:05:52 GMT"),
    ("Set-Cookie", "first=1"),
    ("Set-Cookie", "second=2"),
    ("X-Greeting", "hello"),
];
