//! Writes a streamed answer for a client of Anthropic's.
//!
//! One block is open at a time. What belongs to another block while a call's arguments are still incomplete (parallel
//! calls whose fragments interleave) waits its turn; arguments are complete when their JSON object closes. The
//! `message_delta` waits for the end, when usage is known.

use std::collections::VecDeque;

use super::answer::{tier_word, write_call_id, write_head};
use super::{error, settle, stop_reason_of, write_usage};
use crate::chat::{ApiError, Delta, Finish, Origin, Usage};
use crate::format::{Ask, StreamWriter};
use crate::wire::json::{self, Text};

/// How many bytes may wait for an incomplete call. Far beyond any answer; at the end of it the stream is given up.
const MAX_WAITING_BYTES: usize = 4 * 1024 * 1024;

/// Writes a stream for a client of Anthropic's.
pub(super) struct Writer {
    ask: Ask,
    started: bool,
    done: bool,
    /// The next block's index.
    next: u64,
    open: Option<Open>,
    /// Blocks that wait until the open call is complete.
    waiting: VecDeque<Waiting>,
    waiting_bytes: usize,
    calls: u32,
    finish: Finish,
    stop_sequence: Option<Text<'static>>,
    usage: Option<Usage>,
    service_tier: Option<&'static str>,
}

/// The block that is open.
enum Open {
    Text,
    Thinking {
        /// Held to the block's end: clients take each `signature_delta` for the whole.
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
}

impl Writer {
    pub(super) fn new(ask: &Ask) -> Self {
        Self {
            ask: ask.clone(),
            started: false,
            done: false,
            next: 0,
            open: None,
            waiting: VecDeque::new(),
            waiting_bytes: 0,
            calls: 0,
            finish: Finish::Stop,
            stop_sequence: None,
            usage: None,
            service_tier: None,
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
            Delta::Start { id, model, .. } => self.start(id, model, out),
            Delta::Text(0, text) | Delta::Refusal(0, text) => {
                if !text.is_empty() {
                    self.text(text, out);
                }
            }
            Delta::Thinking(0, text) => self.thinking(text, out),
            Delta::Signature(0, signature) => self.signature(&signature.seal(Origin::Anthropic), out),
            Delta::RedactedThinking(0, data) => self.redacted(data, out),
            Delta::ToolStart { choice: 0, index, id, name, .. } => self.call(*index, id, name, out),
            Delta::ToolArguments { choice: 0, index, fragment } => self.arguments(*index, fragment, out),
            Delta::Finish { choice: 0, finish, stop_sequence } => {
                self.finish = *finish;
                self.stop_sequence = stop_sequence.clone().map(Text::into_owned);
                self.settle_blocks(out);
            }
            Delta::Usage(usage) => self.usage = Some(*usage),
            Delta::ServiceTier(tier) => self.service_tier = tier_word(tier),
            Delta::Error(error) => self.fail(error, out),
            Delta::End => self.end(out),
            // A message has one choice.
            Delta::Text(..)
            | Delta::Refusal(..)
            | Delta::Thinking(..)
            | Delta::Signature(..)
            | Delta::RedactedThinking(..)
            | Delta::ToolStart { .. }
            | Delta::ToolArguments { .. }
            | Delta::Finish { .. } => {}
            // No place for them here.
            Delta::ThinkingStart(_)
            | Delta::Media(..)
            | Delta::Citation(..)
            | Delta::Logprobs(..)
            | Delta::Unmapped(_) => {}
        }
    }

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

    /// Whether a call is open whose arguments are not complete: nothing else may be written now.
    fn busy(&self) -> bool {
        matches!(&self.open, Some(Open::Call { json, .. }) if !json.complete())
    }

    fn text(&mut self, text: &Text<'_>, out: &mut json::Writer) {
        if self.busy() {
            return self.wait(Kind::Text, text, out);
        }
        if !matches!(self.open, Some(Open::Text)) {
            self.open_block(out, Open::Text, |out| {
                out.key("type").string("text").key("text").string("");
            });
        }
        self.block_delta(out, "text_delta", "text", text.raw());
    }

    fn thinking(&mut self, text: &Text<'_>, out: &mut json::Writer) {
        if self.busy() {
            return self.wait(Kind::Thinking, text, out);
        }
        // A signature ends its block: thinking that goes on after it is another.
        if !matches!(&self.open, Some(Open::Thinking { signature }) if signature.is_empty()) {
            if text.is_empty() {
                return;
            }
            self.open_thinking(out);
        }
        if !text.is_empty() {
            self.block_delta(out, "thinking_delta", "thinking", text.raw());
        }
    }

    fn open_thinking(&mut self, out: &mut json::Writer) {
        self.open_block(out, Open::Thinking { signature: String::new() }, |out| {
            out.key("type").string("thinking").key("thinking").string("").key("signature").string("");
        });
    }

    fn signature(&mut self, text: &Text<'_>, out: &mut json::Writer) {
        if self.busy() {
            match self.waiting.back_mut() {
                Some(Waiting { kind: Kind::Thinking, signature, .. }) => signature.push_str(text.raw()),
                _ => {
                    let signature = text.raw().to_owned();
                    self.waiting.push_back(Waiting { kind: Kind::Thinking, said: String::new(), signature });
                }
            }
            return self.wait_bytes(text.raw().len(), out);
        }
        if !matches!(self.open, Some(Open::Thinking { .. })) {
            self.open_thinking(out);
        }
        if let Some(Open::Thinking { signature }) = &mut self.open {
            signature.push_str(text.raw());
        }
    }

    fn redacted(&mut self, data: &Text<'_>, out: &mut json::Writer) {
        if self.busy() {
            return self.wait(Kind::Redacted, data, out);
        }
        self.close_block(out);
        self.block_start(out, |out| {
            out.key("type").string("redacted_thinking").key("data").text(data);
        });
        self.block_stop(out);
    }

    fn call(&mut self, index: u32, id: &Text<'_>, name: &Text<'_>, out: &mut json::Writer) {
        let kind = Kind::Call { index, id: id.clone().into_owned(), name: name.clone().into_owned() };
        if self.busy() {
            self.wait(kind, &Text::default(), out);
        } else {
            self.open_call(index, id, name, out);
        }
    }

    fn open_call(&mut self, index: u32, id: &Text<'_>, name: &Text<'_>, out: &mut json::Writer) {
        let number = self.calls;
        self.calls += 1;
        let ask = self.ask.clone();
        self.open_block(out, Open::Call { index, json: Completeness::default() }, |out| {
            out.key("type").string("tool_use").key("id");
            write_call_id(out, id, number, &ask);
            out.key("name").text(name).key("input").open().close();
        });
    }

    fn arguments(&mut self, call: u32, fragment: &Text<'_>, out: &mut json::Writer) {
        if fragment.is_empty() {
            return;
        }
        match &mut self.open {
            Some(Open::Call { index, json }) if *index == call => {
                json.read(fragment);
                let complete = json.complete();
                self.block_delta(out, "input_json_delta", "partial_json", fragment.raw());
                if complete {
                    self.write_waiting(out, false);
                }
            }
            _ => {
                let kind = |block: &&mut Waiting| matches!(block.kind, Kind::Call { index, .. } if index == call);
                // A call that is closed was complete, so what comes after it can only be white space.
                if let Some(block) = self.waiting.iter_mut().find(kind) {
                    block.said.push_str(fragment.raw());
                    self.wait_bytes(fragment.raw().len(), out);
                }
            }
        }
    }

    fn wait(&mut self, kind: Kind, said: &Text<'_>, out: &mut json::Writer) {
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
        self.wait_bytes(said.raw().len() + 64, out);
    }

    fn wait_bytes(&mut self, more: usize, out: &mut json::Writer) {
        self.waiting_bytes += more;
        if self.waiting_bytes > MAX_WAITING_BYTES {
            self.fail(&ApiError::bad_answer("the provider's parallel calls cannot be put in order"), out);
        }
    }

    /// Writes the blocks that waited, up to and including the first call that is still incomplete; all at the end.
    fn write_waiting(&mut self, out: &mut json::Writer, all: bool) {
        while all || !self.busy() {
            let Some(Waiting { kind, said, signature }) = self.waiting.pop_front() else { break };
            self.waiting_bytes = self.waiting_bytes.saturating_sub(said.len() + signature.len());
            if all {
                self.close_block(out);
            }
            let said = Text::from_raw(&said);
            match kind {
                Kind::Text => self.text(&said, out),
                Kind::Thinking => {
                    self.thinking(&said, out);
                    if !signature.is_empty() {
                        self.signature(&Text::from_raw(&signature), out);
                    }
                }
                Kind::Redacted => self.redacted(&said, out),
                Kind::Call { index, id, name } => {
                    self.open_call(index, &id, &name, out);
                    if let (Some(Open::Call { json, .. }), false) = (&mut self.open, said.is_empty()) {
                        json.read(&said);
                        self.block_delta(out, "input_json_delta", "partial_json", said.raw());
                    }
                }
            }
        }
    }

    fn settle_blocks(&mut self, out: &mut json::Writer) {
        self.write_waiting(out, true);
        self.close_block(out);
    }

    fn end(&mut self, out: &mut json::Writer) {
        self.start(&Text::default(), &Text::default(), out);
        self.settle_blocks(out);
        let finish = settle(self.finish, self.calls > 0);
        event(out, "message_delta");
        out.key("delta").open();
        out.key("stop_reason").string(stop_reason_of(finish, self.stop_sequence.is_some()));
        out.key("stop_sequence");
        match &self.stop_sequence {
            Some(stop) => out.text(stop),
            None => out.null(),
        };
        out.close();
        match &self.usage {
            Some(usage) => write_usage(out.key("usage"), usage, self.service_tier),
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

    fn open_block(&mut self, out: &mut json::Writer, open: Open, content: impl FnOnce(&mut json::Writer)) {
        self.close_block(out);
        self.block_start(out, content);
        self.open = Some(open);
    }

    fn block_start(&mut self, out: &mut json::Writer, content: impl FnOnce(&mut json::Writer)) {
        self.start(&Text::default(), &Text::default(), out);
        event(out, "content_block_start");
        out.key("index").number(self.next);
        out.key("content_block").open();
        content(out);
        out.close();
        event_end(out);
    }

    /// One delta. `raw` is escaped already.
    fn block_delta(&self, out: &mut json::Writer, kind: &str, member: &str, raw: &str) {
        event(out, "content_block_delta");
        out.key("index").number(self.next);
        out.key("delta").open().key("type").string(kind).key(member).text(&Text::from_raw(raw)).close();
        event_end(out);
    }

    fn block_stop(&mut self, out: &mut json::Writer) {
        event(out, "content_block_stop");
        out.key("index").number(self.next);
        event_end(out);
        self.next += 1;
    }

    fn close_block(&mut self, out: &mut json::Writer) {
        let Some(open) = self.open.take() else { return };
        if let Open::Thinking { signature } = &open
            && !signature.is_empty()
        {
            self.block_delta(out, "signature_delta", "signature", signature);
        }
        self.block_stop(out);
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

/// Follows a JSON object through its fragments, to know when it has closed.
#[derive(Default)]
struct Completeness {
    depth: u32,
    in_string: bool,
    escaped: bool,
    begun: bool,
}

impl Completeness {
    fn read(&mut self, fragment: &Text<'_>) {
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

    fn complete(&self) -> bool {
        self.begun && self.depth == 0
    }
}

#[cfg(test)]
mod tests;
