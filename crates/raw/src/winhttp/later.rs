//! Functions that are still to come. They are here so that programs link: each checks its handle, and then fails with
//! `ERROR_NOT_SUPPORTED`. docs/conformance.md tells what works.

use std::ffi::c_void;

use openwinhttp_abi::*;
use windows_sys::core::{BOOL, PCWSTR, PWSTR};

use crate::edge::handle_of;

// Authentication.
not_yet! {
    handle_of(hrequest, WINHTTP_HANDLE_TYPE_REQUEST) => fn WinHttpQueryAuthSchemes(hrequest: *mut c_void, lpdwsupportedschemes: *mut u32, lpdwfirstscheme: *mut u32, pdwauthtarget: *mut u32) -> BOOL;
    handle_of(hrequest, WINHTTP_HANDLE_TYPE_REQUEST) => fn WinHttpSetCredentials(hrequest: *mut c_void, authtargets: u32, authscheme: u32, pwszusername: PCWSTR, pwszpassword: PCWSTR, pauthparams: *mut c_void) -> BOOL;
}

// WebSockets.
not_yet! {
    handle_of(hrequest, WINHTTP_HANDLE_TYPE_REQUEST) => fn WinHttpWebSocketCompleteUpgrade(hrequest: *const c_void, pcontext: usize) -> *mut c_void;
    handle_of(hwebsocket, WINHTTP_HANDLE_TYPE_WEBSOCKET) => fn WinHttpWebSocketSend(hwebsocket: *const c_void, ebuffertype: WINHTTP_WEB_SOCKET_BUFFER_TYPE, pvbuffer: *const c_void, dwbufferlength: u32) -> u32;
    handle_of(hwebsocket, WINHTTP_HANDLE_TYPE_WEBSOCKET) => fn WinHttpWebSocketReceive(hwebsocket: *const c_void, pvbuffer: *mut c_void, dwbufferlength: u32, pdwbytesread: *mut u32, pebuffertype: *mut WINHTTP_WEB_SOCKET_BUFFER_TYPE) -> u32;
    handle_of(hwebsocket, WINHTTP_HANDLE_TYPE_WEBSOCKET) => fn WinHttpWebSocketShutdown(hwebsocket: *const c_void, usstatus: u16, pvreason: *const c_void, dwreasonlength: u32) -> u32;
    handle_of(hwebsocket, WINHTTP_HANDLE_TYPE_WEBSOCKET) => fn WinHttpWebSocketClose(hwebsocket: *const c_void, usstatus: u16, pvreason: *const c_void, dwreasonlength: u32) -> u32;
    handle_of(hwebsocket, WINHTTP_HANDLE_TYPE_WEBSOCKET) => fn WinHttpWebSocketQueryCloseStatus(hwebsocket: *const c_void, pusstatus: *mut u16, pvreason: *mut c_void, dwreasonlength: u32, pdwreasonlengthconsumed: *mut u32) -> u32;
}

// Proxies.
not_yet! {
    handle_of(hsession, WINHTTP_HANDLE_TYPE_SESSION) => fn WinHttpCreateProxyResolver(hsession: *const c_void, phresolver: *mut *mut c_void) -> u32;
    Ok(()) => fn WinHttpDetectAutoProxyConfigUrl(dwautodetectflags: u32, ppwstrautoconfigurl: *mut PWSTR) -> BOOL;
    Ok(()) => fn WinHttpFreeProxyResult(pproxyresult: *mut WINHTTP_PROXY_RESULT);
    Ok(()) => fn WinHttpFreeProxyResultEx(pproxyresultex: *mut WINHTTP_PROXY_RESULT_EX);
    Ok(()) => fn WinHttpFreeProxySettings(pwinhttpproxysettings: *const WINHTTP_PROXY_SETTINGS);
    Ok(()) => fn WinHttpFreeProxySettingsEx(proxysettingstype: WINHTTP_PROXY_SETTINGS_TYPE, pproxysettingsex: *const c_void) -> u32;
    Ok(()) => fn WinHttpGetDefaultProxyConfiguration(pproxyinfo: *mut WINHTTP_PROXY_INFO) -> BOOL;
    Ok(()) => fn WinHttpGetIEProxyConfigForCurrentUser(pproxyconfig: *mut WINHTTP_CURRENT_USER_IE_PROXY_CONFIG) -> BOOL;
    handle_of(hsession, WINHTTP_HANDLE_TYPE_SESSION) => fn WinHttpGetProxyForUrl(hsession: *mut c_void, lpcwszurl: PCWSTR, pautoproxyoptions: *mut WINHTTP_AUTOPROXY_OPTIONS, pproxyinfo: *mut WINHTTP_PROXY_INFO) -> BOOL;
    handle_of(hresolver, WINHTTP_HANDLE_TYPE_PROXY_RESOLVER) => fn WinHttpGetProxyForUrlEx(hresolver: *const c_void, pcwszurl: PCWSTR, pautoproxyoptions: *const WINHTTP_AUTOPROXY_OPTIONS, pcontext: usize) -> u32;
    handle_of(hresolver, WINHTTP_HANDLE_TYPE_PROXY_RESOLVER) => fn WinHttpGetProxyForUrlEx2(hresolver: *const c_void, pcwszurl: PCWSTR, pautoproxyoptions: *const WINHTTP_AUTOPROXY_OPTIONS, cbinterfaceselectioncontext: u32, pinterfaceselectioncontext: *const u8, pcontext: usize) -> u32;
    handle_of(hresolver, WINHTTP_HANDLE_TYPE_PROXY_RESOLVER) => fn WinHttpGetProxyResult(hresolver: *const c_void, pproxyresult: *mut WINHTTP_PROXY_RESULT) -> u32;
    handle_of(hresolver, WINHTTP_HANDLE_TYPE_PROXY_RESOLVER) => fn WinHttpGetProxyResultEx(hresolver: *const c_void, pproxyresultex: *mut WINHTTP_PROXY_RESULT_EX) -> u32;
    handle_of(hresolver, WINHTTP_HANDLE_TYPE_PROXY_RESOLVER) => fn WinHttpGetProxySettingsEx(hresolver: *const c_void, proxysettingstype: WINHTTP_PROXY_SETTINGS_TYPE, pproxysettingsparam: *const WINHTTP_PROXY_SETTINGS_PARAM, pcontext: usize) -> u32;
    handle_of(hresolver, WINHTTP_HANDLE_TYPE_PROXY_RESOLVER) => fn WinHttpGetProxySettingsResultEx(hresolver: *const c_void, pproxysettingsex: *mut c_void) -> u32;
    handle_of(hsession, WINHTTP_HANDLE_TYPE_SESSION) => fn WinHttpGetProxySettingsVersion(hsession: *const c_void, pdwproxysettingsversion: *mut u32) -> u32;
    handle_of(hsession, WINHTTP_HANDLE_TYPE_SESSION) => fn WinHttpReadProxySettings(hsession: *const c_void, pcwszconnectionname: PCWSTR, ffallbacktodefaultsettings: BOOL, fsetautodiscoverfordefaultsettings: BOOL, pdwsettingsversion: *mut u32, pfdefaultsettingsarereturned: *mut BOOL, pwinhttpproxysettings: *mut WINHTTP_PROXY_SETTINGS) -> u32;
    Ok(()) => fn WinHttpRegisterProxyChangeNotification(ullflags: u64, pfncallback: WINHTTP_PROXY_CHANGE_CALLBACK, pvcontext: *const c_void, hregistration: *mut *mut c_void) -> u32;
    handle_of(hsession, WINHTTP_HANDLE_TYPE_SESSION) => fn WinHttpResetAutoProxy(hsession: *const c_void, dwflags: u32) -> u32;
    Ok(()) => fn WinHttpSetDefaultProxyConfiguration(pproxyinfo: *mut WINHTTP_PROXY_INFO) -> BOOL;
    Ok(()) => fn WinHttpSetProxySettingsPerUser(fproxysettingsperuser: BOOL) -> u32;
    Ok(()) => fn WinHttpUnregisterProxyChangeNotification(hregistration: *const c_void) -> u32;
    handle_of(hsession, WINHTTP_HANDLE_TYPE_SESSION) => fn WinHttpWriteProxySettings(hsession: *const c_void, fforceupdate: BOOL, pwinhttpproxysettings: *const WINHTTP_PROXY_SETTINGS) -> u32;
}
