//! The reactor: one thread that waits for all sockets and times of asynchronous sessions. The only file that names mio,
//! apart from the socket itself.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use mio::event::Event;
use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Registry, Token, Waker};
use parking_lot::Mutex;
use slab::Slab;

use super::workers::{self, Task};
use super::{reaper, resolvers, start};
use crate::cancel::Cancel;
use crate::error::Error;
use crate::names::Lookup;
use crate::seat::Seats;
use crate::socket::Socket;
use crate::step::{Connecting, Want};
use crate::sys;

/// Lets `task` go on when what it wants has come, or its time is over. The wait ends when the result is dropped; `None`
/// when there is nothing to wait for.
///
/// The task may go on before this returns, on another thread; and it may go on in vain.
pub fn suspend(task: &Arc<dyn Task>, want: Want, cancel: &Cancel) -> Result<Option<Suspended>, Error> {
    let (place, timer) = match want {
        Want::Readable => at_socket(attached(cancel)?, READ, Socket::receive_deadline),
        Want::Writable => at_socket(attached(cancel)?, WRITE | NEWS, Socket::send_deadline),
        Want::Connect(Connecting { socket, deadline }) => {
            cancel.attach_socket(&socket)?;
            (Place::Socket(socket, WRITE), deadline)
        }
        Want::Lookup(lookup) => {
            resolvers::ask(&lookup)?;
            let deadline = lookup.deadline;
            (Place::Lookup(lookup), deadline)
        }
        Want::Seat { seats, told, until } => match seats.enter(task, told) {
            Some(ticket) => {
                let look_again = Instant::now() + LOOK_AGAIN;
                (Place::Seat(ticket, seats), Some(until.map_or(look_again, |until| until.min(look_again))))
            }
            None => return Ok(None),
        },
    };
    let reactor = reactor()?;
    let timer = timer.map(|moment| reactor.add_timer(moment, task));
    let suspended = Suspended { place, timer };
    Ok(suspended.place.enter(task).then_some(suspended))
}

fn attached(cancel: &Cancel) -> Result<Arc<Socket>, Error> {
    cancel.socket().ok_or_else(Error::ended)
}

fn at_socket(socket: Arc<Socket>, wanted: u8, deadline: fn(&Socket) -> Option<Instant>) -> (Place, Option<Instant>) {
    let deadline = deadline(&socket);
    (Place::Socket(socket, wanted), deadline)
}

/// A task that waits. Dropped, it waits no more.
#[derive(Debug)]
pub struct Suspended {
    place: Place,
    timer: Option<TimerKey>,
}

impl Suspended {
    /// The task goes on. Should its time be over, an attempt in vain is its end, until one has succeeded, or the result
    /// is dropped.
    pub fn end(self) -> Option<Overdue> {
        match (&self.place, self.timer) {
            (Place::Socket(socket, _), Some((moment, _))) if moment <= Instant::now() => {
                socket.set_overdue(true);
                Some(Overdue(Arc::clone(socket)))
            }
            _ => None,
        }
    }
}

/// A wait whose time is over.
#[derive(Debug)]
pub struct Overdue(Arc<Socket>);

impl Drop for Overdue {
    fn drop(&mut self) {
        self.0.set_overdue(false);
    }
}

impl Drop for Suspended {
    fn drop(&mut self) {
        self.place.leave();
        if let (Some(key), Some(reactor)) = (self.timer, REACTOR.get()) {
            let task = reactor.timers.lock().waiting.remove(&key);
            // Outside of the lock: it may be the last share of it.
            drop(task);
        }
    }
}

/// What a task waits at.
#[derive(Debug)]
enum Place {
    Socket(Arc<Socket>, u8),
    Lookup(Arc<Lookup>),
    Seat(u64, Arc<Seats>),
}

impl Place {
    /// Lets the task wait here, unless what it wants has come already.
    fn enter(&self, task: &Arc<dyn Task>) -> bool {
        match self {
            Self::Socket(socket, wanted) => socket.readiness().is_some_and(|readiness| readiness.enter(*wanted, task)),
            Self::Lookup(lookup) => lookup.enter(task),
            Self::Seat(..) => true,
        }
    }

    fn leave(&self) {
        match self {
            Self::Socket(socket, _) => socket.readiness().into_iter().for_each(Readiness::leave),
            Self::Lookup(lookup) => lookup.leave(),
            Self::Seat(ticket, seats) => seats.leave(*ticket),
        }
    }
}

/// For what a socket is ready, as far as the system has told, and who waits for it.
pub(crate) struct Readiness {
    ready: AtomicU8,
    waiter: Mutex<Option<(u8, Arc<dyn Task>)>>,
    pub(super) token: Token,
}

impl Readiness {
    /// Makes an attempt that may move `most` bytes, unless it is known to be in vain.
    ///
    /// The system tells of each change once. What it has told is forgotten before the attempt, so that a change in
    /// between is not lost; an attempt that gets all it asks for may find more.
    pub(crate) fn attempt(
        &self,
        direction: u8,
        most: usize,
        mut call: impl FnMut() -> io::Result<usize>,
    ) -> io::Result<Option<usize>> {
        let forgotten = if direction == READ { READ | NEWS } else { direction };
        let told = self.ready.fetch_and(!forgotten, Ordering::AcqRel);
        if sys::TELLS_BY_ITSELF && told & (direction | CLOSED) == 0 {
            return Ok(None);
        }
        loop {
            match call() {
                Ok(count) => {
                    if count == most || count == 0 {
                        self.ready.fetch_or(direction, Ordering::AcqRel);
                    }
                    return Ok(Some(count));
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(None),
                Err(error) => {
                    self.ready.fetch_or(direction, Ordering::AcqRel);
                    return Err(error);
                }
            }
        }
    }

    /// Whether an attempt to receive is known to be in vain.
    pub(crate) fn has_nothing(&self) -> bool {
        sys::TELLS_BY_ITSELF && self.ready.load(Ordering::Acquire) & (READ | CLOSED) == 0
    }

    /// Whether the peer is known to have ended the connection, or the way to it.
    pub(crate) fn is_closed(&self) -> bool {
        self.ready.load(Ordering::Acquire) & CLOSED != 0
    }

    /// The connect is known to have succeeded.
    pub(crate) fn set_connected(&self) {
        self.ready.fetch_or(WRITE, Ordering::AcqRel);
    }

    /// It is about to be looked whether the connect has succeeded.
    pub(crate) fn forget_connected(&self) {
        self.ready.fetch_and(!WRITE, Ordering::AcqRel);
    }

    fn tell(&self, event: &Event) {
        let is_broken = event.is_write_closed() || event.is_error();
        let is_closed = event.is_read_closed() || is_broken;
        let parts = [
            (event.is_readable(), READ | NEWS),
            (event.is_writable(), WRITE),
            (event.is_read_closed(), READ | NEWS | CLOSED),
            (is_broken, READ | WRITE | NEWS | CLOSED),
        ];
        let mut told = parts.iter().filter(|(is_so, _)| *is_so).fold(0, |all, (_, bits)| all | bits);
        // Behind the end comes nothing new, though some systems tell of it again and again.
        if self.is_closed() {
            told &= !NEWS;
        }
        self.ready.fetch_or(told, Ordering::AcqRel);
        let mut waiter = self.waiter.lock();
        let task = match &*waiter {
            Some((wanted, _)) if wanted & told != 0 => waiter.take(),
            _ => None,
        };
        let may_be_idle = waiter.is_none() && task.is_none();
        drop(waiter);
        if is_closed && may_be_idle {
            reaper::look_soon();
        }
        task.into_iter().for_each(|(_, task)| workers::go_on(task));
    }

    fn enter(&self, wanted: u8, task: &Arc<dyn Task>) -> bool {
        let mut waiter = self.waiter.lock();
        *waiter = Some((wanted, Arc::clone(task)));
        // After that: an event in between finds the waiter, or is seen here. News are told once, to a task that may not
        // care for them.
        let is_waiting = self.ready.fetch_and(!NEWS, Ordering::AcqRel) & wanted == 0;
        if !is_waiting {
            *waiter = None;
        }
        is_waiting
    }

    fn leave(&self) {
        let waiter = self.waiter.lock().take();
        drop(waiter);
    }
}

impl fmt::Debug for Readiness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Readiness").field("ready", &self.ready).finish_non_exhaustive()
    }
}

impl fmt::Debug for dyn Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Task")
    }
}

/// From now on the reactor hears of this socket.
pub(crate) fn register(stream: &mut TcpStream) -> Result<Arc<Readiness>, Error> {
    let reactor = reactor()?;
    let mut sockets = reactor.sockets.lock();
    let entry = sockets.vacant_entry();
    if entry.key() >= PLACE_MASK {
        return Err(Error::Exhausted(io::ErrorKind::OutOfMemory.into()));
    }
    let token = Token(entry.key() | reactor.registered.fetch_add(1, Ordering::Relaxed) << PLACE_BITS);
    reactor.registry.register(stream, token, Interest::READABLE | Interest::WRITABLE).map_err(Error::Exhausted)?;
    let readiness = Arc::new(Readiness { ready: AtomicU8::new(0), waiter: Mutex::new(None), token });
    entry.insert(Arc::clone(&readiness));
    Ok(readiness)
}

pub(crate) fn deregister(stream: &mut TcpStream, readiness: &Readiness) {
    if let Some(reactor) = REACTOR.get() {
        let _ = reactor.registry.deregister(stream);
        let entry = reactor.sockets.lock().try_remove(readiness.token.0 & PLACE_MASK);
        drop(entry);
    }
}

/// Lets the reactor look around.
pub(super) fn wake() {
    if let Ok(reactor) = reactor() {
        let _ = reactor.waker.wake();
    }
}

struct Reactor {
    registry: Registry,
    waker: Waker,
    sockets: Mutex<Slab<Arc<Readiness>>>,
    /// How many sockets there have been.
    registered: AtomicUsize,
    timers: Mutex<Timers>,
}

/// When a task goes on at the latest.
struct Timers {
    waiting: BTreeMap<TimerKey, Arc<dyn Task>>,
    count: u64,
    /// The reactor wakes up by itself at this moment. That can be too early, for a task that has gone on already, and is
    /// never too late.
    wakes: Option<Instant>,
}

type TimerKey = (Instant, u64);

impl Reactor {
    fn add_timer(&self, moment: Instant, task: &Arc<dyn Task>) -> TimerKey {
        let mut timers = self.timers.lock();
        timers.count += 1;
        let key = (moment, timers.count);
        timers.waiting.insert(key, Arc::clone(task));
        let is_earlier = timers.wakes.is_none_or(|wakes| moment < wakes);
        if is_earlier {
            timers.wakes = Some(moment);
        }
        drop(timers);
        if is_earlier && !IS_HERE.get() {
            let _ = self.waker.wake();
        }
        key
    }

    fn run(&self, mut poll: Poll) {
        IS_HERE.set(true);
        let mut events = Events::with_capacity(EVENTS);
        loop {
            let is_watching = workers::watch(Instant::now());
            // Interrupted, or an error that the next call would have too: there is nobody to tell.
            if poll.poll(&mut events, self.time_left(is_watching)).is_err() {
                events.clear();
            }
            for event in &events {
                self.readiness(event.token()).into_iter().for_each(|readiness| readiness.tell(event));
            }
            self.end_waits(Instant::now());
        }
    }

    /// That of the socket with this token. Its place may have been given to another since the system was asked.
    fn readiness(&self, token: Token) -> Option<Arc<Readiness>> {
        let sockets = self.sockets.lock();
        sockets.get(token.0 & PLACE_MASK).filter(|readiness| readiness.token == token).cloned()
    }

    fn time_left(&self, is_watching: bool) -> Option<Duration> {
        let wakes = self.timers.lock().wakes;
        let left = wakes.map(|moment| moment.saturating_duration_since(Instant::now()));
        let watch = is_watching.then_some(workers::WATCH);
        // A moment more: the timers of systems are coarse, and may be early.
        left.map(|left| left + Duration::from_millis(1)).into_iter().chain(watch).min()
    }

    /// Lets those go on whose time is over.
    fn end_waits(&self, now: Instant) {
        loop {
            let mut timers = self.timers.lock();
            if timers.wakes.is_none_or(|wakes| wakes > now) {
                return;
            }
            let first = timers.waiting.first_key_value().map(|(key, _)| *key);
            timers.wakes = first.map(|(moment, _)| moment);
            let Some(key) = first.filter(|(moment, _)| *moment <= now) else { return };
            let task = timers.waiting.remove(&key);
            drop(timers);
            task.into_iter().for_each(workers::go_on);
        }
    }
}

/// Makes sure that there is a reactor, without which nobody would go on with a task.
pub fn start_reactor() -> Result<(), Error> {
    reactor().map(drop)
}

fn reactor() -> Result<&'static Reactor, Error> {
    match REACTOR.get() {
        Some(reactor) => Ok(reactor),
        None => begin().map_err(Error::Exhausted),
    }
}

#[cold]
fn begin() -> io::Result<&'static Reactor> {
    let _alone = BEGINNING.lock();
    if let Some(reactor) = REACTOR.get() {
        return Ok(reactor);
    }
    let poll = Poll::new()?;
    let registry = poll.registry().try_clone()?;
    let waker = Waker::new(&registry, WAKER)?;
    let timers = Timers { waiting: BTreeMap::new(), count: 0, wakes: None };
    let (sockets, registered) = (Mutex::default(), AtomicUsize::new(0));
    let reactor = Arc::new(Reactor { registry, waker, sockets, registered, timers: Mutex::new(timers) });
    let runs = Arc::clone(&reactor);
    start("winhttp-reactor", move || runs.run(poll))?;
    Ok(REACTOR.get_or_init(|| reactor))
}

/// It lives as long as the process.
static REACTOR: OnceLock<Arc<Reactor>> = OnceLock::new();
static BEGINNING: Mutex<()> = Mutex::new(());

thread_local! {
    static IS_HERE: Cell<bool> = const { Cell::new(false) };
}

pub(crate) const READ: u8 = 1;
pub(crate) const WRITE: u8 = 2;
/// The peer has gone, or an error lies there: an attempt is never in vain.
const CLOSED: u8 = 4;
/// Something has come since the last attempt to receive.
const NEWS: u8 = 8;

/// A token is the place of its socket, and above that a number by which it differs from those that had the place before.
const PLACE_BITS: u32 = if usize::BITS == 64 { 32 } else { 20 };
/// No socket has this place, but the waker.
const PLACE_MASK: usize = (1 << PLACE_BITS) - 1;
const WAKER: Token = Token(usize::MAX);
const EVENTS: usize = 1024;
/// Who waits for a connection looks again after this time, should it not be told.
const LOOK_AGAIN: Duration = Duration::from_secs(1);
