//! What the two filters tell each other about one exchange, through Envoy's filter state: values no client can send and
//! no provider can see. The gateway writes [`Order`] and the original headers; each attempt's provider filter writes
//! [`Outcome`], from the answer's first byte on, so that even a hang-up leaves the last word on what it cost.

use crate::chat::{Finish, Usage};
use crate::format::{Format, Shape};
use crate::host::Host;
use crate::http::Headers;
use crate::surface::Operation;

/// Filter-state key of the cluster that the route's matcher picks next.
pub const NEXT: &str = "postern.next";
/// Filter-state key of the usage record, for the access log.
pub const RECORD: &str = "postern.record";
// The shapes of the two are in their names: filters of two versions do not misread each other, they refuse.
const ORDER: &str = "postern.order.3";
const OUTCOME: &str = "postern.outcome.1";

/// The longest name of a model that is taken from a client or a provider: Bedrock allows its ARNs this much. It goes into
/// a header and into every record.
pub const MAX_MODEL_BYTES: usize = 2048;

/// What the gateway asks of whichever provider is tried.
pub struct Order {
    /// The shape of the client's body, and of the answer it expects.
    pub shape: Shape,
    /// The client's chat format, for errors: that of the shape.
    pub format: &'static dyn Format,
    /// What is asked.
    pub operation: Operation,
    /// The model name the client used.
    pub model: String,
    /// Where it may go, in order.
    pub targets: Vec<TargetRef>,
    /// Whether a stream is asked for.
    pub stream: bool,
    /// Whether the path, and not the body, says which model and whether a stream.
    pub addressed_in_path: bool,
    /// Whether the client itself asked for usage on its stream.
    pub include_usage: bool,
    /// Whether it asked for packed vectors (`encoding_format`).
    pub packed: bool,
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
    /// Writes the order with the headers as they came, and the first target.
    pub fn write(&self, headers: &Headers, host: &dyn Host) -> crate::host::HostResult<()> {
        let mut pack = Pack::default();
        pack.bytes(self.shape.name().as_bytes()).bytes(self.operation.name().as_bytes()).bytes(self.model.as_bytes());
        pack.flag(self.stream)
            .flag(self.addressed_in_path)
            .flag(self.include_usage)
            .flag(self.packed)
            .flag(self.strict)
            .number(self.body_bytes);
        pack.number(self.targets.len() as u64);
        for target in &self.targets {
            pack.bytes(target.cluster.as_bytes()).bytes(target.model.as_bytes());
        }
        host.set_state(ORDER, &pack.bytes(&headers.encode()).0)?;
        match self.targets.first() {
            Some(target) => host.set_state(NEXT, target.cluster.as_bytes()),
            None => Ok(()),
        }
    }

    /// Reads the order and the original headers. None: no gateway filter stood before us.
    pub fn read(host: &dyn Host) -> Option<(Self, Headers)> {
        let bytes = host.state(ORDER)?;
        let mut fields = Fields(&bytes);
        let shape = Shape::named(fields.text()?)?;
        let operation = fields.text()?;
        let order = Order {
            shape,
            format: shape.dialect(),
            operation: Operation::named(operation)?,
            model: fields.text()?.to_owned(),
            stream: fields.flag()?,
            addressed_in_path: fields.flag()?,
            include_usage: fields.flag()?,
            packed: fields.flag()?,
            strict: fields.flag()?,
            body_bytes: fields.number()?,
            targets: (0..fields.number()?)
                .map(|_| Some(TargetRef { cluster: fields.text()?.to_owned(), model: fields.text()?.to_owned() }))
                .collect::<Option<_>>()?,
        };
        Some((order, Headers::decode(fields.bytes()?.to_vec())?))
    }
}

/// Fields one after the other, for a reader who knows their order: text as its length and bytes. Both filters are one
/// module, so nobody else reads this, and it is read several times a request.
#[derive(Default)]
struct Pack(Vec<u8>);

impl Pack {
    fn bytes(&mut self, bytes: &[u8]) -> &mut Self {
        self.0.extend_from_slice(&(bytes.len() as u32).to_le_bytes());
        self.0.extend_from_slice(bytes);
        self
    }

    fn number(&mut self, number: u64) -> &mut Self {
        self.0.extend_from_slice(&number.to_le_bytes());
        self
    }

    fn flag(&mut self, flag: bool) -> &mut Self {
        self.0.push(u8::from(flag));
        self
    }
}

/// What [`Pack`] wrote. None where it ends too early.
struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    fn take(&mut self, len: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(len)?;
        self.0 = rest;
        Some(taken)
    }

    fn bytes(&mut self) -> Option<&'a [u8]> {
        let len = u32::from_le_bytes(self.take(4)?.try_into().ok()?);
        self.take(len as usize)
    }

    fn text(&mut self) -> Option<&'a str> {
        std::str::from_utf8(self.bytes()?).ok()
    }

    fn number(&mut self) -> Option<u64> {
        Some(u64::from_le_bytes(self.take(8)?.try_into().ok()?))
    }

    fn flag(&mut self) -> Option<bool> {
        Some(self.take(1)? == [1])
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
    /// This attempt's last word: what is read of it once need not be read again.
    pub complete: bool,
}

/// The finish reasons, by their OpenAI names.
const FINISHES: [(Finish, &str); 4] = [
    (Finish::Stop, "stop"),
    (Finish::Length, "length"),
    (Finish::ToolCalls, "tool_calls"),
    (Finish::ContentFilter, "content_filter"),
];

/// The counts of a usage, by their places.
const COUNTS: [fn(&mut Usage) -> &mut u64; 7] = [
    |usage| &mut usage.input,
    |usage| &mut usage.output,
    |usage| &mut usage.cache_read,
    |usage| &mut usage.cache_write,
    |usage| &mut usage.reasoning,
    |usage| &mut usage.input_audio,
    |usage| &mut usage.output_audio,
];

impl Outcome {
    /// The finish reason's OpenAI name.
    pub fn finish_name(&self) -> Option<&'static str> {
        let finish = self.finish?;
        FINISHES.iter().find(|(known, _)| *known == finish).map(|(_, name)| *name)
    }

    /// Writes it where the gateway filter finds it.
    pub fn write(&self, host: &dyn Host) -> crate::host::HostResult<()> {
        let mut pack = Pack(Vec::with_capacity(192));
        pack.flag(self.complete).number(self.attempt).number(u64::from(self.status));
        pack.bytes(self.provider.as_bytes()).bytes(self.model.as_bytes());
        pack.bytes(self.finish_name().unwrap_or_default().as_bytes());
        pack.flag(self.error.is_some()).bytes(self.error.as_deref().unwrap_or_default().as_bytes());
        pack.flag(self.usage.is_some());
        if let Some(mut usage) = self.usage {
            for count in COUNTS {
                pack.number(*count(&mut usage));
            }
            pack.flag(usage.estimated);
        }
        pack.number(self.lossy.len() as u64);
        for field in &self.lossy {
            pack.bytes(field.as_bytes());
        }
        host.set_state(OUTCOME, &pack.0)
    }

    /// Reads the latest; None: no provider filter has run.
    pub fn read(host: &dyn Host) -> Option<Self> {
        let bytes = host.state(OUTCOME)?;
        let mut fields = Fields(&bytes);
        let mut outcome = Outcome {
            complete: fields.flag()?,
            attempt: fields.number()?,
            status: fields.number()? as u16,
            provider: fields.text()?.to_owned(),
            model: fields.text()?.to_owned(),
            ..Outcome::default()
        };
        let finish = fields.text()?;
        outcome.finish = FINISHES.iter().find(|(_, name)| *name == finish).map(|row| row.0);
        let (failed, error) = (fields.flag()?, fields.text()?);
        outcome.error = failed.then(|| error.to_owned());
        if fields.flag()? {
            let mut usage = Usage::default();
            for count in COUNTS {
                *count(&mut usage) = fields.number()?;
            }
            usage.estimated = fields.flag()?;
            outcome.usage = Some(usage);
        }
        outcome.lossy = (0..fields.number()?).map(|_| fields.text().map(str::to_owned)).collect::<Option<_>>()?;
        Some(outcome)
    }
}
