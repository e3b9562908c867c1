//! A streamed answer on its way: cut into events, read for what it tells, and forwarded as it came or written anew in the
//! client's format. It never ends silently: what breaks off is told as an error event.

use super::Attempt;
use super::answer::{broken, note_model, scrub_error, tier_of};
use crate::chat::{ApiError, Delta, Finish, ServiceTier, Usage};
use crate::format::{Ask, Format, Loss, Seen, StreamReader, StreamWriter, rules};
use crate::handover::Outcome;
use crate::host::{Host, Level};
use crate::http::Headers;
use crate::provider::Provider;
use crate::wire::frame::{self, Framing};

/// A streamed answer on its way.
pub(super) struct Stream {
    /// The headers, until the first event has shown whether this is an answer or an error.
    pub held: Option<Headers>,
    /// Bytes of the held body that the reader has seen.
    pub fed: usize,
    /// What became of them: comments that keep the connection alive, until there is an event.
    pub early: Vec<u8>,
    /// It became an ordinary error, which is sent already.
    pub refused: bool,
    /// There was an event, and not only comments.
    pub begun: bool,
    frames: frame::Reader,
    reader: Box<dyn StreamReader>,
    pub onward: Onward,
    pub tally: Tally,
    /// The last event was an error or an end: what follows is swallowed.
    pub over: bool,
    /// Where the stream may be told to end before its time: a writer that has seen everything, and knows how to.
    closing: Option<Closing>,
}

/// How a stream that goes on as it came can be ended.
struct Closing {
    writer: Box<dyn StreamWriter>,
    /// It was. What still comes is only counted.
    done: bool,
}

/// How a stream goes on to the client.
pub(super) enum Onward {
    /// As it came: format and framing are the client's.
    AsItCame,
    /// The same events in another framing.
    Reframed(frame::Writer),
    /// In another format.
    Rewritten(Box<dyn StreamWriter>),
}

/// What a stream has said so far.
#[derive(Default)]
pub(super) struct Tally {
    told: Option<Usage>,
    tier: ServiceTier,
    output_bytes: u64,
    finished: bool,
    ended: bool,
    /// Events that went on as they came.
    sent: u64,
    /// The choices that have said something and are not complete.
    open: Vec<u32>,
    pub error: Option<ApiError>,
}

impl Tally {
    fn note(&mut self, delta: &Delta<'_>, outcome: &mut Outcome) {
        if let Delta::Text(choice, _)
        | Delta::Refusal(choice, _)
        | Delta::Thinking(choice, _)
        | Delta::ToolStart { choice, .. } = delta
            && !self.open.contains(choice)
        {
            self.open.push(*choice);
        }
        match delta {
            Delta::Start { model, .. } => note_model(model, outcome),
            Delta::Text(_, text) | Delta::Refusal(_, text) | Delta::Thinking(_, text) => {
                self.output_bytes += text.raw().len() as u64;
            }
            Delta::ToolArguments { fragment, .. } => self.output_bytes += fragment.raw().len() as u64,
            Delta::ToolStart { name, .. } => self.output_bytes += name.raw().len() as u64,
            Delta::Finish { choice, finish, .. } => {
                self.finished = true;
                self.open.retain(|open| open != choice);
                outcome.finish = Some(*finish);
            }
            Delta::Usage(usage) => self.told = usage.is_plausible().then_some(*usage),
            Delta::Error(error) => self.error = Some(error.clone()),
            Delta::End => self.ended = true,
            Delta::ServiceTier(name) => self.tier = tier_of(name),
            Delta::Signature(..)
            | Delta::RedactedThinking(..)
            | Delta::ThinkingStart(_)
            | Delta::Media(..)
            | Delta::Citation(..)
            | Delta::Logprobs(..)
            | Delta::Unmapped(_) => {}
        }
    }

    /// The usage as far as it is known. Until the provider has said its last word, output is at least what passed by.
    pub fn usage(&self, input_bytes: u64) -> Usage {
        let estimate = Usage::estimate(input_bytes, self.output_bytes);
        let usage = match self.told {
            Some(told) if self.finished => told,
            Some(told) => Usage { output: told.output.max(estimate.output), estimated: true, ..told },
            None => estimate,
        };
        Usage { tier: self.tier, ..usage }
    }
}

impl Stream {
    /// A stream of which nothing has come.
    pub fn new(held: Headers, framing: Framing, reader: Box<dyn StreamReader>, onward: Onward) -> Self {
        Self {
            held: Some(held),
            fed: 0,
            early: Vec::new(),
            refused: false,
            begun: false,
            frames: frame::Reader::new(framing),
            reader,
            onward,
            tally: Tally::default(),
            over: false,
            closing: None,
        }
    }

    /// The stream may be told to end before its time. `writer` is a fresh one of the client's format.
    pub fn prepare_stop(&mut self, writer: Box<dyn StreamWriter>) {
        self.closing = Some(Closing { writer, done: false });
    }

    /// Whether it can still be told so.
    pub fn may_stop(&self) -> bool {
        !self.over && self.closing.is_some()
    }

    /// Whether it was told so, and has ended.
    pub fn is_stopped(&self) -> bool {
        self.closing.as_ref().is_some_and(|closing| closing.done)
    }

    /// Ends the stream as if the model had no room left. The provider goes on until it is cut off, with the next that
    /// comes: that is counted, since it is paid for, and swallowed.
    pub fn stop(&mut self, attempt: &Attempt, outcome: &mut Outcome, out: &mut Vec<u8>) {
        let Some(closing) = &mut self.closing else { return };
        let writer = match &mut self.onward {
            Onward::Rewritten(writer) => writer,
            Onward::AsItCame | Onward::Reframed(_) => {
                closing.writer.go_on_after(self.tally.sent);
                &mut closing.writer
            }
        };
        for choice in std::mem::take(&mut self.tally.open) {
            writer.write(&Delta::Finish { choice, finish: Finish::Length, stop_sequence: None }, out);
        }
        writer.write(&Delta::Usage(self.tally.usage(attempt.order.body_bytes)), out);
        writer.write(&Delta::End, out);
        closing.done = true;
        self.over = true;
        outcome.finish = Some(Finish::Length);
    }

    /// Counts what still comes of a stream that was ended.
    pub fn count(&mut self, bytes: &[u8], outcome: &mut Outcome) {
        let mut frames = std::mem::take(&mut self.frames);
        let Self { reader, tally, .. } = self;
        let _ = frames.push(bytes, |event| {
            reader.read(&event, &mut |delta| {
                if !matches!(delta, Delta::Error(_)) {
                    tally.note(&delta, outcome);
                }
            });
        });
        self.frames = frames;
        outcome.finish = Some(Finish::Length);
    }

    /// Reads what came and writes what it becomes. True if that is the very bytes that came.
    pub fn feed(
        &mut self,
        bytes: &[u8],
        attempt: &Attempt,
        provider: &Provider,
        outcome: &mut Outcome,
        out: &mut Vec<u8>,
    ) -> bool {
        if self.closing.as_ref().is_some_and(|closing| closing.done) {
            self.count(bytes, outcome);
            return bytes.is_empty();
        }
        if self.over {
            return bytes.is_empty();
        }
        let mut forwarded = self.frames.pending() == 0 && matches!(self.onward, Onward::AsItCame);
        let mut frames = std::mem::take(&mut self.frames);
        let pushed = frames.push(bytes, |event| {
            forwarded &= !self.over && self.event(&event, attempt, provider, outcome, out);
        });
        self.frames = frames;
        if let Err(why) = pushed {
            self.fail(broken(why), attempt, out);
        }
        forwarded && self.frames.pending() == 0 && !self.over
    }

    /// Reads one event and writes what it becomes. True if that is the event as it came.
    fn event(
        &mut self,
        event: &frame::Event<'_>,
        attempt: &Attempt,
        provider: &Provider,
        outcome: &mut Outcome,
        out: &mut Vec<u8>,
    ) -> bool {
        let Self { reader, onward, tally, over, begun, closing, .. } = self;
        *begun |= event.has_data;
        // One that came in many pieces goes on in one.
        out.reserve(event.raw.len() + event.raw.len() / 8);
        let mut unsent = Vec::new();
        let client = attempt.order.format;
        let seen = reader.read(event, &mut |mut delta| {
            if let Delta::Error(error) = &mut delta {
                scrub_error(provider, error);
            }
            tally.note(&delta, outcome);
            if let Onward::Rewritten(writer) = onward {
                note_loss(&delta, client, outcome);
                writer.write(&delta, out);
            } else if let Some(closing) = closing {
                closing.writer.write(&delta, &mut unsent);
                unsent.clear();
            }
        });
        *over = matches!(seen, Seen::Error | Seen::End);
        if let Onward::Rewritten(_) = onward {
            return false;
        }
        match seen {
            Seen::UsageOnly if !attempt.order.include_usage => return false,
            // Half an event at the stream's end: what it was to say is not known.
            Seen::Unknown if !event.complete => return false,
            _ => {}
        }
        if seen == Seen::Error && event.fault && matches!(onward, Onward::Reframed(_)) {
            // The provider's words are of its framing, and no event of the format.
            if let Some(error) = &tally.error {
                own_error(error, tally.sent, attempt, out);
            }
            return false;
        }
        let framed;
        let bytes = match onward {
            Onward::Reframed(writer) => {
                let mut bytes = Vec::with_capacity(event.raw.len() + 64);
                if event.has_data {
                    writer.event(&mut bytes, attempt.format.event_name(&event.data).as_deref(), &event.data);
                }
                if *over {
                    writer.end(&mut bytes);
                }
                framed = bytes;
                &framed
            }
            _ => event.raw,
        };
        let quoted = if seen == Seen::Error { provider.scrub(&String::from_utf8_lossy(bytes)) } else { None };
        if let (Some(_), Some(error), true) = (&quoted, &tally.error, event.fault) {
            // A frame with another text would need other checksums.
            own_error(error, tally.sent, attempt, out);
            return false;
        }
        tally.sent += u64::from(event.has_data);
        out.extend_from_slice(quoted.as_ref().map_or(bytes, |clean| clean.as_bytes()));
        if let Onward::Reframed(_) = onward {
            return false;
        }
        if !event.complete {
            out.extend_from_slice(attempt.framing().event_end());
        }
        event.complete && seen != Seen::Error
    }

    /// The bytes have ended. A stream that did not come to its own end is told to the client as an error.
    pub fn end(
        &mut self,
        attempt: &Attempt,
        provider: &Provider,
        outcome: &mut Outcome,
        host: &dyn Host,
        out: &mut Vec<u8>,
    ) {
        let mut frames = std::mem::take(&mut self.frames);
        let _ = frames.finish(|event| {
            self.event(&event, attempt, provider, outcome, out);
        });
        let Self { reader, onward, tally, .. } = self;
        if tally.ended || tally.error.is_some() {
            return;
        }
        if reader.ended() {
            match onward {
                Onward::Rewritten(writer) => writer.write(&Delta::End, out),
                Onward::Reframed(writer) => writer.end(out),
                Onward::AsItCame => {}
            }
            return;
        }
        outcome.error = Some("stream_cut".to_owned());
        host.log(Level::Warn, &format!("provider {} ended a stream before its end", outcome.provider));
        self.fail(ApiError::bad_answer("the provider's stream ended before its end"), attempt, out);
    }

    fn fail(&mut self, error: ApiError, attempt: &Attempt, out: &mut Vec<u8>) {
        match &mut self.onward {
            Onward::Rewritten(writer) => writer.write(&Delta::Error(error.clone()), out),
            // An array that was begun goes on, and is closed.
            Onward::Reframed(writer) if attempt.framing() == Framing::JsonArray => {
                writer.event(out, None, &attempt.order.format.write_error(&error));
                writer.end(out);
            }
            Onward::AsItCame | Onward::Reframed(_) => own_error(&error, self.tally.sent, attempt, out),
        }
        self.tally.error = Some(error);
        self.over = true;
    }
}

/// The last event of a stream that is not written by us otherwise.
fn own_error(error: &ApiError, sent: u64, attempt: &Attempt, out: &mut Vec<u8>) {
    let ask = Ask { framing: attempt.framing(), sent, ..Ask::default() };
    attempt.order.format.stream_writer(&ask).write(&Delta::Error(error.clone()), out);
}

/// What the client's format cannot say of a step.
fn note_loss(delta: &Delta<'_>, client: &dyn Format, outcome: &mut Outcome) {
    let mut loss = Loss(std::mem::take(&mut outcome.lossy));
    rules::note_delta(delta, client, &mut loss);
    outcome.lossy = loss.0;
}
