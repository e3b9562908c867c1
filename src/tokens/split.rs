//! Cuts a text into the pieces that byte-pair merging never crosses, as OpenAI's patterns do (`o200k_base`,
//! `cl100k_base` in `tiktoken`), by hand and in one pass: no engine, no backtracking, the same time for any text.

use super::classes::{Class, class_at};

/// Which pattern cuts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pattern {
    /// GPT-4o and later.
    O200k,
    /// GPT-4 and GPT-3.5.
    Cl100k,
}

/// The end of the piece that begins at `at`, which is not the text's end.
#[inline]
pub(super) fn piece_end(text: &[u8], at: usize, pattern: Pattern) -> usize {
    let (class, len) = class_at(text, at);
    if pattern == Pattern::Cl100k
        && let Some(end) = contraction(text, at)
    {
        return end;
    }
    // A word may have one character before it that is no letter, number or line end.
    let prefixed = matches!(class, Class::Other | Class::Mark | Class::Space);
    let word = if prefixed { at + len } else { at };
    if prefixed || class.is_letter() {
        let end = match pattern {
            Pattern::Cl100k => run(text, word, Class::is_letter),
            Pattern::O200k => cased_word(text, word, class == Class::Mark, at + len),
        };
        if end > word || (pattern == Pattern::O200k && end > at && class == Class::Mark) {
            return end;
        }
    }
    if class == Class::Number {
        return up_to_three_numbers(text, at);
    }
    // Punctuation, with a space before it and line ends behind it.
    let is_other = |class: Class| matches!(class, Class::Other | Class::Mark);
    let others = if text.get(at) == Some(&b' ') { at + 1 } else { at };
    let end = run(text, others, is_other);
    if end > others {
        let slash = pattern == Pattern::O200k;
        let more = |byte: &&u8| matches!(byte, b'\r' | b'\n') || (slash && **byte == b'/');
        let behind = text.get(end..).unwrap_or_default().iter().take_while(more).count();
        return end + behind;
    }
    spaces(text, at, pattern)
}

fn run(text: &[u8], mut at: usize, within: impl Fn(Class) -> bool) -> usize {
    loop {
        let (class, len) = class_at(text, at);
        if class == Class::End || !within(class) {
            return at;
        }
        at += len;
    }
}

/// The end of a word that is upper case, then lower case, where letters without case and marks are both: `HTMLParser` is
/// two words by where it ends. Equal to `at` where there is none. `marked`: the character before it, which ends at
/// `after_mark`, is a mark, and could be a word by itself.
fn cased_word(text: &[u8], at: usize, marked: bool, after_mark: usize) -> usize {
    let (mut end, mut last_both) = (at, None);
    loop {
        let (class, len) = class_at(text, end);
        match class {
            Class::Upper => end += len,
            Class::Neutral | Class::Mark => {
                end += len;
                last_both = Some(end);
            }
            Class::Lower => {
                let end = run(text, end, |class| matches!(class, Class::Lower | Class::Neutral | Class::Mark));
                return contraction(text, end).unwrap_or(end);
            }
            _ => break,
        }
    }
    // No lower case follows, so that the last letter that is both has to be it.
    if let Some(end) = last_both.or(marked.then_some(after_mark)) {
        return contraction(text, end).unwrap_or(end);
    }
    if end == at { at } else { contraction(text, end).unwrap_or(end) }
}

/// The end of `'s`, `'t`, `'re`, `'ve`, `'m`, `'ll`, `'d` in any case; the long s is an s.
fn contraction(text: &[u8], at: usize) -> Option<usize> {
    if text.get(at) != Some(&b'\'') {
        return None;
    }
    let [one, two] = [1, 2].map(|by| text.get(at + by).copied().unwrap_or(0));
    match (one.to_ascii_lowercase(), two.to_ascii_lowercase()) {
        (b's' | b't' | b'm' | b'd', _) => Some(at + 2),
        (b'r' | b'v', b'e') | (b'l', b'l') => Some(at + 3),
        _ if (one, two) == (0xc5, 0xbf) => Some(at + 3),
        _ => None,
    }
}

fn up_to_three_numbers(text: &[u8], mut at: usize) -> usize {
    for _ in 0..3 {
        match class_at(text, at) {
            (Class::Number, len) => at += len,
            _ => break,
        }
    }
    at
}

/// White space: up to the last line end in it; else all at the text's end; else all but the last, which belongs to what
/// follows.
fn spaces(text: &[u8], start: usize, pattern: Pattern) -> usize {
    let (mut at, mut last, mut line) = (start, start, None);
    loop {
        let (class, len) = class_at(text, at);
        if !class.is_space() {
            break;
        }
        last = at;
        at += len;
        if class == Class::Newline {
            line = Some(at);
        }
    }
    let ends = at == text.len();
    match line {
        _ if ends && pattern == Pattern::Cl100k => at,
        Some(line) => line,
        None if ends || last == start => at,
        None => last,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(text: &str, pattern: Pattern) -> Vec<&str> {
        let (mut at, mut pieces) = (0, Vec::new());
        while at < text.len() {
            let end = piece_end(text.as_bytes(), at, pattern);
            assert!(end > at, "{text:?} at {at}");
            pieces.push(text.get(at..end).unwrap());
            at = end;
        }
        pieces
    }

    #[test]
    fn texts_are_cut_as_the_patterns_say() {
        let rows: &[(&str, &[&str], &[&str])] = &[
            ("Hello, world's end", &["Hello", ",", " world", "'s", " end"], &["Hello", ",", " world's", " end"]),
            ("HTMLParser XMLhttp", &["HTMLParser", " XMLhttp"], &["HTMLParser", " XMLhttp"]),
            ("12345 x", &["123", "45", " x"], &["123", "45", " x"]),
            ("a  \n  b", &["a", "  \n", " ", " b"], &["a", "  \n", " ", " b"]),
            ("x   ", &["x", "   "], &["x", "   "]),
            ("x \n ", &["x", " \n "], &["x", " \n", " "]),
            ("(a)/\n/b", &["(a", ")/\n", "/b"], &["(a", ")/\n/", "b"]),
            ("\u{301}ABC", &["\u{301}ABC"], &["\u{301}", "ABC"]),
            ("Aʰ1", &["Aʰ", "1"], &["Aʰ", "1"]),
            ("e\u{301}t", &["e", "\u{301}t"], &["e\u{301}t"]),
            ("it'\u{17f} ok", &["it", "'\u{17f}", " ok"], &["it'\u{17f}", " ok"]),
            ("中文ABC", &["中文ABC"], &["中文", "ABC"]),
        ];
        for (text, cl100k, o200k) in rows {
            assert_eq!(pieces(text, Pattern::Cl100k), *cl100k, "{text:?}");
            assert_eq!(pieces(text, Pattern::O200k), *o200k, "{text:?}");
        }
    }
}
