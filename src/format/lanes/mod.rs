//! The texts of an answer, whole or streamed: every string that may say something is shown, and what is to stand in its
//! place is cut into the bytes as they came.
//!
//! A text that goes on from event to event is a *lane*: a choice (or block, or output item) times content, reasoning,
//! refusal, a call's arguments. Whoever looks sees of a lane what has come and was not let go yet, with some of what
//! was, and says what to replace and how much of the end it wants to see the continuation of. In three steps:
//!
//! 1. The strings of an event are appended to their lanes; [`places`] says which string is what.
//! 2. Each lane that grew is looked at; the changes fall into the events that carry the text, which may be older ones.
//! 3. Events leave in their order, each when nothing of it is undecided: as they came, byte for byte, if nothing changed.
//!
//! So no event is invented, reordered or dropped: one whose text has gone stays with an empty one, and ids, sequence
//! numbers, usage, finish reasons, pings and `[DONE]` stay where they were. The price is that an event waits whole for
//! the one that shows what its last word becomes. A lane ends with its block or choice, and rests when another one of
//! its choice goes on; what it held is then decided without more. [`MAX_EVENTS`] and [`MAX_BYTES`] bound what waits.

mod json_text;
mod places;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::collections::VecDeque;
use std::ops::Range;

use self::json_text::View;
use self::places::{Around, Place};
use super::view::Replacement;
use super::{Ask, Format, Shape, Step, StreamReader, StreamWriter};
use crate::chat::{Delta, Finish};
use crate::wire::event_stream;
use crate::wire::frame::{self, Event, Framing};
use crate::wire::json::{Doc, Edits, Kind, Text, Value, escape, raw_offsets};

/// How many events may wait. A word is a few; this is a model that spells a key letter by letter.
pub const MAX_EVENTS: usize = 512;
/// How many bytes of events may wait.
pub const MAX_BYTES: usize = 1024 * 1024;
/// How much of one lane may be undecided: more than a PEM key.
pub const MAX_OPEN_BYTES: usize = 32 * 1024;
/// How much of what was let go is still shown in front of what was not.
pub const BEHIND_BYTES: usize = 512;
/// Lanes of one stream: calls are the many, and a provider cannot make us remember more.
const MAX_LANES: usize = 4096;

/// What a text is to its reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Said {
    /// What the model says.
    Text,
    /// What it thinks.
    Reasoning,
    /// What it says instead.
    Refusal,
    /// What it calls a tool of the client's with.
    Arguments,
    /// What the provider itself calls a tool with, or gets back.
    Foreign,
    /// An address.
    Link,
    /// Anything else: titles, quotes, fields nobody knows.
    Other,
}

/// A text as far as it is known.
#[derive(Clone, Copy, Debug)]
pub struct Passage<'p> {
    /// The choice or candidate.
    pub choice: u32,
    /// What it is.
    pub said: Said,
    /// The tool it is an argument of; empty where that is not known.
    pub tool: &'p str,
    /// The name of the member it stands in.
    pub field: Option<&'p str>,
    /// What was let go already and what was not.
    pub text: &'p str,
    /// Where the latter begins.
    pub start: usize,
    /// Nothing is waited for any more: what is not changed now goes as it is.
    pub end: bool,
}

/// What is to become of a passage.
#[derive(Debug)]
pub enum Verdict {
    /// It goes on.
    Pass {
        /// Changed so: in order, disjoint, bytes of [`Passage::text`].
        changes: Vec<Replacement>,
        /// But for so many bytes at its end, which depend on what follows.
        hold: usize,
    },
    /// The answer ends here; what was not let go yet never is.
    End(Ending),
}

impl Verdict {
    /// It goes on as it is.
    pub const PASS: Verdict = Verdict::Pass { changes: Vec::new(), hold: 0 };
}

/// How an answer is ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ending {
    /// What the client reads last; may be nothing.
    pub message: String,
    /// Whether the provider is to be cut off, so that it stops costing: the client's connection is then reset after the
    /// end it was told. Otherwise what it still sends is swallowed.
    pub stop_upstream: bool,
}

/// Looks at one passage.
pub type Look<'l> = dyn FnMut(&Passage<'_>) -> Verdict + 'l;

/// A part of the answer that cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unreadable(pub &'static str);

/// Shows every text of a whole answer. The changed answer; None if nothing changed.
pub fn whole(shape: Shape, body: &[u8], look: &mut Look<'_>) -> Result<Result<Option<Vec<u8>>, Ending>, Unreadable> {
    let doc = Doc::parse(body).map_err(|_| Unreadable("it is not JSON"))?;
    let mut stream = Stream::new(shape, Framing::NdJson);
    let found = stream.find(&doc, false);
    let mut edits = Edits::new();
    for string in &found.strings {
        if let Err(ending) = look_at_whole(string, &mut edits, look) {
            return Ok(Err(ending));
        }
    }
    if edits.is_empty() {
        return Ok(Ok(None));
    }
    found.tokens.iter().for_each(|span| edits.replace(span.clone(), "null"));
    Ok(Ok(Some(edits.apply(body))))
}

/// Shows a whole answer that is nothing but text.
pub fn plain(body: &[u8], look: &mut Look<'_>) -> Result<Result<Option<Vec<u8>>, Ending>, Unreadable> {
    let text = std::str::from_utf8(body).map_err(|_| Unreadable("it is not UTF-8"))?;
    let passage = Passage { choice: 0, said: Said::Text, tool: "", field: None, text, start: 0, end: true };
    match look(&passage) {
        Verdict::End(ending) => Ok(Err(ending)),
        Verdict::Pass { changes, .. } if changes.is_empty() => Ok(Ok(None)),
        Verdict::Pass { changes, .. } => {
            let mut edits = Edits::new();
            changes.into_iter().for_each(|change| edits.replace(change.range, change.with));
            Ok(Ok(Some(edits.apply(body))))
        }
    }
}

/// Shows every text of a stream that is all there to somebody who only listens.
pub fn overhear(shape: Shape, framing: Framing, body: &[u8], hear: &mut Look<'_>) -> Result<(), Unreadable> {
    let (mut stream, mut out) = (Stream::new(shape, framing), Vec::new());
    stream.push(body, hear, &mut out)?;
    stream.finish(hear, &mut out)
}

/// A streamed answer on its way past whoever looks.
pub struct Stream {
    shape: Shape,
    framing: Framing,
    frames: frame::Reader,
    lanes: Vec<Lane>,
    tools: Vec<Tool>,
    waiting: VecDeque<Entry<'static>>,
    waiting_bytes: usize,
    /// So many bytes of text are waited for before anything leaves.
    hold_first: usize,
    shown_bytes: usize,
    /// Events that cannot be read pass.
    lets_pass: bool,
    /// The last event said nothing.
    idle: bool,
    shadow: Option<Shadow>,
    /// How many events have left.
    sent: u64,
    ending: Option<Ending>,
    over: bool,
}

/// A text that goes on.
struct Lane {
    key: u64,
    choice: u32,
    said: Said,
    tool: String,
    /// Its last bytes: those that are open, and some in front of them.
    text: String,
    /// How many bytes of the lane are in front of `text`.
    gone: usize,
    /// Everything in front of this byte of the lane is decided.
    decided: usize,
    /// Its first characters are not known yet, so nor is whether it is JSON.
    fresh: bool,
    /// How a text of JSON stands where `text` begins.
    json: Option<json_text::State>,
}

impl Lane {
    fn len(&self) -> usize {
        self.gone + self.text.len()
    }

    fn is_open(&self) -> bool {
        self.decided < self.len()
    }
}

/// A call under way.
struct Tool {
    choice: u32,
    index: u64,
    name: String,
    foreign: bool,
}

/// An event that is not let go yet.
struct Entry<'e> {
    raw: Cow<'e, [u8]>,
    name: Option<Cow<'e, [u8]>>,
    /// Where its data lies in `raw`, or the data itself where it lies there in several pieces.
    data: Result<Range<usize>, Vec<u8>>,
    pieces: Vec<Piece>,
    edits: Edits,
    /// Tokens with their probabilities, which spell the text once more.
    tokens: Vec<Range<usize>>,
    has_data: bool,
}

/// A piece of a lane in an event.
struct Piece {
    lane: usize,
    /// The bytes of the lane.
    range: Range<usize>,
    /// The inside of the string in the event's data.
    span: Range<usize>,
    changes: Vec<(Range<usize>, String)>,
}

/// What an event or an answer holds.
#[derive(Default)]
struct Found<'a> {
    strings: Vec<Found1<'a>>,
    tokens: Vec<Range<usize>>,
}

/// One string that may be text.
struct Found1<'a> {
    place: Place,
    text: Text<'a>,
    /// Its inside; for a number, its text.
    span: Range<usize>,
    number: bool,
    key: u64,
    choice: u32,
    tool: String,
    field: &'a str,
}

/// Follows what the client has been sent, so as to end it in the client's own words.
struct Shadow {
    reader: Box<dyn StreamReader>,
    writer: Box<dyn StreamWriter>,
    /// What an answer of which nothing was sent begins with.
    id: String,
    model: String,
    begun: bool,
    /// The choices that were begun and are not finished.
    open: Vec<u32>,
}

impl Shadow {
    /// Follows one event that the client gets.
    fn follow(&mut self, event: &Event<'_>) {
        let Self { reader, writer, begun, open, .. } = self;
        reader.read(event, &mut |delta| {
            match &delta {
                Delta::Start { .. } => *begun = true,
                Delta::Text(at, _)
                | Delta::Refusal(at, _)
                | Delta::Thinking(at, _)
                | Delta::ToolStart { choice: at, .. }
                    if !open.contains(at) && open.len() < MAX_LANES =>
                {
                    open.push(*at);
                }
                Delta::Finish { choice, .. } => open.retain(|at| at != choice),
                _ => {}
            }
            writer.write(&delta, &mut Vec::new());
        });
    }

    /// Writes the end.
    fn end(mut self, message: &str, sent: u64, out: &mut Vec<u8>) {
        self.writer.go_on_after(sent);
        let mut write = |delta: Delta<'_>| self.writer.write(&delta, out);
        if !self.begun {
            write(Delta::Start { id: Text::from_plain(&self.id), model: Text::from_plain(&self.model), created: None });
        }
        if self.open.is_empty() {
            self.open.push(0);
        }
        if let Some(choice) = self.open.last().filter(|_| !message.is_empty()) {
            write(Delta::Text(*choice, Text::from_plain(message)));
        }
        for choice in self.open {
            write(Delta::Finish { choice, finish: Finish::ContentFilter, stop_sequence: None });
        }
        write(Delta::End);
    }
}

impl Stream {
    /// A stream of a shape, at its start.
    pub fn new(shape: Shape, framing: Framing) -> Self {
        Self {
            shape,
            framing,
            frames: frame::Reader::new(framing),
            lanes: Vec::new(),
            tools: Vec::new(),
            waiting: VecDeque::new(),
            waiting_bytes: 0,
            hold_first: 0,
            shown_bytes: 0,
            lets_pass: false,
            idle: false,
            shadow: None,
            sent: 0,
            ending: None,
            over: false,
        }
    }

    /// From the start, follows what leaves, so that [`Verdict::End`] can end it properly. Costs reading it once more.
    pub fn may_end(&mut self, format: &dyn Format, ask: &Ask) {
        let (reader, writer) = (format.stream_reader(), format.stream_writer(ask));
        let (id, model) = (ask.fallback_id.clone(), ask.model.clone());
        self.shadow = Some(Shadow { reader, writer, id, model, begun: false, open: Vec::new() });
    }

    /// Nothing leaves before so many bytes of text have been looked at, or the answer is over.
    pub fn hold_first(&mut self, bytes: usize) {
        self.hold_first = bytes;
    }

    /// Events that are not JSON go on as they are, instead of being an error.
    pub fn let_pass(&mut self) {
        self.lets_pass = true;
    }

    /// How it is framed.
    pub fn framing(&self) -> Framing {
        self.framing
    }

    /// Whether the beginning is still held.
    pub fn holds_first(&self) -> bool {
        self.shown_bytes < self.hold_first && self.ending.is_none() && !self.over
    }

    /// How many events have left.
    pub fn sent(&self) -> u64 {
        self.sent
    }

    /// How the answer was ended, if somebody did.
    pub fn ending(&self) -> Option<&Ending> {
        self.ending.as_ref()
    }

    /// Takes more bytes and gives those that may leave.
    pub fn push(&mut self, bytes: &[u8], look: &mut Look<'_>, out: &mut Vec<u8>) -> Result<(), Unreadable> {
        if self.ending.is_some() {
            return Ok(());
        }
        let mut frames = std::mem::take(&mut self.frames);
        let mut read = Ok(());
        let pushed = frames.push(bytes, |event| {
            if read.is_ok() && self.ending.is_none() {
                read = self.event(&event, look, out);
            }
        });
        self.frames = frames;
        pushed.map_err(|_| Unreadable("its framing is broken"))?;
        read
    }

    /// The bytes are over.
    pub fn finish(&mut self, look: &mut Look<'_>, out: &mut Vec<u8>) -> Result<(), Unreadable> {
        if self.ending.is_some() {
            return Ok(());
        }
        let mut frames = std::mem::take(&mut self.frames);
        let mut read = Ok(());
        let finished = frames.finish(|event| {
            if read.is_ok() && self.ending.is_none() {
                read = self.event(&event, look, out);
            }
        });
        finished.map_err(|_| Unreadable("its framing is broken"))?;
        read?;
        self.close(|_| true, &mut None, look);
        self.over = true;
        self.leave(out)?;
        self.end(out);
        Ok(())
    }

    fn event(&mut self, event: &Event<'_>, look: &mut Look<'_>, out: &mut Vec<u8>) -> Result<(), Unreadable> {
        if !event.complete && self.framing == Framing::AwsEventStream {
            return Err(Unreadable("its last frame is not whole"));
        }
        let mut now = Some(Entry::new(event));
        let mut quiet = !event.has_data;
        if event.has_data && !event.data.trim_ascii().is_empty() {
            match Doc::parse(&event.data) {
                Ok(doc) => {
                    quiet = doc.root().get("type").is_some_and(|kind| kind.is("ping"));
                    self.json_event(event, &doc, &mut now, look);
                }
                Err(_) if event.data.trim_ascii() == b"[DONE]" => self.close(|_| true, &mut None, look),
                Err(_) if self.lets_pass => {}
                Err(_) => return Err(Unreadable("an event is not JSON")),
            }
        }
        let crowded = self.waiting.len() >= MAX_EVENTS || self.waiting_bytes > MAX_BYTES;
        if crowded && self.ending.is_none() {
            self.close(|_| true, &mut now, look);
        }
        self.leave(out)?;
        if let Some(entry) = now.filter(|_| self.ending.is_none()) {
            // What only keeps the connection alive does so too where nothing else comes.
            let idle = std::mem::replace(&mut self.idle, quiet) && quiet && self.framing != Framing::JsonArray;
            if (self.waiting.is_empty() || idle) && !self.holds_first() && self.is_decided(&entry) {
                self.let_go(&entry, out)?;
            } else {
                let entry = entry.into_owned();
                self.waiting_bytes += entry.raw.len();
                self.waiting.push_back(entry);
                // It may have been what was waited for.
                self.leave(out)?;
            }
        }
        self.end(out);
        Ok(())
    }

    fn json_event(&mut self, event: &Event<'_>, doc: &Doc<'_>, now: &mut Option<Entry<'_>>, look: &mut Look<'_>) {
        let found = self.find(doc, true);
        let mut grown: Vec<usize> = Vec::new();
        for string in &found.strings {
            if let Some(lane) = self.lane(string).filter(|lane| !grown.contains(lane)) {
                grown.push(lane);
            }
        }
        // Where another lane of the choice goes on, the others rest.
        let choices: Vec<u32> = grown.iter().filter_map(|at| self.lanes.get(*at)).map(|lane| lane.choice).collect();
        let rests = |at: usize, lane: &Lane| choices.contains(&lane.choice) && !grown.contains(&at);
        self.close_where(rests, now, look);
        let closing = closing(self.shape.name(), event, doc.root(), !grown.is_empty());
        if grown.is_empty() && closing == Closing::All {
            self.close(|_| true, now, look);
        }
        let Some(entry) = now.as_mut() else { return };
        entry.tokens = found.tokens;
        for string in found.strings {
            match self.lane(&string) {
                None => {
                    if let Err(ending) = look_at_whole(&string, &mut entry.edits, look) {
                        self.ending.get_or_insert(ending);
                    }
                }
                Some(at) => {
                    let Some(lane) = self.lanes.get_mut(at) else { continue };
                    let decoded = string.text.decode();
                    let start = lane.len();
                    lane.grow(&decoded);
                    self.shown_bytes += decoded.len();
                    let range = start..start + decoded.len();
                    entry.pieces.push(Piece { lane: at, range, span: string.span.clone(), changes: Vec::new() });
                }
            }
        }
        for at in grown {
            let ends = match (&closing, self.lanes.get(at)) {
                (Closing::None, _) | (_, None) => false,
                (Closing::All, _) => true,
                (Closing::Choices(choices), Some(lane)) => choices.contains(&lane.choice),
            };
            self.decide(at, ends, now, look);
        }
        if let Closing::Choices(choices) = closing {
            self.close(|lane| choices.contains(&lane.choice), now, look);
        }
    }

    /// The lane of a string, made if it is new; None for a string that is whole.
    fn lane(&mut self, string: &Found1<'_>) -> Option<usize> {
        let (said, json) = match string.place {
            Place::Piece(said) => (said, false),
            Place::JsonPiece(said) => (said, true),
            _ => return None,
        };
        if let Some(at) = self.lanes.iter().rposition(|lane| lane.key == string.key) {
            return Some(at);
        }
        // A field nobody knows is a text that goes on once it looks like one, and until then a word by itself.
        let wordlike = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
        if said == Said::Other && string.text.raw().bytes().all(wordlike) {
            return None;
        }
        if self.lanes.len() >= MAX_LANES {
            // They share the last one: looked at together, which hides nothing.
            return Some(self.lanes.len() - 1);
        }
        self.lanes.push(Lane {
            key: string.key,
            choice: string.choice,
            said,
            tool: string.tool.clone(),
            text: String::new(),
            gone: 0,
            decided: 0,
            fresh: !json && matches!(said, Said::Text | Said::Other),
            json: json.then(json_text::State::default),
        });
        Some(self.lanes.len() - 1)
    }

    fn close(&mut self, which: impl Fn(&Lane) -> bool, now: &mut Option<Entry<'_>>, look: &mut Look<'_>) {
        self.close_where(|_, lane| which(lane), now, look);
    }

    fn close_where(&mut self, which: impl Fn(usize, &Lane) -> bool, now: &mut Option<Entry<'_>>, look: &mut Look<'_>) {
        for at in 0..self.lanes.len() {
            if self.lanes.get(at).is_some_and(|lane| lane.is_open() && which(at, lane)) {
                self.decide(at, true, now, look);
            }
        }
    }

    /// Shows a lane, and notes what is to become of it.
    fn decide(&mut self, at: usize, end: bool, now: &mut Option<Entry<'_>>, look: &mut Look<'_>) {
        let Some(lane) = self.lanes.get_mut(at) else { return };
        if !lane.is_open() {
            return;
        }
        let end = end || lane.len() - lane.decided > MAX_OPEN_BYTES;
        let open = lane.decided - lane.gone;
        let view = match lane.json {
            Some(state) => View::new(&lane.text, state, end),
            None => View::unchanged(&lane.text),
        };
        let start = view.shown_at(open);
        let (choice, said) = (lane.choice, lane.said);
        let passage = Passage { choice, said, tool: &lane.tool, field: None, text: &view.text, start, end };
        let (changes, hold) = match look(&passage) {
            Verdict::Pass { changes, hold } => (changes, hold),
            Verdict::End(ending) => {
                self.ending.get_or_insert(ending);
                return;
            }
        };
        let len = view.text.len();
        let mut cut = if end { len } else { view.text.floor_char_boundary(len.saturating_sub(hold)).max(start) };
        if !end {
            // What is only half decided is not decided.
            let torn = changes.iter().find(|change| change.range.start < cut && change.range.end > cut);
            cut = torn.map_or(cut, |change| change.range.start.max(start));
        }
        for change in changes.into_iter().filter(|change| change.range.end <= cut && change.range.end > start) {
            let range = view.original(change.range.start.max(start))..view.original(change.range.end);
            let with = match lane.json {
                Some(state) => json_text::escaped(&lane.text, state, &range, &change.with),
                None => change.with,
            };
            let range = lane.gone + range.start..lane.gone + range.end;
            let entries = self.waiting.iter_mut().map(|entry| &mut entry.pieces);
            let entries = entries.chain(now.iter_mut().map(|entry| &mut entry.pieces));
            put(at, &range, with, entries.flatten());
        }
        lane.decided = lane.gone + if cut == len { view.shown } else { view.original(cut) };
        lane.trim();
    }

    fn is_decided(&self, entry: &Entry<'_>) -> bool {
        let decided = |piece: &Piece| self.lanes.get(piece.lane).is_none_or(|lane| lane.decided >= piece.range.end);
        entry.pieces.iter().all(decided)
    }

    /// Lets go what is decided, in order.
    fn leave(&mut self, out: &mut Vec<u8>) -> Result<(), Unreadable> {
        if self.holds_first() {
            return Ok(());
        }
        while let Some(entry) = self.waiting.pop_front_if(|entry| {
            let decided = |piece: &Piece| self.lanes.get(piece.lane).is_none_or(|lane| lane.decided >= piece.range.end);
            entry.pieces.iter().all(decided)
        }) {
            self.waiting_bytes = self.waiting_bytes.saturating_sub(entry.raw.len());
            self.let_go(&entry, out)?;
        }
        Ok(())
    }

    fn let_go(&mut self, entry: &Entry<'_>, out: &mut Vec<u8>) -> Result<(), Unreadable> {
        let changed = entry.changed(self.framing)?;
        let bytes = changed.as_ref().map_or(&*entry.raw, |(framed, _)| framed);
        out.extend_from_slice(bytes);
        self.sent += u64::from(entry.has_data);
        if let Some(shadow) = self.shadow.as_mut().filter(|_| entry.has_data) {
            let data = changed.as_ref().map_or_else(|| entry.data(), |(_, data)| data);
            let event = Event {
                raw: bytes,
                name: entry.name.as_deref(),
                data: Cow::Borrowed(data),
                has_data: true,
                complete: true,
                fault: false,
            };
            shadow.follow(&event);
        }
        Ok(())
    }

    /// Says the end that somebody wanted, once.
    fn end(&mut self, out: &mut Vec<u8>) {
        let Some(ending) = &self.ending else { return };
        self.waiting.clear();
        if let Some(shadow) = self.shadow.take() {
            shadow.end(&ending.message, self.sent, out);
        }
    }

    /// The strings of an event or an answer.
    fn find<'a>(&mut self, doc: &Doc<'a>, streamed: bool) -> Found<'a> {
        let root = doc.root();
        let kind = root.get("type").and_then(|kind| kind.text()).and_then(|kind| kind.borrowed()).unwrap_or_default();
        let mut key = Hash::START;
        let mut index = 0;
        for name in ["index", "output_index", "content_index", "summary_index", "contentBlockIndex"] {
            if let Some(at) = root.get(name).and_then(Value::u64).filter(|_| streamed) {
                key = key.with(name.as_bytes()).with(&at.to_le_bytes());
                if !matches!(name, "content_index" | "summary_index") {
                    index = at;
                }
            }
        }
        if self.shape.name() == "openai_responses" {
            key = key.with(kind.as_bytes());
        }
        let (shape, around) = (self.shape, Around { streamed, kind, ..Around::default() });
        let mut walk = Walk { shape, around, tools: &mut self.tools, path: Vec::new(), found: Found::default() };
        let call = walk.recall(0, index);
        walk.value(root, Where { key, choice: 0, index, call, field: "" });
        walk.found
    }
}

impl Lane {
    fn grow(&mut self, more: &str) {
        self.text.push_str(more);
        if self.fresh
            && let Some(first) = self.text.trim_start().chars().next()
        {
            // A text that is an object is JSON, as where a schema was asked for.
            self.fresh = false;
            self.json = (first == '{').then(json_text::State::default);
        }
    }

    /// Forgets what is far behind.
    fn trim(&mut self) {
        let behind = self.decided - self.gone;
        if behind <= 2 * BEHIND_BYTES {
            return;
        }
        let mut cut = self.text.floor_char_boundary(behind - BEHIND_BYTES);
        if let Some(state) = self.json {
            // Not inside an escape.
            let view = View::new(&self.text, state, true);
            cut = view.original(view.shown_at(cut)).min(behind);
        }
        let Some(gone) = self.text.get(..cut) else { return };
        if let Some(state) = &mut self.json {
            state.skip(gone);
        }
        self.gone += cut;
        self.text.drain(..cut);
    }
}

/// Puts a change into the pieces that carry the text.
fn put<'p>(lane: usize, range: &Range<usize>, with: String, pieces: impl Iterator<Item = &'p mut Piece>) {
    let mut with = Some(with);
    for piece in pieces.filter(|piece| piece.lane == lane) {
        let (from, to) = (range.start.max(piece.range.start), range.end.min(piece.range.end));
        if from < to {
            let local = from - piece.range.start..to - piece.range.start;
            piece.changes.push((local, with.take().unwrap_or_default()));
        }
    }
}

impl<'e> Entry<'e> {
    fn new(event: &Event<'e>) -> Self {
        let data = match &event.data {
            Cow::Borrowed(data) => {
                let start = data.as_ptr().addr().wrapping_sub(event.raw.as_ptr().addr());
                match event.raw.get(start..start.wrapping_add(data.len())) {
                    Some(_) => Ok(start..start + data.len()),
                    None => Err(data.to_vec()),
                }
            }
            Cow::Owned(data) => Err(data.clone()),
        };
        Self {
            raw: Cow::Borrowed(event.raw),
            name: event.name.map(Cow::Borrowed),
            data,
            pieces: Vec::new(),
            edits: Edits::new(),
            tokens: Vec::new(),
            has_data: event.has_data,
        }
    }

    fn into_owned(self) -> Entry<'static> {
        let Self { raw, name, data, pieces, edits, tokens, has_data } = self;
        let name = name.map(|name| Cow::Owned(name.into_owned()));
        Entry { raw: Cow::Owned(raw.into_owned()), name, data, pieces, edits, tokens, has_data }
    }

    fn data(&self) -> &[u8] {
        match &self.data {
            Ok(range) => self.raw.get(range.clone()).unwrap_or_default(),
            Err(data) => data,
        }
    }

    /// The event with its changes, and its data alone; None if there are none.
    fn changed(&self, framing: Framing) -> Result<Option<(Vec<u8>, Vec<u8>)>, Unreadable> {
        if self.edits.is_empty() && self.pieces.iter().all(|piece| piece.changes.is_empty()) {
            return Ok(None);
        }
        let data = self.data();
        let mut edits = Edits::new();
        self.edits.iter().for_each(|(span, with)| edits.replace(span.clone(), with.as_slice()));
        for piece in &self.pieces {
            let raw = data.get(piece.span.clone()).and_then(|raw| std::str::from_utf8(raw).ok()).unwrap_or_default();
            cut(raw, piece.span.start, &piece.changes, &mut edits);
        }
        self.tokens.iter().for_each(|span| edits.replace(span.clone(), "null"));
        let changed = edits.apply(data);
        let mut out = Vec::with_capacity(self.raw.len() + changed.len());
        match (&self.data, framing) {
            (_, Framing::AwsEventStream) => {
                event_stream::with_payload(&mut out, &self.raw, data, &changed)
                    .ok_or(Unreadable("an event is wrapped"))?;
            }
            (Ok(range), _) => {
                out.extend_from_slice(self.raw.get(..range.start).unwrap_or_default());
                out.extend_from_slice(&changed);
                out.extend_from_slice(self.raw.get(range.end..).unwrap_or_default());
            }
            (Err(_), _) => crate::wire::sse::write_in_place(&mut out, &self.raw, &changed),
        }
        Ok(Some((out, changed)))
    }
}

/// Notes changes to the decoded text of a string as edits of its escaped form. `base`: where its inside begins.
fn cut(raw: &str, base: usize, changes: &[(Range<usize>, String)], edits: &mut Edits) {
    if changes.is_empty() {
        return;
    }
    // Changes of one lane come in order, so these do.
    let mut offsets: Vec<usize> = changes.iter().flat_map(|(range, _)| [range.start, range.end]).collect();
    raw_offsets(raw, &mut offsets);
    for (pair, (_, with)) in offsets.chunks_exact(2).zip(changes) {
        if let [start, end] = pair {
            let mut escaped = Vec::with_capacity(with.len() + 8);
            escape(&mut escaped, with);
            edits.replace(base + start..base + end, escaped);
        }
    }
}

/// Shows a string that is whole.
fn look_at_whole(string: &Found1<'_>, edits: &mut Edits, look: &mut Look<'_>) -> Result<(), Ending> {
    let (said, json) = match string.place {
        Place::Whole(said) => (said, false),
        Place::WholeJson(said) => (said, true),
        // Of an answer that is no stream.
        Place::Piece(said) => (said, false),
        Place::JsonPiece(said) => (said, true),
        Place::Opaque => return Ok(()),
    };
    let decoded = string.text.decode();
    let json = (json || said != Said::Link && decoded.trim_start().starts_with('{')).then(json_text::State::default);
    let view = match json {
        Some(state) => View::new(&decoded, state, true),
        None => View::unchanged(&decoded),
    };
    let passage = Passage {
        choice: string.choice,
        said,
        tool: &string.tool,
        field: Some(string.field).filter(|field| !field.is_empty()),
        text: &view.text,
        start: 0,
        end: true,
    };
    let changes = match look(&passage) {
        Verdict::Pass { changes, .. } => changes,
        Verdict::End(ending) => return Err(ending),
    };
    if string.number {
        if let Some(change) = changes.into_iter().next() {
            let mut with = vec![b'"'];
            escape(&mut with, &change.with);
            with.push(b'"');
            edits.replace(string.span.clone(), with);
        }
        return Ok(());
    }
    let changes: Vec<_> = changes
        .into_iter()
        .map(|change| {
            let range = view.original(change.range.start)..view.original(change.range.end);
            let with = match json {
                Some(state) => json_text::escaped(&decoded, state, &range, &change.with),
                None => change.with,
            };
            (range, with)
        })
        .collect();
    cut(string.text.raw(), string.span.start, &changes, edits);
    Ok(())
}

/// What an event ends.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Closing {
    None,
    Choices(Vec<u32>),
    All,
}

fn closing(shape: &str, event: &Event<'_>, root: Value<'_, '_>, has_pieces: bool) -> Closing {
    let choices = |list: &str, member: &str| {
        let done = |choice: &Value<'_, '_>| choice.some(member).is_some();
        let items = root.get(list).into_iter().flat_map(Value::items);
        Closing::Choices(items.filter(done).map(|choice| number(choice.get("index"))).collect())
    };
    let kind = || root.get("type");
    match shape {
        "openai_chat" | "openai_completions" => choices("choices", "finish_reason"),
        "gemini" => choices("candidates", "finishReason"),
        "ollama_chat" if root.get("done").and_then(Value::bool) == Some(true) => Closing::All,
        "openai_responses" if kind().and_then(Value::text).is_some_and(|kind| ends_item(kind.raw())) => Closing::All,
        "cohere_chat" if kind().and_then(Value::text).is_some_and(|kind| kind.raw().ends_with("-end")) => Closing::All,
        "anthropic_messages" if !has_pieces && !kind().is_some_and(|kind| kind.is("ping")) => Closing::All,
        "bedrock_converse" if event.name != Some(b"contentBlockDelta") => Closing::All,
        _ => Closing::None,
    }
}

fn ends_item(kind: &str) -> bool {
    kind.ends_with(".done")
        || matches!(kind, "response.completed" | "response.incomplete" | "response.failed" | "error")
}

fn number(value: Option<Value<'_, '_>>) -> u32 {
    value.and_then(Value::u64).and_then(|number| u32::try_from(number).ok()).unwrap_or(0)
}

/// FNV-1a: tells lanes apart. A provider that makes two meet has them looked at as one.
#[derive(Clone, Copy)]
struct Hash(u64);

impl Hash {
    const START: Hash = Hash(0xcbf2_9ce4_8422_2325);

    fn with(self, bytes: &[u8]) -> Self {
        let mix = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        Self(mix(bytes.iter().fold(self.0, mix), &0xff))
    }
}

struct Walk<'w, 'a> {
    shape: Shape,
    around: Around<'a>,
    tools: &'w mut Vec<Tool>,
    path: Vec<Step<'a>>,
    found: Found<'a>,
}

/// Where in an event a value stands.
#[derive(Clone)]
struct Where<'a> {
    key: Hash,
    choice: u32,
    index: u64,
    /// The call it belongs to: its tool, and whether the provider runs it.
    call: Option<(String, bool)>,
    field: &'a str,
}

impl<'a> Walk<'_, 'a> {
    fn value(&mut self, value: Value<'_, 'a>, mut at: Where<'a>) {
        match value.kind() {
            Kind::Object => {
                if let Some(call) = call(value) {
                    self.note(&at, &call);
                    at.call = Some(call);
                }
                let thought = self.around.thought;
                if self.shape.name() == "gemini" && value.get("thought").and_then(Value::bool) == Some(true) {
                    self.around.thought = true;
                }
                for (key, member) in value.entries() {
                    let Some(text) = key.text() else { continue };
                    let name = text.borrowed().unwrap_or("");
                    self.path.push(Step::Key(name));
                    // A key can be data too: `{"jane@example.com": "owner"}`. The names of fields have none of these.
                    if name.bytes().any(|byte| matches!(byte, b'@' | b'<' | b'\\' | b'0'..=b'9') || !byte.is_ascii()) {
                        let span = key.span();
                        self.found(text, span.start + 1..span.end.saturating_sub(1), false, at.clone());
                    }
                    if matches!(name, "logprobs" | "logprobsResult") && !matches!(member.kind(), Kind::Null) {
                        self.found.tokens.push(member.span());
                    }
                    let mut below = Where { key: at.key.with(name.as_bytes()), field: name, ..at.clone() };
                    if self.around.thought && name == "text" {
                        below.key = below.key.with(b"thought");
                    }
                    self.value(member, below);
                    self.path.pop();
                }
                self.around.thought = thought;
            }
            Kind::Array => {
                let list = at.field;
                self.path.push(Step::Item);
                for (position, item) in (0u64..).zip(value.items()) {
                    let index = item.get("index").and_then(Value::u64).unwrap_or(position);
                    let mut below = at.clone();
                    // Parts have no number: the next event's first may go on with this one's last.
                    below.key = at.key.with(&if list == "parts" { 0 } else { index }.to_le_bytes());
                    if matches!(list, "choices" | "candidates") {
                        below.choice = u32::try_from(index).unwrap_or(u32::MAX);
                    } else if list == "tool_calls" {
                        below.index = index;
                        below.call = self.recall(at.choice, index);
                    }
                    self.value(item, below);
                }
                self.path.pop();
            }
            Kind::String => {
                let Some(text) = value.text() else { return };
                let span = value.span();
                self.found(text, span.start + 1..span.end.saturating_sub(1), false, at);
            }
            Kind::Number => {
                let raw = value.raw();
                let long = raw.len() >= 9 && raw.bytes().all(|byte| byte.is_ascii_digit());
                if long {
                    self.found(Text::from_raw(raw), value.span(), true, at);
                }
            }
            Kind::Bool | Kind::Null => {}
        }
    }

    fn found(&mut self, text: Text<'a>, span: Range<usize>, number: bool, at: Where<'a>) {
        let (tool, foreign) = at.call.unwrap_or_default();
        let place = places::place(self.shape, &self.path, Around { foreign, ..self.around });
        let data_url = place == Place::Whole(Said::Link) && text.raw().starts_with("data:");
        // Of numbers only those that a call is made with say something.
        let steers = number && !matches!(place, Place::Whole(Said::Arguments | Said::Foreign));
        if place == Place::Opaque || text.is_empty() || data_url || steers {
            return;
        }
        let (key, choice, field) = (at.key.0, at.choice, at.field);
        self.found.strings.push(Found1 { place, text, span, number, key, choice, tool, field });
    }

    fn note(&mut self, at: &Where<'a>, (name, foreign): &(String, bool)) {
        let Some(known) = self.tools.iter_mut().find(|tool| tool.choice == at.choice && tool.index == at.index) else {
            if self.around.streamed && self.tools.len() < MAX_LANES {
                self.tools.push(Tool { choice: at.choice, index: at.index, name: name.clone(), foreign: *foreign });
            }
            return;
        };
        (known.name, known.foreign) = (name.clone(), *foreign);
    }

    fn recall(&self, choice: u32, index: u64) -> Option<(String, bool)> {
        let known = self.tools.iter().find(|tool| tool.choice == choice && tool.index == index);
        known.filter(|_| self.around.streamed).map(|tool| (tool.name.clone(), tool.foreign))
    }
}

/// The tool that an object calls, and whether the provider runs it itself.
fn call(object: Value<'_, '_>) -> Option<(String, bool)> {
    let named = |value: Value<'_, '_>| Some(value.get("name")?.text()?.decode().into_owned());
    let inside = ["function", "custom", "functionCall", "toolUse"].into_iter().find_map(|member| object.get(member));
    if let Some(inside) = inside.filter(|inside| inside.kind() == Kind::Object) {
        let foreign = inside.get("type").is_some_and(|kind| kind.is("server_tool_use"));
        return named(inside).filter(|name| !name.is_empty()).map(|name| (name, foreign));
    }
    if object.get("toolCall").is_some() {
        return Some((String::new(), true));
    }
    let kind = object.get("type")?.text()?;
    let own = matches!(kind.raw(), "tool_use" | "function_call" | "custom_tool_call");
    let foreign = matches!(kind.raw(), "server_tool_use" | "mcp_tool_use") || !own && kind.raw().ends_with("_call");
    (own || foreign).then(|| (named(object).unwrap_or_default(), foreign))
}
