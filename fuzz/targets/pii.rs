//! Personal data: what is found are pieces of the text, in order and apart, what stands in their place is never taken
//! for personal data itself, and redacting again and again comes to an end.
//!
//! Twice is not once for every text: a placeholder is a word nearby (`<PHONE_NUMBER>` speaks for a number behind it) and
//! a gap (what is left of two hits that overlapped stands alone), so a second look may find more. It never finds less.

use std::ops::Range;

use postern::pii::{CATALOGUE, Hit, Scanner};

thread_local! {
    static SCANNER: Scanner = Scanner::new(&CATALOGUE.iter().collect::<Vec<_>>());
}

/// The law. What stands before a line break is the field's name, if there is one.
pub fn check(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let (field, text) = text.split_once('\n').map_or((None, &*text), |(field, text)| (Some(field), text));
    SCANNER.with(|scanner| {
        let mut last = text.to_owned();
        let mut placed: Vec<Range<usize>> = Vec::new();
        // Each round takes letters or digits away from the text, which has no more of them than bytes.
        for _ in 0..=text.len() {
            let hits = hits(scanner, field, &last);
            if hits.is_empty() {
                break;
            }
            for hit in &hits {
                let inside = placed.iter().find(|place| place.start <= hit.start && hit.end <= place.end);
                assert!(inside.is_none(), "a placeholder is {}: {last}", hit.detector.entity);
            }
            (last, placed) = replaced(&last, &placed, &hits);
        }
        assert!(hits(scanner, field, &last).is_empty(), "redaction never ends: {last}");
        let holdback = scanner.holdback(text);
        assert!(holdback <= text.len() && text.is_char_boundary(text.len() - holdback));
    });
}

fn hits(scanner: &Scanner, field: Option<&str>, text: &str) -> Vec<Hit> {
    let mut hits = Vec::new();
    scanner.scan(text, field, &mut hits);
    let mut done = 0;
    for hit in &hits {
        assert!(done <= hit.start && hit.start < hit.end && text.get(hit.start..hit.end).is_some(), "{hit:?}");
        done = hit.end;
    }
    hits
}

/// The text with placeholders, and where all placeholders are, those of before among them.
fn replaced(text: &str, placed: &[Range<usize>], hits: &[Hit]) -> (String, Vec<Range<usize>>) {
    let mut out = String::new();
    let mut places = Vec::new();
    let mut done = 0;
    let mut old = placed.iter().peekable();
    let mut keep = |until: usize, done: usize, out: &String, places: &mut Vec<Range<usize>>| {
        while let Some(place) = old.next_if(|place| place.start < until) {
            // One that a longer hit has taken in is gone.
            if done <= place.start && place.end <= until {
                let moved = out.len() + place.start - done;
                places.push(moved..moved + place.len());
            }
        }
    };
    for hit in hits {
        keep(hit.start, done, &out, &mut places);
        out.push_str(&text[done..hit.start]);
        let start = out.len();
        out.push_str(&format!("<{}>", hit.detector.entity));
        places.push(start..out.len());
        done = hit.end;
    }
    keep(text.len(), done, &out, &mut places);
    out.push_str(&text[done..]);
    (out, places)
}
