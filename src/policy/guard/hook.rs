//! Guards of others: a model or a service behind one of Envoy's clusters is asked what it thinks of the texts. What it is
//! called and what its words mean is an [`adapter`]'s; here is when it is asked, how long, what a failure means, and what
//! is remembered of its verdicts.

use std::cell::RefCell;
use std::collections::{HashMap, VecDeque};
use std::rc::Rc;

use sha2::{Digest, Sha256};

use super::super::call::{Asker, Holding, Question};
use super::super::{Finding, Notes};
use super::adapter::{Adapter, Verdict};
use super::{Action, Role, Status};
use crate::chat::ApiError;
use crate::config::{Bounded, Errors, Map, Node, Secret, SecretText, settings, words};
use crate::format::said::Said;
use crate::host::{Host, Level};
use crate::http::Headers;
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
        /// Whose texts it sees.
        pub roles: Vec<Role> = vec![Role::User, Role::Tool],
        /// How long it may take.
        pub timeout_ms: Bounded<1, 60_000> = Bounded::of::<1000>(),
        /// What a failure means, and texts that are too long to be asked about.
        pub on_error: OnError = OnError::Deny,
        /// The most bytes of text it is sent.
        pub max_text_bytes: Bounded<1, 4_194_304> = Bounded::of::<262_144>(),
        /// What to do about what it finds.
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
        if self.when == When::Beside && self.action == Action::Redact {
            errors.add(node.key("action"), "a request that has gone on cannot be changed any more; use before");
        }
        if self.action == Action::Redact && !self.adapter.gives_spans() {
            errors.add(
                node.key("action"),
                "this guard does not say where it found something, so nothing can be taken out",
            );
        }
    }

    /// The rule, ready.
    pub(super) fn ready(self) -> Asking {
        Asking(Rc::new(Ready { config: self, secrets: RefCell::new(None), cache: RefCell::new(Cache::default()) }))
    }
}

/// A hook, ready.
pub(super) struct Asking(Rc<Ready>);

struct Ready {
    config: Hook,
    /// The headers' values, once they were resolved.
    secrets: RefCell<Option<Vec<(String, SecretText)>>>,
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

    /// What to ask about the texts, unless the answer is known.
    pub fn ask(&self, host: &dyn Host, gathered: Gathered, enforce: bool, notes: &mut Notes) -> Result<(), ApiError> {
        let ready = &self.0;
        let config = &ready.config;
        if gathered.0.is_empty() {
            return Ok(());
        }
        let texts: Vec<&str> = gathered.0.iter().map(|piece| piece.text.as_str()).collect();
        let text = texts.join(BETWEEN);
        let asked = Asked { ready: Rc::clone(ready), gathered, enforce, key: [0; 32] };
        if text.len() as u64 > config.max_text_bytes.get() {
            return asked.failed(host, "the texts are longer than max_text_bytes", notes);
        }
        let key = ready.cache.borrow_mut().key(host, &text);
        if let Some(verdict) = ready.cache.borrow().get(&key, host.now_ns()) {
            return asked.act(&verdict, &text, notes);
        }
        let Some(mut headers) = ready.headers(host) else {
            return asked.failed(host, "a header's secret cannot be read", notes);
        };
        let user: Vec<&str> =
            asked.gathered.0.iter().filter(|it| it.role != Role::Tool).map(|it| it.text.as_str()).collect();
        let tool: Vec<&str> =
            asked.gathered.0.iter().filter(|it| it.role == Role::Tool).map(|it| it.text.as_str()).collect();
        let (path, body) = config.adapter.request(&text, &user, &tool);
        headers.set(":path", &path);
        headers.set("content-length", &body.len().to_string());
        notes.questions.push(Question {
            cluster: config.cluster.clone(),
            headers,
            body,
            timeout_ms: config.timeout_ms.get() as u32,
            holds: if config.when == When::Before { Holding::Request } else { Holding::Answer },
            asker: Box::new(Asked { key, ..asked }),
        });
        Ok(())
    }
}

impl Ready {
    fn headers(&self, host: &dyn Host) -> Option<Headers> {
        let mut secrets = self.secrets.borrow_mut();
        if secrets.is_none() {
            let mut errors = Errors::new();
            let resolve = |(name, secret): &(String, Secret)| {
                Some((name.to_ascii_lowercase(), secret.resolve(&|name| host.env(name), &mut errors)?))
            };
            *secrets = self.config.headers.iter().map(resolve).collect();
            if secrets.is_none() {
                host.log(Level::Error, &format!("a guard cannot be called: {errors}"));
            }
        }
        let secrets = secrets.as_ref()?;
        let authority = self.config.authority.as_deref().unwrap_or(&self.config.cluster);
        let fixed = [
            (":method", "POST"),
            (":authority", authority),
            ("content-type", "application/json"),
            ("accept", "application/json"),
        ];
        let mut headers: Headers = fixed.into_iter().collect();
        secrets.iter().for_each(|(name, value)| headers.set(name, value.reveal()));
        Some(headers)
    }
}

/// A question on its way, with what it is about.
struct Asked {
    ready: Rc<Ready>,
    gathered: Gathered,
    enforce: bool,
    key: [u8; 32],
}

impl Asked {
    fn text(&self) -> String {
        let texts: Vec<&str> = self.gathered.0.iter().map(|piece| piece.text.as_str()).collect();
        texts.join(BETWEEN)
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
        notes.findings.push(Finding::new("guard", "hook.error", action, 1));
        if !deny {
            return Ok(());
        }
        let mut error = ApiError::blocked("a guard that has to see the request cannot be reached; try again later");
        error.status = 503;
        error.code = Some("guard_unavailable".to_owned());
        Err(error)
    }

    /// Does what the hook is to do about a verdict.
    fn act(&self, verdict: &Verdict, text: &str, notes: &mut Notes) -> Result<(), ApiError> {
        if !verdict.flagged {
            return Ok(());
        }
        let config = &self.ready.config;
        let action = match config.action {
            Action::Observe => "observe",
            Action::Annotate => "annotate",
            _ if !self.enforce => "audit",
            Action::Redact => "redact",
            Action::Block => "refuse",
        };
        let count = verdict.spans.len().max(1) as u64;
        notes.findings.push(Finding::new("guard", config.adapter.name(), action, count));
        match action {
            "annotate" => notes.answer_headers.set("x-postern-guard", config.adapter.name()),
            "redact" => self.cut(verdict, text, &mut notes.edits),
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

    /// Takes what was found out of the body. What a rule of our own has changed already stays as that rule wants it.
    fn cut(&self, verdict: &Verdict, text: &str, edits: &mut Edits) {
        for (span, entity) in &verdict.spans {
            let (Some(start), Some(end)) = (byte_of(text, span.start), byte_of(text, span.end)) else { continue };
            for piece in &self.gathered.0 {
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
    }
}

/// The byte at which a character stands: guards count code points.
fn byte_of(text: &str, chars: usize) -> Option<usize> {
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
        let acted = self.act(&verdict, &self.text(), notes);
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
    fn key(&mut self, host: &dyn Host, text: &str) -> [u8; 32] {
        let secret = *self.secret.get_or_insert_with(|| {
            let mut secret = [0; 32];
            // Without randomness the hash is still one.
            let _ = host.random(&mut secret);
            secret
        });
        let mut hash = Sha256::new();
        hash.update(secret);
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
