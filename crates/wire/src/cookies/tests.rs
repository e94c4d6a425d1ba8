use alloc::format;
use alloc::string::ToString;

use super::*;
use crate::host::Host;

mod properties;

const NOW: u64 = 1_700_000_000;

fn place(url: &str) -> Place {
    let origin = Place { secure: false, host: Host::parse("base").expect("a host"), port: 80, target: b"/".to_vec() };
    origin.resolve(url.as_bytes()).expect(url).place
}

/// A jar in which each of these URLs has set its cookie, in this order.
fn jar(set: &[(&str, &str)]) -> CookieJar {
    let mut jar = CookieJar::new();
    for (url, set_cookie) in set {
        jar.store(set_cookie.as_bytes(), &place(url), NOW);
    }
    jar
}

/// What goes to `url`; empty for nothing.
fn sent(jar: &mut CookieJar, url: &str) -> String {
    let field = jar.field_value(&place(url), NOW).unwrap_or_default();
    String::from_utf8(field).expect("the cookies of tests are text")
}

/// One cookie, where it comes from, where it goes to, and what is sent there.
fn check(rows: &[(&str, &str, &str, &str)]) {
    for (from, set_cookie, to, expected) in rows {
        assert_eq!(sent(&mut jar(&[(from, set_cookie)]), to), *expected, "{set_cookie} from {from} to {to}");
    }
}

#[test]
fn core_md_11_most_recently_stored_first() {
    let mut jar = jar(&[("http://localhost/cookie", "name=value"), ("http://localhost/cookie", "NAME=value")]);
    assert_eq!(sent(&mut jar, "http://localhost/cookie2"), "NAME=value; name=value");
    // The same name, domain and path again, whether said or meant: the older value is gone, and the cookie is the most recent.
    jar.store(b"name=new; Domain=localhost; Path=/", &place("http://localhost/a/b"), NOW);
    assert_eq!(sent(&mut jar, "http://localhost/cookie2"), "name=new; NAME=value");
}

#[test]
fn core_md_11_blanks_around_name_and_value_are_trimmed() {
    for (set_cookie, expected) in [
        ("name = value ", "name=value"),
        ("\tname\t=\tvalue\t;Path=/", "name=value"),
        ("name=", "name="),
        ("name = ", "name="),
        ("name=a b", "name=a b"),
        ("name=a=b", "name=a=b"),
        ("name=\"a b\"", "name=\"a b\""),
        ("name=value;", "name=value"),
        ("name=value;;;", "name=value"),
        ("name=value; HttpOnly; SameSite=None; other; =; a=b", "name=value"),
    ] {
        check(&[("http://localhost/", set_cookie, "http://localhost/", expected)]);
    }
}

#[test]
fn core_md_11_attributes_with_blanks_are_accepted() {
    let (at, from) = ("http://localhost/cookie5", "http://localhost/cookie4");
    check(&[
        (
            from,
            "name2=value; Domain = localhost ; Path=/cookie5 ; Expires=Wed, 01 Jun 2033 09:30:00 GMT; HttpOnly; ",
            at,
            "name2=value",
        ),
        (
            from,
            "name2=value; Domain = localhost; Path=/cookie5; Expires=Wed, 01 Jun 2021 09:30:00 GMT; HttpOnly; ",
            at,
            "",
        ),
        (from, "name2=value; PATH = /cookie5; DOMAIN=LocalHost", at, "name2=value"),
        (from, "name2=value; Path=/cookie5", "http://localhost/cookie4", ""),
    ]);
}

#[test]
fn core_md_11_the_default_path_is_the_directory() {
    check(&[
        ("http://h/cookie", "a=b", "http://h/cookie2", "a=b"),
        ("http://h/cookie", "a=b", "http://h/", "a=b"),
        ("http://h/a/b", "a=b", "http://h/a/c", "a=b"),
        ("http://h/a/b", "a=b", "http://h/a", "a=b"),
        ("http://h/a/b", "a=b", "http://h/ab", ""),
        ("http://h/a/b", "a=b", "http://h/", ""),
        ("http://h/a/b?c/d", "a=b", "http://h/a?x", "a=b"),
        ("http://h/a/b", "a=b; Path=", "http://h/a/", "a=b"),
        ("http://h/a/b", "a=b; Path=c", "http://h/a/c", "a=b"),
        ("http://h/a/b", "a=b; Path=/c; Path=c", "http://h/c", ""),
    ]);
}

#[test]
fn a_path_matches_by_its_segments() {
    check(&[
        ("http://h/x", "a=b; Path=/", "http://h/any/thing", "a=b"),
        ("http://h/x", "a=b; Path=/a", "http://h/a", "a=b"),
        ("http://h/x", "a=b; Path=/a", "http://h/a/b", "a=b"),
        ("http://h/x", "a=b; Path=/a", "http://h/a?b", "a=b"),
        ("http://h/x", "a=b; Path=/a", "http://h/ab", ""),
        ("http://h/x", "a=b; Path=/a", "http://h/A", ""),
        ("http://h/x", "a=b; Path=/a/", "http://h/a", ""),
        ("http://h/x", "a=b; Path=/a/", "http://h/a/b", "a=b"),
        ("http://h/x", "a=b; Path=/a?b", "http://h/a?b", ""),
    ]);
}

#[test]
fn a_domain_matches_at_its_labels() {
    let (www, bare) = ("http://www.example.com/", "http://example.com/");
    check(&[
        (www, "a=b", www, "a=b"),
        (www, "a=b", "http://WWW.Example.COM:8080/", "a=b"),
        (www, "a=b", bare, ""),
        (www, "a=b", "http://x.www.example.com/", ""),
        (www, "a=b; Domain=", "http://x.www.example.com/", ""),
        (www, "a=b; Domain=example.com", bare, "a=b"),
        (www, "a=b; Domain=.EXAMPLE.com", "http://x.example.com/", "a=b"),
        (www, "a=b; Domain=example.com", "http://badexample.com/", ""),
        (www, "a=b; Domain=example.com", "http://example.com.evil.org/", ""),
        (www, "a=b; Domain=www.example.com", "http://x.www.example.com/", "a=b"),
        (www, "a=b; Domain=x.example.com; Domain=example.com", bare, "a=b"),
        // The cookie as a whole is ignored.
        (www, "a=b; Domain=x.www.example.com", www, ""),
        (www, "a=b; Domain=other.com", www, ""),
        (www, "a=b; Domain=ample.com", www, ""),
        (www, "a=b; Domain=..example.com", www, ""),
        (www, "a=b; Domain=example.com.", www, ""),
        (www, "a=b; Domain=www.example.com.", www, ""),
        (www, "a=b; Domain=\u{fc}.com", www, ""),
        ("http://\u{fc}.com/", "a=b; Domain=xn--tda.com", "http://x.\u{fc}.com/", "a=b"),
        // Another host, which can share nothing.
        ("http://example.com./", "a=b", bare, ""),
        ("http://example.com./", "a=b; Domain=com.", "http://example.com./", ""),
        ("http://example.com./", "a=b; Domain=example.com.", "http://x.example.com./", ""),
    ]);
}

#[cfg(feature = "public-suffix")]
#[test]
fn public_suffixes_are_for_their_own_host_only() {
    for (suffix, host) in [
        ("com", "example.com"),
        ("co.uk", "example.co.uk"),
        ("CO.uk", "example.co.uk"),
        ("github.io", "example.github.io"),
        ("anything.ck", "example.anything.ck"),
        ("xn--55qx5d.cn", "example.\u{516c}\u{53f8}.cn"),
        ("localhost", "example.localhost"),
        ("unknown", "example.unknown"),
    ] {
        let (host, suffix_host) = (format!("http://{host}/"), format!("http://{suffix}/"));
        let set_cookie = format!("a=b; Domain={suffix}");
        check(&[(&host, &set_cookie, &host, ""), (&suffix_host, &set_cookie, &suffix_host, "a=b")]);
        check(&[(&suffix_host, &set_cookie, &host, "")]);
    }
    check(&[("http://a.www.ck/", "a=b; Domain=www.ck", "http://www.ck/", "a=b")]);
}

#[test]
fn addresses_have_no_domain() {
    check(&[
        ("http://127.0.0.1/", "a=b", "http://127.0.0.1:81/", "a=b"),
        ("http://127.0.0.1/", "a=b; Domain=127.0.0.1", "http://127.0.0.1/", "a=b"),
        ("http://127.0.0.1/", "a=b; Domain=0.0.1", "http://127.0.0.1/", ""),
        ("http://127.0.0.1/", "a=b; Domain=0.0.1", "http://x.0.0.1/", ""),
        ("http://127.0.0.1/", "a=b; Domain=1", "http://127.0.0.1/", ""),
        ("http://x.0.1/", "a=b; Domain=0.1", "http://x.0.1/", "a=b"),
        ("http://x.0.1/", "a=b; Domain=0.1", "http://127.0.0.1/", ""),
        ("http://[::1]/", "a=b", "http://[0::1]/", "a=b"),
        ("http://[::1]/", "a=b", "http://[::2]/", ""),
    ]);
}

#[test]
fn cookies_expire() {
    let (at_once, later) = ("Expires=Thu, 01 Jan 1970 00:00:00 GMT", "Expires=Fri, 31 Dec 9999 23:59:59 GMT");
    for (attributes, expected) in [
        ("Max-Age=1".to_string(), true),
        ("Max-Age=18446744073709551616".to_string(), true),
        ("Max-Age=0".to_string(), false),
        ("max-age=-1".to_string(), false),
        ("Max-Age=-99999999999999999999999".to_string(), false),
        ("Max-Age=x".to_string(), true),
        ("Max-Age=0; Max-Age=x".to_string(), false),
        ("Max-Age=1x; Max-Age=-; Max-Age=+0; Max-Age=".to_string(), true),
        (later.to_string(), true),
        (at_once.to_string(), false),
        ("Expires=never".to_string(), true),
        (format!("{later}; Max-Age=0"), false),
        (format!("Max-Age=0; {later}"), false),
        (format!("Max-Age=1; {at_once}"), true),
        (format!("{at_once}; Max-Age=x"), false),
        (format!("{at_once}; {later}"), true),
        (format!("{at_once}; Expires=never"), false),
    ] {
        let mut jar = jar(&[("http://h/", &format!("a=b; {attributes}"))]);
        assert_eq!(sent(&mut jar, "http://h/") == "a=b", expected, "{attributes}");
    }
}

#[test]
fn a_cookie_goes_when_its_time_has_come() {
    let mut jar = jar(&[("http://h/", "a=b; Max-Age=10"), ("http://h/", "c=d; Max-Age=20")]);
    let mut at = |now| jar.field_value(&place("http://h/"), now).map(|field| field.len());
    assert_eq!([NOW + 9, NOW + 10, NOW + 20].map(&mut at), [Some(8), Some(3), None]);
    assert!(jar.is_empty());
}

#[test]
fn an_expired_cookie_takes_the_older_one_away() {
    let same = ("http://h/a/b", "a=c; Max-Age=0");
    assert!(jar(&[("http://h/a/x", "a=b"), same]).is_empty());
    for other in ["A=b", "a=b; Path=/"] {
        assert!(!jar(&[("http://h/a/x", other), same]).is_empty(), "{other}");
    }
}

#[test]
fn secure_cookies_travel_over_tls_only() {
    check(&[
        ("https://h/", "a=b; Secure", "https://h/", "a=b"),
        ("https://h/", "a=b; secure=no", "http://h/", ""),
        ("https://h/", "a=b", "http://h/", "a=b"),
        ("http://h/", "a=b; Secure", "https://h/", ""),
    ]);
}

/// rfc6265bis, "leave secure cookies alone".
#[test]
fn a_plain_connection_cannot_touch_secure_cookies() {
    let secure = ("https://www.example.com/a/b", "a=secure; Secure; Domain=example.com; Path=/a");
    for plain in [
        ("http://www.example.com/a/b", "a=plain; Domain=example.com; Path=/a"),
        ("http://www.example.com/a/b", "a=plain; Domain=example.com; Path=/a; Max-Age=0"),
        ("http://www.example.com/a/b", "a=plain; Path=/a/b"),
        ("http://example.com/a/b", "a=plain"),
    ] {
        let mut jar = jar(&[secure, plain]);
        assert_eq!(sent(&mut jar, "https://www.example.com/a/b"), "a=secure", "{plain:?}");
    }
    for other in [
        ("http://www.example.com/a/b", "A=plain"),
        ("http://www.example.com/a/b", "a=plain; Path=/"),
        ("https://www.example.com/a/b", "a=plain"),
    ] {
        let mut jar = jar(&[secure, other]);
        assert!(sent(&mut jar, "https://www.example.com/a/b").contains("plain; "), "{other:?}");
    }
    let below = ("https://www.example.com/", "a=secure; Secure");
    assert_eq!(jar(&[below, ("http://example.com/", "a=plain; Domain=example.com")]).cookies.len(), 1);
    let overwritten = jar(&[secure, ("https://www.example.com/", "a=new; Domain=example.com; Path=/a")]);
    assert_eq!(overwritten.cookies.len(), 1);
}

#[test]
fn names_keep_what_they_promise() {
    for (set_cookie, expected) in [
        ("__Secure-a=b; Secure", true),
        ("__Secure-a=b", false),
        ("__SECURE-a=b", false),
        ("__Host-a=b; Secure; Path=/", true),
        ("__Host-a=b; Secure; Path=/; Domain=", true),
        ("__host-a=b; Secure; Path=/; Domain=h.example", false),
        ("__Host-a=b; Secure", false),
        ("__Host-a=b; Secure; Path=/a", false),
        ("__Host-a=b; Path=/", false),
        ("__Hosta=b", true),
    ] {
        assert_eq!(!jar(&[("https://h.example/", set_cookie)]).is_empty(), expected, "{set_cookie}");
    }
    assert!(jar(&[("http://h.example/", "__Secure-a=b; Secure")]).is_empty());
}

#[test]
fn what_is_no_cookie_is_ignored() {
    for set_cookie in [
        "",
        ";",
        "=",
        "=b",
        " = b",
        "a",
        "a; b=c",
        "; a=b",
        "a=b\0",
        "a\0=b",
        "a=b\r\nc: d",
        "a=\u{7f}",
        "a=b\u{1f}",
        "a=b; Path=/\r",
        "a=b\n",
    ] {
        assert!(jar(&[("http://h/", set_cookie)]).is_empty(), "{set_cookie:?}");
    }
}

#[test]
fn bytes_beyond_ascii_pass_unchanged() {
    let mut jar = CookieJar::new();
    jar.store(b"\xfc=\xff; Path=/", &place("http://h/"), NOW);
    assert_eq!(jar.field_value(&place("http://h/"), NOW).as_deref(), Some(&b"\xfc=\xff"[..]));
}

#[test]
fn large_cookies_and_attributes_are_ignored() {
    let (name, value, path) = ("n".repeat(2000), "v".repeat(2096), "/".to_string() + &"p".repeat(1023));
    let at = format!("http://h{path}");
    check(&[
        ("http://h/", &format!("{name}={value}"), "http://h/", &format!("{name}={value}")),
        ("http://h/", &format!("{name}={value}v"), "http://h/", ""),
        ("http://h/", &format!("a=b; Path={path}"), "http://h/", ""),
        ("http://h/", &format!("a=b; Path={path}"), &at, "a=b"),
        ("http://h/", &format!("a=b; Path={path}p"), "http://h/", "a=b"),
        ("http://h/", &format!("a=b; Path=/x; Path={path}p"), "http://h/", ""),
    ]);
}

#[test]
fn a_domain_has_a_limit_and_the_oldest_go_first() {
    let mut jar = jar(&[("http://other.example/", "a=b"), ("https://h.example/", "s=s; Secure")]);
    for number in 0..MAX_OF_DOMAIN + 10 {
        jar.store(format!("{number}=x").as_bytes(), &place("http://h.example/"), NOW);
    }
    assert_eq!(jar.cookies.len(), 1 + MAX_OF_DOMAIN);
    let field = sent(&mut jar, "https://h.example/");
    // The newest, and the secure one although it is the oldest.
    assert!(field.starts_with("59=x; 58=x; ") && field.ends_with("; 11=x; s=s"), "{field}");
    assert_eq!(sent(&mut jar, "http://other.example/"), "a=b");
}

#[test]
fn secure_cookies_have_the_same_limit() {
    let mut jar = CookieJar::new();
    for number in 0..MAX_OF_DOMAIN + 10 {
        jar.store(format!("{number}=x; Secure").as_bytes(), &place("https://h.example/"), NOW);
    }
    assert_eq!(jar.cookies.len(), MAX_OF_DOMAIN);
    assert!(sent(&mut jar, "https://h.example/").ends_with("; 10=x"));
}

#[test]
fn a_jar_has_a_limit_and_the_oldest_go_first() {
    let mut jar = CookieJar::new();
    let host = |number: usize| format!("http://h{number}.example/");
    for number in 0..MAX_COOKIES + 10 {
        jar.store(b"a=b", &place(&host(number)), NOW);
    }
    assert_eq!(jar.cookies.len(), MAX_COOKIES);
    for (number, expected) in [(9, ""), (10, "a=b"), (MAX_COOKIES + 9, "a=b")] {
        assert_eq!(sent(&mut jar, &host(number)), expected, "{number}");
    }
}

#[test]
fn a_field_has_a_limit_and_older_cookies_are_left_out() {
    let mut jar = CookieJar::new();
    for number in 0..40 {
        jar.store(format!("{number}={}", "v".repeat(1000)).as_bytes(), &place("http://h/"), NOW);
    }
    let field = sent(&mut jar, "http://h/");
    let names: Vec<&str> = field.split("; ").filter_map(|cookie| Some(cookie.split_once('=')?.0)).collect();
    assert_eq!(names, ["39", "38", "37", "36", "35", "34", "33"]);
    assert!(field.len() <= MAX_FIELD);
}
