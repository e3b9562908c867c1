//! Policies: what may go on. A policy is what the operator wrote; here it is a stage of every exchange it applies to.
//!
//! A stage looks at the request and says go on or refuse. It knows no provider: a request has a format, a caller, a
//! model, texts. Changes are noted as edits and cut into the body once, after the last stage.

mod answer;
pub mod call;
mod guard;
mod limit;
mod redact;

pub use answer::{AnswerStage, AnswerStages};

use crate::chat::{ApiError, Usage};
use crate::config::{Errors, choice, words};
use crate::format::Shape;
use crate::host::Host;
use crate::http::Headers;
use crate::surface::Operation;
use crate::tenant::{Caller, Tags, Tree};
use crate::wire::json::{Doc, Edits};
use crate::wire::multipart::Form;

choice! {
    /// A rule for every request. Rules run in the order they are written.
    pub enum Policy {
        /// Take personal data out of prompts.
        "redact" => Redact(redact::Redact),
        /// Stop attacks and unwanted content.
        "guard" => Guard(guard::Guard),
        /// Bound requests and tokens of each tenant per minute.
        "limit" => Limit(limit::Limit),
    }
}

words! {
    /// What a policy does with what it finds.
    pub enum Mode {
        /// Act on it.
        "enforce" => Enforce,
        /// Only count and record what would have been done.
        "audit" => Audit,
        /// Nothing.
        "off" => Off,
    }
}

/// A request, as stages see it.
pub struct Ask<'r> {
    /// Envoy, for the counters all workers share and the clock.
    pub host: &'r dyn Host,
    /// Who asks.
    pub caller: &'r Caller,
    /// For whom and what for: the operator's tags, then the client's.
    pub tags: &'r Tags,
    /// What is asked.
    pub operation: Operation,
    /// The model asked for; empty where a passthrough names none.
    pub model: &'r str,
    /// The shape the body has.
    pub shape: Shape,
    /// The body.
    pub content: Content<'r>,
}

/// A body, as far as it can be read.
#[derive(Clone, Copy)]
pub enum Content<'r> {
    /// JSON.
    Json(&'r Doc<'r>),
    /// A form: its fields are texts, its files are not.
    Form(&'r Form<'r>),
    /// There is no body.
    Nothing,
    /// There is one that nobody here can read, or that is not held.
    Opaque,
}

/// What the stages of one exchange have done: for the body, the headers, the metrics and the record.
#[derive(Default)]
pub struct Notes {
    /// Changes to the body.
    pub edits: Edits,
    /// What was found or refused: policy, thing, count. Names only, never values.
    pub findings: Vec<Finding>,
    /// Headers for the answer (`x-ratelimit-*`).
    pub answer_headers: Headers,
    /// Who looks at the answer of this exchange.
    pub answers: AnswerStages,
    /// What is to be asked outside.
    pub questions: Vec<call::Question>,
}

/// Which way a text travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// To the provider.
    Request,
    /// To the client.
    Response,
}

impl Direction {
    /// Its name in records and metrics.
    pub fn name(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::Response => "response",
        }
    }
}

/// One thing a policy has to report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The policy's kind: `redact`.
    pub policy: &'static str,
    /// What was found: `EMAIL_ADDRESS`.
    pub what: &'static str,
    /// What was done: `replace`, `refuse`, or `audit` for nothing.
    pub action: &'static str,
    /// Where: in the request or in its answer.
    pub direction: Direction,
    /// How often.
    pub count: u64,
}

impl Finding {
    /// Something in the request.
    pub fn new(policy: &'static str, what: &'static str, action: &'static str, count: u64) -> Self {
        Self { policy, what, action, direction: Direction::Request, count }
    }
}

/// A policy at work.
pub trait Stage {
    /// The configuration is read, and no request has come: makes what all workers share.
    fn prepare(&self, host: &dyn Host, tenants: &Tree) {
        let _ = (host, tenants);
    }
    /// Whether it looks into bodies.
    fn reads_bodies(&self) -> bool {
        false
    }
    /// Looks at a request. An error is the client's answer.
    fn on_request(&self, ask: &Ask<'_>, notes: &mut Notes) -> Result<(), ApiError>;
    /// The exchange is over, and this is what it took.
    fn on_done(&self, host: &dyn Host, caller: &Caller, usage: Option<&Usage>) {
        let _ = (host, caller, usage);
    }
}

/// Makes the stages of the policies that are not off.
pub fn stages(policies: Vec<Policy>, host: &dyn Host, errors: &mut Errors) -> Vec<Box<dyn Stage>> {
    let stage = |(index, policy)| match policy {
        Policy::Redact(config) => config.stage(host, errors),
        Policy::Guard(config) => guard::Guard::stage(config),
        Policy::Limit(config) => limit::Limit::stage(config, index),
    };
    policies.into_iter().enumerate().filter_map(stage).collect()
}
