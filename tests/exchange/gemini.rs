//! What only Gemini's clients do: a key in the query, streams that are one JSON array, a stream without an end marker.

use postern::filter::configure;
use serde_json::{Value, json};

use crate::play::{Answer, Ask, CLIENT_KEY, PROVIDER_KEY, Rig, fixture};

const MODEL: &str = "to-gemini";

/// A request of Gemini's to a model, with this path and no key in a header.
fn ask(path: &str) -> Ask {
    Ask { path: path.replace("{}", MODEL), headers: Vec::new(), ..Ask::new("gemini", MODEL, false) }
}

/// The same with a key.
fn with_key(path: &str) -> Ask {
    ask(path).header("x-goog-api-key", CLIENT_KEY)
}

fn whole() -> Answer {
    Answer::json(200, fixture("gemini", "text.json"))
}

/// A stream in small pieces, so that some of it is out before its end is seen.
fn stream(bytes: Vec<u8>) -> Answer {
    Answer::stream(bytes.chunks(40).map(<[u8]>::to_vec).collect())
}

#[test]
fn a_key_in_the_query_opens_the_door_and_goes_no_further() {
    for query in ["key={}", "alt=json&key={}", "key={}&beta=true"] {
        let query = query.replace("{}", CLIENT_KEY);
        let rig = Rig::new();
        let seen = rig.play(&ask(&format!("/v1beta/models/{{}}:generateContent?{query}")), &[whole()]);
        assert_eq!(seen.status, 200, "{query}: {}", seen.text());
        let sent = seen.sent[0].text();
        assert!(!sent.contains(CLIENT_KEY) && sent.contains(PROVIDER_KEY), "{query}: {sent}");
        assert!(!seen.client_text().contains(CLIENT_KEY));
        let kept: Vec<u8> = rig.host.state.borrow().values().flatten().copied().collect();
        assert!(!String::from_utf8_lossy(&kept).contains(CLIENT_KEY), "{query}: the hand-over has it");
    }
    let seen = Rig::new().play(&ask("/v1beta/models/{}:generateContent?key=pk-wrong"), &[whole()]);
    assert_eq!((seen.status, seen.json()["error"]["status"].as_str()), (401, Some("UNAUTHENTICATED")));
}

#[test]
fn every_path_of_googles_leads_to_the_same_model() {
    let forms = [
        "/v1beta/models/{}",
        "/v1/models/{}",
        "/v1beta/tunedModels/{}",
        "/v1/projects/p/locations/l/publishers/google/models/{}",
        "/v1beta1/projects/p/locations/l/publishers/google/models/{}",
        "/v1/publishers/google/models/{}",
        "/v1beta1/publishers/google/models/{}",
    ];
    for form in forms {
        let seen = Rig::new().play(&with_key(&format!("{form}:generateContent")), &[whole()]);
        assert_eq!(seen.status, 200, "{form}: {}", seen.text());
        let path = seen.sent[0].headers.get(":path");
        assert_eq!(path, Some("/v1beta/models/gemini-2.5-flash:generateContent"), "{form}");
        assert_eq!(seen.body, fixture("gemini", "text.json"), "{form}");
        let answer = stream(fixture("gemini", "text.sse"));
        let seen = Rig::new().play(&with_key(&format!("{form}:streamGenerateContent?alt=sse")), &[answer]);
        let path = seen.sent[0].headers.get(":path");
        assert_eq!(path, Some("/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse"), "{form}");
        assert_eq!(seen.body, fixture("gemini", "text.sse"), "{form}");
    }
}

/// The texts of the events of an array, and the error in it.
fn array(body: &[u8]) -> (String, Option<Value>) {
    let items: Vec<Value> =
        serde_json::from_slice(body).unwrap_or_else(|error| panic!("{error}: {}", body.escape_ascii()));
    let parts = items.iter().filter_map(|item| item["candidates"][0]["content"]["parts"].as_array()).flatten();
    let text = parts.filter_map(|part| part["text"].as_str()).collect();
    (text, items.iter().find_map(|item| item.get("error").cloned()))
}

#[test]
fn without_alt_sse_a_stream_is_one_json_array() {
    for (model, said) in [(MODEL, "Hello! The answer is “42” — \\o/ 👋🏽, as always.\n"), ("to-openai", "Hello")]
    {
        let ask = Ask { path: format!("/v1beta/models/{model}:streamGenerateContent"), ..with_key("") };
        let bytes = if model == MODEL { fixture("gemini", "text.sse") } else { fixture("openai_chat", "groq.sse") };
        for size in [1, 40, usize::MAX] {
            let chunks = bytes.chunks(size.min(bytes.len())).map(<[u8]>::to_vec).collect();
            let seen = Rig::new().play(&ask, &[Answer::stream(chunks)]);
            assert_eq!(seen.headers.get("content-type"), Some("application/json"), "{model}");
            let (text, error) = array(&seen.body);
            assert!(error.is_none() && (text == said || model != MODEL && !text.is_empty()), "{model}: {text}");
        }
        // Cut: the array is closed all the same, and says why it ends.
        let seen = Rig::new().play(&ask, &[stream(bytes[..bytes.len() * 2 / 3].to_vec())]);
        let (_, error) = array(&seen.body);
        let error = error.unwrap_or_else(|| panic!("{model}: {}", seen.text()));
        assert_eq!((&error["code"], &error["status"]), (&json!(502), &json!("INTERNAL")), "{model}");
    }
    let failing = fixture("gemini", "unavailable.sse");
    let ask = with_key("/v1beta/models/{}:streamGenerateContent");
    let (text, error) = array(&Rig::new().play(&ask, &[stream(failing)]).body);
    assert_eq!((text.as_str(), &error.unwrap()["status"]), ("Once upon", &json!("UNAVAILABLE")));
}

#[test]
fn an_array_where_events_were_asked_for_becomes_events() {
    let mut items = Vec::new();
    for line in String::from_utf8(fixture("gemini", "text.sse")).unwrap().lines() {
        items.extend(line.strip_prefix("data: ").map(str::to_owned));
    }
    let ask = with_key("/v1beta/models/{}:streamGenerateContent?alt=sse");
    let seen = Rig::new().play(&ask, &[Answer::json(200, format!("[{}]", items.join(",")))]);
    assert_eq!((seen.status, seen.headers.get("content-type")), (200, Some("text/event-stream")), "{}", seen.text());
    assert!(seen.text().contains("as always") && seen.text().starts_with("data: {"), "{}", seen.text());
    assert_eq!(seen.record["gen_ai.usage.output_tokens"], 14);
}

#[test]
fn tokens_are_counted_by_the_provider_in_its_own_words() {
    let body = r#"{"generateContentRequest":{"model":"models/to-gemini","contents":[{"parts":[{"text":"x"}]}]}}"#;
    let answer = "{\n  \"totalTokens\": 31\n}\n";
    let ask = with_key("/v1beta/models/{}:countTokens").body(body);
    let seen = Rig::new().play(&ask, &[Answer::json(200, answer)]);
    assert_eq!((seen.status, seen.text().as_str()), (200, answer));
    let sent = &seen.sent[0];
    assert_eq!(sent.headers.get(":path"), Some("/v1beta/models/gemini-2.5-flash:countTokens"));
    assert_eq!(sent.json()["generateContentRequest"]["model"], "models/gemini-2.5-flash");
}

#[test]
fn vertex_gets_its_own_paths_and_no_ids() {
    let mut rig = Rig::new();
    let provider = format!(
        r#"{{"version":1,"provider":{{"preset":"vertex_gemini","key":{{"inline":"{PROVIDER_KEY}"}},
            "params":{{"project":"p-1","location":"europe-west4"}}}}}}"#
    );
    let vertex = configure(&rig.host, provider.as_bytes()).unwrap_or_else(|error| panic!("{error}"));
    rig.providers.insert(0, ("gemini".to_owned(), vertex));
    let body = r#"{"model":"to-gemini","stream":true,"service_tier":"flex","messages":[{"role":"user","content":"x"},
        {"role":"assistant","tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":"{}"}}]},
        {"role":"tool","tool_call_id":"a","content":"1"}]}"#;
    let ask = Ask::new("openai_chat", MODEL, true).body(body);
    let seen = rig.play(&ask, &[stream(fixture("gemini", "text.sse"))]);
    assert_eq!(seen.status, 200, "{}", seen.text());
    let sent = &seen.sent[0];
    assert_eq!(sent.headers.get(":authority"), Some("europe-west4-aiplatform.googleapis.com"));
    assert_eq!(
        sent.headers.get(":path"),
        Some(
            "/v1/projects/p-1/locations/europe-west4/publishers/google/models/gemini-2.5-flash:streamGenerateContent?alt=sse"
        )
    );
    assert_eq!(sent.json()["contents"][1]["parts"][0]["functionCall"], json!({"name": "f", "args": {}}));
    assert!(sent.json().get("serviceTier").is_none());
    assert_eq!(seen.headers.get("x-postern-lossy"), Some("service_tier"));
}
