//! Writes anybody's chat request for Ollama. It passes over keys it does not know, so what is left out would be lost
//! without a word: what would change the answer is refused with its path, the rest is noted.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::read::picture_type;
use crate::chat::{
    ApiError, Effort, MediaKind, MediaSource, Message, Part, Reasoning, Request, ResponseFormat, Role, Tool, ToolChoice,
};
use crate::format::turns::{capacity, is_blank, object_of, text_of_file};
use crate::format::{Loss, Target};
use crate::wire::json::{Doc, Kind, Text, Writer};

/// Ollama's own fields that pass where a client of another format sends them as extensions.
const OWN_FIELDS: &[&str] = &["keep_alive", "shift", "truncate"];
/// How Ollama's own options are called where they travel by themselves.
const OPTION: &str = "options.";

pub(super) fn write(request: &Request<'_>, target: &Target<'_>, loss: &mut Loss) -> Result<Vec<u8>, ApiError> {
    let mut writer = Writer::with_capacity(capacity(request));
    writer.open().key("model").string(target.model).key("messages").open_array();
    let mut turns = Turns { writer: &mut writer, loss, names: BTreeMap::new() };
    request.messages.iter().try_for_each(|message| turns.message(message))?;
    writer.close_array();
    write_tools(request, &mut writer)?;
    match &request.response_format {
        None => {}
        Some(ResponseFormat::JsonObject) => drop(writer.key("format").raw("\"json\"")),
        Some(ResponseFormat::JsonSchema { schema, .. }) => drop(writer.key("format").raw(schema)),
    }
    if let Some(reasoning) = request.reasoning {
        writer.key("think").raw(match reasoning {
            Reasoning::Off | Reasoning::Budget(0) => "false",
            Reasoning::Effort(Effort::Minimal | Effort::Low) | Reasoning::Budget(..2048) => "\"low\"",
            Reasoning::Effort(Effort::Medium) | Reasoning::Budget(2048..4096) => "\"medium\"",
            // Ollama knows `max` since 2026 only, and an older one refuses the request.
            Reasoning::Effort(Effort::High | Effort::Xhigh | Effort::Max) | Reasoning::Budget(_) => "\"high\"",
        });
    }
    if request.logprobs {
        writer.key("logprobs").bool(true);
        if let Some(top) = request.top_logprobs {
            writer.key("top_logprobs").number(top);
        }
    }
    write_options(request, target.quirks.max_temperature, &mut writer, loss);
    for (name, json) in &request.extra {
        if OWN_FIELDS.iter().any(|known| name.is(known)) {
            writer.key(&name.decode()).raw(json);
        }
    }
    // Said in any case: without it Ollama streams.
    writer.key("stream").bool(request.stream).close();
    Ok(writer.out)
}

/// Writes the messages.
struct Turns<'w, 'r> {
    writer: &'w mut Writer,
    loss: &'w mut Loss,
    /// The tools that were called, by the ids of the calls: a result goes by the tool's name.
    names: BTreeMap<&'r str, &'r str>,
}

/// Where a part stands in the client's body.
#[derive(Clone, Copy)]
struct Place {
    message: u32,
    part: usize,
}

impl Place {
    fn path(self) -> String {
        format!("messages[{}].content[{}]", self.message, self.part)
    }

    fn refused(self, what: &str) -> ApiError {
        let path = self.path();
        ApiError::unsupported(path.as_str(), format!("{path}: {what} cannot be sent to this model's provider"))
    }
}

/// What a message holds, as Ollama has it.
#[derive(Default)]
struct Content<'r> {
    texts: Vec<Cow<'r, str>>,
    images: Vec<&'r str>,
}

impl<'r> Turns<'_, 'r> {
    fn message(&mut self, message: &'r Message<'_>) -> Result<(), ApiError> {
        let (mut content, mut thoughts, mut calls) = (Content::default(), Vec::new(), Vec::new());
        for (at, part) in message.parts.iter().enumerate() {
            let place = Place { message: message.at, part: at };
            match part {
                Part::ToolResult { id, is_error, parts, .. } => {
                    self.result(place, id.raw(), *is_error == Some(true), parts)?;
                }
                Part::Thinking { text, .. } if !is_blank(text) => thoughts.push(text.raw()),
                Part::ToolCall(call) => {
                    self.names.insert(call.id.raw(), call.name.raw());
                    calls.push((at, call));
                }
                // Calls and results of tools that ran at the other provider: told in the text that follows them.
                Part::Other { kind, .. } if message.role == Role::Assistant => {
                    self.loss.note(&format!("messages[].content[].{}", kind.decode()));
                }
                Part::Citation(_) => self.loss.note("messages[].citations"),
                part => content.take(place, part)?,
            }
        }
        if content.texts.is_empty() && content.images.is_empty() && thoughts.is_empty() && calls.is_empty() {
            return Ok(());
        }
        let role = match message.role {
            Role::System | Role::Developer => "system",
            Role::Assistant => "assistant",
            Role::User | Role::Tool => "user",
        };
        self.writer.open().key("role").string(role);
        // The model said its texts in one breath; others' were paragraphs.
        content.write(if role == "assistant" { "" } else { r"\n" }, self.writer);
        if !thoughts.is_empty() {
            self.writer.key("thinking").text(&Text::from_raw_owned(thoughts.join(r"\n")));
        }
        if !calls.is_empty() {
            self.writer.key("tool_calls").open_array();
            for (nth, (_, call)) in calls.iter().enumerate() {
                let Some(arguments) = object_of(&call.arguments) else {
                    let path = format!("messages[{}].tool_calls[{nth}].function.arguments", message.at);
                    let what = format!("{path}: expected a JSON object");
                    return Err(ApiError::invalid_request(path, what));
                };
                write_call(&call.id, nth as u64, &call.name, &arguments, self.writer);
            }
            self.writer.close_array();
        }
        self.writer.close();
        Ok(())
    }

    fn result(&mut self, place: Place, id: &str, failed: bool, parts: &'r [Part<'_>]) -> Result<(), ApiError> {
        let mut content = Content::default();
        parts.iter().try_for_each(|part| content.take(place, part))?;
        if failed {
            // There is no field for it.
            match content.texts.first_mut() {
                Some(first) => *first = format!("Error: {first}").into(),
                None => content.texts.push("Error".into()),
            }
        }
        self.writer.open().key("role").raw("\"tool\"");
        content.write(r"\n", self.writer);
        if let Some(name) = self.names.get(id) {
            self.writer.key("tool_name").text(&Text::from_raw(name));
        }
        self.writer.key("tool_call_id").text(&Text::from_raw(id)).close();
        Ok(())
    }
}

impl<'r> Content<'r> {
    fn take(&mut self, place: Place, part: &'r Part<'_>) -> Result<(), ApiError> {
        match part {
            Part::Text { text, .. } | Part::Refusal(text) if !is_blank(text) => self.texts.push(text.raw().into()),
            Part::Media(media) => match (&media.source, text_of_file(media)) {
                (MediaSource::Data { data, .. }, _) if media.kind == MediaKind::Image => {
                    // Its kind goes by its first bytes there.
                    if picture_type(data).is_none() {
                        return Err(place.refused("a picture that is none of PNG, JPEG, GIF and WebP"));
                    }
                    self.images.push(data.raw());
                }
                (_, Some(Ok(text))) => self.texts.push(Text::from_plain(&text).raw().to_owned().into()),
                (_, Some(Err(what))) => {
                    return Err(ApiError::invalid_request(place.path(), format!("{}: {what}", place.path())));
                }
                (_, None) => {
                    return Err(place.refused(match media.kind {
                        MediaKind::Image => "a picture that is not in the body",
                        MediaKind::Audio => "sound",
                        MediaKind::Video => "a film",
                        MediaKind::File => "a document that is not text in the body",
                    }));
                }
            },
            Part::Other { kind, .. } => return Err(place.refused(&format!("content of type {}", kind.decode()))),
            _ => {}
        }
        Ok(())
    }

    /// `content` and `images`. All is escaped already.
    fn write(&self, between: &str, writer: &mut Writer) {
        writer.key("content").raw("\"");
        for (nth, text) in self.texts.iter().enumerate() {
            writer.out.extend_from_slice(if nth > 0 { between.as_bytes() } else { b"" });
            writer.out.extend_from_slice(text.as_bytes());
        }
        writer.out.push(b'"');
        if !self.images.is_empty() {
            writer.key("images").open_array();
            self.images.iter().for_each(|data| {
                writer.text(&Text::from_raw(data));
            });
            writer.close_array();
        }
    }
}

/// A call as an item of `tool_calls`; the arguments are an object's text.
pub(super) fn write_call(id: &Text<'_>, index: u64, name: &Text<'_>, arguments: &str, writer: &mut Writer) {
    writer.open().key("id").text(id).key("function").open();
    writer.key("index").number(index).key("name").text(name).key("arguments").raw(arguments).close().close();
}

/// `tools`. There is no choice: none of them is no tools, and some of them are those alone.
fn write_tools(request: &Request<'_>, writer: &mut Writer) -> Result<(), ApiError> {
    let allowed = match &request.tool_choice {
        Some(ToolChoice::None) => return Ok(()),
        Some(ToolChoice::Required | ToolChoice::Named(_) | ToolChoice::Allowed { required: true, .. }) => {
            let what = "tool_choice: this model's provider cannot be made to call a tool";
            return Err(ApiError::unsupported("tool_choice", what));
        }
        Some(ToolChoice::Allowed { names, .. }) => Some(names),
        Some(ToolChoice::Auto) | None => None,
    };
    let wanted = |tool: &Tool<'_>| match (allowed, tool) {
        (Some(names), Tool::Function { name, .. }) => {
            names.iter().any(|allowed| allowed.raw() == name.raw() || allowed.decode() == name.decode())
        }
        (Some(_), Tool::Other { .. }) => false,
        (None, _) => true,
    };
    if !request.tools.iter().any(wanted) {
        return Ok(());
    }
    writer.key("tools").open_array();
    for (index, tool) in request.tools.iter().enumerate().filter(|(_, tool)| wanted(tool)) {
        match tool {
            Tool::Function { name, description, parameters, .. } => {
                writer.open().key("type").raw("\"function\"").key("function").open().key("name").text(name);
                if let Some(description) = description {
                    writer.key("description").text(description);
                }
                if let Some(parameters) = parameters {
                    writer.key("parameters").raw(parameters);
                }
                writer.close().close();
            }
            // Leaving out a tool the client counts on would be a silent failure.
            Tool::Other { kind, .. } => {
                let path = format!("tools[{index}]");
                let what = format!("{path}: this model's provider has no tool of the type {}", kind.decode());
                return Err(ApiError::unsupported(path, what));
            }
        }
    }
    writer.close_array();
    Ok(())
}

/// `options`: what all formats have, then what only Ollama has, from its own clients (`options.num_ctx`) or as extensions
/// of others (`options`, `num_ctx`).
fn write_options(request: &Request<'_>, max_temperature: f64, writer: &mut Writer, loss: &mut Loss) {
    let temperature = request.temperature.map(|text| match text.parse::<f64>() {
        Ok(value) if value > max_temperature => {
            loss.note("temperature");
            Cow::Owned(max_temperature.to_string())
        }
        _ => Cow::Borrowed(text),
    });
    let mut options: Vec<(Cow<'_, str>, Cow<'_, str>)> = Vec::new();
    let numbers = [
        ("temperature", temperature),
        ("num_predict", request.max_tokens.map(|number| number.to_string().into())),
        ("top_p", request.top_p.map(Cow::Borrowed)),
        ("top_k", request.top_k.map(Cow::Borrowed)),
        ("seed", request.seed.map(Cow::Borrowed)),
        ("presence_penalty", request.presence_penalty.map(Cow::Borrowed)),
        ("frequency_penalty", request.frequency_penalty.map(Cow::Borrowed)),
    ];
    options.extend(numbers.into_iter().filter_map(|(name, json)| Some((name.into(), json?))));
    if !request.stop.is_empty() {
        let mut stop = Writer::default();
        stop.open_array();
        request.stop.iter().for_each(|text| {
            stop.text(text);
        });
        stop.close_array();
        options.push(("stop".into(), String::from_utf8(stop.out).unwrap_or_default().into()));
    }
    let mut all = true;
    for (name, json) in &request.extra {
        if let Some(option) = name.decode().strip_prefix(OPTION) {
            all &= add(&mut options, option.into(), json);
        } else if name.is("num_ctx") {
            all &= add(&mut options, "num_ctx".into(), json);
        } else if name.is("options")
            && let Ok(doc) = Doc::parse(json.as_bytes())
            && doc.root().kind() == Kind::Object
        {
            doc.root().members().for_each(|(key, value)| all &= add(&mut options, key.decode(), value.raw()));
        } else if !OWN_FIELDS.iter().any(|known| name.is(known)) {
            loss.note(&name.decode());
        }
    }
    if !all {
        loss.note("options");
    }
    if options.is_empty() {
        return;
    }
    writer.key("options").open();
    for (name, json) in &options {
        writer.key(Text::from_plain(name).raw()).raw(json);
    }
    writer.close();
}

/// Adds an option, unless it has a value: no reader takes one name twice. False: there are more than Ollama has.
fn add(options: &mut Vec<(Cow<'_, str>, Cow<'_, str>)>, name: Cow<'_, str>, json: &str) -> bool {
    /// There are some forty.
    const MAX: usize = 128;
    let known = options.iter().any(|(known, _)| *known == name);
    if !known && options.len() < MAX {
        options.push((name.into_owned().into(), json.to_owned().into()));
    }
    known || options.len() < MAX
}
