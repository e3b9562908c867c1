//! A panic on purpose, for the tests of what a panic does: `x-postern-plant: request_body` panics in that callback.
//! Compiled only with the feature `planted-panic`, which no shipped module has.
#![allow(clippy::panic)]

use crate::host::{Exchange, Flow, Host, Side};
use crate::http::Reply;

/// An exchange that panics after the callback its request names.
pub struct Planted {
    inner: Box<dyn Exchange>,
    place: String,
}

impl Planted {
    /// Around the real one.
    pub fn new(inner: Box<dyn Exchange>) -> Self {
        Self { inner, place: String::new() }
    }

    fn reached(&self, place: &str) {
        if self.place == place {
            panic!("planted in {place}");
        }
    }
}

impl Exchange for Planted {
    fn on_request_headers(&mut self, host: &dyn Host, end: bool) -> Flow {
        let headers = host.headers(Side::Request).unwrap_or_default();
        self.place = headers.get("x-postern-plant").unwrap_or("").to_owned();
        let flow = self.inner.on_request_headers(host, end);
        self.reached("request_headers");
        flow
    }

    fn on_request_body(&mut self, host: &dyn Host, size: usize, end: bool) -> Flow {
        let flow = self.inner.on_request_body(host, size, end);
        self.reached("request_body");
        flow
    }

    fn on_response_headers(&mut self, host: &dyn Host, end: bool) -> Flow {
        let flow = self.inner.on_response_headers(host, end);
        self.reached("response_headers");
        flow
    }

    fn on_response_body(&mut self, host: &dyn Host, size: usize, end: bool) -> Flow {
        let flow = self.inner.on_response_body(host, size, end);
        self.reached("response_body");
        flow
    }

    fn on_log(&mut self, host: &dyn Host) {
        self.inner.on_log(host);
    }

    fn internal_error(&self) -> Reply {
        self.inner.internal_error()
    }
}
