//! Dates of header fields (RFC 9110 section 5.6.7).

use alloc::string::String;

/// A point in time by the calendar, in UTC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HttpDate {
    /// The year, 1601 or later.
    pub year: u16,
    /// The month, 1 to 12.
    pub month: u16,
    /// The day of the week, 0 (Sunday) to 6.
    pub weekday: u16,
    /// The day of the month, from 1.
    pub day: u16,
    /// The hour, 0 to 23.
    pub hour: u16,
    /// The minute, 0 to 59.
    pub minute: u16,
    /// The second, 0 to 60.
    pub second: u16,
}

/// Reads a date in any of the three forms of RFC 9110: `Sun, 06 Nov 1994 08:49:37 GMT`, `Sunday, 06-Nov-94 08:49:37
/// GMT`, `Sun Nov  6 08:49:37 1994`; punctuation, case and the name of the zone do not matter.
pub fn parse_date(text: &[u8]) -> Option<HttpDate> {
    let mut words = Words(text);
    let weekday = name_among(words.next()?, &WEEKDAYS)?;
    let second_word = words.next()?;
    let date = match name_among(second_word, &MONTHS) {
        Some(month) => {
            let day = number(words.next()?)?;
            let [hour, minute, second] = words.time()?;
            HttpDate { year: year(words.next()?)?, month: month + 1, weekday, day, hour, minute, second }
        }
        None => {
            let day = number(second_word)?;
            let month = name_among(words.next()?, &MONTHS)? + 1;
            let year = year(words.next()?)?;
            let [hour, minute, second] = words.time()?;
            HttpDate { year, month, weekday, day, hour, minute, second }
        }
    };
    date.is_possible().then_some(date)
}

impl HttpDate {
    /// The date as it is to be sent: `Sun, 06 Nov 1994 08:49:37 GMT`. The day of the week is believed. `None` if there
    /// is no such date, or its year has more than the four digits of that form.
    pub fn to_text(&self) -> Option<String> {
        let weekday = WEEKDAYS.get(usize::from(self.weekday))?;
        let month = MONTHS.get(usize::from(self.month).checked_sub(1)?)?;
        let Self { year, day, hour, minute, second, .. } = self;
        let is_sendable = self.is_possible() && *year <= 9999;
        is_sendable.then(|| alloc::format!("{weekday}, {day:02} {month} {year} {hour:02}:{minute:02}:{second:02} GMT"))
    }

    fn is_possible(&self) -> bool {
        let leap = self.year % 4 == 0 && (self.year % 100 != 0 || self.year % 400 == 0);
        let days = match self.month {
            2 if leap => 29,
            2 => 28,
            4 | 6 | 9 | 11 => 30,
            _ => 31,
        };
        (1..=days).contains(&self.day) && self.year >= 1601 && self.hour < 24 && self.minute < 60 && self.second <= 60
    }
}

/// The runs of letters or digits in a text.
struct Words<'t>(&'t [u8]);

impl<'t> Words<'t> {
    fn next(&mut self) -> Option<&'t [u8]> {
        let start = self.0.iter().position(u8::is_ascii_alphanumeric)?;
        let rest = &self.0[start..];
        let end = rest.iter().position(|byte| !byte.is_ascii_alphanumeric()).unwrap_or(rest.len());
        self.0 = &rest[end..];
        Some(&rest[..end])
    }

    fn time(&mut self) -> Option<[u16; 3]> {
        Some([number(self.next()?)?, number(self.next()?)?, number(self.next()?)?])
    }
}

fn name_among(word: &[u8], names: &[&str]) -> Option<u16> {
    let start = word.get(..3)?;
    names.iter().position(|name| start.eq_ignore_ascii_case(name.as_bytes())).map(|at| at as u16)
}

fn number(word: &[u8]) -> Option<u16> {
    if word.len() > 4 {
        return None;
    }
    word.iter().try_fold(0, |sum, byte| byte.is_ascii_digit().then(|| sum * 10 + u16::from(byte - b'0')))
}

/// Two digits mean 1970 to 2069.
fn year(word: &[u8]) -> Option<u16> {
    let value = number(word)?;
    Some(match (word.len(), value) {
        (4, _) => value,
        (_, 0..70) => value + 2000,
        (_, 70..100) => value + 1900,
        _ => return None,
    })
}

const WEEKDAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

#[cfg(test)]
mod tests {
    use super::*;

    const AN_EVENING: HttpDate =
        HttpDate { year: 2024, month: 2, weekday: 4, day: 29, hour: 23, minute: 59, second: 60 };

    #[test]
    fn a_date_is_sent_in_the_first_form() {
        assert_eq!(AN_EVENING.to_text().as_deref(), Some("Thu, 29 Feb 2024 23:59:60 GMT"));
        let early = HttpDate { year: 1601, month: 1, weekday: 1, day: 1, ..HttpDate::default() };
        assert_eq!(early.to_text().as_deref(), Some("Mon, 01 Jan 1601 00:00:00 GMT"));
    }

    #[test]
    fn what_is_no_date_is_not_sent() {
        for wrong in [
            HttpDate { year: 2023, ..AN_EVENING },
            HttpDate { year: 1600, ..AN_EVENING },
            HttpDate { year: 10_000, ..AN_EVENING },
            HttpDate { month: 0, ..AN_EVENING },
            HttpDate { month: 13, ..AN_EVENING },
            HttpDate { month: u16::MAX, ..AN_EVENING },
            HttpDate { weekday: 7, ..AN_EVENING },
            HttpDate { day: 0, ..AN_EVENING },
            HttpDate { day: 30, ..AN_EVENING },
            HttpDate { hour: 24, ..AN_EVENING },
            HttpDate { minute: 60, ..AN_EVENING },
            HttpDate { second: 61, ..AN_EVENING },
            HttpDate::default(),
        ] {
            assert_eq!(wrong.to_text(), None, "{wrong:?}");
        }
    }

    #[test]
    fn the_three_forms_mean_the_same() {
        let expected = HttpDate { year: 1994, month: 11, weekday: 0, day: 6, hour: 8, minute: 49, second: 37 };
        for text in [
            "Sun, 06 Nov 1994 08:49:37 GMT",
            "Sunday, 06-Nov-94 08:49:37 GMT",
            "Sun Nov  6 08:49:37 1994",
            " sun 06 nov 1994 08 49 37\n",
        ] {
            assert_eq!(parse_date(text.as_bytes()), Some(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_date_is_none() {
        for text in ["", "now", "Sun, 31 Feb 1994 08:49:37 GMT", "Sun, 06 Nov 1994 24:49:37", "Sun, 06 Nov 1994"] {
            assert_eq!(parse_date(text.as_bytes()), None, "{text}");
        }
    }
}
