//! Writes anybody's chat request for Gemini. Google refuses unknown keys, so the body is built from what is known to be
//! taken: what would change the answer if it were left out is refused with its path, the rest is noted as lost.

mod contents;

use super::model::{self, Generation, Think};
use super::schema;
use crate::chat::{ApiError, Reasoning, Request, ResponseFormat, Tool, ToolChoice};
use crate::format::turns::capacity;
use crate::format::{Loss, Target};
use crate::wire::json::{Doc, Kind, Text, Writer};

/// How many stop strings Gemini takes.
const MAX_STOPS: usize = 5;

/// Tools that Google runs, by the member of a `tools` entry that asks for them.
const OWN_TOOLS: &[&str] = &[
    "codeExecution",
    "computerUse",
    "enterpriseWebSearch",
    "exaAiSearch",
    "fileSearch",
    "googleMaps",
    "googleSearch",
    "googleSearchRetrieval",
    "mcpServers",
    "parallelAiSearch",
    "retrieval",
    "urlContext",
];

pub(super) fn write(request: &Request<'_>, target: &Target<'_>, loss: &mut Loss) -> Result<Vec<u8>, ApiError> {
    let mut body = Body {
        out: Writer::with_capacity(capacity(request)),
        request,
        generation: model::generation(target.model),
        call_ids: target.quirks.call_ids,
        loss,
    };
    body.out.open();
    body.system()?;
    body.tools()?;
    body.contents()?;
    body.generation_config(target.quirks.max_temperature)?;
    body.rest();
    body.out.close();
    Ok(body.out.out)
}

struct Body<'r, 'a> {
    out: Writer,
    request: &'r Request<'a>,
    generation: Generation,
    /// Whether calls and results may carry ids.
    call_ids: bool,
    loss: &'r mut Loss,
}

impl<'a> Body<'_, 'a> {
    fn extra(&self, names: &[&str]) -> Option<&'a str> {
        let mut extra = self.request.extra.iter();
        extra.find(|(name, _)| names.iter().any(|wanted| name.is(wanted))).map(|(_, json)| *json)
    }

    /// One entry for all functions, and one for each tool of Google's.
    fn tools(&mut self) -> Result<(), ApiError> {
        let request = self.request;
        // Where the model may choose, names can be allowed only by not offering the others.
        let allowed = match &request.tool_choice {
            Some(ToolChoice::Allowed { required: false, names }) => Some(names),
            _ => None,
        };
        let wanted =
            |name: &Text<'_>| allowed.is_none_or(|names| names.iter().any(|allowed| allowed.decode() == name.decode()));
        let functions = || {
            request.tools.iter().enumerate().filter_map(|(index, tool)| match tool {
                Tool::Function { name, .. } if wanted(name) => Some((index, tool)),
                _ => None,
            })
        };
        let forced = matches!(
            request.tool_choice,
            Some(ToolChoice::Required | ToolChoice::Named(_) | ToolChoice::Allowed { .. })
        );
        let any = functions().next().is_some();
        if forced && !any {
            let what = "tool_choice: a call is asked for, but no function is offered";
            return Err(ApiError::invalid_request("tool_choice", what));
        }
        let search = self.extra(&["web_search_options"]).filter(|json| json.starts_with('{'));
        let own = || request.tools.iter().enumerate().filter(|(_, tool)| matches!(tool, Tool::Other { .. }));
        if any || search.is_some() || own().next().is_some() {
            self.out.key("tools").open_array();
            if any {
                self.out.open().key("functionDeclarations").open_array();
                for (index, tool) in functions() {
                    self.function(index, tool)?;
                }
                self.out.close_array().close();
            }
            for (index, tool) in own() {
                self.own_tool(index, tool)?;
            }
            if let Some(options) = search {
                self.out.open().key("googleSearch").open().close().close();
                self.note_options("web_search_options", options);
            }
            self.out.close_array();
        }
        self.tool_config(any);
        Ok(())
    }

    fn function(&mut self, index: usize, tool: &Tool<'_>) -> Result<(), ApiError> {
        let Tool::Function { name, description, parameters, .. } = tool else { return Ok(()) };
        self.out.open().key("name").text(name);
        if let Some(description) = description {
            self.out.key("description").text(description);
        }
        if let Some(parameters) = parameters {
            let written = self.schema(&format!("tools[{index}].function.parameters"), parameters)?;
            self.out.key("parametersJsonSchema").raw(&written);
        }
        self.out.close();
        Ok(())
    }

    fn schema(&mut self, path: &str, schema: &str) -> Result<String, ApiError> {
        let (written, lost) = schema::for_gemini(schema)
            .map_err(|error| ApiError::invalid_request(path, format!("{path} is not JSON: {error}")))?;
        lost.iter().for_each(|keyword| self.loss.note(&format!("schema.{keyword}")));
        Ok(written)
    }

    fn own_tool(&mut self, index: usize, tool: &Tool<'_>) -> Result<(), ApiError> {
        let Tool::Other { kind, raw } = tool else { return Ok(()) };
        if let Some(own) = OWN_TOOLS.iter().find(|own| kind.is(own)) {
            self.out.open().key(own).raw(raw).close();
        } else if kind.raw().starts_with("web_search") {
            // OpenAI's and Anthropic's: what each may be told beside goes by other names.
            self.out.open().key("googleSearch").open().close().close();
            self.note_options("tools[]", raw);
        } else {
            let what = format!("tools[{index}]: this model has no tool of the type `{:.64}`", kind.decode());
            return Err(ApiError::unsupported(format!("tools[{index}]"), what));
        }
        Ok(())
    }

    /// Options of a tool that is asked for without them.
    fn note_options(&mut self, path: &str, raw: &str) {
        let Ok(doc) = Doc::parse(raw.as_bytes()) else { return };
        for (name, value) in doc.root().members() {
            if !matches!(name.raw(), "type" | "name" | "cache_control") && !value.is_null() {
                self.loss.note(&format!("{path}.{}", name.decode()));
            }
        }
    }

    fn tool_config(&mut self, any: bool) {
        let request = self.request;
        let mut config = Writer::default();
        config.open();
        if any && let Some((mode, names)) = self.calling() {
            config.key("functionCallingConfig").open().key("mode").string(mode);
            if !names.is_empty() {
                config.key("allowedFunctionNames").open_array();
                for name in names {
                    config.text(name);
                }
                config.close_array();
            }
            config.close();
        }
        for (name, json) in &request.extra {
            if let Some(own) = name.raw().strip_prefix("toolConfig.").filter(|own| is_plain(own)) {
                config.key(own).raw(json);
            }
        }
        self.attach("toolConfig", config);
    }

    /// The mode of calling, and which functions it holds for.
    fn calling(&mut self) -> Option<(&'static str, &[Text<'a>])> {
        let request = self.request;
        let strict = |tool: &Tool<'_>| matches!(tool, Tool::Function { strict: Some(true), .. });
        let strict = request.tools.iter().any(strict);
        let asked = self.extra(&["toolConfig.functionCallingConfig.mode"]).is_some();
        if strict && !self.generation.validates() {
            self.loss.note("tools[].function.strict");
        }
        let free = if asked || strict && self.generation.validates() { "VALIDATED" } else { "AUTO" };
        Some(match request.tool_choice.as_ref() {
            None if free == "AUTO" => return None,
            None | Some(ToolChoice::Auto) => (free, &[]),
            Some(ToolChoice::Allowed { required: false, names }) if asked => (free, names),
            Some(ToolChoice::Allowed { required: false, .. }) => (free, &[]),
            Some(ToolChoice::None) => ("NONE", &[]),
            Some(ToolChoice::Required) => ("ANY", &[]),
            Some(ToolChoice::Named(name)) => ("ANY", std::slice::from_ref(name)),
            Some(ToolChoice::Allowed { required: true, names }) => ("ANY", names),
        })
    }

    /// Writes an object under its name, if there is anything in it.
    fn attach(&mut self, name: &str, mut object: Writer) {
        if object.out.len() > 1 {
            object.close();
            self.out.key(name).raw(std::str::from_utf8(&object.out).unwrap_or("{}"));
        }
    }

    fn generation_config(&mut self, max_temperature: f64) -> Result<(), ApiError> {
        let request = self.request;
        let mut config = Writer::default();
        config.open();
        if let Some(temperature) = request.temperature {
            config.key("temperature");
            match temperature.parse::<f64>() {
                Ok(value) if value > max_temperature => {
                    self.loss.note("generationConfig.temperature");
                    config.raw(&max_temperature.to_string());
                }
                _ => {
                    config.raw(temperature);
                }
            }
        }
        // A 32-bit number there.
        let seed = request.seed.filter(|seed| seed.parse::<i32>().is_ok());
        if seed.is_none() && request.seed.is_some() {
            self.loss.note("generationConfig.seed");
        }
        let numbers = [
            ("topP", request.top_p),
            ("topK", request.top_k),
            ("seed", seed),
            ("presencePenalty", request.presence_penalty),
            ("frequencyPenalty", request.frequency_penalty),
        ];
        for (name, number) in numbers {
            if let Some(number) = number {
                config.key(name).raw(number);
            }
        }
        if let Some(n) = request.n.filter(|n| *n > 1) {
            config.key("candidateCount").number(n);
        }
        if let Some(max_tokens) = request.max_tokens {
            config.key("maxOutputTokens").number(max_tokens);
        }
        self.stop(&mut config)?;
        if request.logprobs {
            config.key("responseLogprobs").bool(true);
            if let Some(top) = request.top_logprobs {
                config.key("logprobs").number(top);
            }
        }
        match &request.response_format {
            None => {}
            Some(ResponseFormat::JsonObject) => {
                config.key("responseMimeType").string("application/json");
            }
            Some(ResponseFormat::JsonSchema { schema, .. }) => {
                config.key("responseMimeType").string("application/json");
                let schema = self.schema("response_format.json_schema.schema", schema)?;
                config.key("responseJsonSchema").raw(&schema);
            }
        }
        self.thinking(&mut config);
        self.modalities(&mut config)?;
        for (name, json) in &request.extra {
            if let Some(own) = name.raw().strip_prefix("generationConfig.").filter(|own| is_plain(own)) {
                config.key(own).raw(json);
            }
        }
        self.attach("generationConfig", config);
        Ok(())
    }

    fn stop(&mut self, config: &mut Writer) -> Result<(), ApiError> {
        let said = || self.request.stop.iter().filter(|stop| !stop.is_empty());
        if said().count() > MAX_STOPS {
            let got = said().count();
            let param = "generationConfig.stopSequences";
            let what = format!("{param}: this model's provider takes at most {MAX_STOPS} stop strings, got {got}");
            return Err(ApiError::unsupported(param, what));
        }
        if said().next().is_some() {
            config.key("stopSequences").open_array();
            said().for_each(|stop| {
                config.text(stop);
            });
            config.close_array();
        }
        if self.request.stop.iter().any(Text::is_empty) {
            self.loss.note("generationConfig.stopSequences");
        }
        Ok(())
    }

    /// Who asks for reasoning wants to see it, as far as it is shown.
    fn thinking(&mut self, config: &mut Writer) {
        let Some(wish) = self.request.reasoning else { return };
        let level = self.extra(&["generationConfig.thinkingConfig.thinkingLevel"]);
        let Some(think) = self.generation.think(wish) else {
            if wish != Reasoning::Off {
                self.loss.note("generationConfig.thinkingConfig.thinkingLevel");
            }
            return;
        };
        config.key("thinkingConfig").open();
        match (level, think) {
            (Some(level), _) => config.key("thinkingLevel").raw(level),
            (None, Think::Budget(tokens)) => config.key("thinkingBudget").number(tokens),
            (None, Think::Level(level)) => config.key("thinkingLevel").string(level),
        };
        if wish != Reasoning::Off {
            config.key("includeThoughts").bool(true);
        }
        config.close();
    }

    /// OpenAI's `modalities`: pictures beside the text are given, sound would be looked for where this room puts none.
    fn modalities(&mut self, config: &mut Writer) -> Result<(), ApiError> {
        let Some(json) = self.extra(&["modalities"]) else { return Ok(()) };
        let Ok(doc) = Doc::parse(json.as_bytes()) else { return Ok(()) };
        let has = |word: &str| doc.root().items().any(|item| item.is(word));
        if has("audio") {
            let what = "modalities: this model's provider cannot answer with audio in this format";
            return Err(ApiError::unsupported("modalities", what));
        }
        if has("image") {
            config.key("responseModalities").open_array().string("TEXT").string("IMAGE").close_array();
        }
        Ok(())
    }

    /// What stands at the top beside the turns.
    fn rest(&mut self) {
        let request = self.request;
        if let Some(json) = self.extra(&["safetySettings", "safety_settings"]).filter(|json| json.starts_with('[')) {
            self.out.key("safetySettings").raw(json);
        }
        if let Some(json) = self.extra(&["cachedContent", "cached_content"]).filter(|json| json.starts_with('"')) {
            self.out.key("cachedContent").raw(json);
        }
        if let Some(labels) = request.metadata {
            self.labels(labels);
        }
        match request.service_tier.as_ref().map(Text::raw) {
            // Both are what it does unasked.
            None | Some("auto" | "default") => {}
            Some(tier @ ("flex" | "priority")) => {
                self.out.key("serviceTier").string(tier);
            }
            Some(_) => self.loss.note("serviceTier"),
        }
        if let Some(store) = request.store {
            self.out.key("store").bool(store);
        }
        const WRITTEN: &[&str] = &[
            "safetySettings",
            "safety_settings",
            "cachedContent",
            "cached_content",
            "web_search_options",
            "modalities",
            "generationConfig.thinkingConfig.thinkingLevel",
            "toolConfig.functionCallingConfig.mode",
        ];
        for (name, _) in &request.extra {
            let nested = ["toolConfig.", "generationConfig."].iter().find_map(|path| name.raw().strip_prefix(path));
            if !WRITTEN.iter().any(|written| name.is(written)) && !nested.is_some_and(is_plain) {
                self.loss.note(&name.decode());
            }
        }
    }

    /// Google's labels are words in small letters, up to 63 of them, so not every label of a client's is one.
    fn labels(&mut self, metadata: &str) {
        let Ok(doc) = Doc::parse(metadata.as_bytes()) else { return };
        let fits = |text: &Text<'_>| {
            let small = |c: char| c.is_lowercase() || c.is_numeric() || c == '_' || c == '-';
            text.decode().chars().count() <= 63 && text.decode().chars().all(small)
        };
        let mut labels = Writer::default();
        labels.open();
        for (key, value) in doc.root().members() {
            let word = value.text().filter(|word| value.kind() == Kind::String && fits(word));
            match word {
                Some(word) if fits(&key) && key.raw().starts_with(|c: char| c.is_ascii_lowercase()) => {
                    labels.key(key.raw()).text(&word);
                }
                _ => self.loss.note("labels"),
            }
        }
        self.attach("labels", labels);
    }
}

/// A name of a field and no path.
fn is_plain(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests;
