//! The sample of Microsoft's "WinHTTP Sessions Overview", translated line by line.
//!
//! `cargo run --release --example sessions_overview` downloads a page over HTTPS from a server that runs in this
//! process, with a certificate authority of its own. With a URL as its argument it downloads that.
#![allow(clippy::print_stdout)]

mod target;

use std::process::ExitCode;

use openwinhttp::*;
use target::Target;
use testserver::serve::{Response, Server};

fn main() -> ExitCode {
    let outcome = match std::env::args().nth(1) {
        Some(url) => Target::parse(&url).map_or_else(usage, |target| download(&target, None)),
        None => {
            let server = Server::https(|_| Response::new(200).header("Content-Type", "text/html").body(PAGE));
            let target = Target { secure: true, host: "localhost".into(), port: server.port(), path: "/".into() };
            download(&target, Some(testserver::ca_pem().as_bytes()))
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(code) => ExitCode::from(if code == 0 { 2 } else { 1 }),
    }
}

/// The sample itself; `authority` is trusted beside the usual ones. It fails with the code that it has printed.
fn download(target: &Target, authority: Option<&[u8]>) -> std::result::Result<(), u32> {
    let mut results = Ok(());

    // Use WinHttpOpen to obtain a session handle.
    let session = WinHttpOpen(
        Some("WinHTTP Example/1.0"),
        WINHTTP_ACCESS_TYPE_DEFAULT_PROXY,
        WINHTTP_NO_PROXY_NAME,
        WINHTTP_NO_PROXY_BYPASS,
        0,
    )
    .unwrap_or(HINTERNET::NULL);

    // Only the server in this process needs this.
    if let Some(authority) = authority
        && !session.is_null()
    {
        results = ext::TrustCertificate(session, authority);
    }

    // Specify an HTTP server.
    let mut connect = HINTERNET::NULL;
    if !session.is_null() {
        connect = WinHttpConnect(session, &target.host, target.port, 0).unwrap_or(HINTERNET::NULL);
    }

    // Create an HTTP request handle.
    let mut request = HINTERNET::NULL;
    if !connect.is_null() {
        request = WinHttpOpenRequest(
            connect,
            Some("GET"),
            Some(&target.path),
            None,
            WINHTTP_NO_REFERER,
            WINHTTP_DEFAULT_ACCEPT_TYPES,
            if target.secure { WINHTTP_FLAG_SECURE } else { 0 },
        )
        .unwrap_or(HINTERNET::NULL);
    }

    // Send a request.
    if !request.is_null() {
        results = results
            .and_then(|()| WinHttpSendRequest(request, WINHTTP_NO_ADDITIONAL_HEADERS, WINHTTP_NO_REQUEST_DATA, 0, 0));
    } else if results.is_ok() {
        results = Err(Error::from_code(GetLastError()));
    }

    // End the request.
    if results.is_ok() {
        results = WinHttpReceiveResponse(request);
    }

    // Keep checking for data until there is nothing left.
    while results.is_ok() {
        // Check for available data.
        let size = match WinHttpQueryDataAvailable(request) {
            Ok(size) => size,
            Err(error) => {
                println!("Error {} in WinHttpQueryDataAvailable.", GetLastError());
                results = Err(error);
                break;
            }
        };

        // Allocate space for the buffer.
        let mut out_buffer = vec![0; size];

        // Read the data.
        match WinHttpReadData(request, &mut out_buffer) {
            Ok(downloaded) => print!("{}", String::from_utf8_lossy(&out_buffer[..downloaded])),
            Err(error) => {
                println!("Error {} in WinHttpReadData.", GetLastError());
                results = Err(error);
            }
        }
        if size == 0 {
            break;
        }
    }

    // Report any errors.
    let results = results.map_err(|error| {
        println!("Error {} has occurred.", error.code());
        eprintln!("{error}");
        error.code()
    });

    // Close any open handles.
    for handle in [request, connect, session] {
        if !handle.is_null() {
            let _ = WinHttpCloseHandle(handle);
        }
    }
    results
}

fn usage() -> std::result::Result<(), u32> {
    eprintln!("usage: sessions_overview [http://host[:port]/path | https://host[:port]/path]");
    Err(0)
}

const PAGE: &str = "<!doctype html>\n<title>openwinhttp</title>\n<p>This page came over HTTPS through the calls of \
                    Microsoft's sessions overview.</p>\n";
