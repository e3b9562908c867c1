//! What differs between generations of Gemini, in one table keyed on the version and the size in the model's name.

use crate::chat::{Effort, Reasoning};

/// How a model is asked to think.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Thinking {
    /// It cannot.
    None,
    /// By `thinkingBudget`, between these; 0 turns it off, where it can be.
    Budget { least: u64, most: u64, off: bool },
    /// By `thinkingLevel`, one of these, in order.
    Level(&'static [Level]),
}

/// A `thinkingLevel` with the efforts it stands for, up to and including one.
type Level = (&'static str, Effort);

/// What one model takes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Generation {
    /// From this version on.
    from: (u32, u32),
    /// A word that its name has; empty: any.
    word: &'static str,
    /// How it thinks.
    pub thinking: Thinking,
    /// Whether its calls of the current turn must come back with their `thoughtSignature`, and whether its tools may
    /// answer in pictures and its pictures say how closely to be looked at: all came with Gemini 3.
    pub third: bool,
}

const fn row(from: (u32, u32), word: &'static str, thinking: Thinking) -> Generation {
    Generation { from, word, thinking, third: from.0 >= 3 }
}

const PRO_3: Thinking = Thinking::Level(&[("LOW", Effort::Low), ("HIGH", Effort::Max)]);
const PRO: Thinking = Thinking::Level(&[("LOW", Effort::Low), ("MEDIUM", Effort::Medium), ("HIGH", Effort::Max)]);
const FLASH: Thinking = Thinking::Level(&[
    ("MINIMAL", Effort::Minimal),
    ("LOW", Effort::Low),
    ("MEDIUM", Effort::Medium),
    ("HIGH", Effort::Max),
]);

/// A model belongs to the last row that fits it. Sources: Google's pages on thinking for the Gemini API and for Vertex.
const GENERATIONS: &[Generation] = &[
    row((0, 0), "", Thinking::None),
    row((2, 5), "", Thinking::Budget { least: 0, most: 24_576, off: true }),
    row((2, 5), "flash-lite", Thinking::Budget { least: 512, most: 24_576, off: true }),
    row((2, 5), "pro", Thinking::Budget { least: 128, most: 32_768, off: false }),
    // They speak or draw, and do not think.
    row((2, 5), "-image", Thinking::None),
    row((2, 5), "-tts", Thinking::None),
    row((3, 0), "", FLASH),
    row((3, 0), "pro", PRO_3),
    row((3, 1), "", FLASH),
    row((3, 1), "pro", PRO),
];

/// The generation of a model: `gemini-2.5-flash`, `models/gemini-3-pro-preview`, `google/gemini-3.1-flash-lite`. A name
/// without a version (`gemini-flash-latest`, a tuned model's own) is taken for the newest, and Gemma for one that does
/// not think.
pub(super) fn generation(model: &str) -> Generation {
    let version = match version(model) {
        _ if model.contains("gemma") => (0, 0),
        Some(version) => version,
        None => (u32::MAX, 0),
    };
    let fits = |row: &&Generation| row.from <= version && model.contains(row.word);
    GENERATIONS.iter().rev().find(fits).copied().unwrap_or(row((0, 0), "", Thinking::None))
}

fn version(model: &str) -> Option<(u32, u32)> {
    let (_, name) = model.rsplit_once("gemini-")?;
    let word = name.split('-').find(|word| word.starts_with(|c: char| c.is_ascii_digit()))?;
    let mut numbers = word.split('.').map(|number| number.parse::<u32>());
    let major = numbers.next()?.ok().filter(|major| *major < 100)?;
    Some((major, numbers.next().and_then(Result::ok).unwrap_or(0)))
}

/// What a `thinkingConfig` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Think {
    /// `thinkingBudget`
    Budget(u64),
    /// `thinkingLevel`
    Level(&'static str),
}

impl Generation {
    /// Whether it can hold arguments to their schema while it is free not to call (`VALIDATED`).
    pub fn validates(&self) -> bool {
        self.from >= (2, 5)
    }

    /// What a wish becomes. None: it does not think.
    pub fn think(&self, wish: Reasoning) -> Option<Think> {
        match self.thinking {
            Thinking::None => None,
            Thinking::Budget { least, most, off } => Some(Think::Budget(match wish {
                Reasoning::Off if off => 0,
                Reasoning::Off => least,
                Reasoning::Budget(tokens) => tokens.clamp(least, most),
                Reasoning::Effort(effort) => budget_of(effort).clamp(least, most),
            })),
            Thinking::Level(levels) => {
                let effort = match wish {
                    Reasoning::Off => Effort::Minimal,
                    Reasoning::Effort(effort) => effort,
                    Reasoning::Budget(tokens) => effort_of(tokens),
                };
                let level = levels.iter().find(|(_, upto)| effort <= *upto).or(levels.last());
                level.map(|(name, _)| Think::Level(name))
            }
        }
    }
}

/// Google's own numbers for OpenAI's words (its page on compatibility with OpenAI); beyond `high` as much as there is.
fn budget_of(effort: Effort) -> u64 {
    match effort {
        Effort::Minimal | Effort::Low => 1024,
        Effort::Medium => 8192,
        Effort::High => 24_576,
        Effort::Xhigh | Effort::Max => u64::MAX,
    }
}

/// The same the other way round.
fn effort_of(tokens: u64) -> Effort {
    match tokens {
        0..=1024 => Effort::Low,
        1025..=8192 => Effort::Medium,
        _ => Effort::High,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_name_tells_its_generation() {
        let rows: &[(&str, (u32, u32), &str)] = &[
            ("gemini-1.5-pro-002", (0, 0), ""),
            ("gemini-2.0-flash", (0, 0), ""),
            ("gemini-2.5-flash", (2, 5), ""),
            ("gemini-2.5-flash-preview-09-2025", (2, 5), ""),
            ("gemini-2.5-flash-lite", (2, 5), "flash-lite"),
            ("models/gemini-2.5-pro", (2, 5), "pro"),
            ("gemini-2.5-flash-image", (2, 5), "-image"),
            ("gemini-2.5-flash-preview-tts", (2, 5), "-tts"),
            ("gemini-3-pro-preview", (3, 0), "pro"),
            ("gemini-3-flash-preview", (3, 0), ""),
            ("google/gemini-3.1-pro-preview", (3, 1), "pro"),
            ("gemini-3.1-flash-lite", (3, 1), ""),
            ("gemini-3-pro-image-preview", (3, 0), "pro"),
            ("gemini-4-flash", (3, 1), ""),
            ("gemini-flash-latest", (3, 1), ""),
            ("gemini-pro-latest", (3, 1), "pro"),
            ("our-tuned-model", (3, 1), ""),
            ("gemma-3-27b-it", (0, 0), ""),
        ];
        for (name, from, word) in rows {
            let found = generation(name);
            assert_eq!((found.from, found.word), (*from, *word), "{name}");
            assert_eq!(found.third, from.0 >= 3, "{name}");
        }
    }

    #[test]
    fn a_wish_to_think_is_said_as_the_generation_understands_it() {
        use Effort::{High, Low, Max, Medium, Minimal, Xhigh};
        let effort = Reasoning::Effort;
        let budget = |tokens| Some(Think::Budget(tokens));
        let level = |name| Some(Think::Level(name));
        let rows = [
            ("gemini-2.0-flash", effort(High), None),
            ("gemini-2.0-flash", Reasoning::Off, None),
            ("gemini-2.5-flash", Reasoning::Off, budget(0)),
            ("gemini-2.5-flash", effort(Minimal), budget(1024)),
            ("gemini-2.5-flash", effort(Medium), budget(8192)),
            ("gemini-2.5-flash", effort(High), budget(24_576)),
            ("gemini-2.5-flash", effort(Max), budget(24_576)),
            ("gemini-2.5-flash", Reasoning::Budget(1), budget(1)),
            ("gemini-2.5-flash-lite", Reasoning::Budget(1), budget(512)),
            ("gemini-2.5-flash-lite", Reasoning::Off, budget(0)),
            ("gemini-2.5-pro", Reasoning::Off, budget(128)),
            ("gemini-2.5-pro", effort(Xhigh), budget(32_768)),
            ("gemini-2.5-pro", Reasoning::Budget(99_999), budget(32_768)),
            ("gemini-3-flash", Reasoning::Off, level("MINIMAL")),
            ("gemini-3-flash", effort(Minimal), level("MINIMAL")),
            ("gemini-3-flash", effort(Low), level("LOW")),
            ("gemini-3-flash", effort(Medium), level("MEDIUM")),
            ("gemini-3-flash", effort(Max), level("HIGH")),
            ("gemini-3-pro", Reasoning::Off, level("LOW")),
            ("gemini-3-pro", effort(Medium), level("HIGH")),
            ("gemini-3.1-pro", effort(Medium), level("MEDIUM")),
            ("gemini-3.1-pro", Reasoning::Budget(1024), level("LOW")),
            ("gemini-3.1-pro", Reasoning::Budget(8192), level("MEDIUM")),
            ("gemini-3.1-pro", Reasoning::Budget(8193), level("HIGH")),
        ];
        for (model, wish, want) in rows {
            assert_eq!(generation(model).think(wish), want, "{model} {wish:?}");
        }
    }
}
