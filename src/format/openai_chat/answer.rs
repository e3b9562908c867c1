//! Whole answers, both directions.

use super::content::{read_arguments, read_calls, read_content, read_thinking};
use super::write::{write_call, write_joined};
use crate::chat::{Answer, ApiError, Choice, Finish, MediaSource, Origin, Part, ToolCall};
use crate::format::Ask;
use crate::format::field::Field;
use crate::format::openai::{error, usage, write_data_url};
use crate::wire::json::{Doc, Text, Value, Writer};

/// What a provider's word for the end means. Words that say it failed are [`Ending::Failed`]: an error if nothing was
/// said, an end otherwise.
const ENDINGS: &[(&str, Ending)] = &[
    ("stop", Ending::Is(Finish::Stop)),
    ("length", Ending::Is(Finish::Length)),
    ("tool_calls", Ending::Is(Finish::ToolCalls)),
    ("content_filter", Ending::Is(Finish::ContentFilter)),
    ("function_call", Ending::Is(Finish::ToolCalls)),
    // Together, TGI.
    ("eos", Ending::Is(Finish::Stop)),
    ("eos_token", Ending::Is(Finish::Stop)),
    ("stop_sequence", Ending::Is(Finish::Stop)),
    // Mistral.
    ("model_length", Ending::Is(Finish::Length)),
    ("error", Ending::Failed),
    // Servers that hand through the word of what is behind them.
    ("end_turn", Ending::Is(Finish::Stop)),
    ("max_tokens", Ending::Is(Finish::Length)),
    ("tool_use", Ending::Is(Finish::ToolCalls)),
    ("refusal", Ending::Is(Finish::ContentFilter)),
    // Zhipu.
    ("sensitive", Ending::Is(Finish::ContentFilter)),
    ("network_error", Ending::Failed),
    // DeepSeek.
    ("insufficient_system_resource", Ending::Failed),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    Is(Finish),
    Failed,
}

/// Why a choice ended. Unknown words (and xAI's empty one) are a stop; with calls a stop means they wait.
pub(super) fn ending(word: Option<&Text<'_>>, called: bool) -> Ending {
    let found = word.and_then(|word| ENDINGS.iter().find(|(known, _)| word.is(known)));
    match found.map_or(Ending::Is(Finish::Stop), |(_, ending)| *ending) {
        Ending::Is(Finish::Stop) if called => Ending::Is(Finish::ToolCalls),
        ending => ending,
    }
}

/// OpenAI's word for an end.
pub(super) fn finish_word(finish: Finish) -> &'static str {
    match finish {
        Finish::Stop => "stop",
        Finish::Length => "length",
        Finish::ToolCalls => "tool_calls",
        Finish::ContentFilter => "content_filter",
    }
}

/// The error of a choice that failed before it said anything.
pub(super) fn failed(word: &Text<'_>) -> ApiError {
    ApiError::bad_answer(format!("the provider ended its answer with {} before saying anything", word.decode()))
}

pub(super) fn read<'a>(doc: &Doc<'a>) -> Result<Answer<'a>, ApiError> {
    // OpenRouter and others send errors with status 200.
    if let Some(error) = error::in_answer(doc.root()) {
        return Err(error);
    }
    read_whole(doc).map_err(|error| match error.kind {
        crate::chat::ErrorKind::InvalidRequest => {
            ApiError::bad_answer(format!("the provider's answer is not what its format promises: {}", error.message))
        }
        _ => error,
    })
}

fn read_whole<'a>(doc: &Doc<'a>) -> Result<Answer<'a>, ApiError> {
    let root = Field::root(doc)?;
    let mut choices = Vec::new();
    for choice in root.need("choices")?.array()?.items() {
        choices.push(read_choice(&choice.object()?)?);
    }
    Ok(Answer {
        id: text_or_empty(&root, "id"),
        model: text_or_empty(&root, "model"),
        created: root.value.get("created").and_then(|created| created.u64()),
        choices,
        usage: root.value.some("usage").and_then(usage::read),
        ..Answer::default()
    })
}

fn text_or_empty<'a>(root: &Field<'_, '_, 'a>, name: &str) -> Text<'a> {
    root.value.get(name).and_then(|value| value.text()).unwrap_or_default()
}

fn read_choice<'a>(choice: &Field<'_, '_, 'a>) -> Result<Choice<'a>, ApiError> {
    if let Some(error) = error::in_answer(choice.value) {
        return Err(error);
    }
    let message = choice.need("message")?.object()?;
    let mut parts = Vec::new();
    read_thinking(&message, &mut parts)?;
    if let Some(content) = message.member("content") {
        read_content(&content, &mut parts)?;
    }
    parts.extend(message.text_of("refusal")?.filter(|text| !text.is_empty()).map(Part::Refusal));
    // OpenRouter and LiteLLM put generated pictures beside the text, in the shape of content parts.
    if let Some(images) = message.member("images") {
        read_content(&images, &mut parts)?;
    }
    if let Some(calls) = message.member("tool_calls") {
        read_calls(&calls, false, &mut parts)?;
    }
    if let Some(call) = message.member("function_call") {
        let call = call.object()?;
        let name = call.need("name")?.text()?;
        let arguments = read_arguments(&call, false)?;
        parts.push(Part::ToolCall(ToolCall { id: Text::default(), name, arguments, signature: None, cache: None }));
    }
    // `content: ""` beside calls says nothing.
    parts.retain(|part| !matches!(part, Part::Text { text, .. } if text.is_empty()));

    let word = choice.text_of("finish_reason")?;
    let called = parts.iter().any(|part| matches!(part, Part::ToolCall(_)));
    let finish = match (ending(word.as_ref(), called), word) {
        (Ending::Is(finish), _) => finish,
        (Ending::Failed, Some(word)) if parts.is_empty() => return Err(failed(&word)),
        (Ending::Failed, _) if called => Finish::ToolCalls,
        (Ending::Failed, _) => Finish::Stop,
    };
    Ok(Choice { parts, finish, stop_sequence: stop_sequence(choice.value), logprobs: Vec::new() })
}

/// vLLM tells the stop string it met, or the number of a token.
pub(super) fn stop_sequence<'a>(choice: Value<'_, 'a>) -> Option<Text<'a>> {
    choice.get("stop_reason")?.text()
}

pub(super) fn write(answer: &Answer<'_>, ask: &Ask) -> Vec<u8> {
    let mut writer = Writer::with_capacity(1024);
    writer.open();
    write_id(&answer.id, ask, &mut writer);
    writer.key("object").raw("\"chat.completion\"");
    writer.key("created").number(answer.created.unwrap_or(ask.now_secs));
    write_model(&answer.model, ask, &mut writer);
    writer.key("choices").open_array();
    // Clients read choices[0] unasked, so a blocked prompt is an empty choice.
    let nothing = [Choice::default()];
    let choices = if answer.choices.is_empty() { &nothing[..] } else { &answer.choices[..] };
    for (index, choice) in choices.iter().enumerate() {
        writer.open().key("index").number(index as u64);
        write_message(index, choice, ask, writer.key("message"));
        writer.key("logprobs").null();
        writer.key("finish_reason").string(finish_word(choice.finish)).close();
    }
    writer.close_array();
    if let Some(usage) = &answer.usage {
        usage::write(usage, writer.key("usage"));
    }
    writer.close();
    writer.out
}

/// The provider's id, or one of ours in OpenAI's form.
pub(super) fn write_id(id: &Text<'_>, ask: &Ask, writer: &mut Writer) {
    writer.key("id");
    match id.is_empty() {
        true => writer.string(&format!("chatcmpl-{}", ask.fallback_id)),
        false => writer.text(id),
    };
}

pub(super) fn write_model(model: &Text<'_>, ask: &Ask, writer: &mut Writer) {
    writer.key("model");
    match model.is_empty() {
        true => writer.string(&ask.model),
        false => writer.text(model),
    };
}

/// The provider's id of a call, or one of ours: a client sends it back with the result.
pub(super) fn call_id<'t>(id: &'t Text<'t>, choice: usize, call: usize, ask: &Ask) -> std::borrow::Cow<'t, Text<'t>> {
    use std::borrow::Cow;
    match id.is_empty() {
        true => Cow::Owned(Text::from_plain(&format!("call_{}_{choice}_{call}", ask.fallback_id)).into_owned()),
        false => Cow::Borrowed(id),
    }
}

fn write_message(index: usize, choice: &Choice<'_>, ask: &Ask, writer: &mut Writer) {
    let parts = || choice.parts.iter();
    writer.open().key("role").raw("\"assistant\"").key("content");
    if parts().any(|part| matches!(part, Part::Text { .. })) {
        let texts = parts().filter_map(|part| if let Part::Text { text, .. } = part { Some(text) } else { None });
        write_joined(texts, writer);
    } else if parts().any(|part| matches!(part, Part::ToolCall(_) | Part::Refusal(_))) {
        writer.null();
    } else {
        writer.string("");
    }
    writer.key("refusal");
    if parts().any(|part| matches!(part, Part::Refusal(_))) {
        let texts = parts().filter_map(|part| if let Part::Refusal(text) = part { Some(text) } else { None });
        write_joined(texts, writer);
    } else {
        writer.null();
    }
    write_thinking(&choice.parts, writer);
    write_images(&choice.parts, writer);
    let calls = || parts().filter_map(|part| if let Part::ToolCall(call) = part { Some(call) } else { None });
    if calls().next().is_some() {
        writer.key("tool_calls").open_array();
        for (nth, call) in calls().enumerate() {
            write_call(&call_id(&call.id, index, nth, ask), &call.name, &call.arguments, writer);
        }
        writer.close_array();
    }
    writer.close();
}

/// Reasoning as text for those who show it, and where there is something to prove or to send back, as blocks too.
fn write_thinking(parts: &[Part<'_>], writer: &mut Writer) {
    let texts = || {
        parts.iter().filter_map(|part| match part {
            Part::Thinking { text, .. } if !text.is_empty() => Some(text),
            _ => None,
        })
    };
    if texts().next().is_some() {
        write_joined(texts(), writer.key("reasoning_content"));
    }
    let to_prove =
        |part: &Part<'_>| matches!(part, Part::Thinking { signature: Some(_), .. } | Part::RedactedThinking(_));
    if parts.iter().any(to_prove) {
        writer.key("thinking_blocks").open_array();
        for part in parts {
            match part {
                Part::Thinking { text, signature } => {
                    let sealed = signature.as_ref().map(|it| it.seal(Origin::Anthropic)).unwrap_or_default();
                    write_thinking_block(None, text.raw(), sealed.raw(), writer);
                }
                Part::RedactedThinking(data) => write_redacted_block(None, data, writer),
                _ => {}
            }
        }
        writer.close_array();
    }
}

/// A block of `thinking_blocks`; in a stream it carries its index.
pub(super) fn write_thinking_block(index: Option<u64>, text: &str, signature: &str, writer: &mut Writer) {
    writer.open();
    if let Some(index) = index {
        writer.key("index").number(index);
    }
    writer.key("type").raw("\"thinking\"").key("thinking").text(&Text::from_raw(text));
    writer.key("signature").text(&Text::from_raw(signature)).close();
}

/// See [`write_thinking_block`].
pub(super) fn write_redacted_block(index: Option<u64>, data: &Text<'_>, writer: &mut Writer) {
    writer.open();
    if let Some(index) = index {
        writer.key("index").number(index);
    }
    writer.key("type").raw("\"redacted_thinking\"").key("data").text(data).close();
}

fn write_images(parts: &[Part<'_>], writer: &mut Writer) {
    let sources = || {
        parts.iter().filter_map(|part| match part {
            Part::Media(media) => Some(&media.source),
            _ => None,
        })
    };
    if sources().next().is_none() {
        return;
    }
    writer.key("images").open_array();
    for source in sources() {
        writer.open().key("type").raw("\"image_url\"").key("image_url").open().key("url");
        match source {
            MediaSource::Data { media_type, data } => write_data_url(media_type, data, writer),
            MediaSource::Url(url) | MediaSource::FileId(url) => {
                writer.text(url);
            }
        }
        writer.close().close();
    }
    writer.close_array();
}
