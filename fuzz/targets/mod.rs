//! The laws that must hold for every input, one row each.

mod answer;
mod config;
mod cut;
mod exchange;
#[path = "../../tests/fake/mod.rs"]
mod fake;
mod form;
mod frames;
mod handover;
mod headers;
mod json;
mod passing;
mod pii;
mod request;
mod shallow;
mod sse;
mod stream;
mod vectors;

use postern::wire::frame::Framing;

/// Panics on an input for which it does not hold.
pub type Law = fn(&[u8]);

/// Name and law.
pub const TARGETS: &[(&str, Law)] = &[
    ("anthropic_answer", |input| answer::check("anthropic_messages", input)),
    ("anthropic_request", |input| request::check("anthropic_messages", input)),
    ("anthropic_stream", |input| stream::check("anthropic_messages", input)),
    ("bedrock_answer", |input| answer::check("bedrock_converse", input)),
    ("bedrock_request", |input| request::check("bedrock_converse", input)),
    ("bedrock_stream", |input| stream::check("bedrock_converse", input)),
    ("cohere_answer", |input| answer::check("cohere_chat", input)),
    ("cohere_request", |input| request::check("cohere_chat", input)),
    ("cohere_stream", |input| stream::check("cohere_chat", input)),
    ("completions_answer", |input| answer::check("openai_completions", input)),
    ("completions_request", |input| request::check("openai_completions", input)),
    ("completions_stream", |input| stream::check("openai_completions", input)),
    ("config", config::check),
    ("event_stream", |input| frames::check(Framing::AwsEventStream, input)),
    ("exchange", exchange::check),
    ("form", form::check),
    ("gemini_answer", |input| answer::check("gemini", input)),
    ("gemini_request", |input| request::check("gemini", input)),
    ("gemini_stream", |input| stream::check("gemini", input)),
    ("handover", handover::check),
    ("headers", headers::check),
    ("json", json::check),
    ("json_array", |input| frames::check(Framing::JsonArray, input)),
    ("ndjson", |input| frames::check(Framing::NdJson, input)),
    ("ollama_answer", |input| answer::check("ollama_chat", input)),
    ("ollama_request", |input| request::check("ollama_chat", input)),
    ("ollama_stream", |input| stream::check("ollama_chat", input)),
    ("openai_answer", |input| answer::check("openai_chat", input)),
    ("openai_request", |input| request::check("openai_chat", input)),
    ("openai_stream", |input| stream::check("openai_chat", input)),
    ("passing", passing::check),
    ("pii", pii::check),
    ("responses_answer", |input| answer::check("openai_responses", input)),
    ("responses_request", |input| request::check("openai_responses", input)),
    ("responses_stream", |input| stream::check("openai_responses", input)),
    ("shallow", shallow::check),
    ("sse", sse::check),
    ("vectors", vectors::check),
];

/// The law of that name.
#[allow(dead_code)] // by the fuzzer's binaries
pub fn law(name: &str) -> Law {
    TARGETS.iter().find(|(known, _)| *known == name).map(|(_, law)| *law).expect("fuzz/targets/mod.rs has its row")
}
