use super::*;

/// An event that may be kept.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Kept {
    raw: Vec<u8>,
    name: Option<String>,
    data: Option<String>,
    complete: bool,
    fault: bool,
}

fn read<'a>(framing: Framing, chunks: impl IntoIterator<Item = &'a [u8]>) -> (Vec<Kept>, Result<(), Broken>) {
    let mut reader = Reader::new(framing);
    let mut seen = Vec::new();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let mut keep = |event: Event<'_>| {
        seen.push(Kept {
            raw: event.raw.to_vec(),
            name: event.name.map(text),
            data: event.has_data.then(|| text(&event.data)),
            complete: event.complete,
            fault: event.fault,
        });
    };
    let mut result = Ok(());
    for chunk in chunks {
        result = result.and_then(|()| reader.push(chunk, &mut keep));
    }
    result = result.and_then(|()| reader.finish(&mut keep));
    (seen, result)
}

/// Two events and an error, as each framing writes them.
fn written(framing: Framing) -> Vec<u8> {
    let mut out = Vec::new();
    let mut writer = Writer::new(framing);
    writer.event(&mut out, Some("messageStart"), br#"{"role":"assistant"}"#);
    writer.event(&mut out, None, r#"{"text":"}],\"é{\\","n":[[1],{}]}"#.as_bytes());
    writer.fault(&mut out, "throttlingException", br#"{"message":"slow down"}"#);
    writer.end(&mut out);
    out
}

const ALL: [Framing; 4] = [Framing::Sse, Framing::AwsEventStream, Framing::NdJson, Framing::JsonArray];

/// Streams that are hard to cut, right and wrong.
fn streams() -> Vec<(Framing, Vec<u8>)> {
    let mut streams: Vec<_> = ALL.iter().map(|framing| (*framing, written(*framing))).collect();
    for text in ["", "\n", "{}\r\n\r\n\n {\"a\":1} \n", "{\"a\":1}\n{\"b\"", "{}", "no json\n\u{1}\n"] {
        streams.push((Framing::NdJson, text.as_bytes().to_vec()));
    }
    for text in [
        "",
        " \n",
        "[]",
        " [ ] \r\n",
        "[{}]",
        "[{\"a\":\"\\\\\"}\n,\r\n{\"b\":\"\\\"]\"}\n]\n",
        "[{\"a\":[{}]},{\"b\"",
        "[{}",
        "[{},",
        "[{\"a\":\"\\",
        "{\"error\":{\"code\":503}} \n",
        "{\"error\":{\"code\":503}} x",
        "[{},]",
        "[{}{}]",
        "[1]",
        "[[]]",
        "[,{}]",
        "[{}] {}",
        "<html>",
    ] {
        streams.push((Framing::JsonArray, text.as_bytes().to_vec()));
    }
    let frames = written(Framing::AwsEventStream);
    for end in [3, 12, 60, frames.len() - 1] {
        streams.push((Framing::AwsEventStream, frames[..end].to_vec()));
    }
    let mut damaged = frames.clone();
    let last = damaged.len() - 1;
    damaged[last] ^= 1;
    streams.push((Framing::AwsEventStream, damaged));
    streams
}

#[test]
fn events_do_not_depend_on_where_the_bytes_are_cut() {
    for (framing, stream) in streams() {
        let name = format!("{framing:?} {:?}", stream.escape_ascii().to_string());
        let whole = read(framing, [&stream[..]]);
        assert_eq!(read(framing, stream.chunks(1)), whole, "{name}: byte for byte");
        for first in 0..=stream.len() {
            let (a, rest) = stream.split_at(first);
            assert_eq!(read(framing, [a, rest]), whole, "{name}: cut at {first}");
            let (b, c) = rest.split_at(rest.len().min(5));
            assert_eq!(read(framing, [a, &[], b, c]), whole, "{name}: cut at {first} and five on");
        }
    }
}

#[test]
fn raw_of_every_event_together_is_the_stream() {
    for (framing, stream) in streams() {
        if let (events, Ok(())) = read(framing, [&stream[..]]) {
            let raw: Vec<u8> = events.into_iter().flat_map(|event| event.raw).collect();
            assert_eq!(raw, stream, "{framing:?} {:?}", stream.escape_ascii().to_string());
        }
    }
}

#[test]
fn what_is_written_reads_back() {
    for framing in ALL {
        let (events, result) = read(framing, [&written(framing)[..]]);
        assert_eq!(result, Ok(()), "{framing:?}");
        let named = matches!(framing, Framing::Sse | Framing::AwsEventStream);
        let nameless = Some("").filter(|_| framing == Framing::AwsEventStream);
        let expected = [
            (Some("messageStart").filter(|_| named), r#"{"role":"assistant"}"#),
            (nameless, r#"{"text":"}],\"é{\\","n":[[1],{}]}"#),
            (Some("throttlingException").filter(|_| named), r#"{"message":"slow down"}"#),
        ];
        let seen: Vec<_> =
            events.iter().filter_map(|event| Some((event.name.as_deref(), event.data.as_deref()?))).collect();
        assert_eq!(seen, expected, "{framing:?}");
        assert!(events.iter().all(|event| event.complete), "{framing:?}");
        let faults: Vec<_> = events.iter().map(|event| event.fault).collect();
        assert_eq!(faults.contains(&true), framing == Framing::AwsEventStream, "{framing:?}");
    }
}

#[test]
fn what_is_written_for_aws_is_what_botocore_reads() {
    // tests/sdk/test_event_stream.py gives the same file to it.
    let recorded = include_bytes!("../../../tests/fixtures/frames/written.bin");
    assert_eq!(written(Framing::AwsEventStream), recorded);
}

#[test]
fn lines_and_arrays_end_where_they_should() {
    let rows: &[(Framing, &[(&str, Option<&str>, bool)])] = &[
        (
            Framing::NdJson,
            &[
                ("{\"a\":1}\r\n", Some("{\"a\":1}"), true),
                ("\n", None, true),
                (" 1 \n", Some("1"), true),
                ("{\"b\"", Some("{\"b\""), false),
            ],
        ),
        (
            Framing::JsonArray,
            &[
                ("[{\"a\":1}", Some("{\"a\":1}"), true),
                ("\n,\r\n{\"b\":\"]\"}", Some("{\"b\":\"]\"}"), true),
                ("\n]", None, true),
                ("\n", None, true),
            ],
        ),
        (Framing::JsonArray, &[("[{}", Some("{}"), true), (",{\"b\"", Some("{\"b\""), false)]),
        (Framing::JsonArray, &[("[{}", Some("{}"), true), (", ", None, false)]),
        (Framing::JsonArray, &[("[ ]", None, true)]),
        (Framing::JsonArray, &[("{\"error\":{}}", Some("{\"error\":{}}"), true), (" ", None, true)]),
    ];
    for (framing, row) in rows {
        let stream: String = row.iter().map(|(raw, ..)| *raw).collect();
        let (events, result) = read(*framing, [stream.as_bytes()]);
        assert_eq!(result, Ok(()), "{stream}");
        let seen: Vec<_> = events
            .iter()
            .map(|event| (std::str::from_utf8(&event.raw).unwrap(), event.data.as_deref(), event.complete))
            .collect();
        assert_eq!(seen, *row, "{stream}");
    }
}

#[test]
fn what_is_no_stream_of_its_framing_is_broken() {
    let deep = format!("[{{\"a\":{}", "[".repeat(128));
    let array = "a frame of the stream is broken: it is not an array of objects";
    let rows = [
        ("[{},]", 1, array),
        ("[{}{}]", 1, array),
        ("[{}] {}", 2, array),
        ("[1]", 0, array),
        ("[[]]", 0, array),
        ("[,{}]", 0, array),
        ("<html>", 0, array),
        ("\"a\"", 0, array),
        ("{} x", 1, array),
        (&deep, 0, "a frame of the stream is broken: it nests too deep"),
    ];
    for (stream, events, message) in rows {
        let (seen, result) = read(Framing::JsonArray, [stream.as_bytes()]);
        assert_eq!((seen.len(), result.unwrap_err().to_string().as_str()), (events, message), "{stream}");
    }
}

#[test]
fn a_broken_stream_stays_broken() {
    let mut reader = Reader::new(Framing::JsonArray);
    let broken = reader.push(b"[1", |_| panic!("no event")).unwrap_err();
    assert_eq!(reader.push(b"[{}]", |_| panic!("the stream is over")), Err(broken));
    assert_eq!(reader.finish(|_| panic!("the stream is over")), Err(broken));
    assert_eq!(reader.pending(), 0);
}

#[test]
fn an_event_above_the_limit_is_refused_and_not_held() {
    let message = "an event of the stream is larger than the limit of 8388608 bytes";
    for framing in [Framing::Sse, Framing::NdJson, Framing::JsonArray] {
        for (len, fits) in [(MAX_EVENT_BYTES, true), (MAX_EVENT_BYTES + 1, false)] {
            let (head, tail): (&[u8], &[u8]) = match framing {
                Framing::Sse => (b"data: ", b"\n\n"),
                Framing::NdJson => (b"\"", b"\"\n"),
                _ => (b"[{\"a\":\"", b"\"}"),
            };
            let event = [head, &vec![b'x'; len - head.len() - tail.len()], tail].concat();
            for cut in [len, 1 << 20] {
                let (seen, result) = read(framing, event.chunks(cut));
                assert_eq!((seen.len(), result.is_ok()), (usize::from(fits), fits), "{framing:?} {len} by {cut}");
                let said = result.err().map(|broken| broken.to_string());
                assert!(said.is_none_or(|said| said == message), "{framing:?}");
            }
        }
        // An event that never ends, a megabyte at a time.
        let mut reader = Reader::new(framing);
        reader.push(b"[{\"", |_| panic!("no event")).unwrap();
        let refused = (1..=9).find(|_| reader.push(&[b' '; 1 << 20], |_| panic!("no event")).is_err());
        assert_eq!((refused, reader.pending()), (Some(8), 0), "{framing:?}");
    }
}

#[test]
fn a_media_type_names_its_framing() {
    for (kind, framing) in [
        ("text/event-stream; charset=utf-8", Some(Framing::Sse)),
        ("application/vnd.amazon.eventstream", Some(Framing::AwsEventStream)),
        ("Application/X-NDJSON", Some(Framing::NdJson)),
        ("application/jsonl", Some(Framing::NdJson)),
        ("application/json-lines ;x=y", Some(Framing::NdJson)),
        ("application/json", None),
        ("text/html", None),
        ("", None),
    ] {
        assert_eq!(Framing::of(kind), framing, "{kind}");
    }
    let sent = ALL.map(Framing::media_type);
    assert_eq!(
        sent,
        ["text/event-stream", "application/vnd.amazon.eventstream", "application/x-ndjson", "application/json"]
    );
}

#[test]
fn a_list_is_closed_however_far_it_came() {
    let mut out = Vec::new();
    Writer::new(Framing::JsonArray).end(&mut out);
    assert_eq!(out, b"[]\n");
    let mut out = b"[{\"a\":1}".to_vec();
    let mut writer = Writer::resumed(Framing::JsonArray);
    writer.fault(&mut out, "error", b"{\"error\":{}}");
    writer.end(&mut out);
    assert_eq!(String::from_utf8(out).unwrap(), "[{\"a\":1}\n,\r\n{\"error\":{}}\n]\n");
}

#[test]
fn a_value_of_several_lines_is_written_on_one() {
    let mut out = Vec::new();
    Writer::new(Framing::NdJson).event(&mut out, None, b"{\r\n  \"a\": 1\n}");
    assert_eq!(String::from_utf8(out).unwrap(), "{    \"a\": 1 }\n");
}

#[test]
fn an_event_cut_short_can_be_ended() {
    for (framing, half) in [(Framing::Sse, "data: {}"), (Framing::NdJson, "{}")] {
        let ended = [half.as_bytes(), framing.event_end()].concat();
        let (events, result) = read(framing, [&ended[..]]);
        assert_eq!((result, events.len(), events[0].complete), (Ok(()), 1, true), "{framing:?}");
        assert_eq!(events[0].data.as_deref(), Some("{}"), "{framing:?}");
    }
}
