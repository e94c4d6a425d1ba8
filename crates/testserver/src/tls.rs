//! Certificates for every occasion, made once per process, and the TLS settings that show them.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::sync::{Arc, OnceLock};

use rcgen::{
    BasicConstraints, Certificate, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose, date_time_ymd,
};
use rustls::ServerConfig;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

/// What a TLS peer shows to its clients.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TlsKind {
    /// A certificate in order: signed by the CA of [`ca_pem`], for `localhost`, `127.0.0.1` and `::1`.
    Good,
    /// As `Good`, but it ended in 2001.
    Expired,
    /// As `Good`, but it begins in 2090.
    NotYetValid,
    /// As `Good`, but for the name `elsewhere.example` only.
    WrongName,
    /// The right names and dates, signed by nobody but itself.
    SelfSigned,
    /// No certificate at all: whatever versions of TLS the client offers, the peer has none of them.
    NoCommonVersion,
}

/// The certificate, as PEM, of the CA that signed all server certificates but the self-signed one.
pub fn ca_pem() -> &'static str {
    static PEM: OnceLock<String> = OnceLock::new();
    PEM.get_or_init(|| ca().pem())
}

/// The same certificate as [`ca_pem`], as DER.
pub fn ca_der() -> &'static [u8] {
    ca().der()
}

/// The settings of a TLS server of this kind; `None` for the kind that never gets as far as TLS.
///
/// Made anew for each server, so that sessions of one are not resumed at another.
pub(crate) fn server_config(kind: TlsKind) -> Option<Arc<ServerConfig>> {
    let identity = identity(kind)?;
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(identity.key.serialize_der()));
    let mut config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_protocol_versions(&[&rustls::version::TLS12, &rustls::version::TLS13])
        .expect("ring knows both versions")
        .with_no_client_auth()
        .with_single_cert(vec![identity.certificate.der().clone()], key)
        .expect("the key fits the certificate");
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Some(Arc::new(config))
}

/// Plays a server too old for the client: reads its ClientHello and answers with the alert `protocol_version`.
///
/// By hand, because rustls cannot be an old server.
pub(crate) fn refuse_version(socket: &mut TcpStream) -> io::Result<()> {
    let mut record = [0; 5];
    socket.read_exact(&mut record)?;
    let length = u16::from_be_bytes([record[3], record[4]]);
    io::copy(&mut (&*socket).take(length.into()), &mut io::sink())?;
    socket.write_all(&PROTOCOL_VERSION_ALERT)
}

struct Identity {
    key: KeyPair,
    certificate: Certificate,
}

fn identity(kind: TlsKind) -> Option<&'static Identity> {
    static GOOD: OnceLock<Identity> = OnceLock::new();
    static EXPIRED: OnceLock<Identity> = OnceLock::new();
    static NOT_YET_VALID: OnceLock<Identity> = OnceLock::new();
    static WRONG_NAME: OnceLock<Identity> = OnceLock::new();
    static SELF_SIGNED: OnceLock<Identity> = OnceLock::new();
    let identity = match kind {
        TlsKind::Good => GOOD.get_or_init(|| signed(&HERE, USUAL_YEARS)),
        TlsKind::Expired => EXPIRED.get_or_init(|| signed(&HERE, (2000, 2001))),
        TlsKind::NotYetValid => NOT_YET_VALID.get_or_init(|| signed(&HERE, (2090, 2099))),
        TlsKind::WrongName => WRONG_NAME.get_or_init(|| signed(&["elsewhere.example"], USUAL_YEARS)),
        TlsKind::SelfSigned => SELF_SIGNED.get_or_init(self_signed),
        TlsKind::NoCommonVersion => return None,
    };
    Some(identity)
}

fn signed(names: &[&str], years: (i32, i32)) -> Identity {
    let key = KeyPair::generate().expect("a key");
    let certificate = leaf(names, years).signed_by(&key, ca()).expect("a signed certificate");
    Identity { key, certificate }
}

fn self_signed() -> Identity {
    let key = KeyPair::generate().expect("a key");
    let certificate = leaf(&HERE, USUAL_YEARS).self_signed(&key).expect("a certificate");
    Identity { key, certificate }
}

fn leaf(names: &[&str], years: (i32, i32)) -> CertificateParams {
    let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
    let mut params = CertificateParams::new(names).expect("names that fit a certificate");
    params.distinguished_name.push(DnType::CommonName, "openwinhttp test server");
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.use_authority_key_identifier_extension = true;
    limit_years(&mut params, years);
    params
}

fn ca() -> &'static CertifiedIssuer<'static, KeyPair> {
    static CA: OnceLock<CertifiedIssuer<'static, KeyPair>> = OnceLock::new();
    CA.get_or_init(|| {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, "openwinhttp test CA");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        limit_years(&mut params, (2000, 2100));
        CertifiedIssuer::self_signed(params, KeyPair::generate().expect("a key")).expect("a CA")
    })
}

fn limit_years(params: &mut CertificateParams, (first, last): (i32, i32)) {
    params.not_before = date_time_ymd(first, 1, 1);
    params.not_after = date_time_ymd(last, 1, 1);
}

/// The names a client may call a server on this machine.
const HERE: [&str; 3] = ["localhost", "127.0.0.1", "::1"];
const USUAL_YEARS: (i32, i32) = (2020, 2099);
/// One record: alert (21), version 3.1, two bytes: fatal (2), protocol_version (70). RFC 8446, 6.2.
const PROTOCOL_VERSION_ALERT: [u8; 7] = [21, 3, 1, 0, 2, 2, 70];
