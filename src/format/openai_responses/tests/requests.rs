//! Rows of requests, both directions.

use super::{FORMAT, REQUEST, parse};
use crate::chat::{
    Arguments, Effort, Message, Origin, Part, Reasoning, Request, ResponseFormat, Role, Signature, Tool, ToolCall,
    ToolChoice,
};
use crate::format::{Format, Loss, Quirks, Target, find, translate};
use crate::wire::json::Text;
use serde_json::{Value as Json, json};

const TARGET: Target<'static> = Target { model: "target-model", quirks: &Quirks::DEFAULT };

fn text(raw: &str) -> Text<'_> {
    Text::from_raw(raw)
}

fn said(raw: &str) -> Part<'_> {
    Part::Text { text: text(raw), cache: None }
}

fn turn<'a>(role: Role, parts: Vec<Part<'a>>) -> Message<'a> {
    Message { role, parts, ..Message::default() }
}

fn call<'a>(id: &'a str, arguments: Arguments<'a>) -> Part<'a> {
    Part::ToolCall(ToolCall { id: text(id), name: text("f"), arguments, signature: None, cache: None })
}

fn written(request: &Request<'_>) -> (Json, Vec<String>) {
    let mut loss = Loss::default();
    let body = FORMAT.write_request(request, &TARGET, &mut loss).unwrap();
    (serde_json::from_slice(&body).unwrap(), loss.0)
}

/// What a request in one format is in another, and what is lost; or the path and the words of the refusal.
fn translated(from: &str, to: &str, body: &str) -> Result<(Json, Vec<String>), (Option<String>, String)> {
    let (from, to) = (find(from).unwrap(), find(to).unwrap());
    let doc = parse(body);
    let mut loss = Loss::default();
    from.read_request(&doc)
        .and_then(|request| translate(request, from, to, &TARGET, &mut loss))
        .map(|body| (serde_json::from_slice(&body).unwrap(), loss.0))
        .map_err(|error| (error.param, error.message))
}

/// A body with the required fields around some others.
fn with(fields: &str) -> String {
    format!(r#"{{"model":"m","input":"Hi",{fields}}}"#)
}

fn items(items: &str) -> String {
    format!(r#"{{"model":"m","input":[{items}]}}"#)
}

#[test]
fn a_request_written_and_read_again_is_the_same() {
    let doc = parse(REQUEST);
    let request = FORMAT.read_request(&doc).unwrap();
    let mut loss = Loss::default();
    let target = Target { model: "our-deployment", quirks: &Quirks::DEFAULT };
    let body = FORMAT.write_request(&request, &target, &mut loss).unwrap();
    assert_eq!(loss, Loss::default());
    let body = String::from_utf8(body).unwrap();
    let again = parse(&body);
    let again = FORMAT.read_request(&again).unwrap();
    assert_eq!(format!("{again:#?}"), format!("{request:#?}"));
    assert_eq!(FORMAT.write_request(&again, &target, &mut loss).unwrap(), body.as_bytes());
}

#[test]
fn a_request_is_read_in_full() {
    let doc = parse(REQUEST);
    let request = FORMAT.read_request(&doc).unwrap();
    let roles: Vec<_> =
        request.messages.iter().map(|message| (message.role, message.at, message.parts.len())).collect();
    assert_eq!(
        roles,
        [
            (Role::System, 0, 1),
            (Role::Developer, 0, 1),
            (Role::User, 1, 7),
            // Reasoning, two parts of a message and two calls are one turn.
            (Role::Assistant, 2, 5),
            (Role::Tool, 6, 1),
            (Role::Tool, 7, 1),
            (Role::System, 8, 1),
            (Role::User, 9, 1),
        ]
    );
    assert_eq!((request.temperature, request.top_p, request.max_tokens), (Some("0.50"), Some("9e-1"), Some(1000)));
    assert_eq!((request.logprobs, request.top_logprobs), (true, Some(3)));
    assert_eq!((request.stream, request.include_usage, request.store), (true, true, Some(true)));
    assert_eq!(request.reasoning, Some(Reasoning::Effort(Effort::High)));
    assert_eq!(request.parallel_tool_calls, Some(false));
    assert!(
        matches!(&request.tool_choice, Some(ToolChoice::Allowed { required: false, names }) if names[0].is("get_weather"))
    );
    assert!(
        matches!(&request.response_format, Some(ResponseFormat::JsonSchema { strict: Some(true), name: Some(name), .. }) if name.is("answer"))
    );
    assert!(matches!(
        &request.tools[1],
        Tool::Function { parameters: None, strict: Some(false), description: None, .. }
    ));
    let texts = [&request.user, &request.service_tier, &request.prompt_cache_key, &request.verbosity];
    assert_eq!(texts.map(|text| text.as_ref().unwrap().raw()), ["user-1", "flex", "key-1", "low"]);
    assert_eq!(request.extra, [(text("prompt_cache_retention"), r#""24h""#)]);
}

#[test]
fn every_wrong_field_is_refused_with_its_path() {
    let rows: &[(String, &str, &str)] = &[
        ("[]".into(), "", "the body: expected an object, got an array"),
        (r#"{"model":7,"input":"x"}"#.into(), "model", "model: expected a string, got a number"),
        (r#"{"model":"m"}"#.into(), "input", "input: missing"),
        (r#"{"model":"m","input":null}"#.into(), "input", "input: missing"),
        (r#"{"model":"m","input":5}"#.into(), "input", "input: expected a string or an array of items, got a number"),
        (r#"{"model":"m","input":[]}"#.into(), "input", "input: expected at least one item"),
        (items("\"a\""), "input[0]", "input[0]: expected an object, got a string"),
        (items(r#"{"type":7}"#), "input[0].type", "input[0].type: expected a string, got a number"),
        (items("{}"), "input[0].role", "input[0].role: missing"),
        (
            items(r#"{"role":"tool","content":""}"#),
            "input[0].role",
            r#"input[0].role: expected one of user, assistant, system, developer, got "tool""#,
        ),
        (items(r#"{"role":"user"}"#), "input[0].content", "input[0].content: missing"),
        (
            items(r#"{"role":"user","content":5}"#),
            "input[0].content",
            "input[0].content: expected a string or an array of parts, got a number",
        ),
        (
            items(r#"{"role":"user","content":[{"text":"x"}]}"#),
            "input[0].content[0].type",
            "input[0].content[0].type: missing",
        ),
        (
            items(r#"{"role":"user","content":"x"},{"role":"user","content":[{"type":"input_text","text":[]}]}"#),
            "input[1].content[0].text",
            "input[1].content[0].text: expected a string, got an array",
        ),
        (
            items(r#"{"role":"user","content":[{"type":"input_image"}]}"#),
            "input[0].content[0]",
            "input[0].content[0]: neither image_url nor file_id is given",
        ),
        (
            items(r#"{"role":"user","content":[{"type":"input_image","image_url":"data:image/png,AA"}]}"#),
            "input[0].content[0].image_url",
            "input[0].content[0].image_url: expected base64 data, like data:image/png;base64,...",
        ),
        (
            items(r#"{"role":"user","content":[{"type":"input_file","filename":"a"}]}"#),
            "input[0].content[0]",
            "input[0].content[0]: none of file_data, file_url and file_id is given",
        ),
        (
            items(r#"{"role":"user","content":[{"type":"input_audio","input_audio":{"data":""}}]}"#),
            "input[0].content[0].input_audio.format",
            "input[0].content[0].input_audio.format: missing",
        ),
        (items(r#"{"type":"function_call"}"#), "input[0].call_id", "input[0].call_id: missing"),
        (
            items(r#"{"type":"function_call","call_id":"c","name":"f","arguments":{}}"#),
            "input[0].arguments",
            "input[0].arguments: expected a string, got an object",
        ),
        (
            items(r#"{"type":"function_call_output","call_id":"c","output":{}}"#),
            "input[0].output",
            "input[0].output: expected a string or an array of parts, got an object",
        ),
        (
            items(r#"{"type":"reasoning","summary":[{"text":5}]}"#),
            "input[0].summary[0].text",
            "input[0].summary[0].text: expected a string, got a number",
        ),
        (with(r#""instructions":[]"#), "instructions", "instructions: expected a string, got an array"),
        (with(r#""stream":"yes""#), "stream", "stream: expected a boolean, got a string"),
        (with(r#""temperature":"1""#), "temperature", "temperature: expected a number, got a string"),
        (
            with(r#""max_output_tokens":-1"#),
            "max_output_tokens",
            "max_output_tokens: expected a whole number from 0 up, got -1",
        ),
        (with(r#""tools":[{"name":"f"}]"#), "tools[0].type", "tools[0].type: missing"),
        (with(r#""tools":[{"type":"function","function":{"name":"f"}}]"#), "tools[0].name", "tools[0].name: missing"),
        (
            with(r#""tools":[{"type":"function","name":"f","parameters":"{}"}]"#),
            "tools[0].parameters",
            "tools[0].parameters: expected an object, got a string",
        ),
        (
            with(r#""tool_choice":"any""#),
            "tool_choice",
            r#"tool_choice: expected one of none, auto, required, got "any""#,
        ),
        (with(r#""tool_choice":{"type":"function"}"#), "tool_choice.name", "tool_choice.name: missing"),
        (
            with(r#""tool_choice":{"type":"allowed_tools","mode":"any","tools":[]}"#),
            "tool_choice.mode",
            r#"tool_choice.mode: expected one of auto, required, got "any""#,
        ),
        (
            with(r#""text":{"format":{"type":"xml"}}"#),
            "text.format.type",
            r#"text.format.type: expected one of text, json_object, json_schema, got "xml""#,
        ),
        (
            with(r#""text":{"format":{"type":"json_schema","name":"n"}}"#),
            "text.format.schema",
            "text.format.schema: missing",
        ),
        (with(r#""reasoning":"high""#), "reasoning", "reasoning: expected an object, got a string"),
        (with(r#""reasoning":{"effort":1}"#), "reasoning.effort", "reasoning.effort: expected a string, got a number"),
        (with(r#""include":["a",1]"#), "include[1]", "include[1]: expected a string, got a number"),
        (with(r#""metadata":"x""#), "metadata", "metadata: expected an object, got a string"),
        (with(r#""store":"no""#), "store", "store: expected a boolean, got a string"),
        (with(r#""background":1"#), "background", "background: expected a boolean, got a number"),
        (
            with(r#""previous_response_id":1"#),
            "previous_response_id",
            "previous_response_id: expected a string, got a number",
        ),
        (
            with(r#""stream_options":{"include_obfuscation":"no"}"#),
            "stream_options.include_obfuscation",
            "stream_options.include_obfuscation: expected a boolean, got a string",
        ),
    ];
    for (body, param, message) in rows {
        let error = FORMAT.read_request(&parse(body)).err().unwrap_or_else(|| panic!("{body} is taken"));
        assert_eq!(
            (error.status, error.param.as_deref().unwrap_or(""), error.message.as_str()),
            (400, *param, *message),
            "{body}"
        );
    }
}

#[test]
fn every_item_has_its_part() {
    let rows: &[(&str, &str)] = &[
        (r#"{"role":"user","content":"a\n"}"#, r#"User [Text { text: Text("a\\n"), cache: None }]"#),
        (
            r#"{"type":"message","role":"user","content":[{"type":"input_text","text":"a","prompt_cache_breakpoint":{"mode":"explicit"}}]}"#,
            r#"User [Text { text: Text("a"), cache: Some("{\"type\":\"ephemeral\"}") }]"#,
        ),
        (
            r#"{"role":"user","content":[{"type":"input_audio","input_audio":{"data":"AA","format":"wav"}}]}"#,
            r#"User [Media(Media { kind: Audio, source: Data { media_type: Text("audio/wav"), data: Text("AA") }, detail: None, filename: None, cache: None })]"#,
        ),
        (
            r#"{"role":"user","content":[{"type":"input_file","file_data":"JVBERi0="}]}"#,
            r#"User [Media(Media { kind: File, source: Data { media_type: Text("application/pdf"), data: Text("JVBERi0=") }, detail: None, filename: None, cache: None })]"#,
        ),
        (
            r#"{"role":"user","content":[{"type":"input_film","x":1}]}"#,
            r#"User [Other { kind: Text("input_film"), raw: "{\"type\":\"input_film\",\"x\":1}" }]"#,
        ),
        (
            r#"{"type":"reasoning","id":"rs_1","summary":[{"type":"summary_text","text":"a"},{"type":"summary_text","text":"b"}],"encrypted_content":"gA=="}"#,
            r#"Assistant [Thinking { text: Text("a\\n\\nb"), signature: Some(Signature { origin: OpenAi, value: Text("gA==") }) }]"#,
        ),
        (
            r#"{"type":"reasoning","summary":[],"content":[{"type":"reasoning_text","text":"own"}]}"#,
            r#"Assistant [Thinking { text: Text("own"), signature: None }]"#,
        ),
        (
            r#"{"type":"reasoning","summary":[],"encrypted_content":"anthropic#sig"}"#,
            r#"Assistant [Thinking { text: Text(""), signature: Some(Signature { origin: Anthropic, value: Text("sig") }) }]"#,
        ),
        (
            r#"{"type":"reasoning","summary":[],"encrypted_content":"redacted#xyz"}"#,
            r#"Assistant [RedactedThinking(Text("xyz"))]"#,
        ),
        (
            r#"{"type":"function_call","call_id":"c","name":"f","arguments":"{}"}"#,
            r#"Assistant [ToolCall(ToolCall { id: Text("c"), name: Text("f"), arguments: Text(Text("{}")), signature: None, cache: None })]"#,
        ),
        (
            r#"{"type":"function_call_output","call_id":"c","output":"x"}"#,
            r#"Tool [ToolResult { id: Text("c"), is_error: None, parts: [Text { text: Text("x"), cache: None }], cache: None }]"#,
        ),
        (
            r#"{"type":"web_search_call","id":"ws_1"}"#,
            r#"Assistant [Other { kind: Text("web_search_call"), raw: "{\"type\":\"web_search_call\",\"id\":\"ws_1\"}" }]"#,
        ),
        (
            r#"{"type":"custom_tool_call_output","call_id":"c","output":"x"}"#,
            r#"User [Other { kind: Text("custom_tool_call_output"), raw: "{\"type\":\"custom_tool_call_output\",\"call_id\":\"c\",\"output\":\"x\"}" }]"#,
        ),
        (r#"{"id":"msg_1"}"#, r#"User [Other { kind: Text("item_reference"), raw: "{\"id\":\"msg_1\"}" }]"#),
        // OpenAI's types leave the id open.
        (
            r#"{"type":"function_call_output","output":"x"}"#,
            r#"User [Other { kind: Text("function_call_output"), raw: "{\"type\":\"function_call_output\",\"output\":\"x\"}" }]"#,
        ),
    ];
    for (item, want) in rows {
        let body = items(item);
        let doc = parse(&body);
        let request = FORMAT.read_request(&doc).unwrap();
        let [Message { role, parts, .. }] = request.messages.as_slice() else { panic!("{item}") };
        assert_eq!(format!("{role:?} {parts:?}"), *want, "{item}");
    }
    // Its text is where it was stored, and there is no turn for it.
    let body = items(r#"{"type":"reasoning","id":"rs_1","summary":[]}"#);
    assert!(FORMAT.read_request(&parse(&body)).unwrap().messages.is_empty());
}

#[test]
fn every_tool_choice_and_format_has_its_meaning() {
    let rows: &[(&str, &str)] = &[
        (r#""auto""#, "Some(Auto)"),
        (r#""none""#, "Some(None)"),
        (r#""required""#, "Some(Required)"),
        (r#"{"type":"function","name":"f"}"#, r#"Some(Named(Text("f")))"#),
        (r#"{"type":"custom","name":"f"}"#, r#"Some(Named(Text("f")))"#),
        (
            r#"{"type":"allowed_tools","mode":"required","tools":[{"type":"function","name":"f"},{"type":"image_generation"}]}"#,
            r#"Some(Allowed { required: true, names: [Text("f"), Text("image_generation")] })"#,
        ),
        // A tool of the provider's own.
        (r#"{"type":"file_search"}"#, "None"),
        (r#"{"type":"mcp","server_label":"s"}"#, "None"),
    ];
    for (choice, want) in rows {
        let body = with(&format!("\"tool_choice\":{choice}"));
        let doc = parse(&body);
        let request = FORMAT.read_request(&doc).unwrap();
        assert_eq!(format!("{:?}", request.tool_choice), *want);
        assert_eq!(request.extra.len(), usize::from(*want == "None"), "{choice}");
    }
    let rows: &[(&str, &str)] = &[
        (r#"{"format":{"type":"text"},"verbosity":"high"}"#, "None"),
        (r#"{"format":{"type":"json_object"}}"#, "Some(JsonObject)"),
        (
            r#"{"format":{"type":"json_schema","name":"n","schema":{"a": 1}}}"#,
            r#"Some(JsonSchema { name: Some(Text("n")), description: None, schema: "{\"a\": 1}", strict: None })"#,
        ),
    ];
    for (config, want) in rows {
        let body = with(&format!("\"text\":{config}"));
        assert_eq!(format!("{:?}", FORMAT.read_request(&parse(&body)).unwrap().response_format), *want);
    }
}

#[test]
fn what_has_no_place_elsewhere_is_named_with_its_path() {
    let rows: &[(&str, &[&str])] = &[
        (r#""truncation":"auto""#, &["truncation"]),
        (r#""truncation":"disabled","background":false,"conversation":null,"store":false"#, &[]),
        (r#""max_tool_calls":3"#, &["max_tool_calls"]),
        (r#""include":["reasoning.encrypted_content"]"#, &[]),
        (r#""include":["file_search_call.results"]"#, &["include"]),
        (r#""reasoning":{"effort":"low","summary":"auto"}"#, &[]),
        (
            r#""reasoning":{"effort":"huge","summary":"detailed","mode":"pro"}"#,
            &["reasoning.effort", "reasoning.summary", "reasoning.mode"],
        ),
        (r#""text":{"verbosity":null,"tone":"dry"}"#, &["text.tone"]),
        (r#""stream_options":{"include_obfuscation":false}"#, &[]),
        (r#""stream_options":{"include_obfuscation":true}"#, &["stream_options"]),
        (
            r#""tools":[{"type":"function","name":"f","parameters":{},"strict":null,"defer_loading":true,"async":false}]"#,
            &["tools[].defer_loading"],
        ),
        (r#""service_tier":null,"something_new":{"a":1}"#, &["something_new"]),
        (r#""store":true"#, &["store"]),
        (r#""user":"u","safety_identifier":"s""#, &[]),
    ];
    for (fields, want) in rows {
        let (_, lost) = translated("openai_responses", "openai_chat", &with(fields)).unwrap();
        assert_eq!(lost, *want, "{fields}");
    }
    let messages = r#"{"role":"assistant","content":"a","phase":"commentary","id":"msg_1","status":"completed"},{"type":"function_call","call_id":"c","name":"f","arguments":"{}","namespace":"crm"},{"role":"user","content":"x"}"#;
    let (_, lost) = translated("openai_responses", "openai_chat", &items(messages)).unwrap();
    assert_eq!(lost, ["input[].phase", "input[].namespace"]);
}

#[test]
fn a_hostile_list_of_unknown_fields_costs_little() {
    let many: Vec<_> = (0..100_000).map(|n| format!(r#"{{"role":"user","content":"","f{n}":1}}"#)).collect();
    let body = items(&many.join(","));
    let request = FORMAT.read_request(&parse(&body)).unwrap().extra.len();
    assert_eq!(request, Loss::MAX);
}

#[test]
fn what_needs_stored_state_is_read_and_refused_in_front_of_another_format() {
    let rows: &[(String, &str, &str)] = &[
        (
            r#"{"model":"m","input":"x","previous_response_id":"resp_1"}"#.into(),
            "previous_response_id",
            "previous_response_id: that response is stored where it was made; send its items in input instead",
        ),
        (
            r#"{"model":"m","input":"x","conversation":{"id":"conv_1"}}"#.into(),
            "conversation",
            "conversation: that conversation is stored where it was made; send its items in input instead",
        ),
        (
            r#"{"model":"m","prompt":{"id":"pmpt_1","variables":{"city":"Oslo"}}}"#.into(),
            "prompt",
            "prompt: that template is stored at OpenAI; send its text in instructions or input instead",
        ),
        (
            with(r#""background":true"#),
            "background",
            "background: an answer made in the background is fetched from the store of its provider; leave it out",
        ),
        (
            items(r#"{"role":"user","content":"x"},{"type":"item_reference","id":"msg_1"}"#),
            "input[1]",
            "input[1]: that item is stored where it was made; send the item itself instead",
        ),
        (
            items(r#"{"type":"compaction","encrypted_content":"x"}"#),
            "input[0]",
            "input[0]: this model's provider takes nothing of the type `compaction`",
        ),
        (
            items(r#"{"type":"function_call_output","call_id":"c","output":[{"type":"input_film"}]}"#),
            "input[0]",
            "input[0]: this model's provider takes nothing of the type `input_film`",
        ),
        (
            with(r#""tools":[{"type":"web_search"}]"#),
            "tools[0].type",
            "tools[0].type: this model's provider cannot take a tool only its format has: it has tools of its own only",
        ),
    ];
    for (body, param, message) in rows {
        let refusal = translated("openai_responses", "openai_chat", body).unwrap_err();
        assert_eq!(refusal, (Some((*param).to_owned()), (*message).to_owned()), "{body}");
        assert!(translated("openai_responses", "anthropic_messages", body).is_err());
    }
}

#[test]
fn a_conversation_reaches_the_other_formats() {
    let body = r#"{"model":"m","instructions":"Be terse.","max_output_tokens":99,"store":false,"reasoning":{"effort":"low"},
        "text":{"format":{"type":"json_schema","name":"n","schema":{"type":"object"},"strict":true}},
        "tools":[{"type":"function","name":"f","parameters":{"type":"object"},"strict":false}],"tool_choice":{"type":"function","name":"f"},
        "input":[{"role":"user","content":[{"type":"input_text","text":"Look"},{"type":"input_image","image_url":"data:image/png;base64,AA==","detail":"auto"}]},
        {"type":"reasoning","summary":[],"encrypted_content":"anthropic#sig"},
        {"role":"assistant","content":[{"type":"output_text","text":"I call","annotations":[]}]},
        {"type":"function_call","call_id":"c1","name":"f","arguments":"{\"a\":1}"},
        {"type":"function_call","call_id":"c2","name":"f","arguments":"{}"},
        {"type":"function_call_output","call_id":"c1","output":"one"},
        {"type":"function_call_output","call_id":"c2","output":[{"type":"input_text","text":"two"}]}]}"#;
    let (chat, lost) = translated("openai_responses", "openai_chat", body).unwrap();
    assert_eq!(
        chat,
        json!({
            "model": "target-model",
            "messages": [
                {"role": "system", "content": "Be terse."},
                {"role": "user", "content": [
                    {"type": "text", "text": "Look"},
                    {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA=="}},
                ]},
                {"role": "assistant", "content": "I call", "tool_calls": [
                    {"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{\"a\":1}"}},
                    {"id": "c2", "type": "function", "function": {"name": "f", "arguments": "{}"}},
                ]},
                {"role": "tool", "tool_call_id": "c1", "content": "one"},
                {"role": "tool", "tool_call_id": "c2", "content": "two"},
            ],
            "tools": [{"type": "function", "function": {"name": "f", "parameters": {"type": "object"}, "strict": false}}],
            "tool_choice": {"type": "function", "function": {"name": "f"}},
            "max_completion_tokens": 99,
            "response_format": {"type": "json_schema", "json_schema": {"name": "n", "strict": true, "schema": {"type": "object"}}},
            "reasoning_effort": "low",
        })
    );
    assert_eq!(lost, ["input[].encrypted_content"]);
    let (claude, lost) = translated("openai_responses", "anthropic_messages", body).unwrap();
    assert_eq!(
        claude["messages"],
        json!([
            {"role": "user", "content": [
                {"type": "text", "text": "Look"},
                {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "AA=="}},
            ]},
            {"role": "assistant", "content": [
                {"type": "thinking", "thinking": "", "signature": "sig"},
                {"type": "text", "text": "I call"},
                {"type": "tool_use", "id": "c1", "name": "f", "input": {"a": 1}},
                {"type": "tool_use", "id": "c2", "name": "f", "input": {}},
            ]},
            {"role": "user", "content": [
                {"type": "tool_result", "tool_use_id": "c1", "content": "one"},
                {"type": "tool_result", "tool_use_id": "c2", "content": "two"},
            ]},
        ])
    );
    // A model that thinks refuses to be forced.
    assert_eq!(lost, ["tool_choice"]);
}

#[test]
fn a_chat_request_becomes_one_of_the_responses_api() {
    let body = r#"{"model":"m","max_tokens":99,"temperature":3,"seed":7,"logprobs":true,"top_logprobs":2,"user":"u","store":true,"metadata":{"a":"b"},
        "response_format":{"type":"json_object"},"verbosity":"low","reasoning_effort":"none","parallel_tool_calls":false,
        "tools":[{"type":"function","function":{"name":"f","description":"d","parameters":{"type":"object"}}}],
        "tool_choice":{"type":"allowed_tools","allowed_tools":{"mode":"required","tools":[{"type":"function","function":{"name":"f"}}]}},
        "prompt_cache_options":{"mode":"implicit"},"prediction":{"type":"content","content":"x"},
        "messages":[{"role":"system","content":"One."},{"role":"developer","content":"Two."},
        {"role":"user","name":"Ann","content":[{"type":"text","text":"Hi"},{"type":"file","file":{"file_data":"data:application/pdf;base64,AA=="}}]},
        {"role":"assistant","content":"","refusal":"No.","tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":""}}]},
        {"role":"tool","tool_call_id":"c1","content":"done"}]}"#;
    let (responses, lost) = translated("openai_chat", "openai_responses", body).unwrap();
    assert_eq!(
        responses,
        json!({
            "model": "target-model",
            "instructions": "One.",
            "input": [
                {"type": "message", "role": "developer", "content": "Two."},
                {"type": "message", "role": "user", "content": [
                    {"type": "input_text", "text": "Hi"},
                    {"type": "input_file", "filename": "document.pdf", "file_data": "data:application/pdf;base64,AA=="},
                ]},
                {"type": "message", "role": "assistant", "content": [{"type": "refusal", "refusal": "No."}]},
                {"type": "function_call", "call_id": "c1", "name": "f", "arguments": "{}"},
                {"type": "function_call_output", "call_id": "c1", "output": "done"},
            ],
            "tools": [{"type": "function", "name": "f", "description": "d", "parameters": {"type": "object"}, "strict": false}],
            "tool_choice": {"type": "allowed_tools", "mode": "required", "tools": [{"type": "function", "name": "f"}]},
            "parallel_tool_calls": false,
            "max_output_tokens": 99,
            "temperature": 2,
            "top_logprobs": 2,
            "text": {"format": {"type": "json_object"}, "verbosity": "low"},
            "reasoning": {"effort": "none"},
            "include": ["message.output_text.logprobs"],
            "user": "u",
            "metadata": {"a": "b"},
            "store": true,
            "prompt_cache_options": {"mode": "implicit"},
        })
    );
    assert_eq!(lost, ["seed", "messages[].name", "temperature", "prediction"]);
    let refused = [
        (
            r#""stop":["x"]"#,
            "stop",
            "stop: this model's provider cannot take strings that end the answer: it cannot end an answer at a string",
        ),
        (
            r#""n":2"#,
            "n",
            "n: this model's provider cannot take several alternatives: it gives one answer at a time; set it to 1",
        ),
        (
            r#""tools":[{"type":"custom","custom":{"name":"f"}}]"#,
            "tools[0].type",
            "tools[0].type: this model's provider cannot take a tool only its format has: it has tools of its own only",
        ),
    ];
    for (field, param, message) in refused {
        let body = format!(r#"{{"model":"m","messages":[{{"role":"user","content":"x"}}],{field}}}"#);
        let refusal = translated("openai_chat", "openai_responses", &body).unwrap_err();
        assert_eq!(refusal, (Some(param.to_owned()), message.to_owned()));
    }
}

#[test]
fn a_messages_request_becomes_one_of_the_responses_api() {
    let body = r#"{"model":"m","max_tokens":5,"top_k":3,"thinking":{"type":"enabled","budget_tokens":3000},"stop_sequences":[],
        "system":[{"type":"text","text":"One.","cache_control":{"type":"ephemeral"}},{"type":"text","text":"Two."}],
        "messages":[{"role":"user","content":"Hi"},
        {"role":"assistant","content":[{"type":"thinking","thinking":"hm","signature":"openai#gAAA"},{"type":"thinking","thinking":"mine","signature":"sig"},
            {"type":"redacted_thinking","data":"x"},{"type":"text","text":"a"},{"type":"text","text":"b"},{"type":"tool_use","id":"t1","name":"f","input":{"a":1}}]},
        {"role":"user","content":[{"type":"text","text":"and"},{"type":"tool_result","tool_use_id":"t1","is_error":true,"content":[{"type":"text","text":"no"},
            {"type":"image","source":{"type":"url","url":"https://x.io/a.png"}}]}]}]}"#;
    let (responses, lost) = translated("anthropic_messages", "openai_responses", body).unwrap();
    assert_eq!(
        responses,
        json!({
            "model": "target-model",
            "instructions": "One.",
            "input": [
                {"type": "message", "role": "system", "content": "Two."},
                {"type": "message", "role": "user", "content": "Hi"},
                {"type": "reasoning", "summary": [{"type": "summary_text", "text": "hm"}], "encrypted_content": "gAAA"},
                {"type": "message", "role": "assistant", "content": [
                    {"type": "output_text", "text": "a", "annotations": []},
                    {"type": "output_text", "text": "b", "annotations": []},
                ]},
                {"type": "function_call", "call_id": "t1", "name": "f", "arguments": "{\"a\":1}"},
                {"type": "function_call_output", "call_id": "t1", "output": [
                    {"type": "input_text", "text": "Error: "},
                    {"type": "input_text", "text": "no"},
                    {"type": "input_image", "image_url": "https://x.io/a.png", "detail": "auto"},
                ]},
                {"type": "message", "role": "user", "content": "and"},
            ],
            "max_output_tokens": 16,
            "reasoning": {"effort": "medium"},
            "include": ["reasoning.encrypted_content"],
            "store": false,
        })
    );
    assert_eq!(
        lost,
        [
            "top_k",
            "messages[].content[].cache_control",
            "messages[].content[].data",
            "messages[].content[].thinking",
            "max_tokens"
        ]
    );
}

#[test]
fn results_and_ids_keep_within_what_openai_takes() {
    let long = "x".repeat(80);
    let result = |parts, is_error| Part::ToolResult { id: text(&long), is_error, parts, cache: None };
    let request = Request {
        messages: vec![
            turn(Role::Assistant, vec![call(&long, Arguments::Json("{\"a\":\"\\n\"}"))]),
            turn(Role::Tool, vec![result(vec![], None)]),
            turn(Role::Tool, vec![result(vec![], Some(true))]),
            turn(Role::Tool, vec![result(vec![said("it broke")], Some(true))]),
        ],
        ..Request::default()
    };
    let (body, lost) = written(&request);
    assert!(lost.is_empty());
    let items = body["input"].as_array().unwrap();
    let ids: Vec<_> = items.iter().map(|item| item["call_id"].as_str().unwrap()).collect();
    assert!(ids[0].len() == 64 && ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    assert_eq!(items[0]["arguments"], "{\"a\":\"\\n\"}");
    let outputs: Vec<_> = items.iter().skip(1).map(|item| item["output"].as_str().unwrap()).collect();
    assert_eq!(outputs, ["", "Error", "Error: it broke"]);
}

#[test]
fn reasoning_is_asked_for_only_where_there_is_some() {
    let own = Signature { origin: Origin::OpenAi, value: text("gAAA") };
    let thought = |signature| Part::Thinking { text: text("hm"), signature };
    let hi = || turn(Role::User, vec![said("Hi")]);
    let effort = Some(Reasoning::Effort(Effort::Medium));
    let rows = [
        // A name that says nothing.
        ("target", None, thought(Some(own.clone())), None, true, 0),
        ("target", None, thought(None), None, false, 1),
        ("target", Some(Reasoning::Off), said("a"), Some("none"), false, 0),
        ("target", Some(Reasoning::Budget(9)), said("a"), Some("low"), true, 0),
        // Models that do not think, and that do so unasked.
        ("gpt-4.1", effort, said("a"), None, false, 1),
        ("gpt-4.1", None, thought(Some(own.clone())), None, false, 0),
        ("gpt-5", None, said("a"), None, true, 0),
        ("gpt-5", effort, said("a"), Some("medium"), true, 0),
        ("gpt-5.1", Some(Reasoning::Off), said("a"), Some("none"), false, 0),
    ];
    for (model, reasoning, part, word, included, lost) in rows {
        let messages = vec![hi(), turn(Role::Assistant, vec![part]), hi()];
        let request = Request { messages, reasoning, ..Request::default() };
        let mut loss = Loss::default();
        let target = Target { model, quirks: &Quirks::DEFAULT };
        let body = FORMAT.write_request(&request, &target, &mut loss).unwrap();
        let body: Json = serde_json::from_slice(&body).unwrap();
        assert_eq!(body["reasoning"]["effort"].as_str(), word, "{model} {reasoning:?}");
        assert_eq!(body.get("include").is_some(), included, "{model} {reasoning:?}");
        assert_eq!(loss.0.len(), lost, "{model} {reasoning:?} {loss:?}");
    }
}

#[test]
fn a_model_gets_the_numbers_it_takes() {
    let rows = [
        ("gpt-4.1", None, json!([0.5, 0.9]), vec![]),
        ("gpt-5", None, json!([null, null]), vec!["temperature", "top_p"]),
        ("gpt-5.1", None, json!([0.5, 0.9]), vec![]),
        ("gpt-5.1", Some(Reasoning::Budget(9)), json!([null, null]), vec!["temperature", "top_p"]),
        ("our-deployment", Some(Reasoning::Budget(9)), json!([0.5, 0.9]), vec![]),
    ];
    for (model, reasoning, want, lost) in rows {
        let messages = vec![turn(Role::User, vec![said("Hi")])];
        let (temperature, top_p) = (Some("0.5"), Some("0.9"));
        let request = Request { messages, reasoning, temperature, top_p, ..Request::default() };
        let mut loss = Loss::default();
        let target = Target { model, quirks: &Quirks::DEFAULT };
        let body = FORMAT.write_request(&request, &target, &mut loss).unwrap();
        let body: Json = serde_json::from_slice(&body).unwrap();
        assert_eq!(json!([body.get("temperature"), body.get("top_p")]), want, "{model}");
        assert_eq!(loss.0, lost, "{model}");
    }
}

#[test]
fn a_mark_for_the_prompt_cache_stands_where_one_can_for_a_model_that_knows_it() {
    let marked = |raw| Part::Text { text: text(raw), cache: Some(r#"{"type":"ephemeral","ttl":"1h"}"#) };
    let result = |parts, cache| Part::ToolResult { id: text("c"), is_error: Some(true), parts, cache };
    let request = Request {
        messages: vec![
            turn(Role::System, vec![marked("s")]),
            turn(Role::User, vec![marked("u"), said("v")]),
            turn(Role::Assistant, vec![call("c", Arguments::Json("{}"))]),
            turn(Role::Tool, vec![result(vec![said("r")], Some(r#"{"type":"ephemeral"}"#))]),
        ],
        ..Request::default()
    };
    let write = |model| {
        let mut loss = Loss::default();
        let body = FORMAT.write_request(&request, &Target { model, quirks: &Quirks::DEFAULT }, &mut loss).unwrap();
        (serde_json::from_slice::<Json>(&body).unwrap(), loss.0)
    };
    let hour = json!({"mode": "explicit", "ttl": "12h"});
    let (body, lost) = write("gpt-5.6");
    assert_eq!(
        body["input"],
        json!([
            {"type": "message", "role": "system", "content": [
                {"type": "input_text", "text": "s", "prompt_cache_breakpoint": hour},
            ]},
            {"type": "message", "role": "user", "content": [
                {"type": "input_text", "text": "u", "prompt_cache_breakpoint": hour},
                {"type": "input_text", "text": "v"},
            ]},
            {"type": "function_call", "call_id": "c", "name": "f", "arguments": "{}"},
            {"type": "function_call_output", "call_id": "c", "output": [
                {"type": "input_text", "text": "Error: "},
                {"type": "input_text", "text": "r", "prompt_cache_breakpoint": {"mode": "explicit"}},
            ]},
        ])
    );
    assert!(lost.is_empty());
    let (body, lost) = write("gpt-4.1");
    assert!(!body.to_string().contains("prompt_cache_breakpoint"), "{body}");
    assert_eq!(lost, ["input[].content[].prompt_cache_breakpoint"]);
}

#[test]
fn what_alone_is_said_is_what_is_answered() {
    let only = |role| Request { messages: vec![turn(role, vec![said("Hi")])], ..Request::default() };
    for role in ["system", "developer"] {
        let (body, _) = written(&only(if role == "system" { Role::System } else { Role::Developer }));
        assert_eq!(body["input"], json!([{"type": "message", "role": role, "content": "Hi"}]));
        assert_eq!(body.get("instructions"), None);
    }
    let silent = Request { messages: vec![turn(Role::Assistant, vec![])], ..Request::default() };
    let error = FORMAT.write_request(&silent, &TARGET, &mut Loss::default()).unwrap_err();
    assert_eq!(error.message, "there is no turn with anything in it that this model could answer");
}
