//! Server-sent events: any cut gives the events of the whole, which are those of a slow reader written straight from
//! the HTML standard, and nothing of the stream is lost.
//!
//! The first byte of the input seeds the cuts, the rest is the stream.

use postern::wire::sse::{Event, MAX_EVENT_BYTES, Reader, TooLarge};

use super::cut::cuts;

#[derive(Debug, PartialEq)]
struct Seen {
    raw: Vec<u8>,
    name: Option<Vec<u8>>,
    data: Option<Vec<u8>>,
    id: Option<Vec<u8>>,
    retry_ms: Option<u64>,
    complete: bool,
}

/// The law.
pub fn check(input: &[u8]) {
    let Some((&seed, stream)) = input.split_first() else { return };
    let (whole, result) = read(MAX_EVENT_BYTES, [stream]);
    assert_eq!(result, Ok(()));
    assert_eq!(read(MAX_EVENT_BYTES, cuts(seed, stream)), (whole, Ok(())), "a cut shows");

    let (whole, _) = read(MAX_EVENT_BYTES, [stream]);
    assert_eq!(whole.iter().flat_map(|event| &event.raw).copied().collect::<Vec<_>>(), stream, "bytes are lost");

    let dispatched: Vec<_> = whole
        .iter()
        .filter(|event| event.complete)
        .filter_map(|event| Some((event.name.clone().unwrap_or_default(), event.data.clone()?)))
        .collect();
    assert_eq!(dispatched, by_the_standard(stream), "not what the standard says");

    let limit = usize::from(seed);
    let limited = read(limit, [stream]);
    assert_eq!(limited, read(limit, cuts(seed, stream)), "a cut shows at the limit");
    assert_eq!(limited.1.is_err(), whole.iter().any(|event| event.raw.len() > limit), "the limit does not hold");
}

fn read<'a>(limit: usize, chunks: impl IntoIterator<Item = &'a [u8]>) -> (Vec<Seen>, Result<(), TooLarge>) {
    let mut reader = Reader::new(limit);
    let mut seen = Vec::new();
    let mut collect = |event: Event<'_>| {
        seen.push(Seen {
            raw: event.raw.to_vec(),
            name: event.name.map(<[u8]>::to_vec),
            data: event.has_data().then(|| event.data.to_vec()),
            id: event.id.map(<[u8]>::to_vec),
            retry_ms: event.retry_ms,
            complete: event.complete,
        });
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

/// Name and data of every event a browser would dispatch.
fn by_the_standard(stream: &[u8]) -> Vec<(Vec<u8>, Vec<u8>)> {
    let stream = stream.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(stream);
    let mut events = Vec::new();
    let (mut line, mut name, mut data) = (Vec::new(), Vec::new(), Vec::new());
    let mut after_cr = false;
    for &byte in stream {
        let rest_of_crlf = std::mem::replace(&mut after_cr, byte == b'\r') && byte == b'\n';
        if rest_of_crlf {
            continue;
        }
        if byte != b'\n' && byte != b'\r' {
            line.push(byte);
            continue;
        }
        let line = std::mem::take(&mut line);
        if line.is_empty() {
            let (name, mut data) = (std::mem::take(&mut name), std::mem::take(&mut data));
            if data.pop().is_some() {
                events.push((name, data));
            }
            continue;
        }
        let colon = line.iter().position(|&byte| byte == b':');
        let field = &line[..colon.unwrap_or(line.len())];
        let value = colon.map_or(&[][..], |colon| &line[colon + 1..]);
        let value = value.strip_prefix(b" ").unwrap_or(value);
        match field {
            b"event" => name = value.to_vec(),
            b"data" => {
                data.extend_from_slice(value);
                data.push(b'\n');
            }
            _ => {}
        }
    }
    events
}
