//! What clients of the Responses API can say, and what its providers get of what others say.

use crate::chat::{Feature, Told};
use crate::format::rules::Rule::{Drops, Emulates, Maps, Refuses};
use crate::format::rules::{Field, row};

pub(super) const FIELDS: &[Field] = &[
    row(Feature::SystemInPlace, "input[].role", Maps),
    row(Feature::SpeakerName, "", Drops("it has no place for it")),
    row(Feature::ImageData, "input[].content[].image_url", Maps),
    row(Feature::ImageUrl, "input[].content[].image_url", Maps),
    row(Feature::ImageDetail, "input[].content[].detail", Maps),
    row(Feature::AudioData, "input[].content[].input_audio", Refuses("it takes no sound")),
    row(Feature::AudioUrl, "", Refuses("it takes no sound")),
    row(Feature::VideoData, "", Refuses("it takes no films")),
    row(Feature::VideoUrl, "", Refuses("it takes no films")),
    row(Feature::FileData, "input[].content[].file_data", Maps),
    row(Feature::FileUrl, "input[].content[].file_url", Maps),
    row(Feature::FileId, "input[].content[].file_id", Maps),
    row(Feature::Refusal, "input[].content[].refusal", Maps),
    row(
        Feature::Thinking,
        "input[].summary",
        Emulates("kept where OpenAI has encrypted it, else left out and reported"),
    ),
    row(Feature::Signature, "input[].encrypted_content", Emulates("OpenAI's own, another is left out and reported")),
    row(Feature::RedactedThinking, "input[].encrypted_content", Drops("only who made it can read it")),
    row(Feature::CacheMark, "input[].content[].prompt_cache_breakpoint", Drops("it caches by itself")),
    row(Feature::ToolCall, "input[].arguments", Maps),
    row(Feature::ToolResultMedia, "input[].output", Maps),
    row(Feature::ToolResultError, "", Emulates("the text begins with `Error: `")),
    row(
        Feature::OtherPart,
        "input[].type",
        Emulates("left out and reported in a turn of the model's, refused elsewhere"),
    ),
    row(Feature::Tools, "tools", Maps),
    row(Feature::BuiltinTool, "tools[].type", Refuses("it has tools of its own only")),
    row(Feature::ToolStrict, "tools[].strict", Maps),
    row(Feature::ToolChoiceNone, "tool_choice", Maps),
    row(Feature::ToolChoiceRequired, "tool_choice", Maps),
    row(Feature::ToolChoiceNamed, "tool_choice", Maps),
    row(Feature::ToolChoiceAllowed, "tool_choice", Maps),
    row(Feature::NoParallelToolCalls, "parallel_tool_calls", Maps),
    row(Feature::MaxTokens, "max_output_tokens", Maps),
    row(Feature::Temperature, "temperature", Maps),
    row(Feature::TopP, "top_p", Maps),
    row(Feature::TopK, "", Drops("it has no such setting")),
    row(Feature::Stop, "", Refuses("it cannot end an answer at a string")),
    row(Feature::Seed, "", Drops("it has no such setting")),
    row(Feature::SeveralChoices, "", Refuses("it gives one answer at a time; set it to 1")),
    row(Feature::PresencePenalty, "", Drops("it has no such setting")),
    row(Feature::FrequencyPenalty, "", Drops("it has no such setting")),
    row(Feature::LogitBias, "", Drops("it has no such setting")),
    row(Feature::Logprobs, "include", Maps),
    row(Feature::JsonObject, "text.format", Maps),
    row(Feature::JsonSchema, "text.format", Maps),
    row(Feature::ReasoningEffort, "reasoning.effort", Maps),
    row(
        Feature::ReasoningBudget,
        "",
        Emulates("`reasoning.effort`: below 2,048 tokens low, below 4,096 medium, else high"),
    ),
    row(Feature::ReasoningOff, "reasoning.effort", Maps),
    row(Feature::Verbosity, "text.verbosity", Maps),
    row(Feature::User, "user", Maps),
    row(Feature::Metadata, "metadata", Maps),
    row(Feature::ServiceTier, "service_tier", Maps),
    row(Feature::Store, "store", Maps),
    row(Feature::PromptCacheKey, "prompt_cache_key", Maps),
];

pub(super) const CANNOT_TELL: &[Told] =
    &[Told::PictureUrl, Told::Sound, Told::OtherMedia, Told::StopSequence, Told::SeveralChoices];
