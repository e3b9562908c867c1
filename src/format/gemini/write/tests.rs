//! What other formats' clients say, as Gemini gets it.

use serde_json::{Value as Json, json};

use crate::chat::{ApiError, Message, Origin, Part, Reasoning, Request, Role, Signature, ToolCall};
use crate::chat::{Arguments, Effort};
use crate::format::{Format, Loss, Quirks, Target, find, translate};
use crate::wire::json::{Doc, Text};

const GEMINI_3: &str = "gemini-3-flash-preview";
const GEMINI_25: &str = "gemini-2.5-flash";
const VERTEX: Quirks = Quirks { call_ids: false, addressed_in_body: false, ..Quirks::DEFAULT };

fn from(client: &str, body: &str, model: &str, quirks: &Quirks) -> Result<(Json, Vec<String>), ApiError> {
    let client = find(client).unwrap();
    let doc = Doc::parse(body.as_bytes()).unwrap();
    let request = client.read_request(&doc).unwrap_or_else(|error| panic!("{error:?}: {body}"));
    let mut loss = Loss::default();
    let gemini: &dyn Format = &super::super::Gemini;
    let body = translate(request, client, gemini, &Target { model, quirks }, &mut loss)?;
    assert!(gemini.read_request(&Doc::parse(&body).unwrap()).is_ok(), "{}", body.escape_ascii());
    Ok((serde_json::from_slice(&body).unwrap(), loss.0))
}

/// A chat request of OpenAI's with these members beside a turn.
fn openai(members: &str) -> String {
    format!(r#"{{"model":"m","messages":[{{"role":"user","content":"Hi"}}],{members}}}"#)
}

/// The same with these turns.
fn turns(turns: &str) -> String {
    format!(r#"{{"model":"m","messages":[{turns}]}}"#)
}

fn written(body: &str, model: &str) -> (Json, Vec<String>) {
    from("openai_chat", body, model, &Quirks::DEFAULT).unwrap_or_else(|error| panic!("{error:?}: {body}"))
}

fn refusal(body: &str, model: &str) -> String {
    from("openai_chat", body, model, &Quirks::DEFAULT).unwrap_err().message
}

#[test]
fn every_setting_has_its_place_or_is_told_as_lost() {
    const FUNCTIONS: &str =
        r#""tools":[{"type":"function","function":{"name":"f"}},{"type":"function","function":{"name":"g"}}]"#;
    let with_functions = |more: &str| format!("{FUNCTIONS},{more}");
    let strict = r#""tools":[{"type":"function","function":{"name":"f","strict":true}}]"#;
    let schema = |schema: &str| {
        format!(r#""response_format":{{"type":"json_schema","json_schema":{{"name":"n","schema":{schema}}}}}"#)
    };
    let rows: Vec<(String, &str, Json, &[&str])> = vec![
        (r#""max_tokens":5"#.into(), "/generationConfig/maxOutputTokens", json!(5), &[]),
        (r#""max_completion_tokens":7"#.into(), "/generationConfig/maxOutputTokens", json!(7), &[]),
        (r#""temperature":0.70"#.into(), "/generationConfig/temperature", json!(0.70), &[]),
        (r#""temperature":2.5"#.into(), "/generationConfig/temperature", json!(2), &["temperature"]),
        (r#""top_p":0.9"#.into(), "/generationConfig/topP", json!(0.9), &[]),
        (r#""top_k":40"#.into(), "/generationConfig/topK", json!(40), &[]),
        (r#""stop":"END""#.into(), "/generationConfig/stopSequences", json!(["END"]), &[]),
        (r#""stop":["a","","b"]"#.into(), "/generationConfig/stopSequences", json!(["a", "b"]), &["stop"]),
        (r#""seed":7"#.into(), "/generationConfig/seed", json!(7), &[]),
        (r#""seed":-2147483648"#.into(), "/generationConfig/seed", json!(-2_147_483_648_i64), &[]),
        (r#""seed":2147483648"#.into(), "/generationConfig", Json::Null, &["seed"]),
        (r#""n":1"#.into(), "/generationConfig", Json::Null, &[]),
        (r#""n":3"#.into(), "/generationConfig/candidateCount", json!(3), &[]),
        (r#""presence_penalty":0.5"#.into(), "/generationConfig/presencePenalty", json!(0.5), &[]),
        (r#""frequency_penalty":-0.5"#.into(), "/generationConfig/frequencyPenalty", json!(-0.5), &[]),
        (r#""logprobs":true"#.into(), "/generationConfig", json!({"responseLogprobs": true}), &[]),
        (
            r#""logprobs":true,"top_logprobs":3"#.into(),
            "/generationConfig",
            json!({"responseLogprobs": true, "logprobs": 3}),
            &[],
        ),
        (
            r#""response_format":{"type":"json_object"}"#.into(),
            "/generationConfig",
            json!({"responseMimeType": "application/json"}),
            &[],
        ),
        (
            schema(r#"{"type":"object","properties":{"a":{"const":"x"}}}"#),
            "/generationConfig",
            json!({"responseMimeType": "application/json", "responseJsonSchema":
                {"type": "object", "properties": {"a": {"type": "string", "enum": ["x"]}}}}),
            &[],
        ),
        (schema(r#"{"not":{}}"#), "/generationConfig/responseJsonSchema", json!({}), &["schema.not"]),
        (r#""response_format":{"type":"text"}"#.into(), "/generationConfig", Json::Null, &[]),
        (r#""metadata":{"team":"blue"}"#.into(), "/labels", json!({"team": "blue"}), &[]),
        (r#""metadata":{"team":"Blue","a":"b"}"#.into(), "/labels", json!({"a": "b"}), &["metadata"]),
        (r#""metadata":{"Team":"blue"}"#.into(), "/labels", Json::Null, &["metadata"]),
        (r#""service_tier":"auto""#.into(), "/serviceTier", Json::Null, &[]),
        (r#""service_tier":"default""#.into(), "/serviceTier", Json::Null, &[]),
        (r#""service_tier":"flex""#.into(), "/serviceTier", json!("flex"), &[]),
        (r#""service_tier":"scale""#.into(), "/serviceTier", Json::Null, &["service_tier"]),
        (r#""store":true"#.into(), "/store", json!(true), &[]),
        (r#""user":"u""#.into(), "/user", Json::Null, &["user"]),
        (r#""logit_bias":{"1":2}"#.into(), "/generationConfig", Json::Null, &["logit_bias"]),
        (r#""verbosity":"low""#.into(), "/generationConfig", Json::Null, &["verbosity"]),
        (r#""prompt_cache_key":"k""#.into(), "/generationConfig", Json::Null, &["prompt_cache_key"]),
        (r#""parallel_tool_calls":false"#.into(), "/toolConfig", Json::Null, &["parallel_tool_calls"]),
        (r#""prediction":{"content":"x"}"#.into(), "/generationConfig", Json::Null, &["prediction"]),
        (r#""safety_settings":[{"category":"C"}]"#.into(), "/safetySettings", json!([{"category": "C"}]), &[]),
        (r#""cachedContent":"cachedContents/a""#.into(), "/cachedContent", json!("cachedContents/a"), &[]),
        (r#""modalities":["text"]"#.into(), "/generationConfig", Json::Null, &[]),
        (
            r#""modalities":["text","image"]"#.into(),
            "/generationConfig/responseModalities",
            json!(["TEXT", "IMAGE"]),
            &[],
        ),
        (
            FUNCTIONS.into(),
            "/tools",
            json!([{"functionDeclarations": [{"name": "f"}, {"name": "g"}]}]),
            &[],
        ),
        (FUNCTIONS.into(), "/toolConfig", Json::Null, &[]),
        (with_functions(r#""tool_choice":"auto""#), "/toolConfig/functionCallingConfig", json!({"mode": "AUTO"}), &[]),
        (with_functions(r#""tool_choice":"none""#), "/toolConfig/functionCallingConfig", json!({"mode": "NONE"}), &[]),
        (
            with_functions(r#""tool_choice":"required""#),
            "/toolConfig/functionCallingConfig",
            json!({"mode": "ANY"}),
            &[],
        ),
        (
            with_functions(r#""tool_choice":{"type":"function","function":{"name":"g"}}"#),
            "/toolConfig/functionCallingConfig",
            json!({"mode": "ANY", "allowedFunctionNames": ["g"]}),
            &[],
        ),
        (
            with_functions(
                r#""tool_choice":{"type":"allowed_tools","mode":"required","tools":[{"type":"function","name":"g"}]}"#,
            ),
            "/toolConfig/functionCallingConfig",
            json!({"mode": "ANY", "allowedFunctionNames": ["g"]}),
            &[],
        ),
        (
            with_functions(
                r#""tool_choice":{"type":"allowed_tools","mode":"auto","tools":[{"type":"function","name":"g"}]}"#,
            ),
            "/tools",
            json!([{"functionDeclarations": [{"name": "g"}]}]),
            &[],
        ),
        (r#""tool_choice":"none""#.into(), "/toolConfig", Json::Null, &[]),
        (strict.into(), "/toolConfig/functionCallingConfig", json!({"mode": "VALIDATED"}), &[]),
        (
            r#""tools":[{"type":"function","function":{"name":"f","description":"d","parameters":{"type":"object","patternProperties":{"^x":{}}}}}]"#.into(),
            "/tools/0/functionDeclarations/0",
            json!({"name": "f", "description": "d", "parametersJsonSchema": {"type": "object"}}),
            &["schema.patternProperties"],
        ),
        (
            format!(r#""web_search_options":{{"search_context_size":"low"}},{FUNCTIONS}"#),
            "/tools/1",
            json!({"googleSearch": {}}),
            &["web_search_options.search_context_size"],
        ),
        (r#""stream":true"#.into(), "/stream", Json::Null, &[]),
    ];
    for (members, pointer, want, lost) in rows {
        let (body, loss) = written(&openai(&members), GEMINI_25);
        assert_eq!(body.pointer(pointer).unwrap_or(&Json::Null), &want, "{members}");
        assert_eq!(loss, lost, "{members}");
        assert!(body.get("model").is_none() && body.get("stream").is_none(), "the path says both");
    }
}

#[test]
fn a_wish_to_think_is_said_as_the_model_understands_it() {
    let rows = [
        (GEMINI_25, "none", json!({"thinkingBudget": 0})),
        (GEMINI_25, "low", json!({"thinkingBudget": 1024, "includeThoughts": true})),
        (GEMINI_25, "max", json!({"thinkingBudget": 24_576, "includeThoughts": true})),
        ("gemini-2.5-pro", "none", json!({"thinkingBudget": 128})),
        (GEMINI_3, "none", json!({"thinkingLevel": "MINIMAL"})),
        (GEMINI_3, "medium", json!({"thinkingLevel": "MEDIUM", "includeThoughts": true})),
        ("gemini-3-pro-preview", "medium", json!({"thinkingLevel": "HIGH", "includeThoughts": true})),
    ];
    for (model, effort, want) in rows {
        let (body, loss) = written(&openai(&format!(r#""reasoning_effort":"{effort}""#)), model);
        assert_eq!(body["generationConfig"]["thinkingConfig"], want, "{model} {effort}");
        assert!(loss.is_empty(), "{loss:?}");
    }
    let (body, loss) = written(&openai(r#""reasoning_effort":"high""#), "gemini-2.0-flash");
    assert_eq!((body.get("generationConfig"), loss), (None, vec!["reasoning_effort".to_owned()]));
    let claude = r#"{"model":"m","max_tokens":9,"messages":[{"role":"user","content":"x"}],"thinking":{"type":"enabled","budget_tokens":5000}}"#;
    for (model, want) in [(GEMINI_25, json!(5000)), (GEMINI_3, Json::Null)] {
        let (body, _) = from("anthropic_messages", claude, model, &Quirks::DEFAULT).unwrap();
        let config = &body["generationConfig"]["thinkingConfig"];
        assert_eq!(config.get("thinkingBudget").unwrap_or(&Json::Null), &want, "{model}");
        assert_eq!(config.get("thinkingLevel"), want.is_null().then_some(&json!("MEDIUM")), "{model}");
    }
}

#[test]
fn turns_are_merged_and_instructions_gathered() {
    let (body, loss) = written(
        &turns(
            r#"{"role":"system","content":"one"},{"role":"user","content":"a"},{"role":"developer","content":"two"},
               {"role":"user","content":[{"type":"text","text":""},{"type":"text","text":"b"}]},
               {"role":"assistant","content":""},{"role":"assistant","content":"c"},{"role":"assistant","content":"d"}"#,
        ),
        GEMINI_25,
    );
    assert_eq!(body["systemInstruction"], json!({"parts": [{"text": "one"}, {"text": "two"}]}));
    assert_eq!(
        body["contents"],
        json!([{"role": "user", "parts": [{"text": "a"}, {"text": "b"}]}, {"role": "model", "parts": [{"text": "c"}, {"text": "d"}]}])
    );
    assert!(loss.is_empty(), "{loss:?}");
}

#[test]
fn results_stand_in_the_order_of_their_calls_under_the_names_of_their_tools() {
    let calls = r#"{"role":"user","content":"go"},{"role":"assistant","content":null,"tool_calls":[
        {"id":"a","type":"function","function":{"name":"f","arguments":"{\"x\":1}"}},
        {"id":"b","type":"function","function":{"name":"f","arguments":""}},
        {"id":"c","type":"function","function":{"name":"g","arguments":"{}"}}]},
        {"role":"tool","tool_call_id":"c","content":"{\"deg\":20}"},{"role":"tool","tool_call_id":"b","content":"two"},
        {"role":"tool","tool_call_id":"a","content":[{"type":"text","text":"one"},{"type":"text","text":"more"}]},
        {"role":"user","content":"and?"}"#;
    let result = |name: &str, response: Json| json!({"functionResponse": {"name": name, "response": response}});
    let (body, loss) = from("openai_chat", &turns(calls), GEMINI_25, &VERTEX).unwrap();
    assert_eq!(
        body["contents"].as_array().unwrap()[1..],
        [
            json!({"role": "model", "parts": [
                {"functionCall": {"name": "f", "args": {"x": 1}}},
                {"functionCall": {"name": "f", "args": {}}},
                {"functionCall": {"name": "g", "args": {}}}]}),
            json!({"role": "user", "parts": [
                result("f", json!({"output": "one\nmore"})),
                result("f", json!({"output": "two"})),
                result("g", json!({"deg": 20}))]}),
            json!({"role": "user", "parts": [{"text": "and?"}]}),
        ]
    );
    assert!(loss.is_empty());
    let (body, _) = written(&turns(calls), GEMINI_25);
    assert_eq!(body["contents"][1]["parts"][2]["functionCall"]["id"], "c");
    assert_eq!(body["contents"][2]["parts"][0]["functionResponse"]["id"], "a");
}

#[test]
fn a_tools_answer_keeps_its_failure_and_its_pictures() {
    let body = r#"{"model":"m","max_tokens":9,"messages":[{"role":"user","content":"x"},
        {"role":"assistant","content":[{"type":"tool_use","id":"a","name":"f","input":{}}]},
        {"role":"user","content":[{"type":"text","text":"see"},{"type":"tool_result","tool_use_id":"a","is_error":true,"content":[
            {"type":"text","text":"{\"no\":1}"},
            {"type":"image","source":{"type":"base64","media_type":"image/jpg","data":"QUJD"}}]}]}]}"#;
    let picture = json!({"inlineData": {"mimeType": "image/jpeg", "data": "QUJD"}});
    let response = json!({"error": "{\"no\":1}"});
    let (third, _) = from("anthropic_messages", body, GEMINI_3, &VERTEX).unwrap();
    assert_eq!(
        third["contents"].as_array().unwrap()[2..],
        [
            json!({"role": "user", "parts": [{"functionResponse": {"name": "f", "response": response, "parts": [picture]}}]}),
            json!({"role": "user", "parts": [{"text": "see"}]}),
        ]
    );
    let (before, _) = from("anthropic_messages", body, GEMINI_25, &VERTEX).unwrap();
    assert_eq!(
        before["contents"].as_array().unwrap()[2..],
        [
            json!({"role": "user", "parts": [{"functionResponse": {"name": "f", "response": response}}]}),
            json!({"role": "user", "parts": [picture, {"text": "see"}]}),
        ]
    );
}

#[test]
fn every_medium_has_its_form() {
    let part = |part: &str| turns(&format!(r#"{{"role":"user","content":[{part}]}}"#));
    let image = |url: &str, more: &str| part(&format!(r#"{{"type":"image_url","image_url":{{"url":"{url}"{more}}}}}"#));
    let rows = [
        (
            image("data:image/jpg;base64,QUJD", ""),
            json!({"inlineData": {"mimeType": "image/jpeg", "data": "QUJD"}}),
            GEMINI_25,
            None,
        ),
        (
            image("https://x.io/a.webp?b", ""),
            json!({"fileData": {"mimeType": "image/webp", "fileUri": "https://x.io/a.webp?b"}}),
            GEMINI_25,
            None,
        ),
        (
            image("https://x.io/a", ""),
            json!({"fileData": {"mimeType": "image/jpeg", "fileUri": "https://x.io/a"}}),
            GEMINI_25,
            None,
        ),
        (
            image("data:image/png;base64,QUJD", r#","detail":"low""#),
            json!({"inlineData": {"mimeType": "image/png", "data": "QUJD"}, "mediaResolution": {"level": "MEDIA_RESOLUTION_LOW"}}),
            GEMINI_3,
            None,
        ),
        (
            image("data:image/png;base64,QUJD", r#","detail":"high""#),
            json!({"inlineData": {"mimeType": "image/png", "data": "QUJD"}}),
            GEMINI_25,
            Some("messages[].content[].image_url.detail"),
        ),
        (
            part(r#"{"type":"input_audio","input_audio":{"data":"QUJD","format":"mp3"}}"#),
            json!({"inlineData": {"mimeType": "audio/mp3", "data": "QUJD"}}),
            GEMINI_25,
            None,
        ),
        (
            part(r#"{"type":"file","file":{"file_data":"data:application/pdf;base64,QUJD","filename":"a.pdf"}}"#),
            json!({"inlineData": {"mimeType": "application/pdf", "data": "QUJD"}}),
            GEMINI_25,
            None,
        ),
        (
            part(r#"{"type":"file","file":{"file_id":"https://generativelanguage.googleapis.com/v1beta/files/a"}}"#),
            json!({"fileData": {"mimeType": "application/pdf", "fileUri": "https://generativelanguage.googleapis.com/v1beta/files/a"}}),
            GEMINI_25,
            None,
        ),
    ];
    for (body, want, model, lost) in rows {
        let (written, loss) = written(&body, model);
        assert_eq!(written["contents"][0]["parts"][0], want, "{body}");
        assert_eq!(loss.first().map(String::as_str), lost, "{body}");
    }
}

#[test]
fn what_gemini_cannot_be_asked_is_refused_by_path() {
    let tools = r#""tools":[{"type":"function","function":{"name":"f"}}]"#;
    let rows = [
        (
            openai(r#""stop":["1","2","3","4","5","6"]"#),
            "stop: this model's provider takes at most 5 stop strings, got 6",
        ),
        (openai(r#""tool_choice":"required""#), "tool_choice: a call is asked for, but no function is offered"),
        (
            openai(&format!(
                r#"{tools},"tool_choice":{{"type":"allowed_tools","mode":"auto","tools":[{{"type":"function","name":"x"}}]}}"#
            )),
            "tool_choice: a call is asked for, but no function is offered",
        ),
        (
            openai(r#""tools":[{"type":"custom","custom":{"name":"c"}}]"#),
            "tools[0]: this model has no tool of the type `custom`",
        ),
        (
            openai(r#""modalities":["text","audio"],"audio":{"voice":"a","format":"wav"}"#),
            "modalities: this model's provider cannot answer with audio in this format",
        ),
        (
            turns(r#"{"role":"user","content":"x"},{"role":"tool","tool_call_id":"a","content":"1"}"#),
            "messages[1].tool_call_id: no call of this id comes before its result",
        ),
        (
            turns(
                r#"{"role":"assistant","tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":"[1"}}]}"#,
            ),
            "messages[0].tool_calls[0].function.arguments must be a JSON object",
        ),
        (
            turns(r#"{"role":"user","content":[{"type":"file","file":{"file_id":"file-1"}}]}"#),
            "messages[0].content[0]: a file in another provider's store cannot be sent to this model's provider",
        ),
        (
            turns(r#"{"role":"user","content":"x"},{"role":"user","content":[{"type":"from_the_future"}]}"#),
            "messages[1].content[0]: content of the type `from_the_future` cannot be sent to this model's provider",
        ),
        (
            turns(r#"{"role":"system","content":"x"}"#),
            "messages: this model needs at least one turn that says something",
        ),
    ];
    for (body, message) in rows {
        assert_eq!(refusal(&body, GEMINI_25), message, "{body}");
    }
}

fn signed(origin: Origin, value: &'static str) -> Option<Signature<'static>> {
    Some(Signature { origin, value: Text::from_raw(value) })
}

fn said(text: &'static str) -> Part<'static> {
    Part::Text { text: Text::from_raw(text), cache: None }
}

fn thought(text: &'static str, signature: Option<Signature<'static>>) -> Part<'static> {
    Part::Thinking { text: Text::from_raw(text), signature }
}

fn call(id: &'static str, signature: Option<Signature<'static>>) -> Part<'static> {
    let (id, name) = (Text::from_raw(id), Text::from_raw("f"));
    Part::ToolCall(ToolCall { id, name, arguments: Arguments::Json("{}"), signature, cache: None })
}

fn result(id: &'static str) -> Part<'static> {
    Part::ToolResult { id: Text::from_raw(id), is_error: None, parts: vec![said("ok")], cache: None }
}

fn turn(role: Role, parts: Vec<Part<'static>>) -> Message<'static> {
    Message { role, parts, ..Message::default() }
}

/// The parts of the turns, each told shortly: what it is and its signature.
fn signatures(messages: Vec<Message<'static>>, model: &str) -> (Vec<String>, Vec<String>) {
    let request = Request { messages, ..Request::default() };
    let mut loss = Loss::default();
    let target = Target { model, quirks: &VERTEX };
    let body = super::write(&request, &target, &mut loss).unwrap();
    let body: Json = serde_json::from_slice(&body).unwrap();
    let shown = |part: &Json| {
        let kind = match part.as_object().unwrap() {
            part if part.contains_key("functionCall") => "call".to_owned(),
            part if part.contains_key("functionResponse") => "result".to_owned(),
            part if part.contains_key("thought") => format!("thought {}", part["text"].as_str().unwrap()),
            part => part["text"].as_str().unwrap().to_owned(),
        };
        format!("{kind}|{}", part.get("thoughtSignature").and_then(Json::as_str).unwrap_or("-"))
    };
    let parts = body["contents"].as_array().unwrap().iter().flat_map(|turn| turn["parts"].as_array().unwrap());
    (parts.map(shown).collect(), loss.0)
}

#[test]
fn signatures_go_back_to_what_they_are_of() {
    use Origin::{Anthropic, Gemini};
    use Role::{Assistant, User};
    let own = |value| signed(Gemini, value);
    let rows: Vec<(Vec<Part<'_>>, &[&str], &[&str])> = vec![
        (vec![thought("hm", None), call("a", own("S"))], &["thought hm|-", "call|S"], &[]),
        (vec![thought("hm", own("S")), said("x")], &["thought hm|S", "x|-"], &[]),
        // As it comes behind a text.
        (vec![said("x"), thought("", own("S"))], &["x|S"], &[]),
        // As it comes before a call from a client whose calls have no signature.
        (vec![said("x"), thought("", own("S")), call("a", None), call("b", None)], &["x|-", "call|S", "call|-"], &[]),
        (vec![said("x"), thought("", own("S")), thought("", own("T")), call("a", None)], &["x|S", "call|T"], &[]),
        (vec![thought("", own("S")), said("x")], &["|S", "x|-"], &[]),
        (vec![said("x"), thought("", own("S")), call("a", own("T"))], &["x|S", "call|T"], &[]),
        // Another model's says nothing to Gemini.
        (
            vec![thought("hm", signed(Anthropic, "C")), thought("", signed(Anthropic, "D")), said("x")],
            &["thought hm|-", "x|-"],
            &["contents[].parts[].thoughtSignature"],
        ),
    ];
    for (parts, want, lost) in rows {
        let shown = format!("{parts:?}");
        let messages = vec![turn(User, vec![said("q")]), turn(Assistant, parts), turn(User, vec![said("next")])];
        let (got, loss) = signatures(messages, GEMINI_3);
        assert_eq!(got[1..got.len() - 1], *want, "{shown}");
        assert_eq!(loss, lost, "{shown}");
    }
}

#[test]
fn a_call_of_the_current_turn_that_lost_its_signature_gets_googles_word_for_it() {
    use Role::{Assistant, Tool, User};
    let messages = || {
        vec![
            turn(User, vec![said("q")]),
            turn(Assistant, vec![call("a", None)]),
            turn(Tool, vec![result("a")]),
            turn(Assistant, vec![said("done")]),
            turn(User, vec![said("again")]),
            turn(Assistant, vec![call("b", None), call("c", None)]),
            turn(Tool, vec![result("b")]),
            turn(Tool, vec![result("c")]),
            turn(Assistant, vec![call("d", signed(Origin::Gemini, "S"))]),
            turn(Tool, vec![result("d")]),
            turn(Assistant, vec![call("e", None)]),
            turn(Tool, vec![result("e")]),
        ]
    };
    const WORD: &str = "call|skip_thought_signature_validator";
    let (got, loss) = signatures(messages(), GEMINI_3);
    let calls: Vec<_> = got.iter().filter(|part| part.starts_with("call")).collect();
    assert_eq!(calls, ["call|-", WORD, "call|-", "call|S", WORD]);
    assert!(loss.is_empty());
    let (got, _) = signatures(messages(), GEMINI_25);
    assert!(!got.iter().any(|part| part.contains("skip")), "{got:?}");
}

#[test]
fn googles_own_tools_and_parts_pass() {
    let body = r#"{"contents":[{"parts":[{"text":"x"}]},{"role":"model","parts":[{"executableCode":{"language":"PYTHON","code":"1"}},
        {"codeExecutionResult":{"outcome":"OUTCOME_OK","output":"1"}}]},{"parts":[{"text":"y"}]}],
        "tools":[{"googleSearch":{"timeRangeFilter":{}},"codeExecution":{}},{"url_context":{}}],
        "toolConfig":{"retrievalConfig":{"languageCode":"de"},"functionCallingConfig":{"mode":"VALIDATED"}},
        "generationConfig":{"imageConfig":{"aspectRatio":"1:1"},"thinkingConfig":{"thinkingLevel":"ULTRA"}}}"#;
    let (written, loss) = from("gemini", body, GEMINI_3, &Quirks::DEFAULT).unwrap();
    assert_eq!(
        written["tools"],
        json!([{"googleSearch": {"timeRangeFilter": {}}}, {"codeExecution": {}}, {"urlContext": {}}])
    );
    assert_eq!(written["toolConfig"], json!({"retrievalConfig": {"languageCode": "de"}}));
    assert_eq!(written["contents"][1]["parts"][1]["codeExecutionResult"]["output"], "1");
    assert_eq!(
        written["generationConfig"],
        json!({"thinkingConfig": {"thinkingLevel": "ULTRA", "includeThoughts": true}, "imageConfig": {"aspectRatio": "1:1"}})
    );
    assert!(loss.is_empty(), "{loss:?}");
    let claude = r#"{"model":"m","max_tokens":9,"messages":[{"role":"user","content":"x"}],
        "tools":[{"type":"web_search_20250305","name":"web_search","max_uses":3}]}"#;
    let (written, loss) = from("anthropic_messages", claude, GEMINI_3, &Quirks::DEFAULT).unwrap();
    assert_eq!((&written["tools"], loss), (&json!([{"googleSearch": {}}]), vec!["tools[].max_uses".to_owned()]));
}

#[test]
fn reasoning_asked_for_by_nobody_is_not_asked_for() {
    let request = Request { messages: vec![turn(Role::User, vec![said("x")])], ..Request::default() };
    let target = Target { model: GEMINI_3, quirks: &Quirks::DEFAULT };
    let body = |reasoning| {
        let request = Request { reasoning, messages: vec![turn(Role::User, vec![said("x")])], ..Request::default() };
        String::from_utf8(super::write(&request, &target, &mut Loss::default()).unwrap()).unwrap()
    };
    assert!(!body(request.reasoning).contains("thinkingConfig"));
    assert!(body(Some(Reasoning::Effort(Effort::Low))).contains(r#""includeThoughts":true"#));
}
