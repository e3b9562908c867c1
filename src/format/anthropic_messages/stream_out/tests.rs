use super::*;
use crate::chat::{Origin, Signature};
use crate::wire::json::Doc;

fn written(deltas: &[Delta<'_>]) -> String {
    let ask = Ask { model: "asked".into(), fallback_id: "f1".into(), ..Ask::default() };
    let mut writer = Writer::new(&ask);
    let mut out = Vec::new();
    for delta in deltas {
        writer.write(delta, &mut out);
    }
    String::from_utf8(out).unwrap()
}

/// The stream in short: each event's data without its type, and the check that its name is its type.
fn short(stream: &str) -> Vec<String> {
    stream
        .split_terminator("\n\n")
        .map(|event| {
            let (name, data) = event.split_once('\n').unwrap();
            let (name, data) = (name.strip_prefix("event: ").unwrap(), data.strip_prefix("data: ").unwrap());
            let doc = Doc::parse(data.as_bytes()).unwrap();
            assert!(doc.root().get("type").unwrap().is(name), "{event}");
            data.replace(&format!(r#""type":"{name}","#), "").replace("content_block", "block")
        })
        .collect()
}

fn t(raw: &str) -> Text<'_> {
    Text::from_raw(raw)
}

fn tool<'a>(index: u32, id: &'a str) -> Delta<'a> {
    Delta::ToolStart { choice: 0, index, id: t(id), name: t("f"), signature: None }
}

fn arguments(index: u32, fragment: &str) -> Delta<'_> {
    Delta::ToolArguments { choice: 0, index, fragment: t(fragment) }
}

fn finish<'a>(finish: Finish) -> Delta<'a> {
    Delta::Finish { choice: 0, finish, stop_sequence: None }
}

#[test]
fn the_whole_ladder() {
    let usage = Usage { input: 50, output: 9, cache_read: 20, ..Usage::default() };
    let stream = written(&[
        Delta::Start { id: t("chatcmpl-1"), model: t("gpt-x"), created: Some(1) },
        Delta::Text(0, t("")),
        Delta::Thinking(0, t("h")),
        Delta::Thinking(0, t("m")),
        Delta::Signature(0, Signature { origin: Origin::Anthropic, value: t("si") }),
        Delta::Signature(0, Signature { origin: Origin::Anthropic, value: t("g") }),
        Delta::RedactedThinking(0, t("xyz")),
        Delta::Text(1, t("another choice")),
        Delta::Text(0, t("a\\n")),
        tool(0, "call_1"),
        arguments(0, "{\\\"x\\\":"),
        arguments(0, "1}"),
        tool(1, ""),
        finish(Finish::Stop),
        Delta::Usage(usage),
        Delta::End,
        Delta::Text(0, t("after the end")),
    ]);
    let want = [
        r#"{"message":{"id":"msg_chatcmpl-1","type":"message","role":"assistant","model":"gpt-x","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":0,"cache_creation_input_tokens":0,"cache_read_input_tokens":0,"output_tokens":0}}}"#,
        r#"{"index":0,"block":{"type":"thinking","thinking":"","signature":""}}"#,
        r#"{"index":0,"delta":{"type":"thinking_delta","thinking":"h"}}"#,
        r#"{"index":0,"delta":{"type":"thinking_delta","thinking":"m"}}"#,
        r#"{"index":0,"delta":{"type":"signature_delta","signature":"sig"}}"#,
        r#"{"index":0}"#,
        r#"{"index":1,"block":{"type":"redacted_thinking","data":"xyz"}}"#,
        r#"{"index":1}"#,
        r#"{"index":2,"block":{"type":"text","text":""}}"#,
        r#"{"index":2,"delta":{"type":"text_delta","text":"a\n"}}"#,
        r#"{"index":2}"#,
        r#"{"index":3,"block":{"type":"tool_use","id":"call_1","name":"f","input":{}}}"#,
        r#"{"index":3,"delta":{"type":"input_json_delta","partial_json":"{\"x\":"}}"#,
        r#"{"index":3,"delta":{"type":"input_json_delta","partial_json":"1}"}}"#,
        r#"{"index":3}"#,
        r#"{"index":4,"block":{"type":"tool_use","id":"toolu_f1_1","name":"f","input":{}}}"#,
        r#"{"index":4}"#,
        r#"{"delta":{"stop_reason":"tool_use","stop_sequence":null},"usage":{"input_tokens":30,"cache_creation_input_tokens":0,"cache_read_input_tokens":20,"output_tokens":9}}"#,
        r#"{"type":"message_stop"}"#,
    ];
    assert_eq!(short(&stream), want);
}

#[test]
fn interleaved_calls_and_text_wait_their_turn() {
    let stream = written(&[
        tool(0, "a"),
        arguments(0, "{\\\"k\\\":\\\"}"),
        tool(1, "b"),
        arguments(1, "{\\\"y\\\""),
        Delta::Text(0, t("mean")),
        tool(2, "c"),
        arguments(2, "{}"),
        Delta::Text(0, t("while")),
        arguments(0, "\\\\\\\"\\\"}"),
        arguments(1, ":[2]"),
        arguments(1, "}"),
        arguments(0, " "),
        finish(Finish::ToolCalls),
        Delta::End,
    ]);
    let want = [
        r#"{"index":0,"block":{"type":"tool_use","id":"a","name":"f","input":{}}}"#,
        r#"{"index":0,"delta":{"type":"input_json_delta","partial_json":"{\"k\":\"}"}}"#,
        r#"{"index":0,"delta":{"type":"input_json_delta","partial_json":"\\\"\"}"}}"#,
        r#"{"index":0}"#,
        r#"{"index":1,"block":{"type":"tool_use","id":"b","name":"f","input":{}}}"#,
        r#"{"index":1,"delta":{"type":"input_json_delta","partial_json":"{\"y\""}}"#,
        r#"{"index":1,"delta":{"type":"input_json_delta","partial_json":":[2]"}}"#,
        r#"{"index":1,"delta":{"type":"input_json_delta","partial_json":"}"}}"#,
        r#"{"index":1}"#,
        r#"{"index":2,"block":{"type":"text","text":""}}"#,
        r#"{"index":2,"delta":{"type":"text_delta","text":"mean"}}"#,
        r#"{"index":2}"#,
        r#"{"index":3,"block":{"type":"tool_use","id":"c","name":"f","input":{}}}"#,
        r#"{"index":3,"delta":{"type":"input_json_delta","partial_json":"{}"}}"#,
        r#"{"index":3}"#,
        r#"{"index":4,"block":{"type":"text","text":""}}"#,
        r#"{"index":4,"delta":{"type":"text_delta","text":"while"}}"#,
        r#"{"index":4}"#,
        r#"{"delta":{"stop_reason":"tool_use","stop_sequence":null},"usage":{"output_tokens":0}}"#,
        r#"{"type":"message_stop"}"#,
    ];
    assert_eq!(short(&stream)[1..], want);
}

#[test]
fn what_waits_behind_a_call_cut_short_is_written_at_the_end() {
    let stream = written(&[
        tool(0, "a"),
        arguments(0, "{\\\"k\\\":"),
        tool(1, "b"),
        arguments(1, "{}"),
        Delta::Thinking(0, t("hm")),
        Delta::Signature(0, Signature { origin: Origin::Anthropic, value: t("sig") }),
        Delta::RedactedThinking(0, t("xyz")),
        finish(Finish::Length),
        Delta::End,
    ]);
    let short = short(&stream);
    let blocks: Vec<_> = short.iter().filter(|event| event.contains(r#""block":"#)).collect();
    assert_eq!(blocks.len(), 4, "{short:#?}");
    assert!(short.contains(&r#"{"index":2,"delta":{"type":"signature_delta","signature":"sig"}}"#.to_owned()));
    assert!(short[short.len() - 2].contains(r#""stop_reason":"max_tokens""#));
}

#[test]
fn a_block_of_thinking_begins_where_the_provider_says() {
    let thought = |text| Delta::Thinking(0, t(text));
    let begin = || Delta::ThinkingStart(0);
    let stream = written(&[
        begin(),
        thought("a"),
        begin(),
        thought("b"),
        thought("c"),
        tool(0, "x"),
        arguments(0, "{"),
        begin(),
        thought("d"),
        begin(),
        begin(),
        thought("e"),
        arguments(0, "}"),
        finish(Finish::ToolCalls),
        Delta::End,
    ]);
    let thought = |event: String| Some(event.split_once(r#""thinking":""#)?.1.trim_end_matches("\"}}").to_owned());
    let blocks: Vec<_> =
        short(&stream).into_iter().filter(|event| !event.contains("block")).filter_map(thought).collect();
    assert_eq!(blocks, ["a", "b", "c", "d", "e"]);
    assert_eq!(short(&stream).iter().filter(|event| event.contains(r#""block":{"type":"thinking""#)).count(), 4);
}

#[test]
fn what_waits_is_bounded() {
    let long = "x".repeat(1024 * 1024);
    let mut deltas = vec![tool(0, "a"), arguments(0, "{")];
    deltas.extend((0..8).map(|_| Delta::Text(0, t(&long))));
    let stream = written(&deltas);
    assert!(stream.len() < 2000);
    assert!(stream.ends_with(
        "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"api_error\",\"message\":\"the provider's parallel calls cannot be put in order\"}}\n\n"
    ));
}

#[test]
fn an_error_is_the_last_event() {
    let error = ApiError::provider(529, None, "busy");
    let stream = written(&[Delta::Error(error), Delta::Text(0, t("x")), Delta::End]);
    assert_eq!(
        stream,
        "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"busy\"}}\n\n"
    );
}

#[test]
fn an_end_without_anything_is_an_empty_message() {
    let short = short(&written(&[Delta::End]));
    assert_eq!(short.len(), 3);
    assert!(short[0].contains(r#""id":"msg_f1""#) && short[0].contains(r#""model":"asked""#));
    assert!(short[1].contains(r#""stop_reason":"end_turn""#));
}
