//! What `WinHttpSetOption` changes.

use openwinhttp_abi::*;
use openwinhttp_wire::{Host, is_field_value};

use super::{OptionValue, Subject};
use crate::errors::{Error, Result, fail};
#[cfg(feature = "brotli")]
use crate::ext;
use crate::handle::HINTERNET;

/// A change that can be made: handle and option go together. The raw face makes it in steps, because the buffer of the
/// caller is not looked at before these are found right.
#[derive(Debug)]
pub struct OptionChange {
    row: &'static OptionRow,
    subject: Subject,
}

/// How much of a caller's buffer a value takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OptionExtent {
    /// So many bytes.
    Bytes(u32),
    /// Text of at most so many characters; a NUL may end it before.
    Characters(u32),
}

impl OptionChange {
    /// Checks the handle, whether there is a buffer for the length, and the option, in this order.
    pub fn new(handle: HINTERNET, option: u32, has_buffer: bool) -> Result<Self> {
        let row = option_row(option);
        let subject = Subject::find(handle, row.map_or(HandleTypes::NONE, |row| row.set), false)?;
        match row {
            _ if !has_buffer => fail(ERROR_INVALID_PARAMETER),
            None => fail(ERROR_WINHTTP_INVALID_OPTION),
            Some(row) => Self { row, subject }.checked(),
        }
    }

    fn checked(self) -> Result<Self> {
        match self.row.set {
            HandleTypes::NONE => fail(ERROR_WINHTTP_OPTION_NOT_SETTABLE),
            types if !types.meets(self.subject.handles) => fail(ERROR_WINHTTP_INCORRECT_HANDLE_TYPE),
            _ if self.row.keeps == OptionStore::Unsupported => fail(ERROR_WINHTTP_INVALID_OPTION),
            _ => Ok(self),
        }
    }

    /// What of a buffer of this length is the value; the code for a wrong size if none is.
    pub fn extent(&self, length: u32) -> Result<OptionExtent> {
        match self.row.kind {
            OptionKind::TextInCharacters => Ok(OptionExtent::Characters(length)),
            OptionKind::Text if length % 2 == 0 => Ok(OptionExtent::Characters(length / 2)),
            kind if kind.size() == usize::try_from(length).ok() => Ok(OptionExtent::Bytes(length)),
            _ => fail(self.row.wrong_size),
        }
    }

    /// The value in these bytes. What is an address there is told by `value_at`.
    pub fn read(&self, bytes: &[u8], value_at: impl FnOnce(OptionKind, usize) -> OptionValue) -> Result<OptionValue> {
        let value = OptionValue::from_bytes(self.row.kind, bytes, value_at);
        value.ok_or(Error::from_code(self.row.wrong_size))
    }

    /// Sets the value.
    pub fn set(&self, value: OptionValue) -> Result<()> {
        if !value.is(self.row.kind) {
            return fail(self.row.wrong_size);
        }
        match self.row.keeps {
            OptionStore::Setting(setting, _) => {
                let number = self.number(&value)?;
                self.subject.settings()?.set(setting, number);
            }
            OptionStore::Bits(setting) => {
                let number = self.number(&value)?;
                self.subject.settings()?[setting] |= number;
            }
            OptionStore::Fixed(_) => {
                self.number(&value)?;
            }
            OptionStore::Value => {
                self.check_text(&value)?;
                self.subject.kept().set(self.row.number, value);
            }
            OptionStore::Live => return self.act(value),
            OptionStore::Never | OptionStore::Unsupported => return fail(ERROR_WINHTTP_INVALID_OPTION),
        }
        Ok(())
    }

    /// The number, if the option takes it; 0 for what is none.
    fn number(&self, value: &OptionValue) -> Result<u32> {
        let given = value.number().unwrap_or_default();
        #[cfg(feature = "brotli")]
        if self.row.number == WINHTTP_OPTION_DECOMPRESSION && given & ext::DECOMPRESSION_FLAG_BROTLI != 0 {
            let beside = given & !ext::DECOMPRESSION_FLAG_BROTLI;
            return self.number(&beside.into()).map(|known| known | ext::DECOMPRESSION_FLAG_BROTLI);
        }
        match (given, self.row.rule) {
            (number, rule) if rule.allows(number, self.subject.handles) => Ok(number),
            (_, OptionRule::Only(_)) => fail(ERROR_WINHTTP_INVALID_OPTION),
            _ => fail(ERROR_INVALID_PARAMETER),
        }
    }

    fn check_text(&self, value: &OptionValue) -> Result<()> {
        let text = value.as_str().unwrap_or_default();
        match self.row.rule {
            OptionRule::Longest(most) if 2 * text.encode_utf16().count() > most as usize => {
                fail(ERROR_INVALID_PARAMETER)
            }
            OptionRule::HostBeforeSend => self.check_host(text),
            _ => Ok(()),
        }
    }

    fn check_host(&self, text: &str) -> Result<()> {
        if self.subject.request()?.with_exchange(|exchange| Ok(exchange.has_been_sent()))? {
            return fail(ERROR_WINHTTP_INCORRECT_HANDLE_STATE);
        }
        Host::parse(text).map(drop).map_err(|error| Error::new(ERROR_INVALID_PARAMETER, error))
    }

    fn act(&self, value: OptionValue) -> Result<()> {
        let act = LIVE.iter().find(|(option, _)| *option == self.row.number);
        act.map_or_else(|| fail(ERROR_WINHTTP_INVALID_OPTION), |(_, act)| act(&self.subject, value))
    }
}

fn set_callback(subject: &Subject, value: OptionValue) -> Result<()> {
    if let OptionValue::Callback(callback) = value {
        subject.object()?.listener().replace(callback);
    }
    Ok(())
}

fn set_context(subject: &Subject, value: OptionValue) -> Result<()> {
    subject.object()?.listener().replace_context(value.context().unwrap_or_default());
    Ok(())
}

fn set_user_agent(subject: &Subject, value: OptionValue) -> Result<()> {
    let text = value.as_str().unwrap_or_default();
    if !is_field_value(text.as_bytes()) {
        return fail(ERROR_INVALID_PARAMETER);
    }
    *subject.session()?.user_agent.lock() = (!text.is_empty()).then(|| text.into());
    Ok(())
}

fn set_unload_event(subject: &Subject, value: OptionValue) -> Result<()> {
    if let OptionValue::Event(event) = value {
        subject.session()?.unload.replace(event);
    }
    Ok(())
}

fn expire_connection(subject: &Subject, _: OptionValue) -> Result<()> {
    match subject.request()?.with_exchange(|exchange| Ok(exchange.expire()))? {
        true => Ok(()),
        false => fail(ERROR_WINHTTP_INCORRECT_HANDLE_STATE),
    }
}

type Act = fn(&Subject, OptionValue) -> Result<()>;

/// The options that do something at once.
const LIVE: &[(u32, Act)] = &[
    (WINHTTP_OPTION_CALLBACK, set_callback),
    (WINHTTP_OPTION_USER_AGENT, set_user_agent),
    (WINHTTP_OPTION_CONTEXT_VALUE, set_context),
    (WINHTTP_OPTION_UNLOAD_NOTIFY_EVENT, set_unload_event),
    (WINHTTP_OPTION_EXPIRE_CONNECTION, expire_connection),
];

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::sync::mpsc::channel;

    use super::*;
    use crate::api::*;
    use crate::notice::{Callback, Status};
    use crate::options::Event;

    #[test]
    fn every_live_option_is_acted_on() {
        let live = |row: &&OptionRow| row.keeps == OptionStore::Live && row.set != HandleTypes::NONE;
        let rows: Vec<u32> = OPTIONS.iter().filter(live).map(|row| row.number).collect();
        assert_eq!(rows, LIVE.iter().map(|(option, _)| *option).collect::<Vec<_>>());
    }

    /// The handles of a session tell their ends first, the session last; then the event is set, once.
    #[test]
    fn an_event_is_set_behind_the_last_callback() {
        for flags in [0, WINHTTP_FLAG_ASYNC] {
            let (told, heard) = channel();
            let telling = told.clone();
            let callback = Callback::new(move |_, _, status| {
                if let Status::HandleClosing(handle) = status {
                    telling.send(Some(handle)).unwrap();
                }
            });
            let session = WinHttpOpen(None, WINHTTP_ACCESS_TYPE_NO_PROXY, None, None, flags).unwrap();
            WinHttpSetStatusCallback(session, Some(callback), WINHTTP_CALLBACK_FLAG_ALL_NOTIFICATIONS, 0).unwrap();
            WinHttpSetOption(session, WINHTTP_OPTION_CONTEXT_VALUE, 1usize).unwrap();
            let replaced = Event::new(|| panic!("another event has taken its place"));
            WinHttpSetOption(session, WINHTTP_OPTION_UNLOAD_NOTIFY_EVENT, replaced).unwrap();
            let event = Event::new(move || told.send(None).unwrap());
            WinHttpSetOption(session, WINHTTP_OPTION_UNLOAD_NOTIFY_EVENT, event).unwrap();
            let connect = WinHttpConnect(session, "h", 80, 0).unwrap();
            let request = WinHttpOpenRequest(connect, None, None, None, None, None, 0).unwrap();
            WinHttpCloseHandle(session).unwrap();
            WinHttpCloseHandle(request).unwrap();
            assert_eq!(heard.try_iter().collect::<Vec<_>>(), [Some(request)]);
            WinHttpCloseHandle(connect).unwrap();
            assert_eq!(heard.iter().collect::<Vec<_>>(), [Some(connect), Some(session), None]);
        }
    }

    #[test]
    fn an_event_can_be_taken_back() {
        let session = WinHttpOpen(None, WINHTTP_ACCESS_TYPE_NO_PROXY, None, None, 0).unwrap();
        let event = Event::new(|| panic!("it was taken back"));
        WinHttpSetOption(session, WINHTTP_OPTION_UNLOAD_NOTIFY_EVENT, event).unwrap();
        WinHttpSetOption(session, WINHTTP_OPTION_UNLOAD_NOTIFY_EVENT, OptionValue::Event(None)).unwrap();
        WinHttpCloseHandle(session).unwrap();
    }

    #[cfg(feature = "brotli")]
    #[test]
    fn brotli_can_be_asked_for() {
        let session = WinHttpOpen(None, WINHTTP_ACCESS_TYPE_NO_PROXY, None, None, 0).unwrap();
        let wanted = ext::DECOMPRESSION_FLAG_BROTLI | WINHTTP_DECOMPRESSION_FLAG_GZIP;
        WinHttpSetOption(session, WINHTTP_OPTION_DECOMPRESSION, wanted).unwrap();
        let refused = WinHttpSetOption(session, WINHTTP_OPTION_DECOMPRESSION, wanted | 4).unwrap_err();
        assert_eq!(refused.code(), ERROR_INVALID_PARAMETER);
        WinHttpCloseHandle(session).unwrap();
    }

    #[test]
    fn a_callback_that_is_an_option_is_told() {
        let count = Arc::new(AtomicU32::new(0));
        let told = Arc::clone(&count);
        let callback = Callback::new(move |_, _, _| {
            told.fetch_add(1, Ordering::Relaxed);
        });
        let session = WinHttpOpen(None, WINHTTP_ACCESS_TYPE_NO_PROXY, None, None, 0).unwrap();
        WinHttpSetOption(session, WINHTTP_OPTION_CALLBACK, Some(callback)).unwrap();
        let connect = WinHttpConnect(session, "h", 80, 0).unwrap();
        assert_eq!(count.load(Ordering::Relaxed), 1);
        let asked = WinHttpQueryOption(connect, WINHTTP_OPTION_CALLBACK).unwrap();
        assert!(matches!(asked, OptionValue::Callback(Some(_))));
        WinHttpSetOption(session, WINHTTP_OPTION_CALLBACK, None).unwrap();
        WinHttpCloseHandle(WinHttpConnect(session, "h", 80, 0).unwrap()).unwrap();
        assert_eq!(count.load(Ordering::Relaxed), 1);
        WinHttpCloseHandle(session).unwrap();
    }
}
