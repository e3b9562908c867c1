//! Writes answers for a client of the Responses API: a stream as its ladder of events, a whole answer as what such a
//! ladder has at its end.
//!
//! Each item of the answer opens when its first word comes and closes when another one opens, but for a call whose
//! arguments are incomplete: parallel calls whose fragments interleave are open side by side, which the ladder can say,
//! since every event names its item. The last event holds the whole answer again, so all that was said is kept until
//! then, within a limit.

use super::answer::chars;
use super::{REDACTED, echo, usage};
use crate::chat::{
    Answer, ApiError, Citation, Delta, Finish, Logprob, Media, MediaKind, MediaSource, Origin, Signature, Usage, unfold,
};
use crate::format::blocks::Completeness;
use crate::format::openai::error;
use crate::format::{Ask, StreamWriter};
use crate::wire::json::{self, Text};

/// How many bytes an answer may have: the last event of its stream says all of it in one piece, and readers take no
/// larger event than this and what stands around it.
const MAX_BYTES: usize = crate::wire::frame::MAX_EVENT_BYTES - 512 * 1024;

/// About what an item takes beside its words.
const ITEM_BYTES: usize = 256;

/// How many calls may be open at once.
const MAX_OPEN_CALLS: usize = 128;

/// Writes a stream.
pub(super) struct Writer {
    ask: Ask,
    /// Only the whole answer is wanted, and no events.
    silent: bool,
    head: Option<Head>,
    sequence: u64,
    done: bool,
    /// The items that are closed, by their index.
    items: Vec<Option<String>>,
    /// The item that words go into: a message or reasoning.
    open: Option<Open>,
    /// Calls that are open, as the provider numbers them.
    calls: Vec<Call>,
    /// How many calls there were.
    called: u32,
    /// Characters of the text parts that are closed.
    chars: u64,
    /// How many bytes are kept.
    bytes: usize,
    finish: Finish,
    usage: Option<Usage>,
    service_tier: Option<Text<'static>>,
}

/// What is the same in every event that has the response.
struct Head {
    /// The answer's id without `resp_`, escaped; the items' ids are made of it.
    base: String,
    model: Text<'static>,
    created: u64,
}

/// An item, and how far it has come. Everything in it is escaped already.
enum Open {
    Message {
        item: Item,
        /// Content parts that are complete, as JSON.
        parts: Vec<String>,
        part: Option<Part>,
    },
    Reasoning {
        item: Item,
        text: String,
        sealed: String,
    },
}

/// An item's place, which with the answer's own id makes its id.
#[derive(Clone, Copy)]
struct Item {
    index: usize,
    prefix: &'static str,
}

/// A part of a message under way.
struct Part {
    refusal: bool,
    said: String,
    /// How many of its bytes were counted, and the characters that they are: for the places of sources.
    counted: (usize, u64),
    /// Sources as JSON, and how many.
    notes: json::Writer,
    note_count: u64,
    /// Log probabilities as JSON.
    logprobs: json::Writer,
}

/// A call under way.
struct Call {
    item: Item,
    /// Its number at the provider's side.
    number: u32,
    id: Text<'static>,
    name: Text<'static>,
    arguments: String,
    json: Completeness,
}

/// An answer as a whole.
pub(super) fn whole(answer: &Answer<'_>, ask: &Ask) -> Vec<u8> {
    let mut writer = Writer { silent: true, ..Writer::new(ask) };
    let mut out = json::Writer::default();
    unfold(answer, &mut |delta| writer.step(&delta, &mut out));
    // Without a word it is an answer still.
    if writer.head.is_none() {
        writer.start(&Text::default(), &Text::default(), None, &mut out);
    }
    let mut out = json::Writer::with_capacity(1024 + writer.bytes + ask.echo.len());
    writer.response(&mut out, true);
    out.out
}

impl Writer {
    pub(super) fn new(ask: &Ask) -> Self {
        let mut ask = ask.clone();
        if ask.echo.is_empty() {
            ask.echo = echo::of(None);
        }
        Self {
            silent: false,
            head: None,
            sequence: ask.sent,
            ask,
            done: false,
            items: Vec::new(),
            open: None,
            calls: Vec::new(),
            called: 0,
            chars: 0,
            bytes: 0,
            finish: Finish::Stop,
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
            Delta::Start { id, model, created } => self.start(id, model, *created, out),
            Delta::Text(0, text) => self.words(text, false, out),
            Delta::Refusal(0, text) => self.words(text, true, out),
            Delta::ThinkingStart(0) => {
                if let Some(Open::Reasoning { .. }) = self.open {
                    self.close(out);
                }
            }
            Delta::Thinking(0, text) => self.thinking(text, out),
            Delta::Signature(0, signature) => self.signature(signature, out),
            Delta::RedactedThinking(0, data) => self.redacted(data, out),
            Delta::ToolStart { choice: 0, index, id, name, .. } => self.call(*index, id, name, out),
            Delta::ToolArguments { choice: 0, index, fragment } => self.arguments(*index, fragment, out),
            Delta::Media(0, media) => self.media(media, out),
            Delta::Citation(0, citation) => self.citation(citation, out),
            Delta::Logprobs(0, tokens) => self.logprobs(tokens, out),
            Delta::ServiceTier(tier) => self.service_tier = Some(tier.clone().into_owned()),
            Delta::Finish { choice: 0, finish, .. } => {
                self.finish = *finish;
                self.close_all(out);
            }
            Delta::Usage(usage) => self.usage = Some(*usage),
            Delta::Error(error) => self.fail(error, out),
            Delta::End => self.end(out),
            // A response has one choice.
            Delta::Text(..)
            | Delta::Refusal(..)
            | Delta::ThinkingStart(_)
            | Delta::Thinking(..)
            | Delta::Signature(..)
            | Delta::RedactedThinking(..)
            | Delta::ToolStart { .. }
            | Delta::ToolArguments { .. }
            | Delta::Media(..)
            | Delta::Citation(..)
            | Delta::Logprobs(..)
            | Delta::Finish { .. }
            | Delta::Unmapped(_) => {}
        }
        if self.bytes > MAX_BYTES && !self.silent && !self.done {
            self.fail(&ApiError::bad_answer("the provider's answer is too large for one response"), out);
        }
    }

    fn start(&mut self, id: &Text<'_>, model: &Text<'_>, created: Option<u64>, out: &mut json::Writer) {
        if self.head.is_some() {
            return;
        }
        let id = if id.is_empty() { self.ask.fallback_id.as_str() } else { id.raw() };
        let base = id.strip_prefix("resp_").unwrap_or(id).to_owned();
        let model = match model.is_empty() {
            true => Text::from_plain(&self.ask.model).into_owned(),
            false => model.clone().into_owned(),
        };
        self.head = Some(Head { base, model, created: created.unwrap_or(self.ask.now_secs) });
        for kind in ["response.created", "response.in_progress"] {
            self.event(kind, out, |this, out| this.response(out.key("response"), false));
        }
    }

    /// Writes an event: its name, and the members that `body` adds to its type and number.
    fn event(&mut self, kind: &str, out: &mut json::Writer, body: impl FnOnce(&Self, &mut json::Writer)) {
        if self.silent {
            return;
        }
        for piece in ["event: ", kind, "\ndata: {\"type\":\"", kind, "\""] {
            out.out.extend_from_slice(piece.as_bytes());
        }
        out.key("sequence_number").number(self.sequence);
        self.sequence += 1;
        body(self, out);
        out.close().out.extend_from_slice(b"\n\n");
    }

    /// An event about an item.
    fn item_event(&mut self, kind: &str, item: Item, out: &mut json::Writer, body: impl FnOnce(&mut json::Writer)) {
        self.event(kind, out, |this, out| {
            this.item_id(item, out.key("item_id"));
            out.key("output_index").number(item.index as u64);
            body(out);
        });
    }

    fn item_id(&self, item: Item, out: &mut json::Writer) {
        let base = self.head.as_ref().map(|head| head.base.as_str()).unwrap_or_default();
        for piece in ["\"", item.prefix, "_", base, "_"] {
            out.out.extend_from_slice(piece.as_bytes());
        }
        out.out.extend_from_slice(item.index.to_string().as_bytes());
        out.out.push(b'"');
    }

    /// The response as it is so far.
    fn response(&self, out: &mut json::Writer, ended: bool) {
        let Some(head) = &self.head else { return };
        let incomplete = match self.finish {
            Finish::Stop | Finish::ToolCalls => None,
            Finish::Length => Some("max_output_tokens"),
            Finish::ContentFilter => Some("content_filter"),
        };
        let status = match (ended, incomplete) {
            (false, _) => "in_progress",
            (true, None) => "completed",
            (true, Some(_)) => "incomplete",
        };
        out.open().key("id").text(&Text::from_raw_owned(format!("resp_{}", head.base)));
        out.key("object").string("response").key("created_at").number(head.created).key("status").string(status);
        out.key("error").null().key("incomplete_details");
        match incomplete.filter(|_| ended) {
            Some(reason) => out.open().key("reason").string(reason).close(),
            None => out.null(),
        };
        out.key("model").text(&head.model);
        out.key("output").open_array();
        if ended {
            self.items.iter().flatten().for_each(|item| {
                out.raw(item);
            });
        }
        out.close_array();
        out.raw(&self.ask.echo);
        // Nothing is kept here, whatever the client asked.
        out.key("store").bool(false).key("service_tier");
        match &self.service_tier {
            Some(tier) => out.text(tier),
            None => out.null(),
        };
        out.key("usage");
        match self.usage.filter(|_| ended) {
            Some(usage) => usage::write(&usage, out),
            None => {
                out.null();
            }
        }
        out.close();
    }

    /// A place for another item; whatever is complete closes before it.
    fn next(&mut self, prefix: &'static str, out: &mut json::Writer) -> Item {
        self.start(&Text::default(), &Text::default(), None, out);
        self.close(out);
        let complete = |call: &Call| call.json.complete();
        while let Some(at) = self.calls.iter().position(complete) {
            let call = self.calls.remove(at);
            self.close_call(call, out);
        }
        let index = self.items.len();
        self.items.push(None);
        self.bytes += ITEM_BYTES;
        Item { index, prefix }
    }

    /// Says that an item opens; `body` writes what it has besides type and id.
    fn added(&mut self, kind: &str, item: Item, out: &mut json::Writer, body: impl FnOnce(&mut json::Writer)) {
        self.event("response.output_item.added", out, |this, out| {
            out.key("output_index").number(item.index as u64).key("item");
            this.item_id(item, out.open().key("id"));
            out.key("type").string(kind);
            body(out);
            out.close();
        });
    }

    /// Says that an item is complete, and keeps it for the end.
    fn completed(&mut self, kind: &str, item: Item, out: &mut json::Writer, body: impl FnOnce(&mut json::Writer)) {
        let mut whole = json::Writer::with_capacity(256);
        self.item_id(item, whole.open().key("id"));
        whole.key("type").string(kind);
        body(&mut whole);
        whole.close();
        let whole = String::from_utf8(whole.out).unwrap_or_default();
        self.event("response.output_item.done", out, |_, out| {
            out.key("output_index").number(item.index as u64).key("item").raw(&whole);
        });
        if let Some(kept) = self.items.get_mut(item.index) {
            *kept = Some(whole);
        }
    }

    /// The status of an item that closes: what is open when an answer breaks off is incomplete.
    fn item_status(&self) -> &'static str {
        match self.finish {
            Finish::Stop | Finish::ToolCalls => "completed",
            Finish::Length | Finish::ContentFilter => "incomplete",
        }
    }

    fn words(&mut self, text: &Text<'_>, refusal: bool, out: &mut json::Writer) {
        if text.is_empty() {
            return;
        }
        let fits = |part: &Option<Part>| part.as_ref().is_some_and(|part| part.refusal == refusal);
        if !matches!(&self.open, Some(Open::Message { part, .. }) if fits(part)) {
            self.open_part(refusal, out);
        }
        let Some(Open::Message { item, parts, part: Some(part) }) = &mut self.open else { return };
        part.said.push_str(text.raw());
        self.bytes += text.raw().len();
        let (item, at) = (*item, parts.len() as u64);
        let kind = if refusal { "response.refusal.delta" } else { "response.output_text.delta" };
        self.item_event(kind, item, out, |out| {
            out.key("content_index").number(at).key("delta").text(text);
            if !refusal {
                out.key("logprobs").open_array().close_array();
            }
        });
    }

    /// Opens a part, and a message for it where there is none.
    fn open_part(&mut self, refusal: bool, out: &mut json::Writer) {
        if let Some(Open::Message { .. }) = self.open {
            self.close_part(out);
        } else {
            let item = self.next("msg", out);
            self.added("message", item, out, |out| {
                out.key("status").string("in_progress").key("role").string("assistant");
                out.key("content").open_array().close_array();
            });
            self.open = Some(Open::Message { item, parts: Vec::new(), part: None });
        }
        let Some(Open::Message { item, parts, part }) = &mut self.open else { return };
        let fresh = Part::new(refusal);
        let empty = fresh.json();
        *part = Some(fresh);
        let (item, at) = (*item, parts.len() as u64);
        self.item_event("response.content_part.added", item, out, |out| {
            out.key("content_index").number(at).key("part").raw(&empty);
        });
    }

    fn close_part(&mut self, out: &mut json::Writer) {
        let Some(Open::Message { item, parts, part }) = &mut self.open else { return };
        let Some(mut part) = part.take() else { return };
        let chars = part.chars();
        let (item, at) = (*item, parts.len() as u64);
        let whole = part.json();
        parts.push(whole.clone());
        let said = Text::from_raw(&part.said);
        if part.refusal {
            self.item_event("response.refusal.done", item, out, |out| {
                out.key("content_index").number(at).key("refusal").text(&said);
            });
        } else {
            self.chars += chars;
            self.item_event("response.output_text.done", item, out, |out| {
                out.key("content_index").number(at).key("text").text(&said);
                part.write_logprobs(out);
            });
        }
        self.item_event("response.content_part.done", item, out, |out| {
            out.key("content_index").number(at).key("part").raw(&whole);
        });
    }

    fn citation(&mut self, citation: &Citation<'_>, out: &mut json::Writer) {
        let before = self.chars;
        let Some(Open::Message { item, parts, part: Some(part) }) = &mut self.open else { return };
        if part.refusal {
            return;
        }
        let written = written_citation(citation, before, part.chars());
        part.notes.raw(&written);
        let (item, at, number) = (*item, parts.len() as u64, part.note_count);
        part.note_count += 1;
        self.bytes += written.len();
        self.item_event("response.output_text.annotation.added", item, out, |out| {
            out.key("content_index").number(at).key("annotation_index").number(number);
            out.key("annotation").raw(&written);
        });
    }

    /// They belong to text that has gone out already, so they come with no more text.
    fn logprobs(&mut self, tokens: &[Logprob<'_>], out: &mut json::Writer) {
        let Some(Open::Message { item, parts, part: Some(part) }) = &mut self.open else { return };
        if part.refusal || tokens.is_empty() {
            return;
        }
        let before = part.logprobs.out.len();
        tokens.iter().for_each(|token| write_logprob(token, &mut part.logprobs));
        let fresh = part.logprobs.out.get(before..).unwrap_or_default();
        let fresh = String::from_utf8_lossy(fresh).trim_start_matches(',').to_owned();
        self.bytes += fresh.len();
        let (item, at) = (*item, parts.len() as u64);
        self.item_event("response.output_text.delta", item, out, |out| {
            out.key("content_index").number(at).key("delta").string("");
            out.key("logprobs").open_array().raw(&fresh).close_array();
        });
    }

    fn thinking(&mut self, more: &Text<'_>, out: &mut json::Writer) {
        if more.is_empty() {
            return;
        }
        // A signature ends its reasoning: what goes on after it is another's.
        if !matches!(&self.open, Some(Open::Reasoning { sealed, .. }) if sealed.is_empty()) {
            self.open_reasoning(out);
        }
        let Some(Open::Reasoning { item, text, .. }) = &mut self.open else { return };
        let first = text.is_empty();
        text.push_str(more.raw());
        self.bytes += more.raw().len();
        let item = *item;
        if first {
            self.item_event("response.reasoning_summary_part.added", item, out, |out| {
                out.key("summary_index").number(0).key("part").raw(r#"{"type":"summary_text","text":""}"#);
            });
        }
        self.item_event("response.reasoning_summary_text.delta", item, out, |out| {
            out.key("summary_index").number(0).key("delta").text(more);
        });
    }

    fn open_reasoning(&mut self, out: &mut json::Writer) {
        let item = self.next("rs", out);
        self.added("reasoning", item, out, |out| {
            out.key("summary").open_array().close_array();
        });
        self.open = Some(Open::Reasoning { item, text: String::new(), sealed: String::new() });
    }

    /// A proof may come in pieces; only the first says whose it is.
    fn signature(&mut self, signature: &Signature<'_>, out: &mut json::Writer) {
        if !matches!(self.open, Some(Open::Reasoning { .. })) {
            self.open_reasoning(out);
        }
        let Some(Open::Reasoning { sealed, .. }) = &mut self.open else { return };
        match sealed.is_empty() {
            true => sealed.push_str(signature.seal(Origin::OpenAi).raw()),
            false => sealed.push_str(signature.value.raw()),
        }
        self.bytes += signature.value.raw().len();
    }

    fn redacted(&mut self, data: &Text<'_>, out: &mut json::Writer) {
        self.open_reasoning(out);
        if let Some(Open::Reasoning { sealed, .. }) = &mut self.open {
            sealed.push_str(REDACTED);
            sealed.push_str(data.raw());
            self.bytes += data.raw().len();
        }
        self.close(out);
    }

    fn call(&mut self, number: u32, id: &Text<'_>, name: &Text<'_>, out: &mut json::Writer) {
        if self.calls.len() >= MAX_OPEN_CALLS {
            return;
        }
        let item = self.next("fc", out);
        // The client's result comes back with it.
        let id = match id.is_empty() {
            true => Text::from_plain(&format!("call_{}_{}", self.ask.fallback_id, self.called)).into_owned(),
            false => id.clone().into_owned(),
        };
        self.called += 1;
        let name = name.clone().into_owned();
        self.added("function_call", item, out, |out| {
            out.key("status").string("in_progress").key("arguments").string("");
            out.key("call_id").text(&id).key("name").text(&name);
        });
        let (arguments, json) = (String::new(), Completeness::default());
        self.calls.push(Call { item, number, id, name, arguments, json });
    }

    fn arguments(&mut self, number: u32, fragment: &Text<'_>, out: &mut json::Writer) {
        if fragment.is_empty() {
            return;
        }
        let Some(call) = self.calls.iter_mut().rev().find(|call| call.number == number) else { return };
        call.arguments.push_str(fragment.raw());
        call.json.read(fragment);
        self.bytes += fragment.raw().len();
        let item = call.item;
        self.item_event("response.function_call_arguments.delta", item, out, |out| {
            out.key("delta").text(fragment);
        });
    }

    fn close_call(&mut self, mut call: Call, out: &mut json::Writer) {
        // Clients parse the arguments, and nothing is no JSON.
        if call.arguments.is_empty() {
            call.arguments.push_str("{}");
            self.item_event("response.function_call_arguments.delta", call.item, out, |out| {
                out.key("delta").string("{}");
            });
        }
        let Call { item, id, name, arguments, .. } = &call;
        let item = *item;
        let arguments = Text::from_raw(arguments);
        self.item_event("response.function_call_arguments.done", item, out, |out| {
            out.key("name").text(name).key("arguments").text(&arguments);
        });
        let status = self.item_status();
        self.completed("function_call", item, out, |out| {
            out.key("status").string(status).key("arguments").text(&arguments);
            out.key("call_id").text(id).key("name").text(name);
        });
    }

    /// A picture is what the provider's own tool for pictures would have made. There is no item for other media.
    fn media(&mut self, media: &Media<'_>, out: &mut json::Writer) {
        let (MediaKind::Image, MediaSource::Data { media_type, data }) = (media.kind, &media.source) else { return };
        let item = self.next("ig", out);
        self.added("image_generation_call", item, out, |out| {
            out.key("status").string("in_progress").key("result").null();
        });
        self.bytes += data.raw().len();
        let format = media_type.raw().strip_prefix("image/").unwrap_or("png");
        let format = Text::from_raw(format.strip_suffix("+xml").unwrap_or(format));
        self.completed("image_generation_call", item, out, |out| {
            out.key("status").string("completed").key("output_format").text(&format).key("result").text(data);
        });
    }

    /// Closes the message or the reasoning that is open.
    fn close(&mut self, out: &mut json::Writer) {
        self.close_part(out);
        let status = self.item_status();
        match self.open.take() {
            None => {}
            Some(Open::Message { item, parts, .. }) => {
                self.completed("message", item, out, |out| {
                    out.key("status").string(status).key("role").string("assistant").key("content").open_array();
                    parts.iter().for_each(|part| {
                        out.raw(part);
                    });
                    out.close_array();
                });
            }
            Some(Open::Reasoning { item, text, sealed }) => {
                let said = Text::from_raw(&text);
                if !said.is_empty() {
                    self.item_event("response.reasoning_summary_text.done", item, out, |out| {
                        out.key("summary_index").number(0).key("text").text(&said);
                    });
                    self.item_event("response.reasoning_summary_part.done", item, out, |out| {
                        out.key("summary_index").number(0).key("part");
                        out.open().key("type").string("summary_text").key("text").text(&said).close();
                    });
                }
                self.completed("reasoning", item, out, |out| {
                    out.key("summary").open_array();
                    if !said.is_empty() {
                        out.open().key("type").string("summary_text").key("text").text(&said).close();
                    }
                    out.close_array();
                    if !sealed.is_empty() {
                        out.key("encrypted_content").text(&Text::from_raw(&sealed));
                    }
                });
            }
        }
    }

    fn close_all(&mut self, out: &mut json::Writer) {
        self.close(out);
        for call in std::mem::take(&mut self.calls) {
            self.close_call(call, out);
        }
    }

    fn end(&mut self, out: &mut json::Writer) {
        self.start(&Text::default(), &Text::default(), None, out);
        self.close_all(out);
        let kind = match self.finish {
            Finish::Stop | Finish::ToolCalls => "response.completed",
            Finish::Length | Finish::ContentFilter => "response.incomplete",
        };
        self.event(kind, out, |this, out| this.response(out.key("response"), true));
        self.done = true;
    }

    /// The event has its own members by the book; OpenAI's servers, and what makes its SDKs raise, have them in `error`.
    fn fail(&mut self, failed: &ApiError, out: &mut json::Writer) {
        self.done = true;
        self.event("error", out, |_, out| {
            out.key("code");
            match &failed.code {
                Some(code) => out.string(code),
                None => out.null(),
            };
            out.key("message").string(&failed.message).key("param");
            match &failed.param {
                Some(param) => out.string(param),
                None => out.null(),
            };
            error::write_member(failed, out);
        });
    }
}

impl Part {
    fn new(refusal: bool) -> Self {
        Self {
            refusal,
            said: String::new(),
            counted: (0, 0),
            notes: json::Writer::default(),
            note_count: 0,
            logprobs: json::Writer::default(),
        }
    }

    /// How many characters it has so far, counting only what is new.
    fn chars(&mut self) -> u64 {
        let (bytes, counted) = self.counted;
        let fresh = chars(&Text::from_raw(self.said.get(bytes..).unwrap_or_default()));
        self.counted = (self.said.len(), counted + fresh);
        self.counted.1
    }

    fn json(&self) -> String {
        let mut out = json::Writer::with_capacity(self.said.len() + 64);
        let said = Text::from_raw(&self.said);
        if self.refusal {
            out.open().key("type").string("refusal").key("refusal").text(&said).close();
        } else {
            out.open().key("type").string("output_text").key("text").text(&said).key("annotations").open_array();
            out.out.extend_from_slice(&self.notes.out);
            out.close_array();
            self.write_logprobs(&mut out);
            out.close();
        }
        String::from_utf8(out.out).unwrap_or_default()
    }

    fn write_logprobs(&self, out: &mut json::Writer) {
        out.key("logprobs").open_array();
        out.out.extend_from_slice(&self.logprobs.out);
        out.close_array();
    }
}

/// A source of the part under way; `before` is where that part begins in the answer's text, `chars` how long it is. A
/// source without an address is a document's.
fn written_citation(citation: &Citation<'_>, before: u64, chars: u64) -> String {
    let mut out = json::Writer::with_capacity(128);
    // Where nobody says which words rest on it, it is all that was said.
    let (start, end) = match citation.span {
        Some((start, end)) => (start.saturating_sub(before), end.saturating_sub(before)),
        None => (0, chars),
    };
    let title = citation.title.clone().unwrap_or_default();
    match &citation.url {
        Some(url) => {
            out.open().key("type").string("url_citation").key("url").text(url).key("title").text(&title);
            out.key("start_index").number(start).key("end_index").number(end).close();
        }
        None => {
            out.open().key("type").string("file_citation").key("file_id").string("").key("filename").text(&title);
            out.key("index").number(end).close();
        }
    }
    String::from_utf8(out.out).unwrap_or_default()
}

fn write_logprob(token: &Logprob<'_>, out: &mut json::Writer) {
    let one = |token: &Text<'_>, logprob: &Text<'_>, out: &mut json::Writer| {
        out.open().key("token").text(token).key("bytes").open_array();
        token.decode().bytes().for_each(|byte| {
            out.number(byte.into());
        });
        out.close_array().key("logprob").raw(logprob.raw());
    };
    one(&token.token, &token.logprob, out);
    out.key("top_logprobs").open_array();
    for (other, logprob) in &token.top {
        one(other, logprob, out);
        out.close();
    }
    out.close_array().close();
}
