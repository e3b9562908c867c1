use super::OllamaChat;
use crate::chat::{
    Answer, ApiError, Arguments, Choice, Citation, Delta, Effort, ErrorKind, Finish, Fold, Logprob, Media, MediaKind,
    MediaSource, Message, Part, Reasoning, Request, ResponseFormat, Role, Tool, ToolCall, ToolChoice, Usage,
};
use crate::format::{Ask, Format, Loss, Quirks, Seen, Step, Target, TextKind};
use crate::http::Headers;
use crate::wire::frame::{self, Framing};
use crate::wire::json::{Doc, Edits, Text};
use serde_json::{Value as Json, json};

macro_rules! fixture {
    ($name:literal) => {
        include_str!(concat!("../../../tests/fixtures/ollama_chat/", $name))
    };
}

const REQUEST: &str = fixture!("request.json");
/// Streams, each with the same answer as a whole.
const STREAMS: &[(&str, &str)] = &[
    (fixture!("text.ndjson"), fixture!("text.json")),
    (fixture!("thinking_tools.ndjson"), fixture!("thinking_tools.json")),
    (fixture!("no_ids.ndjson"), fixture!("no_ids.json")),
    (fixture!("logprobs.ndjson"), fixture!("logprobs.json")),
];
const FAILED: &str = fixture!("error.ndjson");
const TARGET: Target<'static> = Target { model: "llama", quirks: &Quirks::DEFAULT };

fn ask() -> Ask {
    Ask { model: "asked".into(), stream: true, now_secs: 1_700_000_000, fallback_id: "f1".into(), ..Ask::default() }
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

fn function<'a>(name: &'a str, parameters: Option<&'a str>) -> Tool<'a> {
    let parameters = parameters.map(Into::into);
    Tool::Function { name: text(name), description: None, parameters, strict: None, cache: None }
}

/// A request of one turn.
fn hello<'a>() -> Request<'a> {
    Request { messages: vec![turn(Role::User, vec![said("hi")])], ..Request::default() }
}

fn written(request: &Request<'_>) -> (Json, Vec<String>) {
    let mut loss = Loss::default();
    let body = OllamaChat.write_request(request, &TARGET, &mut loss).unwrap();
    (serde_json::from_slice(&body).unwrap(), loss.0)
}

fn refused(request: &Request<'_>) -> ApiError {
    OllamaChat.write_request(request, &TARGET, &mut Loss::default()).unwrap_err()
}

fn shown(body: &str, show: impl Fn(&Request<'_>) -> String) -> String {
    let doc = Doc::parse(body.as_bytes()).unwrap();
    show(&OllamaChat.read_request(&doc).unwrap_or_else(|error| panic!("{error:?}: {body}")))
}

fn each_delta(stream: &[u8], cut: usize, mut each: impl FnMut(Delta<'_>)) -> Vec<Seen> {
    let (mut frames, mut reader) = (frame::Reader::new(Framing::NdJson), OllamaChat.stream_reader());
    let mut seen = Vec::new();
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

/// What an answer says. Of arguments what they mean, which a stream has in a string; of the time only whether it was told:
/// a stream begins before it ends.
fn gist(answer: &Answer<'_>) -> String {
    let choice = &answer.choices[0];
    let part = |part: &Part<'_>| match part {
        Part::ToolCall(call) => {
            let arguments = match &call.arguments {
                Arguments::Json(json) => (*json).to_owned(),
                Arguments::Text(text) => text.decode().into_owned(),
            };
            format!("{:?} {:?} {arguments}", call.id, call.name)
        }
        part => format!("{part:?}"),
    };
    let parts: Vec<_> = choice.parts.iter().map(part).collect();
    let Answer { id, model, usage, created, .. } = answer;
    let told = created.is_some();
    format!("{id:?} {model:?} {told} {parts:#?} {:?} {:?} {usage:?}", choice.finish, choice.logprobs)
}

fn read_answer(body: &str) -> String {
    let doc = Doc::parse(body.as_bytes()).unwrap();
    gist(&OllamaChat.read_answer(&doc).unwrap_or_else(|error| panic!("{error:?}: {body}")))
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
    let request = OllamaChat.read_request(&doc).unwrap();
    let mut loss = Loss::default();
    let target = Target { model: "qwen3:8b", quirks: &Quirks::DEFAULT };
    let body = OllamaChat.write_request(&request, &target, &mut loss).unwrap();
    assert_eq!(loss, Loss::default());
    let again = Doc::parse(&body).unwrap();
    let again = OllamaChat.read_request(&again).unwrap();
    assert_eq!(format!("{again:#?}"), format!("{request:#?}"));
    // Nothing of it is left out, not even the text of a number.
    assert_eq!(serde_json::from_slice::<Json>(&body).unwrap(), serde_json::from_str::<Json>(REQUEST).unwrap());
    assert!(String::from_utf8_lossy(&body).contains(r#""temperature":0.70,"#));
}

#[test]
fn every_field_of_a_request_is_read() {
    let rows: &[(&str, fn(&Request<'_>) -> String, &str)] = &[
        ("{}", |it| format!("{} {} {}", it.stream, it.include_usage, it.messages.len()), "true true 0"),
        (r#"{"stream":false}"#, |it| format!("{}", it.stream), "false"),
        (r#"{"format":"json"}"#, |it| format!("{:?}", it.response_format), "Some(JsonObject)"),
        (r#"{"format":""}"#, |it| format!("{:?}", it.response_format), "None"),
        (
            r#"{"format":{"type":"object"}}"#,
            |it| format!("{:?}", it.response_format),
            r#"Some(JsonSchema { name: None, description: None, schema: "{\"type\":\"object\"}", strict: None })"#,
        ),
        (r#"{"think":true}"#, |it| format!("{:?}", it.reasoning), "Some(Effort(Medium))"),
        (r#"{"think":false}"#, |it| format!("{:?}", it.reasoning), "Some(Off)"),
        (r#"{"think":"max"}"#, |it| format!("{:?}", it.reasoning), "Some(Effort(Max))"),
        (r#"{"options":{"stop":"x"}}"#, |it| format!("{:?}", it.stop), r#"[Text("x")]"#),
        (r#"{"options":{"num_predict":7}}"#, |it| format!("{:?}", it.max_tokens), "Some(7)"),
        (
            r#"{"options":{"num_predict":-1,"num_ctx":4096,"seed":null},"keep_alive":-1}"#,
            |it| format!("{:?} {:?}", it.max_tokens, it.extra),
            r#"None [(Text("options.num_predict"), "-1"), (Text("options.num_ctx"), "4096"), (Text("keep_alive"), "-1")]"#,
        ),
        (
            r#"{"logprobs":true,"top_logprobs":3}"#,
            |it| format!("{} {:?}", it.logprobs, it.top_logprobs),
            "true Some(3)",
        ),
        (
            r#"{"tools":[{"type":"function","function":{"name":"f"}},{"function":{"name":"g","description":"d","parameters":{}}}]}"#,
            |it| format!("{:?}", it.tools),
            r#"[Function { name: Text("f"), description: None, parameters: None, strict: None, cache: None }, Function { name: Text("g"), description: Some(Text("d")), parameters: Some("{}"), strict: None, cache: None }]"#,
        ),
    ];
    for (body, show, wanted) in rows {
        assert_eq!(shown(body, show), *wanted, "{body}");
    }
}

#[test]
fn a_picture_is_known_by_its_first_bytes() {
    for (begins, media_type) in [
        ("iVBORw0KGgoAAAA", "image/png"),
        ("/9j/4AAQ", "image/jpeg"),
        (r"\/9j\/4AAQ", "image/jpeg"),
        ("R0lGODlh", "image/gif"),
        ("UklGRiQA", "image/webp"),
    ] {
        let body = format!(r#"{{"messages":[{{"role":"User","images":["{begins}"]}}]}}"#);
        let wanted = format!("Data {{ media_type: Text({media_type:?}), data: Text({begins:?}) }}");
        let show = |it: &Request<'_>| match &it.messages[0].parts[..] {
            [Part::Media(media)] => format!("{:?}", media.source),
            parts => format!("{parts:?}"),
        };
        assert_eq!(shown(&body, show), wanted);
    }
}

#[test]
fn results_without_an_id_are_those_of_the_oldest_call_of_their_name() {
    let call = |id: &str, name: &str| format!(r#"{{{id}"function":{{"name":"{name}","arguments":{{}}}}}}"#);
    let calls = [call("", "f"), call("", "g"), call(r#""id":"mine","#, "f")].join(",");
    let result = |more: &str| format!(r#"{{"role":"tool","content":"x"{more}}}"#);
    let rows = [
        (vec![r#","tool_name":"g""#, r#","tool_name":"f""#, r#","tool_name":"f""#], "call_2 call_1 mine"),
        (vec!["", r#","tool_name":"f""#, ""], "call_1 mine call_2"),
        (vec![r#","tool_call_id":"mine""#, r#","tool_name":"f""#, r#","tool_name":"nobody""#], "mine call_1 call_2"),
        (vec!["", "", "", ""], "call_1 call_2 mine call_3"),
        (vec![r#","tool_call_id":"unheard of""#], "unheard of"),
    ];
    for (results, wanted) in rows {
        let results: Vec<_> = results.into_iter().map(result).collect();
        let body = format!(
            r#"{{"messages":[{{"role":"assistant","content":"","tool_calls":[{calls}]}},{}]}}"#,
            results.join(",")
        );
        let show = |it: &Request<'_>| {
            let ids = it.messages.iter().flat_map(|message| &message.parts).filter_map(|part| match part {
                Part::ToolResult { id, .. } => Some(id.decode().into_owned()),
                _ => None,
            });
            ids.collect::<Vec<_>>().join(" ")
        };
        assert_eq!(shown(&body, show), wanted);
    }
}

#[test]
fn what_is_wrong_with_a_request_is_told_with_its_path() {
    let rows = [
        ("[]", "the body: expected an object, got an array"),
        (r#"{"messages":{}}"#, "messages: expected an array, got an object"),
        (r#"{"messages":[{"content":"x"}]}"#, "messages[0].role: missing"),
        (
            r#"{"messages":[{"role":"developer","content":"x"}]}"#,
            r#"messages[0].role: expected one of system, user, assistant, tool, got "developer""#,
        ),
        (
            r#"{"messages":[{"role":"user","content":[{"type":"text"}]}]}"#,
            "messages[0].content: expected a string, got an array",
        ),
        (
            r#"{"messages":[{"role":"user","images":["data:image/png;base64,iVBORw0KGgo="]}]}"#,
            "messages[0].images[0]: expected base64, got something else at its character 4",
        ),
        (
            r#"{"messages":[{"role":"assistant","tool_calls":[{"function":{"name":"f","arguments":"{}"}}]}]}"#,
            "messages[0].tool_calls[0].function.arguments: expected an object, got a string",
        ),
        (r#"{"options":{"temperature":"hot"}}"#, "options.temperature: expected a number, got a string"),
        (r#"{"options":{"num_predict":1.5}}"#, "options.num_predict: expected a whole number from 0 up, got 1.5"),
        (r#"{"format":"yaml"}"#, r#"format: expected one of json, a JSON Schema, got "yaml""#),
        (r#"{"think":7}"#, "think: expected a boolean or a string, got a number"),
        (r#"{"think":"so"}"#, r#"think: expected one of true, false, low, medium, high, max, got "so""#),
        (r#"{"stream":"yes"}"#, "stream: expected a boolean, got a string"),
    ];
    for (body, message) in rows {
        let error = OllamaChat.read_request(&Doc::parse(body.as_bytes()).unwrap()).unwrap_err();
        assert_eq!((error.status, error.message.as_str()), (400, message), "{body}");
    }
}

#[test]
fn every_setting_is_written_in_ollamas_words() {
    type Row = (fn(&mut Request<'static>), Json, &'static [&'static str]);
    let rows: &[Row] = &[
        (|it| it.stream = true, json!({"stream": true}), &[]),
        (|it| it.max_tokens = Some(5), json!({"options": {"num_predict": 5}}), &[]),
        (|it| it.temperature = Some("1.5"), json!({"options": {"temperature": 1.5}}), &[]),
        (|it| it.temperature = Some("2.5"), json!({"options": {"temperature": 2}}), &["temperature"]),
        (|it| it.stop = vec![text("a\\n")], json!({"options": {"stop": ["a\n"]}}), &[]),
        (
            |it| (it.top_p, it.top_k, it.seed) = (Some("0.5"), Some("4"), Some("7")),
            json!({"options": {"top_p": 0.5, "top_k": 4, "seed": 7}}),
            &[],
        ),
        (|it| it.response_format = Some(ResponseFormat::JsonObject), json!({"format": "json"}), &[]),
        (
            |it| {
                let schema = r#"{"type":"object"}"#.into();
                let (name, description) = (Some(text("n")), None);
                it.response_format = Some(ResponseFormat::JsonSchema { name, description, schema, strict: Some(true) });
            },
            json!({"format": {"type": "object"}}),
            &[],
        ),
        (|it| it.reasoning = Some(Reasoning::Off), json!({"think": false}), &[]),
        (|it| it.reasoning = Some(Reasoning::Budget(0)), json!({"think": false}), &[]),
        (|it| it.reasoning = Some(Reasoning::Budget(2047)), json!({"think": "low"}), &[]),
        (|it| it.reasoning = Some(Reasoning::Budget(2048)), json!({"think": "medium"}), &[]),
        (|it| it.reasoning = Some(Reasoning::Budget(4096)), json!({"think": "high"}), &[]),
        (|it| it.reasoning = Some(Reasoning::Effort(Effort::Minimal)), json!({"think": "low"}), &[]),
        (|it| it.reasoning = Some(Reasoning::Effort(Effort::Max)), json!({"think": "high"}), &[]),
        (|it| (it.logprobs, it.top_logprobs) = (true, Some(2)), json!({"logprobs": true, "top_logprobs": 2}), &[]),
        // Ollama's own, by whatever way they came.
        (
            |it| {
                it.temperature = Some("0.1");
                it.extra = vec![
                    (text("options.num_ctx"), "4096"),
                    (text("keep_alive"), "\"5m\""),
                    (text("options"), r#"{"num_ctx":1,"temperature":9,"mirostat":2}"#),
                    (text("num_ctx"), "7"),
                    (text("modalities"), "[]"),
                ];
            },
            json!({"keep_alive": "5m", "options": {"temperature": 0.1, "num_ctx": 4096, "mirostat": 2}}),
            &["modalities"],
        ),
    ];
    for (change, wanted, lost) in rows {
        let mut request = hello();
        change(&mut request);
        let (body, loss) = written(&request);
        let mut whole = json!({"model": "llama", "messages": [{"role": "user", "content": "hi"}], "stream": false});
        whole.as_object_mut().unwrap().extend(wanted.as_object().unwrap().clone());
        assert_eq!(body, whole);
        assert_eq!(loss, *lost, "{wanted}");
    }
}

#[test]
fn more_options_than_ollama_has_are_reported() {
    let options: Vec<_> = (0..200).map(|n| format!(r#""option_{n}":{n}"#)).collect();
    let options = format!("{{{}}}", options.join(","));
    let (body, loss) = written(&Request { extra: vec![(text("options"), &options)], ..hello() });
    assert_eq!((body["options"].as_object().unwrap().len(), loss), (128, vec!["options".to_owned()]));
}

#[test]
fn every_turn_is_written_in_ollamas_words() {
    let rows: Vec<(Vec<Message<'_>>, Json, &[&str])> = vec![
        (
            vec![turn(Role::Developer, vec![said("a"), said("b")]), turn(Role::User, vec![said(" ")])],
            json!([{"role": "system", "content": "a\nb"}]),
            &[],
        ),
        (
            vec![turn(
                Role::User,
                vec![
                    said("Look"),
                    media(MediaKind::Image, data("image/png", "iVBORw0KGgo=")),
                    media(MediaKind::File, data("text/plain", "SGksICJ5b3UiCg==")),
                ],
            )],
            json!([{"role": "user", "content": "Look\nHi, \"you\"\n", "images": ["iVBORw0KGgo="]}]),
            &[],
        ),
        (
            vec![
                turn(
                    Role::Assistant,
                    vec![
                        thought("hm"),
                        said("Let me "),
                        said("look."),
                        call("1", "f", Arguments::Text(text(r#"{\"a\":\"\\n\"}"#))),
                        call("2", "g", Arguments::Text(text(""))),
                    ],
                ),
                turn(
                    Role::User,
                    vec![
                        said("and?"),
                        result("2", Some(true), vec![]),
                        result(
                            "1",
                            Some(true),
                            vec![said("no"), media(MediaKind::Image, data("image/gif", "R0lGODlh"))],
                        ),
                        result("3", None, vec![said("a"), said("b")]),
                    ],
                ),
            ],
            json!([
                {"role": "assistant", "content": "Let me look.", "thinking": "hm", "tool_calls": [
                    {"id": "1", "function": {"index": 0, "name": "f", "arguments": {"a": "\n"}}},
                    {"id": "2", "function": {"index": 1, "name": "g", "arguments": {}}}
                ]},
                {"role": "tool", "content": "Error", "tool_name": "g", "tool_call_id": "2"},
                {"role": "tool", "content": "Error: no", "images": ["R0lGODlh"], "tool_name": "f", "tool_call_id": "1"},
                {"role": "tool", "content": "a\nb", "tool_call_id": "3"},
                {"role": "user", "content": "and?"}
            ]),
            &[],
        ),
        (
            vec![turn(
                Role::Assistant,
                vec![Part::Citation(Citation::default()), Part::Other { kind: text("search"), raw: "{}" }],
            )],
            json!([]),
            &["messages[].citations", "messages[].content[].search"],
        ),
    ];
    for (messages, wanted, lost) in rows {
        let (body, loss) = written(&Request { messages, ..Request::default() });
        assert_eq!(body["messages"], wanted);
        assert_eq!(loss, *lost, "{wanted}");
    }
}

#[test]
fn tools_are_sent_unless_none_may_be_called() {
    let schema = r#"{"type":"object"}"#;
    let tools = || vec![function("f", Some(schema)), function("g", None)];
    let both = json!([
        {"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}},
        {"type": "function", "function": {"name": "g"}}
    ]);
    let rows = [
        (None, both.clone()),
        (Some(ToolChoice::Auto), both.clone()),
        (Some(ToolChoice::None), Json::Null),
        (Some(ToolChoice::Allowed { required: false, names: vec![text("g")] }), json!([both[1]])),
    ];
    for (tool_choice, wanted) in rows {
        let place = format!("{tool_choice:?}");
        assert_eq!(written(&Request { tools: tools(), tool_choice, ..hello() }).0["tools"], wanted, "{place}");
    }
    for tool_choice in [
        ToolChoice::Required,
        ToolChoice::Named(text("f")),
        ToolChoice::Allowed { required: true, names: vec![text("f")] },
    ] {
        let error = refused(&Request { tools: tools(), tool_choice: Some(tool_choice), ..hello() });
        assert_eq!(error.message, "tool_choice: this model's provider cannot be made to call a tool");
        assert_eq!(error.param.as_deref(), Some("tool_choice"));
    }
}

#[test]
fn what_ollama_cannot_be_told_is_refused_with_its_path() {
    let user = |part| vec![Message { at: 2, ..turn(Role::User, vec![said("x"), part]) }];
    let rows: Vec<(Vec<Message<'_>>, &str)> = vec![
        (
            user(media(MediaKind::Image, MediaSource::Url(text("https://a/b.png")))),
            "messages[2].content[1]: a picture that is not in the body cannot be sent to this model's provider",
        ),
        (
            user(media(MediaKind::Image, data("image/bmp", "Qk0="))),
            "messages[2].content[1]: a picture that is none of PNG, JPEG, GIF and WebP cannot be sent to this model's provider",
        ),
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
            user(Part::Other { kind: text("new"), raw: "{}" }),
            "messages[2].content[1]: content of type new cannot be sent to this model's provider",
        ),
        (
            vec![turn(Role::Assistant, vec![said("a"), call("1", "f", Arguments::Text(text("[1]")))])],
            "messages[0].tool_calls[0].function.arguments: expected a JSON object",
        ),
    ];
    for (messages, wanted) in rows {
        let error = refused(&Request { messages, ..Request::default() });
        assert_eq!((error.status, error.message.as_str()), (400, wanted));
        assert_eq!(error.param.as_deref(), wanted.split(':').next());
    }
    let tools = vec![Tool::Other { kind: text("web_search"), raw: "{}" }];
    let tool = refused(&Request { tools, ..hello() });
    assert_eq!(tool.message, "tools[0]: this model's provider has no tool of the type web_search");
}

#[test]
fn retarget_changes_the_model_and_nothing_else() {
    let body = br#"{ "model" : "llama\u003a3", "options":{"num_ctx":1e4} , "from_the_future":[1.50]}"#;
    let doc = Doc::parse(body).unwrap();
    let retarget = |model| {
        let mut edits = Edits::new();
        OllamaChat.retarget(&doc, &Target { model, quirks: &Quirks::DEFAULT }, &mut edits);
        String::from_utf8(edits.apply(body)).unwrap()
    };
    let wanted = r#"{ "model" : "qwen3:8b", "options":{"num_ctx":1e4} , "from_the_future":[1.50]}"#;
    assert_eq!(retarget("qwen3:8b"), wanted);
    assert_eq!(retarget("llama:3").as_bytes(), body);
}

#[test]
fn every_string_of_a_body_is_what_its_row_says() {
    use TextKind::{Opaque, Text};
    let rows = [
        ("model", Opaque),
        ("messages.[].role", Opaque),
        ("messages.[].content", Text),
        ("messages.[].thinking", Text),
        ("messages.[].images.[]", Opaque),
        ("messages.[].tool_name", Opaque),
        ("messages.[].tool_call_id", Opaque),
        ("messages.[].tool_calls.[].id", Opaque),
        ("messages.[].tool_calls.[].function.name", Opaque),
        ("messages.[].tool_calls.[].function.arguments.id", Text),
        ("messages.[].tool_calls.[].function.arguments.a.[].name", Text),
        ("messages.[].from_the_future", Text),
        ("message.content", Text),
        ("tools.[].function.name", Opaque),
        ("tools.[].function.description", Text),
        ("tools.[].function.parameters.properties.a.type", Opaque),
        ("tools.[].function.parameters.properties.type.description", Text),
        ("format", Opaque),
        ("format.type", Opaque),
        ("format.properties.a.enum.[]", Text),
        ("format.description", Text),
        ("think", Opaque),
        ("keep_alive", Opaque),
        ("options.seed", Opaque),
        ("options.stop.[]", Text),
        ("options.from_the_future", Text),
        ("template", Text),
    ];
    for (path, kind) in rows {
        let steps: Vec<_> =
            path.split('.').map(|word| if word == "[]" { Step::Item } else { Step::Key(word) }).collect();
        assert_eq!(OllamaChat.text_at(&steps), kind, "{path}");
    }
}

// Answers

#[test]
fn an_answer_is_read_in_full() {
    let doc = Doc::parse(fixture!("thinking_tools.json").as_bytes()).unwrap();
    let answer = OllamaChat.read_answer(&doc).unwrap();
    let wanted = [
        thought("The user wants the weather."),
        said("Let me look."),
        call("call_a1b2c3d4", "get_weather", Arguments::Json(r#"{"city":"Oslo","days":2}"#)),
        call("call_e5f6a7b8", "get_time", Arguments::Json("{}")),
    ];
    assert_eq!(format!("{:?}", answer.choices[0].parts), format!("{wanted:?}"));
    assert_eq!(answer.choices[0].finish, Finish::ToolCalls);
    assert_eq!(answer.usage, Some(Usage { input: 155, output: 64, ..Usage::default() }));
    assert_eq!((answer.id.raw(), answer.model.raw(), answer.created), ("", "qwen3:8b", Some(1_787_353_198)));

    let doc = Doc::parse(fixture!("logprobs.json").as_bytes()).unwrap();
    let answer = OllamaChat.read_answer(&doc).unwrap();
    let pair = |token, logprob| (text(token), text(logprob));
    let wanted = [
        Logprob { token: text("Yes"), logprob: text("-0.25"), top: vec![pair("Yes", "-0.25"), pair("No", "-1.5")] },
        Logprob { token: text("!"), logprob: text("-0.0078125"), top: vec![] },
    ];
    assert_eq!(format!("{:?}", answer.choices[0].logprobs), format!("{wanted:?}"));
    assert_eq!(answer.choices[0].finish, Finish::Length);
    // A model that was only loaded says nothing.
    let doc = Doc::parse(fixture!("load.json").as_bytes()).unwrap();
    let answer = OllamaChat.read_answer(&doc).unwrap();
    assert!(answer.choices[0].parts.is_empty() && answer.usage.is_none());
}

#[test]
fn usage_is_what_was_counted() {
    let rows: &[(&str, Option<(u64, u64, bool)>)] = &[
        (r#"{"prompt_eval_count":3,"eval_count":4}"#, Some((3, 4, false))),
        // The prompt lay in the cache: it was not counted, and is not nothing.
        (r#"{"eval_count":4}"#, Some((0, 4, true))),
        (r#"{"prompt_eval_count":3}"#, Some((3, 0, true))),
        (r#"{"total_duration":7}"#, None),
        ("<html>", None),
    ];
    for (body, wanted) in rows {
        let told = OllamaChat.answer_usage(body.as_bytes());
        assert_eq!(told.map(|it| (it.input, it.output, it.estimated)), *wanted, "{body}");
    }
}

#[test]
fn what_is_no_answer_is_an_error() {
    let rows: &[(&str, u16, &str)] = &[
        (r#"{"error":"model 'x' not found"}"#, 502, "model 'x' not found"),
        ("{}", 502, "the provider's answer is not what its format promises: message: missing"),
        (
            r#"{"message":{"content":7},"done":true}"#,
            502,
            "the provider's answer is not what its format promises: message.content: expected a string, got a number",
        ),
        (r#"{"message":{"content":"ha"},"done":false}"#, 502, "the provider's answer is not done"),
    ];
    for (body, status, message) in rows {
        let error = OllamaChat.read_answer(&Doc::parse(body.as_bytes()).unwrap()).unwrap_err();
        assert_eq!((error.status, error.message.as_str()), (*status, *message), "{body}");
        assert_eq!(error.source, crate::chat::ErrorSource::Provider);
    }
}

/// An answer of another provider.
fn foreign() -> Answer<'static> {
    Answer {
        id: text("chatcmpl-1"),
        model: text("gpt-x"),
        created: Some(1_691_164_339),
        choices: vec![Choice {
            parts: vec![
                thought("hm"),
                said("He said "),
                said(r#"\"hi\""#),
                Part::Refusal(text("no")),
                call("", "f", Arguments::Text(text("{\\n \\\"a\\\": \\\"b\\\\nc\\\"}"))),
                call("7", "g", Arguments::Text(text("{\\\"a\\\":"))),
            ],
            finish: Finish::Stop,
            logprobs: vec![Logprob { token: text("He"), logprob: text("-0.50"), top: vec![(text("I"), text("-1"))] }],
            ..Choice::default()
        }],
        usage: Some(Usage { input: 10, output: 5, ..Usage::default() }),
        ..Answer::default()
    }
}

#[test]
fn an_answer_of_another_provider_is_written_whole() {
    let wanted = "{\"model\":\"gpt-x\",\"created_at\":\"2023-08-04T15:52:19Z\",\"message\":{\"role\":\"assistant\",\
        \"content\":\"He said \\\"hi\\\"no\",\"thinking\":\"hm\",\"tool_calls\":[\
        {\"id\":\"call_f1_0\",\"function\":{\"index\":0,\"name\":\"f\",\"arguments\":{\n \"a\": \"b\\nc\"}}},\
        {\"id\":\"7\",\"function\":{\"index\":1,\"name\":\"g\",\"arguments\":{\"_raw\":\"{\\\"a\\\":\"}}}]},\
        \"logprobs\":[{\"token\":\"He\",\"logprob\":-0.50,\"top_logprobs\":[{\"token\":\"I\",\"logprob\":-1}]}],\
        \"done\":true,\"done_reason\":\"stop\",\"prompt_eval_count\":10,\"eval_count\":5}";
    assert_eq!(String::from_utf8(OllamaChat.write_answer(&foreign(), &ask())).unwrap(), wanted);
    let empty = r#"{"model":"asked","created_at":"2023-11-14T22:13:20Z","message":{"role":"assistant","content":""},"done":true,"done_reason":"stop"}"#;
    assert_eq!(String::from_utf8(OllamaChat.write_answer(&Answer::default(), &ask())).unwrap(), empty);
}

#[test]
fn every_finish_has_its_reason_and_comes_back() {
    for (finish, reason) in [
        (Finish::Stop, "stop"),
        (Finish::Length, "length"),
        (Finish::ToolCalls, "stop"),
        (Finish::ContentFilter, "content_filter"),
    ] {
        let parts = if finish == Finish::ToolCalls { vec![call("1", "f", Arguments::Json("{}"))] } else { vec![] };
        let answer = Answer { choices: vec![Choice { parts, finish, ..Choice::default() }], ..Answer::default() };
        let body = OllamaChat.write_answer(&answer, &ask());
        assert!(String::from_utf8_lossy(&body).contains(&format!(r#""done_reason":"{reason}""#)));
        let doc = Doc::parse(&body).unwrap();
        assert_eq!(OllamaChat.read_answer(&doc).unwrap().choices[0].finish, finish);
    }
}

#[test]
fn an_answer_written_and_read_again_says_the_same() {
    for (_, body) in STREAMS {
        let doc = Doc::parse(body.as_bytes()).unwrap();
        let mut answer = OllamaChat.read_answer(&doc).unwrap();
        let again = OllamaChat.write_answer(&answer, &ask());
        // A call gets an id of ours, and a count that was not told is nothing to the client.
        let mut nth = 0;
        for part in &mut answer.choices[0].parts {
            if let Part::ToolCall(call) = part {
                if call.id.is_empty() {
                    call.id = Text::from_raw_owned(format!("call_f1_{nth}"));
                }
                nth += 1;
            }
        }
        if let Some(usage) = &mut answer.usage {
            usage.estimated = false;
        }
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
fn a_stream_written_is_a_line_for_each_step_and_says_the_same() {
    let (mut writer, mut out) = (OllamaChat.stream_writer(&ask()), Vec::new());
    crate::chat::unfold(&foreign(), &mut |delta| writer.write(&delta, &mut out));
    writer.write(&Delta::Text(0, text("late")), &mut out);
    let head = r#"{"model":"gpt-x","created_at":"2023-08-04T15:52:19Z","message":{"role":"assistant","content":"#;
    let wanted = [
        r#""","thinking":"hm"},"done":false}"#,
        r#""He said "},"done":false}"#,
        r#""\"hi\""},"done":false}"#,
        r#""no"},"done":false}"#,
        r#"""},"logprobs":[{"token":"He","logprob":-0.50,"top_logprobs":[{"token":"I","logprob":-1}]}],"done":false}"#,
        // A line end between tokens would end the line.
        r#""","tool_calls":[{"id":"call_f1_0","function":{"index":0,"name":"f","arguments":{  "a": "b\nc"}}},{"id":"7","function":{"index":1,"name":"g","arguments":{"_raw":"{\"a\":"}}}]},"done":false}"#,
        r#"""},"done":true,"done_reason":"stop","prompt_eval_count":10,"eval_count":5}"#,
    ];
    let wanted: String = wanted.iter().map(|rest| format!("{head}{rest}\n")).collect();
    assert_eq!(String::from_utf8(out.clone()).unwrap(), wanted);
    for (stream, _) in STREAMS {
        let (mut writer, mut out) = (OllamaChat.stream_writer(&ask()), Vec::new());
        each_delta(stream.as_bytes(), usize::MAX, |delta| writer.write(&delta, &mut out));
        let again = gist(&folded(&out).unwrap());
        let mut first = folded(stream.as_bytes()).unwrap();
        let mut nth = 0;
        for part in &mut first.choices[0].parts {
            if let Part::ToolCall(call) = part {
                if call.id.is_empty() {
                    call.id = Text::from_raw_owned(format!("call_f1_{nth}"));
                }
                nth += 1;
            }
        }
        first.usage.as_mut().unwrap().estimated = false;
        assert_eq!(again, gist(&first));
    }
}

#[test]
fn no_line_of_a_stream_has_what_a_client_takes_for_its_end() {
    let (mut writer, mut out) = (OllamaChat.stream_writer(&ask()), Vec::new());
    writer.write(&Delta::Text(0, text("a\u{2028}b\u{2029}c\u{85}é")), &mut out);
    let out = String::from_utf8(out).unwrap();
    assert!(out.contains(r#""content":"a\u2028b\u2029c\u0085é""#), "{out}");
    assert_eq!(deltas(&out)[1], r#"Text(0, Text("a\\u2028b\\u2029c\\u0085é"))"#);
}

#[test]
fn any_cut_and_any_line_end_give_the_same_deltas() {
    let all = |stream: &str, cut| {
        let mut all = Vec::new();
        let seen = each_delta(stream.as_bytes(), cut, |delta| all.push(format!("{delta:?}")));
        (all, seen)
    };
    for stream in STREAMS.iter().map(|(stream, _)| *stream).chain([FAILED]) {
        let stream = stream.replace("\r\n", "\n");
        let wanted = all(&stream, usize::MAX);
        let crlf = stream.replace('\n', "\r\n");
        for cut in (1..40).chain([100, 1000]) {
            assert_eq!(all(&stream, cut), wanted, "cut at {cut}");
            assert_eq!(all(&crlf, cut), wanted, "CRLF, cut at {cut}");
        }
    }
}

#[test]
fn a_stream_without_its_last_line_is_cut() {
    for (stream, _) in STREAMS {
        let (cut, _) = stream.split_at(stream.find(r#""done":true"#).unwrap());
        let error = folded(cut.as_bytes()).unwrap_err();
        assert_eq!(error.message, "the provider's stream ended before its answer was complete");
    }
}

#[test]
fn a_line_with_an_error_ends_the_stream() {
    let error = folded(FAILED.as_bytes()).unwrap_err();
    let message = "an error was encountered while running the model: unexpected EOF";
    assert_eq!((error.status, error.message.as_str()), (502, message));
    let rest = format!("{FAILED}{}", fixture!("text.ndjson"));
    let seen = each_delta(rest.as_bytes(), usize::MAX, |_| ());
    assert_eq!(seen[..4], [Seen::Event, Seen::Event, Seen::Error, Seen::Unknown]);
    let (mut writer, mut out) = (OllamaChat.stream_writer(&ask()), Vec::new());
    let error = ApiError::invalid_request("messages[0]", "too \"long\"");
    [Delta::Error(error), Delta::End].iter().for_each(|delta| writer.write(delta, &mut out));
    assert_eq!(String::from_utf8_lossy(&out), "{\"error\":\"messages[0]: too \\\"long\\\"\"}\n");
}

#[test]
fn what_is_not_known_says_nothing() {
    for (line, wanted) in [
        (r#"{"from":"the future"}"#, Seen::Unknown),
        (r#"["done"]"#, Seen::Unknown),
        ("data: {}", Seen::Unknown),
        (r#"{"message":null,"done":"#, Seen::Unknown),
        ("", Seen::Event),
    ] {
        let seen = each_delta(format!("{line}\n").as_bytes(), usize::MAX, |delta| panic!("{delta:?}"));
        assert_eq!(seen, [wanted], "{line}");
    }
    let strange = r#"{"message":{"content":"","tool_calls":[{"function":{"name":"f","arguments":"{\"a\":1}"}},{"x":1}]},"done":false}"#;
    let wanted = [
        r#"Start { id: Text(""), model: Text(""), created: None }"#,
        r#"ToolStart { choice: 0, index: 0, id: Text(""), name: Text("f"), signature: None }"#,
        r#"ToolArguments { choice: 0, index: 0, fragment: Text("{\\\"a\\\":1}") }"#,
    ];
    assert_eq!(deltas(strange), wanted);
}

#[test]
fn calls_too_large_to_be_held_end_the_stream() {
    let (mut writer, mut out) = (OllamaChat.stream_writer(&ask()), Vec::new());
    writer.write(&Delta::ToolStart { choice: 0, index: 0, id: text("1"), name: text("f"), signature: None }, &mut out);
    let piece = "x".repeat(1024 * 1024);
    for _ in 0..8 {
        writer.write(&Delta::ToolArguments { choice: 0, index: 0, fragment: text(&piece) }, &mut out);
    }
    assert_eq!(String::from_utf8_lossy(&out), "{\"error\":\"the provider's calls are larger than can be held\"}\n");
}

// Errors

#[test]
fn errors_are_read_and_written_in_ollamas_shape() {
    let rows: &[(u16, &str, ErrorKind, &str)] = &[
        (404, r#"{"error":"model 'x' not found"}"#, ErrorKind::NotFound, "model 'x' not found"),
        (400, r#"{"error":"\"x\" does not support tools"}"#, ErrorKind::InvalidRequest, "\"x\" does not support tools"),
        (
            500,
            r#"{"error":"llama runner process has terminated"}"#,
            ErrorKind::Server,
            "llama runner process has terminated",
        ),
        (503, r#"{"error":"server busy"}"#, ErrorKind::Overloaded, "server busy"),
        (405, "405 method not allowed", ErrorKind::InvalidRequest, "the provider answered 405 Method Not Allowed"),
    ];
    for (status, body, kind, message) in rows {
        let error = OllamaChat.read_error(*status, &Headers::new(), body.as_bytes());
        assert_eq!((error.status, error.kind, error.message.as_str()), (*status, *kind, *message), "{body}");
    }
    let body = OllamaChat.write_error(&ApiError::rate_limited("slow down", 3));
    assert_eq!(String::from_utf8_lossy(&body), r#"{"error":"slow down"}"#);
    assert!(OllamaChat.is_error(Doc::parse(&body).unwrap().root()));
}
