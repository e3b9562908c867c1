//! Whole answers, in both directions, and what a stream's lines have in common with them.

use super::read::read_message;
use super::time;
use super::write::write_call;
use crate::chat::{Answer, ApiError, Choice, ErrorKind, Finish, Logprob, Part, Usage};
use crate::format::field::Field;
use crate::format::turns::{capacity_of_choice, object_of};
use crate::format::{Ask, openai};
use crate::http::Headers;
use crate::wire::json::{Doc, Text, Value, Writer};

pub(super) fn read<'a>(doc: &Doc<'a>) -> Result<Answer<'a>, ApiError> {
    if let Some(error) = error_in(doc.root()) {
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
    let mut choice = Choice::default();
    read_message(&root.need("message")?.object()?, false, &mut choice.parts)?;
    if root.bool_of("done")? == Some(false) {
        return Err(ApiError::bad_answer("the provider's answer is not done"));
    }
    let called = choice.parts.iter().any(|part| matches!(part, Part::ToolCall(_)));
    choice.finish = finish_of(root.value, called);
    choice.logprobs = read_logprobs(root.value);
    Ok(Answer {
        model: root.value.get("model").and_then(Value::text).unwrap_or_default(),
        created: read_created(root.value),
        choices: vec![choice],
        usage: read_usage(root.value),
        ..Answer::default()
    })
}

/// The error that an answer or a line is, if it is one.
pub(super) fn error_in(root: Value<'_, '_>) -> Option<ApiError> {
    root.some("error")?;
    Some(openai::error::read(502, &Headers::new(), root.raw().as_bytes()))
}

pub(super) fn read_created(root: Value<'_, '_>) -> Option<u64> {
    time::read(&root.get("created_at")?.text()?.decode())
}

/// Why an answer ends. With calls Ollama says `stop`, and a load of the model is an answer without words.
pub(super) fn finish_of(root: Value<'_, '_>, called: bool) -> Finish {
    let is = |word: &str| root.get("done_reason").is_some_and(|reason| reason.is(word));
    if is("length") {
        Finish::Length
    } else if is(FILTERED) {
        Finish::ContentFilter
    } else if called {
        Finish::ToolCalls
    } else {
        Finish::Stop
    }
}

/// Ollama filters nothing, so this is our word for what another provider's filter stopped.
const FILTERED: &str = "content_filter";

pub(super) fn done_reason(finish: Finish) -> &'static str {
    match finish {
        Finish::Stop | Finish::ToolCalls => "stop",
        Finish::Length => "length",
        Finish::ContentFilter => FILTERED,
    }
}

/// The counts. Zero is left out there, and so was the prompt that lay in the cache; one alone is half of what it took.
pub(super) fn read_usage(root: Value<'_, '_>) -> Option<Usage> {
    let count = |name: &str| root.some(name).and_then(Value::u64);
    let (input, output) = (count("prompt_eval_count"), count("eval_count"));
    input.or(output)?;
    let estimated = input.is_none() || output.is_none();
    Some(Usage { input: input.unwrap_or(0), output: output.unwrap_or(0), estimated, ..Usage::default() })
}

pub(super) fn read_logprobs<'a>(root: Value<'_, 'a>) -> Vec<Logprob<'a>> {
    let token = |item: Value<'_, 'a>| {
        let token = item.get("token").and_then(Value::text)?;
        Some((token, Text::from_raw(item.get("logprob").and_then(Value::number)?)))
    };
    let items = root.some("logprobs").into_iter().flat_map(Value::items);
    items
        .filter_map(|item| {
            let (name, logprob) = token(item)?;
            let top = item.some("top_logprobs").into_iter().flat_map(Value::items).filter_map(token).collect();
            Some(Logprob { token: name, logprob, top })
        })
        .collect()
}

/// Writes an answer: its first choice, since there are no more.
pub(super) fn write(answer: &Answer<'_>, ask: &Ask) -> Vec<u8> {
    let none = Choice::default();
    let choice = answer.choices.first().unwrap_or(&none);
    let parts = || choice.parts.iter();
    let mut writer = Writer::with_capacity(capacity_of_choice(choice));
    write_head(&answer.model, answer.created, ask, &mut writer);
    writer.key("message").open().key("role").raw("\"assistant\"");
    let texts = parts().filter_map(|part| match part {
        Part::Text { text, .. } | Part::Refusal(text) => Some(text),
        _ => None,
    });
    writer.key("content").texts(texts);
    let thoughts = || {
        parts().filter_map(|part| match part {
            Part::Thinking { text, .. } if !text.is_empty() => Some(text),
            _ => None,
        })
    };
    if thoughts().next().is_some() {
        writer.key("thinking").texts(thoughts());
    }
    let calls = || parts().filter_map(|part| if let Part::ToolCall(call) = part { Some(call) } else { None });
    if calls().next().is_some() {
        writer.key("tool_calls").open_array();
        for (nth, call) in calls().enumerate() {
            let arguments = object_of(&call.arguments);
            let raw = match &call.arguments {
                crate::chat::Arguments::Json(json) => Text::from_plain(json),
                crate::chat::Arguments::Text(text) => text.clone(),
            };
            write_call_told(&call.id, nth as u32, &call.name, arguments.as_deref(), &raw, ask, &mut writer);
        }
        writer.close_array();
    }
    writer.close();
    write_logprobs(&choice.logprobs, &mut writer);
    write_end(choice.finish, answer.usage.as_ref(), &mut writer);
    writer.close();
    writer.out
}

/// A call for a client, with the provider's id or one of ours. Arguments that are no object (cut by the limit, or badly
/// written by the model) are kept in one member, `_raw`, so that the client sees what the model said.
pub(super) fn write_call_told(
    id: &Text<'_>,
    nth: u32,
    name: &Text<'_>,
    arguments: Option<&str>,
    raw: &Text<'_>,
    ask: &Ask,
    writer: &mut Writer,
) {
    let made;
    let id = if id.is_empty() {
        made = Text::from_plain(&format!("call_{}_{nth}", ask.fallback_id)).into_owned();
        &made
    } else {
        id
    };
    match arguments {
        Some(arguments) => write_call(id, nth.into(), name, arguments, writer),
        None => write_call(id, nth.into(), name, &format!("{{\"_raw\":\"{}\"}}", raw.raw()), writer),
    }
}

/// Opens an answer or a line: `{"model":…,"created_at":…`.
pub(super) fn write_head(model: &Text<'_>, created: Option<u64>, ask: &Ask, writer: &mut Writer) {
    writer.open().key("model");
    match model.is_empty() {
        true => writer.string(&ask.model),
        false => writer.text(model),
    };
    writer.key("created_at").string(&time::write(created.unwrap_or(ask.now_secs)));
}

pub(super) fn write_logprobs(tokens: &[Logprob<'_>], writer: &mut Writer) {
    if tokens.is_empty() {
        return;
    }
    writer.key("logprobs").open_array();
    for Logprob { token, logprob, top } in tokens {
        writer.open().key("token").text(token).key("logprob").raw(logprob.raw());
        if !top.is_empty() {
            writer.key("top_logprobs").open_array();
            for (token, logprob) in top {
                writer.open().key("token").text(token).key("logprob").raw(logprob.raw()).close();
            }
            writer.close_array();
        }
        writer.close();
    }
    writer.close_array();
}

/// `done` and what comes with it.
pub(super) fn write_end(finish: Finish, usage: Option<&Usage>, writer: &mut Writer) {
    writer.key("done").bool(true).key("done_reason").string(done_reason(finish));
    if let Some(usage) = usage {
        writer.key("prompt_eval_count").number(usage.input).key("eval_count").number(usage.output);
    }
}
