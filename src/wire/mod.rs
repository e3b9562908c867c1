//! Framing apart from meaning: bytes in, pieces out, whatever a provider means by them.

pub mod json;
mod scan;
pub mod shallow;
pub mod sse;
