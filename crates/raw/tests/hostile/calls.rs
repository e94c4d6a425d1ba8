//! Every function of winhttp.h, called with arguments that are in order.

use std::ffi::c_void;
use std::ptr::{null, null_mut};

use openwinhttp_sys::Win32::Foundation::SYSTEMTIME;
use openwinhttp_sys::Win32::Networking::WinHttp::*;

use crate::arena::{Arena, put};
use crate::codes::*;
use crate::told::told;
use crate::world::Kind;

/// A call, what becomes of it offline, and what becomes of it if one of its pointers is wrong.
pub(crate) struct Call {
    pub(crate) name: &'static str,
    pub(crate) takes: Takes,
    pub(crate) call: fn(&mut Arena, *mut c_void) -> u32,
    /// What it tells with all arguments in order.
    pub(crate) code: u32,
    /// Its pointers, in the order in which the arena gives them out.
    pub(crate) pointers: &'static [Pointer],
}

/// The handle that a function takes.
#[derive(Clone, Copy)]
pub(crate) enum Takes {
    /// None, or one of another library.
    Nothing,
    /// One of these kinds; of none if the kind is one that cannot be had yet.
    Kinds(&'static [Kind]),
    Any,
}

/// What a call tells if this pointer is wrong, and all else is in order.
#[derive(Clone, Copy)]
pub(crate) struct Pointer {
    pub(crate) null: u32,
    /// If the text is not well-formed; `None` for what is no text.
    pub(crate) ill_formed: Option<u32>,
    /// Whether NULL is noticed before the handle is looked at (core.md 1.2).
    pub(crate) is_first: bool,
    /// Whether NULL is noticed before the type of the handle is looked at (options.md 1.1).
    pub(crate) is_before_type: bool,
}

impl Call {
    /// What it tells if it is not there yet: the same whatever it gets.
    pub(crate) fn is_to_come(&self) -> bool {
        self.code == NOT_YET
    }
}

/// Text, with the code for NULL.
const fn text(null: u32) -> Pointer {
    Pointer { ill_formed: Some(INVALID), ..memory(null) }
}

/// Text that is used as it is, or not at all: it need not be well-formed.
const fn any_text(null: u32, ill_formed: u32) -> Pointer {
    Pointer { ill_formed: Some(ill_formed), ..text(null) }
}

/// Text without which the handle is not even looked at.
const fn first_text() -> Pointer {
    Pointer { is_first: true, ..text(INVALID) }
}

/// Memory that is no text, with the code for NULL.
const fn memory(null: u32) -> Pointer {
    Pointer { null, ill_formed: None, is_first: false, is_before_type: false }
}

/// Memory for an option.
const fn option_memory() -> Pointer {
    Pointer { is_before_type: true, ..memory(INVALID) }
}

/// Text for an option.
const fn option_text() -> Pointer {
    Pointer { is_before_type: true, ..text(INVALID) }
}

macro_rules! calls {
    ($(
        $name:ident, $takes:expr, $code:expr, [$($pointer:expr),*],
        |$arena:pat_param, $handle:pat_param| ($($argument:expr),*);
    )*) => {
        /// At least one row for each function.
        pub(crate) const CALLS: &[Call] = &[$(
            Call {
                name: stringify!($name),
                takes: $takes,
                // SAFETY: the arguments come from the arena, with the lengths that it was asked for, or are NULL.
                call: |$arena, $handle| told(|| unsafe { $name($($argument),*) }),
                code: $code,
                pointers: &[$($pointer),*],
            },
        )*];
    };
}

calls! {
    WinHttpAddRequestHeaders, REQUEST, 0, [first_text()], |a, h| (h, a.counted("X-A: 1"), 6, WINHTTP_ADDREQ_FLAG_ADD);
    WinHttpAddRequestHeaders, REQUEST, 0, [first_text()], |a, h| (h, a.text("X-A: 1\r\nX-B:"), u32::MAX, 0);
    WinHttpAddRequestHeadersEx, REQUEST, 0, [text(INVALID), text(0), memory(INVALID)],
        |a, h| (h, WINHTTP_ADDREQ_FLAG_ADD, WINHTTP_EXTENDED_HEADER_FLAG_UNICODE.into(), 0, 1, wide_header(a));
    WinHttpAddRequestHeadersEx, REQUEST, 0, [memory(INVALID), memory(0), memory(INVALID)],
        |a, h| (h, WINHTTP_ADDREQ_FLAG_ADD, 0, 0, 1, narrow_header(a));
    WinHttpCheckPlatform, Takes::Nothing, 0, [], |_, _| ();
    WinHttpCloseHandle, Takes::Any, 0, [], |_, h| (h);
    WinHttpConnect, SESSION, 0, [first_text()], |a, h| (h, a.text("localhost"), 80, 0);
    WinHttpCrackUrl, Takes::Nothing, 0, [any_text(INVALID, 0), memory(INVALID)],
        |a, _| (a.counted("http://u:p@h/p?e"), 16, 0, places(a));
    WinHttpCrackUrl, Takes::Nothing, 0, [any_text(INVALID, 0), memory(INVALID)],
        |a, _| (a.text("http://h/p"), 0, 0, places(a));
    WinHttpCreateProxyResolver, SESSION, NOT_YET, [], |a, h| (h, a.place());
    WinHttpCreateUrl, Takes::Nothing, 0,
        [memory(INVALID), any_text(SHORT, 0), any_text(0, 0), memory(INVALID), memory(INVALID)],
        |a, _| (parts(a), 0, a.room(2 * 10), a.length(10));
    WinHttpDetectAutoProxyConfigUrl, Takes::Nothing, NOT_YET, [], |a, _| (WINHTTP_AUTO_DETECT_TYPE_DNS_A, a.place());
    WinHttpFreeProxyResult, Takes::Nothing, NOT_YET, [], |a, _| (a.zeroed());
    WinHttpFreeProxyResultEx, Takes::Nothing, NOT_YET, [], |a, _| (a.zeroed());
    WinHttpFreeProxySettings, Takes::Nothing, NOT_YET, [], |a, _| (a.zeroed());
    WinHttpFreeProxySettingsEx, Takes::Nothing, NOT_YET, [], |a, _| (WinHttpProxySettingsTypeWsl, a.zeroed::<c_void>());
    WinHttpFreeQueryConnectionGroupResult, Takes::Nothing, 0, [], |_, _| (null_mut());
    WinHttpGetDefaultProxyConfiguration, Takes::Nothing, NOT_YET, [], |a, _| (a.place());
    WinHttpGetIEProxyConfigForCurrentUser, Takes::Nothing, NOT_YET, [], |a, _| (a.place());
    WinHttpGetProxyForUrl, SESSION, NOT_YET, [], |a, h| (h, a.text("http://h/"), a.zeroed(), a.place());
    WinHttpGetProxyForUrlEx, NO_SUCH, NOT_YET, [], |a, h| (h, a.text("http://h/"), a.zeroed(), 0);
    WinHttpGetProxyForUrlEx2, NO_SUCH, NOT_YET, [], |a, h| (h, a.text("http://h/"), a.zeroed(), 0, null(), 0);
    WinHttpGetProxyResult, NO_SUCH, NOT_YET, [], |a, h| (h, a.place());
    WinHttpGetProxyResultEx, NO_SUCH, NOT_YET, [], |a, h| (h, a.place());
    WinHttpGetProxySettingsEx, NO_SUCH, NOT_YET, [], |a, h| (h, WinHttpProxySettingsTypeWsl, a.zeroed(), 0);
    WinHttpGetProxySettingsResultEx, NO_SUCH, NOT_YET, [], |a, h| (h, a.room(64));
    WinHttpGetProxySettingsVersion, SESSION, NOT_YET, [], |a, h| (h, a.place());
    WinHttpOpen, Takes::Nothing, 0, [text(0), text(0), text(0)],
        |a, _| (a.text("A/1"), WINHTTP_ACCESS_TYPE_NO_PROXY, a.text("proxy"), a.text("<local>"), 0);
    WinHttpOpenRequest, CONNECTION, 0, [text(0), text(0), text(0), text(0), memory(0)],
        |a, h| (
            h, a.text("PUT"), a.text("/p?q"), a.text("HTTP/1.0"), a.text("http://r/"), types(a), WINHTTP_FLAG_REFRESH
        );
    WinHttpQueryAuthSchemes, REQUEST, NOT_YET, [], |a, h| (h, a.place(), a.place(), a.place());
    WinHttpQueryConnectionGroup, CONNECTION_OR_REQUEST, 0, [memory(0), memory(INVALID)],
        |a, h| (h, a.bytes(&[0; 16]).cast(), WINHTTP_QUERY_CONNECTION_GROUP_FLAG_INSECURE, a.place());
    WinHttpQueryDataAvailable, REQUEST, STATE, [memory(STATE)], |a, h| (h, a.place());
    WinHttpQueryHeaders, REQUEST, 0, [any_text(0, 0), memory(SHORT), memory(INVALID), memory(0)],
        |a, h| (h, WINHTTP_QUERY_REQUEST_METHOD, a.text("ignored"), a.room(8), a.length(8), a.length(0));
    WinHttpQueryHeaders, REQUEST, MISSING, [text(INVALID), memory(MISSING), memory(INVALID), memory(MISSING)],
        |a, h| (h, CUSTOM_OF_REQUEST, a.text("X-A"), a.room(8), a.length(8), a.length(0));
    WinHttpQueryHeaders, REQUEST, STATE, [any_text(STATE, STATE), memory(STATE), memory(INVALID), memory(STATE)],
        |a, h| (h, WINHTTP_QUERY_STATUS_CODE, a.text("ignored"), a.room(8), a.length(8), a.length(0));
    WinHttpQueryHeadersEx, REQUEST, MISSING,
        [
            memory(MISSING), text(INVALID), memory(INVALID), memory(MISSING), memory(INVALID), memory(MISSING),
            memory(INVALID)
        ],
        |a, h| (h, CUSTOM_OF_REQUEST, 0, 0, a.length(0), name(a), a.room(8), a.length(8), a.place(), a.place());
    WinHttpQueryOption, Takes::Any, 0, [memory(SHORT), memory(INVALID)],
        |a, h| (h, WINHTTP_OPTION_RESOLVE_TIMEOUT, a.room(4), a.length(4));
    WinHttpQueryOption, SESSION_OR_REQUEST, 0, [memory(SHORT), option_memory()],
        |a, h| (h, WINHTTP_OPTION_WEB_SOCKET_SEND_BUFFER_SIZE, a.room(4), a.length(4));
    WinHttpReadData, REQUEST, STATE, [memory(INVALID), memory(STATE)], |a, h| (h, a.room(4), 4, a.place());
    WinHttpReadDataEx, REQUEST, STATE, [memory(INVALID), memory(STATE)],
        |a, h| (h, a.room(4), 4, a.place(), WINHTTP_READ_DATA_EX_FLAG_FILL_BUFFER, 0, null());
    WinHttpReadDataEx, REQUEST, INVALID, [memory(INVALID), memory(INVALID), memory(STATE)],
        |a, h| (h, a.room(4), 4, a.place(), 0, 0, a.bytes(b"property"));
    WinHttpReadProxySettings, SESSION, NOT_YET, [], |a, h| (h, a.text("n"), 0, 0, a.place(), a.place(), a.place());
    WinHttpReceiveResponse, REQUEST, STATE, [], |_, h| (h, null_mut());
    WinHttpReceiveResponse, REQUEST, INVALID, [memory(STATE)], |a, h| (h, a.place());
    WinHttpRegisterProxyChangeNotification, Takes::Nothing, NOT_YET, [], |a, _| (0, None, null(), a.place());
    WinHttpResetAutoProxy, SESSION, NOT_YET, [], |_, h| (h, WINHTTP_RESET_ALL);
    WinHttpSendRequest, REQUEST, REFUSED, [text(REFUSED), memory(INVALID)],
        |a, h| (h, a.counted("X-A: 1"), 6, a.bytes(b"body"), 4, 4, 7);
    WinHttpSetCredentials, REQUEST, NOT_YET, [],
        |a, h| (h, WINHTTP_AUTH_TARGET_SERVER, WINHTTP_AUTH_SCHEME_BASIC, a.text("u"), a.text("p"), null_mut());
    WinHttpSetDefaultProxyConfiguration, Takes::Nothing, NOT_YET, [], |a, _| (a.zeroed());
    WinHttpSetOption, SESSION_OR_REQUEST, 0, [option_memory()],
        |a, h| (h, WINHTTP_OPTION_RESOLVE_TIMEOUT, a.bytes(&[0; 4]), 4);
    WinHttpSetOption, SESSION, 0, [option_text()],
        |a, h| (h, WINHTTP_OPTION_USER_AGENT, a.counted("A/1").cast(), 3);
    WinHttpSetOption, REQUEST, 0, [option_text()],
        |a, h| (h, WINHTTP_OPTION_REQUEST_ANNOTATION, a.counted("ab").cast(), 4);
    WinHttpSetOption, Takes::Any, 0, [memory(INVALID)],
        |a, h| (h, WINHTTP_OPTION_CALLBACK, a.bytes(&[0; size_of::<usize>()]), size_of::<usize>() as u32);
    WinHttpSetProxySettingsPerUser, Takes::Nothing, NOT_YET, [], |_, _| (1);
    WinHttpSetStatusCallback, Takes::Any, 0, [], |_, h| (h, Some(callback), WINHTTP_CALLBACK_FLAG_ALL_NOTIFICATIONS, 0);
    WinHttpSetStatusCallback, Takes::Any, 0, [], |_, h| (h, None, 0, 0);
    WinHttpSetTimeouts, SESSION_OR_REQUEST, 0, [], |_, h| (h, 0, 60_000, -1, 30_000);
    WinHttpTimeFromSystemTime, Takes::Nothing, 0, [memory(INVALID), memory(INVALID)], |a, _| (date(a), a.room(62));
    WinHttpTimeToSystemTime, Takes::Nothing, 0, [any_text(INVALID, INVALID), memory(INVALID)],
        |a, _| (a.text("Mon, 28 Jul 2008 10:05:52 GMT"), a.place());
    WinHttpUnregisterProxyChangeNotification, Takes::Nothing, NOT_YET, [], |_, _| (null());
    WinHttpWebSocketClose, NO_SUCH, NOT_YET, [], |a, h| (h, 1000, a.bytes(b"why"), 3);
    WinHttpWebSocketCompleteUpgrade, REQUEST, NOT_YET, [], |_, h| (h, 7);
    WinHttpWebSocketQueryCloseStatus, NO_SUCH, NOT_YET, [], |a, h| (h, a.place(), a.room(8), 8, a.place());
    WinHttpWebSocketReceive, NO_SUCH, NOT_YET, [], |a, h| (h, a.room(8), 8, a.place(), a.place());
    WinHttpWebSocketSend, NO_SUCH, NOT_YET, [],
        |a, h| (h, WINHTTP_WEB_SOCKET_BINARY_MESSAGE_BUFFER_TYPE, a.bytes(b"data"), 4);
    WinHttpWebSocketShutdown, NO_SUCH, NOT_YET, [], |a, h| (h, 1000, a.bytes(b"why"), 3);
    WinHttpWriteData, REQUEST, STATE, [memory(INVALID), memory(STATE)], |a, h| (h, a.bytes(b"body"), 4, a.place());
    WinHttpWriteProxySettings, SESSION, NOT_YET, [], |a, h| (h, 0, a.zeroed());
}

unsafe extern "system" fn callback(_: *mut c_void, _: usize, _: u32, _: *mut c_void, _: u32) {}

/// The parts of a URL, the place of each of which is asked for.
fn places(arena: &mut Arena) -> *mut URL_COMPONENTS {
    let parts = arena.parts();
    if !parts.is_null() {
        // SAFETY: there is room for the structure.
        unsafe {
            put(&raw mut (*parts).dwSchemeLength, 1);
            put(&raw mut (*parts).dwHostNameLength, 1);
            put(&raw mut (*parts).dwUserNameLength, 1);
            put(&raw mut (*parts).dwPasswordLength, 1);
            put(&raw mut (*parts).dwUrlPathLength, 1);
            put(&raw mut (*parts).dwExtraInfoLength, 1);
        }
        arena.settle();
    }
    parts
}

/// The parts of `ftp://h`: the name of the scheme ends with a NUL, that of the host after its length.
fn parts(arena: &mut Arena) -> *const URL_COMPONENTS {
    let parts = arena.parts();
    let (scheme, host) = (arena.text("ftp"), arena.counted("h"));
    if !parts.is_null() {
        // SAFETY: there is room for the structure.
        unsafe {
            put(&raw mut (*parts).lpszScheme, scheme.cast_mut());
            put(&raw mut (*parts).lpszHostName, host.cast_mut());
            put(&raw mut (*parts).dwHostNameLength, 1);
            put(&raw mut (*parts).nPort, 0);
        }
        arena.settle();
    }
    parts
}

/// The header `X-A: 1`.
fn wide_header(arena: &mut Arena) -> *const WINHTTP_EXTENDED_HEADER {
    let texts = [arena.text("X-A"), arena.text("1")];
    arena.pointers(&texts.map(<*const u16>::cast)).cast()
}

/// The same in bytes.
fn narrow_header(arena: &mut Arena) -> *const WINHTTP_EXTENDED_HEADER {
    let texts = [arena.bytes(b"X-A\0"), arena.bytes(b"1\0")];
    arena.pointers(&texts).cast()
}

fn name(arena: &mut Arena) -> *const WINHTTP_HEADER_NAME {
    let text = arena.text("X-A");
    arena.pointers(&[text.cast()]).cast()
}

/// One accepted type.
fn types(arena: &mut Arena) -> *const *const u16 {
    arena.list(&[openwinhttp_sys::w!("text/*")])
}

fn date(arena: &mut Arena) -> *const SYSTEMTIME {
    let fields = [2008u16, 7, 1, 28, 10, 5, 52, 0];
    arena.bytes(&crate::arena::bytes_of(&fields)).cast()
}

const SESSION: Takes = Takes::Kinds(&[Kind::Session]);
const CONNECTION: Takes = Takes::Kinds(&[Kind::Connection]);
const REQUEST: Takes = Takes::Kinds(&[Kind::Request]);
const SESSION_OR_REQUEST: Takes = Takes::Kinds(&[Kind::Session, Kind::Request]);
const CONNECTION_OR_REQUEST: Takes = Takes::Kinds(&[Kind::Connection, Kind::Request]);
/// A WebSocket or a resolver: there is none yet.
const NO_SUCH: Takes = Takes::Kinds(&[]);

const CUSTOM_OF_REQUEST: u32 = WINHTTP_QUERY_CUSTOM | WINHTTP_QUERY_FLAG_REQUEST_HEADERS;
