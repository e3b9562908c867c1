//! AWS event streams (`application/vnd.amazon.eventstream`): binary frames of typed headers and a payload, each with two
//! checksums.
//!
//! A frame is: its whole length, the length of its headers, the CRC-32 of these eight bytes; the headers; the payload; the
//! CRC-32 of everything before. Integers are big-endian. The first checksum is held against the lengths before they are
//! believed, so that a damaged length does not make us wait for gigabytes. A frame that breaks a rule ends the stream:
//! where the next one would begin is not known.
//!
//! Bedrock's InvokeModelWithResponseStream wraps every event of the model's own format once more, in a frame of type
//! `chunk` with `{"bytes":"<base64>"}`. That is framing as well, so it is taken off here.

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;

use super::crc32::crc32;
use super::cutter::Scan;
use super::frame::{Broken, Event, MAX_EVENT_BYTES};
use super::json::Text;
use super::shallow;

/// The two lengths and their checksum.
const PRELUDE_BYTES: usize = 12;
/// The prelude and the checksum at the end: the smallest frame.
const MIN_FRAME_BYTES: usize = 16;
/// How large the headers of a frame may be: what AWS's own clients take.
pub const MAX_HEADERS_BYTES: usize = 128 * 1024;

/// The value of a header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value<'a> {
    /// Types 0 and 1.
    Bool(bool),
    /// Type 2.
    I8(i8),
    /// Type 3.
    I16(i16),
    /// Type 4.
    I32(i32),
    /// Type 5.
    I64(i64),
    /// Type 6.
    Bytes(&'a [u8]),
    /// Type 7.
    String(&'a str),
    /// Type 8: milliseconds since the epoch.
    Timestamp(i64),
    /// Type 9.
    Uuid([u8; 16]),
}

/// The headers of a frame, in order. After an error nothing more comes.
pub struct Headers<'a>(&'a [u8]);

impl<'a> Headers<'a> {
    /// Over the bytes between prelude and payload.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    fn take(&mut self, len: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(len)?;
        self.0 = rest;
        Some(taken)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.0.split_first_chunk::<N>()?;
        self.0 = rest;
        Some(*taken)
    }

    fn header(&mut self) -> Option<Result<(&'a str, Value<'a>), Broken>> {
        let [len] = self.array()?;
        let name = self.take(len.into()).filter(|name| !name.is_empty());
        let Some(name) = name.and_then(|name| std::str::from_utf8(name).ok()) else {
            return Some(Err(Broken::Malformed("a header without a name")));
        };
        let value = self.value().ok_or(Broken::Malformed("a header's value"));
        Some(value.map(|value| (name, value)))
    }

    fn value(&mut self) -> Option<Value<'a>> {
        let [kind] = self.array()?;
        Some(match kind {
            0 => Value::Bool(true),
            1 => Value::Bool(false),
            2 => Value::I8(i8::from_be_bytes(self.array()?)),
            3 => Value::I16(i16::from_be_bytes(self.array()?)),
            4 => Value::I32(i32::from_be_bytes(self.array()?)),
            5 => Value::I64(i64::from_be_bytes(self.array()?)),
            6 => Value::Bytes(self.counted()?),
            7 => Value::String(std::str::from_utf8(self.counted()?).ok()?),
            8 => Value::Timestamp(i64::from_be_bytes(self.array()?)),
            9 => Value::Uuid(self.array()?),
            _ => return None,
        })
    }

    fn counted(&mut self) -> Option<&'a [u8]> {
        let len = u16::from_be_bytes(self.array()?);
        self.take(len.into())
    }
}

impl<'a> Iterator for Headers<'a> {
    type Item = Result<(&'a str, Value<'a>), Broken>;

    fn next(&mut self) -> Option<Self::Item> {
        let header = self.header()?;
        if header.is_err() {
            self.0 = &[];
        }
        Some(header)
    }
}

/// What of a frame's headers says what it is.
#[derive(Default)]
struct Kind<'a> {
    message: Option<&'a str>,
    event: Option<&'a str>,
    exception: Option<&'a str>,
    code: Option<&'a str>,
    reason: Option<&'a str>,
}

impl<'a> Kind<'a> {
    fn read(headers: &'a [u8]) -> Result<Self, Broken> {
        let mut kind = Self::default();
        for header in Headers::new(headers) {
            let (name, value) = header?;
            let place = match name {
                ":message-type" => &mut kind.message,
                ":event-type" => &mut kind.event,
                ":exception-type" => &mut kind.exception,
                ":error-code" => &mut kind.code,
                ":error-message" => &mut kind.reason,
                _ => continue,
            };
            let Value::String(text) = value else { return Err(Broken::Malformed("a header of the wrong type")) };
            if place.replace(text).is_some() {
                return Err(Broken::Malformed("a header that stands twice"));
            }
        }
        Ok(kind)
    }
}

/// Finds where frames end.
#[derive(Debug, Default)]
pub struct Frames {
    /// The length of the frame under way, and of its headers, once its prelude is there and right.
    lengths: Option<(usize, usize)>,
}

impl Scan for Frames {
    fn event_end(&mut self, bytes: &[u8]) -> Result<Option<usize>, Broken> {
        let lengths = match self.lengths {
            Some(lengths) => lengths,
            None => {
                let Some(prelude) = bytes.first_chunk() else { return Ok(None) };
                *self.lengths.insert(lengths(prelude)?)
            }
        };
        Ok((bytes.len() >= lengths.0).then_some(lengths.0))
    }

    fn take<'a>(&mut self, raw: &'a [u8], complete: bool) -> Result<Event<'a>, Broken> {
        let headers = self.lengths.take().map_or(0, |(_, headers)| headers);
        if !complete {
            return Ok(Event { raw, name: None, data: Cow::default(), has_data: false, complete, fault: false });
        }
        let Some((framed, sum)) = raw.split_last_chunk() else { return Err(Broken::Malformed("its length")) };
        if crc32(framed) != u32::from_be_bytes(*sum) {
            return Err(Broken::Malformed("its checksum"));
        }
        let rest = framed.get(PRELUDE_BYTES..).unwrap_or_default();
        let (headers, payload) = rest.split_at_checked(headers).unwrap_or_default();
        let (name, data, fault) = content(Kind::read(headers)?, payload)?;
        Ok(Event { raw, name: name.map(str::as_bytes), has_data: fault || !data.is_empty(), data, complete, fault })
    }
}

/// The length of the frame and of its headers.
fn lengths(prelude: &[u8; PRELUDE_BYTES]) -> Result<(usize, usize), Broken> {
    let [t0, t1, t2, t3, h0, h1, h2, h3, c0, c1, c2, c3] = *prelude;
    if crc32(prelude.split_last_chunk::<4>().map_or(&[], |(lengths, _)| lengths))
        != u32::from_be_bytes([c0, c1, c2, c3])
    {
        return Err(Broken::Malformed("the checksum of its lengths"));
    }
    let [total, headers] = [[t0, t1, t2, t3], [h0, h1, h2, h3]].map(|length| u32::from_be_bytes(length) as usize);
    if total > MAX_EVENT_BYTES {
        return Err(Broken::TooLarge(MAX_EVENT_BYTES));
    }
    if total < MIN_FRAME_BYTES || headers > total - MIN_FRAME_BYTES || headers > MAX_HEADERS_BYTES {
        return Err(Broken::Malformed("its lengths"));
    }
    Ok((total, headers))
}

/// Name, data, and whether it is an error.
fn content<'a>(kind: Kind<'a>, payload: &'a [u8]) -> Result<(Option<&'a str>, Cow<'a, [u8]>, bool), Broken> {
    match kind.message {
        Some("exception") => Ok((kind.exception, payload.into(), true)),
        // Its words are in the headers, and there is no payload.
        Some("error") => {
            let message = Text::from_plain(kind.reason.unwrap_or_default());
            Ok((kind.code, format!("{{\"message\":\"{}\"}}", message.raw()).into_bytes().into(), true))
        }
        _ if kind.event == Some("chunk") => {
            let inside = shallow::root_member(payload, "bytes")
                .and_then(|value| value.strip_prefix(b"\"")?.strip_suffix(b"\""))
                .and_then(|base64| BASE64.decode(base64).ok());
            Ok((None, inside.ok_or(Broken::Malformed("a chunk without its bytes"))?.into(), false))
        }
        _ => Ok((kind.event, payload.into(), false)),
    }
}

/// Appends an event.
pub fn write(out: &mut Vec<u8>, name: &str, data: &[u8]) {
    write_frame(out, &event_headers(name), data);
}

/// Begins an event whose data is appended next, and then [`end`]s it.
pub fn begin(out: &mut Vec<u8>, name: &str) {
    open_frame(out, |out| encode(out, &event_headers(name)));
}

fn event_headers(name: &str) -> [(&str, &str); 3] {
    [(":event-type", name), (":content-type", "application/json"), (":message-type", "event")]
}

/// Appends an exception: an error that ends the stream.
pub fn write_exception(out: &mut Vec<u8>, name: &str, data: &[u8]) {
    write_frame(
        out,
        &[(":exception-type", name), (":content-type", "application/json"), (":message-type", "exception")],
        data,
    );
}

/// Appends a frame with `new` in the place of its payload `old`, its headers as they are. None: its payload is another
/// one, which `old` was taken out of.
pub fn with_payload(out: &mut Vec<u8>, frame: &[u8], old: &[u8], new: &[u8]) -> Option<()> {
    let headers = frame.get(4..8)?.first_chunk().map(|length| u32::from_be_bytes(*length) as usize)?;
    let encoded = frame.get(PRELUDE_BYTES..PRELUDE_BYTES.checked_add(headers)?)?;
    let payload = frame.get(PRELUDE_BYTES + headers..frame.len().checked_sub(4)?)?;
    (payload == old).then(|| {
        let start = out.len();
        open_frame(out, |out| out.extend_from_slice(encoded));
        out.extend_from_slice(new);
        end(out, start);
    })
}

/// How long a header's value may be that we write. All are names.
const MAX_VALUE_BYTES: usize = 255;

fn write_frame(out: &mut Vec<u8>, headers: &[(&str, &str)], payload: &[u8]) {
    let start = out.len();
    open_frame(out, |out| encode(out, headers));
    out.extend_from_slice(payload);
    end(out, start);
}

fn encode(out: &mut Vec<u8>, headers: &[(&str, &str)]) {
    for (name, value) in headers {
        let value = value.get(..value.floor_char_boundary(MAX_VALUE_BYTES)).unwrap_or_default();
        out.push(name.len() as u8);
        out.extend_from_slice(name.as_bytes());
        out.push(7);
        out.extend_from_slice(&(value.len() as u16).to_be_bytes());
        out.extend_from_slice(value.as_bytes());
    }
}

/// Appends what stands before a frame's payload, its length and sum left open.
fn open_frame(out: &mut Vec<u8>, headers: impl FnOnce(&mut Vec<u8>)) {
    let start = out.len();
    out.extend_from_slice(&[0; PRELUDE_BYTES]);
    headers(out);
    let length = (out.len() - start - PRELUDE_BYTES) as u32;
    put(out, start + 4, length);
}

/// Ends the frame that starts there, all behind its headers being its payload.
pub fn end(out: &mut Vec<u8>, start: usize) {
    let total = (out.len() - start + 4) as u32;
    put(out, start, total);
    let sum = crc32(out.get(start..start + 8).unwrap_or_default());
    put(out, start + 8, sum);
    let sum = crc32(out.get(start..).unwrap_or_default());
    out.extend_from_slice(&sum.to_be_bytes());
}

fn put(out: &mut [u8], at: usize, number: u32) {
    if let Some(place) = out.get_mut(at..at + 4) {
        place.copy_from_slice(&number.to_be_bytes());
    }
}

#[cfg(test)]
mod tests;
