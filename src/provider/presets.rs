//! The providers we know, one row each. A provider on a known format is a row and nothing else.

use crate::format::Quirks;
use crate::surface::Operation;

/// How a provider is told who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuthKind {
    /// `authorization: Bearer <key>`
    Bearer,
    /// The key alone, in the header of that name.
    Header(&'static str),
}

/// One provider.
#[derive(Debug)]
pub struct Preset {
    /// Its name in configuration; OpenTelemetry's `gen_ai.provider.name` where it has one.
    pub name: &'static str,
    /// The wire format it speaks.
    pub format: &'static str,
    /// Host of its API; empty where the operator has to say.
    pub host: &'static str,
    /// What stands before the paths below.
    pub base_path: &'static str,
    /// What it can do, and where.
    pub paths: &'static [(Operation, &'static str)],
    /// How it is told who asks.
    pub auth: AuthKind,
    /// Headers it wants with every request, unless the client sent its own.
    pub headers: &'static [(&'static str, &'static str)],
    /// Headers of the client that it understands, forwarded when the client speaks its format.
    pub forwarded: &'static [&'static str],
    /// Where it differs within its format.
    pub quirks: Quirks,
}

const OPENAI_PATHS: &[(Operation, &str)] =
    &[(Operation::Chat, "/chat/completions"), (Operation::Embeddings, "/embeddings")];

/// Every provider there is a row for. Sources: the providers' API references; wire-format notes section 2.
pub static PRESETS: &[Preset] = &[
    Preset {
        name: "openai",
        format: "openai_chat",
        host: "api.openai.com",
        base_path: "/v1",
        paths: OPENAI_PATHS,
        auth: AuthKind::Bearer,
        headers: &[],
        forwarded: &["openai-beta"],
        quirks: Quirks::DEFAULT,
    },
    Preset {
        name: "openai_compatible",
        format: "openai_chat",
        host: "",
        base_path: "/v1",
        paths: OPENAI_PATHS,
        auth: AuthKind::Bearer,
        headers: &[],
        forwarded: &["openai-beta"],
        quirks: Quirks { max_tokens_field: "max_tokens", developer_role: false, ..Quirks::DEFAULT },
    },
    Preset {
        name: "anthropic",
        format: "anthropic_messages",
        host: "api.anthropic.com",
        base_path: "/v1",
        paths: &[(Operation::Chat, "/messages"), (Operation::CountTokens, "/messages/count_tokens")],
        auth: AuthKind::Header("x-api-key"),
        // The version that still takes sampling fields; a client that speaks Messages keeps its own.
        headers: &[("anthropic-version", "2023-06-01")],
        forwarded: &["anthropic-version", "anthropic-beta"],
        quirks: Quirks { max_temperature: 1.0, ..Quirks::DEFAULT },
    },
];
