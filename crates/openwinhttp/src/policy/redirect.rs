//! Whether an answer leads elsewhere, and how the request goes there.

use openwinhttp_abi::*;
use openwinhttp_wire::{Error as WireError, Fields, Place, ResponseHead};

use crate::errors::{Coded, Result, fail};

/// What a program allows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rules {
    /// `WINHTTP_OPTION_REDIRECT_POLICY_*`.
    pub(crate) policy: u32,
    /// How many redirects may still be followed.
    pub(crate) left: u32,
    /// Whether a URL with a user or a password is refused.
    pub(crate) rejects_user: bool,
}

/// Where the next leg goes.
#[derive(Debug, PartialEq)]
pub(crate) struct Redirect {
    pub(crate) place: Place,
    /// The method, where it changes.
    pub(crate) method: Option<&'static str>,
    /// Whether another scheme, host or port is meant.
    pub(crate) leaves_origin: bool,
    /// Whether it leads from TLS into the clear.
    pub(crate) leaves_tls: bool,
}

/// The place an answer leads to; `None` where the answer is for the program.
///
/// `ERROR_WINHTTP_HEADER_NOT_FOUND` without a Location field, `ERROR_WINHTTP_REDIRECT_FAILED` past the limit, or with two
/// that disagree;
/// `ERROR_WINHTTP_INVALID_URL` and `ERROR_WINHTTP_UNRECOGNIZED_SCHEME` for a location that leads nowhere.
pub(crate) fn judge(head: &ResponseHead, method: &str, from: &Place, rules: Rules) -> Result<Option<Redirect>> {
    let follows = rules.policy != WINHTTP_OPTION_REDIRECT_POLICY_NEVER && leads_elsewhere(head.status());
    if !follows {
        return Ok(None);
    }
    let Some(location) = location(head)? else {
        // Of several choices the program takes its pick.
        return if head.status() == 300 { Ok(None) } else { fail(ERROR_WINHTTP_HEADER_NOT_FOUND) };
    };
    let reference = from.resolve(location).coded()?;
    if reference.has_userinfo && rules.rejects_user {
        return Err(WireError::Url.coded());
    }
    let place = reference.place;
    if rules.policy != WINHTTP_OPTION_REDIRECT_POLICY_ALWAYS && from.secure && !place.secure {
        return Ok(None);
    }
    if rules.left == 0 {
        return fail(ERROR_WINHTTP_REDIRECT_FAILED);
    }
    let leaves_origin = !place.has_origin_of(from);
    let leaves_tls = from.secure && !place.secure;
    Ok(Some(Redirect { place, method: next_method(head.status(), method), leaves_origin, leaves_tls }))
}

/// Makes the fields of the program fit the next leg: what belongs to the body goes with it, and what opens doors stays
/// with the server it was meant for.
pub(crate) fn adapt(fields: &mut Fields, redirect: &Redirect) {
    let bodily = redirect.method.map_or(&[][..], |_| &BODILY);
    let confidential = if redirect.leaves_origin { &CONFIDENTIAL[..] } else { &[] };
    let referrer = if redirect.leaves_tls { &["Referer"][..] } else { &[] };
    for name in bodily.iter().chain(confidential).chain(referrer) {
        fields.remove_all(name.as_bytes());
    }
}

/// The value of the Location field, which says something. Two that disagree may be the work of two writers.
fn location(head: &ResponseHead) -> Result<Option<&[u8]>> {
    let mut values = head.fields().values(b"Location");
    let first = values.next();
    if values.any(|value| Some(value) != first) {
        return fail(ERROR_WINHTTP_REDIRECT_FAILED);
    }
    Ok(first.filter(|value| !value.is_empty()))
}

fn leads_elsewhere(status: u16) -> bool {
    matches!(status, 300..=303 | 307 | 308)
}

/// A POST becomes a GET, as everybody does it; after a 303 everything but HEAD does.
fn next_method(status: u16, method: &str) -> Option<&'static str> {
    match (status, method) {
        (300..=302, "POST") => Some("GET"),
        (303, "HEAD") => None,
        (303, _) => Some("GET"),
        _ => None,
    }
}

const BODILY: [&str; 3] = ["Content-Length", "Content-Type", "Transfer-Encoding"];
const CONFIDENTIAL: [&str; 4] = ["Authorization", "Cookie", "Proxy-Authorization", "Host"];
