//! What clients may call: one row per path. The path alone tells the client's format and what it wants.

use crate::format::{self, Format, Shape};

/// What an exchange does; OpenTelemetry's `gen_ai.operation.name`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// A chat turn.
    Chat,
    /// A text gone on with: OpenAI's older API, a chat turn at providers that do not have it.
    Completions,
    /// Texts to vectors.
    Embeddings,
    /// Documents by how well they answer a question.
    Rerank,
    /// How many tokens a chat request has.
    CountTokens,
    /// A picture by its description.
    ImageGeneration,
    /// Pictures changed by a description.
    ImageEdit,
    /// A picture like another one.
    ImageVariation,
    /// A text read aloud.
    Speech,
    /// Speech written down.
    Transcription,
    /// Speech written down in English.
    Translation,
    /// Whether a text may be shown.
    Moderation,
    /// Whatever the operator lets pass as it is.
    Passthrough,
    /// The models the caller may use; answered here.
    Models,
    /// What the caller has used; answered here.
    Usage,
    /// What the caller may still use; answered here.
    Limits,
    /// Whether the filter is alive; answered here, to anybody.
    Health,
}

impl Operation {
    /// Every operation with its name in metrics, records and the hand-over.
    const NAMES: [(Operation, &str); 17] = [
        (Operation::Chat, "chat"),
        (Operation::Completions, "text_completion"),
        (Operation::Embeddings, "embeddings"),
        (Operation::Rerank, "rerank"),
        (Operation::CountTokens, "count_tokens"),
        (Operation::ImageGeneration, "image_generation"),
        (Operation::ImageEdit, "image_edit"),
        (Operation::ImageVariation, "image_variation"),
        (Operation::Speech, "speech"),
        (Operation::Transcription, "transcription"),
        (Operation::Translation, "translation"),
        (Operation::Moderation, "moderation"),
        (Operation::Passthrough, "passthrough"),
        (Operation::Models, "models"),
        (Operation::Usage, "usage"),
        (Operation::Limits, "limits"),
        (Operation::Health, "health"),
    ];

    /// The operation of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(_, known)| *known == name).map(|(operation, _)| *operation)
    }

    /// Every name that somebody may be allowed or denied.
    pub fn names() -> impl Iterator<Item = &'static str> {
        Self::NAMES.iter().filter(|(operation, _)| *operation != Self::Health).map(|(_, name)| *name)
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(operation, _)| *operation == self).map_or("", |(_, name)| name)
    }

    /// Whether a turn of a model is asked for, whatever the shape.
    pub fn is_chat(self) -> bool {
        matches!(self, Self::Chat | Self::Completions)
    }

    /// Whether it may come as a form with files instead of JSON.
    pub fn takes_forms(self) -> bool {
        matches!(self, Self::ImageEdit | Self::ImageVariation | Self::Transcription | Self::Translation)
    }
}

/// One path a client may call.
pub struct Surface {
    /// `POST` or `GET`.
    pub method: &'static str,
    /// The path without the query. `{model}` is the model's name, percent-encoded; `{}` any one segment; a trailing `*`
    /// all that is left.
    pub path: &'static str,
    /// What it does.
    pub operation: Operation,
    /// The shape of the body and of the answer, by name; errors come in its maker's chat format.
    pub format: &'static str,
    /// Whether a stream is asked for, where the path says so; None: the body does.
    pub stream: Option<bool>,
    /// Whether a body that does not say asks for a stream.
    pub stream_by_default: bool,
    /// The model meant where the body may leave it out.
    pub default_model: &'static str,
}

impl Surface {
    /// The shape of the body.
    pub fn shape(&self) -> Option<Shape> {
        Shape::named(self.format)
    }
}

/// A path whose body says everything else.
const fn post(path: &'static str, operation: Operation, format: &'static str) -> Surface {
    Surface { method: "POST", path, operation, format, stream: None, stream_by_default: false, default_model: "" }
}

/// A path of Google's, which says whether a stream is wanted.
const fn gemini(path: &'static str, stream: bool) -> Surface {
    Surface { stream: Some(stream), ..post(path, Operation::Chat, "gemini") }
}

const fn get(path: &'static str, operation: Operation) -> Surface {
    Surface { method: "GET", ..post(path, operation, "openai_chat") }
}

/// What stands for the paths that the operator lets pass.
pub static RAW: Surface = post("", Operation::Passthrough, "raw");

/// Every path there is.
pub static SURFACES: &[Surface] = &[
    post("/v1/chat/completions", Operation::Chat, "openai_chat"),
    post("/v1/completions", Operation::Completions, "openai_completions"),
    post("/v1/responses", Operation::Chat, "openai_responses"),
    post("/v1/embeddings", Operation::Embeddings, "openai_embeddings"),
    post("/v1/images/generations", Operation::ImageGeneration, "openai_images"),
    post("/v1/images/edits", Operation::ImageEdit, "openai_images"),
    post("/v1/images/variations", Operation::ImageVariation, "openai_images"),
    post("/v1/audio/speech", Operation::Speech, "openai_audio"),
    post("/v1/audio/transcriptions", Operation::Transcription, "openai_audio"),
    post("/v1/audio/translations", Operation::Translation, "openai_audio"),
    Surface {
        default_model: "omni-moderation-latest",
        ..post("/v1/moderations", Operation::Moderation, "openai_moderations")
    },
    // Jina's, and Cohere's older one; then Cohere's own.
    post("/v1/rerank", Operation::Rerank, "jina_rerank"),
    post("/v2/rerank", Operation::Rerank, "cohere_rerank"),
    post("/v1/embed", Operation::Embeddings, "cohere_embed_v1"),
    post("/v2/embed", Operation::Embeddings, "cohere_embed"),
    post("/v1beta/models/{model}:embedContent", Operation::Embeddings, "gemini_embed"),
    post("/v1beta/models/{model}:batchEmbedContents", Operation::Embeddings, "gemini_batch_embed"),
    post("/v1/models/{model}:embedContent", Operation::Embeddings, "gemini_embed"),
    post("/v1/models/{model}:batchEmbedContents", Operation::Embeddings, "gemini_batch_embed"),
    post("/api/embed", Operation::Embeddings, "ollama_embed"),
    // Azure's clients, which say the deployment in the path, and its newer form.
    post("/openai/deployments/{model}/chat/completions", Operation::Chat, "openai_chat"),
    post("/openai/deployments/{model}/completions", Operation::Completions, "openai_completions"),
    post("/openai/deployments/{model}/embeddings", Operation::Embeddings, "openai_embeddings"),
    post("/openai/deployments/{model}/images/generations", Operation::ImageGeneration, "openai_images"),
    post("/openai/deployments/{model}/images/edits", Operation::ImageEdit, "openai_images"),
    post("/openai/deployments/{model}/audio/speech", Operation::Speech, "openai_audio"),
    post("/openai/deployments/{model}/audio/transcriptions", Operation::Transcription, "openai_audio"),
    post("/openai/deployments/{model}/audio/translations", Operation::Translation, "openai_audio"),
    post("/openai/v1/chat/completions", Operation::Chat, "openai_chat"),
    post("/openai/v1/completions", Operation::Completions, "openai_completions"),
    post("/openai/v1/responses", Operation::Chat, "openai_responses"),
    post("/openai/responses", Operation::Chat, "openai_responses"),
    post("/openai/v1/embeddings", Operation::Embeddings, "openai_embeddings"),
    post("/openai/v1/images/generations", Operation::ImageGeneration, "openai_images"),
    post("/openai/v1/images/edits", Operation::ImageEdit, "openai_images"),
    post("/openai/v1/audio/speech", Operation::Speech, "openai_audio"),
    post("/openai/v1/audio/transcriptions", Operation::Transcription, "openai_audio"),
    post("/openai/v1/audio/translations", Operation::Translation, "openai_audio"),
    post("/v1/messages", Operation::Chat, "anthropic_messages"),
    post("/v1/messages/count_tokens", Operation::CountTokens, "anthropic_messages"),
    post("/v2/chat", Operation::Chat, "cohere_chat"),
    gemini("/v1beta/models/{model}:generateContent", false),
    gemini("/v1beta/models/{model}:streamGenerateContent", true),
    gemini("/v1beta/tunedModels/{model}:generateContent", false),
    gemini("/v1beta/tunedModels/{model}:streamGenerateContent", true),
    gemini("/v1/models/{model}:generateContent", false),
    gemini("/v1/models/{model}:streamGenerateContent", true),
    gemini("/v1/tunedModels/{model}:generateContent", false),
    gemini("/v1/tunedModels/{model}:streamGenerateContent", true),
    gemini("/v1/projects/{}/locations/{}/publishers/google/models/{model}:generateContent", false),
    gemini("/v1/projects/{}/locations/{}/publishers/google/models/{model}:streamGenerateContent", true),
    gemini("/v1beta1/projects/{}/locations/{}/publishers/google/models/{model}:generateContent", false),
    gemini("/v1beta1/projects/{}/locations/{}/publishers/google/models/{model}:streamGenerateContent", true),
    // Vertex in express mode, where the key tells the project.
    gemini("/v1/publishers/google/models/{model}:generateContent", false),
    gemini("/v1/publishers/google/models/{model}:streamGenerateContent", true),
    gemini("/v1beta1/publishers/google/models/{model}:generateContent", false),
    gemini("/v1beta1/publishers/google/models/{model}:streamGenerateContent", true),
    post("/v1beta/models/{model}:countTokens", Operation::CountTokens, "gemini"),
    post("/v1/models/{model}:countTokens", Operation::CountTokens, "gemini"),
    post("/v1/projects/{}/locations/{}/publishers/google/models/{model}:countTokens", Operation::CountTokens, "gemini"),
    post(
        "/v1beta1/projects/{}/locations/{}/publishers/google/models/{model}:countTokens",
        Operation::CountTokens,
        "gemini",
    ),
    // Ollama's: a stream unless the body says otherwise.
    Surface { stream_by_default: true, ..post("/api/chat", Operation::Chat, "ollama_chat") },
    Surface { stream: Some(false), ..post("/model/{model}/converse", Operation::Chat, "bedrock_converse") },
    Surface { stream: Some(true), ..post("/model/{model}/converse-stream", Operation::Chat, "bedrock_converse") },
    get("/v1/models", Operation::Models),
    Surface { format: "gemini", ..get("/v1beta/models", Operation::Models) },
    Surface { format: "gemini", ..get("/v1beta/models/*", Operation::Models) },
    get("/v1/models/*", Operation::Models),
    get("/postern/usage", Operation::Usage),
    get("/postern/limits", Operation::Limits),
    get("/postern/health", Operation::Health),
];

/// What a path and method ask for.
pub enum Lookup {
    /// This surface, and what stood in place of its `{model}` or `*`.
    Found(&'static Surface, String),
    /// The path is known, by another method only.
    WrongMethod(&'static Surface),
    /// No such path.
    Unknown,
}

/// Finds the surface of a request.
pub fn find(method: &str, path: &str) -> Lookup {
    let path = path.split('?').next().unwrap_or(path);
    let mut wrong_method = None;
    for surface in SURFACES {
        match captured(surface.path, path) {
            Some(captured) if surface.method == method => return Lookup::Found(surface, captured),
            Some(_) => wrong_method = Some(surface),
            None => {}
        }
    }
    wrong_method.map_or(Lookup::Unknown, Lookup::WrongMethod)
}

/// What stands in place of a pattern's `{model}` or `*`, if the path fits the pattern.
fn captured(pattern: &str, path: &str) -> Option<String> {
    if !pattern.contains(['{', '*']) {
        return (pattern == path).then(String::new);
    }
    let mut found = String::new();
    let (mut wanted, mut rest) = (pattern, path);
    loop {
        if wanted == "*" {
            return (!rest.is_empty()).then(|| rest.to_owned());
        }
        let (want, more_wanted) = wanted.split_once('/').map_or((wanted, None), |(want, more)| (want, Some(more)));
        let (got, more) = rest.split_once('/').map_or((rest, None), |(got, more)| (got, Some(more)));
        match want.strip_prefix("{model}") {
            Some(suffix) => {
                found = crate::http::percent_decode(got.strip_suffix(suffix)?).filter(|name| !name.is_empty())?
            }
            None if want == "{}" && !got.is_empty() => {}
            None if want == got => {}
            None => return None,
        }
        match (more_wanted, more) {
            (Some(more_wanted), Some(more)) => (wanted, rest) = (more_wanted, more),
            (None, None) => return Some(found),
            _ => return None,
        }
    }
}

/// The format a client speaks where the path does not tell (an unknown path, `/v1/models`): Anthropic's clients send
/// `anthropic-version` with every request.
pub fn dialect(headers: &crate::http::Headers, path_format: &str) -> Option<&'static dyn Format> {
    let sent = |name| headers.get(name).is_some();
    if sent("anthropic-version") {
        return format::find("anthropic_messages");
    }
    // Every SDK of Google's sends the first, and who writes without one the second.
    if sent("x-goog-api-client") || sent("x-goog-api-key") {
        return format::find("gemini");
    }
    Shape::named(path_format).map(|shape| shape.dialect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_takes_what_it_says_and_no_more() {
        let rows = [
            ("/v1beta/models/{model}:generateContent", "/v1beta/models/gemini-3:generateContent", Some("gemini-3")),
            ("/v1beta/models/{model}:generateContent", "/v1beta/models/:generateContent", None),
            ("/v1beta/models/{model}:generateContent", "/v1beta/models/a/b:generateContent", None),
            ("/v1/projects/{}/models/{model}:x", "/v1/projects/p-1/models/claude@2026:x", Some("claude@2026")),
            ("/v1/projects/{}/models/{model}:x", "/v1/projects//models/claude:x", None),
            ("/model/{model}/converse", "/model/arn%3Aaws%3Aa%2Fb/converse", Some("arn:aws:a/b")),
            ("/model/{model}/converse", "/model/m/converse/more", None),
            ("/v1/models/*", "/v1/models/org/name", Some("org/name")),
        ];
        for (pattern, path, want) in rows {
            assert_eq!(captured(pattern, path).as_deref(), want, "{pattern} {path}");
        }
    }

    #[test]
    fn every_row_has_a_known_shape() {
        for surface in SURFACES {
            assert!(surface.shape().is_some(), "{}", surface.path);
        }
    }

    #[test]
    fn paths_are_found_with_query_and_refused_by_method() {
        let found = |method, path| match find(method, path) {
            Lookup::Found(surface, rest) => format!("{} {rest}", surface.operation.name()),
            Lookup::WrongMethod(surface) => format!("not {method} but {}", surface.method),
            Lookup::Unknown => "unknown".to_owned(),
        };
        assert_eq!(found("POST", "/v1/messages?beta=true"), "chat ");
        assert_eq!(found("POST", "/v1/messages/count_tokens"), "count_tokens ");
        assert_eq!(found("GET", "/v1/models/org/name"), "models org/name");
        assert_eq!(found("GET", "/v1/models/"), "unknown");
        assert_eq!(found("GET", "/v1/chat/completions"), "not GET but POST");
        assert_eq!(found("POST", "/v1/nothing"), "unknown");
        assert_eq!(found("POST", "/openai/deployments/my%2Fgpt%3A1/chat/completions?api-version=1"), "chat my/gpt:1");
        for path in ["/openai/deployments//chat/completions", "/openai/deployments/a%zz/chat/completions"] {
            assert_eq!(found("POST", path), "unknown");
        }
    }
}
