//! Guards of others: a model or a service behind one of Envoy's clusters is asked what it thinks of the texts. What it is
//! called and what its words mean is an [`adapter`]'s; here is when it is asked, how long, what a failure means, and what
//! is remembered of its verdicts.

use std::cell::RefCell;
use std::collections::{HashMap, VecDeque};
use std::rc::Rc;

use sha2::{Digest, Sha256};

use super::super::call::{Asker, Holding, Question};
use super::super::{Direction, Finding, Notes};
use super::adapter::{About, Adapter, Verdict};
use super::{Action, Role, Status};
use crate::chat::ApiError;
use crate::config::{Bounded, Errors, Map, Node, Secret, settings, words};
use crate::format::said::Said;
use crate::host::{Host, Level};
use crate::http::{Headers, is_header_name};
use crate::wire::json::{Edits, Text, raw_offsets};

settings! {
    /// A guard outside, behind one of Envoy's clusters.
    pub struct Hook {
        /// The cluster it is called through.
        pub cluster: String,
        /// The host name it is called by; the cluster's name if left out.
        pub authority: Option<String>,
        /// What it is and what is asked of it.
        pub adapter: Adapter,
        /// When it is asked.
        pub when: When = When::Before,
        /// Headers to be sent, such as a key: `{"authorization": {"env": "GUARD_TOKEN"}}`. A cluster's own filters can add
        /// them as well.
        pub headers: Map<Secret> = Map::default(),
        /// Whose texts of the request it sees.
        pub roles: Vec<Role> = vec![Role::User, Role::Tool],
        /// How long it may take.
        pub timeout_ms: Bounded<1, 60_000> = Bounded::of::<1000>(),
        /// What a failure means, and texts that are too long to be asked about.
        pub on_error: OnError = OnError::Deny,
        /// The most bytes of text it is sent.
        pub max_text_bytes: Bounded<1, 4_194_304> = Bounded::of::<262_144>(),
        /// What to do about what it finds. What `redact` cannot take out, for want of a place, is refused.
        pub action: Action = Action::Block,
        /// The status of a refusal.
        pub status: Status = Bounded::of::<400>(),
        /// How long a verdict is remembered, by a keyed hash of the texts; 0 = not at all.
        pub cache_secs: Bounded<0, 86_400> = Bounded::of::<300>(),
    }
    check = Hook::fits;
}

words! {
    /// When a guard is asked.
    pub enum When {
        /// Before the model: the request waits for it.
        "before" => Before,
        /// Beside the model: the request goes on, and the answer waits. It costs tokens, but hardly time.
        "beside" => Beside,
        /// After the model: it sees the answer, of which the client has nothing until the guard has spoken, a stream
        /// neither.
        "after" => After,
    }
}

words! {
    /// What it means that a guard cannot be asked.
    pub enum OnError {
        /// Refuse the request, with status 503.
        "deny" => Deny,
        /// Let it pass, and say so in the record.
        "allow" => Allow,
    }
}

/// So many verdicts are remembered by each worker.
const MAX_CACHED: usize = 4096;
/// Between two texts that are asked about together.
const BETWEEN: &str = "\n\n";

impl Hook {
    fn fits(&self, node: Node<'_>, errors: &mut Errors) {
        if self.cluster.is_empty() {
            errors.add(node.key("cluster"), "give the name of one of Envoy's clusters");
        }
        let path = self.adapter.path();
        if !path.starts_with('/') || !path.bytes().all(|byte| byte.is_ascii_graphic()) {
            errors.add(
                node.key("adapter"),
                "expected a path that starts with /, and has neither spaces nor letters beyond ASCII",
            );
        }
        for (name, _) in self.headers.iter().filter(|(name, _)| !is_header_name(&name.to_ascii_lowercase())) {
            errors.add(node.key("headers").key(name), "expected a header name in lower case");
        }
        if self.when == When::Beside && self.action == Action::Redact {
            errors.add(node.key("action"), "a request that has gone on cannot be changed any more; use before");
        }
        if self.when == When::After && !self.adapter.judges_answers() {
            errors.add(node.key("when"), "this guard knows prompts only; use before or beside");
        }
        if self.action == Action::Redact && !self.adapter.gives_spans() {
            errors.add(
                node.key("action"),
                "this guard does not say where it found something, so nothing can be taken out",
            );
        }
    }

    /// The rule, ready; None where a header's secret is missing, which the errors tell.
    pub(super) fn ready(self, host: &dyn Host, errors: &mut Errors) -> Option<Asking> {
        let authority = self.authority.as_deref().unwrap_or(&self.cluster);
        let fixed = [
            (":method", "POST"),
            (":authority", authority),
            ("content-type", "application/json"),
            ("accept", "application/json"),
        ];
        let mut headers: Headers = fixed.into_iter().collect();
        let mut whole = true;
        for (name, secret) in self.headers.iter() {
            match secret.resolve(&|name| host.env(name), errors) {
                Some(value) => headers.set(&name.to_ascii_lowercase(), value.reveal()),
                None => whole = false,
            }
        }
        whole.then(|| Asking(Rc::new(Ready { config: self, headers, cache: RefCell::new(Cache::default()) })))
    }
}

/// A hook, ready.
pub(super) struct Asking(Rc<Ready>);

/// What every exchange with this hook has in common.
pub(super) struct Ready {
    config: Hook,
    /// The headers of every call, but for the path and the length.
    headers: Headers,
    cache: RefCell<Cache>,
}

/// A text that is asked about, and where it stands in the body.
struct Piece {
    role: Role,
    text: String,
    raw: Option<Text<'static>>,
    /// Its first byte in the body.
    body: usize,
    /// Its first byte in what is sent.
    start: usize,
}

/// The texts of one request that a hook wants to see.
#[derive(Default)]
pub(super) struct Gathered(Vec<Piece>);

impl Asking {
    /// Takes a text, if the hook is to see it.
    pub fn gather(&self, role: Role, said: &Said<'_>, gathered: &mut Gathered) {
        if !self.0.config.roles.contains(&role) || said.text.trim().is_empty() {
            return;
        }
        let start = gathered.0.last().map_or(0, |last| last.start + last.text.len() + BETWEEN.len());
        gathered.0.push(Piece {
            role,
            text: said.text.clone().into_owned(),
            raw: said.raw.clone().map(Text::into_owned),
            body: said.span.start,
            start,
        });
    }

    /// Asks about the texts of a request.
    pub fn ask(&self, host: &dyn Host, gathered: Gathered, enforce: bool, notes: &mut Notes) -> Result<(), ApiError> {
        let text = gathered.text();
        self.0.ask(host, text, Rc::new(gathered), enforce, notes)
    }

    /// What judges answers; None if this hook is asked about requests.
    pub fn judges(&self) -> Option<Rc<Ready>> {
        (self.0.config.when == When::After).then(|| Rc::clone(&self.0))
    }
}

impl Gathered {
    fn text(&self) -> String {
        let texts: Vec<&str> = self.0.iter().map(|piece| piece.text.as_str()).collect();
        texts.join(BETWEEN)
    }

    /// The texts that tools brought, or the others.
    fn of_tools(&self, tools: bool) -> Vec<&str> {
        self.0.iter().filter(|piece| (piece.role == Role::Tool) == tools).map(|piece| piece.text.as_str()).collect()
    }
}

impl Subject for Gathered {
    fn direction(&self) -> Direction {
        Direction::Request
    }

    fn asked(&self) -> &Gathered {
        self
    }

    /// What a rule of our own has changed already stays as that rule wants it.
    fn take_out(&self, verdict: &Verdict, text: &str, edits: &mut Edits) -> bool {
        for (span, entity) in &verdict.spans {
            let (Some(start), Some(end)) = (byte_of(text, span.start), byte_of(text, span.end)) else { return false };
            for piece in &self.0 {
                let from = start.max(piece.start);
                let to = end.min(piece.start + piece.text.len());
                if from >= to {
                    continue;
                }
                let mut offsets = [from - piece.start, to - piece.start];
                if let Some(raw) = &piece.raw {
                    raw_offsets(raw.raw(), &mut offsets);
                }
                let [from, to] = offsets;
                let range = piece.body + from..piece.body + to;
                if !edits.touches(&range) {
                    edits.replace(range, format!("<{entity}>"));
                }
            }
        }
        !verdict.spans.is_empty()
    }
}

/// What a guard is asked about.
pub(super) trait Subject {
    /// Which way its texts travel.
    fn direction(&self) -> Direction;
    /// The texts of the request.
    fn asked(&self) -> &Gathered;
    /// Takes what was found out of it; `text` is what the guard was shown. False: not all of it can be taken out.
    #[must_use]
    fn take_out(&self, verdict: &Verdict, text: &str, edits: &mut Edits) -> bool;
}

impl Ready {
    /// Whether a failure lets an answer pass.
    pub fn forgives(&self) -> bool {
        self.config.on_error == OnError::Allow
    }

    /// Asks about a text, unless the verdict is known.
    pub fn ask(
        self: &Rc<Self>,
        host: &dyn Host,
        text: String,
        subject: Rc<dyn Subject>,
        enforce: bool,
        notes: &mut Notes,
    ) -> Result<(), ApiError> {
        if text.is_empty() {
            return Ok(());
        }
        let config = &self.config;
        let mut asked = Asked { ready: Rc::clone(self), text, subject, enforce, key: [0; 32] };
        if asked.text.len() as u64 > config.max_text_bytes.get() {
            return asked.failed(host, "the texts are longer than max_text_bytes", notes);
        }
        asked.key = self.cache.borrow_mut().key(host, asked.subject.direction(), &asked.text);
        if let Some(verdict) = self.cache.borrow().get(&asked.key, host.now_ns()) {
            return asked.act(&verdict, notes);
        }
        let mut headers = self.headers.clone();
        let holds = match config.when {
            When::Before => Holding::Request,
            When::Beside => Holding::Answer,
            When::After => Holding::WholeAnswer,
        };
        let about = About {
            text: &asked.text,
            user: asked.subject.asked().of_tools(false),
            documents: asked.subject.asked().of_tools(true),
            answer: config.when == When::After,
        };
        let (path, body) = config.adapter.request(&about);
        headers.set(":path", &path);
        headers.set("content-length", &body.len().to_string());
        notes.questions.push(Question {
            cluster: config.cluster.clone(),
            headers,
            body,
            timeout_ms: config.timeout_ms.get() as u32,
            holds,
            asker: Box::new(asked),
        });
        Ok(())
    }
}

/// A question on its way, with what it is about.
struct Asked {
    ready: Rc<Ready>,
    text: String,
    subject: Rc<dyn Subject>,
    enforce: bool,
    key: [u8; 32],
}

impl Asked {
    fn finding(&self, what: &'static str, action: &'static str, count: u64) -> Finding {
        Finding { direction: self.subject.direction(), ..Finding::new("guard", what, action, count) }
    }

    /// The guard could not be asked, or said nothing that can be understood.
    fn failed(&self, host: &dyn Host, why: &str, notes: &mut Notes) -> Result<(), ApiError> {
        let name = self.ready.config.adapter.name();
        host.log(
            Level::Warn,
            &format!("the guard {name} behind cluster {} was of no use: {why}", self.ready.config.cluster),
        );
        let deny = self.ready.config.on_error == OnError::Deny && self.enforce;
        let action = match self.ready.config.on_error {
            OnError::Deny if deny => "refuse",
            OnError::Deny => "audit",
            OnError::Allow => "allow",
        };
        notes.findings.push(self.finding("hook.error", action, 1));
        if !deny {
            return Ok(());
        }
        let what = self.subject.direction().name();
        let mut error =
            ApiError::blocked(format!("a guard that has to see the {what} cannot be reached; try again later"));
        error.status = 503;
        error.code = Some("guard_unavailable".to_owned());
        Err(error)
    }

    /// Does what the hook is to do about a verdict.
    fn act(&self, verdict: &Verdict, notes: &mut Notes) -> Result<(), ApiError> {
        if !verdict.flagged {
            return Ok(());
        }
        let config = &self.ready.config;
        let action = match config.action {
            Action::Observe => "observe",
            Action::Annotate => "annotate",
            _ if !self.enforce => "audit",
            Action::Redact if self.subject.take_out(verdict, &self.text, &mut notes.edits) => "redact",
            // What cannot be taken out does not pass.
            Action::Redact | Action::Block => "refuse",
        };
        let count = verdict.spans.len().max(1) as u64;
        notes.findings.push(self.finding(config.adapter.name(), action, count));
        match action {
            "annotate" => notes.answer_headers.set("x-postern-guard", config.adapter.name()),
            "refuse" => {
                let told = if verdict.what.is_empty() { String::new() } else { format!(" ({})", verdict.what) };
                let message = format!("a guard does not let this pass{told}: {}", config.adapter.name());
                let mut error = ApiError::blocked(message);
                error.status = config.status.get() as u16;
                return Err(error);
            }
            _ => {}
        }
        Ok(())
    }
}

/// The byte at which a character stands: guards count code points.
pub(super) fn byte_of(text: &str, chars: usize) -> Option<usize> {
    text.char_indices().map(|(at, _)| at).chain([text.len()]).nth(chars)
}

impl Asker for Asked {
    fn on_reply(self: Box<Self>, host: &dyn Host, status: u16, body: &[u8], notes: &mut Notes) -> Result<(), ApiError> {
        if !(200..300).contains(&status) {
            return self.failed(host, &format!("it answered {status}"), notes);
        }
        let Some(verdict) = self.ready.config.adapter.verdict(body) else {
            return self.failed(host, "its answer is not what was expected", notes);
        };
        let acted = self.act(&verdict, notes);
        self.ready.cache.borrow_mut().put(self.key, verdict, host.now_ns(), self.ready.config.cache_secs.get());
        acted
    }
}

/// Verdicts by a keyed hash of the texts: nobody who reads memory learns a text, nor can guess one.
#[derive(Default)]
struct Cache {
    secret: Option<[u8; 32]>,
    verdicts: HashMap<[u8; 32], (Verdict, u64)>,
    order: VecDeque<[u8; 32]>,
}

impl Cache {
    fn key(&mut self, host: &dyn Host, direction: Direction, text: &str) -> [u8; 32] {
        let secret = *self.secret.get_or_insert_with(|| {
            let mut secret = [0; 32];
            // Without randomness the hash is still one.
            let _ = host.random(&mut secret);
            secret
        });
        let mut hash = Sha256::new();
        hash.update(secret);
        hash.update(direction.name().as_bytes());
        hash.update(text.as_bytes());
        hash.finalize().into()
    }

    fn get(&self, key: &[u8; 32], now_ns: u64) -> Option<Verdict> {
        self.verdicts.get(key).filter(|(_, until_ns)| now_ns < *until_ns).map(|(verdict, _)| verdict.clone())
    }

    fn put(&mut self, key: [u8; 32], verdict: Verdict, now_ns: u64, secs: u64) {
        if secs == 0 {
            return;
        }
        if self.verdicts.insert(key, (verdict, now_ns.saturating_add(secs * 1_000_000_000))).is_none() {
            self.order.push_back(key);
        }
        while self.order.len() > MAX_CACHED {
            if let Some(oldest) = self.order.pop_front() {
                self.verdicts.remove(&oldest);
            }
        }
    }
}
