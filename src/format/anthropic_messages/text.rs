//! Which strings of a body a policy may look at and change. What no row names is text.

use crate::format::{Step, TextKind};

/// A row: the path below its root, where `*` is any item and `**` (at the end) everything below.
type Row = (&'static [&'static str], TextKind);

/// From the top of a request or an answer.
const ROOT: &[Row] = &[
    (&["id"], TextKind::Opaque),
    (&["type"], TextKind::Opaque),
    (&["role"], TextKind::Opaque),
    (&["model"], TextKind::Opaque),
    (&["stop_reason"], TextKind::Opaque),
    (&["service_tier"], TextKind::Opaque),
    (&["speed"], TextKind::Opaque),
    (&["inference_geo"], TextKind::Opaque),
    (&["user_profile_id"], TextKind::Opaque),
    (&["container"], TextKind::Opaque),
    (&["container", "id"], TextKind::Opaque),
    (&["container", "skills", "*", "**"], TextKind::Opaque),
    (&["cache_control", "**"], TextKind::Opaque),
    (&["context_management", "edits", "*", "type"], TextKind::Opaque),
    (&["diagnostics", "previous_message_id"], TextKind::Opaque),
    (&["anthropic_version"], TextKind::Opaque),
    (&["anthropic_beta", "*"], TextKind::Opaque),
    (&["thinking", "**"], TextKind::Opaque),
    (&["output_config", "effort"], TextKind::Opaque),
    (&["output_config", "format", "type"], TextKind::Opaque),
    (&["tool_choice", "**"], TextKind::Opaque),
    (&["messages", "*", "role"], TextKind::Opaque),
    (&["tools", "*", "name"], TextKind::Opaque),
    (&["tools", "*", "type"], TextKind::Opaque),
    (&["tools", "*", "cache_control", "**"], TextKind::Opaque),
    (&["tools", "*", "allowed_callers", "*"], TextKind::Opaque),
    (&["mcp_servers", "*", "type"], TextKind::Opaque),
    (&["mcp_servers", "*", "name"], TextKind::Opaque),
    (&["mcp_servers", "*", "url"], TextKind::Url),
    (&["mcp_servers", "*", "authorization_token"], TextKind::Opaque),
];

/// From a block, wherever blocks stand.
const BLOCK: &[Row] = &[
    (&["type"], TextKind::Opaque),
    (&["id"], TextKind::Opaque),
    (&["name"], TextKind::Opaque),
    (&["tool_use_id"], TextKind::Opaque),
    (&["tool_name"], TextKind::Opaque),
    (&["toolset_name"], TextKind::Opaque),
    (&["file_id"], TextKind::Opaque),
    (&["caller", "**"], TextKind::Opaque),
    (&["cache_control", "**"], TextKind::Opaque),
    // Reasoning is text, though signed: a value that was put back into it must not leave. Taken out again it is what was
    // signed; anything else the provider refuses.
    (&["signature"], TextKind::Opaque),
    (&["data"], TextKind::Opaque),
    (&["encrypted_content"], TextKind::Opaque),
    (&["citations", "*", "type"], TextKind::Opaque),
    (&["citations", "*", "file_id"], TextKind::Opaque),
    (&["citations", "*", "encrypted_index"], TextKind::Opaque),
    (&["source", "type"], TextKind::Opaque),
    (&["source", "media_type"], TextKind::Opaque),
    (&["source", "file_id"], TextKind::Opaque),
    (&["source", "url"], TextKind::Url),
    (&["source", "data"], TextKind::UnlessBase64),
];

/// Where blocks stand; what follows is in a block, which may hold blocks again ([`NESTED`]).
const BLOCKS: &[&[&str]] = &[&["messages", "*", "content", "*"], &["system", "*"], &["content", "*"]];
const NESTED: &[&[&str]] = &[&["content", "*"], &["source", "content", "*"]];

/// Where JSON Schemas stand.
const SCHEMAS: &[&[&str]] = &[&["tools", "*", "input_schema"], &["output_config", "format", "schema"]];

/// Schema keywords that are not text.
const SCHEMA_WORDS: &[&str] = &[
    "$anchor",
    "$dynamicAnchor",
    "$dynamicRef",
    "$id",
    "$ref",
    "$schema",
    "contentEncoding",
    "contentMediaType",
    "exclusiveMaximum",
    "exclusiveMinimum",
    "format",
    "maxItems",
    "maxLength",
    "maxProperties",
    "maximum",
    "minItems",
    "minLength",
    "minProperties",
    "minimum",
    "multipleOf",
    "pattern",
    "required",
    "type",
];
/// Schema keywords with a schema or a list of them.
const SCHEMA_INNER: &[&str] = &[
    "additionalProperties",
    "allOf",
    "anyOf",
    "contains",
    "else",
    "if",
    "items",
    "not",
    "oneOf",
    "prefixItems",
    "propertyNames",
    "then",
];
/// Schema keywords with schemas by name.
const SCHEMA_NAMED: &[&str] = &["$defs", "definitions", "dependentSchemas", "patternProperties", "properties"];

pub(super) fn kind_at(path: &[Step<'_>]) -> TextKind {
    if let Some(below) = SCHEMAS.iter().find_map(|prefix| strip(path, prefix)) {
        return in_schema(below);
    }
    let Some(mut block) = BLOCKS.iter().find_map(|prefix| strip(path, prefix)) else { return row(ROOT, path) };
    // What a model writes into a call is its own matter, whatever the names in it.
    while let Some(inner) = NESTED.iter().find_map(|prefix| strip(block, prefix)) {
        block = inner;
    }
    row(BLOCK, block)
}

fn row(rows: &[Row], path: &[Step<'_>]) -> TextKind {
    let hit = rows.iter().find(|(pattern, _)| match pattern.split_last() {
        Some((&"**", above)) => strip(path, above).is_some_and(|below| !below.is_empty()),
        _ => strip(path, pattern).is_some_and(<[_]>::is_empty),
    });
    hit.map_or(TextKind::Text, |(_, kind)| *kind)
}

/// What is left of a path below a pattern.
fn strip<'p, 's>(path: &'p [Step<'s>], pattern: &[&str]) -> Option<&'p [Step<'s>]> {
    let (head, rest) = path.split_at_checked(pattern.len())?;
    let fits = head.iter().zip(pattern).all(|(step, want)| match step {
        Step::Key(key) => key == want,
        Step::Item => *want == "*",
    });
    fits.then_some(rest)
}

fn in_schema(mut path: &[Step<'_>]) -> TextKind {
    loop {
        path = match path {
            // A list of schemas.
            [Step::Item, rest @ ..] => rest,
            [Step::Key(word)] | [Step::Key(word), Step::Item] if SCHEMA_WORDS.contains(word) => {
                return TextKind::Opaque;
            }
            [Step::Key(word), rest @ ..] if SCHEMA_INNER.contains(word) => rest,
            [Step::Key(word), Step::Key(_), rest @ ..] if SCHEMA_NAMED.contains(word) => rest,
            _ => return TextKind::Text,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `messages[].content` as steps.
    fn kind(path: &str) -> TextKind {
        let mut steps = Vec::new();
        for part in path.split('.') {
            let name = part.trim_end_matches("[]");
            if !name.is_empty() {
                steps.push(Step::Key(name));
            }
            steps.extend((0..(part.len() - name.len()) / 2).map(|_| Step::Item));
        }
        kind_at(&steps)
    }

    #[test]
    fn every_string_is_text_but_for_these() {
        use TextKind::{Opaque, Text, UnlessBase64, Url};
        let rows: &[(&str, TextKind)] = &[
            ("model", Opaque),
            ("system", Text),
            ("system[].text", Text),
            ("system[].type", Opaque),
            ("system[].cache_control.ttl", Opaque),
            ("messages[].role", Opaque),
            ("messages[].content", Text),
            ("messages[].content[].type", Opaque),
            ("messages[].content[].text", Text),
            ("messages[].content[].id", Opaque),
            ("messages[].content[].name", Opaque),
            ("messages[].content[].input.query", Text),
            ("messages[].content[].input.id", Text),
            ("messages[].content[].input.content[].type", Text),
            ("messages[].content[].input", Text),
            ("messages[].content[].tool_use_id", Opaque),
            ("messages[].content[].content", Text),
            ("messages[].content[].content[].text", Text),
            ("messages[].content[].content[].type", Opaque),
            ("messages[].content[].content[].source.data", UnlessBase64),
            ("messages[].content[].content[].encrypted_content", Opaque),
            ("messages[].content[].source.data", UnlessBase64),
            ("messages[].content[].source.url", Url),
            ("messages[].content[].source.media_type", Opaque),
            ("messages[].content[].source.content", Text),
            ("messages[].content[].source.content[].text", Text),
            ("messages[].content[].source.content[].type", Opaque),
            ("messages[].content[].source", Text),
            ("messages[].content[].title", Text),
            ("messages[].content[].context", Text),
            ("messages[].content[].thinking", Text),
            ("messages[].content[].signature", Opaque),
            ("messages[].content[].data", Opaque),
            ("messages[].content[].citations[].cited_text", Text),
            ("messages[].content[].citations[].encrypted_index", Opaque),
            ("messages[].content[].from_the_future", Text),
            ("tools[].name", Opaque),
            ("tools[].description", Text),
            ("tools[].input_schema.type", Opaque),
            ("tools[].input_schema.required[]", Opaque),
            ("tools[].input_schema.description", Text),
            ("tools[].input_schema.properties.type.description", Text),
            ("tools[].input_schema.properties.x.type", Opaque),
            ("tools[].input_schema.properties.x.type[]", Opaque),
            ("tools[].input_schema.properties.x.enum[]", Text),
            ("tools[].input_schema.properties.x.default.type", Text),
            ("tools[].input_schema.properties.x.anyOf[].items.format", Opaque),
            ("tools[].input_schema.$defs.a.$ref", Opaque),
            ("tools[].input_schema.x-note.type", Text),
            ("tools[].input_schema.properties.x.maximum", Opaque),
            ("tools[].input_schema.properties.maximum.description", Text),
            ("tools[].input_examples[].type", Text),
            ("tool_choice.name", Opaque),
            ("thinking.type", Opaque),
            ("output_config.effort", Opaque),
            ("output_config.format.type", Opaque),
            ("output_config.format.schema.properties.a.pattern", Opaque),
            ("output_config.format.schema.title", Text),
            ("metadata.user_id", Text),
            ("stop_sequences[]", Text),
            ("mcp_servers[].url", Url),
            ("content[].text", Text),
            ("content[].signature", Opaque),
            ("stop_reason", Opaque),
            ("from_the_future", Text),
        ];
        for (path, want) in rows {
            assert_eq!(kind(path), *want, "{path}");
        }
    }
}
