//! What the two filters tell each other about one exchange, through Envoy's filter state, or through memory where they are
//! in one virtual machine: values no client can send and no provider can see. The gateway gives [`Order`] and the original
//! headers; each attempt's provider filter reports [`Outcome`], from the answer's first byte on, so that even a hang-up
//! leaves the last word on what it cost.

mod memory;
#[cfg(test)]
mod tests;

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use self::memory::{Entry, Stop, TICKET_BYTES};
use crate::chat::{COUNTS, Finish, ServiceTier, Usage};
use crate::format::{Format, Shape};
use crate::host::{Host, HostResult, integer};
use crate::http::Headers;
use crate::surface::Operation;

/// Filter-state key of the cluster that the route's matcher picks next.
pub const NEXT: &str = "postern.next";
/// Filter-state key of the usage record, for the access log.
pub const RECORD: &str = "postern.record";
/// Filter-state key of the order. Its shape is in its name: filters of two versions do not misread each other, they refuse.
pub const ORDER: &str = "postern.order.5";
/// Filter-state key of the outcome; see [`ORDER`].
pub const OUTCOME: &str = "postern.outcome.3";

/// Filter-state key of the word that a stream may be told to end, and is; see [`Given::may_stop`].
const STOP: &str = "postern.stop";

/// The header that says which attempt an answer is of.
pub const ATTEMPTS: &str = "x-postern-attempts";

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
    /// A first answer that has not the schema that was asked for is thrown away, so that Envoy asks again.
    pub refit: bool,
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
    fn write(&self, headers: &Headers, ticket: &[u8; TICKET_BYTES], host: &dyn Host) -> HostResult<()> {
        let mut pack = Pack(Vec::with_capacity(1024));
        pack.0.extend_from_slice(ticket);
        pack.bytes(self.shape.name().as_bytes()).bytes(self.operation.name().as_bytes()).bytes(self.model.as_bytes());
        pack.flag(self.stream)
            .flag(self.addressed_in_path)
            .flag(self.include_usage)
            .flag(self.packed)
            .flag(self.strict)
            .flag(self.refit)
            .number(self.body_bytes);
        pack.number(self.targets.len() as u64);
        for target in &self.targets {
            pack.bytes(target.cluster.as_bytes()).bytes(target.model.as_bytes());
        }
        headers.encode_into(&mut pack.0);
        host.set_state(ORDER, &pack.0)?;
        match self.targets.first() {
            Some(target) => host.set_state(NEXT, target.cluster.as_bytes()),
            None => Ok(()),
        }
    }

    /// Reads what stands behind the ticket.
    fn read(bytes: &[u8]) -> Option<(Self, Headers)> {
        let mut fields = Fields(bytes);
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
            refit: fields.flag()?,
            body_bytes: fields.number()?,
            targets: (0..fields.number()?)
                .map(|_| Some(TargetRef { cluster: fields.text()?.to_owned(), model: fields.text()?.to_owned() }))
                .collect::<Option<_>>()?,
        };
        Some((order, Headers::decode(fields.0.to_vec())?))
    }
}

/// The gateway filter's end of a hand-over. While it lives, provider filters of its virtual machine find the order in
/// memory.
pub struct Given {
    ticket: [u8; TICKET_BYTES],
    entry: Rc<Entry>,
}

impl Given {
    /// Hands an order over, with the client's headers as they are to be seen.
    pub fn new(order: Rc<Order>, headers: Rc<Headers>, host: &dyn Host) -> HostResult<Self> {
        let entry = Rc::new(Entry {
            order,
            headers,
            attempts: Cell::new(0),
            stop: Cell::default(),
            outcome: RefCell::new(None),
        });
        let given = Self { ticket: memory::enter(Rc::clone(&entry), host), entry };
        given.entry.order.write(&given.entry.headers, &given.ticket, host)?;
        Ok(given)
    }

    /// The order.
    pub fn order(&self) -> &Order {
        &self.entry.order
    }

    /// Says that the stream may be told to end before its time.
    pub fn may_stop(&self, host: &dyn Host) -> HostResult<()> {
        self.entry.stop.set(Stop::Perhaps);
        host.set_state(STOP, b"perhaps")
    }

    /// Tells the provider filter to end the stream, as if the model had no room left. Gives whether that is new.
    pub fn stop(&self, host: &dyn Host) -> bool {
        // A provider filter of another virtual machine reads it there.
        self.entry.stop.replace(Stop::Now) != Stop::Now && host.set_state(STOP, b"now").is_ok()
    }

    /// What provider filters of this virtual machine have reported last.
    pub fn told(&self) -> Option<std::cell::Ref<'_, Outcome>> {
        self.entry.told()
    }

    /// What any provider filter has reported last; None: none has run.
    pub fn outcome(&self, host: &dyn Host) -> Option<Outcome> {
        latest(Some(&self.entry), host)
    }
}

/// The word of the latest attempt, here or, by filter state, in another virtual machine.
fn latest(entry: Option<&Entry>, host: &dyn Host) -> Option<Outcome> {
    let here = entry.and_then(|entry| entry.outcome.borrow().clone());
    match (here, Outcome::read(host)) {
        (Some(here), Some(elsewhere)) if elsewhere.attempt > here.attempt => Some(elsewhere),
        (here, elsewhere) => here.or(elsewhere),
    }
}

impl Drop for Given {
    fn drop(&mut self) {
        memory::leave(&self.ticket);
    }
}

/// A provider filter's end of a hand-over, for one attempt.
pub struct Taken {
    /// What is asked.
    pub order: Rc<Order>,
    /// The client's headers as they came, without any credential.
    pub headers: Rc<Headers>,
    /// Which attempt this is, from 1.
    pub attempt: u64,
    /// None where the gateway filter is in another virtual machine.
    entry: Option<Rc<Entry>>,
}

impl Taken {
    /// Takes the order for one more attempt. None: no gateway filter stood before us.
    pub fn new(host: &dyn Host) -> Option<Self> {
        let bytes = host.state(ORDER)?;
        let (ticket, written) = bytes.split_at_checked(TICKET_BYTES)?;
        let entry = memory::find(ticket);
        let (order, headers) = match &entry {
            Some(entry) => (Rc::clone(&entry.order), Rc::clone(&entry.headers)),
            None => Order::read(written).map(|(order, headers)| (Rc::new(order), Rc::new(headers)))?,
        };
        // Nobody counts but Envoy, except that the first of all is the first here.
        let first = entry.as_ref().is_some_and(|entry| entry.attempts.replace(entry.attempts.get() + 1) == 0);
        let count = || host.property(&["upstream", "request_attempt_count"]).and_then(integer).unwrap_or(1).max(1);
        Some(Self { order, headers, attempt: if first { 1 } else { count() }, entry })
    }

    /// Whether the stream may be told to end before its time.
    pub fn may_stop(&self, host: &dyn Host) -> bool {
        match &self.entry {
            Some(entry) => entry.stop.get() != Stop::Never,
            None => host.state(STOP).is_some(),
        }
    }

    /// Whether the stream is to end now.
    pub fn is_stopped(&self, host: &dyn Host) -> bool {
        match &self.entry {
            Some(entry) => entry.stop.get() == Stop::Now,
            None => host.state(STOP).is_some_and(|word| word == b"now"),
        }
    }

    /// Whether the gateway filter is in this virtual machine.
    pub fn is_in_memory(&self) -> bool {
        self.entry.is_some()
    }

    /// What any provider filter has reported last, this one too; None: none has yet.
    pub fn outcome(&self, host: &dyn Host) -> Option<Outcome> {
        latest(self.entry.as_deref(), host)
    }

    /// Tells what has become of this attempt so far, as the latest word on the exchange.
    pub fn report(&self, outcome: &Outcome, host: &dyn Host) -> HostResult<()> {
        let Some(entry) = &self.entry else { return outcome.write_elsewhere(host) };
        match &mut *entry.outcome.borrow_mut() {
            Some(told) => told.become_like(outcome),
            none => *none = Some(outcome.clone()),
        }
        Ok(())
    }
}

/// Fields one after the other, for a reader who knows their order: text as its length and bytes. Both filters are one
/// module, so nobody else reads this.
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

    fn usage(&mut self, usage: &Usage) {
        for count in &COUNTS {
            self.number(count.get(usage));
        }
        self.bytes(usage.tier.name().as_bytes()).flag(usage.estimated);
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

    fn usage(&mut self) -> Option<Usage> {
        let mut usage = Usage::default();
        for count in &COUNTS {
            *(count.of)(&mut usage) = self.number()?;
        }
        usage.tier = ServiceTier::named(self.text()?)?;
        usage.estimated = self.flag()?;
        Some(usage)
    }
}

/// What became of the latest attempt, as far as it has come.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// The provider's id from its configuration.
    pub provider: String,
    /// The provider's preset: which prices are its.
    pub preset: Option<Rc<str>>,
    /// Which of the order's targets it is.
    pub target: usize,
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
    /// What an earlier attempt took whose answer was thrown away.
    pub spent: Option<Rc<Spent>>,
    /// An error's class: `provider`, `stream_cut`, `bad_answer`, ...
    pub error: Option<String>,
    /// This attempt's last word: what is read of it once need not be read again.
    pub complete: bool,
}

/// What an attempt took whose answer nobody gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spent {
    /// The provider's id.
    pub provider: String,
    /// Its preset.
    pub preset: Option<Rc<str>>,
    /// The model asked for there.
    pub asked: String,
    /// The model that answered.
    pub model: String,
    /// What it took.
    pub usage: Usage,
}

/// The finish reasons, by their OpenAI names.
const FINISHES: [(Finish, &str); 4] = [
    (Finish::Stop, "stop"),
    (Finish::Length, "length"),
    (Finish::ToolCalls, "tool_calls"),
    (Finish::ContentFilter, "content_filter"),
];

impl Outcome {
    /// The finish reason's OpenAI name.
    pub fn finish_name(&self) -> Option<&'static str> {
        let finish = self.finish?;
        FINISHES.iter().find(|(known, _)| *known == finish).map(|(_, name)| *name)
    }

    /// Names the attempt in the headers of an answer: the provider, the model, which try it was, what was lost.
    pub fn show(&self, headers: &mut Headers) {
        for (name, value) in [("x-postern-provider", &self.provider), ("x-postern-model", &self.model)] {
            // A provider's own word may hold anything; a header may not.
            if !value.is_empty() && value.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
                headers.set(name, value);
            }
        }
        headers.set(ATTEMPTS, &self.attempt.to_string());
        if !self.lossy.is_empty() {
            headers.set("x-postern-lossy", &self.lossy.join(","));
        }
    }

    /// The same as `*self = outcome.clone()`, in the memory that is there already: it happens with every event.
    fn become_like(&mut self, outcome: &Self) {
        self.provider.clone_from(&outcome.provider);
        self.model.clone_from(&outcome.model);
        self.lossy.clone_from(&outcome.lossy);
        self.error.clone_from(&outcome.error);
        self.preset.clone_from(&outcome.preset);
        self.spent.clone_from(&outcome.spent);
        let Outcome { target, attempt, status, usage, finish, complete, .. } = *outcome;
        (self.target, self.attempt, self.status) = (target, attempt, status);
        (self.usage, self.finish, self.complete) = (usage, finish, complete);
    }

    /// Writes it where a gateway filter of another virtual machine finds it.
    pub fn write_elsewhere(&self, host: &dyn Host) -> HostResult<()> {
        let mut pack = Pack(Vec::with_capacity(192));
        pack.flag(self.complete).number(self.attempt).number(u64::from(self.status));
        pack.bytes(self.provider.as_bytes()).bytes(self.model.as_bytes());
        pack.bytes(self.preset.as_deref().unwrap_or_default().as_bytes()).number(self.target as u64);
        pack.bytes(self.finish_name().unwrap_or_default().as_bytes());
        pack.flag(self.error.is_some()).bytes(self.error.as_deref().unwrap_or_default().as_bytes());
        pack.flag(self.usage.is_some());
        self.usage.iter().for_each(|usage| pack.usage(usage));
        pack.flag(self.spent.is_some());
        if let Some(spent) = &self.spent {
            pack.bytes(spent.provider.as_bytes()).bytes(spent.model.as_bytes()).bytes(spent.asked.as_bytes());
            pack.bytes(spent.preset.as_deref().unwrap_or_default().as_bytes());
            pack.usage(&spent.usage);
        }
        pack.number(self.lossy.len() as u64);
        for field in &self.lossy {
            pack.bytes(field.as_bytes());
        }
        host.set_state(OUTCOME, &pack.0)
    }

    /// Reads the latest that was written; None: none was.
    pub fn read(host: &dyn Host) -> Option<Self> {
        let bytes = host.state(OUTCOME)?;
        let mut fields = Fields(&bytes);
        let mut outcome = Outcome {
            complete: fields.flag()?,
            attempt: fields.number()?,
            status: fields.number()? as u16,
            provider: fields.text()?.to_owned(),
            model: fields.text()?.to_owned(),
            preset: Some(fields.text()?).filter(|preset| !preset.is_empty()).map(Rc::from),
            target: fields.number()? as usize,
            ..Outcome::default()
        };
        let finish = fields.text()?;
        outcome.finish = FINISHES.iter().find(|(_, name)| *name == finish).map(|row| row.0);
        let (failed, error) = (fields.flag()?, fields.text()?);
        outcome.error = failed.then(|| error.to_owned());
        outcome.usage = if fields.flag()? { Some(fields.usage()?) } else { None };
        if fields.flag()? {
            outcome.spent = Some(Rc::new(Spent {
                provider: fields.text()?.to_owned(),
                model: fields.text()?.to_owned(),
                asked: fields.text()?.to_owned(),
                preset: Some(fields.text()?).filter(|preset| !preset.is_empty()).map(Rc::from),
                usage: fields.usage()?,
            }));
        }
        outcome.lossy = (0..fields.number()?).map(|_| fields.text().map(str::to_owned)).collect::<Option<_>>()?;
        Some(outcome)
    }
}
