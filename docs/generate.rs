//! Writes the pages of docs/ that are read off the code: `make docs`. `tests/docs.rs` fails where a committed page is
//! not what would be written here. Prose around the tables is in this file.

use std::fmt::Write;
use std::io;
use std::path::Path;

use postern::config::{Setting, reference, schema};
use postern::filter::FilterConfig;
use postern::host::MetricKind;
use postern::pii::{CATALOGUE, Tier};
use postern::provider::{Endpoint, KeyPlace, PRESETS};
use postern::surface::{Operation, SURFACES};
use postern::telemetry::{FIELDS, METRICS};

const WRITTEN_BY: &str = "<!-- Written by `make docs` from the code; changes by hand are lost. -->\n\n";

/// Every generated page: its path from the checkout's root, and its text.
pub fn pages() -> Vec<(&'static str, String)> {
    vec![
        ("docs/configuration.md", configuration()),
        ("docs/configuration.schema.json", schema(&FilterConfig::describe())),
        ("docs/detectors.md", detectors()),
        ("docs/providers.md", providers()),
        ("docs/surfaces.md", surfaces()),
        ("docs/metrics.md", metrics()),
    ]
}

fn main() -> io::Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for (path, text) in pages() {
        std::fs::write(root.join(path), text)?;
        println!("{path}");
    }
    Ok(())
}

fn configuration() -> String {
    let head = r#"# Configuration

Each Postern filter in an Envoy configuration carries one JSON object: `gateway` in the listener, `provider` in a
cluster. It stands in the filter's `configuration` as a `google.protobuf.StringValue`
([`envoy/quickstart.yaml`](../envoy/quickstart.yaml) has both). The smallest of each:

```json
{
  "version": 1,
  "gateway": {
    "tenants": [{"id": "acme", "keys": [{"id": "laptop", "sha256": "<64 hex digits>"}]}],
    "models": [{"name": "gpt-*", "targets": [{"cluster": "openai"}]}]
  }
}
```

```json
{"version": 1, "provider": {"preset": "openai", "key": {"env": "OPENAI_API_KEY"}}}
```

A mistake is refused with its path, the reason and, where there is one, the nearest name; all mistakes at once. So
`envoy --mode validate -c envoy.yaml` checks these objects too: it runs the module. A new configuration that is refused
while Envoy runs leaves the old one serving ([operating.md](operating.md#changing-the-configuration-live)).

The same as a JSON Schema, for editors: [configuration.schema.json](configuration.schema.json).

"#;
    format!("{WRITTEN_BY}{head}{}", reference(&FilterConfig::describe()))
}

fn detectors() -> String {
    let head = r#"# Detectors

What the `redact` policy can find, by the names that stand in its `detectors`. Names are Presidio's where Presidio has
one. There is no model behind them: a detector knows a shape, a checksum, and words that stand nearby. Names and
addresses of people have no shape and are not found.

| Tier | What it can prove |
|---|---|
"#;
    let mut page = format!("{WRITTEN_BY}{head}");
    for tier in [Tier::Strong, Tier::Checked, Tier::Labelled] {
        let (name, what) = tier_words(tier);
        row(&mut page, &[name, what]);
    }
    page.push_str(
        r#"
The example shows the hit between `[` and `]`. Every row in `src/pii/catalogue/` has more, and counter-examples, and the
tests try them all.

| Detector | Tier | What | Example |
|---|---|---|---|
"#,
    );
    for detector in CATALOGUE {
        let example = detector.examples.first().copied().unwrap_or_default();
        let first_line = example.lines().next().unwrap_or_default();
        let dots = if first_line.len() < example.len() { " …" } else { "" };
        let example = format!("{}{dots}", code(first_line));
        row(&mut page, &[&code(detector.entity), tier_words(detector.tier).0, detector.what, &example]);
    }
    page
}

fn tier_words(tier: Tier) -> (&'static str, &'static str) {
    match tier {
        Tier::Strong => ("strong", "shape or checksum is enough"),
        Tier::Checked => ("checked", "a checksum over few digits; a word or field name nearby must agree"),
        Tier::Labelled => ("labelled", "no checksum; only a word or field name nearby makes it one"),
    }
}

fn providers() -> String {
    let head = r#"# Providers

The presets a provider filter can name. Any server that speaks OpenAI's Chat Completions is `openai_compatible` with its
own `host` and, where its paths begin otherwise, `base_path`. `id`, `host`, `base_path` and `headers` can be set for
every preset ([configuration.md](configuration.md)).

| Preset | Host | What, in which format, where | Key goes into; or `auth` | Client headers it gets in its own format |
|---|---|---|---|---|
"#;
    let mut page = format!("{WRITTEN_BY}{head}");
    for preset in PRESETS {
        let host = if preset.host.is_empty() { "to be given".to_owned() } else { code(preset.host) };
        let path = |endpoint: &Endpoint| {
            let operation = endpoint.operation.name();
            format!("{operation}, {}: {}", endpoint.format, code(&format!("{}{}", preset.base_path, endpoint.path)))
        };
        let paths: Vec<_> = preset.endpoints.iter().map(path).collect();
        let key = match preset.auth.key_place() {
            KeyPlace::Bearer => code("authorization: Bearer"),
            KeyPlace::Header(name) => code(name),
            KeyPlace::Query(name) => code(&format!("?{name}=")),
        };
        let ways: Vec<_> = preset.auth.choices().iter().map(|way| code(way)).collect();
        let key = [vec![key], ways].concat().join(", ");
        let forwarded: Vec<_> = preset.forwarded.iter().map(|name| code(name)).collect();
        let cells = [&code(preset.name), &host, &paths.join("<br>"), &key, &forwarded.join(", ")];
        row(&mut page, &cells.map(String::as_str));
    }
    page.push_str(
        r#"
What differs within a format. The limit is the field for the most tokens of an answer; its default is sent where the
format demands one and the client gave none.

| Preset | Headers added | Limit field | Default limit | Usage on streams | Role `developer` | Highest temperature |
|---|---|---|---|---|---|---|
"#,
    );
    for preset in PRESETS {
        let headers: Vec<_> = preset.headers.iter().map(|(name, value)| code(&format!("{name}: {value}"))).collect();
        let quirks = &preset.quirks;
        // OpenAI's fields mean nothing to others.
        let format = preset.endpoints.first().map_or("", |endpoint| endpoint.format);
        let openai = format == "openai_chat";
        let of_openai = |text: String| if openai { text } else { "–".to_owned() };
        let yes_no = |flag: bool| if flag { "yes" } else { "no" }.to_owned();
        let cells = [
            code(preset.name),
            if headers.is_empty() { "–".to_owned() } else { headers.join(", ") },
            of_openai(code(quirks.max_tokens_field)),
            if format == "anthropic_messages" { quirks.default_max_tokens.to_string() } else { "–".to_owned() },
            of_openai(yes_no(quirks.stream_usage)),
            of_openai(yes_no(quirks.developer_role)),
            quirks.max_temperature.to_string(),
        ];
        row(&mut page, &cells.each_ref().map(String::as_str));
    }
    page
}

fn surfaces() -> String {
    let head = r#"# Surfaces

What clients may call. The path tells the shape of the body; the model in it tells where it goes, so a chat of any
format reaches a provider of any, and so do vectors and ranks. Pictures, sound and moderations are not translated: only
the model's name changes, also within a form. Another method on these paths is 405, any other path is 404, in Anthropic's
shape if the request has `anthropic-version`.

| Call | What | Shape | Goes to |
|---|---|---|---|
"#;
    let mut page = format!("{WRITTEN_BY}{head}");
    for surface in SURFACES {
        let presets: Vec<_> = PRESETS
            .iter()
            .filter(|preset| preset.endpoints.iter().any(|it| it.operation == surface.operation))
            .collect();
        let goes = match surface.operation {
            Operation::Models | Operation::Health => "answered by the gateway".to_owned(),
            Operation::Chat | Operation::Completions => "every preset with a chat".to_owned(),
            Operation::CountTokens => {
                let own = PRESETS.iter().filter(|preset| {
                    preset.endpoints.iter().any(|it| (it.operation, it.format) == (surface.operation, surface.format))
                });
                let own: Vec<_> = own.map(|preset| code(preset.name)).collect();
                format!("{}; guessed here for every other", own.join(", "))
            }
            _ => presets.iter().map(|preset| code(preset.name)).collect::<Vec<_>>().join(", "),
        };
        let call = code(&format!("{} {}", surface.method, surface.path));
        let format = match surface.operation {
            Operation::Models => "OpenAI's, or Anthropic's where the request has `anthropic-version`".to_owned(),
            Operation::Health => "JSON, without a key".to_owned(),
            _ => code(surface.format),
        };
        row(&mut page, &[&call, surface.operation.name(), &format, &goes]);
    }
    page.push_str(
        r#"
`{model}` is the model, percent-encoded, `{}` any one segment, and `*` takes the rest of the path. The client's key is read from `authorization: Bearer`, `x-api-key`, `api-key` or
`x-goog-api-key`.

Tokens that a provider does not count are guessed from the texts of the request, pictures left out; such an answer has
`"estimated":true` and the header `x-postern-estimated`.
"#,
    );
    page
}

fn metrics() -> String {
    let head = r#"# Metrics and the usage record

A gateway filter counts each exchange at its end. Labels hold only names from the configuration: a model is called by
the name its route has or lists, or by the route's pattern; one without a route is `other`, and what is not known is
`none`. The labels show in Prometheus when Envoy's `stats_config` has the `stats_tags` of
[`envoy/quickstart.yaml`](../envoy/quickstart.yaml).

| Metric | Kind | Labels | What |
|---|---|---|---|
"#;
    let mut page = format!("{WRITTEN_BY}{head}");
    for metric in METRICS {
        let kind = match metric.kind {
            MetricKind::Counter => "counter",
            MetricKind::Gauge => "gauge",
            MetricKind::Histogram => "histogram",
        };
        let labels = if metric.labels.is_empty() { "–".to_owned() } else { metric.labels.join(", ") };
        row(&mut page, &[&code(metric.name), kind, &labels, metric.what]);
    }
    page.push_str(
        r#"
## The usage record

One JSON object per request, in the filter state `wasm.postern.record`, for the access log:
`%FILTER_STATE(wasm.postern.record:PLAIN)%`. A field that has nothing to say is left out. No prompt, answer or key is
ever in it.

| Field | What |
|---|---|
"#,
    );
    for field in FIELDS {
        row(&mut page, &[&code(field.name), field.what]);
    }
    page
}

/// A row of a table; cells with a `|` of their own are escaped.
fn row(page: &mut String, cells: &[&str]) {
    for cell in cells {
        let _ = write!(page, "| {} ", cell.replace('|', "\\|"));
    }
    page.push_str("|\n");
}

/// Text in backquotes, more of them where the text has its own.
fn code(text: &str) -> String {
    if text.contains('`') { format!("`` {text} ``") } else { format!("`{text}`") }
}
