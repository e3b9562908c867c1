//! What reading a stream of server-sent events costs, in ns per event: `cargo bench --bench sse`.
//!
//! The events have the size of OpenAI's text deltas. The network hands them over one a chunk, many a chunk, or cut in
//! the middle, where the carry is at work. The best of several rounds is printed, since the machine is never idle.

use std::hint::black_box;
use std::time::Instant;

use postern::wire::sse::{Reader, TooLarge, write};

const EVENTS: usize = 20_000;
const ROUNDS: usize = 15;

fn main() {
    let delta = concat!(
        r#"{"id":"chatcmpl-9fK2Lw8xQ","object":"chat.completion.chunk","created":1719850000,"model":"gpt-4o-mini","#,
        r#""choices":[{"index":0,"delta":{"content":" gateway"},"logprobs":null,"finish_reason":null}]}"#,
    );
    let openai = event(None, delta);
    let anthropic = event(
        Some("content_block_delta"),
        r#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":" gateway"}}"#,
    );
    let crlf = String::from_utf8_lossy(&openai).replace('\n', "\r\n").into_bytes();
    let two_lines = event(None, &delta.replace("\"model\"", "\n\"model\""));
    let keep_alive = b": keep-alive\n\n".to_vec();
    let image = event(None, &"A".repeat(64 * 1024));

    println!("{:<34}{:>10}{:>12}", "case", "bytes", "ns/event");
    for (name, one, cut) in [
        ("openai, one event a chunk", &openai, openai.len()),
        ("openai, 16 KiB chunks", &openai, 16 * 1024),
        ("openai, cut in the middle", &openai, openai.len() + 97),
        ("openai, 64-byte chunks", &openai, 64),
        ("openai, one byte a chunk", &openai, 1),
        ("crlf, one event a chunk", &crlf, crlf.len()),
        ("anthropic, one event a chunk", &anthropic, anthropic.len()),
        ("two data lines, one event a chunk", &two_lines, two_lines.len()),
        ("keep-alive, one event a chunk", &keep_alive, keep_alive.len()),
        ("64 KiB event, 16 KiB chunks", &image, 16 * 1024),
    ] {
        let events = EVENTS.min(64 * 1024 * 1024 / one.len());
        println!("{name:<34}{:>10}{:>12.1}", one.len(), measure(&one.repeat(events), events, cut));
    }
}

fn event(name: Option<&str>, data: &str) -> Vec<u8> {
    let mut out = Vec::new();
    write(&mut out, name, data.as_bytes());
    out
}

fn measure(stream: &[u8], events: usize, cut: usize) -> f64 {
    let mut best = f64::INFINITY;
    for _ in 0..ROUNDS {
        let mut reader = Reader::default();
        let mut seen = 0;
        let start = Instant::now();
        for chunk in stream.chunks(cut) {
            let result = reader.push::<TooLarge>(black_box(chunk), |event| {
                black_box(&event.data);
                seen += 1;
                Ok(())
            });
            assert_eq!(result, Ok(()));
        }
        best = best.min(start.elapsed().as_nanos() as f64 / events as f64);
        assert_eq!(seen, events);
    }
    best
}
