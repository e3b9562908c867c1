//! OpenAI's `/v1/embeddings`, which most providers copy: one input or a list, texts or token ids, and vectors as numbers
//! or packed. Both official SDKs ask for the packed form where their user asks for nothing, and Node's decodes whatever
//! comes, so a copy that ignores `encoding_format` is put right here.

use super::{
    Answer, Encoding, Input, Names, Request, Shape, Vector, Wish, not_empty, others, purpose, texts, write_vector,
};
use crate::chat::{ApiError, Usage};
use crate::format::field::Field;
use crate::format::openai::{Row, look_up, opaque};
use crate::format::{Ask, Loss, Step, Target, TextKind};
use crate::http::Headers;
use crate::wire::json::{Doc, Kind, Text, Writer};
use crate::wire::shallow;

/// One provider's spelling.
pub struct OpenAi {
    name: &'static str,
    dimensions: &'static str,
    user: Option<&'static str>,
}

/// OpenAI's own, and that of those who copy it.
pub static OPENAI: OpenAi = OpenAi { name: "openai_embeddings", dimensions: "dimensions", user: Some("user") };

/// Mistral's: <https://docs.mistral.ai/api/#tag/embeddings>.
pub static MISTRAL: OpenAi = OpenAi { name: "mistral_embeddings", dimensions: "output_dimension", user: None };

impl Shape for OpenAi {
    fn name(&self) -> &'static str {
        self.name
    }

    fn names(&self) -> Names {
        Names {
            inputs: "input",
            encodings: Some("encoding_format"),
            // Not OpenAI's: what clients add for a provider that has it.
            purpose: None,
            truncate: None,
            title: None,
            user: self.user,
        }
    }

    fn read_request<'a>(&self, doc: &Doc<'a>) -> Result<Request<'a>, ApiError> {
        let root = Field::root(doc)?;
        let input = root.need("input")?;
        let mut others = others(
            &root,
            &["model", "input", "dimensions", "encoding_format", "user", "input_type", "task_type", "stream"],
        );
        let purpose = match purpose(&root, "input_type", &mut others)? {
            None => purpose(&root, "task_type", &mut others)?,
            known => known,
        };
        Ok(Request {
            names: Names { purpose: Some("input_type"), ..self.names() },
            inputs: read_inputs(&input)?,
            dimensions: root.member("dimensions").map(|field| field.u64()).transpose()?,
            encodings: root.text_of("encoding_format")?.iter().map(Encoding::named).collect(),
            purpose,
            user: root.text_of("user")?,
            others,
            ..Request::default()
        })
    }

    fn write_request(&self, request: &Request<'_>, target: &Target<'_>, _: &mut Loss) -> Result<Vec<u8>, ApiError> {
        let mut writer = Writer::with_capacity(1024);
        writer.open().key("model").string(target.model);
        request.write_texts(writer.key("input"));
        if let Some(dimensions) = request.dimensions {
            writer.key(self.dimensions).number(dimensions);
        }
        // Asked for numbers only where the client wants nothing else: the packed form is half as long.
        let packed = request.encodings.contains(&Encoding::Base64);
        writer.key("encoding_format").string(if packed { "base64" } else { "float" });
        if let Some(user) = request.user.as_ref().filter(|_| self.user.is_some()) {
            writer.key("user").text(user);
        }
        writer.close();
        Ok(writer.out)
    }

    fn read_answer<'a>(&self, _: &Headers, body: &'a [u8]) -> Option<Answer<'a>> {
        let (mut data, mut model, mut usage) = (None, None, None);
        shallow::members(body, |name, value| match name {
            b"data" => data = Some(value),
            b"model" => model = text(value),
            b"usage" => usage = read_usage(value),
            _ => {}
        })?;
        let mut rows: Vec<(u64, Vector<'a>)> = Vec::new();
        let mut whole = true;
        shallow::items(data?, |item| {
            let (mut index, mut vector) = (rows.len() as u64, None);
            let read = shallow::members(item, |name, value| match name {
                b"index" => index = super::count(value).unwrap_or(index),
                b"embedding" => vector = Vector::of(value),
                _ => {}
            });
            match read.and(vector) {
                Some(vector) => rows.push((index, vector)),
                None => whole = false,
            }
        })?;
        if !rows.is_sorted_by_key(|(index, _)| *index) {
            rows.sort_by_key(|(index, _)| *index);
        }
        let vectors = rows.into_iter().map(|(_, vector)| vector).collect();
        whole.then(|| Answer { model, ..Answer::of(vectors, usage) })
    }

    fn write_answer(&self, answer: &Answer<'_>, wish: &Wish, ask: &Ask) -> Result<Vec<u8>, ApiError> {
        let wanted = wish.encodings.first().unwrap_or(&Encoding::Float);
        let vectors = answer.in_form(wanted)?;
        let mut writer = Writer::with_capacity(1024);
        writer.open().key("object").raw("\"list\"").key("data").open_array();
        for (index, vector) in vectors.iter().enumerate() {
            writer.open().key("object").raw("\"embedding\"").key("index").number(index as u64);
            write_vector(vector, wanted, writer.key("embedding"))?;
            writer.close();
        }
        writer.close_array().key("model");
        match &answer.model {
            Some(model) => writer.text(model),
            None => writer.string(&ask.model),
        };
        let tokens = answer.usage.map_or(0, |usage| usage.input);
        writer.key("usage").open().key("prompt_tokens").number(tokens).key("total_tokens").number(tokens).close();
        writer.close();
        Ok(writer.out)
    }

    fn usage(&self, _: &Headers, body: &[u8]) -> Option<Usage> {
        read_usage(shallow::root_member(body, "usage")?)
    }

    fn is_unpacked(&self, body: &[u8]) -> bool {
        // The first member of that name tells for all; the word is a value, too.
        const NAME: &[u8] = b"\"embedding\"";
        memchr::memmem::find_iter(body, NAME)
            .find_map(|at| body.get(at + NAME.len()..)?.trim_ascii_start().strip_prefix(b":"))
            .is_some_and(|value| value.trim_ascii_start().starts_with(b"["))
    }

    fn text_at(&self, path: &[Step<'_>]) -> TextKind {
        const ROWS: &[Row] = &[opaque(&["model"]), opaque(&["encoding_format"]), opaque(&["input_type"])];
        look_up(ROWS, path)
    }
}

fn read_inputs<'a>(input: &Field<'_, '_, 'a>) -> Result<Vec<Input<'a>>, ApiError> {
    match input.value.kind() {
        Kind::String => Ok(vec![Input::Text(input.text()?)]),
        Kind::Array if input.value.items().next().is_some_and(|first| first.kind() == Kind::Number) => {
            Ok(vec![tokens(input)?])
        }
        Kind::Array if input.value.items().next().is_some_and(|first| first.kind() == Kind::Array) => {
            input.items().map(|item| tokens(&item.array()?)).collect()
        }
        Kind::Array => texts(input),
        _ => Err(input.wrong("a text or an array")),
    }
}

/// The ids of one input's tokens.
fn tokens<'a>(input: &Field<'_, '_, 'a>) -> Result<Input<'a>, ApiError> {
    input.items().try_for_each(|id| id.u64().map(|_| ()))?;
    not_empty(input, vec![Input::Tokens(input.value.raw())]).map(|_| Input::Tokens(input.value.raw()))
}

/// The usage of OpenAI's shape, as chat has it.
pub fn read_usage(value: &[u8]) -> Option<Usage> {
    crate::format::openai::usage::read(Doc::parse(value).ok()?.root())
}

/// The inside of a JSON string's text.
pub(super) fn text(value: &[u8]) -> Option<Text<'_>> {
    std::str::from_utf8(value).ok()?.strip_prefix('"')?.strip_suffix('"').map(Text::from_raw)
}
