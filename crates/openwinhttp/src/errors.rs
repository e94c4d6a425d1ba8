//! The error of this API, and the one map from what went wrong below to its codes.

use std::{fmt, io};

use openwinhttp_abi::*;
use openwinhttp_net::{Error as NetError, Secure, SecureFault};
use openwinhttp_wire::Error as WireError;

/// The result of every function of this crate.
pub type Result<T> = core::result::Result<T, Error>;

/// A failed call: the code that winhttp.h documents, and what lies behind it.
///
/// ```
/// use openwinhttp::*;
///
/// let error = WinHttpCloseHandle(HINTERNET::NULL).unwrap_err();
/// assert_eq!(error.code(), ERROR_INVALID_HANDLE);
/// assert_eq!(error.name(), "ERROR_INVALID_HANDLE");
/// assert_eq!(
///     error.to_string(),
///     "ERROR_INVALID_HANDLE (6): the handle is NULL, closed, orphaned or was never issued"
/// );
/// ```
#[derive(Debug)]
pub struct Error {
    code: u32,
    cause: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Error {
    /// The error of this code, without a cause.
    pub const fn from_code(code: u32) -> Self {
        Self { code, cause: None }
    }

    /// The code, as [`GetLastError`](crate::GetLastError) gives it.
    pub const fn code(&self) -> u32 {
        self.code
    }

    /// The name of the code in the C headers.
    pub fn name(&self) -> &'static str {
        error_row(self.code).map_or("an unknown error", |row| row.name)
    }

    /// What the code means, and where it helps, what to do next.
    pub fn meaning(&self) -> &'static str {
        error_row(self.code).map_or("this code is not one of winhttp.h", |row| row.meaning)
    }

    pub(crate) fn new(code: u32, cause: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self { code, cause: Some(Box::new(cause)) }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}): {}", self.name(), self.code, self.meaning())?;
        match &self.cause {
            Some(cause) => write!(f, " ({cause})"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.cause.as_ref().map(|cause| cause.as_ref() as _)
    }
}

/// Gives the failures of the floors below their codes. A trait of our own, so that their types stay out of the public
/// face of [`Error`].
pub(crate) trait Coded {
    type Coded;
    fn coded(self) -> Self::Coded;
}

impl<T, E: Coded<Coded = Error>> Coded for core::result::Result<T, E> {
    type Coded = Result<T>;

    fn coded(self) -> Result<T> {
        self.map_err(E::coded)
    }
}

impl Coded for NetError {
    type Coded = Error;

    fn coded(self) -> Error {
        let code = match &self {
            NetError::Name(_) => ERROR_WINHTTP_NAME_NOT_RESOLVED,
            NetError::Connect(_) => ERROR_WINHTTP_CANNOT_CONNECT,
            NetError::TimedOut => ERROR_WINHTTP_TIMEOUT,
            NetError::Connection(_) => ERROR_WINHTTP_CONNECTION_ERROR,
            NetError::Secure(_) => ERROR_WINHTTP_SECURE_FAILURE,
            NetError::ClientCertificateNeeded(_) => ERROR_WINHTTP_CLIENT_AUTH_CERT_NEEDED,
            NetError::Cancelled => ERROR_WINHTTP_OPERATION_CANCELLED,
            NetError::Exhausted(_) => ERROR_NOT_ENOUGH_MEMORY,
        };
        Error { code, cause: self.into_cause() }
    }
}

/// What a callback is told of a secure channel that could not be made, `WINHTTP_CALLBACK_STATUS_FLAG_*`.
pub(crate) fn secure_flags(failure: &Secure) -> u32 {
    match failure.fault {
        SecureFault::UnknownAuthority => WINHTTP_CALLBACK_STATUS_FLAG_INVALID_CA,
        SecureFault::WrongName => WINHTTP_CALLBACK_STATUS_FLAG_CERT_CN_INVALID,
        SecureFault::WrongTime => WINHTTP_CALLBACK_STATUS_FLAG_CERT_DATE_INVALID,
        SecureFault::WrongUsage => WINHTTP_CALLBACK_STATUS_FLAG_CERT_WRONG_USAGE,
        SecureFault::Revoked => WINHTTP_CALLBACK_STATUS_FLAG_CERT_REVOKED,
        SecureFault::BadCertificate => WINHTTP_CALLBACK_STATUS_FLAG_INVALID_CERT,
        SecureFault::Channel => WINHTTP_CALLBACK_STATUS_FLAG_SECURITY_CHANNEL_ERROR,
    }
}

impl Coded for WireError {
    type Coded = Error;

    fn coded(self) -> Error {
        let code = match self {
            WireError::HeadTooLarge => ERROR_WINHTTP_HEADER_SIZE_OVERFLOW,
            WireError::TooManyFields => ERROR_WINHTTP_HEADER_COUNT_EXCEEDED,
            WireError::ChunkHeaderTooLarge => ERROR_WINHTTP_CHUNKED_ENCODING_HEADER_SIZE_OVERFLOW,
            WireError::Incomplete => ERROR_WINHTTP_CONNECTION_ERROR,
            WireError::Host | WireError::Url => ERROR_WINHTTP_INVALID_URL,
            WireError::Scheme => ERROR_WINHTTP_UNRECOGNIZED_SCHEME,
            WireError::StatusLine
            | WireError::FieldLine
            | WireError::ContentLength
            | WireError::TransferEncoding
            | WireError::Chunk
            | WireError::Content
            | WireError::TooManyInformational
            | WireError::UnwantedUpgrade => ERROR_WINHTTP_INVALID_SERVER_RESPONSE,
        };
        Error::new(code, self)
    }
}

impl From<Error> for io::Error {
    fn from(error: Error) -> Self {
        let kind = match error.code {
            ERROR_WINHTTP_TIMEOUT => io::ErrorKind::TimedOut,
            ERROR_WINHTTP_NAME_NOT_RESOLVED => io::ErrorKind::HostUnreachable,
            ERROR_WINHTTP_CANNOT_CONNECT => io::ErrorKind::ConnectionRefused,
            ERROR_WINHTTP_CONNECTION_ERROR => io::ErrorKind::ConnectionReset,
            ERROR_WINHTTP_OPERATION_CANCELLED => io::ErrorKind::Interrupted,
            ERROR_WINHTTP_INVALID_SERVER_RESPONSE => io::ErrorKind::InvalidData,
            ERROR_ACCESS_DENIED => io::ErrorKind::PermissionDenied,
            ERROR_NOT_ENOUGH_MEMORY => io::ErrorKind::OutOfMemory,
            ERROR_INVALID_HANDLE
            | ERROR_INVALID_PARAMETER
            | ERROR_WINHTTP_INVALID_URL
            | ERROR_WINHTTP_UNRECOGNIZED_SCHEME => io::ErrorKind::InvalidInput,
            ERROR_NOT_SUPPORTED => io::ErrorKind::Unsupported,
            _ => io::ErrorKind::Other,
        };
        Self::new(kind, error)
    }
}

/// The failure of this code.
pub(crate) fn fail<T>(code: u32) -> Result<T> {
    Err(Error::from_code(code))
}
