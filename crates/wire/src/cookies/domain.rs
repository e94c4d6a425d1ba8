//! For which hosts a cookie is meant (RFC 6265 sections 5.1.3 and 5.2.3).

use alloc::string::{String, ToString};
use core::str;

use crate::host::Host;

/// The host in the form that cookies compare: an address as the standard library writes it, a name in small letters.
pub(super) fn canonical(host: &Host) -> String {
    host.address().map_or_else(|| host.as_str().to_ascii_lowercase(), |address| address.to_string())
}

/// The domain of a cookie that `host` sets with this Domain attribute, and whether it is for `host` alone; `None` if
/// it may not set it.
pub(super) fn scope(attribute: &[u8], host: &Host) -> Option<(String, bool)> {
    let own = canonical(host);
    let domain = str::from_utf8(attribute.strip_prefix(b".").unwrap_or(attribute)).ok()?.to_ascii_lowercase();
    let has_hosts = || host.address().is_none() && !is_public_suffix(&domain);
    if domain.is_empty() || domain == own {
        let host_only = domain.is_empty() || !has_hosts();
        return Some((own, host_only));
    }
    (domain_matches(&own, &domain) && has_hosts()).then_some((domain, false))
}

/// Domain-match, for a `host` that is a name.
pub(super) fn domain_matches(host: &str, domain: &str) -> bool {
    host.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

/// Whether names below `name` belong to different owners. A name without a dot counts. So does one with a dot at its
/// end: such hosts share nothing.
#[cfg(feature = "public-suffix")]
fn is_public_suffix(name: &str) -> bool {
    use psl::{List, Psl};
    name.ends_with('.') || List.suffix(name.as_bytes()).is_none_or(|suffix| suffix.as_bytes().len() == name.len())
}

/// Without the list nobody can tell.
#[cfg(not(feature = "public-suffix"))]
fn is_public_suffix(_: &str) -> bool {
    true
}
