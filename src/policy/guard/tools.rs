//! Calls of tools: only of tools that are allowed, with arguments that their own schema takes; in the turns a client sends
//! back, and in answers before the client can act on them.

use std::collections::HashMap;
use std::rc::Rc;

use serde_json::Value;

use super::answer::{AnswerCheck, AnswerTally};
use super::tally::Tally;
use super::{Action, Check, Role, Status};
use crate::chat::schema::Schema;
use crate::chat::{Arguments, Part, Request, Tool};
use crate::config::{Bounded, Errors, Node, Pattern, settings};
use crate::format::lanes::{Passage, Said as Spoken};
use crate::format::said::Said;

settings! {
    /// Which tools may be offered and called, and whether their arguments must fit the schema they were offered with.
    pub struct Tools {
        /// Their names; `*` stands for any run of characters.
        pub allow: Vec<Pattern> = vec![Pattern::any()],
        /// Hold arguments against the tool's schema. What the schema says with `pattern`, `format` or references to elsewhere
        /// is not checked.
        pub check_arguments: bool = true,
        /// What to do; `redact` is not possible, since half a call is none.
        pub action: Action = Action::Block,
        /// The status of a refusal.
        pub status: Status = Bounded::of::<400>(),
    }
    check = Tools::has_no_place;
}

impl Tools {
    fn has_no_place(&self, node: Node<'_>, errors: &mut Errors) {
        self.action.refuse_redact(node, errors);
    }

    /// The rule, ready.
    pub(super) fn check(self) -> Box<dyn Check> {
        Box::new(Knowing(Rc::new(self)))
    }

    fn allows(&self, name: &str) -> bool {
        self.allow.iter().any(|pattern| pattern.matches(name))
    }
}

struct Knowing(Rc<Tools>);

/// The tools that a request offers.
#[derive(Default)]
pub(super) struct Offered(HashMap<String, Option<Schema>>);

impl Offered {
    /// Reads them.
    pub fn of(request: &Request<'_>) -> Self {
        let mut offered = HashMap::new();
        for tool in &request.tools {
            if let Tool::Function { name, parameters, .. } = tool {
                let schema = parameters.as_deref().and_then(|text| serde_json::from_str(text).ok()).map(Schema::new);
                offered.insert(name.decode().into_owned(), schema);
            }
        }
        Self(offered)
    }

    /// What is wrong with a call, if something is: the rule, and what the caller is told.
    fn fault(&self, tools: &Tools, name: &str, arguments: Option<&str>) -> Option<(&'static str, String)> {
        if !tools.allows(name) {
            return Some(("tools.not_allowed", format!("the tool `{name:.64}` may not be called here")));
        }
        let Some(known) = self.0.get(name) else {
            // A client may leave out tools of earlier turns.
            return None;
        };
        let (Some(schema), Some(arguments), true) = (known, arguments, tools.check_arguments) else { return None };
        let arguments = if arguments.trim().is_empty() { "{}" } else { arguments };
        match serde_json::from_str::<Value>(arguments) {
            // Cut off: nobody can act on them either.
            Err(error) if error.is_eof() => None,
            Err(_) => Some(("tools.arguments", format!("the arguments for the tool `{name:.64}` are not JSON"))),
            Ok(value) => schema.check(&value).err().map(|misfit| {
                let at = if misfit.at.is_empty() { "they are" } else { misfit.at.as_str() };
                (
                    "tools.arguments",
                    format!(
                        "the arguments for the tool `{name:.64}` do not fit its schema: at {at}, {} is wanted",
                        misfit.wanted
                    ),
                )
            }),
        }
    }
}

impl Check for Knowing {
    fn looks_at(&self, _: Role) -> bool {
        false
    }

    fn on_text(&self, _: Role, _: &Said<'_>, _: &mut Tally) {}

    fn reads_chats(&self) -> bool {
        true
    }

    fn on_chat(&self, request: &Request<'_>, tally: &mut Tally) {
        let offered = Offered::of(request);
        let tools = &self.0;
        for name in offered.0.keys().filter(|name| !tools.allows(name)) {
            let why = || format!("the tool `{name:.64}` may not be offered here");
            tally.add("tools.not_allowed", tools.action, tools.status, None, None, why);
        }
        for part in request.messages.iter().flat_map(|message| &message.parts) {
            let Part::ToolCall(call) = part else { continue };
            let decoded;
            let arguments = match &call.arguments {
                Arguments::Json(text) => text,
                Arguments::Text(text) => {
                    decoded = text.decode();
                    decoded.as_ref()
                }
            };
            if let Some((what, why)) = offered.fault(tools, &call.name.decode(), Some(arguments)) {
                tally.add(what, tools.action, tools.status, None, None, || why);
            }
        }
        tally.offered = Some(Rc::new(offered));
    }

    fn watch(&self, tally: &Tally) -> Option<Box<dyn AnswerCheck>> {
        let offered = tally.offered.clone()?;
        Some(Box::new(Watching { tools: Rc::clone(&self.0), offered, told: Vec::new() }))
    }
}

struct Watching {
    tools: Rc<Tools>,
    offered: Rc<Offered>,
    /// Calls that were told of already.
    told: Vec<(u32, String)>,
}

impl AnswerCheck for Watching {
    fn on_text(&mut self, passage: &Passage<'_>, tally: &mut AnswerTally) -> usize {
        if passage.said != Spoken::Arguments || passage.tool.is_empty() {
            return 0;
        }
        // Arguments are one JSON value, but of some formats their strings are shown one by one (with a field).
        let whole = (passage.end && passage.start == 0 && passage.field.is_none()).then_some(passage.text);
        let fault = self.offered.fault(&self.tools, passage.tool, whole);
        if let Some((what, _)) = fault {
            let call = (passage.choice, passage.tool.to_owned());
            if what != "tools.not_allowed" || !self.told.contains(&call) {
                self.told.push(call);
                tally.add(what, self.tools.action, None);
            }
        }
        // No client acts on half a call: all of it waits.
        passage.text.len() - passage.start
    }
}
