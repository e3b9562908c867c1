//! Reads error answers, whatever shape they have: OpenAI's own, Azure's, Cohere's, Ollama's, those of servers that only
//! look like one of these, and the pages of proxies in between.

use crate::chat::{ApiError, ErrorKind};
use crate::http::Headers;
use crate::wire::json::{Doc, Kind, Value};

/// How much of a provider's message is kept.
const MAX_MESSAGE_CHARS: usize = 2000;

/// What an error object says.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Told {
    pub message: Option<String>,
    pub code: Option<String>,
    pub kind: Option<String>,
    pub param: Option<String>,
}

/// Reads an error answer; it may be anything.
pub(super) fn read(status: u16, headers: &Headers, body: &[u8]) -> ApiError {
    let told = Doc::parse(body).ok().map(|doc| tell(doc.root())).unwrap_or_default();
    let mut error = to_error(status, told);
    error.retry_after_secs = retry_after(headers);
    error
}

/// A whole body.
pub(super) fn tell(root: Value<'_, '_>) -> Told {
    match root.kind() {
        // Google's servers wrap it in an array.
        Kind::Array => root.items().next().map(tell).unwrap_or_default(),
        Kind::String => Told { message: words(root), ..Told::default() },
        _ => match root.some("error").or_else(|| root.some("errors")) {
            Some(error) => {
                let mut told = tell_error(error);
                // xAI: {"code": ..., "error": "..."}; TGI: {"error": "...", "error_type": ...}.
                told.code = told.code.or_else(|| root.some("code").and_then(words));
                told.kind = told.kind.or_else(|| root.some("error_type").and_then(words));
                told.message = told.message.or_else(|| root.some("message").and_then(words));
                told
            }
            None => tell_error(root),
        },
    }
}

/// The error itself: an object, an array of such, or a string.
pub(super) fn tell_error(error: Value<'_, '_>) -> Told {
    match error.kind() {
        Kind::Object => {}
        Kind::Array => return error.items().next().map(tell_error).unwrap_or_default(),
        _ => return Told { message: words(error), ..Told::default() },
    }
    let first = |names: &[&str]| names.iter().find_map(|name| error.some(name).and_then(words));
    let mut message = ["message", "Message", "detail", "error"]
        .iter()
        .find_map(|name| error.some(name))
        .and_then(|value| message_of(value));
    // OpenRouter's own message is only "Provider returned error".
    if let Some(raw) = error.some("metadata").and_then(|metadata| metadata.some("raw")).and_then(words) {
        message = Some(message.map_or(raw.clone(), |message| format!("{message}: {raw}")));
    }
    let mut code = first(&["code", "error_code"]);
    // Google's numeric code is the HTTP status again; its word says more.
    if error.some("code").is_some_and(|code| code.kind() == Kind::Number)
        && let Some(word) = first(&["status"])
    {
        code = Some(word);
    }
    Told { message, code, kind: first(&["type", "error_type"]), param: first(&["param"]) }
}

/// A message: a string, FastAPI's list of faults, or (Mistral) an object that holds one of these.
fn message_of(value: Value<'_, '_>) -> Option<String> {
    match value.kind() {
        Kind::Object => ["message", "detail", "msg"].iter().find_map(|name| value.some(name)).and_then(|inner| {
            if inner.kind() == Kind::Object { Some(inner.raw().to_owned()) } else { message_of(inner) }
        }),
        Kind::Array => {
            let faults: Vec<String> = value.items().filter_map(fault).collect();
            (!faults.is_empty()).then(|| faults.join("; "))
        }
        _ => words(value),
    }
    .or_else(|| matches!(value.kind(), Kind::Object | Kind::Array).then(|| value.raw().to_owned()))
}

/// `{"loc": ["body", "messages", 0], "msg": "field required"}`
fn fault(fault: Value<'_, '_>) -> Option<String> {
    let said = fault.some("msg").and_then(words).or_else(|| words(fault))?;
    let place: Vec<String> = fault.some("loc").into_iter().flat_map(|loc| loc.items()).filter_map(words).collect();
    Some(if place.is_empty() { said } else { format!("{}: {said}", place.join(".")) })
}

/// A string or a number as a string; codes come as either.
fn words(value: Value<'_, '_>) -> Option<String> {
    match value.kind() {
        Kind::String => value.text().map(|text| text.decode().into_owned()).filter(|text| !text.is_empty()),
        Kind::Number => Some(value.raw().to_owned()),
        _ => None,
    }
}

/// The error it makes, with the status it came with.
pub(super) fn to_error(status: u16, told: Told) -> ApiError {
    let status = if (400..600).contains(&status) { status } else { 502 };
    let message = match told.message {
        Some(message) => match message.char_indices().nth(MAX_MESSAGE_CHARS) {
            Some((end, _)) => format!("{}…", message.get(..end).unwrap_or_default()),
            None => message,
        },
        None => format!("the provider answered {status}{}", reason(status)),
    };
    let quota = [&told.code, &told.kind].iter().any(|word| word.as_deref() == Some("insufficient_quota"));
    let mut error = ApiError::provider(status, told.code, message);
    if quota {
        error.kind = ErrorKind::Billing;
    }
    error.param = told.param;
    error
}

/// The words of a status line, for answers that say nothing themselves.
fn reason(status: u16) -> &'static str {
    match status {
        400 => " Bad Request",
        401 => " Unauthorized",
        402 => " Payment Required",
        403 => " Forbidden",
        404 => " Not Found",
        405 => " Method Not Allowed",
        408 => " Request Timeout",
        409 => " Conflict",
        413 => " Content Too Large",
        415 => " Unsupported Media Type",
        422 => " Unprocessable Content",
        424 => " Failed Dependency",
        429 => " Too Many Requests",
        500 => " Internal Server Error",
        502 => " Bad Gateway",
        503 => " Service Unavailable",
        504 => " Gateway Timeout",
        529 => " Overloaded",
        _ => "",
    }
}

/// Seconds from either of the two headers; a date is left alone (the header itself is passed on unread).
fn retry_after(headers: &Headers) -> Option<u64> {
    let seconds = |value: &str| -> Option<u64> {
        let value = value.trim().parse::<f64>().ok()?;
        (0.0..1.0e9).contains(&value).then_some(value.ceil() as u64)
    };
    match headers.get("retry-after").and_then(seconds) {
        Some(secs) => Some(secs),
        None => headers.get("retry-after-ms").and_then(seconds).map(|ms| ms.div_ceil(1000)),
    }
}
