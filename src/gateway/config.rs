//! What the operator says of the filter in the listener.

use crate::config::{Bounded, Errors, Name, Node, settings, words};
use crate::cost::PriceRow;
use crate::ledger::snapshot::SnapshotConfig;
use crate::models::Route;
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
    }
}
