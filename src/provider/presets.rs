//! The providers we know, one row each. A provider on a known format is a row and nothing else.

use crate::format::Quirks;
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

const fn endpoint(operation: Operation, format: &'static str, path: &'static str) -> Endpoint {
    Endpoint { operation, format, path, stream_path: None }
}

/// OpenAI itself: its older models and every other client speak Chat Completions there.
const OPENAI: &[Endpoint] = &[
    endpoint(Operation::Chat, "openai_chat", "/chat/completions"),
    endpoint(Operation::Chat, "openai_responses", "/responses"),
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
    endpoint(Operation::Embeddings, "openai_embeddings", "/embeddings"),
    endpoint(Operation::ImageGeneration, "openai_images", "/images/generations"),
    endpoint(Operation::ImageEdit, "openai_images", "/images/edits"),
    endpoint(Operation::ImageVariation, "openai_images", "/images/variations"),
    endpoint(Operation::Speech, "openai_audio", "/audio/speech"),
    endpoint(Operation::Transcription, "openai_audio", "/audio/transcriptions"),
    endpoint(Operation::Translation, "openai_audio", "/audio/translations"),
    endpoint(Operation::Moderation, "openai_moderations", "/moderations"),
];

/// What servers have that look like OpenAI.
const COMPATIBLE: &[Endpoint] = &[
    endpoint(Operation::Chat, "openai_chat", "/chat/completions"),
    endpoint(Operation::Rerank, "jina_rerank", "/rerank"),
    endpoint(Operation::Embeddings, "openai_embeddings", "/embeddings"),
    endpoint(Operation::ImageGeneration, "openai_images", "/images/generations"),
    endpoint(Operation::ImageEdit, "openai_images", "/images/edits"),
    endpoint(Operation::ImageVariation, "openai_images", "/images/variations"),
    endpoint(Operation::Speech, "openai_audio", "/audio/speech"),
    endpoint(Operation::Transcription, "openai_audio", "/audio/transcriptions"),
    endpoint(Operation::Translation, "openai_audio", "/audio/translations"),
    endpoint(Operation::Moderation, "openai_moderations", "/moderations"),
];

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
        quirks: Quirks::DEFAULT,
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
        quirks: Quirks::DEFAULT,
    },
    Preset {
        name: "openai_compatible",
        host: "",
        base_path: "/v1",
        params: &[],
        endpoints: COMPATIBLE,
        auth: AuthKind::Bearer,
        headers: &[],
        forwarded: &["openai-beta"],
        quirks: Quirks { max_tokens_field: "max_tokens", developer_role: false, ..Quirks::DEFAULT },
    },
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
        quirks: Quirks { max_temperature: 1.0, ..Quirks::DEFAULT },
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
];
