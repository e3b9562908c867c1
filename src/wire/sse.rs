//! Server-sent events: cuts a provider's `text/event-stream` into events however the network cut it into chunks, and
//! writes events of our own.
//!
//! The rules are those of the [HTML standard], section 9.2.6. What differs is on purpose:
//! - Every byte of the stream belongs to the `raw` of exactly one event, in order, so a stream that nobody changes can
//!   be forwarded byte for byte. An event may therefore hold only comments, or only the blank line.
//! - Bytes stay bytes: nothing is decoded, so a sequence that is not UTF-8 is handed on as it came.
//! - What is left when the stream ends is given too, marked as not complete. A browser throws it away, but a provider
//!   that forgets the last blank line after `data: [DONE]` has still said it.
//!
//! The events are the same for every cut of the same bytes. The one hard place is a blank line that is a CR at the end
//! of a chunk, since its LF may come with the next. Where the line before ended in CR alone, the stream evidently uses
//! that: the event ends at once, and should an LF come after all, it opens the `raw` of the next event, where it means
//! nothing. Elsewhere the event waits for one more byte.
//!
//! [HTML standard]: https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation

use std::borrow::Cow;
use std::fmt;

use memchr::memchr2;

/// How large one event may be unless the caller says otherwise. Text deltas are some hundred bytes, the closing event
/// of a long answer some hundred kilobytes; an image comes as base64 in one event and takes a few megabytes. Beyond
/// this it is a broken or hostile stream, and it would take the memory of every other request in the VM.
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

    /// Feeds one chunk and calls `each` for every event that is now complete, in order. An event that lies wholly in
    /// the chunk is borrowed from it.
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
            // Line by line, so that of the events after this one at most a line is copied for nothing.
            let taken = memchr2(b'\n', b'\r', rest).map_or(rest.len(), |line_end| line_end + 1);
            let (piece, after) = rest.split_at_checked(taken).unwrap_or((rest, &[]));
            self.carry.extend_from_slice(piece);
            match self.scan.event_end(&self.carry) {
                None => {
                    self.check(self.carry.len())?;
                    rest = after;
                }
                Some(end) => {
                    self.check(end)?;
                    // A CR had waited and what came is no LF: it belongs to the next event.
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
    write_name(out, name);
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

/// Begins an event whose data, one line, is appended next.
pub fn begin(out: &mut Vec<u8>, name: Option<&str>) {
    write_name(out, name);
    out.extend_from_slice(b"data: ");
}

fn write_name(out: &mut Vec<u8>, name: Option<&str>) {
    if let Some(name) = name {
        out.extend_from_slice(b"event: ");
        out.extend(name.bytes().filter(|byte| !matches!(byte, b'\n' | b'\r')));
        out.push(b'\n');
    }
}

/// Appends an event as it lay in the stream, but with other data: its comments, id and the rest stay. For data that was
/// several lines.
pub fn write_in_place(out: &mut Vec<u8>, raw: &[u8], data: &[u8]) {
    let (mut rest, mut written) = (raw, false);
    while !rest.is_empty() {
        let text = memchr2(b'\n', b'\r', rest).unwrap_or(rest.len());
        let end = match (rest.get(text), rest.get(text + 1)) {
            (Some(b'\r'), Some(b'\n')) => text + 2,
            (Some(_), _) => text + 1,
            (None, _) => text,
        };
        let (line, after) = rest.split_at_checked(end).unwrap_or((rest, &[]));
        rest = after;
        let bare = line.get(..text).unwrap_or_default();
        if value_of(bare.strip_prefix(BOM).unwrap_or(bare), b"data").is_none() {
            out.extend_from_slice(line);
        } else if !std::mem::replace(&mut written, true) {
            let start = out.len();
            write(out, None, data);
            // The blank line that ends it is there already.
            out.truncate(out.len().saturating_sub(1).max(start));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An event that outlives its chunk.
    #[derive(Clone, Debug, PartialEq, Eq)]
    struct Seen {
        raw: Vec<u8>,
        name: Option<Vec<u8>>,
        data: Option<Vec<u8>>,
        id: Option<Vec<u8>>,
        retry_ms: Option<u64>,
        complete: bool,
    }

    impl From<Event<'_>> for Seen {
        fn from(event: Event<'_>) -> Self {
            Self {
                raw: event.raw.to_vec(),
                name: event.name.map(<[u8]>::to_vec),
                data: event.has_data().then(|| event.data.to_vec()),
                id: event.id.map(<[u8]>::to_vec),
                retry_ms: event.retry_ms,
                complete: event.complete,
            }
        }
    }

    fn read<'a>(limit: usize, chunks: impl IntoIterator<Item = &'a [u8]>) -> (Vec<Seen>, Result<(), TooLarge>) {
        let mut reader = Reader::new(limit);
        let mut seen = Vec::new();
        let mut collect = |event: Event<'_>| {
            seen.push(Seen::from(event));
            Ok(())
        };
        let mut result = Ok(());
        for chunk in chunks {
            result = result.and_then(|()| reader.push(chunk, &mut collect));
            assert!(reader.pending() <= limit);
        }
        result = result.and_then(|()| reader.finish(&mut collect));
        (seen, result)
    }

    fn events<'a>(chunks: impl IntoIterator<Item = &'a [u8]>) -> Vec<Seen> {
        let (seen, result) = read(MAX_EVENT_BYTES, chunks);
        assert_eq!(result, Ok(()));
        seen
    }

    const OPENAI: &str = concat!(
        r#"data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1719850000,"model":"gpt-4o-mini","#,
        r#""choices":[{"index":0,"delta":{"role":"assistant","content":"Grüße"},"finish_reason":null}]}"#,
        "\n\n",
        r#"data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1719850000,"model":"gpt-4o-mini","#,
        r#""choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#,
        "\n\ndata: [DONE]\n\n",
    );
    const ANTHROPIC: &str = concat!(
        "event: message_start\r\n",
        r#"data: {"type":"message_start","message":{"id":"msg_1","usage":{"input_tokens":25,"output_tokens":1}}}"#,
        "\r\n\r\nevent: ping\r\ndata: {\"type\": \"ping\"}\r\n\r\n",
        "event: content_block_delta\r\n",
        r#"data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"日本"}}"#,
        "\r\n\r\nevent: message_stop\r\ndata: {\"type\":\"message_stop\"}\r\n\r\n",
    );
    const GEMINI: &str = concat!(
        r#"data: {"candidates": [{"content": {"parts": [{"text": "Hi"}],"role": "model"},"index": 0}]}"#,
        "\r\n\r\n",
        r#"data: {"candidates": [{"finishReason": "STOP"}],"usageMetadata": {"totalTokenCount": 9}}"#,
        "\r\n\r\n",
    );

    /// Streams with every line end and every oddity.
    const STREAMS: &[(&str, &str)] = &[
        ("openai", OPENAI),
        ("anthropic", ANTHROPIC),
        ("gemini", GEMINI),
        ("keep-alive comments", ": OPENROUTER PROCESSING\n\n: OPENROUTER PROCESSING\n\ndata: {}\n\n:\n\ndata: x\n\n"),
        ("bom", "\u{FEFF}data: a\n\ndata: b\n\n"),
        ("bom before a blank line", "\u{FEFF}\n\u{FEFF}data: not a field\n\n"),
        ("several data lines", "data: a\ndata\ndata:é\n\ndata: b\r\ndata:  c\r\n\r\ndata\r\r"),
        ("lone cr", "event: a\rdata: 1\r\rdata: 2\r\r: c\r\rdata: 3\r\r"),
        ("lone cr that turns into crlf", "data: 1\r\r\ndata: 2\r\n\r\ndata: 3\r\r\r\n\n\r"),
        ("every line end in turn", "data: 1\n\rdata: 2\r\n\rdata: 3\r\n\n\r\rdata: 4\n\r\ndata: 5\r\n\r\r\r\n"),
        ("all fields", "id: 7\nretry: 1500\nevent: e\nfoo: bar\n: c\ndata: x\n\nid\nretry: 1s\nevent\ndata:\n\n"),
        ("no end", "data: a\n\ndata: b\nid: 3"),
        ("blank line waits for its lf", "data: a\n\r"),
        ("only blank lines", "\n\r\n\r\r\n\n"),
        ("nothing", ""),
    ];

    #[test]
    fn events_do_not_depend_on_where_the_bytes_are_cut() {
        for (name, stream) in STREAMS {
            let bytes = stream.as_bytes();
            let whole = events([bytes]);
            assert_eq!(events(bytes.chunks(1)), whole, "{name}: byte for byte");
            for first in 0..=bytes.len() {
                let (a, rest) = bytes.split_at(first);
                assert_eq!(events([a, rest]), whole, "{name}: cut at {first}");
                if bytes.len() <= 120 {
                    for second in 0..=rest.len() {
                        let (b, c) = rest.split_at(second);
                        assert_eq!(events([a, b, &[], c]), whole, "{name}: cut at {first} and {}", first + second);
                    }
                }
            }
        }
    }

    #[test]
    fn raw_of_every_event_together_is_the_stream() {
        for (name, stream) in STREAMS {
            let raw: Vec<u8> = events([stream.as_bytes()]).into_iter().flat_map(|event| event.raw).collect();
            assert_eq!(String::from_utf8(raw).unwrap(), *stream, "{name}");
        }
    }

    #[test]
    fn an_event_ends_with_its_blank_line() {
        let rows: &[&[&str]] = &[
            &["data: 1\n\n", "\n", "data: 2\n\n"],
            &["data: 1\r\n\r\n", "\r\n", "data: 2\r\n\r\n"],
            &["data: 1\r\r", "\r", "data: 2\r\r"],
            &["data: 1\n\r\n", "\r\n", "data: 2\n\r", "data: 3\n\n"],
            // Lone CRs end an event at once, so the LF of a CRLF comes too late and opens the next; and that once only.
            &["data: 1\r\r", "\n\r\n", "data: 2\r\r", "\ndata: 3\r\n\r\n"],
            &["data: 1\r\r", "\n\n", "data: 2\n\r\n"],
        ];
        for row in rows {
            let raw: Vec<_> = events([row.concat().as_bytes()])
                .into_iter()
                .map(|event| String::from_utf8(event.raw).unwrap())
                .collect();
            assert_eq!(raw, *row);
        }
    }

    /// One row: a stream, and of each of its events the name, the data if any, and whether it is complete.
    type Row = (&'static str, &'static [(Option<&'static str>, Option<&'static str>, bool)]);

    #[test]
    fn fields_are_read_as_the_standard_says() {
        let rows: &[Row] = &[
            ("data: a\n\n", &[(None, Some("a"), true)]),
            ("data:a\n\n", &[(None, Some("a"), true)]),
            ("data:  a \n\n", &[(None, Some(" a "), true)]),
            ("data:\n\n", &[(None, Some(""), true)]),
            ("data\n\n", &[(None, Some(""), true)]),
            ("data\ndata\n\n", &[(None, Some("\n"), true)]),
            ("data: a\r\ndata: b: c\r\ndata:\r\n\r\n", &[(None, Some("a\nb: c\n"), true)]),
            ("dataset: a\nDATA: b\n data: c\n\n", &[(None, None, true)]),
            ("event: e\ndata: a\n\n", &[(Some("e"), Some("a"), true)]),
            ("event: e\nevent: f\ndata: a\n\n", &[(Some("f"), Some("a"), true)]),
            ("event: e\nevent\ndata: a\n\n", &[(None, Some("a"), true)]),
            ("event: e\n\n", &[(Some("e"), None, true)]),
            (": c\n\ndata: a\n\n", &[(None, None, true), (None, Some("a"), true)]),
            (": c\ndata: a\n\n\n", &[(None, Some("a"), true), (None, None, true)]),
            ("\u{FEFF}data: a\n\n", &[(None, Some("a"), true)]),
            ("\u{FEFF}\u{FEFF}data: a\n\n", &[(None, None, true)]),
            ("\n\u{FEFF}data: a\n\n", &[(None, None, true), (None, None, true)]),
            ("data: 1\r\rdata: 2\r\r", &[(None, Some("1"), true), (None, Some("2"), true)]),
            ("data: 1\r\r\ndata: 2\r\n\r\n", &[(None, Some("1"), true), (None, Some("2"), true)]),
            ("data: 1\r\n\rdata: 2\n\r", &[(None, Some("1"), true), (None, Some("2"), true)]),
            ("data: [DONE]", &[(None, Some("[DONE]"), false)]),
            ("data: [DONE]\n", &[(None, Some("[DONE]"), false)]),
            ("data: a\ndata", &[(None, Some("a\n"), false)]),
            ("data: a\n\n: bye", &[(None, Some("a"), true), (None, None, false)]),
        ];
        for (stream, expected) in rows {
            let seen = events([stream.as_bytes()]);
            let seen: Vec<_> = seen
                .iter()
                .map(|event| {
                    let text = |bytes: &Option<Vec<u8>>| bytes.clone().map(|bytes| String::from_utf8(bytes).unwrap());
                    (text(&event.name), text(&event.data), event.complete)
                })
                .collect();
            let seen: Vec<_> =
                seen.iter().map(|(name, data, complete)| (name.as_deref(), data.as_deref(), *complete)).collect();
            assert_eq!(seen.as_slice(), *expected, "{stream:?}");
        }
    }

    #[test]
    fn an_id_with_nul_and_a_retry_that_is_no_number_are_ignored() {
        type Row = (&'static str, Option<&'static str>, Option<u64>);
        let rows: &[Row] = &[
            ("id: 7\nretry: 1500\n\n", Some("7"), Some(1500)),
            ("id\nretry\n\n", Some(""), None),
            ("id: 7\nid: 8\0\nretry: 1\nretry: +2\nretry: 3 \n\n", Some("7"), Some(1)),
            ("id: 8\0\nretry: 99999999999999999999999\n\n", None, None),
        ];
        for (stream, id, retry_ms) in rows {
            let seen = events([stream.as_bytes()]);
            assert_eq!(seen.len(), 1, "{stream:?}");
            assert_eq!(seen[0].id.as_deref(), id.map(str::as_bytes), "{stream:?}");
            assert_eq!(seen[0].retry_ms, *retry_ms, "{stream:?}");
        }
    }

    #[test]
    fn an_event_is_given_with_the_chunk_that_ends_it() {
        for stream in [": keep-alive\n\n", ": keep-alive\r\n\r\n", ": keep-alive\r\r", "data: a\n\n", "\n"] {
            for cut in 0..stream.len() {
                let mut reader = Reader::default();
                let mut count = 0;
                let (a, b) = stream.as_bytes().split_at(cut);
                for chunk in [a, b] {
                    let mut given = |_: Event<'_>| {
                        count += 1;
                        Ok::<_, TooLarge>(())
                    };
                    reader.push(chunk, &mut given).unwrap();
                }
                assert_eq!((count, reader.pending()), (1, 0), "{stream:?} cut at {cut}");
            }
        }
    }

    #[test]
    fn one_data_line_is_borrowed_from_the_chunk() {
        let chunk = b"data: a\n\n: c\ndata: b\r\n\r\n\n".as_slice();
        let mut reader = Reader::default();
        // The first chunk leaves half an event in the carry; what follows its end must be borrowed again.
        reader.push::<TooLarge>(b"data: x\n", |_| panic!("not complete")).unwrap();
        let mut borrowed = Vec::new();
        let next = [b"\n", chunk].concat();
        reader
            .push::<TooLarge>(&next, |event| {
                assert!(matches!(event.data, Cow::Borrowed(_)));
                borrowed.push(next.as_ptr_range().contains(&event.raw.as_ptr()));
                Ok(())
            })
            .unwrap();
        assert_eq!(borrowed, [false, true, true, true]);
    }

    #[test]
    fn an_event_above_the_limit_is_refused_wherever_it_is_cut() {
        // Each stream is a good event, then one of 12 bytes: allowed by a limit of 12, refused by 11.
        for stream in ["data: 1\n\ndata: 3456\n\n", "data: 1\n\n: 3\ndata:\r\n\r", "data: 1\r\rdata: 56\r\n\r\n"] {
            for (limit, refused) in [(12, false), (11, true)] {
                for size in 1..=stream.len() {
                    let (seen, result) = read(limit, stream.as_bytes().chunks(size));
                    let expected = if refused { Err(TooLarge { limit_bytes: limit }) } else { Ok(()) };
                    assert_eq!((seen.len(), result), (2 - usize::from(refused), expected), "{stream:?} by {size}");
                }
            }
        }
    }

    #[test]
    fn a_line_without_end_is_held_only_up_to_the_limit() {
        let mut reader = Reader::new(1000);
        let mut refused_at = None;
        for sent in (100..=2000).step_by(100) {
            if reader.push::<TooLarge>(&[b'x'; 100], |_| Ok(())).is_err() {
                refused_at.get_or_insert(sent);
                assert_eq!(reader.pending(), 0, "after {sent}");
            }
        }
        assert_eq!(refused_at, Some(1100));
        let error = reader.push::<TooLarge>(b"data: a\n\n", |_| panic!("the stream is over")).unwrap_err();
        assert_eq!(error.to_string(), "a server-sent event is larger than the limit of 1000 bytes");
        assert_eq!(reader.finish::<TooLarge>(|_| panic!("the stream is over")), Err(error));
    }

    #[test]
    fn an_error_of_the_caller_ends_the_chunk() {
        #[derive(Debug, PartialEq)]
        struct Stop;
        impl From<TooLarge> for Stop {
            fn from(_: TooLarge) -> Self {
                Self
            }
        }
        for first in ["", "da", "data: 1\n"] {
            let mut reader = Reader::default();
            reader.push::<Stop>(first.as_bytes(), |_| Ok(())).unwrap();
            let mut count = 0;
            let stop = |_: Event<'_>| {
                count += 1;
                Err(Stop)
            };
            assert_eq!(reader.push(b"data: 1\n\ndata: 2\n\n", stop), Err(Stop), "{first:?}");
            assert_eq!((count, reader.pending()), (1, 0), "{first:?}");
        }
    }

    #[test]
    fn after_finish_the_reader_starts_a_new_stream() {
        let mut reader = Reader::default();
        let mut data = Vec::new();
        for _ in 0..2 {
            let mut collect = |event: Event<'_>| {
                data.push(event.data.into_owned());
                Ok::<_, TooLarge>(())
            };
            reader.push("\u{FEFF}data: 1\r\rdata: 2".as_bytes(), &mut collect).unwrap();
            reader.finish(&mut collect).unwrap();
            reader.finish::<TooLarge>(|_| panic!("nothing is left")).unwrap();
        }
        assert_eq!(data, [b"1", b"2", b"1", b"2"]);
    }

    #[test]
    fn what_is_written_reads_back_with_lf_for_every_line_end() {
        type Row = (Option<&'static str>, &'static str, &'static str);
        let rows: &[Row] = &[
            (None, "{}", "data: {}\n\n"),
            (None, "", "data: \n\n"),
            (None, " a", "data:  a\n\n"),
            (Some("ping"), "{}", "event: ping\ndata: {}\n\n"),
            (Some("a\r\ndata: b"), "c", "event: adata: b\ndata: c\n\n"),
            (None, "a\nb\r\nc\rd", "data: a\ndata: b\ndata: c\ndata: d\n\n"),
            (None, "\n\r\r\n\n", "data: \ndata: \ndata: \ndata: \ndata: \n\n"),
            (None, "a\n\ndata: b", "data: a\ndata: \ndata: data: b\n\n"),
        ];
        for (name, data, expected) in rows {
            let mut out = Vec::new();
            write(&mut out, *name, data.as_bytes());
            assert_eq!(String::from_utf8_lossy(&out), *expected);
            let seen = events([&out[..]]);
            assert_eq!(seen.len(), 1, "{data:?}");
            let normal = data.replace("\r\n", "\n").replace('\r', "\n");
            assert_eq!(seen[0].data.as_deref(), Some(normal.as_bytes()), "{data:?}");
            assert!(seen[0].complete, "{data:?}");
        }
    }

    #[test]
    fn arbitrary_bytes_keep_both_laws() {
        // Pieces that matter come often, so that the odd meetings of line ends are tried; the rest is noise.
        let pieces: [&[u8]; 12] =
            [b"\n", b"\r", b"\r\n", b"data", b":", b" ", b"id", b"event: e", b"retry: 1", b"\0", BOM, b"\xFF\xC3"];
        let mut state = 0x9E37_79B9_7F4A_7C15_u64;
        let mut random = |below: usize| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 33) as usize % below
        };
        for round in 0..20_000 {
            let mut stream = Vec::new();
            for _ in 0..random(40) {
                match random(pieces.len() + 1) {
                    piece if piece < pieces.len() => stream.extend_from_slice(pieces[piece]),
                    _ => stream.push(random(256) as u8),
                }
            }
            let whole = events([&stream[..]]);
            let mut rest = &stream[..];
            let mut chunks = Vec::new();
            while !rest.is_empty() {
                let (chunk, after) = rest.split_at(random(rest.len().min(7) + 1));
                chunks.push(chunk);
                rest = after;
            }
            assert_eq!(events(chunks), whole, "round {round}: {:?}", stream.escape_ascii().to_string());
            let raw: Vec<u8> = whole.into_iter().flat_map(|event| event.raw).collect();
            assert_eq!(raw, stream, "round {round}");
        }
    }
}
