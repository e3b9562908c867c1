//! A streamed answer on its way: cut into events, read for what it tells, and forwarded as it came or written anew in the
//! client's format. It never ends silently: what breaks off is told as an error event.

use super::Attempt;
use super::answer::{note_model, scrub_error};
use crate::chat::{ApiError, Delta, Usage};
use crate::format::{Ask, Seen, StreamReader, StreamWriter};
use crate::handover::Outcome;
use crate::host::{Host, Level};
use crate::http::Headers;
use crate::provider::Provider;
use crate::wire::sse;

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
    frames: sse::Reader,
    reader: Box<dyn StreamReader>,
    /// None where the events are forwarded as they came.
    writer: Option<Box<dyn StreamWriter>>,
    pub tally: Tally,
    /// The last event was an error or an end: what follows is swallowed.
    pub over: bool,
}

/// What a stream has said so far.
#[derive(Default)]
pub(super) struct Tally {
    told: Option<Usage>,
    output_bytes: u64,
    finished: bool,
    ended: bool,
    pub error: Option<ApiError>,
}

impl Tally {
    fn note(&mut self, delta: &Delta<'_>, outcome: &mut Outcome) {
        match delta {
            Delta::Start { model, .. } => note_model(model, outcome),
            Delta::Text(_, text) | Delta::Refusal(_, text) | Delta::Thinking(_, text) => {
                self.output_bytes += text.raw().len() as u64;
            }
            Delta::ToolArguments { fragment, .. } => self.output_bytes += fragment.raw().len() as u64,
            Delta::ToolStart { name, .. } => self.output_bytes += name.raw().len() as u64,
            Delta::Finish { finish, .. } => {
                self.finished = true;
                outcome.finish = Some(*finish);
            }
            Delta::Usage(usage) => self.told = usage.is_plausible().then_some(*usage),
            Delta::Error(error) => self.error = Some(error.clone()),
            Delta::End => self.ended = true,
            Delta::Signature(..) | Delta::RedactedThinking(..) => {}
        }
    }

    /// The usage as far as it is known. Until the provider has said its last word, output is at least what passed by.
    pub fn usage(&self, input_bytes: u64) -> Usage {
        let estimate = Usage::estimate(input_bytes, self.output_bytes);
        match self.told {
            Some(told) if self.finished => told,
            Some(told) => Usage { output: told.output.max(estimate.output), estimated: true, ..told },
            None => estimate,
        }
    }
}

impl Stream {
    /// A stream of which nothing has come. Without a writer it is forwarded as it comes.
    pub fn new(held: Headers, reader: Box<dyn StreamReader>, writer: Option<Box<dyn StreamWriter>>) -> Self {
        Self {
            held: Some(held),
            fed: 0,
            early: Vec::new(),
            refused: false,
            begun: false,
            frames: sse::Reader::new(sse::MAX_EVENT_BYTES),
            reader,
            writer,
            tally: Tally::default(),
            over: false,
        }
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
        if self.over {
            return bytes.is_empty();
        }
        let mut forwarded = self.frames.pending() == 0 && self.writer.is_none();
        let mut frames = std::mem::take(&mut self.frames);
        let pushed = frames.push(bytes, |event| -> Result<(), sse::TooLarge> {
            forwarded &= !self.over && self.event(&event, attempt, provider, outcome, out);
            Ok(())
        });
        self.frames = frames;
        if pushed.is_err() {
            self.fail(ApiError::bad_answer("the provider sent an event larger than the gateway reads"), attempt, out);
        }
        forwarded && self.frames.pending() == 0 && !self.over
    }

    /// Reads one event and writes what it becomes. True if that is the event as it came.
    fn event(
        &mut self,
        event: &sse::Event<'_>,
        attempt: &Attempt,
        provider: &Provider,
        outcome: &mut Outcome,
        out: &mut Vec<u8>,
    ) -> bool {
        let Self { reader, writer, tally, over, begun, .. } = self;
        *begun |= event.has_data();
        let seen = reader.read(event, &mut |mut delta| {
            if let Delta::Error(error) = &mut delta {
                scrub_error(provider, error);
            }
            tally.note(&delta, outcome);
            if let Some(writer) = writer.as_mut() {
                writer.write(&delta, out);
            }
        });
        *over = matches!(seen, Seen::Error | Seen::End);
        if writer.is_some() {
            return false;
        }
        match seen {
            Seen::UsageOnly if !attempt.order.include_usage => return false,
            // Half an event at the stream's end: what it was to say is not known.
            Seen::Unknown if !event.complete => return false,
            Seen::Error => match provider.scrub(&String::from_utf8_lossy(event.raw)) {
                Some(clean) => out.extend_from_slice(clean.as_bytes()),
                None => out.extend_from_slice(event.raw),
            },
            _ => out.extend_from_slice(event.raw),
        }
        if !event.complete {
            out.extend_from_slice(b"\n\n");
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
        let _ = frames.finish(|event| -> Result<(), sse::TooLarge> {
            self.event(&event, attempt, provider, outcome, out);
            Ok(())
        });
        let Self { reader, writer, tally, .. } = self;
        if tally.ended || tally.error.is_some() {
            return;
        }
        if reader.ended() {
            if let Some(writer) = writer {
                writer.write(&Delta::End, out);
            }
            return;
        }
        outcome.error = Some("stream_cut".to_owned());
        host.log(Level::Warn, &format!("provider {} ended a stream before its end", outcome.provider));
        self.fail(ApiError::bad_answer("the provider's stream ended before its end"), attempt, out);
    }

    fn fail(&mut self, error: ApiError, attempt: &Attempt, out: &mut Vec<u8>) {
        let format = attempt.order.format;
        let writer = self.writer.get_or_insert_with(|| format.stream_writer(&Ask::default()));
        let delta = Delta::Error(error);
        writer.write(&delta, out);
        if let Delta::Error(error) = delta {
            self.tally.error = Some(error);
        }
        self.over = true;
    }
}
