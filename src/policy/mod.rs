//! Policies: what may go on. A policy is what the operator wrote; here it is a stage of every exchange it applies to.
//!
//! A stage looks at the request and says go on or refuse. It knows no provider: a request has a format, a caller, a
//! model, texts. Changes are noted as edits and cut into the body once, after the last stage.

mod answer;
mod budget;
pub mod call;
mod counter;
mod guard;
mod hold;
mod input;
mod limit;
mod redact;

pub use self::answer::{AnswerStage, AnswerStages};
pub use self::counter::Shown;
pub use self::hold::{End, Going, Hold, Holds};
pub use self::input::Counted;

use self::counter::By;

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use sha2::{Digest, Sha256};

use crate::chat::{ApiError, Usage};
pub use crate::config::Mode;
use crate::config::{Errors, Node, Pattern, Setting, choice};
use crate::format::Shape;
use crate::handover::TargetRef;
use crate::host::Host;
use crate::http::Headers;
use crate::ledger::{Answers, Standing};
use crate::surface::Operation;
use crate::tenant::{Caller, DeclaredTags, Tags, Tree};
use crate::tokens::Count;
use crate::wire::json::{Doc, Edits};
use crate::wire::multipart::Form;

choice! {
    /// A rule for every request. Rules run in the order they are written.
    pub enum Policy {
        /// Take personal data out of prompts.
        "redact" => Redact(redact::Redact),
        /// Stop attacks and unwanted content.
        "guard" => Guard(guard::Guard),
        /// Bound requests and tokens in a time, and requests at once.
        "limit" => Limit(limit::Limit),
        /// Bound money in a time.
        "budget" => Budget(budget::Budget),
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
    /// What metrics and limits may call a request by its tags: nothing that a client can make up.
    pub declared_tags: &'r DeclaredTags,
    /// What is asked.
    pub operation: Operation,
    /// The model asked for; empty where a passthrough names none.
    pub model: &'r str,
    /// The shape the body has.
    pub shape: Shape,
    /// The body.
    pub content: Content<'r>,
    /// The model asked for, by the name the operator has for it: for whatever is kept by name.
    pub label: &'r str,
    /// Where it may go, in order.
    pub targets: &'r [TargetRef],
    /// Whether a stream is asked for.
    pub stream: bool,
    /// The most output tokens the client wants.
    pub max_output: Option<u64>,
    /// How its tokens are to be counted.
    pub count: Count,
    /// What so much of it would cost in micro-dollars where it goes first; None: nobody knows.
    pub cost: &'r dyn Fn(&Usage) -> Option<u64>,
    /// How many input tokens it has, once somebody has asked.
    pub counted: OnceCell<Counted>,
}

impl Ask<'_> {
    /// How many input tokens it has. Counted when the first asks.
    pub fn input(&self) -> Counted {
        *self.counted.get_or_init(|| input::count(self, u64::MAX))
    }

    /// The same where nobody has to know how many there are beyond `limit`: such a request is refused.
    pub fn input_to(&self, limit: u64) -> Counted {
        if let Some(counted) = self.counted.get() {
            return *counted;
        }
        let counted = input::count(self, limit);
        if !counted.more {
            let _ = self.counted.set(counted);
        }
        counted
    }

    /// About how many output tokens the answer will have: what this model's answers to this tenant have had lately, and
    /// never more than the client wants.
    pub fn guessed_output(&self) -> u64 {
        if !self.operation.is_chat() {
            return 0;
        }
        self.answers().guess().min(self.max_output.unwrap_or(u64::MAX))
    }

    /// A request of a caller's, for tests.
    #[cfg(test)]
    pub(crate) fn of<'r>(
        host: &'r dyn Host,
        caller: &'r Caller,
        operation: Operation,
        shape: Shape,
        content: Content<'r>,
    ) -> Ask<'r> {
        use std::sync::LazyLock;
        static NO_TAGS: LazyLock<Tags> = LazyLock::new(Tags::default);
        static NONE_DECLARED: LazyLock<DeclaredTags> = LazyLock::new(DeclaredTags::default);
        Ask {
            host,
            caller,
            tags: &NO_TAGS,
            declared_tags: &NONE_DECLARED,
            operation,
            model: "m",
            shape,
            content,
            label: "m",
            targets: &[],
            stream: false,
            max_output: None,
            count: Count::Exact,
            cost: &|_| None,
            counted: OnceCell::new(),
        }
    }

    /// Where it is noted what the answers take.
    pub fn answers(&self) -> Answers {
        Answers::of(self.label, self.caller.tenant().id())
    }
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
    /// What is to be settled when the exchange is over, whichever way it ends, a refusal by a later stage too.
    pub holds: Holds,
    /// How the tightest limits stand, by their words in the headers of the answer.
    standings: Vec<(&'static str, Standing)>,
    /// How much is used of the budget that is shown.
    budget_percent: u64,
    /// Targets it must not go to, by their places in [`Ask::targets`]. Where none is left, the request is refused.
    pub avoid: Vec<usize>,
    /// The model to ask for instead, by a name that the configuration has.
    pub instead: Option<String>,
    /// Who looks at the answer of this exchange.
    pub answers: AnswerStages,
    /// A first answer that has not the schema that was asked for is thrown away, so that Envoy asks again.
    pub refit: bool,
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

/// All names that the configuration has, for what is to be made once and by name.
pub struct Names<'c> {
    /// The tenants.
    pub tenants: &'c Tree,
    /// The tags whose values are told apart.
    pub tags: &'c DeclaredTags,
    /// The models, by the names metrics have for them.
    pub models: Vec<&'c str>,
    /// The clusters that models go to.
    pub clusters: Vec<&'c str>,
    /// Whether there is a route for a model of that name.
    pub knows: &'c dyn Fn(&str) -> bool,
}

/// A request's tags, and those of them that are told apart.
#[derive(Clone, Copy)]
pub struct Tagged<'t> {
    /// All it has.
    pub tags: &'t Tags,
    /// What the operator has declared.
    pub declared: &'t DeclaredTags,
}

/// A policy at work.
pub trait Stage {
    /// Before the first request, and again when the tenants are others: makes what all workers share, and adds the names of
    /// its slots in the ledger; or says what is wrong with the configuration.
    fn prepare(&self, host: &dyn Host, names: &Names<'_>, slots: &mut Vec<String>) -> Result<(), String> {
        let _ = (host, names, slots);
        Ok(())
    }
    /// How what it counts of a caller stands, for the caller to see.
    fn standings(&self, host: &dyn Host, caller: &Caller, tag: Tagged<'_>, shown: &mut Vec<Shown>) {
        let _ = (host, caller, tag, shown);
    }
    /// Whether it looks into bodies.
    fn reads_bodies(&self) -> bool {
        false
    }
    /// What the record may have of a client's words; None: all of them.
    fn hide(&self, words: &str) -> Option<String> {
        let _ = words;
        None
    }
    /// Looks at a request. An error is the client's answer.
    fn on_request(&self, ask: &Ask<'_>, notes: &mut Notes) -> Result<(), ApiError>;
}

/// Which policies these are: the beginning of a digest of their configuration.
pub fn version(policies: &[Policy]) -> Rc<str> {
    let shown: serde_json::Value = policies.iter().map(Setting::show).collect();
    let digest = Sha256::digest(shown.to_string());
    digest.iter().take(6).map(|byte| format!("{byte:02x}")).collect::<String>().into()
}

/// Two policies of one name would count each request twice, and refuse at half of what they say.
pub fn refuse_shared_counts(policies: &[Policy], node: Node<'_>, errors: &mut Errors) {
    let mut taken = BTreeMap::new();
    for (index, policy) in policies.iter().enumerate() {
        let (kind, counts) = match policy {
            Policy::Limit(limit) => ("limit", limit.counts(index)),
            Policy::Budget(budget) => ("budget", budget.counts(index)),
            Policy::Redact(_) | Policy::Guard(_) => continue,
        };
        if let Some(earlier) = taken.insert(counts, index) {
            let (here, other) = (node.index(index), node.index(earlier));
            let message = format!("{} counts under this name already; give each its own", other.path());
            errors.add(here.key(kind).key("name"), message);
        }
    }
}

/// What policies may refer to.
pub struct Known<'c> {
    /// The names of routes, which are patterns of what clients ask for.
    pub routes: Vec<&'c Pattern>,
    /// The models, by the names that metrics have for them.
    pub models: Vec<&'c str>,
    /// The tags whose values are told apart.
    pub tags: Vec<&'c str>,
    /// The tenants, by id; None: those of a table that can be replaced.
    pub tenants: Option<Vec<&'c str>>,
}

/// Refuses policies that are about models, tenants or tags which are not there.
pub fn refuse_dangling(policies: &[Policy], known: &Known<'_>, node: Node<'_>, errors: &mut Errors) {
    for (index, policy) in policies.iter().enumerate() {
        let place = node.index(index);
        match policy {
            Policy::Redact(config) => config.check_callers(known, place.key("redact"), errors),
            Policy::Limit(config) => {
                By::check_names(config.tag.as_ref(), &config.models, known, place.key("limit"), errors);
            }
            Policy::Budget(config) => {
                By::check_names(config.tag.as_ref(), &config.models, known, place.key("budget"), errors);
            }
            Policy::Guard(_) => {}
        }
    }
}

/// Makes the stages: the limits of the tenants themselves, then the policies that are not off.
pub fn stages(policies: Vec<Policy>, host: &dyn Host, errors: &mut Errors) -> Vec<Box<dyn Stage>> {
    let stage = |(index, policy)| match policy {
        Policy::Redact(config) => config.stage(host, errors),
        Policy::Guard(config) => config.stage(host, errors),
        Policy::Limit(config) => limit::Limit::stage(config, index),
        Policy::Budget(config) => budget::Budget::stage(config, index),
    };
    let tenants: Box<dyn Stage> = Box::new(counter::OfTenants::default());
    std::iter::once(tenants).chain(policies.into_iter().enumerate().filter_map(stage)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::parse;

    #[test]
    fn no_two_policies_count_under_one_name() {
        let refused = |names: [&str; 2]| {
            let row = r#""limits": [{"of": "requests", "per": "day", "limit": 5}]"#;
            let limit = |name: &str| format!(r#"{{"limit": {{{name}{row}}}}}"#);
            let [first, second] = names;
            let policies = format!("[{}, {}]", limit(first), limit(second));
            let policies = parse::<Vec<Policy>>(policies.as_bytes()).unwrap().0;
            let (whole, mut errors) = (serde_json::Value::Null, Errors::new());
            refuse_shared_counts(&policies, Node::root(&whole).key("policies"), &mut errors);
            errors.to_string()
        };
        let want = "policies[1].limit.name: policies[0] counts under this name already; give each its own";
        assert_eq!(refused([r#""name": "a", "#, r#""name": "a", "#]), want);
        assert_eq!(refused([r#""name": "1", "#, ""]), want);
        assert_eq!(refused(["", ""]), "");
        assert_eq!(refused([r#""name": "a", "#, r#""name": "b", "#]), "");
    }
}
