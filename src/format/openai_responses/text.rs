//! Which strings of a request a policy may look at and change, as rows. What no row names is text: a field nobody has
//! heard of may hold what a person wrote.

use crate::format::openai::{Row, base64, below, in_schema, json, look_up, opaque, text, url};
use crate::format::{Step, TextKind};

/// Below an item of `input`, the most frequent first.
const ITEM: &[Row] = &[
    text(&["content"]),
    opaque(&["role"]),
    text(&["content", "[]", "text"]),
    opaque(&["content", "[]", "type"]),
    opaque(&["type"]),
    opaque(&["id"]),
    opaque(&["status"]),
    opaque(&["phase"]),
    opaque(&["call_id"]),
    opaque(&["name"]),
    opaque(&["namespace"]),
    json(&["arguments"]),
    text(&["output"]),
    opaque(&["output", "[]", "type"]),
    opaque(&["encrypted_content"]),
    opaque(&["summary", "[]", "type"]),
    url(&["content", "[]", "image_url"]),
    url(&["content", "[]", "file_url"]),
    opaque(&["content", "[]", "file_data"]),
    opaque(&["content", "[]", "file_id"]),
    opaque(&["content", "[]", "detail"]),
    opaque(&["content", "[]", "input_audio", "data"]),
    opaque(&["content", "[]", "input_audio", "format"]),
    opaque(&["content", "[]", "prompt_cache_breakpoint", "**"]),
    opaque(&["content", "[]", "annotations", "[]", "type"]),
    opaque(&["content", "[]", "annotations", "[]", "file_id"]),
    opaque(&["content", "[]", "annotations", "[]", "container_id"]),
    url(&["output", "[]", "image_url"]),
    url(&["output", "[]", "file_url"]),
    opaque(&["output", "[]", "file_data"]),
    opaque(&["output", "[]", "file_id"]),
    opaque(&["output", "[]", "detail"]),
    opaque(&["output", "[]", "prompt_cache_breakpoint", "**"]),
    // A screenshot of a computer.
    opaque(&["output", "type"]),
    url(&["output", "image_url"]),
    opaque(&["output", "file_id"]),
    // Hosted tools.
    opaque(&["action", "type"]),
    opaque(&["operation", "type"]),
    opaque(&["container_id"]),
    opaque(&["server_label"]),
    opaque(&["approval_request_id"]),
    opaque(&["execution"]),
    opaque(&["fingerprint"]),
    opaque(&["caller", "**"]),
    opaque(&["environment", "type"]),
    opaque(&["environment", "container_id"]),
    opaque(&["pending_safety_checks", "[]", "id"]),
    opaque(&["acknowledged_safety_checks", "[]", "id"]),
    opaque(&["outputs", "[]", "type"]),
    url(&["outputs", "[]", "url"]),
    opaque(&["results", "[]", "file_id"]),
    // A picture that a tool made, megabytes of base64, but a program's result under the same name.
    base64(&["result"]),
    opaque(&["output_format"]),
    opaque(&["quality"]),
    opaque(&["size"]),
    opaque(&["background"]),
];

/// Below an item of `tools`, or of a list of tools in one.
const TOOL: &[Row] = &[
    opaque(&["type"]),
    opaque(&["name"]),
    opaque(&["allowed_callers", "[]"]),
    opaque(&["format", "**"]),
    opaque(&["vector_store_ids", "[]"]),
    opaque(&["ranking_options", "**"]),
    opaque(&["search_context_size"]),
    opaque(&["user_location", "type"]),
    opaque(&["container"]),
    opaque(&["container", "type"]),
    opaque(&["container", "file_ids", "[]"]),
    opaque(&["container", "memory_limit"]),
    opaque(&["container", "network_policy", "**"]),
    opaque(&["environment", "**"]),
    opaque(&["server_label"]),
    url(&["server_url"]),
    opaque(&["connector_id"]),
    opaque(&["tunnel_id"]),
    // Keys to the server; a changed one opens nothing.
    opaque(&["authorization"]),
    opaque(&["headers", "**"]),
    opaque(&["allowed_tools", "**"]),
    opaque(&["require_approval", "**"]),
    opaque(&["require_approval"]),
    opaque(&["execution"]),
    opaque(&["model"]),
    opaque(&["action"]),
    opaque(&["background"]),
    opaque(&["input_fidelity"]),
    opaque(&["input_image_mask", "file_id"]),
    url(&["input_image_mask", "image_url"]),
    opaque(&["moderation"]),
    opaque(&["output_format"]),
    opaque(&["quality"]),
    opaque(&["size"]),
];

/// Below the root.
const ROOT: &[Row] = &[
    opaque(&["model"]),
    opaque(&["tool_choice", "**"]),
    opaque(&["text", "format", "type"]),
    opaque(&["text", "format", "name"]),
    opaque(&["text", "verbosity"]),
    opaque(&["reasoning", "**"]),
    opaque(&["include", "[]"]),
    opaque(&["previous_response_id"]),
    opaque(&["conversation"]),
    opaque(&["conversation", "id"]),
    opaque(&["prompt", "id"]),
    opaque(&["prompt", "version"]),
    opaque(&["service_tier"]),
    opaque(&["truncation"]),
    opaque(&["prompt_cache_retention"]),
    opaque(&["prompt_cache_options", "**"]),
    opaque(&["context_management", "[]", "type"]),
    opaque(&["moderation", "**"]),
    opaque(&["access_programs", "**"]),
    opaque(&["background_options", "**"]),
    opaque(&["image", "context_compression"]),
];

/// Below a variable of a stored prompt, which is a text or a part of a message.
const VARIABLE: &[Row] = &[
    opaque(&["type"]),
    url(&["image_url"]),
    url(&["file_url"]),
    opaque(&["file_data"]),
    opaque(&["file_id"]),
    opaque(&["detail"]),
];

/// Where tools stand.
const TOOLS: &[&[&str]] = &[
    &["tools", "[]", "tools", "[]"],
    &["tools", "[]"],
    &["input", "[]", "tools", "[]", "tools", "[]"],
    &["input", "[]", "tools", "[]"],
];

/// Where JSON Schemas stand in a tool.
const SCHEMAS: &[&[&str]] = &[&["parameters"], &["output_schema"], &["input_schema"]];

/// See [`crate::format::Format::text_at`].
pub(super) fn text_at(path: &[Step<'_>]) -> TextKind {
    if let Some(tool) = TOOLS.iter().find_map(|place| below(place, path)) {
        return match SCHEMAS.iter().find_map(|schema| below(schema, tool)) {
            Some(rest) => in_schema(rest),
            None => look_up(TOOL, tool),
        };
    }
    if let Some(rest) = below(&["text", "format", "schema"], path) {
        return in_schema(rest);
    }
    match path {
        [Step::Key("input"), Step::Item, rest @ ..] => look_up(ITEM, rest),
        [Step::Key("prompt"), Step::Key("variables"), Step::Key(_), rest @ ..] => look_up(VARIABLE, rest),
        _ => look_up(ROOT, path),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_string_of_a_request_is_what_its_row_says() {
        use TextKind::{Base64, Json, Opaque, Text, Url};
        let rows = [
            ("model", Opaque),
            ("instructions", Text),
            ("input", Text),
            ("input.[].role", Opaque),
            ("input.[].type", Opaque),
            ("input.[].content", Text),
            ("input.[].content.[].type", Opaque),
            ("input.[].content.[].text", Text),
            ("input.[].content.[].refusal", Text),
            ("input.[].content.[].image_url", Url),
            ("input.[].content.[].detail", Opaque),
            ("input.[].content.[].file_data", Opaque),
            ("input.[].content.[].file_url", Url),
            ("input.[].content.[].filename", Text),
            ("input.[].content.[].input_audio.data", Opaque),
            ("input.[].content.[].some_new_field", Text),
            ("input.[].content.[].annotations.[].title", Text),
            ("input.[].content.[].annotations.[].file_id", Opaque),
            ("input.[].content.[].annotations.[].url", Text),
            ("input.[].id", Opaque),
            ("input.[].call_id", Opaque),
            ("input.[].name", Opaque),
            ("input.[].arguments", Json),
            ("input.[].arguments.query", Text),
            ("input.[].output", Text),
            ("input.[].output.[].text", Text),
            ("input.[].output.[].type", Opaque),
            ("input.[].output.[].image_url", Url),
            ("input.[].output.[].stdout", Text),
            ("input.[].output.image_url", Url),
            ("input.[].summary.[].text", Text),
            ("input.[].summary.[].type", Opaque),
            ("input.[].encrypted_content", Opaque),
            ("input.[].input", Text),
            ("input.[].code", Text),
            ("input.[].result", Base64),
            ("input.[].action.query", Text),
            ("input.[].action.commands.[]", Text),
            ("input.[].operation.diff", Text),
            ("input.[].results.[].text", Text),
            ("input.[].something_new", Text),
            ("tools.[].type", Opaque),
            ("tools.[].name", Opaque),
            ("tools.[].description", Text),
            ("tools.[].parameters.type", Opaque),
            ("tools.[].parameters.description", Text),
            ("tools.[].parameters.properties.type.description", Text),
            ("tools.[].parameters.properties.a.enum.[]", Text),
            ("tools.[].tools.[].parameters.required.[]", Opaque),
            ("tools.[].tools.[].description", Text),
            ("tools.[].server_url", Url),
            ("tools.[].server_description", Text),
            ("tools.[].headers.authorization", Opaque),
            ("tools.[].user_location.city", Text),
            ("tools.[].filters.value", Text),
            ("tools.[].format.definition", Opaque),
            ("tool_choice", Opaque),
            ("tool_choice.tools.[].name", Opaque),
            ("text.format.name", Opaque),
            ("text.format.description", Text),
            ("text.format.schema.properties.a.pattern", Opaque),
            ("text.verbosity", Opaque),
            ("reasoning.effort", Opaque),
            ("include.[]", Opaque),
            ("previous_response_id", Opaque),
            ("conversation", Opaque),
            ("prompt.id", Opaque),
            ("prompt.variables.name", Text),
            ("prompt.variables.name.text", Text),
            ("prompt.variables.name.type", Opaque),
            ("prompt.variables.name.image_url", Url),
            ("user", Text),
            ("safety_identifier", Text),
            ("metadata.email", Text),
            ("something_new.deep.[]", Text),
        ];
        for (path, kind) in rows {
            let steps: Vec<_> =
                path.split('.').map(|word| if word == "[]" { Step::Item } else { Step::Key(word) }).collect();
            assert_eq!(text_at(&steps), kind, "{path}");
        }
    }
}
