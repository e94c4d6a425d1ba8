//! Plays the peers of a script.

// Peers wait.
#![allow(clippy::disallowed_methods)]

use std::collections::BTreeMap;
use std::sync::{Arc, Condvar, Mutex, OnceLock};
use std::time::{Duration, Instant};

use testserver::{Conversation, Peer, Request, Silent};

use super::reader::{PeerKind, PeerPlan};
use super::words::{Word, joined};

/// The peers of a script while it is played.
pub(super) struct Peers {
    peers: Vec<(String, Playing)>,
    stage: Arc<Stage>,
}

enum Playing {
    Scripted(Peer),
    Refused,
    Silent(Silent),
}

/// What the threads of all peers share.
#[derive(Default)]
pub(super) struct Stage {
    /// Known once all peers listen, which is before a client calls.
    ports: OnceLock<BTreeMap<String, u16>>,
    gates: Mutex<Gates>,
    changed: Condvar,
}

#[derive(Default)]
struct Gates {
    open: Vec<String>,
    all_are_open: bool,
}

impl Peers {
    /// `None` where the system cannot play one of them.
    pub(super) fn start(plans: &[PeerPlan]) -> Option<Peers> {
        let stage = Arc::new(Stage::default());
        let started = plans.iter().map(|plan| Some((plan.name.clone(), start(plan, &stage)?)));
        let peers: Vec<_> = started.collect::<Option<_>>()?;
        let _ = stage.ports.set(peers.iter().map(|(name, peer)| (name.clone(), peer.port())).collect());
        Some(Peers { peers, stage })
    }

    pub(super) fn ports(&self) -> &BTreeMap<String, u16> {
        self.stage.ports.get().expect("the peers listen")
    }

    /// Lets those go on that wait at this gate, and those that will.
    pub(super) fn release(&self, gate: &str) {
        self.stage.gates.lock().unwrap().open.push(gate.to_owned());
        self.stage.changed.notify_all();
    }

    /// Waits until this peer has accepted so many connections.
    pub(super) fn wait_for_connections(&self, peer: &str, count: usize) -> Result<(), String> {
        let peer = self.peer(peer)?;
        wait(peer, || peer.connections() >= count)
    }

    /// The lengths of the heads of the requests of this peer, as soon as there are so many.
    pub(super) fn heads(&self, peer: &str, count: usize) -> Result<Vec<usize>, String> {
        let peer = self.peer(peer)?;
        wait(peer, || peer.requests().len() >= count)?;
        Ok(peer.requests().iter().map(|request| request.raw_head().len()).collect())
    }

    /// Waits for all to come to their ends.
    pub(super) fn finish(self) {
        self.open_all_gates();
        self.into_scripted().for_each(Peer::finish);
    }

    /// Leaves all where they are.
    pub(super) fn abandon(self) {
        self.open_all_gates();
        self.into_scripted().for_each(Peer::abandon);
    }

    fn open_all_gates(&self) {
        self.stage.gates.lock().unwrap().all_are_open = true;
        self.stage.changed.notify_all();
    }

    fn into_scripted(self) -> impl Iterator<Item = Peer> {
        self.peers.into_iter().filter_map(|(_, peer)| match peer {
            Playing::Scripted(peer) => Some(peer),
            Playing::Refused | Playing::Silent(_) => None,
        })
    }

    fn peer(&self, name: &str) -> Result<&Peer, String> {
        match self.peers.iter().find(|(peer, _)| peer == name) {
            Some((_, Playing::Scripted(peer))) => Ok(peer),
            _ => Err(format!("no peer that listens is called {name}")),
        }
    }
}

/// Whether there is a verb for this line of a peer.
pub(super) fn check(line: &[Word]) -> Result<(), String> {
    let is_known = VERBS.iter().any(|verb| line[0].is(verb));
    if is_known { Ok(()) } else { Err(format!("no verb of a peer: {}", joined(line))) }
}

/// Puts the port of each peer in the place of its name in braces.
pub(super) fn with_ports(text: &str, ports: &BTreeMap<String, u16>) -> String {
    ports.iter().fold(text.to_owned(), |text, (name, port)| text.replace(&format!("{{{name}}}"), &port.to_string()))
}

fn wait(peer: &Peer, has_come: impl Fn() -> bool) -> Result<(), String> {
    let deadline = Instant::now() + PATIENCE;
    while !has_come() {
        if Instant::now() > deadline {
            return Err(format!("so many did not come:\n{}", peer.transcript()));
        }
        std::thread::sleep(NAP);
    }
    Ok(())
}

impl Playing {
    fn port(&self) -> u16 {
        match self {
            Self::Scripted(peer) => peer.port(),
            Self::Refused => Peer::refused_port(),
            Self::Silent(silent) => silent.port(),
        }
    }
}

fn start(plan: &PeerPlan, stage: &Arc<Stage>) -> Option<Playing> {
    let (verbs, stage) = (plan.verbs.clone(), Arc::clone(stage));
    let script = move |script: &mut testserver::Script| play(script, &verbs, &stage);
    Some(match plan.kind {
        PeerKind::Refused => Playing::Refused,
        PeerKind::Silent => Playing::Silent(Silent::new()?),
        PeerKind::Plain => Playing::Scripted(Peer::script(script)),
        PeerKind::Tls(kind) => Playing::Scripted(Peer::tls(kind, script)),
    })
}

/// One peer in the middle of its script.
struct Player<'a> {
    script: &'a mut testserver::Script,
    stage: &'a Stage,
    conversation: Option<Conversation>,
    /// The one read last.
    request: Request,
}

fn play(script: &mut testserver::Script, verbs: &[Vec<Word>], stage: &Stage) {
    let mut player = Player { script, stage, conversation: None, request: Request::default() };
    for line in verbs {
        player.play(&line[0].text, &line[1..]);
    }
}

impl Player<'_> {
    fn play(&mut self, verb: &str, words: &[Word]) {
        match verb {
            "accept" | "accept-plain" => self.accept(verb == "accept"),
            "no-connection" => self.script.expect_no_connection(millis(&words[0])),
            "gate" => self.stage.wait_at(&words[0].text),
            "close" => self.take().close(),
            "reset" => self.take().reset(),
            "expect" | "expect-body" => self.expect(verb == "expect-body", &joined(words)),
            "header" => assert_eq!(self.request.header(&words[0].text), Some(words[1].text.as_str())),
            "no-header" => assert_eq!(self.request.header(&words[0].text), None),
            "body" => assert_eq!(self.request.body, words[0].bytes().expect("bytes")),
            _ => self.converse(verb, words),
        }
    }

    fn converse(&mut self, verb: &str, words: &[Word]) {
        let ports = self.stage.ports.get();
        let conversation = self.conversation.as_mut().expect("a connection");
        match verb {
            "reply" => conversation.reply(with_ports(&words[0].text, ports.expect("all peers listen"))),
            "bytes" => conversation.reply(vec![b'x'; words[0].number().expect("a number") as usize]),
            "stall" => conversation.stall(millis(&words[0])),
            "silence" => conversation.expect_silence(millis(&words[0])),
            "expect-closed" => conversation.expect_closed(),
            "drain" => drop(conversation.drain()),
            "no-handshake" => assert!(conversation.handshake_error().is_some(), "the client shook hands"),
            verb => panic!("no verb of a peer: {verb}"),
        }
    }

    fn accept(&mut self, is_secure: bool) {
        // The one before ends first.
        self.conversation = None;
        let conversation = if is_secure { self.script.accept() } else { self.script.accept_plain() };
        self.conversation = Some(conversation);
    }

    fn expect(&mut self, has_body: bool, line: &str) {
        let conversation = self.conversation.as_mut().expect("a connection");
        self.request = if has_body { conversation.expect_with_body(line) } else { conversation.expect(line) };
    }

    fn take(&mut self) -> Conversation {
        self.conversation.take().expect("a connection")
    }
}

impl Stage {
    fn wait_at(&self, gate: &str) {
        let is_closed = |gates: &mut Gates| !gates.all_are_open && !gates.open.iter().any(|open| open == gate);
        let waited = self.changed.wait_timeout_while(self.gates.lock().unwrap(), PATIENCE, is_closed);
        assert!(!waited.unwrap().1.timed_out(), "nobody opened the gate {gate}");
    }
}

fn millis(word: &Word) -> Duration {
    Duration::from_millis(word.number().expect("a number").into())
}

const VERBS: [&str; 18] = [
    "accept",
    "accept-plain",
    "no-connection",
    "gate",
    "close",
    "reset",
    "expect",
    "expect-body",
    "header",
    "no-header",
    "body",
    "reply",
    "bytes",
    "stall",
    "silence",
    "expect-closed",
    "drain",
    "no-handshake",
];
const PATIENCE: Duration = Duration::from_secs(10);
const NAP: Duration = Duration::from_millis(2);
