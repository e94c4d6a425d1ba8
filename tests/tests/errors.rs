//! Errors as values: core.md 0.2, the error codes of the core path, and what the safe face says about them.

// A panic is how a test reports, and tests may wait.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::disallowed_methods)]

use std::error::Error as _;

use conformance::Session;
use openwinhttp::*;

/// Section 0.2: numbers and names.
const CODES: [(u32, u32, &str); 26] = [
    (ERROR_WINHTTP_OUT_OF_HANDLES, 12001, "ERROR_WINHTTP_OUT_OF_HANDLES"),
    (ERROR_WINHTTP_TIMEOUT, 12002, "ERROR_WINHTTP_TIMEOUT"),
    (ERROR_WINHTTP_INTERNAL_ERROR, 12004, "ERROR_WINHTTP_INTERNAL_ERROR"),
    (ERROR_WINHTTP_INVALID_URL, 12005, "ERROR_WINHTTP_INVALID_URL"),
    (ERROR_WINHTTP_UNRECOGNIZED_SCHEME, 12006, "ERROR_WINHTTP_UNRECOGNIZED_SCHEME"),
    (ERROR_WINHTTP_NAME_NOT_RESOLVED, 12007, "ERROR_WINHTTP_NAME_NOT_RESOLVED"),
    (ERROR_WINHTTP_LOGIN_FAILURE, 12015, "ERROR_WINHTTP_LOGIN_FAILURE"),
    (ERROR_WINHTTP_OPERATION_CANCELLED, 12017, "ERROR_WINHTTP_OPERATION_CANCELLED"),
    (ERROR_WINHTTP_INCORRECT_HANDLE_TYPE, 12018, "ERROR_WINHTTP_INCORRECT_HANDLE_TYPE"),
    (ERROR_WINHTTP_INCORRECT_HANDLE_STATE, 12019, "ERROR_WINHTTP_INCORRECT_HANDLE_STATE"),
    (ERROR_WINHTTP_CANNOT_CONNECT, 12029, "ERROR_WINHTTP_CANNOT_CONNECT"),
    (ERROR_WINHTTP_CONNECTION_ERROR, 12030, "ERROR_WINHTTP_CONNECTION_ERROR"),
    (ERROR_WINHTTP_RESEND_REQUEST, 12032, "ERROR_WINHTTP_RESEND_REQUEST"),
    (ERROR_WINHTTP_HEADER_NOT_FOUND, 12150, "ERROR_WINHTTP_HEADER_NOT_FOUND"),
    (ERROR_WINHTTP_INVALID_SERVER_RESPONSE, 12152, "ERROR_WINHTTP_INVALID_SERVER_RESPONSE"),
    (ERROR_WINHTTP_INVALID_HEADER, 12153, "ERROR_WINHTTP_INVALID_HEADER"),
    (ERROR_WINHTTP_HEADER_ALREADY_EXISTS, 12155, "ERROR_WINHTTP_HEADER_ALREADY_EXISTS"),
    (ERROR_WINHTTP_SECURE_FAILURE, 12175, "ERROR_WINHTTP_SECURE_FAILURE"),
    (ERROR_WINHTTP_HEADER_COUNT_EXCEEDED, 12181, "ERROR_WINHTTP_HEADER_COUNT_EXCEEDED"),
    (ERROR_WINHTTP_HEADER_SIZE_OVERFLOW, 12182, "ERROR_WINHTTP_HEADER_SIZE_OVERFLOW"),
    (ERROR_WINHTTP_CHUNKED_ENCODING_HEADER_SIZE_OVERFLOW, 12183, "ERROR_WINHTTP_CHUNKED_ENCODING_HEADER_SIZE_OVERFLOW"),
    (ERROR_WINHTTP_RESPONSE_DRAIN_OVERFLOW, 12184, "ERROR_WINHTTP_RESPONSE_DRAIN_OVERFLOW"),
    (ERROR_INVALID_HANDLE, 6, "ERROR_INVALID_HANDLE"),
    (ERROR_NOT_SUPPORTED, 50, "ERROR_NOT_SUPPORTED"),
    (ERROR_INVALID_PARAMETER, 87, "ERROR_INVALID_PARAMETER"),
    (ERROR_INSUFFICIENT_BUFFER, 122, "ERROR_INSUFFICIENT_BUFFER"),
];

/// Section 0.2: each code has its number, its name and words for people.
#[test]
fn codes_names_and_meanings() {
    for (code, number, name) in CODES {
        let error = Error::from_code(code);
        assert_eq!((error.code(), error.name()), (number, name));
        assert!(!error.meaning().is_empty(), "{name}");
        let text = error.to_string();
        for part in [name, &number.to_string(), error.meaning()] {
            assert!(text.contains(part), "{part:?} is not in {text:?}");
        }
    }
}

/// A code nobody knows is still a number.
#[test]
fn unknown_code() {
    let error = Error::from_code(54_321);
    assert_eq!(error.code(), 54_321);
    assert!(error.to_string().contains("54321"), "{error}");
}

/// An error becomes an io::Error of a fitting kind and keeps what it says.
#[test]
fn as_io_error() {
    let error: std::io::Error = Error::from_code(ERROR_WINHTTP_TIMEOUT).into();
    assert_eq!(error.kind(), std::io::ErrorKind::TimedOut);
    assert!(error.to_string().contains("ERROR_WINHTTP_TIMEOUT"), "{error}");
}

/// The cause is told, where there is one.
#[test]
fn cause() {
    let session = Session::open();
    let error = session.get(testserver::Peer::refused_port()).send().unwrap_err();
    assert_eq!(error.code(), ERROR_WINHTTP_CANNOT_CONNECT);
    let cause = error.source().expect("a cause").to_string();
    assert!(error.to_string().contains(&cause), "{error}");
}
