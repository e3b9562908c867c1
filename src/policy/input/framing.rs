//! What a format and its models put around texts: rules by the name of the model.

use super::image::{self, Picture};

/// What is added to the texts of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Framing {
    /// For each turn, its role in it.
    pub per_message: u64,
    /// Once.
    pub per_request: u64,
    /// Once, where there are tools, and for each of them.
    pub tools: u64,
    /// See `tools`.
    pub per_tool: u64,
    /// Tools are shown to the model as declarations in TypeScript, which are text.
    pub typescript: bool,
    picture: Picture,
}

/// Rules by what is in a model's name, lower case; the first that fits counts.
///
/// OpenAI: 3 and the role (1) for each turn, 3 for the answer's beginning (its cookbook, confirmed there by the API).
/// Claude, Mistral, DeepSeek, Llama, Qwen: as measured by others (npm `ai-tokenizer` 1.0.6). Gemini has next to nothing.
/// Pictures: OpenAI's guide, Anthropic's vision page, Google's token page.
const RULES: &[(&str, Framing)] = &[
    ("gpt-4o-mini", openai(Picture::Tiles { base: 2_833, tile: 5_667 })),
    ("gpt-4.1-mini", openai(Picture::Patches { percent: 162 })),
    ("gpt-4.1-nano", openai(Picture::Patches { percent: 246 })),
    ("gpt-5-mini", openai(Picture::Patches { percent: 162 })),
    ("gpt-5-nano", openai(Picture::Patches { percent: 246 })),
    ("o4-mini", openai(Picture::Patches { percent: 172 })),
    ("gpt-5", openai(Picture::Tiles { base: 70, tile: 140 })),
    ("computer-use", openai(Picture::Tiles { base: 65, tile: 129 })),
    ("o1", openai(Picture::Tiles { base: 75, tile: 150 })),
    ("o3", openai(Picture::Tiles { base: 75, tile: 150 })),
    ("gpt", openai(Picture::Tiles { base: 85, tile: 170 })),
    ("claude", other(2, 6, 496, 53, Picture::Area { per_token: 750, most: 1_600 })),
    ("gemini", other(0, 0, 0, 0, Picture::Squares { small: 384, side: 768, each: 258 })),
    ("mistral", other(1, 2, 60, 57, Picture::Area { per_token: 256, most: 4_096 })),
    ("deepseek", other(2, 5, 145, 56, Picture::Area { per_token: 750, most: 1_600 })),
    ("llama", other(4, 14, 193, 40, Picture::Area { per_token: 750, most: 1_600 })),
    ("qwen", other(4, 7, 245, 56, Picture::Area { per_token: 784, most: 16_384 })),
    ("nova", other(2, 0, 394, 40, Picture::Area { per_token: 750, most: 1_600 })),
];

const fn openai(picture: Picture) -> Framing {
    Framing { per_message: 4, per_request: 3, tools: 0, per_tool: 0, typescript: true, picture }
}

const fn other(per_message: u64, per_request: u64, tools: u64, per_tool: u64, picture: Picture) -> Framing {
    Framing { per_message, per_request, tools, per_tool, typescript: false, picture }
}

impl Framing {
    /// The rules of a model.
    pub fn of(model: &str) -> Self {
        let name = model.to_ascii_lowercase();
        let row = RULES.iter().find(|(part, _)| name.contains(part));
        row.map_or(openai(Picture::Tiles { base: 85, tile: 170 }), |(_, framing)| *framing)
    }

    /// The tokens of a picture; where its size is not known, those of one of 1024 × 1024.
    pub fn image(&self, size: Option<(u64, u64)>, low: bool) -> u64 {
        image::tokens(self.picture, size.unwrap_or((1_024, 1_024)), low)
    }
}
