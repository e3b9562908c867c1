//! What Converse's clients can say, and what a model on Bedrock gets of what others say.

use crate::chat::{Feature, Told};
use crate::format::rules::Rule::{Drops, Emulates, Maps, Refuses};
use crate::format::rules::{Field, row};

const ONLY_S3: &str = "an `s3:` address passes; another is refused, since Bedrock fetches nothing";
const SETTING: &str = "it has no such setting";

pub(super) const FIELDS: &[Field] = &[
    row(Feature::SystemInPlace, "messages[].role", Emulates("gathered in `system`, in order")),
    row(Feature::SpeakerName, "", Drops("it has no place for it")),
    row(Feature::ImageData, "messages[].content[].image.source.bytes", Maps),
    row(Feature::ImageUrl, "messages[].content[].image.source.s3Location", Emulates(ONLY_S3)),
    row(Feature::ImageDetail, "", Drops("it looks as closely as it needs to")),
    row(Feature::AudioData, "messages[].content[].audio.source.bytes", Maps),
    row(Feature::AudioUrl, "messages[].content[].audio.source.s3Location", Emulates(ONLY_S3)),
    row(Feature::VideoData, "messages[].content[].video.source.bytes", Maps),
    row(Feature::VideoUrl, "messages[].content[].video.source.s3Location", Emulates(ONLY_S3)),
    row(Feature::FileData, "messages[].content[].document.source.bytes", Maps),
    row(Feature::FileUrl, "messages[].content[].document.source.s3Location", Emulates(ONLY_S3)),
    row(Feature::FileId, "", Refuses("it has no store of files")),
    row(Feature::Refusal, "", Emulates("as text")),
    row(
        Feature::Thinking,
        "messages[].content[].reasoningContent.reasoningText.text",
        Emulates("kept where Claude has signed it, else left out and reported"),
    ),
    row(Feature::Signature, "messages[].content[].reasoningContent.reasoningText.signature", Maps),
    row(Feature::RedactedThinking, "messages[].content[].reasoningContent.redactedContent", Maps),
    row(Feature::CacheMark, "messages[].content[].cachePoint", Emulates("an entry of its own behind what is marked")),
    row(Feature::ToolCall, "messages[].content[].toolUse", Maps),
    row(
        Feature::ToolResultMedia,
        "messages[].content[].toolResult.content[]",
        Emulates("pictures, films and documents; sound is refused"),
    ),
    row(Feature::ToolResultError, "messages[].content[].toolResult.status", Maps),
    row(Feature::OtherPart, "messages[].content[]", Emulates("one of Converse's own kinds passes, another is refused")),
    row(Feature::Tools, "toolConfig.tools", Maps),
    row(Feature::BuiltinTool, "toolConfig.tools[].systemTool", Emulates("a `systemTool` passes; another is refused")),
    row(Feature::ToolStrict, "toolConfig.tools[].toolSpec.strict", Maps),
    row(
        Feature::ToolChoiceNone,
        "",
        Emulates("no tools are sent; where the conversation has calls they must be, and that is reported"),
    ),
    row(Feature::ToolChoiceRequired, "toolConfig.toolChoice", Maps),
    row(Feature::ToolChoiceNamed, "toolConfig.toolChoice", Maps),
    row(Feature::ToolChoiceAllowed, "", Emulates("only those tools are sent")),
    row(
        Feature::NoParallelToolCalls,
        "additionalModelRequestFields.tool_choice",
        Emulates("for Claude; else left out and reported"),
    ),
    row(Feature::MaxTokens, "inferenceConfig.maxTokens", Maps),
    row(Feature::Temperature, "inferenceConfig.temperature", Maps),
    row(Feature::TopP, "inferenceConfig.topP", Maps),
    row(
        Feature::TopK,
        "additionalModelRequestFields.top_k",
        Emulates("by the model's own name for it; left out and reported where it has none"),
    ),
    row(Feature::Stop, "inferenceConfig.stopSequences", Maps),
    row(Feature::Seed, "", Drops(SETTING)),
    row(Feature::SeveralChoices, "", Refuses("it gives one answer at a time; set it to 1")),
    row(Feature::PresencePenalty, "", Drops(SETTING)),
    row(Feature::FrequencyPenalty, "", Drops(SETTING)),
    row(Feature::LogitBias, "", Drops("its tokens are others")),
    row(Feature::Logprobs, "", Refuses("it does not tell them")),
    row(Feature::JsonObject, "", Emulates("an open schema")),
    row(Feature::JsonSchema, "outputConfig.textFormat", Maps),
    row(
        Feature::ReasoningEffort,
        "outputConfig.effort",
        Emulates("as the family of the model takes it; left out and reported where it cannot think"),
    ),
    row(
        Feature::ReasoningBudget,
        "additionalModelRequestFields.thinking",
        Emulates("as the family of the model takes it; left out and reported where it cannot think"),
    ),
    row(Feature::ReasoningOff, "additionalModelRequestFields.thinking", Emulates("thinking is not asked for")),
    row(Feature::Verbosity, "", Drops(SETTING)),
    row(Feature::User, "", Drops("it has no place for it")),
    row(Feature::Metadata, "requestMetadata", Emulates("where they fit Bedrock's limits; else left out and reported")),
    row(
        Feature::ServiceTier,
        "serviceTier",
        Emulates("`default`, `flex`, `priority` and `reserved` pass, `auto` says nothing; another is reported"),
    ),
    row(Feature::Store, "", Drops("it keeps no answers")),
    row(Feature::PromptCacheKey, "", Drops("it caches by marks")),
];

pub(super) const CANNOT_TELL: &[Told] = &[Told::Logprobs, Told::PictureUrl, Told::OtherMedia, Told::SeveralChoices];

/// A stream has pieces of pictures and of no other media.
pub(super) const CANNOT_STREAM: &[Told] = &[Told::Sound];
