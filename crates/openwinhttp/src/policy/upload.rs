//! How the body of a request is delimited, and how much of it may still be written.

use openwinhttp_abi::ERROR_INVALID_PARAMETER;
use openwinhttp_wire::Fields;

use crate::errors::{Result, fail};

/// The body of a request that is being sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Upload {
    /// The Content-Length field that is added by itself.
    pub(crate) content_length: Option<u64>,
    pub(crate) left: Left,
    /// Whether it goes out in chunks that are made here.
    pub(crate) chunked: bool,
}

/// What may still be written behind what `WinHttpSendRequest` sends along.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Left {
    /// This many bytes.
    Bytes(u64),
    /// As much as the program likes: it frames the body itself.
    HandMade,
    /// As much as the program likes: each write becomes a chunk.
    Chunks,
    /// Nothing is of use any more: the peer has answered before it had the whole body. What is written is dropped.
    Unwanted,
}

impl Upload {
    /// No body.
    pub(crate) const NONE: Self = Self { content_length: None, left: Left::Bytes(0), chunked: false };

    /// The upload of a request with these fields, `optional` bytes sent along and `total` bytes promised; with `chunked`
    /// it becomes chunks unless the program has delimited it otherwise.
    ///
    /// `ERROR_INVALID_PARAMETER` where the body would not be delimited, or be in two ways that disagree.
    pub(crate) fn plan(method: &str, fields: &Fields, optional: usize, total: u32, chunked: bool) -> Result<Self> {
        let count = |name: &[u8]| fields.iter().filter(|field| field.name().eq_ignore_ascii_case(name)).count();
        if count(b"Host") > 1 {
            return fail(ERROR_INVALID_PARAMETER);
        }
        match (count(b"Content-Length"), count(b"Transfer-Encoding")) {
            (0, 1) if ends_in_chunked(fields) => Ok(Self { left: Left::HandMade, ..Self::NONE }),
            (0, 0) if chunked && total == 0 => Ok(Self { left: Left::Chunks, chunked: true, ..Self::NONE }),
            (0, 0) => {
                let writes_zero = method == "POST" || method == "PUT";
                let content_length = (total > 0 || writes_zero).then_some(u64::from(total));
                Ok(Self { content_length, left: rest(total.into(), optional)?, ..Self::NONE })
            }
            (1, 0) => {
                let own = own_length(fields)?;
                if total != 0 && u64::from(total) != own {
                    return fail(ERROR_INVALID_PARAMETER);
                }
                Ok(Self { left: rest(own, optional)?, ..Self::NONE })
            }
            _ => fail(ERROR_INVALID_PARAMETER),
        }
    }

    /// Whether the whole body was written. Of a body that the program frames nobody can tell.
    pub(crate) fn is_complete(&self) -> bool {
        self.left == Left::Bytes(0)
    }

    /// Whether `count` more bytes may be written.
    pub(crate) fn has_room(&self, count: usize) -> bool {
        match self.left {
            Left::Bytes(0) => false,
            Left::Bytes(left) => count as u64 <= left,
            Left::HandMade | Left::Chunks | Left::Unwanted => true,
        }
    }

    /// Notes that `count` more bytes were written.
    pub(crate) fn written(&mut self, count: usize) {
        if let Left::Bytes(left) = &mut self.left {
            *left = left.saturating_sub(count as u64);
        }
    }
}

fn rest(total: u64, optional: usize) -> Result<Left> {
    total.checked_sub(optional as u64).map_or_else(|| fail(ERROR_INVALID_PARAMETER), |left| Ok(Left::Bytes(left)))
}

/// Only then can the server tell where the body ends (RFC 9112 section 6.1).
fn ends_in_chunked(fields: &Fields) -> bool {
    let value = fields.value(b"Transfer-Encoding").unwrap_or_default();
    value.rsplit(|byte| *byte == b',').next().is_some_and(|last| last.trim_ascii().eq_ignore_ascii_case(b"chunked"))
}

fn own_length(fields: &Fields) -> Result<u64> {
    let digits = fields.value(b"Content-Length").and_then(|value| std::str::from_utf8(value).ok()).unwrap_or_default();
    match digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse()) {
        Some(Ok(length)) => Ok(length),
        _ => fail(ERROR_INVALID_PARAMETER),
    }
}

#[cfg(test)]
mod tests {
    use openwinhttp_wire::parse_field_lines;

    use super::*;

    fn plan(method: &str, block: &str, optional: usize, total: u32) -> core::result::Result<(Option<u64>, Left), u32> {
        let mut fields = Fields::new();
        parse_field_lines(block).for_each(|field| fields.push(field.expect("valid")));
        match Upload::plan(method, &fields, optional, total, false) {
            Ok(upload) => Ok((upload.content_length, upload.left)),
            Err(error) => Err(error.code()),
        }
    }

    #[test]
    fn content_length_follows_core_md_8_2() {
        let bytes = Left::Bytes;
        assert_eq!(plan("GET", "", 0, 0), Ok((None, bytes(0))));
        assert_eq!(plan("POST", "", 0, 0), Ok((Some(0), bytes(0))));
        assert_eq!(plan("PUT", "", 0, 0), Ok((Some(0), bytes(0))));
        assert_eq!(plan("PATCH", "", 3, 10), Ok((Some(10), bytes(7))));
        assert_eq!(plan("POST", "Content-Length: 10", 3, 10), Ok((None, bytes(7))));
        assert_eq!(plan("POST", "content-length: 18446744073709551615", 0, 0), Ok((None, bytes(u64::MAX))));
        assert_eq!(plan("POST", "Transfer-Encoding: chunked", 4, 4), Ok((None, Left::HandMade)));
    }

    #[test]
    fn a_body_without_one_clear_end_is_refused() {
        for (block, optional, total) in [
            ("", 4, 0),
            ("", 4, 3),
            ("Content-Length: 10", 0, 9),
            ("Content-Length: 3", 4, 0),
            ("Content-Length: 10\nContent-Length: 10", 0, 10),
            ("Content-Length: 10\nTransfer-Encoding: chunked", 0, 0),
            ("Content-Length: ", 0, 0),
            ("Content-Length: +1", 0, 0),
            ("Content-Length: 18446744073709551616", 0, 0),
            ("Transfer-Encoding: gzip", 0, 0),
            ("Transfer-Encoding: chunked, gzip", 0, 0),
            ("Transfer-Encoding: chunked\nTransfer-Encoding: chunked", 0, 0),
            ("Host: a\nHost: b", 4, 4),
        ] {
            assert_eq!(plan("POST", block, optional, total), Err(ERROR_INVALID_PARAMETER), "{block:?}");
        }
    }
}
