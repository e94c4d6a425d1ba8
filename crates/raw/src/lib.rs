//! WinHTTP with the signatures of windows-sys, for Linux, macOS and Windows.
//!
//! A program written for `windows-sys` keeps every line of its source; only its Cargo.toml changes:
//!
//! ```toml
//! [target.'cfg(windows)'.dependencies]
//! windows-sys = { version = "0.61", features = ["Win32_Foundation", "Win32_Networking_WinHttp"] }
//!
//! [target.'cfg(not(windows))'.dependencies]
//! windows-sys = { package = "openwinhttp-sys", version = "0.1", features = ["Win32_Foundation", "Win32_Networking_WinHttp"] }
//! ```
//!
//! Everything is windows-sys' own: types, constants, structures, the macros `w!` and `s!`, and all features under their
//! names. Replaced are the functions of [`Win32::Networking::WinHttp`], everywhere, and outside of Windows the few
//! functions of other modules that programs need along with them: [`GetLastError`](Win32::Foundation::GetLastError) and
//! its like, see [`beside`]. Calling any other function of windows-sys outside of Windows is an error of the linker.
//!
//! What each function does stands on the page of its namesake in [`openwinhttp`]; this crate converts pointers, lengths
//! and strings of UTF-16, and adds nothing to it. [`winhttp`] has the rules for pointers.
//!
//! # The last error
//!
//! Every function stores its outcome for `GetLastError`, 0 after success, and also where
//! [`std::io::Error::last_os_error`] reads it.
//!
//! # Panics
//!
//! None crosses a function of this crate: should one happen inside, the call fails with `ERROR_WINHTTP_INTERNAL_ERROR`.
#![allow(non_snake_case)]
#![allow(unsafe_code)]

#[cfg(not(windows))]
pub mod beside;
mod check;
mod edge;
mod event;
mod memory;
mod table;
pub mod winhttp;

pub use windows_sys::*;

/// `windows_sys::Win32`, with the functions of this crate in their places.
// What of windows-sys is left to bring in depends on its features.
#[allow(unused_imports, unreachable_pub)]
pub mod Win32 {
    pub use windows_sys::Win32::*;

    /// `windows_sys::Win32::Foundation`.
    pub mod Foundation {
        #[cfg(not(windows))]
        pub use crate::beside::{GetLastError, GlobalFree, LocalFree, SetLastError};
        pub use windows_sys::Win32::Foundation::*;
    }

    /// `windows_sys::Win32::Networking`.
    pub mod Networking {
        pub use windows_sys::Win32::Networking::*;

        /// `windows_sys::Win32::Networking::WinHttp`, with the functions of [`winhttp`](crate::winhttp), and the names
        /// of winhttp.h that windows-sys lacks.
        pub mod WinHttp {
            pub use crate::winhttp::{
                WinHttpAddRequestHeaders, WinHttpAddRequestHeadersEx, WinHttpCheckPlatform, WinHttpCloseHandle,
                WinHttpConnect, WinHttpCrackUrl, WinHttpCreateProxyResolver, WinHttpCreateUrl,
                WinHttpDetectAutoProxyConfigUrl, WinHttpFreeProxyResult, WinHttpFreeProxyResultEx,
                WinHttpFreeProxySettings, WinHttpFreeProxySettingsEx, WinHttpFreeQueryConnectionGroupResult,
                WinHttpGetDefaultProxyConfiguration, WinHttpGetIEProxyConfigForCurrentUser, WinHttpGetProxyForUrl,
                WinHttpGetProxyForUrlEx, WinHttpGetProxyForUrlEx2, WinHttpGetProxyResult, WinHttpGetProxyResultEx,
                WinHttpGetProxySettingsEx, WinHttpGetProxySettingsResultEx, WinHttpGetProxySettingsVersion,
                WinHttpOpen, WinHttpOpenRequest, WinHttpQueryAuthSchemes, WinHttpQueryConnectionGroup,
                WinHttpQueryDataAvailable, WinHttpQueryHeaders, WinHttpQueryHeadersEx, WinHttpQueryOption,
                WinHttpReadData, WinHttpReadDataEx, WinHttpReadProxySettings, WinHttpReceiveResponse,
                WinHttpRegisterProxyChangeNotification, WinHttpResetAutoProxy, WinHttpSendRequest,
                WinHttpSetCredentials, WinHttpSetDefaultProxyConfiguration, WinHttpSetOption,
                WinHttpSetProxySettingsPerUser, WinHttpSetStatusCallback, WinHttpSetTimeouts,
                WinHttpTimeFromSystemTime, WinHttpTimeToSystemTime, WinHttpUnregisterProxyChangeNotification,
                WinHttpWebSocketClose, WinHttpWebSocketCompleteUpgrade, WinHttpWebSocketQueryCloseStatus,
                WinHttpWebSocketReceive, WinHttpWebSocketSend, WinHttpWebSocketShutdown, WinHttpWriteData,
                WinHttpWriteProxySettings,
            };
            pub use openwinhttp_abi::additions::*;
            pub use windows_sys::Win32::Networking::WinHttp::*;
        }
    }

    /// `windows_sys::Win32::Security`.
    pub mod Security {
        pub use windows_sys::Win32::Security::*;

        /// `windows_sys::Win32::Security::Cryptography`.
        pub mod Cryptography {
            #[cfg(not(windows))]
            pub use crate::beside::CertFreeCertificateContext;
            pub use windows_sys::Win32::Security::Cryptography::*;
        }
    }

    /// `windows_sys::Win32::System`.
    pub mod System {
        pub use windows_sys::Win32::System::*;

        /// `windows_sys::Win32::System::Diagnostics`.
        pub mod Diagnostics {
            pub use windows_sys::Win32::System::Diagnostics::*;

            /// `windows_sys::Win32::System::Diagnostics::Debug`.
            pub mod Debug {
                #[cfg(not(windows))]
                pub use crate::beside::{FormatMessageA, FormatMessageW};
                pub use windows_sys::Win32::System::Diagnostics::Debug::*;
            }
        }

        /// `windows_sys::Win32::System::LibraryLoader`.
        pub mod LibraryLoader {
            #[cfg(not(windows))]
            pub use crate::beside::{GetModuleHandleA, GetModuleHandleW};
            pub use windows_sys::Win32::System::LibraryLoader::*;
        }

        /// `windows_sys::Win32::System::Memory`.
        pub mod Memory {
            #[cfg(not(windows))]
            pub use crate::beside::{GlobalAlloc, LocalAlloc};
            pub use windows_sys::Win32::System::Memory::*;
        }
    }
}
