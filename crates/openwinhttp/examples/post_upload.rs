//! Four ways to upload a body: of a known length, of a length that the program gives itself, in chunks that it makes by
//! hand, and in chunks that the library makes.
//!
//! `cargo run --release --example post_upload` uploads to a server in this process, which prints what it received.
#![allow(clippy::print_stdout, clippy::print_stderr)]

use std::process::ExitCode;

use openwinhttp::*;
use testserver::serve::{Response, Server};

fn main() -> ExitCode {
    let server = Server::http(|request| {
        println!("{} {}", request.method(), request.target());
        for name in ["Content-Length", "Transfer-Encoding"] {
            if let Some(value) = request.header(name) {
                println!("  {name}: {value}");
            }
        }
        println!("  {:?}", String::from_utf8_lossy(&request.body));
        Response::new(200).body(request.body.len().to_string())
    });
    match upload_in_four_ways(server.port()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn upload_in_four_ways(port: u16) -> Result<()> {
    let session = Owned::new(WinHttpOpen(Some("post_upload/1.0"), WINHTTP_ACCESS_TYPE_NO_PROXY, None, None, 0)?);
    let connect = Owned::new(WinHttpConnect(*session, "localhost", port, 0)?);
    let body = PIECES.concat();
    for upload in [known_length, own_length, chunks_by_hand, automatic_chunks] {
        let request = Owned::new(upload(*connect)?);
        WinHttpReceiveResponse(*request)?;
        let mut count = [0; 20];
        let length = WinHttpReadData(*request, &mut count)?;
        println!("  the server counts {} bytes of {}", String::from_utf8_lossy(&count[..length]), body.len());
    }
    Ok(())
}

/// The length is an argument; the first piece goes out together with the head.
fn known_length(connect: HINTERNET) -> Result<HINTERNET> {
    let request = open(connect, "/known-length", 0)?;
    let total: usize = PIECES.iter().map(|piece| piece.len()).sum();
    WinHttpSendRequest(request, None, Some(PIECES[0]), total as u32, 0)?;
    write(request, &PIECES[1..])
}

/// The length is a header, and may be larger than 32 bits have room for.
fn own_length(connect: HINTERNET) -> Result<HINTERNET> {
    let request = open(connect, "/own-length", 0)?;
    let header = format!("Content-Length: {}", PIECES.concat().len());
    WinHttpSendRequest(request, Some(&header), None, WINHTTP_IGNORE_REQUEST_TOTAL_LENGTH, 0)?;
    write(request, &PIECES)
}

/// The program says that there are chunks, and makes them.
fn chunks_by_hand(connect: HINTERNET) -> Result<HINTERNET> {
    let request = open(connect, "/chunks-by-hand", 0)?;
    let header = Some("Transfer-Encoding: chunked");
    WinHttpSendRequest(request, header, None, WINHTTP_IGNORE_REQUEST_TOTAL_LENGTH, 0)?;
    for piece in PIECES {
        let chunk = [format!("{:x}\r\n", piece.len()).as_bytes(), piece, b"\r\n"].concat();
        WinHttpWriteData(request, &chunk)?;
    }
    write(request, &[b"0\r\n\r\n"])
}

/// Each write becomes a chunk; receiving the answer ends the body.
fn automatic_chunks(connect: HINTERNET) -> Result<HINTERNET> {
    let request = open(connect, "/automatic-chunks", WINHTTP_FLAG_AUTOMATIC_CHUNKING)?;
    WinHttpSendRequest(request, None, None, WINHTTP_IGNORE_REQUEST_TOTAL_LENGTH, 0)?;
    write(request, &PIECES)
}

fn open(connect: HINTERNET, path: &str, flags: u32) -> Result<HINTERNET> {
    WinHttpOpenRequest(connect, Some("POST"), Some(path), None, None, None, flags)
}

fn write(request: HINTERNET, pieces: &[&[u8]]) -> Result<HINTERNET> {
    for piece in pieces {
        WinHttpWriteData(request, piece)?;
    }
    Ok(request)
}

const PIECES: [&[u8]; 3] = [b"One piece, ", b"another piece, ", b"and the last."];
