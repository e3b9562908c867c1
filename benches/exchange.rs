//! One exchange through both filters over a host without Envoy: what our own code costs for each pair of a client's format
//! and a provider's, the host's share taken out. `cargo bench --bench exchange` prints a table of all pairs: a whole
//! exchange, and what each event adds to a stream. `cargo bench --bench exchange -- openai_chat gemini` prints the whole
//! exchanges of one pair by callback.
//!
//! In Envoy the same code takes about twice as long: it is WebAssembly there, and cold. Where the machine is too loaded
//! for times, `valgrind --tool=callgrind` counts the instructions of this very program, always the same ones.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, dead_code, missing_docs)]

#[path = "../tests/fake/mod.rs"]
mod fake;
#[path = "../tests/exchange/play.rs"]
mod play;
#[path = "../tests/watched/mod.rs"]
mod watched;

use play::{Answer, Ask, Pair, Rig, pairs};
use postern::chat::{Answer as Unified, Choice, Finish, Message, Part, Request, Role, Usage};
use postern::wire::json::Text;
use watched::{CALLBACKS, Cost, Costs, Counting};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// How often each exchange is played; the best time of each callback counts, for other programs only add to it.
const PLAYS: u32 = 300;
/// Events of the longer stream beyond those of the shorter.
const EVENTS: usize = 200;

fn main() {
    let mut rig = Rig::new();
    watched::watch(&mut rig);
    let wanted: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    if let [client, provider] = &wanted[..] {
        let named = |pair: &Pair| pair.client == client && pair.provider == provider;
        return by_callback(&rig, pairs().into_iter().find(named).expect("two formats"));
    }
    println!("| client | provider | whole µs | allocations | host calls | each event µs | allocations |");
    println!("|---|---|---|---|---|---|---|");
    for pair in pairs() {
        let whole = sum(&spent(&rig, &asking(pair, false), &[pair.answering(&saying(1))]));
        let stream = |words| sum(&spent(&rig, &asking(pair, true), &[streaming(pair, words)]));
        let (short, long) = (stream(10), stream(10 + EVENTS));
        let event = |what: fn(Cost) -> u64| (what(long) as f64 - what(short) as f64) / EVENTS as f64;
        println!(
            "| {} | {} | {:.1} | {} | {} | {:.2} | {:.1} |",
            pair.client,
            pair.provider,
            whole.ns as f64 / 1000.0,
            whole.allocations,
            whole.host_calls,
            event(|cost| cost.ns) / 1000.0,
            event(|cost| cost.allocations),
        );
    }
}

fn by_callback(rig: &Rig, pair: Pair) {
    let best = spent(rig, &asking(pair, false), &[pair.answering(&saying(1))]);
    for (filter, costs) in ["gateway", "provider"].iter().zip(best.chunks(CALLBACKS.len())) {
        for (name, cost) in CALLBACKS.iter().zip(costs).filter(|(_, cost)| cost.ns > 0) {
            show(&format!("{filter} {name}"), *cost);
        }
    }
    show("all", sum(&best));
}

/// What one exchange costs, by callback.
fn spent(rig: &Rig, ask: &Ask, answers: &[Answer]) -> Costs {
    let mut best = [Cost { ns: u64::MAX, ..Cost::default() }; _];
    for _ in 0..PLAYS {
        watched::reset();
        let seen = rig.play(ask, answers);
        assert_eq!((seen.status, seen.complete), (200, true), "{}", seen.text());
        for (best, cost) in best.iter_mut().zip(watched::costs()) {
            *best = Cost { ns: best.ns.min(cost.ns), ..cost };
        }
    }
    best
}

fn sum(costs: &Costs) -> Cost {
    costs.iter().fold(Cost::default(), |sum, cost| sum.and(*cost))
}

/// A prompt of 2 KB.
fn asking(pair: Pair, stream: bool) -> Ask {
    let text = |words: &str| vec![Part::Text { text: Text::from_raw_owned(words.to_owned()), cache: None }];
    let filler = "A sentence of a prompt, neither short nor long. ".repeat(40);
    let turn = |role, words: &str| Message { role, parts: text(words), ..Message::default() };
    let request = Request {
        model: Text::from_raw("m"),
        messages: vec![turn(Role::System, "Be brief."), turn(Role::User, &filler)],
        max_tokens: Some(512),
        stream,
        include_usage: true,
        ..Request::default()
    };
    pair.asking(&request).header("user-agent", "bench/1").header("x-request-id", "1-2-3-4")
}

/// An answer of so many times seven characters, which is what a stream of it says in each event.
fn saying(words: usize) -> Unified<'static> {
    let part = Part::Text { text: Text::from_raw_owned("seven77".repeat(words)), cache: None };
    let usage = Usage { input: 431, output: 170, ..Usage::default() };
    Unified {
        id: Text::from_raw("id-1"),
        model: Text::from_raw("model-1"),
        created: Some(1_700_000_000),
        choices: vec![Choice { parts: vec![part], finish: Finish::Stop, ..Choice::default() }],
        usage: Some(usage),
        ..Unified::default()
    }
}

/// The same, each event in a chunk of its own.
fn streaming(pair: Pair, words: usize) -> Answer {
    let (mut chunks, mut known) = (Vec::new(), 0);
    pair.streaming_to(&saying(words), &mut |written| {
        if written.len() > known {
            chunks.push(written[known..].to_vec());
            known = written.len();
        }
    });
    pair.in_chunks(chunks)
}

fn show(name: &str, cost: Cost) {
    println!(
        "  {name:26} {:6.2} µs  {:4} allocations of {:6} bytes  {:3} host calls",
        cost.ns as f64 / 1000.0,
        cost.allocations,
        cost.bytes,
        cost.host_calls
    );
}
