//! Reads a streamed answer of Gemini's.
//!
//! Each event is a whole answer with what is new. A call comes whole. There is no event for the end: the stream has come
//! to its end where every candidate has a reason for its own; what follows one is only told (usage, grounding).

use super::answer::{
    blocked, failed, finish_message, parts_of, read_logprobs, read_part, unmapped, unmapped_of_candidate,
};
use super::names::{count, get, text};
use super::{Ending, ending, error, parts, sources, time, usage};
use crate::chat::{ApiError, Arguments, Delta, Finish, Part};
use crate::format::{Seen, StreamReader};
use crate::wire::frame;
use crate::wire::json::{Doc, Kind, Text, Value, unescape};

/// How many candidates are followed; Google gives up to 8.
const MAX_CANDIDATES: usize = 128;
/// How much of an answer's text is kept to tell where its sources belong. Beyond, they belong to the whole.
const MAX_KEPT_TEXT_BYTES: usize = 1024 * 1024;

/// Reads a stream of Gemini's.
#[derive(Default)]
pub(super) struct Reader {
    started: bool,
    failed: bool,
    candidates: Vec<State>,
    /// Names of what had no place, told once each.
    noted: Vec<&'static str>,
    tier_told: bool,
}

/// A candidate under way.
#[derive(Default)]
struct State {
    index: u32,
    calls: u32,
    /// It has a text, a call or a picture.
    said: bool,
    finished: bool,
    /// What was said, escaped.
    text: String,
    /// The latest word on where the text comes from, as JSON: Google repeats it, and it grows.
    sources: Option<String>,
}

impl StreamReader for Reader {
    fn read(&mut self, event: &frame::Event<'_>, emit: &mut dyn FnMut(Delta<'_>)) -> Seen {
        if !event.has_data {
            return Seen::Event;
        }
        match Doc::parse(&event.data) {
            Ok(doc) => self.piece(doc.root(), emit),
            Err(_) => Seen::Unknown,
        }
    }

    fn ended(&self) -> bool {
        self.failed || self.is_complete()
    }
}

impl Reader {
    /// Whether every candidate there is has come to its end.
    pub(super) fn is_complete(&self) -> bool {
        !self.candidates.is_empty() && self.candidates.iter().all(|candidate| candidate.finished)
    }

    /// Reads one event's JSON.
    pub(super) fn piece(&mut self, root: Value<'_, '_>, emit: &mut dyn FnMut(Delta<'_>)) -> Seen {
        if self.failed {
            return Seen::Unknown;
        }
        if let Some(error) = error::in_answer(root) {
            return self.fail(error, emit);
        }
        let known = ["candidates", "promptFeedback", "usageMetadata"].iter().any(|name| get(root, name).is_some());
        if root.kind() != Kind::Object || !known {
            return Seen::Unknown;
        }
        if !self.started {
            self.started = true;
            let text = |name| text(root, name).unwrap_or_default();
            let created = time::seconds(&text("createTime").decode());
            emit(Delta::Start { id: text("responseId"), model: text("modelVersion"), created });
        }
        unmapped(root, &mut |name| note(&mut self.noted, name, emit));
        let mut any = false;
        for candidate in get(root, "candidates").into_iter().flat_map(Value::items) {
            any = true;
            if let Err(error) = self.candidate(candidate, emit) {
                return self.fail(error, emit);
            }
        }
        if let (false, Some(why)) = (any, blocked(root))
            && let Some(at) = self.state(0)
            && let Some(state) = self.candidates.get_mut(at)
            && !state.finished
        {
            state.finished = true;
            if let Some(words) = why {
                emit(Delta::Refusal(0, words));
            }
            emit(Delta::Finish { choice: 0, finish: Finish::ContentFilter, stop_sequence: None });
        }
        if let Some(counts) = get(root, "usageMetadata") {
            if let Some(usage) = usage::read(counts) {
                emit(Delta::Usage(usage));
            }
            if let Some(tier) = usage::tier(counts).filter(|_| !std::mem::replace(&mut self.tier_told, true)) {
                emit(Delta::ServiceTier(tier));
            }
        }
        Seen::Event
    }

    fn fail(&mut self, error: ApiError, emit: &mut dyn FnMut(Delta<'_>)) -> Seen {
        self.failed = true;
        emit(Delta::Error(error));
        Seen::Error
    }

    /// The place of a candidate's state.
    fn state(&mut self, index: u32) -> Option<usize> {
        let known = self.candidates.iter().position(|state| state.index == index);
        if known.is_none() && self.candidates.len() < MAX_CANDIDATES {
            self.candidates.push(State { index, ..State::default() });
            return Some(self.candidates.len() - 1);
        }
        known
    }

    fn candidate(&mut self, candidate: Value<'_, '_>, emit: &mut dyn FnMut(Delta<'_>)) -> Result<(), ApiError> {
        let index = count(candidate, "index").and_then(|index| u32::try_from(index).ok()).unwrap_or(0);
        let Some(at) = self.state(index) else { return Ok(()) };
        let noted = &mut self.noted;
        let Some(state) = self.candidates.get_mut(at) else { return Ok(()) };
        for part in parts_of(candidate) {
            let mut read = Vec::new();
            // A part that cannot be read does not take the others with it: the rest of a call whose arguments come in
            // pieces has no name.
            let _ = read_part(part, &mut read, &mut |name| note(noted, name, emit));
            let thought = parts::is_thought(part);
            read.into_iter().for_each(|part| state.tell(part, thought, emit));
        }
        unmapped_of_candidate(candidate, &mut |name| note(noted, name, emit));
        let logprobs = read_logprobs(candidate);
        if !logprobs.is_empty() {
            emit(Delta::Logprobs(index, logprobs));
        }
        if ["groundingMetadata", "citationMetadata"].iter().any(|name| get(candidate, name).is_some()) {
            state.sources = Some(candidate.raw().to_owned());
        }
        let word = text(candidate, "finishReason").filter(|word| !word.is_empty());
        if let Some(word) = word.filter(|_| !state.finished) {
            let finish = match ending(Some(&word), state.said, state.calls > 0) {
                Ending::Is(finish) => finish,
                Ending::Failed => return Err(failed(candidate)),
            };
            state.tell_sources(emit);
            if finish == Finish::ContentFilter
                && let Some(words) = finish_message(candidate)
            {
                emit(Delta::Refusal(index, words));
            }
            state.finished = true;
            emit(Delta::Finish { choice: index, finish, stop_sequence: None });
        } else if state.finished {
            state.tell_sources(emit);
        }
        Ok(())
    }
}

/// Tells a name once.
fn note(noted: &mut Vec<&'static str>, name: &'static str, emit: &mut dyn FnMut(Delta<'_>)) {
    if !noted.contains(&name) {
        noted.push(name);
        emit(Delta::Unmapped(name));
    }
}

impl State {
    fn tell(&mut self, part: Part<'_>, thought: bool, emit: &mut dyn FnMut(Delta<'_>)) {
        let choice = self.index;
        match part {
            Part::Text { text, .. } if text.is_empty() => {}
            Part::Text { text, .. } => {
                self.said = true;
                if self.text.len().saturating_add(text.raw().len()) <= MAX_KEPT_TEXT_BYTES {
                    self.text.push_str(text.raw());
                }
                emit(Delta::Text(choice, text));
            }
            Part::Thinking { text, signature } => {
                // The signature of a text is no part of what was thought before.
                if !thought {
                    emit(Delta::ThinkingStart(choice));
                }
                if !text.is_empty() {
                    emit(Delta::Thinking(choice, text));
                }
                if let Some(signature) = signature {
                    emit(Delta::Signature(choice, signature));
                }
            }
            Part::RedactedThinking(data) => emit(Delta::RedactedThinking(choice, data)),
            Part::ToolCall(call) => {
                let index = self.calls;
                self.calls = self.calls.saturating_add(1);
                self.said = true;
                emit(Delta::ToolStart { choice, index, id: call.id, name: call.name, signature: call.signature });
                let fragment = match &call.arguments {
                    Arguments::Json(json) => Text::from_plain(json),
                    Arguments::Text(text) => text.clone(),
                };
                emit(Delta::ToolArguments { choice, index, fragment });
            }
            Part::Media(media) => {
                self.said = true;
                emit(Delta::Media(choice, media));
            }
            Part::Refusal(_) | Part::Citation(_) | Part::ToolResult { .. } | Part::Other { .. } => {}
        }
    }

    fn tell_sources(&mut self, emit: &mut dyn FnMut(Delta<'_>)) {
        let Some(candidate) = self.sources.take() else { return };
        let Ok(doc) = Doc::parse(candidate.as_bytes()) else { return };
        for source in sources::read(doc.root(), &unescape(&self.text), &[0]) {
            emit(Delta::Citation(self.index, source));
        }
    }
}
