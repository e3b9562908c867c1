//! Texts to vectors: one small model between the shapes that providers have for it, and one file for each family of
//! shapes, both directions where a client speaks it.
//!
//! Vectors are hundreds of kilobytes of digits, so nobody reads them who need not: a vector stays the span of text it
//! came as, and is parsed only where the client asked for the packed form and the provider gave numbers, or the other
//! way round. An answer in the client's own shape is not taken apart at all.

mod bedrock;
mod cohere;
mod gemini;
mod ollama;
mod openai;
#[cfg(test)]
mod tests;
mod vector;

pub(super) use self::cohere::read_usage as cohere_usage;
pub use self::openai::read_usage as openai_usage;
pub use self::vector::Vector;

use super::field::Field;
use super::{Ask, Loss, Step, Target, TextKind};
use crate::chat::{ApiError, Usage};
use crate::http::Headers;
use crate::wire::json::{Doc, Edits, Text, Value, Writer};
use crate::wire::shallow;

/// The shapes, by name.
pub static SHAPES: &[&dyn Shape] = &[
    &openai::OPENAI,
    &openai::MISTRAL,
    &cohere::V2,
    &cohere::V1,
    &gemini::BATCH,
    &gemini::ONE,
    &gemini::VertexPredict,
    &bedrock::BedrockEmbed,
    &ollama::OllamaEmbed,
];

/// The shape of that name.
pub fn find(name: &str) -> Option<&'static dyn Shape> {
    SHAPES.iter().copied().find(|shape| shape.name() == name)
}

/// What is asked.
#[derive(Debug, Default)]
pub struct Request<'a> {
    /// What the client calls things.
    pub names: Names,
    /// What to embed, in order.
    pub inputs: Vec<Input<'a>>,
    /// How many numbers a vector is to have.
    pub dimensions: Option<u64>,
    /// The forms wanted of each vector; numbers if none is named.
    pub encodings: Vec<Encoding>,
    /// What the vectors are for.
    pub purpose: Option<Purpose>,
    /// What becomes of a text that is too long.
    pub truncate: Option<Truncate>,
    /// Google's title of a document.
    pub title: Option<Text<'a>>,
    /// OpenAI's end user.
    pub user: Option<Text<'a>>,
    /// Whether the inputs are not all to be treated alike, which only Google's batches can say.
    pub mixed: bool,
    /// Names of members that no other shape has.
    pub others: Vec<Text<'a>>,
}

/// One thing to embed.
#[derive(Debug)]
pub enum Input<'a> {
    /// A text.
    Text(Text<'a>),
    /// The ids of its tokens, as a JSON array's text.
    Tokens(&'a str),
    /// Something that is no text: only its own shape can say it.
    Medium,
}

/// A form of a vector.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// Numbers.
    Float,
    /// Its numbers as little-endian 32-bit floats, in base64.
    Base64,
    /// One that is not the same numbers any more (`int8`, `ubinary`), by its name: Cohere's word.
    Other(String),
}

impl Encoding {
    /// The form of that name.
    fn named(word: &Text<'_>) -> Self {
        match word.decode().as_ref() {
            "float" => Self::Float,
            "base64" => Self::Base64,
            other => Self::Other(other.to_owned()),
        }
    }

    /// OpenAI's and Cohere's name for it.
    fn name(&self) -> &str {
        match self {
            Self::Float => "float",
            Self::Base64 => "base64",
            Self::Other(name) => name,
        }
    }
}

/// What vectors are for: some models place a question otherwise than the document that answers it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Purpose {
    Document,
    Query,
    Classification,
    Clustering,
    Similarity,
    QuestionAnswering,
    FactVerification,
    CodeQuery,
    Image,
}

impl Purpose {
    /// Each with Cohere's word, Google's, and the nearest that Cohere has where it has none.
    const NAMES: &[(Purpose, &str, &str)] = &[
        (Purpose::Document, "search_document", "RETRIEVAL_DOCUMENT"),
        (Purpose::Query, "search_query", "RETRIEVAL_QUERY"),
        (Purpose::Classification, "classification", "CLASSIFICATION"),
        (Purpose::Clustering, "clustering", "CLUSTERING"),
        (Purpose::Similarity, "", "SEMANTIC_SIMILARITY"),
        (Purpose::QuestionAnswering, "", "QUESTION_ANSWERING"),
        (Purpose::FactVerification, "", "FACT_VERIFICATION"),
        (Purpose::CodeQuery, "", "CODE_RETRIEVAL_QUERY"),
        (Purpose::Image, "image", ""),
    ];

    /// The purpose that a client names in anybody's words: NVIDIA says `passage`, Voyage `document`.
    pub fn named(word: &str) -> Option<Self> {
        let row = Self::NAMES.iter().find(|(_, cohere, google)| *cohere == word || *google == word);
        match word {
            "" => None,
            "passage" | "document" => Some(Self::Document),
            "query" => Some(Self::Query),
            _ => row.map(|(purpose, ..)| *purpose),
        }
    }

    /// Cohere's word for it.
    fn cohere(self) -> Option<&'static str> {
        let row = Self::NAMES.iter().find(|(purpose, ..)| *purpose == self);
        row.map(|(_, cohere, _)| *cohere).filter(|word| !word.is_empty())
    }

    /// Google's word for it.
    fn google(self) -> Option<&'static str> {
        let row = Self::NAMES.iter().find(|(purpose, ..)| *purpose == self);
        row.map(|(.., google)| *google).filter(|word| !word.is_empty())
    }
}

/// What becomes of a text that is too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Truncate {
    /// It is an error.
    Never,
    /// Its start is left out.
    Start,
    /// Its end is left out.
    End,
}

impl Truncate {
    const NAMES: &[(Truncate, &str)] = &[(Truncate::Never, "NONE"), (Truncate::Start, "START"), (Truncate::End, "END")];

    fn named(word: &Text<'_>) -> Option<Self> {
        Self::NAMES.iter().find(|(_, name)| word.is(name)).map(|(it, _)| *it)
    }

    fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(it, _)| *it == self).map_or("END", |(_, name)| name)
    }
}

/// What a shape calls the parts of a request. None: it has no such part, and a client's is dropped and reported.
#[derive(Clone, Copy, Debug, Default)]
pub struct Names {
    /// What holds the inputs.
    pub inputs: &'static str,
    /// What names the wanted forms; for the others see [`Request`].
    pub encodings: Option<&'static str>,
    #[allow(missing_docs)]
    pub purpose: Option<&'static str>,
    #[allow(missing_docs)]
    pub truncate: Option<&'static str>,
    #[allow(missing_docs)]
    pub title: Option<&'static str>,
    #[allow(missing_docs)]
    pub user: Option<&'static str>,
}

/// The vectors.
#[derive(Debug, Default)]
pub struct Answer<'a> {
    /// The provider's id for the answer.
    pub id: Option<Text<'a>>,
    /// The model it names.
    pub model: Option<Text<'a>>,
    /// Every form given, each with one vector for each input.
    pub vectors: Vec<(Encoding, Vec<Vector<'a>>)>,
    /// What it took, if the provider says so.
    pub usage: Option<Usage>,
}

/// What of the request its answer needs.
#[derive(Clone, Debug, Default)]
pub struct Wish {
    /// How many vectors there must be.
    pub count: usize,
    /// The forms wanted, at least one.
    pub encodings: Vec<Encoding>,
    /// Whether the client named them.
    pub named: bool,
    /// The inputs as a JSON array's text, where the client's shape repeats them.
    pub echo: String,
}

/// One wire shape. Clients speak some of them, providers all; what only a provider speaks has no client half.
pub trait Shape: Sync {
    /// Its name in the tables of surfaces and presets.
    fn name(&self) -> &'static str;
    /// What it calls things.
    fn names(&self) -> Names;

    /// Reads a client's request. Errors name the field's path.
    fn read_request<'a>(&self, doc: &Doc<'a>) -> Result<Request<'a>, ApiError> {
        let _ = doc;
        Err(ApiError::internal())
    }
    /// Writes a request for a provider. It has been held against [`Names`] before.
    fn write_request(&self, request: &Request<'_>, target: &Target<'_>, loss: &mut Loss) -> Result<Vec<u8>, ApiError>;
    /// A client's own body for a provider of this shape: what points it at the model.
    fn retarget(&self, root: Value<'_, '_>, target: &Target<'_>, edits: &mut Edits) {
        name_model(root, target.model, edits);
    }

    /// Reads a provider's answer.
    fn read_answer<'a>(&self, headers: &Headers, body: &'a [u8]) -> Option<Answer<'a>>;
    /// Writes a client's answer.
    fn write_answer(&self, answer: &Answer<'_>, wish: &Wish, ask: &Ask) -> Result<Vec<u8>, ApiError> {
        let _ = (answer, wish, ask);
        Err(ApiError::internal())
    }
    /// What an answer took, found without taking it apart.
    fn usage(&self, headers: &Headers, body: &[u8]) -> Option<Usage> {
        self.read_answer(headers, body)?.usage
    }
    /// Whether an answer in the client's own shape is not what the client asked for: numbers instead of the packed form.
    fn is_unpacked(&self, body: &[u8]) -> bool {
        let _ = body;
        false
    }

    /// Whether the string at a path is text; see [`super::Format::text_at`].
    fn text_at(&self, path: &[Step<'_>]) -> TextKind {
        let _ = path;
        TextKind::Text
    }
}

/// A client's request for a provider, in whichever shape it has.
pub fn translate(
    request: &Request<'_>,
    to: &dyn Shape,
    target: &Target<'_>,
    loss: &mut Loss,
) -> Result<Vec<u8>, ApiError> {
    let (own, theirs) = (request.names, to.names());
    if request.mixed {
        let message = format!("{}: this model's provider treats all texts of a call alike", own.inputs);
        return Err(ApiError::unsupported(own.inputs, message));
    }
    for (index, input) in request.inputs.iter().enumerate() {
        let what = match input {
            Input::Text(_) => continue,
            Input::Tokens(_) => "token ids, which only OpenAI's own models can read; send text",
            Input::Medium => "no text, and this model's provider embeds only text for clients of another shape",
        };
        let at = format!("{}[{index}]", own.inputs);
        return Err(ApiError::unsupported(at.as_str(), format!("{at}: {what}")));
    }
    if let Some(other) = request.encodings.iter().find(|it| matches!(it, Encoding::Other(_)))
        && theirs.encodings != Some("embedding_types")
    {
        let at = own.encodings.unwrap_or_default();
        let message = format!("{at}: this model's provider has no {:.40} vectors", other.name());
        return Err(ApiError::unsupported(at, message));
    }
    let rows = [
        (request.purpose.is_some(), own.purpose, theirs.purpose),
        (request.truncate.is_some(), own.truncate, theirs.truncate),
        (request.title.is_some(), own.title, theirs.title),
        (request.user.is_some(), own.user, theirs.user),
    ];
    for (asked, own, theirs) in rows {
        if asked && theirs.is_none() {
            loss.note(own.unwrap_or_default());
        }
    }
    request.others.iter().for_each(|name| loss.note(name.raw()));
    to.write_request(request, target, loss)
}

impl Request<'_> {
    /// Something of the client's that a provider's writer could not say after all.
    fn note(&self, name: Option<&'static str>, loss: &mut Loss) {
        loss.note(name.unwrap_or_default());
    }

    /// What the answer to it will need.
    pub fn wish(&self) -> Wish {
        let mut encodings = self.encodings.clone();
        if encodings.is_empty() {
            encodings.push(Encoding::Float);
        }
        Wish { count: self.inputs.len(), named: !self.encodings.is_empty(), encodings, echo: self.echo() }
    }

    fn echo(&self) -> String {
        let mut writer = Writer::default();
        self.write_texts(&mut writer);
        String::from_utf8(writer.out).unwrap_or_default()
    }

    /// The texts. What is no text has been refused.
    fn texts(&self) -> impl Iterator<Item = &Text<'_>> {
        self.inputs.iter().filter_map(|input| if let Input::Text(text) = input { Some(text) } else { None })
    }

    /// The texts as an array.
    fn write_texts(&self, writer: &mut Writer) {
        writer.open_array();
        self.texts().for_each(|text| {
            writer.text(text);
        });
        writer.close_array();
    }

    /// The only text, for a provider that takes one a call.
    fn only_text(&self) -> Result<&Text<'_>, ApiError> {
        let (at, count) = (self.names.inputs, self.inputs.len());
        if count > 1 {
            let message =
                format!("{at}: this model's provider embeds one text a call, got {count}; send one at a time");
            return Err(ApiError::unsupported(at, message));
        }
        self.texts().next().ok_or_else(ApiError::internal)
    }
}

/// A provider's answer for a client, in whichever shape it has.
pub fn translate_answer(answer: &Answer<'_>, to: &dyn Shape, wish: &Wish, ask: &Ask) -> Result<Vec<u8>, ApiError> {
    for (_, vectors) in &answer.vectors {
        let (got, wanted) = (vectors.len(), wish.count);
        if got != wanted {
            return Err(ApiError::bad_answer(format!("the provider gave {got} vectors for {wanted} inputs")));
        }
    }
    to.write_answer(answer, wish, ask)
}

impl<'a> Answer<'a> {
    /// What a client asked for that wanted the packed form, and was given these by a provider of its own shape.
    pub fn packed_wish(&self) -> Wish {
        let count = self.vectors.first().map_or(0, |(_, vectors)| vectors.len());
        Wish { count, encodings: vec![Encoding::Base64], named: true, echo: String::new() }
    }

    /// One form of vectors and what they took.
    fn of(vectors: Vec<Vector<'a>>, usage: Option<Usage>) -> Self {
        let encoding =
            if vectors.iter().any(|it| matches!(it, Vector::Packed(_))) { Encoding::Base64 } else { Encoding::Float };
        Self { vectors: vec![(encoding, vectors)], usage, ..Self::default() }
    }

    /// The vectors in this form, or in one that can be made into it.
    fn in_form(&self, wanted: &Encoding) -> Result<&[Vector<'a>], ApiError> {
        let exact = self.vectors.iter().find(|(encoding, _)| encoding == wanted);
        let near = self.vectors.iter().find(|(encoding, _)| !matches!(encoding, Encoding::Other(_)));
        let near = near.filter(|_| !matches!(wanted, Encoding::Other(_)));
        let found = exact.or(near).map(|(_, vectors)| vectors.as_slice());
        found.ok_or_else(|| ApiError::bad_answer(format!("the provider gave no {:.40} vectors", wanted.name())))
    }
}

/// Writes one vector in the wanted form.
fn write_vector(vector: &Vector<'_>, wanted: &Encoding, writer: &mut Writer) -> Result<(), ApiError> {
    let broken = || ApiError::bad_answer("the provider's answer has a vector that is none");
    vector.write(*wanted == Encoding::Base64, writer).ok_or_else(broken)
}

/// Input tokens and nothing else.
fn input_tokens(input: u64) -> Usage {
    Usage { input, ..Usage::default() }
}

/// Bedrock tells the tokens of a call beside its body.
pub(super) fn told_by_header(headers: &Headers) -> Option<Usage> {
    headers.get("x-amzn-bedrock-input-token-count")?.parse().ok().map(input_tokens)
}

/// A whole number, as the text of a JSON value; Cohere counts in floats.
fn count(text: &[u8]) -> Option<u64> {
    Doc::parse(text).ok()?.root().u64()
}

/// Puts the model's name into a body.
pub fn name_model(root: Value<'_, '_>, model: &str, edits: &mut Edits) {
    let mut quoted = Writer::default();
    quoted.string(model);
    match root.get("model") {
        Some(named) if named.is(model) => {}
        Some(named) => edits.replace(named.span(), quoted.out),
        // The client said it in the path.
        None => edits.add_member(root, &format!("\"model\":{}", String::from_utf8_lossy(&quoted.out))),
    }
}

/// The members of a body that nobody else has.
pub(super) fn others<'a>(root: &Field<'_, '_, 'a>, known: &[&str]) -> Vec<Text<'a>> {
    let unknown = root.value.members().filter(|(name, value)| !value.is_null() && !known.iter().any(|it| name.is(it)));
    unknown.map(|(name, _)| name).collect()
}

/// A text or a list of texts. `at`: where the message says they belong.
fn texts<'a>(field: &Field<'_, '_, 'a>) -> Result<Vec<Input<'a>>, ApiError> {
    let inputs: Vec<_> = field.items().map(|item| item.text().map(Input::Text)).collect::<Result<_, _>>()?;
    not_empty(field, inputs)
}

fn not_empty<'a>(field: &Field<'_, '_, 'a>, inputs: Vec<Input<'a>>) -> Result<Vec<Input<'a>>, ApiError> {
    match inputs.is_empty() {
        true => Err(field.error(format_args!("expected at least one text, got an empty array"))),
        false => Ok(inputs),
    }
}

/// What a client says the vectors are for, in anybody's words; those nobody knows go to the others.
fn purpose<'a>(
    root: &Field<'_, '_, 'a>,
    name: &'static str,
    others: &mut Vec<Text<'a>>,
) -> Result<Option<Purpose>, ApiError> {
    let Some(word) = root.text_of(name)? else { return Ok(None) };
    let known = Purpose::named(&word.decode());
    if known.is_none() {
        others.push(Text::from_raw(name));
    }
    Ok(known)
}

/// The vectors of an array of arrays.
fn matrix(text: &[u8]) -> Option<Vec<Vector<'_>>> {
    let mut rows = Vec::new();
    let mut whole = true;
    shallow::items(text, |item| match Vector::of(item) {
        Some(vector) => rows.push(vector),
        None => whole = false,
    })?;
    whole.then_some(rows)
}
