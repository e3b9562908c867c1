//! Gateway keys: where a client shows one, and what is kept of it. That is its SHA-256, never the key.

use std::borrow::Cow;

use crate::config::{Errors, Name, Node, Setting, Shape, Time, settings};
use crate::http::{self, Headers};

settings! {
    /// One gateway key. The key itself is not written anywhere: `printf %s "$KEY" | sha256sum` gives what is.
    pub struct TenantKey {
        /// The key's name, in records. Never the key.
        pub id: Name,
        /// SHA-256 of the key, 64 hex digits.
        pub sha256: Hex32,
        /// When it ends; never if left out.
        pub expires: Option<Time>,
        /// Whether it is out of use, for now or for ever. Its record stays.
        pub disabled: bool = false,
    }
}

/// 32 bytes, written as 64 hex digits: a SHA-256 digest, a public key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hex32([u8; 32]);

impl Hex32 {
    /// These bytes.
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes.
    pub fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl Setting for Hex32 {
    fn read(node: Node<'_>, errors: &mut Errors) -> Option<Self> {
        let text = node.text(errors)?;
        let digit = |byte: u8| (byte as char).to_digit(16).map(|digit| digit as u8);
        let mut digest = [0; 32];
        let mut fits = text.len() == 64;
        for (slot, pair) in digest.iter_mut().zip(text.as_bytes().chunks(2)) {
            match pair {
                [high, low] => match digit(*high).zip(digit(*low)) {
                    Some((high, low)) => *slot = high << 4 | low,
                    None => fits = false,
                },
                _ => fits = false,
            }
        }
        if !fits {
            // Not quoted: it may be the key itself, written where its digest belongs.
            let got = match text.chars().count() {
                64 => "another character among the 64".to_owned(),
                got => format!("{got} characters"),
            };
            let hint = "`printf %s \"$KEY\" | sha256sum` gives those of a key";
            errors.add(node, format!("expected 64 hex digits, got {got}; {hint}"));
        }
        fits.then_some(Self(digest))
    }
    fn describe() -> Shape {
        Shape::leaf("64 hex digits", serde_json::json!({"type": "string", "pattern": "^[0-9A-Fa-f]{64}$"}))
    }
    fn show(&self) -> serde_json::Value {
        self.0.iter().map(|byte| format!("{byte:02x}")).collect::<String>().into()
    }
}

/// The place of a key in its tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyAt(pub(super) u32);

impl KeyAt {
    pub(super) fn index(self) -> usize {
        self.0 as usize
    }
}

/// Headers a key may come in, in the order in which they are tried; `authorization` carries `Bearer <key>`.
pub const KEY_HEADERS: [&str; 4] = ["authorization", "x-api-key", "api-key", "x-goog-api-key"];

/// How OpenAI's clients show their key where they cannot set headers: in a browser's WebSocket.
pub const KEY_PROTOCOL: &str = "openai-insecure-api-key.";

/// The key a client shows, wherever it is. In the query only if no header has one: there it is Google's older way.
pub fn presented_key(headers: &Headers) -> Option<Cow<'_, str>> {
    let in_header = || {
        KEY_HEADERS.iter().find_map(|name| {
            let value = headers.get(name)?.trim();
            let key = match *name {
                "authorization" => {
                    let (scheme, key) = value.split_once(' ')?;
                    scheme.eq_ignore_ascii_case("bearer").then(|| key.trim())?
                }
                _ => value,
            };
            (!key.is_empty()).then_some(key)
        })
    };
    let in_protocol = || {
        let protocols = headers.get("sec-websocket-protocol")?.split(',');
        protocols.filter_map(|name| name.trim().strip_prefix(KEY_PROTOCOL)).find(|key| !key.is_empty())
    };
    let in_query = || {
        let (_, query) = headers.get(":path")?.split_once('?')?;
        let (_, key) = query.split('&').filter_map(|pair| pair.split_once('=')).find(|(name, _)| is_key(name))?;
        http::percent_decode(key).filter(|key| !key.is_empty())
    };
    in_header().or_else(in_protocol).map(Cow::Borrowed).or_else(|| in_query().map(Cow::Owned))
}

/// A path without the key in its query, where it has one: what reads the path later must not see it.
pub fn without_key(path: &str) -> Option<String> {
    let (path, query) = path.split_once('?')?;
    let name = |pair: &str| pair.split('=').next().unwrap_or_default().to_owned();
    if !query.split('&').any(|pair| is_key(&name(pair))) {
        return None;
    }
    let kept: Vec<_> = query.split('&').filter(|pair| !is_key(&name(pair))).collect();
    Some(if kept.is_empty() { path.to_owned() } else { format!("{path}?{}", kept.join("&")) })
}

/// Whether a name in a query is the key's, however it is spelled.
fn is_key(name: &str) -> bool {
    http::percent_decode(name).is_some_and(|name| name == "key")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::ApiError;
    use crate::config::parse;
    use crate::host::fake::FakeHost;
    use crate::tenant::{Caller, Identity, Source, Tree};
    use sha2::{Digest, Sha256};
    use std::rc::Rc;

    struct Keys(Rc<Tree>);

    impl Keys {
        fn identify(&self, headers: &Headers) -> Result<Caller, ApiError> {
            let (null, host) = (serde_json::Value::Null, FakeHost::new());
            let identity = Identity::new(vec![Source::Key], &host, Node::root(&null), &mut Errors::new());
            identity.identify(&host, &self.0, headers)
        }
    }

    fn directory(keys: &[(&str, &str)]) -> Result<Keys, Errors> {
        let rows = keys.iter().map(|(id, key)| {
            let digest: String = Sha256::digest(key.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
            serde_json::json!({"id": id, "keys": [{"id": format!("{id}-1"), "sha256": digest}]})
        });
        let rows: serde_json::Value = rows.collect();
        parse(rows.to_string().as_bytes()).map(|(tree, _)| Keys(Rc::new(tree)))
    }

    #[test]
    fn a_key_is_found_in_every_place_clients_put_it() {
        let directory = directory(&[("acme", "sk-acme"), ("zeta", "sk-zeta")]).unwrap();
        let rows = [
            ("authorization", "Bearer sk-zeta"),
            ("authorization", "bearer  sk-zeta "),
            ("x-api-key", "sk-zeta"),
            ("api-key", "sk-zeta"),
            ("x-goog-api-key", "sk-zeta"),
            (":path", "/v1beta/models/m:generateContent?alt=sse&key=sk%2Dzeta"),
            ("sec-websocket-protocol", "realtime, openai-insecure-api-key.sk-zeta, openai-beta.realtime-v1"),
        ];
        for row in rows {
            let headers = [row].into_iter().collect();
            let caller = directory.identify(&headers).unwrap_or_else(|error| panic!("{row:?}: {error:?}"));
            assert_eq!((caller.tenant().id(), caller.key_id()), ("zeta", "zeta-1"));
        }
    }

    #[test]
    fn no_key_and_a_wrong_key_are_told_apart_without_repeating_it() {
        let directory = directory(&[("acme", "sk-acme")]).unwrap();
        for headers in [vec![], vec![("authorization", "Basic sk-acme")], vec![("x-api-key", "")]] {
            let error = directory.identify(&headers.into_iter().collect()).err().unwrap();
            assert!(error.message.starts_with("no gateway key was sent"), "{error:?}");
        }
        let error = directory.identify(&[("x-api-key", "sk-wrong")].into_iter().collect()).err().unwrap();
        assert_eq!((error.status, error.message.as_str()), (401, "this gateway key is not known here"));
    }

    #[test]
    fn a_key_in_the_query_goes_no_further() {
        let rows = [
            ("/a?key=s", Some("/a")),
            ("/a?alt=sse&key=s&x", Some("/a?alt=sse&x")),
            ("/a?k%65y=s&key", Some("/a")),
            ("/a?monkey=s&keys=1", None),
            ("/key=s", None),
        ];
        for (path, want) in rows {
            assert_eq!(without_key(path).as_deref(), want, "{path}");
        }
        let directory = directory(&[("acme", "sk-acme")]).unwrap();
        // A header counts before the query, which anybody can link to.
        let headers = [("x-api-key", "sk-wrong"), (":path", "/a?key=sk-acme")].into_iter().collect();
        assert!(directory.identify(&headers).is_err());
    }

    #[test]
    fn one_key_for_two_tenants_is_refused() {
        let errors = directory(&[("acme", "same"), ("zeta", "same")]).err().unwrap();
        assert_eq!(errors.to_string(), "[1].keys[0].sha256: this key is given twice");
    }

    #[test]
    fn what_is_no_digest_is_refused_without_quoting_it() {
        for bad in ["sk-my-real-key", &"g".repeat(64), &"a".repeat(63)] {
            let errors = parse::<TenantKey>(format!(r#"{{"id":"k","sha256":"{bad}"}}"#).as_bytes()).unwrap_err();
            let text = errors.to_string();
            assert!(text.contains("expected 64 hex digits") && !text.contains(bad), "{text}");
        }
    }
}
