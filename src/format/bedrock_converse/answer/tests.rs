use super::*;
use crate::chat::{Finish, Signature, ToolCall, Usage};
use crate::wire::json::Doc;

fn read_body(body: &str) -> Result<String, ApiError> {
    let doc = Doc::parse(body.as_bytes()).unwrap();
    read(doc.root()).map(|answer| format!("{answer:?}"))
}

#[test]
fn why_an_answer_ends() {
    for (word, calls, want) in [
        ("end_turn", false, Finish::Stop),
        ("stop_sequence", false, Finish::Stop),
        ("tool_use", true, Finish::ToolCalls),
        ("end_turn", true, Finish::ToolCalls),
        ("max_tokens", true, Finish::Length),
        ("model_context_window_exceeded", false, Finish::Length),
        ("malformed_tool_use", false, Finish::Length),
        ("malformed_model_output", false, Finish::Length),
        ("guardrail_intervened", false, Finish::ContentFilter),
        ("content_filtered", true, Finish::ContentFilter),
        ("from_the_future", false, Finish::Stop),
    ] {
        let call = if calls { r#"{"toolUse":{"toolUseId":"a","name":"f","input":{}}}"# } else { "" };
        let body = format!(r#"{{"output":{{"message":{{"content":[{call}]}}}},"stopReason":"{word}"}}"#);
        let doc = Doc::parse(body.as_bytes()).unwrap();
        assert_eq!(read(doc.root()).unwrap().choices[0].finish, want, "{word} {calls}");
    }
}

#[test]
fn usage_includes_the_cache() {
    for (usage, want) in [
        (r#"{"inputTokens":5,"outputTokens":7,"totalTokens":12}"#, Some((5, 7, 0, 0))),
        (
            r#"{"inputTokens":5,"outputTokens":7,"totalTokens":42,"cacheReadInputTokens":10,"cacheWriteInputTokens":20}"#,
            Some((35, 7, 10, 20)),
        ),
        (r#"{"inputTokens":5,"outputTokens":7,"cacheReadInputTokenCount":10}"#, Some((15, 7, 10, 0))),
        (r#"{}"#, None),
        ("null", None),
    ] {
        let body = format!(r#"{{"output":{{"message":{{"content":[]}}}},"usage":{usage}}}"#);
        let doc = Doc::parse(body.as_bytes()).unwrap();
        let seen = read(doc.root()).unwrap().usage.map(|u| (u.input, u.output, u.cache_read, u.cache_write));
        assert_eq!(seen, want, "{usage}");
    }
}

#[test]
fn what_is_no_answer_is_an_error() {
    for (body, status, message) in [
        (r#"{"message":"Too many requests","__type":"ThrottlingException"}"#, 429, "Too many requests"),
        (
            r#"{"Output":{"__type":"com.amazon.coral.service#UnknownOperationException"},"Version":"1.0"}"#,
            502,
            "the provider's answer has no content",
        ),
        ("{}", 502, "the provider's answer has no content"),
        (r#"{"output":{"message":{"content":"hi"}}}"#, 502, "the provider's answer has no content"),
        (
            r#"{"output":{"message":{"content":[{"text":1}]}}}"#,
            502,
            "in the provider's answer, output.message.content[0].text: expected a string, got a number",
        ),
    ] {
        let error = read_body(body).unwrap_err();
        assert_eq!((error.status, error.message.as_str()), (status, message), "{body}");
    }
}

#[test]
fn an_answer_of_any_format_is_one_of_converse() {
    let text = Text::from_raw;
    let cited = |url: Option<&'static str>, quote: Option<&'static str>| {
        Part::Citation(Citation { url: url.map(text), title: Some(text("T")), quote: quote.map(text), span: None })
    };
    let said = |raw| Part::Text { text: text(raw), cache: None };
    let call = |id, arguments| {
        Part::ToolCall(ToolCall { id: text(id), name: text("f"), arguments, signature: None, cache: None })
    };
    let media = |kind, media_type, data| {
        let source = MediaSource::Data { media_type: text(media_type), data: text(data) };
        Part::Media(Media { kind, source, detail: None, filename: None, cache: None })
    };
    let parts = vec![
        Part::Thinking { text: text("hm"), signature: Some(Signature { origin: Origin::Gemini, value: text("c2ln") }) },
        Part::Thinking { text: text("unsigned"), signature: None },
        Part::RedactedThinking(text("EmwK")),
        Part::RedactedThinking(text("not base64!")),
        said("a \\\"b\\\" \\u00e9"),
        cited(Some("https://x.io"), None),
        cited(None, Some("q")),
        said(""),
        Part::Refusal(text("no")),
        media(MediaKind::Image, "image/jpg", "QUJD"),
        media(MediaKind::Audio, "audio/wav", "QUJD"),
        media(MediaKind::Image, "image/tiff", "QUJD"),
        call("call_1", Arguments::Text(text("{\\\"q\\\":1}"))),
        call("", Arguments::Json("null")),
        call("c3", Arguments::Text(text("{\\\"cut"))),
        Part::Other { kind: text("searchResult"), raw: r#"{"searchResult":{}}"# },
        Part::Other { kind: text("web_search_tool_result"), raw: "{}" },
    ];
    let answer = Answer {
        choices: vec![Choice { parts, stop_sequence: Some(text("END")), ..Choice::default() }],
        usage: Some(Usage { input: 35, output: 7, cache_read: 10, cache_write: 20, ..Usage::default() }),
        service_tier: Some(text("standard")),
        ..Answer::default()
    };
    let ask = Ask { fallback_id: "f1".into(), ..Ask::default() };
    let body = String::from_utf8(write(&answer, &ask)).unwrap();
    let expected = [
        r#"{"output":{"message":{"role":"assistant","content":["#,
        r#"{"reasoningContent":{"reasoningText":{"text":"hm","signature":"gemini#c2ln"}}},"#,
        r#"{"reasoningContent":{"reasoningText":{"text":"unsigned"}}},"#,
        r#"{"reasoningContent":{"redactedContent":"EmwK"}},"#,
        r#"{"reasoningContent":{"redactedContent":"cG9zdGVybjpub3QgYmFzZTY0IQ=="}},"#,
        r#"{"citationsContent":{"content":[{"text":"a \"b\" \u00e9"}],"citations":["#,
        r#"{"title":"T","location":{"web":{"url":"https://x.io"}}},{"title":"T","sourceContent":[{"text":"q"}]}]}},"#,
        r#"{"text":"no"},"#,
        r#"{"image":{"format":"jpeg","source":{"bytes":"QUJD"}}},"#,
        r#"{"audio":{"format":"wav","source":{"bytes":"QUJD"}}},"#,
        r#"{"toolUse":{"toolUseId":"call_1","name":"f","input":{"q":1}}},"#,
        r#"{"toolUse":{"toolUseId":"tooluse_f1_1","name":"f","input":{}}},"#,
        r#"{"toolUse":{"toolUseId":"c3","name":"f","input":{"_raw":"{\"cut"}}},"#,
        r#"{"searchResult":{}}]}},"#,
        r#""stopReason":"tool_use","additionalModelResponseFields":{"stop_sequence":"END"},"#,
        r#""usage":{"inputTokens":5,"outputTokens":7,"totalTokens":42,"cacheReadInputTokens":10,"cacheWriteInputTokens":20},"#,
        r#""metrics":{"latencyMs":0},"serviceTier":{"type":"default"}}"#,
    ];
    assert_eq!(body, expected.concat());
    // What is written is read back, sealed things opened.
    let doc = Doc::parse(body.as_bytes()).unwrap();
    let back = read(doc.root()).unwrap();
    let Part::Thinking { signature: Some(signature), .. } = &back.choices[0].parts[0] else { panic!("{back:?}") };
    assert_eq!((signature.origin, signature.value.raw()), (Origin::Gemini, "c2ln"));
    assert!(matches!(&back.choices[0].parts[3], Part::RedactedThinking(data) if data.is("not base64!")));
    assert_eq!(back.usage, answer.usage);
    assert!(back.choices[0].stop_sequence.as_ref().unwrap().is("END") && back.unmapped.is_empty());
}

#[test]
fn what_has_no_place_is_named() {
    let body = r#"{"output":{"message":{"content":[{"text":"x"}]}},"trace":{},"performanceConfig":{"latency":"optimized"},
        "additionalModelResponseFields":{"stop_sequence":null,"other":1},"serviceTier":{"type":"flex"}}"#;
    let doc = Doc::parse(body.as_bytes()).unwrap();
    let answer = read(doc.root()).unwrap();
    assert_eq!(answer.unmapped, ["additionalModelResponseFields", "performanceConfig", "trace"]);
    assert!(answer.service_tier.unwrap().is("flex"));
}
