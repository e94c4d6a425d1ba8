//! Received header or trailer fields, kept verbatim.

use alloc::vec::Vec;
use core::ops::Range;

use crate::error::Error;

/// The fields of a received head or trailer section: order, case and duplicates as they came.
#[derive(Debug, Default)]
pub struct FieldBlock {
    text: Vec<u8>,
    spans: Vec<Span>,
}

#[derive(Clone, Copy, Debug)]
struct Span {
    name: (u32, u32),
    value: (u32, u32),
}

impl FieldBlock {
    /// Reads the field lines of `text` from `from` on, to the empty line that ends them. `Ok(None)`: they don't end
    /// yet. Gives the block, which owns a copy of `text` up to its end, and that end.
    pub fn parse(text: &[u8], from: usize) -> Result<Option<(Self, usize)>, Error> {
        let mut few = [httparse::EMPTY_HEADER; FEW];
        match Self::parse_into(text, from, &mut few) {
            Err(Error::TooManyFields) => {
                let mut many = alloc::vec![httparse::EMPTY_HEADER; MAX_FIELDS];
                Self::parse_into(text, from, &mut many)
            }
            other => other,
        }
    }

    fn parse_into<'t>(
        text: &'t [u8],
        from: usize,
        slots: &mut [httparse::Header<'t>],
    ) -> Result<Option<(Self, usize)>, Error> {
        match httparse::parse_headers(&text[from..], slots) {
            Ok(httparse::Status::Complete((length, headers))) => {
                let end = from + length;
                let spans = headers.iter().map(|header| Span::of(header, text)).collect();
                Ok(Some((Self { text: text[..end].to_vec(), spans }, end)))
            }
            Ok(httparse::Status::Partial) => Ok(None),
            Err(httparse::Error::TooManyHeaders) => Err(Error::TooManyFields),
            Err(_) => Err(Error::FieldLine),
        }
    }

    /// How many fields there are.
    pub fn len(&self) -> usize {
        self.spans.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.spans.is_empty()
    }

    /// Name and value of each field, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        self.spans.iter().map(|span| (self.slice(span.name), self.slice(span.value)))
    }

    /// Those whose name has a length that `is_wanted`: cheaper than a look at every name.
    pub(crate) fn iter_by_length(&self, is_wanted: fn(usize) -> bool) -> impl Iterator<Item = (&[u8], &[u8])> {
        let of_length = self.spans.iter().filter(move |span| is_wanted((span.name.1 - span.name.0) as usize));
        of_length.map(|span| (self.slice(span.name), self.slice(span.value)))
    }

    /// Forgets the fields of these names.
    pub(crate) fn remove(&mut self, names: &[&[u8]]) {
        let Self { text, spans } = self;
        let name = |span: &Span| &text[span.name.0 as usize..span.name.1 as usize];
        spans.retain(|span| !names.iter().any(|removed| name(span).eq_ignore_ascii_case(removed)));
    }

    /// The values of all fields of this name; the case of letters does not matter.
    pub fn values<'b>(&'b self, name: &'b [u8]) -> impl Iterator<Item = &'b [u8]> {
        let of_length = self.spans.iter().filter(move |span| (span.name.1 - span.name.0) as usize == name.len());
        let of_name = of_length.filter(move |span| self.slice(span.name).eq_ignore_ascii_case(name));
        of_name.map(|span| self.slice(span.value))
    }

    pub(crate) fn text(&self, range: Range<usize>) -> &[u8] {
        &self.text[range]
    }

    fn slice(&self, (start, end): (u32, u32)) -> &[u8] {
        &self.text[start as usize..end as usize]
    }
}

impl Span {
    fn of(header: &httparse::Header<'_>, text: &[u8]) -> Self {
        let place = |part: &[u8]| {
            let start = part.as_ptr() as usize - text.as_ptr() as usize;
            (start as u32, (start + part.len()) as u32)
        };
        Self { name: place(header.name.as_bytes()), value: place(header.value.trim_ascii_end()) }
    }
}

/// Slots on the stack; more fields than that take one allocation.
const FEW: usize = 32;
/// The most field lines that one section may have.
const MAX_FIELDS: usize = 1_000;
