use super::*;

/// Every recorded stream of every format.
fn streams() -> Vec<(String, Shape, Framing, Vec<u8>)> {
    let mut found = Vec::new();
    for format in crate::format::FORMATS {
        let shape = Shape::Chat(*format);
        let Ok(files) = std::fs::read_dir(format!("tests/fixtures/{}", format.name())) else { continue };
        let mut files: Vec<_> = files.map(|file| file.unwrap().path()).collect();
        files.sort();
        for file in files {
            let framing = match file.extension().and_then(|it| it.to_str()) {
                Some("sse") => Framing::Sse,
                Some("ndjson") => Framing::NdJson,
                Some("frames") => Framing::AwsEventStream,
                _ => continue,
            };
            found.push((file.display().to_string(), shape, framing, std::fs::read(&file).unwrap()));
        }
    }
    assert!(found.len() > 60, "{}", found.len());
    found
}

/// What leaves of a stream that comes in such pieces.
fn passed<'a>(
    shape: Shape,
    framing: Framing,
    chunks: impl IntoIterator<Item = &'a [u8]>,
    look: &mut Look<'_>,
) -> Result<Vec<u8>, Unreadable> {
    let mut stream = Stream::new(shape, framing);
    let mut out = Vec::new();
    for chunk in chunks {
        stream.push(chunk, look, &mut out)?;
    }
    stream.finish(look, &mut out)?;
    Ok(out)
}

/// Holds so many bytes.
fn holding(hold: usize) -> impl FnMut(&Passage<'_>) -> Verdict {
    move |_| Verdict::Pass { changes: Vec::new(), hold }
}

/// Puts `with` in the place of `word`, and waits for it.
fn replacing<'w>(word: &'w str, with: &'w str) -> impl FnMut(&Passage<'_>) -> Verdict + 'w {
    move |passage| {
        let hits = passage.text.match_indices(word);
        let changes =
            hits.map(|(at, word)| Replacement { range: at..at + word.len(), with: with.to_owned() }).collect();
        let partial = |len: &usize| passage.text.ends_with(word.get(..*len).unwrap_or("\0"));
        Verdict::Pass { changes, hold: (1..word.len()).rev().find(partial).unwrap_or(0) }
    }
}

#[test]
fn a_stream_in_which_nothing_changes_leaves_byte_for_byte_however_it_is_cut() {
    for (name, shape, framing, bytes) in streams() {
        for hold in [0, 1, 7, 500] {
            let out = passed(shape, framing, [&bytes[..]], &mut holding(hold));
            assert_eq!(
                out.as_deref().map(<[u8]>::escape_ascii).map(|it| it.to_string()),
                Ok(bytes.escape_ascii().to_string()),
                "{name} {hold}"
            );
        }
        for size in [1, 2, 3, 61] {
            let out = passed(shape, framing, bytes.chunks(size), &mut holding(9)).unwrap();
            assert!(out == bytes, "{name} by {size}");
        }
    }
}

/// All texts of a stream, by lane: what a client puts together.
fn told(shape: Shape, framing: Framing, bytes: &[u8]) -> Vec<(u32, Said, String)> {
    let mut stream = Stream::new(shape, framing);
    let mut seen: Vec<(u64, u32, Said, String)> = Vec::new();
    let mut frames = frame::Reader::new(framing);
    let mut read = |event: Event<'_>| {
        let Ok(doc) = Doc::parse(&event.data) else { return };
        for string in stream.find(&doc, true).strings {
            let (Place::Piece(said) | Place::JsonPiece(said)) = string.place else { continue };
            match seen.iter_mut().find(|(key, ..)| *key == string.key) {
                Some((.., text)) => text.push_str(&string.text.decode()),
                None => seen.push((string.key, string.choice, said, string.text.decode().into_owned())),
            }
        }
    };
    frames.push(bytes, &mut read).unwrap();
    frames.finish(&mut read).unwrap();
    seen.into_iter().map(|(_, choice, said, text)| (choice, said, text)).collect()
}

#[test]
fn a_change_is_the_same_wherever_the_text_is_cut_into_events() {
    for (name, shape, framing, bytes) in streams() {
        let before = told(shape, framing, &bytes);
        // Words that stand across events: from the middle of each lane.
        for (_, said, text) in
            before.iter().filter(|(_, said, text)| !matches!(said, Said::Arguments | Said::Other) && text.len() > 12)
        {
            let middle = text.floor_char_boundary(text.len() / 2);
            let word = text.get(text.floor_char_boundary(middle - 4)..text.ceil_char_boundary(middle + 5)).unwrap();
            let out = passed(shape, framing, bytes.chunks(7), &mut replacing(word, "[\"X\"]")).unwrap();
            let after = told(shape, framing, &out);
            let want: Vec<_> = before.iter().map(|(_, _, text)| text.replace(word, "[\"X\"]")).collect();
            let got: Vec<_> = after.into_iter().map(|(.., text)| text).collect();
            // A text that looks like JSON has the quotes escaped.
            let plain = |texts: &[String]| texts.join("\n").replace("\\\"", "\"");
            assert_eq!(plain(&got), plain(&want), "{name} {said:?} {word:?}");
        }
    }
}

#[test]
fn every_format_shows_its_texts() {
    for format in crate::format::FORMATS {
        let of = |(_, shape, framing, bytes): &(String, Shape, Framing, Vec<u8>)| told(*shape, *framing, bytes);
        let all: Vec<_> = streams().iter().filter(|row| row.1.name() == format.name()).flat_map(of).collect();
        if all.is_empty() {
            assert_eq!(format.name(), "openai_completions");
            continue;
        }
        assert!(all.iter().any(|(_, said, text)| *said == Said::Text && !text.is_empty()), "{}", format.name());
    }
}

const CHAT: &str = "openai_chat";

fn chat(events: &[&str]) -> Vec<u8> {
    let events: Vec<_> = events.iter().map(|data| format!("data: {data}\n\n")).collect();
    events.concat().into_bytes()
}

fn delta(text: &str) -> String {
    format!(r#"{{"id":"c","choices":[{{"index":0,"delta":{{"content":"{text}"}}}}]}}"#)
}

#[test]
fn an_event_waits_for_the_one_that_decides_it_and_no_longer() {
    let shape = Shape::named(CHAT).unwrap();
    let mut stream = Stream::new(shape, Framing::Sse);
    let mut look = replacing("secret", "***");
    let mut waited = Vec::new();
    for text in ["my ", "se", "cr", "et!", " so", " s", "e", "a"] {
        let mut out = Vec::new();
        stream.push(&chat(&[&delta(text)]), &mut look, &mut out).unwrap();
        waited.push(String::from_utf8(out).unwrap().matches("data:").count());
    }
    assert_eq!(waited, [1, 0, 0, 3, 1, 0, 0, 3]);
}

#[test]
fn a_finish_reason_a_done_and_another_lane_end_what_waits() {
    let shape = Shape::named(CHAT).unwrap();
    let finish = r#"{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#;
    let call =
        r#"{"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"name":"f","arguments":""}}]}}]}"#;
    let other = r#"{"choices":[{"index":1,"delta":{"content":"b"}}]}"#;
    let usage = r#"{"choices":[],"usage":{"prompt_tokens":1}}"#;
    for (next, leaves) in [(finish, true), ("[DONE]", true), (call, false), (other, false), (usage, false)] {
        let mut stream = Stream::new(shape, Framing::Sse);
        let (mut look, mut out) = (holding(5), Vec::new());
        stream.push(&chat(&[&delta("a"), next]), &mut look, &mut out).unwrap();
        let whole = chat(&[&delta("a"), next]);
        assert_eq!(out.len() == whole.len(), leaves, "{next}");
        stream.finish(&mut look, &mut out).unwrap();
        assert_eq!(out, whole, "{next}");
    }
}

#[test]
fn nothing_waits_without_bound() {
    let shape = Shape::named(CHAT).unwrap();
    let mut stream = Stream::new(shape, Framing::Sse);
    let (mut sent, mut out) = (0, Vec::new());
    for _ in 0..2 * MAX_EVENTS {
        stream.push(&chat(&[&delta("a")]), &mut holding(usize::MAX), &mut out).unwrap();
        sent += 1;
        let left = String::from_utf8_lossy(&out).matches("data:").count();
        assert!(sent - left <= MAX_EVENTS + 1, "{sent} {left}");
    }
}

#[test]
fn what_cannot_be_read_does_not_pass() {
    for format in crate::format::FORMATS {
        let shape = Shape::Chat(*format);
        for bytes in [&b"data: {\"a\n\n"[..], b"data: jane@x.io\n\n", b"data: {\"a\":\"\xff\"}\n\n"] {
            assert!(passed(shape, Framing::Sse, [bytes], &mut holding(0)).is_err(), "{}", format.name());
        }
        assert!(passed(shape, Framing::AwsEventStream, [&b"\0\0\0"[..]], &mut holding(0)).is_err());
        assert!(passed(shape, Framing::NdJson, [&b"jane@x.io\n"[..]], &mut holding(0)).is_err());
        assert!(whole(shape, b"jane@x.io", &mut holding(0)).is_err());
    }
}

#[test]
fn calls_are_shown_as_what_they_spell_and_changed_as_deep_as_they_stand() {
    let shape = Shape::named(CHAT).unwrap();
    let piece = |fragment: &str| {
        let fragment = Text::from_plain(fragment).raw().to_owned();
        format!(
            r#"{{"choices":[{{"index":0,"delta":{{"tool_calls":[{{"index":0,"function":{{"arguments":"{fragment}"}}}}]}}}}]}}"#
        )
    };
    let arguments = r#"{"to":"\u003cA\u003e","n":{"x":"a <A>"},"inner":"{\"y\":\"<A>\"}"}"#;
    for size in 1..arguments.len() {
        let pieces: Vec<_> =
            arguments.as_bytes().chunks(size).map(|it| piece(std::str::from_utf8(it).unwrap())).collect();
        let pieces: Vec<_> = pieces.iter().map(String::as_str).collect();
        let out = passed(shape, Framing::Sse, [&chat(&pieces)[..]], &mut replacing("<A>", "O\"B")).unwrap();
        let told = told(shape, Framing::Sse, &out);
        let value: serde_json::Value = serde_json::from_str(&told[0].2).unwrap();
        assert_eq!(value["to"], "O\"B", "{size}");
        assert_eq!(value["n"]["x"], "a O\"B");
        let inner: serde_json::Value = serde_json::from_str(value["inner"].as_str().unwrap()).unwrap();
        assert_eq!(inner["y"], "O\"B");
    }
}

#[test]
fn data_of_several_lines_is_changed_too() {
    let shape = Shape::named(CHAT).unwrap();
    for end in ["\n", "\r\n", "\r"] {
        let event = [
            ": hi",
            "id: 4",
            "data: {\"choices\":[{\"index\":0,",
            "data: \"delta\":{\"content\":\"a secret\"}}]}",
            "",
            "",
        ]
        .join(end);
        let out = passed(shape, Framing::Sse, [event.as_bytes()], &mut replacing("secret", "***")).unwrap();
        let out = String::from_utf8(out).unwrap();
        assert!(out.starts_with(&format!(": hi{end}id: 4{end}")) && out.contains("a ***"), "{out:?}");
        assert!(!out.contains("secret"), "{out:?}");
        assert_eq!(told(shape, Framing::Sse, out.as_bytes())[0].2, "a ***");
    }
}

#[test]
fn an_answer_is_ended_in_the_clients_dialect() {
    let stop = |passage: &Passage<'_>| match passage.text.len() > 12 && passage.said == Said::Text {
        true => Verdict::End(Ending { message: "No more.".to_owned(), stop_upstream: true }),
        false => Verdict::Pass { changes: Vec::new(), hold: 0 },
    };
    let mut ended = 0;
    for (name, shape, framing, bytes) in streams() {
        let Shape::Chat(format) = shape else { continue };
        let mut stream = Stream::new(shape, framing);
        stream.may_end(format, &Ask { framing, stream: true, ..Ask::default() });
        let (mut out, mut look) = (Vec::new(), stop);
        stream.push(&bytes, &mut look, &mut out).unwrap();
        stream.finish(&mut look, &mut out).unwrap();
        if stream.ending().is_none() {
            continue;
        }
        ended += 1;
        let mut reader = format.stream_reader();
        let (mut finish, mut said) = (None, String::new());
        let mut frames = frame::Reader::new(framing);
        let mut read = |event: Event<'_>| {
            reader.read(&event, &mut |delta| match delta {
                Delta::Finish { finish: why, .. } => finish = Some(why),
                Delta::Text(_, text) => said.push_str(&text.decode()),
                _ => {}
            });
        };
        frames.push(&out, &mut read).unwrap();
        frames.finish(&mut read).unwrap();
        assert!(reader.ended(), "{name}: {}", out.escape_ascii());
        assert_eq!(finish, Some(Finish::ContentFilter), "{name}");
        if format.name() == "openai_responses" {
            let mut numbers = frame::Reader::new(framing);
            let mut at = 0;
            let check = |event: Event<'_>| {
                let doc = Doc::parse(&event.data).unwrap();
                let number = doc.root().get("sequence_number").and_then(Value::u64);
                assert_eq!(number, Some(at), "{name}: {}", out.escape_ascii());
                at += 1;
            };
            numbers.push(&out, check).unwrap();
            assert!(at > 5, "{name}");
        }
        assert!(said.ends_with("No more."), "{name}: {said}");
    }
    assert!(ended > 20, "{ended}");
}

#[test]
fn nothing_leaves_before_the_first_bytes_are_seen() {
    let shape = Shape::named(CHAT).unwrap();
    let mut stream = Stream::new(shape, Framing::Sse);
    stream.hold_first(5);
    let mut out = Vec::new();
    stream.push(&chat(&[&delta("abcd")]), &mut holding(0), &mut out).unwrap();
    assert!(out.is_empty() && stream.holds_first());
    stream.push(&chat(&[&delta("e")]), &mut holding(0), &mut out).unwrap();
    assert_eq!(out, chat(&[&delta("abcd"), &delta("e")]));
}
