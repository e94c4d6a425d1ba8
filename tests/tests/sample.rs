//! The sample of "WinHTTP Sessions Overview", call by call, over HTTP and HTTPS; and the POST its text describes.

// A panic is how a test reports, and tests may wait.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::disallowed_methods)]

use std::sync::Arc;

use openwinhttp::*;
use testserver::serve::{Response, Server};

/// The sample itself: open, connect, open a request, send, receive, and read as long as data is available.
fn download(port: u16, flags: u32, prepare: impl FnOnce(HINTERNET)) -> Result<Vec<u8>> {
    let (proxy, bypass) = (WINHTTP_NO_PROXY_NAME, WINHTTP_NO_PROXY_BYPASS);
    let session = WinHttpOpen(Some("WinHTTP Example/1.0"), WINHTTP_ACCESS_TYPE_DEFAULT_PROXY, proxy, bypass, 0)?;
    prepare(session);
    let connect = WinHttpConnect(session, "127.0.0.1", port, 0)?;
    let (referrer, types) = (WINHTTP_NO_REFERER, WINHTTP_DEFAULT_ACCEPT_TYPES);
    let request = WinHttpOpenRequest(connect, Some("GET"), None, None, referrer, types, flags)?;
    WinHttpSendRequest(request, WINHTTP_NO_ADDITIONAL_HEADERS, WINHTTP_NO_REQUEST_DATA, 0, 0)?;
    WinHttpReceiveResponse(request)?;
    let mut document = Vec::new();
    loop {
        let size = WinHttpQueryDataAvailable(request)?;
        let mut buffer = vec![0; size];
        let downloaded = WinHttpReadData(request, &mut buffer)?;
        assert_eq!(downloaded, size, "what is available can be read");
        document.extend(&buffer[..downloaded]);
        if size == 0 {
            break;
        }
    }
    assert_eq!(GetLastError(), ERROR_SUCCESS);
    WinHttpCloseHandle(request)?;
    WinHttpCloseHandle(connect)?;
    WinHttpCloseHandle(session)?;
    Ok(document)
}

fn document() -> Arc<[u8]> {
    (0..300_000usize).map(|at| (at % 249) as u8).collect::<Vec<_>>().into()
}

/// In the clear, with each framing.
#[test]
fn sample_over_http() {
    let by_length = Server::http(|_| Response::new(200).body(document().to_vec()));
    assert!(download(by_length.port(), 0, |_| ()).unwrap() == *document());
    let by_chunks = Server::http(|_| Response::new(200).chunked(999, document()));
    assert!(download(by_chunks.port(), 0, |_| ()).unwrap() == *document());
    let empty = Server::http(|_| Response::new(200));
    assert_eq!(download(empty.port(), 0, |_| ()).unwrap(), b"");
}

/// With secure transaction semantics.
#[test]
fn sample_over_https() {
    let server = Server::https(|request| {
        assert_eq!(request.header("user-agent"), Some("WinHTTP Example/1.0"));
        Response::new(200).chunked(10_000, document())
    });
    let trust = |session| ext::TrustCertificate(session, testserver::ca_pem().as_bytes()).unwrap();
    assert!(download(server.port(), WINHTTP_FLAG_SECURE, trust).unwrap() == *document());
}

/// And without the trust, nothing is had.
#[test]
fn sample_over_https_without_trust() {
    let server = Server::https(|_| Response::new(200).body("secret"));
    let refused = download(server.port(), WINHTTP_FLAG_SECURE, |_| ()).unwrap_err();
    assert_eq!((refused.code(), GetLastError()), (ERROR_WINHTTP_SECURE_FAILURE, ERROR_WINHTTP_SECURE_FAILURE));
    assert_eq!(server.requests(), 0);
}

/// "Posting Data to the Server", by WriteData and by the optional data.
#[test]
fn posting_data() {
    let server = Server::http(|request| {
        assert_eq!((request.method(), request.header("content-length")), ("POST", Some("11")));
        Response::new(200).body(request.body.clone())
    });
    let session = WinHttpOpen(None, WINHTTP_ACCESS_TYPE_NO_PROXY, None, None, 0).unwrap();
    let connect = WinHttpConnect(session, "127.0.0.1", server.port(), 0).unwrap();
    let data = b"hello world";
    for with_the_send in [false, true] {
        let request = WinHttpOpenRequest(connect, Some("POST"), Some("/post"), None, None, None, 0).unwrap();
        let optional = with_the_send.then_some(data.as_slice());
        WinHttpSendRequest(request, None, optional, data.len() as u32, 0).unwrap();
        if !with_the_send {
            assert_eq!(WinHttpWriteData(request, data).unwrap(), data.len());
        }
        WinHttpReceiveResponse(request).unwrap();
        let mut echo = [0; 100];
        let length = WinHttpReadData(request, &mut echo).unwrap();
        assert_eq!(&echo[..length], data);
        WinHttpCloseHandle(request).unwrap();
    }
    WinHttpCloseHandle(session).unwrap();
    WinHttpCloseHandle(connect).unwrap();
}
