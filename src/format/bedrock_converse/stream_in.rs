//! Reads a streamed answer of Converse's.
//!
//! Events are told apart by the name of their frame; names, blocks and deltas from the future say nothing. Text and
//! reasoning have no start of their own. The last event is `metadata`, with the usage, after `messageStop`; a stream that
//! ends between the two has said all but that.

use super::answer::{is_told, read_citation, stop_sequence};
use super::{UNMAPPED, error, finish_of, media, read_tier, read_usage, request_in};
use crate::chat::{Delta, Media, MediaKind, MediaSource, Origin, Signature};
use crate::format::{Seen, StreamReader};
use crate::wire::frame;
use crate::wire::json::{Doc, Text, Value};

/// How many blocks may be open at once. Bedrock opens one after the other.
const MAX_OPEN_BLOCKS: usize = 64;
/// How large a picture may become that arrives in pieces: what one event may hold.
const MAX_MEDIA_BYTES: usize = frame::MAX_EVENT_BYTES;

/// Reads a stream of Converse's.
#[derive(Default)]
pub(super) struct Reader {
    /// Open blocks by the provider's index, which counts all kinds of block.
    blocks: Vec<(u64, Block)>,
    /// How many calls there were: the next one's index.
    calls: u32,
    state: State,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum State {
    #[default]
    Open,
    /// `messageStop` came.
    Stopped,
    /// `metadata` came.
    Ended,
    Failed,
}

enum Block {
    Thinking,
    Call {
        index: u32,
        /// Whether a fragment of the arguments came.
        any: bool,
    },
    /// Base64 so far, whole pieces only.
    Image {
        media_type: String,
        data: String,
    },
    /// Of the provider's own tools; none of the client's business.
    Other,
}

impl StreamReader for Reader {
    fn read(&mut self, event: &frame::Event<'_>, emit: &mut dyn FnMut(Delta<'_>)) -> Seen {
        if !event.has_data {
            return if event.complete { Seen::Event } else { Seen::Unknown };
        }
        if matches!(self.state, State::Ended | State::Failed) {
            return Seen::Unknown;
        }
        if event.fault {
            self.state = State::Failed;
            emit(Delta::Error(error::of_frame(event.name, &event.data)));
            return Seen::Error;
        }
        let (Some(name), Ok(doc)) = (event.name, Doc::parse(&event.data)) else { return Seen::Unknown };
        let root = doc.root();
        match name {
            b"contentBlockDelta" => self.delta(root, emit),
            b"contentBlockStart" => self.block_start(root, emit),
            b"contentBlockStop" => self.block_stop(root, emit),
            b"messageStart" => emit(Delta::Start { id: Text::default(), model: Text::default(), created: None }),
            b"messageStop" => {
                self.state = State::Stopped;
                note_unmapped(root, emit);
                let finish = finish_of(root.get("stopReason"), self.calls > 0);
                emit(Delta::Finish { choice: 0, finish, stop_sequence: stop_sequence(root) });
            }
            b"metadata" => {
                self.state = State::Ended;
                note_unmapped(root, emit);
                if let Some(tier) = read_tier(root) {
                    emit(Delta::ServiceTier(tier));
                }
                if let Some(usage) = root.some("usage").and_then(read_usage) {
                    emit(Delta::Usage(usage));
                }
                emit(Delta::End);
                return Seen::End;
            }
            _ => {}
        }
        Seen::Event
    }

    fn ended(&self) -> bool {
        matches!(self.state, State::Stopped | State::Ended)
    }
}

impl Reader {
    fn open(&mut self, root: Value<'_, '_>, block: Block) {
        if self.blocks.len() < MAX_OPEN_BLOCKS {
            self.blocks.push((index_of(root), block));
        }
    }

    fn block_start(&mut self, root: Value<'_, '_>, emit: &mut dyn FnMut(Delta<'_>)) {
        let Some(start) = root.get("start") else { return };
        if let Some(call) = start.some("toolUse").filter(|call| call.some("type").is_none()) {
            let text = |name| call.get(name).and_then(Value::text).unwrap_or_default();
            let index = self.calls;
            self.calls += 1;
            emit(Delta::ToolStart { choice: 0, index, id: text("toolUseId"), name: text("name"), signature: None });
            self.open(root, Block::Call { index, any: false });
        } else if let Some(image) = start.some("image") {
            let format = image.get("format").and_then(Value::text).unwrap_or_default();
            let media_type = media::type_of(MediaKind::Image, &format.decode());
            self.open(root, Block::Image { media_type, data: String::new() });
        } else {
            self.open(root, Block::Other);
        }
    }

    fn delta(&mut self, root: Value<'_, '_>, emit: &mut dyn FnMut(Delta<'_>)) {
        let (Some(delta), index) = (root.get("delta"), index_of(root)) else { return };
        let block = self.blocks.iter_mut().rev().find(|(at, _)| *at == index).map(|(_, block)| block);
        if let Some(text) = delta.get("text").and_then(Value::text) {
            say(text, emit, |text| Delta::Text(0, text));
        } else if let Some(reasoning) = delta.some("reasoningContent") {
            if block.is_none() {
                emit(Delta::ThinkingStart(0));
                self.open(root, Block::Thinking);
            }
            let text = |name| reasoning.get(name).and_then(Value::text).unwrap_or_default();
            say(text("text"), emit, |text| Delta::Thinking(0, text));
            say(text("signature"), emit, |value| Delta::Signature(0, Signature::unseal(value, Origin::Anthropic)));
            say(text("redactedContent"), emit, |data| Delta::RedactedThinking(0, request_in::read_redacted(data)));
        } else if let Some(citation) = delta.some("citation") {
            emit(Delta::Citation(0, read_citation(citation)));
        } else {
            match block {
                Some(Block::Call { index, any }) => {
                    let fragment = delta.some("toolUse").and_then(|call| call.get("input")).and_then(Value::text);
                    let fragment = fragment.unwrap_or_default();
                    *any |= !fragment.is_empty();
                    say(fragment, emit, |fragment| Delta::ToolArguments { choice: 0, index: *index, fragment });
                }
                Some(Block::Image { data, .. }) => {
                    let source = delta.some("image").and_then(|image| image.some("source"));
                    let piece = source.and_then(|source| source.get("bytes")).and_then(Value::text).unwrap_or_default();
                    // Pieces of base64 can be joined as long as none before was padded.
                    if data.ends_with('=') || data.len() + piece.raw().len() > MAX_MEDIA_BYTES {
                        return emit(Delta::Unmapped("image"));
                    }
                    data.push_str(piece.raw());
                }
                Some(Block::Thinking | Block::Other) | None => {}
            }
        }
    }

    fn block_stop(&mut self, root: Value<'_, '_>, emit: &mut dyn FnMut(Delta<'_>)) {
        let index = index_of(root);
        let Some(at) = self.blocks.iter().rposition(|(block, _)| *block == index) else { return };
        match self.blocks.remove(at).1 {
            Block::Call { index, any: false } => {
                emit(Delta::ToolArguments { choice: 0, index, fragment: Text::from_raw("{}") });
            }
            Block::Image { media_type, data } if !data.is_empty() => {
                let (media_type, data) = (Text::from_plain(&media_type), Text::from_raw(&data));
                let source = MediaSource::Data { media_type, data };
                let media = Media { kind: MediaKind::Image, source, detail: None, filename: None, cache: None };
                emit(Delta::Media(0, media));
            }
            _ => {}
        }
    }
}

fn note_unmapped(root: Value<'_, '_>, emit: &mut dyn FnMut(Delta<'_>)) {
    for name in UNMAPPED.iter().filter(|name| is_told(root, name)) {
        emit(Delta::Unmapped(name));
    }
}

fn index_of(root: Value<'_, '_>) -> u64 {
    root.get("contentBlockIndex").and_then(Value::u64).unwrap_or(0)
}

fn say<'t>(text: Text<'t>, emit: &mut dyn FnMut(Delta<'_>), delta: impl FnOnce(Text<'t>) -> Delta<'t>) {
    if !text.is_empty() {
        emit(delta(text));
    }
}

#[cfg(test)]
mod tests;
