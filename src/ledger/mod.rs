//! The ledger: what is counted, for all workers of one Envoy, in Envoy's shared data.
//!
//! A **slot** is one value: all that is counted of one node (a tenant, a model, ...) by one rule, whatever the number of
//! its windows, so a request costs one compare-and-set of each slot it touches when it comes, and one when it is over.
//! Slots are made when the configuration is read, by names out of it, and used for ever: nothing in a request can make
//! one, and memory is bounded by the configuration. They outlive a new configuration and a new module of the same
//! `vm_id`; what is held and never settled ends with its lease.
//!
//! A **meter** is one limit on one quantity in one window. Before the call, [`reserve`] asks all meters of a slot in one
//! step and holds what the call is expected to take; after it, [`settle`] puts what it took in place of what was held. So
//! what is used and held together never passes a limit when a request is let in, but for one rule: where nothing is held
//! at all and the input fits, a request is let in although its guessed output does not fit, and holds what is left; or a
//! small limit would never let anybody in.

pub mod alerts;
mod budget;
mod learned;
pub mod quota;
mod slot;
pub mod snapshot;
mod window;

pub use self::budget::{BudgetRow, Exhausted};
pub use self::learned::Answers;
pub use self::slot::LEASE_MS;
pub use self::window::{Period, Window, rfc3339};

use self::slot::{Entry, Slot};
use crate::config::{Bounded, Errors, Mode, Node, settings, words};
use crate::host::{Host, HostResult};

words! {
    /// What a limit counts.
    pub enum Measure {
        /// Requests, when they come; those that a limit refuses are not counted.
        "requests" => Requests,
        /// Input tokens.
        "input_tokens" => Input,
        /// Output tokens.
        "output_tokens" => Output,
        /// Both.
        "tokens" => Tokens,
        /// Requests that are not over yet.
        "concurrent_requests" => Concurrent,
    }
}

/// What a meter counts: what a limit can, and money.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quantity {
    /// See [`Measure`].
    Of(Measure),
    /// Micro-dollars.
    MicroUsd,
}

impl Quantity {
    /// Its name in messages, metrics and records.
    pub fn name(self) -> &'static str {
        match self {
            Self::Of(measure) => measure.word(),
            Self::MicroUsd => "micro_usd",
        }
    }
}

settings! {
    /// One limit: `{"of": "tokens", "limit": 100000, "per": "minute"}`.
    #[derive(Clone)]
    pub struct LimitRow {
        /// What it counts.
        pub of: Measure,
        /// How much is allowed.
        pub limit: Bounded<1, 1_000_000_000_000_000>,
        /// In which time; not for `concurrent_requests`.
        pub per: Option<Period>,
        /// How the time is reckoned.
        pub window: Window = Window::Calendar,
        /// What a `bucket` holds, if not `limit`: as much may come at once after a quiet time.
        pub burst: Option<Bounded<1, 1_000_000_000_000_000>>,
        /// Whether to refuse what is over.
        pub mode: Mode = Mode::Enforce,
    }
    check = LimitRow::is_consistent;
}

impl LimitRow {
    fn is_consistent(&self, node: Node<'_>, errors: &mut Errors) {
        let timeless = self.of == Measure::Concurrent;
        if timeless && self.per.is_some() {
            errors.add(node.key("per"), "concurrent_requests are counted at each moment; leave per out");
        }
        if timeless && self.window != Window::Calendar {
            errors.add(node.key("window"), "concurrent_requests are counted at each moment; leave window out");
        }
        if !timeless && self.per.is_none() {
            errors.add(node.key("per"), "missing; expected second, minute, hour, day or month");
        }
        if self.burst.is_some() && self.window != Window::Bucket {
            errors.add(node.key("burst"), "only a bucket has one; set window to bucket, or leave burst out");
        }
    }

    /// Its meter; None if it is off.
    pub fn meter(&self) -> Option<Meter> {
        let burst = self.burst.map_or(self.limit.get(), Bounded::get);
        let meter = Meter::new(Quantity::Of(self.of), self.per, self.window, self.limit.get(), burst);
        (self.mode != Mode::Off).then_some(Meter { enforced: self.mode == Mode::Enforce, ..meter })
    }
}

/// Refuses two limits that count the same in the same time: they would share a count.
pub fn refuse_repeats(meters: &[Meter], node: Node<'_>, errors: &mut Errors) {
    for (at, meter) in meters.iter().enumerate() {
        if meters.get(..at).is_some_and(|before| before.iter().any(|other| other.id == meter.id)) {
            errors.add(node, format!("{} are limited twice in the same time; keep the smaller", meter.of.name()));
        }
    }
}

/// One limit on one quantity in one window.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Meter {
    /// What tells it from the other meters of its slot: what it counts and when, not how much it allows, so that a changed
    /// limit keeps its count.
    pub id: u32,
    /// What it counts.
    pub of: Quantity,
    /// In which time; None: at each moment.
    pub per: Option<Period>,
    /// How the time is reckoned.
    pub window: Window,
    /// How much is allowed; of a bucket: how much runs out of it per period.
    pub limit: u64,
    /// How much is allowed at once: the limit, or a bucket's size.
    pub most: u64,
    /// Whether to refuse what is over.
    pub enforced: bool,
    /// Shares of the limit in per cent that are told when they are passed.
    pub thresholds: Vec<u64>,
}

impl Meter {
    /// A meter that is enforced and tells nothing.
    pub fn new(of: Quantity, per: Option<Period>, window: Window, limit: u64, burst: u64) -> Self {
        let most = if window == Window::Bucket { burst } else { limit };
        let place = |word: usize| word as u32 + 1;
        let of_id = match of {
            Quantity::Of(measure) => measure as usize,
            Quantity::MicroUsd => 100,
        };
        let id = place(of_id) << 16 | per.map_or(0, |per| place(per as usize)) << 8 | place(window as usize);
        Self { id, of, per, window, limit, most, enforced: true, thresholds: Vec::new() }
    }

    fn start_ms(&self, now_ms: u64) -> u64 {
        match (self.per, self.window) {
            (Some(period), Window::Calendar | Window::Sliding) => period.around(now_ms).0,
            _ => now_ms,
        }
    }

    /// In how many milliseconds `over` of what is used will count no more.
    fn reset_ms(&self, entry: &Entry, now_ms: u64, over: u64) -> u64 {
        let Some(period) = self.per else { return 0 };
        match self.window {
            Window::Bucket => {
                let ms = (u128::from(over) * u128::from(period.ms())).div_ceil(u128::from(self.limit.max(1)));
                u64::try_from(ms).unwrap_or(u64::MAX)
            }
            Window::Sliding => {
                let end_ms = entry.start_ms + period.ms();
                let of_before = entry.used(self, now_ms).saturating_sub(entry.current);
                let needed_ms = u128::from(over) * u128::from(period.ms()) / u128::from(entry.previous.max(1)) + 1;
                let in_time = over <= of_before;
                // What was used in this window starts to run out with the next.
                let left_ms = end_ms.saturating_sub(now_ms);
                if in_time { left_ms.min(u64::try_from(needed_ms).unwrap_or(u64::MAX)) } else { left_ms }
            }
            Window::Calendar => period.around(now_ms).1.saturating_sub(now_ms),
        }
    }

    fn standing(&self, entry: &Entry, now_ms: u64) -> Standing {
        let used = entry.used(self, now_ms);
        let over = used.min(self.most);
        Standing {
            of: self.of,
            per: self.per,
            limit: self.most,
            used,
            held: entry.held(),
            reset_ms: self.reset_ms(entry, now_ms, over),
        }
    }
}

/// What one request takes, or is expected to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Amounts {
    /// Input tokens.
    pub input: u64,
    /// Output tokens.
    pub output: u64,
    /// Micro-dollars.
    pub micro_usd: u64,
}

impl Amounts {
    fn of(&self, quantity: Quantity) -> u64 {
        match quantity {
            Quantity::Of(Measure::Requests | Measure::Concurrent) => 0,
            Quantity::Of(Measure::Input) => self.input,
            Quantity::Of(Measure::Output) => self.output,
            Quantity::Of(Measure::Tokens) => self.input.saturating_add(self.output),
            Quantity::MicroUsd => self.micro_usd,
        }
    }

    /// `part` of `whole` of each.
    fn share(&self, part: u64, whole: u64) -> Self {
        let of = |amount: u64| (u128::from(amount) * u128::from(part) / u128::from(whole.max(1))) as u64;
        Self { input: of(self.input), output: of(self.output), micro_usd: of(self.micro_usd) }
    }

    /// The lesser of both.
    fn least(&self, other: &Self) -> Self {
        Self {
            input: self.input.min(other.input),
            output: self.output.min(other.output),
            micro_usd: self.micro_usd.min(other.micro_usd),
        }
    }

    /// Both together.
    pub fn plus(&self, other: &Self) -> Self {
        Self {
            input: self.input.saturating_add(other.input),
            output: self.output.saturating_add(other.output),
            micro_usd: self.micro_usd.saturating_add(other.micro_usd),
        }
    }
}

/// How a meter stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// What it counts.
    pub of: Quantity,
    /// In which time.
    pub per: Option<Period>,
    /// How much is allowed at once.
    pub limit: u64,
    /// How much is used.
    pub used: u64,
    /// How much is held for requests under way.
    pub held: u64,
    /// When what is used counts no more.
    pub reset_ms: u64,
}

impl Standing {
    /// What is left.
    pub fn remaining(&self) -> u64 {
        self.limit.saturating_sub(self.used).saturating_sub(self.held)
    }
}

/// A request's part in a slot: what has to be settled.
#[derive(Debug)]
pub struct Receipt {
    key: String,
    /// The lease in which it is held.
    lease: u32,
    held: Amounts,
}

impl Receipt {
    /// What is held of tokens and money.
    pub fn held(&self) -> Amounts {
        self.held
    }

    /// Whether the lease it is held in has ended: it counts for one more, and is to be renewed before that ends.
    pub fn ages(&self, now_ms: u64) -> bool {
        now_ms / LEASE_MS > u64::from(self.lease)
    }
}

/// What came of asking.
#[derive(Debug)]
pub enum Verdict {
    /// It may go on.
    Held {
        /// What has to be settled.
        receipt: Receipt,
        /// How each meter stands now.
        standings: Vec<Standing>,
        /// Those that would have refused it, but only watch.
        over: Vec<Standing>,
    },
    /// It may not, and nothing was counted or held.
    Refused {
        /// The meter that says so, before this request.
        standing: Standing,
        /// What this request needs of it for certain.
        needs: u64,
        /// When asking again makes sense.
        retry_ms: u64,
    },
}

/// A threshold that was passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Passed {
    /// Its share of the limit in per cent.
    pub percent: u64,
    /// The meter, with this request in it.
    pub standing: Standing,
    /// When the meter's window began.
    pub since_ms: u64,
}

/// Makes a slot, unless it is there. For the configuration only.
pub fn make(host: &dyn Host, key: &str) -> HostResult<()> {
    slot::make(host, key)
}

/// Whether the configuration made this slot.
pub fn is_made(host: &dyn Host, key: &str) -> bool {
    matches!(host.shared(key), Ok((Some(_), _)))
}

/// Asks whether a request that takes `known` for certain and `guessed` on top may go on, and holds both. With `force` it
/// may whatever stands against it: it was decided otherwise.
pub fn reserve(
    host: &dyn Host,
    key: &str,
    meters: &[Meter],
    now_ms: u64,
    known: &Amounts,
    guessed: &Amounts,
    force: bool,
) -> HostResult<Verdict> {
    slot::change(host, key, |slot| {
        slot.at(meters, now_ms);
        let (mut standings, mut over) = (Vec::with_capacity(meters.len()), Vec::new());
        let mut wanted = known.plus(guessed);
        for meter in meters {
            let Some(entry) = slot.entry(meter) else { continue };
            let (used, held) = (entry.used(meter, now_ms), entry.held());
            let (needs, hopes) = match meter.of {
                Quantity::Of(Measure::Requests | Measure::Concurrent) => (1, 1),
                of => (known.of(of), known.plus(guessed).of(of)),
            };
            let taken = used.saturating_add(held);
            if taken.saturating_add(hopes) <= meter.most {
                continue;
            }
            if held == 0 && used < meter.most && used.saturating_add(needs) <= meter.most {
                // Alone: what is left is all it holds.
                wanted = wanted.least(&known.plus(&guessed.share(meter.most - used - needs, hopes - needs)));
                continue;
            }
            let standing = meter.standing(entry, now_ms);
            if meter.enforced && !force {
                let over = taken.saturating_add(hopes).saturating_sub(meter.most);
                let retry_ms = meter.reset_ms(entry, now_ms, over.min(used));
                return (Verdict::Refused { standing, needs, retry_ms }, false);
            }
            over.push(standing);
        }
        for meter in meters {
            let Some(entry) = slot.entry(meter) else { continue };
            match meter.of {
                Quantity::Of(Measure::Requests) => entry.current = entry.current.saturating_add(1),
                Quantity::Of(Measure::Concurrent) => hold(entry, 1),
                of => hold(entry, wanted.of(of)),
            }
            standings.push(meter.standing(entry, now_ms));
        }
        let receipt = Receipt { key: key.to_owned(), lease: slot.lease, held: wanted };
        (Verdict::Held { receipt, standings, over }, true)
    })
}

/// Puts what a request took in place of what was held for it, and tells which thresholds it passed: each is told once in
/// a window, over all workers.
pub fn settle(
    host: &dyn Host,
    receipt: &Receipt,
    meters: &[Meter],
    now_ms: u64,
    used: &Amounts,
) -> HostResult<Vec<Passed>> {
    put(host, &receipt.key, Some(receipt), meters, now_ms, used)
}

/// Adds what a request took to a slot where nothing was held for it: it was expected elsewhere.
pub fn add(host: &dyn Host, key: &str, meters: &[Meter], now_ms: u64, used: &Amounts) -> HostResult<Vec<Passed>> {
    put(host, key, None, meters, now_ms, used)
}

fn put(
    host: &dyn Host,
    key: &str,
    receipt: Option<&Receipt>,
    meters: &[Meter],
    now_ms: u64,
    used: &Amounts,
) -> HostResult<Vec<Passed>> {
    slot::change(host, key, |slot| {
        slot.at(meters, now_ms);
        let held_at = receipt.and_then(|receipt| held_at(slot, receipt));
        let mut passed = Vec::new();
        for meter in meters {
            let Some(entry) = slot.entry(meter) else { continue };
            let held = match meter.of {
                Quantity::Of(Measure::Requests) => 0,
                Quantity::Of(Measure::Concurrent) => 1,
                of => receipt.map_or(0, |receipt| receipt.held.of(of)),
            };
            if let Some(place) = held_at.and_then(|at| entry.held.get_mut(at)) {
                *place = place.saturating_sub(held);
            }
            entry.current = entry.current.saturating_add(used.of(meter.of));
            for (bit, percent) in meter.thresholds.iter().enumerate().take(32) {
                let share =
                    u128::from(entry.used(meter, now_ms)) * 100 >= u128::from(meter.most) * u128::from(*percent);
                if share && entry.told & 1 << bit == 0 {
                    entry.told |= 1 << bit;
                    let standing = meter.standing(entry, now_ms);
                    passed.push(Passed { percent: *percent, standing, since_ms: entry.start_ms });
                }
            }
        }
        (passed, true)
    })
}

/// Takes back what was counted and held for a request that is refused elsewhere.
pub fn undo(host: &dyn Host, receipt: &Receipt, meters: &[Meter], now_ms: u64) -> HostResult<()> {
    slot::change(host, &receipt.key, |slot| {
        slot.at(meters, now_ms);
        let held_at = held_at(slot, receipt);
        for meter in meters {
            let Some(entry) = slot.entry(meter) else { continue };
            let held = match meter.of {
                Quantity::Of(Measure::Requests) => {
                    entry.current = entry.current.saturating_sub(1);
                    continue;
                }
                Quantity::Of(Measure::Concurrent) => 1,
                of => receipt.held.of(of),
            };
            if let Some(place) = held_at.and_then(|at| entry.held.get_mut(at)) {
                *place = place.saturating_sub(held);
            }
        }
        ((), true)
    })
}

/// Holds more for a request under way that takes more than was expected, and renews its lease: `most` where there is room
/// for it, so that it need not ask again soon, else `least`, which it has taken already. Gives the meters that refuse and
/// are now passed; it is held all the same.
pub fn hold_more(
    host: &dyn Host,
    receipt: &mut Receipt,
    meters: &[Meter],
    now_ms: u64,
    least: &Amounts,
    most: &Amounts,
) -> HostResult<Vec<Standing>> {
    let (lease, held, passed) = slot::change(host, &receipt.key, |slot| {
        slot.at(meters, now_ms);
        let held_at = held_at(slot, receipt);
        let mut room = true;
        for meter in meters {
            let Some(entry) = slot.entry(meter) else { continue };
            let before = match meter.of {
                Quantity::Of(Measure::Requests) => continue,
                Quantity::Of(Measure::Concurrent) => 1,
                of => receipt.held.of(of),
            };
            if let Some(place) = held_at.and_then(|at| entry.held.get_mut(at)) {
                *place = place.saturating_sub(before);
            }
            let taken = entry.used(meter, now_ms).saturating_add(entry.held());
            room &= !meter.enforced || taken.saturating_add(receipt.held.plus(most).of(meter.of)) <= meter.most;
        }
        let held = receipt.held.plus(if room { most } else { least });
        let mut passed = Vec::new();
        for meter in meters {
            let Some(entry) = slot.entry(meter) else { continue };
            match meter.of {
                Quantity::Of(Measure::Requests) => continue,
                Quantity::Of(Measure::Concurrent) => hold(entry, 1),
                of => hold(entry, held.of(of)),
            }
            let over = entry.used(meter, now_ms).saturating_add(entry.held()) > meter.most;
            if over && meter.enforced && meter.of != Quantity::Of(Measure::Concurrent) {
                passed.push(meter.standing(entry, now_ms));
            }
        }
        ((slot.lease, held, passed), true)
    })?;
    receipt.lease = lease;
    receipt.held = held;
    Ok(passed)
}

/// How the meters of a slot stand; None where the configuration made no such slot.
pub fn look(host: &dyn Host, key: &str, meters: &[Meter], now_ms: u64) -> HostResult<Option<Vec<Standing>>> {
    let Some(mut slot) = slot::look(host, key)? else { return Ok(None) };
    slot.at(meters, now_ms);
    let standing = |meter: &Meter| slot.entry(meter).map(|entry| meter.standing(entry, now_ms));
    Ok(Some(meters.iter().filter_map(standing).collect()))
}

fn hold(entry: &mut Entry, amount: u64) {
    if let Some(held) = entry.held.first_mut() {
        *held = held.saturating_add(amount);
    }
}

/// Where a receipt's amounts are held; None: their lease is over.
fn held_at(slot: &Slot, receipt: &Receipt) -> Option<usize> {
    let leases = slot.lease.checked_sub(receipt.lease)? as usize;
    (leases < 2).then_some(leases)
}

#[cfg(test)]
mod tests;
