//! OpenAI's older completions: a text that the model goes on with. Providers that still have them are sent the client's
//! own bytes; for all others a prompt is one user turn, and what the model says is the text that follows.
//!
//! What a chat turn cannot do is refused there: a list of prompts, token ids, a text after the gap (`suffix`), the prompt
//! repeated (`echo`), the best of several (`best_of`), and log probabilities. `max_tokens` is 16 where the client says
//! nothing, as OpenAI has it.

mod answer;
mod request;
mod stream;
#[cfg(test)]
mod tests;

use super::openai::{Row, error, look_up, opaque, usage};
use super::rules::{Field, Rule, row};
use super::{Ask, Format, Loss, Step, StreamReader, StreamWriter, Target, TextKind};
use crate::chat::{Answer, ApiError, Feature, Request, Told, Usage};
use crate::http::Headers;
use crate::wire::json::{Doc, Edits};
use crate::wire::shallow;

/// The format.
#[derive(Debug)]
pub struct OpenAiCompletions;

/// How clients say what is also in a chat. No other format's request is ever written in this one.
const FIELDS: &[Field] = &[
    row(Feature::MaxTokens, "max_tokens", Rule::Maps),
    row(Feature::Temperature, "temperature", Rule::Maps),
    row(Feature::TopP, "top_p", Rule::Maps),
    row(Feature::Stop, "stop", Rule::Maps),
    row(Feature::Seed, "seed", Rule::Maps),
    row(Feature::SeveralChoices, "n", Rule::Maps),
    row(Feature::PresencePenalty, "presence_penalty", Rule::Maps),
    row(Feature::FrequencyPenalty, "frequency_penalty", Rule::Maps),
    row(Feature::LogitBias, "logit_bias", Rule::Maps),
    row(Feature::User, "user", Rule::Maps),
];

impl Format for OpenAiCompletions {
    fn name(&self) -> &'static str {
        "openai_completions"
    }

    fn fields(&self) -> &'static [Field] {
        FIELDS
    }

    fn cannot_tell(&self) -> &'static [Told] {
        &[
            Told::Thinking,
            Told::Signature,
            Told::RedactedThinking,
            Told::Citation,
            Told::Logprobs,
            Told::Picture,
            Told::PictureUrl,
            Told::Sound,
            Told::OtherMedia,
            Told::StopSequence,
            Told::ServiceTier,
        ]
    }

    fn read_request<'a>(&self, doc: &Doc<'a>) -> Result<Request<'a>, ApiError> {
        request::read(doc)
    }

    fn only_here(&self, request: &mut Request<'_>, _: &mut Loss) -> Result<(), ApiError> {
        request::only_here(request)
    }

    fn write_request(&self, _: &Request<'_>, _: &Target<'_>, _: &mut Loss) -> Result<Vec<u8>, ApiError> {
        Err(ApiError::internal())
    }

    fn retarget(&self, doc: &Doc<'_>, target: &Target<'_>, edits: &mut Edits) {
        super::openai_chat::OpenAiChat.retarget(doc, target, edits);
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
        const ROWS: &[Row] = &[opaque(&["model"]), opaque(&["seed"])];
        look_up(ROWS, path)
    }
}
