//! Reads what a client of `/api/chat` asks.

use std::collections::VecDeque;

use crate::chat::{
    ApiError, Arguments, Effort, Media, MediaKind, MediaSource, Message, Part, Reasoning, Request, ResponseFormat,
    Role, Tool, ToolCall,
};
use crate::format::field::Field;
use crate::wire::json::{Doc, Kind, Text};

/// How many calls may wait for their results at once; the oldest are given up. Models make a handful.
const MAX_OPEN_CALLS: usize = 128;

/// What a picture's base64 begins with.
const PICTURES: &[(&str, &str)] =
    &[("iVBORw0KGgo", "image/png"), ("/9j/", "image/jpeg"), ("R0lGOD", "image/gif"), ("UklGR", "image/webp")];

pub(super) fn read<'a>(doc: &Doc<'a>) -> Result<Request<'a>, ApiError> {
    let root = Field::root(doc)?;
    let mut request = Request { include_usage: true, stream: true, ..Request::default() };
    for (key, value) in root.value.members().filter(|(_, value)| !value.is_null()) {
        let name = key.decode();
        let field = root.under(&name, value);
        match &*name {
            "model" => request.model = field.text()?,
            "messages" => request.messages = read_messages(&field)?,
            "tools" => request.tools = field.array()?.items().map(|tool| read_tool(&tool)).collect::<Result<_, _>>()?,
            "stream" => request.stream = field.bool()?,
            "format" => request.response_format = read_format(&field)?,
            "options" => read_options(&field.object()?, &mut request)?,
            "think" => request.reasoning = Some(read_think(&field)?),
            "logprobs" => request.logprobs = field.bool()?,
            "top_logprobs" => request.top_logprobs = Some(field.u64()?),
            // `keep_alive`, `truncate`, `shift`, and what is to come.
            _ => request.extra.push((key.clone(), value.raw())),
        }
    }
    Ok(request)
}

fn read_options<'a>(options: &Field<'_, '_, 'a>, request: &mut Request<'a>) -> Result<(), ApiError> {
    for (key, value) in options.value.members().filter(|(_, value)| !value.is_null()) {
        let name = key.decode();
        let field = options.under(&name, value);
        match &*name {
            "temperature" => request.temperature = Some(field.number()?),
            "top_p" => request.top_p = Some(field.number()?),
            "top_k" => request.top_k = Some(field.number()?),
            "seed" => request.seed = Some(field.number()?),
            "presence_penalty" => request.presence_penalty = Some(field.number()?),
            "frequency_penalty" => request.frequency_penalty = Some(field.number()?),
            "stop" => request.stop = read_stop(&field)?,
            // Below zero there is no limit.
            "num_predict" if !field.number()?.starts_with('-') => request.max_tokens = Some(field.u64()?),
            _ => request.extra.push((Text::from_raw_owned(format!("options.{}", key.raw())), value.raw())),
        }
    }
    Ok(())
}

fn read_stop<'a>(stop: &Field<'_, '_, 'a>) -> Result<Vec<Text<'a>>, ApiError> {
    match stop.value.kind() {
        Kind::String => Ok(vec![stop.text()?]),
        Kind::Array => stop.items().map(|item| item.text()).collect(),
        _ => Err(stop.wrong("a string or an array of strings")),
    }
}

fn read_format<'a>(format: &Field<'_, '_, 'a>) -> Result<Option<ResponseFormat<'a>>, ApiError> {
    match format.value.kind() {
        Kind::Object => Ok(Some(ResponseFormat::JsonSchema {
            name: None,
            description: None,
            schema: format.value.raw().into(),
            strict: None,
        })),
        Kind::String => match &*format.text()?.decode() {
            "" => Ok(None),
            "json" => Ok(Some(ResponseFormat::JsonObject)),
            _ => Err(format.unknown("json, a JSON Schema")),
        },
        _ => Err(format.wrong("a string or an object")),
    }
}

fn read_think(think: &Field<'_, '_, '_>) -> Result<Reasoning, ApiError> {
    const WORDS: &[(&str, Effort)] =
        &[("low", Effort::Low), ("medium", Effort::Medium), ("high", Effort::High), ("max", Effort::Max)];
    match (think.value.kind(), think.value.bool()) {
        (_, Some(false)) => Ok(Reasoning::Off),
        (_, Some(true)) => Ok(Reasoning::Effort(Effort::Medium)),
        (Kind::String, _) => match WORDS.iter().find(|(word, _)| think.value.is(word)) {
            Some((_, effort)) => Ok(Reasoning::Effort(*effort)),
            None => Err(think.unknown("true, false, low, medium, high, max")),
        },
        _ => Err(think.wrong("a boolean or a string")),
    }
}

fn read_tool<'a>(tool: &Field<'_, '_, 'a>) -> Result<Tool<'a>, ApiError> {
    let tool = tool.object()?;
    if let Some(kind) = tool.text_of("type")?.filter(|kind| !kind.is("function")) {
        return Ok(Tool::Other { kind, raw: tool.value.raw() });
    }
    let function = tool.need("function")?.object()?;
    let parameters = function.member("parameters").map(|schema| schema.object()).transpose()?;
    Ok(Tool::Function {
        name: function.need("name")?.text()?,
        description: function.text_of("description")?,
        parameters: parameters.map(|schema| schema.value.raw().into()),
        strict: None,
        cache: None,
    })
}

fn read_messages<'a>(list: &Field<'_, '_, 'a>) -> Result<Vec<Message<'a>>, ApiError> {
    let mut messages = Vec::new();
    let mut calls = Calls::default();
    for (at, message) in (0..).zip(list.array()?.items()) {
        let message = message.object()?;
        let role = message.need("role")?;
        let mut parts = Vec::new();
        // Ollama takes them in any case.
        let role = match role.text()?.decode().to_ascii_lowercase().as_str() {
            "system" => Role::System,
            "user" => Role::User,
            "assistant" => Role::Assistant,
            "tool" => Role::Tool,
            _ => return Err(role.unknown("system, user, assistant, tool")),
        };
        read_message(&message, true, &mut parts)?;
        if role == Role::Tool {
            let name = message.text_of("tool_name")?;
            let id = message.text_of("tool_call_id")?.filter(|id| !id.is_empty());
            let id = calls.answered(id, name.as_ref());
            parts = vec![Part::ToolResult { id, is_error: None, parts, cache: None }];
        } else {
            parts.iter_mut().for_each(|part| calls.made(part));
        }
        messages.push(Message { at, role, name: None, parts });
    }
    Ok(messages)
}

/// A message of a conversation, or the model's answer: what is thought, said, shown and called.
pub(super) fn read_message<'a>(
    message: &Field<'_, '_, 'a>,
    from_client: bool,
    parts: &mut Vec<Part<'a>>,
) -> Result<(), ApiError> {
    let text = |name: &str| Ok::<_, ApiError>(message.text_of(name)?.filter(|text| !text.is_empty()));
    parts.extend(text("thinking")?.map(|text| Part::Thinking { text, signature: None }));
    parts.extend(text("content")?.map(|text| Part::Text { text, cache: None }));
    if let Some(images) = message.member("images") {
        for image in images.array()?.items() {
            parts.push(read_image(&image)?);
        }
    }
    let Some(calls) = message.member("tool_calls") else { return Ok(()) };
    for call in calls.array()?.items() {
        let call = call.object()?;
        let function = call.need("function")?.object()?;
        let arguments = match function.member("arguments") {
            None => Arguments::Json("{}"),
            // Servers that imitate Ollama have it as OpenAI does.
            Some(text) if !from_client && text.value.kind() == Kind::String => Arguments::Text(text.text()?),
            Some(object) => Arguments::Json(object.object()?.value.raw()),
        };
        let (id, name) = (call.text_of("id")?.unwrap_or_default(), function.need("name")?.text()?);
        parts.push(Part::ToolCall(ToolCall { id, name, arguments, signature: None, cache: None }));
    }
    Ok(())
}

fn read_image<'a>(image: &Field<'_, '_, 'a>) -> Result<Part<'a>, ApiError> {
    let data = image.base64(image.raw_text()?)?;
    let Some(media_type) = picture_type(&data) else {
        return Err(image.error(format_args!("expected a PNG, JPEG, GIF or WebP picture in base64")));
    };
    let source = MediaSource::Data { media_type: Text::from_raw(media_type), data };
    Ok(Part::Media(Media { kind: MediaKind::Image, source, detail: None, filename: None, cache: None }))
}

/// What kind of picture this is, by its first bytes: nothing else tells it here.
pub(super) fn picture_type(data: &Text<'_>) -> Option<&'static str> {
    // A slash may be escaped.
    let start: String = data.raw().chars().filter(|char| *char != '\\').take(12).collect();
    PICTURES.iter().find(|(begins, _)| start.starts_with(begins)).map(|(_, media_type)| *media_type)
}

/// The calls of a conversation that wait for their results. Without ids the oldest of the tool's name is meant, or the
/// oldest of all; other formats tie the two by an id, which is made here.
#[derive(Default)]
struct Calls<'a> {
    open: VecDeque<(Text<'a>, Text<'a>)>,
    made: u32,
}

impl<'a> Calls<'a> {
    fn made(&mut self, part: &mut Part<'a>) {
        let Part::ToolCall(call) = part else { return };
        if call.id.is_empty() {
            call.id = self.next_id();
        }
        if self.open.len() >= MAX_OPEN_CALLS {
            self.open.pop_front();
        }
        self.open.push_back((call.id.clone(), call.name.clone()));
    }

    fn answered(&mut self, id: Option<Text<'a>>, name: Option<&Text<'a>>) -> Text<'a> {
        let at = match &id {
            Some(id) => self.open.iter().position(|(open, _)| open.raw() == id.raw()),
            None => {
                let named = |name: &Text<'_>| self.open.iter().position(|(_, open)| open.raw() == name.raw());
                name.and_then(named).or(if self.open.is_empty() { None } else { Some(0) })
            }
        };
        let open = at.and_then(|at| self.open.remove(at)).map(|(id, _)| id);
        // A result without a call is the provider's to refuse.
        id.or(open).unwrap_or_else(|| self.next_id())
    }

    fn next_id(&mut self) -> Text<'a> {
        self.made += 1;
        Text::from_raw_owned(format!("call_{}", self.made))
    }
}
