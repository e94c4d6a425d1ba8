//! The answers as they look on the wire, known to the origin that sends them and to the raw client that counts them.

/// Pieces in which the origin writes large bodies.
pub(crate) const BLOCK: usize = 256 * 1024;

/// The whole answer to `/small`: six headers and [`SMALL_BODY`].
pub(crate) fn small_answer() -> Vec<u8> {
    format!(
        "HTTP/1.1 200 OK\r\n\
         Date: Tue, 15 Nov 1994 08:12:31 GMT\r\n\
         Server: origin/1.0\r\n\
         Content-Type: application/json; charset=utf-8\r\n\
         Content-Length: {}\r\n\
         Cache-Control: no-cache\r\n\
         X-Request-Id: 7f3c6a52-94b1-4d0e-8a55-0c6de1f2b394\r\n\r\n{SMALL_BODY}",
        SMALL_BODY.len()
    )
    .into_bytes()
}

/// The head before a body of `length` bytes, in chunks if `chunked`.
pub(crate) fn large_head(length: u64, chunked: bool) -> String {
    let framing = match chunked {
        true => "Transfer-Encoding: chunked".into(),
        false => format!("Content-Length: {length}"),
    };
    format!("HTTP/1.1 200 OK\r\nServer: origin/1.0\r\nContent-Type: application/octet-stream\r\n{framing}\r\n\r\n")
}

/// `data` in chunks of `size` bytes, the last one shorter if need be; without the closing chunk.
pub(crate) fn in_chunks(data: &[u8], size: usize) -> Vec<u8> {
    let mut wire = Vec::with_capacity(data.len() + data.len() / size * 12 + 12);
    for chunk in data.chunks(size) {
        wire.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
        wire.extend_from_slice(chunk);
        wire.extend_from_slice(b"\r\n");
    }
    wire
}

/// How many bytes a body of `length` bytes takes on the wire in chunks of `size`, with the closing chunk.
pub(crate) fn chunked_length(length: u64, size: usize) -> u64 {
    let size = size as u64;
    let whole = length / size * (size + chunk_overhead(size));
    let rest = match length % size {
        0 => 0,
        rest => rest + chunk_overhead(rest),
    };
    whole + rest + LAST_CHUNK.len() as u64
}

/// The size line and the two line ends of one chunk.
fn chunk_overhead(size: u64) -> u64 {
    u64::from(size.ilog2() / 4 + 1) + 4
}

/// The chunk that ends a body.
pub(crate) const LAST_CHUNK: &[u8] = b"0\r\n\r\n";

/// The body of `/small`.
pub(crate) const SMALL_BODY: &str =
    r#"{"id":48151623,"name":"a realistic little answer","tags":["bench","small","json"],"active":true,"next":null}"#;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunked_length_is_what_in_chunks_makes() {
        for (length, size) in [(0, 7), (1, 100), (1000, 100), (1001, 100), (70_000, 16_384), (70_000, 15), (70_000, 16)]
        {
            let wire = in_chunks(&vec![0; length], size);
            assert_eq!(chunked_length(length as u64, size), (wire.len() + LAST_CHUNK.len()) as u64, "{length}/{size}");
        }
    }
}
