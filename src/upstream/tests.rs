use super::*;
use crate::chat::Usage;
use crate::handover::MAX_MODEL_BYTES;
use crate::host::fake::FakeHost;
use crate::provider::ProviderConfig;

/// What a provider filter answers itself to an order, where it does not ask its provider.
fn refused(preset: &str, format: &str, operation: Operation, cluster: &str) -> (Reply, Vec<String>) {
    let host = FakeHost::new();
    host.set_text("xds.cluster_name", cluster);
    let order = Order {
        shape: Shape::named(format).unwrap(),
        format: Shape::named(format).unwrap().dialect(),
        operation,
        model: "m".to_owned(),
        targets: vec![TargetRef { cluster: "here".to_owned(), model: "m".to_owned() }],
        stream: false,
        addressed_in_path: false,
        include_usage: false,
        packed: false,
        strict: false,
        body_bytes: 2,
    };
    order.write(&Headers::new(), &host).unwrap();
    let text = format!(r#"{{"preset": "{preset}"}}"#);
    let (config, _) = crate::config::parse::<ProviderConfig>(text.as_bytes()).unwrap();
    let provider = Provider::new(&config, &host, &mut crate::config::Errors::default()).unwrap();
    let flow = UpstreamPlugin::new(provider).attempt().on_request_headers(&host, false);
    assert_eq!(flow, Flow::Pause);
    let lines = host.lines.take().into_iter().map(|(_, line)| line).collect();
    (host.reply.take().unwrap(), lines)
}

#[test]
fn what_a_provider_does_not_have_is_refused_in_the_clients_format() {
    let rows = [
        (
            ("openai", "anthropic_messages", Operation::CountTokens),
            r#"{"type":"error","error":{"type":"invalid_request_error","message":"provider openai has no count_tokens for this model"}}"#,
        ),
        (
            ("anthropic", "openai_embeddings", Operation::Embeddings),
            r#"{"error":{"message":"provider anthropic has no embeddings for this model","type":"invalid_request_error","param":"model","code":"unsupported_by_target"}}"#,
        ),
    ];
    for ((preset, format, operation), body) in rows {
        let (reply, lines) = refused(preset, format, operation, "here");
        assert_eq!((reply.status, String::from_utf8(reply.body).unwrap().as_str()), (400, body));
        assert_eq!(reply.headers.get("x-postern-error-source"), Some("client"));
        assert!(lines.is_empty(), "nothing for the operator to do: {lines:?}");
    }
}

#[test]
fn a_wrong_set_up_is_told_in_the_clients_format_and_to_the_operator() {
    let (reply, lines) = refused("anthropic", "anthropic_messages", Operation::Chat, "elsewhere");
    assert_eq!(reply.status, 500);
    assert!(reply.body.starts_with(br#"{"type":"error","error":{"type":"api_error","#));
    assert_eq!(reply.headers.get("x-postern-error-source"), Some("gateway"));
    assert_eq!(lines, ["provider anthropic: cluster elsewhere is no target of this request"]);
}

const KEY: &str = "sk-our-own";
const SSE: (&str, &str) = ("content-type", "text/event-stream");

/// An OpenAI client's stream from an OpenAI provider: what becomes of an answer that comes in these chunks.
fn answered(status: &str, headers: &[(&str, &str)], chunks: &[&str]) -> (Headers, String, Outcome) {
    let host = FakeHost::new();
    let order = Order {
        shape: Shape::named("openai_chat").unwrap(),
        format: crate::format::find("openai_chat").unwrap(),
        operation: Operation::Chat,
        model: "m".to_owned(),
        targets: vec![TargetRef { cluster: "here".to_owned(), model: "m".to_owned() }],
        stream: true,
        addressed_in_path: false,
        include_usage: true,
        packed: false,
        strict: false,
        body_bytes: 8,
    };
    order.write(&Headers::new(), &host).unwrap();
    let text = format!(r#"{{"preset": "openai", "key": {{"inline": "{KEY}"}}}}"#);
    let (config, _) = crate::config::parse::<ProviderConfig>(text.as_bytes()).unwrap();
    let provider = Provider::new(&config, &host, &mut crate::config::Errors::default()).unwrap();
    let mut attempt = UpstreamPlugin::new(provider).attempt();
    host.lay(Side::Request, Headers::new(), b"");
    let _ = attempt.on_request_headers(&host, false);
    let _ = attempt.on_request_body(&host, 0, true);
    host.lay(Side::Response, [(":status", status)].iter().chain(headers).copied().collect(), b"");
    let _ = attempt.on_response_headers(&host, chunks.is_empty());
    let mut out = String::new();
    let mut held = String::new();
    for (index, chunk) in chunks.iter().enumerate() {
        held.push_str(chunk);
        *host.buffered[1].borrow_mut() = held.clone().into_bytes();
        if attempt.on_response_body(&host, held.len(), index + 1 == chunks.len()) == Flow::Continue {
            out.push_str(&String::from_utf8(host.buffered[1].take()).unwrap());
            held.clear();
        }
    }
    (host.take(Side::Response).0, out, Outcome::read(&host).unwrap())
}

const TEXT: &str = "data: {\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"hello\"}}]}\n\n";
const STOP: &str = "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n";
const DONE: &str = "data: [DONE]\n\n";

#[test]
fn a_key_that_the_provider_repeats_in_a_header_or_in_a_stream_stays_here() {
    let quoted = format!("Bearer {KEY}");
    let headers = [SSE, ("x-debug", quoted.as_str()), ("x-other", "kept")];
    let error = format!("data: {{\"error\":{{\"message\":\"{KEY} is wrong\"}}}}\n\n");
    let (headers, body, outcome) = answered("200", &headers, &[TEXT, &error, DONE]);
    assert_eq!((headers.get("x-debug"), headers.get("x-other")), (None, Some("kept")));
    assert_eq!(body, format!("{TEXT}{}", error.replace(KEY, "***")));
    assert_eq!(outcome.error.as_deref(), Some("server"), "the record tells of an error in mid stream");
}

#[test]
fn an_error_before_a_stream_costs_nothing_however_many_chunks_follow() {
    let (headers, body, outcome) = answered("200", &[SSE], &["data: {\"error\":{\"message\":\"no\"}}\n\n", DONE, ""]);
    assert_eq!((headers.get(":status"), headers.get("content-type")), (Some("502"), Some("application/json")));
    assert!(body.contains("\"message\":\"no\"") && outcome.usage.is_none(), "{body} {outcome:?}");
}

#[test]
fn a_media_type_is_known_in_any_case() {
    let (headers, body, _) =
        answered("200", &[("content-type", "Text/Event-Stream; charset=UTF-8")], &[TEXT, STOP, DONE]);
    assert_eq!((headers.get(":status"), body), (Some("200"), [TEXT, STOP, DONE].concat()));
}

#[test]
fn a_redirect_or_an_empty_answer_is_a_bad_answer() {
    for status in ["204", "302", "304"] {
        let (headers, _, outcome) = answered(status, &[("location", "https://elsewhere.test/")], &[]);
        assert_eq!((headers.get(":status"), headers.get("location")), (Some("502"), None), "{status}");
        assert!(outcome.error.is_some());
    }
    // No byte, and the end told by trailers: there is no buffer to write to, so the gateway filter has to.
    for (status, want) in [("200", "502"), ("429", "429")] {
        let (headers, body, outcome) = answered(status, &[("content-type", JSON)], &[""]);
        assert_eq!((headers.get(":status"), headers.get("content-length")), (Some(want), Some("0")), "{status}");
        assert!(body.is_empty() && outcome.error.is_some() && outcome.usage.is_none());
    }
}

#[test]
fn a_usage_that_cannot_be_and_a_name_without_end_are_not_taken() {
    let usage = "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":18446744073709551615,\"completion_tokens\":1}}\n\n";
    let long = TEXT.replace("\"m\"", &format!("\"{}\"", "m".repeat(MAX_MODEL_BYTES + 1)));
    let (_, _, outcome) = answered("200", &[SSE], &[&long, STOP, usage, DONE]);
    assert_eq!(outcome.model, "m");
    assert_eq!(outcome.usage, Some(Usage { input: 2, output: 2, estimated: true, ..Usage::default() }));
}
