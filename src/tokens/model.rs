//! Which vocabulary a model has, by its name: the only thing a request tells of it.

use super::{Encoding, Family};

/// A model's vocabulary.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Vocabulary {
    /// One that is counted.
    Known(Encoding),
    /// One that is estimated: like that of a family, with so many times its tokens.
    Like(Family, f64),
}

/// What a name holds, lower case; the first row that fits counts. Claude's own vocabularies since its third version are
/// not public: 1.10 times the second's is the best known (npm `ai-tokenizer`), 1.3 from Opus 4.7 on.
const NAMES: &[(&str, Vocabulary)] = &[
    ("gpt-oss", Vocabulary::Known(Encoding::O200k)),
    ("gpt-4o", Vocabulary::Known(Encoding::O200k)),
    ("gpt-4.", Vocabulary::Known(Encoding::O200k)),
    ("gpt-5", Vocabulary::Known(Encoding::O200k)),
    ("chatgpt-4o", Vocabulary::Known(Encoding::O200k)),
    ("codex", Vocabulary::Known(Encoding::O200k)),
    ("computer-use-preview", Vocabulary::Known(Encoding::O200k)),
    ("gpt-4", Vocabulary::Known(Encoding::Cl100k)),
    ("gpt-3.5", Vocabulary::Known(Encoding::Cl100k)),
    ("gpt-35", Vocabulary::Known(Encoding::Cl100k)),
    ("text-embedding-3", Vocabulary::Known(Encoding::Cl100k)),
    ("text-embedding-ada-002", Vocabulary::Known(Encoding::Cl100k)),
    ("opus-4-7", Vocabulary::Like(Family::Claude2, 1.3)),
    ("opus-4.7", Vocabulary::Like(Family::Claude2, 1.3)),
    ("opus-4-8", Vocabulary::Like(Family::Claude2, 1.3)),
    ("opus-5", Vocabulary::Like(Family::Claude2, 1.3)),
    ("claude", Vocabulary::Like(Family::Claude2, 1.1)),
    ("gemini", Vocabulary::Like(Family::Gemma3, 1.0)),
    ("gemma", Vocabulary::Like(Family::Gemma3, 1.0)),
    ("deepseek", Vocabulary::Like(Family::DeepSeek, 1.0)),
    ("qwen", Vocabulary::Like(Family::Qwen2, 1.0)),
    ("qwq", Vocabulary::Like(Family::Qwen2, 1.0)),
    ("mistral", Vocabulary::Like(Family::Tekken, 1.0)),
    ("mixtral", Vocabulary::Like(Family::Tekken, 1.0)),
    ("ministral", Vocabulary::Like(Family::Tekken, 1.0)),
    ("magistral", Vocabulary::Like(Family::Tekken, 1.0)),
    ("codestral", Vocabulary::Like(Family::Tekken, 1.0)),
    ("devstral", Vocabulary::Like(Family::Tekken, 1.0)),
    ("pixtral", Vocabulary::Like(Family::Tekken, 1.0)),
    ("llama", Vocabulary::Like(Family::Llama3, 1.0)),
];

/// OpenAI's reasoning models are called by a letter and a number, which is in other names too: only a whole name or its
/// first part counts.
const SHORT: &[&str] = &["o1", "o3", "o4"];

impl Vocabulary {
    /// The vocabulary of a model, whatever stands before its name (`openai/gpt-4o`, `us.anthropic.claude-...`).
    pub fn of(model: &str) -> Self {
        let name = model.to_ascii_lowercase();
        let bare = name.rsplit('/').next().unwrap_or(&name);
        let short =
            |short: &&str| bare.strip_prefix(*short).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'));
        if SHORT.iter().any(short) {
            return Self::Known(Encoding::O200k);
        }
        let row = NAMES.iter().find(|(part, _)| name.contains(part));
        row.map_or(Self::Like(Family::O200k, 1.0), |(_, vocabulary)| *vocabulary)
    }

    /// The family that a text of it is estimated by, and how many times its tokens it has.
    pub fn family(self) -> (Family, f64) {
        match self {
            Self::Known(Encoding::O200k) => (Family::O200k, 1.0),
            Self::Known(Encoding::Cl100k) => (Family::Cl100k, 1.0),
            Self::Like(family, factor) => (family, factor),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_models_name_gives_its_vocabulary() {
        let o200k = Vocabulary::Known(Encoding::O200k);
        let cl100k = Vocabulary::Known(Encoding::Cl100k);
        let rows = [
            ("gpt-4o-mini-2024-07-18", o200k),
            ("openai/gpt-5.1", o200k),
            ("gpt-4.1-nano", o200k),
            ("o3", o200k),
            ("o4-mini-high", o200k),
            ("gpt-oss-120b", o200k),
            ("gpt-4-turbo", cl100k),
            ("GPT-35-Turbo", cl100k),
            ("text-embedding-3-large", cl100k),
            ("us.anthropic.claude-sonnet-4-5-20250929-v1:0", Vocabulary::Like(Family::Claude2, 1.1)),
            ("claude-opus-4-7", Vocabulary::Like(Family::Claude2, 1.3)),
            ("gemini-3-pro", Vocabulary::Like(Family::Gemma3, 1.0)),
            ("meta-llama/Llama-3.1-8B-Instruct", Vocabulary::Like(Family::Llama3, 1.0)),
            ("deepseek-r1-distill-llama-70b", Vocabulary::Like(Family::DeepSeek, 1.0)),
            ("solo3-7b", Vocabulary::Like(Family::O200k, 1.0)),
        ];
        for (model, want) in rows {
            assert_eq!(Vocabulary::of(model), want, "{model}");
        }
    }
}
