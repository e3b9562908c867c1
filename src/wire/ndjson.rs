//! Newline-delimited JSON (`application/x-ndjson`): one value a line. A line ends with LF; a CR before it is no part of
//! the value. A line with nothing on it says nothing.

use std::borrow::Cow;

use memchr::memchr;

use super::cutter::Scan;
use super::frame::{Broken, Event};
use super::json;

/// Finds where lines end.
#[derive(Debug, Default)]
pub struct Lines {
    /// Everything before is read.
    at: usize,
}

impl Scan for Lines {
    fn event_end(&mut self, bytes: &[u8]) -> Result<Option<usize>, Broken> {
        let found = memchr(b'\n', bytes.get(self.at..).unwrap_or_default()).map(|line_end| self.at + line_end + 1);
        self.at = bytes.len();
        Ok(found)
    }

    fn take<'a>(&mut self, raw: &'a [u8], complete: bool) -> Result<Event<'a>, Broken> {
        self.at = 0;
        let data = raw.trim_ascii();
        Ok(Event { raw, name: None, data: Cow::Borrowed(data), has_data: !data.is_empty(), complete, fault: false })
    }
}

/// Appends one value on a line of its own.
pub fn write(out: &mut Vec<u8>, data: &[u8]) {
    let start = out.len();
    out.extend_from_slice(data);
    json::on_one_line(out.get_mut(start..).unwrap_or_default());
    out.push(b'\n');
}
