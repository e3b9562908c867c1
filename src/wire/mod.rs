//! Bytes and frames: how a message is cut out of a stream of bytes, and how it is put back, with no idea what it means.

pub mod frame;
pub mod json;
mod scan;
pub mod shallow;
pub mod sse;
