//! The turns of a request for Gemini.
//!
//! Sides are merged. Between two turns of the model stand first the results of its calls, in the order of the calls, in a
//! turn with nothing else: Gemini counts them against the calls. Each needs its tool's name, which is found by the id of
//! the call. What the person said follows in a turn of its own.
//!
//! From Gemini 3 on, the first call of each of the model's turns since the person last spoke must carry the signature it
//! came with. Where that is lost, Google's own word for it stands there, which skips the check.

use std::collections::BTreeMap;

use super::Body;
use crate::chat::{ApiError, Media, MediaKind, MediaSource, Origin, Part, Role, ToolCall};
use crate::format::gemini::parts::{self, OWN};
use crate::format::turns::object_of;
use crate::wire::json::{Doc, Kind, Text, Value};

/// Stands for a signature that did not come back (Google's page on thought signatures).
const NO_SIGNATURE: &str = "skip_thought_signature_validator";

/// A part with its place: the turn as the client counts, and the part of it.
type Placed<'r, 'a> = (u32, usize, &'r Part<'a>);

/// What one side says before the other does.
#[derive(Default)]
struct Turn<'r, 'a> {
    model: bool,
    results: Vec<Placed<'r, 'a>>,
    said: Vec<Placed<'r, 'a>>,
}

impl<'r, 'a> Body<'r, 'a> {
    /// All system and developer turns, in order, wherever they stand.
    pub(super) fn system(&mut self) -> Result<(), ApiError> {
        let mut any = false;
        for message in self.request.messages.iter().filter(|message| is_system(message.role)) {
            for (index, part) in message.parts.iter().enumerate() {
                match part {
                    Part::Text { text, .. } if text.is_empty() => {}
                    Part::Text { text, .. } => {
                        if !any {
                            self.out.key("systemInstruction").open().key("parts").open_array();
                            any = true;
                        }
                        self.out.open().key("text").text(text).close();
                    }
                    _ => return Err(refused((message.at, index), "anything but text in a system turn")),
                }
            }
        }
        if any {
            self.out.close_array().close();
        }
        Ok(())
    }

    pub(super) fn contents(&mut self) -> Result<(), ApiError> {
        let turns = self.gathered();
        if turns.is_empty() {
            let what = "messages: this model needs at least one turn that says something";
            return Err(ApiError::unsupported("messages", what));
        }
        let spoken = turns.iter().rposition(|turn| !turn.model && !turn.said.is_empty());
        // Where each call stands, and what it calls, by its id.
        let mut calls: BTreeMap<String, (usize, &Text<'a>)> = BTreeMap::new();
        self.out.key("contents").open_array();
        for (at, turn) in turns.iter().enumerate() {
            if turn.model {
                for (_, _, part) in &turn.said {
                    if let Part::ToolCall(call) = part {
                        calls.insert(call.id.decode().into_owned(), (calls.len(), &call.name));
                    }
                }
                let current = spoken.is_none_or(|spoken| at > spoken);
                self.out.open().key("role").string("model").key("parts").open_array();
                self.model_parts(&turn.said, current && self.generation.third)?;
                self.out.close_array().close();
                continue;
            }
            let held = self.results(turn, &calls)?;
            if !turn.said.is_empty() || !held.is_empty() {
                self.out.open().key("role").string("user").key("parts").open_array();
                for (place, media) in held {
                    self.media(place, media, None)?;
                }
                for (turn, index, part) in &turn.said {
                    self.user_part((*turn, *index), part)?;
                }
                self.out.close_array().close();
            }
        }
        self.out.close_array();
        Ok(())
    }

    /// What is to be written, by sides.
    fn gathered(&mut self) -> Vec<Turn<'r, 'a>> {
        let request = self.request;
        let mut turns: Vec<Turn<'_, '_>> = Vec::new();
        for message in request.messages.iter().filter(|message| !is_system(message.role)) {
            let model = message.role == Role::Assistant;
            for (index, part) in message.parts.iter().enumerate() {
                if let Part::Thinking { signature: Some(signature), .. } = part
                    && signature.of(Origin::Gemini).is_none()
                {
                    self.loss.note("contents[].parts[].thoughtSignature");
                }
                if !self.is_written(part, model) {
                    continue;
                }
                if turns.last().is_none_or(|turn| turn.model != model) {
                    turns.push(Turn { model, ..Turn::default() });
                }
                if let Some(turn) = turns.last_mut() {
                    let list = if matches!(part, Part::ToolResult { .. }) { &mut turn.results } else { &mut turn.said };
                    list.push((message.at, index, part));
                }
            }
        }
        turns
    }

    /// Whether anything of a part goes into a turn of that side.
    fn is_written(&mut self, part: &Part<'_>, model: bool) -> bool {
        match part {
            Part::Text { text, .. } | Part::Refusal(text) => !text.is_empty(),
            Part::Thinking { text, signature } => {
                model && (!text.is_empty() || signature.as_ref().is_some_and(|it| it.of(Origin::Gemini).is_some()))
            }
            Part::Other { kind, .. } if model && !OWN.iter().any(|own| kind.is(own)) => {
                // What ran at another provider is told in the text that follows it.
                self.loss.note(&format!("messages[].content[].{}", kind.decode()));
                false
            }
            Part::RedactedThinking(_) | Part::Citation(_) => false,
            Part::Media(_) | Part::ToolCall(_) | Part::ToolResult { .. } | Part::Other { .. } => true,
        }
    }

    fn model_parts(&mut self, said: &[Placed<'r, 'a>], signed: bool) -> Result<(), ApiError> {
        let mut said = said.iter().peekable();
        let mut before = None;
        let mut first_call = true;
        while let Some((turn, index, part)) = said.next() {
            let place = (*turn, *index);
            // A signature alone belongs to the text or picture before it, unless a call follows that has none.
            let mut behind = None;
            if let Some(value) = said.peek().and_then(|(.., next)| bare(next))
                && matches!(part, Part::Text { .. } | Part::Media(_))
            {
                let mut rest = said.clone();
                rest.next();
                if !rest.peek().is_some_and(|(.., next)| is_unsigned_call(next)) {
                    behind = Some(value);
                    said.next();
                }
            }
            match part {
                Part::Text { text, .. } | Part::Refusal(text) => {
                    self.out.open().key("text").text(text);
                    self.signature(behind);
                    self.out.close();
                }
                Part::Thinking { text, .. } if !text.is_empty() => {
                    self.out.open().key("text").text(text).key("thought").bool(true);
                    self.signature(own(part));
                    self.out.close();
                }
                Part::Thinking { .. } if said.peek().is_some_and(|(.., next)| is_unsigned_call(next)) => {
                    before = own(part);
                }
                Part::Thinking { .. } => {
                    self.out.open().key("text").string("");
                    self.signature(own(part));
                    self.out.close();
                }
                Part::ToolCall(call) => {
                    let value = own(part).or(before.take());
                    self.out.open();
                    self.call(place, call)?;
                    match value {
                        None if first_call && signed => {
                            self.out.key("thoughtSignature").string(NO_SIGNATURE);
                        }
                        value => self.signature(value),
                    }
                    self.out.close();
                    first_call = false;
                }
                Part::Media(media) => self.media(place, media, behind)?,
                Part::Other { raw, .. } => {
                    self.out.raw(raw);
                }
                Part::ToolResult { .. } | Part::RedactedThinking(_) | Part::Citation(_) => {}
            }
        }
        Ok(())
    }

    fn signature(&mut self, value: Option<&Text<'_>>) {
        if let Some(value) = value {
            self.out.key("thoughtSignature").text(value);
        }
    }

    fn call(&mut self, (turn, index): (u32, usize), call: &ToolCall<'_>) -> Result<(), ApiError> {
        let Some(arguments) = object_of(&call.arguments) else {
            let message = self.request.messages.iter().find(|message| message.at == turn && !is_system(message.role));
            let before = message.into_iter().flat_map(|message| message.parts.iter().take(index));
            let calls = before.filter(|part| matches!(part, Part::ToolCall(_))).count();
            let path = format!("messages[{turn}].tool_calls[{calls}].function.arguments");
            let what = format!("{path} must be a JSON object");
            return Err(ApiError::invalid_request(path, what));
        };
        self.out.key("functionCall").open();
        if self.call_ids && !call.id.is_empty() {
            self.out.key("id").text(&call.id);
        }
        self.out.key("name").text(&call.name).key("args").raw(&arguments).close();
        Ok(())
    }

    /// The turn of results. Gives the media that no result of this generation's can hold.
    fn results(
        &mut self,
        turn: &Turn<'r, 'a>,
        calls: &BTreeMap<String, (usize, &Text<'a>)>,
    ) -> Result<Vec<((u32, usize), &'r Media<'a>)>, ApiError> {
        let mut ordered = Vec::with_capacity(turn.results.len());
        for (at, index, part) in &turn.results {
            let Part::ToolResult { id, is_error, parts, .. } = part else { continue };
            let Some((order, name)) = calls.get(&*id.decode()) else {
                let path = format!("messages[{at}].tool_call_id");
                let what = format!("{path}: no call of this id comes before its result");
                return Err(ApiError::invalid_request(path, what));
            };
            ordered.push((*order, (*at, *index), *name, id, *is_error == Some(true), parts));
        }
        ordered.sort_by_key(|(order, ..)| *order);
        let mut held = Vec::new();
        if ordered.is_empty() {
            return Ok(held);
        }
        self.out.open().key("role").string("user").key("parts").open_array();
        for (_, place, name, id, failed, said) in ordered {
            self.out.open().key("functionResponse").open();
            if self.call_ids && !id.is_empty() {
                self.out.key("id").text(id);
            }
            self.out.key("name").text(name).key("response");
            self.response(place, said, failed)?;
            let media =
                || said.iter().filter_map(|part| if let Part::Media(media) = part { Some(media) } else { None });
            if self.generation.third && media().next().is_some() {
                self.out.key("parts").open_array();
                for media in media() {
                    self.media(place, media, None)?;
                }
                self.out.close_array();
            } else {
                held.extend(media().map(|media| (place, media)));
            }
            self.out.close().close();
        }
        self.out.close_array().close();
        Ok(held)
    }

    /// What a tool answered: an object as it is, any other text under Google's name for it.
    fn response(&mut self, place: (u32, usize), said: &[Part<'_>], failed: bool) -> Result<(), ApiError> {
        let mut texts = Vec::new();
        for part in said {
            match part {
                Part::Text { text, .. } => texts.push(text.raw()),
                Part::Media(_) => {}
                Part::Other { kind, .. } => {
                    return Err(refused(place, &format!("`{:.64}` in a tool's result", kind.decode())));
                }
                _ => self.loss.note("messages[].content[].content[]"),
            }
        }
        let text = match texts.as_slice() {
            [only] => Text::from_raw(only),
            several => Text::from_raw_owned(several.join(r"\n")),
        };
        let plain = text.decode();
        match Doc::parse(plain.trim().as_bytes()) {
            Ok(doc) if !failed && is_answer(doc.root()) => {
                self.out.raw(doc.root().raw());
            }
            _ => {
                self.out.open().key(if failed { "error" } else { "output" }).text(&text).close();
            }
        }
        Ok(())
    }

    fn user_part(&mut self, place: (u32, usize), part: &'r Part<'a>) -> Result<(), ApiError> {
        match part {
            Part::Text { text, .. } | Part::Refusal(text) => {
                self.out.open().key("text").text(text).close();
            }
            Part::Media(media) => self.media(place, media, None)?,
            Part::Other { kind, raw } if OWN.iter().any(|own| kind.is(own)) => {
                self.out.raw(raw);
            }
            Part::Other { kind, .. } => {
                return Err(refused(place, &format!("content of the type `{:.64}`", kind.decode())));
            }
            Part::ToolCall(_) => return Err(refused(place, "a tool call in a turn of the person")),
            Part::ToolResult { .. } | Part::Thinking { .. } | Part::RedactedThinking(_) | Part::Citation(_) => {}
        }
        Ok(())
    }

    fn media(&mut self, place: (u32, usize), media: &Media<'_>, signature: Option<&Text<'_>>) -> Result<(), ApiError> {
        self.out.open();
        match &media.source {
            MediaSource::Data { media_type, data } => {
                self.out.key("inlineData").open().key("mimeType");
                // The wrong name is common, and refused.
                if media_type.is("image/jpg") {
                    self.out.string("image/jpeg")
                } else {
                    self.out.text(media_type)
                };
                self.out.key("data").text(data).close();
            }
            MediaSource::Url(uri) | MediaSource::FileId(uri) => {
                if matches!(media.source, MediaSource::FileId(_)) && !parts::is_stored(uri.raw()) {
                    return Err(refused(place, "a file in another provider's store"));
                }
                self.out.key("fileData").open();
                if let Some(media_type) = media_type(media.kind, &uri.decode()) {
                    self.out.key("mimeType").string(media_type);
                }
                self.out.key("fileUri").text(uri).close();
            }
        }
        self.detail(media);
        self.signature(signature);
        self.out.close();
        Ok(())
    }

    fn detail(&mut self, media: &Media<'_>) {
        let Some(detail) = &media.detail else { return };
        let level = match detail.raw() {
            "auto" => return,
            "low" => "MEDIA_RESOLUTION_LOW",
            "high" => "MEDIA_RESOLUTION_HIGH",
            "original" => "MEDIA_RESOLUTION_ULTRA_HIGH",
            _ => return self.loss.note("contents[].parts[].mediaResolution"),
        };
        if self.generation.third {
            self.out.key("mediaResolution").open().key("level").string(level).close();
        } else {
            self.loss.note("contents[].parts[].mediaResolution");
        }
    }
}

fn is_system(role: Role) -> bool {
    matches!(role, Role::System | Role::Developer)
}

/// Gemini's own signature of a part.
fn own<'p, 'a>(part: &'p Part<'a>) -> Option<&'p Text<'a>> {
    match part {
        Part::Thinking { signature, .. } => signature.as_ref()?.of(Origin::Gemini),
        Part::ToolCall(call) => call.signature.as_ref()?.of(Origin::Gemini),
        _ => None,
    }
}

/// The signature, if a part is nothing else.
fn bare<'p, 'a>(part: &'p Part<'a>) -> Option<&'p Text<'a>> {
    own(part).filter(|_| matches!(part, Part::Thinking { text, .. } if text.is_empty()))
}

fn is_unsigned_call(part: &Part<'_>) -> bool {
    matches!(part, Part::ToolCall(_)) && own(part).is_none()
}

/// Whether a tool's answer is an object that would come back as the same text.
fn is_answer(value: Value<'_, '_>) -> bool {
    value.kind() == Kind::Object && parts::told(value).0.decode() == value.raw()
}

/// The media type that goes with an address: what its ending tells, else the most common of its kind. A film's page has
/// none.
fn media_type(kind: MediaKind, uri: &str) -> Option<&'static str> {
    if parts::is_film(uri) {
        return None;
    }
    Some(parts::media_type_of(uri).unwrap_or(match kind {
        MediaKind::Image => "image/jpeg",
        MediaKind::Audio => "audio/mp3",
        MediaKind::Video => "video/mp4",
        MediaKind::File => "application/pdf",
    }))
}

fn refused((turn, index): (u32, usize), what: &str) -> ApiError {
    let param = format!("messages[{turn}].content[{index}]");
    let message = format!("{param}: {what} cannot be sent to this model's provider");
    ApiError::unsupported(param, message)
}
