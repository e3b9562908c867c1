//! The upstream exchange: one attempt at one provider. It takes the client's own body and headers, makes of them what
//! this provider understands, and makes of the answer what the client expects. Order only: the formats know how.
//!
//! An attempt always starts from the client's request, because Envoy runs this filter anew for each retry: that is how
//! a retry becomes a fallback to another provider. An answer that Envoy would take for good and is not (an error inside
//! a 200, or as the first event of a stream) gets its true status while its headers are still held, so it is retried.

use std::rc::Rc;

use crate::chat::{self, ApiError, Delta, Fold, Usage, unfold};
use crate::format::{Ask, Format, Loss, Seen, StreamReader, StreamWriter, Target};
use crate::handover::{MAX_MODEL_BYTES, NEXT, Order, Outcome, TargetRef};
use crate::host::{Exchange, Flow, Host, Level, Plugin, Side};
use crate::http::{Headers, Reply};
use crate::provider::Provider;
use crate::surface::Operation;
use crate::wire::json::{Doc, Edits, Text};
use crate::wire::{shallow, sse};

/// The provider filter of one cluster.
pub struct UpstreamPlugin {
    provider: Rc<Provider>,
}

impl UpstreamPlugin {
    /// A filter for this provider.
    pub fn new(provider: Provider) -> Self {
        Self { provider: Rc::new(provider) }
    }

    /// An attempt; the same as [`Plugin::exchange`], by its own type.
    pub fn attempt(&self) -> Upstream {
        Upstream {
            provider: Rc::clone(&self.provider),
            client_format: None,
            attempt: None,
            outcome: Outcome { provider: self.provider.id.clone(), ..Outcome::default() },
            answer: Answer::Untold,
        }
    }
}

impl Plugin for UpstreamPlugin {
    fn exchange(&self) -> Box<dyn Exchange> {
        Box::new(self.attempt())
    }
}

/// One attempt.
pub struct Upstream {
    provider: Rc<Provider>,
    /// How the client is spoken to, from when the order has been read.
    client_format: Option<&'static dyn Format>,
    attempt: Option<Rc<Attempt>>,
    outcome: Outcome,
    answer: Answer,
}

/// What this attempt is to do.
struct Attempt {
    order: Order,
    client_headers: Headers,
    target: TargetRef,
    /// The format this provider speaks.
    format: &'static dyn Format,
}

impl Attempt {
    fn same_format(&self) -> bool {
        self.order.format.name() == self.format.name()
    }

    fn ask(&self, host: &dyn Host) -> Ask {
        let now_ns = host.now_ns();
        Ask {
            model: self.order.model.clone(),
            stream: self.order.stream,
            include_usage: self.order.include_usage,
            now_secs: now_ns / 1_000_000_000,
            fallback_id: format!("{now_ns:x}"),
        }
    }
}

/// What is being done with the answer.
enum Answer {
    /// Its headers have not come.
    Untold,
    /// Held until its end, then read and, where need be, rewritten.
    Held(Headers),
    /// Read and forwarded event by event.
    Stream(Box<Stream>),
    /// Over, or none of our business.
    Done,
}

/// A streamed answer on its way.
struct Stream {
    /// The headers, until the first event has shown whether this is an answer or an error.
    held: Option<Headers>,
    /// Bytes of the held body that the reader has seen.
    fed: usize,
    /// What became of them: comments that keep the connection alive, until there is an event.
    early: Vec<u8>,
    /// It became an ordinary error, which is sent already.
    refused: bool,
    /// There was an event, and not only comments.
    begun: bool,
    frames: sse::Reader,
    reader: Box<dyn StreamReader>,
    /// None where the events are forwarded as they came.
    writer: Option<Box<dyn StreamWriter>>,
    tally: Tally,
    /// The last event was an error or an end: what follows is swallowed.
    over: bool,
}

/// What a stream has said so far.
#[derive(Default)]
struct Tally {
    told: Option<Usage>,
    output_bytes: u64,
    finished: bool,
    ended: bool,
    error: Option<ApiError>,
}

impl Tally {
    fn note(&mut self, delta: &Delta<'_>, outcome: &mut Outcome) {
        match delta {
            Delta::Start { model, .. } => note_model(model, outcome),
            Delta::Text(_, text) | Delta::Refusal(_, text) | Delta::Thinking(_, text) => {
                self.output_bytes += text.raw().len() as u64;
            }
            Delta::ToolArguments { fragment, .. } => self.output_bytes += fragment.raw().len() as u64,
            Delta::ToolStart { name, .. } => self.output_bytes += name.raw().len() as u64,
            Delta::Finish { finish, .. } => {
                self.finished = true;
                outcome.finish = Some(*finish);
            }
            Delta::Usage(usage) => self.told = usage.is_plausible().then_some(*usage),
            Delta::Error(error) => self.error = Some(error.clone()),
            Delta::End => self.ended = true,
            Delta::Signature(..) | Delta::RedactedThinking(..) => {}
        }
    }

    /// The usage as far as it is known. Until the provider has said its last word, output is at least what passed by.
    fn usage(&self, input_bytes: u64) -> Usage {
        let estimate = Usage::estimate(input_bytes, self.output_bytes);
        match self.told {
            Some(told) if self.finished => told,
            Some(told) => Usage { output: told.output.max(estimate.output), estimated: true, ..told },
            None => estimate,
        }
    }
}

/// Headers of a provider's answer that are not the client's business: its cookies, its edge, our account with it. Nor
/// are those of our own names, which only we may say.
const WITHHELD: &[&str] = &[
    "set-cookie",
    "openai-organization",
    "openai-project",
    "anthropic-organization-id",
    "server",
    "alt-svc",
    "strict-transport-security",
    "nel",
    "report-to",
    "via",
    "x-envoy-upstream-service-time",
    // Where and how to ask it otherwise: answers to us.
    "location",
    "www-authenticate",
];

impl Exchange for Upstream {
    fn on_request_headers(&mut self, host: &dyn Host, end: bool) -> Flow {
        match self.take_order(host) {
            Ok(attempt) => {
                self.outcome.model.clone_from(&attempt.target.model);
                self.attempt = Some(Rc::new(attempt));
                if end { self.send(host, None) } else { Flow::Pause }
            }
            Err(Unsent::Refused(error)) => self.answer_here(host, &error),
            Err(Unsent::Broken(why)) => self.refuse(host, &why),
        }
    }

    fn on_request_body(&mut self, host: &dyn Host, size: usize, end: bool) -> Flow {
        match end {
            true => self.send(host, Some(size)),
            false => Flow::Pause,
        }
    }

    fn on_response_headers(&mut self, host: &dyn Host, end: bool) -> Flow {
        let Ok(headers) = host.headers(Side::Response) else { return Flow::Continue };
        let Some(attempt) = self.attempt.clone() else { return Flow::Continue };
        self.outcome.status = headers.get(":status").and_then(|status| status.parse().ok()).unwrap_or(0);
        let good = (200..300).contains(&self.outcome.status);
        let event_stream = is_event_stream(&headers);
        if end {
            // Nobody can put a body here; the gateway filter makes one of the status.
            return self.release_empty(host, headers);
        }
        if good && event_stream && attempt.order.stream && !compressed(&headers) {
            let ask = attempt.ask(host);
            self.answer = Answer::Stream(Box::new(Stream {
                held: Some(headers),
                fed: 0,
                early: Vec::new(),
                refused: false,
                begun: false,
                frames: sse::Reader::new(sse::MAX_EVENT_BYTES),
                reader: attempt.format.stream_reader(),
                writer: (!attempt.same_format()).then(|| attempt.order.format.stream_writer(&ask)),
                tally: Tally::default(),
                over: false,
            }));
        } else {
            self.answer = Answer::Held(headers);
        }
        Flow::Pause
    }

    fn on_response_body(&mut self, host: &dyn Host, _size: usize, end: bool) -> Flow {
        match &mut self.answer {
            Answer::Stream(_) => self.stream(host, end),
            Answer::Held(_) if !end => Flow::Pause,
            Answer::Held(headers) => {
                let headers = std::mem::take(headers);
                self.answer = Answer::Done;
                self.whole(host, headers)
            }
            Answer::Untold | Answer::Done => Flow::Continue,
        }
    }

    fn internal_error(&self) -> Reply {
        let error = ApiError::internal();
        self.error_reply(&error)
    }
}

impl Upstream {
    /// Finds out which attempt this is and what it is to do, and names the cluster of the next one. That must happen
    /// now and not when this one has failed: a refused connection or a timeout calls nobody.
    fn take_order(&mut self, host: &dyn Host) -> Result<Attempt, Unsent> {
        let Some((order, client_headers)) = Order::read(host) else {
            let why = "no gateway filter has seen this request; is it in the listener's http_filters?";
            return Err(Unsent::Broken(why.to_owned()));
        };
        self.client_format = Some(order.format);
        let text = |path: &[&str]| host.property(path).and_then(|bytes| String::from_utf8(bytes).ok());
        let named = text(&["xds", "cluster_metadata", "filter_metadata", "postern", "provider"]);
        if let Some(named) = named
            && named != self.provider.id
        {
            let id = &self.provider.id;
            let why = format!("the cluster's metadata names provider {named}, but its filter is for {id}");
            return Err(Unsent::Broken(why));
        }
        let attempt = host.property(&["upstream", "request_attempt_count"]).and_then(number).unwrap_or(1).max(1);
        self.outcome.attempt = attempt;
        let count = order.targets.len().max(1) as u64;
        let at = |attempt: u64| order.targets.get(((attempt - 1) % count) as usize);
        let cluster = text(&["xds", "cluster_name"]);
        let target = at(attempt)
            .filter(|target| cluster.as_deref().is_none_or(|cluster| target.cluster == cluster))
            .or_else(|| order.targets.iter().find(|target| Some(target.cluster.as_str()) == cluster.as_deref()));
        let Some(target) = target.cloned() else {
            let why = format!("cluster {} is no target of this request", cluster.unwrap_or_default());
            return Err(Unsent::Broken(why));
        };
        // Where it is this one, it is named already: that is how this attempt came here.
        if let Some(next) = at(attempt + 1).filter(|next| cluster.as_ref() != Some(&next.cluster)) {
            host.set_state(NEXT, next.cluster.as_bytes())?;
        }
        let Some(format) = self.provider.format(order.operation) else {
            let message = format!("provider {} has no {} for this model", self.provider.id, order.operation.name());
            return Err(ApiError::unsupported("model", message).into());
        };
        Ok(Attempt { order, client_headers, target, format })
    }

    /// Sends the request in the provider's form. `size`: of the client's body, if there is one.
    fn send(&mut self, host: &dyn Host, size: Option<usize>) -> Flow {
        let Some(attempt) = self.attempt.clone() else { return Flow::Pause };
        let sent = match size {
            None => Ok((None, Vec::new())),
            Some(size) => self.translate_request(&attempt, host).map(|(new, lossy)| (Some(new.unwrap_or(size)), lossy)),
        };
        let (size, lossy) = match sent {
            Ok(sent) => sent,
            Err(Unsent::Refused(error)) => return self.answer_here(host, &error),
            Err(Unsent::Broken(why)) => return self.refuse(host, &why),
        };
        self.outcome.lossy = lossy;
        let (order, target) = (&attempt.order, &attempt.target);
        let mut headers =
            self.provider.headers(&attempt.client_headers, order.operation, attempt.same_format(), order.stream);
        if let Some(size) = size {
            // The whole body is here, so it need not go in chunks, which not every server takes.
            headers.set("content-length", &size.to_string());
        }
        self.outcome.model.clone_from(&target.model);
        self.outcome.usage = Some(Usage::estimate(order.body_bytes, 0));
        match host.set_headers(Side::Request, &headers).and_then(|()| self.outcome.write(host)) {
            Ok(()) => Flow::Continue,
            Err(error) => self.refuse(host, &error.to_string()),
        }
    }

    /// Puts the body into the provider's form: spliced if the formats are the same, written anew if not. Gives the new
    /// size, if there is a new body, and the fields it could not hold.
    fn translate_request(&self, attempt: &Attempt, host: &dyn Host) -> Result<(Option<usize>, Vec<String>), Unsent> {
        let order = &attempt.order;
        let target = Target { model: &attempt.target.model, quirks: &self.provider.quirks };
        // A stream's usage has to be asked for unless the client did; otherwise only another name needs a change.
        if attempt.same_format() && target.model == order.model && (!order.stream || order.include_usage) {
            return Ok((None, Vec::new()));
        }
        let body = host.body(Side::Request)?;
        let doc = Doc::parse(&body).map_err(|error| ApiError::invalid_request("", error.to_string()))?;
        if attempt.same_format() {
            let mut edits = Edits::new();
            attempt.format.retarget(&doc, &target, &mut edits);
            if edits.is_empty() {
                return Ok((None, Vec::new()));
            }
            let written = edits.apply(&body);
            host.set_body(Side::Request, &written)?;
            return Ok((Some(written.len()), Vec::new()));
        }
        if order.operation != Operation::Chat {
            let format = attempt.format.name();
            let message = format!("{} cannot be translated to {format}", order.operation.name());
            return Err(ApiError::unsupported("model", message).into());
        }
        let request = order.format.read_request(&doc)?;
        let mut loss = Loss::default();
        let written = attempt.format.write_request(&request, &target, &mut loss)?;
        if order.strict && !loss.0.is_empty() {
            let fields = loss.0.join(", ");
            return Err(ApiError::unsupported("", format!("the target cannot hold {fields}, and strict is set")).into());
        }
        host.set_body(Side::Request, &written)?;
        Ok((Some(written.len()), loss.0))
    }

    /// A whole answer or an error has come to its end.
    fn whole(&mut self, host: &dyn Host, headers: Headers) -> Flow {
        let Some(attempt) = self.attempt.clone() else { return Flow::Continue };
        if host.body(Side::Response).is_ok_and(|body| body.is_empty()) {
            // Trailers can end an answer that had no byte, and then there is no buffer either.
            let mut headers = headers;
            headers.set("content-length", "0");
            return self.release_empty(host, headers);
        }
        let done = host.body(Side::Response).and_then(|body| {
            let read = match self.outcome.status {
                200..300 => read_answer(&attempt, &headers, &body, host, &mut self.outcome),
                status => Err(attempt.format.read_error(status, &headers, &body)),
            };
            let mut headers = client_headers(headers, &self.provider);
            let written = match read {
                Ok(written) => written,
                Err(mut error) => {
                    set_status(&mut headers, &mut error, &mut self.outcome);
                    self.error_body(&attempt, &mut error, &body).map(|body| (JSON, body))
                }
            };
            if let Some((content_type, written)) = written {
                headers.set("content-type", content_type);
                headers.set("content-length", &written.len().to_string());
                headers.remove("content-encoding");
                host.set_body(Side::Response, &written)?;
            }
            host.update_headers(Side::Response, &headers)?;
            self.outcome.complete = true;
            self.outcome.write(host)
        });
        if let Err(error) = done {
            // Nothing was sent yet, and what was meant to be sent could not be made.
            return self.refuse(host, &error.to_string());
        }
        Flow::Continue
    }

    /// The body of an error: the provider's own where the client speaks its format, else in the client's words. None:
    /// leave it as it came. A key of ours that the provider quotes is taken out in both.
    fn error_body(&self, attempt: &Attempt, error: &mut ApiError, body: &[u8]) -> Option<Vec<u8>> {
        let provider_said = error.code.as_deref() != Some("bad_provider_answer");
        if attempt.same_format() && provider_said && Doc::parse(body).is_ok_and(|doc| doc.root().get("error").is_some())
        {
            return self.provider.scrub(&String::from_utf8_lossy(body)).map(String::into_bytes);
        }
        scrub_error(&self.provider, error);
        Some(attempt.order.format.write_error(error))
    }

    /// More of a stream, or its end.
    fn stream(&mut self, host: &dyn Host, end: bool) -> Flow {
        let Some(attempt) = self.attempt.clone() else { return Flow::Continue };
        let Answer::Stream(stream) = &mut self.answer else { return Flow::Continue };
        let done = host.body(Side::Response).and_then(|body| {
            if stream.refused {
                return host.set_body(Side::Response, &[]).map(|()| Flow::Continue);
            }
            let fresh = body.get(stream.fed..).unwrap_or_default();
            let mut out = Vec::with_capacity(fresh.len() + fresh.len() / 2);
            let forwarded = stream.feed(fresh, &attempt, &self.provider, &mut self.outcome, &mut out);
            if end && !stream.over {
                stream.end(&attempt, &self.provider, &mut self.outcome, host, &mut out);
            }
            self.outcome.usage = Some(stream.tally.usage(attempt.order.body_bytes));
            if let Some(error) = &stream.tally.error {
                self.outcome.error.get_or_insert_with(|| error.kind.name().to_owned());
            }
            if let Some(headers) = &mut stream.held {
                let failed = stream.tally.error.clone();
                if (out.is_empty() || !stream.begun) && failed.is_none() && !end {
                    // No event yet: keep holding. Envoy keeps the bytes, and the reader knows how far it has come.
                    stream.fed = body.len();
                    stream.early.append(&mut out);
                    return Ok(Flow::Pause);
                }
                let mut headers = client_headers(std::mem::take(headers), &self.provider);
                stream.held = None;
                stream.fed = 0;
                headers.remove("content-length");
                if let Some(mut error) = failed {
                    // The very first event is an error: nothing of a stream was sent, so this is an ordinary error.
                    stream.refused = true;
                    set_status(&mut headers, &mut error, &mut self.outcome);
                    headers.set("content-type", JSON);
                    out = attempt.order.format.write_error(&error);
                } else {
                    headers.set("cache-control", "no-cache");
                    out = [std::mem::take(&mut stream.early), out].concat();
                }
                host.update_headers(Side::Response, &headers)?;
                host.set_body(Side::Response, &out)?;
            } else if !forwarded || end {
                host.set_body(Side::Response, &out)?;
            }
            self.outcome.write(host)?;
            Ok(Flow::Continue)
        });
        done.unwrap_or_else(|error| {
            // Trailers came where the client was still to be told something: Envoy takes no byte any more.
            host.log(Level::Error, &format!("a stream was reset: {error}"));
            self.outcome.error.get_or_insert_with(|| "stream_cut".to_owned());
            let _ = self.outcome.write(host);
            let _ = host.reset();
            Flow::Pause
        })
    }

    fn release_empty(&mut self, host: &dyn Host, headers: Headers) -> Flow {
        let mut headers = client_headers(headers, &self.provider);
        // Not only 204: a redirect or a 304 is no answer either.
        if self.outcome.status < 400 {
            let mut error = ApiError::bad_answer("the provider answered without a body");
            set_status(&mut headers, &mut error, &mut self.outcome);
        } else {
            self.outcome.error = Some("provider".to_owned());
            self.outcome.usage = None;
        }
        self.outcome.complete = true;
        let _ = host.update_headers(Side::Response, &headers).and_then(|()| self.outcome.write(host));
        self.answer = Answer::Done;
        Flow::Continue
    }

    /// The operator's set-up or Envoy itself is at fault: say so in the log, and let nothing out.
    fn refuse(&mut self, host: &dyn Host, why: &str) -> Flow {
        host.log(Level::Error, &format!("provider {}: {why}", self.provider.id));
        self.outcome.error = Some("gateway".to_owned());
        let _ = self.outcome.write(host);
        let _ = host.reply(&self.internal_error());
        Flow::Pause
    }

    /// This provider cannot be asked this: the client hears why, in its own format.
    fn answer_here(&mut self, host: &dyn Host, error: &ApiError) -> Flow {
        self.outcome.error = Some(error.code.clone().unwrap_or_default());
        let _ = self.outcome.write(host);
        let _ = host.reply(&self.error_reply(error));
        Flow::Pause
    }

    /// An answer of our own, in the client's format if that is known already.
    fn error_reply(&self, error: &ApiError) -> Reply {
        let format = self.client_format.or(crate::format::find("openai_chat"));
        let headers = [("content-type", JSON), ("x-postern-error-source", error.source.name())];
        let body = format.map(|format| format.write_error(error)).unwrap_or_default();
        Reply { status: error.status, headers: headers.into_iter().collect(), body }
    }
}

impl Stream {
    /// Reads what came and writes what it becomes. True if that is the very bytes that came.
    fn feed(
        &mut self,
        bytes: &[u8],
        attempt: &Attempt,
        provider: &Provider,
        outcome: &mut Outcome,
        out: &mut Vec<u8>,
    ) -> bool {
        if self.over {
            return bytes.is_empty();
        }
        let mut forwarded = self.frames.pending() == 0 && self.writer.is_none();
        let mut frames = std::mem::take(&mut self.frames);
        let pushed = frames.push(bytes, |event| -> Result<(), sse::TooLarge> {
            forwarded &= !self.over && self.event(&event, attempt, provider, outcome, out);
            Ok(())
        });
        self.frames = frames;
        if pushed.is_err() {
            self.fail(ApiError::bad_answer("the provider sent an event larger than the gateway reads"), attempt, out);
        }
        forwarded && self.frames.pending() == 0 && !self.over
    }

    /// Reads one event and writes what it becomes. True if that is the event as it came.
    fn event(
        &mut self,
        event: &sse::Event<'_>,
        attempt: &Attempt,
        provider: &Provider,
        outcome: &mut Outcome,
        out: &mut Vec<u8>,
    ) -> bool {
        let Self { reader, writer, tally, over, begun, .. } = self;
        *begun |= event.has_data();
        let seen = reader.read(event, &mut |mut delta| {
            if let Delta::Error(error) = &mut delta {
                scrub_error(provider, error);
            }
            tally.note(&delta, outcome);
            if let Some(writer) = writer.as_mut() {
                writer.write(&delta, out);
            }
        });
        *over = matches!(seen, Seen::Error | Seen::End);
        if writer.is_some() {
            return false;
        }
        match seen {
            Seen::UsageOnly if !attempt.order.include_usage => return false,
            // Half an event at the stream's end: what it was to say is not known.
            Seen::Unknown if !event.complete => return false,
            Seen::Error => match provider.scrub(&String::from_utf8_lossy(event.raw)) {
                Some(clean) => out.extend_from_slice(clean.as_bytes()),
                None => out.extend_from_slice(event.raw),
            },
            _ => out.extend_from_slice(event.raw),
        }
        if !event.complete {
            out.extend_from_slice(b"\n\n");
        }
        event.complete && seen != Seen::Error
    }

    /// The bytes have ended. A stream that did not come to its own end is told to the client as an error.
    fn end(
        &mut self,
        attempt: &Attempt,
        provider: &Provider,
        outcome: &mut Outcome,
        host: &dyn Host,
        out: &mut Vec<u8>,
    ) {
        let mut frames = std::mem::take(&mut self.frames);
        let _ = frames.finish(|event| -> Result<(), sse::TooLarge> {
            self.event(&event, attempt, provider, outcome, out);
            Ok(())
        });
        let Self { reader, writer, tally, .. } = self;
        if tally.ended || tally.error.is_some() {
            return;
        }
        if reader.ended() {
            if let Some(writer) = writer {
                writer.write(&Delta::End, out);
            }
            return;
        }
        outcome.error = Some("stream_cut".to_owned());
        host.log(Level::Warn, &format!("provider {} ended a stream before its end", outcome.provider));
        self.fail(ApiError::bad_answer("the provider's stream ended before its end"), attempt, out);
    }

    fn fail(&mut self, error: ApiError, attempt: &Attempt, out: &mut Vec<u8>) {
        let format = attempt.order.format;
        let writer = self.writer.get_or_insert_with(|| format.stream_writer(&Ask::default()));
        let delta = Delta::Error(error);
        writer.write(&delta, out);
        if let Delta::Error(error) = delta {
            self.tally.error = Some(error);
        }
        self.over = true;
    }
}

/// Why a request did not go out.
enum Unsent {
    /// This provider cannot be asked this.
    Refused(Box<ApiError>),
    /// The set-up or a host call is at fault.
    Broken(String),
}

impl From<ApiError> for Unsent {
    fn from(error: ApiError) -> Self {
        Self::Refused(Box::new(error))
    }
}

impl From<crate::host::HostError> for Unsent {
    fn from(error: crate::host::HostError) -> Self {
        Self::Broken(error.to_string())
    }
}

/// A body and its content type.
type Written = (&'static str, Vec<u8>);

const JSON: &str = "application/json";
const EVENT_STREAM: &str = "text/event-stream";

/// Reads a good answer, notes what it tells, and writes it as the client wants it: in its format, and as a stream or
/// whole, whichever it asked for, whatever the provider gave. `Ok(None)`: it may go on as it came.
fn read_answer(
    attempt: &Attempt,
    headers: &Headers,
    body: &[u8],
    host: &dyn Host,
    outcome: &mut Outcome,
) -> Result<Option<Written>, ApiError> {
    if compressed(headers) {
        return Err(ApiError::bad_answer("the provider's answer is compressed, though it was asked not to"));
    }
    let order = &attempt.order;
    if order.operation != Operation::Chat {
        // Vectors are megabytes of numbers: only their frame and the usage are looked at.
        if body.first() != Some(&b'{') {
            return Err(ApiError::bad_answer("the provider's answer is not JSON"));
        }
        // An error is never that large.
        if body.len() < 65_536 && shallow::root_member(body, "error").is_some_and(|error| error != b"null") {
            return Err(attempt.format.read_error(502, headers, body));
        }
        let told = attempt.format.answer_usage(body).filter(Usage::is_plausible);
        outcome.usage = told.or(Some(Usage::estimate(order.body_bytes, 0)));
        return Ok(None);
    }
    let streamed = is_event_stream(headers);
    let folded;
    let doc;
    let answer = if streamed {
        folded = fold(attempt.format, body)?;
        folded
    } else {
        doc = Doc::parse(body).map_err(|_| ApiError::bad_answer("the provider's answer is not JSON"))?;
        if doc.root().some("error").is_some() {
            return Err(attempt.format.read_error(502, headers, body));
        }
        attempt.format.read_answer(&doc)?
    };
    note_model(&answer.model, outcome);
    outcome.finish = answer.choices.first().map(|choice| choice.finish);
    outcome.usage =
        answer.usage.filter(Usage::is_plausible).or(Some(Usage::estimate(order.body_bytes, body.len() as u64)));
    Ok(match order.stream {
        false if !streamed && attempt.same_format() => None,
        false => Some((JSON, order.format.write_answer(&answer, &attempt.ask(host)))),
        true => {
            let mut out = Vec::with_capacity(body.len() * 2);
            let mut writer = order.format.stream_writer(&attempt.ask(host));
            unfold(&answer, &mut |delta| writer.write(&delta, &mut out));
            Some((EVENT_STREAM, out))
        }
    })
}

/// The whole answer that a stream says, for a client that asked for none.
fn fold(format: &dyn Format, body: &[u8]) -> Result<chat::Answer<'static>, ApiError> {
    let mut fold = Fold::new();
    let mut reader = format.stream_reader();
    let mut ended = false;
    let mut frames = sse::Reader::new(sse::MAX_EVENT_BYTES);
    let mut read = |event: sse::Event<'_>| -> Result<(), sse::TooLarge> {
        reader.read(&event, &mut |delta| {
            ended |= matches!(delta, Delta::End);
            fold.push(&delta);
        });
        Ok(())
    };
    frames
        .push(body, &mut read)
        .and_then(|()| frames.finish(&mut read))
        .map_err(|_| ApiError::bad_answer("the provider sent an event larger than the gateway reads"))?;
    if reader.ended() && !ended {
        fold.push(&Delta::End);
    }
    fold.finish()
}

/// Takes our own key out of an error, should the provider quote it there.
fn scrub_error(provider: &Provider, error: &mut ApiError) {
    for text in [Some(&mut error.message), error.code.as_mut(), error.param.as_mut()].into_iter().flatten() {
        if let Some(clean) = provider.scrub(text) {
            *text = clean;
        }
    }
}

/// The model an answer names. A provider's word, which goes into records and a header: so not without a limit.
fn note_model(model: &Text<'_>, outcome: &mut Outcome) {
    if !model.is_empty() && model.raw().len() <= MAX_MODEL_BYTES {
        outcome.model = model.decode().into_owned();
    }
}

fn is_event_stream(headers: &Headers) -> bool {
    let kind = headers.get("content-type").and_then(|kind| kind.get(..EVENT_STREAM.len()));
    kind.is_some_and(|kind| kind.eq_ignore_ascii_case(EVENT_STREAM))
}

/// What the client sees of a provider's headers.
fn client_headers(mut headers: Headers, provider: &Provider) -> Headers {
    provider.scrub_headers(&mut headers);
    headers.retain(|name, _| !WITHHELD.contains(&name) && !name.starts_with("x-postern-"));
    // Each provider's name for its request id, under both names that SDKs read.
    let id = headers.get("x-request-id").or(headers.get("request-id")).map(str::to_owned);
    if let Some(id) = id {
        headers.set("x-request-id", &id);
        headers.set("request-id", &id);
    }
    headers
}

fn set_status(headers: &mut Headers, error: &mut ApiError, outcome: &mut Outcome) {
    // An error that a provider calls 2xx must not reach the client, or Envoy's retry, as one.
    if error.status < 400 {
        error.status = 502;
    }
    outcome.error.get_or_insert_with(|| error.kind.name().to_owned());
    outcome.usage = None;
    headers.set(":status", &error.status.to_string());
    if let Some(secs) = error.retry_after_secs
        && headers.get("retry-after").is_none()
    {
        headers.set("retry-after", &secs.to_string());
    }
}

fn compressed(headers: &Headers) -> bool {
    headers.get("content-encoding").is_some_and(|encoding| !encoding.is_empty() && encoding != "identity")
}

/// Envoy's integers are eight bytes, little-endian.
fn number(bytes: Vec<u8>) -> Option<u64> {
    bytes.try_into().ok().map(u64::from_le_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::fake::FakeHost;
    use crate::provider::ProviderConfig;

    /// What a provider filter answers itself to an order, where it does not ask its provider.
    fn refused(preset: &str, format: &str, operation: Operation, cluster: &str) -> (Reply, Vec<String>) {
        let mut host = FakeHost::default();
        host.properties.insert("xds.cluster_name".to_owned(), cluster.as_bytes().to_vec());
        let order = Order {
            format: crate::format::find(format).unwrap(),
            operation,
            model: "m".to_owned(),
            targets: vec![TargetRef { cluster: "here".to_owned(), model: "m".to_owned() }],
            stream: false,
            include_usage: false,
            strict: false,
            body_bytes: 2,
        };
        order.write(&Headers::new(), &host).unwrap();
        let text = format!(r#"{{"preset": "{preset}"}}"#);
        let (config, _) = crate::config::parse::<ProviderConfig>(text.as_bytes()).unwrap();
        let provider = Provider::new(&config, &host, &mut crate::config::Errors::default()).unwrap();
        let flow = UpstreamPlugin::new(provider).attempt().on_request_headers(&host, false);
        assert_eq!(flow, Flow::Pause);
        let lines = host.lines.take().into_iter().map(|(_, line)| line).collect();
        (host.replies.take().pop().unwrap(), lines)
    }

    #[test]
    fn what_a_provider_does_not_have_is_refused_in_the_clients_format() {
        let rows = [
            (
                ("openai", "anthropic_messages", Operation::CountTokens),
                r#"{"type":"error","error":{"type":"invalid_request_error","message":"provider openai has no count_tokens for this model"}}"#,
            ),
            (
                ("anthropic", "openai_chat", Operation::Embeddings),
                r#"{"error":{"message":"provider anthropic has no embeddings for this model","type":"invalid_request_error","param":"model","code":"unsupported_by_target"}}"#,
            ),
        ];
        for ((preset, format, operation), body) in rows {
            let (reply, lines) = refused(preset, format, operation, "here");
            assert_eq!((reply.status, String::from_utf8(reply.body).unwrap().as_str()), (400, body));
            assert_eq!(reply.headers.get("x-postern-error-source"), Some("client"));
            assert!(lines.is_empty(), "nothing for the operator to do: {lines:?}");
        }
    }

    #[test]
    fn a_wrong_set_up_is_told_in_the_clients_format_and_to_the_operator() {
        let (reply, lines) = refused("anthropic", "anthropic_messages", Operation::Chat, "elsewhere");
        assert_eq!(reply.status, 500);
        assert!(reply.body.starts_with(br#"{"type":"error","error":{"type":"api_error","#));
        assert_eq!(reply.headers.get("x-postern-error-source"), Some("gateway"));
        assert_eq!(lines, ["provider anthropic: cluster elsewhere is no target of this request"]);
    }

    const KEY: &str = "sk-our-own";
    const SSE: (&str, &str) = ("content-type", "text/event-stream");

    /// An OpenAI client's stream from an OpenAI provider: what becomes of an answer that comes in these chunks.
    fn answered(status: &str, headers: &[(&str, &str)], chunks: &[&str]) -> (Headers, String, Outcome) {
        let host = FakeHost::default();
        let order = Order {
            format: crate::format::find("openai_chat").unwrap(),
            operation: Operation::Chat,
            model: "m".to_owned(),
            targets: vec![TargetRef { cluster: "here".to_owned(), model: "m".to_owned() }],
            stream: true,
            include_usage: true,
            strict: false,
            body_bytes: 8,
        };
        order.write(&Headers::new(), &host).unwrap();
        let text = format!(r#"{{"preset": "openai", "key": {{"inline": "{KEY}"}}}}"#);
        let (config, _) = crate::config::parse::<ProviderConfig>(text.as_bytes()).unwrap();
        let provider = Provider::new(&config, &host, &mut crate::config::Errors::default()).unwrap();
        let mut attempt = UpstreamPlugin::new(provider).attempt();
        let _ = attempt.on_request_headers(&host, false);
        let _ = attempt.on_request_body(&host, 0, true);
        host.response.borrow_mut().0 = [(":status", status)].iter().chain(headers).copied().collect();
        let _ = attempt.on_response_headers(&host, chunks.is_empty());
        let mut out = String::new();
        let mut held = String::new();
        for (index, chunk) in chunks.iter().enumerate() {
            held.push_str(chunk);
            host.response.borrow_mut().1 = held.clone().into_bytes();
            if attempt.on_response_body(&host, held.len(), index + 1 == chunks.len()) == Flow::Continue {
                out.push_str(&String::from_utf8(host.response.borrow_mut().1.split_off(0)).unwrap());
                held.clear();
            }
        }
        (host.response.take().0, out, Outcome::read(&host).unwrap())
    }

    const TEXT: &str = "data: {\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"hello\"}}]}\n\n";
    const STOP: &str = "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n";
    const DONE: &str = "data: [DONE]\n\n";

    #[test]
    fn a_key_that_the_provider_repeats_in_a_header_or_in_a_stream_stays_here() {
        let quoted = format!("Bearer {KEY}");
        let headers = [SSE, ("x-debug", quoted.as_str()), ("x-other", "kept")];
        let error = format!("data: {{\"error\":{{\"message\":\"{KEY} is wrong\"}}}}\n\n");
        let (headers, body, outcome) = answered("200", &headers, &[TEXT, &error, DONE]);
        assert_eq!((headers.get("x-debug"), headers.get("x-other")), (None, Some("kept")));
        assert_eq!(body, format!("{TEXT}{}", error.replace(KEY, "***")));
        assert_eq!(outcome.error.as_deref(), Some("server"), "the record tells of an error in mid stream");
    }

    #[test]
    fn an_error_before_a_stream_costs_nothing_however_many_chunks_follow() {
        let (headers, body, outcome) =
            answered("200", &[SSE], &["data: {\"error\":{\"message\":\"no\"}}\n\n", DONE, ""]);
        assert_eq!((headers.get(":status"), headers.get("content-type")), (Some("502"), Some("application/json")));
        assert!(body.contains("\"message\":\"no\"") && outcome.usage.is_none(), "{body} {outcome:?}");
    }

    #[test]
    fn a_media_type_is_known_in_any_case() {
        let (headers, body, _) =
            answered("200", &[("content-type", "Text/Event-Stream; charset=UTF-8")], &[TEXT, STOP, DONE]);
        assert_eq!((headers.get(":status"), body), (Some("200"), [TEXT, STOP, DONE].concat()));
    }

    #[test]
    fn a_redirect_or_an_empty_answer_is_a_bad_answer() {
        for status in ["204", "302", "304"] {
            let (headers, _, outcome) = answered(status, &[("location", "https://elsewhere.test/")], &[]);
            assert_eq!((headers.get(":status"), headers.get("location")), (Some("502"), None), "{status}");
            assert!(outcome.error.is_some());
        }
        // No byte, and the end told by trailers: there is no buffer to write to, so the gateway filter has to.
        for (status, want) in [("200", "502"), ("429", "429")] {
            let (headers, body, outcome) = answered(status, &[("content-type", JSON)], &[""]);
            assert_eq!((headers.get(":status"), headers.get("content-length")), (Some(want), Some("0")), "{status}");
            assert!(body.is_empty() && outcome.error.is_some() && outcome.usage.is_none());
        }
    }

    #[test]
    fn a_usage_that_cannot_be_and_a_name_without_end_are_not_taken() {
        let usage =
            "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":18446744073709551615,\"completion_tokens\":1}}\n\n";
        let long = TEXT.replace("\"m\"", &format!("\"{}\"", "m".repeat(MAX_MODEL_BYTES + 1)));
        let (_, _, outcome) = answered("200", &[SSE], &[&long, STOP, usage, DONE]);
        assert_eq!(outcome.model, "m");
        assert_eq!(outcome.usage, Some(Usage { input: 2, output: 2, estimated: true, ..Usage::default() }));
    }
}
