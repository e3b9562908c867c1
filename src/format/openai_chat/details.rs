//! OpenRouter's `reasoning_details`: what a model thought, in pieces that each name the format they are in, and so who can
//! read what is signed or encrypted in them (OpenRouter's documentation of reasoning tokens and its SDK, November 2026).

use crate::chat::{Message, Origin, Part, Signature};
use crate::wire::json::{Text, Value, Writer};

/// Its name, as a member of a turn.
pub(super) const NAME: &str = "reasoning_details";

const FORMATS: [(Origin, &str); 5] = [
    (Origin::Anthropic, "anthropic-claude-v1"),
    (Origin::Gemini, "google-gemini-v1"),
    (Origin::OpenAi, "openai-responses-v1"),
    (Origin::Azure, "azure-openai-responses-v1"),
    (Origin::Xai, "xai-responses-v1"),
];

/// One piece.
pub(super) enum Detail<'a> {
    /// Thoughts in words, and Claude's signature of them: of one piece, either may be missing.
    Said(Text<'a>, Option<Signature<'a>>),
    /// What stands behind the words before it, or for itself where there are none.
    Signed(Signature<'a>),
    /// Claude's, which nobody else reads.
    Redacted(Text<'a>),
}

impl<'a> Detail<'a> {
    /// None: of a kind or a format that is not known.
    pub fn read(detail: Value<'_, 'a>) -> Option<Self> {
        let text = |name: &str| detail.some(name).and_then(Value::text).filter(|text| !text.is_empty());
        let origin = match detail.some("format").and_then(Value::text) {
            // The first format there was needs no name.
            None => Some(Origin::Anthropic),
            Some(name) => FORMATS.iter().find(|(_, known)| name.is(known)).map(|(origin, _)| *origin),
        };
        let kind = detail.some("type")?.text()?;
        if kind.is("reasoning.encrypted") {
            let data = text("data")?;
            return Some(match origin? {
                Origin::Anthropic => Self::Redacted(data),
                origin => Self::Signed(Signature { origin, value: data }),
            });
        }
        let said = if kind.is("reasoning.summary") { text("summary") } else { text("text") };
        let signature = text("signature").zip(origin).map(|(value, origin)| Signature { origin, value });
        (said.is_some() || signature.is_some()).then(|| Self::Said(said.unwrap_or_default(), signature))
    }

    /// Puts it behind the parts of a turn before it.
    pub fn add_to(self, parts: &mut Vec<Part<'a>>) {
        match (self, parts.last_mut()) {
            (Self::Signed(behind), Some(Part::Thinking { signature: signature @ None, .. })) => {
                *signature = Some(behind)
            }
            (Self::Signed(alone), _) => {
                parts.push(Part::Thinking { text: Text::default(), signature: Some(alone) });
            }
            (Self::Said(text, signature), _) => parts.push(Part::Thinking { text, signature }),
            (Self::Redacted(data), _) => parts.push(Part::RedactedThinking(data)),
        }
    }
}

/// Whether a turn has what only this list can hold.
pub(super) fn needed(message: &Message<'_>) -> bool {
    message.parts.iter().any(|part| match part {
        Part::Thinking { signature, .. } => signature.is_some(),
        Part::RedactedThinking(_) => true,
        Part::ToolCall(call) => call.signature.is_some(),
        _ => false,
    })
}

/// Writes the list: what is signed by others than Claude has its signature behind it, that of a call with the call's id.
pub(super) fn write(message: &Message<'_>, writer: &mut Writer) {
    writer.key(NAME).open_array();
    let mut index = 0;
    let mut piece = |origin: Option<Origin>, id: Option<&Text<'_>>, kind: &str, members: &[(&str, &Text<'_>)]| {
        let format = origin.and_then(|origin| FORMATS.iter().find(|(known, _)| *known == origin));
        writer.open().key("type").string(kind);
        for (name, value) in members {
            writer.key(name).text(value);
        }
        writer.key("format").string(format.map_or("unknown", |(_, name)| name));
        if let Some(id) = id {
            writer.key("id").text(id);
        }
        writer.key("index").number(index).close();
        index += 1;
    };
    for part in &message.parts {
        match part {
            Part::Thinking { text, signature: Some(signature) } => {
                let origin = Some(signature.origin);
                if let Some(claudes) = signature.of(Origin::Anthropic) {
                    piece(origin, None, "reasoning.text", &[("text", text), ("signature", claudes)]);
                    continue;
                }
                if !text.is_empty() {
                    let (kind, name) = match signature.origin {
                        Origin::Gemini => ("reasoning.text", "text"),
                        _ => ("reasoning.summary", "summary"),
                    };
                    piece(origin, None, kind, &[(name, text)]);
                }
                piece(origin, None, "reasoning.encrypted", &[("data", &signature.value)]);
            }
            Part::Thinking { text, signature: None } => piece(None, None, "reasoning.text", &[("text", text)]),
            Part::RedactedThinking(data) => {
                piece(Some(Origin::Anthropic), None, "reasoning.encrypted", &[("data", data)]);
            }
            Part::ToolCall(call) => {
                if let Some(signature) = &call.signature {
                    let origin = Some(signature.origin);
                    piece(origin, Some(&call.id), "reasoning.encrypted", &[("data", &signature.value)]);
                }
            }
            _ => {}
        }
    }
    writer.close_array();
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::{Arguments, Role, ToolCall};
    use crate::wire::json::Doc;

    #[test]
    fn what_came_is_said_again_in_order_and_to_whom_it_belongs() {
        let whole = include_bytes!("../../../tests/fixtures/openai_chat/openrouter_reasoning.json");
        let doc = Doc::parse(whole).unwrap();
        let message = doc.root().get("choices").unwrap().items().next().unwrap().get("message").unwrap();
        let mut parts = Vec::new();
        for piece in message.get(NAME).unwrap().items() {
            Detail::read(piece).unwrap().add_to(&mut parts);
        }
        let signature = Some(Signature { origin: Origin::Gemini, value: Text::from_raw("Y2FsbA==") });
        let (id, name) = (Text::from_raw("call_1"), Text::from_raw("f"));
        let call = ToolCall { id, name, arguments: Arguments::Json("{}"), signature, cache: None };
        parts.push(Part::ToolCall(call));
        let message = Message { role: Role::Assistant, parts, ..Message::default() };
        assert!(needed(&message));
        let mut writer = Writer::default();
        writer.open();
        write(&message, &mut writer);
        writer.close();
        let written: serde_json::Value = serde_json::from_slice(&writer.out).unwrap();
        let wanted = serde_json::json!([
            {"type": "reasoning.text", "text": "Sunny, I think.", "signature": "RXJvQ0NsYXVkZQ==",
             "format": "anthropic-claude-v1", "index": 0},
            {"type": "reasoning.encrypted", "data": "cmVkYWN0ZWQ=", "format": "anthropic-claude-v1", "index": 1},
            {"type": "reasoning.summary", "summary": "In short.", "format": "openai-responses-v1", "index": 2},
            {"type": "reasoning.encrypted", "data": "Z0FBQUFB", "format": "openai-responses-v1", "index": 3},
            {"type": "reasoning.encrypted", "data": "eGFp", "format": "xai-responses-v1", "index": 4},
            {"type": "reasoning.text", "text": "So.", "format": "google-gemini-v1", "index": 5},
            {"type": "reasoning.encrypted", "data": "R2VtaW5p", "format": "google-gemini-v1", "index": 6},
            {"type": "reasoning.encrypted", "data": "Y2FsbA==", "format": "google-gemini-v1", "id": "call_1", "index": 7},
        ]);
        assert_eq!(written[NAME], wanted);
    }
}
