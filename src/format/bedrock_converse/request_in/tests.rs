use super::*;
use crate::chat::Feature;

const FULL: &str = include_str!("../../../../tests/fixtures/bedrock_converse/request_full.json");

#[test]
fn everything_a_request_can_say_is_read() {
    let doc = Doc::parse(FULL.as_bytes()).unwrap();
    let request = read(&doc).unwrap();
    let turns: Vec<String> = request
        .messages
        .iter()
        .map(|message| {
            let parts: Vec<_> = message.parts.iter().map(shown).collect();
            format!("{:?}@{} {}", message.role, message.at, parts.join(" | "))
        })
        .collect();
    let expected = [
        r#"System@0 text You are terse. {"type":"ephemeral","ttl":"1h"}"#,
        "System@0 text Never curse.",
        "User@0 text What is in these? | Image image/jpeg /9j/4AAQ | File application/pdf JVBERi0x named Annual report | \
         text From the meeting. | text We said yes. | text one | text two | Video s3://bucket/a.3gp | \
         Audio audio/wav UklGRg== {\"type\":\"ephemeral\"}",
        "Assistant@1 thinking Two calls. signed c2ln | secret EmwKAhgB | call tooluse_1 look_up {\"q\": \"a\", \"n\": 1.50} | \
         call tooluse_2 now {}",
        "User@2 result tooluse_1 Some(true) [text not found | text {\"code\": 404, \"why\": [\"a\\\"b\"]} | \
         Image image/png iVBORw0KGgo=] | result tooluse_2 Some(false) [] {\"type\":\"ephemeral\"} | text Go on.",
        "Assistant@3 text Grass is green. | source https://grass.example Grass green",
        "System@4 text Be brief now.",
        "User@5 text And?",
    ];
    assert_eq!(turns, expected);

    let tools: Vec<_> = request
        .tools
        .iter()
        .map(|tool| match tool {
            Tool::Function { name, description, parameters, strict, cache } => {
                let said = description.as_ref().map(Text::raw).unwrap_or_default();
                format!("{} {said} {} {strict:?} {cache:?}", name.raw(), parameters.as_deref().unwrap_or_default())
            }
            Tool::Other { kind, raw } => format!("{} {raw}", kind.raw()),
        })
        .collect();
    assert_eq!(
        tools,
        [
            r#"look_up Looks it up {"type": "object", "properties": {"q": {"type": "string"}}} Some(true) Some("{\"type\":\"ephemeral\"}")"#,
            r#"now  {"type": "object"} None None"#,
            r#"systemTool {"systemTool": {"name": "nova_grounding"}}"#,
        ]
    );
    assert!(matches!(&request.tool_choice, Some(ToolChoice::Named(name)) if name.is("look_up")));
    assert_eq!(request.parallel_tool_calls, Some(false));
    assert_eq!((request.max_tokens, request.temperature, request.top_p), (Some(5000), Some("0.50"), Some("0.9")));
    assert_eq!((request.top_k, request.reasoning), (Some("40"), Some(Reasoning::Budget(2000))));
    assert_eq!(request.stop.iter().map(Text::raw).collect::<Vec<_>>(), ["END", "\\u0041"]);
    assert_eq!((request.metadata, request.include_usage), (Some(r#"{"team": "blue"}"#), true));
    assert!(request.service_tier.as_ref().unwrap().is("priority"));
    let Some(ResponseFormat::JsonSchema { name, description, schema, strict }) = &request.response_format else {
        panic!("{:?}", request.response_format)
    };
    assert_eq!(schema, r#"{"type":"object","properties":{"x":{"type":"string"}}}"#);
    assert_eq!((name.as_ref().unwrap().raw(), description.as_ref().unwrap().raw(), *strict), ("x", "An x", None));
    let extra: Vec<_> = request.extra.iter().map(|(name, _)| name.raw()).collect();
    assert_eq!(
        extra,
        [
            "messages[].content[].guardContent",
            "additionalModelRequestFields.anthropic_beta",
            "additionalModelResponseFieldPaths",
            "guardrailConfig",
            "performanceConfig",
            "promptVariables",
            "futureField",
            "messages[].content[].document.citations",
            "messages[].content[].source.s3Location.bucketOwner",
        ]
    );
    let mut features = Vec::new();
    Feature::of(&request, &mut |feature, _| features.push(feature));
    for feature in [Feature::SystemInPlace, Feature::VideoUrl, Feature::AudioData, Feature::CacheMark, Feature::TopK] {
        assert!(features.contains(&feature), "{feature:?}");
    }
}

fn shown(part: &Part<'_>) -> String {
    let (said, mark) = match part {
        Part::Text { text, cache } => (format!("text {}", text.decode()), cache),
        Part::Media(media) => {
            let place = match &media.source {
                MediaSource::Data { media_type, data } => format!("{} {}", media_type.raw(), data.raw()),
                MediaSource::Url(place) | MediaSource::FileId(place) => place.raw().to_owned(),
            };
            let name = media.filename.as_ref().map(|name| format!(" named {}", name.raw())).unwrap_or_default();
            (format!("{:?} {place}{name}", media.kind), &media.cache)
        }
        Part::Thinking { text, signature } => {
            (format!("thinking {} signed {}", text.raw(), signature.as_ref().unwrap().value.raw()), &None)
        }
        Part::RedactedThinking(data) => (format!("secret {}", data.raw()), &None),
        Part::ToolCall(call) => {
            let Arguments::Json(input) = &call.arguments else { panic!("arguments are JSON here") };
            (format!("call {} {} {input}", call.id.raw(), call.name.raw()), &call.cache)
        }
        Part::ToolResult { id, is_error, parts, cache } => {
            let inside: Vec<_> = parts.iter().map(shown).collect();
            (format!("result {} {is_error:?} [{}]", id.raw(), inside.join(" | ")), cache)
        }
        Part::Citation(citation) => {
            let text = |text: &Option<Text<'_>>| text.as_ref().map(|text| text.raw().to_owned()).unwrap_or_default();
            (format!("source {} {} {}", text(&citation.url), text(&citation.title), text(&citation.quote)), &None)
        }
        other => (format!("{other:?}"), &None),
    };
    mark.map_or(said.clone(), |mark| format!("{said} {mark}"))
}

#[test]
fn what_one_family_takes_is_read_where_there_is_a_word_for_it() {
    use Effort::{High, Low, Medium};
    type Row = (&'static str, Option<Reasoning>, Option<&'static str>, &'static [&'static str]);
    let effort = |effort| Some(Reasoning::Effort(effort));
    let rows: &[Row] = &[
        (r#""additionalModelRequestFields":{"reasoning_effort":"low"}"#, effort(Low), None, &[]),
        (
            r#""additionalModelRequestFields":{"reasoningConfig":{"type":"enabled","maxReasoningEffort":"medium"}}"#,
            effort(Medium),
            None,
            &[],
        ),
        (r#""additionalModelRequestFields":{"inferenceConfig":{"topK":7}}"#, None, Some("7"), &[]),
        (r#""additionalModelRequestFields":{"k":7}"#, None, Some("7"), &[]),
        (r#""additionalModelRequestFields":{"thinking":{"type":"adaptive"}}"#, effort(High), None, &[]),
        (
            r#""outputConfig":{"effort":"low"},"additionalModelRequestFields":{"thinking":{"type":"adaptive"}}"#,
            effort(Low),
            None,
            &[],
        ),
        (r#""additionalModelRequestFields":{"thinking":{"type":"disabled"}}"#, Some(Reasoning::Off), None, &[]),
        (r#""outputConfig":{"effort":"high"}"#, effort(High), None, &[]),
        (
            r#""additionalModelRequestFields":{"thinking":{"type":"between_tools"},"seed":3}"#,
            None,
            None,
            &["additionalModelRequestFields.seed", "additionalModelRequestFields.thinking"],
        ),
        (
            r#""inferenceConfig":{"maxTokens":5,"futureLimit":3},"toolConfig":null"#,
            None,
            None,
            &["inferenceConfig.futureLimit"],
        ),
    ];
    for (members, reasoning, top_k, extra) in rows {
        let body = format!(r#"{{"messages":[{{"role":"user","content":[]}}],{members}}}"#);
        let doc = Doc::parse(body.as_bytes()).unwrap();
        let request = read(&doc).unwrap();
        let names: Vec<_> = request.extra.iter().map(|(name, _)| name.raw()).collect();
        assert_eq!((request.reasoning, request.top_k, &names[..]), (*reasoning, *top_k, *extra), "{members}");
    }
}

#[test]
fn what_is_wrong_is_named_by_its_path() {
    let turn = |block: &str| format!(r#"{{"messages":[{{"role":"user","content":[{{"text":"a"}},{block}]}}]}}"#);
    let with = |members: &str| format!(r#"{{"messages":[],{members}}}"#);
    let rows = [
        ("[]".to_owned(), "the body: expected an object, got an array"),
        ("{}".to_owned(), "messages: missing"),
        (r#"{"messages":{}}"#.to_owned(), "messages: expected an array, got an object"),
        (r#"{"messages":["x"]}"#.to_owned(), "messages[0]: expected an object, got a string"),
        (r#"{"messages":[{"content":[]}]}"#.to_owned(), "messages[0].role: missing"),
        (
            r#"{"messages":[{"role":"tool","content":[]}]}"#.to_owned(),
            "messages[0].role: expected one of user, assistant, system, got \"tool\"",
        ),
        (
            r#"{"messages":[{"role":"user","content":"hi"}]}"#.to_owned(),
            "messages[0].content: expected an array, got a string",
        ),
        (turn("{}"), "messages[0].content[1]: expected one member, such as text, image, toolUse or toolResult"),
        (
            turn(r#"{"text":"a","image":{}}"#),
            "messages[0].content[1]: expected one member, such as text, image, toolUse or toolResult",
        ),
        (turn(r#"{"text":7}"#), "messages[0].content[1].text: expected a string, got a number"),
        (turn(r#"{"image":{"format":"png"}}"#), "messages[0].content[1].image.source: missing"),
        (
            turn(r#"{"image":{"format":"png","source":{}}}"#),
            "messages[0].content[1].image.source: expected bytes or s3Location",
        ),
        (turn(r#"{"image":{"source":{"bytes":"QUJD"}}}"#), "messages[0].content[1].image.format: missing"),
        (
            turn(r#"{"image":{"format":"png","source":{"bytes":"no base64"}}}"#),
            "messages[0].content[1].image.source.bytes: expected bytes in base64",
        ),
        (turn(r#"{"toolUse":{"name":"f","input":{}}}"#), "messages[0].content[1].toolUse.toolUseId: missing"),
        (
            turn(r#"{"toolResult":{"toolUseId":"a","content":[{"text":1}]}}"#),
            "messages[0].content[1].toolResult.content[0].text: expected a string, got a number",
        ),
        (
            turn(r#"{"toolResult":{"toolUseId":"a","content":[],"status":"fine"}}"#),
            "messages[0].content[1].toolResult.status: expected one of success, error, got \"fine\"",
        ),
        (
            turn(r#"{"cachePoint":{"type":"default","ttl":"2h"}}"#),
            "messages[0].content[1].cachePoint.ttl: expected one of 5m, 1h, got \"2h\"",
        ),
        (
            turn(r#"{"reasoningContent":{"reasoningText":{"signature":"x"}}}"#),
            "messages[0].content[1].reasoningContent.reasoningText.text: missing",
        ),
        (with(r#""system":"x""#), "system: expected an array, got a string"),
        (
            with(r#""inferenceConfig":{"maxTokens":-1}"#),
            "inferenceConfig.maxTokens: expected a whole number from 0 up, got -1",
        ),
        (with(r#""inferenceConfig":{"topP":"x"}"#), "inferenceConfig.topP: expected a number, got a string"),
        (with(r#""toolConfig":{}"#), "toolConfig.tools: missing"),
        (with(r#""toolConfig":{"tools":[{}]}"#), "toolConfig.tools[0].toolSpec: missing"),
        (
            with(r#""toolConfig":{"tools":[{"toolSpec":{"name":"f"}}]}"#),
            "toolConfig.tools[0].toolSpec.inputSchema: missing",
        ),
        (
            with(r#""toolConfig":{"tools":[],"toolChoice":{"none":{}}}"#),
            "toolConfig.toolChoice: expected one of auto, any, tool",
        ),
        (
            with(r#""outputConfig":{"textFormat":{"type":"json_schema","structure":{"jsonSchema":{"schema":"{"}}}}"#),
            "outputConfig.textFormat.structure.jsonSchema.schema: the text is not JSON: expected a key in double quotes at byte 1",
        ),
        (
            with(r#""outputConfig":{"textFormat":{"type":"json_schema","structure":{"jsonSchema":{"schema":"[]"}}}}"#),
            "outputConfig.textFormat.structure.jsonSchema.schema: expected the text of a JSON object",
        ),
        (
            with(r#""outputConfig":{"effort":"enormous"}"#),
            "outputConfig.effort: expected one of low, medium, high, xhigh, max, got \"enormous\"",
        ),
        (
            with(r#""additionalModelRequestFields":[]"#),
            "additionalModelRequestFields: expected an object, got an array",
        ),
    ];
    for (body, message) in rows {
        let doc = Doc::parse(body.as_bytes()).unwrap();
        let error = read(&doc).err().unwrap_or_else(|| panic!("read: {body}"));
        assert_eq!((error.status, error.message.as_str()), (400, message), "{body}");
    }
}
