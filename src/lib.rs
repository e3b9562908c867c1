//! Postern: the AI gateway that lives inside your own Envoy.

pub mod host;
pub mod http;
pub mod pii;
