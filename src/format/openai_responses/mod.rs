//! OpenAI Responses (`/v1/responses`), as a client surface and as a provider.
//!
//! `read` reads what a client asks, `write` writes what any client asked for a provider; `answer` reads whole answers,
//! `stream_in` streamed ones; `item` writes whole answers and what a stream has of them, `stream_out` streams; `echo` is what an answer repeats of its request, and `text` which strings a policy may look at. This file holds what they share.
//!
//! The API can keep answers and conversations and go on from them. We keep nothing: what needs stored state reaches a
//! provider of this format as it came, and is refused in front of another ([`read::only_here`]). Reasoning travels with
//! the client instead: each reasoning item carries its proof in `encrypted_content`, whoever made it.

mod answer;
mod echo;
mod fields;
mod item;
mod read;
mod stream_in;
mod stream_out;
#[cfg(test)]
mod tests;
mod text;
mod usage;
mod write;

use super::openai::{error, usage as openai_usage};
use super::rules::Field;
use super::{Ask, Format, Loss, Step, StreamReader, StreamWriter, Target, TextKind, field};
use crate::chat::{Answer, ApiError, Origin, Part, Request, Signature, Told, Usage};
use crate::http::Headers;
use crate::wire::json::{Doc, Edits, Text, escape};
use crate::wire::shallow;

/// The format.
pub struct OpenAiResponses;

impl Format for OpenAiResponses {
    fn name(&self) -> &'static str {
        "openai_responses"
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

    fn only_here(&self, request: &mut Request<'_>, loss: &mut Loss) -> Result<(), ApiError> {
        read::only_here(request, loss)
    }

    fn own_path(&self, path: &str) -> String {
        // A call is an item of its own here, and its place among the turns is its own, too.
        match path.strip_prefix("messages[").and_then(|rest| rest.split_once(']')) {
            Some((at, rest)) => match rest.strip_suffix(".function.arguments") {
                Some(_) => format!("input[{at}].arguments"),
                None => format!("input[{at}]{rest}"),
            },
            None => path.to_owned(),
        }
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

    fn echo(&self, doc: &Doc<'_>) -> String {
        echo::of(Some(doc.root()))
    }

    fn read_answer<'a>(&self, doc: &Doc<'a>) -> Result<Answer<'a>, ApiError> {
        answer::read(doc.root())
    }

    fn write_answer(&self, answer: &Answer<'_>, ask: &Ask) -> Vec<u8> {
        item::write_whole(answer, ask)
    }

    fn answer_usage(&self, body: &[u8]) -> Option<Usage> {
        let found = Doc::parse(shallow::root_member(body, "usage")?).ok()?;
        openai_usage::read(found.root())
    }

    fn event_name(&self, data: &[u8]) -> Option<String> {
        let doc = Doc::parse(data).ok()?;
        doc.root().get("type")?.text().map(|kind| kind.decode().into_owned())
    }

    fn stream_reader(&self) -> Box<dyn StreamReader> {
        Box::new(stream_in::Reader::default())
    }

    /// A piece, the text that is complete, its part, its item, the response.
    fn stream_repeats(&self) -> usize {
        5
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
        text::text_at(path)
    }
}

/// Items that the model makes, beside messages, reasoning and calls of the client's functions: calls of tools that run
/// at the provider or have a shape of their own, with the name under which an answer's is reported where nobody else
/// can hold it.
const MODEL_ITEMS: &[(&str, &str)] = &[
    ("apply_patch_call", "output[].apply_patch_call"),
    ("code_interpreter_call", "output[].code_interpreter_call"),
    ("computer_call", "output[].computer_call"),
    ("custom_tool_call", "output[].custom_tool_call"),
    ("file_search_call", "output[].file_search_call"),
    ("image_generation_call", "output[].image_generation_call"),
    ("local_shell_call", "output[].local_shell_call"),
    ("mcp_approval_request", "output[].mcp_approval_request"),
    ("mcp_call", "output[].mcp_call"),
    ("mcp_list_tools", "output[].mcp_list_tools"),
    ("program", "output[].program"),
    ("program_output", "output[].program_output"),
    ("shell_call", "output[].shell_call"),
    ("tool_search_call", "output[].tool_search_call"),
    ("tool_search_output", "output[].tool_search_output"),
    ("web_search_call", "output[].web_search_call"),
];

/// The name of an item of an answer that no other format can hold.
fn unmapped(kind: &Text<'_>) -> &'static str {
    MODEL_ITEMS.iter().find(|(known, _)| kind.is(known)).map_or("output[]", |(_, name)| name)
}

/// Stands before reasoning of another provider that is secret as a whole, in `encrypted_content`.
const REDACTED: &str = "redacted#";

/// A reasoning item as a part; None if it says nothing (what it said is stored at the provider). The texts of a summary
/// and of the reasoning itself are paragraphs of one.
fn read_reasoning<'a>(item: &field::Field<'_, '_, 'a>) -> Result<Option<Part<'a>>, ApiError> {
    let mut texts: Vec<Text<'a>> = Vec::new();
    for list in ["summary", "content"] {
        for part in item.member(list).map(|list| list.array()).transpose()?.iter().flat_map(|list| list.items()) {
            texts.extend(part.object()?.text_of("text")?.filter(|text| !text.is_empty()));
        }
    }
    let text = match texts.len() {
        0 | 1 => texts.pop().unwrap_or_default(),
        _ => Text::from_raw_owned(texts.iter().map(Text::raw).collect::<Vec<_>>().join(PARAGRAPH)),
    };
    let sealed = item.text_of("encrypted_content")?.filter(|sealed| !sealed.is_empty());
    if let Some(data) = sealed.as_ref().and_then(|sealed| sealed.raw().strip_prefix(REDACTED)) {
        return Ok(Some(Part::RedactedThinking(Text::from_raw_owned(data.to_owned()))));
    }
    let signature = sealed.map(|sealed| Signature::unseal(sealed, Origin::OpenAi));
    Ok((!text.is_empty() || signature.is_some()).then_some(Part::Thinking { text, signature }))
}

/// Stands between the parts of a summary, escaped as in a string.
const PARAGRAPH: &str = r"\n\n";
