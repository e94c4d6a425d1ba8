//! Pure decisions: no socket, no clock.

pub(crate) mod headers;
pub(crate) mod query;
pub(crate) mod upload;
