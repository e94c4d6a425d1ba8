//! `WinHttpQueryHeaders` with its protocol of sizes (core.md 15.2 and 19): asked without a buffer, with one that is a
//! byte short, and with one that is just large enough.

use openwinhttp::*;
use openwinhttp_sys::winhttp;

use crate::handles::raw;
use crate::memory::{Guarded, UNTOUCHED, place, pointer, string};
use crate::outcome::of_bool;
use crate::time::system_time;

/// What is asked.
pub(crate) struct Query {
    request: HINTERNET,
    info_level: u32,
    name: Option<Guarded>,
}

/// What a call told, and left in the places that it got.
struct Told {
    outcome: Result<()>,
    length: u32,
    index: Option<u32>,
}

impl Query {
    pub(crate) fn new(request: HINTERNET, info_level: u32, name: Option<&str>) -> Self {
        Self { request, info_level, name: name.map(Guarded::text) }
    }

    /// The value, in a buffer that is just large enough.
    pub(crate) fn value(&self, index: Option<&mut u32>) -> Result<HeaderValue> {
        let start = index.as_deref().copied();
        let needed = self.needed(None, 0, start)?;
        let mut short = Guarded::new(&vec![UNTOUCHED; needed as usize - 1]);
        assert_eq!(self.needed(Some(&mut short), needed - 1, start)?, needed, "the needed size has changed");
        assert!(short.bytes().iter().all(|byte| *byte == UNTOUCHED), "a buffer that is too small was touched");

        let mut buffer = Guarded::new(&vec![UNTOUCHED; needed as usize]);
        let told = self.ask(Some(&mut buffer), needed, start);
        told.outcome?;
        advance(index, told.index);
        Ok(value(self.info_level, buffer.bytes(), told.length as usize))
    }

    /// One call with the buffer and the length of the caller.
    pub(crate) fn fill(&self, buffer: Option<&mut [u8]>, length: &mut u32, index: Option<&mut u32>) -> Result<()> {
        let start = index.as_deref().copied();
        let mut copy = buffer.as_deref().map(Guarded::new);
        // A length must not promise more than there is.
        let usable = copy.as_ref().map_or(*length, |copy| copy.length().min(*length));
        let told = self.ask(copy.as_mut(), usable, start);
        if let (Some(buffer), Some(copy)) = (buffer, &copy) {
            buffer.copy_from_slice(copy.bytes());
        }
        match &told.outcome {
            Err(error) if error.code() != ERROR_INSUFFICIENT_BUFFER => assert_eq!(told.length, usable),
            _ => *length = told.length,
        }
        advance(index, told.index);
        told.outcome
    }

    /// The size that is needed, told by a call whose buffer is none or too small.
    fn needed(&self, buffer: Option<&mut Guarded>, length: u32, start: Option<u32>) -> Result<u32> {
        let told = self.ask(buffer, length, start);
        assert_eq!(told.index, start, "the index was changed by a call that failed");
        match told.outcome.expect_err("a value without room for it") {
            error if error.code() == ERROR_INSUFFICIENT_BUFFER => Ok(told.length),
            error => {
                assert_eq!(told.length, length, "the length was changed by a call that failed with {error}");
                Err(error)
            }
        }
    }

    fn ask(&self, buffer: Option<&mut Guarded>, length: u32, start: Option<u32>) -> Told {
        let (mut length, mut index) = (Guarded::number(length), start.map(Guarded::number));
        // SAFETY: the name ends with a NUL or is NULL; the buffer is as long as the length says or NULL; both numbers
        // can be read and written.
        let outcome = of_bool(unsafe {
            winhttp::WinHttpQueryHeaders(
                raw(self.request),
                self.info_level,
                pointer(&self.name),
                place(buffer),
                length.as_mut_ptr(),
                place(index.as_mut()),
            )
        });
        Told { outcome, length: length.to_number(), index: index.as_ref().map(Guarded::to_number) }
    }
}

fn advance(index: Option<&mut u32>, told: Option<u32>) {
    if let (Some(index), Some(told)) = (index, told) {
        *index = told;
    }
}

/// The value in a buffer that is just large enough, of which the call reported `length` bytes.
fn value(info_level: u32, bytes: &[u8], length: usize) -> HeaderValue {
    let kind = KINDS.iter().find(|(flag, _)| info_level & flag != 0);
    if let Some((_, read)) = kind {
        return read(bytes, length);
    }
    let text = string(bytes, length);
    match info_level & !QUERY_MODIFIERS {
        WINHTTP_QUERY_RAW_HEADERS => HeaderValue::Lines(text.split_terminator('\0').map(str::to_owned).collect()),
        _ => HeaderValue::Text(text),
    }
}

fn number(bytes: &[u8], length: usize) -> HeaderValue {
    assert_eq!(length, bytes.len());
    HeaderValue::Number(u32::from_ne_bytes(bytes.try_into().unwrap()))
}

fn number64(bytes: &[u8], length: usize) -> HeaderValue {
    assert_eq!(length, bytes.len());
    HeaderValue::Number64(u64::from_ne_bytes(bytes.try_into().unwrap()))
}

fn time(bytes: &[u8], length: usize) -> HeaderValue {
    assert_eq!(length, bytes.len());
    HeaderValue::Time(system_time(bytes))
}

fn wire(bytes: &[u8], length: usize) -> HeaderValue {
    let (text, nul) = bytes.split_at(length);
    assert_eq!(nul, [0], "not one NUL behind the text");
    HeaderValue::Wire(text.to_vec())
}

type Read = fn(&[u8], usize) -> HeaderValue;

/// How the bytes are read, by the first of these modifiers that is there.
const KINDS: [(u32, Read); 4] = [
    (WINHTTP_QUERY_FLAG_NUMBER, number),
    (WINHTTP_QUERY_FLAG_NUMBER64, number64),
    (WINHTTP_QUERY_FLAG_SYSTEMTIME, time),
    (WINHTTP_QUERY_FLAG_WIRE_ENCODING, wire),
];
