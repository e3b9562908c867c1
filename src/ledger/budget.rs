//! Budgets: how much money may be used in which time, and what happens when it is used up.

use super::{Meter, Period, Quantity, Window};
use crate::config::{Bounded, Errors, Mode, Node, choice, settings};
use crate::cost::Usd;

settings! {
    /// One budget: `{"usd": "100", "per": "month"}`.
    #[derive(Clone)]
    pub struct BudgetRow {
        /// How many dollars, to six places behind the point.
        pub usd: Usd,
        /// In which time.
        pub per: Period,
        /// How the time is reckoned: `calendar` or `sliding`.
        pub window: Window = Window::Calendar,
        /// Shares of it in per cent. Passing one is told once in a window: in the record, a metric, and to whoever the
        /// service's `alerts` go to; from the first on it shows in `x-postern-budget`.
        pub thresholds: Vec<Bounded<1, 1_000>> = vec![Bounded::of::<50>(), Bounded::of::<80>(), Bounded::of::<100>()],
        /// What happens to requests when it is used up.
        pub exhausted: Exhausted = Exhausted::Block(Block { status: Bounded::of::<429>() }),
        /// End a stream under way when it is used up, as if the model had no room left; then its provider is cut
        /// off, so that it stops costing, and with it the client's connection.
        pub stop_stream: bool = false,
        /// `audit` makes it a soft budget: it is counted and told, and holds nobody back.
        pub mode: Mode = Mode::Enforce,
    }
    check = BudgetRow::is_consistent;
}

choice! {
    /// What happens to requests when a budget is used up.
    #[derive(Clone)]
    pub enum Exhausted {
        /// They are refused.
        "block" => Block(Block),
        /// A few are still let in.
        "throttle" => Throttle(Throttle),
        /// Another model answers.
        "downgrade" => Downgrade(Downgrade),
    }
}

settings! {
    /// They are refused.
    #[derive(Clone)]
    pub struct Block {
        /// With which status: some clients give up at 402 or 403 where they try again at 429.
        pub status: Bounded<400, 499> = Bounded::of::<429>(),
    }
}

settings! {
    /// A few are still let in.
    #[derive(Clone)]
    pub struct Throttle {
        /// How many a minute.
        pub requests_per_minute: Bounded<1, 1_000_000>,
    }
}

settings! {
    /// Another model answers.
    #[derive(Clone)]
    pub struct Downgrade {
        /// Its name, as clients could ask for it.
        pub model: String,
    }
}

impl Exhausted {
    /// The model that answers instead must be one that the gateway has.
    pub fn check(&self, knows: &dyn Fn(&str) -> bool) -> Result<(), String> {
        match self {
            Self::Downgrade(to) if !knows(&to.model) => {
                Err(format!("downgrade: no model of this gateway is called {:.100}", to.model))
            }
            _ => Ok(()),
        }
    }
}

impl BudgetRow {
    fn is_consistent(&self, node: Node<'_>, errors: &mut Errors) {
        if self.window == Window::Bucket {
            errors.add(node.key("window"), "a budget is calendar or sliding; a bucket would give money back");
        }
        if self.usd.micro == 0 {
            errors.add(node.key("usd"), "a budget of nothing lets nobody in; take the models away instead");
        }
        if self.thresholds.len() > 8 {
            errors.add(node.key("thresholds"), "expected at most 8");
        }
    }

    /// Its meter; None if it is off.
    pub fn meter(&self) -> Option<Meter> {
        let meter = Meter::new(Quantity::MicroUsd, Some(self.per), self.window, self.usd.micro, self.usd.micro);
        let mut thresholds: Vec<u64> = self.thresholds.iter().map(|percent| percent.get()).collect();
        thresholds.sort_unstable();
        (self.mode != Mode::Off).then_some(Meter { enforced: self.mode == Mode::Enforce, thresholds, ..meter })
    }

    /// The meter of the few that are let in when it is used up.
    pub fn throttle(&self) -> Option<Meter> {
        let Exhausted::Throttle(throttle) = &self.exhausted else { return None };
        let limit = throttle.requests_per_minute.get();
        let of = Quantity::Of(super::Measure::Requests);
        let meter = Meter::new(of, Some(Period::Minute), Window::Bucket, limit, limit);
        // Beside a limit on all requests, which may be in the same slot.
        Some(Meter { id: meter.id | 1 << 31, ..meter })
    }
}
