//! The proof that nothing leaks: for every pair of formats, whole and streamed, values are planted in every text of the
//! request and new ones in every text of the answer, and searched for in everything that left the process.

use postern::chat::{Answer as Unified, Arguments, Choice, Finish, Part, Request, ToolCall, Usage};
use postern::wire::json::Text;

use crate::matrix::{conversation, folded};
use crate::play::{Answer, Ask, PAIRS, Pair, Rig, Seen, fixture, header_text, pairs};

/// Put back, and what is new taken out.
const BOTH_WAYS: &str = r#"[{"redact":{"detectors":["EMAIL_ADDRESS"],"action":"pseudonymise","direction":"both"}}]"#;

/// The same request with an address of its own in every text that a person or a model wrote.
fn planted(ask: Ask, own: &str) -> (Ask, usize) {
    let mut body: serde_json::Value = serde_json::from_slice(&ask.body).unwrap();
    let mut count = 0;
    plant(&mut body, own, &mut count);
    (ask.body(body.to_string()), count)
}

fn plant(value: &mut serde_json::Value, own: &str, count: &mut usize) {
    match value {
        // Ids hold the word too, and are nobody's text.
        serde_json::Value::String(text) if text.contains(own) && !text.starts_with("call_") => {
            *count += 1;
            *text = text.replace(own, &format!("jane{count}@planted.example"));
        }
        serde_json::Value::Array(items) => items.iter_mut().for_each(|item| plant(item, own, count)),
        serde_json::Value::Object(members) => {
            members.iter_mut().for_each(|(_, member)| plant(member, own, count));
        }
        _ => {}
    }
}

/// An answer that says two of the request's values and two new ones, in words and in a call.
fn answer() -> Unified<'static> {
    let text = |plain: &str| Text::from_plain(plain).into_owned();
    let arguments = r#"{"to":"<EMAIL_ADDRESS_2>","cc":["\u003cEMAIL_ADDRESS_3\u003e","eve2@fresh.example"]}"#;
    let parts = vec![
        Part::Text { text: text("Hello <EMAIL_ADDRESS_1>, \"eve1@fresh.example\" wrote.\nBye"), cache: None },
        Part::ToolCall(ToolCall {
            id: text("call_1"),
            name: text("weather"),
            arguments: Arguments::Text(text(arguments)),
            signature: None,
            cache: None,
        }),
    ];
    Unified {
        id: text("id-1"),
        model: text("model-1"),
        created: Some(1_700_000_000),
        choices: vec![Choice { parts, finish: Finish::ToolCalls, ..Choice::default() }],
        usage: Some(Usage { input: 100, output: 20, ..Usage::default() }),
        ..Unified::default()
    }
}

/// The two texts of an answer.
fn texts(answer: &Unified<'_>) -> (String, serde_json::Value) {
    let (mut words, mut called) = (String::new(), serde_json::Value::Null);
    for part in &answer.choices[0].parts {
        match part {
            Part::Text { text, .. } => words.push_str(&text.decode()),
            Part::ToolCall(call) => {
                let json = match &call.arguments {
                    Arguments::Text(text) => text.decode().into_owned(),
                    Arguments::Json(json) => (*json).to_owned(),
                };
                called = serde_json::from_str(&json).unwrap();
            }
            _ => {}
        }
    }
    (words, called)
}

/// Everything that left the process but the client's own answer.
fn left(rig: &Rig, seen: &Seen) -> String {
    let sent: String = seen.sent.iter().map(|sent| sent.text()).collect();
    let told = [rig.host.log_text(), rig.host.metric_names(), seen.record.to_string(), header_text(&seen.headers)];
    format!("{sent}\n{}", told.join("\n"))
}

fn request(pair: Pair, own: &str, stream: bool) -> Request<'static> {
    conversation(pair, own, stream)
}

#[test]
fn what_was_planted_in_any_text_left_nowhere_and_came_back_and_what_was_new_did_not() {
    for pair in pairs() {
        for stream in [false, true] {
            let own = "ownword";
            let (ask, count) = planted(pair.asking(&request(pair, own, stream)), own);
            assert!(count >= 8, "{pair:?} {count}");
            let reply = if stream {
                let bytes = pair.streaming(&answer());
                pair.in_chunks(bytes.chunks(13).map(<[u8]>::to_vec).collect())
            } else {
                pair.answering(&answer())
            };
            let rig = Rig::with_policies(BOTH_WAYS);
            let seen = rig.play(&ask, &[reply]);
            assert_eq!(seen.status, 200, "{pair:?}: {}", seen.text());
            let everywhere = left(&rig, &seen);
            for gone in ["planted.example", "fresh.example"] {
                assert!(!everywhere.contains(gone), "{pair:?} {stream}: {everywhere}");
            }
            assert!(seen.sent[0].text().contains("EMAIL_ADDRESS_"), "{}", seen.sent[0].text());
            let (words, called) = if stream {
                texts(&folded(pair.client_format(), &seen.body).unwrap_or_else(|e| panic!("{e:?}: {}", seen.text())))
            } else {
                let doc = postern::wire::json::Doc::parse(&seen.body).unwrap();
                texts(&pair.client_format().read_answer(&doc).unwrap())
            };
            assert!(words.starts_with("Hello jane") && words.contains("@planted.example, \"<EMAIL_ADDRESS>\" wrote."));
            assert!(called["to"].as_str().unwrap().ends_with("@planted.example"), "{pair:?} {stream}: {called}");
            assert!(called["cc"][0].as_str().unwrap().ends_with("@planted.example"), "{pair:?} {stream}: {called}");
            assert_eq!(called["cc"][1], "<EMAIL_ADDRESS>", "{pair:?} {stream}");
            assert!(!String::from_utf8_lossy(&seen.body).contains("fresh.example"), "{pair:?} {stream}");
            assert_eq!(seen.record["gen_ai.usage.output_tokens"], 20, "{pair:?}");
            let policies = seen.record["postern.policies"].to_string();
            assert!(policies.contains(r#""action":"restore","direction":"response""#), "{policies}");
        }
    }
}

#[test]
fn without_personal_data_an_answer_passes_byte_for_byte_both_ways() {
    let policies = r#"[{"redact":{"direction":"both"}}]"#;
    for pair in pairs().into_iter().filter(|pair| pair.client == pair.provider) {
        for stream in [false, true] {
            let mut plain = answer();
            let text = |plain: &str| Text::from_plain(plain).into_owned();
            plain.choices[0].parts[0] = Part::Text { text: text("Nothing about anybody. é😀"), cache: None };
            plain.choices[0].parts.truncate(1);
            let reply = || {
                if stream {
                    pair.in_chunks(pair.streaming(&plain).chunks(17).map(<[u8]>::to_vec).collect())
                } else {
                    pair.answering(&plain)
                }
            };
            let ask = || pair.asking(&request(pair, "ownword", stream));
            let watched = Rig::with_policies(policies).play(&ask(), &[reply()]);
            let unwatched = Rig::new().play(&ask(), &[reply()]);
            assert_eq!(watched.body, unwatched.body, "{pair:?} {stream}");
        }
    }
}

#[test]
fn an_answer_that_cannot_be_read_is_refused_and_nothing_of_it_passes() {
    let rig = |more: &str| Rig::with_policies(&format!(r#"[{{"redact":{{"direction":"both"{more}}}}}]"#));
    let ask = |stream: bool| PAIRS[0].ask(stream);
    let event = |data: &str| format!("data: {data}\n\n").into_bytes();
    let hello = r#"{"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"content":"hello there "},"finish_reason":null}]}"#;
    // The very first event cannot be read: nobody has seen anything.
    let broken = Answer::stream(vec![event(hello), event("jo@planted.example"), event("[DONE]")]);
    let seen = rig("").play(&ask(true), &[broken]);
    assert!(!seen.text().contains("planted"), "{}", seen.text());
    let not_utf8 =
        [&b"{\"id\":\"c\",\"choices\":[{\"index\":0,\"message\":{\"content\":\"jo@planted.example \xff\"}}]}"[..]]
            .concat();
    let seen = rig("").play(&ask(false), &[Answer::json(200, not_utf8)]);
    assert!(seen.status >= 400 && !seen.text().contains("planted"), "{} {}", seen.status, seen.text());
    let gzip = Answer::Is {
        status: 200,
        headers: vec![("content-type", "application/json".to_owned()), ("content-encoding", "gzip".to_owned())],
        chunks: vec![b"\x1f\x8bjo@planted.example".to_vec()],
    };
    let seen = rig("").play(&ask(false), &[gzip]);
    assert!(seen.status >= 400 && !seen.text().contains("planted"), "{} {}", seen.status, seen.text());
}

#[test]
fn all_words_of_every_recorded_answer_are_looked_at() {
    // By what a text looks like and not by our own table of places: a string of words is text wherever it stands.
    let pair =
        |client: &str| pairs().into_iter().find(|pair| pair.client == client && pair.provider == client).unwrap();
    let (mut planted_in, mut read) = (0, 0);
    for (format, names) in RECORDED {
        for name in *names {
            let mut body: serde_json::Value = serde_json::from_slice(&fixture(format, name)).unwrap();
            let mut count = 0;
            plant_words(&mut body, "", &mut count);
            planted_in += count;
            let rig = Rig::with_policies(r#"[{"redact":{"direction":"both"}}]"#);
            let seen = rig.play(&pair(format).ask(false), &[Answer::json(200, body.to_string())]);
            if seen.status == 200 {
                read += 1;
                let text = seen.text();
                let at = text.find("planted.example").unwrap_or(0);
                let from = text[..at].char_indices().rev().nth(200).map_or(0, |(at, _)| at);
                assert!(at == 0, "{format}/{name}: …{}", &text[from..at + 15]);
            }
        }
    }
    assert!(planted_in > 40 && read > 20, "{planted_in} {read}");
}

const RECORDED: &[(&str, &[&str])] = &[
    ("anthropic_messages", &["text.json", "refusal.json", "server_tools.json", "thinking_tools.json"]),
    ("openai_chat", &["openai_tools.json", "openai_refusal.json", "openai_two_choices.json", "litellm_thinking.json"]),
    ("openai_responses", &["text.json", "reasoning.json", "refusal.json", "tools.json", "web_search.json"]),
    ("gemini", &["text.json", "grounded.json", "code.json", "thinking_tools.json"]),
    ("bedrock_converse", &["text.json", "citations.json", "thinking_tools.json", "server_tool.json", "guardrail.json"]),
    ("cohere_chat", &["text.json", "citations.json", "thinking.json", "tools.json"]),
    ("ollama_chat", &["text.json", "thinking_tools.json"]),
];

/// Puts an address behind every string that is words.
fn plant_words(value: &mut serde_json::Value, key: &str, count: &mut usize) {
    match value {
        serde_json::Value::String(text) if text.contains(' ') && key != "signature" => {
            *count += 1;
            // JSON in a string stays JSON.
            if text.ends_with('}') || text.ends_with(']') {
                *text = text.replacen(' ', " jo@planted.example ", usize::from(!text.contains("\": ")));
            } else {
                text.push_str(" jo@planted.example");
            }
        }
        serde_json::Value::Array(items) => items.iter_mut().for_each(|item| plant_words(item, key, count)),
        serde_json::Value::Object(members) => {
            members.iter_mut().for_each(|(key, member)| plant_words(member, key, count));
        }
        _ => {}
    }
}
