//! Pure decisions: no socket, no clock.

pub(crate) mod headers;
pub(crate) mod query;
pub(crate) mod redirect;
pub(crate) mod upload;
