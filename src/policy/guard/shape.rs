//! Answers held against the shape that the request asked for (`response_format` and its like).

use std::rc::Rc;

use super::answer::{AnswerCheck, AnswerTally};
use super::tally::Tally;
use super::{Action, Check, Role};
use crate::chat::Request;
use crate::chat::schema::Schema as Wanted;
use crate::config::{Errors, Node, settings};
use crate::format::lanes::{Passage, Said as Spoken};
use crate::format::said::Said;

settings! {
    /// Answers that have not the JSON schema that the request asked for. A stream is held until its text is whole, unless the
    /// action is `observe`. What the schema says with `pattern`, `format` or references to elsewhere is not
    /// checked, and the answer's header and the record say so: `schema.unchecked`.
    pub struct Schema {
        /// What to do: `block`, or `observe` to only mark it.
        pub action: Action = Action::Block,
        /// Before that, throw a whole answer away once and ask again, as Envoy's retries do (`retry_on: 5xx`, at the next
        /// target if there is one). Where Envoy does not ask again, the client gets a 502 with the code `schema_misfit`.
        /// Both answers are counted and paid for. A stream is not asked for again.
        pub retry: bool = false,
    }
    check = Schema::has_no_place;
}

impl Schema {
    fn has_no_place(&self, node: Node<'_>, errors: &mut Errors) {
        if self.action == Action::Redact {
            errors.add(node.key("action"), "half an answer is none; use block or observe");
        }
    }

    /// The rule, ready.
    pub(super) fn check(self) -> Box<dyn Check> {
        Box::new(Knowing(self))
    }
}

struct Knowing(Schema);

impl Check for Knowing {
    fn looks_at(&self, _: Role) -> bool {
        false
    }

    fn on_text(&self, _: Role, _: &Said<'_>, _: &mut Tally) {}

    fn reads_chats(&self) -> bool {
        true
    }

    fn on_chat(&self, request: &Request<'_>, tally: &mut Tally) {
        tally.wanted = Wanted::of(request.response_format.as_ref()).map(Rc::new);
        tally.refit = self.0.retry && tally.wanted.is_some();
        if tally.wanted.as_ref().is_some_and(|schema| !schema.unchecked().is_empty()) {
            tally.add_unchecked("schema.unchecked");
        }
    }

    fn watch(&self, tally: &Tally) -> Option<Box<dyn AnswerCheck>> {
        let wanted = tally.wanted.clone()?;
        Some(Box::new(Watching { wanted, action: self.0.action, texts: Vec::new() }))
    }
}

struct Watching {
    wanted: Rc<Wanted>,
    action: Action,
    /// What was let go already, by choice.
    texts: Vec<(u32, String)>,
}

/// More of an answer is not kept.
const MAX_TEXT: usize = 1024 * 1024;

impl AnswerCheck for Watching {
    fn on_text(&mut self, passage: &Passage<'_>, tally: &mut AnswerTally) -> usize {
        if passage.said != Spoken::Text {
            return 0;
        }
        let fresh = passage.text.get(passage.start..).unwrap_or_default();
        if self.action == Action::Block && !passage.end {
            return fresh.len();
        }
        let place = self.texts.iter().position(|(choice, _)| *choice == passage.choice).unwrap_or(self.texts.len());
        if place == self.texts.len() {
            self.texts.push((passage.choice, String::new()));
        }
        let Some((_, text)) = self.texts.get_mut(place) else { return 0 };
        if text.len() + fresh.len() > MAX_TEXT {
            return 0;
        }
        text.push_str(fresh);
        if !passage.end {
            return 0;
        }
        let fits = match serde_json::from_str(text) {
            Ok(value) => self.wanted.check(&value).is_ok(),
            // Let go before its end, since too much of it waited: it goes on in the next.
            Err(error) if error.is_eof() && !text.is_empty() => return 0,
            Err(_) => false,
        };
        text.clear();
        if !fits {
            tally.add("schema", self.action, None);
        }
        0
    }
}
