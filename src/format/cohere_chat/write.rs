//! Writes anybody's chat request for Cohere. It answers 422 to keys it does not know, so only what it documents is
//! written; what would change the answer if it were left out is refused with its path, the rest is noted as lost.

use std::borrow::Cow;

use crate::chat::{
    ApiError, Arguments, Effort, Media, MediaKind, MediaSource, Message, Part, Reasoning, Request, ResponseFormat,
    Role, Tool, ToolChoice,
};
use crate::format::openai::write_data_url;
use crate::format::turns::{capacity, input_schema, is_blank, is_system, text_of_file};
use crate::format::{Loss, Target};
use crate::wire::json::{Text, Writer};

/// How many stop strings Cohere takes.
const MAX_STOPS: usize = 5;

/// Cohere's own fields that pass where a client of another format sends them as extensions, and how their JSON begins.
const OWN_FIELDS: &[(&str, &[u8])] =
    &[("citation_options", b"{"), ("documents", b"["), ("priority", b"0123456789"), ("safety_mode", b"\"")];

pub(super) fn write(request: &Request<'_>, target: &Target<'_>, loss: &mut Loss) -> Result<Vec<u8>, ApiError> {
    let mut writer = Writer::with_capacity(capacity(request));
    writer.open().key("model").string(target.model).key("messages").open_array();
    let mut turns = Turns { writer: &mut writer, loss, held: Vec::new(), any: false };
    turns.write(&request.messages)?;
    if !turns.any {
        return Err(ApiError::unsupported(
            "messages",
            "messages: this model needs at least one turn that is not blank",
        ));
    }
    writer.close_array();
    write_tools(request, &mut writer, loss)?;
    write_numbers(request, target.quirks.max_temperature, &mut writer, loss);
    if request.stop.len() > MAX_STOPS {
        let what =
            format!("stop: this model's provider takes at most {MAX_STOPS} stop strings, got {}", request.stop.len());
        return Err(ApiError::unsupported("stop", what));
    }
    if !request.stop.is_empty() {
        writer.key("stop_sequences").open_array();
        request.stop.iter().for_each(|stop| {
            writer.text(stop);
        });
        writer.close_array();
    }
    if request.logprobs {
        writer.key("logprobs").bool(true);
        if request.top_logprobs.is_some_and(|top| top > 0) {
            loss.note("top_logprobs");
        }
    }
    match &request.response_format {
        None => {}
        Some(ResponseFormat::JsonObject) => {
            writer.key("response_format").raw(r#"{"type":"json_object"}"#);
        }
        Some(ResponseFormat::JsonSchema { schema, .. }) => {
            writer.key("response_format").open().key("type").raw("\"json_object\"");
            writer.key("json_schema").raw(schema).close();
        }
    }
    if let Some(reasoning) = request.reasoning {
        write_thinking(reasoning, writer.key("thinking"));
    }
    for (name, json) in &request.extra {
        match OWN_FIELDS.iter().find(|(known, _)| name.is(known)) {
            Some((known, begins)) if json.bytes().next().is_some_and(|byte| begins.contains(&byte)) => {
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

/// Writes the turns.
struct Turns<'w, 'r, 'a> {
    writer: &'w mut Writer,
    loss: &'w mut Loss,
    /// Pictures out of tool results, which take only text: they open the next user turn, after the last of the results.
    held: Vec<&'r Media<'a>>,
    /// Something was said.
    any: bool,
}

/// Where a part stands in the client's body.
#[derive(Clone, Copy)]
struct Place {
    message: u32,
    part: usize,
}

impl Place {
    fn refused(self, what: &str) -> ApiError {
        let Self { message, part } = self;
        let path = format!("messages[{message}].content[{part}]");
        ApiError::unsupported(path.as_str(), format!("{path}: {what} cannot be sent to this model's provider"))
    }
}

impl<'r, 'a> Turns<'_, 'r, 'a> {
    fn write(&mut self, messages: &'r [Message<'a>]) -> Result<(), ApiError> {
        for message in messages {
            for (at, part) in message.parts.iter().enumerate() {
                if let Part::ToolResult { id, is_error, parts, .. } = part {
                    let place = Place { message: message.at, part: at };
                    self.result(place, id, *is_error == Some(true), parts)?;
                }
            }
            match message.role {
                Role::Assistant => {
                    self.flush();
                    self.assistant(message)?;
                }
                Role::User | Role::Tool => self.person("user", message)?,
                Role::System | Role::Developer => {
                    self.flush();
                    self.person("system", message)?;
                }
            }
        }
        self.flush();
        Ok(())
    }

    fn begin(&mut self, role: &str) {
        self.any = true;
        self.writer.open().key("role").string(role);
    }

    /// A tool message: one text, or several blocks of it.
    fn result(&mut self, place: Place, id: &Text<'_>, failed: bool, parts: &'r [Part<'a>]) -> Result<(), ApiError> {
        let mut texts: Vec<Cow<'r, Text<'a>>> = Vec::new();
        for part in parts {
            match part {
                Part::Text { text, .. } => texts.push(Cow::Borrowed(text)),
                Part::Media(media) if media.kind == MediaKind::Image => {
                    check_image(place, media)?;
                    self.held.push(media);
                }
                Part::Media(media) => texts.push(Cow::Owned(file(place, media)?)),
                Part::Other { kind, .. } => {
                    return Err(place.refused(&format!("{} in a tool result", kind.decode())));
                }
                _ => self.loss.note("messages[].content[].content[]"),
            }
        }
        if failed {
            // There is no field for it.
            let first = texts.first().map(|text| text.raw()).unwrap_or_default();
            let told = Text::from_raw_owned(if first.is_empty() { "Error".into() } else { format!("Error: {first}") });
            match texts.first_mut() {
                Some(first) => *first = Cow::Owned(told),
                None => texts.push(Cow::Owned(told)),
            }
        }
        self.begin("tool");
        self.writer.key("tool_call_id").text(id).key("content");
        match &*texts {
            [] => {
                self.writer.string("");
            }
            [text] => {
                self.writer.text(text);
            }
            several => {
                self.writer.open_array();
                several.iter().for_each(|text| write_text(text, self.writer));
                self.writer.close_array();
            }
        }
        self.writer.close();
        Ok(())
    }

    fn flush(&mut self) {
        if self.held.is_empty() {
            return;
        }
        self.begin("user");
        self.writer.key("content").open_array();
        self.write_held();
        self.writer.close_array().close();
    }

    fn write_held(&mut self) {
        std::mem::take(&mut self.held).into_iter().for_each(|media| write_image(media, self.writer));
    }

    /// A turn of the person or of the application; one that says nothing is left out.
    fn person(&mut self, role: &str, message: &'r Message<'a>) -> Result<(), ApiError> {
        let said = || message.parts.iter().enumerate().filter(|(_, part)| is_said(part));
        match (said().next(), said().nth(1), self.held.is_empty()) {
            // What is held waits: more results may follow.
            (None, ..) => return Ok(()),
            (Some((_, Part::Text { text, .. })), None, true) => {
                self.begin(role);
                self.writer.key("content").text(text).close();
                return Ok(());
            }
            _ => {}
        }
        self.begin(role);
        self.writer.key("content").open_array();
        self.write_held();
        for (at, part) in said() {
            let place = Place { message: message.at, part: at };
            match part {
                Part::Text { text, .. } | Part::Refusal(text) => write_text(text, self.writer),
                Part::Media(media) if media.kind != MediaKind::Image => write_text(&file(place, media)?, self.writer),
                Part::Media(_) if is_system(message.role) => return Err(place.refused("a picture in a system turn")),
                Part::Media(media) => {
                    check_image(place, media)?;
                    write_image(media, self.writer);
                }
                Part::Other { kind, .. } => {
                    return Err(place.refused(&format!("content of type {}", kind.decode())));
                }
                _ => self.loss.note("messages[].content[]"),
            }
        }
        self.writer.close_array().close();
        Ok(())
    }

    /// The model's turn. What it thought goes back as the plan of its calls if it made any, which is where models that do
    /// not reason have it; `tool_plan` is all they may say beside calls.
    fn assistant(&mut self, message: &'r Message<'a>) -> Result<(), ApiError> {
        let (mut texts, mut thoughts, mut calls) = (Vec::new(), Vec::new(), Vec::new());
        for (at, part) in message.parts.iter().enumerate() {
            match part {
                Part::Text { text, .. } | Part::Refusal(text) if !is_blank(text) => texts.push(text),
                Part::Thinking { text, .. } if !is_blank(text) => thoughts.push(text),
                Part::ToolCall(call) => calls.push(call),
                Part::Media(_) => {
                    return Err(Place { message: message.at, part: at }.refused("media in a turn of the model"));
                }
                // Calls and results of tools that ran at the other provider: told in the text that follows them.
                Part::Other { kind, .. } => self.loss.note(&format!("messages[].content[].{}", kind.decode())),
                Part::Citation(_) => self.loss.note("messages[].citations"),
                _ => {}
            }
        }
        if texts.is_empty() && thoughts.is_empty() && calls.is_empty() {
            return Ok(());
        }
        self.begin("assistant");
        if !calls.is_empty() && !thoughts.is_empty() {
            let joined: Vec<&str> = thoughts.iter().map(|thought| thought.raw()).collect();
            self.writer.key("tool_plan").text(&Text::from_raw_owned(joined.join(r"\n")));
            thoughts.clear();
        }
        match (&*thoughts, &*texts) {
            ([], []) => {}
            ([], [text]) => {
                self.writer.key("content").text(text);
            }
            (thoughts, texts) => {
                self.writer.key("content").open_array();
                for thought in thoughts {
                    self.writer.open().key("type").raw("\"thinking\"").key("thinking").text(thought).close();
                }
                texts.iter().for_each(|text| write_text(text, self.writer));
                self.writer.close_array();
            }
        }
        if !calls.is_empty() {
            self.writer.key("tool_calls").open_array();
            calls.iter().for_each(|call| write_call(&call.id, &call.name, &call.arguments, self.writer));
            self.writer.close_array();
        }
        self.writer.close();
        Ok(())
    }
}

/// Whether anything of a part goes into a turn of the person's or the application's.
fn is_said(part: &Part<'_>) -> bool {
    match part {
        Part::Text { text, .. } | Part::Refusal(text) => !is_blank(text),
        Part::ToolResult { .. } | Part::Citation(_) => false,
        _ => true,
    }
}

fn write_text(text: &Text<'_>, writer: &mut Writer) {
    writer.open().key("type").raw("\"text\"").key("text").text(text).close();
}

/// A file that is text, as its text.
fn file(place: Place, media: &Media<'_>) -> Result<Text<'static>, ApiError> {
    match text_of_file(media) {
        Some(Ok(text)) => Ok(Text::from_plain(&text).into_owned()),
        Some(Err(what)) => {
            let Place { message, part } = place;
            let path = format!("messages[{message}].content[{part}]");
            Err(ApiError::invalid_request(path.as_str(), format!("{path}: {what}")))
        }
        None => Err(place.refused(match media.kind {
            MediaKind::Audio => "sound",
            MediaKind::Video => "a film",
            MediaKind::Image | MediaKind::File => "a document that is not text in the body",
        })),
    }
}

/// Whether [`write_image`] can write it.
fn check_image(place: Place, media: &Media<'_>) -> Result<(), ApiError> {
    match &media.source {
        MediaSource::FileId(_) => Err(place.refused("a picture by its file id")),
        MediaSource::Data { .. } | MediaSource::Url(_) => Ok(()),
    }
}

fn write_image(media: &Media<'_>, writer: &mut Writer) {
    writer.open().key("type").raw("\"image_url\"").key("image_url").open().key("url");
    match &media.source {
        MediaSource::Data { media_type, data } => write_data_url(media_type, data, writer),
        MediaSource::Url(url) | MediaSource::FileId(url) => {
            writer.text(url);
        }
    }
    if let Some(detail) = &media.detail {
        writer.key("detail").text(detail);
    }
    writer.close().close();
}

/// A call as an item of `tool_calls`. The arguments are parsed, and `""` is no JSON.
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

/// `tools`, `strict_tools` and `tool_choice`. There is no choice but any and none: one of several tools is that tool alone.
fn write_tools(request: &Request<'_>, writer: &mut Writer, loss: &mut Loss) -> Result<(), ApiError> {
    let allowed = match &request.tool_choice {
        Some(ToolChoice::Named(name)) => Some(std::slice::from_ref(name)),
        Some(ToolChoice::Allowed { names, .. }) => Some(&names[..]),
        _ => None,
    };
    let wanted = |tool: &&Tool<'_>| match (allowed, tool) {
        (Some(names), Tool::Function { name, .. }) => names.iter().any(|allowed| same(allowed, name)),
        (Some(_), Tool::Other { .. }) => false,
        (None, _) => true,
    };
    let mut tools = request.tools.iter().filter(wanted).peekable();
    let forced = matches!(
        request.tool_choice,
        Some(ToolChoice::Required | ToolChoice::Named(_) | ToolChoice::Allowed { required: true, .. })
    );
    if tools.peek().is_none() {
        if allowed.is_some() || forced {
            let what = "tool_choice: asks for a call, but names none of the tools offered";
            return Err(ApiError::invalid_request("tool_choice", what));
        }
        return Ok(());
    }
    writer.key("tools").open_array();
    let (mut strict, mut loose) = (false, false);
    for (index, tool) in request.tools.iter().enumerate().filter(|(_, tool)| wanted(tool)) {
        match tool {
            Tool::Function { name, description, parameters, strict: held, .. } => {
                writer.open().key("type").raw("\"function\"").key("function").open().key("name").text(name);
                if let Some(description) = description {
                    writer.key("description").text(description);
                }
                writer.key("parameters").raw(&input_schema(index, parameters.as_deref())?).close().close();
                *(if *held == Some(true) { &mut strict } else { &mut loose }) = true;
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
    match (strict, loose) {
        (true, false) => drop(writer.key("strict_tools").bool(true)),
        (true, true) => loss.note("tools[].function.strict"),
        (false, _) => {}
    }
    if forced {
        writer.key("tool_choice").raw("\"REQUIRED\"");
    } else if matches!(request.tool_choice, Some(ToolChoice::None)) {
        writer.key("tool_choice").raw("\"NONE\"");
    }
    Ok(())
}

fn same(a: &Text<'_>, b: &Text<'_>) -> bool {
    a.raw() == b.raw() || a.decode() == b.decode()
}

fn write_numbers(request: &Request<'_>, max_temperature: f64, writer: &mut Writer, loss: &mut Loss) {
    if let Some(max_tokens) = request.max_tokens {
        writer.key("max_tokens").number(max_tokens);
    }
    let ranges = [
        ("temperature", "temperature", request.temperature, 0.0, max_temperature),
        ("top_p", "p", request.top_p, 0.01, 0.99),
        ("top_k", "k", request.top_k, 0.0, 500.0),
        ("frequency_penalty", "frequency_penalty", request.frequency_penalty, 0.0, 1.0),
        ("presence_penalty", "presence_penalty", request.presence_penalty, 0.0, 1.0),
        // The largest its 64 bits hold; what is no such number could not be kept at all.
        ("seed", "seed", request.seed, 0.0, 18_446_744_073_709_551_615.0),
    ];
    for (known, name, text, least, most) in ranges {
        let Some(text) = text else { continue };
        let Ok(number) = text.parse::<f64>() else { continue };
        if (least..=most).contains(&number) {
            writer.key(name).raw(text);
            continue;
        }
        loss.note(known);
        if name != "seed" {
            writer.key(name).raw(&number.clamp(least, most).to_string());
        }
    }
}

fn write_thinking(reasoning: Reasoning, writer: &mut Writer) {
    let budget = match reasoning {
        Reasoning::Off | Reasoning::Budget(0) => {
            writer.raw(r#"{"type":"disabled"}"#);
            return;
        }
        Reasoning::Budget(tokens) => Some(tokens),
        // The numbers are those that gateways share (wire-formats.md section 3.6).
        Reasoning::Effort(Effort::Minimal | Effort::Low) => Some(1024),
        Reasoning::Effort(Effort::Medium) => Some(2048),
        Reasoning::Effort(Effort::High | Effort::Xhigh | Effort::Max) => None,
    };
    writer.open().key("type").raw("\"enabled\"");
    if let Some(tokens) = budget {
        writer.key("token_budget").number(tokens);
    }
    writer.close();
}
