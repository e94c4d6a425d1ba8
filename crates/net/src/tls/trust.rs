//! Whom a session trusts: Mozilla's roots, the system's, and those that the program adds.

use std::fmt;
use std::sync::{Arc, OnceLock};

use parking_lot::Mutex;
use rustls::ClientConfig;
use rustls::RootCertStore;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use crate::error::{Error, Secure, SecureFault};
use crate::sys;

/// Whom to trust. Equal trusts share their connections and their TLS tickets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trust {
    extra: Vec<Vec<u8>>,
}

/// The certificate that was given cannot serve as a root.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TrustError;

impl Trust {
    /// Adds certificates, in PEM (one or more) or DER, to the usual roots.
    pub fn add(&mut self, certificates: &[u8]) -> Result<(), TrustError> {
        let found = read_certificates(certificates)?;
        let mut probe = RootCertStore::empty();
        for certificate in &found {
            probe.add(certificate.clone()).map_err(|_| TrustError)?;
        }
        self.extra.extend(found.into_iter().map(|certificate| certificate.to_vec()));
        self.extra.sort();
        self.extra.dedup();
        Ok(())
    }
}

fn read_certificates(bytes: &[u8]) -> Result<Vec<CertificateDer<'static>>, TrustError> {
    if !bytes.windows(PEM_START.len()).any(|window| window == PEM_START) {
        return Ok(vec![CertificateDer::from(bytes.to_vec())]);
    }
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(bytes).collect();
    found.ok().filter(|certificates| !certificates.is_empty()).ok_or(TrustError)
}

const PEM_START: &[u8] = b"-----BEGIN";

/// What TLS connections of one trust have in common: roots, tickets, settings. Comparing the pointer compares the
/// trust, because there is one for each.
pub(crate) type TlsConfig = Arc<ClientConfig>;

/// The configuration for `trust`, made at its first use in this process.
pub(crate) fn config(trust: &Trust) -> Result<TlsConfig, Error> {
    let mut known = CONFIGS.lock();
    if let Some((_, config)) = known.iter().find(|(candidate, _)| candidate == trust) {
        return Ok(Arc::clone(config));
    }
    let config = Arc::new(build(trust)?);
    // One that no origin uses any more can be made again.
    known.retain(|(candidate, config)| candidate.extra.is_empty() || Arc::strong_count(config) > 1);
    known.push((trust.clone(), Arc::clone(&config)));
    Ok(config)
}

static CONFIGS: Mutex<Vec<(Trust, TlsConfig)>> = Mutex::new(Vec::new());

fn build(trust: &Trust) -> Result<ClientConfig, Error> {
    let failed = |reason: &dyn fmt::Display| Error::Secure(Secure::new(SecureFault::Channel, reason));
    let provider = provider().ok_or_else(|| failed(&"this build has no crypto provider: enable the feature `ring`"))?;
    let mut roots = usual_roots()?;
    roots.add_parsable_certificates(trust.extra.iter().map(|der| CertificateDer::from(der.as_slice())));
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| failed(&error))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

/// Mozilla's roots and the system's; `SSL_CERT_FILE` and `SSL_CERT_DIR` stand in for the system's. They are read once, but
/// for a process that has no more descriptors: what it cannot read now it reads the next time.
fn usual_roots() -> Result<RootCertStore, Error> {
    static ROOTS: OnceLock<RootCertStore> = OnceLock::new();
    if let Some(roots) = ROOTS.get() {
        return Ok(roots.clone());
    }
    let found = rustls_native_certs::load_native_certs();
    found.errors.into_iter().find_map(exhausted).map_or(Ok(()), Err)?;
    let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    roots.add_parsable_certificates(found.certs);
    Ok(ROOTS.get_or_init(|| roots).clone())
}

fn exhausted(error: rustls_native_certs::Error) -> Option<Error> {
    match error.kind {
        rustls_native_certs::ErrorKind::Io { inner, .. } if sys::is_exhausted(&inner) => Some(Error::Exhausted(inner)),
        _ => None,
    }
}

fn provider() -> Option<Arc<CryptoProvider>> {
    #[cfg(feature = "aws-lc-rs")]
    return Some(Arc::new(rustls::crypto::aws_lc_rs::default_provider()));
    #[cfg(all(feature = "ring", not(feature = "aws-lc-rs")))]
    return Some(Arc::new(rustls::crypto::ring::default_provider()));
    #[cfg(not(any(feature = "ring", feature = "aws-lc-rs")))]
    return None;
}
