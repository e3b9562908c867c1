//! A request's body, as far as the gateway has to read it: JSON, or a form with files.

use crate::chat::ApiError;
use crate::format::Shape;
use crate::http::Headers;
use crate::policy::Content;
use crate::surface::{Operation, Surface};
use crate::wire::json::{Doc, Kind};
use crate::wire::multipart::{self, Form};

/// A request's body, read as far as it can be.
pub(super) enum Body<'a> {
    Json(Doc<'a>),
    Form(Form<'a>),
}

impl<'a> Body<'a> {
    pub fn read(body: &'a [u8], surface: &Surface, headers: &Headers) -> Result<Self, ApiError> {
        let content_type = headers.get("content-type").unwrap_or_default();
        let is_form = content_type.get(..9).is_some_and(|kind| kind.eq_ignore_ascii_case("multipart"));
        if surface.operation.takes_forms() && is_form {
            let wrong = |why| ApiError::invalid_request("", format!("the body is not an acceptable form: {why}"));
            let boundary = multipart::boundary(content_type);
            let boundary = boundary.ok_or_else(|| wrong("its content-type names no boundary that could be used"))?;
            return Form::parse(body, boundary).map(Self::Form).map_err(wrong);
        }
        let doc = Doc::parse(body)
            .map_err(|error| ApiError::invalid_request("", format!("the body is not acceptable JSON: {error}")))?;
        match doc.root().kind() {
            Kind::Object => Ok(Self::Json(doc)),
            _ => Err(ApiError::invalid_request("", "the body must be a JSON object")),
        }
    }

    /// What policies see of it.
    pub fn content(&self) -> Content<'_> {
        match self {
            Self::Json(doc) => Content::Json(doc),
            Self::Form(form) => Content::Form(form),
        }
    }

    /// The model it names.
    pub fn model(&self, surface: &Surface) -> Result<String, ApiError> {
        let named = match self {
            Self::Json(doc) => match doc.root().some("model") {
                Some(model) => model.text().map(|text| text.decode().into_owned()),
                None => Some(surface.default_model.to_owned()),
            },
            Self::Form(form) => match form.parts().iter().find(|part| part.name == "model") {
                Some(_) => form.text("model").map(|(_, text)| text.to_owned()),
                None => Some(surface.default_model.to_owned()),
            },
        };
        let named = named.filter(|model| !model.is_empty());
        named.ok_or_else(|| ApiError::invalid_request("model", "model: expected the name of a model"))
    }

    /// Whether it asks for a stream.
    pub fn stream(&self, surface: &Surface) -> Result<bool, ApiError> {
        let flag = match (surface.stream, self) {
            (Some(stream), _) => return Ok(stream),
            (None, Self::Json(doc)) => match doc.root().some("stream") {
                None => return Ok(surface.stream_by_default),
                Some(flag) => flag.bool(),
            },
            (None, Self::Form(form)) => match form.text("stream") {
                None => return Ok(surface.stream_by_default),
                // Python says `True`.
                Some((_, word)) => word.to_ascii_lowercase().parse().ok(),
            },
        };
        flag.ok_or_else(|| ApiError::invalid_request("stream", "stream: expected true or false"))
    }

    /// Reads it as a whole, so that a mistake is told here, by its path, and nothing goes on that is not understood.
    /// Gives the most output tokens that it wants, where it says so.
    pub fn check(&self, shape: Shape, operation: Operation) -> Result<Option<u64>, ApiError> {
        let Self::Json(doc) = self else { return Ok(None) };
        match shape {
            Shape::Chat(format) if operation.is_chat() => {
                let request = format.read_request(doc)?;
                Ok(request.max_tokens.map(|most| most.saturating_mul(request.n.unwrap_or(1).max(1))))
            }
            Shape::Embeddings(shape) => shape.read_request(doc).map(|_| None),
            Shape::Rerank(shape) => shape.read_request(doc).map(|_| None),
            Shape::Chat(_) | Shape::Plain(_) => Ok(None),
        }
    }

    /// Whether the client wants usage on its stream: in OpenAI's older formats it has to say so.
    pub fn asks_for_usage(&self, shape: Shape) -> bool {
        let Self::Json(doc) = self else { return true };
        let options = doc.root().some("stream_options");
        let asked = options.and_then(|options| options.some("include_usage")?.bool());
        !matches!(shape.name(), "openai_chat" | "openai_completions") || asked == Some(true)
    }

    /// Whether it wants vectors packed.
    pub fn asks_for_packed(&self, shape: Shape) -> bool {
        match (self, shape) {
            (Self::Json(doc), Shape::Embeddings(_)) => {
                doc.root().get("encoding_format").is_some_and(|form| form.is("base64"))
            }
            _ => false,
        }
    }
}
