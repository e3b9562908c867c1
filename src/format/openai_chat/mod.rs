//! OpenAI Chat Completions: the shape most clients speak and most providers copy, with what the copies do differently.
//!
//! Reading is strict with clients (a wrong type is a 400 that names the field) and lenient with providers. The same
//! room serves `/v1/embeddings` where nothing has to be translated: the model is spliced, the usage found, errors are
//! the same.
//!
//! Extensions that are read and written: `reasoning_content` for reasoning (read as `reasoning`, too),
//! `thinking_blocks` for reasoning with its signature (LiteLLM's name), `cache_control` on messages, parts and tools
//! (read only), `images` in answers (OpenRouter's name).

mod answer;
mod content;
mod details;
mod fields;
mod logprobs;
mod read;
mod sources;
mod stream;
#[cfg(test)]
mod tests;
mod text;
mod write;

use super::openai::{error, usage};
use super::rules::Field;
use super::{Ask, Format, Loss, Step, StreamReader, StreamWriter, Target, TextKind};
use crate::chat::{Answer, ApiError, Request, Told, Usage};
use crate::http::Headers;
use crate::wire::json::{Doc, Edits};
use crate::wire::shallow;

/// What of a request its answer needs to know ([`Ask::echo`]): that the client speaks of `functions`.
const LEGACY: &str = "functions";

/// The format.
#[derive(Debug)]
pub struct OpenAiChat;

impl Format for OpenAiChat {
    fn name(&self) -> &'static str {
        "openai_chat"
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

    fn indispensable(&self) -> &'static [&'static str] {
        &["modalities"]
    }

    fn write_request(&self, request: &Request<'_>, target: &Target<'_>, loss: &mut Loss) -> Result<Vec<u8>, ApiError> {
        write::write(request, target, loss)
    }

    fn retarget(&self, doc: &Doc<'_>, target: &Target<'_>, edits: &mut Edits) {
        write::retarget(doc, target, edits);
    }

    fn echo(&self, doc: &Doc<'_>) -> String {
        let functions = doc.root().some("functions").is_some_and(|functions| functions.items().next().is_some());
        if functions { LEGACY.to_owned() } else { String::new() }
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

    fn stream_reader(&self) -> Box<dyn StreamReader> {
        Box::new(stream::Reader::default())
    }

    fn stream_writer(&self, ask: &Ask) -> Box<dyn StreamWriter> {
        Box::new(stream::ChunkWriter::new(ask))
    }

    fn read_error(&self, status: u16, headers: &Headers, body: &[u8]) -> ApiError {
        error::read(status, headers, body)
    }

    fn write_error(&self, error: &ApiError) -> Vec<u8> {
        error::write(error)
    }

    fn text_at(&self, path: &[Step<'_>]) -> TextKind {
        text::text_at(path)
    }
}
