//! What went wrong, for the client: one value, which each format writes in its own shape.

/// Whose fault it is; the `x-postern-error-source` header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorSource {
    /// The request is wrong.
    Client,
    /// The operator's rules do not allow it.
    Policy,
    /// The provider failed or refused.
    Provider,
    /// We or Envoy failed.
    Gateway,
}

impl ErrorSource {
    const ALL: [Self; 4] = [Self::Client, Self::Policy, Self::Provider, Self::Gateway];

    /// Reads the header's word back.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|source| source.name() == name)
    }

    /// The header's word.
    pub fn name(self) -> &'static str {
        match self {
            ErrorSource::Client => "client",
            ErrorSource::Policy => "gateway-policy",
            ErrorSource::Provider => "provider",
            ErrorSource::Gateway => "gateway",
        }
    }
}

/// The classes both OpenAI's and Anthropic's error types fall into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum ErrorKind {
    InvalidRequest,
    Authentication,
    Billing,
    Permission,
    NotFound,
    TooLarge,
    RateLimit,
    Timeout,
    Overloaded,
    Server,
}

impl ErrorKind {
    /// The class's name in records and metrics (OpenTelemetry's `error.type`).
    pub fn name(self) -> &'static str {
        match self {
            Self::InvalidRequest => "invalid_request",
            Self::Authentication => "authentication",
            Self::Billing => "billing",
            Self::Permission => "permission",
            Self::NotFound => "not_found",
            Self::TooLarge => "too_large",
            Self::RateLimit => "rate_limit",
            Self::Timeout => "timeout",
            Self::Overloaded => "overloaded",
            Self::Server => "server",
        }
    }

    /// The class of an HTTP status (wire-formats.md section 6.2; 529 is Anthropic's "overloaded").
    pub fn of_status(status: u16) -> Self {
        match status {
            401 => Self::Authentication,
            402 => Self::Billing,
            403 => Self::Permission,
            404 => Self::NotFound,
            408 | 504 => Self::Timeout,
            413 => Self::TooLarge,
            429 => Self::RateLimit,
            503 | 529 => Self::Overloaded,
            400..500 => Self::InvalidRequest,
            _ => Self::Server,
        }
    }
}

/// An error on its way to the client. Says what to change and no internals.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiError {
    /// HTTP status.
    pub status: u16,
    /// Its class.
    pub kind: ErrorKind,
    /// Whose fault.
    pub source: ErrorSource,
    /// A stable word for programs, e.g. `model_not_found`; a provider's own where it gave one.
    pub code: Option<String>,
    /// One sentence.
    pub message: String,
    /// The field that is wrong, e.g. `messages[2].content`.
    pub param: Option<String>,
    /// `retry-after`, seconds.
    pub retry_after_secs: Option<u64>,
}

impl ApiError {
    fn new(status: u16, source: ErrorSource, code: &str, message: impl Into<String>) -> Self {
        Self {
            status,
            kind: ErrorKind::of_status(status),
            source,
            code: Some(code.to_owned()),
            message: message.into(),
            param: None,
            retry_after_secs: None,
        }
    }

    /// 400: the body is not what the format asks for. `param` is the field's path.
    pub fn invalid_request(param: impl Into<String>, message: impl Into<String>) -> Self {
        let param = param.into();
        let mut error = Self::new(400, ErrorSource::Client, "invalid_request", message);
        error.param = (!param.is_empty()).then_some(param);
        error
    }

    /// 400: right, but this model's provider cannot do it.
    pub fn unsupported(param: impl Into<String>, message: impl Into<String>) -> Self {
        let mut error = Self::invalid_request(param, message);
        error.code = Some("unsupported_by_target".to_owned());
        error
    }

    /// 401: no key, or one we do not know. The text never repeats the key.
    pub fn invalid_key(message: impl Into<String>) -> Self {
        Self::new(401, ErrorSource::Client, "invalid_api_key", message)
    }

    /// 503: there is no access token to ask this provider with. The reason is the operator's business, and in the log.
    pub fn no_credential(provider: &str) -> Self {
        let message = format!("the gateway has no credential for provider {provider} at the moment; try again shortly");
        let mut error = Self::new(503, ErrorSource::Gateway, "credential_unavailable", message);
        error.retry_after_secs = Some(5);
        error
    }

    /// 403: a known caller that may not do this.
    pub fn forbidden(code: &str, message: impl Into<String>) -> Self {
        Self::new(403, ErrorSource::Policy, code, message)
    }

    /// 404: no such model or path.
    pub fn not_found(code: &str, message: impl Into<String>) -> Self {
        Self::new(404, ErrorSource::Client, code, message)
    }

    /// 405: the path is known, not by that method.
    pub fn method_not_allowed(message: impl Into<String>) -> Self {
        Self::new(405, ErrorSource::Client, "method_not_allowed", message)
    }

    /// 413: the body is over a limit.
    pub fn too_large(message: impl Into<String>) -> Self {
        Self::new(413, ErrorSource::Client, "request_too_large", message)
    }

    /// 429: over a limit of ours.
    pub fn rate_limited(message: impl Into<String>, retry_after_secs: u64) -> Self {
        let mut error = Self::new(429, ErrorSource::Policy, "rate_limit_exceeded", message);
        error.retry_after_secs = Some(retry_after_secs);
        error
    }

    /// 400: a policy will not let the content pass.
    pub fn blocked(message: impl Into<String>) -> Self {
        Self::new(400, ErrorSource::Policy, "content_blocked", message)
    }

    /// What a provider (or the way to it) answered, with its own status.
    pub fn provider(status: u16, code: Option<String>, message: impl Into<String>) -> Self {
        let mut error = Self::new(status, ErrorSource::Provider, "", message);
        error.code = code;
        error
    }

    /// 502: the provider's answer is not what its format promises.
    pub fn bad_answer(message: impl Into<String>) -> Self {
        Self::new(502, ErrorSource::Provider, "bad_provider_answer", message)
    }

    /// 5xx: Envoy could not reach a provider, or not in time.
    pub fn unreachable(status: u16, message: impl Into<String>) -> Self {
        Self::new(status, ErrorSource::Gateway, "provider_unreachable", message)
    }

    /// 500: our own fault.
    pub fn internal() -> Self {
        Self::new(
            500,
            ErrorSource::Gateway,
            "internal_error",
            "the gateway failed on this request; it was not answered",
        )
    }
}
