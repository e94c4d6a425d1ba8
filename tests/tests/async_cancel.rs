//! Handles that are closed at any moment: async-websocket.md 13, 14 and 22.
//!
//! Each round makes a request do something and closes it, after a delay by chance or within a callback. Whatever it was
//! doing, each operation that began is completed once, and HANDLE_CLOSING comes once, and last.

// A panic is how a test reports, and tests may wait.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::disallowed_methods)]

use std::collections::BTreeMap;
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread;
use std::time::Duration;

use conformance::{code, told};
use openwinhttp::*;
use testserver::Silent;

/// Closed from outside.
#[test]
fn closed_at_any_moment() {
    let stage = Stage::new();
    let mut chance = Chance(SEED);
    for round in 0..ACTS.len() * 40 {
        let act = &ACTS[round % ACTS.len()];
        stage.play(act, round, Closing::After(chance.below(LONGEST_DELAY)));
    }
    stage.expect_nothing_more();
}

/// Closed from within a callback: within that of the first notice, of the second, and so on.
#[test]
fn closed_within_any_callback() {
    let stage = Stage::new();
    for round in 0..ACTS.len() * MOST_NOTICES {
        let act = &ACTS[round % ACTS.len()];
        stage.play(act, round, Closing::Within(round / ACTS.len()));
    }
    stage.expect_nothing_more();
}

/// Its connection handle is closed: that ends what is under way. The request tells that it is gone when it is closed.
#[test]
fn closed_with_its_connection() {
    let stage = Stage::new();
    let mut chance = Chance(SEED);
    for round in 0..ACTS.len() * 10 {
        let act = &ACTS[round % ACTS.len()];
        stage.play(act, round, Closing::ByConnection(chance.below(LONGEST_DELAY)));
    }
    stage.expect_nothing_more();
}

/// What a request does until it is closed: it asks for this path, and takes these steps. Each but the last is waited for.
#[derive(Debug)]
struct Act {
    path: &'static str,
    steps: &'static [Step],
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Send,
    /// With a receive from within REQUEST_SENT.
    SendAndReceive,
    /// With more than goes out if nobody reads.
    SendMuch,
    /// So many bytes are still to come.
    SendHead(usize),
    Write(usize),
    Receive,
    Query,
    Read,
}

/// How a request is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Closing {
    /// By the test, so long after the last step.
    After(Duration),
    /// By its own callback, within the notice of this number; by the test if there are less.
    Within(usize),
    /// As `After`, its connection handle first.
    ByConnection(Duration),
}

/// What was begun and told of one request.
#[derive(Debug)]
struct Record {
    closing: Closing,
    /// The operations that began, by their API numbers.
    begun: Vec<u32>,
    told: Vec<Told>,
}

#[derive(Debug, PartialEq, Eq)]
enum Told {
    /// The operation of this API number was completed, with this code.
    Completed(u32, u32),
    Closing,
    /// A notice of this number.
    Else(u32),
}

/// The records of all requests by their context values, which are the numbers of the rounds and one more.
type Records = (Mutex<BTreeMap<usize, Record>>, Condvar);

struct Stage {
    session: HINTERNET,
    port: u16,
    silent: Option<Silent>,
    records: Arc<Records>,
}

impl Stage {
    fn new() -> Stage {
        let open = || WinHttpOpen(None, WINHTTP_ACCESS_TYPE_NO_PROXY, None, None, WINHTTP_FLAG_ASYNC);
        let session = told(open).unwrap();
        let records = Arc::<Records>::default();
        let heard = Arc::clone(&records);
        let callback = Callback::new(move |request, context, status| hear(&heard, request, context, &status));
        told(|| WinHttpSetStatusCallback(session, Some(callback), WINHTTP_CALLBACK_FLAG_ALL_NOTIFICATIONS, 0)).unwrap();
        Stage { session, port: server(), silent: Silent::new(), records }
    }

    fn play(&self, act: &Act, round: usize, closing: Closing) {
        let context = round + 1;
        let (connect, request) = self.open(act, context, closing);
        self.take_steps(act, context, request);
        match closing {
            Closing::After(delay) => {
                thread::sleep(delay);
                told(|| WinHttpCloseHandle(request)).unwrap();
            }
            Closing::ByConnection(delay) => {
                thread::sleep(delay);
                told(|| WinHttpCloseHandle(connect)).unwrap();
                assert_eq!(code(told(|| WinHttpReceiveResponse(request))), ERROR_INVALID_HANDLE);
                told(|| WinHttpCloseHandle(request)).unwrap();
            }
            Closing::Within(_) => {
                thread::sleep(LONGEST_DELAY);
                let _ = WinHttpCloseHandle(request);
            }
        }
        assert_eq!(code(told(|| WinHttpReceiveResponse(request))), ERROR_INVALID_HANDLE);
        let _ = WinHttpCloseHandle(connect);
        self.wait(context, |record| record.told.contains(&Told::Closing))[&context].check(act, round);
    }

    fn open(&self, act: &Act, context: usize, closing: Closing) -> (HINTERNET, HINTERNET) {
        // A system without silent ports has a silent server.
        let silent = self.silent.as_ref().filter(|_| act.path == NOBODY);
        let port = silent.map_or(self.port, Silent::port);
        let host = if act.path == NAMED { "localhost" } else { "127.0.0.1" };
        let connect = told(|| WinHttpConnect(self.session, host, port, 0)).unwrap();
        let flags = if act.path == NO_HANDSHAKE { WINHTTP_FLAG_SECURE } else { 0 };
        let open = || WinHttpOpenRequest(connect, Some("POST"), Some(act.path), None, None, None, flags);
        let request = told(open).unwrap();
        self.records.0.lock().unwrap().insert(context, Record { closing, begun: Vec::new(), told: Vec::new() });
        told(|| WinHttpSetOption(request, WINHTTP_OPTION_CONTEXT_VALUE, context)).unwrap();
        (connect, request)
    }

    /// Takes the steps, each after the one before was completed; stops when the request is closed already.
    fn take_steps(&self, act: &Act, context: usize, request: HINTERNET) {
        let (last, before) = act.steps.split_last().unwrap();
        let is_on = before.iter().all(|step| self.begin(context, request, *step) && self.is_completed(context));
        let _ = is_on && self.begin(context, request, *last);
    }

    /// Waits until all that began is completed; whether all was well.
    fn is_completed(&self, context: usize) -> bool {
        let records = self.wait(context, |record| record.begun.len() == record.completed().count());
        records[&context].completed().all(|(_, error)| error == 0)
    }

    fn begin(&self, context: usize, request: HINTERNET, step: Step) -> bool {
        begin(&self.records, context, request, step)
    }

    /// Waits longer than anything takes, and looks at all requests once more.
    fn expect_nothing_more(self) {
        told(|| WinHttpCloseHandle(self.session)).unwrap();
        thread::sleep(Duration::from_millis(50));
        for (context, record) in self.records.0.lock().unwrap().iter() {
            assert_eq!(record.told.last(), Some(&Told::Closing), "in round {}: {record:?}", context - 1);
        }
    }

    fn wait(&self, context: usize, is_there: impl Fn(&Record) -> bool) -> MutexGuard<'_, BTreeMap<usize, Record>> {
        let (records, changed) = &*self.records;
        let waits = |records: &mut BTreeMap<usize, Record>| !is_there(&records[&context]);
        let (records, waited) = changed.wait_timeout_while(records.lock().unwrap(), PATIENCE, waits).unwrap();
        assert!(!waited.timed_out(), "round {}: it does not come: {:?}", context - 1, records[&context]);
        records
    }
}

impl Record {
    fn completed(&self) -> impl Iterator<Item = (u32, u32)> {
        self.told.iter().filter_map(|told| match told {
            Told::Completed(api, error) => Some((*api, *error)),
            _ => None,
        })
    }

    fn check(&self, act: &Act, round: usize) {
        let (mut begun, mut completed) = (self.begun.clone(), self.completed().map(|(api, _)| api).collect::<Vec<_>>());
        begun.sort_unstable();
        completed.sort_unstable();
        let about = || format!("round {round}, {act:?}: {self:?}");
        assert_eq!(begun, completed, "each operation is completed once; {}", about());
        let codes = self.completed().all(|(_, error)| [0, ERROR_WINHTTP_OPERATION_CANCELLED].contains(&error));
        assert!(codes, "well, or cancelled; {}", about());
        assert_eq!(self.told.iter().filter(|told| **told == Told::Closing).count(), 1, "{}", about());
        assert_eq!(self.told.last(), Some(&Told::Closing), "{}", about());
    }
}

/// What the callback of all requests does.
fn hear(records: &Arc<Records>, request: HINTERNET, context: usize, status: &Status<'_>) {
    // Handles without a context value are not asked about.
    if context != 0 && note(records, context, status) {
        // The test may have closed it, and this be the notice of that.
        let _ = told(|| WinHttpCloseHandle(request));
    }
    if context != 0 && matches!(status, Status::RequestSent(_)) && receives_within(context) {
        begin(records, context, request, Step::Receive);
    }
}

/// Notes a notice; whether the request is to be closed within it.
fn note((records, changed): &Records, context: usize, status: &Status<'_>) -> bool {
    let mut records = records.lock().unwrap();
    let record = records.get_mut(&context).unwrap();
    record.told.push(meaning(status));
    changed.notify_all();
    let is_last = record.told.last() == Some(&Told::Closing);
    !is_last && record.closing == Closing::Within(record.told.len() - 1)
}

fn receives_within(context: usize) -> bool {
    ACTS[(context - 1) % ACTS.len()].steps[0] == Step::SendAndReceive
}

fn meaning(status: &Status<'_>) -> Told {
    match status {
        Status::SendRequestComplete => Told::Completed(API_SEND_REQUEST, 0),
        Status::HeadersAvailable => Told::Completed(API_RECEIVE_RESPONSE, 0),
        Status::DataAvailable(_) => Told::Completed(API_QUERY_DATA_AVAILABLE, 0),
        Status::ReadComplete { .. } => Told::Completed(API_READ_DATA, 0),
        Status::WriteComplete(_) => Told::Completed(API_WRITE_DATA, 0),
        Status::RequestError { function, error } => Told::Completed(*function, *error),
        Status::HandleClosing(_) => Told::Closing,
        other => Told::Else(other.code()),
    }
}

/// Takes one step; whether it began. It did not if the request is closed, and then nothing is told of it.
fn begin(records: &Records, context: usize, request: HINTERNET, step: Step) -> bool {
    let api = step.api();
    with(records, context, |record| record.begun.push(api));
    let outcome = step.take(request);
    if outcome != 0 {
        assert_eq!(outcome, ERROR_INVALID_HANDLE, "{step:?} in round {}", context - 1);
        with(records, context, |record| {
            let place = record.begun.iter().rposition(|begun| *begun == api).unwrap();
            record.begun.remove(place);
        });
    }
    outcome == 0
}

fn with((records, changed): &Records, context: usize, act: impl FnOnce(&mut Record)) {
    act(records.lock().unwrap().get_mut(&context).unwrap());
    changed.notify_all();
}

impl Step {
    fn api(self) -> u32 {
        match self {
            Step::Send | Step::SendAndReceive | Step::SendMuch | Step::SendHead(_) => API_SEND_REQUEST,
            Step::Write(_) => API_WRITE_DATA,
            Step::Receive => API_RECEIVE_RESPONSE,
            Step::Query => API_QUERY_DATA_AVAILABLE,
            Step::Read => API_READ_DATA,
        }
    }

    /// The code of the call.
    fn take(self, request: HINTERNET) -> u32 {
        let send = |body: Option<&[u8]>, total: usize| WinHttpSendRequest(request, None, body, total as u32, 0);
        code(match self {
            Step::Send | Step::SendAndReceive => send(None, 0),
            Step::SendMuch => send(Some(&vec![0; MUCH]), MUCH),
            Step::SendHead(total) => send(None, total),
            Step::Write(length) => WinHttpWriteData(request, &vec![0; length]).map(|_| ()),
            Step::Receive => WinHttpReceiveResponse(request),
            Step::Query => WinHttpQueryDataAvailable(request).map(|_| ()),
            Step::Read => WinHttpReadDataBuffer(request, vec![0; 100]),
        })
    }
}

/// A server with a thread for each connection; the path of a request says what it does. Its port.
fn server() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        while let Ok((socket, _)) = listener.accept() {
            thread::spawn(move || serve(socket));
        }
    });
    port
}

/// Serves one connection. If something goes wrong with it, the client is gone.
fn serve(mut socket: TcpStream) {
    while let Some(head) = read_head(&mut socket) {
        let replies = PATHS.iter().find(|(path, _)| head.split(' ').nth(1) == Some(path));
        for reply in replies.unwrap().1 {
            thread::sleep(LATE);
            let _ = socket.write_all(reply.as_bytes());
        }
        if head.contains("/unread") {
            thread::sleep(LATER);
            let _ = io::copy(&mut socket, &mut io::sink());
        }
    }
}

/// Reads until there is a head. What comes before it is the rest of a body.
fn read_head(socket: &mut TcpStream) -> Option<String> {
    let (mut head, mut buffer) = (Vec::new(), [0; 4096]);
    while !head.windows(4).any(|end| end == b"\r\n\r\n") {
        match socket.read(&mut buffer) {
            Ok(length) if length > 0 => head.extend_from_slice(&buffer[..length]),
            _ => return None,
        }
    }
    Some(String::from_utf8_lossy(&head).into_owned())
}

/// Numbers by chance: the same each time.
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: Duration) -> Duration {
        // xorshift
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        Duration::from_nanos(self.0 % limit.as_nanos() as u64)
    }
}

/// Every operation, waiting for something that does not come, and for something that comes meanwhile.
const ACTS: [Act; 18] = [
    Act { path: NAMED, steps: &[Step::Send] },
    Act { path: NOBODY, steps: &[Step::Send] },
    Act { path: NO_HANDSHAKE, steps: &[Step::Send] },
    Act { path: "/silent", steps: &[Step::Send] },
    Act { path: "/late", steps: &[Step::Send] },
    Act { path: "/unread", steps: &[Step::SendMuch] },
    Act { path: "/unread", steps: &[Step::SendHead(MUCH), Step::Write(MUCH)] },
    Act { path: "/silent", steps: &[Step::SendHead(4), Step::Write(4), Step::Receive] },
    Act { path: "/late", steps: &[Step::SendHead(4), Step::Write(4), Step::Receive] },
    Act { path: "/silent", steps: &[Step::SendAndReceive] },
    Act { path: "/drip", steps: &[Step::SendAndReceive] },
    Act { path: "/away", steps: &[Step::Send, Step::Receive] },
    Act { path: "/away-late", steps: &[Step::Send, Step::Receive] },
    Act { path: "/head", steps: &[Step::Send, Step::Receive, Step::Query] },
    Act { path: "/head", steps: &[Step::Send, Step::Receive, Step::Read] },
    Act { path: "/drip", steps: &[Step::Send, Step::Receive, Step::Query] },
    Act { path: "/drip", steps: &[Step::Send, Step::Receive, Step::Read] },
    Act { path: "/drip", steps: &[Step::Send, Step::Receive, Step::Read, Step::Read] },
];

/// What the server answers, piece by piece; then it waits for the next request.
const PATHS: [(&str, &[&str]); 9] = [
    (NAMED, &[]),
    (NOBODY, &[]),
    ("/silent", &[]),
    ("/unread", &[]),
    ("/late", &["HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"]),
    ("/head", &["HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"]),
    ("/drip", &["HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", "hel", "lo"]),
    ("/away", &["HTTP/1.1 302 Found\r\nLocation: /silent\r\nContent-Length: 0\r\n\r\n"]),
    ("/away-late", &["HTTP/1.1 302 Found\r\nLocation: /drip\r\nContent-Length: 0\r\n\r\n"]),
];

/// Asked of a server by its name, which is looked up each time: no answer comes, so that no connection is kept.
const NAMED: &str = "/named";
/// Where nobody answers the connect.
const NOBODY: &str = "/nobody";
/// Asked for over TLS, of which the server knows nothing: it waits for a head.
const NO_HANDSHAKE: &str = "/no-handshake";
/// More than lies in the buffers of two sockets.
const MUCH: usize = 12 << 20;
/// Before each piece of an answer.
const LATE: Duration = Duration::from_millis(1);
/// Before anything is read of what is much.
const LATER: Duration = Duration::from_millis(20);
const LONGEST_DELAY: Duration = Duration::from_millis(4);
/// No act has more notices.
const MOST_NOTICES: usize = 16;
const PATIENCE: Duration = Duration::from_secs(10);
const SEED: u64 = 0x5EED;
