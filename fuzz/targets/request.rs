//! Requests of one format: read or refused, and what is written from them is a request of its format. A redacted request
//! is a request still, and has nothing more to redact.

use postern::format::view::{self, Replacement};
use postern::format::{FORMATS, Format, Loss, Quirks, Target, find};
use postern::wire::json::{Doc, Edits};

/// The law.
pub fn check(name: &str, input: &[u8]) {
    let format = find(name).expect("the format is registered");
    let Ok(doc) = Doc::parse(input) else { return };
    let target = Target { model: "target", quirks: &Quirks::DEFAULT };

    let mut edits = Edits::new();
    format.retarget(&doc, &target, &mut edits);
    json(&edits.apply(input));

    match format.read_request(&doc) {
        Err(error) => assert!(error.status == 400 && !error.message.is_empty(), "{error:?}"),
        Ok(request) => {
            for format in FORMATS {
                let Ok(body) = format.write_request(&request, &target, &mut Loss::default()) else { continue };
                let doc = json(&body);
                // Turns that say nothing are left out, and without any turn it is no request.
                let silent = request.messages.iter().all(|turn| turn.parts.is_empty());
                if let (Err(error), false) = (format.read_request(&doc), silent) {
                    panic!("{} does not read {}: {error:?}", format.name(), body.escape_ascii());
                }
            }
        }
    }

    let (once, found) = redacted(format, &doc);
    if found {
        let (_, again) = redacted(format, &json(&once));
        assert!(!again, "redaction leaves something: {}", once.escape_ascii());
    } else {
        assert_eq!(once, input, "a body is changed for nothing");
    }
}

fn json(text: &[u8]) -> Doc<'_> {
    Doc::parse(text).unwrap_or_else(|error| panic!("{error}: {}", text.escape_ascii()))
}

/// The body without what looks like an e-mail address, and whether there was any.
fn redacted(format: &dyn Format, doc: &Doc<'_>) -> (Vec<u8>, bool) {
    let mut edits = Edits::new();
    let mut any = false;
    view::rewrite(doc, format, &mut edits, &mut |_, text| {
        let found = addresses(text);
        any |= !found.is_empty();
        found
    });
    (edits.apply(doc.text()), any)
}

/// `a@b`: letters and digits on both sides.
fn addresses(text: &str) -> Vec<Replacement> {
    let word = |byte: &u8| byte.is_ascii_alphanumeric();
    let bytes = text.as_bytes();
    let mut found: Vec<Replacement> = Vec::new();
    for at in memchr_at(bytes) {
        let end = at + 1 + bytes[at + 1..].iter().take_while(|byte| word(byte)).count();
        let start = at - bytes[..at].iter().rev().take_while(|byte| word(byte)).count();
        if start < at && end > at + 1 && found.last().is_none_or(|last| last.range.end <= start) {
            found.push(Replacement { range: start..end, with: "<\"\u{e9}\n>".to_owned() });
        }
    }
    found
}

fn memchr_at(bytes: &[u8]) -> impl Iterator<Item = usize> {
    bytes.iter().enumerate().filter(|(_, byte)| **byte == b'@').map(|(at, _)| at)
}
