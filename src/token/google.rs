//! Google's two ways: a service account's key file, and the metadata server of the machine we run on.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::issuer::{Issuer, Proof, SecretKey};
use super::oauth::is_cluster;
use crate::config::{Bounded, Errors, Node, SecretFile, settings};
use crate::host::Host;

/// What Vertex and every other Google Cloud API takes; IAM says what the account may do.
const CLOUD_PLATFORM: &str = "https://www.googleapis.com/auth/cloud-platform";

const TOKEN_URI: &str = "https://oauth2.googleapis.com/token";

settings! {
    /// A Google service account: its key signs an assertion (RFC 7523), and Google gives an access token for it. Give
    /// either the key file or its two fields.
    pub struct GoogleServiceAccount {
        /// The JSON key file as Google gives it out.
        pub key_file: Option<SecretFile>,
        /// `client_email` of the key file, where that is not given whole.
        pub client_email: Option<String>,
        /// `private_key` of the key file: PEM that begins with `-----BEGIN PRIVATE KEY-----`.
        pub private_key: Option<SecretFile>,
        /// What the token is to be good for.
        pub scope: String = CLOUD_PLATFORM.to_owned(),
        /// The Envoy cluster of the token server: `oauth2.googleapis.com`, port 443, with TLS.
        pub cluster: String,
        /// How long its answer may take.
        pub timeout_ms: Bounded<100, 60_000> = Bounded::of::<5_000>(),
    }
    check = GoogleServiceAccount::is_one_of_both;
}

settings! {
    /// The machine's own account, as Google's metadata server tells it: for Compute Engine, GKE and Cloud Run.
    pub struct GoogleMetadata {
        /// Which of the machine's accounts.
        pub account: String = "default".to_owned(),
        /// The metadata server's name, as it is to be called.
        pub host: String = "metadata.google.internal".to_owned(),
        /// The Envoy cluster of the metadata server: `metadata.google.internal`, port 80, without TLS.
        pub cluster: String,
        /// How long its answer may take.
        pub timeout_ms: Bounded<100, 60_000> = Bounded::of::<5_000>(),
    }
    check = GoogleMetadata::can_be_asked;
}

impl GoogleServiceAccount {
    fn is_one_of_both(&self, node: Node<'_>, errors: &mut Errors) {
        is_cluster(&self.cluster, node, errors);
        match (&self.key_file, &self.client_email, &self.private_key) {
            (Some(_), None, None) | (None, Some(_), Some(_)) => {}
            (Some(_), _, _) => errors.add(node, "give key_file alone: client_email and private_key are in it"),
            (None, _, _) => errors.add(node, "give key_file, or client_email and private_key"),
        }
        if self.client_email.as_ref().is_some_and(|email| !email.contains('@')) {
            let wanted = "expected an account's address, e.g. gateway@my-project.iam.gserviceaccount.com";
            errors.add(node.key("client_email"), wanted);
        }
    }

    /// Fetches the key and tries it.
    pub fn issuer(&self, host: &dyn Host, errors: &mut Errors) -> Option<Issuer> {
        let resolve = |file: &SecretFile, errors: &mut Errors| file.resolve(&|name| host.env(name), errors);
        let (at, email, pem, key_id, token_uri);
        if let Some(file) = &self.key_file {
            at = file.path();
            let text = resolve(file, errors)?;
            let Ok(json) = serde_json::from_str::<Value>(text.reveal()) else {
                errors.add_at(at, "expected the JSON key file of a service account");
                return None;
            };
            let field = |name: &str| json.get(name).and_then(Value::as_str).map(str::to_owned);
            let (Some(found_email), Some(found_key)) = (field("client_email"), field("private_key")) else {
                errors.add_at(at, "a service account's key file has client_email and private_key; this has not");
                return None;
            };
            (email, pem, key_id, token_uri) = (found_email, found_key, field("private_key_id"), field("token_uri"));
        } else {
            let file = self.private_key.as_ref()?;
            at = file.path();
            (email, key_id, token_uri) = (self.client_email.clone()?, None, None);
            pem = resolve(file, errors)?.reveal().to_owned();
        }
        let Some(key) = pkcs8(&pem) else {
            errors.add_at(at, "expected a private key in PEM that begins with -----BEGIN PRIVATE KEY-----");
            return None;
        };
        if let Err(error) = host.sign_rs256(&key, b"a try") {
            errors.add_at(at, format!("Envoy cannot sign with this private key ({error}); it has to be an RSA key"));
            return None;
        }
        let audience = token_uri.unwrap_or_else(|| TOKEN_URI.to_owned());
        let Some((server, path)) = audience.strip_prefix("https://").and_then(|rest| rest.split_once('/')) else {
            errors.add_at(at, "its token_uri is no https address");
            return None;
        };
        Some(Issuer {
            cluster: self.cluster.clone(),
            host: server.to_owned(),
            path: format!("/{path}"),
            timeout_ms: self.timeout_ms.get() as u32,
            proof: Proof::Assertion {
                email,
                key_id,
                key: SecretKey(key),
                scope: self.scope.clone(),
                audience: audience.clone(),
            },
        })
    }
}

impl GoogleMetadata {
    fn can_be_asked(&self, node: Node<'_>, errors: &mut Errors) {
        is_cluster(&self.cluster, node, errors);
        let plain = |text: &str| {
            !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._@:[]".contains(&byte))
        };
        if !plain(&self.account) {
            errors.add(node.key("account"), "expected default or an account's address");
        }
        if !plain(&self.host) {
            errors.add(node.key("host"), "expected a host name with an optional port");
        }
    }

    /// Who gives the token.
    pub fn issuer(&self) -> Issuer {
        Issuer {
            cluster: self.cluster.clone(),
            host: self.host.clone(),
            path: format!("/computeMetadata/v1/instance/service-accounts/{}/token", self.account),
            timeout_ms: self.timeout_ms.get() as u32,
            proof: Proof::Machine,
        }
    }
}

/// The bytes in a PEM private key.
fn pkcs8(pem: &str) -> Option<Vec<u8>> {
    let (_, rest) = pem.split_once("-----BEGIN PRIVATE KEY-----")?;
    let (inside, _) = rest.split_once("-----END PRIVATE KEY-----")?;
    let inside: String = inside.split_whitespace().collect();
    STANDARD.decode(inside).ok().filter(|bytes| !bytes.is_empty())
}
