//! How often a large body is copied, and whether the work grows with it and no faster. A binary of its own, for its
//! allocator counts.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, dead_code, missing_docs)]

#[path = "fake/mod.rs"]
mod fake;
#[path = "exchange/play.rs"]
mod play;
mod watched;

use play::{Ask, Pair, Rig, pairs};
use postern::chat::{Answer, Choice, Finish, Media, MediaKind, MediaSource, Message, Part, Request, Role, Usage};
use postern::wire::json::Text;
use watched::{Cost, Counting};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// What an exchange may take beside the copies of its bodies.
const BESIDES: u64 = 256 * 1024;

fn text(plain: &str) -> Text<'static> {
    Text::from_raw_owned(plain.to_owned())
}

/// A request with three pictures of this many bytes together, and an escape or two in its words.
fn with_pictures(pair: Pair, bytes: usize) -> Ask {
    let picture = || {
        let data = text(&"iVBORw0KGgoA".repeat(bytes / 36));
        let source = MediaSource::Data { media_type: text("image/png"), data };
        Part::Media(Media { kind: MediaKind::Image, source, detail: None, filename: None, cache: None })
    };
    let words = Part::Text { text: text("What is in these?\\n\\u00e9"), cache: None };
    let parts = vec![words, picture(), picture(), picture()];
    let messages = vec![Message { role: Role::User, parts, ..Message::default() }];
    let request = Request { model: text("m"), messages, max_tokens: Some(64), ..Request::default() };
    pair.asking(&request)
}

/// An answer of this many bytes.
fn long(bytes: usize) -> Answer<'static> {
    let parts = vec![Part::Text { text: text(&"A long answer.\\n ".repeat(bytes / 17)), cache: None }];
    Answer {
        id: text("a"),
        model: text("m"),
        choices: vec![Choice { parts, finish: Finish::Stop, ..Choice::default() }],
        usage: Some(Usage { input: 1, output: 2, ..Usage::default() }),
        ..Answer::default()
    }
}

/// Plays it, and tells what the filters took and the most bytes they held.
fn played(rig: &Rig, pair: Pair, ask: &Ask, answer: &Answer<'_>) -> (Cost, u64) {
    let answer = pair.answering(answer);
    watched::reset();
    let seen = rig.play(ask, std::slice::from_ref(&answer));
    assert_eq!((seen.status, seen.complete), (200, true), "{pair:?}: {:.500}", seen.text());
    let cost = watched::costs().into_iter().fold(Cost::default(), Cost::and);
    (cost, watched::peak())
}

fn rig() -> Rig {
    let mut rig = Rig::with("[]", 64 << 20);
    watched::watch(&mut rig);
    rig
}

#[test]
fn a_body_of_ten_megabytes_is_copied_three_times_at_most_whatever_the_pair() {
    let rig = rig();
    let mut wrong = Vec::new();
    for pair in pairs()
        .into_iter()
        .filter(|p| std::env::var("PAIR").is_ok_and(|w| format!("{p:?}").contains(&w) && p.client == "openai_chat"))
    {
        let ask = with_pictures(pair, 10_000_000);
        let size = ask.body.len() as u64;
        let (cost, peak) = played(&rig, pair, &ask, &long(100));
        if cost.bytes > 3 * size + BESIDES || peak > 2 * size + BESIDES {
            let times = |bytes: u64| bytes as f64 / size as f64;
            wrong.push(format!("{pair:?}: {:.2} copies, {:.2} held at once", times(cost.bytes), times(peak)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn an_answer_of_ten_megabytes_is_copied_twice_at_most_whatever_the_pair() {
    let rig = rig();
    let mut wrong = Vec::new();
    for pair in pairs() {
        let (cost, peak) = played(&rig, pair, &pair.ask(false), &long(10_000_000));
        let times = |bytes: u64| bytes as f64 / 10_000_000.0;
        if times(cost.bytes) > 2.1 || times(peak) > 2.1 {
            wrong.push(format!("{pair:?}: {:.2} copies, {:.2} held at once", times(cost.bytes), times(peak)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_work_grows_with_the_body_and_no_faster() {
    let rig = rig();
    for pair in pairs() {
        // The best of some: other programs only add to it.
        let best = |bytes: usize| {
            let ask = with_pictures(pair, bytes);
            (0..4).map(|_| played(&rig, pair, &ask, &long(100)).0.ns).min().unwrap()
        };
        let (small, large) = (best(1_000_000), best(8_000_000));
        // Eight times the body; sixty-four times the work if it were not linear.
        assert!(large < 24 * small, "{pair:?}: {small} ns for 1 MB, {large} ns for 8 MB");
    }
}
