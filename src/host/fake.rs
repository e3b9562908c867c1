//! A [`Host`] for tests of an exchange: what it is given it tells, what it is told it keeps.

use std::cell::RefCell;
use std::collections::HashMap;

use super::{CallId, Host, HostError, HostResult, Level, Metric, MetricKind, Side};
use crate::http::{Headers, Reply};

/// One stream. Calls that no test has needed yet are refused.
#[derive(Default)]
pub struct FakeHost {
    pub properties: HashMap<String, Vec<u8>>,
    pub state: RefCell<HashMap<String, Vec<u8>>>,
    pub request: RefCell<(Headers, Vec<u8>)>,
    pub response: RefCell<(Headers, Vec<u8>)>,
    pub replies: RefCell<Vec<Reply>>,
    pub lines: RefCell<Vec<(Level, String)>>,
}

impl FakeHost {
    fn side(&self, side: Side) -> &RefCell<(Headers, Vec<u8>)> {
        match side {
            Side::Request => &self.request,
            Side::Response => &self.response,
        }
    }
}

fn refused<T>(call: &'static str) -> HostResult<T> {
    Err(HostError { call, status: 12 })
}

impl Host for FakeHost {
    fn now_ns(&self) -> u64 {
        1_770_000_000_000_000_000
    }
    fn env(&self, _: &str) -> Option<String> {
        None
    }
    fn random(&self, _: &mut [u8]) -> HostResult<()> {
        refused("random")
    }
    fn log(&self, level: Level, line: &str) {
        self.lines.borrow_mut().push((level, line.to_owned()));
    }
    fn headers(&self, side: Side) -> HostResult<Headers> {
        Ok(self.side(side).borrow().0.clone())
    }
    fn set_headers(&self, side: Side, headers: &Headers) -> HostResult<()> {
        self.side(side).borrow_mut().0 = headers.clone();
        Ok(())
    }
    fn body(&self, side: Side) -> HostResult<Vec<u8>> {
        Ok(self.side(side).borrow().1.clone())
    }
    fn set_body(&self, side: Side, bytes: &[u8]) -> HostResult<()> {
        self.side(side).borrow_mut().1 = bytes.to_vec();
        Ok(())
    }
    fn property(&self, path: &[&str]) -> Option<Vec<u8>> {
        self.properties.get(&path.join(".")).cloned()
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
        self.replies.borrow_mut().push(reply.clone());
        Ok(())
    }
    fn resume(&self, _: Side) -> HostResult<()> {
        refused("resume")
    }
    fn reset(&self) -> HostResult<()> {
        refused("reset")
    }
    fn define_metric(&self, _: MetricKind, _: &str) -> HostResult<Metric> {
        refused("define_metric")
    }
    fn add_metric(&self, _: Metric, _: i64) -> HostResult<()> {
        refused("add_metric")
    }
    fn record_metric(&self, _: Metric, _: u64) -> HostResult<()> {
        refused("record_metric")
    }
    fn shared(&self, _: &str) -> HostResult<(Option<Vec<u8>>, u32)> {
        refused("shared")
    }
    fn set_shared(&self, _: &str, _: &[u8], _: u32) -> HostResult<bool> {
        refused("set_shared")
    }
    fn call(&self, _: &str, _: &Headers, _: &[u8], _: u32) -> HostResult<CallId> {
        refused("call")
    }
}
