//! core.md section 14: URLs taken apart and put together.

// A panic is how a test reports.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use conformance::{code, each, told};
use openwinhttp::*;
use proptest::prelude::*;

/// The parts in a form that is easy to write; absent ones are `-`.
fn shown(parts: &UrlComponents) -> String {
    let optional = |part: &Option<String>| part.clone().unwrap_or("-".into());
    let texts = [
        parts.scheme.clone(),
        parts.scheme_id.to_string(),
        optional(&parts.user_name),
        optional(&parts.password),
        parts.host_name.clone(),
        parts.port.to_string(),
        parts.url_path.clone(),
        parts.extra_info.clone(),
    ];
    texts.join(" | ")
}

/// What `WinHttpCrackUrl` gives: the parts, or the number of the error.
fn cracked(url: &str, flags: u32) -> String {
    told(|| WinHttpCrackUrl(url, flags)).map_or_else(|error| error.code().to_string(), |parts| shown(&parts))
}

#[derive(Debug)]
struct Crack {
    url: &'static str,
    flags: u32,
    parts: &'static str,
}

const fn row(url: &'static str, parts: &'static str) -> Crack {
    Crack { url, flags: 0, parts }
}

const fn flagged(flags: u32, url: &'static str, parts: &'static str) -> Crack {
    Crack { url, flags, parts }
}

/// Section 14.2: inputs and conditions.
#[test]
fn a_url_is_taken_apart() {
    let rows = [
        row("http://www.winehq.org/site/about", "http | 1 | - | - | www.winehq.org | 80 | /site/about | "),
        row("HTTPS://h/", "HTTPS | 2 | - | - | h | 443 | / | "),
        row("hTTp://h/", "hTTp | 1 | - | - | h | 80 | / | "),
        // Ports.
        row("http://h:65535", "http | 1 | - | - | h | 65535 |  | "),
        row("http://h:0", "http | 1 | - | - | h | 0 |  | "),
        row("http://h:", "http | 1 | - | - | h | 80 |  | "),
        row("https://h:/", "https | 2 | - | - | h | 443 | / | "),
        row("http://[fe80::1]:8080/", "http | 1 | - | - | [fe80::1] | 8080 | / | "),
        // Users.
        row("ftp://h/", "12006"),
        row("http://user:pass@h:81/", "http | 1 | user | pass | h | 81 | / | "),
        row("http://user@h/", "http | 1 | user | - | h | 80 | / | "),
        row("http://user:@h/", "http | 1 | user |  | h | 80 | / | "),
        row("http://:@h/", "http | 1 |  |  | h | 80 | / | "),
        row("http://a:b:c@d@h/", "http | 1 | a | b:c@d | h | 80 | / | "),
        row("http://h/a:b@c", "http | 1 | - | - | h | 80 | /a:b@c | "),
        row("http://h/?a:b@c", "http | 1 | - | - | h | 80 | / | ?a:b@c"),
        // Path and extra information.
        row("http://h", "http | 1 | - | - | h | 80 |  | "),
        row("http://h/p?", "http | 1 | - | - | h | 80 | /p | ?"),
        row("http://h/p;a=b?q=1?r#f", "http | 1 | - | - | h | 80 | /p;a=b | ?q=1?r#f"),
        row("http://h/p#f?q", "http | 1 | - | - | h | 80 | /p | #f?q"),
        // Nothing but a slash ends the host, and what it is made of is not checked.
        row("http://winehq?", "http | 1 | - | - | winehq? | 80 |  | "),
        row("http://winehq.o g/a b", "http | 1 | - | - | winehq.o g | 80 | /a b | "),
        row("http://\u{fc}/\u{1f600}?\u{20ac}", "http | 1 | - | - | \u{fc} | 80 | /\u{1f600} | ?\u{20ac}"),
        // No scheme, or one that is none of ours.
        row("", "12006"),
        row("http", "12006"),
        row("www", "12006"),
        row("www.winehq.org", "12006"),
        row("www.winehq.org:80", "12006"),
        row(" http://h", "12006"),
        row("://h", "12006"),
        // No grammar.
        row("HTTP:www.winehq.org", "12005"),
        row("http:/www.winehq.org", "12005"),
        row("http://", "12005"),
        row("http:///path", "12005"),
        row("http://user@/", "12005"),
        row("http://h:65536", "12005"),
        row("http://h:4294967376/", "12005"),
        row("http://h:-1/", "12005"),
        row("http://h:80a/", "12005"),
        row("http://::1/", "12005"),
    ];
    each(&rows, |row| assert_eq!(cracked(row.url, row.flags), row.parts));
}

/// Section 14.2: flags.
#[test]
fn flags_change_the_parts() {
    let both = ICU_DECODE | ICU_ESCAPE;
    let rows = [
        // Decoding is after splitting, and knows no UTF-8.
        flagged(ICU_DECODE, "http://h/a%20b?c%3d", "http | 1 | - | - | h | 80 | /a b | ?c="),
        flagged(ICU_DECODE, "http://u%40:p%3a@%68/a%3Fb%23c", "http | 1 | u@ | p: | h | 80 | /a?b#c | "),
        flagged(ICU_DECODE, "http://h%2Fx/%C3%A9", "http | 1 | - | - | h/x | 80 | /\u{c3}\u{a9} | "),
        flagged(ICU_DECODE, "http://h/%252e%zz%4", "http | 1 | - | - | h | 80 | /%2e%zz%4 | "),
        flagged(ICU_DECODE, "http://h/a%00b", "http | 1 | - | - | h | 80 | /a%00b | "),
        flagged(ICU_DECODE, "http://h:%38%30/", "12005"),
        // Escaping leaves the host alone, and wins.
        flagged(ICU_ESCAPE, "http://winehq.o g/p s?q s", "http | 1 | - | - | winehq.o g | 80 | /p%20s | ?q%20s"),
        flagged(ICU_ESCAPE, "http://u s:p s@h/~%#", "http | 1 | u s | p s | h | 80 | /%7E%25 | %23"),
        flagged(ICU_ESCAPE, "http://h/\u{e9}\u{20ac}", "http | 1 | - | - | h | 80 | /%C3%A9%E2%82%AC | "),
        flagged(both, "http://h/path with spaces", "http | 1 | - | - | h | 80 | /path%20with%20spaces | "),
        flagged(both, "http://%68/%20", "http | 1 | - | - | %68 | 80 | /%2520 | "),
        // Any user is refused.
        flagged(ICU_REJECT_USERPWD, "http://u:p@h/", "12005"),
        flagged(ICU_REJECT_USERPWD, "http://u@h/", "12005"),
        flagged(ICU_REJECT_USERPWD, "http://:@h/", "12005"),
        flagged(ICU_REJECT_USERPWD, "http://@h/", "12005"),
        flagged(ICU_REJECT_USERPWD, "http://h/@", "http | 1 | - | - | h | 80 | /@ | "),
        // Flags that are for other functions do nothing.
        flagged(
            ICU_NO_ENCODE | ICU_NO_META | ICU_BROWSER_MODE,
            "http://h/./a b",
            "http | 1 | - | - | h | 80 | /./a b | ",
        ),
    ];
    each(&rows, |row| assert_eq!(cracked(row.url, row.flags), row.parts));
}

/// Parts with a host, the scheme by number.
fn parts(scheme_id: i32, port: u16, url_path: &str, extra_info: &str) -> UrlComponents {
    UrlComponents {
        scheme_id,
        host_name: "h".into(),
        port,
        url_path: url_path.into(),
        extra_info: extra_info.into(),
        ..UrlComponents::default()
    }
}

fn with_user(user_name: Option<&str>, password: Option<&str>) -> UrlComponents {
    let own = |text: Option<&str>| text.map(str::to_owned);
    UrlComponents { user_name: own(user_name), password: own(password), ..parts(1, 80, "/", "") }
}

fn with_scheme(scheme: &str, scheme_id: i32, port: u16) -> UrlComponents {
    UrlComponents { scheme: scheme.into(), ..parts(scheme_id, port, "/", "") }
}

fn without_host(user_name: Option<&str>) -> UrlComponents {
    UrlComponents { host_name: String::new(), ..UrlComponents { url_path: "p".into(), ..with_user(user_name, None) } }
}

/// Section 14.3: every case that is not about a buffer.
#[test]
fn a_url_is_put_together() {
    let rows = [
        // The scheme.
        (parts(0, 80, "/", ""), 0, "http://h/"),
        (parts(1, 80, "/", ""), 0, "http://h/"),
        (parts(2, 443, "/", ""), 0, "https://h/"),
        (parts(3, 21, "/", ""), 0, "ftp://h:21/"),
        (parts(4, 1080, "/", ""), 0, "socks://h:1080/"),
        (parts(5, 80, "/", ""), 0, "87"),
        (parts(-1, 80, "/", ""), 0, "87"),
        (with_scheme("ftp", 1, 21), 0, "ftp://h:21/"),
        (with_scheme("HTTPS", 1, 443), 0, "HTTPS://h/"),
        (with_scheme("any thing", 99, 80), 0, "any thing://h:80/"),
        // The port.
        (parts(1, 443, "/", ""), 0, "http://h:443/"),
        (parts(2, 80, "/", ""), 0, "https://h:80/"),
        (parts(1, 0, "/", ""), 0, "http://h:0/"),
        (parts(1, 65535, "/", ""), 0, "http://h:65535/"),
        // No host.
        (without_host(None), 0, "http://p"),
        (without_host(Some("u")), 0, "http://u@p"),
        // Users.
        (with_user(Some("u"), Some("p")), 0, "http://u:p@h/"),
        (with_user(Some("u"), None), 0, "http://u@h/"),
        (with_user(Some("u"), Some("")), 0, "http://u:@h/"),
        (with_user(Some(""), Some("")), 0, "http://:@h/"),
        (with_user(None, Some("p")), 0, "87"),
        (with_user(None, Some("")), 0, "87"),
        (with_user(Some("u"), None), ICU_REJECT_USERPWD, "12005"),
        (with_user(Some(""), Some("")), ICU_REJECT_USERPWD, "12005"),
        (with_user(None, None), ICU_REJECT_USERPWD, "http://h/"),
        // The rest.
        (parts(1, 80, "", ""), 0, "http://h"),
        (parts(1, 80, "p", "?q"), 0, "http://h/p?q"),
        (parts(1, 80, "", "?q"), 0, "http://h/?q"),
        (parts(1, 80, "/\u{e9} \u{20ac}", "#\u{1f600}"), 0, "http://h/\u{e9} \u{20ac}#\u{1f600}"),
        (parts(1, 80, "/\u{e9} \u{20ac}", "?~%"), ICU_ESCAPE, "http://h/%C3%A9%20%E2%82%AC?%7E%25"),
    ];
    each(&rows, |(parts, flags, url)| {
        let created = told(|| WinHttpCreateUrl(parts, *flags));
        assert_eq!(created.unwrap_or_else(|error| error.code().to_string()), *url);
    });
}

/// Section 14.3: the escape set, character by character, in the path and the extra information and nowhere else.
#[test]
fn the_escape_set() {
    let stay = "!$&'()*+,-./:;=?@_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let all: Vec<char> = (1..=0x7F_u8).map(char::from).collect();
    each(&all, |character| {
        let text = character.to_string();
        let expected = if stay.contains(*character) { text.clone() } else { format!("%{:02X}", *character as u8) };
        let parts = UrlComponents {
            user_name: Some(text.clone()),
            password: Some(text.clone()),
            host_name: text.clone(),
            ..parts(1, 80, &format!("/{text}"), &format!("?{text}"))
        };
        let url = told(|| WinHttpCreateUrl(&parts, ICU_ESCAPE)).unwrap();
        assert_eq!(url, format!("http://{text}:{text}@{text}/{expected}?{expected}"));
    });
}

/// Section 14: places in UTF-16 do not depend on what is well-formed.
#[test]
fn half_a_surrogate_pair_is_kept() {
    let mut url: Vec<u16> = "http://h/?".encode_utf16().collect();
    url.insert(9, 0xD800);
    url.push(0xDC00);
    let cracked = CrackedUrl::new(&url, 0).unwrap();
    assert_eq!((cracked.scheme_id(), cracked.port()), (WINHTTP_INTERNET_SCHEME_HTTP, 80));
    assert_eq!(cracked.place(UrlPart::UrlPath).unwrap(), Some(8..10));
    assert_eq!(cracked.text(UrlPart::UrlPath).unwrap(), [u16::from(b'/'), 0xD800]);
    assert_eq!(cracked.text(UrlPart::ExtraInfo).unwrap(), [u16::from(b'?'), 0xDC00]);
    let decoding = CrackedUrl::new(&url, ICU_DECODE).unwrap();
    assert_eq!(decoding.text(UrlPart::UrlPath).unwrap(), [u16::from(b'/'), 0xD800]);
    let escaping = CrackedUrl::new(&url, ICU_ESCAPE).unwrap();
    assert_eq!(code(escaping.text(UrlPart::UrlPath)), ERROR_INVALID_PARAMETER);

    let parts = UrlComponents { host_name: vec![0xD801], port: 80, ..UrlComponents::default() };
    assert_eq!(parts.create(0).unwrap().last(), Some(&0xD801));
    assert_eq!(parts.create(ICU_ESCAPE).unwrap().last(), Some(&0xD801), "the host is never escaped");
    let parts = UrlComponents { extra_info: vec![0xD801], ..parts };
    assert_eq!(code(parts.create(ICU_ESCAPE)), ERROR_INVALID_PARAMETER);
}

/// Section 14.2: flags that change the text need buffers, except where there is no text.
#[test]
fn places_are_refused_where_the_text_differs() {
    let url: Vec<u16> = "http://@h".encode_utf16().collect();
    for flags in [ICU_DECODE, ICU_ESCAPE, ICU_DECODE | ICU_ESCAPE] {
        let cracked = CrackedUrl::new(&url, flags).unwrap();
        assert_eq!(code(cracked.place(UrlPart::HostName)), ERROR_INVALID_PARAMETER);
        assert_eq!(code(cracked.place(UrlPart::Scheme)), ERROR_INVALID_PARAMETER);
        assert_eq!(cracked.place(UrlPart::UrlPath).unwrap(), Some(9..9));
        assert_eq!(cracked.place(UrlPart::UserName).unwrap(), Some(7..7));
        assert_eq!(cracked.place(UrlPart::Password).unwrap(), None);
    }
}

/// Parts that have a URL: no text holds what would end it. A NUL would, for programs in C.
fn some_parts() -> impl Strategy<Value = UrlComponents> {
    let scheme = prop_oneof![Just(("http", 1)), Just(("https", 2)), Just(("HtTpS", 2)), Just(("HTTP", 1))];
    let user = prop::option::of(("[^:/@\0]{0,6}", prop::option::of("[^/@\0]{0,6}")));
    let host = prop_oneof!["[^:/@\\[\\]\0]{1,9}", Just("[::1]".to_owned())];
    let rest = ("(/[^?#\0]{0,9})?", prop::option::of("[?#][^\0]{0,9}"));
    (scheme, user, host, any::<u16>(), rest).prop_map(|((scheme, scheme_id), user, host_name, port, (path, extra))| {
        let url_path = if extra.is_some() && path.is_empty() { "/".to_owned() } else { path };
        UrlComponents {
            scheme: scheme.to_owned(),
            scheme_id,
            host_name,
            port,
            user_name: user.clone().map(|user| user.0),
            password: user.and_then(|user| user.1),
            url_path,
            extra_info: extra.unwrap_or_default(),
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    /// Sections 14.2 and 14.3: what was put together comes apart the same.
    #[test]
    fn parts_survive_a_url(parts in some_parts()) {
        let url = WinHttpCreateUrl(&parts, 0).unwrap();
        prop_assert_eq!(WinHttpCrackUrl(&url, 0).unwrap(), parts, "{}", url);
    }

    /// And so it does in the other direction: only a port that need not be there is lost.
    #[test]
    fn urls_survive_their_parts(
        parts in some_parts(),
        port in prop_oneof![Just(""), Just(":"), Just(":81"), Just(":00081")],
    ) {
        let password = parts.password.map_or(String::new(), |word| format!(":{word}"));
        let user = parts.user_name.map_or(String::new(), |name| format!("{name}{password}@"));
        let url = |port: &str| {
            format!("{}://{user}{}{port}{}{}", parts.scheme, parts.host_name, parts.url_path, parts.extra_info)
        };
        let cracked = WinHttpCrackUrl(&url(port), 0).unwrap();
        let expected = url(if port.ends_with("81") { ":81" } else { "" });
        prop_assert_eq!(WinHttpCreateUrl(&cracked, 0).unwrap(), expected);
    }

    /// Section 14.3: what was escaped once decodes to its UTF-8, unit by unit.
    #[test]
    fn escaping_can_be_undone(path in "/\\PC{0,12}") {
        let parts = parts(WINHTTP_INTERNET_SCHEME_HTTP, 80, &path, "");
        let url = WinHttpCreateUrl(&parts, ICU_ESCAPE).unwrap();
        prop_assert!(url.is_ascii());
        let decoded = WinHttpCrackUrl(&url, ICU_DECODE).unwrap();
        let units = decoded.url_path + &decoded.extra_info;
        let bytes: Vec<u8> = units.chars().map(|unit| u8::try_from(unit).unwrap()).collect();
        prop_assert_eq!(String::from_utf8(bytes).unwrap(), path);
    }

    /// Section 14.2: any text is a URL or is none; every place lies in it.
    #[test]
    fn any_units_are_no_surprise(
        start in prop_oneof![Just(""), Just("http://"), Just("https://h")],
        rest in "[:/@?#%\\[\\]a0\u{e9}]{0,12}",
        flags in prop::bits::u32::masked(ICU_DECODE | ICU_ESCAPE | ICU_REJECT_USERPWD),
    ) {
        let url: Vec<u16> = start.encode_utf16().chain(rest.encode_utf16()).collect();
        match CrackedUrl::new(&url, flags) {
            Ok(cracked) => {
                let unchanged = CrackedUrl::new(&url, 0).unwrap();
                for part in PARTS {
                    let place = unchanged.place(part).unwrap().unwrap_or(0..0);
                    prop_assert!(place.start <= place.end && place.end <= url.len());
                    prop_assert!(cracked.text(part).is_ok());
                }
            }
            Err(error) => {
                let codes = [ERROR_WINHTTP_INVALID_URL, ERROR_WINHTTP_UNRECOGNIZED_SCHEME];
                prop_assert!(codes.contains(&error.code()));
            }
        }
    }
}

const PARTS: [UrlPart; 6] =
    [UrlPart::Scheme, UrlPart::HostName, UrlPart::UserName, UrlPart::Password, UrlPart::UrlPath, UrlPart::ExtraInfo];
