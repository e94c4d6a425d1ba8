//! What every handle was asked for and told, and whether the two fit.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};
use std::time::Instant;

use openwinhttp::*;

use crate::peer::byte_at;

/// The accounts of all handles of a round, and the faults that were found.
#[derive(Debug)]
pub(crate) struct Ledger {
    accounts: Mutex<HashMap<HINTERNET, Arc<Account>>>,
    faults: Mutex<Vec<String>>,
    counts: Mutex<BTreeMap<String, u64>>,
    began: Instant,
}

/// One handle.
#[derive(Debug)]
pub(crate) struct Account {
    pub(crate) handle: HINTERNET,
    pub(crate) is_async: bool,
    /// By number of the function.
    operations: [Operations; 6],
    /// The program has taken its callback away: what comes from then on is not heard.
    pub(crate) is_deaf: AtomicBool,
    /// The context value is 0, so that its closing is not told.
    pub(crate) has_no_context: AtomicBool,
    is_closed: AtomicBool,
    is_gone: AtomicBool,
    hearing: Mutex<Option<(ThreadId, u32)>>,
    /// RECEIVING_RESPONSE was told, and no end of that yet.
    is_receiving: AtomicBool,
    /// How much of the present body was read.
    place: AtomicUsize,
    history: Mutex<VecDeque<String>>,
}

/// The calls of one function: those that were tried, those that failed at once, and the completions of the rest.
#[derive(Debug, Default)]
struct Operations {
    tried: AtomicU32,
    refused: AtomicU32,
    completed: AtomicU32,
}

/// A callback that runs.
pub(crate) struct Hearing(Arc<Account>);

impl Drop for Hearing {
    fn drop(&mut self) {
        let mut hearing = lock(&self.0.hearing);
        *hearing = hearing.take().filter(|(_, depth)| *depth > 1).map(|(thread, depth)| (thread, depth - 1));
    }
}

impl Ledger {
    pub(crate) fn new() -> Self {
        Self { accounts: Mutex::default(), faults: Mutex::default(), counts: Mutex::default(), began: Instant::now() }
    }

    /// A handle was made.
    pub(crate) fn open(&self, handle: HINTERNET, is_async: bool) {
        let account = Arc::new(Account::new(handle, is_async));
        if lock(&self.accounts).insert(handle, account).is_some() {
            self.fault(format!("{handle:?} was made twice"));
        }
    }

    pub(crate) fn account(&self, handle: HINTERNET) -> Option<Arc<Account>> {
        lock(&self.accounts).get(&handle).cloned()
    }

    pub(crate) fn accounts(&self) -> Vec<Arc<Account>> {
        lock(&self.accounts).values().cloned().collect()
    }

    /// Makes a call whose completion is to come, unless it fails.
    pub(crate) fn call<T>(&self, account: &Account, function: u32, call: impl FnOnce() -> Result<T>) -> Result<T> {
        let operations = &account.operations[function as usize];
        operations.tried.fetch_add(1, SeqCst);
        account.note(self, || format!("{} ..", NAMES[function as usize]));
        let result = call();
        if !account.is_async || result.is_err() {
            operations.refused.fetch_add(1, SeqCst);
        }
        account.note(self, || format!("{} -> {:?}", NAMES[function as usize], result.as_ref().err().map(Error::code)));
        self.count(&account.kind(NAMES[function as usize]), &result);
        self.check_code(account, NAMES[function as usize], &result);
        result
    }

    /// Closes a handle. Of all who try, one succeeds.
    pub(crate) fn close(&self, handle: HINTERNET) {
        let account = self.account(handle);
        if let Some(account) = &account {
            account.note(self, || "CloseHandle ..".to_owned());
        }
        let result = WinHttpCloseHandle(handle);
        self.count("CloseHandle", &result);
        let Some(account) = account else { return };
        account.note(self, || format!("CloseHandle -> {:?}", result.as_ref().err().map(Error::code)));
        if result.is_ok() && account.is_closed.swap(true, SeqCst) {
            self.account_fault(&account, "it was closed twice");
        }
    }

    /// A callback begins.
    pub(crate) fn hear(
        &self,
        handle: HINTERNET,
        status: &Status<'_>,
        is_async: bool,
        is_quick: bool,
    ) -> Option<Hearing> {
        if let Status::HandleCreated(created) = status {
            self.open(*created, is_async);
        }
        self.count_of(&format!("{} {}", mode(is_async), name_of(status)), 1);
        let Some(account) = self.account(handle) else {
            self.fault(format!("{handle:?} is unknown, and told {status:?}"));
            return None;
        };
        account.note(self, || format!("told {}", name_of(status)));
        if account.is_gone.load(SeqCst) {
            self.account_fault(&account, &format!("told {} after HANDLE_CLOSING", name_of(status)));
        }
        if !is_callback_thread(is_quick) {
            self.account_fault(&account, &format!("told {} on a thread that must not wait", name_of(status)));
        }
        let hearing = self.enter(&account, status);
        self.check_order(&account, status);
        self.check(&account, status);
        Some(hearing)
    }

    /// Callbacks of a request never overlap, but may be nested; HANDLE_CLOSING is neither.
    fn enter(&self, account: &Arc<Account>, status: &Status<'_>) -> Hearing {
        let mut hearing = lock(&account.hearing);
        let depth = match *hearing {
            None => 1,
            Some((thread, depth)) => {
                // A session or connection tells of its children on the threads that make them.
                let may_overlap = matches!(status, Status::HandleCreated(_));
                if thread != thread::current().id() && !may_overlap {
                    self.account_fault(account, &format!("told {} while another thread is told", name_of(status)));
                }
                if matches!(status, Status::HandleClosing(_)) {
                    self.account_fault(account, "told HANDLE_CLOSING within another callback");
                }
                depth + 1
            }
        };
        let deepest = if is_completion(status) { DEEPEST } else { DEEPEST + 1 };
        if depth > deepest && account.is_async && !matches!(status, Status::HandleCreated(_)) {
            self.account_fault(account, &format!("told {} {depth} deep", name_of(status)));
        }
        *hearing = Some((thread::current().id(), depth));
        drop(hearing);
        Hearing(Arc::clone(account))
    }

    /// A read does not overtake the head.
    fn check_order(&self, account: &Account, status: &Status<'_>) {
        match status {
            Status::ReceivingResponse => account.is_receiving.store(true, SeqCst),
            Status::HeadersAvailable | Status::RequestError { function: API_RECEIVE_RESPONSE, .. } => {
                account.is_receiving.store(false, SeqCst);
            }
            Status::DataAvailable(_) | Status::ReadComplete { .. } if account.is_receiving.load(SeqCst) => {
                self.account_fault(account, &format!("told {} before HeadersAvailable", name_of(status)));
            }
            _ => {}
        }
    }

    fn check(&self, account: &Arc<Account>, status: &Status<'_>) {
        match status {
            Status::SendRequestComplete => self.complete(account, API_SEND_REQUEST),
            Status::HeadersAvailable => {
                account.place.store(0, SeqCst);
                self.complete(account, API_RECEIVE_RESPONSE);
            }
            Status::DataAvailable(_) => self.complete(account, API_QUERY_DATA_AVAILABLE),
            Status::ReadComplete { buffer, count } => {
                self.check_body(account, &buffer[..*count]);
                self.complete(account, API_READ_DATA);
            }
            Status::WriteComplete(_) => self.complete(account, API_WRITE_DATA),
            Status::RequestError { function, error } => {
                account.note(self, || format!("error {error} of {}", NAMES[*function as usize]));
                self.count_of(&format!("completion with error {error}"), 1);
                self.check_error(account, NAMES[*function as usize], *error);
                self.complete(account, *function);
            }
            Status::HandleClosing(_) => self.gone(account),
            _ => {}
        }
    }

    fn complete(&self, account: &Account, function: u32) {
        let operations = &account.operations[function as usize];
        let completed = operations.completed.fetch_add(1, SeqCst) + 1;
        let refused = operations.refused.load(SeqCst);
        if !account.is_async || completed > operations.tried.load(SeqCst) - refused {
            self.account_fault(account, &format!("a completion of {} that nobody waits for", NAMES[function as usize]));
        }
    }

    fn gone(&self, account: &Account) {
        account.is_gone.store(true, SeqCst);
        if account.has_no_context.load(SeqCst) {
            self.account_fault(account, "told HANDLE_CLOSING without a context value");
        }
    }

    /// What was read continues what was read before.
    fn check_body(&self, account: &Account, bytes: &[u8]) {
        let start = account.place.fetch_add(bytes.len(), SeqCst);
        if bytes.iter().enumerate().any(|(offset, byte)| *byte != byte_at(start + offset)) {
            self.account_fault(account, &format!("wrong bytes at {start}"));
        }
    }

    fn check_code<T>(&self, account: &Account, call: &str, result: &Result<T>) {
        if let Err(error) = result {
            self.check_error(account, call, error.code());
        }
    }

    fn check_error(&self, account: &Account, call: &str, code: u32) {
        if !EXPECTED.contains(&code) {
            self.account_fault(account, &format!("{call} failed with {code}"));
        }
    }

    /// Why not all is told that has to be, if so.
    pub(crate) fn unsettled(&self) -> Vec<String> {
        let accounts = self.accounts();
        accounts.iter().filter_map(|account| account.owed().map(|owed| self.with_history(account, &owed))).collect()
    }

    pub(crate) fn faults(&self) -> Vec<String> {
        lock(&self.faults).clone()
    }

    pub(crate) fn counts(&self) -> BTreeMap<String, u64> {
        lock(&self.counts).clone()
    }

    fn count<T>(&self, call: &str, result: &Result<T>) {
        let outcome = result.as_ref().err().map_or("ok".to_owned(), |error| error.code().to_string());
        self.count_of(&format!("{call} {outcome}"), 1);
    }

    fn count_of(&self, what: &str, count: u64) {
        *lock(&self.counts).entry(what.to_owned()).or_default() += count;
    }

    pub(crate) fn account_fault(&self, account: &Account, what: &str) {
        let fault = self.with_history(account, what);
        self.fault(fault);
    }

    fn with_history(&self, account: &Account, what: &str) -> String {
        let history: Vec<String> = lock(&account.history).iter().cloned().collect();
        format!("{} {:?}: {what}\n    {}", mode(account.is_async), account.handle, history.join("\n    "))
    }

    fn fault(&self, fault: String) {
        let mut faults = lock(&self.faults);
        if faults.len() < MOST_FAULTS {
            faults.push(fault);
        }
    }
}

impl Account {
    fn new(handle: HINTERNET, is_async: bool) -> Self {
        Self {
            handle,
            is_async,
            operations: Default::default(),
            is_deaf: AtomicBool::new(false),
            has_no_context: AtomicBool::new(false),
            is_closed: AtomicBool::new(false),
            is_gone: AtomicBool::new(false),
            hearing: Mutex::new(None),
            is_receiving: AtomicBool::new(false),
            place: AtomicUsize::new(0),
            history: Mutex::default(),
        }
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.is_closed.load(SeqCst)
    }

    /// What it has to be told yet.
    fn owed(&self) -> Option<String> {
        if self.is_deaf.load(SeqCst) {
            return None;
        }
        let waits = |(name, operations): (&&str, &Operations)| {
            (operations.owed() != 0).then(|| format!("{} completions of {name} are missing", operations.owed()))
        };
        if let Some(missing) = NAMES.iter().zip(&self.operations).find_map(waits) {
            return Some(missing);
        }
        let is_missing = self.is_closed() && !self.is_gone.load(SeqCst) && !self.has_no_context.load(SeqCst);
        is_missing.then(|| "HANDLE_CLOSING is missing".to_owned())
    }

    fn kind(&self, call: &str) -> String {
        format!("{} {call}", mode(self.is_async))
    }

    pub(crate) fn note(&self, ledger: &Ledger, what: impl FnOnce() -> String) {
        let mut history = lock(&self.history);
        if history.len() == HISTORY {
            history.pop_front();
        }
        let thread = thread::current();
        let name = thread.name().unwrap_or("?");
        history.push_back(format!("{:>12?} {name} {:?}: {}", ledger.began.elapsed(), thread.id(), what()));
    }
}

impl Operations {
    fn owed(&self) -> i64 {
        let [tried, refused, completed] = [&self.tried, &self.refused, &self.completed].map(|count| count.load(SeqCst));
        i64::from(tried) - i64::from(refused) - i64::from(completed)
    }
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The name of a status, without what comes along.
fn name_of(status: &Status<'_>) -> String {
    let shown = format!("{status:?}");
    shown.split(['(', ' ']).next().unwrap_or_default().to_owned()
}

/// Of the library's threads, one kind is for callbacks; and the reactor, where callbacks are promised not to wait.
fn is_callback_thread(is_quick: bool) -> bool {
    match thread::current().name() {
        Some("winhttp-reactor") => is_quick,
        Some(name) => !name.starts_with("winhttp") || name == "winhttp-callback",
        None => true,
    }
}

fn is_completion(status: &Status<'_>) -> bool {
    status.code() & WINHTTP_CALLBACK_FLAG_ALL_COMPLETIONS != 0
}

fn mode(is_async: bool) -> &'static str {
    if is_async { "async" } else { "sync" }
}

/// By number, `API_*`.
const NAMES: [&str; 6] = ["?", "ReceiveResponse", "QueryDataAvailable", "ReadData", "WriteData", "SendRequest"];
/// What may go wrong: all else is a fault.
const EXPECTED: &[u32] = &[
    ERROR_INVALID_HANDLE,
    ERROR_INVALID_PARAMETER,
    ERROR_WINHTTP_CANNOT_CONNECT,
    ERROR_WINHTTP_CONNECTION_ERROR,
    ERROR_WINHTTP_HEADER_NOT_FOUND,
    ERROR_WINHTTP_HEADER_SIZE_OVERFLOW,
    ERROR_WINHTTP_INCORRECT_HANDLE_STATE,
    ERROR_WINHTTP_INVALID_SERVER_RESPONSE,
    ERROR_WINHTTP_INVALID_URL,
    ERROR_WINHTTP_NAME_NOT_RESOLVED,
    ERROR_WINHTTP_OPERATION_CANCELLED,
    ERROR_WINHTTP_REDIRECT_FAILED,
    ERROR_WINHTTP_RESEND_REQUEST,
    ERROR_WINHTTP_TIMEOUT,
];
/// So deep completions may be nested. Of a call from the deepest of them other notices come one deeper.
const DEEPEST: u32 = 3;
const HISTORY: usize = 40;
const MOST_FAULTS: usize = 20;
