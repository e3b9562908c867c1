//! The names an operator builds on, one row each: metrics and the fields of the usage record. `docs/metrics.md` is
//! written from these rows, and the test below counts an exchange with everything in it to see that no row is missing,
//! made up, or out of date.

use crate::host::MetricKind;

/// One metric.
#[derive(Debug)]
pub struct MetricRow {
    /// Its name in Prometheus.
    pub name: &'static str,
    /// What kind it is.
    pub kind: MetricKind,
    /// Its labels, in order.
    pub labels: &'static [&'static str],
    /// What it counts.
    pub what: &'static str,
}

/// The labels that tell one use from another.
const USE: &[&str] = &["tenant", "operation", "model", "provider"];

/// Every metric there is.
pub static METRICS: &[MetricRow] = &[
    MetricRow {
        name: "postern_requests",
        kind: MetricKind::Counter,
        labels: &["tenant", "operation", "model", "provider", "code"],
        what: "exchanges, by the status the client got",
    },
    MetricRow {
        name: "gen_ai_client_token_usage",
        kind: MetricKind::Counter,
        labels: &["tenant", "operation", "model", "provider", "type"],
        what: "tokens; type is input, output, or what is a part of them: cache_read, cache_write, cache_write_1h (of \
               cache_write), input_audio, cache_read_audio (of cache_read), input_image, unbilled_input; reasoning, \
               output_audio, output_image, unbilled_output",
    },
    MetricRow {
        name: "postern_usage_estimated",
        kind: MetricKind::Counter,
        labels: USE,
        what: "exchanges whose tokens the provider did not tell, so that they were estimated from the bytes",
    },
    MetricRow {
        name: "postern_cost_micro_usd",
        kind: MetricKind::Counter,
        labels: USE,
        what: "what it cost with the tenant's mark-up, in millionths of a US dollar",
    },
    MetricRow {
        name: "postern_list_cost_micro_usd",
        kind: MetricKind::Counter,
        labels: USE,
        what: "what it cost by the price list, in millionths of a US dollar",
    },
    MetricRow {
        name: "postern_unknown_price",
        kind: MetricKind::Counter,
        labels: USE,
        what: "exchanges that took something nobody knows a price for; their cost is in no sum",
    },
    MetricRow {
        name: "postern_price_table_timestamp_seconds",
        kind: MetricKind::Gauge,
        labels: &[],
        what: "the day of the bundled prices, in seconds since the epoch",
    },
    MetricRow {
        name: "gen_ai_server_request_duration_ms",
        kind: MetricKind::Histogram,
        labels: &["operation"],
        what: "milliseconds from the request's headers to the answer's last byte",
    },
    MetricRow {
        name: "gen_ai_server_time_to_first_token_ms",
        kind: MetricKind::Histogram,
        labels: &["operation"],
        what: "milliseconds to the first byte of a stream's body",
    },
    MetricRow {
        name: "postern_policy_findings",
        kind: MetricKind::Counter,
        labels: &["tenant", "policy", "entity", "action", "direction"],
        what: "what policies found in requests and responses, and what they did about it",
    },
    MetricRow {
        name: "postern_errors",
        kind: MetricKind::Counter,
        labels: &["tenant", "source"],
        what: "answers that are errors, by whose fault: client, gateway-policy, provider or gateway",
    },
    MetricRow {
        name: "postern_tag_requests",
        kind: MetricKind::Counter,
        labels: &["tag", "value"],
        what: "exchanges, by each declared tag they have; of values that are not declared: other",
    },
    MetricRow {
        name: "postern_tag_cost_micro_usd",
        kind: MetricKind::Counter,
        labels: &["tag", "value"],
        what: "millionths of a US dollar, by each declared tag",
    },
    MetricRow {
        name: "postern_tag_tokens",
        kind: MetricKind::Counter,
        labels: &["tag", "value", "type"],
        what: "tokens, by each declared tag; type as of gen_ai_client_token_usage",
    },
    MetricRow {
        name: "postern_retries",
        kind: MetricKind::Counter,
        labels: USE,
        what: "attempts after the first; provider is the one that had the last word",
    },
    MetricRow {
        name: "postern_lossy_fields",
        kind: MetricKind::Counter,
        labels: USE,
        what: "fields of requests that the provider's format could not hold, and of answers that the client's could not",
    },
    MetricRow {
        name: "postern_hang_ups",
        kind: MetricKind::Counter,
        labels: USE,
        what: "exchanges that did not come to the answer's end",
    },
    MetricRow {
        name: "postern_series_overflow",
        kind: MetricKind::Counter,
        labels: &[],
        what: "counts not made because a VM had defined its 10,000 time series already",
    },
    MetricRow {
        name: "postern_internal_errors",
        kind: MetricKind::Counter,
        labels: &[],
        what: "panics caught; each is a bug of ours and a 500 for one request",
    },
];

/// One field of the usage record.
#[derive(Debug)]
pub struct FieldRow {
    /// Its key.
    pub name: &'static str,
    /// What it says, and when it is there, if not always.
    pub what: &'static str,
}

/// Every field of the usage record, in order.
pub static FIELDS: &[FieldRow] = &[
    FieldRow { name: "time_ms", what: "when the request came, milliseconds since the epoch" },
    FieldRow { name: "duration_ms", what: "from the request's headers to the answer's last byte" },
    FieldRow { name: "http.response.status_code", what: "the status the client got" },
    FieldRow { name: "request_id", what: "Envoy's `x-request-id`" },
    FieldRow { name: "gen_ai.operation.name", what: "what was asked: a word of the surfaces' table, or `passthrough`" },
    FieldRow { name: "gen_ai.request.model", what: "the model the client asked for" },
    FieldRow { name: "gen_ai.request.stream", what: "whether a stream was asked for" },
    FieldRow { name: "gen_ai.provider.name", what: "the provider that had the last word; absent if none was asked" },
    FieldRow { name: "gen_ai.response.model", what: "the model the provider names, or the one asked for there" },
    FieldRow {
        name: "gen_ai.response.finish_reasons",
        what: "why the answer ended, in OpenAI's words: `stop`, `length`, `tool_calls`, `content_filter`",
    },
    FieldRow {
        name: "postern.preset",
        what: "that provider's row of the preset table, which says whose prices are its",
    },
    FieldRow { name: "postern.target_model", what: "the model that the provider was asked for" },
    FieldRow { name: "postern.attempts", what: "how many times a provider was tried" },
    FieldRow {
        name: "postern.thrown_away",
        what: "a first answer that had not the schema asked for: the provider, the models and the usage, by the same names; \
               it is part of the record's sums",
    },
    FieldRow { name: "postern.lossy", what: "request fields that the provider's format could not hold" },
    FieldRow { name: "gen_ai.usage.input_tokens", what: "all input tokens, cached ones among them" },
    FieldRow { name: "gen_ai.usage.output_tokens", what: "all output tokens, reasoning among them" },
    FieldRow { name: "gen_ai.usage.cache_read.input_tokens", what: "of the input, read from the prompt cache" },
    FieldRow { name: "gen_ai.usage.cache_creation.input_tokens", what: "of the input, written to the prompt cache" },
    FieldRow { name: "postern.usage.cache_write_1h_tokens", what: "of what was written to it, kept for an hour" },
    FieldRow { name: "gen_ai.usage.reasoning.output_tokens", what: "of the output, reasoning" },
    FieldRow { name: "postern.usage.input_audio_tokens", what: "of the input, sound" },
    FieldRow { name: "postern.usage.output_audio_tokens", what: "of the output, sound" },
    FieldRow { name: "postern.usage.cache_read_audio_tokens", what: "of what was read from the cache, sound" },
    FieldRow { name: "postern.usage.input_image_tokens", what: "of the input, pictures" },
    FieldRow { name: "postern.usage.output_image_tokens", what: "of the output, pictures" },
    FieldRow {
        name: "postern.usage.unbilled_input_tokens",
        what: "of the input, what the provider does not bill (Cohere)",
    },
    FieldRow { name: "postern.usage.unbilled_output_tokens", what: "of the output, what it does not bill" },
    FieldRow { name: "postern.usage.images", what: "pictures made, where they are paid for by piece" },
    FieldRow { name: "postern.usage.search_units", what: "searches that a ranking counted as" },
    FieldRow { name: "postern.usage.characters", what: "characters read aloud" },
    FieldRow {
        name: "postern.usage.service_tier",
        what: "`batch`, `flex`, `priority`, `ultrafast`; absent for the ordinary one",
    },
    FieldRow {
        name: "postern.usage.estimated",
        what: "true: the provider did not tell its last word, and tokens are bytes divided by four",
    },
    FieldRow {
        name: "postern.cost.micro_usd",
        what: "what it cost with the tenant's mark-up, in millionths of a US dollar; absent where nothing was used",
    },
    FieldRow { name: "postern.cost.list_micro_usd", what: "the same by the price list" },
    FieldRow { name: "postern.cost.price_version", what: "the date of the bundled price table, or `configuration`" },
    FieldRow {
        name: "postern.cost.markup_basis_points",
        what: "the tenant's mark-up on the list price, in ten thousandths; absent where there is none",
    },
    FieldRow {
        name: "postern.cost.unknown_price",
        what: "true instead of these: something it took has no price, so its cost is not known",
    },
    FieldRow {
        name: "postern.input_tokens",
        what: "input tokens as counted before the answer, where a policy or a header wanted to know",
    },
    FieldRow { name: "postern.input_tokens.estimated", what: "whether that count is an estimate, all or in part" },
    FieldRow { name: "postern.first_byte_ms", what: "until the first byte of the answer's body" },
    FieldRow { name: "postern.format", what: "the shape of the client's body" },
    FieldRow { name: "postern.passthrough", what: "the name of the passthrough, for what only passes" },
    FieldRow {
        name: "postern.tenant",
        what: "the tenant's full name: the ids from the root down, `acme/research/bot`; absent for unknown callers",
    },
    FieldRow { name: "postern.key", what: "the id of the tenant's key, never the key" },
    FieldRow { name: "postern.tags", what: "for whom and what for: the operator's tags, then the client's" },
    FieldRow { name: "postern.tags_dropped", what: "how many of the client's tags there was no room for" },
    FieldRow {
        name: "postern.policy_version",
        what: "which policies those were: the first 12 hex digits of the SHA-256 of their configuration",
    },
    FieldRow { name: "postern.policies", what: "what policies found: policy, found, action, count; never the value" },
    FieldRow { name: "postern.hung_up", what: "true if the exchange did not come to the answer's end" },
    FieldRow { name: "error.type", what: "the error's code or class" },
    FieldRow { name: "postern.error_source", what: "whose fault: `client`, `gateway-policy`, `provider`, `gateway`" },
    FieldRow {
        name: "postern.audit",
        what: "the seal, where the gateway's `audit` is set: the chain, the record's number there, the hash of the record \
               before it, and its own of all bytes before it",
    },
];

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::collections::BTreeMap;

    use super::super::{Charge, Facts, Metrics};
    use super::*;
    use crate::chat::{Finish, ServiceTier, Usage};
    use crate::cost::Cost;
    use crate::handover::{Outcome, Spent};
    use crate::host::{CallId, Host, HostError, HostResult, Level, Metric, Side};
    use crate::http::{Headers, Reply};
    use crate::policy::Finding;
    use crate::tenant::{DeclaredTags, Tags};

    /// Defines metrics and can do nothing else.
    #[derive(Default)]
    struct Defining(RefCell<BTreeMap<String, MetricKind>>);

    const REFUSED: HostError = HostError { call: "none", status: 12 };

    impl Host for Defining {
        fn define_metric(&self, kind: MetricKind, name: &str) -> HostResult<Metric> {
            self.0.borrow_mut().insert(name.to_owned(), kind);
            Ok(Metric(0))
        }
        fn add_metric(&self, _: Metric, _: i64) -> HostResult<()> {
            Ok(())
        }
        fn record_metric(&self, _: Metric, _: u64) -> HostResult<()> {
            Ok(())
        }
        fn now_ns(&self) -> u64 {
            0
        }
        fn env(&self, _: &str) -> Option<String> {
            None
        }
        fn random(&self, _: &mut [u8]) -> HostResult<()> {
            Err(REFUSED)
        }
        fn log(&self, _: Level, _: &str) {}
        fn headers(&self, _: Side) -> HostResult<Headers> {
            Err(REFUSED)
        }
        fn set_headers(&self, _: Side, _: &Headers) -> HostResult<()> {
            Err(REFUSED)
        }
        fn body_from(&self, _: Side, _: usize) -> HostResult<Vec<u8>> {
            Err(REFUSED)
        }
        fn set_body(&self, _: Side, _: &[u8]) -> HostResult<()> {
            Err(REFUSED)
        }
        fn property(&self, _: &[&str]) -> Option<Vec<u8>> {
            None
        }
        fn state(&self, _: &str) -> Option<Vec<u8>> {
            None
        }
        fn set_state(&self, _: &str, _: &[u8]) -> HostResult<()> {
            Err(REFUSED)
        }
        fn clear_route_cache(&self) -> HostResult<()> {
            Err(REFUSED)
        }
        fn reply(&self, _: &Reply) -> HostResult<()> {
            Err(REFUSED)
        }
        fn resume(&self, _: Side) -> HostResult<()> {
            Err(REFUSED)
        }
        fn reset(&self) -> HostResult<()> {
            Err(REFUSED)
        }
        fn shared(&self, _: &str) -> HostResult<(Option<Vec<u8>>, u32)> {
            Err(REFUSED)
        }
        fn set_shared(&self, _: &str, _: &[u8], _: u32) -> HostResult<bool> {
            Err(REFUSED)
        }
        fn call(&self, _: &str, _: &Headers, _: &[u8], _: u32) -> HostResult<CallId> {
            Err(REFUSED)
        }
        fn tick_every(&self, _: u32) -> HostResult<()> {
            Err(REFUSED)
        }
        fn wake_me(&self) -> HostResult<()> {
            Err(REFUSED)
        }
        fn sign_rs256(&self, _: &[u8], _: &[u8]) -> HostResult<Vec<u8>> {
            Err(REFUSED)
        }
    }

    /// An exchange with something in every place.
    fn everything() -> Facts {
        Facts {
            start_ns: 1,
            first_byte_ns: Some(1),
            operation: "chat",
            format: "openai_chat",
            passthrough: "files".to_owned(),
            tenant: "acme".to_owned(),
            key: "laptop".to_owned(),
            tags: {
                let mut tags: Tags = [("team", "demo")].into_iter().collect();
                tags.read_headers(&[("x-postern-tags", "unreadable")].into_iter().collect());
                tags
            },
            declared_tags: std::rc::Rc::new(DeclaredTags::new(vec![
                crate::config::parse(br#"{"name":"team","values":["demo"]}"#).unwrap().0,
            ])),
            model_asked: "gpt-4o-mini".to_owned(),
            model_label: "gpt-4o-mini".to_owned(),
            counted: Some(crate::policy::Counted { tokens: 5, ..Default::default() }),
            target_model: "gpt-4o-mini".to_owned(),
            cost: Some(Charge::Known {
                cost: Cost { list_micro_usd: 1, micro_usd: 2 },
                version: "2026-11-26",
                markup_basis_points: 5,
            }),
            outcome: Some(Outcome {
                provider: "openai".to_owned(),
                preset: Some("openai".into()),
                target: 0,
                model: "gpt-4o-mini-2024-07-18".to_owned(),
                attempt: 2,
                status: 200,
                usage: Some(Usage {
                    input: 5,
                    output: 4,
                    cache_read: 3,
                    cache_write: 2,
                    cache_write_1h: 1,
                    reasoning: 1,
                    input_audio: 1,
                    output_audio: 1,
                    cache_read_audio: 1,
                    input_image: 1,
                    output_image: 1,
                    unbilled_input: 1,
                    unbilled_output: 1,
                    images: 1,
                    search_units: 1,
                    characters: 1,
                    tier: ServiceTier::Flex,
                    estimated: true,
                }),
                finish: Some(Finish::Stop),
                lossy: vec!["top_k".to_owned()],
                spent: Some(std::rc::Rc::new(Spent {
                    provider: "openai".to_owned(),
                    preset: None,
                    asked: "m".to_owned(),
                    model: "m".to_owned(),
                    usage: Usage { input: 1, ..Usage::default() },
                })),
                error: None,
                complete: true,
            }),
            status: 200,
            stream: true,
            hung_up: true,
            error_source: Some("client"),
            error_code: Some("invalid_request".to_owned()),
            findings: vec![Finding::new("redact", "EMAIL_ADDRESS", "replace", 1)],
            request_id: "id".to_owned(),
            ..Facts::default()
        }
    }

    #[test]
    fn every_metric_has_its_row_with_its_kind_and_labels() {
        let host = Defining::default();
        let metrics = Metrics::default();
        metrics.count(&host, &everything());
        metrics.count(&host, &Facts { cost: Some(Charge::UnknownPrice), ..everything() });
        metrics.show_price_table(&host);
        let mut seen: Vec<String> = Vec::new();
        for (name, kind) in host.0.take() {
            if !name.contains('.') {
                seen.push(format!("{name} {kind:?} []"));
                continue;
            }
            let mut parts = name.split("_;").filter(|part| !part.is_empty());
            let (metric, first) = parts.next().unwrap().split_once('.').unwrap();
            let labels = std::iter::once(first).chain(parts.map(|part| part.trim_start_matches('.')));
            let labels: Vec<_> = labels.map(|label| label.split_once("_=").unwrap().0).collect();
            seen.push(format!("{metric} {kind:?} {labels:?}"));
        }
        // One is counted where there is no room left, the other where the module has failed.
        let elsewhere = ["postern_series_overflow", "postern_internal_errors"];
        let rows = METRICS.iter().filter(|row| !elsewhere.contains(&row.name));
        let mut rows: Vec<_> = rows.map(|row| format!("{} {:?} {:?}", row.name, row.kind, row.labels)).collect();
        seen.sort();
        seen.dedup();
        rows.sort();
        assert_eq!(seen, rows);
    }

    #[test]
    fn every_field_of_the_record_has_its_row_in_order() {
        let (host, mut errors) = (crate::host::fake::FakeHost::new(), crate::config::Errors::new());
        let (config, _) = crate::config::parse(b"{}").unwrap();
        let mut record = everything().record();
        super::super::audit::Chain::new(config, &host, &mut errors).seal(&mut record);
        let record: serde_json::Value = serde_json::from_slice(&record).unwrap();
        let fields: Vec<_> = record.as_object().unwrap().keys().map(String::as_str).collect();
        // It stands in the place of the others.
        let unknown = "postern.cost.unknown_price";
        let rows = FIELDS.iter().map(|row| row.name).filter(|name| *name != unknown);
        assert_eq!(fields, rows.collect::<Vec<_>>());
        let record = Facts { cost: Some(Charge::UnknownPrice), ..everything() }.record();
        assert!(String::from_utf8(record).unwrap().contains(unknown));
    }
}
