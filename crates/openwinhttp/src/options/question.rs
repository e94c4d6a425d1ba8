//! What `WinHttpQueryOption` asks.

use openwinhttp_abi::*;

use super::value::{ConnectionInfo, OptionValue, RequestStats, RequestTimes};
use super::{Subject, extended};
use crate::errors::{Error, Result, fail};
use crate::handle::HINTERNET;
use crate::objects::Object;

/// A question that can be asked: handle and option go together. The raw face asks in two steps, because the buffer of
/// the caller is not looked at before these are found right.
#[derive(Debug)]
pub struct OptionQuestion {
    row: &'static OptionRow,
    subject: Subject,
}

impl OptionQuestion {
    /// Checks the handle, whether there is a place for the length, and the option, in this order.
    pub fn new(handle: HINTERNET, option: u32, has_length: bool) -> Result<Self> {
        let row = option_row(option);
        let (types, orphans) = row.map_or((HandleTypes::NONE, false), |row| (row.query, row.orphans));
        let subject = Subject::find(handle, types, orphans)?;
        match row {
            Some(row) if has_length && row.query != HandleTypes::NONE => Self { row, subject }.checked(),
            _ => fail(ERROR_INVALID_PARAMETER),
        }
    }

    fn checked(self) -> Result<Self> {
        match self.row.keeps {
            _ if !self.row.query.meets(self.subject.handles) => fail(self.row.wrong_query),
            OptionStore::Unsupported => fail(ERROR_INVALID_PARAMETER),
            _ => Ok(self),
        }
    }

    /// Puts the value into a buffer, of which `length` bytes may be used; `length` becomes the number of bytes without
    /// the last NUL. `ERROR_INSUFFICIENT_BUFFER` if there is too little room: then `length` becomes what is needed.
    pub fn fill(&self, buffer: Option<&mut [u8]>, length: &mut u32) -> Result<()> {
        let usable = usize::try_from(*length).unwrap_or(usize::MAX);
        let buffer = buffer.unwrap_or_default();
        let room = buffer.len().min(usable);
        let size = self.row.kind.size().unwrap_or_default();
        if size > room {
            return too_small(length, size);
        }
        let (bytes, nul) = self.value(&buffer[..size])?.to_buffer();
        if bytes.len() > room {
            return too_small(length, bytes.len());
        }
        buffer[..bytes.len()].copy_from_slice(&bytes);
        *length = count(bytes.len() - nul);
        Ok(())
    }

    /// The value. A few options are asked with something `given` in the buffer of the answer.
    pub fn value(&self, given: &[u8]) -> Result<OptionValue> {
        let kind = self.row.kind;
        match self.row.keeps {
            OptionStore::Setting(setting, _) | OptionStore::Bits(setting) => {
                Ok(OptionValue::of_number(self.subject.settings()?[setting], kind))
            }
            OptionStore::Value => {
                Ok(self.subject.kept().get(self.row.number).unwrap_or_else(|| OptionValue::unset(kind)))
            }
            OptionStore::Fixed(number) => Ok(OptionValue::of_number(number, kind)),
            OptionStore::Never => fail(ERROR_WINHTTP_INCORRECT_HANDLE_STATE),
            OptionStore::Live => self.live(given),
            OptionStore::Unsupported => fail(ERROR_INVALID_PARAMETER),
        }
    }

    fn live(&self, given: &[u8]) -> Result<OptionValue> {
        let answer = LIVE.iter().find(|(option, _)| *option == self.row.number);
        answer.map_or_else(|| fail(ERROR_INVALID_PARAMETER), |(_, answer)| answer(&self.subject, given))
    }
}

fn too_small(length: &mut u32, needed: usize) -> Result<()> {
    *length = count(needed);
    fail(ERROR_INSUFFICIENT_BUFFER)
}

fn count(bytes: usize) -> u32 {
    u32::try_from(bytes).unwrap_or(u32::MAX)
}

fn callback(subject: &Subject, _: &[u8]) -> Result<OptionValue> {
    Ok(OptionValue::Callback(subject.object()?.listener().callback()))
}

fn context(subject: &Subject, _: &[u8]) -> Result<OptionValue> {
    Ok(OptionValue::Context(subject.object()?.listener().context()))
}

fn handle_type(subject: &Subject, _: &[u8]) -> Result<OptionValue> {
    Ok(OptionValue::Number(match subject.object()? {
        Object::Session(_) => WINHTTP_HANDLE_TYPE_SESSION,
        Object::Connection(_) => WINHTTP_HANDLE_TYPE_CONNECT,
        Object::Request(_) => WINHTTP_HANDLE_TYPE_REQUEST,
    }))
}

fn parent(subject: &Subject, _: &[u8]) -> Result<OptionValue> {
    match subject.object()? {
        Object::Session(_) => fail(ERROR_INVALID_PARAMETER),
        Object::Connection(connection) => Ok(OptionValue::Handle(connection.session.listener.handle())),
        Object::Request(request) => Ok(OptionValue::Handle(request.connection.listener.handle())),
    }
}

fn extended_error(_: &Subject, _: &[u8]) -> Result<OptionValue> {
    Ok(OptionValue::Number(extended::last()))
}

fn user_agent(subject: &Subject, _: &[u8]) -> Result<OptionValue> {
    Ok(OptionValue::Text(subject.session()?.user_agent.lock().as_deref().unwrap_or_default().to_owned()))
}

fn url(subject: &Subject, _: &[u8]) -> Result<OptionValue> {
    let request = subject.request()?;
    request.with_exchange(|exchange| Ok(OptionValue::Text(exchange.url(request))))
}

fn connection_info(subject: &Subject, _: &[u8]) -> Result<OptionValue> {
    let endpoints = subject
        .request()?
        .with_exchange(|exchange| exchange.endpoints().ok_or(Error::from_code(ERROR_WINHTTP_INCORRECT_HANDLE_STATE)))?;
    Ok(OptionValue::ConnectionInfo(ConnectionInfo { local: endpoints.local, remote: endpoints.remote }))
}

/// As many times as the caller has asked for, who says so at the start of the structure.
fn request_times(subject: &Subject, given: &[u8]) -> Result<OptionValue> {
    let count = wanted(given, 0);
    let times = |times: &[u64]| times.iter().copied().take(count).collect();
    let times = subject.request()?.with_exchange(|exchange| Ok(times(&exchange.times())))?;
    Ok(OptionValue::RequestTimes(RequestTimes(times)))
}

/// As many counts as the caller has asked for, who says so behind the flags and the index.
fn request_stats(subject: &Subject, given: &[u8]) -> Result<OptionValue> {
    let stats = subject.request()?.with_exchange(|exchange| Ok(exchange.stats()))?;
    let values = stats.values.iter().copied().take(wanted(given, 12)).collect();
    Ok(OptionValue::RequestStats(RequestStats { flags: stats.flags, index: stats.index, values }))
}

/// The number that the caller has put there; without a structure, all there are.
fn wanted(given: &[u8], at: usize) -> usize {
    number(given, at).map_or(usize::MAX, |count| usize::try_from(count).unwrap_or(usize::MAX))
}

/// The caller gives the number of the feature; nothing else answers but whether the call succeeds.
fn feature(_: &Subject, given: &[u8]) -> Result<OptionValue> {
    match number(given, 0) {
        Some(feature) if FEATURES.contains(&feature) => Ok(OptionValue::Number(feature)),
        Some(_) => fail(ERROR_INVALID_PARAMETER),
        None => fail(ERROR_INSUFFICIENT_BUFFER),
    }
}

fn number(given: &[u8], at: usize) -> Option<u32> {
    given.get(at..at + 4)?.try_into().ok().map(u32::from_ne_bytes)
}

type Answer = fn(&Subject, &[u8]) -> Result<OptionValue>;

/// The options that are worked out when they are asked for.
const LIVE: &[(u32, Answer)] = &[
    (WINHTTP_OPTION_CALLBACK, callback),
    (WINHTTP_OPTION_HANDLE_TYPE, handle_type),
    (WINHTTP_OPTION_PARENT_HANDLE, parent),
    (WINHTTP_OPTION_EXTENDED_ERROR, extended_error),
    (WINHTTP_OPTION_URL, url),
    (WINHTTP_OPTION_USER_AGENT, user_agent),
    (WINHTTP_OPTION_CONTEXT_VALUE, context),
    (WINHTTP_OPTION_CONNECTION_INFO, connection_info),
    (WINHTTP_OPTION_REQUEST_TIMES, request_times),
    (WINHTTP_OPTION_REQUEST_STATS, request_stats),
    (WINHTTP_OPTION_FEATURE_SUPPORTED, feature),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_live_option_has_an_answer() {
        let live = |row: &&OptionRow| row.keeps == OptionStore::Live && row.query != HandleTypes::NONE;
        let rows: Vec<u32> = OPTIONS.iter().filter(live).map(|row| row.number).collect();
        assert_eq!(rows, LIVE.iter().map(|(option, _)| *option).collect::<Vec<_>>());
    }
}
