//! `WinHttpTimeFromSystemTime`, `WinHttpTimeToSystemTime` and `WinHttpCheckPlatform` with pointers: core.md section 17,
//! row by row.

#![allow(unsafe_code)]
// A panic is how a test reports.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::io;
use std::ptr::{null, null_mut};

use openwinhttp_sys::Win32::Foundation::*;
use openwinhttp_sys::Win32::Networking::WinHttp::*;
use openwinhttp_sys::core::BOOL;

/// The code of a call: 0 for a success. The last error is the same for both who ask for it (section 1.1).
#[track_caller]
fn told(call: impl FnOnce() -> BOOL) -> u32 {
    // SAFETY: it takes a number.
    unsafe { SetLastError(0xBEEF) };
    let is_success = call() != 0;
    let of_system = io::Error::last_os_error().raw_os_error().unwrap() as u32;
    // SAFETY: it gives a number.
    let code = unsafe { GetLastError() };
    assert_eq!((is_success, of_system), (code == 0, code));
    code
}

/// The order of the structure.
fn time(fields: [u16; 8]) -> SYSTEMTIME {
    let [year, month, weekday, day, hour, minute, second, milliseconds] = fields;
    SYSTEMTIME {
        wYear: year,
        wMonth: month,
        wDayOfWeek: weekday,
        wDay: day,
        wHour: hour,
        wMinute: minute,
        wSecond: second,
        wMilliseconds: milliseconds,
    }
}

fn fields(time: SYSTEMTIME) -> [u16; 8] {
    // SAFETY: both are eight numbers of 16 bits.
    unsafe { std::mem::transmute(time) }
}

fn with_nul(text: &str) -> Vec<u16> {
    format!("{text}\0").encode_utf16().collect()
}

const SUMMER: [u16; 8] = [2008, 7, 1, 28, 10, 5, 52, 0];
const MARK: [u16; 8] = [0xCACA; 8];
/// The buffer that winhttp.h asks for, in code units.
const SIZE: usize = WINHTTP_TIME_FORMAT_BUFSIZE as usize / 2;

/// Section 17.1.
#[test]
fn the_platform_is_one() {
    // SAFETY: every call is safe.
    assert_eq!(told(|| unsafe { WinHttpCheckPlatform() }), 0);
}

/// Section 17.2, the first table; the text is 29 characters and a NUL, and nothing behind it is touched.
#[test]
fn a_date_becomes_text() {
    for (fields, text) in [
        (SUMMER, "Mon, 28 Jul 2008 10:05:52 GMT"),
        ([2008, 7, 3, 28, 10, 5, 52, 999], "Wed, 28 Jul 2008 10:05:52 GMT"),
        ([9999, 12, 5, 31, 23, 59, 59, 0], "Fri, 31 Dec 9999 23:59:59 GMT"),
    ] {
        let mut buffer = [0xCACA_u16; SIZE];
        // SAFETY: the buffer has the size of winhttp.h.
        assert_eq!(told(|| unsafe { WinHttpTimeFromSystemTime(&time(fields), buffer.as_mut_ptr()) }), 0);
        assert_eq!(buffer[..30], with_nul(text));
        assert_eq!(buffer[30], 0xCACA);
    }
}

/// Section 17.2: fields that are out of range change nothing.
#[test]
fn what_is_no_date_has_no_text() {
    for at in 0..7 {
        for wrong in [0, 10_000, u16::MAX] {
            let mut fields = SUMMER;
            fields[at] = wrong;
            // A Sunday, midnight, a full minute, a full hour.
            if wrong == 0 && [2, 4, 5, 6].contains(&at) {
                continue;
            }
            let mut buffer = [0xCACA_u16; SIZE];
            // SAFETY: the buffer has the size of winhttp.h.
            let code = told(|| unsafe { WinHttpTimeFromSystemTime(&time(fields), buffer.as_mut_ptr()) });
            assert_eq!((code, buffer), (ERROR_INVALID_PARAMETER, [0xCACA; SIZE]), "{fields:?}");
        }
    }
}

/// Section 17.2, the second table.
#[test]
fn text_becomes_a_date() {
    for (text, expected) in [
        ("Mon, 28 Jul 2008 10:05:52 GMT\n", SUMMER),
        (" mon 28 jul 2008 10 05 52\n", SUMMER),
        ("Mon, 28 Jul 2008 10:05:52 GMT", SUMMER),
        ("Monday, 28-Jul-08 10:05:52 GMT", SUMMER),
        ("Mon Jul 28 10:05:52 2008", SUMMER),
    ] {
        let mut place = time(MARK);
        // SAFETY: the text has a NUL.
        assert_eq!(told(|| unsafe { WinHttpTimeToSystemTime(with_nul(text).as_ptr(), &mut place) }), 0);
        assert_eq!(fields(place), expected, "{text}");
    }
}

/// Section 17.2: text that is no date, or not the whole of one, changes nothing.
#[test]
fn other_text_is_no_date() {
    let mut odd = with_nul("Mon, 28 Jul 2008 10:05:52 GMT");
    odd[4] = 0xD800;
    for text in
        [odd, with_nul(""), with_nul("yesterday"), with_nul("Mon, 28 Jul 2008"), with_nul("Mon, 28 Jul 2008 10:05")]
    {
        let mut place = time(MARK);
        // SAFETY: the text has a NUL.
        assert_eq!(told(|| unsafe { WinHttpTimeToSystemTime(text.as_ptr(), &mut place) }), ERROR_INVALID_PARAMETER);
        assert_eq!(fields(place), MARK);
    }
}

/// Section 17.2: NULL.
#[test]
fn arguments_that_are_none() {
    let (text, mut place, mut buffer) = (with_nul("Mon, 28 Jul 2008 10:05:52 GMT"), time(MARK), [0xCACA_u16; SIZE]);
    // SAFETY: NULL is refused; the text has a NUL, and the buffer the size of winhttp.h.
    unsafe {
        assert_eq!(told(|| WinHttpTimeFromSystemTime(null(), buffer.as_mut_ptr())), 87);
        assert_eq!(told(|| WinHttpTimeFromSystemTime(&time(SUMMER), null_mut())), 87);
        assert_eq!(told(|| WinHttpTimeFromSystemTime(null(), null_mut())), 87);
        assert_eq!(told(|| WinHttpTimeToSystemTime(null(), &mut place)), 87);
        assert_eq!(told(|| WinHttpTimeToSystemTime(text.as_ptr(), null_mut())), 87);
        assert_eq!(told(|| WinHttpTimeToSystemTime(null(), null_mut())), 87);
    }
    assert_eq!((fields(place), buffer), (MARK, [0xCACA; SIZE]));
}

/// Nothing needs to be aligned.
#[test]
fn odd_addresses() {
    let (mut date, mut buffer) = ([0_u8; 18], [0_u8; 64]);
    let odd = |start: *mut u8| start.wrapping_add((start.addr() + 1) % 2);
    let (date, buffer) = (odd(date.as_mut_ptr()).cast::<SYSTEMTIME>(), odd(buffer.as_mut_ptr()).cast::<u16>());
    // SAFETY: both have a byte more than they need.
    unsafe {
        date.write_unaligned(time(SUMMER));
        assert_eq!(told(|| WinHttpTimeFromSystemTime(date, buffer)), 0);
        date.write_unaligned(time(MARK));
        assert_eq!(told(|| WinHttpTimeToSystemTime(buffer, date)), 0);
        assert_eq!(fields(date.read_unaligned()), SUMMER);
    }
}
