//! Limits on requests, tokens and requests at once, counted over all workers of one Envoy: for each tenant, key, model,
//! provider or tag, or for each combination of them.
//!
//! A request is counted and its tokens are held when it comes: the input as counted, the output as learned from the
//! answers before. When it is over, what it took takes the place of what was held. The counts are the [ledger](crate::ledger)'s.

use std::collections::HashMap;
use std::rc::Rc;

use super::{Ask, End, Finding, Going, Hold, Mode, Names, Notes, Stage};
use crate::chat::{ApiError, Usage};
use crate::config::{Bounded, Errors, Name, Node, Pattern, settings, words};
use crate::host::{Host, HostError};
use crate::ledger::{
    self, Amounts, LimitRow, Measure, Meter, Period, Quantity, Receipt, Standing, Verdict, Window, rfc3339,
};
use crate::tenant::Tree;

settings! {
    /// Bound requests and tokens: `{"limit": {"requests_per_minute": 600}}` for each tenant, or with `limits` and `by`
    /// anything else.
    pub struct Limit {
        /// Requests of one tenant, or of what `by` says.
        pub requests_per_minute: Option<Bounded<1, 1_000_000_000>>,
        /// Input and output tokens of one tenant, or of what `by` says.
        pub tokens_per_minute: Option<Bounded<1, 1_000_000_000_000>>,
        /// More limits; all hold at once.
        pub limits: Vec<LimitRow> = Vec::new(),
        /// What has counts of its own: each of these, or each combination of them. An empty list counts everything
        /// together.
        pub by: Vec<By> = vec![By::Tenant],
        /// The tag that `by` counts.
        pub tag: Option<TagValues>,
        /// The models it is for, by the names that metrics have for them; `*` stands for any run of characters.
        pub models: Vec<Pattern> = vec![Pattern::any()],
        /// The name of its counts. Without one they belong to the policy's place in the list, and a policy put in before
        /// it takes them over.
        pub name: Option<Name>,
        /// Whether to refuse what is over.
        pub mode: Mode = Mode::Enforce,
    }
    check = Limit::bounds_something;
}

words! {
    /// What has counts of its own.
    pub enum By {
        /// Each tenant.
        "tenant" => Tenant,
        /// Each key of a tenant.
        "key" => Key,
        /// Each model, by the name that metrics have for it.
        "model" => Model,
        /// Each cluster that models go to. A request goes to the first that has room.
        "provider" => Provider,
        /// Each value of a tag.
        "tag" => Tag,
    }
}

settings! {
    /// A tag whose values are counted apart.
    pub struct TagValues {
        /// Its name.
        pub name: Name,
        /// Its values. Any other, and none, are counted together as `other`.
        pub values: Vec<Name>,
    }
}

/// The most slots of one policy: some 250 bytes each.
const MAX_SLOTS: usize = 200_000;

/// What stands for a value that the configuration does not have.
const OTHER: &str = "other";

impl Limit {
    fn bounds_something(&self, node: Node<'_>, errors: &mut Errors) {
        if self.requests_per_minute.is_none() && self.tokens_per_minute.is_none() && self.limits.is_empty() {
            errors.add(node, "give requests_per_minute, tokens_per_minute or limits");
        }
        errors.refuse_repeats(node.key("by"), "", self.by.iter().map(|by| by.word()));
        if self.by.contains(&By::Tag) != self.tag.is_some() {
            let hint = "by and tag belong together: put \"tag\" into by, and say here which tag and which values";
            errors.add(node.key("tag"), hint);
        }
        ledger::refuse_repeats(&self.meters(), node.key("limits"), errors);
    }

    fn meters(&self) -> Vec<Meter> {
        let per_minute = |of, limit: Option<u64>| {
            let limit = limit?;
            Some(Meter::new(Quantity::Of(of), Some(Period::Minute), Window::Calendar, limit, limit))
        };
        let requests = per_minute(Measure::Requests, self.requests_per_minute.map(Bounded::get));
        let tokens = per_minute(Measure::Tokens, self.tokens_per_minute.map(Bounded::get));
        let rows = self.limits.iter().filter_map(LimitRow::meter);
        let enforced = self.mode == Mode::Enforce;
        let meters = requests.into_iter().chain(tokens).chain(rows);
        meters.map(|meter| Meter { enforced: meter.enforced && enforced, ..meter }).collect()
    }

    /// The stage, unless the policy is off. `index` is the policy's place in the list: two limits count apart.
    pub fn stage(self, index: usize) -> Option<Box<dyn Stage>> {
        if self.mode == Mode::Off {
            return None;
        }
        let meters: Rc<[Meter]> = self.meters().into();
        let name = self.name.map_or_else(|| index.to_string(), |name| name.as_str().to_owned());
        let counts_tokens = count_tokens(&meters);
        let most_input = most_input(&meters);
        let by = self.by;
        Some(Box::new(Counter { name, meters, by, tag: self.tag, models: self.models, counts_tokens, most_input }))
    }
}

struct Counter {
    name: String,
    meters: Rc<[Meter]>,
    by: Vec<By>,
    tag: Option<TagValues>,
    models: Vec<Pattern>,
    counts_tokens: bool,
    /// What no request may have, whatever else is used.
    most_input: u64,
}

impl Counter {
    /// A value that the slots are made for, or what stands for it.
    fn value<'a>(&'a self, by: By, ask: &'a Ask<'_>, target: usize) -> &'a str {
        match by {
            By::Tenant => ask.caller.tenant().id(),
            By::Key => ask.caller.key_id(),
            // What only passes through may name no model.
            By::Model if ask.label.is_empty() => OTHER,
            By::Model => ask.label,
            By::Provider => ask.targets.get(target).map_or("", |target| target.cluster.as_str()),
            By::Tag => {
                let Some(tag) = &self.tag else { return OTHER };
                let value = ask.tags.get(tag.name.as_str());
                value.filter(|value| tag.values.iter().any(|known| known.as_str() == *value)).unwrap_or(OTHER)
            }
        }
    }

    fn slot<'v>(&self, values: impl Iterator<Item = &'v str>) -> String {
        let mut key = format!("postern/ledger/1/limit/{}", self.name);
        for value in values {
            key.push('/');
            key.push_str(value);
        }
        key
    }

    /// The values that the configuration has.
    fn known<'n>(&'n self, by: By, names: &Names<'n>) -> Vec<Vec<&'n str>> {
        let one = |value| vec![value];
        match by {
            By::Tenant => names.tenants.iter().map(|tenant| vec![tenant.id()]).collect(),
            By::Key => names.tenants.keys().map(|(tenant, key)| vec![tenant.id(), key]).collect(),
            By::Model => names.models.iter().copied().map(one).collect(),
            By::Provider => names.clusters.iter().copied().map(one).collect(),
            By::Tag => {
                let values = self.tag.iter().flat_map(|tag| tag.values.iter().map(Name::as_str));
                values.chain([OTHER]).map(one).collect()
            }
        }
    }

    fn values<'a>(&'a self, ask: &'a Ask<'_>, target: usize) -> impl Iterator<Item = &'a str> {
        self.by.iter().flat_map(move |by| {
            // Two tenants may call a key the same.
            let owner = (*by == By::Key).then(|| ask.caller.tenant().id());
            owner.into_iter().chain([self.value(*by, ask, target)])
        })
    }

    /// Whom it is about, in words.
    fn who(&self, ask: &Ask<'_>, target: usize) -> String {
        let one = |by: &By| match by {
            By::Tag => {
                let tag = self.tag.as_ref().map_or("tag", |tag| tag.name.as_str());
                format!("{tag} {}", self.value(*by, ask, target))
            }
            by => format!("{} {}", by.word(), self.value(*by, ask, target)),
        };
        let who: Vec<_> = self.by.iter().map(one).collect();
        if who.is_empty() { "this gateway".to_owned() } else { who.join(", ") }
    }

    /// Asks the slot of one target.
    fn ask(&self, ask: &Ask<'_>, target: usize, known: &Amounts, guessed: &Amounts) -> Result<Verdict, HostError> {
        let now_ms = ask.host.now_ns() / 1_000_000;
        let key = self.slot(self.values(ask, target));
        let verdict = ledger::reserve(ask.host, &key, &self.meters, now_ms, known, guessed);
        if !matches!(verdict, Err(HostError { status: 1, .. })) {
            return verdict;
        }
        // A combination that the configuration does not have: a key that a signed token names, a cluster that is new.
        let others = self.slot(self.by.iter().map(|_| OTHER));
        ledger::reserve(ask.host, &others, &self.meters, now_ms, known, guessed)
    }
}

impl Stage for Counter {
    fn prepare(&self, host: &dyn Host, names: &Names<'_>) -> Result<(), String> {
        let mut slots: Vec<Vec<&str>> = vec![Vec::new()];
        for by in &self.by {
            let mut more = Vec::new();
            let values = self.known(*by, names);
            if slots.len().saturating_mul(values.len()) > MAX_SLOTS {
                return Err(format!(
                    "limit {}: its `by` makes more than {MAX_SLOTS} combinations; leave one out of it",
                    self.name
                ));
            }
            for slot in &slots {
                more.extend(values.iter().map(|value| slot.iter().chain(value).copied().collect::<Vec<_>>()));
            }
            slots = more;
        }
        let made = slots.iter().map(|slot| self.slot(slot.iter().copied()));
        for key in made.chain([self.slot(self.by.iter().map(|_| OTHER))]) {
            // Where shared data refuses, requests will say so.
            let _ = ledger::make(host, &key);
        }
        Ok(())
    }

    fn on_request(&self, ask: &Ask<'_>, notes: &mut Notes) -> Result<(), ApiError> {
        if !self.models.iter().any(|pattern| pattern.matches(ask.label)) {
            return Ok(());
        }
        let (mut known, mut guessed) = (Amounts::default(), Amounts::default());
        if self.counts_tokens {
            let counted = ask.input_to(self.most_input);
            known.input = counted.tokens;
            guessed.output = ask.guessed_output();
            notes.holds.learn(ask.answers(), counted.calibration);
        }
        // Whatever counts no providers does so once, for all targets.
        let last = if self.by.contains(&By::Provider) { ask.targets.len().saturating_sub(1) } else { 0 };
        let mut refusal = None;
        for target in 0..=last {
            if notes.avoid.contains(&target) {
                continue;
            }
            match self.ask(ask, target, &known, &guessed) {
                Ok(Verdict::Held { receipt, standings, over }) => {
                    for standing in over {
                        notes.findings.push(finding("limit", &standing, "audit"));
                    }
                    standings.iter().for_each(|standing| notes.show(standing));
                    notes.holds.keep(Held {
                        receipt,
                        meters: Rc::clone(&self.meters),
                        held: known.plus(&guessed),
                        elsewhere: self.elsewhere(ask, target),
                        target,
                    });
                    return Ok(());
                }
                Ok(Verdict::Refused { standing, needs, retry_ms }) => {
                    notes.show(&standing);
                    refusal.get_or_insert((standing, needs, retry_ms, target));
                    if self.by.contains(&By::Provider) {
                        notes.avoid.push(target);
                    }
                }
                // A limit that cannot be counted is no limit.
                Err(_) if self.meters.iter().any(|meter| meter.enforced) => return Err(ApiError::internal()),
                Err(_) => return Ok(()),
            }
        }
        let Some((standing, needs, retry_ms, target)) = refusal else { return Ok(()) };
        notes.findings.push(finding("limit", &standing, "refuse"));
        let who = self.who(ask, target);
        notes.explain(&who, &standing, needs, retry_ms);
        Err(ApiError::rate_limited(sentence(&who, &standing, needs, retry_ms), retry_ms.div_ceil(1_000)))
    }
}

impl Counter {
    /// The slots of the other targets, for a request that a retry takes there.
    fn elsewhere(&self, ask: &Ask<'_>, target: usize) -> Vec<(usize, String)> {
        if !self.by.contains(&By::Provider) {
            return Vec::new();
        }
        let others = (0..ask.targets.len()).filter(|other| *other != target);
        others.map(|other| (other, self.slot(self.values(ask, other)))).collect()
    }
}

/// The stage of the limits that the tenants' own rows have; None: none has any.
pub(super) fn of_tenants(tenants: &Tree) -> Option<Box<dyn Stage>> {
    let meters = |row: &[LimitRow]| row.iter().filter_map(LimitRow::meter).collect::<Rc<[Meter]>>();
    let rows = tenants.iter().filter_map(|tenant| Some((tenant.at().index(), meters(&tenant.row()?.limits))));
    let meters: HashMap<_, _> = rows.filter(|(_, meters)| !meters.is_empty()).collect();
    (!meters.is_empty()).then(|| Box::new(OfTenants { meters }) as Box<dyn Stage>)
}

/// The limits of tenants, each for itself and all below it.
struct OfTenants {
    /// By the tenant's place in the tree.
    meters: HashMap<usize, Rc<[Meter]>>,
}

impl OfTenants {
    fn slot(tenant: &str) -> String {
        format!("postern/ledger/1/tenant/{tenant}")
    }
}

impl Stage for OfTenants {
    fn prepare(&self, host: &dyn Host, names: &Names<'_>) -> Result<(), String> {
        for tenant in names.tenants.iter().filter(|tenant| self.meters.contains_key(&tenant.at().index())) {
            let _ = ledger::make(host, &Self::slot(tenant.id()));
        }
        Ok(())
    }

    fn on_request(&self, ask: &Ask<'_>, notes: &mut Notes) -> Result<(), ApiError> {
        let bound = ask.caller.chain().filter_map(|tenant| Some((tenant, self.meters.get(&tenant.at().index())?)));
        let bound: Vec<_> = bound.collect();
        let (mut known, mut guessed) = (Amounts::default(), Amounts::default());
        if bound.iter().any(|(_, meters)| count_tokens(meters)) {
            let most = bound.iter().map(|(_, meters)| most_input(meters)).min().unwrap_or(u64::MAX);
            let counted = ask.input_to(most);
            known.input = counted.tokens;
            guessed.output = ask.guessed_output();
            notes.holds.learn(ask.answers(), counted.calibration);
        }
        let now_ms = ask.host.now_ns() / 1_000_000;
        let mut held: Vec<Held> = Vec::with_capacity(bound.len());
        let mut refusal = None;
        for (tenant, meters) in bound {
            match ledger::reserve(ask.host, &Self::slot(tenant.id()), meters, now_ms, &known, &guessed) {
                Ok(Verdict::Held { receipt, standings, over }) => {
                    notes.findings.extend(over.iter().map(|standing| finding("limit", standing, "audit")));
                    standings.iter().for_each(|standing| notes.show(standing));
                    let (meters, held_now) = (Rc::clone(meters), known.plus(&guessed));
                    held.push(Held { receipt, meters, held: held_now, elsewhere: Vec::new(), target: 0 });
                }
                Ok(Verdict::Refused { standing, needs, retry_ms }) => {
                    notes.show(&standing);
                    notes.findings.push(finding("limit", &standing, "refuse"));
                    let who = format!("tenant {}", tenant.id());
                    notes.explain(&who, &standing, needs, retry_ms);
                    let message = sentence(&who, &standing, needs, retry_ms);
                    refusal = Some(ApiError::rate_limited(message, retry_ms.div_ceil(1_000)));
                    break;
                }
                Err(_) if meters.iter().any(|meter| meter.enforced) => {
                    refusal = Some(ApiError::internal());
                    break;
                }
                Err(_) => {}
            }
        }
        match refusal {
            // What one tenant of the chain refuses is not counted by the others.
            Some(refusal) => {
                held.iter().for_each(|held| {
                    let _ = ledger::undo(ask.host, &held.receipt, &held.meters, now_ms);
                });
                Err(refusal)
            }
            None => {
                held.into_iter().for_each(|held| notes.holds.keep(held));
                Ok(())
            }
        }
    }
}

/// Whether any of the meters has to know a request's tokens.
fn count_tokens(meters: &[Meter]) -> bool {
    meters.iter().any(|meter| !matches!(meter.of, Quantity::Of(Measure::Requests | Measure::Concurrent)))
}

/// The most input that meters which refuse let in at all.
pub(super) fn most_input(meters: &[Meter]) -> u64 {
    let bounds = |meter: &&Meter| meter.enforced && matches!(meter.of, Quantity::Of(Measure::Input | Measure::Tokens));
    meters.iter().filter(bounds).map(|meter| meter.most).min().unwrap_or(u64::MAX)
}

/// What a limit holds of a request.
struct Held {
    receipt: Receipt,
    meters: Rc<[Meter]>,
    /// What is held in all.
    held: Amounts,
    /// By the place of the target: where it counts if it went there.
    elsewhere: Vec<(usize, String)>,
    target: usize,
}

impl Hold for Held {
    fn on_usage(&mut self, host: &dyn Host, usage: &Usage) -> Going {
        let now_ms = host.now_ns() / 1_000_000;
        let more = more(&self.held, usage);
        if (more == Amounts::default() && !self.receipt.ages(now_ms))
            || ledger::hold_more(host, &mut self.receipt, &self.meters, now_ms, &more).is_err()
        {
            return Going::On;
        }
        self.held = self.held.plus(&more);
        Going::On
    }

    fn settle(self: Box<Self>, host: &dyn Host, end: &End<'_>, _told: &mut Vec<Finding>) {
        let now_ms = host.now_ns() / 1_000_000;
        let used = end.usage.map_or_else(Amounts::default, |usage| Amounts {
            input: usage.input,
            output: usage.output,
            micro_usd: 0,
        });
        let place = end.target.filter(|target| *target != self.target);
        let elsewhere = place.and_then(|place| self.elsewhere.iter().find(|(other, _)| *other == place));
        let here = if elsewhere.is_some() { Amounts::default() } else { used };
        let _ = ledger::settle(host, &self.receipt, &self.meters, now_ms, &here);
        if let Some((_, key)) = elsewhere {
            let _ = ledger::add(host, key, &self.meters, now_ms, &used);
        }
    }
}

/// How much an answer that grows beyond what is held for it asks for at a time.
const STEP_TOKENS: u64 = 256;

/// What is to be held on top, where an answer has grown beyond what is held.
pub(super) fn more(held: &Amounts, usage: &Usage) -> Amounts {
    let beyond = |used: u64, held: u64| {
        if used > held { (used - held).div_ceil(STEP_TOKENS) * STEP_TOKENS } else { 0 }
    };
    Amounts { input: 0, output: beyond(usage.output, held.output), micro_usd: 0 }
}

pub(super) fn finding(policy: &'static str, standing: &Standing, action: &'static str) -> Finding {
    Finding { policy, what: standing.of.name(), action, count: 1 }
}

/// A refusal in words: who, what, limit, used, when.
pub(super) fn sentence(who: &str, standing: &Standing, needs: u64, retry_ms: u64) -> String {
    let Standing { of, per, limit, used, held, .. } = standing;
    let what = of.name().replace('_', " ");
    let per = per.map_or(String::new(), |per| format!(" per {}", per.word()));
    let held = if *held > 0 { format!(" and holds {held} for requests under way") } else { String::new() };
    let needs = match of {
        Quantity::Of(Measure::Requests | Measure::Concurrent) => String::new(),
        _ if needs > *limit => {
            return format!(
                "{who} may use {limit} {what}{per}, and this request alone has {needs} or more; make it smaller"
            );
        }
        _ => format!("; this request has {needs}"),
    };
    let when = if *of == Quantity::Of(Measure::Concurrent) {
        "try again when one is over".to_owned()
    } else {
        format!("try again in {} s", retry_ms.div_ceil(1_000))
    };
    if *of == Quantity::Of(Measure::Concurrent) {
        let now = used + standing.held;
        return format!("{who} has {now} of {limit} {what} under way; {when}");
    }
    format!("{who} has used {used} of {limit} {what}{per}{held}{needs}; {when}")
}

impl Notes {
    /// Shows how a meter stands, in the headers of the answer, unless a tighter one of its kind is shown.
    pub(super) fn show(&mut self, standing: &Standing) {
        let Some(kind) = kind(standing.of) else { return };
        let tighter = |shown: &Standing| {
            // Compared by what is left of each, without fractions.
            let (left, of) = (u128::from(standing.remaining()), u128::from(standing.limit));
            let (shown_left, shown_of) = (u128::from(shown.remaining()), u128::from(shown.limit));
            left * shown_of < shown_left * of
        };
        match self.standings.iter_mut().find(|(known, _)| *known == kind) {
            Some((_, shown)) if tighter(shown) => *shown = *standing,
            Some(_) => {}
            None => self.standings.push((kind, *standing)),
        }
    }

    /// Says to programs why a request is refused.
    pub(super) fn explain(&mut self, who: &str, standing: &Standing, needs: u64, retry_ms: u64) {
        let Standing { of, per, limit, used, held, .. } = standing;
        let per = per.map_or(String::new(), |per| format!(";per={}", per.word()));
        let value = format!(
            "\"{who}\";of={}{per};limit={limit};used={used};held={held};needs={needs};retry_ms={retry_ms}",
            of.name()
        );
        self.answer_headers.set("x-postern-limit", &value);
    }

    /// Writes the headers of what is shown, in the words of the client's format.
    pub fn write_standings(&mut self, dialect: &str, now_ms: u64) {
        for (kind, standing) in std::mem::take(&mut self.standings) {
            let (limit, remaining) = (standing.limit.to_string(), standing.remaining().to_string());
            let headers = &mut self.answer_headers;
            if dialect == "anthropic_messages" {
                headers.set(&format!("anthropic-ratelimit-{kind}-limit"), &limit);
                headers.set(&format!("anthropic-ratelimit-{kind}-remaining"), &remaining);
                headers.set(&format!("anthropic-ratelimit-{kind}-reset"), &rfc3339(now_ms + standing.reset_ms + 999));
            } else {
                headers.set(&format!("x-ratelimit-limit-{kind}"), &limit);
                headers.set(&format!("x-ratelimit-remaining-{kind}"), &remaining);
                headers.set(&format!("x-ratelimit-reset-{kind}"), &format!("{}s", standing.reset_ms.div_ceil(1_000)));
            }
        }
    }
}

/// The word of a quantity in the headers of OpenAI and Anthropic; None: they have none.
fn kind(of: Quantity) -> Option<&'static str> {
    match of {
        Quantity::Of(Measure::Requests) => Some("requests"),
        Quantity::Of(Measure::Tokens) => Some("tokens"),
        Quantity::Of(Measure::Input) => Some("input-tokens"),
        Quantity::Of(Measure::Output) => Some("output-tokens"),
        Quantity::Of(Measure::Concurrent) | Quantity::MicroUsd => None,
    }
}
