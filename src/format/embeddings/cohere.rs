//! Cohere's `/v2/embed`: texts, what they are for, and each wanted form of vector by name. Its older `/v1/embed` differs
//! in the answer only, and only where no form is named.

use super::openai::text;
use super::{
    Answer, Encoding, Input, Names, Purpose, Request, Shape, Truncate, Wish, input_tokens, matrix, not_empty, others,
    purpose, texts, write_vector,
};
use crate::chat::{ApiError, Usage};
use crate::format::field::Field;
use crate::format::openai::{Row, look_up, opaque, url};
use crate::format::{Ask, Loss, Step, Target, TextKind};
use crate::http::Headers;
use crate::wire::json::{Doc, Kind, Text, Writer};
use crate::wire::shallow;

/// Cohere's v2, or its v1.
pub struct CohereEmbed {
    v1: bool,
}

/// `/v2/embed`.
pub static V2: CohereEmbed = CohereEmbed { v1: false };
/// `/v1/embed`.
pub static V1: CohereEmbed = CohereEmbed { v1: true };

impl Shape for CohereEmbed {
    fn name(&self) -> &'static str {
        if self.v1 { "cohere_embed_v1" } else { "cohere_embed" }
    }

    fn names(&self) -> Names {
        Names {
            inputs: "texts",
            encodings: Some("embedding_types"),
            purpose: Some("input_type"),
            truncate: Some("truncate"),
            title: None,
            user: None,
        }
    }

    fn read_request<'a>(&self, doc: &Doc<'a>) -> Result<Request<'a>, ApiError> {
        let root = Field::root(doc)?;
        let known = [
            "model",
            "texts",
            "images",
            "inputs",
            "input_type",
            "embedding_types",
            "output_dimension",
            "truncate",
            "stream",
        ];
        let mut others = others(&root, &known);
        let purpose = purpose(&root, "input_type", &mut others)?;
        let encodings = root.member("embedding_types").map(|field| read_encodings(&field)).transpose()?;
        Ok(Request {
            names: self.names(),
            inputs: read_inputs(&root)?,
            dimensions: root.member("output_dimension").map(|field| field.u64()).transpose()?,
            encodings: encodings.unwrap_or_default(),
            purpose,
            truncate: match root.member("truncate") {
                Some(field) => Some(Truncate::named(&field.text()?).ok_or_else(|| field.unknown("NONE, START, END"))?),
                None => None,
            },
            others,
            ..Request::default()
        })
    }

    fn write_request(&self, request: &Request<'_>, target: &Target<'_>, loss: &mut Loss) -> Result<Vec<u8>, ApiError> {
        let mut writer = Writer::with_capacity(1024);
        writer.open().key("model").string(target.model);
        write_members(request, target, loss, &mut writer);
        writer.close();
        Ok(writer.out)
    }

    fn read_answer<'a>(&self, _: &Headers, body: &'a [u8]) -> Option<Answer<'a>> {
        read_answer(body)
    }

    fn write_answer(&self, answer: &Answer<'_>, wish: &Wish, ask: &Ask) -> Result<Vec<u8>, ApiError> {
        let mut writer = Writer::with_capacity(1024);
        writer.open().key("id");
        match &answer.id {
            Some(id) => writer.text(id),
            None => writer.string(&ask.fallback_id),
        };
        writer.key("embeddings");
        let bare = self.v1 && !wish.named;
        if !bare {
            writer.open();
        }
        for wanted in &wish.encodings {
            if !bare {
                writer.key(wanted.name());
            }
            writer.open_array();
            for vector in answer.in_form(wanted)? {
                write_vector(vector, wanted, &mut writer)?;
            }
            writer.close_array();
        }
        if !bare {
            writer.close();
        }
        writer.key("texts").raw(&wish.echo);
        writer
            .key("meta")
            .open()
            .key("api_version")
            .open()
            .key("version")
            .string(if self.v1 { "1" } else { "2" })
            .close();
        if let Some(usage) = &answer.usage {
            writer.key("billed_units").open().key("input_tokens").number(usage.input).close();
        }
        writer
            .close()
            .key("response_type")
            .string(if bare { "embeddings_floats" } else { "embeddings_by_type" })
            .close();
        Ok(writer.out)
    }

    fn usage(&self, _: &Headers, body: &[u8]) -> Option<Usage> {
        read_usage(shallow::root_member(body, "meta")?)
    }

    fn text_at(&self, path: &[Step<'_>]) -> TextKind {
        const ROWS: &[Row] = &[
            opaque(&["model"]),
            opaque(&["input_type"]),
            opaque(&["truncate"]),
            opaque(&["embedding_types", "[]"]),
            url(&["images", "[]"]),
            opaque(&["inputs", "[]", "content", "[]", "type"]),
            url(&["inputs", "[]", "content", "[]", "image_url", "url"]),
        ];
        look_up(ROWS, path)
    }
}

fn read_encodings(field: &Field<'_, '_, '_>) -> Result<Vec<Encoding>, ApiError> {
    let mut found: Vec<Encoding> = Vec::new();
    for item in field.array()?.items() {
        let encoding = Encoding::named(&item.text()?);
        // A name becomes a key of the answer, and a key that is there twice is no JSON.
        if !found.contains(&encoding) {
            found.push(encoding);
        }
    }
    Ok(found)
}

/// `texts`, or `inputs` of parts, or `images`.
fn read_inputs<'a>(root: &Field<'_, '_, 'a>) -> Result<Vec<Input<'a>>, ApiError> {
    if let Some(images) = root.member("images") {
        let all = images.array()?.items().map(|image| image.text().map(|_| Input::Medium)).collect::<Result<_, _>>()?;
        return not_empty(&images, all);
    }
    if let Some(inputs) = root.member("inputs") {
        let mut all = Vec::new();
        for input in inputs.array()?.items() {
            let content = input.object()?;
            let parts = content.need("content")?.array()?;
            let mut pieces = Vec::new();
            for part in parts.items() {
                let part = part.object()?;
                match part.need("type")?.text()?.is("text") {
                    true => pieces.push(part.need("text")?.text()?),
                    false => pieces.push(Text::default()),
                }
            }
            let only_text = parts.items().all(|part| part.value.get("type").is_some_and(|kind| kind.is("text")));
            all.push(if only_text { Input::Text(joined(pieces)) } else { Input::Medium });
        }
        return not_empty(&inputs, all);
    }
    texts(&root.need("texts")?.array()?)
}

/// Several texts as one, with nothing between them.
pub(super) fn joined<'a>(mut pieces: Vec<Text<'a>>) -> Text<'a> {
    match pieces.len() {
        0 | 1 => pieces.pop().unwrap_or_default(),
        _ => Text::from_raw_owned(pieces.iter().map(Text::raw).collect()),
    }
}

/// All of a request but its model, which Bedrock has in the path.
pub(super) fn write_members(request: &Request<'_>, target: &Target<'_>, loss: &mut Loss, writer: &mut Writer) {
    request.write_texts(writer.key("texts"));
    let asked = request.purpose.and_then(Purpose::cohere);
    if request.purpose.is_some() && asked.is_none() {
        request.note(request.names.purpose, loss);
    }
    // Cohere takes no request without it.
    let purpose = asked.or_else(|| target.quirks.embedding_purpose.cohere()).unwrap_or("search_document");
    writer.key("input_type").string(purpose);
    writer.key("embedding_types").open_array();
    let mut named = Vec::new();
    for encoding in &request.encodings {
        // The packed form is made here: not every model of Cohere's gives it.
        let name = if *encoding == Encoding::Base64 { "float" } else { encoding.name() };
        if !named.contains(&name) {
            named.push(name);
            writer.string(name);
        }
    }
    if named.is_empty() {
        writer.string("float");
    }
    writer.close_array();
    if let Some(dimensions) = request.dimensions {
        writer.key("output_dimension").number(dimensions);
    }
    if let Some(truncate) = request.truncate {
        writer.key("truncate").string(truncate.name());
    }
}

/// An answer with a form of vectors by each name, or with numbers alone as its older version and Bedrock have it.
pub(super) fn read_answer(body: &[u8]) -> Option<Answer<'_>> {
    let (mut embeddings, mut id, mut usage) = (None, None, None);
    shallow::members(body, |name, value| match name {
        b"embeddings" => embeddings = Some(value),
        b"id" => id = text(value),
        b"meta" => usage = read_usage(value),
        _ => {}
    })?;
    let embeddings = embeddings?;
    if embeddings.starts_with(b"[") {
        return Some(Answer { id, ..Answer::of(matrix(embeddings)?, usage) });
    }
    let mut vectors = Vec::new();
    let mut whole = true;
    shallow::members(embeddings, |name, value| {
        if value == b"null" {
            return;
        }
        let named = std::str::from_utf8(name).ok().map(|name| Encoding::named(&Text::from_raw(name)));
        match named.zip(matrix(value)) {
            Some(row) => vectors.push(row),
            None => whole = false,
        }
    })?;
    whole.then_some(Answer { id, vectors, usage, ..Answer::default() })
}

/// `meta`: the tokens read, or those billed.
pub(in crate::format) fn read_usage(meta: &[u8]) -> Option<Usage> {
    let doc = Doc::parse(meta).ok()?;
    let meta = doc.root();
    let of = |group: &str, name: &str| meta.some(group).and_then(|group| group.some(name)?.u64());
    let images = of("billed_units", "image_tokens").unwrap_or(0);
    let billed = of("billed_units", "input_tokens").map(|tokens| tokens + images);
    if meta.kind() != Kind::Object {
        return None;
    }
    let counted = of("tokens", "input_tokens").or(billed).map(input_tokens)?;
    Some(counted.billed(billed, None))
}
