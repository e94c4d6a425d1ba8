//! One request as the client sent it, and the strict parser that reads it.
//!
//! The parser refuses everything RFC 9112 tells a sender not to do, so that a client's slip shows at once.

use std::fmt;

/// A request that arrived.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// The request line without its line end: `GET /path HTTP/1.1`.
    pub line: String,
    /// The header fields in the order they came, names spelt as they came, values without blanks around them.
    pub headers: Vec<(String, String)>,
    /// The body, as far as it was read (chunked coding removed).
    pub body: Vec<u8>,
    raw_head: Vec<u8>,
    connection: usize,
}

/// How a request says where its body ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// There is no body.
    Empty,
    /// `Content-Length`: so many bytes (left).
    Length(u64),
    /// `Transfer-Encoding: chunked`.
    Chunked,
}

/// Why bytes are not a request; the text says what is wrong with them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Malformed(String);

impl Request {
    /// The value of the first field of this name, in whatever case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.header_values(name).next()
    }

    /// The values of all fields of this name, in order.
    pub fn header_values<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        self.headers.iter().filter(move |(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The verb: the first word of the request line.
    pub fn method(&self) -> &str {
        self.word(0)
    }

    /// The request target: the second word of the request line.
    pub fn target(&self) -> &str {
        self.word(1)
    }

    /// The version: the third word of the request line.
    pub fn version(&self) -> &str {
        self.word(2)
    }

    /// The head byte for byte, with the empty line that ends it.
    pub fn raw_head(&self) -> &[u8] {
        &self.raw_head
    }

    /// The number of the connection it came on, counted from 1 in the order of acceptance.
    pub fn connection(&self) -> usize {
        self.connection
    }

    /// Where the body ends. Two lengths, or a length beside chunked, are refused: no client may send that.
    pub fn framing(&self) -> Result<Framing, Malformed> {
        let lengths: Vec<_> = self.header_values("content-length").collect();
        let codings: Vec<_> = self.header_values("transfer-encoding").collect();
        match (lengths.as_slice(), codings.as_slice()) {
            ([], []) => Ok(Framing::Empty),
            ([length], []) => decimal(length).map(Framing::Length),
            ([], [coding]) if coding.eq_ignore_ascii_case("chunked") => Ok(Framing::Chunked),
            _ => Err(Malformed(format!("contradictory framing: lengths {lengths:?}, codings {codings:?}"))),
        }
    }

    /// Whether the client asked to close the connection after this exchange, by word or by version.
    pub(crate) fn wants_close(&self) -> bool {
        match self.header("connection") {
            Some(value) => lists(value, "close"),
            None => self.version() == "HTTP/1.0",
        }
    }

    /// Whether the client waits for `100 Continue` before it sends the body.
    pub(crate) fn expects_continue(&self) -> bool {
        self.header("expect").is_some_and(|value| value.eq_ignore_ascii_case("100-continue"))
    }

    pub(crate) fn on_connection(self, connection: usize) -> Request {
        Request { connection, ..self }
    }

    fn word(&self, index: usize) -> &str {
        self.line.split(' ').nth(index).unwrap_or("")
    }
}

impl Malformed {
    pub(crate) fn new(why: impl Into<String>) -> Malformed {
        Malformed(why.into())
    }
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Malformed {}

/// Whether a comma-separated field value names this token.
pub(crate) fn lists(value: &str, token: &str) -> bool {
    value.split(',').any(|word| word.trim().eq_ignore_ascii_case(token))
}

/// Parses the head at the front of `bytes`: the request and the length of its head, or `None` while it is incomplete.
pub(crate) fn parse_head(bytes: &[u8]) -> Result<Option<(Request, usize)>, Malformed> {
    let Some(end) = find(bytes, b"\r\n\r\n") else {
        return refuse_endless(bytes).map(|()| None);
    };
    let mut lines = split_lines(&bytes[..end]);
    let line = request_line(lines.next().unwrap_or(b""))?;
    let headers = lines.map(header_field).collect::<Result<_, _>>()?;
    let raw_head = bytes[..end + 4].to_vec();
    let request = Request { line, headers, raw_head, ..Request::default() };
    Ok(Some((request, end + 4)))
}

/// Decodes whole chunks from the front of `bytes` into `body`: how many bytes they took, and whether the last chunk
/// and the trailers after it were among them.
pub(crate) fn decode_chunks(bytes: &[u8], body: &mut Vec<u8>) -> Result<(usize, bool), Malformed> {
    let mut taken = 0;
    while let Some((data, length)) = chunk(&bytes[taken..])? {
        taken += length;
        body.extend_from_slice(data);
        if data.is_empty() {
            return Ok((taken, true));
        }
    }
    Ok((taken, false))
}

fn refuse_endless(bytes: &[u8]) -> Result<(), Malformed> {
    if bytes.len() > HEAD_LIMIT {
        return Err(Malformed(format!("no end of the head in {} bytes", bytes.len())));
    }
    if find(bytes, b"\n\n").is_some() {
        return Err(Malformed::new("a head whose lines end with bare LF"));
    }
    Ok(())
}

fn split_lines(head: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(head);
    std::iter::from_fn(move || {
        let bytes = rest?;
        let end = find(bytes, b"\r\n");
        rest = end.map(|at| &bytes[at + 2..]);
        Some(&bytes[..end.unwrap_or(bytes.len())])
    })
}

fn request_line(line: &[u8]) -> Result<String, Malformed> {
    let words: Vec<_> = line.split(|&byte| byte == b' ').collect();
    let [method, target, version] = words.as_slice() else {
        return Err(complaint("a request line is three words with single blanks between", line));
    };
    if !is_token(method) || target.is_empty() || target.iter().any(|&byte| is_control(byte)) {
        return Err(complaint("bad verb or target in the request line", line));
    }
    if !matches!(*version, b"HTTP/1.1" | b"HTTP/1.0") {
        return Err(complaint("bad version in the request line", line));
    }
    Ok(text(line))
}

fn header_field(line: &[u8]) -> Result<(String, String), Malformed> {
    let colon = line.iter().position(|&byte| byte == b':');
    let (name, value) = colon.map(|at| (&line[..at], &line[at + 1..])).unwrap_or((b"", line));
    if !is_token(name) {
        return Err(complaint("a header field needs a name, and the colon right behind it", line));
    }
    if value.iter().any(|&byte| is_control(byte) && byte != b'\t') {
        return Err(complaint("a control byte in a header value", line));
    }
    Ok((text(name), text(value).trim_matches([' ', '\t']).to_owned()))
}

/// One chunk at the front: its data and its whole length. The last chunk has no data; its length takes in the trailers.
fn chunk(bytes: &[u8]) -> Result<Option<(&[u8], usize)>, Malformed> {
    let Some(end) = find(&bytes[..bytes.len().min(CHUNK_LINE_LIMIT)], b"\r\n") else {
        return if bytes.len() < CHUNK_LINE_LIMIT { Ok(None) } else { Err(complaint("no chunk size", bytes)) };
    };
    let size = chunk_size(&bytes[..end])?;
    let data = end + 2;
    if size == 0 { last_chunk(bytes, data) } else { full_chunk(bytes, data, size) }
}

fn full_chunk(bytes: &[u8], start: usize, size: usize) -> Result<Option<(&[u8], usize)>, Malformed> {
    let end = start + size;
    match bytes.get(end..end + 2) {
        None => Ok(None),
        Some(b"\r\n") => Ok(Some((&bytes[start..end], end + 2))),
        Some(other) => Err(complaint("chunk data longer than its size said", other)),
    }
}

fn last_chunk(bytes: &[u8], start: usize) -> Result<Option<(&[u8], usize)>, Malformed> {
    // The CRLF of the size line counts in: without trailers the empty line follows it at once.
    let Some(end) = find(&bytes[start - 2..], b"\r\n\r\n") else { return Ok(None) };
    let trailers = &bytes[start..(start - 2 + end).max(start)];
    if !trailers.is_empty() {
        split_lines(trailers).map(header_field).collect::<Result<Vec<_>, _>>()?;
    }
    Ok(Some((&[], start + 2 + end)))
}

fn chunk_size(line: &[u8]) -> Result<usize, Malformed> {
    let digits = line.split(|&byte| byte == b';').next().unwrap_or(line);
    let valid = (1..=8).contains(&digits.len()) && digits.iter().all(u8::is_ascii_hexdigit);
    let size = valid.then(|| usize::from_str_radix(&text(digits), 16).ok()).flatten();
    size.filter(|&size| size <= CHUNK_LIMIT).ok_or_else(|| complaint("bad chunk size", line))
}

fn decimal(digits: &str) -> Result<u64, Malformed> {
    let valid = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let number = valid.then(|| digits.parse().ok()).flatten();
    number.ok_or_else(|| Malformed(format!("bad Content-Length {digits:?}")))
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}

fn is_token(bytes: &[u8]) -> bool {
    !bytes.is_empty() && bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(byte))
}

fn is_control(byte: u8) -> bool {
    byte.is_ascii_control()
}

/// UTF-8 where it is that, else byte by byte as Latin-1, so that no byte is lost.
fn text(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(utf8) => utf8.to_owned(),
        Err(_) => bytes.iter().map(|&byte| char::from(byte)).collect(),
    }
}

fn complaint(what: &str, bytes: &[u8]) -> Malformed {
    Malformed(format!("{what}: \"{}\"", bytes[..bytes.len().min(200)].escape_ascii()))
}

/// A client whose head is longer than this has lost its way.
const HEAD_LIMIT: usize = 1 << 20;
const CHUNK_LINE_LIMIT: usize = 4096;
/// A whole chunk is kept in memory, so its size is not the client's to choose.
const CHUNK_LIMIT: usize = 1 << 26;

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Option<(Request, usize)>, Malformed> {
        parse_head(text.as_bytes())
    }

    #[test]
    fn reads_line_fields_and_length() {
        let (request, length) = parse("PUT /a?b HTTP/1.1\r\nHost: x\r\nA:\r\nB: \t c d \r\n\r\nbody").unwrap().unwrap();
        assert_eq!((request.method(), request.target(), request.version()), ("PUT", "/a?b", "HTTP/1.1"));
        assert_eq!(request.headers.len(), 3);
        assert_eq!(
            (request.header("HOST"), request.header("a"), request.header("b")),
            (Some("x"), Some(""), Some("c d"))
        );
        assert_eq!(length, "PUT /a?b HTTP/1.1\r\nHost: x\r\nA:\r\nB: \t c d \r\n\r\n".len());
        assert_eq!(request.raw_head().len(), length);
    }

    #[test]
    fn a_head_without_fields_is_whole() {
        assert!(parse("GET / HTTP/1.0\r\n\r\n").unwrap().unwrap().0.headers.is_empty());
    }

    #[test]
    fn waits_for_the_end_of_the_head() {
        let whole = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
        for cut in 0..whole.len() {
            assert_eq!(parse(&whole[..cut]), Ok(None), "{cut}");
        }
    }

    #[test]
    fn refuses_what_a_client_must_not_send() {
        let bad = [
            "GET /\r\n\r\n",
            "GET  / HTTP/1.1\r\n\r\n",
            "GET / HTTP/2.0\r\n\r\n",
            "G:T / HTTP/1.1\r\n\r\n",
            "\r\nGET / HTTP/1.1\r\n\r\n",
            "GET / HTTP/1.1\nHost: x\n\n",
            "GET / HTTP/1.1\r\nHost : x\r\n\r\n",
            "GET / HTTP/1.1\r\n: x\r\n\r\n",
            "GET / HTTP/1.1\r\nno colon\r\n\r\n",
            "GET / HTTP/1.1\r\nA: x\r\n folded\r\n\r\n",
            "GET / HTTP/1.1\r\nA: x\ry\r\n\r\n",
            "GET / HTTP/1.1\r\nA: x\ny: z\r\n\r\n",
            "GET / HTTP/1.1\r\nA: x\0\r\n\r\n",
        ];
        for head in bad {
            assert!(parse(head).is_err(), "{head:?}");
        }
    }

    #[test]
    fn framing_has_one_reading_or_none() {
        let framing = |fields: &str| parse(&format!("POST / HTTP/1.1\r\n{fields}\r\n")).unwrap().unwrap().0.framing();
        assert_eq!(framing(""), Ok(Framing::Empty));
        assert_eq!(framing("Content-Length: 12\r\n"), Ok(Framing::Length(12)));
        assert_eq!(framing("Transfer-Encoding: Chunked\r\n"), Ok(Framing::Chunked));
        assert!(framing("Content-Length: +1\r\n").is_err());
        assert!(framing("Content-Length: 1\r\nContent-Length: 1\r\n").is_err());
        assert!(framing("Content-Length: 1\r\nTransfer-Encoding: chunked\r\n").is_err());
        assert!(framing("Transfer-Encoding: gzip\r\n").is_err());
    }

    #[test]
    fn chunks_decode_at_every_cut() {
        let whole = b"3\r\nabc\r\nA;x=y\r\n0123456789\r\n0\r\nT: 1\r\n\r\nrest";
        let end = whole.len() - 4;
        for cut in 0..end {
            let (mut body, mut inbox) = (Vec::new(), whole[..cut].to_vec());
            let (taken, done) = decode_chunks(&inbox, &mut body).unwrap();
            assert!(!done);
            inbox.extend_from_slice(&whole[cut..]);
            assert_eq!(decode_chunks(&inbox[taken..], &mut body), Ok((end - taken, true)));
            assert_eq!(body, b"abc0123456789");
        }
    }

    #[test]
    fn bad_chunks_are_refused() {
        for bad in ["x\r\n", "\r\n", "-1\r\n", "0x1\r\n", "fffffffff\r\n", "1\r\nab\r\n", "0\r\nno colon\r\n\r\n"] {
            assert!(decode_chunks(bad.as_bytes(), &mut Vec::new()).is_err(), "{bad:?}");
        }
    }
}
