//! Wire formats, one room each, holding both directions: read a request, write a request, read an answer, write an
//! answer, the stream of each, its errors. Client surfaces and providers use the same rooms.
//!
//! Same format on both sides: bytes are kept, and changes are splices ([`Format::retarget`], [`Format::text_at`]); a
//! stream is read for usage and its end, and forwarded as it came. Different formats: one room reads into the unified
//! model of [`crate::chat`], the other writes out of it.

mod anthropic_messages;
mod bedrock_converse;
mod blocks;
mod claude;
mod cohere_chat;
pub mod embeddings;
mod field;
mod gemini;
pub mod lanes;
mod ollama_chat;
mod openai;
mod openai_chat;
mod openai_completions;
mod openai_responses;
mod plain;
mod quirk;
pub mod rerank;
pub mod rules;
pub mod said;
mod shape;
pub mod system_line;
mod table;
mod turns;
pub mod view;

pub use shape::Shape;
use table::of_maker;
pub use table::{FORMATS, find};

use self::rules::{Field, Rule};
use crate::chat::{Answer, ApiError, Delta, Effort, Feature, Request, Told, Usage};
use crate::http::Headers;
use crate::wire::frame::{self, Framing};
use crate::wire::json::{Doc, Edits, Value};

/// What a request becomes for one provider.
#[derive(Clone, Copy, Debug)]
pub struct Target<'a> {
    /// The model to ask for there.
    pub model: &'a str,
    /// What this provider wants done otherwise.
    pub quirks: &'a Quirks,
}

/// Where providers of one format differ. A row of the preset table carries one.
#[derive(Clone, Debug)]
pub struct Quirks {
    /// `max_tokens` to send where the format demands one and the client gave none (Anthropic).
    pub default_max_tokens: u64,
    /// The name of the limit field in OpenAI's shape: OpenAI's own models want `max_completion_tokens`, most others `max_tokens`.
    pub max_tokens_field: &'static str,
    /// Whether `stream_options.include_usage` may be sent.
    pub stream_usage: bool,
    /// Whether system turns may carry the role `developer`.
    pub developer_role: bool,
    /// The sampling temperature's upper end.
    pub max_temperature: f64,
    /// What OpenAI's shape has no word of its own for, or providers of it say otherwise.
    pub dialect: Dialect,
    /// Whether the body names the model and says whether a stream is wanted. Where the path does, the body must not.
    pub addressed_in_body: bool,
    /// Whether calls and their results may carry ids in Gemini's shape; Vertex refuses them.
    pub call_ids: bool,
    /// Where the path names the model: whether the body still says that a stream is wanted (Vertex).
    pub stream_in_body: bool,
    /// Headers of a client of the same format that are lists in this provider's body: the header and the member.
    pub header_lists: &'static [(&'static str, &'static str)],
    /// Members the body always has, unless the client gave its own: name and JSON text.
    pub members: &'static [(&'static str, &'static str)],
    /// Top-level fields of the format that this provider has under another name or does not take.
    pub top_level: &'static [(&'static str, Fix)],
    /// What vectors are for where the client does not say and the provider wants to know.
    pub embedding_purpose: embeddings::Purpose,
    /// Where this provider takes less than its format does.
    pub rules: &'static [(Feature, Rule)],
}

/// How a provider of OpenAI's shape has what OpenAI has otherwise or not at all. What a client of that shape says is left
/// as it says it; this is how the requests of others are written.
#[derive(Clone, Copy, Debug)]
pub struct Dialect {
    /// How it is told how much to think.
    pub reasoning: ReasoningForm,
    /// The least and the most effort it knows.
    pub efforts: (Effort, Effort),
    /// Under which name it takes its earlier reasoning back, where its rules let it through.
    pub thinking: &'static str,
    /// Whether it takes signed and encrypted reasoning back in `reasoning_details` (OpenRouter).
    pub thinking_details: bool,
    /// Whether it takes earlier reasoning only beside the calls it led to.
    pub thinking_with_calls: bool,
    /// How a part is marked for the prompt cache, where its rules let the mark through.
    pub cache_marks: CacheMarks,
    /// How a document is sent.
    pub documents: Documents,
    /// How sound is sent.
    pub audio: Audio,
    /// Whether it takes `allowed_tools`; where not, only those tools are sent.
    pub allowed_tools: bool,
    /// Whether a turn of the model's may have a `refusal`; where not, it is text.
    pub refusals: bool,
    /// How many stop strings it takes.
    pub max_stops: usize,
    /// How long the ids of calls are, where it takes letters and digits of one length only.
    pub call_id_chars: Option<usize>,
}

impl Dialect {
    /// OpenAI's own.
    pub const OPENAI: Dialect = Dialect {
        reasoning: ReasoningForm::Effort,
        efforts: (Effort::Minimal, Effort::Max),
        thinking: "reasoning_content",
        thinking_details: false,
        thinking_with_calls: false,
        cache_marks: CacheMarks::Breakpoint,
        documents: Documents::File,
        audio: Audio::Object,
        allowed_tools: true,
        refusals: true,
        max_stops: 4,
        call_id_chars: None,
    };
    /// What servers take that look like OpenAI.
    pub const COMPATIBLE: Dialect =
        Dialect { cache_marks: CacheMarks::CacheControl, allowed_tools: false, refusals: false, ..Dialect::OPENAI };
}

/// How a provider of OpenAI's shape is told how much to think.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReasoningForm {
    /// `reasoning_effort`, by a word.
    Effort,
    /// `reasoning`, with a word or a number of tokens (OpenRouter).
    Object,
    /// The same, but `reasoning.enabled` where it is not to think (Together).
    EffortOrDisabled,
    /// The same, but an argument of the chat's template where it is not to think (vLLM).
    EffortOrTemplate,
    /// `thinking`, on or off (Zhipu).
    Switch,
    /// The same, and how hard in `reasoning_effort` (DeepSeek, Moonshot).
    SwitchAndEffort,
    /// `enable_thinking`, and `thinking_budget` with a number of tokens (Qwen).
    Enable,
    /// `thinking` with a number of tokens for Claude, `reasoning_effort` for other models (Databricks).
    Budget,
}

/// How a provider of OpenAI's shape has a part marked for its prompt cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CacheMarks {
    /// OpenAI's `prompt_cache_breakpoint`, which models from GPT-5.6 on know and earlier ones refuse.
    Breakpoint,
    /// Anthropic's `cache_control`.
    CacheControl,
}

/// How a provider of OpenAI's shape takes sound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audio {
    /// OpenAI's object of data and format; an address, where its rules let one through, is an `audio_url` (vLLM).
    Object,
    /// The data alone (Mistral).
    Bare,
    /// OpenAI's object, with a data URL or an address for data (Qwen).
    Url,
}

/// How a provider of OpenAI's shape takes a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Documents {
    /// OpenAI's `file`; an address, where its rules let one through, stands in place of the data (OpenRouter).
    File,
    /// `document_url` (Mistral).
    DocumentUrl,
    /// `file_url` (Zhipu).
    FileUrl,
}

/// What is done with a top-level field that a provider does not take as its format has it. Holds for the body of a
/// client that speaks the format, too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fix {
    /// It has another name there.
    Rename(&'static str),
    /// It is left out and reported.
    Drop,
    /// It is left out: the provider does it anyway.
    Needless,
    /// The request is refused: why.
    Refuse(&'static str),
}

impl Quirks {
    /// What OpenAI itself and most compatible servers take.
    pub const DEFAULT: Quirks = Quirks {
        default_max_tokens: 4096,
        max_tokens_field: "max_completion_tokens",
        stream_usage: true,
        developer_role: true,
        max_temperature: 2.0,
        dialect: Dialect::OPENAI,
        addressed_in_body: true,
        call_ids: true,
        stream_in_body: false,
        header_lists: &[],
        members: &[],
        top_level: &[],
        embedding_purpose: embeddings::Purpose::Document,
        rules: &[],
    };

    /// Whether the turns of a body of OpenAI's shape can go on as they are, whatever is in them.
    pub fn leaves_turns_alone(&self) -> bool {
        self.developer_role && self.dialect.call_id_chars.is_none()
    }

    /// Whether there may be something in the turns of this body that cannot. Cheap, and sure only where it says no.
    pub fn may_change_turns(&self, body: &[u8]) -> bool {
        let named = |role: &[u8]| memchr::memmem::find(body, role).is_some();
        self.dialect.call_id_chars.is_some() || !self.developer_role && named(b"\"developer\"")
    }

    /// Whether a body of the format can go on as it is, but for its turns.
    pub fn leaves_bodies_alone(&self) -> bool {
        self.addressed_in_body && self.members.is_empty() && self.top_level.is_empty()
    }
}

/// What the client asked, as far as writing its answer needs it.
#[derive(Clone, Debug, Default)]
pub struct Ask {
    /// The model name the client used.
    pub model: String,
    /// Whether it asked for a stream.
    pub stream: bool,
    /// Whether it asked for usage on the stream.
    pub include_usage: bool,
    /// Now, seconds since the epoch, for formats that want a creation time the provider did not give.
    pub now_secs: u64,
    /// A random-enough id for answers without one.
    pub fallback_id: String,
    /// How a stream to this client is framed.
    pub framing: Framing,
    /// What [`Format::echo`] kept of the client's request.
    pub echo: String,
    /// How many events of the stream the client has already, as the provider wrote them.
    pub sent: u64,
}

/// What could not be carried over, by field name (`logit_bias`, `messages[].name`): for `x-postern-lossy`, the counter
/// and the record. Bounded: a hostile request cannot make it grow.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Loss(pub Vec<String>);

impl Loss {
    /// How many names are kept; the rest is told as `…`.
    pub const MAX: usize = 32;

    /// Notes a field once.
    pub fn note(&mut self, field: &str) {
        if self.0.len() < Self::MAX && !self.0.iter().any(|seen| seen == field) {
            // Names come from the client: cut to a sane length and to characters a header may carry.
            let name: String =
                field.chars().take(64).map(|c| if c.is_ascii_graphic() && c != ',' { c } else { '?' }).collect();
            self.0.push(name);
        }
    }
}

/// One wire format, in both directions.
pub trait Format: Sync {
    /// Its name in configuration and documents.
    fn name(&self) -> &'static str;

    /// What becomes of everything a request can say; one row for each [`Feature`], in its order.
    fn fields(&self) -> &'static [Field];
    /// What an answer can say and this format's clients cannot be told.
    fn cannot_tell(&self) -> &'static [Told];
    /// What they cannot be told on a stream, though a whole answer can.
    fn cannot_stream(&self) -> &'static [Told] {
        &[]
    }

    /// Reads a request. Errors name the field's path: `messages[2].content[0].type`. Where the path of the call tells the
    /// model and the stream, the request is read without, and the caller fills them in.
    fn read_request<'a>(&self, doc: &Doc<'a>) -> Result<Request<'a>, ApiError>;
    /// Fields of this format's clients, beside the features, without which the answer would be another one: a provider that
    /// has no place for one of them cannot be asked.
    fn indispensable(&self) -> &'static [&'static str] {
        &[]
    }
    /// Holds a request of this format's client against what nobody but a provider of this format can do, whatever words
    /// another has for it (go on from an answer it has stored): takes it out and notes it, or refuses it.
    fn only_here(&self, request: &mut Request<'_>, loss: &mut Loss) -> Result<(), ApiError> {
        let _ = (request, loss);
        Ok(())
    }
    /// Writes a request for a provider of this format, which has been held against [`rules`] before: what those drop is
    /// left out here without a word. What depends on a value (a temperature above the end, a generation of models that
    /// cannot think) is noted here, or refused if the answer would be another; under this format's own names, which
    /// [`translate`] turns into the client's. A turn is called `messages[2].content[0]`, by [`crate::chat::Message::at`].
    fn write_request(&self, request: &Request<'_>, target: &Target<'_>, loss: &mut Loss) -> Result<Vec<u8>, ApiError>;
    /// What this format's clients call a place that rooms call `messages[2].content[0]`.
    fn own_path(&self, path: &str) -> String {
        path.to_owned()
    }
    /// Same format on both sides: the splices that point a request at a target (model name, usage on streams). What the
    /// [`Quirks`] say of top-level fields is done beside it, by [`retarget`].
    fn retarget(&self, doc: &Doc<'_>, target: &Target<'_>, edits: &mut Edits);
    /// What of the client's request its answer will need, in a form of the room's own (the Responses API repeats the
    /// request's settings in each answer). Given back as [`Ask::echo`].
    fn echo(&self, doc: &Doc<'_>) -> String {
        let _ = doc;
        String::new()
    }

    /// Reads a whole answer of this format. The error is ours to explain: a provider broke its own format.
    fn read_answer<'a>(&self, doc: &Doc<'a>) -> Result<Answer<'a>, ApiError>;
    /// Writes a whole answer to a client of this format.
    fn write_answer(&self, answer: &Answer<'_>, ask: &Ask) -> Vec<u8>;
    /// The usage of a whole answer, found without building it (embeddings are megabytes of numbers).
    fn answer_usage(&self, body: &[u8]) -> Option<Usage>;

    /// How its streams are framed, as providers send them.
    fn framing(&self) -> Framing {
        Framing::Sse
    }
    /// How the stream is framed that a client asked for under this path and query.
    fn client_framing(&self, path: &str) -> Framing {
        let _ = path;
        self.framing()
    }
    /// The name that server-sent events of this format carry for such data, where they carry one. For a stream that is
    /// only framed anew.
    fn event_name(&self, data: &[u8]) -> Option<String> {
        let _ = data;
        None
    }

    /// Starts reading a streamed answer.
    fn stream_reader(&self) -> Box<dyn StreamReader>;
    /// How often a stream says each text.
    fn stream_repeats(&self) -> usize {
        1
    }
    /// Starts writing a streamed answer.
    fn stream_writer(&self, ask: &Ask) -> Box<dyn StreamWriter>;

    /// Reads an error answer, whatever it is: JSON of this shape, of another, HTML, nothing.
    fn read_error(&self, status: u16, headers: &Headers, body: &[u8]) -> ApiError;
    /// Whether a body is an error of this format, by its own words.
    fn is_error(&self, body: Value<'_, '_>) -> bool {
        body.some("error").is_some()
    }
    /// Writes how many tokens a request has, where we had to guess: the answer to this format's call for it.
    fn write_count(&self, tokens: u64) -> Vec<u8> {
        format!(r#"{{"input_tokens":{tokens},"estimated":true}}"#).into_bytes()
    }
    /// Writes an error's body for a client of this format.
    fn write_error(&self, error: &ApiError) -> Vec<u8>;

    /// A header that goes with it, where this format's clients look there for what kind of error it is.
    fn error_header(&self, error: &ApiError) -> Option<(&'static str, &'static str)> {
        let _ = error;
        None
    }

    /// Whether the string at `path` is text the model can read (policies look at it), or something no policy may
    /// change: ids, enumerations, signatures, base64. What is not known is text: fail closed.
    fn text_at(&self, path: &[Step<'_>]) -> TextKind;
}

/// A client's body for a provider of its own format: the same bytes but for what points it there. Ok(None): not even
/// that has to change.
pub fn retarget(
    doc: &Doc<'_>,
    format: &dyn Format,
    target: &Target<'_>,
    loss: &mut Loss,
) -> Result<Option<Vec<u8>>, ApiError> {
    let mut edits = Edits::new();
    quirk::splice(doc.root(), target.quirks, format, format, &mut edits, loss)?;
    format.retarget(doc, target, &mut edits);
    Ok((!edits.is_empty()).then(|| edits.apply(doc.text())))
}

/// A request in a provider's format, out of another one's: held against the [`rules`], written, and finished by what this
/// provider wants otherwise.
pub fn translate(
    mut request: Request<'_>,
    from: &dyn Format,
    to: &dyn Format,
    target: &Target<'_>,
    loss: &mut Loss,
) -> Result<Vec<u8>, ApiError> {
    from.only_here(&mut request, loss)?;
    rules::enforce(&mut request, from, to, target.quirks.rules, loss)?;
    let mut written = Loss::default();
    let body = to.write_request(&request, target, &mut written);
    let body = body.map_err(|error| rules::refused_by_writer(error, &request, from, to))?;
    rules::note_written(written, &request, from, to, loss)?;
    quirk::finish(body, target.quirks, to, from, loss)
}

/// Puts the items of the client's headers that this provider wants in the body there. None: nothing has to change.
pub fn add_header_lists(body: &[u8], quirks: &Quirks, headers: &Headers) -> Option<Vec<u8>> {
    if !quirks.header_lists.iter().any(|(header, _)| headers.get(header).is_some()) {
        return None;
    }
    quirk::add_lists(&Doc::parse(body).ok()?, quirks.header_lists, headers)
}

/// One step from the root of a body to a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step<'a> {
    /// A member, by its (decoded) name.
    Key(&'a str),
    /// Any item.
    Item,
}

/// What a string in a request is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextKind {
    /// Text, to be looked at.
    Text,
    /// JSON inside a string (tool arguments): its own strings are to be looked at.
    Json,
    /// Not text, or not ours to change.
    Opaque,
    /// A `data:` URL is opaque, another URL is text.
    Url,
    /// Opaque if the object it stands in says `"type":"base64"`, otherwise text (Anthropic's `source.data`).
    UnlessBase64,
    /// Opaque if it is base64 and long, as a picture is; otherwise text.
    Base64,
}

/// Reads one provider's stream, event by event.
pub trait StreamReader {
    /// Reads one event and hands on what it says, in order. Events and fields it does not know say nothing.
    /// Returns what the event was, for a stream that is forwarded as it came.
    fn read(&mut self, event: &frame::Event<'_>, emit: &mut dyn FnMut(Delta<'_>)) -> Seen;
    /// The bytes ended. True if the stream had come to its proper end (or to what this format's servers take for one),
    /// or to an error that was handed on; otherwise it was cut, and the client must be told. Where this is true and no
    /// [`Delta::End`] came (a server without an end marker), the caller gives the writer one.
    fn ended(&self) -> bool;
}

/// What an event was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen {
    /// An ordinary event.
    Event,
    /// It exists only because usage was asked for; a client that did not ask does not get it.
    UsageOnly,
    /// The last event of a proper stream.
    End,
    /// The provider's error; nothing follows.
    Error,
    /// Not readable as this format's event.
    Unknown,
}

/// Writes one client's stream.
pub trait StreamWriter {
    /// Writes what a step becomes, ready to send; may be nothing. After [`Delta::Error`] or [`Delta::End`] nothing more is written.
    fn write(&mut self, delta: &Delta<'_>, out: &mut Vec<u8>);
    /// The client has had so many events of somebody else's: where the format numbers its events, the next goes on there.
    fn go_on_after(&mut self, events: u64) {
        let _ = events;
    }
}
