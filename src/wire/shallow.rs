//! A large JSON text looked at one level at a time, without mapping the rest: an embeddings answer is hundreds of
//! kilobytes of numbers, and all we want of it is `usage` at its end, or each vector as one span.
//!
//! Nothing is checked that is not needed to find the way: values are skipped by their brackets and strings, 16 or 8
//! bytes at a time. What is found is a span of text, and reading it with [`super::json::Doc`] checks it. A text that is
//! no JSON gives nothing or a span that then fails there; it never takes more than one pass.

use super::json::MAX_DEPTH;
use super::scan;

/// The text of the root object's member of that name, the first if there are several. None if the text is no object,
/// has no such member, or is cut before the member's end. A name spelled with escapes is not recognised.
pub fn root_member<'a>(text: &'a [u8], name: &str) -> Option<&'a [u8]> {
    let mut found = None;
    let _ = walk_members(text, &mut |key, value| {
        found = (key == name.as_bytes()).then_some(value);
        found.is_none()
    });
    found
}

/// Hands on every member of an object: its name, still escaped, and its text. None if the text is no object or is cut
/// within it; what came before has been handed on.
pub fn members<'a>(text: &'a [u8], mut each: impl FnMut(&'a [u8], &'a [u8])) -> Option<()> {
    walk_members(text, &mut |key, value| {
        each(key, value);
        true
    })
}

/// Hands on the text of every item of an array. None as for [`members`].
pub fn items<'a>(text: &'a [u8], mut each: impl FnMut(&'a [u8])) -> Option<()> {
    let mut scanner = Scanner { text, at: 0 };
    scanner.space();
    scanner.expect(b'[')?;
    scanner.space();
    if scanner.expect(b']').is_some() {
        return Some(());
    }
    loop {
        scanner.space();
        each(scanner.span()?);
        scanner.space();
        if scanner.expect(b']').is_some() {
            return Some(());
        }
        scanner.expect(b',')?;
    }
}

/// The members until `more` says that it has enough.
fn walk_members<'a>(text: &'a [u8], more: &mut dyn FnMut(&'a [u8], &'a [u8]) -> bool) -> Option<()> {
    let mut scanner = Scanner { text, at: 0 };
    scanner.space();
    scanner.expect(b'{')?;
    scanner.space();
    if scanner.expect(b'}').is_some() {
        return Some(());
    }
    loop {
        scanner.space();
        let key = scanner.string()?;
        scanner.space();
        scanner.expect(b':')?;
        scanner.space();
        if !more(key, scanner.span()?) {
            return Some(());
        }
        scanner.space();
        if scanner.expect(b'}').is_some() {
            return Some(());
        }
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

    /// The text of the value that begins here.
    fn span(&mut self) -> Option<&'a [u8]> {
        let start = self.at;
        self.value()?;
        self.text.get(start..self.at)
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
    fn members_and_items_are_those_of_the_full_reader() {
        let text = r#" {"a":[ 0.1 , -2e5,"x,]" ,[[]],{"b":[]}],"b":{ },"c":[ ]} "#;
        let doc = Doc::parse(text.as_bytes()).unwrap();
        let raw = |value: crate::wire::json::Value<'_, '_>| value.raw().as_bytes().to_vec();
        let (mut found, mut wanted) = (Vec::new(), Vec::new());
        members(text.as_bytes(), |key, value| found.push((key.to_vec(), value.to_vec()))).unwrap();
        doc.root().members().for_each(|(key, value)| wanted.push((key.raw().as_bytes().to_vec(), raw(value))));
        assert_eq!(found, wanted);
        for (_, list) in doc.root().members().filter(|(_, value)| value.kind() == crate::wire::json::Kind::Array) {
            let mut found = Vec::new();
            items(list.raw().as_bytes(), |item| found.push(item.to_vec())).unwrap();
            assert_eq!(found, list.items().map(raw).collect::<Vec<_>>());
        }
        for cut in ["[1,2", "[1,", "[", "{\"a\":1", "7", "", "[1 2]"] {
            assert!(items(cut.as_bytes(), |_| ()).is_none() && members(cut.as_bytes(), |_, _| ()).is_none(), "{cut}");
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
