//! Rows of streams, both directions, and what a ladder of events must be.

use super::{FORMAT, ask, parse, steps, written};
use crate::chat::{
    ApiError, Citation, Delta, Finish, Logprob, Media, MediaKind, MediaSource, Origin, Signature, Usage,
};
use crate::format::{Format, Seen};
use crate::wire::frame;
use crate::wire::json::{Text, Value};

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

/// Events are named by their type and counted from 0; items and parts open once, are spoken of while they are open, and
/// close with all that was said; the last event has all items in their order.
pub(super) fn assert_is_a_ladder(stream: &str) {
    let mut open: Vec<(String, String, String)> = Vec::new();
    let mut done: Vec<(u64, String)> = Vec::new();
    let mut over = false;
    for (number, event) in stream.split_terminator("\n\n").enumerate() {
        assert!(!over, "after the end: {event}");
        let (name, data) = event.split_once("\ndata: ").unwrap_or_else(|| panic!("{event}"));
        assert!(!data.contains('\n'), "{event}");
        let doc = parse(data);
        let root = doc.root();
        let text = |value: Value<'_, '_>, name: &str| value.get(name).and_then(Value::text).unwrap().raw().to_owned();
        let kind = text(root, "type");
        assert_eq!(name, format!("event: {kind}"));
        assert_eq!(root.get("sequence_number").unwrap().u64(), Some(number as u64), "{event}");
        assert_eq!(number < 2, ["response.created", "response.in_progress"].contains(&kind.as_str()), "{event}");
        match kind.as_str() {
            "response.created" | "response.in_progress" => {
                let response = root.get("response").unwrap();
                assert!(
                    response.get("status").unwrap().is("in_progress") && response.get("output").unwrap().raw() == "[]"
                );
            }
            "response.output_item.added" => {
                let item = root.get("item").unwrap();
                let index = root.get("output_index").unwrap().u64().unwrap();
                assert_eq!(index as usize, open.len() + done.len(), "{event}");
                open.push((text(item, "id"), text(item, "type"), String::new()));
            }
            "response.output_item.done" => {
                let item = root.get("item").unwrap();
                let at = open.iter().position(|(id, ..)| *id == text(item, "id")).unwrap_or_else(|| panic!("{event}"));
                let (_, kind, said) = open.remove(at);
                assert_eq!(kind, text(item, "type"));
                let whole: String = match kind.as_str() {
                    "message" => {
                        let words = |part: Value<'_, '_>| {
                            part.get("text").or(part.get("refusal")).unwrap().text().unwrap().raw().to_owned()
                        };
                        item.get("content").unwrap().items().map(words).collect()
                    }
                    "reasoning" => item.get("summary").unwrap().items().map(|part| text(part, "text")).collect(),
                    "function_call" => text(item, "arguments"),
                    _ => String::new(),
                };
                assert_eq!(said, whole, "{event}");
                done.push((root.get("output_index").unwrap().u64().unwrap(), item.raw().to_owned()));
            }
            "response.completed" | "response.incomplete" => {
                assert!(open.is_empty(), "still open: {open:?}");
                done.sort();
                let output = root.get("response").unwrap().get("output").unwrap();
                let items: Vec<_> = output.items().map(|item| item.raw().to_owned()).collect();
                assert_eq!(items, done.iter().map(|(_, item)| item.clone()).collect::<Vec<_>>());
                over = true;
            }
            "error" => over = true,
            _ => {
                let id = text(root, "item_id");
                let item = open.iter_mut().find(|(known, ..)| *known == id).unwrap_or_else(|| panic!("{event}"));
                if kind.ends_with(".delta") {
                    item.2.push_str(&text(root, "delta"));
                }
            }
        }
    }
    assert!(over, "no end: {stream}");
}

/// A stream in short: each event's data without its name, its number and its ids.
fn short(stream: &str) -> Vec<String> {
    let mut out = Vec::new();
    for line in stream.lines().filter_map(|line| line.strip_prefix("data: ")) {
        let doc = parse(line);
        let kind = doc.root().get("type").unwrap().text().unwrap().raw().replace("response.", "");
        let mut said = vec![kind];
        for (name, value) in doc.root().members() {
            if !["type", "sequence_number", "item_id", "response"].contains(&name.raw()) {
                said.push(format!("{}={}", name.raw(), value.raw()));
            }
        }
        out.push(said.join(" "));
    }
    out
}

#[test]
fn the_whole_ladder() {
    let usage = Usage { input: 50, output: 9, cache_read: 20, reasoning: 4, ..Usage::default() };
    let stream = written(
        &[
            Delta::Start { id: t("chatcmpl-1"), model: t("gpt-x"), created: Some(1) },
            Delta::ThinkingStart(0),
            Delta::Thinking(0, t("h")),
            Delta::Thinking(0, t("m")),
            Delta::Signature(0, Signature { origin: Origin::Anthropic, value: t("si") }),
            Delta::Signature(0, Signature { origin: Origin::Anthropic, value: t("g") }),
            Delta::RedactedThinking(0, t("xyz")),
            Delta::Text(0, t("")),
            Delta::Text(1, t("another choice")),
            Delta::Text(0, t("a\\n")),
            Delta::Citation(0, Citation { url: Some(t("https://x.io")), span: Some((0, 2)), ..Citation::default() }),
            Delta::Refusal(0, t("no")),
            tool(0, "call_1"),
            arguments(0, "{\\\"x\\\":"),
            arguments(0, "1}"),
            tool(1, ""),
            Delta::ServiceTier(t("flex")),
            finish(Finish::ToolCalls),
            Delta::Usage(usage),
            Delta::End,
            Delta::Text(0, t("after the end")),
        ],
        &ask(),
    );
    assert_is_a_ladder(&stream);
    let want = [
        "created",
        "in_progress",
        r#"output_item.added output_index=0 item={"id":"rs_chatcmpl-1_0","type":"reasoning","summary":[]}"#,
        r#"reasoning_summary_part.added output_index=0 summary_index=0 part={"type":"summary_text","text":""}"#,
        r#"reasoning_summary_text.delta output_index=0 summary_index=0 delta="h""#,
        r#"reasoning_summary_text.delta output_index=0 summary_index=0 delta="m""#,
        r#"reasoning_summary_text.done output_index=0 summary_index=0 text="hm""#,
        r#"reasoning_summary_part.done output_index=0 summary_index=0 part={"type":"summary_text","text":"hm"}"#,
        r##"output_item.done output_index=0 item={"id":"rs_chatcmpl-1_0","type":"reasoning","summary":[{"type":"summary_text","text":"hm"}],"encrypted_content":"anthropic#sig"}"##,
        r#"output_item.added output_index=1 item={"id":"rs_chatcmpl-1_1","type":"reasoning","summary":[]}"#,
        r##"output_item.done output_index=1 item={"id":"rs_chatcmpl-1_1","type":"reasoning","summary":[],"encrypted_content":"redacted#xyz"}"##,
        r#"output_item.added output_index=2 item={"id":"msg_chatcmpl-1_2","type":"message","status":"in_progress","role":"assistant","content":[]}"#,
        r#"content_part.added output_index=2 content_index=0 part={"type":"output_text","text":"","annotations":[],"logprobs":[]}"#,
        r#"output_text.delta output_index=2 content_index=0 delta="a\n" logprobs=[]"#,
        r#"output_text.annotation.added output_index=2 content_index=0 annotation_index=0 annotation={"type":"url_citation","url":"https://x.io","title":"","start_index":0,"end_index":2}"#,
        r#"output_text.done output_index=2 content_index=0 text="a\n" logprobs=[]"#,
        r#"content_part.done output_index=2 content_index=0 part={"type":"output_text","text":"a\n","annotations":[{"type":"url_citation","url":"https://x.io","title":"","start_index":0,"end_index":2}],"logprobs":[]}"#,
        r#"content_part.added output_index=2 content_index=1 part={"type":"refusal","refusal":""}"#,
        r#"refusal.delta output_index=2 content_index=1 delta="no""#,
        r#"refusal.done output_index=2 content_index=1 refusal="no""#,
        r#"content_part.done output_index=2 content_index=1 part={"type":"refusal","refusal":"no"}"#,
        r#"output_item.done output_index=2 item={"id":"msg_chatcmpl-1_2","type":"message","status":"completed","role":"assistant","content":[{"type":"output_text","text":"a\n","annotations":[{"type":"url_citation","url":"https://x.io","title":"","start_index":0,"end_index":2}],"logprobs":[]},{"type":"refusal","refusal":"no"}]}"#,
        r#"output_item.added output_index=3 item={"id":"fc_chatcmpl-1_3","type":"function_call","status":"in_progress","arguments":"","call_id":"call_1","name":"f"}"#,
        r#"function_call_arguments.delta output_index=3 delta="{\"x\":""#,
        r#"function_call_arguments.delta output_index=3 delta="1}""#,
        r#"function_call_arguments.done output_index=3 name="f" arguments="{\"x\":1}""#,
        r#"output_item.done output_index=3 item={"id":"fc_chatcmpl-1_3","type":"function_call","status":"completed","arguments":"{\"x\":1}","call_id":"call_1","name":"f"}"#,
        r#"output_item.added output_index=4 item={"id":"fc_chatcmpl-1_4","type":"function_call","status":"in_progress","arguments":"","call_id":"call_x1_1","name":"f"}"#,
        r#"function_call_arguments.delta output_index=4 delta="{}""#,
        r#"function_call_arguments.done output_index=4 name="f" arguments="{}""#,
        r#"output_item.done output_index=4 item={"id":"fc_chatcmpl-1_4","type":"function_call","status":"completed","arguments":"{}","call_id":"call_x1_1","name":"f"}"#,
        "completed",
    ];
    assert_eq!(short(&stream), want);
    let (_, last) = stream.trim_end().rsplit_once("data: ").unwrap();
    let last = parse(last);
    let response = last.root().get("response").unwrap();
    let rows = [
        ("id", r#""resp_chatcmpl-1""#),
        ("object", r#""response""#),
        ("created_at", "1"),
        ("status", r#""completed""#),
        ("error", "null"),
        ("incomplete_details", "null"),
        ("model", r#""gpt-x""#),
        ("store", "false"),
        ("service_tier", r#""flex""#),
        (
            "usage",
            r#"{"input_tokens":50,"input_tokens_details":{"cached_tokens":20,"cache_write_tokens":0},"output_tokens":9,"output_tokens_details":{"reasoning_tokens":4},"total_tokens":59}"#,
        ),
    ];
    for (name, want) in rows {
        assert_eq!(response.get(name).unwrap().raw(), want, "{name}");
    }
}

#[test]
fn interleaved_calls_are_open_side_by_side() {
    let stream = written(
        &[
            tool(0, "a"),
            arguments(0, "{\\\"k\\\":\\\"}"),
            tool(1, "b"),
            arguments(1, "{\\\"y\\\""),
            Delta::Text(0, t("meanwhile")),
            arguments(0, "\\\"}"),
            tool(2, "c"),
            arguments(1, ":2}"),
            arguments(2, "{}"),
            finish(Finish::ToolCalls),
            Delta::End,
        ],
        &ask(),
    );
    assert_is_a_ladder(&stream);
    let calls: Vec<_> =
        short(&stream).into_iter().filter(|event| event.starts_with("function_call_arguments.done")).collect();
    let want = [
        r#"function_call_arguments.done output_index=0 name="f" arguments="{\"k\":\"}\"}""#,
        r#"function_call_arguments.done output_index=1 name="f" arguments="{\"y\":2}""#,
        r#"function_call_arguments.done output_index=3 name="f" arguments="{}""#,
    ];
    assert_eq!(calls, want);
}

#[test]
fn an_end_says_why() {
    let rows = [
        (Finish::Stop, "completed", "null", "completed"),
        (Finish::ToolCalls, "completed", "null", "completed"),
        (Finish::Length, "incomplete", r#"{"reason":"max_output_tokens"}"#, "incomplete"),
        (Finish::ContentFilter, "incomplete", r#"{"reason":"content_filter"}"#, "incomplete"),
    ];
    for (why, status, details, item) in rows {
        let stream = written(&[Delta::Text(0, t("x")), finish(why), Delta::End], &ask());
        assert_is_a_ladder(&stream);
        assert!(stream.contains(&format!("event: response.{status}\n")), "{stream}");
        let (_, last) = stream.trim_end().rsplit_once("data: ").unwrap();
        let last = parse(last);
        let response = last.root().get("response").unwrap();
        assert!(response.get("status").unwrap().is(status));
        assert_eq!(response.get("incomplete_details").unwrap().raw(), details);
        let first = response.get("output").unwrap().items().next().unwrap();
        assert!(first.get("status").unwrap().is(item), "{}", first.raw());
        // Without usage there is none, and not zeros.
        assert_eq!(response.get("usage").unwrap().raw(), "null");
    }
}

#[test]
fn an_error_is_told_in_both_of_its_shapes_and_nothing_follows() {
    let mut error = ApiError::provider(503, Some("busy".into()), "try \"later\"");
    error.param = Some("input".into());
    let stream = written(&[Delta::Text(0, t("x")), Delta::Error(error), Delta::End], &ask());
    assert_is_a_ladder(&stream);
    let want = r#"event: error
data: {"type":"error","sequence_number":5,"code":"busy","message":"try \"later\"","param":"input","error":{"message":"try \"later\"","type":"server_error","param":"input","code":"busy"}}"#;
    assert_eq!(stream.trim_end().rsplit_once("\n\n").unwrap().1, want);
    let seen = steps(&stream, usize::MAX);
    let Some(Delta::Error(error)) = seen.last() else { panic!("{seen:?}") };
    assert_eq!((error.code.as_deref(), error.message.as_str()), (Some("busy"), "try \"later\""));
}

#[test]
fn log_probabilities_follow_their_text() {
    let token = Logprob { token: t("\\u00e9"), logprob: t("-0.5"), top: vec![(t("e"), t("-1"))] };
    let deltas = [
        Delta::Text(0, t("\\u00e9")),
        Delta::Logprobs(0, vec![token]),
        Delta::Text(0, t("!")),
        Delta::Logprobs(0, vec![Logprob { token: t("!"), logprob: t("-0.1"), top: Vec::new() }]),
        finish(Finish::Stop),
        Delta::End,
    ];
    let stream = written(&deltas, &ask());
    assert_is_a_ladder(&stream);
    let first = r#"{"token":"\u00e9","bytes":[195,169],"logprob":-0.5,"top_logprobs":[{"token":"e","bytes":[101],"logprob":-1}]}"#;
    let second = r#"{"token":"!","bytes":[33],"logprob":-0.1,"top_logprobs":[]}"#;
    let want = [
        r#"output_text.delta output_index=0 content_index=0 delta="\u00e9" logprobs=[]"#.to_owned(),
        format!(r#"output_text.delta output_index=0 content_index=0 delta="" logprobs=[{first}]"#),
        r#"output_text.delta output_index=0 content_index=0 delta="!" logprobs=[]"#.to_owned(),
        format!(r#"output_text.delta output_index=0 content_index=0 delta="" logprobs=[{second}]"#),
        format!(r#"output_text.done output_index=0 content_index=0 text="\u00e9!" logprobs=[{first},{second}]"#),
    ];
    assert_eq!(short(&stream)[4..9], want);
}

#[test]
fn a_picture_is_what_the_tool_for_pictures_makes() {
    let source = MediaSource::Data { media_type: t("image/webp"), data: t("AAAA") };
    let picture = Media { kind: MediaKind::Image, source, detail: None, filename: None, cache: None };
    let stream = written(&[Delta::Media(0, picture), finish(Finish::Stop), Delta::End], &ask());
    assert_is_a_ladder(&stream);
    assert_eq!(
        short(&stream)[3],
        r#"output_item.done output_index=0 item={"id":"ig_x1_0","type":"image_generation_call","status":"completed","output_format":"webp","result":"AAAA"}"#
    );
    let again = format!("{:?}", super::folded(&stream).choices[0].parts);
    assert!(again.contains(r#"media_type: Text("image/webp"), data: Text("AAAA")"#), "{again}");
}

#[test]
fn a_place_in_the_whole_text_is_one_in_its_part_and_back() {
    let note =
        |span| Delta::Citation(0, Citation { url: Some(t("https://x.io")), span: Some(span), ..Citation::default() });
    let deltas = [
        Delta::Text(0, t("\\ud83d\\ude00é")),
        tool(0, "a"),
        Delta::Text(0, t("two")),
        note((2, 5)),
        finish(Finish::ToolCalls),
        Delta::End,
    ];
    let stream = written(&deltas, &ask());
    assert!(stream.contains(r#""start_index":0,"end_index":3"#), "{stream}");
    let parts = format!("{:?}", super::folded(&stream).choices[0].parts);
    assert!(parts.contains("span: Some((2, 5))"), "{parts}");
}

#[test]
fn an_answer_that_no_event_could_hold_is_given_up() {
    let much = "x".repeat(1024 * 1024);
    let mut deltas: Vec<_> = (0..8).map(|_| Delta::Text(0, t(&much))).collect();
    deltas.push(Delta::End);
    let stream = written(&deltas, &ask());
    assert!(stream.ends_with("\n\n") && stream.contains("event: error\n"), "not given up");
    assert!(!stream.contains("response.completed"));
    // The same as a whole has no event to fit in.
    let whole = crate::chat::Answer {
        choices: vec![crate::chat::Choice {
            parts: (0..8).map(|_| crate::chat::Part::Text { text: t(&much), cache: None }).collect(),
            ..crate::chat::Choice::default()
        }],
        ..crate::chat::Answer::default()
    };
    assert!(FORMAT.write_answer(&whole, &ask()).len() > 8 * 1024 * 1024);
}

#[test]
fn many_sources_of_a_long_text_cost_no_more_than_they_are() {
    let much = "x".repeat(1024 * 1024);
    let source = || Delta::Citation(0, Citation { url: Some(t("https://x.io")), ..Citation::default() });
    let mut deltas = vec![Delta::Text(0, t(&much))];
    deltas.extend((0..20_000).map(|_| source()));
    let stream = written(&deltas, &ask());
    assert!(stream.contains(r#""annotation_index":19999,"#) && stream.contains(r#""end_index":1048576}"#));
}

/// Events by their data alone.
fn events(lines: &[&str]) -> String {
    lines.iter().map(|line| format!("data: {line}\n\n")).collect()
}

fn read(lines: &[&str]) -> (Vec<String>, Vec<Seen>, bool) {
    let (mut reader, mut frames) = (FORMAT.stream_reader(), frame::Reader::default());
    let (mut deltas, mut seen) = (Vec::new(), Vec::new());
    let each = |event: frame::Event<'_>| {
        seen.push(reader.read(&event, &mut |delta| deltas.push(format!("{delta:?}"))));
    };
    frames.push(events(lines).as_bytes(), each).unwrap();
    (deltas, seen, reader.ended())
}

#[test]
fn what_a_server_tells_only_at_an_items_end_is_told_then_and_once() {
    let (deltas, _, ended) = read(&[
        r#"{"type":"response.output_item.done","output_index":0,"item":{"type":"reasoning","summary":[],"content":[{"type":"reasoning_text","text":"hm"}]}}"#,
        r#"{"type":"response.output_item.done","output_index":1,"item":{"type":"message","content":[{"type":"output_text","text":"hi","annotations":[]},{"type":"refusal","refusal":"no"}]}}"#,
        r#"{"type":"response.output_item.added","output_index":2,"item":{"type":"function_call","call_id":"c","name":"f","arguments":""}}"#,
        r#"{"type":"response.output_item.done","output_index":2,"item":{"type":"function_call","call_id":"c","name":"f","arguments":"{}"}}"#,
        r#"{"type":"response.output_item.done","output_index":3,"item":{"type":"function_call","id":"only","name":"g","arguments":"[1]"}}"#,
        r#"{"type":"response.completed","response":{"id":"r","model":"m","status":"completed","output":[]}}"#,
    ]);
    let want = [
        "ThinkingStart(0)",
        r#"Thinking(0, Text("hm"))"#,
        r#"Text(0, Text("hi"))"#,
        r#"Refusal(0, Text("no"))"#,
        r#"ToolStart { choice: 0, index: 0, id: Text("c"), name: Text("f"), signature: None }"#,
        r#"ToolArguments { choice: 0, index: 0, fragment: Text("{}") }"#,
        r#"ToolStart { choice: 0, index: 1, id: Text("only"), name: Text("g"), signature: None }"#,
        r#"ToolArguments { choice: 0, index: 1, fragment: Text("[1]") }"#,
        r#"Start { id: Text("r"), model: Text("m"), created: None }"#,
        "Finish { choice: 0, finish: ToolCalls, stop_sequence: None }",
        "End",
    ];
    assert_eq!(deltas, want);
    assert!(ended);
}

#[test]
fn a_source_is_told_once_however_it_comes() {
    let added = r#"{"type":"response.output_item.added","output_index":0,"item":{"type":"message","content":[]}}"#;
    let text = r#"{"type":"response.output_text.delta","output_index":0,"content_index":0,"delta":"hi"}"#;
    let note = r#"{"type":"url_citation","url":"https://x.io","start_index":0,"end_index":2}"#;
    let came = format!(r#"{{"type":"response.output_text.annotation.added","output_index":0,"annotation":{note}}}"#);
    let part = |notes: &str| format!(r#"{{"type":"output_text","text":"hi","annotations":[{notes}]}}"#);
    let part_done = |notes: &str| {
        format!(r#"{{"type":"response.content_part.done","output_index":0,"content_index":0,"part":{}}}"#, part(notes))
    };
    let item_done = |notes: &str| {
        format!(
            r#"{{"type":"response.output_item.done","output_index":0,"item":{{"type":"message","content":[{}]}}}}"#,
            part(notes)
        )
    };
    let rows = [
        vec![added, text, &came, &part_done(note), &item_done(note)],
        vec![added, text, &came, &part_done(""), &item_done("")],
        vec![added, text, &part_done(note), &item_done(note)],
        vec![added, text, &came, &item_done(note)],
        vec![added, text, &came, &item_done("")],
        vec![added, text, &item_done(note)],
    ]
    .map(|row| row.into_iter().map(str::to_owned).collect::<Vec<_>>());
    for row in rows {
        let lines: Vec<_> = row.iter().map(String::as_str).collect();
        let (deltas, ..) = read(&lines);
        assert_eq!(deltas.len(), 2, "{row:?} {deltas:?}");
        assert!(deltas[1].starts_with("Citation(0"), "{deltas:?}");
    }
}

#[test]
fn what_is_not_known_says_nothing_and_what_no_one_else_has_is_named() {
    let rows: &[(&str, &[&str], Seen)] = &[
        (r#"{"type":"response.web_search_call.searching","output_index":0}"#, &[], Seen::Event),
        (r#"{"type":"response.from_the_future"}"#, &[], Seen::Event),
        (r#"{"type":"response.function_call_arguments.delta","output_index":7,"delta":"x"}"#, &[], Seen::Event),
        (
            r#"{"type":"response.output_item.done","item":{"type":"code_interpreter_call"}}"#,
            &[r#"Unmapped("output[].code_interpreter_call")"#],
            Seen::Event,
        ),
        (
            r#"{"type":"response.output_item.done","item":{"type":"item_of_2030"}}"#,
            &[r#"Unmapped("output[]")"#],
            Seen::Event,
        ),
        (
            r#"{"type":"response.output_item.done","item":{"type":"message","phase":"commentary","content":[]}}"#,
            &[r#"Unmapped("output[].phase")"#],
            Seen::Event,
        ),
        (r#"{"no":"type"}"#, &[], Seen::Unknown),
        (r#"{"type":"response.completed"}"#, &[], Seen::Unknown),
        ("[DONE]", &[], Seen::Unknown),
        ("{\"type\":", &[], Seen::Unknown),
    ];
    for (line, want, seen) in rows {
        let (deltas, got, ended) = read(&[line]);
        assert_eq!((deltas, got, ended), (want.iter().map(|&d| d.to_owned()).collect(), vec![*seen], false), "{line}");
    }
}

#[test]
fn errors_in_mid_stream_have_every_shape() {
    let rows = [
        (r#"{"type":"error","code":"server_error","message":"gone","param":null,"sequence_number":1}"#, 500, "gone"),
        (
            r#"{"type":"error","error":{"type":"invalid_request_error","code":"context_length_exceeded","message":"too long","param":"input"},"sequence_number":0}"#,
            400,
            "too long",
        ),
        (
            r#"{"type":"response.failed","response":{"status":"failed","error":{"code":"rate_limit_exceeded","message":"slow"}}}"#,
            429,
            "slow",
        ),
        (
            r#"{"type":"response.failed","response":{"status":"failed","error":null}}"#,
            502,
            "the provider failed without saying why",
        ),
        (r#"{"error":{"message":"a proxy's own","type":"server_error"}}"#, 500, "a proxy's own"),
    ];
    for (line, status, message) in rows {
        let (deltas, seen, ended) = read(&[line, r#"{"type":"response.completed","response":{}}"#]);
        assert_eq!((deltas.len(), seen, ended), (1, vec![Seen::Error, Seen::Unknown], false), "{line}");
        assert!(deltas[0].contains(&format!("status: {status}")) && deltas[0].contains(message), "{}", deltas[0]);
    }
}

#[test]
fn a_stream_cut_before_its_end_is_not_ended_and_tells_no_finish() {
    for (name, stream) in super::STREAMS {
        let (begun, _) = stream.rsplit_once("event: response.").unwrap();
        let seen = steps(begun, usize::MAX);
        assert!(!seen.iter().any(|delta| matches!(delta, Delta::Finish { .. } | Delta::End)), "{name}");
    }
}

#[test]
fn an_event_is_named_by_its_type() {
    assert_eq!(FORMAT.event_name(br#"{"type":"response.created"}"#).as_deref(), Some("response.created"));
    assert_eq!(FORMAT.event_name(b"[DONE]"), None);
}
