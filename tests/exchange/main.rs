//! The second ring: whole exchanges, client to provider and back, over a host without Envoy. Every name is a rule.

// Tests may panic; clippy's own exception ends at the functions they call.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, clippy::string_slice)]

#[path = "../fake/mod.rs"]
mod fake;
mod play;

mod answers;
mod bad_input;
mod bedrock;
mod gemini;
mod loss;
mod matrix;
mod order;
mod passing;
mod presets;
mod proof;
mod recorded;
mod records;
mod requests;
mod streams;
mod tasks;
