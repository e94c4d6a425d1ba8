//! Values of options that are no numbers.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::Mutex;

use super::OptionValue;

/// Values by the number of their option. Nothing is allocated before one is set.
#[derive(Default)]
pub(crate) struct Kept {
    /// Read without the lock: for most there is nothing.
    is_used: AtomicBool,
    values: Mutex<Vec<(u32, OptionValue)>>,
}

impl Kept {
    pub(crate) const fn new() -> Self {
        Self { is_used: AtomicBool::new(false), values: Mutex::new(Vec::new()) }
    }

    /// The value of an option, if one was set.
    #[inline]
    pub(crate) fn get(&self, option: u32) -> Option<OptionValue> {
        if self.is_used.load(Ordering::Acquire) { self.find(option) } else { None }
    }

    fn find(&self, option: u32) -> Option<OptionValue> {
        self.values.lock().iter().find(|(number, _)| *number == option).map(|(_, value)| value.clone())
    }

    pub(crate) fn set(&self, option: u32, value: OptionValue) {
        let mut values = self.values.lock();
        values.retain(|(number, _)| *number != option);
        values.push((option, value));
        self.is_used.store(true, Ordering::Release);
    }
}

/// There are passwords among them.
impl fmt::Debug for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Kept")
    }
}
