//! Writes anybody's chat request for Claude. Anthropic refuses unknown keys, so the body is built from what is known to
//! be taken: what would change the answer if it were left out is refused with its path, the rest is noted as lost.
//!
//! Turns follow wire-format rules that OpenAI's shape does not have: system turns stand apart, neighbours of one side
//! are one turn, all results of parallel calls open the turn after them, and no block of text may be blank. Nothing is
//! ever made up to fill a hole. The order of fields is the order of Claude's prompt cache: tools, system, turns.

use std::ops::Range;

use base64::Engine;

use super::super::{Loss, Target};
use super::model::{self, Generation, Thinking};
use super::{OWN_BLOCKS, is_object, request_in};
use crate::chat::{
    ApiError, Arguments, Effort, Media, MediaKind, MediaSource, Message, Part, Reasoning, Request, ResponseFormat, Role,
    Tool, ToolCall, ToolChoice,
};
use crate::wire::json::{Doc, Kind, Text, Writer};

/// The most prompt-cache marks Anthropic takes in one request.
const MAX_CACHE_MARKS: usize = 4;
/// The least budget Anthropic takes for thinking.
const MIN_BUDGET: u64 = 1024;
/// Anthropic's own top-level fields that pass where a client of another format sends them as extensions.
const OWN_FIELDS: &[&str] =
    &["cache_control", "container", "context_management", "inference_geo", "mcp_servers", "speed"];

pub(super) fn write(request: &Request<'_>, target: &Target<'_>, loss: &mut Loss) -> Result<Vec<u8>, ApiError> {
    let mut body = Body {
        out: Writer::with_capacity(capacity(request)),
        request,
        generation: model::generation(target.model),
        marks: 0,
        loss,
    };
    refuse_what_changes_the_answer(request)?;
    let (thinking, max_tokens) = body.thinking(target.quirks.default_max_tokens);
    body.out.open();
    body.out.key("model").string(target.model);
    body.out.key("max_tokens").number(max_tokens);
    body.tools(thinking.is_some())?;
    body.system()?;
    body.turns()?;
    body.output(thinking);
    body.sampling(thinking.is_some(), target.quirks.max_temperature.min(1.0));
    body.user();
    body.extra();
    if request.stream {
        body.out.key("stream").bool(true);
    }
    body.out.close();
    Ok(body.out.out)
}

struct Body<'r, 'a> {
    out: Writer,
    request: &'r Request<'a>,
    generation: Generation,
    /// Cache marks written so far.
    marks: usize,
    loss: &'r mut Loss,
}

/// How the model shall think, as far as it goes into the body.
#[derive(Clone, Copy)]
enum Think {
    Budget(u64),
    Adaptive(&'static str),
}

fn capacity(request: &Request<'_>) -> usize {
    let parts = request.messages.iter().flat_map(|message| &message.parts);
    let text: usize = parts
        .map(|part| match part {
            Part::Text { text, .. } => text.raw().len() + 64,
            Part::Media(Media { source: MediaSource::Data { data, .. }, .. }) => data.raw().len() + 128,
            Part::ToolResult { parts, .. } => parts.len() * 512,
            _ => 256,
        })
        .sum();
    512 + text + request.tools.len() * 512
}

/// A client that asks for these reads the answer by them, so leaving them out would be another answer.
fn refuse_what_changes_the_answer(request: &Request<'_>) -> Result<(), ApiError> {
    for (name, value) in &request.extra {
        let what = match name.raw() {
            "n" if value.parse::<u64>().is_ok_and(|n| n > 1) => "this model gives one answer at a time; set n to 1",
            "logprobs" if *value == "true" => "this model does not tell log probabilities",
            "modalities" if value.contains("\"audio\"") => "this model cannot answer with audio",
            _ => continue,
        };
        return Err(ApiError::unsupported(name.raw(), what));
    }
    Ok(())
}

impl Body<'_, '_> {
    /// Decides whether and how to think, and with it how many tokens the answer may have. The budget counts against
    /// `max_tokens`: a client's own limit is its cost bound, so the budget gives way; a default of ours makes room.
    fn thinking(&mut self, default_max_tokens: u64) -> (Option<Think>, u64) {
        let max_tokens = self.request.max_tokens.unwrap_or(default_max_tokens);
        let mut reasoning = self.request.reasoning;
        if reasoning.is_none() {
            reasoning = self.extra_thinking();
        }
        let Some(reasoning) = reasoning.filter(|reasoning| *reasoning != Reasoning::Off) else {
            // `disabled` is refused by models that always think, so thinking is left out and not switched off.
            return (None, max_tokens);
        };
        match self.generation.thinking {
            Thinking::Adaptive => {
                let effort = match reasoning {
                    Reasoning::Effort(effort) => effort,
                    Reasoning::Budget(tokens) => effort_of(tokens),
                    Reasoning::Off => return (None, max_tokens),
                };
                if effort == Effort::Xhigh && !self.generation.xhigh {
                    self.loss.note("reasoning_effort");
                }
                (Some(Think::Adaptive(effort_word(effort, self.generation.xhigh))), max_tokens)
            }
            Thinking::Budget => {
                let wanted = match reasoning {
                    Reasoning::Effort(effort) => budget_of(effort),
                    Reasoning::Budget(tokens) => tokens.max(MIN_BUDGET),
                    Reasoning::Off => return (None, max_tokens),
                };
                let max_tokens = match self.request.max_tokens {
                    Some(limit) => limit,
                    None => default_max_tokens.saturating_add(wanted),
                };
                if max_tokens <= MIN_BUDGET || self.calls_lost_their_thinking() {
                    self.loss.note("reasoning_effort");
                    return (None, max_tokens);
                }
                (Some(Think::Budget(wanted.min(max_tokens - 1))), max_tokens)
            }
            Thinking::None => {
                self.loss.note("reasoning_effort");
                (None, max_tokens)
            }
        }
    }

    /// Anthropic's own `thinking` object, which clients of OpenAI's SDK send as an extra field.
    fn extra_thinking(&self) -> Option<Reasoning> {
        let (_, raw) = self.request.extra.iter().find(|(name, _)| name.is("thinking"))?;
        request_in::read_thinking(Doc::parse(raw.as_bytes()).ok()?.root(), None)
    }

    /// Models that think by budget refuse (400, "expected `thinking`, found `tool_use`") to go on after calls whose
    /// signed thinking did not come back, and most clients of OpenAI's shape cannot keep it.
    fn calls_lost_their_thinking(&self) -> bool {
        let last = self.request.messages.iter().rev().find(|message| message.role == Role::Assistant);
        last.is_some_and(|message| {
            let first = message.parts.iter().find(|part| is_written(part, Role::Assistant));
            message.parts.iter().any(|part| matches!(part, Part::ToolCall(_)))
                && !matches!(first, Some(Part::Thinking { .. } | Part::RedactedThinking(_)))
        })
    }

    fn tools(&mut self, thinking: bool) -> Result<(), ApiError> {
        let request = self.request;
        let allowed = match &request.tool_choice {
            Some(ToolChoice::Allowed { names, .. }) => Some(names),
            _ => None,
        };
        let wanted = |tool: &Tool<'_>| match (allowed, tool) {
            (None, _) => true,
            (Some(names), Tool::Function { name, .. }) => names.iter().any(|allowed| same(allowed, name)),
            (Some(_), Tool::Other { .. }) => false,
        };
        if !request.tools.iter().any(wanted) {
            if allowed.is_some() {
                return Err(ApiError::invalid_request("tool_choice", "tool_choice allows none of the tools offered"));
            }
            if matches!(request.tool_choice, Some(ToolChoice::Required | ToolChoice::Named(_))) {
                return Err(ApiError::invalid_request("tool_choice", "tool_choice asks for a call, but tools is empty"));
            }
            return Ok(());
        }
        self.out.key("tools").open_array();
        for (index, tool) in request.tools.iter().enumerate().filter(|(_, tool)| wanted(tool)) {
            match tool {
                Tool::Function { name, description, parameters, strict, cache } => {
                    self.out.open().key("name").text(name);
                    if let Some(description) = description {
                        self.out.key("description").text(description);
                    }
                    self.out.key("input_schema");
                    self.input_schema(index, *parameters)?;
                    if *strict == Some(true) {
                        self.out.key("strict").bool(true);
                    }
                    self.cache(*cache);
                    self.out.close();
                }
                Tool::Other { kind, raw } if is_own_tool(kind) => {
                    self.out.raw(raw);
                }
                Tool::Other { kind, .. } => {
                    let what = format!("this model has no tool of the type `{}`", shown(kind));
                    return Err(ApiError::unsupported(format!("tools[{index}]"), what));
                }
            }
        }
        self.out.close_array();
        self.tool_choice(thinking);
        Ok(())
    }

    /// A schema must be there, and be an object's.
    fn input_schema(&mut self, index: usize, parameters: Option<&str>) -> Result<(), ApiError> {
        const EMPTY: &str = r#"{"type":"object","properties":{}}"#;
        let Some(schema) = parameters else {
            self.out.raw(EMPTY);
            return Ok(());
        };
        // Most schemas begin so; the others are looked into.
        if schema.starts_with(r#"{"type":"object""#) || schema.starts_with(r#"{"type": "object""#) {
            self.out.raw(schema);
            return Ok(());
        }
        let path = format!("tools[{index}].function.parameters");
        let doc = Doc::parse(schema.as_bytes())
            .map_err(|error| ApiError::invalid_request(path.as_str(), format!("{path} is not JSON: {error}")))?;
        let root = doc.root();
        match root.kind() {
            Kind::Null => self.out.raw(EMPTY),
            Kind::Object if root.members().next().is_none() => self.out.raw(EMPTY),
            Kind::Object if root.get("type").is_some() => self.out.raw(schema),
            Kind::Object => self.out.raw(r#"{"type":"object","#).raw(schema.get(1..).unwrap_or("}")),
            kind => {
                let what = format!("{path} must be an object, got {}", kind.name());
                return Err(ApiError::invalid_request(path, what));
            }
        };
        Ok(())
    }

    /// `disable_parallel_tool_use` lives inside the choice, so a choice of `auto` is sent where there is none.
    fn tool_choice(&mut self, thinking: bool) {
        let single = self.request.parallel_tool_calls == Some(false);
        let (kind, name) = match &self.request.tool_choice {
            None if !single => return,
            None | Some(ToolChoice::Auto | ToolChoice::Allowed { required: false, .. }) => ("auto", None),
            Some(ToolChoice::None) => ("none", None),
            // A thinking model refuses to be forced.
            Some(ToolChoice::Required | ToolChoice::Named(_) | ToolChoice::Allowed { required: true, .. })
                if thinking =>
            {
                self.loss.note("tool_choice");
                ("auto", None)
            }
            Some(ToolChoice::Required | ToolChoice::Allowed { required: true, .. }) => ("any", None),
            Some(ToolChoice::Named(name)) => ("tool", Some(name)),
        };
        self.out.key("tool_choice").open().key("type").string(kind);
        if let Some(name) = name {
            self.out.key("name").text(name);
        }
        if single && kind != "none" {
            self.out.key("disable_parallel_tool_use").bool(true);
        }
        self.out.close();
    }

    /// All system and developer turns, in order, wherever they stand.
    fn system(&mut self) -> Result<(), ApiError> {
        let request = self.request;
        let mut any = false;
        for (index, message) in request.messages.iter().enumerate().filter(|(_, message)| is_system(message.role)) {
            self.note_name(message);
            for (at, part) in message.parts.iter().enumerate() {
                match part {
                    Part::Text { text, .. } if is_blank(text) => {}
                    Part::Text { text, cache } => {
                        if !any {
                            self.out.key("system").open_array();
                            any = true;
                        }
                        self.text_block(text, *cache);
                    }
                    _ => {
                        let what = "this model takes only text in system turns";
                        return Err(ApiError::unsupported(format!("messages[{index}].content[{at}]"), what));
                    }
                }
            }
        }
        if any {
            self.out.close_array();
        }
        Ok(())
    }

    fn turns(&mut self) -> Result<(), ApiError> {
        let request = self.request;
        let turns = merged(&request.messages);
        if turns.is_empty() {
            let what = "this model needs at least one user turn that is not blank";
            return Err(ApiError::unsupported("messages", what));
        }
        self.out.key("messages").open_array();
        for (index, turn) in turns.iter().enumerate() {
            let last = index + 1 == turns.len();
            let messages = request.messages.get(turn.messages.clone()).unwrap_or_default();
            let said = || {
                let spoken = messages.iter().enumerate().filter(|(_, message)| !is_system(message.role));
                spoken.flat_map(|(offset, message)| {
                    let parts = message.parts.iter().enumerate();
                    parts
                        .filter(|(_, part)| is_written(part, turn.role))
                        .map(move |(at, part)| (turn.messages.start + offset, at, part))
                })
            };
            for message in messages.iter().filter(|message| !is_system(message.role)) {
                self.note_name(message);
                if message.parts.iter().any(|part| matches!(part, Part::Thinking { signature: None, .. })) {
                    self.loss.note("messages[].thinking");
                }
            }
            self.out.open();
            self.out.key("role").string(if turn.role == Role::Assistant { "assistant" } else { "user" });
            self.out.key("content");
            let mut alone = said();
            if let (Some((_, _, Part::Text { text, cache: None })), None) = (alone.next(), alone.next()) {
                self.plain_text(text, last && turn.role == Role::Assistant);
                self.out.close();
                continue;
            }
            self.out.open_array();
            let results = |part: &Part<'_>| matches!(part, Part::ToolResult { .. });
            for (message, at, part) in said().filter(|(.., part)| results(part)) {
                self.part(message, at, part)?;
            }
            for (message, at, part) in said().filter(|(.., part)| !results(part)) {
                self.part(message, at, part)?;
            }
            self.out.close_array().close();
        }
        self.out.close_array();
        Ok(())
    }

    fn note_name(&mut self, message: &Message<'_>) {
        if message.name.is_some() && message.role != Role::Tool {
            self.loss.note("messages[].name");
        }
    }

    /// A turn of one text. The beginning of the answer (a last turn of the assistant's) may not end in white space.
    fn plain_text(&mut self, text: &Text<'_>, prefill: bool) {
        if prefill && text.decode().ends_with(char::is_whitespace) {
            self.out.string(text.decode().trim_end());
        } else {
            self.out.text(text);
        }
    }

    fn text_block(&mut self, text: &Text<'_>, cache: Option<&str>) {
        self.out.open().key("type").string("text").key("text").text(text);
        self.cache(cache);
        self.out.close();
    }

    fn part(&mut self, message: usize, at: usize, part: &Part<'_>) -> Result<(), ApiError> {
        match part {
            Part::Text { text, cache } => self.text_block(text, *cache),
            Part::Refusal(text) => self.text_block(text, None),
            Part::Media(media) => self.media(message, at, media)?,
            Part::Thinking { text, signature } => {
                self.out.open().key("type").string("thinking").key("thinking").text(text);
                if let Some(signature) = signature {
                    self.out.key("signature").text(signature);
                }
                self.out.close();
            }
            Part::RedactedThinking(data) => {
                self.out.open().key("type").string("redacted_thinking").key("data").text(data).close();
            }
            Part::ToolCall(call) => self.tool_call(message, at, call)?,
            Part::ToolResult { id, is_error, parts, cache } => {
                self.out.open().key("type").string("tool_result");
                self.out.key("tool_use_id");
                self.call_id(id);
                self.tool_output(message, at, parts)?;
                if *is_error == Some(true) {
                    self.out.key("is_error").bool(true);
                }
                self.cache(*cache);
                self.out.close();
            }
            Part::Other { kind, raw } if OWN_BLOCKS.iter().any(|own| kind.is(own)) => {
                self.out.raw(raw);
            }
            Part::Other { kind, .. } => {
                let what = format!("this model takes no content of the type `{}`", shown(kind));
                return Err(ApiError::unsupported(format!("messages[{message}].content[{at}]"), what));
            }
        }
        Ok(())
    }

    fn tool_output(&mut self, message: usize, at: usize, parts: &[Part<'_>]) -> Result<(), ApiError> {
        let mut said = parts.iter().filter(|part| is_written(part, Role::User));
        match (said.next(), said.next()) {
            (None, _) => {}
            (Some(Part::Text { text, cache: None }), None) => {
                self.out.key("content").text(text);
            }
            _ => {
                self.out.key("content").open_array();
                for part in parts.iter().filter(|part| is_written(part, Role::User)) {
                    self.part(message, at, part)?;
                }
                self.out.close_array();
            }
        }
        Ok(())
    }

    fn tool_call(&mut self, message: usize, at: usize, call: &ToolCall<'_>) -> Result<(), ApiError> {
        self.out.open().key("type").string("tool_use");
        self.out.key("id");
        self.call_id(&call.id);
        self.out.key("name").text(&call.name);
        self.out.key("input");
        let wrong = || {
            let parts = self.request.messages.get(message).map_or(&[][..], |message| &message.parts);
            let calls = parts.iter().take(at).filter(|part| matches!(part, Part::ToolCall(_))).count();
            let path = format!("messages[{message}].tool_calls[{calls}].function.arguments");
            let what = format!("{path} must be a JSON object");
            ApiError::invalid_request(path, what)
        };
        match &call.arguments {
            Arguments::Json("null") => self.out.raw("{}"),
            Arguments::Json(json) if json.starts_with('{') => self.out.raw(json),
            Arguments::Json(_) => return Err(wrong()),
            Arguments::Text(text) if is_blank(text) => self.out.raw("{}"),
            Arguments::Text(text) => {
                let json = text.decode();
                if !is_object(&json) {
                    return Err(wrong());
                }
                self.out.raw(json.trim())
            }
        };
        self.cache(call.cache);
        self.out.close();
        Ok(())
    }

    /// An id of letters, digits, `_` and `-`, which is all Anthropic takes. Another one keeps what it can and gets a
    /// digest of the whole, so that a call and its result still meet and two different ids stay different.
    fn call_id(&mut self, id: &Text<'_>) {
        let fits = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        if !id.is_empty() && id.raw().chars().all(fits) {
            self.out.text(id);
            return;
        }
        let id = id.decode();
        // FNV-1a: short, the same on every worker and in every attempt, and no secret.
        let digest =
            id.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3));
        let kept: String = id.chars().take(64).map(|c| if fits(c) { c } else { '_' }).collect();
        self.out.string(&format!("{kept}_{digest:016x}"));
    }

    fn media(&mut self, message: usize, at: usize, media: &Media<'_>) -> Result<(), ApiError> {
        let path = || format!("messages[{message}].content[{at}]");
        let kind = match (media.kind, &media.source) {
            (MediaKind::Audio, _) => return Err(ApiError::unsupported(path(), "this model cannot listen to audio")),
            (MediaKind::Image, _) => "image",
            // A picture sent as a file is a picture.
            (MediaKind::File, MediaSource::Data { media_type, .. }) if media_type.raw().starts_with("image/") => "image",
            (MediaKind::File, _) => "document",
        };
        if media.detail.as_ref().is_some_and(|detail| !detail.is("auto")) {
            self.loss.note("detail");
        }
        self.out.open().key("type").string(kind);
        self.out.key("source").open();
        match &media.source {
            MediaSource::Data { media_type, data } if kind == "image" => {
                self.out.key("type").string("base64").key("media_type");
                // The wrong name is common, and refused.
                if media_type.is("image/jpg") { self.out.string("image/jpeg") } else { self.out.text(media_type) };
                self.out.key("data").text(data);
            }
            MediaSource::Data { media_type, data } if media_type.is("application/pdf") => {
                self.out.key("type").string("base64").key("media_type").text(media_type).key("data").text(data);
            }
            MediaSource::Data { media_type, data } if media_type.raw().starts_with("text/") => {
                let bytes = base64::engine::general_purpose::STANDARD.decode(data.decode().as_bytes());
                let Some(text) = bytes.ok().and_then(|bytes| String::from_utf8(bytes).ok()) else {
                    return Err(ApiError::invalid_request(path(), "the file is not UTF-8 text in base64"));
                };
                self.out.key("type").string("text").key("media_type").string("text/plain").key("data").string(&text);
            }
            MediaSource::Data { media_type, .. } => {
                let what = format!("this model reads PDF and plain text, not `{}`", shown(media_type));
                return Err(ApiError::unsupported(path(), what));
            }
            MediaSource::Url(url) => {
                self.out.key("type").string("url").key("url").text(url);
            }
            MediaSource::FileId(id) => {
                self.out.key("type").string("file").key("file_id").text(id);
            }
        }
        self.out.close();
        if let Some(title) = media.filename.as_ref().filter(|_| kind == "document") {
            self.out.key("title").text(title);
        }
        self.cache(media.cache);
        self.out.close();
        Ok(())
    }

    fn cache(&mut self, mark: Option<&str>) {
        let Some(mark) = mark.filter(|mark| mark.starts_with('{')) else { return };
        if self.marks < MAX_CACHE_MARKS {
            self.marks += 1;
            self.out.key("cache_control").raw(mark);
        } else {
            self.loss.note("cache_control");
        }
    }

    /// `thinking`, and `output_config` with the effort and the shape of the answer.
    fn output(&mut self, thinking: Option<Think>) {
        let effort = match thinking {
            None => None,
            Some(Think::Budget(tokens)) => {
                self.out.key("thinking").open().key("type").string("enabled");
                self.out.key("budget_tokens").number(tokens).close();
                None
            }
            Some(Think::Adaptive(effort)) => {
                self.out.key("thinking").open().key("type").string("adaptive").close();
                Some(effort)
            }
        };
        let schema = match &self.request.response_format {
            Some(ResponseFormat::JsonSchema { schema, .. }) => Some(*schema),
            // There is no form for "any object"; agentgateway sends an open schema too. Not tried against the real API.
            Some(ResponseFormat::JsonObject) => Some(r#"{"type":"object","additionalProperties":true}"#),
            None => None,
        };
        if effort.is_none() && schema.is_none() {
            return;
        }
        self.out.key("output_config").open();
        if let Some(effort) = effort {
            self.out.key("effort").string(effort);
        }
        if let Some(schema) = schema {
            self.out.key("format").open().key("type").string("json_schema").key("schema").raw(schema).close();
        }
        self.out.close();
    }

    fn sampling(&mut self, thinking: bool, max_temperature: f64) {
        let request = self.request;
        let Generation { sampling, both_samplings, .. } = self.generation;
        if let Some(temperature) = request.temperature {
            let value = temperature.parse::<f64>().unwrap_or(1.0);
            if !sampling || thinking {
                // With thinking it is 1 anyway.
                if !(sampling && value == 1.0) {
                    self.loss.note("temperature");
                }
            } else if value > max_temperature {
                self.loss.note("temperature");
                self.out.key("temperature").raw(&max_temperature.to_string());
            } else {
                self.out.key("temperature").raw(temperature);
            }
        }
        if let Some(top_p) = request.top_p {
            let in_thinking = top_p.parse::<f64>().is_ok_and(|value| (0.95..=1.0).contains(&value));
            let alone = both_samplings || thinking || request.temperature.is_none();
            if sampling && alone && (!thinking || in_thinking) {
                self.out.key("top_p").raw(top_p);
            } else {
                self.loss.note("top_p");
            }
        }
        if let Some(top_k) = request.top_k {
            if sampling && !thinking {
                self.out.key("top_k").raw(top_k);
            } else {
                self.loss.note("top_k");
            }
        }
        let mut stop = request.stop.iter().filter(|stop| !is_blank(stop)).peekable();
        if stop.peek().is_some() {
            self.out.key("stop_sequences").open_array();
            stop.for_each(|stop| {
                self.out.text(stop);
            });
            self.out.close_array();
        }
        if request.stop.iter().any(is_blank) {
            self.loss.note("stop");
        }
    }

    /// Anthropic wants an opaque id here and forbids addresses and phone numbers.
    fn user(&mut self) {
        let mut extra = self.request.extra.iter();
        let (name, user) = match &self.request.user {
            Some(user) => ("user", user.clone()),
            None => match extra.find(|(name, _)| name.is("safety_identifier")) {
                Some((_, json)) if json.starts_with('"') => ("safety_identifier", Text::from_raw(json.trim_matches('"'))),
                _ => return,
            },
        };
        if user.is_empty() || names_a_person(&user.decode()) {
            self.loss.note(name);
        } else {
            self.out.key("metadata").open().key("user_id").text(&user).close();
        }
    }

    fn extra(&mut self) {
        let request = self.request;
        for (name, value) in &request.extra {
            match name.raw() {
                "service_tier" => match *value {
                    r#""auto""# => {
                        self.out.key("service_tier").string("auto");
                    }
                    r#""default""# | r#""standard_only""# => {
                        self.out.key("service_tier").string("standard_only");
                    }
                    _ => self.loss.note("service_tier"),
                },
                // Told by other means, or what is so anyway.
                "stream_options" | "n" | "logprobs" => {}
                "thinking" if request.reasoning.is_some() || self.extra_thinking().is_some() => {}
                "safety_identifier" if request.user.is_none() => {}
                "modalities" if *value == r#"["text"]"# => {}
                own if OWN_FIELDS.contains(&own) => {
                    self.out.key(own).raw(value);
                }
                _ => self.loss.note(&name.decode()),
            }
        }
    }
}

/// Consecutive messages that become one turn.
struct Turn {
    role: Role,
    messages: Range<usize>,
}

/// Groups messages into turns of alternating sides. System turns and turns with nothing to say do not separate others.
fn merged(messages: &[Message<'_>]) -> Vec<Turn> {
    let mut turns: Vec<Turn> = Vec::new();
    for (index, message) in messages.iter().enumerate() {
        let role = match message.role {
            Role::System | Role::Developer => continue,
            Role::Assistant => Role::Assistant,
            Role::User | Role::Tool => Role::User,
        };
        if !message.parts.iter().any(|part| is_written(part, role)) {
            continue;
        }
        match turns.last_mut() {
            Some(turn) if turn.role == role => turn.messages.end = index + 1,
            _ => turns.push(Turn { role, messages: index..index + 1 }),
        }
    }
    turns
}

/// Whether anything of a part goes into a turn of that side.
fn is_written(part: &Part<'_>, role: Role) -> bool {
    match part {
        Part::Text { text, .. } | Part::Refusal(text) => !is_blank(text),
        // Unsigned thinking (of another model, or cut by a client) is refused.
        Part::Thinking { signature, .. } => {
            role == Role::Assistant && signature.as_ref().is_some_and(|signature| !signature.is_empty())
        }
        Part::RedactedThinking(_) => role == Role::Assistant,
        Part::Media(_) | Part::ToolCall(_) | Part::ToolResult { .. } | Part::Other { .. } => true,
    }
}

fn is_system(role: Role) -> bool {
    matches!(role, Role::System | Role::Developer)
}

/// Nothing but white space, which Anthropic refuses as a block of text.
fn is_blank(text: &Text<'_>) -> bool {
    // Most text shows at its first byte that it is none.
    match text.raw().as_bytes().first() {
        None => true,
        Some(b'!'..=b'[' | b']'..=b'~') => false,
        Some(_) => text.decode().trim().is_empty(),
    }
}

fn same(a: &Text<'_>, b: &Text<'_>) -> bool {
    a.raw() == b.raw() || a.decode() == b.decode()
}

/// Anthropic's own tools carry a date in their type: `web_search_20250305`.
fn is_own_tool(kind: &Text<'_>) -> bool {
    let date = kind.raw().rsplit_once('_').map_or("", |(_, date)| date);
    date.len() == 8 && date.bytes().all(|byte| byte.is_ascii_digit())
}

/// A client's word in a message of ours: short, and without control characters.
fn shown(word: &Text<'_>) -> String {
    word.decode().chars().filter(|c| !c.is_control()).take(40).collect()
}

/// An address or a phone number: something with `@` and a dot after it, or 7 to 15 digits (E.164) and nothing else but
/// what people write between them.
fn names_a_person(user: &str) -> bool {
    let mail = user.split_once('@').is_some_and(|(name, host)| !name.is_empty() && host.contains('.'));
    let digits = user.chars().filter(char::is_ascii_digit).count();
    let phone = user.chars().all(|c| c.is_ascii_digit() || "+-() ./".contains(c)) && (7..=15).contains(&digits);
    mail || phone
}

fn effort_word(effort: Effort, xhigh: bool) -> &'static str {
    match effort {
        Effort::Minimal | Effort::Low => "low",
        Effort::Medium => "medium",
        Effort::High => "high",
        Effort::Xhigh if !xhigh => "high",
        Effort::Xhigh => "xhigh",
        Effort::Max => "max",
    }
}

/// The peers' shared convention (LiteLLM's and agentgateway's constants), not Anthropic's.
fn budget_of(effort: Effort) -> u64 {
    match effort {
        Effort::Minimal | Effort::Low => MIN_BUDGET,
        Effort::Medium => 2048,
        Effort::High => 4096,
        Effort::Xhigh => 8192,
        Effort::Max => 16384,
    }
}

/// The other way round: the highest effort whose budget is within the tokens.
fn effort_of(tokens: u64) -> Effort {
    match tokens {
        0..2048 => Effort::Low,
        2048..4096 => Effort::Medium,
        4096..8192 => Effort::High,
        8192..16384 => Effort::Xhigh,
        _ => Effort::Max,
    }
}
