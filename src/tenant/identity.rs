//! Where it is told who asks: sources in the order the operator wrote them. The first that finds what it looks for
//! decides; if that is wrong, the request is refused, and no later source is asked. Only a key that is in no table goes
//! on to the next: it may be some placeholder that the client's library insists on.
//!
//! A source other than a key or a token believes what Envoy or a filter in front has found out. A header that is not
//! declared is never believed, and one that is goes no further than here.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::caller::{Caller, Grant};
use super::key::presented_key;
use super::tags::Tags;
use super::token::{Claims, PREFIX, TokenKey, Verifier};
use super::tree::{TenantAt, Tree};
use crate::chat::ApiError;
use crate::config::{Bounded, Errors, Map, Name, Node, Secret, SecretText, Setting, Shape, choice, settings, words};
use crate::host::Host;
use crate::http::Headers;

/// Tokens remembered as verified, per virtual machine, in each of two generations: an Ed25519 signature costs more to
/// check than all else here. Only good tokens are remembered, so nobody can push others out with bad ones.
const MAX_REMEMBERED: usize = 2048;

/// The longest name of a key that a source gives; longer ones are cut. It goes into every record.
const MAX_KEY_CHARS: usize = 128;

choice! {
    /// Where it is told who asks.
    pub enum Source {
        /// A gateway key out of the table of tenants.
        "key" => Key,
        /// A signed token, sent where a key would be.
        "token" => Token(TokenSource),
        /// A JWT that Envoy's `jwt_authn`, in front of this filter, has verified.
        "jwt" => Jwt(JwtSource),
        /// What Envoy's `ext_authz`, or another filter in front, has written into the request's dynamic metadata.
        "metadata" => Metadata(MetadataSource),
        /// The client's certificate, which Envoy's listener has verified.
        "mtls" => Mtls(MtlsSource),
        /// A header that something in front sets, and takes away from clients: `ext_authz`, `api_key_auth`, a proxy.
        "header" => Header(HeaderSource),
    }
}

settings! {
    /// Signed tokens: `postern key token` signs them.
    pub struct TokenSource {
        /// The keys they may be signed with.
        pub keys: Vec<TokenKey>,
        /// The `id`s of tokens that do not count any more. One that has expired can go from here.
        pub revoked: Vec<Name> = Vec::new(),
        /// How far clocks may be apart, at both ends of a token's life.
        pub clock_skew_secs: Bounded<0, 300> = Bounded::of::<30>(),
    }
    check = TokenSource::has_keys;
}

settings! {
    /// The claims of a JWT. `jwt_authn` needs `payload_in_metadata` for it, and no `forward` where providers are not to
    /// see the token.
    pub struct JwtSource {
        /// What `payload_in_metadata` says there.
        pub payload: String = "jwt".to_owned(),
        /// The claim that names the tenant, by its `id` or one of its `principals`: the way to it, `["org", "id"]`.
        pub tenant: Vec<String>,
        /// The claim that names the key in records.
        pub key: Vec<String> = vec!["sub".to_owned()],
        /// Tags by the claims that have their values.
        pub tags: Map<Vec<String>, Name> = Map::default(),
    }
    check = JwtSource::is_whole;
}

settings! {
    /// What another filter has written into dynamic metadata.
    pub struct MetadataSource {
        /// Whose metadata: the filter's name.
        pub namespace: String = "envoy.filters.http.ext_authz".to_owned(),
        /// The value that names the tenant, by its `id` or one of its `principals`: the way to it.
        pub tenant: Vec<String>,
        /// The value that names the key in records; the tenant's own name if left out.
        pub key: Option<Vec<String>>,
        /// Tags by the ways to their values.
        pub tags: Map<Vec<String>, Name> = Map::default(),
    }
    check = MetadataSource::is_whole;
}

settings! {
    /// The client's certificate. The listener must demand one that is signed by your own authority.
    pub struct MtlsSource {
        /// What of it names the tenant: that stands among the `principals` of its row.
        pub principal: Principal = Principal::UriSan,
    }
}

words! {
    /// A name in a certificate.
    pub enum Principal {
        /// The first URI among its subject alternative names: SPIFFE's way.
        "uri_san" => UriSan,
        /// The first DNS name among them.
        "dns_san" => DnsSan,
        /// The subject: `CN=bot,O=Acme`.
        "subject" => Subject,
    }
}

settings! {
    /// A header that something in front of this filter sets. Whoever reaches this Envoy without passing there can set it
    /// too: then give `proof`.
    pub struct HeaderSource {
        /// The header that names the tenant, by its `id` or one of its `principals`.
        pub tenant: HeaderName,
        /// The header that names the key in records; the tenant's own name if left out.
        pub key: Option<HeaderName>,
        /// Tags by the headers that have their values.
        pub tags: Map<HeaderName, Name> = Map::default(),
        /// A header that only what stands in front knows to set.
        pub proof: Option<Proof>,
    }
}

settings! {
    /// A shared secret in a header.
    pub struct Proof {
        /// The header.
        pub header: HeaderName,
        /// Its value. Without it the other headers are not believed.
        pub secret: Secret,
    }
}

impl TokenSource {
    fn has_keys(&self, node: Node<'_>, errors: &mut Errors) {
        if self.keys.is_empty() {
            errors.add(node.key("keys"), "no token could be checked; give at least one key");
        }
        errors.refuse_repeats(node.key("keys"), "kid", self.keys.iter().map(|key| key.kid.as_str()));
    }
}

fn check_way(way: &[String], node: Node<'_>, errors: &mut Errors) {
    if way.is_empty() || way.iter().any(|step| step.is_empty() || step.contains('\0')) {
        errors.add(node, "expected the way to a value, one name a step, such as [\"org\", \"id\"]");
    }
}

impl JwtSource {
    fn is_whole(&self, node: Node<'_>, errors: &mut Errors) {
        check_way(&self.tenant, node.key("tenant"), errors);
        check_way(&self.key, node.key("key"), errors);
        for (name, way) in self.tags.iter() {
            check_way(way, node.key("tags").key(name.as_str()), errors);
        }
    }
}

impl MetadataSource {
    fn is_whole(&self, node: Node<'_>, errors: &mut Errors) {
        check_way(&self.tenant, node.key("tenant"), errors);
        if let Some(way) = &self.key {
            check_way(way, node.key("key"), errors);
        }
        for (name, way) in self.tags.iter() {
            check_way(way, node.key("tags").key(name.as_str()), errors);
        }
    }
}

/// The name of a header, in lower case, as Envoy has them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeaderName(Box<str>);

impl HeaderName {
    /// As text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Setting for HeaderName {
    fn read(node: Node<'_>, errors: &mut Errors) -> Option<Self> {
        let text = node.text(errors)?;
        // RFC 9110's token characters without upper case; `:path` and the like are none.
        let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"!#$%&'*+-.^_`|~".contains(&byte);
        if text.is_empty() || text.len() > 128 || !text.bytes().all(fits) {
            errors.add(node, "expected the name of a header in lower case, such as \"x-tenant\"");
            return None;
        }
        Some(Self(text.into()))
    }
    fn describe() -> Shape {
        Shape::leaf("header name", serde_json::json!({"type": "string", "pattern": "^[a-z0-9!#$%&'*+.^_`|~-]{1,128}$"}))
    }
    fn show(&self) -> serde_json::Value {
        self.as_str().into()
    }
}

/// The sources, ready to be asked.
pub struct Identity {
    sources: Vec<Ready>,
    /// The headers that are believed here, and go no further.
    headers: Vec<HeaderName>,
}

enum Ready {
    Key,
    Token(Box<Tokens>),
    Found(Found),
    Mtls(Principal),
    Header(HeaderSource, Option<SecretText>),
}

/// Values that other filters have found, by the ways to them.
struct Found {
    tenant: Vec<String>,
    key: Option<Vec<String>>,
    tags: Vec<(Name, Vec<String>)>,
    what: &'static str,
}

struct Tokens {
    verifier: Verifier,
    revoked: Vec<Name>,
    skew_secs: u64,
    remembered: RefCell<Remembered>,
}

/// Verified tokens by their digests. What was not asked for in two generations is forgotten.
#[derive(Default)]
struct Remembered {
    young: HashMap<[u8; 32], Rc<Verified>>,
    old: HashMap<[u8; 32], Rc<Verified>>,
}

/// A token whose signature is right.
struct Verified {
    claims: Claims,
    /// The tenants its key is for.
    scope: Option<Name>,
    grant: Rc<Grant>,
}

impl Remembered {
    fn get(&mut self, digest: &[u8; 32]) -> Option<Rc<Verified>> {
        if let Some(known) = self.young.get(digest) {
            return Some(Rc::clone(known));
        }
        let known = self.old.remove(digest)?;
        self.add(*digest, Rc::clone(&known));
        Some(known)
    }

    fn add(&mut self, digest: [u8; 32], token: Rc<Verified>) {
        if self.young.len() >= MAX_REMEMBERED {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(digest, token);
    }
}

impl Identity {
    /// Makes the sources ready. Secrets that are not there are errors at their places.
    pub fn new(sources: Vec<Source>, host: &dyn Host, node: Node<'_>, errors: &mut Errors) -> Self {
        let mut headers = Vec::new();
        let mut ready = Vec::with_capacity(sources.len());
        for (index, source) in sources.into_iter().enumerate() {
            ready.push(match source {
                Source::Key => Ready::Key,
                Source::Token(source) => {
                    let (row, keys) = (node.index(index), "keys");
                    let row = row.key("token");
                    Ready::Token(Box::new(Tokens {
                        verifier: Verifier::new(&source.keys, host, row.key(keys), errors),
                        revoked: source.revoked,
                        skew_secs: source.clock_skew_secs.get(),
                        remembered: RefCell::default(),
                    }))
                }
                Source::Jwt(source) => {
                    let prefix = ["envoy.filters.http.jwt_authn", source.payload.as_str()];
                    Ready::Found(Found::new(&prefix, source.tenant, Some(source.key), source.tags, "JWT"))
                }
                Source::Metadata(source) => {
                    let prefix = [source.namespace.as_str()];
                    Ready::Found(Found::new(&prefix, source.tenant, source.key, source.tags, "metadata"))
                }
                Source::Mtls(source) => Ready::Mtls(source.principal),
                Source::Header(source) => {
                    let proof = source.proof.as_ref();
                    let secret = proof.and_then(|proof| proof.secret.resolve(&|name| host.env(name), errors));
                    headers.push(source.tenant.clone());
                    headers.extend(source.key.clone());
                    headers.extend(source.tags.iter().map(|(_, name)| name.clone()));
                    headers.extend(proof.map(|proof| proof.header.clone()));
                    Ready::Header(source, secret)
                }
            });
        }
        Self { sources: ready, headers }
    }

    /// Whether anybody can be told without a key of the table.
    pub fn knows_more_than_keys(sources: &[Source]) -> bool {
        sources.iter().any(|source| !matches!(source, Source::Key))
    }

    fn takes_keys(&self) -> bool {
        self.sources.iter().any(|source| matches!(source, Ready::Key | Ready::Token(_)))
    }

    /// Whether a header was for us alone.
    pub fn owns(&self, header: &str) -> bool {
        self.headers.iter().any(|name| name.as_str() == header)
    }

    /// Who sent these headers.
    pub fn identify(&self, host: &dyn Host, tree: &Rc<Tree>, headers: &Headers) -> Result<Caller, ApiError> {
        let now_secs = host.now_ns() / 1_000_000_000;
        let shown = presented_key(headers);
        let mut unknown_key = false;
        for source in &self.sources {
            let asked = match source {
                Ready::Key => match &shown {
                    // A token is none of the table's keys, and hashing it once is enough.
                    Some(key) if !key.starts_with(PREFIX) => {
                        unknown_key = true;
                        key_of(tree, key, now_secs)
                    }
                    _ => None,
                },
                Ready::Token(tokens) => match &shown {
                    Some(token) if token.starts_with(PREFIX) => Some(tokens.identify(tree, token, now_secs)),
                    _ => None,
                },
                Ready::Found(found) => found.identify(host, tree),
                Ready::Mtls(principal) => by_certificate(*principal, host, tree),
                Ready::Header(source, secret) => by_header(source, secret.as_ref(), tree, headers),
            };
            if let Some(decided) = asked {
                return decided;
            }
        }
        Err(match (shown, unknown_key) {
            (Some(token), _) if token.starts_with(PREFIX) => ApiError::invalid_key("signed tokens are not taken here"),
            (Some(_), true) => ApiError::invalid_key("this gateway key is not known here"),
            _ if !self.takes_keys() => ApiError::invalid_key("this request does not say who asks"),
            _ => {
                let hint =
                    "send it as `Authorization: Bearer <key>`, `x-api-key`, `api-key`, `x-goog-api-key` or `?key=`";
                ApiError::invalid_key(format!("no gateway key was sent; {hint}"))
            }
        })
    }
}

/// By a key of the table; None: it is none of them.
fn key_of(tree: &Rc<Tree>, key: &str, now_secs: u64) -> Option<Result<Caller, ApiError>> {
    let at = tree.find_key(key)?;
    if let Some(why) = tree.key_fault(at, now_secs) {
        return Some(Err(ApiError::invalid_key(why)));
    }
    Some(Caller::of_key(Rc::clone(tree), at).ok_or_else(ApiError::internal))
}

/// The tenant of a name that something in front has given.
fn tenant_of(tree: &Tree, name: &str, what: &str) -> Result<TenantAt, ApiError> {
    let unknown = || ApiError::invalid_key(format!("the {what} names a tenant that is not known here"));
    tree.find_name(name).ok_or_else(unknown)
}

/// A caller without a key of the table.
fn granted(tree: &Rc<Tree>, at: TenantAt, key: Option<String>, tags: Tags) -> Caller {
    let key = key.unwrap_or_else(|| tree.at(at).id().to_owned());
    Caller::granted(Rc::clone(tree), at, Rc::new(Grant { key: key.into(), models: None, tags }))
}

impl Tokens {
    fn identify(&self, tree: &Rc<Tree>, token: &str, now_secs: u64) -> Result<Caller, ApiError> {
        let digest: [u8; 32] = Sha256::digest(token.as_bytes()).into();
        let known = self.remembered.borrow_mut().get(&digest);
        let verified = match known {
            Some(known) => known,
            None => {
                let (claims, scope) =
                    self.verifier.verify(token).map_err(|refused| ApiError::invalid_key(refused.0))?;
                let (key, models) = (claims.id.as_str().into(), claims.models.clone());
                let grant = Rc::new(Grant { key, models, tags: Tags::default() });
                let verified = Rc::new(Verified { scope: scope.cloned(), claims, grant });
                self.remembered.borrow_mut().add(digest, Rc::clone(&verified));
                verified
            }
        };
        let claims = &verified.claims;
        claims.hold(now_secs, self.skew_secs).map_err(|refused| ApiError::invalid_key(refused.0))?;
        if self.revoked.contains(&claims.id) || tree.is_revoked(claims.id.as_str()) {
            return Err(ApiError::invalid_key("this token has been revoked"));
        }
        let at = tenant_of(tree, &claims.tenant, "token")?;
        let within = |scope: &Name| tree.chain(at).any(|tenant| tenant.id() == scope.as_str());
        if !verified.scope.as_ref().is_none_or(within) {
            return Err(ApiError::invalid_key("this token's key may not sign for its tenant"));
        }
        Ok(Caller::granted(Rc::clone(tree), at, Rc::clone(&verified.grant)))
    }
}

impl Found {
    fn new(
        prefix: &[&str],
        tenant: Vec<String>,
        key: Option<Vec<String>>,
        tags: Map<Vec<String>, Name>,
        what: &'static str,
    ) -> Self {
        let whole = |way: Vec<String>| {
            let before = ["metadata", "filter_metadata"].iter().chain(prefix).map(|step| (*step).to_owned());
            before.chain(way).collect::<Vec<_>>()
        };
        let tags = tags.into_entries().into_iter().map(|(name, way)| (name, whole(way))).collect();
        Self { tenant: whole(tenant), key: key.map(whole), tags, what }
    }

    fn identify(&self, host: &dyn Host, tree: &Rc<Tree>) -> Option<Result<Caller, ApiError>> {
        let name = property(host, &self.tenant)?;
        let caller = tenant_of(tree, &name, self.what).map(|at| {
            let key = self.key.as_ref().and_then(|way| property(host, way));
            let tags = self.tags.iter().filter_map(|(name, way)| Some((name.as_str(), property(host, way)?)));
            let mut read = Tags::default();
            tags.for_each(|(name, value)| read.add(name, &value));
            granted(tree, at, key.map(|key| shortened(&key)), read)
        });
        Some(caller)
    }
}

/// A value that Envoy has, as text: of claims that are numbers, whole ones.
fn property(host: &dyn Host, way: &[String]) -> Option<String> {
    let steps: Vec<&str> = way.iter().map(String::as_str).collect();
    let bytes = host.property(&steps).filter(|bytes| !bytes.is_empty())?;
    let clean = |text: &String| !text.chars().any(char::is_control);
    if let Some(text) = String::from_utf8(bytes.clone()).ok().filter(clean) {
        return Some(text);
    }
    let number = f64::from_le_bytes(bytes.try_into().ok()?);
    (number.fract() == 0.0 && number.abs() < 9_007_199_254_740_992.0).then(|| format!("{number:.0}"))
}

fn shortened(key: &str) -> String {
    key.chars().take(MAX_KEY_CHARS).collect()
}

fn by_certificate(principal: Principal, host: &dyn Host, tree: &Rc<Tree>) -> Option<Result<Caller, ApiError>> {
    let property = match principal {
        Principal::UriSan => "uri_san_peer_certificate",
        Principal::DnsSan => "dns_san_peer_certificate",
        Principal::Subject => "subject_peer_certificate",
    };
    let bytes = host.property(&["connection", property]).filter(|bytes| !bytes.is_empty())?;
    let name = String::from_utf8(bytes).ok()?;
    let caller = tenant_of(tree, &name, "certificate");
    Some(caller.map(|at| granted(tree, at, Some(shortened(&name)), Tags::default())))
}

fn by_header(
    source: &HeaderSource,
    secret: Option<&SecretText>,
    tree: &Rc<Tree>,
    headers: &Headers,
) -> Option<Result<Caller, ApiError>> {
    let name = headers.get(source.tenant.as_str()).map(str::trim).filter(|name| !name.is_empty())?;
    if let Some(proof) = &source.proof {
        // Not believed is as good as not there: others may still tell.
        let given = headers.get(proof.header.as_str())?;
        if !bool::from(given.as_bytes().ct_eq(secret?.reveal().as_bytes())) {
            return None;
        }
    }
    // Two of them: one is not from where it should be.
    let once = |name: &HeaderName| headers.iter().filter(|(known, _)| *known == name.as_str()).count() == 1;
    if !once(&source.tenant) {
        return Some(Err(ApiError::invalid_key("the tenant's header came twice")));
    }
    let value = |name: &HeaderName| headers.get(name.as_str()).map(str::trim).filter(|value| !value.is_empty());
    let caller = tenant_of(tree, name, "header").map(|at| {
        let key = source.key.as_ref().and_then(value).map(shortened);
        let tags = source.tags.iter().filter_map(|(name, header)| Some((name.as_str(), value(header)?)));
        granted(tree, at, key, tags.collect())
    });
    Some(caller)
}
