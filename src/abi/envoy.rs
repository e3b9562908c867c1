//! The real [`Host`]: each wish of the core as one call of Envoy, each refusal as a value.

use std::cell::Cell;

use super::contexts;
use super::imports;
use super::memory;
use crate::host::{CallId, Host, HostError, HostResult, Level, Metric, MetricKind, Side};
use crate::http::{Headers, Reply};

pub(super) const NOT_FOUND: u32 = 1;
const PARSE_FAILURE: u32 = 4;
const CAS_MISMATCH: u32 = 8;

/// The answer to an HTTP call of ours: its header map and its buffer, beside those of the two sides.
const CALL_REPLY_HEADERS: u32 = 6;
const CALL_REPLY_BODY: u32 = 4;
const PLUGIN_CONFIGURATION: u32 = 7;

/// "To the end of the buffer", for reading and for replacing.
const ALL: usize = u32::MAX as usize;

/// The most that Envoy gives for one `random_get` (proxy-wasm-cpp-host, limits.h).
const RANDOM_CHUNK: usize = 64 * 1024;

/// Up to here changed headers go to Envoy one by one, at 0.16 µs each; a whole map takes 1.7 µs (measured in Envoy 1.40).
const MOST_CHANGES: usize = 10;

/// What the running callback may do with one side's buffer. Envoy keeps pointers to buffers that are gone (after a
/// resume it dereferences an empty one), so it is asked only when the bytes are surely there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Buffer {
    /// The bytes are there.
    Open,
    /// The side has just ended and nothing is held: there are no bytes, and none can be added.
    Empty,
    /// Not in this callback.
    Absent,
}

/// Envoy, as one callback sees it.
pub struct Envoy {
    /// The stream or the root context that the callback is about; 0 = none.
    context: u32,
    buffers: [Buffer; 2],
    resumed: [Cell<bool>; 2],
}

impl Envoy {
    /// Envoy in a callback of a stream that may use these buffers, the request's first.
    pub fn of_stream(context: u32, buffers: [Buffer; 2]) -> Self {
        Self { context, buffers, resumed: Default::default() }
    }

    /// Envoy in a callback of a root context.
    pub fn of_root(context: u32) -> Self {
        Self::of_stream(context, [Buffer::Absent; 2])
    }

    /// Envoy where there is no stream, or its buffers are not to be touched.
    pub fn without_stream() -> Self {
        Self::of_stream(0, [Buffer::Absent; 2])
    }

    /// Host calls act on this context until the callback returns, whatever context Envoy called.
    pub fn act_on(&self, context: u32) {
        // SAFETY: no pointers. A context that Envoy does not know any more leaves everything as it is.
        unsafe { imports::proxy_set_effective_context(context) };
    }

    /// Whether the callback let this side go on.
    pub fn resumed(&self, side: Side) -> bool {
        self.resumed.get(side as usize).is_some_and(Cell::get)
    }

    /// The operator's configuration; only while Envoy configures a root context.
    pub fn configuration(&self) -> HostResult<Vec<u8>> {
        buffer_bytes(PLUGIN_CONFIGURATION, 0)
    }

    /// Header map and body of the reply that Envoy is telling of. A call that got no reply at all has neither.
    pub fn call_reply(&self) -> (Headers, Vec<u8>) {
        (header_map(CALL_REPLY_HEADERS).unwrap_or_default(), buffer_bytes(CALL_REPLY_BODY, 0).unwrap_or_default())
    }

    /// How many bytes this side's buffer holds.
    pub fn held(&self, side: Side) -> usize {
        if self.buffer(side) != Buffer::Open {
            return 0;
        }
        let (mut size, mut flags) = (0, 0);
        // SAFETY: both pointers are to live locals.
        let status = unsafe { imports::proxy_get_buffer_status(side as u32, &mut size, &mut flags) };
        if status == 0 { size } else { 0 }
    }

    /// Takes every trailer out of this side.
    pub fn drop_trailers(&self, side: Side) -> HostResult<()> {
        set_header_map(map_of(side) + 1, &Headers::new())
    }

    /// Sets the ticks of the root context that is called, or whose stream is. Counted from now.
    pub fn set_tick(ms: u32) -> HostResult<()> {
        // SAFETY: no pointers.
        check("proxy_set_tick_period_milliseconds", unsafe { imports::proxy_set_tick_period_milliseconds(ms) })
    }

    fn buffer(&self, side: Side) -> Buffer {
        self.buffers.get(side as usize).copied().unwrap_or(Buffer::Absent)
    }
}

/// The header map of a side: 0 request headers, 2 response headers (1 and 3 are their trailers).
fn map_of(side: Side) -> u32 {
    side as u32 * 2
}

fn check(call: &'static str, status: u32) -> HostResult<()> {
    if status == 0 { Ok(()) } else { Err(HostError { call, status }) }
}

/// Runs a host call that answers with bytes, and takes the bytes over.
fn receive(call: &'static str, ask: impl FnOnce(*mut *mut u8, *mut usize) -> u32) -> HostResult<Vec<u8>> {
    let (mut block, mut size) = (std::ptr::null_mut(), 0);
    check(call, ask(&mut block, &mut size))?;
    memory::take(block, size).ok_or(HostError { call, status: PARSE_FAILURE })
}

fn header_map(map: u32) -> HostResult<Headers> {
    let call = "proxy_get_header_map_pairs";
    // SAFETY: `receive` gives pointers to its live locals.
    let bytes = receive(call, |block, size| unsafe { imports::proxy_get_header_map_pairs(map, block, size) })?;
    Headers::decode(bytes).ok_or(HostError { call, status: PARSE_FAILURE })
}

fn set_header_map(map: u32, headers: &Headers) -> HostResult<()> {
    let pairs = headers.encode();
    // SAFETY: pointer and length of a live Vec.
    check("proxy_set_header_map_pairs", unsafe {
        imports::proxy_set_header_map_pairs(map, pairs.as_ptr(), pairs.len())
    })
}

/// Envoy keeps one value of that name, this one.
fn replace_header(map: u32, name: &[u8], value: &[u8]) -> HostResult<()> {
    // SAFETY: pointers and lengths of live slices.
    check("proxy_replace_header_map_value", unsafe {
        imports::proxy_replace_header_map_value(map, name.as_ptr(), name.len(), value.as_ptr(), value.len())
    })
}

/// An attribute, by its path with a zero byte between the steps.
fn attribute(path: &str) -> Option<Vec<u8>> {
    // SAFETY: pointer and length of a live string; `receive` gives pointers to its live locals.
    receive("proxy_get_property", |block, size| unsafe {
        imports::proxy_get_property(path.as_ptr(), path.len(), block, size)
    })
    .ok()
}

fn buffer_bytes(buffer: u32, start: usize) -> HostResult<Vec<u8>> {
    // SAFETY: as above.
    receive("proxy_get_buffer_bytes", |block, size| unsafe {
        imports::proxy_get_buffer_bytes(buffer, start, ALL.saturating_sub(start), block, size)
    })
}

/// Calls a function that Envoy offers beside the ABI, and gives its answer.
fn foreign(name: &'static str, arguments: &[u8]) -> HostResult<Vec<u8>> {
    // SAFETY: pointers and lengths of live slices; `receive` gives pointers to its live locals.
    receive("proxy_call_foreign_function", |block, size| unsafe {
        imports::proxy_call_foreign_function(
            name.as_ptr(),
            name.len(),
            arguments.as_ptr(),
            arguments.len(),
            block,
            size,
        )
    })
}

/// A protobuf message of byte fields, numbered from 1.
fn protobuf(fields: &[&[u8]]) -> Vec<u8> {
    let mut out = Vec::new();
    for (field, number) in fields.iter().zip(1u8..) {
        out.push(number << 3 | 2);
        let mut length = field.len();
        while length >= 0x80 {
            out.push(length as u8 | 0x80);
            length >>= 7;
        }
        out.push(length as u8);
        out.extend_from_slice(field);
    }
    out
}

/// A byte field of a protobuf message; None where there is none, or the message is not one of numbers and bytes.
fn protobuf_bytes(mut message: &[u8], wanted: u64) -> Option<Vec<u8>> {
    fn number(message: &mut &[u8]) -> Option<u64> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let (byte, rest) = message.split_first()?;
            *message = rest;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    }
    while !message.is_empty() {
        let tag = number(&mut message)?;
        match tag & 7 {
            0 => drop(number(&mut message)?),
            2 => {
                let size = usize::try_from(number(&mut message)?).ok()?;
                let (field, rest) = message.split_at_checked(size)?;
                if tag >> 3 == wanted {
                    return Some(field.to_vec());
                }
                message = rest;
            }
            _ => return None,
        }
    }
    None
}

impl Host for Envoy {
    fn now_ns(&self) -> u64 {
        let mut now = 0;
        // SAFETY: the pointer is to a live local. The clock cannot be refused; if it were, time stands still at 0.
        unsafe { imports::proxy_get_current_time_nanoseconds(&mut now) };
        now
    }

    fn env(&self, name: &str) -> Option<String> {
        let (mut count, mut size) = (0, 0);
        // SAFETY: pointers to live locals; then two blocks of the sizes that the host has just asked for.
        let bytes = unsafe {
            if imports::environ_sizes_get(&mut count, &mut size) != 0 {
                return None;
            }
            let mut variables = vec![std::ptr::null_mut(); count];
            let mut bytes = vec![0; size];
            if imports::environ_get(variables.as_mut_ptr(), bytes.as_mut_ptr()) != 0 {
                return None;
            }
            bytes
        };
        let value = bytes
            .split(|byte| *byte == 0)
            .find_map(|variable| variable.strip_prefix(name.as_bytes())?.strip_prefix(b"="))?;
        String::from_utf8(value.to_vec()).ok()
    }

    fn random(&self, bytes: &mut [u8]) -> HostResult<()> {
        for chunk in bytes.chunks_mut(RANDOM_CHUNK) {
            // SAFETY: the chunk is ours and of that length.
            check("random_get", unsafe { imports::random_get(chunk.as_mut_ptr(), chunk.len()) })?;
        }
        Ok(())
    }

    fn log(&self, level: Level, line: &str) {
        // SAFETY: pointer and length of a live string. A line that Envoy does not take has nowhere else to go.
        unsafe { imports::proxy_log(level as u32, line.as_ptr(), line.len()) };
    }

    fn headers(&self, side: Side) -> HostResult<Headers> {
        header_map(map_of(side))
    }

    fn set_headers(&self, side: Side, headers: &Headers) -> HostResult<()> {
        // Much is as it should be already, and Envoy is sooner told the rest than the whole.
        let Ok(mut there) = header_map(map_of(side)) else { return set_header_map(map_of(side), headers) };
        there.become_like(headers);
        self.update_headers(side, &there)
    }

    fn update_headers(&self, side: Side, headers: &Headers) -> HostResult<()> {
        let map = map_of(side);
        if headers.changes().len() > MOST_CHANGES {
            return set_header_map(map, headers);
        }
        for (name, mut values) in headers.changes() {
            let Some(first) = values.next() else {
                // SAFETY: pointer and length of a live slice.
                check("proxy_remove_header_map_value", unsafe {
                    imports::proxy_remove_header_map_value(map, name.as_ptr(), name.len())
                })?;
                continue;
            };
            replace_header(map, name, first)?;
            for more in values {
                // SAFETY: as above.
                check("proxy_add_header_map_value", unsafe {
                    imports::proxy_add_header_map_value(map, name.as_ptr(), name.len(), more.as_ptr(), more.len())
                })?;
            }
        }
        Ok(())
    }

    fn header(&self, side: Side, name: &str) -> Option<String> {
        // SAFETY: pointer and length of a live string; `receive` gives pointers to its live locals.
        let value = receive("proxy_get_header_map_value", |block, size| unsafe {
            imports::proxy_get_header_map_value(map_of(side), name.as_ptr(), name.len(), block, size)
        });
        String::from_utf8(value.ok()?).ok()
    }

    fn set_header(&self, side: Side, name: &str, value: &str) -> HostResult<()> {
        replace_header(map_of(side), name.as_bytes(), value.as_bytes())
    }

    fn body_from(&self, side: Side, start: usize) -> HostResult<Vec<u8>> {
        match self.buffer(side) {
            Buffer::Open => buffer_bytes(side as u32, start),
            Buffer::Empty => Ok(Vec::new()),
            Buffer::Absent => Err(HostError { call: "proxy_get_buffer_bytes", status: NOT_FOUND }),
        }
    }

    fn set_body(&self, side: Side, bytes: &[u8]) -> HostResult<()> {
        let call = "proxy_set_buffer_bytes";
        match self.buffer(side) {
            // SAFETY: pointer and length of a live slice.
            Buffer::Open => check(call, unsafe {
                imports::proxy_set_buffer_bytes(side as u32, 0, ALL, bytes.as_ptr(), bytes.len())
            }),
            Buffer::Empty if bytes.is_empty() => Ok(()),
            Buffer::Empty | Buffer::Absent => Err(HostError { call, status: NOT_FOUND }),
        }
    }

    fn property(&self, path: &[&str]) -> Option<Vec<u8>> {
        attribute(&path.join("\0"))
    }

    fn state(&self, key: &str) -> Option<Vec<u8>> {
        attribute(&["filter_state\0wasm.", key].concat())
    }

    fn set_state(&self, key: &str, value: &[u8]) -> HostResult<()> {
        // SAFETY: pointers and lengths of live slices.
        check("proxy_set_property", unsafe {
            imports::proxy_set_property(key.as_ptr(), key.len(), value.as_ptr(), value.len())
        })
    }

    fn clear_route_cache(&self) -> HostResult<()> {
        foreign("clear_route_cache", &[]).map(drop)
    }

    fn reply(&self, reply: &Reply) -> HostResult<()> {
        let details = "postern";
        let headers = reply.headers.encode();
        // SAFETY: pointers and lengths of live slices. A gRPC status of -1 means none.
        check("proxy_send_local_response", unsafe {
            imports::proxy_send_local_response(
                u32::from(reply.status),
                details.as_ptr(),
                details.len(),
                reply.body.as_ptr(),
                reply.body.len(),
                headers.as_ptr(),
                headers.len(),
                -1,
            )
        })
    }

    fn resume(&self, side: Side) -> HostResult<()> {
        // SAFETY: no pointers.
        check("proxy_continue_stream", unsafe { imports::proxy_continue_stream(side as u32) })?;
        if let Some(resumed) = self.resumed.get(side as usize) {
            resumed.set(true);
        }
        Ok(())
    }

    fn reset(&self) -> HostResult<()> {
        // Either side's number resets the whole stream. SAFETY: no pointers.
        check("proxy_close_stream", unsafe { imports::proxy_close_stream(Side::Response as u32) })
    }

    fn define_metric(&self, kind: MetricKind, name: &str) -> HostResult<Metric> {
        let mut metric = 0;
        // SAFETY: pointer and length of a live string, and a pointer to a live local.
        check("proxy_define_metric", unsafe {
            imports::proxy_define_metric(kind as u32, name.as_ptr(), name.len(), &mut metric)
        })?;
        Ok(Metric(metric))
    }

    fn add_metric(&self, metric: Metric, by: i64) -> HostResult<()> {
        // SAFETY: no pointers.
        check("proxy_increment_metric", unsafe { imports::proxy_increment_metric(metric.0, by) })
    }

    fn record_metric(&self, metric: Metric, value: u64) -> HostResult<()> {
        // SAFETY: no pointers.
        check("proxy_record_metric", unsafe { imports::proxy_record_metric(metric.0, value) })
    }

    fn shared(&self, key: &str) -> HostResult<(Option<Vec<u8>>, u32)> {
        let mut ticket = 0;
        // SAFETY: pointer and length of a live string; the other pointers are to live locals.
        let value = receive("proxy_get_shared_data", |block, size| unsafe {
            imports::proxy_get_shared_data(key.as_ptr(), key.len(), block, size, &mut ticket)
        });
        match value {
            Ok(value) => Ok((Some(value), ticket)),
            Err(error) if error.status == NOT_FOUND => Ok((None, 0)),
            Err(error) => Err(error),
        }
    }

    fn set_shared(&self, key: &str, value: &[u8], ticket: u32) -> HostResult<bool> {
        // SAFETY: pointers and lengths of live slices.
        let status =
            unsafe { imports::proxy_set_shared_data(key.as_ptr(), key.len(), value.as_ptr(), value.len(), ticket) };
        match status {
            CAS_MISMATCH => Ok(false),
            status => check("proxy_set_shared_data", status).map(|()| true),
        }
    }

    fn call(&self, cluster: &str, headers: &Headers, body: &[u8], timeout_ms: u32) -> HostResult<CallId> {
        let call = "proxy_http_call";
        let headers = headers.encode();
        let no_trailers = Headers::new().encode();
        let mut token = 0;
        // SAFETY: pointers and lengths of live slices, and a pointer to a live local.
        check(call, unsafe {
            imports::proxy_http_call(
                cluster.as_ptr(),
                cluster.len(),
                headers.as_ptr(),
                headers.len(),
                body.as_ptr(),
                body.len(),
                no_trailers.as_ptr(),
                no_trailers.len(),
                timeout_ms,
                &mut token,
            )
        })?;
        contexts::expect_reply(self.context, token);
        Ok(CallId(token))
    }

    fn tick_every(&self, ms: u32) -> HostResult<()> {
        contexts::tick_every(self.context, ms)
    }

    fn wake_me(&self) -> HostResult<()> {
        contexts::wake(self.context)
    }

    fn sign_rs256(&self, key: &[u8], text: &[u8]) -> HostResult<Vec<u8>> {
        // Envoy's own SignArguments {hash_function = 1, private_key = 2, text = 3}, SignResult {result = 1, signature = 2}.
        let arguments = protobuf(&[b"sha256", key, text]);
        let answer = foreign("sign", &arguments)?;
        protobuf_bytes(&answer, 2).ok_or(HostError { call: "proxy_call_foreign_function", status: PARSE_FAILURE })
    }
}
