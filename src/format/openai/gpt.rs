//! What differs between generations of OpenAI's models, wherever they run, in one table keyed on the model's name. A name
//! that says nothing (a deployment's own) takes everything: its provider knows better.

use crate::chat::{Effort, Reasoning, Request};
use crate::format::Loss;

/// What one generation takes.
#[derive(Clone, Copy, Debug)]
pub(in crate::format) struct Generation {
    /// How its name begins, up to a version.
    name: &'static str,
    /// Its version, or the first of several.
    from: (u32, u32),
    /// The least and the most effort it can be asked for; None: it does not think.
    efforts: Option<(Effort, Effort)>,
    /// Whether it can be told not to think.
    off: bool,
    /// When it takes sampling numbers.
    sampling: Sampled,
    /// Whether it knows `prompt_cache_breakpoint`.
    pub breakpoints: bool,
}

/// When a generation takes `temperature`, `top_p` and penalties.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sampled {
    Always,
    /// Unless it is asked to think.
    Unthinking,
    Never,
}

const fn row(
    name: &'static str,
    from: (u32, u32),
    efforts: Option<(Effort, Effort)>,
    off: bool,
    sampling: Sampled,
) -> Generation {
    Generation { name, from, efforts, off, sampling, breakpoints: false }
}

/// Rows of one name in order; a model belongs to the last of its name whose version is not above its own. Sources:
/// OpenAI's pages on reasoning models and on GPT-5.1, 5.2 and 5.6, and the notes in its SDK's types.
const GENERATIONS: &[Generation] = &[
    row("gpt-", (3, 0), None, false, Sampled::Always),
    row("gpt-", (5, 0), Some((Effort::Minimal, Effort::High)), false, Sampled::Never),
    row("gpt-", (5, 1), Some((Effort::Low, Effort::High)), true, Sampled::Unthinking),
    row("gpt-", (5, 2), Some((Effort::Low, Effort::Xhigh)), true, Sampled::Unthinking),
    Generation {
        breakpoints: true,
        ..row("gpt-", (5, 6), Some((Effort::Low, Effort::Max)), true, Sampled::Unthinking)
    },
    row("chatgpt-", (0, 0), None, false, Sampled::Always),
    row("o", (1, 0), Some((Effort::Low, Effort::High)), false, Sampled::Never),
];

/// The generation of a model: `gpt-4o`, `openai/gpt-5.1-mini`, `o3-2025-04-16`. None: the name does not say.
pub(in crate::format) fn generation(model: &str) -> Option<Generation> {
    let name = model.rsplit('/').next().unwrap_or(model);
    let found = |row: &&Generation| {
        let rest = name.strip_prefix(row.name)?;
        let version = rest.split(|c: char| !c.is_ascii_digit() && c != '.').next().unwrap_or_default();
        let (major, minor) = version.split_once('.').unwrap_or((version, "0"));
        let version = (major.parse().ok()?, minor.parse().unwrap_or(0));
        (version >= row.from).then_some(())
    };
    // A chat model of a thinking generation.
    if name.starts_with("gpt-5") && name.contains("-chat") {
        return GENERATIONS.first().copied();
    }
    GENERATIONS
        .iter()
        .rev()
        .find(|row| row.name == "chatgpt-" && name.starts_with(row.name) || found(row).is_some())
        .copied()
}

impl Generation {
    /// How much of the thinking asked for it can be asked for; what is changed or left out is noted.
    pub(in crate::format) fn reasoning(self, reasoning: Option<Reasoning>, loss: &mut Loss) -> Option<Reasoning> {
        let reasoning = reasoning?;
        match (self.efforts, reasoning) {
            // It does not think anyway.
            (None, Reasoning::Off) => None,
            (Some(_), Reasoning::Off) if self.off => Some(reasoning),
            (Some((least, _)), Reasoning::Off) => {
                loss.note("reasoning_effort");
                Some(Reasoning::Effort(least))
            }
            (None, _) => {
                loss.note("reasoning_effort");
                None
            }
            (Some(efforts), Reasoning::Effort(effort)) => Some(Reasoning::Effort(within(effort, efforts, loss))),
            (Some(_), Reasoning::Budget(_)) => Some(reasoning),
        }
    }

    /// Whether it thinks.
    pub(in crate::format) fn thinks(self) -> bool {
        self.efforts.is_some()
    }

    /// Whether this request may have sampling numbers.
    pub(in crate::format) fn samples(self, request: &Request<'_>) -> bool {
        match self.sampling {
            Sampled::Always => true,
            Sampled::Unthinking => matches!(request.reasoning, None | Some(Reasoning::Off)),
            Sampled::Never => false,
        }
    }
}

/// The effort nearest to the one asked for; another one is noted.
pub(in crate::format) fn within(effort: Effort, (least, most): (Effort, Effort), loss: &mut Loss) -> Effort {
    let near = effort.clamp(least, most);
    if near != effort {
        loss.note("reasoning_effort");
    }
    near
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_name_tells_its_generation() {
        let rows: &[(&str, Option<(&str, (u32, u32))>)] = &[
            ("gpt-3.5-turbo", Some(("gpt-", (3, 0)))),
            ("gpt-4o-mini-2024-07-18", Some(("gpt-", (3, 0)))),
            ("gpt-4.1", Some(("gpt-", (3, 0)))),
            ("gpt-5-chat-latest", Some(("gpt-", (3, 0)))),
            ("gpt-5", Some(("gpt-", (5, 0)))),
            ("gpt-5-mini-2025-08-07", Some(("gpt-", (5, 0)))),
            ("openai/gpt-5.1-codex", Some(("gpt-", (5, 1)))),
            ("gpt-5.3", Some(("gpt-", (5, 2)))),
            ("gpt-5.6-mini", Some(("gpt-", (5, 6)))),
            ("gpt-6", Some(("gpt-", (5, 6)))),
            ("chatgpt-4o-latest", Some(("chatgpt-", (0, 0)))),
            ("o3", Some(("o", (1, 0)))),
            ("o4-mini-2025-04-16", Some(("o", (1, 0)))),
            ("gpt-oss-120b", None),
            ("openai/gpt-oss-120b", None),
            ("our-deployment", None),
            ("openchat", None),
            ("", None),
        ];
        for (model, want) in rows {
            let got = generation(model).map(|row| (row.name, row.from));
            assert_eq!(got, *want, "{model}");
        }
    }

    #[test]
    fn thinking_goes_as_far_as_the_generation_does() {
        use Effort::{High, Low, Max, Minimal, Xhigh};
        let effort = |effort| Some(Reasoning::Effort(effort));
        let rows = [
            ("gpt-4o", effort(High), None, true),
            ("gpt-4o", Some(Reasoning::Off), None, false),
            ("gpt-4o", Some(Reasoning::Budget(5000)), None, true),
            ("gpt-5", effort(Minimal), effort(Minimal), false),
            ("gpt-5", effort(Max), effort(High), true),
            ("gpt-5", Some(Reasoning::Off), effort(Minimal), true),
            ("gpt-5.1", effort(Minimal), effort(Low), true),
            ("gpt-5.1", Some(Reasoning::Off), Some(Reasoning::Off), false),
            ("gpt-5.2", effort(Xhigh), effort(Xhigh), false),
            ("o3", Some(Reasoning::Off), effort(Low), true),
            ("o3", Some(Reasoning::Budget(5000)), Some(Reasoning::Budget(5000)), false),
            ("gpt-5.6", effort(Max), effort(Max), false),
            ("gpt-5.6", None, None, false),
        ];
        for (model, asked, want, told) in rows {
            let mut loss = Loss::default();
            assert_eq!(generation(model).unwrap().reasoning(asked, &mut loss), want, "{model} {asked:?}");
            assert_eq!(!loss.0.is_empty(), told, "{model} {asked:?}");
        }
    }
}
