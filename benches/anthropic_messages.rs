//! What the Messages room costs: `cargo bench --bench anthropic_messages`. Prints the median of rounds, in nanoseconds.

use std::hint::black_box;
use std::time::Instant;

use postern::chat::{Message, Part, Request, Role};
use postern::format::{Ask, Format, Loss, Quirks, Target, find};
use postern::wire::json::{Doc, Text};
use postern::wire::{frame, sse};

const STREAM: &str = include_str!("../tests/fixtures/anthropic_messages/thinking_tools.sse");
const ANSWER: &str = include_str!("../tests/fixtures/anthropic_messages/thinking_tools.json");
const SCHEMA: &str =
    r#"{"type":"object","properties":{"city":{"type":"string"},"unit":{"enum":["c","f"]}},"required":["city"]}"#;

fn median(name: &str, mut run: impl FnMut()) {
    const ROUNDS: usize = 31;
    const RUNS: u32 = 2000;
    let mut rounds: Vec<u128> = (0..ROUNDS)
        .map(|_| {
            let start = Instant::now();
            (0..RUNS).for_each(|_| run());
            start.elapsed().as_nanos() / u128::from(RUNS)
        })
        .collect();
    rounds.sort_unstable();
    println!("{name:<44} {:>8} ns", rounds.get(ROUNDS / 2).copied().unwrap_or_default());
}

fn main() {
    let Some(format) = find("anthropic_messages") else { return };
    requests(format);
    answers(format);
    streams(format);
}

/// A chat of about 2 KB with a tool, as a reader of any format would hand it on.
fn requests(format: &dyn Format) {
    let prose = "The quick brown fox jumps over the lazy dog.\\nHe said: \\\"Why?\\\" ".repeat(6);
    let text = |role| Message {
        role,
        parts: vec![Part::Text { text: Text::from_raw(&prose), cache: None }],
        ..Message::default()
    };
    let tool = || postern::chat::Tool::Function {
        name: Text::from_raw("get_weather"),
        description: Some(Text::from_raw("Gets the weather")),
        parameters: Some(SCHEMA.into()),
        strict: None,
        cache: None,
    };
    let request = Request {
        model: Text::from_raw("gpt-x"),
        messages: vec![text(Role::System), text(Role::User), text(Role::Assistant), text(Role::User), text(Role::User)],
        tools: vec![tool()],
        temperature: Some("0.7"),
        max_tokens: Some(1000),
        ..Request::default()
    };
    let target = Target { model: "claude-sonnet-4-5", quirks: &Quirks::DEFAULT };
    let body = format.write_request(&request, &target, &mut Loss::default()).unwrap_or_default();
    println!("request: {} bytes", body.len());
    median("write a request", || {
        black_box(format.write_request(black_box(&request), &target, &mut Loss::default()).ok());
    });
    median("map its JSON", || {
        black_box(Doc::parse(black_box(&body)).ok());
    });
    if let Ok(doc) = Doc::parse(&body) {
        median("read it from the map", || {
            black_box(format.read_request(black_box(&doc)).ok());
        });
    }
}

fn answers(format: &dyn Format) {
    let ask = Ask::default();
    println!("answer: {} bytes", ANSWER.len());
    median("map and read an answer", || {
        if let Ok(doc) = Doc::parse(black_box(ANSWER.as_bytes())) {
            black_box(format.read_answer(&doc).ok());
        }
    });
    if let Ok(doc) = Doc::parse(ANSWER.as_bytes())
        && let Ok(answer) = format.read_answer(&doc)
    {
        median("write an answer", || {
            black_box(format.write_answer(black_box(&answer), &ask));
        });
    }
    median("its usage alone", || {
        black_box(format.answer_usage(black_box(ANSWER.as_bytes())));
    });
}

fn streams(format: &dyn Format) {
    // A long answer: 200 deltas of one block.
    let mut stream = Vec::new();
    let mut event = |data: &str| sse::write(&mut stream, Some("content_block_delta"), data.as_bytes());
    event(r#"{"type":"message_start","message":{"id":"msg_1","model":"claude","usage":{"input_tokens":1}}}"#);
    event(r#"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"#);
    for _ in 0..200 {
        event(
            r#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":" quick \"brown\" fox"}}"#,
        );
    }
    let ask = Ask::default();
    for (name, bytes) in [("200 text deltas", stream.as_slice()), ("thinking and a call", STREAM.as_bytes())] {
        median(&format!("frame only: {name}"), || {
            let mut count = 0;
            let pushed = frame::Reader::default().push(black_box(bytes), |event| {
                count += event.data.len();
            });
            black_box((pushed.is_ok(), count));
        });
        median(&format!("frame and read: {name}"), || {
            let mut reader = format.stream_reader();
            let mut count = 0;
            let pushed = frame::Reader::default().push(black_box(bytes), |event| {
                reader.read(&event, &mut |_| count += 1);
            });
            black_box((pushed.is_ok(), count));
        });
        median(&format!("frame, read and write: {name}"), || {
            let mut reader = format.stream_reader();
            let mut writer = format.stream_writer(&ask);
            let mut out = Vec::with_capacity(64 * 1024);
            let pushed = frame::Reader::default().push(black_box(bytes), |event| {
                reader.read(&event, &mut |delta| writer.write(&delta, &mut out));
            });
            black_box((pushed.is_ok(), out.len()));
        });
    }
}
