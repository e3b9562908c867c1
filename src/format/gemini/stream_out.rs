//! Writes a streamed answer for a client of Gemini's: events of server-sent events, or items of one JSON array.
//!
//! Each event is a whole answer with what is new. A call is told whole, so it waits until its arguments are complete; a
//! signature waits until its last piece has come. Why a candidate ends is told at the end, with what it took and where it
//! comes from, as Google does.

use super::answer::{write_logprobs, write_part, write_tail};
use super::{error, finish_word, sources, usage};
use crate::chat::{ApiError, Arguments, Citation, Delta, Finish, Media, Origin, Part, Signature, ToolCall, Usage};
use crate::format::turns::object_of;
use crate::format::{Ask, StreamWriter};
use crate::wire::frame;
use crate::wire::json::{self, Text, unescape};

/// How many candidates are followed.
const MAX_CANDIDATES: usize = 128;
/// How many bytes of calls may wait for their arguments. Far beyond any answer; at the end of it the stream is given up.
const MAX_WAITING_BYTES: usize = 4 * 1024 * 1024;
/// How much of the answer's text is kept to tell where its sources belong.
const MAX_KEPT_TEXT_BYTES: usize = 1024 * 1024;
/// How many sources wait for the end.
const MAX_SOURCES: usize = 4096;

/// Writes a stream for a client of Gemini's.
pub(super) struct Writer {
    ask: Ask,
    frames: frame::Writer,
    id: Text<'static>,
    model: Text<'static>,
    created: Option<u64>,
    lanes: Vec<Lane>,
    waiting_bytes: usize,
    usage: Option<Usage>,
    service_tier: Option<Text<'static>>,
    done: bool,
}

/// A candidate under way.
#[derive(Default)]
struct Lane {
    index: u32,
    /// Calls that wait for the rest of their arguments, in order, with their numbers.
    calls: Vec<(u32, ToolCall<'static>, String)>,
    calls_told: u32,
    /// A signature whose last piece may not have come.
    signature: Option<(Signature<'static>, String)>,
    /// Whether the signature belongs to reasoning in words.
    thought: bool,
    /// What was said, escaped.
    text: String,
    sources: Vec<Citation<'static>>,
    finish: Option<Finish>,
}

impl Writer {
    pub(super) fn new(ask: &Ask) -> Self {
        Self {
            frames: frame::Writer::new(ask.framing),
            ask: ask.clone(),
            id: Text::default(),
            model: Text::default(),
            created: None,
            lanes: Vec::new(),
            waiting_bytes: 0,
            usage: None,
            service_tier: None,
            done: false,
        }
    }
}

impl StreamWriter for Writer {
    fn write(&mut self, delta: &Delta<'_>, out: &mut Vec<u8>) {
        if self.done {
            return;
        }
        match delta {
            Delta::Start { id, model, created } => {
                (self.id, self.model) = (id.clone().into_owned(), model.clone().into_owned());
                self.created = *created;
            }
            Delta::Text(choice, text) | Delta::Refusal(choice, text) => self.text(*choice, text, out),
            Delta::ThinkingStart(choice) => {
                if let Some(at) = self.lane(*choice) {
                    self.settle(at, out);
                    self.with(at, |lane| lane.thought = false);
                }
            }
            Delta::Thinking(choice, text) => self.thinking(*choice, text, out),
            Delta::Signature(choice, signature) => self.signature(*choice, signature, out),
            Delta::RedactedThinking(choice, data) => {
                self.whole(*choice, &Part::RedactedThinking(Text::from_raw(data.raw())), out);
            }
            Delta::ToolStart { choice, index, id, name, signature } => {
                let signature = signature.as_ref().map(Signature::to_static);
                let (id, name) = (id.clone().into_owned(), name.clone().into_owned());
                let call = ToolCall { id, name, arguments: Arguments::Json("{}"), signature, cache: None };
                self.call(*choice, *index, call, out);
            }
            Delta::ToolArguments { choice, index, fragment } => self.arguments(*choice, *index, fragment, out),
            Delta::Media(choice, media) => self.media(*choice, media, out),
            Delta::Citation(choice, source) => {
                if let Some(at) = self.lane(*choice) {
                    self.with(at, |lane| {
                        if lane.sources.len() < MAX_SOURCES {
                            lane.sources.push(source.to_static());
                        }
                    });
                }
            }
            Delta::Logprobs(choice, tokens) => {
                if let Some(at) = self.lane(*choice) {
                    self.settle(at, out);
                    self.event(*choice, out, |out| write_logprobs(tokens, out));
                }
            }
            Delta::ServiceTier(tier) => self.service_tier = Some(tier.clone().into_owned()),
            Delta::Finish { choice, finish, .. } => {
                if let Some(at) = self.lane(*choice) {
                    self.settle(at, out);
                    self.flush_calls(at, out);
                    self.with(at, |lane| lane.finish = lane.finish.or(Some(*finish)));
                }
            }
            Delta::Usage(usage) => self.usage = Some(*usage),
            Delta::Error(error) => self.fail(error, out),
            Delta::End => self.end(out),
            Delta::Unmapped(_) => {}
        }
    }
}

impl Writer {
    /// The place of a candidate's state.
    fn lane(&mut self, choice: u32) -> Option<usize> {
        let known = self.lanes.iter().position(|lane| lane.index == choice);
        if known.is_none() && self.lanes.len() < MAX_CANDIDATES {
            self.lanes.push(Lane { index: choice, ..Lane::default() });
            return Some(self.lanes.len() - 1);
        }
        known
    }

    fn with(&mut self, at: usize, change: impl FnOnce(&mut Lane)) {
        if let Some(lane) = self.lanes.get_mut(at) {
            change(lane);
        }
    }

    /// An event with one candidate; `members` writes what it has beside its number.
    fn event(&mut self, choice: u32, out: &mut Vec<u8>, members: impl FnOnce(&mut json::Writer)) {
        let Self { frames, model, id, created, ask, .. } = self;
        frames.object(out, None, |data| {
            data.key("candidates").open_array().open();
            members(data);
            data.key("index").number(choice.into()).close().close_array();
            write_tail(model, id, *created, ask, data);
        });
    }

    /// An event with one part.
    fn part(&mut self, choice: u32, part: &Part<'_>, number: u32, out: &mut Vec<u8>) {
        let ask = self.ask.clone();
        let mut number = number;
        self.event(choice, out, |data| {
            data.key("content").open().key("parts").open_array();
            write_part(part, None, choice as usize, &mut number, &ask, data);
            data.close_array().key("role").string("model").close();
        });
    }

    /// Tells what waits for more of itself: a signature is complete, and so are the calls whose arguments are.
    fn settle(&mut self, at: usize, out: &mut Vec<u8>) {
        let Some(lane) = self.lanes.get_mut(at) else { return };
        let (choice, thought) = (lane.index, lane.thought);
        if let Some((signature, value)) = lane.signature.take() {
            lane.thought = false;
            let signature = Signature { value: Text::from_raw_owned(value), ..signature };
            // Alone, a signature of Gemini's is a text's; behind a thought it is the thought's.
            let own = signature.origin == Origin::Gemini && !thought;
            self.event(choice, out, |data| {
                data.key("content").open().key("parts").open_array().open().key("text").string("");
                if !own {
                    data.key("thought").bool(true);
                }
                super::answer::write_signature(Some(&signature), data);
                data.close().close_array().key("role").string("model").close();
            });
        }
        let complete = self
            .lanes
            .get(at)
            .is_some_and(|lane| !lane.calls.is_empty() && lane.calls.iter().all(|(.., said)| is_whole(said)));
        if complete {
            self.flush_calls(at, out);
        }
    }

    fn flush_calls(&mut self, at: usize, out: &mut Vec<u8>) {
        let Some(lane) = self.lanes.get_mut(at) else { return };
        let (choice, calls) = (lane.index, std::mem::take(&mut lane.calls));
        for (_, mut call, said) in calls {
            self.waiting_bytes = self.waiting_bytes.saturating_sub(said.len());
            call.arguments = Arguments::Text(Text::from_raw_owned(said));
            let number = self.lanes.get(at).map_or(0, |lane| lane.calls_told);
            self.part(choice, &Part::ToolCall(call), number, out);
            self.with(at, |lane| lane.calls_told += 1);
        }
    }

    fn text(&mut self, choice: u32, text: &Text<'_>, out: &mut Vec<u8>) {
        if text.is_empty() {
            return;
        }
        if let Some(at) = self.lane(choice) {
            self.settle(at, out);
            self.with(at, |lane| {
                if lane.text.len().saturating_add(text.raw().len()) <= MAX_KEPT_TEXT_BYTES {
                    lane.text.push_str(text.raw());
                }
            });
            self.part(choice, &Part::Text { text: Text::from_raw(text.raw()), cache: None }, 0, out);
        }
    }

    fn thinking(&mut self, choice: u32, text: &Text<'_>, out: &mut Vec<u8>) {
        if text.is_empty() {
            return;
        }
        if let Some(at) = self.lane(choice) {
            self.settle(at, out);
            self.with(at, |lane| lane.thought = true);
            self.part(choice, &Part::Thinking { text: Text::from_raw(text.raw()), signature: None }, 0, out);
        }
    }

    fn signature(&mut self, choice: u32, signature: &Signature<'_>, out: &mut Vec<u8>) {
        let Some(at) = self.lane(choice) else { return };
        let piece = signature.value.raw();
        let mut other = false;
        self.with(at, |lane| match &mut lane.signature {
            Some((known, value)) if known.origin == signature.origin => value.push_str(piece),
            _ => other = true,
        });
        if other {
            self.settle(at, out);
            let fresh = (Signature { origin: signature.origin, value: Text::default() }, piece.to_owned());
            self.with(at, |lane| lane.signature = Some(fresh));
        }
        self.wait(piece.len(), out);
    }

    /// What comes whole.
    fn whole(&mut self, choice: u32, part: &Part<'_>, out: &mut Vec<u8>) {
        if let Some(at) = self.lane(choice) {
            self.settle(at, out);
            self.part(choice, part, 0, out);
        }
    }

    fn media(&mut self, choice: u32, media: &Media<'_>, out: &mut Vec<u8>) {
        self.whole(choice, &Part::Media(media.by_ref()), out);
    }

    fn call(&mut self, choice: u32, index: u32, call: ToolCall<'static>, out: &mut Vec<u8>) {
        let Some(at) = self.lane(choice) else { return };
        self.settle(at, out);
        self.with(at, |lane| lane.calls.push((index, call, String::new())));
        self.wait(64, out);
    }

    fn arguments(&mut self, choice: u32, index: u32, fragment: &Text<'_>, out: &mut Vec<u8>) {
        let Some(at) = self.lane(choice) else { return };
        self.with(at, |lane| {
            if let Some((.., said)) = lane.calls.iter_mut().rev().find(|(number, ..)| *number == index) {
                said.push_str(fragment.raw());
            }
        });
        self.wait(fragment.raw().len(), out);
    }

    fn wait(&mut self, bytes: usize, out: &mut Vec<u8>) {
        self.waiting_bytes = self.waiting_bytes.saturating_add(bytes);
        if self.waiting_bytes > MAX_WAITING_BYTES {
            self.fail(&ApiError::bad_answer("the provider's calls are larger than any answer"), out);
        }
    }

    fn end(&mut self, out: &mut Vec<u8>) {
        if self.lanes.is_empty() {
            self.lanes.push(Lane::default());
        }
        for at in 0..self.lanes.len() {
            self.settle(at, out);
            self.flush_calls(at, out);
        }
        let Self { frames, lanes, usage, service_tier, model, id, created, ask, .. } = self;
        frames.object(out, None, |data| {
            data.key("candidates").open_array();
            for lane in lanes {
                data.open().key("content").open().key("parts").open_array();
                data.open().key("text").string("").close().close_array().key("role").string("model").close();
                data.key("finishReason").string(finish_word(lane.finish.unwrap_or_default()));
                if !lane.sources.is_empty() {
                    let sources: Vec<_> = lane.sources.iter().collect();
                    sources::write(&sources, &unescape(&lane.text), data);
                }
                data.key("index").number(lane.index.into()).close();
            }
            data.close_array();
            if let Some(usage) = usage {
                usage::write(usage, service_tier.as_ref(), data.key("usageMetadata"));
            }
            write_tail(model, id, *created, ask, data);
        });
        self.frames.end(out);
        self.done = true;
    }

    fn fail(&mut self, error: &ApiError, out: &mut Vec<u8>) {
        self.frames.event(out, None, &error::write(error));
        self.frames.end(out);
        self.done = true;
    }
}

/// Whether a call's arguments are all there. Without any they may still come.
fn is_whole(said: &str) -> bool {
    !said.is_empty() && object_of(&Arguments::Text(Text::from_raw(said))).is_some()
}
