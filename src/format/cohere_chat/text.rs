//! Which strings of a request or an answer a policy may look at and change, as rows. What no row names is text: so are all
//! documents, and what tools put out.

use crate::format::openai::{Row, below, in_schema, json, look_up, opaque, text, url};
use crate::format::{Step, TextKind};

/// Below an item of `messages`, and below an answer's `message`. Nothing signs reasoning here, so it is text like any
/// other.
const MESSAGE: &[Row] = &[
    text(&["content"]),
    opaque(&["role"]),
    text(&["content", "[]", "text"]),
    opaque(&["content", "[]", "type"]),
    opaque(&["tool_call_id"]),
    url(&["content", "[]", "image_url", "url"]),
    opaque(&["content", "[]", "image_url", "detail"]),
    opaque(&["content", "[]", "document", "id"]),
    opaque(&["tool_calls", "[]", "id"]),
    opaque(&["tool_calls", "[]", "type"]),
    opaque(&["tool_calls", "[]", "function", "name"]),
    json(&["tool_calls", "[]", "function", "arguments"]),
    opaque(&["citations", "[]", "type"]),
    opaque(&["citations", "[]", "sources", "[]", "type"]),
    opaque(&["citations", "[]", "sources", "[]", "id"]),
];

/// Below the root.
const ROOT: &[Row] = &[
    opaque(&["id"]),
    opaque(&["model"]),
    opaque(&["tools", "[]", "type"]),
    opaque(&["tools", "[]", "function", "name"]),
    opaque(&["tool_choice"]),
    opaque(&["documents", "[]", "id"]),
    opaque(&["citation_options", "mode"]),
    opaque(&["response_format", "type"]),
    opaque(&["safety_mode"]),
    opaque(&["seed"]),
    opaque(&["thinking", "type"]),
    opaque(&["finish_reason"]),
];

/// Where JSON Schemas stand.
const SCHEMAS: &[&[&str]] = &[&["tools", "[]", "function", "parameters"], &["response_format", "json_schema"]];

/// See [`crate::format::Format::text_at`].
pub(super) fn text_at(path: &[Step<'_>]) -> TextKind {
    match path {
        [Step::Key("messages"), Step::Item, rest @ ..] | [Step::Key("message"), rest @ ..] => look_up(MESSAGE, rest),
        _ => match SCHEMAS.iter().find_map(|schema| below(schema, path)) {
            Some(rest) => in_schema(rest),
            None => look_up(ROOT, path),
        },
    }
}
