//! Reads what a client of `/v2/chat` asks.

use super::content::{is_about_text, read_calls, read_citation, read_content, read_document};
use crate::chat::{ApiError, Effort, Message, Part, Reasoning, Request, ResponseFormat, Role, Tool, ToolChoice};
use crate::format::field::Field;
use crate::wire::json::Doc;

pub(super) fn read<'a>(doc: &Doc<'a>) -> Result<Request<'a>, ApiError> {
    let root = Field::root(doc)?;
    let mut request = Request { include_usage: true, ..Request::default() };
    let (mut strict, mut documents) = (None, Vec::new());
    let mut has_messages = false;
    for (key, value) in root.value.members().filter(|(_, value)| !value.is_null()) {
        let name = key.decode();
        let field = root.under(&name, value);
        match &*name {
            "model" => request.model = field.text()?,
            "messages" => (request.messages, has_messages) = (read_messages(&field)?, true),
            "tools" => request.tools = field.array()?.items().map(|tool| read_tool(&tool)).collect::<Result<_, _>>()?,
            "strict_tools" => strict = Some(field.bool()?),
            "tool_choice" => {
                request.tool_choice = Some(match &*field.text()?.decode() {
                    "REQUIRED" => ToolChoice::Required,
                    "NONE" => ToolChoice::None,
                    _ => return Err(field.unknown("REQUIRED, NONE")),
                });
            }
            "documents" => {
                for document in field.array()?.items() {
                    documents.push(read_document(&document)?);
                }
            }
            "stream" => request.stream = field.bool()?,
            "max_tokens" => request.max_tokens = Some(field.u64()?),
            "temperature" => request.temperature = Some(field.number()?),
            "p" => request.top_p = Some(field.number()?),
            "k" => request.top_k = Some(field.number()?),
            "seed" => request.seed = Some(field.number()?),
            "frequency_penalty" => request.frequency_penalty = Some(field.number()?),
            "presence_penalty" => request.presence_penalty = Some(field.number()?),
            "logprobs" => request.logprobs = field.bool()?,
            "stop_sequences" => {
                request.stop = field.array()?.items().map(|stop| stop.text()).collect::<Result<_, _>>()?;
            }
            "response_format" => request.response_format = read_format(&field.object()?)?,
            "thinking" => request.reasoning = Some(read_thinking(&field.object()?)?),
            // `citation_options`, `safety_mode`, `priority`, and what is to come.
            _ => request.extra.push((key.clone(), value.raw())),
        }
    }
    if !has_messages {
        return Err(root.missing("messages"));
    }
    for tool in &mut request.tools {
        if let Tool::Function { strict: held, .. } = tool {
            *held = strict;
        }
    }
    put_in_front(documents, &mut request.messages);
    Ok(request)
}

/// Documents open the last turn of the user's, who asks about them.
fn put_in_front<'a>(documents: Vec<Part<'a>>, messages: &mut Vec<Message<'a>>) {
    if documents.is_empty() {
        return;
    }
    match messages.iter_mut().rev().find(|message| message.role == Role::User) {
        Some(asking) => drop(asking.parts.splice(..0, documents)),
        None => {
            let at = messages.iter().take_while(|message| message.role == Role::System).count();
            messages.insert(at, Message { role: Role::User, parts: documents, ..Message::default() });
        }
    }
}

fn read_messages<'a>(list: &Field<'_, '_, 'a>) -> Result<Vec<Message<'a>>, ApiError> {
    let mut messages = Vec::new();
    for (at, message) in (0..).zip(list.array()?.items()) {
        let message = message.object()?;
        let role = message.need("role")?;
        let mut parts = Vec::new();
        let role = match &*role.text()?.decode() {
            "system" => {
                read_content(&message.need("content")?, &mut parts)?;
                Role::System
            }
            "user" => {
                read_content(&message.need("content")?, &mut parts)?;
                Role::User
            }
            "assistant" => {
                read_assistant(&message, true, &mut parts)?;
                Role::Assistant
            }
            "tool" => {
                let id = message.need("tool_call_id")?.text()?;
                let mut result = Vec::new();
                read_content(&message.need("content")?, &mut result)?;
                parts.push(Part::ToolResult { id, is_error: None, parts: result, cache: None });
                Role::Tool
            }
            _ => return Err(role.unknown("system, user, assistant, tool")),
        };
        messages.push(Message { at, role, name: None, parts });
    }
    match messages.is_empty() {
        true => Err(list.error(format_args!("expected at least one message"))),
        false => Ok(messages),
    }
}

/// A turn of the model's, in a conversation or as the answer: what it says, the sources of that, its plan, its calls.
pub(super) fn read_assistant<'a>(
    message: &Field<'_, '_, 'a>,
    from_client: bool,
    parts: &mut Vec<Part<'a>>,
) -> Result<(), ApiError> {
    // How many characters of text come before each block of text.
    let mut bases = Vec::new();
    if let Some(content) = message.member("content") {
        read_content(&content, parts)?;
        let mut chars = 0_u64;
        for (at, part) in (0_u64..).zip(parts.iter()) {
            if let Part::Text { text, .. } = part {
                bases.push((at, chars));
                chars = chars.saturating_add(text.chars());
            }
        }
        // A block that says nothing.
        parts.retain(|part| !matches!(part, Part::Thinking { text, .. } if text.is_empty()));
    }
    if let Some(citations) = message.member("citations") {
        for citation in citations.array()?.items().map(|citation| citation.value) {
            let block = citation.some("content_index").and_then(|index| index.u64()).unwrap_or(0);
            let base = bases.iter().find(|(at, _)| *at == block).map_or(0, |(_, base)| *base);
            if is_about_text(citation) {
                read_citation(citation, base, &mut |citation| parts.push(Part::Citation(citation)));
            }
        }
    }
    let plan = message.text_of("tool_plan")?.filter(|plan| !plan.is_empty());
    parts.extend(plan.map(|text| Part::Thinking { text, signature: None }));
    if let Some(calls) = message.member("tool_calls") {
        read_calls(&calls, from_client, parts)?;
    }
    Ok(())
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

fn read_format<'a>(format: &Field<'_, '_, 'a>) -> Result<Option<ResponseFormat<'a>>, ApiError> {
    let kind = format.need("type")?;
    match &*kind.text()?.decode() {
        "text" => Ok(None),
        "json_object" => Ok(Some(match format.member("json_schema") {
            None => ResponseFormat::JsonObject,
            Some(schema) => ResponseFormat::JsonSchema {
                name: None,
                description: None,
                schema: schema.object()?.value.raw().into(),
                strict: None,
            },
        })),
        _ => Err(kind.unknown("text, json_object")),
    }
}

fn read_thinking(thinking: &Field<'_, '_, '_>) -> Result<Reasoning, ApiError> {
    let kind = thinking.need("type")?;
    match &*kind.text()?.decode() {
        "disabled" => Ok(Reasoning::Off),
        "enabled" => match thinking.member("token_budget") {
            Some(budget) => Ok(Reasoning::Budget(budget.u64()?)),
            None => Ok(Reasoning::Effort(Effort::High)),
        },
        _ => Err(kind.unknown("enabled, disabled")),
    }
}
