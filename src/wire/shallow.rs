//! One member of a large JSON object, found without mapping the rest: an embeddings answer is hundreds of kilobytes of
//! numbers, and all we want of it is `usage` at its end.
//!
//! Nothing is checked that is not needed to find the way: values are skipped by their brackets and strings, 16 or 8
//! bytes at a time. What is found is a span of text, and reading it with [`super::json::Doc`] checks it. A text that is
//! no JSON gives nothing or a span that then fails there; it never takes more than one pass.

use super::json::MAX_DEPTH;
use super::scan;

/// The text of the root object's member of that name, the first if there are several. None if the text is no object,
/// has no such member, or is cut before the member's end. A name spelled with escapes is not recognised.
pub fn root_member<'a>(text: &'a [u8], name: &str) -> Option<&'a [u8]> {
    let mut scanner = Scanner { text, at: 0 };
    scanner.space();
    scanner.expect(b'{')?;
    loop {
        scanner.space();
        let key = scanner.string()?;
        scanner.space();
        scanner.expect(b':')?;
        scanner.space();
        let start = scanner.at;
        scanner.value()?;
        if key == name.as_bytes() {
            return text.get(start..scanner.at);
        }
        scanner.space();
        scanner.expect(b',')?;
    }
}

struct Scanner<'a> {
    text: &'a [u8],
    at: usize,
}

impl<'a> Scanner<'a> {
    fn rest(&self) -> &'a [u8] {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn expect(&mut self, byte: u8) -> Option<()> {
        (self.peek() == Some(byte)).then(|| self.at += 1)
    }

    fn space(&mut self) {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.peek() {
            self.at += 1;
        }
    }

    /// A string's inside, still escaped.
    fn string(&mut self) -> Option<&'a [u8]> {
        self.expect(b'"')?;
        let start = self.at;
        loop {
            self.at += scan::string_end(self.rest()).len;
            match self.peek()? {
                b'"' => break,
                b'\\' => self.at += 2,
                // A control character is no JSON, but no reason to lose the way either.
                _ => self.at += 1,
            }
        }
        self.at += 1;
        self.text.get(start..self.at - 1)
    }

    fn value(&mut self) -> Option<()> {
        match self.peek()? {
            b'"' => self.string().map(|_| ()),
            b'{' | b'[' => self.container(),
            _ => {
                let len =
                    self.rest().iter().position(|b| matches!(b, b',' | b'}' | b']' | b' ' | b'\n' | b'\r' | b'\t'))?;
                self.at += len;
                (len > 0).then_some(())
            }
        }
    }

    fn container(&mut self) -> Option<()> {
        let mut depth = 0usize;
        loop {
            self.at += scan::structure_end(self.rest());
            match self.peek()? {
                b'"' => {
                    self.string()?;
                    continue;
                }
                b'{' | b'[' => depth += 1,
                _ => depth -= 1,
            }
            self.at += 1;
            match depth {
                0 => return Some(()),
                MAX_DEPTH.. => return None,
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::json::Doc;

    #[test]
    fn the_member_is_found_whatever_stands_before_it() {
        let rows = [
            (r#"{"usage":{"a":1}}"#, Some(r#"{"a":1}"#)),
            (r#" { "x" : [1,[2],{"usage":3}] , "usage" : 7 } "#, Some("7")),
            (r#"{"x":"}],\"usage\":1","usage":null}"#, Some("null")),
            (r#"{"x":"\\","y":"a\\\"","usage":"s]"}"#, Some(r#""s]""#)),
            (r#"{"x":{"usage":1},"usage":[{"}":"]"}]}"#, Some(r#"[{"}":"]"}]"#)),
            (r#"{"x":-1.5e3,"y":true,"usage":false}"#, Some("false")),
            (r#"{"usage":1,"usage":2}"#, Some("1")),
            (r#"{"x":1}"#, None),
            ("{}", None),
            ("[]", None),
            ("", None),
            ("<html>", None),
            (r#"{"usage":{"a":1}"#, Some(r#"{"a":1}"#)),
            (r#"{"usage":{"a":1"#, None),
            (r#"{"usage":12"#, None),
            (r#"{"usage":,"x":1}"#, None),
            (r#"{"x":"abc"#, None),
            (r#"{"x":"abc\"#, None),
        ];
        for (text, want) in rows {
            let found = root_member(text.as_bytes(), "usage").map(|span| std::str::from_utf8(span).unwrap());
            assert_eq!(found, want, "{text}");
        }
    }

    #[test]
    fn it_agrees_with_the_full_reader_on_every_member() {
        let text = r#"{"a":[0.1,-2,"x{",{"b":[]}],"Y_y~":{"k":"v\\\"}"},"c":"]][[","d":[[[[]]],{}],"e":1 ,"f":[ ] }"#;
        let doc = Doc::parse(text.as_bytes()).unwrap();
        for (key, value) in doc.root().members() {
            assert_eq!(root_member(text.as_bytes(), key.raw()), Some(value.raw().as_bytes()), "{}", key.raw());
        }
    }

    #[test]
    fn depth_is_bounded_and_cuts_find_nothing_wrong() {
        let deep = format!("{{\"x\":{}{},\"usage\":1}}", "[".repeat(MAX_DEPTH), "]".repeat(MAX_DEPTH));
        assert_eq!(root_member(deep.as_bytes(), "usage"), None);
        let text = br#"{"data":[{"embedding":[0.25,-1e-7]}],"s":"\u0041\"","usage":{"total_tokens":5}}"#;
        for cut in 0..text.len() {
            let found = root_member(&text[..cut], "usage");
            assert!(found.is_none() || found == Some(b"{\"total_tokens\":5}"), "cut at {cut}");
        }
    }
}
