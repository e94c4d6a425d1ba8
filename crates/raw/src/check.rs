//! Holds every function of this crate to the declaration in windows-sys, at compile time.

use core::ffi::c_void;

use windows_sys::Win32::Foundation::*;
use windows_sys::Win32::Networking::WinHttp::*;
use windows_sys::core::*;

macro_rules! same_signature {
    ($(fn $name:ident($($argument:ident: $type:ty),*) $(-> $returned:ty)?;)*) => {
        $(
            const _: fn() = || {
                let _: [unsafe extern "system" fn($($type),*) $(-> $returned)?; 2] =
                    [crate::winhttp::$name, windows_sys::Win32::Networking::WinHttp::$name];
            };
        )*
    };
}

crate::for_each_function!(same_signature);

#[cfg(not(windows))]
const _: fn() = || {
    use windows_sys::Win32;
    let _: [unsafe extern "system" fn() -> u32; 2] = [crate::beside::GetLastError, GetLastError];
    let _: [unsafe extern "system" fn(u32); 2] = [crate::beside::SetLastError, SetLastError];
    let _: [unsafe extern "system" fn(_) -> _; 2] = [crate::beside::GlobalFree, GlobalFree];
    let _: [unsafe extern "system" fn(_) -> _; 2] = [crate::beside::LocalFree, LocalFree];
    let _: [unsafe extern "system" fn(_, _) -> _; 2] = [crate::beside::GlobalAlloc, Win32::System::Memory::GlobalAlloc];
    let _: [unsafe extern "system" fn(_, _) -> _; 2] = [crate::beside::LocalAlloc, Win32::System::Memory::LocalAlloc];
    let _: [unsafe extern "system" fn(_, _, _, _, _, _, _) -> _; 2] =
        [crate::beside::FormatMessageA, Win32::System::Diagnostics::Debug::FormatMessageA];
    let _: [unsafe extern "system" fn(_, _, _, _, _, _, _) -> _; 2] =
        [crate::beside::FormatMessageW, Win32::System::Diagnostics::Debug::FormatMessageW];
    let _: [unsafe extern "system" fn(_) -> _; 2] =
        [crate::beside::GetModuleHandleA, Win32::System::LibraryLoader::GetModuleHandleA];
    let _: [unsafe extern "system" fn(_) -> _; 2] =
        [crate::beside::GetModuleHandleW, Win32::System::LibraryLoader::GetModuleHandleW];
    let _: [unsafe extern "system" fn(_) -> _; 2] =
        [crate::beside::CertFreeCertificateContext, Win32::Security::Cryptography::CertFreeCertificateContext];
};
