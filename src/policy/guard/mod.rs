//! Guard: attacks and unwanted content are stopped by rules the operator chose. A rule looks at the texts of those it is
//! for, and says what it found; what then happens is the rule's action and the policy's mode.
//!
//! Rules are no guarantee. They stop what is known, and every one of them says what it does not see.

mod injection;
mod size;
mod tally;
mod words;

use super::{Ask, Content, Mode, Notes, Stage};
use crate::chat::ApiError;
use crate::config::{Bounded, Errors, Node, choice, settings, words};
use crate::format::said::{self, Said, Scope};
use tally::Tally;

settings! {
    /// Stop attacks and unwanted content: `{"guard": {"rules": [{"injection": {}}]}}`.
    pub struct Guard {
        /// What to look for, in order.
        pub rules: Vec<Rule>,
        /// Whether to act on what is found.
        pub mode: Mode = Mode::Enforce,
    }
    check = Guard::has_rules;
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
    pub fn stage(self) -> Option<Box<dyn Stage>> {
        if self.mode == Mode::Off {
            return None;
        }
        let mut checks: Vec<Box<dyn Check>> = Vec::new();
        for rule in self.rules {
            match rule {
                Rule::Injection(config) => checks.push(config.check()),
                Rule::Words(config) => checks.push(config.check()),
                Rule::Topics(config) => checks.push(config.check()),
                Rule::Size(config) => checks.push(config.check()),
            }
        }
        Some(Box::new(Guarding { checks, enforce: self.mode == Mode::Enforce }))
    }
}

/// A rule at work on a request.
trait Check {
    /// Whether it looks at texts of that role.
    fn looks_at(&self, role: Role) -> bool;
    /// Looks at one text.
    fn on_text(&self, role: Role, said: &Said<'_>, tally: &mut Tally);
    /// All texts have been seen.
    fn on_end(&self, tally: &mut Tally) {
        let _ = tally;
    }
}

struct Guarding {
    checks: Vec<Box<dyn Check>>,
    enforce: bool,
}

impl Stage for Guarding {
    fn reads_bodies(&self) -> bool {
        true
    }

    fn on_request(&self, ask: &Ask<'_>, notes: &mut Notes) -> Result<(), ApiError> {
        let mut tally = Tally::new(self.enforce);
        let mut look = |said: Said<'_>| {
            let role = Role::of(said.scope);
            for check in self.checks.iter().filter(|check| check.looks_at(role)) {
                check.on_text(role, &said, &mut tally);
            }
        };
        match ask.content {
            Content::Json(doc) => said::texts(doc, ask.shape, &mut look),
            Content::Form(form) => said::form_texts(form, &mut look),
            Content::Nothing | Content::Opaque => {}
        }
        self.checks.iter().for_each(|check| check.on_end(&mut tally));
        tally.finish(notes)
    }
}

#[cfg(test)]
mod tests;
