//! Amazon Bedrock's `InvokeModel`, whose body is that of the model's maker: Amazon's Titan and Nova take one text a call,
//! Cohere's a list. Which it is tells the model's name; its tokens are told in a header. No client speaks it here.

use super::{Answer, Names, Request, Shape, Vector, cohere, input_tokens, told_by_header};
use crate::chat::{ApiError, Usage};
use crate::format::{Loss, Target};
use crate::http::Headers;
use crate::wire::json::Writer;
use crate::wire::shallow;

/// InvokeModel with an embedding model.
pub struct BedrockEmbed;

impl Shape for BedrockEmbed {
    fn name(&self) -> &'static str {
        "bedrock_embed"
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

    fn write_request(&self, request: &Request<'_>, target: &Target<'_>, loss: &mut Loss) -> Result<Vec<u8>, ApiError> {
        let mut writer = Writer::with_capacity(1024);
        let model = target.model;
        writer.open();
        if model.contains("cohere.embed") {
            cohere::write_members(request, target, loss, &mut writer);
            writer.close();
            return Ok(writer.out);
        }
        let text = request.only_text()?;
        let own = &request.names;
        for (asked, name) in [(request.purpose.is_some(), own.purpose), (request.truncate.is_some(), own.truncate)] {
            if asked {
                request.note(name, loss);
            }
        }
        if request.encodings.iter().any(|it| matches!(it, super::Encoding::Other(_))) {
            let message = "embedding_types: this model's vectors are asked for as numbers only";
            return Err(ApiError::unsupported("embedding_types", message));
        }
        if model.contains("titan-embed-image") {
            writer.key("inputText").text(text);
            if let Some(dimensions) = request.dimensions {
                writer.key("embeddingConfig").open().key("outputEmbeddingLength").number(dimensions).close();
            }
        } else if model.contains("titan-embed") {
            writer.key("inputText").text(text);
            if let Some(dimensions) = request.dimensions {
                writer.key("dimensions").number(dimensions);
            }
        } else if model.contains("nova") {
            writer.key("taskType").string("SINGLE_EMBEDDING").key("singleEmbeddingParams").open();
            writer.key("embeddingPurpose").string("GENERIC_INDEX");
            if let Some(dimensions) = request.dimensions {
                writer.key("embeddingDimension").number(dimensions);
            }
            writer.key("text").open().key("truncationMode").string("END").key("value").text(text).close().close();
        } else {
            let message =
                format!("model: `{model:.100}` is not known to embed: of Bedrock's models Titan, Nova and Cohere do");
            return Err(ApiError::unsupported("model", message));
        }
        writer.close();
        Ok(writer.out)
    }

    fn read_answer<'a>(&self, headers: &Headers, body: &'a [u8]) -> Option<Answer<'a>> {
        let told = told_by_header(headers);
        if let Some(one) = shallow::root_member(body, "embedding") {
            let counted = shallow::root_member(body, "inputTextTokenCount").and_then(super::count).map(input_tokens);
            return Some(Answer::of(vec![Vector::of(one)?], told.or(counted)));
        }
        let nova = shallow::root_member(body, "embeddings")
            .filter(|it| it.strip_prefix(b"[").is_some_and(|inside| inside.trim_ascii_start().starts_with(b"{")));
        if let Some(list) = nova {
            let mut vectors = Vec::new();
            shallow::items(list, |item| vectors.extend(shallow::root_member(item, "embedding").and_then(Vector::of)))?;
            return Some(Answer::of(vectors, told));
        }
        let answer = cohere::read_answer(body)?;
        Some(Answer { usage: told.or(answer.usage), ..answer })
    }

    fn usage(&self, headers: &Headers, body: &[u8]) -> Option<Usage> {
        told_by_header(headers).or_else(|| self.read_answer(headers, body)?.usage)
    }
}
