//! WinHTTP as a C library: every function of winhttp.h under its own name, each a call of its namesake in
//! [`openwinhttp_sys`].
//!
//! docs/c.md tells how to build, install and use it. This is a crate of its own because an exported name is exported in
//! every program that links the crate: users of `openwinhttp-sys` must not get them, least of all on Windows, where the
//! genuine library has the same ones.
#![allow(non_snake_case)]
#![allow(unsafe_code)]

use std::ffi::c_void;

use openwinhttp_sys::Win32::Foundation::*;
use openwinhttp_sys::Win32::Networking::WinHttp::*;
use openwinhttp_sys::core::*;

/// Exports the functions of a module of [`openwinhttp_sys`].
macro_rules! export_from {
    ($module:ident: $(fn $name:ident($($argument:ident: $type:ty),*) $(-> $returned:ty)?;)*) => {
        $(
            #[doc = concat!("[`openwinhttp_sys::", stringify!($module), "::", stringify!($name), "`].")]
            ///
            /// # Safety
            ///
            /// The same.
            #[unsafe(no_mangle)]
            pub unsafe extern "system" fn $name($($argument: $type),*) $(-> $returned)? {
                // SAFETY: the contract is the same.
                unsafe { openwinhttp_sys::$module::$name($($argument),*) }
            }
        )*
    };
}

// Behind the macro, which it uses.
#[cfg(not(windows))]
pub mod beside;

macro_rules! export {
    ($($functions:tt)*) => { export_from! { winhttp: $($functions)* } };
}

openwinhttp_sys::for_each_function!(export);
