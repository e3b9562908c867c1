//! How much text may be asked about.

use super::tally::Tally;
use super::{Action, Check, Role, Status};
use crate::config::{Bounded, Errors, Node, settings};
use crate::format::said::Said;

settings! {
    /// More text than you want to pay for: `{"size": {"max_text_bytes": 200000}}`.
    pub struct Size {
        /// The most bytes of text in one request, all its turns together; pictures and other base64 are not counted.
        pub max_text_bytes: Option<Bounded<1, 1_073_741_824>>,
        /// The most input tokens, as they are counted before the answer: exactly, or by an estimate.
        pub max_input_tokens: Option<Bounded<1, 1_000_000_000>>,
        /// The most bytes of one text of it.
        pub max_one_text_bytes: Option<Bounded<1, 1_073_741_824>>,
        /// What to do.
        pub action: Action = Action::Block,
        /// The status of a refusal.
        pub status: Status = Bounded::of::<413>(),
    }
    check = Size::bounds_something;
}

impl Size {
    fn bounds_something(&self, node: Node<'_>, errors: &mut Errors) {
        if self.max_text_bytes.is_none() && self.max_one_text_bytes.is_none() && self.max_input_tokens.is_none() {
            errors.add(node, "give max_text_bytes, max_one_text_bytes or max_input_tokens");
        }
        if self.action == Action::Redact {
            errors.add(node.key("action"), "a text that is too long has no place to cut out; use block");
        }
    }

    /// The rule, ready.
    pub(super) fn check(self) -> Box<dyn Check> {
        Box::new(self)
    }
}

impl Check for Size {
    fn looks_at(&self, _: Role) -> bool {
        true
    }

    fn on_text(&self, _: Role, said: &Said<'_>, tally: &mut Tally) {
        let bytes = said.text.len() as u64;
        tally.text_bytes += bytes;
        if let Some(most) = self.max_one_text_bytes.map(Bounded::get).filter(|most| bytes > *most) {
            let why = || format!("one text has {bytes} bytes, and the most is {most}; shorten it");
            tally.add("size.one_text", self.action, self.status, None, None, why);
        }
    }

    fn counts_tokens(&self) -> Option<u64> {
        self.max_input_tokens.map(Bounded::get)
    }

    fn on_end(&self, tally: &mut Tally) {
        let tokens = tally.input_tokens;
        if let Some(most) = self.counts_tokens().filter(|most| tokens > *most) {
            let why = || format!("the request has {tokens} input tokens or more, and the most is {most}; shorten it");
            tally.add("size.input_tokens", self.action, self.status, None, None, why);
        }
        let bytes = tally.text_bytes;
        if let Some(most) = self.max_text_bytes.map(Bounded::get).filter(|most| bytes > *most) {
            let why = || format!("the texts of the request have {bytes} bytes, and the most is {most}; shorten them");
            tally.add("size.text", self.action, self.status, None, None, why);
        }
    }
}
