//! Plays a script: makes its calls, and compares what comes with what is expected.

// It waits for threads that it cannot see.
#![allow(clippy::disallowed_methods)]

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use openwinhttp::{ERROR_IO_PENDING, WinHttpCloseHandle};

use super::calls::{self, Outcome};
use super::ear;
use super::judge::{Fault, Matched, Verdict, judge};
use super::notices::{Notice, Payload, Shape};
use super::peers::Peers;
use super::reader::{Act, Call, Mode, Returned, Script, Step};
use super::world::World;

pub(super) struct Player<'s> {
    script: &'s Script,
    mode: Mode,
    world: Arc<World>,
    peers: Option<Peers>,
    /// How much of what was heard was expected.
    at: usize,
    /// For each request that was told to be sent with a head: the peer, and the length of the head.
    heads: Vec<(String, u32)>,
}

impl<'s> Player<'s> {
    /// `None` where the system cannot play one of the peers.
    pub(super) fn new(script: &'s Script, mode: Mode) -> Option<Self> {
        let peers = Peers::start(&script.peers)?;
        let world = World::new(mode, peers.ports().clone());
        Some(Player { script, mode, world, peers: Some(peers), at: 0, heads: Vec::new() })
    }

    pub(super) fn play(&mut self) -> Result<(), Fault> {
        let (script, mode) = (self.script, self.mode);
        for step in script.steps.iter().filter(|step| step.only.is_none_or(|only| only == mode)) {
            self.step(step).map_err(|fault| self.report(&format!("line {}", step.line), fault))?;
        }
        self.end().map_err(|why| self.report("at the end", Fault::from(why)))
    }

    /// Ends in the middle, and lets the peers be.
    pub(super) fn abandon(mut self) {
        self.peers.take().into_iter().for_each(Peers::abandon);
    }

    fn step(&mut self, step: &'s Step) -> Result<(), Fault> {
        self.world.begin(step);
        match &step.act {
            Act::Call(call) => return self.call(call, step),
            Act::When { notice, times, call } => self.world.hook(notice, *times, call),
            Act::Release(gate) => self.peers().release(gate),
            Act::Connections(peer, count) => self.peers().wait_for_connections(peer, *count)?,
            Act::Requests(peer, count) => drop(self.peers().heads(peer, *count)?),
            Act::Told(notice, count) => self.told(notice, *count)?,
            Act::Nested(depth) => self.nested(*depth)?,
        }
        self.hear(step).map(|_| ())
    }

    fn call(&mut self, call: &Call, step: &'s Step) -> Result<(), Fault> {
        self.world.note(call);
        let outcome = calls::make(&self.world, call);
        let wanted = wanted(call, step, self.mode);
        if !wanted.iter().any(|wanted| wanted.is(&outcome)) {
            let why = format!("expected {wanted:?}, the call gave {outcome:?}");
            let may_be_chance = self.mode == Mode::Async && wanted.iter().any(|wanted| wanted.is_put_off(&outcome));
            return Err(Fault { why, may_be_chance });
        }
        let matched = self.hear(step)?;
        if self.mode == Mode::Async {
            agree(&outcome, &matched)?
        }
        Ok(())
    }

    /// Waits for what is expected of this step. Where calls block, all has come already.
    fn hear(&mut self, step: &'s Step) -> Result<Vec<Matched<'s>>, Fault> {
        let expected = step.expected_in(self.mode);
        let patience = if self.mode == Mode::Sync { Duration::ZERO } else { PATIENCE };
        let (at, mut missing) = (self.at, 0);
        let verdict = self.world.watch(patience, |heard, facts| match judge(&expected, heard, at, facts) {
            Verdict::Missing(expected) => {
                missing = expected.line;
                None
            }
            Verdict::Wrong(fault) => Some(Err(fault)),
            Verdict::Complete(matched) => Some(Ok(matched)),
        });
        let matched = verdict.unwrap_or_else(|| Err(format!("what line {missing} says did not come").into()))?;
        self.at += matched.len();
        self.rest();
        self.heads.extend(matched.iter().filter_map(Matched::head));
        self.check_rules()?;
        Ok(matched)
    }

    /// Lets the callback return that told the last. What is called before goes on there, should that take long; and with so
    /// many scripts at once it may.
    fn rest(&self) {
        let caller = thread::current().id();
        if self.heard(|heard| self.at > 0 && heard[self.at - 1].thread != caller) {
            self.world.wait_for_callbacks(PATIENCE);
        }
    }

    fn told(&self, notice: &Notice, count: usize) -> Result<(), String> {
        let told = self.heard(|heard| heard.iter().filter(|heard| heard.notice == notice).count());
        if told == count { Ok(()) } else { Err(format!("{} was told {told} times", notice.name)) }
    }

    fn nested(&self, depth: usize) -> Result<(), String> {
        let deepest = self.heard(|heard| heard.iter().map(|heard| heard.depth).max().unwrap_or(0));
        if deepest >= depth { Ok(()) } else { Err(format!("callbacks were nested {deepest} deep")) }
    }

    /// Nothing more comes, the peers come to their ends, and what was told of heads is what they read.
    fn end(&mut self) -> Result<(), String> {
        if self.mode == Mode::Async {
            let at = self.at;
            self.world.watch(SETTLED, |heard, _| (heard.len() > at).then_some(()));
        }
        self.check_rules()?;
        let surplus = self.heard(|heard| heard.get(self.at).map(ToString::to_string));
        if let Some(surplus) = surplus {
            return Err(format!("nobody expected {surplus}"));
        }
        self.check_heads()?;
        self.close_all();
        self.peers.take().into_iter().for_each(Peers::finish);
        Ok(())
    }

    fn check_rules(&self) -> Result<(), String> {
        let faults = self.world.faults();
        if faults.is_empty() { Ok(()) } else { Err(faults.join("; ")) }
    }

    fn check_heads(&self) -> Result<(), String> {
        for plan in &self.script.peers {
            let is_first = plan.name == self.script.peers[0].name;
            let told = self.heads.iter().filter(|(peer, _)| *peer == plan.name || (is_first && peer.is_empty()));
            let told: Vec<_> = told.map(|(_, length)| *length as usize).collect();
            if told.is_empty() {
                continue;
            }
            let read = self.peers().heads(&plan.name, told.len())?;
            if !read.starts_with(&told) {
                return Err(format!("{} read heads of {read:?} bytes, told were {told:?}", plan.name));
            }
        }
        Ok(())
    }

    fn heard<T>(&self, look: impl Fn(&[super::notices::Heard]) -> T) -> T {
        self.world.watch(Duration::ZERO, |heard, _| Some(look(heard))).expect("a look")
    }

    fn peers(&self) -> &Peers {
        self.peers.as_ref().expect("the peers play until the end")
    }

    fn report(&self, place: &str, fault: Fault) -> Fault {
        let why = format!("{place}: {}\nheard:\n{}", fault.why, self.world.recording());
        Fault { why, ..fault }
    }

    fn close_all(&self) {
        for handle in self.world.handles() {
            // The script may have closed it already.
            let _ = WinHttpCloseHandle(handle);
        }
    }
}

impl Drop for Player<'_> {
    fn drop(&mut self) {
        self.close_all();
        ear::leave(&self.world);
    }
}

/// What a call must give.
#[derive(Debug)]
enum Wanted {
    /// This, by the script.
    Returned(Returned),
    /// What the completion would tell: the call blocks.
    Told(Shape),
}

impl Wanted {
    fn is(&self, outcome: &Outcome) -> bool {
        match (self, &outcome.result) {
            (Wanted::Returned(Returned::Ok), Ok(_)) => outcome.last_error == 0,
            (Wanted::Returned(Returned::Pending), Ok(_)) => outcome.last_error == ERROR_IO_PENDING,
            (Wanted::Returned(Returned::Value(value)), Ok(Payload::Number(number))) => value == number,
            (Wanted::Returned(Returned::Error(code)) | Wanted::Told(Shape::Error { code, .. }), Err(error)) => {
                (code, code) == (error, &outcome.last_error)
            }
            (Wanted::Told(shape), Ok(payload)) => outcome.last_error == 0 && shape.is(payload),
            _ => false,
        }
    }

    /// Whether what would be told within the call is told later.
    fn is_put_off(&self, outcome: &Outcome) -> bool {
        matches!(self, Wanted::Returned(Returned::Ok)) && Wanted::Returned(Returned::Pending).is(outcome)
    }
}

/// What the script wants of a call: where calls block, they give what the completions tell where they do not.
fn wanted(call: &Call, step: &Step, mode: Mode) -> Vec<Wanted> {
    let is_blocking = |returned: &Returned| mode == Mode::Sync && matches!(returned, Returned::Ok | Returned::Pending);
    let (succeeding, given): (Vec<_>, Vec<_>) = call.results.iter().copied().partition(is_blocking);
    let told = step.completions_in(mode).map(|told| Wanted::Told(told.shape.clone()));
    let mut wanted: Vec<_> = if succeeding.is_empty() { Vec::new() } else { told.collect() };
    if wanted.is_empty() && !succeeding.is_empty() {
        wanted.push(Wanted::Returned(Returned::Ok));
    }
    wanted.extend(given.into_iter().map(Wanted::Returned));
    wanted
}

/// A number that a call gives at once is the one that is told; else it is none.
fn agree(outcome: &Outcome, matched: &[Matched<'_>]) -> Result<(), String> {
    let told = matched.iter().find_map(Matched::count);
    match (&outcome.result, told) {
        (Ok(Payload::Number(given)), Some(told)) => {
            let expected = if outcome.last_error == ERROR_IO_PENDING { 0 } else { told };
            if *given == expected { Ok(()) } else { Err(format!("the call gave {given}, told was {told}")) }
        }
        _ => Ok(()),
    }
}

/// How long anything may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long after the end of a script nothing comes.
const SETTLED: Duration = Duration::from_millis(30);
