//! The request target: how the object name of a request is written onto the request line.

use alloc::vec::Vec;

/// Which parts of an object name are escaped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Escape {
    /// `%` is escaped too.
    pub percent: bool,
    /// Nothing is escaped but what could not stand on a request line at all.
    pub nothing: bool,
    /// The same, for the query alone.
    pub nothing_in_query: bool,
}

/// Appends the target for `object` to `out`: a leading `/` is inserted where it lacks, and bytes are escaped as
/// `escape` says, with capital hexadecimal digits.
pub fn write_target(out: &mut Vec<u8>, object: &str, escape: Escape) {
    if !object.starts_with('/') {
        out.push(b'/');
    }
    let (path, query) = object.split_at(object.bytes().position(|byte| byte == b'?').unwrap_or(object.len()));
    write_part(out, path, escape.nothing, escape.percent);
    write_part(out, query, escape.nothing || escape.nothing_in_query, escape.percent);
}

fn write_part(out: &mut Vec<u8>, part: &str, raw: bool, percent: bool) {
    if part.bytes().all(|byte| SAFE[usize::from(byte)]) {
        out.extend_from_slice(part.as_bytes());
        return;
    }
    for byte in part.bytes() {
        match class(byte) {
            Class::Always => write_escaped(out, byte),
            Class::LineEnd if raw => {}
            Class::LineEnd => write_escaped(out, byte),
            Class::Unsafe if !raw => write_escaped(out, byte),
            Class::Percent if percent && !raw => write_escaped(out, byte),
            _ => out.push(byte),
        }
    }
}

enum Class {
    /// Cannot stand in a target whatever the flags say: the blank and bytes beyond ASCII.
    Always,
    /// CR and LF: escaped, or left out where nothing is escaped.
    LineEnd,
    Unsafe,
    Percent,
    Safe,
}

const fn class(byte: u8) -> Class {
    match byte {
        b' ' | 0x80.. => Class::Always,
        b'\r' | b'\n' => Class::LineEnd,
        b'%' => Class::Percent,
        0x00..=0x1F | 0x7F => Class::Unsafe,
        b'"' | b'#' | b'<' | b'>' | b'[' | b'\\' | b']' | b'^' | b'`' | b'{' | b'|' | b'}' => Class::Unsafe,
        _ => Class::Safe,
    }
}

/// The bytes that always stand for themselves.
const SAFE: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = matches!(class(byte as u8), Class::Safe);
        byte += 1;
    }
    table
};

fn write_escaped(out: &mut Vec<u8>, byte: u8) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    out.extend_from_slice(&[b'%', DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(object: &str, escape: Escape) -> alloc::string::String {
        let mut out = Vec::new();
        write_target(&mut out, object, escape);
        alloc::string::String::from_utf8(out).expect("a target is ASCII")
    }

    const DEFAULT: Escape = Escape { percent: false, nothing: false, nothing_in_query: false };

    #[test]
    fn a_slash_is_inserted_where_it_lacks() {
        assert_eq!(target("", DEFAULT), "/");
        assert_eq!(target("tests/post.php", DEFAULT), "/tests/post.php");
        assert_eq!(target("/big", DEFAULT), "/big");
    }

    #[test]
    fn escaping_follows_core_md_5_4() {
        let object = "/\r\n\t \"#<>[\\]^`{|}%\u{7f}\u{80}!$&'()*+,-./:;=@_~aZ9?\r\n\t %\u{80}#";
        let path = "/%0D%0A%09%20%22%23%3C%3E%5B%5C%5D%5E%60%7B%7C%7D%%7F%C2%80!$&'()*+,-./:;=@_~aZ9";
        assert_eq!(target(object, DEFAULT), alloc::format!("{path}?%0D%0A%09%20%%C2%80%23"));
        let percent = Escape { percent: true, ..DEFAULT };
        assert_eq!(
            target(object, percent),
            alloc::format!("{}?%0D%0A%09%20%25%C2%80%23", path.replace("%%7F", "%25%7F"))
        );
        let nothing = Escape { nothing: true, percent: true, ..DEFAULT };
        assert_eq!(target(object, nothing), "/\t%20\"#<>[\\]^`{|}%\u{7f}%C2%80!$&'()*+,-./:;=@_~aZ9?\t%20%%C2%80#");
        let query = Escape { nothing_in_query: true, ..DEFAULT };
        assert_eq!(target(object, query), alloc::format!("{path}?\t%20%%C2%80#"));
    }
}
