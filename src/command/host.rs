//! The border without Envoy, for reading a configuration as the filters do.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};

use crate::host::{CallId, Host, HostError, HostResult, Level, Metric, MetricKind, Side};
use crate::http::{Headers, Reply};

/// A host that can only be configured at. An environment variable that is not set here stands for one that is set where
/// Envoy runs: it is noted, and has a text.
#[derive(Default)]
pub struct Desk {
    /// Names of variables that are not set here.
    pub unset: RefCell<BTreeSet<String>>,
    /// What the filter would have logged.
    pub logged: RefCell<Vec<String>>,
    shared: RefCell<HashMap<String, (Vec<u8>, u32)>>,
}

const NONE: HostError = HostError { call: "nothing is exchanged here", status: 12 };

impl Host for Desk {
    fn now_ns(&self) -> u64 {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        now.map_or(0, |now| u64::try_from(now.as_nanos()).unwrap_or(u64::MAX))
    }
    fn env(&self, name: &str) -> Option<String> {
        let set = std::env::var(name).ok().filter(|value| !value.is_empty());
        set.or_else(|| {
            self.unset.borrow_mut().insert(name.to_owned());
            Some("not-set-here".to_owned())
        })
    }
    fn random(&self, bytes: &mut [u8]) -> HostResult<()> {
        super::key::random(bytes).map_err(|_| HostError { call: "/dev/urandom", status: 10 })
    }
    fn log(&self, _: Level, line: &str) {
        self.logged.borrow_mut().push(line.to_owned());
    }
    fn headers(&self, _: Side) -> HostResult<Headers> {
        Err(NONE)
    }
    fn set_headers(&self, _: Side, _: &Headers) -> HostResult<()> {
        Err(NONE)
    }
    fn body_from(&self, _: Side, _: usize) -> HostResult<Vec<u8>> {
        Err(NONE)
    }
    fn set_body(&self, _: Side, _: &[u8]) -> HostResult<()> {
        Err(NONE)
    }
    fn property(&self, _: &[&str]) -> Option<Vec<u8>> {
        None
    }
    fn state(&self, _: &str) -> Option<Vec<u8>> {
        None
    }
    fn set_state(&self, _: &str, _: &[u8]) -> HostResult<()> {
        Ok(())
    }
    fn clear_route_cache(&self) -> HostResult<()> {
        Err(NONE)
    }
    fn reply(&self, _: &Reply) -> HostResult<()> {
        Err(NONE)
    }
    fn resume(&self, _: Side) -> HostResult<()> {
        Err(NONE)
    }
    fn reset(&self) -> HostResult<()> {
        Err(NONE)
    }
    fn define_metric(&self, _: MetricKind, _: &str) -> HostResult<Metric> {
        Ok(Metric(0))
    }
    fn add_metric(&self, _: Metric, _: i64) -> HostResult<()> {
        Ok(())
    }
    fn record_metric(&self, _: Metric, _: u64) -> HostResult<()> {
        Ok(())
    }
    fn shared(&self, key: &str) -> HostResult<(Option<Vec<u8>>, u32)> {
        Ok(self.shared.borrow().get(key).map_or((None, 0), |(value, ticket)| (Some(value.clone()), *ticket)))
    }
    fn set_shared(&self, key: &str, value: &[u8], ticket: u32) -> HostResult<bool> {
        let mut shared = self.shared.borrow_mut();
        let known = shared.get(key).map_or(0, |(_, ticket)| *ticket);
        let fits = ticket == 0 || ticket == known;
        if fits {
            shared.insert(key.to_owned(), (value.to_vec(), known + 1));
        }
        Ok(fits)
    }
    fn call(&self, _: &str, _: &Headers, _: &[u8], _: u32) -> HostResult<CallId> {
        Err(NONE)
    }
    fn tick_every(&self, _: u32) -> HostResult<()> {
        Ok(())
    }
    fn wake_me(&self) -> HostResult<()> {
        Err(NONE)
    }
    fn sign_rs256(&self, _: &[u8], _: &[u8]) -> HostResult<Vec<u8>> {
        Err(NONE)
    }
}
