//! What an answer repeats of its request: the settings it was made with, the defaults among them.

use crate::wire::json::{Kind, Value};

/// The members and what stands there where the client says nothing, in the order of OpenAI's own answers. `model`,
/// `service_tier` and `store` are not among them: they tell what was done, not what was asked.
const MEMBERS: &[(&str, &str)] = &[
    ("background", "false"),
    ("instructions", "null"),
    ("max_output_tokens", "null"),
    ("max_tool_calls", "null"),
    ("parallel_tool_calls", "true"),
    ("previous_response_id", "null"),
    ("prompt_cache_key", "null"),
    ("reasoning", r#"{"effort":null,"summary":null}"#),
    ("safety_identifier", "null"),
    ("temperature", "1.0"),
    ("text", r#"{"format":{"type":"text"},"verbosity":"medium"}"#),
    ("tool_choice", r#""auto""#),
    ("tools", "[]"),
    ("top_logprobs", "0"),
    ("top_p", "1.0"),
    ("truncation", r#""disabled""#),
    ("user", "null"),
    ("metadata", "{}"),
];

/// The members as they stand in an answer, without braces.
pub(super) fn of(request: Option<Value<'_, '_>>) -> String {
    let mut out = String::with_capacity(512);
    for (name, default) in MEMBERS {
        if !out.is_empty() {
            out.push(',');
        }
        out.push('"');
        out.push_str(name);
        out.push_str("\":");
        match request.and_then(|request| request.some(name)) {
            // A client may say only how wordy to be, and an answer always says its format.
            Some(text) if *name == "text" && text.kind() == Kind::Object && text.some("format").is_none() => {
                out.push_str(r#"{"format":{"type":"text"}"#);
                for (key, value) in text.entries().filter(|(key, _)| !key.is("format")) {
                    out.extend([",", key.raw(), ":", value.raw()]);
                }
                out.push('}');
            }
            Some(value) => out.push_str(value.raw()),
            None => out.push_str(default),
        }
    }
    // Between the tokens of JSON only; a line of an event stream ends at them.
    out.replace(['\n', '\r'], " ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::json::Doc;

    #[test]
    fn an_answer_repeats_what_was_asked_and_the_defaults_of_the_rest() {
        let body = [
            r#"{"model":"m","input":"x","temperature":0.50,"text":{"verbosity":"low","format":null},"#,
            "\"tools\":[\n {\"type\":\"x\"}\r\n],\"store\":true,\"user\":null}",
        ]
        .concat();
        let doc = Doc::parse(body.as_bytes()).unwrap();
        let echo = format!("{{{}}}", of(Some(doc.root())));
        let again = Doc::parse(echo.as_bytes()).unwrap();
        let rows = [
            ("temperature", "0.50"),
            ("text", r#"{"format":{"type":"text"},"verbosity":"low"}"#),
            ("tools", r#"[  {"type":"x"}  ]"#),
            ("top_p", "1.0"),
            ("user", "null"),
            ("tool_choice", "\"auto\""),
        ];
        for (name, want) in rows {
            assert_eq!(again.root().get(name).unwrap().raw(), want, "{name}");
        }
        let names: Vec<_> = again.root().members().map(|(name, _)| name.raw().to_owned()).collect();
        assert_eq!(names, MEMBERS.iter().map(|(name, _)| *name).collect::<Vec<_>>());
    }
}
