//! `WinHttpTimeFromSystemTime`, `WinHttpTimeToSystemTime` and `WinHttpCheckPlatform`.

use openwinhttp_abi::*;
use openwinhttp_wire::HttpDate;

use crate::errors::{Error, Result};
use crate::last_error::remember;
use crate::policy::query;

/// Writes a date the way it stands in header fields: `Mon, 28 Jul 2008 10:05:52 GMT`.
///
/// # Windows signature
///
/// ```c
/// BOOL WinHttpTimeFromSystemTime(const SYSTEMTIME *pst, LPWSTR pwszTime);
/// ```
///
/// # Parameters
///
/// - `time` (`pst`): the date, in UTC. The day of the week is believed, and the milliseconds are left out.
///
/// # Returns and errors
///
/// The text (`pwszTime`), always of 29 characters.
///
/// - `ERROR_INVALID_PARAMETER`: there is no such date, or its year is not between 1601 and 9999.
///
/// # Callbacks, in order
///
/// None.
///
/// # Differences from Windows
///
/// None known. That a date must exist, and the limits of the year, are our choice.
///
/// # Example
///
/// ```
/// use openwinhttp::*;
///
/// # fn main() -> Result<()> {
/// let mut time = WinHttpTimeToSystemTime("Tue, 21 Nov 2000 01:06:53 GMT")?;
/// (time.wHour, time.wMinute) = (23, 59);
/// assert_eq!(WinHttpTimeFromSystemTime(&time)?, "Tue, 21 Nov 2000 23:59:53 GMT");
/// # Ok(())
/// # }
/// ```
///
/// Source: [WinHttpTimeFromSystemTime](https://learn.microsoft.com/windows/win32/api/winhttp/nf-winhttp-winhttptimefromsystemtime).
pub fn WinHttpTimeFromSystemTime(time: &SYSTEMTIME) -> Result<String> {
    remember(time_from_system_time(time))
}

/// Reads a date of a header field.
///
/// # Windows signature
///
/// ```c
/// BOOL WinHttpTimeToSystemTime(LPCWSTR pwszTime, SYSTEMTIME *pst);
/// ```
///
/// # Parameters
///
/// - `time` (`pwszTime`): the text, in any of the three forms of HTTP: `Mon, 28 Jul 2008 10:05:52 GMT`,
///   `Monday, 28-Jul-08 10:05:52 GMT`, `Mon Jul 28 10:05:52 2008`. Punctuation, case and the name of the zone do not
///   matter: it is always UTC.
///
/// # Returns and errors
///
/// The date (`pst`), with the day of the week as it is written. A year of two digits is one from 1970 to 2069.
///
/// - `ERROR_INVALID_PARAMETER`: the text is no such date, or a part of it is missing.
///
/// # Callbacks, in order
///
/// None.
///
/// # Differences from Windows
///
/// There, text that is no date may give the current time. The documentation names `ERROR_WINHTTP_INTERNAL_ERROR` alone.
///
/// # Example
///
/// ```
/// use openwinhttp::*;
///
/// # fn main() -> Result<()> {
/// let time = WinHttpTimeToSystemTime("Tuesday, 21-Nov-00 01:06:53 GMT")?;
/// assert_eq!((time.wYear, time.wMonth, time.wDay, time.wDayOfWeek), (2000, 11, 21, 2));
/// assert!(WinHttpTimeToSystemTime("yesterday").is_err());
/// # Ok(())
/// # }
/// ```
///
/// Source: [WinHttpTimeToSystemTime](https://learn.microsoft.com/windows/win32/api/winhttp/nf-winhttp-winhttptimetosystemtime).
pub fn WinHttpTimeToSystemTime(time: &str) -> Result<SYSTEMTIME> {
    remember(time_to_system_time(time))
}

/// Whether the library works on this platform. It does wherever it runs.
///
/// # Windows signature
///
/// ```c
/// BOOL WinHttpCheckPlatform(void);
/// ```
///
/// # Parameters
///
/// None.
///
/// # Returns and errors
///
/// `true`.
///
/// # Callbacks, in order
///
/// None.
///
/// # Differences from Windows
///
/// None: it is `true` on every Windows that has WinHTTP.
///
/// # Example
///
/// ```
/// assert!(openwinhttp::WinHttpCheckPlatform());
/// ```
///
/// Source: [WinHttpCheckPlatform](https://learn.microsoft.com/windows/win32/api/winhttp/nf-winhttp-winhttpcheckplatform).
pub fn WinHttpCheckPlatform() -> bool {
    remember(Ok(())).is_ok()
}

fn time_from_system_time(time: &SYSTEMTIME) -> Result<String> {
    let date = HttpDate {
        year: time.wYear,
        month: time.wMonth,
        weekday: time.wDayOfWeek,
        day: time.wDay,
        hour: time.wHour,
        minute: time.wMinute,
        second: time.wSecond,
    };
    date.to_text().ok_or(Error::from_code(ERROR_INVALID_PARAMETER))
}

fn time_to_system_time(time: &str) -> Result<SYSTEMTIME> {
    // The reading of header fields, but what is wrong here is a parameter.
    query::time(time.as_bytes()).map_err(|_| Error::from_code(ERROR_INVALID_PARAMETER))
}
