//! Which strings of a request a policy may look at and change, as rows. What no row names is text: a field nobody has
//! heard of may hold what a person wrote.

use crate::format::openai::{Row, below, in_schema, json, look_up, opaque, text, url};
use crate::format::{Step, TextKind};

/// Below an item of `messages`, the most frequent first. `name` is text, since models read it; so is reasoning that no
/// signature proves.
const MESSAGE: &[Row] = &[
    text(&["content"]),
    opaque(&["role"]),
    text(&["content", "[]", "text"]),
    opaque(&["content", "[]", "type"]),
    opaque(&["tool_call_id"]),
    url(&["content", "[]", "image_url"]),
    url(&["content", "[]", "image_url", "url"]),
    opaque(&["content", "[]", "image_url", "detail"]),
    url(&["content", "[]", "video_url", "url"]),
    opaque(&["content", "[]", "input_audio", "data"]),
    opaque(&["content", "[]", "input_audio", "format"]),
    opaque(&["content", "[]", "file", "file_data"]),
    opaque(&["content", "[]", "file", "file_id"]),
    opaque(&["content", "[]", "signature"]),
    opaque(&["content", "[]", "data"]),
    opaque(&["content", "[]", "thinking", "[]", "type"]),
    opaque(&["content", "[]", "summary", "[]", "type"]),
    opaque(&["content", "[]", "cache_control", "**"]),
    opaque(&["content", "[]", "prompt_cache_breakpoint", "**"]),
    opaque(&["cache_control", "**"]),
    // Signed reasoning is text all the same; see Anthropic's.
    text(&["thinking_blocks", "[]", "thinking"]),
    text(&["reasoning_details", "[]", "text"]),
    text(&["reasoning_details", "[]", "summary"]),
    opaque(&["thinking_blocks", "**"]),
    opaque(&["reasoning_details", "**"]),
    opaque(&["extra_content", "**"]),
    opaque(&["tool_calls", "[]", "id"]),
    opaque(&["tool_calls", "[]", "type"]),
    opaque(&["tool_calls", "[]", "function", "name"]),
    opaque(&["tool_calls", "[]", "function", "thought_signature"]),
    json(&["tool_calls", "[]", "function", "arguments"]),
    opaque(&["tool_calls", "[]", "custom", "name"]),
    opaque(&["tool_calls", "[]", "extra_content", "**"]),
    opaque(&["tool_calls", "[]", "cache_control", "**"]),
    opaque(&["function_call", "name"]),
    json(&["function_call", "arguments"]),
    opaque(&["audio", "id"]),
];

/// Below an item of `tools`.
const TOOL: &[Row] = &[
    opaque(&["type"]),
    opaque(&["function", "name"]),
    opaque(&["custom", "name"]),
    opaque(&["custom", "format", "**"]),
    opaque(&["cache_control", "**"]),
    opaque(&["function", "cache_control", "**"]),
];

/// Below the root.
const ROOT: &[Row] = &[
    opaque(&["model"]),
    opaque(&["models", "[]"]),
    opaque(&["tool_choice", "**"]),
    opaque(&["function_call", "**"]),
    opaque(&["functions", "[]", "name"]),
    opaque(&["response_format", "type"]),
    opaque(&["response_format", "json_schema", "name"]),
    opaque(&["seed"]),
    opaque(&["service_tier"]),
    opaque(&["reasoning_effort"]),
    opaque(&["reasoning_format"]),
    opaque(&["reasoning", "effort"]),
    opaque(&["thinking", "type"]),
    opaque(&["verbosity"]),
    opaque(&["modalities", "[]"]),
    opaque(&["audio", "format"]),
    opaque(&["audio", "voice"]),
    opaque(&["prediction", "type"]),
    opaque(&["prediction", "content", "[]", "type"]),
    opaque(&["web_search_options", "search_context_size"]),
    opaque(&["web_search_options", "user_location", "type"]),
    opaque(&["prompt_cache_retention"]),
    opaque(&["prompt_cache_options", "**"]),
    opaque(&["encoding_format"]),
    opaque(&["provider", "**"]),
];

/// Where JSON Schemas stand.
const SCHEMAS: &[&[&str]] = &[
    &["tools", "[]", "function", "parameters"],
    &["functions", "[]", "parameters"],
    &["response_format", "json_schema", "schema"],
];

/// See [`crate::format::Format::text_at`].
pub(super) fn text_at(path: &[Step<'_>]) -> TextKind {
    // By far the most strings are in messages.
    if let [Step::Key("messages"), Step::Item, rest @ ..] = path {
        return look_up(MESSAGE, rest);
    }
    if let Some(rest) = SCHEMAS.iter().find_map(|schema| below(schema, path)) {
        return in_schema(rest);
    }
    match path {
        [Step::Key("tools"), Step::Item, rest @ ..] => look_up(TOOL, rest),
        _ => look_up(ROOT, path),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_string_of_a_request_is_what_its_row_says() {
        use TextKind::{Json, Opaque, Text, Url};
        let rows = [
            ("model", Opaque),
            ("messages.[].role", Opaque),
            ("messages.[].name", Text),
            ("messages.[].content", Text),
            ("messages.[].content.[].text", Text),
            ("messages.[].content.[].type", Opaque),
            ("messages.[].content.[].image_url.url", Url),
            ("messages.[].content.[].image_url", Url),
            ("messages.[].content.[].image_url.detail", Opaque),
            ("messages.[].content.[].input_audio.data", Opaque),
            ("messages.[].content.[].file.file_data", Opaque),
            ("messages.[].content.[].file.filename", Text),
            ("messages.[].content.[].refusal", Text),
            ("messages.[].content.[].some_new_field", Text),
            ("messages.[].content.[].cache_control.ttl", Opaque),
            ("messages.[].content.[].thinking", Text),
            ("messages.[].content.[].thinking.[].text", Text),
            ("messages.[].thinking_blocks.[].thinking", Text),
            ("messages.[].thinking_blocks.[].signature", Opaque),
            ("messages.[].reasoning_content", Text),
            ("messages.[].refusal", Text),
            ("messages.[].tool_call_id", Opaque),
            ("messages.[].tool_calls.[].id", Opaque),
            ("messages.[].tool_calls.[].function.name", Opaque),
            ("messages.[].tool_calls.[].function.arguments", Json),
            ("messages.[].tool_calls.[].custom.input", Text),
            ("messages.[].function_call.arguments", Json),
            ("tools.[].type", Opaque),
            ("tools.[].function.name", Opaque),
            ("tools.[].function.description", Text),
            ("tools.[].function.parameters.type", Opaque),
            ("tools.[].function.parameters.description", Text),
            ("tools.[].function.parameters.required.[]", Opaque),
            ("tools.[].function.parameters.properties.type.type", Opaque),
            ("tools.[].function.parameters.properties.type.description", Text),
            ("tools.[].function.parameters.properties.a.type.[]", Opaque),
            ("tools.[].function.parameters.properties.a.enum.[]", Text),
            ("tools.[].function.parameters.properties.a.default.type", Text),
            ("tools.[].function.parameters.properties.a.items.anyOf.[].$ref", Opaque),
            ("tools.[].function.parameters.$defs.format.properties.b.format", Opaque),
            ("tools.[].function.parameters.x-note", Text),
            ("functions.[].parameters.properties.a.pattern", Opaque),
            ("functions.[].description", Text),
            ("tool_choice", Opaque),
            ("tool_choice.function.name", Opaque),
            ("response_format.type", Opaque),
            ("response_format.json_schema.name", Opaque),
            ("response_format.json_schema.description", Text),
            ("response_format.json_schema.schema.properties.a.type", Opaque),
            ("stop", Text),
            ("stop.[]", Text),
            ("user", Text),
            ("metadata.email", Text),
            ("service_tier", Opaque),
            ("seed", Opaque),
            ("tools.[].function.parameters.properties.a.maximum", Opaque),
            ("tools.[].function.parameters.properties.maximum.description", Text),
            ("input", Text),
            ("input.[]", Text),
            ("encoding_format", Opaque),
            ("something_new.deep.[]", Text),
            ("prediction.content", Text),
        ];
        for (path, kind) in rows {
            let steps: Vec<_> =
                path.split('.').map(|word| if word == "[]" { Step::Item } else { Step::Key(word) }).collect();
            assert_eq!(text_at(&steps), kind, "{path}");
        }
    }

    #[test]
    fn a_key_that_looks_like_an_item_is_a_key() {
        let path = [Step::Key("messages"), Step::Key("[]"), Step::Key("role")];
        assert_eq!(text_at(&path), TextKind::Text);
    }
}
