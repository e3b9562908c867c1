//! Forms with files, `multipart/form-data` (RFC 7578), as a map of the bytes: where each part's content stands, so that
//! a change is a splice and a file keeps its bytes.
//!
//! Strict on purpose: two readers that disagree on which part is `model` are a way around every policy. So names are
//! plain words, no two parts that are no files have one name unless it is a list's (`include[]`), and nothing stands
//! between the parts.

use std::ops::Range;

/// More parts than any request has: OpenAI's image edits take 16 files and a dozen fields.
const MAX_PARTS: usize = 256;
/// The longest a part's head may be.
const MAX_HEAD_BYTES: usize = 4096;

/// A form.
#[derive(Debug)]
pub struct Form<'a> {
    body: &'a [u8],
    parts: Vec<Part>,
}

/// One part of a form.
#[derive(Debug)]
pub struct Part {
    /// The field's name.
    pub name: String,
    /// Whether it is a file: it has a file name, or a type that is no text.
    pub is_file: bool,
    /// Where its content stands in the body.
    pub span: Range<usize>,
}

/// Why a body is no acceptable form.
pub type Wrong = &'static str;

/// The boundary that a content type names, if it is a form's.
pub fn boundary(content_type: &str) -> Option<&str> {
    let mut pieces = content_type.split(';');
    if !pieces.next()?.trim().eq_ignore_ascii_case("multipart/form-data") {
        return None;
    }
    let value = pieces.find_map(|piece| {
        let (name, value) = piece.trim().split_once('=')?;
        name.trim().eq_ignore_ascii_case("boundary").then_some(value.trim())
    })?;
    let bare = value.strip_prefix('"').and_then(|inside| inside.strip_suffix('"')).unwrap_or(value);
    // RFC 2046, 5.1.1; a client's own boundary never needs more than these.
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"'()+_,-./:=?".contains(&byte);
    ((1..=70).contains(&bare.len()) && bare.bytes().all(fits)).then_some(bare)
}

impl<'a> Form<'a> {
    /// Maps a whole body.
    pub fn parse(body: &'a [u8], boundary: &str) -> Result<Self, Wrong> {
        let delimiter = format!("\r\n--{boundary}");
        let finder = memchr::memmem::Finder::new(delimiter.as_bytes());
        // The first delimiter has no line before it.
        let first = delimiter.get(2..).unwrap_or_default().as_bytes();
        let start = body.strip_prefix(b"\r\n").map_or(0, |_| 2);
        let mut at = start + first.len();
        if body.get(start..at) != Some(first) {
            return Err("expected the form's first boundary at its start");
        }
        let mut parts: Vec<Part> = Vec::new();
        loop {
            let rest = body.get(at..).unwrap_or_default();
            if let Some(after) = rest.strip_prefix(b"--") {
                return match after {
                    b"" | b"\r\n" => Ok(Self { body, parts }),
                    _ => Err("expected nothing after the form's last boundary"),
                };
            }
            if !rest.starts_with(b"\r\n") {
                return Err("expected a line's end after a boundary of the form");
            }
            let head_at = at + 2;
            let rest = body.get(head_at..).unwrap_or_default();
            let window = rest.get(..MAX_HEAD_BYTES).unwrap_or(rest);
            let head = memchr::memmem::find(window, b"\r\n\r\n").and_then(|end| window.get(..end));
            let head = head.ok_or("a part of the form has no end of its headers")?;
            let content = head_at + head.len() + 4;
            // A part without content ends at the line that ended its head.
            let from = content - 2;
            let end =
                finder.find(body.get(from..).unwrap_or_default()).ok_or("the form ends before its last boundary")?;
            let end = from + end;
            if end < content {
                return Err("a part of the form has no empty line after its headers");
            }
            let (name, is_file) = read_head(head)?;
            let listed = name.ends_with("[]");
            if parts.iter().any(|part| part.name == name && !listed && !(part.is_file && is_file)) {
                return Err("two parts of the form have one name");
            }
            if parts.len() == MAX_PARTS {
                return Err("the form has more than 256 parts");
            }
            parts.push(Part { name, is_file, span: content..end });
            at = end + delimiter.len();
        }
    }

    /// The parts, in order.
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// A part's content.
    pub fn content(&self, part: &Part) -> &'a [u8] {
        self.body.get(part.span.clone()).unwrap_or_default()
    }

    /// A field's text, if there is one that is text.
    pub fn text(&self, name: &str) -> Option<(&Part, &'a str)> {
        let part = self.parts.iter().find(|part| part.name == name && !part.is_file)?;
        Some((part, std::str::from_utf8(self.content(part)).ok()?))
    }
}

/// A part's name, and whether it is a file.
fn read_head(head: &[u8]) -> Result<(String, bool), Wrong> {
    let head = std::str::from_utf8(head).map_err(|_| "a part of the form has headers that are no text")?;
    let (mut found, mut is_file) = (None, false);
    for line in head.split("\r\n") {
        let (header, value) = line.split_once(':').ok_or("a part of the form has a header without a colon")?;
        if header.eq_ignore_ascii_case("content-disposition") {
            if found.is_some() {
                return Err("a part of the form has two content-dispositions");
            }
            let (name, file) = read_disposition(value)?;
            is_file |= file;
            found = Some(name);
        } else if header.eq_ignore_ascii_case("content-type") {
            let value = value.trim();
            let text = value.get(..5).is_some_and(|kind| kind.eq_ignore_ascii_case("text/"));
            is_file |= !text && !value.eq_ignore_ascii_case("application/json");
        } else if header.eq_ignore_ascii_case("content-transfer-encoding") {
            // RFC 7578, 4.7: deprecated, and only some readers heed it.
            return Err("a part of the form has a content-transfer-encoding");
        }
    }
    found.map(|name| (name, is_file)).ok_or("a part of the form has no content-disposition")
}

/// `form-data; name="x"; filename="y"`.
fn read_disposition(value: &str) -> Result<(String, bool), Wrong> {
    const WRONG: Wrong = "a part of the form has a name that is no plain word";
    let mut rest = value.trim();
    rest = rest.strip_prefix("form-data").ok_or("a part of the form is no form-data")?.trim_start();
    let (mut name, mut is_file) = (None, false);
    while let Some(more) = rest.strip_prefix(';') {
        let (key, more) = more.trim_start().split_once('=').ok_or(WRONG)?;
        let (word, quoted) = match more.strip_prefix('"') {
            Some(inside) => (inside.split_once('"').ok_or(WRONG)?, true),
            None => (
                more.split_once(';').map_or((more, ""), |(word, _)| (word, more.get(word.len()..).unwrap_or(""))),
                false,
            ),
        };
        let (word, after) = word;
        match key.trim().to_ascii_lowercase().as_str() {
            "name" if name.is_none() => {
                let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.[]".contains(&byte);
                if word.is_empty() || word.len() > 128 || !word.bytes().all(plain) {
                    return Err(WRONG);
                }
                name = Some(word.to_owned());
            }
            // Whatever it is called; but where the quote ends must be sure.
            "filename" | "filename*" if !(quoted && word.contains('\\')) => is_file = true,
            _ => return Err(WRONG),
        }
        rest = after.trim_start();
    }
    if !rest.is_empty() {
        return Err(WRONG);
    }
    name.map(|name| (name, is_file)).ok_or(WRONG)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(parts: &[(&str, &str)]) -> String {
        let one = |(head, content): &(&str, &str)| {
            format!("--b\r\nContent-Disposition: form-data; {head}\r\n\r\n{content}\r\n")
        };
        parts.iter().map(one).collect::<String>() + "--b--\r\n"
    }

    #[test]
    fn parts_are_found_with_their_names_and_places() {
        let body = form(&[
            (r#"name="model""#, "whisper-1"),
            ("name=\"file\"; filename=\"a b;c.mp3\"\r\nContent-Type: audio/mpeg", "\0\r\n--a\r\n\u{ff}"),
            ("name=prompt", ""),
            (r#"name="include[]""#, "logprobs"),
            (r#"name="include[]""#, "more"),
        ]);
        let form = Form::parse(body.as_bytes(), "b").unwrap();
        let seen: Vec<_> =
            form.parts().iter().map(|it| (it.name.as_str(), it.is_file, form.content(it).len())).collect();
        let want = [
            ("model", false, 9),
            ("file", true, 10),
            ("prompt", false, 0),
            ("include[]", false, 8),
            ("include[]", false, 4),
        ];
        assert_eq!(seen, want);
        assert_eq!(form.text("model").unwrap().1, "whisper-1");
        assert!(form.text("file").is_none());
    }

    #[test]
    fn what_two_readers_could_read_otherwise_is_refused() {
        let model = (r#"name="model""#, "x");
        let rows = [
            (form(&[model, model]), "two parts of the form have one name"),
            (form(&[(r#"name="mod\el""#, "x")]), "a part of the form has a name that is no plain word"),
            (form(&[(r#"name="mod%65l""#, "x")]), "a part of the form has a name that is no plain word"),
            // Where a quote within a file name ends readers differ.
            (
                form(&[("name=\"a\"; filename=\"a\\\"; name=\"b\"", "x")]),
                "a part of the form has a name that is no plain word",
            ),
            (form(&[(r#"name="""#, "x")]), "a part of the form has a name that is no plain word"),
            (form(&[(r#"name="a"; name="b""#, "x")]), "a part of the form has a name that is no plain word"),
            (form(&[(r#"filename="b""#, "x")]), "a part of the form has a name that is no plain word"),
            (form(&[(r#"name*=utf-8''model"#, "x")]), "a part of the form has a name that is no plain word"),
            (
                form(&[("name=\"a\"\r\nContent-Transfer-Encoding: base64", "eA==")]),
                "a part of the form has a content-transfer-encoding",
            ),
            (
                form(&[("name=\"a\"\r\nContent-Disposition: form-data; name=\"b\"", "x")]),
                "a part of the form has two content-dispositions",
            ),
            (form(&[("name=\"a\"\r\nnonsense", "x")]), "a part of the form has a header without a colon"),
            ("--b--\r\nmore".to_owned(), "expected nothing after the form's last boundary"),
            ("hello --b--".to_owned(), "expected the form's first boundary at its start"),
            (form(&[model]).replace("--b--\r\n", ""), "the form ends before its last boundary"),
            (format!("--bx{}", form(&[model])), "expected a line's end after a boundary of the form"),
            ("--b\r\nContent-Disposition: x".to_owned(), "a part of the form has no end of its headers"),
            (
                "--b\r\nContent-Type: text/plain\r\n\r\n\r\n--b--".to_owned(),
                "a part of the form has no content-disposition",
            ),
            (form(&vec![(r#"name="a[]""#, "x"); 257]), "the form has more than 256 parts"),
        ];
        for (body, why) in rows {
            assert_eq!(Form::parse(body.as_bytes(), "b").err(), Some(why), "{body:.200}");
        }
    }

    #[test]
    fn a_boundary_is_read_from_the_content_type() {
        let rows = [
            ("multipart/form-data; boundary=abc", Some("abc")),
            ("Multipart/Form-Data; charset=utf-8; Boundary=\"a b\"", None),
            ("multipart/form-data; charset=utf-8; Boundary=\"a=b\"", Some("a=b")),
            ("multipart/form-data", None),
            ("multipart/mixed; boundary=abc", None),
            ("application/json", None),
            ("multipart/form-data; boundary=", None),
        ];
        for (content_type, want) in rows {
            assert_eq!(boundary(content_type), want, "{content_type}");
        }
    }
}
