use super::*;
use crate::chat::{ErrorKind, Usage};

/// What a list of deltas says, event by event.
fn read_all(reader: &mut Reader, bytes: &[u8], cut: usize) -> (Vec<String>, Vec<Seen>) {
    let mut deltas = Vec::new();
    let mut seen = Vec::new();
    let mut events = frame::Reader::default();
    for chunk in bytes.chunks(cut) {
        events
            .push(chunk, |event| {
                seen.push(reader.read(&event, &mut |delta| deltas.push(format!("{delta:?}"))));
            })
            .unwrap();
    }
    (deltas, seen)
}

fn read(stream: &str) -> (Vec<String>, Vec<Seen>, bool) {
    let mut reader = Reader::default();
    let (deltas, seen) = read_all(&mut reader, stream.as_bytes(), usize::MAX);
    (deltas, seen, reader.ended())
}

/// Data lines as a stream.
fn events(lines: &[&str]) -> String {
    lines.iter().map(|line| format!("data: {line}\n\n")).collect()
}

#[test]
fn parallel_calls_get_dense_indices_and_an_empty_one_an_object() {
    let (deltas, _, ended) = read(include_str!("../../../../tests/fixtures/anthropic_messages/parallel_tools.sse"));
    assert!(ended);
    let usage = |output| format!("Usage({:?})", Usage { input: 472, output, ..Usage::default() });
    let want = [
        r#"Start { id: Text("msg_014p7gG3wDgGV9EUtLvnow3U"), model: Text("claude-opus-4-6"), created: None }"#
            .to_owned(),
        usage(2),
        r#"Text(0, Text("Okay, let's check."))"#.to_owned(),
        r#"ToolStart { choice: 0, index: 0, id: Text("toolu_01T1x1fJ34qAmk2tNTrN7Up6"), name: Text("get_weather"), signature: None }"#
            .to_owned(),
        r#"ToolArguments { choice: 0, index: 0, fragment: Text("{\\\"location\\\":") }"#.to_owned(),
        r#"ToolArguments { choice: 0, index: 0, fragment: Text(" \\\"San Francisc") }"#.to_owned(),
        r#"ToolArguments { choice: 0, index: 0, fragment: Text("o, CA\\\"}") }"#.to_owned(),
        r#"ToolStart { choice: 0, index: 1, id: Text("toolu_02"), name: Text("get_time"), signature: None }"#.to_owned(),
        r#"ToolArguments { choice: 0, index: 1, fragment: Text("{}") }"#.to_owned(),
        usage(89),
        "Finish { choice: 0, finish: ToolCalls, stop_sequence: None }".to_owned(),
        "End".to_owned(),
    ];
    assert_eq!(deltas, want);
}

#[test]
fn input_that_comes_whole_is_told_once() {
    let start = r#"{"type":"content_block_start","index":3,"content_block":{"type":"tool_use","id":"a","name":"b","input":{"x":"\n"}}}"#;
    let stop = r#"{"type":"content_block_stop","index":3}"#;
    let (deltas, ..) = read(&events(&[start, stop]));
    assert_eq!(
        deltas.last().unwrap(),
        r#"ToolArguments { choice: 0, index: 0, fragment: Text("{\\\"x\\\":\\\"\\\\n\\\"}") }"#
    );
    let delta = r#"{"type":"content_block_delta","index":3,"delta":{"type":"input_json_delta","partial_json":"{}"}}"#;
    let (deltas, ..) = read(&events(&[start, delta, stop]));
    assert_eq!(deltas.len(), 2);
    assert_eq!(deltas[1], r#"ToolArguments { choice: 0, index: 0, fragment: Text("{}") }"#);
}

#[test]
fn an_error_in_mid_stream_ends_it_with_its_status() {
    let (deltas, seen, ended) = read(include_str!("../../../../tests/fixtures/anthropic_messages/overloaded.sse"));
    assert!(!ended);
    assert_eq!(seen[3..], [Seen::Error, Seen::Unknown]);
    let mut error = ApiError::provider(529, Some("overloaded_error".into()), "Overloaded");
    error.kind = ErrorKind::Overloaded;
    assert_eq!(*deltas.last().unwrap(), format!("Error({error:?})"));
    // A proxy's own error has no type around it.
    let (deltas, seen, _) = read(&events(&[r#"{"error":{"message":"upstream gone","code":"x"}}"#]));
    assert_eq!(seen, [Seen::Error]);
    assert!(deltas[0].contains("status: 502") && deltas[0].contains("upstream gone"), "{}", deltas[0]);
}

#[test]
fn a_stream_cut_before_its_stop_is_not_ended_and_tells_no_finish() {
    let whole = include_str!("../../../../tests/fixtures/anthropic_messages/text.sse");
    let (cut, _) = whole.split_once("event: message_stop").unwrap();
    let (deltas, _, ended) = read(cut);
    assert!(!ended);
    assert!(deltas.iter().all(|delta| !delta.starts_with("Finish") && delta != "End"));
}

#[test]
fn usage_replaces_what_it_names_and_keeps_the_rest() {
    let (deltas, ..) = read(&events(&[
        r#"{"type":"message_start","message":{"usage":{"input_tokens":10,"cache_read_input_tokens":5,"cache_creation_input_tokens":2,"output_tokens":1}}}"#,
        r#"{"type":"message_delta","delta":{},"usage":{"output_tokens":20,"cache_read_input_tokens":6}}"#,
        r#"{"type":"message_delta","delta":{},"usage":{"output_tokens":30,"output_tokens_details":{"thinking_tokens":12}}}"#,
    ]));
    let usage = |cache_read, output, reasoning| {
        format!(
            "Usage({:?})",
            Usage { input: 12 + cache_read, output, cache_read, cache_write: 2, reasoning, ..Usage::default() }
        )
    };
    assert_eq!(deltas[1..], [usage(5, 1, 0), usage(6, 20, 0), usage(6, 30, 12)]);
}

#[test]
fn what_is_not_known_says_nothing() {
    let rows: &[(&str, Seen)] = &[
        (r#"{"type":"ping"}"#, Seen::Event),
        (r#"{"type":"message_from_the_future","index":0}"#, Seen::Event),
        (r#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"x"}}"#, Seen::Event),
        (r#"{"type":"content_block_stop","index":0}"#, Seen::Event),
        (r#"{"type":"content_block_delta"}"#, Seen::Event),
        (r#"{"no":"type"}"#, Seen::Unknown),
        ("[DONE]", Seen::Unknown),
        ("{\"type\":", Seen::Unknown),
        ("", Seen::Unknown),
    ];
    for (line, want) in rows {
        let (deltas, seen, _) = read(&events(&[line]));
        assert_eq!((deltas, seen), (vec![], vec![*want]), "{line}");
    }
    assert_eq!(read(": comment\n\n").1, [Seen::Event]);
    // Nothing but that there was something.
    let new = [
        r#"{"type":"content_block_start","index":0,"content_block":{"type":"new","text":"x"}}"#,
        r#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"x"}}"#,
    ];
    assert_eq!(read(&events(&new)).0, [r#"Unmapped("content[].type")"#]);
}

#[test]
fn any_cut_and_any_line_end_give_the_same_deltas() {
    for stream in super::super::tests::STREAMS {
        let want = read_all(&mut Reader::default(), stream.as_bytes(), usize::MAX);
        let crlf = stream.replace('\n', "\r\n");
        for cut in (1..40).chain([100, 1000]) {
            assert_eq!(read_all(&mut Reader::default(), stream.as_bytes(), cut), want, "cut at {cut}");
            assert_eq!(read_all(&mut Reader::default(), crlf.as_bytes(), cut), want, "CRLF, cut at {cut}");
        }
    }
}
