//! The program under stress: sessions, connections and requests in the hands of many threads, and of callbacks.

use std::cell::Cell;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use openwinhttp::*;

use crate::dice::Dice;
use crate::ledger::{Account, Ledger, lock};
use crate::peer;

/// What a round works with.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) dice: Dice,
    pub(crate) ledger: Ledger,
    pub(crate) is_over: AtomicBool,
    servers: Servers,
    sessions: Mutex<Vec<Known>>,
    connections: Mutex<Vec<Known>>,
    requests: Mutex<Vec<Known>>,
}

/// Where the servers listen: the one without manners, one that is honest, over TLS, and nobody.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Servers {
    pub(crate) rude: u16,
    pub(crate) secure: u16,
    pub(crate) refused: u16,
}

/// A handle that any thread may use; it may be closed already.
#[derive(Clone, Copy, Debug)]
struct Known {
    handle: HINTERNET,
    is_async: bool,
    is_secure: bool,
}

/// What hears of a session and all below it. They are counted.
struct Ear {
    world: Arc<World>,
    is_async: bool,
    /// The library was promised that this does not wait.
    is_quick: bool,
}

impl Ear {
    fn new(world: &Arc<World>, is_async: bool, is_quick: bool) -> Self {
        EARS.fetch_add(1, SeqCst);
        Self { world: Arc::clone(world), is_async, is_quick }
    }

    fn hear(&self, handle: HINTERNET, status: Status<'_>) {
        // What is told within a call of a callback that does not wait may be told there too.
        let is_within_quick = IS_QUICK.replace(self.is_quick || IS_QUICK.get());
        let hearing = self.world.ledger.hear(handle, &status, self.is_async, IS_QUICK.get());
        if hearing.is_some() {
            self.world.react(handle, status, self.is_async);
        }
        IS_QUICK.set(is_within_quick);
    }
}

impl Drop for Ear {
    fn drop(&mut self) {
        EARS.fetch_sub(1, SeqCst);
    }
}

/// How many callbacks the library holds.
pub(crate) fn ears() -> usize {
    EARS.load(SeqCst)
}

thread_local! {
    /// Whether a callback runs here that was promised not to wait.
    static IS_QUICK: Cell<bool> = const { Cell::new(false) };
}

static EARS: AtomicUsize = AtomicUsize::new(0);

impl World {
    pub(crate) fn new(seed: u64, servers: Servers) -> Arc<Self> {
        Arc::new(Self {
            dice: Dice::new(seed),
            ledger: Ledger::new(),
            is_over: AtomicBool::new(false),
            servers,
            sessions: Mutex::default(),
            connections: Mutex::default(),
            requests: Mutex::default(),
        })
    }

    /// The life of a thread that starts requests and meddles with those of all.
    pub(crate) fn meddle(self: &Arc<Self>) {
        while !self.is_over.load(SeqCst) {
            match self.dice.weighed(DEEDS) {
                Deed::Request => self.start_request(true),
                Deed::Meddle => self.meddle_with_request(),
                Deed::Connection => self.open_connection(),
                Deed::Session => self.open_session(),
                Deed::CloseConnection => self.close_one(&self.connections),
                Deed::CloseSession => self.close_one(&self.sessions),
            }
            self.dice.doze(Duration::from_micros(600));
        }
    }

    /// The life of a thread that makes one synchronous request after the other.
    pub(crate) fn walk(self: &Arc<Self>) {
        while !self.is_over.load(SeqCst) {
            self.start_request(false);
            self.dice.doze(Duration::from_millis(1));
        }
    }

    /// Closes all that is open, in any order; the last ones are told of it when this returns, or soon after.
    pub(crate) fn close_all(&self) {
        let mut accounts = self.ledger.accounts();
        while !accounts.is_empty() {
            let account = accounts.swap_remove(self.dice.place(accounts.len()));
            if !account.is_closed() {
                self.ledger.close(account.handle);
            }
        }
    }

    fn open_session(self: &Arc<Self>) {
        if lock(&self.sessions).len() >= MOST_SESSIONS {
            return;
        }
        let is_async = self.dice.is(650);
        let flags = if is_async { WINHTTP_FLAG_ASYNC } else { 0 };
        let agent = Some("stress/1.0");
        let handle = WinHttpOpen(agent, WINHTTP_ACCESS_TYPE_NO_PROXY, None, None, flags).expect("a session");
        self.prepare_session(handle, is_async).expect("options of a session");
        // Known only now, so that nobody closes it before.
        self.ledger.open(handle, is_async);
        lock(&self.sessions).push(Known { handle, is_async, is_secure: false });
    }

    fn prepare_session(self: &Arc<Self>, session: HINTERNET, is_async: bool) -> Result<()> {
        WinHttpSetOption(session, WINHTTP_OPTION_CONTEXT_VALUE, CONTEXT)?;
        let limit = || 100 + self.dice.below(1900) as i32;
        WinHttpSetTimeouts(session, limit(), limit(), limit(), limit())?;
        ext::TrustCertificate(session, testserver::ca_pem().as_bytes())?;
        if self.dice.is(200) {
            WinHttpSetOption(session, WINHTTP_OPTION_MAX_CONNS_PER_SERVER, 1 + self.dice.below(6) as u32)?;
        }
        let is_quick = is_async && self.dice.is(300);
        if is_quick {
            WinHttpSetOption(session, WINHTTP_OPTION_ASSURED_NON_BLOCKING_CALLBACKS, 1u32)?;
        }
        let ear = Ear::new(self, is_async, is_quick);
        let callback = Callback::new(move |handle, _context, status| ear.hear(handle, status));
        WinHttpSetStatusCallback(session, Some(callback), WINHTTP_CALLBACK_FLAG_ALL_NOTIFICATIONS, 0).map(drop)
    }

    fn open_connection(self: &Arc<Self>) {
        let Some(session) = self.any(&self.sessions) else { return self.open_session() };
        let (host, port, is_secure) = self.dice.weighed(&[
            (70, ("127.0.0.1", self.servers.rude, false)),
            (20, ("localhost", self.servers.rude, false)),
            (8, ("localhost", self.servers.secure, true)),
            (2, ("127.0.0.1", self.servers.refused, false)),
            (1, ("nowhere.invalid", self.servers.rude, false)),
        ]);
        let Ok(handle) = WinHttpConnect(session.handle, host, port, 0) else { return };
        if let Some(known) = self.known(handle, session.is_async, is_secure) {
            let mut connections = lock(&self.connections);
            connections.push(known);
            let oldest = (connections.len() > MOST_CONNECTIONS).then(|| connections.remove(0));
            drop(connections);
            oldest.into_iter().for_each(|oldest| self.ledger.close(oldest.handle));
        }
    }

    /// An asynchronous request goes on by itself; a synchronous one is followed to its end.
    fn start_request(self: &Arc<Self>, is_async: bool) {
        let Some(connection) = self.any_of(&self.connections, is_async) else { return self.open_connection() };
        let (verb, flags) = self.dice.weighed(&[
            (70, ("GET", 0)),
            (20, ("POST", 0)),
            (5, ("PUT", WINHTTP_FLAG_AUTOMATIC_CHUNKING)),
            (5, ("HEAD", 0)),
        ]);
        let flags = if connection.is_secure { flags | WINHTTP_FLAG_SECURE } else { flags };
        let path = Some("/path");
        let Ok(handle) = WinHttpOpenRequest(connection.handle, Some(verb), path, None, None, None, flags) else {
            return;
        };
        let Some(known) = self.known(handle, connection.is_async, connection.is_secure) else { return };
        let Some(account) = self.ledger.account(handle) else { return };
        if self.dice.is(30) && WinHttpSetOption(handle, WINHTTP_OPTION_CONTEXT_VALUE, 0usize).is_ok() {
            account.has_no_context.store(true, SeqCst);
        }
        self.share(known);
        self.send(&account, verb);
        if !is_async {
            self.follow(&account, verb);
        }
    }

    /// Lets all threads have it; the oldest of too many is closed.
    fn share(&self, request: Known) {
        let mut requests = lock(&self.requests);
        requests.push(request);
        let oldest = (requests.len() > MOST_REQUESTS).then(|| requests.remove(0));
        drop(requests);
        oldest.into_iter().for_each(|oldest| self.ledger.close(oldest.handle));
    }

    /// Calls one after the other, as a synchronous program makes them.
    fn follow(&self, request: &Account, verb: &str) {
        let steps = if verb == "GET" || verb == "HEAD" { 0 } else { self.dice.below(5) };
        (0..steps).for_each(|_| self.write(request));
        self.receive(request);
        let may_go_on = || !self.is_over.load(SeqCst) && !self.dice.is(100);
        while may_go_on() && self.read_here(request) > 0 {
            thread::yield_now();
        }
        if self.dice.is(900) {
            self.ledger.close(request.handle);
        }
    }

    /// Does something with a request that another thread is busy with, most likely.
    fn meddle_with_request(self: &Arc<Self>) {
        let Some(known) = self.any(&self.requests) else { return };
        // A call would wait there.
        if !known.is_async && self.dice.is(900) {
            return;
        }
        let Some(request) = self.ledger.account(known.handle) else { return };
        match self.dice.below(100) {
            0..20 => self.send(&request, self.dice.one_of(&["GET", "POST"])),
            20..30 => self.write(&request),
            30..45 => self.receive(&request),
            45..60 => self.available(&request),
            60..80 => self.read(&request),
            80..98 => self.look_at(&request),
            98 if self.dice.is(200) => self.deafen(&request),
            _ => self.ledger.close(known.handle),
        }
    }

    /// What a program does in its callback: mostly what comes next, now and then something else.
    fn react(self: &Arc<Self>, handle: HINTERNET, status: Status<'_>, is_async: bool) {
        let Some(account) = self.ledger.account(handle) else { return };
        match status {
            Status::SendRequestComplete => self.after_send(&account),
            Status::WriteComplete(_) => self.after_send(&account),
            Status::HeadersAvailable => self.after_head(&account),
            Status::DataAvailable(0) => self.after_end(&account),
            Status::DataAvailable(_) => self.read(&account),
            Status::ReadComplete { count: 0, .. } => self.after_end(&account),
            Status::ReadComplete { .. } => self.after_head(&account),
            Status::RequestError { .. } => self.after_end(&account),
            Status::HandleCreated(_) => {}
            Status::HandleClosing(_) => {
                if WinHttpCloseHandle(handle).is_ok() {
                    self.ledger.account_fault(&account, "it could be closed in HANDLE_CLOSING");
                }
            }
            _ => self.interfere(&account, is_async),
        }
    }

    fn after_send(self: &Arc<Self>, request: &Account) {
        match self.dice.below(100) {
            0..70 => self.receive(request),
            70..90 => self.write(request),
            90..95 => self.end(request),
            _ => {}
        }
    }

    fn after_head(self: &Arc<Self>, request: &Account) {
        match self.dice.below(100) {
            0..5 => self.look_at(request),
            5..10 => self.end(request),
            10..13 => {}
            13..40 => self.available(request),
            _ => self.read(request),
        }
    }

    fn after_end(self: &Arc<Self>, request: &Account) {
        match self.dice.below(100) {
            0..60 => self.end(request),
            60..85 => self.send(request, self.dice.one_of(&["GET", "POST"])),
            _ => {}
        }
    }

    /// In the middle of a call, or of what goes on without one.
    fn interfere(self: &Arc<Self>, request: &Account, is_async: bool) {
        match self.dice.below(1000) {
            0..20 => self.end(request),
            20..60 => self.look_at(request),
            60..80 if is_async => self.receive(request),
            80..90 if is_async => self.read(request),
            _ => {}
        }
    }

    /// Closes a request, or takes one of its parents along.
    fn end(self: &Arc<Self>, request: &Account) {
        match self.dice.below(1000) {
            0 => self.close_one(&self.sessions),
            1..4 => self.close_one(&self.connections),
            _ => self.ledger.close(request.handle),
        }
    }

    fn close_one(self: &Arc<Self>, list: &Mutex<Vec<Known>>) {
        let mut known = lock(list);
        if known.is_empty() {
            return;
        }
        let place = self.dice.place(known.len());
        let closed = known.swap_remove(place);
        drop(known);
        self.ledger.close(closed.handle);
    }

    fn send(&self, request: &Account, verb: &str) {
        let has_body = verb != "GET" && verb != "HEAD";
        let body = peer::body(if has_body { self.dice.size() } else { 0 });
        let sent = if self.dice.is(500) { body.len() } else { self.dice.place(body.len() + 1) };
        let headers = self.dice.is(300).then_some("X-One: 1\r\nX-Two: 2");
        let context = if request.has_no_context.load(SeqCst) || self.dice.is(500) { 0 } else { CONTEXT };
        let optional = (sent > 0).then_some(&body[..sent]);
        let _ = self.ledger.call(request, API_SEND_REQUEST, || {
            WinHttpSendRequest(request.handle, headers, optional, body.len() as u32, context)
        });
    }

    fn write(&self, request: &Account) {
        let data = peer::body(self.dice.size());
        let _ = self.ledger.call(request, API_WRITE_DATA, || WinHttpWriteData(request.handle, &data));
    }

    fn receive(&self, request: &Account) {
        let _ = self.ledger.call(request, API_RECEIVE_RESPONSE, || WinHttpReceiveResponse(request.handle));
    }

    fn available(&self, request: &Account) {
        let _ = self.ledger.call(request, API_QUERY_DATA_AVAILABLE, || WinHttpQueryDataAvailable(request.handle));
    }

    fn read(&self, request: &Account) {
        if !request.is_async {
            self.read_here(request);
            return;
        }
        let (handle, buffer) = (request.handle, vec![0; self.dice.size() + 1]);
        let _ = self.ledger.call(request, API_READ_DATA, || match self.dice.below(3) {
            0 => WinHttpReadDataExBuffer(handle, buffer, 0),
            _ => WinHttpReadDataBuffer(handle, buffer),
        });
    }

    /// Reads in a synchronous session; gives the number of bytes.
    fn read_here(&self, request: &Account) -> usize {
        let mut buffer = vec![0; self.dice.size() + 1];
        let read = self.ledger.call(request, API_READ_DATA, || WinHttpReadData(request.handle, &mut buffer));
        let bytes = &buffer[..read.unwrap_or(0)];
        // Threads may take turns, so it is not known where this begins.
        let is_torn = bytes.windows(2).any(|two| two[1] != if two[0] == b'z' { b'a' } else { two[0] + 1 });
        if is_torn {
            self.ledger.account_fault(request, "wrong bytes");
        }
        bytes.len()
    }

    /// Asks and sets things that change nothing for the others.
    fn look_at(&self, request: &Account) {
        let handle = request.handle;
        match self.dice.below(6) {
            0 => drop(WinHttpQueryHeaders(handle, WINHTTP_QUERY_RAW_HEADERS_CRLF, None, None)),
            1 => drop(WinHttpQueryHeaders(handle, WINHTTP_QUERY_STATUS_CODE, None, None)),
            2 => drop(WinHttpAddRequestHeaders(handle, "X-Three: 3", REPLACE)),
            3 => drop(WinHttpQueryOption(handle, WINHTTP_OPTION_URL)),
            4 => drop(WinHttpSetOption(handle, WINHTTP_OPTION_RECEIVE_TIMEOUT, 100 + self.dice.below(2000) as u32)),
            _ => drop(WinHttpQueryOption(handle, WINHTTP_OPTION_CONTEXT_VALUE)),
        }
    }

    /// From now on its callback hears nothing of this request.
    fn deafen(&self, request: &Account) {
        request.is_deaf.store(true, SeqCst);
        let _ = WinHttpSetStatusCallback(request.handle, None, 0, 0);
    }

    /// What was made is known to the ledger by its HANDLE_CREATED.
    fn known(&self, handle: HINTERNET, is_async: bool, is_secure: bool) -> Option<Known> {
        let account = self.ledger.account(handle);
        if account.is_none() {
            self.ledger.open(handle, is_async);
            let account = self.ledger.account(handle)?;
            self.ledger.account_fault(&account, "HANDLE_CREATED is missing");
        }
        Some(Known { handle, is_async, is_secure })
    }

    fn any(&self, list: &Mutex<Vec<Known>>) -> Option<Known> {
        let known = lock(list);
        (!known.is_empty()).then(|| known[self.dice.place(known.len())])
    }

    fn any_of(&self, list: &Mutex<Vec<Known>>, is_async: bool) -> Option<Known> {
        let fitting: Vec<Known> = lock(list).iter().filter(|known| known.is_async == is_async).copied().collect();
        (!fitting.is_empty()).then(|| fitting[self.dice.place(fitting.len())])
    }
}

/// What a thread that meddles does next.
#[derive(Clone, Copy, Debug)]
enum Deed {
    Request,
    Meddle,
    Connection,
    Session,
    CloseConnection,
    CloseSession,
}

const DEEDS: &[(u64, Deed)] = &[
    (300, Deed::Request),
    (600, Deed::Meddle),
    (30, Deed::Connection),
    (10, Deed::Session),
    (3, Deed::CloseConnection),
    (1, Deed::CloseSession),
];
const REPLACE: u32 = WINHTTP_ADDREQ_FLAG_ADD | WINHTTP_ADDREQ_FLAG_REPLACE;
const CONTEXT: usize = 0x57E55;
const MOST_SESSIONS: usize = 6;
const MOST_CONNECTIONS: usize = 16;
const MOST_REQUESTS: usize = 250;
