//! Dates, and whether this platform has WinHTTP.

use openwinhttp::{Result, SYSTEMTIME};
use openwinhttp_sys::winhttp;

use crate::memory::{Guarded, UNTOUCHED, units_of};
use crate::outcome::of_bool;

/// [`openwinhttp::WinHttpTimeFromSystemTime`], by way of the raw face.
pub fn WinHttpTimeFromSystemTime(time: &SYSTEMTIME) -> Result<String> {
    let (time, mut text) = (Guarded::new(&bytes(time)), Guarded::new(&[UNTOUCHED; BUFFER_SIZE]));
    // SAFETY: there is a date to read, and room for its text.
    let outcome = of_bool(unsafe { winhttp::WinHttpTimeFromSystemTime(time.as_ptr(), text.as_mut_ptr()) });
    if let Err(error) = outcome {
        assert_eq!(text.bytes(), [UNTOUCHED; BUFFER_SIZE], "the text was changed by a call that failed with {error}");
        return Err(error);
    }
    let units = units_of(text.bytes());
    let end = units.iter().position(|unit| *unit == 0).expect("a NUL");
    Ok(String::from_utf16(&units[..end]).unwrap())
}

/// [`openwinhttp::WinHttpTimeToSystemTime`], by way of the raw face.
pub fn WinHttpTimeToSystemTime(time: &str) -> Result<SYSTEMTIME> {
    let (text, mut place) = (Guarded::text(time), Guarded::new(&[UNTOUCHED; size_of::<SYSTEMTIME>()]));
    // SAFETY: the text ends with a NUL, and the date can be written.
    let outcome = of_bool(unsafe { winhttp::WinHttpTimeToSystemTime(text.as_ptr(), place.as_mut_ptr()) });
    if let Err(error) = outcome {
        let untouched = [UNTOUCHED; size_of::<SYSTEMTIME>()];
        assert_eq!(place.bytes(), untouched, "the date was changed by a call that failed with {error}");
        return Err(error);
    }
    Ok(system_time(place.bytes()))
}

/// [`openwinhttp::WinHttpCheckPlatform`], by way of the raw face.
pub fn WinHttpCheckPlatform() -> bool {
    // SAFETY: there is no argument.
    of_bool(unsafe { winhttp::WinHttpCheckPlatform() }).is_ok()
}

/// The date in these bytes.
pub(crate) fn system_time(bytes: &[u8]) -> SYSTEMTIME {
    let fields = units_of(bytes).try_into().expect("eight fields");
    let [wYear, wMonth, wDayOfWeek, wDay, wHour, wMinute, wSecond, wMilliseconds] = fields;
    SYSTEMTIME { wYear, wMonth, wDayOfWeek, wDay, wHour, wMinute, wSecond, wMilliseconds }
}

fn bytes(time: &SYSTEMTIME) -> Vec<u8> {
    let date = [time.wYear, time.wMonth, time.wDayOfWeek, time.wDay];
    let hour = [time.wHour, time.wMinute, time.wSecond, time.wMilliseconds];
    date.into_iter().chain(hour).flat_map(u16::to_ne_bytes).collect()
}

/// `WINHTTP_TIME_FORMAT_BUFSIZE` of winhttp.h.
const BUFFER_SIZE: usize = 62;
