//! Whole answers, in both directions.

use super::{Counts, OWN_BLOCKS, citations, error, finish_of, request_in, settle, stop_reason_of, write_usage};
use crate::chat::{Answer, ApiError, Arguments, Choice, Origin, Part};
use crate::format::Ask;
use crate::format::field::Field;
use crate::format::turns::{capacity_of_choice, is_object};
use crate::wire::json::{Kind, Text, Value, Writer};

/// Reads an answer. An error with a 200 is read as the error it is.
pub(super) fn read<'a>(root: Value<'_, 'a>) -> Result<Answer<'a>, ApiError> {
    let whole = Field::alone(root);
    let Some(content) = whole.member("content").filter(|content| content.value.kind() == Kind::Array) else {
        let error = root.some("error").and_then(|_| error::read_value(None, root));
        return Err(error.unwrap_or_else(|| ApiError::bad_answer("the provider's answer has no content")));
    };
    let mut choice = Choice::default();
    let mut unmapped = Vec::new();
    let (mut calls, mut chars) = (false, 0);
    for block in content.items() {
        let part = request_in::read_block(&block, &mut Vec::new())
            .map_err(|error| ApiError::bad_answer(format!("in the provider's answer, {}", error.message)))?;
        let before = chars;
        match &part {
            Part::Text { text, .. } => chars += text.chars(),
            Part::Other { kind, .. } => unmapped.push(own_block(kind)),
            _ => {}
        }
        calls |= matches!(part, Part::ToolCall(_));
        choice.parts.push(part);
        let citations = block.value.some("citations").into_iter().flat_map(|list| list.items());
        choice.parts.extend(citations.filter_map(|it| citations::read(it, (before, chars))).map(Part::Citation));
    }
    if let Some(words) = refusal(root) {
        choice.parts.push(Part::Refusal(words));
    }
    choice.finish = finish_of(root.get("stop_reason"), calls);
    choice.stop_sequence = root.get("stop_sequence").and_then(Value::text);
    let mut counts = Counts::default();
    if let Some(usage) = root.some("usage") {
        counts.read(usage);
    }
    let service_tier = root.some("usage").and_then(read_tier);
    let text = |name| root.get(name).and_then(Value::text).unwrap_or_default();
    let (id, model, usage) = (text("id"), text("model"), counts.usage());
    Ok(Answer { id, model, created: None, choices: vec![choice], usage, service_tier, unmapped })
}

/// The name of a block that means something only to Anthropic's clients.
pub(super) fn own_block(kind: &Text<'_>) -> &'static str {
    OWN_BLOCKS.iter().find(|own| kind.is(own)).copied().unwrap_or("content[].type")
}

/// The tier that served an answer, in OpenAI's words.
pub(super) fn read_tier<'a>(usage: Value<'_, 'a>) -> Option<Text<'a>> {
    let tier = usage.some("service_tier")?.text()?;
    Some(if tier.is("standard") { Text::from_raw("default") } else { tier })
}

/// The same in Anthropic's words; others it has none for.
pub(super) fn tier_word(tier: &Text<'_>) -> Option<&'static str> {
    const WORDS: &[(&str, &str)] = &[("default", "standard"), ("priority", "priority"), ("batch", "batch")];
    WORDS.iter().find(|(word, _)| tier.is(word)).map(|(_, own)| *own)
}

/// Why the provider would not go on, in words, where it says so beside the content.
pub(super) fn refusal<'a>(answer: Value<'_, 'a>) -> Option<Text<'a>> {
    answer.some("stop_details")?.get("explanation")?.text().filter(|words| !words.is_empty())
}

/// Writes an answer: its first choice, since Messages has no more. Parts without a place here (media) are left out.
pub(super) fn write(answer: &Answer<'_>, ask: &Ask) -> Vec<u8> {
    let none = Choice::default();
    let choice = answer.choices.first().unwrap_or(&none);
    let mut out = Writer::with_capacity(capacity_of_choice(choice));
    let mut calls = 0;
    write_head(&mut out, &answer.id, &answer.model, ask);
    out.key("content").open_array();
    for (at, part) in choice.parts.iter().enumerate() {
        match part {
            Part::Text { text, .. } | Part::Refusal(text) if !text.is_empty() => {
                out.open().key("type").string("text").key("text").text(text);
                let about = choice.parts.iter().skip(at + 1).map_while(|part| match part {
                    Part::Citation(citation) => Some(citation),
                    _ => None,
                });
                citations::write_all(about, &mut out);
                out.close();
            }
            Part::Thinking { text, signature } => {
                // The SDKs require a signature. An empty one says that nobody signed; it is not sent on to Claude.
                let sealed = signature.as_ref().map(|it| it.seal(Origin::Anthropic)).unwrap_or_default();
                out.open().key("type").string("thinking").key("thinking").text(text);
                out.key("signature").text(&sealed).close();
            }
            Part::RedactedThinking(data) => {
                out.open().key("type").string("redacted_thinking").key("data").text(data).close();
            }
            Part::ToolCall(call) => {
                if let Some(signature) = &call.signature {
                    // Gemini's, which is found here when the call comes back.
                    out.open().key("type").string("thinking").key("thinking").string("");
                    out.key("signature").text(&signature.seal(Origin::Anthropic)).close();
                }
                out.open().key("type").string("tool_use").key("id");
                write_call_id(&mut out, &call.id, calls, ask);
                out.key("name").text(&call.name).key("input");
                write_input(&mut out, &call.arguments);
                out.close();
                calls += 1;
            }
            Part::Other { kind, raw } if OWN_BLOCKS.iter().any(|own| kind.is(own)) => {
                out.raw(raw);
            }
            _ => {}
        }
    }
    out.close_array();
    let finish = settle(choice.finish, calls > 0);
    out.key("stop_reason").string(stop_reason_of(finish, choice.stop_sequence.is_some()));
    out.key("stop_sequence");
    match &choice.stop_sequence {
        Some(stop) => out.text(stop),
        None => out.null(),
    };
    // A message must have usage; where the provider tells nothing it is zero.
    let tier = answer.service_tier.as_ref().and_then(tier_word);
    write_usage(out.key("usage"), &answer.usage.unwrap_or_default(), tier);
    out.close();
    out.out
}

/// Opens a message: `{"id":…,"type":"message","role":"assistant","model":…`.
pub(super) fn write_head(out: &mut Writer, id: &Text<'_>, model: &Text<'_>, ask: &Ask) {
    out.open().key("id");
    if id.raw().starts_with("msg_") {
        out.text(id);
    } else {
        let id = if id.is_empty() { ask.fallback_id.as_str().into() } else { id.decode() };
        out.string(&format!("msg_{id}"));
    }
    out.key("type").string("message").key("role").string("assistant").key("model");
    if model.is_empty() {
        out.string(&ask.model)
    } else {
        out.text(model)
    };
}

/// The provider's own id, since the client's result comes back with it. One that gave none gets a number of ours.
pub(super) fn write_call_id(out: &mut Writer, id: &Text<'_>, number: u32, ask: &Ask) {
    if id.is_empty() {
        out.string(&format!("toolu_{}_{number}", ask.fallback_id));
    } else {
        out.text(id);
    }
}

/// Input must be an object. Arguments that are none (cut by `max_tokens`, or badly written by the model) are kept in
/// one member, `_raw`, so that the client sees what the model said.
fn write_input(out: &mut Writer, arguments: &Arguments<'_>) {
    match arguments {
        Arguments::Json(json) if json.starts_with('{') => out.raw(json),
        Arguments::Json("null") => out.raw("{}"),
        Arguments::Json(json) => out.open().key("_raw").string(json).close(),
        Arguments::Text(text) => {
            let json = text.decode();
            let json = json.trim();
            if json.is_empty() {
                out.raw("{}")
            } else if is_object(json) {
                out.raw(json)
            } else {
                out.open().key("_raw").text(text).close()
            }
        }
    };
}

#[cfg(test)]
mod tests;
