//! Writes a chat request out of another format's, and points one of this format at its target.
//!
//! Only fields that OpenAI documents are written, or those that the provider's row names ([`Dialect`]): backends answer
//! 400 to keys they do not know. What the rules drop is gone before; what is left out here depends on a value.

mod media;
mod turns;

pub(super) use self::media::write_source;
use self::turns::{Turns, sent_id};
use crate::chat::{ApiError, Arguments, Reasoning, Request, ResponseFormat, Tool, ToolChoice};
use crate::format::openai::effort_word;
use crate::format::openai::gpt::{self, Generation};
use crate::format::turns::capacity;
use crate::format::{CacheMarks, Dialect, Loss, ReasoningForm, Target, claude};
use crate::wire::json::{Doc, Edits, Text, Value, Writer};

/// What a root field without a place in the model must look like to be written.
enum Shape {
    Text,
    Object,
    Array,
}

/// OpenAI's root fields that travel in `extra`. A field of the same name in another format may mean something else, so
/// its shape must fit.
const EXTRA: &[(&str, Shape)] = &[
    ("audio", Shape::Object),
    ("modalities", Shape::Array),
    ("moderation", Shape::Object),
    ("prediction", Shape::Object),
    ("prompt_cache_options", Shape::Object),
    ("prompt_cache_retention", Shape::Text),
    ("safety_identifier", Shape::Text),
    ("web_search_options", Shape::Object),
];

impl Shape {
    fn fits(&self, json: &str) -> bool {
        let first = json.bytes().next().unwrap_or(0);
        match self {
            Shape::Text => first == b'"',
            Shape::Object => first == b'{',
            Shape::Array => first == b'[',
        }
    }
}

pub(super) fn write(request: &Request<'_>, target: &Target<'_>, loss: &mut Loss) -> Result<Vec<u8>, ApiError> {
    let quirks = target.quirks;
    let generation = gpt::generation(target.model);
    let mut writer = Writer::with_capacity(capacity(request));
    writer.open();
    writer.key("model").string(target.model);
    writer.key("messages").open_array();
    let marks = quirks.dialect.cache_marks != CacheMarks::Breakpoint || generation.is_none_or(|it| it.breakpoints);
    Turns::new(quirks, marks, &mut writer, loss).write(&request.messages)?;
    writer.close_array();

    let allowed = match &request.tool_choice {
        Some(ToolChoice::Allowed { names, .. }) if !quirks.dialect.allowed_tools => Some(names),
        _ => None,
    };
    let wanted = |tool: &Tool<'_>| match (allowed, tool) {
        (None, _) => true,
        (Some(names), Tool::Function { name, .. }) => names.iter().any(|allowed| allowed.decode() == name.decode()),
        (Some(_), Tool::Other { .. }) => false,
    };
    // The choice is a 400 without tools, and says nothing then.
    if request.tools.iter().any(wanted) {
        writer.key("tools").open_array();
        for (index, tool) in request.tools.iter().enumerate().filter(|(_, tool)| wanted(tool)) {
            write_tool(index, tool, &quirks.dialect, &mut writer, loss)?;
        }
        writer.close_array();
        match &request.tool_choice {
            Some(ToolChoice::Allowed { required, .. }) if allowed.is_some() => {
                writer.key("tool_choice").string(if *required { "required" } else { "auto" });
            }
            Some(choice) => write_tool_choice(choice, writer.key("tool_choice")),
            None => {}
        }
        if let Some(parallel) = request.parallel_tool_calls {
            writer.key("parallel_tool_calls").bool(parallel);
        }
    }
    if let Some(max_tokens) = request.max_tokens {
        // OpenAI's models that think refuse the older name wherever they run.
        let thinks = generation.is_some_and(Generation::thinks);
        let field = if thinks { "max_completion_tokens" } else { quirks.max_tokens_field };
        writer.key(field).number(max_tokens);
    }
    write_sampling(request, target, generation, &mut writer, loss);
    // Only where the provider's row says that it takes it; otherwise the rules have taken it out.
    let numbers = [("top_k", request.top_k), ("seed", request.seed), ("logit_bias", request.logit_bias)];
    for (name, json) in numbers {
        if let Some(json) = json {
            writer.key(name).raw(json);
        }
    }
    if let Some(n) = request.n {
        writer.key("n").number(n);
    }
    if request.logprobs {
        writer.key("logprobs").bool(true);
        if let Some(top) = request.top_logprobs {
            writer.key("top_logprobs").number(top);
        }
    }
    write_stop(&request.stop, quirks.dialect.max_stops, &mut writer)?;
    if let Some(format) = &request.response_format {
        write_response_format(format, writer.key("response_format"));
    }
    let reasoning = match generation {
        Some(generation) => generation.reasoning(request.reasoning, loss),
        None => request.reasoning,
    };
    if let Some(reasoning) = reasoning {
        write_reasoning(reasoning, target, &mut writer, loss);
    }
    if let Some(user) = &request.user {
        writer.key("user").text(user);
    }
    let texts = [
        ("verbosity", &request.verbosity),
        ("service_tier", &request.service_tier),
        ("prompt_cache_key", &request.prompt_cache_key),
    ];
    for (name, text) in texts {
        if let Some(text) = text {
            writer.key(name).text(text);
        }
    }
    if let Some(metadata) = request.metadata {
        writer.key("metadata").raw(metadata);
    }
    if let Some(store) = request.store {
        writer.key("store").bool(store);
    }
    for (name, json) in &request.extra {
        match EXTRA.iter().find(|(known, _)| name.is(known)) {
            Some((known, shape)) if shape.fits(json) => {
                writer.key(known).raw(json);
            }
            _ => loss.note(&name.decode()),
        }
    }
    if request.stream {
        writer.key("stream").bool(true);
        if quirks.stream_usage {
            // Always: we count, whoever asked. The client sees it only if it did.
            writer.key("stream_options").raw(r#"{"include_usage":true}"#);
        }
    }
    writer.close();
    Ok(writer.out)
}

/// The sampling numbers that the model takes as it is to think.
fn write_sampling(
    request: &Request<'_>,
    target: &Target<'_>,
    generation: Option<Generation>,
    writer: &mut Writer,
    loss: &mut Loss,
) {
    let taken = generation.is_none_or(|generation| generation.samples(request));
    let max_temperature = target.quirks.max_temperature;
    let numbers = [
        ("temperature", request.temperature, 1.0),
        ("top_p", request.top_p, 1.0),
        ("presence_penalty", request.presence_penalty, 0.0),
        ("frequency_penalty", request.frequency_penalty, 0.0),
    ];
    for (name, json, neutral) in numbers {
        let Some(json) = json else { continue };
        let value = json.parse::<f64>();
        match value {
            // What it does anyway.
            Ok(value) if !taken && value == neutral => {}
            _ if !taken => loss.note(name),
            Ok(value) if name == "temperature" && value > max_temperature => {
                loss.note(name);
                writer.key(name).raw(&max_temperature.to_string());
            }
            _ => {
                writer.key(name).raw(json);
            }
        }
    }
}

fn write_reasoning(reasoning: Reasoning, target: &Target<'_>, writer: &mut Writer, loss: &mut Loss) {
    let dialect = &target.quirks.dialect;
    let off = reasoning == Reasoning::Off;
    let budget = match reasoning {
        Reasoning::Budget(tokens) => Some(tokens),
        _ => None,
    };
    let effort = |writer: &mut Writer, loss: &mut Loss| {
        writer.key("reasoning_effort").string(effort_within(reasoning, dialect, loss));
    };
    let switch = |writer: &mut Writer| {
        writer.key("thinking").open().key("type").string(if off { "disabled" } else { "enabled" });
    };
    match dialect.reasoning {
        ReasoningForm::EffortOrDisabled if off => {
            writer.key("reasoning").open().key("enabled").bool(false).close();
        }
        ReasoningForm::EffortOrTemplate if off => {
            writer.key("chat_template_kwargs").open().key("enable_thinking").bool(false).close();
        }
        ReasoningForm::Effort | ReasoningForm::EffortOrDisabled | ReasoningForm::EffortOrTemplate => {
            effort(writer, loss);
        }
        ReasoningForm::Object => {
            writer.key("reasoning").open();
            match budget {
                Some(tokens) => writer.key("max_tokens").number(tokens),
                None if off => writer.key("enabled").bool(false),
                None => writer.key("effort").string(effort_within(reasoning, dialect, loss)),
            };
            writer.close();
        }
        ReasoningForm::Switch | ReasoningForm::SwitchAndEffort => {
            switch(writer);
            writer.close();
            if dialect.reasoning == ReasoningForm::SwitchAndEffort && !off {
                effort(writer, loss);
            }
        }
        ReasoningForm::Enable => {
            writer.key("enable_thinking").bool(!off);
            if let Some(tokens) = budget {
                writer.key("thinking_budget").number(tokens);
            }
        }
        ReasoningForm::Budget if !target.model.contains("claude") => effort(writer, loss),
        ReasoningForm::Budget => {
            switch(writer);
            let tokens = match reasoning {
                Reasoning::Budget(tokens) => Some(tokens),
                Reasoning::Effort(effort) => Some(claude::budget_of(effort)),
                Reasoning::Off => None,
            };
            if let Some(tokens) = tokens {
                writer.key("budget_tokens").number(tokens);
            }
            writer.close();
        }
    }
}

/// A call as an item of `tool_calls`. Clients parse the arguments, and `""` is no JSON. The signature stands where
/// Google's own compatible API has it.
pub(super) fn write_call(
    id: &Text<'_>,
    name: &Text<'_>,
    arguments: &Arguments<'_>,
    signature: Option<&Text<'_>>,
    mark: Option<&str>,
    writer: &mut Writer,
) {
    writer.open().key("id").text(id).key("type").raw("\"function\"");
    write_function(name, arguments, writer.key("function"));
    if let Some(signature) = signature {
        write_thought_signature(signature, writer);
    }
    if let Some(mark) = mark {
        writer.key("cache_control").raw(mark);
    }
    writer.close();
}

pub(super) fn write_function(name: &Text<'_>, arguments: &Arguments<'_>, writer: &mut Writer) {
    writer.open().key("name").text(name).key("arguments");
    match arguments {
        Arguments::Text(text) if text.is_empty() => writer.raw("\"{}\""),
        Arguments::Text(text) => writer.text(text),
        Arguments::Json(json) => writer.string(json),
    };
    writer.close();
}

pub(super) fn write_thought_signature(signature: &Text<'_>, writer: &mut Writer) {
    writer.key("extra_content").open().key("google").open();
    writer.key("thought_signature").text(signature).close().close();
}

fn refused(param: &str, what: &str) -> ApiError {
    ApiError::unsupported(param, format!("{param}: {what} cannot be sent to this model's provider"))
}

fn write_tool(
    index: usize,
    tool: &Tool<'_>,
    dialect: &Dialect,
    writer: &mut Writer,
    loss: &mut Loss,
) -> Result<(), ApiError> {
    match tool {
        Tool::Function { name, description, parameters, strict, cache } => {
            writer.open().key("type").raw("\"function\"").key("function").open().key("name").text(name);
            if let Some(description) = description {
                writer.key("description").text(description);
            }
            if let Some(parameters) = parameters {
                writer.key("parameters").raw(parameters);
            }
            if let Some(strict) = strict {
                writer.key("strict").bool(*strict);
            }
            writer.close();
            match (cache, dialect.cache_marks) {
                (None, _) => {}
                (Some(mark), CacheMarks::CacheControl) => {
                    writer.key("cache_control").raw(mark);
                }
                // Only parts can be marked there.
                (Some(_), CacheMarks::Breakpoint) => loss.note("messages[].content[].cache_control"),
            }
            writer.close();
            Ok(())
        }
        // Leaving out a tool the client counts on would be a silent failure.
        Tool::Other { kind, .. } => {
            Err(refused(&format!("tools[{index}]"), &format!("a tool of type {}", kind.decode())))
        }
    }
}

fn write_tool_choice(choice: &ToolChoice<'_>, writer: &mut Writer) {
    let write_named = |name: &Text<'_>, writer: &mut Writer| {
        writer.open().key("type").raw("\"function\"").key("function").open().key("name").text(name).close().close();
    };
    match choice {
        ToolChoice::Auto => {
            writer.string("auto");
        }
        ToolChoice::None => {
            writer.string("none");
        }
        ToolChoice::Required => {
            writer.string("required");
        }
        ToolChoice::Named(name) => write_named(name, writer),
        ToolChoice::Allowed { required, names } => {
            writer.open().key("type").string("allowed_tools").key("allowed_tools").open();
            writer.key("mode").string(if *required { "required" } else { "auto" }).key("tools").open_array();
            names.iter().for_each(|name| write_named(name, writer));
            writer.close_array().close().close();
        }
    }
}

fn write_stop(stop: &[Text<'_>], most: usize, writer: &mut Writer) -> Result<(), ApiError> {
    if stop.len() > most {
        let what = format!("stop: this model's provider takes at most {most} stop strings, got {}", stop.len());
        return Err(ApiError::unsupported("stop", what));
    }
    if !stop.is_empty() {
        writer.key("stop").open_array();
        stop.iter().for_each(|text| {
            writer.text(text);
        });
        writer.close_array();
    }
    Ok(())
}

fn write_response_format(format: &ResponseFormat<'_>, writer: &mut Writer) {
    match format {
        ResponseFormat::JsonObject => {
            writer.raw(r#"{"type":"json_object"}"#);
        }
        ResponseFormat::JsonSchema { name, description, schema, strict } => {
            writer.open().key("type").raw("\"json_schema\"").key("json_schema").open();
            // OpenAI demands one; the model never sees it as more than a label.
            writer.key("name").text(name.as_ref().unwrap_or(&Text::from_raw("response")));
            if let Some(description) = description {
                writer.key("description").text(description);
            }
            if let Some(strict) = strict {
                writer.key("strict").bool(*strict);
            }
            writer.key("schema").raw(schema).close().close();
        }
    }
}

/// OpenAI's word for it, or for what of it the provider knows.
fn effort_within(reasoning: Reasoning, dialect: &Dialect, loss: &mut Loss) -> &'static str {
    match reasoning {
        Reasoning::Effort(effort) => effort_word(Reasoning::Effort(gpt::within(effort, dialect.efforts, loss))),
        other => effort_word(other),
    }
}

pub(super) fn retarget(doc: &Doc<'_>, target: &Target<'_>, edits: &mut Edits) {
    let root = doc.root();
    match root.get("model") {
        _ if !target.quirks.addressed_in_body => {}
        Some(model) if model.is(target.model) => {}
        Some(model) => edits.replace(model.span(), quoted(target.model)),
        // The client said it in the path.
        None => edits.add_member(root, &format!("\"model\":{}", String::from_utf8_lossy(&quoted(target.model)))),
    }
    if !target.quirks.leaves_turns_alone() {
        retarget_turns(root, target, edits);
    }
    let streams = root.get("stream").and_then(|stream| stream.bool()) == Some(true);
    if !streams || !target.quirks.stream_usage {
        return;
    }
    let Some(options) = root.get("stream_options") else {
        edits.add_member(root, r#""stream_options":{"include_usage":true}"#);
        return;
    };
    if options.is_null() {
        edits.replace(options.span(), r#"{"include_usage":true}"#);
        return;
    }
    match options.get("include_usage") {
        Some(asked) if asked.bool() == Some(true) => {}
        Some(asked) => edits.replace(asked.span(), "true"),
        None if options.kind() == crate::wire::json::Kind::Object => {
            edits.add_member(options, r#""include_usage":true"#);
        }
        // Not an object: the provider will say so.
        None => {}
    }
}

/// What of the turns would be refused whoever says it: a role that only OpenAI has, and ids of calls that another provider
/// gave before this one was turned to.
fn retarget_turns(root: Value<'_, '_>, target: &Target<'_>, edits: &mut Edits) {
    let id = |value: Option<Value<'_, '_>>, edits: &mut Edits| {
        let Some((value, id)) = value.and_then(|value| Some((value, value.text()?))) else { return };
        let sent = sent_id(&id, &target.quirks.dialect);
        if sent.raw() != id.raw() {
            edits.replace(value.span(), quoted(sent.raw()));
        }
    };
    for message in root.get("messages").into_iter().flat_map(|messages| messages.items()) {
        if let Some(role) = message.get("role").filter(|role| !target.quirks.developer_role && role.is("developer")) {
            edits.replace(role.span(), "\"system\"");
        }
        id(message.get("tool_call_id"), edits);
        for call in message.get("tool_calls").into_iter().flat_map(|calls| calls.items()) {
            id(call.get("id"), edits);
        }
    }
}

fn quoted(plain: &str) -> Vec<u8> {
    let mut writer = Writer::default();
    writer.string(plain);
    writer.out
}
