//! Reads what a client of `/v1/responses` asks.
//!
//! The items of `input` are a flat list: what the model made in a row (its reasoning, its words, its calls) is one turn
//! here, and each result of a call a turn of its own. What OpenAI's own types leave open is taken, since the request may
//! go on to OpenAI as it came.

use super::{MODEL_ITEMS, read_reasoning};
use crate::chat::{
    ApiError, Arguments, Media, MediaKind, MediaSource, Message, Part, Request, ResponseFormat, Role, Tool, ToolCall,
    ToolChoice,
};
use crate::format::Loss;
use crate::format::field::Field;
use crate::format::openai::{EFFORTS, read_audio, read_file_data, read_url};
use crate::wire::json::{Doc, Kind, Text, Value};

/// What `include` asks for where log probabilities are wanted.
pub(super) const LOGPROBS: &str = "message.output_text.logprobs";
/// What `include` asks for where reasoning is to be sent back; here it always comes so.
pub(super) const ENCRYPTED: &str = "reasoning.encrypted_content";

/// Fields that point at what a provider keeps: what a client is told in front of another provider.
const STORED: &[(&str, &str)] = &[
    ("previous_response_id", "that response is stored where it was made; send its items in input instead"),
    ("conversation", "that conversation is stored where it was made; send its items in input instead"),
    ("prompt", "that template is stored at OpenAI; send its text in instructions or input instead"),
    ("background", "an answer made in the background is fetched from the store of its provider; leave it out"),
];

pub(super) fn read<'a>(doc: &Doc<'a>) -> Result<Request<'a>, ApiError> {
    let root = Field::root(doc)?;
    let mut request = Request { include_usage: true, ..Request::default() };
    let mut safety_identifier = None;
    let mut stored = false;
    for (key, value) in root.value.members().filter(|(_, value)| !value.is_null()) {
        let name = key.decode();
        let field = root.under(&name, value);
        match &*name {
            "model" => request.model = field.text()?,
            "instructions" | "input" => {} // in this order, wherever they stand
            "tools" => request.tools = read_tools(&field, &mut request.extra)?,
            "tool_choice" => match read_tool_choice(&field)? {
                Some(choice) => request.tool_choice = Some(choice),
                None => request.extra.push((key.clone(), value.raw())),
            },
            "parallel_tool_calls" => request.parallel_tool_calls = Some(field.bool()?),
            "stream" => request.stream = field.bool()?,
            "stream_options" => {
                if field.object()?.bool_of("include_obfuscation")? == Some(true) {
                    request.extra.push((key.clone(), value.raw()));
                }
            }
            "max_output_tokens" => request.max_tokens = Some(field.u64()?),
            "temperature" => request.temperature = Some(field.number()?),
            "top_p" => request.top_p = Some(field.number()?),
            "top_logprobs" => request.top_logprobs = Some(field.u64()?),
            "include" => {
                let mut other = false;
                for item in field.array()?.items() {
                    let what = item.text()?;
                    request.logprobs |= what.is(LOGPROBS);
                    other |= !what.is(LOGPROBS) && !what.is(ENCRYPTED);
                }
                if other {
                    request.extra.push((key.clone(), value.raw()));
                }
            }
            "text" => read_text(&field.object()?, &mut request)?,
            "reasoning" => read_reasoning_settings(&field.object()?, &mut request)?,
            "user" => request.user = Some(field.text()?),
            "safety_identifier" => safety_identifier = Some((key.clone(), field.text()?, value.raw())),
            "metadata" => request.metadata = Some(field.object()?.value.raw()),
            "service_tier" => request.service_tier = Some(field.text()?),
            "store" => request.store = Some(field.bool()?),
            "prompt_cache_key" => request.prompt_cache_key = Some(field.text()?),
            // The default says nothing.
            "truncation" if field.text()?.is("disabled") => {}
            "background" if !field.bool()? => {}
            "previous_response_id" => {
                field.text()?;
                stored = true;
                request.extra.push((key.clone(), value.raw()));
            }
            "conversation" | "prompt" => {
                stored = true;
                request.extra.push((key.clone(), value.raw()));
            }
            _ => request.extra.push((key.clone(), value.raw())),
        }
    }
    if let Some(instructions) = root.member("instructions") {
        let parts = vec![Part::Text { text: instructions.text()?, cache: None }];
        request.messages.push(Message { role: Role::System, parts, ..Message::default() });
    }
    match root.member("input") {
        Some(input) => read_input(&input, &mut request, stored)?,
        None if stored => {}
        None => return Err(root.missing("input")),
    }
    request.logprobs |= request.top_logprobs.is_some_and(|top| top > 0);
    // `safety_identifier` is the newer name of `user`; where both are given they are two facts.
    match (safety_identifier, &request.user) {
        (Some((key, _, raw)), Some(_)) => request.extra.push((key, raw)),
        (Some((_, text, _)), None) => request.user = Some(text),
        (None, _) => {}
    }
    Ok(request)
}

/// What only a provider of this format can do, though others have the words for some of it.
pub(super) fn only_here(request: &mut Request<'_>, loss: &mut Loss) -> Result<(), ApiError> {
    for (name, what) in STORED {
        if request.extra.iter().any(|(key, _)| key.is(name)) {
            return Err(ApiError::unsupported(*name, format!("{name}: {what}")));
        }
    }
    for message in request.messages.iter().filter(|message| message.role != Role::Assistant) {
        for part in message.parts.iter().flat_map(with_inner) {
            let Part::Other { kind, .. } = part else { continue };
            let param = format!("input[{}]", message.at);
            let message = match kind.is(ITEM_REFERENCE) {
                true => format!("{param}: that item is stored where it was made; send the item itself instead"),
                false => format!("{param}: this model's provider takes nothing of the type `{}`", shown(kind)),
            };
            return Err(ApiError::unsupported(param, message));
        }
    }
    // The store of another format is no place to fetch this answer from.
    if request.store.take() == Some(true) {
        loss.note("store");
    }
    Ok(())
}

/// A part, or what is in the result that it is.
fn with_inner<'p, 'a>(part: &'p Part<'a>) -> &'p [Part<'a>] {
    match part {
        Part::ToolResult { parts, .. } => parts,
        part => std::slice::from_ref(part),
    }
}

const ITEM_REFERENCE: &str = "item_reference";

/// A client's word in a message of ours: short, and without control characters.
fn shown(word: &Text<'_>) -> String {
    word.decode().chars().filter(|c| !c.is_control()).take(40).collect()
}

/// Notes a field of an item or a tool that has no place in the model, once. So few are kept that a hostile list costs
/// nothing.
fn note_extra<'a>(list: &str, name: &Text<'a>, value: Value<'_, 'a>, extra: &mut Vec<(Text<'a>, &'a str)>) {
    let says_nothing = value.is_null() || value.bool() == Some(false);
    if says_nothing || extra.len() >= Loss::MAX {
        return;
    }
    let name = Text::from_raw_owned(format!("{list}{}", name.raw()));
    if !extra.iter().any(|(known, _)| *known == name) {
        extra.push((name, value.raw()));
    }
}

fn read_text<'a>(text: &Field<'_, '_, 'a>, request: &mut Request<'a>) -> Result<(), ApiError> {
    for (key, value) in text.value.members().filter(|(_, value)| !value.is_null()) {
        let field = text.under(key.raw(), value);
        match key.raw() {
            "format" => request.response_format = read_format(&field.object()?)?,
            "verbosity" => request.verbosity = Some(field.text()?),
            _ => note_extra("text.", &key, value, &mut request.extra),
        }
    }
    Ok(())
}

fn read_format<'a>(format: &Field<'_, '_, 'a>) -> Result<Option<ResponseFormat<'a>>, ApiError> {
    let kind = format.need("type")?;
    match &*kind.text()?.decode() {
        "text" => Ok(None),
        "json_object" => Ok(Some(ResponseFormat::JsonObject)),
        "json_schema" => Ok(Some(ResponseFormat::JsonSchema {
            name: format.text_of("name")?,
            description: format.text_of("description")?,
            schema: format.need("schema")?.object()?.value.raw().into(),
            strict: format.bool_of("strict")?,
        })),
        _ => Err(kind.unknown("text, json_object, json_schema")),
    }
}

fn read_reasoning_settings<'a>(settings: &Field<'_, '_, 'a>, request: &mut Request<'a>) -> Result<(), ApiError> {
    for (key, value) in settings.value.members().filter(|(_, value)| !value.is_null()) {
        let field = settings.under(key.raw(), value);
        match key.raw() {
            "effort" => {
                let word = field.text()?;
                match EFFORTS.iter().find(|(name, _)| word.is(name)) {
                    Some((_, reasoning)) => request.reasoning = Some(*reasoning),
                    // A word of a later year.
                    None => note_extra("reasoning.", &key, value, &mut request.extra),
                }
            }
            // Whatever a provider tells of its reasoning is told here.
            "summary" | "generate_summary" if field.text()?.is("auto") => {}
            _ => note_extra("reasoning.", &key, value, &mut request.extra),
        }
    }
    Ok(())
}

fn read_tools<'a>(tools: &Field<'_, '_, 'a>, extra: &mut Vec<(Text<'a>, &'a str)>) -> Result<Vec<Tool<'a>>, ApiError> {
    let mut read = Vec::new();
    for tool in tools.array()?.items() {
        let tool = tool.object()?;
        let kind = tool.need("type")?.text()?;
        if !kind.is("function") {
            read.push(Tool::Other { kind, raw: tool.value.raw() });
            continue;
        }
        for (key, value) in tool.value.members() {
            if !["type", "name", "description", "parameters", "strict"].iter().any(|known| key.is(known)) {
                note_extra("tools[].", &key, value, extra);
            }
        }
        read.push(Tool::Function {
            name: tool.need("name")?.text()?,
            description: tool.text_of("description")?,
            parameters: tool
                .member("parameters")
                .map(|schema| schema.object())
                .transpose()?
                .map(|s| s.value.raw().into()),
            strict: tool.bool_of("strict")?,
            cache: None,
        });
    }
    Ok(read)
}

/// None: a choice among the tools that run at the provider.
fn read_tool_choice<'a>(choice: &Field<'_, '_, 'a>) -> Result<Option<ToolChoice<'a>>, ApiError> {
    match choice.value.kind() {
        Kind::String => {
            return match &*choice.text()?.decode() {
                "auto" => Ok(Some(ToolChoice::Auto)),
                "none" => Ok(Some(ToolChoice::None)),
                "required" => Ok(Some(ToolChoice::Required)),
                _ => Err(choice.unknown("none, auto, required")),
            };
        }
        Kind::Object => {}
        _ => return Err(choice.wrong("a string or an object")),
    }
    Ok(match &*choice.need("type")?.text()?.decode() {
        "function" | "custom" => Some(ToolChoice::Named(choice.need("name")?.text()?)),
        "allowed_tools" => {
            let mode = choice.need("mode")?;
            let required = match &*mode.text()?.decode() {
                "auto" => false,
                "required" => true,
                _ => return Err(mode.unknown("auto, required")),
            };
            let mut names = Vec::new();
            for tool in choice.need("tools")?.array()?.items() {
                let tool = tool.object()?;
                // Tools that run at the provider have no name but their type.
                let name = if tool.member("name").is_some() { "name" } else { "type" };
                names.push(tool.need(name)?.text()?);
            }
            Some(ToolChoice::Allowed { required, names })
        }
        _ => None,
    })
}

fn read_input<'a>(input: &Field<'_, '_, 'a>, request: &mut Request<'a>, stored: bool) -> Result<(), ApiError> {
    match input.value.kind() {
        Kind::String => {
            let parts = vec![Part::Text { text: input.text()?, cache: None }];
            request.messages.push(Message { role: Role::User, parts, ..Message::default() });
        }
        Kind::Array => {
            let mut any = stored;
            for (at, item) in (0..).zip(input.items()) {
                any = true;
                read_item(at, &item.object()?, request)?;
            }
            if !any {
                return Err(input.error(format_args!("expected at least one item")));
            }
        }
        _ => return Err(input.wrong("a string or an array of items")),
    }
    Ok(())
}

/// The model's turn under way, or a new one.
fn model_turn<'r, 'a>(at: u32, messages: &'r mut Vec<Message<'a>>) -> Option<&'r mut Message<'a>> {
    if messages.last().is_none_or(|last| last.role != Role::Assistant) {
        messages.push(Message { at, role: Role::Assistant, ..Message::default() });
    }
    messages.last_mut()
}

fn read_item<'a>(at: u32, item: &Field<'_, '_, 'a>, request: &mut Request<'a>) -> Result<(), ApiError> {
    let kind = match item.text_of("type")? {
        Some(kind) => kind,
        // Both may leave their type out.
        None if item.member("role").is_none() && item.member("id").is_some() => Text::from_raw(ITEM_REFERENCE),
        None => Text::from_raw("message"),
    };
    let mut known: &[&str] = &[];
    let part = match &*kind.decode() {
        "message" => {
            known = &["type", "role", "content", "id", "status"];
            read_message(at, item, &mut request.messages)?;
            None
        }
        "reasoning" => read_reasoning(item)?,
        "function_call" => {
            known = &["type", "call_id", "name", "arguments", "id", "status"];
            Some(Part::ToolCall(ToolCall {
                id: item.need("call_id")?.text()?,
                name: item.need("name")?.text()?,
                arguments: Arguments::Text(item.need("arguments")?.text()?),
                signature: None,
                cache: None,
            }))
        }
        "function_call_output" if item.member("call_id").is_some() => {
            known = &["type", "call_id", "output", "id", "status"];
            let mut parts = Vec::new();
            read_content(&item.need("output")?, &mut parts)?;
            let parts =
                vec![Part::ToolResult { id: item.need("call_id")?.text()?, is_error: None, parts, cache: None }];
            request.messages.push(Message { at, role: Role::Tool, parts, ..Message::default() });
            None
        }
        kind_of if MODEL_ITEMS.iter().any(|(known, _)| *known == kind_of) => {
            Some(Part::Other { kind: kind.clone(), raw: item.value.raw() })
        }
        // What a client or its tools say in a shape of its own, and what is to come.
        _ => {
            let parts = vec![Part::Other { kind: kind.clone(), raw: item.value.raw() }];
            request.messages.push(Message { at, role: Role::User, parts, ..Message::default() });
            None
        }
    };
    if let Some(part) = part
        && let Some(turn) = model_turn(at, &mut request.messages)
    {
        turn.parts.push(part);
    }
    if !known.is_empty() {
        for (key, value) in item.value.members().filter(|(key, _)| !known.iter().any(|known| key.is(known))) {
            note_extra("input[].", &key, value, &mut request.extra);
        }
    }
    Ok(())
}

fn read_message<'a>(at: u32, item: &Field<'_, '_, 'a>, messages: &mut Vec<Message<'a>>) -> Result<(), ApiError> {
    let role = item.need("role")?;
    let role = match &*role.text()?.decode() {
        "user" => Role::User,
        "assistant" => Role::Assistant,
        "system" => Role::System,
        "developer" => Role::Developer,
        _ => return Err(role.unknown("user, assistant, system, developer")),
    };
    let mut parts = Vec::new();
    read_content(&item.need("content")?, &mut parts)?;
    match role {
        Role::Assistant => model_turn(at, messages).into_iter().for_each(|turn| turn.parts.append(&mut parts)),
        _ => messages.push(Message { at, role, parts, ..Message::default() }),
    }
    Ok(())
}

/// A string, or a list of parts.
fn read_content<'a>(content: &Field<'_, '_, 'a>, parts: &mut Vec<Part<'a>>) -> Result<(), ApiError> {
    match content.value.kind() {
        Kind::String => parts.push(Part::Text { text: content.text()?, cache: None }),
        Kind::Array => {
            for part in content.items() {
                parts.push(read_part(&part.object()?)?);
            }
        }
        _ => return Err(content.wrong("a string or an array of parts")),
    }
    Ok(())
}

/// OpenAI's mark says where its cache may end, and others' marks say the same.
const CACHE_MARK: &str = r#"{"type":"ephemeral"}"#;

/// One part of a message of a request or of an answer. A type nobody knows is kept as it is.
pub(super) fn read_part<'a>(part: &Field<'_, '_, 'a>) -> Result<Part<'a>, ApiError> {
    let kind = part.need("type")?.text()?;
    let cache = part.member("prompt_cache_breakpoint").map(|_| CACHE_MARK);
    // The default says nothing, and OpenAI's types demand it.
    let detail = || Ok(part.text_of("detail")?.filter(|detail| !detail.is("auto")));
    Ok(match &*kind.decode() {
        "input_text" | "output_text" => Part::Text { text: part.need("text")?.text()?, cache },
        "refusal" => Part::Refusal(part.need("refusal")?.text()?),
        "input_image" => {
            let source = match (part.member("image_url"), part.text_of("file_id")?) {
                (Some(url), _) => read_url(&url)?,
                (None, Some(id)) => MediaSource::FileId(id),
                (None, None) => return Err(part.error(format_args!("neither image_url nor file_id is given"))),
            };
            Part::Media(Media { kind: MediaKind::Image, source, detail: detail()?, filename: None, cache })
        }
        "input_file" => {
            let source = match (part.member("file_data"), part.text_of("file_url")?, part.text_of("file_id")?) {
                (Some(data), ..) => read_file_data(&data)?,
                (None, Some(url), _) => MediaSource::Url(url),
                (None, None, Some(id)) => MediaSource::FileId(id),
                (None, None, None) => {
                    return Err(part.error(format_args!("none of file_data, file_url and file_id is given")));
                }
            };
            let filename = part.text_of("filename")?;
            Part::Media(Media { kind: MediaKind::File, source, detail: detail()?, filename, cache })
        }
        "input_audio" => {
            let source = read_audio(&part.need("input_audio")?)?;
            Part::Media(Media { kind: MediaKind::Audio, source, detail: None, filename: None, cache })
        }
        _ => Part::Other { kind, raw: part.value.raw() },
    })
}
