//! Guard: attacks and unwanted content are stopped by rules the operator chose. A rule looks at the texts of those it is
//! for, and says what it found; what then happens is the rule's action and the policy's mode.
//!
//! Rules are no guarantee. They stop what is known, and every one of them says what it does not see.

mod adapter;
mod answer;
mod hook;
mod injection;
mod judge;
mod leak;
mod links;
mod shape;
mod size;
mod spotlight;
mod tally;
mod tools;
mod words;

use std::rc::Rc;

use self::answer::{AnswerCheck, AnswerGuard};
use self::hook::{Asking, Gathered};
use self::judge::Judge;
use self::tally::Tally;
use super::{Ask, Content, Mode, Notes, Stage};
use crate::chat::{ApiError, Request};
use crate::config::{Bounded, Errors, Node, choice, settings, words};
use crate::format::Shape;
use crate::format::said::{self, Said, Scope};
use crate::format::system_line;
use crate::host::Host;

settings! {
    /// Stop attacks and unwanted content: `{"guard": {"rules": [{"injection": {}}]}}`.
    pub struct Guard {
        /// What to look for, in order.
        pub rules: Vec<Rule>,
        /// How an answer ends that a rule does not let pass.
        pub answers: Answers = Answers::default(),
        /// Whether to act on what is found.
        pub mode: Mode = Mode::Enforce,
    }
    check = Guard::has_rules;
}

settings! {
    /// How an answer ends that a rule does not let pass: in the client's own words for it, as `finish_reason:
    /// content_filter`. One of which the client has seen nothing is refused with a status.
    pub struct Answers {
        /// What the client reads last.
        pub message: String = "The rest of this answer was stopped by a policy.".to_owned(),
        /// So many bytes of a stream's text are seen before the client sees any, so that what they give away is refused
        /// with a status. They are the delay until the first word.
        pub hold_first_bytes: Bounded<0, 32_768> = Bounded::of::<0>(),
        /// Cut the provider off, so that it stops costing; the client's connection is then closed after the end it was
        /// told. Otherwise what still comes is swallowed.
        pub stop_upstream: bool = true,
    }
}

choice! {
    /// One thing to look for.
    pub enum Rule {
        /// Attempts to make the model do what its operator does not want.
        "injection" => Injection(injection::Injection),
        /// Words of your own.
        "words" => Words(words::Words),
        /// Subjects, told by their words.
        "topics" => Topics(words::Topics),
        /// More text than you want to pay for.
        "size" => Size(size::Size),
        /// Links and pictures in answers.
        "links" => Links(links::Links),
        /// The system prompt in answers.
        "leak" => Leak(leak::Leak),
        /// Marks around what tools brought.
        "spotlight" => Spotlight(spotlight::Spotlight),
        /// Calls of tools.
        "tools" => Tools(tools::Tools),
        /// Answers that have not the shape that was asked for.
        "schema" => Schema(shape::Schema),
        /// A guard outside.
        "hook" => Hook(hook::Hook),
    }
}

words! {
    /// What to do with what a rule finds.
    pub enum Action {
        /// Count and record it.
        "observe" => Observe,
        /// That, and say so in the answer's header `x-postern-guard`.
        "annotate" => Annotate,
        /// Put `[removed]` in its place.
        "redact" => Redact,
        /// Refuse the request.
        "block" => Block,
    }
}

impl Action {
    /// For a rule that knows what it looks for only when some of it has gone on.
    fn refuse_redact(self, node: Node<'_>, errors: &mut Errors) {
        if self == Self::Redact {
            errors.add(
                node.key("action"),
                "nothing can be taken out of what this rule looks at; use block, annotate or observe",
            );
        }
    }
}

words! {
    /// Whose texts a rule looks at.
    pub enum Role {
        /// The operator's or application's instructions.
        "system" => System,
        /// A person's.
        "user" => User,
        /// The model's, in earlier turns.
        "assistant" => Assistant,
        /// The model's calls of tools.
        "tool_call" => ToolCall,
        /// What tools and documents brought.
        "tool" => Tool,
        /// The definitions of tools.
        "definition" => Definition,
    }
}

impl Role {
    fn of(scope: Scope) -> Self {
        match scope {
            Scope::System => Role::System,
            Scope::User => Role::User,
            Scope::Assistant => Role::Assistant,
            Scope::ToolCall => Role::ToolCall,
            Scope::ToolResult => Role::Tool,
            Scope::Definition => Role::Definition,
        }
    }
}

/// The status of a refusal.
type Status = Bounded<400, 599>;

impl Guard {
    fn has_rules(&self, node: Node<'_>, errors: &mut Errors) {
        if self.rules.is_empty() {
            errors.add(node.key("rules"), "an empty list looks for nothing; give a rule, or set mode to off");
        }
    }

    /// The stage, unless the policy is off.
    pub fn stage(self, host: &dyn Host, errors: &mut Errors) -> Option<Box<dyn Stage>> {
        if self.mode == Mode::Off {
            return None;
        }
        let mut checks: Vec<Box<dyn Check>> = Vec::new();
        let mut hooks = Vec::new();
        for rule in self.rules {
            match rule {
                Rule::Injection(config) => checks.push(config.check()),
                Rule::Words(config) => checks.push(config.check()),
                Rule::Topics(config) => checks.push(config.check()),
                Rule::Size(config) => checks.push(config.check()),
                Rule::Links(config) => checks.push(config.check()),
                Rule::Leak(config) => checks.push(config.check()),
                Rule::Spotlight(config) => checks.push(config.check()),
                Rule::Tools(config) => checks.push(config.check()),
                Rule::Schema(config) => checks.push(config.check()),
                Rule::Hook(config) => hooks.extend(config.ready(host, errors)),
            }
        }
        let enforce = self.mode == Mode::Enforce;
        Some(Box::new(Guarding { checks, hooks, answers: Rc::new(self.answers), enforce }))
    }
}

/// A rule at work on a request.
trait Check {
    /// Whether it looks at texts of that role.
    fn looks_at(&self, role: Role) -> bool;
    /// Looks at one text.
    fn on_text(&self, role: Role, said: &Said<'_>, tally: &mut Tally);
    /// The most input tokens there may be; beyond them nobody has to know how many. None: it counts none.
    fn counts_tokens(&self) -> Option<u64> {
        None
    }
    /// Whether it wants to see the request as a chat.
    fn reads_chats(&self) -> bool {
        false
    }
    /// Looks at a chat.
    fn on_chat(&self, request: &Request<'_>, tally: &mut Tally) {
        let _ = (request, tally);
    }
    /// What it looks for in the answer.
    fn watch(&self, tally: &Tally) -> Option<Box<dyn AnswerCheck>> {
        let _ = tally;
        None
    }
    /// All texts have been seen.
    fn on_end(&self, tally: &mut Tally) {
        let _ = tally;
    }
}

struct Guarding {
    checks: Vec<Box<dyn Check>>,
    hooks: Vec<Asking>,
    answers: Rc<Answers>,
    enforce: bool,
}

impl Stage for Guarding {
    fn reads_bodies(&self) -> bool {
        true
    }

    fn on_request(&self, ask: &Ask<'_>, notes: &mut Notes) -> Result<(), ApiError> {
        let mut tally = Tally::new(self.enforce);
        let mut gathered: Vec<Gathered> = self.hooks.iter().map(|_| Gathered::default()).collect();
        let mut look = |said: Said<'_>| {
            let role = Role::of(said.scope);
            for check in self.checks.iter().filter(|check| check.looks_at(role)) {
                check.on_text(role, &said, &mut tally);
            }
            for (hook, gathered) in self.hooks.iter().zip(&mut gathered) {
                hook.gather(role, &said, gathered);
            }
        };
        match ask.content {
            Content::Json(doc) => said::texts(doc, ask.shape, &mut look),
            Content::Form(form) => said::form_texts(form, &mut look),
            Content::Nothing | Content::Opaque => {}
        }
        if let (Content::Json(doc), Shape::Chat(format)) = (ask.content, ask.shape)
            && ask.operation.is_chat()
            && self.checks.iter().any(|check| check.reads_chats())
        {
            let request = format.read_request(doc)?;
            self.checks
                .iter()
                .filter(|check| check.reads_chats())
                .for_each(|check| check.on_chat(&request, &mut tally));
        }
        if let Some(most) = self.checks.iter().filter_map(|check| check.counts_tokens()).max() {
            tally.input_tokens = ask.input_to(most).tokens;
        }
        self.checks.iter().for_each(|check| check.on_end(&mut tally));
        if !tally.refuses() {
            let watching: Vec<_> = self.checks.iter().filter_map(|check| check.watch(&tally)).collect();
            if !watching.is_empty() {
                notes.answers.push(Box::new(AnswerGuard::new(watching, Rc::clone(&self.answers), self.enforce)));
            }
        }
        if let (Some(line), Content::Json(doc), true) = (tally.line.take(), ask.content, self.enforce) {
            system_line::add(doc, ask.shape, &line, &mut notes.edits);
        }
        tally.finish(notes)?;
        let mut hooks = self.hooks.iter().zip(gathered);
        hooks.try_for_each(|(hook, gathered)| match hook.judges() {
            None => hook.ask(ask.host, gathered, self.enforce, notes),
            Some(judge) => {
                notes.answers.push(Box::new(Judge::new(judge, gathered, self.enforce)));
                Ok(())
            }
        })
    }
}

#[cfg(test)]
mod tests;
