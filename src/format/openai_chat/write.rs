//! Writes a chat request out of another format's, and points one of this format at its target.
//!
//! Only fields that OpenAI documents are written, or those that the provider's row names ([`Dialect`]): backends answer
//! 400 to keys they do not know. What the rules drop is gone before; what is left out here depends on a value.

use crate::chat::{
    ApiError, Arguments, Media, MediaKind, MediaSource, Message, Origin, Part, Reasoning, Request, ResponseFormat,
    Role, Tool, ToolCall, ToolChoice,
};
use crate::format::claude;
use crate::format::openai::gpt::{self, Generation};
use crate::format::openai::{audio_format, effort_word, write_data_url};
use crate::format::{CacheMarks, Dialect, Documents, Loss, ReasoningForm, Target, turns};
use crate::wire::json::{Doc, Edits, Text, Writer};

/// What a root field without a place in the model must look like to be written.
enum Shape {
    Text,
    Object,
    Array,
}

/// OpenAI's root fields that travel in `extra`. A field of the same name in another format may mean something else, so
/// its shape must fit.
const EXTRA: &[(&str, Shape)] = &[
    ("audio", Shape::Object),
    ("modalities", Shape::Array),
    ("moderation", Shape::Object),
    ("prediction", Shape::Object),
    ("prompt_cache_options", Shape::Object),
    ("prompt_cache_retention", Shape::Text),
    ("safety_identifier", Shape::Text),
    ("web_search_options", Shape::Object),
];

impl Shape {
    fn fits(&self, json: &str) -> bool {
        let first = json.bytes().next().unwrap_or(0);
        match self {
            Shape::Text => first == b'"',
            Shape::Object => first == b'{',
            Shape::Array => first == b'[',
        }
    }
}

pub(super) fn write(request: &Request<'_>, target: &Target<'_>, loss: &mut Loss) -> Result<Vec<u8>, ApiError> {
    let quirks = target.quirks;
    let generation = gpt::generation(target.model);
    let mut writer = Writer::with_capacity(estimate(request));
    writer.open();
    writer.key("model").string(target.model);
    writer.key("messages").open_array();
    Turns {
        writer: &mut writer,
        loss,
        developer: quirks.developer_role,
        dialect: &quirks.dialect,
        marks: quirks.dialect.cache_marks != CacheMarks::Breakpoint || generation.is_none_or(|it| it.breakpoints),
        held: Vec::new(),
        turn: 0,
    }
    .write(&request.messages)?;
    writer.close_array();

    if !request.tools.is_empty() {
        writer.key("tools").open_array();
        for (index, tool) in request.tools.iter().enumerate() {
            write_tool(index, tool, &quirks.dialect, &mut writer, loss)?;
        }
        writer.close_array();
    }
    // Both are a 400 without tools, and say nothing then.
    if !request.tools.is_empty() {
        if let Some(choice) = &request.tool_choice {
            write_tool_choice(choice, writer.key("tool_choice"));
        }
        if let Some(parallel) = request.parallel_tool_calls {
            writer.key("parallel_tool_calls").bool(parallel);
        }
    }
    if let Some(max_tokens) = request.max_tokens {
        writer.key(quirks.max_tokens_field).number(max_tokens);
    }
    write_sampling(request, target, generation, &mut writer, loss);
    // Only where the provider's row says that it takes it; otherwise the rules have taken it out.
    let numbers = [("top_k", request.top_k), ("seed", request.seed), ("logit_bias", request.logit_bias)];
    for (name, json) in numbers {
        if let Some(json) = json {
            writer.key(name).raw(json);
        }
    }
    if let Some(n) = request.n {
        writer.key("n").number(n);
    }
    if request.logprobs {
        writer.key("logprobs").bool(true);
        if let Some(top) = request.top_logprobs {
            writer.key("top_logprobs").number(top);
        }
    }
    write_stop(&request.stop, quirks.dialect.max_stops, &mut writer)?;
    if let Some(format) = &request.response_format {
        write_response_format(format, writer.key("response_format"));
    }
    let reasoning = match generation {
        Some(generation) => generation.reasoning(request.reasoning, loss),
        None => request.reasoning,
    };
    if let Some(reasoning) = reasoning {
        write_reasoning(reasoning, &quirks.dialect, &mut writer, loss);
    }
    if let Some(user) = &request.user {
        writer.key("user").text(user);
    }
    let texts = [
        ("verbosity", &request.verbosity),
        ("service_tier", &request.service_tier),
        ("prompt_cache_key", &request.prompt_cache_key),
    ];
    for (name, text) in texts {
        if let Some(text) = text {
            writer.key(name).text(text);
        }
    }
    if let Some(metadata) = request.metadata {
        writer.key("metadata").raw(metadata);
    }
    if let Some(store) = request.store {
        writer.key("store").bool(store);
    }
    for (name, json) in &request.extra {
        match EXTRA.iter().find(|(known, _)| name.is(known)) {
            Some((known, shape)) if shape.fits(json) => {
                writer.key(known).raw(json);
            }
            _ => loss.note(&name.decode()),
        }
    }
    if request.stream {
        writer.key("stream").bool(true);
        if quirks.stream_usage {
            // Always: we count, whoever asked. The client sees it only if it did.
            writer.key("stream_options").raw(r#"{"include_usage":true}"#);
        }
    }
    writer.close();
    Ok(writer.out)
}

/// The sampling numbers that the model takes as it is to think.
fn write_sampling(
    request: &Request<'_>,
    target: &Target<'_>,
    generation: Option<Generation>,
    writer: &mut Writer,
    loss: &mut Loss,
) {
    let taken = generation.is_none_or(|generation| generation.samples(request));
    let max_temperature = target.quirks.max_temperature;
    let numbers = [
        ("temperature", request.temperature, 1.0),
        ("top_p", request.top_p, 1.0),
        ("presence_penalty", request.presence_penalty, 0.0),
        ("frequency_penalty", request.frequency_penalty, 0.0),
    ];
    for (name, json, neutral) in numbers {
        let Some(json) = json else { continue };
        let value = json.parse::<f64>();
        match value {
            // What it does anyway.
            Ok(value) if !taken && value == neutral => {}
            _ if !taken => loss.note(name),
            Ok(value) if name == "temperature" && value > max_temperature => {
                loss.note(name);
                writer.key(name).raw(&max_temperature.to_string());
            }
            _ => {
                writer.key(name).raw(json);
            }
        }
    }
}

fn write_reasoning(reasoning: Reasoning, dialect: &Dialect, writer: &mut Writer, loss: &mut Loss) {
    let off = reasoning == Reasoning::Off;
    let budget = match reasoning {
        Reasoning::Budget(tokens) => Some(tokens),
        _ => None,
    };
    match dialect.reasoning {
        ReasoningForm::Effort => {
            writer.key("reasoning_effort").string(effort_within(reasoning, dialect, loss));
        }
        ReasoningForm::Object => {
            writer.key("reasoning").open();
            match budget {
                Some(tokens) => writer.key("max_tokens").number(tokens),
                None if off => writer.key("enabled").bool(false),
                None => writer.key("effort").string(effort_within(reasoning, dialect, loss)),
            };
            writer.close();
        }
        ReasoningForm::Switch => {
            writer.key("thinking").open().key("type").string(if off { "disabled" } else { "enabled" }).close();
        }
        ReasoningForm::Enable => {
            writer.key("enable_thinking").bool(!off);
            if let Some(tokens) = budget {
                writer.key("thinking_budget").number(tokens);
            }
        }
        ReasoningForm::Budget => {
            writer.key("thinking").open().key("type").string(if off { "disabled" } else { "enabled" });
            let tokens = match reasoning {
                Reasoning::Budget(tokens) => Some(tokens),
                Reasoning::Effort(effort) => Some(claude::budget_of(effort)),
                Reasoning::Off => None,
            };
            if let Some(tokens) = tokens {
                writer.key("budget_tokens").number(tokens);
            }
            writer.close();
        }
    }
}

/// About how long the body will be, so that it is allocated once.
fn estimate(request: &Request<'_>) -> usize {
    fn of(parts: &[Part<'_>]) -> usize {
        let size = |part: &Part<'_>| match part {
            Part::Text { text, .. } | Part::Refusal(text) => text.raw().len() + 64,
            Part::Media(Media { source: MediaSource::Data { data, .. }, .. }) => data.raw().len() + 128,
            Part::ToolResult { parts, .. } => of(parts) + 128,
            Part::ToolCall(call) => match &call.arguments {
                Arguments::Json(json) => json.len() * 5 / 4 + 192,
                Arguments::Text(text) => text.raw().len() + 192,
            },
            _ => 128,
        };
        parts.iter().map(size).sum()
    }
    let tool = |tool: &Tool<'_>| match tool {
        Tool::Function { description, parameters, .. } => {
            description.as_ref().map_or(0, |text| text.raw().len())
                + parameters.as_ref().map_or(0, |schema| schema.len())
                + 128
        }
        Tool::Other { .. } => 0,
    };
    let messages: usize = request.messages.iter().map(|message| of(&message.parts) + 48).sum();
    512 + messages + request.tools.iter().map(tool).sum::<usize>()
}

/// Writes the turns.
struct Turns<'w, 'r, 'a> {
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

impl<'r, 'a> Turns<'_, 'r, 'a> {
    fn write(mut self, messages: &'r [Message<'a>]) -> Result<(), ApiError> {
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
        write_media(media, self.dialect.documents, self.writer);
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
        if parts().any(|part| matches!(part, Part::Text { .. })) {
            let texts = parts().filter_map(|part| if let Part::Text { text, .. } = part { Some(text) } else { None });
            let marked = self.open_marked(mark);
            write_joined(texts, self.writer);
            self.close_marked(marked);
        } else if parts().any(|part| matches!(part, Part::ToolCall(_) | Part::Refusal(_))) {
            self.writer.null();
        } else {
            self.writer.string("");
        }
        if parts().any(|part| matches!(part, Part::Refusal(_))) {
            let texts = parts().filter_map(|part| if let Part::Refusal(text) = part { Some(text) } else { None });
            write_joined(texts, self.writer.key("refusal"));
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
        match self.dialect.thinking_with_calls && !called() {
            true => self.loss.note("messages[].reasoning_content"),
            false => write_joined(thoughts(), self.writer.key(self.dialect.thinking)),
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
fn sent_id<'t>(id: &'t Text<'_>, dialect: &Dialect) -> Text<'t> {
    let own = || Text::from_raw(id.raw());
    let Some(chars) = dialect.call_id_chars else { return own() };
    if id.raw().len() == chars && id.raw().bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return own();
    }
    Text::from_raw_owned(turns::short_id(id, chars))
}

/// Several texts as one string, with nothing between.
pub(super) fn write_joined<'t, 'a: 't>(texts: impl Iterator<Item = &'t Text<'a>>, writer: &mut Writer) {
    writer.raw("\"");
    texts.for_each(|text| writer.out.extend_from_slice(text.raw().as_bytes()));
    writer.out.push(b'"');
}

/// A call as an item of `tool_calls`. Clients parse the arguments, and `""` is no JSON. The signature stands where
/// Google's own compatible API has it.
pub(super) fn write_call(
    id: &Text<'_>,
    name: &Text<'_>,
    arguments: &Arguments<'_>,
    signature: Option<&Text<'_>>,
    mark: Option<&str>,
    writer: &mut Writer,
) {
    writer.open().key("id").text(id).key("type").raw("\"function\"");
    write_function(name, arguments, writer.key("function"));
    if let Some(signature) = signature {
        write_thought_signature(signature, writer);
    }
    if let Some(mark) = mark {
        writer.key("cache_control").raw(mark);
    }
    writer.close();
}

pub(super) fn write_function(name: &Text<'_>, arguments: &Arguments<'_>, writer: &mut Writer) {
    writer.open().key("name").text(name).key("arguments");
    match arguments {
        Arguments::Text(text) if text.is_empty() => writer.raw("\"{}\""),
        Arguments::Text(text) => writer.text(text),
        Arguments::Json(json) => writer.string(json),
    };
    writer.close();
}

pub(super) fn write_thought_signature(signature: &Text<'_>, writer: &mut Writer) {
    writer.key("extra_content").open().key("google").open();
    writer.key("thought_signature").text(signature).close().close();
}

fn refused(param: &str, what: &str) -> ApiError {
    ApiError::unsupported(param, format!("{param}: {what} cannot be sent to this model's provider"))
}

/// What it is, if [`write_media`] cannot write it. What no provider of the shape takes by address is gone by then.
fn refused_media(media: &Media<'_>) -> Option<String> {
    match (media.kind, &media.source) {
        (MediaKind::Image, MediaSource::FileId(_)) => Some("an image by file id".to_owned()),
        (MediaKind::Audio, MediaSource::Data { media_type, .. }) if audio_format(media_type).is_none() => {
            Some(format!("sound of type {}", media_type.decode()))
        }
        (MediaKind::Audio, MediaSource::FileId(_)) => Some("sound by file id".to_owned()),
        (MediaKind::Video, MediaSource::FileId(_)) => Some("a film by file id".to_owned()),
        _ => None,
    }
}

/// The members of a part.
fn write_media(media: &Media<'_>, documents: Documents, writer: &mut Writer) {
    match (media.kind, &media.source) {
        (MediaKind::Image, source) => {
            write_addressed("image_url", source, writer);
            if let Some(detail) = &media.detail {
                writer.key("detail").text(detail);
            }
            writer.close();
        }
        (MediaKind::Video, source) => {
            write_addressed("video_url", source, writer);
            writer.close();
        }
        (MediaKind::Audio, MediaSource::Data { media_type, data }) => {
            writer.key("type").raw("\"input_audio\"").key("input_audio").open();
            writer.key("data").text(data).key("format").string(audio_format(media_type).unwrap_or("wav")).close();
        }
        (MediaKind::Audio, source) => {
            write_addressed("audio_url", source, writer);
            writer.close();
        }
        (MediaKind::File, MediaSource::FileId(id)) => {
            writer.key("type").raw("\"file\"").key("file").open().key("file_id").text(id).close();
        }
        (MediaKind::File, source) => match documents {
            Documents::File => {
                writer.key("type").raw("\"file\"").key("file").open();
                // OpenAI asks for a name with data.
                let pdf = matches!(source, MediaSource::Data { media_type, .. } if media_type.is("application/pdf"));
                match &media.filename {
                    Some(name) => writer.key("filename").text(name),
                    None => writer.key("filename").string(if pdf { "document.pdf" } else { "document" }),
                };
                write_source(source, writer.key("file_data"));
                writer.close();
            }
            Documents::DocumentUrl => {
                writer.key("type").string("document_url");
                write_source(source, writer.key("document_url"));
                if let Some(name) = &media.filename {
                    writer.key("document_name").text(name);
                }
            }
            Documents::FileUrl => {
                write_addressed("file_url", source, writer);
                writer.close();
            }
        },
    }
}

/// A part's type and its object with the address, still open.
fn write_addressed(kind: &str, source: &MediaSource<'_>, writer: &mut Writer) {
    writer.key("type").string(kind).key(kind).open();
    write_source(source, writer.key("url"));
}

/// A medium's address, or itself as a data URL.
pub(super) fn write_source(source: &MediaSource<'_>, writer: &mut Writer) {
    match source {
        MediaSource::Data { media_type, data } => write_data_url(media_type, data, writer),
        MediaSource::Url(url) | MediaSource::FileId(url) => {
            writer.text(url);
        }
    }
}

fn write_tool(
    index: usize,
    tool: &Tool<'_>,
    dialect: &Dialect,
    writer: &mut Writer,
    loss: &mut Loss,
) -> Result<(), ApiError> {
    match tool {
        Tool::Function { name, description, parameters, strict, cache } => {
            writer.open().key("type").raw("\"function\"").key("function").open().key("name").text(name);
            if let Some(description) = description {
                writer.key("description").text(description);
            }
            if let Some(parameters) = parameters {
                writer.key("parameters").raw(parameters);
            }
            if let Some(strict) = strict {
                writer.key("strict").bool(*strict);
            }
            writer.close();
            match (cache, dialect.cache_marks) {
                (None, _) => {}
                (Some(mark), CacheMarks::CacheControl) => {
                    writer.key("cache_control").raw(mark);
                }
                // Only parts can be marked there.
                (Some(_), CacheMarks::Breakpoint) => loss.note("messages[].content[].cache_control"),
            }
            writer.close();
            Ok(())
        }
        // Leaving out a tool the client counts on would be a silent failure.
        Tool::Other { kind, .. } => {
            Err(refused(&format!("tools[{index}]"), &format!("a tool of type {}", kind.decode())))
        }
    }
}

fn write_tool_choice(choice: &ToolChoice<'_>, writer: &mut Writer) {
    let write_named = |name: &Text<'_>, writer: &mut Writer| {
        writer.open().key("type").raw("\"function\"").key("function").open().key("name").text(name).close().close();
    };
    match choice {
        ToolChoice::Auto => {
            writer.string("auto");
        }
        ToolChoice::None => {
            writer.string("none");
        }
        ToolChoice::Required => {
            writer.string("required");
        }
        ToolChoice::Named(name) => write_named(name, writer),
        ToolChoice::Allowed { required, names } => {
            writer.open().key("type").string("allowed_tools").key("allowed_tools").open();
            writer.key("mode").string(if *required { "required" } else { "auto" }).key("tools").open_array();
            names.iter().for_each(|name| write_named(name, writer));
            writer.close_array().close().close();
        }
    }
}

fn write_stop(stop: &[Text<'_>], most: usize, writer: &mut Writer) -> Result<(), ApiError> {
    if stop.len() > most {
        let what = format!("stop: this model's provider takes at most {most} stop strings, got {}", stop.len());
        return Err(ApiError::unsupported("stop", what));
    }
    if !stop.is_empty() {
        writer.key("stop").open_array();
        stop.iter().for_each(|text| {
            writer.text(text);
        });
        writer.close_array();
    }
    Ok(())
}

fn write_response_format(format: &ResponseFormat<'_>, writer: &mut Writer) {
    match format {
        ResponseFormat::JsonObject => {
            writer.raw(r#"{"type":"json_object"}"#);
        }
        ResponseFormat::JsonSchema { name, description, schema, strict } => {
            writer.open().key("type").raw("\"json_schema\"").key("json_schema").open();
            // OpenAI demands one; the model never sees it as more than a label.
            writer.key("name").text(name.as_ref().unwrap_or(&Text::from_raw("response")));
            if let Some(description) = description {
                writer.key("description").text(description);
            }
            if let Some(strict) = strict {
                writer.key("strict").bool(*strict);
            }
            writer.key("schema").raw(schema).close().close();
        }
    }
}

/// OpenAI's word for it, or for what of it the provider knows.
fn effort_within(reasoning: Reasoning, dialect: &Dialect, loss: &mut Loss) -> &'static str {
    match reasoning {
        Reasoning::Effort(effort) => effort_word(Reasoning::Effort(gpt::within(effort, dialect.efforts, loss))),
        other => effort_word(other),
    }
}

pub(super) fn retarget(doc: &Doc<'_>, target: &Target<'_>, edits: &mut Edits) {
    let root = doc.root();
    match root.get("model") {
        _ if !target.quirks.addressed_in_body => {}
        Some(model) if model.is(target.model) => {}
        Some(model) => edits.replace(model.span(), quoted(target.model)),
        // The client said it in the path.
        None => edits.add_member(root, &format!("\"model\":{}", String::from_utf8_lossy(&quoted(target.model)))),
    }
    let streams = root.get("stream").and_then(|stream| stream.bool()) == Some(true);
    if !streams || !target.quirks.stream_usage {
        return;
    }
    let Some(options) = root.get("stream_options") else {
        edits.add_member(root, r#""stream_options":{"include_usage":true}"#);
        return;
    };
    if options.is_null() {
        edits.replace(options.span(), r#"{"include_usage":true}"#);
        return;
    }
    match options.get("include_usage") {
        Some(asked) if asked.bool() == Some(true) => {}
        Some(asked) => edits.replace(asked.span(), "true"),
        None if options.kind() == crate::wire::json::Kind::Object => {
            edits.add_member(options, r#""include_usage":true"#);
        }
        // Not an object: the provider will say so.
        None => {}
    }
}

fn quoted(plain: &str) -> Vec<u8> {
    let mut writer = Writer::default();
    writer.string(plain);
    writer.out
}
