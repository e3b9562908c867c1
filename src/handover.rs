//! What the two filters tell each other about one exchange, through Envoy's filter state: values no client can send and
//! no provider can see. The gateway writes [`Order`] and the original headers; each attempt's provider filter writes
//! [`Outcome`], from the answer's first byte on, so that even a hang-up leaves the last word on what it cost.

use crate::chat::{Finish, Usage};
use crate::format::Format;
use crate::host::Host;
use crate::http::Headers;
use crate::surface::Operation;
use crate::wire::json::{Doc, Value, Writer};

/// Filter-state key of the cluster that the route's matcher picks next.
pub const NEXT: &str = "postern.next";
/// Filter-state key of the usage record, for the access log.
pub const RECORD: &str = "postern.record";
const ORDER: &str = "postern.order";
const HEADERS: &str = "postern.headers";
const OUTCOME: &str = "postern.outcome";

/// What the gateway asks of whichever provider is tried.
pub struct Order {
    /// The format of the client's body, and of the answer it expects.
    pub format: &'static dyn Format,
    /// What is asked.
    pub operation: Operation,
    /// The model name the client used.
    pub model: String,
    /// Where it may go, in order.
    pub targets: Vec<TargetRef>,
    /// Whether a stream is asked for.
    pub stream: bool,
    /// Whether the client itself asked for usage on its stream.
    pub include_usage: bool,
    /// Refuse what the target cannot hold, instead of dropping and reporting it.
    pub strict: bool,
    /// The size of the body, for estimates.
    pub body_bytes: u64,
}

/// One place a request may go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TargetRef {
    /// The Envoy cluster, which carries a provider filter.
    pub cluster: String,
    /// The model to ask for there.
    pub model: String,
}

impl Order {
    /// Writes the order, the headers as they came, and the first target.
    pub fn write(&self, headers: &Headers, host: &dyn Host) -> crate::host::HostResult<()> {
        let mut json = Writer::with_capacity(256);
        json.open().key("format").string(self.format.name()).key("operation").string(self.operation.name());
        json.key("model").string(&self.model).key("targets").open_array();
        for target in &self.targets {
            json.open_array().string(&target.cluster).string(&target.model).close_array();
        }
        json.close_array().key("stream").bool(self.stream).key("include_usage").bool(self.include_usage);
        json.key("strict").bool(self.strict).key("body_bytes").number(self.body_bytes).close();
        host.set_state(ORDER, &json.out)?;
        host.set_state(HEADERS, &headers.encode())?;
        match self.targets.first() {
            Some(target) => host.set_state(NEXT, target.cluster.as_bytes()),
            None => Ok(()),
        }
    }

    /// Reads the order and the original headers. None: no gateway filter stood before us.
    pub fn read(host: &dyn Host) -> Option<(Self, Headers)> {
        let bytes = host.state(ORDER)?;
        let doc = Doc::parse(&bytes).ok()?;
        let root = doc.root();
        let flag = |name| root.get(name).and_then(Value::bool).unwrap_or(false);
        let operation = root.get("operation")?;
        let order = Order {
            format: crate::format::find(&string(root.get("format")?)?)?,
            operation: Operation::ALL.into_iter().find(|known| operation.is(known.name()))?,
            model: string(root.get("model")?)?,
            targets: root
                .get("targets")?
                .items()
                .map(|pair| {
                    let mut fields = pair.items();
                    Some(TargetRef { cluster: string(fields.next()?)?, model: string(fields.next()?)? })
                })
                .collect::<Option<_>>()?,
            stream: flag("stream"),
            include_usage: flag("include_usage"),
            strict: flag("strict"),
            body_bytes: root.get("body_bytes").and_then(Value::u64).unwrap_or(0),
        };
        Some((order, Headers::decode(host.state(HEADERS)?)?))
    }
}

/// What became of the latest attempt, as far as it has come.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// The provider's id from its configuration.
    pub provider: String,
    /// The model asked for there, then the one the answer names.
    pub model: String,
    /// Which try it is, from 1.
    pub attempt: u64,
    /// The provider's status, before any change of ours; 0 until it has answered.
    pub status: u16,
    /// The usage told or, until then, estimated from what passed.
    pub usage: Option<Usage>,
    /// Why the answer ended.
    pub finish: Option<Finish>,
    /// Fields the provider's format could not hold.
    pub lossy: Vec<String>,
    /// An error's class: `provider`, `stream_cut`, `bad_answer`, ...
    pub error: Option<String>,
}

/// The finish reasons, by their OpenAI names.
const FINISHES: [(Finish, &str); 4] = [
    (Finish::Stop, "stop"),
    (Finish::Length, "length"),
    (Finish::ToolCalls, "tool_calls"),
    (Finish::ContentFilter, "content_filter"),
];

/// A count of a usage: its name in the hand-over, and the place.
type Count = (&'static str, fn(&mut Usage) -> &mut u64);

/// The counts of a usage.
const COUNTS: [Count; 7] = [
    ("input", |usage| &mut usage.input),
    ("output", |usage| &mut usage.output),
    ("cache_read", |usage| &mut usage.cache_read),
    ("cache_write", |usage| &mut usage.cache_write),
    ("reasoning", |usage| &mut usage.reasoning),
    ("input_audio", |usage| &mut usage.input_audio),
    ("output_audio", |usage| &mut usage.output_audio),
];

impl Outcome {
    /// The finish reason's OpenAI name.
    pub fn finish_name(&self) -> Option<&'static str> {
        let finish = self.finish?;
        FINISHES.iter().find(|(known, _)| *known == finish).map(|(_, name)| *name)
    }

    /// Writes it where the gateway filter and the access log find it.
    pub fn write(&self, host: &dyn Host) -> crate::host::HostResult<()> {
        let mut json = Writer::with_capacity(256);
        json.open().key("provider").string(&self.provider).key("model").string(&self.model);
        json.key("attempt").number(self.attempt).key("status").number(u64::from(self.status));
        if let Some(mut usage) = self.usage {
            json.key("usage").open();
            for (name, count) in COUNTS {
                let count = *count(&mut usage);
                if count > 0 {
                    json.key(name).number(count);
                }
            }
            json.key("estimated").bool(usage.estimated).close();
        }
        if let Some(name) = self.finish_name() {
            json.key("finish").string(name);
        }
        if !self.lossy.is_empty() {
            json.key("lossy").open_array();
            for field in &self.lossy {
                json.string(field);
            }
            json.close_array();
        }
        if let Some(error) = &self.error {
            json.key("error").string(error);
        }
        json.close();
        host.set_state(OUTCOME, &json.out)
    }

    /// Reads the latest; None: no provider filter has run.
    pub fn read(host: &dyn Host) -> Option<Self> {
        let bytes = host.state(OUTCOME)?;
        let doc = Doc::parse(&bytes).ok()?;
        let root = doc.root();
        Some(Outcome {
            provider: string(root.get("provider")?)?,
            model: string(root.get("model")?)?,
            attempt: root.get("attempt")?.u64()?,
            status: root.get("status")?.u64()? as u16,
            usage: root.get("usage").map(|value| {
                let estimated = value.get("estimated").and_then(Value::bool).unwrap_or(false);
                let mut usage = Usage { estimated, ..Usage::default() };
                for (name, count) in COUNTS {
                    *count(&mut usage) = value.get(name).and_then(Value::u64).unwrap_or(0);
                }
                usage
            }),
            finish: root
                .get("finish")
                .and_then(|word| FINISHES.iter().find(|(_, name)| word.is(name)).map(|row| row.0)),
            lossy: root.get("lossy").map(|list| list.items().filter_map(string).collect()).unwrap_or_default(),
            error: root.get("error").and_then(string),
        })
    }
}

fn string(value: Value<'_, '_>) -> Option<String> {
    Some(value.text()?.decode().into_owned())
}
