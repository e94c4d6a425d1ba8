//! `WinHttpCrackUrl` and `WinHttpCreateUrl`, as text and in UTF-16.

use std::ops::Range;

use openwinhttp_abi::*;
use openwinhttp_wire::{Scheme as UrlScheme, UrlParts, UrlText, escape, unescape};

use crate::errors::{Coded, Error, Result, fail};
use crate::last_error::remember;

/// The parts of a URL: `URL_COMPONENTS` of winhttp.h.
///
/// `T` is the form of its texts. Code that has to keep what is not well-formed UTF-16 uses `Vec<u16>`, and
/// [`UrlComponents::create`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UrlComponents<T = String> {
    /// `lpszScheme`: the name of the scheme. If it is empty, `scheme_id` tells the scheme.
    pub scheme: T,
    /// `nScheme`: a `WINHTTP_INTERNET_SCHEME_...`; 0 stands for http.
    pub scheme_id: WINHTTP_INTERNET_SCHEME,
    /// `lpszHostName`: the host, an IPv6 address with its brackets.
    pub host_name: T,
    /// `nPort`: the port. 0 does not stand for the usual one.
    pub port: u16,
    /// `lpszUserName`: the name of the user, if the URL has one.
    pub user_name: Option<T>,
    /// `lpszPassword`: the password, if the URL has one.
    pub password: Option<T>,
    /// `lpszUrlPath`: the path.
    pub url_path: T,
    /// `lpszExtraInfo`: what follows the path, with its `?` or `#`.
    pub extra_info: T,
}

/// Takes a URL apart.
///
/// # Windows signature
///
/// ```c
/// BOOL WinHttpCrackUrl(LPCWSTR pwszUrl, DWORD dwUrlLength, DWORD dwFlags, LPURL_COMPONENTS lpUrlComponents);
/// ```
///
/// # Parameters
///
/// | here | Windows | meaning |
/// |---|---|---|
/// | `url` | `pwszUrl`, `dwUrlLength` | the URL: a scheme, `://`, perhaps `user:password@`, a host, perhaps a port, and what follows |
/// | `flags` | `dwFlags` | flags, see below; others are ignored |
///
/// | flag | what it does |
/// |---|---|
/// | `ICU_DECODE` | each `%XX` of a part becomes the one character of this code, so UTF-8 is not decoded; `%00` stays. Parts are told apart before, so an escaped `/` or `@` divides nothing |
/// | `ICU_ESCAPE` | in the path and the extra information, characters that cannot stand there become `%XX`, those beyond ASCII by their UTF-8, and `%` and `#` too; wins over `ICU_DECODE` |
/// | `ICU_REJECT_USERPWD` | a URL with a user name or a password, be they empty, is refused |
///
/// # Returns and errors
///
/// The parts as they are written, apart from what the flags ask for. The port is that of the scheme where none is
/// given. The extra information begins with the first `?` or `#` behind the host and a `/`. User and password end at
/// the last `@` before that `/`, and the name at its first colon.
///
/// - `ERROR_WINHTTP_UNRECOGNIZED_SCHEME`: the URL does not begin with `http:` or `https:`, in any case of letters.
/// - `ERROR_WINHTTP_INVALID_URL`: `//` and a host do not follow; the port is no number, or above 65535; or there is a
///   user and `ICU_REJECT_USERPWD`.
///
/// # Callbacks, in order
///
/// None.
///
/// # Differences from Windows
///
/// There, a text goes into a buffer or is a place in `url`, and the query stays with the path when the extra
/// information is not asked for. Only a `/` ends the host, as on Windows: of `http://host?query` all is the host, which
/// [`WinHttpConnect`](crate::WinHttpConnect) will refuse.
///
/// # Example
///
/// ```
/// use openwinhttp::*;
///
/// # fn main() -> Result<()> {
/// let parts = WinHttpCrackUrl("https://[::1]:8443/a%20file?key=1#part", ICU_DECODE)?;
/// assert_eq!((parts.scheme_id, parts.port), (WINHTTP_INTERNET_SCHEME_HTTPS, 8443));
/// assert_eq!([parts.host_name, parts.url_path, parts.extra_info], ["[::1]", "/a file", "?key=1#part"]);
/// # Ok(())
/// # }
/// ```
///
/// Source: [WinHttpCrackUrl](https://learn.microsoft.com/windows/win32/api/winhttp/nf-winhttp-winhttpcrackurl).
pub fn WinHttpCrackUrl(url: &str, flags: u32) -> Result<UrlComponents> {
    remember(crack_url(url, flags))
}

/// Puts a URL together.
///
/// # Windows signature
///
/// ```c
/// BOOL WinHttpCreateUrl(LPURL_COMPONENTS lpUrlComponents, DWORD dwFlags, LPWSTR pwszUrl, LPDWORD pdwUrlLength);
/// ```
///
/// # Parameters
///
/// | here | Windows | meaning |
/// |---|---|---|
/// | `components` | `lpUrlComponents` | the parts; what is empty or `None` is left out |
/// | `flags` | `dwFlags` | flags, see below; others are ignored |
///
/// | flag | what it does |
/// |---|---|
/// | `ICU_ESCAPE` | in the path and the extra information, characters that cannot stand there become `%XX`, those beyond ASCII by their UTF-8, and `%` and `#` too |
/// | `ICU_REJECT_USERPWD` | parts with a user name or a password, be they empty, are refused |
///
/// # Returns and errors
///
/// The URL. The scheme is what `scheme` says, any text, and if that is empty, the one of `scheme_id`. The port is left
/// out if it is 80 for http or 443 for https, or if there is no host. A `/` is set between the host and what follows
/// it.
///
/// - `ERROR_INVALID_PARAMETER`: there is a password but no user name; or the scheme is empty and its number unknown.
/// - `ERROR_WINHTTP_INVALID_URL`: there is a user name, and `ICU_REJECT_USERPWD`.
///
/// # Callbacks, in order
///
/// None.
///
/// # Differences from Windows
///
/// There, `ICU_ESCAPE` goes by the code page of the system, and refuses what it does not have; here that is UTF-8
/// always.
///
/// # Example
///
/// ```
/// use openwinhttp::*;
///
/// # fn main() -> Result<()> {
/// let mut parts = WinHttpCrackUrl("http://host:80/a%20file?old", ICU_DECODE)?;
/// parts.extra_info = "?new".into();
/// assert_eq!(WinHttpCreateUrl(&parts, ICU_ESCAPE)?, "http://host/a%20file?new");
/// # Ok(())
/// # }
/// ```
///
/// Source: [WinHttpCreateUrl](https://learn.microsoft.com/windows/win32/api/winhttp/nf-winhttp-winhttpcreateurl).
pub fn WinHttpCreateUrl(components: &UrlComponents, flags: u32) -> Result<String> {
    remember(create_url(components, flags))
}

/// A text of a URL, for [`CrackedUrl`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UrlPart {
    /// The name of the scheme.
    Scheme,
    /// The host.
    HostName,
    /// The name of the user.
    UserName,
    /// The password.
    Password,
    /// The path.
    UrlPath,
    /// What follows the path.
    ExtraInfo,
}

/// A URL in UTF-16, taken apart where it lies: [`WinHttpCrackUrl`] for callers that want places in their own text, as
/// the C function gives them, or that must keep what is not well-formed UTF-16.
///
/// ```
/// use openwinhttp::*;
///
/// # fn main() -> Result<()> {
/// let url: Vec<u16> = "http://host/path?key=1".encode_utf16().collect();
/// let cracked = CrackedUrl::new(&url, 0)?;
/// assert_eq!(cracked.place(UrlPart::UrlPath)?, Some(11..16));
/// assert_eq!(cracked.place(UrlPart::UserName)?, None);
/// assert_eq!(cracked.with_extra_info_in_path().place(UrlPart::UrlPath)?, Some(11..22));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct CrackedUrl<'u> {
    url: &'u [u16],
    parts: UrlParts,
    flags: u32,
}

impl<'u> CrackedUrl<'u> {
    /// Takes `url` apart, with the flags and the errors of [`WinHttpCrackUrl`].
    pub fn new(url: &'u [u16], flags: u32) -> Result<Self> {
        let parts = UrlParts::find(url).coded()?;
        if flags & ICU_REJECT_USERPWD != 0 && parts.user_name.is_some() {
            return fail(ERROR_WINHTTP_INVALID_URL);
        }
        Ok(Self { url, parts, flags })
    }

    /// The same with the query left in the path, as it is for callers that do not ask for the extra information.
    pub fn with_extra_info_in_path(mut self) -> Self {
        self.parts.path.end = self.url.len();
        self.parts.extra.start = self.url.len();
        self
    }

    /// The scheme: `WINHTTP_INTERNET_SCHEME_HTTP` or `WINHTTP_INTERNET_SCHEME_HTTPS`.
    pub fn scheme_id(&self) -> WINHTTP_INTERNET_SCHEME {
        match self.parts.scheme {
            UrlScheme::Http => WINHTTP_INTERNET_SCHEME_HTTP,
            UrlScheme::Https => WINHTTP_INTERNET_SCHEME_HTTPS,
        }
    }

    /// The port, that of the scheme where none is given.
    pub fn port(&self) -> u16 {
        self.parts.port
    }

    /// Where a part lies in the URL; `None` for a user name or a password that is not there. A path or extra
    /// information that is not there lies at the end and is empty.
    ///
    /// `ERROR_INVALID_PARAMETER` if it is not empty and `ICU_DECODE` or `ICU_ESCAPE` asks for something else than what
    /// lies there.
    pub fn place(&self, part: UrlPart) -> Result<Option<Range<usize>>> {
        let range = self.range(part);
        match range {
            Some(range) if self.flags & (ICU_DECODE | ICU_ESCAPE) != 0 && !range.is_empty() => {
                fail(ERROR_INVALID_PARAMETER)
            }
            range => Ok(range.cloned()),
        }
    }

    /// A part, as the flags want it; empty if it is not there.
    ///
    /// `ERROR_INVALID_PARAMETER` if it would have to be escaped, and is not well-formed.
    pub fn text(&self, part: UrlPart) -> Result<Vec<u16>> {
        let text = self.range(part).map_or(&[][..], |range| &self.url[range.clone()]);
        let is_escaped = matches!(part, UrlPart::UrlPath | UrlPart::ExtraInfo);
        match self.flags {
            flags if flags & ICU_ESCAPE != 0 && is_escaped => escaped(text),
            flags if flags & (ICU_ESCAPE | ICU_DECODE) == ICU_DECODE => Ok(unescape(text)),
            _ => Ok(text.to_vec()),
        }
    }

    fn range(&self, part: UrlPart) -> Option<&Range<usize>> {
        match part {
            UrlPart::Scheme => Some(&self.parts.scheme_name),
            UrlPart::HostName => Some(&self.parts.host),
            UrlPart::UserName => self.parts.user_name.as_ref(),
            UrlPart::Password => self.parts.password.as_ref(),
            UrlPart::UrlPath => Some(&self.parts.path),
            UrlPart::ExtraInfo => Some(&self.parts.extra),
        }
    }

    fn components(&self) -> Result<UrlComponents<Vec<u16>>> {
        let optional = |part| self.range(part).map(|_| self.text(part)).transpose();
        Ok(UrlComponents {
            scheme: self.text(UrlPart::Scheme)?,
            scheme_id: self.scheme_id(),
            host_name: self.text(UrlPart::HostName)?,
            port: self.port(),
            user_name: optional(UrlPart::UserName)?,
            password: optional(UrlPart::Password)?,
            url_path: self.text(UrlPart::UrlPath)?,
            extra_info: self.text(UrlPart::ExtraInfo)?,
        })
    }
}

impl UrlComponents<Vec<u16>> {
    /// [`WinHttpCreateUrl`] in UTF-16. Text that is not well-formed is copied as it is; only where it would have to be
    /// escaped does it give `ERROR_INVALID_PARAMETER`.
    pub fn create(&self, flags: u32) -> Result<Vec<u16>> {
        if self.user_name.is_none() && self.password.is_some() {
            return fail(ERROR_INVALID_PARAMETER);
        }
        if flags & ICU_REJECT_USERPWD != 0 && self.user_name.is_some() {
            return fail(ERROR_WINHTTP_INVALID_URL);
        }
        let scheme_name = self.scheme_name()?;
        let tail = |text: &Vec<u16>| if flags & ICU_ESCAPE != 0 { escaped(text) } else { Ok(text.clone()) };
        let text = UrlText {
            scheme_name: &scheme_name,
            user_name: self.user_name.as_deref(),
            password: self.password.as_deref(),
            host: &self.host_name,
            port: self.port,
            path: &tail(&self.url_path)?,
            extra: &tail(&self.extra_info)?,
        };
        Ok(text.compose())
    }

    fn scheme_name(&self) -> Result<Vec<u16>> {
        if !self.scheme.is_empty() {
            return Ok(self.scheme.clone());
        }
        let row = SCHEMES.iter().find(|row| row.0 == self.scheme_id);
        row.map(|row| utf16(row.1)).ok_or(Error::from_code(ERROR_INVALID_PARAMETER))
    }
}

impl<T> UrlComponents<T> {
    fn map<U>(&self, convert: impl Fn(&T) -> U) -> UrlComponents<U> {
        UrlComponents {
            scheme: convert(&self.scheme),
            scheme_id: self.scheme_id,
            host_name: convert(&self.host_name),
            port: self.port,
            user_name: self.user_name.as_ref().map(&convert),
            password: self.password.as_ref().map(&convert),
            url_path: convert(&self.url_path),
            extra_info: convert(&self.extra_info),
        }
    }
}

fn crack_url(url: &str, flags: u32) -> Result<UrlComponents> {
    Ok(CrackedUrl::new(&utf16(url), flags)?.components()?.map(|units| string(units)))
}

fn create_url(components: &UrlComponents, flags: u32) -> Result<String> {
    components.map(|text| utf16(text)).create(flags).map(|units| string(&units))
}

fn escaped(text: &[u16]) -> Result<Vec<u16>> {
    escape(text).ok_or(Error::from_code(ERROR_INVALID_PARAMETER))
}

fn utf16(text: &str) -> Vec<u16> {
    text.encode_utf16().collect()
}

/// Nothing gets lost: what came from a `str`, was divided at ASCII characters and had ASCII or Latin-1 put into it is
/// well-formed.
fn string(units: &[u16]) -> String {
    String::from_utf16_lossy(units)
}

/// The names of the schemes that `scheme_id` can tell.
const SCHEMES: &[(WINHTTP_INTERNET_SCHEME, &str)] = &[
    (0, "http"),
    (WINHTTP_INTERNET_SCHEME_HTTP, "http"),
    (WINHTTP_INTERNET_SCHEME_HTTPS, "https"),
    (WINHTTP_INTERNET_SCHEME_FTP, "ftp"),
    (WINHTTP_INTERNET_SCHEME_SOCKS, "socks"),
];
