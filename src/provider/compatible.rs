//! Providers of OpenAI's shape, one row each: where they are, and what they have otherwise. A client of that shape is
//! passed through but for `top_level`; the rules and the dialect are for the requests of others. What a provider ignores
//! in silence is told as lost, as if it were refused.
//!
//! Sources: each provider's API reference and its own SDK's types (mistralai 3.7, groq 1.7, together 3.1, cerebras 1.91,
//! perplexityai 0.46, openrouter 1.3, fireworks-ai 1.2, zai-sdk 0.2), read in November 2026. None was called.

use super::presets::{AuthKind, Endpoint, Param, Preset, endpoint};
use crate::chat::{Effort, Feature};
use crate::format::rules::Rule::{self, Drops, Emulates, Maps, Refuses};
use crate::format::{Audio, Dialect, Documents, Fix, Quirks, ReasoningForm};
use crate::surface::Operation;

const CHAT: Endpoint = endpoint(Operation::Chat, "openai_chat", "/chat/completions");
const RESPONSES: Endpoint = endpoint(Operation::Chat, "openai_responses", "/responses");
const MESSAGES: Endpoint = endpoint(Operation::Chat, "anthropic_messages", "/messages");
const COMPLETIONS: Endpoint = endpoint(Operation::Completions, "openai_completions", "/completions");
const EMBEDDINGS: Endpoint = endpoint(Operation::Embeddings, "openai_embeddings", "/embeddings");
const RERANK: Endpoint = endpoint(Operation::Rerank, "jina_rerank", "/rerank");
const IMAGES: Endpoint = endpoint(Operation::ImageGeneration, "openai_images", "/images/generations");
const SPEECH: Endpoint = endpoint(Operation::Speech, "openai_audio", "/audio/speech");
const TRANSCRIPTION: Endpoint = endpoint(Operation::Transcription, "openai_audio", "/audio/transcriptions");
const TRANSLATION: Endpoint = endpoint(Operation::Translation, "openai_audio", "/audio/translations");

/// A server that has nothing of its own.
const fn compatible(name: &'static str, host: &'static str, base_path: &'static str) -> Preset {
    Preset {
        name,
        host,
        base_path,
        params: &[],
        endpoints: &[CHAT, EMBEDDINGS],
        auth: AuthKind::Bearer,
        headers: &[],
        forwarded: &[],
        quirks: QUIRKS,
    }
}

const QUIRKS: Quirks =
    Quirks { max_tokens_field: "max_tokens", developer_role: false, dialect: DIALECT, ..Quirks::DEFAULT };

const DIALECT: Dialect = Dialect { efforts: (Effort::Low, Effort::High), ..Dialect::COMPATIBLE };

/// It has no field of that kind.
const NONE: Rule = Drops("it has no such setting");
/// What [`Dialect::allowed_tools`] does.
const SENT: Rule = Emulates("only those tools are sent");
const ONE: Rule = Refuses("it gives one answer at a time; set it to 1");
const SILENT: Rule = Refuses("it does not tell them");
const DEAF: Rule = Refuses("it cannot listen to audio");
const NO_FILES: Rule = Refuses("it reads no documents");
const NO_STORE: Rule = Refuses("it has no store of files");
const NO_FORCE: Rule = Refuses("it chooses by itself");
const SOME_THINK: Rule = Drops("its models think or do not");

// What hardly anybody has but OpenAI.
const ALLOWED: (Feature, Rule) = (Feature::ToolChoiceAllowed, SENT);
const VERBOSITY: (Feature, Rule) = (Feature::Verbosity, NONE);
const STORE: (Feature, Rule) = (Feature::Store, Drops("it keeps no answers"));
const REFUSAL: (Feature, Rule) = (Feature::Refusal, Emulates("as text"));

pub(super) const OPENAI_COMPATIBLE: Preset = Preset {
    endpoints: &[
        CHAT,
        RERANK,
        COMPLETIONS,
        EMBEDDINGS,
        IMAGES,
        endpoint(Operation::ImageEdit, "openai_images", "/images/edits"),
        endpoint(Operation::ImageVariation, "openai_images", "/images/variations"),
        SPEECH,
        TRANSCRIPTION,
        TRANSLATION,
        endpoint(Operation::Moderation, "openai_moderations", "/moderations"),
    ],
    forwarded: &["openai-beta"],
    quirks: Quirks {
        dialect: Dialect::COMPATIBLE,
        rules: &[
            ALLOWED,
            VERBOSITY,
            STORE,
            REFUSAL,
            (Feature::ReasoningOff, Drops("few servers know how to say it")),
            (Feature::Metadata, Drops("few servers keep labels")),
            (Feature::ServiceTier, Drops("few servers have tiers")),
            (Feature::PromptCacheKey, Drops("few servers know it")),
        ],
        ..QUIRKS
    },
    ..compatible("openai_compatible", "", "/v1")
};

pub(super) const MISTRAL: Preset = Preset {
    endpoints: &[CHAT, endpoint(Operation::Embeddings, "mistral_embeddings", "/embeddings")],
    quirks: Quirks {
        // Its last chunk always tells.
        stream_usage: false,
        max_temperature: 1.5,
        dialect: Dialect {
            efforts: (Effort::Minimal, Effort::Max),
            documents: Documents::DocumentUrl,
            audio: Audio::Bare,
            max_stops: 64,
            call_id_chars: Some(9),
            ..DIALECT
        },
        // It answers 422 to what it does not know.
        top_level: &[
            ("seed", Fix::Rename("random_seed")),
            ("max_completion_tokens", Fix::Rename("max_tokens")),
            ("stream_options", Fix::Needless),
            ("logit_bias", Fix::Drop),
            ("user", Fix::Drop),
            ("safety_identifier", Fix::Drop),
            ("store", Fix::Drop),
            ("verbosity", Fix::Drop),
        ],
        rules: &[
            ALLOWED,
            VERBOSITY,
            STORE,
            REFUSAL,
            (Feature::SpeakerName, Drops("it has no place for it")),
            (Feature::User, NONE),
            (Feature::LogitBias, NONE),
            (Feature::TopK, Maps),
            (Feature::FileUrl, Maps),
            (Feature::AudioUrl, Maps),
            (Feature::ReasoningOff, SOME_THINK),
        ],
        ..QUIRKS
    },
    ..compatible("mistral", "api.mistral.ai", "/v1")
};

pub(super) const DEEPSEEK: Preset = Preset {
    endpoints: &[CHAT],
    quirks: Quirks {
        dialect: Dialect {
            reasoning: ReasoningForm::SwitchAndEffort,
            efforts: (Effort::Low, Effort::Max),
            thinking_with_calls: true,
            max_stops: 16,
            ..DIALECT
        },
        top_level: &[("max_completion_tokens", Fix::Rename("max_tokens"))],
        rules: &[
            ALLOWED,
            VERBOSITY,
            STORE,
            REFUSAL,
            (Feature::AudioData, DEAF),
            (Feature::FileData, NO_FILES),
            (Feature::FileId, NO_STORE),
            (Feature::Thinking, Emulates("sent back beside the calls it led to, else left out and reported")),
            (Feature::ToolStrict, NONE),
            (Feature::NoParallelToolCalls, NONE),
            (Feature::Seed, NONE),
            (Feature::SeveralChoices, ONE),
            (Feature::LogitBias, NONE),
            (Feature::JsonSchema, Refuses("it answers in JSON, but holds to no schema")),
            (Feature::User, NONE),
            (Feature::Metadata, NONE),
            (Feature::ServiceTier, NONE),
            (Feature::PromptCacheKey, Drops("it caches by itself")),
        ],
        ..QUIRKS
    },
    ..compatible("deepseek", "api.deepseek.com", "")
};

pub(super) const GROQ: Preset = Preset {
    endpoints: &[CHAT, RESPONSES, SPEECH, TRANSCRIPTION, TRANSLATION],
    quirks: Quirks {
        max_tokens_field: "max_completion_tokens",
        // Its last chunk always tells, under `x_groq`.
        stream_usage: false,
        dialect: Dialect { thinking: "reasoning", ..DIALECT },
        top_level: &[("logit_bias", Fix::Drop)],
        rules: &[
            ALLOWED,
            VERBOSITY,
            STORE,
            REFUSAL,
            (Feature::SpeakerName, Drops("it has no place for it")),
            (Feature::AudioData, DEAF),
            (Feature::FileData, NO_FILES),
            (Feature::FileId, NO_STORE),
            (Feature::Thinking, Maps),
            (Feature::SeveralChoices, ONE),
            (Feature::LogitBias, NONE),
            (Feature::Logprobs, SILENT),
            (Feature::ReasoningOff, SOME_THINK),
            (Feature::Metadata, NONE),
            (Feature::ServiceTier, Drops("its tiers are others")),
            (Feature::PromptCacheKey, Drops("it caches by itself")),
        ],
        ..QUIRKS
    },
    ..compatible("groq", "api.groq.com", "/openai/v1")
};

pub(super) const XAI: Preset = Preset {
    endpoints: &[CHAT, RESPONSES, IMAGES],
    quirks: Quirks {
        max_tokens_field: "max_completion_tokens",
        rules: &[
            ALLOWED,
            VERBOSITY,
            STORE,
            REFUSAL,
            (Feature::AudioData, DEAF),
            (Feature::FileData, NO_FILES),
            (Feature::FileId, NO_STORE),
            (Feature::PresencePenalty, Drops("its reasoning models refuse it")),
            (Feature::FrequencyPenalty, Drops("its reasoning models refuse it")),
            (Feature::LogitBias, NONE),
            (Feature::ReasoningOff, SOME_THINK),
            (Feature::Metadata, NONE),
            (Feature::ServiceTier, NONE),
            (Feature::PromptCacheKey, Drops("it caches by itself")),
        ],
        ..QUIRKS
    },
    ..compatible("xai", "api.x.ai", "/v1")
};

pub(super) const TOGETHER: Preset = Preset {
    endpoints: &[CHAT, COMPLETIONS, EMBEDDINGS, IMAGES, SPEECH, TRANSCRIPTION, TRANSLATION],
    quirks: Quirks {
        // Its last chunk always tells.
        stream_usage: false,
        dialect: Dialect { reasoning: ReasoningForm::EffortOrDisabled, max_stops: 64, ..DIALECT },
        top_level: &[("max_completion_tokens", Fix::Rename("max_tokens")), ("stream_options", Fix::Needless)],
        rules: &[
            ALLOWED,
            VERBOSITY,
            STORE,
            REFUSAL,
            (Feature::AudioData, DEAF),
            (Feature::VideoData, Maps),
            (Feature::VideoUrl, Maps),
            (Feature::FileData, NO_FILES),
            (Feature::FileId, NO_STORE),
            (Feature::NoParallelToolCalls, NONE),
            (Feature::TopK, Maps),
            (Feature::Logprobs, Refuses("it wants to be asked otherwise")),
            (Feature::User, NONE),
            (Feature::Metadata, NONE),
            (Feature::ServiceTier, NONE),
            (Feature::PromptCacheKey, NONE),
        ],
        ..QUIRKS
    },
    ..compatible("together", "api.together.xyz", "/v1")
};

pub(super) const FIREWORKS: Preset = Preset {
    endpoints: &[CHAT, COMPLETIONS, EMBEDDINGS, RERANK],
    quirks: Quirks {
        // Its last chunk always tells.
        stream_usage: false,
        rules: &[
            ALLOWED,
            VERBOSITY,
            STORE,
            REFUSAL,
            (Feature::AudioData, DEAF),
            (Feature::VideoData, Maps),
            (Feature::VideoUrl, Maps),
            (Feature::FileData, NO_FILES),
            (Feature::FileId, NO_STORE),
            (Feature::Thinking, Maps),
            (Feature::TopK, Maps),
        ],
        ..QUIRKS
    },
    ..compatible("fireworks", "api.fireworks.ai", "/inference/v1")
};

pub(super) const OPENROUTER: Preset = Preset {
    endpoints: &[CHAT, RESPONSES, MESSAGES, COMPLETIONS, EMBEDDINGS],
    forwarded: &["http-referer", "x-title", "x-openrouter-title", "anthropic-version", "anthropic-beta"],
    quirks: Quirks {
        dialect: Dialect {
            reasoning: ReasoningForm::Object,
            efforts: (Effort::Minimal, Effort::Max),
            thinking: "reasoning",
            thinking_details: true,
            refusals: true,
            ..DIALECT
        },
        rules: &[
            ALLOWED,
            STORE,
            (Feature::VideoData, Maps),
            (Feature::VideoUrl, Maps),
            (Feature::FileUrl, Maps),
            (Feature::FileId, NO_STORE),
            (Feature::Thinking, Maps),
            (Feature::Signature, Maps),
            (Feature::RedactedThinking, Maps),
            (Feature::CacheMark, Maps),
            (Feature::TopK, Maps),
            (Feature::ReasoningBudget, Maps),
        ],
        ..QUIRKS
    },
    ..compatible("openrouter", "openrouter.ai", "/api/v1")
};

pub(super) const PERPLEXITY: Preset = Preset {
    endpoints: &[CHAT],
    quirks: Quirks {
        // Every chunk tells.
        stream_usage: false,
        dialect: Dialect { efforts: (Effort::Minimal, Effort::High), ..DIALECT },
        top_level: &[("max_completion_tokens", Fix::Rename("max_tokens")), ("stream_options", Fix::Needless)],
        rules: &[
            ALLOWED,
            VERBOSITY,
            STORE,
            REFUSAL,
            (Feature::SpeakerName, Drops("it has no place for it")),
            (Feature::AudioData, DEAF),
            (Feature::FileData, NO_FILES),
            (Feature::FileId, NO_STORE),
            (Feature::ToolChoiceNamed, Refuses("it chooses among all tools")),
            (Feature::TopK, Maps),
            (Feature::Seed, NONE),
            (Feature::LogitBias, NONE),
            (Feature::JsonObject, Refuses("it answers by a schema or in words")),
            (Feature::ReasoningOff, SOME_THINK),
            (Feature::User, NONE),
            (Feature::Metadata, NONE),
            (Feature::ServiceTier, NONE),
            (Feature::PromptCacheKey, NONE),
        ],
        ..QUIRKS
    },
    ..compatible("perplexity", "api.perplexity.ai", "")
};

pub(super) const CEREBRAS: Preset = Preset {
    endpoints: &[CHAT, COMPLETIONS],
    quirks: Quirks {
        max_tokens_field: "max_completion_tokens",
        developer_role: true,
        max_temperature: 1.5,
        dialect: Dialect { thinking: "reasoning", ..DIALECT },
        rules: &[
            ALLOWED,
            VERBOSITY,
            STORE,
            REFUSAL,
            (Feature::AudioData, DEAF),
            (Feature::FileData, NO_FILES),
            (Feature::FileId, NO_STORE),
            (Feature::Thinking, Maps),
            (Feature::SeveralChoices, ONE),
            (Feature::Metadata, NONE),
        ],
        ..QUIRKS
    },
    ..compatible("cerebras", "api.cerebras.ai", "/v1")
};

pub(super) const NVIDIA_NIM: Preset = Preset {
    endpoints: &[CHAT, COMPLETIONS, EMBEDDINGS],
    quirks: Quirks {
        dialect: Dialect { max_stops: 64, ..DIALECT },
        rules: &[
            ALLOWED,
            VERBOSITY,
            STORE,
            REFUSAL,
            (Feature::FileData, NO_FILES),
            (Feature::FileId, NO_STORE),
            (Feature::VideoUrl, Maps),
            (Feature::VideoData, Maps),
            (Feature::NoParallelToolCalls, NONE),
            (Feature::ReasoningOff, SOME_THINK),
            (Feature::User, NONE),
            (Feature::Metadata, NONE),
            (Feature::ServiceTier, NONE),
            (Feature::PromptCacheKey, NONE),
        ],
        ..QUIRKS
    },
    ..compatible("nvidia_nim", "integrate.api.nvidia.com", "/v1")
};

pub(super) const VLLM: Preset = Preset {
    endpoints: &[CHAT, COMPLETIONS, EMBEDDINGS, RERANK, TRANSCRIPTION, TRANSLATION],
    quirks: Quirks {
        dialect: Dialect { reasoning: ReasoningForm::EffortOrTemplate, max_stops: 64, ..DIALECT },
        rules: &[
            ALLOWED,
            VERBOSITY,
            STORE,
            REFUSAL,
            (Feature::AudioUrl, Maps),
            (Feature::VideoData, Maps),
            (Feature::VideoUrl, Maps),
            (Feature::FileData, NO_FILES),
            (Feature::FileId, NO_STORE),
            (Feature::Thinking, Maps),
            (Feature::TopK, Maps),
            (Feature::User, NONE),
            (Feature::Metadata, NONE),
            (Feature::ServiceTier, NONE),
            (Feature::PromptCacheKey, Drops("it caches by itself")),
        ],
        ..QUIRKS
    },
    ..compatible("vllm", "", "/v1")
};

pub(super) const TGI: Preset = Preset {
    endpoints: &[CHAT, COMPLETIONS],
    quirks: Quirks {
        rules: &[
            ALLOWED,
            VERBOSITY,
            STORE,
            REFUSAL,
            (Feature::AudioData, DEAF),
            (Feature::FileData, NO_FILES),
            (Feature::FileId, NO_STORE),
            (Feature::NoParallelToolCalls, NONE),
            (Feature::SeveralChoices, ONE),
            (Feature::ReasoningEffort, NONE),
            (Feature::ReasoningBudget, NONE),
            (Feature::ReasoningOff, NONE),
            (Feature::User, NONE),
            (Feature::Metadata, NONE),
            (Feature::ServiceTier, NONE),
            (Feature::PromptCacheKey, Drops("it caches by itself")),
        ],
        ..QUIRKS
    },
    ..compatible("tgi", "", "/v1")
};

pub(super) const HUGGINGFACE: Preset = Preset {
    endpoints: &[CHAT, RESPONSES],
    quirks: Quirks {
        rules: &[
            ALLOWED,
            VERBOSITY,
            STORE,
            REFUSAL,
            (Feature::AudioData, DEAF),
            (Feature::FileData, NO_FILES),
            (Feature::FileId, NO_STORE),
            (Feature::ReasoningOff, SOME_THINK),
            (Feature::User, NONE),
            (Feature::Metadata, NONE),
            (Feature::ServiceTier, NONE),
            (Feature::PromptCacheKey, NONE),
        ],
        ..QUIRKS
    },
    ..compatible("huggingface", "router.huggingface.co", "/v1")
};

/// Serving endpoints, named as models are. The host is the workspace's.
pub(super) const DATABRICKS: Preset = Preset {
    endpoints: &[CHAT, COMPLETIONS, EMBEDDINGS],
    quirks: Quirks {
        // Its chunks always tell.
        stream_usage: false,
        dialect: Dialect { reasoning: ReasoningForm::Budget, max_stops: 64, ..DIALECT },
        top_level: &[("max_completion_tokens", Fix::Rename("max_tokens")), ("stream_options", Fix::Needless)],
        rules: &[
            ALLOWED,
            VERBOSITY,
            STORE,
            REFUSAL,
            (Feature::SpeakerName, Drops("it has no place for it")),
            (Feature::AudioData, DEAF),
            (Feature::FileData, NO_FILES),
            (Feature::FileId, NO_STORE),
            (Feature::NoParallelToolCalls, NONE),
            (Feature::TopK, Maps),
            (Feature::Seed, NONE),
            (Feature::PresencePenalty, NONE),
            (Feature::FrequencyPenalty, NONE),
            (Feature::LogitBias, NONE),
            (Feature::ReasoningOff, SOME_THINK),
            (Feature::User, NONE),
            (Feature::Metadata, NONE),
            (Feature::ServiceTier, NONE),
            (Feature::PromptCacheKey, NONE),
        ],
        ..QUIRKS
    },
    ..compatible("databricks", "", "/serving-endpoints")
};

pub(super) const GITHUB_MODELS: Preset = Preset {
    headers: &[("x-github-api-version", "2022-11-28")],
    forwarded: &["x-github-api-version"],
    quirks: Quirks {
        rules: &[
            ALLOWED,
            VERBOSITY,
            STORE,
            REFUSAL,
            (Feature::FileData, NO_FILES),
            (Feature::FileId, NO_STORE),
            (Feature::LogitBias, NONE),
            (Feature::ReasoningOff, SOME_THINK),
            (Feature::User, NONE),
            (Feature::Metadata, NONE),
            (Feature::ServiceTier, NONE),
            (Feature::PromptCacheKey, NONE),
        ],
        ..QUIRKS
    },
    ..compatible("github_models", "models.github.ai", "/inference")
};

pub(super) const MOONSHOT: Preset = Preset {
    endpoints: &[CHAT],
    quirks: Quirks {
        max_tokens_field: "max_completion_tokens",
        max_temperature: 1.0,
        dialect: Dialect {
            reasoning: ReasoningForm::SwitchAndEffort,
            efforts: (Effort::Low, Effort::Max),
            max_stops: 5,
            ..DIALECT
        },
        rules: &[
            ALLOWED,
            VERBOSITY,
            STORE,
            REFUSAL,
            (Feature::AudioData, DEAF),
            (Feature::VideoData, Maps),
            (Feature::FileData, NO_FILES),
            (Feature::FileId, NO_STORE),
            (Feature::Thinking, Maps),
            (Feature::ToolStrict, NONE),
            (Feature::ToolChoiceRequired, NO_FORCE),
            (Feature::ToolChoiceNamed, NO_FORCE),
            (Feature::NoParallelToolCalls, NONE),
            (Feature::Temperature, Drops("Kimi's is fixed")),
            (Feature::TopP, Drops("Kimi's is fixed")),
            (Feature::PresencePenalty, Drops("Kimi's is fixed")),
            (Feature::FrequencyPenalty, Drops("Kimi's is fixed")),
            (Feature::Seed, NONE),
            (Feature::LogitBias, NONE),
            (Feature::Logprobs, SILENT),
            (Feature::User, NONE),
            (Feature::Metadata, NONE),
            (Feature::ServiceTier, NONE),
        ],
        ..QUIRKS
    },
    ..compatible("moonshot", "api.moonshot.ai", "/v1")
};

/// Alibaba's Model Studio, formerly DashScope; its international site. `host` says another: dashscope.aliyuncs.com.
pub(super) const QWEN: Preset = Preset {
    quirks: Quirks {
        dialect: Dialect { reasoning: ReasoningForm::Enable, audio: Audio::Url, max_stops: 64, ..DIALECT },
        top_level: &[("max_completion_tokens", Fix::Rename("max_tokens"))],
        rules: &[
            ALLOWED,
            VERBOSITY,
            STORE,
            REFUSAL,
            (Feature::AudioUrl, Maps),
            (Feature::VideoData, Maps),
            (Feature::VideoUrl, Maps),
            (Feature::FileData, NO_FILES),
            (Feature::FileId, NO_STORE),
            (Feature::CacheMark, Maps),
            (Feature::ToolChoiceRequired, NO_FORCE),
            (Feature::TopK, Maps),
            (Feature::FrequencyPenalty, NONE),
            (Feature::LogitBias, NONE),
            (Feature::ReasoningEffort, Emulates("`enable_thinking`")),
            (Feature::ReasoningBudget, Maps),
            (Feature::User, NONE),
            (Feature::Metadata, NONE),
            (Feature::ServiceTier, NONE),
            (Feature::PromptCacheKey, Drops("it caches by marks and by itself")),
        ],
        ..QUIRKS
    },
    ..compatible("qwen", "dashscope-intl.aliyuncs.com", "/compatible-mode/v1")
};

/// Z.ai's GLM. `host` says the Chinese site: open.bigmodel.cn.
pub(super) const ZHIPU: Preset = Preset {
    quirks: Quirks {
        // Its last chunk always tells.
        stream_usage: false,
        max_temperature: 1.0,
        dialect: Dialect { reasoning: ReasoningForm::Switch, documents: Documents::FileUrl, max_stops: 1, ..DIALECT },
        top_level: &[
            ("user", Fix::Rename("user_id")),
            ("max_completion_tokens", Fix::Rename("max_tokens")),
            ("stream_options", Fix::Needless),
        ],
        rules: &[
            ALLOWED,
            VERBOSITY,
            STORE,
            REFUSAL,
            (Feature::SpeakerName, Drops("it has no place for it")),
            (Feature::VideoData, Maps),
            (Feature::VideoUrl, Maps),
            (Feature::FileData, Refuses("a document has to be at an address")),
            (Feature::FileUrl, Maps),
            (Feature::FileId, NO_STORE),
            (Feature::Thinking, Maps),
            (Feature::ToolStrict, NONE),
            (Feature::ToolChoiceNone, NO_FORCE),
            (Feature::ToolChoiceRequired, NO_FORCE),
            (Feature::ToolChoiceNamed, NO_FORCE),
            (Feature::NoParallelToolCalls, NONE),
            (Feature::SeveralChoices, ONE),
            (Feature::PresencePenalty, NONE),
            (Feature::FrequencyPenalty, NONE),
            (Feature::LogitBias, NONE),
            (Feature::Logprobs, SILENT),
            (Feature::JsonSchema, Refuses("it answers in JSON, but holds to no schema")),
            (Feature::ReasoningEffort, Emulates("`thinking`, on")),
            (Feature::ReasoningBudget, Emulates("`thinking`, on")),
            (Feature::Metadata, NONE),
            (Feature::ServiceTier, NONE),
            (Feature::PromptCacheKey, Drops("it caches by itself")),
        ],
        ..QUIRKS
    },
    ..compatible("zhipu", "api.z.ai", "/api/paas/v4")
};

/// What OpenAI itself has, on Azure.
const AZURE_QUIRKS: Quirks = Quirks { rules: OPENAI_RULES, ..Quirks::DEFAULT };

/// What of OpenAI's own depends on the model.
pub(super) const OPENAI_RULES: &[(Feature, Rule)] = &[(
    Feature::CacheMark,
    Emulates(
        "on parts, as `prompt_cache_breakpoint`, from GPT-5.6 on; else left out and reported: it caches by itself",
    ),
)];

const RESOURCE: Param = Param { name: "resource", default: None };

/// Azure OpenAI in its newer form: models are named in the body, by their deployment.
pub(super) const AZURE_OPENAI: Preset = Preset {
    params: &[RESOURCE],
    endpoints: &[
        CHAT,
        RESPONSES,
        COMPLETIONS,
        EMBEDDINGS,
        IMAGES,
        endpoint(Operation::ImageEdit, "openai_images", "/images/edits"),
        SPEECH,
        TRANSCRIPTION,
        TRANSLATION,
    ],
    auth: AuthKind::Azure,
    quirks: AZURE_QUIRKS,
    ..compatible("azure_openai", "{resource}.openai.azure.com", "/openai/v1")
};

/// The same in its older form: the path names the deployment, and an API version has to be said.
pub(super) const AZURE_OPENAI_DEPLOYMENTS: Preset = Preset {
    params: &[RESOURCE, Param { name: "api_version", default: Some("2024-10-21") }],
    endpoints: &[
        endpoint(Operation::Chat, "openai_chat", "/chat/completions?api-version={api_version}"),
        endpoint(Operation::Completions, "openai_completions", "/completions?api-version={api_version}"),
        endpoint(Operation::Embeddings, "openai_embeddings", "/embeddings?api-version={api_version}"),
        endpoint(Operation::ImageGeneration, "openai_images", "/images/generations?api-version={api_version}"),
        endpoint(Operation::Speech, "openai_audio", "/audio/speech?api-version={api_version}"),
        endpoint(Operation::Transcription, "openai_audio", "/audio/transcriptions?api-version={api_version}"),
        endpoint(Operation::Translation, "openai_audio", "/audio/translations?api-version={api_version}"),
    ],
    auth: AuthKind::Azure,
    quirks: AZURE_QUIRKS,
    ..compatible("azure_openai_deployments", "{resource}.openai.azure.com", "/openai/deployments/{model}")
};
