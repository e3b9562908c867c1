//! What a request or an answer can say that not every format can hold, by name: what the rules about loss speak of.

use super::{
    Answer, Delta, Media, MediaKind, MediaSource, Message, Part, Reasoning, Request, ResponseFormat, Role, Tool,
    ToolChoice,
};

macro_rules! features {
    ($(#[$doc:meta])* $name:ident { $($(#[$about:meta])* $feature:ident = $label:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum $name { $($(#[$about])* $feature,)* }

        impl $name {
            /// All of them, in the order of the tables.
            pub const ALL: &'static [Self] = &[$(Self::$feature,)*];

            /// What it is called in the documents.
            pub fn label(self) -> &'static str {
                match self { $(Self::$feature => $label,)* }
            }
        }
    };
}

features! {
    /// What a request can say.
    #[allow(missing_docs)]
    Feature {
        SystemInPlace = "a system turn between others",
        SpeakerName = "the name of a speaker",
        ImageData = "a picture in the body",
        ImageUrl = "a picture by address",
        ImageDetail = "how closely to look at a picture",
        AudioData = "sound in the body",
        AudioUrl = "sound by address",
        VideoData = "a film in the body",
        VideoUrl = "a film by address",
        FileData = "a document in the body",
        FileUrl = "a document by address",
        FileId = "a file in the provider's store",
        Refusal = "an earlier refusal",
        Thinking = "earlier reasoning",
        Signature = "a signature of earlier reasoning",
        RedactedThinking = "earlier secret reasoning",
        CacheMark = "a prompt-cache mark",
        ToolCall = "an earlier tool call",
        ToolResultMedia = "media in a tool's result",
        ToolResultError = "a tool's failure",
        OtherPart = "a part of a kind only its format has",
        Tools = "tools",
        BuiltinTool = "a tool only its format has",
        ToolStrict = "tool arguments held to their schema",
        ToolChoiceNone = "a choice of no tool",
        ToolChoiceRequired = "a forced call",
        ToolChoiceNamed = "a forced call of one tool",
        ToolChoiceAllowed = "a choice among some of the tools",
        NoParallelToolCalls = "one call at a time",
        MaxTokens = "the most tokens to write",
        Temperature = "temperature",
        TopP = "nucleus sampling",
        TopK = "top-k sampling",
        Stop = "strings that end the answer",
        Seed = "seed",
        SeveralChoices = "several alternatives",
        PresencePenalty = "presence penalty",
        FrequencyPenalty = "frequency penalty",
        LogitBias = "tokens to favour",
        Logprobs = "log probabilities",
        JsonObject = "an answer in JSON",
        JsonSchema = "an answer by a schema",
        ReasoningEffort = "how hard to think",
        ReasoningBudget = "how many tokens to think",
        ReasoningOff = "not to think",
        Verbosity = "how wordy to be",
        User = "the end user",
        Metadata = "labels of the request",
        ServiceTier = "the processing tier",
        Store = "keep the answer",
        PromptCacheKey = "what shares a prompt cache",
    }
}

features! {
    /// What an answer can say.
    #[allow(missing_docs)]
    Told {
        Refusal = "a refusal in words",
        Thinking = "reasoning",
        Signature = "a signature of reasoning",
        RedactedThinking = "secret reasoning",
        Citation = "a source",
        Logprobs = "log probabilities",
        Picture = "a picture",
        PictureUrl = "a picture by address",
        Sound = "sound",
        OtherMedia = "a film or a document",
        StopSequence = "the stop string met",
        ServiceTier = "the processing tier",
        SeveralChoices = "several alternatives",
    }
}

impl Feature {
    /// Each thing this request says, with its place in the client's own lists: the turn, the part of the turn, and the
    /// part of that; or the tool. Empty for what is the whole request's.
    pub fn of(request: &Request<'_>, found: &mut dyn FnMut(Feature, &[u32])) {
        if !request.tools.is_empty() {
            found(Feature::Tools, &[]);
        }
        for (at, tool) in (0..).zip(&request.tools) {
            match tool {
                Tool::Function { strict, cache, .. } => {
                    if *strict == Some(true) {
                        found(Feature::ToolStrict, &[at]);
                    }
                    if cache.is_some() {
                        found(Feature::CacheMark, &[]);
                    }
                }
                Tool::Other { .. } => found(Feature::BuiltinTool, &[at]),
            }
        }
        let mut said = |feature: Feature, so: bool| {
            if so {
                found(feature, &[]);
            }
        };
        match &request.tool_choice {
            Some(ToolChoice::None) => said(Feature::ToolChoiceNone, true),
            Some(ToolChoice::Required) => said(Feature::ToolChoiceRequired, true),
            Some(ToolChoice::Named(_)) => said(Feature::ToolChoiceNamed, true),
            Some(ToolChoice::Allowed { .. }) => said(Feature::ToolChoiceAllowed, true),
            Some(ToolChoice::Auto) | None => {}
        }
        said(Feature::NoParallelToolCalls, request.parallel_tool_calls == Some(false));
        said(Feature::MaxTokens, request.max_tokens.is_some());
        said(Feature::Temperature, request.temperature.is_some());
        said(Feature::TopP, request.top_p.is_some());
        said(Feature::TopK, request.top_k.is_some());
        said(Feature::Stop, !request.stop.is_empty());
        said(Feature::Seed, request.seed.is_some());
        said(Feature::SeveralChoices, request.n.is_some_and(|n| n > 1));
        said(Feature::PresencePenalty, request.presence_penalty.is_some());
        said(Feature::FrequencyPenalty, request.frequency_penalty.is_some());
        said(Feature::LogitBias, request.logit_bias.is_some());
        said(Feature::Logprobs, request.logprobs);
        match request.response_format {
            Some(ResponseFormat::JsonObject) => said(Feature::JsonObject, true),
            Some(ResponseFormat::JsonSchema { .. }) => said(Feature::JsonSchema, true),
            None => {}
        }
        match request.reasoning {
            Some(Reasoning::Off) => said(Feature::ReasoningOff, true),
            Some(Reasoning::Effort(_)) => said(Feature::ReasoningEffort, true),
            Some(Reasoning::Budget(_)) => said(Feature::ReasoningBudget, true),
            None => {}
        }
        said(Feature::Verbosity, request.verbosity.is_some());
        said(Feature::User, request.user.is_some());
        said(Feature::Metadata, request.metadata.is_some());
        said(Feature::ServiceTier, request.service_tier.is_some());
        said(Feature::Store, request.store == Some(true));
        said(Feature::PromptCacheKey, request.prompt_cache_key.is_some());
        let mut begun = false;
        for message in &request.messages {
            let system = matches!(message.role, Role::System | Role::Developer);
            if system && begun {
                found(Feature::SystemInPlace, &[message.at]);
            }
            begun |= !system;
            if message.name.is_some() {
                found(Feature::SpeakerName, &[message.at]);
            }
            Self::of_parts(message, found);
        }
    }

    /// Takes this out of a request. False: it is not a thing that can be left out.
    pub fn take_out(self, request: &mut Request<'_>) -> bool {
        fn each_part<'r, 'a: 'r>(request: &'r mut Request<'a>, mut change: impl FnMut(&mut Part<'a>)) {
            for part in request.messages.iter_mut().flat_map(|message| &mut message.parts) {
                if let Part::ToolResult { parts, .. } = part {
                    parts.iter_mut().for_each(&mut change);
                }
                change(part);
            }
        }
        let mut retain = |keep: fn(&Part<'_>) -> bool| {
            request.messages.iter_mut().for_each(|message| message.parts.retain(keep));
        };
        match self {
            Self::SpeakerName => request.messages.iter_mut().for_each(|message| message.name = None),
            Self::ImageDetail => each_part(request, |part| {
                if let Part::Media(media) = part {
                    media.detail = None;
                }
            }),
            Self::Refusal => retain(|part| !matches!(part, Part::Refusal(_))),
            Self::Thinking => retain(|part| !matches!(part, Part::Thinking { .. })),
            Self::RedactedThinking => retain(|part| !matches!(part, Part::RedactedThinking(_))),
            Self::OtherPart => retain(|part| !matches!(part, Part::Other { .. })),
            Self::Signature => {
                each_part(request, |part| match part {
                    Part::Thinking { signature, .. } => *signature = None,
                    Part::ToolCall(call) => call.signature = None,
                    _ => {}
                });
                // Without its signature an empty block says nothing.
                let hollow = |part: &Part<'_>| matches!(part, Part::Thinking { text, .. } if text.is_empty());
                request.messages.iter_mut().for_each(|message| message.parts.retain(|part| !hollow(part)));
            }
            Self::CacheMark => {
                each_part(request, |part| match part {
                    Part::Text { cache, .. } | Part::ToolResult { cache, .. } => *cache = None,
                    Part::Media(media) => media.cache = None,
                    Part::ToolCall(call) => call.cache = None,
                    _ => {}
                });
                for tool in &mut request.tools {
                    if let Tool::Function { cache, .. } = tool {
                        *cache = None;
                    }
                }
            }
            Self::ToolResultError => each_part(request, |part| {
                if let Part::ToolResult { is_error, .. } = part {
                    *is_error = None;
                }
            }),
            Self::ToolStrict => {
                for tool in &mut request.tools {
                    if let Tool::Function { strict, .. } = tool {
                        *strict = None;
                    }
                }
            }
            Self::NoParallelToolCalls => request.parallel_tool_calls = None,
            Self::MaxTokens => request.max_tokens = None,
            Self::Temperature => request.temperature = None,
            Self::TopP => request.top_p = None,
            Self::TopK => request.top_k = None,
            Self::Stop => request.stop.clear(),
            Self::Seed => request.seed = None,
            Self::PresencePenalty => request.presence_penalty = None,
            Self::FrequencyPenalty => request.frequency_penalty = None,
            Self::LogitBias => request.logit_bias = None,
            Self::Logprobs => (request.logprobs, request.top_logprobs) = (false, None),
            Self::JsonObject | Self::JsonSchema => request.response_format = None,
            Self::ReasoningEffort | Self::ReasoningBudget | Self::ReasoningOff => request.reasoning = None,
            Self::Verbosity => request.verbosity = None,
            Self::User => request.user = None,
            Self::Metadata => request.metadata = None,
            Self::ServiceTier => request.service_tier = None,
            Self::Store => request.store = None,
            Self::PromptCacheKey => request.prompt_cache_key = None,
            // Left out, the answer would be another, or the conversation another one.
            Self::SystemInPlace
            | Self::ImageData
            | Self::ImageUrl
            | Self::AudioData
            | Self::AudioUrl
            | Self::VideoData
            | Self::VideoUrl
            | Self::FileData
            | Self::FileUrl
            | Self::FileId
            | Self::ToolCall
            | Self::ToolResultMedia
            | Self::Tools
            | Self::BuiltinTool
            | Self::ToolChoiceNone
            | Self::ToolChoiceRequired
            | Self::ToolChoiceNamed
            | Self::ToolChoiceAllowed
            | Self::SeveralChoices => return false,
        }
        true
    }

    fn of_parts(message: &Message<'_>, found: &mut dyn FnMut(Feature, &[u32])) {
        for (at, part) in (0..).zip(&message.parts) {
            let Part::ToolResult { parts, is_error, cache, .. } = part else {
                Self::of_part(part, &mut |feature| found(feature, &[message.at, at]));
                continue;
            };
            let place = &[message.at, at];
            if *is_error == Some(true) {
                found(Feature::ToolResultError, place);
            }
            if cache.is_some() {
                found(Feature::CacheMark, place);
            }
            for (inner, part) in (0..).zip(parts) {
                // A turn of that role is the result, where a turn of the person's has several.
                let place: &[u32] =
                    if message.role == Role::Tool { &[message.at, inner] } else { &[message.at, at, inner] };
                Self::of_part(part, &mut |feature| found(feature, place));
                if let Part::Media(_) = part {
                    found(Feature::ToolResultMedia, place);
                }
            }
        }
    }

    fn of_part(part: &Part<'_>, found: &mut dyn FnMut(Feature)) {
        let cache = match part {
            Part::Text { cache, .. } => cache,
            Part::Media(media) => {
                Self::of_media(media, found);
                &media.cache
            }
            Part::ToolCall(call) => {
                found(Feature::ToolCall);
                if call.signature.is_some() {
                    found(Feature::Signature);
                }
                &call.cache
            }
            Part::Thinking { text, signature } => {
                if !text.is_empty() {
                    found(Feature::Thinking);
                }
                if signature.is_some() {
                    found(Feature::Signature);
                }
                &None
            }
            Part::RedactedThinking(_) => {
                found(Feature::RedactedThinking);
                &None
            }
            Part::Refusal(_) => {
                found(Feature::Refusal);
                &None
            }
            Part::Other { .. } => {
                found(Feature::OtherPart);
                &None
            }
            // One level: a result holds no results.
            Part::Citation(_) | Part::ToolResult { .. } => &None,
        };
        if cache.is_some() {
            found(Feature::CacheMark);
        }
    }

    fn of_media(media: &Media<'_>, found: &mut dyn FnMut(Feature)) {
        found(match (media.kind, &media.source) {
            (_, MediaSource::FileId(_)) => Feature::FileId,
            (MediaKind::Image, MediaSource::Data { .. }) => Feature::ImageData,
            (MediaKind::Image, MediaSource::Url(_)) => Feature::ImageUrl,
            (MediaKind::Audio, MediaSource::Data { .. }) => Feature::AudioData,
            (MediaKind::Audio, MediaSource::Url(_)) => Feature::AudioUrl,
            (MediaKind::Video, MediaSource::Data { .. }) => Feature::VideoData,
            (MediaKind::Video, MediaSource::Url(_)) => Feature::VideoUrl,
            (MediaKind::File, MediaSource::Data { .. }) => Feature::FileData,
            (MediaKind::File, MediaSource::Url(_)) => Feature::FileUrl,
        });
        if media.detail.is_some() {
            found(Feature::ImageDetail);
        }
    }
}

impl Told {
    /// What a step of a stream says, of what not every format can.
    pub fn of(delta: &Delta<'_>) -> Option<Told> {
        Some(match delta {
            Delta::Refusal(..) => Told::Refusal,
            Delta::Thinking(..) => Told::Thinking,
            Delta::Signature(..) | Delta::ToolStart { signature: Some(_), .. } => Told::Signature,
            Delta::RedactedThinking(..) => Told::RedactedThinking,
            Delta::Citation(..) => Told::Citation,
            Delta::Logprobs(..) => Told::Logprobs,
            Delta::Media(_, media) => Told::of_media(media),
            Delta::ServiceTier(_) => Told::ServiceTier,
            Delta::Finish { stop_sequence: Some(_), .. } => Told::StopSequence,
            Delta::Finish { choice: 1.., .. } => Told::SeveralChoices,
            _ => return None,
        })
    }

    fn of_media(media: &Media<'_>) -> Told {
        match (media.kind, &media.source) {
            (MediaKind::Image, MediaSource::Data { .. }) => Told::Picture,
            (MediaKind::Image, MediaSource::Url(_) | MediaSource::FileId(_)) => Told::PictureUrl,
            (MediaKind::Audio, MediaSource::Data { .. }) => Told::Sound,
            _ => Told::OtherMedia,
        }
    }

    /// The same of a whole answer.
    pub fn of_answer(answer: &Answer<'_>, found: &mut dyn FnMut(Told)) {
        if answer.service_tier.is_some() {
            found(Told::ServiceTier);
        }
        if answer.choices.len() > 1 {
            found(Told::SeveralChoices);
        }
        for choice in &answer.choices {
            if choice.stop_sequence.is_some() {
                found(Told::StopSequence);
            }
            if !choice.logprobs.is_empty() {
                found(Told::Logprobs);
            }
            for part in &choice.parts {
                match part {
                    Part::Refusal(_) => found(Told::Refusal),
                    Part::Thinking { text, signature } => {
                        if !text.is_empty() {
                            found(Told::Thinking);
                        }
                        if signature.is_some() {
                            found(Told::Signature);
                        }
                    }
                    Part::RedactedThinking(_) => found(Told::RedactedThinking),
                    Part::Citation(_) => found(Told::Citation),
                    Part::Media(media) => found(Told::of_media(media)),
                    Part::ToolCall(call) if call.signature.is_some() => found(Told::Signature),
                    Part::ToolCall(_) | Part::Text { .. } | Part::ToolResult { .. } | Part::Other { .. } => {}
                }
            }
        }
    }
}
