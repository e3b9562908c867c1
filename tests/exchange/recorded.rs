//! Recorded answers of real shape, one folder a format (`tests/fixtures/<format>/`), through every client there is.
//! `<name>.json` is a whole answer, a file of that name with another ending the stream that says the same.

use std::collections::BTreeMap;

use postern::chat::{Delta, Fold};
use postern::format::Seen as Event;
use postern::wire::frame;
use postern::wire::json::Doc;

use crate::play::{Answer, Pair, Rig, Seen, pairs};

/// The recorded streams of a format, and the whole answers.
fn recorded(format: &str) -> (BTreeMap<String, Vec<u8>>, BTreeMap<String, Vec<u8>>) {
    let folder = format!("{}/tests/fixtures/{format}", env!("CARGO_MANIFEST_DIR"));
    let (mut streams, mut wholes) = (BTreeMap::new(), BTreeMap::new());
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let stem = path.file_stem().unwrap().to_string_lossy().into_owned();
        if stem.starts_with("request") {
            continue;
        }
        match path.extension().and_then(|ending| ending.to_str()) {
            Some("json") => wholes.insert(stem, std::fs::read(&path).unwrap()),
            Some("md" | "py") | None => None,
            Some(_) => streams.insert(stem, std::fs::read(&path).unwrap()),
        };
    }
    assert!(!streams.is_empty(), "no recorded stream of {format}");
    (streams, wholes)
}

fn play(rig: &Rig, pair: Pair, chunks: Vec<Vec<u8>>) -> Seen {
    let kind = pair.provider_format().framing().media_type().to_owned();
    let answer = Answer::Is { status: 200, headers: vec![("content-type", kind)], chunks };
    let seen = rig.play(&pair.ask(true), &[answer]);
    assert!(seen.complete && !seen.reset, "{pair:?}: the client waits for ever");
    seen
}

#[test]
fn every_recorded_stream_is_the_same_to_every_client_however_it_is_cut() {
    let rig = Rig::new();
    for pair in pairs() {
        for (name, stream) in recorded(pair.provider).0 {
            let whole = play(&rig, pair, vec![stream.clone()]);
            for size in [1, 2, 3, 29, 512] {
                let seen = play(&rig, pair, stream.chunks(size).map(<[u8]>::to_vec).collect());
                let place = format!("{pair:?} {name} by {size}");
                if (seen.status != 200) != (whole.status != 200) {
                    // An error that comes before anything was sent is a status, so that it can be retried.
                    continue;
                }
                assert_eq!(seen.text(), whole.text(), "{place}");
                assert_eq!(
                    seen.record["gen_ai.usage.output_tokens"], whole.record["gen_ai.usage.output_tokens"],
                    "{place}"
                );
            }
        }
    }
}

#[test]
fn every_recorded_stream_comes_to_its_end_or_to_one_error_in_every_clients_eyes() {
    let rig = Rig::new();
    for pair in pairs() {
        for (name, stream) in recorded(pair.provider).0 {
            let seen = play(&rig, pair, vec![stream]);
            let place = format!("{pair:?} {name}: {}", seen.text());
            if seen.status != 200 {
                let error = pair.client_format().read_error(seen.status, &seen.headers, &seen.body);
                assert!(!error.message.contains("no explanation"), "{place}");
                continue;
            }
            let format = pair.client_format();
            let (mut frames, mut reader) = (frame::Reader::new(format.framing()), format.stream_reader());
            let (mut errors, mut after) = (0, 0);
            let mut each = |event: frame::Event<'_>| {
                after += usize::from(errors > 0);
                errors += usize::from(reader.read(&event, &mut |_| ()) == Event::Error);
            };
            frames.push(&seen.body, &mut each).and_then(|()| frames.finish(&mut each)).unwrap();
            assert!(reader.ended() && errors <= 1 && after == 0, "{place}");
            assert_eq!(seen.record["error.type"].is_null(), errors == 0, "{place} {}", seen.record);
        }
    }
}

#[test]
fn every_recorded_whole_answer_is_an_answer_to_every_client() {
    for pair in pairs() {
        for (name, body) in recorded(pair.provider).1 {
            let seen = Rig::new().play(&pair.ask(false), &[Answer::json(200, body)]);
            let place = format!("{pair:?} {name}: {}", seen.text());
            if seen.status != 200 {
                assert!(
                    pair.client_format().read_error(seen.status, &seen.headers, &seen.body).message.len() > 10,
                    "{place}"
                );
                continue;
            }
            let doc = Doc::parse(&seen.body).unwrap_or_else(|error| panic!("{error}: {place}"));
            let answer = pair.client_format().read_answer(&doc).unwrap_or_else(|error| panic!("{error:?}: {place}"));
            assert!(!answer.choices.is_empty(), "{place}");
        }
    }
}

/// What the client's eyes see of an answer's text and calls.
fn gist(answer: &postern::chat::Answer<'_>) -> String {
    use postern::chat::Part;
    let words = |part: &Part<'_>| match part {
        Part::Text { text, .. } => text.decode().into_owned(),
        Part::ToolCall(call) => format!("<{}>", call.name.decode()),
        _ => String::new(),
    };
    let choices = answer.choices.iter();
    choices
        .map(|choice| format!("{}{:?};", choice.parts.iter().map(words).collect::<String>(), choice.finish))
        .collect()
}

#[test]
fn a_recorded_stream_folds_to_the_recorded_whole_answer() {
    for pair in pairs().into_iter().filter(|pair| pair.client == pair.provider) {
        let (streams, wholes) = recorded(pair.provider);
        let format = pair.provider_format();
        for (name, stream) in streams {
            let Some(whole) = wholes.get(&name) else { continue };
            let (mut frames, mut reader, mut fold) =
                (frame::Reader::new(format.framing()), format.stream_reader(), Fold::new());
            let mut ended = false;
            let mut each = |event: frame::Event<'_>| {
                reader.read(&event, &mut |delta| {
                    ended |= matches!(delta, Delta::End);
                    fold.push(&delta);
                });
            };
            frames.push(&stream, &mut each).and_then(|()| frames.finish(&mut each)).unwrap();
            if reader.ended() && !ended {
                fold.push(&Delta::End);
            }
            let doc = Doc::parse(whole).unwrap();
            let whole = format.read_answer(&doc).unwrap_or_else(|error| panic!("{} {name}: {error:?}", pair.provider));
            let folded = fold.finish().unwrap_or_else(|error| panic!("{} {name}: {error:?}", pair.provider));
            assert_eq!(gist(&folded), gist(&whole), "{} {name}", pair.provider);
            let usages = |answer: &postern::chat::Answer<'_>| answer.usage.map(|usage| (usage.input, usage.output));
            assert_eq!(usages(&folded), usages(&whole), "{} {name}", pair.provider);
        }
    }
}
