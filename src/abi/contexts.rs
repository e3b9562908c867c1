//! Which exchange a callback is for, and what happens around it: the end of a side told once, a panic caught, a
//! callback within a callback survived.
//!
//! Envoy runs one callback at a time in a VM, but a host call can bring the next one before it returns. So no borrow of
//! the table lasts over a callback: the exchange is taken out of its slot, runs, and is put back. What comes for it in
//! between is answered here: request bytes wait, since nobody has seen them; response bytes pass, since they are our own
//! local reply on its way out; a call's reply, the log and the delete are kept and follow when the exchange is back.

use std::cell::RefCell;
use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasherDefault, Hasher};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use super::envoy::{Buffer, Envoy, NOT_FOUND};
use crate::host::{CallId, Exchange, Flow, Host, HostError, HostResult, Level, MetricKind, Plugin, Side};
use crate::http::{Headers, Reply};

/// Panics caught, and configurations that panicked.
const INTERNAL_ERRORS: &str = "postern_internal_errors";

/// How soon an exchange that waits is woken. Envoy's timers are good for a millisecond, and nobody notices 20.
const WAKE_MS: u32 = 20;

/// Context ids are small numbers that the host counts up: spread them, no more.
#[derive(Default)]
struct Spread(u64);

impl Hasher for Spread {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u32(u32::from(*byte));
        }
    }

    fn write_u32(&mut self, id: u32) {
        // 2^64 divided by the golden ratio: the table looks at the upper bits too, and a small id has none.
        self.0 = (self.0 ^ u64::from(id)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
}

/// The reply to a call.
type CallReply = (CallId, Headers, Vec<u8>);

type ById<T> = HashMap<u32, T, BuildHasherDefault<Spread>>;

/// Everything this VM knows.
struct Contexts {
    roots: ById<Root>,
    streams: ById<Stream>,
    /// Whose reply each call under way will be.
    calls: ById<u32>,
}

/// A root context: one configured filter on this worker.
#[derive(Default)]
struct Root {
    /// None until configured, or if that failed.
    plugin: Option<Rc<dyn Plugin>>,
    /// Its plugin runs now, so what comes for it is late.
    running: bool,
    late: Vec<CallReply>,
    /// The ticks it asked for; 0 = none.
    tick_ms: u32,
    /// Its streams that are to be woken. While there are any, it ticks every [`WAKE_MS`].
    waiting: Vec<u32>,
}

struct Stream {
    root: u32,
    slot: Slot,
    request: Half,
    response: Half,
    /// What came while the exchange was running, and could not be answered here.
    late: Vec<Event>,
    /// Its calls under way. Envoy cancels them with the stream.
    calls: Vec<u32>,
    /// Deleted while the exchange was running.
    gone: bool,
}

enum Slot {
    Ready(Box<dyn Exchange>),
    /// Taken out for the callback that runs now.
    Running,
    /// No exchange could be made; the first callback answers for it.
    Unmade,
    /// The exchange panicked. With an answer of ours on its way the response side passes; nothing else does.
    Dead {
        answered: bool,
        /// What is left of it: its record is still wanted when the stream is over.
        remains: Option<Box<dyn Exchange>>,
    },
}

/// One side's state.
struct Half {
    /// The end has been told.
    ended: bool,
    /// The last answer to Envoy for this side.
    flow: Flow,
    /// Bytes are held in Envoy's buffer, because the last body callback paused.
    held: bool,
    /// Something of this side has gone on, so its headers are gone.
    released: bool,
}

/// What Envoy tells a stream.
enum Event {
    Headers(Side, bool),
    Chunk(Side, usize, bool),
    Trailers(Side),
    Reply(CallId, Headers, Vec<u8>),
    Wake,
    Log,
}

/// What is to be done about an event.
enum Taken {
    Run(Box<dyn Exchange>, Event, [Buffer; 2]),
    Answer(Flow),
    Unmade(Event),
}

impl Event {
    fn side(&self) -> Option<Side> {
        match self {
            Self::Headers(side, _) | Self::Chunk(side, ..) | Self::Trailers(side) => Some(*side),
            Self::Reply(..) | Self::Wake | Self::Log => None,
        }
    }

    fn end(&self) -> bool {
        match self {
            Self::Headers(_, end) | Self::Chunk(_, _, end) => *end,
            Self::Trailers(_) => true,
            Self::Reply(..) | Self::Wake | Self::Log => false,
        }
    }

    fn tell(self, exchange: &mut dyn Exchange, envoy: &Envoy) -> Flow {
        let (side, size, end) = match self {
            Self::Headers(Side::Request, end) => return exchange.on_request_headers(envoy, end),
            Self::Headers(Side::Response, end) => return exchange.on_response_headers(envoy, end),
            Self::Chunk(side, size, end) => (side, size, end),
            Self::Trailers(side) => (side, envoy.held(side), true),
            Self::Reply(call, headers, body) => {
                exchange.on_call_reply(envoy, call, &headers, &body);
                return Flow::Continue;
            }
            Self::Wake => {
                exchange.on_wake(envoy);
                return Flow::Continue;
            }
            Self::Log => {
                exchange.on_log(envoy);
                return Flow::Continue;
            }
        };
        match side {
            Side::Request => exchange.on_request_body(envoy, size, end),
            Side::Response => exchange.on_response_body(envoy, size, end),
        }
    }
}

impl Half {
    const NEW: Self = Self { ended: false, flow: Flow::Continue, held: false, released: false };

    fn go_on(&mut self) {
        self.flow = Flow::Continue;
        self.held = false;
        self.released = true;
    }

    /// Where the bytes are for a callback that brings none of this side.
    fn buffer(&self) -> Buffer {
        if self.held { Buffer::Open } else { Buffer::Absent }
    }
}

impl Stream {
    fn new(root: u32, slot: Slot) -> Self {
        Self { root, slot, request: Half::NEW, response: Half::NEW, late: Vec::new(), calls: Vec::new(), gone: false }
    }

    fn half(&mut self, side: Side) -> &mut Half {
        match side {
            Side::Request => &mut self.request,
            Side::Response => &mut self.response,
        }
    }

    /// Takes the exchange out for an event, unless the event is answered without it.
    fn take(&mut self, event: Event) -> Taken {
        let side = event.side();
        let pass_response = |pass| if pass && side == Some(Side::Response) { Flow::Continue } else { Flow::Pause };
        match self.slot {
            Slot::Dead { answered, .. } => return Taken::Answer(pass_response(answered)),
            Slot::Running => {
                if side.is_none() {
                    self.late.push(event);
                }
                return Taken::Answer(pass_response(true));
            }
            Slot::Unmade => return Taken::Unmade(event),
            Slot::Ready(_) => {}
        }
        let mut buffers = match event {
            // The stream is over, and so are its buffers.
            Event::Log => [Buffer::Absent; 2],
            _ => [self.request.buffer(), self.response.buffer()],
        };
        if let Some(side) = side {
            let half = self.half(side);
            if half.ended && !matches!(event, Event::Headers(..)) {
                return Taken::Answer(half.flow);
            }
            half.ended |= event.end();
            let own = buffers.get_mut(side as usize);
            match (&event, own) {
                (Event::Chunk(..), Some(own)) => *own = Buffer::Open,
                (Event::Trailers(_), Some(own)) if *own == Buffer::Absent => *own = Buffer::Empty,
                _ => {}
            }
        }
        match std::mem::replace(&mut self.slot, Slot::Running) {
            Slot::Ready(exchange) => Taken::Run(exchange, event, buffers),
            _ => Taken::Unmade(event),
        }
    }

    /// Notes what the callback answered for its side, and what it resumed.
    fn note(&mut self, side: Option<Side>, chunk: bool, flow: Flow, envoy: &Envoy) {
        if let Some(side) = side {
            let half = self.half(side);
            half.flow = flow;
            match flow {
                Flow::Continue => half.go_on(),
                Flow::Pause => half.held |= chunk,
            }
        }
        for side in [Side::Request, Side::Response] {
            if envoy.resumed(side) {
                self.half(side).go_on();
            }
        }
    }
}

thread_local! {
    static CONTEXTS: RefCell<Contexts> = const {
        RefCell::new(Contexts {
            roots: HashMap::with_hasher(BuildHasherDefault::new()),
            streams: HashMap::with_hasher(BuildHasherDefault::new()),
            calls: HashMap::with_hasher(BuildHasherDefault::new()),
        })
    };
}

/// The table, for a moment: `look` must not call the host or the core.
fn table<T>(look: impl FnOnce(&mut Contexts) -> T) -> T {
    CONTEXTS.with_borrow_mut(look)
}

fn stream<T>(id: u32, look: impl FnOnce(&mut Stream) -> T) -> Option<T> {
    table(|contexts| contexts.streams.get_mut(&id).map(look))
}

/// Logs every panic as one line with its message and place, before anyone catches it (or, in a build that aborts on
/// panic, before the VM stops). The hook before it stays behind it: natively that is the one that prints to stderr.
pub fn report_panics() {
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        let message = panic.payload_as_str().unwrap_or("no message").replace('\n', " ");
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        Envoy::without_stream().log(Level::Error, &format!("internal error: {message} at {place}"));
        before(panic);
    }));
}

/// Runs the core's code; None if it panicked, which is counted here and logged by the hook.
fn caught<T>(code: impl FnOnce() -> T) -> Option<T> {
    // What the code had in hand is dropped or marked dead by every caller, so nobody sees it half changed.
    let result = catch_unwind(AssertUnwindSafe(code)).ok();
    if result.is_none() {
        let envoy = Envoy::without_stream();
        // Envoy finds the metric by its name, so nothing is kept for a case that should never be.
        if let Ok(metric) = envoy.define_metric(MetricKind::Counter, INTERNAL_ERRORS) {
            let _ = envoy.add_metric(metric, 1);
        }
    }
    result
}

/// A new root context (`parent` is 0) or stream. Envoy may create a root again under its id; it then keeps its plugin.
pub fn create(id: u32, parent: u32) {
    if parent == 0 {
        table(|contexts| {
            contexts.roots.entry(id).or_default();
        });
        return;
    }
    let plugin = plugin_of(parent);
    let exchange = plugin.and_then(|plugin| caught(|| plugin.exchange()));
    let new = Stream::new(parent, exchange.map_or(Slot::Unmade, Slot::Ready));
    let old = table(|contexts| contexts.streams.insert(id, new));
    drop(old);
}

/// Makes the plugin of a root context from Envoy's configuration buffer; false refuses the configuration. Streams under
/// way keep the exchange that the plugin before made.
pub fn configure(root: u32) -> bool {
    let envoy = Envoy::of_root(root);
    let configured = caught(|| match envoy.configuration() {
        Ok(bytes) => crate::filter::configure(&envoy, &bytes),
        Err(error) => Err(format!("the configuration cannot be read: {error}")),
    });
    let plugin = match configured {
        Some(Ok(plugin)) => Some(Rc::from(plugin)),
        Some(Err(text)) => {
            for line in text.lines() {
                envoy.log(Level::Error, line);
            }
            None
        }
        None => None,
    };
    let accepted = plugin.is_some();
    let old = table(|contexts| std::mem::replace(&mut contexts.roots.entry(root).or_default().plugin, plugin));
    drop(old);
    accepted
}

/// Notes the ticks that a root context wants.
pub fn tick_every(root: u32, ms: u32) -> HostResult<()> {
    let set = table(|contexts| {
        let root = contexts.roots.entry(root).or_default();
        root.tick_ms = ms;
        root.waiting.is_empty()
    });
    if set { Envoy::set_tick(ms) } else { Ok(()) }
}

/// Notes that a stream wants to be woken.
pub fn wake(id: u32) -> HostResult<()> {
    let first = table(|contexts| {
        let root = contexts.streams.get(&id).map(|stream| stream.root);
        let waiting = &mut contexts.roots.get_mut(&root?)?.waiting;
        let first = waiting.is_empty();
        if !waiting.contains(&id) {
            waiting.push(id);
        }
        Some(first)
    });
    match first {
        Some(true) => Envoy::set_tick(WAKE_MS),
        Some(false) => Ok(()),
        None => Err(HostError { call: "proxy_set_tick_period_milliseconds", status: NOT_FOUND }),
    }
}

/// A root context's tick: its plugin's, then that of each stream which waits.
pub fn tick(root: u32) {
    let waiting = table(|contexts| contexts.roots.get_mut(&root).map(|root| std::mem::take(&mut root.waiting)));
    let waiting = waiting.unwrap_or_default();
    run_plugin(root, |plugin, envoy| plugin.on_tick(envoy));
    for id in &waiting {
        Envoy::without_stream().act_on(*id);
        let _ = tell(*id, Event::Wake);
    }
    let idle =
        table(|contexts| contexts.roots.get(&root).filter(|root| root.waiting.is_empty()).map(|root| root.tick_ms));
    if let Some(ms) = idle
        && !waiting.is_empty()
    {
        // Where it cannot be set back it ticks too often, which costs time and nothing else.
        let _ = Envoy::set_tick(ms);
    }
}

fn plugin_of(root: u32) -> Option<Rc<dyn Plugin>> {
    table(|contexts| contexts.roots.get(&root)?.plugin.clone())
}

/// Runs a root context's plugin, and then tells it of the replies that came within: to calls that failed at once.
fn run_plugin(id: u32, run: impl FnOnce(&dyn Plugin, &Envoy)) {
    let Some(plugin) = plugin_of(id) else { return };
    let root = |look: &dyn Fn(&mut Root) -> Vec<CallReply>| {
        table(|contexts| contexts.roots.get_mut(&id).map(look)).unwrap_or_default()
    };
    let begin = |root: &mut Root| {
        root.running = true;
        Vec::new()
    };
    let end = |root: &mut Root| {
        root.running = false;
        std::mem::take(&mut root.late)
    };
    root(&begin);
    caught(|| run(plugin.as_ref(), &Envoy::of_root(id)));
    let mut late = VecDeque::from(root(&end));
    while let Some((call, headers, body)) = late.pop_front() {
        table(|contexts| contexts.calls.remove(&call.0));
        root(&begin);
        caught(|| plugin.on_call_reply(&Envoy::of_root(id), call, &headers, &body));
        late.extend(root(&end));
    }
}

/// A side's headers.
pub fn headers(id: u32, side: Side, end: bool) -> Flow {
    tell(id, Event::Headers(side, end))
}

/// A chunk of a side's body, or more of a held one: `size` bytes are in the buffer.
pub fn body(id: u32, side: Side, size: usize, end: bool) -> Flow {
    tell(id, Event::Chunk(side, size, end))
}

/// Trailers end a side whose last chunk did not. What was held before them can be read and changed; if nothing was,
/// Envoy takes no further byte for this side. What they say ends here: nobody looks at it, and over HTTP/2 it would
/// reach the other side, a client's key in it too.
pub fn trailers(id: u32, side: Side) -> Flow {
    let envoy = Envoy::without_stream();
    if envoy.drop_trailers(side).is_err() {
        let _ = envoy.reset();
        return Flow::Pause;
    }
    tell(id, Event::Trailers(side))
}

/// Notes that the reply to a call is this stream's, or this root context's.
pub fn expect_reply(id: u32, call: u32) {
    table(|contexts| {
        match contexts.streams.get_mut(&id) {
            Some(stream) => stream.calls.push(call),
            None if contexts.roots.contains_key(&id) => {}
            None => return,
        }
        contexts.calls.insert(call, id);
    });
}

/// The reply to a call. Envoy tells the root context, so whose it is is found by the call. A reply that nobody waits for
/// is dropped; but while an exchange or a plugin runs, a call that is not known yet can only be its own, still on its way
/// back.
pub fn call_reply(call: u32) {
    let owner = table(|contexts| {
        let expected = contexts.calls.remove(&call);
        let stream = || contexts.streams.iter().find(|(_, stream)| matches!(stream.slot, Slot::Running));
        let root = || contexts.roots.iter().find(|(_, root)| root.running);
        let id = expected.or_else(|| stream().map(|(id, _)| *id)).or_else(|| root().map(|(id, _)| *id))?;
        match contexts.streams.get_mut(&id) {
            Some(stream) => {
                stream.calls.retain(|own| *own != call);
                Some((id, None))
            }
            None => contexts.roots.get(&id).map(|root| (id, Some(root.running))),
        }
    });
    let Some((id, plugin)) = owner else { return };
    let envoy = Envoy::without_stream();
    envoy.act_on(id);
    let (headers, body) = envoy.call_reply();
    match plugin {
        None => {
            let _ = tell(id, Event::Reply(CallId(call), headers, body));
        }
        Some(true) => table(|contexts| {
            if let Some(root) = contexts.roots.get_mut(&id) {
                root.late.push((CallId(call), headers, body));
            }
        }),
        Some(false) => run_plugin(id, |plugin, envoy| plugin.on_call_reply(envoy, CallId(call), &headers, &body)),
    }
}

/// The stream is over. An exchange that panicked is told too: what it cost must not be lost.
pub fn log(id: u32) {
    let remains = stream(id, |stream| match &mut stream.slot {
        Slot::Dead { remains, .. } => remains.take(),
        _ => None,
    });
    let Some(mut exchange) = remains.flatten() else {
        let _ = tell(id, Event::Log);
        return;
    };
    caught(|| exchange.on_log(&Envoy::of_stream(id, [Buffer::Absent; 2])));
    caught(|| drop(exchange));
}

/// The context is gone, now or when its exchange is back.
pub fn delete(id: u32) {
    let running = stream(id, |stream| {
        stream.gone = true;
        matches!(stream.slot, Slot::Running)
    });
    let gone = table(|contexts| {
        let stream = if running == Some(false) { contexts.streams.remove(&id) } else { None };
        for call in stream.iter().flat_map(|stream| &stream.calls) {
            contexts.calls.remove(call);
        }
        let root = contexts.roots.remove(&id);
        if root.is_some() {
            contexts.calls.retain(|_, owner| *owner != id);
        }
        (stream, root)
    });
    caught(|| drop(gone));
}

/// Tells a stream's exchange of an event, and gives its answer.
fn tell(id: u32, event: Event) -> Flow {
    // A context nobody created: nothing passes.
    let Some(taken) = stream(id, |stream| stream.take(event)) else { return Flow::Pause };
    let flow = match taken {
        Taken::Answer(flow) => return flow,
        Taken::Unmade(event) => {
            fail(id, None, matches!(event, Event::Log), &Envoy::without_stream());
            Flow::Pause
        }
        Taken::Run(mut exchange, event, buffers) => {
            let envoy = Envoy::of_stream(id, buffers);
            let (side, chunk, log) = (event.side(), matches!(event, Event::Chunk(..)), matches!(event, Event::Log));
            match caught(|| event.tell(exchange.as_mut(), &envoy)) {
                Some(flow) => {
                    stream(id, |stream| {
                        stream.note(side, chunk, flow, &envoy);
                        stream.slot = Slot::Ready(exchange);
                    });
                    flow
                }
                None => {
                    fail(id, Some(exchange), log, &envoy);
                    Flow::Pause
                }
            }
        }
    };
    let (late, gone) = stream(id, |stream| (std::mem::take(&mut stream.late), stream.gone)).unwrap_or_default();
    for event in late {
        let _ = tell(id, event);
    }
    if gone {
        delete(id);
    }
    flow
}

/// Ends a stream whose exchange panicked or was never made: one 500 if nothing of an answer has gone out, else a reset.
fn fail(id: u32, exchange: Option<Box<dyn Exchange>>, over: bool, envoy: &Envoy) {
    let reply = exchange.as_ref().and_then(|exchange| caught(|| exchange.internal_error()));
    let released = stream(id, |stream| stream.response.released).unwrap_or(true) || envoy.resumed(Side::Response);
    let answered = !over && !released && envoy.reply(&reply.unwrap_or_else(last_resort)).is_ok();
    if !over && !answered {
        let _ = envoy.reset();
    }
    // Where the log itself panicked nothing is left to tell.
    let (remains, spent) = if over { (None, exchange) } else { (exchange, None) };
    stream(id, |stream| stream.slot = Slot::Dead { answered, remains });
    caught(|| drop(spent));
}

/// The answer when not even the exchange can make one.
fn last_resort() -> Reply {
    let body =
        br#"{"error":{"message":"internal error in the gateway","type":"server_error","code":"internal_error"}}"#;
    let headers = [("content-type", "application/json")].into_iter().collect();
    Reply { status: 500, headers, body: body.to_vec() }
}
