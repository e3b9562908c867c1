//! Errors, both directions. Whole error answers are [`crate::format::fault`]'s; here are those inside answers and streams,
//! and the shape that clients get.

use crate::chat::{ApiError, ErrorKind};
use crate::format::fault::{tell, tell_error, to_error};
use crate::wire::json::{Kind, Value, Writer};

/// The error inside an answer or a chunk that came with status 200, if there is one. An `error` that is false or empty
/// is none, as for OpenAI's SDK.
pub(super) fn in_answer(root: Value<'_, '_>) -> Option<ApiError> {
    // Groq tells it beside its usage.
    let groq = root.some("x_groq").and_then(|groq| groq.some("error"));
    let error = root.some("error").filter(|error| truthy(*error)).or(groq);
    // Older vLLM: the object itself is the error.
    if error.is_none() && !root.get("object").is_some_and(|object| object.is("error")) {
        return None;
    }
    let told = match (groq, error) {
        (Some(groq), _) => tell_error(groq),
        _ => tell(root),
    };
    let status = told.code.as_deref().and_then(|code| code.parse().ok()).filter(|code| (400..600).contains(code));
    let status = status.unwrap_or_else(|| {
        let words = [told.kind.as_deref(), told.code.as_deref()];
        let found = STATUSES.iter().find(|(word, _)| words.contains(&Some(*word)));
        found.map_or(502, |(_, status)| *status)
    });
    Some(to_error(status, told))
}

/// The status an error would have had, had it come before the stream.
const STATUSES: &[(&str, u16)] = &[
    ("invalid_request_error", 400),
    ("context_length_exceeded", 400),
    ("content_filter", 400),
    ("authentication_error", 401),
    ("invalid_api_key", 401),
    ("permission_error", 403),
    ("not_found_error", 404),
    ("model_not_found", 404),
    ("rate_limit_error", 429),
    ("rate_limit_exceeded", 429),
    ("insufficient_quota", 429),
    ("tokens", 429),
    ("requests", 429),
    ("server_error", 500),
    ("api_error", 500),
    ("internal_server_error", 500),
    ("service_unavailable", 503),
    ("timeout", 504),
    ("overloaded_error", 529),
];

fn truthy(value: Value<'_, '_>) -> bool {
    match value.kind() {
        Kind::Null => false,
        Kind::Bool => value.bool() == Some(true),
        Kind::Number => value.u64() != Some(0),
        Kind::String => value.text().is_some_and(|text| !text.is_empty()),
        Kind::Array | Kind::Object => value.members().next().is_some() || value.items().next().is_some(),
    }
}

/// `{"error":{"message","type","param","code"}}`
pub(super) fn write(error: &ApiError) -> Vec<u8> {
    let mut writer = Writer::with_capacity(128 + error.message.len());
    write_into(error, &mut writer);
    writer.out
}

pub(super) fn write_into(error: &ApiError, writer: &mut Writer) {
    let (kind, usual_code) = words_of(error.kind);
    writer.open().key("error").open();
    writer.key("message").string(&error.message).key("type").string(kind);
    writer.key("param");
    match &error.param {
        Some(param) => writer.string(param),
        None => writer.null(),
    };
    writer.key("code");
    match error.code.as_deref().or(usual_code) {
        Some(code) => writer.string(code),
        None => writer.null(),
    };
    writer.close().close();
}

/// OpenAI's type for a class of error, and the code it has if nobody gave one.
fn words_of(kind: ErrorKind) -> (&'static str, Option<&'static str>) {
    match kind {
        ErrorKind::InvalidRequest | ErrorKind::TooLarge | ErrorKind::NotFound => ("invalid_request_error", None),
        ErrorKind::Authentication => ("invalid_request_error", Some("invalid_api_key")),
        ErrorKind::Billing => ("insufficient_quota", Some("insufficient_quota")),
        ErrorKind::Permission => ("permission_error", None),
        ErrorKind::RateLimit => ("rate_limit_error", Some("rate_limit_exceeded")),
        ErrorKind::Timeout => ("timeout", Some("timeout")),
        ErrorKind::Overloaded | ErrorKind::Server => ("server_error", None),
    }
}
