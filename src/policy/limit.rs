//! Limits on requests, tokens and requests at once, counted over all workers of one Envoy: for each tenant, key, model,
//! provider or tag, or for each combination of them.
//!
//! A request is counted and its tokens are held when it comes: the input as counted, the output as learned from the
//! answers before. When it is over, what it took takes the place of what was held. The counts are the [ledger](crate::ledger)'s.

use super::counter::{By, Counter, Rule};
use super::{Mode, Stage};
use crate::config::{Bounded, Errors, Name, Node, Pattern, settings};
use crate::ledger::{self, LimitRow, Measure, Meter, Period, Quantity, Window};

settings! {
    /// Bound requests and tokens: `{"limit": {"requests_per_minute": 600}}` for each tenant, or with `limits` and `by`
    /// anything else.
    pub struct Limit {
        /// Requests of one tenant, or of what `by` says.
        pub requests_per_minute: Option<Bounded<1, 1_000_000_000>>,
        /// Input and output tokens of one tenant, or of what `by` says.
        pub tokens_per_minute: Option<Bounded<1, 1_000_000_000_000>>,
        /// More limits; all hold at once.
        pub limits: Vec<LimitRow> = Vec::new(),
        /// What has counts of its own: each of these, or each combination of them. An empty list counts everything
        /// together.
        pub by: Vec<By> = vec![By::Tenant],
        /// The tag that `by` counts.
        pub tag: Option<Name>,
        /// The models it is for, by the names that metrics have for them; `*` stands for any run of characters.
        pub models: Vec<Pattern> = vec![Pattern::any()],
        /// The name of its counts. Without one they belong to the policy's place in the list, and a policy put in before
        /// it takes them over.
        pub name: Option<Name>,
        /// Whether to refuse what is over.
        pub mode: Mode = Mode::Enforce,
    }
    check = Limit::bounds_something;
}

impl Limit {
    fn bounds_something(&self, node: Node<'_>, errors: &mut Errors) {
        if self.requests_per_minute.is_none() && self.tokens_per_minute.is_none() && self.limits.is_empty() {
            errors.add(node, "give requests_per_minute, tokens_per_minute or limits");
        }
        By::check(&self.by, self.tag.as_ref(), node, errors);
        ledger::refuse_repeats(&self.meters(), node.key("limits"), errors);
    }

    fn meters(&self) -> Vec<Meter> {
        let per_minute = |of, limit: Option<u64>| {
            let limit = limit?;
            Some(Meter::new(Quantity::Of(of), Some(Period::Minute), Window::Calendar, limit, limit))
        };
        let requests = per_minute(Measure::Requests, self.requests_per_minute.map(Bounded::get));
        let tokens = per_minute(Measure::Tokens, self.tokens_per_minute.map(Bounded::get));
        let rows = self.limits.iter().filter_map(LimitRow::meter);
        let enforced = self.mode == Mode::Enforce;
        let meters = requests.into_iter().chain(tokens).chain(rows);
        meters.map(|meter| Meter { enforced: meter.enforced && enforced, ..meter }).collect()
    }

    /// What its counts are called: by its name, or by its place in the list.
    pub fn counts(&self, index: usize) -> String {
        format!("limit/{}", self.name.as_ref().map_or_else(|| index.to_string(), Name::to_string))
    }

    /// The stage, unless the policy is off. `index` is the policy's place in the list.
    pub fn stage(self, index: usize) -> Option<Box<dyn Stage>> {
        if self.mode == Mode::Off {
            return None;
        }
        let name = self.counts(index);
        let rules = self.meters().into_iter().map(Rule::limit).collect();
        Some(Box::new(Counter::new(name, rules, self.by, self.tag, self.models)))
    }
}
