//! Plugins that are watched while a test's host plays Envoy: what our own code takes by callback, in time, allocations
//! and calls of Envoy, and how much memory it holds. What the host does on its side is not counted; what it gives us (a
//! body, a header map) is memory of ours, as in Envoy.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::time::Instant;

use postern::host::{CallId, Exchange, Flow, Host, HostResult, Level, Metric, MetricKind, Plugin, Side};
use postern::http::{Headers, Reply};

use crate::play::Rig;

/// The callbacks of either filter, in the order of an exchange.
pub const CALLBACKS: [&str; 7] =
    ["create", "request headers", "request body", "response headers", "response body", "log", "drop"];
const LOG: usize = 5;
const DROP: usize = 6;

/// What was spent: each callback of the gateway filter, then of the provider filter.
pub type Costs = [Cost; 2 * CALLBACKS.len()];

/// What was spent in a callback.
#[derive(Clone, Copy, Default)]
pub struct Cost {
    pub ns: u64,
    pub allocations: u64,
    pub bytes: u64,
    pub host_calls: u64,
}

impl Cost {
    const NONE: Self = Self { ns: 0, allocations: 0, bytes: 0, host_calls: 0 };

    /// Both together.
    pub fn and(self, other: Self) -> Self {
        Self {
            ns: self.ns + other.ns,
            allocations: self.allocations + other.allocations,
            bytes: self.bytes + other.bytes,
            host_calls: self.host_calls + other.host_calls,
        }
    }
}

thread_local! {
    /// The callback whose code runs, and since when; None for its time where the host works for it.
    static NOW: Cell<Option<(usize, Option<Instant>)>> = const { Cell::new(None) };
    static COSTS: Cell<Costs> = const { Cell::new([Cost::NONE; 2 * CALLBACKS.len()]) };
    /// Bytes held, and the most there were.
    static HELD: Cell<(i64, i64)> = const { Cell::new((0, 0)) };
}

fn add(row: usize, cost: Cost) {
    let mut costs = COSTS.get();
    costs[row] = costs[row].and(cost);
    COSTS.set(costs);
}

/// Begins to count anew.
pub fn reset() {
    COSTS.set(Default::default());
    HELD.set((0, 0));
}

/// What was spent since.
pub fn costs() -> Costs {
    COSTS.get()
}

/// The most bytes that were held at once.
pub fn peak() -> u64 {
    HELD.get().1.max(0) as u64
}

/// The system's allocator, counting what watched code asks of it.
pub struct Counting;

fn hold(bytes: i64) {
    let (held, most) = HELD.get();
    HELD.set((held + bytes, most.max(held + bytes)));
}

// SAFETY: all is the system allocator's.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if let Some((row, _)) = NOW.try_with(Cell::get).ok().flatten() {
            add(row, Cost { allocations: 1, bytes: layout.size() as u64, ..Cost::NONE });
            hold(layout.size() as i64);
        }
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        if NOW.try_with(Cell::get).ok().flatten().is_some() {
            hold(-(layout.size() as i64));
        }
        unsafe { System.dealloc(block, layout) }
    }
}

/// Runs our code.
fn ours<T>(row: usize, run: impl FnOnce() -> T) -> T {
    NOW.set(Some((row, Some(Instant::now()))));
    let result = run();
    pause();
    result
}

/// Our code stops; which callback it was.
fn pause() -> Option<usize> {
    let (row, since) = NOW.take()?;
    let ns = since.map_or(0, |since| since.elapsed().as_nanos() as u64);
    add(row, Cost { ns, ..Cost::NONE });
    Some(row)
}

fn go_on(row: Option<usize>) {
    if let Some(row) = row {
        add(row, Cost { host_calls: 1, ..Cost::NONE });
        NOW.set(Some((row, Some(Instant::now()))));
    }
}

/// Runs the host's code.
fn theirs<T>(run: impl FnOnce() -> T) -> T {
    let row = pause();
    let result = run();
    go_on(row);
    result
}

/// The same for what it gives us.
fn given<T>(run: impl FnOnce() -> T) -> T {
    let row = pause();
    NOW.set(row.map(|row| (row, None)));
    let result = run();
    pause();
    go_on(row);
    result
}

/// Watches every filter of a rig.
pub fn watch(rig: &mut Rig) {
    rig.gateway = rig.gateway.take().map(|plugin| Box::new(Watched(plugin, 0)) as Box<dyn Plugin>);
    let watched = |(name, plugin)| (name, Box::new(Watched(plugin, CALLBACKS.len())) as Box<dyn Plugin>);
    rig.providers = std::mem::take(&mut rig.providers).into_iter().map(watched).collect();
}

/// A plugin and the row of its filter's first callback.
struct Watched(Box<dyn Plugin>, usize);
struct WatchedExchange(Option<Box<dyn Exchange>>, usize);
struct WatchedHost<'a>(&'a dyn Host);

impl Plugin for Watched {
    fn exchange(&self) -> Box<dyn Exchange> {
        Box::new(WatchedExchange(Some(ours(self.1, || self.0.exchange())), self.1))
    }
}

impl WatchedExchange {
    fn run<T>(&mut self, callback: usize, run: impl FnOnce(&mut dyn Exchange) -> T) -> T {
        ours(self.1 + callback, || run(self.0.as_deref_mut().unwrap()))
    }
}

impl Drop for WatchedExchange {
    fn drop(&mut self) {
        ours(self.1 + DROP, || drop(self.0.take()));
    }
}

impl Exchange for WatchedExchange {
    fn on_request_headers(&mut self, host: &dyn Host, end: bool) -> Flow {
        self.run(1, |exchange| exchange.on_request_headers(&WatchedHost(host), end))
    }
    fn on_request_body(&mut self, host: &dyn Host, size: usize, end: bool) -> Flow {
        self.run(2, |exchange| exchange.on_request_body(&WatchedHost(host), size, end))
    }
    fn on_response_headers(&mut self, host: &dyn Host, end: bool) -> Flow {
        self.run(3, |exchange| exchange.on_response_headers(&WatchedHost(host), end))
    }
    fn on_response_body(&mut self, host: &dyn Host, size: usize, end: bool) -> Flow {
        self.run(4, |exchange| exchange.on_response_body(&WatchedHost(host), size, end))
    }
    fn on_log(&mut self, host: &dyn Host) {
        self.run(LOG, |exchange| exchange.on_log(&WatchedHost(host)));
    }
    fn internal_error(&self) -> Reply {
        Reply::default()
    }
}

impl Host for WatchedHost<'_> {
    fn now_ns(&self) -> u64 {
        theirs(|| self.0.now_ns())
    }
    fn env(&self, name: &str) -> Option<String> {
        given(|| self.0.env(name))
    }
    fn random(&self, bytes: &mut [u8]) -> HostResult<()> {
        theirs(|| self.0.random(bytes))
    }
    fn log(&self, level: Level, line: &str) {
        theirs(|| self.0.log(level, line));
    }
    fn headers(&self, side: Side) -> HostResult<Headers> {
        given(|| self.0.headers(side))
    }
    fn set_headers(&self, side: Side, headers: &Headers) -> HostResult<()> {
        theirs(|| self.0.set_headers(side, headers))
    }
    fn update_headers(&self, side: Side, headers: &Headers) -> HostResult<()> {
        theirs(|| self.0.update_headers(side, headers))?;
        // Each change is a call of its own.
        (1..headers.changes().len()).for_each(|_| theirs(|| ()));
        Ok(())
    }
    fn header(&self, side: Side, name: &str) -> Option<String> {
        given(|| self.0.header(side, name))
    }
    fn set_header(&self, side: Side, name: &str, value: &str) -> HostResult<()> {
        theirs(|| self.0.set_header(side, name, value))
    }
    fn body_from(&self, side: Side, start: usize) -> HostResult<Vec<u8>> {
        given(|| self.0.body_from(side, start))
    }
    fn set_body(&self, side: Side, bytes: &[u8]) -> HostResult<()> {
        theirs(|| self.0.set_body(side, bytes))
    }
    fn property(&self, path: &[&str]) -> Option<Vec<u8>> {
        given(|| self.0.property(path))
    }
    fn state(&self, key: &str) -> Option<Vec<u8>> {
        given(|| self.0.state(key))
    }
    fn set_state(&self, key: &str, value: &[u8]) -> HostResult<()> {
        theirs(|| self.0.set_state(key, value))
    }
    fn clear_route_cache(&self) -> HostResult<()> {
        theirs(|| self.0.clear_route_cache())
    }
    fn reply(&self, reply: &Reply) -> HostResult<()> {
        theirs(|| self.0.reply(reply))
    }
    fn resume(&self, side: Side) -> HostResult<()> {
        theirs(|| self.0.resume(side))
    }
    fn reset(&self) -> HostResult<()> {
        theirs(|| self.0.reset())
    }
    fn define_metric(&self, kind: MetricKind, name: &str) -> HostResult<Metric> {
        theirs(|| self.0.define_metric(kind, name))
    }
    fn add_metric(&self, metric: Metric, by: i64) -> HostResult<()> {
        theirs(|| self.0.add_metric(metric, by))
    }
    fn record_metric(&self, metric: Metric, value: u64) -> HostResult<()> {
        theirs(|| self.0.record_metric(metric, value))
    }
    fn shared(&self, key: &str) -> HostResult<(Option<Vec<u8>>, u32)> {
        given(|| self.0.shared(key))
    }
    fn set_shared(&self, key: &str, value: &[u8], ticket: u32) -> HostResult<bool> {
        theirs(|| self.0.set_shared(key, value, ticket))
    }
    fn call(&self, cluster: &str, headers: &Headers, body: &[u8], timeout_ms: u32) -> HostResult<CallId> {
        theirs(|| self.0.call(cluster, headers, body, timeout_ms))
    }
    fn tick_every(&self, ms: u32) -> HostResult<()> {
        theirs(|| self.0.tick_every(ms))
    }
    fn wake_me(&self) -> HostResult<()> {
        theirs(|| self.0.wake_me())
    }
    fn sign_rs256(&self, key: &[u8], text: &[u8]) -> HostResult<Vec<u8>> {
        given(|| self.0.sign_rs256(key, text))
    }
}
