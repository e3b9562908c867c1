//! Ring 3: the real edge, natively, over a fake Envoy. This file is both ends of the border: it defines the host
//! functions the edge imports, and the filter the edge drives.
//!
//! The edge keeps its state per thread and so does the fake, so every test has a VM of its own.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::{Cell, RefCell};

use postern::{host, http};

use host::{CallId, Flow, Host, HostError, HostResult, Level, MetricKind, Side};
use http::{Headers, Reply};

#[path = "../src/abi/mod.rs"]
mod abi;

/// The filter under the edge: it tells every callback to the test's script.
mod filter {
    use super::*;
    use host::{Exchange, Plugin};

    pub type Script = fn(&str, &dyn Host) -> Flow;

    thread_local! {
        static SCRIPT: Cell<Script> = const { Cell::new(|_, _| Flow::Continue) };
        static TOLD: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
        static NEXT: Cell<u32> = const { Cell::new(1) };
    }

    pub fn script(script: Script) {
        SCRIPT.set(script);
    }

    /// What the exchanges were told since the last question.
    pub fn told() -> Vec<String> {
        TOLD.take()
    }

    /// One event of the exchange of that number.
    fn tell(number: u32, event: &str, host: &dyn Host) -> Flow {
        TOLD.with_borrow_mut(|told| told.push(format!("{number} {event}")));
        SCRIPT.get()(event, host)
    }

    pub fn configure(host: &dyn Host, bytes: &[u8]) -> Result<Box<dyn Plugin>, String> {
        let text = String::from_utf8_lossy(bytes).into_owned();
        let _ = tell(0, &format!("configure {text}"), host);
        if text.starts_with("wrong") { Err(text) } else { Ok(Box::new(Scripted(text))) }
    }

    struct Scripted(String);

    impl Plugin for Scripted {
        fn exchange(&self) -> Box<dyn Exchange> {
            assert_ne!(self.0, "no exchange");
            Box::new(Numbered(NEXT.replace(NEXT.get() + 1), self.0.clone()))
        }

        fn on_tick(&self, host: &dyn Host) {
            let _ = tell(0, "tick", host);
        }

        fn on_call_reply(&self, host: &dyn Host, call: CallId, headers: &Headers, body: &[u8]) {
            let status = headers.get(":status").unwrap_or("none");
            let body = String::from_utf8_lossy(body);
            let _ = tell(0, &format!("reply {} {status} {body}", call.0), host);
        }
    }

    struct Numbered(u32, String);

    fn end_mark(end: bool) -> &'static str {
        if end { " end" } else { "" }
    }

    impl Exchange for Numbered {
        fn on_request_headers(&mut self, host: &dyn Host, end: bool) -> Flow {
            tell(self.0, &format!("request headers{}", end_mark(end)), host)
        }

        fn on_request_body(&mut self, host: &dyn Host, size: usize, end: bool) -> Flow {
            tell(self.0, &format!("request body {size}{}", end_mark(end)), host)
        }

        fn on_response_headers(&mut self, host: &dyn Host, end: bool) -> Flow {
            tell(self.0, &format!("response headers{}", end_mark(end)), host)
        }

        fn on_response_body(&mut self, host: &dyn Host, size: usize, end: bool) -> Flow {
            tell(self.0, &format!("response body {size}{}", end_mark(end)), host)
        }

        fn on_call_reply(&mut self, host: &dyn Host, call: CallId, headers: &Headers, body: &[u8]) {
            let status = headers.get(":status").unwrap_or("none");
            let body = String::from_utf8_lossy(body);
            let _ = tell(self.0, &format!("reply {} {status} {body}", call.0), host);
        }

        fn on_wake(&mut self, host: &dyn Host) {
            let _ = tell(self.0, "wake", host);
        }

        fn on_log(&mut self, host: &dyn Host) {
            let _ = tell(self.0, "log", host);
        }

        fn internal_error(&self) -> Reply {
            assert_ne!(self.1, "no answer");
            Reply { status: 500, headers: Headers::new(), body: b"ours".to_vec() }
        }
    }
}

/// Envoy's half: what it would hold, what it was asked, and how it is to misbehave.
#[allow(clippy::unwrap_used, clippy::missing_safety_doc)]
mod envoy {
    use super::*;
    use std::collections::HashMap;

    #[derive(Default)]
    pub struct Fake {
        pub buffers: HashMap<u32, Vec<u8>>,
        pub maps: HashMap<u32, Vec<u8>>,
        pub properties: HashMap<Vec<u8>, Vec<u8>>,
        pub shared: HashMap<Vec<u8>, (Vec<u8>, u32)>,
        /// What the edge did, in order.
        pub did: Vec<String>,
        /// The status that every function answers instead of working.
        pub refuse: u32,
        /// What happens inside the next call of that function.
        pub inside: Option<(&'static str, fn())>,
        /// Bytes are answered in a block that the edge did not give.
        pub foreign_block: bool,
        /// What the next foreign function answers, and what it was asked with.
        pub foreign: Vec<u8>,
        pub foreign_argument: Vec<u8>,
    }

    thread_local! {
        static FAKE: RefCell<Fake> = RefCell::default();
    }

    pub fn with<T>(look: impl FnOnce(&mut Fake) -> T) -> T {
        FAKE.with_borrow_mut(look)
    }

    pub fn did() -> Vec<String> {
        with(|fake| std::mem::take(&mut fake.did))
    }

    unsafe extern "C" {
        pub safe fn _initialize();
        pub safe fn proxy_on_memory_allocate(size: usize) -> *mut u8;
        pub safe fn proxy_on_context_create(context: u32, parent: u32);
        pub safe fn proxy_on_configure(root: u32, size: usize) -> u32;
        pub safe fn proxy_on_tick(root: u32);
        pub safe fn proxy_on_request_headers(context: u32, count: usize, end: u32) -> u32;
        pub safe fn proxy_on_request_body(context: u32, size: usize, end: u32) -> u32;
        pub safe fn proxy_on_request_trailers(context: u32, count: usize) -> u32;
        pub safe fn proxy_on_response_headers(context: u32, count: usize, end: u32) -> u32;
        pub safe fn proxy_on_response_body(context: u32, size: usize, end: u32) -> u32;
        pub safe fn proxy_on_response_trailers(context: u32, count: usize) -> u32;
        pub safe fn proxy_on_http_call_response(root: u32, call: u32, headers: usize, body: usize, trailers: usize);
        pub safe fn proxy_on_log(context: u32);
        pub safe fn proxy_on_delete(context: u32);
    }

    /// Notes the call and gives its status.
    fn note(function: &'static str, line: String) -> u32 {
        let inside = with(|fake| {
            fake.did.push(line);
            fake.inside.take_if(|(at, _)| *at == function)
        });
        if let Some((_, happens)) = inside {
            happens();
        }
        with(|fake| fake.refuse)
    }

    fn bytes(at: *const u8, size: usize) -> Vec<u8> {
        unsafe { std::slice::from_raw_parts(at, size) }.to_vec()
    }

    fn text(at: *const u8, size: usize) -> String {
        String::from_utf8(bytes(at, size)).unwrap().replace('\0', "/")
    }

    /// Answers bytes the way Envoy does: none as null, others in a block asked of the module.
    fn answer(value: Option<Vec<u8>>, to: *mut *mut u8, to_size: *mut usize) -> u32 {
        let (refuse, foreign) = with(|fake| (fake.refuse, fake.foreign_block));
        let Some(value) = value.filter(|_| refuse == 0) else { return refuse.max(1) };
        unsafe {
            *to_size = value.len();
            *to = match value.len() {
                0 => std::ptr::null_mut(),
                _ if foreign => std::ptr::dangling_mut(),
                size => {
                    let block = proxy_on_memory_allocate(size);
                    block.copy_from_nonoverlapping(value.as_ptr(), size);
                    block
                }
            };
        }
        0
    }

    #[unsafe(no_mangle)]
    extern "C" fn proxy_log(level: u32, line: *const u8, size: usize) -> u32 {
        note("log", format!("log {level} {}", text(line, size)))
    }
    #[unsafe(no_mangle)]
    unsafe extern "C" fn proxy_get_current_time_nanoseconds(now: *mut u64) -> u32 {
        unsafe { *now = 1_700_000_000_000_000_000 };
        0
    }
    #[unsafe(no_mangle)]
    extern "C" fn proxy_set_tick_period_milliseconds(period: u32) -> u32 {
        note("tick", format!("tick every {period}"))
    }
    #[unsafe(no_mangle)]
    extern "C" fn proxy_get_property(path: *const u8, size: usize, to: *mut *mut u8, to_size: *mut usize) -> u32 {
        answer(with(|fake| fake.properties.get(&bytes(path, size)).cloned()), to, to_size)
    }
    #[unsafe(no_mangle)]
    extern "C" fn proxy_set_property(path: *const u8, size: usize, value: *const u8, value_size: usize) -> u32 {
        // As Envoy does: whatever the path, it becomes filter state under a prefix.
        let key = [b"filter_state\0wasm.".to_vec(), bytes(path, size)].concat();
        with(|fake| fake.properties.insert(key, bytes(value, value_size)));
        with(|fake| fake.refuse)
    }
    #[unsafe(no_mangle)]
    extern "C" fn proxy_get_header_map_pairs(map: u32, to: *mut *mut u8, to_size: *mut usize) -> u32 {
        answer(with(|fake| fake.maps.get(&map).cloned()), to, to_size)
    }
    #[unsafe(no_mangle)]
    extern "C" fn proxy_set_header_map_pairs(map: u32, pairs: *const u8, size: usize) -> u32 {
        with(|fake| fake.maps.insert(map, bytes(pairs, size)));
        with(|fake| fake.refuse)
    }
    #[unsafe(no_mangle)]
    extern "C" fn proxy_get_header_map_value(
        map: u32,
        name: *const u8,
        name_size: usize,
        to: *mut *mut u8,
        to_size: *mut usize,
    ) -> u32 {
        let pairs = with(|fake| fake.maps.get(&map).cloned()).and_then(Headers::decode);
        let value = pairs.and_then(|pairs| {
            let name = text(name, name_size);
            pairs.iter().find(|(known, _)| *known == name).map(|(_, value)| value.to_vec())
        });
        answer(value, to, to_size)
    }
    #[unsafe(no_mangle)]
    extern "C" fn proxy_replace_header_map_value(
        map: u32,
        name: *const u8,
        name_size: usize,
        value: *const u8,
        value_size: usize,
    ) -> u32 {
        change_map(map, |headers| headers.set(&text(name, name_size), &text(value, value_size)))
    }
    #[unsafe(no_mangle)]
    extern "C" fn proxy_add_header_map_value(
        map: u32,
        name: *const u8,
        name_size: usize,
        value: *const u8,
        value_size: usize,
    ) -> u32 {
        change_map(map, |headers| headers.add(&text(name, name_size), &text(value, value_size)))
    }
    #[unsafe(no_mangle)]
    extern "C" fn proxy_remove_header_map_value(map: u32, name: *const u8, name_size: usize) -> u32 {
        change_map(map, |headers| headers.remove(&text(name, name_size)))
    }
    fn change_map(map: u32, change: impl FnOnce(&mut Headers)) -> u32 {
        with(|fake| {
            let mut headers = Headers::decode(fake.maps.get(&map).cloned().unwrap_or_default()).unwrap();
            change(&mut headers);
            fake.maps.insert(map, headers.encode());
            fake.refuse
        })
    }
    #[unsafe(no_mangle)]
    unsafe extern "C" fn proxy_get_buffer_status(buffer: u32, size: *mut usize, _flags: *mut u32) -> u32 {
        unsafe { *size = with(|fake| fake.buffers.get(&buffer).map_or(0, Vec::len)) };
        with(|fake| fake.refuse)
    }
    #[unsafe(no_mangle)]
    extern "C" fn proxy_get_buffer_bytes(
        buffer: u32,
        start: usize,
        max: usize,
        to: *mut *mut u8,
        to_size: *mut usize,
    ) -> u32 {
        assert_eq!(start + max, u32::MAX as usize, "all that follows is asked for");
        note("get_buffer", format!("get buffer {buffer}"));
        let rest = |bytes: &Vec<u8>| bytes.get(start..).unwrap_or_default().to_vec();
        answer(with(|fake| fake.buffers.get(&buffer).map(rest)), to, to_size)
    }
    #[unsafe(no_mangle)]
    extern "C" fn proxy_set_buffer_bytes(buffer: u32, start: usize, size: usize, at: *const u8, length: usize) -> u32 {
        assert!(start == 0 && size == u32::MAX as usize, "the whole buffer is replaced");
        with(|fake| fake.buffers.insert(buffer, bytes(at, length)));
        note("set_buffer", format!("set buffer {buffer}"))
    }
    #[unsafe(no_mangle)]
    unsafe extern "C" fn proxy_get_shared_data(
        key: *const u8,
        size: usize,
        to: *mut *mut u8,
        to_size: *mut usize,
        ticket: *mut u32,
    ) -> u32 {
        let found = with(|fake| fake.shared.get(&bytes(key, size)).cloned());
        unsafe { *ticket = found.as_ref().map_or(77, |(_, ticket)| *ticket) };
        answer(found.map(|(value, _)| value), to, to_size)
    }
    #[unsafe(no_mangle)]
    extern "C" fn proxy_set_shared_data(
        key: *const u8,
        size: usize,
        value: *const u8,
        value_size: usize,
        ticket: u32,
    ) -> u32 {
        with(|fake| {
            let slot = fake.shared.entry(bytes(key, size)).or_default();
            if ticket != 0 && ticket != slot.1 {
                return 8;
            }
            *slot = (bytes(value, value_size), slot.1 + 1);
            fake.refuse
        })
    }
    #[unsafe(no_mangle)]
    extern "C" fn proxy_continue_stream(stream: u32) -> u32 {
        note("continue", format!("continue {stream}"))
    }
    #[unsafe(no_mangle)]
    extern "C" fn proxy_close_stream(_stream: u32) -> u32 {
        note("reset", "reset".into())
    }
    #[unsafe(no_mangle)]
    extern "C" fn proxy_set_effective_context(context: u32) -> u32 {
        note("effective", format!("act on {context}"))
    }
    #[unsafe(no_mangle)]
    extern "C" fn proxy_send_local_response(
        status: u32,
        _details: *const u8,
        _details_size: usize,
        body: *const u8,
        body_size: usize,
        headers: *const u8,
        headers_size: usize,
        grpc_status: i32,
    ) -> u32 {
        assert!(Headers::decode(bytes(headers, headers_size)).is_some() && grpc_status == -1);
        note("reply", format!("reply {status} {}", text(body, body_size)))
    }
    #[unsafe(no_mangle)]
    unsafe extern "C" fn proxy_http_call(
        cluster: *const u8,
        cluster_size: usize,
        headers: *const u8,
        headers_size: usize,
        body: *const u8,
        body_size: usize,
        trailers: *const u8,
        trailers_size: usize,
        timeout_ms: u32,
        token: *mut u32,
    ) -> u32 {
        assert!(Headers::decode(bytes(headers, headers_size)).is_some());
        assert!(Headers::decode(bytes(trailers, trailers_size)).is_some());
        thread_local!(static TOKEN: Cell<u32> = const { Cell::new(100) });
        TOKEN.set(TOKEN.get() + 1);
        unsafe { *token = TOKEN.get() };
        note("call", format!("call {} {} {timeout_ms}", text(cluster, cluster_size), text(body, body_size)))
    }
    #[unsafe(no_mangle)]
    unsafe extern "C" fn proxy_define_metric(kind: u32, name: *const u8, size: usize, metric: *mut u32) -> u32 {
        unsafe { *metric = 7 };
        note("define", format!("metric {kind} {}", text(name, size)))
    }
    #[unsafe(no_mangle)]
    extern "C" fn proxy_increment_metric(metric: u32, by: i64) -> u32 {
        note("increment", format!("metric {metric} + {by}"))
    }
    #[unsafe(no_mangle)]
    extern "C" fn proxy_record_metric(metric: u32, value: u64) -> u32 {
        note("record", format!("metric {metric} = {value}"))
    }
    #[unsafe(no_mangle)]
    extern "C" fn proxy_call_foreign_function(
        name: *const u8,
        size: usize,
        argument: *const u8,
        argument_size: usize,
        to: *mut *mut u8,
        to_size: *mut usize,
    ) -> u32 {
        note("foreign", format!("foreign {}", text(name, size)));
        with(|fake| fake.foreign_argument = bytes(argument, argument_size));
        answer(Some(with(|fake| fake.foreign.clone())), to, to_size)
    }

    const ENVIRONMENT: &[u8] = b"KEY_2=no\0KEY=a=b\0EMPTY=\0";

    #[unsafe(no_mangle)]
    unsafe extern "C" fn environ_sizes_get(count: *mut usize, size: *mut usize) -> u32 {
        unsafe { (*count, *size) = (3, ENVIRONMENT.len()) };
        with(|fake| fake.refuse)
    }
    #[unsafe(no_mangle)]
    unsafe extern "C" fn environ_get(_variables: *mut *mut u8, at: *mut u8) -> u32 {
        unsafe { at.copy_from_nonoverlapping(ENVIRONMENT.as_ptr(), ENVIRONMENT.len()) };
        0
    }
    #[unsafe(no_mangle)]
    unsafe extern "C" fn random_get(at: *mut u8, size: usize) -> u32 {
        assert!(size <= 65_536, "Envoy's limit");
        unsafe { at.write_bytes(4, size) };
        with(|fake| fake.refuse)
    }
}

/// Bytes allocated less bytes freed on this thread: a leak leaves more, a double or wrong free less.
struct Counted;

thread_local! {
    static LIVE: Cell<isize> = const { Cell::new(0) };
}

unsafe impl GlobalAlloc for Counted {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let _ = LIVE.try_with(|live| live.set(live.get() + layout.size() as isize));
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        let _ = LIVE.try_with(|live| live.set(live.get() - layout.size() as isize));
        unsafe { System.dealloc(block, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counted = Counted;

const ROOT: u32 = 1;
const CONTINUE: u32 = 0;
const PAUSE: u32 = 1;

fn configure(root: u32, text: &str) -> bool {
    envoy::proxy_on_context_create(root, 0);
    envoy::with(|fake| fake.buffers.insert(7, text.into()));
    envoy::proxy_on_configure(root, text.len()) == 1
}

/// A stream of a configured filter with that script.
fn stream(script: filter::Script) -> u32 {
    assert!(configure(ROOT, "fine"));
    filter::script(script);
    envoy::proxy_on_context_create(2, ROOT);
    filter::told();
    envoy::did();
    2
}

/// One callback in short: `H` headers, `B` a body chunk of so many bytes, `T` trailers; `!` ends the stream.
fn callback(id: u32, side: Side, short: &str) -> u32 {
    let end = u32::from(short.ends_with('!'));
    let size = short.trim_matches(|letter: char| !letter.is_ascii_digit()).parse().unwrap_or(0);
    match (side, short.as_bytes().first()) {
        (Side::Request, Some(b'H')) => envoy::proxy_on_request_headers(id, 1, end),
        (Side::Request, Some(b'B')) => envoy::proxy_on_request_body(id, size, end),
        (Side::Request, _) => envoy::proxy_on_request_trailers(id, 1),
        (Side::Response, Some(b'H')) => envoy::proxy_on_response_headers(id, 1, end),
        (Side::Response, Some(b'B')) => envoy::proxy_on_response_body(id, size, end),
        (Side::Response, _) => envoy::proxy_on_response_trailers(id, 1),
    }
}

fn refused<T>(call: &'static str, status: u32) -> HostResult<T> {
    Err(HostError { call, status })
}

#[test]
fn the_end_of_a_side_is_told_once_in_whatever_form_it_comes() {
    let rows: [(&str, &[&str], &[&str]); 8] = [
        ("headers alone", &["H!"], &["headers end"]),
        ("headers and a stray chunk", &["H!", "B0!"], &["headers end"]),
        ("last chunk", &["H", "B5", "B6!"], &["headers", "body 5", "body 6 end"]),
        ("empty last chunk", &["H", "B5", "B0!"], &["headers", "body 5", "body 0 end"]),
        ("trailers", &["H", "B5", "T"], &["headers", "body 5", "body 0 end"]),
        ("trailers without a body", &["H", "T"], &["headers", "body 0 end"]),
        ("last chunk and trailers", &["H", "B5!", "T"], &["headers", "body 5 end"]),
        ("trailers twice", &["H", "T", "T"], &["headers", "body 0 end"]),
    ];
    for (side, word) in [(Side::Request, "request"), (Side::Response, "response")] {
        for (name, callbacks, expected) in rows {
            let id = stream(|_, _| Flow::Continue);
            for short in callbacks {
                assert_eq!(callback(id, side, short), CONTINUE, "{word}: {name}: {short}");
            }
            let told: Vec<_> = filter::told().iter().map(|told| told.split_once(' ').unwrap().1.to_owned()).collect();
            let expected: Vec<_> = expected.iter().map(|event| format!("{word} {event}")).collect();
            assert_eq!(told, expected, "{word}: {name}");
            envoy::proxy_on_delete(id);
        }
    }
}

#[test]
fn trailers_reach_nobody() {
    for (side, map) in [(Side::Request, 1), (Side::Response, 3)] {
        let id = stream(|_, _| Flow::Continue);
        callback(id, side, "H");
        let sent: Headers = [("x-api-key", "secret")].into_iter().collect();
        envoy::with(|fake| fake.maps.insert(map, sent.encode()));
        assert_eq!(callback(id, side, "T"), CONTINUE);
        let left = envoy::with(|fake| fake.maps[&map].clone());
        assert_eq!(Headers::decode(left).unwrap().iter().count(), 0);
        // Where that cannot be done, they do not go on.
        let id = stream(|_, _| Flow::Continue);
        callback(id, side, "H");
        envoy::with(|fake| fake.refuse = 1);
        assert_eq!(callback(id, side, "T"), PAUSE);
        envoy::with(|fake| fake.refuse = 0);
    }
}

#[test]
fn after_an_end_that_is_held_nothing_more_of_that_side_passes() {
    let id = stream(|_, _| Flow::Pause);
    for short in ["H", "B5", "T", "T", "B1!"] {
        assert_eq!(callback(id, Side::Response, short), PAUSE, "{short}");
    }
    assert_eq!(filter::told().len(), 3);
}

#[test]
fn trailers_offer_the_bytes_that_were_held() {
    let id = stream(|event, host| {
        if event.ends_with("end") {
            assert_eq!(host.body(Side::Response), Ok(b"held!".to_vec()));
            assert_eq!(host.set_body(Side::Response, b"changed"), Ok(()));
            return Flow::Continue;
        }
        Flow::Pause
    });
    callback(id, Side::Response, "H");
    envoy::with(|fake| fake.buffers.insert(1, b"held!".to_vec()));
    callback(id, Side::Response, "B5");
    assert_eq!(callback(id, Side::Response, "T"), CONTINUE);
    assert_eq!(filter::told().last().unwrap().split_once(' ').unwrap().1, "response body 5 end");
    assert_eq!(envoy::with(|fake| fake.buffers[&1].clone()), b"changed");
}

#[test]
fn trailers_after_bytes_that_went_on_have_no_body_and_take_none() {
    let id = stream(|event, host| {
        if event.ends_with("end") {
            assert_eq!(host.body(Side::Response), Ok(Vec::new()));
            assert_eq!(host.set_body(Side::Response, b""), Ok(()));
            assert_eq!(host.set_body(Side::Response, b"tail"), refused("proxy_set_buffer_bytes", 1));
        }
        Flow::Continue
    });
    for short in ["H", "B5", "T"] {
        callback(id, Side::Response, short);
    }
    assert_eq!(filter::told().len(), 3);
    assert_eq!(envoy::did(), [] as [&str; 0], "Envoy is not asked for a buffer it has not");
}

#[test]
fn a_buffer_is_touched_only_while_its_bytes_are_there() {
    let id = stream(|event, host| {
        let absent = refused("proxy_get_buffer_bytes", 1);
        match event {
            "request body 5" => {
                assert_eq!(host.body(Side::Request), Ok(b"five!".to_vec()));
                assert_eq!(host.body_from(Side::Request, 3), Ok(b"e!".to_vec()));
                assert_eq!(host.body(Side::Response), absent);
                return Flow::Pause;
            }
            "response headers" => {
                assert_eq!(host.body(Side::Request), Ok(b"five!".to_vec()), "still held");
                assert_eq!(host.resume(Side::Request), Ok(()));
            }
            "response body 3" => assert_eq!(host.body(Side::Request), absent, "resumed, so gone"),
            "request headers" | "log" => {
                assert_eq!(host.body(Side::Request), absent);
                assert_eq!(host.body(Side::Response), absent);
            }
            other => panic!("unexpected {other}"),
        }
        Flow::Continue
    });
    envoy::with(|fake| fake.buffers.insert(0, b"five!".to_vec()));
    callback(id, Side::Request, "H");
    callback(id, Side::Request, "B5");
    callback(id, Side::Response, "H");
    callback(id, Side::Response, "B3");
    envoy::proxy_on_log(id);
    assert_eq!(envoy::did(), ["get buffer 0", "get buffer 0", "get buffer 0", "continue 0"]);
    assert_eq!(filter::told().len(), 5);
}

/// A script that holds everything and panics at one event.
fn panic_at(place: &str, event: &str) -> Flow {
    assert_ne!(place, event, "planted");
    Flow::Pause
}

#[test]
fn a_panic_before_the_answer_costs_one_500_and_nothing_more_of_that_request_passes() {
    type Row = (&'static str, filter::Script, &'static [(Side, &'static str)]);
    let rows: [Row; 4] = [
        ("request headers", |event, _| panic_at("request headers", event), &[(Side::Request, "H")]),
        ("request body", |event, _| panic_at("request body 5", event), &[(Side::Request, "H"), (Side::Request, "B5")]),
        ("response headers", |event, _| panic_at("response headers", event), &[(Side::Response, "H")]),
        (
            "response body that is held",
            |event, _| panic_at("response body 5", event),
            &[(Side::Response, "H"), (Side::Response, "B5")],
        ),
    ];
    for (name, script, callbacks) in rows {
        let id = stream(script);
        for (side, short) in callbacks {
            assert_eq!(callback(id, *side, short), PAUSE, "{name}: {short}");
        }
        let did = envoy::did();
        assert_eq!(did.iter().filter(|line| *line == "reply 500 ours").count(), 1, "{name}: {did:?}");
        assert!(did.contains(&"metric 0 postern_internal_errors".to_owned()), "{name}: {did:?}");
        assert!(did.contains(&"metric 7 + 1".to_owned()), "{name}: {did:?}");
        filter::told();
        assert_eq!(callback(id, Side::Request, "B5!"), PAUSE, "{name}: nothing passes unpoliced");
        assert_eq!(callback(id, Side::Response, "H"), CONTINUE, "{name}: the 500 passes");
        assert_eq!(callback(id, Side::Response, "B4!"), CONTINUE, "{name}: the 500 passes");
        envoy::proxy_on_log(id);
        envoy::proxy_on_delete(id);
        let told = filter::told();
        let [told] = told.as_slice() else {
            panic!("{name}: the exchange is dead, but its record is written: {told:?}")
        };
        assert!(told.ends_with(" log"), "{name}: {told}");
        assert_eq!(envoy::did(), [] as [&str; 0], "{name}: answered once");
    }
}

#[test]
fn a_panic_after_the_answer_began_resets_the_stream_and_no_byte_follows() {
    let id = stream(|event, _| {
        assert_ne!(event, "response body 5", "planted");
        Flow::Continue
    });
    assert_eq!(callback(id, Side::Response, "H"), CONTINUE);
    assert_eq!(callback(id, Side::Response, "B5"), PAUSE);
    let did = envoy::did();
    assert_eq!(did.last().unwrap(), "reset");
    assert!(!did.iter().any(|line| line.starts_with("reply")), "{did:?}");
    assert_eq!(callback(id, Side::Response, "B5!"), PAUSE);
    assert_eq!(callback(id, Side::Response, "T"), PAUSE);
}

#[test]
fn a_panic_in_the_same_callback_that_let_the_answer_go_resets_the_stream() {
    let id = stream(|event, host| {
        if event == "response body 5" {
            host.resume(Side::Response).unwrap();
            panic!("planted");
        }
        Flow::Pause
    });
    callback(id, Side::Response, "H");
    callback(id, Side::Response, "B5");
    assert_eq!(envoy::did().last().unwrap(), "reset");
}

#[test]
fn a_500_that_envoy_refuses_becomes_a_reset() {
    let id = stream(|event, _| panic_at("request headers", event));
    envoy::with(|fake| fake.refuse = 10);
    assert_eq!(callback(id, Side::Request, "H"), PAUSE);
    let did = envoy::did();
    assert_eq!(did[did.len() - 2..], ["reply 500 ours", "reset"]);
    assert_eq!(callback(id, Side::Response, "H"), PAUSE);
}

#[test]
fn a_panic_of_one_stream_leaves_the_others_alone() {
    let id = stream(|event, _| {
        assert_ne!(event, "request body 9", "planted");
        Flow::Continue
    });
    envoy::proxy_on_context_create(3, ROOT);
    callback(id, Side::Request, "H");
    callback(3, Side::Request, "H");
    callback(id, Side::Request, "B9");
    filter::told();
    assert_eq!(callback(3, Side::Request, "B5!"), CONTINUE);
    assert_eq!(callback(3, Side::Response, "H!"), CONTINUE);
    assert_eq!(filter::told().len(), 2);
}

#[test]
fn a_panic_in_a_call_reply_answers_and_one_in_the_log_only_counts() {
    let id = stream(|event, host| {
        if event == "request headers" {
            host.call("c", &Headers::new(), b"", 5).unwrap();
        }
        assert!(!event.starts_with("reply"), "planted");
        Flow::Pause
    });
    callback(id, Side::Request, "H");
    envoy::proxy_on_http_call_response(ROOT, 101, 0, 0, 0);
    assert_eq!(envoy::did().last().unwrap(), "reply 500 ours");

    let id = stream(|event, _| panic_at("log", event));
    envoy::proxy_on_log(id);
    assert_eq!(envoy::did(), ["metric 0 postern_internal_errors", "metric 7 + 1"]);
}

#[test]
fn without_an_exchange_or_its_answer_there_is_still_a_500() {
    for configuration in ["no exchange", "no answer"] {
        assert!(configure(ROOT, configuration));
        filter::script(|event, _| panic_at("request headers", event));
        envoy::proxy_on_context_create(2, ROOT);
        assert_eq!(callback(2, Side::Request, "H"), PAUSE, "{configuration}");
        let did = envoy::did();
        let reply = did.last().unwrap();
        assert!(reply.starts_with(r#"reply 500 {"error":{"message":"internal error"#), "{configuration}: {reply}");
        assert_eq!(callback(2, Side::Response, "H"), CONTINUE, "{configuration}");
        envoy::proxy_on_delete(2);
    }
}

#[test]
fn a_panic_is_logged_as_one_line_with_its_message_and_place() {
    envoy::_initialize();
    let id = stream(|_, _| panic!("planted\nin two lines"));
    callback(id, Side::Request, "H");
    let lines: Vec<_> = envoy::did().into_iter().filter(|line| line.starts_with("log")).collect();
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(lines[0].starts_with("log 4 internal error: planted in two lines at tests/abi.rs:"), "{lines:?}");
}

#[test]
fn a_wrong_configuration_is_refused_with_every_line_in_the_log() {
    assert!(!configure(ROOT, "wrong: one\nwrong: two"));
    assert_eq!(envoy::did(), ["get buffer 7", "log 4 wrong: one", "log 4 wrong: two"]);
    filter::script(|_, _| panic!("planted"));
    assert!(!configure(ROOT, "panics"));
    filter::script(|_, _| Flow::Continue);
    envoy::with(|fake| fake.refuse = 1);
    assert!(!configure(ROOT, "unread"));
    assert_eq!(
        envoy::did().last().unwrap(),
        "log 4 the configuration cannot be read: proxy_get_buffer_bytes answered status 1"
    );
}

#[test]
fn a_stream_under_way_outlives_its_root_context_and_a_root_told_twice_keeps_its_plugin() {
    let id = stream(|_, _| Flow::Continue);
    assert!(configure(9, "newer"));
    envoy::proxy_on_delete(ROOT);
    assert_eq!(callback(id, Side::Request, "H!"), CONTINUE);
    envoy::proxy_on_context_create(9, 0);
    envoy::proxy_on_context_create(10, 9);
    assert_eq!(callback(10, Side::Request, "H!"), CONTINUE);
}

#[test]
fn nothing_passes_for_a_context_that_was_never_made_or_is_gone() {
    let id = stream(|_, _| Flow::Continue);
    envoy::proxy_on_delete(id);
    for gone in [id, 4711] {
        for short in ["H!", "B5", "T"] {
            assert_eq!(callback(gone, Side::Request, short), PAUSE, "{gone} {short}");
            assert_eq!(callback(gone, Side::Response, short), PAUSE, "{gone} {short}");
        }
        envoy::proxy_on_log(gone);
        envoy::proxy_on_delete(gone);
    }
    assert_eq!(filter::told(), [] as [&str; 0]);
}

#[test]
fn a_local_reply_that_envoy_sends_within_the_call_passes_and_the_exchange_lives() {
    let id = stream(|event, host| {
        if event == "request headers" {
            let reply = Reply { status: 429, ..Reply::default() };
            assert_eq!(host.reply(&reply), Ok(()));
        }
        Flow::Pause
    });
    let inside = || {
        assert_eq!(callback(2, Side::Request, "B5"), PAUSE, "a request byte that nobody has seen");
        assert_eq!(callback(2, Side::Response, "H"), CONTINUE);
        assert_eq!(callback(2, Side::Response, "B5!"), CONTINUE);
    };
    envoy::with(|fake| fake.inside = Some(("reply", inside)));
    callback(id, Side::Request, "H");
    envoy::proxy_on_log(id);
    assert_eq!(envoy::did(), ["reply 429 "]);
    let told: Vec<_> = filter::told().iter().map(|told| told.split_once(' ').unwrap().1.to_owned()).collect();
    assert_eq!(told, ["request headers", "log"]);
}

#[test]
fn log_and_delete_within_a_host_call_wait_for_the_exchange() {
    let id = stream(|event, host| {
        if event == "request headers" {
            assert_eq!(host.reset(), Ok(()));
        }
        Flow::Pause
    });
    let inside = || {
        envoy::proxy_on_log(2);
        envoy::proxy_on_delete(2);
        assert_eq!(filter::told().len(), 1, "not while it runs");
    };
    envoy::with(|fake| fake.inside = Some(("reset", inside)));
    callback(id, Side::Request, "H");
    let told = filter::told();
    assert!(told.len() == 1 && told[0].ends_with("log"), "{told:?}");
    callback(id, Side::Request, "B5");
    assert_eq!(filter::told(), [] as [&str; 0], "deleted");
}

#[test]
fn a_call_reply_reaches_the_stream_that_asked_and_no_other() {
    let id = stream(|event, host| {
        match event {
            "request headers" => {
                assert_eq!(host.call("c", &Headers::new(), b"ask", 5).map(|call| call.0 > 100), Ok(true))
            }
            reply => {
                assert!(reply.ends_with("204 yes"), "{reply}");
                assert_eq!(host.resume(Side::Request), Ok(()));
            }
        }
        Flow::Pause
    });
    envoy::proxy_on_context_create(3, ROOT);
    callback(id, Side::Request, "H");
    callback(3, Side::Request, "H");
    filter::told();
    envoy::did();
    let headers: Headers = [(":status", "204")].into_iter().collect();
    envoy::with(|fake| {
        fake.maps.insert(6, headers.encode());
        fake.buffers.insert(4, b"yes".to_vec());
    });
    envoy::proxy_on_http_call_response(ROOT, 102, 1, 3, 0);
    assert_eq!(filter::told().len(), 1);
    assert_eq!(envoy::did(), ["act on 3", "get buffer 4", "continue 0"]);
    envoy::proxy_on_http_call_response(ROOT, 102, 1, 3, 0);
    assert_eq!(filter::told(), [] as [&str; 0], "answered once");
    envoy::proxy_on_delete(id);
    for quiet in [101, 4711] {
        envoy::proxy_on_http_call_response(ROOT, quiet, 1, 3, 0);
    }
    assert_eq!((filter::told(), envoy::did()), (vec![], vec![]), "its stream is gone, or nobody asked");
}

#[test]
fn a_call_that_fails_within_the_host_call_is_told_after_it_without_headers() {
    let id = stream(|event, host| {
        if event == "request headers" {
            assert_eq!(host.call("c", &Headers::new(), b"", 5), Ok(CallId(101)));
        }
        Flow::Pause
    });
    envoy::with(|fake| fake.inside = Some(("call", || envoy::proxy_on_http_call_response(ROOT, 101, 0, 0, 0))));
    callback(id, Side::Request, "H");
    let told: Vec<_> = filter::told().iter().map(|told| told.split_once(' ').unwrap().1.to_owned()).collect();
    assert_eq!(told, ["request headers", "reply 101 none "]);
}

#[test]
fn a_plugin_gets_its_ticks_and_the_replies_to_its_own_calls() {
    filter::script(|event, host| {
        match event {
            "configure fine" => assert_eq!(host.tick_every(1000), Ok(())),
            "tick" => assert_eq!(host.call("c", &Headers::new(), b"ask", 5).map(|call| call.0 > 100), Ok(true)),
            _ => {}
        }
        Flow::Continue
    });
    assert!(configure(ROOT, "fine"));
    envoy::proxy_on_context_create(2, ROOT);
    envoy::proxy_on_tick(ROOT);
    let headers: Headers = [(":status", "200")].into_iter().collect();
    envoy::with(|fake| {
        fake.maps.insert(6, headers.encode());
        fake.buffers.insert(4, b"yes".to_vec());
    });
    envoy::proxy_on_http_call_response(ROOT, 101, 1, 3, 0);
    envoy::proxy_on_http_call_response(ROOT, 101, 1, 3, 0);
    assert_eq!(filter::told(), ["0 configure fine", "0 tick", "0 reply 101 200 yes"], "answered once");
    assert_eq!(
        envoy::did(),
        ["get buffer 7", "tick every 1000", "call c ask 5", &format!("act on {ROOT}"), "get buffer 4"]
    );
    // One that fails within the host call is told of after it.
    envoy::with(|fake| {
        fake.inside = Some(("call", || {
            envoy::proxy_on_http_call_response(ROOT, 102, 0, 0, 0);
            assert_eq!(filter::told(), ["0 tick"], "not while it runs");
        }));
    });
    envoy::proxy_on_tick(ROOT);
    assert_eq!(filter::told(), ["0 reply 102 200 yes"]);
    // Gone, and with it the calls under way.
    envoy::proxy_on_tick(ROOT);
    envoy::proxy_on_delete(ROOT);
    filter::told();
    envoy::proxy_on_http_call_response(ROOT, 103, 0, 0, 0);
    envoy::proxy_on_tick(ROOT);
    assert_eq!(filter::told(), [] as [&str; 0]);
}

#[test]
fn a_panic_in_a_tick_or_a_reply_is_counted_and_the_next_tick_comes() {
    assert!(configure(ROOT, "fine"));
    filter::script(|event, host| {
        if event == "tick" {
            let _ = host.call("c", &Headers::new(), b"", 5);
        }
        panic!("planted");
    });
    envoy::did();
    envoy::proxy_on_tick(ROOT);
    envoy::proxy_on_http_call_response(ROOT, 101, 0, 0, 0);
    envoy::proxy_on_tick(ROOT);
    assert_eq!(filter::told()[1..], ["0 tick", "0 reply 101 none ", "0 tick"]);
    assert_eq!(envoy::did().iter().filter(|line| *line == "metric 7 + 1").count(), 3);
}

#[test]
fn a_stream_that_asks_is_woken_once_and_ticks_are_fast_only_while_one_waits() {
    let id = stream(|event, host| {
        match event {
            "request headers" => assert_eq!(host.wake_me(), Ok(())),
            "request body 5 end" => assert_eq!((host.wake_me(), host.wake_me()), (Ok(()), Ok(()))),
            "wake" => {
                assert_eq!(host.body(Side::Request), Ok(b"five!".to_vec()), "still held");
                assert_eq!(host.resume(Side::Request), Ok(()));
            }
            _ => {}
        }
        Flow::Pause
    });
    envoy::with(|fake| fake.buffers.insert(0, b"five!".to_vec()));
    callback(id, Side::Request, "H");
    callback(id, Side::Request, "B5!");
    envoy::proxy_on_context_create(3, ROOT);
    callback(3, Side::Request, "H");
    envoy::proxy_on_delete(3);
    assert_eq!(envoy::did(), ["tick every 20"], "once for all that wait");
    filter::told();
    envoy::proxy_on_tick(ROOT);
    let told: Vec<_> = filter::told().iter().map(|told| told.split_once(' ').unwrap().1.to_owned()).collect();
    assert_eq!(told, ["tick", "wake"], "the plugin first, and nobody who is gone");
    assert_eq!(envoy::did(), ["act on 2", "get buffer 0", "continue 0", "act on 3", "tick every 0"]);
    envoy::proxy_on_tick(ROOT);
    assert_eq!(filter::told(), ["0 tick"]);
    assert_eq!(envoy::did(), [] as [&str; 0]);
}

#[test]
fn a_plugins_own_ticks_go_on_when_nobody_waits_any_more() {
    let id = stream(|event, host| {
        match event {
            "request headers" | "wake" => assert_eq!(host.wake_me(), Ok(())),
            "tick" => assert_eq!(host.tick_every(1000), Ok(())),
            _ => {}
        }
        Flow::Pause
    });
    callback(id, Side::Request, "H");
    envoy::proxy_on_tick(ROOT);
    assert_eq!(envoy::did(), ["tick every 20", "tick every 1000", "act on 2", "tick every 20"], "it waits again");
    envoy::proxy_on_delete(id);
    envoy::proxy_on_tick(ROOT);
    assert_eq!(envoy::did(), ["tick every 1000", "act on 2", "tick every 1000"]);
}

#[test]
fn a_signature_is_asked_for_in_envoys_protobuf() {
    let id = stream(|event, host| {
        let signed = host.sign_rs256(&[7; 200], b"text");
        match event {
            "request headers" => assert_eq!(signed, Ok(b"signature".to_vec())),
            // Envoy could not sign, or answers what cannot be read.
            _ => assert_eq!(signed, refused("proxy_call_foreign_function", 4)),
        }
        Flow::Continue
    });
    envoy::with(|fake| fake.foreign = b"\x08\x01\x12\x09signature".to_vec());
    assert_eq!(callback(id, Side::Request, "H"), CONTINUE, "no assertion failed");
    let wanted = [b"\x0a\x06sha256\x12\xc8\x01".to_vec(), vec![7; 200], b"\x1a\x04text".to_vec()].concat();
    assert_eq!(envoy::with(|fake| fake.foreign_argument.clone()), wanted);
    for answer in [
        &b"\x08\x00\x1a\x02no"[..],
        b"",
        b"\x12",
        b"\x12\x09cut",
        b"\x12\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff",
        b"\x0d",
    ] {
        envoy::with(|fake| fake.foreign = answer.to_vec());
        assert_eq!(callback(id, Side::Request, "B5"), CONTINUE, "no assertion failed");
    }
}

#[test]
fn nothing_of_a_stream_is_kept_after_it_not_even_a_call_under_way() {
    stream(|event, host| {
        if event == "request headers" {
            host.call("c", &Headers::new(), b"", 5).unwrap();
        }
        Flow::Pause
    });
    let mut live = [0; 3];
    for live in &mut live {
        for id in 1000..2000 {
            envoy::proxy_on_context_create(id, ROOT);
            callback(id, Side::Request, "H");
            envoy::proxy_on_delete(id);
        }
        filter::told();
        envoy::did();
        *live = LIVE.get();
    }
    assert_eq!(live[1], live[0]);
    assert_eq!(live[2], live[0]);
}

#[test]
fn memory_from_the_host_is_taken_over_once_and_freed_once() {
    let id = stream(|_, host| {
        for _ in 0..100 {
            let body = host.body(Side::Response).unwrap();
            assert_eq!((body.len(), body.capacity()), (70_000, 70_000));
            assert_eq!(host.headers(Side::Response).unwrap().get("a"), Some("b"));
        }
        Flow::Continue
    });
    let headers: Headers = [("a", "b")].into_iter().collect();
    envoy::with(|fake| {
        fake.buffers.insert(1, vec![9; 70_000]);
        fake.maps.insert(2, headers.encode());
    });
    callback(id, Side::Response, "B70000");
    filter::told();
    envoy::did();
    let before = LIVE.get();
    assert_eq!(callback(id, Side::Response, "B70000"), CONTINUE, "no assertion failed");
    filter::told();
    envoy::did();
    assert_eq!(LIVE.get(), before);
}

#[test]
fn an_empty_answer_is_empty_and_a_block_we_did_not_give_is_refused() {
    let id = stream(|event, host| {
        if event == "response body 0" {
            assert_eq!(host.body(Side::Response), Ok(Vec::new()));
            assert_eq!(host.headers(Side::Response).map(|headers| headers.iter().count()), Ok(0));
        } else {
            assert_eq!(host.body(Side::Response), refused("proxy_get_buffer_bytes", 4));
        }
        Flow::Continue
    });
    envoy::with(|fake| {
        fake.buffers.insert(1, Vec::new());
        fake.maps.insert(2, Vec::new());
    });
    assert_eq!(callback(id, Side::Response, "B0"), CONTINUE, "no assertion failed");
    envoy::with(|fake| {
        fake.foreign_block = true;
        fake.buffers.insert(1, b"abc".to_vec());
    });
    assert_eq!(callback(id, Side::Response, "B3"), CONTINUE, "no assertion failed");
    assert_eq!(filter::told().len(), 2);
    assert!(!envoy::proxy_on_memory_allocate(0).is_null(), "null would read as no memory");
    assert!(envoy::proxy_on_memory_allocate(usize::MAX).is_null());
}

#[test]
fn a_header_map_that_is_none_is_an_error() {
    let id = stream(|_, host| {
        assert_eq!(host.headers(Side::Request).map(|_| ()), refused("proxy_get_header_map_pairs", 4));
        Flow::Continue
    });
    envoy::with(|fake| fake.maps.insert(0, vec![255; 40]));
    assert_eq!(callback(id, Side::Request, "H"), CONTINUE, "no assertion failed");
}

#[test]
fn one_header_is_read_and_set_without_the_others() {
    let id = stream(|event, host| {
        if event.starts_with("response headers") {
            assert_eq!(host.header(Side::Response, "b").as_deref(), Some("2"));
            assert_eq!(host.header(Side::Response, "empty").as_deref(), Some(""));
            assert_eq!(host.header(Side::Response, "absent"), None);
            assert_eq!(host.header(Side::Response, "no-text"), None);
            assert_eq!(host.header(Side::Request, "b"), None);
            assert_eq!(host.set_header(Side::Response, "b", "3"), Ok(()));
            assert_eq!(host.set_header(Side::Response, "new", "4"), Ok(()));
            let headers = host.headers(Side::Response).unwrap();
            assert_eq!((headers.get("a"), headers.get("b"), headers.get("new")), (Some("1"), Some("3"), Some("4")));
        }
        Flow::Continue
    });
    let mut map = [("a", "1"), ("b", "2"), ("empty", ""), ("no-text", "?")].into_iter().collect::<Headers>().encode();
    *map.iter_mut().rfind(|byte| **byte == b'?').unwrap() = 0xff;
    envoy::with(|fake| fake.maps.insert(2, map));
    assert_eq!(callback(id, Side::Response, "H"), CONTINUE, "no assertion failed");
}

#[test]
fn updated_headers_are_the_same_in_envoy_however_many_changed() {
    for many in [0, 30] {
        let id = if many == 0 { stream(|_, host| update(host, 0)) } else { stream(|_, host| update(host, 30)) };
        let before: Headers =
            [(":path", "/a"), ("gone", "1"), ("kept", "2"), ("set", "3"), ("set", "4"), ("more", "5")]
                .into_iter()
                .collect();
        envoy::with(|fake| fake.maps.insert(0, before.encode()));
        assert_eq!(callback(id, Side::Request, "H"), CONTINUE, "no assertion failed");
    }
    fn update(host: &dyn Host, many: usize) -> Flow {
        let mut headers = host.headers(Side::Request).unwrap();
        headers.remove("gone");
        headers.set("set", "6");
        headers.add("more", "7");
        headers.set(":path", "/b");
        (0..many).for_each(|index| headers.add(&format!("x-{index}"), "v"));
        assert_eq!(host.update_headers(Side::Request, &headers), Ok(()));
        let sorted = |headers: &Headers| {
            let mut pairs: Vec<_> = headers.iter().map(|(name, value)| (name.to_owned(), value.to_vec())).collect();
            pairs.sort();
            pairs
        };
        assert_eq!(sorted(&host.headers(Side::Request).unwrap()), sorted(&headers), "{many} more");
        Flow::Continue
    }
}

#[test]
fn every_refusal_of_the_host_is_a_value() {
    let id = stream(|_, host| {
        let headers = Headers::new();
        let metric = host::Metric(1);
        let rows: [(&str, HostResult<()>); 19] = [
            ("random_get", host.random(&mut [0])),
            ("proxy_get_header_map_pairs", host.headers(Side::Request).map(drop)),
            ("proxy_set_header_map_pairs", host.set_headers(Side::Request, &headers)),
            ("proxy_replace_header_map_value", host.set_header(Side::Request, "a", "b")),
            ("proxy_get_buffer_bytes", host.body(Side::Request).map(drop)),
            ("proxy_set_buffer_bytes", host.set_body(Side::Request, b"")),
            ("proxy_set_property", host.set_state("a", b"b")),
            ("proxy_call_foreign_function", host.clear_route_cache()),
            ("proxy_call_foreign_function", host.sign_rs256(b"key", b"text").map(drop)),
            ("proxy_set_tick_period_milliseconds", host.wake_me()),
            ("proxy_send_local_response", host.reply(&Reply::default())),
            ("proxy_continue_stream", host.resume(Side::Request)),
            ("proxy_close_stream", host.reset()),
            ("proxy_define_metric", host.define_metric(MetricKind::Counter, "a").map(drop)),
            ("proxy_increment_metric", host.add_metric(metric, 0)),
            ("proxy_record_metric", host.record_metric(metric, 0)),
            ("proxy_get_shared_data", host.shared("a").map(drop)),
            ("proxy_set_shared_data", host.set_shared("a", b"", 0).map(drop)),
            ("proxy_http_call", host.call("a", &headers, b"", 1).map(drop)),
        ];
        for (call, result) in rows {
            assert_eq!(result, refused(call, 10), "{call}");
        }
        assert_eq!((host.env("KEY"), host.property(&["a"]), host.state("a")), (None, None, None));
        host.log(Level::Info, "line");
        Flow::Continue
    });
    envoy::with(|fake| fake.refuse = 10);
    assert_eq!(callback(id, Side::Request, "B5"), CONTINUE, "no panic");
}

#[test]
fn the_core_asks_envoy_in_envoys_words() {
    let id = stream(|_, host| {
        assert_eq!(host.now_ns(), 1_700_000_000_000_000_000);
        assert_eq!(host.env("KEY").as_deref(), Some("a=b"));
        assert_eq!(host.env("EMPTY").as_deref(), Some(""));
        assert_eq!(host.env("KE"), None);
        let mut bytes = [0; 100_000];
        assert_eq!(host.random(&mut bytes), Ok(()));
        assert!(bytes.iter().all(|byte| *byte == 4));
        assert_eq!(host.property(&["xds", "cluster_name"]).as_deref(), Some(&b"openai"[..]));
        assert_eq!(host.property(&["xds"]), None);
        assert_eq!(host.state("gw.next"), None);
        assert_eq!(host.set_state("gw.next", b"b"), Ok(()));
        assert_eq!(host.state("gw.next").as_deref(), Some(&b"b"[..]));
        assert_eq!(host.clear_route_cache(), Ok(()));
        assert_eq!(host.shared("k"), Ok((None, 0)));
        assert_eq!(host.set_shared("k", b"v", 0), Ok(true));
        assert_eq!(host.shared("k"), Ok((Some(b"v".to_vec()), 1)));
        assert_eq!(host.set_shared("k", b"w", 5), Ok(false));
        assert_eq!(host.set_shared("k", b"w", 1), Ok(true));
        let headers: Headers = [("a", "1")].into_iter().collect();
        assert_eq!(host.set_headers(Side::Response, &headers), Ok(()));
        assert_eq!(host.headers(Side::Response).unwrap().get("a"), Some("1"));
        let metric = host.define_metric(MetricKind::Histogram, "m").unwrap();
        assert_eq!((host.add_metric(metric, -2), host.record_metric(metric, 3)), (Ok(()), Ok(())));
        host.log(Level::Debug, "line");
        Flow::Continue
    });
    envoy::with(|fake| fake.properties.insert(b"xds\0cluster_name".to_vec(), b"openai".to_vec()));
    callback(id, Side::Request, "H!");
    let did = envoy::did();
    assert_eq!(did, ["foreign clear_route_cache", "metric 2 m", "metric 7 + -2", "metric 7 = 3", "log 1 line"]);
    assert!(envoy::with(|fake| fake.maps.contains_key(&2)), "the response's map is number 2");
}
