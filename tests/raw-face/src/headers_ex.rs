//! Header fields whose names and values stand apart.

use std::ffi::c_void;
use std::ptr::{null, null_mut};

use openwinhttp::*;
use openwinhttp_sys::winhttp;

use crate::handles::raw;
use crate::memory::{Guarded, UNTOUCHED, place, string};
use crate::outcome::of_code;

/// [`openwinhttp::WinHttpAddRequestHeadersEx`], by way of the raw face: as UTF-16 where all is text, else as bytes.
pub fn WinHttpAddRequestHeadersEx<T: AsRef<[u8]>>(
    request: HINTERNET,
    modifiers: u32,
    headers: &[(T, T)],
) -> Result<()> {
    let parts = || headers.iter().flat_map(|(name, value)| [name.as_ref(), value.as_ref()]);
    let texts: Option<Vec<_>> = parts().map(|part| std::str::from_utf8(part).ok().map(Guarded::text)).collect();
    let flags = if texts.is_some() { WINHTTP_EXTENDED_HEADER_FLAG_UNICODE.into() } else { 0 };
    let texts = texts.unwrap_or_else(|| parts().map(|part| Guarded::new(&[part, b"\0"].concat())).collect());
    let pointers = texts.iter().flat_map(|text| text.as_ptr::<u8>().expose_provenance().to_ne_bytes());
    let array = Guarded::new(&pointers.collect::<Vec<_>>());
    let count = u32::try_from(headers.len()).unwrap();
    // SAFETY: there are as many headers as the count says, and each text ends with a NUL.
    let call =
        || unsafe { winhttp::WinHttpAddRequestHeadersEx(raw(request), modifiers, flags, 0, count, array.as_ptr()) };
    of_code(call())
}

/// [`openwinhttp::WinHttpQueryHeadersEx`], by way of the raw face: the size is asked for first.
pub fn WinHttpQueryHeadersEx(
    request: HINTERNET,
    info_level: u32,
    index: Option<&mut u32>,
    name: Option<&str>,
) -> Result<Vec<ExtendedHeader>> {
    let query = Query::new(request, info_level, index.as_deref().copied(), name);
    let needed = query.needed(None, 0)?;
    let mut short = Guarded::new(&vec![UNTOUCHED; needed as usize - 1]);
    assert_eq!(query.needed(Some(&mut short), needed - 1)?, needed, "the needed size has changed");
    assert!(short.bytes().iter().all(|byte| *byte == UNTOUCHED), "a buffer that is too small was touched");

    let mut buffer = Guarded::new(&vec![UNTOUCHED; needed as usize]);
    let told = query.ask(Some(&mut buffer), needed);
    told.outcome?;
    if let (Some(index), Some(told)) = (index, told.index) {
        *index = told;
    }
    Ok(headers(&buffer, told.first, told.count, told.length, info_level))
}

/// What is asked.
struct Query {
    request: HINTERNET,
    info_level: u32,
    start: Option<u32>,
    name: Option<Guarded>,
}

/// What a call told, and left in the places that it got.
struct Told {
    outcome: Result<()>,
    first: *mut WINHTTP_EXTENDED_HEADER,
    count: u32,
    length: u32,
    index: Option<u32>,
}

impl Query {
    fn new(request: HINTERNET, info_level: u32, start: Option<u32>, name: Option<&str>) -> Self {
        let is_wire = info_level & WINHTTP_QUERY_FLAG_WIRE_ENCODING != 0;
        let guarded = |name: &str| match is_wire {
            true => Guarded::new(&[name.as_bytes(), b"\0"].concat()),
            false => Guarded::text(name),
        };
        Self { request, info_level, start, name: name.map(guarded) }
    }

    /// The size that is needed, told by a call whose buffer is none or too small.
    fn needed(&self, buffer: Option<&mut Guarded>, length: u32) -> Result<u32> {
        let told = self.ask(buffer, length);
        assert_eq!((told.first, told.count, told.index), (null_mut(), COUNT, self.start), "changed by a failure");
        match told.outcome.expect_err("headers without room for them") {
            error if error.code() == ERROR_INSUFFICIENT_BUFFER => Ok(told.length),
            error => {
                assert_eq!(told.length, length, "the length was changed by a call that failed with {error}");
                Err(error)
            }
        }
    }

    fn ask(&self, buffer: Option<&mut Guarded>, length: u32) -> Told {
        let (mut length, mut index) = (Guarded::number(length), self.start.map(Guarded::number));
        let name = self.name.as_ref().map(|name| name.as_ptr::<c_void>());
        let (mut first, mut count) = (null_mut(), Guarded::number(COUNT));
        // SAFETY: the name ends with a NUL; the buffer is as long as the length says or NULL; everything else can be
        // read and written.
        let call = || unsafe {
            winhttp::WinHttpQueryHeadersEx(
                raw(self.request),
                self.info_level,
                0,
                0,
                place(index.as_mut()),
                name.as_ref().map_or(null(), |name| (&raw const *name).cast()),
                place(buffer),
                length.as_mut_ptr(),
                &raw mut first,
                count.as_mut_ptr(),
            )
        };
        let outcome = of_code(call());
        let index = index.as_ref().map(Guarded::to_number);
        Told { outcome, first, count: count.to_number(), length: length.to_number(), index }
    }
}

/// The headers in a buffer that is large enough wherever it lies.
fn headers(
    buffer: &Guarded,
    first: *const WINHTTP_EXTENDED_HEADER,
    count: u32,
    used: u32,
    info_level: u32,
) -> Vec<ExtendedHeader> {
    let bytes = &buffer.bytes()[..used as usize];
    assert!(first.is_aligned(), "the array is not aligned");
    let array = bytes.as_ptr_range().contains(&first.cast::<u8>());
    assert!(array && bytes.ends_with(&[0]), "not one array and its texts in the buffer");
    // SAFETY: it begins in the buffer, and what lies behind it is checked below.
    let headers = (0..count as usize).map(|at| unsafe { first.cast::<[usize; 2]>().add(at).read() });
    let offset = |address: usize| address - buffer.as_ptr::<u8>().addr();
    let is_wire = info_level & WINHTTP_QUERY_FLAG_WIRE_ENCODING != 0;
    let text =
        |address: usize| if is_wire { bytes_at(bytes, offset(address)) } else { text_at(bytes, offset(address)) };
    headers.map(|[name, value]| ExtendedHeader { name: text(name).into_string(), value: text(value) }).collect()
}

fn bytes_at(bytes: &[u8], offset: usize) -> HeaderValue {
    let length = bytes[offset..].iter().position(|byte| *byte == 0).expect("a NUL");
    HeaderValue::Wire(bytes[offset..][..length].to_vec())
}

fn text_at(bytes: &[u8], offset: usize) -> HeaderValue {
    assert!(bytes[offset..].as_ptr().cast::<u16>().is_aligned(), "text that is not aligned");
    let length = 2 * bytes[offset..].chunks_exact(2).position(|unit| unit == [0, 0]).expect("a NUL");
    HeaderValue::Text(string(&bytes[offset..][..length + 2], length))
}

/// What the place for the count has before a call.
const COUNT: u32 = 0xA5A5_A5A5;
