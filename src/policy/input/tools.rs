//! Tools as OpenAI's models see them: declarations in TypeScript. Their text is counted, with what others have found to be
//! around it (npm `gpt-tokenizer`); OpenAI has not published it.

use crate::chat::{Request, Tool, ToolChoice};
use crate::wire::json::{Doc, Kind, Value};

/// Schemas nested deeper are shown as `any`.
const MAX_DEPTH: usize = 16;

/// The declarations of a request's tools, and the tokens around them.
pub(super) fn typescript(request: &Request<'_>, system: bool) -> (String, u64) {
    let mut out = "namespace functions {\n\n".to_owned();
    for tool in &request.tools {
        match tool {
            Tool::Function { name, description, parameters, .. } => {
                if let Some(description) = description {
                    comment(&mut out, &description.decode(), "");
                }
                out.push_str("type ");
                out.push_str(&name.decode());
                let doc = parameters.as_ref().and_then(|text| Doc::parse(text.as_bytes()).ok());
                let properties = doc.as_ref().and_then(|doc| doc.root().get("properties"));
                match (&doc, properties) {
                    (Some(doc), Some(properties)) if properties.members().next().is_some() => {
                        out.push_str(" = (_: {\n");
                        members(&mut out, doc.root(), "", 0);
                        out.push_str("}) => any;\n\n");
                    }
                    _ => out.push_str(" = () => any;\n\n"),
                }
            }
            Tool::Other { raw, .. } => out.push_str(raw),
        }
    }
    out.push_str("} // namespace functions");
    let choice = match &request.tool_choice {
        Some(ToolChoice::None) => 1,
        Some(ToolChoice::Named(_)) => 5,
        _ => 0,
    };
    // Nine around them; four less where there is a system turn to stand in.
    let around: u64 = if system { 5 } else { 9 };
    (out, around + choice)
}

fn comment(out: &mut String, text: &str, indent: &str) {
    for line in text.lines() {
        out.push_str(indent);
        out.push_str("// ");
        out.push_str(line);
        out.push('\n');
    }
}

fn members(out: &mut String, schema: Value<'_, '_>, indent: &str, depth: usize) {
    let Some(properties) = schema.get("properties") else { return };
    for (name, member) in properties.members() {
        if let Some(text) = member.get("description").and_then(Value::text) {
            comment(out, &text.decode(), indent);
        }
        let name = name.decode();
        let required = schema.get("required").is_some_and(|names| names.items().any(|it| it.is(&name)));
        out.push_str(indent);
        out.push_str(&name);
        out.push_str(if required { ": " } else { "?: " });
        kind(out, member, indent, depth + 1);
        out.push_str(",\n");
    }
}

fn kind(out: &mut String, schema: Value<'_, '_>, indent: &str, depth: usize) {
    if depth > MAX_DEPTH {
        return out.push_str("any");
    }
    if let Some(values) = schema.get("enum") {
        for (at, value) in values.items().enumerate() {
            out.push_str(if at > 0 { " | " } else { "" });
            out.push_str(value.raw());
        }
        return;
    }
    let choices = schema.get("anyOf").or_else(|| schema.get("oneOf")).filter(|choices| choices.kind() == Kind::Array);
    if let Some(choices) = choices {
        for (at, choice) in choices.items().enumerate() {
            out.push_str(if at > 0 { " | " } else { "" });
            kind(out, choice, indent, depth + 1);
        }
        return;
    }
    let word = schema.get("type").and_then(Value::text);
    match word.as_ref().map(|word| word.decode()).as_deref() {
        Some("object") if schema.get("properties").is_some() => {
            out.push_str("{\n");
            members(out, schema, &format!("{indent}  "), depth);
            out.push_str(indent);
            out.push('}');
        }
        Some("object") => out.push_str("object"),
        Some("array") => match schema.get("items") {
            Some(items) => {
                kind(out, items, indent, depth + 1);
                out.push_str("[]");
            }
            None => out.push_str("any[]"),
        },
        Some("integer" | "number") => out.push_str("number"),
        Some(word @ ("string" | "boolean" | "null")) => out.push_str(word),
        _ => out.push_str("any"),
    }
}
