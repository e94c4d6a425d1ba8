//! The table of query levels: what each attribute of `WinHttpQueryHeaders` stands for.

use crate::*;

/// What the low 16 bits of an information level ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attribute {
    /// The header field of this name.
    Header(&'static str),
    /// The header field that the caller names.
    Custom,
    /// The protocol version of the status line, or of the request line.
    Version,
    /// The three digits of the status line.
    StatusCode,
    /// The reason phrase of the status line.
    StatusText,
    /// The whole head, each line ended by a NUL.
    RawHeaders,
    /// The whole head, each line ended by CR LF.
    RawHeadersCrlf,
    /// The verb of the request.
    RequestMethod,
}

/// The attribute of an information level without its modifier bits; `None` where winhttp.h has none.
pub fn attribute(level: u32) -> Option<Attribute> {
    QUERY_LEVELS.binary_search_by_key(&level, |row| row.0).ok().map(|at| QUERY_LEVELS[at].1)
}

/// The modifier bits of an information level.
pub const QUERY_MODIFIERS: u32 = 0xFFFF_0000;

/// Every attribute, ordered by number.
pub const QUERY_LEVELS: &[(u32, Attribute)] = &[
    (WINHTTP_QUERY_MIME_VERSION, Attribute::Header("MIME-Version")),
    (WINHTTP_QUERY_CONTENT_TYPE, Attribute::Header("Content-Type")),
    (WINHTTP_QUERY_CONTENT_TRANSFER_ENCODING, Attribute::Header("Content-Transfer-Encoding")),
    (WINHTTP_QUERY_CONTENT_ID, Attribute::Header("Content-ID")),
    (WINHTTP_QUERY_CONTENT_DESCRIPTION, Attribute::Header("Content-Description")),
    (WINHTTP_QUERY_CONTENT_LENGTH, Attribute::Header("Content-Length")),
    (WINHTTP_QUERY_CONTENT_LANGUAGE, Attribute::Header("Content-Language")),
    (WINHTTP_QUERY_ALLOW, Attribute::Header("Allow")),
    (WINHTTP_QUERY_PUBLIC, Attribute::Header("Public")),
    (WINHTTP_QUERY_DATE, Attribute::Header("Date")),
    (WINHTTP_QUERY_EXPIRES, Attribute::Header("Expires")),
    (WINHTTP_QUERY_LAST_MODIFIED, Attribute::Header("Last-Modified")),
    (WINHTTP_QUERY_MESSAGE_ID, Attribute::Header("Message-ID")),
    (WINHTTP_QUERY_URI, Attribute::Header("URI")),
    (WINHTTP_QUERY_DERIVED_FROM, Attribute::Header("Derived-From")),
    (WINHTTP_QUERY_COST, Attribute::Header("Cost")),
    (WINHTTP_QUERY_LINK, Attribute::Header("Link")),
    (WINHTTP_QUERY_PRAGMA, Attribute::Header("Pragma")),
    (WINHTTP_QUERY_VERSION, Attribute::Version),
    (WINHTTP_QUERY_STATUS_CODE, Attribute::StatusCode),
    (WINHTTP_QUERY_STATUS_TEXT, Attribute::StatusText),
    (WINHTTP_QUERY_RAW_HEADERS, Attribute::RawHeaders),
    (WINHTTP_QUERY_RAW_HEADERS_CRLF, Attribute::RawHeadersCrlf),
    (WINHTTP_QUERY_CONNECTION, Attribute::Header("Connection")),
    (WINHTTP_QUERY_ACCEPT, Attribute::Header("Accept")),
    (WINHTTP_QUERY_ACCEPT_CHARSET, Attribute::Header("Accept-Charset")),
    (WINHTTP_QUERY_ACCEPT_ENCODING, Attribute::Header("Accept-Encoding")),
    (WINHTTP_QUERY_ACCEPT_LANGUAGE, Attribute::Header("Accept-Language")),
    (WINHTTP_QUERY_AUTHORIZATION, Attribute::Header("Authorization")),
    (WINHTTP_QUERY_CONTENT_ENCODING, Attribute::Header("Content-Encoding")),
    (WINHTTP_QUERY_FORWARDED, Attribute::Header("Forwarded")),
    (WINHTTP_QUERY_FROM, Attribute::Header("From")),
    (WINHTTP_QUERY_IF_MODIFIED_SINCE, Attribute::Header("If-Modified-Since")),
    (WINHTTP_QUERY_LOCATION, Attribute::Header("Location")),
    (WINHTTP_QUERY_ORIG_URI, Attribute::Header("Orig-URI")),
    (WINHTTP_QUERY_REFERER, Attribute::Header("Referer")),
    (WINHTTP_QUERY_RETRY_AFTER, Attribute::Header("Retry-After")),
    (WINHTTP_QUERY_SERVER, Attribute::Header("Server")),
    (WINHTTP_QUERY_TITLE, Attribute::Header("Title")),
    (WINHTTP_QUERY_USER_AGENT, Attribute::Header("User-Agent")),
    (WINHTTP_QUERY_WWW_AUTHENTICATE, Attribute::Header("WWW-Authenticate")),
    (WINHTTP_QUERY_PROXY_AUTHENTICATE, Attribute::Header("Proxy-Authenticate")),
    (WINHTTP_QUERY_ACCEPT_RANGES, Attribute::Header("Accept-Ranges")),
    (WINHTTP_QUERY_SET_COOKIE, Attribute::Header("Set-Cookie")),
    (WINHTTP_QUERY_COOKIE, Attribute::Header("Cookie")),
    (WINHTTP_QUERY_REQUEST_METHOD, Attribute::RequestMethod),
    (WINHTTP_QUERY_REFRESH, Attribute::Header("Refresh")),
    (WINHTTP_QUERY_CONTENT_DISPOSITION, Attribute::Header("Content-Disposition")),
    (WINHTTP_QUERY_AGE, Attribute::Header("Age")),
    (WINHTTP_QUERY_CACHE_CONTROL, Attribute::Header("Cache-Control")),
    (WINHTTP_QUERY_CONTENT_BASE, Attribute::Header("Content-Base")),
    (WINHTTP_QUERY_CONTENT_LOCATION, Attribute::Header("Content-Location")),
    (WINHTTP_QUERY_CONTENT_MD5, Attribute::Header("Content-MD5")),
    (WINHTTP_QUERY_CONTENT_RANGE, Attribute::Header("Content-Range")),
    (WINHTTP_QUERY_ETAG, Attribute::Header("ETag")),
    (WINHTTP_QUERY_HOST, Attribute::Header("Host")),
    (WINHTTP_QUERY_IF_MATCH, Attribute::Header("If-Match")),
    (WINHTTP_QUERY_IF_NONE_MATCH, Attribute::Header("If-None-Match")),
    (WINHTTP_QUERY_IF_RANGE, Attribute::Header("If-Range")),
    (WINHTTP_QUERY_IF_UNMODIFIED_SINCE, Attribute::Header("If-Unmodified-Since")),
    (WINHTTP_QUERY_MAX_FORWARDS, Attribute::Header("Max-Forwards")),
    (WINHTTP_QUERY_PROXY_AUTHORIZATION, Attribute::Header("Proxy-Authorization")),
    (WINHTTP_QUERY_RANGE, Attribute::Header("Range")),
    (WINHTTP_QUERY_TRANSFER_ENCODING, Attribute::Header("Transfer-Encoding")),
    (WINHTTP_QUERY_UPGRADE, Attribute::Header("Upgrade")),
    (WINHTTP_QUERY_VARY, Attribute::Header("Vary")),
    (WINHTTP_QUERY_VIA, Attribute::Header("Via")),
    (WINHTTP_QUERY_WARNING, Attribute::Header("Warning")),
    (WINHTTP_QUERY_EXPECT, Attribute::Header("Expect")),
    (WINHTTP_QUERY_PROXY_CONNECTION, Attribute::Header("Proxy-Connection")),
    (WINHTTP_QUERY_UNLESS_MODIFIED_SINCE, Attribute::Header("Unless-Modified-Since")),
    (WINHTTP_QUERY_PROXY_SUPPORT, Attribute::Header("Proxy-Support")),
    (WINHTTP_QUERY_AUTHENTICATION_INFO, Attribute::Header("Authentication-Info")),
    (WINHTTP_QUERY_PASSPORT_URLS, Attribute::Header("PassportURLs")),
    (WINHTTP_QUERY_PASSPORT_CONFIG, Attribute::Header("PassportConfig")),
    (WINHTTP_QUERY_CUSTOM, Attribute::Custom),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_in_order_so_that_the_search_finds_them() {
        assert!(QUERY_LEVELS.windows(2).all(|pair| pair[0].0 < pair[1].0));
        assert_eq!(attribute(WINHTTP_QUERY_STATUS_CODE), Some(Attribute::StatusCode));
        assert_eq!(attribute(WINHTTP_QUERY_ETAG), Some(Attribute::Header("ETag")));
        assert_eq!(attribute(WINHTTP_QUERY_MAX + 1), None);
    }
}
