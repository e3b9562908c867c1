//! Snapshots: the ledger as text, so that a restart does not forget what was used. One worker at a time writes it to a
//! server every so often, and the first that comes up after a start reads it back.
//!
//! What is held is not in it: whatever was under way has ended with the process. What was used after the last snapshot is
//! lost, so the interval is the error. Counts that have begun anew before the snapshot was read are added to it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;

use super::slot::{self, Slot};
use crate::config::{Bounded, Errors, Node, settings};
use crate::host::{CallId, Host, HostResult, Level};
use crate::http::Headers;
use std::cell::RefCell;

settings! {
    /// Where counts are kept for a restart: a server that answers `GET` with what was last `PUT`.
    pub struct SnapshotConfig {
        /// The Envoy cluster that the calls go to.
        pub cluster: String,
        /// The path there. Two Envoys need two.
        pub path: String,
        /// The host that the server sees; the cluster's name if left out.
        pub host: Option<String>,
        /// How often it is written.
        pub every_secs: Bounded<1, 86_400> = Bounded::of::<30>(),
        /// How long an answer may take.
        pub timeout_ms: Bounded<1, 60_000> = Bounded::of::<5_000>(),
    }
    check = SnapshotConfig::has_a_place;
}

impl SnapshotConfig {
    fn has_a_place(&self, node: Node<'_>, errors: &mut Errors) {
        if self.cluster.is_empty() {
            errors.add(node.key("cluster"), "expected the name of an Envoy cluster, got an empty text");
        }
        if !self.path.starts_with('/') || !self.path.bytes().all(|byte| byte.is_ascii_graphic()) {
            errors.add(node.key("path"), "expected a path such as /postern/envoy-1");
        }
    }
}

/// How often it is looked whether there is something to do.
const TICK_MS: u32 = 500;

/// Where the workers agree who does what: whether the snapshot was read, until when somebody is at it, when it was
/// written last.
const KEY: &str = "postern/ledger/1/snapshot";

/// The first line of a snapshot.
const HEAD: &str = "postern-ledger 1";

/// Writes and reads the snapshots of one gateway.
pub struct Keeper {
    config: SnapshotConfig,
    call: RefCell<Option<(CallId, Doing)>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Doing {
    Reading,
    Writing,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct State {
    read: u64,
    lease_ms: u64,
    written_ms: u64,
}

impl State {
    fn parse(bytes: &[u8]) -> Self {
        let number =
            |at: usize| bytes.get(at..at + 8).and_then(|bytes| bytes.try_into().ok()).map_or(0, u64::from_le_bytes);
        Self { read: number(0), lease_ms: number(8), written_ms: number(16) }
    }

    fn bytes(self) -> Vec<u8> {
        [self.read, self.lease_ms, self.written_ms].iter().flat_map(|number| number.to_le_bytes()).collect()
    }
}

impl Keeper {
    /// A keeper; its ticks are asked for here, while the plugin is configured.
    pub fn new(config: SnapshotConfig, host: &dyn Host) -> Self {
        if let Ok((None, _)) = host.shared(KEY) {
            let _ = host.set_shared(KEY, &State::default().bytes(), 0);
        }
        let _ = host.tick_every(TICK_MS);
        Self { config, call: RefCell::new(None) }
    }

    /// Reads these slots or writes them, if it is time and nobody else does.
    pub fn on_tick(&self, host: &dyn Host, slots: &[String]) {
        let now_ms = host.now_ns() / 1_000_000;
        let Ok((Some(value), ticket)) = host.shared(KEY) else { return };
        let state = State::parse(&value);
        let due = state.read == 0 || now_ms >= state.written_ms + self.config.every_secs.get() * 1_000;
        if !due || now_ms < state.lease_ms {
            return;
        }
        let lease_ms = now_ms + self.config.timeout_ms.get() + 1_000;
        let leased = State { lease_ms, ..state };
        if !host.set_shared(KEY, &leased.bytes(), ticket).unwrap_or(false) {
            return;
        }
        let (doing, method, body) = match state.read {
            0 => (Doing::Reading, "GET", Vec::new()),
            _ => (Doing::Writing, "PUT", export(host, slots)),
        };
        let authority = self.config.host.as_deref().unwrap_or(&self.config.cluster);
        let headers = [(":method", method), (":path", &self.config.path), (":authority", authority)];
        let headers: Headers = headers.into_iter().collect();
        match host.call(&self.config.cluster, &headers, &body, self.config.timeout_ms.get() as u32) {
            Ok(call) => *self.call.borrow_mut() = Some((call, doing)),
            Err(error) => host.log(Level::Error, &format!("the ledger's snapshot: {error}")),
        }
    }

    /// Takes a reply, if it is to this keeper's call.
    pub fn on_call_reply(&self, host: &dyn Host, call: CallId, headers: &Headers, body: &[u8]) {
        let Some((_, doing)) = self.call.borrow_mut().take_if(|(known, _)| *known == call) else { return };
        let status = headers.get(":status").and_then(|status| status.parse().ok()).unwrap_or(0_u16);
        let now_ms = host.now_ns() / 1_000_000;
        let done = match (doing, status) {
            (Doing::Reading, 200) => {
                let slots = import(host, body);
                host.log(Level::Info, &format!("the ledger's snapshot was read: {slots} slots"));
                Some(State { read: 1, lease_ms: 0, written_ms: now_ms })
            }
            // Nothing was ever written.
            (Doing::Reading, 204 | 404) => Some(State { read: 1, lease_ms: 0, written_ms: 0 }),
            (Doing::Writing, 200..300) => Some(State { read: 1, lease_ms: 0, written_ms: now_ms }),
            // The lease is the pause until the next try.
            _ => None,
        };
        match done {
            Some(state) => {
                let _ = host.set_shared(KEY, &state.bytes(), 0);
            }
            None => host.log(Level::Warn, &format!("the ledger's snapshot: {doing:?} was answered {status}")),
        }
    }
}

/// The slots as text: a line each.
fn export(host: &dyn Host, slots: &[String]) -> Vec<u8> {
    let mut text = format!("{HEAD}\n");
    for key in slots {
        if let Ok((Some(value), _)) = host.shared(key) {
            text.push_str(key);
            text.push(' ');
            STANDARD_NO_PAD.encode_string(&value, &mut text);
            text.push('\n');
        }
    }
    text.into_bytes()
}

/// Adds what a snapshot says to the slots that the configuration has; how many there were.
fn import(host: &dyn Host, bytes: &[u8]) -> usize {
    let text = std::str::from_utf8(bytes).unwrap_or_default();
    let Some(lines) = text.strip_prefix(HEAD) else { return 0 };
    let slot = |line: &str| {
        let (key, value) = line.split_once(' ')?;
        let known = key.starts_with("postern/ledger/1/");
        let old = Slot::read(&STANDARD_NO_PAD.decode(value).ok()?);
        (known && merge(host, key, &old).is_ok()).then_some(())
    };
    lines.lines().filter_map(slot).count()
}

fn merge(host: &dyn Host, key: &str, old: &Slot) -> HostResult<()> {
    slot::change(host, key, |slot| {
        for entry in &old.entries {
            match slot.entries.iter_mut().find(|known| known.id == entry.id) {
                None => slot.entries.push(super::Entry { held: [0, 0], ..*entry }),
                Some(known) if known.start_ms == entry.start_ms => {
                    known.current = known.current.saturating_add(entry.current);
                    known.previous = known.previous.max(entry.previous);
                    known.told |= entry.told;
                }
                // The window has ended while nobody was there; what the old one had may still count in a sliding one.
                Some(known) if known.previous == 0 && entry.start_ms < known.start_ms => {
                    let mut old = *entry;
                    old.held = [0, 0];
                    known.previous = old.current;
                }
                Some(_) => {}
            }
        }
        ((), true)
    })
}

#[cfg(test)]
mod tests {
    use super::super::{Amounts, LimitRow, Meter, look, make, reserve};
    use super::*;
    use crate::host::fake::{FakeHost, START_NS};

    const KEPT: &str = "postern/ledger/1/limit/0/t";
    const NOW_MS: u64 = START_NS / 1_000_000;

    fn keeper(host: &FakeHost) -> Keeper {
        let text = r#"{"cluster":"store","path":"/a"}"#;
        let (config, _) = crate::config::parse::<SnapshotConfig>(text.as_bytes()).unwrap();
        make(host, KEPT).unwrap();
        Keeper::new(config, host)
    }

    fn meters() -> Vec<Meter> {
        let row = r#"{"of":"requests","limit":10,"per":"day"}"#;
        vec![crate::config::parse::<LimitRow>(row.as_bytes()).unwrap().0.meter().unwrap()]
    }

    fn used(host: &FakeHost) -> u64 {
        look(host, KEPT, &meters(), NOW_MS).unwrap().unwrap()[0].used
    }

    fn reply(host: &FakeHost, keeper: &Keeper, status: &str, body: &[u8]) {
        let call = CallId(host.calls.borrow().len() as u32);
        keeper.on_call_reply(host, call, &[(":status", status)].into_iter().collect(), body);
    }

    fn spend(host: &FakeHost) {
        let none = Amounts::default();
        reserve(host, KEPT, &meters(), NOW_MS, &none, &none, false).unwrap();
    }

    #[test]
    fn a_restart_goes_on_where_the_last_snapshot_was() {
        let before = FakeHost::new();
        let keeper_before = keeper(&before);
        keeper_before.on_tick(&before, &[KEPT.to_owned()]);
        assert_eq!(before.calls.borrow()[0].headers.get(":method"), Some("GET"));
        reply(&before, &keeper_before, "404", b"");
        (0..3).for_each(|_| spend(&before));
        keeper_before.on_tick(&before, &[KEPT.to_owned()]);
        let written = before.calls.borrow()[1].body.clone();
        reply(&before, &keeper_before, "204", b"");
        keeper_before.on_tick(&before, &[KEPT.to_owned()]);
        assert_eq!(before.calls.borrow().len(), 2, "not before its time");

        let after = FakeHost::new();
        let keeper_after = keeper(&after);
        spend(&after);
        keeper_after.on_tick(&after, &[KEPT.to_owned()]);
        keeper_after.on_tick(&after, &[KEPT.to_owned()]);
        assert_eq!(after.calls.borrow().len(), 1, "one reads, the others wait");
        reply(&after, &keeper_after, "200", &written);
        assert_eq!(used(&after), 4);
        assert_eq!(import(&after, b"something else"), 0);
        assert_eq!(import(&after, b"postern-ledger 1\npostern/ledger/1/limit/9/x AAAA\nother AAAA\n"), 0);
        assert_eq!(after.common.borrow().len(), 2, "a snapshot makes no slot");
    }

    #[test]
    fn a_snapshot_that_cannot_be_read_is_tried_again() {
        let host = FakeHost::new();
        let keeper = keeper(&host);
        keeper.on_tick(&host, &[KEPT.to_owned()]);
        reply(&host, &keeper, "503", b"");
        keeper.on_tick(&host, &[KEPT.to_owned()]);
        assert_eq!(host.calls.borrow().len(), 1);
        host.now_ns.set(host.now_ns.get() + 6_000_000_000);
        keeper.on_tick(&host, &[KEPT.to_owned()]);
        assert_eq!(host.calls.borrow()[1].headers.get(":method"), Some("GET"));
    }
}
