//! How much to think, in OpenAI's words.

use crate::chat::{Effort, Reasoning};

/// OpenAI's words for how much to think.
pub(in crate::format) const EFFORTS: &[(&str, Reasoning)] = &[
    ("none", Reasoning::Off),
    ("minimal", Reasoning::Effort(Effort::Minimal)),
    ("low", Reasoning::Effort(Effort::Low)),
    ("medium", Reasoning::Effort(Effort::Medium)),
    ("high", Reasoning::Effort(Effort::High)),
    ("xhigh", Reasoning::Effort(Effort::Xhigh)),
    ("max", Reasoning::Effort(Effort::Max)),
];

/// A budget in tokens is a word by the convention gateways share (wire-formats.md section 10).
pub(in crate::format) fn effort_word(reasoning: Reasoning) -> &'static str {
    let reasoning = match reasoning {
        Reasoning::Budget(0..2048) => Reasoning::Effort(Effort::Low),
        Reasoning::Budget(2048..4096) => Reasoning::Effort(Effort::Medium),
        Reasoning::Budget(_) => Reasoning::Effort(Effort::High),
        named => named,
    };
    EFFORTS.iter().find(|(_, known)| *known == reasoning).map_or("medium", |(word, _)| word)
}
