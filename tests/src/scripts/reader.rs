//! Reads a script: head, peers, steps with what is expected of each.

use testserver::TlsKind;

use super::calls::{self, Verb};
use super::notices::{Notice, Shape};
use super::peers;
use super::words::{Word, joined, words};

/// Which kind of session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    Sync,
    Async,
}

#[derive(Debug)]
pub(super) struct Script {
    pub(super) title: String,
    pub(super) spec: String,
    pub(super) modes: Vec<Mode>,
    /// What the library has to have before it can be played.
    pub(super) waits_for: Option<String>,
    pub(super) peers: Vec<PeerPlan>,
    pub(super) steps: Vec<Step>,
}

#[derive(Clone, Debug)]
pub(super) struct PeerPlan {
    pub(super) name: String,
    pub(super) kind: PeerKind,
    pub(super) verbs: Vec<Vec<Word>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PeerKind {
    Plain,
    Tls(TlsKind),
    /// Nobody listens.
    Refused,
    /// Nobody answers.
    Silent,
}

#[derive(Debug)]
pub(super) struct Step {
    /// The number of its line.
    pub(super) line: usize,
    /// The one mode it holds in.
    pub(super) only: Option<Mode>,
    pub(super) act: Act,
    pub(super) expected: Vec<Expected>,
}

#[derive(Debug)]
pub(super) enum Act {
    Call(Call),
    /// From now on the first so many of these notices make the call from within the callback.
    When {
        notice: &'static Notice,
        times: usize,
        call: Call,
    },
    /// Lets a peer go on that waits at this gate.
    Release(String),
    /// Waits until this peer has accepted so many connections.
    Connections(String, usize),
    /// Waits until this peer has read so many requests.
    Requests(String, usize),
    /// Says how many of these notices were heard until now.
    Told(&'static Notice, usize),
    /// Says that callbacks were nested at least this deep.
    Nested(usize),
}

#[derive(Clone, Debug)]
pub(super) struct Call {
    pub(super) verb: &'static Verb,
    pub(super) words: Vec<Word>,
    pub(super) named: Vec<(&'static str, Word)>,
    /// The handle it is made on.
    pub(super) on: String,
    /// One of these is what it returns.
    pub(super) results: Vec<Returned>,
}

/// What a call returns, and leaves in `GetLastError`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Returned {
    /// Success and 0.
    Ok,
    /// Success and `ERROR_IO_PENDING`; where calls block, success and 0.
    Pending,
    /// This number and 0.
    Value(u32),
    /// Failure, both ways with this code.
    Error(u32),
}

/// A notice, or one of several, that must come or may come.
#[derive(Clone, Debug)]
pub(super) struct Expected {
    pub(super) line: usize,
    pub(super) only: Option<Mode>,
    /// Neighbours of different strands may come in any order; 0 keeps its place.
    pub(super) strand: usize,
    pub(super) is_optional: bool,
    pub(super) alternatives: Vec<Told>,
}

#[derive(Clone, Debug)]
pub(super) struct Told {
    pub(super) notice: &'static Notice,
    pub(super) shape: Shape,
    pub(super) on: String,
    pub(super) context: Option<u32>,
    pub(super) place: Option<Place>,
}

/// Which thread, seen from the one that plays the script.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Caller,
    Other,
    /// That of the notice before.
    Same,
}

impl Script {
    pub(super) fn read(text: &str) -> Result<Script, String> {
        let mut reader = Reader::default();
        for (index, line) in text.lines().enumerate() {
            reader.line = index + 1;
            reader.read(line).map_err(|why| format!("line {}: {why}", reader.line))?;
        }
        reader.script.checked()
    }

    fn new() -> Script {
        let (title, spec) = (String::new(), String::new());
        Script { title, spec, modes: Vec::new(), waits_for: None, peers: Vec::new(), steps: Vec::new() }
    }

    fn checked(self) -> Result<Script, String> {
        let faults = [
            (self.title.is_empty() || self.spec.is_empty(), "a script has a title and names the specification"),
            (self.modes.is_empty() != self.waits_for.is_some(), "a script has modes, or says what it waits for"),
            (self.steps.is_empty(), "a script has steps"),
        ];
        match faults.into_iter().find(|(is_so, _)| *is_so) {
            Some((_, fault)) => Err(fault.to_owned()),
            None => self.steps.iter().try_for_each(Step::check).map(|()| self),
        }
    }
}

impl Step {
    /// Of what need not come nobody can know when it has not come: something that must come has to follow.
    fn check(&self) -> Result<(), String> {
        match self.expected.last() {
            Some(last) if last.is_optional => Err(format!("line {}: an optional notice at the end", last.line)),
            _ => Ok(()),
        }
    }

    /// What is expected in this mode.
    pub(super) fn expected_in(&self, mode: Mode) -> Vec<&Expected> {
        self.lines_in(mode).filter(|expected| expected.alternatives_in(mode).next().is_some()).collect()
    }

    /// The completions that hold in this mode, told or not: each with its alternatives.
    pub(super) fn completions_in(&self, mode: Mode) -> impl Iterator<Item = &Told> {
        let alternatives = self.lines_in(mode).flat_map(|expected| &expected.alternatives);
        alternatives.filter(|told| told.notice.is_completion)
    }

    fn lines_in(&self, mode: Mode) -> impl Iterator<Item = &Expected> {
        self.expected.iter().filter(move |expected| expected.only.is_none_or(|only| only == mode))
    }
}

impl Expected {
    /// Those of them that are told in this mode.
    pub(super) fn alternatives_in(&self, mode: Mode) -> impl Iterator<Item = &Told> {
        self.alternatives.iter().filter(move |told| mode == Mode::Async || !told.notice.is_completion)
    }
}

impl Call {
    /// What comes after this key word.
    pub(super) fn named(&self, key: &str) -> Option<&Word> {
        self.named.iter().find(|(name, _)| *name == key).map(|(_, word)| word)
    }

    /// The name of the handle that it opens.
    pub(super) fn opens(&self) -> Option<&str> {
        self.verb.opens.map(|usual| self.named("as").map_or(usual, |word| &word.text))
    }
}

struct Reader {
    script: Script,
    line: usize,
    /// The handle of transfers that name none.
    used: String,
    is_in_peer: bool,
}

impl Default for Reader {
    fn default() -> Self {
        Self { script: Script::new(), line: 0, used: "request".to_owned(), is_in_peer: false }
    }
}

impl Reader {
    fn read(&mut self, line: &str) -> Result<(), String> {
        match line {
            _ if line.trim().is_empty() || line.starts_with('#') => Ok(()),
            _ if !line.starts_with(' ') => self.item(line),
            _ if self.is_in_peer => self.peer_verb(line),
            _ => self.expected(line.trim()),
        }
    }

    fn item(&mut self, line: &str) -> Result<(), String> {
        if let Some((key, value)) = HEAD.iter().find_map(|key| Some((*key, line.strip_prefix(key)?))) {
            return self.head(key, value.trim());
        }
        self.is_in_peer = line.starts_with("peer ");
        if self.is_in_peer { self.peer(line) } else { self.step(line) }
    }

    fn head(&mut self, key: &str, value: &str) -> Result<(), String> {
        let script = &mut self.script;
        match key {
            "title:" => script.title = value.to_owned(),
            "spec:" => script.spec = value.to_owned(),
            "modes:" => script.modes = modes(value)?,
            _ => script.waits_for = Some(value.to_owned()),
        }
        Ok(())
    }

    fn peer(&mut self, line: &str) -> Result<(), String> {
        let words = words(line)?;
        let kind = peer_kind(&words[2..])?;
        let name = words.get(1).ok_or("a peer has a name")?.text.clone();
        self.script.peers.push(PeerPlan { name, kind, verbs: Vec::new() });
        Ok(())
    }

    fn peer_verb(&mut self, line: &str) -> Result<(), String> {
        let words = words(line)?;
        peers::check(&words)?;
        let peer = self.script.peers.last_mut().ok_or("a verb without a peer")?;
        peer.verbs.push(words);
        Ok(())
    }

    fn step(&mut self, line: &str) -> Result<(), String> {
        let (only, line) = only(line);
        let (words, line_number) = (words(line)?, self.line);
        if words[0].is("use") {
            self.used = words.get(1).ok_or("use what?")?.text.clone();
            return Ok(());
        }
        for act in self.acts(&words)? {
            self.script.steps.push(Step { line: line_number, only, act, expected: Vec::new() });
        }
        Ok(())
    }

    fn acts(&self, words: &[Word]) -> Result<Vec<Act>, String> {
        let act = match (words[0].text.as_str(), &words[1..]) {
            ("given", rest) => return self.given(rest),
            ("call", rest) => Act::Call(self.call(rest)?),
            ("when", rest) => self.when(rest)?,
            ("release", [gate]) => Act::Release(gate.text.clone()),
            ("connections", [peer, count]) => Act::Connections(peer.text.clone(), count.number()? as usize),
            ("requests", [peer, count]) => Act::Requests(peer.text.clone(), count.number()? as usize),
            ("told", [notice, count]) => Act::Told(Notice::named(&notice.text)?, count.number()? as usize),
            ("nested", [depth]) => Act::Nested(depth.number()? as usize),
            _ => return Err(format!("not a step: {}", joined(words))),
        };
        Ok(vec![act])
    }

    /// A session, a connection and a request, with a context value and a callback for all notices.
    fn given(&self, rest: &[Word]) -> Result<Vec<Act>, String> {
        let has = |word| rest.iter().any(|other: &Word| other.is(word));
        let [verb, path, ..] = rest else { return Err("given VERB PATH [secure] [trusting]".to_owned()) };
        let lines = [
            format!("open {}", if has("trusting") { "trusting" } else { "" }),
            "connect".to_owned(),
            format!("request {} {} {}", verb.text, path.text, if has("secure") { "secure" } else { "" }),
            "context request 0x5EED".to_owned(),
            "listen request ALL_NOTIFICATIONS".to_owned(),
        ];
        lines.iter().map(|line| Ok(Act::Call(self.call(&words(line)?)?))).collect()
    }

    /// `when NOTICE [xCOUNT] call ...`
    fn when(&self, rest: &[Word]) -> Result<Act, String> {
        let place = rest.iter().position(|word| word.is("call")).ok_or("when NOTICE call ...")?;
        let times = match &rest[..place] {
            [_] => 1,
            [_, times] if times.text.starts_with('x') => super::words::number(&times.text[1..])? as usize,
            _ => return Err("when NOTICE [xCOUNT] call ...".to_owned()),
        };
        Ok(Act::When { notice: Notice::named(&rest[0].text)?, times, call: self.call(&rest[place + 1..])? })
    }

    fn call(&self, rest: &[Word]) -> Result<Call, String> {
        let end = rest.iter().position(|word| word.is("->")).unwrap_or(rest.len());
        let [verb, arguments @ ..] = &rest[..end] else { return Err("call what?".to_owned()) };
        let verb = calls::verb(&verb.text)?;
        let (words, named) = arguments_of(arguments)?;
        let results = returned(rest.get(end + 1..).unwrap_or(&[]))?;
        let mut call = Call { verb, words, named, on: String::new(), results };
        let on = call.named("on").map(|word| word.text.clone());
        call.on = on.unwrap_or_else(|| verb.on.unwrap_or(&self.used).to_owned());
        if call.words.len() < verb.words { Err(format!("{} needs more words", verb.name)) } else { Ok(call) }
    }

    fn expected(&mut self, line: &str) -> Result<(), String> {
        match line {
            "a-new-connection" => NEW_CONNECTION.iter().try_for_each(|line| self.expected(line)),
            line => self.expected_one(line),
        }
    }

    fn expected_one(&mut self, line: &str) -> Result<(), String> {
        let (only, line) = only(line);
        let bars = line.len() - line.trim_start_matches('|').len();
        let line = line[bars..].trim();
        let (is_optional, line) = match line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            Some(line) => (true, line),
            None => (false, line),
        };
        let words = words(line)?;
        let alternatives = words.split(|word| word.is("or")).map(|words| self.told(words)).collect::<Result<_, _>>()?;
        let expected = Expected { line: self.line, only, strand: bars, is_optional, alternatives };
        let step = self.script.steps.last_mut().ok_or("a notice without a step")?;
        step.expected.push(expected);
        Ok(())
    }

    /// `NOTICE [PAYLOAD] [on HANDLE] [context NUMBER] [@THREAD]`
    fn told(&self, words: &[Word]) -> Result<Told, String> {
        let [name, rest @ ..] = words else { return Err("a notice".to_owned()) };
        let (rest, place) = place(rest)?;
        let (payload, named) = arguments_of(rest)?;
        let notice = Notice::named(&name.text)?;
        let shape = notice.shape(&payload)?;
        let find = |key: &str| named.iter().find(|(name, _)| *name == key).map(|(_, word)| word);
        let context = find("context").map(Word::number).transpose()?;
        let on = match (find("on"), &shape) {
            (Some(word), _) => word.text.clone(),
            (None, Shape::Handle(handle)) => handle.clone(),
            (None, _) => self.used.clone(),
        };
        Ok(Told { notice, shape, on, context, place })
    }
}

fn modes(value: &str) -> Result<Vec<Mode>, String> {
    let mode = |word| match word {
        "sync" => Ok(Mode::Sync),
        "async" => Ok(Mode::Async),
        other => Err(format!("no mode: {other}")),
    };
    if value == "none" { Ok(Vec::new()) } else { value.split_whitespace().map(mode).collect() }
}

fn peer_kind(words: &[Word]) -> Result<PeerKind, String> {
    match words {
        [] => Ok(PeerKind::Plain),
        [word] if word.is("refused") => Ok(PeerKind::Refused),
        [word] if word.is("silent") => Ok(PeerKind::Silent),
        [tls, kind] if tls.is("tls") => {
            let found = TLS_KINDS.iter().find(|(name, _)| kind.is(name));
            found.map(|(_, kind)| PeerKind::Tls(*kind)).ok_or_else(|| format!("no kind of TLS: {}", kind.text))
        }
        _ => Err(format!("no kind of peer: {}", joined(words))),
    }
}

/// The mode that a line begins with, and the rest of it.
fn only(line: &str) -> (Option<Mode>, &str) {
    for (prefix, mode) in [("sync:", Mode::Sync), ("async:", Mode::Async)] {
        if let Some(rest) = line.strip_prefix(prefix) {
            return (Some(mode), rest.trim());
        }
    }
    (None, line)
}

fn place(words: &[Word]) -> Result<(&[Word], Option<Place>), String> {
    let Some((last, before)) = words.split_last() else { return Ok((words, None)) };
    match last.text.strip_prefix('@') {
        None => Ok((words, None)),
        Some("caller") => Ok((before, Some(Place::Caller))),
        Some("other") => Ok((before, Some(Place::Other))),
        Some("same") => Ok((before, Some(Place::Same))),
        Some(other) => Err(format!("no thread: @{other}")),
    }
}

type Arguments = (Vec<Word>, Vec<(&'static str, Word)>);

/// Words by themselves, and those after a key word.
fn arguments_of(words: &[Word]) -> Result<Arguments, String> {
    let (mut free, mut named, mut rest) = (Vec::new(), Vec::new(), words.iter());
    while let Some(word) = rest.next() {
        match KEYS.iter().find(|key| word.is(key)) {
            None => free.push(word.clone()),
            Some(key) => named.push((*key, rest.next().ok_or_else(|| format!("{key} what?"))?.clone())),
        }
    }
    Ok((free, named))
}

fn returned(words: &[Word]) -> Result<Vec<Returned>, String> {
    let one = |words: &[Word]| match words {
        [word] if word.is("ok") => Ok(Returned::Ok),
        [word] if word.is("pending") => Ok(Returned::Pending),
        [word, code] if word.is("error") => Ok(Returned::Error(code.number()?)),
        [word, value] if word.is("value") => Ok(Returned::Value(value.number()?)),
        other => Err(format!("not a result: {}", joined(other))),
    };
    if words.is_empty() { Ok(vec![Returned::Ok]) } else { words.split(|word| word.is("or")).map(one).collect() }
}

const HEAD: [&str; 4] = ["title:", "spec:", "modes:", "waits for:"];
const KEYS: [&str; 7] = ["on", "as", "to", "context", "headers", "body", "total"];
/// What tells that there was no connection to use again.
const NEW_CONNECTION: [&str; 4] = [
    "RESOLVING_NAME 127.0.0.1",
    "NAME_RESOLVED 127.0.0.1",
    "CONNECTING_TO_SERVER 127.0.0.1",
    "CONNECTED_TO_SERVER 127.0.0.1",
];
const TLS_KINDS: [(&str, TlsKind); 6] = [
    ("good", TlsKind::Good),
    ("expired", TlsKind::Expired),
    ("not-yet-valid", TlsKind::NotYetValid),
    ("wrong-name", TlsKind::WrongName),
    ("self-signed", TlsKind::SelfSigned),
    ("no-common-version", TlsKind::NoCommonVersion),
];
