//! The stage that counts: limits and budgets are one thing to it, meters with what is to happen when one is passed. It
//! finds the slots that a request touches, asks them, and keeps what they hold.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use super::{Ask, End, Finding, Going, Hold, Known, Names, Notes, Stage, Tagged};
use crate::chat::{ApiError, ErrorKind, Usage};
use crate::config::{Errors, Name, Node, Pattern, words};
use crate::cost::usd;
use crate::host::Host;
use crate::ledger::alerts::{self, Alert};
use crate::ledger::{
    self, Amounts, BudgetRow, Exhausted, LimitRow, Measure, Meter, Passed, Quantity, Receipt, Standing, Verdict,
    rfc3339,
};
use crate::surface::Operation;
use crate::tenant::{Caller, DeclaredTags, Tags, TenantRow};
use crate::wire::json::Writer;

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

/// The most slots of one policy: some 250 bytes each.
const MAX_SLOTS: usize = 200_000;

/// What stands for a value that the configuration does not have.
const OTHER: &str = "other";

impl By {
    /// Checks a list of them and the tag that belongs to it.
    pub fn check(by: &[Self], tag: Option<&Name>, node: Node<'_>, errors: &mut Errors) {
        errors.refuse_repeats(node.key("by"), "", by.iter().map(|by| by.word()));
        if by.contains(&Self::Tag) != tag.is_some() {
            let hint = "by and tag belong together: put \"tag\" into by, and say here which of the gateway's `tags`";
            errors.add(node.key("tag"), hint);
        }
    }

    /// Refuses a tag that is not declared, and models that metrics have no such name for.
    pub fn check_names(tag: Option<&Name>, models: &[Pattern], known: &Known<'_>, node: Node<'_>, errors: &mut Errors) {
        if let Some(tag) = tag.filter(|tag| !known.tags.contains(&tag.as_str())) {
            errors.unknown(node.key("tag"), "tag of the gateway's `tags`", tag.as_str(), known.tags.iter().copied());
        }
        errors.refuse_dangling(node.key("models"), "model of the metrics", models, &known.models);
    }
}

/// A meter, and what happens when it is passed.
#[derive(Clone)]
pub(super) struct Rule {
    meter: Meter,
    /// Of a budget.
    exhausted: Option<Exhausted>,
    throttle: Option<Meter>,
    stop_stream: bool,
}

impl Rule {
    /// A limit: what passes it is refused.
    pub fn limit(meter: Meter) -> Self {
        Self { meter, exhausted: None, throttle: None, stop_stream: false }
    }

    /// A budget; None if it is off.
    pub fn budget(row: &BudgetRow) -> Option<Self> {
        let (exhausted, throttle) = (Some(row.exhausted.clone()), row.throttle());
        Some(Self { meter: row.meter()?, exhausted, throttle, stop_stream: row.stop_stream })
    }
}

/// Meters that are in one slot, with their rules.
struct Book {
    meters: Vec<Meter>,
    rules: Vec<Rule>,
    counts_tokens: bool,
    counts_money: bool,
    /// What no request may have, whatever else is used.
    most_input: u64,
}

impl Book {
    fn new(rules: Vec<Rule>) -> Rc<Self> {
        let meters: Vec<Meter> = rules.iter().map(|rule| rule.meter.clone()).collect();
        let bounds =
            |meter: &&Meter| meter.enforced && matches!(meter.of, Quantity::Of(Measure::Input | Measure::Tokens));
        Rc::new(Self {
            counts_money: meters.iter().any(|meter| meter.of == Quantity::MicroUsd),
            counts_tokens: meters
                .iter()
                .any(|meter| !matches!(meter.of, Quantity::Of(Measure::Requests | Measure::Concurrent))),
            most_input: meters.iter().filter(bounds).map(|meter| meter.most).min().unwrap_or(u64::MAX),
            meters,
            rules,
        })
    }

    fn refuses(&self) -> bool {
        self.meters.iter().any(|meter| meter.enforced)
    }

    fn rule(&self, standing: &Standing) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.meter.of == standing.of && rule.meter.per == standing.per)
    }

    /// A model that a budget names must be one that the configuration has.
    fn check(&self, names: &Names<'_>) -> Result<(), String> {
        self.rules.iter().filter_map(|rule| rule.exhausted.as_ref()).try_for_each(|to| to.check(names.knows))
    }
}

/// What a request is expected to take.
struct Expected {
    known: Amounts,
    guessed: Amounts,
    /// What a million more output tokens cost.
    micro_usd_per_million: u64,
}

impl Expected {
    /// Counts and guesses as much as these books want to know.
    fn of(ask: &Ask<'_>, books: &[&Rc<Book>], notes: &mut Notes) -> Self {
        let mut expected = Self { known: Amounts::default(), guessed: Amounts::default(), micro_usd_per_million: 0 };
        // To have tokens counted takes none.
        if ask.operation == Operation::CountTokens || !books.iter().any(|book| book.counts_tokens) {
            return expected;
        }
        let counted = ask.input_to(books.iter().map(|book| book.most_input).min().unwrap_or(u64::MAX));
        expected.known.input = counted.tokens;
        expected.guessed.output = ask.guessed_output();
        notes.holds.learn(ask.answers(), counted.calibration);
        if books.iter().any(|book| book.counts_money) {
            let cost = |output: u64| {
                let usage = Usage { input: counted.tokens, output, ..Usage::default() };
                (ask.cost)(&usage)
            };
            match cost(0) {
                Some(input) => {
                    expected.known.micro_usd = input;
                    expected.guessed.micro_usd = cost(expected.guessed.output).unwrap_or(input).saturating_sub(input);
                    expected.micro_usd_per_million = cost(1_000_000).unwrap_or(input).saturating_sub(input);
                }
                // Visible, and never silently nothing.
                None => {
                    notes.findings.push(Finding::new("budget", "unknown_price", "allow", 1));
                }
            }
        }
        expected
    }
}

/// The stage of a policy that counts.
pub(super) struct Counter {
    /// Of its slots.
    name: String,
    book: Rc<Book>,
    by: Vec<By>,
    /// One of the gateway's.
    tag: Option<Name>,
    models: Vec<Pattern>,
}

impl Counter {
    /// A stage whose slots are called after `name`.
    pub fn new(name: String, rules: Vec<Rule>, by: Vec<By>, tag: Option<Name>, models: Vec<Pattern>) -> Self {
        Self { name, book: Book::new(rules), by, tag, models }
    }

    /// A value that the slots are made for, or what stands for it.
    fn value<'a>(&'a self, by: By, ask: &'a Ask<'_>, target: usize) -> &'a str {
        match by {
            By::Tenant => ask.caller.tenant().id(),
            By::Key => ask.caller.key_id(),
            // What only passes through may name no model.
            By::Model if ask.label.is_empty() => OTHER,
            By::Model => ask.label,
            By::Provider => ask.targets.get(target).map_or("", |target| target.cluster.as_str()),
            By::Tag => self.tag_value(ask.declared_tags, ask.tags),
        }
    }

    fn tag_value<'a>(&self, declared: &'a DeclaredTags, tags: &Tags) -> &'a str {
        self.tag.as_ref().and_then(|tag| declared.label(tag.as_str(), tags)).unwrap_or(OTHER)
    }

    fn slot<'v>(&self, values: impl Iterator<Item = &'v str>) -> String {
        let mut key = format!("postern/ledger/1/{}", self.name);
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
                let values = self.tag.as_ref().and_then(|tag| names.tags.values(tag.as_str()));
                values.into_iter().flatten().map(one).collect()
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
                let tag = self.tag.as_ref().map_or("tag", Name::as_str);
                format!("{tag} {}", self.value(*by, ask, target))
            }
            by => format!("{} {}", by.word(), self.value(*by, ask, target)),
        };
        let who: Vec<_> = self.by.iter().map(one).collect();
        if who.is_empty() { "this gateway".to_owned() } else { who.join(", ") }
    }

    /// The slot of a target; that of all others, where the configuration does not have the combination: a key that a
    /// signed token names, a cluster that is new.
    fn slot_at(&self, ask: &Ask<'_>, target: usize) -> String {
        let key = self.slot(self.values(ask, target));
        match ledger::is_made(ask.host, &key) {
            true => key,
            false => self.slot(self.by.iter().map(|_| OTHER)),
        }
    }
}

impl Stage for Counter {
    fn prepare(&self, host: &dyn Host, names: &Names<'_>, made: &mut Vec<String>) -> Result<(), String> {
        self.book.check(names)?;
        let mut slots: Vec<Vec<&str>> = vec![Vec::new()];
        for by in &self.by {
            let mut more = Vec::new();
            let values = self.known(*by, names);
            if slots.len().saturating_mul(values.len()) > MAX_SLOTS {
                return Err(format!(
                    "{}: its `by` makes more than {MAX_SLOTS} combinations; leave one out of it",
                    self.name
                ));
            }
            for slot in &slots {
                more.extend(values.iter().map(|value| slot.iter().chain(value).copied().collect::<Vec<_>>()));
            }
            slots = more;
        }
        let keys = slots.iter().map(|slot| self.slot(slot.iter().copied()));
        for key in keys.chain([self.slot(self.by.iter().map(|_| OTHER))]) {
            // Where shared data refuses, requests will say so.
            let _ = ledger::make(host, &key);
            made.push(key);
        }
        let _ = alerts::make(host);
        Ok(())
    }

    fn standings(&self, host: &dyn Host, caller: &Caller, tag: Tagged<'_>, shown: &mut Vec<Shown>) {
        let mine = |by: &By| matches!(by, By::Tenant | By::Key | By::Tag);
        if !self.by.iter().all(mine) {
            return;
        }
        let values = self.by.iter().flat_map(|by| match by {
            By::Key => vec![caller.tenant().id(), caller.key_id()],
            By::Tag => vec![self.tag_value(tag.declared, tag.tags)],
            _ => vec![caller.tenant().id()],
        });
        let key = self.slot(values);
        let who = format!(
            "{} of tenant {}",
            self.by.iter().map(|by| by.word()).collect::<Vec<_>>().join(", "),
            caller.tenant().id()
        );
        self.book.show(host, &key, &who, shown);
    }

    fn on_request(&self, ask: &Ask<'_>, notes: &mut Notes) -> Result<(), ApiError> {
        if !self.models.iter().any(|pattern| pattern.matches(ask.label)) {
            return Ok(());
        }
        let expected = Expected::of(ask, &[&self.book], notes);
        // Whatever counts no providers does so once, for all targets.
        let by_provider = self.by.contains(&By::Provider);
        let last = if by_provider { ask.targets.len().saturating_sub(1) } else { 0 };
        let mut refusal = None;
        for target in (0..=last).filter(|target| !notes.avoid.contains(target)).collect::<Vec<_>>() {
            let (who, key) = (self.who(ask, target), self.slot_at(ask, target));
            match admit(ask, notes, &self.book, &key, &who, &expected) {
                Ok(Some(held)) => {
                    notes.holds.keep(Held { elsewhere: self.elsewhere(ask, target), target, ..held });
                    return Ok(());
                }
                Ok(None) => return Ok(()),
                Err(error) => {
                    refusal.get_or_insert(error);
                    if by_provider {
                        notes.avoid.push(target);
                    }
                }
            }
        }
        refusal.map_or(Ok(()), Err)
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

/// The stage of the limits and budgets that the tenants' own rows have, each for itself and all below it.
#[derive(Default)]
pub(super) struct OfTenants {
    /// By the tenant's id: an exchange may have begun with the tree before.
    books: RefCell<HashMap<String, Rc<Book>>>,
}

impl OfTenants {
    fn book(row: &TenantRow) -> Option<Rc<Book>> {
        let limits = row.limits.iter().filter_map(LimitRow::meter).map(Rule::limit);
        let rules: Vec<Rule> = limits.chain(row.budgets.iter().filter_map(Rule::budget)).collect();
        (!rules.is_empty()).then(|| Book::new(rules))
    }

    fn slot(tenant: &str) -> String {
        format!("postern/ledger/1/tenant/{tenant}")
    }
}

impl Stage for OfTenants {
    fn prepare(&self, host: &dyn Host, names: &Names<'_>, made: &mut Vec<String>) -> Result<(), String> {
        let mut books = self.books.borrow_mut();
        books.clear();
        let mut result = Ok(());
        for tenant in names.tenants.iter() {
            let Some(book) = tenant.row().and_then(Self::book) else { continue };
            let checked = book.check(names).map_err(|why| format!("tenant {}: {why}", tenant.id()));
            result = result.and(checked);
            let key = Self::slot(tenant.id());
            let _ = ledger::make(host, &key);
            made.push(key);
            books.insert(tenant.id().to_owned(), book);
        }
        if !books.is_empty() {
            let _ = alerts::make(host);
        }
        result
    }

    fn standings(&self, host: &dyn Host, caller: &Caller, _tag: Tagged<'_>, shown: &mut Vec<Shown>) {
        let books = self.books.borrow();
        for tenant in caller.chain() {
            if let Some(book) = books.get(tenant.id()) {
                book.show(host, &Self::slot(tenant.id()), &format!("tenant {}", tenant.id()), shown);
            }
        }
    }

    fn on_request(&self, ask: &Ask<'_>, notes: &mut Notes) -> Result<(), ApiError> {
        let all_books = self.books.borrow();
        let bound = ask.caller.chain().filter_map(|tenant| Some((tenant, all_books.get(tenant.id())?)));
        let bound: Vec<_> = bound.collect();
        if bound.is_empty() {
            return Ok(());
        }
        let books: Vec<&Rc<Book>> = bound.iter().map(|(_, book)| *book).collect();
        let expected = Expected::of(ask, &books, notes);
        let mut all_held = Vec::with_capacity(bound.len());
        for (tenant, book) in bound {
            let who = format!("tenant {}", tenant.id());
            match admit(ask, notes, book, &Self::slot(tenant.id()), &who, &expected) {
                Ok(held) => all_held.extend(held),
                Err(error) => {
                    // What one tenant of the chain refuses is not counted by the others.
                    let now_ms = ask.host.now_ns() / 1_000_000;
                    for held in &all_held {
                        let _ = ledger::undo(ask.host, &held.receipt, &held.book.meters, now_ms);
                    }
                    return Err(error);
                }
            }
        }
        all_held.into_iter().for_each(|held| notes.holds.keep(held));
        Ok(())
    }
}

impl Book {
    /// How its meters stand, for whoever they bind.
    fn show(&self, host: &dyn Host, key: &str, who: &str, shown: &mut Vec<Shown>) {
        let now_ms = host.now_ns() / 1_000_000;
        let Ok(Some(standings)) = ledger::look(host, key, &self.meters, now_ms) else { return };
        for (standing, meter) in standings.into_iter().zip(&self.meters) {
            shown.push(Shown { who: who.to_owned(), standing, enforced: meter.enforced });
        }
    }
}

/// Asks one slot. What it holds; None: nothing could be counted, and nothing has to be. The error is the client's answer.
fn admit(
    ask: &Ask<'_>,
    notes: &mut Notes,
    book: &Rc<Book>,
    key: &str,
    who: &str,
    expected: &Expected,
) -> Result<Option<Held>, ApiError> {
    let now_ms = ask.host.now_ns() / 1_000_000;
    let Expected { known, guessed, micro_usd_per_million } = expected;
    let mut force = false;
    loop {
        match ledger::reserve(ask.host, key, &book.meters, now_ms, known, guessed, force) {
            Ok(Verdict::Held { receipt, standings, over }) => {
                let watched = over.iter().filter(|_| !force);
                notes.findings.extend(watched.map(|standing| finding(standing, "audit")));
                standings.iter().for_each(|standing| notes.show(standing));
                notes.show_budget(who, book, &standings);
                return Ok(Some(Held {
                    receipt,
                    book: Rc::clone(book),
                    who: who.to_owned(),
                    micro_usd_per_million: *micro_usd_per_million,
                    free: force,
                    elsewhere: Vec::new(),
                    target: 0,
                }));
            }
            Ok(Verdict::Refused { standing, needs, retry_ms }) => {
                notes.show(&standing);
                notes.show_budget(who, book, &[standing]);
                let rule = book.rule(&standing);
                match rule.and_then(|rule| rule.exhausted.as_ref()) {
                    Some(Exhausted::Downgrade(to)) => {
                        notes.findings.push(finding(&standing, "downgrade"));
                        notes.instead = Some(to.model.clone());
                        force = true;
                        continue;
                    }
                    Some(Exhausted::Throttle(_)) => {
                        let meters = rule.and_then(|rule| rule.throttle.as_ref()).map(std::slice::from_ref);
                        let none = Amounts::default();
                        let few =
                            ledger::reserve(ask.host, key, meters.unwrap_or_default(), now_ms, &none, &none, false);
                        if let Ok(Verdict::Held { .. }) = few {
                            notes.findings.push(finding(&standing, "throttle"));
                            force = true;
                            continue;
                        }
                        notes.findings.push(finding(&standing, "refuse"));
                        let retry_ms = match few {
                            Ok(Verdict::Refused { retry_ms, .. }) => retry_ms,
                            _ => retry_ms,
                        };
                        notes.explain(who, &standing, needs, retry_ms);
                        let message = sentence(who, &standing, needs, retry_ms);
                        return Err(ApiError::rate_limited(message, retry_ms.div_ceil(1_000)));
                    }
                    block => {
                        notes.findings.push(finding(&standing, "refuse"));
                        notes.explain(who, &standing, needs, retry_ms);
                        let message = sentence(who, &standing, needs, retry_ms);
                        let mut error = ApiError::rate_limited(message, retry_ms.div_ceil(1_000));
                        if let Some(Exhausted::Block(block)) = block {
                            error.status = block.status.get() as u16;
                            error.kind = ErrorKind::Billing;
                            error.code = Some("budget_exceeded".to_owned());
                        }
                        return Err(error);
                    }
                }
            }
            // A limit that cannot be counted is no limit.
            Err(_) if book.refuses() => return Err(ApiError::internal()),
            Err(_) => return Ok(None),
        }
    }
}

/// What one slot holds of a request.
struct Held {
    receipt: Receipt,
    book: Rc<Book>,
    /// Whom it is about, in words.
    who: String,
    micro_usd_per_million: u64,
    /// It was let in although something stands against it: nothing stops it.
    free: bool,
    /// By the place of the target: where it counts if it went there.
    elsewhere: Vec<(usize, String)>,
    target: usize,
}

/// How much an answer that grows beyond what is held for it asks for at a time.
const STEP_TOKENS: u64 = 256;

impl Hold for Held {
    fn on_usage(&mut self, host: &dyn Host, usage: &Usage) -> Going {
        let now_ms = host.now_ns() / 1_000_000;
        let beyond = usage.output.saturating_sub(self.receipt.held().output);
        if (beyond == 0 || !self.book.counts_tokens) && !self.receipt.ages(now_ms) {
            return Going::On;
        }
        let amounts = |output: u64| {
            let micro_usd = (u128::from(output) * u128::from(self.micro_usd_per_million) / 1_000_000) as u64;
            Amounts { input: 0, output, micro_usd }
        };
        let (least, most) = (amounts(beyond), amounts(beyond.div_ceil(STEP_TOKENS) * STEP_TOKENS));
        let (receipt, meters) = (&mut self.receipt, &self.book.meters);
        let passed = ledger::hold_more(host, receipt, meters, now_ms, &least, &most).unwrap_or_default();
        let stops = |standing: &Standing| self.book.rule(standing).is_some_and(|rule| rule.stop_stream);
        if !self.free && passed.iter().any(stops) { Going::Stop } else { Going::On }
    }

    fn may_stop(&self) -> bool {
        !self.free && self.book.rules.iter().any(|rule| rule.stop_stream && rule.meter.enforced)
    }

    fn settle(self: Box<Self>, host: &dyn Host, end: &End<'_>, told: &mut Vec<Finding>) {
        let now_ms = host.now_ns() / 1_000_000;
        let used = end.usage.map_or_else(Amounts::default, |usage| Amounts {
            input: usage.input,
            output: usage.output,
            micro_usd: end.micro_usd.unwrap_or(0),
        });
        let place = end.target.filter(|target| *target != self.target);
        let elsewhere = place.and_then(|place| self.elsewhere.iter().find(|(other, _)| *other == place));
        let here = if elsewhere.is_some() { Amounts::default() } else { used };
        let passed = ledger::settle(host, &self.receipt, &self.book.meters, now_ms, &here).unwrap_or_default();
        for passed in passed {
            told.push(finding(&passed.standing, threshold(passed.percent)));
            let _ = alerts::push(host, &alert(&self.who, &passed, now_ms));
        }
        if let Some((_, key)) = elsewhere {
            let _ = ledger::add(host, key, &self.book.meters, now_ms, &used);
        }
    }
}

/// The word of a threshold in metrics and records: of a fixed set, as all labels are.
fn threshold(percent: u64) -> &'static str {
    match percent {
        50 => "threshold_50",
        80 => "threshold_80",
        90 => "threshold_90",
        100 => "threshold_100",
        _ => "threshold",
    }
}

fn alert(who: &str, passed: &Passed, now_ms: u64) -> Alert {
    let Passed { percent, standing, since_ms } = passed;
    let per = standing.per.map_or("", |per| per.word());
    let since = rfc3339(*since_ms);
    let id = format!("{}.{per}.{percent}.{since}", who.replace(|c: char| !c.is_ascii_alphanumeric(), "-"));
    let mut json = Writer::with_capacity(256);
    json.open().key("type").string("budget.threshold").key("id").string(&id).key("who").string(who);
    json.key("of").string(standing.of.name()).key("per").string(per).key("percent").number(*percent);
    json.key("limit_usd").string(&usd(standing.limit)).key("used_usd").string(&usd(standing.used));
    json.key("since").string(&since).key("time").string(&rfc3339(now_ms)).close();
    Alert { id, body: String::from_utf8(json.out).unwrap_or_default() }
}

/// How a meter stands, for whoever it binds.
pub struct Shown {
    /// Whom it is about.
    pub who: String,
    /// How it stands.
    pub standing: Standing,
    /// Whether it refuses.
    pub enforced: bool,
}

fn finding(standing: &Standing, action: &'static str) -> Finding {
    let policy = if standing.of == Quantity::MicroUsd { "budget" } else { "limit" };
    Finding::new(policy, standing.of.name(), action, 1)
}

/// A refusal in words: who, what, limit, used, when.
fn sentence(who: &str, standing: &Standing, needs: u64, retry_ms: u64) -> String {
    let Standing { of, per, limit, used, held, .. } = *standing;
    let per = per.map_or(String::new(), |per| format!(" per {}", per.word()));
    let when = format!("try again in {} s", retry_ms.div_ceil(1_000));
    let amount = |number: u64| if of == Quantity::MicroUsd { format!("${}", usd(number)) } else { number.to_string() };
    let what = if of == Quantity::MicroUsd { String::new() } else { format!(" {}", of.name().replace('_', " ")) };
    if of == Quantity::Of(Measure::Concurrent) {
        return format!("{who} has {held} of {limit}{what} under way; try again when one is over");
    }
    if of == Quantity::Of(Measure::Requests) {
        return format!("{who} has used {used} of {limit}{what}{per}; {when}");
    }
    if needs > limit {
        let (limit, needs) = (amount(limit), amount(needs));
        return format!(
            "{who} may use {limit}{what}{per}, and this request alone has {needs} or more; make it smaller"
        );
    }
    let holds = if held > 0 { format!(" and holds {} for requests under way", amount(held)) } else { String::new() };
    let (used, limit, needs) = (amount(used), amount(limit), amount(needs));
    format!("{who} has used {used} of {limit}{what}{per}{holds}; this request needs {needs} and its answer; {when}")
}

impl Notes {
    /// Shows how a meter stands, in the headers of the answer, unless a tighter one of its kind is shown.
    fn show(&mut self, standing: &Standing) {
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

    /// Shows the budget of which the most is used, once its first threshold is passed.
    fn show_budget(&mut self, who: &str, book: &Book, standings: &[Standing]) {
        for standing in standings.iter().filter(|standing| standing.of == Quantity::MicroUsd) {
            let percent = (u128::from(standing.used) * 100 / u128::from(standing.limit.max(1))) as u64;
            let first = book.rule(standing).and_then(|rule| rule.meter.thresholds.first().copied());
            if percent < first.unwrap_or(u64::MAX) || percent < self.budget_percent {
                continue;
            }
            self.budget_percent = percent;
            let per = standing.per.map_or("", |per| per.word());
            let (limit, used) = (usd(standing.limit), usd(standing.used));
            let value = format!("\"{who}\";per={per};limit_usd={limit};used_usd={used};percent={percent}");
            self.answer_headers.set("x-postern-budget", &value);
        }
    }

    /// Says to programs why a request is refused.
    fn explain(&mut self, who: &str, standing: &Standing, needs: u64, retry_ms: u64) {
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
