//! Words of a line: by themselves, or in quotes with escapes.

/// One word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Word {
    pub(super) text: String,
    pub(super) is_quoted: bool,
}

impl Word {
    /// Whether it is this word, and not in quotes.
    pub(super) fn is(&self, text: &str) -> bool {
        !self.is_quoted && self.text == text
    }

    /// The number it stands for, decimal or with `0x`.
    pub(super) fn number(&self) -> Result<u32, String> {
        number(&self.text)
    }

    /// The bytes it stands for: those in the quotes, or so many times `x` after an asterisk.
    pub(super) fn bytes(&self) -> Result<Vec<u8>, String> {
        match self.text.strip_prefix('*') {
            Some(count) if !self.is_quoted => Ok(vec![b'x'; number(count)? as usize]),
            _ if self.is_quoted => Ok(self.text.clone().into_bytes()),
            _ => Err(format!("`{}` is neither in quotes nor *COUNT", self.text)),
        }
    }
}

/// The words of a line.
pub(super) fn words(line: &str) -> Result<Vec<Word>, String> {
    let (mut words, mut rest) = (Vec::new(), line.trim_start());
    while !rest.is_empty() {
        let (word, after) = if rest.starts_with('"') { quoted(rest)? } else { plain(rest) };
        words.push(word);
        rest = after.trim_start();
    }
    Ok(words)
}

/// The words without quotes, with blanks between: for what is written without them.
pub(super) fn joined(words: &[Word]) -> String {
    words.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" ")
}

pub(super) fn number(text: &str) -> Result<u32, String> {
    let parsed = match text.strip_prefix("0x") {
        Some(digits) => u32::from_str_radix(digits, 16),
        None => text.parse(),
    };
    parsed.map_err(|_| format!("`{text}` is not a number"))
}

fn plain(text: &str) -> (Word, &str) {
    let (word, rest) = text.split_at(text.find(char::is_whitespace).unwrap_or(text.len()));
    (Word { text: word.to_owned(), is_quoted: false }, rest)
}

fn quoted(text: &str) -> Result<(Word, &str), String> {
    let mut chars = text.char_indices().skip(1);
    let mut word = String::new();
    while let Some((place, char)) = chars.next() {
        match char {
            '"' => return Ok((Word { text: word, is_quoted: true }, &text[place + 1..])),
            '\\' => word.push(escaped(chars.next().map(|(_, char)| char))?),
            char => word.push(char),
        }
    }
    Err(format!("no quote ends {text}"))
}

fn escaped(char: Option<char>) -> Result<char, String> {
    let found = ESCAPES.iter().find(|(letter, _)| Some(*letter) == char);
    found.map(|(_, meaning)| *meaning).ok_or_else(|| format!("an unknown escape: {char:?}"))
}

const ESCAPES: [(char, char); 4] = [('r', '\r'), ('n', '\n'), ('"', '"'), ('\\', '\\')];
