//! Writes anybody's chat request for a provider of the Responses API: the turns as a flat list of items, the tools flat,
//! and nothing kept there. What would change the answer if it were left out is refused, the rest is noted as lost.

use super::read::{ENCRYPTED, LOGPROBS};
use crate::chat::{
    ApiError, Arguments, Media, MediaKind, MediaSource, Message, Origin, Part, Reasoning, Request, ResponseFormat,
    Role, Signature, Tool, ToolChoice,
};
use crate::format::openai::{effort_word, write_data_url};
use crate::format::turns::fitting_id;
use crate::format::{Loss, Target};
use crate::wire::json::{Text, Writer};

/// The least `max_output_tokens` OpenAI takes.
const MIN_OUTPUT_TOKENS: u64 = 16;

/// The longest id of a call OpenAI takes.
const MAX_ID_CHARS: usize = 64;

/// OpenAI's root fields that travel in `extra` and are the same here and in Chat Completions, with the first byte of the
/// JSON they must be: a field of the same name in another format may mean something else.
const EXTRA: &[(&str, u8)] = &[
    ("moderation", b'{'),
    ("prompt_cache_options", b'{'),
    ("prompt_cache_retention", b'"'),
    ("safety_identifier", b'"'),
];

pub(super) fn write(request: &Request<'_>, target: &Target<'_>, loss: &mut Loss) -> Result<Vec<u8>, ApiError> {
    let mut writer = Writer::with_capacity(estimate(request));
    writer.open().key("model").string(target.model);
    let messages = write_instructions(&request.messages, &mut writer);
    writer.key("input").open_array();
    let mut items = Items { writer: &mut writer, loss, count: 0 };
    for message in messages {
        items.turn(message)?;
    }
    if items.count == 0 {
        return Err(ApiError::invalid_request("", "there is no turn with anything in it that this model could answer"));
    }
    writer.close_array();
    write_tools(request, &mut writer)?;
    if let Some(limit) = request.max_tokens {
        if limit < MIN_OUTPUT_TOKENS {
            loss.note("max_tokens");
        }
        writer.key("max_output_tokens").number(limit.max(MIN_OUTPUT_TOKENS));
    }
    if let Some(temperature) = request.temperature {
        writer.key("temperature");
        match temperature.parse::<f64>() {
            Ok(value) if value > target.quirks.max_temperature => {
                loss.note("temperature");
                writer.raw(&target.quirks.max_temperature.to_string());
            }
            _ => {
                writer.raw(temperature);
            }
        }
    }
    if let Some(top_p) = request.top_p {
        writer.key("top_p").raw(top_p);
    }
    if let Some(top) = request.top_logprobs {
        writer.key("top_logprobs").number(top);
    }
    write_text(request, &mut writer);
    write_reasoning(request, &mut writer);
    let texts = [
        ("user", &request.user),
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
    // Left out, it would be kept for a month; other formats' clients have to ask for that.
    writer.key("store").bool(request.store == Some(true));
    for (name, json) in &request.extra {
        match EXTRA.iter().find(|(known, _)| name.is(known)) {
            Some((known, first)) if json.as_bytes().first() == Some(first) => {
                writer.key(known).raw(json);
            }
            _ => loss.note(&name.decode()),
        }
    }
    if request.stream {
        writer.key("stream").bool(true);
    }
    writer.close();
    Ok(writer.out)
}

/// About how long the body will be, so that it is allocated once.
fn estimate(request: &Request<'_>) -> usize {
    fn of(parts: &[Part<'_>]) -> usize {
        let size = |part: &Part<'_>| match part {
            Part::Text { text, .. } | Part::Refusal(text) => text.raw().len() + 96,
            Part::Media(Media { source: MediaSource::Data { data, .. }, .. }) => data.raw().len() + 128,
            Part::ToolResult { parts, .. } => of(parts) + 128,
            Part::ToolCall(call) => match &call.arguments {
                Arguments::Json(json) => json.len() * 5 / 4 + 192,
                Arguments::Text(text) => text.raw().len() + 192,
            },
            _ => 256,
        };
        parts.iter().map(size).sum()
    }
    let tool = |tool: &Tool<'_>| match tool {
        Tool::Function { description, parameters, .. } => {
            description.as_ref().map_or(0, |text| text.raw().len()) + parameters.as_deref().map_or(0, str::len) + 128
        }
        Tool::Other { .. } => 0,
    };
    let messages: usize = request.messages.iter().map(|message| of(&message.parts) + 64).sum();
    512 + messages + request.tools.iter().map(tool).sum::<usize>()
}

/// A first system turn of plain text goes where this API has a place for it, and the turns after it stay. Alone it is
/// what is to be answered.
fn write_instructions<'r, 'a>(messages: &'r [Message<'a>], writer: &mut Writer) -> &'r [Message<'a>] {
    if let [Message { role: Role::System, parts, .. }, rest @ ..] = messages
        && let [Part::Text { text, .. }] = parts.as_slice()
        && rest.iter().any(|message| !matches!(message.role, Role::System | Role::Developer))
    {
        writer.key("instructions").text(text);
        return rest;
    }
    messages
}

/// Writes the turns.
struct Items<'w> {
    writer: &'w mut Writer,
    loss: &'w mut Loss,
    /// How many items were written.
    count: usize,
}

impl Items<'_> {
    fn turn(&mut self, message: &Message<'_>) -> Result<(), ApiError> {
        let turn = message.at;
        if message.role == Role::Assistant {
            return self.model(message);
        }
        for (at, part) in message.parts.iter().enumerate() {
            if let Part::ToolResult { id, is_error, parts, .. } = part {
                self.result(turn, at, id, *is_error == Some(true), parts)?;
            }
        }
        let said = || message.parts.iter().enumerate().filter(|(_, part)| !matches!(part, Part::ToolResult { .. }));
        if said().next().is_none() {
            return Ok(());
        }
        let role = match message.role {
            Role::System => "system",
            Role::Developer => "developer",
            Role::User | Role::Tool | Role::Assistant => "user",
        };
        self.item("message").key("role").string(role).key("content");
        match (said().next(), said().nth(1)) {
            (Some((_, Part::Text { text, .. })), None) => {
                self.writer.text(text);
            }
            _ => {
                self.writer.open_array();
                for (at, part) in said() {
                    self.input(turn, at, part)?;
                }
                self.writer.close_array();
            }
        }
        self.writer.close();
        Ok(())
    }

    /// Opens an item.
    fn item(&mut self, kind: &str) -> &mut Writer {
        self.count += 1;
        self.writer.open().key("type").string(kind)
    }

    fn refused(&self, turn: u32, part: usize, what: &str) -> ApiError {
        let param = format!("messages[{turn}].content[{part}]");
        ApiError::unsupported(param.as_str(), format!("{param}: {what} cannot be sent to this model's provider"))
    }

    /// A part of what is said to the model.
    fn input(&mut self, turn: u32, at: usize, part: &Part<'_>) -> Result<(), ApiError> {
        match part {
            Part::Text { text, .. } | Part::Refusal(text) => {
                self.writer.open().key("type").string("input_text").key("text").text(text).close();
            }
            Part::Media(media) => self.media(turn, at, media)?,
            Part::Other { kind, .. } => {
                return Err(self.refused(turn, at, &format!("content of the type {}", kind.decode())));
            }
            Part::ToolResult { .. } => {}
            Part::Thinking { .. } | Part::RedactedThinking(_) | Part::Citation(_) | Part::ToolCall(_) => {
                self.loss.note("messages[].content[]");
            }
        }
        Ok(())
    }

    fn media(&mut self, turn: u32, at: usize, media: &Media<'_>) -> Result<(), ApiError> {
        match media.kind {
            MediaKind::Image => {
                self.writer.open().key("type").string("input_image");
                match &media.source {
                    MediaSource::Data { media_type, data } => {
                        write_data_url(media_type, data, self.writer.key("image_url"));
                    }
                    MediaSource::Url(url) => {
                        self.writer.key("image_url").text(url);
                    }
                    MediaSource::FileId(id) => {
                        self.writer.key("file_id").text(id);
                    }
                }
                self.writer.key("detail").text(media.detail.as_ref().unwrap_or(&Text::from_raw("auto")));
            }
            MediaKind::File => {
                self.writer.open().key("type").string("input_file");
                match &media.source {
                    MediaSource::Data { media_type, data } => {
                        // OpenAI asks for a name with data.
                        let pdf = media_type.is("application/pdf");
                        let name = Text::from_raw(if pdf { "document.pdf" } else { "document" });
                        self.writer.key("filename").text(media.filename.as_ref().unwrap_or(&name));
                        write_data_url(media_type, data, self.writer.key("file_data"));
                    }
                    MediaSource::Url(url) => {
                        self.writer.key("file_url").text(url);
                    }
                    MediaSource::FileId(id) => {
                        self.writer.key("file_id").text(id);
                    }
                }
                if let Some(detail) = &media.detail {
                    self.writer.key("detail").text(detail);
                }
            }
            MediaKind::Audio => return Err(self.refused(turn, at, "sound")),
            MediaKind::Video => return Err(self.refused(turn, at, "a film")),
        }
        self.writer.close();
        Ok(())
    }

    /// An id that OpenAI takes; the same for a call and its result.
    fn call_id(&mut self, id: &Text<'_>) {
        self.writer.key("call_id");
        match fitting_id(id, MAX_ID_CHARS, |c| !c.is_control()) {
            Some(fitting) => self.writer.string(&fitting),
            None => self.writer.text(id),
        };
    }

    /// A tool's result: one text as a string, anything else as a list.
    fn result(
        &mut self,
        turn: u32,
        at: usize,
        id: &Text<'_>,
        failed: bool,
        parts: &[Part<'_>],
    ) -> Result<(), ApiError> {
        self.item("function_call_output");
        self.call_id(id);
        self.writer.key("output");
        match parts {
            [] if failed => {
                self.writer.string("Error");
            }
            [] => {
                self.writer.string("");
            }
            [Part::Text { text, .. }] if failed => {
                // There is no field for it.
                self.writer.text(&Text::from_raw_owned(format!("Error: {}", text.raw())));
            }
            [Part::Text { text, .. }] => {
                self.writer.text(text);
            }
            _ => {
                self.writer.open_array();
                if failed {
                    self.writer.open().key("type").string("input_text").key("text").string("Error: ").close();
                }
                for part in parts {
                    self.input(turn, at, part)?;
                }
                self.writer.close_array();
            }
        }
        self.writer.close();
        Ok(())
    }

    /// A turn of the model's: its words in a row are one message, reasoning and calls are items of their own.
    fn model(&mut self, message: &Message<'_>) -> Result<(), ApiError> {
        let mut open = false;
        for (at, part) in message.parts.iter().enumerate() {
            if let Part::Text { text, .. } | Part::Refusal(text) = part {
                if !open {
                    self.item("message").key("role").string("assistant").key("content").open_array();
                    open = true;
                }
                match part {
                    Part::Refusal(_) => {
                        self.writer.open().key("type").string("refusal").key("refusal").text(text).close();
                    }
                    _ => {
                        self.writer.open().key("type").string("output_text").key("text").text(text);
                        self.writer.key("annotations").open_array().close_array().close();
                    }
                }
                continue;
            }
            // Only its address is lost, which no model looks at.
            if let Part::Citation(_) = part {
                continue;
            }
            if std::mem::take(&mut open) {
                self.writer.close_array().close();
            }
            match part {
                Part::Thinking { text, signature } => self.reasoning(text, signature.as_ref()),
                Part::RedactedThinking(_) => self.loss.note("thinking"),
                Part::ToolCall(call) => {
                    self.item("function_call");
                    self.call_id(&call.id);
                    self.writer.key("name").text(&call.name).key("arguments");
                    match &call.arguments {
                        Arguments::Text(text) if text.is_empty() => self.writer.string("{}"),
                        Arguments::Text(text) => self.writer.text(text),
                        Arguments::Json(json) => self.writer.string(json),
                    };
                    self.writer.close();
                    if call.signature.is_some() {
                        self.loss.note("signature");
                    }
                }
                Part::Media(_) => return Err(self.refused(message.at, at, "media in a turn of the model")),
                // Calls and results of tools that ran at the other provider: told in the text that follows them.
                Part::Other { kind, .. } => self.loss.note(&format!("messages[].content[].{}", kind.decode())),
                Part::ToolResult { .. } => self.loss.note("messages[].content[]"),
                Part::Text { .. } | Part::Refusal(_) | Part::Citation(_) => {}
            }
        }
        if open {
            self.writer.close_array().close();
        }
        Ok(())
    }

    /// OpenAI takes its own reasoning back by the proof of it, and no other.
    fn reasoning(&mut self, text: &Text<'_>, signature: Option<&Signature<'_>>) {
        let Some(encrypted) = signature.and_then(|signature| signature.of(Origin::OpenAi)) else {
            return self.loss.note("thinking");
        };
        self.item("reasoning").key("summary").open_array();
        if !text.is_empty() {
            self.writer.open().key("type").string("summary_text").key("text").text(text).close();
        }
        self.writer.close_array().key("encrypted_content").text(encrypted).close();
    }
}

/// Tools and what goes with them, which is a 400 without tools and says nothing then.
fn write_tools(request: &Request<'_>, writer: &mut Writer) -> Result<(), ApiError> {
    if request.tools.is_empty() {
        return Ok(());
    }
    writer.key("tools").open_array();
    for (index, tool) in request.tools.iter().enumerate() {
        match tool {
            Tool::Function { name, description, parameters, strict, .. } => {
                writer.open().key("type").string("function").key("name").text(name);
                if let Some(description) = description {
                    writer.key("description").text(description);
                }
                writer.key("parameters").raw(parameters.as_deref().unwrap_or("null"));
                // Left out, it would be true here, and the schema might not be one that can be held to.
                writer.key("strict").bool(*strict == Some(true)).close();
            }
            // Leaving out a tool the client counts on would be a silent failure.
            Tool::Other { kind, .. } => {
                let param = format!("tools[{index}]");
                let what =
                    format!("{param}: a tool of the type {} cannot be sent to this model's provider", kind.decode());
                return Err(ApiError::unsupported(param, what));
            }
        }
    }
    writer.close_array();
    if let Some(choice) = &request.tool_choice {
        write_tool_choice(choice, writer.key("tool_choice"));
    }
    if let Some(parallel) = request.parallel_tool_calls {
        writer.key("parallel_tool_calls").bool(parallel);
    }
    Ok(())
}

fn write_tool_choice(choice: &ToolChoice<'_>, writer: &mut Writer) {
    let write_named = |name: &Text<'_>, writer: &mut Writer| {
        writer.open().key("type").string("function").key("name").text(name).close();
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
            writer.open().key("type").string("allowed_tools");
            writer.key("mode").string(if *required { "required" } else { "auto" }).key("tools").open_array();
            names.iter().for_each(|name| write_named(name, writer));
            writer.close_array().close();
        }
    }
}

/// `text`: the shape of the answer and how wordy it is to be.
fn write_text(request: &Request<'_>, writer: &mut Writer) {
    if request.response_format.is_none() && request.verbosity.is_none() {
        return;
    }
    writer.key("text").open();
    match &request.response_format {
        Some(ResponseFormat::JsonObject) => {
            writer.key("format").raw(r#"{"type":"json_object"}"#);
        }
        Some(ResponseFormat::JsonSchema { name, description, schema, strict }) => {
            writer.key("format").open().key("type").string("json_schema");
            // OpenAI demands one; the model never sees it as more than a label.
            writer.key("name").text(name.as_ref().unwrap_or(&Text::from_raw("response")));
            if let Some(description) = description {
                writer.key("description").text(description);
            }
            if let Some(strict) = strict {
                writer.key("strict").bool(*strict);
            }
            writer.key("schema").raw(schema).close();
        }
        None => {}
    }
    if let Some(verbosity) = &request.verbosity {
        writer.key("verbosity").text(verbosity);
    }
    writer.close();
}

/// How much to think, and what the answer is to include. Models that do not think refuse to be asked for their reasoning,
/// so that is asked for only where somebody asked for thinking or has reasoning of the provider's.
fn write_reasoning(request: &Request<'_>, writer: &mut Writer) {
    if let Some(reasoning) = request.reasoning {
        writer.key("reasoning").open().key("effort").string(effort_word(reasoning)).close();
    }
    let thought = |part: &Part<'_>| match part {
        Part::Thinking { signature, .. } => signature.as_ref().is_some_and(|it| it.of(Origin::OpenAi).is_some()),
        _ => false,
    };
    let thinks = request.reasoning.is_some_and(|reasoning| reasoning != Reasoning::Off)
        || request.messages.iter().any(|message| message.parts.iter().any(thought));
    if thinks || request.logprobs {
        writer.key("include").open_array();
        for (wanted, what) in [(thinks, ENCRYPTED), (request.logprobs, LOGPROBS)] {
            if wanted {
                writer.string(what);
            }
        }
        writer.close_array();
    }
}
