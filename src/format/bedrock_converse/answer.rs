//! Whole answers, in both directions.

use super::{
    OWN_BLOCKS, UNMAPPED, error, finish_of, media, read_tier, read_usage, request_in, settle, stop_reason_of,
    write_tier, write_usage,
};
use crate::chat::{Answer, ApiError, Arguments, Choice, Citation, Media, MediaKind, MediaSource, Origin, Part};
use crate::format::Ask;
use crate::format::field::Field;
use crate::format::turns::{capacity_of_choice, object_of};
use crate::wire::json::{Kind, Text, Value, Writer};

/// Reads an answer. An error with a 200 is read as the error it is.
pub(super) fn read<'a>(root: Value<'_, 'a>) -> Result<Answer<'a>, ApiError> {
    let whole = Field::alone(root);
    let message = root.some("output").and_then(|output| output.some("message"));
    let Some(message) = message.filter(|message| message.get("content").is_some_and(|c| c.kind() == Kind::Array))
    else {
        let error = error::read_value(None, None, root);
        return Err(error.unwrap_or_else(|| ApiError::bad_answer("the provider's answer has no content")));
    };
    let mut choice = Choice::default();
    let mut extra = Vec::new();
    let output = whole.under("output.message", message);
    for block in output.need("content")?.items() {
        request_in::read_block(&block, &mut choice.parts, &mut extra)
            .map_err(|error| ApiError::bad_answer(format!("in the provider's answer, {}", error.message)))?;
    }
    let calls = choice.parts.iter().any(|part| matches!(part, Part::ToolCall(_)));
    choice.finish = finish_of(root.get("stopReason"), calls);
    choice.stop_sequence = stop_sequence(root);
    let unmapped = UNMAPPED.iter().filter(|name| is_told(root, name)).copied().collect();
    let (usage, service_tier) = (root.some("usage").and_then(read_usage), read_tier(root));
    Ok(Answer { choices: vec![choice], usage, service_tier, unmapped, ..Answer::default() })
}

/// Whether an answer has a member that says more than the stop string, which has a place.
pub(super) fn is_told(answer: Value<'_, '_>, name: &str) -> bool {
    let Some(value) = answer.some(name) else { return false };
    name != "additionalModelResponseFields"
        || value.members().any(|(key, value)| !key.is("stop_sequence") && !value.is_null())
}

/// The stop string met, which Claude tells where it is asked for by `additionalModelResponseFieldPaths`.
pub(super) fn stop_sequence<'a>(answer: Value<'_, 'a>) -> Option<Text<'a>> {
    answer.some("additionalModelResponseFields")?.get("stop_sequence")?.text()
}

/// Text with its sources: the text in one piece, then its sources.
pub(super) fn read_cited<'a>(cited: &Field<'_, '_, 'a>, parts: &mut Vec<Part<'a>>) -> Result<(), ApiError> {
    for piece in cited.member("content").iter().flat_map(Field::items) {
        if let Some(text) = piece.text_of("text")? {
            parts.push(Part::Text { text, cache: None });
        }
    }
    let citations = cited.value.some("citations");
    parts
        .extend(citations.iter().flat_map(|list| list.items()).map(|citation| Part::Citation(read_citation(citation))));
    Ok(())
}

/// One source.
pub(super) fn read_citation<'a>(citation: Value<'_, 'a>) -> Citation<'a> {
    let text = |value: Option<Value<'_, 'a>>| value.and_then(Value::text).filter(|text| !text.is_empty());
    let location = citation.some("location");
    let web = location.and_then(|location| location.some("web"));
    let quote = citation.some("sourceContent").and_then(|content| content.items().next());
    Citation {
        url: text(web.and_then(|web| web.get("url"))).or_else(|| text(citation.get("source"))),
        title: text(citation.get("title")),
        quote: text(quote.and_then(|quote| quote.get("text"))),
        span: None,
    }
}

/// Writes one source, of the shape that stands in answers and in streams.
pub(super) fn write_citation(out: &mut Writer, citation: &Citation<'_>) {
    out.open();
    if let Some(title) = &citation.title {
        out.key("title").text(title);
    }
    if let Some(quote) = &citation.quote {
        out.key("sourceContent").open_array().open().key("text").text(quote).close().close_array();
    }
    if let Some(url) = &citation.url {
        out.key("location").open().key("web").open().key("url").text(url).close().close();
    }
    out.close();
}

/// Writes an answer: its first choice, since Converse has no more.
pub(super) fn write(answer: &Answer<'_>, ask: &Ask) -> Vec<u8> {
    let none = Choice::default();
    let choice = answer.choices.first().unwrap_or(&none);
    let mut out = Writer::with_capacity(capacity_of_choice(choice));
    out.open().key("output").open().key("message").open();
    out.key("role").string("assistant").key("content").open_array();
    let mut calls = 0;
    let mut parts = choice.parts.iter().peekable();
    while let Some(part) = parts.next() {
        match part {
            Part::Text { text, .. } | Part::Refusal(text) if !text.is_empty() => {
                if !matches!(parts.peek(), Some(Part::Citation(_))) {
                    out.open().key("text").text(text).close();
                    continue;
                }
                out.open().key("citationsContent").open();
                out.key("content").open_array().open().key("text").text(text).close().close_array();
                out.key("citations").open_array();
                while let Some(Part::Citation(citation)) = parts.next_if(|part| matches!(part, Part::Citation(_))) {
                    write_citation(&mut out, citation);
                }
                out.close_array().close().close();
            }
            Part::Thinking { text, signature } => {
                out.open().key("reasoningContent").open().key("reasoningText").open().key("text").text(text);
                if let Some(signature) = signature {
                    out.key("signature").text(&signature.seal(Origin::Anthropic));
                }
                out.close().close().close();
            }
            Part::RedactedThinking(data) => {
                out.open().key("reasoningContent").open();
                write_redacted(&mut out, data);
                out.close().close();
            }
            Part::ToolCall(call) => {
                if let Some(signature) = &call.signature {
                    // Gemini's, which is found here when the call comes back.
                    out.open().key("reasoningContent").open().key("reasoningText").open().key("text").string("");
                    out.key("signature").text(&signature.seal(Origin::Anthropic)).close().close().close();
                }
                out.open().key("toolUse").open().key("toolUseId");
                write_call_id(&mut out, &call.id, calls, ask);
                out.key("name").text(&call.name).key("input");
                write_input(&mut out, &call.arguments);
                out.close().close();
                calls += 1;
            }
            Part::Media(media) => {
                if let Some((kind, format, data)) = writable(media) {
                    out.open().key(media::block_of(kind)).open().key("format").string(format);
                    out.key("source").open().key("bytes").text(data).close().close().close();
                }
            }
            Part::Other { kind, raw } if OWN_BLOCKS.iter().any(|own| kind.is(own)) => {
                out.raw(raw);
            }
            _ => {}
        }
    }
    out.close_array().close().close();
    let finish = settle(choice.finish, calls > 0);
    out.key("stopReason").string(stop_reason_of(finish, choice.stop_sequence.is_some()));
    write_stop_sequence(&mut out, choice.stop_sequence.as_ref());
    // Both must be there; where the provider tells nothing it is zero. How long it took is not known here.
    write_usage(out.key("usage"), &answer.usage.unwrap_or_default());
    out.key("metrics").open().key("latencyMs").number(0).close();
    if let Some(tier) = &answer.service_tier {
        write_tier(&mut out, tier);
    }
    out.close();
    out.out
}

pub(super) fn write_stop_sequence(out: &mut Writer, stop: Option<&Text<'_>>) {
    if let Some(stop) = stop {
        out.key("additionalModelResponseFields").open().key("stop_sequence").text(stop).close();
    }
}

/// `"redactedContent":…`, which has to be base64.
pub(super) fn write_redacted(out: &mut Writer, data: &Text<'_>) {
    out.key("redactedContent");
    match media::seal_redacted(&data.decode()) {
        Some(sealed) => out.string(&sealed),
        None => out.text(data),
    };
}

/// A picture or sound that an answer can hold.
pub(super) fn writable<'m>(media: &'m Media<'_>) -> Option<(MediaKind, &'static str, &'m Text<'m>)> {
    let MediaSource::Data { media_type, data } = &media.source else { return None };
    let (kind, format) = media::format_of(media.kind, &media_type.decode())?;
    Some((kind, format, data))
}

/// The provider's own id, since the client's result comes back with it. One that gave none gets a number of ours.
pub(super) fn write_call_id(out: &mut Writer, id: &Text<'_>, number: u32, ask: &Ask) {
    if id.is_empty() {
        out.string(&format!("tooluse_{}_{number}", ask.fallback_id));
    } else {
        out.text(id);
    }
}

/// Arguments that are no object (cut by the limit, or badly written by the model) are kept in one member, `_raw`, so
/// that the client sees what the model said.
fn write_input(out: &mut Writer, arguments: &Arguments<'_>) {
    match (object_of(arguments), arguments) {
        (Some(json), _) => out.raw(&json),
        (None, Arguments::Json(json)) => out.open().key("_raw").string(json).close(),
        (None, Arguments::Text(text)) => out.open().key("_raw").text(text).close(),
    };
}

#[cfg(test)]
mod tests;
