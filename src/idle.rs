//! Two filters that do nothing but what two such filters cannot do without, to measure what Envoy asks for that alone:
//! `benches/envoy/ab.py idle=4`. Compiled only with the feature `idle`, which no shipped module has.
//!
//! The environment variable `IDLE` says how much is done: 0 nothing; 1 the gateway holds the request to its end; 2 the
//! provider filter does so too; 3 it also holds the answer; 4 the gateway names the cluster that the route is to pick,
//! from the request's header `x-bench`.

use crate::host::{Exchange, Flow, Host, Plugin, Side};
use crate::http::Reply;

/// Either of the two filters.
pub struct Idle {
    gateway: bool,
    level: u8,
}

impl Idle {
    /// The filter of this configuration.
    pub fn new(host: &dyn Host, configuration: &[u8]) -> Self {
        let gateway = memchr::memmem::find(configuration, b"\"gateway\"").is_some();
        let level = host.env("IDLE").and_then(|level| level.parse().ok()).unwrap_or(0);
        Self { gateway, level }
    }

    fn held(&self, from: u8, end: bool) -> Flow {
        if self.level >= from && !end { Flow::Pause } else { Flow::Continue }
    }
}

impl Plugin for Idle {
    fn exchange(&self) -> Box<dyn Exchange> {
        Box::new(Self { ..*self })
    }
}

impl Exchange for Idle {
    fn on_request_headers(&mut self, host: &dyn Host, end: bool) -> Flow {
        if self.gateway && self.level >= 4 {
            let headers = host.headers(Side::Request).unwrap_or_default();
            let _ = host.set_state(crate::handover::NEXT, headers.get("x-bench").unwrap_or("").as_bytes());
        }
        self.held(if self.gateway { 1 } else { 2 }, end)
    }

    fn on_request_body(&mut self, host: &dyn Host, _size: usize, end: bool) -> Flow {
        let flow = self.held(if self.gateway { 1 } else { 2 }, end);
        if self.gateway && self.level >= 4 && flow == Flow::Continue {
            let _ = host.clear_route_cache();
        }
        flow
    }

    fn on_response_headers(&mut self, _host: &dyn Host, end: bool) -> Flow {
        self.held(if self.gateway { 9 } else { 3 }, end)
    }

    fn on_response_body(&mut self, _host: &dyn Host, _size: usize, end: bool) -> Flow {
        self.held(if self.gateway { 9 } else { 3 }, end)
    }

    fn internal_error(&self) -> Reply {
        Reply::default()
    }
}
