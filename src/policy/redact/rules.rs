//! What is done with what was found: a table of rules, the first that fits decides; and what is let through.

use std::collections::BTreeSet;

use super::tokens::normal;
use crate::config::{Errors, Node, Pattern, settings, words};
use crate::pii::{Detector, Shape};
use crate::policy::{Direction, Known};

words! {
    /// What to do with personal data.
    pub enum Action {
        /// Nothing: as if it were not looked for.
        "off" => Off,
        /// Count and record it, and let it go on.
        "observe" => Observe,
        /// Keep its last four characters, or an e-mail address's domain: `************1111`.
        "mask" => Mask,
        /// Put `<EMAIL_ADDRESS>` in its place.
        "redact" => Redact,
        /// The old word for `redact`.
        "replace" => Replace,
        /// Put `<EMAIL_ADDRESS_kq7xw2mfa3bn5dcz>` in its place, made of the value with `key`: the same for the same value.
        "hash" => Hash,
        /// Put `<EMAIL_ADDRESS_1>` in its place, and the value back into the answer. Secrets and national ids are not put
        /// back.
        "pseudonymise" => Pseudonymise,
        /// Put a value of the same form in its place that belongs to nobody (`user1@example.invalid`), and the value
        /// back into the answer; for what has no such form, as `pseudonymise`.
        "surrogate" => Surrogate,
        /// Refuse the request, or end the answer.
        "block" => Block,
    }
}

words! {
    /// Which way a text travels.
    pub enum Way {
        /// To the provider.
        "request" => Request,
        /// Back to the client.
        "response" => Response,
        /// Either way.
        "both" => Both,
    }
}

settings! {
    /// One row of the table: what it is about, and what to do. What is not said fits everything.
    pub struct Rule {
        /// Entities by name, `*` for any run of characters: `US_*`.
        pub entities: Vec<Pattern> = vec![Pattern::any()],
        /// Which way the text travels.
        pub direction: Way = Way::Both,
        /// Tenants, by id, and those below them.
        pub tenants: Vec<Pattern> = vec![Pattern::any()],
        /// Models, by the name that the client uses.
        pub models: Vec<Pattern> = vec![Pattern::any()],
        /// What to do.
        pub action: Action,
    }
}

settings! {
    /// What is no business of the policy's.
    pub struct Allow {
        /// Values, however they are grouped or capitalised.
        pub values: Vec<String> = Vec::new(),
        /// Whole values, `*` for any run of characters: `*-demo@shop.example`.
        pub patterns: Vec<Pattern> = Vec::new(),
        /// E-mail addresses of these domains and those below them.
        pub domains: Vec<String> = Vec::new(),
    }
}

impl Action {
    /// What the record calls it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Observe => "observe",
            Self::Mask => "mask",
            Self::Redact | Self::Replace => "redact",
            Self::Hash => "hash",
            Self::Pseudonymise => "pseudonymise",
            Self::Surrogate => "surrogate",
            Self::Block => "refuse",
        }
    }
}

impl Way {
    fn goes(self, direction: Direction) -> bool {
        match self {
            Self::Both => true,
            Self::Request => direction == Direction::Request,
            Self::Response => direction == Direction::Response,
        }
    }
}

impl Rule {
    /// Refuses names that no entity has, nor the operator's `own`.
    pub fn check_entities(&self, own: &[&str], node: Node<'_>, errors: &mut Errors) {
        let known = crate::pii::CATALOGUE.iter().map(|detector| detector.entity).chain(own.iter().copied());
        errors.refuse_dangling(node.key("entities"), "entity", &self.entities, &known.collect::<Vec<_>>());
    }

    /// Refuses tenants and models that are none.
    pub fn check_callers(&self, known: &Known<'_>, node: Node<'_>, errors: &mut Errors) {
        // Those of a table of its own may come with a later one.
        if let Some(tenants) = &known.tenants {
            errors.refuse_dangling(node.key("tenants"), "tenant", &self.tenants, tenants);
        }
        for (at, model) in self.models.iter().enumerate() {
            if model.is_exact() && !known.routes.iter().any(|route| route.matches(model.as_str())) {
                let routes = known.routes.iter().map(|route| route.as_str());
                errors.unknown(node.key("models").index(at), "model", model.as_str(), routes);
            }
        }
        if self.models.is_empty() {
            errors.add(node.key("models"), "an empty list fits nothing; leave it out for all");
        }
    }

    fn fits(&self, entity: &str, direction: Direction, tenants: &[&str], model: &str) -> bool {
        let any = |patterns: &[Pattern], name: &str| patterns.iter().any(|pattern| pattern.matches(name));
        self.direction.goes(direction)
            && any(&self.entities, entity)
            && tenants.iter().any(|tenant| any(&self.tenants, tenant))
            && any(&self.models, model)
    }
}

/// The table, ready.
pub struct Table {
    rules: Vec<Rule>,
    /// For what no rule is about.
    action: Action,
    way: Way,
}

impl Table {
    /// The rules, and what is done and which way where none fits.
    pub fn new(rules: Vec<Rule>, action: Action, way: Way) -> Self {
        Self { rules, action, way }
    }

    /// The entities that rules name on their own.
    pub fn named(&self) -> impl Iterator<Item = &'static Detector> {
        let names = self.rules.iter().filter(|rule| rule.action != Action::Off).flat_map(|rule| &rule.entities);
        names.filter(|name| name.is_exact()).filter_map(|name| crate::pii::find(name.as_str()))
    }

    /// Whether anything may ever be done this way.
    pub fn looks(&self, direction: Direction) -> bool {
        self.way.goes(direction) && self.action != Action::Off
            || self.rules.iter().any(|rule| rule.action != Action::Off && rule.direction.goes(direction))
    }

    /// What is done with each detector's finds, for one exchange and one way. `tenants`: who asks and those above.
    pub fn actions(&self, detectors: &[&'static Detector], way: Direction, tenants: &[&str], model: &str) -> Actions {
        let default = if self.way.goes(way) { self.action } else { Action::Off };
        let of = |detector: &&'static Detector| {
            let rule = self.rules.iter().find(|rule| rule.fits(detector.entity, way, tenants, model));
            (detector.entity, rule.map_or(default, |rule| rule.action))
        };
        if self.rules.is_empty() {
            return Actions { all: Some(default), rows: Vec::new() };
        }
        Actions { all: None, rows: detectors.iter().map(of).collect() }
    }
}

/// What is done with each entity.
pub struct Actions {
    all: Option<Action>,
    rows: Vec<(&'static str, Action)>,
}

impl Actions {
    /// With this one.
    pub fn of(&self, entity: &str) -> Action {
        let row = || self.rows.iter().find(|(name, _)| *name == entity).map_or(Action::Off, |(_, action)| *action);
        self.all.unwrap_or_else(row)
    }

    /// Whether any is treated so.
    pub fn any(&self, which: impl Fn(Action) -> bool) -> bool {
        self.all.is_some_and(&which) || self.rows.iter().any(|(_, action)| which(*action))
    }
}

/// What is let through, ready.
#[derive(Default)]
pub struct Allowed {
    values: BTreeSet<String>,
    patterns: Vec<Pattern>,
    domains: Vec<String>,
}

impl Allowed {
    /// Makes it ready.
    pub fn new(allow: Allow) -> Self {
        let domains = allow.domains.iter().map(|domain| domain.trim_start_matches(['@', '.']).to_lowercase());
        Self {
            values: allow.values.iter().map(|value| normal(value)).collect(),
            patterns: allow.patterns,
            domains: domains.collect(),
        }
    }

    /// Whether a value is.
    pub fn has(&self, value: &str) -> bool {
        if self.values.is_empty() && self.patterns.is_empty() && self.domains.is_empty() {
            return false;
        }
        let domain = || {
            let (_, domain) = value.rsplit_once('@')?;
            let domain = domain.to_lowercase();
            let within = |own: &String| {
                domain.strip_suffix(own.as_str()).is_some_and(|sub| sub.is_empty() || sub.ends_with('.'))
            };
            Some(self.domains.iter().any(within))
        };
        self.patterns.iter().any(|pattern| pattern.matches(value))
            || self.values.contains(&normal(value))
            || domain().unwrap_or(false)
    }
}

/// What people are numbered with whose name names no state, and what opens an account.
const ALSO_ONE_WAY: [&str; 7] = ["PASSPORT", "NATIONAL_ID", "JMBG", "MEDICAL_LICENSE", "PIN", "CARD_CVV", "CARD_TRACK"];

/// Whether a value of this kind is never put back into an answer: secrets, and what a state has numbered people with.
pub fn is_one_way(detector: &Detector) -> bool {
    // `US_SSN`, `DE_TAX_ID`: Presidio's names begin with the state's.
    let national =
        matches!(detector.entity.as_bytes(), [a, b, b'_', ..] if a.is_ascii_uppercase() && b.is_ascii_uppercase());
    let own = matches!(detector.shape, Shape::Custom);
    crate::pii::catalogue::is_secret(detector)
        || national && detector.entity != "IP_ADDRESS" && !own
        || ALSO_ONE_WAY.contains(&detector.entity)
}

/// A value of which only the end is left to see: four characters of it, or an e-mail address's domain.
pub fn masked(value: &str) -> String {
    if let Some((_, domain)) = value.rsplit_once('@').filter(|(_, domain)| !domain.contains(char::is_whitespace)) {
        return format!("***@{domain}");
    }
    let chars = value.chars().filter(|c| c.is_alphanumeric()).count();
    // Of a short one four would be most of it.
    let shown = if chars >= 12 { 4 } else { chars / 4 };
    let mut hidden = chars - shown;
    let star = |c: char| match c.is_alphanumeric() && hidden > 0 {
        true => {
            hidden -= 1;
            '*'
        }
        false => c,
    };
    value.chars().map(star).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_masked_value_little_is_left() {
        for (value, want) in [
            ("jane@x.io", "***@x.io"),
            ("4111 1111 1111 1111", "**** **** **** 1111"),
            ("536-22-8726", "***-**-**26"),
            ("1234", "***4"),
            ("ab", "**"),
        ] {
            assert_eq!(masked(value), want);
        }
    }

    #[test]
    fn secrets_and_national_ids_go_one_way() {
        let of = |name: &str| is_one_way(crate::pii::find(name).unwrap());
        for name in
            ["US_SSN", "UK_NHS", "IN_AADHAAR", "JWT", "OPENAI_API_KEY", "PASSWORD", "URL_CREDENTIALS", "PASSPORT"]
        {
            assert!(of(name), "{name}");
        }
        for name in ["EMAIL_ADDRESS", "PHONE_NUMBER", "CREDIT_CARD", "IBAN_CODE", "IP_ADDRESS"] {
            assert!(!of(name), "{name}");
        }
    }

    #[test]
    fn what_is_allowed_is_a_whole_value() {
        let allow = Allow {
            values: vec!["Info@Shop.example".to_owned(), "+41 44 668 18 00".to_owned()],
            patterns: vec![Pattern::new("*-demo@*").unwrap()],
            domains: vec!["own.example".to_owned()],
        };
        let allowed = Allowed::new(allow);
        for (value, want) in [
            ("info@shop.example", true),
            ("+41446681800", true),
            ("a-demo@x.io", true),
            ("a@own.example", true),
            ("a@mail.OWN.example", true),
            ("a@notown.example", false),
            ("info@shop.example.evil", false),
            ("a@x.io", false),
        ] {
            assert_eq!(allowed.has(value), want, "{value}");
        }
    }
}
