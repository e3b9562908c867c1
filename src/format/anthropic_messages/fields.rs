//! What Anthropic's clients can say, and what Claude gets of what others say.

use crate::chat::{Feature, Told};
use crate::format::rules::Rule::{Drops, Emulates, Maps, Refuses};
use crate::format::rules::{Field, row};

pub(super) const FIELDS: &[Field] = &[
    row(Feature::SystemInPlace, "messages[].role", Emulates("gathered in `system`, in order")),
    row(Feature::SpeakerName, "", Drops("it has no place for it")),
    row(Feature::ImageData, "messages[].content[].source", Maps),
    row(Feature::ImageUrl, "messages[].content[].source.url", Maps),
    row(Feature::ImageDetail, "", Drops("it looks as closely as it needs to")),
    row(Feature::AudioData, "", Refuses("it cannot listen to audio")),
    row(Feature::AudioUrl, "", Refuses("it cannot listen to audio")),
    row(Feature::VideoData, "", Refuses("it takes no films")),
    row(Feature::VideoUrl, "", Refuses("it takes no films")),
    row(Feature::FileData, "messages[].content[].source", Emulates("PDF and text; another kind is refused")),
    row(Feature::FileUrl, "messages[].content[].source.url", Maps),
    row(Feature::FileId, "messages[].content[].source.file_id", Maps),
    row(Feature::Refusal, "", Emulates("as text")),
    row(
        Feature::Thinking,
        "messages[].content[].thinking",
        Emulates("kept where Claude has signed it, else left out and reported"),
    ),
    row(
        Feature::Signature,
        "messages[].content[].signature",
        Emulates("Claude's own; another is left out and reported"),
    ),
    row(Feature::RedactedThinking, "messages[].content[].data", Maps),
    row(
        Feature::CacheMark,
        "messages[].content[].cache_control",
        Emulates("up to four; more are left out and reported"),
    ),
    row(Feature::ToolCall, "messages[].content[].input", Maps),
    row(Feature::ToolResultMedia, "messages[].content[].content[].source", Maps),
    row(Feature::ToolResultError, "messages[].content[].is_error", Maps),
    row(
        Feature::OtherPart,
        "messages[].content[].type",
        Emulates("one of Anthropic's own kinds passes, another is refused"),
    ),
    row(Feature::Tools, "tools", Maps),
    row(
        Feature::BuiltinTool,
        "tools[].type",
        Emulates("one of Anthropic's own, with a date in its type, passes; another is refused"),
    ),
    row(Feature::ToolStrict, "tools[].strict", Maps),
    row(Feature::ToolChoiceNone, "tool_choice", Maps),
    row(
        Feature::ToolChoiceRequired,
        "tool_choice",
        Emulates("taken; where the model is to think it is left to choose, and that is reported"),
    ),
    row(
        Feature::ToolChoiceNamed,
        "tool_choice",
        Emulates("taken; where the model is to think it is left to choose, and that is reported"),
    ),
    row(Feature::ToolChoiceAllowed, "", Emulates("only those tools are sent")),
    row(Feature::NoParallelToolCalls, "tool_choice.disable_parallel_tool_use", Maps),
    row(Feature::MaxTokens, "max_tokens", Maps),
    row(
        Feature::Temperature,
        "temperature",
        Emulates(
            "at most 1, and reported where that changes it; left out and reported where the model or its thinking does not take it",
        ),
    ),
    row(
        Feature::TopP,
        "top_p",
        Emulates(
            "taken; left out and reported where the model or its thinking does not take it, or not beside a temperature",
        ),
    ),
    row(
        Feature::TopK,
        "top_k",
        Emulates("taken; left out and reported where the model or its thinking does not take it"),
    ),
    row(Feature::Stop, "stop_sequences", Emulates("taken, but for blank ones, which are reported")),
    row(Feature::Seed, "", Drops("it has no such setting")),
    row(Feature::SeveralChoices, "", Refuses("it gives one answer at a time; set it to 1")),
    row(Feature::PresencePenalty, "", Drops("it has no such setting")),
    row(Feature::FrequencyPenalty, "", Drops("it has no such setting")),
    row(Feature::LogitBias, "", Drops("its tokens are others")),
    row(Feature::Logprobs, "", Refuses("it does not tell them")),
    row(Feature::JsonObject, "", Emulates("an open schema")),
    row(Feature::JsonSchema, "output_config.format", Emulates("without its name and description; it is always strict")),
    row(
        Feature::ReasoningEffort,
        "output_config.effort",
        Emulates(
            "taken; where the model thinks by tokens: low 1,024, medium 2,048, high 4,096, xhigh 8,192, max 16,384, within `max_tokens`; left out and reported where it cannot think, or lost what it thought before its last calls",
        ),
    ),
    row(
        Feature::ReasoningBudget,
        "thinking.budget_tokens",
        Emulates(
            "taken; where the model thinks by effort: below 2,048 tokens low, 4,096 medium, 8,192 high, 16,384 xhigh, else max; left out and reported where it cannot think, or lost what it thought before its last calls",
        ),
    ),
    row(Feature::ReasoningOff, "thinking", Emulates("thinking is not asked for")),
    row(Feature::Verbosity, "", Drops("it has no such setting")),
    row(
        Feature::User,
        "metadata.user_id",
        Emulates(
            "taken, unless it is a mail address or a telephone number, which Anthropic forbids: then left out and reported",
        ),
    ),
    row(Feature::Metadata, "", Drops("it keeps no labels")),
    row(Feature::ServiceTier, "service_tier", Emulates("`auto` and `default`; another is left out and reported")),
    row(Feature::Store, "", Drops("it keeps no answers")),
    row(Feature::PromptCacheKey, "", Drops("it caches by marks")),
];

pub(super) const CANNOT_TELL: &[Told] =
    &[Told::Logprobs, Told::Picture, Told::PictureUrl, Told::Sound, Told::OtherMedia, Told::SeveralChoices];
