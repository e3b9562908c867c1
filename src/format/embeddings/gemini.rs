//! Google's: `:batchEmbedContents` and `:embedContent` of the Gemini API, and Vertex AI's `:predict`. Of the first only
//! newer models tell the tokens.

use super::cohere::joined;
use super::{
    Answer, Encoding, Input, Names, Purpose, Request, Shape, Vector, Wish, input_tokens, not_empty, others, purpose,
    write_vector,
};
use crate::chat::{ApiError, Usage};
use crate::format::field::Field;
use crate::format::openai::{Row, look_up, opaque, url};
use crate::format::{Ask, Loss, Step, Target, TextKind};
use crate::http::Headers;
use crate::wire::json::{Doc, Edits, Text, Value, Writer};
use crate::wire::shallow;

/// The two methods of the Gemini API.
pub struct Gemini {
    /// `requests` of many contents, or one content.
    batch: bool,
}

/// `:batchEmbedContents`.
pub static BATCH: Gemini = Gemini { batch: true };
/// `:embedContent`.
pub static ONE: Gemini = Gemini { batch: false };

impl Shape for Gemini {
    fn name(&self) -> &'static str {
        if self.batch { "gemini_batch_embed" } else { "gemini_embed" }
    }

    fn names(&self) -> Names {
        Names {
            inputs: if self.batch { "requests" } else { "content" },
            encodings: None,
            purpose: Some("taskType"),
            truncate: None,
            title: Some("title"),
            user: None,
        }
    }

    fn read_request<'a>(&self, doc: &Doc<'a>) -> Result<Request<'a>, ApiError> {
        let root = Field::root(doc)?;
        if !self.batch {
            let mut request = Request { names: self.names(), others: others(&root, KNOWN), ..Request::default() };
            read_one(&root, &mut request)?;
            return Ok(request);
        }
        let mut request =
            Request { names: self.names(), others: others(&root, &["requests", "model"]), ..Request::default() };
        let requests = root.need("requests")?.array()?;
        for (index, item) in requests.items().enumerate() {
            let item = item.object()?;
            let mut one = Request { others: others(&item, KNOWN), ..Request::default() };
            read_one(&item, &mut one)?;
            let first = (request.dimensions, request.purpose, &request.title);
            request.mixed |= index > 0 && (one.dimensions, one.purpose, &one.title) != first;
            let Request { inputs, dimensions, purpose, title, others, .. } = one;
            request.inputs.extend(inputs);
            request.others.extend(others);
            (request.dimensions, request.purpose, request.title) = (dimensions, purpose, title);
        }
        request.inputs = not_empty(&requests, std::mem::take(&mut request.inputs))?;
        Ok(request)
    }

    fn write_request(&self, request: &Request<'_>, target: &Target<'_>, loss: &mut Loss) -> Result<Vec<u8>, ApiError> {
        let mut writer = Writer::with_capacity(1024);
        let purpose = google_purpose(request, target, loss);
        let model = model_name(target.model);
        let one = |text: &Text<'_>, writer: &mut Writer| {
            writer.open().key("model").string(&model).key("content").open().key("parts").open_array();
            writer.open().key("text").text(text).close().close_array().close();
            if let Some(purpose) = purpose {
                writer.key("taskType").string(purpose);
            }
            if let Some(title) = &request.title {
                writer.key("title").text(title);
            }
            if let Some(dimensions) = request.dimensions {
                writer.key("outputDimensionality").number(dimensions);
            }
            writer.close();
        };
        if self.batch {
            writer.open().key("requests").open_array();
            request.texts().for_each(|text| one(text, &mut writer));
            writer.close_array().close();
        } else {
            one(request.only_text()?, &mut writer);
        }
        Ok(writer.out)
    }

    fn retarget(&self, root: Value<'_, '_>, target: &Target<'_>, edits: &mut Edits) {
        let mut quoted = Writer::default();
        quoted.string(&model_name(target.model));
        let inner = root.get("requests").into_iter().flat_map(Value::items);
        // The path names the model; each request of a batch has to say it again.
        for named in inner.chain([root]).filter_map(|request| request.get("model")) {
            edits.replace(named.span(), quoted.out.as_slice());
        }
    }

    fn read_answer<'a>(&self, _: &Headers, body: &'a [u8]) -> Option<Answer<'a>> {
        let (mut vectors, mut whole, mut usage) = (Vec::new(), true, None);
        let mut take = |embedding: &'a [u8]| match shallow::root_member(embedding, "values").and_then(Vector::of) {
            Some(vector) => vectors.push(vector),
            None => whole = false,
        };
        let mut listed = Some(());
        shallow::members(body, |name, value| match name {
            b"embeddings" => listed = shallow::items(value, &mut take),
            b"embedding" => take(value),
            b"usageMetadata" => usage = read_usage(value),
            _ => {}
        })?;
        listed?;
        (whole && !vectors.is_empty()).then(|| Answer::of(vectors, usage))
    }

    fn write_answer(&self, answer: &Answer<'_>, _: &Wish, _: &Ask) -> Result<Vec<u8>, ApiError> {
        let mut writer = Writer::with_capacity(1024);
        let vectors = answer.in_form(&Encoding::Float)?;
        writer.open().key(if self.batch { "embeddings" } else { "embedding" });
        if self.batch {
            writer.open_array();
        }
        for vector in vectors {
            write_vector(vector, &Encoding::Float, writer.open().key("values"))?;
            writer.close();
        }
        if self.batch {
            writer.close_array();
        }
        if let Some(usage) = &answer.usage {
            writer.key("usageMetadata").open().key("promptTokenCount").number(usage.input);
            writer.key("totalTokenCount").number(usage.input).close();
        }
        writer.close();
        Ok(writer.out)
    }

    fn usage(&self, _: &Headers, body: &[u8]) -> Option<Usage> {
        read_usage(shallow::root_member(body, "usageMetadata")?)
    }

    fn text_at(&self, path: &[Step<'_>]) -> TextKind {
        const ROWS: &[Row] = &[
            opaque(&["model"]),
            opaque(&["taskType"]),
            opaque(&["content", "role"]),
            opaque(&["content", "parts", "[]", "inlineData", "mimeType"]),
            opaque(&["content", "parts", "[]", "inlineData", "data"]),
            url(&["content", "parts", "[]", "fileData", "fileUri"]),
            opaque(&["requests", "[]", "model"]),
            opaque(&["requests", "[]", "taskType"]),
            opaque(&["requests", "[]", "content", "role"]),
            opaque(&["requests", "[]", "content", "parts", "[]", "inlineData", "mimeType"]),
            opaque(&["requests", "[]", "content", "parts", "[]", "inlineData", "data"]),
            url(&["requests", "[]", "content", "parts", "[]", "fileData", "fileUri"]),
        ];
        look_up(ROWS, path)
    }
}

const KNOWN: &[&str] = &["model", "content", "taskType", "title", "outputDimensionality"];

/// One content with what is asked of it.
fn read_one<'a>(item: &Field<'_, '_, 'a>, request: &mut Request<'a>) -> Result<(), ApiError> {
    let content = item.need("content")?.object()?;
    let parts = content.need("parts")?.array()?;
    let mut pieces = Vec::new();
    for part in parts.items() {
        pieces.push(part.object()?.text_of("text")?);
    }
    request.inputs.push(match pieces.into_iter().collect::<Option<Vec<_>>>() {
        Some(pieces) => Input::Text(joined(pieces)),
        None => Input::Medium,
    });
    request.purpose = purpose(item, "taskType", &mut request.others)?;
    request.title = item.text_of("title")?;
    request.dimensions = item.member("outputDimensionality").map(|field| field.u64()).transpose()?;
    Ok(())
}

/// `models/` stands before a name in bodies, not in paths.
fn model_name(model: &str) -> String {
    let bare = model.strip_prefix("models/").unwrap_or(model);
    format!("models/{bare}")
}

fn google_purpose(request: &Request<'_>, target: &Target<'_>, loss: &mut Loss) -> Option<&'static str> {
    let asked = request.purpose.and_then(Purpose::google);
    if request.purpose.is_some() && asked.is_none() {
        request.note(request.names.purpose, loss);
    }
    asked.or_else(|| target.quirks.embedding_purpose.google())
}

fn read_usage(metadata: &[u8]) -> Option<Usage> {
    super::count(shallow::root_member(metadata, "promptTokenCount")?).map(input_tokens)
}

/// Vertex AI's `:predict`; no client speaks it here.
pub struct VertexPredict;

impl Shape for VertexPredict {
    fn name(&self) -> &'static str {
        "gemini_predict"
    }

    fn names(&self) -> Names {
        Names {
            inputs: "instances",
            encodings: None,
            purpose: Some("task_type"),
            truncate: Some("autoTruncate"),
            title: Some("title"),
            user: None,
        }
    }

    fn write_request(&self, request: &Request<'_>, target: &Target<'_>, loss: &mut Loss) -> Result<Vec<u8>, ApiError> {
        use super::Truncate;
        let mut writer = Writer::with_capacity(1024);
        let purpose = google_purpose(request, target, loss);
        writer.open().key("instances").open_array();
        for text in request.texts() {
            writer.open().key("content").text(text);
            if let Some(purpose) = purpose {
                writer.key("task_type").string(purpose);
            }
            if let Some(title) = &request.title {
                writer.key("title").text(title);
            }
            writer.close();
        }
        writer.close_array();
        if request.dimensions.is_some() || request.truncate.is_some() {
            writer.key("parameters").open();
            if let Some(dimensions) = request.dimensions {
                writer.key("outputDimensionality").number(dimensions);
            }
            match request.truncate {
                None => {}
                // It cuts the end or not at all.
                Some(Truncate::Start) => request.note(request.names.truncate, loss),
                Some(truncate) => {
                    writer.key("autoTruncate").bool(truncate == Truncate::End);
                }
            }
            writer.close();
        }
        writer.close();
        Ok(writer.out)
    }

    fn read_answer<'a>(&self, _: &Headers, body: &'a [u8]) -> Option<Answer<'a>> {
        let (mut vectors, mut whole, mut tokens) = (Vec::new(), true, None);
        shallow::items(shallow::root_member(body, "predictions")?, |prediction| {
            let embeddings = shallow::root_member(prediction, "embeddings").unwrap_or_default();
            let statistics = shallow::root_member(embeddings, "statistics").unwrap_or_default();
            if let Some(count) = shallow::root_member(statistics, "token_count").and_then(super::count) {
                *tokens.get_or_insert(0) += count;
            }
            match shallow::root_member(embeddings, "values").and_then(Vector::of) {
                Some(vector) => vectors.push(vector),
                None => whole = false,
            }
        })?;
        whole.then(|| Answer::of(vectors, tokens.map(input_tokens)))
    }
}
