//! Reads what a client of `/v1/messages` asks.
//!
//! What is not a matter of taste: a `document` of plain text becomes text, because every model can read text and few
//! formats have documents; a thinking block with an empty signature counts as unsigned; a `thinking` type nobody knows
//! yet travels in `extra`.

use super::path::Path;
use crate::chat::{
    ApiError, Arguments, Effort, Media, MediaKind, MediaSource, Message, Part, Reasoning, Request, ResponseFormat,
    Role, Tool, ToolCall, ToolChoice,
};
use crate::wire::json::{Kind, Text, Value};

pub(super) fn read<'a>(root: Value<'_, 'a>) -> Result<Request<'a>, ApiError> {
    let at = Path::Root;
    if root.kind() != Kind::Object {
        return Err(ApiError::invalid_request("", "the body must be an object"));
    }
    let mut request = Request { include_usage: true, ..Request::default() };
    let mut model = None;
    let mut messages = None;
    let mut thinking = None;
    let mut effort = None;
    for (key, value) in root.members() {
        if value.is_null() {
            continue;
        }
        let at = at.key(key.raw());
        match key.raw() {
            "model" => model = Some(text(&at, value)?),
            "messages" => messages = Some(value),
            "system" => read_system(&at, value, &mut request.messages)?,
            "max_tokens" => request.max_tokens = Some(value.u64().ok_or_else(|| wrong(&at, "a whole number", value))?),
            "tools" => {
                for (index, tool) in array(&at, value)?.enumerate() {
                    request.tools.push(read_tool(&at.item(index), tool)?);
                }
            }
            "tool_choice" => read_tool_choice(&at, value, &mut request)?,
            "stop_sequences" => {
                for (index, stop) in array(&at, value)?.enumerate() {
                    request.stop.push(text(&at.item(index), stop)?);
                }
            }
            "temperature" => request.temperature = Some(number(&at, value)?),
            "top_p" => request.top_p = Some(number(&at, value)?),
            "top_k" => request.top_k = Some(number(&at, value)?),
            "stream" => request.stream = value.bool().ok_or_else(|| wrong(&at, "a boolean", value))?,
            "thinking" => {
                object(&at, value)?;
                thinking = Some(value);
            }
            "output_config" => {
                object(&at, value)?;
                effort = match value.some("effort") {
                    Some(word) => Some(read_effort(&at.key("effort"), word)?),
                    None => None,
                };
                if let Some(format) = value.some("format") {
                    request.response_format = Some(read_format(&at.key("format"), format)?);
                }
            }
            "metadata" => {
                object(&at, value)?;
                request.user = match value.some("user_id") {
                    Some(user) => Some(text(&at.key("user_id"), user)?),
                    None => None,
                };
            }
            _ => request.extra.push((key, value.raw())),
        }
    }
    request.model = model.ok_or_else(|| missing(&at.key("model")))?;
    if request.max_tokens.is_none() {
        return Err(missing(&at.key("max_tokens")));
    }
    read_messages(&at.key("messages"), messages, &mut request.messages)?;
    request.reasoning = effort.map(Reasoning::Effort);
    if let Some(thinking) = thinking {
        match read_thinking(thinking, effort) {
            Some(reasoning) => request.reasoning = Some(reasoning),
            None => request.extra.push((Text::from_raw("thinking"), thinking.raw())),
        }
    }
    Ok(request)
}

/// What a `thinking` object asks for; None if its type is not known.
pub(super) fn read_thinking(thinking: Value<'_, '_>, effort: Option<Effort>) -> Option<Reasoning> {
    let kind = thinking.get("type")?;
    if kind.is("enabled") {
        Some(Reasoning::Budget(thinking.get("budget_tokens")?.u64()?))
    } else if kind.is("adaptive") {
        Some(Reasoning::Effort(effort.unwrap_or(Effort::High)))
    } else if kind.is("disabled") {
        Some(Reasoning::Off)
    } else {
        None
    }
}

fn read_effort(at: &Path<'_>, word: Value<'_, '_>) -> Result<Effort, ApiError> {
    const WORDS: &[(&str, Effort)] = &[
        ("low", Effort::Low),
        ("medium", Effort::Medium),
        ("high", Effort::High),
        ("xhigh", Effort::Xhigh),
        ("max", Effort::Max),
    ];
    let row = WORDS.iter().find(|(name, _)| word.is(name));
    row.map(|(_, effort)| *effort).ok_or_else(|| wrong(at, "one of low, medium, high, xhigh, max", word))
}

fn read_format<'a>(at: &Path<'_>, format: Value<'_, 'a>) -> Result<ResponseFormat<'a>, ApiError> {
    let kind = required(at, format, "type")?;
    if !kind.is("json_schema") {
        return Err(wrong(&at.key("type"), "json_schema", kind));
    }
    let schema = required(at, format, "schema")?;
    object(&at.key("schema"), schema)?;
    Ok(ResponseFormat::JsonSchema { name: None, description: None, schema: schema.raw(), strict: None })
}

fn read_system<'a>(at: &Path<'_>, value: Value<'_, 'a>, messages: &mut Vec<Message<'a>>) -> Result<(), ApiError> {
    let mut parts = Vec::new();
    read_content(at, value, &mut parts)?;
    messages.extend(parts.into_iter().map(|part| Message { role: Role::System, name: None, parts: vec![part] }));
    Ok(())
}

fn read_messages<'a>(
    at: &Path<'_>,
    value: Option<Value<'_, 'a>>,
    messages: &mut Vec<Message<'a>>,
) -> Result<(), ApiError> {
    let value = value.ok_or_else(|| missing(at))?;
    for (index, turn) in array(at, value)?.enumerate() {
        let at = at.item(index);
        object(&at, turn)?;
        let role = required(&at, turn, "role")?;
        let role = match role.text() {
            Some(word) if word.is("user") => Role::User,
            Some(word) if word.is("assistant") => Role::Assistant,
            // The newest models take instructions in mid-conversation.
            Some(word) if word.is("system") => Role::System,
            _ => return Err(wrong(&at.key("role"), "one of user, assistant, system", role)),
        };
        let mut message = Message { role, name: None, parts: Vec::new() };
        read_content(&at.key("content"), required(&at, turn, "content")?, &mut message.parts)?;
        messages.push(message);
    }
    Ok(())
}

/// A string, or a list of blocks.
fn read_content<'a>(at: &Path<'_>, value: Value<'_, 'a>, parts: &mut Vec<Part<'a>>) -> Result<(), ApiError> {
    match value.kind() {
        Kind::String => parts.push(Part::Text { text: text(at, value)?, cache: None }),
        Kind::Array => {
            for (index, block) in value.items().enumerate() {
                parts.push(read_block(&at.item(index), block)?);
            }
        }
        _ => return Err(wrong(at, "a string or an array", value)),
    }
    Ok(())
}

/// One block of a turn or of an answer. A type nobody knows is kept as it is.
pub(super) fn read_block<'a>(at: &Path<'_>, block: Value<'_, 'a>) -> Result<Part<'a>, ApiError> {
    object(at, block)?;
    let kind = text(&at.key("type"), required(at, block, "type")?)?;
    let member = |name: &'static str| text(&at.key(name), required(at, block, name)?);
    let cache = block.some("cache_control").map(Value::raw);
    let other = Part::Other { kind: kind.clone(), raw: block.raw() };
    Ok(match kind.raw() {
        "text" => Part::Text { text: member("text")?, cache },
        "image" => read_source(at, block, MediaKind::Image, cache)?.unwrap_or(other),
        "document" => read_source(at, block, MediaKind::File, cache)?.unwrap_or(other),
        "thinking" => {
            let signature = match block.some("signature") {
                Some(signature) => Some(text(&at.key("signature"), signature)?).filter(|text| !text.is_empty()),
                None => None,
            };
            Part::Thinking { text: member("thinking")?, signature }
        }
        "redacted_thinking" => Part::RedactedThinking(member("data")?),
        "tool_use" => {
            let input = required(at, block, "input")?;
            object(&at.key("input"), input)?;
            let arguments = Arguments::Json(input.raw());
            Part::ToolCall(ToolCall { id: member("id")?, name: member("name")?, arguments, cache })
        }
        "tool_result" => {
            let mut parts = Vec::new();
            if let Some(content) = block.some("content") {
                read_content(&at.key("content"), content, &mut parts)?;
            }
            let is_error = match block.some("is_error") {
                Some(flag) => Some(flag.bool().ok_or_else(|| wrong(&at.key("is_error"), "a boolean", flag))?),
                None => None,
            };
            Part::ToolResult { id: member("tool_use_id")?, is_error, parts, cache }
        }
        _ => other,
    })
}

/// An image or a document by its source; None if the source is of a kind only Anthropic has.
fn read_source<'a>(
    at: &Path<'_>,
    block: Value<'_, 'a>,
    kind: MediaKind,
    cache: Option<&'a str>,
) -> Result<Option<Part<'a>>, ApiError> {
    let source = required(at, block, "source")?;
    let at_source = at.key("source");
    object(&at_source, source)?;
    let member = |name: &'static str| text(&at_source.key(name), required(&at_source, source, name)?);
    let source = match member("type")?.raw() {
        "base64" => MediaSource::Data { media_type: member("media_type")?, data: member("data")? },
        "url" => MediaSource::Url(member("url")?),
        "file" => MediaSource::FileId(member("file_id")?),
        "text" => return Ok(Some(Part::Text { text: member("data")?, cache })),
        "content" if source.get("content").is_some_and(|content| content.kind() == Kind::String) => {
            return Ok(Some(Part::Text { text: member("content")?, cache }));
        }
        _ => return Ok(None),
    };
    let filename = match block.some("title") {
        Some(title) => Some(text(&at.key("title"), title)?),
        None => None,
    };
    Ok(Some(Part::Media(Media { kind, source, detail: None, filename, cache })))
}

fn read_tool<'a>(at: &Path<'_>, tool: Value<'_, 'a>) -> Result<Tool<'a>, ApiError> {
    object(at, tool)?;
    if let Some(kind) = tool.some("type") {
        let kind = text(&at.key("type"), kind)?;
        if !kind.is("custom") {
            return Ok(Tool::Other { kind, raw: tool.raw() });
        }
    }
    let schema = required(at, tool, "input_schema")?;
    object(&at.key("input_schema"), schema)?;
    Ok(Tool::Function {
        name: text(&at.key("name"), required(at, tool, "name")?)?,
        description: match tool.some("description") {
            Some(description) => Some(text(&at.key("description"), description)?),
            None => None,
        },
        parameters: Some(schema.raw()),
        strict: tool.some("strict").and_then(Value::bool),
        cache: tool.some("cache_control").map(Value::raw),
    })
}

fn read_tool_choice<'a>(at: &Path<'_>, choice: Value<'_, 'a>, request: &mut Request<'a>) -> Result<(), ApiError> {
    object(at, choice)?;
    let kind = required(at, choice, "type")?;
    request.tool_choice = Some(match kind.text() {
        Some(word) if word.is("auto") => ToolChoice::Auto,
        Some(word) if word.is("any") => ToolChoice::Required,
        Some(word) if word.is("none") => ToolChoice::None,
        Some(word) if word.is("tool") => ToolChoice::Named(text(&at.key("name"), required(at, choice, "name")?)?),
        _ => return Err(wrong(&at.key("type"), "one of auto, any, tool, none", kind)),
    });
    if let Some(flag) = choice.some("disable_parallel_tool_use") {
        let disabled = flag.bool().ok_or_else(|| wrong(&at.key("disable_parallel_tool_use"), "a boolean", flag))?;
        request.parallel_tool_calls = Some(!disabled);
    }
    Ok(())
}

fn missing(at: &Path<'_>) -> ApiError {
    ApiError::invalid_request(at.to_string(), format!("{at} is required"))
}

fn wrong(at: &Path<'_>, want: &str, got: Value<'_, '_>) -> ApiError {
    let got = match got.text() {
        // The value is only told if it can be a wrong word and not somebody's prompt.
        Some(word) if want.contains("one of") && word.raw().len() <= 32 => format!("`{}`", word.decode()),
        _ => got.kind().name().to_owned(),
    };
    ApiError::invalid_request(at.to_string(), format!("{at} must be {want}, got {got}"))
}

fn required<'d, 'a>(at: &Path<'_>, object: Value<'d, 'a>, name: &'static str) -> Result<Value<'d, 'a>, ApiError> {
    object.some(name).ok_or_else(|| missing(&at.key(name)))
}

fn text<'a>(at: &Path<'_>, value: Value<'_, 'a>) -> Result<Text<'a>, ApiError> {
    value.text().ok_or_else(|| wrong(at, "a string", value))
}

fn number<'a>(at: &Path<'_>, value: Value<'_, 'a>) -> Result<&'a str, ApiError> {
    value.number().ok_or_else(|| wrong(at, "a number", value))
}

fn object(at: &Path<'_>, value: Value<'_, '_>) -> Result<(), ApiError> {
    if value.kind() == Kind::Object { Ok(()) } else { Err(wrong(at, "an object", value)) }
}

fn array<'d, 'a>(
    at: &Path<'_>,
    value: Value<'d, 'a>,
) -> Result<impl Iterator<Item = Value<'d, 'a>> + use<'d, 'a>, ApiError> {
    if value.kind() == Kind::Array { Ok(value.items()) } else { Err(wrong(at, "an array", value)) }
}

#[cfg(test)]
mod tests;
