//! Attempts to make the model do what its operator does not want, by the rules of [`crate::guard`].

use super::tally::Tally;
use super::{Action, Check, Role, Status};
use crate::config::{Bounded, Errors, Node, settings, words};
use crate::format::said::Said;
use crate::guard::{self, Verdict, Voice};

settings! {
    /// Attempts to make the model do what its operator does not want: a phrase grammar in many languages, signs of a
    /// forged role or of hidden text, also inside base64, escapes, look-alike letters and the like. It needs no model and
    /// is no guarantee.
    pub struct Injection {
        /// The kinds of attack to act on.
        pub kinds: Vec<Kind> = Kind::ALL.to_vec(),
        /// Kinds that are only counted and recorded.
        pub observe: Vec<Kind> = Vec::new(),
        /// Whose texts to look at.
        pub roles: Vec<Role> = vec![Role::User, Role::Tool, Role::Definition],
        /// How sure to be, of 100, where a person writes.
        pub user_score: Bounded<1, 100> = Bounded::of::<60>(),
        /// How sure to be in what tools and documents brought, where nobody has to give orders.
        pub tool_score: Bounded<1, 100> = Bounded::of::<50>(),
        /// What to do.
        pub action: Action = Action::Block,
        /// The status of a refusal.
        pub status: Status = Bounded::of::<400>(),
    }
    check = Injection::looks_for_something;
}

words! {
    /// What an attack is after.
    pub enum Kind {
        /// Setting the instructions aside.
        "override" => Override,
        /// Bringing the system prompt to light.
        "leak" => Leak,
        /// Making the model another self, without rules.
        "jailbreak" => Jailbreak,
        /// Carrying data away.
        "exfiltration" => Exfiltration,
        /// Giving orders through what a tool brought.
        "tool_use" => ToolUse,
        /// Hiding something, or pretending to be another role.
        "structure" => Structure,
    }
}

impl Kind {
    fn as_found(self) -> guard::Kind {
        match self {
            Kind::Override => guard::Kind::Override,
            Kind::Leak => guard::Kind::Leak,
            Kind::Jailbreak => guard::Kind::Jailbreak,
            Kind::Exfiltration => guard::Kind::Exfiltration,
            Kind::ToolUse => guard::Kind::Tool,
            Kind::Structure => guard::Kind::Structure,
        }
    }

    /// What the record calls it, and what the client is told.
    fn told(self) -> (&'static str, &'static str) {
        match self {
            Kind::Override => ("injection.override", "to set the model's instructions aside"),
            Kind::Leak => ("injection.leak", "to bring the system prompt to light"),
            Kind::Jailbreak => ("injection.jailbreak", "to make the model another self without rules"),
            Kind::Exfiltration => ("injection.exfiltration", "to carry data away"),
            Kind::ToolUse => ("injection.tool_use", "to give orders through what a tool brought"),
            Kind::Structure => ("injection.structure", "to hide something or to forge another role"),
        }
    }
}

impl Injection {
    fn looks_for_something(&self, node: Node<'_>, errors: &mut Errors) {
        if self.kinds.is_empty() && self.observe.is_empty() {
            errors.add(node.key("kinds"), "an empty list looks for nothing; leave it out for all kinds");
        }
        if self.roles.is_empty() {
            errors.add(node.key("roles"), "an empty list looks at nothing; leave it out for the usual ones");
        }
    }

    /// The rule, ready.
    pub(super) fn check(self) -> Box<dyn Check> {
        Box::new(Looking { guard: guard::Guard::new(), config: self })
    }
}

struct Looking {
    guard: guard::Guard,
    config: Injection,
}

impl Looking {
    /// What was found of each kind, at least as surely as is asked for: the kind, the score, what to do.
    fn hits(&self, verdict: &Verdict, voice: Voice) -> Vec<(Kind, u8, Action)> {
        let wanted = match voice {
            Voice::User => self.config.user_score.get(),
            Voice::Tool => self.config.tool_score.get(),
        };
        let acted = self.config.kinds.iter().map(|kind| (*kind, self.config.action));
        let only_seen = self.config.observe.iter().map(|kind| (*kind, Action::Observe));
        let scored = only_seen.chain(acted).map(|(kind, action)| (kind, verdict.score(kind.as_found(), voice), action));
        let mut hits: Vec<(Kind, u8, Action)> = scored.filter(|(_, score, _)| u64::from(*score) >= wanted).collect();
        // A kind that is only observed is not acted on as well.
        hits.dedup_by_key(|(kind, ..)| *kind);
        let seen: Vec<Kind> = hits.iter().filter(|hit| hit.2 == Action::Observe).map(|hit| hit.0).collect();
        hits.retain(|(kind, _, action)| *action == Action::Observe || !seen.contains(kind));
        hits
    }
}

impl Check for Looking {
    fn looks_at(&self, role: Role) -> bool {
        self.config.roles.contains(&role)
    }

    fn on_text(&self, role: Role, said: &Said<'_>, tally: &mut Tally) {
        let verdict = self.guard.look(&said.text);
        if verdict.marks.is_empty() {
            return;
        }
        let voice = match role {
            Role::Tool | Role::Definition | Role::ToolCall => Voice::Tool,
            Role::System | Role::User | Role::Assistant => Voice::User,
        };
        for (kind, score, action) in self.hits(&verdict, voice) {
            let (what, after) = kind.told();
            let own = || verdict.marks.iter().filter(|mark| mark.kind == kind.as_found());
            let start = own().map(|mark| mark.start).min().unwrap_or(0);
            let end = own().map(|mark| mark.end).max().unwrap_or(0);
            tally.add(what, action, self.config.status, Some(score), Some((said, start..end)), || {
                let whose = if voice == Voice::Tool { "what a tool or document brought" } else { "the prompt" };
                format!("{whose} looks like an attempt {after} (rule {what}); take it out or say it otherwise")
            });
        }
    }
}
