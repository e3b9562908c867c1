//! Limits that all Envoys share: the numbers that Envoy's global rate-limit filter sends to its service. It stands behind
//! this filter and asks twice: when the request goes on, with what its input is guessed to take, and when the stream is
//! over, with the rest. Both times it reads them from filter state.
//!
//! Whom they are counted for stands in request headers, which only this filter writes and no provider sees: a provider
//! filter builds its headers anew from those that the client sent.

use super::Gateway;
use crate::chat::{ServiceTier, Usage};
use crate::host::{Host, HostResult, Side};
use crate::telemetry::Charge;

/// Filter-state key of the tokens to count now.
const TOKENS: &str = "postern.hits.tokens";
/// Filter-state key of the micro-dollars to count now, with the tenant's mark-up.
const MICRO_USD: &str = "postern.hits.micro_usd";

/// What has been counted for a request before its answer.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Counted {
    tokens: u64,
    micro_usd: u64,
}

impl Gateway {
    /// A request goes on: counts what its input is guessed to take.
    pub(super) fn count_ahead(&mut self, host: &dyn Host) -> HostResult<()> {
        let (Some((_, caller)), Some(given)) = (&self.asked, &self.given) else { return Ok(()) };
        let order = given.order();
        let guess = Usage { tier: ServiceTier::Standard, ..Usage::estimate(order.body_bytes, 0) };
        let price = self.shared.models.price(&order.model, &self.shared.prices);
        let cost = price.and_then(|price| price.cost(&guess, caller.price_markup_basis_points()));
        let ahead = Counted { tokens: guess.input, micro_usd: cost.map_or(0, |cost| cost.micro_usd) };
        host.set_header(Side::Request, "x-postern-tenant", caller.tenant().id())?;
        if let Some(root) = caller.chain().last() {
            host.set_header(Side::Request, "x-postern-root-tenant", root.id())?;
        }
        host.set_header(Side::Request, "x-postern-model", &self.facts.model_label)?;
        self.counted = Some(ahead);
        tell(host, ahead)
    }

    /// The stream is over: counts the rest. What was guessed too high cannot be given back.
    pub(super) fn count_rest(&self, host: &dyn Host) -> HostResult<()> {
        let Some(ahead) = self.counted else { return tell(host, Counted::default()) };
        let usage = self.facts.outcome.as_ref().and_then(|outcome| outcome.usage.as_ref());
        let micro_usd = match self.facts.cost {
            Some(Charge::Known { cost, .. }) => cost.micro_usd,
            Some(Charge::UnknownPrice) | None => 0,
        };
        tell(
            host,
            Counted {
                tokens: usage.map_or(0, Usage::total).saturating_sub(ahead.tokens),
                micro_usd: micro_usd.saturating_sub(ahead.micro_usd),
            },
        )
    }
}

/// The most that Envoy sends at once.
const MOST: u64 = 1_000_000_000;

fn tell(host: &dyn Host, counted: Counted) -> HostResult<()> {
    host.set_state(TOKENS, counted.tokens.min(MOST).to_string().as_bytes())?;
    host.set_state(MICRO_USD, counted.micro_usd.min(MOST).to_string().as_bytes())
}
