//! Everything that is no chat turn: vectors, ranks, pictures, sound, counts; translated or pointed at their model.

use postern::filter::configure;
use postern::provider::{PRESETS, Preset};
use serde_json::json;

use crate::fake::FakeHost;
use crate::play::{Answer, Ask, CLIENT_KEY, CLIENT_KEY_SHA256, PROVIDER_KEY, Rig, Seen};

/// A gateway before every preset: the model `at-<preset>` leads there, under the name `real`.
fn rig(policies: &str) -> Rig {
    let host = FakeHost::new();
    let made = |json: &str| configure(&host, json.as_bytes()).unwrap_or_else(|error| panic!("{error}\n{json}"));
    let mut routes: Vec<_> = PRESETS
        .iter()
        .map(|preset| json!({"name": format!("at-{}", preset.name), "targets": [{"cluster": preset.name, "model": "real"}]}))
        .collect();
    routes.push(json!({"name": "same", "targets": [{"cluster": "openai"}]}));
    routes.push(json!({"name": "omni-moderation-latest", "targets": [{"cluster": "openai"}]}));
    let either = json!([{"cluster": "openai", "model": "real"}, {"cluster": "cohere", "model": "real"}]);
    routes.push(json!({"name": "either", "targets": either}));
    let policies: serde_json::Value = serde_json::from_str(policies).unwrap();
    let gateway = json!({"version": 1, "gateway": {
        "tenants": [{"id": "acme", "keys": [{"id": "first", "sha256": CLIENT_KEY_SHA256}]}],
        "models": routes, "policies": policies, "max_body_bytes": 65536,
    }});
    let provider = |preset: &Preset| {
        let params: serde_json::Map<_, _> = preset.params.iter().map(|it| (it.name.to_owned(), "x".into())).collect();
        let host = if preset.host.is_empty() { Some("models.example") } else { None };
        let key = json!({"inline": format!("{PROVIDER_KEY}-{}", preset.name)});
        let mut provider = json!({"preset": preset.name, "params": params, "key": key});
        if let Some(host) = host {
            provider["host"] = host.into();
        }
        (preset.name.to_owned(), made(&json!({"version": 1, "provider": provider}).to_string()))
    };
    let gateway = Some(made(&gateway.to_string()));
    let providers = PRESETS.iter().map(provider).collect();
    Rig { host, gateway, providers, metadata: None }
}

fn ask(path: &str, body: impl Into<Vec<u8>>) -> Ask {
    Ask {
        method: "POST",
        path: path.to_owned(),
        headers: vec![("authorization".to_owned(), format!("Bearer {CLIENT_KEY}"))],
        body: body.into(),
        cut: usize::MAX,
    }
}

/// A form with these fields and one file of six bytes that are no text.
fn form(fields: &[(&str, &str)]) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, value) in fields {
        let head = format!("--B0\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
        body.extend_from_slice(head.as_bytes());
    }
    let head =
        "--B0\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.wav\"\r\nContent-Type: audio/wav\r\n\r\n";
    body.extend_from_slice(head.as_bytes());
    body.extend_from_slice(b"RI\xff\0\r\n\r\n--B0--\r\n");
    body
}

fn ask_form(path: &str, body: Vec<u8>) -> Ask {
    ask(path, body).header("content-type", "multipart/form-data; boundary=B0")
}

fn sent(seen: &Seen) -> String {
    let sent = seen.sent.last().unwrap_or_else(|| panic!("nothing was sent: {}", seen.text()));
    String::from_utf8_lossy(&sent.body).into_owned()
}

#[test]
fn an_openai_client_embeds_with_cohere() {
    let body = r#"{"model":"at-cohere","input":["one","two"],"encoding_format":"base64","dimensions":2,"user":"u"}"#;
    let answer = r#"{"id":"i","texts":["one","two"],"embeddings":{"float":[[0.5,1],[-1.5,2]]},"meta":{"billed_units":{"input_tokens":4}}}"#;
    let seen = rig("[]").play(&ask("/v1/embeddings", body), &[Answer::json(200, answer)]);
    assert_eq!(
        sent(&seen),
        r#"{"model":"real","texts":["one","two"],"input_type":"search_document","embedding_types":["float"],"output_dimension":2}"#
    );
    assert_eq!(seen.sent[0].headers.get(":path"), Some("/v2/embed"));
    assert_eq!(seen.sent[0].headers.get("content-length"), Some(sent(&seen).len().to_string().as_str()));
    assert_eq!(
        seen.text(),
        r#"{"object":"list","data":[{"object":"embedding","index":0,"embedding":"AAAAPwAAgD8="},{"object":"embedding","index":1,"embedding":"AADAvwAAAEA="}],"model":"at-cohere","usage":{"prompt_tokens":4,"total_tokens":4}}"#
    );
    assert_eq!(seen.headers.get("x-postern-lossy"), Some("user"));
    let record = &seen.record;
    assert_eq!((&record["gen_ai.usage.input_tokens"], &record["postern.usage.estimated"]), (&json!(4), &json!(false)));
    assert_eq!(
        (&record["gen_ai.operation.name"], &record["postern.format"]),
        (&json!("embeddings"), &json!("openai_embeddings"))
    );
}

#[test]
fn a_cohere_client_embeds_with_openai_and_hears_errors_in_its_own_words() {
    let body =
        r#"{"model":"at-openai","texts":["one"],"input_type":"search_query","embedding_types":["float","base64"]}"#;
    let answer = r#"{"object":"list","data":[{"index":0,"embedding":"AAAAPwAAgD8="}],"model":"text-embedding-3","usage":{"prompt_tokens":4,"total_tokens":4}}"#;
    let seen = rig("[]").play(&ask("/v2/embed", body), &[Answer::json(200, answer)]);
    assert_eq!(sent(&seen), r#"{"model":"real","input":["one"],"encoding_format":"base64"}"#);
    let got = seen.json();
    assert_eq!(got["embeddings"], json!({"float": [[0.5, 1.0]], "base64": ["AAAAPwAAgD8="]}));
    assert_eq!((&got["texts"], &got["meta"]["billed_units"]["input_tokens"]), (&json!(["one"]), &json!(4)));
    assert_eq!(got["response_type"], "embeddings_by_type");
    let error = r#"{"error":{"message":"no such model","type":"invalid_request_error","code":"model_not_found"}}"#;
    let seen = rig("[]").play(&ask("/v2/embed", body), &[Answer::json(404, error)]);
    assert_eq!((seen.status, seen.json()["message"].as_str()), (404, Some("no such model")), "{}", seen.text());
    let seen = rig("[]").play(&ask("/v2/embed", r#"{"model":"at-openai","texts":[7]}"#), &[]);
    assert_eq!((seen.status, seen.sent.len()), (400, 0));
    assert_eq!(seen.json()["message"], "texts[0]: expected a string, got a number");
}

#[test]
fn what_vectors_are_for_is_the_operators_word_where_the_client_has_none() {
    let mut rig = rig("[]");
    let config = json!({"version": 1, "provider": {"preset": "cohere", "default_input_type": "clustering"}});
    let plugin = configure(&rig.host, config.to_string().as_bytes()).unwrap_or_else(|error| panic!("{error}"));
    rig.providers.retain(|(name, _)| name != "cohere");
    rig.providers.push(("cohere".to_owned(), plugin));
    for (more, want) in [("", "clustering"), (r#","input_type":"query""#, "search_query")] {
        let body = format!(r#"{{"model":"at-cohere","input":"a"{more}}}"#);
        let seen = rig.play(&ask("/v1/embeddings", body), &[Answer::json(200, "{}")]);
        assert_eq!(seen.sent[0].json()["input_type"], want);
    }
}

#[test]
fn packed_vectors_are_packed_whatever_a_copy_of_openai_sends() {
    let asked = r#"{"model":"same","input":"a","encoding_format":"base64"}"#;
    let numbers = r#"{"object":"list","data":[{"object":"embedding","index":0,"embedding":[0.5,1]}],"model":"m","usage":{"prompt_tokens":4,"total_tokens":4}}"#;
    let packed = numbers.replace("[0.5,1]", "\"AAAAPwAAgD8=\"");
    let seen = rig("[]").play(&ask("/v1/embeddings", asked), &[Answer::json(200, numbers)]);
    assert_eq!((sent(&seen).as_str(), seen.text()), (asked, packed.clone()), "what came as numbers");
    assert_eq!(seen.record["gen_ai.usage.input_tokens"], 4);
    let seen = rig("[]").play(&ask("/v1/embeddings", asked), &[Answer::json(200, format!(" {packed}"))]);
    assert_eq!(seen.text(), format!(" {packed}"), "what came packed leaves byte for byte");
    let seen = rig("[]").play(&ask("/v1/embeddings", r#"{"model":"same","input":"a"}"#), &[Answer::json(200, numbers)]);
    assert_eq!(seen.text(), numbers);
}

#[test]
fn a_second_provider_of_another_shape_answers_for_the_first() {
    let asked = r#"{"model":"either","input":"a"}"#;
    let error = Answer::json(503, r#"{"error":{"message":"busy"}}"#);
    let answer = Answer::json(200, r#"{"embeddings":{"float":[[0.5]]},"meta":{"tokens":{"input_tokens":1}}}"#);
    let seen = rig("[]").play(&ask("/v1/embeddings", asked), &[error, answer]);
    let paths: Vec<_> = seen.sent.iter().map(|sent| sent.headers.get(":path").unwrap()).collect();
    assert_eq!(paths, ["/v1/embeddings", "/v2/embed"]);
    assert_eq!(seen.json()["data"][0]["embedding"], json!([0.5]));
    assert_eq!(seen.record["postern.attempts"], 2);
}

#[test]
fn strict_refuses_what_an_embedding_would_lose_and_token_ids_reach_no_reader_of_texts() {
    let body = r#"{"model":"at-cohere","input":[[1,2],[3]]}"#;
    let seen = rig("[]").play(&ask("/v1/embeddings", body), &[Answer::json(200, "{}")]);
    assert_eq!((seen.status, seen.sent.len()), (400, 0));
    assert_eq!(seen.message(), "input[0]: token ids, which only OpenAI's own models can read; send text");
    let seen = rig("[]")
        .play(&ask("/v1/embeddings", body.replace("cohere", "openai")), &[Answer::json(200, r#"{"data":[]}"#)]);
    assert_eq!(sent(&seen), body.replace("at-cohere", "real"));
}

#[test]
fn documents_are_ranked_in_either_spelling() {
    let jina = r#"{"model":"at-cohere","query":"q","documents":["a",{"text":"b"}],"top_n":1,"return_documents":true}"#;
    let told = r#"{"id":"i","results":[{"index":1,"relevance_score":0.90}],"meta":{"billed_units":{"search_units":1},"tokens":{"input_tokens":9}}}"#;
    let seen = rig("[]").play(&ask("/v1/rerank", jina), &[Answer::json(200, told)]);
    assert_eq!(sent(&seen), r#"{"model":"real","query":"q","documents":["a","b"],"top_n":1}"#);
    assert_eq!(seen.sent[0].headers.get(":path"), Some("/v2/rerank"));
    assert_eq!(
        seen.text(),
        r#"{"id":"i","object":"list","model":"at-cohere","results":[{"index":1,"relevance_score":0.90,"document":{"text":"b"}}],"usage":{"prompt_tokens":9,"total_tokens":9},"meta":{"api_version":{"version":"1"},"billed_units":{"search_units":1},"tokens":{"input_tokens":9}}}"#
    );
    assert_eq!(
        (&seen.record["gen_ai.operation.name"], &seen.record["gen_ai.usage.input_tokens"]),
        (&json!("rerank"), &json!(9))
    );
    let cohere = r#"{"model":"at-jina","query":"q","documents":["a","b"],"max_tokens_per_doc":10,"priority":1}"#;
    let told = r#"{"model":"m","object":"list","usage":{"total_tokens":9},"results":[{"index":0,"document":{"text":"a"},"relevance_score":1e-3}]}"#;
    let seen = rig("[]").play(&ask("/v2/rerank", cohere), &[Answer::json(200, told)]);
    assert_eq!(sent(&seen), r#"{"model":"real","query":"q","documents":["a","b"]}"#);
    assert_eq!(seen.headers.get("x-postern-lossy"), Some("max_tokens_per_doc,priority"));
    assert_eq!(seen.json()["results"], json!([{"index": 0, "relevance_score": 0.001}]));
    assert_eq!(seen.json()["meta"]["tokens"]["input_tokens"], 9);
    for (path, model) in [("/v2/rerank", "at-cohere"), ("/v1/rerank", "at-jina")] {
        let body = format!(r#"{{ "documents":["a"],"query":"q","model":"{model}" ,"new":1.0}}"#);
        let seen = rig("[]").play(&ask(path, body.clone()), &[Answer::json(200, told)]);
        assert_eq!((sent(&seen), seen.text().as_str()), (body.replace(model, "real"), told));
    }
    let rows = [
        (
            r#"{"model":"at-cohere","query":"q","documents":[]}"#,
            "documents: expected at least one document, got an empty array",
        ),
        (r#"{"model":"at-cohere","documents":["a"]}"#, "query: missing"),
        (r#"{"model":"at-cohere","query":"q","documents":["a",7]}"#, "documents[1]: expected an object, got a number"),
        (
            r#"{"model":"at-cohere","query":"q","documents":[{"image":"x"}]}"#,
            "documents[0]: this model's provider takes text only",
        ),
    ];
    for (body, message) in rows {
        let seen = rig("[]").play(&ask("/v1/rerank", body), &[Answer::json(200, told)]);
        assert_eq!((seen.status, seen.sent.len(), seen.message().as_str()), (400, 0, message));
    }
    let wrong = r#"{"results":[{"index":7,"relevance_score":1}]}"#;
    let seen = rig("[]").play(&ask("/v1/rerank", jina), &[Answer::json(200, wrong)]);
    assert_eq!((seen.status, seen.message().as_str()), (502, "the provider ranked document 7 of 2"));
}

#[test]
fn a_form_names_its_model_and_keeps_every_other_byte() {
    let seen_model = |model: &str| form(&[("model", model), ("prompt", "hi"), ("include[]", "a"), ("include[]", "b")]);
    let answer = r#"{"text":"hello","usage":{"type":"tokens","input_tokens":14,"input_token_details":{"text_tokens":0,"audio_tokens":14},"output_tokens":45,"total_tokens":59}}"#;
    for (path, to, cut) in [
        ("/v1/audio/transcriptions", "/v1/audio/transcriptions", usize::MAX),
        ("/v1/audio/translations", "/v1/audio/translations", 7),
        ("/openai/v1/audio/transcriptions", "/v1/audio/transcriptions", 1),
    ] {
        let asked = Ask { cut, ..ask_form(path, seen_model("at-openai")) };
        let seen = rig("[]").play(&asked, &[Answer::json(200, answer)]);
        assert_eq!(seen.status, 200, "{}", seen.text());
        let sent = &seen.sent[0];
        assert_eq!(sent.body, seen_model("real"), "{path}");
        assert_eq!(sent.headers.get("content-type"), Some("multipart/form-data; boundary=B0"));
        assert_eq!(sent.headers.get(":path"), Some(to));
        assert_eq!(seen.text(), answer);
        assert_eq!(
            (&seen.record["gen_ai.usage.input_tokens"], &seen.record["gen_ai.usage.output_tokens"]),
            (&json!(14), &json!(45))
        );
    }
    // Azure's clients say the deployment in the path.
    let path = "/openai/deployments/at-openai/audio/transcriptions?api-version=1";
    let seen = rig("[]").play(&ask_form(path, form(&[("language", "en")])), &[Answer::json(200, answer)]);
    assert_eq!(seen.sent[0].body, form(&[("model", "real"), ("language", "en")]));
}

#[test]
fn a_form_that_two_readers_could_read_otherwise_reaches_nobody() {
    let rows = [
        (
            form(&[("model", "same"), ("model", "at-openai")]),
            "the body is not an acceptable form: two parts of the form have one name",
        ),
        (form(&[]), "model: expected the name of a model"),
        (form(&[("model", "")]), "model: expected the name of a model"),
        (b"--B0--".to_vec(), "model: expected the name of a model"),
        (b"{}".to_vec(), "the body is not an acceptable form: expected the form's first boundary at its start"),
        (form(&[("model", "same"), ("stream", "maybe")]), "stream: expected true or false"),
    ];
    for (body, message) in rows {
        let seen = rig("[]").play(&ask_form("/v1/audio/transcriptions", body), &[Answer::json(200, "{}")]);
        assert_eq!((seen.status, seen.sent.len(), seen.message().as_str()), (400, 0, message));
    }
    let bare =
        ask("/v1/audio/transcriptions", form(&[("model", "same")])).header("content-type", "multipart/form-data");
    let seen = rig("[]").play(&bare, &[]);
    assert_eq!(
        seen.message(),
        "the body is not an acceptable form: its content-type names no boundary that could be used"
    );
    // A form is no chat.
    let seen = rig("[]").play(&ask_form("/v1/chat/completions", form(&[("model", "same")])), &[]);
    assert_eq!(seen.message(), "the body is not acceptable JSON: expected a digit at byte 1");
}

#[test]
fn what_redaction_cannot_read_is_refused_unless_the_operator_says_otherwise() {
    let asked = ask_form("/v1/audio/transcriptions", form(&[("model", "same"), ("prompt", "to jo@planted.example")]));
    let answer = [Answer::json(200, r#"{"text":"x"}"#)];
    let seen = rig(r#"[{"redact":{}}]"#).play(&asked, &answer);
    assert_eq!((seen.status, seen.sent.len()), (400, 0));
    assert_eq!(seen.json()["error"]["code"], "unreadable_content");
    assert_eq!(seen.message(), "a file in the form cannot be checked for personal data, and only what is may leave");
    assert_eq!(seen.headers.get("x-postern-policy"), Some("redact:unreadable=refuse"));
    let seen = rig(r#"[{"redact":{"unreadable":"allow"}}]"#).play(&asked, &answer);
    assert_eq!(seen.sent[0].body, form(&[("model", "same"), ("prompt", "to <EMAIL_ADDRESS>")]));
    assert_eq!(seen.sent[0].headers.get("content-length"), Some(seen.sent[0].body.len().to_string().as_str()));
    let seen = rig(r#"[{"redact":{"mode":"audit"}}]"#).play(&asked, &answer);
    assert_eq!(seen.sent[0].body, asked.body);
    let found: Vec<_> = seen.record["postern.policies"].as_array().unwrap().iter().map(|row| &row["found"]).collect();
    assert_eq!(found, ["unreadable", "EMAIL_ADDRESS"]);
    // JSON has no file in it.
    let body = r#"{"model":"same","prompt":"a picture of jo@planted.example"}"#;
    let seen = rig(r#"[{"redact":{}}]"#).play(&ask("/v1/images/generations", body), &[Answer::json(200, "{}")]);
    assert_eq!(sent(&seen), body.replace("jo@planted.example", "<EMAIL_ADDRESS>"));
}

#[test]
fn sound_and_pictures_go_by_as_they_come() {
    let sound = Answer::Is {
        status: 200,
        headers: vec![("content-type", "audio/mpeg".to_owned()), ("set-cookie", "a".to_owned())],
        chunks: vec![b"\xff\xfb\x90".to_vec(), b"\0\0".to_vec(), b"\n".to_vec()],
    };
    let body = r#"{"model":"at-openai","voice":"alloy","input":"Read this out loud, please"}"#;
    let asked = ask("/v1/audio/speech", body).header("accept", "application/octet-stream");
    let seen = rig("[]").play(&asked, std::slice::from_ref(&sound));
    assert_eq!((seen.body.as_slice(), seen.complete), (&b"\xff\xfb\x90\0\0\n"[..], true));
    assert_eq!(seen.headers.get("content-type"), Some("audio/mpeg"));
    assert_eq!(seen.headers.get("set-cookie"), None);
    assert_eq!(seen.sent[0].headers.get("accept"), Some("application/octet-stream"));
    assert_eq!(sent(&seen), body.replace("at-openai", "real"));
    assert_eq!(seen.record["postern.usage.estimated"], true, "what is read out is what it costs");
    // The first chunk is with the client before the second is there.
    let all = seen.callbacks;
    let seen = rig("[]").play_until(&asked, &[sound], all - 3);
    assert_eq!((seen.body.as_slice(), seen.complete), (&b"\xff\xfb\x90"[..], false), "{all}");
    let usage = r#""usage":{"input_tokens":50,"output_tokens":1000,"total_tokens":1050,"input_tokens_details":{"text_tokens":50,"image_tokens":0}}"#;
    let picture = format!(r#"{{"created":1,"data":[{{"b64_json":"{}"}}],{usage}}}"#, "A".repeat(5000));
    let chunks = picture.as_bytes().chunks(999).map(<[u8]>::to_vec).collect();
    let answer = Answer::Is { status: 200, headers: vec![("content-type", "application/json".to_owned())], chunks };
    let seen = rig("[]").play(&ask("/v1/images/generations", r#"{"model":"same","prompt":"a cat"}"#), &[answer]);
    assert_eq!(seen.text(), picture);
    assert_eq!(
        (&seen.record["gen_ai.usage.input_tokens"], &seen.record["gen_ai.usage.output_tokens"]),
        (&json!(50), &json!(1000))
    );
    // Whoever does not count in tokens is not said to.
    let seen = rig("[]").play(
        &ask("/v1/images/generations", r#"{"model":"same","prompt":"a cat"}"#),
        &[Answer::json(200, r#"{"data":[]}"#)],
    );
    assert_eq!(seen.record["gen_ai.usage.input_tokens"], serde_json::Value::Null);
}

#[test]
fn streams_of_pictures_and_sound_tell_their_usage_and_never_end_silently() {
    let partial = "event: image_generation.partial_image\ndata: {\"type\":\"image_generation.partial_image\",\"b64_json\":\"AA\"}\n\n";
    let done = "event: image_generation.completed\ndata: {\"type\":\"image_generation.completed\",\"b64_json\":\"AA\",\"usage\":{\"input_tokens\":5,\"output_tokens\":6}}\n\n";
    let asked = ask("/v1/images/generations", r#"{"model":"same","prompt":"a cat","stream":true}"#);
    let whole = format!("{partial}{done}");
    for cut in [1, 7, 1000] {
        let chunks: Vec<_> = whole.as_bytes().chunks(cut).map(<[u8]>::to_vec).collect();
        let seen = rig("[]").play(&asked, &[Answer::stream(chunks)]);
        assert_eq!(seen.text(), whole);
        assert_eq!(seen.record["gen_ai.usage.output_tokens"], 6);
        assert_eq!(seen.record["error.type"], serde_json::Value::Null);
    }
    let seen = rig("[]").play(&asked, &[Answer::stream(vec![partial.as_bytes().to_vec()])]);
    let told = seen.text().strip_prefix(partial).unwrap().to_owned();
    assert!(
        told.starts_with("event: error\ndata: {\"error\":{\"message\":\"the provider's stream ended before its end\""),
        "{told}"
    );
    assert_eq!(seen.record["error.type"], "stream_cut");
    let failed = "data: {\"type\":\"error\",\"error\":{\"message\":\"no\"}}\n\n";
    let seen = rig("[]").play(&asked, &[Answer::stream(vec![failed.into()])]);
    assert_eq!((seen.text().as_str(), &seen.record["error.type"]), (failed, &json!("provider")));
    let spoken = "data: {\"type\":\"transcript.text.delta\",\"delta\":\"I\"}\n\ndata: {\"type\":\"transcript.text.done\",\"text\":\"I\",\"usage\":{\"input_tokens\":3,\"output_tokens\":1}}\n\n";
    let asked = ask_form("/v1/audio/transcriptions", form(&[("model", "same"), ("stream", "True")]));
    let seen = rig("[]").play(&asked, &[Answer::stream(vec![spoken.into()])]);
    assert_eq!((seen.text().as_str(), &seen.record["gen_ai.usage.input_tokens"]), (spoken, &json!(3)));
    assert_eq!(seen.record["gen_ai.request.stream"], true);
}

#[test]
fn errors_of_these_are_errors_like_any_other() {
    let quoted = format!(
        r#"{{"error":{{"message":"key {PROVIDER_KEY}-openai is over its limit","type":"requests","code":"rate_limit_exceeded"}}}}"#
    );
    let asked = ask("/v1/audio/speech", r#"{"model":"same","voice":"alloy","input":"x"}"#);
    let seen = rig("[]").play(&asked, &[Answer::json(429, quoted)]);
    assert_eq!((seen.status, seen.message().as_str()), (429, "key *** is over its limit"));
    assert_eq!(seen.record["gen_ai.usage.input_tokens"], serde_json::Value::Null);
    let page = Answer::Is {
        status: 502,
        headers: vec![("content-type", "text/html".to_owned())],
        chunks: vec![b"<html>".to_vec()],
    };
    let seen = rig("[]").play(&asked, &[page]);
    assert_eq!((seen.status, seen.json()["error"].is_object()), (502, true), "{}", seen.text());
    let inside = r#"{"error":{"message":"bad","type":"server_error"}}"#;
    let seen = rig("[]").play(&ask("/v1/embeddings", r#"{"model":"same","input":"a"}"#), &[Answer::json(200, inside)]);
    assert_eq!(seen.status, 502, "{}", seen.text());
}

#[test]
fn a_moderation_may_leave_its_model_out() {
    let answer = r#"{"id":"modr-1","model":"omni-moderation-latest","results":[{"flagged":false}]}"#;
    let seen = rig("[]").play(&ask("/v1/moderations", r#"{"input":"I am nice"}"#), &[Answer::json(200, answer)]);
    assert_eq!((sent(&seen).as_str(), seen.text().as_str()), (r#"{"input":"I am nice"}"#, answer));
    assert_eq!(seen.record["gen_ai.request.model"], "omni-moderation-latest");
}

#[test]
fn tokens_are_counted_by_the_provider_or_guessed_and_said_to_be() {
    let body = |model: &str| {
        format!(
            r#"{{"model":"{model}","system":"Be brief","messages":[{{"role":"user","content":"{}"}}]}}"#,
            "x".repeat(400)
        )
    };
    let limited = r#"[{"limit":{"tokens_per_minute":1}}]"#;
    let told = r#"{"input_tokens":2095}"#;
    let seen = rig(limited).play(&ask("/v1/messages/count_tokens", body("at-anthropic")), &[Answer::json(200, told)]);
    assert_eq!((seen.text().as_str(), seen.headers.get("x-postern-estimated")), (told, None));
    assert_eq!(sent(&seen), body("real"));
    // Vertex counts under a path of its own, and has the model in the body.
    let vertex = body("at-vertex_anthropic");
    let seen = rig(limited).play(&ask("/v1/messages/count_tokens", vertex), &[Answer::json(200, told)]);
    assert_eq!((seen.text().as_str(), seen.headers.get("x-postern-estimated")), (told, None));
    let path = seen.sent[0].headers.get(":path").unwrap();
    assert!(path.ends_with("/publishers/anthropic/models/count-tokens:rawPredict"), "{path}");
    let whole = body("real").replacen('{', r#"{"anthropic_version":"vertex-2023-10-16","#, 1);
    assert_eq!(sent(&seen), whole);
    let rig = rig(limited);
    let counting = ["anthropic", "azure_anthropic", "vertex_anthropic"];
    for preset in PRESETS.iter().filter(|preset| !counting.contains(&preset.name)) {
        let model = format!("at-{}", preset.name);
        let seen = rig.play(&ask("/v1/messages/count_tokens", body(&model)), &[Answer::json(200, "{}")]);
        assert_eq!((seen.status, seen.sent.len()), (200, 0), "{}: {}", preset.name, seen.text());
        assert_eq!(seen.text(), r#"{"input_tokens":110,"estimated":true}"#);
        assert_eq!(seen.headers.get("x-postern-estimated"), Some("true"));
        assert_eq!(seen.record["gen_ai.usage.input_tokens"], serde_json::Value::Null, "counting costs nothing");
    }
    let body = format!(r#"{{"contents":[{{"role":"user","parts":[{{"text":"{}"}}]}}]}}"#, "x".repeat(400));
    let seen = rig.play(&ask("/v1beta/models/at-openai:countTokens", body.clone()), &[Answer::json(200, "{}")]);
    assert_eq!((seen.status, seen.text().as_str()), (200, r#"{"totalTokens":104}"#));
    assert_eq!(seen.headers.get("x-postern-estimated"), Some("true"), "Google's client refuses what it does not know");
    let told = r#"{"totalTokens":31}"#;
    let seen = rig.play(&ask("/v1beta/models/at-gemini:countTokens", body), &[Answer::json(200, told)]);
    assert_eq!(
        (seen.text().as_str(), seen.sent[0].headers.get(":path")),
        (told, Some("/v1beta/models/real:countTokens"))
    );
}

#[test]
fn every_embedding_provider_is_asked_in_its_own_words_and_answers_in_the_clients() {
    // The preset, the model there, its path, its body for one text, and what it says.
    type Row = (&'static str, &'static str, &'static str, &'static str, &'static str);
    let rows: &[Row] = &[
        (
            "gemini",
            "gemini-embedding-001",
            "/v1beta/models/gemini-embedding-001:batchEmbedContents",
            r#"{"requests":[{"model":"models/gemini-embedding-001","content":{"parts":[{"text":"a"}]},"taskType":"RETRIEVAL_DOCUMENT"}]}"#,
            r#"{"embeddings":[{"values":[0.5]}]}"#,
        ),
        (
            "vertex_gemini",
            "text-embedding-005",
            "/v1/projects/x/locations/x/publishers/google/models/text-embedding-005:predict",
            r#"{"instances":[{"content":"a","task_type":"RETRIEVAL_DOCUMENT"}]}"#,
            r#"{"predictions":[{"embeddings":{"values":[0.5],"statistics":{"token_count":1}}}]}"#,
        ),
        (
            "aws.bedrock",
            "amazon.titan-embed-text-v2:0",
            "/model/amazon.titan-embed-text-v2:0/invoke",
            r#"{"inputText":"a"}"#,
            r#"{"embedding":[0.5],"inputTextTokenCount":1}"#,
        ),
        (
            "aws.bedrock",
            "cohere.embed-multilingual-v3",
            "/model/cohere.embed-multilingual-v3/invoke",
            r#"{"texts":["a"],"input_type":"search_document","embedding_types":["float"]}"#,
            r#"{"id":"i","embeddings":{"float":[[0.5]]},"texts":["a"]}"#,
        ),
        (
            "mistral",
            "mistral-embed",
            "/v1/embeddings",
            r#"{"model":"mistral-embed","input":["a"],"encoding_format":"float"}"#,
            r#"{"data":[{"index":0,"embedding":[0.5]}],"usage":{"prompt_tokens":1,"total_tokens":1,"completion_tokens":0}}"#,
        ),
        (
            "ollama_native",
            "nomic-embed-text",
            "/api/embed",
            r#"{"model":"nomic-embed-text","input":["a"]}"#,
            r#"{"model":"nomic-embed-text","embeddings":[[0.5]],"prompt_eval_count":1}"#,
        ),
        (
            "azure_openai_deployments",
            "embed-small",
            "/openai/deployments/embed-small/embeddings",
            r#"{"model":"embed-small","input":"a"}"#,
            r#"{"data":[{"index":0,"embedding":[0.5]}],"usage":{"prompt_tokens":1,"total_tokens":1}}"#,
        ),
    ];
    for (preset, model, path, body, answer) in rows {
        let mut rig = rig("[]");
        let gateway = json!({"version": 1, "gateway": {
            "tenants": [{"id": "acme", "keys": [{"id": "first", "sha256": CLIENT_KEY_SHA256}]}],
            "models": [{"name": "embed", "targets": [{"cluster": preset, "model": model}]}],
        }});
        rig.gateway =
            Some(configure(&rig.host, gateway.to_string().as_bytes()).unwrap_or_else(|error| panic!("{error}")));
        let seen = rig.play(&ask("/v1/embeddings", r#"{"model":"embed","input":"a"}"#), &[Answer::json(200, *answer)]);
        assert_eq!(seen.status, 200, "{preset}: {}", seen.text());
        let sent_path = seen.sent[0].headers.get(":path").unwrap().split('?').next().unwrap();
        assert_eq!((sent_path, sent(&seen).as_str()), (*path, *body), "{preset}");
        assert_eq!(seen.json()["data"][0]["embedding"], json!([0.5]), "{preset}");
        // Google's batches do not count, and Bedrock tells it in a header that Cohere's answer has not here.
        let told = *preset != "gemini" && !model.starts_with("cohere");
        assert_eq!(seen.record["gen_ai.usage.input_tokens"].as_u64(), told.then_some(1).or(Some(8)), "{preset}");
        assert_eq!(seen.record["postern.usage.estimated"], !told, "{preset}");
    }
}

#[test]
fn a_completion_passes_to_who_has_them_and_is_a_chat_turn_elsewhere() {
    let body = r#"{ "prompt":["Once","Twice"],"model":"at-openai","echo":true , "best_of":2}"#;
    let answer = r#"{"id":"cmpl-1","object":"text_completion","model":"m","choices":[{"text":" upon","index":0,"logprobs":null,"finish_reason":"length"}],"usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}}"#;
    let seen = rig("[]").play(&ask("/v1/completions", body), &[Answer::json(200, answer)]);
    assert_eq!((sent(&seen), seen.text().as_str()), (body.replace("at-openai", "real"), answer));
    assert_eq!(seen.sent[0].headers.get(":path"), Some("/v1/completions"));
    assert_eq!(seen.record["gen_ai.operation.name"], "text_completion");
    assert_eq!(
        (&seen.record["gen_ai.usage.output_tokens"], &seen.record["gen_ai.response.finish_reasons"]),
        (&json!(2), &json!(["length"]))
    );
    let body = |model: &str, stream: bool| {
        format!(r#"{{"model":"{model}","prompt":"Once","max_tokens":30,"stream":{stream}}}"#)
    };
    let message = crate::play::fixture("anthropic_messages", "text.json");
    let seen = rig("[]").play(&ask("/v1/completions", body("at-anthropic", false)), &[Answer::json(200, message)]);
    assert_eq!(seen.sent[0].headers.get(":path"), Some("/v1/messages"));
    assert_eq!(seen.sent[0].json()["messages"], json!([{"role": "user", "content": "Once"}]));
    assert_eq!(
        (seen.json()["object"].as_str(), seen.json()["choices"][0]["finish_reason"].as_str()),
        (Some("text_completion"), Some("stop"))
    );
    let whole = seen.json()["choices"][0]["text"].as_str().unwrap().to_owned();
    assert!(!whole.is_empty());
    for cut in [1, 30, 100_000] {
        let stream = crate::play::fixture("anthropic_messages", "text.sse");
        let chunks = stream.chunks(cut).map(<[u8]>::to_vec).collect();
        let seen = rig("[]").play(&ask("/v1/completions", body("at-anthropic", true)), &[Answer::stream(chunks)]);
        let text = seen.text();
        let events: Vec<serde_json::Value> =
            text.lines().filter_map(|line| serde_json::from_str(line.strip_prefix("data: ")?).ok()).collect();
        let pieces: String = events.iter().filter_map(|event| event["choices"][0]["text"].as_str()).collect();
        assert_eq!(
            (pieces.as_str(), text.ends_with("data: [DONE]\n\n")),
            (whole.as_str(), true),
            "cut at {cut}: {text}"
        );
        assert_eq!(seen.record["postern.usage.estimated"], false);
    }
    // Usage is asked for on a stream and shown to nobody who did not.
    let usage = "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":2}}\n\n";
    let stream = format!(
        "data: {{\"choices\":[{{\"text\":\"a\",\"index\":0,\"finish_reason\":\"stop\"}}]}}\n\n{usage}data: [DONE]\n\n"
    );
    let seen =
        rig("[]").play(&ask("/v1/completions", body("same", true)), &[Answer::stream(vec![stream.clone().into()])]);
    assert_eq!(seen.sent[0].json()["stream_options"], json!({"include_usage": true}));
    assert_eq!(seen.text(), stream.replace(usage, ""));
    assert_eq!(seen.record["gen_ai.usage.output_tokens"], 2);
    let refused = rig("[]").play(
        &ask("/v1/completions", r#"{"model":"at-anthropic","prompt":"a","suffix":"b"}"#),
        &[Answer::json(200, "{}")],
    );
    assert_eq!(
        (refused.status, refused.sent.len(), refused.json()["error"]["param"].as_str()),
        (400, 0, Some("suffix"))
    );
    let redacted = rig(r#"[{"redact":{}}]"#);
    let seen = redacted.play(
        &ask("/v1/completions", r#"{"model":"same","prompt":["to jo@planted.example"]}"#),
        &[Answer::json(200, answer)],
    );
    assert_eq!(sent(&seen), r#"{"model":"same","prompt":["to <EMAIL_ADDRESS>"]}"#);
}
