//! Bedrock: Claude behind InvokeModel, whose events come wrapped in frames, and the dialect of Converse's clients.

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use postern::filter::configure;
use postern::wire::event_stream;
use serde_json::json;

use crate::play::{Answer, Ask, Rig, Seen, fixture, header_text};

/// A rig whose `to-anthropic` leads to Claude behind InvokeModel.
fn invoke() -> Rig {
    let mut rig = Rig::new();
    let config = r#"{"version":1,"provider":{"preset":"aws.bedrock_invoke","key":{"inline":"sk-provider-planted-b"},
        "params":{"region":"eu-central-1"}}}"#;
    let made = configure(&rig.host, config.as_bytes()).unwrap_or_else(|error| panic!("{error}"));
    let (_, provider) = rig.providers.iter_mut().find(|(cluster, _)| cluster == "anthropic_messages").unwrap();
    *provider = made;
    rig
}

/// A recorded stream of Anthropic's, each event in a frame of its own.
fn wrapped(sse: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    for line in std::str::from_utf8(sse).unwrap().lines() {
        if let Some(data) = line.strip_prefix("data: ") {
            let frame = json!({"bytes": BASE64.encode(data), "p": "abcdef"}).to_string();
            event_stream::write(&mut out, "chunk", frame.as_bytes());
        }
    }
    out
}

/// As a network might bring it: in one piece, a first error would be a status.
fn in_pieces(stream: &[u8]) -> Vec<Vec<u8>> {
    stream.chunks(100).map(<[u8]>::to_vec).collect()
}

fn frames(chunks: Vec<Vec<u8>>) -> Answer {
    let kind = "application/vnd.amazon.eventstream".to_owned();
    Answer::Is { status: 200, headers: vec![("content-type", kind)], chunks }
}

fn failed(status: u16, kind: &str, message: &str) -> Answer {
    let headers = vec![("content-type", "application/json".to_owned()), ("x-amzn-errortype", kind.to_owned())];
    Answer::Is { status, headers, chunks: vec![json!({ "message": message }).to_string().into_bytes()] }
}

fn ask(client: &str, stream: bool) -> Ask {
    Ask::new(client, "to-anthropic", stream)
}

#[test]
fn a_body_for_claude_behind_invoke_names_its_version_and_neither_model_nor_stream() {
    let body = r#"{"model":"to-anthropic","max_tokens":64, "stream":true,"messages":[{"role":"user","content":"Hi"}],"new":1.50}"#;
    let asked = ask("anthropic_messages", true).body(body).header("anthropic-beta", "a-2025-01-01, b-2025-01-01");
    let seen = invoke().play(&asked, &[frames(vec![wrapped(&fixture("anthropic_messages", "text.sse"))])]);
    assert_eq!(seen.status, 200, "{}", seen.text());
    let sent = &seen.sent[0];
    let path = sent.headers.get(":path").unwrap();
    assert_eq!(path, "/model/claude-haiku-4-5/invoke-with-response-stream");
    assert_eq!(sent.headers.get(":authority"), Some("bedrock-runtime.eu-central-1.amazonaws.com"));
    assert!(!header_text(&sent.headers).contains("anthropic-"), "{}", header_text(&sent.headers));
    let expected = concat!(
        r#"{"anthropic_beta":["a-2025-01-01","b-2025-01-01"],"anthropic_version":"bedrock-2023-05-31","#,
        r#""max_tokens":64, "messages":[{"role":"user","content":"Hi"}],"new":1.50}"#
    );
    assert_eq!(String::from_utf8_lossy(&sent.body), expected);
    assert_eq!(sent.headers.get("content-length"), Some(expected.len().to_string().as_str()));

    // Any other client's as well.
    let seen =
        invoke().play(&ask("openai_chat", false), &[Answer::json(200, fixture("anthropic_messages", "text.json"))]);
    assert_eq!(seen.status, 200, "{}", seen.text());
    assert_eq!(seen.sent[0].headers.get(":path"), Some("/model/claude-haiku-4-5/invoke"));
    let sent = seen.sent[0].json();
    assert_eq!(sent["anthropic_version"], "bedrock-2023-05-31");
    assert!(sent.get("model").is_none() && sent.get("stream").is_none(), "{sent}");
}

#[test]
fn wrapped_events_reach_anthropics_client_as_anthropic_sends_them_wherever_they_are_cut() {
    for name in ["text", "thinking_tools", "parallel_tools", "refusal"] {
        let sse = fixture("anthropic_messages", &format!("{name}.sse"));
        let stream = wrapped(&sse);
        for size in [1, 13, 1000, usize::MAX] {
            let chunks = stream.chunks(size.min(stream.len())).map(<[u8]>::to_vec).collect();
            let seen = invoke().play(&ask("anthropic_messages", true), &[frames(chunks)]);
            let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
            assert_eq!(seen.text().trim_end(), text(&sse).trim_end(), "{name} by {size}");
            assert_eq!(seen.headers.get("content-type"), Some("text/event-stream"));
        }
    }
}

#[test]
fn wrapped_events_reach_any_client() {
    let stream = wrapped(&fixture("anthropic_messages", "text.sse"));
    let direct =
        Rig::new().play(&ask("openai_chat", true), &[Answer::stream(vec![fixture("anthropic_messages", "text.sse")])]);
    let seen = invoke().play(&ask("openai_chat", true), &[frames(vec![stream])]);
    let without_time = |seen: &Seen| {
        seen.text()
            .split("\"created\":")
            .map(|rest| rest.split_once(',').map_or(rest, |(_, rest)| rest).to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(without_time(&seen), without_time(&direct));
    assert_eq!(seen.record["gen_ai.usage.output_tokens"], direct.record["gen_ai.usage.output_tokens"]);
}

#[test]
fn an_exception_in_the_stream_is_told_in_the_clients_words() {
    let stream = |before: usize| {
        let mut stream: Vec<u8> = Vec::new();
        for line in fixture("anthropic_messages", "text.sse").split(|byte| *byte == b'\n') {
            if let Some(data) = line.strip_prefix(b"data: ") {
                let frame = json!({"bytes": BASE64.encode(data)}).to_string();
                event_stream::write(&mut stream, "chunk", frame.as_bytes());
            }
        }
        let mut cut = Vec::new();
        let mut rest = &stream[..];
        for _ in 0..before {
            let (frame, after) = rest.split_at(u32::from_be_bytes(rest[..4].try_into().unwrap()) as usize);
            cut.extend_from_slice(frame);
            rest = after;
        }
        let message = br#"{"message":"Too many tokens for sk-provider-planted-b"}"#;
        event_stream::write_exception(&mut cut, "throttlingException", message);
        cut
    };
    let seen = invoke().play(&ask("anthropic_messages", true), &[frames(in_pieces(&stream(3)))]);
    assert_eq!(seen.status, 200);
    let last = seen.text().trim_end().rsplit("\n\n").next().unwrap().to_owned();
    assert!(last.starts_with("event: error\ndata: ") && last.contains("rate_limit_error"), "{last}");
    assert!(last.contains("Too many tokens") && !last.contains("sk-provider"), "{last}");
    let seen = invoke().play(&ask("openai_chat", true), &[frames(in_pieces(&stream(3)))]);
    assert!(seen.text().contains("Too many tokens") && !seen.text().contains("[DONE]"), "{}", seen.text());
    // As the first event it is a status, which can be retried.
    let seen = invoke().play(&ask("anthropic_messages", true), &[frames(vec![stream(0)])]);
    assert_eq!((seen.status, seen.json()["error"]["type"].clone()), (429, json!("rate_limit_error")));
}

#[test]
fn a_key_quoted_in_a_frame_of_the_clients_own_format_is_taken_out() {
    let mut stream = Vec::new();
    event_stream::write(&mut stream, "messageStart", br#"{"role":"assistant"}"#);
    event_stream::write_exception(
        &mut stream,
        "internalServerException",
        br#"{"message":"sk-provider-planted-aws.bedrock is wrong"}"#,
    );
    let seen = Rig::new().play(&Ask::new("bedrock_converse", "to-bedrock", true), &[frames(in_pieces(&stream))]);
    assert_eq!(seen.status, 200);
    assert!(seen.text().contains(" is wrong") && !seen.text().contains("sk-provider"), "{}", seen.text());
    // And it is a frame still.
    let (mut reader, mut faults) =
        (postern::wire::frame::Reader::new(postern::wire::frame::Framing::AwsEventStream), 0);
    reader.push(&seen.body, |event| faults += usize::from(event.fault)).unwrap();
    assert_eq!((faults, reader.pending()), (1, 0));
}

#[test]
fn a_damaged_frame_ends_the_stream_in_an_error() {
    let mut stream = wrapped(&fixture("anthropic_messages", "text.sse"));
    let middle = stream.len() / 2;
    stream[middle] ^= 1;
    for (client, told) in [("anthropic_messages", "event: error"), ("openai_chat", r#"{"error":"#)] {
        let seen = invoke().play(&ask(client, true), &[frames(in_pieces(&stream))]);
        assert_eq!(seen.status, 200);
        assert!(seen.text().contains(told) && seen.complete, "{client}: {}", seen.text());
        assert!(!seen.text().contains("[DONE]") && !seen.text().contains("message_stop"), "{}", seen.text());
    }
}

#[test]
fn bedrocks_errors_keep_their_kind_and_its_clients_hear_theirs() {
    for (status, kind, anthropic, openai) in [
        (429, "ThrottlingException:http://internal.amazon.com/", "rate_limit_error", "rate_limit_error"),
        (403, "AccessDeniedException", "permission_error", "permission_error"),
        (400, "ValidationException", "invalid_request_error", "invalid_request_error"),
        (424, "ModelErrorException", "api_error", "server_error"),
    ] {
        let seen = invoke().play(&ask("anthropic_messages", false), &[failed(status, kind, "why")]);
        assert_eq!((seen.status, &seen.json()["error"]["type"]), (status, &json!(anthropic)), "{kind}");
        assert_eq!(seen.message(), "why");
        let asked = Ask::new("openai_chat", "to-bedrock", false);
        let seen = Rig::new().play(&asked, &[failed(status, kind, "why")]);
        assert_eq!((seen.status, &seen.json()["error"]["type"]), (status, &json!(openai)), "{kind}: {}", seen.text());
        // Its own clients get its own answer.
        let asked = Ask::new("bedrock_converse", "to-bedrock", false);
        let seen = Rig::new().play(&asked, &[failed(status, kind, "why")]);
        assert_eq!((seen.status, seen.text().as_str()), (status, r#"{"message":"why"}"#), "{kind}");
        let told = seen.headers.get("x-amzn-errortype").unwrap();
        assert_eq!(told, kind.split(':').next().unwrap());
    }
    // Another provider's, and ours.
    let error = r#"{"error":{"message":"busy","type":"server_error"}}"#;
    let seen = Rig::new().play(&Ask::new("bedrock_converse", "gpt", false), &[Answer::json(503, error)]);
    assert_eq!((seen.status, seen.text().as_str()), (503, r#"{"message":"busy"}"#));
    assert_eq!(seen.headers.get("x-amzn-errortype"), Some("ServiceUnavailableException"));
    for (asked, status, kind, message) in [
        (
            Ask::new("bedrock_converse", "gpt", false).body(r#"{"messages":[{"role":"user","content":"hi"}]}"#),
            400,
            "ValidationException",
            "messages[0].content: expected an array, got a string",
        ),
        (Ask::new("bedrock_converse", "gpt", true).body("{"), 400, "ValidationException", "expected a key"),
        (Ask::new("bedrock_converse", "unknown", false), 404, "ResourceNotFoundException", "unknown"),
    ] {
        let seen = Rig::new().play(&asked, &[]);
        assert_eq!((seen.status, seen.headers.get("x-amzn-errortype")), (status, Some(kind)), "{}", seen.text());
        assert!(seen.json()["message"].as_str().unwrap().contains(message), "{}", seen.text());
    }
}

#[test]
fn what_bedrock_takes_less_of_than_anthropic_is_refused_or_left_out() {
    let answer = || Answer::json(200, fixture("anthropic_messages", "text.json"));
    let part = r#"{"type":"image_url","image_url":{"url":"https://x.io/a.png"}}"#;
    let body = format!(r#"{{"model":"to-anthropic","messages":[{{"role":"user","content":[{part}]}}]}}"#);
    let seen = invoke().play(&ask("openai_chat", false).body(body), &[answer()]);
    assert_eq!((seen.status, seen.sent.len()), (400, 0));
    assert!(seen.message().contains("Bedrock fetches nothing"), "{}", seen.text());
    let body =
        r#"{"model":"to-anthropic","max_tokens":9,"service_tier":"auto","messages":[{"role":"user","content":"a"}]}"#;
    let seen = invoke().play(&ask("anthropic_messages", false).body(body), &[answer()]);
    assert_eq!((seen.status, seen.headers.get("x-postern-lossy")), (200, Some("service_tier")));
    assert!(seen.sent[0].json().get("service_tier").is_none());
    let body =
        r#"{"model":"to-anthropic","max_tokens":9,"mcp_servers":[{}],"messages":[{"role":"user","content":"a"}]}"#;
    let seen = invoke().play(&ask("anthropic_messages", false).body(body), &[answer()]);
    assert_eq!(seen.message(), "mcp_servers: this model's provider does not take it: Bedrock calls no servers");
}
