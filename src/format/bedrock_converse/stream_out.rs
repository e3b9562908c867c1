//! Writes a streamed answer for a client of Converse's, one frame an event. `messageStop` and `metadata` wait for the end,
//! when usage is known.

use super::answer::{writable, write_call_id, write_citation, write_redacted, write_stop_sequence};
use super::{error, settle, stop_reason_of, write_tier, write_usage};
use crate::chat::{ApiError, Citation, Delta, Finish, Media, MediaKind, Usage};
use crate::format::blocks::{Block, Blocks, Events, Piece};
use crate::format::{Ask, StreamWriter};
use crate::wire::event_stream;
use crate::wire::frame::{self, Framing};
use crate::wire::json::{self, Text};

/// Writes a stream for a client of Converse's.
pub(super) struct Writer {
    head: Head,
    blocks: Blocks,
    done: bool,
    finish: Finish,
    stop_sequence: Option<Text<'static>>,
    usage: Option<Usage>,
    tier: Option<Text<'static>>,
}

/// What is written before the first block.
struct Head {
    ask: Ask,
    started: bool,
}

impl Writer {
    pub(super) fn new(ask: &Ask) -> Self {
        Self {
            head: Head { ask: ask.clone(), started: false },
            blocks: Blocks::default(),
            done: false,
            finish: Finish::Stop,
            stop_sequence: None,
            usage: None,
            tier: None,
        }
    }
}

impl StreamWriter for Writer {
    fn write(&mut self, delta: &Delta<'_>, out: &mut Vec<u8>) {
        if self.done {
            return;
        }
        match delta {
            Delta::Start { .. } => self.head.start(out),
            Delta::Finish { choice: 0, finish, stop_sequence } => {
                self.finish = *finish;
                self.stop_sequence = stop_sequence.clone().map(Text::into_owned);
            }
            Delta::Usage(usage) => self.usage = Some(*usage),
            Delta::ServiceTier(tier) => self.tier = Some(tier.clone().into_owned()),
            Delta::Error(error) => return self.fail(error, out),
            Delta::End => return self.end(out),
            _ => {}
        }
        if let Err(error) = self.blocks.step(delta, &mut Frames { head: &mut self.head, out }) {
            self.fail(&error, out);
        }
    }
}

impl Writer {
    fn end(&mut self, out: &mut Vec<u8>) {
        self.head.start(out);
        self.blocks.settle(&mut Frames { head: &mut self.head, out });
        let finish = settle(self.finish, self.blocks.calls() > 0);
        event(out, "messageStop", |json| {
            json.key("stopReason").string(stop_reason_of(finish, self.stop_sequence.is_some()));
            write_stop_sequence(json, self.stop_sequence.as_ref());
        });
        event(out, "metadata", |json| {
            // Both must be there; where the provider tells nothing it is zero. How long it took is not known here.
            write_usage(json.key("usage"), &self.usage.unwrap_or_default());
            json.key("metrics").open().key("latencyMs").number(0).close();
            if let Some(tier) = &self.tier {
                write_tier(json, tier);
            }
        });
        self.done = true;
    }

    fn fail(&mut self, error: &ApiError, out: &mut Vec<u8>) {
        self.done = true;
        event_stream::write_exception(out, error::exception_of(error), &error::write(error));
    }
}

impl Head {
    fn start(&mut self, out: &mut Vec<u8>) {
        if !std::mem::replace(&mut self.started, true) {
            event(out, "messageStart", |json| {
                json.key("role").string("assistant");
            });
        }
    }
}

/// The frames of one block after the other.
struct Frames<'w> {
    head: &'w mut Head,
    out: &'w mut Vec<u8>,
}

impl Frames<'_> {
    fn delta(&mut self, index: u64, content: impl FnOnce(&mut json::Writer)) {
        event(self.out, "contentBlockDelta", |json| {
            json.key("contentBlockIndex").number(index).key("delta").open();
            content(json);
            json.close();
        });
    }

    fn start(&mut self, index: u64, content: impl FnOnce(&mut json::Writer)) {
        event(self.out, "contentBlockStart", |json| {
            json.key("start").open();
            content(json);
            json.close().key("contentBlockIndex").number(index);
        });
    }
}

impl Events for Frames<'_> {
    fn open(&mut self, index: u64, block: &Block<'_>) {
        self.head.start(self.out);
        match block {
            // These begin with their first piece.
            Block::Text | Block::Thinking => {}
            Block::Redacted(data) => self.delta(index, |json| {
                json.key("reasoningContent").open();
                write_redacted(json, data);
                json.close();
            }),
            Block::Call { number, id, name } => {
                let ask = self.head.ask.clone();
                self.start(index, |json| {
                    json.key("toolUse").open().key("toolUseId");
                    write_call_id(json, id, *number, &ask);
                    json.key("name").text(name).close();
                });
            }
            Block::Media(media) => {
                let Some((_, format, data)) = writable(media) else { return };
                self.start(index, |json| {
                    json.key("image").open().key("format").string(format).close();
                });
                self.delta(index, |json| {
                    json.key("image").open().key("source").open().key("bytes").text(data).close().close();
                });
            }
        }
    }

    fn piece(&mut self, index: u64, piece: Piece, raw: &str) {
        let raw = Text::from_raw(raw);
        self.delta(index, |json| {
            match piece {
                Piece::Text => json.key("text").text(&raw),
                Piece::Thinking => json.key("reasoningContent").open().key("text").text(&raw).close(),
                Piece::Signature => json.key("reasoningContent").open().key("signature").text(&raw).close(),
                Piece::Arguments => json.key("toolUse").open().key("input").text(&raw).close(),
            };
        });
    }

    fn citation(&mut self, index: u64, citation: &Citation<'_>) {
        self.delta(index, |json| write_citation(json.key("citation"), citation));
    }

    fn close(&mut self, index: u64) {
        event(self.out, "contentBlockStop", |json| {
            json.key("contentBlockIndex").number(index);
        });
    }

    fn takes(&self, media: &Media<'_>) -> bool {
        matches!(writable(media), Some((MediaKind::Image, ..)))
    }
}

fn event(out: &mut Vec<u8>, name: &str, content: impl FnOnce(&mut json::Writer)) {
    frame::Writer::new(Framing::AwsEventStream).object(out, Some(name), content);
}

#[cfg(test)]
mod tests;
