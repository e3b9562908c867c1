//! Whole answers, errors and retries.

use crate::play::{Answer, Ask, PAIRS, PROVIDER_KEY, Pair, Rig, header_text, streams};

fn stem(pair: Pair) -> &'static str {
    if pair.provider == "openai_chat" { "groq" } else { "text" }
}

fn error_body(format: &str, message: &str) -> String {
    match format {
        "openai_chat" => {
            format!(r#"{{"error":{{"message":"{message}","type":"invalid_request_error","param":null,"code":"c"}}}}"#)
        }
        _ => format!(r#"{{"type":"error","error":{{"type":"invalid_request_error","message":"{message}"}}}}"#),
    }
}

#[test]
fn a_good_answer_reaches_the_client_in_its_own_format() {
    for pair in PAIRS {
        for cut in [1, 100, usize::MAX] {
            let body = pair.fixture(stem(pair), "json");
            let chunks = body.chunks(cut.min(body.len())).map(<[u8]>::to_vec).collect();
            let headers = vec![
                ("content-type", "application/json".to_owned()),
                ("content-length", body.len().to_string()),
                ("set-cookie", "planted=1".to_owned()),
                ("x-request-id", "req_1".to_owned()),
            ];
            let seen = Rig::new().play(&pair.ask(false), &[Answer::Is { status: 200, headers, chunks }]);
            assert_eq!(seen.status, 200, "{pair:?}");
            if pair.client == pair.provider {
                assert_eq!(seen.body, body, "{pair:?}");
            } else {
                let told = seen.headers.get("content-length").map(str::to_owned);
                assert_eq!(told, Some(seen.body.len().to_string()), "{pair:?}: the new body's length");
            }
            let list = if pair.client == "openai_chat" { "choices" } else { "content" };
            assert!(seen.json()[list].as_array().is_some_and(|list| !list.is_empty()), "{pair:?}: {}", seen.text());
            assert!(!header_text(&seen.headers).contains("planted"), "{pair:?}");
            assert!(!header_text(&seen.headers).contains("x-postern-lossy"), "{pair:?}");
            assert_eq!(seen.headers.get("request-id"), Some("req_1"));
            assert!(seen.record["gen_ai.usage.output_tokens"].as_u64().unwrap() > 0);
            assert_eq!(seen.record["postern.usage.estimated"], false);
        }
    }
}

#[test]
fn a_200_that_holds_an_error_or_no_answer_becomes_502() {
    for pair in PAIRS {
        let told = error_body(pair.provider, "it broke");
        let rows = [
            (told.as_str(), "it broke"),
            ("<html>", ""),
            ("", ""),
            ("{}", ""),
            ("[]", ""),
            ("{\"x\":", ""),
            ("null", ""),
        ];
        for (body, message) in rows {
            let seen = Rig::new().play(&pair.ask(false), &[Answer::json(200, body)]);
            assert_eq!(seen.status, 502, "{pair:?} {body}: {}", seen.text());
            assert!(!seen.message().is_empty() && seen.message().contains(message), "{pair:?} {body}: {}", seen.text());
            assert_eq!(seen.json()["type"] == "error", pair.client == "anthropic_messages", "{pair:?}");
            assert_eq!(seen.headers.get("x-postern-error-source"), Some("provider"), "{pair:?} {body}");
        }
        let answer = Answer::Is { status: 200, headers: Vec::new(), chunks: Vec::new() };
        let seen = Rig::new().play(&pair.ask(false), &[answer]);
        assert_eq!(seen.status, 502, "{pair:?} without a body: {}", seen.text());
        assert!(seen.message().ends_with("has no body, or broke off"), "{pair:?}: {}", seen.text());
    }
}

#[test]
fn an_error_of_the_provider_keeps_its_status_and_takes_the_clients_form() {
    for pair in PAIRS {
        for (status, body) in [
            (400, error_body(pair.provider, "no such thing")),
            (401, error_body(pair.provider, "no such thing")),
            (429, error_body(pair.provider, "no such thing")),
            (529, error_body(pair.provider, "no such thing")),
            (503, "<html>nginx</html>".to_owned()),
            (500, String::new()),
            (404, "{\"detail\":".to_owned()),
        ] {
            let seen = Rig::new().play(&pair.ask(true), &[Answer::json(status, body.clone())]);
            assert_eq!(seen.status, status, "{pair:?} {body}");
            assert_eq!(seen.json()["type"] == "error", pair.client == "anthropic_messages", "{pair:?} {body}");
            assert_eq!(seen.message() == "no such thing", body.contains("no such thing"), "{pair:?}: {}", seen.text());
            assert!(!seen.message().is_empty(), "{pair:?} {body}");
            assert_eq!(seen.record["http.response.status_code"], status);
        }
    }
}

#[test]
fn the_second_attempt_has_nothing_of_the_first() {
    for (model, first, second) in [("both", "openai", "anthropic"), ("both-back", "anthropic", "openai")] {
        for client in ["openai_chat", "anthropic_messages"] {
            for stream in [false, true] {
                for failed in [
                    Answer::Unreachable,
                    Answer::json(503, "down"),
                    Answer::json(429, error_body("openai_chat", "slow")),
                    Answer::Is { status: 500, headers: Vec::new(), chunks: Vec::new() },
                    Answer::json(200, error_body("openai_chat", "hidden")),
                ] {
                    let pair = PAIRS.into_iter().find(|pair| pair.provider.starts_with(second)).unwrap();
                    let good = match stream {
                        true => Answer::stream(vec![pair.fixture(stem(pair), "sse")]),
                        false => Answer::json(200, pair.fixture(stem(pair), "json")),
                    };
                    let rig = Rig::new();
                    let ask = Ask::new(client, model, stream);
                    let seen = rig.play(&ask, &[failed, good.clone()]);
                    let place = format!("{client} {model}: {}", seen.client_text());
                    assert_eq!(seen.status, 200, "{place}");
                    let clusters: Vec<_> = seen.sent.iter().map(|sent| sent.cluster.as_str()).collect();
                    assert_eq!(clusters, [first, second], "{place}");
                    let alone = Rig::new().play(&Ask::new(client, &second_only(second), stream), &[good]);
                    let wanted = alone.sent[0].text();
                    assert_eq!(seen.sent[1].text(), wanted, "{place}");
                    for (at, words) in [
                        (0, [format!("{PROVIDER_KEY}-{second}"), format!("api.{second}.com")]),
                        (1, [format!("{PROVIDER_KEY}-{first}"), format!("api.{first}.com")]),
                    ] {
                        for word in words {
                            assert!(!seen.sent[at].text().contains(&word), "{word}: {}", seen.sent[at].text());
                        }
                    }
                    assert_eq!(seen.headers.get("x-postern-attempts"), Some("2"));
                    assert_eq!(seen.headers.get("x-postern-provider"), Some(second));
                    assert_eq!(seen.record["postern.attempts"], 2);
                    assert_eq!(seen.record["gen_ai.provider.name"], second);
                }
            }
        }
    }
}

/// The alias that leads to that provider's target of `both` alone.
fn second_only(provider: &str) -> String {
    if provider == "openai" { "alias".to_owned() } else { "alias-claude".to_owned() }
}

#[test]
fn a_hidden_error_is_retried_and_the_last_attempts_error_reaches_the_client() {
    let hidden =
        "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"busy\"}}\n\n";
    let ask = Ask::new("openai_chat", "both-back", true);
    let last = Answer::json(400, error_body("openai_chat", "bad words"));
    let seen = Rig::new().play(&ask, &[Answer::stream(vec![hidden.into()]), last]);
    assert_eq!((seen.status, seen.sent.len()), (400, 2));
    assert_eq!(seen.message(), "bad words");
}

#[test]
fn nobody_to_reach_is_told_in_the_clients_format() {
    for client in ["openai_chat", "anthropic_messages"] {
        for (model, answer) in [("gpt", Answer::Unreachable), ("lost", Answer::json(200, "{}"))] {
            let seen = Rig::new().play(&Ask::new(client, model, false), &[answer]);
            assert_eq!(seen.status, 503, "{client} {model}");
            assert_eq!(seen.json()["type"] == "error", client == "anthropic_messages");
            assert_eq!(seen.headers.get("x-postern-error-source"), Some("gateway"), "{}", seen.client_text());
            assert_eq!(seen.record["http.response.status_code"], 503);
        }
    }
}

#[test]
fn the_providers_key_is_told_to_nobody_but_the_provider() {
    for pair in PAIRS {
        let provider = if pair.provider == "openai_chat" { "openai" } else { "anthropic" };
        let key = format!("{PROVIDER_KEY}-{provider}");
        let mut rows = Vec::new();
        for stream in [false, true] {
            for status in [200, 400, 401, 500] {
                rows.push((stream, Answer::json(status, error_body(pair.provider, &format!("bad key {key} given")))));
                rows.push((stream, Answer::json(status, format!(r#"{{"error":"bad key {key}"}}"#))));
                rows.push((stream, Answer::json(status, format!(r#"{{"message":"bad key {key}"}}"#))));
                rows.push((stream, Answer::json(status, format!("<html>bad key {key}</html>"))));
                let code = format!(r#"{{"error":{{"message":"m","type":"{key}","code":"{key}","param":"{key}"}}}}"#);
                rows.push((stream, Answer::json(status, code)));
            }
        }
        let error = format!("event: error\ndata: {}\n\n", error_body(pair.provider, &format!("bad key {key}")));
        rows.push((true, Answer::stream(vec![error.clone().into_bytes()])));
        for stem in streams(pair.provider) {
            let stream = pair.fixture(stem, "sse");
            let half = String::from_utf8_lossy(&stream).find("\n\n").map_or(stream.len(), |at| at + 2);
            let begun = [&stream[..half], error.as_bytes()].concat();
            rows.push((true, Answer::stream(vec![begun.clone()])));
            rows.push((true, Answer::stream(begun.chunks(11).map(<[u8]>::to_vec).collect())));
            rows.push((true, Answer::stream(vec![stream[..half].to_vec(), error.clone().into_bytes()])));
        }
        for (at, (stream, answer)) in rows.into_iter().enumerate() {
            let rig = Rig::new();
            let seen = rig.play(&pair.ask(stream), &[answer]);
            assert!(seen.sent[0].text().contains(&key), "the provider gets its key");
            let place = format!("{pair:?} row {at}");
            assert!(!seen.client_text().contains(&key), "{place}: {}", seen.client_text());
            assert!(!rig.host.log_text().contains(&key), "{place}: {}", rig.host.log_text());
            assert!(!rig.host.metric_names().contains(&key), "{place}");
            assert!(!seen.record.to_string().contains(&key), "{place}: {}", seen.record);
        }
    }
}

#[test]
fn a_compressed_answer_is_no_answer() {
    for pair in PAIRS {
        for (stream, kind) in [(false, "application/json"), (true, "text/event-stream")] {
            let headers = vec![("content-type", kind.to_owned()), ("content-encoding", "gzip".to_owned())];
            let answer = Answer::Is { status: 200, headers, chunks: vec![b"\x1f\x8b".to_vec(), Vec::new()] };
            let seen = Rig::new().play(&pair.ask(stream), &[answer]);
            assert_eq!(seen.status, 502, "{pair:?}");
            assert!(seen.message().contains("compressed"), "{pair:?}: {}", seen.text());
            assert_eq!(seen.headers.get("content-encoding"), None, "{pair:?}");
        }
    }
}
