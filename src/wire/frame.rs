//! One stream, whatever it is framed in: cut into events that look alike, so that a format reads what an event says and
//! not how it lay on the wire. Every byte belongs to the `raw` of exactly one event, in order, and the events are the
//! same for every cut of the same bytes.

use std::borrow::Cow;
use std::fmt;

use super::cutter::Cutter;
use super::{event_stream, json, json_array, ndjson, sse};

/// How large one event may be. A text delta is some hundred bytes, a picture as base64 some megabytes; beyond this it is
/// a broken or hostile stream, and would take the memory of every other request in the VM.
pub const MAX_EVENT_BYTES: usize = sse::MAX_EVENT_BYTES;

/// How a stream is framed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Framing {
    /// Server-sent events: `text/event-stream`.
    #[default]
    Sse,
    /// AWS event streams: `application/vnd.amazon.eventstream`.
    AwsEventStream,
    /// One JSON value a line: `application/x-ndjson`.
    NdJson,
    /// One JSON array of objects, in pieces. Its media type is `application/json`, as that of any whole answer, so it is
    /// a stream only where the call was one.
    JsonArray,
}

impl Framing {
    /// The framings by their media types; the first of each is the one it is sent under.
    const MEDIA_TYPES: &'static [(Framing, &'static str)] = &[
        (Framing::Sse, "text/event-stream"),
        (Framing::AwsEventStream, "application/vnd.amazon.eventstream"),
        (Framing::NdJson, "application/x-ndjson"),
        (Framing::NdJson, "application/jsonl"),
        (Framing::NdJson, "application/json-lines"),
        (Framing::JsonArray, "application/json"),
    ];

    /// The framing of a content type; None if it is no stream's, or may be a whole answer's.
    pub fn of(content_type: &str) -> Option<Self> {
        let kind = content_type.split(';').next().unwrap_or_default().trim();
        let (framing, _) = Self::MEDIA_TYPES.iter().find(|(_, name)| kind.eq_ignore_ascii_case(name))?;
        Some(*framing).filter(|framing| *framing != Framing::JsonArray)
    }

    /// Its content type.
    pub fn media_type(self) -> &'static str {
        Self::MEDIA_TYPES.iter().find(|(framing, _)| *framing == self).map_or("", |(_, name)| name)
    }

    /// What ends an event that the stream's end left open, where something can.
    pub fn event_end(self) -> &'static [u8] {
        match self {
            Self::Sse => b"\n\n",
            Self::NdJson => b"\n",
            Self::AwsEventStream | Self::JsonArray => b"",
        }
    }
}

/// One event as it lay in the stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event<'a> {
    /// The exact bytes, with all that frames them.
    pub raw: &'a [u8],
    /// What kind of event it is, where the frame says: the `event` field of server-sent events, `:event-type` or
    /// `:exception-type` of AWS event streams.
    pub name: Option<&'a [u8]>,
    /// What it says, mostly JSON.
    pub data: Cow<'a, [u8]>,
    /// False for a frame that says nothing: a comment, a keep-alive, a stray blank line.
    pub has_data: bool,
    /// False for what is left at the stream's end without the end of its frame.
    pub complete: bool,
    /// The frame itself says that this is an error (`:message-type` is `exception` or `error`).
    pub fault: bool,
}

impl<'a> From<sse::Event<'a>> for Event<'a> {
    fn from(event: sse::Event<'a>) -> Self {
        let has_data = event.has_data();
        let sse::Event { raw, name, data, complete, .. } = event;
        Self { raw, name, data, has_data, complete, fault: false }
    }
}

/// Why a stream cannot be read on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Broken {
    /// An event is larger than the limit, in bytes.
    TooLarge(usize),
    /// A frame breaks the rules of its framing.
    Malformed(&'static str),
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLarge(limit) => write!(f, "an event of the stream is larger than the limit of {limit} bytes"),
            Self::Malformed(what) => write!(f, "a frame of the stream is broken: {what}"),
        }
    }
}

impl std::error::Error for Broken {}

impl From<sse::TooLarge> for Broken {
    fn from(error: sse::TooLarge) -> Self {
        Self::TooLarge(error.limit_bytes)
    }
}

/// Reads one stream. Holds at most the bytes of the one event under way.
#[derive(Debug)]
pub enum Reader {
    /// Server-sent events.
    Sse(sse::Reader),
    /// AWS event streams.
    AwsEventStream(Cutter<event_stream::Frames>),
    /// One JSON value a line.
    NdJson(Cutter<ndjson::Lines>),
    /// One JSON array of objects.
    JsonArray(Cutter<json_array::Objects>),
}

impl Default for Reader {
    fn default() -> Self {
        Self::new(Framing::default())
    }
}

impl Reader {
    /// A reader at the start of a stream.
    pub fn new(framing: Framing) -> Self {
        match framing {
            Framing::Sse => Self::Sse(sse::Reader::new(MAX_EVENT_BYTES)),
            Framing::AwsEventStream => Self::AwsEventStream(Cutter::default()),
            Framing::NdJson => Self::NdJson(Cutter::default()),
            Framing::JsonArray => Self::JsonArray(Cutter::default()),
        }
    }

    /// Feeds one chunk and calls `each` for every event that is now complete, in order. Once this has failed the stream
    /// is over.
    pub fn push(&mut self, chunk: &[u8], mut each: impl FnMut(Event<'_>)) -> Result<(), Broken> {
        match self {
            Self::Sse(reader) => reader.push(chunk, |event| -> Result<(), Broken> {
                each(event.into());
                Ok(())
            }),
            Self::AwsEventStream(reader) => reader.push(chunk, &mut each),
            Self::NdJson(reader) => reader.push(chunk, &mut each),
            Self::JsonArray(reader) => reader.push(chunk, &mut each),
        }
    }

    /// The stream is over: whatever is left is given as a last event, `complete` only if its frame is.
    pub fn finish(&mut self, mut each: impl FnMut(Event<'_>)) -> Result<(), Broken> {
        match self {
            Self::Sse(reader) => reader.finish(|event| -> Result<(), Broken> {
                each(event.into());
                Ok(())
            }),
            Self::AwsEventStream(reader) => reader.finish(&mut each),
            Self::NdJson(reader) => reader.finish(&mut each),
            Self::JsonArray(reader) => reader.finish(&mut each),
        }
    }

    /// How many bytes of an event that is not complete yet are held.
    pub fn pending(&self) -> usize {
        match self {
            Self::Sse(reader) => reader.pending(),
            Self::AwsEventStream(reader) => reader.pending(),
            Self::NdJson(reader) => reader.pending(),
            Self::JsonArray(reader) => reader.pending(),
        }
    }
}

/// Writes one stream, event by event. What it writes, a [`Reader`] of the framing reads back.
#[derive(Clone, Copy, Debug)]
pub struct Writer {
    framing: Framing,
    /// Something was written, so that a list wants a comma and no bracket.
    begun: bool,
}

impl Writer {
    /// A writer at the start of a stream.
    pub fn new(framing: Framing) -> Self {
        Self { framing, begun: false }
    }

    /// A writer behind events that were forwarded as they came.
    pub fn resumed(framing: Framing) -> Self {
        Self { framing, begun: true }
    }

    /// Appends an event. A framing whose events have no names drops the name.
    pub fn event(&mut self, out: &mut Vec<u8>, name: Option<&str>, data: &[u8]) {
        match self.framing {
            Framing::Sse => sse::write(out, name, data),
            Framing::AwsEventStream => event_stream::write(out, name.unwrap_or_default(), data),
            Framing::NdJson => ndjson::write(out, data),
            Framing::JsonArray => {
                self.next_item(out);
                out.extend_from_slice(data);
            }
        }
        self.begun = true;
    }

    /// Appends an event whose data is a JSON object, written where it will stand; `members` writes what is in it.
    pub fn object(&mut self, out: &mut Vec<u8>, name: Option<&str>, members: impl FnOnce(&mut json::Writer)) {
        let start = out.len();
        match self.framing {
            Framing::Sse => sse::begin(out, name),
            Framing::AwsEventStream => event_stream::begin(out, name.unwrap_or_default()),
            Framing::NdJson => {}
            Framing::JsonArray => self.next_item(out),
        }
        let data = out.len();
        let mut json = json::Writer { out: std::mem::take(out) };
        json.out.push(b'{');
        members(&mut json);
        json.close();
        *out = json.out;
        match self.framing {
            Framing::Sse => {
                json::on_one_line(out.get_mut(data..).unwrap_or_default());
                out.extend_from_slice(b"\n\n");
            }
            Framing::NdJson => {
                json::on_one_line(out.get_mut(data..).unwrap_or_default());
                out.push(b'\n');
            }
            Framing::AwsEventStream => event_stream::end(out, start),
            Framing::JsonArray => {}
        }
        self.begun = true;
    }

    fn next_item(self, out: &mut Vec<u8>) {
        out.extend_from_slice(if self.begun { b"\n,\r\n" } else { b"[" });
    }

    /// Appends an error, for which some framings have a frame of its own.
    pub fn fault(&mut self, out: &mut Vec<u8>, name: &str, data: &[u8]) {
        match self.framing {
            Framing::AwsEventStream => event_stream::write_exception(out, name, data),
            Framing::Sse | Framing::NdJson | Framing::JsonArray => self.event(out, Some(name), data),
        }
    }

    /// Appends what a stream of this framing ends with, where it has such an end. To be called once.
    pub fn end(&mut self, out: &mut Vec<u8>) {
        match self.framing {
            Framing::JsonArray if self.begun => out.extend_from_slice(b"\n]\n"),
            Framing::JsonArray => out.extend_from_slice(b"[]\n"),
            Framing::Sse | Framing::AwsEventStream | Framing::NdJson => {}
        }
    }
}

#[cfg(test)]
mod tests;
