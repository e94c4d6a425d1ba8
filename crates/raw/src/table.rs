//! The table of functions: one row each, with the signature of windows-sys.

/// Calls `$with!` with every function of winhttp.h as `fn Name(argument: type, ..) -> type;`.
///
/// From this table come the check against windows-sys and the exports of the C library. The names of the types must be in
/// scope: `core::ffi::c_void` and those of `core`, `Win32::Foundation` and `Win32::Networking::WinHttp`.
#[doc(hidden)]
#[macro_export]
macro_rules! for_each_function {
    ($with:ident) => {
        $with! {
            fn WinHttpAddRequestHeaders(
                hrequest: *mut c_void, lpszheaders: PCWSTR, dwheaderslength: u32, dwmodifiers: u32
            ) -> BOOL;
            fn WinHttpAddRequestHeadersEx(
                hrequest: *mut c_void, dwmodifiers: u32, ullflags: u64, ullextra: u64, cheaders: u32,
                pheaders: *const WINHTTP_EXTENDED_HEADER
            ) -> u32;
            fn WinHttpCheckPlatform() -> BOOL;
            fn WinHttpCloseHandle(hinternet: *mut c_void) -> BOOL;
            fn WinHttpConnect(
                hsession: *mut c_void, pswzservername: PCWSTR, nserverport: u16, dwreserved: u32
            ) -> *mut c_void;
            fn WinHttpCrackUrl(
                pwszurl: PCWSTR, dwurllength: u32, dwflags: u32, lpurlcomponents: *mut URL_COMPONENTS
            ) -> BOOL;
            fn WinHttpCreateProxyResolver(hsession: *const c_void, phresolver: *mut *mut c_void) -> u32;
            fn WinHttpCreateUrl(
                lpurlcomponents: *const URL_COMPONENTS, dwflags: WIN_HTTP_CREATE_URL_FLAGS, pwszurl: PWSTR,
                pdwurllength: *mut u32
            ) -> BOOL;
            fn WinHttpDetectAutoProxyConfigUrl(dwautodetectflags: u32, ppwstrautoconfigurl: *mut PWSTR) -> BOOL;
            fn WinHttpFreeProxyResult(pproxyresult: *mut WINHTTP_PROXY_RESULT);
            fn WinHttpFreeProxyResultEx(pproxyresultex: *mut WINHTTP_PROXY_RESULT_EX);
            fn WinHttpFreeProxySettings(pwinhttpproxysettings: *const WINHTTP_PROXY_SETTINGS);
            fn WinHttpFreeProxySettingsEx(
                proxysettingstype: WINHTTP_PROXY_SETTINGS_TYPE, pproxysettingsex: *const c_void
            ) -> u32;
            fn WinHttpFreeQueryConnectionGroupResult(presult: *mut WINHTTP_QUERY_CONNECTION_GROUP_RESULT);
            fn WinHttpGetDefaultProxyConfiguration(pproxyinfo: *mut WINHTTP_PROXY_INFO) -> BOOL;
            fn WinHttpGetIEProxyConfigForCurrentUser(pproxyconfig: *mut WINHTTP_CURRENT_USER_IE_PROXY_CONFIG) -> BOOL;
            fn WinHttpGetProxyForUrl(
                hsession: *mut c_void, lpcwszurl: PCWSTR, pautoproxyoptions: *mut WINHTTP_AUTOPROXY_OPTIONS,
                pproxyinfo: *mut WINHTTP_PROXY_INFO
            ) -> BOOL;
            fn WinHttpGetProxyForUrlEx(
                hresolver: *const c_void, pcwszurl: PCWSTR, pautoproxyoptions: *const WINHTTP_AUTOPROXY_OPTIONS,
                pcontext: usize
            ) -> u32;
            fn WinHttpGetProxyForUrlEx2(
                hresolver: *const c_void, pcwszurl: PCWSTR, pautoproxyoptions: *const WINHTTP_AUTOPROXY_OPTIONS,
                cbinterfaceselectioncontext: u32, pinterfaceselectioncontext: *const u8, pcontext: usize
            ) -> u32;
            fn WinHttpGetProxyResult(hresolver: *const c_void, pproxyresult: *mut WINHTTP_PROXY_RESULT) -> u32;
            fn WinHttpGetProxyResultEx(hresolver: *const c_void, pproxyresultex: *mut WINHTTP_PROXY_RESULT_EX) -> u32;
            fn WinHttpGetProxySettingsEx(
                hresolver: *const c_void, proxysettingstype: WINHTTP_PROXY_SETTINGS_TYPE,
                pproxysettingsparam: *const WINHTTP_PROXY_SETTINGS_PARAM, pcontext: usize
            ) -> u32;
            fn WinHttpGetProxySettingsResultEx(hresolver: *const c_void, pproxysettingsex: *mut c_void) -> u32;
            fn WinHttpGetProxySettingsVersion(hsession: *const c_void, pdwproxysettingsversion: *mut u32) -> u32;
            fn WinHttpOpen(
                pszagentw: PCWSTR, dwaccesstype: WINHTTP_ACCESS_TYPE, pszproxyw: PCWSTR, pszproxybypassw: PCWSTR,
                dwflags: u32
            ) -> *mut c_void;
            fn WinHttpOpenRequest(
                hconnect: *mut c_void, pwszverb: PCWSTR, pwszobjectname: PCWSTR, pwszversion: PCWSTR,
                pwszreferrer: PCWSTR, ppwszaccepttypes: *const PCWSTR, dwflags: WINHTTP_OPEN_REQUEST_FLAGS
            ) -> *mut c_void;
            fn WinHttpQueryAuthSchemes(
                hrequest: *mut c_void, lpdwsupportedschemes: *mut u32, lpdwfirstscheme: *mut u32,
                pdwauthtarget: *mut u32
            ) -> BOOL;
            fn WinHttpQueryConnectionGroup(
                hinternet: *const c_void, pguidconnection: *const GUID, ullflags: u64,
                ppresult: *mut *mut WINHTTP_QUERY_CONNECTION_GROUP_RESULT
            ) -> u32;
            fn WinHttpQueryDataAvailable(hrequest: *mut c_void, lpdwnumberofbytesavailable: *mut u32) -> BOOL;
            fn WinHttpQueryHeaders(
                hrequest: *mut c_void, dwinfolevel: u32, pwszname: PCWSTR, lpbuffer: *mut c_void,
                lpdwbufferlength: *mut u32, lpdwindex: *mut u32
            ) -> BOOL;
            fn WinHttpQueryHeadersEx(
                hrequest: *const c_void, dwinfolevel: u32, ullflags: u64, uicodepage: u32, pdwindex: *mut u32,
                pheadername: *const WINHTTP_HEADER_NAME, pbuffer: *mut c_void, pdwbufferlength: *mut u32,
                ppheaders: *mut *mut WINHTTP_EXTENDED_HEADER, pdwheaderscount: *mut u32
            ) -> u32;
            fn WinHttpQueryOption(
                hinternet: *mut c_void, dwoption: u32, lpbuffer: *mut c_void, lpdwbufferlength: *mut u32
            ) -> BOOL;
            fn WinHttpReadData(
                hrequest: *mut c_void, lpbuffer: *mut c_void, dwnumberofbytestoread: u32,
                lpdwnumberofbytesread: *mut u32
            ) -> BOOL;
            fn WinHttpReadDataEx(
                hrequest: *mut c_void, lpbuffer: *mut c_void, dwnumberofbytestoread: u32,
                lpdwnumberofbytesread: *mut u32, ullflags: u64, cbproperty: u32, pvproperty: *const c_void
            ) -> u32;
            fn WinHttpReadProxySettings(
                hsession: *const c_void, pcwszconnectionname: PCWSTR, ffallbacktodefaultsettings: BOOL,
                fsetautodiscoverfordefaultsettings: BOOL, pdwsettingsversion: *mut u32,
                pfdefaultsettingsarereturned: *mut BOOL, pwinhttpproxysettings: *mut WINHTTP_PROXY_SETTINGS
            ) -> u32;
            fn WinHttpReceiveResponse(hrequest: *mut c_void, lpreserved: *mut c_void) -> BOOL;
            fn WinHttpRegisterProxyChangeNotification(
                ullflags: u64, pfncallback: WINHTTP_PROXY_CHANGE_CALLBACK, pvcontext: *const c_void,
                hregistration: *mut *mut c_void
            ) -> u32;
            fn WinHttpResetAutoProxy(hsession: *const c_void, dwflags: u32) -> u32;
            fn WinHttpSendRequest(
                hrequest: *mut c_void, lpszheaders: PCWSTR, dwheaderslength: u32, lpoptional: *const c_void,
                dwoptionallength: u32, dwtotallength: u32, dwcontext: usize
            ) -> BOOL;
            fn WinHttpSetCredentials(
                hrequest: *mut c_void, authtargets: u32, authscheme: u32, pwszusername: PCWSTR, pwszpassword: PCWSTR,
                pauthparams: *mut c_void
            ) -> BOOL;
            fn WinHttpSetDefaultProxyConfiguration(pproxyinfo: *mut WINHTTP_PROXY_INFO) -> BOOL;
            fn WinHttpSetOption(
                hinternet: *const c_void, dwoption: u32, lpbuffer: *const c_void, dwbufferlength: u32
            ) -> BOOL;
            fn WinHttpSetProxySettingsPerUser(fproxysettingsperuser: BOOL) -> u32;
            fn WinHttpSetStatusCallback(
                hinternet: *mut c_void, lpfninternetcallback: WINHTTP_STATUS_CALLBACK, dwnotificationflags: u32,
                dwreserved: usize
            ) -> WINHTTP_STATUS_CALLBACK;
            fn WinHttpSetTimeouts(
                hinternet: *mut c_void, nresolvetimeout: i32, nconnecttimeout: i32, nsendtimeout: i32,
                nreceivetimeout: i32
            ) -> BOOL;
            fn WinHttpTimeFromSystemTime(pst: *const SYSTEMTIME, pwsztime: PWSTR) -> BOOL;
            fn WinHttpTimeToSystemTime(pwsztime: PCWSTR, pst: *mut SYSTEMTIME) -> BOOL;
            fn WinHttpUnregisterProxyChangeNotification(hregistration: *const c_void) -> u32;
            fn WinHttpWebSocketClose(
                hwebsocket: *const c_void, usstatus: u16, pvreason: *const c_void, dwreasonlength: u32
            ) -> u32;
            fn WinHttpWebSocketCompleteUpgrade(hrequest: *const c_void, pcontext: usize) -> *mut c_void;
            fn WinHttpWebSocketQueryCloseStatus(
                hwebsocket: *const c_void, pusstatus: *mut u16, pvreason: *mut c_void, dwreasonlength: u32,
                pdwreasonlengthconsumed: *mut u32
            ) -> u32;
            fn WinHttpWebSocketReceive(
                hwebsocket: *const c_void, pvbuffer: *mut c_void, dwbufferlength: u32, pdwbytesread: *mut u32,
                pebuffertype: *mut WINHTTP_WEB_SOCKET_BUFFER_TYPE
            ) -> u32;
            fn WinHttpWebSocketSend(
                hwebsocket: *const c_void, ebuffertype: WINHTTP_WEB_SOCKET_BUFFER_TYPE, pvbuffer: *const c_void,
                dwbufferlength: u32
            ) -> u32;
            fn WinHttpWebSocketShutdown(
                hwebsocket: *const c_void, usstatus: u16, pvreason: *const c_void, dwreasonlength: u32
            ) -> u32;
            fn WinHttpWriteData(
                hrequest: *mut c_void, lpbuffer: *const c_void, dwnumberofbytestowrite: u32,
                lpdwnumberofbyteswritten: *mut u32
            ) -> BOOL;
            fn WinHttpWriteProxySettings(
                hsession: *const c_void, fforceupdate: BOOL, pwinhttpproxysettings: *const WINHTTP_PROXY_SETTINGS
            ) -> u32;
        }
    };
}
