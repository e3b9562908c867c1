//! Ollama's own chat (`/api/chat`), as a client surface and as a provider: streams are lines of JSON, and a body that does
//! not say otherwise asks for one.
//!
//! What is its own: a message's content is one string, its pictures are bare base64 beside it, arguments are objects, a
//! call may have no id and its result then goes by the tool's name, and all sampling numbers stand in `options`, with
//! many that only a server of one's own has (`num_ctx`); those travel on their own under `options.<name>`.

mod answer;
mod fields;
mod read;
mod stream_in;
mod stream_out;
#[cfg(test)]
mod tests;
mod text;
mod time;
mod write;

use super::rules::Field;
use super::{Ask, Format, Loss, Step, StreamReader, StreamWriter, Target, TextKind, openai};
use crate::chat::{Answer, ApiError, Request, Told, Usage};
use crate::http::Headers;
use crate::wire::frame::Framing;
use crate::wire::json::{Doc, Edits, Writer, escape};

/// The format.
#[derive(Debug)]
pub struct OllamaChat;

impl Format for OllamaChat {
    fn name(&self) -> &'static str {
        "ollama_chat"
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
        answer::read_usage(Doc::parse(body).ok()?.root())
    }

    fn framing(&self) -> Framing {
        Framing::NdJson
    }

    fn stream_reader(&self) -> Box<dyn StreamReader> {
        Box::new(stream_in::Reader::default())
    }

    fn stream_writer(&self, ask: &Ask) -> Box<dyn StreamWriter> {
        Box::new(stream_out::LineWriter::new(ask))
    }

    fn read_error(&self, status: u16, headers: &Headers, body: &[u8]) -> ApiError {
        openai::error::read(status, headers, body)
    }

    fn write_error(&self, error: &ApiError) -> Vec<u8> {
        let mut writer = Writer::with_capacity(64 + error.message.len());
        write_error(error, &mut writer);
        writer.out
    }

    fn text_at(&self, path: &[Step<'_>]) -> TextKind {
        text::text_at(path)
    }
}

/// `{"error":"..."}`, alone or as a stream's last line. There is no place for the field's path, so it goes in front of the
/// sentence.
fn write_error(error: &ApiError, writer: &mut Writer) {
    writer.open().key("error");
    match &error.param {
        Some(param) if !error.message.contains(param.as_str()) => {
            writer.string(&format!("{param}: {}", error.message));
        }
        _ => {
            writer.string(&error.message);
        }
    }
    writer.close();
}
