//! Any client at any provider: what one says the other hears, whole and streamed, for every pair of chat formats there
//! is. Each pair is played with content of its own, so that an answer passed through untranslated cannot be taken for a
//! translation; what arrives is read by the other side's own room.

use std::fmt::Write;

use base64::Engine;
use postern::chat::{
    Answer as Unified, Arguments, Choice, Delta, Feature, Finish, Fold, Media, MediaKind, MediaSource, Message, Part,
    Request, Role, Tool, ToolCall, ToolChoice, Usage,
};
use postern::format::{Format, Seen as Event, rules};
use postern::wire::frame;
use postern::wire::json::{Doc, Text};

use crate::play::{Answer, Pair, Rig, Seen, dialect_of, pairs, providers, steps};

fn text(plain: impl Into<String>) -> Text<'static> {
    Text::from_raw_owned(plain.into())
}

fn said(plain: String) -> Part<'static> {
    Part::Text { text: text(plain), cache: None }
}

fn call(id: String, name: &str, arguments: String) -> Part<'static> {
    let arguments = Arguments::Text(text(arguments.replace('"', "\\\"")));
    Part::ToolCall(ToolCall { id: text(id), name: text(name), arguments, signature: None, cache: None })
}

fn turn(role: Role, parts: Vec<Part<'static>>) -> Message<'static> {
    Message { role, parts, ..Message::default() }
}

/// A conversation with everything that both formats have. `own`: words no other pair uses.
pub fn conversation(pair: Pair, own: &str, stream: bool) -> Request<'static> {
    // The Responses API alone cannot end an answer at a string, and Ollama alone cannot be made to call a tool.
    let formats = [pair.client_format(), pair.provider_format()];
    let both = |feature| {
        let rule = |format: &&'static dyn Format| rules::field(*format, feature).unwrap().rule;
        formats.iter().map(rule).all(|rule| matches!(rule, rules::Rule::Maps | rules::Rule::Emulates(_)))
    };
    let (stops, forced) = (both(Feature::Stop), both(Feature::ToolChoiceRequired));
    let result = |id: String, words: String| Part::ToolResult {
        id: text(id),
        is_error: None,
        parts: vec![said(words)],
        cache: None,
    };
    let tool = |name: &str, schema: &'static str| Tool::Function {
        name: text(name),
        description: Some(text(format!("{name} for {own}"))),
        parameters: Some(schema.into()),
        strict: None,
        cache: None,
    };
    let picture = Media {
        kind: MediaKind::Image,
        source: MediaSource::Data { media_type: text("image/png"), data: text("iVBORw0KGgo=") },
        detail: None,
        filename: None,
        cache: None,
    };
    Request {
        model: text("m"),
        messages: vec![
            turn(Role::System, vec![said(format!("You serve {own}."))]),
            turn(Role::User, vec![said(format!("Look at this, {own}: ")), Part::Media(picture)]),
            turn(
                Role::Assistant,
                vec![
                    said(format!("Two calls for {own}.")),
                    call(format!("call_{own}1"), "weather", format!(r#"{{"city":"Paris {own}","days":2}}"#)),
                    call(format!("call_{own}2"), "clock", "{}".to_owned()),
                ],
            ),
            turn(Role::Tool, vec![result(format!("call_{own}1"), format!("sunny {own}"))]),
            turn(Role::Tool, vec![result(format!("call_{own}2"), format!("noon {own}"))]),
            turn(Role::User, vec![said(format!("And now? \\u00e9\\ud83d\\ude00 {own}"))]),
        ],
        tools: vec![
            tool(
                "weather",
                r#"{"type":"object","properties":{"city":{"type":"string"},"days":{"type":"integer"}},"required":["city"]}"#,
            ),
            tool("clock", r#"{"type":"object","properties":{}}"#),
        ],
        tool_choice: forced.then_some(ToolChoice::Required),
        max_tokens: Some(777),
        temperature: Some("0.25"),
        stop: if stops { vec![text(format!("STOP{own}"))] } else { Vec::new() },
        stream,
        include_usage: true,
        ..Request::default()
    }
}

/// What a request means, apart from how a format has to say it: system texts gathered, turns of one side joined, calls
/// by their place instead of their ids.
fn gist(request: &Request<'_>) -> String {
    let mut system = String::new();
    let mut turns: Vec<(&str, String)> = Vec::new();
    let mut calls: Vec<String> = Vec::new();
    for message in &request.messages {
        let side = match message.role {
            Role::System | Role::Developer => {
                message.parts.iter().for_each(|part| system.push_str(&shown(part, &mut calls)));
                continue;
            }
            Role::User | Role::Tool => "user",
            Role::Assistant => "model",
        };
        for part in &message.parts {
            let shown = shown(part, &mut calls);
            match turns.last_mut() {
                Some((last, so_far)) if *last == side => so_far.push_str(&shown),
                _ => turns.push((side, shown)),
            }
        }
    }
    let mut out = format!("system {system}\n");
    turns.iter().for_each(|(side, words)| writeln!(out, "{side} {words}").unwrap());
    for tool in &request.tools {
        let Tool::Function { name, description, parameters, .. } = tool else { panic!("{tool:?}") };
        let description = description.as_ref().map(Text::decode).unwrap_or_default();
        let schema: serde_json::Value = serde_json::from_str(parameters.as_deref().unwrap_or("{}")).unwrap();
        writeln!(out, "tool {} {description} {schema}", name.decode()).unwrap();
    }
    let temperature: f64 = request.temperature.unwrap_or("-1").parse().unwrap();
    let choice = request.tool_choice.as_ref().map(|choice| format!("{choice:?}"));
    writeln!(out, "{choice:?} {:?} {temperature} {:?}", request.max_tokens, request.stop).unwrap();
    out
}

fn shown(part: &Part<'_>, calls: &mut Vec<String>) -> String {
    let squeezed = |text: &Text<'_>| text.decode().split_whitespace().collect::<String>();
    match part {
        Part::Text { text, .. } => squeezed(text),
        Part::Media(Media { source: MediaSource::Data { media_type, data }, .. }) => {
            format!("<{} {}>", media_type.decode(), data.decode())
        }
        Part::ToolCall(call) => {
            calls.push(call.id.decode().into_owned());
            format!("<call {} {}>", call.name.decode(), arguments(&call.arguments))
        }
        Part::ToolResult { id, parts, .. } => {
            let number = calls.iter().position(|call| *call == id.decode());
            let inside: String = parts.iter().map(|part| shown(part, &mut Vec::new())).collect();
            format!("<result {number:?} {inside}>")
        }
        Part::Thinking { text, .. } => format!("<thinking {}>", squeezed(text)),
        other => format!("<{other:?}>"),
    }
}

fn arguments(arguments: &Arguments<'_>) -> serde_json::Value {
    let json = match arguments {
        Arguments::Json(json) => (*json).to_owned(),
        Arguments::Text(text) => text.decode().into_owned(),
    };
    serde_json::from_str(&json).unwrap_or_else(|error| panic!("{error}: {json}"))
}

/// An answer with everything that all chat formats have.
fn answer(own: &str) -> Unified<'static> {
    let parts = vec![
        said(format!("Hello {own}, \\u00e9\\ud83d\\ude00 \\\"quoted\\\"\\nnext line")),
        call(format!("call_{own}3"), "weather", format!(r#"{{"city":"Rome {own}"}}"#)),
        call(format!("call_{own}4"), "clock", "{}".to_owned()),
    ];
    Unified {
        id: text(format!("id-{own}")),
        model: text(format!("model-{own}")),
        created: Some(1_700_000_000),
        choices: vec![Choice { parts, finish: Finish::ToolCalls, ..Choice::default() }],
        usage: Some(Usage { input: 100, output: 20, ..Usage::default() }),
        ..Unified::default()
    }
}

fn gist_of_answer(answer: &Unified<'_>) -> String {
    let choice = &answer.choices[0];
    let mut words = String::new();
    for part in &choice.parts {
        match part {
            Part::Text { text, .. } => words.push_str(&text.decode()),
            Part::ToolCall(call) => {
                assert!(!call.id.is_empty(), "a call without an id cannot be answered");
                write!(words, "<call {} {}>", call.name.decode(), arguments(&call.arguments)).unwrap();
            }
            Part::Thinking { text, .. } => write!(words, "<thinking {}>", text.decode()).unwrap(),
            other => write!(words, "<{other:?}>").unwrap(),
        }
    }
    let usage = answer.usage.unwrap_or_default();
    format!("{words} {:?} {} {}", choice.finish, usage.input, usage.output)
}

/// Words of one pair alone, in characters that every format's ids may have.
fn own(pair: Pair, at: usize) -> String {
    let short = |name: &str| name.chars().filter(char::is_ascii_alphabetic).take(5).collect::<String>();
    format!("{}{}{at}", short(pair.client), short(pair.provider))
}

/// What the client's own reader makes of its stream: the answer, or the error it ends in.
pub fn folded(format: &dyn Format, bytes: &[u8]) -> Result<Unified<'static>, postern::chat::ApiError> {
    let (mut frames, mut reader, mut fold) =
        (frame::Reader::new(format.framing()), format.stream_reader(), Fold::new());
    let mut ended = false;
    let mut each = |event: frame::Event<'_>| {
        let seen = reader.read(&event, &mut |delta| {
            ended |= matches!(delta, Delta::End);
            fold.push(&delta);
        });
        assert!(event.complete, "an event is open at the end: {}", event.data.escape_ascii());
        assert_ne!(seen, Event::Unknown, "{}", event.data.escape_ascii());
    };
    frames.push(bytes, &mut each).and_then(|()| frames.finish(&mut each)).unwrap();
    if reader.ended() && !ended {
        fold.push(&Delta::End);
    }
    fold.finish()
}

fn read_whole(pair: Pair, seen: &Seen) -> String {
    let doc = Doc::parse(&seen.body).unwrap_or_else(|error| panic!("{pair:?} {error}: {}", seen.text()));
    let answer = pair.client_format().read_answer(&doc).unwrap_or_else(|e| panic!("{pair:?} {e:?}: {}", seen.text()));
    gist_of_answer(&answer)
}

#[test]
fn a_request_arrives_as_it_was_meant() {
    for (at, pair) in pairs().into_iter().enumerate() {
        for stream in [false, true] {
            let own = own(pair, at);
            let request = conversation(pair, &own, stream);
            let reply = if stream {
                pair.in_chunks(vec![pair.streaming(&answer(&own))])
            } else {
                pair.answering(&answer(&own))
            };
            let seen = Rig::new().play(&pair.asking(&request), &[reply]);
            assert_eq!(seen.status, 200, "{pair:?}: {}", seen.text());
            let sent = &seen.sent[0];
            let doc = Doc::parse(&sent.body).unwrap();
            let arrived =
                pair.provider_format().read_request(&doc).unwrap_or_else(|e| panic!("{pair:?} {e:?}: {}", sent.text()));
            assert_eq!(gist(&arrived), gist(&request), "{pair:?}: {}", sent.text());
            assert_eq!(seen.headers.get("x-postern-lossy"), None, "{pair:?}");
            // The model is in the path or in the body, and so is the wish for a stream.
            assert!(sent.text().contains(dialect_of(pair.provider).real_model), "{pair:?}: {}", sent.text());
        }
    }
}

#[test]
fn a_whole_answer_arrives_as_it_was_meant() {
    for (at, pair) in pairs().into_iter().enumerate() {
        let own = own(pair, at);
        let answer = answer(&own);
        let seen = Rig::new().play(&pair.asking(&conversation(pair, &own, false)), &[pair.answering(&answer)]);
        assert_eq!(seen.status, 200, "{pair:?}: {}", seen.text());
        assert_eq!(read_whole(pair, &seen), gist_of_answer(&answer), "{pair:?}: {}", seen.text());
        assert_eq!(seen.record["gen_ai.usage.input_tokens"], 100, "{pair:?}");
        assert_eq!(seen.record["gen_ai.usage.output_tokens"], 20, "{pair:?}");
    }
}

#[test]
fn a_streamed_answer_arrives_as_it_was_meant_wherever_it_is_cut() {
    for (at, pair) in pairs().into_iter().enumerate() {
        let own = own(pair, at);
        let answer = answer(&own);
        let stream = pair.streaming(&answer);
        let rig = Rig::new();
        let ask = pair.asking(&conversation(pair, &own, true));
        for size in [1, 2, 13, 100, usize::MAX] {
            let chunks = stream.chunks(size.min(stream.len())).map(<[u8]>::to_vec).collect();
            let seen = rig.play(&ask, &[pair.in_chunks(chunks)]);
            assert_eq!(seen.status, 200, "{pair:?}: {}", seen.text());
            let arrived =
                folded(pair.client_format(), &seen.body).unwrap_or_else(|e| panic!("{pair:?} {e:?}: {}", seen.text()));
            assert_eq!(gist_of_answer(&arrived), gist_of_answer(&answer), "{pair:?} by {size}: {}", seen.text());
            assert_eq!(seen.record["gen_ai.usage.output_tokens"], 20, "{pair:?}");
            let kind = pair.client_format().framing().media_type();
            assert_eq!(seen.headers.get("content-type"), Some(kind), "{pair:?}");
        }
    }
}

#[test]
fn a_stream_is_folded_and_a_whole_answer_unfolded_where_the_provider_gives_the_other() {
    for (at, pair) in pairs().into_iter().enumerate() {
        let own = own(pair, at);
        let answer = answer(&own);
        let stream = pair.in_chunks(vec![pair.streaming(&answer)]);
        let seen = Rig::new().play(&pair.asking(&conversation(pair, &own, false)), &[stream]);
        assert_eq!(read_whole(pair, &seen), gist_of_answer(&answer), "{pair:?}: {}", seen.text());
        let seen = Rig::new().play(&pair.asking(&conversation(pair, &own, true)), &[pair.answering(&answer)]);
        let arrived =
            folded(pair.client_format(), &seen.body).unwrap_or_else(|e| panic!("{pair:?} {e:?}: {}", seen.text()));
        assert_eq!(gist_of_answer(&arrived), gist_of_answer(&answer), "{pair:?}: {}", seen.text());
    }
}

#[test]
fn a_stream_cut_before_its_end_ends_in_the_clients_own_error() {
    for (at, pair) in pairs().into_iter().enumerate() {
        let own = own(pair, at);
        let stream = pair.streaming(&answer(&own));
        let rig = Rig::new();
        let ask = pair.asking(&conversation(pair, &own, true));
        for cut in (0..stream.len()).step_by(if cfg!(debug_assertions) { 17 } else { 1 }) {
            let provider = &stream[..cut];
            // Some providers mark no end: their stream may be whole without the last bytes.
            let is_whole = {
                let (mut frames, mut reader) =
                    (frame::Reader::new(pair.provider_format().framing()), pair.provider_format().stream_reader());
                let mut each = |event: frame::Event<'_>| {
                    let _ = reader.read(&event, &mut |_| ());
                };
                let framed = frames.push(provider, &mut each).and_then(|()| frames.finish(&mut each)).is_ok();
                framed && reader.ended()
            };
            let seen = rig.play(&ask, &[pair.in_chunks(vec![provider.to_vec(), Vec::new()])]);
            let place = format!("{pair:?} cut at {cut}: {}", seen.text());
            assert!(seen.complete && !seen.reset, "{place}");
            if seen.status != 200 {
                assert_eq!(seen.status, 502, "{place}");
                let error = pair.client_format().read_error(502, &seen.headers, &seen.body);
                assert!(!error.message.contains("no explanation"), "{place}");
                continue;
            }
            assert_eq!(folded(pair.client_format(), &seen.body).is_ok(), is_whole, "{place}");
            assert_eq!(seen.record["error.type"] == "stream_cut", !is_whole, "{place} {}", seen.record);
            let text = seen.text();
            let numbers = text.split("\"sequence_number\":").skip(1).map(|rest| rest.split([',', '}']).next().unwrap());
            for (at, number) in numbers.enumerate() {
                assert_eq!(number.parse(), Ok(at), "{place}");
            }
        }
    }
}

#[test]
fn an_error_in_mid_stream_is_told_in_the_clients_own_words() {
    for (at, pair) in pairs().into_iter().enumerate() {
        let own = own(pair, at);
        let answer = answer(&own);
        let mut writer = pair.provider_format().stream_writer(&pair.asked_of_provider(true));
        let mut stream = Vec::new();
        steps(&answer).iter().take(4).for_each(|delta| writer.write(delta, &mut stream));
        writer.write(
            &Delta::Error(postern::chat::ApiError::provider(503, None, format!("busy with {own}"))),
            &mut stream,
        );
        for size in [1, 50, usize::MAX] {
            let chunks = stream.chunks(size.min(stream.len())).map(<[u8]>::to_vec).collect();
            let seen = Rig::new().play(&pair.asking(&conversation(pair, &own, true)), &[pair.in_chunks(chunks)]);
            if seen.status != 200 {
                // In one piece the first event may be the error itself: then it is a status.
                assert!(seen.text().contains(&format!("busy with {own}")), "{pair:?}: {}", seen.text());
                continue;
            }
            let error =
                folded(pair.client_format(), &seen.body).err().unwrap_or_else(|| panic!("{pair:?}: {}", seen.text()));
            assert!(error.message.contains(&format!("busy with {own}")), "{pair:?}: {error:?} {}", seen.text());
        }
    }
}

#[test]
fn an_error_answer_keeps_its_status_and_takes_the_clients_form() {
    for (at, pair) in pairs().into_iter().enumerate() {
        let own = own(pair, at);
        for status in [400, 401, 403, 404, 408, 413, 429, 500, 502, 503, 529] {
            for stream in [false, true] {
                let told = postern::chat::ApiError::provider(status, None, format!("{status} for {own}"));
                let reply = Answer::json(status, pair.provider_format().write_error(&told));
                let seen = Rig::new().play(&pair.asking(&conversation(pair, &own, stream)), &[reply]);
                assert_eq!(seen.status, status, "{pair:?}: {}", seen.text());
                let error = pair.client_format().read_error(status, &seen.headers, &seen.body);
                assert!(error.message.contains(&format!("{status} for {own}")), "{pair:?}: {}", seen.text());
                assert_eq!(seen.headers.get("content-type"), Some("application/json"), "{pair:?}");
                assert_eq!(seen.headers.get("x-postern-error-source"), Some("provider"), "{pair:?}");
            }
        }
    }
}

/// Writes every pair's play to `target/matrix.json`, for `tests/envoy/test_matrix.py` to play in the real Envoy: what
/// the client sends, what the provider answers, and what the client of the exchange above got.
#[test]
fn the_plays_are_written_for_the_real_envoy() {
    let base64 = |bytes: &[u8]| base64::prelude::BASE64_STANDARD.encode(bytes);
    let mut plays = Vec::new();
    for (at, pair) in pairs().into_iter().enumerate() {
        let own = own(pair, at);
        let answer = answer(&own);
        for stream in [false, true] {
            let ask = pair.asking(&conversation(pair, &own, stream));
            let (kind, reply) = match stream {
                true => (pair.provider_format().framing().media_type(), pair.streaming(&answer)),
                false => {
                    ("application/json", pair.provider_format().write_answer(&answer, &pair.asked_of_provider(false)))
                }
            };
            let chunks = reply.chunks(40).map(<[u8]>::to_vec).collect();
            let answered = match stream {
                true => pair.in_chunks(chunks),
                false => Answer::json(200, reply.clone()),
            };
            let seen = Rig::new().play(&ask, &[answered]);
            let sent = seen.sent.first().unwrap_or_else(|| panic!("{pair:?}: {}", seen.text()));
            plays.push(serde_json::json!({
                "client": pair.client,
                "provider": pair.provider,
                "stream": stream,
                "path": ask.path,
                "body": base64(&ask.body),
                "provider_path": sent.headers.get(":path"),
                "provider_body": base64(&sent.body),
                "content_type": kind,
                "answer": base64(&reply),
                "client_content_type": seen.headers.get("content-type"),
                "client_answer": base64(&seen.body),
            }));
        }
    }
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("target");
    let text = serde_json::json!({"providers": providers(), "plays": plays}).to_string();
    std::fs::write(root.join("matrix.json"), text).unwrap();
}
