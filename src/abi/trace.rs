//! Where the time of a request goes, by callback and by host call, told in Envoy's log every so many requests. Only in a
//! module built with `--features trace`, which is slower for it and never shipped; `benches/envoy/trace.py` reads it.
//!
//! A callback's time has its host calls' in it. Two more host calls ask the clock for each, some 0.1 µs each.

use std::cell::RefCell;
use std::collections::BTreeMap;

use crate::host::Level;

// Not those of `imports.rs`, which are measured themselves.
#[cfg_attr(target_arch = "wasm32", link(wasm_import_module = "env"))]
unsafe extern "C" {
    fn proxy_log(level: u32, line: *const u8, line_size: usize) -> u32;
    fn proxy_get_current_time_nanoseconds(now: *mut u64) -> u32;
}

/// After how many deleted contexts the table is told, and begun anew.
const EVERY: u64 = 4_000;

thread_local! {
    static TIMES: RefCell<BTreeMap<&'static str, (u64, u64)>> = const { RefCell::new(BTreeMap::new()) };
}

/// Runs until it is dropped.
pub struct Span(&'static str, u64);

/// Starts to measure what lasts until the end of the scope.
pub fn span(name: &'static str) -> Span {
    Span(name, now())
}

impl Drop for Span {
    fn drop(&mut self) {
        let spent = now().saturating_sub(self.1);
        let told = TIMES.with_borrow_mut(|times| {
            let row = times.entry(self.0).or_default();
            row.0 += 1;
            row.1 += spent;
            (self.0 == "< delete" && row.0 == EVERY).then(|| std::mem::take(times))
        });
        for (name, (count, ns)) in told.into_iter().flatten() {
            let line = format!("trace: {count} {ns} {name}");
            // SAFETY: pointer and length of a live string.
            unsafe { proxy_log(Level::Warn as u32, line.as_ptr(), line.len()) };
        }
    }
}

fn now() -> u64 {
    let mut now = 0;
    // SAFETY: the pointer is to a live local.
    unsafe { proxy_get_current_time_nanoseconds(&mut now) };
    now
}
