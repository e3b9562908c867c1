//! Reads what a client of Converse asks. The model and whether a stream is wanted stand in the path.
//!
//! What is not a matter of taste: text in a document becomes text, because every model can read text and few formats have
//! documents; content marked for a guardrail is content; a cache point belongs to what stands before it. What one
//! family of models takes in `additionalModelRequestFields` is read where there is a common word for it, and travels in
//! `extra` under its whole path otherwise.

use super::media;
use super::{OWN_BLOCKS, answer};
use crate::chat::{
    ApiError, Arguments, Effort, Media, MediaKind, MediaSource, Message, Origin, Part, Reasoning, Request,
    ResponseFormat, Role, Signature, Tool, ToolCall, ToolChoice,
};
use crate::format::claude;
use crate::format::field::Field;
use crate::wire::json::{Doc, Kind, Text, Value};

pub(super) fn read<'a>(doc: &Doc<'a>) -> Result<Request<'a>, ApiError> {
    let root = Field::root(doc)?;
    let mut request = Request { include_usage: true, ..Request::default() };
    let (mut thinking, mut effort) = (None, None);
    for (key, value) in root.value.members() {
        if value.is_null() {
            continue;
        }
        let field = root.under(key.raw(), value);
        match key.raw() {
            "messages" => {} // after `system`, wherever that stands
            "system" => read_system(&field, &mut request)?,
            "inferenceConfig" => read_inference(&field.object()?, &mut request)?,
            "toolConfig" => read_tools(&field.object()?, &mut request)?,
            "outputConfig" => read_output(&field.object()?, &mut request, &mut effort)?,
            "additionalModelRequestFields" => {
                read_model_fields(&field.object()?, &mut request, &mut thinking, &mut effort)?;
            }
            "serviceTier" => request.service_tier = Some(field.object()?.need("type")?.text()?),
            "requestMetadata" => request.metadata = Some(field.object()?.value.raw()),
            _ => request.extra.push((key, value.raw())),
        }
    }
    read_messages(&root.need("messages")?, &mut request)?;
    request.reasoning = effort.map(Reasoning::Effort);
    if let Some(thinking) = thinking {
        match claude::read_thinking(thinking, effort) {
            Some(reasoning) => request.reasoning = Some(reasoning),
            None => request.extra.push((Text::from_raw("additionalModelRequestFields.thinking"), thinking.raw())),
        }
    }
    Ok(request)
}

fn read_system<'a>(system: &Field<'_, '_, 'a>, request: &mut Request<'a>) -> Result<(), ApiError> {
    let mut parts = Vec::new();
    for block in system.array()?.items() {
        read_block(&block, &mut parts, &mut request.extra)?;
    }
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
            "system" => Role::System,
            _ => return Err(role.unknown("user, assistant, system")),
        };
        let mut message = Message { at, role, ..Message::default() };
        for block in turn.need("content")?.array()?.items() {
            read_block(&block, &mut message.parts, &mut request.extra)?;
        }
        request.messages.push(message);
    }
    match turns.value.items().next() {
        Some(_) => Ok(()),
        None => Err(turns.error(format_args!("expected at least one message"))),
    }
}

/// One block of a turn or of an answer: an object with one member, whose name says what it is. A name nobody knows is
/// kept as it is. `extra`: what of it has no place in the model.
pub(super) fn read_block<'a>(
    block: &Field<'_, '_, 'a>,
    parts: &mut Vec<Part<'a>>,
    extra: &mut Vec<(Text<'a>, &'a str)>,
) -> Result<(), ApiError> {
    let block = block.object()?;
    let mut members = block.value.members().filter(|(_, value)| !value.is_null());
    let (Some((key, value)), None) = (members.next(), members.next()) else {
        return Err(block.error(format_args!("expected one member, such as text, image, toolUse or toolResult")));
    };
    let inside = block.under(key.raw(), value);
    let other = Part::Other { kind: key.clone(), raw: block.value.raw() };
    if let Some((kind, _)) = media::BLOCKS.iter().find(|(_, name)| key.is(name)) {
        return read_media(*kind, &inside.object()?, parts, extra);
    }
    match key.raw() {
        "text" => parts.push(Part::Text { text: inside.text()?, cache: None }),
        "cachePoint" => mark(parts, &inside.object()?)?,
        "toolUse" => {
            let call = inside.object()?;
            if call.member("type").is_some() {
                // A tool of the provider's own, which it has called itself.
                parts.push(Part::Other { kind: Text::from_raw("serverToolUse"), raw: block.value.raw() });
                return Ok(());
            }
            parts.push(Part::ToolCall(ToolCall {
                id: call.need("toolUseId")?.text()?,
                name: call.need("name")?.text()?,
                arguments: Arguments::Json(call.need("input")?.value.raw()),
                signature: None,
                cache: None,
            }));
        }
        "toolResult" => {
            let result = inside.object()?;
            if result.member("type").is_some() {
                parts.push(Part::Other { kind: Text::from_raw("serverToolResult"), raw: block.value.raw() });
                return Ok(());
            }
            parts.push(read_result(&result, extra)?);
        }
        "reasoningContent" => {
            let reasoning = inside.object()?;
            if let Some(secret) = reasoning.text_of("redactedContent")? {
                parts.push(Part::RedactedThinking(read_redacted(secret)));
            } else {
                let said = reasoning.need("reasoningText")?.object()?;
                let signature = said.text_of("signature")?.filter(|signature| !signature.is_empty());
                let signature = signature.map(|signature| Signature::unseal(signature, Origin::Anthropic));
                parts.push(Part::Thinking { text: said.need("text")?.text()?, signature });
            }
        }
        "guardContent" => read_guarded(&inside.object()?, parts, extra)?,
        "citationsContent" => answer::read_cited(&inside.object()?, parts)?,
        own if OWN_BLOCKS.contains(&own) => parts.push(other),
        _ => parts.push(other),
    }
    Ok(())
}

/// Secret reasoning, of Claude's or sealed by us.
pub(super) fn read_redacted(secret: Text<'_>) -> Text<'_> {
    match media::unseal_redacted(secret.raw()) {
        Some(data) => Text::from_plain(&data).into_owned(),
        None => secret,
    }
}

/// A cache point marks what stands before it; with nothing there it marks nothing.
fn mark<'a>(parts: &mut [Part<'a>], point: &Field<'_, '_, 'a>) -> Result<(), ApiError> {
    let mark = Some(read_mark(point)?);
    let slot = parts.iter_mut().rev().find_map(|part| match part {
        Part::Text { cache, .. } | Part::ToolResult { cache, .. } => Some(cache),
        Part::Media(media) => Some(&mut media.cache),
        Part::ToolCall(call) => Some(&mut call.cache),
        _ => None,
    });
    if let Some(slot) = slot {
        *slot = mark;
    }
    Ok(())
}

/// A cache point in the words of Anthropic, who has the same marks on the blocks themselves.
fn read_mark(point: &Field<'_, '_, '_>) -> Result<&'static str, ApiError> {
    let Some(ttl) = point.member("ttl") else { return Ok(r#"{"type":"ephemeral"}"#) };
    match ttl.text()?.raw() {
        "5m" => Ok(r#"{"type":"ephemeral","ttl":"5m"}"#),
        "1h" => Ok(r#"{"type":"ephemeral","ttl":"1h"}"#),
        _ => Err(ttl.unknown("5m, 1h")),
    }
}

fn read_result<'a>(result: &Field<'_, '_, 'a>, extra: &mut Vec<(Text<'a>, &'a str)>) -> Result<Part<'a>, ApiError> {
    let mut parts = Vec::new();
    for block in result.need("content")?.array()?.items() {
        let object = block.object()?;
        match object.member("json") {
            // Elsewhere a result is text; the model reads the same.
            Some(json) => parts.push(Part::Text { text: Text::from_plain(json.value.raw()).into_owned(), cache: None }),
            None => read_block(&block, &mut parts, extra)?,
        }
    }
    let is_error = match result.member("status") {
        None => None,
        Some(status) => match status.text()?.raw() {
            "success" => Some(false),
            "error" => Some(true),
            _ => return Err(status.unknown("success, error")),
        },
    };
    Ok(Part::ToolResult { id: result.need("toolUseId")?.text()?, is_error, parts, cache: None })
}

/// A picture, sound, film or document.
fn read_media<'a>(
    kind: MediaKind,
    block: &Field<'_, '_, 'a>,
    parts: &mut Vec<Part<'a>>,
    extra: &mut Vec<(Text<'a>, &'a str)>,
) -> Result<(), ApiError> {
    let source = block.need("source")?.object()?;
    if let Some(context) = block.member("context") {
        // What the model is told of a document, it reads before it.
        parts.push(Part::Text { text: context.text()?, cache: None });
    }
    if let Some(citations) = block.member("citations") {
        extra.push((Text::from_raw("messages[].content[].document.citations"), citations.value.raw()));
    }
    if let Some(text) = source.text_of("text")? {
        parts.push(Part::Text { text, cache: None });
        return Ok(());
    }
    if let Some(content) = source.member("content") {
        for piece in content.array()?.items() {
            parts.push(Part::Text { text: piece.object()?.need("text")?.text()?, cache: None });
        }
        return Ok(());
    }
    let source = match (source.member("bytes"), source.member("s3Location")) {
        (Some(bytes), _) => {
            let format = block.need("format")?.text()?;
            let data = bytes.text()?;
            if !media::is_base64(&data.decode()) {
                return Err(bytes.error(format_args!("expected bytes in base64")));
            }
            let media_type = Text::from_plain(&media::type_of(kind, &format.decode())).into_owned();
            MediaSource::Data { media_type, data }
        }
        (None, Some(place)) => {
            let place = place.object()?;
            if let Some(owner) = place.member("bucketOwner") {
                let name = "messages[].content[].source.s3Location.bucketOwner";
                extra.push((Text::from_raw(name), owner.value.raw()));
            }
            MediaSource::Url(place.need("uri")?.text()?)
        }
        (None, None) => return Err(source.error(format_args!("expected bytes or s3Location"))),
    };
    let filename = block.text_of("name")?;
    parts.push(Part::Media(Media { kind, source, detail: None, filename, cache: None }));
    Ok(())
}

/// What a guardrail is to look at is read by the model as well.
fn read_guarded<'a>(
    guarded: &Field<'_, '_, 'a>,
    parts: &mut Vec<Part<'a>>,
    extra: &mut Vec<(Text<'a>, &'a str)>,
) -> Result<(), ApiError> {
    extra.push((Text::from_raw("messages[].content[].guardContent"), "true"));
    match guarded.member("image") {
        Some(image) => read_media(MediaKind::Image, &image.object()?, parts, extra),
        None => {
            parts.push(Part::Text { text: guarded.need("text")?.object()?.need("text")?.text()?, cache: None });
            Ok(())
        }
    }
}

fn read_inference<'a>(config: &Field<'_, '_, 'a>, request: &mut Request<'a>) -> Result<(), ApiError> {
    for (key, value) in config.value.members().filter(|(_, value)| !value.is_null()) {
        let field = config.under(key.raw(), value);
        match key.raw() {
            "maxTokens" => request.max_tokens = Some(field.u64()?),
            "temperature" => request.temperature = Some(field.number()?),
            "topP" => request.top_p = Some(field.number()?),
            "stopSequences" => {
                for stop in field.array()?.items() {
                    request.stop.push(stop.text()?);
                }
            }
            _ => request.extra.push((inside("inferenceConfig", &key), value.raw())),
        }
    }
    Ok(())
}

fn inside(object: &str, key: &Text<'_>) -> Text<'static> {
    Text::from_raw_owned(format!("{object}.{}", key.raw()))
}

fn read_tools<'a>(config: &Field<'_, '_, 'a>, request: &mut Request<'a>) -> Result<(), ApiError> {
    for tool in config.need("tools")?.array()?.items() {
        let tool = tool.object()?;
        if let Some(point) = tool.member("cachePoint") {
            let mark = read_mark(&point.object()?)?;
            if let Some(Tool::Function { cache, .. }) = request.tools.last_mut() {
                *cache = Some(mark);
            }
        } else if let Some(spec) = tool.member("toolSpec") {
            let spec = spec.object()?;
            let schema = spec.need("inputSchema")?.object()?.need("json")?.object()?.value.raw();
            request.tools.push(Tool::Function {
                name: spec.need("name")?.text()?,
                description: spec.text_of("description")?,
                parameters: Some(schema.into()),
                strict: spec.bool_of("strict")?,
                cache: None,
            });
        } else {
            let Some((kind, _)) = tool.value.members().next() else { return Err(tool.missing("toolSpec")) };
            request.tools.push(Tool::Other { kind, raw: tool.value.raw() });
        }
    }
    let Some(choice) = config.member("toolChoice") else { return Ok(()) };
    let choice = choice.object()?;
    request.tool_choice = Some(if let Some(tool) = choice.member("tool") {
        ToolChoice::Named(tool.object()?.need("name")?.text()?)
    } else if choice.member("any").is_some() {
        ToolChoice::Required
    } else if choice.member("auto").is_some() {
        ToolChoice::Auto
    } else {
        return Err(choice.error(format_args!("expected one of auto, any, tool")));
    });
    Ok(())
}

fn read_output<'a>(
    config: &Field<'_, '_, 'a>,
    request: &mut Request<'a>,
    effort: &mut Option<Effort>,
) -> Result<(), ApiError> {
    for (key, value) in config.value.members().filter(|(_, value)| !value.is_null()) {
        let field = config.under(key.raw(), value);
        match key.raw() {
            "effort" => *effort = Some(read_effort(&field)?),
            "textFormat" => request.response_format = Some(read_format(&field.object()?)?),
            _ => request.extra.push((inside("outputConfig", &key), value.raw())),
        }
    }
    Ok(())
}

fn read_effort(word: &Field<'_, '_, '_>) -> Result<Effort, ApiError> {
    const WORDS: &[(&str, Effort)] = &[
        ("minimal", Effort::Minimal),
        ("low", Effort::Low),
        ("medium", Effort::Medium),
        ("high", Effort::High),
        ("xhigh", Effort::Xhigh),
        ("max", Effort::Max),
    ];
    let row = WORDS.iter().find(|(name, _)| word.value.is(name));
    row.map(|(_, effort)| *effort).ok_or_else(|| word.unknown("low, medium, high, xhigh, max"))
}

/// The schema is JSON in a string.
fn read_format<'a>(format: &Field<'_, '_, 'a>) -> Result<ResponseFormat<'a>, ApiError> {
    let kind = format.need("type")?;
    if !kind.value.is("json_schema") {
        return Err(kind.unknown("json_schema"));
    }
    let structure = format.need("structure")?.object()?;
    let json = structure.need("jsonSchema")?.object()?;
    let text = json.need("schema")?;
    let schema = text.text()?.decode().into_owned();
    match Doc::parse(schema.as_bytes()) {
        Ok(doc) if doc.root().kind() == Kind::Object => {}
        Ok(_) => return Err(text.error(format_args!("expected the text of a JSON object"))),
        Err(error) => return Err(text.error(format_args!("the text is not JSON: {error}"))),
    }
    let (name, description) = (json.text_of("name")?, json.text_of("description")?);
    Ok(ResponseFormat::JsonSchema { name, description, schema: schema.into(), strict: None })
}

/// What one family of models takes, where there is a common word for it.
fn read_model_fields<'d, 'a>(
    fields: &Field<'_, 'd, 'a>,
    request: &mut Request<'a>,
    thinking: &mut Option<Value<'d, 'a>>,
    effort: &mut Option<Effort>,
) -> Result<(), ApiError> {
    for (key, value) in fields.value.members().filter(|(_, value)| !value.is_null()) {
        let field = fields.under(key.raw(), value);
        match key.raw() {
            "thinking" => *thinking = Some(field.object()?.value),
            "top_k" | "k" if value.number().is_some() => request.top_k = value.number(),
            "inferenceConfig" if only(value, "topK") => request.top_k = field.need("topK")?.number().ok(),
            "reasoning_effort" => *effort = Some(read_effort(&field)?),
            "output_config" if only(value, "effort") => *effort = Some(read_effort(&field.need("effort")?)?),
            "reasoningConfig" if value.get("maxReasoningEffort").is_some() => {
                *effort = Some(read_effort(&field.need("maxReasoningEffort")?)?);
            }
            // Claude's own, which can say what `toolChoice` cannot.
            "tool_choice" if value.get("disable_parallel_tool_use").is_some() => {
                request.parallel_tool_calls = field.bool_of("disable_parallel_tool_use")?.map(|disabled| !disabled);
                if let Some(kind) = field.member("type") {
                    request.tool_choice = Some(match kind.text()?.raw() {
                        "auto" => ToolChoice::Auto,
                        "any" => ToolChoice::Required,
                        "none" => ToolChoice::None,
                        "tool" => ToolChoice::Named(field.need("name")?.text()?),
                        _ => return Err(kind.unknown("auto, any, tool, none")),
                    });
                }
            }
            _ => request.extra.push((inside("additionalModelRequestFields", &key), value.raw())),
        }
    }
    Ok(())
}

/// Whether an object has this member and no other.
fn only(object: Value<'_, '_>, name: &str) -> bool {
    let mut members = object.members();
    members.next().is_some_and(|(key, _)| key.is(name)) && members.next().is_none()
}

#[cfg(test)]
mod tests;
