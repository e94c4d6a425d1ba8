use alloc::format;

use proptest::prelude::*;

use super::*;

proptest! {
    #[test]
    fn nothing_goes_to_another_host(mut set in prop::collection::vec((urls(), set_cookies(), 0u64..20), 0..30), url in urls()) {
        let (mut jar, mut related, to) = (CookieJar::new(), CookieJar::new(), place(url));
        // Time goes on.
        set.sort_by_key(|(.., now)| *now);
        for (from, set_cookie, now) in set {
            let from = place(from);
            jar.store(&set_cookie, &from, now);
            if are_related(&from, &to) {
                related.store(&set_cookie, &from, now);
            }
        }
        prop_assert_eq!(jar.field_value(&to, 20), related.field_value(&to, 20));
    }

    #[test]
    fn any_bytes_make_a_field_value_or_none(set_cookie in prop::collection::vec(any::<u8>(), 0..100), now: u64) {
        let mut jar = CookieJar::new();
        jar.store(&set_cookie, &place("https://example.com/"), now);
        prop_assert!(jar.cookies.len() <= 1);
        if let Some(field) = jar.field_value(&place("https://example.com/"), now) {
            prop_assert!(crate::token::is_field_value(&field) && !field.contains(&b';') && field.contains(&b'='));
        }
    }

    #[test]
    fn attributes_and_dates_of_any_bytes_are_survived(value in prop::collection::vec(any::<u8>(), 0..60), now: u64) {
        for name in ["Expires", "Max-Age", "Domain", "Path"] {
            let mut jar = CookieJar::new();
            jar.store(&[b"a=b; ", name.as_bytes(), b"=", &value].concat(), &place("https://example.com/"), now);
            let _field = jar.field_value(&place("https://example.com/"), now);
        }
        let _date = expiry::parse_expires(&value);
    }

    #[test]
    fn a_date_never_confuses(text in "([0-9]{1,5}|[0-9]{1,3}:[0-9]{1,2}:[0-9]{1,3}|[A-Z][a-z]{2}|[ ,-]){0,12}") {
        let end = expiry::parse_expires(text.as_bytes());
        prop_assert!(end.is_none_or(|end| end < 253_402_300_800));
    }
}

fn set_cookies() -> impl Strategy<Value = Vec<u8>> {
    let attributes = [
        "Domain=example.com",
        "domain=.a.example.com",
        "Domain=com",
        "Domain=",
        "Path=/a",
        "Path=/",
        "path=b",
        "Secure",
        "Max-Age=5",
        "Max-Age=-1",
        "Expires=Sun, 06 Nov 1994 08:49:37 GMT",
        "Expires=1 Jan 9999 0:0:0",
        "x",
        "=",
        "",
    ];
    let attribute = prop::sample::select(attributes.to_vec());
    let good = ("[a-c]", "[x-z]{0,3}", prop::collection::vec(attribute, 0..4))
        .prop_map(|(name, value, attributes)| format!("{name}={value}; {}", attributes.join("; ")).into_bytes());
    prop_oneof![3 => good, 1 => prop::collection::vec(any::<u8>(), 0..80)]
}

fn urls() -> impl Strategy<Value = &'static str> {
    prop::sample::select(
        &[
            "http://example.com/",
            "https://example.com/a/b",
            "http://a.example.com/a",
            "https://b.a.example.com/",
            "http://other.com/a/",
            "https://127.0.0.1/",
            "http://xexample.com/",
        ][..],
    )
}

/// Whether nobody but the owner of both could have moved a cookie from one of these hosts to the other.
fn are_related(one: &Place, other: &Place) -> bool {
    let is_of_example =
        |place: &Place| place.host.as_str() == "example.com" || place.host.as_str().ends_with(".example.com");
    one.host == other.host || (is_of_example(one) && is_of_example(other))
}
