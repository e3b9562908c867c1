//! Cohere's v2 chat (`/v2/chat`), as a client surface and as a provider.
//!
//! Near OpenAI's shape in what is asked: messages with roles, functions as tools. What is its own: no choice of a tool but
//! any or none, a plan of the model's beside its calls (`tool_plan`, read as reasoning), documents that an answer cites
//! by the characters that rest on them, and a stream of named events that ends with `message-end`.

mod answer;
mod content;
mod error;
mod fields;
mod read;
mod stream_in;
mod stream_out;
#[cfg(test)]
mod tests;
mod text;
mod usage;
mod write;

use super::rules::Field;
use super::{Ask, Format, Loss, Step, StreamReader, StreamWriter, Target, TextKind};
use crate::chat::{Answer, ApiError, Finish, Request, Told, Usage};
use crate::http::Headers;
use crate::wire::json::{Doc, Edits, Kind, Text, Value, escape};
use crate::wire::shallow;

/// The format.
#[derive(Debug)]
pub struct CohereChat;

impl Format for CohereChat {
    fn name(&self) -> &'static str {
        "cohere_chat"
    }

    fn fields(&self) -> &'static [Field] {
        fields::FIELDS
    }

    fn cannot_tell(&self) -> &'static [Told] {
        fields::CANNOT_TELL
    }

    fn read_request<'a>(&self, doc: &Doc<'a>) -> Result<Request<'a>, ApiError> {
        read::read(doc)
    }

    fn write_request(&self, request: &Request<'_>, target: &Target<'_>, loss: &mut Loss) -> Result<Vec<u8>, ApiError> {
        write::write(request, target, loss)
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
        answer::read(doc)
    }

    fn write_answer(&self, answer: &Answer<'_>, ask: &Ask) -> Vec<u8> {
        answer::write(answer, ask)
    }

    fn answer_usage(&self, body: &[u8]) -> Option<Usage> {
        let found = Doc::parse(shallow::root_member(body, "usage")?).ok()?;
        usage::read(found.root())
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

    fn is_error(&self, body: Value<'_, '_>) -> bool {
        error::is_error(body)
    }

    fn write_error(&self, error: &ApiError) -> Vec<u8> {
        error::write(error)
    }

    fn text_at(&self, path: &[Step<'_>]) -> TextKind {
        text::text_at(path)
    }
}

/// Why an answer ends, by Cohere's word. The last two are v1's, and `ERROR_TOXIC` is what a client is told of an answer
/// that another provider's filter stopped: v2 has no word for it.
const FINISHES: &[(&str, Finish)] = &[
    ("COMPLETE", Finish::Stop),
    ("MAX_TOKENS", Finish::Length),
    ("TOOL_CALL", Finish::ToolCalls),
    ("ERROR_TOXIC", Finish::ContentFilter),
    ("STOP_SEQUENCE", Finish::Stop),
    ("ERROR_LIMIT", Finish::Length),
];

/// Words for an answer that is none, with their statuses. What was said before is not the answer, and a client that
/// took it for one would go on with half of it.
const FAILURES: &[(&str, u16)] = &[("ERROR", 502), ("TIMEOUT", 504), ("USER_CANCEL", 502)];

/// Why an answer ends; an error if it failed, with `said` as the provider's own words. A word from the future ends the
/// answer like `COMPLETE`, and a stop after calls waits for their results.
fn finish_of(word: Option<&Text<'_>>, called: bool, said: Option<String>) -> Result<Finish, ApiError> {
    let is = |known: &str| word.is_some_and(|word| word.is(known));
    let failure = FAILURES.iter().find(|(known, _)| is(known));
    if failure.is_some() || said.is_some() {
        let (word, status) = failure.copied().unwrap_or(("ERROR", 502));
        let said = said.unwrap_or_else(|| format!("the provider ended its answer with {word}"));
        return Err(ApiError::provider(status, Some(word.to_owned()), said));
    }
    let found = FINISHES.iter().find(|(known, _)| is(known)).map_or(Finish::Stop, |(_, finish)| *finish);
    Ok(if called && found == Finish::Stop { Finish::ToolCalls } else { found })
}

/// Cohere's word for why an answer ends.
fn finish_word(finish: Finish, stop_sequence: bool) -> &'static str {
    if finish == Finish::Stop && stop_sequence {
        return "STOP_SEQUENCE";
    }
    FINISHES.iter().find(|(_, known)| *known == finish).map_or("COMPLETE", |(word, _)| word)
}

/// The error of a stream or an answer in the provider's own words, if it says any.
fn words_of(error: Option<Value<'_, '_>>) -> Option<String> {
    let error = error?;
    let text = match error.kind() {
        Kind::Object => error.get("message").and_then(Value::text),
        _ => error.text(),
    };
    text.filter(|text| !text.is_empty()).map(|text| text.decode().into_owned())
}
