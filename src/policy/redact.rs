//! Redaction: personal data and secrets do not leave, and do not come back. Every text of the request is looked at, tool
//! arguments and fields nobody knows yet among them; every text of the answer, if a rule is about answers or something
//! is to be put back into it.
//!
//! A table of rules says what is done with what, which way, for whom ([`rules`]). What was replaced so that it can be put
//! back is known to the exchange alone ([`tokens`]); the answer's side is in [`answer`].

mod answer;
mod own;
mod rules;
#[cfg(test)]
mod tests;
mod tokens;

use std::rc::Rc;

use self::answer::{Answer, Restoring};
use self::own::Own;
use self::rules::{Action, Actions, Allow, Allowed, Rule, Table, Way, is_one_way, masked};
use self::tokens::{Tokens, keyed_id, normal};
use super::{Ask, Content, Direction, Finding, Known, Mode, Notes, Stage};
use crate::chat::ApiError;
use crate::config::{Errors, Node, Pattern, Secret, SecretText, Setting, Shape, settings, words};
use crate::format::system_line;
use crate::format::view::{self, Replacement};
use crate::host::Host;
use crate::pii::{self, Detector, Hit, Scanner};
use crate::surface::Operation;
use crate::tenant::Caller;
use crate::wire::hmac::hmac;
use crate::wire::json::{Edits, Kind, Value};

settings! {
    /// Take personal data out of prompts and answers: `{"redact": {"detectors": ["EMAIL_ADDRESS"]}}`.
    pub struct Redact {
        /// What to look for, by Presidio's names. What a rule names on its own is looked for too.
        pub detectors: Vec<DetectorName> = default_detectors(),
        /// What you look for yourself.
        pub custom: Vec<Own> = Vec::new(),
        /// What to do with what no rule is about.
        pub action: Action = Action::Redact,
        /// Which way `action` goes: to the provider, back to the client, or both.
        pub direction: Way = Way::Request,
        /// What to do with what; the first rule that fits decides.
        pub rules: Vec<Rule> = Vec::new(),
        /// What is let through.
        pub allow: Allow = Allow::default(),
        /// How values are put back into the answer.
        pub restore: Restore = Restore::default(),
        /// The secret that `hash` and keyed placeholders are made with, each tenant's apart.
        pub key: Option<Secret> = None,
        /// What to do with what no text can be found in: files, sound, bodies of a kind that nobody here knows.
        pub unreadable: Unreadable = Unreadable::Refuse,
        /// Whether to do it.
        pub mode: Mode = Mode::Enforce,
    }
    check = Redact::is_sound;
}

settings! {
    /// How values that were replaced by `pseudonymise` and `surrogate` are put back.
    pub struct Restore {
        /// How placeholders are told apart.
        pub ids: Ids = Ids::Numbered,
        /// The tools whose calls get the values, by name, `*` for any run of characters. Calls that the provider runs
        /// itself never do.
        pub tools: Vec<Pattern> = vec![Pattern::any()],
        /// Put values into addresses, links and pictures too. Whoever can make the model write an address could have
        /// them sent anywhere.
        pub urls: bool = false,
        /// Tell the model, in a line of its instructions, to keep the placeholders as they are.
        pub tell_model: bool = false,
    }
}

words! {
    /// How placeholders are told apart.
    pub enum Ids {
        /// By their order in the request: `<EMAIL_ADDRESS_1>`. The same in every turn as long as the client sends the
        /// whole conversation.
        "numbered" => Numbered,
        /// By the value, with `key`: `<EMAIL_ADDRESS_kq7xw2>`. The same in every request of the tenant.
        "keyed" => Keyed,
    }
}

words! {
    /// What to do with a body, or a part of one, that cannot be looked into.
    pub enum Unreadable {
        /// Refuse the request, or the answer.
        "refuse" => Refuse,
        /// Let it pass as it is.
        "allow" => Allow,
    }
}

/// The name of a detector.
#[derive(Clone, Copy, Debug)]
pub struct DetectorName(&'static Detector);

/// What is looked for when nothing is said.
const DEFAULT: [&str; 5] = ["EMAIL_ADDRESS", "CREDIT_CARD", "US_SSN", "IBAN_CODE", "PHONE_NUMBER"];

/// The line that [`Restore::tell_model`] adds.
const KEEP_TOKENS: &str = "Words in angle brackets such as <EMAIL_ADDRESS_1> stand for values that are withheld from you. \
                           Use them as if they were the values, and write them exactly as they are.";

fn default_detectors() -> Vec<DetectorName> {
    DEFAULT.iter().filter_map(|name| pii::find(name)).map(DetectorName).collect()
}

impl Setting for DetectorName {
    fn read(node: Node<'_>, errors: &mut Errors) -> Option<Self> {
        let name = node.text(errors)?;
        let found = pii::find(name);
        if found.is_none() {
            errors.unknown(node, "detector", name, pii::CATALOGUE.iter().map(|detector| detector.entity));
        }
        found.map(Self)
    }
    fn describe() -> Shape {
        let names: Vec<_> = pii::CATALOGUE.iter().map(|detector| detector.entity).collect();
        Shape::leaf("detector", serde_json::json!({ "enum": names }))
    }
    fn show(&self) -> serde_json::Value {
        self.0.entity.into()
    }
}

impl Redact {
    fn is_sound(&self, node: Node<'_>, errors: &mut Errors) {
        let detectors = node.key("detectors");
        if self.detectors.is_empty() && self.rules.is_empty() && self.custom.is_empty() {
            errors.add(detectors, "an empty list finds nothing; leave it out for the usual ones, or set mode to off");
        }
        errors.refuse_repeats(detectors, "", self.detectors.iter().map(|name| name.0.entity));
        own::check(&self.custom, node.key("custom"), errors);
        let own: Vec<_> = self.custom.iter().map(|own| own.name.as_str()).collect();
        for (at, rule) in self.rules.iter().enumerate() {
            let rules = node.key("rules");
            rule.check_entities(&own, rules.index(at), errors);
        }
        let hashes = self.action == Action::Hash || self.rules.iter().any(|rule| rule.action == Action::Hash);
        if self.key.is_none() && (hashes || self.restore.ids == Ids::Keyed) {
            let reason = "missing, and `hash` and keyed placeholders are made with it; without a secret whoever sees a \
                          hash could try all telephone numbers";
            errors.add(node.key("key"), reason);
        }
    }

    /// Refuses rules for tenants and models that are none.
    pub fn check_callers(&self, known: &Known<'_>, node: Node<'_>, errors: &mut Errors) {
        for (at, rule) in self.rules.iter().enumerate() {
            rule.check_callers(known, node.key("rules").index(at), errors);
        }
    }

    /// The stage, unless the policy is off.
    pub fn stage(self, host: &dyn Host, errors: &mut Errors) -> Option<Box<dyn Stage>> {
        if matches!(self.mode, Mode::Off) {
            return None;
        }
        let key = self.key.as_ref().and_then(|key| key.resolve(&|name| host.env(name), errors));
        let table = Table::new(self.rules, self.action, self.direction);
        let mut detectors: Vec<_> = self.detectors.iter().map(|name| name.0).collect();
        for detector in table.named() {
            if !detectors.iter().any(|known| known.entity == detector.entity) {
                detectors.push(detector);
            }
        }
        let custom = own::compiled(&self.custom, host);
        let own = custom.rows.clone();
        let scanner = Scanner::new(&detectors).with_custom(custom);
        detectors.extend(own);
        let set_up = SetUp {
            scanner,
            detectors,
            table,
            allowed: Allowed::new(self.allow),
            restore: self.restore,
            key,
            audit: matches!(self.mode, Mode::Audit),
            unreadable: self.unreadable,
        };
        Some(Box::new(Redaction(Rc::new(set_up))))
    }
}

/// What all exchanges have in common.
struct SetUp {
    scanner: Scanner,
    detectors: Vec<&'static Detector>,
    table: Table,
    allowed: Allowed,
    restore: Restore,
    key: Option<SecretText>,
    audit: bool,
    unreadable: Unreadable,
}

struct Redaction(Rc<SetUp>);

/// What was found, of one way: entity, action, how often.
#[derive(Default)]
struct Tally(Vec<(&'static str, Action, u64)>);

impl Tally {
    fn count(&mut self, entity: &'static str, action: Action) {
        match self.0.iter_mut().find(|(known, done, _)| *known == entity && *done == action) {
            Some((.., count)) => *count += 1,
            None => self.0.push((entity, action, 1)),
        }
    }

    fn findings(&self, audit: bool, direction: Direction) -> impl Iterator<Item = Finding> {
        let name = move |action: Action| if audit { "audit" } else { action.name() };
        self.0.iter().map(move |&(what, action, count)| Finding {
            direction,
            ..Finding::new("redact", what, name(action), count)
        })
    }

    fn blocked(&self) -> Option<String> {
        let blocked = self.0.iter().filter(|(_, action, _)| *action == Action::Block);
        let what: Vec<_> = blocked.map(|(entity, _, count)| format!("{count} {entity}")).collect();
        (!what.is_empty()).then(|| what.join(", "))
    }
}

impl SetUp {
    /// The tenant's own key: nobody can tell that two tenants have the same value.
    fn key_of(&self, caller: &Caller) -> Option<[u8; 32]> {
        self.key.as_ref().map(|key| hmac(key.reveal().as_bytes(), caller.tenant().id().as_bytes()))
    }

    /// What a find is replaced by; None: it stays.
    fn replacement(
        &self,
        detector: &'static Detector,
        value: &str,
        action: Action,
        tokens: &mut Tokens,
        key: Option<&[u8; 32]>,
        body: &[u8],
    ) -> Option<String> {
        let entity = detector.entity;
        Some(match action {
            Action::Off | Action::Observe | Action::Block => return None,
            Action::Mask => masked(value),
            Action::Redact | Action::Replace => format!("<{entity}>"),
            // Without a key there is no such action; the configuration saw to that.
            Action::Hash => key.map_or_else(
                || format!("<{entity}>"),
                |key| format!("<{entity}_{}>", keyed_id(key, entity, &normal(value))),
            ),
            Action::Pseudonymise => tokens.placeholder(entity, value, is_one_way(detector)),
            Action::Surrogate => tokens.surrogate(entity, value, is_one_way(detector), body),
        })
    }

    /// Whether a find is one of our own: `<EMAIL_ADDRESS>`, `<US_SSN_1>`.
    fn is_token(text: &str, hit: &Hit) -> bool {
        let before = text.get(..hit.start).unwrap_or_default();
        let value = text.get(hit.start..hit.end).unwrap_or_default();
        let named = |word: &str| {
            word.starts_with(hit.detector.entity)
                || pii::CATALOGUE.iter().any(|detector| word.starts_with(detector.entity))
        };
        let word = value.strip_prefix('<').or_else(|| before.ends_with('<').then_some(value));
        word.is_some_and(|word| !word.contains(char::is_whitespace) && named(word))
    }

    /// Something in the request cannot be looked into.
    fn cannot_read(&self, what: &str, notes: &mut Notes) -> Result<(), ApiError> {
        let allowed = self.unreadable == Unreadable::Allow;
        let action = if allowed {
            "allow"
        } else if self.audit {
            "audit"
        } else {
            "refuse"
        };
        notes.findings.push(Finding::new("redact", "unreadable", action, 1));
        if action != "refuse" {
            return Ok(());
        }
        let mut error =
            ApiError::blocked(format!("{what} cannot be checked for personal data, and only what is may leave"));
        error.code = Some("unreadable_content".to_owned());
        Err(error)
    }

    /// Shows every text of a request.
    fn rewrite(&self, ask: &Ask<'_>, edits: &mut Edits, look: &mut view::Look<'_>) {
        match ask.content {
            Content::Json(doc) => view::rewrite_shape(doc, ask.shape, edits, look),
            Content::Form(form) => view::rewrite_form(form, ask.shape, edits, look),
            Content::Nothing | Content::Opaque => {}
        }
    }
}

impl Stage for Redaction {
    fn reads_bodies(&self) -> bool {
        true
    }

    /// Whatever is found, whichever rule is about it: a record is kept.
    fn hide(&self, words: &str) -> Option<String> {
        let set_up = &*self.0;
        let mut hits = Vec::new();
        if !set_up.audit {
            set_up.scanner.scan(words, None, &mut hits);
        }
        let mut hidden = String::new();
        let mut rest = 0;
        for hit in &hits {
            let (before, value) = (words.get(rest..hit.start)?, words.get(hit.start..hit.end)?);
            if set_up.allowed.has(value) || SetUp::is_token(words, hit) {
                continue;
            }
            hidden.push_str(before);
            hidden.push_str(&format!("<{}>", hit.detector.entity));
            rest = hit.end;
        }
        hidden.push_str(words.get(rest..)?);
        (rest > 0).then_some(hidden)
    }

    fn on_request(&self, ask: &Ask<'_>, notes: &mut Notes) -> Result<(), ApiError> {
        let set_up = &*self.0;
        let tenants: Vec<_> = ask.caller.chain().map(|tenant| tenant.id()).collect();
        let actions = set_up.table.actions(&set_up.detectors, Direction::Request, &tenants, ask.model);
        let key = set_up.key_of(ask.caller);
        let mut tokens = Tokens::new(key.filter(|_| set_up.restore.ids == Ids::Keyed));
        if actions.any(|action| action != Action::Off) {
            set_up.look_at_request(ask, notes, &actions, &mut tokens, key.as_ref())?;
        }
        // Vectors hold no text.
        if set_up.audit && !set_up.table.looks(Direction::Response) || ask.operation == Operation::Embeddings {
            return Ok(());
        }
        let answers = set_up.table.actions(&set_up.detectors, Direction::Response, &tenants, ask.model);
        if tokens.restores() || answers.any(|action| action != Action::Off) {
            let answer = Answer::new(Rc::clone(&self.0), Restoring { tokens, key }, answers);
            notes.answers.push(Box::new(answer));
        }
        Ok(())
    }
}

impl SetUp {
    fn look_at_request(
        &self,
        ask: &Ask<'_>,
        notes: &mut Notes,
        actions: &Actions,
        tokens: &mut Tokens,
        key: Option<&[u8; 32]>,
    ) -> Result<(), ApiError> {
        let input = match ask.content {
            Content::Json(doc) if ask.operation == Operation::Embeddings => doc.root().get("input"),
            _ => None,
        };
        if !self.audit && input.is_some_and(holds_numbers) {
            let message = "input: token ids cannot be checked for personal data; send text (in LangChain: \
                           check_embedding_ctx_length=False)";
            return Err(ApiError::invalid_request("input", message));
        }
        match ask.content {
            Content::Form(form) if form.parts().iter().any(|part| part.is_file) => {
                self.cannot_read("a file in the form", notes)?;
            }
            Content::Opaque => self.cannot_read("a body of this kind", notes)?,
            _ => {}
        }
        let body = match ask.content {
            Content::Json(doc) => doc.text(),
            _ => b"",
        };
        let reversible = |action: Action| matches!(action, Action::Pseudonymise | Action::Surrogate);
        if actions.any(reversible) {
            let entities: Vec<_> = self.detectors.iter().map(|detector| detector.entity).collect();
            self.rewrite(ask, &mut Edits::new(), &mut |_, text| {
                tokens.reserve(text, &entities);
                Vec::new()
            });
        }
        let (mut tally, mut hits) = (Tally::default(), Vec::new());
        self.rewrite(ask, &mut notes.edits, &mut |field, text| {
            hits.clear();
            self.scanner.scan(text, field, &mut hits);
            let mut changes = Vec::new();
            for hit in &hits {
                let value = text.get(hit.start..hit.end).unwrap_or_default();
                let action = actions.of(hit.detector.entity);
                if action == Action::Off || self.allowed.has(value) || Self::is_token(text, hit) {
                    continue;
                }
                tally.count(hit.detector.entity, action);
                if self.audit {
                    continue;
                }
                if let Some(with) = self.replacement(hit.detector, value, action, tokens, key, body) {
                    changes.push(Replacement { range: hit.start..hit.end, with });
                }
            }
            changes
        });
        notes.findings.extend(tally.findings(self.audit, Direction::Request));
        if let Some(what) = tally.blocked().filter(|_| !self.audit) {
            let message = format!("the request holds personal data that may not leave ({what}); take it out");
            return Err(ApiError::blocked(message));
        }
        if self.restore.tell_model
            && tokens.restores()
            && ask.operation.is_chat()
            && let Content::Json(doc) = ask.content
        {
            system_line::add(doc, ask.shape, KEEP_TOKENS, &mut notes.edits);
        }
        Ok(())
    }
}

/// Whether texts were sent as numbers of tokens, which only their model's tokenizer can read.
fn holds_numbers(input: Value<'_, '_>) -> bool {
    input.kind() == Kind::Number || input.items().any(holds_numbers)
}
