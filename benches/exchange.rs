//! One exchange through both filters over a host without Envoy: what our own code costs by callback, the host's share taken
//! out: time, allocations, and how many calls of Envoy it would make. `cargo bench --bench exchange`
//!
//! In Envoy the same code takes about twice as long: it is WebAssembly there, and cold.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, dead_code, missing_docs)]

#[path = "../tests/fake/mod.rs"]
mod fake;
#[path = "../tests/exchange/play.rs"]
mod play;

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::time::Instant;

use play::{Answer, PAIRS, Rig};
use postern::host::{CallId, Exchange, Flow, Host, HostResult, Level, Metric, MetricKind, Plugin, Side};
use postern::http::{Headers, Reply};

/// The callbacks, in the order of an exchange.
const CALLBACKS: [&str; 5] = ["create", "request headers", "request body", "response headers", "response body"];
const LOG: usize = 5;
const DROP: usize = 6;

/// What was spent in a callback.
#[derive(Clone, Copy, Default)]
struct Cost {
    ns: u64,
    allocations: u64,
    bytes: u64,
    host_calls: u64,
}

thread_local! {
    /// Our code runs, and in which callback of which filter; None where the host's or the player's does.
    static NOW: Cell<Option<(usize, Instant)>> = const { Cell::new(None) };
    static COSTS: Cell<[Cost; 14]> = const { Cell::new([Cost { ns: 0, allocations: 0, bytes: 0, host_calls: 0 }; 14]) };
}

fn add(row: usize, cost: Cost) {
    let mut costs = COSTS.get();
    let sum = &mut costs[row];
    sum.ns += cost.ns;
    sum.allocations += cost.allocations;
    sum.bytes += cost.bytes;
    sum.host_calls += cost.host_calls;
    COSTS.set(costs);
}

struct Counting;

// SAFETY: all is the system allocator's.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if let Some((row, _)) = NOW.try_with(Cell::get).ok().flatten() {
            add(row, Cost { allocations: 1, bytes: layout.size() as u64, ..Cost::default() });
        }
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        unsafe { System.dealloc(block, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Runs our code.
fn ours<T>(row: usize, run: impl FnOnce() -> T) -> T {
    NOW.set(Some((row, Instant::now())));
    let result = run();
    pause();
    result
}

fn pause() -> Option<usize> {
    let (row, since) = NOW.take()?;
    add(row, Cost { ns: since.elapsed().as_nanos() as u64, ..Cost::default() });
    Some(row)
}

/// Runs the host's code.
fn theirs<T>(run: impl FnOnce() -> T) -> T {
    let row = pause();
    let result = run();
    if let Some(row) = row {
        add(row, Cost { host_calls: 1, ..Cost::default() });
        NOW.set(Some((row, Instant::now())));
    }
    result
}

struct Watched(Box<dyn Plugin>, bool);
struct WatchedExchange(Option<Box<dyn Exchange>>, usize);
struct WatchedHost<'a>(&'a dyn Host);

impl Plugin for Watched {
    fn exchange(&self) -> Box<dyn Exchange> {
        let base = if self.1 { 0 } else { 7 };
        Box::new(WatchedExchange(Some(ours(base, || self.0.exchange())), base))
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
        theirs(|| self.0.env(name))
    }
    fn random(&self, bytes: &mut [u8]) -> HostResult<()> {
        theirs(|| self.0.random(bytes))
    }
    fn log(&self, level: Level, line: &str) {
        theirs(|| self.0.log(level, line));
    }
    fn headers(&self, side: Side) -> HostResult<Headers> {
        theirs(|| self.0.headers(side))
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
        theirs(|| self.0.header(side, name))
    }
    fn set_header(&self, side: Side, name: &str, value: &str) -> HostResult<()> {
        theirs(|| self.0.set_header(side, name, value))
    }
    fn body(&self, side: Side) -> HostResult<Vec<u8>> {
        theirs(|| self.0.body(side))
    }
    fn set_body(&self, side: Side, bytes: &[u8]) -> HostResult<()> {
        theirs(|| self.0.set_body(side, bytes))
    }
    fn property(&self, path: &[&str]) -> Option<Vec<u8>> {
        theirs(|| self.0.property(path))
    }
    fn state(&self, key: &str) -> Option<Vec<u8>> {
        theirs(|| self.0.state(key))
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
        theirs(|| self.0.shared(key))
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
        theirs(|| self.0.sign_rs256(key, text))
    }
}

fn main() {
    const ROUNDS: u32 = 2_000;
    for pair in PAIRS {
        let mut rig = Rig::new();
        rig.gateway = rig.gateway.map(|plugin| Box::new(Watched(plugin, true)) as Box<dyn Plugin>);
        rig.providers = std::mem::take(&mut rig.providers)
            .into_iter()
            .map(|(name, plugin)| (name, Box::new(Watched(plugin, false)) as Box<dyn Plugin>))
            .collect();
        let filler = "A sentence of a prompt, neither short nor long. ".repeat(40);
        let body = match pair.client {
            "openai_chat" => format!(
                r#"{{"model":"{}","messages":[{{"role":"system","content":"Be brief."}},{{"role":"user","content":"{filler}"}}]}}"#,
                pair.model
            ),
            _ => format!(
                r#"{{"model":"{}","max_tokens":100,"messages":[{{"role":"user","content":"{filler}"}}]}}"#,
                pair.model
            ),
        };
        let ask = pair.ask(false).body(body.as_str()).header("user-agent", "bench/1").header("x-request-id", "1-2-3-4");
        let answer = match pair.provider {
            "openai_chat" => {
                r#"{"id":"chatcmpl-1","object":"chat.completion","created":1,"model":"gpt","choices":[{"index":0,"message":{"role":"assistant","content":"Hello.","refusal":null},"logprobs":null,"finish_reason":"stop"}],"usage":{"prompt_tokens":9,"completion_tokens":2,"total_tokens":11}}"#
            }
            _ => {
                r#"{"id":"msg_1","type":"message","role":"assistant","model":"claude","content":[{"type":"text","text":"Hello."}],"stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":9,"output_tokens":2}}"#
            }
        };
        let answers = [Answer::json(200, answer)];
        let mut best = [Cost { ns: u64::MAX, ..Cost::default() }; 14];
        for _ in 0..10 {
            COSTS.set(Default::default());
            for _ in 0..ROUNDS {
                assert_eq!(rig.play(&ask, &answers).status, 200);
                rig.host.metrics.borrow_mut().iter_mut().for_each(|row| row.1 = 0);
            }
            for (best, cost) in best.iter_mut().zip(COSTS.get()) {
                *best = Cost { ns: best.ns.min(cost.ns), ..cost };
            }
        }
        println!("{} -> {}", pair.client, pair.provider);
        let names = CALLBACKS.iter().chain(&["log", "drop"]);
        for (filter, costs) in ["gateway", "provider"].iter().zip(best.chunks(7)) {
            for (name, cost) in names.clone().zip(costs).filter(|(_, cost)| cost.ns > 0) {
                show(&format!("{filter} {name}"), *cost, ROUNDS);
            }
        }
        let sum = best.iter().fold(Cost::default(), |sum, cost| Cost {
            ns: sum.ns + cost.ns,
            allocations: sum.allocations + cost.allocations,
            bytes: sum.bytes + cost.bytes,
            host_calls: sum.host_calls + cost.host_calls,
        });
        show("all", sum, ROUNDS);
    }
}

fn show(name: &str, cost: Cost, rounds: u32) {
    let each = |sum: u64| sum as f64 / f64::from(rounds);
    println!(
        "  {name:26} {:6.2} µs  {:5.1} allocations of {:7.0} bytes  {:4.1} host calls",
        each(cost.ns) / 1000.0,
        each(cost.allocations),
        each(cost.bytes),
        each(cost.host_calls)
    );
}
