//! Streamed answers: whatever the network does, the client sees the same stream, and sees its end.

use postern::format::{Format, Seen as Event};
use postern::wire::frame;

use crate::play::{Answer, PAIRS, Pair, Rig, Seen, streams};

/// What a format's own reader makes of a stream: whether it came to an end, and the errors in it.
fn read(format: &dyn Format, bytes: &[u8]) -> (bool, usize) {
    let (mut frames, mut reader, mut errors) = (frame::Reader::new(format.framing()), format.stream_reader(), 0);
    let mut each = |event: frame::Event<'_>| {
        errors += usize::from(reader.read(&event, &mut |_| ()) == Event::Error);
    };
    frames.push(bytes, &mut each).and_then(|()| frames.finish(&mut each)).unwrap();
    (reader.ended(), errors)
}

fn play(rig: &Rig, pair: Pair, chunks: Vec<Vec<u8>>) -> Seen {
    let seen = rig.play(&pair.ask(true), &[Answer::stream(chunks)]);
    assert!(seen.complete && !seen.reset, "{pair:?}: the client waits for ever");
    seen
}

#[test]
fn every_cut_of_a_recorded_stream_gives_the_same_client_bytes() {
    let rig = Rig::new();
    for pair in PAIRS {
        for stem in streams(pair.provider) {
            let stream = pair.fixture(stem, "sse");
            let whole = play(&rig, pair, vec![stream.clone()]);
            let check = |chunks: Vec<Vec<u8>>, how: &str| {
                let seen = play(&rig, pair, chunks);
                let failed = |seen: &Seen| seen.status != 200;
                if failed(&seen) != failed(&whole) {
                    // An error that comes before anything was sent is a status, so that it can be retried.
                    let (error, stream) = if failed(&seen) { (&seen, &whole) } else { (&whole, &seen) };
                    assert!(!error.message().is_empty(), "{pair:?} {stem} {how}");
                    assert_eq!(read(pair.client_format(), &stream.body).1, 1, "{pair:?} {stem} {how}");
                    return;
                }
                assert_eq!(seen.text(), whole.text(), "{pair:?} {stem} {how}");
                assert_eq!(seen.status, whole.status);
                for key in ["gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens", "gen_ai.response.finish_reasons"]
                {
                    assert_eq!(seen.record[key], whole.record[key], "{pair:?} {stem} {how} {key}");
                }
            };
            check(stream.iter().map(|byte| vec![*byte]).collect(), "byte by byte");
            check(vec![stream.clone(), Vec::new()], "with an empty end");
            // Every cut of all streams takes long without optimisation; one in seven moves over every kind of place.
            for at in (1..stream.len()).step_by(if cfg!(debug_assertions) { 7 } else { 1 }) {
                check(vec![stream[..at].to_vec(), stream[at..].to_vec()], &format!("cut at {at}"));
            }
        }
    }
}

#[test]
fn a_stream_in_the_clients_own_format_passes_byte_for_byte() {
    for pair in [PAIRS[0], PAIRS[3]] {
        for stem in streams(pair.provider) {
            let stream = pair.fixture(stem, "sse");
            let body = String::from_utf8(pair.ask(true).body).unwrap();
            let body = body.replacen('{', r#"{"stream_options":{"include_usage":true},"#, 1);
            let seen = Rig::new().play(&pair.ask(true).body(body), &[Answer::stream(vec![stream.clone()])]);
            if read(pair.provider_format(), &stream).1 == 0 {
                assert_eq!(seen.text(), String::from_utf8_lossy(&stream), "{pair:?} {stem}");
            }
        }
    }
}

#[test]
fn a_stream_cut_before_its_end_ends_in_an_error_of_the_clients_format() {
    let rig = Rig::new();
    for pair in PAIRS {
        for stem in ["openai_tools", "mistral", "text", "thinking_tools"] {
            if !streams(pair.provider).contains(&stem) {
                continue;
            }
            let stream = pair.fixture(stem, "sse");
            for at in 0..stream.len() {
                let provider = &stream[..at];
                let cut = !read(pair.provider_format(), provider).0;
                let seen = play(&rig, pair, vec![provider.to_vec(), Vec::new()]);
                let place = format!("{pair:?} {stem} cut at {at}: {}", seen.text());
                if seen.status != 200 {
                    assert!(cut && seen.status == 502, "{place}");
                    assert!(seen.json()["error"]["message"].is_string(), "{place}");
                    continue;
                }
                let (ended, errors) = read(pair.client_format(), &seen.body);
                assert_eq!(errors, usize::from(cut), "{place}");
                assert!(ended || errors > 0, "{place}");
                assert_eq!(seen.record["error.type"] == "stream_cut", cut, "{place}: {}", seen.record);
                assert_eq!(seen.record["postern.hung_up"], serde_json::Value::Null, "{place}");
            }
        }
    }
}

#[test]
fn an_error_as_the_first_event_becomes_a_status() {
    let rows = [
        ("openai_chat", "data: {\"error\":{\"message\":\"busy\",\"code\":\"rate_limit_exceeded\"}}\n\n", 429),
        ("openai_chat", "event: error\ndata: {\"error\":{\"message\":\"busy\",\"code\":503}}\n\n", 503),
        (
            "anthropic_messages",
            "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"busy\"}}\n\n",
            529,
        ),
        (
            "anthropic_messages",
            ": hello\n\nevent: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"rate_limit_error\",\"message\":\"busy\"}}\n\n",
            429,
        ),
    ];
    for pair in PAIRS {
        for (_, stream, status) in rows.iter().filter(|(format, ..)| *format == pair.provider) {
            for at in 0..=stream.len() {
                let (one, two) = stream.as_bytes().split_at(at);
                let seen = play(&Rig::new(), pair, vec![one.to_vec(), two.to_vec()]);
                let place = format!("{pair:?} cut at {at}: {}", seen.client_text());
                assert_eq!(seen.status, *status, "{place}");
                assert_eq!(seen.message(), "busy", "{place}");
                assert_eq!(seen.headers.get("content-type"), Some("application/json"), "{place}");
                assert_eq!(seen.json()["type"] == "error", pair.client == "anthropic_messages", "{place}");
            }
        }
    }
}

#[test]
fn a_stream_in_an_event_too_large_ends_in_an_error() {
    for pair in PAIRS {
        let start = pair.fixture(if pair.provider == "openai_chat" { "groq" } else { "text" }, "sse");
        let third = String::from_utf8_lossy(&start).match_indices("\n\n").nth(2).unwrap().0 + 2;
        let start = start[..third].to_vec();
        let flood = vec![b'x'; frame::MAX_EVENT_BYTES];
        let seen = play(&Rig::new(), pair, vec![start, flood, b"y\n\n".to_vec()]);
        let (_, errors) = read(pair.client_format(), &seen.body);
        assert_eq!((seen.status, errors), (200, 1), "{pair:?}");
    }
}
