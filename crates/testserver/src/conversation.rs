//! One accepted connection, and everything a script can do with it.

use std::fmt;
use std::io::{self, Read, Write};
use std::panic::Location;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use crate::request::{Framing, Malformed, Request, decode_chunks, parse_head};
use crate::stream::{Stream, is_timeout};
use crate::transcript::{Shared, show};

/// A connection the script accepted. Dropping it closes it in an orderly way.
///
/// What the peer *sends* never fails the script; see the front page of this crate. What it *expects* fails the
/// script when it does not come within the limit.
pub struct Conversation {
    stream: Stream,
    number: usize,
    shared: Arc<Shared>,
    /// What arrived and was not asked for yet.
    inbox: Vec<u8>,
    /// What the last request announced as its body and the script did not read yet.
    owed: Framing,
    handshake_error: Option<String>,
    client_is_gone: bool,
    over: bool,
}

/// What became of one attempt to read.
enum Came {
    Bytes,
    End(String),
    Silence,
}

impl Conversation {
    pub(crate) fn begin(
        stream: Stream,
        number: usize,
        shared: Arc<Shared>,
        handshake_error: Option<String>,
    ) -> Conversation {
        shared.note(number, &opening(&stream, handshake_error.as_deref()));
        Conversation {
            stream,
            number,
            shared,
            inbox: Vec::new(),
            owed: Framing::Empty,
            client_is_gone: false,
            over: false,
            handshake_error,
        }
    }

    /// Reads the head of one request and expects its request line to begin with `line`.
    ///
    /// A body, if there is one, stays unread: see [`body`](Self::body), [`chunked_body`](Self::chunked_body).
    #[track_caller]
    pub fn expect(&mut self, line: &str) -> Request {
        let request = self.read_head(line);
        self.note(&format!("<<   {}", show(request.raw_head())));
        self.shared.record(request.clone());
        if !request.line.starts_with(line) {
            self.fail(&format!("a request line beginning {line:?}"), &format!("{:?}", request.line));
        }
        match request.framing() {
            Ok(framing) => self.owed = framing,
            Err(error) => self.fail("a request with one framing", &error.to_string()),
        }
        request
    }

    /// As [`expect`](Self::expect), and reads the body the request announces, by length or chunked.
    #[track_caller]
    pub fn expect_with_body(&mut self, line: &str) -> Request {
        let mut request = self.expect(line);
        request.body = match self.owed {
            Framing::Empty => Vec::new(),
            Framing::Length(length) => self.body(usize::try_from(length).expect("a body that fits the memory")),
            Framing::Chunked => self.chunked_body(),
        };
        request
    }

    /// Reads exactly `length` bytes, whatever they are.
    #[track_caller]
    pub fn body(&mut self, length: usize) -> Vec<u8> {
        while self.inbox.len() < length {
            self.need_more(&format!("{length} bytes"));
        }
        let bytes = self.take(length);
        if let Framing::Length(left) = &mut self.owed {
            *left = left.saturating_sub(length as u64);
        }
        self.shared.record_body(self.number, &bytes);
        bytes
    }

    /// Reads a body in chunked coding to its end, trailers and all, and gives it decoded.
    #[track_caller]
    pub fn chunked_body(&mut self) -> Vec<u8> {
        let mut body = Vec::new();
        while !self.decode_arrived(&mut body) {
            self.need_more("the rest of a chunked body");
        }
        self.owed = Framing::Empty;
        self.shared.record_body(self.number, &body);
        body
    }

    /// Sends these bytes.
    pub fn reply(&mut self, bytes: impl AsRef<[u8]>) {
        let bytes = bytes.as_ref();
        self.note(&format!(">>   {}", show(bytes)));
        self.send(bytes);
    }

    /// Sends these bytes one by one, each with a write of its own and a pause (may be zero) after it.
    ///
    /// Stops early when the client hangs up or the test asks for the end.
    pub fn drip(&mut self, bytes: impl AsRef<[u8]>, pause: Duration) {
        let bytes = bytes.as_ref();
        self.note(&format!(">>   drips, {pause:?} between: {}", show(bytes)));
        let sent = bytes.iter().take_while(|&&byte| self.send(&[byte]) && self.pause(pause)).count();
        if sent < bytes.len() {
            self.note(&format!("     dripped {sent} bytes of {}", bytes.len()));
        }
    }

    /// Sends the first `at` bytes and, when they have surely arrived, the rest.
    pub fn split_reply(&mut self, bytes: impl AsRef<[u8]>, at: usize) {
        let (first, second) = bytes.as_ref().split_at(at);
        self.reply(first);
        thread::sleep(ARRIVAL);
        self.reply(second);
    }

    /// Says nothing for this long, or until the test asks for the end.
    pub fn stall(&mut self, duration: Duration) {
        self.note(&format!("     stalls for {duration:?}"));
        self.shared.pause(duration);
    }

    /// Sends FIN (under TLS, close_notify before it) and goes on reading.
    pub fn half_close(&mut self) {
        self.note("     sends FIN");
        self.stream.send_close_notify();
        self.stream.send_fin();
    }

    /// Ends the connection with RST, a moment after what was sent before has arrived.
    pub fn reset(mut self) {
        thread::sleep(BEFORE_RESET);
        self.note("     resets");
        self.stream.close_by_reset();
        self.over = true;
    }

    /// Ends the connection in the orderly way: close_notify under TLS, then FIN, no more reading.
    ///
    /// What the client sends after this meets RST, as with every closed socket, and that can cost it the answer it
    /// has not read yet. While a client is still sending, use [`half_close`](Self::half_close) and
    /// [`drain`](Self::drain).
    pub fn close(mut self) {
        self.note("     closes");
        self.end_in_order();
    }

    /// Ends the connection with FIN but, under TLS, without close_notify: as a cut line would look.
    pub fn close_without_notify(mut self) {
        self.note("     closes without close_notify");
        self.end_abruptly();
    }

    /// Expects the client to close the connection, by FIN or by RST.
    ///
    /// The rest of a request body the script left unread may come first; any other byte fails the script.
    #[track_caller]
    pub fn expect_closed(&mut self) {
        self.expect_end("the client to close the connection");
    }

    /// Expects the client neither to send anything nor to close, for this long.
    #[track_caller]
    pub fn expect_silence(&mut self, duration: Duration) {
        let expected = format!("silence for {duration:?}");
        let came = self.receive(self.shared.deadline_within(duration));
        match came {
            Came::Silence => self.note(&format!("     {expected}, as expected")),
            Came::Bytes => self.fail(&expected, &show(&self.inbox)),
            Came::End(how) => self.fail(&expected, &how),
        }
    }

    /// Reads all the client sends until it closes the connection.
    #[track_caller]
    pub fn drain(&mut self) -> Vec<u8> {
        let deadline = self.shared.deadline();
        loop {
            match self.receive(deadline) {
                Came::Bytes => (),
                Came::End(how) => return self.drained(&how),
                Came::Silence => self.fail("the client to close the connection", "nothing in time"),
            }
        }
    }

    /// Whether a write has failed: the client has closed the connection, or has not read within the limit.
    pub fn client_is_gone(&self) -> bool {
        self.client_is_gone
    }

    /// The number of this connection, counted from 1 in the order of acceptance.
    pub fn number(&self) -> usize {
        self.number
    }

    /// Why the TLS handshake failed, if it did.
    pub fn handshake_error(&self) -> Option<&str> {
        self.handshake_error.as_deref()
    }

    /// The host name the client named in its TLS handshake (SNI).
    pub fn server_name(&self) -> Option<&str> {
        self.stream.tls().and_then(|tls| tls.server_name())
    }

    /// The protocol agreed on in the TLS handshake (ALPN).
    pub fn alpn(&self) -> Option<&[u8]> {
        self.stream.tls().and_then(|tls| tls.alpn_protocol())
    }

    #[track_caller]
    fn read_head(&mut self, line: &str) -> Request {
        loop {
            match parse_head(&self.inbox) {
                Ok(Some((request, length))) => {
                    self.inbox.drain(..length);
                    return request.on_connection(self.number);
                }
                Ok(None) => self.need_more(&format!("a request beginning {line:?}")),
                Err(error) => self.refuse(&format!("a request beginning {line:?}"), &error),
            }
        }
    }

    #[track_caller]
    fn decode_arrived(&mut self, body: &mut Vec<u8>) -> bool {
        match decode_chunks(&self.inbox, body) {
            Ok((length, done)) => {
                self.take(length);
                done
            }
            Err(error) => self.refuse("a chunked body", &error),
        }
    }

    #[track_caller]
    fn expect_end(&mut self, expected: &str) {
        let deadline = self.shared.deadline();
        loop {
            self.skip_owed();
            if !self.inbox.is_empty() {
                self.fail(expected, &show(&self.inbox));
            }
            match self.receive(deadline) {
                Came::Bytes => (),
                Came::End(how) => return self.note(&format!("<<   {how}, as expected")),
                Came::Silence => self.fail(expected, "nothing in time"),
            }
        }
    }

    fn drained(&mut self, how: &str) -> Vec<u8> {
        self.owed = Framing::Empty;
        let bytes = self.take(self.inbox.len());
        self.note(&format!("<<   {how}"));
        bytes
    }

    /// Forgets what arrived of the body that was announced; of a chunked one, all, as its end is not looked for.
    fn skip_owed(&mut self) {
        let arrived = self.inbox.len();
        match &mut self.owed {
            Framing::Empty => (),
            Framing::Chunked => self.inbox.clear(),
            Framing::Length(left) => {
                let skipped = usize::try_from(*left).unwrap_or(usize::MAX).min(arrived);
                *left -= skipped as u64;
                self.inbox.drain(..skipped);
            }
        }
    }

    /// Takes bytes out of the inbox and notes them.
    fn take(&mut self, length: usize) -> Vec<u8> {
        let bytes: Vec<u8> = self.inbox.drain(..length).collect();
        if !bytes.is_empty() {
            self.note(&format!("<<   {}", show(&bytes)));
        }
        bytes
    }

    /// Waits for at least one more byte in the inbox.
    #[track_caller]
    fn need_more(&mut self, expected: &str) {
        let how = match self.receive(self.shared.deadline()) {
            Came::Bytes => return,
            Came::End(how) => how,
            Came::Silence => "nothing more in time".to_owned(),
        };
        self.fail(expected, &format!("{how}; before that: {}", show(&self.inbox)));
    }

    fn receive(&mut self, deadline: Instant) -> Came {
        if let Some(error) = &self.handshake_error {
            return Came::End(format!("no connection, the handshake had failed: {error}"));
        }
        let left = deadline.saturating_duration_since(Instant::now()).max(SHORTEST_WAIT);
        let _ = self.stream.socket().set_read_timeout(Some(left));
        let mut buffer = vec![0; 1 << 16];
        match self.stream.read(&mut buffer) {
            Ok(0) => Came::End("the client closed".to_owned()),
            Ok(length) => {
                self.inbox.extend_from_slice(&buffer[..length]);
                Came::Bytes
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => self.receive(deadline),
            Err(error) if is_timeout(&error) => Came::Silence,
            Err(error) => Came::End(format!("the client closed ({error})")),
        }
    }

    /// Sends without a note; whether it went out. After the first failure nothing is tried any more.
    fn send(&mut self, bytes: &[u8]) -> bool {
        if !self.client_is_gone {
            let sent = self.try_send(bytes);
            self.client_is_gone = sent.is_err();
            if let Err(error) = sent {
                self.note(&format!("     the client does not take it: {error}"));
            }
        }
        !self.client_is_gone
    }

    fn try_send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.socket().set_write_timeout(Some(self.shared.limit()))?;
        self.stream.write_all(bytes)?;
        self.stream.flush()
    }

    fn pause(&self, duration: Duration) -> bool {
        duration.is_zero() || self.shared.pause(duration)
    }

    fn end_in_order(&mut self) {
        self.stream.send_close_notify();
        self.end_abruptly();
    }

    fn end_abruptly(&mut self) {
        self.stream.send_fin();
        self.stream.discard_arrived();
        self.over = true;
    }

    fn note(&self, what: &str) {
        self.shared.note(self.number, what);
    }

    #[track_caller]
    fn refuse(&self, expected: &str, error: &Malformed) -> ! {
        self.fail(expected, &format!("{error}; in {}", show(&self.inbox)))
    }

    #[track_caller]
    fn fail(&self, expected: &str, came: &str) -> ! {
        let why = format!("on connection {}: expected {expected}; came {came} ({})", self.number, Location::caller());
        self.note(&format!("!!   {why}"));
        panic!("{why}");
    }
}

impl Drop for Conversation {
    fn drop(&mut self) {
        if !self.over {
            self.note("     closes (the script let it go)");
            self.end_in_order();
        }
    }
}

impl fmt::Debug for Conversation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Conversation").field("number", &self.number).finish_non_exhaustive()
    }
}

fn opening(stream: &Stream, handshake_error: Option<&str>) -> String {
    match (handshake_error, stream.tls()) {
        (Some(error), _) => format!("accepted; the handshake failed: {error}"),
        (None, Some(tls)) => format!("accepted, {:?}", tls.protocol_version()),
        (None, None) => "accepted".to_owned(),
    }
}

/// How long bytes take, at the very most, to the reader at the other end of the loopback device.
const ARRIVAL: Duration = Duration::from_millis(20);
/// Wine takes a reset for an end, unless a call waits on the socket at that moment: let the reader come to that.
const BEFORE_RESET: Duration = if cfg!(windows) { Duration::from_millis(100) } else { ARRIVAL };
/// A socket's time limit must not be zero.
const SHORTEST_WAIT: Duration = Duration::from_millis(1);
