//! The downstream exchange: one client's request and its answer. Who asks, what they may do, where it goes, what it
//! took. Order only: identity, surface, model, policies, hand-over; on the way back headers, errors, record.
//!
//! The request is held whole, because the model in its body chooses the route, and nothing may leave that was not
//! understood; what is only passed through is held where a policy reads it. The answer is not held: the provider filter has put it into the client's format already, and has left
//! what it cost in the hand-over. Only answers that Envoy itself made up are rewritten here.

mod answer;
mod asking;
mod body;
mod common;
mod config;
mod own;
mod permit;
mod raw;
mod shared_limits;

use std::cell::{OnceCell, RefCell};
use std::rc::Rc;

use self::answer::Watch;
use self::asking::Asking;
use self::body::Body;
use self::common::Shared;
pub use self::config::GatewayConfig;
use self::config::ProviderLimits;
use self::raw::Raw;
use self::shared_limits::Ahead;
use crate::chat::{ApiError, ErrorKind, ErrorSource, Usage};
use crate::config::{Errors, Node};
use crate::cost::{Asked, Prices, usd};
use crate::format::{self, Format};
use crate::handover::{ATTEMPTS, Given, MAX_MODEL_BYTES, Order, Outcome, RECORD, TargetRef};
use crate::host::{CallId, Exchange, Flow, Host, HostResult, Level, Plugin, Side, integer};
use crate::http::{Headers, Reply};
use crate::ledger::quota;
use crate::ledger::snapshot::Keeper;
use crate::models::{Models, Route};
use crate::policy::{self, Ask, End, Finding, Going, Holds, Notes};
use crate::surface::{self, Lookup, Operation, Surface};
use crate::telemetry::audit::Chain;
use crate::telemetry::{Charge, Facts, Metrics};
use crate::tenant::{self, Caller, DeclaredTags, Directory, Identity, KEY_HEADERS};
use crate::wire::json::Edits;

/// The gateway filter of one listener.
pub struct GatewayPlugin {
    shared: Rc<Shared>,
    snapshot: Option<Keeper>,
}

impl GatewayPlugin {
    /// Builds everything that a request should not have to: indexes, automata, the slots of counters.
    pub fn new(config: GatewayConfig, host: &dyn Host, node: Node<'_>, errors: &mut Errors) -> Self {
        let policy_version = policy::version(&config.policies);
        let stages = policy::stages(config.policies, host, errors);
        let directory = match config.tenant_table {
            Some(name) => Directory::of_table(name, host),
            None => Directory::own(config.tenants),
        };
        if config.provider_limits != ProviderLimits::Ignore {
            for (cluster, model) in config.models.iter().flat_map(Route::places) {
                let _ = quota::make(host, cluster, model);
            }
        }
        let shared = Shared {
            directory,
            identity: Identity::new(config.identity, host, node.key("identity"), errors),
            declared_tags: Rc::new(DeclaredTags::new(config.tags)),
            models: Models::new(config.models, node.key("models"), errors),
            passthrough: config.passthrough,
            reads_bodies: stages.iter().any(|stage| stage.reads_bodies()),
            stages,
            max_body_bytes: config.max_body_bytes.get() as usize,
            strict: config.strict,
            show_input_tokens: config.show_input_tokens,
            provider_limits: config.provider_limits,
            prices: Prices::new(config.prices),
            shared_limits: config.shared_limits,
            metrics: Metrics::default(),
            policy_version,
            audit: config.audit.map(|audit| Chain::new(audit, host, errors)),
            slots: RefCell::default(),
        };
        match shared.prepare(host, &shared.directory.last()) {
            Err(why) => errors.add(node.key("policies"), why),
            Ok(()) if errors.is_empty() => shared.directory.tell_models(host, shared.models.patterns()),
            Ok(()) => {}
        }
        shared.metrics.show_price_table(host);
        let snapshot = config.snapshot.map(|snapshot| Keeper::new(snapshot, host));
        Self { shared: Rc::new(shared), snapshot }
    }

    /// One exchange; the same as [`Plugin::exchange`], by its own type.
    pub fn gateway(&self) -> Gateway {
        Gateway {
            shared: Rc::clone(&self.shared),
            headers: Headers::new(),
            asked: None,
            path_model: String::new(),
            raw: None,
            format: None,
            answer_headers: Headers::new(),
            holds: Holds::default(),
            places: Vec::new(),
            given: None,
            ahead: None,
            watch: None,
            asking: Asking::default(),
            stopped: false,
            passed: false,
            facts: Facts::default(),
            state: State::Request,
        }
    }
}

impl Plugin for GatewayPlugin {
    fn exchange(&self) -> Box<dyn Exchange> {
        let gateway = Box::new(self.gateway());
        #[cfg(feature = "planted-panic")]
        let gateway = Box::new(crate::planted::Planted::new(gateway));
        gateway
    }

    fn on_tick(&self, host: &dyn Host) {
        let Some(keeper) = &self.snapshot else { return };
        // Whoever writes may never have had a request, and a table of tenants may have become another since the last.
        let _ = self.shared.tenants(host);
        keeper.on_tick(host, &self.shared.slots.borrow());
    }

    fn on_call_reply(&self, host: &dyn Host, call: CallId, headers: &Headers, body: &[u8]) {
        self.snapshot.iter().for_each(|keeper| keeper.on_call_reply(host, call, headers, body));
    }
}

/// One request and its answer.
pub struct Gateway {
    shared: Rc<Shared>,
    /// The request's headers as they came, without any credential.
    headers: Headers,
    /// What was asked, once the headers have been accepted.
    asked: Option<(&'static Surface, Caller)>,
    /// The model that the path names; empty where the body does.
    path_model: String,
    /// Where it is passed through, if that is what was asked.
    raw: Option<Raw>,
    /// How the client wants to be spoken to.
    format: Option<&'static dyn Format>,
    /// Headers that policies add to the answer.
    answer_headers: Headers,
    /// What policies hold of it, to be settled when it is over.
    holds: Holds,
    /// Which target each attempt goes to, by its place in what the policies were shown.
    places: Vec<usize>,
    /// The hand-over to the provider filters.
    given: Option<Given>,
    /// What the limits shared by all Envoys were told before the answer.
    ahead: Option<Ahead>,
    /// Who looks at the answer, if somebody does.
    watch: Option<Watch>,
    /// What somebody outside was asked about it.
    asking: Asking,
    /// A stream was told to end; its provider is cut off once the client has been told.
    stopped: bool,
    /// The answer is known to be that of the attempt which the hand-over in memory tells of.
    passed: bool,
    facts: Facts,
    state: State,
}

/// What becomes of a request whose headers are right.
enum Accepted {
    /// It waits for its body.
    Hold,
    /// The answer is known already.
    Answer(Reply),
    /// It goes on, and its body passes unread.
    Pass,
}

/// How far the exchange has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// The request is being read.
    Request,
    /// It waits for what somebody outside thinks of it.
    Asking,
    /// It is on its way, or waits for an answer.
    Sent,
    /// An answer of Envoy's own is held, to be rewritten.
    Rewriting,
    /// The answer is passing.
    Answering,
    /// The answer came to its end, or was ours.
    Answered,
}

impl Exchange for Gateway {
    fn on_request_headers(&mut self, host: &dyn Host, end: bool) -> Flow {
        self.facts.start_ns = host.now_ns();
        let accepted = match host.headers(Side::Request) {
            Ok(headers) => self.accept(host, headers, end),
            Err(error) => Err(Refusal::from_host(host, error)),
        };
        match accepted {
            Ok(Accepted::Hold) => Flow::Pause,
            Ok(Accepted::Answer(reply)) => self.answer(host, reply),
            Ok(Accepted::Pass) => self.go_on(host, Self::pass_unread),
            Err(error) => self.refuse(host, &error),
        }
    }

    fn on_request_body(&mut self, host: &dyn Host, size: usize, end: bool) -> Flow {
        if self.state != State::Request {
            return self.pass_body(host, size);
        }
        let limit = self.raw.as_ref().and_then(|raw| raw.max_body_bytes).unwrap_or(self.shared.max_body_bytes);
        if size > limit {
            return self.refuse(host, &ApiError::too_large(format!("the body is over the limit of {limit} bytes")));
        }
        if !end {
            return Flow::Pause;
        }
        self.go_on(host, if self.raw.is_some() { Self::pass_read } else { Self::dispatch })
    }

    fn on_response_headers(&mut self, host: &dyn Host, end: bool) -> Flow {
        if let Some(flow) = self.hold_answer(host, end) {
            return flow;
        }
        if self.passes(host) {
            self.state = if end { State::Answered } else { State::Answering };
            return self.watch_headers(host, end);
        }
        let Ok(mut headers) = host.headers(Side::Response) else { return Flow::Continue };
        let status = headers.get(":status").and_then(|status| status.parse().ok()).unwrap_or(0);
        // Envoy's word can overtake ours: it answers a body that is over both limits, under our code detail. Errors of
        // ours name who is to blame.
        let overtaken = status >= 400 && headers.get("x-postern-error-source").is_none();
        if self.state == State::Answered && !overtaken {
            return Flow::Continue;
        }
        self.facts.status = u64::from(status);
        let outcome = self.outcome(host);
        // A provider's answer has been through its filter; anything else that is an error is Envoy's own.
        let ours = outcome.as_ref().is_some_and(|outcome| outcome.status != 0 || outcome.error.is_some());
        let details = || host.property(&["response", "code_details"]).unwrap_or_default();
        let envoys_own = status >= 400 && (!ours || local(&details()));
        if self.state == State::Sent && outcome.is_none() && details() == VIA_UPSTREAM {
            // The request went to a cluster as it was; at least nobody shall believe that this works.
            let line = "an answer is withheld, for no provider filter stands in its cluster's http_filters (an aggregate \
                        cluster does not run those of its members)";
            host.log(Level::Error, line);
            return self.refuse(host, &ApiError::internal());
        }
        // Whoever is passed through may say as little as they like.
        let bodiless = self.raw.is_none() && (end || headers.get("content-length") == Some("0"));
        if status >= 400 && (envoys_own || bodiless) {
            let error = self.explain(host, status, &headers, outcome.as_ref());
            self.blame(&error);
            if bodiless {
                return self.reply(host, &error);
            }
            self.decorate(&mut headers, outcome.as_ref(), Some(error.source));
            headers.set("content-type", "application/json");
            headers.remove("content-length");
            self.error_header(&error, &mut headers);
            let _ = host.update_headers(Side::Response, &headers);
            self.state = State::Rewriting;
            self.facts.error_code = error.code;
            return Flow::Pause;
        }
        // The provider filter says so where the error is of its own making.
        let told = headers.get("x-postern-error-source").and_then(ErrorSource::named);
        let source = (status >= 400).then_some(told.unwrap_or(ErrorSource::Provider));
        self.facts.error_source = source.map(ErrorSource::name);
        self.decorate(&mut headers, outcome.as_ref(), source);
        self.facts.outcome = outcome;
        self.show_cost(&mut headers);
        let _ = host.update_headers(Side::Response, &headers);
        self.state = if end { State::Answered } else { State::Answering };
        self.watch_headers(host, end)
    }

    fn on_response_body(&mut self, host: &dyn Host, size: usize, end: bool) -> Flow {
        if self.watch.as_ref().is_some_and(Watch::has_ended) {
            return self.watch_body(host, end);
        }
        if let Some(flow) = self.hold_answer_body(size, end) {
            return flow;
        }
        match self.state {
            State::Rewriting if !end => return Flow::Pause,
            State::Rewriting => {
                let error = self.explain(host, self.facts.status as u16, &Headers::new(), self.outcome(host).as_ref());
                let _ = host.set_body(Side::Response, &self.write_error(&error));
                self.state = State::Answered;
            }
            State::Answering => {
                if self.facts.first_byte_ns.is_none() && size > 0 {
                    self.facts.first_byte_ns = Some(host.now_ns().saturating_sub(self.facts.start_ns));
                }
                if end {
                    self.state = State::Answered;
                } else if !self.holds.is_empty() {
                    self.watch_usage(host);
                }
                if self.watch.is_some() {
                    return self.watch_body(host, end);
                }
            }
            State::Request | State::Asking | State::Sent | State::Answered => {}
        }
        Flow::Continue
    }

    fn on_call_reply(&mut self, host: &dyn Host, call: CallId, headers: &Headers, body: &[u8]) {
        self.hear_reply(host, call, headers, body);
    }

    fn on_log(&mut self, host: &dyn Host) {
        let facts = &mut self.facts;
        if facts.start_ns == 0 {
            return; // Envoy refused the request before anybody saw it.
        }
        if facts.operation == Operation::Health.name() {
            return;
        }
        facts.findings.extend(self.watch.iter().flat_map(Watch::findings));
        facts.duration_ns = host.now_ns().saturating_sub(facts.start_ns);
        if !facts.outcome.as_ref().is_some_and(|outcome| outcome.complete) {
            let outcome = self.outcome(host);
            self.facts.outcome = outcome;
        }
        if self.stopped {
            self.state = State::Answered;
        }
        let facts = &mut self.facts;
        if self.state != State::Answered {
            // The client went away, or we failed and the edge answered for us.
            facts.status = host.property(&["response", "code"]).and_then(integer).unwrap_or(0);
            let details = host.property(&["response", "code_details"]).unwrap_or_default();
            // A WebSocket ends when one side goes.
            let talked = facts.status == 101;
            let cut = !talked && details.starts_with(b"upstream_");
            if cut {
                facts.error_source = Some(ErrorSource::Provider.name());
                facts.error_code = Some("stream_cut".to_owned());
            }
            let failed = facts.outcome.as_ref().is_some_and(|outcome| outcome.error.is_some());
            facts.hung_up = !talked && !cut && !failed && details != REPLIED;
            if facts.status == 500 && !facts.hung_up {
                let error = ApiError::internal();
                facts.error_source = Some(error.source.name());
                facts.error_code = error.code;
            }
        }
        if facts.error_source.is_none() && facts.outcome.as_ref().is_some_and(|outcome| outcome.error.is_some()) {
            // An error in the middle of a stream: the status was good.
            facts.error_source = Some(ErrorSource::Provider.name());
        }
        if self.facts.cost.is_none() {
            self.note_cost();
        }
        let asked_twice = self.facts.add_spent();
        if self.shared.shared_limits
            && let Err(error) = self.count_rest(host)
        {
            host.log(Level::Error, &format!("what an exchange took is missing in the shared limits: {error}"));
        }
        let facts = &mut self.facts;
        let end = End {
            usage: facts.outcome.as_ref().and_then(|outcome| outcome.usage.as_ref()),
            micro_usd: match &facts.cost {
                Some(Charge::Known { cost, .. }) => Some(cost.micro_usd),
                Some(Charge::UnknownPrice) | None => None,
            },
            target: facts.outcome.as_ref().and_then(|outcome| self.places.get(outcome.target).copied()),
            status: facts.status,
            // What two answers took together teaches nothing of one.
            complete: self.state == State::Answered && !self.stopped && !asked_twice,
        };
        let told = self.holds.settle(host, &end);
        facts.findings.extend(told);
        self.shared.metrics.count(host, facts);
        facts.hide(|words| self.shared.stages.iter().find_map(|stage| stage.hide(words)));
        let mut record = facts.record();
        if let Some(chain) = &self.shared.audit {
            chain.seal(&mut record);
        }
        if let Err(error) = host.set_state(RECORD, &record) {
            host.log(Level::Error, &format!("a usage record was lost: {error}"));
        }
    }

    fn internal_error(&self) -> Reply {
        let error = ApiError::internal();
        self.error_reply(&error)
    }
}

impl Gateway {
    /// The next step's outcome: the request goes on, or is refused.
    fn go_on(&mut self, host: &dyn Host, step: fn(&mut Self, &dyn Host) -> Result<(), ApiError>) -> Flow {
        match step(self, host) {
            Ok(()) if self.asking.holds_request() => {
                self.state = State::Asking;
                Flow::Pause
            }
            Ok(()) if self.shared.shared_limits && self.count_ahead(host).is_err() => {
                // A limit that cannot be counted is no limit.
                self.refuse(host, &ApiError::internal())
            }
            Ok(()) => {
                self.state = State::Sent;
                Flow::Continue
            }
            Err(error) => self.refuse(host, &error),
        }
    }

    /// Everything that the headers alone decide.
    fn accept(&mut self, host: &dyn Host, mut headers: Headers, end: bool) -> Result<Accepted, ApiError> {
        let path = headers.get(":path").unwrap_or("").to_owned();
        let method = headers.get(":method").unwrap_or("").to_owned();
        self.facts.request_id = headers.get("x-request-id").unwrap_or("").to_owned();
        let found = surface::find(&method, &path);
        if !matches!(found, Lookup::Found(..))
            && let Some(passage) = self.passage(&headers, &path)
        {
            return self.accept_raw(host, headers, &method, passage, end);
        }
        let (Lookup::Found(surface, _) | Lookup::WrongMethod(surface)) = &found else {
            self.format = surface::dialect(&headers, "openai_chat");
            let path = path.split('?').next().unwrap_or("");
            return Err(ApiError::not_found("unknown_path", format!("there is no {path:.100} here")));
        };
        self.format = surface::dialect(&headers, surface.format);
        self.facts.format = self.format.map_or("", Format::name);
        self.facts.operation = surface.operation.name();
        let Lookup::Found(surface, rest) = found else {
            return Err(ApiError::method_not_allowed(format!("{} takes {} only", surface.path, surface.method)));
        };
        if surface.operation == Operation::Health {
            return Ok(Accepted::Answer(json_reply(br#"{"status":"ok"}"#.to_vec())));
        }
        if surface.method == "POST" {
            // The path names the body's shape; `anthropic-version` on an OpenAI path changes nothing.
            self.format = surface.shape().map(|shape| shape.dialect());
            self.facts.format = surface.format;
        }
        let caller = self.identify(host, &headers)?;
        permit::operation(&caller, surface.operation)?;
        if surface.operation == Operation::Models {
            return self.models(&caller, &rest).map(Accepted::Answer);
        }
        if matches!(surface.operation, Operation::Usage | Operation::Limits) {
            return Ok(Accepted::Answer(self.own_numbers(host, &caller, surface.operation)));
        }
        if let Some(encoding) = headers.get("content-encoding").filter(|encoding| *encoding != "identity") {
            let message = format!("the body is {encoding:.40}; send it uncompressed, so that it can be checked");
            return Err(ApiError::invalid_request("", message));
        }
        if end {
            return Err(ApiError::invalid_request("", "the request has no body"));
        }
        if let Some(path) = tenant::without_key(&path) {
            headers.set(":path", &path);
        }
        strip(&mut headers, &self.shared.identity);
        self.headers = headers;
        self.asked = Some((surface, caller));
        self.path_model = rest;
        Ok(Accepted::Hold)
    }

    /// Who asks, and a note of it.
    fn identify(&mut self, host: &dyn Host, headers: &Headers) -> Result<Caller, ApiError> {
        let tenants = self.shared.tenants(host)?;
        let caller = self.shared.identity.identify(host, &tenants, headers)?;
        self.facts.tenant = caller.tenant().path();
        caller.key_id().clone_into(&mut self.facts.key);
        self.facts.tags = caller.tags();
        self.facts.tags.read_headers(headers);
        self.facts.policy_version = Rc::clone(&self.shared.policy_version);
        self.facts.declared_tags = Rc::clone(&self.shared.declared_tags);
        Ok(caller)
    }

    /// Everything that the body decides, and the hand-over.
    fn dispatch(&mut self, host: &dyn Host) -> Result<(), ApiError> {
        let shared = Rc::clone(&self.shared);
        let Some((surface, caller)) = self.asked.clone() else { return Err(ApiError::internal()) };
        let Some((shape, format)) = surface.shape().zip(self.format) else { return Err(ApiError::internal()) };
        let body = host.body(Side::Request).map_err(|error| Refusal::from_host(host, error))?;
        let read = Body::read(&body, surface, &self.headers)?;
        let addressed_in_path = !self.path_model.is_empty();
        let model = if addressed_in_path { std::mem::take(&mut self.path_model) } else { read.model(surface)? };
        if model.len() > MAX_MODEL_BYTES {
            let message = format!("model: longer than the {MAX_MODEL_BYTES} bytes that any model's name has");
            return Err(ApiError::invalid_request("model", message));
        }
        self.facts.model_label = shared.models.label(&model).unwrap_or("other").to_owned();
        self.facts.model_asked.clone_from(&model);
        let targets = shared.models.targets(&model, |region| caller.may_reach(region));
        let targets = targets.ok_or_else(|| unknown_model(&model))?;
        permit::model(&caller, &model)?;
        permit::region(&caller, &model, &targets)?;
        if let Body::Json(doc) = &read {
            self.facts.tags.read_body(doc.root());
            permit::tools(&caller, doc)?;
        }
        permit::tags(&caller, &self.facts.tags)?;
        let stream = read.stream(surface)?;
        self.facts.stream = stream;
        let max_output = read.check(shape, surface.operation)?;
        let price = OnceCell::new();
        let ask = Ask {
            host,
            caller: &caller,
            tags: &self.facts.tags,
            declared_tags: &shared.declared_tags,
            operation: surface.operation,
            model: &model,
            shape,
            content: read.content(),
            label: &self.facts.model_label,
            targets: &targets,
            stream,
            max_output,
            count: shared.models.count(&model),
            cost: &|usage| shared.cost(&price, &model, &caller, usage),
            counted: OnceCell::new(),
        };
        let (mut notes, passed) = shared.consult(&ask);
        if shared.show_input_tokens && surface.operation.is_chat() {
            notes.answer_headers.set("x-postern-input-tokens", &ask.input().tokens.to_string());
        }
        if shared.shared_limits {
            ask.input();
        }
        let (counted, refit) = (ask.counted.into_inner(), notes.refit && !stream);
        let (edits, answers) = (std::mem::take(&mut notes.edits), std::mem::take(&mut notes.answers));
        let (avoid, instead) = (std::mem::take(&mut notes.avoid), notes.instead.take());
        let questions = std::mem::take(&mut notes.questions);
        self.facts.counted = counted;
        self.note(notes);
        passed?;
        let targets = self.choose(&caller, targets, &avoid, instead)?;
        let order = Order {
            shape,
            format,
            operation: surface.operation,
            model,
            targets,
            stream,
            addressed_in_path,
            include_usage: read.asks_for_usage(shape),
            packed: read.asks_for_packed(shape),
            strict: shared.strict,
            refit,
            body_bytes: body.len() as u64,
        };
        self.watch = Watch::new(answers, &order, self.headers.get(":path").unwrap_or_default(), host.now_ns());
        self.send_after(host, questions, order, edits, &body)
    }

    /// Keeps what the policies have to say, whether they let the request go on or not.
    fn note(&mut self, notes: Notes) {
        self.facts.findings = notes.findings;
        self.answer_headers = notes.answer_headers;
        self.holds = notes.holds;
    }

    /// Where the request may go after what the policies said.
    fn choose(
        &mut self,
        caller: &Caller,
        targets: Vec<TargetRef>,
        avoid: &[usize],
        instead: Option<String>,
    ) -> Result<Vec<TargetRef>, ApiError> {
        if let Some(model) = instead {
            let targets = self.shared.models.targets(&model, |region| caller.may_reach(region));
            let targets = targets.ok_or_else(ApiError::internal)?;
            permit::region(caller, &model, &targets)?;
            self.places = vec![0; targets.len()];
            return Ok(targets);
        }
        let kept = targets.into_iter().enumerate().filter(|(place, _)| !avoid.contains(place));
        let (places, targets): (Vec<usize>, Vec<TargetRef>) = kept.unzip();
        if targets.is_empty() {
            return Err(ApiError::rate_limited("every provider of this model is at its limit", 1));
        }
        self.places = places;
        Ok(targets)
    }

    fn hand_over(&mut self, host: &dyn Host, order: Order, edits: Edits, body: &[u8]) -> HostResult<()> {
        let mut headers = std::mem::take(&mut self.headers);
        if !edits.is_empty() {
            host.set_body(Side::Request, &edits.apply(body))?;
            headers.remove("content-length");
        }
        let headers = Rc::new(headers);
        let given = Given::new(Rc::new(order), Rc::clone(&headers), host)?;
        if self.holds.may_stop() {
            given.may_stop(host)?;
        }
        self.given = Some(given);
        host.update_headers(Side::Request, &headers)?;
        // A header that goes lets Envoy choose the route anew, and the client's key nearly always goes.
        if headers.changes().len() == 0 { host.clear_route_cache() } else { Ok(()) }
    }

    /// Notes what the outcome that is known so far costs.
    fn note_cost(&mut self) {
        let Some(outcome) = &self.facts.outcome else { return };
        let target = self.given.as_ref().and_then(|given| given.order().targets.get(outcome.target));
        if let Some(target) = target.filter(|target| target.model != self.facts.target_model) {
            self.facts.target_model.clone_from(&target.model);
        }
        let own = outcome.usage.as_ref().map(|usage| {
            let asked = Asked {
                provider: &outcome.provider,
                preset: outcome.preset.as_deref().unwrap_or_default(),
                model: &self.facts.target_model,
                answered: &outcome.model,
            };
            self.charge(&asked, usage)
        });
        let spent = outcome.spent.as_ref().map(|spent| {
            let asked = Asked {
                provider: &spent.provider,
                preset: spent.preset.as_deref().unwrap_or_default(),
                model: &spent.asked,
                answered: &spent.model,
            };
            self.charge(&asked, &spent.usage)
        });
        self.facts.cost = match (own, spent) {
            (Some(own), Some(spent)) => Some(own.plus(spent)),
            (own, spent) => own.or(spent),
        };
    }

    fn charge(&self, asked: &Asked<'_>, usage: &Usage) -> Charge {
        let markup = self.asked.as_ref().map_or(0, |(_, caller)| caller.price_markup_basis_points());
        let price = self.shared.prices.find(asked);
        let cost = price.and_then(|price| Some((price.cost(usage, markup)?, price.version)));
        match cost {
            Some((cost, version)) => Charge::Known { cost, version, markup_basis_points: markup },
            None => Charge::UnknownPrice,
        }
    }

    /// What the provider filters have reported last; None: none has run.
    fn outcome(&self, host: &dyn Host) -> Option<Outcome> {
        let given = self.given.as_ref()?;
        if self.passed { given.told().map(|told| told.clone()) } else { given.outcome(host) }
    }

    /// Shows those who hold something how far the answer has come.
    fn watch_usage(&mut self, host: &dyn Host) {
        let usage = match &self.given {
            Some(given) if self.passed => given.told().and_then(|told| told.usage),
            Some(given) => given.outcome(host).and_then(|outcome| outcome.usage),
            None => None,
        };
        if let Some(usage) = usage
            && let Going::Stop = self.holds.on_usage(host, &usage)
            && let Some(given) = &self.given
            && given.stop(host)
        {
            self.stopped = true;
            self.facts.findings.push(Finding::new("budget", "micro_usd", "stop_stream", 1));
        }
    }

    /// The usual answer: a good one, of the attempt that the hand-over in memory tells of. Its provider filter has named
    /// itself in it, so there is nothing to read here, nor to write but what policies add. Any other answer, and any of
    /// Envoy's own, names another attempt or none.
    fn passes(&mut self, host: &dyn Host) -> bool {
        let Some(outcome) = self.given.as_ref().and_then(|given| given.told().map(|told| told.clone())) else {
            return false;
        };
        let good = (200..300).contains(&outcome.status) && outcome.error.is_none();
        if self.state != State::Sent || !good {
            return false;
        }
        let attempt = host.header(Side::Response, ATTEMPTS).and_then(|attempt| attempt.parse().ok());
        if attempt != Some(outcome.attempt) {
            return false;
        }
        let status = outcome.status;
        self.facts.outcome = Some(outcome);
        let mut ours = Headers::new();
        self.show_cost(&mut ours);
        self.show(&mut ours);
        for (name, value) in ours.iter() {
            let _ = host.set_header(Side::Response, name, std::str::from_utf8(value).unwrap_or_default());
        }
        self.facts.status = u64::from(status);
        self.passed = true;
        true
    }

    /// What an answer of Envoy's own means, in words for the client.
    fn explain(&self, host: &dyn Host, status: u16, headers: &Headers, outcome: Option<&Outcome>) -> ApiError {
        if status == 429 && host.property(&["response", "code_details"]).is_some_and(|why| why == SHARED_LIMIT) {
            let reset = headers.get("x-ratelimit-reset").and_then(|secs| secs.parse().ok());
            return ApiError::rate_limited(
                "a limit that all gateways share is used up for this tenant",
                reset.unwrap_or(60),
            );
        }
        let provider = outcome.map_or("", |outcome| outcome.provider.as_str());
        let mut error = match status {
            413 => {
                let mut error = ApiError::too_large("the body is larger than this Envoy is set up to hold");
                error.source = ErrorSource::Client;
                error
            }
            504 => ApiError::unreachable(504, "the provider did not answer in time"),
            503 if outcome.is_none() => ApiError::unreachable(503, "no provider could be reached"),
            503 => ApiError::unreachable(503, "the provider could not be reached"),
            _ if provider.is_empty() => ApiError::unreachable(status, format!("the gateway answered {status}")),
            // The filter in the cluster says 502 for a success that was none as well.
            502 => ApiError::bad_answer(format!("the answer of provider {provider} has no body, or broke off")),
            _ => ApiError::provider(status, None, format!("provider {provider} answered {status} without a body")),
        };
        error.kind = ErrorKind::of_status(status);
        error.retry_after_secs = headers.get("retry-after").and_then(|secs| secs.parse().ok());
        error
    }

    /// Adds our own headers to an answer.
    fn decorate(&self, headers: &mut Headers, outcome: Option<&Outcome>, source: Option<ErrorSource>) {
        let kept = |name: &str| matches!(name, "x-postern-error-source" | "x-postern-estimated");
        headers.retain(|name, _| !name.starts_with("x-postern-") || kept(name));
        if let Some(outcome) = outcome {
            outcome.show(headers);
        }
        if let Some(source) = source
            && headers.get("x-postern-error-source").is_none()
        {
            headers.set("x-postern-error-source", source.name());
        }
        self.show(headers);
    }

    /// Adds what an answer cost, where that is known before its body goes on.
    fn show_cost(&mut self, headers: &mut Headers) {
        if !self.facts.outcome.as_ref().is_some_and(|outcome| outcome.complete) {
            return;
        }
        self.note_cost();
        match &self.facts.cost {
            Some(Charge::Known { cost, .. }) => headers.set("x-postern-cost-usd", &usd(cost.micro_usd)),
            Some(Charge::UnknownPrice) => headers.set("x-postern-cost-usd", "unknown"),
            None => {}
        }
    }

    /// Adds what the policies say to an answer.
    fn show(&self, headers: &mut Headers) {
        for (name, value) in self.answer_headers.iter() {
            headers.set(name, std::str::from_utf8(value).unwrap_or_default());
        }
        if !self.facts.findings.is_empty() {
            let shown = |finding: &Finding| format!("{}:{}={}", finding.policy, finding.what, finding.action);
            headers.set("x-postern-policy", &self.facts.findings.iter().map(shown).collect::<Vec<_>>().join(","));
        }
    }

    fn write_error(&self, error: &ApiError) -> Vec<u8> {
        let format = self.format.or_else(|| format::find("openai_chat"));
        format.map(|format| format.write_error(error)).unwrap_or_default()
    }

    fn error_header(&self, error: &ApiError, headers: &mut Headers) {
        if let Some((name, value)) = self.format.and_then(|format| format.error_header(error)) {
            headers.set(name, value);
        }
    }

    fn error_reply(&self, error: &ApiError) -> Reply {
        let mut reply = json_reply(self.write_error(error));
        self.error_header(error, &mut reply.headers);
        reply.status = error.status;
        self.decorate(&mut reply.headers, None, Some(error.source));
        if let Some(secs) = error.retry_after_secs {
            reply.headers.set("retry-after", &secs.to_string());
        }
        reply
    }

    fn blame(&mut self, error: &ApiError) {
        self.facts.status = u64::from(error.status);
        self.facts.error_source = Some(error.source.name());
        self.facts.error_code.clone_from(&error.code);
    }

    fn refuse(&mut self, host: &dyn Host, error: &ApiError) -> Flow {
        self.blame(error);
        self.reply(host, error)
    }

    fn reply(&mut self, host: &dyn Host, error: &ApiError) -> Flow {
        let reply = self.error_reply(error);
        self.answer(host, reply)
    }

    fn answer(&mut self, host: &dyn Host, reply: Reply) -> Flow {
        self.facts.status = u64::from(reply.status);
        self.state = State::Answered;
        if let Err(error) = host.reply(&reply) {
            host.log(Level::Error, &format!("an answer could not be sent: {error}"));
            let _ = host.reset();
        }
        Flow::Pause
    }
}

/// An error of the border, on its way to the client.
struct Refusal;

impl Refusal {
    fn from_host(host: &dyn Host, error: crate::host::HostError) -> ApiError {
        host.log(Level::Error, &format!("{error}"));
        ApiError::internal()
    }
}

/// What goes on from here knows the client by filter state; its key has done its work. Nor may it steer Envoy's router,
/// which takes timeouts and retries from headers where it trusts the sender.
fn strip(headers: &mut Headers, identity: &Identity) {
    let ours = |name: &str| name.starts_with("x-postern-") || name.starts_with("x-envoy-") || identity.owns(name);
    let told = |name: &str| tenant::is_tag_header(name) || name == "x-forwarded-client-cert";
    headers.retain(|name, _| !KEY_HEADERS.contains(&name) && name != "cookie" && !ours(name) && !told(name));
}

fn unknown_model(model: &str) -> ApiError {
    let mut error = ApiError::not_found("model_not_found", format!("the model `{model:.100}` is not known here"));
    error.param = Some("model".to_owned());
    error
}

fn json_reply(body: Vec<u8>) -> Reply {
    Reply { status: 200, headers: [("content-type", "application/json")].into_iter().collect(), body }
}

/// Envoy's code detail of an answer that the edge sent for us; such an answer is in the client's format already.
const REPLIED: &[u8] = b"postern";
/// Envoy's code detail of an answer of its global rate-limit filter.
const SHARED_LIMIT: &[u8] = b"request_rate_limited";
/// Envoy's code detail of an answer that some server gave.
const VIA_UPSTREAM: &[u8] = b"via_upstream";

/// Whether Envoy made an answer itself: anything that did not come `via_upstream`.
fn local(code_details: &[u8]) -> bool {
    !matches!(code_details, VIA_UPSTREAM | REPLIED | b"")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::fake::FakeHost;

    const CONFIG: &str = r#"{
        "tenants": [{"id": "t", "keys": [{
            "id": "k", "sha256": "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b"
        }]}],
        "models": [{"name": "m", "targets": [{"cluster": "c"}]}]
    }"#;

    /// A gateway whose request is on its way; the key is `secret`.
    fn sent(host: &FakeHost) -> Gateway {
        let (config, _) = crate::config::parse::<GatewayConfig>(CONFIG.as_bytes()).unwrap();
        let value = serde_json::Value::Null;
        let mut errors = Errors::new();
        let mut gateway = GatewayPlugin::new(config, host, Node::root(&value), &mut errors).gateway();
        let headers = [(":method", "POST"), (":path", "/v1/chat/completions"), ("x-api-key", "secret")];
        let body = br#"{"model":"m","messages":[{"role":"user","content":"hi"}]}"#;
        host.lay(Side::Request, headers.into_iter().collect(), body);
        assert_eq!(gateway.on_request_headers(host, false), Flow::Pause);
        assert_eq!(gateway.on_request_body(host, body.len(), true), Flow::Continue);
        gateway
    }

    #[test]
    fn an_answer_that_no_provider_filter_has_seen_is_withheld() {
        let host = FakeHost::new();
        let mut gateway = sent(&host);
        host.set_text("response.code_details", "via_upstream");
        host.lay(Side::Response, [(":status", "200")].into_iter().collect(), b"");
        assert_eq!(gateway.on_response_headers(&host, false), Flow::Pause);
        assert_eq!(host.reply.take().unwrap().status, 500);
        assert!(host.log_text().contains("no provider filter"));
    }

    #[test]
    fn only_the_answer_that_the_hand_over_tells_of_passes_unread() {
        let told = Outcome { provider: "p".to_owned(), attempt: 2, status: 200, ..Outcome::default() };
        let failed = Outcome { error: Some("provider".to_owned()), ..told.clone() };
        let unanswered = Outcome { status: 0, ..told.clone() };
        let rows = [
            ("200", "2", &told, true, 200),
            ("200", "1", &told, false, 200),
            ("200", "", &told, false, 200),
            ("503", "", &told, false, 503),
            ("502", "2", &failed, false, 502),
            ("504", "2", &unanswered, false, 504),
        ];
        for (status, attempts, told, passes, want) in rows {
            let host = FakeHost::new();
            let mut gateway = sent(&host);
            crate::handover::Taken::new(&host).unwrap().report(told, &host).unwrap();
            host.lay(Side::Response, [(":status", status), (ATTEMPTS, attempts)].into_iter().collect(), b"x");
            let _ = gateway.on_response_headers(&host, false);
            assert_eq!((gateway.passed, gateway.facts.status), (passes, want), "{status} {attempts} {told:?}");
            let shown = host.take(Side::Response).0;
            assert_eq!(shown.get("x-postern-provider"), (!passes).then_some("p"), "{status} {attempts} {told:?}");
        }
    }

    #[test]
    fn an_answer_of_envoys_that_overtakes_ours_is_put_into_the_clients_format() {
        let host = FakeHost::new();
        let (config, _) = crate::config::parse::<GatewayConfig>(CONFIG.as_bytes()).unwrap();
        let value = serde_json::Value::Null;
        let mut gateway = GatewayPlugin::new(config, &host, Node::root(&value), &mut Errors::new()).gateway();
        let headers = [(":method", "POST"), (":path", "/v1/messages"), ("x-api-key", "secret")];
        host.lay(Side::Request, headers.into_iter().collect(), b"");
        let _ = gateway.on_request_headers(&host, false);
        let _ = gateway.on_request_body(&host, 33_554_433, false);
        assert_eq!(host.reply.take().unwrap().status, 413, "our own refusal");
        // What Envoy sends is its own text, under the code detail of ours.
        host.set_text("response.code_details", "postern");
        let envoys = [(":status", "413"), ("content-type", "text/plain")].into_iter().collect();
        host.lay(Side::Response, envoys, b"Payload Too Large");
        assert_eq!(gateway.on_response_headers(&host, false), Flow::Pause);
        assert_eq!(gateway.on_response_body(&host, 17, true), Flow::Continue);
        let (headers, body) = host.take(Side::Response);
        assert_eq!(headers.get("content-type"), Some("application/json"));
        assert!(body.starts_with(br#"{"type":"error","error":{"#), "{}", body.escape_ascii());
    }
}
