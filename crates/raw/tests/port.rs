//! What a program written for windows-sys does, with this crate in the place of windows-sys.

#![allow(unsafe_code)]

use std::ffi::c_void;
use std::ptr::{null, null_mut};

use openwinhttp_sys as windows_sys;
use testserver::Peer;
use windows_sys::Win32::Foundation::GetLastError;
use windows_sys::Win32::Networking::WinHttp::*;
use windows_sys::core::w;

/// A request handle to `port`, with its parents.
unsafe fn get(port: u16) -> [*mut c_void; 3] {
    // SAFETY: every pointer is a literal or NULL, as the pages of the functions allow.
    unsafe {
        let session = WinHttpOpen(w!("Port/1.0"), WINHTTP_ACCESS_TYPE_NO_PROXY, null(), null(), 0);
        let connect = WinHttpConnect(session, w!("127.0.0.1"), port, 0);
        let request = WinHttpOpenRequest(connect, w!("GET"), w!("/page"), null(), null(), null(), 0);
        [session, connect, request]
    }
}

#[test]
fn a_program_for_windows_sys_downloads_a_page() {
    let peer = Peer::script(|p| {
        let mut c = p.accept();
        c.expect("GET /page HTTP/1.1");
        c.reply("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
    });
    // SAFETY: every pointer leads to a local or is NULL.
    unsafe {
        let [session, connect, request] = get(peer.port());
        assert!(!session.is_null() && !connect.is_null() && !request.is_null());
        assert_ne!(WinHttpSendRequest(request, null(), 0, null(), 0, 0, 0), 0);
        assert_ne!(WinHttpReceiveResponse(request, null_mut()), 0);
        let (mut status, mut size) = (0u32, 4u32);
        let level = WINHTTP_QUERY_STATUS_CODE | WINHTTP_QUERY_FLAG_NUMBER;
        let place = (&raw mut status).cast();
        assert_ne!(WinHttpQueryHeaders(request, level, null(), place, &mut size, null_mut()), 0);
        assert_eq!((status, size), (200, 4));
        let (mut available, mut read) = (0, 0);
        assert_ne!(WinHttpQueryDataAvailable(request, &mut available), 0);
        assert_eq!(available, 5);
        let mut body = [0u8; 16];
        assert_ne!(WinHttpReadData(request, body.as_mut_ptr().cast(), 16, &mut read), 0);
        assert_eq!(&body[..read as usize], b"hello");
        for handle in [request, connect, session] {
            assert_ne!(WinHttpCloseHandle(handle), 0);
        }
        assert_eq!(WinHttpCloseHandle(request), 0);
        assert_eq!(GetLastError(), 6);
        assert_eq!(std::io::Error::last_os_error().raw_os_error(), Some(6));
    }
    peer.finish();
}
