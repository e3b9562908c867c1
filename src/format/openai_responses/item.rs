//! The items of an answer and the response around them, as what they say: written by themselves when a stream comes to the
//! end of each, and once more in the whole answer. A text is copied when it is written, and not before.

use super::{REDACTED, echo, usage};
use crate::chat::{self, Answer, Arguments, Citation, Finish, Logprob, Media, MediaKind, MediaSource, Origin, Usage};
use crate::format::Ask;
use crate::format::blocks::Completeness;
use crate::format::turns::capacity_of_choice;
use crate::wire::json::{Text, Writer};

/// An item that is complete.
pub(super) struct Item<'a> {
    pub place: Place,
    /// What is open when an answer breaks off is incomplete.
    pub complete: bool,
    pub content: Content<'a>,
}

/// An item's place, which with the answer's own id makes its id.
#[derive(Clone, Copy)]
pub(super) struct Place {
    pub index: usize,
    pub prefix: &'static str,
}

/// What an item says; every text is escaped already.
pub(super) enum Content<'a> {
    Message(Vec<Part<'a>>),
    Reasoning { text: Text<'a>, sealed: Text<'a> },
    Call { id: Text<'a>, name: Text<'a>, arguments: Text<'a> },
    Picture { format: Text<'a>, data: Text<'a> },
}

/// A part of a message.
#[derive(Default)]
pub(super) struct Part<'a> {
    pub refusal: bool,
    pub said: Text<'a>,
    /// How many bytes of it were counted, and the characters that they are: for the places of sources.
    counted: (usize, u64),
    /// Sources as JSON, and how many.
    notes: Writer,
    pub note_count: u64,
    /// Log probabilities as JSON.
    logprobs: Writer,
}

/// The response around the items.
pub(super) struct Response<'r> {
    /// The answer's id without `resp_`, escaped; the items' ids are made of it.
    pub base: &'r str,
    pub model: &'r Text<'r>,
    pub created: u64,
    pub service_tier: Option<&'r Text<'r>>,
    pub ask: &'r Ask,
    /// Why it ended and what it took, if it has.
    pub end: Option<(Finish, Option<Usage>)>,
}

impl Place {
    /// The item's id, of the response's.
    pub fn write_id(self, base: &str, out: &mut Writer) {
        for piece in ["\"", self.prefix, "_", base, "_"] {
            out.out.extend_from_slice(piece.as_bytes());
        }
        out.out.extend_from_slice(self.index.to_string().as_bytes());
        out.out.push(b'"');
    }
}

impl Item<'_> {
    fn is_half_a_call(&self) -> bool {
        let Content::Call { arguments, .. } = &self.content else { return false };
        let mut json = Completeness::default();
        json.read(arguments);
        !json.complete()
    }

    pub fn write(&self, base: &str, out: &mut Writer) {
        let status = if self.complete { "completed" } else { "incomplete" };
        self.place.write_id(base, out.open().key("id"));
        out.key("type");
        match &self.content {
            Content::Message(parts) => {
                out.string("message").key("status").string(status).key("role").string("assistant");
                out.key("content").open_array();
                parts.iter().for_each(|part| part.write(out));
                out.close_array();
            }
            Content::Reasoning { text, sealed } => {
                out.string("reasoning").key("summary").open_array();
                if !text.is_empty() {
                    out.open().key("type").string("summary_text").key("text").text(text).close();
                }
                out.close_array();
                if !sealed.is_empty() {
                    out.key("encrypted_content").text(sealed);
                }
            }
            Content::Call { id, name, arguments } => {
                out.string("function_call").key("status").string(status).key("arguments").text(arguments);
                out.key("call_id").text(id).key("name").text(name);
            }
            Content::Picture { format, data } => {
                out.string("image_generation_call").key("status").string("completed");
                out.key("output_format").text(format).key("result").text(data);
            }
        }
        out.close();
    }
}

impl Part<'_> {
    /// A part of which nothing was said.
    pub fn new(refusal: bool) -> Self {
        Self { refusal, ..Self::default() }
    }

    /// How many characters it has so far, counting only what is new.
    pub fn chars(&mut self) -> u64 {
        let (bytes, counted) = self.counted;
        let fresh = Text::from_raw(self.said.raw().get(bytes..).unwrap_or_default()).chars();
        self.counted = (self.said.raw().len(), counted + fresh);
        self.counted.1
    }

    /// Adds a source of what was said; `before`: where the part begins in the answer's text. Gives it as JSON.
    pub fn cite(&mut self, citation: &Citation<'_>, before: u64) -> String {
        let written = written_citation(citation, before, self.chars());
        self.notes.raw(&written);
        self.note_count += 1;
        written
    }

    /// Adds how likely tokens were. Gives them as items of a list.
    pub fn weigh(&mut self, tokens: &[Logprob<'_>]) -> &str {
        let before = self.logprobs.out.len();
        tokens.iter().for_each(|token| write_logprob(token, &mut self.logprobs));
        let fresh = self.logprobs.out.get(before..).unwrap_or_default();
        std::str::from_utf8(fresh).unwrap_or_default().trim_start_matches(',')
    }

    pub fn write(&self, out: &mut Writer) {
        if self.refusal {
            out.open().key("type").string("refusal").key("refusal").text(&self.said).close();
        } else {
            out.open().key("type").string("output_text").key("text").text(&self.said).key("annotations").open_array();
            out.out.extend_from_slice(&self.notes.out);
            out.close_array();
            self.write_logprobs(out);
            out.close();
        }
    }

    pub fn write_logprobs(&self, out: &mut Writer) {
        out.key("logprobs").open_array();
        out.out.extend_from_slice(&self.logprobs.out);
        out.close_array();
    }
}

impl Response<'_> {
    pub fn write<'i, 't: 'i>(&self, items: impl Iterator<Item = &'i Item<'t>>, out: &mut Writer) {
        let incomplete = match self.end {
            None | Some((Finish::Stop | Finish::ToolCalls, _)) => None,
            Some((Finish::Length, _)) => Some("max_output_tokens"),
            Some((Finish::ContentFilter, _)) => Some("content_filter"),
        };
        let status = match (self.end, incomplete) {
            (None, _) => "in_progress",
            (Some(_), None) => "completed",
            (Some(_), Some(_)) => "incomplete",
        };
        out.open().key("id").texts([Text::from_raw("resp_"), Text::from_raw(self.base)].iter());
        out.key("object").string("response").key("created_at").number(self.created).key("status").string(status);
        out.key("error").null().key("incomplete_details");
        match incomplete {
            Some(reason) => out.open().key("reason").string(reason).close(),
            None => out.null(),
        };
        out.key("model").text(self.model);
        out.key("output").open_array();
        items.for_each(|item| item.write(self.base, out));
        out.close_array();
        out.raw(&self.ask.echo);
        // Nothing is kept here, whatever the client asked.
        out.key("store").bool(false).key("service_tier");
        match self.service_tier {
            Some(tier) => out.text(tier),
            None => out.null(),
        };
        out.key("usage");
        match self.end.and_then(|(_, usage)| usage) {
            Some(usage) => usage::write(&usage, out),
            None => {
                out.null();
            }
        }
        out.close();
    }
}

/// The answer's id as items' ids are made of it.
pub(super) fn base<'t>(id: &'t Text<'_>, ask: &'t Ask) -> &'t str {
    let id = if id.is_empty() { ask.fallback_id.as_str() } else { id.raw() };
    id.strip_prefix("resp_").unwrap_or(id)
}

/// The asked settings as an answer repeats them.
pub(super) fn with_echo(ask: &Ask) -> Ask {
    let mut ask = ask.clone();
    if ask.echo.is_empty() {
        ask.echo = echo::of(None);
    }
    ask
}

/// A call's id, which the client's result comes back with; one of ours if the provider gave none.
pub(super) fn call_id<'a>(id: Text<'a>, number: usize, ask: &Ask) -> Text<'a> {
    match id.is_empty() {
        true => Text::from_plain(&format!("call_{}_{number}", ask.fallback_id)).into_owned(),
        false => id,
    }
}

/// The picture that a medium is: what the provider's own tool for pictures would have made. There is no item for others.
pub(super) fn picture<'a>(media: &'a Media<'_>) -> Option<(Text<'a>, &'a Text<'a>)> {
    let (MediaKind::Image, MediaSource::Data { media_type, data }) = (media.kind, &media.source) else { return None };
    let format = media_type.raw().strip_prefix("image/").unwrap_or("png");
    Some((Text::from_raw(format.strip_suffix("+xml").unwrap_or(format)), data))
}

/// Reasoning that is secret as a whole.
pub(super) fn sealed_whole(data: &Text<'_>) -> Text<'static> {
    Text::from_raw_owned([REDACTED, data.raw()].concat())
}

/// An answer as a whole: what its stream has at its end.
pub(super) fn write_whole(answer: &Answer<'_>, ask: &Ask) -> Vec<u8> {
    let nothing = chat::Choice::default();
    let choice = answer.choices.first().unwrap_or(&nothing);
    let ask = with_echo(ask);
    let asked_model = Text::from_plain(&ask.model);
    let response = Response {
        base: base(&answer.id, &ask),
        model: if answer.model.is_empty() { &asked_model } else { &answer.model },
        created: answer.created.unwrap_or(ask.now_secs),
        service_tier: answer.service_tier.as_ref(),
        ask: &ask,
        end: Some((choice.finish, answer.usage)),
    };
    let mut out = Writer::with_capacity(1024 + ask.echo.len() + capacity_of_choice(choice));
    response.write(items(choice, &ask).iter(), &mut out);
    out.out
}

/// The items of a choice.
fn items<'a>(choice: &'a chat::Choice<'_>, ask: &Ask) -> Vec<Item<'a>> {
    let mut items: Vec<Item<'a>> = Vec::new();
    let mut calls = 0;
    let cited = choice.parts.iter().any(|part| matches!(part, chat::Part::Citation(_)));
    // The characters of all texts, for the places of sources.
    let mut chars = 0;
    for part in &choice.parts {
        let (prefix, content) = match part {
            chat::Part::Text { text, .. } | chat::Part::Refusal(text) if text.is_empty() => continue,
            chat::Part::Text { text, .. } | chat::Part::Refusal(text) => {
                let refusal = matches!(part, chat::Part::Refusal(_));
                chars += if cited && !refusal { text.chars() } else { 0 };
                let fresh = Part { said: text.by_ref(), ..Part::new(refusal) };
                match open_parts(&mut items) {
                    None => ("msg", Content::Message(vec![fresh])),
                    Some(parts) => {
                        match parts.last_mut() {
                            Some(last) if last.refusal == refusal => last.said.push(text),
                            _ => parts.push(fresh),
                        }
                        continue;
                    }
                }
            }
            chat::Part::Thinking { text, signature: None } if text.is_empty() => continue,
            chat::Part::Thinking { text, signature } => {
                let sealed = signature.as_ref().map(|it| it.seal(Origin::OpenAi)).unwrap_or_default();
                ("rs", Content::Reasoning { text: text.by_ref(), sealed })
            }
            chat::Part::RedactedThinking(data) => {
                ("rs", Content::Reasoning { text: Text::default(), sealed: sealed_whole(data) })
            }
            chat::Part::ToolCall(call) => {
                let id = call_id(call.id.by_ref(), calls, ask);
                calls += 1;
                let arguments = match &call.arguments {
                    Arguments::Json(json) => Text::from_plain(json),
                    Arguments::Text(text) => text.by_ref(),
                };
                ("fc", Content::Call { id, name: call.name.by_ref(), arguments: or_empty_object(arguments) })
            }
            chat::Part::Media(media) => match picture(media) {
                Some((format, data)) => ("ig", Content::Picture { format, data: data.by_ref() }),
                None => continue,
            },
            chat::Part::Citation(citation) => {
                if let Some(part) = open_text(&mut items) {
                    let before = chars.saturating_sub(part.chars());
                    part.cite(citation, before);
                }
                continue;
            }
            chat::Part::ToolResult { .. } | chat::Part::Other { .. } => continue,
        };
        let place = Place { index: items.len(), prefix };
        items.push(Item { place, complete: true, content });
    }
    if let Some(part) = open_text(&mut items) {
        part.weigh(&choice.logprobs);
    }
    if matches!(choice.finish, Finish::Length | Finish::ContentFilter) {
        let last = items.len().saturating_sub(1);
        items.iter_mut().enumerate().for_each(|(at, item)| item.complete = at < last && !item.is_half_a_call());
    }
    items
}

/// The parts of a message that may go on.
fn open_parts<'i, 'a>(items: &'i mut [Item<'a>]) -> Option<&'i mut Vec<Part<'a>>> {
    match items.last_mut() {
        Some(Item { content: Content::Message(parts), .. }) => Some(parts),
        _ => None,
    }
}

/// The text that may go on.
fn open_text<'i, 'a>(items: &'i mut [Item<'a>]) -> Option<&'i mut Part<'a>> {
    open_parts(items)?.last_mut().filter(|part| !part.refusal)
}

/// Clients parse the arguments, and nothing is no JSON.
pub(super) fn or_empty_object(arguments: Text<'_>) -> Text<'_> {
    if arguments.is_empty() { Text::from_raw("{}") } else { arguments }
}

/// A source of the part under way; `before` is where that part begins in the answer's text, `chars` how long it is. A
/// source without an address is a document's.
fn written_citation(citation: &Citation<'_>, before: u64, chars: u64) -> String {
    let mut out = Writer::with_capacity(128);
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

fn write_logprob(token: &Logprob<'_>, out: &mut Writer) {
    let one = |token: &Text<'_>, logprob: &Text<'_>, out: &mut Writer| {
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
