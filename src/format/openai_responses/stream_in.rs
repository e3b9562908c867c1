//! Reads a streamed answer of the Responses API.
//!
//! Events are told apart by the `type` in their JSON; types and items from the future say nothing. Some servers leave
//! deltas out and tell an item only at its end, so what an item has there and was not told yet is told then.

use super::answer::{PHASE, call_id, citation, failure, finish, logprobs, picture, text_or_empty};
use super::{PARAGRAPH, read, read_reasoning, unmapped};
use crate::chat::{ApiError, Citation, Delta, Part};
use crate::format::field::Field;
use crate::format::openai::{error, usage};
use crate::format::{Seen, StreamReader};
use crate::wire::frame;
use crate::wire::json::{Doc, Text, Value};

/// How many items and calls are followed. More than any answer has, and little enough that a hostile stream cannot make
/// the state grow.
const MAX_ITEMS: usize = 512;

/// How many sources of one part may wait for its end.
const MAX_NOTES: usize = 512;

/// Reads a stream.
#[derive(Default)]
pub(super) struct Reader {
    started: bool,
    /// Open items by the provider's index.
    items: Vec<(u64, Item)>,
    /// How many calls there were: the next one's index.
    calls: u32,
    /// Characters of text before the part under way, and the part: the item's index and its own.
    chars: u64,
    part: Option<(u64, u64)>,
    /// Characters of the part under way.
    here: u64,
    state: State,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum State {
    #[default]
    Open,
    Ended,
    Failed,
}

/// What was told of an item.
enum Item {
    Message {
        said: bool,
        /// Sources of the part under way, told when it is complete.
        notes: Vec<Citation<'static>>,
        /// How many parts have told theirs.
        noted: u64,
    },
    Reasoning {
        said: bool,
        /// The list and the place in it of the text under way.
        text: Option<(bool, u64)>,
    },
    Call {
        index: u32,
        said: bool,
    },
    Other,
}

impl StreamReader for Reader {
    fn read(&mut self, event: &frame::Event<'_>, emit: &mut dyn FnMut(Delta<'_>)) -> Seen {
        if !event.has_data {
            return Seen::Event;
        }
        if self.state != State::Open {
            return Seen::Unknown;
        }
        let Ok(doc) = Doc::parse(&event.data) else { return Seen::Unknown };
        let root = doc.root();
        let Some(kind) = root.get("type").and_then(Value::text) else {
            return match error::in_answer(root) {
                Some(error) => self.fail(error, emit),
                None => Seen::Unknown,
            };
        };
        match kind.raw() {
            "response.output_text.delta" => self.text(root, emit),
            "response.refusal.delta" => self.refusal(root, emit),
            "response.function_call_arguments.delta" => self.arguments(root, emit),
            "response.reasoning_summary_text.delta" => self.thinking(root, false, emit),
            "response.reasoning_text.delta" => self.thinking(root, true, emit),
            "response.output_text.annotation.added" => self.annotation(root),
            "response.content_part.done" => self.part_done(root, emit),
            "response.output_item.added" => self.item_added(root, emit),
            "response.output_item.done" => self.item_done(root, emit),
            "response.created" | "response.in_progress" | "response.queued" => {
                if let Some(response) = root.some("response") {
                    self.start(response, emit);
                }
            }
            "response.completed" | "response.incomplete" => {
                let Some(response) = root.some("response") else { return Seen::Unknown };
                return self.end(response, emit);
            }
            "response.failed" => {
                let response = root.some("response");
                let silent = || ApiError::bad_answer("the provider failed without saying why");
                return self.fail(response.and_then(failure).unwrap_or_else(silent), emit);
            }
            "error" => return self.fail(error::in_event(root), emit),
            _ => {}
        }
        Seen::Event
    }

    fn ended(&self) -> bool {
        self.state == State::Ended
    }
}

impl Reader {
    fn fail(&mut self, error: ApiError, emit: &mut dyn FnMut(Delta<'_>)) -> Seen {
        self.state = State::Failed;
        emit(Delta::Error(error));
        Seen::Error
    }

    fn start(&mut self, response: Value<'_, '_>, emit: &mut dyn FnMut(Delta<'_>)) {
        if !std::mem::replace(&mut self.started, true) {
            let (id, model) = (text_or_empty(response, "id"), text_or_empty(response, "model"));
            emit(Delta::Start { id, model, created: response.get("created_at").and_then(Value::u64) });
        }
    }

    fn end(&mut self, response: Value<'_, '_>, emit: &mut dyn FnMut(Delta<'_>)) -> Seen {
        if let Some(error) = failure(response) {
            return self.fail(error, emit);
        }
        self.start(response, emit);
        self.state = State::Ended;
        if let Some(tier) = response.get("service_tier").and_then(Value::text) {
            emit(Delta::ServiceTier(tier));
        }
        if let Some(usage) = response.some("usage").and_then(usage::read) {
            emit(Delta::Usage(usage));
        }
        emit(Delta::Finish { choice: 0, finish: finish(response, self.calls > 0), stop_sequence: None });
        emit(Delta::End);
        Seen::End
    }

    fn known(&mut self, index: u64) -> Option<&mut Item> {
        self.items.iter_mut().rev().find(|(at, _)| *at == index).map(|(_, item)| item)
    }

    /// Counts the characters of a part of a message; its sources say where they stand in it.
    fn count(&mut self, part: (u64, u64), text: &Text<'_>) {
        if self.part.replace(part) != Some(part) {
            self.chars += std::mem::take(&mut self.here);
        }
        self.here += text.chars();
    }

    fn text(&mut self, root: Value<'_, '_>, emit: &mut dyn FnMut(Delta<'_>)) {
        let text = text_or_empty(root, "delta");
        if let Some(Item::Message { said, .. }) = self.known(number(root, "output_index")) {
            *said = true;
        }
        self.count((number(root, "output_index"), number(root, "content_index")), &text);
        if !text.is_empty() {
            emit(Delta::Text(0, text));
        }
        tell_logprobs(root, emit);
    }

    fn refusal(&mut self, root: Value<'_, '_>, emit: &mut dyn FnMut(Delta<'_>)) {
        let text = text_or_empty(root, "delta");
        if let Some(Item::Message { said, .. }) = self.known(number(root, "output_index")) {
            *said = true;
        }
        if !text.is_empty() {
            emit(Delta::Refusal(0, text));
        }
    }

    fn arguments(&mut self, root: Value<'_, '_>, emit: &mut dyn FnMut(Delta<'_>)) {
        let fragment = text_or_empty(root, "delta");
        if fragment.is_empty() {
            return;
        }
        if let Some(Item::Call { index, said }) = self.known(number(root, "output_index")) {
            *said = true;
            emit(Delta::ToolArguments { choice: 0, index: *index, fragment });
        }
    }

    /// More reasoning; another text of it is another paragraph. `own`: the reasoning itself, and not its summary.
    fn thinking(&mut self, root: Value<'_, '_>, own: bool, emit: &mut dyn FnMut(Delta<'_>)) {
        let more = text_or_empty(root, "delta");
        if more.is_empty() {
            return;
        }
        let place = (own, number(root, if own { "content_index" } else { "summary_index" }));
        if let Some(Item::Reasoning { said, text }) = self.known(number(root, "output_index")) {
            if std::mem::replace(said, true) && text.is_some_and(|last| last != place) {
                emit(Delta::Thinking(0, Text::from_raw(PARAGRAPH)));
            }
            *text = Some(place);
        }
        emit(Delta::Thinking(0, more));
    }

    fn annotation(&mut self, root: Value<'_, '_>) {
        let Some(found) = root.some("annotation").and_then(|note| citation(note, self.chars)) else { return };
        if let Some(Item::Message { notes, .. }) = self.known(number(root, "output_index"))
            && notes.len() < MAX_NOTES
        {
            notes.push(found.to_static());
        }
    }

    fn part_done(&mut self, root: Value<'_, '_>, emit: &mut dyn FnMut(Delta<'_>)) {
        let chars = self.chars;
        if let Some(Item::Message { notes, noted, .. }) = self.known(number(root, "output_index")) {
            *noted = number(root, "content_index").saturating_add(1);
            tell_notes(root.some("part"), std::mem::take(notes), chars, emit);
        }
    }

    fn item_added(&mut self, root: Value<'_, '_>, emit: &mut dyn FnMut(Delta<'_>)) {
        let Some(item) = root.some("item") else { return };
        if self.items.len() >= MAX_ITEMS {
            return;
        }
        let state = match text_or_empty(item, "type").raw() {
            "message" => Item::Message { said: false, notes: Vec::new(), noted: 0 },
            "reasoning" => {
                emit(Delta::ThinkingStart(0));
                Item::Reasoning { said: false, text: None }
            }
            "function_call" => self.call(item, emit),
            _ => Item::Other,
        };
        self.items.push((number(root, "output_index"), state));
    }

    fn call(&mut self, item: Value<'_, '_>, emit: &mut dyn FnMut(Delta<'_>)) -> Item {
        let index = self.calls;
        self.calls += 1;
        let (id, name) = (call_id(item), text_or_empty(item, "name"));
        emit(Delta::ToolStart { choice: 0, index, id, name, signature: None });
        Item::Call { index, said: false }
    }

    fn item_done(&mut self, root: Value<'_, '_>, emit: &mut dyn FnMut(Delta<'_>)) {
        let Some(item) = root.some("item") else { return };
        let index = number(root, "output_index");
        let known = self.items.iter().rposition(|(at, _)| *at == index).map(|at| self.items.remove(at).1);
        let kind = text_or_empty(item, "type");
        match (kind.raw(), known) {
            ("message", known) => {
                if item.some("phase").is_some() {
                    emit(Delta::Unmapped(PHASE));
                }
                let (said, mut notes, noted) = match known {
                    Some(Item::Message { said, notes, noted }) => (said, notes, noted),
                    _ => (false, Vec::new(), 0),
                };
                for (at, part) in (0..).zip(item.some("content").into_iter().flat_map(Value::items)) {
                    if !said {
                        self.whole_part((index, at), part, emit);
                    }
                    if at >= noted {
                        tell_notes(Some(part), std::mem::take(&mut notes), self.chars, emit);
                    }
                }
                notes.into_iter().for_each(|note| emit(Delta::Citation(0, note)));
            }
            ("reasoning", known) => {
                let said = match known {
                    Some(Item::Reasoning { said, .. }) => said,
                    _ => {
                        emit(Delta::ThinkingStart(0));
                        false
                    }
                };
                reasoning_done(item, said, emit);
            }
            ("function_call", known) => {
                let known = known.unwrap_or(Item::Other);
                let call = if let Item::Call { .. } = known { known } else { self.call(item, emit) };
                let arguments = text_or_empty(item, "arguments");
                if let Item::Call { index, said: false } = call
                    && !arguments.is_empty()
                {
                    emit(Delta::ToolArguments { choice: 0, index, fragment: arguments });
                }
            }
            _ => emit(picture(item).map_or(Delta::Unmapped(unmapped(&kind)), |picture| Delta::Media(0, picture))),
        }
    }

    /// A part of a message that was told in one piece.
    fn whole_part(&mut self, place: (u64, u64), part: Value<'_, '_>, emit: &mut dyn FnMut(Delta<'_>)) {
        match read::read_part(&Field::alone(part)) {
            Ok(Part::Text { text, .. }) => {
                self.count(place, &text);
                if !text.is_empty() {
                    emit(Delta::Text(0, text));
                }
                tell_logprobs(part, emit);
            }
            Ok(Part::Refusal(text)) => emit(Delta::Refusal(0, text)),
            Ok(Part::Other { .. }) => emit(Delta::Unmapped("output[].content[]")),
            _ => {}
        }
    }
}

/// The sources of a part that is complete: those that stand in it, or else those that came one by one.
fn tell_notes(part: Option<Value<'_, '_>>, came: Vec<Citation<'static>>, before: u64, emit: &mut dyn FnMut(Delta<'_>)) {
    let mut any = false;
    for note in part.and_then(|part| part.some("annotations")).into_iter().flat_map(Value::items) {
        any = true;
        if let Some(found) = citation(note, before) {
            emit(Delta::Citation(0, found));
        }
    }
    if !any {
        came.into_iter().for_each(|note| emit(Delta::Citation(0, note)));
    }
}

fn tell_logprobs(of: Value<'_, '_>, emit: &mut dyn FnMut(Delta<'_>)) {
    let tokens: Vec<_> = of.some("logprobs").into_iter().flat_map(logprobs).collect();
    if !tokens.is_empty() {
        emit(Delta::Logprobs(0, tokens));
    }
}

/// The end of a reasoning item, which has its proof, and its text if that was not told yet.
fn reasoning_done(item: Value<'_, '_>, said: bool, emit: &mut dyn FnMut(Delta<'_>)) {
    match read_reasoning(&Field::alone(item)) {
        Ok(Some(Part::Thinking { text, signature })) => {
            if !said && !text.is_empty() {
                emit(Delta::Thinking(0, text));
            }
            if let Some(signature) = signature {
                emit(Delta::Signature(0, signature));
            }
        }
        Ok(Some(Part::RedactedThinking(data))) => emit(Delta::RedactedThinking(0, data)),
        _ => {}
    }
}

fn number(root: Value<'_, '_>, name: &str) -> u64 {
    root.get(name).and_then(Value::u64).unwrap_or(0)
}
