//! What an exchange leaves behind: records, metrics, limits.

use crate::fake::START_NS;
use crate::play::{Answer, Ask, PAIRS, Rig, streams};

#[test]
fn a_hang_up_at_any_point_leaves_a_record_and_what_it_cost() {
    for pair in PAIRS {
        let stem = if pair.provider == "openai_chat" { "openai_tools" } else { "thinking_tools" };
        for stream in [true, false] {
            let bytes = pair.fixture(stem, if stream { "sse" } else { "json" });
            let chunks: Vec<_> = bytes.chunks(100).map(<[u8]>::to_vec).collect();
            let answer = match stream {
                true => Answer::stream(chunks),
                false => Answer::json(200, bytes),
            };
            let ask = pair.ask(stream);
            let all = Rig::new().play(&ask, std::slice::from_ref(&answer)).callbacks;
            for at in 0..=all {
                let rig = Rig::new();
                let seen = rig.play_until(&ask, std::slice::from_ref(&answer), at);
                let place = format!("{pair:?} stream {stream} hang-up at {at} of {all}: {}", seen.record);
                if at == 0 {
                    assert!(seen.record.is_null(), "{place}");
                    continue;
                }
                assert_eq!(seen.record["postern.hung_up"] == true, at < all, "{place}");
                assert_eq!(seen.record["postern.tenant"], "acme", "{place}");
                if !seen.sent.is_empty() {
                    assert!(seen.record["gen_ai.usage.input_tokens"].as_u64().unwrap() > 0, "{place}");
                    if stream && at < all / 2 {
                        assert_eq!(seen.record["postern.usage.estimated"], true, "{place}");
                    }
                    let provider = if pair.provider == "openai_chat" { "openai" } else { "anthropic" };
                    assert_eq!(seen.record["gen_ai.provider.name"], provider, "{place}");
                }
                let counted = rig.host.metrics.borrow().iter().any(|(name, _)| name.starts_with("postern_hang_ups"));
                assert_eq!(counted, at < all, "{place}");
            }
        }
    }
}

#[test]
fn no_word_of_a_request_or_an_answer_becomes_a_metric() {
    let mut rows = vec![
        Ask::new("openai_chat", "family-planted", false),
        Ask::new("openai_chat", "planted", false),
        Ask::new("anthropic_messages", "family-planted", true),
        Ask::new("openai_chat", "gpt", false).body(r#"{"planted":1}"#),
        Ask::new("openai_chat", "gpt", false).header("x-postern-planted", "planted"),
    ];
    rows.push(Ask { path: "/v1/planted".to_owned(), ..Ask::new("openai_chat", "gpt", false) });
    rows.push(Ask { headers: vec![("x-api-key".to_owned(), "planted".to_owned())], ..rows[0].clone() });
    let answers = [
        Answer::json(
            200,
            r#"{"id":"planted","model":"planted","choices":[{"message":{"content":"planted"},"finish_reason":"planted"}]}"#,
        ),
        Answer::json(418, r#"{"error":{"message":"planted","code":"planted","type":"planted"}}"#),
        Answer::stream(vec![br#"data: {"model":"planted","choices":[{"delta":{"content":"planted"}}]}"#.to_vec()]),
    ];
    for ask in &rows {
        for answer in &answers {
            let rig = Rig::new();
            rig.play(ask, std::slice::from_ref(answer));
            let names = rig.host.metric_names();
            assert!(names.contains("postern_requests"), "{names}");
            assert!(!names.contains("planted"), "{names}");
        }
    }
}

#[test]
fn a_limit_of_requests_counts_refuses_and_starts_anew_with_the_minute() {
    for client in ["openai_chat", "anthropic_messages"] {
        let rig = Rig::with_policies(r#"[{"limit":{"requests_per_minute":2}}]"#);
        let ask = Ask::new(client, "gpt", false);
        let answer = [Answer::json(200, PAIRS[0].fixture("groq", "json"))];
        let status = |rig: &Rig| rig.play(&ask, &answer).status;
        rig.host.quicker.set(5);
        assert_eq!([status(&rig), status(&rig)], [200, 200]);
        rig.host.now_ns.set(START_NS + 45_000_000_000);
        let seen = rig.play(&ask, &answer);
        assert_eq!((seen.status, seen.sent.len()), (429, 0));
        assert_eq!(seen.headers.get("retry-after"), Some("15"));
        let remaining = match client {
            "anthropic_messages" => "anthropic-ratelimit-requests-remaining",
            _ => "x-ratelimit-remaining-requests",
        };
        assert_eq!(seen.headers.get(remaining), Some("0"));
        assert_eq!(seen.json()["type"] == "error", client == "anthropic_messages");
        assert_eq!(seen.record["postern.error_source"], "gateway-policy");
        rig.host.now_ns.set(START_NS + 60_000_000_000);
        assert_eq!(status(&rig), 200);
    }
}

#[test]
fn a_limit_of_tokens_counts_what_the_provider_says_and_what_a_hang_up_passed() {
    // More than a request here has, and less than two with their answers.
    let policies = r#"[{"limit":{"tokens_per_minute":14}}]"#;
    for pair in PAIRS {
        let stem = streams(pair.provider)[3];
        let answer = [Answer::stream(vec![pair.fixture(stem, "sse")])];
        let rig = Rig::with_policies(policies);
        assert_eq!(rig.play(&pair.ask(true), &answer).status, 200, "{pair:?}");
        let seen = rig.play(&pair.ask(true), &answer);
        assert_eq!((seen.status, seen.sent.len()), (429, 0), "{pair:?}");

        let rig = Rig::with_policies(policies);
        let cut = rig.play_until(&pair.ask(true), &answer, 5);
        assert_eq!(cut.sent.len(), 1, "{pair:?}");
        assert_eq!(rig.play(&pair.ask(true), &answer).status, 429, "{pair:?}: a hang-up costs nothing");
    }
}

#[test]
fn the_slots_of_a_limit_are_there_before_the_first_request() {
    let rig = Rig::with_policies(r#"[{"limit":{"requests_per_minute":2}}]"#);
    let slots = rig.host.common.borrow();
    assert!(slots.contains_key("postern/ledger/1/limit/0/acme"), "{slots:?}");
}

#[test]
fn a_limit_that_cannot_be_counted_lets_nothing_through() {
    let rig = Rig::with_policies(r#"[{"limit":{"requests_per_minute":1000}}]"#);
    rig.host.quicker.set(u32::MAX);
    let seen = rig.play(&PAIRS[0].ask(false), &[Answer::json(200, "{}")]);
    assert_eq!((seen.status, seen.sent.len()), (500, 0));
}
