//! The connect to the first address that answers.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::conn::Conn;
use crate::error::Error;
use crate::socket::{Mode, Socket};
use crate::step::{Connecting, Step, Want};

/// Tries addresses in turn, each with a time limit of its own.
#[derive(Debug)]
pub struct Dial {
    candidates: std::vec::IntoIter<Candidate>,
    keepalive: Option<Keepalive>,
    mode: Mode,
    attempt: Attempt,
    failure: Option<Error>,
}

/// What one step of a [`Dial`] came to.
#[derive(Debug)]
pub enum Dialled {
    /// This address is tried next.
    Trying(IpAddr),
    /// This address answered.
    Connected(IpAddr, Box<Conn>),
}

/// How a name with several addresses is dialled.
#[derive(Clone, Copy, Debug)]
pub struct DialRules {
    /// The time limit of each address.
    pub limit: Option<Duration>,
    /// The most addresses that are tried.
    pub most: usize,
    /// Whether IPv6 gets a short first try, after which IPv4 comes.
    pub fast_fallback: bool,
    /// Whether the system sends a probe on an idle connection.
    pub keepalive: Option<Keepalive>,
    /// Who waits for the socket.
    pub mode: Mode,
}

/// When an idle connection is probed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Keepalive {
    /// After so long.
    pub time: Duration,
    /// And again after so long, as long as no answer comes.
    pub interval: Duration,
}

/// An address to try, and how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Candidate {
    address: SocketAddr,
    limit: Option<Duration>,
}

#[derive(Debug)]
enum Attempt {
    None,
    /// The caller knows of this address; nothing was done yet.
    Announced(Candidate),
    Running {
        address: SocketAddr,
        socket: Arc<Socket>,
        deadline: Option<Instant>,
    },
}

impl Dial {
    /// Tries `addresses` as the rules say.
    pub fn new(addresses: &[SocketAddr], rules: DialRules) -> Self {
        let candidates = candidates(addresses, rules).into_iter();
        Self { candidates, keepalive: rules.keepalive, mode: rules.mode, attempt: Attempt::None, failure: None }
    }

    /// Goes on: each address is told before it is tried, and the one that answered after.
    ///
    /// When every address fails: [`Error::Connect`] if any of them refused, [`Error::TimedOut`] if all were silent.
    pub fn step(&mut self) -> Result<Step<Dialled>, Error> {
        loop {
            let outcome = match &self.attempt {
                Attempt::None => return self.announce().map(Step::Done),
                Attempt::Announced(candidate) => self.start(*candidate),
                Attempt::Running { address, socket, deadline } => match connected(socket, *deadline) {
                    Ok(Step::Wait(want)) => return Ok(Step::Wait(want)),
                    Ok(Step::Done(conn)) => return Ok(Step::Done(Dialled::Connected(address.ip(), conn))),
                    Err(error) => Err(error),
                },
            };
            match outcome {
                Ok(()) => {}
                Err(error @ Error::Exhausted(_)) => return Err(error),
                Err(error) => self.give_up_attempt(error),
            }
        }
    }

    fn announce(&mut self) -> Result<Dialled, Error> {
        let Some(candidate) = self.candidates.next() else {
            return Err(self.failure.take().unwrap_or_else(Error::ended));
        };
        self.attempt = Attempt::Announced(candidate);
        Ok(Dialled::Trying(candidate.address.ip()))
    }

    fn start(&mut self, Candidate { address, limit }: Candidate) -> Result<(), Error> {
        let socket = Arc::new(Socket::start_connect(address, self.keepalive, self.mode)?);
        let deadline = limit.and_then(|limit| Instant::now().checked_add(limit));
        self.attempt = Attempt::Running { address, socket, deadline };
        Ok(())
    }

    fn give_up_attempt(&mut self, error: Error) {
        self.attempt = Attempt::None;
        let keeps_earlier = matches!((&self.failure, &error), (Some(_), Error::TimedOut));
        if !keeps_earlier {
            self.failure = Some(error);
        }
    }
}

fn connected(socket: &Arc<Socket>, deadline: Option<Instant>) -> Result<Step<Box<Conn>>, Error> {
    if socket.connected()? {
        return Conn::new(Arc::clone(socket)).map(Step::Done);
    }
    if deadline.is_some_and(|deadline| deadline <= Instant::now()) {
        return Err(Error::TimedOut);
    }
    let connecting = Connecting { socket: Arc::clone(socket), deadline };
    Ok(Step::Wait(Want::Connect(connecting)))
}

/// In the order of the resolver; or for a fast fallback: the first IPv6 address for a moment, the first IPv4 address,
/// that IPv6 address in full, then all others.
fn candidates(addresses: &[SocketAddr], rules: DialRules) -> Vec<Candidate> {
    let in_full = |address: &SocketAddr| Candidate { address: *address, limit: rules.limit };
    let first = |is_wanted: fn(&SocketAddr) -> bool| addresses.iter().find(|address| is_wanted(address));
    match (first(SocketAddr::is_ipv6), first(SocketAddr::is_ipv4)) {
        (Some(six), Some(four)) if rules.fast_fallback => {
            let limit = rules.limit.map_or(FIRST_TRY, |limit| limit.min(FIRST_TRY));
            let others = addresses.iter().filter(|address| *address != six && *address != four);
            let start = [Candidate { address: *six, limit: Some(limit) }, in_full(four), in_full(six)];
            start.into_iter().chain(others.map(in_full)).collect()
        }
        _ => addresses.iter().take(rules.most.max(1)).map(in_full).collect(),
    }
}

/// How long IPv6 is tried before IPv4 gets its turn.
const FIRST_TRY: Duration = Duration::from_millis(300);

#[cfg(test)]
mod tests {
    use super::*;

    fn order(addresses: &[&str], most: usize, fast_fallback: bool) -> Vec<(String, u64)> {
        let addresses: Vec<SocketAddr> = addresses.iter().map(|text| text.parse().expect("an address")).collect();
        let rules = DialRules {
            limit: Some(Duration::from_secs(60)),
            most,
            fast_fallback,
            keepalive: None,
            mode: Mode::Synchronous,
        };
        let shown =
            |candidate: Candidate| (candidate.address.to_string(), candidate.limit.map_or(0, |l| l.as_millis() as u64));
        candidates(&addresses, rules).into_iter().map(shown).collect()
    }

    const MIXED: [&str; 4] = ["[::1]:1", "[::2]:1", "1.0.0.1:1", "1.0.0.2:1"];

    #[test]
    fn addresses_are_tried_in_the_order_of_the_resolver() {
        let tried: Vec<String> = order(&MIXED, 3, false).into_iter().map(|(address, _)| address).collect();
        assert_eq!(tried, MIXED[..3]);
        assert_eq!(order(&MIXED, 0, false).len(), 1, "one address is always tried");
    }

    #[test]
    fn a_fast_fallback_tries_ipv6_for_a_moment_first() {
        let tried = order(&MIXED, 5, true);
        let expected =
            [("[::1]:1", 300), ("1.0.0.1:1", 60_000), ("[::1]:1", 60_000), ("[::2]:1", 60_000), ("1.0.0.2:1", 60_000)];
        assert_eq!(tried, expected.map(|(address, limit)| (address.to_owned(), limit)));
        assert_eq!(order(&MIXED[2..], 5, true), order(&MIXED[2..], 5, false), "one family alone is tried as ever");
    }
}
