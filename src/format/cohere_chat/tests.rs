use super::CohereChat;
use crate::chat::{
    Answer, ApiError, Arguments, Choice, Citation, Delta, Effort, ErrorKind, Finish, Fold, Logprob, Media, MediaKind,
    MediaSource, Message, Origin, Part, Reasoning, Request, ResponseFormat, Role, Signature, Tool, ToolCall,
    ToolChoice, Usage,
};
use crate::format::{Ask, Format, Loss, Quirks, Seen, Step, Target, TextKind};
use crate::http::Headers;
use crate::wire::frame;
use crate::wire::json::{Doc, Edits, Text};
use serde_json::{Value as Json, json};

macro_rules! fixture {
    ($name:literal) => {
        include_str!(concat!("../../../tests/fixtures/cohere_chat/", $name))
    };
}

const REQUEST: &str = fixture!("request.json");
/// Streams, each with the same answer as a whole.
const STREAMS: &[(&str, &str)] = &[
    (fixture!("text.sse"), fixture!("text.json")),
    (fixture!("tools.sse"), fixture!("tools.json")),
    (fixture!("thinking.sse"), fixture!("thinking.json")),
    (fixture!("citations.sse"), fixture!("citations.json")),
    (fixture!("logprobs.sse"), fixture!("logprobs.json")),
];
const FAILED: &str = fixture!("error.sse");
const TARGET: Target<'static> = Target { model: "command-a", quirks: &Quirks::DEFAULT };

fn ask() -> Ask {
    Ask { model: "asked".into(), stream: true, include_usage: true, fallback_id: "f1".into(), ..Ask::default() }
}

fn text(raw: &str) -> Text<'_> {
    Text::from_raw(raw)
}

fn said(raw: &str) -> Part<'_> {
    Part::Text { text: text(raw), cache: None }
}

fn thought(raw: &str) -> Part<'_> {
    Part::Thinking { text: text(raw), signature: None }
}

fn call<'a>(id: &'a str, name: &'a str, arguments: Arguments<'a>) -> Part<'a> {
    Part::ToolCall(ToolCall { id: text(id), name: text(name), arguments, signature: None, cache: None })
}

fn media<'a>(kind: MediaKind, source: MediaSource<'a>) -> Part<'a> {
    Part::Media(Media { kind, source, detail: None, filename: None, cache: None })
}

fn data<'a>(media_type: &'a str, data: &'a str) -> MediaSource<'a> {
    MediaSource::Data { media_type: text(media_type), data: text(data) }
}

fn result<'a>(id: &'a str, is_error: Option<bool>, parts: Vec<Part<'a>>) -> Part<'a> {
    Part::ToolResult { id: text(id), is_error, parts, cache: None }
}

fn turn<'a>(role: Role, parts: Vec<Part<'a>>) -> Message<'a> {
    Message { role, parts, ..Message::default() }
}

fn function<'a>(name: &'a str, parameters: Option<&'a str>, strict: Option<bool>) -> Tool<'a> {
    let parameters = parameters.map(Into::into);
    Tool::Function { name: text(name), description: None, parameters, strict, cache: None }
}

/// A request of one turn.
fn hello<'a>() -> Request<'a> {
    Request { messages: vec![turn(Role::User, vec![said("hi")])], ..Request::default() }
}

fn written(request: &Request<'_>) -> (Json, Vec<String>) {
    let mut loss = Loss::default();
    let body = CohereChat.write_request(request, &TARGET, &mut loss).unwrap();
    (serde_json::from_slice(&body).unwrap(), loss.0)
}

fn refused(request: &Request<'_>) -> ApiError {
    CohereChat.write_request(request, &TARGET, &mut Loss::default()).unwrap_err()
}

fn read_wrong(body: &str) -> ApiError {
    CohereChat.read_request(&Doc::parse(body.as_bytes()).unwrap()).unwrap_err()
}

/// A request's `messages` with something in front of the rest of the body.
fn shown(body: &str, show: impl Fn(&Request<'_>) -> String) -> String {
    let body = format!(r#"{{"messages":[{{"role":"user","content":"hi"}}],{body}}}"#);
    let doc = Doc::parse(body.as_bytes()).unwrap();
    show(&CohereChat.read_request(&doc).unwrap_or_else(|error| panic!("{error:?}: {body}")))
}

fn each_delta(stream: &[u8], cut: usize, mut each: impl FnMut(Delta<'_>)) -> Vec<Seen> {
    let (mut frames, mut reader, mut seen) = (frame::Reader::default(), CohereChat.stream_reader(), Vec::new());
    for chunk in stream.chunks(cut) {
        frames.push(chunk, |event| seen.push(reader.read(&event, &mut each))).unwrap();
    }
    frames.finish(|event| seen.push(reader.read(&event, &mut each))).unwrap();
    seen
}

fn deltas(stream: &str) -> Vec<String> {
    let mut all = Vec::new();
    each_delta(stream.as_bytes(), usize::MAX, |delta| all.push(format!("{delta:?}")));
    all
}

/// Data lines as a stream.
fn events(lines: &[&str]) -> String {
    lines.iter().map(|line| format!("data: {line}\n\n")).collect()
}

/// What an answer says, with its texts as one: where a source is named differs between a stream and the whole.
fn gist(answer: &Answer<'_>) -> String {
    let choice = &answer.choices[0];
    let texts: String = choice
        .parts
        .iter()
        .filter_map(|part| if let Part::Text { text, .. } = part { Some(text.raw()) } else { None })
        .collect();
    let rest: Vec<_> = choice
        .parts
        .iter()
        .filter(|part| !matches!(part, Part::Text { .. }))
        .map(|part| format!("{part:?}").replace("Json(", "Text("))
        .collect();
    let Answer { id, model, usage, unmapped, .. } = answer;
    format!("{id:?} {model:?} {texts} {rest:#?} {:?} {:?} {usage:?} {unmapped:?}", choice.finish, choice.logprobs)
}

fn read_answer(body: &str) -> String {
    let doc = Doc::parse(body.as_bytes()).unwrap();
    gist(&CohereChat.read_answer(&doc).unwrap_or_else(|error| panic!("{error:?}: {body}")))
}

fn folded(stream: &[u8]) -> Result<Answer<'static>, ApiError> {
    let mut fold = Fold::new();
    each_delta(stream, usize::MAX, |delta| fold.push(&delta));
    fold.finish()
}

// Requests

#[test]
fn a_request_written_and_read_again_is_the_same() {
    let doc = Doc::parse(REQUEST.as_bytes()).unwrap();
    let request = CohereChat.read_request(&doc).unwrap();
    let mut loss = Loss::default();
    let target = Target { model: "command-a-03-2025", quirks: &Quirks::DEFAULT };
    let body = CohereChat.write_request(&request, &target, &mut loss).unwrap();
    assert_eq!(loss, Loss::default());
    let again = Doc::parse(&body).unwrap();
    let again = CohereChat.read_request(&again).unwrap();
    assert_eq!(format!("{again:#?}"), format!("{request:#?}"));
    // Nothing of it is left out, not even the text of a number.
    let mut wanted: Json = serde_json::from_str(REQUEST).unwrap();
    wanted["messages"][3]["tool_calls"][0]["function"]["arguments"] = json!("{\"name\":\"pen\\u0067uin\"}");
    assert_eq!(serde_json::from_slice::<Json>(&body).unwrap(), wanted);
    assert!(String::from_utf8_lossy(&body).contains(r#""temperature":0.30,"p":0.75"#));
}

#[test]
fn every_field_of_a_request_is_read() {
    let rows: &[(&str, fn(&Request<'_>) -> String, &str)] = &[
        (r#""p":0.5,"k":7"#, |it| format!("{:?} {:?}", it.top_p, it.top_k), r#"Some("0.5") Some("7")"#),
        (r#""stop_sequences":["a"]"#, |it| format!("{:?}", it.stop), r#"[Text("a")]"#),
        (r#""tool_choice":"NONE""#, |it| format!("{:?}", it.tool_choice), "Some(None)"),
        (r#""tool_choice":"REQUIRED""#, |it| format!("{:?}", it.tool_choice), "Some(Required)"),
        (r#""response_format":{"type":"text"}"#, |it| format!("{:?}", it.response_format), "None"),
        (r#""response_format":{"type":"json_object"}"#, |it| format!("{:?}", it.response_format), "Some(JsonObject)"),
        (
            r#""response_format":{"type":"json_object","json_schema":{"a":1}}"#,
            |it| format!("{:?}", it.response_format),
            r#"Some(JsonSchema { name: None, description: None, schema: "{\"a\":1}", strict: None })"#,
        ),
        (r#""thinking":{"type":"disabled"}"#, |it| format!("{:?}", it.reasoning), "Some(Off)"),
        (r#""thinking":{"type":"enabled"}"#, |it| format!("{:?}", it.reasoning), "Some(Effort(High))"),
        (r#""thinking":{"type":"enabled","token_budget":9}"#, |it| format!("{:?}", it.reasoning), "Some(Budget(9))"),
        (r#""stream":true"#, |it| format!("{} {}", it.stream, it.include_usage), "true true"),
        (r#""logprobs":true"#, |it| format!("{}", it.logprobs), "true"),
        (
            r#""safety_mode":"OFF","priority":1,"new":[],"seed":null"#,
            |it| format!("{:?}", it.extra),
            r#"[(Text("safety_mode"), "\"OFF\""), (Text("priority"), "1"), (Text("new"), "[]")]"#,
        ),
        (
            r#""tools":[{"type":"function","function":{"name":"f"}},{"function":{"name":"g","parameters":{}}}],"strict_tools":true"#,
            |it| format!("{:?}", it.tools),
            r#"[Function { name: Text("f"), description: None, parameters: None, strict: Some(true), cache: None }, Function { name: Text("g"), description: None, parameters: Some("{}"), strict: Some(true), cache: None }]"#,
        ),
        (
            r#""documents":["plain",{"id":"d","data":{"t":"\"x\""}}]"#,
            |it| format!("{:?}", it.messages[0].parts),
            r#"[Text { text: Text("plain"), cache: None }, Text { text: Text("{\\\"id\\\":\\\"d\\\",\\\"data\\\":{\\\"t\\\":\\\"\\\\\\\"x\\\\\\\"\\\"}}"), cache: None }, Text { text: Text("hi"), cache: None }]"#,
        ),
    ];
    for (body, show, wanted) in rows {
        assert_eq!(shown(body, show), *wanted, "{body}");
    }
}

#[test]
fn every_message_of_a_request_is_read() {
    let rows: &[(&str, &str)] = &[
        (r#"{"role":"system","content":"a"}"#, r#"System [Text { text: Text("a"), cache: None }]"#),
        (
            r#"{"role":"user","content":[{"type":"image_url","image_url":{"url":"https://a/b.png","detail":"high"}}]}"#,
            r#"User [Media(Media { kind: Image, source: Url(Text("https://a/b.png")), detail: Some(Text("high")), filename: None, cache: None })]"#,
        ),
        (
            r#"{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,iVB="}},{"type":"new","x":1}]}"#,
            r#"User [Media(Media { kind: Image, source: Data { media_type: Text("image/png"), data: Text("iVB=") }, detail: None, filename: None, cache: None }), Other { kind: Text("new"), raw: "{\"type\":\"new\",\"x\":1}" }]"#,
        ),
        (
            r#"{"role":"assistant","content":[{"type":"thinking","thinking":"hm"},{"type":"text","text":"a"}]}"#,
            r#"Assistant [Thinking { text: Text("hm"), signature: None }, Text { text: Text("a"), cache: None }]"#,
        ),
        (
            r#"{"role":"assistant","tool_plan":"I will","tool_calls":[{"id":"1","type":"function","function":{"name":"f","arguments":"{}"}}]}"#,
            r#"Assistant [Thinking { text: Text("I will"), signature: None }, ToolCall(ToolCall { id: Text("1"), name: Text("f"), arguments: Text(Text("{}")), signature: None, cache: None })]"#,
        ),
        (
            r#"{"role":"assistant","content":"ab","citations":[{"start":1,"end":2,"text":"b","sources":[{"type":"tool","id":"s"}]},{"start":0,"end":1,"type":"PLAN"}]}"#,
            r#"Assistant [Text { text: Text("ab"), cache: None }, Citation(Citation { url: None, title: Some(Text("s")), quote: None, span: Some((1, 2)) })]"#,
        ),
        (
            r#"{"role":"tool","tool_call_id":"1","content":"out"}"#,
            r#"Tool [ToolResult { id: Text("1"), is_error: None, parts: [Text { text: Text("out"), cache: None }], cache: None }]"#,
        ),
        (
            r#"{"role":"tool","tool_call_id":"1","content":[{"type":"document","document":{"data":{"a":1}}}]}"#,
            r#"Tool [ToolResult { id: Text("1"), is_error: None, parts: [Text { text: Text("{\\\"data\\\":{\\\"a\\\":1}}"), cache: None }], cache: None }]"#,
        ),
    ];
    for (message, wanted) in rows {
        let body = format!(r#"{{"messages":[{message}]}}"#);
        let doc = Doc::parse(body.as_bytes()).unwrap();
        let request = CohereChat.read_request(&doc).unwrap();
        assert_eq!(format!("{:?} {:?}", request.messages[0].role, request.messages[0].parts), *wanted, "{message}");
    }
}

#[test]
fn what_is_wrong_with_a_request_is_told_with_its_path() {
    let rows = [
        ("[]", "the body: expected an object, got an array"),
        ("{}", "messages: missing"),
        (r#"{"messages":[]}"#, "messages: expected at least one message"),
        (r#"{"messages":"hi"}"#, "messages: expected an array, got a string"),
        (r#"{"messages":[7]}"#, "messages[0]: expected an object, got a number"),
        (r#"{"messages":[{"content":"x"}]}"#, "messages[0].role: missing"),
        (
            r#"{"messages":[{"role":"developer","content":"x"}]}"#,
            r#"messages[0].role: expected one of system, user, assistant, tool, got "developer""#,
        ),
        (r#"{"messages":[{"role":"user"}]}"#, "messages[0].content: missing"),
        (
            r#"{"messages":[{"role":"user","content":7}]}"#,
            "messages[0].content: expected a string or an array of blocks, got a number",
        ),
        (r#"{"messages":[{"role":"user","content":[{"text":"x"}]}]}"#, "messages[0].content[0].type: missing"),
        (
            r#"{"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png,x"}}]}]}"#,
            "messages[0].content[0].image_url.url: expected base64 data, like data:image/png;base64,...",
        ),
        (r#"{"messages":[{"role":"tool","content":"x"}]}"#, "messages[0].tool_call_id: missing"),
        (
            r#"{"messages":[{"role":"assistant","tool_calls":[{"function":{"name":"f"}}]}]}"#,
            "messages[0].tool_calls[0].id: missing",
        ),
        (
            r#"{"messages":[{"role":"assistant","tool_calls":[{"id":"1"}]}]}"#,
            "messages[0].tool_calls[0].function: missing",
        ),
        (r#"{"messages":[{"role":"user","content":"x"}],"k":"7"}"#, "k: expected a number, got a string"),
        (
            r#"{"messages":[{"role":"user","content":"x"}],"tool_choice":"AUTO"}"#,
            r#"tool_choice: expected one of REQUIRED, NONE, got "AUTO""#,
        ),
        (
            r#"{"messages":[{"role":"user","content":"x"}],"response_format":{"type":"json_schema"}}"#,
            r#"response_format.type: expected one of text, json_object, got "json_schema""#,
        ),
        (
            r#"{"messages":[{"role":"user","content":"x"}],"thinking":{"type":"auto"}}"#,
            r#"thinking.type: expected one of enabled, disabled, got "auto""#,
        ),
        (r#"{"messages":[{"role":"user","content":"x"}],"documents":[{}]}"#, "documents[0].data: missing"),
        (
            r#"{"messages":[{"role":"user","content":"x"}],"stop_sequences":"END"}"#,
            "stop_sequences: expected an array, got a string",
        ),
        (
            r#"{"messages":[{"role":"user","content":"x"}],"max_tokens":1.5}"#,
            "max_tokens: expected a whole number from 0 up, got 1.5",
        ),
    ];
    for (body, message) in rows {
        let error = read_wrong(body);
        assert_eq!((error.status, error.message.as_str()), (400, message), "{body}");
    }
}

#[test]
fn documents_open_the_last_turn_of_the_users() {
    let rows = [
        (
            r#"[{"role":"user","content":"a"},{"role":"assistant","content":"b"},{"role":"user","content":"c"},{"role":"assistant","content":"d"}]"#,
            "User 1, Assistant 1, User 2, Assistant 1",
        ),
        (r#"[{"role":"system","content":"a"},{"role":"assistant","content":"b"}]"#, "System 1, User 1, Assistant 1"),
    ];
    for (messages, wanted) in rows {
        let body = format!(r#"{{"messages":{messages},"documents":["d"]}}"#);
        let doc = Doc::parse(body.as_bytes()).unwrap();
        let request = CohereChat.read_request(&doc).unwrap();
        let shown: Vec<_> = request.messages.iter().map(|it| format!("{:?} {}", it.role, it.parts.len())).collect();
        assert_eq!(shown.join(", "), wanted, "{messages}");
    }
}

#[test]
fn every_setting_is_written_in_coheres_words() {
    type Row = (fn(&mut Request<'static>), Json, &'static [&'static str]);
    let rows: &[Row] = &[
        (|it| it.top_p = Some("0.9"), json!({"p": 0.9}), &[]),
        (|it| it.top_p = Some("1"), json!({"p": 0.99}), &["top_p"]),
        (|it| it.top_p = Some("0"), json!({"p": 0.01}), &["top_p"]),
        (|it| it.top_k = Some("501"), json!({"k": 500}), &["top_k"]),
        (|it| it.top_k = Some("0"), json!({"k": 0}), &[]),
        (|it| it.presence_penalty = Some("-0.5"), json!({"presence_penalty": 0}), &["presence_penalty"]),
        (|it| it.frequency_penalty = Some("1.5"), json!({"frequency_penalty": 1}), &["frequency_penalty"]),
        (|it| it.temperature = Some("1.70"), json!({"temperature": 1.7}), &[]),
        (|it| it.temperature = Some("2.5"), json!({"temperature": 2}), &["temperature"]),
        (|it| it.seed = Some("-4"), json!({}), &["seed"]),
        (|it| it.seed = Some("18446744073709551615"), json!({"seed": 18_446_744_073_709_551_615_u64}), &[]),
        (|it| it.max_tokens = Some(5), json!({"max_tokens": 5}), &[]),
        (|it| it.stop = vec![text("a"), text("b")], json!({"stop_sequences": ["a", "b"]}), &[]),
        (|it| it.logprobs = true, json!({"logprobs": true}), &[]),
        (|it| (it.logprobs, it.top_logprobs) = (true, Some(3)), json!({"logprobs": true}), &["top_logprobs"]),
        (
            |it| it.response_format = Some(ResponseFormat::JsonObject),
            json!({"response_format": {"type": "json_object"}}),
            &[],
        ),
        (
            |it| {
                let (name, strict) = (Some(text("n")), Some(true));
                let schema = r#"{"type":"object"}"#.into();
                it.response_format = Some(ResponseFormat::JsonSchema { name, description: None, schema, strict });
            },
            json!({"response_format": {"type": "json_object", "json_schema": {"type": "object"}}}),
            &[],
        ),
        (|it| it.reasoning = Some(Reasoning::Off), json!({"thinking": {"type": "disabled"}}), &[]),
        (|it| it.reasoning = Some(Reasoning::Budget(0)), json!({"thinking": {"type": "disabled"}}), &[]),
        (
            |it| it.reasoning = Some(Reasoning::Budget(77)),
            json!({"thinking": {"type": "enabled", "token_budget": 77}}),
            &[],
        ),
        (
            |it| it.reasoning = Some(Reasoning::Effort(Effort::Low)),
            json!({"thinking": {"type": "enabled", "token_budget": 1024}}),
            &[],
        ),
        (
            |it| it.reasoning = Some(Reasoning::Effort(Effort::Medium)),
            json!({"thinking": {"type": "enabled", "token_budget": 2048}}),
            &[],
        ),
        (|it| it.reasoning = Some(Reasoning::Effort(Effort::Xhigh)), json!({"thinking": {"type": "enabled"}}), &[]),
        (|it| it.stream = true, json!({"stream": true}), &[]),
        (
            |it| {
                it.extra =
                    vec![(text("safety_mode"), "\"OFF\""), (text("documents"), "[\"d\"]"), (text("priority"), "7")]
            },
            json!({"safety_mode": "OFF", "documents": ["d"], "priority": 7}),
            &[],
        ),
        (
            |it| it.extra = vec![(text("documents"), "{}"), (text("modalities"), "[]")],
            json!({}),
            &["documents", "modalities"],
        ),
    ];
    for (change, wanted, lost) in rows {
        let mut request = hello();
        change(&mut request);
        let (body, loss) = written(&request);
        let mut whole = json!({"model": "command-a", "messages": [{"role": "user", "content": "hi"}]});
        whole.as_object_mut().unwrap().extend(wanted.as_object().unwrap().clone());
        assert_eq!(body, whole);
        assert_eq!(loss, *lost, "{wanted}");
    }
}

#[test]
fn a_choice_of_tools_is_any_or_none_of_those_that_are_sent() {
    let rows: Vec<(Option<ToolChoice<'_>>, Json, &[&str])> = vec![
        (None, Json::Null, &["f", "g"]),
        (Some(ToolChoice::Auto), Json::Null, &["f", "g"]),
        (Some(ToolChoice::None), json!("NONE"), &["f", "g"]),
        (Some(ToolChoice::Required), json!("REQUIRED"), &["f", "g"]),
        (Some(ToolChoice::Named(text("g"))), json!("REQUIRED"), &["g"]),
        (Some(ToolChoice::Allowed { required: false, names: vec![text("f")] }), Json::Null, &["f"]),
        (Some(ToolChoice::Allowed { required: true, names: vec![text("f")] }), json!("REQUIRED"), &["f"]),
    ];
    for (tool_choice, choice, names) in rows {
        let place = format!("{tool_choice:?}");
        let schema = r#"{"type":"object","properties":{"a":{"type":"string"}}}"#;
        let tools = vec![function("f", None, None), function("g", Some(schema), None)];
        let (body, loss) = written(&Request { tools, tool_choice, ..hello() });
        assert_eq!((&body["tool_choice"], loss.len()), (&choice, 0), "{place}");
        let sent: Vec<_> = body["tools"].as_array().unwrap().iter().map(|tool| &tool["function"]["name"]).collect();
        assert_eq!(sent, names, "{place}");
        // The schema has to be there.
        let first = &body["tools"][0]["function"]["parameters"];
        assert_eq!(first["type"], "object", "{place}");
    }
    for (tool_choice, tools) in [
        (ToolChoice::Required, vec![]),
        (ToolChoice::Named(text("h")), vec![function("f", None, None)]),
        (ToolChoice::Allowed { required: false, names: vec![] }, vec![function("f", None, None)]),
    ] {
        let error = refused(&Request { tool_choice: Some(tool_choice), tools, ..hello() });
        assert_eq!(error.message, "tool_choice: asks for a call, but names none of the tools offered");
        assert_eq!(error.param.as_deref(), Some("tool_choice"));
    }
    let (body, _) = written(&Request { tool_choice: Some(ToolChoice::None), ..hello() });
    assert_eq!(body["tool_choice"], Json::Null);
}

#[test]
fn tools_are_strict_together_or_not_at_all() {
    for (held, wanted, lost) in [
        ([Some(true), Some(true)], json!(true), &[][..]),
        ([Some(true), None], Json::Null, &["tools[].function.strict"]),
        ([Some(false), None], Json::Null, &[]),
    ] {
        let tools = held.map(|strict| function("f", None, strict)).into();
        let (body, loss) = written(&Request { tools, ..hello() });
        assert_eq!(
            (&body["strict_tools"], &loss[..]),
            (&wanted, &lost.iter().map(ToString::to_string).collect::<Vec<_>>()[..])
        );
    }
}

#[test]
fn every_turn_is_written_in_coheres_words() {
    let unsigned = || Some(Signature { origin: Origin::Anthropic, value: text("sig") });
    let rows: Vec<(Vec<Message<'_>>, Json, &[&str])> = vec![
        (
            vec![turn(Role::Developer, vec![said("a"), said("b")]), turn(Role::User, vec![said("c")])],
            json!([
                {"role": "system", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]},
                {"role": "user", "content": "c"}
            ]),
            &[],
        ),
        // What says nothing is left out.
        (
            vec![
                turn(Role::User, vec![said(" \\n")]),
                turn(Role::User, vec![said(""), said("c")]),
                turn(Role::Assistant, vec![]),
            ],
            json!([{"role": "user", "content": "c"}]),
            &[],
        ),
        (
            vec![turn(Role::User, vec![media(MediaKind::Image, data("image/png", "iVB=")), said("x")])],
            json!([{"role": "user", "content": [
                {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVB="}},
                {"type": "text", "text": "x"}
            ]}]),
            &[],
        ),
        (
            vec![turn(Role::User, vec![media(MediaKind::File, data("text/plain", "SGksICJ5b3UiCg=="))])],
            json!([{"role": "user", "content": [{"type": "text", "text": "Hi, \"you\"\n"}]}]),
            &[],
        ),
        // Thinking is the plan of calls, and else what it is.
        (
            vec![turn(
                Role::Assistant,
                vec![
                    thought("one"),
                    thought("two"),
                    said("Let me look."),
                    call("1", "f", Arguments::Json(r#"{"a":"\""}"#)),
                ],
            )],
            json!([{"role": "assistant", "tool_plan": "one\ntwo", "content": "Let me look.", "tool_calls": [
                {"id": "1", "type": "function", "function": {"name": "f", "arguments": r#"{"a":"\""}"#}}
            ]}]),
            &[],
        ),
        (
            vec![turn(
                Role::Assistant,
                vec![Part::Thinking { text: text("hm"), signature: unsigned() }, said("a"), Part::Refusal(text("no"))],
            )],
            json!([{"role": "assistant", "content": [
                {"type": "thinking", "thinking": "hm"}, {"type": "text", "text": "a"}, {"type": "text", "text": "no"}
            ]}]),
            &[],
        ),
        (
            vec![turn(Role::Assistant, vec![call("1", "f", Arguments::Text(text("")))])],
            json!([{"role": "assistant", "tool_calls": [
                {"id": "1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
            ]}]),
            &[],
        ),
        (
            vec![turn(
                Role::Assistant,
                vec![
                    said("a"),
                    Part::Citation(Citation::default()),
                    Part::Other { kind: text("web_search"), raw: "{}" },
                ],
            )],
            json!([{"role": "assistant", "content": "a"}]),
            &["messages[].citations", "messages[].content[].web_search"],
        ),
        // Results first, then what else that turn has; pictures after the last result.
        (
            vec![turn(
                Role::User,
                vec![
                    said("and?"),
                    result("1", None, vec![said("a"), said("b")]),
                    result("2", Some(true), vec![media(MediaKind::Image, data("image/png", "iVB="))]),
                    result("3", Some(true), vec![said("no")]),
                    result("4", None, vec![]),
                ],
            )],
            json!([
                {"role": "tool", "tool_call_id": "1", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]},
                {"role": "tool", "tool_call_id": "2", "content": "Error"},
                {"role": "tool", "tool_call_id": "3", "content": "Error: no"},
                {"role": "tool", "tool_call_id": "4", "content": ""},
                {"role": "user", "content": [
                    {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVB="}},
                    {"type": "text", "text": "and?"}
                ]}
            ]),
            &[],
        ),
    ];
    for (messages, wanted, lost) in rows {
        let (body, loss) = written(&Request { messages, ..Request::default() });
        assert_eq!(body["messages"], wanted);
        assert_eq!(loss, *lost, "{wanted}");
    }
}

#[test]
fn what_cohere_cannot_be_told_is_refused_with_its_path() {
    let user = |part| vec![Message { at: 2, ..turn(Role::User, vec![said("x"), part]) }];
    let rows: Vec<(Vec<Message<'_>>, &str)> = vec![
        (
            user(media(MediaKind::Audio, data("audio/wav", "UklG"))),
            "messages[2].content[1]: sound cannot be sent to this model's provider",
        ),
        (
            user(media(MediaKind::File, data("application/pdf", "JVBE"))),
            "messages[2].content[1]: a document that is not text in the body cannot be sent to this model's provider",
        ),
        (
            user(media(MediaKind::File, data("text/plain", "####"))),
            "messages[2].content[1]: the file is not UTF-8 text in base64",
        ),
        (
            user(media(MediaKind::Image, MediaSource::FileId(text("f")))),
            "messages[2].content[1]: a picture by its file id cannot be sent to this model's provider",
        ),
        (
            user(Part::Other { kind: text("new"), raw: "{}" }),
            "messages[2].content[1]: content of type new cannot be sent to this model's provider",
        ),
        (
            vec![turn(Role::System, vec![said("x"), media(MediaKind::Image, data("image/png", "iVB="))])],
            "messages[0].content[1]: a picture in a system turn cannot be sent to this model's provider",
        ),
        (
            vec![turn(Role::Assistant, vec![media(MediaKind::Image, data("image/png", "iVB="))])],
            "messages[0].content[0]: media in a turn of the model cannot be sent to this model's provider",
        ),
        (vec![turn(Role::User, vec![])], "messages: this model needs at least one turn that is not blank"),
    ];
    for (messages, wanted) in rows {
        let error = refused(&Request { messages, ..Request::default() });
        assert_eq!((error.status, error.message.as_str()), (400, wanted));
        assert_eq!(error.param.as_deref(), wanted.split(':').next());
    }
    let stop = refused(&Request { stop: vec![text("a"); 6], ..hello() });
    assert_eq!(stop.message, "stop: this model's provider takes at most 5 stop strings, got 6");
    let tools = vec![Tool::Other { kind: text("web_search_preview"), raw: "{}" }];
    let tool = refused(&Request { tools, ..hello() });
    assert_eq!(tool.message, "tools[0]: this model's provider has no tool of the type web_search_preview");
}

#[test]
fn retarget_changes_the_model_and_nothing_else() {
    let body = br#"{ "messages":[], "model" : "command\u002da", "p":0.50 , "from_the_future":{"a":1e3}}"#;
    let doc = Doc::parse(body).unwrap();
    let retarget = |model| {
        let mut edits = Edits::new();
        CohereChat.retarget(&doc, &Target { model, quirks: &Quirks::DEFAULT }, &mut edits);
        String::from_utf8(edits.apply(body)).unwrap()
    };
    let wanted = r#"{ "messages":[], "model" : "command \"r\"", "p":0.50 , "from_the_future":{"a":1e3}}"#;
    assert_eq!(retarget("command \"r\""), wanted);
    assert_eq!(retarget("command-a").as_bytes(), body);
}

#[test]
fn every_string_of_a_body_is_what_its_row_says() {
    use TextKind::{Json, Opaque, Text, Url};
    let rows = [
        ("model", Opaque),
        ("messages.[].role", Opaque),
        ("messages.[].content", Text),
        ("messages.[].content.[].text", Text),
        ("messages.[].content.[].thinking", Text),
        ("messages.[].content.[].type", Opaque),
        ("messages.[].content.[].image_url.url", Url),
        ("messages.[].content.[].image_url.detail", Opaque),
        ("messages.[].content.[].document.data.email", Text),
        ("messages.[].content.[].document.id", Opaque),
        ("messages.[].tool_plan", Text),
        ("messages.[].tool_call_id", Opaque),
        ("messages.[].tool_calls.[].id", Opaque),
        ("messages.[].tool_calls.[].function.name", Opaque),
        ("messages.[].tool_calls.[].function.arguments", Json),
        ("messages.[].citations.[].text", Text),
        ("messages.[].citations.[].sources.[].tool_output.x", Text),
        ("messages.[].from_the_future", Text),
        ("message.content.[].text", Text),
        ("message.role", Opaque),
        ("documents.[]", Text),
        ("documents.[].id", Opaque),
        ("documents.[].data.text", Text),
        ("tools.[].function.name", Opaque),
        ("tools.[].function.description", Text),
        ("tools.[].function.parameters.properties.type.description", Text),
        ("tools.[].function.parameters.properties.a.type", Opaque),
        ("response_format.type", Opaque),
        ("response_format.json_schema.properties.a.type", Opaque),
        ("response_format.json_schema.properties.a.enum.[]", Text),
        ("tool_choice", Opaque),
        ("safety_mode", Opaque),
        ("citation_options.mode", Opaque),
        ("thinking.type", Opaque),
        ("stop_sequences.[]", Text),
        ("seed", Opaque),
        ("finish_reason", Opaque),
        ("from_the_future", Text),
    ];
    for (path, kind) in rows {
        let steps: Vec<_> =
            path.split('.').map(|word| if word == "[]" { Step::Item } else { Step::Key(word) }).collect();
        assert_eq!(CohereChat.text_at(&steps), kind, "{path}");
    }
}

// Answers

#[test]
fn an_answer_is_read_in_full() {
    let doc = Doc::parse(fixture!("tools.json").as_bytes()).unwrap();
    let answer = CohereChat.read_answer(&doc).unwrap();
    let wanted = [
        thought("I will look up the weather in Oslo, and the time."),
        call("get_weather_6jz5m3xqh4hz", "get_weather", Arguments::Text(text(r#"{\"city\":\"Oslo\"}"#))),
        call("get_time_0q8r1d2v7s3k", "get_time", Arguments::Text(text("{}"))),
    ];
    assert_eq!(format!("{:?}", answer.choices[0].parts), format!("{wanted:?}"));
    assert_eq!(answer.choices[0].finish, Finish::ToolCalls);
    assert_eq!(
        answer.usage,
        Some(Usage { input: 1567, output: 104, cache_read: 1024, ..Usage::default() }.billed(Some(69), Some(46)))
    );
    assert_eq!(
        (answer.id.raw(), answer.model.raw(), answer.created),
        ("c8a3d5f0-5a52-4b0f-8a59-5b7f7f5e9c42", "", None)
    );

    let doc = Doc::parse(fixture!("citations.json").as_bytes()).unwrap();
    let answer = CohereChat.read_answer(&doc).unwrap();
    let source = |title: &'static str, url: Option<&'static str>, quote: Option<&'static str>, span| {
        Part::Citation(Citation {
            url: url.map(text),
            title: Some(text(title)),
            quote: quote.map(text),
            span: Some(span),
        })
    };
    let url = Some("https://example.com/penguins");
    let quote = Some("Emperor penguins are the tallest.");
    let wanted = [
        said("The émperor penguins are the tallest."),
        source("Tall penguins", url, quote, (4, 20)),
        source("Tall penguins", url, quote, (29, 36)),
        source("get_bird_1:0", None, None, (29, 36)),
    ];
    assert_eq!(format!("{:?}", answer.choices[0].parts), format!("{wanted:?}"));

    let doc = Doc::parse(fixture!("logprobs.json").as_bytes()).unwrap();
    let answer = CohereChat.read_answer(&doc).unwrap();
    let token = |token, logprob| Logprob { token: text(token), logprob: text(logprob), top: vec![] };
    let wanted = [token("Yes", "-0.0008914278354495764"), token(", sir", "-0.75")];
    assert_eq!(format!("{:?}", answer.choices[0].logprobs), format!("{wanted:?}"));
}

#[test]
fn a_citation_counts_the_characters_of_the_whole_text() {
    let body = r#"{"finish_reason":"COMPLETE","message":{"content":[
        {"type":"text","text":"é\n"},{"type":"thinking","thinking":"hm"},{"type":"text","text":"abc"}],
        "citations":[{"start":1,"end":2,"content_index":2},{"start":0,"end":1},{"start":0,"end":1,"content_index":1,"type":"THINKING_CONTENT"}]}}"#;
    let doc = Doc::parse(body.as_bytes()).unwrap();
    let answer = CohereChat.read_answer(&doc).unwrap();
    let spans: Vec<_> = answer.choices[0]
        .parts
        .iter()
        .filter_map(|part| if let Part::Citation(it) = part { it.span } else { None })
        .collect();
    assert_eq!(spans, [(3, 4), (0, 1)]);
    assert_eq!(answer.unmapped, ["message.citations"]);
}

#[test]
fn every_finish_reason_has_its_finish_and_calls_win_over_a_stop() {
    let rows: &[(&str, Finish, Finish)] = &[
        (r#""COMPLETE""#, Finish::Stop, Finish::ToolCalls),
        (r#""STOP_SEQUENCE""#, Finish::Stop, Finish::ToolCalls),
        (r#""MAX_TOKENS""#, Finish::Length, Finish::Length),
        (r#""TOOL_CALL""#, Finish::ToolCalls, Finish::ToolCalls),
        (r#""ERROR_TOXIC""#, Finish::ContentFilter, Finish::ContentFilter),
        (r#""ERROR_LIMIT""#, Finish::Length, Finish::Length),
        (r#""FROM_THE_FUTURE""#, Finish::Stop, Finish::ToolCalls),
        ("null", Finish::Stop, Finish::ToolCalls),
    ];
    for (reason, alone, with_calls) in rows {
        let calls = r#"[{"id":"1","function":{"name":"f","arguments":"{}"}}]"#;
        for (calls, wanted) in [("[]", alone), (calls, with_calls)] {
            let body = format!(r#"{{"message":{{"tool_calls":{calls}}},"finish_reason":{reason}}}"#);
            let doc = Doc::parse(body.as_bytes()).unwrap();
            assert_eq!(CohereChat.read_answer(&doc).unwrap().choices[0].finish, *wanted, "{body}");
        }
    }
}

#[test]
fn what_is_no_answer_is_an_error() {
    let rows: &[(&str, u16, &str)] = &[
        (r#"{"message":"invalid request","id":"1"}"#, 502, "invalid request"),
        (r#"{"error":{"message":"upstream gone"}}"#, 502, "upstream gone"),
        ("{}", 502, "the provider's answer is not what its format promises: message: missing"),
        (
            r#"{"message":{"content":7}}"#,
            502,
            "the provider's answer is not what its format promises: message.content: expected a string or an array of blocks, got a number",
        ),
        (r#"{"message":{"content":"half"},"finish_reason":"ERROR"}"#, 502, "the provider ended its answer with ERROR"),
        (r#"{"message":{},"finish_reason":"TIMEOUT"}"#, 504, "the provider ended its answer with TIMEOUT"),
    ];
    for (body, status, message) in rows {
        let error = CohereChat.read_answer(&Doc::parse(body.as_bytes()).unwrap()).unwrap_err();
        assert_eq!((error.status, error.message.as_str()), (*status, *message), "{body}");
        assert_eq!(error.source, crate::chat::ErrorSource::Provider);
    }
}

#[test]
fn usage_is_what_the_model_read_and_wrote_and_what_of_it_is_not_billed() {
    let rows: &[(&str, Option<(u64, u64, u64, u64, u64)>)] = &[
        (
            r#"{"billed_units":{"input_tokens":1,"output_tokens":2},"tokens":{"input_tokens":30,"output_tokens":4}}"#,
            Some((30, 4, 0, 29, 2)),
        ),
        (r#"{"billed_units":{"input_tokens":1.0,"output_tokens":2}}"#, Some((1, 2, 0, 0, 0))),
        (r#"{"tokens":{"input_tokens":30,"output_tokens":4},"cached_tokens":16}"#, Some((30, 4, 16, 0, 0))),
        (r#"{"tokens":{"input_tokens":0,"output_tokens":4},"cached_tokens":16}"#, Some((16, 4, 16, 0, 0))),
        (r#"{"tokens":{}}"#, None),
        (r#"{"billed_units":{"search_units":1}}"#, None),
        ("null", None),
    ];
    for (usage, wanted) in rows {
        let body = format!(r#"{{"message":{{}},"usage":{usage}}}"#);
        let told = CohereChat.answer_usage(body.as_bytes());
        assert_eq!(
            told.map(|it| (it.input, it.output, it.cache_read, it.unbilled_input, it.unbilled_output)),
            *wanted,
            "{usage}"
        );
        assert_eq!(CohereChat.read_answer(&Doc::parse(body.as_bytes()).unwrap()).unwrap().usage, told);
    }
}

#[test]
fn an_answer_of_another_provider_is_written_whole() {
    let answer = Answer {
        id: text("chatcmpl-1"),
        model: text("gpt-x"),
        choices: vec![Choice {
            parts: vec![
                Part::Thinking {
                    text: text("hm"),
                    signature: Some(Signature { origin: Origin::Anthropic, value: text("s") }),
                },
                said("He said "),
                said(r#"\"hi\""#),
                Part::Citation(Citation {
                    url: Some(text("https://a")),
                    title: None,
                    quote: Some(text("q")),
                    span: Some((3, 7)),
                }),
                call("", "f", Arguments::Json("{\"a\":\"b\"}")),
            ],
            finish: Finish::Stop,
            logprobs: vec![Logprob { token: text("He"), logprob: text("-0.50"), top: vec![] }],
            ..Choice::default()
        }],
        usage: Some(Usage { input: 10, output: 5, cache_read: 4, ..Usage::default() }),
        ..Answer::default()
    };
    let wanted = r#"{"id":"chatcmpl-1","finish_reason":"TOOL_CALL","message":{"role":"assistant","tool_calls":[{"id":"call_f1_0","type":"function","function":{"name":"f","arguments":"{\"a\":\"b\"}"}}],"content":[{"type":"thinking","thinking":"hm"},{"type":"text","text":"He said \"hi\""}],"citations":[{"start":3,"end":7,"text":"said","sources":[{"type":"document","id":"https://a","document":{"url":"https://a","snippet":"q"}}],"content_index":1,"type":"TEXT_CONTENT"}]},"usage":{"billed_units":{"input_tokens":10,"output_tokens":5},"tokens":{"input_tokens":10,"output_tokens":5},"cached_tokens":4},"logprobs":[{"text":"He","token_ids":[],"logprobs":[-0.50]}]}"#;
    assert_eq!(String::from_utf8(CohereChat.write_answer(&answer, &ask())).unwrap(), wanted);
    let empty = r#"{"id":"f1","finish_reason":"COMPLETE","message":{"role":"assistant","content":[{"type":"text","text":""}]}}"#;
    assert_eq!(String::from_utf8(CohereChat.write_answer(&Answer::default(), &ask())).unwrap(), empty);
}

#[test]
fn every_finish_has_its_word() {
    let rows = [
        (Finish::Stop, None, "COMPLETE"),
        (Finish::Stop, Some("END"), "STOP_SEQUENCE"),
        (Finish::Length, None, "MAX_TOKENS"),
        (Finish::ToolCalls, None, "TOOL_CALL"),
        (Finish::ContentFilter, None, "ERROR_TOXIC"),
    ];
    for (finish, stop, word) in rows {
        let choice = || Choice { parts: vec![said("a")], finish, stop_sequence: stop.map(text), ..Choice::default() };
        let answer = Answer { choices: vec![choice()], ..Answer::default() };
        let body: Json = serde_json::from_slice(&CohereChat.write_answer(&answer, &ask())).unwrap();
        assert_eq!(body["finish_reason"], word);
        let (mut writer, mut out) = (CohereChat.stream_writer(&ask()), Vec::new());
        crate::chat::unfold(&answer, &mut |delta| writer.write(&delta, &mut out));
        assert!(String::from_utf8_lossy(&out).contains(&format!(r#""finish_reason":"{word}""#)), "{finish:?}");
    }
}

#[test]
fn an_answer_written_and_read_again_says_the_same() {
    for (_, body) in STREAMS {
        let doc = Doc::parse(body.as_bytes()).unwrap();
        let answer = CohereChat.read_answer(&doc).unwrap();
        let again = CohereChat.write_answer(&answer, &ask());
        assert_eq!(read_answer(std::str::from_utf8(&again).unwrap()), gist(&answer));
    }
}

// Streams

#[test]
fn a_stream_folds_to_the_whole_answer() {
    for (stream, whole) in STREAMS {
        assert_eq!(gist(&folded(stream.as_bytes()).unwrap()), read_answer(whole));
    }
}

#[test]
fn a_stream_written_and_read_again_says_the_same() {
    for (stream, _) in STREAMS {
        let (mut writer, mut out) = (CohereChat.stream_writer(&ask()), Vec::new());
        each_delta(stream.as_bytes(), usize::MAX, |delta| writer.write(&delta, &mut out));
        assert_eq!(gist(&folded(&out).unwrap()), gist(&folded(stream.as_bytes()).unwrap()));
    }
}

#[test]
fn any_cut_and_any_line_end_give_the_same_deltas() {
    let all = |stream: &str, cut| {
        let mut all = Vec::new();
        let seen = each_delta(stream.as_bytes(), cut, |delta| all.push(format!("{delta:?}")));
        (all, seen)
    };
    for stream in STREAMS.iter().map(|(stream, _)| *stream).chain([FAILED]) {
        let wanted = all(stream, usize::MAX);
        let crlf = stream.replace('\n', "\r\n");
        for cut in (1..40).chain([100, 1000]) {
            assert_eq!(all(stream, cut), wanted, "cut at {cut}");
            assert_eq!(all(&crlf, cut), wanted, "CRLF, cut at {cut}");
        }
    }
}

#[test]
fn a_stream_without_its_last_event_is_cut() {
    for (stream, _) in STREAMS {
        let (cut, _) = stream.split_at(stream.find(r#"data: {"type":"message-end""#).unwrap());
        let error = folded(cut.as_bytes()).unwrap_err();
        assert_eq!(error.message, "the provider's stream ended before its answer was complete");
    }
}

#[test]
fn an_end_with_an_error_is_an_error() {
    let rows = [
        (FAILED.to_owned(), 502, "internal error: the model stopped responding"),
        (
            events(&[r#"{"type":"message-end","delta":{"finish_reason":"TIMEOUT"}}"#]),
            504,
            "the provider ended its answer with TIMEOUT",
        ),
        (events(&[r#"{"type":"message-end","delta":{"error":"no","finish_reason":"COMPLETE"}}"#]), 502, "no"),
        (events(&[r#"{"type":"error","error":{"message":"overloaded"}}"#]), 502, "overloaded"),
        (events(&[r#"{"message":"too many tokens","id":"1"}"#]), 502, "too many tokens"),
    ];
    for (stream, status, message) in rows {
        let seen = each_delta(stream.as_bytes(), usize::MAX, |_| ());
        assert_eq!(seen.last(), Some(&Seen::Error), "{stream}");
        let error = folded(stream.as_bytes()).unwrap_err();
        assert_eq!((error.status, error.message.as_str()), (status, message));
    }
    // What it took is told all the same.
    assert!(deltas(FAILED).iter().any(|delta| delta.starts_with("Usage(Usage { input: 204, output: 3")));
}

#[test]
fn what_servers_that_imitate_cohere_send_is_read() {
    let start = r#"{"type":"tool-call-start","index":4,"delta":{"message":{"tool_calls":[{"id":"1","function":{"name":"f"}}]}}}"#;
    let more = r#"{"type":"tool-call-delta","index":4,"delta":{"message":{"tool_calls":[{"function":{"arguments":"{\"a\":1}"}}]}}}"#;
    let stray =
        r#"{"type":"tool-call-delta","index":9,"delta":{"message":{"tool_calls":{"function":{"arguments":"x"}}}}}"#;
    let end = r#"{"type":"message-end","delta":{"finish_reason":"COMPLETE"}}"#;
    let wanted = [
        r#"ToolStart { choice: 0, index: 0, id: Text("1"), name: Text("f"), signature: None }"#,
        r#"ToolArguments { choice: 0, index: 0, fragment: Text("{\\\"a\\\":1}") }"#,
        "Finish { choice: 0, finish: ToolCalls, stop_sequence: None }",
        "End",
    ];
    assert_eq!(deltas(&events(&[start, more, stray, end])), wanted);
    for line in
        [r#"{"type":"content-delta"}"#, r#"{"type":"citation-start"}"#, r#"{"type":"tool-call-start","delta":{}}"#]
    {
        assert_eq!(deltas(&events(&[line])), [""; 0], "{line}");
    }
}

#[test]
fn a_stream_for_a_client_has_every_event_of_coheres() {
    let (mut writer, mut out) = (CohereChat.stream_writer(&ask()), Vec::new());
    let fragment = |index, raw| Delta::ToolArguments { choice: 0, index, fragment: text(raw) };
    let start = |index, name| Delta::ToolStart { choice: 0, index, id: text(""), name: text(name), signature: None };
    let steps = [
        Delta::Start { id: text(""), model: text("m"), created: None },
        Delta::ThinkingStart(0),
        Delta::Thinking(0, text("hm")),
        Delta::Text(0, text("Yés")),
        Delta::Logprobs(0, vec![Logprob { token: text("Yés"), logprob: text("-0.1"), top: vec![] }]),
        Delta::Citation(0, Citation { title: Some(text("t")), span: Some((1, 3)), ..Citation::default() }),
        // Both begin before either has arguments.
        start(0, "f"),
        start(1, "g"),
        fragment(0, "{}"),
        Delta::Finish { choice: 0, finish: Finish::Stop, stop_sequence: None },
        Delta::Usage(Usage { input: 3, output: 2, ..Usage::default() }),
        Delta::End,
        Delta::Text(0, text("late")),
    ];
    steps.iter().for_each(|delta| writer.write(delta, &mut out));
    let wanted = r#"event: message-start
data: {"type":"message-start","id":"f1","delta":{"message":{"role":"assistant","content":[],"tool_plan":"","tool_calls":[],"citations":[]}}}

event: content-start
data: {"type":"content-start","index":0,"delta":{"message":{"content":{"type":"thinking","thinking":""}}}}

event: content-delta
data: {"type":"content-delta","index":0,"delta":{"message":{"content":{"thinking":"hm"}}}}

event: content-end
data: {"type":"content-end","index":0}

event: content-start
data: {"type":"content-start","index":1,"delta":{"message":{"content":{"type":"text","text":""}}}}

event: content-delta
data: {"type":"content-delta","index":1,"delta":{"message":{"content":{"text":"Yés"}}}}

event: content-delta
data: {"type":"content-delta","index":1,"delta":{"message":{"content":{"text":""}}},"logprobs":{"text":"Yés","token_ids":[],"logprobs":[-0.1]}}

event: citation-start
data: {"type":"citation-start","index":0,"delta":{"message":{"citations":{"start":1,"end":3,"text":"és","sources":[{"type":"document","id":"t","document":{"title":"t"}}],"content_index":1,"type":"TEXT_CONTENT"}}}}

event: citation-end
data: {"type":"citation-end","index":0}

event: content-end
data: {"type":"content-end","index":1}

event: tool-call-start
data: {"type":"tool-call-start","index":0,"delta":{"message":{"tool_calls":{"id":"call_f1_0","type":"function","function":{"name":"f","arguments":""}}}}}

event: tool-call-start
data: {"type":"tool-call-start","index":1,"delta":{"message":{"tool_calls":{"id":"call_f1_1","type":"function","function":{"name":"g","arguments":""}}}}}

event: tool-call-delta
data: {"type":"tool-call-delta","index":0,"delta":{"message":{"tool_calls":{"function":{"arguments":"{}"}}}}}

event: tool-call-end
data: {"type":"tool-call-end","index":0}

event: tool-call-delta
data: {"type":"tool-call-delta","index":1,"delta":{"message":{"tool_calls":{"function":{"arguments":"{}"}}}}}

event: tool-call-end
data: {"type":"tool-call-end","index":1}

event: message-end
data: {"type":"message-end","delta":{"finish_reason":"TOOL_CALL","usage":{"billed_units":{"input_tokens":3,"output_tokens":2},"tokens":{"input_tokens":3,"output_tokens":2},"cached_tokens":0}}}

"#;
    assert_eq!(String::from_utf8(out).unwrap(), wanted);
}

#[test]
fn an_error_ends_a_clients_stream_in_coheres_own_way() {
    let (mut writer, mut out) = (CohereChat.stream_writer(&ask()), Vec::new());
    let error = ApiError::invalid_request("messages[0]", "too long");
    [Delta::Error(error), Delta::End].iter().for_each(|delta| writer.write(delta, &mut out));
    let wanted = "event: message-end\ndata: {\"type\":\"message-end\",\"delta\":{\"error\":\"messages[0]: too long\",\"finish_reason\":\"ERROR\"}}\n\n";
    assert_eq!(String::from_utf8_lossy(&out), wanted);
}

#[test]
fn events_are_named_by_what_they_say() {
    let named = |data: &str| CohereChat.event_name(data.as_bytes());
    assert_eq!(named(r#"{"index":0,"type":"content-end"}"#).as_deref(), Some("content-end"));
    assert_eq!(named("[DONE]"), None);
}

// Errors

#[test]
fn errors_are_read_and_written_in_coheres_shape() {
    let rows: &[(u16, &str, u16, ErrorKind, &str)] = &[
        (
            400,
            r#"{"id":"1","message":"invalid request: p must be"}"#,
            400,
            ErrorKind::InvalidRequest,
            "invalid request: p must be",
        ),
        (401, r#"{"id":"1","message":"invalid api token"}"#, 401, ErrorKind::Authentication, "invalid api token"),
        (429, r#"{"message":"trial key"}"#, 429, ErrorKind::RateLimit, "trial key"),
        (498, r#"{"message":"blocked"}"#, 498, ErrorKind::Authentication, "blocked"),
        (499, r#"{"message":"request cancelled"}"#, 499, ErrorKind::Timeout, "request cancelled"),
        (422, r#"{"message":"unknown field: n"}"#, 422, ErrorKind::InvalidRequest, "unknown field: n"),
        (503, "<html>", 503, ErrorKind::Overloaded, "the provider answered 503 Service Unavailable"),
        (500, "", 500, ErrorKind::Server, "the provider answered 500 Internal Server Error"),
    ];
    for (status, body, wanted, kind, message) in rows {
        let error = CohereChat.read_error(*status, &Headers::new(), body.as_bytes());
        assert_eq!((error.status, error.kind, error.message.as_str()), (*wanted, *kind, *message), "{body}");
    }
    let headers: Headers = [("retry-after", "7")].into_iter().collect();
    assert_eq!(CohereChat.read_error(429, &headers, b"{}").retry_after_secs, Some(7));
    let error = ApiError::invalid_request("messages[2].role", "expected one of \"user\"");
    let body = CohereChat.write_error(&error);
    assert_eq!(String::from_utf8_lossy(&body), r#"{"message":"messages[2].role: expected one of \"user\""}"#);
    assert!(CohereChat.is_error(Doc::parse(&body).unwrap().root()));
    assert!(!CohereChat.is_error(Doc::parse(fixture!("text.json").as_bytes()).unwrap().root()));
}
