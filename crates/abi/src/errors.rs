//! The table of errors: one row per code that this API can give, with its name and what it means to a person.

use core::fmt::{self, Write};

use crate::*;

/// One error code of winhttp.h or of Win32.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ErrorRow {
    /// The number, as `GetLastError` gives it.
    pub code: u32,
    /// The name in the C header.
    pub name: &'static str,
    /// What happened, and where it helps, what to do next.
    pub meaning: &'static str,
}

impl ErrorRow {
    /// The text of a message table: a sentence, ended by CR LF.
    pub fn message(&self) -> impl fmt::Display {
        Message(self.meaning)
    }
}

struct Message(&'static str);

impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.0.chars();
        let first = rest.next().map(|first| first.to_ascii_uppercase());
        first.into_iter().chain(rest).chain(".\r\n".chars()).try_for_each(|unit| f.write_char(unit))
    }
}

/// The row of `code`, if it is one of ours.
pub fn error_row(code: u32) -> Option<&'static ErrorRow> {
    ERRORS.binary_search_by_key(&code, |row| row.code).ok().map(|at| &ERRORS[at])
}

macro_rules! row {
    ($name:ident, $meaning:literal) => {
        ErrorRow { code: $name, name: stringify!($name), meaning: $meaning }
    };
}

/// Every error code of this API, ordered by number.
pub const ERRORS: &[ErrorRow] = &[
    row!(ERROR_SUCCESS, "the call succeeded"),
    row!(ERROR_ACCESS_DENIED, "access is denied"),
    row!(ERROR_INVALID_HANDLE, "the handle is NULL, closed, orphaned or was never issued"),
    row!(ERROR_NOT_ENOUGH_MEMORY, "there is not enough memory"),
    row!(ERROR_NOT_SUPPORTED, "this is not supported"),
    row!(ERROR_INVALID_PARAMETER, "a parameter is not valid"),
    row!(ERROR_INSUFFICIENT_BUFFER, "the buffer is too small; the size that is needed was stored"),
    row!(ERROR_IO_PENDING, "the operation goes on in the background"),
    row!(ERROR_INVALID_OPERATION, "the operation is not valid now"),
    row!(ERROR_WINHTTP_OUT_OF_HANDLES, "no more handles can be made (obsolete)"),
    row!(ERROR_WINHTTP_TIMEOUT, "a time limit passed; raise it with WinHttpSetTimeouts if the peer is merely slow"),
    row!(ERROR_WINHTTP_INTERNAL_ERROR, "an internal error; please report it"),
    row!(ERROR_WINHTTP_INVALID_URL, "the URL or server name is not valid"),
    row!(ERROR_WINHTTP_UNRECOGNIZED_SCHEME, "the scheme of the URL is neither http nor https"),
    row!(ERROR_WINHTTP_NAME_NOT_RESOLVED, "the server name could not be resolved"),
    row!(ERROR_WINHTTP_INVALID_OPTION, "the option is unknown"),
    row!(ERROR_WINHTTP_OPTION_NOT_SETTABLE, "the option can be queried but not set"),
    row!(ERROR_WINHTTP_SHUTDOWN, "the library is being unloaded"),
    row!(ERROR_WINHTTP_LOGIN_FAILURE, "the login failed; close this request and open another"),
    row!(ERROR_WINHTTP_OPERATION_CANCELLED, "the handle was closed while the call was under way"),
    row!(ERROR_WINHTTP_INCORRECT_HANDLE_TYPE, "the handle is of the wrong kind for this call"),
    row!(ERROR_WINHTTP_INCORRECT_HANDLE_STATE, "this call is not possible in the present state of the handle"),
    row!(ERROR_WINHTTP_CANNOT_CONNECT, "no connection to the server could be made"),
    row!(ERROR_WINHTTP_CONNECTION_ERROR, "the connection was reset or ended before the exchange was complete"),
    row!(
        ERROR_WINHTTP_RESEND_REQUEST,
        "the request has to be sent again: call WinHttpSendRequest once more on this handle"
    ),
    row!(ERROR_WINHTTP_SECURE_CERT_DATE_INVALID, "the server's certificate is expired or not yet valid"),
    row!(ERROR_WINHTTP_SECURE_CERT_CN_INVALID, "the server's certificate is for another name"),
    row!(ERROR_WINHTTP_CLIENT_AUTH_CERT_NEEDED, "the server asks for a client certificate"),
    row!(ERROR_WINHTTP_SECURE_INVALID_CA, "the server's certificate comes from an authority that is not trusted"),
    row!(ERROR_WINHTTP_SECURE_CERT_REV_FAILED, "revocation of the server's certificate could not be checked"),
    row!(ERROR_WINHTTP_CANNOT_CALL_BEFORE_OPEN, "this cannot be done before the request is opened"),
    row!(ERROR_WINHTTP_CANNOT_CALL_BEFORE_SEND, "this cannot be done before the request is sent"),
    row!(ERROR_WINHTTP_CANNOT_CALL_AFTER_SEND, "this cannot be done after the request was sent"),
    row!(ERROR_WINHTTP_CANNOT_CALL_AFTER_OPEN, "this cannot be done after the request was opened"),
    row!(ERROR_WINHTTP_HEADER_NOT_FOUND, "the header is not there"),
    row!(ERROR_WINHTTP_INVALID_SERVER_RESPONSE, "the server's answer is not valid HTTP"),
    row!(ERROR_WINHTTP_INVALID_HEADER, "the header is not valid"),
    row!(ERROR_WINHTTP_INVALID_QUERY_REQUEST, "the query is not valid (obsolete)"),
    row!(ERROR_WINHTTP_HEADER_ALREADY_EXISTS, "the header is there already"),
    row!(ERROR_WINHTTP_REDIRECT_FAILED, "the redirect was refused, or there were too many"),
    row!(ERROR_WINHTTP_SECURE_CHANNEL_ERROR, "the secure channel failed"),
    row!(ERROR_WINHTTP_BAD_AUTO_PROXY_SCRIPT, "the proxy script failed"),
    row!(ERROR_WINHTTP_UNABLE_TO_DOWNLOAD_SCRIPT, "the proxy script could not be fetched"),
    row!(ERROR_WINHTTP_SECURE_INVALID_CERT, "the server's certificate is not valid"),
    row!(ERROR_WINHTTP_SECURE_CERT_REVOKED, "the server's certificate was revoked"),
    row!(ERROR_WINHTTP_NOT_INITIALIZED, "the library is not initialised (obsolete)"),
    row!(
        ERROR_WINHTTP_SECURE_FAILURE,
        "the secure channel could not be made; most often the server's certificate is not trusted, out of date or for another name"
    ),
    row!(ERROR_WINHTTP_UNHANDLED_SCRIPT_TYPE, "the proxy script is of an unknown kind"),
    row!(ERROR_WINHTTP_SCRIPT_EXECUTION_ERROR, "the proxy script failed while it ran"),
    row!(ERROR_WINHTTP_AUTO_PROXY_SERVICE_ERROR, "no proxy could be found"),
    row!(ERROR_WINHTTP_SECURE_CERT_WRONG_USAGE, "the server's certificate is not meant for servers"),
    row!(ERROR_WINHTTP_AUTODETECTION_FAILED, "no proxy script could be found"),
    row!(ERROR_WINHTTP_HEADER_COUNT_EXCEEDED, "the answer has too many header fields"),
    row!(ERROR_WINHTTP_HEADER_SIZE_OVERFLOW, "the header fields of the answer are too large"),
    row!(ERROR_WINHTTP_CHUNKED_ENCODING_HEADER_SIZE_OVERFLOW, "a chunk header of the answer is too large"),
    row!(ERROR_WINHTTP_RESPONSE_DRAIN_OVERFLOW, "too much unread data would have to be drained"),
    row!(ERROR_WINHTTP_CLIENT_CERT_NO_PRIVATE_KEY, "the client certificate has no private key"),
    row!(ERROR_WINHTTP_CLIENT_CERT_NO_ACCESS_PRIVATE_KEY, "the private key of the client certificate cannot be used"),
    row!(ERROR_WINHTTP_CLIENT_AUTH_CERT_NEEDED_PROXY, "the proxy asks for a client certificate"),
    row!(ERROR_WINHTTP_SECURE_FAILURE_PROXY, "the secure channel to the proxy could not be made"),
    row!(ERROR_WINHTTP_RESERVED_189, "reserved"),
    row!(ERROR_WINHTTP_HTTP_PROTOCOL_MISMATCH, "the required HTTP version is not available"),
    row!(ERROR_WINHTTP_GLOBAL_CALLBACK_FAILED, "a global callback failed"),
    row!(ERROR_WINHTTP_FEATURE_DISABLED, "the feature is switched off"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_sentences() {
        extern crate std;
        let row = error_row(ERROR_WINHTTP_CANNOT_CONNECT).unwrap();
        assert_eq!(std::format!("{}", row.message()), "No connection to the server could be made.\r\n");
    }

    #[test]
    fn rows_are_in_order_so_that_the_search_finds_them() {
        assert!(ERRORS.windows(2).all(|pair| pair[0].code < pair[1].code));
        for row in ERRORS {
            assert_eq!(error_row(row.code), Some(row));
        }
        assert_eq!(error_row(1), None);
    }
}
