//! Errors, both directions. Reading takes every shape seen behind OpenAI's API: its own, Azure's, those of servers that
//! only look like it, and the pages of proxies in between.

use crate::chat::{ApiError, ErrorKind};
use crate::http::Headers;
use crate::wire::json::{Doc, Kind, Value, Writer};

/// How much of a provider's message is kept.
const MAX_MESSAGE_CHARS: usize = 2000;

/// What an error object says.
#[derive(Debug, Default, PartialEq, Eq)]
struct Told {
    message: Option<String>,
    code: Option<String>,
    kind: Option<String>,
    param: Option<String>,
}

pub(in crate::format) fn read(status: u16, headers: &Headers, body: &[u8]) -> ApiError {
    let told = Doc::parse(body).ok().map(|doc| tell(doc.root())).unwrap_or_default();
    let mut error = to_error(status, told);
    error.retry_after_secs = retry_after(headers);
    error
}

/// The error inside an answer or a chunk that came with status 200, if there is one. An `error` that is false or empty
/// is none, as for OpenAI's SDK.
pub(in crate::format) fn in_answer(root: Value<'_, '_>) -> Option<ApiError> {
    // Groq tells it beside its usage.
    let groq = root.some("x_groq").and_then(|groq| groq.some("error"));
    let error = root.some("error").filter(|error| truthy(*error)).or(groq);
    // Older vLLM: the object itself is the error.
    if error.is_none() && !root.get("object").is_some_and(|object| object.is("error")) {
        return None;
    }
    Some(of_told(match (groq, error) {
        (Some(groq), _) => tell_error(groq),
        _ => tell(root),
    }))
}

/// The error that an event says, which is one by its type.
pub(in crate::format) fn in_event(root: Value<'_, '_>) -> ApiError {
    let mut told = tell(root);
    // `type` is the event's own, and in a bare one the only.
    told.kind = told.kind.filter(|kind| kind != "error");
    of_told(told)
}

/// An error that came without a status: its words tell it.
fn of_told(told: Told) -> ApiError {
    let status = told.code.as_deref().and_then(|code| code.parse().ok()).filter(|code| (400..600).contains(code));
    let status = status.unwrap_or_else(|| {
        let words = [told.kind.as_deref(), told.code.as_deref()];
        let found = STATUSES.iter().find(|(word, _)| words.contains(&Some(*word)));
        found.map_or(502, |(_, status)| *status)
    });
    to_error(status, told)
}

/// The status an error would have had, had it come before the stream.
const STATUSES: &[(&str, u16)] = &[
    ("invalid_request_error", 400),
    ("context_length_exceeded", 400),
    ("content_filter", 400),
    ("invalid_prompt", 400),
    ("image_content_policy_violation", 400),
    ("invalid_base64_image", 400),
    ("invalid_image_format", 400),
    ("invalid_image_url", 400),
    ("failed_to_download_image", 400),
    ("image_too_large", 400),
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
    ("vector_store_timeout", 504),
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

/// A whole body.
fn tell(root: Value<'_, '_>) -> Told {
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
fn tell_error(error: Value<'_, '_>) -> Told {
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

fn to_error(status: u16, told: Told) -> ApiError {
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

/// `{"error":{"message","type","param","code"}}`
pub(in crate::format) fn write(error: &ApiError) -> Vec<u8> {
    let mut writer = Writer::with_capacity(128 + error.message.len());
    write_into(error, &mut writer);
    writer.out
}

pub(in crate::format) fn write_into(error: &ApiError, writer: &mut Writer) {
    writer.open();
    write_member(error, writer);
    writer.close();
}

/// Writes the member `error` of an object that is open.
pub(in crate::format) fn write_member(error: &ApiError, writer: &mut Writer) {
    let (kind, usual_code) = words_of(error.kind);
    writer.key("error").open();
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
    writer.close();
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
