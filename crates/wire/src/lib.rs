//! Floor 1 of openwinhttp: HTTP/1.1 as data.
//!
//! Bytes come in through an [`InBuf`] and go out through a `Vec<u8>`; nothing here knows a socket, a clock, a thread
//! or chance.
//!
//! | question | answered by |
//! |---|---|
//! | Is the head of the answer complete, and what does it say? | [`HeadReader`] gives a [`ResponseHead`] |
//! | Where does the body end, and may the connection live on? | [`ResponseHead::delimiting`] |
//! | What is to be done next to get body bytes? | [`Body::read`] gives a [`Plan`] |
//! | How does a request look on the wire? | [`RequestHead::write`] |
//! | What are the parts of a URL? | [`UrlParts::find`] |
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

mod body;
mod chunked;
mod date;
mod error;
mod field_block;
mod fields;
mod host;
mod input;
mod request;
mod response;
mod target;
mod token;
mod url;

pub use body::{Body, Plan};
pub use chunked::Chunked;
pub use date::{HttpDate, parse_date};
pub use error::Error;
pub use field_block::FieldBlock;
pub use fields::{Field, Fields, parse_field_lines};
pub use host::Host;
pub use input::InBuf;
pub use request::{Automatic, RequestHead};
pub use response::{Delimiting, Framing, HeadReader, ResponseHead, has_option};
pub use target::{Escape, write_target};
pub use token::{is_field_value, is_token};
pub use url::{Scheme, UrlParts, UrlText, escape, unescape};
