//! URLs: taken apart and put together.

use std::ptr;

use openwinhttp::{CrackedUrl, Error, Result, UrlComponents, UrlPart};
use openwinhttp_abi::*;
use windows_sys::core::{BOOL, PCWSTR, PWSTR};

use crate::edge::{edge, fail};
use crate::memory::Place;

/// [`openwinhttp::WinHttpCrackUrl`]. The URL ends at its NUL, or after `dwurllength` code units if these come first; a
/// length of 0 leaves it to the NUL.
///
/// What becomes of a part depends on its pointer and its length in `lpurlcomponents`:
///
/// | pointer | length | what it becomes |
/// |---|---|---|
/// | NULL | 0 | nothing: both stay |
/// | NULL | not 0 | the place in `pwszurl`, and the length there; NULL and 0 for a user name or a password that is not there |
/// | a buffer | its size in code units | the text and a NUL are copied; the length becomes that of the text. If it is too small, the call fails with `ERROR_INSUFFICIENT_BUFFER`, and the length becomes the size that is needed |
/// | a buffer | 0 | the call fails with `ERROR_INVALID_PARAMETER` |
///
/// The query stays in the path for callers that do not ask for the extra information. A buffer that is too small does
/// not keep the others from being filled, but leaves `nScheme` and `nPort` as they are. Every other failure leaves
/// everything as it is.
///
/// `ERROR_INVALID_PARAMETER` also means that an argument is NULL, that `dwStructSize` is not the size of the structure,
/// or that the place of a part that is not empty is asked for with `ICU_DECODE` or `ICU_ESCAPE`.
///
/// # Safety
///
/// See [`winhttp`](super). Each pointer in `lpurlcomponents` whose length is not 0 is NULL, or good for writes of as
/// many code units.
pub unsafe extern "system" fn WinHttpCrackUrl(
    pwszurl: PCWSTR,
    dwurllength: u32,
    dwflags: u32,
    lpurlcomponents: *mut URL_COMPONENTS,
) -> BOOL {
    edge(|| {
        // SAFETY: the caller keeps to the rules of the module.
        let mut components = unsafe { components_at(lpurlcomponents)? };
        // SAFETY: the same.
        let url = unsafe { bounded(pwszurl, dwurllength) }.ok_or(INVALID)?;
        // SAFETY: `url` was read from there; and the caller keeps to the rules of this function.
        let all_fit = unsafe { crack(pwszurl, &url, dwflags, &mut components)? };
        // SAFETY: it is good for writes, for it is not NULL.
        unsafe { lpurlcomponents.write_unaligned(components) };
        if all_fit { Ok(()) } else { fail(ERROR_INSUFFICIENT_BUFFER) }
    })
}

/// [`openwinhttp::WinHttpCreateUrl`]. A part is left out if its pointer is NULL. Its text ends at its NUL, or after as
/// many code units as its length says if these come first; a length of 0 leaves it to the NUL.
///
/// `pdwurllength` has the size of `pwszurl` in code units. After success it has the length of the URL. If that and a
/// NUL do not fit, the call fails with `ERROR_INSUFFICIENT_BUFFER`, and it has the size that is needed. Every other
/// failure leaves it as it is.
///
/// `ERROR_INVALID_PARAMETER` also means that `lpurlcomponents` or `pdwurllength` is NULL, that `dwStructSize` is not
/// the size of the structure, or that `pwszurl` is NULL and its size would do.
///
/// # Safety
///
/// See [`winhttp`](super).
pub unsafe extern "system" fn WinHttpCreateUrl(
    lpurlcomponents: *const URL_COMPONENTS,
    dwflags: WIN_HTTP_CREATE_URL_FLAGS,
    pwszurl: PWSTR,
    pdwurllength: *mut u32,
) -> BOOL {
    edge(|| {
        // SAFETY: the caller keeps to the rules of the module.
        let components = unsafe { components_at(lpurlcomponents)? };
        // SAFETY: the same.
        let length = unsafe { Place::new(pdwurllength) };
        let size = length.get().ok_or(INVALID)?;
        // SAFETY: the same, for each text.
        let url = unsafe { texts_of(&components) }.create(dwflags)?;
        if !fits(&url, size) {
            length.set(count(&url) + 1);
            return fail(ERROR_INSUFFICIENT_BUFFER);
        }
        if pwszurl.is_null() {
            return fail(ERROR_INVALID_PARAMETER);
        }
        // SAFETY: the buffer is not NULL, and the URL and a NUL fit into the size that the caller gave.
        unsafe { copy(&url, pwszurl) };
        length.set(count(&url));
        Ok(())
    })
}

/// The structure of the caller. Its size is looked at before the rest is, which may not be there.
///
/// # Safety
///
/// `components` is NULL, or leads to a structure of the size that its first field gives.
unsafe fn components_at(components: *const URL_COMPONENTS) -> Result<URL_COMPONENTS> {
    // SAFETY: the first field is there, wherever the pointer leads.
    let size = unsafe { Place::new(components.cast::<u32>().cast_mut()) }.get().ok_or(INVALID)?;
    if size as usize != size_of::<URL_COMPONENTS>() {
        return fail(ERROR_INVALID_PARAMETER);
    }
    // SAFETY: it is not NULL, and of the right size.
    Ok(unsafe { components.read_unaligned() })
}

/// Fills in what the caller asked for; tells whether every buffer was large enough.
///
/// # Safety
///
/// `url` was read at `start`. The buffers in `components` are as large as their lengths say.
unsafe fn crack(start: PCWSTR, url: &[u16], flags: u32, components: &mut URL_COMPONENTS) -> Result<bool> {
    if parts_of(components).iter().any(|part| !part.text.is_null() && *part.length == 0) {
        return fail(ERROR_INVALID_PARAMETER);
    }
    let mut cracked = CrackedUrl::new(url, flags)?;
    if components.lpszExtraInfo.is_null() && components.dwExtraInfoLength == 0 {
        cracked = cracked.with_extra_info_in_path();
    }
    let parts = parts_of(components);
    // All are found before the first is stored, so that a failure changes nothing.
    let answers = parts.iter().map(|part| part.find(&cracked)).collect::<Result<Vec<_>>>()?;
    // SAFETY: by the contract of this function.
    let stored = parts.into_iter().zip(answers).map(|(part, answer)| unsafe { part.store(start, answer) });
    // To the last of them, also after one that does not fit.
    let all_fit = stored.fold(true, |all, one| all & one);
    if all_fit {
        (components.nScheme, components.nPort) = (cracked.scheme_id(), cracked.port());
    }
    Ok(all_fit)
}

/// A part of the URL, and the two fields of the structure that are about it.
struct Part<'c> {
    part: UrlPart,
    text: &'c mut PWSTR,
    length: &'c mut u32,
}

enum Answer {
    Nothing,
    /// Where it lies, and its length.
    Place(Option<(usize, u32)>),
    Text(Vec<u16>),
}

impl Part<'_> {
    fn find(&self, url: &CrackedUrl<'_>) -> Result<Answer> {
        Ok(match (self.text.is_null(), *self.length) {
            (true, 0) => Answer::Nothing,
            (true, _) => Answer::Place(url.place(self.part)?.map(|place| (place.start, place.len() as u32))),
            (false, _) => Answer::Text(url.text(self.part)?),
        })
    }

    /// Tells whether the answer fits.
    ///
    /// # Safety
    ///
    /// The place lies in the text at `start`. A buffer is as large as its length says.
    unsafe fn store(self, start: PCWSTR, answer: Answer) -> bool {
        match answer {
            Answer::Nothing => {}
            Answer::Place(place) => {
                // SAFETY: the place lies in the text.
                *self.text = place.map_or(ptr::null_mut(), |(at, _)| unsafe { start.add(at) }.cast_mut());
                *self.length = place.map_or(0, |(_, length)| length);
            }
            Answer::Text(text) if !fits(&text, *self.length) => {
                *self.length = count(&text) + 1;
                return false;
            }
            Answer::Text(text) => {
                // SAFETY: the text and a NUL fit.
                unsafe { copy(&text, *self.text) };
                *self.length = count(&text);
            }
        }
        true
    }
}

fn parts_of(components: &mut URL_COMPONENTS) -> [Part<'_>; 6] {
    let c = components;
    [
        Part { part: UrlPart::Scheme, text: &mut c.lpszScheme, length: &mut c.dwSchemeLength },
        Part { part: UrlPart::HostName, text: &mut c.lpszHostName, length: &mut c.dwHostNameLength },
        Part { part: UrlPart::UserName, text: &mut c.lpszUserName, length: &mut c.dwUserNameLength },
        Part { part: UrlPart::Password, text: &mut c.lpszPassword, length: &mut c.dwPasswordLength },
        Part { part: UrlPart::UrlPath, text: &mut c.lpszUrlPath, length: &mut c.dwUrlPathLength },
        Part { part: UrlPart::ExtraInfo, text: &mut c.lpszExtraInfo, length: &mut c.dwExtraInfoLength },
    ]
}

/// # Safety
///
/// Each pointer is NULL, or leads to text that ends at a NUL or after as many code units as its length says.
unsafe fn texts_of(c: &URL_COMPONENTS) -> UrlComponents<Vec<u16>> {
    // SAFETY: by the contract of this function.
    let text = |text: PWSTR, length: u32| unsafe { bounded(text, length) };
    UrlComponents {
        scheme: text(c.lpszScheme, c.dwSchemeLength).unwrap_or_default(),
        scheme_id: c.nScheme,
        host_name: text(c.lpszHostName, c.dwHostNameLength).unwrap_or_default(),
        port: c.nPort,
        user_name: text(c.lpszUserName, c.dwUserNameLength),
        password: text(c.lpszPassword, c.dwPasswordLength),
        url_path: text(c.lpszUrlPath, c.dwUrlPathLength).unwrap_or_default(),
        extra_info: text(c.lpszExtraInfo, c.dwExtraInfoLength).unwrap_or_default(),
    }
}

/// The text of a caller up to its NUL, but no more than `length` code units of it unless `length` is 0; `None` for
/// NULL.
///
/// # Safety
///
/// `text` is NULL, or leads to code units, aligned or not, of which one is a NUL or there are `length`.
unsafe fn bounded(text: PCWSTR, length: u32) -> Option<Vec<u16>> {
    if text.is_null() {
        return None;
    }
    let limit = if length == 0 { usize::MAX } else { length as usize };
    // SAFETY: `take_while` stops at the NUL, and the range at the length, so nothing behind either is read.
    let units = (0..limit).map(|at| unsafe { text.add(at).read_unaligned() });
    Some(units.take_while(|unit| *unit != 0).collect())
}

/// Copies text and a NUL.
///
/// # Safety
///
/// `buffer` is good for writes of the text and a NUL.
unsafe fn copy(text: &[u16], buffer: PWSTR) {
    // SAFETY: there is room, and `text` is ours, so the two do not overlap. As bytes, because nothing need be aligned.
    unsafe { ptr::copy_nonoverlapping(text.as_ptr().cast::<u8>(), buffer.cast::<u8>(), size_of_val(text)) };
    // SAFETY: there is room for one more.
    unsafe { buffer.add(text.len()).write_unaligned(0) };
}

/// Whether text and a NUL have room in a buffer of this size.
fn fits(text: &[u16], size: u32) -> bool {
    text.len() < size as usize
}

fn count(text: &[u16]) -> u32 {
    u32::try_from(text.len()).unwrap_or(u32::MAX - 1)
}

const INVALID: Error = Error::from_code(ERROR_INVALID_PARAMETER);
