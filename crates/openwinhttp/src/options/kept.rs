//! Values of options that are no numbers.

use std::fmt;

use parking_lot::Mutex;

use super::OptionValue;

/// Values by the number of their option. Nothing is allocated before one is set.
#[derive(Default)]
pub(crate) struct Kept(Mutex<Vec<(u32, OptionValue)>>);

impl Kept {
    pub(crate) const fn new() -> Self {
        Self(Mutex::new(Vec::new()))
    }

    /// The value of an option, if one was set.
    pub(crate) fn get(&self, option: u32) -> Option<OptionValue> {
        self.0.lock().iter().find(|(number, _)| *number == option).map(|(_, value)| value.clone())
    }

    pub(crate) fn set(&self, option: u32, value: OptionValue) {
        let mut values = self.0.lock();
        values.retain(|(number, _)| *number != option);
        values.push((option, value));
    }
}

/// There are passwords among them.
impl fmt::Debug for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Kept")
    }
}
