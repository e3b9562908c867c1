//! What only passes through: files, batches, realtime, models of other kinds. Keyed, limited and recorded all the same.

use postern::filter::configure;
use serde_json::{Value, json};

use crate::fake::FakeHost;
use crate::play::{Answer, Ask, CLIENT_KEY, CLIENT_KEY_SHA256, PROVIDER_KEY, Rig, Seen};

/// `printf %s pk-narrow-planted | sha256sum`
const NARROW_KEY: &str = "pk-narrow-planted";
const NARROW_KEY_SHA256: &str = "e3b7745f5b59096d915f5453c471367fb0619c01c2f389c31d3e5ff5954ff02a";

fn rig(policies: &str) -> Rig {
    let host = FakeHost::new();
    let made = |json: Value| configure(&host, json.to_string().as_bytes()).unwrap_or_else(|error| panic!("{error}"));
    let policies: Value = serde_json::from_str(policies).unwrap();
    let gateway = made(json!({"version": 1, "gateway": {
        "tenants": [
            {"id": "acme", "models": ["gpt-*", "resnet"], "passthrough": ["*"],
             "keys": [{"id": "first", "sha256": CLIENT_KEY_SHA256}]},
            {"id": "narrow", "passthrough": ["files"], "keys": [{"id": "only", "sha256": NARROW_KEY_SHA256}]},
        ],
        "models": [{"name": "gpt-*", "targets": [{"cluster": "openai"}]}],
        "passthrough": [
            {"name": "files", "path": "/v1/files", "cluster": "openai"},
            {"name": "batches", "path": "/v1/batches", "cluster": "openai", "upstream_path": "/openai/v1/batches"},
            {"name": "responses", "path": "/v1/responses", "cluster": "openai", "methods": ["GET", "DELETE"]},
            {"name": "realtime", "path": "/v1/realtime", "cluster": "openai", "methods": ["GET"]},
            {"name": "mlflow", "path": "/ml/{}/invocations", "cluster": "model_server", "upstream_path": "/invocations"},
            {"name": "triton", "path": "/v2/models/{model}", "cluster": "model_server", "max_body_bytes": 100},
        ],
        "policies": policies, "max_body_bytes": 4096,
    }}));
    let provider = |preset: &str, more: Value| {
        let mut provider = json!({"preset": preset, "key": {"inline": format!("{PROVIDER_KEY}-{preset}")}});
        provider.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        (preset.to_owned(), made(json!({"version": 1, "provider": provider})))
    };
    let providers = vec![
        provider("openai", json!({"headers": {"openai-organization": "org-planted"}})),
        provider("model_server", json!({"host": "models.example"})),
    ];
    Rig { host, gateway: Some(gateway), providers, metadata: None }
}

fn ask(method: &'static str, path: &str, body: impl Into<Vec<u8>>) -> Ask {
    Ask {
        method,
        path: path.to_owned(),
        headers: vec![("authorization".to_owned(), format!("Bearer {CLIENT_KEY}"))],
        body: body.into(),
        cut: usize::MAX,
    }
}

fn path_of(seen: &Seen) -> &str {
    let sent = seen.sent.last().unwrap_or_else(|| panic!("nothing was sent: {}", seen.text()));
    sent.headers.get(":path").unwrap()
}

fn file() -> Vec<u8> {
    let head = "--B0\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\nbatch for jo@planted.example\r\n--B0\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.jsonl\"\r\nContent-Type: application/octet-stream\r\n\r\n";
    [head.as_bytes(), b"{}\n\xff\r\n--B0--\r\n"].concat()
}

const FORM: &str = "multipart/form-data; boundary=B0";

#[test]
fn a_request_without_a_body_goes_on_at_once_and_comes_back_as_it_is() {
    let listed = r#"{"object":"list","data":[],"usage":{"input_tokens":5,"output_tokens":5}}"#;
    let asked = ask("GET", "/v1/files?limit=10&after=f-1&key=pk-client-planted", "").header("cookie", CLIENT_KEY);
    let seen = rig("[]").play(&asked, &[Answer::json(200, listed)]);
    assert_eq!((seen.status, seen.text().as_str(), seen.complete), (200, listed, true));
    assert_eq!((path_of(&seen), seen.sent[0].headers.get(":method")), ("/v1/files?limit=10&after=f-1", Some("GET")));
    assert_eq!(seen.sent[0].headers.get("authorization"), Some("Bearer sk-provider-planted-openai"));
    assert_eq!(seen.sent[0].headers.get("openai-organization"), Some("org-planted"));
    assert!(!seen.sent[0].text().contains(CLIENT_KEY), "{}", seen.sent[0].text());
    let record = &seen.record;
    let said = (&record["gen_ai.operation.name"], &record["postern.passthrough"], &record["postern.tenant"]);
    assert_eq!(said, (&json!("passthrough"), &json!("files"), &json!("acme")));
    assert_eq!(record["gen_ai.usage.input_tokens"], Value::Null, "it was paid for when it was made");
    assert_eq!(record["gen_ai.provider.name"], "openai");
    assert_eq!(seen.headers.get("x-postern-provider"), Some("openai"));
    for (method, path, status) in [("DELETE", "/v1/files/f-1", 204), ("GET", "/v1/files/f-1/content", 302)] {
        let empty = Answer::Is { status, headers: vec![], chunks: vec![] };
        let seen = rig("[]").play(&ask(method, path, ""), &[empty]);
        assert_eq!((seen.status, seen.body.len(), seen.complete), (status, 0, true), "{method} {path}");
    }
    let seen = rig("[]").play(&ask("GET", "/v1/responses/resp_1", ""), &[Answer::json(200, "{}")]);
    assert_eq!(path_of(&seen), "/v1/responses/resp_1");
}

#[test]
fn a_file_goes_on_piece_by_piece_and_may_not_be_too_long() {
    for cut in [usize::MAX, 7, 1] {
        let asked = Ask { cut, ..ask("POST", "/v1/files", file()).header("content-type", FORM) };
        let rig = rig("[]");
        let seen = rig.play(&asked, &[Answer::json(200, r#"{"id":"file-1"}"#)]);
        assert_eq!((seen.status, &seen.sent[0].body), (200, &file()));
        assert_eq!(seen.sent[0].headers.get("content-type"), Some(FORM));
        assert_eq!(seen.sent[0].headers.get("content-length"), Some(file().len().to_string().as_str()));
    }
    let long = Ask { cut: 1000, ..ask("POST", "/v1/files", vec![b'x'; 5000]).header("content-type", "text/plain") };
    let seen = rig("[]").play(&long, &[Answer::json(200, "{}")]);
    assert_eq!((seen.status, seen.message().as_str()), (413, "the body is over the limit of 4096 bytes"));
    assert_eq!(seen.record["http.response.status_code"], 413);
    let seen = rig("[]").play(&ask("POST", "/v2/models/resnet/infer", vec![b'x'; 101]), &[Answer::json(200, "{}")]);
    assert_eq!((seen.status, seen.message().as_str()), (413, "the body is over the limit of 100 bytes"));
}

#[test]
fn who_may_not_pass_reaches_nobody() {
    let narrow = |mut ask: Ask| {
        ask.headers = vec![("x-api-key".to_owned(), NARROW_KEY.to_owned())];
        ask
    };
    let rows = [
        (ask("POST", "/v1/realtime", "{}"), 405, "POST is not allowed here"),
        (ask("PUT", "/v1/files", "{}"), 405, "PUT is not allowed here"),
        (ask("GET", "/v1/filesystem", ""), 404, "there is no /v1/filesystem here"),
        (ask("GET", "/v1/files/../chat/completions", ""), 404, "there is no /v1/files/../chat/completions here"),
        (ask("GET", "/v1/files/%2e%2e/models", ""), 404, "there is no /v1/files/%2e%2e/models here"),
        (ask("POST", "/v2/models/bert/infer", "{}"), 403, "tenant acme may not use the model `bert`"),
        (ask("GET", "/v1/realtime?model=o%31", ""), 403, "tenant acme may not use the model `o1`"),
        (narrow(ask("GET", "/v1/batches", "")), 403, "tenant narrow may not use the passthrough batches"),
        (narrow(ask("GET", "/v1/files", "")), 401, "this gateway key is not known here"),
    ];
    for (mut asked, status, message) in rows {
        if status == 401 {
            asked.headers = vec![("x-api-key".to_owned(), "pk-other".to_owned())];
        }
        let seen = rig("[]").play(&asked, &[Answer::json(200, "{}")]);
        let shown = format!("{} {}", asked.method, asked.path);
        assert_eq!((seen.status, seen.message().as_str(), seen.sent.len()), (status, message, 0), "{shown}");
    }
    // The gateway's own paths come first.
    let seen =
        rig("[]").play(&ask("POST", "/v1/responses", r#"{"model":"o1","input":"x"}"#), &[Answer::json(200, "{}")]);
    assert_eq!((seen.status, seen.sent.len()), (404, 0), "{}", seen.text());
    let limited = rig(r#"[{"limit":{"requests_per_minute":1}}]"#);
    let asked = ask("GET", "/v1/files", "");
    assert_eq!(limited.play(&asked, &[Answer::json(200, "{}")]).status, 200);
    let seen = limited.play(&asked, &[Answer::json(200, "{}")]);
    assert_eq!((seen.status, seen.sent.len()), (429, 0));
}

#[test]
fn a_policy_reads_what_passes_and_what_it_cannot_read_does_not() {
    let redact = r#"[{"redact":{}}]"#;
    let body = r#"{"inputs":["to jo@planted.example"],"n":[1.5,2]}"#;
    let seen = rig(redact)
        .play(&ask("POST", "/ml/fraud/invocations?a=1", body), &[Answer::json(200, r#"{"predictions":[0]}"#)]);
    assert_eq!(path_of(&seen), "/invocations?a=1");
    let clean = body.replace("jo@planted.example", "<EMAIL_ADDRESS>");
    assert_eq!(String::from_utf8_lossy(&seen.sent[0].body), clean);
    assert_eq!(seen.sent[0].headers.get("content-length"), Some(clean.len().to_string().as_str()));
    let seen = rig(redact)
        .play(&ask("POST", "/ml/fraud/invocations", r#"["jo@planted.example"]"#), &[Answer::json(200, "{}")]);
    assert_eq!(seen.sent[0].body, br#"["<EMAIL_ADDRESS>"]"#);
    let opaque = [
        ask("POST", "/ml/fraud/invocations", "a,b\n1,2").header("content-type", "text/csv"),
        ask("POST", "/ml/fraud/invocations", "not JSON at all"),
        ask("POST", "/ml/fraud/invocations", "{}").header("content-encoding", "gzip"),
        ask("POST", "/v2/models/resnet/infer", "{}\0\0").header("inference-header-content-length", "2"),
        ask("POST", "/v1/files", file()).header("content-type", FORM),
        ask("GET", "/v1/realtime", "").header("upgrade", "websocket"),
    ];
    for asked in opaque {
        let seen = rig(redact).play(&asked, &[Answer::json(200, "{}")]);
        assert_eq!((seen.status, seen.sent.len()), (400, 0), "{}: {}", asked.path, seen.text());
        assert_eq!(seen.json()["error"]["code"], "unreadable_content");
        let allowed = rig(r#"[{"redact":{"unreadable":"allow"}}]"#).play(&asked, &[Answer::json(200, "{}")]);
        assert_eq!((allowed.status, allowed.sent.len()), (200, 1), "{}: {}", asked.path, allowed.text());
        assert_eq!(allowed.record["postern.policies"][0]["action"], "allow");
    }
    let asked = ask("POST", "/v1/files", file()).header("content-type", FORM);
    let allowed = rig(r#"[{"redact":{"unreadable":"allow"}}]"#).play(&asked, &[Answer::json(200, "{}")]);
    let sent = String::from_utf8_lossy(&allowed.sent[0].body).into_owned();
    assert!(sent.contains("batch for <EMAIL_ADDRESS>") && !sent.contains("jo@planted.example"), "{sent}");
    // There is nothing to read where there is nothing.
    assert_eq!(rig(redact).play(&ask("GET", "/v1/files", ""), &[Answer::json(200, "{}")]).status, 200);
}

#[test]
fn what_is_made_once_is_not_made_twice() {
    let made = |asked: &Ask| {
        let rig = rig("[]");
        rig.host.new_stream();
        let mut gateway = rig.gateway();
        let pairs = [(":method", asked.method), (":path", asked.path.as_str()), ("x-api-key", CLIENT_KEY)];
        *rig.host.held[0].borrow_mut() = Some(pairs.into_iter().collect());
        assert_eq!(gateway.on_request_headers(&rig.host, asked.body.is_empty()), postern::host::Flow::Continue);
        let headers = rig.host.held[0].borrow().clone().unwrap();
        (headers.get("x-envoy-max-retries").map(str::to_owned), headers.get(":path").unwrap().to_owned())
    };
    assert_eq!(made(&ask("POST", "/v1/batches", "{}")), (Some("0".to_owned()), "/v1/batches".to_owned()));
    assert_eq!(made(&ask("GET", "/v1/batches", "")), (None, "/v1/batches".to_owned()));
}

#[test]
fn errors_of_what_passes_are_the_providers_own_without_our_key() {
    let odd = format!("no model for {PROVIDER_KEY}-model_server");
    let page =
        Answer::Is { status: 404, headers: vec![("content-type", "text/plain".to_owned())], chunks: vec![odd.into()] };
    let seen = rig("[]").play(&ask("POST", "/ml/fraud/invocations", "{}"), &[page]);
    assert_eq!((seen.status, seen.text().as_str()), (404, "no model for ***"));
    assert_eq!(seen.record["postern.error_source"], "provider");
    let bare = Answer::Is { status: 404, headers: vec![], chunks: vec![] };
    let seen = rig("[]").play(&ask("GET", "/v1/files/f-1", ""), &[bare]);
    assert_eq!((seen.status, seen.body.len(), seen.complete), (404, 0, true));
    let seen = rig("[]").play(&ask("GET", "/v1/files", ""), &[Answer::Unreachable]);
    assert_eq!((seen.status, seen.json()["error"]["code"].as_str()), (503, Some("provider_unreachable")));
}

#[test]
fn a_model_of_another_kind_that_tells_its_usage_is_counted() {
    let told = r#"{"predictions":["x"],"usage":{"prompt_tokens":3,"completion_tokens":4,"total_tokens":7}}"#;
    let seen = rig("[]").play(&ask("POST", "/ml/llm/invocations", "{}"), &[Answer::json(200, told)]);
    assert_eq!(seen.record["gen_ai.usage.output_tokens"], 4);
    let seen = rig("[]").play(&ask("POST", "/v2/models/resnet/infer", "{}"), &[Answer::json(200, "{}")]);
    assert_eq!(seen.record["gen_ai.request.model"], "resnet");
    assert_eq!(seen.record["gen_ai.usage.output_tokens"], Value::Null);
    assert!(seen.sent[0].text().contains("models.example"));
    let stream = "data: {\"delta\":\"a\"}\n\ndata: {\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":2}}\n\n";
    let seen = rig("[]").play(&ask("POST", "/ml/llm/invocations", "{}"), &[Answer::stream(vec![stream.into()])]);
    assert_eq!((seen.text().as_str(), &seen.record["gen_ai.usage.output_tokens"]), (stream, &json!(2)));
}

fn frame(text: &str) -> Vec<u8> {
    let mut out = vec![0x81, 126];
    out.extend_from_slice(&(text.len() as u16).to_be_bytes());
    out.extend_from_slice(text.as_bytes());
    out
}

#[test]
fn a_realtime_session_is_keyed_and_what_it_takes_is_added_up() {
    let protocols = format!("realtime, openai-insecure-api-key.{CLIENT_KEY}, openai-beta.realtime-v1");
    let mut asked = ask("GET", "/v1/realtime?model=gpt-realtime", "")
        .header("upgrade", "websocket")
        .header("connection", "Upgrade")
        .header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==")
        .header("sec-websocket-version", "13")
        .header("sec-websocket-extensions", "permessage-deflate")
        .header("sec-websocket-protocol", &protocols);
    asked.headers.remove(0);
    let done = |input: u64, output: u64| {
        frame(&format!(
            r#"{{"type":"response.done","response":{{"id":"resp_1","output":[],"usage":{{"total_tokens":{},"input_tokens":{input},"output_tokens":{output},"input_token_details":{{"cached_tokens":2,"text_tokens":1,"audio_tokens":{input}}},"output_token_details":{{"audio_tokens":{output}}}}}}}}}"#,
            input + output
        ))
    };
    let session = [
        frame(r#"{"type":"session.created","session":{}}"#),
        done(10, 20),
        frame(r#"{"type":"response.created","response":{"usage":null}}"#),
        done(5, 7),
    ]
    .concat();
    for cut in [1, 50, 10_000] {
        let chunks = session.chunks(cut).map(<[u8]>::to_vec).collect();
        let answer = Answer::Is { status: 101, headers: vec![("upgrade", "websocket".to_owned())], chunks };
        let seen = rig("[]").play(&asked, &[answer]);
        assert_eq!((seen.status, seen.body.as_slice()), (101, session.as_slice()), "cut at {cut}");
        let sent = &seen.sent[0].headers;
        assert_eq!((sent.get("upgrade"), sent.get("connection")), (Some("websocket"), Some("Upgrade")));
        assert_eq!(sent.get("sec-websocket-protocol"), Some("realtime, openai-beta.realtime-v1"));
        assert_eq!(sent.get("sec-websocket-extensions"), None);
        assert_eq!(path_of(&seen), "/v1/realtime?model=gpt-realtime");
        assert!(!seen.sent[0].text().contains(CLIENT_KEY));
        let record = &seen.record;
        assert_eq!(
            (&record["gen_ai.usage.input_tokens"], &record["gen_ai.usage.output_tokens"]),
            (&json!(15), &json!(27))
        );
        assert_eq!(
            (&record["gen_ai.request.model"], &record["postern.passthrough"]),
            (&json!("gpt-realtime"), &json!("realtime"))
        );
        assert_eq!(record["gen_ai.usage.cache_read.input_tokens"], 4);
    }
}

#[test]
fn a_session_is_over_when_one_side_goes_and_that_is_no_fault() {
    use postern::host::Flow;
    for details in ["upstream_reset_after_response_started{connection_termination}", "downstream_remote_disconnect"] {
        let rig = rig("[]");
        rig.host.new_stream();
        let mut gateway = rig.gateway();
        let pairs =
            [(":method", "GET"), (":path", "/v1/realtime"), ("upgrade", "websocket"), ("x-api-key", CLIENT_KEY)];
        *rig.host.held[0].borrow_mut() = Some(pairs.into_iter().collect());
        assert_eq!(gateway.on_request_headers(&rig.host, false), Flow::Continue);
        assert_eq!(gateway.on_request_body(&rig.host, 5000, false), Flow::Continue, "what is said has no limit");
        *rig.host.held[1].borrow_mut() = Some([(":status", "101")].into_iter().collect());
        assert_eq!(gateway.on_response_headers(&rig.host, false), Flow::Continue);
        assert_eq!(gateway.on_response_body(&rig.host, 10, false), Flow::Continue);
        rig.host.set_number("response.code", 101);
        rig.host.set_text("response.code_details", details);
        gateway.on_log(&rig.host);
        let state = rig.host.state.borrow();
        let record: Value = serde_json::from_slice(&state["postern.record"]).unwrap();
        assert_eq!(record["http.response.status_code"], 101);
        assert_eq!((&record["error.type"], &record["postern.hung_up"]), (&Value::Null, &Value::Null), "{details}");
    }
}
