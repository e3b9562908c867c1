//! Writes anybody's chat request for a model on Bedrock. Converse refuses what it does not know, so the body is built from
//! what is known to be taken: what would change the answer if it were left out is refused with its path, the rest is
//! noted as lost.
//!
//! Converse insists on more than others: sides must alternate, tools must be there as soon as the conversation has calls,
//! ids and names have their letters and their length, documents have names and no two alike, and prompt-cache marks are
//! entries of their own.

mod turns;

use std::borrow::Cow;

use super::family::{self, Family, Thinking};
use super::media::Names;
use crate::chat::{ApiError, Effort, Part, Reasoning, Request, ResponseFormat, Tool, ToolChoice};
use crate::format::claude::{self, Sampling, Think};
use crate::format::turns::{self as shared, is_blank};
use crate::format::{Loss, Target};
use crate::wire::json::{Doc, Kind, Text, Writer};

/// The most cache points Bedrock takes in one request.
const MAX_CACHE_POINTS: usize = 4;
/// How long a tool's name and a call's id may be.
const MAX_NAME_CHARS: usize = 64;
/// Converse's own top-level fields that pass where a client of another format sends them as extensions.
const OWN_FIELDS: &[&str] = &[
    "additionalModelResponseFieldPaths",
    "guardrailConfig",
    "performanceConfig",
    "projectIdentifier",
    "promptVariables",
    "requestMetadata",
];
/// The same for what only some models take: where a client sends the whole object, its members are sent along.
const MODEL_FIELDS: &str = "additionalModelRequestFields";

pub(super) fn write(request: &Request<'_>, target: &Target<'_>, loss: &mut Loss) -> Result<Vec<u8>, ApiError> {
    let family = family::family(target.model);
    let mut body = Body {
        out: Writer::with_capacity(shared::capacity(request)),
        request,
        family,
        marks: 0,
        names: Names::default(),
        forced: None,
        loss,
    };
    let plan = body.plan(target);
    body.out.open();
    body.tools(plan.thinking.is_some())?;
    body.system()?;
    body.turns()?;
    body.inference(&plan);
    body.output(&plan);
    body.model_fields(&plan);
    body.metadata();
    body.tier();
    body.extra();
    body.out.close();
    Ok(body.out.out)
}

struct Body<'r, 'a> {
    out: Writer,
    request: &'r Request<'a>,
    family: &'static Family,
    /// Cache points written so far.
    marks: usize,
    /// The documents' names so far.
    names: Names,
    /// What Claude's own `tool_choice` has to say, where Converse's cannot: its type, and the tool's name.
    forced: Option<(&'static str, Option<Text<'a>>)>,
    loss: &'r mut Loss,
}

/// What is decided before a byte is written: how to think, and what that leaves of the sampling.
struct Plan<'a> {
    thinking: Option<Thought>,
    max_tokens: Option<u64>,
    sampling: Sampling<'a>,
}

/// How this model shall think.
#[derive(Clone, Copy)]
enum Thought {
    Claude(Think),
    /// By a word, in the place where the family has it.
    Word(&'static str),
}

impl<'a> Body<'_, 'a> {
    fn plan(&mut self, target: &Target<'_>) -> Plan<'a> {
        let request = self.request;
        let max_temperature = target.quirks.max_temperature.min(1.0);
        if self.family.thinking == Thinking::Claude {
            let generation = claude::generation(target.model);
            let default = target.quirks.default_max_tokens;
            let (think, max_tokens) = claude::thinking(request, generation, default, self.loss);
            // A budget needs a limit above it; without one the model's own stands.
            let needed = matches!(think, Some(Think::Budget(_))) || request.max_tokens.is_some();
            let sampling = claude::sampling(request, generation, think.is_some(), max_temperature, self.loss);
            return Plan { thinking: think.map(Thought::Claude), max_tokens: needed.then_some(max_tokens), sampling };
        }
        let mut sampling = Sampling { temperature: None, top_p: request.top_p, top_k: request.top_k };
        sampling.temperature = request.temperature.map(|temperature| match temperature.parse::<f64>() {
            Ok(value) if value > max_temperature => {
                self.loss.note("temperature");
                Cow::Owned(max_temperature.to_string())
            }
            _ => Cow::Borrowed(temperature),
        });
        if sampling.top_k.is_some() && self.family.top_k.is_none() {
            self.loss.note("top_k");
            sampling.top_k = None;
        }
        let thinking = self.effort_word();
        if self.family.thinking == Thinking::Nova && thinking.is_some_and(|Word(word)| word == "high") {
            // At its highest Nova refuses to be told how to choose its words.
            if sampling.temperature.take().is_some() {
                self.loss.note("temperature");
            }
            if sampling.top_p.take().is_some() {
                self.loss.note("top_p");
            }
        }
        Plan { thinking: thinking.map(|Word(word)| Thought::Word(word)), max_tokens: request.max_tokens, sampling }
    }

    /// How hard a model other than Claude shall think, in the words its family has.
    fn effort_word(&mut self) -> Option<Word> {
        let effort = match self.request.reasoning.or_else(|| claude::extra_thinking(self.request))? {
            Reasoning::Off => return None,
            Reasoning::Effort(effort) => effort,
            Reasoning::Budget(tokens) => claude::effort_of(tokens),
        };
        let (least, words): (Effort, &[(Effort, &str)]) = match self.family.thinking {
            Thinking::None | Thinking::Claude => {
                self.loss.note("reasoning_effort");
                return None;
            }
            Thinking::Nova | Thinking::Effort => {
                (Effort::Low, &[(Effort::Low, "low"), (Effort::Medium, "medium"), (Effort::High, "high")])
            }
            Thinking::Converse => (
                Effort::Low,
                &[
                    (Effort::Low, "low"),
                    (Effort::Medium, "medium"),
                    (Effort::High, "high"),
                    (Effort::Xhigh, "xhigh"),
                    (Effort::Max, "max"),
                ],
            ),
        };
        let effort = effort.max(least);
        let known = words.iter().find(|(known, _)| *known == effort);
        if known.is_none() {
            self.loss.note("reasoning_effort");
        }
        // Nova at its highest refuses a limit, which is the client's bound on the cost and stays.
        if self.family.thinking == Thinking::Nova && effort >= Effort::High && self.request.max_tokens.is_some() {
            self.loss.note("reasoning_effort");
            return Some(Word("medium"));
        }
        known.or(words.last()).map(|(_, word)| Word(word))
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
        let used = self.tools_used();
        if !request.tools.iter().any(wanted) {
            if allowed.is_some() {
                return Err(ApiError::invalid_request("tool_choice", "tool_choice allows none of the tools offered"));
            }
            if matches!(request.tool_choice, Some(ToolChoice::Required | ToolChoice::Named(_))) {
                return Err(ApiError::invalid_request(
                    "tool_choice",
                    "tool_choice asks for a call, but tools is empty",
                ));
            }
            return self.stubs(&used);
        }
        if matches!(request.tool_choice, Some(ToolChoice::None)) {
            if used.is_empty() {
                return Ok(());
            }
            // The conversation's calls need them, and there is no word to forbid them.
            self.loss.note("tool_choice");
        }
        self.out.key("toolConfig").open().key("tools").open_array();
        for (index, tool) in request.tools.iter().enumerate().filter(|(_, tool)| wanted(tool)) {
            match tool {
                Tool::Function { name, description, parameters, strict, cache } => {
                    self.check_name(name, || format!("tools[{index}].function.name"))?;
                    self.out.open().key("toolSpec").open().key("name").text(name);
                    if let Some(description) = description.as_ref().filter(|words| !is_blank(words)) {
                        self.out.key("description").text(description);
                    }
                    let schema = shared::input_schema(index, parameters.as_deref())?;
                    self.out.key("inputSchema").open().key("json").raw(&schema).close();
                    if *strict == Some(true) {
                        self.out.key("strict").bool(true);
                    }
                    self.out.close().close();
                    self.cache_point(*cache);
                }
                Tool::Other { kind, raw } if kind.is("systemTool") => {
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
        self.out.close();
        Ok(())
    }

    /// The names of the tools that the conversation has called, each once.
    fn tools_used(&self) -> Vec<Text<'a>> {
        let mut names: Vec<Text<'a>> = Vec::new();
        for part in self.request.messages.iter().flat_map(|message| &message.parts) {
            if let Part::ToolCall(call) = part
                && names.len() < MAX_STUBS
                && !names.iter().any(|name| same(name, &call.name))
            {
                names.push(call.name.clone());
            }
        }
        names
    }

    /// Calls in the conversation without tools are refused ("The toolConfig field must be defined when using toolUse and
    /// toolResult content blocks"), so the tools that were called are offered again, by their names only.
    fn stubs(&mut self, used: &[Text<'a>]) -> Result<(), ApiError> {
        if used.is_empty() {
            return Ok(());
        }
        self.out.key("toolConfig").open().key("tools").open_array();
        for name in used {
            self.check_name(name, || "messages[].tool_calls[].function.name".to_owned())?;
            self.out.open().key("toolSpec").open().key("name").text(name);
            self.out.key("inputSchema").open().key("json").raw(r#"{"type":"object"}"#).close();
            self.out.close().close();
        }
        self.out.close_array().close();
        Ok(())
    }

    /// A name cannot be changed here: the client would not know it again in the answer.
    fn check_name(&self, name: &Text<'_>, path: impl Fn() -> String) -> Result<(), ApiError> {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
        if !name.is_empty() && name.raw().len() <= MAX_NAME_CHARS && name.raw().bytes().all(fits) {
            return Ok(());
        }
        let path = path();
        let what = format!("{path}: Bedrock takes up to {MAX_NAME_CHARS} letters, digits, _ and -");
        Err(ApiError::unsupported(path, what))
    }

    fn tool_choice(&mut self, thinking: bool) {
        let request = self.request;
        let claude = self.family.thinking == Thinking::Claude;
        let (kind, name) = match &request.tool_choice {
            None | Some(ToolChoice::None) => (None, None),
            Some(ToolChoice::Auto | ToolChoice::Allowed { required: false, .. }) => (Some("auto"), None),
            // A thinking Claude refuses to be forced.
            Some(ToolChoice::Required | ToolChoice::Named(_) | ToolChoice::Allowed { required: true, .. })
                if thinking && claude =>
            {
                self.loss.note("tool_choice");
                (Some("auto"), None)
            }
            Some(ToolChoice::Required | ToolChoice::Allowed { required: true, .. }) => (Some("any"), None),
            Some(ToolChoice::Named(name)) => (Some("tool"), Some(name)),
        };
        if request.parallel_tool_calls == Some(false) {
            if claude {
                // Said together with the choice, in Claude's own field, which takes the place of Converse's.
                self.forced = Some((kind.unwrap_or("auto"), name.cloned()));
                return;
            }
            self.loss.note("parallel_tool_calls");
        }
        let Some(kind) = kind else { return };
        self.out.key("toolChoice").open().key(kind).open();
        if let Some(name) = name {
            self.out.key("name").text(name);
        }
        self.out.close().close();
    }

    /// An entry behind what is marked.
    fn cache_point(&mut self, mark: Option<&str>) {
        let Some(mark) = mark.filter(|mark| mark.starts_with('{')) else { return };
        if self.marks >= MAX_CACHE_POINTS {
            self.loss.note("messages[].content[].cachePoint");
            return;
        }
        self.marks += 1;
        self.out.open().key("cachePoint").open().key("type").string("default");
        let doc = Doc::parse(mark.as_bytes()).ok();
        let ttl = doc.and_then(|doc| doc.root().get("ttl")?.text().map(Text::into_owned));
        if let Some(ttl) = ttl.filter(|ttl| ttl.is("5m") || ttl.is("1h")) {
            self.out.key("ttl").text(&ttl);
        }
        self.out.close().close();
    }

    fn inference(&mut self, plan: &Plan<'_>) {
        let request = self.request;
        let stop: Vec<_> = request.stop.iter().filter(|stop| !is_blank(stop)).collect();
        if stop.len() < request.stop.len() {
            self.loss.note("stop");
        }
        let Plan { max_tokens, sampling, .. } = plan;
        if max_tokens.is_none() && sampling.temperature.is_none() && sampling.top_p.is_none() && stop.is_empty() {
            return;
        }
        self.out.key("inferenceConfig").open();
        if let Some(max_tokens) = max_tokens {
            self.out.key("maxTokens").number(*max_tokens);
        }
        if let Some(temperature) = &sampling.temperature {
            self.out.key("temperature").raw(temperature);
        }
        if let Some(top_p) = sampling.top_p {
            self.out.key("topP").raw(top_p);
        }
        if !stop.is_empty() {
            self.out.key("stopSequences").open_array();
            for stop in stop {
                self.out.text(stop);
            }
            self.out.close_array();
        }
        self.out.close();
    }

    /// The shape of the answer, its schema as a string, and the effort where Converse itself has a word for it.
    fn output(&mut self, plan: &Plan<'_>) {
        let effort = match plan.thinking {
            Some(Thought::Claude(Think::Adaptive(word))) => Some(word),
            Some(Thought::Word(word)) if self.family.thinking == Thinking::Converse => Some(word),
            _ => None,
        };
        let (schema, name, description) = match &self.request.response_format {
            Some(ResponseFormat::JsonSchema { schema, name, description, .. }) => {
                (Some(schema.as_ref()), name.as_ref(), description.as_ref())
            }
            // There is no form for "any object".
            Some(ResponseFormat::JsonObject) => (Some(r#"{"type":"object","additionalProperties":true}"#), None, None),
            None => (None, None, None),
        };
        if effort.is_none() && schema.is_none() {
            return;
        }
        self.out.key("outputConfig").open();
        if let Some(schema) = schema {
            self.out.key("textFormat").open().key("type").string("json_schema");
            self.out.key("structure").open().key("jsonSchema").open().key("schema").string(schema);
            if let Some(name) = name.filter(|name| !name.is_empty()) {
                self.out.key("name").text(name);
            }
            if let Some(description) = description.filter(|description| !description.is_empty()) {
                self.out.key("description").text(description);
            }
            self.out.close().close().close();
        }
        if let Some(effort) = effort {
            self.out.key("effort").string(effort);
        }
        self.out.close();
    }

    /// What only this family takes: its thinking, top-k, and what the client sent for it by Converse's own name.
    fn model_fields(&mut self, plan: &Plan<'_>) {
        let mut own = Writer::default();
        let mut written: Vec<&str> = Vec::new();
        match plan.thinking {
            Some(Thought::Claude(Think::Budget(tokens))) => {
                own.key("thinking").open().key("type").string("enabled").key("budget_tokens").number(tokens).close();
                written.push("thinking");
            }
            Some(Thought::Claude(Think::Adaptive(_))) => {
                own.key("thinking").open().key("type").string("adaptive").close();
                written.push("thinking");
            }
            Some(Thought::Word(word)) if self.family.thinking == Thinking::Nova => {
                own.key("reasoningConfig").open().key("type").string("enabled");
                own.key("maxReasoningEffort").string(word).close();
                written.push("reasoningConfig");
            }
            Some(Thought::Word(word)) if self.family.thinking == Thinking::Effort => {
                own.key("reasoning_effort").string(word);
                written.push("reasoning_effort");
            }
            Some(Thought::Word(_)) | None => {}
        }
        match (plan.sampling.top_k, self.family.top_k) {
            (Some(top_k), Some([name])) => {
                own.key(name).raw(top_k);
                written.push(name);
            }
            (Some(top_k), Some([object, name])) => {
                own.key(object).open().key(name).raw(top_k).close();
                written.push(object);
            }
            _ => {}
        }
        if let Some((kind, name)) = self.forced.take() {
            own.key("tool_choice").open().key("type").string(kind);
            if let Some(name) = &name {
                own.key("name").text(name);
            }
            own.key("disable_parallel_tool_use").bool(true).close();
            written.push("tool_choice");
        }
        let sent = self.request.extra.iter().find(|(name, _)| name.is(MODEL_FIELDS)).map(|(_, json)| *json);
        if let Some(doc) = sent.and_then(|json| Doc::parse(json.as_bytes()).ok()) {
            for (key, value) in doc.root().members() {
                if !written.iter().any(|name| key.is(name)) {
                    own.key(key.raw()).raw(value.raw());
                }
            }
        }
        // A way to think that nobody here knows, of a client of Anthropic's.
        let thinking = self.request.extra.iter().find(|(name, _)| name.is("thinking")).map(|(_, json)| *json);
        if let Some(json) = thinking.filter(|json| json.starts_with('{') && self.passes_thinking(&written)) {
            own.key("thinking").raw(json);
        }
        if !own.out.is_empty() {
            self.out.key(MODEL_FIELDS).open();
            self.out.raw(&String::from_utf8_lossy(&own.out));
            self.out.close();
        }
    }

    /// Whether Anthropic's `thinking` object goes on as it came.
    fn passes_thinking(&self, written: &[&str]) -> bool {
        self.family.thinking == Thinking::Claude
            && self.request.reasoning.is_none()
            && claude::extra_thinking(self.request).is_none()
            && !written.contains(&"thinking")
    }

    /// The client's labels, where they fit Bedrock's limits.
    fn metadata(&mut self) {
        let Some(labels) = self.request.metadata else { return };
        if is_metadata(labels) {
            self.out.key("requestMetadata").raw(labels);
        } else {
            self.loss.note("metadata");
        }
    }

    fn tier(&mut self) {
        let Some(tier) = &self.request.service_tier else { return };
        if ["default", "flex", "priority", "reserved"].iter().any(|known| tier.is(known)) {
            self.out.key("serviceTier").open().key("type").text(tier).close();
        } else if !tier.is("auto") {
            self.loss.note("service_tier");
        }
    }

    fn extra(&mut self) {
        let request = self.request;
        for (name, value) in &request.extra {
            match name.raw() {
                // Told by other means.
                "stream_options" | MODEL_FIELDS => {}
                "thinking" if request.reasoning.is_some() || claude::extra_thinking(request).is_some() => {}
                "thinking" if self.family.thinking == Thinking::Claude => {}
                "modalities" if *value == r#"["text"]"# => {}
                "requestMetadata" if request.metadata.is_some() => self.loss.note("requestMetadata"),
                own if OWN_FIELDS.contains(&own) => {
                    self.out.key(own).raw(value);
                }
                _ => self.loss.note(&name.decode()),
            }
        }
    }
}

/// One word for how hard to think.
#[derive(Clone, Copy)]
struct Word(&'static str);

/// How many tools are offered again at most: beyond it a conversation is none.
const MAX_STUBS: usize = 128;

fn same(a: &Text<'_>, b: &Text<'_>) -> bool {
    a.raw() == b.raw() || a.decode() == b.decode()
}

/// A client's word in a message of ours: short, and without control characters.
fn shown(word: &Text<'_>) -> String {
    word.decode().chars().filter(|c| !c.is_control()).take(40).collect()
}

/// Whether labels are what Bedrock takes: 1 to 16, of up to 256 of some characters.
fn is_metadata(labels: &str) -> bool {
    let Ok(doc) = Doc::parse(labels.as_bytes()) else { return false };
    let fits = |text: &str| {
        text.chars().count() <= 256
            && text.chars().all(|c| c.is_ascii_alphanumeric() || c.is_ascii_whitespace() || ":_@$#=/+,-.".contains(c))
    };
    let mut count = 0;
    let good = doc.root().members().all(|(key, value)| {
        count += 1;
        let value = value.text();
        !key.is_empty() && fits(&key.decode()) && value.is_some_and(|value| fits(&value.decode()))
    });
    doc.root().kind() == Kind::Object && good && (1..=16).contains(&count)
}

#[cfg(test)]
mod tests;
