//! What Gemini's clients can say, and what Gemini gets of what others say.

use crate::chat::{Feature, Told};
use crate::format::rules::Rule::{Drops, Emulates, Maps};
use crate::format::rules::{Field, row};

pub(super) const FIELDS: &[Field] = &[
    row(Feature::SystemInPlace, "systemInstruction", Emulates("gathered in `systemInstruction`, in order")),
    row(Feature::SpeakerName, "", Drops("it has no place for it")),
    row(Feature::ImageData, "contents[].parts[].inlineData", Maps),
    row(
        Feature::ImageUrl,
        "contents[].parts[].fileData",
        Emulates("with the media type that its ending tells, or JPEG"),
    ),
    row(
        Feature::ImageDetail,
        "contents[].parts[].mediaResolution",
        Emulates("`mediaResolution` from Gemini 3 on; left out and reported before"),
    ),
    row(Feature::AudioData, "contents[].parts[].inlineData", Maps),
    row(
        Feature::AudioUrl,
        "contents[].parts[].fileData",
        Emulates("with the media type that its ending tells, or MP3"),
    ),
    row(Feature::VideoData, "contents[].parts[].inlineData", Maps),
    row(
        Feature::VideoUrl,
        "contents[].parts[].fileData",
        Emulates("with the media type that its ending tells, or MP4"),
    ),
    row(Feature::FileData, "contents[].parts[].inlineData", Maps),
    row(Feature::FileUrl, "contents[].parts[].fileData", Emulates("with the media type that its ending tells, or PDF")),
    row(
        Feature::FileId,
        "contents[].parts[].fileData",
        Emulates("a file in Google's store passes, one in another's is refused"),
    ),
    row(Feature::Refusal, "", Emulates("as text")),
    row(Feature::Thinking, "contents[].parts[].thought", Maps),
    row(
        Feature::Signature,
        "contents[].parts[].thoughtSignature",
        Emulates("Gemini's own, also where it stands alone; another's is left out and reported"),
    ),
    row(Feature::RedactedThinking, "contents[].parts[].thoughtSignature", Drops("only who made it can read it")),
    row(Feature::CacheMark, "", Drops("it caches by itself, or what was stored before")),
    row(Feature::ToolCall, "contents[].parts[].functionCall", Maps),
    row(
        Feature::ToolResultMedia,
        "contents[].parts[].functionResponse.parts",
        Emulates("in the result from Gemini 3 on; before, they open the turn that follows the results"),
    ),
    row(Feature::ToolResultError, "contents[].parts[].functionResponse.response.error", Maps),
    row(
        Feature::OtherPart,
        "contents[].parts[]",
        Emulates(
            "one of Gemini's own kinds passes; another is left out and reported in a turn of the model's, refused elsewhere",
        ),
    ),
    row(Feature::Tools, "tools[].functionDeclarations", Maps),
    row(
        Feature::BuiltinTool,
        "tools[]",
        Emulates("one of Gemini's own passes, a search of the web is `googleSearch`, another is refused"),
    ),
    row(Feature::ToolStrict, "", Emulates("`VALIDATED` calls from Gemini 2.5 on; left out and reported before")),
    row(Feature::ToolChoiceNone, "toolConfig.functionCallingConfig", Maps),
    row(Feature::ToolChoiceRequired, "toolConfig.functionCallingConfig", Maps),
    row(Feature::ToolChoiceNamed, "toolConfig.functionCallingConfig.allowedFunctionNames", Maps),
    row(
        Feature::ToolChoiceAllowed,
        "toolConfig.functionCallingConfig.allowedFunctionNames",
        Emulates("where one must be called; where the model may choose, only those tools are sent"),
    ),
    row(Feature::NoParallelToolCalls, "", Drops("it has no such setting")),
    row(Feature::MaxTokens, "generationConfig.maxOutputTokens", Maps),
    row(Feature::Temperature, "generationConfig.temperature", Maps),
    row(Feature::TopP, "generationConfig.topP", Maps),
    row(Feature::TopK, "generationConfig.topK", Maps),
    row(Feature::Stop, "generationConfig.stopSequences", Maps),
    row(
        Feature::Seed,
        "generationConfig.seed",
        Emulates("where it has no more than 32 bits; else left out and reported"),
    ),
    row(Feature::SeveralChoices, "generationConfig.candidateCount", Maps),
    row(Feature::PresencePenalty, "generationConfig.presencePenalty", Maps),
    row(Feature::FrequencyPenalty, "generationConfig.frequencyPenalty", Maps),
    row(Feature::LogitBias, "", Drops("its tokens are others")),
    row(Feature::Logprobs, "generationConfig.responseLogprobs", Maps),
    row(Feature::JsonObject, "generationConfig.responseMimeType", Maps),
    row(
        Feature::JsonSchema,
        "generationConfig.responseJsonSchema",
        Emulates(
            "`allOf` is put together, `const` is an `enum` of one; what it cannot read of a schema is left out and reported",
        ),
    ),
    row(
        Feature::ReasoningEffort,
        "generationConfig.thinkingConfig.thinkingLevel",
        Emulates(
            "a level of the model's, or a budget on Gemini 2.5: 1,024 tokens for low, 8,192 for medium, 24,576 for high",
        ),
    ),
    row(
        Feature::ReasoningBudget,
        "generationConfig.thinkingConfig.thinkingBudget",
        Emulates(
            "within the model's bounds; a level from Gemini 3 on: up to 1,024 tokens low, up to 8,192 medium, else high",
        ),
    ),
    row(
        Feature::ReasoningOff,
        "generationConfig.thinkingConfig.thinkingBudget",
        Emulates("the least there is, where a model always thinks"),
    ),
    row(Feature::Verbosity, "", Drops("it has no such setting")),
    row(Feature::User, "", Drops("it has no place for it")),
    row(
        Feature::Metadata,
        "labels",
        Emulates("those of small letters, digits, `_` and `-`; others are left out and reported"),
    ),
    row(
        Feature::ServiceTier,
        "serviceTier",
        Emulates("`flex`, `priority` and the default; another is left out and reported"),
    ),
    row(Feature::Store, "store", Maps),
    row(Feature::PromptCacheKey, "", Drops("it has no such setting")),
];

pub(super) const CANNOT_TELL: &[Told] = &[Told::StopSequence];
