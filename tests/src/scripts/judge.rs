//! Compares what was heard with what was expected.

use std::collections::BTreeMap;
use std::thread::ThreadId;

use openwinhttp::HINTERNET;

use super::notices::{Heard, Payload, Shape};
use super::peers::with_ports;
use super::reader::{Call, Expected, Mode, Place, Returned, Told};

/// What the names of a script stand for at this moment.
#[derive(Clone, Debug)]
pub(super) struct Facts {
    pub(super) mode: Mode,
    /// The thread that plays the script.
    pub(super) caller: ThreadId,
    pub(super) handles: BTreeMap<String, HINTERNET>,
    /// The context value that each handle has.
    pub(super) contexts: BTreeMap<String, usize>,
    pub(super) ports: BTreeMap<String, u16>,
    /// The line of the step that is played.
    pub(super) step: usize,
}

impl Matched<'_> {
    /// The number that a completion told.
    pub(super) fn count(&self) -> Option<u32> {
        match self.payload {
            Payload::Number(number) if self.told.notice.is_completion => Some(number),
            _ => None,
        }
    }

    /// The peer whose request was told to be sent, and the length of the head by what was told.
    pub(super) fn head(&self) -> Option<(String, u32)> {
        match (&self.told.shape, &self.payload) {
            (Shape::Head(peer, more), Payload::Number(number)) => Some((peer.clone(), number.wrapping_sub(*more))),
            _ => None,
        }
    }
}

impl Facts {
    /// From now on this name stands for this handle, which begins with the context of its parent.
    pub(super) fn bind(&mut self, name: &str, handle: HINTERNET, parent: &str) {
        if self.handles.insert(name.to_owned(), handle) != Some(handle) {
            let context = self.contexts.get(parent).copied().unwrap_or(0);
            self.contexts.insert(name.to_owned(), context);
        }
    }

    /// Notes what this call does to contexts: all that section 5 has on that.
    pub(super) fn note(&mut self, call: &Call) {
        let is_failure = call.results.iter().all(|returned| matches!(returned, Returned::Error(_)));
        let (name, value) = match (call.verb.name, call.named("context")) {
            ("context", _) => (&call.words[0].text, &call.words[1]),
            ("send", Some(value)) => (&call.on, value),
            _ => return,
        };
        let value = value.number().expect("a number") as usize;
        if !is_failure && (value != 0 || call.verb.name == "context") {
            self.contexts.insert(name.clone(), value);
        }
    }
}

/// How it looks until now.
#[derive(Debug)]
pub(super) enum Verdict<'e> {
    /// All that was expected has come: these notices.
    Complete(Vec<Matched<'e>>),
    /// This one has to come yet.
    Missing(&'e Expected),
    /// This is not as it should be.
    Wrong(Fault),
}

/// What is not as it should be.
#[derive(Debug)]
pub(super) struct Fault {
    pub(super) why: String,
    /// All is right but that another thread did it than that of the call. Whoever told the last may not have been
    /// through when the call was made, which nobody can see or wait for; then this is no fault.
    pub(super) may_be_chance: bool,
}

impl From<String> for Fault {
    fn from(why: String) -> Self {
        Fault { why, may_be_chance: false }
    }
}

/// A notice and what it was expected as.
#[derive(Clone, Debug)]
pub(super) struct Matched<'e> {
    pub(super) told: &'e Told,
    pub(super) payload: Payload,
}

/// Compares what was heard from `start` on with what is expected.
pub(super) fn judge<'e>(expected: &[&'e Expected], heard: &[Heard], start: usize, facts: &Facts) -> Verdict<'e> {
    let (mut left, mut matched) = (expected.to_vec(), Vec::new());
    loop {
        let required = left.iter().find(|expected| !expected.is_optional);
        match (required, heard.get(start + matched.len())) {
            (Some(required), None) => return Verdict::Missing(required),
            (None, None) => return Verdict::Complete(matched),
            (required, Some(notice)) => match fitting(&left, notice, before(heard, start + matched.len()), facts) {
                Ok((place, told)) => {
                    matched.push(Matched { told, payload: notice.payload.clone() });
                    take(&mut left, place);
                }
                Err(_) if required.is_none() => return Verdict::Complete(matched),
                Err(fault) => return Verdict::Wrong(fault),
            },
        }
    }
}

fn before(heard: &[Heard], at: usize) -> Option<&Heard> {
    at.checked_sub(1).map(|before| &heard[before])
}

/// The place of the expectation that this notice meets, or what is wrong with it for each that could come now.
fn fitting<'e>(
    left: &[&'e Expected],
    notice: &Heard,
    before: Option<&Heard>,
    facts: &Facts,
) -> Result<(usize, &'e Told), Fault> {
    let mut faults = Fault::from(format!("not expected: {notice}"));
    for place in (0..left.len()).filter(|place| may_come(left, *place)) {
        for told in left[place].alternatives_in(facts.mode) {
            match fault(told, notice, before, facts) {
                None => return Ok((place, told)),
                Some(fault) => {
                    faults.why += &format!("\n  line {}: {}", left[place].line, fault.why);
                    faults.may_be_chance |= fault.may_be_chance;
                }
            }
        }
    }
    Err(faults)
}

/// Whether all before it need not come, or are of other strands.
fn may_come(left: &[&Expected], place: usize) -> bool {
    let strand = left[place].strand;
    let is_beside = |earlier: &Expected| earlier.strand != 0 && strand != 0 && earlier.strand != strand;
    left[..place].iter().all(|earlier| earlier.is_optional || is_beside(earlier))
}

/// Takes out the one in this place, and what did not come before it.
fn take(left: &mut Vec<&Expected>, place: usize) {
    let strand = left[place].strand;
    let (earlier, later) = left.split_at(place);
    let open = earlier.iter().filter(|earlier| earlier.strand != 0 && earlier.strand != strand);
    *left = open.chain(&later[1..]).copied().collect();
}

/// What is wrong with this notice, were it this one.
fn fault(told: &Told, heard: &Heard, before: Option<&Heard>, facts: &Facts) -> Option<Fault> {
    let name = told.notice.name;
    if heard.notice != told.notice {
        return Some(Fault::from(format!("it is not {name}")));
    }
    let handle = facts.handles.get(&told.on);
    let context = told.context.map_or_else(|| facts.contexts.get(&told.on).copied(), |context| Some(context as usize));
    let checks = [
        (handle == Some(&heard.handle), format!("the handle is not {} ({handle:?})", told.on)),
        (context == Some(heard.context), format!("the context is not {context:x?}")),
        (has_shape(&told.shape, &heard.payload, facts), format!("what comes along is not {:?}", told.shape)),
    ];
    if let Some((_, fault)) = checks.into_iter().find(|(is_right, _)| !is_right) {
        return Some(Fault::from(format!("it is not this {name}: {fault}")));
    }
    (!is_in_place(told.place, heard, before, facts)).then(|| Fault {
        why: format!("it is not this {name}: the thread is not {:?}", told.place),
        may_be_chance: facts.mode == Mode::Async && told.place == Some(Place::Caller),
    })
}

fn is_in_place(place: Option<Place>, heard: &Heard, before: Option<&Heard>, facts: &Facts) -> bool {
    let is_caller = heard.thread == facts.caller;
    match place {
        // Nobody else could tell, and not after the call.
        _ if facts.mode == Mode::Sync => is_caller && heard.step == facts.step,
        None => true,
        Some(Place::Caller) => is_caller,
        Some(Place::Other) => !is_caller,
        Some(Place::Same) => before.is_some_and(|before| before.thread == heard.thread),
    }
}

/// Names stand for what they stand for now.
fn has_shape(shape: &Shape, payload: &Payload, facts: &Facts) -> bool {
    match (shape, payload) {
        (Shape::Text(text), Payload::Text(heard)) => with_ports(text, &facts.ports) == *heard,
        (Shape::Handle(name), Payload::Handle(heard)) => facts.handles.get(name) == Some(heard),
        _ => shape.is(payload),
    }
}
