use super::*;
use crate::handover::TargetRef;
use crate::host::fake::FakeHost;
use crate::surface::Operation;
use crate::tenant::Caller;

fn counted(shape: &str, model: &str, body: &str, count: Count, limit: u64) -> Counted {
    let caller = Caller::planted("{}");
    let doc = Doc::parse(body.as_bytes()).unwrap();
    let shape = Shape::named(shape).unwrap();
    let operation = if matches!(shape, Shape::Embeddings(_)) { Operation::Embeddings } else { Operation::Chat };
    let targets = [TargetRef { cluster: "c".to_owned(), model: model.to_owned() }];
    let host = FakeHost::new();
    let ask = Ask { targets: &targets, count, ..Ask::of(&host, &caller, operation, shape, Content::Json(&doc)) };
    super::count(&ask, limit)
}

#[test]
fn turns_are_counted_as_openais_cookbook_does() {
    // The six turns of its notebook, and what its API has said to them.
    let body = r#"{"model":"m","messages":[
        {"role":"system","content":"You are a helpful, pattern-following assistant that translates corporate jargon into plain English."},
        {"role":"system","name":"example_user","content":"New synergies will help drive top-line growth."},
        {"role":"system","name":"example_assistant","content":"Things working well together will increase revenue."},
        {"role":"system","name":"example_user","content":"Let's circle back when we have more bandwidth to touch base on opportunities for increased leverage."},
        {"role":"system","name":"example_assistant","content":"Let's talk later when we're less busy about how to do better."},
        {"role":"user","content":"This late pivot means we don't have time to boil the ocean for the client deliverable."}]}"#;
    for (model, want) in [("gpt-4-0613", 129), ("gpt-4o", 124)] {
        let counted = counted("openai_chat", model, body, Count::Exact, u64::MAX);
        assert_eq!((counted.tokens, counted.estimated), (want, false), "{model}");
    }
}

#[test]
fn tools_are_counted_as_the_cookbook_finds_them() {
    let body = r#"{"model":"m","messages":[
        {"role":"system","content":"You are a helpful assistant that can answer to questions about the weather."},
        {"role":"user","content":"What's the weather like in Pittsburgh today?"}],
        "tools":[{"type":"function","function":{"name":"get_current_weather",
            "description":"Get the current weather in a given location",
            "parameters":{"type":"object","properties":{
                "location":{"type":"string","description":"The city and state, e.g. San Francisco, CA"},
                "unit":{"type":"string","description":"The unit of temperature to return","enum":["celsius","fahrenheit"]}},
                "required":["location"]}}}]}"#;
    for (model, want) in [("gpt-4", 101), ("gpt-4o", 97)] {
        let counted = counted("openai_chat", model, body, Count::Exact, u64::MAX);
        assert!(counted.estimated && counted.tokens.abs_diff(want) <= 6, "{model}: {counted:?}");
    }
}

#[test]
fn the_same_turn_has_about_the_same_tokens_in_every_format() {
    let text = "Explain to a child of seven why the sky is blue, in three sentences.";
    let rows = [
        ("openai_chat", r#"{"messages":[{"role":"user","content":"T"}]}"#),
        ("openai_responses", r#"{"input":"T"}"#),
        (
            "anthropic_messages",
            r#"{"max_tokens":9,"messages":[{"role":"user","content":[{"type":"text","text":"T"}]}]}"#,
        ),
        ("gemini", r#"{"contents":[{"role":"user","parts":[{"text":"T"}]}]}"#),
        ("bedrock_converse", r#"{"messages":[{"role":"user","content":[{"text":"T"}]}]}"#),
        ("cohere_chat", r#"{"messages":[{"role":"user","content":"T"}]}"#),
    ];
    for (shape, body) in rows {
        let body = body.replace("\"T\"", &format!("\"{text}\"")).replacen('{', "{\"model\":\"m\",", 1);
        let counted = counted(shape, "gpt-4o", &body, Count::Exact, u64::MAX);
        assert_eq!((counted.tokens, counted.estimated), (23, false), "{shape}");
    }
}

#[test]
fn what_is_not_counted_says_so() {
    let body = r#"{"model":"m","messages":[{"role":"user","content":"Why is the sky blue?"}]}"#;
    let rows = [
        ("gpt-4o", Count::Exact, false, true),
        ("gpt-4o", Count::Estimate, true, true),
        ("claude-sonnet-4-5", Count::Exact, true, true),
        ("gpt-4o", Count::Off, false, false),
    ];
    for (model, count, estimated, some) in rows {
        let counted = counted("openai_chat", model, body, count, u64::MAX);
        assert_eq!((counted.estimated, counted.tokens > 0), (estimated, some), "{model} {count:?}");
        assert_eq!(counted.calibration.is_some(), estimated, "{model} {count:?}");
    }
}

#[test]
fn long_texts_are_counted_in_part_and_those_over_a_limit_no_further() {
    let text = "The quick brown fox jumps over the lazy dog. ".repeat(40_000);
    let body = format!(r#"{{"model":"m","messages":[{{"role":"user","content":"{text}"}}]}}"#);
    let all = counted("openai_chat", "gpt-4o", &body, Count::Exact, u64::MAX);
    assert!(all.estimated && all.tokens.abs_diff(400_007) < 4_000, "{all:?}");
    let some = counted("openai_chat", "gpt-4o", &body, Count::Exact, 1_000);
    assert!(some.more && some.tokens < 2_000_000, "{some:?}");
}

#[test]
fn vectors_are_counted_by_text_and_by_token() {
    let rows = [
        (r#"{"model":"m","input":"hello world"}"#, 2),
        (r#"{"model":"m","input":["hello world","hello"]}"#, 3),
        (r#"{"model":"m","input":[1,2,3,4]}"#, 4),
        (r#"{"model":"m","input":[[1,2],[3]]}"#, 3),
    ];
    for (body, want) in rows {
        let counted = counted("openai_embeddings", "text-embedding-3-small", body, Count::Exact, u64::MAX);
        assert_eq!((counted.tokens, counted.estimated), (want, false), "{body}");
    }
}
