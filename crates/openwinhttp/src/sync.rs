//! The mutex of the handle table, and the one that stands for it where a checker runs every order of two threads.

#[cfg(not(shuttle))]
pub(crate) use parking_lot::Mutex;

#[cfg(shuttle)]
pub(crate) use checked::Mutex;

#[cfg(shuttle)]
mod checked {
    use shuttle::sync::{Mutex as Checked, MutexGuard};

    /// shuttle's mutex with the face of parking_lot's.
    #[derive(Debug, Default)]
    pub(crate) struct Mutex<T>(Checked<T>);

    impl<T> Mutex<T> {
        pub(crate) const fn new(value: T) -> Self {
            Self(Checked::new(value))
        }

        #[allow(clippy::unwrap_used)]
        pub(crate) fn lock(&self) -> MutexGuard<'_, T> {
            self.0.lock().unwrap()
        }
    }
}
