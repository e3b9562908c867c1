//! What the Responses room costs: `cargo bench --bench openai_responses`. Prints the median of rounds, in nanoseconds.

use std::hint::black_box;
use std::time::Instant;

use postern::format::{Ask, Format, Loss, Quirks, Target, find};
use postern::wire::json::Doc;
use postern::wire::{frame, sse};

const REQUEST: &str = include_str!("../tests/fixtures/openai_responses/request.json");
const ANSWER: &str = include_str!("../tests/fixtures/openai_responses/reasoning.json");
const STREAM: &str = include_str!("../tests/fixtures/openai_responses/reasoning.sse");

fn median(name: &str, mut run: impl FnMut()) {
    const ROUNDS: usize = 31;
    const RUNS: u32 = 1000;
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
    let Some(format) = find("openai_responses") else { return };
    requests(format);
    answers(format);
    streams(format);
}

fn requests(format: &dyn Format) {
    println!("request: {} bytes", REQUEST.len());
    let Ok(doc) = Doc::parse(REQUEST.as_bytes()) else { return };
    median("map its JSON", || {
        black_box(Doc::parse(black_box(REQUEST.as_bytes())).ok());
    });
    median("read it from the map", || {
        black_box(format.read_request(black_box(&doc)).ok());
    });
    median("keep what its answer repeats", || {
        black_box(format.echo(black_box(&doc)));
    });
    let Ok(request) = format.read_request(&doc) else { return };
    let target = Target { model: "our-deployment", quirks: &Quirks::DEFAULT };
    median("write it", || {
        black_box(format.write_request(black_box(&request), &target, &mut Loss::default()).ok());
    });
}

fn answers(format: &dyn Format) {
    println!("answer: {} bytes", ANSWER.len());
    let Ok(doc) = Doc::parse(ANSWER.as_bytes()) else { return };
    let Ok(answer) = format.read_answer(&doc) else { return };
    median("map and read an answer", || {
        if let Ok(doc) = Doc::parse(black_box(ANSWER.as_bytes())) {
            black_box(format.read_answer(&doc).ok());
        }
    });
    let ask = Ask::default();
    median("write an answer", || {
        black_box(format.write_answer(black_box(&answer), &ask));
    });
    median("its usage alone", || {
        black_box(format.answer_usage(black_box(ANSWER.as_bytes())));
    });
}

fn streams(format: &dyn Format) {
    // A long answer: 200 deltas of one part.
    let mut long = Vec::new();
    let mut event = |kind: &str, rest: &str| {
        sse::write(&mut long, Some(kind), format!(r#"{{"type":"{kind}",{rest}}}"#).as_bytes());
    };
    event("response.created", r#""response":{"id":"resp_1","model":"gpt","status":"in_progress","output":[]}"#);
    event("response.output_item.added", r#""output_index":0,"item":{"id":"msg_1","type":"message","content":[]}"#);
    for _ in 0..200 {
        let delta = r#""item_id":"msg_1","output_index":0,"content_index":0,"delta":" quick \"brown\" fox","logprobs":[],"sequence_number":4"#;
        event("response.output_text.delta", delta);
    }
    for (name, bytes) in [("200 text deltas", long.as_slice()), ("reasoning and a call", STREAM.as_bytes())] {
        median(&format!("frame and read: {name}"), || {
            let mut reader = format.stream_reader();
            let mut count = 0;
            let pushed = frame::Reader::default().push(black_box(bytes), |event| {
                reader.read(&event, &mut |_| count += 1);
            });
            black_box((pushed.is_ok(), count));
        });
        let ask = Ask::default();
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
