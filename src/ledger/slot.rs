//! One slot of the ledger: what is counted of one node, as bytes in Envoy's shared data.
//!
//! A slot describes itself (a version, the length of an entry, entries by the id of their meter), so a newer module reads
//! what an older one wrote, and a configuration with one limit more or less keeps the counts of the others. An entry that
//! no meter asks for stays until its time is long over, and then makes room.

use super::{Meter, Window};
use crate::host::{Host, HostError, HostResult};

/// The form of the bytes.
const VERSION: u8 = 1;
const HEADER_BYTES: usize = 8;
const ENTRY_BYTES: usize = 48;

/// The most entries kept: those of the meters, and a few that the configuration before had.
const MAX_ENTRIES: usize = 32;

/// How long an entry stays that no meter asks for: the longest period twice.
const KEPT_MS: u64 = 2 * 31 * 86_400_000;

/// What is held and never settled (its worker died) is let go after one to two of these. An exchange that lasts longer
/// renews what it holds.
pub const LEASE_MS: u64 = 600_000;

/// Workers that write at once try again; only a fault takes more tries than this.
const TRIES: usize = 256;

/// What is counted by one meter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    /// See [`Meter::id`].
    pub id: u32,
    /// The thresholds that were told in this window, a bit each.
    pub told: u32,
    /// When the window began; of a bucket: when it was last looked at.
    pub start_ms: u64,
    /// Used in the window; of a bucket: what is in it.
    pub current: u64,
    /// Used in the window before.
    pub previous: u64,
    /// Held in this lease, and in the one before.
    pub held: [u64; 2],
}

/// A slot, read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Slot {
    /// The number of the lease that `held[0]` belongs to.
    pub lease: u32,
    pub entries: Vec<Entry>,
}

impl Entry {
    /// What is held.
    pub fn held(&self) -> u64 {
        self.held.iter().fold(0, |sum, held| sum.saturating_add(*held))
    }

    /// Brings the entry to a moment. A worker that looked at the clock just before a window ended may come after one that
    /// has begun the next: it counts there.
    pub fn at(&mut self, meter: &Meter, now_ms: u64) {
        let Some(period) = meter.per else { return };
        if meter.window == Window::Bucket {
            let since_ms = now_ms.saturating_sub(self.start_ms);
            let ahead = self.start_ms.saturating_sub(now_ms) > period.ms();
            // The whole units that have run out, and the time they took: what is left of a unit is not lost.
            let gone = u128::from(since_ms) * u128::from(meter.limit) / u128::from(period.ms());
            if ahead || gone >= u128::from(self.current) {
                (self.start_ms, self.current) = (now_ms, if ahead { self.current } else { 0 });
            } else if gone > 0 {
                self.current -= gone as u64;
                self.start_ms += (gone * u128::from(period.ms())).div_ceil(u128::from(meter.limit)) as u64;
            }
            return;
        }
        let (start_ms, end_ms) = period.around(now_ms);
        if self.start_ms == start_ms || self.start_ms == end_ms {
            return;
        }
        let (_, after_last_ms) = period.around(self.start_ms);
        let follows = self.start_ms < start_ms && after_last_ms == start_ms;
        self.previous = if follows { self.current } else { 0 };
        (self.start_ms, self.current, self.told) = (start_ms, 0, 0);
    }

    /// How much counts as used at a moment to which the entry was brought.
    pub fn used(&self, meter: &Meter, now_ms: u64) -> u64 {
        match meter.per {
            Some(period) if meter.window == Window::Sliding => {
                let left_ms = (self.start_ms + period.ms()).saturating_sub(now_ms).min(period.ms());
                let still = (u128::from(self.previous) * u128::from(left_ms)).div_ceil(u128::from(period.ms()));
                self.current.saturating_add(still as u64)
            }
            _ => self.current,
        }
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        let number = |at: usize| bytes.get(at..at + 8)?.try_into().ok().map(u64::from_le_bytes);
        let (id, told) = bytes.get(..8)?.split_at(4);
        Some(Self {
            id: u32::from_le_bytes(id.try_into().ok()?),
            told: u32::from_le_bytes(told.try_into().ok()?),
            start_ms: number(8)?,
            current: number(16)?,
            previous: number(24)?,
            held: [number(32)?, number(40)?],
        })
    }

    fn write(&self, bytes: &mut Vec<u8>) {
        bytes.extend_from_slice(&self.id.to_le_bytes());
        bytes.extend_from_slice(&self.told.to_le_bytes());
        let [held, held_before] = self.held;
        for number in [self.start_ms, self.current, self.previous, held, held_before] {
            bytes.extend_from_slice(&number.to_le_bytes());
        }
    }
}

impl Slot {
    /// Reads a slot. Bytes of no known form are an empty slot.
    pub fn read(bytes: &[u8]) -> Self {
        Self::parse(bytes).unwrap_or_default()
    }

    fn parse(bytes: &[u8]) -> Option<Self> {
        let (header, rest) = bytes.split_at_checked(HEADER_BYTES)?;
        let [version, stride, _, _, lease @ ..] = header else { return None };
        let stride = usize::from(*stride);
        if *version < VERSION || stride < ENTRY_BYTES {
            return None;
        }
        let entries = rest.chunks_exact(stride).take(MAX_ENTRIES).filter_map(Entry::read).collect();
        Some(Self { lease: u32::from_le_bytes(lease.try_into().ok()?), entries })
    }

    /// Its bytes.
    pub fn bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(HEADER_BYTES + self.entries.len() * ENTRY_BYTES);
        bytes.extend_from_slice(&[VERSION, ENTRY_BYTES as u8, 0, 0]);
        bytes.extend_from_slice(&self.lease.to_le_bytes());
        self.entries.iter().for_each(|entry| entry.write(&mut bytes));
        bytes
    }

    /// Brings the slot to a moment: leases that are over are let go, each meter has an entry.
    pub fn at(&mut self, meters: &[Meter], now_ms: u64) {
        let lease = (now_ms / LEASE_MS) as u32;
        let passed = lease.saturating_sub(self.lease);
        if passed > 0 {
            for entry in &mut self.entries {
                let [held, _] = entry.held;
                entry.held = [0, if passed == 1 { held } else { 0 }];
            }
        }
        // A worker that comes a moment late is in the lease that has begun; a clock set back is followed.
        if passed > 0 || self.lease.saturating_sub(lease) > 1 {
            self.lease = lease;
        }
        for meter in meters {
            let at = match self.entries.iter().position(|entry| entry.id == meter.id) {
                Some(at) => at,
                None => {
                    self.make_room(meters, now_ms);
                    self.entries.push(Entry { id: meter.id, start_ms: meter.start_ms(now_ms), ..Entry::default() });
                    self.entries.len() - 1
                }
            };
            if let Some(entry) = self.entries.get_mut(at) {
                entry.at(meter, now_ms);
            }
        }
    }

    fn make_room(&mut self, meters: &[Meter], now_ms: u64) {
        let asked = |entry: &Entry| meters.iter().any(|meter| meter.id == entry.id);
        self.entries.retain(|entry| asked(entry) || entry.start_ms + KEPT_MS > now_ms);
        if self.entries.len() >= MAX_ENTRIES {
            let unasked = self.entries.iter().enumerate().filter(|(_, entry)| !asked(entry));
            if let Some((at, _)) = unasked.min_by_key(|(_, entry)| entry.start_ms) {
                self.entries.remove(at);
            }
        }
    }

    /// The entry of a meter.
    pub fn entry(&mut self, meter: &Meter) -> Option<&mut Entry> {
        self.entries.iter_mut().find(|entry| entry.id == meter.id)
    }
}

/// Makes a slot, unless it is there.
pub fn make(host: &dyn Host, key: &str) -> HostResult<()> {
    let (value, _) = host.shared(key)?;
    if value.is_none() {
        host.set_shared(key, &Slot::default().bytes(), 0)?;
    }
    Ok(())
}

/// Reads a slot; None where the configuration made none.
pub fn look(host: &dyn Host, key: &str) -> HostResult<Option<Slot>> {
    Ok(host.shared(key)?.0.map(|bytes| Slot::read(&bytes)))
}

/// Reads a slot, has it changed, and writes it if `change` says so; again, if somebody else was quicker. A slot that the
/// configuration has not made is an error: nothing at run time makes one.
pub fn change<T>(host: &dyn Host, key: &str, mut change: impl FnMut(&mut Slot) -> (T, bool)) -> HostResult<T> {
    const CALL: &str = "proxy_set_shared_data";
    for _ in 0..TRIES {
        let (value, ticket) = host.shared(key)?;
        let value = value.ok_or(HostError { call: "proxy_get_shared_data", status: 1 })?;
        let mut slot = Slot::read(&value);
        let (result, write) = change(&mut slot);
        if !write || host.set_shared(key, &slot.bytes(), ticket)? {
            return Ok(result);
        }
    }
    Err(HostError { call: CALL, status: 8 })
}
