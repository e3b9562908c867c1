//! Paths that go to one cluster as they are: files, batches, realtime, and models of other kinds than language. Nothing
//! is translated; who asks is known, limited and recorded all the same.

use crate::config::{Bounded, Errors, Name, Node, Setting, Shape, settings, words};
use crate::http::percent_decode;

settings! {
    /// A path that goes to one cluster as it is: `{"name": "files", "path": "/v1/files", "cluster": "openai"}`. The paths
    /// that the gateway serves itself come first.
    pub struct Passthrough {
        /// Its name, in tenants' `passthrough` and in records.
        pub name: Name,
        /// The path and everything below it. `{model}` is a segment that names a model, which the tenant must be allowed,
        /// and `{}` any one segment.
        pub path: PathPrefix,
        /// The Envoy cluster; a provider filter stands in its `http_filters`.
        pub cluster: String,
        /// What stands in the place of `path` there, if not the same.
        pub upstream_path: Option<String>,
        /// Where it is, for tenants that may use some `regions` only.
        pub region: Option<Name>,
        /// The methods that may be used.
        pub methods: Vec<Method> = vec![Method::Get, Method::Post, Method::Delete],
        /// Largest body in bytes, if not the gateway's. A body that no policy reads is not held, so it may be larger than
        /// Envoy's buffer.
        pub max_body_bytes: Option<Bounded<1, 1_099_511_627_776>>,
    }
    check = Passthrough::can_be_used;
}

words! {
    /// A method.
    pub enum Method {
        /// Reads, and WebSockets.
        "GET" => Get,
        /// Reads without an answer's body.
        "HEAD" => Head,
        /// Makes or asks.
        "POST" => Post,
        /// Replaces.
        "PUT" => Put,
        /// Changes.
        "PATCH" => Patch,
        /// Removes.
        "DELETE" => Delete,
    }
}

impl Method {
    fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Head => "HEAD",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

/// The beginning of a path, in whole segments.
#[derive(Clone, Debug)]
pub struct PathPrefix(String);

impl Setting for PathPrefix {
    fn read(node: Node<'_>, errors: &mut Errors) -> Option<Self> {
        let text = node.text(errors)?;
        let segment = |segment: &str| {
            let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:@".contains(&byte);
            matches!(segment, "{}" | "{model}") || !segment.is_empty() && segment.bytes().all(plain)
        };
        let rest = text.strip_prefix('/');
        let fits = rest.is_some_and(|rest| rest.split('/').all(segment) && rest.matches("{model}").count() < 2);
        if !fits {
            errors.add(node, "expected a path of plain segments, at most one of them {model}, e.g. /v1/files");
        }
        fits.then(|| Self(text.to_owned()))
    }
    fn describe() -> Shape {
        Shape::leaf("path", serde_json::json!({"type": "string", "pattern": "^/"}))
    }
    fn show(&self) -> serde_json::Value {
        self.0.as_str().into()
    }
}

impl Passthrough {
    fn can_be_used(&self, node: Node<'_>, errors: &mut Errors) {
        if self.cluster.is_empty() {
            errors.add(node.key("cluster"), "expected the name of an Envoy cluster, got an empty text");
        }
        if self.methods.is_empty() {
            errors.add(node.key("methods"), "an empty list allows nothing; leave it out for GET, POST and DELETE");
        }
        if let Some(path) = &self.upstream_path
            && !(path.is_empty()
                || path.starts_with('/') && !path.ends_with('/') && path.bytes().all(|it| it.is_ascii_graphic()))
        {
            errors.add(
                node.key("upstream_path"),
                "expected nothing, or a path that starts with / and does not end with it",
            );
        }
    }

    /// Whether a request may use this method.
    pub fn takes(&self, method: &str) -> bool {
        self.methods.iter().any(|known| known.name() == method)
    }

    /// What a path stands for below this one: its model, and the path to ask for in the cluster. None if it is not below.
    fn matches(&self, path: &str) -> Option<(Option<String>, String)> {
        let (mut at, mut model) = (0, None);
        for wanted in self.path.0.split('/').skip(1) {
            let got = path.get(at..)?.strip_prefix('/')?.split('/').next()?;
            at += 1 + got.len();
            match wanted {
                "{model}" => model = Some(percent_decode(got).filter(|model| !model.is_empty())?),
                "{}" if !got.is_empty() => {}
                _ if got == wanted => {}
                _ => return None,
            }
        }
        let below = path.get(at..)?;
        let path = match &self.upstream_path {
            Some(instead) if instead.is_empty() && below.is_empty() => "/".to_owned(),
            Some(instead) => format!("{instead}{below}"),
            None => path.to_owned(),
        };
        Some((model, path))
    }
}

/// Where a request goes that is passed through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passage {
    /// The row's place in the configuration.
    pub row: usize,
    /// The model that the path names.
    pub model: Option<String>,
    /// The path and query to ask for.
    pub path: String,
}

/// The row that a path, with its query, falls under; the first that fits. Its query goes on but for credentials; `key` is
/// the one that the client has shown.
pub fn find(rows: &[Passthrough], path: &str, key: &str) -> Option<Passage> {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let (row, (model, mut path)) = rows.iter().enumerate().find_map(|(at, row)| Some((at, row.matches(path)?)))?;
    let kept: Vec<_> = query.split('&').filter(|pair| !pair.is_empty() && !is_credential(pair, key)).collect();
    if !kept.is_empty() {
        path.push('?');
        path.push_str(&kept.join("&"));
    }
    Some(Passage { row, model, path })
}

/// A value of a path's query, decoded.
pub fn query_value(path: &str, name: &str) -> Option<String> {
    let (_, query) = path.split_once('?')?;
    let value = query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))?;
    percent_decode(&value.replace('+', " "))
}

/// Names of a query's members that hold credentials, without `-` and `_` and in lower case.
const CREDENTIALS: &[&str] = &[
    "key",
    "apikey",
    "xapikey",
    "xgoogapikey",
    "subscriptionkey",
    "token",
    "accesstoken",
    "idtoken",
    "auth",
    "authorization",
    "password",
    "secret",
    "clientsecret",
    "sig",
    "signature",
    "xamzsignature",
    "xamzcredential",
    "xamzsecuritytoken",
];

/// Whether a member of a query is a credential: the client's are for us, and the provider's are not the client's.
/// `key`: what the client has shown.
fn is_credential(pair: &str, key: &str) -> bool {
    let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
    let Some((name, value)) = percent_decode(name).zip(percent_decode(value)) else { return true };
    let shown = !key.is_empty() && (value.contains(key) || name.contains(key));
    let name = name.replace(['-', '_'], "").to_ascii_lowercase();
    shown || CREDENTIALS.contains(&name.as_str())
}

/// Whether every server reads a path as we do: no segment that means another one, none that is empty but the last.
pub fn is_plain(path: &str) -> bool {
    let path = path.split('?').next().unwrap_or_default();
    let fits = |segment: &str| match percent_decode(segment) {
        Some(decoded) => {
            let odd = |byte: u8| byte < 0x20 || byte == 0x7f || b"/\\%?#;".contains(&byte);
            !decoded.is_empty() && decoded != "." && decoded != ".." && !decoded.bytes().any(odd)
        }
        None => false,
    };
    let Some(rest) = path.strip_prefix('/') else { return false };
    rest.strip_suffix('/').unwrap_or(rest).split('/').all(fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(json: &str) -> Result<Passthrough, String> {
        crate::config::parse::<Passthrough>(json.as_bytes()).map(|(row, _)| row).map_err(|errors| errors.to_string())
    }

    #[test]
    fn a_path_is_found_by_whole_segments_and_goes_on_as_it_is() {
        let rows = [
            row(r#"{"name":"files","path":"/v1/files","cluster":"a"}"#).unwrap(),
            row(r#"{"name":"mlflow","path":"/ml/{}/invocations","cluster":"b","upstream_path":"/invocations"}"#)
                .unwrap(),
            row(r#"{"name":"triton","path":"/v2/models/{model}","cluster":"c"}"#).unwrap(),
            row(r#"{"name":"top","path":"/top","cluster":"b","upstream_path":""}"#).unwrap(),
            row(r#"{"name":"any","path":"/v1","cluster":"d","upstream_path":"/openai/v1"}"#).unwrap(),
        ];
        let cases: &[(&str, Option<(usize, Option<&str>, &str)>)] = &[
            ("/v1/files", Some((0, None, "/v1/files"))),
            ("/v1/files/", Some((0, None, "/v1/files/"))),
            ("/v1/files/f-1/content?a=b", Some((0, None, "/v1/files/f-1/content?a=b"))),
            ("/top", Some((3, None, "/"))),
            ("/top/invocations", Some((3, None, "/invocations"))),
            ("/v1/filesystem", Some((4, None, "/openai/v1/filesystem"))),
            ("/v1", Some((4, None, "/openai/v1"))),
            ("/ml/fraud/invocations", Some((1, None, "/invocations"))),
            ("/ml/fraud/invocations/x", Some((1, None, "/invocations/x"))),
            ("/ml//invocations", None),
            ("/ml/fraud", None),
            ("/v2/models/res%20net/infer", Some((2, Some("res net"), "/v2/models/res%20net/infer"))),
            ("/v2/models/", None),
            ("/v2/models", None),
            ("v1/files", None),
            ("/", None),
        ];
        for (path, want) in cases {
            let found = find(&rows, path, "pk-shown");
            let found = found.as_ref().map(|it| (it.row, it.model.as_deref(), it.path.as_str()));
            assert_eq!(found, *want, "{path}");
        }
    }

    #[test]
    fn no_key_goes_on_in_a_query() {
        let rows = [row(r#"{"name":"files","path":"/v1/files","cluster":"a"}"#).unwrap()];
        let cases = [
            ("/v1/files?limit=10&after=f-1", "/v1/files?limit=10&after=f-1"),
            ("/v1/files?key=s&limit=10&api_key=s&API-KEY=s&access_token=s&X-Amz-Signature=s", "/v1/files?limit=10"),
            ("/v1/files?k%65y=s&k%zz=s&a=%zz", "/v1/files"),
            ("/v1/files?pageToken=t&after=pk-shown&b=%70k-shown&pk-shown", "/v1/files?pageToken=t"),
            ("/v1/files?", "/v1/files"),
        ];
        for (path, want) in cases {
            assert_eq!(find(&rows, path, "pk-shown").unwrap().path, want, "{path}");
        }
        assert_eq!(query_value("/v1/realtime?x=1&model=gpt%2Drealtime", "model").as_deref(), Some("gpt-realtime"));
        assert_eq!(query_value("/v1/realtime?models=1", "model"), None);
    }

    #[test]
    fn a_path_that_somebody_may_read_otherwise_is_not_plain() {
        for path in ["/v1/files", "/v1/files/", "/v2/models/a:b@c/infer", "/v2/models/r%C3%A9s%20net", "/a?b=/../c"] {
            assert!(is_plain(path), "{path}");
        }
        let odd = [
            "/v1/files/../chat/completions",
            "/v1/files/..",
            "/v1/files/%2e%2E/chat",
            "/v1/files/./x",
            "/v1//files",
            "//v1/files",
            "/v1/files//",
            "/v1/files/a%2Fb",
            "/v1/files/a%5cb",
            "/v1/files/a\\b",
            "/v1/files/%252e%252e/x",
            "/v1/files/a;b",
            "/v1/files/%00",
            "/v1/files/%zz",
            "v1/files",
            "/",
            "",
        ];
        for path in odd {
            assert!(!is_plain(path), "{path}");
        }
    }

    #[test]
    fn a_row_that_cannot_be_meant_is_refused() {
        let rows = [
            (r#"{"name":"a","path":"v1","cluster":"a"}"#, "path: expected a path of plain segments"),
            (r#"{"name":"a","path":"/v1/","cluster":"a"}"#, "path: expected a path of plain segments"),
            (r#"{"name":"a","path":"/v1/*","cluster":"a"}"#, "path: expected a path of plain segments"),
            (r#"{"name":"a","path":"/{model}/{model}","cluster":"a"}"#, "path: expected a path of plain segments"),
            (r#"{"name":"a","path":"/v1","cluster":""}"#, "cluster: expected the name of an Envoy cluster"),
            (r#"{"name":"a","path":"/v1","cluster":"a","methods":[]}"#, "methods: an empty list allows nothing"),
            (
                r#"{"name":"a","path":"/v1","cluster":"a","upstream_path":"x"}"#,
                "upstream_path: expected nothing, or a path that starts",
            ),
        ];
        for (json, want) in rows {
            let error = row(json).unwrap_err();
            assert!(error.contains(want), "{json}: {error}");
        }
    }
}
