//! Origins, and the idle connections that lead to them.
//!
//! Everything that decides whom a connection talks to, and whom it trusts, is in the [`Origin`]: to hold one is to
//! hold the key. Origins with equal keys are one, in the whole process.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

use openwinhttp_wire::Host;
use parking_lot::Mutex;

use crate::conn::Conn;
use crate::driver;
use crate::error::Error;
use crate::seat::{Guid, NO_GUID, Seat, Seats};
use crate::socket::Mode;
use crate::step::{Step, Want};
use crate::tls::{self, TlsConfig, Trust};

/// Where connections go to.
#[derive(Debug)]
pub struct Origin {
    host: Host,
    port: u16,
    tls: Option<TlsConfig>,
    /// The name that is looked up in place of the host.
    resolved_as: Option<Host>,
    idle: Mutex<Vec<Idle>>,
    /// One is taken by each connection that leads here.
    seats: Arc<Seats>,
}

/// What makes connections fit for one another's exchanges.
#[derive(Clone, Copy, Debug)]
pub struct Way<'a> {
    /// The server.
    pub host: &'a Host,
    /// Its port.
    pub port: u16,
    /// Whom to trust, where it is reached by TLS.
    pub trust: Option<&'a Trust>,
    /// The name that is looked up in place of the host.
    pub resolved_as: Option<&'a Host>,
    /// Connections of one group are not for another; 0 is the group of the whole process.
    pub group: u64,
    /// Who waits for its sockets.
    pub mode: Mode,
}

impl<'a> Way<'a> {
    /// A way that the whole process shares.
    pub const fn new(host: &'a Host, port: u16, trust: Option<&'a Trust>) -> Self {
        Self { host, port, trust, resolved_as: None, group: 0, mode: Mode::Synchronous }
    }
}

#[derive(Debug)]
struct Idle {
    conn: Box<Conn>,
    since: Instant,
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Key {
    host: String,
    port: u16,
    /// The address of the shared TLS configuration, which the origin keeps alive.
    tls: Option<usize>,
    resolved_as: Option<String>,
    group: u64,
    mode: Mode,
}

impl Origin {
    /// The origin at the end of this way.
    pub fn of(way: Way<'_>) -> Result<Arc<Self>, Error> {
        let tls = way.trust.map(tls::config).transpose()?;
        let key = Key {
            host: way.host.as_str().to_ascii_lowercase(),
            port: way.port,
            tls: tls.as_ref().map(|config| Arc::as_ptr(config) as usize),
            resolved_as: way.resolved_as.map(|host| host.as_str().to_ascii_lowercase()),
            group: way.group,
            mode: way.mode,
        };
        let mut origins = ORIGINS.lock();
        if let Some(origin) = origins.get(&key) {
            return Ok(Arc::clone(origin));
        }
        // Now and then, so that it costs little for each, those that nobody uses go.
        if origins.len().is_power_of_two() {
            origins.retain(|_, origin| Arc::strong_count(origin) > 1 || !origin.idle.lock().is_empty());
        }
        let origin = Arc::new(Self {
            host: way.host.clone(),
            port: way.port,
            tls,
            resolved_as: way.resolved_as.cloned(),
            idle: Mutex::default(),
            seats: Arc::default(),
        });
        origins.insert(key, Arc::clone(&origin));
        Ok(origin)
    }

    /// The server.
    pub fn host(&self) -> &Host {
        &self.host
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The name to look up.
    pub fn resolved_as(&self) -> &Host {
        self.resolved_as.as_ref().unwrap_or(&self.host)
    }

    /// The place of one more connection, if fewer than `most` lead here. An idle one gives up its own.
    pub fn seat(&self, most: u32) -> Step<Seat> {
        loop {
            let told = self.seats.told();
            if let Some(seat) = self.seats.take(most) {
                return Step::Done(seat);
            }
            let mut idle = self.idle.lock();
            if idle.is_empty() {
                return Step::Wait(Want::Seat { seats: Arc::clone(&self.seats), told, until: None });
            }
            let oldest = idle.remove(0);
            drop(idle);
            drop(oldest);
        }
    }

    /// The idle connection that was used last, of those that `choice` allows, if it is still good.
    ///
    /// It is looked at unless it was used a moment ago and `may_repeat`: then the exchange can be repeated should it
    /// turn out to be closed, and the system call is saved.
    pub fn check_out(self: &Arc<Self>, choice: Choice, may_repeat: bool, now: Instant) -> Option<Box<Conn>> {
        loop {
            let Idle { mut conn, since } = choice.take(&mut self.idle.lock())?;
            let age = now.saturating_duration_since(since);
            let is_trusted = may_repeat && age < TRUSTED_IDLE;
            if age < MAX_IDLE && (is_trusted || !conn.is_readable()) {
                conn.belong_to(self);
                return Some(conn);
            }
        }
    }

    /// Keeps a connection for the next exchange, unless it is known to be closed.
    pub(crate) fn keep(&self, conn: Box<Conn>, now: Instant) {
        if conn.is_known_closed() {
            return;
        }
        let mut idle = self.idle.lock();
        let oldest = (idle.len() == MAX_IDLE_CONNECTIONS).then(|| idle.remove(0));
        idle.push(Idle { conn, since: now });
        drop(idle);
        drop(oldest);
        self.seats.tell();
        driver::start_reaper();
    }

    /// Takes a new connection for its own, and puts TLS over it where it is reached by TLS; the handshake comes next.
    pub fn adopt(self: &Arc<Self>, conn: &mut Conn, seat: Seat) -> Result<(), Error> {
        conn.sit(seat);
        conn.belong_to(self);
        match &self.tls {
            Some(config) => conn.secure(Arc::clone(config), &self.host),
            None => Ok(()),
        }
    }
}

/// How many connections of the process lead to a server, idle, in use or being made, whomever they trust: by what they
/// are marked with.
pub fn connections(host: &Host, port: u16, is_secure: bool) -> BTreeMap<Guid, u32> {
    let leads_there = |origin: &&Arc<Origin>| {
        origin.port == port && origin.tls.is_some() == is_secure && origin.host.is_same_as(host)
    };
    let mut groups = BTreeMap::new();
    for (guid, count) in ORIGINS.lock().values().filter(leads_there).flat_map(|origin| origin.seats.groups()) {
        *groups.entry(guid).or_default() += count;
    }
    groups
}

/// Which idle connections will do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Choice {
    /// Any.
    #[default]
    Any,
    /// Those with this mark rather than others.
    Rather(Guid),
    /// Only those with this mark.
    Only(Guid),
}

impl Choice {
    fn take(self, idle: &mut Vec<Idle>) -> Option<Idle> {
        let marked = |guid: Guid| idle.iter().rposition(|idle| idle.conn.guid() == guid);
        match self {
            Self::Any => idle.pop(),
            Self::Rather(guid) => match marked(guid) {
                Some(at) => Some(idle.remove(at)),
                None => idle.pop(),
            },
            Self::Only(NO_GUID) => None,
            Self::Only(guid) => marked(guid).map(|at| idle.remove(at)),
        }
    }
}

/// Drops what has been idle too long or is known to be closed; gives when the next connection will have been idle too
/// long, if there is one.
pub(crate) fn drop_expired(now: Instant) -> Option<Instant> {
    let origins: Vec<Arc<Origin>> = ORIGINS.lock().values().cloned().collect();
    let mut next = None;
    for origin in origins {
        let mut idle = origin.idle.lock();
        let is_good =
            |idle: &Idle| now.saturating_duration_since(idle.since) < MAX_IDLE && !idle.conn.is_known_closed();
        let mut gone = Vec::new();
        if !idle.iter().all(is_good) {
            (*idle, gone) = idle.drain(..).partition(is_good);
        }
        let oldest = idle.first().map(|idle| idle.since + MAX_IDLE);
        drop(idle);
        drop(gone);
        next = [next, oldest].into_iter().flatten().min();
    }
    next
}

static ORIGINS: LazyLock<Mutex<HashMap<Key, Arc<Origin>>>> = LazyLock::new(Mutex::default);

/// Idle connections are dropped at this age.
const MAX_IDLE: Duration = Duration::from_secs(60);
/// Up to this age an idle connection may be used without a look. It is short: bytes that nobody asked for would be taken
/// for the next answer.
const TRUSTED_IDLE: Duration = Duration::from_millis(5);
/// Idle connections that one origin keeps.
const MAX_IDLE_CONNECTIONS: usize = 64;

#[cfg(test)]
mod tests;
