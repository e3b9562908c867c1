//! Reads a streamed answer of Anthropic's.
//!
//! Events are told apart by the `type` in their JSON and not by the event's name; types, blocks and deltas from the
//! future say nothing. The finish is held until `message_stop`, because a stream cut before it is not complete.

use super::{Counts, answer, citations, error, finish_of, settle};
use crate::chat::{ApiError, Citation, Delta, Finish, Origin, Signature};
use crate::format::{Seen, StreamReader, bedrock_converse};
use crate::wire::frame;
use crate::wire::json::{Doc, Text, Value};

/// How many blocks may be open at once. Anthropic opens one; the rest is for servers that imitate it.
const MAX_OPEN_BLOCKS: usize = 64;

/// How many sources of one block are kept.
const MAX_CITATIONS: usize = 256;

/// Reads a stream of Anthropic's.
#[derive(Default)]
pub(super) struct Reader {
    counts: Counts,
    /// Open blocks by the provider's index, which counts all kinds of block.
    blocks: Vec<(u64, Block)>,
    /// How many calls there were: the next one's index.
    calls: u32,
    /// How many characters of text there were.
    chars: u64,
    service_tier: Option<Text<'static>>,
    finish: Finish,
    stop_sequence: Option<Text<'static>>,
    state: State,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum State {
    #[default]
    Open,
    Ended,
    Failed,
}

enum Block {
    Text {
        /// How many characters there were before it.
        from: u64,
        /// Told at its end, when it is known what they are about.
        citations: Vec<Citation<'static>>,
    },
    Thinking,
    Call {
        index: u32,
        /// Whether a fragment of the arguments came.
        any: bool,
        /// Arguments that came whole with the block's start, told only if no fragments follow.
        whole: Option<String>,
    },
}

impl StreamReader for Reader {
    fn read(&mut self, event: &frame::Event<'_>, emit: &mut dyn FnMut(Delta<'_>)) -> Seen {
        if !event.has_data {
            return Seen::Event;
        }
        if self.state != State::Open {
            return Seen::Unknown;
        }
        if event.fault {
            // Bedrock's own words, beside Claude's stream.
            self.state = State::Failed;
            emit(Delta::Error(bedrock_converse::error::of_frame(event.name, &event.data)));
            return Seen::Error;
        }
        let Ok(doc) = Doc::parse(&event.data) else { return Seen::Unknown };
        let root = doc.root();
        let Some(kind) = root.get("type").and_then(Value::text) else {
            return if root.some("error").is_some() { self.fail(root, emit) } else { Seen::Unknown };
        };
        match kind.raw() {
            "content_block_delta" => self.delta(root, emit),
            "content_block_start" => self.block_start(root, emit),
            "content_block_stop" => self.block_stop(root, emit),
            "message_start" => self.message_start(root, emit),
            "message_delta" => self.message_delta(root, emit),
            "message_stop" => {
                self.state = State::Ended;
                for (_, block) in std::mem::take(&mut self.blocks) {
                    self.cite(block, emit);
                }
                let finish = settle(self.finish, self.calls > 0);
                emit(Delta::Finish { choice: 0, finish, stop_sequence: self.stop_sequence.take() });
                emit(Delta::End);
                return Seen::End;
            }
            "error" => return self.fail(root, emit),
            _ => {}
        }
        Seen::Event
    }

    fn ended(&self) -> bool {
        self.state == State::Ended
    }
}

impl Reader {
    fn fail(&mut self, root: Value<'_, '_>, emit: &mut dyn FnMut(Delta<'_>)) -> Seen {
        self.state = State::Failed;
        let error = error::read_value(None, root);
        emit(Delta::Error(error.unwrap_or_else(|| ApiError::bad_answer("the provider failed without saying why"))));
        Seen::Error
    }

    fn message_start(&mut self, root: Value<'_, '_>, emit: &mut dyn FnMut(Delta<'_>)) {
        let message = root.get("message");
        let text = |name| message.and_then(|message| message.get(name)).and_then(Value::text).unwrap_or_default();
        emit(Delta::Start { id: text("id"), model: text("model"), created: None });
        self.usage(message.and_then(|message| message.some("usage")), emit);
    }

    fn usage(&mut self, usage: Option<Value<'_, '_>>, emit: &mut dyn FnMut(Delta<'_>)) {
        let Some(usage) = usage else { return };
        if let Some(tier) =
            answer::read_tier(usage).filter(|tier| Some(tier.raw()) != self.service_tier.as_ref().map(Text::raw))
        {
            self.service_tier = Some(tier.clone().into_owned());
            emit(Delta::ServiceTier(tier));
        }
        self.counts.read(usage);
        if let Some(usage) = self.counts.usage() {
            emit(Delta::Usage(usage));
        }
    }

    fn message_delta(&mut self, root: Value<'_, '_>, emit: &mut dyn FnMut(Delta<'_>)) {
        if let Some(delta) = root.some("delta") {
            if let Some(reason) = delta.some("stop_reason") {
                self.finish = finish_of(Some(reason), self.calls > 0);
            }
            if let Some(stop) = delta.some("stop_sequence").and_then(Value::text) {
                self.stop_sequence = Some(stop.into_owned());
            }
            if let Some(words) = answer::refusal(delta) {
                emit(Delta::Refusal(0, words));
            }
        }
        self.usage(root.some("usage"), emit);
    }

    fn block_start(&mut self, root: Value<'_, '_>, emit: &mut dyn FnMut(Delta<'_>)) {
        let Some(start) = root.get("content_block") else { return };
        let text = |name| start.get(name).and_then(Value::text).unwrap_or_default();
        let block = match text("type").raw() {
            "text" => {
                let (from, said) = (self.chars, text("text"));
                self.chars += said.chars();
                say(said, emit, |text| Delta::Text(0, text));
                Block::Text { from, citations: Vec::new() }
            }
            "thinking" => {
                emit(Delta::ThinkingStart(0));
                say(text("thinking"), emit, |text| Delta::Thinking(0, text));
                say(text("signature"), emit, signature);
                Block::Thinking
            }
            "redacted_thinking" => return emit(Delta::RedactedThinking(0, text("data"))),
            "tool_use" => {
                let index = self.calls;
                self.calls += 1;
                emit(Delta::ToolStart { choice: 0, index, id: text("id"), name: text("name"), signature: None });
                let input = start.get("input").filter(|input| input.members().next().is_some());
                Block::Call { index, any: false, whole: input.map(|input| input.raw().to_owned()) }
            }
            // Server tools and their results, and what is to come: neither the client's text nor its calls.
            _ => return emit(Delta::Unmapped(answer::own_block(&text("type")))),
        };
        if self.blocks.len() < MAX_OPEN_BLOCKS {
            self.blocks.push((index_of(root), block));
        }
    }

    fn delta(&mut self, root: Value<'_, '_>, emit: &mut dyn FnMut(Delta<'_>)) {
        let (Some(delta), index) = (root.get("delta"), index_of(root)) else { return };
        let Some((_, block)) = self.blocks.iter_mut().rev().find(|(at, _)| *at == index) else { return };
        let Some(kind) = delta.get("type").and_then(Value::text) else { return };
        let text = |name| delta.get(name).and_then(Value::text).unwrap_or_default();
        match (kind.raw(), block) {
            ("text_delta", Block::Text { .. }) => {
                let said = text("text");
                self.chars += said.chars();
                say(said, emit, |text| Delta::Text(0, text));
            }
            ("citations_delta", Block::Text { citations, .. }) if citations.len() < MAX_CITATIONS => {
                let found = delta.some("citation").and_then(|citation| citations::read(citation, (0, 1)));
                citations.extend(found.as_ref().map(Citation::to_static));
            }
            ("thinking_delta", Block::Thinking) => say(text("thinking"), emit, |text| Delta::Thinking(0, text)),
            ("signature_delta", Block::Thinking) => say(text("signature"), emit, signature),
            ("input_json_delta", Block::Call { index, any, .. }) => {
                let fragment = text("partial_json");
                *any |= !fragment.is_empty();
                say(fragment, emit, |fragment| Delta::ToolArguments { choice: 0, index: *index, fragment });
            }
            _ => {}
        }
    }

    fn block_stop(&mut self, root: Value<'_, '_>, emit: &mut dyn FnMut(Delta<'_>)) {
        let index = index_of(root);
        let Some(at) = self.blocks.iter().rposition(|(block, _)| *block == index) else { return };
        match self.blocks.remove(at) {
            (_, Block::Call { index, any: false, whole }) => {
                let whole = whole.as_deref().unwrap_or("{}");
                emit(Delta::ToolArguments { choice: 0, index, fragment: Text::from_plain(whole) });
            }
            (_, block) => self.cite(block, emit),
        }
    }

    /// The sources of a block of text that has ended.
    fn cite(&self, block: Block, emit: &mut dyn FnMut(Delta<'_>)) {
        let Block::Text { from, citations } = block else { return };
        for citation in citations {
            let span = Some((from, self.chars)).filter(|(start, end)| start < end);
            emit(Delta::Citation(0, Citation { span, ..citation }));
        }
    }
}

fn index_of(root: Value<'_, '_>) -> u64 {
    root.get("index").and_then(Value::u64).unwrap_or(0)
}

fn signature(value: Text<'_>) -> Delta<'_> {
    Delta::Signature(0, Signature::unseal(value, Origin::Anthropic))
}

fn say<'t>(text: Text<'t>, emit: &mut dyn FnMut(Delta<'_>), delta: impl FnOnce(Text<'t>) -> Delta<'t>) {
    if !text.is_empty() {
        emit(delta(text));
    }
}

#[cfg(test)]
mod tests;
