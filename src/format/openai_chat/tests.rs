use super::OpenAiChat;
use crate::chat::{
    Answer, ApiError, Arguments, Choice, Citation, Delta, Effort, ErrorKind, Finish, Fold, Logprob, Media, MediaKind,
    MediaSource, Message, Origin, Part, Reasoning, Request, ResponseFormat, Role, Signature, Tool, ToolCall,
    ToolChoice, Usage,
};
use crate::format::{Ask, Audio, CacheMarks, Dialect, Documents, Format, Loss, Quirks, ReasoningForm, Seen, Target};
use crate::http::Headers;
use crate::wire::frame;
use crate::wire::json::{Doc, Edits, Text};
use serde_json::{Value as Json, json};

macro_rules! fixtures {
    ($($name:literal),*) => {
        &[$(($name, include_bytes!(concat!("../../../tests/fixtures/openai_chat/", $name))),)*]
    };
}

type Fixtures = &'static [(&'static str, &'static [u8])];

/// Streams, each followed by the same answer as a whole.
const STREAMS: Fixtures = fixtures![
    "openai_tools.sse",
    "openai_two_choices.sse",
    "openai_refusal.sse",
    "azure.sse",
    "mistral.sse",
    "groq.sse",
    "deepseek_crlf.sse",
    "litellm_thinking.sse",
    "google_one_index.sse",
    "xai_repeats.sse",
    "openai_search_logprobs.sse",
    "openrouter_media.sse",
    "openrouter_reasoning.sse"
];
const WHOLES: Fixtures = fixtures![
    "openai_tools.json",
    "openai_two_choices.json",
    "openai_refusal.json",
    "azure.json",
    "mistral.json",
    "groq.json",
    "deepseek_crlf.json",
    "litellm_thinking.json",
    "google_one_index.json",
    "xai_repeats.json",
    "openai_search_logprobs.json",
    "openrouter_media.json",
    "openrouter_reasoning.json"
];
const REQUEST: &[u8] = include_bytes!("../../../tests/fixtures/openai_chat/request_full.json");
const MID_STREAM_ERROR: &[u8] = include_bytes!("../../../tests/fixtures/openai_chat/openrouter_error.sse");

const TARGET: Target<'static> = Target { model: "target-model", quirks: &Quirks::DEFAULT };

fn ask() -> Ask {
    Ask {
        model: "asked".into(),
        stream: true,
        include_usage: true,
        now_secs: 99,
        fallback_id: "x1".into(),
        ..Ask::default()
    }
}

fn text(raw: &str) -> Text<'_> {
    Text::from_raw(raw)
}

/// A signature of Claude's.
fn signed(raw: &str) -> Signature<'_> {
    Signature { origin: Origin::Anthropic, value: text(raw) }
}

fn said(raw: &str) -> Part<'_> {
    Part::Text { text: text(raw), cache: None }
}

fn turn<'a>(role: Role, parts: Vec<Part<'a>>) -> Message<'a> {
    Message { role, parts, ..Message::default() }
}

fn parse(json: &[u8]) -> Doc<'_> {
    Doc::parse(json).unwrap()
}

fn written(request: &Request<'_>) -> (Json, Vec<String>) {
    let mut loss = Loss::default();
    let body = OpenAiChat.write_request(request, &TARGET, &mut loss).unwrap();
    (serde_json::from_slice(&body).unwrap(), loss.0)
}

fn refused(request: &Request<'_>) -> ApiError {
    OpenAiChat.write_request(request, &TARGET, &mut Loss::default()).unwrap_err()
}

// Requests

#[test]
fn a_request_written_and_read_again_is_the_same() {
    let doc = parse(REQUEST);
    let request = OpenAiChat.read_request(&doc).unwrap();
    let mut loss = Loss::default();
    let target = Target { model: "our-deployment", quirks: &Quirks::DEFAULT };
    let body = OpenAiChat.write_request(&request, &target, &mut loss).unwrap();
    assert_eq!(loss, Loss::default());
    let again = parse(&body);
    let again = OpenAiChat.read_request(&again).unwrap();
    // Developer texts stay apart, a raw `\/` stays a raw `\/`.
    assert_eq!(format!("{again:?}"), format!("{request:?}").replace("gpt-5", "our-deployment"));
    let twice = OpenAiChat.write_request(&again, &target, &mut loss).unwrap();
    assert_eq!(twice, body);
}

#[test]
fn a_request_is_read_in_full() {
    let doc = parse(REQUEST);
    let request = OpenAiChat.read_request(&doc).unwrap();
    let roles: Vec<_> = request.messages.iter().map(|message| message.role).collect();
    assert_eq!(
        roles,
        [
            Role::System,
            Role::Developer,
            Role::User,
            Role::Assistant,
            Role::Tool,
            Role::Tool,
            Role::Assistant,
            Role::User
        ]
    );
    assert_eq!(request.max_tokens, Some(1024));
    assert_eq!((request.temperature, request.top_p), (Some("0.70"), Some("1e0")));
    assert!(request.stream && request.include_usage);
    assert_eq!(request.messages[2].name.as_ref().map(Text::raw), Some("eve"));
    let Part::Media(Media { source: MediaSource::Data { media_type, data }, detail, .. }) =
        &request.messages[2].parts[1]
    else {
        panic!("{:?}", request.messages[2].parts[1])
    };
    assert_eq!((media_type.decode().as_ref(), data.raw()), ("image/png", "iVBORw0KGgo="));
    assert_eq!(detail.as_ref().map(Text::raw), Some("low"));
    assert_eq!(request.seed, Some("12345678901234567890"));
}

/// One field of a request, as it shows in the model.
#[test]
fn every_root_field_has_its_place() {
    type Row = (&'static str, fn(&Request<'_>) -> String, &'static str);
    let rows: &[Row] = &[
        (r#""max_tokens":5"#, |r| format!("{:?}", r.max_tokens), "Some(5)"),
        (r#""max_tokens":5,"max_completion_tokens":7"#, |r| format!("{:?}", r.max_tokens), "Some(7)"),
        (r#""max_completion_tokens":7,"max_tokens":null"#, |r| format!("{:?}", r.max_tokens), "Some(7)"),
        (r#""top_k":40"#, |r| format!("{:?}", r.top_k), "Some(\"40\")"),
        (r#""stop":"a""#, |r| format!("{:?}", r.stop), "[Text(\"a\")]"),
        (r#""stop":["a","b"]"#, |r| format!("{:?}", r.stop), "[Text(\"a\"), Text(\"b\")]"),
        (r#""stop":null"#, |r| format!("{:?}", r.stop), "[]"),
        (r#""tool_choice":"auto""#, |r| format!("{:?}", r.tool_choice), "Some(Auto)"),
        (r#""tool_choice":"none""#, |r| format!("{:?}", r.tool_choice), "Some(None)"),
        (r#""tool_choice":"required""#, |r| format!("{:?}", r.tool_choice), "Some(Required)"),
        (r#""tool_choice":"any""#, |r| format!("{:?}", r.tool_choice), "Some(Required)"),
        (
            r#""tool_choice":{"type":"function","function":{"name":"f"}}"#,
            |r| format!("{:?}", r.tool_choice),
            "Some(Named(Text(\"f\")))",
        ),
        (
            r#""tool_choice":{"type":"custom","custom":{"name":"c"}}"#,
            |r| format!("{:?}", r.tool_choice),
            "Some(Named(Text(\"c\")))",
        ),
        (
            r#""tool_choice":{"type":"allowed_tools","mode":"auto","tools":[{"type":"function","name":"f"}]}"#,
            |r| format!("{:?}", r.tool_choice),
            "Some(Allowed { required: false, names: [Text(\"f\")] })",
        ),
        (r#""function_call":"none""#, |r| format!("{:?}", r.tool_choice), "Some(None)"),
        (r#""function_call":{"name":"f"}"#, |r| format!("{:?}", r.tool_choice), "Some(Named(Text(\"f\")))"),
        (
            r#""functions":[{"name":"f","parameters":{}}]"#,
            |r| format!("{:?}", r.tools),
            "[Function { name: Text(\"f\"), description: None, parameters: Some(\"{}\"), strict: None, cache: None }]",
        ),
        (
            r#""tools":[{"type":"custom","custom":{"name":"c"}}]"#,
            |r| format!("{:?}", r.tools),
            "[Other { kind: Text(\"custom\"), raw: \"{\\\"type\\\":\\\"custom\\\",\\\"custom\\\":{\\\"name\\\":\\\"c\\\"}}\" }]",
        ),
        (
            r#""tools":[{"type":"function","function":{"name":"f"},"cache_control":{"type":"ephemeral"}}]"#,
            |r| format!("{:?}", r.tools),
            "[Function { name: Text(\"f\"), description: None, parameters: None, strict: None, \
             cache: Some(\"{\\\"type\\\":\\\"ephemeral\\\"}\") }]",
        ),
        (r#""parallel_tool_calls":false"#, |r| format!("{:?}", r.parallel_tool_calls), "Some(false)"),
        (r#""response_format":{"type":"text"}"#, |r| format!("{:?}", r.response_format), "None"),
        (r#""response_format":{"type":"json_object"}"#, |r| format!("{:?}", r.response_format), "Some(JsonObject)"),
        (
            r#""response_format":{"type":"json_schema","json_schema":{"name":"n","schema":{"a":1}}}"#,
            |r| format!("{:?}", r.response_format),
            "Some(JsonSchema { name: Some(Text(\"n\")), description: None, schema: \"{\\\"a\\\":1}\", strict: None })",
        ),
        (r#""reasoning_effort":"none""#, |r| format!("{:?}", r.reasoning), "Some(Off)"),
        (r#""reasoning_effort":"minimal""#, |r| format!("{:?}", r.reasoning), "Some(Effort(Minimal))"),
        (r#""reasoning_effort":"max""#, |r| format!("{:?}", r.reasoning), "Some(Effort(Max))"),
        (r#""reasoning":{"effort":"low"}"#, |r| format!("{:?} {:?}", r.reasoning, r.extra), "Some(Effort(Low)) []"),
        (r#""reasoning":{"max_tokens":7,"effort":"low"}"#, |r| format!("{:?}", r.reasoning), "Some(Budget(7))"),
        (r#""reasoning":{"enabled":false}"#, |r| format!("{:?}", r.reasoning), "Some(Off)"),
        (r#""reasoning":{"enabled":true}"#, |r| format!("{:?}", r.reasoning), "Some(Effort(Medium))"),
        (
            r#""reasoning":{"exclude":true}"#,
            |r| format!("{:?} {:?}", r.reasoning, r.extra),
            "None [(Text(\"reasoning\"), \"{\\\"exclude\\\":true}\")]",
        ),
        (r#""thinking":{"type":"disabled"}"#, |r| format!("{:?} {:?}", r.reasoning, r.extra), "Some(Off) []"),
        (r#""thinking":{"type":"enabled","budget_tokens":9}"#, |r| format!("{:?}", r.reasoning), "Some(Budget(9))"),
        (
            r#""reasoning_effort":"high","thinking":{"type":"disabled"}"#,
            |r| format!("{:?}", r.reasoning),
            "Some(Effort(High))",
        ),
        (r#""enable_thinking":true"#, |r| format!("{:?}", r.reasoning), "Some(Effort(Medium))"),
        (r#""enable_thinking":true,"thinking_budget":9"#, |r| format!("{:?}", r.reasoning), "Some(Budget(9))"),
        (r#""enable_thinking":false,"thinking_budget":9"#, |r| format!("{:?}", r.reasoning), "Some(Off)"),
        (r#""modalities":["text"]"#, |r| format!("{:?}", r.extra), "[]"),
        (
            r#""functions":[{"name":"f"}]"#,
            |r| format!("{} {:?}", r.legacy_functions, r.parallel_tool_calls),
            "true Some(false)",
        ),
        (r#""reasoning_effort":"default""#, |r| format!("{:?} {:?}", r.reasoning, r.extra.len()), "None 1"),
        (r#""user":"u""#, |r| format!("{:?}", r.user), "Some(Text(\"u\"))"),
        (r#""safety_identifier":"s""#, |r| format!("{:?}", r.user), "Some(Text(\"s\"))"),
        (
            r#""safety_identifier":"s","user":"u""#,
            |r| format!("{:?} {:?}", r.user, r.extra),
            "Some(Text(\"u\")) [(Text(\"safety_identifier\"), \"\\\"s\\\"\")]",
        ),
        (r#""stream":true"#, |r| format!("{} {}", r.stream, r.include_usage), "true false"),
        (
            r#""stream":true,"stream_options":{"include_usage":true}"#,
            |r| format!("{} {}", r.stream, r.include_usage),
            "true true",
        ),
        (r#""stream":null,"stream_options":null"#, |r| format!("{} {}", r.stream, r.include_usage), "false false"),
        (
            r#""n":2,"new":[1],"gone":null"#,
            |r| format!("{:?} {:?}", r.n, r.extra),
            "Some(2) [(Text(\"new\"), \"[1]\")]",
        ),
        (r#""str\u0065am":true"#, |r| r.stream.to_string(), "true"),
    ];
    for (field, show, want) in rows {
        let body = format!(r#"{{"model":"m","messages":[{{"role":"user","content":"x"}}],{field}}}"#);
        let doc = parse(body.as_bytes());
        let request = OpenAiChat.read_request(&doc).unwrap_or_else(|error| panic!("{field}: {error:?}"));
        assert_eq!(show(&request), *want, "{field}");
    }
}

#[test]
fn every_message_has_its_parts() {
    let rows = [
        (r#"{"role":"system","content":"a"}"#, r#"[Text { text: Text("a"), cache: None }]"#),
        (r#"{"role":"user","content":"a","cache_control":{}}"#, r#"[Text { text: Text("a"), cache: Some("{}") }]"#),
        (
            r#"{"role":"user","content":[{"type":"text","text":"a"},{"type":"text","text":"b","cache_control":{"x":1}}]}"#,
            r#"[Text { text: Text("a"), cache: None }, Text { text: Text("b"), cache: Some("{\"x\":1}") }]"#,
        ),
        (r#"{"role":"assistant","content":null}"#, "[]"),
        (r#"{"role":"assistant"}"#, "[]"),
        (r#"{"role":"assistant","content":[{"type":"refusal","refusal":"no"}]}"#, r#"[Refusal(Text("no"))]"#),
        (
            r#"{"role":"assistant","content":"a","reasoning":"r"}"#,
            r#"[Thinking { text: Text("r"), signature: None }, Text { text: Text("a"), cache: None }]"#,
        ),
        (
            r#"{"role":"assistant","reasoning_content":"r","thinking_blocks":[{"type":"thinking","thinking":"t","signature":"s"},{"type":"redacted_thinking","data":"d"},{"type":"future"}]}"#,
            r#"[Thinking { text: Text("t"), signature: Some(Signature { origin: Anthropic, value: Text("s") }) }, RedactedThinking(Text("d"))]"#,
        ),
        (
            r#"{"role":"assistant","content":[{"type":"thinking","thinking":[{"type":"text","text":"t"}]}]}"#,
            r#"[Thinking { text: Text("t"), signature: None }]"#,
        ),
        (
            r#"{"role":"assistant","tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{}"}}]}"#,
            r#"[ToolCall(ToolCall { id: Text("c"), name: Text("f"), arguments: Text(Text("{}")), signature: None, cache: None })]"#,
        ),
        (
            r#"{"role":"assistant","tool_calls":[{"id":"c","type":"custom","custom":{"name":"f","input":"x"}}]}"#,
            r#"[Other { kind: Text("custom"), raw: "{\"id\":\"c\",\"type\":\"custom\",\"custom\":{\"name\":\"f\",\"input\":\"x\"}}" }]"#,
        ),
        (
            r#"{"role":"assistant","function_call":{"name":"f","arguments":"{}"}}"#,
            r#"[ToolCall(ToolCall { id: Text("call_function_1"), name: Text("f"), arguments: Text(Text("{}")), signature: None, cache: None })]"#,
        ),
        (
            r#"{"role":"tool","tool_call_id":"c","content":[{"type":"text","text":"a"}]}"#,
            r#"[ToolResult { id: Text("c"), is_error: None, parts: [Text { text: Text("a"), cache: None }], cache: None }]"#,
        ),
        (
            r#"{"role":"user","content":[{"type":"video_url","video_url":{"url":"https://h/v"}}]}"#,
            r#"[Media(Media { kind: Video, source: Url(Text("https://h/v")), detail: None, filename: None, cache: None })]"#,
        ),
        (
            r#"{"role":"user","content":[{"type":"audio_url","audio_url":{"url":"data:audio/ogg;base64,AA=="}}]}"#,
            r#"[Media(Media { kind: Audio, source: Data { media_type: Text("audio/ogg"), data: Text("AA==") }, detail: None, filename: None, cache: None })]"#,
        ),
        (
            r#"{"role":"user","content":[{"type":"document_url","document_url":"https://h/d","document_name":"d"}]}"#,
            r#"[Media(Media { kind: File, source: Url(Text("https://h/d")), detail: None, filename: Some(Text("d")), cache: None })]"#,
        ),
        (
            r#"{"role":"user","content":[{"type":"file_url","file_url":{"url":"https://h/d"}}]}"#,
            r#"[Media(Media { kind: File, source: Url(Text("https://h/d")), detail: None, filename: None, cache: None })]"#,
        ),
        // Qwen's.
        (
            r#"{"role":"user","content":[{"type":"input_audio","input_audio":{"data":"data:;base64,QQ==","format":"mp3"}}]}"#,
            r#"[Media(Media { kind: Audio, source: Data { media_type: Text("audio/mp3"), data: Text("QQ==") }, detail: None, filename: None, cache: None })]"#,
        ),
        (
            r#"{"role":"user","content":[{"type":"input_audio","input_audio":{"data":"https://h/a","format":"mp3"}}]}"#,
            r#"[Media(Media { kind: Audio, source: Url(Text("https://h/a")), detail: None, filename: None, cache: None })]"#,
        ),
        (
            r#"{"role":"user","content":[{"type":"image_url","image_url":{"url":"u","detail":"auto"}}]}"#,
            r#"[Media(Media { kind: Image, source: Url(Text("u")), detail: None, filename: None, cache: None })]"#,
        ),
        // OpenAI's own mark, in the model's form.
        (
            r#"{"role":"user","content":[{"type":"text","text":"a","prompt_cache_breakpoint":{"mode":"explicit"}}]}"#,
            r#"[Text { text: Text("a"), cache: Some("{\"type\":\"ephemeral\"}") }]"#,
        ),
        (
            r#"{"role":"user","content":[{"type":"text","text":"a","prompt_cache_breakpoint":{"mode":"explicit","ttl":"12h"}}]}"#,
            r#"[Text { text: Text("a"), cache: Some("{\"type\":\"ephemeral\",\"ttl\":\"1h\"}") }]"#,
        ),
        (
            r#"{"role":"user","content":[{"type":"input_audio","input_audio":{"data":"QQ==","format":"mp3"}}]}"#,
            r#"[Media(Media { kind: Audio, source: Data { media_type: Text("audio/mp3"), data: Text("QQ==") }, detail: None, filename: None, cache: None })]"#,
        ),
        (
            r#"{"role":"user","content":[{"type":"image_url","image_url":"DATA:image/gif;x=1;base64,R0=="}]}"#,
            r#"[Media(Media { kind: Image, source: Data { media_type: Text("image/gif"), data: Text("R0==") }, detail: None, filename: None, cache: None })]"#,
        ),
        (
            r#"{"role":"user","content":[{"type":"file","file":{"file_data":"JVBE","filename":"a.pdf"}}]}"#,
            r#"[Media(Media { kind: File, source: Data { media_type: Text("application/pdf"), data: Text("JVBE") }, detail: None, filename: Some(Text("a.pdf")), cache: None })]"#,
        ),
        (
            r#"{"role":"user","content":[{"type":"file","file":{"file_data":"https://h/a.pdf"}}]}"#,
            r#"[Media(Media { kind: File, source: Url(Text("https://h/a.pdf")), detail: None, filename: None, cache: None })]"#,
        ),
    ];
    for (message, want) in rows {
        let body = format!(r#"{{"model":"m","messages":[{message}]}}"#);
        let doc = parse(body.as_bytes());
        let request = OpenAiChat.read_request(&doc).unwrap_or_else(|error| panic!("{message}: {error:?}"));
        assert_eq!(format!("{:?}", request.messages[0].parts), want, "{message}");
    }
}

#[test]
fn legacy_function_results_answer_the_call_before_them() {
    let body = br#"{"model":"m","messages":[
        {"role":"assistant","function_call":{"name":"f","arguments":"{}"}},{"role":"function","name":"f","content":"1"},
        {"role":"assistant","function_call":{"name":"f","arguments":"{}"}},{"role":"function","name":"f","content":null}]}"#;
    let doc = parse(body);
    let request = OpenAiChat.read_request(&doc).unwrap();
    let ids: Vec<_> = request
        .messages
        .iter()
        .map(|message| match &message.parts[0] {
            Part::ToolCall(call) => call.id.raw().to_owned(),
            Part::ToolResult { id, .. } => id.raw().to_owned(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(ids, ["call_function_1", "call_function_1", "call_function_2", "call_function_2"]);
}

#[test]
fn wrong_requests_are_refused_by_path() {
    let rows = [
        ("[]", "the body: expected an object, got an array"),
        (r#"{"model":null,"messages":[]}"#, "messages: expected at least one message"),
        (r#"{"model":7}"#, "model: expected a string, got a number"),
        (r#"{"model":"m"}"#, "messages: missing"),
        (r#"{"model":"m","messages":{}}"#, "messages: expected an array, got an object"),
        (r#"{"model":"m","messages":["x"]}"#, "messages[0]: expected an object, got a string"),
        (r#"{"model":"m","messages":[{}]}"#, "messages[0].role: missing"),
        (
            r#"{"model":"m","messages":[{"role":"robot"}]}"#,
            "messages[0].role: expected one of system, developer, user, assistant, tool, function, got \"robot\"",
        ),
        (r#"{"model":"m","messages":[{"role":"user"}]}"#, "messages[0].content: missing"),
        (
            r#"{"model":"m","messages":[{"role":"user","content":1}]}"#,
            "messages[0].content: expected a string or an array of parts, got a number",
        ),
        (
            r#"{"model":"m","messages":[{"role":"user","content":"a"},{"role":"user","content":[{"type":3}]}]}"#,
            "messages[1].content[0].type: expected a string, got a number",
        ),
        (r#"{"model":"m","messages":[{"role":"user","content":[{}]}]}"#, "messages[0].content[0].type: missing"),
        (
            r#"{"model":"m","messages":[{"role":"user","content":[{"type":"text"}]}]}"#,
            "messages[0].content[0].text: missing",
        ),
        (
            r#"{"model":"m","messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png,abc"}}]}]}"#,
            "messages[0].content[0].image_url.url: expected base64 data, like data:image/png;base64,...",
        ),
        (
            r#"{"model":"m","messages":[{"role":"user","content":[{"type":"file","file":{}}]}]}"#,
            "messages[0].content[0].file: neither file_data nor file_id is given",
        ),
        (r#"{"model":"m","messages":[{"role":"tool","content":"x"}]}"#, "messages[0].tool_call_id: missing"),
        (
            r#"{"model":"m","messages":[{"role":"assistant","tool_calls":[{"type":"function","function":{"name":"f"}}]}]}"#,
            "messages[0].tool_calls[0].id: missing",
        ),
        (
            r#"{"model":"m","messages":[{"role":"assistant","tool_calls":[{"id":"c","function":{"name":"f","arguments":{}}}]}]}"#,
            "messages[0].tool_calls[0].function.arguments: expected a string, got an object",
        ),
        (r#"{"model":"m","messages":[{"role":"function","content":"x"}]}"#, "messages[0].name: missing"),
        (
            r#"{"model":"m","messages":[{"role":"user","content":"a"}],"tools":[{"type":"function"}]}"#,
            "tools[0].function: missing",
        ),
        (
            r#"{"model":"m","messages":[{"role":"user","content":"a"}],"tools":[{"type":"function","function":{"name":"f","parameters":[]}}]}"#,
            "tools[0].function.parameters: expected an object, got an array",
        ),
        (
            r#"{"model":"m","messages":[{"role":"user","content":"a"}],"tool_choice":"maybe"}"#,
            "tool_choice: expected one of none, auto, required, got \"maybe\"",
        ),
        (
            r#"{"model":"m","messages":[{"role":"user","content":"a"}],"stop":[1]}"#,
            "stop[0]: expected a string, got a number",
        ),
        (
            r#"{"model":"m","messages":[{"role":"user","content":"a"}],"max_tokens":-1}"#,
            "max_tokens: expected a whole number from 0 up, got -1",
        ),
        (
            r#"{"model":"m","messages":[{"role":"user","content":"a"}],"temperature":"hot"}"#,
            "temperature: expected a number, got a string",
        ),
        (
            r#"{"model":"m","messages":[{"role":"user","content":"a"}],"stream":1}"#,
            "stream: expected a boolean, got a number",
        ),
        (
            r#"{"model":"m","messages":[{"role":"user","content":"a"}],"response_format":{"type":"xml"}}"#,
            "response_format.type: expected one of text, json_object, json_schema, got \"xml\"",
        ),
    ];
    for (body, message) in rows {
        let error = OpenAiChat.read_request(&parse(body.as_bytes())).err().unwrap_or_else(|| panic!("{body}"));
        assert_eq!((error.status, error.message.as_str()), (400, message), "{body}");
    }
}

#[test]
fn tool_results_come_first_and_their_pictures_in_the_next_user_turn() {
    let image = |url| {
        Part::Media(Media {
            kind: MediaKind::Image,
            source: MediaSource::Url(text(url)),
            detail: None,
            filename: None,
            cache: None,
        })
    };
    let result = |id, is_error, parts| Part::ToolResult { id: text(id), is_error, parts, cache: None };
    let call = |id, json| {
        Part::ToolCall(ToolCall {
            id: text(id),
            name: text("f"),
            arguments: Arguments::Json(json),
            signature: None,
            cache: None,
        })
    };
    let request = Request {
        messages: vec![
            turn(Role::Assistant, vec![said("I "), said("look"), call("a", "{\"q\": \"x\\n\"}"), call("b", "{}")]),
            turn(
                Role::User,
                vec![
                    said("and?"),
                    result("a", None, vec![said("one"), said("two"), image("https://h/1")]),
                    result("b", Some(true), vec![said("broken")]),
                ],
            ),
            turn(Role::Tool, vec![result("c", Some(true), vec![]), result("d", None, vec![image("https://h/2")])]),
            turn(Role::Assistant, vec![]),
            turn(Role::Assistant, vec![said("seen")]),
        ],
        ..Request::default()
    };
    let (body, loss) = written(&request);
    assert_eq!(
        body["messages"],
        json!([
            {"role": "assistant", "content": "I look", "tool_calls": [
                {"id": "a", "type": "function", "function": {"name": "f", "arguments": "{\"q\": \"x\\n\"}"}},
                {"id": "b", "type": "function", "function": {"name": "f", "arguments": "{}"}}]},
            {"role": "tool", "tool_call_id": "a", "content": "one\ntwo"},
            {"role": "tool", "tool_call_id": "b", "content": "Error: broken"},
            {"role": "user", "content": [
                {"type": "image_url", "image_url": {"url": "https://h/1"}}, {"type": "text", "text": "and?"}]},
            {"role": "tool", "tool_call_id": "c", "content": "Error"},
            {"role": "tool", "tool_call_id": "d", "content": ""},
            {"role": "user", "content": [{"type": "image_url", "image_url": {"url": "https://h/2"}}]},
            {"role": "assistant", "content": "seen"},
        ])
    );
    assert!(loss.is_empty());
}

#[test]
fn what_has_no_place_is_noted_by_name() {
    let request = Request {
        messages: vec![
            turn(Role::System, vec![said("s")]),
            turn(Role::Assistant, vec![Part::Other { kind: text("server_tool_use"), raw: "{}" }, said("a")]),
        ],
        top_k: Some("5"),
        temperature: Some("2.5"),
        extra: vec![(text("mcp_servers"), "[]"), (text("prediction"), "\"no object\"")],
        ..Request::default()
    };
    let (body, loss) = written(&request);
    assert_eq!(loss, ["messages[].content[].server_tool_use", "temperature", "mcp_servers", "prediction"]);
    let want = json!({"model": "target-model", "messages": [{"role": "system", "content": "s"},
        {"role": "assistant", "content": "a"}], "temperature": 2, "top_k": 5});
    assert_eq!(body, want);
}

#[test]
fn what_would_change_the_answer_is_refused() {
    let media = |kind, source| Part::Media(Media { kind, source, detail: None, filename: None, cache: None });
    let user = |part| Request {
        messages: vec![
            turn(Role::System, vec![said("s")]),
            turn(Role::User, vec![said("a")]),
            Message { at: 1, ..turn(Role::User, vec![part]) },
        ],
        ..Request::default()
    };
    let by_id = || media(MediaKind::Image, MediaSource::FileId(text("f")));
    let result = |parts| Part::ToolResult { id: text("a"), is_error: None, parts, cache: None };
    let rows = [
        (user(by_id()), "messages[1].content[0]: an image by file id cannot be sent to this model's provider"),
        (
            user(media(MediaKind::Audio, MediaSource::Data { media_type: text("audio/ogg"), data: text("") })),
            "messages[1].content[0]: sound of type audio/ogg cannot be sent to this model's provider",
        ),
        (
            user(Part::Other { kind: text("search_result"), raw: "{}" }),
            "messages[1].content[0]: content of type search_result cannot be sent to this model's provider",
        ),
        (
            user(result(vec![said("b"), by_id()])),
            "messages[1].content[0].content[1]: an image by file id cannot be sent to this model's provider",
        ),
        (
            Request {
                messages: vec![Message { at: 3, ..turn(Role::Tool, vec![result(vec![said("b"), by_id()])]) }],
                ..Request::default()
            },
            "messages[3].content[1]: an image by file id cannot be sent to this model's provider",
        ),
        (
            Request { tools: vec![Tool::Other { kind: text("web_search_20250305"), raw: "{}" }], ..Request::default() },
            "tools[0]: a tool of type web_search_20250305 cannot be sent to this model's provider",
        ),
        (
            Request { stop: ["a", "b", "c", "d", "e"].map(text).to_vec(), ..Request::default() },
            "stop: this model's provider takes at most 4 stop strings, got 5",
        ),
    ];
    for (request, message) in rows {
        let error = refused(&request);
        assert_eq!((error.status, error.message.as_str()), (400, message));
        assert_eq!(error.code.as_deref(), Some("unsupported_by_target"));
        assert_eq!(error.param.as_deref(), message.split(':').next());
    }
}

#[test]
fn reasoning_is_a_word_by_the_shared_convention() {
    let rows = [
        (Reasoning::Off, "none"),
        (Reasoning::Budget(0), "low"),
        (Reasoning::Budget(1024), "low"),
        (Reasoning::Budget(2047), "low"),
        (Reasoning::Budget(2048), "medium"),
        (Reasoning::Budget(4095), "medium"),
        (Reasoning::Budget(4096), "high"),
        (Reasoning::Budget(u64::MAX), "high"),
    ];
    for (reasoning, word) in rows {
        let (body, _) = written(&Request { reasoning: Some(reasoning), ..Request::default() });
        assert_eq!(body["reasoning_effort"], word, "{reasoning:?}");
    }
}

#[test]
fn quirks_of_the_target_are_kept() {
    let quirks = Quirks {
        max_tokens_field: "max_tokens",
        stream_usage: false,
        developer_role: false,
        max_temperature: 1.0,
        ..Quirks::DEFAULT
    };
    let request = Request {
        messages: vec![turn(Role::Developer, vec![said("d")])],
        max_tokens: Some(3),
        temperature: Some("1.5"),
        stream: true,
        response_format: Some(ResponseFormat::JsonSchema {
            name: None,
            description: None,
            schema: "{}".into(),
            strict: None,
        }),
        // Both say nothing without tools, and are an error there.
        tool_choice: Some(ToolChoice::Auto),
        parallel_tool_calls: Some(true),
        ..Request::default()
    };
    let mut loss = Loss::default();
    let body = OpenAiChat.write_request(&request, &Target { model: "a\"b", quirks: &quirks }, &mut loss).unwrap();
    assert_eq!(
        serde_json::from_slice::<Json>(&body).unwrap(),
        json!({"model": "a\"b", "messages": [{"role": "system", "content": "d"}], "max_tokens": 3, "temperature": 1,
            "response_format": {"type": "json_schema", "json_schema": {"name": "response", "schema": {}}},
            "stream": true})
    );
    assert_eq!(loss.0, ["temperature"]);
}

#[test]
fn turns_that_a_provider_would_refuse_are_spliced() {
    let body = concat!(
        r#"{"model":"m", "messages":[{"role" : "developer","content":"developer"},{"role":"assistant","tool_calls":"#,
        r#"[{"id":"call_1","function":{"name":"f"}},{"id":"ABCDEFGH9"}]},{"role":"tool","tool_call_id":"call_1"}]}"#
    );
    let dialect = Dialect { call_id_chars: Some(9), ..Dialect::COMPATIBLE };
    let rows = [
        (Quirks { developer_role: false, ..Quirks::DEFAULT }, body.replacen("\"developer\"", "\"system\"", 1)),
        (Quirks { dialect, ..Quirks::DEFAULT }, body.replace("call_1", "9gD2Dimct")),
        (Quirks::DEFAULT, body.to_owned()),
    ];
    for (quirks, want) in rows {
        let doc = parse(body.as_bytes());
        let mut edits = Edits::new();
        OpenAiChat.retarget(&doc, &Target { model: "m", quirks: &quirks }, &mut edits);
        assert_eq!(String::from_utf8(edits.apply(body.as_bytes())).unwrap(), want);
    }
}

#[test]
fn retargeting_changes_the_model_and_asks_for_usage_and_nothing_else() {
    let rows = [
        (r#"{ "model" : "m", "big":1.0e400}"#, true, r#"{ "model" : "new", "big":1.0e400}"#),
        (r#"{"model":"new","stream":false}"#, true, r#"{"model":"new","stream":false}"#),
        (r#"{"model":"n\u0065w"}"#, true, r#"{"model":"n\u0065w"}"#),
        (r#"{"input":[1]}"#, true, r#"{"model":"new","input":[1]}"#),
        (
            r#"{"model":"m","stream":true}"#,
            true,
            r#"{"stream_options":{"include_usage":true},"model":"new","stream":true}"#,
        ),
        (r#"{"model":"m","stream":true}"#, false, r#"{"model":"new","stream":true}"#),
        (
            r#"{"model":"m","stream":true,"stream_options": null}"#,
            true,
            r#"{"model":"new","stream":true,"stream_options": {"include_usage":true}}"#,
        ),
        (
            r#"{"model":"m","stream":true,"stream_options": { }}"#,
            true,
            r#"{"model":"new","stream":true,"stream_options": {"include_usage":true }}"#,
        ),
        (
            r#"{"model":"m","stream":true,"stream_options":{"include_obfuscation":false}}"#,
            true,
            r#"{"model":"new","stream":true,"stream_options":{"include_usage":true,"include_obfuscation":false}}"#,
        ),
        (
            r#"{"model":"m","stream":true,"stream_options":{"include_usage":false}}"#,
            true,
            r#"{"model":"new","stream":true,"stream_options":{"include_usage":true}}"#,
        ),
        (
            r#"{"model":"m","stream":true,"stream_options":{"include_usage":true}}"#,
            true,
            r#"{"model":"new","stream":true,"stream_options":{"include_usage":true}}"#,
        ),
    ];
    for (body, stream_usage, want) in rows {
        let quirks = Quirks { stream_usage, ..Quirks::DEFAULT };
        let doc = parse(body.as_bytes());
        let mut edits = Edits::new();
        OpenAiChat.retarget(&doc, &Target { model: "new", quirks: &quirks }, &mut edits);
        let changed = edits.apply(body.as_bytes());
        assert_eq!(String::from_utf8(changed).unwrap(), want, "{body}");
    }
}

/// What a target of that dialect gets, and what is told as lost.
fn spoken(request: &Request<'_>, model: &str, dialect: Dialect) -> (Json, Vec<String>) {
    let quirks = Quirks { dialect, ..Quirks::DEFAULT };
    let mut loss = Loss::default();
    let body = OpenAiChat.write_request(request, &Target { model, quirks: &quirks }, &mut loss).unwrap();
    (serde_json::from_slice(&body).unwrap(), loss.0)
}

#[test]
fn a_cache_mark_is_written_as_the_provider_has_it() {
    const MARK: Option<&str> = Some(r#"{"type":"ephemeral","ttl":"1h"}"#);
    let marked = || Part::Text { text: text("a"), cache: MARK };
    let request = Request {
        messages: vec![
            turn(Role::System, vec![marked()]),
            turn(Role::User, vec![said("b"), marked()]),
            turn(
                Role::Assistant,
                vec![
                    said("c"),
                    marked(),
                    Part::ToolCall(ToolCall {
                        id: text("i"),
                        name: text("f"),
                        arguments: Arguments::Json("{}"),
                        signature: None,
                        cache: MARK,
                    }),
                ],
            ),
            turn(
                Role::Tool,
                vec![Part::ToolResult { id: text("i"), is_error: None, parts: vec![said("d")], cache: MARK }],
            ),
        ],
        tools: vec![Tool::Function { name: text("f"), description: None, parameters: None, strict: None, cache: MARK }],
        ..Request::default()
    };
    let forms = [
        (
            Dialect { cache_marks: CacheMarks::CacheControl, ..Dialect::OPENAI },
            "cache_control",
            json!({"type": "ephemeral", "ttl": "1h"}),
        ),
        (Dialect::OPENAI, "prompt_cache_breakpoint", json!({"mode": "explicit", "ttl": "12h"})),
    ];
    for (dialect, name, mark) in forms {
        let (body, loss) = spoken(&request, "gpt-5.6", dialect);
        let part = |said: &str| json!({"type": "text", "text": said, name: mark});
        let messages = &body["messages"];
        assert_eq!(messages[0]["content"], json!([part("a")]));
        assert_eq!(messages[1]["content"], json!([{"type": "text", "text": "b"}, part("a")]));
        assert_eq!(messages[2]["content"], json!([part("ca")]));
        assert_eq!(messages[3]["content"], json!([part("d")]));
        // OpenAI marks parts and nothing else.
        let whole = name == "cache_control";
        assert_eq!(messages[2]["tool_calls"][0].get(name).is_some(), whole);
        assert_eq!(body["tools"][0].get(name).is_some(), whole);
        assert_eq!(loss.is_empty(), whole);
    }
    let (body, loss) = spoken(&request, "gpt-4o", Dialect::OPENAI);
    assert!(!body.to_string().contains("prompt_cache_breakpoint"), "{body}");
    assert_eq!(body["messages"][0]["content"], "a");
    assert_eq!(loss, ["messages[].content[].cache_control"]);
}

#[test]
fn how_much_to_think_is_written_as_the_provider_has_it() {
    let form = |reasoning| Dialect { reasoning, ..Dialect::OPENAI };
    let (off, budget) = (Reasoning::Off, Reasoning::Budget(3000));
    let high = Reasoning::Effort(Effort::High);
    let rows = [
        (form(ReasoningForm::Effort), high, json!({"reasoning_effort": "high"})),
        (form(ReasoningForm::Object), off, json!({"reasoning": {"enabled": false}})),
        (form(ReasoningForm::Object), high, json!({"reasoning": {"effort": "high"}})),
        (form(ReasoningForm::Object), budget, json!({"reasoning": {"max_tokens": 3000}})),
        (form(ReasoningForm::Switch), off, json!({"thinking": {"type": "disabled"}})),
        (form(ReasoningForm::Switch), high, json!({"thinking": {"type": "enabled"}})),
        (form(ReasoningForm::Enable), off, json!({"enable_thinking": false})),
        (form(ReasoningForm::Enable), high, json!({"enable_thinking": true})),
        (form(ReasoningForm::Enable), budget, json!({"enable_thinking": true, "thinking_budget": 3000})),
        (form(ReasoningForm::EffortOrDisabled), high, json!({"reasoning_effort": "high"})),
        (form(ReasoningForm::EffortOrDisabled), off, json!({"reasoning": {"enabled": false}})),
        (form(ReasoningForm::EffortOrTemplate), high, json!({"reasoning_effort": "high"})),
        (form(ReasoningForm::EffortOrTemplate), off, json!({"chat_template_kwargs": {"enable_thinking": false}})),
        (form(ReasoningForm::SwitchAndEffort), off, json!({"thinking": {"type": "disabled"}})),
        (
            form(ReasoningForm::SwitchAndEffort),
            budget,
            json!({"thinking": {"type": "enabled"}, "reasoning_effort": "medium"}),
        ),
        (form(ReasoningForm::Budget), high, json!({"reasoning_effort": "high"})),
    ];
    for (dialect, reasoning, want) in rows {
        let request = Request { reasoning: Some(reasoning), ..Request::default() };
        let (mut body, loss) = spoken(&request, "m", dialect);
        let rest = body.as_object_mut().unwrap();
        rest.retain(|name, _| name != "model" && name != "messages");
        assert_eq!((body, loss), (want, vec![]), "{dialect:?} {reasoning:?}");
    }
    let claudes = [
        (off, json!({"type": "disabled"})),
        (high, json!({"type": "enabled", "budget_tokens": 4096})),
        (budget, json!({"type": "enabled", "budget_tokens": 3000})),
    ];
    for (reasoning, want) in claudes {
        let request = Request { reasoning: Some(reasoning), ..Request::default() };
        assert_eq!(spoken(&request, "databricks-claude", form(ReasoningForm::Budget)).0["thinking"], want);
    }
    let narrow = Dialect { efforts: (Effort::Low, Effort::High), ..Dialect::OPENAI };
    let request = Request { reasoning: Some(Reasoning::Effort(Effort::Max)), ..Request::default() };
    let (body, loss) = spoken(&request, "m", narrow);
    assert_eq!((&body["reasoning_effort"], loss), (&json!("high"), vec!["reasoning_effort".to_owned()]));
}

#[test]
fn a_generation_gets_what_it_takes() {
    let request = |reasoning| Request {
        temperature: Some("0.5"),
        top_p: Some("1"),
        presence_penalty: Some("0"),
        frequency_penalty: Some("0.1"),
        reasoning,
        ..Request::default()
    };
    let high = Some(Reasoning::Effort(Effort::High));
    let rows = [
        ("gpt-4o", None, &["temperature", "top_p", "presence_penalty", "frequency_penalty"][..], &[][..]),
        ("gpt-4o", high, &["temperature", "top_p", "presence_penalty", "frequency_penalty"], &["reasoning_effort"]),
        ("gpt-5", None, &[], &["temperature", "frequency_penalty"]),
        ("gpt-5.1", None, &["temperature", "top_p", "presence_penalty", "frequency_penalty"], &[]),
        ("gpt-5.1", high, &["reasoning_effort"], &["temperature", "frequency_penalty"]),
    ];
    for (model, reasoning, written, lost) in rows {
        let (body, loss) = spoken(&request(reasoning), model, Dialect::OPENAI);
        let mut names: Vec<_> = body.as_object().unwrap().keys().map(String::as_str).collect();
        names.retain(|name| !["model", "messages"].contains(name));
        names.sort_unstable();
        let mut written = written.to_vec();
        written.sort_unstable();
        assert_eq!((names, loss), (written, lost.iter().map(|&name| name.to_owned()).collect()), "{model}");
    }
}

#[test]
fn earlier_reasoning_goes_back_to_those_who_want_it() {
    let thought = || Part::Thinking { text: text("hm"), signature: None };
    let call = || {
        Part::ToolCall(ToolCall {
            id: text("call_0123"),
            name: text("f"),
            arguments: Arguments::Json("{}"),
            signature: Some(Signature { origin: Origin::Gemini, value: text("c2ln") }),
            cache: None,
        })
    };
    let request = Request {
        messages: vec![
            turn(Role::Assistant, vec![thought(), said("a")]),
            turn(Role::Assistant, vec![thought(), thought(), call()]),
            turn(
                Role::Tool,
                vec![Part::ToolResult { id: text("call_0123"), is_error: None, parts: vec![said("r")], cache: None }],
            ),
        ],
        ..Request::default()
    };
    let (body, loss) = spoken(&request, "m", Dialect { thinking: "reasoning", ..Dialect::OPENAI });
    assert_eq!(body["messages"][0], json!({"role": "assistant", "reasoning": "hm", "content": "a"}));
    assert_eq!(body["messages"][1]["reasoning"], "hmhm");
    assert_eq!(body["messages"][1]["tool_calls"][0]["extra_content"], json!({"google": {"thought_signature": "c2ln"}}));
    assert!(loss.is_empty());

    let with_calls = Dialect { thinking_with_calls: true, call_id_chars: Some(9), ..Dialect::OPENAI };
    let (body, loss) = spoken(&request, "m", with_calls);
    assert_eq!(body["messages"][0], json!({"role": "assistant", "content": "a"}));
    assert_eq!(body["messages"][1]["reasoning_content"], "hmhm");
    assert_eq!(loss, ["messages[].reasoning_content"]);
    let id = body["messages"][1]["tool_calls"][0]["id"].as_str().unwrap();
    assert_eq!((id.len(), id), (9, body["messages"][2]["tool_call_id"].as_str().unwrap()));
}

#[test]
fn media_are_written_as_the_provider_has_them() {
    let media = |kind, source| {
        let filename = Some(text("d.pdf"));
        Part::Media(Media { kind, source, detail: None, filename, cache: None })
    };
    let url = || MediaSource::Url(text("https://h/x"));
    let data = || MediaSource::Data { media_type: text("application/pdf"), data: text("AA==") };
    let form = |documents| Dialect { documents, ..Dialect::OPENAI };
    let rows = [
        (
            Documents::File,
            media(MediaKind::Video, url()),
            json!({"type": "video_url", "video_url": {"url": "https://h/x"}}),
        ),
        (
            Documents::File,
            media(MediaKind::Audio, url()),
            json!({"type": "audio_url", "audio_url": {"url": "https://h/x"}}),
        ),
        (
            Documents::File,
            media(MediaKind::File, url()),
            json!({"type": "file", "file": {"filename": "d.pdf", "file_data": "https://h/x"}}),
        ),
        (
            Documents::DocumentUrl,
            media(MediaKind::File, url()),
            json!({"type": "document_url", "document_url": "https://h/x", "document_name": "d.pdf"}),
        ),
        (
            Documents::DocumentUrl,
            media(MediaKind::File, data()),
            json!({"type": "document_url", "document_url": "data:application/pdf;base64,AA==", "document_name": "d.pdf"}),
        ),
        (
            Documents::FileUrl,
            media(MediaKind::File, url()),
            json!({"type": "file_url", "file_url": {"url": "https://h/x"}}),
        ),
    ];
    for (documents, part, want) in rows {
        let request = Request { messages: vec![turn(Role::User, vec![part])], ..Request::default() };
        assert_eq!(spoken(&request, "m", form(documents)).0["messages"][0]["content"], json!([want]));
    }
    let sound = || MediaSource::Data { media_type: text("audio/mpeg"), data: text("AA==") };
    let rows = [
        (Audio::Object, sound(), json!({"type": "input_audio", "input_audio": {"data": "AA==", "format": "mp3"}})),
        (Audio::Bare, sound(), json!({"type": "input_audio", "input_audio": "AA=="})),
        (Audio::Bare, url(), json!({"type": "input_audio", "input_audio": "https://h/x"})),
        (
            Audio::Url,
            sound(),
            json!({"type": "input_audio", "input_audio": {"data": "data:;base64,AA==", "format": "mp3"}}),
        ),
        (Audio::Url, url(), json!({"type": "input_audio", "input_audio": {"data": "https://h/x"}})),
    ];
    for (audio, source, want) in rows {
        let part = media(MediaKind::Audio, source);
        let request = Request { messages: vec![turn(Role::User, vec![part])], ..Request::default() };
        let dialect = Dialect { audio, ..Dialect::OPENAI };
        assert_eq!(spoken(&request, "m", dialect).0["messages"][0]["content"], json!([want]));
    }
}

#[test]
fn servers_that_look_like_openai_get_what_they_know_of_tools_and_refusals() {
    let tool =
        |name| Tool::Function { name: text(name), description: None, parameters: None, strict: None, cache: None };
    let request = |required, names| Request {
        messages: vec![turn(Role::Assistant, vec![said("a"), Part::Refusal(text("no"))])],
        tools: vec![tool("f"), tool("g")],
        tool_choice: Some(ToolChoice::Allowed { required, names }),
        ..Request::default()
    };
    let (body, loss) = spoken(&request(true, vec![text("g")]), "m", Dialect::COMPATIBLE);
    assert_eq!(body["tools"], json!([{"type": "function", "function": {"name": "g"}}]));
    assert_eq!((&body["tool_choice"], loss), (&json!("required"), vec![]));
    assert_eq!(body["messages"][0], json!({"role": "assistant", "content": "ano"}));
    let (body, _) = spoken(&request(false, vec![text("x")]), "m", Dialect::COMPATIBLE);
    assert_eq!((body.get("tools"), body.get("tool_choice")), (None, None));
}

#[test]
fn what_nobody_reads_is_kept_by_its_place() {
    let body = br#"{"model":"m","messages":[
        {"role":"assistant","content":"a","prefix":true,"annotations":[],"x":null},
        {"role":"user","content":[{"type":"text","text":"a","y":1},{"type":"text","text":"b","y":2}]}],
        "tools":[{"type":"function","z":1,"function":{"name":"f","examples":[1]}}]}"#;
    let doc = parse(body);
    let request = OpenAiChat.read_request(&doc).unwrap();
    let names: Vec<_> = request.extra.iter().map(|(name, json)| format!("{}={json}", name.raw())).collect();
    assert_eq!(
        names,
        ["messages[].prefix=true", "messages[].content[].y=1", "tools[].z=1", "tools[].function.examples=[1]"]
    );
    let (_, loss) = written(&request);
    assert_eq!(loss, ["messages[].prefix", "messages[].content[].y", "tools[].z", "tools[].function.examples"]);
}

#[test]
fn a_calls_thought_signature_is_read_wherever_it_stands() {
    let rows = [
        r#"{"id":"c","function":{"name":"f"},"extra_content":{"google":{"thought_signature":"c2ln"}}}"#,
        r#"{"id":"c","function":{"name":"f"},"provider_specific_fields":{"thought_signature":"c2ln"}}"#,
        r#"{"id":"c","function":{"name":"f","thought_signature":"c2ln"}}"#,
        r#"{"id":"c","function":{"name":"f","provider_specific_fields":{"thought_signature":"c2ln"}}}"#,
        r#"{"id":"c__thought__c2ln","function":{"name":"f"}}"#,
    ];
    for call in rows {
        let body = format!(r#"{{"messages":[{{"role":"assistant","tool_calls":[{call}]}}]}}"#);
        let doc = parse(body.as_bytes());
        let request = OpenAiChat.read_request(&doc).unwrap();
        let Part::ToolCall(found) = &request.messages[0].parts[0] else { panic!() };
        let signature = found.signature.as_ref().unwrap();
        assert_eq!((signature.origin, signature.value.raw()), (Origin::Gemini, "c2ln"), "{call}");

        let stream = format!("data: {{\"choices\":[{{\"delta\":{{\"tool_calls\":[{call}]}}}}]}}\n\n");
        let (all, _) = deltas(&[stream.as_bytes()]);
        assert!(
            all.iter().any(|delta| matches!(delta, Delta::ToolStart { signature: Some(it), .. } if it == signature)),
            "{call}: {all:?}"
        );
    }
}

// Answers

#[test]
fn a_streamed_answer_folds_to_the_whole_answer() {
    for ((name, stream), (_, whole)) in STREAMS.iter().zip(WHOLES) {
        let mut fold = Fold::new();
        for delta in deltas(&[stream]).0 {
            fold.push(&delta);
        }
        let folded = fold.finish().unwrap_or_else(|error| panic!("{name}: {error:?}"));
        let doc = parse(whole);
        let read = OpenAiChat.read_answer(&doc).unwrap_or_else(|error| panic!("{name}: {error:?}"));
        assert_eq!(format!("{folded:#?}"), format!("{read:#?}"), "{name}");
    }
}

#[test]
fn what_is_written_reads_back_as_it_was_whole_and_streamed() {
    for ((name, stream), (_, whole)) in STREAMS.iter().zip(WHOLES) {
        let doc = parse(whole);
        let answer = OpenAiChat.read_answer(&doc).unwrap();
        let body = OpenAiChat.write_answer(&answer, &ask());
        let again = parse(&body);
        let again = OpenAiChat.read_answer(&again).unwrap();
        let want = format!("{:#?}", answer);
        assert_eq!(format!("{again:#?}"), want, "{name} whole");

        let mut writer = OpenAiChat.stream_writer(&ask());
        let mut out = Vec::new();
        for delta in deltas(&[stream]).0 {
            writer.write(&delta, &mut out);
        }
        let mut fold = Fold::new();
        for delta in deltas(&[&out]).0 {
            fold.push(&delta);
        }
        assert_eq!(format!("{:#?}", fold.finish().unwrap()), want, "{name} streamed");
    }
}

#[test]
fn a_whole_answer_is_written_as_the_sdks_expect_it() {
    let answer = Answer {
        choices: vec![
            Choice {
                parts: vec![
                    Part::Thinking { text: text("hm"), signature: None },
                    said("a"),
                    said("b"),
                    Part::Other { kind: text("server_tool_use"), raw: "{\"x\":1}" },
                ],
                finish: Finish::Length,
                ..Choice::default()
            },
            Choice {
                parts: vec![
                    Part::Thinking { text: text("t"), signature: Some(signed("s")) },
                    Part::RedactedThinking(text("d")),
                    Part::ToolCall(ToolCall {
                        id: text(""),
                        name: text("f"),
                        arguments: Arguments::Json("{\"a\":\"\\u00e9\"}"),
                        signature: None,
                        cache: None,
                    }),
                    Part::ToolCall(ToolCall {
                        id: text("c"),
                        name: text("g"),
                        arguments: Arguments::Text(text("")),
                        signature: None,
                        cache: None,
                    }),
                ],
                finish: Finish::ToolCalls,
                ..Choice::default()
            },
            Choice { parts: vec![Part::Refusal(text("no"))], finish: Finish::ContentFilter, ..Choice::default() },
        ],
        usage: Some(Usage { input: 10, output: 5, cache_read: 4, cache_write: 2, reasoning: 1, ..Usage::default() }),
        ..Answer::default()
    };
    let body: Json = serde_json::from_slice(&OpenAiChat.write_answer(&answer, &ask())).unwrap();
    let choice = |index, message: Json, finish| json!({"index": index, "message": message, "logprobs": null, "finish_reason": finish});
    assert_eq!(
        body,
        json!({
            "id": "chatcmpl-x1", "object": "chat.completion", "created": 99, "model": "asked",
            "choices": [
                choice(0, json!({"role": "assistant", "content": "ab", "refusal": null, "reasoning_content": "hm"}), "length"),
                choice(1, json!({"role": "assistant", "content": null, "refusal": null, "reasoning_content": "t",
                    "thinking_blocks": [{"type": "thinking", "thinking": "t", "signature": "s"},
                        {"type": "redacted_thinking", "data": "d"}],
                    "tool_calls": [
                        {"id": "call_x1_1_0", "type": "function", "function": {"name": "f", "arguments": "{\"a\":\"\\u00e9\"}"}},
                        {"id": "c", "type": "function", "function": {"name": "g", "arguments": "{}"}}]}), "tool_calls"),
                choice(2, json!({"role": "assistant", "content": null, "refusal": "no"}), "content_filter"),
            ],
            "usage": {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15,
                "prompt_tokens_details": {"cached_tokens": 4, "cache_write_tokens": 2, "audio_tokens": 0},
                "completion_tokens_details": {"reasoning_tokens": 1, "audio_tokens": 0}}
        })
    );
    let empty: Json = serde_json::from_slice(&OpenAiChat.write_answer(&Answer::default(), &ask())).unwrap();
    assert_eq!(empty["choices"][0]["message"]["content"], "");
    assert_eq!(empty.get("usage"), None);
}

#[test]
fn logprobs_sources_tiers_and_media_are_written_as_the_sdks_expect_them() {
    let citation = |url, span| Citation { url: Some(text(url)), title: None, quote: Some(text("q")), span };
    let image = |kind, media_type| {
        let source = MediaSource::Data { media_type: text(media_type), data: text("AA==") };
        Media { kind, source, detail: None, filename: None, cache: None }
    };
    let logprobs = || vec![Logprob { token: text("a"), logprob: text("-0.5"), top: vec![(text("b"), text("-1e1"))] }];
    let answer = Answer {
        choices: vec![Choice {
            parts: vec![
                said("\\u00e4b"),
                Part::Citation(citation("https://h/1", None)),
                said("cd"),
                Part::Citation(citation("https://h/2", Some((0, 3)))),
                Part::Citation(citation("https://h/3", None)),
                Part::Media(image(MediaKind::Image, "image/png")),
                Part::Media(image(MediaKind::Audio, "audio/pcm")),
            ],
            logprobs: logprobs(),
            ..Choice::default()
        }],
        service_tier: Some(text("flex")),
        ..Answer::default()
    };
    let source = |url: &str, start: u64, end: u64| {
        json!({"type": "url_citation", "url_citation":
            {"url": url, "title": url, "start_index": start, "end_index": end, "content": "q"}})
    };
    let sources = [source("https://h/1", 0, 2), source("https://h/2", 0, 3), source("https://h/3", 2, 4)];
    let picture = json!({"type": "image_url", "image_url": {"url": "data:image/png;base64,AA=="}});
    let audio = json!({"id": "audio_x1_0", "data": "AA==", "expires_at": 99, "transcript": ""});
    let told = json!({"content": [{"token": "a", "logprob": -0.5, "bytes": null,
        "top_logprobs": [{"token": "b", "logprob": -10.0, "bytes": null}]}], "refusal": null});
    let body: Json = serde_json::from_slice(&OpenAiChat.write_answer(&answer, &ask())).unwrap();
    assert_eq!(body["service_tier"], "flex");
    assert_eq!(body["choices"][0]["logprobs"], told);
    assert_eq!(
        body["choices"][0]["message"],
        json!({"role": "assistant", "content": "\u{e4}bcd", "refusal": null, "annotations": sources, "images": [picture], "audio": audio})
    );

    let start = || Delta::Start { id: text("i"), model: text("m"), created: None };
    let mut steps = vec![start(), Delta::ServiceTier(text("flex"))];
    for part in answer.choices.into_iter().flat_map(|choice| choice.parts) {
        steps.push(match part {
            Part::Text { text, .. } => Delta::Text(0, text),
            Part::Citation(citation) => Delta::Citation(0, citation),
            Part::Media(media) => Delta::Media(0, media),
            other => panic!("{other:?}"),
        });
    }
    steps.push(Delta::Logprobs(0, logprobs()));
    let events: Vec<Json> =
        stream_of(&ask(), &steps).iter().map(|event| serde_json::from_str(event).unwrap()).collect();
    // SDKs join pieces of a list by their index.
    let indexed = |index: u64, item: &Json| {
        let mut item = item.clone();
        item["index"] = index.into();
        json!([item])
    };
    let deltas: Vec<_> = events.iter().skip(1).map(|event| event["choices"][0]["delta"].clone()).collect();
    assert_eq!(
        deltas,
        [
            json!({"content": "\u{e4}b"}),
            json!({"annotations": indexed(0, &sources[0])}),
            json!({"content": "cd"}),
            json!({"annotations": indexed(1, &sources[1])}),
            json!({"annotations": indexed(2, &sources[2])}),
            json!({"images": indexed(0, &picture)}),
            json!({"audio": audio}),
            json!({}),
        ]
    );
    assert_eq!(events[8]["choices"][0]["logprobs"], told);
    assert!(events.iter().skip(1).all(|event| event["service_tier"] == "flex"));
}

#[test]
fn what_a_provider_says_of_the_whole_answer_is_a_source_of_its_text() {
    let rows = [
        (r#""citations":["https://h/1","https://h/2"]"#, "https://h/1  ; https://h/2  "),
        (
            r#""citations":["https://h/1"],"search_results":[{"title":"t","url":"https://h/1","date":"d","snippet":"s"}]"#,
            "https://h/1 t s",
        ),
        (r#""web_search":[{"title":"t","link":"https://h/1","content":"c","refer":"ref_1"}]"#, "https://h/1 t c"),
    ];
    let shown = |citation: &Citation<'_>| {
        assert_eq!(citation.span, None);
        let word = |text: &Option<Text<'_>>| text.as_ref().map(|text| text.raw().to_owned()).unwrap_or_default();
        format!("{} {} {}", word(&citation.url), word(&citation.title), word(&citation.quote))
    };
    for (told, want) in rows {
        let whole = format!(r#"{{{told},"choices":[{{"message":{{"content":"a"}}}}]}}"#);
        let doc = parse(whole.as_bytes());
        let answer = OpenAiChat.read_answer(&doc).unwrap();
        let of = |part: &Part<'_>| if let Part::Citation(citation) = part { Some(shown(citation)) } else { None };
        let found: Vec<_> = answer.choices[0].parts.iter().filter_map(of).collect();
        assert_eq!(found.join("; "), want, "{whole}");

        // In every chunk, and told once.
        let chunk = |delta: &str| format!("data: {{{told},\"choices\":[{{\"delta\":{delta}}}]}}\n\n");
        let stream = [chunk(r#"{"content":"a"}"#), chunk(r#"{"content":"b"}"#), "data: [DONE]\n\n".to_owned()].concat();
        let (all, _) = deltas(&[stream.as_bytes()]);
        let of =
            |delta: &Delta<'_>| if let Delta::Citation(0, citation) = delta { Some(shown(citation)) } else { None };
        assert_eq!(all.iter().filter_map(of).collect::<Vec<_>>().join("; "), want, "{stream}");
    }
}

#[test]
fn a_client_of_functions_is_answered_with_a_function_call() {
    let body = br#"{"model":"m","functions":[{"name":"f"}],"messages":[{"role":"user","content":"a"}]}"#;
    let ask = Ask { echo: OpenAiChat.echo(&parse(body)), ..ask() };
    let call =
        |id| ToolCall { id: text(id), name: text("f"), arguments: Arguments::Json("{}"), signature: None, cache: None };
    let parts = vec![Part::ToolCall(call("a")), Part::ToolCall(call("b"))];
    let choices = vec![Choice { parts, finish: Finish::ToolCalls, ..Choice::default() }];
    let answer = Answer { choices, ..Answer::default() };
    let body: Json = serde_json::from_slice(&OpenAiChat.write_answer(&answer, &ask)).unwrap();
    assert_eq!(body["choices"][0]["finish_reason"], "function_call");
    assert_eq!(
        body["choices"][0]["message"],
        json!({"role": "assistant", "content": null, "refusal": null, "function_call": {"name": "f", "arguments": "{}"}})
    );
    let start = |index, id| Delta::ToolStart { choice: 0, index, id: text(id), name: text("f"), signature: None };
    let more = |index, fragment| Delta::ToolArguments { choice: 0, index, fragment: text(fragment) };
    let end = Delta::Finish { choice: 0, finish: Finish::ToolCalls, stop_sequence: None };
    let events =
        stream_of(&ask, &[start(0, "a"), more(0, "{"), start(1, "b"), more(0, "}"), more(1, "{}"), end, Delta::End]);
    let deltas: Vec<Json> = events
        .iter()
        .filter_map(|event| serde_json::from_str::<Json>(event).ok())
        .map(|event| event["choices"][0]["delta"].clone())
        .collect();
    assert_eq!(
        deltas,
        [
            json!({"role": "assistant", "content": ""}),
            json!({"function_call": {"name": "f", "arguments": ""}}),
            json!({"function_call": {"arguments": "{"}}),
            json!({"function_call": {"arguments": "}"}}),
            json!({}),
        ]
    );
    assert!(events[events.len() - 2].contains(r#""finish_reason":"function_call""#));
    for body in ["{}", r#"{"functions":[]}"#, r#"{"functions":null}"#, r#"{"tools":[{}]}"#] {
        assert_eq!(OpenAiChat.echo(&parse(body.as_bytes())), "", "{body}");
    }
}

#[test]
fn every_finish_reason_is_mapped_and_calls_turn_a_stop_into_tool_calls() {
    use Finish::{ContentFilter, Length, Stop, ToolCalls};
    let rows = [
        ("\"stop\"", Stop, ToolCalls),
        ("\"length\"", Length, Length),
        ("\"tool_calls\"", ToolCalls, ToolCalls),
        ("\"function_call\"", ToolCalls, ToolCalls),
        ("\"content_filter\"", ContentFilter, ContentFilter),
        ("\"eos\"", Stop, ToolCalls),
        ("\"eos_token\"", Stop, ToolCalls),
        ("\"\"", Stop, ToolCalls),
        ("null", Stop, ToolCalls),
        ("\"model_length\"", Length, Length),
        ("\"sensitive\"", ContentFilter, ContentFilter),
        ("\"error\"", Stop, ToolCalls),
        ("\"insufficient_system_resource\"", Stop, ToolCalls),
        ("\"what_comes_next_year\"", Stop, ToolCalls),
    ];
    for (word, plain, with_calls) in rows {
        for (calls, want) in [("", plain), (r#","tool_calls":[{"id":"c","function":{"name":"f"}}]"#, with_calls)] {
            let message = format!(r#"{{"content":"x"{calls}}}"#);
            let whole = format!(r#"{{"choices":[{{"message":{message},"finish_reason":{word}}}]}}"#);
            let doc = parse(whole.as_bytes());
            assert_eq!(OpenAiChat.read_answer(&doc).unwrap().choices[0].finish, want, "{whole}");

            let chunk = format!(r#"{{"choices":[{{"index":0,"delta":{message},"finish_reason":{word}}}]}}"#);
            let stream = format!("data: {chunk}\n\ndata: [DONE]\n\n");
            let finishes: Vec<_> = deltas(&[stream.as_bytes()])
                .0
                .into_iter()
                .filter_map(|delta| if let Delta::Finish { finish, .. } = delta { Some(finish) } else { None })
                .collect();
            assert_eq!(finishes, [want], "{stream}");
        }
    }
    // Nothing was said: then it failed.
    let doc = parse(br#"{"choices":[{"message":{"content":""},"finish_reason":"error"}]}"#);
    assert_eq!(OpenAiChat.read_answer(&doc).unwrap_err().status, 502);
}

#[test]
fn usage_is_read_in_every_spelling() {
    let u = |input, output| Usage { input, output, ..Usage::default() };
    let rows = [
        (r#"{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}"#, Some(u(1, 2))),
        (
            r#"{"prompt_tokens":9,"completion_tokens":8,"total_tokens":17,"prompt_tokens_details":{"cached_tokens":4,"cache_write_tokens":3,"audio_tokens":2},"completion_tokens_details":{"reasoning_tokens":5,"audio_tokens":1}}"#,
            Some(Usage { cache_read: 4, cache_write: 3, reasoning: 5, input_audio: 2, output_audio: 1, ..u(9, 8) }),
        ),
        // DeepSeek, Databricks, Moonshot.
        (
            r#"{"prompt_tokens":9,"completion_tokens":1,"prompt_cache_hit_tokens":6}"#,
            Some(Usage { cache_read: 6, ..u(9, 1) }),
        ),
        (
            r#"{"prompt_tokens":9,"completion_tokens":4,"cache_read_input_tokens":6,"reasoning_tokens":3,"total_tokens":13}"#,
            Some(Usage { cache_read: 6, reasoning: 3, ..u(9, 4) }),
        ),
        (r#"{"prompt_tokens":9,"completion_tokens":1,"cached_tokens":6}"#, Some(Usage { cache_read: 6, ..u(9, 1) })),
        // Counted apart: it could not be inside.
        (
            r#"{"prompt_tokens":9,"completion_tokens":1,"cache_read_input_tokens":60,"cache_creation_input_tokens":1}"#,
            Some(Usage { cache_read: 60, cache_write: 1, ..u(70, 1) }),
        ),
        // xAI: the total proves that reasoning is apart.
        (
            r#"{"prompt_tokens":10,"completion_tokens":5,"total_tokens":45,"completion_tokens_details":{"reasoning_tokens":30}}"#,
            Some(Usage { reasoning: 30, ..u(10, 35) }),
        ),
        (r#"{"prompt_tokens":7,"total_tokens":7}"#, Some(u(7, 0))),
        (r#"{"total_tokens":7}"#, Some(u(7, 0))),
        (
            r#"{"input_tokens":3,"output_tokens":4,"input_tokens_details":{"cached_tokens":1}}"#,
            Some(Usage { cache_read: 1, ..u(3, 4) }),
        ),
        (r#"{"prompt_tokens":3.0,"completion_tokens":null,"prompt_tokens_details":null}"#, Some(u(3, 0))),
        (
            r#"{"prompt_tokens":18446744073709551615,"completion_tokens":18446744073709551615,"reasoning_tokens":9,"total_tokens":18446744073709551615}"#,
            Some(Usage { reasoning: 9, ..u(u64::MAX, u64::MAX) }),
        ),
        ("{}", None),
        (r#"{"prompt_tokens":"3"}"#, None),
        ("null", None),
        ("[]", None),
    ];
    for (usage, want) in rows {
        let body = format!(r#"{{"object":"list","data":[{{"embedding":[0.1,-2e-3]}}],"usage":{usage}}}"#);
        assert_eq!(OpenAiChat.answer_usage(body.as_bytes()), want, "{usage}");
        let whole = format!(r#"{{"choices":[],"usage":{usage}}}"#);
        let doc = parse(whole.as_bytes());
        assert_eq!(OpenAiChat.read_answer(&doc).unwrap().usage, want, "{usage}");
    }
    assert_eq!(OpenAiChat.answer_usage(b"<html>"), None);
    assert_eq!(OpenAiChat.answer_usage(br#"{"choices":[{"usage":{"prompt_tokens":1}}]}"#), None);
}

#[test]
fn a_provider_that_breaks_its_format_is_a_502_that_says_where() {
    let rows = [
        ("{}", "the provider's answer is not what its format promises: choices: missing"),
        (
            r#"{"choices":[{"message":{"content":5}}]}"#,
            "the provider's answer is not what its format promises: choices[0].message.content: \
             expected a string or an array of parts, got a number",
        ),
    ];
    for (body, message) in rows {
        let error = OpenAiChat.read_answer(&parse(body.as_bytes())).unwrap_err();
        assert_eq!((error.status, error.message.as_str()), (502, message), "{body}");
    }
    // OpenRouter: 200 with an error.
    let doc = parse(br#"{"error":{"code":402,"message":"Insufficient credits"},"user_id":"u"}"#);
    let error = OpenAiChat.read_answer(&doc).unwrap_err();
    assert_eq!((error.status, error.kind, error.message.as_str()), (402, ErrorKind::Billing, "Insufficient credits"));
    assert_eq!(error.code.as_deref(), Some("402"));
}

// Streams

/// Every delta, and what each event was.
fn deltas(chunks: &[&[u8]]) -> (Vec<Delta<'static>>, Vec<Seen>) {
    let mut reader = frame::Reader::default();
    let mut chat = OpenAiChat.stream_reader();
    let (mut deltas, mut seen) = (Vec::new(), Vec::new());
    let mut each = |event: frame::Event<'_>| {
        seen.push(chat.read(&event, &mut |delta| deltas.push(delta.to_static())));
    };
    for chunk in chunks {
        reader.push(chunk, &mut each).unwrap();
    }
    reader.finish(&mut each).unwrap();
    if chat.ended() && !matches!(deltas.last(), Some(Delta::End | Delta::Error(_))) {
        deltas.push(Delta::End);
    }
    (deltas, seen)
}

#[test]
fn deltas_do_not_depend_on_where_the_bytes_are_cut() {
    for (name, stream) in STREAMS.iter().chain(&[("openrouter_error.sse", MID_STREAM_ERROR)]) {
        let whole = format!("{:?}", deltas(&[stream]));
        for cut in 1..stream.len() {
            let (head, tail) = stream.split_at(cut);
            assert_eq!(format!("{:?}", deltas(&[head, tail])), whole, "{name} cut at {cut}");
        }
        let bytes: Vec<&[u8]> = stream.chunks(1).collect();
        assert_eq!(format!("{:?}", deltas(&bytes)), whole, "{name} byte by byte");
    }
}

#[test]
fn a_stream_cut_anywhere_before_its_end_is_not_taken_for_whole() {
    for (name, stream) in STREAMS {
        let end = stream.windows(17).rposition(|w| w == b"\"finish_reason\":\"").unwrap_or(stream.len());
        for cut in 0..end {
            let (deltas, _) = deltas(&[&stream[..cut]]);
            assert!(!matches!(deltas.last(), Some(Delta::End)), "{name} cut at {cut}");
        }
    }
}

#[test]
fn azures_first_chunk_is_not_the_start_and_usage_alone_is_told_apart() {
    let (_, azure) = STREAMS[3];
    let (deltas, seen) = deltas(&[azure]);
    let Delta::Start { id, model, created } = &deltas[0] else { panic!("{:?}", deltas[0]) };
    assert_eq!((id.raw(), model.raw(), *created), ("chatcmpl-Az1", "gpt-4o-2024-11-20", Some(1_758_000_004)));
    assert_eq!(deltas.iter().filter(|delta| matches!(delta, Delta::Start { .. })).count(), 1);
    use Seen::{End, Event, UsageOnly};
    assert_eq!(seen, [Event, Event, Event, Event, Event, UsageOnly, End]);
}

#[test]
fn events_that_are_not_chunks_say_nothing() {
    let rows: [(&str, Seen); 7] = [
        (": keep-alive\n\n", Seen::Event),
        ("\n", Seen::Event),
        ("data: {\"choices\":[{\n\n", Seen::Unknown),
        ("data: 5\n\n", Seen::Unknown),
        ("data: {\"hello\":1}\n\n", Seen::Unknown),
        ("data: {\"choices\":[],\"usage\":null}\n\n", Seen::Event),
        ("event: ping\ndata: {\"choices\":null}\n\n", Seen::Event),
    ];
    for (event, want) in rows {
        let (deltas, seen) = deltas(&[event.as_bytes()]);
        assert_eq!(seen, [want], "{event}");
        assert!(deltas.is_empty(), "{event}: {deltas:?}");
    }
}

#[test]
fn errors_in_mid_stream_end_it() {
    let (all, seen) = deltas(&[MID_STREAM_ERROR]);
    assert_eq!(seen.last(), Some(&Seen::Error));
    let Some(Delta::Error(error)) = all.last() else { panic!("{all:?}") };
    assert_eq!((error.status, error.kind, error.code.as_deref()), (529, ErrorKind::Overloaded, Some("529")));
    assert!(error.message.starts_with("Provider returned error: {\"type\":\"error\""), "{}", error.message);

    let rows = [
        (r#"{"error":"boom"}"#, 502, None, "boom"),
        (r#"{"error":{"message":"slow down","type":"rate_limit_error","code":null}}"#, 429, None, "slow down"),
        (
            r#"{"object":"error","message":"too long","type":"BadRequestError","code":400}"#,
            400,
            Some("400"),
            "too long",
        ),
        (r#"{"choices":[],"x_groq":{"error":"over capacity"}}"#, 502, None, "over capacity"),
        (
            r#"{"choices":[{"index":0,"delta":{},"finish_reason":"error"}]}"#,
            502,
            Some("bad_provider_answer"),
            "the provider ended its answer with error before saying anything",
        ),
    ];
    for (data, status, code, message) in rows {
        let stream = format!("data: {data}\n\ndata: {{\"choices\":[{{\"delta\":{{\"content\":\"late\"}}}}]}}\n\n");
        let (all, seen) = deltas(&[stream.as_bytes()]);
        assert_eq!(seen.first(), Some(&Seen::Error), "{data}");
        let Some(Delta::Error(error)) = all.last() else { panic!("{data}: {all:?}") };
        assert_eq!((error.status, error.code.as_deref(), error.message.as_str()), (status, code, message), "{data}");
        assert!(!all.iter().any(|delta| matches!(delta, Delta::Text(..))), "{data}");
    }
    let (all, _) = deltas(&[b"event: error\ndata: {\"message\":\"gone\",\"code\":\"x\"}\n\n"]);
    assert!(matches!(&all[..], [Delta::Error(error)] if error.message == "gone"), "{all:?}");
    // As for OpenAI's SDK, an error that says nothing is none.
    let (all, _) = deltas(&[b"data: {\"error\":null,\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\n"]);
    assert!(matches!(all.last(), Some(Delta::Text(0, _))), "{all:?}");
}

#[test]
fn calls_are_told_apart_however_a_server_numbers_them() {
    let call = |json: &str| format!("data: {{\"choices\":[{{\"delta\":{{\"tool_calls\":[{json}]}}}}]}}\n\n");
    let rows = [
        // Sparse indices become dense.
        (
            vec![
                r#"{"index":1,"id":"a","function":{"name":"f","arguments":""}}"#,
                r#"{"index":3,"id":"b","function":{"name":"g"}}"#,
                r#"{"index":1,"function":{"arguments":"1"}}"#,
                r#"{"index":3,"function":{"arguments":"2"}}"#,
            ],
            "start 0 a f; start 1 b g; 0+1; 1+2",
        ),
        // The name after the arguments, the id repeated with another spelling of nothing.
        (
            vec![
                r#"{"index":0,"id":"a","function":{"arguments":"{"}}"#,
                r#"{"index":0,"id":"","function":{"name":"f","arguments":"}"}}"#,
                r#"{"index":0,"id":null,"function":{"name":"","arguments":" "}}"#,
            ],
            "start 0 a f; 0+{; 0+}; 0+ ",
        ),
        // No index and no id: the order tells.
        (
            vec![
                r#"{"function":{"name":"f","arguments":"{}"}}"#,
                r#"{"function":{"arguments":" "}}"#,
                r#"{"function":{"name":"g","arguments":{"a":"\n"}}}"#,
            ],
            r#"start 0  f; 0+{}; 0+ ; start 1  g; 1+{\"a\":\"\\n\"}"#,
        ),
    ];
    for (calls, want) in rows {
        let stream: String = calls.iter().map(|json| call(json)).collect();
        let shown: Vec<_> = deltas(&[stream.as_bytes()])
            .0
            .iter()
            .filter_map(|delta| match delta {
                Delta::ToolStart { index, id, name, .. } => Some(format!("start {index} {} {}", id.raw(), name.raw())),
                Delta::ToolArguments { index, fragment, .. } => Some(format!("{index}+{}", fragment.raw())),
                _ => None,
            })
            .collect();
        assert_eq!(shown.join("; "), want);
    }
}

fn stream_of(ask: &Ask, deltas: &[Delta<'_>]) -> Vec<String> {
    let mut writer = OpenAiChat.stream_writer(ask);
    let mut out = Vec::new();
    deltas.iter().for_each(|delta| writer.write(delta, &mut out));
    let out = String::from_utf8(out).unwrap();
    out.split_terminator("\n\n").map(|event| event.strip_prefix("data: ").unwrap().to_owned()).collect()
}

#[test]
fn a_stream_is_written_by_the_rules() {
    let events = stream_of(
        &ask(),
        &[
            Delta::Start { id: text("msg_1"), model: text("claude"), created: None },
            Delta::Thinking(0, text("hm")),
            Delta::Signature(0, signed("si")),
            Delta::Signature(0, signed("g")),
            Delta::RedactedThinking(0, text("d")),
            Delta::Text(0, text("a\\n")),
            Delta::Text(0, text("")),
            Delta::Usage(Usage { input: 1, ..Usage::default() }),
            Delta::ToolStart { choice: 0, index: 0, id: text("t1"), name: text("f"), signature: None },
            Delta::ToolStart { choice: 0, index: 1, id: text(""), name: text("g"), signature: None },
            Delta::ToolArguments { choice: 0, index: 1, fragment: text("{}") },
            Delta::Finish { choice: 0, finish: Finish::ToolCalls, stop_sequence: None },
            Delta::Finish { choice: 0, finish: Finish::Stop, stop_sequence: None },
            Delta::Usage(Usage { input: 3, output: 4, ..Usage::default() }),
            Delta::End,
            Delta::End,
            Delta::Text(0, text("late")),
        ],
    );
    let deltas = [
        json!({"role": "assistant", "content": ""}),
        json!({"reasoning_content": "hm"}),
        json!({"thinking_blocks": [{"index": 0, "type": "thinking", "thinking": "hm", "signature": "si"}]}),
        json!({"thinking_blocks": [{"index": 0, "type": "thinking", "thinking": "", "signature": "g"}]}),
        json!({"thinking_blocks": [{"index": 1, "type": "redacted_thinking", "data": "d"}]}),
        json!({"content": "a\n"}),
        json!({"tool_calls": [{"index": 0, "id": "t1", "type": "function", "function": {"name": "f", "arguments": ""}}]}),
        json!({"tool_calls": [{"index": 1, "id": "call_x1_0_1", "type": "function", "function": {"name": "g", "arguments": ""}}]}),
        json!({"tool_calls": [{"index": 1, "function": {"arguments": "{}"}}]}),
        json!({"tool_calls": [{"index": 0, "function": {"arguments": "{}"}}]}),
        json!({}),
    ];
    assert_eq!(events.len(), deltas.len() + 2, "{events:#?}");
    for (at, (event, delta)) in events.iter().zip(&deltas).enumerate() {
        let finish = if at == deltas.len() - 1 { json!("tool_calls") } else { json!(null) };
        assert_eq!(
            serde_json::from_str::<Json>(event).unwrap(),
            json!({"id": "msg_1", "object": "chat.completion.chunk", "created": 99, "model": "claude",
                "choices": [{"index": 0, "delta": delta, "logprobs": null, "finish_reason": finish}], "usage": null}),
            "{at}"
        );
    }
    let usage: Json = serde_json::from_str(&events[deltas.len()]).unwrap();
    assert_eq!(
        (&usage["choices"], &usage["usage"]["total_tokens"], &usage["id"]),
        (&json!([]), &json!(7), &json!("msg_1"))
    );
    assert_eq!(events.last().map(String::as_str), Some("[DONE]"));
}

#[test]
fn usage_is_written_only_if_asked_and_known() {
    let start = || Delta::Start { id: text("i"), model: text("m"), created: Some(5) };
    let usage = || Delta::Usage(Usage::default());
    let silent = Ask { include_usage: false, ..ask() };
    assert!(!stream_of(&silent, &[start(), usage(), Delta::End]).concat().contains("usage"));
    let unknown = stream_of(&ask(), &[start(), Delta::End]);
    // Role, finish, end: a proper end finishes what is open.
    assert_eq!(unknown.len(), 3);
    assert!(unknown[1].contains("\"finish_reason\":\"stop\""), "{}", unknown[1]);
    assert_eq!(stream_of(&ask(), &[Delta::End]), ["[DONE]"]);
}

#[test]
fn after_an_error_nothing_is_written() {
    let error = ApiError::provider(529, Some("overloaded".into()), "busy \"now\"");
    let events = stream_of(
        &ask(),
        &[
            Delta::Start { id: text("i"), model: text("m"), created: None },
            Delta::Text(0, text("a")),
            Delta::Error(error),
            Delta::Text(0, text("late")),
            Delta::End,
        ],
    );
    assert_eq!(events.len(), 3);
    assert_eq!(
        serde_json::from_str::<Json>(&events[2]).unwrap(),
        json!({"error": {"message": "busy \"now\"", "type": "server_error", "param": null, "code": "overloaded"}})
    );
}

// Errors

#[test]
fn errors_are_read_in_every_shape() {
    /// Status, body; message, code, param.
    type Row = (u16, &'static str, &'static str, Option<&'static str>, Option<&'static str>);
    let rows: &[Row] = &[
        (
            401,
            r#"{"error":{"message":"Incorrect API key","type":"invalid_request_error","param":null,"code":"invalid_api_key"}}"#,
            "Incorrect API key",
            Some("invalid_api_key"),
            None,
        ),
        (
            400,
            r#"{"error":{"message":"bad","type":"invalid_request_error","param":"messages","code":null}}"#,
            "bad",
            None,
            Some("messages"),
        ),
        (
            400,
            r#"{"error":{"code":"content_filter","message":"filtered","innererror":{"code":"x"}}}"#,
            "filtered",
            Some("content_filter"),
            None,
        ),
        (401, r#"{"statusCode":401,"message":"Access denied"}"#, "Access denied", None, None),
        (
            400,
            r#"{"code":"Client specified an invalid argument","error":"no such model"}"#,
            "no such model",
            Some("Client specified an invalid argument"),
            None,
        ),
        (422, r#"{"error":"too long","error_type":"validation"}"#, "too long", None, None),
        (400, r#"{"error_code":"BAD_REQUEST","message":"m"}"#, "m", Some("BAD_REQUEST"), None),
        (
            400,
            r#"{"object":"error","message":"m","type":"BadRequestError","param":null,"code":40001}"#,
            "m",
            Some("40001"),
            None,
        ),
        (
            422,
            r#"{"detail":[{"loc":["body","messages",0],"msg":"field required","type":"x"},{"msg":"second"}]}"#,
            "body.messages.0: field required; second",
            None,
            None,
        ),
        (422, r#"{"object":"error","message":{"detail":[{"loc":["body"],"msg":"extra"}]}}"#, "body: extra", None, None),
        (500, r#"{"detail":"Internal"}"#, "Internal", None, None),
        (
            400,
            r#"[{"error":{"code":400,"message":"google","status":"INVALID_ARGUMENT"}}]"#,
            "google",
            Some("INVALID_ARGUMENT"),
            None,
        ),
        (
            429,
            r#"{"error":{"code":429,"message":"Provider returned error","metadata":{"raw":"upstream says no","provider_name":"X"}},"user_id":"u"}"#,
            "Provider returned error: upstream says no",
            Some("429"),
            None,
        ),
        (
            403,
            r#"{"success":false,"errors":[{"code":10000,"message":"Authentication error"}]}"#,
            "Authentication error",
            Some("10000"),
            None,
        ),
        (400, r#"{"message":"cohere","id":"1"}"#, "cohere", None, None),
        (400, r#"{"Message":"aws"}"#, "aws", None, None),
        (500, r#""just words""#, "just words", None, None),
        (502, "<html><body>502</body></html>", "the provider answered 502 Bad Gateway", None, None),
        (503, "upstream connect error", "the provider answered 503 Service Unavailable", None, None),
        (529, "", "the provider answered 529 Overloaded", None, None),
        (418, "{}", "the provider answered 418", None, None),
        (200, "<html>", "the provider answered 502 Bad Gateway", None, None),
        (500, r#"{"error":{}}"#, "the provider answered 500 Internal Server Error", None, None),
    ];
    for (status, body, message, code, param) in rows {
        let error = OpenAiChat.read_error(*status, &Headers::new(), body.as_bytes());
        assert_eq!(
            (error.message.as_str(), error.code.as_deref(), error.param.as_deref()),
            (*message, *code, *param),
            "{body}"
        );
        assert_eq!(error.status, if *status == 200 { 502 } else { *status }, "{body}");
    }
    let long = format!("{{\"error\":\"{}\"}}", "é".repeat(100_000));
    assert_eq!(OpenAiChat.read_error(500, &Headers::new(), long.as_bytes()).message.chars().count(), 2001);
}

#[test]
fn retry_after_is_read_in_seconds_from_either_header() {
    let rows = [
        (("retry-after", "7"), Some(7)),
        (("retry-after", " 1.2 "), Some(2)),
        (("retry-after-ms", "1500"), Some(2)),
        (("retry-after", "Wed, 21 Oct 2026 07:28:00 GMT"), None),
        (("retry-after", "-1"), None),
        (("retry-after", "NaN"), None),
        (("x", "1"), None),
    ];
    for (header, want) in rows {
        let headers: Headers = [header].into_iter().collect();
        assert_eq!(OpenAiChat.read_error(429, &headers, b"").retry_after_secs, want, "{header:?}");
    }
}

#[test]
fn errors_are_written_in_openais_shape() {
    let quota = OpenAiChat.read_error(
        429,
        &Headers::new(),
        br#"{"error":{"message":"q","type":"insufficient_quota","code":"insufficient_quota"}}"#,
    );
    let rows = [
        (ApiError::invalid_request("messages[0]", "m"), "invalid_request_error", json!("invalid_request")),
        (ApiError::invalid_key("m"), "invalid_request_error", json!("invalid_api_key")),
        (ApiError::forbidden("model_not_allowed", "m"), "permission_error", json!("model_not_allowed")),
        (ApiError::not_found("model_not_found", "m"), "invalid_request_error", json!("model_not_found")),
        (ApiError::too_large("m"), "invalid_request_error", json!("request_too_large")),
        (ApiError::rate_limited("m", 3), "rate_limit_error", json!("rate_limit_exceeded")),
        (ApiError::provider(429, None, "m"), "rate_limit_error", json!("rate_limit_exceeded")),
        (ApiError::provider(402, None, "m"), "insufficient_quota", json!("insufficient_quota")),
        (ApiError::provider(504, None, "m"), "timeout", json!("timeout")),
        (ApiError::provider(529, None, "m"), "server_error", json!(null)),
        (ApiError::provider(500, Some("42".into()), "m"), "server_error", json!("42")),
        (quota, "insufficient_quota", json!("insufficient_quota")),
    ];
    for (error, kind, code) in rows {
        let body: Json = serde_json::from_slice(&OpenAiChat.write_error(&error)).unwrap();
        let want = json!({"error": {"message": error.message, "type": kind, "param": error.param, "code": code}});
        assert_eq!(body, want);
    }
}

// Hostile input

/// Every body like this one in which one value is of another kind.
fn mutations(value: &Json) -> Vec<Json> {
    let mut others =
        vec![json!(null), json!(true), json!(-1.5), json!(""), json!("x"), json!([]), json!([1]), json!({})];
    others.push(json!({"type": "text"}));
    others.push(json!([[{"type": 1}]]));
    match value {
        Json::Object(members) => {
            for (key, inner) in members {
                for changed in mutations(inner) {
                    let mut copy = members.clone();
                    copy.insert(key.clone(), changed);
                    others.push(Json::Object(copy));
                }
                let mut copy = members.clone();
                copy.remove(key);
                others.push(Json::Object(copy));
            }
        }
        Json::Array(items) => {
            for (index, inner) in items.iter().enumerate() {
                for changed in mutations(inner) {
                    let mut copy = items.clone();
                    copy[index] = changed;
                    others.push(Json::Array(copy));
                }
            }
        }
        _ => {}
    }
    others
}

#[test]
fn any_json_is_read_or_refused_with_its_path() {
    let request: Json = serde_json::from_slice(REQUEST).unwrap();
    let (mut read, mut wrong) = (0, 0);
    for body in mutations(&request) {
        let body = body.to_string();
        let doc = parse(body.as_bytes());
        match OpenAiChat.read_request(&doc) {
            Ok(request) => {
                read += 1;
                let mut loss = Loss::default();
                if let Ok(out) = OpenAiChat.write_request(&request, &TARGET, &mut loss) {
                    parse(&out);
                }
            }
            Err(error) => {
                wrong += 1;
                assert_eq!(error.status, 400);
                let place = error.param.as_deref().unwrap_or("the body");
                assert!(error.message.starts_with(&format!("{place}: ")), "{}", error.message);
            }
        }
        let mut edits = Edits::new();
        OpenAiChat.retarget(&doc, &TARGET, &mut edits);
        parse(&edits.apply(body.as_bytes()));
    }
    assert!(read > 100 && wrong > 100, "{read} read, {wrong} refused");
}

#[test]
fn any_answer_chunk_or_error_is_read_without_harm() {
    for (name, whole) in WHOLES {
        for body in mutations(&serde_json::from_slice(whole).unwrap()) {
            let body = body.to_string();
            let doc = parse(body.as_bytes());
            match OpenAiChat.read_answer(&doc) {
                Ok(answer) => drop(parse(&OpenAiChat.write_answer(&answer, &ask()))),
                Err(error) => assert!((400..600).contains(&error.status), "{name}: {body}"),
            }
            OpenAiChat.answer_usage(body.as_bytes());
            parse(&OpenAiChat.write_error(&OpenAiChat.read_error(500, &Headers::new(), body.as_bytes())));
        }
    }
    for (name, stream) in STREAMS {
        let events: Vec<&str> =
            std::str::from_utf8(stream).unwrap().lines().filter_map(|line| line.strip_prefix("data: ")).collect();
        for (at, event) in events.iter().enumerate() {
            let Ok(chunk) = serde_json::from_str::<Json>(event) else { continue };
            for changed in mutations(&chunk) {
                let mut lines: Vec<String> = events.iter().map(|event| format!("data: {event}\n\n")).collect();
                lines[at] = format!("data: {changed}\n\n");
                let stream = lines.concat();
                let mut writer = OpenAiChat.stream_writer(&ask());
                let mut out = Vec::new();
                for delta in deltas(&[stream.as_bytes()]).0 {
                    writer.write(&delta, &mut out);
                }
                for data in String::from_utf8(out).unwrap().split_terminator("\n\n") {
                    let data = data.strip_prefix("data: ").unwrap();
                    assert!(data == "[DONE]" || serde_json::from_str::<Json>(data).is_ok(), "{name}: {data}");
                }
            }
        }
    }
}

#[test]
fn a_hostile_stream_cannot_make_the_state_grow() {
    let mut stream = String::new();
    for i in 0..1000 {
        stream.push_str(&format!(
            "data: {{\"choices\":[{{\"index\":{i},\"delta\":{{\"content\":\"a\"}}}},{{\"index\":0,\"delta\":{{\"tool_calls\":[{{\"index\":{i},\"id\":\"c{i}\",\"function\":{{\"name\":\"f\"}}}}]}}}}]}}\n\n"
        ));
    }
    let (all, _) = deltas(&[stream.as_bytes()]);
    assert_eq!(all.iter().filter(|delta| matches!(delta, Delta::ToolStart { .. })).count(), 128);
    assert_eq!(all.iter().filter(|delta| matches!(delta, Delta::Text(..))).count(), 128);
}
