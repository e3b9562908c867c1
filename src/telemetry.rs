//! What an exchange leaves behind: counters for the operator's dashboards, and one usage record, a JSON object per
//! request, which the access log prints. Names are OpenTelemetry's (`gen_ai.*`), our own start with `postern`.
//!
//! Labels are only names that the operator configured; anything else a client can say is counted as `other`, so no
//! request can make a new time series. Never in here: keys, prompts, answers.

use std::cell::RefCell;
use std::collections::HashMap;

use crate::chat::Usage;
use crate::host::{Host, Metric, MetricKind};
use crate::policy::Finding;
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
    /// The tenant and its key, by name; empty for callers we do not know.
    pub tenant: String,
    /// See `tenant`.
    pub key: String,
    /// The tenant's tags.
    pub tags: Vec<(String, String)>,
    /// The model asked for.
    pub model_asked: String,
    /// What it is called in metrics: a name out of the configuration, `other`, or nothing.
    pub model_label: String,
    /// What became of it at a provider.
    pub outcome: Option<crate::handover::Outcome>,
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
    /// What the policies found.
    pub findings: Vec<Finding>,
    /// Envoy's id for the request.
    pub request_id: String,
}

impl Facts {
    fn usage(&self) -> Option<&Usage> {
        self.outcome.as_ref()?.usage.as_ref()
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
            json.key("postern.attempts").number(outcome.attempt);
            if !outcome.lossy.is_empty() {
                json.key("postern.lossy").open_array();
                outcome.lossy.iter().for_each(|field| {
                    json.string(field);
                });
                json.close_array();
            }
        }
        if let Some(usage) = self.usage() {
            json.key("gen_ai.usage.input_tokens").number(usage.input);
            json.key("gen_ai.usage.output_tokens").number(usage.output);
            let parts = [
                ("gen_ai.usage.cache_read.input_tokens", usage.cache_read),
                ("gen_ai.usage.cache_creation.input_tokens", usage.cache_write),
                ("gen_ai.usage.reasoning.output_tokens", usage.reasoning),
            ];
            for (key, count) in parts.into_iter().filter(|(_, count)| *count > 0) {
                json.key(key).number(count);
            }
            json.key("postern.usage.estimated").bool(usage.estimated);
        }
        if let Some(first_byte_ns) = self.first_byte_ns {
            json.key("postern.first_byte_ms").number(first_byte_ns / 1_000_000);
        }
        text(&mut json, "postern.format", self.format);
        text(&mut json, "postern.tenant", &self.tenant);
        text(&mut json, "postern.key", &self.key);
        if !self.tags.is_empty() {
            json.key("postern.tags").open();
            for (name, value) in &self.tags {
                // A tag's name is the operator's, but may hold what JSON wants escaped.
                let name = crate::wire::json::Text::from_plain(name);
                json.key(name.raw()).string(value);
            }
            json.close();
        }
        if !self.findings.is_empty() {
            json.key("postern.policies").open_array();
            for finding in &self.findings {
                json.open().key("policy").string(finding.policy).key("found").string(finding.what);
                json.key("action").string(finding.action).key("count").number(finding.count).close();
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
}

impl Metrics {
    /// Counts one exchange.
    pub fn count(&self, host: &dyn Host, facts: &Facts) {
        let or_other = |name: &str| if name.is_empty() { "none".to_owned() } else { label(name) };
        let model = or_other(&facts.model_label);
        let provider = facts.outcome.as_ref().map_or("none", |outcome| outcome.provider.as_str());
        let labels = format!(
            ".tenant_={}_;.operation_={}_;.model_={model}_;.provider_={}_;",
            or_other(&facts.tenant),
            or_other(facts.operation),
            label(provider)
        );
        self.add(host, &format!("postern_requests{labels}.code_={}_;", facts.status), 1);
        if let Some(usage) = facts.usage() {
            let counts = [
                ("input", usage.input),
                ("output", usage.output),
                ("cache_read", usage.cache_read),
                ("cache_write", usage.cache_write),
                ("reasoning", usage.reasoning),
            ];
            for (kind, count) in counts {
                self.add(host, &format!("gen_ai_client_token_usage{labels}.type_={kind}_;"), count);
            }
            if usage.estimated {
                self.add(host, &format!("postern_usage_estimated{labels}"), 1);
            }
        }
        self.observe(
            host,
            &format!("gen_ai_server_request_duration_ms.operation_={}_;", or_other(facts.operation)),
            facts.duration_ns / 1_000_000,
        );
        if let Some(first_byte_ns) = facts.first_byte_ns.filter(|_| facts.stream) {
            let name = format!("gen_ai_server_time_to_first_token_ms.operation_={}_;", or_other(facts.operation));
            self.observe(host, &name, first_byte_ns / 1_000_000);
        }
        for finding in &facts.findings {
            let name = format!(
                "postern_policy_findings.tenant_={}_;.policy_={}_;.entity_={}_;.action_={}_;",
                or_other(&facts.tenant),
                finding.policy,
                finding.what,
                finding.action
            );
            self.add(host, &name, finding.count);
        }
        if let Some(source) = facts.error_source {
            self.add(host, &format!("postern_errors.tenant_={}_;.source_={source}_;", or_other(&facts.tenant)), 1);
        }
        if let Some(outcome) = &facts.outcome {
            self.add(host, &format!("postern_retries{labels}"), outcome.attempt.saturating_sub(1));
            self.add(host, &format!("postern_lossy_fields{labels}"), outcome.lossy.len() as u64);
        }
        if facts.hung_up {
            self.add(host, &format!("postern_hang_ups{labels}"), 1);
        }
    }

    fn add(&self, host: &dyn Host, name: &str, by: u64) {
        // Envoy refuses an increment of nothing.
        if by > 0
            && let Some(metric) = self.metric(host, MetricKind::Counter, name)
        {
            let _ = host.add_metric(metric, by.min(i64::MAX as u64) as i64);
        }
    }

    fn observe(&self, host: &dyn Host, name: &str, value: u64) {
        if let Some(metric) = self.metric(host, MetricKind::Histogram, name) {
            let _ = host.record_metric(metric, value);
        }
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

/// A name as a label's value: Envoy cuts values out between `_=` and `_;`.
fn label(name: &str) -> String {
    name.replace("_;", "__")
}
