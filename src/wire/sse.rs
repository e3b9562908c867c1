//! Server-sent events: cuts a provider's `text/event-stream` into events however the network cut it into chunks, and
//! writes events of our own.
//!
//! The rules are those of the [HTML standard], section 9.2.6. What differs is on purpose:
//! - Every byte of the stream belongs to the `raw` of exactly one event, in order, so a stream that nobody changes can be
//!   forwarded byte for byte. An event may therefore hold only comments, or only the blank line.
//! - Bytes stay bytes: nothing is decoded, so a sequence that is not UTF-8 is handed on as it came.
//! - What is left when the stream ends is given too, marked as not complete. A browser throws it away, but a provider
//!   that forgets the last blank line after `data: [DONE]` has still said it.
//!
//! The events are the same for every cut of the same bytes. The one hard place is a blank line that is a CR at the end
//! of a chunk, since its LF may come with the next. Where the line before ended in CR alone, the stream evidently uses
//! that, so the event ends at once, and should an LF come after all it opens the `raw` of the next event (where it means
//! nothing). Elsewhere the event waits for one more byte.
//!
//! [HTML standard]: https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation

use std::borrow::Cow;
use std::fmt;

use memchr::memchr2;

/// How large one event may be unless the caller says otherwise. Text deltas are some hundred bytes, the closing event of
/// a long answer some hundred kilobytes; an image comes as base64 in one event and takes a few megabytes. Beyond this
/// it is a broken or hostile stream, and it would take the memory of every other request in the VM.
pub const MAX_EVENT_BYTES: usize = 8 * 1024 * 1024;

/// What the carry may keep allocated once its event is delivered: more than any chunk of text needs, and little enough
/// that one image early in a stream does not hold megabytes until its end.
const KEPT_CARRY_BYTES: usize = 64 * 1024;

const BOM: &[u8] = b"\xEF\xBB\xBF";

/// One event as it lay in the stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event<'a> {
    /// The exact bytes: comments before the fields and the blank line that ends it included.
    pub raw: &'a [u8],
    /// The last `event` field; None if there is none or it is empty, which both mean `message`.
    pub name: Option<&'a [u8]>,
    /// The `data` fields, joined by LF. Borrowed unless there are several. Empty is not the same as absent: see
    /// [`Event::has_data`].
    pub data: Cow<'a, [u8]>,
    /// The last `id` field of this event; an earlier event's id is for the caller to remember. One that contains NUL is
    /// ignored.
    pub id: Option<&'a [u8]>,
    /// The last `retry` field that is a number: how long to wait before connecting again.
    pub retry_ms: Option<u64>,
    /// False only for what [`Reader::finish`] finds: the stream ended before the blank line.
    pub complete: bool,
    has_data: bool,
}

impl Event<'_> {
    /// Whether there is a `data` field at all. An event without one is a comment, a keep-alive or a stray blank line: a
    /// browser would not show it, and we only forward it.
    pub fn has_data(&self) -> bool {
        self.has_data
    }
}

/// An event is larger than the reader's limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooLarge {
    /// The limit, in bytes.
    pub limit_bytes: usize,
}

impl fmt::Display for TooLarge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a server-sent event is larger than the limit of {} bytes", self.limit_bytes)
    }
}

impl std::error::Error for TooLarge {}

/// Reads one stream. Holds at most the bytes of the one event under way.
#[derive(Debug)]
pub struct Reader {
    max_event_bytes: usize,
    /// The event under way, if it began in an earlier chunk.
    carry: Vec<u8>,
    scan: Scan,
    too_large: bool,
}

impl Default for Reader {
    fn default() -> Self {
        Self::new(MAX_EVENT_BYTES)
    }
}

impl Reader {
    /// A reader at the start of a stream, which refuses an event of more than so many raw bytes.
    pub fn new(max_event_bytes: usize) -> Self {
        Self { max_event_bytes, carry: Vec::new(), scan: Scan::new(), too_large: false }
    }

    /// Feeds one chunk and calls `each` for every event that is now complete, in order. An event that lies wholly in the
    /// chunk is borrowed from it.
    ///
    /// Once this has failed the stream is over: after [`TooLarge`] every further call fails the same way, and after an
    /// error of `each` the rest of the chunk has not been read.
    pub fn push<E: From<TooLarge>>(
        &mut self,
        chunk: &[u8],
        mut each: impl FnMut(Event<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        self.check(0)?;
        let mut rest = chunk;
        while !self.carry.is_empty() && !rest.is_empty() {
            // Line by line, so that the events after this one can be borrowed from the chunk. A CR that waits to know
            // whether an LF follows gets only the one byte that tells.
            let taken = match self.scan.at < self.carry.len() {
                true => 1,
                false => memchr2(b'\n', b'\r', rest).map_or(rest.len(), |line_end| line_end + 1),
            };
            let (piece, after) = rest.split_at_checked(taken).unwrap_or((rest, &[]));
            self.carry.extend_from_slice(piece);
            match self.scan.event_end(&self.carry) {
                None => {
                    self.check(self.carry.len())?;
                    rest = after;
                }
                Some(end) => {
                    self.check(end)?;
                    // The telling byte was no LF: it belongs to the next event.
                    let surplus = self.carry.len() - end;
                    rest = rest.get(taken - surplus..).unwrap_or_default();
                    self.deliver_carry(end, true, &mut each)?;
                }
            }
        }
        while !rest.is_empty() {
            let Some(end) = self.scan.event_end(rest) else {
                self.check(rest.len())?;
                self.carry.extend_from_slice(rest);
                break;
            };
            self.check(end)?;
            let (raw, after) = rest.split_at_checked(end).unwrap_or((rest, &[]));
            rest = after;
            each(self.scan.take_event(raw, true))?;
        }
        Ok(())
    }

    /// The stream is over: whatever is left is given as a last event. It is `complete` only if its blank line is there
    /// and was waiting for an LF; a last line without an end counts as a line. The reader is then as after
    /// [`Reader::new`].
    pub fn finish<E: From<TooLarge>>(&mut self, mut each: impl FnMut(Event<'_>) -> Result<(), E>) -> Result<(), E> {
        self.check(0)?;
        let result = match self.carry.is_empty() {
            true => Ok(()),
            false => {
                let complete = self.scan.end_of_stream(&self.carry);
                self.deliver_carry(self.carry.len(), complete, &mut each)
            }
        };
        self.scan = Scan::new();
        result
    }

    /// How many bytes of an event that is not complete yet are held.
    pub fn pending(&self) -> usize {
        self.carry.len()
    }

    fn check(&mut self, event_bytes: usize) -> Result<(), TooLarge> {
        if event_bytes > self.max_event_bytes {
            self.too_large = true;
            self.carry = Vec::new();
            self.scan = Scan::new();
        }
        match self.too_large {
            true => Err(TooLarge { limit_bytes: self.max_event_bytes }),
            false => Ok(()),
        }
    }

    fn deliver_carry<E>(
        &mut self,
        end: usize,
        complete: bool,
        each: &mut impl FnMut(Event<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let raw = self.carry.get(..end).unwrap_or(&self.carry);
        let result = each(self.scan.take_event(raw, complete));
        self.carry.clear();
        self.carry.shrink_to(KEPT_CARRY_BYTES);
        result
    }
}

/// Start and end in the event's raw bytes.
type Span = (usize, usize);

/// How far the event under way has been read. Positions count from the event's first byte, so they stay true when the
/// bytes move from a chunk into the carry, and no byte is looked at again because more came.
#[derive(Debug)]
struct Scan {
    /// Where the current line starts.
    line: usize,
    /// Everything before is read. Less than what is there only if a CR at this place waits for the byte after it.
    at: usize,
    /// The last line ended in CR alone.
    lone_cr: bool,
    /// The last event ended in CR without waiting for an LF; one that follows is no line of its own.
    skip_lf: bool,
    /// No event has been delivered yet, so a BOM may stand at the start.
    first: bool,
    fields: Fields,
}

#[derive(Debug, Default)]
struct Fields {
    name: Option<Span>,
    data: Option<Span>,
    /// All data so far, once there are several lines of it.
    joined: Option<Vec<u8>>,
    id: Option<Span>,
    retry_ms: Option<u64>,
}

impl Scan {
    fn new() -> Self {
        Self { line: 0, at: 0, lone_cr: false, skip_lf: false, first: true, fields: Fields::default() }
    }

    /// Reads on to the end of the event, given all its bytes so far and possibly more; not to be called without any.
    fn event_end(&mut self, bytes: &[u8]) -> Option<usize> {
        if std::mem::take(&mut self.skip_lf) && bytes.first() == Some(&b'\n') {
            (self.line, self.at, self.lone_cr) = (1, 1, false);
        }
        loop {
            let Some(found) = memchr2(b'\n', b'\r', bytes.get(self.at..)?) else {
                self.at = bytes.len();
                return None;
            };
            let stop = self.at + found;
            let start = self.line_start(bytes);
            let blank = start == stop;
            let next = match (bytes.get(stop), bytes.get(stop + 1)) {
                (Some(b'\r'), _) if blank && self.lone_cr => {
                    self.skip_lf = true;
                    stop + 1
                }
                (Some(b'\r'), None) => {
                    self.at = stop;
                    return None;
                }
                (Some(b'\r'), Some(b'\n')) => {
                    self.lone_cr = false;
                    stop + 2
                }
                (byte, _) => {
                    self.lone_cr = byte == Some(&b'\r');
                    stop + 1
                }
            };
            if blank {
                return Some(next);
            }
            self.fields.read_line(bytes, (start, stop));
            self.line = next;
            self.at = next;
        }
    }

    /// Reads the last line, which nothing ended, and says whether the event is complete all the same.
    fn end_of_stream(&mut self, bytes: &[u8]) -> bool {
        let line = (self.line_start(bytes), self.at);
        self.fields.read_line(bytes, line);
        let blank = line.0 == line.1;
        blank && self.at < bytes.len()
    }

    fn line_start(&self, bytes: &[u8]) -> usize {
        match self.first && self.line == 0 && bytes.starts_with(BOM) {
            true => BOM.len(),
            false => self.line,
        }
    }

    /// Makes the event out of its bytes and stands at the start of the next.
    fn take_event<'a>(&mut self, raw: &'a [u8], complete: bool) -> Event<'a> {
        let Fields { name, data, joined, id, retry_ms } = std::mem::take(&mut self.fields);
        (self.line, self.at, self.first) = (0, 0, false);
        Event {
            raw,
            name: name.map(|span| slice(raw, span)).filter(|name| !name.is_empty()),
            data: match joined {
                Some(joined) => Cow::Owned(joined),
                None => Cow::Borrowed(data.map_or(&[], |span| slice(raw, span))),
            },
            id: id.map(|span| slice(raw, span)),
            retry_ms,
            complete,
            has_data: data.is_some(),
        }
    }
}

impl Fields {
    /// Takes in one line without its end. Comments and fields nobody knows say nothing.
    fn read_line(&mut self, bytes: &[u8], line: Span) {
        let text = slice(bytes, line);
        if let Some(value) = value_of(text, b"data") {
            match (self.data, &mut self.joined) {
                (None, _) => self.data = Some((line.1 - value.len(), line.1)),
                (Some(first), None) => self.joined = Some([slice(bytes, first), value].join(&b'\n')),
                (Some(_), Some(joined)) => {
                    joined.push(b'\n');
                    joined.extend_from_slice(value);
                }
            }
        } else if let Some(value) = value_of(text, b"event") {
            self.name = Some((line.1 - value.len(), line.1));
        } else if let Some(value) = value_of(text, b"id") {
            if !value.contains(&0) {
                self.id = Some((line.1 - value.len(), line.1));
            }
        } else if let Some(value) = value_of(text, b"retry")
            && value.iter().all(u8::is_ascii_digit)
            && let Some(retry_ms) = std::str::from_utf8(value).ok().and_then(|digits| digits.parse().ok())
        {
            self.retry_ms = Some(retry_ms);
        }
    }
}

/// The value if the line is that field: after the colon and one space, or empty if there is no colon.
fn value_of<'a>(line: &'a [u8], field: &[u8]) -> Option<&'a [u8]> {
    match line.strip_prefix(field)? {
        [] => Some(&[]),
        [b':', b' ', value @ ..] | [b':', value @ ..] => Some(value),
        _ => None,
    }
}

fn slice(bytes: &[u8], (start, end): Span) -> &[u8] {
    bytes.get(start..end).unwrap_or_default()
}

/// Appends one event. Data without line ends becomes one `data` line; each LF, CRLF or CR in it begins another, so a
/// reader gets the data back with LF for every line end. A line end in the name would begin a field of the sender's
/// choosing, so it is left out.
pub fn write(out: &mut Vec<u8>, name: Option<&str>, data: &[u8]) {
    if let Some(name) = name {
        out.extend_from_slice(b"event: ");
        out.extend(name.bytes().filter(|byte| !matches!(byte, b'\n' | b'\r')));
        out.push(b'\n');
    }
    let mut rest = data;
    loop {
        let (line, after) = match memchr2(b'\n', b'\r', rest).and_then(|end| rest.split_at_checked(end)) {
            None => (rest, None),
            Some((line, [b'\r', b'\n', after @ ..] | [_, after @ ..])) => (line, Some(after)),
            Some((line, [])) => (line, None),
        };
        out.extend_from_slice(b"data: ");
        out.extend_from_slice(line);
        out.push(b'\n');
        let Some(after) = after else { break };
        rest = after;
    }
    out.push(b'\n');
}
