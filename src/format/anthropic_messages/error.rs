//! Anthropic's errors: `{"type":"error","error":{"type","message"},"request_id"}`, and whatever else may come in
//! their place.

use crate::chat::{ApiError, ErrorKind};
use crate::format::bedrock_converse;
use crate::http::Headers;
use crate::wire::json::{Doc, Value, Writer};

/// Anthropic's error types with their statuses (their documentation, "Errors"). The first row of a kind is the one
/// written for it.
const TYPES: &[(&str, u16, ErrorKind)] = &[
    ("invalid_request_error", 400, ErrorKind::InvalidRequest),
    ("authentication_error", 401, ErrorKind::Authentication),
    ("billing_error", 402, ErrorKind::Billing),
    ("permission_error", 403, ErrorKind::Permission),
    ("not_found_error", 404, ErrorKind::NotFound),
    ("conflict_error", 409, ErrorKind::InvalidRequest),
    ("request_too_large", 413, ErrorKind::TooLarge),
    ("rate_limit_error", 429, ErrorKind::RateLimit),
    ("api_error", 500, ErrorKind::Server),
    ("timeout_error", 504, ErrorKind::Timeout),
    ("overloaded_error", 529, ErrorKind::Overloaded),
];

/// How much of a provider's message is handed on. Theirs are a sentence or two; a proxy's may be a page.
const MAX_MESSAGE_CHARS: usize = 2000;

/// Reads an error answer.
pub(super) fn read(status: u16, headers: &Headers, body: &[u8]) -> ApiError {
    if headers.get(bedrock_converse::error::TYPE_HEADER).is_some() {
        // Bedrock's own words, before Claude was asked.
        return bedrock_converse::error::read(status, headers, body);
    }
    let mut error = match Doc::parse(body) {
        Ok(doc) => {
            let root = doc.root();
            // Google's way of answering with a list of one is also seen in front of Claude (Vertex).
            read_value(Some(status), root.items().next().unwrap_or(root))
        }
        Err(_) => None,
    }
    .unwrap_or_else(|| {
        let status = if status < 400 { 502 } else { status };
        ApiError::provider(status, None, format!("the provider answered with status {status} and no explanation"))
    });
    error.retry_after_secs = headers.get("retry-after").and_then(|secs| secs.trim().parse().ok());
    error
}

/// Reads an error's JSON; None if there is no message in it. Without a status of its own (in a stream), or with one
/// that is no error's, the type tells it.
pub(super) fn read_value(status: Option<u16>, root: Value<'_, '_>) -> Option<ApiError> {
    let inner = root.some("error").unwrap_or(root);
    let text = |value: Option<Value<'_, '_>>| {
        value.and_then(Value::text).filter(|text| !text.is_empty()).map(|text| text.decode().into_owned())
    };
    let message = text(Some(inner)).or_else(|| text(inner.get("message"))).or_else(|| text(root.get("message")))?;
    let message = message.chars().take(MAX_MESSAGE_CHARS).collect::<String>();
    let code = text(inner.get("type")).or_else(|| text(inner.get("code")));
    let row = code.as_deref().and_then(|code| TYPES.iter().find(|(name, ..)| *name == code));
    let status = status.filter(|status| *status >= 400).or(row.map(|(_, status, _)| *status)).unwrap_or(502);
    let mut error = ApiError::provider(status, code.clone(), message);
    if let Some((.., kind)) = row {
        error.kind = *kind;
    }
    Some(error)
}

/// The field that asks the server to keep the conversation, or to go on with one. A refusal of it has details, which the
/// official clients look for: they then send all turns, without it.
pub(super) const THREAD: &str = "thread";

/// Writes an error's body. Anthropic has no place for the field's path, so it goes in front of the sentence, as theirs
/// does.
pub(super) fn write(error: &ApiError) -> Vec<u8> {
    let mut out = Writer::with_capacity(128 + error.message.len());
    write_value(&mut out, error);
    out.out
}

/// Writes the same to somewhere; it is also the data of a stream's `error` event.
pub(super) fn write_value(out: &mut Writer, error: &ApiError) {
    let mut rows = TYPES.iter().filter(|(.., kind)| *kind == error.kind);
    let first = rows.next();
    let row = rows.find(|(_, status, _)| *status == error.status).or(first);
    let message = match &error.param {
        Some(param) if !error.message.contains(param.as_str()) => &format!("{param}: {}", error.message),
        _ => &error.message,
    };
    out.open().key("type").string("error");
    out.key("error").open();
    out.key("type").string(row.map_or("api_error", |(name, ..)| name));
    out.key("message").string(message);
    if error.param.as_deref() == Some(THREAD) && error.status == 400 {
        out.key("details").open().key("error_code").string("thread_unsupported_request").close();
    }
    out.close().close();
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_plain(status: u16, body: &str) -> ApiError {
        read(status, &Headers::new(), body.as_bytes())
    }

    /// By these details the official clients send the conversation again, whole.
    #[test]
    fn a_thread_that_cannot_be_kept_is_told_in_the_words_clients_look_for() {
        let error = ApiError::unsupported(THREAD, "not here");
        let body: serde_json::Value = serde_json::from_slice(&write(&error)).unwrap();
        assert_eq!(body["error"]["details"], serde_json::json!({"error_code": "thread_unsupported_request"}));
        let other: serde_json::Value = serde_json::from_slice(&write(&ApiError::unsupported("stop", "no"))).unwrap();
        assert!(other["error"].get("details").is_none());
    }

    #[test]
    fn errors_are_read_whatever_their_shape() {
        type Row = (u16, &'static str, u16, ErrorKind, Option<&'static str>, &'static str);
        let rows: &[Row] = &[
            (
                400,
                r#"{"type":"error","error":{"type":"invalid_request_error","message":"max_tokens: Field required"},"request_id":"req_1"}"#,
                400,
                ErrorKind::InvalidRequest,
                Some("invalid_request_error"),
                "max_tokens: Field required",
            ),
            (
                529,
                r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#,
                529,
                ErrorKind::Overloaded,
                Some("overloaded_error"),
                "Overloaded",
            ),
            (
                400,
                r#"{"type":"error","error":{"type":"billing_error","message":"no credit"}}"#,
                400,
                ErrorKind::Billing,
                Some("billing_error"),
                "no credit",
            ),
            (
                200,
                r#"{"type":"error","error":{"type":"rate_limit_error","message":"slow"}}"#,
                429,
                ErrorKind::RateLimit,
                Some("rate_limit_error"),
                "slow",
            ),
            (
                403,
                r#"[{"error":{"code":403,"message":"no\nright","status":"PERMISSION_DENIED"}}]"#,
                403,
                ErrorKind::Permission,
                None,
                "no\nright",
            ),
            (404, r#"{"error":"no such model"}"#, 404, ErrorKind::NotFound, None, "no such model"),
            (424, r#"{"message":"model error"}"#, 424, ErrorKind::InvalidRequest, None, "model error"),
            (
                502,
                "<html><body>Bad gateway</body></html>",
                502,
                ErrorKind::Server,
                None,
                "the provider answered with status 502 and no explanation",
            ),
            (
                434,
                r#""""#,
                434,
                ErrorKind::InvalidRequest,
                None,
                "the provider answered with status 434 and no explanation",
            ),
            (
                500,
                r#"{"error":{"type":"api_error","message":""}}"#,
                500,
                ErrorKind::Server,
                None,
                "the provider answered with status 500 and no explanation",
            ),
            (503, "", 503, ErrorKind::Overloaded, None, "the provider answered with status 503 and no explanation"),
            (200, "{}", 502, ErrorKind::Server, None, "the provider answered with status 502 and no explanation"),
        ];
        for (status, body, want_status, kind, code, message) in rows {
            let error = read_plain(*status, body);
            assert_eq!(
                (error.status, error.kind, error.code.as_deref(), error.message.as_str()),
                (*want_status, *kind, *code, *message),
                "{body}"
            );
        }
    }

    #[test]
    fn retry_after_survives_and_long_messages_do_not() {
        let headers: Headers = [("retry-after", "17")].into_iter().collect();
        assert_eq!(read(429, &headers, b"").retry_after_secs, Some(17));
        let headers: Headers = [("retry-after", "Wed, 21 Oct 2026 07:28:00 GMT")].into_iter().collect();
        assert_eq!(read(429, &headers, b"").retry_after_secs, None);
        let long = format!(r#"{{"message":"{}"}}"#, "ä".repeat(5000));
        assert_eq!(read_plain(500, &long).message.chars().count(), MAX_MESSAGE_CHARS);
    }

    #[test]
    fn every_kind_is_written_as_a_type_of_theirs() {
        let rows: &[(u16, &str)] = &[
            (400, "invalid_request_error"),
            (401, "authentication_error"),
            (402, "billing_error"),
            (403, "permission_error"),
            (404, "not_found_error"),
            (408, "timeout_error"),
            (409, "conflict_error"),
            (413, "request_too_large"),
            (422, "invalid_request_error"),
            (429, "rate_limit_error"),
            (500, "api_error"),
            (502, "api_error"),
            (503, "overloaded_error"),
            (504, "timeout_error"),
            (529, "overloaded_error"),
        ];
        for (status, name) in rows {
            let error = ApiError::provider(*status, None, "it \"broke\"");
            let want = format!(r#"{{"type":"error","error":{{"type":"{name}","message":"it \"broke\""}}}}"#);
            assert_eq!(String::from_utf8(write(&error)).unwrap(), want, "{status}");
        }
    }

    #[test]
    fn the_path_of_a_wrong_field_is_told_once() {
        let error = ApiError::invalid_request("messages[0].role", "expected a string, got a number");
        assert!(String::from_utf8(write(&error)).unwrap().contains("messages[0].role: expected a string"));
        let error = ApiError::invalid_request("max_tokens", "max_tokens is required");
        assert!(String::from_utf8(write(&error)).unwrap().contains(r#""message":"max_tokens is required""#));
    }
}
