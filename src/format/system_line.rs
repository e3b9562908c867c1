//! A line for the model's instructions, put into a request beside what the client says there.

use super::Shape;
use crate::wire::json::{Doc, Edits, Kind, Text, Value};

/// Adds a line to the instructions of a chat request, in its own format.
pub fn add(doc: &Doc<'_>, shape: Shape, line: &str, edits: &mut Edits) {
    let root = doc.root();
    let escaped = Text::from_plain(line).raw().to_owned();
    match shape.name() {
        "openai_chat" | "cohere_chat" | "ollama_chat" => {
            let Some(messages) = root.get("messages") else { return };
            let first = messages.items().next();
            let is_system = |message: &Value<'_, '_>| {
                message.get("role").is_some_and(|role| role.is("system") || role.is("developer"))
            };
            match first.filter(is_system).and_then(|message| message.get("content")) {
                Some(content) if content.kind() == Kind::String => append(content, &escaped, edits),
                Some(content) if content.kind() == Kind::Array => {
                    push(content, &format!(r#"{{"type":"text","text":"{escaped}"}}"#), edits);
                }
                _ => unshift(messages, &format!(r#"{{"role":"system","content":"{escaped}"}}"#), edits),
            }
        }
        "openai_responses" => text_member(root, "instructions", &escaped, edits),
        "anthropic_messages" => match root.some("system") {
            Some(system) if system.kind() == Kind::Array => {
                push(system, &format!(r#"{{"type":"text","text":"{escaped}"}}"#), edits);
            }
            _ => text_member(root, "system", &escaped, edits),
        },
        "bedrock_converse" => list_member(root, "system", &format!(r#"{{"text":"{escaped}"}}"#), edits),
        "gemini" => {
            let part = format!(r#"{{"text":"{escaped}"}}"#);
            let given = ["systemInstruction", "system_instruction"].into_iter().find_map(|name| root.some(name));
            match given.and_then(|given| given.get("parts")) {
                Some(parts) if parts.kind() == Kind::Array => push(parts, &part, edits),
                _ => {
                    if given.is_none() {
                        edits.add_member(root, &format!(r#""systemInstruction":{{"parts":[{part}]}}"#));
                    }
                }
            }
        }
        _ => {}
    }
}

/// Puts text behind a string's own.
fn append(string: Value<'_, '_>, escaped: &str, edits: &mut Edits) {
    let end = string.span().end.saturating_sub(1);
    let gap = if string.text().is_some_and(|text| text.is_empty()) { "" } else { "\\n\\n" };
    edits.replace(end..end, format!("{gap}{escaped}"));
}

fn push(list: Value<'_, '_>, item: &str, edits: &mut Edits) {
    let end = list.span().end.saturating_sub(1);
    let comma = if list.items().next().is_some() { "," } else { "" };
    edits.replace(end..end, format!("{comma}{item}"));
}

fn unshift(list: Value<'_, '_>, item: &str, edits: &mut Edits) {
    if list.kind() != Kind::Array {
        return;
    }
    let start = list.span().start + 1;
    let comma = if list.items().next().is_some() { "," } else { "" };
    edits.replace(start..start, format!("{item}{comma}"));
}

fn text_member(root: Value<'_, '_>, name: &str, escaped: &str, edits: &mut Edits) {
    match root.get(name) {
        Some(text) if text.kind() == Kind::String => append(text, escaped, edits),
        Some(null) if null.is_null() => edits.replace(null.span(), format!("\"{escaped}\"")),
        Some(_) => {}
        None => edits.add_member(root, &format!("\"{name}\":\"{escaped}\"")),
    }
}

fn list_member(root: Value<'_, '_>, name: &str, item: &str, edits: &mut Edits) {
    match root.get(name) {
        Some(list) if list.kind() == Kind::Array => push(list, item, edits),
        Some(null) if null.is_null() => edits.replace(null.span(), format!("[{item}]")),
        Some(_) => {}
        None => edits.add_member(root, &format!("\"{name}\":[{item}]")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_stands_with_the_clients_own_instructions_in_every_format() {
        let rows = [
            (
                "openai_chat",
                r#"{"messages":[{"role":"user","content":"a"}]}"#,
                r#"{"messages":[{"role":"system","content":"L"},{"role":"user","content":"a"}]}"#,
            ),
            (
                "openai_chat",
                r#"{"messages":[{"role":"system","content":"S"}]}"#,
                r#"{"messages":[{"role":"system","content":"S\n\nL"}]}"#,
            ),
            (
                "openai_chat",
                r#"{"messages":[{"role":"developer","content":[{"type":"text","text":"S"}]}]}"#,
                r#"{"messages":[{"role":"developer","content":[{"type":"text","text":"S"},{"type":"text","text":"L"}]}]}"#,
            ),
            ("cohere_chat", r#"{"messages":[]}"#, r#"{"messages":[{"role":"system","content":"L"}]}"#),
            (
                "ollama_chat",
                r#"{"messages":[{"role":"system","content":"S"}]}"#,
                r#"{"messages":[{"role":"system","content":"S\n\nL"}]}"#,
            ),
            ("openai_responses", r#"{"input":"a"}"#, r#"{"instructions":"L","input":"a"}"#),
            ("openai_responses", r#"{"instructions":null}"#, r#"{"instructions":"L"}"#),
            ("anthropic_messages", r#"{"system":"S"}"#, r#"{"system":"S\n\nL"}"#),
            (
                "anthropic_messages",
                r#"{"system":[{"type":"text","text":"S"}]}"#,
                r#"{"system":[{"type":"text","text":"S"},{"type":"text","text":"L"}]}"#,
            ),
            ("bedrock_converse", r#"{"messages":[]}"#, r#"{"system":[{"text":"L"}],"messages":[]}"#),
            ("bedrock_converse", r#"{"system":[{"text":"S"}]}"#, r#"{"system":[{"text":"S"},{"text":"L"}]}"#),
            ("gemini", r#"{"contents":[]}"#, r#"{"systemInstruction":{"parts":[{"text":"L"}]},"contents":[]}"#),
            (
                "gemini",
                r#"{"system_instruction":{"parts":[{"text":"S"}]}}"#,
                r#"{"system_instruction":{"parts":[{"text":"S"},{"text":"L"}]}}"#,
            ),
        ];
        for (format, body, want) in rows {
            let doc = Doc::parse(body.as_bytes()).unwrap();
            let mut edits = Edits::new();
            add(&doc, Shape::named(format).unwrap(), "L", &mut edits);
            assert_eq!(String::from_utf8(edits.apply(body.as_bytes())).unwrap(), want, "{format}");
        }
    }
}
