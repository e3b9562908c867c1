//! Reads what a client of `/v1/messages` asks.
//!
//! What is not a matter of taste: a `document` of plain text becomes text, because every model can read text and few
//! formats have documents; a thinking block with an empty signature counts as unsigned; a `thinking` type nobody knows
//! yet travels in `extra`.

use crate::chat::{
    ApiError, Arguments, Effort, Media, MediaKind, MediaSource, Message, Origin, Part, Reasoning, Request,
    ResponseFormat, Role, Signature, Tool, ToolCall, ToolChoice,
};
use crate::format::claude;
use crate::format::field::{Extra, Field};
use crate::wire::json::{Doc, Kind, Text};

pub(super) fn read<'a>(doc: &Doc<'a>) -> Result<Request<'a>, ApiError> {
    let root = Field::root(doc)?;
    let mut request = Request { include_usage: true, ..Request::default() };
    let mut thinking = None;
    let mut effort = None;
    for (key, value) in root.value.members() {
        if value.is_null() {
            continue;
        }
        let field = root.under(key.raw(), value);
        match key.raw() {
            "model" => request.model = field.text()?,
            "messages" => {} // after `system`, wherever that stands
            "system" => read_system(&field, &mut request)?,
            "max_tokens" => request.max_tokens = Some(field.u64()?),
            "tools" => {
                for tool in field.array()?.items() {
                    request.tools.push(read_tool(&tool.object()?, &mut request.extra)?);
                }
            }
            "tool_choice" => read_tool_choice(&field.object()?, &mut request)?,
            "stop_sequences" => {
                for stop in field.array()?.items() {
                    request.stop.push(stop.text()?);
                }
            }
            "temperature" => request.temperature = Some(field.number()?),
            "top_p" => request.top_p = Some(field.number()?),
            "top_k" => request.top_k = Some(field.number()?),
            "stream" => request.stream = field.bool()?,
            "thinking" => {
                let config = field.object()?;
                config.leftover("thinking.", &["type", "budget_tokens"], &mut request.extra);
                thinking = Some(config.value);
            }
            "output_config" => {
                let config = field.object()?;
                config.leftover("output_config.", &["effort", "format"], &mut request.extra);
                effort = config.member("effort").map(|word| read_effort(&word)).transpose()?;
                request.response_format = config.member("format").map(|format| read_format(&format)).transpose()?;
            }
            "service_tier" => request.service_tier = Some(read_tier(field.text()?)),
            "metadata" => {
                let metadata = field.object()?;
                metadata.leftover("metadata.", &["user_id"], &mut request.extra);
                request.user = metadata.text_of("user_id")?;
            }
            "mcp_servers" if field.value.items().next().is_none() => {}
            _ => request.extra.push((key, value.raw())),
        }
    }
    root.need("max_tokens")?;
    read_messages(&root.need("messages")?, &mut request)?;
    request.reasoning = effort.map(Reasoning::Effort);
    if let Some(thinking) = thinking {
        match claude::read_thinking(thinking, effort) {
            Some(reasoning) => request.reasoning = Some(reasoning),
            None => request.extra.push((Text::from_raw("thinking"), thinking.raw())),
        }
    }
    Ok(request)
}

/// A tier in OpenAI's words.
fn read_tier(tier: Text<'_>) -> Text<'_> {
    if tier.is("standard_only") { Text::from_raw("default") } else { tier }
}

fn read_effort(word: &Field<'_, '_, '_>) -> Result<Effort, ApiError> {
    const WORDS: &[(&str, Effort)] = &[
        ("low", Effort::Low),
        ("medium", Effort::Medium),
        ("high", Effort::High),
        ("xhigh", Effort::Xhigh),
        ("max", Effort::Max),
    ];
    let row = WORDS.iter().find(|(name, _)| word.value.is(name));
    row.map(|(_, effort)| *effort).ok_or_else(|| word.unknown("low, medium, high, xhigh, max"))
}

fn read_format<'a>(format: &Field<'_, '_, 'a>) -> Result<ResponseFormat<'a>, ApiError> {
    let kind = format.need("type")?;
    if !kind.value.is("json_schema") {
        return Err(kind.unknown("json_schema"));
    }
    let schema = format.need("schema")?.object()?.value.raw().into();
    Ok(ResponseFormat::JsonSchema { name: None, description: None, schema, strict: None })
}

fn read_system<'a>(system: &Field<'_, '_, 'a>, request: &mut Request<'a>) -> Result<(), ApiError> {
    let mut parts = Vec::new();
    read_content(system, "system[].", &mut parts, &mut request.extra)?;
    request.messages.extend(parts.into_iter().map(|part| Message {
        role: Role::System,
        parts: vec![part],
        ..Message::default()
    }));
    Ok(())
}

fn read_messages<'a>(turns: &Field<'_, '_, 'a>, request: &mut Request<'a>) -> Result<(), ApiError> {
    for (at, turn) in (0..).zip(turns.array()?.items()) {
        let turn = turn.object()?;
        let role = turn.need("role")?;
        let role = match role.text()?.raw() {
            "user" => Role::User,
            "assistant" => Role::Assistant,
            // The newest models take instructions in mid-conversation.
            "system" => Role::System,
            _ => return Err(role.unknown("user, assistant, system")),
        };
        let mut message = Message { at, role, ..Message::default() };
        read_content(&turn.need("content")?, "messages[].content[].", &mut message.parts, &mut request.extra)?;
        turn.leftover("messages[].", &["role", "content"], &mut request.extra);
        request.messages.push(message);
    }
    match turns.array()?.items().next() {
        Some(_) => Ok(()),
        None => Err(turns.error(format_args!("expected at least one message"))),
    }
}

/// A string, or a list of blocks. `place`: what a member of a block is called there.
fn read_content<'a>(
    content: &Field<'_, '_, 'a>,
    place: &str,
    parts: &mut Vec<Part<'a>>,
    extra: &mut Extra<'a>,
) -> Result<(), ApiError> {
    match content.value.kind() {
        Kind::String => parts.push(Part::Text { text: content.text()?, cache: None }),
        Kind::Array => {
            for block in content.items() {
                let part = read_block(&block, extra)?;
                match &part {
                    // It goes on whole, or not at all.
                    Part::Other { .. } => {}
                    // A document that became text has no room for its title.
                    Part::Text { .. } => block.leftover(place, &["type", "text", "source", "cache_control"], extra),
                    _ => block.leftover(place, BLOCK, extra),
                }
                parts.push(part);
            }
        }
        _ => return Err(content.wrong("a string or an array")),
    }
    Ok(())
}

/// The members of a block that are read, of any type. A `caller` says which tool asked for a call; a client's own tools are
/// called by the model.
const BLOCK: &[&str] = &[
    "type",
    "id",
    "name",
    "input",
    "tool_use_id",
    "content",
    "is_error",
    "source",
    "title",
    "thinking",
    "signature",
    "data",
    "cache_control",
    "caller",
];

/// One block of a turn or of an answer. A type nobody knows is kept as it is.
pub(super) fn read_block<'a>(block: &Field<'_, '_, 'a>, extra: &mut Extra<'a>) -> Result<Part<'a>, ApiError> {
    let block = block.object()?;
    let kind = block.need("type")?.text()?;
    let member = |name: &'static str| block.need(name)?.text();
    let cache = block.raw_of("cache_control");
    let other = Part::Other { kind: kind.clone(), raw: block.value.raw() };
    Ok(match kind.raw() {
        "text" => Part::Text { text: member("text")?, cache },
        "image" => read_source(&block, MediaKind::Image, cache)?.unwrap_or(other),
        "document" => read_source(&block, MediaKind::File, cache)?.unwrap_or(other),
        "thinking" => {
            let signature = block.text_of("signature")?.filter(|signature| !signature.is_empty());
            let signature = signature.map(|signature| Signature::unseal(signature, Origin::Anthropic));
            Part::Thinking { text: member("thinking")?, signature }
        }
        "redacted_thinking" => Part::RedactedThinking(member("data")?),
        "tool_use" => {
            let arguments = Arguments::Json(block.need("input")?.object()?.value.raw());
            Part::ToolCall(ToolCall { id: member("id")?, name: member("name")?, arguments, signature: None, cache })
        }
        "tool_result" => {
            let mut parts = Vec::new();
            if let Some(content) = block.member("content") {
                read_content(&content, "messages[].content[].content[].", &mut parts, extra)?;
            }
            Part::ToolResult { id: member("tool_use_id")?, is_error: block.bool_of("is_error")?, parts, cache }
        }
        _ => other,
    })
}

/// An image or a document by its source; None if the source is of a kind only Anthropic has.
fn read_source<'a>(
    block: &Field<'_, '_, 'a>,
    kind: MediaKind,
    cache: Option<&'a str>,
) -> Result<Option<Part<'a>>, ApiError> {
    let source = block.need("source")?.object()?;
    let member = |name: &'static str| source.need(name)?.text();
    let source = match member("type")?.raw() {
        "base64" => {
            let (media_type, data) = (member("media_type")?, source.need("data")?);
            MediaSource::Data { media_type, data: data.base64(data.raw_text()?)? }
        }
        "url" => {
            let url = source.need("url")?;
            let address = url.text()?;
            // What another format calls a data URL is a source of its own here; as an address nobody could read it.
            if address.raw().starts_with("data:") {
                return Err(url.error(format_args!("expected an http or https address; give data as a base64 source")));
            }
            MediaSource::Url(address)
        }
        "file" => MediaSource::FileId(member("file_id")?),
        "text" => return Ok(Some(Part::Text { text: member("data")?, cache })),
        "content" if source.value.get("content").is_some_and(|content| content.kind() == Kind::String) => {
            return Ok(Some(Part::Text { text: member("content")?, cache }));
        }
        _ => return Ok(None),
    };
    let filename = block.text_of("title")?;
    Ok(Some(Part::Media(Media { kind, source, detail: None, filename, cache })))
}

fn read_tool<'a>(tool: &Field<'_, '_, 'a>, extra: &mut Extra<'a>) -> Result<Tool<'a>, ApiError> {
    if let Some(kind) = tool.text_of("type")?.filter(|kind| !kind.is("custom")) {
        return Ok(Tool::Other { kind, raw: tool.value.raw() });
    }
    tool.leftover("tools[].", &["type", "name", "description", "input_schema", "strict", "cache_control"], extra);
    Ok(Tool::Function {
        parameters: Some(tool.need("input_schema")?.object()?.value.raw().into()),
        name: tool.need("name")?.text()?,
        description: tool.text_of("description")?,
        strict: tool.bool_of("strict")?,
        cache: tool.raw_of("cache_control"),
    })
}

fn read_tool_choice<'a>(choice: &Field<'_, '_, 'a>, request: &mut Request<'a>) -> Result<(), ApiError> {
    let kind = choice.need("type")?;
    request.tool_choice = Some(match kind.text()?.raw() {
        "auto" => ToolChoice::Auto,
        "any" => ToolChoice::Required,
        "none" => ToolChoice::None,
        "tool" => ToolChoice::Named(choice.need("name")?.text()?),
        _ => return Err(kind.unknown("auto, any, tool, none")),
    });
    request.parallel_tool_calls = choice.bool_of("disable_parallel_tool_use")?.map(|disabled| !disabled);
    Ok(())
}

#[cfg(test)]
mod tests;
