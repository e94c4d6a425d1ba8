//! Decision 2: a value that is no live handle never reaches an object, near as it may be to one that is.
//!
//! A test binary of its own: with other tests in the process, a forged value could be one of theirs.

// A panic is how a test reports, and tests may wait.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::disallowed_methods)]

use std::collections::HashSet;

use conformance::{Session, code, told};
use openwinhttp::*;
use proptest::prelude::*;

fn method(handle: HINTERNET) -> u32 {
    code(told(|| WinHttpQueryHeaders(handle, WINHTTP_QUERY_REQUEST_METHOD, None, None)))
}

fn close(handle: HINTERNET) -> u32 {
    code(told(|| WinHttpCloseHandle(handle)))
}

fn open_session() -> HINTERNET {
    told(|| WinHttpOpen(None, WINHTTP_ACCESS_TYPE_NO_PROXY, None, None, 0)).unwrap()
}

fn connect(session: HINTERNET) -> Result<HINTERNET> {
    told(|| WinHttpConnect(session, "127.0.0.1", 80, 0))
}

fn open_request(connection: HINTERNET) -> Result<HINTERNET> {
    told(|| WinHttpOpenRequest(connection, None, None, None, None, None, 0))
}

/// All of this in one test, one after the other, as each part needs to know every live handle.
#[test]
fn values_that_are_no_handle() {
    neighbours_of_live_handles();
    values_are_not_recycled();
    any_sequence_agrees_with_the_model();
}

/// One bit flipped, or a little more or less.
fn neighbours_of_live_handles() {
    let session = Session::open();
    let requests: Vec<_> = (0..50).map(|_| session.get(1)).collect();
    let live: HashSet<usize> = requests
        .iter()
        .flat_map(|request| [request.handle.as_raw(), request.connect.as_raw()])
        .chain([session.handle.as_raw()])
        .collect();
    for &value in &live {
        let flipped = (0..usize::BITS).map(|bit| value ^ (1 << bit));
        let near = (1..=16usize).flat_map(|step| [value.wrapping_add(step), value.wrapping_sub(step)]);
        for forged in flipped.chain(near).filter(|value| !live.contains(value)) {
            assert_eq!(method(HINTERNET::from_raw(forged)), ERROR_INVALID_HANDLE, "{forged:#x}, near {value:#x}");
            assert_eq!(close(HINTERNET::from_raw(forged)), ERROR_INVALID_HANDLE, "{forged:#x}, near {value:#x}");
        }
    }
    assert!(requests.iter().all(|request| method(request.handle) == 0), "the live ones are unharmed");
}

/// A place that is used again has another value, for a long time.
fn values_are_not_recycled() {
    let session = Session::open();
    let connection = connect(session.handle).unwrap();
    let mut stale = HashSet::new();
    for round in 0..ROUNDS {
        let request = open_request(connection).unwrap();
        assert!(stale.insert(request), "value {request:?} came again in round {round}");
        assert_eq!(close(request), 0);
    }
    let live = open_request(connection).unwrap();
    assert!(!stale.contains(&live));
    for &handle in &stale {
        assert_eq!(method(handle), ERROR_INVALID_HANDLE);
    }
    assert_eq!(method(live), 0);
}

/// Where pointers are small, one place has 65 520 values.
const ROUNDS: usize = if usize::BITS == 64 { 100_000 } else { 65_000 };

#[derive(Clone, Copy, Debug)]
enum Step {
    OpenSession,
    Connect(usize),
    OpenRequest(usize),
    Use(usize),
    Close(usize),
}

fn a_step() -> impl Strategy<Value = Step> {
    prop_oneof![
        1 => Just(Step::OpenSession),
        3 => any::<usize>().prop_map(Step::Connect),
        4 => any::<usize>().prop_map(Step::OpenRequest),
        4 => any::<usize>().prop_map(Step::Use),
        3 => any::<usize>().prop_map(Step::Close),
    ]
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Session,
    Connection,
    Request,
}

/// The reference: a plain tree of all handles that ever were.
#[derive(Default)]
struct Model {
    nodes: Vec<Node>,
}

struct Node {
    handle: HINTERNET,
    kind: Kind,
    parent: Option<usize>,
    closed: bool,
}

impl Model {
    fn is_orphan(&self, node: usize) -> bool {
        let parent = self.nodes[node].parent;
        parent.is_some_and(|parent| self.nodes[parent].closed || self.is_orphan(parent))
    }

    /// The code of a call that takes this kind.
    fn expected(&self, node: usize, takes: Kind) -> u32 {
        if self.nodes[node].closed || self.is_orphan(node) {
            return ERROR_INVALID_HANDLE;
        }
        if self.nodes[node].kind == takes { 0 } else { ERROR_WINHTTP_INCORRECT_HANDLE_TYPE }
    }

    fn add(&mut self, handle: HINTERNET, kind: Kind, parent: Option<usize>) {
        assert!(self.nodes.iter().all(|node| node.handle != handle), "a value came again");
        self.nodes.push(Node { handle, kind, parent, closed: false });
    }

    fn play(&mut self, step: Step) {
        let count = self.nodes.len();
        match step {
            Step::OpenSession => self.add(open_session(), Kind::Session, None),
            _ if count == 0 => (),
            Step::Connect(at) => self.open(at % count, Kind::Session, Kind::Connection, connect),
            Step::OpenRequest(at) => self.open(at % count, Kind::Connection, Kind::Request, open_request),
            Step::Use(at) => {
                assert_eq!(method(self.nodes[at % count].handle), self.expected(at % count, Kind::Request))
            }
            Step::Close(at) => self.close(at % count),
        }
    }

    fn open(&mut self, parent: usize, takes: Kind, gives: Kind, open: fn(HINTERNET) -> Result<HINTERNET>) {
        let (expected, opened) = (self.expected(parent, takes), open(self.nodes[parent].handle));
        assert_eq!(opened.as_ref().err().map_or(0, Error::code), expected);
        if let Ok(handle) = opened {
            self.add(handle, gives, Some(parent));
        }
    }

    fn close(&mut self, at: usize) {
        let node = &mut self.nodes[at];
        let expected = if node.closed { ERROR_INVALID_HANDLE } else { 0 };
        assert_eq!(close(node.handle), expected, "an orphan, too, is closed once");
        node.closed = true;
    }

    fn agrees_everywhere(&self) {
        for (at, node) in self.nodes.iter().enumerate() {
            assert_eq!(method(node.handle), self.expected(at, Kind::Request));
        }
    }
}

impl Drop for Model {
    fn drop(&mut self) {
        for node in self.nodes.iter().filter(|node| !node.closed) {
            let _ = WinHttpCloseHandle(node.handle);
        }
    }
}

fn any_sequence_agrees_with_the_model() {
    let config = ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() };
    proptest!(config, |(steps in prop::collection::vec(a_step(), 1..80))| {
        let mut model = Model::default();
        for step in steps {
            model.play(step);
        }
        model.agrees_everywhere();
    });
}
