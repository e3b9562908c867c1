//! Postern: the AI gateway that lives inside your own Envoy.

pub mod chat;
pub mod format;
pub mod handover;
pub mod host;
pub mod http;
pub mod wire;
