//! Documents in the order in which they answer a question: Cohere's `/v2/rerank`, and Jina's `/v1/rerank`, which many
//! servers copy and which is Cohere's older one as well. They differ in names around the same list.

use super::field::Field;
use super::{Ask, Loss, Step, Target, TextKind, embeddings};
use crate::chat::{ApiError, Usage};
use crate::http::Headers;
use crate::wire::json::{Doc, Edits, Kind, Text, Value, Writer};

/// One spelling.
#[derive(Debug)]
pub struct Shape {
    /// Its name in the tables of surfaces and presets.
    pub name: &'static str,
    /// Whether the body names the model.
    names_model: bool,
    /// Members that a provider of this shape always wants, as JSON.
    members: &'static str,
    /// Whether the answer has the documents again where `return_documents` asks for it.
    returns_documents: bool,
    /// What bounds the tokens of a document.
    max_tokens: Option<&'static str>,
}

/// The shapes.
pub static SHAPES: &[Shape] = &[
    Shape {
        name: "cohere_rerank",
        names_model: true,
        members: "",
        returns_documents: false,
        max_tokens: Some("max_tokens_per_doc"),
    },
    Shape { name: "jina_rerank", names_model: true, members: "", returns_documents: true, max_tokens: None },
    // Bedrock's InvokeModel with Cohere's model, and near enough with Amazon's, which knows no versions.
    Shape {
        name: "bedrock_rerank",
        names_model: false,
        members: "\"api_version\":2",
        returns_documents: false,
        max_tokens: None,
    },
];

/// The shape of that name.
pub fn find(name: &str) -> Option<&'static Shape> {
    SHAPES.iter().find(|shape| shape.name == name)
}

/// What is asked.
#[derive(Debug, Default)]
pub struct Request<'a> {
    query: Text<'a>,
    documents: Vec<Document<'a>>,
    top_n: Option<u64>,
    return_documents: bool,
    max_tokens: Option<u64>,
    others: Vec<Text<'a>>,
}

#[derive(Debug)]
enum Document<'a> {
    Text(Text<'a>),
    /// An object that is more than a text.
    Other,
}

/// What of the request its answer needs.
#[derive(Clone, Debug, Default)]
pub struct Wish {
    /// The documents, escaped, where they are wanted back.
    documents: Vec<String>,
    count: usize,
}

/// Documents by how well they answer, the best first.
#[derive(Debug, Default)]
pub struct Answer<'a> {
    id: Option<Text<'a>>,
    model: Option<Text<'a>>,
    /// The place of the document in the request, the score's own text, and the document if the provider repeats it.
    results: Vec<(u64, &'a str, Option<&'a str>)>,
    /// The searches it counts as: what Cohere is paid for.
    pub search_units: Option<u64>,
    /// What it took, if the provider counts in tokens.
    pub usage: Option<Usage>,
}

impl Shape {
    /// Reads a client's request. Errors name the field's path.
    pub fn read_request<'a>(&self, doc: &Doc<'a>) -> Result<Request<'a>, ApiError> {
        let root = Field::root(doc)?;
        let list = root.need("documents")?.array()?;
        let mut documents = Vec::new();
        for item in list.items() {
            documents.push(match item.value.kind() {
                Kind::String => Document::Text(item.text()?),
                _ if item.object()?.value.members().all(|(name, _)| name.is("text")) => {
                    Document::Text(item.need("text")?.text()?)
                }
                _ => Document::Other,
            });
        }
        if documents.is_empty() {
            return Err(list.error(format_args!("expected at least one document, got an empty array")));
        }
        let known = ["model", "query", "documents", "top_n", "return_documents", "max_tokens_per_doc", "stream"];
        Ok(Request {
            query: root.need("query")?.text()?,
            documents,
            top_n: root.member("top_n").map(|field| field.u64()).transpose()?,
            return_documents: root.bool_of("return_documents")?.unwrap_or(false),
            max_tokens: root.member("max_tokens_per_doc").map(|field| field.u64()).transpose()?,
            others: embeddings::others(&root, &known),
        })
    }

    /// Writes a request for a provider.
    pub fn write_request(
        &self,
        request: &Request<'_>,
        target: &Target<'_>,
        loss: &mut Loss,
    ) -> Result<Vec<u8>, ApiError> {
        let mut writer = Writer::with_capacity(1024);
        writer.open();
        if self.names_model {
            writer.key("model").string(target.model);
        }
        writer.key("query").text(&request.query).key("documents").open_array();
        for (index, document) in request.documents.iter().enumerate() {
            let Document::Text(text) = document else {
                let at = format!("documents[{index}]");
                return Err(ApiError::unsupported(at.as_str(), format!("{at}: this model's provider takes text only")));
            };
            writer.text(text);
        }
        writer.close_array();
        if let Some(top_n) = request.top_n {
            writer.key("top_n").number(top_n);
        }
        match (request.max_tokens, self.max_tokens) {
            (Some(limit), Some(name)) => {
                writer.key(name).number(limit);
            }
            (Some(_), None) => loss.note("max_tokens_per_doc"),
            (None, _) => {}
        }
        // Where the provider cannot repeat the documents, they come from the request itself.
        if request.return_documents && self.returns_documents {
            writer.key("return_documents").bool(true);
        }
        if !self.members.is_empty() {
            writer.raw(self.members);
        }
        request.others.iter().for_each(|name| loss.note(name.raw()));
        writer.close();
        Ok(writer.out)
    }

    /// A client's own body for a provider of this shape: what points it at the model.
    pub fn retarget(&self, root: Value<'_, '_>, target: &Target<'_>, edits: &mut Edits) {
        if self.names_model {
            embeddings::name_model(root, target.model, edits);
        }
    }

    /// Reads a provider's answer.
    pub fn read_answer<'a>(&self, headers: &Headers, doc: &Doc<'a>) -> Option<Answer<'a>> {
        let root = doc.root();
        let mut results = Vec::new();
        for item in root.some("results")?.items() {
            let document = item.some("document").map(Value::raw);
            results.push((item.get("index")?.u64()?, item.get("relevance_score")?.number()?, document));
        }
        let meta = root.some("meta");
        let billed = meta.and_then(|meta| meta.some("billed_units"));
        let tokens = meta.and_then(|meta| embeddings::cohere_usage(meta.raw().as_bytes()));
        let own = root.some("usage").and_then(super::openai::usage::read);
        Some(Answer {
            id: root.get("id").and_then(Value::text),
            model: root.get("model").and_then(Value::text),
            results,
            search_units: billed.and_then(|units| units.some("search_units")?.u64()),
            usage: own.or(tokens).or_else(|| embeddings::told_by_header(headers)),
        })
    }

    /// Writes a client's answer.
    pub fn write_answer(&self, answer: &Answer<'_>, wish: &Wish, ask: &Ask) -> Result<Vec<u8>, ApiError> {
        let mut writer = Writer::with_capacity(1024);
        writer.open().key("id");
        match &answer.id {
            Some(id) => writer.text(id),
            None => writer.string(&ask.fallback_id),
        };
        if self.returns_documents {
            writer.key("object").string("list").key("model");
            match &answer.model {
                Some(model) => writer.text(model),
                None => writer.string(&ask.model),
            };
        }
        writer.key("results").open_array();
        for (index, score, document) in &answer.results {
            if *index >= wish.count as u64 {
                return Err(ApiError::bad_answer(format!("the provider ranked document {index} of {}", wish.count)));
            }
            writer.open().key("index").number(*index).key("relevance_score").raw(score);
            match wish.documents.get(*index as usize) {
                Some(text) => {
                    writer.key("document").open().key("text").text(&Text::from_raw(text)).close();
                }
                None => {
                    if let Some(raw) = document.filter(|_| self.returns_documents) {
                        writer.key("document").raw(raw);
                    }
                }
            }
            writer.close();
        }
        writer.close_array();
        let tokens = answer.usage.map(|usage| usage.input);
        if self.returns_documents {
            let tokens = tokens.unwrap_or(0);
            writer.key("usage").open().key("prompt_tokens").number(tokens).key("total_tokens").number(tokens).close();
        }
        writer.key("meta").open().key("api_version").open().key("version");
        writer.string(if self.returns_documents { "1" } else { "2" }).close();
        if let Some(units) = answer.search_units {
            writer.key("billed_units").open().key("search_units").number(units).close();
        }
        if let Some(tokens) = tokens {
            writer.key("tokens").open().key("input_tokens").number(tokens).close();
        }
        writer.close().close();
        Ok(writer.out)
    }

    /// Whether the string at a path is text that a policy may look at and change.
    pub fn text_at(&self, path: &[Step<'_>]) -> TextKind {
        use super::openai::{Row, opaque, url};
        const ROWS: &[Row] = &[opaque(&["model"]), url(&["documents", "[]", "image"])];
        super::openai::look_up(ROWS, path)
    }
}

impl Request<'_> {
    /// What the answer to it will need.
    pub fn wish(&self) -> Wish {
        let text = |document: &Document<'_>| match document {
            Document::Text(text) => text.raw().to_owned(),
            Document::Other => String::new(),
        };
        let documents = if self.return_documents { self.documents.iter().map(text).collect() } else { Vec::new() };
        Wish { documents, count: self.documents.len() }
    }
}
