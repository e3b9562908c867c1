//! Ollama's own `/api/embed`: plain lists in and out.

use super::openai::text;
use super::{
    Answer, Encoding, Input, Names, Request, Shape, Truncate, Wish, input_tokens, matrix, others, texts, write_vector,
};
use crate::chat::{ApiError, Usage};
use crate::format::field::Field;
use crate::format::openai::{Row, look_up, opaque};
use crate::format::{Ask, Loss, Step, Target, TextKind};
use crate::http::Headers;
use crate::wire::json::{Doc, Kind, Writer};
use crate::wire::shallow;

/// Ollama's `/api/embed`.
pub struct OllamaEmbed;

impl Shape for OllamaEmbed {
    fn name(&self) -> &'static str {
        "ollama_embed"
    }

    fn names(&self) -> Names {
        Names { inputs: "input", encodings: None, purpose: None, truncate: Some("truncate"), title: None, user: None }
    }

    fn read_request<'a>(&self, doc: &Doc<'a>) -> Result<Request<'a>, ApiError> {
        let root = Field::root(doc)?;
        let input = root.need("input")?;
        let truncate = root.bool_of("truncate")?;
        Ok(Request {
            names: self.names(),
            inputs: match input.value.kind() {
                Kind::String => vec![Input::Text(input.text()?)],
                _ => texts(&input.array()?)?,
            },
            dimensions: root.member("dimensions").map(|field| field.u64()).transpose()?,
            truncate: truncate.map(|cut| if cut { Truncate::End } else { Truncate::Never }),
            others: others(&root, &["model", "input", "truncate", "dimensions", "stream"]),
            ..Request::default()
        })
    }

    fn write_request(&self, request: &Request<'_>, target: &Target<'_>, loss: &mut Loss) -> Result<Vec<u8>, ApiError> {
        let mut writer = Writer::with_capacity(1024);
        writer.open().key("model").string(target.model);
        request.write_texts(writer.key("input"));
        if let Some(dimensions) = request.dimensions {
            writer.key("dimensions").number(dimensions);
        }
        match request.truncate {
            None => {}
            // It cuts the end or not at all.
            Some(Truncate::Start) => request.note(request.names.truncate, loss),
            Some(truncate) => {
                writer.key("truncate").bool(truncate == Truncate::End);
            }
        }
        writer.close();
        Ok(writer.out)
    }

    fn read_answer<'a>(&self, _: &Headers, body: &'a [u8]) -> Option<Answer<'a>> {
        let (mut embeddings, mut model, mut tokens) = (None, None, None);
        shallow::members(body, |name, value| match name {
            b"embeddings" => embeddings = Some(value),
            b"model" => model = text(value),
            b"prompt_eval_count" => tokens = super::count(value),
            _ => {}
        })?;
        Some(Answer { model, ..Answer::of(matrix(embeddings?)?, tokens.map(input_tokens)) })
    }

    fn write_answer(&self, answer: &Answer<'_>, _: &Wish, ask: &Ask) -> Result<Vec<u8>, ApiError> {
        let mut writer = Writer::with_capacity(1024);
        writer.open().key("model").string(&ask.model).key("embeddings").open_array();
        for vector in answer.in_form(&Encoding::Float)? {
            write_vector(vector, &Encoding::Float, &mut writer)?;
        }
        writer.close_array();
        if let Some(usage) = &answer.usage {
            writer.key("prompt_eval_count").number(usage.input);
        }
        writer.close();
        Ok(writer.out)
    }

    fn usage(&self, _: &Headers, body: &[u8]) -> Option<Usage> {
        super::count(shallow::root_member(body, "prompt_eval_count")?).map(input_tokens)
    }

    fn text_at(&self, path: &[Step<'_>]) -> TextKind {
        const ROWS: &[Row] = &[opaque(&["model"])];
        look_up(ROWS, path)
    }
}
