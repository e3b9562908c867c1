//! Who asks: a gateway key leads to a tenant and what it may use. Keys are kept as SHA-256 only.

use std::borrow::Cow;

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::chat::ApiError;
use crate::config::{Bounded, Errors, Map, Name, Node, Pattern, Setting, Shape, settings};
use crate::http::{self, Headers};

settings! {
    /// Somebody who uses the gateway: a team, an application, a customer.
    pub struct Tenant {
        /// Its name, in records and metrics.
        pub id: Name,
        /// Its keys. Two or more are fine, so that one can be replaced without a pause.
        pub keys: Vec<TenantKey>,
        /// The models it may ask for; `*` stands for any run of characters.
        pub models: Vec<Pattern> = vec![Pattern::any()],
        /// The names of passthroughs it may use; `*` stands for any run of characters. None if left out.
        pub passthrough: Vec<Pattern> = Vec::new(),
        /// What is added to the list price of what it uses, in ten thousandths: 1500 is 15 %.
        pub price_markup_basis_points: Bounded<0, 1_000_000> = Bounded::of::<0>(),
        /// Words for the record, e.g. `{"cost_center": "4711"}`.
        pub tags: Map<String, Name> = Map::default(),
    }
    check = Tenant::can_be_used;
}

settings! {
    /// One gateway key. The key itself is not written anywhere: `printf %s "$KEY" | sha256sum` gives what is.
    pub struct TenantKey {
        /// The key's name, in records. Never the key.
        pub id: Name,
        /// SHA-256 of the key, 64 hex digits.
        pub sha256: Sha256Hex,
    }
}

impl Tenant {
    fn can_be_used(&self, node: Node<'_>, errors: &mut Errors) {
        if self.keys.is_empty() {
            errors.add(node.key("keys"), "a tenant without a key can never ask; give at least one");
        }
        if self.models.is_empty() {
            errors.add(node.key("models"), "an empty list allows no model; leave it out to allow every model");
        }
        errors.refuse_repeats(node.key("keys"), "id", self.keys.iter().map(|key| key.id.as_str()));
    }

    /// Whether it may ask for this model.
    pub fn may_use(&self, model: &str) -> bool {
        self.models.iter().any(|pattern| pattern.matches(model))
    }

    /// Whether it may use this passthrough.
    pub fn may_pass(&self, name: &str) -> bool {
        self.passthrough.iter().any(|pattern| pattern.matches(name))
    }
}

/// A SHA-256 digest, written as 64 hex digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Sha256Hex([u8; 32]);

impl Setting for Sha256Hex {
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
            let got = text.chars().count();
            errors.add(node, format!("expected 64 hex digits, got {got} characters; `printf %s \"$KEY\" | sha256sum`"));
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

/// All tenants, ready to be asked.
pub struct Directory {
    tenants: Vec<Tenant>,
    /// Digest → tenant and key by index, sorted by digest.
    keys: Vec<(Sha256Hex, u32, u32)>,
}

/// The place of a tenant's key: what an exchange keeps of its caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyAt {
    tenant: u32,
    key: u32,
}

/// Who asks.
#[derive(Clone, Copy)]
pub struct Caller<'d> {
    /// The tenant.
    pub tenant: &'d Tenant,
    /// Which of its keys was shown.
    pub key: &'d TenantKey,
}

impl Caller<'_> {
    /// What is added to the list price of what it uses, in ten thousandths.
    pub fn markup(&self) -> u32 {
        self.tenant.price_markup_basis_points.get() as u32
    }
}

/// Headers a key may come in, in the order in which they are tried; `authorization` carries `Bearer <key>`.
pub const KEY_HEADERS: [&str; 4] = ["authorization", "x-api-key", "api-key", "x-goog-api-key"];

impl Directory {
    /// Indexes the tenants. A key that two tenants have is an error at the second.
    pub fn new(tenants: Vec<Tenant>, node: Node<'_>, errors: &mut Errors) -> Self {
        let mut keys = Vec::new();
        for (at, tenant) in tenants.iter().enumerate() {
            keys.extend(tenant.keys.iter().enumerate().map(|(key, row)| (row.sha256, at as u32, key as u32)));
        }
        keys.sort_unstable();
        for pair in keys.windows(2) {
            if let [(first, ..), (second, tenant, key)] = pair
                && first == second
            {
                let tenant = node.index(*tenant as usize);
                let list = tenant.key("keys");
                errors.add(list.index(*key as usize).key("sha256"), "this key is given twice");
            }
        }
        Self { tenants, keys }
    }

    /// Who shows this key. The search is over digests, which a caller cannot choose; the last comparison takes the
    /// same time whatever differs.
    fn find(&self, key: &str) -> Option<KeyAt> {
        let digest: [u8; 32] = Sha256::digest(key.as_bytes()).into();
        let at = self.keys.partition_point(|(known, ..)| known.0 < digest);
        let (known, tenant, key) = self.keys.get(at)?;
        if !bool::from(known.0.ct_eq(&digest)) {
            return None;
        }
        Some(KeyAt { tenant: *tenant, key: *key })
    }

    /// The tenant and key at a place.
    pub fn at(&self, at: KeyAt) -> Option<Caller<'_>> {
        let tenant = self.tenants.get(at.tenant as usize)?;
        Some(Caller { tenant, key: tenant.keys.get(at.key as usize)? })
    }

    /// Who sent these headers.
    pub fn identify(&self, headers: &Headers) -> Result<KeyAt, ApiError> {
        let Some(key) = presented_key(headers) else {
            let hint = "send it as `Authorization: Bearer <key>`, `x-api-key`, `api-key`, `x-goog-api-key` or `?key=`";
            return Err(ApiError::invalid_key(format!("no gateway key was sent; {hint}")));
        };
        self.find(&key).ok_or_else(|| ApiError::invalid_key("this gateway key is not known here"))
    }
}

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
    use crate::config::parse;

    fn digest(key: &str) -> String {
        Sha256::digest(key.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
    }

    fn directory(keys: &[(&str, &str)]) -> (Directory, Errors) {
        let tenants: Vec<Tenant> = keys
            .iter()
            .map(|(id, key)| {
                let json = format!(r#"{{"id":"{id}","keys":[{{"id":"{id}-1","sha256":"{}"}}]}}"#, digest(key));
                parse(json.as_bytes()).unwrap().0
            })
            .collect();
        let mut errors = Errors::new();
        (Directory::new(tenants, Node::root(&serde_json::Value::Null), &mut errors), errors)
    }

    #[test]
    fn a_key_is_found_in_every_place_clients_put_it() {
        let (directory, _) = directory(&[("acme", "sk-acme"), ("zeta", "sk-zeta")]);
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
            let at = directory.identify(&headers).unwrap_or_else(|error| panic!("{row:?}: {error:?}"));
            let caller = directory.at(at).unwrap();
            assert_eq!((caller.tenant.id.as_str(), caller.key.id.as_str()), ("zeta", "zeta-1"));
        }
    }

    #[test]
    fn no_key_and_a_wrong_key_are_told_apart_without_repeating_it() {
        let (directory, _) = directory(&[("acme", "sk-acme")]);
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
        let (directory, _) = directory(&[("acme", "sk-acme")]);
        // A header counts before the query, which anybody can link to.
        let headers = [("x-api-key", "sk-wrong"), (":path", "/a?key=sk-acme")].into_iter().collect();
        assert!(directory.identify(&headers).is_err());
    }

    #[test]
    fn one_key_for_two_tenants_is_refused() {
        let (_, errors) = directory(&[("acme", "same"), ("zeta", "same")]);
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
