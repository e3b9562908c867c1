//! Whole answers, both directions.

use crate::chat::{Answer, ApiError, Choice, ErrorKind, Finish, Part};
use crate::format::Ask;
use crate::format::field::Field;
use crate::format::openai::{error, usage};
use crate::wire::json::{Doc, Text, Value, Writer};

/// Why a text ended. What is not known is a stop.
pub(super) fn finish(word: &Text<'_>) -> Finish {
    match word.decode().as_ref() {
        "length" => Finish::Length,
        "content_filter" => Finish::ContentFilter,
        _ => Finish::Stop,
    }
}

/// OpenAI's word for it; a completion makes no calls.
pub(super) fn finish_word(finish: Finish) -> &'static str {
    match finish {
        Finish::Stop | Finish::ToolCalls => "stop",
        Finish::Length => "length",
        Finish::ContentFilter => "content_filter",
    }
}

pub(super) fn read<'a>(doc: &Doc<'a>) -> Result<Answer<'a>, ApiError> {
    if let Some(error) = error::in_answer(doc.root()) {
        return Err(error);
    }
    read_whole(doc).map_err(|error| match error.kind {
        ErrorKind::InvalidRequest => {
            ApiError::bad_answer(format!("the provider's answer is not what its format promises: {}", error.message))
        }
        _ => error,
    })
}

fn read_whole<'a>(doc: &Doc<'a>) -> Result<Answer<'a>, ApiError> {
    let root = Field::root(doc)?;
    let mut choices = Vec::new();
    for choice in root.need("choices")?.array()?.items() {
        let choice = choice.object()?;
        let text = choice.need("text")?.text()?;
        choices.push(Choice {
            parts: vec![Part::Text { text, cache: None }],
            finish: choice.text_of("finish_reason")?.as_ref().map_or(Finish::Stop, finish),
            ..Choice::default()
        });
    }
    let text = |name: &str| root.value.get(name).and_then(Value::text).unwrap_or_default();
    Ok(Answer {
        id: text("id"),
        model: text("model"),
        created: root.value.get("created").and_then(Value::u64),
        choices,
        usage: root.value.some("usage").and_then(usage::read),
        ..Answer::default()
    })
}

pub(super) fn write(answer: &Answer<'_>, ask: &Ask) -> Vec<u8> {
    let mut writer = Writer::with_capacity(512);
    write_head(&answer.id, &answer.model, answer.created, ask, &mut writer);
    // Clients read choices[0] unasked, so a blocked prompt is an empty choice.
    let nothing = [Choice::default()];
    let choices = if answer.choices.is_empty() { &nothing[..] } else { &answer.choices[..] };
    for (index, choice) in choices.iter().enumerate() {
        let texts = choice.parts.iter().filter_map(|part| match part {
            Part::Text { text, .. } | Part::Refusal(text) => Some(text.raw()),
            _ => None,
        });
        write_choice(index as u64, &texts.collect::<String>(), Some(choice.finish), &mut writer);
    }
    writer.close_array();
    if let Some(usage) = &answer.usage {
        usage::write(usage, writer.key("usage"));
    }
    writer.close();
    writer.out
}

/// Everything before the choices.
pub(super) fn write_head(id: &Text<'_>, model: &Text<'_>, created: Option<u64>, ask: &Ask, writer: &mut Writer) {
    writer.open().key("id");
    match id.is_empty() {
        true => writer.string(&format!("cmpl-{}", ask.fallback_id)),
        false => writer.text(id),
    };
    writer.key("object").string("text_completion").key("created").number(created.unwrap_or(ask.now_secs)).key("model");
    match model.is_empty() {
        true => writer.string(&ask.model),
        false => writer.text(model),
    };
    writer.key("choices").open_array();
}

/// One choice; `text` is escaped already.
pub(super) fn write_choice(index: u64, text: &str, finish: Option<Finish>, writer: &mut Writer) {
    writer.open().key("text").text(&Text::from_raw(text)).key("index").number(index).key("logprobs").null();
    writer.key("finish_reason");
    match finish {
        Some(finish) => writer.string(finish_word(finish)),
        None => writer.null(),
    };
    writer.close();
}
