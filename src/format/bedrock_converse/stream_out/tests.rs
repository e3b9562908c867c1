use super::*;
use crate::chat::{MediaSource, Origin, Signature};
use crate::wire::frame;

/// The stream in short: each event's name and data; an exception's name with `!` before it.
fn written(deltas: &[Delta<'_>]) -> Vec<String> {
    let ask = Ask { fallback_id: "f1".into(), ..Ask::default() };
    let mut writer = Writer::new(&ask);
    let mut out = Vec::new();
    deltas.iter().for_each(|delta| writer.write(delta, &mut out));
    let mut said = Vec::new();
    let mut frames = frame::Reader::new(frame::Framing::AwsEventStream);
    frames
        .push(&out, |event| {
            let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
            let name = text(event.name.unwrap()).replace("contentBlock", "block");
            let mark = if event.fault { "!" } else { "" };
            said.push(format!("{mark}{name} {}", text(&event.data).replace("contentBlockIndex", "at")));
        })
        .unwrap();
    assert_eq!(frames.pending(), 0);
    said
}

fn t(raw: &str) -> Text<'_> {
    Text::from_raw(raw)
}

#[test]
fn the_whole_ladder() {
    let start = |index, id| Delta::ToolStart { choice: 0, index, id: t(id), name: t("f"), signature: None };
    let arguments = |index, fragment| Delta::ToolArguments { choice: 0, index, fragment: t(fragment) };
    let picture = |kind, media_type| {
        let source = MediaSource::Data { media_type: t(media_type), data: t("QUJD") };
        Delta::Media(0, Media { kind, source, detail: None, filename: None, cache: None })
    };
    let said = written(&[
        Delta::Start { id: t("x"), model: t("m"), created: Some(1) },
        Delta::ThinkingStart(0),
        Delta::Thinking(0, t("h")),
        Delta::Signature(0, Signature { origin: Origin::Anthropic, value: t("si") }),
        Delta::Signature(0, Signature { origin: Origin::Anthropic, value: t("g") }),
        Delta::RedactedThinking(0, t("EmwK")),
        Delta::Text(1, t("another choice")),
        Delta::Text(0, t("a\\n")),
        Delta::Citation(0, Citation { url: Some(t("https://x.io")), ..Citation::default() }),
        picture(MediaKind::Audio, "audio/wav"),
        picture(MediaKind::Image, "image/png"),
        start(0, "call_1"),
        arguments(0, "{\\\"x\\\":"),
        start(1, ""),
        arguments(1, "{}"),
        arguments(0, "1}"),
        Delta::Finish { choice: 0, finish: Finish::Stop, stop_sequence: None },
        Delta::ServiceTier(t("flex")),
        Delta::Usage(Usage { input: 50, output: 9, cache_read: 20, ..Usage::default() }),
        Delta::End,
        Delta::Text(0, t("never")),
    ]);
    let expected = [
        r#"messageStart {"role":"assistant"}"#,
        r#"blockDelta {"at":0,"delta":{"reasoningContent":{"text":"h"}}}"#,
        r#"blockDelta {"at":0,"delta":{"reasoningContent":{"signature":"sig"}}}"#,
        r#"blockStop {"at":0}"#,
        r#"blockDelta {"at":1,"delta":{"reasoningContent":{"redactedContent":"EmwK"}}}"#,
        r#"blockStop {"at":1}"#,
        r#"blockDelta {"at":2,"delta":{"text":"a\n"}}"#,
        r#"blockDelta {"at":2,"delta":{"citation":{"location":{"web":{"url":"https://x.io"}}}}}"#,
        r#"blockStop {"at":2}"#,
        r#"blockStart {"start":{"image":{"format":"png"}},"at":3}"#,
        r#"blockDelta {"at":3,"delta":{"image":{"source":{"bytes":"QUJD"}}}}"#,
        r#"blockStop {"at":3}"#,
        r#"blockStart {"start":{"toolUse":{"toolUseId":"call_1","name":"f"}},"at":4}"#,
        r#"blockDelta {"at":4,"delta":{"toolUse":{"input":"{\"x\":"}}}"#,
        r#"blockDelta {"at":4,"delta":{"toolUse":{"input":"1}"}}}"#,
        r#"blockStop {"at":4}"#,
        r#"blockStart {"start":{"toolUse":{"toolUseId":"tooluse_f1_1","name":"f"}},"at":5}"#,
        r#"blockDelta {"at":5,"delta":{"toolUse":{"input":"{}"}}}"#,
        r#"blockStop {"at":5}"#,
        r#"messageStop {"stopReason":"tool_use"}"#,
        r#"metadata {"usage":{"inputTokens":30,"outputTokens":9,"totalTokens":59,"cacheReadInputTokens":20,"cacheWriteInputTokens":0},"metrics":{"latencyMs":0},"serviceTier":{"type":"flex"}}"#,
    ];
    assert_eq!(said, expected);
}

#[test]
fn an_error_is_an_exception_and_the_last_event() {
    for (status, name) in [
        (429, "throttlingException"),
        (503, "serviceUnavailableException"),
        (502, "internalServerException"),
        (504, "modelStreamErrorException"),
        (400, "validationException"),
    ] {
        let error = ApiError::provider(status, None, "busy");
        let said = written(&[Delta::Text(0, t("a")), Delta::Error(error), Delta::Text(0, t("b")), Delta::End]);
        assert_eq!(said[2..], [format!(r#"!{name} {{"message":"busy"}}"#)], "{status}");
    }
}

#[test]
fn an_end_without_anything_is_an_empty_answer() {
    let stop = Delta::Finish { choice: 0, finish: Finish::Stop, stop_sequence: Some(t("END")) };
    assert_eq!(
        written(&[stop, Delta::End]),
        [
            r#"messageStart {"role":"assistant"}"#,
            r#"messageStop {"stopReason":"stop_sequence","additionalModelResponseFields":{"stop_sequence":"END"}}"#,
            r#"metadata {"usage":{"inputTokens":0,"outputTokens":0,"totalTokens":0},"metrics":{"latencyMs":0}}"#,
        ]
    );
}
