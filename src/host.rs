//! The border: everything the core may ask of Envoy, as one trait, and everything Envoy may tell the core, as another.
//!
//! `abi/` is the only real [`Host`]; tests have a fake one. Nothing here panics: a host call that Envoy refuses is an
//! error value, because a panic in the module stops the VM for every stream on the worker.

#[cfg(test)]
#[path = "../tests/fake/mod.rs"]
pub(crate) mod fake;

use crate::http::{Headers, Reply};

/// Which half of the exchange a header map or a body belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// What travels from the client to the provider.
    Request,
    /// What travels from the provider to the client.
    Response,
}

/// What Envoy is to do with the stream when a callback returns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Flow {
    /// Send on what was held and what comes.
    Continue,
    /// Hold: headers stay changeable, body bytes accumulate.
    Pause,
}

/// A host call that did not work: the call's name and Envoy's status (proxy-wasm ABI 0.2.1 `WasmResult`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HostError {
    /// The ABI function, e.g. `proxy_set_buffer_bytes`.
    pub call: &'static str,
    /// The status Envoy returned; 1 = NotFound, 2 = BadArgument, 8 = CasMismatch.
    pub status: u32,
}

impl std::fmt::Display for HostError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} answered status {}", self.call, self.status)
    }
}

/// The result of a host call.
pub type HostResult<T> = Result<T, HostError>;

/// How loud a log line is; the numbers are proxy-wasm's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd)]
#[repr(u32)]
pub enum Level {
    /// One request's way.
    Debug = 1,
    /// Lifecycle.
    Info = 2,
    /// Look today.
    Warn = 3,
    /// Act now.
    Error = 4,
}

/// The kinds of metric Envoy keeps for a module; the numbers are proxy-wasm's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u32)]
pub enum MetricKind {
    /// Only grows. An increment of 0 is refused by Envoy, so callers skip it.
    Counter = 0,
    /// Goes up and down.
    Gauge = 1,
    /// Distribution; Envoy's sums are approximate, so never money or tokens alone.
    Histogram = 2,
}

/// A metric Envoy has defined for us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Metric(pub u32);

/// An HTTP call on its way to a cluster; its reply comes to [`Exchange::on_call_reply`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CallId(pub u32);

/// What the core may ask of Envoy. One request's calls act on that request's stream.
pub trait Host {
    /// Wall clock, nanoseconds since the Unix epoch.
    fn now_ns(&self) -> u64;
    /// The value of an environment variable that the VM configuration passes in.
    fn env(&self, name: &str) -> Option<String>;
    /// Fills `bytes` from Envoy's random source.
    fn random(&self, bytes: &mut [u8]) -> HostResult<()>;
    /// Writes one line to Envoy's log.
    fn log(&self, level: Level, line: &str);

    /// The whole header map of one side. Works only while that side's headers are held.
    fn headers(&self, side: Side) -> HostResult<Headers>;
    /// Replaces the whole header map of one side.
    fn set_headers(&self, side: Side, headers: &Headers) -> HostResult<()>;
    /// Makes Envoy's map the same as this one, which [`Host::headers`] gave for this side in this exchange and which was
    /// changed since; nothing else may have changed Envoy's. Only the changes travel.
    fn update_headers(&self, side: Side, headers: &Headers) -> HostResult<()> {
        self.set_headers(side, headers)
    }
    /// One header's value, where the rest of the map is not wanted; None if there is no such header, or its value is no
    /// text.
    fn header(&self, side: Side, name: &str) -> Option<String> {
        self.headers(side).ok()?.get(name).map(str::to_owned)
    }
    /// Sets one header, whatever the others are.
    fn set_header(&self, side: Side, name: &str, value: &str) -> HostResult<()> {
        let mut headers = self.headers(side)?;
        headers.set(name, value);
        self.set_headers(side, &headers)
    }
    /// The body bytes now in the buffer: the whole body while paused, else the chunk of this callback.
    fn body(&self, side: Side) -> HostResult<Vec<u8>> {
        self.body_from(side, 0)
    }
    /// Those from there on.
    fn body_from(&self, side: Side, start: usize) -> HostResult<Vec<u8>>;
    /// Replaces the bytes now in the buffer.
    fn set_body(&self, side: Side, bytes: &[u8]) -> HostResult<()>;

    /// An Envoy attribute, e.g. `["xds", "cluster_name"]`; None where Envoy has none.
    fn property(&self, path: &[&str]) -> Option<Vec<u8>>;
    /// A value of this stream's filter state written by [`Host::set_state`], here or in the other filter.
    fn state(&self, key: &str) -> Option<Vec<u8>>;
    /// Writes filter state: Envoy names it `wasm.<key>`, for both filters, the route matcher and the access log.
    fn set_state(&self, key: &str, value: &[u8]) -> HostResult<()>;
    /// Lets Envoy choose the route anew. A changed request header makes it too, filter state alone does not.
    fn clear_route_cache(&self) -> HostResult<()>;

    /// Answers the client from here, and ends the exchange. Not retried by Envoy.
    fn reply(&self, reply: &Reply) -> HostResult<()>;
    /// Lets a paused side go on, from a callback of something else (a call's reply).
    fn resume(&self, side: Side) -> HostResult<()>;
    /// Resets the stream; bytes written in the same callback are lost.
    fn reset(&self) -> HostResult<()>;

    /// Defines a metric or finds the one of that name.
    fn define_metric(&self, kind: MetricKind, name: &str) -> HostResult<Metric>;
    /// Adds to a counter or gauge.
    fn add_metric(&self, metric: Metric, by: i64) -> HostResult<()>;
    /// Records into a histogram, or sets a gauge.
    fn record_metric(&self, metric: Metric, value: u64) -> HostResult<()>;

    /// A value shared by all workers, and its compare-and-set ticket (0 = absent).
    fn shared(&self, key: &str) -> HostResult<(Option<Vec<u8>>, u32)>;
    /// Writes a shared value if `ticket` is still its ticket; 0 = write in any case. `Ok(false)` = somebody was quicker.
    fn set_shared(&self, key: &str, value: &[u8], ticket: u32) -> HostResult<bool>;

    /// Sends an HTTP request to a cluster.
    fn call(&self, cluster: &str, headers: &Headers, body: &[u8], timeout_ms: u32) -> HostResult<CallId>;

    /// From now on, and until said otherwise, [`Plugin::on_tick`] comes every `ms` milliseconds on each thread; 0 = not
    /// any more. For a plugin's callbacks and its configuration only.
    fn tick_every(&self, ms: u32) -> HostResult<()>;
    /// Asks for one [`Exchange::on_wake`], soon: what a paused exchange waits for comes by no callback of its own.
    fn wake_me(&self) -> HostResult<()>;
    /// Signs a text with an RSA key in PKCS #8 form: RSASSA-PKCS1-v1_5 with SHA-256, JWT's RS256.
    fn sign_rs256(&self, key: &[u8], text: &[u8]) -> HostResult<Vec<u8>>;
}

/// The number in an attribute: Envoy's integers are eight bytes, little-endian.
pub fn integer(bytes: Vec<u8>) -> Option<u64> {
    bytes.try_into().ok().map(u64::from_le_bytes)
}

/// One request with its answer, as Envoy tells it. The edge promises: each `on_*_body` with `end` comes exactly once
/// per side that has ended, whether Envoy said so by a last chunk, an empty one, trailers, or headers alone
/// (then `on_*_headers` has `end` and no body callback follows).
pub trait Exchange {
    /// The request's headers are there.
    fn on_request_headers(&mut self, host: &dyn Host, end: bool) -> Flow;
    /// `size` bytes are in the request buffer.
    fn on_request_body(&mut self, host: &dyn Host, size: usize, end: bool) -> Flow;
    /// The answer's headers are there.
    fn on_response_headers(&mut self, host: &dyn Host, end: bool) -> Flow;
    /// `size` bytes are in the response buffer.
    fn on_response_body(&mut self, host: &dyn Host, size: usize, end: bool) -> Flow;
    /// A call of ours was answered, or failed (then Envoy makes up a 503 or 504).
    fn on_call_reply(&mut self, host: &dyn Host, call: CallId, headers: &Headers, body: &[u8]) {
        let _ = (host, call, headers, body);
    }
    /// What [`Host::wake_me`] asked for. Nothing new has come of either side.
    fn on_wake(&mut self, host: &dyn Host) {
        let _ = host;
    }
    /// The stream is over, whichever way; the access log is written next. Not called in an upstream filter. Comes
    /// after a panic of this exchange too: what it cost is not lost.
    fn on_log(&mut self, host: &dyn Host) {
        let _ = host;
    }
    /// What to answer when our own code failed: one 500 in the client's format.
    fn internal_error(&self) -> Reply;
}

/// One configured filter: what `on_configure` made of the operator's JSON. Makes the exchanges.
pub trait Plugin {
    /// A new exchange for a new stream (or, upstream, for a new attempt).
    fn exchange(&self) -> Box<dyn Exchange>;
    /// Time has passed; see [`Host::tick_every`]. It may come more often while exchanges wait to be woken.
    fn on_tick(&self, host: &dyn Host) {
        let _ = host;
    }
    /// A call that [`Plugin::on_tick`] or this made was answered, or failed (then Envoy makes up a 503 or 504).
    fn on_call_reply(&self, host: &dyn Host, call: CallId, headers: &Headers, body: &[u8]) {
        let _ = (host, call, headers, body);
    }
}
