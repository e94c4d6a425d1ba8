//! Downloads a page and prints its status, its headers and its body, as programs for Windows do it with windows-sys.
//!
//! `cargo run --package windows-sys-port -- http://host:port/path`
#![allow(unsafe_code)]

use std::ffi::c_void;
use std::io::{self, Write};
use std::process::ExitCode;
use std::{iter, ptr, slice};

use windows_sys::Win32::Foundation::{ERROR_INSUFFICIENT_BUFFER, GetLastError};
use windows_sys::Win32::Networking::WinHttp::*;
use windows_sys::core::{BOOL, w};

fn main() -> ExitCode {
    let Some(url) = std::env::args().nth(1) else {
        eprintln!("usage: windows-sys-port URL");
        return ExitCode::from(2);
    };
    match download(&url) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error {}", error.raw_os_error().unwrap_or_default());
            ExitCode::FAILURE
        }
    }
}

fn download(url: &str) -> io::Result<()> {
    let url = Url::crack(&wide(url))?;
    // SAFETY: the texts are literals, and NULL is allowed for the rest.
    let session = Handle::new(unsafe {
        WinHttpOpen(w!("windows-sys-port/1.0"), WINHTTP_ACCESS_TYPE_DEFAULT_PROXY, ptr::null(), ptr::null(), 0)
    })?;
    // SAFETY: the host ends with a NUL.
    let connect = Handle::new(unsafe { WinHttpConnect(session.0, url.host.as_ptr(), url.port, 0) })?;
    // SAFETY: so does the path, and NULL is allowed for the rest.
    let request = Handle::new(unsafe {
        let (path, flags) = (url.path.as_ptr(), if url.is_secure { WINHTTP_FLAG_SECURE } else { 0 });
        WinHttpOpenRequest(connect.0, w!("GET"), path, ptr::null(), ptr::null(), ptr::null(), flags)
    })?;
    // SAFETY: NULL stands for no headers and no data.
    check(unsafe { WinHttpSendRequest(request.0, ptr::null(), 0, ptr::null(), 0, 0, 0) })?;
    // SAFETY: the second argument has to be NULL.
    check(unsafe { WinHttpReceiveResponse(request.0, ptr::null_mut()) })?;
    println!("status {}", status(&request)?);
    print!("{}", raw_headers(&request)?);
    copy_body(&request, &mut io::stdout())
}

/// The parts of a URL that a request needs.
struct Url {
    is_secure: bool,
    host: Vec<u16>,
    port: u16,
    path: Vec<u16>,
}

impl Url {
    fn crack(url: &[u16]) -> io::Result<Self> {
        // No pointer but a length: the result points into the URL.
        let mut parts = URL_COMPONENTS {
            dwStructSize: size_of::<URL_COMPONENTS>() as u32,
            dwHostNameLength: u32::MAX,
            dwUrlPathLength: u32::MAX,
            ..Default::default()
        };
        // SAFETY: the URL ends with a NUL, and the structure says how large it is.
        check(unsafe { WinHttpCrackUrl(url.as_ptr(), 0, 0, &mut parts) })?;
        // SAFETY: both point into `url`, which lives on.
        let (host, path) = unsafe {
            let host = slice::from_raw_parts(parts.lpszHostName, parts.dwHostNameLength as usize);
            (host, slice::from_raw_parts(parts.lpszUrlPath, parts.dwUrlPathLength as usize))
        };
        let with_nul = |text: &[u16]| text.iter().copied().chain(iter::once(0)).collect();
        let is_secure = parts.nScheme == WINHTTP_INTERNET_SCHEME_HTTPS;
        Ok(Self { is_secure, host: with_nul(host), port: parts.nPort, path: with_nul(path) })
    }
}

/// A handle that is closed on drop.
struct Handle(*mut c_void);

impl Handle {
    fn new(handle: *mut c_void) -> io::Result<Self> {
        if handle.is_null() { Err(io::Error::last_os_error()) } else { Ok(Self(handle)) }
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        // SAFETY: this is the only one who closes it.
        unsafe { WinHttpCloseHandle(self.0) };
    }
}

fn status(request: &Handle) -> io::Result<u32> {
    let (mut status, mut size) = (0u32, size_of::<u32>() as u32);
    let level = WINHTTP_QUERY_STATUS_CODE | WINHTTP_QUERY_FLAG_NUMBER;
    let place = (&raw mut status).cast();
    // SAFETY: there is room for as many bytes as `size` says.
    check(unsafe { WinHttpQueryHeaders(request.0, level, ptr::null(), place, &mut size, ptr::null_mut()) })?;
    Ok(status)
}

/// All headers. The first query tells how many bytes they need.
fn raw_headers(request: &Handle) -> io::Result<String> {
    let level = WINHTTP_QUERY_RAW_HEADERS_CRLF;
    let mut size = 0;
    // SAFETY: NULL asks for the size.
    unsafe { WinHttpQueryHeaders(request.0, level, ptr::null(), ptr::null_mut(), &mut size, ptr::null_mut()) };
    // SAFETY: every call is safe.
    if unsafe { GetLastError() } != ERROR_INSUFFICIENT_BUFFER {
        return Err(io::Error::last_os_error());
    }
    let mut text = vec![0u16; size as usize / 2];
    let place = text.as_mut_ptr().cast();
    // SAFETY: there is room for as many bytes as `size` says.
    check(unsafe { WinHttpQueryHeaders(request.0, level, ptr::null(), place, &mut size, ptr::null_mut()) })?;
    text.truncate(size as usize / 2);
    Ok(String::from_utf16_lossy(&text))
}

fn copy_body(request: &Handle, to: &mut impl Write) -> io::Result<()> {
    let mut buffer = [0u8; 4096];
    loop {
        let mut read = 0;
        // SAFETY: there is room for as many bytes as the buffer has.
        check(unsafe { WinHttpReadData(request.0, buffer.as_mut_ptr().cast(), buffer.len() as u32, &mut read) })?;
        if read == 0 {
            return to.flush();
        }
        to.write_all(&buffer[..read as usize])?;
    }
}

fn check(success: BOOL) -> io::Result<()> {
    if success == 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}

fn wide(text: &str) -> Vec<u16> {
    text.encode_utf16().chain(iter::once(0)).collect()
}
