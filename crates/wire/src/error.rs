//! What can be wrong with protocol data.

use core::fmt;

/// A rule of the protocol that some bytes break.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Error {
    /// The answer does not begin with a status line that RFC 9112 section 4 allows.
    StatusLine,
    /// A field line of a head or a trailer section is malformed (RFC 9112 section 5).
    FieldLine,
    /// The head or the trailer section is larger than the limit.
    HeadTooLarge,
    /// The head has more field lines than the limit.
    TooManyFields,
    /// Content-Length is no number, or two of them disagree (RFC 9112 section 6.3).
    ContentLength,
    /// Transfer-Encoding is something else than `chunked` (RFC 9112 section 6.1).
    TransferEncoding,
    /// The framing of a chunk is malformed (RFC 9112 section 7.1).
    Chunk,
    /// A chunk size has too many digits, or the chunk extensions are too long.
    ChunkHeaderTooLarge,
    /// The data does not follow its content coding, or a checksum is wrong (RFC 9110 section 8.4).
    Content,
    /// The connection ended before the message was complete (RFC 9112 section 8).
    Incomplete,
    /// More informational answers than the limit came before the final one.
    TooManyInformational,
    /// `101 Switching Protocols` came although no upgrade was asked for (RFC 9110 section 15.2.2).
    UnwantedUpgrade,
    /// A server name that no look-up could accept.
    Host,
    /// A URL of another scheme than http and https, or of none.
    Scheme,
    /// A URL without a host, or with a port that is none.
    Url,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::StatusLine => "the status line is malformed",
            Self::FieldLine => "a header field line is malformed",
            Self::HeadTooLarge => "the header fields are too large",
            Self::TooManyFields => "there are too many header fields",
            Self::ContentLength => "Content-Length is malformed or contradicts itself",
            Self::TransferEncoding => "the Transfer-Encoding is not supported",
            Self::Chunk => "a chunk is malformed",
            Self::ChunkHeaderTooLarge => "a chunk header is too large",
            Self::Content => "the compressed body is corrupt",
            Self::Incomplete => "the connection ended in the middle of the message",
            Self::TooManyInformational => "too many informational answers",
            Self::UnwantedUpgrade => "the server switched protocols without being asked",
            Self::Host => "the server name is not valid",
            Self::Scheme => "the URL does not begin with http: or https:",
            Self::Url => "the URL has no host, or a port that is none",
        })
    }
}

impl core::error::Error for Error {}
