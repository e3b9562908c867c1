use super::*;
use crate::chat::Usage;
use crate::handover::{Given, MAX_MODEL_BYTES};
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
        refit: false,
        body_bytes: 2,
    };
    let _given = Given::new(Rc::new(order), Rc::default(), &host).unwrap();
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
            ("anthropic", "cohere_rerank", Operation::Rerank),
            r#"{"message":"provider anthropic has no rerank for this model"}"#,
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
        refit: false,
        body_bytes: 8,
    };
    let given = Given::new(Rc::new(order), Rc::default(), &host).unwrap();
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
    (host.take(Side::Response).0, out, given.outcome(&host).unwrap())
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

/// A request to a provider whose token somebody else keeps, up to where it is whole.
fn waiting(host: &FakeHost, more: &str) -> (Upstream, Flow, Given) {
    let order = Order {
        shape: Shape::named("openai_chat").unwrap(),
        format: crate::format::find("openai_chat").unwrap(),
        operation: Operation::Chat,
        model: "m".to_owned(),
        targets: vec![TargetRef { cluster: "here".to_owned(), model: "n".to_owned() }],
        stream: false,
        addressed_in_path: false,
        include_usage: false,
        packed: false,
        strict: false,
        refit: false,
        body_bytes: 8,
    };
    let given = Given::new(Rc::new(order), Rc::default(), host).unwrap();
    let text = format!(r#"{{"preset": "openai", "auth": {{"token": {{"name": "t"}}}}{more}}}"#);
    let (config, _) = crate::config::parse::<ProviderConfig>(text.as_bytes()).unwrap();
    let provider = Provider::new(&config, host, &mut crate::config::Errors::default()).unwrap();
    let mut attempt = UpstreamPlugin::new(provider).attempt();
    host.lay(Side::Request, Headers::new(), br#"{"model":"m","messages":[]}"#);
    assert_eq!(attempt.on_request_headers(host, false), Flow::Pause);
    let flow = attempt.on_request_body(host, 27, true);
    (attempt, flow, given)
}

/// What the keeper of that token would leave: until when it is good, and itself.
fn keep(host: &FakeHost, until_ms: u64, token: &str) {
    let place = crate::token::named_place("t");
    host.set_shared(&place, format!("0 {until_ms} {until_ms} 0 0 0\n\n{token}").as_bytes(), 0).unwrap();
}

#[test]
fn a_request_waits_for_a_token_and_leaves_with_it() {
    let host = FakeHost::new();
    let (mut attempt, flow, _given) = waiting(&host, "");
    assert_eq!(flow, Flow::Pause);
    for _ in 0..3 {
        assert!(host.to_wake.replace(false), "it asks to be woken");
        host.now_ns.set(host.now_ns.get() + 1_600_000_000);
        attempt.on_wake(&host);
        assert_eq!(host.held[0].borrow().as_ref().unwrap().iter().count(), 0, "nothing is sent");
        assert!(!host.resumed.get());
    }
    keep(&host, u64::MAX, "t1");
    host.to_wake.set(false);
    attempt.on_wake(&host);
    assert!(host.resumed.get() && !host.to_wake.get());
    let (headers, body) = host.take(Side::Request);
    assert_eq!(headers.get("authorization"), Some("Bearer t1"));
    assert_eq!((headers.get("content-length"), body.as_slice()), (Some("27"), &br#"{"model":"n","messages":[]}"#[..]));
    // A late wake changes nothing.
    host.resumed.set(false);
    attempt.on_wake(&host);
    assert!(!host.resumed.get());
}

#[test]
fn a_request_with_a_token_does_not_wait_and_one_without_is_refused_in_time() {
    let host = FakeHost::new();
    keep(&host, u64::MAX, "t1");
    assert_eq!(waiting(&host, "").1, Flow::Continue);
    assert!(!host.to_wake.get());

    for (more, waits_ms) in [("", 5_000), (r#", "token_wait_ms": 40"#, 40), (r#", "token_wait_ms": 0"#, 0)] {
        let host = FakeHost::new();
        let (mut attempt, flow, given) = waiting(&host, more);
        assert_eq!(flow, Flow::Pause);
        if waits_ms > 0 {
            host.now_ns.set(host.now_ns.get() + (waits_ms - 1) * 1_000_000);
            attempt.on_wake(&host);
            assert!(host.reply.borrow().is_none());
            host.now_ns.set(host.now_ns.get() + 1_000_000);
            attempt.on_wake(&host);
        }
        let reply = host.reply.take().unwrap();
        assert_eq!((reply.status, reply.headers.get("retry-after")), (503, Some("5")));
        assert_eq!(reply.headers.get("x-postern-error-source"), Some("gateway"));
        let message = "the gateway has no credential for provider openai at the moment; try again shortly";
        assert!(String::from_utf8(reply.body).unwrap().contains(message));
        assert_eq!(given.outcome(&host).unwrap().error.as_deref(), Some("credential_unavailable"));
        assert!(!host.resumed.get());
        assert_eq!(host.log_text(), "provider openai: requests are refused: no access token\n");
    }
}

#[test]
fn a_token_that_is_quoted_is_blanked_and_one_that_is_refused_is_replaced() {
    let host = FakeHost::new();
    let place = crate::token::named_place("t");
    keep(&host, u64::MAX, "t-secret");
    let (mut attempt, ..) = waiting(&host, "");
    let status: Headers = [(":status", "401"), ("x-a", "t-secret"), ("x-b", "kept")].into_iter().collect();
    host.lay(Side::Response, status, br#"{"error":{"message":"t-secret is wrong"}}"#);
    let _ = attempt.on_response_headers(&host, false);
    let _ = attempt.on_response_body(&host, 41, true);
    let (headers, body) = host.take(Side::Response);
    assert_eq!((headers.get("x-a"), headers.get("x-b")), (None, Some("kept")));
    assert_eq!(String::from_utf8(body).unwrap(), r#"{"error":{"message":"*** is wrong"}}"#);
    let text = String::from_utf8(host.shared(&place).unwrap().0.unwrap()).unwrap();
    let now_ms = host.now_ns.get() / 1_000_000;
    assert!(text.starts_with(&format!("0 {now_ms} ")), "a keeper is to fetch another one: {text}");
}

#[test]
fn where_a_filter_stands_is_asked_again_now_and_then_and_each_time_if_the_gateway_is_elsewhere() {
    let asked = |attempts: usize, elsewhere: bool| {
        let host = FakeHost::new();
        host.set_text("xds.cluster_name", "here");
        let text = r#"{"preset": "openai", "id": "mine"}"#;
        let (config, _) = crate::config::parse::<ProviderConfig>(text.as_bytes()).unwrap();
        let provider = Provider::new(&config, &host, &mut crate::config::Errors::default()).unwrap();
        let plugin = UpstreamPlugin::new(provider);
        (0..attempts)
            .filter(|number| {
                if *number == 1 {
                    // From now on whoever looks sees that it is wrong.
                    host.set_text("xds.cluster_metadata.filter_metadata.postern.provider", "other");
                }
                let order = Order {
                    shape: Shape::named("openai_chat").unwrap(),
                    format: crate::format::find("openai_chat").unwrap(),
                    operation: Operation::Chat,
                    model: "m".to_owned(),
                    targets: vec![TargetRef { cluster: "here".to_owned(), model: "m".to_owned() }],
                    stream: false,
                    addressed_in_path: false,
                    include_usage: false,
                    packed: false,
                    strict: false,
                    refit: false,
                    body_bytes: 2,
                };
                let given = Given::new(Rc::new(order), Rc::default(), &host).unwrap();
                if elsewhere {
                    drop(given);
                }
                let _ = plugin.attempt().on_request_headers(&host, false);
                host.reply.take().is_some()
            })
            .collect::<Vec<_>>()
    };
    assert_eq!(asked(67, false), [65, 66]);
    assert_eq!(asked(3, true), [1, 2]);
}
