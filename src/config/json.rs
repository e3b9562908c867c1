//! JSON text into a value tree, as strict as a configuration wants it: no key twice in one object, a limited depth,
//! and a syntax error that says line, column and what was expected there.
//!
//! serde_json keeps the last of two equal keys without a word, which in a configuration hides a lost setting; hence
//! this reader. The tree is serde_json's own.

use serde_json::{Map, Number, Value};

use super::errors::{Errors, quote};

/// Deeper than any configuration of ours, shallow enough for the stack of a wasm VM.
const MAX_DEPTH: usize = 64;

/// The value that the text holds, or `None` and one error for what is no JSON. A key given twice is an error too, but
/// reading goes on with the first of the two.
pub(super) fn read(bytes: &[u8], errors: &mut Errors) -> Option<Value> {
    read_but(bytes, &[], errors).map(|(value, _)| value)
}

/// The same, but the lists at these paths (keys with dots between) stay text: they are empty in the value, and stand in
/// the text where the second result says. [`items`] reads one. What is wrong with them is found there, or not at all.
pub(super) fn read_but<'l>(
    bytes: &[u8],
    lists: &[&'l str],
    errors: &mut Errors,
) -> Option<(Value, Vec<(&'l str, usize)>)> {
    let mut left = Vec::new();
    let value = read_whole(bytes, lists, &mut left, errors)?;
    Some((value, left))
}

fn read_whole<'l>(
    bytes: &[u8],
    lists: &[&'l str],
    left: &mut Vec<(&'l str, usize)>,
    errors: &mut Errors,
) -> Option<Value> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let (text, valid) = match std::str::from_utf8(bytes) {
        Ok(text) => (text, true),
        Err(error) => {
            let whole = bytes.get(..error.valid_up_to()).unwrap_or_default();
            (std::str::from_utf8(whole).unwrap_or_default(), false)
        }
    };
    if text.trim().is_empty() && valid {
        errors.add_at("configuration", "empty; expected a JSON object");
        return None;
    }
    let mut reader = Reader { text, at: 0, valid, errors, lists, left, trail: String::new() };
    let value = reader.value(0).ok()?;
    reader.space();
    match reader.peek() {
        None if valid => Some(value),
        _ => reader.expected::<Value>("the end of the text").ok(),
    }
}

/// Reads the list that begins at a place of a text, and shows its items one by one. None: it is no whole list, and the
/// errors say why.
pub(super) fn items(
    bytes: &[u8],
    at: usize,
    errors: &mut Errors,
    see: &mut dyn FnMut(usize, &Value, &mut Errors),
) -> Option<()> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let text = std::str::from_utf8(bytes).ok()?;
    let mut left = Vec::new();
    let mut reader =
        Reader { text, at: at + 1, valid: true, errors, lists: &[], left: &mut left, trail: String::new() };
    reader.space();
    if reader.take(b']') {
        return Some(());
    }
    for index in 0.. {
        let item = reader.value(2).ok()?;
        see(index, &item, reader.errors);
        reader.space();
        if reader.take(b']') {
            break;
        }
        if !reader.take(b',') {
            return reader.expected("\",\" or \"]\"").ok();
        }
    }
    Some(())
}

struct Reader<'a, 'l> {
    text: &'a str,
    at: usize,
    /// False if the text was cut where it stops being UTF-8.
    valid: bool,
    errors: &'a mut Errors,
    /// The paths of lists that are not to be read, and where they were found.
    lists: &'a [&'l str],
    left: &'a mut Vec<(&'l str, usize)>,
    /// The path of the object that is being read, where it could lead to one of those.
    trail: String,
}

/// The error has been reported.
struct Failed;

impl Reader<'_, '_> {
    fn value(&mut self, depth: usize) -> Result<Value, Failed> {
        self.space();
        match self.peek() {
            Some(b'{' | b'[') if depth >= MAX_DEPTH => self.fail(&format!("nested deeper than {MAX_DEPTH} levels")),
            Some(b'{') => self.object(depth),
            Some(b'[') => self.list(depth),
            Some(b'"') => self.string().map(Value::String),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b't') => self.literal("true", Value::Bool(true)),
            Some(b'f') => self.literal("false", Value::Bool(false)),
            Some(b'n') => self.literal("null", Value::Null),
            _ => self.expected("a value"),
        }
    }

    fn object(&mut self, depth: usize) -> Result<Value, Failed> {
        self.at += 1;
        let mut object = Map::new();
        self.space();
        if self.take(b'}') {
            return Ok(Value::Object(object));
        }
        loop {
            self.space();
            let start = self.at;
            if self.peek() != Some(b'"') {
                return self.expected(if object.is_empty() {
                    "a key in double quotes or \"}\""
                } else {
                    "a key in double quotes"
                });
            }
            let key = self.string()?;
            self.space();
            if !self.take(b':') {
                return self.expected("\":\" after a key");
            }
            let value = if self.lists.is_empty() { self.value(depth + 1)? } else { self.member(&key, depth + 1)? };
            if object.contains_key(&key) {
                // Finding the line costs a walk through the text, so not for errors that are only counted.
                let place = if self.errors.has_room() { self.place(start) } else { String::new() };
                self.errors.add_at(place, format!("key {} is given twice in one object; keep one", quote(&key)));
            } else {
                object.insert(key, value);
            }
            self.space();
            if self.take(b'}') {
                return Ok(Value::Object(object));
            }
            if !self.take(b',') {
                return self.expected("\",\" or \"}\"");
            }
        }
    }

    /// A member's value, where lists on the way may have to be left.
    fn member(&mut self, key: &str, depth: usize) -> Result<Value, Failed> {
        let before = self.trail.len();
        if before > 0 {
            self.trail.push('.');
        }
        self.trail.push_str(key);
        self.space();
        let list = self.lists.iter().copied().find(|path| **path == self.trail);
        let value = match (list, self.peek()) {
            (Some(list), Some(b'[')) => {
                self.left.push((list, self.at));
                self.skip_list()
            }
            _ => self.value(depth),
        };
        self.trail.truncate(before);
        value
    }

    /// Goes behind a list without looking into it.
    fn skip_list(&mut self) -> Result<Value, Failed> {
        let mut depth = 0_usize;
        while let Some(byte) = self.peek() {
            self.at += 1;
            match byte {
                b'[' | b'{' => depth += 1,
                b']' | b'}' => {
                    depth -= 1;
                    if depth == 0 {
                        return Ok(Value::Array(Vec::new()));
                    }
                }
                b'"' => {
                    let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
                    let mut escaped = false;
                    let end = rest.iter().position(|byte| {
                        let closes = *byte == b'"' && !escaped;
                        escaped = *byte == b'\\' && !escaped;
                        closes
                    });
                    self.at += end.map_or(rest.len(), |end| end + 1);
                }
                _ => {}
            }
        }
        self.expected("\"]\"")
    }

    fn list(&mut self, depth: usize) -> Result<Value, Failed> {
        self.at += 1;
        let mut list = Vec::new();
        self.space();
        if self.take(b']') {
            return Ok(Value::Array(list));
        }
        loop {
            list.push(self.value(depth + 1)?);
            self.space();
            if self.take(b']') {
                return Ok(Value::Array(list));
            }
            if !self.take(b',') {
                return self.expected("\",\" or \"]\"");
            }
        }
    }

    fn string(&mut self) -> Result<String, Failed> {
        self.at += 1;
        let mut string = String::new();
        loop {
            let start = self.at;
            while self.peek().is_some_and(|byte| byte >= b' ' && byte != b'"' && byte != b'\\') {
                self.at += 1;
            }
            string.push_str(self.text.get(start..self.at).unwrap_or_default());
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(string);
                }
                Some(b'\\') => {
                    self.at += 1;
                    let escaped = self.escape()?;
                    string.push(escaped);
                }
                Some(b'\n' | b'\r') => return self.fail("line break inside a string; close it with \", or write \\n"),
                Some(_) => return self.fail("control character inside a string; write it as \\u00XX"),
                None => return self.expected("the \" that closes a string"),
            }
        }
    }

    fn escape(&mut self) -> Result<char, Failed> {
        let escaped = match self.peek() {
            Some(plain @ (b'"' | b'\\' | b'/')) => char::from(plain),
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => {
                self.at += 1;
                let first = self.hex4()?;
                if !(0xd800..0xdc00).contains(&first) {
                    return self.unicode(first);
                }
                if !(self.take(b'\\') && self.take(b'u')) {
                    return self.expected("\\u and the second half of a surrogate pair");
                }
                let second = self.hex4()?;
                if !(0xdc00..0xe000).contains(&second) {
                    return self.unicode(first);
                }
                return self.unicode(0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00));
            }
            _ => return self.expected("one of \" \\ / b f n r t u after \\"),
        };
        self.at += 1;
        Ok(escaped)
    }

    fn unicode(&mut self, code: u32) -> Result<char, Failed> {
        match char::from_u32(code) {
            Some(character) => Ok(character),
            None => self.fail("half a surrogate pair is no character"),
        }
    }

    fn hex4(&mut self) -> Result<u32, Failed> {
        let mut code = 0;
        for _ in 0..4 {
            match self.peek().and_then(|byte| char::from(byte).to_digit(16)) {
                Some(digit) => code = code * 16 + digit,
                None => return self.expected("four hex digits after \\u"),
            }
            self.at += 1;
        }
        Ok(code)
    }

    fn number(&mut self) -> Result<Value, Failed> {
        let start = self.at;
        self.take(b'-');
        if self.take(b'0') {
            if self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
                return self.fail("number with a leading zero; leave the zero out");
            }
        } else {
            self.digits()?;
        }
        if self.take(b'.') {
            self.digits()?;
        }
        if self.take(b'e') || self.take(b'E') {
            let _sign = self.take(b'+') || self.take(b'-');
            self.digits()?;
        }
        let text = self.text.get(start..self.at).unwrap_or_default();
        let number = text.parse().ok().map(|whole: u64| Number::from(whole));
        let number = number.or_else(|| text.parse().ok().map(|whole: i64| Number::from(whole)));
        match number.or_else(|| text.parse().ok().and_then(Number::from_f64)) {
            Some(number) => Ok(Value::Number(number)),
            None => {
                self.at = start;
                self.fail("number out of range")
            }
        }
    }

    fn digits(&mut self) -> Result<(), Failed> {
        if !self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            return self.expected("a digit");
        }
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        Ok(())
    }

    fn literal(&mut self, word: &str, value: Value) -> Result<Value, Failed> {
        if !self.text.get(self.at..).is_some_and(|rest| rest.starts_with(word)) {
            return self.expected("a value");
        }
        self.at += word.len();
        Ok(value)
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn take(&mut self, byte: u8) -> bool {
        let there = self.peek() == Some(byte);
        self.at += usize::from(there);
        there
    }

    fn expected<T>(&mut self, what: &str) -> Result<T, Failed> {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let before = self.text.get(..self.at).unwrap_or_default();
        let Some(got) = rest.chars().next() else {
            let got = if self.valid { "the end of the text" } else { "bytes that are not UTF-8" };
            return self.fail(&format!("expected {what}, got {got}{}", self.struct_hint()));
        };
        let hint = match got {
            '\'' => "; strings take double quotes",
            '/' | '#' => "; JSON has no comments",
            '}' | ']' if before.trim_end().ends_with(',') => "; remove the comma before it",
            _ if !self.struct_hint().is_empty() => self.struct_hint(),
            _ if before.trim().is_empty() => "; the filter reads JSON, so turn YAML into JSON first",
            _ => "",
        };
        self.fail(&format!("expected {what}, got {}{hint}", quote(got.encode_utf8(&mut [0; 4]))))
    }

    /// Envoy hands a `google.protobuf.Struct` over as protobuf: field 1, length, field 1 again. Its first byte is a
    /// line feed, so it fails right at the start of what looks like the second line.
    fn struct_hint(&self) -> &'static str {
        if self.text.starts_with('\n') && self.at <= 4 && self.text.bytes().skip(1).take(4).any(|byte| byte < b' ') {
            "; this looks like a protobuf Struct: give the configuration as a StringValue that holds JSON"
        } else {
            ""
        }
    }

    fn fail<T>(&mut self, reason: &str) -> Result<T, Failed> {
        let place = self.place(self.at);
        self.errors.add_at(place, reason);
        Err(Failed)
    }

    fn place(&self, at: usize) -> String {
        let before = self.text.get(..at).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        format!("line {line} column {column}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn errors(text: &[u8]) -> String {
        let mut errors = Errors::new();
        let value = read(text, &mut errors);
        assert!(value.is_none() || !errors.is_empty(), "taken: {value:?}");
        errors.to_string()
    }

    #[test]
    fn text_that_serde_json_takes_gives_the_same_tree() {
        let rows = [
            r#"{}"#,
            r#" [ ] "#,
            r#"{"a": {"b": [1, -2, 3.5, 1e3, 18446744073709551615, -9223372036854775808, 0, -0.0]}, "c": null}"#,
            r#"["\"\\\/\b\f\n\r\t\u0041\u00e9\ud83d\ude00", "é😀", "", true, false]"#,
            "\"top\"",
            "12",
        ];
        for row in rows {
            let mut errors = Errors::new();
            let ours = read(row.as_bytes(), &mut errors);
            assert_eq!(ours, serde_json::from_str(row).ok(), "{row}");
            assert!(ours.is_some() && errors.is_empty(), "{row}: {errors}");
        }
    }

    #[test]
    fn a_syntax_error_says_line_column_and_what_was_expected() {
        let rows: &[(&[u8], &str)] = &[
            (b"", "configuration: empty; expected a JSON object"),
            (b" \n ", "configuration: empty; expected a JSON object"),
            (
                b"{\n  \"a\": 1,\n}",
                "line 3 column 1: expected a key in double quotes, got \"}\"; remove the comma before it",
            ),
            (b"[1,\n 2,]", "line 2 column 4: expected a value, got \"]\"; remove the comma before it"),
            (b"{\"a\" 1}", "line 1 column 6: expected \":\" after a key, got \"1\""),
            (b"{\"a\": 1 \"b\": 2}", "line 1 column 9: expected \",\" or \"}\", got \"\\\"\""),
            (b"[1 2]", "line 1 column 4: expected \",\" or \"]\", got \"2\""),
            (
                b"{'a': 1}",
                "line 1 column 2: expected a key in double quotes or \"}\", got \"'\"; strings take double quotes",
            ),
            (
                b"{\n# x\n}",
                "line 2 column 1: expected a key in double quotes or \"}\", got \"#\"; JSON has no comments",
            ),
            (
                b"gateway:\n  tenants: []",
                "line 1 column 1: expected a value, got \"g\"; the filter reads JSON, so turn YAML into JSON first",
            ),
            (b"{\"a\": tru}", "line 1 column 7: expected a value, got \"t\""),
            (b"{\"a\": 1", "line 1 column 8: expected \",\" or \"}\", got the end of the text"),
            (b"{\"a", "line 1 column 4: expected the \" that closes a string, got the end of the text"),
            (b"{\"a\nb\": 1}", "line 1 column 4: line break inside a string; close it with \", or write \\n"),
            (b"[\"\x01\"]", "line 1 column 3: control character inside a string; write it as \\u00XX"),
            (b"[\"\\x\"]", "line 1 column 4: expected one of \" \\ / b f n r t u after \\, got \"x\""),
            (b"[\"\\u12g4\"]", "line 1 column 7: expected four hex digits after \\u, got \"g\""),
            (b"[\"\\ud800x\"]", "line 1 column 9: expected \\u and the second half of a surrogate pair, got \"x\""),
            (b"[\"\\ud800\\u0041\"]", "line 1 column 15: half a surrogate pair is no character"),
            (b"[\"\\ud800\\ue000\"]", "line 1 column 15: half a surrogate pair is no character"),
            (b"[\"\\udc00\"]", "line 1 column 9: half a surrogate pair is no character"),
            (b"[01]", "line 1 column 3: number with a leading zero; leave the zero out"),
            (b"[1.]", "line 1 column 4: expected a digit, got \"]\""),
            (b"[-]", "line 1 column 3: expected a digit, got \"]\""),
            (b"[1e999]", "line 1 column 2: number out of range"),
            (b"{} {}", "line 1 column 4: expected the end of the text, got \"{\""),
            (b"[\"\xff\"]", "line 1 column 3: expected the \" that closes a string, got bytes that are not UTF-8"),
            (b"{}\xff", "line 1 column 3: expected the end of the text, got bytes that are not UTF-8"),
            (
                b"{\"a\": 1,\n \"b\": {\"c\": 1, \"c\": 2}, \"a\": 3}",
                "line 2 column 16: key \"c\" is given twice in one object; keep one\n\
                 line 2 column 25: key \"a\" is given twice in one object; keep one",
            ),
        ];
        for (text, wanted) in rows {
            assert_eq!(errors(text), *wanted, "{}", String::from_utf8_lossy(text));
        }
    }

    #[test]
    fn a_protobuf_struct_is_recognised() {
        // {"gateway": {}} and one longer, as Envoy serializes a google.protobuf.Struct.
        let small = b"\x0a\x0f\x0a\x07gateway\x12\x04\x2a\x02\x0a\x00";
        let long = b"\x0a\x2e\x0a\x07gateway\x12\x23\x2a\x21\x0a\x1f\x0a\x07tenants\x12\x14\x32\x12aaaaaaaaaaaaaaaa";
        for bytes in [&small[..], &long[..]] {
            let line = errors(bytes);
            assert!(line.ends_with("give the configuration as a StringValue that holds JSON"), "{line}");
        }
    }

    #[test]
    fn depth_is_limited_and_not_by_the_stack() {
        let deep = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        assert!(read(deep(64).as_bytes(), &mut Errors::new()).is_some());
        assert_eq!(errors(deep(65).as_bytes()), "line 1 column 65: nested deeper than 64 levels");
        assert_eq!(errors("[".repeat(1_000_000).as_bytes()), "line 1 column 65: nested deeper than 64 levels");
    }

    #[test]
    fn a_text_cut_anywhere_is_refused_with_a_place() {
        let whole = br#"{"a": [1.5e3, "x\u00e9\ud83d\ude00", true], "b": {"c": null}}"#;
        assert!(read(whole, &mut Errors::new()).is_some());
        for end in 1..whole.len() {
            let line = errors(&whole[..end]);
            assert!(line.starts_with("line 1 column "), "cut at {end}: {line}");
        }
    }
}
