//! What differs between generations of Claude, wherever it runs (Anthropic, Bedrock, Vertex), in one table keyed on the
//! version in the model's name; and what follows from it for thinking and sampling.

use std::borrow::Cow;

use super::Loss;
use super::turns::is_written;
use crate::chat::{Effort, Part, Reasoning, Request, Role};
use crate::wire::json::{Doc, Value};

/// The least budget Anthropic takes for thinking.
const MIN_BUDGET: u64 = 1024;

/// How a generation is asked to think.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::format) enum Thinking {
    /// It cannot.
    None,
    /// `thinking: {type: enabled, budget_tokens}`.
    Budget,
    /// `thinking: {type: adaptive}` with `output_config.effort`.
    Adaptive,
}

/// What one generation takes.
#[derive(Clone, Copy, Debug)]
pub(in crate::format) struct Generation {
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
pub(in crate::format) fn generation(model: &str) -> Generation {
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

/// How the model shall think, as far as it goes into the body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::format) enum Think {
    /// So many tokens.
    Budget(u64),
    /// As it sees fit, with this effort.
    Adaptive(&'static str),
}

/// Decides whether and how to think, and with it how many tokens the answer may have. The budget counts against
/// `max_tokens`: a client's own limit is its cost bound, so the budget gives way; a default of ours makes room.
pub(in crate::format) fn thinking(
    request: &Request<'_>,
    generation: Generation,
    default_max_tokens: u64,
    loss: &mut Loss,
) -> (Option<Think>, u64) {
    let max_tokens = request.max_tokens.unwrap_or(default_max_tokens);
    let mut reasoning = request.reasoning;
    if reasoning.is_none() {
        reasoning = extra_thinking(request);
    }
    let Some(reasoning) = reasoning.filter(|reasoning| *reasoning != Reasoning::Off) else {
        // `disabled` is refused by models that always think, so thinking is left out and not switched off.
        return (None, max_tokens);
    };
    match generation.thinking {
        Thinking::Adaptive => {
            let effort = match reasoning {
                Reasoning::Effort(effort) => effort,
                Reasoning::Budget(tokens) => effort_of(tokens),
                Reasoning::Off => return (None, max_tokens),
            };
            if effort == Effort::Xhigh && !generation.xhigh {
                loss.note("reasoning_effort");
            }
            (Some(Think::Adaptive(effort_word(effort, generation.xhigh))), max_tokens)
        }
        Thinking::Budget => {
            let wanted = match reasoning {
                Reasoning::Effort(effort) => budget_of(effort),
                Reasoning::Budget(tokens) => tokens.max(MIN_BUDGET),
                Reasoning::Off => return (None, max_tokens),
            };
            let max_tokens = match request.max_tokens {
                Some(limit) => limit,
                None => default_max_tokens.saturating_add(wanted),
            };
            if max_tokens <= MIN_BUDGET || calls_lost_their_thinking(request) {
                loss.note("reasoning_effort");
                return (None, max_tokens);
            }
            (Some(Think::Budget(wanted.min(max_tokens - 1))), max_tokens)
        }
        Thinking::None => {
            loss.note("reasoning_effort");
            (None, max_tokens)
        }
    }
}

/// Anthropic's own `thinking` object, which clients of OpenAI's SDK send as an extra field.
pub(in crate::format) fn extra_thinking(request: &Request<'_>) -> Option<Reasoning> {
    let (_, raw) = request.extra.iter().find(|(name, _)| name.is("thinking"))?;
    read_thinking(Doc::parse(raw.as_bytes()).ok()?.root(), None)
}

/// What a `thinking` object asks for; None if its type is not known.
pub(in crate::format) fn read_thinking(thinking: Value<'_, '_>, effort: Option<Effort>) -> Option<Reasoning> {
    let kind = thinking.get("type")?;
    if kind.is("enabled") {
        Some(Reasoning::Budget(thinking.get("budget_tokens")?.u64()?))
    } else if kind.is("adaptive") {
        Some(Reasoning::Effort(effort.unwrap_or(Effort::High)))
    } else if kind.is("disabled") {
        Some(Reasoning::Off)
    } else {
        None
    }
}

/// Models that think by budget refuse (400, "expected `thinking`, found `tool_use`") to go on after calls whose
/// signed thinking did not come back, and most clients of OpenAI's shape cannot keep it.
fn calls_lost_their_thinking(request: &Request<'_>) -> bool {
    let last = request.messages.iter().rev().find(|message| message.role == Role::Assistant);
    last.is_some_and(|message| {
        let first = message.parts.iter().find(|part| is_written(part, Role::Assistant));
        message.parts.iter().any(|part| matches!(part, Part::ToolCall(_)))
            && !matches!(first, Some(Part::Thinking { .. } | Part::RedactedThinking(_)))
    })
}

/// The sampling numbers a generation takes.
#[derive(Debug, Default)]
pub(in crate::format) struct Sampling<'a> {
    pub temperature: Option<Cow<'a, str>>,
    pub top_p: Option<&'a str>,
    pub top_k: Option<&'a str>,
}

/// Of the numbers asked for, those that this generation takes as it is to think; the others are noted.
pub(in crate::format) fn sampling<'a>(
    request: &Request<'a>,
    generation: Generation,
    thinking: bool,
    max_temperature: f64,
    loss: &mut Loss,
) -> Sampling<'a> {
    let Generation { sampling, both_samplings, .. } = generation;
    let mut chosen = Sampling::default();
    if let Some(temperature) = request.temperature {
        let value = temperature.parse::<f64>().unwrap_or(1.0);
        if !sampling || thinking {
            // With thinking it is 1 anyway.
            if !(sampling && value == 1.0) {
                loss.note("temperature");
            }
        } else if value > max_temperature {
            loss.note("temperature");
            chosen.temperature = Some(max_temperature.to_string().into());
        } else {
            chosen.temperature = Some(temperature.into());
        }
    }
    if let Some(top_p) = request.top_p {
        let in_thinking = top_p.parse::<f64>().is_ok_and(|value| (0.95..=1.0).contains(&value));
        let alone = both_samplings || thinking || request.temperature.is_none();
        if sampling && alone && (!thinking || in_thinking) {
            chosen.top_p = Some(top_p);
        } else {
            loss.note("top_p");
        }
    }
    if let Some(top_k) = request.top_k {
        if sampling && !thinking {
            chosen.top_k = Some(top_k);
        } else {
            loss.note("top_k");
        }
    }
    chosen
}

fn effort_word(effort: Effort, xhigh: bool) -> &'static str {
    match effort {
        Effort::Minimal | Effort::Low => "low",
        Effort::Medium => "medium",
        Effort::High => "high",
        Effort::Xhigh if !xhigh => "high",
        Effort::Xhigh => "xhigh",
        Effort::Max => "max",
    }
}

/// The peers' shared convention (LiteLLM's and agentgateway's constants), not Anthropic's.
pub(in crate::format) fn budget_of(effort: Effort) -> u64 {
    match effort {
        Effort::Minimal | Effort::Low => MIN_BUDGET,
        Effort::Medium => 2048,
        Effort::High => 4096,
        Effort::Xhigh => 8192,
        Effort::Max => 16384,
    }
}

/// The other way round: the highest effort whose budget is within the tokens.
pub(in crate::format) fn effort_of(tokens: u64) -> Effort {
    match tokens {
        0..2048 => Effort::Low,
        2048..4096 => Effort::Medium,
        4096..8192 => Effort::High,
        8192..16384 => Effort::Xhigh,
        _ => Effort::Max,
    }
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
