//! Whole answers, in both directions.

use super::content::{is_about_text, read_logprob};
use super::read::read_assistant;
use super::write::write_call;
use super::{error, finish_of, finish_word, usage, words_of};
use crate::chat::{Answer, ApiError, Choice, Citation, ErrorKind, Logprob, Part};
use crate::format::Ask;
use crate::format::field::Field;
use crate::format::turns::capacity_of_choice;
use crate::http::Headers;
use crate::wire::json::{Doc, Text, Writer};

/// How long a quoted stretch of the answer may be. A sentence is cited, not the whole.
const MAX_CITED_CHARS: usize = 2000;

pub(super) fn read<'a>(doc: &Doc<'a>) -> Result<Answer<'a>, ApiError> {
    if error::is_error(doc.root()) {
        return Err(error::read(502, &Headers::new(), doc.text()));
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
    let message = root.need("message")?.object()?;
    let mut choice = Choice::default();
    read_assistant(&message, false, &mut choice.parts)?;
    choice.parts.retain(|part| !matches!(part, Part::Text { text, .. } if text.is_empty()));
    let called = choice.parts.iter().any(|part| matches!(part, Part::ToolCall(_)));
    let word = root.text_of("finish_reason")?;
    choice.finish = finish_of(word.as_ref(), called, words_of(root.value.some("error")))?;
    let logprobs = root.value.some("logprobs").into_iter().flat_map(|list| list.items());
    choice.logprobs = logprobs.filter_map(read_logprob).collect();
    let elsewhere = message.value.some("citations").into_iter().flat_map(|list| list.items());
    let unmapped = if elsewhere.into_iter().all(is_about_text) { vec![] } else { vec!["message.citations"] };
    Ok(Answer {
        id: root.value.get("id").and_then(|id| id.text()).unwrap_or_default(),
        choices: vec![choice],
        usage: root.value.some("usage").and_then(usage::read),
        unmapped,
        ..Answer::default()
    })
}

/// Writes an answer: its first choice, since there are no more. All text is one block, whose characters the citations
/// count; what was thought stands in front of it.
pub(super) fn write(answer: &Answer<'_>, ask: &Ask) -> Vec<u8> {
    let none = Choice::default();
    let choice = answer.choices.first().unwrap_or(&none);
    let parts = || choice.parts.iter();
    let mut writer = Writer::with_capacity(capacity_of_choice(choice));
    writer.open().key("id");
    match answer.id.is_empty() {
        true => writer.string(&ask.fallback_id),
        false => writer.text(&answer.id),
    };
    let calls = || parts().filter_map(|part| if let Part::ToolCall(call) = part { Some(call) } else { None });
    let called = calls().next().is_some();
    let finish = match choice.finish {
        crate::chat::Finish::Stop if called => crate::chat::Finish::ToolCalls,
        finish => finish,
    };
    writer.key("finish_reason").string(finish_word(finish, choice.stop_sequence.is_some()));
    writer.key("message").open().key("role").raw("\"assistant\"");
    if called {
        writer.key("tool_calls").open_array();
        for (nth, call) in calls().enumerate() {
            write_call(&call_id(&call.id, nth as u32, ask), &call.name, &call.arguments, &mut writer);
        }
        writer.close_array();
    }
    let thoughts = || {
        parts().filter_map(|part| match part {
            Part::Thinking { text, .. } if !text.is_empty() => Some(text),
            _ => None,
        })
    };
    let texts = || {
        parts().filter_map(|part| match part {
            Part::Text { text, .. } | Part::Refusal(text) if !text.is_empty() => Some(text),
            _ => None,
        })
    };
    let said = texts().next().is_some();
    // Clients read `content[0].text` unasked where there is no call.
    if said || thoughts().next().is_some() || !called {
        writer.key("content").open_array();
        for thought in thoughts() {
            writer.open().key("type").raw("\"thinking\"").key("thinking").text(thought).close();
        }
        if said || !called {
            writer.open().key("type").raw("\"text\"").key("text").texts(texts()).close();
        }
        writer.close_array();
    }
    let citations = || parts().filter_map(|part| if let Part::Citation(it) = part { Some(it) } else { None });
    if citations().next().is_some() {
        let mut answered = Said::default();
        texts().for_each(|text| answered.push(text));
        writer.key("citations").open_array();
        for citation in citations() {
            write_citation(citation, &answered, (thoughts().count() as u64, 0), &mut writer);
        }
        writer.close_array();
    }
    writer.close();
    if let Some(usage) = &answer.usage {
        usage::write(usage, writer.key("usage"));
    }
    if !choice.logprobs.is_empty() {
        writer.key("logprobs").open_array();
        choice.logprobs.iter().for_each(|token| write_logprob(token, &mut writer));
        writer.close_array();
    }
    writer.close();
    writer.out
}

/// The provider's id of a call, or one of ours: a client sends it back with the result.
pub(super) fn call_id<'t>(id: &'t Text<'t>, nth: u32, ask: &Ask) -> std::borrow::Cow<'t, Text<'t>> {
    use std::borrow::Cow;
    match id.is_empty() {
        true => Cow::Owned(Text::from_plain(&format!("call_{}_{nth}", ask.fallback_id)).into_owned()),
        false => Cow::Borrowed(id),
    }
}

/// The answer's text so far, character by character, for the words that a citation is about.
#[derive(Debug, Default)]
pub(super) struct Said {
    chars: Vec<char>,
    /// All there were, kept or not.
    pub count: u64,
}

impl Said {
    /// How many characters are kept; a megabyte of them.
    const MAX: usize = 262_144;

    pub fn push(&mut self, text: &Text<'_>) {
        self.chars.reserve(text.raw().len().min(Self::MAX.saturating_sub(self.chars.len())));
        text.pieces(&mut |piece| {
            self.count += piece.chars().count() as u64;
            let room = Self::MAX.saturating_sub(self.chars.len());
            self.chars.extend(piece.chars().take(room));
        });
    }

    fn get(&self, (start, end): (u64, u64)) -> Option<String> {
        let range = usize::try_from(start).ok()?..usize::try_from(end).ok()?;
        self.chars.get(range).filter(|chars| chars.len() <= MAX_CITED_CHARS).map(|chars| chars.iter().collect())
    }
}

/// Writes a citation. `block`: the index of the block of text it is about, and how many characters come before that.
pub(super) fn write_citation(citation: &Citation<'_>, said: &Said, block: (u64, u64), writer: &mut Writer) {
    writer.open();
    if let Some((start, end)) = citation.span {
        writer.key("start").number(start.saturating_sub(block.1)).key("end").number(end.saturating_sub(block.1));
        if let Some(words) = said.get((start, end)) {
            writer.key("text").string(&words);
        }
    }
    writer.key("sources").open_array().open().key("type").raw("\"document\"");
    if let Some(id) = citation.title.as_ref().or(citation.url.as_ref()) {
        writer.key("id").text(id);
    }
    writer.key("document").open();
    for (name, text) in [("title", &citation.title), ("url", &citation.url), ("snippet", &citation.quote)] {
        if let Some(text) = text {
            writer.key(name).text(text);
        }
    }
    writer.close().close().close_array();
    writer.key("content_index").number(block.0).key("type").raw("\"TEXT_CONTENT\"").close();
}

/// Writes the likelihood of one token. Its number in Cohere's own vocabulary is not known.
pub(super) fn write_logprob(token: &Logprob<'_>, writer: &mut Writer) {
    writer.open().key("text").text(&token.token).key("token_ids").open_array().close_array();
    writer.key("logprobs").open_array().raw(token.logprob.raw()).close_array().close();
}
