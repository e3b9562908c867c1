use super::*;
use crate::chat::Part;
use crate::format::{Quirks, retarget};

const FULL: &str = include_str!("../../../tests/fixtures/bedrock_converse/request_full.json");

#[test]
fn a_body_for_the_same_format_goes_on_byte_for_byte() {
    let doc = Doc::parse(FULL.as_bytes()).unwrap();
    let target = Target { model: "another", quirks: &Quirks::DEFAULT };
    let mut loss = Loss::default();
    assert_eq!(retarget(&doc, &BedrockConverse, &target, &mut loss), Ok(None));
    assert_eq!(loss, Loss::default());
}

#[test]
fn what_is_written_for_bedrock_is_read_as_it_was_meant() {
    let doc = Doc::parse(FULL.as_bytes()).unwrap();
    let mut request = BedrockConverse.read_request(&doc).unwrap();
    // Merged on writing: a system turn in between, and the two turns of the person beside it.
    let target = Target { model: "anthropic.claude-sonnet-4-5", quirks: &Quirks::DEFAULT };
    let mut loss = Loss::default();
    request.messages.iter_mut().for_each(|message| message.parts.retain(|part| !matches!(part, Part::Citation(_))));
    let body = BedrockConverse.write_request(&request, &target, &mut loss).unwrap();
    let again = Doc::parse(&body).unwrap();
    let back = BedrockConverse.read_request(&again).unwrap();
    let turns = |request: &Request<'_>| -> Vec<String> {
        let system = |message: &&crate::chat::Message<'_>| message.role == crate::chat::Role::System;
        // Success needs no word.
        let shown = |message: &crate::chat::Message<'_>| {
            format!("{:?} {:?}", message.role, message.parts).replace("Some(false)", "None")
        };
        let mut turns: Vec<_> = request.messages.iter().filter(system).map(shown).collect();
        turns.extend(request.messages.iter().filter(|message| !system(message)).map(shown));
        turns
    };
    assert_eq!(turns(&back), turns(&request));
    assert_eq!((back.max_tokens, back.temperature), (Some(5000), None), "a thinking Claude chooses its words itself");
    assert_eq!((back.reasoning, back.parallel_tool_calls), (request.reasoning, Some(false)));
    assert_eq!(format!("{:?}", back.response_format), format!("{:?}", request.response_format));
    assert_eq!(format!("{:?}", back.tools), format!("{:?}", request.tools));
}

#[test]
fn what_is_kept_for_an_hour_is_told_apart_and_written_again() {
    let body = r#"{"inputTokens":5,"outputTokens":2,"cacheReadInputTokens":7,"cacheWriteInputTokens":30,"cacheDetails":[{"ttl":"5m","inputTokens":10},{"ttl":"1h","inputTokens":20}]}"#;
    let usage = read_usage(Doc::parse(body.as_bytes()).unwrap().root()).unwrap();
    let want = Usage { input: 42, output: 2, cache_read: 7, cache_write: 30, cache_write_1h: 20, ..Usage::default() };
    assert_eq!(usage, want);
    let mut out = Writer::default();
    write_usage(&mut out, &usage);
    assert_eq!(read_usage(Doc::parse(&out.out).unwrap().root()), Some(want));
}
