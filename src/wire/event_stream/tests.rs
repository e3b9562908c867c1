use super::*;
use crate::wire::frame::{Framing, Reader};

/// A frame of any headers, given as bytes.
fn frame(headers: &[u8], payload: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    out.extend_from_slice(&((MIN_FRAME_BYTES + headers.len() + payload.len()) as u32).to_be_bytes());
    out.extend_from_slice(&(headers.len() as u32).to_be_bytes());
    out.extend_from_slice(&crc32(&out).to_be_bytes());
    out.extend_from_slice(headers);
    out.extend_from_slice(payload);
    out.extend_from_slice(&crc32(&out).to_be_bytes());
    out
}

fn string(name: &str, value: &str) -> Vec<u8> {
    let mut out = vec![name.len() as u8];
    out.extend_from_slice(name.as_bytes());
    out.push(7);
    out.extend_from_slice(&(value.len() as u16).to_be_bytes());
    out.extend_from_slice(value.as_bytes());
    out
}

/// Name, data if any, and whether it is an error, of each event; or why not.
type Seen = Result<Vec<(Option<String>, Option<String>, bool)>, String>;

fn read(stream: &[u8]) -> Seen {
    let mut seen = Vec::new();
    let mut reader = Reader::new(Framing::AwsEventStream);
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    reader
        .push(stream, |event| {
            seen.push((event.name.map(text), event.has_data.then(|| text(&event.data)), event.fault));
        })
        .map_err(|broken| broken.to_string())?;
    assert_eq!(reader.pending(), 0, "all of it is frames");
    Ok(seen)
}

fn event(name: Option<&str>, data: Option<&str>, fault: bool) -> Seen {
    Ok(vec![(name.map(str::to_owned), data.map(str::to_owned), fault)])
}

#[test]
fn every_type_of_header_is_read() {
    let mut headers = Vec::new();
    for (kind, value) in [
        (0, &[][..]),
        (1, &[]),
        (2, &[0xFE]),
        (3, &[0xFF, 0xFE]),
        (4, &[0, 1, 0, 0]),
        (5, &[0, 0, 0, 1, 0, 0, 0, 0]),
        (6, &[0, 3, 1, 2, 3]),
        (7, &[0, 2, 0xC3, 0xA9]),
        (8, &[0, 0, 1, 0x8B, 0xCF, 0xE5, 0x68, 0]),
        (9, &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]),
    ] {
        headers.extend_from_slice(&[1, b'0' + kind, kind]);
        headers.extend_from_slice(value);
    }
    let seen: Vec<_> = Headers::new(&headers).map(Result::unwrap).collect();
    let expected = [
        ("0", Value::Bool(true)),
        ("1", Value::Bool(false)),
        ("2", Value::I8(-2)),
        ("3", Value::I16(-2)),
        ("4", Value::I32(65536)),
        ("5", Value::I64(1 << 32)),
        ("6", Value::Bytes(&[1, 2, 3])),
        ("7", Value::String("é")),
        ("8", Value::Timestamp(1_700_000_000_000)),
        ("9", Value::Uuid([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16])),
    ];
    assert_eq!(seen, expected);
    headers.extend(string(":event-type", "ping"));
    assert_eq!(read(&frame(&headers, b"{}")), event(Some("ping"), Some("{}"), false));
}

#[test]
fn the_headers_say_what_a_frame_is() {
    let headers = |rows: &[(&str, &str)]| rows.iter().flat_map(|(name, value)| string(name, value)).collect::<Vec<_>>();
    let rows: &[(&[(&str, &str)], &str, Seen)] = &[
        (
            &[(":event-type", "metadata"), (":content-type", "application/json"), (":message-type", "event")],
            "{\"usage\":{}}",
            event(Some("metadata"), Some("{\"usage\":{}}"), false),
        ),
        (&[(":event-type", "initial-response")], "", event(Some("initial-response"), None, false)),
        (&[], "{}", event(None, Some("{}"), false)),
        (
            &[(":exception-type", "throttlingException"), (":message-type", "exception")],
            "{\"message\":\"slow down\"}",
            event(Some("throttlingException"), Some("{\"message\":\"slow down\"}"), true),
        ),
        (&[(":message-type", "exception")], "", event(None, Some(""), true)),
        (
            &[(":message-type", "error"), (":error-code", "InternalError"), (":error-message", "a \"b\"\n")],
            "",
            event(Some("InternalError"), Some("{\"message\":\"a \\\"b\\\"\\n\"}"), true),
        ),
        (
            &[(":event-type", "chunk"), (":message-type", "event")],
            "{\"bytes\":\"eyJ0eXBlIjoicGluZyJ9\",\"p\":\"abcd\"}",
            event(None, Some("{\"type\":\"ping\"}"), false),
        ),
    ];
    for (names, payload, expected) in rows {
        assert_eq!(&read(&frame(&headers(names), payload.as_bytes())), expected, "{names:?}");
    }
}

#[test]
fn a_frame_that_breaks_a_rule_is_refused() {
    let prelude = |total: u32, headers: u32| {
        let mut out = [total.to_be_bytes(), headers.to_be_bytes()].concat();
        out.extend_from_slice(&crc32(&out).to_be_bytes());
        out
    };
    let good = string(":event-type", "x");
    let twice = [good.clone(), good.clone()].concat();
    let large = u32::try_from(MAX_EVENT_BYTES + 1).unwrap();
    let chunk = string(":event-type", "chunk");
    let rows = [
        (prelude(15, 0), "its lengths"),
        (prelude(20, 5), "its lengths"),
        (prelude(300_000, 128 * 1024 + 1), "its lengths"),
        (prelude(16, u32::MAX), "its lengths"),
        (frame(&[0], b""), "a header without a name"),
        (frame(&[0, 7, 0, 0], b""), "a header without a name"),
        (frame(&[5, b'a'], b""), "a header without a name"),
        (frame(&[1, 0xFF, 0], b""), "a header without a name"),
        (frame(&[1, b'a'], b""), "a header's value"),
        (frame(&[1, b'a', 10], b""), "a header's value"),
        (frame(&[1, b'a', 5, 0, 0], b""), "a header's value"),
        (frame(&[1, b'a', 7, 0, 9, b'x'], b""), "a header's value"),
        (frame(&[1, b'a', 7, 0, 1, 0xFF], b""), "a header's value"),
        (frame(&twice, b""), "a header that stands twice"),
        (frame(&[b"\x0B:event-type".as_slice(), &[0]].concat(), b""), "a header of the wrong type"),
        (frame(&chunk, b"{\"bytes\":\"e\"}"), "a chunk without its bytes"),
        (frame(&chunk, b"{\"bytes\":7}"), "a chunk without its bytes"),
        (frame(&chunk, b"{}"), "a chunk without its bytes"),
    ];
    for (stream, message) in rows {
        assert_eq!(read(&stream), Err(format!("a frame of the stream is broken: {message}")), "{stream:?}");
    }
    // Told by its prelude alone, before its bytes are waited for.
    let message = "an event of the stream is larger than the limit of 8388608 bytes";
    assert_eq!(read(&prelude(large, 0)), Err(message.to_owned()));
    // The largest there may be.
    let mut headers = Vec::new();
    while headers.len() < MAX_HEADERS_BYTES {
        headers.extend_from_slice(b"\x02ab\x00");
    }
    let payload = vec![b' '; MAX_EVENT_BYTES - MIN_FRAME_BYTES - headers.len()];
    assert_eq!(read(&frame(&headers, &payload)).unwrap().len(), 1);
}

#[test]
fn no_damaged_byte_goes_unseen() {
    let mut good = Vec::new();
    write(&mut good, "contentBlockDelta", br#"{"contentBlockIndex":0,"delta":{"text":"Hello"}}"#);
    for at in 0..good.len() {
        for bit in 0..8 {
            let mut damaged = good.clone();
            damaged[at] ^= 1 << bit;
            let expected = if at < PRELUDE_BYTES { "the checksum of its lengths" } else { "its checksum" };
            assert_eq!(read(&damaged), Err(format!("a frame of the stream is broken: {expected}")), "{at}.{bit}");
        }
    }
}

#[test]
fn a_long_name_is_cut_at_a_character() {
    let mut out = Vec::new();
    write(&mut out, &"é".repeat(200), b"{}");
    assert_eq!(read(&out), event(Some(&"é".repeat(127)), Some("{}"), false));
}
