//! Personal data: what is found are pieces of the text, in order and apart, and a redacted text has nothing more to find.

use postern::pii::{CATALOGUE, Hit, Scanner};

thread_local! {
    static SCANNER: Scanner = Scanner::new(&CATALOGUE.iter().collect::<Vec<_>>());
}

/// The law. What stands before a line break is the field's name, if there is one.
pub fn check(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let (field, text) = text.split_once('\n').map_or((None, &*text), |(field, text)| (Some(field), text));
    SCANNER.with(|scanner| {
        let (once, found) = redacted(scanner, field, text);
        if found {
            let (twice, _) = redacted(scanner, field, &once);
            assert_eq!(twice, once, "redaction leaves something");
        } else {
            assert_eq!(once, text);
        }
        let holdback = scanner.holdback(text);
        assert!(holdback <= text.len() && text.is_char_boundary(text.len() - holdback));
    });
}

fn redacted(scanner: &Scanner, field: Option<&str>, text: &str) -> (String, bool) {
    let mut hits = Vec::new();
    scanner.scan(text, field, &mut hits);
    let mut out = String::new();
    let mut done = 0;
    for Hit { start, end, detector } in &hits {
        assert!(done <= *start && start < end, "hits overlap or are empty");
        out.push_str(&text[done..*start]);
        out.push_str(&format!("<{}>", detector.entity));
        done = *end;
    }
    out.push_str(&text[done..]);
    (out, !hits.is_empty())
}
