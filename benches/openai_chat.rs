//! What the openai_chat format costs, in ns per call: `cargo bench --bench openai_chat`.
//!
//! The request is a chat of about 2 KB with tools, the events are text deltas, the embeddings answer is 300 KB of
//! numbers. The best of several rounds is printed, since the machine is never idle.

use std::hint::black_box;
use std::time::Instant;

use postern::chat::Delta;
use postern::format::{Ask, Loss, Quirks, Step, Target, find};
use postern::wire::frame;
use postern::wire::json::{Doc, Edits};

const ROUNDS: usize = 15;

fn main() {
    let Some(format) = find("openai_chat") else { return };
    let target = Target { model: "gpt-5-mini", quirks: &Quirks::DEFAULT };
    let ask = Ask {
        model: "gpt-5".into(),
        stream: true,
        include_usage: true,
        now_secs: 1,
        fallback_id: "x".into(),
        ..Ask::default()
    };

    let request = request();
    report("request: map", request.len(), || {
        black_box(Doc::parse(black_box(&request)).is_ok());
    });
    report("request: map, retarget, splice", request.len(), || {
        if let Ok(doc) = Doc::parse(black_box(&request)) {
            let mut edits = Edits::new();
            format.retarget(&doc, &target, &mut edits);
            black_box(edits.apply(&request));
        }
    });
    report("request: map, read", request.len(), || {
        if let Ok(doc) = Doc::parse(black_box(&request)) {
            black_box(format.read_request(&doc).is_ok());
        }
    });
    report("request: map, read, write", request.len(), || {
        if let Ok(doc) = Doc::parse(black_box(&request))
            && let Ok(request) = format.read_request(&doc)
        {
            black_box(format.write_request(&request, &target, &mut Loss::default()).is_ok());
        }
    });
    let path = [Step::Key("messages"), Step::Item, Step::Key("content"), Step::Item, Step::Key("text")];
    report("text_at: a text of a message", 0, || {
        black_box(format.text_at(black_box(&path)));
    });

    let answer = br#"{"id":"chatcmpl-1","object":"chat.completion","created":1,"model":"gpt-5-mini","choices":[{"index":0,"message":{"role":"assistant","content":"The capital of France is Paris.","refusal":null,"annotations":[]},"logprobs":null,"finish_reason":"stop"}],"usage":{"prompt_tokens":24,"completion_tokens":8,"total_tokens":32,"prompt_tokens_details":{"cached_tokens":0,"audio_tokens":0},"completion_tokens_details":{"reasoning_tokens":0,"audio_tokens":0}}}"#;
    report("answer: map, read, write", answer.len(), || {
        if let Ok(doc) = Doc::parse(black_box(answer))
            && let Ok(answer) = format.read_answer(&doc)
        {
            black_box(format.write_answer(&answer, &ask));
        }
    });
    report("answer: usage", answer.len(), || {
        black_box(format.answer_usage(black_box(answer)));
    });

    let event = concat!(
        r#"data: {"id":"chatcmpl-9fK2Lw8xQ","object":"chat.completion.chunk","created":1719850000,"#,
        r#""model":"gpt-4o-mini","system_fingerprint":"fp_1","choices":[{"index":0,"delta":{"content":" gateway"},"#,
        r#""logprobs":null,"finish_reason":null}],"usage":null,"obfuscation":"x8fKq"}"#,
        "\n\n"
    );
    let events = 1000;
    let stream = event.repeat(events);
    let mut best = [f64::INFINITY; 2];
    for _ in 0..ROUNDS {
        for (with_writer, best) in best.iter_mut().enumerate() {
            let (mut frames, mut reader) = (frame::Reader::default(), format.stream_reader());
            let mut writer = format.stream_writer(&ask);
            let mut out = Vec::new();
            let start = Instant::now();
            for chunk in black_box(stream.as_bytes()).chunks(event.len()) {
                out.clear();
                let result = frames.push(chunk, |event| {
                    black_box(reader.read(&event, &mut |delta: Delta<'_>| {
                        if with_writer == 1 {
                            writer.write(&delta, &mut out);
                        }
                        black_box(&delta);
                    }));
                });
                assert_eq!(result, Ok(()));
                black_box(&out);
            }
            *best = best.min(start.elapsed().as_nanos() as f64 / events as f64);
        }
    }
    let [read, both] = best;
    row("event: cut, map, read", event.len(), read);
    row("event: cut, map, read, write", event.len(), both);

    let embeddings = embeddings();
    report("embeddings answer: usage", embeddings.len(), || {
        black_box(format.answer_usage(black_box(&embeddings)));
    });
}

fn request() -> Vec<u8> {
    let prose = "An API gateway sits between clients and services. It terminates TLS, checks keys, limits rates. ";
    let tool = r#"{"type":"function","function":{"name":"get_weather","description":"Current weather of a city","parameters":{"type":"object","properties":{"city":{"type":"string","description":"Name of the city"},"unit":{"type":"string","enum":["c","f"]}},"required":["city"],"additionalProperties":false}}}"#;
    format!(
        r#"{{"model":"gpt-5","messages":[{{"role":"system","content":"You are a helpful assistant.\n{system}"}},{{"role":"user","content":[{{"type":"text","text":"{user}"}}]}},{{"role":"assistant","content":null,"tool_calls":[{{"id":"call_1","type":"function","function":{{"name":"get_weather","arguments":"{{\"city\":\"Paris\"}}"}}}}]}},{{"role":"tool","tool_call_id":"call_1","content":"21 degrees"}},{{"role":"user","content":"Summarise \"this\"."}}],"tools":[{tool}],"tool_choice":"auto","temperature":0.7,"max_tokens":256,"stream":true}}"#,
        system = prose.repeat(5),
        user = prose.repeat(7),
    )
    .into_bytes()
}

fn embeddings() -> Vec<u8> {
    let mut state = 1u64;
    let mut number = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        format!("{:.9}", (state >> 40) as f64 / 16_777_216.0 - 0.5)
    };
    let vector: Vec<String> = (0..1536).map(|_| number()).collect();
    let item = |index: usize| format!(r#"{{"object":"embedding","index":{index},"embedding":[{}]}}"#, vector.join(","));
    let data: Vec<String> = (0..16).map(item).collect();
    format!(
        r#"{{"object":"list","data":[{}],"model":"text-embedding-3-small","usage":{{"prompt_tokens":8,"total_tokens":8}}}}"#,
        data.join(",")
    )
    .into_bytes()
}

fn report(name: &str, bytes: usize, mut call: impl FnMut()) {
    let mut best = f64::INFINITY;
    for _ in 0..ROUNDS {
        let calls = 2000;
        let start = Instant::now();
        (0..calls).for_each(|_| call());
        best = best.min(start.elapsed().as_nanos() as f64 / calls as f64);
    }
    row(name, bytes, best);
}

fn row(name: &str, bytes: usize, ns: f64) {
    let speed = if bytes > 100_000 { format!("{:>8.2} GB/s", bytes as f64 / ns) } else { String::new() };
    println!("{name:<34}{bytes:>10} bytes{ns:>12.1} ns{speed}");
}
