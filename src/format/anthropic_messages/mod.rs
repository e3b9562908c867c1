//! Anthropic Messages (`/v1/messages`), as a client surface and as a provider.
//!
//! `request_in` reads what a client asks, `request_out` writes what any client asked for Claude; `answer`, `stream_in`
//! and `stream_out` do the same for what comes back; `error` holds the errors, and `text` which strings of a body a policy
//! may look at. This file holds what they share.

mod answer;
mod citations;
mod error;
mod fields;
mod request_in;
mod request_out;
mod stream_in;
mod stream_out;
mod text;

use super::rules::Field;
use super::{Ask, Format, Loss, Step, StreamReader, StreamWriter, Target, TextKind};
use crate::chat::{Answer, ApiError, Finish, Request, Told, Usage};
use crate::http::Headers;
use crate::wire::json::{Doc, Edits, Value, Writer, escape};
use crate::wire::shallow;

/// The format.
pub struct AnthropicMessages;

impl Format for AnthropicMessages {
    fn name(&self) -> &'static str {
        "anthropic_messages"
    }

    fn fields(&self) -> &'static [Field] {
        fields::FIELDS
    }

    fn cannot_tell(&self) -> &'static [Told] {
        fields::CANNOT_TELL
    }

    fn read_request<'a>(&self, doc: &Doc<'a>) -> Result<Request<'a>, ApiError> {
        request_in::read(doc)
    }

    fn indispensable(&self) -> &'static [&'static str] {
        &["mcp_servers"]
    }

    /// A thread is kept by the server that began it: a request that goes on with one has nothing but its last turn. The
    /// official clients send the whole conversation when they are told so, also of one that only begins.
    fn only_here(&self, request: &mut Request<'_>, _: &mut Loss) -> Result<(), ApiError> {
        match request.extra.iter().any(|(key, _)| key.is(error::THREAD)) {
            true => Err(ApiError::unsupported(
                error::THREAD,
                "this model's provider keeps no conversations; send all of it in messages instead",
            )),
            false => Ok(()),
        }
    }

    fn write_request(&self, request: &Request<'_>, target: &Target<'_>, loss: &mut Loss) -> Result<Vec<u8>, ApiError> {
        request_out::write(request, target, loss)
    }

    fn retarget(&self, doc: &Doc<'_>, target: &Target<'_>, edits: &mut Edits) {
        if !target.quirks.addressed_in_body {
            return;
        }
        let mut new = vec![b'"'];
        escape(&mut new, target.model);
        new.push(b'"');
        match doc.root().get("model") {
            Some(model) if model.is(target.model) => {}
            Some(model) => edits.replace(model.span(), new),
            // The client said it in the path.
            None => edits.add_member(doc.root(), &format!("\"model\":{}", String::from_utf8_lossy(&new))),
        }
    }

    fn read_answer<'a>(&self, doc: &Doc<'a>) -> Result<Answer<'a>, ApiError> {
        answer::read(doc.root())
    }

    fn write_answer(&self, answer: &Answer<'_>, ask: &Ask) -> Vec<u8> {
        answer::write(answer, ask)
    }

    fn answer_usage(&self, body: &[u8]) -> Option<Usage> {
        let doc = Doc::parse(body).ok()?;
        let mut counts = Counts::default();
        counts.read(doc.root().some("usage")?);
        counts.usage()
    }

    fn event_name(&self, data: &[u8]) -> Option<String> {
        let kind = Doc::parse(shallow::root_member(data, "type")?).ok()?;
        Some(kind.root().text()?.decode().into_owned())
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

    fn write_error(&self, error: &ApiError) -> Vec<u8> {
        error::write(error)
    }

    fn text_at(&self, path: &[Step<'_>]) -> TextKind {
        text::kind_at(path)
    }
}

/// Block types that mean something only to Anthropic: server tools with their results, search results, uploads. They
/// are read as [`crate::chat::Part::Other`], and an `Other` of one of these types is written as it is; any other came
/// from a format whose parts Claude would refuse.
const OWN_BLOCKS: &[&str] = &[
    "advisor_tool_result",
    "bash_code_execution_tool_result",
    "code_execution_tool_result",
    "compaction",
    "container_upload",
    "document",
    "mcp_tool_result",
    "mcp_tool_use",
    "search_result",
    "server_tool_use",
    "text_editor_code_execution_tool_result",
    "tool_reference",
    "tool_search_tool_result",
    "web_fetch_tool_result",
    "web_search_tool_result",
];

/// Why an answer ends, from Anthropic's word for it. A word from the future ends the answer like `end_turn`, and
/// whatever ends it properly after calls waits for their results.
fn finish_of(stop_reason: Option<Value<'_, '_>>, calls: bool) -> Finish {
    const ROWS: &[(&str, Finish)] = &[
        ("end_turn", Finish::Stop),
        ("stop_sequence", Finish::Stop),
        ("tool_use", Finish::ToolCalls),
        ("max_tokens", Finish::Length),
        ("model_context_window_exceeded", Finish::Length),
        ("pause_turn", Finish::Length),
        ("compaction", Finish::Length),
        ("refusal", Finish::ContentFilter),
    ];
    let row = stop_reason.and_then(|reason| ROWS.iter().find(|(word, _)| reason.is(word)));
    settle(row.map_or(Finish::Stop, |(_, finish)| *finish), calls)
}

/// A stop after calls is a wait for their results, whatever the provider calls it.
fn settle(finish: Finish, calls: bool) -> Finish {
    if finish == Finish::Stop && calls { Finish::ToolCalls } else { finish }
}

/// Anthropic's word for why an answer ends.
fn stop_reason_of(finish: Finish, stop_sequence: bool) -> &'static str {
    match finish {
        Finish::Stop if stop_sequence => "stop_sequence",
        Finish::Stop => "end_turn",
        Finish::Length => "max_tokens",
        Finish::ToolCalls => "tool_use",
        Finish::ContentFilter => "refusal",
    }
}

/// Token counts as Anthropic tells them: the cache apart from the input. On a stream each event replaces what it names
/// and leaves the rest.
#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    input: u64,
    cache_read: u64,
    cache_write: u64,
    cache_write_1h: u64,
    output: u64,
    thinking: u64,
    seen: bool,
}

impl Counts {
    fn read(&mut self, usage: Value<'_, '_>) {
        for (key, value) in usage.members() {
            let slot = match key.raw() {
                "input_tokens" => &mut self.input,
                "cache_read_input_tokens" => &mut self.cache_read,
                "cache_creation_input_tokens" => &mut self.cache_write,
                "output_tokens" => &mut self.output,
                "cache_creation" => {
                    let hour = value.get("ephemeral_1h_input_tokens").and_then(Value::u64);
                    self.cache_write_1h = hour.unwrap_or(self.cache_write_1h);
                    continue;
                }
                "output_tokens_details" => {
                    self.thinking = value.get("thinking_tokens").and_then(Value::u64).unwrap_or(self.thinking);
                    continue;
                }
                _ => continue,
            };
            if let Some(count) = value.u64() {
                *slot = count;
                self.seen = true;
            }
        }
    }

    fn usage(&self) -> Option<Usage> {
        self.seen.then(|| Usage {
            input: self.input.saturating_add(self.cache_read).saturating_add(self.cache_write),
            output: self.output,
            cache_read: self.cache_read,
            cache_write: self.cache_write,
            cache_write_1h: self.cache_write_1h,
            reasoning: self.thinking,
            ..Usage::default()
        })
    }
}

/// Writes a usage object's value.
fn write_usage(out: &mut Writer, usage: &Usage, service_tier: Option<&str>) {
    let fresh = usage.input.saturating_sub(usage.cache_read).saturating_sub(usage.cache_write);
    out.open();
    out.key("input_tokens").number(fresh);
    out.key("cache_creation_input_tokens").number(usage.cache_write);
    out.key("cache_read_input_tokens").number(usage.cache_read);
    let hour = usage.cache_write_1h.min(usage.cache_write);
    if hour > 0 {
        out.key("cache_creation").open().key("ephemeral_5m_input_tokens").number(usage.cache_write - hour);
        out.key("ephemeral_1h_input_tokens").number(hour).close();
    }
    out.key("output_tokens").number(usage.output);
    if usage.reasoning > 0 {
        out.key("output_tokens_details").open().key("thinking_tokens").number(usage.reasoning).close();
    }
    if let Some(tier) = service_tier {
        out.key("service_tier").string(tier);
    }
    out.close();
}

#[cfg(test)]
mod tests;
