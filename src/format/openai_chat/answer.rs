//! Whole answers, both directions.

use super::content::{read_arguments, read_calls, read_content, read_thinking, text_signature};
use super::write::{write_call, write_function, write_source, write_thought_signature};
use super::{LEGACY, logprobs, sources};
use crate::chat::{Answer, ApiError, Choice, Finish, Media, MediaKind, MediaSource, Origin, Part, ToolCall};
use crate::format::Ask;
use crate::format::field::Field;
use crate::format::openai::{error, usage};
use crate::format::turns::capacity_of_choice;
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

/// OpenAI's word for an end; the older one for a client of `functions`.
pub(super) fn finish_word(finish: Finish, ask: &Ask) -> &'static str {
    match finish {
        Finish::Stop => "stop",
        Finish::Length => "length",
        Finish::ToolCalls if ask.echo == LEGACY => "function_call",
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
    // Perplexity and xAI tell the sources of the whole answer beside it.
    if let Some(first) = choices.first_mut().filter(|it| !it.parts.iter().any(|part| matches!(part, Part::Citation(_))))
    {
        let of_all = sources::of_answer(root.value);
        let after = first.parts.iter().rposition(|part| matches!(part, Part::Text { .. })).map_or(0, |at| at + 1);
        first.parts.splice(after..after, of_all.into_iter().map(Part::Citation));
    }
    Ok(Answer {
        id: text_or_empty(&root, "id"),
        model: text_or_empty(&root, "model"),
        created: root.value.get("created").and_then(|created| created.u64()),
        choices,
        usage: root.value.some("usage").and_then(usage::read),
        service_tier: root.value.some("service_tier").and_then(Value::text),
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
    parts.extend(sources::of_message(message.value).into_iter().map(Part::Citation));
    parts.extend(text_signature(&message));
    parts.extend(message.text_of("refusal")?.filter(|text| !text.is_empty()).map(Part::Refusal));
    read_sound(message.value, &mut parts);
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
    let logprobs = choice.value.some("logprobs").map(logprobs::read).unwrap_or_default();
    Ok(Choice { parts, finish, stop_sequence: stop_sequence(choice.value), logprobs })
}

/// Sound that was said, with its words: OpenAI's `audio`, which tells the format only to who asked for it.
fn read_sound<'a>(message: Value<'_, 'a>, parts: &mut Vec<Part<'a>>) {
    let Some(audio) = message.some("audio") else { return };
    let text = |name: &str| audio.some(name).and_then(Value::text).filter(|text| !text.is_empty());
    let said = parts.iter().any(|part| matches!(part, Part::Text { text, .. } if !text.is_empty()));
    parts.extend(text("transcript").filter(|_| !said).map(|text| Part::Text { text, cache: None }));
    parts.extend(text("data").map(|data| {
        let source = MediaSource::Data { media_type: Text::from_raw("audio/wav"), data };
        Part::Media(Media { kind: MediaKind::Audio, source, detail: None, filename: None, cache: None })
    }));
}

/// vLLM tells the stop string it met, or the number of a token.
pub(super) fn stop_sequence<'a>(choice: Value<'_, 'a>) -> Option<Text<'a>> {
    choice.get("stop_reason")?.text()
}

pub(super) fn write(answer: &Answer<'_>, ask: &Ask) -> Vec<u8> {
    let mut writer = Writer::with_capacity(answer.choices.iter().map(capacity_of_choice).sum());
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
        logprobs::write(&choice.logprobs, writer.key("logprobs"));
        writer.key("finish_reason").string(finish_word(choice.finish, ask)).close();
    }
    writer.close_array();
    if let Some(tier) = &answer.service_tier {
        writer.key("service_tier").text(tier);
    }
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
        writer.texts(texts);
    } else if parts().any(|part| matches!(part, Part::ToolCall(_) | Part::Refusal(_))) {
        writer.null();
    } else {
        writer.string("");
    }
    writer.key("refusal");
    if parts().any(|part| matches!(part, Part::Refusal(_))) {
        let texts = parts().filter_map(|part| if let Part::Refusal(text) = part { Some(text) } else { None });
        writer.texts(texts);
    } else {
        writer.null();
    }
    sources::write_all(&choice.parts, writer);
    write_thinking(&choice.parts, writer);
    write_images(&choice.parts, writer);
    if let Some(sound) = parts().find_map(sound) {
        write_sound(sound, index, ask, writer.key("audio"));
    }
    let calls = || parts().filter_map(|part| if let Part::ToolCall(call) = part { Some(call) } else { None });
    if let Some(call) = calls().next().filter(|_| ask.echo == LEGACY) {
        // Such a client has room for one call, and one call at a time was asked for.
        write_function(&call.name, &call.arguments, writer.key("function_call"));
    } else if calls().next().is_some() {
        writer.key("tool_calls").open_array();
        for (nth, call) in calls().enumerate() {
            let id = call_id(&call.id, index, nth, ask);
            let signature = call.signature.as_ref().map(|signature| signature.seal(Origin::Gemini));
            write_call(&id, &call.name, &call.arguments, signature.as_ref(), None, writer);
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
        writer.key("reasoning_content").texts(texts());
    }
    let of_text = |part: &&Part<'_>| matches!(part, Part::Thinking { text, signature: Some(it) } if text.is_empty() && it.of(Origin::Gemini).is_some());
    if let Some(Part::Thinking { signature: Some(signature), .. }) = parts.iter().rfind(of_text) {
        write_thought_signature(&signature.seal(Origin::Gemini), writer);
    }
    let to_prove =
        |part: &&Part<'_>| matches!(part, Part::Thinking { signature: Some(_), .. } | Part::RedactedThinking(_));
    if parts.iter().filter(|part| !of_text(part)).any(|part| to_prove(&part)) {
        writer.key("thinking_blocks").open_array();
        for part in parts.iter().filter(|part| !of_text(part)) {
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

/// The data of a sound.
pub(super) fn sound<'p>(part: &'p Part<'_>) -> Option<&'p Text<'p>> {
    match part {
        Part::Media(media) => sound_of(media),
        _ => None,
    }
}

pub(super) fn sound_of<'p>(media: &'p Media<'_>) -> Option<&'p Text<'p>> {
    match &media.source {
        MediaSource::Data { data, .. } if media.kind == MediaKind::Audio => Some(data),
        _ => None,
    }
}

/// OpenAI's `audio` of an answer. It is not kept here, so it is gone as soon as it was sent.
pub(super) fn write_sound(data: &Text<'_>, choice: usize, ask: &Ask, writer: &mut Writer) {
    writer.open().key("id").string(&format!("audio_{}_{choice}", ask.fallback_id));
    writer.key("data").text(data).key("expires_at").number(ask.now_secs).key("transcript").string("").close();
}

fn write_images(parts: &[Part<'_>], writer: &mut Writer) {
    let shown = || {
        parts.iter().filter_map(|part| match part {
            Part::Media(media) if sound_of(media).is_none() => Some(media),
            _ => None,
        })
    };
    if shown().next().is_none() {
        return;
    }
    writer.key("images").open_array();
    shown().for_each(|media| write_image(None, media, writer));
    writer.close_array();
}

/// An item of `images`: whatever is no sound, since there is no other place. In a stream it carries its index.
pub(super) fn write_image(index: Option<u64>, media: &Media<'_>, writer: &mut Writer) {
    writer.open();
    if let Some(index) = index {
        writer.key("index").number(index);
    }
    writer.key("type").raw("\"image_url\"").key("image_url").open();
    write_source(&media.source, writer.key("url"));
    writer.close().close();
}
