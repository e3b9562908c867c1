use super::*;
use crate::chat::{ErrorKind, Finish, ToolCall, Usage};
use crate::wire::json::Doc;

fn ask() -> Ask {
    Ask { model: "asked".into(), fallback_id: "f1".into(), ..Ask::default() }
}

fn write_choice(parts: Vec<Part<'_>>, finish: Finish, stop_sequence: Option<Text<'_>>) -> String {
    let choice = Choice { parts, finish, stop_sequence, ..Choice::default() };
    let body = write(&Answer { choices: vec![choice], ..Answer::default() }, &ask());
    Doc::parse(&body).unwrap();
    String::from_utf8(body).unwrap()
}

#[test]
fn every_stop_reason_has_its_finish_and_calls_win_over_stop() {
    let rows: &[(&str, Finish, Finish)] = &[
        (r#""end_turn""#, Finish::Stop, Finish::ToolCalls),
        (r#""stop_sequence""#, Finish::Stop, Finish::ToolCalls),
        (r#""tool_use""#, Finish::ToolCalls, Finish::ToolCalls),
        (r#""max_tokens""#, Finish::Length, Finish::Length),
        (r#""model_context_window_exceeded""#, Finish::Length, Finish::Length),
        (r#""pause_turn""#, Finish::Length, Finish::Length),
        (r#""compaction""#, Finish::Length, Finish::Length),
        (r#""refusal""#, Finish::ContentFilter, Finish::ContentFilter),
        (r#""from_the_future""#, Finish::Stop, Finish::ToolCalls),
        ("null", Finish::Stop, Finish::ToolCalls),
    ];
    for (reason, alone, with_calls) in rows {
        for (content, want) in [("", alone), (r#"{"type":"tool_use","id":"a","name":"b","input":{}}"#, with_calls)] {
            let body = format!(r#"{{"content":[{content}],"stop_reason":{reason}}}"#);
            let doc = Doc::parse(body.as_bytes()).unwrap();
            assert_eq!(read(doc.root()).unwrap().choices[0].finish, *want, "{body}");
        }
    }
}

#[test]
fn every_finish_has_its_stop_reason() {
    let call = || {
        let text = Text::default;
        Part::ToolCall(ToolCall {
            id: text(),
            name: text(),
            arguments: Arguments::Text(text()),
            signature: None,
            cache: None,
        })
    };
    let rows: Vec<(Vec<Part<'_>>, Finish, Option<&str>, &str)> = vec![
        (vec![], Finish::Stop, None, r#""stop_reason":"end_turn","stop_sequence":null"#),
        (vec![], Finish::Stop, Some("\\n#"), r#""stop_reason":"stop_sequence","stop_sequence":"\n#""#),
        (vec![], Finish::Length, None, r#""stop_reason":"max_tokens","stop_sequence":null"#),
        (vec![call()], Finish::ToolCalls, None, r#""stop_reason":"tool_use","stop_sequence":null"#),
        (vec![call()], Finish::Stop, None, r#""stop_reason":"tool_use","stop_sequence":null"#),
        (vec![], Finish::ContentFilter, None, r#""stop_reason":"refusal","stop_sequence":null"#),
    ];
    for (parts, finish, stop, want) in rows {
        let body = write_choice(parts, finish, stop.map(Text::from_raw));
        assert!(body.contains(want), "{finish:?}: {body}");
    }
}

#[test]
fn an_openai_answer_becomes_a_message() {
    let answer = Answer {
        id: Text::from_raw("chatcmpl-1"),
        model: Text::from_raw("gpt-x"),
        created: Some(1),
        choices: vec![Choice {
            parts: vec![
                Part::Thinking { text: Text::from_raw("hm"), signature: None },
                Part::Text { text: Text::from_raw("He said \\\"hi\\\""), cache: None },
                Part::ToolCall(ToolCall {
                    id: Text::from_raw("call_1"),
                    name: Text::from_raw("f"),
                    arguments: Arguments::Text(Text::from_raw("{\\\"q\\\": \\\"a\\\\nb\\\"}")),
                    signature: None,
                    cache: None,
                }),
                Part::ToolCall(ToolCall {
                    id: Text::default(),
                    name: Text::from_raw("g"),
                    arguments: Arguments::Text(Text::default()),
                    signature: None,
                    cache: None,
                }),
            ],
            finish: Finish::ToolCalls,
            ..Choice::default()
        }],
        usage: Some(Usage { input: 100, output: 7, cache_read: 60, cache_write: 10, reasoning: 3, ..Usage::default() }),
        ..Answer::default()
    };
    let want = r#"{"id":"msg_chatcmpl-1","type":"message","role":"assistant","model":"gpt-x","content":[{"type":"thinking","thinking":"hm","signature":""},{"type":"text","text":"He said \"hi\""},{"type":"tool_use","id":"call_1","name":"f","input":{"q": "a\nb"}},{"type":"tool_use","id":"toolu_f1_1","name":"g","input":{}}],"stop_reason":"tool_use","stop_sequence":null,"usage":{"input_tokens":30,"cache_creation_input_tokens":10,"cache_read_input_tokens":60,"output_tokens":7,"output_tokens_details":{"thinking_tokens":3}}}"#;
    assert_eq!(String::from_utf8(write(&answer, &ask())).unwrap(), want);
}

#[test]
fn an_empty_answer_is_still_a_message() {
    let want = r#"{"id":"msg_f1","type":"message","role":"assistant","model":"asked","content":[],"stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":0,"cache_creation_input_tokens":0,"cache_read_input_tokens":0,"output_tokens":0}}"#;
    assert_eq!(String::from_utf8(write(&Answer::default(), &ask())).unwrap(), want);
}

#[test]
fn arguments_that_are_no_object_are_shown_as_they_are() {
    let rows: &[(Arguments<'_>, &str)] = &[
        (Arguments::Json(r#"{"a":1}"#), r#"{"a":1}"#),
        (Arguments::Json("null"), "{}"),
        (Arguments::Json("[1]"), r#"{"_raw":"[1]"}"#),
        (Arguments::Text(Text::from_raw(" ")), "{}"),
        (Arguments::Text(Text::from_raw("{\\\"a\\\":")), r#"{"_raw":"{\"a\":"}"#),
        (Arguments::Text(Text::from_raw("7")), r#"{"_raw":"7"}"#),
    ];
    for (arguments, want) in rows {
        let mut out = Writer::default();
        write_input(&mut out, arguments);
        assert_eq!(String::from_utf8(out.out).unwrap(), *want);
    }
}

#[test]
fn what_is_no_message_is_the_providers_fault() {
    let rows: &[(&str, u16, ErrorKind, &str)] = &[
        ("{}", 502, ErrorKind::Server, "the provider's answer has no content"),
        (r#"{"content":"a"}"#, 502, ErrorKind::Server, "the provider's answer has no content"),
        (r#"{"content":[{}]}"#, 502, ErrorKind::Server, "in the provider's answer, content[0].type: missing"),
        (
            r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#,
            529,
            ErrorKind::Overloaded,
            "Overloaded",
        ),
    ];
    for (body, status, kind, message) in rows {
        let error = read(Doc::parse(body.as_bytes()).unwrap().root()).unwrap_err();
        assert_eq!((error.status, error.kind, error.message.as_str()), (*status, *kind, *message));
        assert_eq!(error.source, crate::chat::ErrorSource::Provider);
    }
}
