//! A stream that is one JSON array of objects, arriving in pieces: what Google's `streamGenerateContent` sends without
//! `alt=sse`. Each object is an event; the bracket or comma before it is part of its `raw`, the last bracket is an event
//! that says nothing.
//!
//! Of the objects themselves only strings and brackets are looked at: the end is all that is wanted here, and whoever
//! reads the object checks it. An object without an array around it is taken for the only one: an error that came instead
//! of the stream.

use std::borrow::Cow;

use super::cutter::Scan;
use super::frame::{Broken, Event};
use super::json::MAX_DEPTH;
use super::scan;

/// Finds where objects end.
#[derive(Debug, Default)]
pub struct Objects {
    place: Place,
    /// Everything before is read.
    at: usize,
    /// Where the object under way begins.
    start: usize,
}

/// Where in the array the next byte stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Place {
    /// Before the array.
    #[default]
    Before,
    /// Behind its opening bracket.
    Opened,
    /// In an object, below so many brackets.
    Object { depth: usize, alone: bool },
    /// In a string of an object.
    String { depth: usize, alone: bool },
    /// Behind an object.
    Between,
    /// Behind a comma.
    Next,
    /// Behind the closing bracket.
    After,
}

impl Scan for Objects {
    fn event_end(&mut self, bytes: &[u8]) -> Result<Option<usize>, Broken> {
        loop {
            let rest = bytes.get(self.at..).unwrap_or_default();
            self.at += match self.place {
                Place::String { .. } => scan::string_end(rest).len,
                Place::Object { .. } => scan::structure_end(rest),
                _ => rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n')).count(),
            };
            let Some(&byte) = bytes.get(self.at) else { return Ok(None) };
            let mut next = self.at + 1;
            self.place = match (self.place, byte) {
                (Place::Before, b'[') => Place::Opened,
                (place @ (Place::Before | Place::Opened | Place::Next), b'{') => {
                    self.start = self.at;
                    Place::Object { depth: 1, alone: place == Place::Before }
                }
                (Place::Opened | Place::Between, b']') => Place::After,
                (Place::Between, b',') => Place::Next,
                (Place::Object { depth, alone }, b'"') => Place::String { depth, alone },
                (Place::Object { depth, alone }, b'{' | b'[') if depth < MAX_DEPTH => {
                    Place::Object { depth: depth + 1, alone }
                }
                (Place::Object { depth: 1, alone }, b'}' | b']') => {
                    if alone {
                        Place::After
                    } else {
                        Place::Between
                    }
                }
                (Place::Object { depth, alone }, b'}' | b']') => Place::Object { depth: depth - 1, alone },
                (Place::String { depth, alone }, b'"') => Place::Object { depth, alone },
                (Place::String { .. }, b'\\') => {
                    // The byte after it is no end, whatever it is.
                    next += 1;
                    if next > bytes.len() {
                        return Ok(None);
                    }
                    self.place
                }
                (Place::String { .. }, _) => self.place,
                (Place::Object { .. }, _) => return Err(Broken::Malformed("it nests too deep")),
                _ => return Err(Broken::Malformed("it is not an array of objects")),
            };
            self.at = next;
            if matches!((self.place, byte), (Place::Between | Place::After, b'}' | b']')) {
                return Ok(Some(next));
            }
        }
    }

    fn take<'a>(&mut self, raw: &'a [u8], complete: bool) -> Result<Event<'a>, Broken> {
        let start = std::mem::take(&mut self.start);
        self.at = 0;
        let object = raw.get(start..).unwrap_or_default();
        let has_data = object.starts_with(b"{");
        let data = Cow::Borrowed(if has_data { object } else { &[] });
        // White space behind the end is no half of anything.
        let complete = complete || self.place == Place::After;
        Ok(Event { raw, name: None, data, has_data, complete, fault: false })
    }
}
