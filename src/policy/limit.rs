//! Limits per tenant and minute, counted over all workers of one Envoy. Requests are counted as they come; tokens when
//! they are known, so the request that passes the limit is served and the next one waits.
//!
//! The count of a tenant lives in one slot of Envoy's shared data, made when the configuration is read and used for ever:
//! memory is bounded by the configuration, and nothing in a request can make a slot. (The first write of a slot cannot
//! be compared with anything, so two workers that made it at their first requests would lose one.)

use super::{Ask, Finding, Mode, Notes, Stage};
use crate::chat::{ApiError, Usage};
use crate::config::{Bounded, Errors, Node, settings};
use crate::host::{Host, HostError, HostResult};
use crate::tenant::{Caller, Tree};

settings! {
    /// Bound each tenant's use per minute, UTC: `{"limit": {"requests_per_minute": 600}}`.
    pub struct Limit {
        /// Requests of one tenant.
        pub requests_per_minute: Option<Bounded<1, 1_000_000_000>>,
        /// Input and output tokens of one tenant.
        pub tokens_per_minute: Option<Bounded<1, 1_000_000_000_000>>,
        /// Whether to refuse what is over.
        pub mode: Mode = Mode::Enforce,
    }
    check = Limit::bounds_something;
}

const MINUTE_SECS: u64 = 60;

/// Workers that count at once try again; only a fault takes more tries than this.
const TRIES: usize = 64;

impl Limit {
    fn bounds_something(&self, node: Node<'_>, errors: &mut Errors) {
        if self.requests_per_minute.is_none() && self.tokens_per_minute.is_none() {
            errors.add(node, "give requests_per_minute, tokens_per_minute or both");
        }
    }

    /// The stage, unless the policy is off. `index` is the policy's place in the list: two limits count apart.
    pub fn stage(self, index: usize) -> Option<Box<dyn Stage>> {
        let limits = [self.requests_per_minute.map(Bounded::get), self.tokens_per_minute.map(Bounded::get)];
        (self.mode != Mode::Off).then(|| Box::new(Counter { limits, mode: self.mode, index }) as Box<dyn Stage>)
    }
}

/// What is counted, in the order of `Counter::limits` and `Used::counts`.
const KINDS: [&str; 2] = ["requests", "tokens"];

struct Counter {
    limits: [Option<u64>; 2],
    mode: Mode,
    index: usize,
}

/// What a tenant has used in its minute: three 64-bit numbers, little-endian, in shared data.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Used {
    minute: u64,
    counts: [u64; 2],
}

impl Used {
    fn read(bytes: &[u8]) -> Self {
        let at = |index: usize| {
            bytes.get(index * 8..index * 8 + 8).and_then(|b| b.try_into().ok()).map_or(0, u64::from_le_bytes)
        };
        Self { minute: at(0), counts: [at(1), at(2)] }
    }

    /// The counts for this minute. A worker that looked at the clock just before the minute ended may come after one
    /// that has begun the next: it counts there, instead of throwing away what is counted already.
    fn at(self, minute: u64) -> Self {
        let now = self.minute == minute || self.minute == minute.saturating_add(1);
        if now { self } else { Self { minute, counts: [0, 0] } }
    }

    fn bytes(self) -> Vec<u8> {
        let [requests, tokens] = self.counts;
        [self.minute, requests, tokens].iter().flat_map(|number| number.to_le_bytes()).collect()
    }
}

impl Counter {
    fn slot(&self, tenant: &str) -> String {
        format!("postern/limit/{}/{}", self.index, tenant)
    }

    /// Adds to a tenant's counts of this minute and gives the new ones.
    fn add(&self, host: &dyn Host, tenant: &str, minute: u64, by: [u64; 2]) -> HostResult<Used> {
        let key = self.slot(tenant);
        for _ in 0..TRIES {
            let (value, ticket) = host.shared(&key)?;
            let mut used = Used::read(&value.unwrap_or_default()).at(minute);
            for (count, by) in used.counts.iter_mut().zip(by) {
                *count = count.saturating_add(by);
            }
            if host.set_shared(&key, &used.bytes(), ticket)? {
                return Ok(used);
            }
        }
        Err(HostError { call: "proxy_set_shared_data", status: 8 })
    }
}

impl Stage for Counter {
    fn prepare(&self, host: &dyn Host, tenants: &Tree) {
        for tenant in tenants.iter() {
            let key = self.slot(tenant.id());
            if let Ok((None, _)) = host.shared(&key) {
                let _ = host.set_shared(&key, &Used::default().bytes(), 0);
            }
        }
    }

    fn on_request(&self, ask: &Ask<'_>, notes: &mut Notes) -> Result<(), ApiError> {
        let now_secs = ask.host.now_ns() / 1_000_000_000;
        let reset_secs = MINUTE_SECS - now_secs % MINUTE_SECS;
        let own = [1, 0]; // the tokens of this request are not known yet
        let used = match self.add(ask.host, ask.caller.tenant().id(), now_secs / MINUTE_SECS, own) {
            Ok(used) => used,
            // A limit that cannot be counted is no limit.
            Err(_) if self.mode == Mode::Enforce => return Err(ApiError::internal()),
            Err(_) => return Ok(()),
        };
        let mut refused = None;
        for (((what, limit), used), own) in KINDS.into_iter().zip(self.limits).zip(used.counts).zip(own) {
            let Some(limit) = limit else { continue };
            let headers = &mut notes.answer_headers;
            headers.set(&format!("x-ratelimit-limit-{what}"), &limit.to_string());
            headers.set(&format!("x-ratelimit-remaining-{what}"), &limit.saturating_sub(used).to_string());
            headers.set(&format!("x-ratelimit-reset-{what}"), &format!("{reset_secs}s"));
            let before = used.saturating_sub(own);
            if before >= limit {
                refused.get_or_insert((what, limit, before));
            }
        }
        let Some((what, limit, used)) = refused else { return Ok(()) };
        let enforced = self.mode == Mode::Enforce;
        let action = if enforced { "refuse" } else { "audit" };
        notes.findings.push(Finding::new("limit", what, action, 1));
        if !enforced {
            return Ok(());
        }
        let message = format!(
            "tenant {} has used {used} of {limit} {what} this minute; the count starts anew in {reset_secs} s",
            ask.caller.tenant().id()
        );
        Err(ApiError::rate_limited(message, reset_secs))
    }

    fn on_done(&self, host: &dyn Host, caller: &Caller, usage: Option<&Usage>) {
        let tokens = usage.map_or(0, Usage::total);
        let [_, limit] = self.limits;
        if limit.is_some() && tokens > 0 {
            let minute = host.now_ns() / 1_000_000_000 / MINUTE_SECS;
            let _ = self.add(host, caller.tenant().id(), minute, [0, tokens]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_worker_a_moment_late_does_not_begin_the_last_minute_again() {
        let used = Used { minute: 100, counts: [7, 9] };
        let rows = [(99, used), (100, used), (101, Used { minute: 101, counts: [0, 0] })];
        for (minute, want) in rows {
            assert_eq!(used.at(minute), want, "minute {minute}");
        }
        // A clock that was set back by more begins anew: nobody waits for the old time to come again.
        assert_eq!(used.at(40), Used { minute: 40, counts: [0, 0] });
    }
}
