//! Writes a stream for a client of the Responses API: a ladder of events.
//!
//! Each item of the answer opens when its first word comes and closes when another one opens, but for a call whose
//! arguments are incomplete: parallel calls whose fragments interleave are open side by side, which the ladder can say,
//! since every event names its item. The last event holds the whole answer again, so all that was said is kept until
//! then, within a limit.

use super::item::{self, Content, Item, Part, Place, Response};
use crate::chat::{ApiError, Citation, Delta, Finish, Logprob, Media, Origin, Signature, Usage};
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
    head: Option<Head>,
    sequence: u64,
    done: bool,
    /// The items that are closed, by their index.
    items: Vec<Option<Item<'static>>>,
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
        place: Place,
        /// Content parts that are complete.
        parts: Vec<Part<'static>>,
        part: Option<Part<'static>>,
    },
    Reasoning {
        place: Place,
        text: Text<'static>,
        sealed: Text<'static>,
    },
}

/// A call under way.
struct Call {
    place: Place,
    /// Its number at the provider's side.
    number: u32,
    id: Text<'static>,
    name: Text<'static>,
    arguments: Text<'static>,
    json: Completeness,
}

impl Writer {
    pub(super) fn new(ask: &Ask) -> Self {
        Self {
            head: None,
            sequence: ask.sent,
            ask: item::with_echo(ask),
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

    fn go_on_after(&mut self, events: u64) {
        self.sequence = events;
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
        if self.bytes > MAX_BYTES && !self.done {
            self.fail(&ApiError::bad_answer("the provider's answer is too large for one response"), out);
        }
    }

    fn start(&mut self, id: &Text<'_>, model: &Text<'_>, created: Option<u64>, out: &mut json::Writer) {
        if self.head.is_some() {
            return;
        }
        let base = item::base(id, &self.ask).to_owned();
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
        for piece in ["event: ", kind, "\ndata: {\"type\":\"", kind, "\""] {
            out.out.extend_from_slice(piece.as_bytes());
        }
        out.key("sequence_number").number(self.sequence);
        self.sequence += 1;
        body(self, out);
        out.close().out.extend_from_slice(b"\n\n");
    }

    /// An event about an item.
    fn item_event(&mut self, kind: &str, place: Place, out: &mut json::Writer, body: impl FnOnce(&mut json::Writer)) {
        self.event(kind, out, |this, out| {
            place.write_id(this.base(), out.key("item_id"));
            out.key("output_index").number(place.index as u64);
            body(out);
        });
    }

    fn base(&self) -> &str {
        self.head.as_ref().map(|head| head.base.as_str()).unwrap_or_default()
    }

    /// The response as it is so far.
    fn response(&self, out: &mut json::Writer, ended: bool) {
        let Some(Head { base, model, created }) = &self.head else { return };
        let (created, service_tier, ask) = (*created, self.service_tier.as_ref(), &self.ask);
        let end = ended.then_some((self.finish, self.usage));
        let items = self.items.iter().flatten().filter(|_| ended);
        Response { base, model, created, service_tier, ask, end }.write(items, out);
    }

    /// A place for another item; whatever is complete closes before it.
    fn next(&mut self, prefix: &'static str, out: &mut json::Writer) -> Place {
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
        Place { index, prefix }
    }

    /// Says that an item opens; `body` writes what it has besides type and id.
    fn added(&mut self, kind: &str, place: Place, out: &mut json::Writer, body: impl FnOnce(&mut json::Writer)) {
        self.event("response.output_item.added", out, |this, out| {
            out.key("output_index").number(place.index as u64).key("item");
            place.write_id(this.base(), out.open().key("id"));
            out.key("type").string(kind);
            body(out);
            out.close();
        });
    }

    /// Says that an item is complete, and keeps it for the end.
    fn completed(&mut self, place: Place, content: Content<'static>, out: &mut json::Writer) {
        // What is open when an answer breaks off is incomplete.
        let complete = matches!(self.finish, Finish::Stop | Finish::ToolCalls);
        let item = Item { place, complete, content };
        self.event("response.output_item.done", out, |this, out| {
            item.write(this.base(), out.key("output_index").number(place.index as u64).key("item"));
        });
        if let Some(kept) = self.items.get_mut(place.index) {
            *kept = Some(item);
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
        let Some(Open::Message { place, parts, part: Some(part) }) = &mut self.open else { return };
        part.said.push(text);
        self.bytes += text.raw().len();
        let (place, at) = (*place, parts.len() as u64);
        let kind = if refusal { "response.refusal.delta" } else { "response.output_text.delta" };
        self.item_event(kind, place, out, |out| {
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
            let place = self.next("msg", out);
            self.added("message", place, out, |out| {
                out.key("status").string("in_progress").key("role").string("assistant");
                out.key("content").open_array().close_array();
            });
            self.open = Some(Open::Message { place, parts: Vec::new(), part: None });
        }
        let Some(Open::Message { place, parts, part }) = &mut self.open else { return };
        *part = Some(Part::new(refusal));
        let (place, at) = (*place, parts.len() as u64);
        self.item_event("response.content_part.added", place, out, |out| {
            Part::new(refusal).write(out.key("content_index").number(at).key("part"));
        });
    }

    fn close_part(&mut self, out: &mut json::Writer) {
        let Some(Open::Message { place, parts, part }) = &mut self.open else { return };
        let Some(mut part) = part.take() else { return };
        let (place, at) = (*place, parts.len() as u64);
        make_room(&part.said, out);
        if part.refusal {
            self.item_event("response.refusal.done", place, out, |out| {
                out.key("content_index").number(at).key("refusal").text(&part.said);
            });
        } else {
            self.chars += part.chars();
            self.item_event("response.output_text.done", place, out, |out| {
                out.key("content_index").number(at).key("text").text(&part.said);
                part.write_logprobs(out);
            });
        }
        self.item_event("response.content_part.done", place, out, |out| {
            part.write(out.key("content_index").number(at).key("part"));
        });
        if let Some(Open::Message { parts, .. }) = &mut self.open {
            parts.push(part);
        }
    }

    /// The part that more about its text belongs to, with its place.
    fn open_text(&mut self) -> Option<(Place, u64, &mut Part<'static>)> {
        match &mut self.open {
            Some(Open::Message { place, parts, part: Some(part) }) if !part.refusal => {
                Some((*place, parts.len() as u64, part))
            }
            _ => None,
        }
    }

    fn citation(&mut self, citation: &Citation<'_>, out: &mut json::Writer) {
        let before = self.chars;
        let Some((place, at, part)) = self.open_text() else { return };
        let number = part.note_count;
        let written = part.cite(citation, before);
        self.bytes += written.len();
        self.item_event("response.output_text.annotation.added", place, out, |out| {
            out.key("content_index").number(at).key("annotation_index").number(number);
            out.key("annotation").raw(&written);
        });
    }

    /// They belong to text that has gone out already, so they come with no more text.
    fn logprobs(&mut self, tokens: &[Logprob<'_>], out: &mut json::Writer) {
        let Some((place, at, part)) = self.open_text().filter(|_| !tokens.is_empty()) else { return };
        let fresh = part.weigh(tokens).to_owned();
        self.bytes += fresh.len();
        self.item_event("response.output_text.delta", place, out, |out| {
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
        let Some(Open::Reasoning { place, text, .. }) = &mut self.open else { return };
        let first = text.is_empty();
        text.push(more);
        self.bytes += more.raw().len();
        let place = *place;
        if first {
            self.item_event("response.reasoning_summary_part.added", place, out, |out| {
                out.key("summary_index").number(0).key("part").raw(r#"{"type":"summary_text","text":""}"#);
            });
        }
        self.item_event("response.reasoning_summary_text.delta", place, out, |out| {
            out.key("summary_index").number(0).key("delta").text(more);
        });
    }

    fn open_reasoning(&mut self, out: &mut json::Writer) {
        let place = self.next("rs", out);
        self.added("reasoning", place, out, |out| {
            out.key("summary").open_array().close_array();
        });
        self.open = Some(Open::Reasoning { place, text: Text::default(), sealed: Text::default() });
    }

    /// A proof may come in pieces; only the first says whose it is.
    fn signature(&mut self, signature: &Signature<'_>, out: &mut json::Writer) {
        if !matches!(self.open, Some(Open::Reasoning { .. })) {
            self.open_reasoning(out);
        }
        let Some(Open::Reasoning { sealed, .. }) = &mut self.open else { return };
        match sealed.is_empty() {
            true => sealed.push(&signature.seal(Origin::OpenAi)),
            false => sealed.push(&signature.value),
        }
        self.bytes += signature.value.raw().len();
    }

    fn redacted(&mut self, data: &Text<'_>, out: &mut json::Writer) {
        self.open_reasoning(out);
        if let Some(Open::Reasoning { sealed, .. }) = &mut self.open {
            *sealed = item::sealed_whole(data);
            self.bytes += data.raw().len();
        }
        self.close(out);
    }

    fn call(&mut self, number: u32, id: &Text<'_>, name: &Text<'_>, out: &mut json::Writer) {
        if self.calls.len() >= MAX_OPEN_CALLS {
            return;
        }
        let place = self.next("fc", out);
        let id = item::call_id(id.clone().into_owned(), self.called as usize, &self.ask);
        self.called += 1;
        let name = name.clone().into_owned();
        self.added("function_call", place, out, |out| {
            out.key("status").string("in_progress").key("arguments").string("");
            out.key("call_id").text(&id).key("name").text(&name);
        });
        let (arguments, json) = (Text::default(), Completeness::default());
        self.calls.push(Call { place, number, id, name, arguments, json });
    }

    fn arguments(&mut self, number: u32, fragment: &Text<'_>, out: &mut json::Writer) {
        if fragment.is_empty() {
            return;
        }
        let Some(call) = self.calls.iter_mut().rev().find(|call| call.number == number) else { return };
        call.arguments.push(fragment);
        call.json.read(fragment);
        self.bytes += fragment.raw().len();
        let place = call.place;
        self.item_event("response.function_call_arguments.delta", place, out, |out| {
            out.key("delta").text(fragment);
        });
    }

    fn close_call(&mut self, call: Call, out: &mut json::Writer) {
        let Call { place, id, name, arguments, .. } = call;
        if arguments.is_empty() {
            self.item_event("response.function_call_arguments.delta", place, out, |out| {
                out.key("delta").string("{}");
            });
        }
        let arguments = item::or_empty_object(arguments);
        make_room(&arguments, out);
        self.item_event("response.function_call_arguments.done", place, out, |out| {
            out.key("name").text(&name).key("arguments").text(&arguments);
        });
        self.completed(place, Content::Call { id, name, arguments }, out);
    }

    fn media(&mut self, media: &Media<'_>, out: &mut json::Writer) {
        let Some((format, data)) = item::picture(media) else { return };
        let place = self.next("ig", out);
        self.added("image_generation_call", place, out, |out| {
            out.key("status").string("in_progress").key("result").null();
        });
        self.bytes += data.raw().len();
        make_room(data, out);
        let (format, data) = (format.into_owned(), data.clone().into_owned());
        self.completed(place, Content::Picture { format, data }, out);
    }

    /// Closes the message or the reasoning that is open.
    fn close(&mut self, out: &mut json::Writer) {
        self.close_part(out);
        match self.open.take() {
            None => {}
            Some(Open::Message { place, parts, .. }) => self.completed(place, Content::Message(parts), out),
            Some(Open::Reasoning { place, text, sealed }) => {
                if !text.is_empty() {
                    make_room(&text, out);
                    self.item_event("response.reasoning_summary_text.done", place, out, |out| {
                        out.key("summary_index").number(0).key("text").text(&text);
                    });
                    self.item_event("response.reasoning_summary_part.done", place, out, |out| {
                        out.key("summary_index").number(0).key("part");
                        out.open().key("type").string("summary_text").key("text").text(&text).close();
                    });
                }
                self.completed(place, Content::Reasoning { text, sealed }, out);
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

/// Makes room for a text that is said up to three times more as its item closes, and once at the answer's end.
fn make_room(said: &Text<'_>, out: &mut json::Writer) {
    out.out.reserve(4 * (said.raw().len() + 1024));
}
