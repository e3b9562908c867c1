//! What an exchange took, in tokens, counted one way for all providers.

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
    /// Of the output: reasoning.
    pub reasoning: u64,
    /// Of the input: sound.
    pub input_audio: u64,
    /// Of the output: sound.
    pub output_audio: u64,
    /// The provider did not say; we counted what passed by.
    pub estimated: bool,
}

impl Usage {
    /// Whether these can be counts of one exchange. The largest contexts are millions of tokens; a number beyond a
    /// billion is a provider's mistake, and would spoil counters for ever.
    pub fn is_plausible(&self) -> bool {
        const MOST: u64 = 1_000_000_000;
        let Self { input, output, cache_read, cache_write, reasoning, input_audio, output_audio, estimated: _ } = *self;
        [input, output, cache_read, cache_write, reasoning, input_audio, output_audio].into_iter().all(|n| n <= MOST)
    }

    /// Both together, for what tells its usage piece by piece.
    pub fn plus(&self, other: &Usage) -> Usage {
        Usage {
            input: self.input.saturating_add(other.input),
            output: self.output.saturating_add(other.output),
            cache_read: self.cache_read.saturating_add(other.cache_read),
            cache_write: self.cache_write.saturating_add(other.cache_write),
            reasoning: self.reasoning.saturating_add(other.reasoning),
            input_audio: self.input_audio.saturating_add(other.input_audio),
            output_audio: self.output_audio.saturating_add(other.output_audio),
            estimated: self.estimated || other.estimated,
        }
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
