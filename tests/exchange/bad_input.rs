//! Bad input: whatever a client sends that its format does not have is refused in the client's own words, names the field
//! by its path, and reaches no provider, whichever that would have been.

use serde_json::Value;

use crate::play::{Answer, Ask, CLIENT_KEY, Rig, Seen};

/// Where the tables are: `tests/fixtures/bad_input/<shape>.json`, a good body, and what is wrong with others.
const TABLES: &str = "tests/fixtures/bad_input";

/// The models of the usual rig, one for each format of a provider.
const MODELS: &[&str] =
    &["to-openai", "to-anthropic", "to-responses", "to-gemini", "to-bedrock", "to-cohere", "to-ollama"];

fn tables() -> Vec<(String, Value)> {
    let mut files: Vec<_> = std::fs::read_dir(TABLES).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    let read = |file: std::path::PathBuf| {
        let name = file.file_stem().unwrap().to_str().unwrap().to_owned();
        (name, serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap())
    };
    files.into_iter().map(read).collect()
}

fn ask(table: &Value, model: &str, body: impl Into<Vec<u8>>) -> Ask {
    Ask {
        method: "POST",
        path: table["path"].as_str().unwrap().replace("{model}", model),
        headers: vec![("authorization".to_owned(), format!("Bearer {CLIENT_KEY}"))],
        body: body.into(),
        cut: usize::MAX,
    }
}

/// The good body with what a row says is wrong with it.
fn spoiled(table: &Value, row: &Value) -> Value {
    let mut body = table["good"].clone();
    let (holder, name) = row["at"].as_str().unwrap().rsplit_once('/').unwrap();
    let holder = body.pointer_mut(holder).unwrap_or_else(|| panic!("{row}"));
    match (holder, row.get("is")) {
        (Value::Object(members), Some(wrong)) => drop(members.insert(name.to_owned(), wrong.clone())),
        (Value::Object(members), None) => assert!(members.remove(name).is_some(), "{row}"),
        (Value::Array(items), Some(wrong)) => items[name.parse::<usize>().unwrap()] = wrong.clone(),
        _ => panic!("{row}"),
    }
    body
}

/// What is not right of a refusal that has to name this.
fn faults(shape: &str, names: &str, seen: &Seen) -> Option<String> {
    if (seen.status, seen.sent.len()) != (400, 0) {
        return Some(format!("{} with {} sent: {}", seen.status, seen.sent.len(), seen.text()));
    }
    let Ok(body) = serde_json::from_slice::<Value>(&seen.body) else { return Some(seen.text()) };
    let error = &body["error"];
    let (message, own) = match shape {
        "anthropic_messages" => {
            (&error["message"], body["type"] == "error" && error["type"] == "invalid_request_error")
        }
        "gemini" => (&error["message"], error["code"] == 400 && error["status"] == "INVALID_ARGUMENT"),
        "bedrock_converse" => (&body["message"], seen.headers.get("x-amzn-errortype") == Some("ValidationException")),
        "cohere_chat" | "cohere_embed" | "cohere_rerank" => (&body["message"], error.is_null()),
        "ollama_chat" => (error, error.is_string()),
        _ => {
            let param = if names.is_empty() { Value::Null } else { names.into() };
            (&error["message"], error["type"] == "invalid_request_error" && error["param"] == param)
        }
    };
    let named = message.as_str().is_some_and(|it| names.is_empty() || it.starts_with(&format!("{names}: ")));
    let ours = seen.headers.get("x-postern-error-source") == Some("client");
    (!named || !own || !ours).then(|| seen.text())
}

#[test]
fn what_is_wrong_with_a_body_is_named_by_its_path_and_reaches_no_provider() {
    let rig = Rig::new();
    let (mut wrong, mut played) = (Vec::new(), 0);
    for (shape, table) in tables() {
        for row in table["rows"].as_array().unwrap() {
            let names = row["names"].as_str().unwrap();
            for model in MODELS {
                let body = spoiled(&table, row).to_string().replace("{model}", model);
                let seen = rig.play(&ask(&table, model, body), &[Answer::json(200, "{}")]);
                if let Some(fault) = faults(&shape, names, &seen) {
                    wrong.push(format!("{shape} to {model}, {row}: {fault}"));
                }
                played += 1;
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {played}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(played > 2_000, "{played}");
}

#[test]
fn what_is_no_json_object_is_refused_in_the_clients_words() {
    let rig = Rig::with("[]", 4_096);
    let mut wrong = Vec::new();
    for (shape, table) in tables() {
        let good = table["good"].to_string().replace("{model}", "to-openai");
        let with = |member: &str| format!("{{{member},{}", &good[1..]);
        let rows: Vec<(&str, Vec<u8>)> = vec![
            ("half a body", good.as_bytes()[..good.len() - 1].to_vec()),
            ("two values", format!("{good}{{}}").into_bytes()),
            ("an array", format!("[{good}]").into_bytes()),
            ("a string", b"\"hi\"".to_vec()),
            ("null", b"null".to_vec()),
            ("no JSON", b"model=gpt&prompt=hi".to_vec()),
            ("a comment", format!("// hi\n{good}").into_bytes()),
            ("a byte order mark", format!("\u{feff}{good}").into_bytes()),
            ("a comma too many", good.replacen('}', ",}", 1).into_bytes()),
            ("single quotes", good.replace('"', "'").into_bytes()),
            ("NaN", with(r#""temperature":NaN"#).into_bytes()),
            ("a number with a leading zero", with(r#""temperature":01"#).into_bytes()),
            ("no UTF-8", [with(r#""x":"#).as_bytes(), b"\"\xff\"}"].concat()),
            ("a control character in a string", with("\"x\":\"a\u{1}b\"").into_bytes()),
            ("one key twice", with(r#""x":1,"x":2"#).into_bytes()),
            ("too deep", with(&format!(r#""x":{}{}"#, "[".repeat(900), "]".repeat(900))).into_bytes()),
        ];
        for (name, body) in rows {
            let seen = rig.play(&ask(&table, "to-openai", body), &[Answer::json(200, "{}")]);
            if let Some(fault) = faults(&shape, "", &seen) {
                wrong.push(format!("{shape}, {name}: {fault}"));
            }
        }
        let seen = rig.play(&ask(&table, "to-openai", with(&format!(r#""x":"{}""#, "x".repeat(5_000)))), &[]);
        if (seen.status, seen.sent.len()) != (413, 0) {
            wrong.push(format!("{shape}, too large: {} {}", seen.status, seen.text()));
        }
    }
    assert!(wrong.is_empty(), "{}:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn the_good_body_of_every_table_is_good() {
    let rig = Rig::new();
    for (shape, table) in tables().into_iter().filter(|(shape, _)| postern::format::find(shape).is_some()) {
        let model = match shape.as_str() {
            "openai_chat" => "to-openai",
            "openai_responses" => "to-responses",
            "anthropic_messages" => "to-anthropic",
            "gemini" => "to-gemini",
            "bedrock_converse" => "to-bedrock",
            "cohere_chat" => "to-cohere",
            _ => "to-ollama",
        };
        let body = table["good"].to_string().replace("{model}", model);
        let seen = rig.play(&ask(&table, model, body), &[Answer::json(200, "{}")]);
        assert_eq!(seen.sent.len(), 1, "{shape}: {}", seen.text());
    }
}
