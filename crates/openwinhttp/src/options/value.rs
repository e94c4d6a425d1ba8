//! The values of options: typed, and as the bytes that winhttp.h lays them out in.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use openwinhttp_abi::*;

use crate::handle::HINTERNET;
use crate::notice::Callback;

/// The value of an option.
///
/// What is set is made from the usual types: `u32`, `bool`, `usize` for a context value, `&str`, `()` for an option
/// without a value, and the structures beside this one.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum OptionValue {
    /// Nothing, for an option that is set without a value.
    None,
    /// A number, `DWORD`.
    Number(u32),
    /// `BOOL`.
    Flag(bool),
    /// A context value, `DWORD_PTR`.
    Context(usize),
    /// A status callback, or that there is none.
    Callback(Option<Callback>),
    /// A handle.
    Handle(HINTERNET),
    /// An event, or that there is none.
    Event(Option<Event>),
    /// Text.
    Text(String),
    /// A version of HTTP.
    Version(HttpVersion),
    /// The addresses of a connection.
    ConnectionInfo(ConnectionInfo),
    /// When the parts of a request happened.
    RequestTimes(RequestTimes),
    /// What is counted of a request.
    RequestStats(RequestStats),
    /// The keep-alive of TCP.
    TcpKeepalive(TcpKeepalive),
    /// When a request is sent once more.
    ConnectionRetries(FailedConnectionRetries),
    /// The bytes of a GUID, as they lie in memory.
    Guid([u8; 16]),
    /// Which connections a request may use.
    MatchGuid(MatchConnectionGuid),
    /// The bytes of another structure, as they lie in memory.
    Structure(Vec<u8>),
}

/// What `WINHTTP_OPTION_UNLOAD_NOTIFY_EVENT` sets: an event of Windows in the other faces, a function here.
#[derive(Clone)]
pub struct Event(Arc<dyn Fn() + Send + Sync>);

impl Event {
    /// An event that is set by calling this function, on any thread. It should not panic: that may be while a panic
    /// of a callback is cleaned up after.
    pub fn new(set: impl Fn() + Send + Sync + 'static) -> Self {
        Self(Arc::new(set))
    }

    pub(crate) fn set(&self) {
        (self.0)();
    }
}

impl fmt::Debug for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Event")
    }
}

/// `HTTP_VERSION_INFO`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the two numbers of HTTP/1.1")]
pub struct HttpVersion {
    pub major: u32,
    pub minor: u32,
}

/// `WINHTTP_CONNECTION_INFO`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConnectionInfo {
    /// The address on this machine.
    pub local: SocketAddr,
    /// The address of the peer.
    pub remote: SocketAddr,
}

/// `WINHTTP_REQUEST_TIMES`: nanoseconds of a clock that never goes back, by `WinHttpProxyDetectionStart` and so on; 0 for
/// what did not happen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestTimes(pub Vec<u64>);

impl RequestTimes {
    /// When this happened, on a clock that never goes back; `None` if it did not.
    /// `WinHttpReceiveResponseBodyDecompressionDelta` is no moment, but a time.
    pub fn get(&self, entry: WINHTTP_REQUEST_TIME_ENTRY) -> Option<Duration> {
        let at = usize::try_from(entry).ok()?;
        self.0.get(at).filter(|time| **time != 0).map(|time| Duration::from_nanos(*time))
    }
}

/// `WINHTTP_REQUEST_STATS`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestStats {
    /// `WINHTTP_REQUEST_STAT_FLAG_*`.
    pub flags: u64,
    /// How many requests the connection had carried before.
    pub index: u32,
    /// The counts, by `WinHttpConnectFailureCount` and so on.
    pub values: Vec<u64>,
}

impl RequestStats {
    /// This count; 0 for what is not counted.
    pub fn get(&self, entry: WINHTTP_REQUEST_STAT_ENTRY) -> u64 {
        usize::try_from(entry).ok().and_then(|at| self.values.get(at)).copied().unwrap_or_default()
    }
}

/// `tcp_keepalive`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TcpKeepalive {
    /// Whether idle connections are probed.
    pub on: bool,
    /// After how many idle milliseconds.
    pub time: u32,
    /// How many milliseconds lie between two probes.
    pub interval: u32,
}

/// `WINHTTP_FAILED_CONNECTION_RETRIES`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FailedConnectionRetries {
    /// How often at most.
    pub max_retries: u32,
    /// After what: `WINHTTP_CONNECTION_RETRY_CONDITION_*`.
    pub conditions: u32,
}

/// `WINHTTP_MATCH_CONNECTION_GUID`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MatchConnectionGuid {
    /// The bytes of the GUID, as they lie in memory.
    pub guid: [u8; 16],
    /// `WINHTTP_MATCH_CONNECTION_GUID_FLAG_REQUIRE_MARKED_CONNECTION`, or 0.
    pub flags: u64,
}

impl OptionValue {
    /// The number, if it is one; 1 and 0 for a flag.
    pub fn number(&self) -> Option<u32> {
        match self {
            Self::Number(number) => Some(*number),
            Self::Flag(flag) => Some((*flag).into()),
            _ => None,
        }
    }

    /// The text, if it is one.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The context value, if it is one.
    pub fn context(&self) -> Option<usize> {
        match self {
            Self::Context(context) => Some(*context),
            _ => None,
        }
    }

    /// The handle, if it is one.
    pub fn handle(&self) -> Option<HINTERNET> {
        match self {
            Self::Handle(handle) => Some(*handle),
            _ => None,
        }
    }

    /// The bytes that a buffer of winhttp.h gets, in the order of this machine, and how many of them are the last NUL.
    pub fn to_buffer(&self) -> (Vec<u8>, usize) {
        let bytes = match self {
            Self::None => Vec::new(),
            Self::Number(number) => number.to_ne_bytes().to_vec(),
            Self::Flag(flag) => u32::from(*flag).to_ne_bytes().to_vec(),
            Self::Context(context) => context.to_ne_bytes().to_vec(),
            Self::Callback(callback) => callback.as_ref().map_or(0, Callback::tag).to_ne_bytes().to_vec(),
            Self::Handle(handle) => handle.as_raw().to_ne_bytes().to_vec(),
            // It can only be set.
            Self::Event(_) => Vec::new(),
            Self::Text(text) => return (text.encode_utf16().chain([0]).flat_map(u16::to_ne_bytes).collect(), 2),
            Self::Version(version) => numbers(&[version.major, version.minor]),
            Self::ConnectionInfo(info) => info.to_bytes(),
            Self::RequestTimes(times) => times.to_bytes(),
            Self::RequestStats(stats) => stats.to_bytes(),
            Self::TcpKeepalive(keepalive) => numbers(&[keepalive.on.into(), keepalive.time, keepalive.interval]),
            Self::ConnectionRetries(retries) => numbers(&[retries.max_retries, retries.conditions]),
            Self::Guid(guid) => guid.to_vec(),
            Self::MatchGuid(guid) => [guid.guid.as_slice(), &guid.flags.to_ne_bytes()].concat(),
            Self::Structure(bytes) => bytes.clone(),
        };
        (bytes, 0)
    }

    /// The value in these bytes, as many as a value of this kind has. What is an address there is told by `value_at`.
    pub(super) fn from_bytes(
        kind: OptionKind,
        bytes: &[u8],
        value_at: impl FnOnce(OptionKind, usize) -> Self,
    ) -> Option<Self> {
        let number = |at| Some(u32::from_ne_bytes(part(bytes, at)?));
        let address = || Some(usize::from_ne_bytes(part(bytes, 0)?));
        Some(match kind {
            OptionKind::Nothing => Self::None,
            OptionKind::Number => Self::Number(number(0)?),
            OptionKind::Flag => Self::Flag(number(0)? != 0),
            OptionKind::Context => Self::Context(address()?),
            OptionKind::Callback | OptionKind::Event => value_at(kind, address()?),
            OptionKind::Version => Self::Version(HttpVersion { major: number(0)?, minor: number(4)? }),
            OptionKind::TcpKeepalive => {
                Self::TcpKeepalive(TcpKeepalive { on: number(0)? != 0, time: number(4)?, interval: number(8)? })
            }
            OptionKind::ConnectionRetries => {
                Self::ConnectionRetries(FailedConnectionRetries { max_retries: number(0)?, conditions: number(4)? })
            }
            OptionKind::Guid => Self::Guid(part(bytes, 0)?),
            OptionKind::MatchGuid => {
                let flags = u64::from_ne_bytes(part(bytes, 16)?);
                Self::MatchGuid(MatchConnectionGuid { guid: part(bytes, 0)?, flags })
            }
            OptionKind::Structure(_) => Self::Structure(bytes.to_vec()),
            // These are never set, or are no bytes.
            OptionKind::Handle
            | OptionKind::Text
            | OptionKind::TextInCharacters
            | OptionKind::ConnectionInfo
            | OptionKind::RequestTimes
            | OptionKind::RequestStats => return None,
        })
    }

    /// Whether it is a value of this kind. A number is a flag, and a flag is a number: both are four bytes.
    pub(super) fn is(&self, kind: OptionKind) -> bool {
        match (self, kind) {
            (Self::None, OptionKind::Nothing)
            | (Self::Number(_) | Self::Flag(_), OptionKind::Number | OptionKind::Flag)
            | (Self::Context(_), OptionKind::Context)
            | (Self::Callback(_), OptionKind::Callback)
            | (Self::Event(_), OptionKind::Event)
            | (Self::Text(_), OptionKind::Text | OptionKind::TextInCharacters)
            | (Self::Version(_), OptionKind::Version)
            | (Self::TcpKeepalive(_), OptionKind::TcpKeepalive)
            | (Self::ConnectionRetries(_), OptionKind::ConnectionRetries)
            | (Self::Guid(_), OptionKind::Guid)
            | (Self::MatchGuid(_), OptionKind::MatchGuid) => true,
            (Self::Structure(bytes), OptionKind::Structure(size)) => bytes.len() == size,
            _ => false,
        }
    }

    /// A number in the form that an option of this kind has.
    pub(super) fn of_number(number: u32, kind: OptionKind) -> Self {
        if kind == OptionKind::Flag { Self::Flag(number != 0) } else { Self::Number(number) }
    }

    /// What an option of this kind is as long as nobody has set it.
    pub(super) fn unset(kind: OptionKind) -> Self {
        match kind {
            OptionKind::Version => Self::Version(HttpVersion { major: 1, minor: 1 }),
            _ => Self::Text(String::new()),
        }
    }
}

impl ConnectionInfo {
    fn to_bytes(self) -> Vec<u8> {
        let size = CONNECTION_INFO_START + 2 * SOCKADDR_STORAGE;
        let mut bytes = vec![0; size];
        put(&mut bytes, 0, &(size as u32).to_ne_bytes());
        put_address(&mut bytes, CONNECTION_INFO_START, self.local);
        put_address(&mut bytes, CONNECTION_INFO_START + SOCKADDR_STORAGE, self.remote);
        bytes
    }
}

/// Puts an address where a `SOCKADDR_STORAGE` of Windows begins, whatever that of this system looks like: programs read
/// the family as the two bytes that it has there.
fn put_address(bytes: &mut [u8], at: usize, address: SocketAddr) {
    let family = if address.is_ipv4() { AF_INET } else { AF_INET6 };
    put(bytes, at, &family.to_le_bytes());
    put(bytes, at + 2, &address.port().to_be_bytes());
    match address {
        SocketAddr::V4(address) => put(bytes, at + 4, &address.ip().octets()),
        SocketAddr::V6(address) => {
            put(bytes, at + 4, &address.flowinfo().to_be_bytes());
            put(bytes, at + 8, &address.ip().octets());
            put(bytes, at + 24, &address.scope_id().to_ne_bytes());
        }
    }
}

impl RequestTimes {
    fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = vec![0; size_of::<WINHTTP_REQUEST_TIMES>()];
        put(&mut bytes, 0, &(self.0.len() as u32).to_ne_bytes());
        put_all(&mut bytes, std::mem::offset_of!(WINHTTP_REQUEST_TIMES, rgullTimes), &self.0);
        bytes
    }
}

impl RequestStats {
    fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = vec![0; size_of::<WINHTTP_REQUEST_STATS>()];
        put(&mut bytes, 0, &self.flags.to_ne_bytes());
        put(&mut bytes, 8, &self.index.to_ne_bytes());
        put(&mut bytes, 12, &(self.values.len() as u32).to_ne_bytes());
        put_all(&mut bytes, std::mem::offset_of!(WINHTTP_REQUEST_STATS, rgullStats), &self.values);
        bytes
    }
}

fn put_all(bytes: &mut [u8], at: usize, numbers: &[u64]) {
    for (number, at) in numbers.iter().zip((at..).step_by(8)) {
        put(bytes, at, &number.to_ne_bytes());
    }
}

/// Puts a part into a structure, as far as that has room for it.
fn put(bytes: &mut [u8], at: usize, part: &[u8]) {
    bytes.iter_mut().skip(at).zip(part).for_each(|(place, byte)| *place = *byte);
}

/// So many bytes at this place.
fn part<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..at + N)?.try_into().ok()
}

fn numbers(numbers: &[u32]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_ne_bytes()).collect()
}

macro_rules! from {
    ($($type:ty => $variant:ident),* $(,)?) => {
        $(impl From<$type> for OptionValue {
            fn from(value: $type) -> Self {
                Self::$variant(value)
            }
        })*
    };
}

from! {
    u32 => Number,
    bool => Flag,
    usize => Context,
    String => Text,
    Option<Callback> => Callback,
    HttpVersion => Version,
    TcpKeepalive => TcpKeepalive,
    FailedConnectionRetries => ConnectionRetries,
    [u8; 16] => Guid,
    MatchConnectionGuid => MatchGuid,
    Vec<u8> => Structure,
}

impl From<()> for OptionValue {
    fn from((): ()) -> Self {
        Self::None
    }
}

impl From<Event> for OptionValue {
    fn from(event: Event) -> Self {
        Self::Event(Some(event))
    }
}

impl From<&str> for OptionValue {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

/// `AF_INET` and `AF_INET6` of Windows.
const AF_INET: u16 = 2;
const AF_INET6: u16 = 23;

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(value: impl Into<OptionValue>) -> Vec<u8> {
        value.into().to_buffer().0
    }

    #[test]
    fn addresses_lie_as_on_windows() {
        let local = "1.2.3.4:258".parse().unwrap();
        let remote = "[1:2:3:4:5:6:7:8%5]:443".parse().unwrap();
        let (bytes, nul) = OptionValue::ConnectionInfo(ConnectionInfo { local, remote }).to_buffer();
        assert_eq!((bytes.len(), nul), (CONNECTION_INFO_START + 256, 0));
        assert_eq!(bytes[..4], (bytes.len() as u32).to_ne_bytes());
        let (local, remote) = bytes[CONNECTION_INFO_START..].split_at(128);
        assert_eq!(local[..9], [2, 0, 1, 2, 1, 2, 3, 4, 0]);
        assert_eq!(remote[..8], [23, 0, 1, 187, 0, 0, 0, 0]);
        assert_eq!(remote[8..24], [0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0, 7, 0, 8]);
        assert_eq!(remote[24..28], 5u32.to_ne_bytes());
    }

    #[test]
    fn times_and_counts_lie_as_on_windows() {
        let times = OptionValue::RequestTimes(RequestTimes(vec![7, 8])).to_buffer().0;
        assert_eq!(times.len(), CONNECTION_INFO_START + 8 * 64);
        assert_eq!(times[..4], 2u32.to_ne_bytes());
        assert_eq!(times[CONNECTION_INFO_START..][8..16], 8u64.to_ne_bytes());
        let stats = RequestStats { flags: 3, index: 4, values: vec![5; 16] };
        let stats = OptionValue::RequestStats(stats).to_buffer().0;
        assert_eq!(stats.len(), 272);
        assert_eq!((&stats[..8], &stats[8..12]), (&3u64.to_ne_bytes()[..], &4u32.to_ne_bytes()[..]));
        assert_eq!((&stats[12..16], &stats[16..24]), (&16u32.to_ne_bytes()[..], &5u64.to_ne_bytes()[..]));
        assert_eq!(stats[16 + 8 * 16..], [0; 8 * 16]);
    }

    /// What is set through pointers is what is set with types.
    #[test]
    fn values_are_read_as_they_are_written() {
        let rows: [(OptionKind, OptionValue); 9] = [
            (OptionKind::Nothing, ().into()),
            (OptionKind::Number, 7u32.into()),
            (OptionKind::Flag, true.into()),
            (OptionKind::Context, usize::MAX.into()),
            (OptionKind::Version, HttpVersion { major: 1, minor: 2 }.into()),
            (OptionKind::TcpKeepalive, TcpKeepalive { on: true, time: 2, interval: 3 }.into()),
            (OptionKind::ConnectionRetries, FailedConnectionRetries { max_retries: 1, conditions: 2 }.into()),
            (OptionKind::Guid, std::array::from_fn::<u8, 16, _>(|at| at as u8).into()),
            (OptionKind::MatchGuid, MatchConnectionGuid { guid: [9; 16], flags: 1 << 40 }.into()),
        ];
        for (kind, value) in rows {
            let bytes = bytes(value.clone());
            assert_eq!(Some(bytes.len()), kind.size(), "{kind:?}");
            let read = OptionValue::from_bytes(kind, &bytes, |_, _| ().into()).unwrap();
            assert!(value.is(kind) && read.is(kind), "{kind:?}");
            assert_eq!(format!("{read:?}"), format!("{value:?}"));
            if let Some((_, short)) = bytes.split_last() {
                assert!(OptionValue::from_bytes(kind, short, |_, _| ().into()).is_none(), "{kind:?}");
            }
        }
    }

    #[test]
    fn numbers_and_flags_are_four_bytes_alike() {
        assert!(OptionValue::Number(2).is(OptionKind::Flag) && OptionValue::Flag(true).is(OptionKind::Number));
        assert!(!OptionValue::Context(2).is(OptionKind::Number) && !OptionValue::Number(2).is(OptionKind::Context));
        assert_eq!(bytes(2u32)[..], 2u32.to_ne_bytes());
        assert_eq!(OptionValue::of_number(2, OptionKind::Flag).number(), Some(1));
    }
}
