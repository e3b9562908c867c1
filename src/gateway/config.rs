//! What the operator says of the filter in the listener.

use std::collections::BTreeSet;

use crate::config::{Bounded, Errors, Name, Node, settings, words};
use crate::cost::PriceRow;
use crate::ledger::snapshot::SnapshotConfig;
use crate::models::{Route, RouteTarget};
use crate::passthrough::Passthrough;
use crate::policy::{self, Policy};
use crate::telemetry::audit::AuditConfig;
use crate::tenant::{DeclaredTag, Identity, Source, Tree};

words! {
    /// What to do with a target whose provider has nothing left.
    pub enum ProviderLimits {
        /// Ask another target; where there is none, ask all the same: a smaller request may pass.
        "avoid" => Avoid,
        /// Ask another target; where there is none, tell the client when to come again.
        "refuse" => Refuse,
        /// Ask all the same.
        "ignore" => Ignore,
    }
}

settings! {
    /// The filter in the listener: it knows the clients.
    pub struct GatewayConfig {
        /// Who may use the gateway, unless `tenant_table` says.
        pub tenants: Tree = Tree::default(),
        /// The name of a table of tenants that is an instance of its own, and can be replaced while requests run.
        pub tenant_table: Option<Name>,
        /// Where it is told who asks, in order: the first that finds what it looks for decides.
        pub identity: Vec<Source> = vec![Source::Key],
        /// Tags that metrics and limits may go by.
        pub tags: Vec<DeclaredTag> = Vec::new(),
        /// Which model goes where.
        pub models: Vec<Route>,
        /// Paths that go to one cluster as they are.
        pub passthrough: Vec<Passthrough> = Vec::new(),
        /// Rules for every request, in order.
        pub policies: Vec<Policy> = Vec::new(),
        /// Prices that the bundled table does not have, or has otherwise. The first row that fits is taken.
        pub prices: Vec<PriceRow> = Vec::new(),
        /// Envoy's global rate-limit filter stands behind this one: gives it, in filter state, the tenant, and the tokens
        /// and micro-dollars to count. `envoy/global-limits.yaml` shows how.
        pub shared_limits: bool = false,
        /// Largest request body in bytes. Envoy must be let hold as much: `request_body_buffer_limit`.
        pub max_body_bytes: Bounded<1, 1_073_741_824> = Bounded::of::<33_554_432>(),
        /// Refuse a request that its provider's format cannot hold whole, instead of dropping fields and naming them in
        /// `x-postern-lossy`.
        pub strict: bool = false,
        /// Count the tokens of every chat request before it is answered, and say so in `x-postern-input-tokens`.
        pub show_input_tokens: bool = false,
        /// What to do with a target whose provider has said, in the headers of an answer, that it has nothing left for the
        /// model, until it said it will.
        pub provider_limits: ProviderLimits = ProviderLimits::Avoid,
        /// Records are sealed, so that one that is changed, taken out or moved shows.
        pub audit: Option<AuditConfig>,
        /// Where the counts of limits and budgets are kept for a restart of Envoy. A new configuration or module keeps them
        /// anyway.
        pub snapshot: Option<SnapshotConfig>,
    }
    check = GatewayConfig::can_serve;
}

impl GatewayConfig {
    fn can_serve(&self, node: Node<'_>, errors: &mut Errors) {
        match &self.tenant_table {
            Some(_) if !self.tenants.is_empty() => {
                errors.add(node.key("tenants"), "the tenants are those of tenant_table; give one of the two");
            }
            Some(_) => {}
            None if self.tenants.is_empty() => {
                errors.add(node.key("tenants"), "nobody could ask; give at least one tenant, or a tenant_table");
            }
            None if !self.tenants.has_keys() && !Identity::knows_more_than_keys(&self.identity) => {
                let hint = "give at least one a key, or the gateway another `identity`";
                errors.add(node.key("tenants"), format!("nobody could ask, for no tenant has a key; {hint}"));
            }
            None => {}
        }
        if self.identity.is_empty() {
            errors.add(node.key("identity"), "nobody could be told from another; leave it out for keys alone");
        }
        errors.refuse_repeats(node.key("tags"), "name", self.tags.iter().map(|tag| tag.name.as_str()));
        policy::refuse_shared_counts(&self.policies, node.key("policies"), errors);
        if self.models.is_empty() {
            errors.add(node.key("models"), "nothing could be asked for; give at least one model");
        }
        errors.refuse_repeats(node.key("passthrough"), "name", self.passthrough.iter().map(|row| row.name.as_str()));
        self.refers_to_what_is_there(node, errors);
    }

    /// A name that leads nowhere is a mistake, and where it stands in a rule the rule never acts. Tenants of a table of
    /// its own are not looked at: it is made for other gateways too, and is replaced while this stays.
    fn refers_to_what_is_there(&self, node: Node<'_>, errors: &mut Errors) {
        let tenants = self.tenant_table.is_none().then_some(&self.tenants);
        let known = policy::Known {
            routes: self.models.iter().map(|route| &route.name).collect(),
            models: self.models.iter().flat_map(Route::labels).collect(),
            tags: self.tags.iter().map(|tag| tag.name.as_str()).collect(),
            tenants: tenants.map(|tree| tree.iter().map(|tenant| tenant.id()).collect()),
        };
        policy::refuse_dangling(&self.policies, &known, node.key("policies"), errors);
        let Some(tree) = tenants else { return };
        let passed: Vec<&str> = self.passthrough.iter().map(|row| row.name.as_str()).collect();
        let targets = self.models.iter().flat_map(|route| &route.targets).filter_map(RouteTarget::region);
        let regions = targets.chain(self.passthrough.iter().filter_map(|row| Some(row.region.as_ref()?.as_str())));
        let regions: BTreeSet<&str> = regions.collect();
        for (at, tenant) in tree.iter().enumerate() {
            let Some(row) = tenant.row() else { continue };
            let list = node.key("tenants");
            let place = list.index(at);
            if let Some(names) = &row.passthrough {
                errors.refuse_dangling(place.key("passthrough"), "passthrough", names, &passed);
            }
            for (nth, region) in row.regions.iter().flatten().enumerate() {
                if !regions.contains(region.as_str()) {
                    errors.unknown(
                        place.key("regions").index(nth),
                        "region of a target",
                        region.as_str(),
                        regions.iter().copied(),
                    );
                }
            }
        }
        for (at, source) in self.identity.iter().enumerate() {
            let Source::Token(tokens) = source else { continue };
            for (nth, key) in tokens.keys.iter().enumerate() {
                let Some(tenant) = key.tenant.as_ref().filter(|tenant| tree.find(tenant.as_str()).is_none()) else {
                    continue;
                };
                let list = node.key("identity");
                let place = list.index(at);
                let ids = tree.iter().map(|tenant| tenant.id());
                errors.unknown(place.key("token").key("keys").index(nth).key("tenant"), "tenant", tenant.as_str(), ids);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::parse;

    /// A gateway with some of its members replaced.
    fn gateway(changes: &str) -> String {
        let hex = "a".repeat(64);
        let mut config = serde_json::json!({
            "tenants": [{"id": "acme", "keys": [{"id": "k", "sha256": hex}]}],
            "models": [{"name": "gpt-*", "targets": [{"cluster": "openai", "region": "us"}], "listed": ["gpt-4o"]}],
            "passthrough": [{"name": "files", "path": "/v1/files", "cluster": "openai"}],
            "tags": [{"name": "project", "values": ["a"]}],
        });
        let changes: serde_json::Value = serde_json::from_str(&changes.replace("HEX", &hex)).unwrap();
        config.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        match parse::<GatewayConfig>(config.to_string().as_bytes()) {
            Ok(_) => String::new(),
            Err(errors) => errors.to_string(),
        }
    }

    #[test]
    fn a_name_that_leads_nowhere_is_refused_where_it_stands() {
        let rows = [
            (
                r#"{"policies":[{"limit":{"requests_per_minute":1,"models":["gpt-5"]}}]}"#,
                "policies[0].limit.models[0]: unknown model of the metrics \"gpt-5\"; did you mean \"gpt-*\"?",
            ),
            (
                r#"{"policies":[{"limit":{"requests_per_minute":1,"models":[]}}]}"#,
                "policies[0].limit.models: an empty list",
            ),
            (
                r#"{"policies":[{"limit":{"requests_per_minute":1,"by":["tag"],"tag":"projct"}}]}"#,
                "policies[0].limit.tag: unknown tag of the gateway's `tags` \"projct\"; did you mean \"project\"?",
            ),
            (
                r#"{"policies":[{"budget":{"budgets":[{"usd":"1","per":"day"}],"models":["claude-*"]}}]}"#,
                "policies[0].budget.models[0]: unknown model",
            ),
            (
                r#"{"policies":[{"redact":{"rules":[{"tenants":["acmee"],"action":"block"}]}}]}"#,
                "policies[0].redact.rules[0].tenants[0]: unknown tenant \"acmee\"; did you mean \"acme\"?",
            ),
            (
                r#"{"policies":[{"redact":{"rules":[{"models":["claude-x"],"action":"block"}]}}]}"#,
                "policies[0].redact.rules[0].models[0]: unknown model",
            ),
            (
                r#"{"tenants":[{"id":"a","keys":[{"id":"k","sha256":"HEX"}],"passthrough":["file"]}]}"#,
                "tenants[0].passthrough[0]: unknown passthrough \"file\"; did you mean \"files\"?",
            ),
            (
                r#"{"tenants":[{"id":"a","keys":[{"id":"k","sha256":"HEX"}],"regions":["eu"]}]}"#,
                "tenants[0].regions[0]: unknown region of a target \"eu\"",
            ),
            (
                r#"{"identity":[{"token":{"keys":[{"kid":"a","tenant":"nobody","verify":{"hmac":{"env":"K"}}}]}}]}"#,
                "identity[0].token.keys[0].tenant: unknown tenant \"nobody\"",
            ),
        ];
        for (changes, want) in rows {
            let errors = gateway(changes);
            assert!(errors.contains(want), "{changes}: {errors}");
        }
        let right = [
            "{}",
            r#"{"policies":[{"limit":{"requests_per_minute":1,"models":["gpt-4o","gpt-*"]}},
                {"redact":{"rules":[{"tenants":["ac*"],"models":["gpt-5","claude-*"],"action":"block"}]}}]}"#,
            r#"{"tenants":[{"id":"a","keys":[{"id":"k","sha256":"HEX"}],"passthrough":["*"],"regions":["us"]}]}"#,
            // Those of a table are not known here.
            r#"{"tenants":[],"tenant_table":"live","policies":[{"redact":{"rules":[{"tenants":["b"],"action":"block"}]}}]}"#,
        ];
        for changes in right {
            assert_eq!(gateway(changes), "", "{changes}");
        }
    }
}
