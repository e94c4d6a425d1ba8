//! Options, with the protocol of sizes (options.md 1.2): asked without a buffer, with one that is a byte short, and with
//! one that is just large enough.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::ptr;

use openwinhttp::*;
use openwinhttp_sys::winhttp;

use crate::handles::raw;
use crate::memory::{Guarded, UNTOUCHED, place, string};
use crate::outcome::of_bool;

/// [`openwinhttp::WinHttpQueryOption`], by way of the raw face: the size is asked for first.
pub fn WinHttpQueryOption(handle: HINTERNET, option: u32) -> Result<OptionValue> {
    let needed = needed(handle, option)?;
    if needed > 0 {
        let mut short = Guarded::new(&vec![UNTOUCHED; needed as usize - 1]);
        let (outcome, told) = ask(handle, option, Some(&mut short), needed - 1);
        let error = outcome.expect_err("a value without room for it");
        assert_eq!((error.code(), told), (ERROR_INSUFFICIENT_BUFFER, needed), "the needed size has changed");
        assert!(short.bytes().iter().all(|byte| *byte == UNTOUCHED), "a buffer that is too small was touched");
    }
    // All entries of those that can be counted are wanted.
    let mut buffer = Guarded::new(&vec![0xFF; needed as usize]);
    let (outcome, told) = ask(handle, option, Some(&mut buffer), needed);
    outcome?;
    Ok(value(option, buffer.bytes(), told as usize))
}

/// [`openwinhttp::WinHttpQueryOptionBuffer`], by way of the raw face.
pub fn WinHttpQueryOptionBuffer(
    handle: HINTERNET,
    option: u32,
    buffer: Option<&mut [u8]>,
    buffer_length: &mut u32,
) -> Result<()> {
    let mut copy = buffer.as_deref().map(Guarded::new);
    // A length must not promise more than there is.
    let usable = copy.as_ref().map_or(*buffer_length, |copy| copy.length().min(*buffer_length));
    let (outcome, told) = ask(handle, option, copy.as_mut(), usable);
    if let (Some(buffer), Some(copy)) = (buffer, &copy) {
        buffer.copy_from_slice(copy.bytes());
    }
    match &outcome {
        Err(error) if error.code() != ERROR_INSUFFICIENT_BUFFER => assert_eq!(told, usable),
        _ => *buffer_length = told,
    }
    outcome
}

/// [`openwinhttp::WinHttpSetOption`], by way of the raw face.
pub fn WinHttpSetOption(handle: HINTERNET, option: u32, value: impl Into<OptionValue>) -> Result<()> {
    let (bytes, nul) = value.into().to_buffer();
    let bytes = &bytes[..bytes.len() - nul];
    let unit = if IN_CHARACTERS.contains(&option) { 2 } else { 1 };
    let copy = (!bytes.is_empty()).then(|| Guarded::new(bytes));
    let pointer = copy.as_ref().map_or(ptr::null(), Guarded::as_ptr);
    // SAFETY: the buffer is as large as the length says, or NULL.
    let outcome =
        of_bool(unsafe { winhttp::WinHttpSetOption(raw(handle), option, pointer, (bytes.len() / unit) as u32) });
    copy.iter().for_each(|copy| assert_eq!(copy.bytes(), bytes, "the value of the caller was changed"));
    outcome
}

/// The size that is needed, told by a call without a buffer.
fn needed(handle: HINTERNET, option: u32) -> Result<u32> {
    match ask(handle, option, None, 0xDEAD_BEEF) {
        (Ok(()), told) => Ok(told),
        (Err(error), told) if error.code() == ERROR_INSUFFICIENT_BUFFER => Ok(told),
        (Err(error), told) => {
            assert_eq!(told, 0xDEAD_BEEF, "the length was changed by a call that failed with {error}");
            Err(error)
        }
    }
}

fn ask(handle: HINTERNET, option: u32, buffer: Option<&mut Guarded>, length: u32) -> (Result<()>, u32) {
    let mut length = Guarded::number(length);
    // SAFETY: the buffer is as large as the length says, or NULL; the length can be read and written.
    let outcome =
        of_bool(unsafe { winhttp::WinHttpQueryOption(raw(handle), option, place(buffer), length.as_mut_ptr()) });
    (outcome, length.to_number())
}

/// The value in a buffer that is just large enough, of which the call reported `length` bytes.
fn value(option: u32, bytes: &[u8], length: usize) -> OptionValue {
    let kind = option_row(option).expect("an option").kind;
    if let OptionKind::Text | OptionKind::TextInCharacters = kind {
        return OptionValue::Text(string(bytes, length));
    }
    assert_eq!(length, bytes.len(), "{option}");
    match kind {
        OptionKind::Number => OptionValue::Number(number(bytes, 0)),
        OptionKind::Flag => OptionValue::Flag(number(bytes, 0) != 0),
        OptionKind::Context => OptionValue::Context(usize::from_ne_bytes(bytes.try_into().unwrap())),
        OptionKind::Handle => OptionValue::Handle(HINTERNET::from_raw(usize::from_ne_bytes(bytes.try_into().unwrap()))),
        OptionKind::Version => OptionValue::Version(HttpVersion { major: number(bytes, 0), minor: number(bytes, 4) }),
        OptionKind::ConnectionInfo => OptionValue::ConnectionInfo(connection_info(bytes)),
        OptionKind::RequestTimes => OptionValue::RequestTimes(RequestTimes(counted(bytes, 0, bytes.len() - 8 * 64))),
        OptionKind::RequestStats => OptionValue::RequestStats(RequestStats {
            flags: number64(bytes, 0),
            index: number(bytes, 8),
            values: counted(bytes, 12, 16),
        }),
        kind => panic!("{option} is {kind:?}"),
    }
}

/// As many numbers from `start` on as the number at `count` says; there is nothing behind them.
fn counted(bytes: &[u8], count: usize, start: usize) -> Vec<u64> {
    let (numbers, rest) = bytes[start..].split_at(8 * number(bytes, count) as usize);
    assert!(rest.iter().all(|byte| *byte == 0), "more entries than were told");
    numbers.chunks_exact(8).map(|bytes| u64::from_ne_bytes(bytes.try_into().unwrap())).collect()
}

fn connection_info(bytes: &[u8]) -> ConnectionInfo {
    assert_eq!(number(bytes, 0) as usize, bytes.len(), "cbSize");
    let start = bytes.len() - 2 * 128;
    ConnectionInfo { local: address(&bytes[start..][..128]), remote: address(&bytes[start + 128..]) }
}

/// The address in a `SOCKADDR_STORAGE` of Windows.
fn address(bytes: &[u8]) -> SocketAddr {
    let port = u16::from_be_bytes([bytes[2], bytes[3]]);
    match u16::from_le_bytes([bytes[0], bytes[1]]) {
        2 => (Ipv4Addr::from(<[u8; 4]>::try_from(&bytes[4..8]).unwrap()), port).into(),
        23 => (Ipv6Addr::from(<[u8; 16]>::try_from(&bytes[8..24]).unwrap()), port).into(),
        family => panic!("family {family}"),
    }
}

fn number(bytes: &[u8], at: usize) -> u32 {
    u32::from_ne_bytes(bytes[at..][..4].try_into().unwrap())
}

fn number64(bytes: &[u8], at: usize) -> u64 {
    u64::from_ne_bytes(bytes[at..][..8].try_into().unwrap())
}

/// The options whose length counts characters (options.md 1.3).
const IN_CHARACTERS: [u32; 5] = [
    WINHTTP_OPTION_USER_AGENT,
    WINHTTP_OPTION_USERNAME,
    WINHTTP_OPTION_PASSWORD,
    WINHTTP_OPTION_PROXY_USERNAME,
    WINHTTP_OPTION_PROXY_PASSWORD,
];
