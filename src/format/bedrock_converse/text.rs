//! Which strings of a body a policy may look at and change. What no row names is text.

use crate::format::openai::{Row, below, in_schema, json, look_up, opaque, text};
use crate::format::{Step, TextKind};

/// From the top of a request or an answer.
const ROOT: &[Row] = &[
    opaque(&["messages", "[]", "role"]),
    opaque(&["output", "message", "role"]),
    opaque(&["stopReason"]),
    opaque(&["guardrailConfig", "**"]),
    opaque(&["performanceConfig", "**"]),
    opaque(&["serviceTier", "**"]),
    opaque(&["projectIdentifier"]),
    opaque(&["additionalModelResponseFieldPaths", "[]"]),
    opaque(&["toolConfig", "toolChoice", "**"]),
    opaque(&["toolConfig", "tools", "[]", "cachePoint", "**"]),
    opaque(&["toolConfig", "tools", "[]", "systemTool", "name"]),
    opaque(&["toolConfig", "tools", "[]", "toolSpec", "name"]),
    opaque(&["outputConfig", "effort"]),
    opaque(&["outputConfig", "textFormat", "type"]),
    opaque(&["outputConfig", "textFormat", "structure", "jsonSchema", "name"]),
    json(&["outputConfig", "textFormat", "structure", "jsonSchema", "schema"]),
    opaque(&["additionalModelRequestFields", "thinking", "**"]),
    opaque(&["additionalModelRequestFields", "tool_choice", "**"]),
    opaque(&["additionalModelRequestFields", "anthropic_beta", "[]"]),
    opaque(&["additionalModelRequestFields", "anthropic_version"]),
    opaque(&["additionalModelRequestFields", "output_config", "effort"]),
    opaque(&["additionalModelRequestFields", "reasoning_effort"]),
    opaque(&["additionalModelRequestFields", "reasoningConfig", "**"]),
];

/// From a block, wherever blocks stand.
const BLOCK: &[Row] = &[
    opaque(&["cachePoint", "**"]),
    opaque(&["image", "format"]),
    opaque(&["image", "source", "**"]),
    opaque(&["audio", "format"]),
    opaque(&["audio", "source", "**"]),
    opaque(&["video", "format"]),
    opaque(&["video", "source", "**"]),
    opaque(&["document", "format"]),
    opaque(&["document", "source", "bytes"]),
    opaque(&["document", "source", "s3Location", "**"]),
    opaque(&["guardContent", "image", "**"]),
    opaque(&["guardContent", "text", "qualifiers", "[]"]),
    opaque(&["toolUse", "toolUseId"]),
    opaque(&["toolUse", "name"]),
    opaque(&["toolUse", "type"]),
    opaque(&["toolResult", "toolUseId"]),
    opaque(&["toolResult", "status"]),
    opaque(&["toolResult", "type"]),
    // Signed: a changed letter makes the whole request invalid.
    // Its text is text, though signed; see the same of Anthropic's.
    text(&["reasoningContent", "reasoningText", "text"]),
    opaque(&["reasoningContent", "**"]),
    opaque(&["toolAddition", "**"]),
    opaque(&["toolRemoval", "**"]),
];

/// Where blocks stand.
const BLOCKS: &[&[&str]] =
    &[&["messages", "[]", "content", "[]"], &["system", "[]"], &["output", "message", "content", "[]"]];
/// Where a block holds blocks again.
const NESTED: &[&str] = &["toolResult", "content", "[]"];
/// Where a JSON Schema stands.
const SCHEMA: &[&str] = &["toolConfig", "tools", "[]", "toolSpec", "inputSchema", "json"];

pub(super) fn kind_at(path: &[Step<'_>]) -> TextKind {
    if let Some(rest) = below(SCHEMA, path) {
        return in_schema(rest);
    }
    let Some(block) = BLOCKS.iter().find_map(|blocks| below(blocks, path)) else { return look_up(ROOT, path) };
    look_up(BLOCK, below(NESTED, block).unwrap_or(block))
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
        use TextKind::{Json, Opaque, Text};
        let rows: &[(&str, TextKind)] = &[
            ("system[].text", Text),
            ("system[].guardContent.text.text", Text),
            ("system[].cachePoint.type", Opaque),
            ("messages[].role", Opaque),
            ("messages[].content[].text", Text),
            ("messages[].content[].image.source.bytes", Opaque),
            ("messages[].content[].image.source.s3Location.uri", Opaque),
            ("messages[].content[].document.name", Text),
            ("messages[].content[].document.context", Text),
            ("messages[].content[].document.format", Opaque),
            ("messages[].content[].document.source.text", Text),
            ("messages[].content[].document.source.content[].text", Text),
            ("messages[].content[].document.source.bytes", Opaque),
            ("messages[].content[].audio.source.bytes", Opaque),
            ("messages[].content[].video.format", Opaque),
            ("messages[].content[].cachePoint.ttl", Opaque),
            ("messages[].content[].toolUse.toolUseId", Opaque),
            ("messages[].content[].toolUse.input.name", Text),
            ("messages[].content[].toolUse.input.image.format", Text),
            ("messages[].content[].toolResult.toolUseId", Opaque),
            ("messages[].content[].toolResult.status", Opaque),
            ("messages[].content[].toolResult.content[].text", Text),
            ("messages[].content[].toolResult.content[].json.image.format", Text),
            ("messages[].content[].toolResult.content[].image.source.bytes", Opaque),
            ("messages[].content[].reasoningContent.reasoningText.text", Text),
            ("messages[].content[].reasoningContent.redactedContent", Opaque),
            ("messages[].content[].guardContent.text.text", Text),
            ("messages[].content[].guardContent.text.qualifiers[]", Opaque),
            ("messages[].content[].searchResult.content[].text", Text),
            ("messages[].content[].searchResult.source", Text),
            ("messages[].content[].citationsContent.content[].text", Text),
            ("messages[].content[].fromTheFuture.text", Text),
            ("toolConfig.tools[].toolSpec.name", Opaque),
            ("toolConfig.tools[].toolSpec.description", Text),
            ("toolConfig.tools[].toolSpec.inputSchema.json.type", Opaque),
            ("toolConfig.tools[].toolSpec.inputSchema.json.properties.type.description", Text),
            ("toolConfig.toolChoice.tool.name", Opaque),
            ("inferenceConfig.stopSequences[]", Text),
            ("outputConfig.effort", Opaque),
            ("outputConfig.textFormat.structure.jsonSchema.schema", Json),
            ("outputConfig.textFormat.structure.jsonSchema.description", Text),
            ("additionalModelRequestFields.thinking.type", Opaque),
            ("additionalModelRequestFields.anything", Text),
            ("requestMetadata.user", Text),
            ("promptVariables.name.text", Text),
            ("output.message.content[].text", Text),
            ("output.message.content[].toolUse.toolUseId", Opaque),
            ("output.message.role", Opaque),
            ("stopReason", Opaque),
            ("fromTheFuture", Text),
        ];
        for (path, want) in rows {
            assert_eq!(kind(path), *want, "{path}");
        }
    }
}
