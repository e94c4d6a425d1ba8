//! One exchange with a scripted peer, and what it told the caller.

use openwinhttp::*;
use testserver::{Conversation, Peer};

use crate::fixtures::{Request, Session};

/// What the peer does after its reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// It says nothing more and expects the client to hang up. A client that waits for more runs into its timeout.
    Open,
    /// It closes in the orderly way.
    Close,
    /// It resets the connection.
    Reset,
}

impl Ending {
    /// Plays it.
    pub fn play(self, mut conversation: Conversation) {
        match self {
            Ending::Open => conversation.expect_closed(),
            Ending::Close => conversation.close(),
            Ending::Reset => conversation.reset(),
        }
    }
}

/// Where an exchange failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// In `WinHttpSendRequest`.
    Send,
    /// In `WinHttpReceiveResponse`.
    Receive,
    /// In `WinHttpReadData` and `WinHttpQueryDataAvailable`.
    Body,
}

/// All that one exchange told the caller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The status code; 0 when no head was received.
    pub status: u32,
    /// The response head as `WINHTTP_QUERY_RAW_HEADERS_CRLF` gives it.
    pub head: String,
    /// The bytes that were delivered.
    pub body: Vec<u8>,
    /// Where and with what code it failed.
    pub failure: Option<(Stage, u32)>,
}

impl Answer {
    /// Sends the request, receives the response and reads the body to its end.
    pub fn to(request: &Request) -> Answer {
        match request.send() {
            Ok(()) => Answer::received(request),
            Err(error) => Answer::failed(Stage::Send, error.code()),
        }
    }

    /// Receives the response of a request that was sent, and reads the body to its end.
    pub fn received(request: &Request) -> Answer {
        if let Err(error) = request.receive() {
            return Answer::failed(Stage::Receive, error.code());
        }
        let head = request.text(WINHTTP_QUERY_RAW_HEADERS_CRLF).unwrap();
        let status = request.status().unwrap();
        let (body, end) = request.read_all();
        let failure = (end != 0).then_some((Stage::Body, end));
        Answer { status, head, body, failure }
    }

    /// The value of the first header of this name in the raw head.
    pub fn header(&self, name: &str) -> Option<&str> {
        let fields = self.head.split("\r\n").skip(1).filter_map(|line| line.split_once(": "));
        fields.into_iter().find(|(field, _)| field.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// Checks that it succeeded with this status and body.
    #[track_caller]
    pub fn assert_ok(&self, status: u32, body: impl AsRef<[u8]>) {
        assert_eq!(self.failure, None, "{self:?}");
        assert_eq!(self.status, status, "{self:?}");
        assert_eq!(self.body.escape_ascii().to_string(), body.as_ref().escape_ascii().to_string());
    }

    /// Checks that it failed there, with this code.
    #[track_caller]
    pub fn assert_failed(&self, stage: Stage, code: u32) {
        assert_eq!(self.failure, Some((stage, code)), "{self:?}");
    }

    fn failed(stage: Stage, code: u32) -> Answer {
        Answer { status: 0, head: String::new(), body: Vec::new(), failure: Some((stage, code)) }
    }
}

/// The answer to a request of `/` with this verb in a session of its own.
pub fn answer_to(port: u16, verb: &str) -> Answer {
    let session = Session::open();
    Answer::to(&session.request(port, verb, "/"))
}

/// Plays a peer that reads one request, sends `reply` and ends as told; gives what the client made of it.
#[track_caller]
pub fn exchange(verb: &'static str, reply: impl AsRef<[u8]>, ending: Ending) -> Answer {
    let reply = reply.as_ref();
    match ending {
        Ending::Reset => with_reset(|| exchange_once(verb, reply, ending)),
        _ => exchange_once(verb, reply, ending),
    }
}

/// Plays an exchange in which the peer resets the connection; gives what the client made of it.
///
/// Wine takes a reset for an orderly end, unless a call waits on the socket at that moment: on Windows an exchange that
/// was not told of the reset is played again, some times at most.
pub fn with_reset(play: impl Fn() -> Answer) -> Answer {
    let is_told = |answer: &Answer| answer.failure.is_some_and(|(_, code)| code == ERROR_WINHTTP_CONNECTION_ERROR);
    (1..PLAYS).map(|_| play()).find(is_told).unwrap_or_else(play)
}

#[track_caller]
fn exchange_once(verb: &'static str, reply: &[u8], ending: Ending) -> Answer {
    let reply = reply.to_vec();
    let peer = Peer::script(move |p| {
        let mut c = p.accept();
        c.expect(verb);
        c.reply(reply);
        ending.play(c);
    });
    let answer = answer_to(peer.port(), verb);
    peer.finish();
    answer
}

/// How often an exchange with a reset is played at most.
const PLAYS: u32 = if cfg!(windows) { 10 } else { 1 };
