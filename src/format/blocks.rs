//! Puts the steps of a stream into blocks of which one is open at a time, as clients of Messages and of Converse want
//! them.
//!
//! What belongs to another block while a call's arguments are still incomplete (parallel calls whose fragments
//! interleave) waits its turn; arguments are complete when their JSON object closes.

use std::collections::VecDeque;

use crate::chat::{ApiError, Citation, Delta, Media, MediaSource, Origin};
use crate::wire::json::Text;

/// How many bytes may wait for an incomplete call. Far beyond any answer; at the end of it the stream is given up.
const MAX_WAITING_BYTES: usize = 4 * 1024 * 1024;

/// A block that opens.
pub(super) enum Block<'t> {
    /// Text, which comes in pieces.
    Text,
    /// Reasoning, which comes in pieces, with its signature in one piece at its end.
    Thinking,
    /// Reasoning kept secret, whole.
    Redacted(&'t Text<'t>),
    /// A call, whose arguments come in pieces.
    Call {
        /// How many calls there were before.
        number: u32,
        /// The provider's id for it.
        id: &'t Text<'t>,
        /// The tool.
        name: &'t Text<'t>,
    },
    /// A picture or sound, whole.
    Media(&'t Media<'t>),
}

/// What a piece of the open block is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub(super) enum Piece {
    Text,
    Thinking,
    Signature,
    Arguments,
}

/// Writes what happens to blocks, in a format's own events.
pub(super) trait Events {
    /// Opens a block.
    fn open(&mut self, index: u64, block: &Block<'_>);
    /// More of the open block; `raw` is escaped already.
    fn piece(&mut self, index: u64, piece: Piece, raw: &str);
    /// A source of the open block of text.
    fn citation(&mut self, index: u64, citation: &Citation<'_>) {
        let _ = (index, citation);
    }
    /// Closes it.
    fn close(&mut self, index: u64);
    /// Whether there is a block for this picture or sound; where there is none, it is left out.
    fn takes(&self, media: &Media<'_>) -> bool {
        let _ = media;
        false
    }
}

/// The blocks of one answer.
#[derive(Default)]
pub(super) struct Blocks {
    /// The next block's index, or the open one's.
    next: u64,
    open: Option<Open>,
    /// Blocks that wait until the open call is complete.
    waiting: VecDeque<Waiting>,
    waiting_bytes: usize,
    calls: u32,
}

/// The block that is open.
enum Open {
    Text {
        /// Its sources were told: text that comes now has others.
        cited: bool,
    },
    Thinking {
        /// Held to the block's end: clients take each piece of a signature for the whole.
        signature: String,
    },
    Call {
        index: u32,
        json: Completeness,
    },
}

/// A block that waits, with what it says so far, escaped.
struct Waiting {
    kind: Kind,
    said: String,
    signature: String,
}

enum Kind {
    Text,
    Thinking,
    Redacted,
    Call { index: u32, id: Text<'static>, name: Text<'static> },
    Citation(Citation<'static>),
    Media(Media<'static>),
}

impl Blocks {
    /// How many calls there were.
    pub fn calls(&self) -> u32 {
        self.calls
    }

    /// Takes one step of the first choice, the only one there is. Steps that say nothing to be put into a block are left
    /// to the caller. Fails if more would have to wait than may.
    pub fn step(&mut self, delta: &Delta<'_>, events: &mut dyn Events) -> Result<(), ApiError> {
        match delta {
            Delta::Text(0, text) | Delta::Refusal(0, text) if !text.is_empty() => self.text(text, events),
            Delta::ThinkingStart(0) => self.thinking_start(events),
            Delta::Thinking(0, text) => self.thinking(text, events),
            Delta::Signature(0, signature) => self.signature(&signature.seal(Origin::Anthropic), events),
            Delta::RedactedThinking(0, data) => self.redacted(data, events),
            Delta::ToolStart { choice: 0, index, id, name, signature } => {
                if let Some(signature) = signature {
                    self.call_signature(&signature.seal(Origin::Anthropic), events);
                }
                self.call(*index, id, name, events);
            }
            Delta::ToolArguments { choice: 0, index, fragment } => self.arguments(*index, fragment, events),
            Delta::Citation(0, citation) => self.citation(citation, events),
            Delta::Media(0, media) if events.takes(media) => self.media(media, events),
            Delta::Finish { choice: 0, .. } => self.settle(events),
            _ => {}
        }
        match self.waiting_bytes > MAX_WAITING_BYTES {
            true => Err(ApiError::bad_answer("the provider's parallel calls cannot be put in order")),
            false => Ok(()),
        }
    }

    /// Writes what waits and closes what is open: nothing more will come.
    pub fn settle(&mut self, events: &mut dyn Events) {
        self.write_waiting(events, true);
        self.close_block(events);
    }

    /// Whether a call is open whose arguments are not complete: nothing else may be written now.
    fn busy(&self) -> bool {
        matches!(&self.open, Some(Open::Call { json, .. }) if !json.complete())
    }

    fn text(&mut self, text: &Text<'_>, events: &mut dyn Events) {
        if self.busy() {
            return self.wait(Kind::Text, text);
        }
        if !matches!(self.open, Some(Open::Text { cited: false })) {
            self.open_block(events, Open::Text { cited: false }, &Block::Text);
        }
        events.piece(self.next, Piece::Text, text.raw());
    }

    fn thinking_start(&mut self, events: &mut dyn Events) {
        if self.busy() {
            // What comes now belongs to no block that waits already.
            self.waiting.push_back(Waiting { kind: Kind::Thinking, said: String::new(), signature: String::new() });
            self.waiting_bytes += 64;
        } else if matches!(self.open, Some(Open::Thinking { .. })) {
            self.close_block(events);
        }
    }

    fn thinking(&mut self, text: &Text<'_>, events: &mut dyn Events) {
        if self.busy() {
            return self.wait(Kind::Thinking, text);
        }
        // A signature ends its block: thinking that goes on after it is another.
        if !matches!(&self.open, Some(Open::Thinking { signature }) if signature.is_empty()) {
            if text.is_empty() {
                return;
            }
            self.open_thinking(events);
        }
        if !text.is_empty() {
            events.piece(self.next, Piece::Thinking, text.raw());
        }
    }

    fn open_thinking(&mut self, events: &mut dyn Events) {
        self.open_block(events, Open::Thinking { signature: String::new() }, &Block::Thinking);
    }

    fn signature(&mut self, text: &Text<'_>, events: &mut dyn Events) {
        if self.busy() {
            match self.waiting.back_mut() {
                Some(Waiting { kind: Kind::Thinking, signature, .. }) => signature.push_str(text.raw()),
                _ => {
                    let signature = text.raw().to_owned();
                    self.waiting.push_back(Waiting { kind: Kind::Thinking, said: String::new(), signature });
                }
            }
            self.waiting_bytes += text.raw().len();
            return;
        }
        if !matches!(self.open, Some(Open::Thinking { .. })) {
            self.open_thinking(events);
        }
        if let Some(Open::Thinking { signature }) = &mut self.open {
            signature.push_str(text.raw());
        }
    }

    /// A call of Gemini's may be signed, and no block of a call has a place for that: it stands in a block of reasoning
    /// that says nothing, just before the call.
    fn call_signature(&mut self, sealed: &Text<'_>, events: &mut dyn Events) {
        self.thinking_start(events);
        self.signature(sealed, events);
    }

    fn redacted(&mut self, data: &Text<'_>, events: &mut dyn Events) {
        if self.busy() {
            return self.wait(Kind::Redacted, data);
        }
        self.whole_block(events, &Block::Redacted(data));
    }

    fn media(&mut self, media: &Media<'_>, events: &mut dyn Events) {
        if self.busy() {
            let media = media.to_static();
            self.waiting_bytes += size_of(&media);
            return self.wait(Kind::Media(media), &Text::default());
        }
        self.whole_block(events, &Block::Media(media));
    }

    fn citation(&mut self, citation: &Citation<'_>, events: &mut dyn Events) {
        if self.busy() {
            self.wait(Kind::Citation(citation.to_static()), &Text::default());
        } else if let Some(Open::Text { cited }) = &mut self.open {
            *cited = true;
            events.citation(self.next, citation);
        }
    }

    fn call(&mut self, index: u32, id: &Text<'_>, name: &Text<'_>, events: &mut dyn Events) {
        if self.busy() {
            let kind = Kind::Call { index, id: id.clone().into_owned(), name: name.clone().into_owned() };
            self.wait(kind, &Text::default());
        } else {
            self.open_call(index, id, name, events);
        }
    }

    fn open_call(&mut self, index: u32, id: &Text<'_>, name: &Text<'_>, events: &mut dyn Events) {
        let number = self.calls;
        self.calls += 1;
        let open = Open::Call { index, json: Completeness::default() };
        self.open_block(events, open, &Block::Call { number, id, name });
    }

    fn arguments(&mut self, call: u32, fragment: &Text<'_>, events: &mut dyn Events) {
        if fragment.is_empty() {
            return;
        }
        match &mut self.open {
            Some(Open::Call { index, json }) if *index == call => {
                json.read(fragment);
                let complete = json.complete();
                events.piece(self.next, Piece::Arguments, fragment.raw());
                if complete {
                    self.write_waiting(events, false);
                }
            }
            _ => {
                let kind = |block: &&mut Waiting| matches!(block.kind, Kind::Call { index, .. } if index == call);
                // A call that is closed was complete, so what comes after it can only be white space.
                if let Some(block) = self.waiting.iter_mut().find(kind) {
                    block.said.push_str(fragment.raw());
                    self.waiting_bytes += fragment.raw().len();
                }
            }
        }
    }

    fn wait(&mut self, kind: Kind, said: &Text<'_>) {
        let more = match (&kind, self.waiting.back_mut()) {
            (Kind::Text, Some(block)) if matches!(block.kind, Kind::Text) => Some(block),
            (Kind::Thinking, Some(block)) if matches!(block.kind, Kind::Thinking) && block.signature.is_empty() => {
                Some(block)
            }
            _ => None,
        };
        match more {
            Some(block) => block.said.push_str(said.raw()),
            None => {
                self.waiting.push_back(Waiting { kind, said: said.raw().to_owned(), signature: String::new() });
            }
        }
        self.waiting_bytes += said.raw().len() + 64;
    }

    /// Writes the blocks that waited, up to and including the first call that is still incomplete; all at the end.
    fn write_waiting(&mut self, events: &mut dyn Events, all: bool) {
        while all || !self.busy() {
            let Some(Waiting { kind, said, signature }) = self.waiting.pop_front() else { break };
            self.waiting_bytes = self.waiting_bytes.saturating_sub(said.len() + signature.len() + 64);
            if self.busy() {
                self.close_block(events);
            }
            let said = Text::from_raw(&said);
            match kind {
                Kind::Text => self.text(&said, events),
                Kind::Thinking => {
                    // Blocks that waited apart stay apart.
                    self.thinking_start(events);
                    self.thinking(&said, events);
                    if !signature.is_empty() {
                        self.signature(&Text::from_raw(&signature), events);
                    }
                }
                Kind::Redacted => self.redacted(&said, events),
                Kind::Call { index, id, name } => {
                    self.open_call(index, &id, &name, events);
                    if let (Some(Open::Call { json, .. }), false) = (&mut self.open, said.is_empty()) {
                        json.read(&said);
                        events.piece(self.next, Piece::Arguments, said.raw());
                    }
                }
                Kind::Citation(citation) => self.citation(&citation, events),
                Kind::Media(media) => {
                    self.waiting_bytes = self.waiting_bytes.saturating_sub(size_of(&media));
                    self.media(&media, events);
                }
            }
        }
    }

    fn open_block(&mut self, events: &mut dyn Events, open: Open, block: &Block<'_>) {
        self.close_block(events);
        events.open(self.next, block);
        self.open = Some(open);
    }

    /// A block that says all of it when it opens.
    fn whole_block(&mut self, events: &mut dyn Events, block: &Block<'_>) {
        self.close_block(events);
        events.open(self.next, block);
        events.close(self.next);
        self.next += 1;
    }

    fn close_block(&mut self, events: &mut dyn Events) {
        let Some(open) = self.open.take() else { return };
        if let Open::Thinking { signature } = &open
            && !signature.is_empty()
        {
            events.piece(self.next, Piece::Signature, signature);
        }
        events.close(self.next);
        self.next += 1;
    }
}

fn size_of(media: &Media<'_>) -> usize {
    match &media.source {
        MediaSource::Data { data, .. } => data.raw().len(),
        MediaSource::Url(place) | MediaSource::FileId(place) => place.raw().len(),
    }
}

/// Follows a JSON object through its fragments, to know when it has closed.
#[derive(Default)]
pub(super) struct Completeness {
    depth: u32,
    in_string: bool,
    escaped: bool,
    begun: bool,
}

impl Completeness {
    pub fn read(&mut self, fragment: &Text<'_>) {
        for byte in fragment.decode().bytes() {
            match byte {
                _ if std::mem::take(&mut self.escaped) => {}
                b'\\' if self.in_string => self.escaped = true,
                b'"' => self.in_string = !self.in_string,
                _ if self.in_string => {}
                b'{' | b'[' => {
                    self.depth += 1;
                    self.begun = true;
                }
                b'}' | b']' => self.depth = self.depth.saturating_sub(1),
                _ => {}
            }
        }
    }

    pub fn complete(&self) -> bool {
        self.begun && self.depth == 0
    }
}
