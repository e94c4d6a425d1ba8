//! What can go wrong between here and the peer.

use std::{fmt, io};

/// A failure of the network, named by the stage it happened in.
#[derive(Debug)]
pub enum Error {
    /// The name could not be resolved.
    Name(io::Error),
    /// No address could be connected to.
    Connect(io::Error),
    /// A time limit passed.
    TimedOut,
    /// The connection was reset, or ended where it must not.
    Connection(io::Error),
    /// The secure channel could not be made.
    Secure(Secure),
    /// The server asks for a client certificate.
    ClientCertificateNeeded(Secure),
    /// The work was given up by [`Cancel`](crate::Cancel).
    Cancelled,
    /// The process has no more sockets or memory.
    Exhausted(io::Error),
}

/// Why a secure channel failed: what is wrong with it, and the same in words.
#[derive(Clone, Debug)]
pub struct Secure {
    /// What is wrong.
    pub fault: SecureFault,
    reason: String,
}

/// What is wrong with a secure channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecureFault {
    /// The certificate comes from an authority that is not trusted.
    UnknownAuthority,
    /// The certificate is for another name.
    WrongName,
    /// The certificate is expired, or not yet valid.
    WrongTime,
    /// The certificate is not meant for servers.
    WrongUsage,
    /// The certificate was revoked.
    Revoked,
    /// The certificate cannot be read, or its signature is wrong.
    BadCertificate,
    /// Everything else: no common version, a fault in the protocol, an alert of the peer.
    Channel,
}

impl Secure {
    pub(crate) fn new(fault: SecureFault, reason: &dyn fmt::Display) -> Self {
        Self { fault, reason: reason.to_string() }
    }
}

impl Error {
    /// The error of a connection that ended in the middle.
    pub fn ended() -> Self {
        Self::Connection(io::ErrorKind::UnexpectedEof.into())
    }

    /// Once a secure channel stands, what breaks it is a failure of the connection.
    pub(crate) fn after_handshake(self, established: bool) -> Self {
        match self {
            Self::Secure(reason) if established => Self::Connection(io::Error::other(reason)),
            other => other,
        }
    }

    /// What lies behind, where that is an error of its own.
    pub fn into_cause(self) -> Option<Box<dyn std::error::Error + Send + Sync>> {
        match self {
            Self::Name(cause) | Self::Connect(cause) | Self::Connection(cause) | Self::Exhausted(cause) => {
                Some(Box::new(cause))
            }
            Self::Secure(cause) | Self::ClientCertificateNeeded(cause) => Some(Box::new(cause)),
            Self::TimedOut | Self::Cancelled => None,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(cause) => write!(f, "the name was not resolved: {cause}"),
            Self::Connect(cause) => write!(f, "no connection: {cause}"),
            Self::TimedOut => f.write_str("a time limit passed"),
            Self::Connection(cause) => write!(f, "the connection failed: {cause}"),
            Self::Secure(cause) => write!(f, "the secure channel failed: {cause}"),
            Self::ClientCertificateNeeded(cause) => write!(f, "a client certificate is needed: {cause}"),
            Self::Cancelled => f.write_str("cancelled"),
            Self::Exhausted(cause) => write!(f, "out of sockets or memory: {cause}"),
        }
    }
}

impl std::error::Error for Error {}

impl fmt::Display for Secure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}

impl std::error::Error for Secure {}
