//! URLs: taken apart as places in the caller's text and into buffers, and put together after asking for the size.

use std::ops::Range;
use std::ptr;

use openwinhttp::*;
use openwinhttp_sys::winhttp;

use crate::memory::{Guarded, UNTOUCHED, place, string, units};
use crate::outcome::of_bool;

/// [`openwinhttp::WinHttpCrackUrl`], by way of the raw face.
///
/// Only places tell a user name that is not there from an empty one, and only buffers take text that the flags change:
/// so the URL is taken apart in both ways.
pub fn WinHttpCrackUrl(url: &str, flags: u32) -> Result<UrlComponents> {
    let text = Guarded::counted_text(url);
    let places = places(&text, units(url), flags & !CHANGE)?;
    let needed = needed(&text, units(url), flags);
    let (parts, texts) = texts(&text, units(url), flags, needed)?;
    for (place, copy) in places.iter().zip(&texts).filter(|_| flags & CHANGE == 0) {
        let place = place.clone().unwrap_or(0..0);
        let there: String = String::from_utf16(&url.encode_utf16().collect::<Vec<_>>()[place]).unwrap();
        assert_eq!(there, *copy, "the place and the buffer differ");
    }
    let [scheme, host_name, user_name, password, url_path, extra_info] = texts;
    Ok(UrlComponents {
        scheme,
        scheme_id: parts.nScheme,
        host_name,
        port: parts.nPort,
        user_name: places[USER_NAME].is_some().then_some(user_name),
        password: places[PASSWORD].is_some().then_some(password),
        url_path,
        extra_info,
    })
}

/// [`openwinhttp::WinHttpCreateUrl`], by way of the raw face: the size is asked for first.
pub fn WinHttpCreateUrl(components: &UrlComponents, flags: u32) -> Result<String> {
    let parts = Parts::new(components);
    let needed = parts.needed(flags, None, 0)?;
    let mut short = Guarded::new(&vec![UNTOUCHED; 2 * (needed as usize - 1)]);
    assert_eq!(parts.needed(flags, Some(&mut short), needed - 1)?, needed, "the needed size has changed");
    assert!(short.bytes().iter().all(|byte| *byte == UNTOUCHED), "a buffer that is too small was touched");
    let mut buffer = Guarded::new(&vec![UNTOUCHED; 2 * needed as usize]);
    let (outcome, length) = parts.create(flags, Some(&mut buffer), needed);
    outcome?;
    Ok(string(buffer.bytes(), 2 * length as usize))
}

/// Where the parts lie in `url`; `None` for those that are not there.
fn places(url: &Guarded, length: u32, flags: u32) -> Result<[Option<Range<usize>>; PARTS]> {
    let cracked = crack(url, length, flags, [ptr::null_mut(); PARTS], [u32::MAX; PARTS])?;
    Ok(fields(&cracked).map(|(text, length)| {
        let length = length as usize;
        // A part that is not there has neither a place nor a length.
        (!text.is_null() || length != 0).then(|| {
            let start = (text.addr() - url.as_ptr::<u16>().addr()) / 2;
            start..start + length
        })
    }))
}

/// The sizes that the parts need, told by a call with room for no more than a NUL.
fn needed(url: &Guarded, length: u32, flags: u32) -> [u32; PARTS] {
    let mut rooms = [(); PARTS].map(|()| Guarded::new(&[UNTOUCHED; 2]));
    let parts = parts(rooms.each_mut().map(|room| room.as_mut_ptr()), [1; PARTS]);
    let (outcome, cracked) = call(url, length, flags, parts);
    assert_eq!(outcome.expect_err("no room for the scheme").code(), ERROR_INSUFFICIENT_BUFFER);
    // Of a part that did not fit the NUL is counted, of one that did it is not.
    fields(&cracked).map(|(_, length)| length.max(1))
}

/// The parts in buffers that are just large enough.
fn texts(url: &Guarded, length: u32, flags: u32, needed: [u32; PARTS]) -> Result<(URL_COMPONENTS, [String; PARTS])> {
    let mut rooms = needed.map(|size| Guarded::new(&vec![UNTOUCHED; 2 * size as usize]));
    let cracked = crack(url, length, flags, rooms.each_mut().map(Guarded::as_mut_ptr), needed)?;
    let mut told = fields(&cracked).into_iter();
    let texts = rooms.map(|room| {
        let (text, length) = told.next().unwrap();
        assert_eq!(text.addr(), room.as_ptr::<u16>().addr(), "the pointer to a buffer was changed");
        string(room.bytes(), 2 * length as usize)
    });
    Ok((cracked, texts))
}

fn crack(
    url: &Guarded,
    length: u32,
    flags: u32,
    texts: [*mut u16; PARTS],
    lengths: [u32; PARTS],
) -> Result<URL_COMPONENTS> {
    let (outcome, cracked) = call(url, length, flags, parts(texts, lengths));
    if outcome.is_err() {
        assert_eq!(fields(&cracked), fields(&parts(texts, lengths)), "the parts were changed by a call that failed");
    }
    outcome.map(|()| cracked)
}

fn call(url: &Guarded, length: u32, flags: u32, parts: URL_COMPONENTS) -> (Result<()>, URL_COMPONENTS) {
    let mut place = Guarded::new(&[0; size_of::<URL_COMPONENTS>()]);
    // SAFETY: there is room for the structure; the URL has as many units as its length says, each part as much room.
    unsafe {
        place.as_mut_ptr::<URL_COMPONENTS>().write_unaligned(parts);
        let outcome = of_bool(winhttp::WinHttpCrackUrl(url.as_ptr(), length, flags, place.as_mut_ptr()));
        place.check();
        (outcome, place.as_ptr::<URL_COMPONENTS>().read_unaligned())
    }
}

/// The parts of a URL in the form of the C function, and the memory that they lie in.
struct Parts {
    parts: URL_COMPONENTS,
    _texts: [Option<Guarded>; PARTS],
}

impl Parts {
    fn new(components: &UrlComponents) -> Self {
        let required = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let texts = [
            required(&components.scheme),
            required(&components.host_name),
            components.user_name.clone(),
            components.password.clone(),
            required(&components.url_path),
            required(&components.extra_info),
        ];
        let lengths = texts.each_ref().map(|text| text.as_deref().map_or(0, units));
        let mut texts = texts.map(|text| text.as_deref().map(Guarded::counted_text));
        let parts = parts(texts.each_mut().map(|text| place(text.as_mut())), lengths);
        let parts = URL_COMPONENTS { nScheme: components.scheme_id, nPort: components.port, ..parts };
        Self { parts, _texts: texts }
    }

    /// The size that is needed, told by a call whose buffer is none or too small.
    fn needed(&self, flags: u32, buffer: Option<&mut Guarded>, size: u32) -> Result<u32> {
        let (outcome, length) = self.create(flags, buffer, size);
        match outcome.expect_err("a URL without room for it") {
            error if error.code() == ERROR_INSUFFICIENT_BUFFER => Ok(length),
            error => {
                assert_eq!(length, size, "the length was changed by a call that failed with {error}");
                Err(error)
            }
        }
    }

    fn create(&self, flags: u32, buffer: Option<&mut Guarded>, size: u32) -> (Result<()>, u32) {
        let mut length = Guarded::number(size);
        let mut parts = Guarded::new(&[0; size_of::<URL_COMPONENTS>()]);
        // SAFETY: there is room for the structure; each part has as many units as its length says, or ends with a NUL;
        // the buffer has as many as the length says, or is NULL.
        let outcome = of_bool(unsafe {
            parts.as_mut_ptr::<URL_COMPONENTS>().write_unaligned(self.parts);
            winhttp::WinHttpCreateUrl(parts.as_ptr(), flags, place(buffer), length.as_mut_ptr())
        });
        (outcome, length.to_number())
    }
}

/// The six parts of a URL, in the order of the structure.
const PARTS: usize = 6;
const USER_NAME: usize = 2;
const PASSWORD: usize = 3;

fn parts(texts: [*mut u16; PARTS], lengths: [u32; PARTS]) -> URL_COMPONENTS {
    let [lpszScheme, lpszHostName, lpszUserName, lpszPassword, lpszUrlPath, lpszExtraInfo] = texts;
    let [dwSchemeLength, dwHostNameLength, dwUserNameLength, dwPasswordLength, dwUrlPathLength, dwExtraInfoLength] =
        lengths;
    URL_COMPONENTS {
        dwStructSize: size_of::<URL_COMPONENTS>() as u32,
        lpszScheme,
        dwSchemeLength,
        nScheme: 0,
        lpszHostName,
        dwHostNameLength,
        nPort: 0,
        lpszUserName,
        dwUserNameLength,
        lpszPassword,
        dwPasswordLength,
        lpszUrlPath,
        dwUrlPathLength,
        lpszExtraInfo,
        dwExtraInfoLength,
    }
}

fn fields(parts: &URL_COMPONENTS) -> [(*mut u16, u32); PARTS] {
    [
        (parts.lpszScheme, parts.dwSchemeLength),
        (parts.lpszHostName, parts.dwHostNameLength),
        (parts.lpszUserName, parts.dwUserNameLength),
        (parts.lpszPassword, parts.dwPasswordLength),
        (parts.lpszUrlPath, parts.dwUrlPathLength),
        (parts.lpszExtraInfo, parts.dwExtraInfoLength),
    ]
}

/// The flags that change text.
const CHANGE: u32 = ICU_DECODE | ICU_ESCAPE;
