//! What all scenarios share: little fixtures over the safe face, one-shot dialogues, and tables of cases.
//!
//! * [`Session`] and [`Request`] own handles and make every call through [`told`], so that each call of each scenario
//!   also proves the rule of `GetLastError` (core.md 1.1).
//! * [`Answer`] is what one exchange with a scripted peer told the caller, from the send to the end of the body.
//! * [`Notices`] are what a request tells its callback.
//! * [`packed`] has bodies in a content coding.
//! * [`scripts`] replays scenarios that are data.
//! * [`each`] runs a table of cases side by side and reports all that went wrong, not only the first.

// This crate is test support: a panic is how a scenario reports that an expectation was not met.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod exchange;
mod fixtures;
mod notices;
pub mod packed;
pub mod scripts;
mod table;
mod wire;

pub use exchange::{Answer, Ending, Stage, answer_to, exchange, with_reset};
pub use fixtures::{PATIENCE, Request, Session, code, told};
pub use notices::Notices;
pub use table::each;
pub use wire::{answers, redirect, sent_by};
