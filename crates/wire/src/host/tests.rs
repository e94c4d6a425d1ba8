use alloc::format;

use proptest::prelude::*;

use super::*;

#[test]
fn names_and_addresses_are_told_apart() {
    for (text, shown, is_address) in [
        ("localhost", "localhost", false),
        ("a_b.Example.", "a_b.Example.", false),
        ("127.0.0.1", "127.0.0.1", true),
        ("::1", "[::1]", true),
        ("[::1]", "[::1]", true),
    ] {
        let host = Host::parse(text).expect(text);
        assert_eq!((format!("{host}").as_str(), host.address().is_some()), (shown, is_address));
    }
}

#[test]
fn what_no_look_up_should_see_is_refused() {
    let long_label = "a".repeat(64);
    let long_name = "a.".repeat(127) + "a";
    for text in [
        "",
        ".",
        "a..b",
        "a b",
        "a\0b",
        "a%41",
        "a/b",
        "a?b",
        "a#b",
        "a@b",
        "a:80",
        "[::1",
        "[a]",
        "a\nb",
        "fe80::1%eth0",
        &long_label,
        &long_name,
    ] {
        assert_eq!(Host::parse(text), Err(Error::Host), "{text:?}");
    }
    assert!(Host::parse(&long_label[1..]).is_ok());
}

#[cfg(feature = "idn")]
#[test]
fn names_beyond_ascii_become_punycode() {
    for (text, ascii) in [
        ("b\u{fc}cher.example", "xn--bcher-kva.example"),
        ("B\u{dc}CHER.Example.", "xn--bcher-kva.example."),
        ("bu\u{308}cher.example", "xn--bcher-kva.example"),
        ("_dmarc.b\u{fc}cher.example", "_dmarc.xn--bcher-kva.example"),
        ("xn--bcher-kva.\u{fc}", "xn--bcher-kva.xn--tda"),
        ("\u{4f8b}\u{3048}.jp", "xn--r8jz45g.jp"),
        // The dots of other scripts.
        ("\u{4f8b}\u{3048}\u{3002}jp", "xn--r8jz45g.jp"),
        ("a\u{ff0e}b\u{ff61}c", "a.b.c"),
        // Not by the older mapping, which made `ss` of it.
        ("fa\u{df}.de", "xn--fa-hia.de"),
        ("\u{ff25}xample.com", "example.com"),
        ("\u{2177}.de", "viii.de"),
        ("\u{2603}.net", "xn--n3h.net"),
        // A slash for fractions is a character like others, and none after the conversion.
        ("a\u{2044}b.de", "xn--ab-c6t.de"),
    ] {
        let host = Host::parse(text).expect(text);
        assert_eq!((host.as_str(), host.address()), (ascii, None), "{text}");
    }
    let host = Host::parse("\u{ff11}27.0.0.\u{2460}").expect("an address");
    assert_eq!(host, Host::parse("127.0.0.1").expect("an address"));
}

#[cfg(feature = "idn")]
#[test]
fn names_that_uts_46_forbids_are_refused() {
    let long_label = "\u{fc}".repeat(64);
    let long_name = "\u{fc}.".repeat(100);
    let endless = "\u{ad}".repeat(LONGEST_IN_UTF8) + "a";
    for text in [
        "\u{ad}",
        "\u{ff0e}",
        "\u{fc}..de",
        // They become `a/cb`, `a/b`, `a@b`, `a:80`, `[::1]` and `a%41`.
        "a\u{2100}b",
        "a\u{ff0f}b",
        "a\u{ff20}b",
        "a\u{ff1a}80",
        "\u{ff3b}::1\u{ff3d}",
        "a\u{ff05}41",
        "\u{fc}/b",
        "\u{fc} b",
        "\u{fc}\nb",
        "\u{fc}\0b",
        "\u{fc}!b",
        "\u{fc}%41",
        "\u{fc}:80",
        "[\u{fc}]",
        // A mark without a letter, a joiner without a reason, directions that mix, what is not assigned.
        "\u{301}a.de",
        "a\u{200d}b.de",
        "1\u{5d0}.de",
        "\u{202e}a.de",
        "a\u{378}.de",
        // Punycode that is none, seen because of the other label.
        "xn--a.\u{fc}",
        &long_label,
        &long_name,
        &endless,
    ] {
        assert_eq!(Host::parse(text), Err(Error::Host), "{text:?}");
    }
}

#[test]
fn the_same_host_may_be_written_in_several_ways() {
    let same = |one, other| Host::parse(one).expect(one).is_same_as(&Host::parse(other).expect(other));
    for (one, other) in [("Example", "eXample"), ("::1", "[0:0::1]"), ("b\u{fc}.de", "XN--B-EHA.de")] {
        assert!(same(one, other), "{one} {other}");
    }
    for (one, other) in [("a", "a."), ("a", "b"), ("::1", "::2"), ("127.0.0.1", "::ffff:127.0.0.1"), ("127.1", "::1")] {
        assert!(!same(one, other), "{one} {other}");
    }
}

proptest! {
    #[test]
    fn whatever_is_taken_is_ascii_and_is_taken_again(text in "\\PC{0,20}|[a-z\u{80}-\u{24ff}.。-]{1,12}|[a-zA-Z0-9._-]{0,70}") {
        let Ok(host) = Host::parse(&text) else { return Ok(()) };
        prop_assert!(host.as_str().bytes().all(|byte| byte.is_ascii_graphic() && !b"/?#@%[]\\".contains(&byte)));
        prop_assert_eq!(Host::parse(host.as_str()), Ok(host.clone()));
        if text.is_ascii() && host.address().is_none() {
            prop_assert_eq!(host.as_str(), text);
        }
    }
}
