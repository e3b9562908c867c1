//! Reads what a client of `generateContent` asks. The path says the model and whether a stream is wanted, the body all
//! else.
//!
//! Calls of this format may have no ids, and results are then told apart by their place. Others want ids, so a call
//! without gets one made of its place, which stays the same as the conversation grows; a result without is taken for the
//! first unanswered call of its name.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::names::{camel, count_of, get, is_named, member, need, text, text_of};
use super::parts::{self, Content};
use super::schema;
use crate::chat::{ApiError, Effort, Message, Part, Reasoning, Request, ResponseFormat, Role, Tool, ToolChoice};
use crate::format::field::Field;
use crate::wire::json::{Doc, Kind, Text, Value};

pub(super) fn read<'a>(doc: &Doc<'a>) -> Result<Request<'a>, ApiError> {
    let root = Field::root(doc)?;
    let mut reader = Reader::default();
    let mut has_contents = false;
    for (key, value) in root.value.members().filter(|(_, value)| !value.is_null()) {
        let field = root.under(key.raw(), value);
        match &*camel(key.raw()) {
            // The path names it.
            "model" => {
                field.text()?;
            }
            "contents" => has_contents = true, // after the instruction, wherever that stands
            "systemInstruction" => reader.system(&field)?,
            "tools" => {
                for tool in field.array()?.items() {
                    reader.tool(&tool.object()?)?;
                }
            }
            "toolConfig" => reader.tool_config(&field.object()?)?,
            "generationConfig" => reader.generation_config(&field.object()?)?,
            "labels" => reader.request.metadata = Some(field.object()?.value.raw()),
            "serviceTier" => reader.request.service_tier = Some(tier(field.text()?)),
            "store" => reader.request.store = Some(field.bool()?),
            name => reader.extra("", &key, name, value),
        }
    }
    if !has_contents {
        return Err(root.missing("contents"));
    }
    reader.contents(&need(&root, "contents")?)?;
    let mut request = reader.request;
    request.include_usage = true;
    Ok(request)
}

/// A tier in OpenAI's words.
fn tier(tier: Text<'_>) -> Text<'_> {
    match tier.raw().to_ascii_lowercase().as_str() {
        "standard" => Text::from_raw("default"),
        "unspecified" => Text::from_raw("auto"),
        "flex" => Text::from_raw("flex"),
        "priority" => Text::from_raw("priority"),
        _ => tier,
    }
}

#[derive(Default)]
struct Reader<'a> {
    request: Request<'a>,
    /// Calls that wait for their results, by the tool's name.
    waiting: BTreeMap<String, VecDeque<Text<'a>>>,
    /// Ids of results that said which call they answer.
    answered: BTreeSet<String>,
    /// Whether the turn before was the model's.
    in_model: bool,
    /// What parts and tools said that has no place, and is noted once.
    noted: Vec<&'static str>,
}

impl<'a> Reader<'a> {
    /// A field with no place in the model, under its name with the path.
    fn extra(&mut self, path: &str, key: &Text<'a>, name: &str, value: Value<'_, 'a>) {
        let name = match path.is_empty() && name == key.raw() {
            true => key.clone(),
            false => Text::from_raw_owned(format!("{path}{name}")),
        };
        self.request.extra.push((name, value.raw()));
    }

    /// The same for what may stand in many places.
    fn note(&mut self, path: &str, name: &'static str, value: Value<'_, 'a>) {
        if !self.noted.contains(&name) {
            self.noted.push(name);
            self.request.extra.push((Text::from_raw_owned(format!("{path}{name}")), value.raw()));
        }
    }

    fn system(&mut self, system: &Field<'_, '_, 'a>) -> Result<(), ApiError> {
        let mut message = Message { role: Role::System, ..Message::default() };
        match system.value.kind() {
            Kind::String => message.parts.push(Part::Text { text: system.text()?, cache: None }),
            Kind::Object => {
                if let Some(list) = member(system, "parts") {
                    for (index, part) in list.array()?.items().enumerate() {
                        self.part(&part.object()?, (0, index), Role::System, &mut message.parts)?;
                    }
                }
            }
            _ => return Err(system.wrong("an object or a string")),
        }
        if !message.parts.is_empty() {
            self.request.messages.push(message);
        }
        Ok(())
    }

    fn contents(&mut self, contents: &Field<'_, '_, 'a>) -> Result<(), ApiError> {
        let mut any = false;
        for (at, content) in (0..).zip(contents.array()?.items()) {
            any = true;
            let content = content.object()?;
            let role = match member(&content, "role") {
                None => Role::User,
                Some(role) => match role.text()?.raw() {
                    "user" | "" => Role::User,
                    "model" => Role::Assistant,
                    // The older name for a turn of results.
                    "function" => Role::Tool,
                    _ => return Err(role.unknown("user, model, function")),
                },
            };
            let model = role == Role::Assistant;
            if model && !self.in_model {
                // What was not answered before will not be.
                self.waiting.clear();
            }
            self.in_model = model;
            let mut message = Message { at, role, ..Message::default() };
            if let Some(list) = member(&content, "parts") {
                for (index, part) in list.array()?.items().enumerate() {
                    self.part(&part.object()?, (at, index), role, &mut message.parts)?;
                }
            }
            self.request.messages.push(message);
        }
        match any {
            true => Ok(()),
            false => Err(contents.error(format_args!("expected at least one turn"))),
        }
    }

    fn part(
        &mut self,
        part: &Field<'_, '_, 'a>,
        (turn, index): (u32, usize),
        role: Role,
        out: &mut Vec<Part<'a>>,
    ) -> Result<(), ApiError> {
        for (name, value) in parts::beside(part.value) {
            self.note("contents[].parts[].", name, value);
        }
        match parts::content(part.value).0 {
            Content::Text => parts::push_text(need(part, "text")?.text()?, part.value, out),
            Content::InlineData | Content::FileData => {
                let mut media = match member(part, "inlineData") {
                    Some(data) => parts::inline_data(&data)?,
                    None => parts::file_data(&need(part, "fileData")?)?,
                };
                media.detail = get(part.value, "mediaResolution").and_then(|it| text(it, "level")).and_then(detail);
                out.push(Part::Media(media));
                parts::push_signature(part.value, out);
            }
            Content::FunctionCall => {
                let made_up = || Text::from_raw_owned(format!("call_{turn}_{index}"));
                let call = parts::call(&need(part, "functionCall")?, part.value, made_up)?;
                if role == Role::Assistant {
                    self.waiting.entry(call.name.decode().into_owned()).or_default().push_back(call.id.clone());
                }
                out.push(Part::ToolCall(call));
            }
            Content::FunctionResponse => {
                let result = self.result(&need(part, "functionResponse")?.object()?, (turn, index))?;
                out.push(result);
            }
            Content::Own(kind) => out.push(Part::Other { kind: Text::from_raw(kind), raw: part.value.raw() }),
            // A part of nothing but a signature, or of nothing.
            Content::Unknown if is_bare(part.value) => parts::push_signature(part.value, out),
            Content::Unknown => {
                let kind = part.value.members().next().map(|(key, _)| key).unwrap_or_default();
                out.push(Part::Other { kind, raw: part.value.raw() });
            }
        }
        Ok(())
    }

    fn result(&mut self, result: &Field<'_, '_, 'a>, (turn, index): (u32, usize)) -> Result<Part<'a>, ApiError> {
        let name = need(result, "name")?.text()?;
        let name = name.decode();
        let id = match text_of(result, "id")?.filter(|id| !id.is_empty()) {
            Some(id) => {
                self.answered.insert(id.raw().to_owned());
                id
            }
            None => {
                let waiting = self.waiting.get_mut(&*name);
                let mut unanswered = waiting.map(|calls| {
                    std::iter::from_fn(|| calls.pop_front()).find(|call| !self.answered.contains(call.raw()))
                });
                // The call may be in a stored prompt (`cachedContent`).
                unanswered.take().flatten().unwrap_or_else(|| Text::from_raw_owned(format!("call_{turn}_{index}")))
            }
        };
        let mut said = Vec::new();
        let mut is_error = None;
        if let Some(response) = member(result, "response") {
            let (text, failed) = parts::told(response.object()?.value);
            is_error = failed;
            said.push(Part::Text { text, cache: None });
        }
        if let Some(media) = member(result, "parts") {
            for part in media.array()?.items() {
                let part = part.object()?;
                said.push(Part::Media(match member(&part, "inlineData") {
                    Some(data) => parts::inline_data(&data)?,
                    None => parts::file_data(&need(&part, "fileData")?)?,
                }));
            }
        }
        Ok(Part::ToolResult { id, is_error, parts: said, cache: None })
    }

    fn tool(&mut self, tool: &Field<'_, '_, 'a>) -> Result<(), ApiError> {
        for (key, value) in tool.value.members().filter(|(_, value)| !value.is_null()) {
            if !is_named(key.raw(), "functionDeclarations") {
                let kind = match camel(key.raw()) {
                    Cow::Borrowed(_) => key,
                    Cow::Owned(name) => Text::from_raw_owned(name),
                };
                self.request.tools.push(Tool::Other { kind, raw: value.raw() });
                continue;
            }
            for function in tool.under(key.raw(), value).array()?.items() {
                let function = function.object()?;
                for name in ["behavior", "response", "responseJsonSchema"] {
                    if let Some(value) = get(function.value, name) {
                        self.note("tools[].functionDeclarations[].", name, value);
                    }
                }
                let json = member(&function, "parametersJsonSchema").map(|it| it.object()).transpose()?;
                let openapi = member(&function, "parameters").map(|it| it.object()).transpose()?;
                let parameters = match (json, openapi) {
                    (Some(json), _) => Some(schema::read(json.value, false)),
                    (None, Some(openapi)) => Some(schema::read(openapi.value, true)),
                    (None, None) => None,
                };
                self.request.tools.push(Tool::Function {
                    name: need(&function, "name")?.text()?,
                    description: text_of(&function, "description")?,
                    parameters,
                    strict: None,
                    cache: None,
                });
            }
        }
        Ok(())
    }

    fn tool_config(&mut self, config: &Field<'_, '_, 'a>) -> Result<(), ApiError> {
        for (key, value) in config.value.members().filter(|(_, value)| !value.is_null()) {
            match &*camel(key.raw()) {
                "functionCallingConfig" => self.calling(&config.under(key.raw(), value).object()?)?,
                name => self.extra("toolConfig.", &key, name, value),
            }
        }
        Ok(())
    }

    fn calling(&mut self, config: &Field<'_, '_, 'a>) -> Result<(), ApiError> {
        let mut names = Vec::new();
        if let Some(list) = member(config, "allowedFunctionNames") {
            for name in list.array()?.items() {
                names.push(name.text()?);
            }
        }
        let Some(mode) = member(config, "mode") else { return Ok(()) };
        let choice = match (mode.text()?.raw().to_ascii_uppercase().as_str(), names.len()) {
            ("AUTO" | "MODE_UNSPECIFIED", _) => ToolChoice::Auto,
            ("NONE", _) => ToolChoice::None,
            ("ANY", 0) => ToolChoice::Required,
            ("ANY", 1) => ToolChoice::Named(names.swap_remove(0)),
            ("ANY", _) => ToolChoice::Allowed { required: true, names },
            ("VALIDATED", held) => {
                self.extra("toolConfig.functionCallingConfig.", &Text::default(), "mode", mode.value);
                if held == 0 { ToolChoice::Auto } else { ToolChoice::Allowed { required: false, names } }
            }
            _ => return Err(mode.unknown("AUTO, ANY, NONE, VALIDATED")),
        };
        self.request.tool_choice = Some(choice);
        if let Some(value) = get(config.value, "streamFunctionCallArguments") {
            self.extra("toolConfig.functionCallingConfig.", &Text::default(), "streamFunctionCallArguments", value);
        }
        Ok(())
    }

    fn generation_config(&mut self, config: &Field<'_, '_, 'a>) -> Result<(), ApiError> {
        let (mut media_type, mut answer_schema) = (None, None);
        for (key, value) in config.value.members().filter(|(_, value)| !value.is_null()) {
            let field = config.under(key.raw(), value);
            let request = &mut self.request;
            match &*camel(key.raw()) {
                "temperature" => request.temperature = Some(field.number()?),
                "topP" => request.top_p = Some(field.number()?),
                "topK" => request.top_k = Some(field.number()?),
                "candidateCount" => request.n = Some(count_of(&field)?),
                "maxOutputTokens" => request.max_tokens = Some(count_of(&field)?),
                "stopSequences" => {
                    for stop in field.array()?.items() {
                        request.stop.push(stop.text()?);
                    }
                }
                "seed" => request.seed = Some(field.number()?),
                "presencePenalty" => request.presence_penalty = Some(field.number()?),
                "frequencyPenalty" => request.frequency_penalty = Some(field.number()?),
                "responseLogprobs" => request.logprobs = field.bool()?,
                "logprobs" => request.top_logprobs = Some(count_of(&field)?),
                "responseMimeType" => media_type = Some(field.text()?),
                "responseSchema" => {
                    answer_schema = answer_schema.or(Some((schema::read(field.object()?.value, true), value)));
                }
                "responseJsonSchema" => answer_schema = Some((schema::read(field.object()?.value, false), value)),
                "thinkingConfig" => self.thinking(&field.object()?)?,
                // What every answer is made of.
                "responseModalities" if only_text(&field)? => {}
                name => self.extra("generationConfig.", &key, name, value),
            }
        }
        let json = |word: &Text<'_>| word.is("application/json");
        self.request.response_format = match (media_type, answer_schema) {
            (Some(word), schema) if !json(&word) => {
                if !word.is("text/plain") {
                    // A word of the schema's enum without quotes (`text/x.enum`): no other format has it.
                    let value = get(config.value, "responseMimeType").unwrap_or(config.value);
                    self.extra("generationConfig.", &Text::default(), "responseMimeType", value);
                    if let Some((_, value)) = schema {
                        self.extra("generationConfig.", &Text::default(), "responseSchema", value);
                    }
                }
                None
            }
            (_, Some((schema, _))) => {
                Some(ResponseFormat::JsonSchema { name: None, description: None, schema, strict: None })
            }
            (Some(_), None) => Some(ResponseFormat::JsonObject),
            (None, None) => None,
        };
        Ok(())
    }

    fn thinking(&mut self, config: &Field<'_, '_, 'a>) -> Result<(), ApiError> {
        let shown = get(config.value, "includeThoughts").and_then(Value::bool) == Some(true);
        let budget = member(config, "thinkingBudget").map(|budget| budget.number()).transpose()?;
        let level = member(config, "thinkingLevel").map(|level| level.text()).transpose()?;
        // What is left to the model is what most take for the middle.
        let as_it_likes = Some(Reasoning::Effort(Effort::Medium));
        self.request.reasoning = match (budget, level) {
            (Some(budget), _) => match budget.parse::<i64>() {
                Ok(0) => Some(Reasoning::Off),
                Ok(tokens) if tokens > 0 => Some(Reasoning::Budget(tokens.unsigned_abs())),
                _ => as_it_likes,
            },
            (None, Some(level)) => match effort(&level.raw().to_ascii_uppercase()) {
                Some(effort) => Some(Reasoning::Effort(effort)),
                // A word of a later year.
                None if !level.is("THINKING_LEVEL_UNSPECIFIED") => {
                    let value = get(config.value, "thinkingLevel").unwrap_or(config.value);
                    self.extra("generationConfig.thinkingConfig.", &Text::default(), "thinkingLevel", value);
                    as_it_likes
                }
                None => as_it_likes,
            },
            (None, None) if shown => as_it_likes,
            (None, None) => None,
        };
        Ok(())
    }
}

fn effort(level: &str) -> Option<Effort> {
    Some(match level {
        "MINIMAL" => Effort::Minimal,
        "LOW" => Effort::Low,
        "MEDIUM" => Effort::Medium,
        "HIGH" => Effort::High,
        "XHIGH" => Effort::Xhigh,
        _ => return None,
    })
}

/// How closely to look at a picture, in OpenAI's words.
fn detail(level: Text<'_>) -> Option<Text<'_>> {
    Some(Text::from_raw(match level.raw() {
        "MEDIA_RESOLUTION_LOW" => "low",
        "MEDIA_RESOLUTION_MEDIUM" => "auto",
        "MEDIA_RESOLUTION_HIGH" => "high",
        "MEDIA_RESOLUTION_ULTRA_HIGH" => "original",
        _ => return None,
    }))
}

fn only_text(modalities: &Field<'_, '_, '_>) -> Result<bool, ApiError> {
    let mut only = true;
    for word in modalities.array()?.items() {
        only &= word.text()?.raw().eq_ignore_ascii_case("text");
    }
    Ok(only)
}

/// Whether a part has nothing but what says how.
fn is_bare(part: Value<'_, '_>) -> bool {
    part.members().all(|(key, _)| ["thought", "thoughtSignature"].iter().any(|name| is_named(key.raw(), name)))
}
