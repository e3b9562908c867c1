//! How a provider is told who asks: the ways there are, what the operator writes for each, and the last step before a
//! request leaves, when its path and body are final.
//!
//! A credential is applied to headers that were built anew, so nothing of another provider's is there. What a provider
//! quotes of it is taken out of its answer. Where there is no token yet, the request waits, and if none comes in time it
//! is refused: nothing leaves without its credential. The exception is said in the configuration: with neither `key` nor
//! `auth` nothing is added, for a provider that asks nobody, or for Envoy's own filters after this one.

use std::cell::Cell;
use std::rc::Rc;

use super::presets::{AuthKind, Preset};
use super::sigv4::Signer;
use super::{ProviderConfig, is_region};
use crate::config::{Errors, Name, Node, Secret, SecretText, choice, settings};
use crate::host::{Host, HostResult};
use crate::http::is_header_name;
use crate::http::{Headers, percent_encode};
use crate::token::{
    AzureEntra, Found, GoogleMetadata, GoogleServiceAccount, Issuer, Keeper, Keepers, OauthClient, Reader, named_place,
};

choice! {
    /// How a provider is told who asks. Tokens and signatures are made here, so the provider's key need not be.
    pub enum Auth {
        /// A key as `authorization: Bearer ...`, whatever the preset's own way is.
        "bearer" => Bearer(Secret),
        /// A key alone, in a header.
        "header" => Header(HeaderKey),
        /// A key in the path's query. Paths show up in logs, so better use a header where the provider takes one.
        "query" => Query(QueryKey),
        /// Amazon's Signature Version 4, made over the path and the body as they are sent.
        "aws" => Aws(AwsAccount),
        /// An access token for a Google service account.
        "google_service_account" => GoogleServiceAccount(GoogleServiceAccount),
        /// An access token for the Google account of the machine.
        "google_metadata" => GoogleMetadata(GoogleMetadata),
        /// An access token of Microsoft Entra.
        "azure_entra" => AzureEntra(AzureEntra),
        /// An access token of another OAuth 2.0 server.
        "oauth_client" => OauthClient(OauthClient),
        /// An access token that a `service` of this process keeps.
        "token" => Token(KeptToken),
        /// Nothing is added: the provider asks nobody, or a filter of Envoy's own comes after this one.
        "none" => None,
    }
}

settings! {
    /// A key in a header.
    pub struct HeaderKey {
        /// The header's name, in lower case.
        pub name: String,
        /// The key.
        pub value: Secret,
    }
    check = HeaderKey::is_a_header;
}

settings! {
    /// A key in the query.
    pub struct QueryKey {
        /// The parameter's name.
        pub name: Name = Name::of("key"),
        /// The key.
        pub value: Secret,
    }
}

settings! {
    /// An access key of AWS, permanent or temporary.
    pub struct AwsAccount {
        /// The key's id.
        pub access_key_id: Secret,
        /// The key's secret half.
        pub secret_access_key: Secret,
        /// What comes with a temporary key.
        pub session_token: Option<Secret>,
        /// The region that is signed for; that of `params` if left out.
        pub region: Option<String>,
        /// The service that is signed for; the preset's own if left out.
        pub service: Option<String>,
    }
    check = AwsAccount::can_be_signed_for;
}

settings! {
    /// A token kept by a `service` under a name.
    pub struct KeptToken {
        /// Its name there.
        pub name: Name,
    }
}

impl HeaderKey {
    fn is_a_header(&self, node: Node<'_>, errors: &mut Errors) {
        if !is_header_name(&self.name) {
            errors.add(node.key("name"), "expected a header name in lower case");
        }
    }
}

impl AwsAccount {
    fn can_be_signed_for(&self, node: Node<'_>, errors: &mut Errors) {
        if self.region.as_deref().is_some_and(|region| !is_region(region)) {
            errors.add(node.key("region"), "expected a region, e.g. us-east-1");
        }
        if self.service.as_deref().is_some_and(|service| !is_region(service)) {
            errors.add(node.key("service"), "expected a service as signatures name it, e.g. bedrock");
        }
    }
}

/// How often a worker logs that requests are refused for want of a token: who keeps the token says why, as it happens.
const NEWS_MS: u64 = 10_000;

/// The credential of one provider.
pub struct Credential {
    kind: Kind,
    keepers: Keepers,
    /// When the log was last told that a request was refused for want of a token.
    told_ms: Cell<u64>,
}

enum Kind {
    None,
    /// `before` the key in the header: `Bearer ` or nothing.
    Header {
        name: String,
        before: &'static str,
        key: SecretText,
    },
    Query {
        name: String,
        key: SecretText,
    },
    Aws(Signer),
    Token(Reader),
}

/// What a request that is about to leave finds.
pub enum Ready {
    /// It may go, with this.
    Go(Grant),
    /// There is no token yet: look again soon.
    Wait,
    /// There is no token, and none will come in time.
    No,
}

/// What there is to send: the token, if the credential is one.
pub struct Grant(Option<Rc<SecretText>>);

impl Credential {
    /// Fetches the secrets, and says what is wrong with them.
    pub fn new(config: &ProviderConfig, id: &str, host: &dyn Host, errors: &mut Errors) -> Option<Self> {
        let preset = config.preset.0;
        let resolve = |secret: &Secret, errors: &mut Errors| secret.resolve(&|name| host.env(name), errors);
        let bearer = |key| Kind::Header { name: "authorization".to_owned(), before: "Bearer ", key };
        let mut issuer = None;
        let kind = match (&config.auth, &config.key) {
            (None, Some(key)) => match (preset.auth.key_place(), resolve(key, errors)?) {
                (KeyPlace::Bearer, key) => bearer(key),
                (KeyPlace::Header(name), key) => Kind::Header { name: name.to_owned(), before: "", key },
                (KeyPlace::Query(name), key) => Kind::Query { name: name.to_owned(), key },
            },
            (None | Some(Auth::None), _) => Kind::None,
            (Some(Auth::Bearer(key)), _) => bearer(resolve(key, errors)?),
            (Some(Auth::Header(header)), _) => {
                Kind::Header { name: header.name.clone(), before: "", key: resolve(&header.value, errors)? }
            }
            (Some(Auth::Query(query)), _) => {
                Kind::Query { name: query.name.as_str().to_owned(), key: resolve(&query.value, errors)? }
            }
            (Some(Auth::Aws(account)), _) => Kind::Aws(signer(account, config, host, errors)?),
            (Some(Auth::Token(kept)), _) => Kind::Token(Reader::new(named_place(kept.name.as_str()))),
            (Some(Auth::GoogleServiceAccount(account)), _) => token(&mut issuer, account.issuer(host, errors)?),
            (Some(Auth::GoogleMetadata(machine)), _) => token(&mut issuer, machine.issuer()),
            (Some(Auth::AzureEntra(application)), _) => token(&mut issuer, application.issuer(host, errors)?),
            (Some(Auth::OauthClient(client)), _) => token(&mut issuer, client.issuer(host, errors)?),
        };
        let keeper = issuer.map(|issuer| {
            let place = own_place(&issuer);
            Keeper::new(issuer, place, format!("provider {id}"), host)
        });
        Some(Self { kind, keepers: Keepers::new(keeper.into_iter().collect(), host), told_ms: Cell::new(0) })
    }

    /// What keeps its token fresh, where no service does.
    pub fn keepers(&self) -> &Keepers {
        &self.keepers
    }

    /// Whether a request that waits until then at the latest may go.
    pub fn ready(&self, host: &dyn Host, deadline_ms: u64) -> Ready {
        let Kind::Token(reader) = &self.kind else { return Ready::Go(Grant(None)) };
        match reader.find(host, deadline_ms) {
            Found::Token(token) => Ready::Go(Grant(Some(token))),
            Found::NotYet => Ready::Wait,
            Found::None => Ready::No,
        }
    }

    /// Whether a request may have to wait for it.
    pub fn keeps_waiting(&self) -> bool {
        matches!(self.kind, Kind::Token(_))
    }

    /// Whether a request must be whole before it can be told who asks.
    pub fn signs_bodies(&self) -> bool {
        matches!(self.kind, Kind::Aws(_))
    }

    /// Puts the credential on a request, whose headers and body are as they will be sent.
    pub fn apply(
        &self,
        grant: &Grant,
        headers: &mut Headers,
        body: impl FnOnce() -> HostResult<Vec<u8>>,
        now_secs: impl FnOnce() -> u64,
    ) -> HostResult<()> {
        match &self.kind {
            Kind::None => {}
            Kind::Header { name, before, key } => headers.set(name, &format!("{before}{}", key.reveal())),
            Kind::Query { name, key } => {
                let mut path = headers.get(":path").unwrap_or_default().to_owned();
                path.push(if path.contains('?') { '&' } else { '?' });
                path.push_str(name);
                path.push('=');
                percent_encode(&mut path, key.reveal(), b"");
                headers.set(":path", &path);
            }
            Kind::Aws(signer) => signer.sign(headers, &body()?, now_secs()),
            Kind::Token(_) => {
                if let Some(token) = &grant.0 {
                    headers.set("authorization", &format!("Bearer {}", token.reveal()));
                }
            }
        }
        Ok(())
    }

    /// Whether the operator should hear of a request that was refused for want of a token: not of each one.
    pub fn is_news(&self, now_ms: u64) -> bool {
        let news = now_ms >= self.told_ms.get() + NEWS_MS;
        if news {
            self.told_ms.set(now_ms);
        }
        news
    }

    /// The provider says that it does not know us.
    pub fn refused(&self, host: &dyn Host) {
        if let Kind::Token(reader) = &self.kind {
            reader.refused(host);
        }
    }

    /// Shows each secret that was sent, in each form that it was sent in.
    pub fn each_secret(&self, show: &mut dyn FnMut(&str)) {
        match &self.kind {
            Kind::None => {}
            Kind::Header { key, .. } => show(key.reveal()),
            Kind::Query { key, .. } => {
                show(key.reveal());
                let mut encoded = String::new();
                percent_encode(&mut encoded, key.reveal(), b"");
                if encoded != key.reveal() {
                    show(&encoded);
                }
            }
            Kind::Aws(signer) => signer.secrets().for_each(|secret| show(secret.reveal())),
            Kind::Token(reader) => reader.kept().iter().for_each(|token| show(token.reveal())),
        }
    }
}

/// Where a token lies that a provider filter fetches itself: one place for all that would fetch the same.
fn own_place(issuer: &Issuer) -> String {
    format!("postern.token.{}", issuer.fingerprint())
}

fn token(place: &mut Option<Issuer>, issuer: Issuer) -> Kind {
    let reader = Reader::new(own_place(&issuer));
    *place = Some(issuer);
    Kind::Token(reader)
}

fn signer(account: &AwsAccount, config: &ProviderConfig, host: &dyn Host, errors: &mut Errors) -> Option<Signer> {
    let preset: &Preset = config.preset.0;
    let resolve = |secret: &Secret, errors: &mut Errors| secret.resolve(&|name| host.env(name), errors);
    // All are asked for, so that all that is missing is said at once.
    let id = resolve(&account.access_key_id, errors);
    let secret = resolve(&account.secret_access_key, errors);
    let session = account.session_token.as_ref().map(|token| resolve(token, errors));
    let path = account.access_key_id.path();
    let place = path.strip_suffix(".access_key_id").unwrap_or(path);
    let known = preset.params.iter().find(|param| param.name == "region").and_then(|param| param.default);
    let region = account.region.as_deref().or_else(|| config.params.get("region").map(String::as_str)).or(known);
    if region.is_none() {
        errors.add_at(place, "give region: the one that is signed for, e.g. us-east-1");
    }
    let usual = match preset.auth {
        AuthKind::Aws(service) => Some(service),
        _ => None,
    };
    let service = account.service.as_deref().or(usual);
    if service.is_none() {
        errors.add_at(place, format!("give service: preset {} has none that is signed for", preset.name));
    }
    let session = match session {
        Some(token) => Some(token?),
        None => None,
    };
    Some(Signer::new(id?, secret?, session, region?.to_owned(), service?.to_owned()))
}

/// Where a key goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyPlace {
    /// `authorization: Bearer <key>`
    Bearer,
    /// The key alone, in the header of that name.
    Header(&'static str),
    /// The key alone, in the query under that name.
    Query(&'static str),
}

impl AuthKind {
    /// Where a `key` goes.
    pub fn key_place(self) -> KeyPlace {
        match self {
            Self::Bearer | Self::Aws(_) => KeyPlace::Bearer,
            Self::Header(name) => KeyPlace::Header(name),
            Self::Query(name) => KeyPlace::Query(name),
            Self::Google => KeyPlace::Header("x-goog-api-key"),
            Self::Azure => KeyPlace::Header("api-key"),
        }
    }

    /// The choices of [`Auth`] that go with it, beside a `key`.
    pub fn choices(self) -> &'static [&'static str] {
        match self {
            Self::Bearer | Self::Header(_) | Self::Query(_) => &[],
            Self::Aws(_) => &["aws"],
            Self::Google => &["google_service_account", "google_metadata"],
            Self::Azure => &["azure_entra"],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::parse;
    use crate::host::fake::FakeHost;

    fn credential(text: &str) -> Result<Credential, String> {
        let host = FakeHost::new();
        let (config, _) = parse::<ProviderConfig>(text.as_bytes()).map_err(|errors| errors.to_string())?;
        let mut errors = Errors::new();
        Credential::new(&config, "p", &host, &mut errors).ok_or_else(|| errors.to_string())
    }

    /// The headers of a request with this credential that are about it.
    fn applied(credential: &Credential, path: &str) -> String {
        let mut headers: Headers = [(":method", "POST"), (":authority", "h"), (":path", path)].into_iter().collect();
        let Ready::Go(grant) = credential.ready(&FakeHost::new(), 0) else { return "not ready".to_owned() };
        credential.apply(&grant, &mut headers, || Ok(b"{}".to_vec()), || 1_767_225_600).unwrap();
        let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
        let ours = headers.iter().filter(|(name, value)| match *name {
            ":method" | ":authority" => false,
            ":path" => *value != path.as_bytes(),
            _ => true,
        });
        ours.map(|(name, value)| format!("{name}: {}", text(value))).collect::<Vec<_>>().join(", ")
    }

    #[test]
    fn a_credential_goes_where_its_way_is() {
        let aws = r#""access_key_id": {"inline": "AKID"}, "secret_access_key": {"inline": "secret"}"#;
        let rows = [
            (r#""preset": "openai""#, "/a", ""),
            (r#""preset": "openai", "key": {"inline": "k"}"#, "/a", "authorization: Bearer k"),
            (r#""preset": "anthropic", "key": {"inline": "k"}"#, "/a", "x-api-key: k"),
            (r#""preset": "anthropic", "auth": {"bearer": {"inline": "k"}}"#, "/a", "authorization: Bearer k"),
            (
                r#""preset": "openai", "auth": {"header": {"name": "api-key", "value": {"inline": "k"}}}"#,
                "/a",
                "api-key: k",
            ),
            (
                r#""preset": "openai", "auth": {"query": {"value": {"inline": "k&=/ ~"}}}"#,
                "/a",
                ":path: /a?key=k%26%3D%2F%20~",
            ),
            (
                r#""preset": "openai", "auth": {"query": {"name": "code", "value": {"inline": "k"}}}"#,
                "/a?b=c",
                ":path: /a?b=c&code=k",
            ),
            (r#""preset": "openai", "auth": {"none": {}}"#, "/a", ""),
            (r#""preset": "openai", "auth": {"token": {"name": "t"}}"#, "/a", "not ready"),
            (
                &format!(r#""preset": "openai", "auth": {{"aws": {{{aws}, "region": "r", "service": "s"}}}}"#),
                "/a",
                "x-amz-date: 20260101T000000Z, \
                 x-amz-content-sha256: 44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a, \
                 authorization: AWS4-HMAC-SHA256 Credential=AKID/20260101/r/s/aws4_request, \
                 SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature=...",
            ),
        ];
        for (text, path, want) in rows {
            let text = format!("{{{text}}}");
            let got = applied(&credential(&text).unwrap(), path);
            let got = got.split_once("Signature=").map_or(got.clone(), |(before, _)| format!("{before}Signature=..."));
            assert_eq!(got, want, "{text}");
        }
    }

    #[test]
    fn a_key_of_each_kind_has_its_place() {
        let rows = [
            (AuthKind::Bearer, KeyPlace::Bearer),
            (AuthKind::Header("x-api-key"), KeyPlace::Header("x-api-key")),
            (AuthKind::Query("key"), KeyPlace::Query("key")),
            (AuthKind::Aws("bedrock"), KeyPlace::Bearer),
            (AuthKind::Google, KeyPlace::Header("x-goog-api-key")),
            (AuthKind::Azure, KeyPlace::Header("api-key")),
        ];
        for (kind, place) in rows {
            assert_eq!(kind.key_place(), place);
            // Every way that a kind names is one that can be written.
            for way in kind.choices() {
                let error = credential(&format!(r#"{{"preset": "openai", "auth": {{"{way}": 1}}}}"#)).err().unwrap();
                assert_eq!(error, format!("auth.{way}: expected an object, got a number"));
            }
        }
    }

    #[test]
    fn a_wrong_line_is_refused_with_its_place() {
        let aws = r#""access_key_id": {"inline": "i"}, "secret_access_key": {"inline": "s"}"#;
        let rows = [
            (r#""key": {"inline": "k"}, "auth": {"none": {}}"#, "configuration: give key or auth, not both"),
            (
                r#""auth": {"basic": {}}"#,
                "auth.basic: unknown key (known here: bearer, header, query, aws, google_service_account, google_metadata, \
                 azure_entra, oauth_client, token, none)",
            ),
            (
                r#""auth": {"header": {"name": "X-Key", "value": {"inline": "k"}}}"#,
                "auth.header.name: expected a header name in lower case",
            ),
            (
                r#""auth": {"bearer": {"env": "NOT_SET"}}"#,
                "auth.bearer.env: environment variable NOT_SET is not set; set it and let Envoy pass it on (host_env_keys in \
                 the VM configuration)",
            ),
            (
                &format!(r#""auth": {{"aws": {{{aws}}}}}"#),
                "auth.aws: give region: the one that is signed for, e.g. us-east-1\n\
                 auth.aws: give service: preset openai has none that is signed for",
            ),
            (
                &format!(r#""auth": {{"aws": {{{aws}, "region": "us/east", "service": ""}}}}"#),
                "auth.aws.region: expected a region, e.g. us-east-1\n\
                 auth.aws.service: expected a service as signatures name it, e.g. bedrock",
            ),
            (r#""auth": {"token": {}}"#, "auth.token.name: required, but missing"),
            (r#""auth": {"google_metadata": {}}"#, "auth.google_metadata.cluster: required, but missing"),
            (r#""token_wait_ms": 60001"#, "token_wait_ms: must be between 0 and 60000, got 60001"),
        ];
        for (text, want) in rows {
            let text = format!(r#"{{"preset": "openai", {text}}}"#);
            assert_eq!(credential(&text).err().unwrap(), want, "{text}");
        }
    }

    #[test]
    fn what_was_sent_is_known_again_in_each_form() {
        let rows = [
            (r#""preset": "anthropic", "key": {"inline": "k-1"}"#, "k-1"),
            (r#""preset": "openai", "auth": {"query": {"value": {"inline": "k/1"}}}"#, "k/1 k%2F1"),
            (
                r#""preset": "openai", "auth": {"aws": {"access_key_id": {"inline": "i"}, "secret_access_key": {"inline": "s"},
                    "session_token": {"inline": "t"}, "region": "r", "service": "s"}}"#,
                "i s t",
            ),
            (r#""preset": "openai""#, ""),
        ];
        for (text, want) in rows {
            let mut seen = Vec::new();
            credential(&format!("{{{text}}}")).unwrap().each_secret(&mut |secret| seen.push(secret.to_owned()));
            assert_eq!(seen.join(" "), want, "{text}");
        }
    }

    #[test]
    fn a_want_of_tokens_is_told_once_in_a_while() {
        let credential = credential(r#"{"preset": "openai", "auth": {"token": {"name": "t"}}}"#).unwrap();
        let told = [50_000, 50_001, 59_999, 60_000, 60_001].map(|now_ms| credential.is_news(now_ms));
        assert_eq!(told, [true, false, false, true, false]);
    }
}
