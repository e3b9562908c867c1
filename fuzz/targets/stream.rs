//! Streams of one format: a cut does not show in what is written of them, every event written is JSON that its own format
//! reads, and a stream ends once.
//!
//! The first byte of the input seeds the cuts, the rest is the stream. Where it is odd, an AWS event stream gets the
//! checksums it should have.

use postern::chat::Delta;
use postern::format::{Ask, FORMATS, Format, Seen, find};
use postern::wire::frame::{self, Event, Framing};
use postern::wire::json::Doc;

use super::cut::cuts;

/// The law.
pub fn check(name: &str, input: &[u8]) {
    let Some((&seed, stream)) = input.split_first() else { return };
    let reader = find(name).expect("the format is registered");
    let mut stream = stream.to_vec();
    if reader.framing() == Framing::AwsEventStream && seed % 2 == 1 {
        super::frames::repair(&mut stream);
    }
    let stream = &stream[..];
    for writer in FORMATS {
        let whole = translated(reader, *writer, [stream]);
        let cut = translated(reader, *writer, cuts(seed, stream));
        assert!(whole == cut, "{}: a cut shows:\n{}\n{}", writer.name(), shown(&whole), shown(&cut));
        is_a_stream(*writer, &whole);
    }
}

fn shown(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn translated<'a>(from: &dyn Format, to: &dyn Format, chunks: impl IntoIterator<Item = &'a [u8]>) -> Vec<u8> {
    let ask = Ask {
        model: "asked".into(),
        stream: true,
        include_usage: true,
        now_secs: 1,
        fallback_id: "x".into(),
        framing: to.framing(),
        ..Ask::default()
    };
    let (mut frames, mut reader) = (frame::Reader::new(from.framing()), from.stream_reader());
    let (mut writer, mut out) = (to.stream_writer(&ask), Vec::new());
    let mut over = None;
    let mut each = |event: Event<'_>| {
        let mut last = None;
        let seen = reader.read(&event, &mut |delta: Delta<'_>| {
            assert!(over.is_none(), "{delta:?} after {over:?}");
            last = match delta {
                Delta::End => Some(Seen::End),
                Delta::Error(_) => Some(Seen::Error),
                _ => None,
            };
            writer.write(&delta, &mut out);
        });
        let told = matches!(seen, Seen::End | Seen::Error).then_some(seen);
        assert!(over.is_some() || told == last, "the event is {seen:?} and said {last:?}");
        over = over.or(last);
    };
    for chunk in chunks {
        if frames.push(chunk, &mut each).is_err() {
            return out; // A frame is damaged: the caller tells the client.
        }
    }
    if frames.finish(&mut each).is_err() {
        return out;
    }
    assert!(over != Some(Seen::End) || reader.ended());
    let length = out.len();
    if over.is_some() {
        for delta in [Delta::End, Delta::Error(postern::chat::ApiError::internal())] {
            writer.write(&delta, &mut out);
        }
        assert_eq!(out.len(), length, "something follows the end");
    }
    out
}

/// Read by its own format, it says something with every event and nothing after its end.
fn is_a_stream(format: &dyn Format, bytes: &[u8]) {
    let (mut frames, mut reader) = (frame::Reader::new(format.framing()), format.stream_reader());
    let mut over = false;
    let mut each = |event: Event<'_>| {
        assert!(!over, "something follows the end");
        assert!(event.complete && event.has_data, "an event is open or empty");
        let named = event.name.is_some();
        assert!(&*event.data == b"[DONE]" && !named || Doc::parse(&event.data).is_ok(), "{}", shown(&event.data));
        let seen = reader.read(&event, &mut |_| ());
        assert_ne!(seen, Seen::Unknown, "{}", shown(&event.data));
        over = matches!(seen, Seen::End | Seen::Error);
    };
    frames.push(bytes, &mut each).and_then(|()| frames.finish(&mut each)).expect("what we write is well framed");
}
