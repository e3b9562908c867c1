//! Writes anybody's chat request for Claude. Anthropic refuses unknown keys, so the body is built from what is known to
//! be taken: what would change the answer if it were left out is refused with its path, the rest is noted as lost.
//!
//! Turns follow wire-format rules that OpenAI's shape does not have: system turns stand apart, neighbours of one side
//! are one turn, all results of parallel calls open the turn after them, and no block of text may be blank. Nothing is
//! ever made up to fill a hole. The order of fields is the order of Claude's prompt cache: tools, system, turns.

mod turns;

use super::super::claude::{self, Generation, Think};
use super::super::turns::{self as shared, is_blank};
use super::super::{Loss, Target};
use crate::chat::{ApiError, Request, ResponseFormat, Tool, ToolChoice};
use crate::wire::json::{Text, Writer};

/// The most prompt-cache marks Anthropic takes in one request.
const MAX_CACHE_MARKS: usize = 4;
/// Anthropic's own top-level fields that pass where a client of another format sends them as extensions.
const OWN_FIELDS: &[&str] =
    &["cache_control", "container", "context_management", "inference_geo", "mcp_servers", "speed"];

pub(super) fn write(request: &Request<'_>, target: &Target<'_>, loss: &mut Loss) -> Result<Vec<u8>, ApiError> {
    let mut body = Body {
        out: Writer::with_capacity(shared::capacity(request)),
        request,
        generation: claude::generation(target.model),
        marks: 0,
        loss,
    };
    let (thinking, max_tokens) =
        claude::thinking(request, body.generation, target.quirks.default_max_tokens, body.loss);
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

impl Body<'_, '_> {
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
                return Err(ApiError::invalid_request(
                    "tool_choice",
                    "tool_choice asks for a call, but tools is empty",
                ));
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
                    self.out.key("input_schema").raw(&shared::input_schema(index, parameters.as_deref())?);
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

    fn cache(&mut self, mark: Option<&str>) {
        let Some(mark) = mark.filter(|mark| mark.starts_with('{')) else { return };
        if self.marks < MAX_CACHE_MARKS {
            self.marks += 1;
            self.out.key("cache_control").raw(mark);
        } else {
            self.loss.note("messages[].content[].cache_control");
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
            Some(ResponseFormat::JsonSchema { schema, .. }) => Some(schema.as_ref()),
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
        let chosen = claude::sampling(request, self.generation, thinking, max_temperature, self.loss);
        if let Some(temperature) = chosen.temperature {
            self.out.key("temperature").raw(&temperature);
        }
        if let Some(top_p) = chosen.top_p {
            self.out.key("top_p").raw(top_p);
        }
        if let Some(top_k) = chosen.top_k {
            self.out.key("top_k").raw(top_k);
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
            self.loss.note("stop_sequences");
        }
    }

    /// Anthropic wants an opaque id here and forbids addresses and phone numbers.
    fn user(&mut self) {
        let Some(user) = &self.request.user else { return };
        if user.is_empty() || names_a_person(&user.decode()) {
            self.loss.note("metadata.user_id");
        } else {
            self.out.key("metadata").open().key("user_id").text(user).close();
        }
    }

    fn extra(&mut self) {
        let request = self.request;
        match &request.service_tier {
            Some(tier) if tier.is("auto") => {
                self.out.key("service_tier").string("auto");
            }
            Some(tier) if tier.is("default") => {
                self.out.key("service_tier").string("standard_only");
            }
            Some(_) => self.loss.note("service_tier"),
            None => {}
        }
        for (name, value) in &request.extra {
            match name.raw() {
                // Told by other means.
                "stream_options" => {}
                "thinking" if request.reasoning.is_some() || claude::extra_thinking(request).is_some() => {}
                own if OWN_FIELDS.contains(&own) => {
                    self.out.key(own).raw(value);
                }
                _ => self.loss.note(&name.decode()),
            }
        }
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

#[cfg(test)]
mod tests;
