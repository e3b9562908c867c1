//! One provider: its host and paths, its credential, its format. Knows no policy.

mod auth;
mod compatible;
mod presets;
pub mod sigv4;

pub use auth::{Auth, Credential, Grant, KeyPlace, Ready};
pub use presets::{AuthKind, Endpoint, PRESETS, Param, Preset};

use crate::config::{Bounded, Errors, Map, Name, Node, Secret, Setting, Shape, settings, words};
use crate::format::embeddings::Purpose;
use crate::format::{self, Quirks};
use crate::host::Host;
use crate::http::{Headers, is_header_name};
use crate::surface::Operation;

settings! {
    /// One provider account, in one Envoy cluster: the filter in that cluster's `http_filters` carries this.
    pub struct ProviderConfig {
        /// Which provider this is: a row of the preset table.
        pub preset: PresetName,
        /// Its name in records, metrics and `x-postern-provider`; the preset's own name if left out.
        pub id: Option<Name>,
        /// The key, sent as this provider wants it. Leave it out where Envoy's `credential_injector` puts it in, or where
        /// none is needed.
        pub key: Option<Secret>,
        /// Another way than a key to say who asks, or another place for the key.
        pub auth: Option<Auth>,
        /// How long a request waits for an access token that is not there yet, before it is refused.
        pub token_wait_ms: Bounded<0, 60_000> = Bounded::of::<5_000>(),
        /// Host of the API, if not the preset's: what `:authority` will say.
        pub host: Option<String>,
        /// What stands before `/chat/completions` and the like, if not what the preset has, e.g. `/openai/v1`.
        pub base_path: Option<String>,
        /// What the preset's address needs to be told, e.g. `{"region": "eu-central-1"}`: the names are in its row.
        pub params: Map<String> = Map::default(),
        /// `max_tokens` to send to a provider that demands one, when the client gives none.
        pub default_max_tokens: Option<Bounded<1, 1_000_000>>,
        /// What vectors are for where a client does not say and the provider wants to know (Cohere and Google do).
        pub default_input_type: Option<InputType>,
        /// Headers to add to each request, e.g. `{"openai-organization": "org-1"}`.
        pub headers: Map<String> = Map::default(),
    }
    check = ProviderConfig::paths_and_headers_can_be_sent;
}

impl ProviderConfig {
    fn paths_and_headers_can_be_sent(&self, node: Node<'_>, errors: &mut Errors) {
        if self.key.is_some() && self.auth.is_some() {
            errors.add(node, "give key or auth, not both");
        }
        let visible = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic());
        if let Some(host) = &self.host
            && (!visible(host) || host.contains('/'))
        {
            errors.add(node.key("host"), "expected a host name with an optional port, e.g. api.openai.com");
        }
        if let Some(path) = &self.base_path
            && !(path.is_empty() || visible(path) && path.starts_with('/') && !path.ends_with('/'))
        {
            errors.add(node.key("base_path"), "expected a path that starts with / and does not end with it, e.g. /v1");
        }
        let known = self.preset.0.params;
        for (name, value) in self.params.iter() {
            if !known.iter().any(|param| param.name == name) {
                errors.unknown(node.key("params").key(name), "parameter", name, known.iter().map(|param| param.name));
            } else if !visible(value) || value.contains(['/', '?', '#', '%', '{', '}']) {
                errors.add(node.key("params").key(name), "expected a word that can stand in an address");
            }
        }
        let preset = self.preset.0;
        let asked = |param: &&Param| {
            // An address of the operator's own leaves nothing to be said.
            let between = format!("{{{}}}", param.name);
            let host = self.host.is_none() && preset.host.contains(&between);
            let base = self.base_path.is_none() && preset.base_path.contains(&between);
            host || base || preset.endpoints.iter().any(|endpoint| endpoint.path.contains(&between))
        };
        let unsaid = |param: &&Param| param.default.is_none() && self.params.get(param.name).is_none();
        for param in known.iter().filter(unsaid).filter(asked) {
            let why = format!(
                "{} has to be told its {}, e.g. {{\"{}\": \"...\"}}",
                self.preset.0.name, param.name, param.name
            );
            errors.add(node.key("params"), why);
        }
        for (name, value) in self.headers.iter() {
            if !is_header_name(name) {
                errors.add(node.key("headers").key(name), "expected a header name in lower case");
            } else if value.bytes().any(|byte| byte < 0x20 || byte == 0x7f) {
                errors.add(node.key("headers").key(name), "the value has a character that cannot stand in a header");
            }
        }
    }
}

/// Whether this can stand in the scope of a signature, between slashes.
fn is_region(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    !text.is_empty() && text.bytes().all(plain)
}

words! {
    /// What vectors are for, in Cohere's words.
    pub enum InputType {
        /// Documents that are searched; the default.
        "search_document" => SearchDocument,
        /// Questions that search them.
        "search_query" => SearchQuery,
        /// Texts to be classified.
        "classification" => Classification,
        /// Texts to be grouped.
        "clustering" => Clustering,
    }
}

impl InputType {
    fn purpose(self) -> Purpose {
        match self {
            Self::SearchDocument => Purpose::Document,
            Self::SearchQuery => Purpose::Query,
            Self::Classification => Purpose::Classification,
            Self::Clustering => Purpose::Clustering,
        }
    }
}

/// The name of a preset.
#[derive(Clone, Copy, Debug)]
pub struct PresetName(pub &'static Preset);

impl Setting for PresetName {
    fn read(node: Node<'_>, errors: &mut Errors) -> Option<Self> {
        let name = node.text(errors)?;
        let found = PRESETS.iter().find(|preset| preset.name == name);
        if found.is_none() {
            errors.unknown(node, "preset", name, PRESETS.iter().map(|preset| preset.name));
        }
        found.map(Self)
    }
    fn describe() -> Shape {
        let names: Vec<_> = PRESETS.iter().map(|preset| preset.name).collect();
        Shape::leaf("preset", serde_json::json!({ "enum": names }))
    }
    fn show(&self) -> serde_json::Value {
        self.0.name.into()
    }
}

/// A provider ready to be asked.
pub struct Provider {
    /// Its name in records and metrics.
    pub id: String,
    /// What it does otherwise than its format's first provider.
    quirks: Quirks,
    /// The same for paths that do not name the model.
    quirks_with_model: Quirks,
    preset: &'static Preset,
    host: String,
    places: Vec<Place>,
    credential: Credential,
    /// How long a request waits for an access token.
    pub token_wait_ms: u64,
    headers: Vec<(String, String)>,
}

/// An endpoint with the paths as this operator has them; only the model is still to come.
pub struct Place {
    endpoint: &'static Endpoint,
    path: String,
    stream_path: String,
}

impl Place {
    /// The shape of bodies there.
    pub fn shape(&self) -> Option<format::Shape> {
        format::Shape::named(self.endpoint.format)
    }

    /// The path for a model, with its query.
    fn path(&self, model: &str, stream: bool) -> String {
        let template = if stream { &self.stream_path } else { &self.path };
        let Some((before, after)) = template.split_once("{model}") else { return template.clone() };
        let (before, model) = match (before.strip_suffix("/models/"), model.split_once('/')) {
            // Google's own names of models say which collection they are in.
            (Some(base), Some((of @ ("models" | "tunedModels"), model))) => (format!("{base}/{of}/"), model),
            _ => (before.to_owned(), model),
        };
        let mut path = before;
        // Both may stand in a segment as they are, and signatures are made over what is sent.
        crate::http::percent_encode(&mut path, model, b":@");
        path + after
    }
}

/// Client headers that reach a provider, beside those of the format: nothing else does, so no credential, cookie or
/// internal name can. Tracing and idempotency are the client's own business with the provider.
const FORWARDED: &[&str] =
    &["accept", "user-agent", "idempotency-key", "x-request-id", "traceparent", "tracestate", "baggage"];

/// The same for what is passed through: what says how a body is to be read, which part of an answer is wanted, and what
/// makes a WebSocket of it.
const PASSED: &[&str] = &[
    "content-type",
    "content-length",
    "content-encoding",
    "content-disposition",
    "accept-language",
    "range",
    "if-match",
    "if-none-match",
    "if-modified-since",
    "inference-header-content-length",
    "connection",
    "upgrade",
    "sec-websocket-key",
    "sec-websocket-version",
    "sec-websocket-protocol",
];

/// The same for the query: `?beta=true` is Anthropic's, `?api-version=` Azure's. Anything else may be a key, under any
/// name and spelling.
const FORWARDED_QUERY: &[&str] = &["beta", "api-version"];

impl Provider {
    /// Fetches the credential and fills in what the preset knows.
    pub fn new(config: &ProviderConfig, host: &dyn Host, errors: &mut Errors) -> Option<Self> {
        let preset = config.preset.0;
        let id = config.id.as_ref().map_or(preset.name, Name::as_str).to_owned();
        let credential = Credential::new(config, &id, host, errors)?;
        let mut quirks = preset.quirks.clone();
        if let Some(limit) = config.default_max_tokens {
            quirks.default_max_tokens = limit.get();
        }
        if let Some(input_type) = config.default_input_type {
            quirks.embedding_purpose = input_type.purpose();
        }
        let filled = |template: &str| {
            preset.params.iter().fold(template.to_owned(), |text, param| {
                let value = config.params.get(param.name).map(String::as_str).or(param.default).unwrap_or_default();
                text.replace(&format!("{{{}}}", param.name), value)
            })
        };
        let address = |host: String| {
            let known = presets::MULTI_REGIONS.iter().find(|(made, _)| *made == host);
            known.map_or(host, |(_, real)| (*real).to_owned())
        };
        let base_path = config.base_path.clone().unwrap_or_else(|| filled(preset.base_path));
        let place = |endpoint: &'static Endpoint| Place {
            endpoint,
            path: format!("{base_path}{}", filled(endpoint.path)),
            stream_path: format!("{base_path}{}", filled(endpoint.stream_path.unwrap_or(endpoint.path))),
        };
        Some(Self {
            id,
            quirks_with_model: Quirks { addressed_in_body: true, ..quirks.clone() },
            quirks,
            preset,
            host: config.host.clone().unwrap_or_else(|| address(filled(preset.host))),
            places: preset.endpoints.iter().map(place).collect(),
            credential,
            token_wait_ms: config.token_wait_ms.get(),
            headers: config.headers.iter().map(|(name, value)| (name.to_owned(), value.clone())).collect(),
        })
    }

    /// The row of the preset table that it is of.
    pub fn preset_name(&self) -> &'static str {
        self.preset.name
    }

    /// Where it does this; None if it cannot. Where it can in several shapes, the client's own is taken. What it has no
    /// completions for is a chat turn.
    pub fn place(&self, operation: Operation, client: &format::Shape) -> Option<&Place> {
        let able = |operation| self.places.iter().filter(move |place| place.endpoint.operation == operation);
        let own = able(operation).find(|place| place.endpoint.format == client.name());
        let any = own.or_else(|| able(operation).next());
        any.or_else(|| able(Operation::Chat).next().filter(|_| operation == Operation::Completions))
    }

    /// What it does otherwise there than its format's first provider.
    pub fn quirks(&self, operation: Operation, client: &format::Shape) -> &Quirks {
        let names_model = |place: &Place| place.endpoint.path.contains("{model}");
        match self.place(operation, client).is_none_or(names_model) {
            true => &self.quirks,
            false => &self.quirks_with_model,
        }
    }

    /// How it is told who asks: the last step, after [`Provider::headers`] and when the body is final.
    pub fn credential(&self) -> &Credential {
        &self.credential
    }

    /// The headers of one attempt but for the credential, built anew from the client's: Envoy hands the same map to every
    /// attempt, so what the first provider was sent would reach the second.
    pub fn headers(&self, client: &Headers, place: &Place, model: &str, same_format: bool, stream: bool) -> Headers {
        let mut headers = Headers::with_capacity(24, 1024);
        headers.add(":method", "POST");
        headers.add(":scheme", client.get(":scheme").unwrap_or("https"));
        headers.add(":authority", &self.host);
        let mut path = place.path(model, stream);
        if same_format && let Some(query) = client.get(":path").and_then(forwarded_query) {
            add_query(&mut path, &query);
        }
        headers.add(":path", &path);
        // A form names its boundary there.
        let form = client.get("content-type").filter(|_| place.endpoint.operation.takes_forms());
        headers.add("content-type", form.unwrap_or("application/json"));
        let ours = if same_format { self.preset.forwarded } else { &[] };
        for name in FORWARDED.iter().chain(ours) {
            if let Some(value) = client.get(name) {
                headers.add(name, value);
            }
        }
        for (name, value) in self.preset.headers {
            if headers.get(name).is_none() {
                headers.add(name, value);
            }
        }
        if headers.get("accept").is_none() {
            // As its own clients ask, whatever frames their streams.
            let framed = || format::find(place.endpoint.format).map(|format| format.framing().media_type());
            headers.add("accept", if stream { framed().unwrap_or("text/event-stream") } else { "application/json" });
        }
        // SDKs ask for gzip, and nobody could read the answer here.
        headers.add("accept-encoding", "identity");
        for (name, value) in &self.headers {
            headers.set(name, value);
        }
        headers
    }

    /// The same for a request that is passed through: its own method, path and query, and headers of the preset only where
    /// the client sent none.
    pub fn raw_headers(&self, client: &Headers) -> Headers {
        let mut headers = Headers::with_capacity(24, 1024);
        headers.add(":method", client.get(":method").unwrap_or("GET"));
        headers.add(":scheme", client.get(":scheme").unwrap_or("https"));
        headers.add(":authority", &self.host);
        headers.add(":path", client.get(":path").unwrap_or("/"));
        for name in FORWARDED.iter().chain(PASSED).chain(self.preset.forwarded) {
            if let Some(value) = client.get(name).filter(|_| headers.get(name).is_none()) {
                headers.add(name, value);
            }
        }
        for (name, value) in self.preset.headers {
            if headers.get(name).is_none() {
                headers.add(name, value);
            }
        }
        // Our key is looked for in answers, and what it took.
        headers.set("accept-encoding", "identity");
        for (name, value) in &self.headers {
            headers.set(name, value);
        }
        headers
    }

    /// Takes out the headers of an answer that quote our own credential.
    pub fn scrub_headers(&self, headers: &mut Headers) {
        self.credential.each_secret(&mut |secret| {
            let quotes =
                |value: &[u8]| value.len() >= secret.len() && memchr::memmem::find(value, secret.as_bytes()).is_some();
            headers.retain(|_, value| !quotes(value));
        });
    }

    /// Takes our own credential out of a provider's words, should it quote it; None if it does not.
    pub fn scrub(&self, text: &str) -> Option<String> {
        let mut clean: Option<String> = None;
        self.credential.each_secret(&mut |secret| {
            let text = clean.as_deref().unwrap_or(text);
            if text.contains(secret) {
                clean = Some(text.replace(secret, "***"));
            }
        });
        clean
    }
}

/// Adds a client's query to a path; what it says under a name of the path's own takes the place of that.
fn add_query(path: &mut String, query: &str) {
    let name = |pair: &str| pair.split('=').next().unwrap_or_default().to_owned();
    if let Some((bare, own)) = path.split_once('?') {
        let kept = own.split('&').filter(|pair| !query.split('&').any(|theirs| name(theirs) == name(pair)));
        let kept: Vec<_> = kept.chain([query]).collect();
        *path = format!("{bare}?{}", kept.join("&"));
    } else {
        path.push('?');
        path.push_str(query);
    }
}

/// What of a path's query goes on; see [`FORWARDED_QUERY`]. None if nothing is left.
fn forwarded_query(path: &str) -> Option<String> {
    let (_, query) = path.split_once('?')?;
    let known = |pair: &&str| FORWARDED_QUERY.contains(&pair.split('=').next().unwrap_or_default());
    let kept: Vec<_> = query.split('&').filter(known).collect();
    (!kept.is_empty()).then(|| kept.join("&"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_may_say_what_the_preset_says_in_the_query() {
        let rows = [
            ("/x", "beta=true", "/x?beta=true"),
            ("/x?alt=sse", "beta=true", "/x?alt=sse&beta=true"),
            ("/x?api-version=1", "api-version=2&beta", "/x?api-version=2&beta"),
            ("/x?api-version=1&alt=sse", "api-version=2", "/x?alt=sse&api-version=2"),
        ];
        for (path, query, want) in rows {
            let mut got = path.to_owned();
            add_query(&mut got, query);
            assert_eq!(got, want);
        }
    }

    #[test]
    fn of_a_query_only_what_providers_know_goes_on() {
        let rows = [
            ("/v1/messages?beta=true&key=secret", Some("beta=true")),
            ("/v1/chat/completions?api-version=2024-10-21&api-key=secret&beta", Some("api-version=2024-10-21&beta")),
            ("/v1/messages?key=secret", None),
            ("/v1/messages?api_key=secret&access_token=secret&KEY=secret&k%65y=secret&secret", None),
            ("/v1/messages?", None),
            ("/v1/messages", None),
        ];
        for (path, want) in rows {
            assert_eq!(forwarded_query(path).as_deref(), want, "{path}");
        }
    }
}
