//! What `WINHTTP_OPTION_EXTENDED_ERROR` tells: the socket error behind the last failure of the network on this thread.

use std::cell::Cell;
use std::error::Error as _;
use std::io::{self, ErrorKind};

use openwinhttp_abi::*;

use crate::errors::Error;

thread_local! {
    static LAST: Cell<u32> = const { Cell::new(0) };
}

/// The number that Windows Sockets have for the last failure that had one; 0 if there was none.
pub(super) fn last() -> u32 {
    LAST.get()
}

/// Takes note of a failure, if it comes from a socket or a look-up.
pub(crate) fn note(error: &Error) {
    if let Some(number) = socket_error(error) {
        LAST.set(number);
    }
}

fn socket_error(error: &Error) -> Option<u32> {
    if error.code() == ERROR_WINHTTP_NAME_NOT_RESOLVED {
        return Some(HOST_NOT_FOUND);
    }
    let kind = error.source()?.downcast_ref::<io::Error>()?.kind();
    NUMBERS.iter().find(|(known, _)| *known == kind).map(|(_, number)| *number)
}

/// `WSAHOST_NOT_FOUND`.
const HOST_NOT_FOUND: u32 = 11001;

/// `WSAEACCES` and so on: the same on every system.
const NUMBERS: [(ErrorKind, u32); 11] = [
    (ErrorKind::PermissionDenied, 10013),
    (ErrorKind::AddrInUse, 10048),
    (ErrorKind::AddrNotAvailable, 10049),
    (ErrorKind::NetworkUnreachable, 10051),
    (ErrorKind::ConnectionAborted, 10053),
    (ErrorKind::BrokenPipe, 10053),
    (ErrorKind::ConnectionReset, 10054),
    (ErrorKind::NotConnected, 10057),
    (ErrorKind::TimedOut, 10060),
    (ErrorKind::ConnectionRefused, 10061),
    (ErrorKind::HostUnreachable, 10065),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_failures_of_the_network_are_noted() {
        let refused = io::Error::from(ErrorKind::ConnectionRefused);
        assert_eq!(socket_error(&Error::new(ERROR_WINHTTP_CANNOT_CONNECT, refused)), Some(10061));
        assert_eq!(socket_error(&Error::from_code(ERROR_WINHTTP_NAME_NOT_RESOLVED)), Some(11001));
        assert_eq!(socket_error(&Error::from_code(ERROR_INVALID_HANDLE)), None);
        assert_eq!(socket_error(&Error::new(ERROR_WINHTTP_CONNECTION_ERROR, io::Error::other("no socket"))), None);
    }
}
