//! Budgets: money in a time, counted over all workers of one Envoy, for each tenant, key, model, provider or tag.
//!
//! A request holds what its input costs and what its answer is guessed to cost; when it is over, what it did cost takes
//! its place, by the price and the mark-up that its record has. What has no price is let in and told. The counts are
//! micro-dollars in the [ledger](crate::ledger).

use super::counter::{By, Counter, Rule};
use super::{Mode, Stage};
use crate::config::{Errors, Name, Node, Pattern, settings};
use crate::ledger::{self, BudgetRow};

settings! {
    /// Bound money: `{"budget": {"budgets": [{"usd": "100", "per": "month"}]}}` for each tenant, or with `by` anything
    /// else.
    pub struct Budget {
        /// The budgets; all hold at once.
        pub budgets: Vec<BudgetRow>,
        /// What has a budget of its own: each of these, or each combination of them. An empty list counts everything
        /// together.
        pub by: Vec<By> = vec![By::Tenant],
        /// The tag that `by` counts.
        pub tag: Option<Name>,
        /// The models it is for, by the names that metrics have for them; `*` stands for any run of characters.
        pub models: Vec<Pattern> = vec![Pattern::any()],
        /// The name of its counts. Without one they belong to the policy's place in the list, and a policy put in before
        /// it takes them over.
        pub name: Option<Name>,
        /// `audit` makes all of them soft: they are counted and told, and hold nobody back.
        pub mode: Mode = Mode::Enforce,
    }
    check = Budget::bounds_something;
}

impl Budget {
    fn bounds_something(&self, node: Node<'_>, errors: &mut Errors) {
        if self.budgets.is_empty() {
            errors.add(node.key("budgets"), "an empty list bounds nothing; give at least one budget");
        }
        By::check(&self.by, self.tag.as_ref(), node, errors);
        let meters: Vec<_> = self.budgets.iter().filter_map(BudgetRow::meter).collect();
        ledger::refuse_repeats(&meters, node.key("budgets"), errors);
    }

    /// What its counts are called: by its name, or by its place in the list.
    pub fn counts(&self, index: usize) -> String {
        format!("budget/{}", self.name.as_ref().map_or_else(|| index.to_string(), Name::to_string))
    }

    /// The stage, unless the policy is off. `index` is the policy's place in the list.
    pub fn stage(self, index: usize) -> Option<Box<dyn Stage>> {
        let (name, soft) = (self.counts(index), self.mode == Mode::Audit);
        let row = |mut row: BudgetRow| {
            if soft {
                row.mode = if row.mode == Mode::Off { Mode::Off } else { Mode::Audit };
            }
            Rule::budget(&row)
        };
        let rules: Vec<Rule> = self.budgets.into_iter().filter_map(row).collect();
        if self.mode == Mode::Off || rules.is_empty() {
            return None;
        }
        Some(Box::new(Counter::new(name, rules, self.by, self.tag, self.models)))
    }
}
