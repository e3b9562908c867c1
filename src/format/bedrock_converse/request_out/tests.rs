use serde_json::{Value as Json, json};

use super::*;
use crate::format::{Quirks, find, translate};

const CLAUDE: &str = "us.anthropic.claude-sonnet-4-5-20250929-v1:0";

/// What a client's body becomes for a model, and what is lost; or why it is refused.
fn sent_by(client: &str, body: &Json, model: &str) -> Result<(Json, Vec<String>), String> {
    let (from, to) = (find(client).unwrap(), find("bedrock_converse").unwrap());
    let text = body.to_string();
    let doc = Doc::parse(text.as_bytes()).unwrap();
    let quirks = Quirks { max_temperature: 1.0, ..Quirks::DEFAULT };
    let mut loss = Loss::default();
    let request = from.read_request(&doc).unwrap();
    match translate(request, from, to, &Target { model, quirks: &quirks }, &mut loss) {
        Ok(body) => {
            Ok((serde_json::from_slice(&body).unwrap_or_else(|e| panic!("{e}: {}", body.escape_ascii())), loss.0))
        }
        Err(error) => {
            assert_eq!(error.status, 400, "{error:?}");
            let param = error.param.unwrap_or_default();
            Err(if error.message.contains(&param) { error.message } else { format!("{param}: {}", error.message) })
        }
    }
}

fn openai(messages: Json, more: Json) -> Json {
    let mut body = json!({"model": "m", "messages": messages});
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    body
}

fn user() -> Json {
    json!([{"role": "user", "content": "hi"}])
}

/// Of what is sent, this member alone.
fn member(body: &Json, model: &str, path: &str) -> (Json, Vec<String>) {
    let (sent, loss) = sent_by("openai_chat", body, model).unwrap();
    (sent.pointer(path).cloned().unwrap_or(Json::Null), loss)
}

#[test]
fn turns_alternate_with_results_first_and_system_apart() {
    let call = |id: &str, name: &str, arguments: &str| json!({"id": id, "type": "function", "function": {"name": name, "arguments": arguments}});
    let messages = json!([
        {"role": "system", "content": "One."},
        {"role": "user", "content": "a"},
        {"role": "user", "content": [{"type": "text", "text": "b"}, {"type": "text", "text": "  "}]},
        {"role": "assistant", "content": null, "tool_calls": [call("call_1", "f", "{\"x\":1}"), call("with space", "g", "")]},
        {"role": "tool", "tool_call_id": "call_1", "content": "one"},
        {"role": "user", "content": "meanwhile"},
        {"role": "tool", "tool_call_id": "with space", "content": ""},
        {"role": "assistant", "content": ""},
        {"role": "developer", "content": "Two."},
        {"role": "user", "content": "c"},
        {"role": "assistant", "content": "Begin: \n"},
    ]);
    let tools = json!([
        {"type": "function", "function": {"name": "f", "description": "F", "parameters": {"type": "object"}, "strict": true}},
        {"type": "function", "function": {"name": "g", "description": ""}},
    ]);
    let (sent, loss) = sent_by("openai_chat", &openai(messages, json!({"tools": tools})), CLAUDE).unwrap();
    let made = sent.pointer("/messages/1/content/1/toolUse/toolUseId").unwrap().as_str().unwrap();
    assert!(made.starts_with("with_space_") && made.len() <= 64, "{made}");
    let expected = json!({
        "toolConfig": {"tools": [
            {"toolSpec": {"name": "f", "description": "F", "inputSchema": {"json": {"type": "object"}}, "strict": true}},
            {"toolSpec": {"name": "g", "inputSchema": {"json": {"type": "object", "properties": {}}}}},
        ]},
        "system": [{"text": "One."}, {"text": "Two."}],
        "messages": [
            {"role": "user", "content": [{"text": "a"}, {"text": "b"}]},
            {"role": "assistant", "content": [
                {"toolUse": {"toolUseId": "call_1", "name": "f", "input": {"x": 1}}},
                {"toolUse": {"toolUseId": made, "name": "g", "input": {}}},
            ]},
            {"role": "user", "content": [
                {"toolResult": {"toolUseId": "call_1", "content": [{"text": "one"}]}},
                {"toolResult": {"toolUseId": made, "content": []}},
                {"text": "meanwhile"},
                {"text": "c"},
            ]},
            {"role": "assistant", "content": [{"text": "Begin:"}]},
        ],
    });
    assert_eq!(sent, expected);
    assert_eq!(loss, Vec::<String>::new());
}

#[test]
fn a_long_id_is_shortened_the_same_way_for_a_call_and_its_result() {
    let long = "toolu_".to_owned() + &"x".repeat(90);
    let messages = json!([
        {"role": "user", "content": "a"},
        {"role": "assistant", "content": null, "tool_calls": [{"id": long, "type": "function", "function": {"name": "f", "arguments": "{}"}}]},
        {"role": "tool", "tool_call_id": long, "content": "x"},
    ]);
    let (sent, _) = sent_by("openai_chat", &openai(messages, json!({})), CLAUDE).unwrap();
    let call = sent.pointer("/messages/1/content/0/toolUse/toolUseId").unwrap();
    assert_eq!(call, sent.pointer("/messages/2/content/0/toolResult/toolUseId").unwrap());
    assert!(call.as_str().unwrap().len() <= 64);
    // The conversation has calls, so the tool is offered again although the client offers none.
    let stub = json!({"tools": [{"toolSpec": {"name": "f", "inputSchema": {"json": {"type": "object"}}}}]});
    assert_eq!(sent["toolConfig"], stub);
}

#[test]
fn settings_become_what_the_family_takes() {
    let effort = |word: &str| json!({"reasoning_effort": word});
    let rows = [
        // A limit, sampling, stops.
        (
            json!({"max_tokens": 9, "temperature": 0.50, "top_p": 0.9, "stop": ["a", " "]}),
            "meta.llama3-1-8b-instruct-v1:0",
            "/inferenceConfig",
            json!({"maxTokens": 9, "temperature": 0.5, "topP": 0.9, "stopSequences": ["a"]}),
            &["stop"][..],
        ),
        (
            json!({"temperature": 1.7}),
            "amazon.nova-lite-v1:0",
            "/inferenceConfig",
            json!({"temperature": 1}),
            &["temperature"],
        ),
        (
            json!({"temperature": 0.5, "top_p": 0.9}),
            CLAUDE,
            "/inferenceConfig",
            json!({"temperature": 0.5}),
            &["top_p"],
        ),
        (json!({"temperature": 0.5}), "anthropic.claude-opus-4-7", "/inferenceConfig", Json::Null, &["temperature"]),
        // Top-k goes by many names.
        (
            json!({"top_k": 7}),
            "anthropic.claude-3-haiku-20240307-v1:0",
            "/additionalModelRequestFields",
            json!({"top_k": 7}),
            &[],
        ),
        (
            json!({"top_k": 7}),
            "amazon.nova-pro-v1:0",
            "/additionalModelRequestFields",
            json!({"inferenceConfig": {"topK": 7}}),
            &[],
        ),
        (json!({"top_k": 7}), "cohere.command-r-v1:0", "/additionalModelRequestFields", json!({"k": 7}), &[]),
        (
            json!({"top_k": 7}),
            "meta.llama3-1-8b-instruct-v1:0",
            "/additionalModelRequestFields",
            Json::Null,
            &["top_k"],
        ),
        // And so does thinking.
        (
            effort("medium"),
            CLAUDE,
            "/additionalModelRequestFields",
            json!({"thinking": {"type": "enabled", "budget_tokens": 2048}}),
            &[],
        ),
        (effort("medium"), CLAUDE, "/inferenceConfig", json!({"maxTokens": 4096 + 2048}), &[]),
        (
            effort("high"),
            "anthropic.claude-opus-4-7",
            "",
            json!({
                "messages": [{"role": "user", "content": [{"text": "hi"}]}],
                "outputConfig": {"effort": "high"},
                "additionalModelRequestFields": {"thinking": {"type": "adaptive"}},
            }),
            &[],
        ),
        (
            effort("minimal"),
            "us.amazon.nova-2-lite-v1:0",
            "/additionalModelRequestFields",
            json!({"reasoningConfig": {"type": "enabled", "maxReasoningEffort": "low"}}),
            &[],
        ),
        (
            json!({"reasoning_effort": "high", "temperature": 0.5}),
            "us.amazon.nova-2-lite-v1:0",
            "",
            json!({
                "messages": [{"role": "user", "content": [{"text": "hi"}]}],
                "additionalModelRequestFields": {"reasoningConfig": {"type": "enabled", "maxReasoningEffort": "high"}},
            }),
            &["temperature"],
        ),
        (
            json!({"reasoning_effort": "high", "max_tokens": 9}),
            "us.amazon.nova-2-lite-v1:0",
            "/additionalModelRequestFields/reasoningConfig/maxReasoningEffort",
            json!("medium"),
            &["reasoning_effort"],
        ),
        (
            effort("xhigh"),
            "openai.gpt-oss-20b-1:0",
            "/additionalModelRequestFields",
            json!({"reasoning_effort": "high"}),
            &["reasoning_effort"],
        ),
        (
            effort("low"),
            "arn:aws:bedrock:us-east-1:1:application-inference-profile/a",
            "/outputConfig",
            json!({"effort": "low"}),
            &[],
        ),
        (
            effort("low"),
            "meta.llama3-1-8b-instruct-v1:0",
            "/additionalModelRequestFields",
            Json::Null,
            &["reasoning_effort"],
        ),
        (effort("none"), CLAUDE, "/additionalModelRequestFields", Json::Null, &[]),
        // The shape of the answer.
        (
            json!({"response_format": {"type": "json_schema", "json_schema": {"name": "n", "schema": {"a": "\"\n"}}}}),
            CLAUDE,
            "/outputConfig",
            json!({"textFormat": {"type": "json_schema", "structure": {"jsonSchema": {"schema": "{\"a\":\"\\\"\\n\"}", "name": "n"}}}}),
            &[],
        ),
        (
            json!({"response_format": {"type": "json_object"}}),
            CLAUDE,
            "/outputConfig/textFormat/structure/jsonSchema",
            json!({"schema": "{\"type\":\"object\",\"additionalProperties\":true}"}),
            &[],
        ),
        // The rest.
        (json!({"metadata": {"team": "blue"}}), CLAUDE, "/requestMetadata", json!({"team": "blue"}), &[]),
        (json!({"metadata": {"team": "b*ue"}}), CLAUDE, "/requestMetadata", Json::Null, &["metadata"]),
        (json!({"metadata": {}}), CLAUDE, "/requestMetadata", Json::Null, &["metadata"]),
        (json!({"service_tier": "flex"}), CLAUDE, "/serviceTier", json!({"type": "flex"}), &[]),
        (json!({"service_tier": "auto"}), CLAUDE, "/serviceTier", Json::Null, &[]),
        (json!({"service_tier": "scale"}), CLAUDE, "/serviceTier", Json::Null, &["service_tier"]),
        (
            json!({"seed": 1, "user": "u", "logit_bias": {}}),
            CLAUDE,
            "/inferenceConfig",
            Json::Null,
            &["seed", "logit_bias", "user"],
        ),
        (
            json!({"guardrailConfig": {"guardrailIdentifier": "a"}, "unknown": 1}),
            CLAUDE,
            "/guardrailConfig",
            json!({"guardrailIdentifier": "a"}),
            &["unknown"],
        ),
        (
            json!({"top_k": 7, "additionalModelRequestFields": {"top_k": 9, "anthropic_beta": ["b"]}}),
            "anthropic.claude-3-haiku-20240307-v1:0",
            "/additionalModelRequestFields",
            json!({"top_k": 7, "anthropic_beta": ["b"]}),
            &[],
        ),
    ];
    for (settings, model, path, want, lost) in rows {
        let (sent, loss) = member(&openai(user(), settings.clone()), model, path);
        let mut loss: Vec<_> = loss.iter().map(String::as_str).collect();
        let mut lost = lost.to_vec();
        loss.sort_unstable();
        lost.sort_unstable();
        assert_eq!((sent, loss), (want, lost), "{settings} {model}");
    }
}

#[test]
fn a_choice_of_tools_is_said_where_it_can_be() {
    let tools =
        json!([{"type": "function", "function": {"name": "f"}}, {"type": "function", "function": {"name": "g"}}]);
    let named = json!({"type": "function", "function": {"name": "g"}});
    let allowed = json!({"type": "allowed_tools", "allowed_tools": {"mode": "required", "tools": [{"type": "function", "function": {"name": "g"}}]}});
    let llama = "meta.llama3-1-8b-instruct-v1:0";
    let rows = [
        (json!({"tool_choice": "auto"}), CLAUDE, 2, json!({"auto": {}}), Json::Null, &[][..]),
        (json!({"tool_choice": "required"}), CLAUDE, 2, json!({"any": {}}), Json::Null, &[]),
        (json!({"tool_choice": named}), CLAUDE, 2, json!({"tool": {"name": "g"}}), Json::Null, &[]),
        (json!({"tool_choice": allowed}), CLAUDE, 1, json!({"any": {}}), Json::Null, &[]),
        (json!({"tool_choice": "none"}), CLAUDE, 0, Json::Null, Json::Null, &[]),
        (json!({}), CLAUDE, 2, Json::Null, Json::Null, &[]),
        (
            json!({"parallel_tool_calls": false}),
            CLAUDE,
            2,
            Json::Null,
            json!({"tool_choice": {"type": "auto", "disable_parallel_tool_use": true}}),
            &[],
        ),
        (
            json!({"parallel_tool_calls": false, "tool_choice": named}),
            CLAUDE,
            2,
            Json::Null,
            json!({"tool_choice": {"type": "tool", "name": "g", "disable_parallel_tool_use": true}}),
            &[],
        ),
        (
            json!({"parallel_tool_calls": false, "tool_choice": "required"}),
            llama,
            2,
            json!({"any": {}}),
            Json::Null,
            &["parallel_tool_calls"],
        ),
        (
            json!({"tool_choice": "required", "reasoning_effort": "low"}),
            CLAUDE,
            2,
            json!({"auto": {}}),
            json!({"thinking": {"type": "enabled", "budget_tokens": 1024}}),
            &["tool_choice"],
        ),
    ];
    for (settings, model, count, choice, model_fields, lost) in rows {
        let mut more = settings.clone();
        more["tools"] = tools.clone();
        let (sent, loss) = sent_by("openai_chat", &openai(user(), more), model).unwrap();
        let offered = sent.pointer("/toolConfig/tools").and_then(Json::as_array).map_or(0, Vec::len);
        let seen = (offered, &sent["toolConfig"]["toolChoice"], &sent["additionalModelRequestFields"], &loss[..]);
        let lost: Vec<_> = lost.iter().map(ToString::to_string).collect();
        assert_eq!(seen, (count, &choice, &model_fields, &lost[..]), "{settings} {model}");
    }
    // Where the conversation has calls, they cannot be forbidden.
    let history = json!([
        {"role": "user", "content": "a"},
        {"role": "assistant", "content": null, "tool_calls": [{"id": "a", "type": "function", "function": {"name": "f", "arguments": "{}"}}]},
        {"role": "tool", "tool_call_id": "a", "content": "x"},
    ]);
    let body = openai(history, json!({"tools": tools, "tool_choice": "none"}));
    let (sent, loss) = sent_by("openai_chat", &body, CLAUDE).unwrap();
    assert_eq!(
        (sent["toolConfig"]["tools"].as_array().unwrap().len(), &sent["toolConfig"]["toolChoice"]),
        (2, &Json::Null)
    );
    assert_eq!(loss, ["tool_choice"]);
}

#[test]
fn media_have_words_and_documents_have_names() {
    let parts = json!([
        {"type": "image_url", "image_url": {"url": "data:image/jpg;base64,QUJD", "detail": "high"}},
        {"type": "image_url", "image_url": {"url": "s3://bucket/a.webp"}},
        {"type": "input_audio", "input_audio": {"data": "QUJD", "format": "mp3"}},
        {"type": "file", "file": {"file_data": "data:application/pdf;base64,QUJD", "filename": "Q3_report.v2.pdf"}},
        {"type": "file", "file": {"file_data": "data:text/plain;base64,QUJD", "filename": "q3 report v2.txt"}},
        {"type": "file", "file": {"file_data": "data:image/png;base64,QUJD"}},
    ]);
    let body = openai(json!([{"role": "user", "content": parts}]), json!({}));
    let (content, loss) = member(&body, CLAUDE, "/messages/0/content");
    let expected = json!([
        {"image": {"format": "jpeg", "source": {"bytes": "QUJD"}}},
        {"image": {"format": "webp", "source": {"s3Location": {"uri": "s3://bucket/a.webp"}}}},
        {"audio": {"format": "mp3", "source": {"bytes": "QUJD"}}},
        {"document": {"format": "pdf", "name": "Q3 report v2", "source": {"bytes": "QUJD"}}},
        {"document": {"format": "txt", "name": "q3 report v2 (2)", "source": {"bytes": "QUJD"}}},
        {"image": {"format": "png", "source": {"bytes": "QUJD"}}},
    ]);
    assert_eq!(content, expected);
    assert_eq!(loss, ["messages[].content[].image_url.detail"]);
}

#[test]
fn what_claude_signed_and_marked_goes_on_and_other_reasoning_does_not() {
    let ttl = json!({"type": "ephemeral", "ttl": "1h"});
    let mark = json!({"type": "ephemeral"});
    let body = json!({
        "model": "m", "max_tokens": 3000,
        "thinking": {"type": "enabled", "budget_tokens": 2000},
        "system": [{"type": "text", "text": "s", "cache_control": ttl}],
        "tools": [{"name": "f", "input_schema": {"type": "object"}, "cache_control": mark}],
        "messages": [
            {"role": "user", "content": "go"},
            {"role": "assistant", "content": [
                {"type": "thinking", "thinking": "t", "signature": "c2ln"},
                {"type": "thinking", "thinking": "foreign", "signature": "gemini#c2ln"},
                {"type": "redacted_thinking", "data": "EmwK"},
                {"type": "tool_use", "id": "toolu_1", "name": "f", "input": {"a": 1}},
            ]},
            {"role": "user", "content": [
                {"type": "tool_result", "tool_use_id": "toolu_1", "is_error": true, "content": [
                    {"type": "text", "text": "bad", "cache_control": mark},
                    {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "QUJD"}},
                    {"type": "document", "title": "a.pdf", "source": {"type": "base64", "media_type": "application/pdf", "data": "QUJD"}},
                ]},
                {"type": "text", "text": "on", "cache_control": mark},
                {"type": "text", "text": "more", "cache_control": mark},
            ]},
        ],
    });
    let (sent, loss) = sent_by("anthropic_messages", &body, CLAUDE).unwrap();
    let point = json!({"cachePoint": {"type": "default"}});
    let expected = json!({
        "toolConfig": {"tools": [{"toolSpec": {"name": "f", "inputSchema": {"json": {"type": "object"}}}}, point]},
        "system": [{"text": "s"}, {"cachePoint": {"type": "default", "ttl": "1h"}}],
        "messages": [
            {"role": "user", "content": [{"text": "go"}]},
            {"role": "assistant", "content": [
                {"reasoningContent": {"reasoningText": {"text": "t", "signature": "c2ln"}}},
                {"reasoningContent": {"redactedContent": "EmwK"}},
                {"toolUse": {"toolUseId": "toolu_1", "name": "f", "input": {"a": 1}}},
            ]},
            {"role": "user", "content": [
                {"toolResult": {"toolUseId": "toolu_1", "status": "error", "content": [
                    {"text": "bad"},
                    {"image": {"format": "png", "source": {"bytes": "QUJD"}}},
                    {"document": {"format": "pdf", "name": "a", "source": {"bytes": "QUJD"}}},
                ]}},
                point,
                {"text": "on"},
                point,
                {"text": "more"},
            ]},
        ],
        "inferenceConfig": {"maxTokens": 3000},
        "additionalModelRequestFields": {"thinking": {"type": "enabled", "budget_tokens": 2000}},
    });
    assert_eq!(sent, expected);
    assert_eq!(loss, ["messages[].content[].thinking", "messages[].content[].cache_control"]);
}

#[test]
fn what_cannot_be_said_is_refused_by_its_path() {
    let part =
        |part: Json| openai(json!([{"role": "user", "content": "a"}, {"role": "user", "content": [part]}]), json!({}));
    let image = |url: &str| part(json!({"type": "image_url", "image_url": {"url": url}}));
    let function = |name: &str| json!({"tools": [{"type": "function", "function": {"name": name}}]});
    let called = |name: &str, arguments: &str| {
        openai(
            json!([
                {"role": "user", "content": "a"},
                {"role": "assistant", "tool_calls": [
                    {"id": "a", "type": "function", "function": {"name": name, "arguments": arguments}}
                ]},
            ]),
            json!({}),
        )
    };
    let rows = [
        (
            image("https://x.io/a.png"),
            "messages[1].content[0]: Bedrock fetches nothing: give the bytes, or an address in s3",
        ),
        (image("s3://b/a"), "messages[1].content[0]: the name of the file does not tell what it is"),
        (image("data:image/tiff;base64,QUJD"), "messages[1].content[0]: Bedrock has no image of the type `image/tiff`"),
        (image("data:image/png;base64,QUJ"), "messages[1].content[0]: the image is not in base64"),
        (
            part(json!({"type": "file", "file": {"file_id": "file-1"}})),
            "messages[1].content[0].file.file_id: this model's provider cannot take a file in the provider's store: it has no store of files",
        ),
        (part(json!({"type": "magic"})), "messages[1].content[0]: this model takes no content of the type `magic`"),
        (openai(user(), function("a.b")), "tools[0].function.name: Bedrock takes up to 64 letters, digits, _ and -"),
        (
            openai(user(), function(&"x".repeat(65))),
            "tools[0].function.name: Bedrock takes up to 64 letters, digits, _ and -",
        ),
        (called("a.b", "{}"), "messages[].tool_calls[].function.name: Bedrock takes up to 64 letters, digits, _ and -"),
        (called("f", "[1]"), "messages[1].tool_calls[0].function.arguments must be a JSON object"),
        (called("f", "{\"cut"), "messages[1].tool_calls[0].function.arguments must be a JSON object"),
        (
            openai(json!([{"role": "system", "content": "x"}]), json!({})),
            "messages: this model needs at least one user turn that is not blank",
        ),
        (openai(user(), json!({"tool_choice": "required"})), "tool_choice asks for a call, but tools is empty"),
        (
            openai(user(), json!({"tools": [{"type": "custom", "custom": {"name": "c"}}]})),
            "tools[0]: this model has no tool of the type `custom`",
        ),
        (
            openai(user(), json!({"modalities": ["text", "audio"]})),
            "modalities: this model's provider has no place for it, and the answer would be another",
        ),
        (
            openai(user(), json!({"n": 2})),
            "n: this model's provider cannot take several alternatives: it gives one answer at a time; set it to 1",
        ),
    ];
    for (body, message) in rows {
        assert_eq!(sent_by("openai_chat", &body, CLAUDE).unwrap_err(), message, "{body}");
    }
}
