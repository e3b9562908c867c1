//! Which strings of a request or an answer a policy may look at and change, as rows. What no row names is text: so are the
//! arguments of calls, which are objects here.

use crate::format::openai::{Row, below, in_schema, look_up, opaque, text};
use crate::format::{Step, TextKind};

/// Below an item of `messages`, and below an answer's `message`.
const MESSAGE: &[Row] = &[
    text(&["content"]),
    opaque(&["role"]),
    opaque(&["images", "[]"]),
    opaque(&["tool_name"]),
    opaque(&["tool_call_id"]),
    opaque(&["tool_calls", "[]", "id"]),
    opaque(&["tool_calls", "[]", "type"]),
    opaque(&["tool_calls", "[]", "function", "name"]),
];

/// Below the root.
const ROOT: &[Row] = &[
    opaque(&["model"]),
    opaque(&["tools", "[]", "type"]),
    opaque(&["tools", "[]", "function", "name"]),
    opaque(&["format"]),
    opaque(&["think"]),
    opaque(&["keep_alive"]),
    opaque(&["options", "seed"]),
    opaque(&["created_at"]),
    opaque(&["done_reason"]),
];

/// Where JSON Schemas stand.
const SCHEMAS: &[&[&str]] = &[&["tools", "[]", "function", "parameters"], &["format"]];

/// See [`crate::format::Format::text_at`].
pub(super) fn text_at(path: &[Step<'_>]) -> TextKind {
    match path {
        [Step::Key("messages"), Step::Item, rest @ ..] | [Step::Key("message"), rest @ ..] => look_up(MESSAGE, rest),
        [_] => look_up(ROOT, path),
        _ => match SCHEMAS.iter().find_map(|schema| below(schema, path)) {
            Some(rest) => in_schema(rest),
            None => look_up(ROOT, path),
        },
    }
}
