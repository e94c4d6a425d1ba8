//! What this library offers beyond winhttp.h.

use openwinhttp_abi::ERROR_INVALID_PARAMETER;

use crate::errors::{Error, Result};
use crate::handle::HINTERNET;
use crate::last_error::remember;
use crate::objects;

/// For `WINHTTP_OPTION_DECOMPRESSION`: bodies in brotli are decoded too.
#[cfg(feature = "brotli")]
pub const DECOMPRESSION_FLAG_BROTLI: u32 = 0x1000_0000;

/// Trusts a further certificate authority in this session, beside Mozilla's and the system's.
///
/// # Parameters
///
/// - `session`: a session handle.
/// - `certificate`: one certificate in DER, or one or more in PEM.
///
/// # Returns and errors
///
/// - `ERROR_INVALID_HANDLE`: the handle is closed or was never issued.
/// - `ERROR_WINHTTP_INCORRECT_HANDLE_TYPE`: it is no session.
/// - `ERROR_INVALID_PARAMETER`: `certificate` cannot be read, or cannot be a root.
///
/// It counts for connection handles that have not sent a secure request yet. Sessions that trust differently never
/// share a connection or a TLS ticket.
///
/// # Differences from Windows
///
/// There, certificates are added to the store of the user or the machine.
///
/// # Example
///
/// ```
/// use openwinhttp::*;
///
/// # fn main() -> Result<()> {
/// let session = WinHttpOpen(None, WINHTTP_ACCESS_TYPE_NO_PROXY, None, None, 0)?;
/// let refused = ext::TrustCertificate(session, b"no certificate").unwrap_err();
/// assert_eq!(refused.code(), ERROR_INVALID_PARAMETER);
/// # WinHttpCloseHandle(session)
/// # }
/// ```
#[allow(non_snake_case)]
pub fn TrustCertificate(session: HINTERNET, certificate: &[u8]) -> Result<()> {
    remember(trust_certificate(session, certificate))
}

fn trust_certificate(session: HINTERNET, certificate: &[u8]) -> Result<()> {
    let session = objects::session(session)?;
    session.trust.lock().add(certificate).map_err(|_| Error::from_code(ERROR_INVALID_PARAMETER))
}
