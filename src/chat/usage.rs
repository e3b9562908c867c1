//! What an exchange took, in tokens, counted one way for all providers.

/// How a request was served, which is part of its price. What the provider says nothing of is the ordinary tier, and so is
/// a word that is none of these.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ServiceTier {
    /// The ordinary one.
    #[default]
    Standard,
    /// In a batch.
    Batch,
    /// Slower and cheaper.
    Flex,
    /// Sooner and dearer.
    Priority,
    /// Sooner still.
    Ultrafast,
}

impl ServiceTier {
    /// Every tier.
    pub const ALL: [Self; 5] = [Self::Standard, Self::Batch, Self::Flex, Self::Priority, Self::Ultrafast];

    const NAMES: [(Self, &str); 5] = [
        (Self::Standard, "standard"),
        (Self::Batch, "batch"),
        (Self::Flex, "flex"),
        (Self::Priority, "priority"),
        (Self::Ultrafast, "ultrafast"),
    ];

    /// The tier of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(_, known)| *known == name).map(|(tier, _)| *tier)
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(tier, _)| *tier == self).map_or("", |(_, name)| name)
    }
}

/// Tokens of one exchange. `input` includes what came from and went to the prompt cache, and `output` includes
/// reasoning, as OpenAI counts and OpenTelemetry's `gen_ai.usage.*` wants it; providers that count apart are summed on
/// reading (Anthropic, Bedrock: cache outside input; Gemini: thoughts outside candidates).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// All input tokens.
    pub input: u64,
    /// All output tokens.
    pub output: u64,
    /// Of the input: read from the prompt cache.
    pub cache_read: u64,
    /// Of the input: written to the prompt cache.
    pub cache_write: u64,
    /// Of `cache_write`: kept for an hour; the rest is kept for minutes.
    pub cache_write_1h: u64,
    /// Of the output: reasoning.
    pub reasoning: u64,
    /// Of the input: sound.
    pub input_audio: u64,
    /// Of the output: sound.
    pub output_audio: u64,
    /// Of `cache_read`, and of `input_audio`: sound.
    pub cache_read_audio: u64,
    /// Of the input: pictures.
    pub input_image: u64,
    /// Of the output: pictures.
    pub output_image: u64,
    /// Of the input: read, but not paid for (Cohere).
    pub unbilled_input: u64,
    /// Of the output: written, but not paid for.
    pub unbilled_output: u64,
    /// No tokens: pictures made.
    pub images: u64,
    /// No tokens: the searches that a ranking counted as; 0 where nothing is said of them.
    pub search_units: u64,
    /// No tokens: characters read aloud.
    pub characters: u64,
    /// How it was served.
    pub tier: ServiceTier,
    /// The provider did not say; we counted what passed by.
    pub estimated: bool,
}

/// One count of a usage: what is done with each is done in one loop over [`COUNTS`].
pub struct CountRow {
    /// Its name in metrics and reports.
    pub name: &'static str,
    /// Its field in the usage record.
    pub field: &'static str,
    /// Whether it counts tokens, and not pieces.
    pub tokens: bool,
    /// Where it is.
    pub of: fn(&mut Usage) -> &mut u64,
}

const fn tokens(name: &'static str, field: &'static str, of: fn(&mut Usage) -> &mut u64) -> CountRow {
    CountRow { name, field, tokens: true, of }
}

const fn pieces(name: &'static str, field: &'static str, of: fn(&mut Usage) -> &mut u64) -> CountRow {
    CountRow { name, field, tokens: false, of }
}

/// The counts of a usage.
pub static COUNTS: [CountRow; 16] = [
    tokens("input", "gen_ai.usage.input_tokens", |usage| &mut usage.input),
    tokens("output", "gen_ai.usage.output_tokens", |usage| &mut usage.output),
    tokens("cache_read", "gen_ai.usage.cache_read.input_tokens", |usage| &mut usage.cache_read),
    tokens("cache_write", "gen_ai.usage.cache_creation.input_tokens", |usage| &mut usage.cache_write),
    tokens("cache_write_1h", "postern.usage.cache_write_1h_tokens", |usage| &mut usage.cache_write_1h),
    tokens("reasoning", "gen_ai.usage.reasoning.output_tokens", |usage| &mut usage.reasoning),
    tokens("input_audio", "postern.usage.input_audio_tokens", |usage| &mut usage.input_audio),
    tokens("output_audio", "postern.usage.output_audio_tokens", |usage| &mut usage.output_audio),
    tokens("cache_read_audio", "postern.usage.cache_read_audio_tokens", |usage| &mut usage.cache_read_audio),
    tokens("input_image", "postern.usage.input_image_tokens", |usage| &mut usage.input_image),
    tokens("output_image", "postern.usage.output_image_tokens", |usage| &mut usage.output_image),
    tokens("unbilled_input", "postern.usage.unbilled_input_tokens", |usage| &mut usage.unbilled_input),
    tokens("unbilled_output", "postern.usage.unbilled_output_tokens", |usage| &mut usage.unbilled_output),
    pieces("images", "postern.usage.images", |usage| &mut usage.images),
    pieces("search_units", "postern.usage.search_units", |usage| &mut usage.search_units),
    pieces("characters", "postern.usage.characters", |usage| &mut usage.characters),
];

impl CountRow {
    /// The count.
    pub fn get(&self, usage: &Usage) -> u64 {
        let mut usage = *usage;
        *(self.of)(&mut usage)
    }
}

impl Usage {
    /// Whether these can be counts of one exchange. The largest contexts are millions of tokens; a number beyond a
    /// billion is a provider's mistake, and would spoil counters for ever.
    pub fn is_plausible(&self) -> bool {
        const MOST: u64 = 1_000_000_000;
        COUNTS.iter().all(|count| count.get(self) <= MOST)
    }

    /// Both together, for what tells its usage piece by piece.
    pub fn plus(&self, other: &Usage) -> Usage {
        let mut sum = *self;
        for count in &COUNTS {
            let total = (count.of)(&mut sum);
            *total = total.saturating_add(count.get(other));
        }
        sum.estimated |= other.estimated;
        if other.tier != ServiceTier::Standard {
            sum.tier = other.tier;
        }
        sum
    }

    /// What is left of it without a part.
    pub fn minus(&self, part: &Usage) -> Usage {
        let mut rest = *self;
        for count in &COUNTS {
            let left = (count.of)(&mut rest);
            *left = left.saturating_sub(count.get(part));
        }
        rest
    }

    /// The same, with what the provider says it bills of them: never more than it counted.
    pub fn billed(self, input: Option<u64>, output: Option<u64>) -> Self {
        let unbilled = |all: u64, billed: Option<u64>| billed.map_or(0, |billed| all.saturating_sub(billed));
        Self { unbilled_input: unbilled(self.input, input), unbilled_output: unbilled(self.output, output), ..self }
    }

    /// Input and output together.
    pub fn total(&self) -> u64 {
        self.input.saturating_add(self.output)
    }

    /// What passed by, as tokens: for streams that ended before the provider said. A token is about four bytes of
    /// English or code (OpenAI's own rule of thumb); better counting by script is the token room's.
    pub fn estimate(input_bytes: u64, output_bytes: u64) -> Self {
        Self { input: input_bytes.div_ceil(4), output: output_bytes.div_ceil(4), estimated: true, ..Self::default() }
    }
}
