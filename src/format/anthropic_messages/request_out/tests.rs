use super::*;
use crate::chat::{
    Arguments, Effort, Media, MediaKind, MediaSource, Message, Origin, Part, Reasoning, Role, Signature, ToolCall,
};
use crate::format::Quirks;
use crate::wire::json::Doc;

fn text(text: &str) -> Part<'_> {
    Part::Text { text: Text::from_raw(text), cache: None }
}

fn turn<'a>(role: Role, parts: Vec<Part<'a>>) -> Message<'a> {
    Message { role, parts, ..Message::default() }
}

fn call<'a>(id: &'a str, arguments: &'a str) -> Part<'a> {
    let arguments = Arguments::Text(Text::from_raw(arguments));
    Part::ToolCall(ToolCall {
        id: Text::from_raw(id),
        name: Text::from_raw("f"),
        arguments,
        signature: None,
        cache: None,
    })
}

fn result<'a>(id: &'a str, said: &'a str) -> Message<'a> {
    let part = Part::ToolResult { id: Text::from_raw(id), is_error: None, parts: vec![text(said)], cache: None };
    turn(Role::Tool, vec![part])
}

fn media<'a>(kind: MediaKind, source: MediaSource<'a>) -> Part<'a> {
    Part::Media(Media { kind, source, detail: None, filename: Some(Text::from_raw("a.pdf")), cache: None })
}

fn data<'a>(media_type: &'a str, data: &'a str) -> MediaSource<'a> {
    MediaSource::Data { media_type: Text::from_raw(media_type), data: Text::from_raw(data) }
}

fn function<'a>(name: &'a str, parameters: Option<&'a str>) -> Tool<'a> {
    Tool::Function {
        name: Text::from_raw(name),
        description: None,
        parameters: parameters.map(Into::into),
        strict: None,
        cache: None,
    }
}

fn hi<'a>() -> Request<'a> {
    Request { messages: vec![turn(Role::User, vec![text("Hi")])], ..Request::default() }
}

fn on(model: &str, request: &Request<'_>) -> Result<(String, Vec<String>), ApiError> {
    let mut loss = Loss::default();
    let target = Target { model, quirks: &Quirks::DEFAULT };
    let body = write(request, &target, &mut loss)?;
    Doc::parse(&body).unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&body)));
    Ok((String::from_utf8(body).unwrap(), loss.0))
}

/// A body for Claude 4.5 from the field after `max_tokens` on, and what was lost.
fn tail(request: &Request<'_>) -> (String, Vec<String>) {
    let (body, loss) = on("claude-sonnet-4-5", request).unwrap();
    let tail = body.strip_prefix(r#"{"model":"claude-sonnet-4-5","max_tokens":4096,"#).unwrap_or(&body);
    (tail.strip_suffix('}').unwrap().to_owned(), loss)
}

const HI: &str = r#""messages":[{"role":"user","content":"Hi"}]"#;

#[test]
fn turns_follow_anthropics_rules() {
    use Role::*;
    let image = || media(MediaKind::Image, data("image/jpg", "AA=="));
    let rows: Vec<(&str, Vec<Message<'_>>, &str)> = vec![
        (
            "system turns stand apart, in order, wherever they were, and their neighbours merge",
            vec![
                turn(System, vec![text("one")]),
                turn(User, vec![text("a")]),
                turn(Developer, vec![text("two"), text("three")]),
                turn(User, vec![text("b")]),
            ],
            r#""system":[{"type":"text","text":"one"},{"type":"text","text":"two"},{"type":"text","text":"three"}],"messages":[{"role":"user","content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]}]"#,
        ),
        ("a blank system turn is left out", vec![turn(System, vec![text(" \\n")]), turn(User, vec![text("Hi")])], HI),
        (
            "the results of parallel calls open one turn, before other text",
            vec![
                turn(User, vec![text("Hi")]),
                turn(Assistant, vec![text(""), call("a", "{\\\"x\\\":1}"), call("b", " ")]),
                turn(User, vec![text("wait")]),
                result("a", "1"),
                result("b", ""),
                turn(User, vec![text("so?")]),
            ],
            r#""messages":[{"role":"user","content":"Hi"},{"role":"assistant","content":[{"type":"tool_use","id":"a","name":"f","input":{"x":1}},{"type":"tool_use","id":"b","name":"f","input":{}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"a","content":"1"},{"type":"tool_result","tool_use_id":"b"},{"type":"text","text":"wait"},{"type":"text","text":"so?"}]}]"#,
        ),
        (
            "a turn with nothing to say is left out and does not part its neighbours",
            vec![
                turn(User, vec![text("a")]),
                turn(Assistant, vec![]),
                turn(Assistant, vec![text("\\t")]),
                turn(User, vec![text("b")]),
            ],
            r#""messages":[{"role":"user","content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]}]"#,
        ),
        (
            "a refusal is sent back as text, unsigned thinking not at all, signed thinking unchanged",
            vec![
                turn(User, vec![text("Hi")]),
                turn(
                    Assistant,
                    vec![
                        Part::Thinking {
                            text: Text::from_raw("hm\\u0021"),
                            signature: Some(Signature { origin: Origin::Anthropic, value: Text::from_raw("sig") }),
                        },
                        Part::Thinking { text: Text::from_raw("lost"), signature: None },
                        Part::RedactedThinking(Text::from_raw("xyz")),
                        Part::Refusal(Text::from_raw("no")),
                    ],
                ),
                turn(User, vec![text("Why?")]),
            ],
            r#""messages":[{"role":"user","content":"Hi"},{"role":"assistant","content":[{"type":"thinking","thinking":"hm\u0021","signature":"sig"},{"type":"redacted_thinking","data":"xyz"},{"type":"text","text":"no"}]},{"role":"user","content":"Why?"}]"#,
        ),
        (
            "the beginning of an answer loses its trailing white space",
            vec![turn(User, vec![text("Hi")]), turn(Assistant, vec![text("Well, \\n")])],
            r#""messages":[{"role":"user","content":"Hi"},{"role":"assistant","content":"Well,"}]"#,
        ),
        (
            "media become blocks with a source",
            vec![turn(
                User,
                vec![
                    image(),
                    media(MediaKind::Image, MediaSource::Url(Text::from_raw("https://a"))),
                    media(MediaKind::File, data("application/pdf", "JVBE")),
                    media(MediaKind::File, data("text/csv", "YSxiCg==")),
                    media(MediaKind::File, data("image/png", "AA==")),
                    media(MediaKind::File, MediaSource::FileId(Text::from_raw("file_1"))),
                ],
            )],
            r#""messages":[{"role":"user","content":[{"type":"image","source":{"type":"base64","media_type":"image/jpeg","data":"AA=="}},{"type":"image","source":{"type":"url","url":"https://a"}},{"type":"document","source":{"type":"base64","media_type":"application/pdf","data":"JVBE"},"title":"a.pdf"},{"type":"document","source":{"type":"text","media_type":"text/plain","data":"a,b\n"},"title":"a.pdf"},{"type":"image","source":{"type":"base64","media_type":"image/png","data":"AA=="}},{"type":"document","source":{"type":"file","file_id":"file_1"},"title":"a.pdf"}]}]"#,
        ),
        (
            "a result may hold media and a failure",
            vec![turn(
                Tool,
                vec![Part::ToolResult {
                    id: Text::from_raw("a"),
                    is_error: Some(true),
                    parts: vec![text("see"), image()],
                    cache: Some(r#"{"type":"ephemeral"}"#),
                }],
            )],
            r#""messages":[{"role":"user","content":[{"type":"tool_result","tool_use_id":"a","content":[{"type":"text","text":"see"},{"type":"image","source":{"type":"base64","media_type":"image/jpeg","data":"AA=="}}],"is_error":true,"cache_control":{"type":"ephemeral"}}]}]"#,
        ),
        (
            "a block only Anthropic has is sent as it is",
            vec![turn(
                User,
                vec![Part::Other { kind: Text::from_raw("search_result"), raw: r#"{"type":"search_result"}"# }],
            )],
            r#""messages":[{"role":"user","content":[{"type":"search_result"}]}]"#,
        ),
    ];
    for (rule, messages, want) in rows {
        assert_eq!(tail(&Request { messages, ..Request::default() }).0, want, "{rule}");
    }
}

#[test]
fn what_cannot_be_said_is_refused_with_its_path() {
    use Role::{System, User};
    let messages = |parts| Request {
        messages: vec![turn(System, vec![text("s")]), Message { at: 1, ..turn(User, parts) }],
        ..hi()
    };
    let tools = |tool| Request { tools: vec![tool], ..hi() };
    let other = |kind| Part::Other { kind: Text::from_raw(kind), raw: "{}" };
    let rows: Vec<(Request<'_>, &str, &str)> = vec![
        (
            messages(vec![text("a"), media(MediaKind::Audio, data("audio/wav", "AA=="))]),
            "messages[1].content[1]",
            "this model takes neither audio nor video",
        ),
        (
            messages(vec![media(MediaKind::File, data("application/zip", "AA=="))]),
            "messages[1].content[0]",
            "this model reads PDF and plain text, not `application/zip`",
        ),
        (
            messages(vec![media(MediaKind::File, data("text/plain", "/w=="))]),
            "messages[1].content[0]",
            "the file is not UTF-8 text in base64",
        ),
        (
            messages(vec![
                text("a"),
                Part::ToolResult {
                    id: Text::from_raw("c"),
                    is_error: None,
                    parts: vec![text("b"), media(MediaKind::File, data("application/zip", "AA=="))],
                    cache: None,
                },
            ]),
            "messages[1].content[1].content[1]",
            "this model reads PDF and plain text, not `application/zip`",
        ),
        (messages(vec![other("video")]), "messages[1].content[0]", "this model takes no content of the type `video`"),
        (
            messages(vec![call("a", "{}"), call("b", "{\\\"x\\\":")]),
            "messages[1].tool_calls[1].function.arguments",
            "messages[1].tool_calls[1].function.arguments must be a JSON object",
        ),
        (
            messages(vec![call("a", "[1]")]),
            "messages[1].tool_calls[0].function.arguments",
            "messages[1].tool_calls[0].function.arguments must be a JSON object",
        ),
        (
            Request { messages: vec![turn(System, vec![media(MediaKind::Image, data("image/png", "AA=="))])], ..hi() },
            "messages[0].content[0]",
            "this model takes only text in system turns",
        ),
        (
            Request { messages: vec![turn(System, vec![text("s")]), turn(User, vec![text("")])], ..hi() },
            "messages",
            "this model needs at least one user turn that is not blank",
        ),
        (
            tools(Tool::Other { kind: Text::from_raw("code_interpreter"), raw: "{}" }),
            "tools[0]",
            "this model has no tool of the type `code_interpreter`",
        ),
        (
            tools(function("f", Some("[]"))),
            "tools[0].function.parameters",
            "tools[0].function.parameters must be an object, got an array",
        ),
        (
            Request { tool_choice: Some(ToolChoice::Required), ..hi() },
            "tool_choice",
            "tool_choice asks for a call, but tools is empty",
        ),
        (
            Request {
                tool_choice: Some(ToolChoice::Allowed { required: false, names: vec![Text::from_raw("g")] }),
                ..tools(function("f", None))
            },
            "tool_choice",
            "tool_choice allows none of the tools offered",
        ),
    ];
    for (request, param, message) in rows {
        let error = on("claude-sonnet-4-5", &request).unwrap_err();
        assert_eq!((error.status, error.param.as_deref(), error.message.as_str()), (400, Some(param), message));
    }
}

#[test]
fn tools_and_the_choice_among_them() {
    let f = r#"{"name":"f","input_schema":{"type":"object","properties":{}}}"#;
    let g = r#"{"name":"g","input_schema":{"type":"object","required":[]}}"#;
    let both = format!(r#""tools":[{f},{g}]"#);
    let names = |names: &[&'static str]| names.iter().map(|name| Text::from_raw(name)).collect::<Vec<_>>();
    let rows: Vec<(Option<ToolChoice<'_>>, Option<bool>, String)> = vec![
        (None, None, both.clone()),
        (None, Some(true), both.clone()),
        (None, Some(false), format!(r#"{both},"tool_choice":{{"type":"auto","disable_parallel_tool_use":true}}"#)),
        (Some(ToolChoice::Auto), None, format!(r#"{both},"tool_choice":{{"type":"auto"}}"#)),
        (Some(ToolChoice::None), Some(false), format!(r#"{both},"tool_choice":{{"type":"none"}}"#)),
        (
            Some(ToolChoice::Required),
            Some(false),
            format!(r#"{both},"tool_choice":{{"type":"any","disable_parallel_tool_use":true}}"#),
        ),
        (
            Some(ToolChoice::Named(Text::from_raw("g"))),
            None,
            format!(r#"{both},"tool_choice":{{"type":"tool","name":"g"}}"#),
        ),
        (
            Some(ToolChoice::Allowed { required: true, names: names(&["g", "h"]) }),
            None,
            format!(r#""tools":[{g}],"tool_choice":{{"type":"any"}}"#),
        ),
        (
            Some(ToolChoice::Allowed { required: false, names: names(&["f", "g"]) }),
            None,
            format!(r#"{both},"tool_choice":{{"type":"auto"}}"#),
        ),
    ];
    for (tool_choice, parallel_tool_calls, want) in rows {
        let tools = vec![function("f", None), function("g", Some(r#"{"type":"object","required":[]}"#))];
        let request = Request { tools, tool_choice, parallel_tool_calls, ..hi() };
        assert_eq!(tail(&request), (format!("{want},{HI}"), vec![]));
    }
}

#[test]
fn a_schema_is_always_an_objects() {
    let rows: &[(Option<&str>, &str)] = &[
        (None, r#"{"type":"object","properties":{}}"#),
        (Some("{}"), r#"{"type":"object","properties":{}}"#),
        (Some("null"), r#"{"type":"object","properties":{}}"#),
        (Some(r#"{"properties":{"a":{}}}"#), r#"{"type":"object","properties":{"a":{}}}"#),
        (Some(r#"{"properties":{},"type":"object"}"#), r#"{"properties":{},"type":"object"}"#),
        (Some(r#"{"type": "object", "x":1.0}"#), r#"{"type": "object", "x":1.0}"#),
    ];
    for (schema, want) in rows {
        let request = Request { tools: vec![function("f", *schema)], ..hi() };
        assert_eq!(tail(&request).0, format!(r#""tools":[{{"name":"f","input_schema":{want}}}],{HI}"#));
    }
}

#[test]
fn strict_tools_and_server_tools_are_kept() {
    let request = Request {
        tools: vec![
            Tool::Function {
                name: Text::from_raw("f"),
                description: Some(Text::from_raw("d")),
                parameters: None,
                strict: Some(true),
                cache: Some(r#"{"type":"ephemeral"}"#),
            },
            Tool::Other { kind: Text::from_raw("web_search_20250305"), raw: r#"{"type":"web_search_20250305"}"# },
        ],
        ..hi()
    };
    let want = r#""tools":[{"name":"f","description":"d","input_schema":{"type":"object","properties":{}},"strict":true,"cache_control":{"type":"ephemeral"}},{"type":"web_search_20250305"}]"#;
    assert_eq!(tail(&request).0, format!("{want},{HI}"));
}

#[test]
fn ids_are_made_fit_the_same_way_on_both_sides_and_stay_different() {
    let request = Request {
        messages: vec![
            turn(Role::User, vec![text("Hi")]),
            turn(Role::Assistant, vec![call("a.b", ""), call("a:b", ""), call("", ""), call("ok_-9", "")]),
            result("a:b", "1"),
            result("a.b", "2"),
            result("", "3"),
        ],
        ..Request::default()
    };
    let (body, _) = on("claude-sonnet-4-5", &request).unwrap();
    let doc = Doc::parse(body.as_bytes()).unwrap();
    let ids = |turn: usize, name: &str| -> Vec<String> {
        let turn = doc.root().get("messages").unwrap().items().nth(turn).unwrap();
        turn.get("content").unwrap().items().map(|b| b.get(name).unwrap().text().unwrap().raw().to_owned()).collect()
    };
    let (calls, results) = (ids(1, "id"), ids(2, "tool_use_id"));
    assert_eq!(results, [&*calls[1], &*calls[0], &*calls[2]]);
    assert_eq!(calls[3], "ok_-9");
    assert_ne!(calls[0], calls[1]);
    for id in &calls {
        assert!(id.chars().all(|c| c.is_ascii_alphanumeric() || "_-".contains(c)), "{id}");
    }
}

#[test]
fn sampling_is_what_the_model_takes() {
    // model, reasoning, temperature, top_p, top_k -> fields, losses
    type Row = (&'static str, Option<Reasoning>, [Option<&'static str>; 3], &'static str, &'static [&'static str]);
    let effort = Some(Reasoning::Effort(Effort::Low));
    let rows: &[Row] = &[
        (
            "claude-3-5-haiku",
            None,
            [Some("0.70"), Some("0.9"), Some("5")],
            r#""temperature":0.70,"top_p":0.9,"top_k":5"#,
            &[],
        ),
        ("claude-3-5-haiku", None, [Some("1.5"), None, None], r#""temperature":1"#, &["temperature"]),
        ("claude-sonnet-4-5", None, [Some("0.5"), Some("0.9"), None], r#""temperature":0.5"#, &["top_p"]),
        ("claude-sonnet-4-5", None, [None, Some("0.9"), None], r#""top_p":0.9"#, &[]),
        ("claude-opus-4-7", None, [Some("1"), Some("0.9"), Some("5")], "", &["temperature", "top_p", "top_k"]),
        (
            "claude-opus-4-6",
            effort,
            [Some("0.2"), Some("0.5"), Some("5")],
            r#""thinking":{"type":"adaptive"},"output_config":{"effort":"low"}"#,
            &["temperature", "top_p", "top_k"],
        ),
        (
            "claude-opus-4-6",
            effort,
            [Some("1.0"), Some("0.95"), None],
            r#""thinking":{"type":"adaptive"},"output_config":{"effort":"low"},"top_p":0.95"#,
            &[],
        ),
    ];
    for (model, reasoning, [temperature, top_p, top_k], want, losses) in rows {
        let request =
            Request { reasoning: *reasoning, temperature: *temperature, top_p: *top_p, top_k: *top_k, ..hi() };
        let (body, loss) = on(model, &request).unwrap();
        let comma = if want.is_empty() { "" } else { "," };
        assert_eq!(body, format!(r#"{{"model":"{model}","max_tokens":4096,{HI}{comma}{want}}}"#));
        assert_eq!(loss, *losses, "{model}");
    }
}

#[test]
fn reasoning_is_asked_for_as_the_generation_takes_it() {
    use Effort::*;
    type Row = (&'static str, Reasoning, Option<u64>, u64, &'static str, &'static [&'static str]);
    let budget = |tokens| Reasoning::Budget(tokens);
    let effort = Reasoning::Effort;
    const LOST: &[&str] = &["reasoning_effort"];
    let rows: &[Row] = &[
        ("claude-opus-4-6", effort(Minimal), None, 4096, "low", &[]),
        ("claude-opus-4-6", effort(Low), None, 4096, "low", &[]),
        ("claude-opus-4-6", effort(Medium), None, 4096, "medium", &[]),
        ("claude-opus-4-6", effort(High), None, 4096, "high", &[]),
        ("claude-opus-4-6", effort(Xhigh), None, 4096, "high", LOST),
        ("claude-opus-4-6", effort(Max), Some(100), 100, "max", &[]),
        ("claude-opus-5", effort(Xhigh), None, 4096, "xhigh", &[]),
        ("claude-opus-5", budget(1024), None, 4096, "low", &[]),
        ("claude-opus-5", budget(2048), None, 4096, "medium", &[]),
        ("claude-opus-5", budget(8191), None, 4096, "high", &[]),
        ("claude-opus-5", budget(8192), None, 4096, "xhigh", &[]),
        ("claude-opus-5", budget(32000), None, 4096, "max", &[]),
        ("claude-opus-5", Reasoning::Off, None, 4096, "", &[]),
        // A default limit of ours makes room for the budget; a client's own does not grow.
        ("claude-sonnet-4-5", effort(Minimal), None, 5120, "1024", &[]),
        ("claude-sonnet-4-5", effort(Low), Some(9000), 9000, "1024", &[]),
        ("claude-sonnet-4-5", effort(Medium), Some(9000), 9000, "2048", &[]),
        ("claude-sonnet-4-5", effort(High), Some(9000), 9000, "4096", &[]),
        ("claude-3-7-sonnet", effort(Xhigh), Some(9000), 9000, "8192", &[]),
        ("claude-3-7-sonnet", effort(Max), Some(9000), 9000, "8999", &[]),
        ("claude-3-7-sonnet", budget(5), Some(9000), 9000, "1024", &[]),
        ("claude-3-7-sonnet", effort(Low), Some(1025), 1025, "1024", &[]),
        ("claude-3-7-sonnet", effort(Low), Some(1024), 1024, "", LOST),
        ("claude-3-7-sonnet", Reasoning::Off, Some(1024), 1024, "", &[]),
        ("claude-3-5-sonnet", effort(High), Some(9000), 9000, "", LOST),
    ];
    for (model, reasoning, max_tokens, want_tokens, want, losses) in rows {
        let request = Request { reasoning: Some(*reasoning), max_tokens: *max_tokens, ..hi() };
        let (body, loss) = on(model, &request).unwrap();
        let want = match want.as_bytes().first() {
            None => String::new(),
            Some(b'0'..=b'9') => format!(r#","thinking":{{"type":"enabled","budget_tokens":{want}}}"#),
            Some(_) => format!(r#","thinking":{{"type":"adaptive"}},"output_config":{{"effort":"{want}"}}"#),
        };
        assert_eq!(body, format!(r#"{{"model":"{model}","max_tokens":{want_tokens},{HI}{want}}}"#));
        assert_eq!(loss, *losses, "{model} {reasoning:?}");
    }
}

#[test]
fn thinking_gives_way_where_the_api_would_refuse() {
    let reasoning = Some(Reasoning::Effort(Effort::Low));
    let forced = Request {
        reasoning,
        tools: vec![function("f", None)],
        tool_choice: Some(ToolChoice::Required),
        parallel_tool_calls: Some(false),
        ..hi()
    };
    let (body, loss) = on("claude-sonnet-4-5", &forced).unwrap();
    assert!(body.contains(r#""tool_choice":{"type":"auto","disable_parallel_tool_use":true}"#), "{body}");
    assert_eq!(loss, ["tool_choice"]);

    let after_calls = |signature| Request {
        reasoning,
        messages: vec![
            turn(Role::User, vec![text("Hi")]),
            turn(
                Role::Assistant,
                vec![Part::Thinking { text: Text::from_raw("hm"), signature }, text("ok"), call("a", "")],
            ),
            result("a", "1"),
        ],
        ..Request::default()
    };
    let (body, loss) = on("claude-sonnet-4-5", &after_calls(None)).unwrap();
    assert!(!body.contains("budget_tokens"), "{body}");
    assert_eq!(loss, ["reasoning_effort", "messages[].content[].thinking"]);
    let (body, loss) = on(
        "claude-sonnet-4-5",
        &after_calls(Some(Signature { origin: Origin::Anthropic, value: Text::from_raw("sig") })),
    )
    .unwrap();
    assert!(body.contains("budget_tokens"), "{body}");
    assert!(loss.is_empty());
    let (body, _) = on("claude-opus-4-6", &after_calls(None)).unwrap();
    assert!(body.contains("adaptive"), "{body}");
}

#[test]
fn the_rest_is_kept_mapped_or_told() {
    let extra =
        |name: &'static str, value: &'static str| Request { extra: vec![(Text::from_raw(name), value)], ..hi() };
    let user = |user: &'static str| Request { user: Some(Text::from_raw(user)), ..hi() };
    let format = |format| Request { response_format: Some(format), ..hi() };
    let schema = r#"{"type":"object","x":1}"#;
    let rows: Vec<(Request<'_>, &str, &[&str])> = vec![
        (user("u-1"), r#""metadata":{"user_id":"u-1"}"#, &[]),
        (user("ann@example.com"), "", &["metadata.user_id"]),
        (user("+49 (30) 1234-567"), "", &["metadata.user_id"]),
        (user("4915112345678"), "", &["metadata.user_id"]),
        (user("id:4915112345678"), r#""metadata":{"user_id":"id:4915112345678"}"#, &[]),
        (extra("safety_identifier", r#""h4sh""#), "", &["safety_identifier"]),
        (
            format(ResponseFormat::JsonSchema {
                name: Some(Text::from_raw("n")),
                description: None,
                schema: schema.into(),
                strict: None,
            }),
            r#""output_config":{"format":{"type":"json_schema","schema":{"type":"object","x":1}}}"#,
            &[],
        ),
        (
            format(ResponseFormat::JsonObject),
            r#""output_config":{"format":{"type":"json_schema","schema":{"type":"object","additionalProperties":true}}}"#,
            &[],
        ),
        (
            Request { stop: vec![Text::from_raw("a"), Text::from_raw(" "), Text::from_raw("\\n\\n#")], ..hi() },
            r#""stop_sequences":["a","\n\n#"]"#,
            &["stop_sequences"],
        ),
        (Request { stream: true, include_usage: true, ..hi() }, r#""stream":true"#, &[]),
        (Request { service_tier: Some(Text::from_raw("auto")), ..hi() }, r#""service_tier":"auto""#, &[]),
        (Request { service_tier: Some(Text::from_raw("default")), ..hi() }, r#""service_tier":"standard_only""#, &[]),
        (Request { service_tier: Some(Text::from_raw("flex")), ..hi() }, "", &["service_tier"]),
        (extra("cache_control", r#"{"type":"ephemeral"}"#), r#""cache_control":{"type":"ephemeral"}"#, &[]),
        (extra("stream_options", "{}"), "", &[]),
        (extra("prediction", "{}"), "", &["prediction"]),
        (
            extra("thinking", r#"{"type":"enabled","budget_tokens":2000}"#),
            r#""thinking":{"type":"enabled","budget_tokens":2000}"#,
            &[],
        ),
        (extra("thinking", r#"{"type":"between_tools"}"#), "", &["thinking"]),
    ];
    for (request, want, losses) in rows {
        let (tail, loss) = tail(&request);
        let tail = tail.replace(r#"{"model":"claude-sonnet-4-5","max_tokens":6096,"#, "");
        let want = if want.is_empty() { HI.to_owned() } else { format!("{HI},{want}") };
        assert_eq!((tail, loss.iter().map(String::as_str).collect::<Vec<_>>()), (want, losses.to_vec()));
    }
}

#[test]
fn no_more_cache_marks_than_four() {
    let marked = |text| Part::Text { text: Text::from_raw(text), cache: Some(r#"{"type":"ephemeral","ttl":"1h"}"#) };
    let request = Request {
        messages: vec![
            turn(Role::System, vec![marked("a")]),
            turn(Role::User, vec![marked("b"), marked(" "), marked("c"), marked("d"), marked("e")]),
        ],
        ..Request::default()
    };
    let (body, loss) = tail(&request);
    assert_eq!(body.matches(r#""cache_control":{"type":"ephemeral","ttl":"1h"}"#).count(), 4);
    assert_eq!(loss, ["messages[].content[].cache_control"]);
    assert!(body.ends_with(r#"{"type":"text","text":"e"}]}]"#), "{body}");
}
