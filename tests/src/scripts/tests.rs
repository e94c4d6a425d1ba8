//! The reader, and whether the judge sees what is wrong: every script is judged with recordings that fit it, and with
//! those same recordings spoilt in one place each.

// All ways to spoil a recording have one signature; a thread is waited for.
#![allow(clippy::ptr_arg, clippy::disallowed_methods)]

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};
use std::thread::{self, ThreadId};

use openwinhttp::{HINTERNET, SetLastError, Status};

use super::judge::{Facts, Fault, Verdict, judge};
use super::notices::{Heard, Kind, Notice, Payload, Shape};
use super::reader::{Act, Expected, Mode, Place, Script, Told};
use super::words::{Word, words};
use super::world::World;
use super::{folder, names};

/// A recording that fits a script, and what each notice of it was expected as.
struct Recording<'s> {
    mode: Mode,
    heard: Vec<Heard>,
    meant: Vec<(&'s Expected, &'s Told)>,
}

/// One way to spoil a recording.
type Spoil = fn(&mut Vec<Heard>, usize, &Recording<'_>) -> bool;

fn texts() -> Vec<(String, String)> {
    let folder = folder(env!("CARGO_MANIFEST_DIR"));
    let text = |name: &String| std::fs::read_to_string(folder.join(name).with_extension("txt")).unwrap();
    names(env!("CARGO_MANIFEST_DIR")).into_iter().map(|name| (name.clone(), text(&name))).collect()
}

fn read(text: &str) -> Script {
    Script::read(text).unwrap()
}

/// The modes of a script; one that is not played yet could be asynchronous.
fn modes(script: &Script) -> Vec<Mode> {
    if script.modes.is_empty() { vec![Mode::Async] } else { script.modes.clone() }
}

#[test]
fn every_script_is_well_formed() {
    let texts = texts();
    assert!(texts.len() > 70, "{} scripts", texts.len());
    for (name, text) in texts {
        let script = Script::read(&text).unwrap_or_else(|why| panic!("{name}: {why}"));
        assert!(!script.title.is_empty() && !script.spec.is_empty(), "{name}");
    }
}

/// What fits is taken, with what may come and without it; what is spoilt in any one place is not.
#[test]
fn recordings_that_are_spoilt_are_seen() {
    let mut spoilt = 0;
    for (name, text) in texts() {
        let script = read(&text);
        for mode in modes(&script) {
            for with_optional in [true, false] {
                let recording = recording(&script, mode, with_optional);
                judged(&script, mode, &recording.heard)
                    .unwrap_or_else(|fault| panic!("{name} {mode:?}: {}", fault.why));
                spoilt += spoil_everywhere(&name, &script, mode, &recording);
            }
        }
    }
    assert!(spoilt > 5000, "{spoilt}");
}

fn spoil_everywhere(name: &str, script: &Script, mode: Mode, recording: &Recording<'_>) -> usize {
    let mut spoilt = 0;
    for (way, spoil) in SPOILS {
        for index in 0..recording.heard.len() {
            let mut heard = recording.heard.clone();
            if spoil(&mut heard, index, recording) {
                let line = recording.meant[index].0.line;
                let fault = judged(script, mode, &heard)
                    .expect_err(&format!("{name} {mode:?}: nobody sees that line {line} is {way}"));
                let was_displaced =
                    mode == Mode::Async && way == "on the wrong thread" && recording.heard[index].thread == caller();
                assert!(
                    !fault.may_be_chance || was_displaced,
                    "{name} {mode:?}: that line {line} is {way} is no chance"
                );
                spoilt += 1;
            }
        }
    }
    spoilt
}

const SPOILS: [(&str, Spoil); 8] = [
    ("missing", missing),
    ("double", double),
    ("late", late),
    ("on the wrong thread", on_the_wrong_thread),
    ("with something else along", with_something_else),
    ("with another context", with_another_context),
    ("on another handle", on_another_handle),
    ("another notice", another_notice),
];

fn missing(heard: &mut Vec<Heard>, index: usize, recording: &Recording<'_>) -> bool {
    heard.remove(index);
    !recording.meant[index].0.is_optional
}

fn double(heard: &mut Vec<Heard>, index: usize, _: &Recording<'_>) -> bool {
    heard.insert(index, heard[index].clone());
    true
}

/// After its neighbour.
fn late(heard: &mut Vec<Heard>, index: usize, recording: &Recording<'_>) -> bool {
    let Some(next) = heard.get(index + 1) else { return false };
    let is_alike = (heard[index].notice, heard[index].handle) == (next.notice, next.handle);
    let strands = [index, index + 1].map(|index| recording.meant[index].0.strand);
    heard.swap(index, index + 1);
    !is_alike && (strands[0] == strands[1] || strands.contains(&0))
}

fn on_the_wrong_thread(heard: &mut Vec<Heard>, index: usize, recording: &Recording<'_>) -> bool {
    let place = recording.meant[index].1.place;
    let is_caller = heard[index].thread == caller();
    heard[index].thread = if is_caller || place == Some(Place::Same) { third() } else { caller() };
    recording.mode == Mode::Sync || place.is_some()
}

fn with_something_else(heard: &mut Vec<Heard>, index: usize, recording: &Recording<'_>) -> bool {
    heard[index].payload = match &heard[index].payload {
        Payload::Nothing => Payload::Number(1),
        Payload::Text(text) => Payload::Text(format!("{text}x")),
        Payload::Number(number) => Payload::Number(number.wrapping_add(1_000_000)),
        Payload::Bytes(bytes) => Payload::Bytes([bytes.as_slice(), b"x"].concat()),
        Payload::Error { api, code } => Payload::Error { api: api + 1, code: *code },
        Payload::Handle(_) => Payload::Handle(HINTERNET::from_raw(0xBAD)),
    };
    !matches!(recording.meant[index].1.shape, Shape::Any | Shape::Head(..))
}

fn with_another_context(heard: &mut Vec<Heard>, index: usize, _: &Recording<'_>) -> bool {
    heard[index].context += 1;
    true
}

fn on_another_handle(heard: &mut Vec<Heard>, index: usize, _: &Recording<'_>) -> bool {
    heard[index].handle = HINTERNET::from_raw(0xBAD);
    true
}

fn another_notice(heard: &mut Vec<Heard>, index: usize, _: &Recording<'_>) -> bool {
    let name = if heard[index].notice.name == "CLOSING_CONNECTION" { "SENDING_REQUEST" } else { "CLOSING_CONNECTION" };
    heard[index].notice = Notice::named(name).unwrap();
    heard[index].payload = Payload::Nothing;
    true
}

/// A recording that fits.
fn recording(script: &Script, mode: Mode, with_optional: bool) -> Recording<'_> {
    let mut recording = Recording { mode, heard: Vec::new(), meant: Vec::new() };
    walk(script, mode, |expected, facts| {
        for expected in expected.iter().filter(|expected| with_optional || !expected.is_optional) {
            let told = expected.alternatives_in(mode).next().unwrap();
            let thread = thread_of(told, mode, recording.heard.last());
            recording.heard.push(fitting(told, thread, facts));
            recording.meant.push((expected, told));
        }
        Ok(())
    })
    .unwrap();
    recording
}

fn thread_of(told: &Told, mode: Mode, before: Option<&Heard>) -> ThreadId {
    match told.place {
        _ if mode == Mode::Sync => caller(),
        Some(Place::Caller) => caller(),
        Some(Place::Same) => before.unwrap().thread,
        Some(Place::Other) | None => other(),
    }
}

fn fitting(told: &Told, thread: ThreadId, facts: &Facts) -> Heard {
    let context = told.context.map_or_else(|| facts.contexts[&told.on], |context| context as usize);
    let payload = match &told.shape {
        Shape::Any if told.notice.kind == Kind::Text => Payload::Text("any".into()),
        Shape::Any if told.notice.kind == Kind::Buffer => Payload::Bytes(b"any".into()),
        Shape::Any | Shape::Head(..) => Payload::Number(7),
        Shape::Nothing => Payload::Nothing,
        Shape::Text(text) => Payload::Text(super::peers::with_ports(text, &facts.ports)),
        Shape::Number(number) | Shape::Between(number, _) => Payload::Number(*number),
        Shape::Bytes(bytes) => Payload::Bytes(bytes.clone()),
        Shape::Error { api, code } => Payload::Error { api: *api, code: *code },
        Shape::Handle(name) => Payload::Handle(facts.handles[name]),
    };
    Heard { notice: told.notice, payload, handle: facts.handles[&told.on], context, thread, depth: 1, step: facts.step }
}

/// Judges a recording as the player does, step by step; nothing may be left.
fn judged(script: &Script, mode: Mode, heard: &[Heard]) -> Result<(), Fault> {
    let mut at = 0;
    walk(script, mode, |expected, facts| match judge(expected, heard, at, facts) {
        Verdict::Complete(matched) => {
            at += matched.len();
            Ok(())
        }
        Verdict::Missing(missing) => Err(format!("what line {} says is missing", missing.line).into()),
        Verdict::Wrong(fault) => Err(fault),
    })?;
    if at == heard.len() { Ok(()) } else { Err(format!("nobody expected {}", heard[at]).into()) }
}

/// Goes through the steps of a script, with what its names stand for at each.
fn walk<'s>(
    script: &'s Script,
    mode: Mode,
    mut each: impl FnMut(&[&'s Expected], &Facts) -> Result<(), Fault>,
) -> Result<(), Fault> {
    let ports = BTreeMap::from([("peer".to_owned(), 1), ("other".to_owned(), 2)]);
    let (handles, contexts) = (BTreeMap::new(), BTreeMap::new());
    let mut facts = Facts { mode, caller: caller(), handles, contexts, ports, step: 0 };
    for step in script.steps.iter().filter(|step| step.only.is_none_or(|only| only == mode)) {
        facts.step = step.line;
        if let Act::Call(call) = &step.act {
            facts.note(call);
            if let Some(name) = call.opens() {
                facts.bind(name, HINTERNET::from_raw(1 + facts.handles.len()), &call.on);
            }
        }
        each(&step.expected_in(mode), &facts)?;
    }
    Ok(())
}

fn caller() -> ThreadId {
    threads()[0]
}

fn other() -> ThreadId {
    threads()[1]
}

fn third() -> ThreadId {
    threads()[2]
}

fn threads() -> [ThreadId; 3] {
    static THREADS: OnceLock<[ThreadId; 3]> = OnceLock::new();
    *THREADS.get_or_init(|| [(); 3].map(|()| thread::spawn(|| thread::current().id()).join().unwrap()))
}

/// Text that is no script is refused, with the line.
#[test]
fn what_is_no_script() {
    const HEAD: &str = "title: t\nspec: s\nmodes: sync\n";
    let rows = [
        ("title: t\nspec: s\ngiven GET /\n", "says what it waits for"),
        ("title: t\nmodes: sync\ngiven GET /\n", "names the specification"),
        ("title: t\nspec: s\nmodes: sync\n", "has steps"),
        ("title: t\nspec: s\nmodes: later\n", "line 3: no mode: later"),
        ("peer peer udp\n", "line 1: no kind of peer"),
        ("peer peer tls bad\n", "no kind of TLS"),
        ("peer peer\n  shrug\n", "line 2: no verb of a peer: shrug"),
        ("  SENDING_REQUEST\n", "a notice without a step"),
        ("call sing\n", "there is no call sing"),
        ("call read\n", "read needs more words"),
        ("call send body\n", "body what?"),
        ("call send -> maybe\n", "not a result: maybe"),
        ("when SENDING_REQUEST\n", "when NOTICE call ..."),
        ("jump\n", "not a step: jump"),
        ("call send\n  SENT\n", "there is no notice SENT"),
        ("call send\n  SENDING_REQUEST 1\n", "SENDING_REQUEST with `1`"),
        ("call send\n  REQUEST_SENT\n", "without the one thing"),
        ("call send\n  REQUEST_SENT much\n", "`much` is not a number"),
        ("call send\n  REQUEST_ERROR 5\n", "REQUEST_ERROR with `5`"),
        ("call send\n  READ_COMPLETE bare\n", "neither in quotes"),
        ("call send\n  SENDING_REQUEST @home\n", "no thread: @home"),
        ("call add \"x\n", "no quote ends"),
        ("call add \"\\q\"\n", "an unknown escape"),
    ];
    for (text, fault) in rows {
        let why = Script::read(text).unwrap_err();
        assert!(why.contains(fault), "{text:?}: {why}");
    }
    let why = Script::read(&format!("{HEAD}call send\n  [SENDING_REQUEST]\n")).unwrap_err();
    assert!(why.contains("line 5: an optional notice at the end"), "{why}");
}

#[test]
fn words_and_their_meaning() {
    let line = words(r#" reply "a \"b\"\r\n" *3 0x10 "*3" "#).unwrap();
    let word = |text: &str, is_quoted| Word { text: text.to_owned(), is_quoted };
    let expected =
        [word("reply", false), word("a \"b\"\r\n", true), word("*3", false), word("0x10", false), word("*3", true)];
    assert_eq!(line, expected);
    assert_eq!(line[2].bytes().unwrap(), b"xxx");
    assert_eq!(line[4].bytes().unwrap(), b"*3");
    assert_eq!(line[3].number(), Ok(16));
}

/// The rules that hold whatever a script says: each breach is seen.
#[test]
fn rules_of_every_script() {
    let world = || World::new(Mode::Async, BTreeMap::new());
    let handle = HINTERNET::from_raw(1);
    let call = |world: &Arc<World>, status| world.hear(handle, 0, status);
    let fine = world();
    call(&fine, Status::SendingRequest);
    call(&fine, Status::HandleClosing(handle));
    assert_eq!(fine.faults(), [""; 0]);
    call(&fine, Status::SendingRequest);
    assert!(fine.faults()[0].contains("after HANDLE_CLOSING"), "{:?}", fine.faults());

    let wrong_code = world();
    SetLastError(1);
    call(&wrong_code, Status::RequestError { function: 5, error: 12007 });
    assert!(wrong_code.faults()[0].contains("GetLastError"), "{:?}", wrong_code.faults());

    let lending = world();
    let (lent, other) = (vec![0; 4], vec![0; 5]);
    lending.lend(handle, &lent);
    call(&lending, Status::ReadComplete { buffer: lent, count: 2 });
    assert_eq!(lending.faults(), [""; 0]);
    call(&lending, Status::ReadComplete { buffer: other, count: 2 });
    assert!(lending.faults()[0].contains("another buffer"), "{:?}", lending.faults());
}

/// Callbacks within callbacks, and beside each other.
#[test]
fn rules_of_nesting() {
    let handle = HINTERNET::from_raw(1);
    let enter = |world: &Arc<World>, status: Status<'_>| world.enter_only(handle, status);
    let deep = World::new(Mode::Async, BTreeMap::new());
    (0..3).for_each(|_| enter(&deep, Status::SendingRequest));
    assert_eq!(deep.faults(), [""; 0]);
    enter(&deep, Status::SendingRequest);
    assert!(deep.faults()[0].contains("nested too deep"), "{:?}", deep.faults());

    let within = World::new(Mode::Async, BTreeMap::new());
    enter(&within, Status::SendingRequest);
    enter(&within, Status::HandleClosing(handle));
    assert!(within.faults()[0].contains("within another callback"), "{:?}", within.faults());

    let beside = World::new(Mode::Async, BTreeMap::new());
    enter(&beside, Status::SendingRequest);
    thread::scope(|scope| scope.spawn(|| enter(&beside, Status::SendingRequest)).join().unwrap());
    assert!(beside.faults()[0].contains("another thread"), "{:?}", beside.faults());
}
