//! The turns of a request for Converse: what opens one, and every kind of block.

use super::{Body, MAX_NAME_CHARS, shown};
use crate::chat::{ApiError, Media, MediaKind, MediaSource, Message, Origin, Part, Role, ToolCall};
use crate::format::bedrock_converse::answer::write_redacted;
use crate::format::bedrock_converse::{OWN_BLOCKS, media};
use crate::format::turns::{self, is_blank, is_system, is_written, merged};
use crate::wire::json::Text;

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
                        self.out.open().key("text").text(text).close();
                        self.cache_point(*cache);
                    }
                    _ => {
                        let what = "this model takes only text in system turns";
                        return Err(ApiError::unsupported(place(message, at), what));
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
            let prefill = index + 1 == turns.len() && turn.role == Role::Assistant;
            let messages = request.messages.get(turn.messages.clone()).unwrap_or_default();
            let said = || {
                let spoken = messages.iter().filter(|message| !is_system(message.role));
                spoken.flat_map(|message| {
                    let parts = message.parts.iter().enumerate();
                    parts.filter(|(_, part)| is_written(part, turn.role)).map(move |(at, part)| (message, at, part))
                })
            };
            for message in messages.iter().filter(|message| !is_system(message.role)) {
                for part in message.parts.iter().filter(|part| !is_written(part, turn.role)) {
                    if let Part::Thinking { text, .. } = part {
                        let lost = if text.is_empty() { "signature" } else { "text" };
                        self.loss.note(&format!("messages[].content[].reasoningContent.reasoningText.{lost}"));
                    }
                }
            }
            self.out.open();
            self.out.key("role").string(if turn.role == Role::Assistant { "assistant" } else { "user" });
            self.out.key("content").open_array();
            let results = |part: &Part<'_>| matches!(part, Part::ToolResult { .. });
            for (message, at, part) in said().filter(|(.., part)| results(part)) {
                self.part(message, at, part)?;
            }
            let mut rest = said().filter(|(.., part)| !results(part)).peekable();
            while let Some((message, at, part)) = rest.next() {
                match part {
                    // The beginning of the answer may not end in white space.
                    Part::Text { text, cache: None } if prefill && rest.peek().is_none() => {
                        self.out.open().key("text").string(text.decode().trim_end()).close();
                    }
                    _ => self.part(message, at, part)?,
                }
            }
            self.out.close_array().close();
        }
        self.out.close_array();
        Ok(())
    }

    fn part(&mut self, message: &Message<'_>, at: usize, part: &Part<'_>) -> Result<(), ApiError> {
        match part {
            Part::Text { text, cache } => {
                self.out.open().key("text").text(text).close();
                self.cache_point(*cache);
            }
            Part::Refusal(text) => {
                self.out.open().key("text").text(text).close();
            }
            Part::Media(media) => {
                self.media(message, at, media)?;
                self.cache_point(media.cache);
            }
            Part::Thinking { text, signature } => {
                self.out.open().key("reasoningContent").open().key("reasoningText").open().key("text").text(text);
                if let Some(value) = signature.as_ref().and_then(|it| it.of(Origin::Anthropic)) {
                    self.out.key("signature").text(value);
                }
                self.out.close().close().close();
            }
            Part::RedactedThinking(data) => {
                self.out.open().key("reasoningContent").open();
                write_redacted(&mut self.out, data);
                self.out.close().close();
            }
            Part::ToolCall(call) => self.tool_call(message, at, call)?,
            // Not written; see `is_written`.
            Part::Citation(_) => {}
            Part::ToolResult { id, is_error, parts, cache } => {
                self.out.open().key("toolResult").open().key("toolUseId");
                self.call_id(id);
                self.out.key("content").open_array();
                // Inside a result there are no cache points: a mark there counts for the whole.
                let mut mark = *cache;
                for part in parts.iter().filter(|part| is_written(part, Role::User)) {
                    mark = mark.or(self.tool_output(message, at, part)?);
                }
                self.out.close_array();
                if *is_error == Some(true) {
                    self.out.key("status").string("error");
                }
                self.out.close().close();
                self.cache_point(mark);
            }
            Part::Other { kind, raw } if OWN_BLOCKS.iter().any(|own| kind.is(own)) => {
                self.out.raw(raw);
            }
            Part::Other { kind, .. } => {
                let what = format!("this model takes no content of the type `{}`", shown(kind));
                return Err(ApiError::unsupported(place(message, at), what));
            }
        }
        Ok(())
    }

    /// One piece of what a tool said; gives back its cache mark.
    fn tool_output<'p>(
        &mut self,
        message: &Message<'_>,
        at: usize,
        part: &'p Part<'_>,
    ) -> Result<Option<&'p str>, ApiError> {
        match part {
            Part::Text { text, cache } => {
                self.out.open().key("text").text(text).close();
                Ok(*cache)
            }
            Part::Media(media) if media.kind == MediaKind::Audio => {
                Err(ApiError::unsupported(place(message, at), "this model takes no sound in a tool's result"))
            }
            Part::Media(media) => {
                self.media(message, at, media)?;
                Ok(media.cache)
            }
            Part::Refusal(text) => {
                self.out.open().key("text").text(text).close();
                Ok(None)
            }
            Part::Other { kind, raw } if kind.is("searchResult") => {
                self.out.raw(raw);
                Ok(None)
            }
            _ => Err(ApiError::unsupported(place(message, at), "this model takes no such thing in a tool's result")),
        }
    }

    fn tool_call(&mut self, message: &Message<'_>, at: usize, call: &ToolCall<'_>) -> Result<(), ApiError> {
        let path = |field: &str| {
            let calls = message.parts.iter().take(at).filter(|part| matches!(part, Part::ToolCall(_))).count();
            format!("messages[{}].tool_calls[{calls}].function.{field}", message.at)
        };
        self.check_name(&call.name, || path("name"))?;
        self.out.open().key("toolUse").open().key("toolUseId");
        self.call_id(&call.id);
        self.out.key("name").text(&call.name).key("input");
        let Some(input) = turns::object_of(&call.arguments) else {
            let path = path("arguments");
            let what = format!("{path} must be a JSON object");
            return Err(ApiError::invalid_request(path, what));
        };
        self.out.raw(&input).close().close();
        self.cache_point(call.cache);
        Ok(())
    }

    fn call_id(&mut self, id: &Text<'_>) {
        let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | ':' | '-');
        match turns::fitting_id(id, MAX_NAME_CHARS, fits) {
            None => self.out.text(id),
            Some(made) => self.out.string(&made),
        };
    }

    fn media(&mut self, message: &Message<'_>, at: usize, media: &Media<'_>) -> Result<(), ApiError> {
        let refused = |what: String| Err(ApiError::unsupported(place(message, at), what));
        let found = match &media.source {
            MediaSource::Data { media_type, .. } => media::format_of(media.kind, &media_type.decode()),
            MediaSource::Url(address) if address.raw().starts_with("s3://") => {
                media::format_of_file(media.kind, &address.decode())
            }
            MediaSource::Url(_) => {
                return refused("Bedrock fetches nothing: give the bytes, or an address in s3".to_owned());
            }
            MediaSource::FileId(_) => return refused("Bedrock has no store of files: give the bytes".to_owned()),
        };
        let Some((kind, format)) = found else {
            return match &media.source {
                MediaSource::Data { media_type, .. } => refused(format!(
                    "Bedrock has no {} of the type `{}`",
                    media::block_of(media.kind),
                    shown(media_type)
                )),
                _ => refused("the name of the file does not tell what it is".to_owned()),
            };
        };
        if let MediaSource::Data { data, .. } = &media.source
            && !media::is_base64(&data.decode())
        {
            let path = place(message, at);
            let what = format!("{path}: the {} is not in base64", media::block_of(kind));
            return Err(ApiError::invalid_request(path, what));
        }
        self.out.open().key(media::block_of(kind)).open().key("format").string(format);
        if kind == MediaKind::File {
            let name = media.filename.as_ref().map(Text::decode).unwrap_or_default();
            let name = self.names.next(&name);
            self.out.key("name").string(&name);
        }
        self.out.key("source").open();
        match &media.source {
            MediaSource::Data { data, .. } => {
                self.out.key("bytes").text(data);
            }
            MediaSource::Url(place) | MediaSource::FileId(place) => {
                self.out.key("s3Location").open().key("uri").text(place).close();
            }
        }
        self.out.close().close().close();
        Ok(())
    }
}

/// Where a part stands, in the client's list.
fn place(message: &Message<'_>, at: usize) -> String {
    format!("messages[{}].content[{at}]", message.at)
}
