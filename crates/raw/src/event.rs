//! Events of the system, which this library sets: those of Windows, and the semaphores of Unix.

use openwinhttp::Event;

/// The event with this handle; `None` for NULL.
///
/// # Safety
///
/// The handle is NULL, or that of an event, on Unix the address of a semaphore, until it was set.
pub(crate) unsafe fn event(handle: usize) -> Option<Event> {
    // SAFETY: by the contract of this function.
    (handle != 0).then(|| Event::new(move || unsafe { set(handle) }))
}

#[cfg(windows)]
unsafe fn set(handle: usize) {
    // SAFETY: what is no handle of an event is refused.
    unsafe { windows_sys::Win32::System::Threading::SetEvent(handle as _) };
}

#[cfg(unix)]
unsafe fn set(semaphore: usize) {
    // SAFETY: the address is that of a semaphore, by the contract of `event`.
    unsafe { libc::sem_post(semaphore as *mut libc::sem_t) };
}
