//! Bedrock's Converse and ConverseStream (`/model/{model}/converse`, `/model/{model}/converse-stream`), as a client
//! surface and as a provider. One shape for every model there is on Bedrock; what only one family of models takes goes
//! into `additionalModelRequestFields`.
//!
//! `request_in` reads what a client asks, `request_out` writes what any client asked; `answer`, `stream_in` and
//! `stream_out` do the same for what comes back; `media` holds the kinds of pictures, sounds, films and documents,
//! `family` what differs between the models, `error` the errors, `text` which strings of a body a policy may look at. The
//! path tells the model and whether a stream is wanted, the body never does.

mod answer;
pub(super) mod error;
mod family;
mod fields;
mod media;
mod request_in;
mod request_out;
mod stream_in;
mod stream_out;
mod text;

use super::rules::Field;
use super::{Ask, Format, Loss, Step, StreamReader, StreamWriter, Target, TextKind};
use crate::chat::{Answer, ApiError, Finish, Request, Told, Usage};
use crate::http::Headers;
use crate::wire::frame::Framing;
use crate::wire::json::{Doc, Edits, Text, Value, Writer};

/// The format.
pub struct BedrockConverse;

impl Format for BedrockConverse {
    fn name(&self) -> &'static str {
        "bedrock_converse"
    }

    fn fields(&self) -> &'static [Field] {
        fields::FIELDS
    }

    fn cannot_tell(&self) -> &'static [Told] {
        fields::CANNOT_TELL
    }

    fn cannot_stream(&self) -> &'static [Told] {
        fields::CANNOT_STREAM
    }

    fn read_request<'a>(&self, doc: &Doc<'a>) -> Result<Request<'a>, ApiError> {
        request_in::read(doc)
    }

    fn own_path(&self, path: &str) -> String {
        match path.strip_prefix("tools[") {
            Some(rest) => format!("toolConfig.tools[{rest}"),
            None => path.to_owned(),
        }
    }

    fn write_request(&self, request: &Request<'_>, target: &Target<'_>, loss: &mut Loss) -> Result<Vec<u8>, ApiError> {
        request_out::write(request, target, loss)
    }

    fn retarget(&self, _doc: &Doc<'_>, _target: &Target<'_>, _edits: &mut Edits) {}

    fn read_answer<'a>(&self, doc: &Doc<'a>) -> Result<Answer<'a>, ApiError> {
        answer::read(doc.root())
    }

    fn write_answer(&self, answer: &Answer<'_>, ask: &Ask) -> Vec<u8> {
        answer::write(answer, ask)
    }

    fn answer_usage(&self, body: &[u8]) -> Option<Usage> {
        let doc = Doc::parse(body).ok()?;
        read_usage(doc.root().some("usage")?)
    }

    fn framing(&self) -> Framing {
        Framing::AwsEventStream
    }

    fn stream_reader(&self) -> Box<dyn StreamReader> {
        Box::new(stream_in::Reader::default())
    }

    fn stream_writer(&self, ask: &Ask) -> Box<dyn StreamWriter> {
        Box::new(stream_out::Writer::new(ask))
    }

    fn read_error(&self, status: u16, headers: &Headers, body: &[u8]) -> ApiError {
        error::read(status, headers, body)
    }

    fn is_error(&self, body: Value<'_, '_>) -> bool {
        error::is_error(body)
    }

    fn write_error(&self, error: &ApiError) -> Vec<u8> {
        error::write(error)
    }

    fn error_header(&self, error: &ApiError) -> Option<(&'static str, &'static str)> {
        Some(error::header(error))
    }

    fn text_at(&self, path: &[Step<'_>]) -> TextKind {
        text::kind_at(path)
    }
}

/// Content blocks that mean something only to Converse. They are read as [`crate::chat::Part::Other`] and written as they
/// are.
const OWN_BLOCKS: &[&str] = &["searchResult", "toolAddition", "toolRemoval"];

/// Why an answer ends, from Converse's word for it. A word from the future ends the answer like `end_turn`, and whatever
/// ends it properly after calls waits for their results.
fn finish_of(stop_reason: Option<Value<'_, '_>>, calls: bool) -> Finish {
    const ROWS: &[(&str, Finish)] = &[
        ("end_turn", Finish::Stop),
        ("stop_sequence", Finish::Stop),
        ("tool_use", Finish::ToolCalls),
        ("max_tokens", Finish::Length),
        ("model_context_window_exceeded", Finish::Length),
        ("guardrail_intervened", Finish::ContentFilter),
        ("content_filtered", Finish::ContentFilter),
        // What there is of it is not whole; no client may take it for the model's last word.
        ("malformed_model_output", Finish::Length),
        ("malformed_tool_use", Finish::Length),
    ];
    let row = stop_reason.and_then(|reason| ROWS.iter().find(|(word, _)| reason.is(word)));
    settle(row.map_or(Finish::Stop, |(_, finish)| *finish), calls)
}

/// A stop after calls is a wait for their results, whatever the provider calls it.
fn settle(finish: Finish, calls: bool) -> Finish {
    if finish == Finish::Stop && calls { Finish::ToolCalls } else { finish }
}

/// Converse's word for why an answer ends.
fn stop_reason_of(finish: Finish, stop_sequence: bool) -> &'static str {
    match finish {
        Finish::Stop if stop_sequence => "stop_sequence",
        Finish::Stop => "end_turn",
        Finish::Length => "max_tokens",
        Finish::ToolCalls => "tool_use",
        Finish::ContentFilter => "content_filtered",
    }
}

/// Token counts as Bedrock tells them: the cache apart from the input.
fn read_usage(usage: Value<'_, '_>) -> Option<Usage> {
    let count = |name| usage.get(name).and_then(Value::u64);
    let (input, output) = (count("inputTokens"), count("outputTokens"));
    input.or(output)?;
    // Both spellings have been seen in Amazon's own documents.
    let cache = |name, older| count(name).or_else(|| count(older)).unwrap_or(0);
    let cache_read = cache("cacheReadInputTokens", "cacheReadInputTokenCount");
    let cache_write = cache("cacheWriteInputTokens", "cacheWriteInputTokenCount");
    Some(Usage {
        input: input.unwrap_or(0).saturating_add(cache_read).saturating_add(cache_write),
        output: output.unwrap_or(0),
        cache_read,
        cache_write,
        cache_write_1h: written_for_an_hour(usage),
        ..Usage::default()
    })
}

/// `cacheDetails`: how long what was written to the cache is kept, an entry for each.
fn written_for_an_hour(usage: Value<'_, '_>) -> u64 {
    let details = usage.get("cacheDetails").into_iter().flat_map(Value::items);
    let hour = |detail: &Value<'_, '_>| detail.get("ttl").and_then(Value::text).is_some_and(|ttl| ttl.is("1h"));
    let tokens = |detail: Value<'_, '_>| detail.get("inputTokens").and_then(Value::u64);
    details.filter(hour).filter_map(tokens).fold(0, u64::saturating_add)
}

/// Writes a usage object's value.
fn write_usage(out: &mut Writer, usage: &Usage) {
    let fresh = usage.input.saturating_sub(usage.cache_read).saturating_sub(usage.cache_write);
    out.open();
    out.key("inputTokens").number(fresh).key("outputTokens").number(usage.output);
    out.key("totalTokens").number(usage.total());
    if usage.cache_read > 0 || usage.cache_write > 0 {
        out.key("cacheReadInputTokens").number(usage.cache_read);
        out.key("cacheWriteInputTokens").number(usage.cache_write);
    }
    let hour = usage.cache_write_1h.min(usage.cache_write);
    if hour > 0 {
        out.key("cacheDetails").open_array();
        for (ttl, tokens) in [("5m", usage.cache_write - hour), ("1h", hour)] {
            out.open().key("ttl").string(ttl).key("inputTokens").number(tokens).close();
        }
        out.close_array();
    }
    out.close();
}

/// What an answer tells beside its message, and what none of it has a place for elsewhere.
const UNMAPPED: &[&str] = &["additionalModelResponseFields", "performanceConfig", "trace"];

/// The tier that served an answer, in OpenAI's words, which are Bedrock's.
fn read_tier<'a>(answer: Value<'_, 'a>) -> Option<Text<'a>> {
    answer.some("serviceTier")?.get("type")?.text()
}

/// The same for a client.
fn write_tier(out: &mut Writer, tier: &Text<'_>) {
    const TIERS: [&str; 4] = ["default", "flex", "priority", "reserved"];
    // A word that is none of theirs (Anthropic's `standard`) is the ordinary one.
    let word = TIERS.into_iter().find(|known| tier.is(known)).unwrap_or("default");
    out.key("serviceTier").open().key("type").string(word).close();
}

#[cfg(test)]
mod tests;
