//! Who gives access tokens: how one is asked for, and what the answer says. OAuth 2.0 (RFC 6749) in four ways of proving
//! who asks.

use std::fmt::Write;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{MAX_TOKEN_BYTES, now_ms};
use crate::config::SecretText;
use crate::host::{CallId, Host};
use crate::http::{Headers, percent_encode};

/// What a token is good for where its server does not say (RFC 6749 section 5.1 asks it to).
const UNSAID_SECS: u64 = 300;

/// No token is believed to last longer: a clock or a server may be wrong.
const MAX_SECS: u64 = 86_400;

/// How long Google may take an assertion; an hour is the most it accepts.
const ASSERTION_SECS: u64 = 3_600;

/// Most of a token server's words that go into the log.
const MAX_WORDS: usize = 300;

/// A word longer than this is no word.
const MAX_WORD: usize = 80;

/// A token server, and who we are to it.
pub struct Issuer {
    /// The Envoy cluster it is in.
    pub(super) cluster: String,
    pub(super) host: String,
    pub(super) path: String,
    pub(super) timeout_ms: u32,
    pub(super) proof: Proof,
}

/// How it is told who asks.
pub(super) enum Proof {
    /// An assertion signed with the account's key (RFC 7523).
    Assertion { email: String, key_id: Option<String>, key: SecretKey, scope: String, audience: String },
    /// Id and secret in the form; Entra's way.
    Form { client_id: String, secret: SecretText, scope: String },
    /// Id and secret in the `authorization` header, which every server has to take (RFC 6749 section 2.3.1).
    Basic { client_id: String, secret: SecretText, scope: Option<String> },
    /// None: whoever reaches the server is the account. `metadata-flavor` keeps browsers and open proxies out.
    Machine,
}

/// A private key in PKCS #8 form, without its armour.
pub(super) struct SecretKey(pub Vec<u8>);

impl Issuer {
    /// How long an answer may take.
    pub fn timeout_ms(&self) -> u32 {
        self.timeout_ms
    }

    /// Which token this is: the same for all who would get the same, and another one with each change of the credential.
    /// The secret is in it, but hashed, so it can name a place.
    pub fn fingerprint(&self) -> String {
        let (who, what, secret): (&str, &str, &[u8]) = match &self.proof {
            Proof::Assertion { email, key, scope, .. } => (email, scope, &key.0),
            Proof::Form { client_id, secret, scope } => (client_id, scope, secret.reveal().as_bytes()),
            Proof::Basic { client_id, secret, scope } => {
                (client_id, scope.as_deref().unwrap_or_default(), secret.reveal().as_bytes())
            }
            Proof::Machine => ("", "", b""),
        };
        let mut hash = Sha256::new();
        for part in [self.host.as_bytes(), self.path.as_bytes(), who.as_bytes(), what.as_bytes(), secret] {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        }
        hash.finalize().iter().take(16).fold(String::new(), |mut out, byte| {
            let _ = write!(out, "{byte:02x}");
            out
        })
    }

    /// Sends the question. An error is in words for the operator.
    pub fn ask(&self, host: &dyn Host) -> Result<CallId, String> {
        let method = if matches!(self.proof, Proof::Machine) { "GET" } else { "POST" };
        let scheme = if matches!(self.proof, Proof::Machine) { "http" } else { "https" };
        let mut headers: Headers = [
            (":method", method),
            (":scheme", scheme),
            (":authority", &self.host),
            (":path", &self.path),
            ("accept", "application/json"),
            ("accept-encoding", "identity"),
            ("user-agent", concat!("postern/", env!("CARGO_PKG_VERSION"))),
        ]
        .into_iter()
        .collect();
        let mut form = Form::default();
        match &self.proof {
            Proof::Assertion { email, key_id, key, scope, audience } => {
                let now_secs = now_ms(host) / 1000;
                let head = match key_id {
                    Some(id) => json!({"alg": "RS256", "typ": "JWT", "kid": id}),
                    None => json!({"alg": "RS256", "typ": "JWT"}),
                };
                let claims = json!({
                    "iss": email, "scope": scope, "aud": audience, "iat": now_secs, "exp": now_secs + ASSERTION_SECS,
                });
                let text = format!(
                    "{}.{}",
                    URL_SAFE_NO_PAD.encode(head.to_string()),
                    URL_SAFE_NO_PAD.encode(claims.to_string())
                );
                let signature = host.sign_rs256(&key.0, text.as_bytes());
                let signature = signature.map_err(|error| format!("the assertion cannot be signed: {error}"))?;
                form.add("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer");
                form.add("assertion", &format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature)));
            }
            Proof::Form { client_id, secret, scope } => {
                form.add("grant_type", "client_credentials");
                form.add("client_id", client_id);
                form.add("client_secret", secret.reveal());
                form.add("scope", scope);
            }
            Proof::Basic { client_id, secret, scope } => {
                form.add("grant_type", "client_credentials");
                if let Some(scope) = scope {
                    form.add("scope", scope);
                }
                let mut pair = String::new();
                percent_encode(&mut pair, client_id, b"");
                pair.push(':');
                percent_encode(&mut pair, secret.reveal(), b"");
                headers.add("authorization", &format!("Basic {}", STANDARD.encode(pair)));
            }
            Proof::Machine => headers.add("metadata-flavor", "Google"),
        }
        if method == "POST" {
            headers.add("content-type", "application/x-www-form-urlencoded");
        }
        let call = host.call(&self.cluster, &headers, form.0.as_bytes(), self.timeout_ms);
        call.map_err(|error| format!("cluster {} cannot be called: {error}", self.cluster))
    }

    /// The token in an answer, and how many milliseconds it lasts; or what is wrong, in words for the operator.
    pub fn read(&self, headers: &Headers, body: &[u8]) -> Result<(String, u64), String> {
        let status = headers.get(":status").unwrap_or("none");
        let answer: Value = serde_json::from_slice(body).unwrap_or_default();
        if status != "200" {
            return Err(self.refusal(status, &answer, body));
        }
        let token = answer.get("access_token").and_then(Value::as_str).unwrap_or_default();
        let sendable = SecretText::received(token).is_some() && token.bytes().all(|byte| byte.is_ascii_graphic());
        if !sendable || token.len() > MAX_TOKEN_BYTES {
            return Err(format!("{} answered without a token that can be sent", self.host));
        }
        let kind = answer.get("token_type").and_then(Value::as_str).unwrap_or("bearer");
        if !kind.eq_ignore_ascii_case("bearer") {
            return Err(format!("{} gave a token of a type that is not bearer", self.host));
        }
        let secs = answer.get("expires_in").and_then(|secs| secs.as_u64().or_else(|| secs.as_str()?.parse().ok()));
        Ok((token.to_owned(), secs.unwrap_or(UNSAID_SECS).min(MAX_SECS) * 1000))
    }

    /// What a token server said instead: its error and its words, which are for the operator and of no use to a client.
    fn refusal(&self, status: &str, answer: &Value, body: &[u8]) -> String {
        let text = |key: &str| answer.get(key).and_then(Value::as_str);
        let said = match (text("error"), text("error_description")) {
            (Some(error), Some(words)) => format!("{error}: {words}"),
            (Some(error), None) => error.to_owned(),
            // Envoy's own words, where the server did not answer: "upstream connect error ...".
            _ => String::from_utf8_lossy(body).into_owned(),
        };
        let said = match &self.proof {
            Proof::Form { secret, .. } | Proof::Basic { secret, .. } => said.replace(secret.reveal(), "***"),
            Proof::Assertion { .. } | Proof::Machine => said,
        };
        // An assertion or a token would be one long word.
        let words = said.split_whitespace().map(|word| if word.len() > MAX_WORD { "***" } else { word });
        let said: String =
            words.collect::<Vec<_>>().join(" ").chars().filter(|c| !c.is_control()).take(MAX_WORDS).collect();
        let host = &self.host;
        if said.is_empty() { format!("{host} answered {status}") } else { format!("{host} answered {status}: {said}") }
    }
}

/// `application/x-www-form-urlencoded`.
#[derive(Default)]
struct Form(String);

impl Form {
    fn add(&mut self, name: &str, value: &str) {
        if !self.0.is_empty() {
            self.0.push('&');
        }
        self.0.push_str(name);
        self.0.push('=');
        percent_encode(&mut self.0, value, b"");
    }
}
