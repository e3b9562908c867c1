//! Reads a chat request.

use super::content::{read_arguments, read_cache, read_calls, read_content, read_thinking, text_signature};
use crate::chat::{
    ApiError, Effort, Message, Part, Reasoning, Request, ResponseFormat, Role, Tool, ToolCall, ToolChoice,
};
use crate::format::claude;
use crate::format::field::{Extra, Field};
use crate::format::openai::EFFORTS;
use crate::wire::json::{Doc, Kind, Text};

pub(super) fn read<'a>(doc: &Doc<'a>) -> Result<Request<'a>, ApiError> {
    let root = Field::root(doc)?;
    let mut request = Request::default();
    let (mut newer_limit, mut older_limit) = (None, None);
    let mut safety_identifier = None;
    let (mut functions, mut function_call) = (Vec::new(), None);
    let mut has_messages = false;
    // What else providers of this shape call how much to think, the surest first.
    let (mut object, mut thinking, mut enabled, mut budget) = (None, None, None, None);
    for (key, value) in root.value.members().filter(|(_, value)| !value.is_null()) {
        let name = key.decode();
        let field = root.under(&name, value);
        match &*name {
            "model" => request.model = field.text()?,
            "messages" => (request.messages, has_messages) = (read_messages(&field, &mut request.extra)?, true),
            "tools" => {
                for tool in field.array()?.items() {
                    request.tools.push(read_tool(&tool, &mut request.extra)?);
                }
            }
            "tool_choice" => request.tool_choice = Some(read_tool_choice(&field)?),
            "parallel_tool_calls" => request.parallel_tool_calls = Some(field.bool()?),
            "stream" => request.stream = field.bool()?,
            "stream_options" => request.include_usage = field.object()?.bool_of("include_usage")?.unwrap_or(false),
            "max_completion_tokens" => newer_limit = Some(field.u64()?),
            "max_tokens" => older_limit = Some(field.u64()?),
            "temperature" => request.temperature = Some(field.number()?),
            "top_p" => request.top_p = Some(field.number()?),
            "top_k" => request.top_k = Some(field.number()?),
            "stop" => request.stop = read_stop(&field)?,
            "response_format" => request.response_format = read_response_format(&field)?,
            "user" => request.user = Some(field.text()?),
            "presence_penalty" => request.presence_penalty = Some(field.number()?),
            "frequency_penalty" => request.frequency_penalty = Some(field.number()?),
            "seed" => request.seed = Some(field.number()?),
            "logit_bias" => request.logit_bias = Some(field.object()?.value.raw()),
            "n" => request.n = Some(field.u64()?),
            "logprobs" => request.logprobs = field.bool()?,
            "top_logprobs" => request.top_logprobs = Some(field.u64()?),
            "verbosity" => request.verbosity = Some(field.text()?),
            "metadata" => request.metadata = Some(field.object()?.value.raw()),
            "service_tier" => request.service_tier = Some(field.text()?),
            "store" => request.store = Some(field.bool()?),
            "prompt_cache_key" => request.prompt_cache_key = Some(field.text()?),
            "safety_identifier" => safety_identifier = Some((key.clone(), field.text()?, value.raw())),
            "functions" => functions = read_list(&field, read_function)?,
            "function_call" => function_call = Some(read_function_choice(&field)?),
            "reasoning_effort" => {
                let word = field.text()?;
                match EFFORTS.iter().find(|(name, _)| word.is(name)) {
                    Some((_, reasoning)) => request.reasoning = Some(*reasoning),
                    // A word of one provider (Groq's `default`) or of a later year.
                    None => request.extra.push((key.clone(), value.raw())),
                }
            }
            "reasoning" => object = read_reasoning(&field)?.or_else(|| keep(&mut request.extra, &key, value.raw())),
            "thinking" => {
                thinking = claude::read_thinking(field.object()?.value, None)
                    .or_else(|| keep(&mut request.extra, &key, value.raw()));
            }
            "enable_thinking" => enabled = Some(field.bool()?),
            "thinking_budget" => budget = Some(Reasoning::Budget(field.u64()?)),
            // Text is what comes anyway.
            "modalities" if field.value.items().all(|item| item.is("text")) => {}
            _ => request.extra.push((key.clone(), value.raw())),
        }
    }
    if !has_messages {
        return Err(root.missing("messages"));
    }
    request.max_tokens = newer_limit.or(older_limit);
    // `safety_identifier` is the newer name of `user`; where both are given they are two facts.
    match (safety_identifier, &request.user) {
        (Some((key, _, raw)), Some(_)) => request.extra.push((key, raw)),
        (Some((_, text, _)), None) => request.user = Some(text),
        (None, _) => {}
    }
    let enabled = enabled.map(|on| if on { Reasoning::Effort(Effort::Medium) } else { Reasoning::Off });
    let by_number = budget.filter(|_| enabled != Some(Reasoning::Off));
    request.reasoning = request.reasoning.or(object).or(thinking).or(by_number).or(enabled);
    request.legacy_functions = !functions.is_empty();
    if request.legacy_functions {
        // Its answers have room for one call.
        request.parallel_tool_calls = Some(false);
    }
    // `functions` and `function_call` are the older names of `tools` and `tool_choice`.
    request.tools.append(&mut functions);
    request.tool_choice = request.tool_choice.or(function_call);
    Ok(request)
}

/// Leaves a field to those who know more of it.
fn keep<'a, T>(extra: &mut Extra<'a>, key: &Text<'a>, raw: &'a str) -> Option<T> {
    extra.push((key.clone(), raw));
    None
}

/// OpenRouter's and Together's object; None if it says nothing known.
fn read_reasoning(reasoning: &Field<'_, '_, '_>) -> Result<Option<Reasoning>, ApiError> {
    let reasoning = reasoning.object()?;
    if reasoning.bool_of("enabled")? == Some(false) {
        return Ok(Some(Reasoning::Off));
    }
    if let Some(tokens) = reasoning.member("max_tokens") {
        return Ok(Some(Reasoning::Budget(tokens.u64()?)));
    }
    let word = reasoning.text_of("effort")?;
    let effort = word.and_then(|word| EFFORTS.iter().find(|(name, _)| word.is(name)));
    let enabled = reasoning.bool_of("enabled")?.map(|_| Reasoning::Effort(Effort::Medium));
    Ok(effort.map(|(_, reasoning)| *reasoning).or(enabled))
}

fn read_list<'a, T>(
    list: &Field<'_, '_, 'a>,
    read: impl Fn(&Field<'_, '_, 'a>) -> Result<T, ApiError>,
) -> Result<Vec<T>, ApiError> {
    list.array()?.items().map(|item| read(&item)).collect()
}

fn read_messages<'a>(list: &Field<'_, '_, 'a>, extra: &mut Extra<'a>) -> Result<Vec<Message<'a>>, ApiError> {
    let mut messages = Vec::new();
    let mut legacy_calls = 0;
    for (at, message) in (0..).zip(list.array()?.items()) {
        let message = message.object()?;
        messages.push(Message { at, ..read_message(&message, &mut legacy_calls)? });
        message.leftover("messages[].", MESSAGE, extra);
        for part in message.value.get("content").into_iter().flat_map(|content| content.items()) {
            Field::alone(part).leftover("messages[].content[].", PART, extra);
        }
    }
    match messages.is_empty() {
        true => Err(list.error(format_args!("expected at least one message"))),
        false => Ok(messages),
    }
}

/// The members of a turn that are read.
const MESSAGE: &[&str] = &[
    "role",
    "content",
    "tool_calls",
    "tool_call_id",
    "name",
    "refusal",
    "reasoning_content",
    "reasoning",
    "thinking_blocks",
    "reasoning_details",
    "extra_content",
    "cache_control",
    "function_call",
    "audio",
];

/// The same of a part, of any type.
const PART: &[&str] = &[
    "type",
    "text",
    "image_url",
    "cache_control",
    "prompt_cache_breakpoint",
    "refusal",
    "input_audio",
    "file",
    "video_url",
    "audio_url",
    "document_url",
    "document_name",
    "file_url",
    "thinking",
    "signature",
    "data",
    "summary",
];

fn read_message<'a>(message: &Field<'_, '_, 'a>, legacy_calls: &mut u32) -> Result<Message<'a>, ApiError> {
    let role = message.need("role")?;
    let cache = read_cache(message);
    let mut parts = Vec::new();
    let role = match &*role.text()?.decode() {
        "system" => {
            read_content(&message.need("content")?, &mut parts)?;
            Role::System
        }
        "developer" => {
            read_content(&message.need("content")?, &mut parts)?;
            Role::Developer
        }
        "user" => {
            read_content(&message.need("content")?, &mut parts)?;
            Role::User
        }
        "assistant" => {
            read_assistant(message, &mut parts, legacy_calls)?;
            Role::Assistant
        }
        "tool" => {
            let id = message.need("tool_call_id")?.text()?;
            let mut result = Vec::new();
            read_content(&message.need("content")?, &mut result)?;
            parts.push(Part::ToolResult { id, is_error: None, parts: result, cache });
            // The name is the function's here, and known from the call.
            return Ok(Message { role: Role::Tool, parts, ..Message::default() });
        }
        "function" => {
            message.need("name")?.text()?;
            let mut result = Vec::new();
            if let Some(content) = message.member("content") {
                read_content(&content, &mut result)?;
            }
            parts.push(Part::ToolResult { id: legacy_id(*legacy_calls), is_error: None, parts: result, cache });
            return Ok(Message { role: Role::Tool, parts, ..Message::default() });
        }
        _ => return Err(role.unknown("system, developer, user, assistant, tool, function")),
    };
    if let Some(cache) = cache {
        mark(parts.last_mut(), cache);
    }
    Ok(Message { role, name: message.text_of("name")?, parts, ..Message::default() })
}

fn read_assistant<'a>(
    message: &Field<'_, '_, 'a>,
    parts: &mut Vec<Part<'a>>,
    legacy_calls: &mut u32,
) -> Result<(), ApiError> {
    read_thinking(message, parts)?;
    if let Some(content) = message.member("content") {
        read_content(&content, parts)?;
    }
    parts.extend(text_signature(message));
    parts.extend(message.text_of("refusal")?.map(Part::Refusal));
    if let Some(audio) = message.member("audio") {
        parts.push(Part::Other { kind: Text::from_raw("audio"), raw: audio.value.raw() });
    }
    if let Some(calls) = message.member("tool_calls") {
        read_calls(&calls, true, parts)?;
    }
    if let Some(call) = message.member("function_call") {
        let call = call.object()?;
        *legacy_calls += 1;
        parts.push(Part::ToolCall(ToolCall {
            id: legacy_id(*legacy_calls),
            name: call.need("name")?.text()?,
            arguments: read_arguments(&call, true)?,
            signature: None,
            cache: None,
        }));
    }
    Ok(())
}

/// Calls had no ids when they were called function calls, and each was answered before the next.
fn legacy_id(call: u32) -> Text<'static> {
    Text::from_raw_owned(format!("call_function_{call}"))
}

/// A cache mark on a message is one on its last part.
fn mark<'a>(part: Option<&mut Part<'a>>, mark: &'a str) {
    match part {
        Some(Part::Text { cache, .. } | Part::ToolResult { cache, .. }) => *cache = cache.or(Some(mark)),
        Some(Part::Media(media)) => media.cache = media.cache.or(Some(mark)),
        Some(Part::ToolCall(call)) => call.cache = call.cache.or(Some(mark)),
        _ => {}
    }
}

fn read_tool<'a>(tool: &Field<'_, '_, 'a>, extra: &mut Extra<'a>) -> Result<Tool<'a>, ApiError> {
    let tool = tool.object()?;
    let kind = tool.need("type")?.text()?;
    if !kind.is("function") {
        return Ok(Tool::Other { kind, raw: tool.value.raw() });
    }
    tool.leftover("tools[].", &["type", "function", "cache_control"], extra);
    let function = tool.need("function")?;
    function.leftover("tools[].function.", FUNCTION, extra);
    let function = read_function(&function)?;
    let mark = read_cache(&tool);
    Ok(match function {
        Tool::Function { name, description, parameters, strict, cache } => {
            Tool::Function { name, description, parameters, strict, cache: mark.or(cache) }
        }
        other => other,
    })
}

const FUNCTION: &[&str] = &["name", "description", "parameters", "strict", "cache_control"];

fn read_function<'a>(function: &Field<'_, '_, 'a>) -> Result<Tool<'a>, ApiError> {
    let function = function.object()?;
    Ok(Tool::Function {
        name: function.need("name")?.text()?,
        description: function.text_of("description")?,
        parameters: function
            .member("parameters")
            .map(|schema| schema.object())
            .transpose()?
            .map(|s| s.value.raw().into()),
        strict: function.bool_of("strict")?,
        cache: function.raw_of("cache_control"),
    })
}

fn read_tool_choice<'a>(choice: &Field<'_, '_, 'a>) -> Result<ToolChoice<'a>, ApiError> {
    if choice.value.kind() == Kind::String {
        return match &*choice.text()?.decode() {
            "auto" => Ok(ToolChoice::Auto),
            "none" => Ok(ToolChoice::None),
            // `any` is Mistral's word.
            "required" | "any" => Ok(ToolChoice::Required),
            _ => Err(choice.unknown("none, auto, required")),
        };
    }
    if choice.value.kind() != Kind::Object {
        return Err(choice.wrong("a string or an object"));
    }
    let kind = choice.need("type")?;
    match &*kind.text()?.decode() {
        "function" => Ok(ToolChoice::Named(choice.need("function")?.object()?.need("name")?.text()?)),
        "custom" => Ok(ToolChoice::Named(choice.need("custom")?.object()?.need("name")?.text()?)),
        "allowed_tools" => match choice.member("allowed_tools") {
            Some(allowed) => read_allowed(&allowed.object()?),
            // Flat in the Responses API, and taken for that here too.
            None => read_allowed(choice),
        },
        _ => Err(kind.unknown("function, custom, allowed_tools")),
    }
}

fn read_allowed<'a>(allowed: &Field<'_, '_, 'a>) -> Result<ToolChoice<'a>, ApiError> {
    let mode = allowed.need("mode")?;
    let required = match &*mode.text()?.decode() {
        "auto" => false,
        "required" => true,
        _ => return Err(mode.unknown("auto, required")),
    };
    let names = read_list(&allowed.need("tools")?, |tool| {
        let tool = tool.object()?;
        let named = ["function", "custom"].iter().find_map(|kind| tool.member(kind));
        match named {
            Some(named) => named.object()?.need("name")?.text(),
            None => tool.need("name")?.text(),
        }
    })?;
    Ok(ToolChoice::Allowed { required, names })
}

fn read_function_choice<'a>(choice: &Field<'_, '_, 'a>) -> Result<ToolChoice<'a>, ApiError> {
    match choice.value.kind() {
        Kind::Object => Ok(ToolChoice::Named(choice.need("name")?.text()?)),
        Kind::String if choice.value.is("auto") => Ok(ToolChoice::Auto),
        Kind::String if choice.value.is("none") => Ok(ToolChoice::None),
        Kind::String => Err(choice.unknown("none, auto")),
        _ => Err(choice.wrong("a string or an object")),
    }
}

fn read_stop<'a>(stop: &Field<'_, '_, 'a>) -> Result<Vec<Text<'a>>, ApiError> {
    match stop.value.kind() {
        Kind::String => Ok(vec![stop.text()?]),
        Kind::Array => stop.items().map(|item| item.text()).collect(),
        _ => Err(stop.wrong("a string or an array of strings")),
    }
}

fn read_response_format<'a>(format: &Field<'_, '_, 'a>) -> Result<Option<ResponseFormat<'a>>, ApiError> {
    let format = format.object()?;
    let kind = format.need("type")?;
    match &*kind.text()?.decode() {
        "text" => Ok(None),
        "json_object" => Ok(Some(ResponseFormat::JsonObject)),
        "json_schema" => {
            let spec = format.need("json_schema")?.object()?;
            Ok(Some(ResponseFormat::JsonSchema {
                name: spec.text_of("name")?,
                description: spec.text_of("description")?,
                // OpenAI's types let it be absent, which then asks for any JSON.
                schema: spec
                    .member("schema")
                    .map(|schema| schema.object())
                    .transpose()?
                    .map_or("{}", |s| s.value.raw())
                    .into(),
                strict: spec.bool_of("strict")?,
            }))
        }
        _ => Err(kind.unknown("text, json_object, json_schema")),
    }
}
