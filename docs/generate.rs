//! Writes the pages of docs/ that are read off the code: `make docs`. `tests/docs.rs` fails where a committed page is
//! not what would be written here. Prose around the tables is in this file.

use std::fmt::Write;
use std::io;
use std::path::Path;

use postern::config::{Setting, reference, schema};
use postern::filter::FilterConfig;
use postern::format::embeddings::SHAPES;
use postern::format::rules::{Field, Rule, field};
use postern::format::{Audio, Dialect, Documents, FORMATS, Fix, Format, ReasoningForm};
use postern::host::MetricKind;
use postern::pii::{CATALOGUE, Tier};
use postern::provider::{Endpoint, KeyPlace, PRESETS, Preset};
use postern::surface::{Operation, SURFACES};
use postern::telemetry::{FIELDS, METRICS};

const WRITTEN_BY: &str = "<!-- Written by `make docs` from the code; changes by hand are lost. -->\n\n";

/// Every generated page: its path from the checkout's root, and its text.
pub fn pages() -> Vec<(&'static str, String)> {
    vec![
        ("docs/configuration.md", configuration()),
        ("docs/configuration.schema.json", schema(&FilterConfig::describe())),
        ("docs/detectors.md", detectors()),
        ("docs/lossy.md", lossy()),
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
addresses of people have no shape: they are found behind a cue (`my name is`, `Dear`, the name of a field; the word for a
street), and where a common given name or a rare family name stands beside another capitalised word. On sets written after the
lists, 20 to 30 % of the names without a cue were missed, and some one in four of the things that are named like people (a
brand, a figure of fiction) was taken for one.

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
    page.push_str(
        r#"
## What single providers have otherwise

Where client and provider speak the same format, bodies pass as they are, but for what is said here of every client. The
rest is about clients of other formats, beside or instead of [lossy.md](lossy.md). What leaves for each provider can be
read in `tests/golden/presets/`.
"#,
    );
    for preset in PRESETS {
        own_rules(&mut page, preset);
    }
    page
}

fn lossy() -> String {
    let head = r#"# What is lost between formats

Where client and provider speak the same format, nothing is: the bytes are kept, and only the model's name, redacted
strings and what the provider's row says ([providers.md](providers.md)) are spliced in. Between two formats, each thing a
client can say is treated in one of four ways:

- **taken**: the provider's format has the same.
- **said otherwise**: it has something near. How far that goes may depend on the value or on the model; the tables say so.
- **left out and reported**: it only tunes the answer, its cost or its keeping. It is named in the answer's
  `x-postern-lossy`, in the record's `postern.lossy`, and counted in `postern_lossy_fields`. With `"strict": true` in the
  gateway's configuration the request is refused instead.
- **refused**: 400 with the code `unsupported_by_target` and the field's path, because the answer would be another one.

A field that no table here names is left out and reported under the client's own name for it, wherever in the body it
stands. Names are the client's own everywhere. Single providers have more or less than their format:
[providers.md](providers.md#what-single-providers-have-otherwise).

The tables are written from the rules that the code follows (`src/format/*/fields.rs`), and a test plays every line of
them (`tests/exchange/loss.rs`).

What is done in silence, since it changes nothing: texts without a word in them are left out where a provider refuses
them, neighbouring turns of one side become one, tool results open the turn after their calls, ids of calls are rewritten
where a provider takes other characters, and a limit on tokens is added where a format demands one.

## Answers

What an answer says and the client's format has no place for is reported as `answer:<thing>`: in the record and
the counter, and in the header as far as it is known when the headers go: all of a whole answer, the beginning of a stream.

| A client of | cannot be told |
|---|---|
"#;
    let mut page = format!("{WRITTEN_BY}{head}");
    for format in FORMATS {
        let told: Vec<_> = format.cannot_tell().iter().map(|told| told.label()).collect();
        let mut told = if told.is_empty() { "–".to_owned() } else { told.join(", ") };
        for more in format.cannot_stream() {
            let _ = write!(told, "; on a stream {}", more.label());
        }
        row(&mut page, &[&code(format.name()), &told]);
    }
    for to in FORMATS {
        let _ = write!(page, "\n## Requests to a provider of {}\n", code(to.name()));
        for from in FORMATS.iter().filter(|from| from.name() != to.name()) {
            let _ = write!(page, "\n### {} to {}\n", from.name(), to.name());
            pair(&mut page, *from, *to);
        }
    }
    vectors(&mut page);
    page
}

/// What each shape of embeddings calls what a request can say.
fn vectors(page: &mut String) {
    page.push_str(
        r#"
## Vectors and ranks

Texts and the length of vectors are taken between all shapes. Of the rest a shape without a name for it leaves it out, and
that is reported: what else was asked is told in the column. Refused are token ids and pictures outside their own shape,
vectors that are no floats (`int8`, `ubinary`) where the provider has no `embedding_types`, several texts where a provider
takes one a call (Titan, Nova), and batches of Google's whose requests differ. Base64 is packed and unpacked here, whatever
the provider gives. `input_type` is taken in Cohere's, Google's, NVIDIA's and Voyage's words, from clients of OpenAI's shape
too; a provider that wants one and is told none gets `default_input_type`.

| Shape | Texts | What for | Too long | Title | User | Forms of vectors |
|---|---|---|---|---|---|---|
"#,
    );
    for shape in SHAPES {
        let names = shape.names();
        let or_none = |name: Option<&str>| name.map_or("–".to_owned(), code);
        let cells = [
            code(shape.name()),
            code(names.inputs),
            or_none(names.purpose),
            or_none(names.truncate),
            or_none(names.title),
            or_none(names.user),
            or_none(names.encodings),
        ];
        row(page, &cells.each_ref().map(String::as_str));
    }
    page.push_str(
        r#"
Ranks are taken between Cohere's, Jina's and Bedrock's shapes; documents that are no text are refused, `max_tokens_per_doc`
is Cohere's alone, and the documents come back where the client wants them (`return_documents`), whoever ranked them.

Older completions are a chat turn at a provider that has no such thing; what that cannot do is refused there: a list of
prompts, token ids, `suffix`, `echo`, `best_of`, `logprobs`. `max_tokens` is 16 where nothing is said, as OpenAI has it.
"#,
    );
}

/// What becomes of all that clients of one format say, at providers of another.
fn pair(page: &mut String, from: &dyn Format, to: &dyn Format) {
    let said = || from.fields().iter().filter(|said| !said.name.is_empty());
    let rule = |said: &Field| field(to, said.feature).map_or(Rule::Maps, |field| field.rule);
    let mut taken: Vec<String> = Vec::new();
    for said in said().filter(|said| rule(said) == Rule::Maps) {
        let name = code(said.name);
        if !taken.contains(&name) {
            taken.push(name);
        }
    }
    let _ = write!(page, "\nTaken: {}.\n", taken.join(", "));
    page.push_str("\n| Field | That says | Becomes |\n|---|---|---|\n");
    for said in said().filter(|said| rule(said) != Rule::Maps) {
        row(page, &[&code(said.name), said.feature.label(), &fate(rule(said))]);
    }
    for name in from.indispensable() {
        row(
            page,
            &[&code(name), "what no answer can do without", "refused where the provider's format has no such field"],
        );
    }
}

/// What a preset has otherwise than its format.
fn own_rules(page: &mut String, preset: &Preset) {
    let quirks = &preset.quirks;
    let fix = |(name, fix): &(&str, Fix)| match fix {
        Fix::Rename(new) => format!("{} is sent as {}", code(name), code(new)),
        Fix::Drop => format!("{} is left out and reported", code(name)),
        Fix::Needless => format!("{} is left out, since it does so anyway", code(name)),
        Fix::Refuse(why) => format!("{} is refused: {why}", code(name)),
    };
    let mut every: Vec<_> = quirks.top_level.iter().map(fix).collect();
    let member = |(name, json): &(&str, &str)| format!("{} is added: {}", code(name), code(json));
    every.extend(quirks.members.iter().map(member));
    let list = |(header, name): &(&str, &str)| format!("what {} lists is added to {}", code(header), code(name));
    every.extend(quirks.header_lists.iter().map(list));
    let openai = preset.endpoints.first().is_some_and(|endpoint| endpoint.format == "openai_chat");
    let dialect = if openai { dialect(&quirks.dialect) } else { Vec::new() };
    if every.is_empty() && dialect.is_empty() && quirks.rules.is_empty() {
        return;
    }
    let _ = write!(page, "\n### {}\n", code(preset.name));
    if !every.is_empty() {
        let _ = write!(page, "\nOf every client: {}.\n", every.join("; "));
    }
    if !dialect.is_empty() {
        let _ = write!(page, "\nOf clients of other formats: {}.\n", dialect.join("; "));
    }
    if !quirks.rules.is_empty() {
        page.push_str("\n| What a client of another format says | Becomes |\n|---|---|\n");
        for (feature, rule) in quirks.rules {
            row(page, &[feature.label(), &fate(*rule)]);
        }
    }
}

/// How a provider of OpenAI's shape has what OpenAI has otherwise.
fn dialect(dialect: &Dialect) -> Vec<String> {
    let own = Dialect::OPENAI;
    let mut told = Vec::new();
    let reasoning = match dialect.reasoning {
        ReasoningForm::Effort => None,
        ReasoningForm::Object => Some("in `reasoning`"),
        ReasoningForm::EffortOrDisabled => Some("in `reasoning_effort`, or `reasoning.enabled` where not at all"),
        ReasoningForm::EffortOrTemplate => {
            Some("in `reasoning_effort`, or `chat_template_kwargs.enable_thinking` where not at all")
        }
        ReasoningForm::Switch => Some("by `thinking.type`"),
        ReasoningForm::SwitchAndEffort => Some("by `thinking.type` and `reasoning_effort`"),
        ReasoningForm::Enable => Some("by `enable_thinking` and `thinking_budget`"),
        ReasoningForm::Budget => Some("in `thinking.budget_tokens` for Claude, else in `reasoning_effort`"),
    };
    told.extend(reasoning.map(|how| format!("how much to think is said {how}")));
    if dialect.efforts != own.efforts {
        let (least, most) = dialect.efforts;
        told.push(format!("the effort is from `{least:?}` to `{most:?}`").to_lowercase());
    }
    let documents = match dialect.documents {
        Documents::File => None,
        Documents::DocumentUrl => Some("documents are parts of the type `document_url`"),
        Documents::FileUrl => Some("documents are parts of the type `file_url`"),
    };
    told.extend(documents.map(str::to_owned));
    let audio = match dialect.audio {
        Audio::Object => None,
        Audio::Bare => Some("`input_audio` is the data alone"),
        Audio::Url => Some("the data of `input_audio` is a URL"),
    };
    told.extend(audio.map(str::to_owned));
    if dialect.max_stops != own.max_stops {
        told.push(format!("at most {} stop strings", dialect.max_stops));
    }
    if let Some(chars) = dialect.call_id_chars {
        told.push(format!("ids of calls have {chars} letters and digits"));
    }
    told
}

/// What becomes of a thing, in words.
fn fate(rule: Rule) -> String {
    match rule {
        Rule::Maps => "taken".to_owned(),
        Rule::Emulates(how) => how.to_owned(),
        Rule::Drops(why) => format!("left out and reported: {why}"),
        Rule::Refuses(why) => format!("refused: {why}"),
    }
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

The Responses API can go on from what its provider has stored. A request that does (`previous_response_id`,
`conversation`, `prompt`, `background`, an `item_reference`) reaches a provider of that API as it came, and is refused
with 400 in front of any other. Nothing is stored here: an answer that was translated says `"store":false`, and
`store: true` is told as lost. Reasoning travels with the client instead: each reasoning item has its provider's proof in
`encrypted_content`, to be sent back as it is.

An Anthropic client's `thread`, which has the server keep the conversation, likewise reaches providers of that format only.
In front of any other it is refused with 400 and `error.details.error_code: thread_unsupported_request`, on which the
official clients send the conversation whole.
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
