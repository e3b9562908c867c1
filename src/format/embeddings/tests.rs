use super::*;
use crate::format::Quirks;

/// A client's body for a provider: the new body and what was lost, or the error's path and message.
fn translated(from: &str, to: &str, model: &str, body: &str) -> Result<(String, Vec<String>), String> {
    let doc = Doc::parse(body.as_bytes()).unwrap();
    let told = |error: ApiError| format!("{}|{}", error.param.unwrap_or_default(), error.message);
    let request = find(from).unwrap().read_request(&doc).map_err(told)?;
    let mut loss = Loss::default();
    let target = Target { model, quirks: &Quirks::DEFAULT };
    let written = translate(&request, find(to).unwrap(), &target, &mut loss).map_err(told)?;
    Doc::parse(&written).unwrap();
    Ok((String::from_utf8(written).unwrap(), loss.0))
}

#[test]
fn a_request_becomes_what_the_provider_calls_it() {
    const OPENAI: &str = r#"{"model":"m","input":["a","b\n"],"dimensions":256,"encoding_format":"base64","user":"u","input_type":"search_query"}"#;
    const COHERE: &str = r#"{"model":"m","texts":["a","b\n"],"input_type":"classification","output_dimension":256,
        "embedding_types":["float","base64"],"truncate":"END"}"#;
    const GEMINI: &str = r#"{"requests":[
        {"model":"models/m","content":{"parts":[{"text":"a"}]},"taskType":"SEMANTIC_SIMILARITY","title":"t"},
        {"model":"models/m","content":{"role":"user","parts":[{"text":"b"},{"text":"\n"}]},"taskType":"SEMANTIC_SIMILARITY","title":"t"}]}"#;
    const OLLAMA: &str = r#"{"model":"m","input":["a","b\n"],"truncate":true,"keep_alive":"5m"}"#;
    type Row<'r> = (&'r str, &'r str, &'r str, &'r str, &'r [&'r str]);
    let rows: &[Row<'_>] = &[
        (
            "openai_embeddings",
            OPENAI,
            "cohere_embed",
            r#"{"model":"x","texts":["a","b\n"],"input_type":"search_query","embedding_types":["float"],"output_dimension":256}"#,
            &["user"],
        ),
        (
            "openai_embeddings",
            OPENAI,
            "mistral_embeddings",
            r#"{"model":"x","input":["a","b\n"],"output_dimension":256,"encoding_format":"base64"}"#,
            &["input_type", "user"],
        ),
        (
            "openai_embeddings",
            OPENAI,
            "gemini_batch_embed",
            r#"{"requests":[{"model":"models/x","content":{"parts":[{"text":"a"}]},"taskType":"RETRIEVAL_QUERY","outputDimensionality":256},{"model":"models/x","content":{"parts":[{"text":"b\n"}]},"taskType":"RETRIEVAL_QUERY","outputDimensionality":256}]}"#,
            &["user"],
        ),
        (
            "openai_embeddings",
            OPENAI,
            "gemini_predict",
            r#"{"instances":[{"content":"a","task_type":"RETRIEVAL_QUERY"},{"content":"b\n","task_type":"RETRIEVAL_QUERY"}],"parameters":{"outputDimensionality":256}}"#,
            &["user"],
        ),
        (
            "openai_embeddings",
            OPENAI,
            "ollama_embed",
            r#"{"model":"x","input":["a","b\n"],"dimensions":256}"#,
            &["input_type", "user"],
        ),
        (
            "openai_embeddings",
            r#"{"input":"a"}"#,
            "gemini_embed",
            r#"{"model":"models/x","content":{"parts":[{"text":"a"}]},"taskType":"RETRIEVAL_DOCUMENT"}"#,
            &[],
        ),
        (
            "openai_embeddings",
            r#"{"input":"a","task_type":"query","x":1}"#,
            "cohere_embed",
            r#"{"model":"x","texts":["a"],"input_type":"search_query","embedding_types":["float"]}"#,
            &["x"],
        ),
        (
            "openai_embeddings",
            r#"{"input":"a","input_type":"strange"}"#,
            "cohere_embed",
            r#"{"model":"x","texts":["a"],"input_type":"search_document","embedding_types":["float"]}"#,
            &["input_type"],
        ),
        (
            "cohere_embed",
            COHERE,
            "openai_embeddings",
            r#"{"model":"x","input":["a","b\n"],"dimensions":256,"encoding_format":"base64"}"#,
            &["input_type", "truncate"],
        ),
        (
            "cohere_embed",
            COHERE,
            "gemini_predict",
            r#"{"instances":[{"content":"a","task_type":"CLASSIFICATION"},{"content":"b\n","task_type":"CLASSIFICATION"}],"parameters":{"outputDimensionality":256,"autoTruncate":true}}"#,
            &[],
        ),
        (
            "cohere_embed",
            r#"{"inputs":[{"content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]}],"input_type":"image","truncate":"START"}"#,
            "gemini_predict",
            r#"{"instances":[{"content":"ab","task_type":"RETRIEVAL_DOCUMENT"}],"parameters":{}}"#,
            &["input_type", "truncate"],
        ),
        (
            "gemini_batch_embed",
            GEMINI,
            "cohere_embed",
            r#"{"model":"x","texts":["a","b\n"],"input_type":"search_document","embedding_types":["float"]}"#,
            &["title", "taskType"],
        ),
        (
            "gemini_embed",
            r#"{"content":{"parts":[{"text":"a"}]},"outputDimensionality":8}"#,
            "openai_embeddings",
            r#"{"model":"x","input":["a"],"dimensions":8,"encoding_format":"float"}"#,
            &[],
        ),
        (
            "ollama_embed",
            OLLAMA,
            "openai_embeddings",
            r#"{"model":"x","input":["a","b\n"],"encoding_format":"float"}"#,
            &["truncate", "keep_alive"],
        ),
        (
            "ollama_embed",
            r#"{"input":"a","truncate":false}"#,
            "cohere_embed",
            r#"{"model":"x","texts":["a"],"input_type":"search_document","embedding_types":["float"],"truncate":"NONE"}"#,
            &[],
        ),
    ];
    for (from, body, to, want, lost) in rows {
        let (got, loss) = translated(from, to, "x", body).unwrap();
        assert_eq!(got, *want, "{from} to {to}");
        assert_eq!(loss, *lost, "{from} to {to}");
    }
}

#[test]
fn bedrocks_bodies_are_those_of_the_models_makers() {
    let rows: &[(&str, &str, Result<&str, &str>)] = &[
        (
            r#"{"input":"a","dimensions":512}"#,
            "amazon.titan-embed-text-v2:0",
            Ok(r#"{"inputText":"a","dimensions":512}"#),
        ),
        (r#"{"input":["a"]}"#, "us.amazon.titan-embed-text-v2:0", Ok(r#"{"inputText":"a"}"#)),
        (
            r#"{"input":"a","dimensions":256}"#,
            "amazon.titan-embed-image-v1",
            Ok(r#"{"inputText":"a","embeddingConfig":{"outputEmbeddingLength":256}}"#),
        ),
        (
            r#"{"input":["a","b"],"dimensions":512}"#,
            "cohere.embed-v4:0",
            Ok(
                r#"{"texts":["a","b"],"input_type":"search_document","embedding_types":["float"],"output_dimension":512}"#,
            ),
        ),
        (
            r#"{"input":"a","dimensions":256}"#,
            "amazon.nova-2-multimodal-embeddings-v1:0",
            Ok(
                r#"{"taskType":"SINGLE_EMBEDDING","singleEmbeddingParams":{"embeddingPurpose":"GENERIC_INDEX","embeddingDimension":256,"text":{"truncationMode":"END","value":"a"}}}"#,
            ),
        ),
        (
            r#"{"input":["a","b"]}"#,
            "amazon.titan-embed-text-v2:0",
            Err("input|input: this model's provider embeds one text a call, got 2; send one at a time"),
        ),
        (
            r#"{"input":"a"}"#,
            "arn:aws:bedrock:x:1:application-inference-profile/7",
            Err(
                "model|model: `arn:aws:bedrock:x:1:application-inference-profile/7` is not known to embed: of Bedrock's models Titan, Nova and Cohere do",
            ),
        ),
    ];
    for (body, model, want) in rows {
        let got = translated("openai_embeddings", "bedrock_embed", model, body);
        let got = got.map(|(body, loss)| {
            assert!(loss.is_empty(), "{body}: {loss:?}");
            body
        });
        assert_eq!(got.as_deref().map_err(String::as_str), *want, "{body} {model}");
    }
}

#[test]
fn what_cannot_be_embedded_there_is_refused_by_its_path() {
    let rows = [
        (
            "openai_embeddings",
            "cohere_embed",
            r#"{"input":[1,2]}"#,
            "input[0]|input[0]: token ids, which only OpenAI's own models can read; send text",
        ),
        (
            "openai_embeddings",
            "mistral_embeddings",
            r#"{"input":[[1],[2]]}"#,
            "input[0]|input[0]: token ids, which only OpenAI's own models can read; send text",
        ),
        ("openai_embeddings", "cohere_embed", "{}", "input|input: missing"),
        (
            "openai_embeddings",
            "cohere_embed",
            r#"{"input":[]}"#,
            "input|input: expected at least one text, got an empty array",
        ),
        (
            "openai_embeddings",
            "cohere_embed",
            r#"{"input":7}"#,
            "input|input: expected a text or an array, got a number",
        ),
        (
            "openai_embeddings",
            "cohere_embed",
            r#"{"input":["a",7]}"#,
            "input[1]|input[1]: expected a string, got a number",
        ),
        (
            "openai_embeddings",
            "cohere_embed",
            r#"{"input":[1,"a"]}"#,
            "input[1]|input[1]: expected a number, got a string",
        ),
        (
            "openai_embeddings",
            "cohere_embed",
            r#"{"input":[[1],["a"]]}"#,
            "input[1][0]|input[1][0]: expected a number, got a string",
        ),
        (
            "openai_embeddings",
            "cohere_embed",
            r#"{"input":"a","dimensions":"8"}"#,
            "dimensions|dimensions: expected a number, got a string",
        ),
        (
            "cohere_embed",
            "openai_embeddings",
            r#"{"images":["data:image/png;base64,AA=="],"input_type":"image"}"#,
            "texts[0]|texts[0]: no text, and this model's provider embeds only text for clients of another shape",
        ),
        (
            "cohere_embed",
            "openai_embeddings",
            r#"{"texts":["a"],"embedding_types":["int8"]}"#,
            "embedding_types|embedding_types: this model's provider has no int8 vectors",
        ),
        ("cohere_embed", "openai_embeddings", r#"{"texts":"a"}"#, "texts|texts: expected an array, got a string"),
        (
            "cohere_embed",
            "openai_embeddings",
            r#"{"texts":["a"],"truncate":"MIDDLE"}"#,
            "truncate|truncate: expected one of NONE, START, END, got \"MIDDLE\"",
        ),
        (
            "cohere_embed",
            "openai_embeddings",
            r#"{"inputs":[{"content":[{"type":"text"}]}]}"#,
            "inputs[0].content[0].text|inputs[0].content[0].text: missing",
        ),
        (
            "gemini_batch_embed",
            "openai_embeddings",
            r#"{"requests":[{"content":{"parts":[{"inlineData":{}}]}}]}"#,
            "requests[0]|requests[0]: no text, and this model's provider embeds only text for clients of another shape",
        ),
        (
            "gemini_batch_embed",
            "openai_embeddings",
            r#"{"requests":[{"content":{"parts":[{"text":"a"}]},"taskType":"CLUSTERING"},{"content":{"parts":[{"text":"a"}]}}]}"#,
            "requests|requests: this model's provider treats all texts of a call alike",
        ),
        (
            "gemini_batch_embed",
            "openai_embeddings",
            r#"{"requests":[]}"#,
            "requests|requests: expected at least one text, got an empty array",
        ),
        (
            "gemini_embed",
            "openai_embeddings",
            r#"{"content":{"parts":[{"text":7}]}}"#,
            "content.parts[0].text|content.parts[0].text: expected a string, got a number",
        ),
        (
            "openai_embeddings",
            "gemini_embed",
            r#"{"input":["a","b","c"]}"#,
            "input|input: this model's provider embeds one text a call, got 3; send one at a time",
        ),
    ];
    for (from, to, body, want) in rows {
        assert_eq!(translated(from, to, "x", body).unwrap_err(), want, "{body}");
    }
}

/// What a provider's answer becomes for a client who sent that body.
fn answered(from: &str, to: &str, asked: &str, headers: &[(&str, &str)], answer: &str) -> Result<String, String> {
    let doc = Doc::parse(asked.as_bytes()).unwrap();
    let client = find(to).unwrap();
    let wish = client.read_request(&doc).unwrap().wish();
    let headers = headers.iter().copied().collect();
    let answer = find(from).unwrap().read_answer(&headers, answer.as_bytes()).ok_or("no answer")?;
    let ask = Ask { model: "alias".to_owned(), fallback_id: "made-up".to_owned(), ..Ask::default() };
    let written = translate_answer(&answer, client, &wish, &ask).map_err(|error| error.message)?;
    Doc::parse(&written).unwrap();
    Ok(String::from_utf8(written).unwrap())
}

const ASKED: &[(&str, &str)] = &[
    ("openai_embeddings", r#"{"input":["a","b"]}"#),
    ("openai_embeddings", r#"{"input":["a","b"],"encoding_format":"base64"}"#),
    ("cohere_embed", r#"{"texts":["a","\u0062"],"embedding_types":["base64","float"]}"#),
    ("cohere_embed_v1", r#"{"texts":["a","b"]}"#),
    ("cohere_embed_v1", r#"{"texts":["a","b"],"embedding_types":["float"]}"#),
    (
        "gemini_batch_embed",
        r#"{"requests":[{"content":{"parts":[{"text":"a"}]}},{"content":{"parts":[{"text":"b"}]}}]}"#,
    ),
    ("ollama_embed", r#"{"input":["a","b"]}"#),
];

/// The same two vectors of 7 tokens as each provider tells them.
const TOLD: &[(&str, &[(&str, &str)], &str)] = &[
    (
        "openai_embeddings",
        &[],
        r#"{"object":"list","data":[{"object":"embedding","index":1,"embedding":[-1.5,2]},{"object":"embedding","index":0,"embedding":[0.5, 1]}],"usage":{"prompt_tokens":7,"total_tokens":7}}"#,
    ),
    (
        "openai_embeddings",
        &[],
        r#"{"data":[{"embedding":"AAAAPwAAgD8="},{"embedding":"AADAvwAAAEA="}],"usage":{"total_tokens":7}}"#,
    ),
    (
        "cohere_embed",
        &[],
        r#"{"id":"made-up","texts":["a","b"],"embeddings":{"float":[[0.5, 1],[-1.5,2]],"int8":null},"meta":{"api_version":{"version":"2"},"billed_units":{"input_tokens":7.0}}}"#,
    ),
    (
        "gemini_batch_embed",
        &[],
        r#"{"embeddings":[{"values":[0.5, 1]},{"values":[-1.5,2]}],"usageMetadata":{"promptTokenCount":7}}"#,
    ),
    (
        "gemini_predict",
        &[],
        r#"{"predictions":[{"embeddings":{"values":[0.5, 1],"statistics":{"token_count":3,"truncated":false}}},{"embeddings":{"statistics":{"token_count":4.0},"values":[-1.5,2]}}],"metadata":{"billableCharacterCount":2}}"#,
    ),
    (
        "bedrock_embed",
        &[("x-amzn-bedrock-input-token-count", "7")],
        r#"{"id":"made-up","embeddings":[[0.5, 1],[-1.5,2]],"response_type":"embeddings_floats","texts":["a","b"]}"#,
    ),
    (
        "bedrock_embed",
        &[("x-amzn-bedrock-input-token-count", "7")],
        r#"{"embeddings":[{"embeddingType":"TEXT","embedding":[0.5, 1]},{"embeddingType":"TEXT","embedding":[-1.5,2]}]}"#,
    ),
    (
        "ollama_embed",
        &[],
        r#"{"model":"alias","embeddings":[[0.5, 1],[-1.5,2]],"total_duration":1,"prompt_eval_count":7}"#,
    ),
];

#[test]
fn every_provider_says_the_same_to_every_client() {
    for (client, asked) in ASKED {
        let mut first: Option<serde_json::Value> = None;
        for (provider, headers, answer) in TOLD {
            let got = answered(provider, client, asked, headers, answer).unwrap();
            let got: serde_json::Value = serde_json::from_str(&got).unwrap();
            // `1` and `1.0` are one number; only the text differs where vectors were unpacked.
            let floats = |text: String| text.replace("1.0]", "1]").replace("2.0]", "2]");
            let seen = floats(got.to_string());
            let want = first.get_or_insert_with(|| got.clone()).to_string();
            assert_eq!(seen, floats(want), "{client} from {provider}");
        }
    }
}

#[test]
fn an_answer_has_what_each_client_reads() {
    let (_, headers, answer) = TOLD[2];
    let rows = [
        r#"{"object":"list","data":[{"object":"embedding","index":0,"embedding":[0.5, 1]},{"object":"embedding","index":1,"embedding":[-1.5,2]}],"model":"alias","usage":{"prompt_tokens":7,"total_tokens":7}}"#,
        r#"{"object":"list","data":[{"object":"embedding","index":0,"embedding":"AAAAPwAAgD8="},{"object":"embedding","index":1,"embedding":"AADAvwAAAEA="}],"model":"alias","usage":{"prompt_tokens":7,"total_tokens":7}}"#,
        r#"{"id":"made-up","embeddings":{"base64":["AAAAPwAAgD8=","AADAvwAAAEA="],"float":[[0.5, 1],[-1.5,2]]},"texts":["a","\u0062"],"meta":{"api_version":{"version":"2"},"billed_units":{"input_tokens":7}},"response_type":"embeddings_by_type"}"#,
        r#"{"id":"made-up","embeddings":[[0.5, 1],[-1.5,2]],"texts":["a","b"],"meta":{"api_version":{"version":"1"},"billed_units":{"input_tokens":7}},"response_type":"embeddings_floats"}"#,
        r#"{"id":"made-up","embeddings":{"float":[[0.5, 1],[-1.5,2]]},"texts":["a","b"],"meta":{"api_version":{"version":"1"},"billed_units":{"input_tokens":7}},"response_type":"embeddings_by_type"}"#,
        r#"{"embeddings":[{"values":[0.5, 1]},{"values":[-1.5,2]}],"usageMetadata":{"promptTokenCount":7,"totalTokenCount":7}}"#,
        r#"{"model":"alias","embeddings":[[0.5, 1],[-1.5,2]],"prompt_eval_count":7}"#,
    ];
    for ((client, asked), want) in ASKED.iter().zip(rows) {
        assert_eq!(answered("cohere_embed", client, asked, headers, answer).unwrap(), want, "{client}");
    }
    // One text, one vector, without a list around it.
    let asked = r#"{"content":{"parts":[{"text":"a"}]}}"#;
    let titan = r#"{"embedding":[0.25],"embeddingsByType":{"float":[0.25]},"inputTextTokenCount":3}"#;
    let want = r#"{"embedding":{"values":[0.25]},"usageMetadata":{"promptTokenCount":3,"totalTokenCount":3}}"#;
    assert_eq!(answered("bedrock_embed", "gemini_embed", asked, &[], titan).unwrap(), want);
}

#[test]
fn an_answer_that_is_not_what_was_asked_for_is_no_answer() {
    let asked = r#"{"input":["a","b"],"encoding_format":"base64"}"#;
    let rows = [
        ("openai_embeddings", r#"{"data":[{"embedding":[1]}]}"#, "the provider gave 1 vectors for 2 inputs"),
        ("openai_embeddings", r#"{"data":[{"embedding":[1]},{"index":1}]}"#, "no answer"),
        ("openai_embeddings", r#"{"data":[{"embedding":[1]},{"embedding":[2]"#, "no answer"),
        ("openai_embeddings", r#"{"data":[{"embedding":[1]},{"embedding":["x"]}]}"#, "no answer"),
        (
            "openai_embeddings",
            r#"{"data":[{"embedding":[1]},{"embedding":[1,,2]}]}"#,
            "the provider's answer has a vector that is none",
        ),
        ("openai_embeddings", "[]", "no answer"),
        ("cohere_embed", r#"{"embeddings":{"int8":[[1],[2]]}}"#, "the provider gave no base64 vectors"),
        ("cohere_embed", r#"{"embeddings":{"float":[[1],{}]}}"#, "no answer"),
        ("gemini_batch_embed", r#"{"embeddings":[]}"#, "no answer"),
        ("gemini_predict", r#"{"predictions":[{"embeddings":{}}]}"#, "no answer"),
        ("bedrock_embed", r#"{"message":"x"}"#, "no answer"),
        ("ollama_embed", r#"{"embeddings":[[1],7]}"#, "no answer"),
    ];
    for (provider, answer, want) in rows {
        assert_eq!(
            answered(provider, "openai_embeddings", asked, &[], answer).unwrap_err(),
            want,
            "{provider}: {answer}"
        );
    }
}

#[test]
fn usage_is_found_without_taking_the_answer_apart() {
    for (provider, headers, answer) in TOLD {
        let headers = headers.iter().copied().collect();
        let shape = find(provider).unwrap();
        assert_eq!(shape.usage(&headers, answer.as_bytes()), Some(input_tokens(7)), "{provider}");
    }
}

#[test]
fn a_body_of_the_providers_own_shape_changes_its_model_and_nothing_else() {
    let rows = [
        ("openai_embeddings", r#"{ "input":"a","model" : "m"}"#, r#"{ "input":"a","model" : "x"}"#),
        ("openai_embeddings", r#"{"input":"a"}"#, r#"{"model":"x","input":"a"}"#),
        ("cohere_embed", r#"{"texts":["a"],"model":"m","new":1.0}"#, r#"{"texts":["a"],"model":"x","new":1.0}"#),
        (
            "gemini_batch_embed",
            r#"{"requests":[{"model":"models/m","a":1},{"model":"models/m"}]}"#,
            r#"{"requests":[{"model":"models/x","a":1},{"model":"models/x"}]}"#,
        ),
        ("gemini_embed", r#"{"content":{}}"#, r#"{"content":{}}"#),
    ];
    for (shape, body, want) in rows {
        let doc = Doc::parse(body.as_bytes()).unwrap();
        let mut edits = Edits::new();
        find(shape).unwrap().retarget(doc.root(), &Target { model: "x", quirks: &Quirks::DEFAULT }, &mut edits);
        assert_eq!(String::from_utf8(edits.apply(body.as_bytes())).unwrap(), want, "{shape}");
    }
}

#[test]
fn numbers_where_the_packed_form_was_wanted_are_noticed() {
    let rows = [
        (r#"{"object":"list","data":[{"object":"embedding","index":0,"embedding":[0.1]}]}"#, true),
        (r#"{"data":[{"embedding" : [0.1]}]}"#, true),
        (r#"{"data":[{"object":"embedding","embedding":"AAAA"}]}"#, false),
        (r#"{"data":[]}"#, false),
    ];
    for (answer, want) in rows {
        assert_eq!(openai::OPENAI.is_unpacked(answer.as_bytes()), want, "{answer}");
    }
}

#[test]
fn what_is_no_text_is_not_shown_to_policies() {
    use crate::format::TextKind::{Opaque, Text, Url};
    let rows = [
        ("openai_embeddings", "input", Text),
        ("openai_embeddings", "input.[]", Text),
        ("openai_embeddings", "user", Text),
        ("openai_embeddings", "encoding_format", Opaque),
        ("cohere_embed", "texts.[]", Text),
        ("cohere_embed", "images.[]", Url),
        ("cohere_embed", "inputs.[].content.[].text", Text),
        ("cohere_embed", "inputs.[].content.[].image_url.url", Url),
        ("gemini_batch_embed", "requests.[].content.parts.[].text", Text),
        ("gemini_batch_embed", "requests.[].content.parts.[].inlineData.data", Opaque),
        ("gemini_embed", "title", Text),
        ("ollama_embed", "input", Text),
        ("bedrock_embed", "anything", Text),
    ];
    for (shape, path, want) in rows {
        let steps: Vec<_> =
            path.split('.').map(|word| if word == "[]" { Step::Item } else { Step::Key(word) }).collect();
        assert_eq!(find(shape).unwrap().text_at(&steps), want, "{shape} {path}");
    }
}
