//! What the examples download: a URL, taken apart.

use openwinhttp::INTERNET_DEFAULT_PORT;

/// A server and what is wanted from it.
pub(crate) struct Target {
    pub(crate) secure: bool,
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) path: String,
}

impl Target {
    /// Takes `http://host:port/path?query` apart.
    pub(crate) fn parse(url: &str) -> Option<Self> {
        let (scheme, rest) = url.split_once("://")?;
        let secure = match scheme.to_ascii_lowercase().as_str() {
            "http" => false,
            "https" => true,
            _ => return None,
        };
        let rest = rest.split('#').next()?;
        let (server, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
        let (host, port) = match server.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => (host, port.parse().ok()?),
            _ => (server, INTERNET_DEFAULT_PORT),
        };
        Some(Self { secure, host: host.into(), port, path: path.into() })
    }
}
