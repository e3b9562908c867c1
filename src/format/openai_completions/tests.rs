use super::*;
use crate::format::{Quirks, find};
use crate::wire::frame::{self, Framing};

const FORMAT: OpenAiCompletions = OpenAiCompletions;

/// A request as a chat of the other format; or the error's path and message.
fn as_chat(to: &str, body: &str) -> Result<(String, Vec<String>), String> {
    let doc = Doc::parse(body.as_bytes()).unwrap();
    let told = |error: ApiError| format!("{}|{}", error.param.unwrap_or_default(), error.message);
    let request = FORMAT.read_request(&doc).map_err(told)?;
    let mut loss = Loss::default();
    let target = Target { model: "x", quirks: &Quirks::DEFAULT };
    let written = crate::format::translate(request, &FORMAT, find(to).unwrap(), &target, &mut loss).map_err(told)?;
    Ok((String::from_utf8(written).unwrap(), loss.0))
}

#[test]
fn a_prompt_is_a_users_turn() {
    let rows: &[(&str, &str, &[&str])] = &[
        (
            r#"{"model":"m","prompt":"Once\n"}"#,
            r#"{"model":"x","messages":[{"role":"user","content":"Once\n"}],"max_completion_tokens":16}"#,
            &[],
        ),
        (
            r#"{"model":"m","prompt":["Once"],"max_tokens":7,"temperature":0.50,"stop":"\n","stream":true,"echo":false,
                "best_of":1,"suffix":null,"logprobs":null,"n":2,"user":"u","seed":7,"new":[1]}"#,
            r#"{"model":"x","messages":[{"role":"user","content":"Once"}],"stream":true,"stream_options":{"include_usage":true},"max_completion_tokens":7,"temperature":0.50,"stop":["\n"],"seed":7,"n":2,"user":"u"}"#,
            &["new"],
        ),
    ];
    for (body, want, lost) in rows {
        let (got, loss) = as_chat("openai_chat", body).unwrap();
        let (got, want): (serde_json::Value, serde_json::Value) =
            (serde_json::from_str(&got).unwrap(), serde_json::from_str(want).unwrap());
        assert_eq!(got.as_object().unwrap().len(), want.as_object().unwrap().len(), "{got}");
        for (name, value) in want.as_object().unwrap() {
            assert_eq!(&got[name], value, "{name}");
        }
        assert_eq!(loss, *lost, "{body}");
    }
    let (got, loss) = as_chat("anthropic_messages", r#"{"prompt":"Hi","logit_bias":{"1":2}}"#).unwrap();
    assert!(got.contains(r#""max_tokens":16"#) && got.contains("Hi"), "{got}");
    assert_eq!(loss, ["logit_bias"]);
}

#[test]
fn what_no_chat_turn_can_do_is_refused_by_its_path() {
    let rows = [
        ("{}", "prompt|prompt: missing"),
        (r#"{"prompt":[]}"#, "prompt|prompt: expected at least one prompt, got an empty array"),
        (r#"{"prompt":7}"#, "prompt|prompt: expected a text or an array, got a number"),
        (r#"{"prompt":["a",7]}"#, "prompt[1]|prompt[1]: expected a string, got a number"),
        (r#"{"prompt":[1,"a"]}"#, "prompt[1]|prompt[1]: expected a number, got a string"),
        (r#"{"prompt":"a","max_tokens":"7"}"#, "max_tokens|max_tokens: expected a number, got a string"),
        (r#"{"prompt":"a","stop":[7]}"#, "stop[0]|stop[0]: expected a string, got a number"),
        (
            r#"{"prompt":["a","b"]}"#,
            "prompt|prompt: this model's provider has no completions but a chat: it takes one prompt a call",
        ),
        (
            r#"{"prompt":[1,2]}"#,
            "prompt|prompt: this model's provider has no completions but a chat: it takes text and no token ids",
        ),
        (
            r#"{"prompt":[[1,2]]}"#,
            "prompt|prompt: this model's provider has no completions but a chat: it takes text and no token ids",
        ),
        (
            r#"{"prompt":"a","suffix":"b"}"#,
            "suffix|suffix: this model's provider has no completions but a chat: it cannot write what stands before a text",
        ),
        (
            r#"{"prompt":"a","echo":true}"#,
            "echo|echo: this model's provider has no completions but a chat: it does not repeat the prompt",
        ),
        (
            r#"{"prompt":"a","best_of":3}"#,
            "best_of|best_of: this model's provider has no completions but a chat: it writes one and not the best of several",
        ),
        (
            r#"{"prompt":"a","logprobs":0}"#,
            "logprobs|logprobs: this model's provider has no completions but a chat: it has them in another form",
        ),
    ];
    for (body, want) in rows {
        assert_eq!(as_chat("openai_chat", body).unwrap_err(), want, "{body}");
    }
}

fn ask(include_usage: bool) -> Ask {
    let base = Ask { model: "alias".to_owned(), fallback_id: "1".to_owned(), now_secs: 5, ..Ask::default() };
    Ask { include_usage, ..base }
}

#[test]
fn an_answer_of_a_chat_is_the_text_that_follows() {
    let rows = [
        (
            "openai_chat",
            r#"{"id":"chatcmpl-1","created":9,"model":"gpt","choices":[{"message":{"content":"a \"b\""},"finish_reason":"stop"},{"message":{"content":null,"refusal":"no"},"finish_reason":"content_filter"}],"usage":{"prompt_tokens":3,"completion_tokens":4}}"#,
            r#"{"id":"chatcmpl-1","object":"text_completion","created":9,"model":"gpt","choices":[{"text":"a \"b\"","index":0,"logprobs":null,"finish_reason":"stop"},{"text":"no","index":1,"logprobs":null,"finish_reason":"content_filter"}],"usage":{"prompt_tokens":3,"completion_tokens":4,"total_tokens":7,"prompt_tokens_details":{"cached_tokens":0,"audio_tokens":0},"completion_tokens_details":{"reasoning_tokens":0,"audio_tokens":0}}}"#,
        ),
        (
            "anthropic_messages",
            r#"{"type":"message","role":"assistant","content":[{"type":"thinking","thinking":"hm","signature":"s"},{"type":"text","text":"a"},{"type":"text","text":"b"}],"stop_reason":"max_tokens"}"#,
            r#"{"id":"cmpl-1","object":"text_completion","created":5,"model":"alias","choices":[{"text":"ab","index":0,"logprobs":null,"finish_reason":"length"}]}"#,
        ),
    ];
    for (from, answer, want) in rows {
        let doc = Doc::parse(answer.as_bytes()).unwrap();
        let answer = find(from).unwrap().read_answer(&doc).unwrap();
        assert_eq!(String::from_utf8(FORMAT.write_answer(&answer, &ask(false))).unwrap(), want);
        // What is written is read again.
        let again = Doc::parse(want.as_bytes()).unwrap();
        let read = FORMAT.read_answer(&again).unwrap();
        assert_eq!(read.choices.len(), answer.choices.len());
        assert_eq!(read.usage, answer.usage);
        assert_eq!(FORMAT.answer_usage(want.as_bytes()), answer.usage);
    }
    let rows = [
        (r#"{"error":{"message":"bad"}}"#, "bad"),
        ("{}", "the provider's answer is not what its format promises: choices: missing"),
        (
            r#"{"choices":[{"text":7}]}"#,
            "the provider's answer is not what its format promises: choices[0].text: expected a string, got a number",
        ),
    ];
    for (answer, want) in rows {
        let doc = Doc::parse(answer.as_bytes()).unwrap();
        assert_eq!(FORMAT.read_answer(&doc).err().unwrap().message, want);
    }
}

/// A stream as a client of completions gets it.
fn streamed(from: &str, stream: &str, include_usage: bool, cut: usize) -> (String, bool) {
    let mut frames = frame::Reader::new(Framing::Sse);
    let mut reader = find(from).unwrap().stream_reader();
    let mut writer = FORMAT.stream_writer(&ask(include_usage));
    let mut out = Vec::new();
    let mut read = |event: frame::Event<'_>| {
        reader.read(&event, &mut |delta| writer.write(&delta, &mut out));
    };
    stream.as_bytes().chunks(cut).for_each(|chunk| frames.push(chunk, &mut read).unwrap());
    frames.finish(&mut read).unwrap();
    (String::from_utf8(out).unwrap(), reader.ended())
}

const OWN: &str = concat!(
    "data: {\"id\":\"cmpl-7\",\"object\":\"text_completion\",\"created\":9,\"model\":\"m\",\"choices\":[{\"text\":\"a\",\"index\":0,\"logprobs\":null,\"finish_reason\":null}],\"usage\":null}\n\n",
    "data: {\"id\":\"cmpl-7\",\"object\":\"text_completion\",\"created\":9,\"model\":\"m\",\"choices\":[{\"text\":\"\\nb\",\"index\":1,\"logprobs\":null,\"finish_reason\":null}],\"usage\":null}\n\n",
    "data: {\"id\":\"cmpl-7\",\"object\":\"text_completion\",\"created\":9,\"model\":\"m\",\"choices\":[{\"text\":\"\",\"index\":0,\"logprobs\":null,\"finish_reason\":\"length\"}],\"usage\":null}\n\n",
    "data: {\"id\":\"cmpl-7\",\"object\":\"text_completion\",\"created\":9,\"model\":\"m\",\"choices\":[{\"text\":\"\",\"index\":1,\"logprobs\":null,\"finish_reason\":\"stop\"}],\"usage\":null}\n\n",
    "data: {\"id\":\"cmpl-7\",\"object\":\"text_completion\",\"created\":9,\"model\":\"m\",\"choices\":[],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":4,\"total_tokens\":7,\"prompt_tokens_details\":{\"cached_tokens\":0,\"audio_tokens\":0},\"completion_tokens_details\":{\"reasoning_tokens\":0,\"audio_tokens\":0}}}\n\n",
    "data: [DONE]\n\n",
);

#[test]
fn a_stream_of_its_own_is_written_as_it_was_read_for_every_cut() {
    for cut in 1..OWN.len() {
        assert_eq!(streamed("openai_completions", OWN, true, cut), (OWN.to_owned(), true), "cut at {cut}");
    }
    let without = OWN.replace(",\"usage\":null}", "}");
    let (got, _) = streamed("openai_completions", OWN, false, 1000);
    let usage = without
        .find("data: {\"id\":\"cmpl-7\",\"object\":\"text_completion\",\"created\":9,\"model\":\"m\",\"choices\":[],");
    let (kept, _) = without.split_at(usage.unwrap());
    assert_eq!(got, format!("{kept}data: [DONE]\n\n"));
}

#[test]
fn a_chats_stream_is_text_and_reasons_only() {
    let chat = concat!(
        "data: {\"id\":\"c\",\"created\":9,\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\",\"reasoning_content\":\"hm\"}}]}\n\n",
        "data: {\"id\":\"c\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\"},\"finish_reason\":null}]}\n\n",
        "data: {\"id\":\"c\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n",
        "data: [DONE]\n\n",
    );
    let head = "data: {\"id\":\"c\",\"object\":\"text_completion\",\"created\":9,\"model\":\"m\",\"choices\":[{";
    let want = format!(
        "{head}\"text\":\"a\",\"index\":0,\"logprobs\":null,\"finish_reason\":null}}]}}\n\n{head}\"text\":\"\",\"index\":0,\"logprobs\":null,\"finish_reason\":\"stop\"}}]}}\n\ndata: [DONE]\n\n"
    );
    assert_eq!(streamed("openai_chat", chat, false, 17), (want, true));
}

#[test]
fn a_stream_that_breaks_off_has_not_ended_and_an_error_is_told() {
    let (_, ended) = streamed("openai_completions", OWN.split_at(300).0, true, 50);
    assert!(!ended);
    let (got, ended) = streamed("openai_completions", "data: {\"error\":{\"message\":\"busy\"}}\n\n", true, 50);
    assert!(got.starts_with("data: {\"error\":{\"message\":\"busy\"") && ended, "{got}");
}
