//! Framings other than server-sent events: any cut gives the events of the whole, which are those of a slow reader written
//! for this law alone, nothing of the stream is lost, and what is written reads back.
//!
//! The first byte of the input seeds the cuts, the rest is the stream. Where it is odd, an AWS event stream gets the
//! checksums it should have, since chance finds none.

use postern::wire::frame::{Broken, Event, Framing, Reader, Writer};
use serde_json::Value as Tree;

use super::cut::cuts;

#[derive(Clone, Debug, PartialEq)]
struct Seen {
    raw: Vec<u8>,
    name: Option<Vec<u8>>,
    data: Option<Vec<u8>>,
    complete: bool,
    fault: bool,
}

/// The law.
pub fn check(framing: Framing, input: &[u8]) {
    let Some((&seed, stream)) = input.split_first() else { return };
    let mut stream = stream.to_vec();
    if framing == Framing::AwsEventStream && seed % 2 == 1 {
        repair(&mut stream);
    }
    let (events, result) = read(framing, [&stream[..]]);
    assert_eq!(read(framing, cuts(seed, &stream)), (events.clone(), result), "a cut shows");
    let raw: Vec<u8> = events.iter().flat_map(|event| &event.raw).copied().collect();
    match result {
        Ok(()) => assert_eq!(raw, stream, "bytes are lost"),
        Err(_) => assert!(stream.starts_with(&raw), "bytes are lost"),
    }
    match framing {
        Framing::Sse => {}
        Framing::AwsEventStream => assert_eq!((events.clone(), result.is_ok()), slow_frames(&stream), "frames"),
        Framing::NdJson => assert_eq!((events.clone(), result), (slow_lines(&stream), Ok(())), "lines"),
        Framing::JsonArray => same_list(&events, result, &stream),
    }
    for event in events.iter().filter(|event| event.complete && !event.fault) {
        reads_back(framing, event);
    }
}

fn read<'a>(framing: Framing, chunks: impl IntoIterator<Item = &'a [u8]>) -> (Vec<Seen>, Result<(), Broken>) {
    let mut reader = Reader::new(framing);
    let mut seen = Vec::new();
    let mut collect = |event: Event<'_>| {
        seen.push(Seen {
            raw: event.raw.to_vec(),
            name: event.name.map(<[u8]>::to_vec),
            data: event.has_data.then(|| event.data.to_vec()),
            complete: event.complete,
            fault: event.fault,
        });
    };
    let mut result = Ok(());
    for chunk in chunks {
        result = result.and_then(|()| reader.push(chunk, &mut collect));
    }
    result = result.and_then(|()| reader.finish(&mut collect));
    (seen, result)
}

fn reads_back(framing: Framing, event: &Seen) {
    let Some(data) = &event.data else { return };
    let mut out = Vec::new();
    let name = event.name.as_deref().map(|name| std::str::from_utf8(name).expect("names are UTF-8"));
    let mut writer = Writer::new(framing);
    writer.event(&mut out, name, data);
    writer.event(&mut out, name, data);
    writer.end(&mut out);
    let (back, result) = read(framing, [&out[..]]);
    assert_eq!(result, Ok(()));
    let back: Vec<_> = back.iter().filter_map(|event| Some((event.name.clone(), event.data.clone()?))).collect();
    // An event of type `chunk` is opened, and has no name then.
    let unnamed = framing == Framing::AwsEventStream && event.name.is_none();
    let name = if unnamed { Some(Vec::new()) } else { event.name.clone().filter(|name| name.len() <= 255) };
    if name.is_some() == event.name.is_some() || unnamed {
        // A CR within a line, which no JSON has in a string, is written as a space.
        let data = match framing {
            Framing::NdJson => data.iter().map(|byte| if *byte == b'\r' { b' ' } else { *byte }).collect(),
            _ => data.clone(),
        };
        assert_eq!(back, vec![(name.clone(), data.clone()), (name, data)], "what is written");
    }
}

/// Bit by bit.
fn crc32(bytes: &[u8]) -> u32 {
    let mut remainder = !0_u32;
    for byte in bytes {
        remainder ^= u32::from(*byte);
        for _ in 0..8 {
            remainder = if remainder & 1 == 1 { remainder >> 1 ^ 0xEDB8_8320 } else { remainder >> 1 };
        }
    }
    !remainder
}

fn number(bytes: &[u8]) -> usize {
    bytes.iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte))
}

/// Writes the right checksums as far as the lengths lead.
pub(super) fn repair(stream: &mut [u8]) {
    let mut at = 0;
    while stream.len() - at >= 16 {
        let sum = crc32(&stream[at..at + 8]).to_be_bytes();
        stream[at + 8..at + 12].copy_from_slice(&sum);
        let total = number(&stream[at..at + 4]);
        if total < 16 || total > stream.len() - at {
            return;
        }
        let end = at + total;
        let sum = crc32(&stream[at..end - 4]).to_be_bytes();
        stream[end - 4..end].copy_from_slice(&sum);
        at = end;
    }
}

/// The events up to the first frame that is wrong, and whether there is none.
fn slow_frames(stream: &[u8]) -> (Vec<Seen>, bool) {
    let mut events = Vec::new();
    let mut rest = stream;
    while !rest.is_empty() {
        let half = Seen { raw: rest.to_vec(), name: None, data: None, complete: false, fault: false };
        if rest.len() < 12 {
            events.push(half);
            break;
        }
        let (total, headers) = (number(&rest[..4]), number(&rest[4..8]));
        let wrong = number(&rest[8..12]) != crc32(&rest[..8]) as usize;
        if wrong || !(16..=8 << 20).contains(&total) || headers > 128 << 10 || headers + 16 > total {
            return (events, false);
        }
        if rest.len() < total {
            events.push(half);
            break;
        }
        let (frame, after) = rest.split_at(total);
        if number(&frame[total - 4..]) != crc32(&frame[..total - 4]) as usize {
            return (events, false);
        }
        let Some(event) = slow_frame(frame, &frame[12..12 + headers], &frame[12 + headers..total - 4]) else {
            return (events, false);
        };
        events.push(event);
        rest = after;
    }
    (events, true)
}

fn slow_frame(raw: &[u8], mut headers: &[u8], payload: &[u8]) -> Option<Seen> {
    let mut texts: Vec<(String, Option<String>)> = Vec::new();
    while !headers.is_empty() {
        let mut take = |len: usize| {
            let taken = headers.get(..len)?;
            headers = &headers[len..];
            Some(taken)
        };
        let len = number(take(1)?);
        let name = String::from_utf8(take(len).filter(|_| len > 0)?.to_vec()).ok()?;
        let kind = number(take(1)?);
        let len = match kind {
            0 | 1 => 0,
            2 => 1,
            3 => 2,
            4 => 4,
            5 | 8 => 8,
            6 | 7 => number(take(2)?),
            9 => 16,
            _ => return None,
        };
        let value = take(len)?;
        let text = if kind == 7 { Some(String::from_utf8(value.to_vec()).ok()?) } else { None };
        texts.push((name, text));
    }
    let mut header = |name: &str| -> Option<Option<String>> {
        let mut found = texts.iter().filter(|(known, _)| known == name);
        let Some((_, value)) = found.next() else { return Some(None) };
        if found.next().is_some() {
            return None;
        }
        Some(Some(value.clone()?))
    };
    let [message, event, exception, code, reason] =
        [":message-type", ":event-type", ":exception-type", ":error-code", ":error-message"].map(&mut header);
    let (message, event, exception, code, reason) = (message?, event?, exception?, code?, reason?);
    let fault = matches!(message.as_deref(), Some("exception" | "error"));
    let (name, data) = match message.as_deref() {
        Some("exception") => (exception, payload.to_vec()),
        Some("error") => (code, serde_json::json!({"message": reason.unwrap_or_default()}).to_string().into_bytes()),
        _ if event.as_deref() == Some("chunk") => {
            // Which chunks are right is base64's to say; here only what came of one.
            let (seen, result) = read(Framing::AwsEventStream, [raw]);
            result.ok()?;
            (None, seen[0].data.clone().unwrap_or_default())
        }
        _ => (event, payload.to_vec()),
    };
    let has_data = fault || !data.is_empty();
    // Ours writes a control character in six letters, as serde_json does not always.
    let data = if message.as_deref() == Some("error") { same_words(raw, data) } else { data };
    Some(Seen {
        raw: raw.to_vec(),
        name: name.map(String::into_bytes),
        data: has_data.then_some(data),
        complete: true,
        fault,
    })
}

/// The data as ours has it, if it is the same JSON.
fn same_words(raw: &[u8], data: Vec<u8>) -> Vec<u8> {
    let ours = read(Framing::AwsEventStream, [raw]).0.pop().and_then(|event| event.data).unwrap_or_default();
    let tree = |bytes: &[u8]| serde_json::from_slice::<Tree>(bytes).ok();
    if tree(&ours) == tree(&data) { ours } else { data }
}

fn slow_lines(stream: &[u8]) -> Vec<Seen> {
    let mut events = Vec::new();
    for raw in stream.split_inclusive(|byte| *byte == b'\n') {
        let data = raw.trim_ascii();
        events.push(Seen {
            raw: raw.to_vec(),
            name: None,
            data: (!data.is_empty()).then(|| data.to_vec()),
            complete: raw.ends_with(b"\n"),
            fault: false,
        });
    }
    events
}

/// Objects and serde_json's list are the same, if both take the stream.
fn same_list(events: &[Seen], result: Result<(), Broken>, stream: &[u8]) {
    let objects: Vec<_> = events.iter().filter_map(|event| event.data.as_deref()).collect();
    let list = match serde_json::from_slice::<Tree>(stream) {
        Ok(Tree::Array(list)) if list.iter().all(Tree::is_object) => list,
        Ok(alone @ Tree::Object(_)) => vec![alone],
        // One level more than an object alone has.
        Err(error) if error.to_string().contains("recursion limit") => return,
        _ => {
            // Nobody else takes it, so it is not whole, or one of its objects is not right.
            let right = |object: &&[u8]| serde_json::from_slice::<Tree>(object).is_ok_and(|tree| tree.is_object());
            let closed = events.iter().any(|event| event.complete && event.raw.trim_ascii().ends_with(b"]"));
            let whole = result.is_ok() && events.iter().all(|event| event.complete) && closed;
            assert!(!whole || !objects.iter().all(right), "serde_json refuses it");
            return;
        }
    };
    assert_eq!(result, Ok(()), "serde_json takes it");
    let read: Vec<Tree> = objects.iter().map(|object| serde_json::from_slice(object).expect("an object")).collect();
    assert_eq!(read, list, "objects");
}
