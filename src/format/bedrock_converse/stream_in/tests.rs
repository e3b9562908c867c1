use super::*;
use crate::wire::event_stream;

/// What a stream says, a line a step.
fn steps(events: &[(&str, &str)]) -> (Vec<String>, bool) {
    let mut bytes = Vec::new();
    for (name, data) in events {
        match name.strip_suffix("Exception") {
            Some(_) => event_stream::write_exception(&mut bytes, name, data.as_bytes()),
            None => event_stream::write(&mut bytes, name, data.as_bytes()),
        }
    }
    let (mut frames, mut reader) = (frame::Reader::new(frame::Framing::AwsEventStream), Reader::default());
    let mut said = Vec::new();
    frames
        .push(&bytes, |event| {
            reader.read(&event, &mut |delta| said.push(format!("{delta:?}").replace("Text(\"", "(\"")));
        })
        .unwrap();
    (said, reader.ended())
}

#[test]
fn every_kind_of_block_is_told_with_dense_calls() {
    let delta = |index: u64, delta: &str| format!(r#"{{"contentBlockIndex":{index},"delta":{delta},"p":"ab"}}"#);
    let stop = |index: u64| format!(r#"{{"contentBlockIndex":{index}}}"#);
    let call = |index: u64, id: &str| {
        format!(r#"{{"contentBlockIndex":{index},"start":{{"toolUse":{{"toolUseId":"{id}","name":"f"}}}}}}"#)
    };
    let (said, ended) = steps(&[
        ("messageStart", r#"{"role":"assistant"}"#),
        ("contentBlockDelta", &delta(0, r#"{"reasoningContent":{"text":"a"}}"#)),
        ("contentBlockDelta", &delta(0, r#"{"reasoningContent":{"text":"b"}}"#)),
        ("contentBlockDelta", &delta(0, r#"{"reasoningContent":{"signature":"c2ln"}}"#)),
        ("contentBlockStop", &stop(0)),
        ("contentBlockDelta", &delta(1, r#"{"reasoningContent":{"text":"c"}}"#)),
        ("contentBlockStop", &stop(1)),
        ("contentBlockDelta", &delta(2, r#"{"text":"hi"}"#)),
        ("contentBlockDelta", &delta(2, r#"{"text":""}"#)),
        ("contentBlockDelta", &delta(2, r#"{"fromTheFuture":"x"}"#)),
        ("contentBlockStop", &stop(2)),
        ("contentBlockStart", &call(3, "one")),
        ("contentBlockDelta", &delta(3, r#"{"toolUse":{"input":"{\"a\":"}}"#)),
        ("contentBlockDelta", &delta(3, r#"{"toolUse":{"input":"1}"}}"#)),
        ("contentBlockStop", &stop(3)),
        ("contentBlockStart", &call(4, "two")),
        ("contentBlockStop", &stop(4)),
        ("fromTheFuture", "{}"),
        ("messageStop", r#"{"stopReason":"end_turn"}"#),
        (
            "metadata",
            r#"{"usage":{"inputTokens":1,"outputTokens":2,"cacheReadInputTokens":3},"metrics":{"latencyMs":5}}"#,
        ),
        ("metadata", "{}"),
    ]);
    let expected = [
        r#"Start { id: (""), model: (""), created: None }"#,
        "ThinkingStart(0)",
        r#"Thinking(0, ("a"))"#,
        r#"Thinking(0, ("b"))"#,
        r#"Signature(0, Signature { origin: Anthropic, value: ("c2ln") })"#,
        "ThinkingStart(0)",
        r#"Thinking(0, ("c"))"#,
        r#"(0, ("hi"))"#,
        r#"ToolStart { choice: 0, index: 0, id: ("one"), name: ("f"), signature: None }"#,
        r#"ToolArguments { choice: 0, index: 0, fragment: ("{\\\"a\\\":") }"#,
        r#"ToolArguments { choice: 0, index: 0, fragment: ("1}") }"#,
        r#"ToolStart { choice: 0, index: 1, id: ("two"), name: ("f"), signature: None }"#,
        r#"ToolArguments { choice: 0, index: 1, fragment: ("{}") }"#,
        "Finish { choice: 0, finish: ToolCalls, stop_sequence: None }",
        "Usage(Usage { input: 4, output: 2, cache_read: 3, cache_write: 0, cache_write_1h: 0, reasoning: 0, input_audio: 0, output_audio: 0, cache_read_audio: 0, input_image: 0, output_image: 0, unbilled_input: 0, unbilled_output: 0, images: 0, search_units: 0, characters: 0, tier: Standard, estimated: false })",
        "End",
    ];
    let said: Vec<_> = said.iter().map(|line| line.replacen("Text(0", "(0", 1)).collect();
    assert_eq!((said.iter().map(String::as_str).collect::<Vec<_>>(), ended), (expected.to_vec(), true));
}

#[test]
fn an_exception_ends_the_stream() {
    let (said, ended) = steps(&[
        ("messageStart", "{}"),
        ("throttlingException", r#"{"message":"slow down"}"#),
        ("contentBlockDelta", r#"{"contentBlockIndex":0,"delta":{"text":"never"}}"#),
    ]);
    assert!(!ended);
    assert_eq!(said.len(), 2, "{said:?}");
    assert!(said[1].contains("status: 429") && said[1].contains("slow down"), "{}", said[1]);
}

#[test]
fn a_stream_is_whole_from_its_message_stop_on() {
    assert!(!steps(&[("messageStart", "{}")]).1);
    let (said, ended) = steps(&[("messageStart", "{}"), ("messageStop", r#"{"stopReason":"max_tokens","trace":{}}"#)]);
    assert!(ended);
    assert_eq!(said[1..], [r#"Unmapped("trace")"#, "Finish { choice: 0, finish: Length, stop_sequence: None }"]);
}

#[test]
fn a_picture_in_pieces_is_one_and_of_bounded_size() {
    let start = ("contentBlockStart", r#"{"contentBlockIndex":0,"start":{"image":{"format":"webp"}}}"#);
    let piece =
        |data: &str| format!(r#"{{"contentBlockIndex":0,"delta":{{"image":{{"source":{{"bytes":"{data}"}}}}}}}}"#);
    let stop = ("contentBlockStop", r#"{"contentBlockIndex":0}"#);
    let (said, _) = steps(&[start, ("contentBlockDelta", &piece("QUJD")), ("contentBlockDelta", &piece("QQ==")), stop]);
    assert_eq!(said.len(), 1);
    assert!(said[0].contains(r#"media_type: ("image/webp"), data: ("QUJDQQ==")"#), "{}", said[0]);
    let large = piece(&"A".repeat(5 << 20));
    let (said, _) = steps(&[start, ("contentBlockDelta", &large), ("contentBlockDelta", &large), stop]);
    assert_eq!(said[0], r#"Unmapped("image")"#);
}
