//! Handles as the program holds them.

use std::ops::Deref;
use std::sync::Arc;

use openwinhttp_abi::*;

use crate::api::WinHttpCloseHandle;
use crate::errors::Result;
use crate::objects::{Object, Request};

/// A handle to a session, a connection or a request: a number, valid until it is closed.
///
/// It is `Copy` and is closed by hand with [`WinHttpCloseHandle`]; [`Owned`] closes it on drop.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct HINTERNET(usize);

impl HINTERNET {
    /// The handle that leads nowhere.
    pub const NULL: Self = Self(0);

    /// Whether this is [`NULL`](HINTERNET::NULL).
    pub const fn is_null(self) -> bool {
        self.0 == 0
    }

    /// The number, which fits a pointer.
    pub const fn as_raw(self) -> usize {
        self.0
    }

    /// The handle of this number. Any number is safe: one that was never issued gives `ERROR_INVALID_HANDLE`.
    pub const fn from_raw(raw: usize) -> Self {
        Self(raw)
    }

    /// What the handle stands for: `WINHTTP_HANDLE_TYPE_SESSION`, `WINHTTP_HANDLE_TYPE_CONNECT` or
    /// `WINHTTP_HANDLE_TYPE_REQUEST`.
    ///
    /// `ERROR_INVALID_HANDLE` if it was never issued, is closed, or a parent of it is.
    pub fn handle_type(self) -> Result<u32> {
        Ok(match crate::objects::find(self)? {
            Object::Session(_) => WINHTTP_HANDLE_TYPE_SESSION,
            Object::Connection(_) => WINHTTP_HANDLE_TYPE_CONNECT,
            Object::Request(_) => WINHTTP_HANDLE_TYPE_REQUEST,
        })
    }

    /// Whether calls on this handle can succeed: it was issued, is not closed, and no parent of it is closed.
    pub fn is_open(self) -> bool {
        crate::objects::find(self).is_ok()
    }
}

/// A share in a request: while there is one, nobody is told that the request is gone.
#[doc(hidden)]
#[derive(Debug)]
pub struct Share(Arc<Request>);

impl Share {
    /// A share in the request under this handle, if that is open.
    pub fn of(request: HINTERNET) -> Result<Self> {
        crate::objects::request(request).map(Self)
    }

    /// The handle of the request.
    pub fn handle(&self) -> HINTERNET {
        self.0.listener.handle()
    }

    /// Whether the request is one of an asynchronous session.
    pub fn is_asynchronous(&self) -> bool {
        self.0.is_asynchronous()
    }
}

/// A handle that is closed when this goes out of scope.
///
/// ```
/// use openwinhttp::*;
///
/// # fn main() -> Result<()> {
/// let session = Owned::new(WinHttpOpen(None, WINHTTP_ACCESS_TYPE_NO_PROXY, None, None, 0)?);
/// let connect = Owned::new(WinHttpConnect(*session, "localhost", INTERNET_DEFAULT_PORT, 0)?);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Owned(HINTERNET);

impl Owned {
    /// Takes over a handle.
    pub const fn new(handle: HINTERNET) -> Self {
        Self(handle)
    }

    /// Gives the handle back, to be closed by hand.
    pub fn into_handle(self) -> HINTERNET {
        let handle = self.0;
        std::mem::forget(self);
        handle
    }
}

impl Deref for Owned {
    type Target = HINTERNET;

    fn deref(&self) -> &HINTERNET {
        &self.0
    }
}

impl Drop for Owned {
    fn drop(&mut self) {
        let _ = WinHttpCloseHandle(self.0);
    }
}
