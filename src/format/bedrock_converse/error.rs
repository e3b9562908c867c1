//! Amazon's errors: `{"message"}` with the type in the header `x-amzn-errortype`, and in a stream an exception frame of
//! that type. Claude behind InvokeModel fails the same way, so its room reads them here, too.

use crate::chat::{ApiError, ErrorKind};
use crate::http::Headers;
use crate::wire::json::{Doc, Value, Writer};

/// The types with their statuses (the service's model in botocore). The first row of a kind is the one written for it.
const TYPES: &[(&str, u16, ErrorKind)] = &[
    ("ValidationException", 400, ErrorKind::InvalidRequest),
    ("SerializationException", 400, ErrorKind::InvalidRequest),
    ("ServiceQuotaExceededException", 400, ErrorKind::RateLimit),
    ("ThrottlingException", 429, ErrorKind::RateLimit),
    ("ModelNotReadyException", 429, ErrorKind::Overloaded),
    ("ServiceUnavailableException", 503, ErrorKind::Overloaded),
    ("AccessDeniedException", 403, ErrorKind::Permission),
    ("UnrecognizedClientException", 403, ErrorKind::Authentication),
    ("InvalidSignatureException", 403, ErrorKind::Authentication),
    ("ExpiredTokenException", 403, ErrorKind::Authentication),
    ("MissingAuthenticationTokenException", 403, ErrorKind::Authentication),
    ("ResourceNotFoundException", 404, ErrorKind::NotFound),
    ("ModelTimeoutException", 408, ErrorKind::Timeout),
    ("InternalServerException", 500, ErrorKind::Server),
    ("ModelErrorException", 424, ErrorKind::Server),
    ("ModelStreamErrorException", 424, ErrorKind::Server),
];

/// How much of a provider's message is handed on.
const MAX_MESSAGE_CHARS: usize = 2000;

/// The header that says what kind of error it is.
pub(in crate::format) const TYPE_HEADER: &str = "x-amzn-errortype";

/// Reads an error answer.
pub(in crate::format) fn read(status: u16, headers: &Headers, body: &[u8]) -> ApiError {
    let kind = headers.get(TYPE_HEADER);
    let read = Doc::parse(body).ok().and_then(|doc| read_value(Some(status), kind, doc.root()));
    let mut error = read.unwrap_or_else(|| {
        let status = if status < 400 { 502 } else { status };
        let message = format!("the provider answered with status {status} and no explanation");
        classified(status, kind.map(name_of), message)
    });
    error.retry_after_secs = headers.get("retry-after").and_then(|secs| secs.trim().parse().ok());
    error
}

/// Whether a body is an error: a message in words, and none of an answer's members.
pub(super) fn is_error(body: Value<'_, '_>) -> bool {
    body.some("output").is_none()
        && ["message", "Message"].iter().any(|name| body.some(name).and_then(Value::text).is_some())
}

/// The name of a type, which may come with its shape's address before and a colon with an address behind it.
fn name_of(kind: &str) -> &str {
    let kind = kind.split(':').next().unwrap_or(kind);
    kind.rsplit('#').next().unwrap_or(kind).trim()
}

/// Reads an error's JSON; None if there is no message in it. Without a status of its own (in a stream), or with one that
/// is no error's, the type tells it.
pub(in crate::format) fn read_value(status: Option<u16>, kind: Option<&str>, root: Value<'_, '_>) -> Option<ApiError> {
    let inner = root.some("error").unwrap_or(root);
    let text = |value: Option<Value<'_, '_>>| {
        value.and_then(Value::text).filter(|text| !text.is_empty()).map(|text| text.decode().into_owned())
    };
    let said = ["message", "Message", "originalMessage", "errorMessage"];
    let message = said.iter().find_map(|name| text(inner.get(name))).or_else(|| text(Some(inner)))?;
    let message = message.chars().take(MAX_MESSAGE_CHARS).collect::<String>();
    let own = ["__type", "code", "type"].iter().find_map(|name| text(inner.get(name)));
    let kind = kind.or(own.as_deref()).map(name_of);
    let status = status.filter(|status| *status >= 400).or(kind.and_then(row_of).map(|(_, status, _)| *status));
    Some(classified(status.unwrap_or(502), kind, message))
}

/// What an exception frame of a stream says. Its name begins with a small letter there.
pub(in crate::format) fn of_frame(name: Option<&[u8]>, data: &[u8]) -> ApiError {
    let name = name.and_then(|name| std::str::from_utf8(name).ok());
    let doc = Doc::parse(data).ok();
    let read = doc.and_then(|doc| read_value(None, name, doc.root()));
    read.unwrap_or_else(|| {
        let status = name.and_then(row_of).map_or(502, |(_, status, _)| *status);
        classified(status, name, "the provider failed without saying why".to_owned())
    })
}

fn row_of(name: &str) -> Option<&'static (&'static str, u16, ErrorKind)> {
    TYPES.iter().find(|(known, ..)| known.eq_ignore_ascii_case(name))
}

fn classified(status: u16, kind: Option<&str>, message: String) -> ApiError {
    let mut error = ApiError::provider(status, kind.map(str::to_owned), message);
    if let Some((name, _, kind)) = kind.and_then(row_of) {
        error.kind = *kind;
        error.code = Some((*name).to_owned());
    }
    error
}

/// The type an error is written as: the provider's own, if it is one of these, else by what happened.
pub(super) fn type_of(error: &ApiError) -> &'static str {
    let own = error.code.as_deref().and_then(row_of);
    let row = own.or_else(|| match error.kind {
        ErrorKind::Billing => TYPES.iter().find(|(name, ..)| *name == "AccessDeniedException"),
        ErrorKind::TooLarge => TYPES.first(),
        ErrorKind::Overloaded => TYPES.iter().find(|(name, ..)| *name == "ServiceUnavailableException"),
        ErrorKind::RateLimit => TYPES.iter().find(|(name, ..)| *name == "ThrottlingException"),
        kind => TYPES.iter().find(|(.., known)| *known == kind),
    });
    row.map_or("InternalServerException", |(name, ..)| name)
}

/// The type of a stream's exception: of these there are five.
pub(super) fn exception_of(error: &ApiError) -> &'static str {
    match type_of(error) {
        "ThrottlingException" | "ServiceQuotaExceededException" | "ModelNotReadyException" => "throttlingException",
        "ServiceUnavailableException" => "serviceUnavailableException",
        "ModelErrorException" | "ModelStreamErrorException" | "ModelTimeoutException" => "modelStreamErrorException",
        "InternalServerException" => "internalServerException",
        _ => "validationException",
    }
}

/// The header that goes with an error's body.
pub(super) fn header(error: &ApiError) -> (&'static str, &'static str) {
    (TYPE_HEADER, type_of(error))
}

/// Writes an error's body. Amazon has no place for the field's path, so it goes in front of the sentence.
pub(super) fn write(error: &ApiError) -> Vec<u8> {
    let mut out = Writer::with_capacity(64 + error.message.len());
    let message = match &error.param {
        Some(param) if !error.message.contains(param.as_str()) => &format!("{param}: {}", error.message),
        _ => &error.message,
    };
    out.open().key("message").string(message).close();
    out.out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_read_whatever_their_shape() {
        type Row = (u16, &'static str, &'static str, u16, ErrorKind, Option<&'static str>, &'static str);
        let silent = "the provider answered with status 503 and no explanation";
        let rows: &[Row] = &[
            (
                429,
                "ThrottlingException:http://internal.amazon.com/coral/com.amazon.bedrock/",
                r#"{"message":"Too many tokens, please wait before trying again."}"#,
                429,
                ErrorKind::RateLimit,
                Some("ThrottlingException"),
                "Too many tokens, please wait before trying again.",
            ),
            (
                400,
                "ValidationException",
                r#"{"message":"The model returned the following errors: x"}"#,
                400,
                ErrorKind::InvalidRequest,
                Some("ValidationException"),
                "The model returned the following errors: x",
            ),
            (
                403,
                "",
                r#"{"Message":"User is not authorized","__type":"com.amazon.coral.service#AccessDeniedException"}"#,
                403,
                ErrorKind::Permission,
                Some("AccessDeniedException"),
                "User is not authorized",
            ),
            (
                403,
                "UnrecognizedClientException",
                r#"{"message":"The security token included in the request is invalid."}"#,
                403,
                ErrorKind::Authentication,
                Some("UnrecognizedClientException"),
                "The security token included in the request is invalid.",
            ),
            (
                424,
                "ModelErrorException",
                r#"{"message":"the model failed","originalStatusCode":500}"#,
                424,
                ErrorKind::Server,
                Some("ModelErrorException"),
                "the model failed",
            ),
            (
                408,
                "ModelTimeoutException",
                "{}",
                408,
                ErrorKind::Timeout,
                Some("ModelTimeoutException"),
                "the provider answered with status 408 and no explanation",
            ),
            (503, "", "<html>", 503, ErrorKind::Overloaded, None, silent),
            (
                400,
                "FutureException",
                r#"{"message":"x"}"#,
                400,
                ErrorKind::InvalidRequest,
                Some("FutureException"),
                "x",
            ),
            (
                404,
                "",
                r#"{"error":{"message":"no model","code":"model_not_found"}}"#,
                404,
                ErrorKind::NotFound,
                Some("model_not_found"),
                "no model",
            ),
            (500, "", r#"{"error":"broken"}"#, 500, ErrorKind::Server, None, "broken"),
        ];
        for (status, kind, body, want_status, want_kind, code, message) in rows {
            let headers: Headers = [(TYPE_HEADER, *kind)].into_iter().filter(|(_, kind)| !kind.is_empty()).collect();
            let error = read(*status, &headers, body.as_bytes());
            assert_eq!(
                (error.status, error.kind, error.code.as_deref(), error.message.as_str()),
                (*want_status, *want_kind, *code, *message),
                "{body}"
            );
        }
    }

    #[test]
    fn an_exception_frame_is_an_error_by_its_name() {
        let rows: &[(Option<&str>, &str, u16, ErrorKind, &str)] = &[
            (Some("throttlingException"), r#"{"message":"slow down"}"#, 429, ErrorKind::RateLimit, "slow down"),
            (
                Some("modelStreamErrorException"),
                r#"{"originalStatusCode":500,"originalMessage":"worse"}"#,
                424,
                ErrorKind::Server,
                "worse",
            ),
            (
                Some("serviceUnavailableException"),
                "",
                503,
                ErrorKind::Overloaded,
                "the provider failed without saying why",
            ),
            (Some("InternalFailure"), r#"{"message":"x"}"#, 502, ErrorKind::Server, "x"),
            (None, "", 502, ErrorKind::Server, "the provider failed without saying why"),
        ];
        for (name, data, status, kind, message) in rows {
            let error = of_frame(name.map(str::as_bytes), data.as_bytes());
            assert_eq!((error.status, error.kind, error.message.as_str()), (*status, *kind, *message), "{name:?}");
        }
    }

    #[test]
    fn every_error_is_written_as_a_type_of_theirs() {
        let rows: &[(u16, &str, &str)] = &[
            (400, "ValidationException", "validationException"),
            (401, "UnrecognizedClientException", "validationException"),
            (402, "AccessDeniedException", "validationException"),
            (403, "AccessDeniedException", "validationException"),
            (404, "ResourceNotFoundException", "validationException"),
            (408, "ModelTimeoutException", "modelStreamErrorException"),
            (413, "ValidationException", "validationException"),
            (422, "ValidationException", "validationException"),
            (429, "ThrottlingException", "throttlingException"),
            (500, "InternalServerException", "internalServerException"),
            (502, "InternalServerException", "internalServerException"),
            (503, "ServiceUnavailableException", "serviceUnavailableException"),
            (504, "ModelTimeoutException", "modelStreamErrorException"),
            (529, "ServiceUnavailableException", "serviceUnavailableException"),
        ];
        for (status, name, exception) in rows {
            let error = ApiError::provider(*status, None, "it \"broke\"");
            assert_eq!((header(&error).1, exception_of(&error)), (*name, *exception), "{status}");
            assert_eq!(String::from_utf8(write(&error)).unwrap(), r#"{"message":"it \"broke\""}"#);
        }
        let own = classified(429, Some("ModelNotReadyException"), String::new());
        assert_eq!((header(&own).1, exception_of(&own)), ("ModelNotReadyException", "throttlingException"));
        let error = ApiError::invalid_request("messages[0].role", "expected a string, got a number");
        assert_eq!(write(&error), br#"{"message":"messages[0].role: expected a string, got a number"}"#);
    }
}
