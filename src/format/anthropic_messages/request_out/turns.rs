//! The turns of a request for Claude: what opens one, and every kind of block.

use base64::Engine;

use super::{Body, shown};
use crate::chat::{ApiError, Media, MediaKind, MediaSource, Origin, Part, Role, ToolCall};
use crate::format::anthropic_messages::OWN_BLOCKS;
use crate::format::turns::{self, is_blank, is_system, is_written, merged};
use crate::wire::json::Text;

/// Where a part stands: which of the request's messages, which part of it, and which part of that where it is a result.
#[derive(Clone, Copy)]
struct Place {
    message: usize,
    at: usize,
    inner: Option<usize>,
}

impl Body<'_, '_> {
    /// All system and developer turns, in order, wherever they stand.
    pub(super) fn system(&mut self) -> Result<(), ApiError> {
        let request = self.request;
        let mut any = false;
        for message in request.messages.iter().filter(|message| is_system(message.role)) {
            for (at, part) in message.parts.iter().enumerate() {
                match part {
                    Part::Text { text, .. } if is_blank(text) => {}
                    Part::Text { text, cache } => {
                        if !any {
                            self.out.key("system").open_array();
                            any = true;
                        }
                        self.text_block(text, *cache);
                    }
                    _ => {
                        let what = "this model takes only text in system turns";
                        return Err(ApiError::unsupported(format!("messages[{}].content[{at}]", message.at), what));
                    }
                }
            }
        }
        if any {
            self.out.close_array();
        }
        Ok(())
    }

    pub(super) fn turns(&mut self) -> Result<(), ApiError> {
        let request = self.request;
        let turns = merged(&request.messages);
        if turns.is_empty() {
            let what = "this model needs at least one user turn that is not blank";
            return Err(ApiError::unsupported("messages", what));
        }
        self.out.key("messages").open_array();
        for (index, turn) in turns.iter().enumerate() {
            let last = index + 1 == turns.len();
            let messages = request.messages.get(turn.messages.clone()).unwrap_or_default();
            let said = || {
                let spoken = messages.iter().enumerate().filter(|(_, message)| !is_system(message.role));
                spoken.flat_map(|(offset, message)| {
                    let parts = message.parts.iter().enumerate();
                    parts
                        .filter(|(_, part)| is_written(part, turn.role))
                        .map(move |(at, part)| (turn.messages.start + offset, at, part))
                })
            };
            for message in messages.iter().filter(|message| !is_system(message.role)) {
                for part in message.parts.iter().filter(|part| !is_written(part, turn.role)) {
                    match part {
                        Part::Thinking { text, .. } if text.is_empty() => {
                            self.loss.note("messages[].content[].signature");
                        }
                        Part::Thinking { .. } => self.loss.note("messages[].content[].thinking"),
                        _ => {}
                    }
                }
            }
            self.out.open();
            self.out.key("role").string(if turn.role == Role::Assistant { "assistant" } else { "user" });
            self.out.key("content");
            let mut alone = said();
            if let (Some((_, _, Part::Text { text, cache: None })), None) = (alone.next(), alone.next()) {
                self.plain_text(text, last && turn.role == Role::Assistant);
                self.out.close();
                continue;
            }
            self.out.open_array();
            let results = |part: &Part<'_>| matches!(part, Part::ToolResult { .. });
            for (message, at, part) in said().filter(|(.., part)| results(part)) {
                self.part(Place { message, at, inner: None }, part)?;
            }
            for (message, at, part) in said().filter(|(.., part)| !results(part)) {
                self.part(Place { message, at, inner: None }, part)?;
            }
            self.out.close_array().close();
        }
        self.out.close_array();
        Ok(())
    }

    /// A turn of one text. The beginning of the answer (a last turn of the assistant's) may not end in white space.
    fn plain_text(&mut self, text: &Text<'_>, prefill: bool) {
        if prefill && text.decode().ends_with(char::is_whitespace) {
            self.out.string(text.decode().trim_end());
        } else {
            self.out.text(text);
        }
    }

    fn text_block(&mut self, text: &Text<'_>, cache: Option<&str>) {
        self.out.open().key("type").string("text").key("text").text(text);
        self.cache(cache);
        self.out.close();
    }

    /// What the client calls a place.
    fn path(&self, Place { message, at, inner }: Place) -> String {
        let message = self.request.messages.get(message);
        let (turn, flat) = message.map_or((0, false), |message| (message.at, message.role == Role::Tool));
        match inner {
            None => format!("messages[{turn}].content[{at}]"),
            // A turn of that role is the result; in the person's own it is one of its parts.
            Some(inner) if flat => format!("messages[{turn}].content[{inner}]"),
            Some(inner) => format!("messages[{turn}].content[{at}].content[{inner}]"),
        }
    }

    fn part(&mut self, place: Place, part: &Part<'_>) -> Result<(), ApiError> {
        match part {
            Part::Text { text, cache } => self.text_block(text, *cache),
            Part::Refusal(text) => self.text_block(text, None),
            Part::Media(media) => self.media(place, media)?,
            Part::Thinking { text, signature } => {
                self.out.open().key("type").string("thinking").key("thinking").text(text);
                if let Some(value) = signature.as_ref().and_then(|it| it.of(Origin::Anthropic)) {
                    self.out.key("signature").text(value);
                }
                self.out.close();
            }
            Part::RedactedThinking(data) => {
                self.out.open().key("type").string("redacted_thinking").key("data").text(data).close();
            }
            Part::ToolCall(call) => self.tool_call(place, call)?,
            // Not written; see `is_written`.
            Part::Citation(_) => {}
            Part::ToolResult { id, is_error, parts, cache } => {
                self.out.open().key("type").string("tool_result");
                self.out.key("tool_use_id");
                self.call_id(id);
                self.tool_output(place, parts)?;
                if *is_error == Some(true) {
                    self.out.key("is_error").bool(true);
                }
                self.cache(*cache);
                self.out.close();
            }
            Part::Other { kind, raw } if OWN_BLOCKS.iter().any(|own| kind.is(own)) => {
                self.out.raw(raw);
            }
            Part::Other { kind, .. } => {
                let what = format!("this model takes no content of the type `{}`", shown(kind));
                return Err(ApiError::unsupported(self.path(place), what));
            }
        }
        Ok(())
    }

    fn tool_output(&mut self, place: Place, parts: &[Part<'_>]) -> Result<(), ApiError> {
        let mut said = parts.iter().filter(|part| is_written(part, Role::User));
        match (said.next(), said.next()) {
            (None, _) => {}
            (Some(Part::Text { text, cache: None }), None) => {
                self.out.key("content").text(text);
            }
            _ => {
                self.out.key("content").open_array();
                for (inner, part) in parts.iter().enumerate().filter(|(_, part)| is_written(part, Role::User)) {
                    self.part(Place { inner: Some(inner), ..place }, part)?;
                }
                self.out.close_array();
            }
        }
        Ok(())
    }

    fn tool_call(&mut self, place: Place, call: &ToolCall<'_>) -> Result<(), ApiError> {
        self.out.open().key("type").string("tool_use");
        self.out.key("id");
        self.call_id(&call.id);
        self.out.key("name").text(&call.name);
        self.out.key("input");
        let Some(input) = turns::object_of(&call.arguments) else {
            // Arguments that are no object come from formats that have them in a string.
            let message = self.request.messages.get(place.message);
            let parts = message.map_or(&[][..], |message| &message.parts);
            let calls = parts.iter().take(place.at).filter(|part| matches!(part, Part::ToolCall(_))).count();
            let turn = message.map_or(0, |message| message.at);
            let path = format!("messages[{turn}].tool_calls[{calls}].function.arguments");
            let what = format!("{path} must be a JSON object");
            return Err(ApiError::invalid_request(path, what));
        };
        self.out.raw(&input);
        self.cache(call.cache);
        self.out.close();
        Ok(())
    }

    /// An id of letters, digits, `_` and `-`, which is all Anthropic takes; of any length.
    fn call_id(&mut self, id: &Text<'_>) {
        let fits = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        match turns::fitting_id(id, usize::MAX, fits) {
            None => self.out.text(id),
            Some(made) => self.out.string(&made),
        };
    }

    fn media(&mut self, place: Place, media: &Media<'_>) -> Result<(), ApiError> {
        let kind = match (media.kind, &media.source) {
            (MediaKind::Audio | MediaKind::Video, _) => {
                return Err(ApiError::unsupported(self.path(place), "this model takes neither audio nor video"));
            }
            (MediaKind::Image, _) => "image",
            // A picture sent as a file is a picture.
            (MediaKind::File, MediaSource::Data { media_type, .. }) if media_type.raw().starts_with("image/") => {
                "image"
            }
            (MediaKind::File, _) => "document",
        };
        self.out.open().key("type").string(kind);
        self.out.key("source").open();
        match &media.source {
            MediaSource::Data { media_type, data } if kind == "image" => {
                self.out.key("type").string("base64").key("media_type");
                // The wrong name is common, and refused.
                if media_type.is("image/jpg") {
                    self.out.string("image/jpeg")
                } else {
                    self.out.text(media_type)
                };
                self.out.key("data").text(data);
            }
            MediaSource::Data { media_type, data } if media_type.is("application/pdf") => {
                self.out.key("type").string("base64").key("media_type").text(media_type).key("data").text(data);
            }
            MediaSource::Data { media_type, data } if media_type.raw().starts_with("text/") => {
                let bytes = base64::engine::general_purpose::STANDARD.decode(data.decode().as_bytes());
                let Some(text) = bytes.ok().and_then(|bytes| String::from_utf8(bytes).ok()) else {
                    return Err(ApiError::invalid_request(self.path(place), "the file is not UTF-8 text in base64"));
                };
                self.out.key("type").string("text").key("media_type").string("text/plain").key("data").string(&text);
            }
            MediaSource::Data { media_type, .. } => {
                let what = format!("this model reads PDF and plain text, not `{}`", shown(media_type));
                return Err(ApiError::unsupported(self.path(place), what));
            }
            MediaSource::Url(url) => {
                self.out.key("type").string("url").key("url").text(url);
            }
            MediaSource::FileId(id) => {
                self.out.key("type").string("file").key("file_id").text(id);
            }
        }
        self.out.close();
        if let Some(title) = media.filename.as_ref().filter(|_| kind == "document") {
            self.out.key("title").text(title);
        }
        self.cache(media.cache);
        self.out.close();
        Ok(())
    }
}
