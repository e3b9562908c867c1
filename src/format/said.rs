//! The texts of a request with who says them: a person, the operator, the model, or a tool, whose word is nobody's order.
//!
//! Who speaks is told by words that the formats have in common (`role`, `tool_calls`, `functionResponse`); what no word
//! tells of is a person's, so a field invented tomorrow is looked at as strictly as what a person writes.

use std::borrow::Cow;
use std::ops::Range;

use super::{Shape, Step, TextKind};
use crate::wire::json::{Doc, Kind, Text, Value};
use crate::wire::multipart::Form;

/// Who says a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    /// The operator or the application.
    System,
    /// A person.
    User,
    /// The model, in an earlier turn.
    Assistant,
    /// The model, to a tool: the call's arguments.
    ToolCall,
    /// A tool, or a document that was looked up.
    ToolResult,
    /// Who offers the tools.
    Definition,
}

/// A text of a request.
pub struct Said<'a> {
    /// Who says it.
    pub scope: Scope,
    /// The name of the field it stands in.
    pub field: Option<&'a str>,
    /// What it says.
    pub text: Cow<'a, str>,
    /// As it stands in the body, escaped; None where nothing is.
    pub raw: Option<Text<'a>>,
    /// Its bytes in the body, inside the quotes.
    pub span: Range<usize>,
}

/// Shows every text of a body to `look`.
pub fn texts<'a>(doc: &Doc<'a>, shape: Shape, look: &mut dyn FnMut(Said<'_>)) {
    let mut walk = Walk { shape, look, path: Vec::new() };
    walk.value(doc.root(), Scope::User, None);
}

/// The same for a form: the texts of its fields, all a person's.
pub fn form_texts(form: &Form<'_>, look: &mut dyn FnMut(Said<'_>)) {
    for part in form.parts().iter().filter(|part| !part.is_file) {
        let text = std::str::from_utf8(form.content(part)).unwrap_or_default();
        let said = Said {
            scope: Scope::User,
            field: Some(&part.name),
            text: Cow::Borrowed(text),
            // Nothing is escaped in a form.
            raw: None,
            span: part.span.clone(),
        };
        look(said);
    }
}

struct Walk<'w, 'a> {
    shape: Shape,
    look: &'w mut dyn FnMut(Said<'_>),
    path: Vec<Step<'a>>,
}

impl<'a> Walk<'_, 'a> {
    fn value(&mut self, value: Value<'_, 'a>, scope: Scope, field: Option<&'a str>) {
        match value.kind() {
            Kind::Object => {
                let scope = of_object(value).unwrap_or(scope);
                for (key, member) in value.members() {
                    let name = key.borrowed().unwrap_or("");
                    let scope = of_key(name, self.path.is_empty()).unwrap_or(scope);
                    self.path.push(Step::Key(name));
                    self.value(member, scope, Some(name));
                    self.path.pop();
                }
            }
            Kind::Array => {
                self.path.push(Step::Item);
                value.items().for_each(|item| self.value(item, scope, field));
                self.path.pop();
            }
            Kind::String => {
                let Some(raw) = value.text() else { return };
                match self.shape.text_at(&self.path) {
                    TextKind::Opaque => return,
                    TextKind::Url if raw.raw().starts_with("data:") => return,
                    TextKind::Base64 | TextKind::UnlessBase64 if raw.raw().len() > 256 && !raw.raw().contains(' ') => {
                        return;
                    }
                    _ => {}
                }
                let span = value.span();
                let inside = span.start + 1..span.end.saturating_sub(1);
                let text = raw.clone();
                let text = text.decode();
                (self.look)(Said { scope, field, text, raw: Some(raw), span: inside });
            }
            Kind::Number | Kind::Bool | Kind::Null => {}
        }
    }
}

/// Whose an object is, by its own words.
fn of_object(object: Value<'_, '_>) -> Option<Scope> {
    let word =
        |name: &str| object.get(name).and_then(|value| value.text()).map(|text| text.decode().to_ascii_lowercase());
    if let Some(kind) = word("type") {
        match kind.as_str() {
            "tool_use" | "function_call" | "custom_tool_call" | "server_tool_use" | "mcp_call" => {
                return Some(Scope::ToolCall);
            }
            "document" | "search_result" => return Some(Scope::ToolResult),
            kind if kind.ends_with("_output") || kind.ends_with("tool_result") => return Some(Scope::ToolResult),
            _ => {}
        }
    }
    match word("role")?.as_str() {
        "system" | "developer" => Some(Scope::System),
        "user" => Some(Scope::User),
        "assistant" | "model" | "chatbot" => Some(Scope::Assistant),
        "tool" | "function" => Some(Scope::ToolResult),
        _ => None,
    }
}

/// Whose a member is, by its name. `top`: it is a member of the body itself.
fn of_key(name: &str, top: bool) -> Option<Scope> {
    match name {
        "tool_calls" | "function_call" | "functionCall" | "toolUse" => Some(Scope::ToolCall),
        "functionResponse" | "function_response" | "toolResult" | "documents" => Some(Scope::ToolResult),
        "system" | "instructions" | "systemInstruction" | "system_instruction" | "preamble" if top => {
            Some(Scope::System)
        }
        "tools" | "functions" | "toolConfig" | "tool_config" if top => Some(Scope::Definition),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_format_tells_who_speaks() {
        use Scope::*;
        let rows: [(&str, &str, &[(&str, Scope)]); 6] = [
            (
                "openai_chat",
                r#"{"model":"m","tools":[{"type":"function","function":{"name":"f","description":"defined"}}],"messages":[
                {"role":"system","content":"ruled"},{"role":"user","content":[{"type":"text","text":"asked"}]},
                {"role":"assistant","content":"said","tool_calls":[{"id":"1","type":"function","function":{"name":"f","arguments":"{called}"}}]},
                {"role":"tool","tool_call_id":"1","content":"brought"}]}"#,
                &[
                    ("defined", Definition),
                    ("ruled", System),
                    ("asked", User),
                    ("said", Assistant),
                    ("{called}", ToolCall),
                    ("brought", ToolResult),
                ],
            ),
            (
                "anthropic_messages",
                r#"{"model":"m","system":[{"type":"text","text":"ruled"}],"messages":[{"role":"user","content":"asked"},
                {"role":"assistant","content":[{"type":"tool_use","id":"1","name":"f","input":{"x":"called"}}]},
                {"role":"user","content":[{"type":"tool_result","tool_use_id":"1","content":[{"type":"text","text":"brought"}]},{"type":"text","text":"more"}]}]}"#,
                &[("ruled", System), ("asked", User), ("called", ToolCall), ("brought", ToolResult), ("more", User)],
            ),
            (
                "gemini",
                r#"{"systemInstruction":{"parts":[{"text":"ruled"}]},"contents":[{"role":"user","parts":[{"text":"asked"}]},
                {"role":"model","parts":[{"functionCall":{"name":"f","args":{"x":"called"}}}]},
                {"role":"user","parts":[{"functionResponse":{"name":"f","response":{"out":"brought"}}}]}]}"#,
                &[("ruled", System), ("asked", User), ("called", ToolCall), ("brought", ToolResult)],
            ),
            (
                "openai_responses",
                r#"{"model":"m","instructions":"ruled","input":[{"role":"user","content":"asked"},
                {"type":"function_call","call_id":"1","name":"f","arguments":"called"},{"type":"function_call_output","call_id":"1","output":"brought"}]}"#,
                &[("ruled", System), ("asked", User), ("called", ToolCall), ("brought", ToolResult)],
            ),
            (
                "bedrock_converse",
                r#"{"system":[{"text":"ruled"}],"messages":[{"role":"user","content":[{"text":"asked"}]},
                {"role":"assistant","content":[{"toolUse":{"toolUseId":"1","name":"f","input":{"x":"called"}}}]},
                {"role":"user","content":[{"toolResult":{"toolUseId":"1","content":[{"text":"brought"}]}}]}]}"#,
                &[("ruled", System), ("asked", User), ("called", ToolCall), ("brought", ToolResult)],
            ),
            (
                "cohere_chat",
                r#"{"model":"m","documents":[{"data":{"text":"found"}}],"messages":[{"role":"system","content":"ruled"},{"role":"user","content":"asked"},
                {"role":"tool","tool_call_id":"1","content":[{"type":"document","document":{"data":"brought"}}]}]}"#,
                &[("found", ToolResult), ("ruled", System), ("asked", User), ("brought", ToolResult)],
            ),
        ];
        for (format, body, want) in rows {
            let doc = Doc::parse(body.as_bytes()).unwrap();
            let mut seen = Vec::new();
            texts(&doc, Shape::named(format).unwrap(), &mut |said| {
                assert_eq!(body.get(said.span.clone()), said.raw.as_ref().map(|raw| raw.raw()));
                seen.push((said.text.into_owned(), said.scope));
            });
            for (text, scope) in want {
                assert!(seen.iter().any(|(seen, by)| seen == text && by == scope), "{format} {text}: {seen:?}");
            }
        }
    }
}
