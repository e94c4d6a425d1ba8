use alloc::string::{String, ToString};

use super::*;

fn utf16(text: &str) -> Vec<u16> {
    text.encode_utf16().collect()
}

fn text(units: &[u16]) -> String {
    String::from_utf16(units).expect("well-formed text")
}

/// The parts of a URL in a form that is easy to write: the port after the texts, absent ones as `-`.
fn shown(url: &str) -> Result<String, Error> {
    let units = utf16(url);
    let parts = UrlParts::find(&units)?;
    let show = |range: &Range<usize>| text(&units[range.clone()]);
    let show_user = |range: &Option<Range<usize>>| range.as_ref().map_or("-".to_string(), show);
    Ok([
        show(&parts.scheme_name),
        show_user(&parts.user_name),
        show_user(&parts.password),
        show(&parts.host),
        parts.port.to_string(),
        show(&parts.path),
        show(&parts.extra),
    ]
    .join(" | "))
}

#[test]
fn every_part_is_found() {
    for (url, expected) in [
        ("http://h", "http | - | - | h | 80 |  | "),
        ("https://h/", "https | - | - | h | 443 | / | "),
        ("HttpS://h:8443/a/b;c?d=/@#e?f", "HttpS | - | - | h | 8443 | /a/b;c | ?d=/@#e?f"),
        ("http://u:p@h:1/", "http | u | p | h | 1 | / | "),
        ("http://u@h", "http | u | - | h | 80 |  | "),
        ("http://u:@h", "http | u |  | h | 80 |  | "),
        ("http://:@h", "http |  |  | h | 80 |  | "),
        ("http://@h", "http |  | - | h | 80 |  | "),
        ("http://u:p:q@r@h/", "http | u | p:q@r | h | 80 | / | "),
        ("http://h/u:p@x", "http | - | - | h | 80 | /u:p@x | "),
        ("http://h:/", "http | - | - | h | 80 | / | "),
        ("https://h:", "https | - | - | h | 443 |  | "),
        ("http://h:0", "http | - | - | h | 0 |  | "),
        ("http://h:0000080/", "http | - | - | h | 80 | / | "),
        ("http://h:65535/", "http | - | - | h | 65535 | / | "),
        ("http://[::1]", "http | - | - | [::1] | 80 |  | "),
        ("http://u@[::1]:81/", "http | u | - | [::1] | 81 | / | "),
        ("http://h/a?", "http | - | - | h | 80 | /a | ?"),
        ("http://h/#", "http | - | - | h | 80 | / | #"),
        ("http://h/a#b?c", "http | - | - | h | 80 | /a | #b?c"),
        ("http://a b/", "http | - | - | a b | 80 | / | "),
        ("http://h?x=1", "http | - | - | h?x=1 | 80 |  | "),
        ("http://\u{fc}.de/\u{1f600}", "http | - | - | \u{fc}.de | 80 | /\u{1f600} | "),
    ] {
        assert_eq!(shown(url).as_deref(), Ok(expected), "{url}");
    }
}

#[test]
fn what_is_no_url_is_refused() {
    for url in ["", "http", "www", "a.b/c", ":", "://h", "ftp://h", " http://h", "httpss://h", "h:80", "\u{2168}://h"] {
        assert_eq!(shown(url), Err(Error::Scheme), "{url}");
    }
    for url in [
        "http:",
        "http:h",
        "http:/h",
        "http://",
        "http:///p",
        "http://:80",
        "http://u@",
        "http://u:p@/",
        "http://h:65536",
        "http://h:99999999999999999999",
        "http://h:8a",
        "http://h:+8",
        "http://h: 8",
        "http://h:8?x",
        "http://h:8:9",
        "http://::1/",
        "http://[::1",
        "http://h:\u{661}/",
    ] {
        assert_eq!(shown(url), Err(Error::Url), "{url}");
    }
}

#[test]
fn text_that_is_not_well_formed_is_text_too() {
    let mut url = utf16("http://h/?");
    url.insert(9, 0xD800);
    url.push(0xDC00);
    let parts = UrlParts::find(&url).expect("a URL");
    assert_eq!((&url[parts.path], &url[parts.extra]), (&[u16::from(b'/'), 0xD800][..], &[u16::from(b'?'), 0xDC00][..]));
}

const PLAIN: UrlText<'_> =
    UrlText { scheme_name: &[], user_name: None, password: None, host: &[], port: 80, path: &[], extra: &[] };

#[test]
fn texts_are_joined() {
    let (http, https, ftp) = (&*utf16("http"), &*utf16("HTTPS"), &*utf16("ftp"));
    let (host, word, path, query) = (&*utf16("h"), &*utf16("w"), &*utf16("/p"), &*utf16("?q"));
    let empty: &[u16] = &[];
    for (parts, expected) in [
        (UrlText { scheme_name: http, host, ..PLAIN }, "http://h"),
        (UrlText { scheme_name: http, host, path, extra: query, ..PLAIN }, "http://h/p?q"),
        (UrlText { scheme_name: http, host, path: word, ..PLAIN }, "http://h/w"),
        (UrlText { scheme_name: http, host, extra: query, ..PLAIN }, "http://h/?q"),
        (UrlText { scheme_name: http, host, port: 0, ..PLAIN }, "http://h:0"),
        (UrlText { scheme_name: http, host, port: 443, ..PLAIN }, "http://h:443"),
        (UrlText { scheme_name: https, host, port: 443, ..PLAIN }, "HTTPS://h"),
        (UrlText { scheme_name: https, host, ..PLAIN }, "HTTPS://h:80"),
        (UrlText { scheme_name: ftp, host, ..PLAIN }, "ftp://h:80"),
        (UrlText { scheme_name: http, path: word, extra: query, ..PLAIN }, "http://w?q"),
        (UrlText { scheme_name: http, user_name: Some(word), host, ..PLAIN }, "http://w@h"),
        (UrlText { scheme_name: http, user_name: Some(word), password: Some(empty), host, ..PLAIN }, "http://w:@h"),
        (UrlText { scheme_name: http, user_name: Some(empty), password: Some(empty), host, ..PLAIN }, "http://:@h"),
        (UrlText { scheme_name: http, user_name: Some(word), password: Some(path), host, ..PLAIN }, "http://w:/p@h"),
    ] {
        assert_eq!(text(&parts.compose()), expected);
    }
}

#[test]
fn exactly_these_characters_are_escaped() {
    let escaped = |byte: u8| {
        matches!(
            byte,
            0..=0x20
                | b'"'
                | b'#'
                | b'%'
                | b'<'
                | b'>'
                | b'['
                | b'\\'
                | b']'
                | b'^'
                | b'`'
                | b'{'
                | b'|'
                | b'}'
                | b'~'
                | 0x7F
        )
    };
    for byte in 0..0x80 {
        let expected = if escaped(byte) { alloc::format!("%{byte:02X}") } else { char::from(byte).to_string() };
        assert_eq!(escape(&[byte.into()]).map(|units| text(&units)), Some(expected));
    }
    assert_eq!(escape(&utf16("\u{e9}\u{20ac}\u{1f600}")), Some(utf16("%C3%A9%E2%82%AC%F0%9F%98%80")));
    assert_eq!(escape(&[0xD83D]), None);
}

#[test]
fn escape_sequences_become_units() {
    for (escaped, expected) in [
        ("", ""),
        ("a%20b%2fc%2Fd", "a b/c/d"),
        ("%C3%a9", "\u{c3}\u{a9}"),
        ("%2541", "%41"),
        ("%", "%"),
        ("%4", "%4"),
        ("%4g%g4%+4%%41", "%4g%g4%+4%A"),
        ("a%00b", "a%00b"),
    ] {
        assert_eq!(text(&unescape(&utf16(escaped))), expected, "{escaped}");
    }
    assert_eq!(unescape(&[0xD800, PERCENT, 0xFF14, 0xFF11]), [0xD800, PERCENT, 0xFF14, 0xFF11]);
}
