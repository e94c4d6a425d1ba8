//! Header fields whose names and values stand apart.

use std::ffi::c_void;
use std::ptr;

use openwinhttp::{ExtendedHeader, HeaderValue, Result};
use openwinhttp_abi::*;

use super::headers::is_custom;
use crate::edge::{edge, fail, handle_of};
use crate::memory::{Place, narrow, text};

/// [`openwinhttp::WinHttpAddRequestHeadersEx`]. With `WINHTTP_EXTENDED_HEADER_FLAG_UNICODE` the texts are UTF-16; with
/// 0 they are bytes, which go out as they are. A value that is NULL is empty.
///
/// `ERROR_INVALID_PARAMETER` also means that `ullflags` has another flag, that `ullextra` is not 0, that there is no
/// header, or that a text is not well-formed; then none is added.
///
/// # Safety
///
/// See [`winhttp`](super). `pheaders` is NULL, or leads to as many headers as `cheaders` says. Each text in them is
/// NULL, or ends with a NUL.
pub unsafe extern "system" fn WinHttpAddRequestHeadersEx(
    hrequest: *mut c_void,
    dwmodifiers: u32,
    ullflags: u64,
    ullextra: u64,
    cheaders: u32,
    pheaders: *const WINHTTP_EXTENDED_HEADER,
) -> u32 {
    edge(|| {
        let request = handle_of(hrequest, WINHTTP_HANDLE_TYPE_REQUEST)?;
        let known = TEXT_FORMS.iter().find(|(flags, _)| *flags == ullflags);
        let Some((_, read)) = known.filter(|_| ullextra == 0 && !pheaders.is_null()) else {
            return fail(ERROR_INVALID_PARAMETER);
        };
        // SAFETY: the caller keeps to the rules of this function.
        let headers = unsafe { parts_at(pheaders, cheaders, *read)? };
        openwinhttp::WinHttpAddRequestHeadersEx(request, dwmodifiers, &headers)
    })
}

/// [`openwinhttp::WinHttpQueryHeadersEx`] with the protocol of buffers: the array of headers and their texts are stored
/// in `pbuffer`. `ppheaders` gets the place of the array, which is the first in the buffer that is aligned for it, and
/// `pdwbufferlength` the number of bytes that were used.
///
/// If `pbuffer` is NULL or too small, the call fails with `ERROR_INSUFFICIENT_BUFFER` and stores the length that is
/// needed wherever a buffer lies; nothing else is written. With `WINHTTP_QUERY_FLAG_WIRE_ENCODING` all texts are bytes,
/// else UTF-16; `uicodepage` is ignored.
///
/// `pdwbufferlength` and `pdwheaderscount` must not be NULL, `ullflags` must be 0. `pdwindex` and `ppheaders` may be
/// NULL.
///
/// # Safety
///
/// See [`winhttp`](super). The text in `pheadername` is NULL, or ends with a NUL.
pub unsafe extern "system" fn WinHttpQueryHeadersEx(
    hrequest: *const c_void,
    dwinfolevel: u32,
    ullflags: u64,
    _uicodepage: u32,
    pdwindex: *mut u32,
    pheadername: *const WINHTTP_HEADER_NAME,
    pbuffer: *mut c_void,
    pdwbufferlength: *mut u32,
    ppheaders: *mut *mut WINHTTP_EXTENDED_HEADER,
    pdwheaderscount: *mut u32,
) -> u32 {
    edge(|| {
        let request = handle_of(hrequest, WINHTTP_HANDLE_TYPE_REQUEST)?;
        // SAFETY: the caller keeps to the rules of the module.
        let (index, length) = unsafe { (Place::new(pdwindex), Place::new(pdwbufferlength)) };
        // SAFETY: the same.
        let (first, count) = unsafe { (Place::new(ppheaders), Place::new(pdwheaderscount)) };
        if ullflags != 0 || length.is_null() || count.is_null() {
            return fail(ERROR_INVALID_PARAMETER);
        }
        // SAFETY: the same.
        let name = unsafe { name_at(pheadername, dwinfolevel)? };
        let mut next = index.get().unwrap_or_default();
        let headers = openwinhttp::WinHttpQueryHeadersEx(request, dwinfolevel, Some(&mut next), name.as_deref())?;
        let texts: Vec<_> = headers.into_iter().map(texts_of).collect();
        // SAFETY: the same.
        first.set(unsafe { lay_out(pbuffer, &length, &texts)? });
        count.set(texts.len() as u32);
        index.set(next);
        Ok(())
    })
}

/// Names and values of the caller, as bytes of UTF-8 or of the wire.
///
/// # Safety
///
/// `headers` leads to `count` headers, whose texts are NULL or such as `read` takes.
unsafe fn parts_at(
    headers: *const WINHTTP_EXTENDED_HEADER,
    count: u32,
    read: ReadText,
) -> Result<Vec<(Vec<u8>, Vec<u8>)>> {
    let headers = headers.cast::<Pointers>();
    let part = |at| {
        // SAFETY: there are as many headers, and each is two pointers to text.
        unsafe {
            let [name, value] = headers.add(at).read_unaligned();
            Ok((read(name)?, read(value)?))
        }
    };
    (0..count as usize).map(part).collect()
}

/// The name of the header that a level asks for by name.
///
/// # Safety
///
/// `name` is NULL, or leads to a pointer that is NULL or leads to text of the form that the level says.
unsafe fn name_at(name: *const WINHTTP_HEADER_NAME, info_level: u32) -> Result<Option<String>> {
    if !is_custom(info_level) {
        return Ok(None);
    }
    // SAFETY: whatever it leads to, the union is a pointer.
    let Some(name) = (unsafe { Place::new(name.cast::<*const c_void>().cast_mut()) }).get() else { return Ok(None) };
    if info_level & WINHTTP_QUERY_FLAG_WIRE_ENCODING == 0 {
        // SAFETY: by the contract of this function.
        return unsafe { text(name.cast()) };
    }
    // No header has a name that is not ASCII, so what becomes of one here is all the same.
    // SAFETY: as before.
    Ok(unsafe { narrow(name.cast()) }.map(|name| String::from_utf8_lossy(&name).into_owned()))
}

/// Name and value as a buffer gets them, each with its NUL.
fn texts_of(header: ExtendedHeader) -> [Vec<u8>; 2] {
    let name = match header.value {
        HeaderValue::Wire(_) => HeaderValue::Wire(header.name.into_bytes()),
        _ => HeaderValue::Text(header.name),
    };
    [name, header.value].map(|text| text.to_buffer().0)
}

/// Stores an array of headers, and their texts behind it; gives its place. What does not fit becomes
/// `ERROR_INSUFFICIENT_BUFFER`, and `length` then what is needed.
///
/// # Safety
///
/// `buffer` is NULL, or good for writes of as many bytes as `length` says.
unsafe fn lay_out(
    buffer: *mut c_void,
    length: &Place<u32>,
    texts: &[[Vec<u8>; 2]],
) -> Result<*mut WINHTTP_EXTENDED_HEADER> {
    let array = size_of::<Pointers>() * texts.len();
    let size = array + texts.iter().flatten().map(Vec::len).sum::<usize>();
    // The same wherever the buffer lies, so that a program may ask first and allocate after.
    let needed = size + align_of::<Pointers>() - 1;
    if buffer.is_null() || (length.get().unwrap_or_default() as usize) < needed {
        length.set(needed.try_into().unwrap_or(u32::MAX));
        return fail(ERROR_INSUFFICIENT_BUFFER);
    }
    let padding = buffer.addr().wrapping_neg() % align_of::<Pointers>();
    length.set((padding + size) as u32);
    // SAFETY: the padding, the array and the texts fit, and the array is aligned.
    Ok(unsafe { store(buffer.byte_add(padding).cast(), buffer.byte_add(padding + array).cast(), texts) })
}

/// # Safety
///
/// `array` is good for writes of a header for each pair, `place` of all their texts.
unsafe fn store(array: *mut Pointers, mut place: *mut u8, texts: &[[Vec<u8>; 2]]) -> *mut WINHTTP_EXTENDED_HEADER {
    for (at, header) in texts.iter().enumerate() {
        let pointers = header.each_ref().map(|text| {
            let start = place;
            // SAFETY: there is room for this text, and behind it for the next.
            unsafe {
                ptr::copy_nonoverlapping(text.as_ptr(), start, text.len());
                place = start.add(text.len());
            }
            start.cast_const().cast()
        });
        // SAFETY: there is room for this header.
        unsafe { array.add(at).write(pointers) };
    }
    array.cast()
}

/// `WINHTTP_EXTENDED_HEADER` as it lies in memory: whichever form its texts have, it is two pointers.
type Pointers = [*const c_void; 2];
const _: () = assert!(size_of::<Pointers>() == size_of::<WINHTTP_EXTENDED_HEADER>());
const _: () = assert!(align_of::<Pointers>() == align_of::<WINHTTP_EXTENDED_HEADER>());

/// # Safety
///
/// The text is NULL, or ends with a NUL.
type ReadText = unsafe fn(*const c_void) -> Result<Vec<u8>>;

unsafe fn read_narrow(bytes: *const c_void) -> Result<Vec<u8>> {
    // SAFETY: the contract is the same.
    Ok(unsafe { narrow(bytes.cast()) }.unwrap_or_default())
}

unsafe fn read_unicode(units: *const c_void) -> Result<Vec<u8>> {
    // SAFETY: the contract is the same.
    Ok(unsafe { text(units.cast())? }.unwrap_or_default().into_bytes())
}

/// How texts are read, by the flags of `WinHttpAddRequestHeadersEx`; NULL is empty.
const TEXT_FORMS: [(u64, ReadText); 2] =
    [(0, read_narrow), (WINHTTP_EXTENDED_HEADER_FLAG_UNICODE as u64, read_unicode)];
