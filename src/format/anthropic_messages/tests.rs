//! Laws over recorded traffic.

use super::*;
use crate::chat::{Arguments, Choice, Delta, Part};
use crate::wire::{frame, sse};

macro_rules! fixture {
    ($name:literal) => {
        include_str!(concat!("../../../tests/fixtures/anthropic_messages/", $name))
    };
}

const REQUEST: &str = fixture!("request.json");
pub(super) const STREAMS: &[&str] = &[
    fixture!("text.sse"),
    fixture!("parallel_tools.sse"),
    fixture!("thinking_tools.sse"),
    fixture!("server_tools.sse"),
    fixture!("refusal.sse"),
    fixture!("overloaded.sse"),
];
const ANSWERS: &[&str] = &[
    fixture!("text.json"),
    fixture!("parallel_tools.json"),
    fixture!("thinking_tools.json"),
    fixture!("server_tools.json"),
    fixture!("refusal.json"),
];

const FORMAT: AnthropicMessages = AnthropicMessages;

fn each_delta(stream: &[u8], mut each: impl FnMut(Delta<'_>)) {
    let mut reader = FORMAT.stream_reader();
    frame::Reader::default()
        .push(stream, |event| {
            reader.read(&event, &mut each);
        })
        .unwrap();
}

/// What is said, with neighbouring texts joined and without what has no place in a stream.
#[derive(Debug, Default, PartialEq)]
struct Said {
    id: String,
    model: String,
    parts: Vec<(&'static str, String)>,
    finish: Finish,
    stop_sequence: Option<String>,
    usage: Option<Usage>,
}

impl Said {
    fn add(&mut self, kind: &'static str, text: &str) {
        match self.parts.last_mut() {
            Some((last, said)) if *last == kind && !kind.starts_with("call") => said.push_str(text),
            _ => self.parts.push((kind, text.to_owned())),
        }
    }

    fn fold(stream: &[u8]) -> Self {
        let mut said = Self::default();
        each_delta(stream, |delta| match delta {
            Delta::Start { id, model, .. } => (said.id, said.model) = (id.raw().to_owned(), model.raw().to_owned()),
            Delta::Text(_, text) => said.add("text", text.raw()),
            Delta::Refusal(_, text) => said.add("refusal", text.raw()),
            Delta::Thinking(_, text) => said.add("thinking", text.raw()),
            Delta::Signature(_, signature) => said.add("signature", signature.value.raw()),
            Delta::RedactedThinking(_, data) => said.add("redacted", data.raw()),
            Delta::ToolStart { id, name, .. } => said.add("call", &format!("{} {}: ", id.raw(), name.raw())),
            Delta::ToolArguments { index, fragment, .. } => {
                let call = said.parts.iter_mut().filter(|(kind, _)| *kind == "call").nth(index as usize).unwrap();
                call.1.push_str(&fragment.decode());
            }
            Delta::Finish { finish, stop_sequence, .. } => {
                said.finish = finish;
                said.stop_sequence = stop_sequence.map(|stop| stop.raw().to_owned());
            }
            Delta::Usage(usage) => said.usage = Some(usage),
            _ => {}
        });
        said
    }

    fn whole(answer: &Answer<'_>) -> Self {
        let Choice { parts, finish, stop_sequence, .. } = &answer.choices[0];
        let mut said = Self {
            id: answer.id.raw().to_owned(),
            model: answer.model.raw().to_owned(),
            finish: *finish,
            stop_sequence: stop_sequence.as_ref().map(|stop| stop.raw().to_owned()),
            usage: answer.usage,
            ..Self::default()
        };
        for part in parts {
            match part {
                Part::Text { text, .. } => said.add("text", text.raw()),
                Part::Refusal(text) => said.add("refusal", text.raw()),
                Part::Thinking { text, signature } => {
                    said.add("thinking", text.raw());
                    said.add("signature", signature.as_ref().map_or("", |signature| signature.value.raw()));
                }
                Part::RedactedThinking(data) => said.add("redacted", data.raw()),
                Part::ToolCall(call) => {
                    let Arguments::Json(json) = call.arguments else { panic!("{call:?}") };
                    said.add("call", &format!("{} {}: {json}", call.id.raw(), call.name.raw()));
                }
                _ => {}
            }
        }
        said
    }
}

fn read_answer(body: &str) -> Said {
    let doc = Doc::parse(body.as_bytes()).unwrap();
    Said::whole(&FORMAT.read_answer(&doc).unwrap())
}

#[test]
fn a_stream_folds_to_the_whole_answer() {
    for (stream, answer) in STREAMS.iter().zip(ANSWERS) {
        assert_eq!(Said::fold(stream.as_bytes()), read_answer(answer));
    }
}

#[test]
fn an_answer_written_and_read_again_says_the_same() {
    for body in ANSWERS {
        let doc = Doc::parse(body.as_bytes()).unwrap();
        let answer = FORMAT.read_answer(&doc).unwrap();
        let again = FORMAT.write_answer(&answer, &Ask::default());
        let mut want = Said::whole(&answer);
        // Messages has no place for a refusal's words but text.
        let refused: Vec<_> = want.parts.extract_if(.., |(kind, _)| *kind == "refusal").collect();
        refused.iter().for_each(|(_, words)| want.add("text", words));
        assert_eq!(read_answer(std::str::from_utf8(&again).unwrap()), want);
    }
}

#[test]
fn a_stream_written_and_read_again_says_the_same() {
    for stream in STREAMS {
        let mut writer = FORMAT.stream_writer(&Ask::default());
        let mut out = Vec::new();
        each_delta(stream.as_bytes(), |delta| writer.write(&delta, &mut out));
        let mut want = Said::fold(stream.as_bytes());
        let refused: Vec<_> = want.parts.extract_if(.., |(kind, _)| *kind == "refusal").collect();
        refused.iter().for_each(|(_, words)| want.add("text", words));
        let mut got = Said::fold(&out);
        if !stream.contains("message_stop") {
            // Cut by an error, it never came to tell the usage.
            (got.usage, want.usage) = (None, None);
        }
        assert_eq!(got, want);
    }
}

#[test]
fn a_request_written_and_read_again_says_the_same() {
    let doc = Doc::parse(REQUEST.as_bytes()).unwrap();
    let request = FORMAT.read_request(&doc).unwrap();
    let mut loss = Loss::default();
    let target = Target { model: "claude-opus-4-6", quirks: &crate::format::Quirks::DEFAULT };
    let body = FORMAT.write_request(&request, &target, &mut loss).unwrap();
    assert_eq!(loss, Loss::default());
    let doc = Doc::parse(&body).unwrap();
    let again = FORMAT.read_request(&doc).unwrap();
    assert_eq!(format!("{again:#?}"), format!("{request:#?}"));
}

#[test]
fn retarget_changes_the_model_and_nothing_else() {
    let body = br#"{ "messages":[], "model" : "claude\u002dx", "n":1.50 }"#;
    let doc = Doc::parse(body).unwrap();
    let retarget = |model| {
        let mut edits = Edits::new();
        let quirks = crate::format::Quirks::DEFAULT;
        FORMAT.retarget(&doc, &Target { model, quirks: &quirks }, &mut edits);
        String::from_utf8(edits.apply(body)).unwrap()
    };
    assert_eq!(retarget("claude \"y\""), r#"{ "messages":[], "model" : "claude \"y\"", "n":1.50 }"#);
    assert_eq!(retarget("claude-x").as_bytes(), body);
}

#[test]
fn usage_is_found_without_the_answer() {
    for body in ANSWERS {
        assert_eq!(FORMAT.answer_usage(body.as_bytes()), read_answer(body).usage);
    }
    assert_eq!(FORMAT.answer_usage(b"{\"usage\":null}"), None);
    assert_eq!(FORMAT.answer_usage(b"{\"usage\":{}}"), None);
    assert_eq!(FORMAT.answer_usage(b"<html>"), None);
}

/// A small generator with a fixed seed (xorshift), so that a failure can be repeated.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % end.max(1) as u64) as usize
    }
}

/// Swaps values for others of any type, keys for other keys, and cuts bytes out.
fn mutated(text: &str, random: &mut Random) -> Vec<u8> {
    const VALUES: &[&str] =
        &["null", "[]", "{}", "-1", "1e999", "\"\"", "\"\\ud800\"", "[{}]", "{\"type\":7}", "\"tool_use\"", "true"];
    let mut bytes = text.as_bytes().to_vec();
    for _ in 0..=random.below(3) {
        let Ok(doc) = Doc::parse(&bytes) else { break };
        let mut spans = Vec::new();
        let mut open = vec![doc.root()];
        while let Some(value) = open.pop() {
            spans.push(value.span());
            open.extend(value.items());
            open.extend(value.members().map(|(_, value)| value));
        }
        let span = spans[random.below(spans.len())].clone();
        let mut edits = Edits::new();
        edits.replace(span, VALUES[random.below(VALUES.len())]);
        let changed = edits.apply(&bytes);
        bytes = changed;
    }
    if random.below(8) == 0 {
        let at = random.below(bytes.len());
        bytes.truncate(at);
    }
    bytes
}

#[test]
fn no_mutation_of_a_body_panics_and_what_is_written_is_json() {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let mut accepted = 0;
    for _ in 0..4000 {
        let body = mutated(REQUEST, &mut random);
        if let Ok(doc) = Doc::parse(&body)
            && let Ok(request) = FORMAT.read_request(&doc)
        {
            for model in ["claude-3-opus", "claude-sonnet-4-5", "claude-opus-5"] {
                let target = Target { model, quirks: &crate::format::Quirks::DEFAULT };
                if let Ok(out) = FORMAT.write_request(&request, &target, &mut Loss::default()) {
                    assert!(Doc::parse(&out).is_ok(), "{}", String::from_utf8_lossy(&out));
                    accepted += 1;
                }
            }
        }
        let body = mutated(ANSWERS[random.below(ANSWERS.len())], &mut random);
        FORMAT.answer_usage(&body);
        FORMAT.read_error(500, &Headers::new(), &body);
        if let Ok(doc) = Doc::parse(&body)
            && let Ok(answer) = FORMAT.read_answer(&doc)
        {
            let out = FORMAT.write_answer(&answer, &Ask::default());
            assert!(Doc::parse(&out).is_ok(), "{}", String::from_utf8_lossy(&out));
        }
    }
    assert!(accepted > 1000, "the mutations hardly leave anything to write: {accepted}");
}

#[test]
fn no_mutation_of_a_stream_panics_and_what_is_written_is_a_stream() {
    let mut random = Random(0x2545_f491_4f6c_dd1d);
    for round in 0..4000 {
        let stream = STREAMS[round % STREAMS.len()];
        let mut events: Vec<Vec<u8>> = stream
            .lines()
            .filter_map(|line| line.strip_prefix("data: "))
            .map(|data| data.as_bytes().to_vec())
            .collect();
        for _ in 0..3 {
            let at = random.below(events.len());
            match random.below(3) {
                0 => events.swap(at, 0),
                1 => drop(events.remove(at)),
                _ => events[at] = mutated(std::str::from_utf8(&events[at]).unwrap(), &mut random),
            }
        }
        let mut bytes = Vec::new();
        events.iter().for_each(|data| sse::write(&mut bytes, None, data));
        let mut writer = FORMAT.stream_writer(&Ask::default());
        let mut out = Vec::new();
        each_delta(&bytes, |delta| writer.write(&delta, &mut out));
        let mut open = None;
        for data in out.split(|byte| *byte == b'\n').filter_map(|line| line.strip_prefix(b"data: ")) {
            let doc = Doc::parse(data).unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(data)));
            let index = doc.root().get("index").and_then(Value::u64);
            // One block at a time.
            match doc.root().get("type").unwrap().text().unwrap().raw() {
                "content_block_start" => assert_eq!(open.replace(index), None),
                "content_block_delta" => assert_eq!(open, Some(index)),
                "content_block_stop" => assert_eq!(open.take(), Some(index)),
                _ => {}
            }
        }
    }
}

#[test]
fn a_plain_text_document_is_looked_at_and_a_pdf_is_not() {
    let source = |kind, media| {
        format!(r#"{{"type":"document","source":{{"data":"secret","type":"{kind}","media_type":"{media}"}}}}"#)
    };
    let blocks = [source("base64", "application/pdf"), source("text", "text/plain")].join(",");
    let body = format!(r#"{{"model":"secret","messages":[{{"role":"user","content":[{blocks}]}}]}}"#);
    let doc = Doc::parse(body.as_bytes()).unwrap();
    let mut edits = Edits::new();
    crate::format::view::rewrite(&doc, &FORMAT, &mut edits, &mut |_, text| {
        let hit = text.find("secret");
        let change = |at| crate::format::view::Replacement { range: at..at + 6, with: "***".into() };
        hit.map(change).into_iter().collect()
    });
    let changed = String::from_utf8(edits.apply(body.as_bytes())).unwrap();
    assert_eq!(changed, body.replace(r#""data":"secret","type":"text""#, r#""data":"***","type":"text""#));
}

#[test]
fn what_is_kept_for_an_hour_is_told_apart_and_written_again() {
    let body = r#"{"usage":{"input_tokens":5,"cache_creation_input_tokens":30,"cache_read_input_tokens":7,"cache_creation":{"ephemeral_5m_input_tokens":10,"ephemeral_1h_input_tokens":20},"output_tokens":2}}"#;
    let usage = FORMAT.answer_usage(body.as_bytes()).unwrap();
    let want = Usage { input: 42, output: 2, cache_read: 7, cache_write: 30, cache_write_1h: 20, ..Usage::default() };
    assert_eq!(usage, want);
    let mut out = Writer::default();
    write_usage(out.open().key("usage"), &usage, None);
    out.close();
    assert_eq!(FORMAT.answer_usage(&out.out), Some(want));
}
