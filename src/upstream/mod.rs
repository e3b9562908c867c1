//! The upstream exchange: one attempt at one provider. It takes the client's own body and headers, makes of them what
//! this provider understands, and makes of the answer what the client expects. Order only: the formats know how.
//!
//! An attempt always starts from the client's request, because Envoy runs this filter anew for each retry: that is how
//! a retry becomes a fallback to another provider. An answer that Envoy would take for good and is not (an error inside
//! a 200, or as the first event of a stream) gets its true status while its headers are still held, so it is retried.

mod answer;
mod standing;
mod stream;
mod task;
#[cfg(test)]
mod tests;

use std::cell::{Cell, OnceCell};
use std::rc::Rc;

use self::answer::{JSON, MISFIT, client_headers, compressed, read_answer, scrub_error, set_error_header, set_status};
use self::standing::Standing;
use self::stream::{Onward, Stream};
use self::task::Passing;
use crate::chat::schema::Schema;
use crate::chat::{ApiError, Usage};
use crate::format::{self, Ask, Format, Loss, Shape, Target};
use crate::handover::{NEXT, Order, Outcome, Spent, Taken, TargetRef};
use crate::host::{CallId, Exchange, Flow, Host, HostResult, Level, Plugin, Side};
use crate::http::{Headers, Reply};
use crate::ledger::quota;
use crate::provider::{Grant, Provider, Ready};
use crate::surface::Operation;
use crate::wire::frame::{self, Framing};
use crate::wire::json::Doc;

/// The provider filter of one cluster.
pub struct UpstreamPlugin {
    provider: Rc<Provider>,
    preset: Rc<str>,
    standing: Rc<Standing>,
}

impl UpstreamPlugin {
    /// A filter for this provider.
    pub fn new(provider: Provider) -> Self {
        Self { preset: provider.preset_name().into(), provider: Rc::new(provider), standing: Rc::default() }
    }

    /// An attempt; the same as [`Plugin::exchange`], by its own type.
    pub fn attempt(&self) -> Upstream {
        Upstream {
            provider: Rc::clone(&self.provider),
            standing: Rc::clone(&self.standing),
            client_format: None,
            attempt: None,
            outcome: Outcome {
                provider: self.provider.id.clone(),
                preset: Some(Rc::clone(&self.preset)),
                ..Outcome::default()
            },
            waiting: None,
            passes: false,
            answer: Answer::Untold,
        }
    }
}

impl Plugin for UpstreamPlugin {
    fn exchange(&self) -> Box<dyn Exchange> {
        Box::new(self.attempt())
    }

    fn on_tick(&self, host: &dyn Host) {
        self.provider.credential().keepers().on_tick(host);
    }

    fn on_call_reply(&self, host: &dyn Host, call: CallId, headers: &Headers, body: &[u8]) {
        self.provider.credential().keepers().on_call_reply(host, call, headers, body);
    }
}

/// One attempt.
pub struct Upstream {
    provider: Rc<Provider>,
    standing: Rc<Standing>,
    /// How the client is spoken to, from when the order has been read.
    client_format: Option<&'static dyn Format>,
    attempt: Option<Rc<Attempt>>,
    outcome: Outcome,
    waiting: Option<Waiting>,
    /// The request's body is not held but goes on as it comes.
    passes: bool,
    answer: Answer,
}

/// A request that is whole and waits for an access token.
#[derive(Clone, Copy)]
struct Waiting {
    /// The size of the client's body, if there is one.
    size: Option<usize>,
    /// When it waits no more.
    until_ms: u64,
}

/// What this attempt is to do.
struct Attempt {
    taken: Taken,
    order: Rc<Order>,
    client_headers: Rc<Headers>,
    target: TargetRef,
    /// The shape this provider wants, and its chat format, in which it tells errors.
    shape: Shape,
    format: &'static dyn Format,
    /// This provider does not count tokens, so we do.
    counted_here: bool,
    /// What of a request that is no chat its answer needs.
    wish: OnceCell<task::Wish>,
    /// What the client's format wants to know of the request when it writes the answer.
    echo: OnceCell<String>,
    /// The schema that the answer has to have, where one that has not is thrown away.
    wanted: OnceCell<Schema>,
    /// What is counted by the piece, and not in tokens.
    pieces: Cell<Usage>,
}

impl Attempt {
    fn same_format(&self) -> bool {
        self.order.format.name() == self.format.name()
    }

    /// Whether it is only passed through.
    fn is_raw(&self) -> bool {
        self.order.operation == Operation::Passthrough
    }

    fn same_shape(&self) -> bool {
        self.order.shape.name() == self.shape.name()
    }

    /// How the client's stream is framed.
    fn framing(&self) -> Framing {
        self.order.format.client_framing(self.client_headers.get(":path").unwrap_or_default())
    }

    fn ask(&self, host: &dyn Host) -> Ask {
        let now_ns = host.now_ns();
        Ask {
            model: self.order.model.clone(),
            stream: self.order.stream,
            include_usage: self.order.include_usage,
            now_secs: now_ns / 1_000_000_000,
            fallback_id: format!("{now_ns:x}"),
            framing: self.framing(),
            echo: self.echo.get().cloned().unwrap_or_default(),
            sent: 0,
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
    /// Goes by, with an eye on what it took.
    Passing(Box<Passing>),
    /// Over, or none of our business.
    Done,
}

impl Exchange for Upstream {
    fn on_request_headers(&mut self, host: &dyn Host, end: bool) -> Flow {
        match self.take_order(host) {
            Ok(attempt) => {
                self.outcome.model.clone_from(&attempt.target.model);
                self.passes = attempt.is_raw() && !end && !self.provider.credential().signs_bodies();
                self.attempt = Some(Rc::new(attempt));
                if end || self.passes { self.send_when_ready(host, None) } else { Flow::Pause }
            }
            Err(Unsent::Refused(error)) => self.answer_here(host, &error),
            Err(Unsent::Broken(why)) => self.refuse(host, &why),
        }
    }

    fn on_request_body(&mut self, host: &dyn Host, size: usize, end: bool) -> Flow {
        match end {
            _ if self.passes && self.waiting.is_none() => Flow::Continue,
            true if !self.passes => self.send_when_ready(host, Some(size)),
            _ => Flow::Pause,
        }
    }

    fn on_wake(&mut self, host: &dyn Host) {
        let Some(waiting) = self.waiting.take() else { return };
        if self.send_or_wait(host, waiting) == Flow::Continue
            && let Err(error) = host.resume(Side::Request)
        {
            let _ = self.refuse(host, &error.to_string());
        }
    }

    fn on_response_headers(&mut self, host: &dyn Host, end: bool) -> Flow {
        let Ok(headers) = host.headers(Side::Response) else { return Flow::Continue };
        let Some(attempt) = self.attempt.clone() else { return Flow::Continue };
        self.outcome.status = headers.get(":status").and_then(|status| status.parse().ok()).unwrap_or(0);
        if self.outcome.status == 401 {
            self.provider.credential().refused(host);
        }
        let TargetRef { cluster, model } = &attempt.target;
        let now_ms = host.now_ns() / 1_000_000;
        quota::note(host, cluster, model, self.outcome.status, |name| headers.get(name), now_ms);
        let good = (200..300).contains(&self.outcome.status);
        let framing = headers.get("content-type").and_then(Framing::of);
        if attempt.is_raw() && self.outcome.status < 400 || end && attempt.is_raw() {
            return self.pass(host, &attempt, headers, end);
        }
        if end {
            // Nobody can put a body here; the gateway filter makes one of the status.
            return self.release_empty(host, headers);
        }
        if good && matches!(attempt.shape, Shape::Plain(_)) {
            return self.pass(host, &attempt, headers, end);
        }
        let chat = attempt.order.operation.is_chat();
        if let Some(framing) = framing.filter(|_| good && chat && attempt.order.stream && !compressed(&headers)) {
            let onward = match attempt.same_format() {
                true if framing == attempt.framing() => Onward::AsItCame,
                true => Onward::Reframed(frame::Writer::new(attempt.framing())),
                false => Onward::Rewritten(attempt.order.format.stream_writer(&attempt.ask(host))),
            };
            let mut stream = Stream::new(headers, framing, attempt.format.stream_reader(), onward);
            if attempt.taken.may_stop(host) {
                stream.prepare_stop(attempt.order.format.stream_writer(&attempt.ask(host)));
            }
            self.answer = Answer::Stream(Box::new(stream));
        } else {
            self.answer = Answer::Held(headers);
        }
        Flow::Pause
    }

    fn on_response_body(&mut self, host: &dyn Host, _size: usize, end: bool) -> Flow {
        match &mut self.answer {
            Answer::Stream(_) => self.stream(host, end),
            Answer::Passing(passing) => {
                let Some(attempt) = &self.attempt else { return Flow::Continue };
                let passed = passing.body(attempt, end, host, &mut self.outcome);
                passed.map_or_else(|error| self.cut(host, &error.to_string()), |()| Flow::Continue)
            }
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
        let Some(taken) = Taken::new(host) else {
            let why = "no gateway filter has seen this request; is it in the listener's http_filters?";
            return Err(Unsent::Broken(why.to_owned()));
        };
        let (order, client_headers) = (Rc::clone(&taken.order), Rc::clone(&taken.headers));
        self.client_format = Some(order.format);
        self.outcome.attempt = taken.attempt;
        let count = order.targets.len().max(1) as u64;
        let place = |attempt: u64| ((attempt - 1) % count) as usize;
        let at = |attempt: u64| order.targets.get(place(attempt));
        let expected = at(taken.attempt);
        let known = expected.filter(|target| taken.is_in_memory() && self.standing.is_known(&target.cluster));
        let cluster = match known {
            Some(target) => Some(target.cluster.clone()),
            None => self.standing.look(host, &self.provider.id).map_err(Unsent::Broken)?,
        };
        let is_here = |target: &TargetRef| cluster.as_deref().is_none_or(|cluster| target.cluster == cluster);
        self.outcome.target = match expected.is_some_and(is_here) {
            true => place(taken.attempt),
            false => order.targets.iter().position(is_here).unwrap_or(usize::MAX),
        };
        let Some(target) = order.targets.get(self.outcome.target).cloned() else {
            let why = format!("cluster {} is no target of this request", cluster.unwrap_or_default());
            return Err(Unsent::Broken(why));
        };
        // Where it is this one, it is named already: that is how this attempt came here.
        if let Some(next) = at(taken.attempt + 1).filter(|next| cluster.as_ref() != Some(&next.cluster)) {
            host.set_state(NEXT, next.cluster.as_bytes())?;
        }
        let passed = Some(order.shape).filter(|_| order.operation == Operation::Passthrough);
        let there = passed.or_else(|| self.provider.place(order.operation, &order.shape)?.shape());
        let counted_here =
            order.operation == Operation::CountTokens && there.is_none_or(|shape| shape.name() != order.shape.name());
        let Some(shape) = there.or(counted_here.then_some(order.shape)) else {
            let message = format!("provider {} has no {} for this model", self.provider.id, order.operation.name());
            return Err(ApiError::unsupported("model", message).into());
        };
        let format = shape.dialect();
        if taken.attempt > 1 {
            self.outcome.spent = taken.outcome(host).and_then(|before| before.spent);
        }
        let (echo, wish, wanted) = (OnceCell::new(), OnceCell::new(), OnceCell::new());
        Ok(Attempt {
            taken,
            order,
            client_headers,
            target,
            shape,
            format,
            counted_here,
            wish,
            echo,
            wanted,
            pieces: Cell::default(),
        })
    }

    /// Sends the request, now or when there is a credential for it. `size`: of the client's body, if there is one.
    fn send_when_ready(&mut self, host: &dyn Host, size: Option<usize>) -> Flow {
        if let Some(attempt) = self.attempt.clone().filter(|attempt| attempt.counted_here) {
            return self.count_tokens(&attempt, host);
        }
        let waits = self.provider.credential().keeps_waiting();
        let until_ms = if waits { host.now_ns() / 1_000_000 + self.provider.token_wait_ms } else { 0 };
        self.send_or_wait(host, Waiting { size, until_ms })
    }

    fn send_or_wait(&mut self, host: &dyn Host, waiting: Waiting) -> Flow {
        let provider = Rc::clone(&self.provider);
        match provider.credential().ready(host, waiting.until_ms) {
            Ready::Go(grant) => self.send(host, waiting.size, &grant),
            Ready::Wait => {
                self.waiting = Some(waiting);
                match host.wake_me() {
                    Ok(()) => Flow::Pause,
                    Err(error) => self.refuse(host, &error.to_string()),
                }
            }
            Ready::No => {
                if provider.credential().is_news(host.now_ns() / 1_000_000) {
                    host.log(Level::Error, &format!("provider {}: requests are refused: no access token", provider.id));
                }
                self.answer_here(host, &ApiError::no_credential(&provider.id))
            }
        }
    }

    /// Sends the request in the provider's form.
    fn send(&mut self, host: &dyn Host, size: Option<usize>, grant: &Grant) -> Flow {
        let Some(attempt) = self.attempt.clone() else { return Flow::Pause };
        let sent = match size {
            None => Ok((None, Vec::new())),
            Some(size) if attempt.is_raw() => Ok((Some(size), Vec::new())),
            Some(size) => self.translate_request(&attempt, host).map(|(new, lossy)| (Some(new.unwrap_or(size)), lossy)),
        };
        let (size, lossy) = match sent {
            Ok(sent) => sent,
            Err(Unsent::Refused(error)) => return self.answer_here(host, &error),
            Err(Unsent::Broken(why)) => return self.refuse(host, &why),
        };
        self.outcome.lossy = lossy;
        let (order, target) = (&attempt.order, &attempt.target);
        let mut headers = if attempt.is_raw() {
            self.provider.raw_headers(&attempt.client_headers)
        } else {
            let Some(place) = self.provider.place(order.operation, &order.shape) else { return Flow::Pause };
            let same = attempt.same_shape();
            self.provider.headers(&attempt.client_headers, place, &target.model, same, order.stream)
        };
        if let Some(size) = size {
            // The whole body is here, so it need not go in chunks, which not every server takes.
            headers.set("content-length", &size.to_string());
        }
        self.outcome.model.clone_from(&target.model);
        self.outcome.usage = task::estimate(&attempt);
        let body = || size.map_or(Ok(Vec::new()), |_| host.body(Side::Request));
        let applied = self.provider.credential().apply(grant, &mut headers, body, || host.now_ns() / 1_000_000_000);
        let sent = applied.and_then(|()| host.set_headers(Side::Request, &headers));
        match sent.and_then(|()| self.report(host)) {
            Ok(()) => Flow::Continue,
            Err(error) => self.refuse(host, &error.to_string()),
        }
    }

    /// Puts the body into the provider's form: spliced if the formats are the same, written anew if not. Gives the new
    /// size, if there is a new body, and the fields it could not hold.
    fn translate_request(&self, attempt: &Attempt, host: &dyn Host) -> Result<(Option<usize>, Vec<String>), Unsent> {
        let order = &attempt.order;
        let target =
            Target { model: &attempt.target.model, quirks: self.provider.quirks(order.operation, &order.shape) };
        if matches!(attempt.shape, Shape::Plain(_)) {
            attempt.pieces.set(task::pieces(order.operation, &host.body(Side::Request)?));
        }
        if order.refit && attempt.taken.attempt == 1 {
            let body = host.body(Side::Request)?;
            let doc = Doc::parse(&body).map_err(|error| ApiError::invalid_request("", error.to_string()))?;
            let request = order.format.read_request(&doc)?;
            if let Some(schema) = Schema::of(request.response_format.as_ref()) {
                let _ = attempt.wanted.set(schema);
            }
        }
        // A stream's usage has to be asked for unless the client did; otherwise only another name needs a change.
        let tells_usage = !order.stream || order.include_usage || !order.operation.is_chat();
        let same = attempt.same_shape()
            && target.model == order.model
            && !order.addressed_in_path
            && tells_usage
            && target.quirks.leaves_bodies_alone();
        if same && target.quirks.leaves_turns_alone() {
            return Ok((None, Vec::new()));
        }
        let body = host.body(Side::Request)?;
        if same && !target.quirks.may_change_turns(&body) {
            return Ok((None, Vec::new()));
        }
        let mut loss = Loss::default();
        let Shape::Chat(_) = attempt.shape else {
            let written = task::write_request(attempt, &body, &target, &mut loss)?;
            self.refuse_loss(order, &loss)?;
            return self.replace(written, loss, host);
        };
        let doc = Doc::parse(&body).map_err(|error| ApiError::invalid_request("", error.to_string()))?;
        let _ = attempt.echo.set(order.format.echo(&doc));
        if attempt.same_shape() {
            let mut written = format::retarget(&doc, attempt.format, &target, &mut loss)?;
            self.refuse_loss(order, &loss)?;
            let headers = &attempt.client_headers;
            if let Some(more) = format::add_header_lists(written.as_deref().unwrap_or(&body), target.quirks, headers) {
                written = Some(more);
            }
            return self.replace(written, loss, host);
        }
        let mut request = order.format.read_request(&doc)?;
        // Where the path says so, the body does not.
        request.stream = order.stream;
        let written = format::translate(request, order.format, attempt.format, &target, &mut loss)?;
        self.refuse_loss(order, &loss)?;
        host.set_body(Side::Request, &written)?;
        Ok((Some(written.len()), loss.0))
    }

    /// Puts a new body in the old one's place, if there is one; gives its size.
    fn replace(
        &self,
        written: Option<Vec<u8>>,
        loss: Loss,
        host: &dyn Host,
    ) -> Result<(Option<usize>, Vec<String>), Unsent> {
        if let Some(written) = &written {
            host.set_body(Side::Request, written)?;
        }
        Ok((written.map(|written| written.len()), loss.0))
    }

    /// Answers how many tokens a request has, where this provider does not.
    fn count_tokens(&mut self, attempt: &Attempt, host: &dyn Host) -> Flow {
        let counted = match host.body(Side::Request) {
            Ok(body) => task::count_tokens(attempt, &body),
            Err(error) => return self.refuse(host, &error.to_string()),
        };
        match counted {
            Ok(reply) => {
                self.outcome.complete = true;
                let _ = self.report(host);
                let _ = host.reply(&reply);
                Flow::Pause
            }
            Err(error) => self.answer_here(host, &error),
        }
    }

    fn refuse_loss(&self, order: &Order, loss: &Loss) -> Result<(), ApiError> {
        if order.strict && !loss.0.is_empty() {
            let fields = loss.0.join(", ");
            return Err(ApiError::unsupported("", format!("the target cannot hold {fields}, and strict is set")));
        }
        Ok(())
    }

    /// A whole answer or an error has come to its end.
    fn whole(&mut self, host: &dyn Host, headers: Headers) -> Flow {
        let Some(attempt) = self.attempt.clone() else { return Flow::Continue };
        let body = host.body(Side::Response);
        if body.as_ref().is_ok_and(Vec::is_empty) {
            // Trailers can end an answer that had no byte, and then there is no buffer either.
            let mut headers = headers;
            headers.set("content-length", "0");
            return self.release_empty(host, headers);
        }
        let done = body.and_then(|body| {
            let read = match self.outcome.status {
                200..300 => read_answer(&attempt, &headers, &body, host, &mut self.outcome),
                status => Err(attempt.format.read_error(status, &headers, &body)),
            };
            let mut headers = client_headers(headers, &self.provider);
            let written = match read {
                Ok(written) => written,
                Err(mut error) => {
                    if error.code.as_deref() == Some(MISFIT) {
                        self.spend(&attempt.target.model);
                    }
                    set_status(&mut headers, &mut error, &mut self.outcome);
                    set_error_header(&mut headers, &error, attempt.order.format);
                    self.error_body(&attempt, &mut error, &body).map(|body| (JSON, body))
                }
            };
            if let Some((content_type, written)) = written {
                headers.set("content-type", content_type);
                headers.set("content-length", &written.len().to_string());
                headers.remove("content-encoding");
                host.set_body(Side::Response, &written)?;
            }
            self.outcome.show(&mut headers);
            host.update_headers(Side::Response, &headers)?;
            self.outcome.complete = true;
            self.report(host)
        });
        if let Err(error) = done {
            // Nothing was sent yet, and what was meant to be sent could not be made.
            return self.refuse(host, &error.to_string());
        }
        Flow::Continue
    }

    /// What this attempt took is kept, though nobody gets its answer.
    fn spend(&mut self, asked: &str) {
        let Outcome { provider, preset, model, usage, .. } = &self.outcome;
        self.outcome.spent = usage.map(|usage| {
            let (provider, preset, model) = (provider.clone(), preset.clone(), model.clone());
            Rc::new(Spent { provider, preset, asked: asked.to_owned(), model, usage })
        });
    }

    /// The body of an error: the provider's own where the client speaks its format, else in the client's words. None:
    /// leave it as it came. A key of ours that the provider quotes is taken out in both.
    fn error_body(&self, attempt: &Attempt, error: &mut ApiError, body: &[u8]) -> Option<Vec<u8>> {
        if attempt.is_raw() {
            return self.provider.scrub(&String::from_utf8_lossy(body)).map(String::into_bytes);
        }
        let provider_said = !matches!(error.code.as_deref(), Some("bad_provider_answer" | MISFIT));
        if attempt.same_format()
            && provider_said
            && Doc::parse(body).is_ok_and(|doc| attempt.format.is_error(doc.root()))
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
        // What was read of a body that is held is not read again: the first event may be long.
        let done = host.body_from(Side::Response, stream.fed).and_then(|fresh| {
            let fresh = fresh.as_slice();
            if stream.refused {
                return host.set_body(Side::Response, &[]).map(|()| Flow::Continue);
            }
            if stream.is_stopped() {
                // Its end was sent with an earlier piece; what is sent beside a reset is lost.
                stream.count(fresh, &mut self.outcome);
                self.outcome.usage = Some(stream.tally.usage(attempt.order.body_bytes));
                attempt.taken.report(&self.outcome, host)?;
                host.set_body(Side::Response, &[])?;
                return if end { Ok(Flow::Continue) } else { host.reset().map(|()| Flow::Pause) };
            }
            let mut out = Vec::with_capacity(fresh.len() + fresh.len() / 2 + 1024);
            if stream.may_stop() && attempt.taken.is_stopped(host) {
                stream.stop(&attempt, &mut self.outcome, &mut out);
            }
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
                    stream.fed += fresh.len();
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
                    set_error_header(&mut headers, &error, attempt.order.format);
                    headers.set("content-type", JSON);
                    out = attempt.order.format.write_error(&error);
                } else {
                    if !matches!(stream.onward, Onward::AsItCame) {
                        headers.set("content-type", attempt.framing().media_type());
                    }
                    headers.set("cache-control", "no-cache");
                    let early = std::mem::take(&mut stream.early);
                    out.splice(..0, early);
                }
                self.outcome.show(&mut headers);
                host.update_headers(Side::Response, &headers)?;
                host.set_body(Side::Response, &out)?;
            } else if !forwarded || end {
                host.set_body(Side::Response, &out)?;
            }
            attempt.taken.report(&self.outcome, host)?;
            Ok(Flow::Continue)
        });
        done.unwrap_or_else(|error| self.cut(host, &error.to_string()))
    }

    /// Trailers came where the client was still to be told something: Envoy takes no byte any more.
    fn cut(&mut self, host: &dyn Host, why: &str) -> Flow {
        host.log(Level::Error, &format!("a stream was reset: {why}"));
        self.outcome.error.get_or_insert_with(|| "stream_cut".to_owned());
        let _ = self.report(host);
        let _ = host.reset();
        Flow::Pause
    }

    /// Tells the gateway filter what has become of this attempt so far.
    fn report(&self, host: &dyn Host) -> HostResult<()> {
        match &self.attempt {
            Some(attempt) => attempt.taken.report(&self.outcome, host),
            None => self.outcome.write_elsewhere(host),
        }
    }

    /// Lets an answer go by.
    fn pass(&mut self, host: &dyn Host, attempt: &Attempt, headers: Headers, end: bool) -> Flow {
        if self.outcome.status >= 400 {
            self.outcome.error = Some("provider".to_owned());
        }
        self.outcome.complete = end;
        match Passing::begin(headers, attempt, &self.provider, host, &mut self.outcome) {
            Ok(passing) => {
                self.answer = if end { Answer::Done } else { Answer::Passing(Box::new(passing)) };
                Flow::Continue
            }
            Err(error) => self.refuse(host, &error.to_string()),
        }
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
        self.outcome.show(&mut headers);
        let _ = host.update_headers(Side::Response, &headers).and_then(|()| self.report(host));
        self.answer = Answer::Done;
        Flow::Continue
    }

    /// The operator's set-up or Envoy itself is at fault: say so in the log, and let nothing out.
    fn refuse(&mut self, host: &dyn Host, why: &str) -> Flow {
        host.log(Level::Error, &format!("provider {}: {why}", self.provider.id));
        self.outcome.error = Some("gateway".to_owned());
        let _ = self.report(host);
        let _ = host.reply(&self.internal_error());
        Flow::Pause
    }

    /// This provider cannot be asked this: the client hears why, in its own format.
    fn answer_here(&mut self, host: &dyn Host, error: &ApiError) -> Flow {
        self.outcome.error = Some(error.code.clone().unwrap_or_default());
        let _ = self.report(host);
        let _ = host.reply(&self.error_reply(error));
        Flow::Pause
    }

    /// An answer of our own, in the client's format if that is known already.
    fn error_reply(&self, error: &ApiError) -> Reply {
        let format = self.client_format.or(crate::format::find("openai_chat"));
        let headers = [("content-type", JSON), ("x-postern-error-source", error.source.name())];
        let mut headers: Headers = headers.into_iter().collect();
        if let Some(secs) = error.retry_after_secs {
            headers.set("retry-after", &secs.to_string());
        }
        if let Some(format) = format {
            set_error_header(&mut headers, error, format);
        }
        let body = format.map(|format| format.write_error(error)).unwrap_or_default();
        Reply { status: error.status, headers, body }
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
