//! What goes beyond winhttp.h has no raw form: it is called as it is, and its outcome stored where this face looks.

use openwinhttp::{Error, HINTERNET, Result};

use crate::outcome::SetLastError;

/// [`openwinhttp::ext::TrustCertificate`].
pub fn TrustCertificate(session: HINTERNET, certificate: &[u8]) -> Result<()> {
    let outcome = openwinhttp::ext::TrustCertificate(session, certificate);
    SetLastError(outcome.as_ref().err().map_or(0, Error::code));
    outcome
}
