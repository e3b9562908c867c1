//! Postern: the AI gateway that lives inside your own Envoy. One module, two filters: a [`gateway`] in the listener,
//! which knows the clients, and an [`upstream`] filter in each provider's cluster, which knows that provider. A
//! [`service`] beside them does what is not for one request.
//!
//! # The map
//!
//! From top to bottom; a room uses only rooms below it (`tests/architecture.rs` holds the list).
//!
//! | Room | Question |
//! |---|---|
//! | `command` | The `postern` command of the operator's machine; not in the module |
//! | `abi` | How does Envoy call us, and we it? The only room with proxy-wasm in it; decides nothing |
//! | [`filter`] | Which of the two filters is this, and is its configuration right? |
//! | [`gateway`], [`upstream`] | What comes after what, for a request and for one attempt at a provider? |
//! | [`service`] | What is done once per process, whoever asks? |
//! | [`telemetry`] | What does an exchange leave: metrics and the usage record |
//! | [`policy`] | May this request go on, and changed how? |
//! | [`models`], [`tenant`], [`surface`], [`passthrough`] | Where does a model go, who asks, what may be called? |
//! | [`provider`] | Which host, paths, credential and habits has a provider? |
//! | [`token`] | Where does an access token come from, and where is it kept? |
//! | [`handover`] | What do the two filters tell each other? |
//! | [`mod@format`], [`chat`] | What does a wire format say, and what can all of them say? |
//! | [`cost`] | What does an exchange cost? |
//! | [`guard`] | Does a text try to make the model do what its operator does not want? |
//! | [`pii`] | Where in a text is personal data? |
//! | [`tokens`] | How many tokens has a text? Nobody asks yet: limits and budgets will, before the answer |
//! | [`config`] | What did the operator write, and what is wrong with it? |
//! | [`host`], [`http`], [`wire`] | The border to Envoy as traits; headers; JSON and server-sent events as bytes |
//!
//! # One request's way through it
//!
//! 1. [`gateway`] holds the headers: the path gives the [`surface`] and with it the client's [`mod@format`], the key gives
//!    the [`tenant`].
//! 2. With the whole body, [`models`] gives the targets of the model named in it, and each [`policy`] looks at the
//!    request. Their changes are spliced into the bytes.
//! 3. The order and the original headers go into the [`handover`], with the cluster that Envoy's route is to pick.
//! 4. In that cluster [`upstream`] reads the order, names the cluster of the next attempt, has the [`mod@format`] put the
//!    body into the provider's shape, and has the [`provider`] build all headers anew and sign them.
//! 5. The answer comes back through [`upstream`], event by event or whole, in the client's format, with its cost in the
//!    [`handover`]. An error Envoy retries starts again at 4, in the next target's cluster.
//! 6. [`gateway`] adds our headers, puts Envoy's own errors into the client's format, and at the end of the stream writes
//!    the metrics and the record ([`telemetry`]).

// Its imports exist in Envoy only; `tests/abi.rs` compiles it natively over a fake one.
#[cfg(target_arch = "wasm32")]
mod abi;
pub mod chat;
#[cfg(not(target_arch = "wasm32"))]
pub mod command;
pub mod config;
pub mod cost;
pub mod filter;
pub mod format;
pub mod gateway;
pub mod guard;
pub mod handover;
pub mod host;
pub mod http;
#[cfg(feature = "idle")]
mod idle;
pub mod models;
pub mod passthrough;
pub mod pii;
#[cfg(feature = "planted-panic")]
mod planted;
pub mod policy;
pub mod provider;
pub mod service;
pub mod surface;
pub mod telemetry;
pub mod tenant;
pub mod token;
pub mod tokens;
pub mod upstream;
pub mod wire;

// The tests' host without Envoy is one file for the tests in here and those beside `src/`, which know us by this name.
#[cfg(test)]
extern crate self as postern;
