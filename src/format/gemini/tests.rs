//! What Gemini's clients and servers say, and laws over recorded traffic.

use serde_json::{Value as Json, json};

use super::*;
use crate::chat::{Arguments, Choice, Delta, Fold, Part, Signature};
use crate::format::{Quirks, Seen};
use crate::wire::frame;

macro_rules! fixtures {
    ($($name:literal),*) => {
        &[$(($name, include_bytes!(concat!("../../../tests/fixtures/gemini/", $name))),)*]
    };
}

type Fixtures = &'static [(&'static str, &'static [u8])];

/// Streams, each with the same answer as a whole.
const STREAMS: Fixtures = fixtures![
    "text.sse",
    "thinking_tools.sse",
    "parallel_tools.sse",
    "blocked_prompt.sse",
    "safety.sse",
    "grounded.sse",
    "image.sse",
    "logprobs.sse",
    "candidates.sse",
    "signed_text.sse",
    "code.sse"
];
const WHOLES: Fixtures = fixtures![
    "text.json",
    "thinking_tools.json",
    "parallel_tools.json",
    "blocked_prompt.json",
    "safety.json",
    "grounded.json",
    "image.json",
    "logprobs.json",
    "candidates.json",
    "signed_text.json",
    "code.json"
];
const REQUEST: &[u8] = include_bytes!("../../../tests/fixtures/gemini/request.json");
const UNAVAILABLE: &[u8] = include_bytes!("../../../tests/fixtures/gemini/unavailable.sse");

const FORMAT: Gemini = Gemini;
const TARGET: Target<'static> = Target { model: "gemini-3-flash-preview", quirks: &Quirks::DEFAULT };

fn doc(json: &[u8]) -> Doc<'_> {
    Doc::parse(json).unwrap_or_else(|error| panic!("{error}: {}", json.escape_ascii()))
}

fn ask(framing: Framing) -> Ask {
    let (model, fallback_id) = ("asked".to_owned(), "x1".to_owned());
    Ask { model, stream: true, include_usage: true, now_secs: 99, fallback_id, framing, ..Ask::default() }
}

// Requests

#[test]
fn a_request_written_and_read_again_is_the_same() {
    let request = doc(REQUEST);
    let request = FORMAT.read_request(&request).unwrap();
    let mut loss = Loss::default();
    let body = FORMAT.write_request(&request, &TARGET, &mut loss).unwrap();
    assert_eq!(loss, Loss::default());
    let mut want: Json = serde_json::from_slice(REQUEST).unwrap();
    // The instruction has no role, results stand apart from what is said, and a schema's order is its own.
    want["systemInstruction"].as_object_mut().unwrap().remove("role");
    assert_eq!(serde_json::from_slice::<Json>(&body).unwrap(), want);
    let again = doc(&body);
    let again = FORMAT.write_request(&FORMAT.read_request(&again).unwrap(), &TARGET, &mut loss).unwrap();
    assert_eq!(String::from_utf8(again).unwrap(), String::from_utf8(body).unwrap());
}

#[test]
fn both_names_of_every_field_are_read() {
    fn snake(value: &Json, names: bool) -> Json {
        match value {
            Json::Object(members) => members
                .iter()
                .map(|(key, value)| {
                    let below = names
                        && !matches!(
                            key.as_str(),
                            "args" | "labels" | "speechConfig" | "parametersJsonSchema" | "responseJsonSchema"
                        );
                    let upper = |c: char| {
                        if c.is_ascii_uppercase() { format!("_{}", c.to_ascii_lowercase()) } else { c.to_string() }
                    };
                    let name = if names { key.chars().map(upper).collect() } else { key.clone() };
                    (name, snake(value, below))
                })
                .collect::<serde_json::Map<_, _>>()
                .into(),
            Json::Array(items) => items.iter().map(|item| snake(item, names)).collect(),
            other => other.clone(),
        }
    }
    let body: Json = serde_json::from_slice(REQUEST).unwrap();
    let (camel, snake) = (serde_json::to_vec(&body).unwrap(), serde_json::to_vec(&snake(&body, true)).unwrap());
    assert!(std::str::from_utf8(&snake).unwrap().contains("allowed_function_names"));
    let write = |body: &[u8]| {
        let doc = doc(body);
        let request = FORMAT.read_request(&doc).unwrap();
        String::from_utf8(FORMAT.write_request(&request, &TARGET, &mut Loss::default()).unwrap()).unwrap()
    };
    assert_eq!(write(&snake), write(&camel));
}

/// A request with these members beside a turn.
fn with(members: &str) -> String {
    format!(r#"{{"contents":[{{"parts":[{{"text":"x"}}]}}],{members}}}"#)
}

#[test]
fn every_field_has_its_place() {
    type Row = (&'static str, fn(&Request<'_>) -> String, &'static str);
    let rows: &[Row] = &[
        (r#""generationConfig":{"maxOutputTokens":5}"#, |r| format!("{:?}", r.max_tokens), "Some(5)"),
        (r#""generationConfig":{"max_output_tokens":"5"}"#, |r| format!("{:?}", r.max_tokens), "Some(5)"),
        (r#""generationConfig":{"topK":40.0}"#, |r| format!("{:?}", r.top_k), "Some(\"40.0\")"),
        (r#""generationConfig":{"candidateCount":2}"#, |r| format!("{:?}", r.n), "Some(2)"),
        (r#""generationConfig":null"#, |r| format!("{:?}", r.n), "None"),
        (
            r#""generationConfig":{"responseLogprobs":true,"logprobs":3}"#,
            |r| format!("{} {:?}", r.logprobs, r.top_logprobs),
            "true Some(3)",
        ),
        (
            r#""generationConfig":{"responseMimeType":"application/json"}"#,
            |r| format!("{:?}", r.response_format),
            "Some(JsonObject)",
        ),
        (
            r#""generationConfig":{"responseMimeType":"application/json","responseSchema":{"type":"STRING"}}"#,
            |r| format!("{:?}", r.response_format),
            r#"Some(JsonSchema { name: None, description: None, schema: "{\"type\":\"string\"}", strict: None })"#,
        ),
        (r#""generationConfig":{"responseMimeType":"text/plain"}"#, |r| format!("{:?}", r.response_format), "None"),
        (
            r#""generationConfig":{"responseMimeType":"text/x.enum","responseSchema":{"type":"STRING","enum":["a"]}}"#,
            |r| format!("{:?} {:?}", r.response_format, r.extra.iter().map(|(name, _)| name.raw()).collect::<Vec<_>>()),
            r#"None ["generationConfig.responseMimeType", "generationConfig.responseSchema"]"#,
        ),
        (
            r#""generationConfig":{"thinkingConfig":{"thinkingBudget":0}}"#,
            |r| format!("{:?}", r.reasoning),
            "Some(Off)",
        ),
        (
            r#""generationConfig":{"thinkingConfig":{"thinkingBudget":2048}}"#,
            |r| format!("{:?}", r.reasoning),
            "Some(Budget(2048))",
        ),
        (
            r#""generationConfig":{"thinkingConfig":{"thinkingBudget":-1}}"#,
            |r| format!("{:?}", r.reasoning),
            "Some(Effort(Medium))",
        ),
        (
            r#""generationConfig":{"thinkingConfig":{"thinkingLevel":"minimal"}}"#,
            |r| format!("{:?}", r.reasoning),
            "Some(Effort(Minimal))",
        ),
        (
            r#""generationConfig":{"thinkingConfig":{"thinkingLevel":"ULTRA"}}"#,
            |r| format!("{:?} {:?}", r.reasoning, r.extra),
            r#"Some(Effort(Medium)) [(Text("generationConfig.thinkingConfig.thinkingLevel"), "\"ULTRA\"")]"#,
        ),
        (
            r#""generationConfig":{"thinkingConfig":{"includeThoughts":true}}"#,
            |r| format!("{:?}", r.reasoning),
            "Some(Effort(Medium))",
        ),
        (
            r#""generationConfig":{"thinkingConfig":{"includeThoughts":false}}"#,
            |r| format!("{:?}", r.reasoning),
            "None",
        ),
        (r#""generationConfig":{"responseModalities":["TEXT"]}"#, |r| format!("{:?}", r.extra), "[]"),
        (
            r#""generationConfig":{"response_modalities":["AUDIO"],"newest":1}"#,
            |r| format!("{:?}", r.extra),
            r#"[(Text("generationConfig.responseModalities"), "[\"AUDIO\"]"), (Text("generationConfig.newest"), "1")]"#,
        ),
        (r#""labels":{"a":"b"}"#, |r| format!("{:?}", r.metadata), r#"Some("{\"a\":\"b\"}")"#),
        (r#""serviceTier":"standard""#, |r| format!("{:?}", r.service_tier), r#"Some(Text("default"))"#),
        (r#""service_tier":"PRIORITY""#, |r| format!("{:?}", r.service_tier), r#"Some(Text("priority"))"#),
        (r#""store":true"#, |r| format!("{:?}", r.store), "Some(true)"),
        (r#""cachedContent":"c""#, |r| format!("{:?}", r.extra), r#"[(Text("cachedContent"), "\"c\"")]"#),
        (r#""safety_settings":[]"#, |r| format!("{:?}", r.extra), r#"[(Text("safetySettings"), "[]")]"#),
        (r#""model":"models/m","gone":null"#, |r| format!("{:?} {:?}", r.model, r.extra), r#"Text("") []"#),
        (
            r#""systemInstruction":"be brief""#,
            |r| format!("{:?} {:?}", r.messages[0].role, r.messages[0].parts),
            r#"System [Text { text: Text("be brief"), cache: None }]"#,
        ),
        (r#""systemInstruction":{"parts":[]}"#, |r| r.messages.len().to_string(), "1"),
        (
            r#""tools":[{"functionDeclarations":[{"name":"f","parameters":{"type":"OBJECT"}}],"googleSearch":{}},{"url_context":{"a":1}}]"#,
            |r| format!("{:?}", r.tools),
            r#"[Function { name: Text("f"), description: None, parameters: Some("{\"type\":\"object\"}"), strict: None, cache: None }, Other { kind: Text("googleSearch"), raw: "{}" }, Other { kind: Text("urlContext"), raw: "{\"a\":1}" }]"#,
        ),
        (
            r#""tools":[{"functionDeclarations":[{"name":"f","response":{"type":"STRING"},"behavior":"BLOCKING"},{"name":"g","response":{}}]}]"#,
            |r| format!("{:?}", r.extra.iter().map(|(name, _)| name.raw()).collect::<Vec<_>>()),
            r#"["tools[].functionDeclarations[].behavior", "tools[].functionDeclarations[].response"]"#,
        ),
        (r#""toolConfig":{"functionCallingConfig":{"mode":"AUTO"}}"#, |r| format!("{:?}", r.tool_choice), "Some(Auto)"),
        (r#""toolConfig":{"functionCallingConfig":{"mode":"none"}}"#, |r| format!("{:?}", r.tool_choice), "Some(None)"),
        (
            r#""toolConfig":{"functionCallingConfig":{"mode":"ANY"}}"#,
            |r| format!("{:?}", r.tool_choice),
            "Some(Required)",
        ),
        (
            r#""toolConfig":{"functionCallingConfig":{"mode":"ANY","allowedFunctionNames":["f"]}}"#,
            |r| format!("{:?}", r.tool_choice),
            r#"Some(Named(Text("f")))"#,
        ),
        (
            r#""toolConfig":{"functionCallingConfig":{"mode":"ANY","allowedFunctionNames":["f","g"]}}"#,
            |r| format!("{:?}", r.tool_choice),
            r#"Some(Allowed { required: true, names: [Text("f"), Text("g")] })"#,
        ),
        (
            r#""toolConfig":{"functionCallingConfig":{"mode":"VALIDATED","allowedFunctionNames":["f"]},"retrievalConfig":{}}"#,
            |r| format!("{:?} {:?}", r.tool_choice, r.extra.len()),
            r#"Some(Allowed { required: false, names: [Text("f")] }) 2"#,
        ),
        (r#""toolConfig":{"functionCallingConfig":{}}"#, |r| format!("{:?}", r.tool_choice), "None"),
        (r#""from_the_future":[1]"#, |r| format!("{:?}", r.extra), r#"[(Text("fromTheFuture"), "[1]")]"#),
    ];
    for (members, show, want) in rows {
        let body = with(members);
        let doc = doc(body.as_bytes());
        let request = FORMAT.read_request(&doc).unwrap_or_else(|error| panic!("{members}: {error:?}"));
        assert_eq!(show(&request), *want, "{members}");
    }
}

#[test]
fn every_part_is_read() {
    let rows = [
        (r#"{"text":"a"}"#, r#"[Text { text: Text("a"), cache: None }]"#),
        (r#"{"text":"a","thought":true}"#, r#"[Thinking { text: Text("a"), signature: None }]"#),
        (
            r#"{"text":"a","thought":true,"thoughtSignature":"S"}"#,
            r#"[Thinking { text: Text("a"), signature: Some(Signature { origin: Gemini, value: Text("S") }) }]"#,
        ),
        (
            r#"{"text":"a","thought_signature":"S"}"#,
            r#"[Text { text: Text("a"), cache: None }, Thinking { text: Text(""), signature: Some(Signature { origin: Gemini, value: Text("S") }) }]"#,
        ),
        (
            r#"{"text":"","thoughtSignature":"S"}"#,
            r#"[Thinking { text: Text(""), signature: Some(Signature { origin: Gemini, value: Text("S") }) }]"#,
        ),
        (
            r#"{"thoughtSignature":"S"}"#,
            r#"[Thinking { text: Text(""), signature: Some(Signature { origin: Gemini, value: Text("S") }) }]"#,
        ),
        (
            r#"{"text":"a","thought":true,"thoughtSignature":"YW50aHJvcGljI0M="}"#,
            r#"[Thinking { text: Text("a"), signature: Some(Signature { origin: Anthropic, value: Text("C") }) }]"#,
        ),
        (r#"{"text":"","thought":true,"thoughtSignature":"cmVkYWN0ZWQjQw=="}"#, r#"[RedactedThinking(Text("C"))]"#),
        (
            r#"{"inlineData":{"mimeType":"audio/wav","data":"-_8","displayName":"d"}}"#,
            r#"[Media(Media { kind: Audio, source: Data { media_type: Text("audio/wav"), data: Text("+/8=") }, detail: None, filename: Some(Text("d")), cache: None })]"#,
        ),
        (
            r#"{"fileData":{"fileUri":"https://youtu.be/x"}}"#,
            r#"[Media(Media { kind: Video, source: Url(Text("https://youtu.be/x")), detail: None, filename: None, cache: None })]"#,
        ),
        (
            r#"{"fileData":{"fileUri":"https://generativelanguage.googleapis.com/v1beta/files/a","mimeType":"application/pdf"}}"#,
            r#"[Media(Media { kind: File, source: FileId(Text("https://generativelanguage.googleapis.com/v1beta/files/a")), detail: None, filename: None, cache: None })]"#,
        ),
        (
            r#"{"fileData":{"fileUri":"gs://b/a.png"},"mediaResolution":{"level":"MEDIA_RESOLUTION_ULTRA_HIGH"}}"#,
            r#"[Media(Media { kind: Image, source: Url(Text("gs://b/a.png")), detail: Some(Text("original")), filename: None, cache: None })]"#,
        ),
        (
            r#"{"functionCall":{"name":"f"}}"#,
            r#"[ToolCall(ToolCall { id: Text("call_0_0"), name: Text("f"), arguments: Json("{}"), signature: None, cache: None })]"#,
        ),
        (
            r#"{"functionCall":{"id":"i","name":"f","args":{"a":1}},"thoughtSignature":"S"}"#,
            r#"[ToolCall(ToolCall { id: Text("i"), name: Text("f"), arguments: Json("{\"a\":1}"), signature: Some(Signature { origin: Gemini, value: Text("S") }), cache: None })]"#,
        ),
        (
            r#"{"functionResponse":{"name":"f","response":{"result":"r"},"parts":[{"inlineData":{"mimeType":"image/png","data":"QUJD"}}]}}"#,
            r#"[ToolResult { id: Text("call_0_0"), is_error: None, parts: [Text { text: Text("r"), cache: None }, Media(Media { kind: Image, source: Data { media_type: Text("image/png"), data: Text("QUJD") }, detail: None, filename: None, cache: None })], cache: None }]"#,
        ),
        (
            r#"{"executableCode":{"code":"1"}}"#,
            r#"[Other { kind: Text("executableCode"), raw: "{\"executableCode\":{\"code\":\"1\"}}" }]"#,
        ),
        (r#"{"fromTheFuture":1}"#, r#"[Other { kind: Text("fromTheFuture"), raw: "{\"fromTheFuture\":1}" }]"#),
        ("{}", "[]"),
    ];
    for (part, want) in rows {
        let body = format!(r#"{{"contents":[{{"role":"model","parts":[{part}]}}]}}"#);
        let doc = doc(body.as_bytes());
        let request = FORMAT.read_request(&doc).unwrap_or_else(|error| panic!("{part}: {error:?}"));
        assert_eq!(format!("{:?}", request.messages[0].parts), want, "{part}");
    }
    let body = r#"{"contents":[{"parts":[{"fileData":{"fileUri":"https://x.io/a.mp4"},"videoMetadata":{"fps":1}},
        {"text":"x","videoMetadata":{"fps":2},"partMetadata":{"a":1}}]}]}"#;
    let doc = doc(body.as_bytes());
    let request = FORMAT.read_request(&doc).unwrap();
    let names: Vec<_> = request.extra.iter().map(|(name, _)| name.raw()).collect();
    assert_eq!(names, ["contents[].parts[].videoMetadata", "contents[].parts[].partMetadata"]);
}

#[test]
fn results_without_ids_find_the_calls_they_answer() {
    let call = |name: &str| format!(r#"{{"functionCall":{{"name":"{name}"}}}}"#);
    let result = |name: &str, id: &str| {
        let id = if id.is_empty() { String::new() } else { format!(r#""id":"{id}","#) };
        format!(r#"{{"functionResponse":{{{id}"name":"{name}","response":{{}}}}}}"#)
    };
    let model = |parts: &[String]| format!(r#"{{"role":"model","parts":[{}]}}"#, parts.join(","));
    let user = |parts: &[String]| format!(r#"{{"role":"function","parts":[{}]}}"#, parts.join(","));
    let rows: Vec<(Vec<String>, &[&str])> = vec![
        (
            vec![model(&[call("f"), call("g"), call("f")]), user(&[result("f", ""), result("f", ""), result("g", "")])],
            &["call_0_0", "call_0_2", "call_0_1"],
        ),
        // A later turn's calls are answered before what was never answered.
        (
            vec![
                model(&[call("f")]),
                user(&[r#"{"text":"never mind"}"#.to_owned()]),
                model(&[call("f")]),
                user(&[result("f", "")]),
            ],
            &["call_2_0"],
        ),
        (
            vec![model(&[call("f"), call("f")]), user(&[result("f", "call_0_0"), result("f", "")])],
            &["call_0_0", "call_0_1"],
        ),
        (vec![user(&[result("f", "")])], &["call_0_0"]),
    ];
    for (turns, want) in rows {
        let body = format!(r#"{{"contents":[{}]}}"#, turns.join(","));
        let doc = doc(body.as_bytes());
        let request = FORMAT.read_request(&doc).unwrap();
        let results = request.messages.iter().flat_map(|message| &message.parts).filter_map(|part| match part {
            Part::ToolResult { id, .. } => Some(id.raw()),
            _ => None,
        });
        assert_eq!(results.collect::<Vec<_>>(), want, "{body}");
    }
}

#[test]
fn many_calls_and_results_take_no_more_than_their_time() {
    let calls: Vec<_> = (0..40_000).map(|n| format!(r#"{{"functionCall":{{"id":"c{n}","name":"f"}}}}"#)).collect();
    let results: Vec<_> = (0..40_000)
        .rev()
        .map(|n| format!(r#"{{"functionResponse":{{"id":"c{n}","name":"f","response":{{}}}}}}"#))
        .collect();
    let body = format!(
        r#"{{"contents":[{{"role":"model","parts":[{}]}},{{"parts":[{}]}}]}}"#,
        calls.join(","),
        results.join(",")
    );
    let start = std::time::Instant::now();
    let doc = doc(body.as_bytes());
    let request = FORMAT.read_request(&doc).unwrap();
    FORMAT.write_request(&request, &TARGET, &mut Loss::default()).unwrap();
    assert!(start.elapsed().as_secs() < 20, "{:?}", start.elapsed());
}

#[test]
fn wrong_requests_are_refused_by_path() {
    let rows = [
        ("[]", "the body: expected an object, got an array"),
        ("{}", "contents: missing"),
        (r#"{"contents":[]}"#, "contents: expected at least one turn"),
        (r#"{"contents":"x"}"#, "contents: expected an array, got a string"),
        (
            r#"{"contents":[{"role":"system"}]}"#,
            r#"contents[0].role: expected one of user, model, function, got "system""#,
        ),
        (r#"{"contents":[{"parts":[{"text":1}]}]}"#, "contents[0].parts[0].text: expected a string, got a number"),
        (
            r#"{"contents":[{"parts":[{"inline_data":{"data":"QUJD"}}]}]}"#,
            "contents[0].parts[0].inline_data.mimeType: missing",
        ),
        (
            r#"{"contents":[{"parts":[{"inlineData":{"mimeType":"image/png","data":"no picture"}}]}]}"#,
            "contents[0].parts[0].inlineData.data: expected bytes in base64",
        ),
        (
            r#"{"contents":[{"parts":[{"functionCall":{"name":"f","args":"{}"}}]}]}"#,
            "contents[0].parts[0].functionCall.args: expected an object, got a string",
        ),
        (
            r#"{"contents":[{"parts":[{"functionResponse":{"response":{}}}]}]}"#,
            "contents[0].parts[0].functionResponse.name: missing",
        ),
        (&with(r#""systemInstruction":7"#), "systemInstruction: expected an object or a string, got a number"),
        (
            &with(r#""tools":[{"functionDeclarations":[{"description":"d"}]}]"#),
            "tools[0].functionDeclarations[0].name: missing",
        ),
        (
            &with(r#""tools":[{"functionDeclarations":[{"name":"f","parameters":"x"}]}]"#),
            "tools[0].functionDeclarations[0].parameters: expected an object, got a string",
        ),
        (
            &with(r#""toolConfig":{"functionCallingConfig":{"mode":"MAYBE"}}"#),
            r#"toolConfig.functionCallingConfig.mode: expected one of AUTO, ANY, NONE, VALIDATED, got "MAYBE""#,
        ),
        (
            &with(r#""generation_config":{"max_output_tokens":-1}"#),
            "generation_config.max_output_tokens: expected a whole number from 0 up, got -1",
        ),
        (
            &with(r#""generationConfig":{"thinkingConfig":{"thinkingBudget":"x"}}"#),
            "generationConfig.thinkingConfig.thinkingBudget: expected a number, got a string",
        ),
    ];
    for (body, message) in rows {
        let error = FORMAT.read_request(&doc(body.as_bytes())).unwrap_err();
        assert_eq!(error.message, message, "{body}");
        assert_eq!(error.status, 400);
    }
}

#[test]
fn a_body_for_its_own_provider_keeps_its_bytes() {
    let same = |body: &str, model| {
        let doc = doc(body.as_bytes());
        let quirks = Quirks { addressed_in_body: false, ..Quirks::DEFAULT };
        let written = crate::format::retarget(&doc, &FORMAT, &Target { model, quirks: &quirks }, &mut Loss::default());
        written.unwrap().map(|body| String::from_utf8(body).unwrap())
    };
    let body = std::str::from_utf8(REQUEST).unwrap();
    assert_eq!(same(body, "another"), None);
    assert_eq!(same(r#"{ "new" : 1.50 , "contents":[]}"#, "m"), None);
    // A count of tokens names the model in the request it is about.
    assert_eq!(
        same(r#"{"generateContentRequest":{"model":"models/a","contents":[]}}"#, "b").unwrap(),
        r#"{"generateContentRequest":{"model":"models/b","contents":[]}}"#
    );
}

#[test]
fn a_stream_is_framed_as_its_path_asks() {
    let rows = [
        ("/v1beta/models/m:streamGenerateContent?alt=sse", Framing::Sse),
        ("/v1beta/models/m:streamGenerateContent?x=1&alt=sse", Framing::Sse),
        ("/v1beta/models/m:streamGenerateContent", Framing::JsonArray),
        ("/v1beta/models/m:streamGenerateContent?alt=json", Framing::JsonArray),
        ("/v1/projects/p/locations/l/publishers/google/models/m:streamGenerateContent?malt=sse", Framing::JsonArray),
        ("/v1beta/models/m:generateContent", Framing::Sse),
    ];
    for (path, want) in rows {
        assert_eq!(FORMAT.client_framing(path), want, "{path}");
    }
}

// Answers

#[test]
fn every_word_for_the_end_has_its_meaning() {
    use Finish::{ContentFilter, Length, Stop, ToolCalls};
    // With nothing said, with a text, with calls.
    let rows: &[(&str, [Option<Finish>; 3])] = &[
        ("STOP", [Some(Stop), Some(Stop), Some(ToolCalls)]),
        ("FINISH_REASON_UNSPECIFIED", [Some(Stop), Some(Stop), Some(ToolCalls)]),
        ("MAX_TOKENS", [Some(Length); 3]),
        ("CONTINUATION", [Some(Length); 3]),
        ("SAFETY", [Some(ContentFilter); 3]),
        ("RECITATION", [Some(ContentFilter); 3]),
        ("LANGUAGE", [Some(ContentFilter); 3]),
        ("BLOCKLIST", [Some(ContentFilter); 3]),
        ("PROHIBITED_CONTENT", [Some(ContentFilter); 3]),
        ("SPII", [Some(ContentFilter); 3]),
        ("MODEL_ARMOR", [Some(ContentFilter); 3]),
        ("ESCALATION", [Some(ContentFilter); 3]),
        ("PUP_LIMITED_DISABLED", [Some(ContentFilter); 3]),
        ("IMAGE_SAFETY", [Some(ContentFilter); 3]),
        ("IMAGE_PROHIBITED_CONTENT", [Some(ContentFilter); 3]),
        ("IMAGE_RECITATION", [Some(ContentFilter); 3]),
        ("IMAGE_OTHER", [Some(ContentFilter); 3]),
        ("NO_IMAGE", [Some(ContentFilter); 3]),
        ("OTHER", [Some(ContentFilter), Some(Stop), Some(ToolCalls)]),
        ("MALFORMED_FUNCTION_CALL", [None, Some(Stop), Some(ToolCalls)]),
        ("UNEXPECTED_TOOL_CALL", [None, Some(Stop), Some(ToolCalls)]),
        ("TOO_MANY_TOOL_CALLS", [None, Some(Stop), Some(ToolCalls)]),
        ("MISSING_THOUGHT_SIGNATURE", [None, Some(Stop), Some(ToolCalls)]),
        ("MALFORMED_RESPONSE", [None, Some(Stop), Some(ToolCalls)]),
        ("FROM_THE_FUTURE", [Some(Stop), Some(Stop), Some(ToolCalls)]),
    ];
    for (word, want) in rows {
        for ((said, calls), want) in [(false, false), (true, false), (true, true)].into_iter().zip(want) {
            let got = ending(Some(&Text::from_raw(word)), said, calls);
            assert_eq!(got, want.map_or(Ending::Failed, Ending::Is), "{word} {said} {calls}");
        }
    }
    assert_eq!(ending(None, false, false), Ending::Is(Stop));
}

#[test]
fn answers_that_are_none_are_told_so() {
    let rows = [
        ("{}", "the provider's answer has no candidates"),
        (r#"{"candidates":[]}"#, "the provider's answer has no candidates"),
        ("[]", "the provider's stream ended before its answer was complete"),
        (
            r#"[{"candidates":[{"content":{"parts":[{"text":"a"}]}}]}]"#,
            "the provider's stream ended before its answer was complete",
        ),
        (r#"[{"error":{"code":429,"message":"quota","status":"RESOURCE_EXHAUSTED"}}]"#, "quota"),
        (r#"{"error":{"message":"no"}}"#, "no"),
        (r#"{"error":{}}"#, "the provider failed without saying why"),
        (
            r#"{"candidates":[{"content":{"parts":[{"text":7}]}}]}"#,
            "in the provider's answer, the body: expected a string, got a number",
        ),
        (
            r#"{"candidates":[{"finishReason":"MALFORMED_FUNCTION_CALL","finishMessage":"print("}]}"#,
            "the provider ended its answer with MALFORMED_FUNCTION_CALL before saying anything: print(",
        ),
    ];
    for (body, message) in rows {
        assert_eq!(FORMAT.read_answer(&doc(body.as_bytes())).unwrap_err().message, message, "{body}");
    }
}

#[test]
fn what_an_answer_says_beside_is_named() {
    let body = r#"{"candidates":[{"content":{"parts":[{"text":"a"},{"executableCode":{}},{"thought":true,"inlineData":{"mimeType":"image/png","data":"QUJD"}}]},
        "finishReason":"STOP","safetyRatings":[],"avgLogprobs":-1,"url_context_metadata":{},"groundingMetadata":{"webSearchQueries":[],"searchEntryPoint":{}}}],
        "modelStatus":{},"promptFeedback":{"safetyRatings":[]}}"#;
    let doc = doc(body.as_bytes());
    let answer = FORMAT.read_answer(&doc).unwrap();
    assert_eq!(
        answer.unmapped,
        [
            "modelStatus",
            "promptFeedback.safetyRatings",
            "executableCode",
            "thought.inlineData",
            "safetyRatings",
            "avgLogprobs",
            "urlContextMetadata",
            "webSearchQueries",
            "searchEntryPoint"
        ]
    );
}

/// Feeds a stream and hands on its deltas. Gives whether it came to its end.
fn each_delta(framing: Framing, stream: &[u8], cut: usize, mut each: impl FnMut(Delta<'_>)) -> bool {
    let (mut frames, mut reader) = (frame::Reader::new(framing), FORMAT.stream_reader());
    let mut read = |event: frame::Event<'_>| {
        let seen = reader.read(&event, &mut each);
        assert_ne!(seen, Seen::Unknown, "{}", event.data.escape_ascii());
    };
    for chunk in stream.chunks(cut) {
        frames.push(chunk, &mut read).unwrap();
    }
    frames.finish(&mut read).unwrap();
    reader.ended()
}

fn folded(framing: Framing, stream: &[u8], cut: usize) -> Answer<'static> {
    let mut fold = Fold::new();
    assert!(each_delta(framing, stream, cut, |delta| fold.push(&delta)), "{}", stream.escape_ascii());
    fold.push(&Delta::End);
    fold.finish().unwrap()
}

/// What an answer says, with neighbouring texts joined, arguments as what they mean, and without what no stream says.
fn gist(answer: &Answer<'_>) -> String {
    let mut out = format!(
        "{} {} {:?} {:?} {:?} {:?}\n",
        answer.id.raw(),
        answer.model.raw(),
        answer.created,
        answer.usage,
        answer.service_tier,
        answer.unmapped
    );
    let text = |text: &Text<'_>| text.decode().into_owned();
    let signed = |signature: &Option<Signature<'_>>| {
        signature.as_ref().map(|it| format!("{:?} {}", it.origin, it.value.raw())).unwrap_or_default()
    };
    for Choice { parts, finish, logprobs, .. } in &answer.choices {
        let mut said: Vec<(String, String)> = Vec::new();
        for part in parts {
            let (kind, words) = match part {
                Part::Text { text: words, .. } => ("text".to_owned(), text(words)),
                Part::Thinking { text: words, signature } => (format!("thought {}", signed(signature)), text(words)),
                Part::ToolCall(call) => {
                    let json = match &call.arguments {
                        Arguments::Json(json) => (*json).to_owned(),
                        Arguments::Text(words) => text(words),
                    };
                    let json: Json = serde_json::from_str(&json).unwrap();
                    (format!("call {} {}", call.name.raw(), signed(&call.signature)), json.to_string())
                }
                Part::Other { .. } => continue,
                other => (format!("{other:?}"), String::new()),
            };
            match said.last_mut() {
                Some((last, so_far)) if *last == kind && !kind.starts_with("call") => so_far.push_str(&words),
                _ => said.push((kind, words)),
            }
        }
        out.push_str(&format!("{finish:?} {said:#?} {logprobs:?}\n"));
    }
    out
}

/// `unmapped` comes in the order in which a stream tells it.
fn sorted(mut answer: Answer<'_>) -> Answer<'_> {
    answer.unmapped.sort_unstable();
    answer
}

#[test]
fn a_stream_folds_to_the_whole_answer_wherever_it_is_cut() {
    for ((name, stream), (_, whole)) in STREAMS.iter().zip(WHOLES) {
        let doc = doc(whole);
        let whole = gist(&sorted(FORMAT.read_answer(&doc).unwrap()));
        for cut in [1, 2, 7, 64, usize::MAX] {
            assert_eq!(gist(&sorted(folded(Framing::Sse, stream, cut))), whole, "{name} by {cut}");
        }
        // The same as one JSON array, and as a whole body that is one.
        let mut array = Vec::new();
        let mut writer = frame::Writer::new(Framing::JsonArray);
        frame::Reader::default()
            .push(stream, |event| {
                if event.has_data {
                    writer.event(&mut array, None, &event.data);
                }
            })
            .unwrap();
        writer.end(&mut array);
        assert_eq!(gist(&sorted(folded(Framing::JsonArray, &array, 5))), whole, "{name} as an array");
        let body = Doc::parse(&array).unwrap();
        assert_eq!(gist(&sorted(FORMAT.read_answer(&body).unwrap())), whole, "{name} as a whole array");
    }
}

#[test]
fn every_cut_gives_the_same_deltas() {
    for (name, stream) in STREAMS {
        let deltas = |cut| {
            let mut deltas = Vec::new();
            each_delta(Framing::Sse, stream, cut, |delta| deltas.push(format!("{delta:?}")));
            deltas
        };
        let whole = deltas(usize::MAX);
        for cut in [1, 3, 10, 101] {
            assert_eq!(deltas(cut), whole, "{name} by {cut}");
        }
    }
}

#[test]
fn an_answer_written_and_read_again_says_the_same() {
    for (name, body) in WHOLES {
        let doc = doc(body);
        let mut answer = FORMAT.read_answer(&doc).unwrap();
        let again = FORMAT.write_answer(&answer, &ask(Framing::Sse));
        let again = Doc::parse(&again).unwrap();
        let mut again = FORMAT.read_answer(&again).unwrap();
        expect_what_is_written(&mut answer);
        again.unmapped.clear();
        assert_eq!(gist(&again), gist(&answer), "{name}");
    }
}

#[test]
fn a_stream_written_and_read_again_says_the_same() {
    for framing in [Framing::Sse, Framing::JsonArray] {
        for (name, stream) in STREAMS {
            let mut writer = FORMAT.stream_writer(&ask(framing));
            let mut out = Vec::new();
            each_delta(Framing::Sse, stream, usize::MAX, |delta| writer.write(&delta, &mut out));
            writer.write(&Delta::End, &mut out);
            let mut want = folded(Framing::Sse, stream, usize::MAX);
            expect_what_is_written(&mut want);
            assert_eq!(gist(&folded(framing, &out, 3)), gist(&want), "{name} {framing:?}");
        }
    }
}

/// What the writers leave out, which only Gemini's own clients get, byte for byte; and a refusal is told as text.
fn expect_what_is_written(answer: &mut Answer<'_>) {
    answer.unmapped.clear();
    for part in answer.choices.iter_mut().flat_map(|choice| &mut choice.parts) {
        if let Part::Refusal(words) = part {
            *part = Part::Text { text: words.clone(), cache: None };
        }
    }
}

#[test]
fn usage_is_found_without_the_answer() {
    for (name, body) in WHOLES {
        let doc = doc(body);
        assert_eq!(FORMAT.answer_usage(body), FORMAT.read_answer(&doc).unwrap().usage, "{name}");
    }
    assert_eq!(FORMAT.answer_usage(b"{}"), None);
    assert_eq!(FORMAT.answer_usage(b"<html>"), None);
}

#[test]
fn an_error_ends_a_stream_and_a_cut_is_no_end() {
    let mut last = None;
    assert!(each_delta(Framing::Sse, UNAVAILABLE, 9, |delta| last = Some(delta.to_static())));
    let Some(Delta::Error(error)) = last else { panic!("{last:?}") };
    assert_eq!((error.status, error.message.as_str()), (503, "The model is overloaded. Please try again later."));
    for (name, stream) in STREAMS {
        // Cut before each event; whole are those whose last event only adds to a candidate that has ended.
        let text = std::str::from_utf8(stream).unwrap();
        for (at, _) in text.match_indices("data: ") {
            let ended = each_delta(Framing::Sse, &stream[..at], usize::MAX, |_| ());
            assert!(!ended, "{name} cut at {at}");
        }
        assert!(each_delta(Framing::Sse, stream, usize::MAX, |_| ()), "{name}");
    }
}

#[test]
fn what_follows_the_end_is_told_and_does_not_undo_it() {
    let stream = b"data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"ab\"}]},\"finishReason\":\"STOP\"}]}\r\n\r\n\
        data: {\"candidates\":[{\"groundingMetadata\":{\"groundingChunks\":[{\"web\":{\"uri\":\"u\"}}]},\"finishReason\":\"STOP\"}],\"usageMetadata\":{\"promptTokenCount\":1,\"totalTokenCount\":2}}\r\n\r\n";
    let mut deltas = Vec::new();
    assert!(each_delta(Framing::Sse, stream, usize::MAX, |delta| deltas.push(format!("{delta:?}"))));
    assert_eq!(deltas.iter().filter(|delta| delta.starts_with("Finish")).count(), 1);
    assert!(deltas.iter().any(|delta| delta.starts_with("Citation")));
    assert!(deltas.last().unwrap().starts_with("Usage"), "{deltas:#?}");
}

/// What our writer makes of these steps.
fn written(framing: Framing, deltas: &[Delta<'_>]) -> String {
    let mut writer = FORMAT.stream_writer(&ask(framing));
    let mut out = Vec::new();
    deltas.iter().for_each(|delta| writer.write(delta, &mut out));
    String::from_utf8(out).unwrap()
}

#[test]
fn calls_whose_arguments_come_in_pieces_are_told_whole_and_in_order() {
    let text = Text::from_raw;
    let start = |index, id| Delta::ToolStart { choice: 0, index, id: text(id), name: text("f"), signature: None };
    let more = |index, fragment| Delta::ToolArguments { choice: 0, index, fragment: text(fragment) };
    let out = written(
        Framing::JsonArray,
        &[
            Delta::Start { id: text("i"), model: text("m"), created: None },
            start(0, "a"),
            start(1, ""),
            more(1, r#"{\"y\""#),
            more(0, r#"{\"x\":1"#),
            more(0, "}"),
            Delta::Text(0, text("between")),
            more(1, ":[2]}"),
            start(2, "c"),
            more(2, r#"{\"cut"#),
            Delta::Finish { choice: 0, finish: Finish::Length, stop_sequence: None },
            Delta::Usage(Usage { input: 3, output: 4, ..Usage::default() }),
            Delta::End,
            Delta::Text(0, text("nothing more")),
        ],
    );
    let events: Json = serde_json::from_str(&out).unwrap();
    let parts: Vec<_> =
        events.as_array().unwrap().iter().map(|event| &event["candidates"][0]["content"]["parts"][0]).collect();
    let call = |id: &str, args: Json| json!({"functionCall": {"id": id, "name": "f", "args": args}});
    assert_eq!(
        parts,
        [
            &json!({"text": "between"}),
            &call("a", json!({"x": 1})),
            &call("call_x1_0_1", json!({"y": [2]})),
            &call("c", json!({"_raw": "{\"cut"})),
            &json!({"text": ""}),
        ]
    );
    let last = &events[4];
    assert_eq!(last["candidates"][0]["finishReason"], "MAX_TOKENS");
    assert_eq!(last["usageMetadata"], json!({"promptTokenCount": 3, "candidatesTokenCount": 4, "totalTokenCount": 7}));
    assert_eq!((&last["modelVersion"], &last["responseId"]), (&json!("m"), &json!("i")));
}

#[test]
fn a_signature_in_pieces_is_sealed_whole() {
    use crate::chat::Origin::{Anthropic, Gemini};
    let text = Text::from_raw;
    let signature = |origin, value| Delta::Signature(0, Signature { origin, value: text(value) });
    let out = written(
        Framing::Sse,
        &[
            Delta::ThinkingStart(0),
            Delta::Thinking(0, text("hm")),
            signature(Anthropic, "Eq"),
            signature(Anthropic, "QB=="),
            Delta::RedactedThinking(0, text("c2Vj")),
            Delta::ThinkingStart(0),
            signature(Gemini, "S"),
            Delta::Text(0, text("x")),
            Delta::End,
        ],
    );
    let answer = folded(Framing::Sse, out.as_bytes(), usize::MAX);
    assert_eq!(
        format!("{:?}", answer.choices[0].parts),
        r#"[Thinking { text: Text("hm"), signature: Some(Signature { origin: Anthropic, value: Text("EqQB==") }) }, RedactedThinking(Text("c2Vj")), Thinking { text: Text(""), signature: Some(Signature { origin: Gemini, value: Text("S") }) }, Text { text: Text("x"), cache: None }]"#
    );
}

#[test]
fn an_error_in_a_stream_is_its_last_event_in_either_framing() {
    let error = ApiError::provider(503, None, "busy");
    let deltas = [Delta::Text(0, Text::from_raw("a")), Delta::Error(error), Delta::End];
    let told = r#"{"error":{"code":503,"message":"busy","status":"UNAVAILABLE"}}"#;
    let events = written(Framing::Sse, &deltas);
    assert!(events.ends_with(&format!("data: {told}\n\n")), "{events}");
    let array: Json = serde_json::from_str(&written(Framing::JsonArray, &deltas)).unwrap();
    assert_eq!(array[1], serde_json::from_str::<Json>(told).unwrap());
    // Google's SDK knows an error by how its text begins.
    assert!(told.starts_with(r#"{"error":"#));
}

#[test]
fn an_empty_stream_and_an_empty_answer_have_a_candidate() {
    let events: Json = serde_json::from_str(&written(Framing::JsonArray, &[Delta::End])).unwrap();
    let whole: Json = serde_json::from_slice(&FORMAT.write_answer(&Answer::default(), &ask(Framing::Sse))).unwrap();
    for answer in [&events[0], &whole] {
        assert_eq!(answer["candidates"][0]["finishReason"], "STOP");
        assert_eq!(answer["candidates"][0]["content"], json!({"parts": [{"text": ""}], "role": "model"}));
        assert_eq!((&answer["modelVersion"], &answer["responseId"]), (&json!("asked"), &json!("x1")));
        assert!(answer.get("usageMetadata").is_none(), "no counts are not counts of nothing");
    }
}

// Through others

/// What Gemini 3 says with signatures: one of a text, one of a call, and one of a call in the step after.
const SIGNED: &str = r#"{"candidates":[{"content":{"parts":[{"text":"hm","thought":true},{"text":"Look:","thoughtSignature":"VGV4dA=="},
    {"functionCall":{"name":"f","args":{"a":1},"id":"c1"},"thoughtSignature":"Q2FsbA=="},
    {"functionCall":{"name":"g","args":{},"id":"c2"}}],"role":"model"},"finishReason":"STOP"}]}"#;

/// The messages that a client has after an answer, as its users keep them: the answer's own, and a result for each call.
fn kept(client: &str, answer: &Json) -> Json {
    match client {
        "openai_chat" => {
            let message = &answer["choices"][0]["message"];
            let result = |id: &str| json!({"role": "tool", "tool_call_id": id, "content": "ok"});
            json!([{"role": "user", "content": "go"}, message, result("c1"), result("c2")])
        }
        _ => {
            let result = |id: &str| json!({"type": "tool_result", "tool_use_id": id, "content": "ok"});
            let content = &answer["content"];
            json!([{"role": "user", "content": "go"}, {"role": "assistant", "content": content},
                   {"role": "user", "content": [result("c1"), result("c2")]}])
        }
    }
}

#[test]
fn signatures_come_back_through_clients_of_other_formats() {
    for client in ["openai_chat", "anthropic_messages"] {
        let other = crate::format::find(client).unwrap();
        let signed = doc(SIGNED.as_bytes());
        let answer = FORMAT.read_answer(&signed).unwrap();
        let whole: Json = serde_json::from_slice(&other.write_answer(&answer, &ask(Framing::Sse))).unwrap();
        // The same as a stream, folded by the client's own reader.
        let mut writer = other.stream_writer(&ask(Framing::Sse));
        let mut stream = Vec::new();
        crate::chat::unfold(&answer, &mut |delta| writer.write(&delta, &mut stream));
        let (mut frames, mut reader, mut fold) = (frame::Reader::default(), other.stream_reader(), Fold::new());
        frames
            .push(&stream, |event| {
                reader.read(&event, &mut |delta| fold.push(&delta));
            })
            .unwrap();
        let folded = fold.finish().unwrap();
        let folded: Json = serde_json::from_slice(&other.write_answer(&folded, &ask(Framing::Sse))).unwrap();
        for answer in [whole, folded] {
            let body = json!({"model": "m", "max_tokens": 99, "messages": kept(client, &answer)}).to_string();
            let doc = doc(body.as_bytes());
            let request = other.read_request(&doc).unwrap();
            let mut loss = Loss::default();
            let back = crate::format::translate(request, other, &FORMAT, &TARGET, &mut loss).unwrap();
            let back: Json = serde_json::from_slice(&back).unwrap();
            let parts = back["contents"][1]["parts"].as_array().unwrap();
            let signature = |has: &str| {
                let part = parts.iter().find(|part| part.to_string().contains(has)).unwrap();
                part.get("thoughtSignature").and_then(Json::as_str)
            };
            assert_eq!(signature(r#""name":"f""#), Some("Q2FsbA=="), "{client}: {body}\n{back}");
            assert_eq!(signature(r#""name":"g""#), None, "{client}: {back}");
            assert_eq!(signature("Look:"), Some("VGV4dA=="), "{client}: {back}");
            assert!(loss.0.is_empty(), "{client}: {loss:?}");
        }
    }
}
