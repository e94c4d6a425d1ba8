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
//! | What does a body in a content coding stand for? | [`Decoder`] |
//! | How does a request look on the wire? | [`RequestHead::write`] |
//! | What are the parts of a URL? | [`UrlParts::find`] |
//! | Where does a Location field lead? | [`Place::resolve`] |
//! | Which cookies go with a request? | [`CookieJar`] |
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

mod body;
mod chunk_writer;
mod chunked;
mod content;
mod cookies;
mod date;
mod error;
mod field_block;
mod fields;
mod host;
mod input;
mod reference;
mod request;
mod response;
mod target;
mod token;
mod url;

pub use body::{Body, Plan};
pub use chunk_writer::{CHUNK_END, LAST_CHUNK, chunk_start};
pub use chunked::Chunked;
pub use content::{Coding, Decoded, Decoder};
pub use cookies::CookieJar;
pub use date::{HttpDate, parse_date};
pub use error::Error;
pub use field_block::FieldBlock;
pub use fields::{Field, Fields, parse_field_lines};
pub use host::Host;
pub use input::InBuf;
pub use reference::{Place, Redirected};
pub use request::{Automatic, RequestHead};
pub use response::{Delimiting, Framing, HeadReader, ResponseHead, has_option};
pub use target::{Escape, write_target};
pub use token::{is_field_value, is_token};
pub use url::{Scheme, UrlParts, UrlText, escape, unescape};
