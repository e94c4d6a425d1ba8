//! Each kind of TLS peer against a strict TLS client.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::disallowed_methods)]

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{AlertDescription, CertificateError, ClientConfig, ClientConnection, Error, RootCertStore, StreamOwned};
use testserver::{Peer, TlsKind};

type Client = StreamOwned<ClientConnection, TcpStream>;

const GET: &[u8] = b"GET / HTTP/1.1\r\n\r\n";

#[test]
fn good_by_each_of_its_names() {
    for name in ["localhost", "127.0.0.1", "::1"] {
        let peer = Peer::tls(TlsKind::Good, move |p| {
            let mut c = p.accept();
            c.expect("GET / HTTP/1.1");
            assert_eq!(c.alpn(), Some(&b"http/1.1"[..]));
            assert_eq!(c.server_name(), (name == "localhost").then_some(name));
            c.drip("HTTP/1.1 200 OK\r\n", Duration::ZERO);
            c.split_reply("\r\nhello", 4);
            c.close();
        });
        let mut client = connect(&peer, name);
        client.write_all(GET).unwrap();
        assert_eq!(read_all(&mut client).unwrap(), b"HTTP/1.1 200 OK\r\n\r\nhello");
        assert!(peer.url("/").starts_with("https://127.0.0.1:"));
        peer.finish();
    }
}

#[test]
fn both_ways_to_the_ca_lead_to_the_same() {
    assert_eq!(CertificateDer::from_pem_slice(testserver::ca_pem().as_bytes()).unwrap().as_ref(), testserver::ca_der());
}

#[test]
fn bad_certificates_are_refused_for_their_own_reason() {
    use CertificateError as C;
    refused(TlsKind::Expired, |reason| matches!(reason, C::Expired | C::ExpiredContext { .. }));
    refused(TlsKind::NotYetValid, |reason| matches!(reason, C::NotValidYet | C::NotValidYetContext { .. }));
    refused(TlsKind::WrongName, |reason| matches!(reason, C::NotValidForName | C::NotValidForNameContext { .. }));
    refused(TlsKind::SelfSigned, |reason| matches!(reason, C::UnknownIssuer));
}

#[test]
fn no_common_version_is_an_alert() {
    let peer = Peer::tls(TlsKind::NoCommonVersion, |p| {
        let mut c = p.accept();
        assert!(c.handshake_error().is_some());
        c.expect_closed();
    });
    let error = tls_error(connect(&peer, "localhost").write_all(GET).unwrap_err());
    assert_eq!(error, Error::AlertReceived(AlertDescription::ProtocolVersion));
    peer.finish();
}

#[test]
fn an_end_without_notify_is_told_from_an_end_with_it() {
    let peer = Peer::tls(TlsKind::Good, |p| {
        let mut c = p.accept();
        c.expect("GET");
        c.reply("part");
        c.close_without_notify();
    });
    let mut client = connect(&peer, "localhost");
    client.write_all(GET).unwrap();
    assert_eq!(read_all(&mut client).unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
    peer.finish();
}

#[test]
fn half_closed_under_tls_the_peer_still_reads() {
    let peer = Peer::tls(TlsKind::Good, |p| {
        let mut c = p.accept();
        c.reply("early");
        c.half_close();
        c.expect("GET");
        c.expect_closed();
    });
    let mut client = connect(&peer, "localhost");
    assert_eq!(read_all(&mut client).unwrap(), b"early");
    client.write_all(GET).unwrap();
    drop(client);
    peer.finish();
}

#[test]
fn a_reset_under_tls() {
    let peer = Peer::tls(TlsKind::Good, |p| {
        let mut c = p.accept();
        c.expect("GET");
        c.reset();
    });
    let mut client = connect(&peer, "localhost");
    client.write_all(GET).unwrap();
    assert_eq!(read_all(&mut client).unwrap_err().kind(), io::ErrorKind::ConnectionReset);
    peer.finish();
}

#[test]
fn faults_during_the_handshake() {
    let peer = Peer::tls(TlsKind::Good, |p| {
        for answer in ["", "HTTP/1.1 400 Bad Request\r\n\r\n"] {
            let mut c = p.accept_plain();
            assert_eq!(c.body(2), [22, 3], "a handshake record");
            c.reply(answer);
            c.close();
        }
    });
    assert_eq!(connect(&peer, "localhost").write_all(GET).unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
    let error = tls_error(connect(&peer, "localhost").write_all(GET).unwrap_err());
    assert!(matches!(error, Error::InvalidMessage(_)), "{error:?}");
    peer.finish();
}

fn refused(kind: TlsKind, fits: fn(&CertificateError) -> bool) {
    let peer = Peer::tls(kind, |p| p.accept().expect_closed());
    let error = tls_error(connect(&peer, "localhost").write_all(GET).unwrap_err());
    assert!(matches!(&error, Error::InvalidCertificate(reason) if fits(reason)), "{kind:?}: {error:?}");
    assert!(peer.connections() == 1);
    peer.finish();
}

fn connect(peer: &Peer, name: &'static str) -> Client {
    let socket = TcpStream::connect(("127.0.0.1", peer.port())).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    StreamOwned::new(ClientConnection::new(config(), ServerName::try_from(name).unwrap()).unwrap(), socket)
}

fn config() -> Arc<ClientConfig> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from(testserver::ca_der())).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let mut config = builder.with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Arc::new(config)
}

fn read_all(client: &mut Client) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    client.read_to_end(&mut bytes).map(|_| bytes)
}

fn tls_error(error: io::Error) -> Error {
    error.downcast().expect("an error of the TLS layer")
}
