//! OpenAI Chat Completions: whatever a client or a provider sends is read or refused, what is written from it is JSON,
//! and a stream ends once. The shallow search for `usage` finds what the full reader finds.

use postern::chat::Delta;
use postern::format::{Ask, Format, Loss, Quirks, Target, find};
use postern::http::Headers;
use postern::wire::json::{Doc, Edits};
use postern::wire::shallow::root_member;
use postern::wire::sse::{self, TooLarge};

/// The law.
pub fn check(input: &[u8]) {
    let format = find("openai_chat").expect("the format is registered");
    let ask = Ask { model: "asked".into(), stream: true, include_usage: true, now_secs: 1, fallback_id: "x".into() };
    assert_json(&format.write_error(&format.read_error(500, &Headers::new(), input)));
    format.answer_usage(input);
    if let Ok(doc) = Doc::parse(input) {
        document(format, &doc, &ask);
    }
    stream(format, input, &ask);
}

fn document(format: &dyn Format, doc: &Doc<'_>, ask: &Ask) {
    let target = Target { model: "target", quirks: &Quirks::DEFAULT };
    let mut edits = Edits::new();
    format.retarget(doc, &target, &mut edits);
    assert_json(&edits.apply(doc.text()));
    match format.read_request(doc) {
        Err(error) => assert_eq!(error.status, 400),
        Ok(request) => {
            if let Ok(body) = format.write_request(&request, &target, &mut Loss::default()) {
                assert_json(&body);
                let doc = Doc::parse(&body).expect("checked above");
                assert!(format.read_request(&doc).is_ok() || request.messages.iter().all(|turn| turn.parts.is_empty()));
            }
        }
    }
    if let Ok(answer) = format.read_answer(doc) {
        assert_json(&format.write_answer(&answer, ask));
    }
    let full = doc.root().members().find(|(key, _)| key.raw() == "usage").map(|(_, value)| value.raw().as_bytes());
    assert_eq!(root_member(doc.text(), "usage"), full, "the shallow search goes another way");
}

fn stream(format: &dyn Format, input: &[u8], ask: &Ask) {
    let (mut frames, mut reader) = (sse::Reader::default(), format.stream_reader());
    let (mut writer, mut out) = (format.stream_writer(ask), Vec::new());
    let mut each = |event: sse::Event<'_>| {
        reader.read(&event, &mut |delta: Delta<'_>| writer.write(&delta, &mut out));
        Ok::<(), TooLarge>(())
    };
    let read = frames.push(input, &mut each).and_then(|()| frames.finish(&mut each));
    assert_eq!(read, Ok(()));
    let text = std::str::from_utf8(&out).expect("a stream is text");
    let mut ended = false;
    for event in text.split_terminator("\n\n") {
        assert!(!ended, "something follows the end");
        let data = event.strip_prefix("data: ").expect("an event is one data line");
        ended = data == "[DONE]" || data.starts_with("{\"error\"");
        if data != "[DONE]" {
            assert_json(data.as_bytes());
        }
    }
}

fn assert_json(text: &[u8]) {
    assert!(Doc::parse(text).is_ok(), "not JSON: {}", text.escape_ascii());
}
