//! Reads a streamed answer of Cohere's.
//!
//! Events are told apart by the `type` in their JSON and not by the event's name; types from the future say nothing. The
//! last one, `message-end`, tells why the answer ends and what it took: a stream without it was cut.

use super::content::{is_about_text, read_citation, read_logprob};
use super::{error, finish_of, usage, words_of};
use crate::chat::{ApiError, Delta};
use crate::format::{Seen, StreamReader};
use crate::http::Headers;
use crate::wire::frame;
use crate::wire::json::{Doc, Kind, Text, Value};

/// How many calls and blocks of text are followed; more than any model makes, and little enough that a hostile stream
/// cannot make the state grow.
const MAX_LANES: usize = 128;

/// Reads a stream of Cohere's.
#[derive(Default)]
pub(super) struct Reader {
    /// Calls by the provider's index, in order of appearance, and whether each got arguments.
    calls: Vec<(u64, bool)>,
    /// The plan is being told.
    planning: bool,
    /// Characters of text so far.
    chars: u64,
    /// How many came before each block of text, by its index.
    bases: Vec<(u64, u64)>,
    state: State,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum State {
    #[default]
    Open,
    Ended,
    Failed,
}

impl StreamReader for Reader {
    fn read(&mut self, event: &frame::Event<'_>, emit: &mut dyn FnMut(Delta<'_>)) -> Seen {
        if !event.has_data {
            return Seen::Event;
        }
        let Ok(doc) = Doc::parse(&event.data) else { return Seen::Unknown };
        let root = doc.root();
        if self.state != State::Open || root.kind() != Kind::Object {
            return Seen::Unknown;
        }
        let Some(kind) = root.get("type").and_then(Value::text) else {
            return if error::is_error(root) { self.fail(whole_error(root), emit) } else { Seen::Unknown };
        };
        let message = root.get("delta").and_then(|delta| delta.get("message"));
        match kind.raw() {
            "content-delta" => self.content(root, message, emit),
            "content-start" => self.content_start(root, message, emit),
            "message-start" => {
                let id = root.get("id").and_then(Value::text).unwrap_or_default();
                emit(Delta::Start { id, model: Text::default(), created: None });
            }
            "tool-plan-delta" => {
                if let Some(plan) = said(message, "tool_plan") {
                    if !std::mem::replace(&mut self.planning, true) {
                        emit(Delta::ThinkingStart(0));
                    }
                    emit(Delta::Thinking(0, plan));
                }
            }
            "tool-call-start" => self.call_start(root, call_of(message), emit),
            "tool-call-delta" => {
                if let Some(index) = self.calls.iter().rposition(|(known, _)| *known == index_of(root)) {
                    self.arguments(index, call_of(message), emit);
                }
            }
            "tool-call-end" => {
                let nothing = self.calls.iter_mut().enumerate().rfind(|(_, (known, _))| *known == index_of(root));
                if let Some((index, (_, any @ false))) = nothing {
                    *any = true;
                    emit(Delta::ToolArguments { choice: 0, index: index as u32, fragment: Text::from_raw("{}") });
                }
            }
            "citation-start" => self.citation(message, emit),
            "message-end" => return self.end(root, emit),
            "error" => return self.fail(whole_error(root), emit),
            // `content-end`, `citation-end`, `debug`, and what is to come.
            _ => {}
        }
        Seen::Event
    }

    fn ended(&self) -> bool {
        self.state != State::Open
    }
}

impl Reader {
    fn fail(&mut self, error: ApiError, emit: &mut dyn FnMut(Delta<'_>)) -> Seen {
        self.state = State::Failed;
        emit(Delta::Error(error));
        Seen::Error
    }

    fn end(&mut self, root: Value<'_, '_>, emit: &mut dyn FnMut(Delta<'_>)) -> Seen {
        let delta = root.get("delta");
        let member = |name: &str| delta.and_then(|delta| delta.some(name));
        if let Some(usage) = member("usage").and_then(usage::read) {
            emit(Delta::Usage(usage));
        }
        let word = member("finish_reason").and_then(Value::text);
        match finish_of(word.as_ref(), !self.calls.is_empty(), words_of(member("error"))) {
            Ok(finish) => {
                self.state = State::Ended;
                emit(Delta::Finish { choice: 0, finish, stop_sequence: None });
                emit(Delta::End);
                Seen::End
            }
            Err(error) => self.fail(error, emit),
        }
    }

    fn content_start(&mut self, root: Value<'_, '_>, message: Option<Value<'_, '_>>, emit: &mut dyn FnMut(Delta<'_>)) {
        let Some(content) = message.and_then(|message| message.get("content")) else { return };
        if content.get("type").is_some_and(|kind| kind.is("thinking")) {
            self.planning = false;
            emit(Delta::ThinkingStart(0));
        } else if self.bases.len() < MAX_LANES {
            self.bases.push((index_of(root), self.chars));
        }
        self.content(root, message, emit);
    }

    fn content(&mut self, root: Value<'_, '_>, message: Option<Value<'_, '_>>, emit: &mut dyn FnMut(Delta<'_>)) {
        let content = message.and_then(|message| message.get("content"));
        if let Some(thought) = said(content, "thinking") {
            emit(Delta::Thinking(0, thought));
        }
        if let Some(text) = said(content, "text") {
            self.chars = self.chars.saturating_add(text.chars());
            emit(Delta::Text(0, text));
        }
        let logprobs = root.some("logprobs");
        // One for the chunk; a list as in whole answers is taken, too.
        let alone = logprobs.filter(|one| one.kind() == Kind::Object).and_then(read_logprob);
        let tokens: Vec<_> =
            alone.into_iter().chain(logprobs.into_iter().flat_map(Value::items).filter_map(read_logprob)).collect();
        if !tokens.is_empty() {
            emit(Delta::Logprobs(0, tokens));
        }
    }

    fn call_start(&mut self, root: Value<'_, '_>, call: Option<Value<'_, '_>>, emit: &mut dyn FnMut(Delta<'_>)) {
        let Some(call) = call.filter(|_| self.calls.len() < MAX_LANES) else { return };
        let index = self.calls.len();
        self.calls.push((index_of(root), false));
        let text = |object: Option<Value<'_, '_>>, name: &str| {
            object.and_then(|object| object.get(name)).and_then(Value::text).map(Text::into_owned).unwrap_or_default()
        };
        let (id, name) = (text(Some(call), "id"), text(call.get("function"), "name"));
        emit(Delta::ToolStart { choice: 0, index: index as u32, id, name, signature: None });
        self.arguments(index, Some(call), emit);
    }

    fn arguments(&mut self, index: usize, call: Option<Value<'_, '_>>, emit: &mut dyn FnMut(Delta<'_>)) {
        let function = call.and_then(|call| call.get("function"));
        if let (Some(fragment), Some((_, any))) = (said(function, "arguments"), self.calls.get_mut(index)) {
            *any = true;
            emit(Delta::ToolArguments { choice: 0, index: index as u32, fragment });
        }
    }

    fn citation(&mut self, message: Option<Value<'_, '_>>, emit: &mut dyn FnMut(Delta<'_>)) {
        let Some(citation) = message.and_then(|message| one_of(message.some("citations"))) else { return };
        if !is_about_text(citation) {
            return emit(Delta::Unmapped("message.citations"));
        }
        let block = citation.some("content_index").and_then(Value::u64).unwrap_or(0);
        let base = self.bases.iter().find(|(index, _)| *index == block).map_or(0, |(_, base)| *base);
        read_citation(citation, base, &mut |citation| emit(Delta::Citation(0, citation)));
    }
}

/// An error that is no part of an event of Cohere's.
fn whole_error(root: Value<'_, '_>) -> ApiError {
    error::read(502, &Headers::new(), root.raw().as_bytes())
}

/// A member's text, unless it is empty.
fn said<'a>(object: Option<Value<'_, 'a>>, name: &str) -> Option<Text<'a>> {
    object?.get(name)?.text().filter(|text| !text.is_empty())
}

/// The one that an event is about. Cohere has it as it is; some servers that imitate it have a list with it.
fn one_of<'d, 'a>(value: Option<Value<'d, 'a>>) -> Option<Value<'d, 'a>> {
    let value = value?;
    if value.kind() == Kind::Array { value.items().next() } else { Some(value) }
}

fn call_of<'d, 'a>(message: Option<Value<'d, 'a>>) -> Option<Value<'d, 'a>> {
    one_of(message?.some("tool_calls"))
}

fn index_of(root: Value<'_, '_>) -> u64 {
    root.get("index").and_then(Value::u64).unwrap_or(0)
}
