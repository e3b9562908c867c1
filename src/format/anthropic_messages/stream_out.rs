//! Writes a streamed answer for a client of Anthropic's. The `message_delta` waits for the end, when usage is known.

use super::answer::{tier_word, write_call_id, write_head};
use super::{citations, error, settle, stop_reason_of, write_usage};
use crate::chat::{ApiError, Citation, Delta, Finish, Usage};
use crate::format::blocks::{Block, Blocks, Events, Piece};
use crate::format::{Ask, StreamWriter};
use crate::wire::json::{self, Text};

/// Writes a stream for a client of Anthropic's.
pub(super) struct Writer {
    head: Head,
    blocks: Blocks,
    done: bool,
    finish: Finish,
    stop_sequence: Option<Text<'static>>,
}

/// What is written before the first block.
struct Head {
    ask: Ask,
    started: bool,
    usage: Option<Usage>,
    service_tier: Option<&'static str>,
}

impl Writer {
    pub(super) fn new(ask: &Ask) -> Self {
        Self {
            head: Head { ask: ask.clone(), started: false, usage: None, service_tier: None },
            blocks: Blocks::default(),
            done: false,
            finish: Finish::Stop,
            stop_sequence: None,
        }
    }
}

impl StreamWriter for Writer {
    fn write(&mut self, delta: &Delta<'_>, out: &mut Vec<u8>) {
        if self.done {
            return;
        }
        let mut json = json::Writer { out: std::mem::take(out) };
        self.step(delta, &mut json);
        *out = json.out;
    }
}

impl Writer {
    fn step(&mut self, delta: &Delta<'_>, out: &mut json::Writer) {
        match delta {
            Delta::Start { id, model, .. } => self.head.start(id, model, out),
            Delta::Finish { choice: 0, finish, stop_sequence } => {
                self.finish = *finish;
                self.stop_sequence = stop_sequence.clone().map(Text::into_owned);
            }
            Delta::Usage(usage) => self.head.usage = Some(*usage),
            Delta::ServiceTier(tier) => self.head.service_tier = tier_word(tier),
            Delta::Error(error) => return self.fail(error, out),
            Delta::End => return self.end(out),
            _ => {}
        }
        if let Err(error) = self.blocks.step(delta, &mut Ladder { head: &mut self.head, out }) {
            self.fail(&error, out);
        }
    }

    fn end(&mut self, out: &mut json::Writer) {
        self.head.start(&Text::default(), &Text::default(), out);
        self.blocks.settle(&mut Ladder { head: &mut self.head, out });
        let finish = settle(self.finish, self.blocks.calls() > 0);
        event(out, "message_delta");
        out.key("delta").open();
        out.key("stop_reason").string(stop_reason_of(finish, self.stop_sequence.is_some()));
        out.key("stop_sequence");
        match &self.stop_sequence {
            Some(stop) => out.text(stop),
            None => out.null(),
        };
        out.close();
        match &self.head.usage {
            Some(usage) => write_usage(out.key("usage"), usage, self.head.service_tier),
            // The field must be there; what it does not name stays as it was.
            None => {
                out.key("usage").open().key("output_tokens").number(0).close();
            }
        }
        event_end(out);
        event(out, "message_stop");
        event_end(out);
        self.done = true;
    }

    fn fail(&mut self, error: &ApiError, out: &mut json::Writer) {
        self.done = true;
        out.out.extend_from_slice(b"event: error\ndata: ");
        error::write_value(out, error);
        out.out.extend_from_slice(b"\n\n");
    }
}

impl Head {
    fn start(&mut self, id: &Text<'_>, model: &Text<'_>, out: &mut json::Writer) {
        if std::mem::replace(&mut self.started, true) {
            return;
        }
        event(out, "message_start");
        out.key("message");
        write_head(out, id, model, &self.ask);
        out.key("content").open_array().close_array();
        out.key("stop_reason").null().key("stop_sequence").null();
        write_usage(out.key("usage"), &self.usage.unwrap_or_default(), self.service_tier);
        out.close();
        event_end(out);
    }
}

/// The events of one block after the other.
struct Ladder<'w> {
    head: &'w mut Head,
    out: &'w mut json::Writer,
}

impl Events for Ladder<'_> {
    fn open(&mut self, index: u64, block: &Block<'_>) {
        self.head.start(&Text::default(), &Text::default(), self.out);
        let out = &mut *self.out;
        event(out, "content_block_start");
        out.key("index").number(index);
        out.key("content_block").open();
        match block {
            Block::Text => {
                out.key("type").string("text").key("text").string("");
            }
            Block::Thinking => {
                out.key("type").string("thinking").key("thinking").string("").key("signature").string("");
            }
            Block::Redacted(data) => {
                out.key("type").string("redacted_thinking").key("data").text(data);
            }
            Block::Call { number, id, name } => {
                out.key("type").string("tool_use").key("id");
                write_call_id(out, id, *number, &self.head.ask);
                out.key("name").text(name).key("input").open().close();
            }
            // There is no such block; see `Events::takes`.
            Block::Media(_) => {}
        }
        out.close();
        event_end(out);
    }

    fn piece(&mut self, index: u64, piece: Piece, raw: &str) {
        let (kind, member) = match piece {
            Piece::Text => ("text_delta", "text"),
            Piece::Thinking => ("thinking_delta", "thinking"),
            Piece::Signature => ("signature_delta", "signature"),
            Piece::Arguments => ("input_json_delta", "partial_json"),
        };
        event(self.out, "content_block_delta");
        self.out.key("index").number(index);
        self.out.key("delta").open().key("type").string(kind).key(member).text(&Text::from_raw(raw)).close();
        event_end(self.out);
    }

    fn citation(&mut self, index: u64, citation: &Citation<'_>) {
        event(self.out, "content_block_delta");
        self.out.key("index").number(index);
        self.out.key("delta").open().key("type").string("citations_delta").key("citation");
        citations::write(citation, self.out);
        self.out.close();
        event_end(self.out);
    }

    fn close(&mut self, index: u64) {
        event(self.out, "content_block_stop");
        self.out.key("index").number(index);
        event_end(self.out);
    }
}

/// Begins an event and its object. Anthropic's SDKs go by the event's name, so it is always there.
fn event(out: &mut json::Writer, kind: &str) {
    out.out.extend_from_slice(b"event: ");
    out.out.extend_from_slice(kind.as_bytes());
    out.out.extend_from_slice(b"\ndata: {\"type\":\"");
    out.out.extend_from_slice(kind.as_bytes());
    out.out.push(b'"');
}

fn event_end(out: &mut json::Writer) {
    out.close().out.extend_from_slice(b"\n\n");
}

#[cfg(test)]
mod tests;
