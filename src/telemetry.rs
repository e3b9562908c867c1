//! What an exchange leaves behind: counters for the operator's dashboards, and one usage record, a JSON object per
//! request, which the access log prints. Names are OpenTelemetry's (`gen_ai.*`), our own start with `postern`.
//!
//! Labels are only names that the operator configured; anything else a client can say is counted as `other`, so no
//! request can make a new time series. Never in here: keys, prompts, answers.

pub mod audit;
mod names;

pub use names::{FIELDS, FieldRow, METRICS, MetricRow};

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use crate::chat::{COUNTS, ServiceTier, Usage};
use crate::cost::Cost;
use crate::host::{Host, Metric, MetricKind};
use crate::policy::{Counted, Finding};
use crate::tenant::{DeclaredTags, Tags};
use crate::wire::json::Writer;

/// Time series one VM will define at most; Envoy never frees one (10,000 are about 4 MB). Beyond: the counter
/// `postern_series_overflow`.
const MAX_SERIES: usize = 10_000;

/// Everything known about one exchange at its end.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// When it began, nanoseconds since the epoch.
    pub start_ns: u64,
    /// How long it took, until its last byte.
    pub duration_ns: u64,
    /// Until the answer's first byte of body.
    pub first_byte_ns: Option<u64>,
    /// `chat`, `embeddings`, ...; empty for a path nobody knows.
    pub operation: &'static str,
    /// The client's format.
    pub format: &'static str,
    /// The passthrough's name, for what only passes.
    pub passthrough: String,
    /// The tenant by its full name and its key by its id; empty for callers we do not know.
    pub tenant: String,
    /// See `tenant`.
    pub key: String,
    /// For whom and what for.
    pub tags: Tags,
    /// The tags that metrics go by.
    pub declared_tags: Rc<DeclaredTags>,
    /// The model asked for.
    pub model_asked: String,
    /// What it is called in metrics: a name out of the configuration, `other`, or nothing.
    pub model_label: String,
    /// How many input tokens it had before it was answered, where somebody wanted to know.
    pub counted: Option<Counted>,
    /// What became of it at a provider.
    pub outcome: Option<crate::handover::Outcome>,
    /// The model that the provider was asked for.
    pub target_model: String,
    /// What it cost; None: it took nothing that is paid for.
    pub cost: Option<Charge>,
    /// The client's status.
    pub status: u64,
    /// Whether a stream was asked for.
    pub stream: bool,
    /// The client went away before the end.
    pub hung_up: bool,
    /// Who is to blame, for an answer that is an error.
    pub error_source: Option<&'static str>,
    /// The error's code.
    pub error_code: Option<String>,
    /// Which policies those were: a digest of their configuration.
    pub policy_version: Rc<str>,
    /// What the policies found.
    pub findings: Vec<Finding>,
    /// Envoy's id for the request.
    pub request_id: String,
}

/// What an exchange cost, and by which price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Charge {
    /// So much.
    Known {
        /// How much.
        cost: Cost,
        /// Whose price it was: the table's date, or `configuration`.
        version: &'static str,
        /// The caller's mark-up.
        markup_basis_points: u32,
    },
    /// Nobody knows a price for what it took.
    UnknownPrice,
}

fn write_usage(json: &mut Writer, usage: &Usage) {
    // Whoever is paid by the piece is not said to count tokens.
    let by_piece = usage.total() == 0 && COUNTS.iter().any(|count| !count.tokens && count.get(usage) > 0);
    for count in &COUNTS {
        let number = count.get(usage);
        if number > 0 || (!by_piece && matches!(count.name, "input" | "output")) {
            json.key(count.field).number(number);
        }
    }
    if usage.tier != ServiceTier::Standard {
        json.key("postern.usage.service_tier").string(usage.tier.name());
    }
    json.key("postern.usage.estimated").bool(usage.estimated);
}

impl Charge {
    /// Both together; what one of them cost nobody knows, nor then the sum.
    pub fn plus(self, other: Charge) -> Charge {
        let (Self::Known { cost, version, markup_basis_points }, Self::Known { cost: more, .. }) = (self, other) else {
            return Self::UnknownPrice;
        };
        let cost = Cost {
            list_micro_usd: cost.list_micro_usd.saturating_add(more.list_micro_usd),
            micro_usd: cost.micro_usd.saturating_add(more.micro_usd),
        };
        Self::Known { cost, version, markup_basis_points }
    }
}

impl Facts {
    /// Adds what an answer took that was thrown away. Gives whether there was one.
    pub fn add_spent(&mut self) -> bool {
        let Some(outcome) = &mut self.outcome else { return false };
        let Some(spent) = &outcome.spent else { return false };
        outcome.usage = Some(outcome.usage.map_or(spent.usage, |usage| usage.plus(&spent.usage)));
        true
    }

    fn usage(&self) -> Option<&Usage> {
        self.outcome.as_ref()?.usage.as_ref()
    }

    /// Puts other words in the place of the client's own where `hide` has some.
    pub fn hide(&mut self, hide: impl Fn(&str) -> Option<String>) {
        self.tags.hide(&hide);
        for words in [&mut self.model_asked, &mut self.request_id] {
            if let Some(hidden) = hide(words) {
                *words = hidden;
            }
        }
    }

    /// The usage record: one line of JSON.
    pub fn record(&self) -> Vec<u8> {
        let mut json = Writer::with_capacity(1024);
        json.open();
        json.key("time_ms").number(self.start_ns / 1_000_000).key("duration_ms").number(self.duration_ns / 1_000_000);
        json.key("http.response.status_code").number(self.status);
        let text = |json: &mut Writer, key: &str, value: &str| {
            if !value.is_empty() {
                json.key(key).string(value);
            }
        };
        text(&mut json, "request_id", &self.request_id);
        text(&mut json, "gen_ai.operation.name", self.operation);
        text(&mut json, "gen_ai.request.model", &self.model_asked);
        json.key("gen_ai.request.stream").bool(self.stream);
        if let Some(outcome) = &self.outcome {
            text(&mut json, "gen_ai.provider.name", &outcome.provider);
            text(&mut json, "gen_ai.response.model", &outcome.model);
            if let Some(finish) = outcome.finish_name() {
                json.key("gen_ai.response.finish_reasons").open_array().string(finish).close_array();
            }
            text(&mut json, "postern.preset", outcome.preset.as_deref().unwrap_or_default());
            text(&mut json, "postern.target_model", &self.target_model);
            json.key("postern.attempts").number(outcome.attempt);
            if let Some(spent) = &outcome.spent {
                json.key("postern.thrown_away").open();
                text(&mut json, "gen_ai.provider.name", &spent.provider);
                text(&mut json, "gen_ai.response.model", &spent.model);
                text(&mut json, "postern.preset", spent.preset.as_deref().unwrap_or_default());
                text(&mut json, "postern.target_model", &spent.asked);
                write_usage(&mut json, &spent.usage);
                json.close();
            }
            if !outcome.lossy.is_empty() {
                json.key("postern.lossy").open_array();
                outcome.lossy.iter().for_each(|field| {
                    json.string(field);
                });
                json.close_array();
            }
        }
        if let Some(usage) = self.usage() {
            write_usage(&mut json, usage);
        }
        match &self.cost {
            Some(Charge::Known { cost, version, markup_basis_points }) => {
                json.key("postern.cost.micro_usd").number(cost.micro_usd);
                json.key("postern.cost.list_micro_usd").number(cost.list_micro_usd);
                json.key("postern.cost.price_version").string(version);
                if *markup_basis_points > 0 {
                    json.key("postern.cost.markup_basis_points").number(u64::from(*markup_basis_points));
                }
            }
            Some(Charge::UnknownPrice) => {
                json.key("postern.cost.unknown_price").bool(true);
            }
            None => {}
        }
        if let Some(counted) = self.counted {
            json.key("postern.input_tokens").number(counted.tokens);
            json.key("postern.input_tokens.estimated").bool(counted.estimated);
        }
        if let Some(first_byte_ns) = self.first_byte_ns {
            json.key("postern.first_byte_ms").number(first_byte_ns / 1_000_000);
        }
        text(&mut json, "postern.format", self.format);
        text(&mut json, "postern.passthrough", &self.passthrough);
        text(&mut json, "postern.tenant", &self.tenant);
        text(&mut json, "postern.key", &self.key);
        if !self.tags.is_empty() {
            json.key("postern.tags").open();
            for (name, value) in self.tags.iter() {
                // A tag's name may hold what JSON wants escaped.
                let name = crate::wire::json::Text::from_plain(name);
                json.key(name.raw()).string(value);
            }
            json.close();
        }
        if self.tags.dropped() > 0 {
            json.key("postern.tags_dropped").number(self.tags.dropped() as u64);
        }
        if !self.findings.is_empty() {
            json.key("postern.policy_version").string(&self.policy_version);
            json.key("postern.policies").open_array();
            for finding in &self.findings {
                json.open().key("policy").string(finding.policy).key("found").string(finding.what);
                json.key("action").string(finding.action).key("direction").string(finding.direction.name());
                json.key("count").number(finding.count).close();
            }
            json.close_array();
        }
        if self.hung_up {
            json.key("postern.hung_up").bool(true);
        }
        let provider_error = self.outcome.as_ref().and_then(|outcome| outcome.error.as_deref());
        if let Some(error) = self.error_code.as_deref().or(provider_error) {
            json.key("error.type").string(error);
        }
        if let Some(source) = self.error_source {
            json.key("postern.error_source").string(source);
        }
        json.close();
        json.out
    }
}

/// The counters of one VM: names made once, then found by what they count.
#[derive(Default)]
pub struct Metrics {
    known: RefCell<HashMap<Box<str>, Metric>>,
    /// The metrics of each caller, operation, model and provider seen, so that a request makes no names.
    series: RefCell<HashMap<Box<str>, Series>>,
}

/// The metrics of one combination of labels.
#[derive(Default)]
struct Series {
    labels: String,
    /// By name and by a number that tells the last label: a status, or the place in [`COUNTS`].
    metrics: Vec<(&'static str, u64, Metric)>,
}

impl Metrics {
    /// Shows from which day the bundled prices are, so that somebody is told when they are old.
    pub fn show_price_table(&self, host: &dyn Host) {
        if let Some(metric) = self.metric(host, MetricKind::Gauge, "postern_price_table_timestamp_seconds") {
            let _ = host.record_metric(metric, crate::cost::table::date_secs());
        }
    }

    /// Counts one exchange.
    pub fn count(&self, host: &dyn Host, facts: &Facts) {
        let provider = facts.outcome.as_ref().map_or("none", |outcome| outcome.provider.as_str());
        let mut key = String::with_capacity(96);
        for part in [&facts.tenant, facts.operation, &facts.model_label, provider] {
            key.push_str(part);
            key.push('\0');
        }
        let mut all = self.series.borrow_mut();
        if let Some(series) = all.get_mut(key.as_str()) {
            return self.count_in(series, host, facts);
        }
        let mut series = Series {
            labels: format!(
                ".tenant_={}_;.operation_={}_;.model_={}_;.provider_={}_;",
                or_none(&facts.tenant),
                or_none(facts.operation),
                or_none(&facts.model_label),
                label(provider)
            ),
            metrics: Vec::new(),
        };
        self.count_in(&mut series, host, facts);
        if all.len() < MAX_SERIES {
            all.insert(key.into(), series);
        }
    }

    fn count_in(&self, series: &mut Series, host: &dyn Host, facts: &Facts) {
        let (status, operation) = (facts.status, facts.operation);
        let requests = |labels: &str| format!("postern_requests{labels}.code_={status}_;");
        self.add(series, host, ("postern_requests", status), requests, 1);
        if let Some(usage) = facts.usage() {
            for (place, count) in COUNTS.iter().enumerate().filter(|(_, count)| count.tokens) {
                let name = |labels: &str| format!("gen_ai_client_token_usage{labels}.type_={}_;", count.name);
                self.add(series, host, ("gen_ai_client_token_usage", place as u64), name, count.get(usage));
            }
            if usage.estimated {
                let name = "postern_usage_estimated";
                self.add(series, host, (name, 0), labelled(name), 1);
            }
        }
        match &facts.cost {
            Some(Charge::Known { cost, .. }) => {
                let costs =
                    [("postern_cost_micro_usd", cost.micro_usd), ("postern_list_cost_micro_usd", cost.list_micro_usd)];
                for (name, micro_usd) in costs {
                    self.add(series, host, (name, 0), labelled(name), micro_usd);
                }
            }
            Some(Charge::UnknownPrice) => {
                let name = "postern_unknown_price";
                self.add(series, host, (name, 0), labelled(name), 1);
            }
            None => {}
        }
        let mut observe = |name: &'static str, value_ns: u64| {
            let full = |_: &str| format!("{name}.operation_={}_;", or_none(operation));
            if let Some(metric) = self.find(series, host, MetricKind::Histogram, (name, 0), full) {
                let _ = host.record_metric(metric, value_ns / 1_000_000);
            }
        };
        observe("gen_ai_server_request_duration_ms", facts.duration_ns);
        if let Some(first_byte_ns) = facts.first_byte_ns.filter(|_| facts.stream) {
            observe("gen_ai_server_time_to_first_token_ms", first_byte_ns);
        }
        if let Some(outcome) = &facts.outcome {
            let counts = [
                ("postern_retries", outcome.attempt.saturating_sub(1)),
                ("postern_lossy_fields", outcome.lossy.len() as u64),
            ];
            for (name, count) in counts {
                self.add(series, host, (name, 0), labelled(name), count);
            }
        }
        if facts.hung_up {
            self.add(series, host, ("postern_hang_ups", 0), labelled("postern_hang_ups"), 1);
        }
        // Rare or of other labels: by their names.
        let tenant = || or_none(&facts.tenant);
        for Finding { policy, what, action, direction, count } in &facts.findings {
            let name = format!(
                "postern_policy_findings.tenant_={}_;.policy_={policy}_;.entity_={what}_;.action_={action}_;.direction_={}_;",
                tenant(),
                direction.name()
            );
            if let Some(metric) = self.metric(host, MetricKind::Counter, &name) {
                increase(host, metric, *count);
            }
        }
        for (tag, value) in facts.declared_tags.labels(&facts.tags) {
            let labels = format!(".tag_={}_;.value_={}_;", label(tag), label(value));
            let add = |name: String, by: u64| {
                if by > 0
                    && let Some(metric) = self.metric(host, MetricKind::Counter, &name)
                {
                    increase(host, metric, by);
                }
            };
            add(format!("postern_tag_requests{labels}"), 1);
            if let Some(Charge::Known { cost, .. }) = &facts.cost {
                add(format!("postern_tag_cost_micro_usd{labels}"), cost.micro_usd);
            }
            for count in COUNTS.iter().filter(|count| count.tokens) {
                let by = facts.usage().map_or(0, |usage| count.get(usage));
                add(format!("postern_tag_tokens{labels}.type_={}_;", count.name), by);
            }
        }
        if let Some(source) = facts.error_source {
            let name = format!("postern_errors.tenant_={}_;.source_={source}_;", tenant());
            if let Some(metric) = self.metric(host, MetricKind::Counter, &name) {
                increase(host, metric, 1);
            }
        }
    }

    fn add(
        &self,
        series: &mut Series,
        host: &dyn Host,
        key: (&'static str, u64),
        name: impl Fn(&str) -> String,
        by: u64,
    ) {
        if by > 0
            && let Some(metric) = self.find(series, host, MetricKind::Counter, key, name)
        {
            increase(host, metric, by);
        }
    }

    /// The metric of a series; its name is made, and Envoy asked, the first time only.
    fn find(
        &self,
        series: &mut Series,
        host: &dyn Host,
        kind: MetricKind,
        (what, last): (&'static str, u64),
        name: impl Fn(&str) -> String,
    ) -> Option<Metric> {
        let known = series.metrics.iter().find(|(known, number, _)| *number == last && *known == what);
        if let Some((_, _, metric)) = known {
            return Some(*metric);
        }
        let metric = self.metric(host, kind, &name(&series.labels))?;
        series.metrics.push((what, last, metric));
        Some(metric)
    }

    fn metric(&self, host: &dyn Host, kind: MetricKind, name: &str) -> Option<Metric> {
        let mut known = self.known.borrow_mut();
        if let Some(metric) = known.get(name) {
            return Some(*metric);
        }
        if known.len() >= MAX_SERIES {
            let overflow = host.define_metric(MetricKind::Counter, "postern_series_overflow").ok()?;
            let _ = host.add_metric(overflow, 1);
            return None;
        }
        let metric = host.define_metric(kind, name).ok()?;
        known.insert(name.into(), metric);
        Some(metric)
    }
}

fn increase(host: &dyn Host, metric: Metric, by: u64) {
    // Envoy refuses an increment of nothing.
    if by > 0 {
        let _ = host.add_metric(metric, by.min(i64::MAX as u64) as i64);
    }
}

fn or_none(name: &str) -> String {
    if name.is_empty() { "none".to_owned() } else { label(name) }
}

/// The name of a metric that has the labels of its series and no other.
fn labelled(name: &'static str) -> impl Fn(&str) -> String {
    move |labels| format!("{name}{labels}")
}

/// A name as a label's value: Envoy cuts values out between `_=` and `_;`.
fn label(name: &str) -> String {
    name.replace("_;", "__")
}
