//! Redaction: personal data in a prompt is replaced before any provider sees it. Every text of the request is looked
//! at, tool arguments and fields nobody knows yet among them; a body that is not understood never gets this far.

use super::{Ask, Content, Finding, Mode, Notes, Stage};
use crate::chat::ApiError;
use crate::config::{Errors, Node, Setting, Shape, settings, words};
use crate::format::view::{self, Replacement};
use crate::pii::{self, Detector, Hit, Scanner};
use crate::surface::Operation;
use crate::wire::json::{Kind, Value};

settings! {
    /// Take personal data out of prompts: `{"redact": {"detectors": ["EMAIL_ADDRESS"]}}`.
    pub struct Redact {
        /// What to look for, by Presidio's names.
        pub detectors: Vec<DetectorName> = default_detectors(),
        /// What to do with it.
        pub action: Action = Action::Replace,
        /// What to do with what no text can be found in: files, sound, bodies of a kind that nobody here knows.
        pub unreadable: Unreadable = Unreadable::Refuse,
        /// Whether to do it.
        pub mode: Mode = Mode::Enforce,
    }
    check = Redact::looks_for_something;
}

words! {
    /// What to do with personal data.
    pub enum Action {
        /// Put `<EMAIL_ADDRESS>` in its place.
        "replace" => Replace,
        /// Refuse the request.
        "block" => Block,
    }
}

words! {
    /// What to do with a body, or a part of one, that cannot be looked into.
    pub enum Unreadable {
        /// Refuse the request.
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
    fn looks_for_something(&self, node: Node<'_>, errors: &mut Errors) {
        let detectors = node.key("detectors");
        if self.detectors.is_empty() {
            errors.add(detectors, "an empty list finds nothing; leave it out for the usual ones, or set mode to off");
        }
        errors.refuse_repeats(detectors, "", self.detectors.iter().map(|name| name.0.entity));
    }

    /// The stage, unless the policy is off.
    pub fn stage(self) -> Option<Box<dyn Stage>> {
        let act = match (self.mode, self.action) {
            (Mode::Enforce, Action::Replace) => "replace",
            (Mode::Enforce, Action::Block) => "refuse",
            (Mode::Audit, _) => "audit",
            (Mode::Off, _) => return None,
        };
        let detectors: Vec<_> = self.detectors.iter().map(|name| name.0).collect();
        Some(Box::new(Redaction { scanner: Scanner::new(&detectors), act, unreadable: self.unreadable }))
    }
}

struct Redaction {
    scanner: Scanner,
    /// What is done with what is found, as the record calls it.
    act: &'static str,
    unreadable: Unreadable,
}

impl Redaction {
    /// Something in the request cannot be looked into.
    fn cannot_read(&self, what: &str, notes: &mut Notes) -> Result<(), ApiError> {
        let allowed = self.unreadable == Unreadable::Allow;
        let action = match self.act {
            _ if allowed => "allow",
            "audit" => "audit",
            _ => "refuse",
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
}

impl Stage for Redaction {
    fn reads_bodies(&self) -> bool {
        true
    }

    fn on_request(&self, ask: &Ask<'_>, notes: &mut Notes) -> Result<(), ApiError> {
        let input = match ask.content {
            Content::Json(doc) if ask.operation == Operation::Embeddings => doc.root().get("input"),
            _ => None,
        };
        if self.act != "audit" && input.is_some_and(holds_numbers) {
            let message = "input: token ids cannot be checked for personal data; send text (in LangChain: \
                           check_embedding_ctx_length=False)";
            return Err(ApiError::invalid_request("input", message));
        }
        let mut found: Vec<(&'static str, u64)> = Vec::new();
        let mut hits = Vec::new();
        match ask.content {
            Content::Form(form) if form.parts().iter().any(|part| part.is_file) => {
                self.cannot_read("a file in the form", notes)?;
            }
            Content::Opaque => self.cannot_read("a body of this kind", notes)?,
            _ => {}
        }
        let look = &mut |field: Option<&str>, text: &str| {
            hits.clear();
            self.scanner.scan(text, field, &mut hits);
            for hit in &hits {
                match found.iter_mut().find(|(entity, _)| *entity == hit.detector.entity) {
                    Some((_, count)) => *count += 1,
                    None => found.push((hit.detector.entity, 1)),
                }
            }
            let placeholder =
                |hit: &Hit| Replacement { range: hit.start..hit.end, with: format!("<{}>", hit.detector.entity) };
            if self.act == "replace" { hits.iter().map(placeholder).collect() } else { Vec::new() }
        };
        match ask.content {
            Content::Json(doc) => view::rewrite_shape(doc, ask.shape, &mut notes.edits, look),
            Content::Form(form) => view::rewrite_form(form, ask.shape, &mut notes.edits, look),
            Content::Nothing | Content::Opaque => {}
        }
        let report = |&(what, count): &_| Finding::new("redact", what, self.act, count);
        notes.findings.extend(found.iter().map(report));
        if found.is_empty() || self.act != "refuse" {
            return Ok(());
        }
        let what: Vec<_> = found.iter().map(|(entity, count)| format!("{count} {entity}")).collect();
        let what = what.join(", ");
        Err(ApiError::blocked(format!("the request holds personal data that may not leave ({what}); take it out")))
    }
}

/// Whether texts were sent as numbers of tokens, which only their model's tokenizer can read.
fn holds_numbers(input: Value<'_, '_>) -> bool {
    input.kind() == Kind::Number || input.items().any(holds_numbers)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::parse;
    use crate::host::fake::FakeHost;
    use crate::tenant::Caller;
    use crate::wire::json::Doc;

    fn refused(config: &str, operation: Operation, body: &str) -> bool {
        let stage = parse::<Redact>(config.as_bytes()).unwrap().0.stage().unwrap();
        let caller = Caller::planted("{}");
        let doc = Doc::parse(body.as_bytes()).unwrap();
        let shape = crate::format::Shape::named("openai_chat").unwrap();
        let host = FakeHost::new();
        let ask = Ask::of(&host, &caller, operation, shape, Content::Json(&doc));
        stage.on_request(&ask, &mut Notes::default()).is_err()
    }

    #[test]
    fn token_ids_are_refused_since_nobody_here_can_read_them() {
        let rows = [
            ("{}", Operation::Embeddings, r#"{"input":[1,2]}"#, true),
            ("{}", Operation::Embeddings, r#"{"input":[[1],[2]]}"#, true),
            ("{}", Operation::Embeddings, r#"{"input":["text",[3]]}"#, true),
            ("{}", Operation::Embeddings, r#"{"input":4}"#, true),
            ("{}", Operation::Embeddings, r#"{"input":["text"]}"#, false),
            ("{}", Operation::Embeddings, r#"{"input":"text","dimensions":256}"#, false),
            ("{}", Operation::Chat, r#"{"input":[1]}"#, false),
            (r#"{"mode":"audit"}"#, Operation::Embeddings, r#"{"input":[1]}"#, false),
        ];
        for (config, operation, body, want) in rows {
            assert_eq!(refused(config, operation, body), want, "{config} {body}");
        }
    }
}
