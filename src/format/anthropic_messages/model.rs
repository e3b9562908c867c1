//! What differs between generations of Claude, in one table keyed on the version in the model's name.

/// How a generation is asked to think.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Thinking {
    /// It cannot.
    None,
    /// `thinking: {type: enabled, budget_tokens}`.
    Budget,
    /// `thinking: {type: adaptive}` with `output_config.effort`.
    Adaptive,
}

/// What one generation takes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Generation {
    from: (u32, u32),
    /// How it thinks.
    pub thinking: Thinking,
    /// Whether it knows the effort `xhigh`.
    pub xhigh: bool,
    /// Whether it takes `temperature`, `top_p` and `top_k` at all.
    pub sampling: bool,
    /// Whether it takes `temperature` and `top_p` together.
    pub both_samplings: bool,
}

/// Rows in order; a model belongs to the last row whose version is not above its own. Sources: Anthropic's migration
/// guides for 4.1, 4.6 and 4.7, and Amazon's page on adaptive thinking, which lists the same models.
const GENERATIONS: &[Generation] = &[
    Generation { from: (0, 0), thinking: Thinking::None, xhigh: false, sampling: true, both_samplings: true },
    Generation { from: (3, 7), thinking: Thinking::Budget, xhigh: false, sampling: true, both_samplings: true },
    Generation { from: (4, 1), thinking: Thinking::Budget, xhigh: false, sampling: true, both_samplings: false },
    Generation { from: (4, 6), thinking: Thinking::Adaptive, xhigh: false, sampling: true, both_samplings: false },
    NEWEST,
];

/// Claude Opus 4.7, Claude 5, and every name without a version: `claude-mythos-preview`, a deployment's own name.
const NEWEST: Generation =
    Generation { from: (4, 7), thinking: Thinking::Adaptive, xhigh: true, sampling: false, both_samplings: false };

/// The generation of a model, whichever way the name spells it: `claude-3-7-sonnet-20250219`, `claude-opus-4-6`,
/// `us.anthropic.claude-sonnet-4-5-20250929-v1:0`, `claude-sonnet-4@20250514`, `claude-4.7-opus`.
pub(super) fn generation(model: &str) -> Generation {
    let Some(version) = version(model) else { return NEWEST };
    GENERATIONS.iter().rev().find(|row| row.from <= version).copied().unwrap_or(NEWEST)
}

fn version(model: &str) -> Option<(u32, u32)> {
    let (_, name) = model.split_once("claude")?;
    let mut words = name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    // More than two digits are a date.
    let small = |word: &str| (word.len() <= 2).then(|| word.parse::<u32>().ok()).flatten();
    let major = words.by_ref().find_map(small)?;
    Some((major, words.next().and_then(small).unwrap_or(0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_name_tells_its_generation() {
        let rows: &[(&str, (u32, u32))] = &[
            ("claude-2.1", (0, 0)),
            ("claude-3-opus-20240229", (0, 0)),
            ("claude-3-5-sonnet-latest", (0, 0)),
            ("anthropic.claude-3-5-haiku-20241022-v1:0", (0, 0)),
            ("claude-3-7-sonnet-20250219", (3, 7)),
            ("claude-sonnet-4-20250514", (3, 7)),
            ("claude-sonnet-4@20250514", (3, 7)),
            ("claude-opus-4-0", (3, 7)),
            ("claude-opus-4-1-20250805", (4, 1)),
            ("us.anthropic.claude-sonnet-4-5-20250929-v1:0", (4, 1)),
            ("claude-haiku-4-5", (4, 1)),
            ("claude-sonnet-4-6", (4, 6)),
            ("anthropic.claude-opus-4-6-v1", (4, 6)),
            ("claude-opus-4-7", (4, 7)),
            ("anthropic/claude-4.7-opus", (4, 7)),
            ("claude-opus-4-10", (4, 7)),
            ("claude-sonnet-5", (4, 7)),
            ("claude-haiku-5-5", (4, 7)),
            ("claude-mythos-preview", (4, 7)),
            ("our-deployment", (4, 7)),
        ];
        for (name, from) in rows {
            assert_eq!(generation(name).from, *from, "{name}");
        }
    }
}
