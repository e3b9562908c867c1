//! Writes anybody's chat request for a provider of the Responses API: the turns as a flat list of items, the tools flat,
//! and nothing kept there. What would change the answer if it were left out is refused, the rest is noted as lost.

use super::read::{ENCRYPTED, LOGPROBS};
use crate::chat::{
    ApiError, Arguments, Media, MediaKind, MediaSource, Message, Origin, Part, Reasoning, Request, ResponseFormat,
    Role, Signature, Tool, ToolChoice,
};
use crate::format::openai::gpt::{self, Generation};
use crate::format::openai::{effort_word, write_data_url};
use crate::format::turns::{capacity, fitting_id};
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
    let generation = gpt::generation(target.model);
    let mut writer = Writer::with_capacity(capacity(request));
    writer.open().key("model").string(target.model);
    let messages = write_instructions(&request.messages, &mut writer);
    writer.key("input").open_array();
    let marks = generation.is_none_or(|generation| generation.breakpoints);
    let mut items = Items { writer: &mut writer, loss, marks, count: 0 };
    for message in messages {
        items.turn(message)?;
    }
    if items.count == 0 {
        return Err(ApiError::invalid_request("", "there is no turn with anything in it that this model could answer"));
    }
    writer.close_array();
    write_tools(request, &mut writer, loss)?;
    if let Some(limit) = request.max_tokens {
        if limit < MIN_OUTPUT_TOKENS {
            loss.note("max_output_tokens");
        }
        writer.key("max_output_tokens").number(limit.max(MIN_OUTPUT_TOKENS));
    }
    write_sampling(request, target, generation, &mut writer, loss);
    if let Some(top) = request.top_logprobs {
        writer.key("top_logprobs").number(top);
    }
    write_text(request, &mut writer);
    write_reasoning(request, generation, &mut writer, loss);
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

/// The sampling numbers that the model takes as it is to think.
fn write_sampling(
    request: &Request<'_>,
    target: &Target<'_>,
    generation: Option<Generation>,
    writer: &mut Writer,
    loss: &mut Loss,
) {
    let taken = generation.is_none_or(|generation| generation.samples(request));
    for (name, json) in [("temperature", request.temperature), ("top_p", request.top_p)] {
        let Some(json) = json else { continue };
        match json.parse::<f64>() {
            // What it does anyway.
            Ok(value) if !taken && value == 1.0 => {}
            _ if !taken => loss.note(name),
            Ok(value) if name == "temperature" && value > target.quirks.max_temperature => {
                loss.note(name);
                writer.key(name).raw(&target.quirks.max_temperature.to_string());
            }
            _ => {
                writer.key(name).raw(json);
            }
        }
    }
}

/// A first system turn of plain text goes where this API has a place for it, and the turns after it stay. Alone it is
/// what is to be answered, and with a mark for the prompt cache it needs a part to carry that.
fn write_instructions<'r, 'a>(messages: &'r [Message<'a>], writer: &mut Writer) -> &'r [Message<'a>] {
    if let [Message { role: Role::System, parts, .. }, rest @ ..] = messages
        && let [Part::Text { text, cache: None }] = parts.as_slice()
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
    /// Whether the model knows marks for its prompt cache, and refuses none.
    marks: bool,
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
            if let Part::ToolResult { id, is_error, parts, cache } = part {
                self.result(turn, at, id, *is_error == Some(true), parts, *cache)?;
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
            (Some((_, Part::Text { text, cache })), None) if cache.is_none() || !self.marks => {
                self.unmarked(*cache);
                self.writer.text(text);
            }
            _ => {
                self.writer.open_array();
                for (at, part) in said() {
                    self.input(turn, at, part, None)?;
                }
                self.writer.close_array();
            }
        }
        self.writer.close();
        Ok(())
    }

    /// A mark for the prompt cache, as a member of the part it stands on.
    fn mark(&mut self, mark: Option<&str>) {
        let Some(mark) = mark else { return };
        if !self.marks {
            return self.unmarked(Some(mark));
        }
        self.writer.key("prompt_cache_breakpoint").open().key("mode").string("explicit");
        // Anthropic's hour is more than the shorter of OpenAI's two.
        if mark.contains("\"1h\"") {
            self.writer.key("ttl").string("12h");
        }
        self.writer.close();
    }

    /// A mark where none can be.
    fn unmarked(&mut self, mark: Option<&str>) {
        if mark.is_some() {
            self.loss.note("input[].content[].prompt_cache_breakpoint");
        }
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

    /// A part of what is said to the model; `outer` is the mark of what it is the last part of.
    fn input(&mut self, turn: u32, at: usize, part: &Part<'_>, outer: Option<&str>) -> Result<(), ApiError> {
        match part {
            Part::Text { text, cache } => {
                self.writer.open().key("type").string("input_text").key("text").text(text);
                self.mark(cache.or(outer));
                self.writer.close();
            }
            Part::Refusal(text) => {
                self.writer.open().key("type").string("input_text").key("text").text(text).close();
            }
            Part::Media(media) => self.media(turn, at, media, outer)?,
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

    fn media(&mut self, turn: u32, at: usize, media: &Media<'_>, outer: Option<&str>) -> Result<(), ApiError> {
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
        self.mark(media.cache.or(outer));
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
        mark: Option<&str>,
    ) -> Result<(), ApiError> {
        self.item("function_call_output");
        self.call_id(id);
        self.writer.key("output");
        match parts {
            [] => {
                self.unmarked(mark);
                self.writer.string(if failed { "Error" } else { "" });
            }
            [Part::Text { text, cache }] if !self.marks || cache.or(mark).is_none() => {
                self.unmarked(cache.or(mark));
                match failed {
                    // There is no field for it.
                    true => self.writer.text(&Text::from_raw_owned(format!("Error: {}", text.raw()))),
                    false => self.writer.text(text),
                };
            }
            _ => {
                self.writer.open_array();
                if failed {
                    self.writer.open().key("type").string("input_text").key("text").string("Error: ").close();
                }
                for (number, part) in parts.iter().enumerate() {
                    self.input(turn, at, part, mark.filter(|_| number + 1 == parts.len()))?;
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
            if let Part::Text { cache, .. } = part {
                self.unmarked(*cache);
            }
            if let Part::Text { text, .. } | Part::Refusal(text) = part {
                // SDKs send `""` beside calls.
                if text.is_empty() {
                    continue;
                }
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
                Part::RedactedThinking(_) => self.loss.note("input[].encrypted_content"),
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
                    self.unmarked(call.cache);
                    if call.signature.is_some() {
                        self.loss.note("input[].encrypted_content");
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
            let lost = if text.is_empty() { "input[].encrypted_content" } else { "input[].summary" };
            return self.loss.note(lost);
        };
        self.item("reasoning").key("summary").open_array();
        if !text.is_empty() {
            self.writer.open().key("type").string("summary_text").key("text").text(text).close();
        }
        self.writer.close_array().key("encrypted_content").text(encrypted).close();
    }
}

/// Tools and what goes with them, which is a 400 without tools and says nothing then.
fn write_tools(request: &Request<'_>, writer: &mut Writer, loss: &mut Loss) -> Result<(), ApiError> {
    if request.tools.is_empty() {
        return Ok(());
    }
    writer.key("tools").open_array();
    for (index, tool) in request.tools.iter().enumerate() {
        match tool {
            Tool::Function { name, description, parameters, strict, cache } => {
                if cache.is_some() {
                    loss.note("input[].content[].prompt_cache_breakpoint");
                }
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
/// so where a model's name does not say that it does, it is asked for only if somebody wants thinking or has some of it.
fn write_reasoning(request: &Request<'_>, generation: Option<Generation>, writer: &mut Writer, loss: &mut Loss) {
    let reasoning = match generation {
        Some(generation) => generation.reasoning(request.reasoning, loss),
        None => request.reasoning,
    };
    if let Some(reasoning) = reasoning {
        writer.key("reasoning").open().key("effort").string(effort_word(reasoning)).close();
    }
    let thought = |part: &Part<'_>| match part {
        Part::Thinking { signature, .. } => signature.as_ref().is_some_and(|it| it.of(Origin::OpenAi).is_some()),
        _ => false,
    };
    let thinks = match (generation, reasoning) {
        (_, Some(Reasoning::Off)) => false,
        (Some(generation), _) => generation.thinks(),
        (None, Some(_)) => true,
        (None, None) => request.messages.iter().any(|message| message.parts.iter().any(thought)),
    };
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
