//! What Cohere's clients can say, and what Cohere gets of what others say. Its `documents` are read as texts that open the
//! last turn of the user's: any model can read them, and few formats have a place for them.

use crate::chat::{Feature, Told};
use crate::format::rules::Rule::{Drops, Emulates, Maps, Refuses};
use crate::format::rules::{Field, row};

pub(super) const FIELDS: &[Field] = &[
    row(Feature::SystemInPlace, "messages[].role", Maps),
    row(Feature::SpeakerName, "", Drops("it has no place for it")),
    row(Feature::ImageData, "messages[].content[].image_url", Maps),
    row(Feature::ImageUrl, "messages[].content[].image_url", Maps),
    row(Feature::ImageDetail, "messages[].content[].image_url.detail", Maps),
    row(Feature::AudioData, "", Refuses("it cannot listen")),
    row(Feature::AudioUrl, "", Refuses("it cannot listen")),
    row(Feature::VideoData, "", Refuses("it takes no films")),
    row(Feature::VideoUrl, "", Refuses("it takes no films")),
    row(Feature::FileData, "", Emulates("one that is text is put in as text, another is refused")),
    row(Feature::FileUrl, "", Refuses("a document has to be in the body")),
    row(Feature::FileId, "", Refuses("it keeps no files")),
    row(Feature::Refusal, "", Emulates("as text")),
    row(Feature::Thinking, "messages[].content[].thinking", Emulates("beside calls as `tool_plan`, else as it is")),
    row(Feature::Signature, "", Drops("only who signed can check it")),
    row(Feature::RedactedThinking, "", Drops("only who made it can read it")),
    row(Feature::CacheMark, "", Drops("it caches by itself")),
    row(Feature::ToolCall, "messages[].tool_calls", Maps),
    row(
        Feature::ToolResultMedia,
        "",
        Emulates("pictures open the user turn that follows the results, others are refused"),
    ),
    row(Feature::ToolResultError, "", Emulates("the text begins with `Error: `")),
    row(
        Feature::OtherPart,
        "messages[].content[].type",
        Emulates("left out and reported in a turn of the model's, refused elsewhere"),
    ),
    row(Feature::Tools, "tools", Maps),
    row(Feature::BuiltinTool, "tools[].type", Refuses("it has functions only")),
    row(
        Feature::ToolStrict,
        "strict_tools",
        Emulates("for all tools or, where only some are strict, for none and reported"),
    ),
    row(Feature::ToolChoiceNone, "tool_choice", Maps),
    row(Feature::ToolChoiceRequired, "tool_choice", Maps),
    row(Feature::ToolChoiceNamed, "", Emulates("only that tool is sent, and `REQUIRED`")),
    row(Feature::ToolChoiceAllowed, "", Emulates("only those tools are sent")),
    row(Feature::NoParallelToolCalls, "", Drops("it has no such setting")),
    row(Feature::MaxTokens, "max_tokens", Maps),
    row(Feature::Temperature, "temperature", Maps),
    row(Feature::TopP, "p", Emulates("kept between 0.01 and 0.99, and reported where that changes it")),
    row(Feature::TopK, "k", Emulates("at most 500, and reported where that changes it")),
    row(Feature::Stop, "stop_sequences", Emulates("up to five, more are refused")),
    row(Feature::Seed, "seed", Maps),
    row(Feature::SeveralChoices, "", Refuses("it gives one answer at a time; set it to 1")),
    row(
        Feature::PresencePenalty,
        "presence_penalty",
        Emulates("kept between 0 and 1, and reported where that changes it"),
    ),
    row(
        Feature::FrequencyPenalty,
        "frequency_penalty",
        Emulates("kept between 0 and 1, and reported where that changes it"),
    ),
    row(Feature::LogitBias, "", Drops("its tokens are others")),
    row(Feature::Logprobs, "logprobs", Emulates("without the likeliest alternatives, which are reported")),
    row(Feature::JsonObject, "response_format", Maps),
    row(Feature::JsonSchema, "response_format.json_schema", Maps),
    row(
        Feature::ReasoningEffort,
        "thinking",
        Emulates("`thinking.token_budget`: minimal and low 1,024, medium 2,048; from high on without a limit"),
    ),
    row(Feature::ReasoningBudget, "thinking.token_budget", Maps),
    row(Feature::ReasoningOff, "thinking.type", Maps),
    row(Feature::Verbosity, "", Drops("it has no such setting")),
    row(Feature::User, "", Drops("it does not ask who")),
    row(Feature::Metadata, "", Drops("it keeps no labels")),
    row(Feature::ServiceTier, "", Drops("it has one tier")),
    row(Feature::Store, "", Drops("it keeps no answers")),
    row(Feature::PromptCacheKey, "", Drops("it caches by itself")),
];

pub(super) const CANNOT_TELL: &[Told] = &[
    Told::Signature,
    Told::RedactedThinking,
    Told::Media,
    Told::StopSequence,
    Told::ServiceTier,
    Told::SeveralChoices,
];
