//! The little real server: its framings, persistence, and patience with bad clients.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::disallowed_methods)]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use testserver::Request;
use testserver::serve::{Response, Server};

const BIG: u64 = 5_000_001;

#[test]
fn all_framings_on_one_connection() {
    let server = Server::http(handle);
    let mut client = BufReader::new(connect(&server));
    all_framings(&mut client);
    all_framings(&mut client);
    assert_eq!(server.connections(), 1);
    assert!(server.requests() > 10);
}

#[test]
fn all_framings_under_tls() {
    let server = Server::https(handle);
    let mut client = BufReader::new(secure(connect(&server)));
    all_framings(&mut client);
    all_framings(&mut client);
    assert_eq!(server.connections(), 1);
}

#[test]
fn request_bodies_come_back() {
    let server = Server::http(|request| Response::new(200).body(request.body.clone()));
    let mut client = BufReader::new(connect(&server));
    let body = vec![b'x'; 300_000];
    write!(client.get_mut(), "PUT / HTTP/1.1\r\nContent-Length: {}\r\n\r\n", body.len()).unwrap();
    client.get_mut().write_all(&body).unwrap();
    assert_eq!(answer(&mut client, false).1, body);
    ask(&mut client, "PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n1\r\nd\r\n0\r\n\r\n");
    assert_eq!(answer(&mut client, false).1, b"abcd");
}

#[test]
fn a_waiting_client_is_told_to_continue() {
    let server = Server::http(|request| Response::new(200).body(request.body.clone()));
    let mut client = BufReader::new(connect(&server));
    ask(&mut client, "PUT / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
    assert!(head(&mut client).starts_with("HTTP/1.1 100 "));
    ask(&mut client, "ok");
    assert_eq!(answer(&mut client, false).1, b"ok");
}

#[test]
fn close_is_obeyed() {
    let server = Server::http(|request| match request.target() {
        "/close" => Response::new(200).header("Connection", "close").body("bye"),
        _ => Response::new(200).body("bye"),
    });
    for request in
        ["GET / HTTP/1.1\r\nConnection: close\r\n\r\n", "GET /close HTTP/1.1\r\n\r\n", "GET / HTTP/1.0\r\n\r\n"]
    {
        let mut client = BufReader::new(connect(&server));
        ask(&mut client, request);
        let (head, body) = answer(&mut client, false);
        assert_eq!(head.matches("Connection: close\r\n").count(), 1, "{head}");
        assert_eq!((body, client.read(&mut [0; 1]).unwrap()), (b"bye".to_vec(), 0));
    }
}

#[test]
fn a_bad_request_is_answered_and_others_are_not_disturbed() {
    let server = Server::http(handle);
    let mut client = BufReader::new(connect(&server));
    ask(&mut client, "GET / HTTP/1.1\r\nno colon\r\n\r\n");
    assert!(answer(&mut client, false).0.starts_with("HTTP/1.1 400 "));
    drop(connect(&server));
    all_framings(&mut BufReader::new(connect(&server)));
}

#[test]
fn its_end_is_the_end_of_its_connections() {
    let server = Server::http(handle);
    let mut client = BufReader::new(connect(&server));
    ask(&mut client, "GET /body HTTP/1.1\r\n\r\n");
    answer(&mut client, false);
    drop(server);
    assert!(!matches!(client.read(&mut [0; 1]), Ok(1)));
}

fn handle(request: &Request) -> Response {
    match request.target() {
        "/body" => Response::new(200).header("X-Kind", "body").body("hello"),
        "/large" => Response::new(200).body(vec![b'x'; 400_000]),
        "/chunks" => Response::new(200).chunked(1000, Arc::from(vec![b'x'; 400_001])),
        "/repeat" => Response::new(200).repeat(Arc::from(&b"abc"[..]), BIG),
        "/pieces" => Response::new(200).repeat(Arc::from(vec![b'x'; 200_000]), BIG),
        "/none" => Response::new(204),
        _ => Response::new(404),
    }
}

fn all_framings(client: &mut BufReader<impl Read + Write>) {
    let mut get = |target: &str| {
        ask(client, &format!("GET {target} HTTP/1.1\r\nHost: here\r\n\r\n"));
        answer(client, false)
    };
    let (head, body) = get("/body");
    assert_eq!(head, "HTTP/1.1 200 OK\r\nX-Kind: body\r\nContent-Length: 5\r\n\r\n");
    assert_eq!(body, b"hello");
    assert_eq!(get("/large").1, vec![b'x'; 400_000]);
    assert_eq!(get("/chunks").1, vec![b'x'; 400_001]);
    let repeated = get("/repeat").1;
    assert!(repeated.len() as u64 == BIG && repeated.chunks(3).all(|piece| b"abc".starts_with(piece)));
    assert_eq!(get("/pieces").1.len() as u64, BIG);
    assert_eq!(get("/none").0, "HTTP/1.1 204 No Content\r\n\r\n");
    assert!(get("/else").0.starts_with("HTTP/1.1 404 "));
    ask(client, "HEAD /large HTTP/1.1\r\n\r\n");
    assert!(answer(client, true).0.contains("Content-Length: 400000\r\n"));
}

fn connect(server: &Server) -> TcpStream {
    let client = TcpStream::connect(("127.0.0.1", server.port())).unwrap();
    client.set_nodelay(true).unwrap();
    client.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    client
}

fn secure(socket: TcpStream) -> StreamOwned<ClientConnection, TcpStream> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from(testserver::ca_der())).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = builder.with_root_certificates(roots).with_no_client_auth();
    StreamOwned::new(
        ClientConnection::new(Arc::new(config), ServerName::try_from("localhost").unwrap()).unwrap(),
        socket,
    )
}

fn ask(client: &mut BufReader<impl Read + Write>, request: &str) {
    client.get_mut().write_all(request.as_bytes()).unwrap();
    client.get_mut().flush().unwrap();
}

fn answer(client: &mut BufReader<impl Read>, head_only: bool) -> (String, Vec<u8>) {
    let head = head(client);
    let body = match head.split_once("Content-Length: ") {
        _ if head_only => Vec::new(),
        Some((_, length)) => exactly(client, length.lines().next().unwrap().parse().unwrap()),
        None if head.contains("chunked") => chunks(client),
        None => Vec::new(),
    };
    (head, body)
}

fn head(client: &mut BufReader<impl Read>) -> String {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        assert!(client.read_line(&mut head).unwrap() > 0, "the end, after {head:?}");
    }
    head
}

fn chunks(client: &mut BufReader<impl Read>) -> Vec<u8> {
    let mut body = Vec::new();
    loop {
        let mut line = String::new();
        client.read_line(&mut line).unwrap();
        let size = usize::from_str_radix(line.trim_end(), 16).unwrap();
        body.extend(exactly(client, size));
        assert_eq!(exactly(client, 2), b"\r\n");
        if size == 0 {
            return body;
        }
    }
}

fn exactly(client: &mut BufReader<impl Read>, length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    client.read_exact(&mut bytes).unwrap();
    bytes
}
