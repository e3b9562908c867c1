//! The turns of a chat request, out of another format's.

use super::super::details;
use super::media::{refused_media, write_media};
use super::{refused, write_call};
use crate::chat::{ApiError, Media, Message, Origin, Part, Role, ToolCall};
use crate::format::{CacheMarks, Dialect, Loss, Quirks, turns};
use crate::wire::json::{Text, Writer};

/// Writes the turns.
pub(super) struct Turns<'w, 'r, 'a> {
    writer: &'w mut Writer,
    loss: &'w mut Loss,
    developer: bool,
    dialect: &'w Dialect,
    /// Whether the model knows prompt-cache marks.
    marks: bool,
    /// Media out of tool results: a tool message takes only text, so they open the next user turn, after the last of
    /// the results (OpenAI wants all results right after their calls).
    held: Vec<&'r Media<'a>>,
    /// The turn under way, as its client counts.
    turn: u32,
}

impl<'w, 'r, 'a> Turns<'w, 'r, 'a> {
    /// Nothing yet. `marks`: whether the model knows prompt-cache marks.
    pub(super) fn new(quirks: &'w Quirks, marks: bool, writer: &'w mut Writer, loss: &'w mut Loss) -> Self {
        let (developer, dialect) = (quirks.developer_role, &quirks.dialect);
        Self { writer, loss, developer, dialect, marks, held: Vec::new(), turn: 0 }
    }

    pub(super) fn write(mut self, messages: &'r [Message<'a>]) -> Result<(), ApiError> {
        for message in messages {
            self.turn = message.at;
            for (at, part) in message.parts.iter().enumerate() {
                if let Part::ToolResult { id, is_error, parts, cache } = part {
                    // A turn of that role is the result; in the person's own it is one of its parts.
                    let place = if message.role == Role::Tool { String::new() } else { format!(".content[{at}]") };
                    self.result(&place, id, *is_error == Some(true), parts, *cache)?;
                }
            }
            if message.parts.iter().all(|part| matches!(part, Part::ToolResult { .. })) {
                continue;
            }
            match message.role {
                Role::Assistant => {
                    self.flush();
                    self.assistant(message)?;
                }
                Role::User | Role::Tool => self.person("user", message)?,
                Role::System | Role::Developer => {
                    self.flush();
                    let developer = message.role == Role::Developer && self.developer;
                    self.person(if developer { "developer" } else { "system" }, message)?;
                }
            }
        }
        self.flush();
        Ok(())
    }

    /// A tool message: its texts are lines of their own, since they were blocks of their own.
    fn result(
        &mut self,
        place: &str,
        id: &Text<'_>,
        failed: bool,
        parts: &'r [Part<'a>],
        cache: Option<&str>,
    ) -> Result<(), ApiError> {
        self.writer.open();
        self.writer.key("role").raw("\"tool\"").key("tool_call_id").text(&sent_id(id, self.dialect));
        self.writer.key("content");
        let mut mark = cache;
        for part in parts {
            if let Part::Text { cache: Some(marked), .. } = part {
                mark = Some(marked);
            }
        }
        let marked = self.open_marked(mark);
        self.writer.raw("\"");
        // There is no field for it.
        let mut lead = if failed { "Error: " } else { "" };
        for (at, part) in parts.iter().enumerate() {
            match part {
                Part::Text { text, .. } => {
                    self.writer.out.extend_from_slice(lead.as_bytes());
                    self.writer.out.extend_from_slice(text.raw().as_bytes());
                    lead = r"\n";
                }
                Part::Media(media) => {
                    self.check_media(&format!("{place}.content[{at}]"), media)?;
                    self.held.push(media);
                }
                Part::Other { kind, .. } => {
                    let what = format!("{} in a tool result", kind.decode());
                    return Err(self.refused(&format!("{place}.content[{at}]"), &what));
                }
                _ => self.loss.note("messages[].content[].content[]"),
            }
        }
        if failed && lead == "Error: " {
            self.writer.out.extend_from_slice(b"Error");
        }
        self.writer.out.push(b'"');
        self.close_marked(marked);
        self.writer.close();
        Ok(())
    }

    fn refused(&self, place: &str, what: &str) -> ApiError {
        refused(&format!("messages[{}]{place}", self.turn), what)
    }

    /// Whether [`write_media`] can write it.
    fn check_media(&self, place: &str, media: &Media<'_>) -> Result<(), ApiError> {
        match refused_media(media) {
            Some(what) => Err(self.refused(place, &what)),
            None => Ok(()),
        }
    }

    fn flush(&mut self) {
        if self.held.is_empty() {
            return;
        }
        self.writer.open().key("role").raw("\"user\"").key("content").open_array();
        self.write_held();
        self.writer.close_array().close();
    }

    fn write_held(&mut self) {
        for media in std::mem::take(&mut self.held) {
            self.media(media);
        }
    }

    fn media(&mut self, media: &Media<'_>) {
        self.writer.open();
        write_media(media, self.dialect, self.writer);
        self.mark(media.cache);
        self.writer.close();
    }

    fn text(&mut self, text: &Text<'_>, cache: Option<&str>) {
        self.writer.open().key("type").raw("\"text\"").key("text").text(text);
        self.mark(cache);
        self.writer.close();
    }

    /// Opens a list of one text, where the text is to be marked: only a part can be.
    fn open_marked<'m>(&mut self, mark: Option<&'m str>) -> Option<&'m str> {
        if mark.is_some() && !self.marks {
            self.loss.note("messages[].content[].cache_control");
        }
        let mark = mark.filter(|_| self.marks);
        if mark.is_some() {
            self.writer.open_array().open().key("type").raw("\"text\"").key("text");
        }
        mark
    }

    fn close_marked(&mut self, mark: Option<&str>) {
        if mark.is_some() {
            self.mark(mark);
            self.writer.close().close_array();
        }
    }

    /// A mark for the prompt cache, as a member of what it marks.
    fn mark(&mut self, mark: Option<&str>) {
        let Some(mark) = mark else { return };
        match self.dialect.cache_marks {
            _ if !self.marks => self.loss.note("messages[].content[].cache_control"),
            CacheMarks::CacheControl => {
                self.writer.key("cache_control").raw(mark);
            }
            CacheMarks::Breakpoint => {
                self.writer.key("prompt_cache_breakpoint").open().key("mode").string("explicit");
                // Anthropic's hour is more than the shorter of OpenAI's two.
                if mark.contains("\"1h\"") {
                    self.writer.key("ttl").string("12h");
                }
                self.writer.close();
            }
        }
    }

    /// A turn of the person or of the application.
    fn person(&mut self, role: &str, message: &'r Message<'a>) -> Result<(), ApiError> {
        let user = role == "user";
        self.writer.open().key("role").string(role);
        if let Some(name) = &message.name {
            self.writer.key("name").text(name);
        }
        let said = || message.parts.iter().enumerate().filter(|(_, part)| !matches!(part, Part::ToolResult { .. }));
        self.writer.key("content");
        match (said().next(), said().nth(1)) {
            (Some((_, Part::Text { text, cache })), None)
                if self.held.is_empty() && (cache.is_none() || !self.marks) =>
            {
                self.writer.text(text);
                if cache.is_some() {
                    self.loss.note("messages[].content[].cache_control");
                }
            }
            _ => {
                self.writer.open_array();
                self.write_held();
                for (at, part) in said() {
                    let place = || format!(".content[{at}]");
                    match part {
                        Part::Text { text, cache } => self.text(text, *cache),
                        Part::Refusal(text) => self.text(text, None),
                        Part::Media(media) if user => {
                            self.check_media(&place(), media)?;
                            self.media(media);
                        }
                        Part::Other { kind, .. } => {
                            return Err(self.refused(&place(), &format!("content of type {}", kind.decode())));
                        }
                        Part::Media(_) => {
                            return Err(self.refused(&place(), &format!("media in a turn of the role {role}")));
                        }
                        _ => self.loss.note("messages[].content[]"),
                    }
                }
                self.writer.close_array();
            }
        }
        self.writer.close();
        Ok(())
    }

    /// The model's turn: its texts are one text, as they were when it said them.
    fn assistant(&mut self, message: &'r Message<'a>) -> Result<(), ApiError> {
        self.writer.open().key("role").raw("\"assistant\"");
        if let Some(name) = &message.name {
            self.writer.key("name").text(name);
        }
        let parts = || message.parts.iter();
        let mut mark = None;
        for (at, part) in parts().enumerate() {
            match part {
                // Calls and results of tools that ran at the other provider: told in the text that follows them.
                Part::Other { kind, .. } => self.loss.note(&format!("messages[].content[].{}", kind.decode())),
                Part::Media(_) => return Err(self.refused(&format!(".content[{at}]"), "media in a turn of the model")),
                Part::Text { cache, .. } => mark = cache.or(mark),
                _ => {}
            }
        }
        self.thinking(message);
        self.writer.key("content");
        let refusals = self.dialect.refusals;
        let said = |part: &'r Part<'a>| match part {
            Part::Text { text, .. } => Some(text),
            Part::Refusal(text) if !refusals => Some(text),
            _ => None,
        };
        if parts().any(|part| said(part).is_some()) {
            let texts = parts().filter_map(said);
            let marked = self.open_marked(mark);
            self.writer.texts(texts);
            self.close_marked(marked);
        } else if parts().any(|part| matches!(part, Part::ToolCall(_) | Part::Refusal(_))) {
            self.writer.null();
        } else {
            self.writer.string("");
        }
        if refusals && parts().any(|part| matches!(part, Part::Refusal(_))) {
            let texts = parts().filter_map(|part| if let Part::Refusal(text) = part { Some(text) } else { None });
            self.writer.key("refusal").texts(texts);
        }
        if parts().any(|part| matches!(part, Part::ToolCall(_))) {
            self.writer.key("tool_calls").open_array();
            for part in parts() {
                if let Part::ToolCall(call) = part {
                    self.call(call);
                }
            }
            self.writer.close_array();
        }
        self.writer.close();
        Ok(())
    }

    /// Earlier reasoning, where the rules of the provider's row let it through.
    fn thinking(&mut self, message: &'r Message<'a>) {
        if self.dialect.thinking_details && details::needed(message) {
            return details::write(message, self.writer);
        }
        let thoughts = || {
            message.parts.iter().filter_map(|part| match part {
                Part::Thinking { text, .. } if !text.is_empty() => Some(text),
                _ => None,
            })
        };
        if thoughts().next().is_none() {
            return;
        }
        let called = || message.parts.iter().any(|part| matches!(part, Part::ToolCall(_)));
        if self.dialect.thinking_with_calls && !called() {
            self.loss.note("messages[].reasoning_content");
        } else {
            self.writer.key(self.dialect.thinking).texts(thoughts());
        }
    }

    fn call(&mut self, call: &ToolCall<'_>) {
        let mark = call.cache.filter(|_| self.dialect.cache_marks == CacheMarks::CacheControl);
        if call.cache.is_some() && mark.is_none() {
            // Only parts can be marked there.
            self.loss.note("messages[].content[].cache_control");
        }
        let signature = call.signature.as_ref().map(|signature| signature.seal(Origin::Gemini));
        let id = sent_id(&call.id, self.dialect);
        write_call(&id, &call.name, &call.arguments, signature.as_ref(), mark, self.writer);
    }
}

/// The id of a call, as the provider takes it: the same for the call and its result.
pub(super) fn sent_id<'t>(id: &'t Text<'_>, dialect: &Dialect) -> Text<'t> {
    let own = || Text::from_raw(id.raw());
    let Some(chars) = dialect.call_id_chars else { return own() };
    if id.raw().len() == chars && id.raw().bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return own();
    }
    Text::from_raw_owned(turns::short_id(id, chars))
}
