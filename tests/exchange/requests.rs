//! What leaves for a provider, and what never does.

use serde_json::json;

use crate::play::{Answer, Ask, CLIENT_KEY, PAIRS, Pair, Rig, Seen, fixture};

fn answered(pair: Pair) -> Vec<Answer> {
    let stem = if pair.provider == "openai_chat" { "groq" } else { "text" };
    vec![Answer::json(200, pair.fixture(stem, "json"))]
}

#[test]
fn nothing_of_the_clients_credentials_or_cookies_reaches_a_provider() {
    let bearer = format!("Bearer {CLIENT_KEY}");
    let rows: &[(&str, &[(&str, &str)])] = &[
        ("/v1", &[("authorization", &bearer)]),
        ("/v1", &[("x-api-key", CLIENT_KEY)]),
        ("/v1", &[("api-key", CLIENT_KEY)]),
        ("/v1", &[("x-goog-api-key", CLIENT_KEY)]),
        ("/v1", &[("authorization", &bearer), ("authorization", &bearer), ("x-api-key", CLIENT_KEY)]),
        ("/v1", &[("authorization", &bearer), ("cookie", CLIENT_KEY), ("proxy-authorization", CLIENT_KEY)]),
        ("/v1", &[("authorization", &bearer), ("x-postern-next", CLIENT_KEY), ("x-forwarded-for", CLIENT_KEY)]),
        ("/v1?key=pk-client-planted&beta=true", &[("authorization", &bearer)]),
        ("/v1?beta=true&key=pk-client-planted", &[("authorization", &bearer)]),
    ];
    for pair in PAIRS {
        for (path, headers) in rows {
            let rig = Rig::new();
            let mut ask = pair.ask(false);
            ask.path.push_str(path.strip_prefix("/v1").unwrap());
            ask.headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
            let seen = rig.play(&ask, &answered(pair));
            assert_eq!(seen.status, 200, "{pair:?} {headers:?}: {}", seen.text());
            let sent = seen.sent[0].text();
            assert!(!sent.contains(CLIENT_KEY) && !sent.contains("cookie"), "{pair:?} {headers:?}: {sent}");
            assert!(!sent.contains("x-postern"), "{sent}");
            let elsewhere = format!("{}{}{}", rig.host.log_text(), seen.record, rig.host.metric_names());
            assert!(!elsewhere.contains(CLIENT_KEY), "{pair:?} {headers:?}: {elsewhere}");
        }
    }
}

const ODD: &[(&str, &str)] = &[
    (
        "gpt",
        " {\"messages\" : [ {\"content\":\"\\u0041\\/b\",\"role\":\"user\", \"x\":1.50e+2}],\n\t\"model\":\"MODEL\", \"new\":{\"z\":[]} } ",
    ),
    (
        "claude",
        "{\"max_tokens\":8 ,\"future\":null,\"messages\":[{\"role\":\"user\",\"content\":\"\\ud83d\\ude00 é\"}],\r\n \"model\" :\"MODEL\"}",
    ),
];

#[test]
fn a_body_in_the_providers_own_format_leaves_byte_for_byte() {
    for (pair, (model, body)) in [PAIRS[0], PAIRS[3]].into_iter().zip(ODD) {
        for cut in [usize::MAX, 1, 7] {
            let body = body.replace("MODEL", model);
            let ask = Ask { cut, ..pair.ask(false).body(body.clone()) };
            let seen = Rig::new().play(&ask, &answered(pair));
            assert_eq!(String::from_utf8_lossy(&seen.sent[0].body), body, "{pair:?}");
        }
    }
}

#[test]
fn an_alias_changes_the_model_and_not_another_byte() {
    for (pair, (_, body)) in [PAIRS[0], PAIRS[3]].into_iter().zip(ODD) {
        let (alias, real) = if pair.model == "gpt" { ("alias", "gpt-real") } else { ("alias-claude", "claude-real") };
        let seen = Rig::new().play(&pair.ask(false).body(body.replace("MODEL", alias)), &answered(pair));
        assert_eq!(String::from_utf8_lossy(&seen.sent[0].body), body.replace("MODEL", real), "{pair:?}");
    }
}

#[test]
fn usage_is_asked_for_on_a_stream_and_shown_only_to_who_asked() {
    for (asked, options) in [
        (false, ""),
        (false, r#","stream_options":{"include_usage":false}"#),
        (false, r#","stream_options":{}"#),
        (false, r#","stream_options":null"#),
        (true, r#","stream_options":{"include_usage":true}"#),
    ] {
        for pair in [PAIRS[0], PAIRS[1]] {
            let model = pair.model;
            let ask = pair.ask(true).body(format!(
                r#"{{"model":"{model}","stream":true{options},"messages":[{{"role":"user","content":"Hi"}}]}}"#
            ));
            let stem = if model == "gpt" { "openai_tools" } else { "text" };
            let seen = Rig::new().play(&ask, &[Answer::stream(vec![pair.fixture(stem, "sse")])]);
            if model == "gpt" {
                assert_eq!(seen.sent[0].json()["stream_options"]["include_usage"], true, "{options}");
            }
            let shown = seen.text().contains("\"prompt_tokens\":");
            assert_eq!(shown, asked, "{pair:?} {options}: {}", seen.text());
            assert!(seen.text().trim_end().ends_with("data: [DONE]"));
            assert!(seen.record["gen_ai.usage.input_tokens"].as_u64().unwrap() > 0);
            assert_eq!(seen.record["postern.usage.estimated"], false);
        }
    }
}

#[test]
fn what_is_not_understood_is_refused_before_anything_leaves() {
    let deep = format!(r#"{{"model":"gpt","messages":[],"x":{}1{}}}"#, "[".repeat(200), "]".repeat(200));
    let long = format!(r#"{{"model":"gpt","messages":[{{"role":"user","content":"{}"}}]}}"#, "a".repeat(70_000));
    let rows: &[(&[u8], &[(&str, &str)], u16, &str)] = &[
        (b"", &[], 400, "the request has no body"),
        (b"hello", &[], 400, "the body is not acceptable JSON: expected a value at byte 0"),
        (b"{\"model\":\"gpt\"", &[], 400, "the body is not acceptable JSON: expected ',' or '}' at byte 14"),
        (
            b"{\"model\":\"gpt\"} {}",
            &[],
            400,
            "the body is not acceptable JSON: expected nothing after the document at byte 16",
        ),
        (
            b"{\"model\":\"gpt\",\"model\":\"claude\"}",
            &[],
            400,
            "the body is not acceptable JSON: duplicate key at byte 15",
        ),
        (b"{\"model\":\"gpt\",\"m\\u006fdel\":\"claude\"}", &[], 400, "the body is not acceptable JSON: duplicate key"),
        (
            b"{\"model\":\"gpt\",\"x\":\"\xff\"}",
            &[],
            400,
            "the body is not acceptable JSON: invalid UTF-8 in a string at byte 19",
        ),
        (deep.as_bytes(), &[], 400, "the body is not acceptable JSON: nested too deep"),
        (b"[]", &[], 400, "the body must be a JSON object"),
        (b"{}", &[], 400, "model: expected the name of a model"),
        (b"{\"model\":7}", &[], 400, "model: expected the name of a model"),
        (b"{\"model\":\"unheard-of\"}", &[], 404, "the model `unheard-of` is not known here"),
        (b"{\"model\":\"gpt\",\"stream\":\"yes\"}", &[], 400, "stream: expected true or false"),
        (b"{\"model\":\"gpt\"}", &[("content-encoding", "gzip")], 400, "the body is gzip; send it uncompressed"),
        (b"{\"model\":\"gpt\"}", &[("content-encoding", "br")], 400, "the body is br; send it uncompressed"),
        (long.as_bytes(), &[], 413, "the body is over the limit of 65536 bytes"),
    ];
    for client in ["openai_chat", "anthropic_messages"] {
        for (body, headers, status, message) in rows {
            let mut ask = Ask::new(client, "gpt", false).body(*body);
            for (name, value) in *headers {
                ask = ask.header(name, value);
            }
            let seen = Rig::new().play(&ask, &answered(PAIRS[0]));
            let shown = format!("{client} {}: {}", body.escape_ascii(), seen.text());
            assert!(seen.sent.is_empty(), "{shown}");
            assert_eq!(seen.status, *status, "{shown}");
            assert!(seen.message().contains(message), "{shown}");
            assert_eq!(seen.json()["type"] == "error", client == "anthropic_messages", "{shown}");
            assert_eq!(seen.record["http.response.status_code"], *status, "{shown}");
        }
    }
}

#[test]
fn who_is_not_known_or_not_allowed_reaches_nobody() {
    let rows: &[(&str, &str, &[(&str, &str)], u16)] = &[
        ("POST", "/v1/chat/completions", &[], 401),
        ("POST", "/v1/chat/completions", &[("authorization", "Bearer pk-other")], 401),
        ("POST", "/v1/messages", &[("x-api-key", "")], 401),
        ("POST", "/v1/chat/completions", &[("cookie", "pk-client-planted")], 401),
        ("GET", "/v1/chat/completions", &[("x-api-key", CLIENT_KEY)], 405),
        ("POST", "/v1/engines", &[("x-api-key", CLIENT_KEY)], 404),
        ("POST", "//v1/chat/completions", &[("x-api-key", CLIENT_KEY)], 404),
        ("POST", "/v1/chat/completions/", &[("x-api-key", CLIENT_KEY)], 404),
    ];
    for (method, path, headers, status) in rows {
        let mut ask = Ask::new("openai_chat", "gpt", false);
        (ask.method, ask.path) = (*method, (*path).to_owned());
        ask.headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let seen = Rig::new().play(&ask, &answered(PAIRS[0]));
        assert_eq!((seen.status, seen.sent.len()), (*status, 0), "{method} {path} {headers:?}: {}", seen.text());
        assert!(!seen.text().contains("pk-other"));
    }
}

/// An OpenAI request with a different address in every text.
fn openai_texts(model: &str) -> serde_json::Value {
    // Only a provider of the same format is sent arguments that are no JSON.
    let broken = if model == "gpt" { "not JSON b4@planted.example" } else { "{\"x\":[\"b4@planted.example\"]}" };
    json!({
        "model": model,
        "messages": [
            {"role": "system", "content": "a1@planted.example"},
            {"role": "developer", "content": [{"type": "text", "text": "a2@planted.example"}]},
            {"role": "user", "name": "bob", "content": [
                {"type": "text", "text": "x a3@planted.example y a4@planted.example"},
                {"type": "image_url", "image_url": {"url": "https://h.example/?m=a5@planted.example"}}]},
            {"role": "assistant", "content": "a6@planted.example", "refusal": "a7@planted.example",
             "reasoning_content": "a8@planted.example", "tool_calls": [
                {"id": "c1", "type": "function", "function": {"name": "f",
                 "arguments": "{\"to\":\"a9@planted.example\",\"esc\":\"b1\\u0040planted.example\",\"in\":\"{\\\"x\\\":\\\"b2@planted.example\\\"}\"}"}}]},
            {"role": "tool", "tool_call_id": "c1", "content": "b3@planted.example"},
            {"role": "assistant", "content": null, "tool_calls": [
                {"id": "c2", "type": "function", "function": {"name": "f", "arguments": broken}}]},
            {"role": "tool", "tool_call_id": "c2", "content": [{"type": "text", "text": "{\"m\":\"b5@planted.example\"}"}]},
            {"role": "user", "content": "end b6\u{ff20}planted.example"}
        ],
        "tools": [{"type": "function", "function": {"name": "f", "description": "b7@planted.example",
            "parameters": {"type": "object", "description": "b8@planted.example", "properties":
                {"to": {"type": "string", "description": "b9@planted.example", "enum": ["c1@planted.example"],
                        "default": "c2@planted.example", "title": "c3@planted.example"}}}}}],
        "response_format": {"type": "json_schema", "json_schema": {"name": "s", "description": "c4@planted.example",
            "schema": {"type": "object", "description": "c5@planted.example"}}},
        "stop": ["c6@planted.example"],
        "user": "c7@planted.example",
        "metadata": {"who": "c8@planted.example"},
        "prediction": {"type": "content", "content": "c9@planted.example"},
        "invented_tomorrow": {"deep": ["d1@planted.example"]},
    })
}

/// An Anthropic request with a different address in every text.
fn anthropic_texts(model: &str) -> serde_json::Value {
    json!({
        "model": model,
        "max_tokens": 9,
        "system": [{"type": "text", "text": "a1@planted.example"}],
        "messages": [
            {"role": "user", "content": "a2@planted.example"},
            {"role": "assistant", "content": [
                {"type": "text", "text": "a3@planted.example"},
                {"type": "tool_use", "id": "t1", "name": "f", "input": {"to": "a4@planted.example", "l": [{"x": "a5@planted.example"}]}}]},
            {"role": "user", "content": [
                {"type": "tool_result", "tool_use_id": "t1", "content": [{"type": "text", "text": "a6@planted.example"}]},
                {"type": "text", "text": "a7@planted.example and a8@planted.example"},
                {"type": "image", "source": {"type": "url", "url": "https://h.example/?m=a9@planted.example"}},
                {"type": "document", "title": "b1@planted.example", "context": "b2@planted.example",
                 "source": {"type": "text", "media_type": "text/plain", "data": "b3@planted.example"}},
                {"type": "search_result", "source": "b4@planted.example", "title": "b5@planted.example",
                 "content": [{"type": "text", "text": "b6@planted.example"}]}]},
            {"role": "assistant", "content": [{"type": "tool_use", "id": "t2", "name": "f", "input": {}}]},
            {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t2", "content": "b7@planted.example"}]}
        ],
        "tools": [{"name": "f", "description": "b8@planted.example", "input_schema": {"type": "object",
            "description": "b9@planted.example", "properties": {"to": {"type": "string", "description": "c1@planted.example",
            "enum": ["c2@planted.example"], "default": "c3@planted.example"}}}}],
        "stop_sequences": ["c4@planted.example"],
        "metadata": {"user_id": "c5@planted.example"},
        "invented_tomorrow": {"deep": ["c6@planted.example"]},
    })
}

/// Only Claude takes them.
fn without_search_results(pair: Pair, mut body: serde_json::Value) -> serde_json::Value {
    for turn in body["messages"].as_array_mut().unwrap() {
        if let Some(parts) = turn["content"].as_array_mut().filter(|_| pair.model != "claude") {
            parts.retain(|part| part["type"] != "search_result");
        }
    }
    body
}

#[test]
fn personal_data_in_any_text_of_a_request_leaves_nowhere() {
    for pair in PAIRS {
        let body = if pair.client == "openai_chat" { openai_texts(pair.model) } else { anthropic_texts(pair.model) };
        let body = without_search_results(pair, body);
        let planted = body.to_string().matches("planted.example").count();
        let rig = Rig::with_policies(r#"[{"redact":{"detectors":["EMAIL_ADDRESS"]}}]"#);
        let seen = rig.play(&pair.ask(false).body(body.to_string()), &answered(pair));
        assert_eq!(seen.status, 200, "{pair:?}: {}", seen.text());
        let sent = seen.sent[0].text();
        let everywhere = format!("{sent}\n{}\n{}\n{}", rig.host.log_text(), rig.host.metric_names(), seen.record);
        if let Some(at) = everywhere.find("planted.example") {
            let from = everywhere[..at].char_indices().rev().nth(120).map_or(0, |(at, _)| at);
            panic!("{pair:?}: …{}", &everywhere[from..at + 8]);
        }
        assert!(sent.contains("<EMAIL_ADDRESS>"));
        let counted = seen.record["postern.policies"][0]["count"].as_u64();
        assert_eq!(counted, Some(planted as u64), "{pair:?}: {}", seen.record);
        let name = "postern_policy_findings.tenant_=acme_;.policy_=redact_;.entity_=EMAIL_ADDRESS_;.action_=redact_;.direction_=request_;";
        assert_eq!(rig.host.metric(name), Some(planted as i64));
    }
}

#[test]
fn a_blocking_policy_sends_nothing_and_quotes_nothing_and_an_audit_changes_nothing() {
    let body = r#"{"model":"gpt","messages":[{"role":"user","content":"I am jo@planted.example"}]}"#;
    let ask = PAIRS[0].ask(false).body(body);
    let seen = Rig::with_policies(r#"[{"redact":{"action":"block"}}]"#).play(&ask, &answered(PAIRS[0]));
    assert_eq!((seen.status, seen.sent.len()), (400, 0));
    assert_eq!(seen.json()["error"]["code"], "content_blocked");
    assert!(!seen.client_text().contains("planted") && !seen.record.to_string().contains("planted"));
    let seen = Rig::with_policies(r#"[{"redact":{"mode":"audit"}}]"#).play(&ask, &answered(PAIRS[0]));
    assert_eq!(String::from_utf8_lossy(&seen.sent[0].body), body);
    assert_eq!(seen.record["postern.policies"][0]["action"], "audit");
}

#[test]
fn a_recorded_request_is_taken_by_the_other_provider() {
    for (pair, name) in [(PAIRS[1], "request_full.json"), (PAIRS[2], "request.json")] {
        let mut body: serde_json::Value = serde_json::from_slice(&fixture(pair.client, name)).unwrap();
        body["model"] = pair.model.into();
        body["stream"] = false.into();
        let seen: Seen = Rig::new().play(&pair.ask(false).body(body.to_string()), &answered(pair));
        let sent = seen.sent.first().map(|sent| sent.json());
        let known = seen.status == 400 && seen.record["error.type"] == "unsupported_by_target";
        assert!(known || sent.is_some_and(|sent| sent["model"] == pair.model), "{pair:?}: {}", seen.text());
    }
}

#[test]
fn what_a_provider_does_not_have_is_the_clients_mistake_and_not_ours() {
    let rows = [
        ("/v1/embeddings", r#"{"model":"claude","input":"x"}"#),
        ("/v1/images/generations", r#"{"model":"claude","prompt":"x"}"#),
    ];
    for (path, body) in rows {
        let ask = Ask { path: path.to_owned(), ..PAIRS[0].ask(false).body(body) };
        let rig = Rig::new();
        let seen = rig.play(&ask, &[Answer::json(200, "{}")]);
        assert_eq!((seen.status, seen.sent.len()), (400, 0), "{path}: {}", seen.text());
        assert_eq!(seen.headers.get("x-postern-error-source"), Some("client"), "{path}");
        assert!(seen.message().contains(" has no "), "{path}: {}", seen.text());
        assert_eq!(rig.host.log_text(), "", "{path}");
    }
}

#[test]
fn embeddings_pass_byte_for_byte_and_are_counted() {
    let ask = Ask { path: "/v1/embeddings".to_owned(), ..PAIRS[0].ask(false) };
    let body = r#"{"input" : ["jo@planted.example"],"model":"gpt"}"#;
    let answer = r#"{"data":[{"embedding":[0.10,-1e-7]}],"usage":{"prompt_tokens":7,"total_tokens":7}}"#;
    let rig = Rig::with_policies(r#"[{"redact":{"detectors":["EMAIL_ADDRESS"]}}]"#);
    let seen = rig.play(&ask.body(body), &[Answer::json(200, answer)]);
    assert_eq!(seen.text(), answer);
    assert_eq!(String::from_utf8_lossy(&seen.sent[0].body), body.replace("jo@planted.example", "<EMAIL_ADDRESS>"));
    assert_eq!(seen.record["gen_ai.usage.input_tokens"], 7);
}
