//! Laws over recorded traffic; the rows of each direction are in the files beside.

mod requests;
mod streams;

use super::OpenAiResponses;
use crate::chat::{Answer, Delta, Fold};
use crate::format::{Ask, Format};
use crate::wire::frame;
use crate::wire::json::{Doc, Edits};

macro_rules! fixtures {
    ($($name:literal),*) => {
        &[$(($name, include_str!(concat!("../../../tests/fixtures/openai_responses/", $name))),)*]
    };
}

type Fixtures = &'static [(&'static str, &'static str)];

/// Streams, each followed by the same answer as a whole.
const STREAMS: Fixtures =
    fixtures!["text.sse", "tools.sse", "reasoning.sse", "refusal.sse", "incomplete.sse", "web_search.sse"];
const WHOLES: Fixtures =
    fixtures!["text.json", "tools.json", "reasoning.json", "refusal.json", "incomplete.json", "web_search.json"];
const FAILED: Fixtures = fixtures!["failed.sse", "error.sse", "failed_answer.json"];
const REQUEST: &str = include_str!("../../../tests/fixtures/openai_responses/request.json");

const FORMAT: OpenAiResponses = OpenAiResponses;

fn ask() -> Ask {
    Ask { model: "asked".into(), now_secs: 99, fallback_id: "x1".into(), ..Ask::default() }
}

fn parse(json: &str) -> Doc<'_> {
    Doc::parse(json.as_bytes()).unwrap_or_else(|error| panic!("{error}: {json}"))
}

/// The steps of a stream that comes in chunks of that size.
fn steps(stream: &str, size: usize) -> Vec<Delta<'static>> {
    let mut reader = FORMAT.stream_reader();
    let (mut frames, mut steps) = (frame::Reader::default(), Vec::new());
    for chunk in stream.as_bytes().chunks(size) {
        let read = |event: frame::Event<'_>| {
            reader.read(&event, &mut |delta| steps.push(delta.to_static()));
        };
        frames.push(chunk, read).unwrap();
    }
    steps
}

fn folded(stream: &str) -> Answer<'static> {
    let mut fold = Fold::new();
    steps(stream, usize::MAX).iter().for_each(|delta| fold.push(delta));
    fold.finish().unwrap()
}

fn written(steps: &[Delta<'_>], ask: &Ask) -> String {
    let (mut writer, mut out) = (FORMAT.stream_writer(ask), Vec::new());
    steps.iter().for_each(|delta| writer.write(delta, &mut out));
    String::from_utf8(out).unwrap()
}

/// What an answer says, without what no client of this format can be told.
fn said(answer: &Answer<'_>) -> String {
    format!("{} {} {:?} {:#?} {:?}", answer.id.raw(), answer.model.raw(), answer.created, answer.choices, answer.usage)
}

#[test]
fn a_stream_folds_to_the_whole_answer() {
    for ((name, stream), (_, whole)) in STREAMS.iter().zip(WHOLES) {
        let doc = parse(whole);
        let whole = FORMAT.read_answer(&doc).unwrap();
        assert_eq!(format!("{:#?}", folded(stream)), format!("{whole:#?}"), "{name}");
    }
}

#[test]
fn any_cut_and_any_line_end_give_the_same_steps() {
    for (name, stream) in STREAMS.iter().chain(&FAILED[..2]) {
        let want = format!("{:?}", steps(stream, usize::MAX));
        let crlf = stream.replace('\n', "\r\n");
        for size in (1..20).chain([100, 1000]) {
            assert_eq!(format!("{:?}", steps(stream, size)), want, "{name} by {size}");
            assert_eq!(format!("{:?}", steps(&crlf, size)), want, "{name}, CRLF, by {size}");
        }
    }
}

#[test]
fn an_answer_written_and_read_again_says_the_same() {
    for (name, whole) in WHOLES {
        let doc = parse(whole);
        let answer = FORMAT.read_answer(&doc).unwrap();
        let again = String::from_utf8(FORMAT.write_answer(&answer, &ask())).unwrap();
        let doc = parse(&again);
        assert_eq!(said(&FORMAT.read_answer(&doc).unwrap()), said(&answer), "{name}: {again}");
        assert_eq!(FORMAT.answer_usage(again.as_bytes()), answer.usage, "{name}");
    }
}

#[test]
fn a_stream_written_and_read_again_says_the_same_and_ends_with_the_whole_answer() {
    for (name, stream) in STREAMS {
        let steps = steps(stream, usize::MAX);
        let again = written(&steps, &ask());
        streams::assert_is_a_ladder(&again);
        assert_eq!(said(&folded(&again)), said(&folded(stream)), "{name}: {again}");
        let (_, last) = again.trim_end().rsplit_once("data: ").unwrap();
        let last = parse(last);
        let whole = FORMAT.write_answer(&folded(stream), &ask());
        assert_eq!(last.root().get("response").unwrap().raw(), String::from_utf8(whole).unwrap(), "{name}");
    }
}

#[test]
fn what_failed_is_an_error_with_its_own_status() {
    for (name, stream) in &FAILED[..2] {
        let steps = steps(stream, usize::MAX);
        let Some(Delta::Error(error)) = steps.last() else { panic!("{name}: {steps:?}") };
        let want = match *name {
            "failed.sse" => (500, Some("server_error"), "The model failed to generate a response."),
            _ => (
                429,
                Some("rate_limit_exceeded"),
                "Rate limit reached for gpt-4.1: Limit 30000, Used 29500, Requested 1000.",
            ),
        };
        assert_eq!((error.status, error.code.as_deref(), error.message.as_str()), want);
        let again = written(&steps, &ask());
        streams::assert_is_a_ladder(&again);
        assert!(again.contains(&format!("\"message\":\"{}\"", error.message)), "{again}");
    }
    let doc = parse(FAILED[2].1);
    let error = FORMAT.read_answer(&doc).unwrap_err();
    assert_eq!((error.status, error.message.as_str()), (500, "The model failed to generate a response."));
    let doc = parse(r#"{"status":"failed","output":[]}"#);
    assert_eq!(FORMAT.read_answer(&doc).unwrap_err().message, "the provider failed without saying why");
}

#[test]
fn an_answer_made_in_the_background_is_no_error_and_not_complete() {
    for status in ["queued", "in_progress", "cancelled"] {
        let body = format!(r#"{{"id":"resp_1","status":"{status}","output":[],"usage":null}}"#);
        let doc = parse(&body);
        let answer = FORMAT.read_answer(&doc).unwrap();
        assert_eq!((answer.choices[0].finish, answer.usage), (crate::chat::Finish::Length, None), "{status}");
    }
}

#[test]
fn retarget_changes_the_model_and_nothing_else() {
    let body = r#"{ "input":"x", "previous_response_id":"resp_1", "model" : "gpt\u002dx", "n":1.50 }"#;
    let doc = parse(body);
    let retarget = |model| {
        let mut edits = Edits::new();
        let quirks = crate::format::Quirks::DEFAULT;
        FORMAT.retarget(&doc, &crate::format::Target { model, quirks: &quirks }, &mut edits);
        String::from_utf8(edits.apply(body.as_bytes())).unwrap()
    };
    assert_eq!(retarget("gpt-y"), body.replace(r"gpt\u002dx", "gpt-y"));
    assert_eq!(retarget("gpt-x"), body);
}

#[test]
fn an_answer_repeats_the_settings_of_its_request_whole_and_streamed() {
    let doc = parse(REQUEST);
    let ask = Ask { echo: FORMAT.echo(&doc), ..ask() };
    let settings = [
        ("instructions", r#""You are terse.\nAnswer in \"Norwegian\".""#),
        ("temperature", "0.50"),
        ("max_output_tokens", "1000"),
        ("parallel_tool_calls", "false"),
        ("metadata", r#"{"team": "blue"}"#),
        ("truncation", r#""disabled""#),
        ("store", "false"),
    ];
    let check = |response: crate::wire::json::Value<'_, '_>| {
        for (name, want) in settings {
            assert_eq!(response.get(name).unwrap().raw(), want, "{name}");
        }
        assert_eq!(response.get("tools").unwrap().items().count(), 2);
    };
    let whole = String::from_utf8(FORMAT.write_answer(&folded(STREAMS[0].1), &ask)).unwrap();
    check(parse(&whole).root());
    let stream = written(&steps(STREAMS[0].1, usize::MAX), &ask);
    let with_response =
        stream.lines().filter_map(|line| line.strip_prefix("data: ")).filter(|d| d.contains("\"response\":"));
    assert_eq!(with_response.clone().count(), 3);
    with_response.for_each(|data| check(parse(data).root().get("response").unwrap()));
}
