//! Google's Gemini (`generateContent`, `streamGenerateContent`), as a client surface and as a provider, on the Gemini API
//! and on Vertex.
//!
//! The path names the model and says whether a stream is wanted. `read` reads what a client asks, `write` writes what any
//! client asked for Gemini; `answer`, `stream_in` and `stream_out` do the same for what comes back. `parts` reads the
//! pieces that turns and answers are made of, `schema` turns one dialect of schemas into another, `sources` holds
//! grounding and citations, `usage` the counts, `error` the errors, `model` what differs between generations of Gemini,
//! `names` what protocol buffers do to names and bytes, and `text` which strings of a body a policy may look at.

mod answer;
mod error;
mod fields;
mod model;
mod names;
mod parts;
mod read;
mod schema;
mod sources;
mod stream_in;
mod stream_out;
mod text;
mod time;
mod usage;
mod write;

use super::rules::Field;
use super::{Ask, Format, Loss, Step, StreamReader, StreamWriter, Target, TextKind};
use crate::chat::{Answer, ApiError, Finish, Request, Told, Usage};
use crate::http::Headers;
use crate::wire::frame::Framing;
use crate::wire::json::{Doc, Edits, Text, Writer};

/// The format.
#[derive(Debug)]
pub struct Gemini;

impl Format for Gemini {
    fn name(&self) -> &'static str {
        "gemini"
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

    fn own_path(&self, path: &str) -> String {
        let Some(rest) = path.strip_prefix("messages") else { return path.to_owned() };
        match rest.split_once('.') {
            Some((turn, rest)) if rest.starts_with("content[") => {
                format!("contents{turn}.{}", rest.replacen("content", "parts", 1))
            }
            // Calls and results are parts here.
            Some((turn, _)) => format!("contents{turn}.parts"),
            None => format!("contents{rest}"),
        }
    }

    fn indispensable(&self) -> &'static [&'static str] {
        // A prompt that is stored at Google's, and answers that are no text or no JSON.
        &["cachedContent", "generationConfig.responseModalities", "generationConfig.responseMimeType"]
    }

    fn write_request(&self, request: &Request<'_>, target: &Target<'_>, loss: &mut Loss) -> Result<Vec<u8>, ApiError> {
        write::write(request, target, loss)
    }

    /// The path names the model; only a count of tokens may name it again, inside the request it is about.
    fn retarget(&self, doc: &Doc<'_>, target: &Target<'_>, edits: &mut Edits) {
        let request = names::get(doc.root(), "generateContentRequest");
        if let Some(named) = request.and_then(|request| request.get("model")) {
            let mut name = Writer::default();
            name.string(&format!("models/{}", target.model.strip_prefix("models/").unwrap_or(target.model)));
            edits.replace(named.span(), name.out);
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
        usage::read(names::get(doc.root(), "usageMetadata")?)
    }

    /// Without `alt=sse` a stream is one JSON array, as Google's REST has it.
    fn client_framing(&self, path: &str) -> Framing {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let events = query.split('&').any(|pair| matches!(pair, "alt=sse" | "%24alt=sse" | "$alt=sse"));
        if path.ends_with(":streamGenerateContent") && !events { Framing::JsonArray } else { Framing::Sse }
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

    fn write_count(&self, tokens: u64) -> Vec<u8> {
        format!(r#"{{"totalTokens":{tokens}}}"#).into_bytes()
    }

    fn write_error(&self, error: &ApiError) -> Vec<u8> {
        error::write(error)
    }

    fn text_at(&self, path: &[Step<'_>]) -> TextKind {
        text::text_at(path)
    }
}

/// What a word for the end means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ending {
    Is(Finish),
    /// It says that the answer failed, and nothing was said: an error.
    Failed,
}

/// Why an answer ends, from Google's word for it. `said`: it has a text, a call or a picture. A word from the future is a
/// stop, and a stop after calls waits for their results.
fn ending(word: Option<&Text<'_>>, said: bool, calls: bool) -> Ending {
    const STOPPED: Ending = Ending::Is(Finish::Stop);
    const CUT: Ending = Ending::Is(Finish::Length);
    const REFUSED: Ending = Ending::Is(Finish::ContentFilter);
    const ROWS: &[(&str, Ending)] = &[
        ("STOP", STOPPED),
        ("MAX_TOKENS", CUT),
        ("CONTINUATION", CUT),
        ("SAFETY", REFUSED),
        ("RECITATION", REFUSED),
        ("LANGUAGE", REFUSED),
        ("BLOCKLIST", REFUSED),
        ("PROHIBITED_CONTENT", REFUSED),
        ("SPII", REFUSED),
        ("MODEL_ARMOR", REFUSED),
        ("ESCALATION", REFUSED),
        ("PUP_LIMITED_DISABLED", REFUSED),
        ("IMAGE_SAFETY", REFUSED),
        ("IMAGE_PROHIBITED_CONTENT", REFUSED),
        ("IMAGE_RECITATION", REFUSED),
        ("IMAGE_OTHER", REFUSED),
        ("NO_IMAGE", REFUSED),
        ("MALFORMED_FUNCTION_CALL", Ending::Failed),
        ("UNEXPECTED_TOOL_CALL", Ending::Failed),
        ("TOO_MANY_TOOL_CALLS", Ending::Failed),
        ("MISSING_THOUGHT_SIGNATURE", Ending::Failed),
        ("MALFORMED_RESPONSE", Ending::Failed),
    ];
    let row = word.and_then(|word| ROWS.iter().find(|(known, _)| word.is(known)));
    match row.map_or(STOPPED, |(_, ending)| *ending) {
        // It says nothing of why; with nothing said it is no stop.
        STOPPED if !said && word.is_some_and(|word| word.is("OTHER")) => REFUSED,
        Ending::Failed if !said => Ending::Failed,
        STOPPED | Ending::Failed if calls => Ending::Is(Finish::ToolCalls),
        Ending::Failed => STOPPED,
        ending => ending,
    }
}

/// Google's word for an end.
fn finish_word(finish: Finish) -> &'static str {
    match finish {
        Finish::Stop | Finish::ToolCalls => "STOP",
        Finish::Length => "MAX_TOKENS",
        Finish::ContentFilter => "SAFETY",
    }
}

#[cfg(test)]
mod tests;
