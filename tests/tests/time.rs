//! core.md section 17: dates, and the question for the platform.

// A panic is how a test reports.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use conformance::{code, each, told};
use openwinhttp::*;
use proptest::prelude::*;

/// Year, month, day of the week, day, hour, minute, second, millisecond: the order of `SYSTEMTIME`.
type Fields = [u16; 8];

fn time(fields: Fields) -> SYSTEMTIME {
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

fn fields(time: SYSTEMTIME) -> Fields {
    let date = [time.wYear, time.wMonth, time.wDayOfWeek, time.wDay];
    let hour = [time.wHour, time.wMinute, time.wSecond, time.wMilliseconds];
    [date, hour].concat().try_into().unwrap()
}

const SUMMER: Fields = [2008, 7, 1, 28, 10, 5, 52, 0];

/// Section 17.1.
#[test]
fn the_platform_is_one() {
    assert!(told(|| Ok(WinHttpCheckPlatform())).unwrap());
}

/// Section 17.2: the text of a date.
#[test]
fn a_date_becomes_text() {
    let rows = [
        (SUMMER, "Mon, 28 Jul 2008 10:05:52 GMT"),
        // The day of the week is believed, the milliseconds are dropped.
        ([2008, 7, 0, 28, 10, 5, 52, 999], "Sun, 28 Jul 2008 10:05:52 GMT"),
        ([1601, 1, 1, 1, 0, 0, 0, 0], "Mon, 01 Jan 1601 00:00:00 GMT"),
        ([9999, 12, 5, 31, 23, 59, 59, 0], "Fri, 31 Dec 9999 23:59:59 GMT"),
        ([2000, 2, 2, 29, 0, 0, 0, 0], "Tue, 29 Feb 2000 00:00:00 GMT"),
        ([2016, 12, 6, 31, 23, 59, 60, 0], "Sat, 31 Dec 2016 23:59:60 GMT"),
    ];
    each(&rows, |(fields, text)| assert_eq!(told(|| WinHttpTimeFromSystemTime(&time(*fields))).unwrap(), *text));
}

/// Section 17.2: fields that are out of range.
#[test]
fn what_is_no_date_has_no_text() {
    let rows = [
        [0, 0, 0, 0, 0, 0, 0, 0],
        [1600, 7, 1, 28, 10, 5, 52, 0],
        [10000, 7, 1, 28, 10, 5, 52, 0],
        [2008, 0, 1, 28, 10, 5, 52, 0],
        [2008, 13, 1, 28, 10, 5, 52, 0],
        [2008, 7, 7, 28, 10, 5, 52, 0],
        [2008, 7, 1, 0, 10, 5, 52, 0],
        [2008, 7, 1, 32, 10, 5, 52, 0],
        [2007, 2, 1, 29, 10, 5, 52, 0],
        [1900, 2, 1, 29, 10, 5, 52, 0],
        [2008, 7, 1, 28, 24, 5, 52, 0],
        [2008, 7, 1, 28, 10, 60, 52, 0],
        [2008, 7, 1, 28, 10, 5, 61, 0],
        [u16::MAX; 8],
    ];
    each(&rows, |fields| {
        assert_eq!(code(told(|| WinHttpTimeFromSystemTime(&time(*fields)))), ERROR_INVALID_PARAMETER);
    });
}

/// Section 17.2: the forms that are promised, and the lenient one.
#[test]
fn text_becomes_a_date() {
    let rows = [
        ("Mon, 28 Jul 2008 10:05:52 GMT", SUMMER),
        ("Mon, 28 Jul 2008 10:05:52 GMT\n", SUMMER),
        (" mon 28 jul 2008 10 05 52\n", SUMMER),
        ("Monday, 28-Jul-08 10:05:52 GMT", SUMMER),
        ("Mon Jul 28 10:05:52 2008", SUMMER),
        ("Mon, 28 Jul 2008 10:05:52 PST", SUMMER),
        ("Sun Nov  6 08:49:37 1994", [1994, 11, 0, 6, 8, 49, 37, 0]),
        ("Sunday, 06-Nov-94 08:49:37 GMT", [1994, 11, 0, 6, 8, 49, 37, 0]),
        ("Wed, 31-Dec-69 00:00:00 GMT", [2069, 12, 3, 31, 0, 0, 0, 0]),
        ("Thu, 1 Jan 70 0:0:0", [1970, 1, 4, 1, 0, 0, 0, 0]),
        // The day of the week is believed.
        ("Fri, 28 Jul 2008 10:05:52 GMT", [2008, 7, 5, 28, 10, 5, 52, 0]),
        ("Sat, 31 Dec 2016 23:59:60 GMT", [2016, 12, 6, 31, 23, 59, 60, 0]),
    ];
    each(&rows, |(text, expected)| {
        assert_eq!(fields(told(|| WinHttpTimeToSystemTime(text)).unwrap()), *expected);
    });
}

/// Sections 17.2 and 20, item 15: text that is no date, or not a whole one.
#[test]
fn other_text_is_no_date() {
    let rows = [
        "",
        "now",
        "Mon",
        "Mon, 28 Jul 2008",
        "Mon, 28 Jul 2008 10:05",
        "28 Jul 2008 10:05:52 GMT",
        "Mon, Jul 2008 10:05:52 GMT",
        "Mon, 28 Juli8 2008 10:05",
        "Mon, 31 Feb 2008 10:05:52 GMT",
        "Mon, 28 Jul 1600 10:05:52 GMT",
        "Mon, 28 Jul 12008 10:05:52 GMT",
        "Mon, 28 Jul 2008 24:05:52 GMT",
        "Mon, 28 Jul 2008 10:05:99999999999 GMT",
        "\u{41c}\u{43e}\u{43d}, 28 Jul 2008 10:05:52 GMT",
    ];
    each(&rows, |text| {
        assert_eq!(code(told(|| WinHttpTimeToSystemTime(text))), ERROR_INVALID_PARAMETER);
    });
}

fn a_year_near_the_limits() -> impl Strategy<Value = u16> {
    prop_oneof![1599..1604u16, 2000..2004u16, 9998..10_002u16, Just(u16::MAX)]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    /// Section 17.2: a date comes back as it went.
    #[test]
    fn dates_survive_their_text(
        date in (1601..=9999u16, 1..=12u16, 0..7u16, 1..=28u16),
        hour in (0..24u16, 0..60u16, 0..=60u16),
    ) {
        let before = [date.0, date.1, date.2, date.3, hour.0, hour.1, hour.2, 0];
        let text = WinHttpTimeFromSystemTime(&time(before)).unwrap();
        prop_assert_eq!(text.len(), 29);
        prop_assert_eq!(fields(WinHttpTimeToSystemTime(&text).unwrap()), before);
    }

    /// Section 17.2: fields have a text if, and only if, there is such a date.
    #[test]
    fn possible_dates_are_told_from_the_others(
        date in (a_year_near_the_limits(), 0..14u16, 0..8u16, 26..33u16),
        hour in (20..25u16, 56..61u16, 56..62u16, any::<u16>()),
    ) {
        let before = [date.0, date.1, date.2, date.3, hour.0, hour.1, hour.2, hour.3];
        let days = match date.1 {
            4 | 6 | 9 | 11 => 30,
            2 => if [1600, 2000].contains(&date.0) { 29 } else { 28 },
            _ => 31,
        };
        let is_date = (1601..=9999).contains(&date.0) && (1..=12).contains(&date.1) && date.2 < 7 && date.3 <= days;
        let expected = if is_date && hour.0 < 24 && hour.1 < 60 && hour.2 < 61 { 0 } else { ERROR_INVALID_PARAMETER };
        prop_assert_eq!(code(WinHttpTimeFromSystemTime(&time(before))), expected);
    }
}
