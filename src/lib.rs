//! Postern: the AI gateway that lives inside your own Envoy.

// Its imports exist in Envoy only; `tests/abi.rs` compiles it natively over a fake one.
#[cfg(target_arch = "wasm32")]
mod abi;
pub mod chat;
pub mod config;
pub mod filter;
pub mod format;
pub mod gateway;
pub mod handover;
pub mod host;
pub mod http;
pub mod models;
pub mod pii;
pub mod policy;
pub mod provider;
pub mod surface;
pub mod telemetry;
pub mod tenant;
pub mod upstream;
pub mod wire;
