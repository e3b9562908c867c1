//! The laws that must hold for every input, one row each.

mod openai_chat;
mod sse;

/// Panics on an input for which it does not hold.
pub type Law = fn(&[u8]);

/// Name and law.
pub const TARGETS: &[(&str, Law)] = &[("openai_chat", openai_chat::check), ("sse", sse::check)];
