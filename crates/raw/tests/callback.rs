//! Status callbacks through pointers: async-websocket.md, sections 2 and 4.

#![allow(unsafe_code)]
// A panic is how a test reports.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::ffi::c_void;
use std::ptr::{null, null_mut};
use std::sync::Mutex;

use openwinhttp_sys::Win32::Foundation::{ERROR_INVALID_HANDLE, GetLastError};
use openwinhttp_sys::Win32::Networking::WinHttp::*;
use openwinhttp_sys::core::w;
use testserver::Peer;

#[derive(Clone, Debug, PartialEq)]
enum Payload {
    None,
    Text(String),
    Number(u32),
    Handle(usize),
}

/// What a callback was given: handle, status and payload. The context leads to the list.
type Heard = Mutex<Vec<(usize, u32, Payload)>>;

unsafe extern "system" fn hear(handle: *mut c_void, context: usize, status: u32, place: *mut c_void, length: u32) {
    let payload = match status {
        WINHTTP_CALLBACK_STATUS_RESOLVING_NAME
        | WINHTTP_CALLBACK_STATUS_NAME_RESOLVED
        | WINHTTP_CALLBACK_STATUS_CONNECTING_TO_SERVER
        | WINHTTP_CALLBACK_STATUS_CONNECTED_TO_SERVER => {
            // SAFETY: text of so many units, as the page says.
            let units = unsafe { std::slice::from_raw_parts(place.cast::<u16>(), length as usize) };
            let (nul, text) = units.split_last().expect("a NUL");
            assert_eq!(*nul, 0);
            Payload::Text(String::from_utf16(text).expect("well-formed text"))
        }
        WINHTTP_CALLBACK_STATUS_REQUEST_SENT | WINHTTP_CALLBACK_STATUS_RESPONSE_RECEIVED => {
            assert_eq!(length, 4);
            // SAFETY: a number, as the page says.
            Payload::Number(unsafe { place.cast::<u32>().read() })
        }
        WINHTTP_CALLBACK_STATUS_HANDLE_CREATED | WINHTTP_CALLBACK_STATUS_HANDLE_CLOSING => {
            assert_eq!(length as usize, size_of::<*mut c_void>());
            // SAFETY: a handle, as the page says.
            Payload::Handle(unsafe { place.cast::<*mut c_void>().read() }.addr())
        }
        _ => {
            assert_eq!((place.is_null(), length), (true, 0), "status {status:#x}");
            Payload::None
        }
    };
    // SAFETY: every test gives the address of a list that outlives its handles.
    let heard = unsafe { &*std::ptr::with_exposed_provenance::<Heard>(context) };
    heard.lock().unwrap().push((handle.addr(), status, payload));
}

unsafe extern "system" fn other(_: *mut c_void, _: usize, _: u32, _: *mut c_void, _: u32) {}

fn take(heard: &Heard) -> Vec<(usize, u32, Payload)> {
    std::mem::take(&mut *heard.lock().unwrap())
}

#[test]
fn a_get_is_told_from_the_send_to_the_close() {
    let peer = Peer::script(|p| {
        let mut c = p.accept();
        c.expect("GET / HTTP/1.1");
        c.reply("HTTP/1.1 204 No Content\r\n\r\n");
    });
    let heard = Heard::default();
    // SAFETY: every pointer is a literal, NULL, or leads to a local that outlives the call.
    unsafe {
        let session = WinHttpOpen(null(), WINHTTP_ACCESS_TYPE_NO_PROXY, null(), null(), 0);
        let connect = WinHttpConnect(session, w!("127.0.0.1"), peer.port(), 0);
        let request = WinHttpOpenRequest(connect, null(), null(), null(), null(), null(), 0);
        let all = WINHTTP_CALLBACK_FLAG_ALL_NOTIFICATIONS;
        assert!(WinHttpSetStatusCallback(request, Some(hear), all, 0).is_none());
        assert_eq!(GetLastError(), 0);
        let context = (&raw const heard).expose_provenance();
        assert_eq!(WinHttpSendRequest(request, null(), 0, null(), 0, 0, context), 1);
        assert_eq!(WinHttpReceiveResponse(request, null_mut()), 1);
        let head = peer.requests()[0].raw_head().len() as u32;
        let address = || Payload::Text("127.0.0.1".into());
        let expected = [
            (WINHTTP_CALLBACK_STATUS_RESOLVING_NAME, address()),
            (WINHTTP_CALLBACK_STATUS_NAME_RESOLVED, address()),
            (WINHTTP_CALLBACK_STATUS_CONNECTING_TO_SERVER, address()),
            (WINHTTP_CALLBACK_STATUS_CONNECTED_TO_SERVER, address()),
            (WINHTTP_CALLBACK_STATUS_SENDING_REQUEST, Payload::None),
            (WINHTTP_CALLBACK_STATUS_REQUEST_SENT, Payload::Number(head)),
            (WINHTTP_CALLBACK_STATUS_RECEIVING_RESPONSE, Payload::None),
            (WINHTTP_CALLBACK_STATUS_RESPONSE_RECEIVED, Payload::Number(27)),
        ];
        let expected = expected.map(|(status, payload)| (request.addr(), status, payload));
        assert_eq!(take(&heard), expected);
        assert_eq!(WinHttpCloseHandle(request), 1);
        let closing = (request.addr(), WINHTTP_CALLBACK_STATUS_HANDLE_CLOSING, Payload::Handle(request.addr()));
        assert_eq!(take(&heard), [closing]);
        WinHttpCloseHandle(connect);
        WinHttpCloseHandle(session);
    }
    peer.finish();
}

#[test]
fn the_function_before_is_given_back() {
    let address = |function: WINHTTP_STATUS_CALLBACK| function.map(|function| function as usize);
    // SAFETY: no pointer to memory is given.
    unsafe {
        let session = WinHttpOpen(null(), WINHTTP_ACCESS_TYPE_NO_PROXY, null(), null(), 0);
        assert_eq!(address(WinHttpSetStatusCallback(session, Some(hear), 0, 0)), None);
        assert_eq!(address(WinHttpSetStatusCallback(session, Some(other), 0, 0)), address(Some(hear)));
        assert_eq!(address(WinHttpSetStatusCallback(session, None, 0, 0)), address(Some(other)));
        assert_eq!(address(WinHttpSetStatusCallback(session, Some(other), 0, 0)), None);
        WinHttpCloseHandle(session);
        let failed = WinHttpSetStatusCallback(session, Some(other), 0, 0);
        assert_eq!(address(failed).map(|address| address as isize), Some(WINHTTP_INVALID_STATUS_CALLBACK));
        assert_eq!(GetLastError(), ERROR_INVALID_HANDLE);
    }
}
