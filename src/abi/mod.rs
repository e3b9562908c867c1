//! The edge: the only folder that knows proxy-wasm. It turns Envoy's callbacks into calls of [`Exchange`] and the
//! core's wishes into Envoy's functions, and decides nothing.
//!
//! Three promises are kept here and nowhere else. A panic costs one request a 500 and no other stream anything. The end
//! of a side is told once, in whatever form Envoy told it. Nothing that an exchange has not seen goes on.
//!
//! We own the imports and exports (ABI 0.2.1) instead of using the SDK, because the SDK's wrappers panic on every
//! status they do not expect. `tests/abi.rs` compiles this folder natively over a fake Envoy.
//!
//! [`Exchange`]: crate::host::Exchange

mod contexts;
mod envoy;
mod exports;
mod imports;
mod memory;
mod pool;
#[cfg(feature = "trace")]
mod trace;
