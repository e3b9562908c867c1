//! The unified chat model: what every chat format can say, in one shape, so that N formats need N rooms and not N×N.
//!
//! Typed where we act on it, open where we do not: fields without a place here travel in `extra` under their own name,
//! and the writer of the other format either knows them or reports them as lost. Everything borrows from the body it
//! was read from; strings stay escaped ([`Text`]), numbers stay text, tool arguments stay JSON.

mod error;
mod feature;
mod fold;
pub mod schema;
mod signature;
mod usage;

pub use error::{ApiError, ErrorKind, ErrorSource};
pub use feature::{Feature, Told};
pub use fold::{Fold, unfold};
pub use signature::{Origin, Signature};
pub use usage::{COUNTS, CountRow, ServiceTier, Usage};

use std::borrow::Cow;

use crate::wire::json::Text;

/// A chat request.
#[derive(Debug, Default)]
pub struct Request<'a> {
    /// The model asked for.
    pub model: Text<'a>,
    /// All turns in order, system and developer turns among them.
    pub messages: Vec<Message<'a>>,
    /// The tools offered.
    pub tools: Vec<Tool<'a>>,
    /// Which tool may, must or must not be called.
    pub tool_choice: Option<ToolChoice<'a>>,
    /// Whether several calls may come at once.
    pub parallel_tool_calls: Option<bool>,
    /// Whether a stream is asked for.
    pub stream: bool,
    /// Whether the client asked for usage on its stream (OpenAI's `stream_options.include_usage`; true where the format always tells).
    pub include_usage: bool,
    /// The most tokens to write.
    pub max_tokens: Option<u64>,
    /// Sampling numbers, as their text.
    pub temperature: Option<&'a str>,
    /// See `temperature`.
    pub top_p: Option<&'a str>,
    /// See `temperature`.
    pub top_k: Option<&'a str>,
    /// See `temperature`.
    pub presence_penalty: Option<&'a str>,
    /// See `temperature`.
    pub frequency_penalty: Option<&'a str>,
    /// See `temperature`; an integer.
    pub seed: Option<&'a str>,
    /// Tokens to favour or avoid, as the JSON text of OpenAI's object of token ids.
    pub logit_bias: Option<&'a str>,
    /// How many alternatives to write.
    pub n: Option<u64>,
    /// Whether the answer's tokens are to come with their log probabilities.
    pub logprobs: bool,
    /// How many alternatives to tell for each token of `logprobs`.
    pub top_logprobs: Option<u64>,
    /// Strings that end the answer.
    pub stop: Vec<Text<'a>>,
    /// The shape the answer must have.
    pub response_format: Option<ResponseFormat<'a>>,
    /// How much to think.
    pub reasoning: Option<Reasoning>,
    /// How wordy to be: OpenAI's `low`, `medium`, `high`.
    pub verbosity: Option<Text<'a>>,
    /// The end user, as the client names it.
    pub user: Option<Text<'a>>,
    /// The client's own labels of the request, as the JSON text of an object of strings.
    pub metadata: Option<&'a str>,
    /// OpenAI's name of the processing tier asked for (`auto`, `default`, `flex`, `priority`).
    pub service_tier: Option<Text<'a>>,
    /// Whether the provider is to keep the answer.
    pub store: Option<bool>,
    /// What requests share their prompt cache.
    pub prompt_cache_key: Option<Text<'a>>,
    /// The client speaks OpenAI's older `functions`, and is answered with `function_call`.
    pub legacy_functions: bool,
    /// Fields with no place above: name (with the path where it is not at the top, `generationConfig.mediaResolution`) and
    /// JSON text, in order. `null` values are left out.
    pub extra: Vec<(Text<'a>, &'a str)>,
}

/// One turn.
#[derive(Debug, Default)]
pub struct Message<'a> {
    /// Its place in the client's own list of turns, for errors that name it.
    pub at: u32,
    /// Who speaks.
    pub role: Role,
    /// The speaker's name (OpenAI's `name`).
    pub name: Option<Text<'a>>,
    /// What is said, in order.
    pub parts: Vec<Part<'a>>,
}

/// Who speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Role {
    /// The operator's or application's instructions.
    System,
    /// OpenAI's newer name for `System`.
    Developer,
    /// The person.
    #[default]
    User,
    /// The model.
    Assistant,
    /// The result of a call; its parts are [`Part::ToolResult`].
    Tool,
}

/// A piece of a turn or of an answer.
#[derive(Debug)]
pub enum Part<'a> {
    /// Text.
    Text {
        /// The text.
        text: Text<'a>,
        /// A prompt-cache mark, as its JSON text (`{"type":"ephemeral"}`).
        cache: Option<&'a str>,
    },
    /// The model's refusal, in words (OpenAI's `refusal`).
    Refusal(Text<'a>),
    /// A picture, sound or document.
    Media(Media<'a>),
    /// The model's reasoning, with the signature that proves it when it is sent back.
    Thinking {
        /// The reasoning; may be empty with a signature.
        text: Text<'a>,
        /// Opaque; never altered.
        signature: Option<Signature<'a>>,
    },
    /// Reasoning the provider keeps to itself; opaque (Anthropic's `redacted_thinking`, Bedrock's `redactedContent`).
    RedactedThinking(Text<'a>),
    /// Where the text just before it, in the same turn, comes from.
    Citation(Citation<'a>),
    /// The model asks for a call.
    ToolCall(ToolCall<'a>),
    /// A call's result.
    ToolResult {
        /// The call's id.
        id: Text<'a>,
        /// Whether the tool failed; None where the format cannot say.
        is_error: Option<bool>,
        /// What came out: texts and media.
        parts: Vec<Part<'a>>,
        /// A prompt-cache mark.
        cache: Option<&'a str>,
    },
    /// A part this model has no name for, as its JSON text; only its own format can write it.
    Other {
        /// Its `type`.
        kind: Text<'a>,
        /// All of it.
        raw: &'a str,
    },
}

/// A source that a text names.
#[derive(Debug, Default)]
pub struct Citation<'a> {
    /// Its address.
    pub url: Option<Text<'a>>,
    /// Its title or file name.
    pub title: Option<Text<'a>>,
    /// The words taken from it.
    pub quote: Option<Text<'a>>,
    /// Which characters of the whole answer's text rest on it: first, and one past the last.
    pub span: Option<(u64, u64)>,
}

/// One token of an answer with how likely it was.
#[derive(Debug)]
pub struct Logprob<'a> {
    /// The token's text.
    pub token: Text<'a>,
    /// The number's text.
    pub logprob: Text<'a>,
    /// The likeliest alternatives, with theirs.
    pub top: Vec<(Text<'a>, Text<'a>)>,
}

/// A call the model asks for.
#[derive(Debug)]
pub struct ToolCall<'a> {
    /// The provider's id for it.
    pub id: Text<'a>,
    /// The tool.
    pub name: Text<'a>,
    /// What to call it with.
    pub arguments: Arguments<'a>,
    /// The proof of the reasoning behind it (Gemini's `thoughtSignature`), to be sent back with it.
    pub signature: Option<Signature<'a>>,
    /// A prompt-cache mark.
    pub cache: Option<&'a str>,
}

/// Tool arguments: JSON (Anthropic, Gemini), or JSON inside a string (OpenAI). Each writer asks for the form it needs.
#[derive(Debug)]
pub enum Arguments<'a> {
    /// A JSON value's text.
    Json(&'a str),
    /// The same, escaped in a string.
    Text(Text<'a>),
}

/// A picture, sound or document in a turn.
#[derive(Debug)]
pub struct Media<'a> {
    /// What it is.
    pub kind: MediaKind,
    /// Where its bytes are.
    pub source: MediaSource<'a>,
    /// OpenAI's `detail`.
    pub detail: Option<Text<'a>>,
    /// A document's name.
    pub filename: Option<Text<'a>>,
    /// A prompt-cache mark.
    pub cache: Option<&'a str>,
}

/// What a medium is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MediaKind {
    /// A picture.
    Image,
    /// Sound.
    Audio,
    /// A film.
    Video,
    /// A document, mostly PDF.
    File,
}

/// Where a medium's bytes are.
#[derive(Debug)]
pub enum MediaSource<'a> {
    /// In the body.
    Data {
        /// `image/png`
        media_type: Text<'a>,
        /// Base64.
        data: Text<'a>,
    },
    /// At an address: `https:`, or the provider's own `s3:`, `gs:`.
    Url(Text<'a>),
    /// In the provider's own store.
    FileId(Text<'a>),
}

/// A tool offered.
#[derive(Debug)]
pub enum Tool<'a> {
    /// A function of the client's.
    Function {
        /// Its name.
        name: Text<'a>,
        /// What it does.
        description: Option<Text<'a>>,
        /// The JSON Schema of its arguments, as text (owned where the format has another dialect of schemas).
        parameters: Option<Cow<'a, str>>,
        /// Whether arguments must match the schema.
        strict: Option<bool>,
        /// A prompt-cache mark.
        cache: Option<&'a str>,
    },
    /// A tool only its own format knows (server tools, custom grammars).
    Other {
        /// Its `type`.
        kind: Text<'a>,
        /// All of it.
        raw: &'a str,
    },
}

/// Which tool the model may call.
#[derive(Debug)]
pub enum ToolChoice<'a> {
    /// As it likes.
    Auto,
    /// None.
    None,
    /// At least one.
    Required,
    /// This one.
    Named(Text<'a>),
    /// As it likes or at least one (`required`) of these.
    Allowed {
        /// Whether one must be called.
        required: bool,
        /// Their names.
        names: Vec<Text<'a>>,
    },
}

/// The shape the answer must have.
#[derive(Debug)]
pub enum ResponseFormat<'a> {
    /// Any JSON object.
    JsonObject,
    /// JSON that matches a schema.
    JsonSchema {
        /// The schema's name, where the format has one.
        name: Option<Text<'a>>,
        /// What it is for.
        description: Option<Text<'a>>,
        /// The JSON Schema, as text (owned where the format has it in a string).
        schema: Cow<'a, str>,
        /// Whether the match is forced.
        strict: Option<bool>,
    },
}

/// How much to think before the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reasoning {
    /// Not at all.
    Off,
    /// By a word.
    Effort(Effort),
    /// By tokens.
    Budget(u64),
}

/// OpenAI's words for reasoning effort, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs)]
pub enum Effort {
    Minimal,
    Low,
    Medium,
    High,
    Xhigh,
    Max,
}

/// A whole answer.
#[derive(Debug, Default)]
pub struct Answer<'a> {
    /// The provider's id; empty where it gives none.
    pub id: Text<'a>,
    /// The model that answered.
    pub model: Text<'a>,
    /// Seconds since the epoch, where the provider says.
    pub created: Option<u64>,
    /// One or (with `n`) several.
    pub choices: Vec<Choice<'a>>,
    /// What it took, where the provider says.
    pub usage: Option<Usage>,
    /// The processing tier that served it, in OpenAI's words.
    pub service_tier: Option<Text<'a>>,
    /// What the provider said that has no place here, by the name of its field.
    pub unmapped: Vec<&'static str>,
}

/// One alternative of an answer.
#[derive(Debug, Default)]
pub struct Choice<'a> {
    /// What is said.
    pub parts: Vec<Part<'a>>,
    /// Why it ends.
    pub finish: Finish,
    /// The stop string met, where the provider says.
    pub stop_sequence: Option<Text<'a>>,
    /// Its tokens with their log probabilities, where they were asked for.
    pub logprobs: Vec<Logprob<'a>>,
}

/// Why an answer ends. A provider's own word maps to one of these; where calls were made and it says stop, it is `ToolCalls`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Finish {
    /// It was done, or met a stop string.
    #[default]
    Stop,
    /// No room left: `max_tokens`, the context window, a paused turn.
    Length,
    /// It waits for results.
    ToolCalls,
    /// The provider would not go on.
    ContentFilter,
}

/// One step of a streamed answer.
#[derive(Debug)]
pub enum Delta<'a> {
    /// The answer begins; comes once, first.
    Start {
        /// See [`Answer::id`].
        id: Text<'a>,
        /// See [`Answer::model`].
        model: Text<'a>,
        /// See [`Answer::created`].
        created: Option<u64>,
    },
    /// More text of a choice.
    Text(u32, Text<'a>),
    /// More of a refusal.
    Refusal(u32, Text<'a>),
    /// A block of reasoning begins: what comes now belongs to no earlier one.
    ThinkingStart(u32),
    /// More reasoning.
    Thinking(u32, Text<'a>),
    /// The signature of the reasoning so far; may come in pieces.
    Signature(u32, Signature<'a>),
    /// A whole block of reasoning kept secret.
    RedactedThinking(u32, Text<'a>),
    /// A call begins.
    ToolStart {
        /// The choice.
        choice: u32,
        /// Dense from 0 in order of appearance, whatever the provider counts.
        index: u32,
        /// The provider's id for it.
        id: Text<'a>,
        /// The tool.
        name: Text<'a>,
        /// See [`ToolCall::signature`].
        signature: Option<Signature<'a>>,
    },
    /// More of a call's arguments: a fragment of JSON, escaped once as in a string.
    ToolArguments {
        /// The choice.
        choice: u32,
        /// The call.
        index: u32,
        /// The fragment.
        fragment: Text<'a>,
    },
    /// A picture or sound, whole.
    Media(u32, Media<'a>),
    /// A source of the text so far.
    Citation(u32, Citation<'a>),
    /// How likely the tokens of the text just before were.
    Logprobs(u32, Vec<Logprob<'a>>),
    /// See [`Answer::service_tier`].
    ServiceTier(Text<'a>),
    /// See [`Answer::unmapped`].
    Unmapped(&'static str),
    /// A choice is complete.
    Finish {
        /// The choice.
        choice: u32,
        /// Why.
        finish: Finish,
        /// The stop string met.
        stop_sequence: Option<Text<'a>>,
    },
    /// What it took, so far: later ones replace earlier ones.
    Usage(Usage),
    /// The provider failed in mid-stream; the stream is over.
    Error(ApiError),
    /// The proper end.
    End,
}
