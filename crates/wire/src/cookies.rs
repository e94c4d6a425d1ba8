//! The cookie jar: RFC 6265, with what its revision (draft-ietf-httpbis-rfc6265bis) made stricter.

mod domain;
mod expiry;
mod set_cookie;

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use crate::reference::Place;
use domain::{canonical, domain_matches};
use set_cookie::{MAX_ATTRIBUTE, SetCookie};

/// The cookies that servers have set, in memory.
#[derive(Default)]
pub struct CookieJar {
    /// Oldest first.
    cookies: Vec<Cookie>,
}

/// How many there are; what they say is between the servers and the program.
impl fmt::Debug for CookieJar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CookieJar").field("cookies", &self.cookies.len()).finish()
    }
}

impl CookieJar {
    /// An empty jar.
    pub const fn new() -> Self {
        Self { cookies: Vec::new() }
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.cookies.is_empty()
    }

    /// Takes what a response from `place` sets: `set_cookie` is the value of one Set-Cookie field, `now` the time in
    /// seconds since 1970. A cookie that breaks a rule is ignored, and so is one that `place` has no right to set.
    pub fn store(&mut self, set_cookie: &[u8], place: &Place, now: u64) {
        let Some(cookie) = SetCookie::read(set_cookie).and_then(|read| Cookie::new(&read, place, now)) else { return };
        self.drop_expired(now);
        if !place.secure && self.cookies.iter().any(|old| old.is_shielded_from(&cookie)) {
            return;
        }
        self.cookies.retain(|old| !old.is_replaced_by(&cookie));
        // A cookie that has expired already only takes the older one away.
        if cookie.is_alive(now) {
            self.make_room(&cookie.domain);
            self.cookies.push(cookie);
        }
    }

    /// The value of the Cookie field for a request to `place`, the cookie that was stored last first; `None` if no
    /// cookie goes there. `now` is the time in seconds since 1970.
    pub fn field_value(&mut self, place: &Place, now: u64) -> Option<Vec<u8>> {
        self.drop_expired(now);
        if self.is_empty() {
            return None;
        }
        let host = canonical(&place.host);
        let mut field = Vec::new();
        for cookie in self.cookies.iter().rev().filter(|cookie| cookie.goes_to(place, &host)) {
            if field.len() + b"; ".len() + cookie.len() > MAX_FIELD {
                break;
            }
            cookie.write(&mut field);
        }
        (!field.is_empty()).then_some(field)
    }

    fn drop_expired(&mut self, now: u64) {
        self.cookies.retain(|cookie| cookie.is_alive(now));
    }

    fn make_room(&mut self, domain: &str) {
        let is_of_domain = |cookie: &Cookie| cookie.domain == domain;
        if self.cookies.iter().filter(|cookie| is_of_domain(cookie)).count() >= MAX_OF_DOMAIN {
            self.drop_oldest(is_of_domain);
        }
        if self.cookies.len() >= MAX_COOKIES {
            self.drop_oldest(|_| true);
        }
    }

    /// Secure cookies stay as long as there are others, or a plain connection could push them out.
    fn drop_oldest(&mut self, is_candidate: impl Fn(&Cookie) -> bool) {
        let plain = self.cookies.iter().position(|cookie| is_candidate(cookie) && !cookie.secure);
        if let Some(at) = plain.or_else(|| self.cookies.iter().position(is_candidate)) {
            self.cookies.remove(at);
        }
    }
}

struct Cookie {
    name: Vec<u8>,
    value: Vec<u8>,
    domain: String,
    /// Not for the hosts below the domain.
    host_only: bool,
    path: Vec<u8>,
    secure: bool,
    expires: Option<u64>,
}

impl Cookie {
    /// `None` if `place` may not set it.
    fn new(read: &SetCookie<'_>, place: &Place, now: u64) -> Option<Self> {
        let (domain, host_only) = domain::scope(read.domain, &place.host)?;
        let path = read.path.unwrap_or_else(|| directory(place.path()));
        if path.len() > MAX_ATTRIBUTE || (read.secure && !place.secure) || !keeps_promise_of_name(read, host_only) {
            return None;
        }
        Some(Self {
            name: read.name.into(),
            value: read.value.into(),
            domain,
            host_only,
            path: path.into(),
            secure: read.secure,
            expires: read.max_age.map(|age| now.saturating_add(age)).or(read.expires),
        })
    }

    fn is_alive(&self, now: u64) -> bool {
        self.expires.is_none_or(|end| now < end)
    }

    fn is_replaced_by(&self, new: &Self) -> bool {
        self.name == new.name && self.domain == new.domain && self.path == new.path
    }

    /// Whether this secure cookie would be replaced or hidden by one from a plain connection (rfc6265bis, "leave
    /// secure cookies alone").
    fn is_shielded_from(&self, new: &Self) -> bool {
        let domains_meet = domain_matches(&self.domain, &new.domain) || domain_matches(&new.domain, &self.domain);
        self.secure && self.name == new.name && domains_meet && path_matches(&new.path, &self.path)
    }

    fn goes_to(&self, place: &Place, host: &str) -> bool {
        let is_exact = self.host_only || place.host.address().is_some();
        let host_fits = if is_exact { host == self.domain } else { domain_matches(host, &self.domain) };
        host_fits && (place.secure || !self.secure) && path_matches(place.path(), &self.path)
    }

    fn len(&self) -> usize {
        self.name.len() + b"=".len() + self.value.len()
    }

    fn write(&self, field: &mut Vec<u8>) {
        if !field.is_empty() {
            field.extend_from_slice(b"; ");
        }
        field.extend_from_slice(&self.name);
        field.push(b'=');
        field.extend_from_slice(&self.value);
    }
}

/// What names with these beginnings promise to the server (rfc6265bis, "cookie name prefixes").
fn keeps_promise_of_name(read: &SetCookie<'_>, host_only: bool) -> bool {
    let begins_with =
        |prefix: &[u8]| read.name.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix));
    if begins_with(b"__Host-") {
        return read.secure && host_only && read.path == Some(b"/");
    }
    read.secure || !begins_with(b"__Secure-")
}

/// The default path (RFC 6265 section 5.1.4).
fn directory(path: &[u8]) -> &[u8] {
    match path.iter().rposition(|byte| *byte == b'/') {
        Some(slash) if slash > 0 && path.starts_with(b"/") => &path[..slash],
        _ => b"/",
    }
}

/// Path-match (RFC 6265 section 5.1.4).
fn path_matches(path: &[u8], cookie_path: &[u8]) -> bool {
    path.strip_prefix(cookie_path)
        .is_some_and(|rest| rest.is_empty() || cookie_path.ends_with(b"/") || rest.starts_with(b"/"))
}

/// All that fits into a field line of 8 KiB, which servers commonly take, beside the name and a few words of the
/// program.
const MAX_FIELD: usize = 8000;

const MAX_OF_DOMAIN: usize = 50;

const MAX_COOKIES: usize = 3000;

#[cfg(test)]
mod tests;
