//! Requests that are passed through: keyed, limited and recorded like any other, and read where a policy wants to. What
//! nobody reads is not held either: a file may be larger than Envoy's buffer.

use std::cell::OnceCell;
use std::rc::Rc;

use super::answer::Watch;
use super::{Accepted, Gateway, Refusal, State, permit, strip};
use crate::chat::ApiError;
use crate::config::Name;
use crate::handover::{Given, MAX_MODEL_BYTES, Order, TargetRef};
use crate::host::{Flow, Host, HostResult, Side};
use crate::http::Headers;
use crate::passthrough::{self, Passage};
use crate::policy::{Ask, Content};
use crate::surface::{self, Operation};
use crate::tenant::{KEY_PROTOCOL, presented_key};
use crate::tokens::Count;
use crate::wire::json::{Doc, Edits};
use crate::wire::multipart::{self, Form};

/// A request that is passed through.
pub(super) struct Raw {
    cluster: String,
    /// The path and query to ask for there.
    path: String,
    /// The model it names; empty where it names none.
    model: String,
    /// What it carries, as far as its headers tell.
    kind: Kind,
    /// The largest body, where it has a limit of its own.
    pub max_body_bytes: Option<usize>,
    /// Bytes of a body that was not held.
    passed_bytes: usize,
    /// Whether it may be asked for twice without harm.
    repeatable: bool,
}

/// What a request carries.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind {
    Nothing,
    Json,
    /// A form with this boundary.
    Form(String),
    /// A WebSocket, or a body of a kind that nobody here reads.
    Opaque,
}

impl Kind {
    fn of(headers: &Headers, end: bool) -> Self {
        let content_type = headers.get("content-type").unwrap_or_default();
        let bare = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        let encoded = headers.get("content-encoding").is_some_and(|encoding| encoding != "identity");
        // Triton's binary form is JSON with bytes after it.
        let binary = headers.get("inference-header-content-length").is_some();
        match multipart::boundary(content_type) {
            _ if end => Self::Nothing,
            _ if encoded || binary => Self::Opaque,
            Some(boundary) => Self::Form(boundary.to_owned()),
            None if bare == "application/json" || bare.ends_with("+json") => Self::Json,
            None => Self::Opaque,
        }
    }
}

impl Gateway {
    /// Where a path leads that the gateway does not serve itself.
    pub(super) fn passage(&self, headers: &Headers, path: &str) -> Option<Passage> {
        let key = presented_key(headers).unwrap_or_default();
        passthrough::find(&self.shared.passthrough, path, &key).filter(|_| passthrough::is_plain(path))
    }

    /// The same as [`Gateway::accept`] for such a path.
    pub(super) fn accept_raw(
        &mut self,
        host: &dyn Host,
        mut headers: Headers,
        method: &str,
        passage: Passage,
        end: bool,
    ) -> Result<Accepted, ApiError> {
        self.format = surface::dialect(&headers, surface::RAW.format);
        self.facts.format = surface::RAW.format;
        self.facts.operation = Operation::Passthrough.name();
        let shared = Rc::clone(&self.shared);
        let Some(row) = shared.passthrough.get(passage.row) else { return Err(ApiError::internal()) };
        self.facts.passthrough = row.name.as_str().to_owned();
        let caller = self.identify(host, &headers)?;
        permit::operation(&caller, Operation::Passthrough)?;
        if !caller.may_pass(row.name.as_str()) {
            let message = format!("tenant {} may not use the passthrough {}", caller.tenant().id(), row.name);
            return Err(ApiError::forbidden("passthrough_not_allowed", message));
        }
        if !caller.may_reach(row.region.as_ref().map(Name::as_str)) {
            let message =
                format!("the passthrough {} is in no region that tenant {} may use", row.name, caller.tenant().id());
            return Err(ApiError::forbidden("region_not_allowed", message));
        }
        if !row.takes(method) {
            return Err(ApiError::method_not_allowed(format!("{method:.20} is not allowed here")));
        }
        let path = headers.get(":path").unwrap_or_default();
        let model = passage.model.or_else(|| passthrough::query_value(path, "model")).unwrap_or_default();
        if model.len() > MAX_MODEL_BYTES {
            let message = format!("model: longer than the {MAX_MODEL_BYTES} bytes that any model's name has");
            return Err(ApiError::invalid_request("model", message));
        }
        if !model.is_empty() {
            self.facts.model_label = shared.models.label(&model).unwrap_or("other").to_owned();
            self.facts.model_asked.clone_from(&model);
            permit::model(&caller, &model)?;
        }
        let upgrades = headers.get("upgrade").is_some_and(|to| to.eq_ignore_ascii_case("websocket"));
        self.facts.stream = upgrades;
        let kind = if upgrades { Kind::Opaque } else { Kind::of(&headers, end) };
        strip(&mut headers, &shared.identity);
        strip_protocols(&mut headers);
        let read = (shared.reads_bodies || caller.restricts_tools()) && matches!(kind, Kind::Json | Kind::Form(_));
        let limit = row.max_body_bytes.map(|limit| limit.get() as usize);
        self.raw = Some(Raw {
            cluster: row.cluster.clone(),
            path: passage.path,
            model,
            kind,
            // What goes by in a WebSocket has no end.
            max_body_bytes: if upgrades { Some(usize::MAX) } else { limit },
            passed_bytes: 0,
            repeatable: matches!(method, "GET" | "HEAD") && !upgrades,
        });
        self.headers = headers;
        self.asked = Some((&surface::RAW, caller));
        Ok(if read { Accepted::Hold } else { Accepted::Pass })
    }

    /// Lets a request go on whose body nobody reads.
    pub(super) fn pass_unread(&mut self, host: &dyn Host) -> Result<(), ApiError> {
        let nothing = self.raw.as_ref().is_some_and(|raw| raw.kind == Kind::Nothing);
        self.pass(host, if nothing { Content::Nothing } else { Content::Opaque }, b"")
    }

    /// Shows a body that is whole to the policies. One that is not what its type says is one that nobody can read.
    pub(super) fn pass_read(&mut self, host: &dyn Host) -> Result<(), ApiError> {
        let body = host.body(Side::Request).map_err(|error| Refusal::from_host(host, error))?;
        match self.raw.as_ref().map(|raw| raw.kind.clone()) {
            Some(Kind::Json) if let Ok(doc) = Doc::parse(&body) => self.pass(host, Content::Json(&doc), &body),
            Some(Kind::Form(boundary)) if let Ok(form) = Form::parse(&body, &boundary) => {
                self.pass(host, Content::Form(&form), &body)
            }
            _ => self.pass(host, Content::Opaque, &body),
        }
    }

    fn pass(&mut self, host: &dyn Host, content: Content<'_>, body: &[u8]) -> Result<(), ApiError> {
        let shared = Rc::clone(&self.shared);
        let Some((surface, caller)) = self.asked.clone() else { return Err(ApiError::internal()) };
        let Some((shape, format)) = surface.shape().zip(self.format) else { return Err(ApiError::internal()) };
        if let Content::Json(doc) = content {
            self.facts.tags.read_body(doc.root());
            permit::tools(&caller, doc)?;
        }
        permit::tags(&caller, &self.facts.tags)?;
        let Some(raw) = &self.raw else { return Err(ApiError::internal()) };
        let targets = vec![TargetRef { cluster: raw.cluster.clone(), model: raw.model.clone() }];
        let price = OnceCell::new();
        let ask = Ask {
            host,
            caller: &caller,
            tags: &self.facts.tags,
            declared_tags: &shared.declared_tags,
            operation: surface.operation,
            model: &raw.model,
            shape,
            content,
            label: &self.facts.model_label,
            targets: &targets,
            stream: false,
            max_output: None,
            // What only passes is counted by what is said of it afterwards.
            count: Count::Off,
            cost: &|usage| shared.cost(&price, &raw.model, &caller, usage),
            counted: OnceCell::new(),
        };
        let (mut notes, passed) = shared.consult(&ask);
        let (edits, answers) = (std::mem::take(&mut notes.edits), std::mem::take(&mut notes.answers));
        let questions = std::mem::take(&mut notes.questions);
        self.places = vec![0];
        self.note(notes);
        passed?;
        let Some(raw) = &self.raw else { return Err(ApiError::internal()) };
        let order = Order {
            shape,
            format,
            operation: surface.operation,
            model: raw.model.clone(),
            targets,
            stream: false,
            addressed_in_path: true,
            include_usage: true,
            packed: false,
            strict: shared.strict,
            refit: false,
            body_bytes: 0,
        };
        self.watch = Watch::new(answers, &order, &raw.path, host.now_ns());
        self.send_after(host, questions, order, edits, body)
    }

    pub(super) fn hand_over_raw(&mut self, host: &dyn Host, order: Order, edits: Edits, body: &[u8]) -> HostResult<()> {
        let Some(raw) = &self.raw else { return Ok(()) };
        if !edits.is_empty() {
            let changed = edits.apply(body);
            self.headers.set("content-length", &changed.len().to_string());
            host.set_body(Side::Request, &changed)?;
        }
        // The path in Envoy's own map stays what the route has seen.
        let mut asked = self.headers.clone();
        asked.set(":path", &raw.path);
        self.given = Some(Given::new(Rc::new(order), Rc::new(asked), host)?);
        if !raw.repeatable {
            // A file or a batch that was made once must not be made twice.
            self.headers.set("x-envoy-max-retries", "0");
        }
        host.update_headers(Side::Request, &self.headers)?;
        host.clear_route_cache()
    }

    /// More of a body that passes.
    pub(super) fn pass_body(&mut self, host: &dyn Host, size: usize) -> Flow {
        let Some(raw) = self.raw.as_mut().filter(|_| matches!(self.state, State::Sent | State::Answering)) else {
            return Flow::Pause;
        };
        raw.passed_bytes = raw.passed_bytes.saturating_add(size);
        let limit = raw.max_body_bytes.unwrap_or(self.shared.max_body_bytes);
        if raw.passed_bytes <= limit {
            return Flow::Continue;
        }
        if self.state == State::Sent {
            return self.refuse(host, &ApiError::too_large(format!("the body is over the limit of {limit} bytes")));
        }
        // Somebody is being answered while they still send: too late for words.
        let _ = host.reset();
        Flow::Pause
    }
}

/// Of a WebSocket's offers: no key, and no compression, so that what it took can be read as it goes by.
fn strip_protocols(headers: &mut Headers) {
    headers.remove("sec-websocket-extensions");
    let Some(offered) = headers.get("sec-websocket-protocol") else { return };
    let kept = offered.split(',').map(str::trim).filter(|name| !name.starts_with(KEY_PROTOCOL));
    let kept: Vec<_> = kept.filter(|name| !name.is_empty()).collect();
    match kept.join(", ").as_str() {
        "" => headers.remove("sec-websocket-protocol"),
        kept => headers.set("sec-websocket-protocol", kept),
    }
}
