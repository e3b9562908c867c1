//! A host without Envoy: what a filter may ask is answered from memory, and what it does is kept to be looked at.
//!
//! One host serves both filters of an exchange, as Envoy's stream does: filter state and properties are common, and
//! whoever plays the exchange lays the headers and the body of the moment in front of the filter it calls.

// Each test binary uses its own part of this.
#![allow(dead_code, clippy::unwrap_used)]

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use postern::host::{CallId, Host, HostError, HostResult, Level, Metric, MetricKind, Side};
use postern::http::{Headers, Reply};

/// 2026-01-01T00:00:00Z, in nanoseconds.
pub const START_NS: u64 = 1_767_225_600_000_000_000;

/// The host.
#[derive(Default)]
pub struct FakeHost {
    /// The clock.
    pub now_ns: Cell<u64>,
    /// What every random byte is.
    pub random: Cell<u8>,
    /// Environment variables.
    pub env: RefCell<BTreeMap<String, String>>,
    /// Every line logged.
    pub lines: RefCell<Vec<(Level, String)>>,
    /// The headers now held, request and response; None where Envoy would refuse to show them.
    pub held: [RefCell<Option<Headers>>; 2],
    /// The bytes now in the buffers.
    pub buffered: [RefCell<Vec<u8>>; 2],
    /// Envoy's attributes, by path joined with `.`.
    pub properties: RefCell<BTreeMap<String, Vec<u8>>>,
    /// The stream's filter state.
    pub state: RefCell<BTreeMap<String, Vec<u8>>>,
    /// The answer a filter gave itself.
    pub reply: RefCell<Option<Reply>>,
    /// Whether a filter reset the stream.
    pub reset: Cell<bool>,
    /// Metrics by name, with their sums.
    pub metrics: RefCell<Vec<(String, i64)>>,
    /// What all workers share, with its ticket.
    pub common: RefCell<BTreeMap<String, (Vec<u8>, u32)>>,
    /// How often the next compare-and-set finds that somebody was quicker.
    pub quicker: Cell<u32>,
    /// Every call made, the first one's id being 1.
    pub calls: RefCell<Vec<Call>>,
    /// Calls are refused, as Envoy does where it has no such cluster.
    pub no_cluster: Cell<bool>,
    /// The ticks last asked for.
    pub tick_ms: Cell<u32>,
    /// Whether a filter let a paused request go on.
    pub resumed: Cell<bool>,
    /// Whether the stream asked to be woken.
    pub to_wake: Cell<bool>,
    /// Signing is refused, as by an Envoy that cannot.
    pub no_signing: Cell<bool>,
}

/// A call that a filter made.
#[derive(Debug)]
pub struct Call {
    /// The cluster called.
    pub cluster: String,
    /// The request's headers.
    pub headers: Headers,
    /// Its body.
    pub body: Vec<u8>,
    /// How long the answer may take.
    pub timeout_ms: u32,
}

impl FakeHost {
    /// A host at its start.
    pub fn new() -> Self {
        let host = Self::default();
        host.now_ns.set(START_NS);
        host.random.set(7);
        host
    }

    /// Forgets the last stream: what belongs to the process stays.
    pub fn new_stream(&self) {
        for side in 0..2 {
            *self.held[side].borrow_mut() = None;
            self.buffered[side].borrow_mut().clear();
        }
        self.properties.borrow_mut().clear();
        self.state.borrow_mut().clear();
        *self.reply.borrow_mut() = None;
        self.reset.set(false);
        self.to_wake.set(false);
    }

    /// Lays one side in front of a filter: its headers, held, and the bytes in its buffer.
    pub fn lay(&self, side: Side, headers: Headers, body: &[u8]) {
        *self.held[side as usize].borrow_mut() = Some(headers);
        *self.buffered[side as usize].borrow_mut() = body.to_vec();
    }

    /// What a filter has left of one side.
    pub fn take(&self, side: Side) -> (Headers, Vec<u8>) {
        (self.held[side as usize].take().unwrap_or_default(), self.buffered[side as usize].take())
    }

    /// Sets an attribute that is text.
    pub fn set_text(&self, path: &str, value: &str) {
        self.properties.borrow_mut().insert(path.to_owned(), value.as_bytes().to_vec());
    }

    /// Sets an attribute that is a number.
    pub fn set_number(&self, path: &str, value: u64) {
        self.properties.borrow_mut().insert(path.to_owned(), value.to_le_bytes().to_vec());
    }

    /// Everything that was logged, one line after the other.
    pub fn log_text(&self) -> String {
        self.lines.borrow().iter().map(|(_, line)| format!("{line}\n")).collect()
    }

    /// The sum of a metric; None if it was never defined.
    pub fn metric(&self, name: &str) -> Option<i64> {
        self.metrics.borrow().iter().find(|(known, _)| known == name).map(|(_, sum)| *sum)
    }

    /// The names of all metrics.
    pub fn metric_names(&self) -> String {
        self.metrics.borrow().iter().map(|(name, _)| format!("{name}\n")).collect()
    }
}

fn refused<T>(call: &'static str) -> HostResult<T> {
    Err(HostError { call, status: 2 })
}

impl Host for FakeHost {
    fn now_ns(&self) -> u64 {
        self.now_ns.get()
    }

    fn env(&self, name: &str) -> Option<String> {
        self.env.borrow().get(name).cloned()
    }

    fn random(&self, bytes: &mut [u8]) -> HostResult<()> {
        bytes.fill(self.random.get());
        Ok(())
    }

    fn log(&self, level: Level, line: &str) {
        self.lines.borrow_mut().push((level, line.to_owned()));
    }

    fn headers(&self, side: Side) -> HostResult<Headers> {
        let pairs = self.held[side as usize].borrow().as_ref().map(Headers::encode);
        pairs.and_then(Headers::decode).map_or_else(|| refused("proxy_get_header_map_pairs"), Ok)
    }

    fn set_headers(&self, side: Side, headers: &Headers) -> HostResult<()> {
        match &mut *self.held[side as usize].borrow_mut() {
            Some(held) => *held = headers.clone(),
            None => return refused("proxy_set_header_map_pairs"),
        }
        Ok(())
    }

    fn body_from(&self, side: Side, start: usize) -> HostResult<Vec<u8>> {
        Ok(self.buffered[side as usize].borrow()[start..].to_vec())
    }

    fn set_body(&self, side: Side, bytes: &[u8]) -> HostResult<()> {
        *self.buffered[side as usize].borrow_mut() = bytes.to_vec();
        Ok(())
    }

    fn property(&self, path: &[&str]) -> Option<Vec<u8>> {
        self.properties.borrow().get(&path.join(".")).cloned()
    }

    fn state(&self, key: &str) -> Option<Vec<u8>> {
        self.state.borrow().get(key).cloned()
    }

    fn set_state(&self, key: &str, value: &[u8]) -> HostResult<()> {
        self.state.borrow_mut().insert(key.to_owned(), value.to_vec());
        Ok(())
    }

    fn clear_route_cache(&self) -> HostResult<()> {
        Ok(())
    }

    fn reply(&self, reply: &Reply) -> HostResult<()> {
        *self.reply.borrow_mut() = Some(reply.clone());
        Ok(())
    }

    fn resume(&self, side: Side) -> HostResult<()> {
        self.resumed.set(self.resumed.get() || side == Side::Request);
        Ok(())
    }

    fn reset(&self) -> HostResult<()> {
        self.reset.set(true);
        Ok(())
    }

    fn define_metric(&self, _kind: MetricKind, name: &str) -> HostResult<Metric> {
        let mut metrics = self.metrics.borrow_mut();
        let known = metrics.iter().position(|(known, _)| known == name);
        let at = known.unwrap_or_else(|| {
            metrics.push((name.to_owned(), 0));
            metrics.len() - 1
        });
        Ok(Metric(at as u32))
    }

    fn add_metric(&self, metric: Metric, by: i64) -> HostResult<()> {
        match self.metrics.borrow_mut().get_mut(metric.0 as usize) {
            Some((_, sum)) if by != 0 => *sum += by,
            _ => return refused("proxy_increment_metric"),
        }
        Ok(())
    }

    fn record_metric(&self, metric: Metric, value: u64) -> HostResult<()> {
        match self.metrics.borrow_mut().get_mut(metric.0 as usize) {
            Some((_, last)) => *last = value as i64,
            None => return refused("proxy_record_metric"),
        }
        Ok(())
    }

    fn shared(&self, key: &str) -> HostResult<(Option<Vec<u8>>, u32)> {
        let common = self.common.borrow();
        Ok(common.get(key).map_or((None, 0), |(value, ticket)| (Some(value.clone()), *ticket)))
    }

    fn set_shared(&self, key: &str, value: &[u8], ticket: u32) -> HostResult<bool> {
        if self.quicker.get() > 0 {
            self.quicker.set(self.quicker.get() - 1);
            return Ok(false);
        }
        let mut common = self.common.borrow_mut();
        let now = common.get(key).map_or(0, |(_, ticket)| *ticket);
        if ticket != 0 && ticket != now {
            return Ok(false);
        }
        common.insert(key.to_owned(), (value.to_vec(), now + 1));
        Ok(true)
    }

    fn call(&self, cluster: &str, headers: &Headers, body: &[u8], timeout_ms: u32) -> HostResult<CallId> {
        if self.no_cluster.get() {
            return refused("proxy_http_call");
        }
        let mut calls = self.calls.borrow_mut();
        calls.push(Call { cluster: cluster.to_owned(), headers: headers.clone(), body: body.to_vec(), timeout_ms });
        Ok(CallId(calls.len() as u32))
    }

    fn tick_every(&self, ms: u32) -> HostResult<()> {
        self.tick_ms.set(ms);
        Ok(())
    }

    fn wake_me(&self) -> HostResult<()> {
        self.to_wake.set(true);
        Ok(())
    }

    fn sign_rs256(&self, key: &[u8], text: &[u8]) -> HostResult<Vec<u8>> {
        if self.no_signing.get() {
            return refused("proxy_call_foreign_function");
        }
        Ok([b"signed with ", key, b": ", text].concat())
    }
}
