//! When a cookie expires (RFC 6265 section 5.1.1). These dates are read by looser rules than those of other fields.

/// The date in seconds since 1970, 0 for one before; `None` if `text` has no date in it.
pub(super) fn parse_expires(text: &[u8]) -> Option<u64> {
    let mut date = Found::default();
    for token in text.split(|byte| is_delimiter(*byte)) {
        date.take(token);
    }
    date.seconds_since_1970()
}

/// Each part is the first token that looks like it.
#[derive(Default)]
struct Found {
    time: Option<[u64; 3]>,
    day: Option<u64>,
    month: Option<u64>,
    year: Option<u64>,
}

impl Found {
    /// Whether `token` is a part that was not there yet.
    fn take(&mut self, token: &[u8]) -> bool {
        let Self { time, day, month, year } = self;
        fill(time, || read_time(token))
            || fill(day, || Some(leading_number(token, 1, 2)?.0))
            || fill(month, || read_month(token))
            || fill(year, || Some(full_year(leading_number(token, 2, 4)?.0)))
    }

    fn seconds_since_1970(&self) -> Option<u64> {
        let [hour, minute, second] = self.time?;
        let (day, month, year) = (self.day?, self.month?, self.year?);
        let days_before = days_before_month(year, month);
        let is_a_day = (1..=days_before_month(year, month + 1) - days_before).contains(&day);
        let is_possible = is_a_day && year >= 1601 && hour < 24 && minute < 60 && second < 60;
        let days = (days_before + day).saturating_sub(DAYS_BEFORE_1970 + 1);
        let seconds = ((days * 24 + hour) * 60 + minute) * 60 + second;
        is_possible.then_some(if year < 1970 { 0 } else { seconds })
    }
}

/// Fills an empty place with what `read` finds; whether it did.
fn fill<T>(place: &mut Option<T>, read: impl FnOnce() -> Option<T>) -> bool {
    if place.is_some() {
        return false;
    }
    *place = read();
    place.is_some()
}

/// `hh:mm:ss`, each with one or two digits, and whatever follows.
fn read_time(token: &[u8]) -> Option<[u64; 3]> {
    let (hour, rest) = leading_number(token, 1, 2)?;
    let (minute, rest) = leading_number(rest.strip_prefix(b":")?, 1, 2)?;
    let (second, _) = leading_number(rest.strip_prefix(b":")?, 1, 2)?;
    Some([hour, minute, second])
}

fn read_month(token: &[u8]) -> Option<u64> {
    let start = token.get(..3)?;
    let at = MONTHS.iter().position(|name| start.eq_ignore_ascii_case(name))?;
    Some(at as u64 + 1)
}

/// The number that `token` begins with, if it has so many digits, and what follows.
fn leading_number(token: &[u8], least: usize, most: usize) -> Option<(u64, &[u8])> {
    let count = token.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let number = |digits: &[u8]| digits.iter().fold(0, |sum, digit| sum * 10 + u64::from(digit - b'0'));
    (least..=most).contains(&count).then(|| (number(&token[..count]), &token[count..]))
}

/// Two digits mean 1970 to 2069.
const fn full_year(year: u64) -> u64 {
    match year {
        0..70 => year + 2000,
        70..100 => year + 1900,
        _ => year,
    }
}

/// From 1 March of the year 0; a year begins in March, so that the leap day is its last. The month after the 12th is
/// January.
const fn days_before_month(year: u64, month: u64) -> u64 {
    let (year, month) = if month > 2 { (year, month - 3) } else { (year.saturating_sub(1), month + 9) };
    // Months of 31, 30, 31, 30 and 31 days, again and again.
    year * 365 + year / 4 - year / 100 + year / 400 + (month * 153 + 2) / 5
}

const fn is_delimiter(byte: u8) -> bool {
    matches!(byte, 0x09 | 0x20..=0x2F | 0x3B..=0x40 | 0x5B..=0x60 | 0x7B..=0x7E)
}

const DAYS_BEFORE_1970: u64 = days_before_month(1970, 1);

const MONTHS: [&[u8]; 12] =
    [b"jan", b"feb", b"mar", b"apr", b"may", b"jun", b"jul", b"aug", b"sep", b"oct", b"nov", b"dec"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_found_in_their_tokens() {
        for (text, expected) in [
            ("Sun, 06 Nov 1994 08:49:37 GMT", Some(784_111_777)),
            ("Sunday, 06-Nov-94 08:49:37 GMT", Some(784_111_777)),
            ("Sun Nov  6 08:49:37 1994", Some(784_111_777)),
            ("8:49:37x 6th nOVember 94", Some(784_111_777)),
            ("1994 6 Nov 08:49:37", Some(784_111_777)),
            ("94 6 Nov 08:49:37", None),
            ("94/6/Nov/8:49:37", None),
            ("6 1994 Nov 08:49:37 11 2020", Some(784_111_777)),
            ("Thu, 01 Jan 1970 00:00:00 GMT", Some(0)),
            ("Thu, 01 Jan 1970 00:00:01 GMT", Some(1)),
            ("Wed, 31 Dec 1969 23:59:59 GMT", Some(0)),
            ("Mon, 01 Jan 1601 00:00:00 GMT", Some(0)),
            ("Tue, 29 Feb 2000 00:00:00 GMT", Some(951_782_400)),
            ("Wed, 01 Mar 2000 00:00:00 GMT", Some(951_868_800)),
            ("Tue, 31 Dec 2024 23:59:59", Some(1_735_689_599)),
            ("1 Jan 69 0:0:0", Some(3_124_224_000)),
            ("1 Jan 70 0:0:0", Some(0)),
            ("Fri, 31 Dec 9999 23:59:59 GMT", Some(253_402_300_799)),
        ] {
            assert_eq!(parse_expires(text.as_bytes()), expected, "{text}");
        }
    }

    #[test]
    fn what_is_no_date_is_none() {
        for text in [
            "",
            "0",
            "-1",
            "never",
            "06 Nov 1994",
            "Nov 1994 08:49:37",
            "06 1994 08:49:37",
            "06 Nov 08:49:37",
            "00 Nov 1994 08:49:37",
            "31 Nov 1994 08:49:37",
            "29 Feb 1900 08:49:37",
            "29 Feb 2023 08:49:37",
            "32 Dec 1994 08:49:37",
            "06 Nov 1600 08:49:37",
            "06 Nov 100 08:49:37",
            "06 Nov 00000 08:49:37",
            "06 Nov 1994 24:00:00",
            "06 Nov 1994 08:60:00",
            "06 Nov 1994 08:49:60",
            "06 Nov 1994 08:49",
            "06 Nov 1994 008:49:37",
            "06 No 1994 08:49:37",
            "999 Nov 1994 08:49:37",
        ] {
            assert_eq!(parse_expires(text.as_bytes()), None, "{text}");
        }
    }
}
