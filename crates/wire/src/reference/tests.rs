use alloc::format;
use alloc::string::ToString;

use proptest::prelude::*;

use super::*;

fn place(url: &str) -> Place {
    let origin = Place { secure: false, host: Host::parse("base").expect("a host"), port: 80, target: b"/".to_vec() };
    origin.resolve(url.as_bytes()).expect(url).place
}

fn resolved(base: &str, location: impl AsRef<[u8]>) -> Result<String, Error> {
    place(base).resolve(location.as_ref()).map(|redirected| redirected.place.to_url())
}

/// RFC 3986 section 5.4 with its base, but for the scheme; fragments are dropped.
#[test]
fn the_examples_of_rfc_3986_hold() {
    for (reference, expected) in [
        // Section 5.4.1.
        ("g", "http://a/b/c/g"),
        ("./g", "http://a/b/c/g"),
        ("g/", "http://a/b/c/g/"),
        ("/g", "http://a/g"),
        ("//g", "http://g/"),
        ("?y", "http://a/b/c/d;p?y"),
        ("g?y", "http://a/b/c/g?y"),
        ("#s", "http://a/b/c/d;p?q"),
        ("g#s", "http://a/b/c/g"),
        ("g?y#s", "http://a/b/c/g?y"),
        (";x", "http://a/b/c/;x"),
        ("g;x", "http://a/b/c/g;x"),
        ("g;x?y#s", "http://a/b/c/g;x?y"),
        ("", "http://a/b/c/d;p?q"),
        (".", "http://a/b/c/"),
        ("./", "http://a/b/c/"),
        ("..", "http://a/b/"),
        ("../", "http://a/b/"),
        ("../g", "http://a/b/g"),
        ("../..", "http://a/"),
        ("../../", "http://a/"),
        ("../../g", "http://a/g"),
        // Section 5.4.2.
        ("../../../g", "http://a/g"),
        ("../../../../g", "http://a/g"),
        ("/./g", "http://a/g"),
        ("/../g", "http://a/g"),
        ("g.", "http://a/b/c/g."),
        (".g", "http://a/b/c/.g"),
        ("g..", "http://a/b/c/g.."),
        ("..g", "http://a/b/c/..g"),
        ("./../g", "http://a/b/g"),
        ("./g/.", "http://a/b/c/g/"),
        ("g/./h", "http://a/b/c/g/h"),
        ("g/../h", "http://a/b/c/h"),
        ("g;x=1/./y", "http://a/b/c/g;x=1/y"),
        ("g;x=1/../y", "http://a/b/c/y"),
        ("g?y/./x", "http://a/b/c/g?y/./x"),
        ("g?y/../x", "http://a/b/c/g?y/../x"),
        ("g#s/./x", "http://a/b/c/g"),
        ("g#s/../x", "http://a/b/c/g"),
    ] {
        assert_eq!(resolved("http://a/b/c/d;p?q", reference).as_deref(), Ok(expected), "{reference}");
    }
    // Section 5.4.1 keeps this one, section 5.4.2 the other in its strict reading; neither leads to a server.
    assert_eq!(resolved("http://a/b/c/d;p?q", "g:h"), Err(Error::Scheme));
    assert_eq!(resolved("http://a/b/c/d;p?q", "http:g"), Err(Error::Url));
}

#[test]
fn a_location_leads_to_a_place() {
    for (location, expected) in [
        ("http://h", "http://h/"),
        ("HTTPS://H/", "https://H/"),
        ("http://h:80/", "http://h/"),
        ("http://h:/", "http://h/"),
        ("https://h:80", "https://h:80/"),
        ("http://h:443", "http://h:443/"),
        ("http://h:0/", "http://h:0/"),
        ("http://h:065535/", "http://h:65535/"),
        ("//h:8080", "https://h:8080/"),
        ("//h", "https://h/"),
        ("http://h?x=1/2", "http://h/?x=1/2"),
        ("http://h#a/b?c", "http://h/"),
        ("http://h/a?#", "http://h/a?"),
        ("http://[::1]", "http://[::1]/"),
        ("http://[::1]:81/", "http://[::1]:81/"),
        ("http://b\u{fc}cher.example/\u{fc}", "http://xn--bcher-kva.example/%C3%BC"),
        ("http://\u{4f8b}\u{3002}jp", "http://xn--fsq.jp/"),
        (" \t/a\t ", "https://base:444/a"),
        ("?", "https://base:444/d/f?"),
        ("?a?b", "https://base:444/d/f?a?b"),
        ("a//../b/", "https://base:444/d/a/b/"),
        ("/.//h", "https://base:444//h"),
        ("/../../..", "https://base:444/"),
        ("/a/%2e%2E/b", "https://base:444/a/%2e%2E/b"),
        ("/\\h", "https://base:444/%5Ch"),
        ("\\\\h", "https://base:444/d/%5C%5Ch"),
        ("/a b\"<>[]^`{|}", "https://base:444/a%20b%22%3C%3E%5B%5D%5E%60%7B%7C%7D"),
        ("/%zz%?a b=[\\]", "https://base:444/%zz%?a%20b=%5B%5C%5D"),
        ("1:b", "https://base:444/d/1:b"),
        (":b", "https://base:444/d/:b"),
        ("a/b:c", "https://base:444/d/a/b:c"),
        ("/u@h:p", "https://base:444/u@h:p"),
    ] {
        assert_eq!(resolved("https://base:444/d/f?q", location).as_deref(), Ok(expected), "{location:?}");
    }
    assert_eq!(resolved("http://a/", b"/\xfc?\xff").as_deref(), Ok("http://a/%FC?%FF"));
}

#[test]
fn what_leads_nowhere_is_refused() {
    for (location, expected) in [
        ("ftp://h/", Error::Scheme),
        ("file:///x", Error::Scheme),
        ("javascript:x", Error::Scheme),
        ("httpss://h", Error::Scheme),
        ("localhost:8080/a", Error::Scheme),
        ("http:", Error::Url),
        ("http:/a", Error::Url),
        ("http://", Error::Url),
        ("//", Error::Url),
        ("///a", Error::Url),
        ("http:///a", Error::Url),
        ("http://:80/", Error::Url),
        ("http://u@/", Error::Url),
        ("http://h:65536/", Error::Url),
        ("http://h:99999999999999999999/", Error::Url),
        ("http://h:+8/", Error::Url),
        ("http://h:8a/", Error::Url),
        ("http://h:8:9/", Error::Url),
        ("http://::1/", Error::Url),
        ("http://h:\u{661}/", Error::Url),
        ("/a\rb", Error::Url),
        ("/a\nb", Error::Url),
        ("/a\r\nSet-Cookie: a=b", Error::Url),
        ("/a\0b", Error::Url),
        ("/a\tb", Error::Url),
        ("/a\u{1f}b", Error::Url),
        ("/a\u{7f}b", Error::Url),
        ("/a#\0", Error::Url),
        ("http://[::1/", Error::Host),
        ("http://[::1]x:80/", Error::Host),
        ("http://h:8]/", Error::Host),
        ("http://a%2Fb/", Error::Host),
        ("http://a b/", Error::Host),
        ("http://a\\b/", Error::Host),
        ("http://a\u{ff0f}b/", Error::Host),
        ("http://a..b/", Error::Host),
    ] {
        assert_eq!(resolved("http://base/d/f?q", location), Err(expected), "{location:?}");
    }
    assert_eq!(resolved("http://base/", b"http://\xfc/"), Err(Error::Host));
}

/// A line end at either side is none of the blanks that are trimmed.
#[test]
fn line_ends_are_not_trimmed() {
    for location in ["/a\r\n", "\n/a", "/a\u{c}"] {
        assert_eq!(resolved("http://a/", location), Err(Error::Url), "{location:?}");
    }
}

#[test]
fn users_are_dropped_and_told() {
    for (location, expected, has_userinfo) in [
        ("http://u:p@h/", "http://h/", true),
        ("//u@h:81/a", "http://h:81/a", true),
        ("http://@h/", "http://h/", true),
        ("http://a.example\\@b.example/", "http://b.example/", true),
        ("http://a@b@c/", "http://c/", true),
        ("http://h/u@x", "http://h/u@x", false),
        ("http://h?u@x", "http://h/?u@x", false),
        ("http://h#u@x", "http://h/", false),
    ] {
        let redirected = place("http://base/").resolve(location.as_bytes()).expect(location);
        assert_eq!((redirected.place.to_url().as_str(), redirected.has_userinfo), (expected, has_userinfo));
    }
}

#[test]
fn an_origin_is_scheme_host_and_port() {
    for (other, expected) in [
        ("http://a.example/x?y", true),
        ("http://A.EXAMPLE:80/", true),
        ("https://a.example/", false),
        ("https://a.example:80/", false),
        ("http://a.example:81/", false),
        ("http://a.example./", false),
        ("http://b.a.example/", false),
        ("http://example/", false),
    ] {
        let (one, other) = (place("http://a.example/"), place(other));
        assert_eq!((one.has_origin_of(&other), other.has_origin_of(&one)), (expected, expected), "{}", other.to_url());
    }
    assert!(place("http://[::1]/").has_origin_of(&place("http://[0:0::1]/")));
}

#[test]
fn a_path_ends_at_its_query() {
    assert_eq!(place("http://h/a/b?c?d").path(), b"/a/b");
    assert_eq!(place("http://h").path(), b"/");
}

/// `OPTIONS *` has no path to start from.
#[test]
fn a_place_without_a_path_can_redirect_too() {
    let asterisk = Place { target: b"*".to_vec(), ..place("http://h/") };
    for (location, expected) in [("a", "http://h/a"), ("/a", "http://h/a"), ("..", "http://h/")] {
        assert_eq!(asterisk.resolve(location.as_bytes()).map(|to| to.place.to_url()).as_deref(), Ok(expected));
    }
}

#[test]
fn long_locations_pass() {
    let (long, ups) = ("/a".repeat(20_000), "../".repeat(20_000));
    assert_eq!(resolved("http://h/", format!("{long}/{ups}")).map(|url| url.len()), Ok("http://h/".len()));
    assert_eq!(resolved("http://h/", &long).map(|url| url.len()), Ok("http://h".len() + long.len()));
    assert_eq!(resolved("http://h/", format!("http://{}/", "\u{fc}".repeat(20_000))), Err(Error::Host));
}

/// Bytes that reach the corners more often than any do.
fn locations() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        prop::sample::select(&b"/.:?#@[]\\% a0\xfc"[..]).prop_map(|byte| alloc::vec![byte]),
        prop::sample::select(&["http:", "https://", "//", "..", "/./", "h.example", ":80", "\u{fc}"][..])
            .prop_map(|text| text.as_bytes().to_vec()),
    ];
    prop_oneof![
        prop::collection::vec(any::<u8>(), 0..60),
        prop::collection::vec(piece, 0..20).prop_map(|pieces| pieces.concat()),
    ]
}

proptest! {
    #[test]
    fn a_place_can_stand_on_a_request_line_and_leads_to_itself(location in locations()) {
        let Ok(redirected) = place("https://base.example/d/f?q").resolve(&location) else { return Ok(()) };
        let place = redirected.place;
        prop_assert!(place.target.starts_with(b"/"));
        prop_assert!(place.target.iter().all(u8::is_ascii_graphic) && !place.target.contains(&b'#'));
        prop_assert!(!place.path().split(|byte| *byte == b'/').any(|segment| [&b"."[..], b".."].contains(&segment)));
        let again = self::place("http://other/").resolve(place.to_url().to_string().as_bytes());
        prop_assert_eq!(again, Ok(Redirected { place, has_userinfo: false }));
    }
}
