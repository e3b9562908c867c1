//! Limits that all Envoys share: the numbers that Envoy's global rate-limit filter sends to its service. It stands behind
//! this filter and asks twice: when the request goes on, with what its input takes, and when the stream is
//! over, with the rest. Both times it reads them, and whom they are counted for, from filter state: of headers that stand
//! in the request nothing is left by then, for a provider filter builds all of them anew.

use super::Gateway;
use crate::chat::{ServiceTier, Usage};
use crate::host::{Host, HostResult};
use crate::telemetry::Charge;

/// Filter-state keys of whom to count for: the tenant, the root of its tree, the model as metrics call it.
const TENANT: &str = "postern.tenant";
const ROOT_TENANT: &str = "postern.root_tenant";
const MODEL: &str = "postern.model";
/// Filter-state key of the tokens to count now.
const TOKENS: &str = "postern.hits.tokens";
/// Filter-state key of the micro-dollars to count now, with the tenant's mark-up.
const MICRO_USD: &str = "postern.hits.micro_usd";

/// What has been counted for a request before its answer.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Ahead {
    tokens: u64,
    micro_usd: u64,
}

impl Gateway {
    /// A request goes on: counts what its input takes.
    pub(super) fn count_ahead(&mut self, host: &dyn Host) -> HostResult<()> {
        let (Some((_, caller)), Some(given)) = (&self.asked, &self.given) else { return Ok(()) };
        let order = given.order();
        // What only passes has not been counted.
        let guess = match self.facts.counted {
            Some(counted) => Usage { input: counted.tokens, ..Usage::default() },
            None => Usage::estimate(order.body_bytes, 0),
        };
        let guess = Usage { tier: ServiceTier::Standard, ..guess };
        let price = self.shared.models.price(&order.model, &self.shared.prices);
        let cost = price.and_then(|price| price.cost(&guess, caller.price_markup_basis_points()));
        let ahead = Ahead { tokens: guess.input, micro_usd: cost.map_or(0, |cost| cost.micro_usd) };
        host.set_state(TENANT, caller.tenant().id().as_bytes())?;
        if let Some(root) = caller.chain().last() {
            host.set_state(ROOT_TENANT, root.id().as_bytes())?;
        }
        host.set_state(MODEL, self.facts.model_label.as_bytes())?;
        self.ahead = Some(ahead);
        tell(host, ahead)
    }

    /// The stream is over: counts the rest. What was guessed too high cannot be given back.
    pub(super) fn count_rest(&self, host: &dyn Host) -> HostResult<()> {
        let Some(ahead) = self.ahead else { return tell(host, Ahead::default()) };
        let usage = self.facts.outcome.as_ref().and_then(|outcome| outcome.usage.as_ref());
        let micro_usd = match self.facts.cost {
            Some(Charge::Known { cost, .. }) => cost.micro_usd,
            Some(Charge::UnknownPrice) | None => 0,
        };
        tell(
            host,
            Ahead {
                tokens: usage.map_or(0, Usage::total).saturating_sub(ahead.tokens),
                micro_usd: micro_usd.saturating_sub(ahead.micro_usd),
            },
        )
    }
}

/// The most that Envoy sends at once.
const MOST: u64 = 1_000_000_000;

fn tell(host: &dyn Host, counted: Ahead) -> HostResult<()> {
    host.set_state(TOKENS, counted.tokens.min(MOST).to_string().as_bytes())?;
    host.set_state(MICRO_USD, counted.micro_usd.min(MOST).to_string().as_bytes())
}
