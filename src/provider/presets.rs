//! The providers we know, one row each. A provider on a known format is a row and nothing else.

use super::compatible;
use crate::chat::Feature;
use crate::format::rules::Rule::{self, Refuses};
use crate::format::{Fix, Quirks};
use crate::surface::Operation;

/// How a provider is told who asks: where a `key` goes, and which of the other ways ([`Auth`](super::Auth)) it takes.
/// Every way can be written for every provider, since a gateway may stand before it; this is what is usual.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuthKind {
    /// `authorization: Bearer <key>`
    Bearer,
    /// The key alone, in the header of that name.
    Header(&'static str),
    /// The key alone, in the query under that name.
    Query(&'static str),
    /// Amazon's signature for that service, or a key (an API key of Bedrock) as `authorization: Bearer <key>`.
    Aws(&'static str),
    /// An access token of Google Cloud, or a key (Vertex in express mode) in `x-goog-api-key`.
    Google,
    /// The key in `api-key`, or an access token of Microsoft Entra.
    Azure,
}

/// One provider.
#[derive(Debug)]
pub struct Preset {
    /// Its name in configuration; OpenTelemetry's `gen_ai.provider.name` where it has one.
    pub name: &'static str,
    /// Host of its API; empty where the operator has to say. `{region}` and the like are the operator's [`Param`]s, here
    /// and in the paths.
    pub host: &'static str,
    /// What stands before the paths below.
    pub base_path: &'static str,
    /// What the operator has to say beside the key.
    pub params: &'static [Param],
    /// What it can do, where, and in which format.
    pub endpoints: &'static [Endpoint],
    /// How it is told who asks.
    pub auth: AuthKind,
    /// Headers it wants with every request, unless the client sent its own.
    pub headers: &'static [(&'static str, &'static str)],
    /// Headers of the client that it understands, forwarded when the client speaks its format.
    pub forwarded: &'static [&'static str],
    /// Where it differs within its format.
    pub quirks: Quirks,
}

/// Something in a provider's address that only the operator knows.
#[derive(Debug)]
pub struct Param {
    /// Its name in the configuration's `params`, and between braces in host and paths.
    pub name: &'static str,
    /// What it is where the operator does not say; None: the operator has to.
    pub default: Option<&'static str>,
}

/// One thing a provider can do.
#[derive(Debug)]
pub struct Endpoint {
    /// What.
    pub operation: Operation,
    /// The shape of bodies there, by name ([`crate::format::Shape`]). Of several for one operation the client's own is
    /// taken, else the first.
    pub format: &'static str,
    /// Where, after the base path. `{model}` is the model's name, percent-encoded.
    pub path: &'static str,
    /// Where, if a stream is asked for and that has a path of its own.
    pub stream_path: Option<&'static str>,
}

pub(super) const fn endpoint(operation: Operation, format: &'static str, path: &'static str) -> Endpoint {
    Endpoint { operation, format, path, stream_path: None }
}

/// OpenAI itself: its older models and every other client speak Chat Completions there.
const OPENAI: &[Endpoint] = &[
    endpoint(Operation::Chat, "openai_chat", "/chat/completions"),
    endpoint(Operation::Chat, "openai_responses", "/responses"),
    endpoint(Operation::Completions, "openai_completions", "/completions"),
    endpoint(Operation::Embeddings, "openai_embeddings", "/embeddings"),
    endpoint(Operation::ImageGeneration, "openai_images", "/images/generations"),
    endpoint(Operation::ImageEdit, "openai_images", "/images/edits"),
    endpoint(Operation::ImageVariation, "openai_images", "/images/variations"),
    endpoint(Operation::Speech, "openai_audio", "/audio/speech"),
    endpoint(Operation::Transcription, "openai_audio", "/audio/transcriptions"),
    endpoint(Operation::Translation, "openai_audio", "/audio/translations"),
    endpoint(Operation::Moderation, "openai_moderations", "/moderations"),
];

/// The same where every client's chat goes to the Responses API, which some models have alone.
const OPENAI_RESPONSES: &[Endpoint] = &[
    endpoint(Operation::Chat, "openai_responses", "/responses"),
    endpoint(Operation::Completions, "openai_completions", "/completions"),
    endpoint(Operation::Embeddings, "openai_embeddings", "/embeddings"),
    endpoint(Operation::ImageGeneration, "openai_images", "/images/generations"),
    endpoint(Operation::ImageEdit, "openai_images", "/images/edits"),
    endpoint(Operation::ImageVariation, "openai_images", "/images/variations"),
    endpoint(Operation::Speech, "openai_audio", "/audio/speech"),
    endpoint(Operation::Transcription, "openai_audio", "/audio/transcriptions"),
    endpoint(Operation::Translation, "openai_audio", "/audio/translations"),
    endpoint(Operation::Moderation, "openai_moderations", "/moderations"),
];

/// What Claude takes wherever it runs.
const CLAUDE: Quirks = Quirks { max_temperature: 1.0, ..Quirks::DEFAULT };

/// Claude on other people's machines: what is not in the body does not get there.
const FETCHES_NOTHING: &[(Feature, Rule)] = &[
    (Feature::ImageUrl, Refuses("a picture has to be in the body")),
    (Feature::FileUrl, Refuses("a document has to be in the body")),
    (Feature::FileId, Refuses("it has no store of files")),
];

/// The methods of a model, on the Gemini API and on Vertex.
const GEMINI_CHAT: Endpoint = Endpoint {
    operation: Operation::Chat,
    format: "gemini",
    path: "/models/{model}:generateContent",
    stream_path: Some("/models/{model}:streamGenerateContent?alt=sse"),
};
const GEMINI_COUNT: Endpoint = endpoint(Operation::CountTokens, "gemini", "/models/{model}:countTokens");

/// Locations of Google's that are more than one region, and have addresses of their own making.
pub const MULTI_REGIONS: &[(&str, &str)] = &[
    ("global-aiplatform.googleapis.com", "aiplatform.googleapis.com"),
    ("us-aiplatform.googleapis.com", "aiplatform.us.rep.googleapis.com"),
    ("eu-aiplatform.googleapis.com", "aiplatform.eu.rep.googleapis.com"),
];

/// Who calls, through which SDK, and for which of Google's own settings.
const GOOGLE_HEADERS: &[&str] = &["x-goog-api-client", "x-goog-user-project", "x-goog-request-params"];
const OLLAMA_CHAT: Endpoint = endpoint(Operation::Chat, "ollama_chat", "/api/chat");
const OLLAMA_EMBED: Endpoint = endpoint(Operation::Embeddings, "ollama_embed", "/api/embed");
const OLLAMA_QUIRKS: Quirks = Quirks { max_tokens_field: "max_tokens", developer_role: false, ..Quirks::DEFAULT };

/// Every provider there is a row for. Sources: the providers' API references; wire-format notes section 2.
pub static PRESETS: &[Preset] = &[
    Preset {
        name: "openai",
        host: "api.openai.com",
        base_path: "/v1",
        params: &[],
        endpoints: OPENAI,
        auth: AuthKind::Bearer,
        headers: &[],
        forwarded: &["openai-beta"],
        quirks: Quirks { rules: compatible::OPENAI_RULES, ..Quirks::DEFAULT },
    },
    Preset {
        name: "openai_responses",
        host: "api.openai.com",
        base_path: "/v1",
        params: &[],
        endpoints: OPENAI_RESPONSES,
        auth: AuthKind::Bearer,
        headers: &[],
        forwarded: &["openai-beta"],
        quirks: Quirks { rules: compatible::OPENAI_RULES, ..Quirks::DEFAULT },
    },
    compatible::OPENAI_COMPATIBLE,
    Preset {
        name: "anthropic",
        host: "api.anthropic.com",
        base_path: "/v1",
        params: &[],
        endpoints: &[
            endpoint(Operation::Chat, "anthropic_messages", "/messages"),
            endpoint(Operation::CountTokens, "anthropic_messages", "/messages/count_tokens"),
        ],
        auth: AuthKind::Header("x-api-key"),
        // The version that still takes sampling fields; a client that speaks Messages keeps its own.
        headers: &[("anthropic-version", "2023-06-01")],
        forwarded: &["anthropic-version", "anthropic-beta"],
        quirks: CLAUDE,
    },
    // Claude on Azure, in Microsoft's Foundry.
    Preset {
        name: "azure_anthropic",
        host: "{resource}.services.ai.azure.com",
        base_path: "/anthropic/v1",
        params: &[Param { name: "resource", default: None }],
        endpoints: &[
            endpoint(Operation::Chat, "anthropic_messages", "/messages"),
            endpoint(Operation::CountTokens, "anthropic_messages", "/messages/count_tokens"),
        ],
        auth: AuthKind::Azure,
        headers: &[("anthropic-version", "2023-06-01")],
        forwarded: &["anthropic-version", "anthropic-beta"],
        quirks: CLAUDE,
    },
    // Claude on Vertex. Its tokens are counted under a path without a model, which then stands in the body.
    Preset {
        name: "vertex_anthropic",
        host: "{location}-aiplatform.googleapis.com",
        base_path: "/v1/projects/{project}/locations/{location}/publishers/anthropic/models",
        params: &[Param { name: "project", default: None }, Param { name: "location", default: None }],
        endpoints: &[
            Endpoint {
                operation: Operation::Chat,
                format: "anthropic_messages",
                path: "/{model}:rawPredict",
                stream_path: Some("/{model}:streamRawPredict"),
            },
            endpoint(Operation::CountTokens, "anthropic_messages", "/count-tokens:rawPredict"),
        ],
        auth: AuthKind::Google,
        headers: &[],
        forwarded: &["anthropic-beta"],
        quirks: Quirks {
            addressed_in_body: false,
            stream_in_body: true,
            members: &[("anthropic_version", "\"vertex-2023-10-16\"")],
            rules: FETCHES_NOTHING,
            ..CLAUDE
        },
    },
    Preset {
        name: "gemini",
        host: "generativelanguage.googleapis.com",
        base_path: "/v1beta",
        params: &[],
        endpoints: &[
            GEMINI_CHAT,
            GEMINI_COUNT,
            endpoint(Operation::Embeddings, "gemini_batch_embed", "/models/{model}:batchEmbedContents"),
            endpoint(Operation::Embeddings, "gemini_embed", "/models/{model}:embedContent"),
        ],
        auth: AuthKind::Header("x-goog-api-key"),
        headers: &[],
        forwarded: GOOGLE_HEADERS,
        // It documents ids, and answers some with 400 for them; their order tells which result is whose.
        quirks: Quirks { addressed_in_body: false, call_ids: false, ..Quirks::DEFAULT },
    },
    Preset {
        name: "vertex_gemini",
        host: "{location}-aiplatform.googleapis.com",
        base_path: "/v1/projects/{project}/locations/{location}/publishers/google",
        params: &[Param { name: "project", default: None }, Param { name: "location", default: None }],
        endpoints: &[
            GEMINI_CHAT,
            GEMINI_COUNT,
            endpoint(Operation::Embeddings, "gemini_predict", "/models/{model}:predict"),
        ],
        auth: AuthKind::Google,
        headers: &[],
        forwarded: GOOGLE_HEADERS,
        quirks: Quirks {
            addressed_in_body: false,
            call_ids: false,
            top_level: &[("serviceTier", Fix::Drop), ("store", Fix::Drop)],
            ..Quirks::DEFAULT
        },
    },
    Preset {
        name: "aws.bedrock",
        host: "bedrock-runtime.{region}.amazonaws.com",
        base_path: "",
        params: &[Param { name: "region", default: None }],
        endpoints: &[
            Endpoint {
                operation: Operation::Chat,
                format: "bedrock_converse",
                path: "/model/{model}/converse",
                stream_path: Some("/model/{model}/converse-stream"),
            },
            endpoint(Operation::Embeddings, "bedrock_embed", "/model/{model}/invoke"),
            endpoint(Operation::Rerank, "bedrock_rerank", "/model/{model}/invoke"),
        ],
        auth: AuthKind::Aws("bedrock"),
        headers: &[],
        forwarded: &[],
        // The path tells the model and the stream, and the format has no place for either in the body.
        quirks: Quirks { max_temperature: 1.0, ..Quirks::DEFAULT },
    },
    // Claude on Bedrock in its own words: what Converse has no place for arrives, and nothing else can be asked.
    Preset {
        name: "aws.bedrock_invoke",
        host: "bedrock-runtime.{region}.amazonaws.com",
        base_path: "",
        params: &[Param { name: "region", default: None }],
        endpoints: &[Endpoint {
            operation: Operation::Chat,
            format: "anthropic_messages",
            path: "/model/{model}/invoke",
            stream_path: Some("/model/{model}/invoke-with-response-stream"),
        }],
        auth: AuthKind::Aws("bedrock"),
        headers: &[],
        forwarded: &[],
        quirks: Quirks {
            max_temperature: 1.0,
            addressed_in_body: false,
            members: &[("anthropic_version", "\"bedrock-2023-05-31\"")],
            header_lists: &[("anthropic-beta", "anthropic_beta")],
            // Bedrock says these in headers of its own, or not at all, and answers 400 to them in the body.
            top_level: &[
                ("service_tier", Fix::Drop),
                ("inference_geo", Fix::Drop),
                ("mcp_servers", Fix::Refuse("Bedrock calls no servers")),
            ],
            rules: &[
                (Feature::ImageUrl, Rule::Refuses("Bedrock fetches nothing: give the bytes")),
                (Feature::FileUrl, Rule::Refuses("Bedrock fetches nothing: give the bytes")),
                (Feature::FileId, Rule::Refuses("Bedrock has no store of files")),
            ],
            ..Quirks::DEFAULT
        },
    },
    Preset {
        name: "cohere",
        host: "api.cohere.com",
        base_path: "/v2",
        params: &[],
        endpoints: &[
            endpoint(Operation::Chat, "cohere_chat", "/chat"),
            endpoint(Operation::Embeddings, "cohere_embed", "/embed"),
            endpoint(Operation::Rerank, "cohere_rerank", "/rerank"),
        ],
        auth: AuthKind::Bearer,
        headers: &[],
        forwarded: &["x-client-name"],
        quirks: Quirks::DEFAULT,
    },
    Preset {
        name: "jina",
        host: "api.jina.ai",
        base_path: "/v1",
        params: &[],
        endpoints: &[
            endpoint(Operation::Rerank, "jina_rerank", "/rerank"),
            endpoint(Operation::Embeddings, "openai_embeddings", "/embeddings"),
        ],
        auth: AuthKind::Bearer,
        headers: &[],
        forwarded: &[],
        quirks: Quirks::DEFAULT,
    },
    Preset {
        name: "ollama",
        host: "localhost:11434",
        base_path: "",
        params: &[],
        endpoints: &[
            OLLAMA_CHAT,
            endpoint(Operation::Chat, "openai_chat", "/v1/chat/completions"),
            OLLAMA_EMBED,
            endpoint(Operation::Embeddings, "openai_embeddings", "/v1/embeddings"),
        ],
        // It takes anybody; a proxy in front of it may not.
        auth: AuthKind::Bearer,
        headers: &[],
        forwarded: &[],
        quirks: OLLAMA_QUIRKS,
    },
    // For OpenAI's clients, too, so that they can say what its compatible path does not take: `num_ctx`, `keep_alive`.
    Preset {
        name: "ollama_native",
        host: "localhost:11434",
        base_path: "",
        params: &[],
        endpoints: &[OLLAMA_CHAT, OLLAMA_EMBED],
        auth: AuthKind::Bearer,
        headers: &[],
        forwarded: &[],
        quirks: OLLAMA_QUIRKS,
    },
    compatible::AZURE_OPENAI,
    compatible::AZURE_OPENAI_DEPLOYMENTS,
    compatible::MISTRAL,
    compatible::HUGGINGFACE,
    compatible::TGI,
    compatible::DATABRICKS,
    compatible::VLLM,
    compatible::DEEPSEEK,
    compatible::GROQ,
    compatible::XAI,
    compatible::TOGETHER,
    compatible::FIREWORKS,
    compatible::OPENROUTER,
    compatible::PERPLEXITY,
    compatible::CEREBRAS,
    compatible::NVIDIA_NIM,
    compatible::GITHUB_MODELS,
    compatible::MOONSHOT,
    compatible::QWEN,
    compatible::ZHIPU,
    // Models of other kinds, and whatever else is only passed through (`passthrough` of the gateway).
    Preset {
        name: "model_server",
        host: "",
        base_path: "",
        params: &[],
        endpoints: &[],
        auth: AuthKind::Bearer,
        headers: &[],
        forwarded: &[],
        quirks: Quirks::DEFAULT,
    },
];
