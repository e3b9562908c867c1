//! Errors: `{"message", "id"}`, and whatever else may come in their place.

use crate::chat::{ApiError, ErrorKind};
use crate::format::openai;
use crate::http::Headers;
use crate::wire::json::{Kind, Value, Writer};

/// Reads an error answer.
pub(super) fn read(status: u16, headers: &Headers, body: &[u8]) -> ApiError {
    // Cohere's message lies where other servers have theirs, too.
    let mut error = openai::error::read(status, headers, body);
    error.kind = kind_of(error.status).unwrap_or(error.kind);
    error
}

/// Cohere's own statuses.
fn kind_of(status: u16) -> Option<ErrorKind> {
    match status {
        // "Invalid token"
        498 => Some(ErrorKind::Authentication),
        // "Client closed request": the one who waited went away.
        499 => Some(ErrorKind::Timeout),
        _ => None,
    }
}

/// Whether a body is an error: an answer's `message` is an object.
pub(super) fn is_error(body: Value<'_, '_>) -> bool {
    body.get("message").is_some_and(|message| message.kind() == Kind::String) || body.some("error").is_some()
}

/// Writes an error's body. There is no place for the field's path, so it goes in front of the sentence.
pub(super) fn write(error: &ApiError) -> Vec<u8> {
    let mut writer = Writer::with_capacity(64 + error.message.len());
    writer.open().key("message").string(&sentence(error)).close();
    writer.out
}

/// The message with the path of the field that is wrong.
pub(super) fn sentence(error: &ApiError) -> String {
    match &error.param {
        Some(param) if !error.message.contains(param.as_str()) => format!("{param}: {}", error.message),
        _ => error.message.clone(),
    }
}
