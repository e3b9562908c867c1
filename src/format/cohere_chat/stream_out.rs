//! Writes a streamed answer for a client of Cohere's.
//!
//! One block of content is open at a time; `message-end` waits for the end, when usage is known. An error in
//! mid-stream is a `message-end` too, with the reason `ERROR`: there is no other event for it.

use super::answer::{Said, call_id, write_citation, write_logprob};
use super::error::sentence;
use super::{finish_word, usage};
use crate::chat::{ApiError, Citation, Delta, Finish, Logprob, Usage};
use crate::format::{Ask, StreamWriter};
use crate::wire::json::{self, Text};

/// How many blocks and calls are followed, as in what is read.
const MAX_LANES: usize = 128;

/// Writes a stream for a client of Cohere's.
pub(super) struct Writer {
    ask: Ask,
    started: bool,
    done: bool,
    /// The next block's index.
    next: u64,
    open: Option<Open>,
    /// The index of each block of text, and how many characters came before it.
    bases: Vec<(u64, u64)>,
    said: Said,
    citations: u64,
    calls: Vec<Call>,
    finish: Option<(Finish, bool)>,
    usage: Option<Usage>,
}

/// The block of content that is open.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Open {
    Text,
    Thinking,
}

/// How far a call has come.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Call {
    /// Without arguments.
    Begun,
    /// With some.
    Going,
    Ended,
}

impl Writer {
    pub(super) fn new(ask: &Ask) -> Self {
        Self {
            ask: ask.clone(),
            started: false,
            done: false,
            next: 0,
            open: None,
            bases: Vec::new(),
            said: Said::default(),
            citations: 0,
            calls: Vec::new(),
            finish: None,
            usage: None,
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
            Delta::Start { id, .. } => self.start(id, out),
            Delta::Text(0, text) | Delta::Refusal(0, text) => {
                if !text.is_empty() {
                    self.content(Open::Text, text, None, out);
                    self.said.push(text);
                }
            }
            Delta::Thinking(0, text) => {
                if !text.is_empty() {
                    self.content(Open::Thinking, text, None, out);
                }
            }
            Delta::ThinkingStart(0) => {
                if self.open == Some(Open::Thinking) {
                    self.close(out);
                }
            }
            Delta::ToolStart { choice: 0, index, id, name, .. } => self.call(*index, id, name, out),
            Delta::ToolArguments { choice: 0, index, fragment } => self.arguments(*index, fragment, out),
            Delta::Citation(0, citation) => self.citation(citation, out),
            Delta::Logprobs(0, tokens) => {
                for token in tokens {
                    self.content(Open::Text, &Text::default(), Some(token), out);
                }
            }
            Delta::Finish { choice: 0, finish, stop_sequence } => {
                self.finish = Some((*finish, stop_sequence.is_some()));
                self.close(out);
                self.end_calls(true, out);
            }
            Delta::Usage(usage) => self.usage = Some(*usage),
            Delta::Error(error) => self.end(Err(error), out),
            Delta::End => self.end(Ok(()), out),
            // An answer has one choice.
            Delta::Text(..)
            | Delta::Refusal(..)
            | Delta::Thinking(..)
            | Delta::ThinkingStart(_)
            | Delta::ToolStart { .. }
            | Delta::ToolArguments { .. }
            | Delta::Citation(..)
            | Delta::Logprobs(..)
            | Delta::Finish { .. } => {}
            // No place for them here.
            Delta::Signature(..)
            | Delta::RedactedThinking(..)
            | Delta::Media(..)
            | Delta::ServiceTier(_)
            | Delta::Unmapped(_) => {}
        }
    }

    fn start(&mut self, id: &Text<'_>, out: &mut json::Writer) {
        if std::mem::replace(&mut self.started, true) {
            return;
        }
        event(out, "message-start");
        out.key("id");
        match id.is_empty() {
            true => out.string(&self.ask.fallback_id),
            false => out.text(id),
        };
        out.key("delta").open().key("message").open().key("role").raw("\"assistant\"");
        out.key("content").raw("[]").key("tool_plan").string("").key("tool_calls").raw("[]").key("citations").raw("[]");
        out.close().close();
        event_end(out);
    }

    /// More of a block of content, which is opened if it is not.
    fn content(&mut self, kind: Open, text: &Text<'_>, logprob: Option<&Logprob<'_>>, out: &mut json::Writer) {
        let member = if kind == Open::Thinking { "thinking" } else { "text" };
        if self.open != Some(kind) {
            self.close(out);
            self.begin(out);
            event(out, "content-start");
            out.key("index").number(self.next).key("delta").open().key("message").open().key("content").open();
            out.key("type").string(member).key(member).string("").close().close().close();
            event_end(out);
            if kind == Open::Text && self.bases.len() < MAX_LANES {
                self.bases.push((self.next, self.said.count));
            }
            self.open = Some(kind);
        }
        event(out, "content-delta");
        out.key("index").number(self.next).key("delta").open().key("message").open().key("content").open();
        out.key(member).text(text).close().close().close();
        if let Some(token) = logprob {
            write_logprob(token, out.key("logprobs"));
        }
        event_end(out);
    }

    /// Closes the block of content that is open.
    fn close(&mut self, out: &mut json::Writer) {
        if self.open.take().is_some() {
            event(out, "content-end");
            out.key("index").number(self.next);
            event_end(out);
            self.next += 1;
        }
    }

    /// Ends the calls that got arguments, or all: one without waits for the answer's end, since calls may begin together.
    fn end_calls(&mut self, all: bool, out: &mut json::Writer) {
        for (index, call) in (0..).zip(&mut self.calls) {
            if *call == Call::Ended || *call == Call::Begun && !all {
                continue;
            }
            if *call == Call::Begun {
                // Clients parse the joined arguments, and nothing is no JSON.
                write_fragment(index, &Text::from_raw("{}"), out);
            }
            *call = Call::Ended;
            event(out, "tool-call-end");
            out.key("index").number(index.into());
            event_end(out);
        }
    }

    fn begin(&mut self, out: &mut json::Writer) {
        self.start(&Text::default(), out);
    }

    fn call(&mut self, index: u32, id: &Text<'_>, name: &Text<'_>, out: &mut json::Writer) {
        if index as usize != self.calls.len() || self.calls.len() >= MAX_LANES {
            return;
        }
        self.close(out);
        self.end_calls(false, out);
        self.begin(out);
        self.calls.push(Call::Begun);
        event(out, "tool-call-start");
        out.key("index").number(index.into()).key("delta").open().key("message").open().key("tool_calls").open();
        out.key("id").text(&call_id(id, index, &self.ask)).key("type").raw("\"function\"");
        out.key("function").open().key("name").text(name).key("arguments").string("").close();
        out.close().close().close();
        event_end(out);
    }

    /// A fragment names its call, so that of a call which has ended (parallel calls that interleave) is no loss.
    fn arguments(&mut self, index: u32, fragment: &Text<'_>, out: &mut json::Writer) {
        let Some(call) = self.calls.get_mut(index as usize).filter(|_| !fragment.is_empty()) else { return };
        if *call == Call::Begun {
            *call = Call::Going;
        }
        write_fragment(index, fragment, out);
    }

    fn citation(&mut self, citation: &Citation<'_>, out: &mut json::Writer) {
        self.begin(out);
        let start = citation.span.map_or(0, |(start, _)| start);
        let within = self.bases.iter().rev().find(|(_, base)| *base <= start);
        let block = within.or(self.bases.first()).copied().unwrap_or((0, 0));
        event(out, "citation-start");
        out.key("index").number(self.citations).key("delta").open().key("message").open().key("citations");
        write_citation(citation, &self.said, block, out);
        out.close().close();
        event_end(out);
        event(out, "citation-end");
        out.key("index").number(self.citations);
        event_end(out);
        self.citations += 1;
    }

    fn end(&mut self, how: Result<(), &ApiError>, out: &mut json::Writer) {
        if how.is_ok() {
            self.begin(out);
            self.close(out);
            self.end_calls(true, out);
        }
        event(out, "message-end");
        out.key("delta").open();
        match how {
            Err(error) => {
                out.key("error").string(&sentence(error)).key("finish_reason").raw("\"ERROR\"");
            }
            Ok(()) => {
                let (finish, stop_sequence) = self.finish.unwrap_or((Finish::Stop, false));
                let finish = match finish {
                    Finish::Stop if !self.calls.is_empty() => Finish::ToolCalls,
                    finish => finish,
                };
                out.key("finish_reason").string(finish_word(finish, stop_sequence));
            }
        }
        if let Some(usage) = &self.usage {
            usage::write(usage, out.key("usage"));
        }
        out.close();
        event_end(out);
        self.done = true;
    }
}

fn write_fragment(index: u32, fragment: &Text<'_>, out: &mut json::Writer) {
    event(out, "tool-call-delta");
    out.key("index").number(index.into()).key("delta").open().key("message").open().key("tool_calls").open();
    out.key("function").open().key("arguments").text(fragment).close().close().close().close();
    event_end(out);
}

/// Begins an event and its object.
fn event(out: &mut json::Writer, kind: &str) {
    for piece in ["event: ", kind, "\ndata: {\"type\":\"", kind, "\""] {
        out.out.extend_from_slice(piece.as_bytes());
    }
}

fn event_end(out: &mut json::Writer) {
    out.close().out.extend_from_slice(b"\n\n");
}
