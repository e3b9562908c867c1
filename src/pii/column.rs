//! The cells under a heading: in CSV, TSV and Markdown a label names what stands in its column, lines below.

/// No line of a table is longer, and no more of its lines are read.
const LINE: usize = 1024;
const LINES: usize = 256;
/// So many columns of one table have a label that counts.
const COLUMNS: usize = 24;

/// The table whose first line was seen last.
#[derive(Clone, Copy, Default)]
pub struct Table {
    /// Where its first line starts, and where it ends.
    start: usize,
    end: usize,
    columns: usize,
}

/// The column under a label that ends a heading's cell.
#[derive(Clone, Copy)]
pub struct Column {
    delimiter: u8,
    /// Delimiters of each line.
    delimiters: usize,
    /// Which of the cells.
    place: usize,
    /// Where the next line starts.
    next: usize,
    lines: usize,
}

impl Column {
    /// The column of the label that ends at `end`, if a table follows. A line inside the last table is no heading, so a text
    /// is read [`COLUMNS`] times at most.
    pub fn under(text: &[u8], end: usize, table: &mut Table) -> Option<Column> {
        let padding = |b: &&u8| matches!(b, b' ' | b'"' | b'\'' | b'*' | b')');
        let behind = end + text.get(end..)?.iter().take(4).take_while(padding).count();
        let closing = text.get(behind)?;
        if !matches!(closing, b',' | b';' | b'\t' | b'|' | b'\n' | b'\r') {
            return None;
        }
        let near = text.get(end.saturating_sub(LINE)..end)?;
        let start = match memchr::memrchr(b'\n', near) {
            Some(newline) => end - near.len() + newline + 1,
            None => (near.len() == end).then_some(0)?,
        };
        if start < table.end && start != table.start || start == table.start && table.columns >= COLUMNS {
            return None;
        }
        let line = |from: usize| {
            let near = text.get(from..text.len().min(from + LINE))?;
            Some(from + memchr::memchr(b'\n', near).or((from + near.len() == text.len()).then_some(near.len()))?)
        };
        let heading = text.get(start..line(start)?)?;
        let delimiter = if matches!(closing, b'\n' | b'\r') {
            *[b'\t', b'|', b';', b','].iter().find(|d| heading.contains(d))?
        } else {
            *closing
        };
        let count = |line: &[u8]| line.iter().filter(|b| **b == delimiter).count();
        let delimiters = count(heading);
        let next = start + heading.len() + 1;
        if delimiters == 0 || count(text.get(next..line(next)?)?) != delimiters {
            return None;
        }
        if table.start != start || table.end == 0 {
            *table = Table { start, end: next, columns: 0 };
        }
        table.columns += 1;
        let place = count(text.get(start..end)?);
        Some(Column { delimiter, delimiters, place, next, lines: 0 })
    }

    /// The next cell, without quotes and spaces, and its line: their bytes. None at the table's end.
    pub fn cell(&mut self, text: &[u8], table: &mut Table) -> Option<((usize, usize), (usize, usize))> {
        let near = text.get(self.next..text.len().min(self.next + LINE)).filter(|near| !near.is_empty())?;
        let line = near.get(..memchr::memchr(b'\n', near).unwrap_or(near.len()))?;
        if self.lines >= LINES || line.iter().filter(|b| **b == self.delimiter).count() != self.delimiters {
            return None;
        }
        let before: usize = line.split(|b| *b == self.delimiter).take(self.place).map(|cell| cell.len() + 1).sum();
        let cell = line.split(|b| *b == self.delimiter).nth(self.place)?;
        let padding = |b: &&u8| b.is_ascii_whitespace() || matches!(b, b'"' | b'\'');
        let front = cell.iter().take_while(padding).count();
        let back = cell.iter().rev().take_while(padding).count().min(cell.len() - front);
        let start = self.next + before + front;
        let end = self.next + before + cell.len() - back;
        let whole = (self.next, self.next + line.len());
        self.next += line.len() + 1;
        self.lines += 1;
        table.end = table.end.max(self.next);
        Some(((start, end), whole))
    }
}
