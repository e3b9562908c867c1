use super::*;
use crate::wire::json::Doc;

fn refusal(body: &str) -> ApiError {
    read(&Doc::parse(body.as_bytes()).unwrap()).unwrap_err()
}

/// A body with the required fields around some others.
fn with(fields: &str) -> String {
    format!(r#"{{"model":"claude-x","max_tokens":5,"messages":[{{"role":"user","content":"Hi"}}],{fields}}}"#)
}

#[test]
fn every_wrong_field_is_refused_with_its_path() {
    let turn =
        |content: &str| format!(r#"{{"model":"m","max_tokens":5,"messages":[{{"role":"user","content":{content}}}]}}"#);
    let rows: &[(String, &str, &str)] = &[
        ("[]".into(), "", "the body: expected an object, got an array"),
        (r#"{"model":7,"max_tokens":5,"messages":[]}"#.into(), "model", "model: expected a string, got a number"),
        (r#"{"model":"m","messages":[]}"#.into(), "max_tokens", "max_tokens: missing"),
        (r#"{"model":"m","max_tokens":null,"messages":[]}"#.into(), "max_tokens", "max_tokens: missing"),
        (
            r#"{"model":"m","max_tokens":-1,"messages":[]}"#.into(),
            "max_tokens",
            "max_tokens: expected a whole number from 0 up, got -1",
        ),
        (r#"{"model":"m","max_tokens":5}"#.into(), "messages", "messages: missing"),
        (r#"{"model":"m","max_tokens":5,"messages":[]}"#.into(), "messages", "messages: expected at least one message"),
        (
            r#"{"model":"m","max_tokens":5,"messages":{}}"#.into(),
            "messages",
            "messages: expected an array, got an object",
        ),
        (
            r#"{"model":"m","max_tokens":5,"messages":["a"]}"#.into(),
            "messages[0]",
            "messages[0]: expected an object, got a string",
        ),
        (
            r#"{"model":"m","max_tokens":5,"messages":[{"role":"tool","content":""}]}"#.into(),
            "messages[0].role",
            r#"messages[0].role: expected one of user, assistant, system, got "tool""#,
        ),
        (
            r#"{"model":"m","max_tokens":5,"messages":[{"role":"user"}]}"#.into(),
            "messages[0].content",
            "messages[0].content: missing",
        ),
        (turn("5"), "messages[0].content", "messages[0].content: expected a string or an array, got a number"),
        (turn("[{}]"), "messages[0].content[0].type", "messages[0].content[0].type: missing"),
        (
            turn(r#"[{"type":"text","text":[]}]"#),
            "messages[0].content[0].text",
            "messages[0].content[0].text: expected a string, got an array",
        ),
        (
            turn(r#"[{"type":"image","source":{"type":"base64","data":""}}]"#),
            "messages[0].content[0].source.media_type",
            "messages[0].content[0].source.media_type: missing",
        ),
        (
            turn(r#"[{"type":"tool_use","id":"a","name":"b","input":"{}"}]"#),
            "messages[0].content[0].input",
            "messages[0].content[0].input: expected an object, got a string",
        ),
        (
            turn(r#"[{"type":"tool_result","tool_use_id":"a","content":[{"type":"text"}]}]"#),
            "messages[0].content[0].content[0].text",
            "messages[0].content[0].content[0].text: missing",
        ),
        (
            turn(r#"[{"type":"tool_result","tool_use_id":"a","is_error":"no"}]"#),
            "messages[0].content[0].is_error",
            "messages[0].content[0].is_error: expected a boolean, got a string",
        ),
        (
            turn(r#"[{"type":"image","source":{"type":"url","url":"data:image/png;base64,aGk="}}]"#),
            "messages[0].content[0].source.url",
            "messages[0].content[0].source.url: expected an http or https address; give data as a base64 source",
        ),
        (with(r#""system":{}"#), "system", "system: expected a string or an array, got an object"),
        (with(r#""stream":"yes""#), "stream", "stream: expected a boolean, got a string"),
        (with(r#""temperature":"1""#), "temperature", "temperature: expected a number, got a string"),
        (with(r#""stop_sequences":"a""#), "stop_sequences", "stop_sequences: expected an array, got a string"),
        (
            with(r#""stop_sequences":["a",1]"#),
            "stop_sequences[1]",
            "stop_sequences[1]: expected a string, got a number",
        ),
        (with(r#""tools":[{"name":"a"}]"#), "tools[0].input_schema", "tools[0].input_schema: missing"),
        (
            with(r#""tools":[{"type":"custom","name":"a","input_schema":true}]"#),
            "tools[0].input_schema",
            "tools[0].input_schema: expected an object, got a boolean",
        ),
        (
            with(r#""tool_choice":{"type":"required"}"#),
            "tool_choice.type",
            r#"tool_choice.type: expected one of auto, any, tool, none, got "required""#,
        ),
        (with(r#""tool_choice":{"type":"tool"}"#), "tool_choice.name", "tool_choice.name: missing"),
        (with(r#""thinking":true"#), "thinking", "thinking: expected an object, got a boolean"),
        (
            with(r#""output_config":{"effort":"huge"}"#),
            "output_config.effort",
            r#"output_config.effort: expected one of low, medium, high, xhigh, max, got "huge""#,
        ),
        (
            with(r#""output_config":{"format":{"type":"json_schema"}}"#),
            "output_config.format.schema",
            "output_config.format.schema: missing",
        ),
        (with(r#""metadata":{"user_id":5}"#), "metadata.user_id", "metadata.user_id: expected a string, got a number"),
    ];
    for (body, param, message) in rows {
        let error = refusal(body);
        assert_eq!(
            (error.status, error.param.as_deref().unwrap_or(""), error.message.as_str()),
            (400, *param, *message),
            "{body}"
        );
    }
}

#[test]
fn every_block_has_its_part() {
    let rows: &[(&str, &str)] = &[
        (
            r#"{"type":"text","text":"a\n","cache_control":{"type":"ephemeral"}}"#,
            r#"Text { text: Text("a\\n"), cache: Some("{\"type\":\"ephemeral\"}") }"#,
        ),
        (
            r#"{"type":"image","source":{"type":"base64","media_type":"image/png","data":"AA=="}}"#,
            r#"Media(Media { kind: Image, source: Data { media_type: Text("image/png"), data: Text("AA==") }, detail: None, filename: None, cache: None })"#,
        ),
        (
            r#"{"type":"image","source":{"type":"url","url":"https://a"}}"#,
            r#"Media(Media { kind: Image, source: Url(Text("https://a")), detail: None, filename: None, cache: None })"#,
        ),
        (
            r#"{"type":"document","title":"t","source":{"type":"file","file_id":"f"}}"#,
            r#"Media(Media { kind: File, source: FileId(Text("f")), detail: None, filename: Some(Text("t")), cache: None })"#,
        ),
        (
            r#"{"type":"document","title":"t","source":{"type":"text","media_type":"text/plain","data":"all of it"}}"#,
            r#"Text { text: Text("all of it"), cache: None }"#,
        ),
        (
            r#"{"type":"document","source":{"type":"content","content":"c"}}"#,
            r#"Text { text: Text("c"), cache: None }"#,
        ),
        (
            r#"{"type":"document","source":{"type":"content","content":[]}}"#,
            r#"Other { kind: Text("document"), raw: "{\"type\":\"document\",\"source\":{\"type\":\"content\",\"content\":[]}}" }"#,
        ),
        (
            r#"{"type":"thinking","thinking":"t","signature":"s"}"#,
            r#"Thinking { text: Text("t"), signature: Some(Signature { origin: Anthropic, value: Text("s") }) }"#,
        ),
        (r#"{"type":"thinking","thinking":"t","signature":""}"#, r#"Thinking { text: Text("t"), signature: None }"#),
        (r#"{"type":"redacted_thinking","data":"d"}"#, r#"RedactedThinking(Text("d"))"#),
        (
            r#"{"type":"tool_use","id":"i","name":"n","input":{"a": 1.0}}"#,
            r#"ToolCall(ToolCall { id: Text("i"), name: Text("n"), arguments: Json("{\"a\": 1.0}"), signature: None, cache: None })"#,
        ),
        (
            r#"{"type":"tool_result","tool_use_id":"i","content":"c","is_error":false}"#,
            r#"ToolResult { id: Text("i"), is_error: Some(false), parts: [Text { text: Text("c"), cache: None }], cache: None }"#,
        ),
        (
            r#"{"type":"tool_result","tool_use_id":"i"}"#,
            r#"ToolResult { id: Text("i"), is_error: None, parts: [], cache: None }"#,
        ),
        (r#"{"type":"new","x":1}"#, r#"Other { kind: Text("new"), raw: "{\"type\":\"new\",\"x\":1}" }"#),
    ];
    for (block, want) in rows {
        let doc = Doc::parse(block.as_bytes()).unwrap();
        assert_eq!(format!("{:?}", read_block(&Field::alone(doc.root()), &mut Vec::new()).unwrap()), *want);
    }
}

#[test]
fn every_field_has_its_place() {
    let body = with(
        r#""system":[{"type":"text","text":"a"},{"type":"text","text":"b"}],"stream":true,"top_p":0.90,"top_k":4,"temperature":1e0,
        "stop_sequences":["x"],"metadata":{"user_id":"u"},"container":"c","inference_geo":null,
        "tools":[{"name":"f","description":"d","input_schema":{}},{"type":"bash_20250124","name":"bash"}],
        "tool_choice":{"type":"tool","name":"f","disable_parallel_tool_use":true}"#,
    );
    let doc = Doc::parse(body.as_bytes()).unwrap();
    let request = read(&doc).unwrap();
    let roles: Vec<_> = request.messages.iter().map(|message| (message.role, message.parts.len())).collect();
    assert_eq!(roles, [(Role::System, 1), (Role::System, 1), (Role::User, 1)]);
    assert_eq!((request.top_p, request.top_k, request.temperature), (Some("0.90"), Some("4"), Some("1e0")));
    assert_eq!((request.stream, request.include_usage, request.max_tokens), (true, true, Some(5)));
    assert_eq!((request.user, request.stop.len()), (Some(Text::from_raw("u")), 1));
    assert_eq!(request.extra, [(Text::from_raw("container"), r#""c""#)]);
    let [Tool::Function { parameters, .. }, Tool::Other { .. }] = request.tools.as_slice() else {
        panic!("{:?}", request.tools)
    };
    assert_eq!(parameters.as_deref(), Some("{}"));
    assert!(matches!(request.tool_choice, Some(ToolChoice::Named(name)) if name.is("f")));
    assert_eq!(request.parallel_tool_calls, Some(false));
}

#[test]
fn thinking_and_effort_become_reasoning() {
    let rows: &[(&str, Option<Reasoning>)] = &[
        (r#""thinking":{"type":"enabled","budget_tokens":2000}"#, Some(Reasoning::Budget(2000))),
        (r#""thinking":{"type":"disabled"}"#, Some(Reasoning::Off)),
        (r#""thinking":{"type":"adaptive"}"#, Some(Reasoning::Effort(Effort::High))),
        (
            r#""thinking":{"type":"adaptive"},"output_config":{"effort":"xhigh"}"#,
            Some(Reasoning::Effort(Effort::Xhigh)),
        ),
        (r#""output_config":{"effort":"low"}"#, Some(Reasoning::Effort(Effort::Low))),
        (r#""thinking":{"type":"between_tools"}"#, None),
        (r#""thinking":null"#, None),
    ];
    for (fields, want) in rows {
        let body = with(fields);
        let doc = Doc::parse(body.as_bytes()).unwrap();
        let request = read(&doc).unwrap();
        assert_eq!(request.reasoning, *want, "{fields}");
        assert_eq!(request.extra.len(), usize::from(fields.contains("between")), "{fields}");
    }
}
