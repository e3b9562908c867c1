//! One member of a JSON object that goes by in pieces, for an answer that nobody holds: pictures are megabytes of base64,
//! and all we want of them is `usage`.

/// The longest a member's text may be; of a longer one nothing is kept.
const MAX_BYTES: usize = 65_536;

/// Watches for the root object's member of one name. A name spelled with escapes is not recognised, and a text that is
/// no JSON gives nothing, or something that [`super::json::Doc`] then refuses.
#[derive(Debug)]
pub struct Watch {
    name: &'static str,
    depth: u32,
    in_string: bool,
    /// The byte before was a backslash.
    escaped: bool,
    /// The string is the name of a root member.
    in_name: bool,
    /// The next string at the root's level is a name.
    name_next: bool,
    /// The last name, then the member's text.
    kept: Vec<u8>,
    keeping: bool,
    found: Option<Vec<u8>>,
}

impl Watch {
    /// Watches for the member of that name.
    pub fn new(name: &'static str) -> Self {
        Self {
            name,
            depth: 0,
            in_string: false,
            escaped: false,
            in_name: false,
            name_next: false,
            kept: Vec::new(),
            keeping: false,
            found: None,
        }
    }

    /// The member's text, the last one's if there were several.
    pub fn found(&self) -> Option<&[u8]> {
        self.found.as_deref()
    }

    /// Looks at the next piece.
    pub fn push(&mut self, piece: &[u8]) {
        let mut rest = piece;
        while let Some((&byte, after)) = rest.split_first() {
            if self.in_string && !self.escaped {
                let run = memchr::memchr2(b'"', b'\\', rest).unwrap_or(rest.len());
                if run > 0 {
                    let (run, more) = rest.split_at(run);
                    self.keep(run);
                    rest = more;
                    continue;
                }
            }
            rest = after;
            if self.in_string {
                self.string_byte(byte);
            } else {
                self.byte(byte);
            }
        }
    }

    fn keep(&mut self, bytes: &[u8]) {
        if !self.keeping && !self.in_name {
            return;
        }
        if self.kept.len() + bytes.len() > MAX_BYTES {
            self.keeping = false;
            self.kept.clear();
            return;
        }
        self.kept.extend_from_slice(bytes);
    }

    /// A byte within a string: an escape, or its end.
    fn string_byte(&mut self, byte: u8) {
        let ends = byte == b'"' && !self.escaped;
        self.escaped = byte == b'\\' && !self.escaped;
        if ends {
            self.in_string = false;
            if self.in_name {
                self.in_name = false;
                return;
            }
        }
        self.keep(&[byte]);
    }

    fn byte(&mut self, byte: u8) {
        match byte {
            b'"' if self.depth == 1 && self.name_next => {
                (self.in_string, self.in_name, self.name_next) = (true, true, false);
                self.kept.clear();
                return;
            }
            b'"' => self.in_string = true,
            b':' if self.depth == 1 => {
                self.keeping = self.kept == self.name.as_bytes();
                self.kept.clear();
                return;
            }
            b'{' | b'[' => {
                self.depth += 1;
                self.name_next = self.depth == 1 && byte == b'{';
                if self.depth == 1 {
                    return;
                }
            }
            b',' | b'}' | b']' if self.depth == 1 => {
                if std::mem::take(&mut self.keeping) {
                    self.found = Some(std::mem::take(&mut self.kept));
                }
                self.name_next = byte == b',';
                self.depth -= u32::from(byte != b',');
                return;
            }
            b'}' | b']' => self.depth = self.depth.saturating_sub(1),
            _ => {}
        }
        self.keep(&[byte]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn watched(text: &str, cut: usize) -> Option<String> {
        let mut watch = Watch::new("usage");
        text.as_bytes().chunks(cut).for_each(|piece| watch.push(piece));
        watch.found().map(|found| String::from_utf8(found.to_vec()).unwrap().trim().to_owned())
    }

    #[test]
    fn the_member_is_found_for_every_cut() {
        let long = format!(r#"{{"usage":"{}"}}"#, "x".repeat(MAX_BYTES));
        let rows = [
            (r#"{"usage":{"a":1}}"#, Some(r#"{"a":1}"#)),
            (r#" { "x" : [1,[2],{"usage":3}] , "usage" : 7 } "#, Some("7")),
            (r#"{"x":"}],\"usage\":1","usage":null,"y":2}"#, Some("null")),
            (r#"{"x":"\\","y":"a\\\"","usage":"s]\"{"}"#, Some(r#""s]\"{""#)),
            (r#"{"usage":[{"}":"]"},"a:b"],"usag":1,"usages":2}"#, Some(r#"[{"}":"]"},"a:b"]"#)),
            (r#"{"usage":1,"usage":2}"#, Some("2")),
            (r#"{"a":{"usage":1},"b":["usage",":",2],"c":"usage"}"#, None),
            (r#"["usage",{"usage":1}]"#, None),
            (r#"{"usage":{"a":1"#, None),
            ("", None),
            ("}}}]\"usage\":1,", None),
            (long.as_str(), None),
        ];
        for (text, want) in rows {
            for cut in 1..=text.len().clamp(1, 40) {
                assert_eq!(watched(text, cut).as_deref(), want, "{text:.60} cut at {cut}");
            }
        }
    }
}
