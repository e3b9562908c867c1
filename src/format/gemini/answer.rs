//! Whole answers, in both directions, and what whole answers and streams have in common.

use super::names::{camel, get, seal, seal_redacted, text};
use super::parts::{self, Content, OWN};
use super::stream_in::Reader;
use super::{Ending, ending, error, finish_word, sources, time, usage};
use crate::chat::{
    Answer, ApiError, Arguments, Choice, Citation, Delta, Finish, Fold, Logprob, Media, MediaSource, Origin, Part,
    Signature, ToolCall,
};
use crate::format::Ask;
use crate::format::field::Field;
use crate::format::turns::{capacity_of_choice, object_of};
use crate::wire::json::{Kind, Text, Value, Writer};

/// Reads an answer. An error with a 200 is read as the error it is.
pub(super) fn read<'a>(root: Value<'_, 'a>) -> Result<Answer<'a>, ApiError> {
    if root.kind() == Kind::Array {
        return read_pieces(root);
    }
    if let Some(error) = error::in_answer(root) {
        return Err(error);
    }
    let mut answer = Answer {
        id: text(root, "responseId").unwrap_or_default(),
        model: text(root, "modelVersion").unwrap_or_default(),
        created: text(root, "createTime").and_then(|time| time::seconds(&time.decode())),
        ..Answer::default()
    };
    if let Some(counts) = get(root, "usageMetadata") {
        answer.usage = usage::read(counts);
        answer.service_tier = usage::tier(counts);
    }
    let mut note = |name| {
        if !answer.unmapped.contains(&name) {
            answer.unmapped.push(name);
        }
    };
    unmapped(root, &mut note);
    let mut choices = Vec::new();
    for candidate in get(root, "candidates").into_iter().flat_map(Value::items) {
        let index = super::names::count(candidate, "index").unwrap_or(0);
        choices.push((index, read_choice(candidate, &mut note)?));
    }
    choices.sort_by_key(|(index, _)| *index);
    answer.choices = choices.into_iter().map(|(_, choice)| choice).collect();
    if answer.choices.is_empty() {
        let Some(blocked) = blocked(root) else {
            return Err(ApiError::bad_answer("the provider's answer has no candidates"));
        };
        let parts = blocked.into_iter().map(Part::Refusal).collect();
        answer.choices.push(Choice { parts, finish: Finish::ContentFilter, ..Choice::default() });
    }
    Ok(answer)
}

/// The whole that a list of pieces says: what `streamGenerateContent` gives without `alt=sse`.
fn read_pieces<'a>(list: Value<'_, 'a>) -> Result<Answer<'a>, ApiError> {
    let (mut reader, mut fold) = (Reader::default(), Fold::new());
    for piece in list.items() {
        reader.piece(piece, &mut |delta| fold.push(&delta));
    }
    if reader.is_complete() {
        fold.push(&Delta::End);
    }
    fold.finish()
}

/// Why a prompt was not answered, if it was not; in words, where there are any.
pub(super) fn blocked<'a>(root: Value<'_, 'a>) -> Option<Option<Text<'a>>> {
    let feedback = get(root, "promptFeedback")?;
    get(feedback, "blockReason")?;
    Some(text(feedback, "blockReasonMessage").filter(|words| !words.is_empty()))
}

/// Names what an answer says beside that no other format has a place for.
pub(super) fn unmapped(root: Value<'_, '_>, note: &mut dyn FnMut(&'static str)) {
    if get(root, "modelStatus").is_some() {
        note("modelStatus");
    }
    if get(root, "promptFeedback").is_some_and(|feedback| get(feedback, "safetyRatings").is_some()) {
        note("promptFeedback.safetyRatings");
    }
}

/// The same of a candidate.
pub(super) fn unmapped_of_candidate(candidate: Value<'_, '_>, note: &mut dyn FnMut(&'static str)) {
    const NAMES: &[&str] = &["avgLogprobs", "continuationToken", "safetyRatings", "urlContextMetadata"];
    const GROUNDING: &[&str] = &[
        "googleMapsWidgetContextToken",
        "imageSearchQueries",
        "retrievalMetadata",
        "retrievalQueries",
        "searchEntryPoint",
        "sourceFlaggingUris",
        "webSearchQueries",
    ];
    for (key, value) in candidate.members() {
        let name = camel(key.raw());
        if let Some(name) = NAMES.iter().find(|known| **known == name) {
            note(name);
        }
        if &*name == "groundingMetadata" {
            for (key, _) in value.members() {
                if let Some(name) = GROUNDING.iter().find(|known| **known == camel(key.raw())) {
                    note(name);
                }
            }
        }
    }
}

fn read_choice<'a>(candidate: Value<'_, 'a>, note: &mut dyn FnMut(&'static str)) -> Result<Choice<'a>, ApiError> {
    let mut choice = Choice::default();
    // Where each part's text begins in the text of all.
    let (mut starts, mut said) = (Vec::new(), String::new());
    let cited = get(candidate, "groundingMetadata").is_some() || get(candidate, "citationMetadata").is_some();
    for part in parts_of(candidate) {
        starts.push(said.len());
        let before = choice.parts.len();
        read_part(part, &mut choice.parts, note)
            .map_err(|error| ApiError::bad_answer(format!("in the provider's answer, {}", error.message)))?;
        for part in choice.parts.iter().skip(before).filter(|_| cited) {
            if let Part::Text { text, .. } = part {
                said.push_str(&text.decode());
            }
        }
    }
    unmapped_of_candidate(candidate, note);
    let behind = choice.parts.iter().rposition(|part| matches!(part, Part::Text { .. })).map_or(0, |at| at + 1);
    choice.parts.splice(behind..behind, sources::read(candidate, &said, &starts).into_iter().map(Part::Citation));
    choice.logprobs = read_logprobs(candidate);
    let calls = choice.parts.iter().any(|part| matches!(part, Part::ToolCall(_)));
    let anything = |part: &Part<'_>| matches!(part, Part::Text { .. } | Part::ToolCall(_) | Part::Media(_));
    let word = text(candidate, "finishReason");
    choice.finish = match ending(word.as_ref(), choice.parts.iter().any(anything), calls) {
        Ending::Is(finish) => finish,
        Ending::Failed => return Err(failed(candidate)),
    };
    if choice.finish == Finish::ContentFilter {
        choice.parts.extend(finish_message(candidate).map(Part::Refusal));
    }
    Ok(choice)
}

/// The parts of a candidate.
pub(super) fn parts_of<'d, 'a>(candidate: Value<'d, 'a>) -> impl Iterator<Item = Value<'d, 'a>> {
    let parts = get(candidate, "content").and_then(|content| get(content, "parts"));
    parts.into_iter().flat_map(Value::items)
}

/// Why it ends, in words.
pub(super) fn finish_message<'a>(candidate: Value<'_, 'a>) -> Option<Text<'a>> {
    text(candidate, "finishMessage").filter(|words| !words.is_empty())
}

/// The error of a candidate that failed before it said anything.
pub(super) fn failed(candidate: Value<'_, '_>) -> ApiError {
    let word = text(candidate, "finishReason").unwrap_or_default();
    let why = finish_message(candidate).map(|words| format!(": {:.1000}", words.decode())).unwrap_or_default();
    ApiError::bad_answer(format!(
        "the provider ended its answer with {:.64} before saying anything{why}",
        word.decode()
    ))
}

/// Reads one part of an answer: nothing, one part, or a part and its signature.
pub(super) fn read_part<'a>(
    part: Value<'_, 'a>,
    out: &mut Vec<Part<'a>>,
    note: &mut dyn FnMut(&'static str),
) -> Result<(), ApiError> {
    parts::beside(part).for_each(|(name, _)| note(name));
    let (content, value) = parts::content(part);
    match (content, value) {
        (Content::Text, Some(said)) => {
            let said = Field::alone(said).text()?;
            if !said.is_empty() || parts::signature(part).is_some() {
                parts::push_text(said, part, out);
            }
        }
        // A sketch made while thinking.
        (Content::InlineData | Content::FileData, _) if parts::is_thought(part) => note("thought.inlineData"),
        (Content::InlineData, Some(data)) => {
            out.push(Part::Media(parts::inline_data(&Field::alone(data))?));
            parts::push_signature(part, out);
        }
        (Content::FileData, Some(data)) => {
            out.push(Part::Media(parts::file_data(&Field::alone(data))?));
            parts::push_signature(part, out);
        }
        (Content::FunctionCall, Some(call)) => {
            out.push(Part::ToolCall(parts::call(&Field::alone(call), part, Text::default)?));
        }
        (Content::Own(kind), _) => {
            note(kind);
            out.push(Part::Other { kind: Text::from_raw(kind), raw: part.raw() });
        }
        (Content::Unknown, _) => parts::push_signature(part, out),
        _ => {}
    }
    Ok(())
}

/// The tokens with how likely they were.
pub(super) fn read_logprobs<'a>(candidate: Value<'_, 'a>) -> Vec<Logprob<'a>> {
    let Some(result) = get(candidate, "logprobsResult") else { return Vec::new() };
    let mut tops = get(result, "topCandidates").into_iter().flat_map(Value::items);
    let chosen = get(result, "chosenCandidates").into_iter().flat_map(Value::items);
    let one = |candidate: Value<'_, 'a>| {
        let logprob = get(candidate, "logProbability").and_then(Value::number).unwrap_or("0");
        (text(candidate, "token").unwrap_or_default(), Text::from_raw(logprob))
    };
    let read = |chosen| {
        let (token, logprob) = one(chosen);
        let top = tops.next().and_then(|top| get(top, "candidates")).into_iter().flat_map(Value::items);
        Logprob { token, logprob, top: top.map(one).collect() }
    };
    chosen.map(read).collect()
}

/// Writes an answer.
pub(super) fn write(answer: &Answer<'_>, ask: &Ask) -> Vec<u8> {
    let mut out = Writer::with_capacity(answer.choices.iter().map(capacity_of_choice).sum());
    out.open().key("candidates").open_array();
    // Clients read candidates[0] unasked.
    let nothing = [Choice::default()];
    let choices = if answer.choices.is_empty() { &nothing[..] } else { &answer.choices[..] };
    for (index, choice) in choices.iter().enumerate() {
        out.open().key("content").open().key("parts").open_array();
        let mut calls = 0;
        let mut parts = choice.parts.iter().peekable();
        let start = out.out.len();
        while let Some(part) = parts.next() {
            // The signature of a text, in its own part.
            let behind = match (part, parts.peek()) {
                (Part::Text { .. } | Part::Media(_), Some(next)) => bare(next),
                _ => None,
            };
            if behind.is_some() {
                parts.next();
            }
            write_part(part, behind, index, &mut calls, ask, &mut out);
        }
        if out.out.len() == start {
            out.open().key("text").string("").close();
        }
        out.close_array().key("role").string("model").close();
        out.key("finishReason").string(finish_word(choice.finish));
        out.key("index").number(index as u64);
        let mut cited: Vec<&Citation<'_>> = Vec::new();
        for part in &choice.parts {
            if let Part::Citation(source) = part {
                cited.push(source);
            }
        }
        if !cited.is_empty() {
            let said: String = choice
                .parts
                .iter()
                .filter_map(|part| if let Part::Text { text, .. } = part { Some(text.decode()) } else { None })
                .collect();
            sources::write(&cited, &said, &mut out);
        }
        write_logprobs(&choice.logprobs, &mut out);
        out.close();
    }
    out.close_array();
    if let Some(usage) = &answer.usage {
        usage::write(usage, answer.service_tier.as_ref(), out.key("usageMetadata"));
    }
    write_tail(&answer.model, &answer.id, answer.created, ask, &mut out);
    out.close();
    out.out
}

/// What every answer and every event ends with.
pub(super) fn write_tail(model: &Text<'_>, id: &Text<'_>, created: Option<u64>, ask: &Ask, out: &mut Writer) {
    out.key("modelVersion");
    match model.is_empty() {
        true => out.string(&ask.model),
        false => out.text(model),
    };
    if let Some(created) = created {
        out.key("createTime").string(&time::stamp(created));
    }
    out.key("responseId");
    match id.is_empty() {
        true => out.string(&ask.fallback_id),
        false => out.text(id),
    };
}

/// Gemini's own signature, if a part is nothing else.
fn bare<'p, 'a>(part: &'p Part<'a>) -> Option<&'p Signature<'a>> {
    match part {
        Part::Thinking { text, signature: Some(signature) } if text.is_empty() => {
            Some(signature).filter(|signature| signature.of(Origin::Gemini).is_some())
        }
        _ => None,
    }
}

/// Writes one part; nothing for what has no place among them. `behind`: the signature that follows it.
pub(super) fn write_part(
    part: &Part<'_>,
    behind: Option<&Signature<'_>>,
    choice: usize,
    calls: &mut u32,
    ask: &Ask,
    out: &mut Writer,
) {
    match part {
        Part::Text { text, .. } | Part::Refusal(text) => {
            out.open().key("text").text(text);
            write_signature(behind, out);
        }
        Part::Thinking { text, signature } => {
            out.open().key("text").text(text);
            if bare(part).is_none() {
                out.key("thought").bool(true);
            }
            write_signature(signature.as_ref(), out);
        }
        Part::RedactedThinking(data) => {
            out.open().key("text").string("").key("thought").bool(true);
            out.key("thoughtSignature").string(&seal_redacted(data));
        }
        Part::ToolCall(call) => {
            out.open();
            write_call(call, choice, *calls, ask, out);
            write_signature(call.signature.as_ref(), out);
            *calls += 1;
        }
        Part::Media(media) => {
            out.open();
            write_media(media, out);
            write_signature(behind, out);
        }
        Part::Other { kind, raw } if OWN.iter().any(|own| kind.is(own)) => {
            out.raw(raw);
            return;
        }
        Part::Other { .. } | Part::Citation(_) | Part::ToolResult { .. } => return,
    }
    out.close();
}

pub(super) fn write_signature(signature: Option<&Signature<'_>>, out: &mut Writer) {
    if let Some(signature) = signature {
        out.key("thoughtSignature").string(&seal(signature));
    }
}

/// A call, with an id in any case: the client's result comes back with it. Arguments that are no object (cut by the
/// limit, or badly written by the model) are kept in one member, `_raw`.
fn write_call(call: &ToolCall<'_>, choice: usize, number: u32, ask: &Ask, out: &mut Writer) {
    out.key("functionCall").open().key("id");
    match call.id.is_empty() {
        true => out.string(&format!("call_{}_{choice}_{number}", ask.fallback_id)),
        false => out.text(&call.id),
    };
    out.key("name").text(&call.name).key("args");
    match (object_of(&call.arguments), &call.arguments) {
        (Some(object), _) => out.raw(&object),
        (None, Arguments::Text(text)) => out.open().key("_raw").text(text).close(),
        (None, Arguments::Json(json)) => out.open().key("_raw").string(json).close(),
    };
    out.close();
}

fn write_media(media: &Media<'_>, out: &mut Writer) {
    match &media.source {
        MediaSource::Data { media_type, data } => {
            out.key("inlineData").open().key("mimeType").text(media_type).key("data").text(data);
        }
        MediaSource::Url(uri) | MediaSource::FileId(uri) => {
            out.key("fileData").open();
            if let Some(media_type) = parts::media_type_of(uri.raw()) {
                out.key("mimeType").string(media_type);
            }
            out.key("fileUri").text(uri);
        }
    }
    out.close();
}

/// Writes tokens with how likely they were, if there are any.
pub(super) fn write_logprobs(tokens: &[Logprob<'_>], out: &mut Writer) {
    if tokens.is_empty() {
        return;
    }
    let one = |token: &Text<'_>, logprob: &Text<'_>, out: &mut Writer| {
        out.open().key("token").text(token).key("logProbability").raw(logprob.raw()).close();
    };
    out.key("logprobsResult").open().key("chosenCandidates").open_array();
    tokens.iter().for_each(|token| one(&token.token, &token.logprob, out));
    out.close_array();
    if tokens.iter().any(|token| !token.top.is_empty()) {
        out.key("topCandidates").open_array();
        for token in tokens {
            out.open().key("candidates").open_array();
            token.top.iter().for_each(|(token, logprob)| one(token, logprob, out));
            out.close_array().close();
        }
        out.close_array();
    }
    out.close();
}
