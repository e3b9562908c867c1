//! Writes a chat request out of another format's, and points one of this format at its target.
//!
//! Only fields that OpenAI documents are written: backends answer 400 to keys they do not know. What only tunes quality
//! or cost and has no place is noted as lost; what would change the answer's shape, or drop what the person said, is
//! refused. Other formats keep the instructions apart from the turns, so in the paths of refusals the leading system
//! turns do not count.

use crate::chat::{
    ApiError, Arguments, Media, MediaKind, MediaSource, Message, Part, Request, ResponseFormat, Role, Tool, ToolChoice,
};
use crate::format::openai::{audio_format, effort_word, write_data_url};
use crate::format::{Loss, Target};
use crate::wire::json::{Doc, Edits, Text, Writer};

/// How many stop strings OpenAI takes.
const MAX_STOPS: usize = 4;

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
    let mut writer = Writer::with_capacity(estimate(request));
    writer.open();
    writer.key("model").string(target.model);
    writer.key("messages").open_array();
    Turns { writer: &mut writer, loss, developer: quirks.developer_role, held: Vec::new(), turn: 0 }
        .write(&request.messages)?;
    writer.close_array();

    if !request.tools.is_empty() {
        writer.key("tools").open_array();
        for (index, tool) in request.tools.iter().enumerate() {
            write_tool(index, tool, &mut writer, loss)?;
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
    if let Some(temperature) = request.temperature {
        writer.key("temperature");
        match temperature.parse::<f64>() {
            Ok(value) if value > quirks.max_temperature => {
                loss.note("temperature");
                writer.raw(&quirks.max_temperature.to_string());
            }
            _ => {
                writer.raw(temperature);
            }
        }
    }
    if let Some(top_p) = request.top_p {
        writer.key("top_p").raw(top_p);
    }
    let numbers = [
        // Only where the provider's row says that it takes it; otherwise the rules have taken it out.
        ("top_k", request.top_k),
        ("presence_penalty", request.presence_penalty),
        ("frequency_penalty", request.frequency_penalty),
        ("seed", request.seed),
        ("logit_bias", request.logit_bias),
    ];
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
    write_stop(&request.stop, &mut writer)?;
    if let Some(format) = &request.response_format {
        write_response_format(format, writer.key("response_format"));
    }
    if let Some(reasoning) = request.reasoning {
        writer.key("reasoning_effort").raw("\"").out.extend_from_slice(effort_word(reasoning).as_bytes());
        writer.out.push(b'"');
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
    /// Media out of tool results: a tool message takes only text, so they open the next user turn, after the last of
    /// the results (OpenAI wants all results right after their calls).
    held: Vec<&'r Media<'a>>,
    /// The turn under way, as its client counts.
    turn: usize,
}

impl<'r, 'a> Turns<'_, 'r, 'a> {
    fn write(mut self, messages: &'r [Message<'a>]) -> Result<(), ApiError> {
        let apart =
            messages.iter().take_while(|message| matches!(message.role, Role::System | Role::Developer)).count();
        for (index, message) in messages.iter().enumerate() {
            self.turn = index.saturating_sub(apart);
            for (at, part) in message.parts.iter().enumerate() {
                if let Part::ToolResult { id, is_error, parts, cache } = part {
                    self.cache(*cache);
                    self.result(at, id, *is_error == Some(true), parts)?;
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
    fn result(&mut self, at: usize, id: &Text<'_>, failed: bool, parts: &'r [Part<'a>]) -> Result<(), ApiError> {
        self.writer.open();
        self.writer.key("role").raw("\"tool\"").key("tool_call_id").text(id);
        self.writer.key("content").raw("\"");
        // There is no field for it.
        let mut lead = if failed { "Error: " } else { "" };
        for part in parts {
            match part {
                Part::Text { text, cache } => {
                    self.cache(*cache);
                    self.writer.out.extend_from_slice(lead.as_bytes());
                    self.writer.out.extend_from_slice(text.raw().as_bytes());
                    lead = r"\n";
                }
                Part::Media(media) => {
                    self.check_media(at, media)?;
                    self.held.push(media);
                }
                Part::Other { kind, .. } => {
                    return Err(self.refused(at, &format!("{} in a tool result", kind.decode())));
                }
                _ => self.loss.note("messages[].content[].content[]"),
            }
        }
        if failed && lead == "Error: " {
            self.writer.out.extend_from_slice(b"Error");
        }
        self.writer.out.push(b'"');
        self.writer.close();
        Ok(())
    }

    fn refused(&self, part: usize, what: &str) -> ApiError {
        refused(&format!("messages[{}].content[{part}]", self.turn), what)
    }

    /// Whether [`write_media`] can write it.
    fn check_media(&self, part: usize, media: &Media<'_>) -> Result<(), ApiError> {
        match refused_media(media) {
            Some(what) => Err(self.refused(part, &what)),
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
            self.cache(media.cache);
            write_media(media, self.writer);
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
            (Some((_, Part::Text { text, cache })), None) if self.held.is_empty() => {
                self.cache(*cache);
                self.writer.text(text);
            }
            _ => {
                self.writer.open_array();
                self.write_held();
                for (at, part) in said() {
                    match part {
                        Part::Text { text, cache } => {
                            self.cache(*cache);
                            write_text(text, self.writer);
                        }
                        Part::Refusal(text) => write_text(text, self.writer),
                        Part::Media(media) if user => {
                            self.check_media(at, media)?;
                            self.cache(media.cache);
                            write_media(media, self.writer);
                        }
                        Part::Other { kind, .. } => {
                            return Err(self.refused(at, &format!("content of type {}", kind.decode())));
                        }
                        Part::Media(_) => {
                            return Err(self.refused(at, &format!("media in a turn of the role {role}")));
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
        for (at, part) in parts().enumerate() {
            match part {
                // Only its own provider can check a signature, and OpenAI takes no reasoning back.
                Part::Thinking { .. } | Part::RedactedThinking(_) => self.loss.note("thinking"),
                // Calls and results of tools that ran at the other provider: told in the text that follows them.
                Part::Other { kind, .. } => self.loss.note(&format!("messages[].content[].{}", kind.decode())),
                Part::Media(_) => return Err(self.refused(at, "media in a turn of the model")),
                Part::Text { cache, .. } => self.cache(*cache),
                _ => {}
            }
        }
        self.writer.key("content");
        if parts().any(|part| matches!(part, Part::Text { .. })) {
            let texts = parts().filter_map(|part| if let Part::Text { text, .. } = part { Some(text) } else { None });
            write_joined(texts, self.writer);
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
                    self.cache(call.cache);
                    write_call(&call.id, &call.name, &call.arguments, self.writer);
                }
            }
            self.writer.close_array();
        }
        self.writer.close();
        Ok(())
    }

    fn cache(&mut self, mark: Option<&str>) {
        if mark.is_some() {
            self.loss.note("cache_control");
        }
    }
}

fn write_text(text: &Text<'_>, writer: &mut Writer) {
    writer.open().key("type").raw("\"text\"").key("text").text(text).close();
}

/// Several texts as one string, with nothing between.
pub(super) fn write_joined<'t, 'a: 't>(texts: impl Iterator<Item = &'t Text<'a>>, writer: &mut Writer) {
    writer.raw("\"");
    texts.for_each(|text| writer.out.extend_from_slice(text.raw().as_bytes()));
    writer.out.push(b'"');
}

/// A call as an item of `tool_calls`. Clients parse the arguments, and `""` is no JSON.
pub(super) fn write_call(id: &Text<'_>, name: &Text<'_>, arguments: &Arguments<'_>, writer: &mut Writer) {
    writer.open().key("id").text(id).key("type").raw("\"function\"");
    writer.key("function").open().key("name").text(name).key("arguments");
    match arguments {
        Arguments::Text(text) if text.is_empty() => writer.raw("\"{}\""),
        Arguments::Text(text) => writer.text(text),
        Arguments::Json(json) => writer.string(json),
    };
    writer.close().close();
}

fn refused(param: &str, what: &str) -> ApiError {
    ApiError::unsupported(param, format!("{param}: {what} cannot be sent to this model's provider"))
}

/// What it is, if [`write_media`] cannot write it.
fn refused_media(media: &Media<'_>) -> Option<String> {
    match (media.kind, &media.source) {
        (MediaKind::Image, MediaSource::FileId(_)) => Some("an image by file id".to_owned()),
        (MediaKind::Audio, MediaSource::Data { media_type, .. }) if audio_format(media_type).is_none() => {
            Some(format!("sound of type {}", media_type.decode()))
        }
        (MediaKind::Audio, MediaSource::Url(_)) => Some("sound by URL".to_owned()),
        (MediaKind::Audio, MediaSource::FileId(_)) => Some("sound by file id".to_owned()),
        (MediaKind::File, MediaSource::Url(_)) => Some("a document by URL".to_owned()),
        _ => None,
    }
}

fn write_media(media: &Media<'_>, writer: &mut Writer) {
    writer.open();
    match (media.kind, &media.source) {
        (MediaKind::Image, source) => {
            writer.key("type").raw("\"image_url\"").key("image_url").open().key("url");
            match source {
                MediaSource::Data { media_type, data } => write_data_url(media_type, data, writer),
                MediaSource::Url(url) | MediaSource::FileId(url) => {
                    writer.text(url);
                }
            }
            if let Some(detail) = &media.detail {
                writer.key("detail").text(detail);
            }
        }
        (MediaKind::Audio, MediaSource::Data { media_type, data }) => {
            writer.key("type").raw("\"input_audio\"").key("input_audio").open();
            writer.key("data").text(data).key("format").string(audio_format(media_type).unwrap_or("wav"));
        }
        (_, source) => {
            writer.key("type").raw("\"file\"").key("file").open();
            match source {
                MediaSource::FileId(id) | MediaSource::Url(id) => {
                    writer.key("file_id").text(id);
                }
                MediaSource::Data { media_type, data } => {
                    // OpenAI asks for a name with data.
                    match &media.filename {
                        Some(name) => writer.key("filename").text(name),
                        None if media_type.is("application/pdf") => writer.key("filename").string("document.pdf"),
                        None => writer.key("filename").string("document"),
                    };
                    write_data_url(media_type, data, writer.key("file_data"));
                }
            }
        }
    }
    writer.close().close();
}

fn write_tool(index: usize, tool: &Tool<'_>, writer: &mut Writer, loss: &mut Loss) -> Result<(), ApiError> {
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
            writer.close().close();
            if cache.is_some() {
                loss.note("cache_control");
            }
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

fn write_stop(stop: &[Text<'_>], writer: &mut Writer) -> Result<(), ApiError> {
    if stop.len() > MAX_STOPS {
        let what = format!("stop: this model's provider takes at most {MAX_STOPS} stop strings, got {}", stop.len());
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
