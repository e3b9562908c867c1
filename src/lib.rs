//! Postern: the AI gateway that lives inside your own Envoy.

pub mod config;
pub mod host;
pub mod http;
