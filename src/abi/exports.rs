//! The functions Envoy calls: each one line into `contexts.rs`.
//!
//! In Envoy's order: `_initialize`, then per root context create, start and configure, then per stream create, the
//! headers, body and trailers of both sides, log, done and delete. A downstream stream that dies before its headers (a
//! malformed request) has only create and log; an upstream one never has log.
//!
//! Which of the two filters goes first (seen with Envoy 1.40): where the provider ends the answer, or breaks it off, the
//! upstream context is deleted before the downstream one is told of the end; where the client hangs up, the downstream
//! one has its log and delete first. So what the upstream filter is to hand over for the log it writes as it goes.

use super::contexts;
use super::memory;
use crate::host::{Flow, Side};

/// Measures the rest of the scope, in a module built to be measured.
macro_rules! timed {
    ($name:literal) => {
        #[cfg(feature = "trace")]
        let _span = super::trace::span($name);
    };
}

/// What the host reads in the name: which version of the ABI this module speaks.
#[unsafe(no_mangle)]
pub extern "C" fn proxy_abi_version_0_2_1() {}

/// Envoy's first call in a new VM.
#[unsafe(no_mangle)]
pub extern "C" fn _initialize() {
    contexts::report_panics();
}

/// Memory for the answer of a host call; `take` in `memory.rs` is its other half.
#[unsafe(no_mangle)]
pub extern "C" fn proxy_on_memory_allocate(size: usize) -> *mut u8 {
    memory::give(size)
}

/// A new context: a root one (one configured filter on this worker) if `parent` is 0, else a stream of that root.
#[unsafe(no_mangle)]
pub extern "C" fn proxy_on_context_create(context: u32, parent: u32) {
    timed!("< context_create");
    contexts::create(context, parent);
}

/// The VM has a root context; nothing is asked of us before its configuration.
#[unsafe(no_mangle)]
pub extern "C" fn proxy_on_vm_start(_root: u32, _configuration_size: usize) -> u32 {
    timed!("< vm_start");
    1
}

/// The operator's configuration for a root context; 0 refuses it, and Envoy keeps the one before or does not start.
#[unsafe(no_mangle)]
pub extern "C" fn proxy_on_configure(root: u32, _configuration_size: usize) -> u32 {
    timed!("< configure");
    u32::from(contexts::configure(root))
}

/// The period that a root context asked for is over.
#[unsafe(no_mangle)]
pub extern "C" fn proxy_on_tick(root: u32) {
    contexts::tick(root);
}

/// See [`crate::host::Exchange::on_request_headers`].
#[unsafe(no_mangle)]
pub extern "C" fn proxy_on_request_headers(context: u32, _count: usize, end: u32) -> u32 {
    timed!("< request_headers");
    action(contexts::headers(context, Side::Request, end != 0))
}

/// See [`crate::host::Exchange::on_request_body`].
#[unsafe(no_mangle)]
pub extern "C" fn proxy_on_request_body(context: u32, size: usize, end: u32) -> u32 {
    timed!("< request_body");
    action(contexts::body(context, Side::Request, size, end != 0))
}

/// The request has trailers, so this is its end.
#[unsafe(no_mangle)]
pub extern "C" fn proxy_on_request_trailers(context: u32, _count: usize) -> u32 {
    timed!("< request_trailers");
    action(contexts::trailers(context, Side::Request))
}

/// See [`crate::host::Exchange::on_response_headers`].
#[unsafe(no_mangle)]
pub extern "C" fn proxy_on_response_headers(context: u32, _count: usize, end: u32) -> u32 {
    timed!("< response_headers");
    action(contexts::headers(context, Side::Response, end != 0))
}

/// See [`crate::host::Exchange::on_response_body`].
#[unsafe(no_mangle)]
pub extern "C" fn proxy_on_response_body(context: u32, size: usize, end: u32) -> u32 {
    timed!("< response_body");
    action(contexts::body(context, Side::Response, size, end != 0))
}

/// The response has trailers, so this is its end.
#[unsafe(no_mangle)]
pub extern "C" fn proxy_on_response_trailers(context: u32, _count: usize) -> u32 {
    timed!("< response_trailers");
    action(contexts::trailers(context, Side::Response))
}

/// A call of ours was answered. The context named is the root context that made the call, or whose stream did.
#[unsafe(no_mangle)]
pub extern "C" fn proxy_on_http_call_response(
    _root: u32,
    call: u32,
    _headers: usize,
    _body_size: usize,
    _trailers: usize,
) {
    timed!("< http_call_response");
    contexts::call_reply(call);
}

/// See [`crate::host::Exchange::on_log`].
#[unsafe(no_mangle)]
pub extern "C" fn proxy_on_log(context: u32) {
    timed!("< log");
    contexts::log(context);
}

/// The context is gone; its exchange or plugin goes too. (`proxy_on_done`, by which a module may put this off, is not
/// exported: nothing outlives its stream, and each export is a call per context.)
#[unsafe(no_mangle)]
pub extern "C" fn proxy_on_delete(context: u32) {
    timed!("< delete");
    contexts::delete(context);
}

fn action(flow: Flow) -> u32 {
    match flow {
        Flow::Continue => 0,
        Flow::Pause => 1,
    }
}
