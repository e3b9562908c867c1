//! How often a large body is copied, and whether the work grows with it and no faster. A binary of its own, for its
//! allocator counts.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, dead_code, missing_docs)]

#[path = "fake/mod.rs"]
mod fake;
#[path = "exchange/play.rs"]
mod play;
mod watched;

use play::{Answer as Provided, Ask, Pair, Rig, pairs};
use postern::chat::{
    Answer, Choice, Finish, Media, MediaKind, MediaSource, Message, Part, Request, Role, Usage, unfold,
};
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
fn played(rig: &Rig, pair: Pair, ask: &Ask, answer: &Provided) -> (Cost, u64) {
    watched::reset();
    let seen = rig.play(ask, std::slice::from_ref(answer));
    assert_eq!((seen.status, seen.complete), (200, true), "{pair:?}: {:.500}", seen.text());
    let cost = watched::costs().into_iter().fold(Cost::default(), Cost::and);
    (cost, watched::peak())
}

/// A provider's stream that says it in one piece, in chunks as they come off the network.
fn streaming(pair: Pair, answer: &Answer<'_>) -> (Provided, u64) {
    let mut writer = pair.provider_format().stream_writer(&pair.asked_of_provider(true));
    let mut stream = Vec::new();
    unfold(answer, &mut |delta| writer.write(&delta, &mut stream));
    (pair.in_chunks(stream.chunks(16 * 1024).map(<[u8]>::to_vec).collect()), stream.len() as u64)
}

/// How often a stream for this client says each text: by the format, each event of the Responses API that completes
/// something (the text, its part, its item, the response) says it again.
fn said_in_a_stream(pair: Pair) -> u64 {
    if pair.client == "openai_responses" { 5 } else { 1 }
}

/// How often its text is kept until the stream's last event says it again.
fn kept_for_the_end(pair: Pair) -> u64 {
    u64::from(pair.client == "openai_responses")
}

fn rig() -> Rig {
    let mut rig = Rig::with("[]", 64 << 20);
    watched::watch(&mut rig);
    rig
}

/// Plays a request with pictures of so many bytes, and says what was wrong.
fn request_of(rig: &Rig, pair: Pair, bytes: usize) -> Option<String> {
    let ask = with_pictures(pair, bytes);
    let size = ask.body.len() as u64;
    let (cost, peak) = played(rig, pair, &ask, &pair.answering(&long(100)));
    // Into the gateway filter, into the provider filter, and out of it.
    exceeds(pair, size, (cost.bytes, 3), (peak, 2))
}

fn exceeds(pair: Pair, size: u64, (copied, most): (u64, u64), (held, most_held): (u64, u64)) -> Option<String> {
    let times = |bytes: u64| bytes as f64 / size as f64;
    (copied > most * size + BESIDES || held > most_held * size + BESIDES)
        .then(|| format!("{pair:?}: {:.2} copies, {:.2} held at once", times(copied), times(held)))
}

#[test]
fn a_body_of_ten_megabytes_is_copied_three_times_at_most() {
    let rig = rig();
    // Slow in a build for tests; the next test has every pair.
    let named = |pair: &Pair| pair.client == "openai_chat" && pair.provider.starts_with(['o', 'a']);
    let wrong: Vec<_> =
        pairs().into_iter().filter(named).filter_map(|pair| request_of(&rig, pair, 10_000_000)).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_large_body_is_copied_three_times_at_most_whatever_the_pair() {
    let rig = rig();
    let wrong: Vec<_> = pairs().into_iter().filter_map(|pair| request_of(&rig, pair, 1_000_000)).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What some writers keep of an answer's text, to say where its sources belong: a megabyte at most, of any answer.
const KEPT_FOR_SOURCES: u64 = 1024 * 1024;

/// The size of an answer beside which that can be told from a copy.
const LONG: u64 = 3_000_000;

/// Plays an answer of so many bytes to every pair, and says what was wrong.
fn answers(stream: bool, check: impl Fn(&Rig, Pair, &Ask) -> Option<String>) {
    let rig = rig();
    let wrong: Vec<_> = pairs().into_iter().filter_map(|pair| check(&rig, pair, &pair.ask(stream))).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_large_answer_is_copied_three_times_at_most_whatever_the_pair() {
    answers(false, |rig, pair, ask| {
        let (cost, peak) = played(rig, pair, ask, &pair.answering(&long(LONG as usize)));
        // Into the provider filter, and out of it.
        exceeds(pair, LONG, (cost.bytes, 2), (peak, 2))
    });
}

#[test]
fn a_large_answer_that_becomes_a_stream_is_copied_as_often_as_the_stream_says_it() {
    answers(true, |rig, pair, ask| {
        let (cost, peak) = played(rig, pair, ask, &pair.answering(&long(LONG as usize)));
        let most = 1 + kept_for_the_end(pair) + said_in_a_stream(pair);
        let beside = KEPT_FOR_SOURCES;
        exceeds(pair, LONG, (cost.bytes.saturating_sub(beside), most), (peak.saturating_sub(beside), most))
    });
}

#[test]
fn a_large_stream_that_becomes_an_answer_is_copied_three_times_at_most_whatever_the_pair() {
    answers(false, |rig, pair, ask| {
        let (stream, size) = streaming(pair, &long(LONG as usize));
        let (cost, peak) = played(rig, pair, ask, &stream);
        // Into the provider filter, put together, and out of it; a stream of the Responses API says it five times.
        let beside = size - LONG + KEPT_FOR_SOURCES;
        exceeds(pair, LONG, (cost.bytes.saturating_sub(beside), 3), (peak.saturating_sub(beside), 3))
    });
}

#[test]
fn a_large_event_of_a_stream_that_comes_in_pieces_is_not_read_anew_with_each() {
    answers(true, |rig, pair, ask| {
        let (stream, size) = streaming(pair, &long(LONG as usize));
        let (cost, _) = played(rig, pair, ask, &stream);
        // Each piece into the filter, with room for what becomes of it (2.5); put together in a buffer that doubles (3);
        // written (1). A client of the Responses API is told it again at the end. There were hundreds of pieces.
        let once = 7 * size.div_ceil(LONG);
        let again = kept_for_the_end(pair) + said_in_a_stream(pair) - 1;
        exceeds(pair, LONG, (cost.bytes, once + again), (0, 0))
    });
}

#[test]
fn the_work_grows_with_the_body_and_no_faster() {
    let rig = rig();
    for pair in pairs().into_iter().filter(|pair| pair.client == "openai_chat" || pair.provider == "openai_chat") {
        // The best of some: other programs only add to it.
        let best = |bytes: usize| {
            let ask = with_pictures(pair, bytes);
            (0..5).map(|_| played(&rig, pair, &ask, &pair.answering(&long(100))).0.ns).min().unwrap()
        };
        let (small, large) = (best(100_000), best(1_600_000));
        // Sixteen times the body; 256 times the work if it were not linear.
        assert!(large < 64 * small, "{pair:?}: {small} ns for 100 KB, {large} ns for 1.6 MB");
    }
}
