//! What OpenAI's clients can say, and what an OpenAI-compatible provider gets of what others say. Providers that take
//! more or less than OpenAI itself say so in their row (`Quirks::rules`).

use crate::chat::{Feature, Told};
use crate::format::rules::Rule::{Drops, Emulates, Maps, Refuses};
use crate::format::rules::{Field, row};

pub(super) const FIELDS: &[Field] = &[
    row(Feature::SystemInPlace, "messages[].role", Maps),
    row(Feature::SpeakerName, "messages[].name", Maps),
    row(Feature::ImageData, "messages[].content[].image_url", Maps),
    row(Feature::ImageUrl, "messages[].content[].image_url", Maps),
    row(Feature::ImageDetail, "messages[].content[].image_url.detail", Maps),
    row(Feature::AudioData, "messages[].content[].input_audio", Emulates("WAV and MP3; another is refused")),
    row(Feature::AudioUrl, "messages[].content[].audio_url", Refuses("sound has to be in the body")),
    row(Feature::VideoData, "messages[].content[].video_url", Refuses("it takes no films")),
    row(Feature::VideoUrl, "messages[].content[].video_url", Refuses("it takes no films")),
    row(Feature::FileData, "messages[].content[].file", Maps),
    row(Feature::FileUrl, "messages[].content[].file.file_data", Refuses("a document has to be in the body")),
    row(Feature::FileId, "messages[].content[].file.file_id", Emulates("of a document; of a picture it is refused")),
    row(Feature::Refusal, "messages[].refusal", Maps),
    row(Feature::Thinking, "messages[].reasoning_content", Drops("it takes no reasoning back")),
    row(Feature::Signature, "messages[].thinking_blocks[].signature", Drops("only who signed can check it")),
    row(Feature::RedactedThinking, "messages[].thinking_blocks", Drops("only who made it can read it")),
    row(Feature::CacheMark, "messages[].content[].cache_control", Drops("it caches by itself")),
    row(Feature::ToolCall, "messages[].tool_calls", Maps),
    row(Feature::ToolResultMedia, "", Emulates("they open the user turn that follows the results")),
    row(Feature::ToolResultError, "", Emulates("the text begins with `Error: `")),
    row(
        Feature::OtherPart,
        "messages[].content[].type",
        Emulates("left out and reported in a turn of the model's, refused elsewhere"),
    ),
    row(Feature::Tools, "tools", Maps),
    row(Feature::BuiltinTool, "tools[].type", Refuses("it has tools of its own only")),
    row(Feature::ToolStrict, "tools[].function.strict", Maps),
    row(Feature::ToolChoiceNone, "tool_choice", Maps),
    row(Feature::ToolChoiceRequired, "tool_choice", Maps),
    row(Feature::ToolChoiceNamed, "tool_choice", Maps),
    row(Feature::ToolChoiceAllowed, "tool_choice.allowed_tools", Maps),
    row(Feature::NoParallelToolCalls, "parallel_tool_calls", Maps),
    row(Feature::MaxTokens, "max_completion_tokens", Maps),
    row(
        Feature::Temperature,
        "temperature",
        Emulates(
            "up to 2, and reported where that changes it; left out and reported where a GPT that is to think does not take it",
        ),
    ),
    row(Feature::TopP, "top_p", Emulates("taken; left out and reported where a GPT that is to think does not take it")),
    row(Feature::TopK, "top_k", Drops("it has no such setting")),
    row(Feature::Stop, "stop", Emulates("up to four, more are refused")),
    row(Feature::Seed, "seed", Maps),
    row(Feature::SeveralChoices, "n", Maps),
    row(
        Feature::PresencePenalty,
        "presence_penalty",
        Emulates("taken; left out and reported where a GPT that is to think does not take it"),
    ),
    row(
        Feature::FrequencyPenalty,
        "frequency_penalty",
        Emulates("taken; left out and reported where a GPT that is to think does not take it"),
    ),
    row(Feature::LogitBias, "logit_bias", Maps),
    row(Feature::Logprobs, "logprobs", Maps),
    row(Feature::JsonObject, "response_format", Maps),
    row(Feature::JsonSchema, "response_format", Maps),
    row(
        Feature::ReasoningEffort,
        "reasoning_effort",
        Emulates(
            "taken as far as a GPT knows the word, and reported where that changes it; left out and reported where it cannot think",
        ),
    ),
    row(
        Feature::ReasoningBudget,
        "reasoning.max_tokens",
        Emulates("`reasoning_effort`: below 2,048 tokens low, below 4,096 medium, else high"),
    ),
    row(
        Feature::ReasoningOff,
        "reasoning_effort",
        Emulates("taken, or the least effort, and reported, where a GPT cannot but think"),
    ),
    row(Feature::Verbosity, "verbosity", Maps),
    row(Feature::User, "user", Maps),
    row(Feature::Metadata, "metadata", Maps),
    row(Feature::ServiceTier, "service_tier", Maps),
    row(Feature::Store, "store", Maps),
    row(Feature::PromptCacheKey, "prompt_cache_key", Maps),
];

pub(super) const CANNOT_TELL: &[Told] = &[Told::StopSequence];
