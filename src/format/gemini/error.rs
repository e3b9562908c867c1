//! Google's errors: `{"error":{"code","message","status","details"}}`, perhaps as the only item of a list, and whatever
//! else may come in their place.

use super::names::{get, text};
use crate::chat::{ApiError, ErrorKind};
use crate::http::Headers;
use crate::wire::json::{Doc, Kind, Value, Writer};

/// Google's words for what went wrong, each with its HTTP status (google.rpc.Code). The first row of a kind is the one
/// written for it.
const STATUSES: &[(&str, u16, ErrorKind)] = &[
    ("INVALID_ARGUMENT", 400, ErrorKind::InvalidRequest),
    ("FAILED_PRECONDITION", 400, ErrorKind::InvalidRequest),
    ("OUT_OF_RANGE", 400, ErrorKind::InvalidRequest),
    ("UNAUTHENTICATED", 401, ErrorKind::Authentication),
    ("PERMISSION_DENIED", 403, ErrorKind::Permission),
    ("NOT_FOUND", 404, ErrorKind::NotFound),
    ("ABORTED", 409, ErrorKind::InvalidRequest),
    ("ALREADY_EXISTS", 409, ErrorKind::InvalidRequest),
    ("RESOURCE_EXHAUSTED", 429, ErrorKind::RateLimit),
    ("CANCELLED", 499, ErrorKind::InvalidRequest),
    ("INTERNAL", 500, ErrorKind::Server),
    ("UNKNOWN", 500, ErrorKind::Server),
    ("DATA_LOSS", 500, ErrorKind::Server),
    ("UNIMPLEMENTED", 501, ErrorKind::Server),
    ("UNAVAILABLE", 503, ErrorKind::Overloaded),
    ("DEADLINE_EXCEEDED", 504, ErrorKind::Timeout),
];

/// How much of a provider's message is handed on.
const MAX_MESSAGE_CHARS: usize = 2000;

/// Reads an error answer.
pub(super) fn read(status: u16, headers: &Headers, body: &[u8]) -> ApiError {
    let read = Doc::parse(body).ok().and_then(|doc| read_value(Some(status), doc.root()));
    let mut error = read.unwrap_or_else(|| {
        let status = if status < 400 { 502 } else { status };
        ApiError::provider(status, None, format!("the provider answered with status {status} and no explanation"))
    });
    let told = headers.get("retry-after").and_then(|secs| secs.trim().parse().ok());
    error.retry_after_secs = told.or(error.retry_after_secs);
    error
}

/// The error inside an answer or an event that came with status 200, if there is one.
pub(super) fn in_answer(root: Value<'_, '_>) -> Option<ApiError> {
    let root = if root.kind() == Kind::Array { root.items().next()? } else { root };
    get(root, "error")?;
    let unexplained = || ApiError::bad_answer("the provider failed without saying why");
    Some(read_value(None, root).unwrap_or_else(unexplained))
}

/// Reads an error's JSON; None if there is no message in it. Without a status of its own (in a stream), or with one that
/// is no error's, the code or the word tells it.
fn read_value(status: Option<u16>, root: Value<'_, '_>) -> Option<ApiError> {
    let root = if root.kind() == Kind::Array { root.items().next()? } else { root };
    let inner = root.some("error").unwrap_or(root);
    let words = |value: Option<Value<'_, '_>>| {
        value.and_then(Value::text).filter(|text| !text.is_empty()).map(|text| text.decode().into_owned())
    };
    let message =
        words(Some(inner)).or_else(|| words(get(inner, "message"))).or_else(|| words(get(root, "message")))?;
    let message = message.chars().take(MAX_MESSAGE_CHARS).collect::<String>();
    let word = words(get(inner, "status"));
    let row = word.as_deref().and_then(|word| STATUSES.iter().find(|(name, ..)| *name == word));
    let code = get(inner, "code").and_then(Value::u64).and_then(|code| u16::try_from(code).ok());
    let is_error = |status: &u16| (400..600).contains(status);
    let status = status.filter(is_error).or(code.filter(is_error)).or(row.map(|(_, status, _)| *status)).unwrap_or(502);
    let mut error = ApiError::provider(status, word, message);
    if let Some((.., kind)) = row {
        error.kind = *kind;
    }
    for detail in get(inner, "details").into_iter().flat_map(Value::items) {
        read_detail(detail, &mut error);
    }
    Some(error)
}

/// What an error's `details` add: how long to wait, which field, and that a key is wrong, which Google calls an invalid
/// argument.
fn read_detail(detail: Value<'_, '_>, error: &mut ApiError) {
    if let Some(delay) = text(detail, "retryDelay") {
        error.retry_after_secs = delay
            .raw()
            .strip_suffix('s')
            .and_then(|secs| secs.parse::<f64>().ok())
            .filter(|secs| (0.0..1.0e9).contains(secs))
            .map(|secs| secs.ceil() as u64);
    }
    if text(detail, "reason").is_some_and(|reason| reason.is("API_KEY_INVALID")) {
        error.kind = ErrorKind::Authentication;
    }
    let violation = get(detail, "fieldViolations").and_then(|list| list.items().next());
    if let Some(field) = violation.and_then(|violation| text(violation, "field")).filter(|field| !field.is_empty()) {
        error.param = Some(field.decode().chars().take(200).collect());
    }
}

/// Writes an error's body.
pub(super) fn write(error: &ApiError) -> Vec<u8> {
    let mut out = Writer::with_capacity(192 + error.message.len());
    let rows = || STATUSES.iter().filter(|(.., kind)| *kind == error.kind);
    let row = rows().find(|(_, status, _)| *status == error.status).or(rows().next());
    // Billing and sizes have no words of their own.
    let word = row.map_or("FAILED_PRECONDITION", |(name, ..)| name);
    let word = if error.kind == ErrorKind::TooLarge { "INVALID_ARGUMENT" } else { word };
    let own = error.code.as_deref().filter(|code| STATUSES.iter().any(|(name, ..)| name == code));
    out.open().key("error").open();
    out.key("code").number(error.status.into());
    out.key("message").string(&error.message);
    out.key("status").string(own.unwrap_or(word));
    let reason = error.code.as_deref().filter(|_| own.is_none());
    if reason.is_some() || error.param.is_some() || error.retry_after_secs.is_some() {
        out.key("details").open_array();
        if let Some(reason) = reason {
            out.open().key("@type").string("type.googleapis.com/google.rpc.ErrorInfo");
            out.key("reason").string(&reason.to_ascii_uppercase()).key("domain").string(error.source.name()).close();
        }
        if let Some(param) = &error.param {
            out.open().key("@type").string("type.googleapis.com/google.rpc.BadRequest");
            out.key("fieldViolations").open_array().open().key("field").string(param);
            out.key("description").string(&error.message).close().close_array().close();
        }
        if let Some(secs) = error.retry_after_secs {
            out.open().key("@type").string("type.googleapis.com/google.rpc.RetryInfo");
            out.key("retryDelay").string(&format!("{secs}s")).close();
        }
        out.close_array();
    }
    out.close().close();
    out.out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_plain(status: u16, body: &str) -> ApiError {
        read(status, &Headers::new(), body.as_bytes())
    }

    #[test]
    fn errors_are_read_whatever_their_shape() {
        type Row = (u16, &'static str, u16, ErrorKind, Option<&'static str>, &'static str);
        let rows: &[Row] = &[
            (
                400,
                r#"{"error":{"code":400,"message":"Unknown name \"id\"","status":"INVALID_ARGUMENT"}}"#,
                400,
                ErrorKind::InvalidRequest,
                Some("INVALID_ARGUMENT"),
                "Unknown name \"id\"",
            ),
            (
                429,
                r#"[{"error":{"code":429,"message":"quota","status":"RESOURCE_EXHAUSTED"}}]"#,
                429,
                ErrorKind::RateLimit,
                Some("RESOURCE_EXHAUSTED"),
                "quota",
            ),
            (
                200,
                r#"{"error":{"message":"busy","status":"UNAVAILABLE"}}"#,
                503,
                ErrorKind::Overloaded,
                Some("UNAVAILABLE"),
                "busy",
            ),
            (200, r#"{"error":{"code":500,"message":"x"}}"#, 500, ErrorKind::Server, None, "x"),
            (
                400,
                r#"{"error":{"code":400,"message":"API key not valid","status":"INVALID_ARGUMENT","details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"API_KEY_INVALID","domain":"googleapis.com"}]}}"#,
                400,
                ErrorKind::Authentication,
                Some("INVALID_ARGUMENT"),
                "API key not valid",
            ),
            (404, r#"{"error":"no such model"}"#, 404, ErrorKind::NotFound, None, "no such model"),
            (403, r#"{"message":"no"}"#, 403, ErrorKind::Permission, None, "no"),
            (
                502,
                "<html>Bad gateway</html>",
                502,
                ErrorKind::Server,
                None,
                "the provider answered with status 502 and no explanation",
            ),
            (200, "[]", 502, ErrorKind::Server, None, "the provider answered with status 502 and no explanation"),
            (500, "", 500, ErrorKind::Server, None, "the provider answered with status 500 and no explanation"),
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
    fn a_wait_is_in_the_header_or_in_the_details() {
        let body = |delay: &str| {
            format!(r#"{{"error":{{"message":"q","details":[{{"@type":"x.RetryInfo","retryDelay":"{delay}"}}]}}}}"#)
        };
        for (delay, want) in [("34s", Some(34)), ("34.07s", Some(35)), ("0s", Some(0)), ("34", None), ("-1s", None)] {
            assert_eq!(read_plain(429, &body(delay)).retry_after_secs, want, "{delay}");
        }
        let headers: Headers = [("retry-after", "7")].into_iter().collect();
        assert_eq!(read(429, &headers, body("34s").as_bytes()).retry_after_secs, Some(7));
    }

    #[test]
    fn the_field_that_is_wrong_is_told() {
        let error = read_plain(
            400,
            r#"{"error":{"message":"m","details":[{"@type":"x.BadRequest","fieldViolations":[{"field":"contents[0]","description":"d"}]}]}}"#,
        );
        assert_eq!(error.param.as_deref(), Some("contents[0]"));
        let ours = ApiError::invalid_request("contents[0].role", "contents[0].role: expected a string, got a number");
        let written = String::from_utf8(write(&ours)).unwrap();
        assert_eq!(
            written,
            r#"{"error":{"code":400,"message":"contents[0].role: expected a string, got a number","status":"INVALID_ARGUMENT","details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"INVALID_REQUEST","domain":"client"},{"@type":"type.googleapis.com/google.rpc.BadRequest","fieldViolations":[{"field":"contents[0].role","description":"contents[0].role: expected a string, got a number"}]}]}}"#
        );
        assert_eq!(read_plain(400, &written).param, ours.param);
    }

    #[test]
    fn every_kind_is_written_as_a_word_of_googles() {
        let rows: &[(u16, &str)] = &[
            (400, "INVALID_ARGUMENT"),
            (401, "UNAUTHENTICATED"),
            (402, "FAILED_PRECONDITION"),
            (403, "PERMISSION_DENIED"),
            (404, "NOT_FOUND"),
            (408, "DEADLINE_EXCEEDED"),
            (409, "ABORTED"),
            (413, "INVALID_ARGUMENT"),
            (422, "INVALID_ARGUMENT"),
            (429, "RESOURCE_EXHAUSTED"),
            (500, "INTERNAL"),
            (501, "UNIMPLEMENTED"),
            (502, "INTERNAL"),
            (503, "UNAVAILABLE"),
            (504, "DEADLINE_EXCEEDED"),
            (529, "UNAVAILABLE"),
        ];
        for (status, word) in rows {
            let error = ApiError::provider(*status, None, "it \"broke\"");
            let want = format!(r#"{{"error":{{"code":{status},"message":"it \"broke\"","status":"{word}"}}}}"#);
            assert_eq!(String::from_utf8(write(&error)).unwrap(), want, "{status}");
            let mut again = error.clone();
            again.code = Some((*word).to_owned());
            again.retry_after_secs = Some(3);
            assert_eq!(read_plain(*status, &String::from_utf8(write(&again)).unwrap()).retry_after_secs, Some(3));
        }
    }
}
