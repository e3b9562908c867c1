//! What all exchanges of a configuration have in common, and how the policies are asked.

use std::cell::{OnceCell, RefCell};
use std::rc::Rc;

use super::config::ProviderLimits;
use crate::chat::{ApiError, Usage};
use crate::cost::{Price, Prices};
use crate::host::{Host, Level};
use crate::ledger::quota;
use crate::models::Models;
use crate::passthrough::Passthrough;
use crate::policy::{Ask, Finding, Names, Notes, Stage};
use crate::telemetry::Metrics;
use crate::telemetry::audit::Chain;
use crate::tenant::{Caller, DeclaredTags, Directory, Identity, Tree};

/// What all exchanges of a configuration have in common.
pub(super) struct Shared {
    pub directory: Directory,
    pub identity: Identity,
    pub declared_tags: Rc<DeclaredTags>,
    pub models: Models,
    pub passthrough: Vec<Passthrough>,
    pub stages: Vec<Box<dyn Stage>>,
    /// Whether any of the stages wants to read bodies.
    pub reads_bodies: bool,
    pub max_body_bytes: usize,
    pub strict: bool,
    pub show_input_tokens: bool,
    pub provider_limits: ProviderLimits,
    pub prices: Prices,
    pub shared_limits: bool,
    pub metrics: Metrics,
    /// See [`crate::telemetry::Facts::policy_version`].
    pub policy_version: Rc<str>,
    pub audit: Option<Chain>,
    /// The slots of the ledger that the policies have made.
    pub slots: RefCell<Vec<String>>,
}

impl Shared {
    /// Makes what the policies keep by name for all workers. An error: what they ask for cannot be.
    pub fn prepare(&self, host: &dyn Host, tenants: &Tree) -> Result<(), String> {
        let passed = self.passthrough.iter().map(|row| row.cluster.as_str());
        let names = Names {
            tenants,
            tags: &self.declared_tags,
            models: self.models.labels().chain(["other"]).collect(),
            knows: &|model| self.models.label(model).is_some(),
            clusters: self.models.clusters().chain(passed).collect(),
        };
        let mut slots = self.slots.borrow_mut();
        slots.clear();
        let mut result = Ok(());
        for stage in &self.stages {
            result = result.and(stage.prepare(host, &names, &mut slots));
        }
        result
    }

    /// The tenants as they are now; what is kept for them is made when they are others than before.
    pub fn tenants(&self, host: &dyn Host) -> Result<Rc<Tree>, ApiError> {
        let (tenants, changed) = self.directory.tree(host)?;
        if changed && let Err(why) = self.prepare(host, &tenants) {
            host.log(Level::Error, &format!("the table of tenants: {why}"));
        }
        Ok(tenants)
    }

    /// What so much of a model would cost where it goes first. Its price is looked up once, and kept in `price`.
    pub fn cost<'s>(
        &'s self,
        price: &OnceCell<Option<Price<'s>>>,
        model: &str,
        caller: &Caller,
        usage: &Usage,
    ) -> Option<u64> {
        let price = price.get_or_init(|| self.models.price(model, &self.prices)).as_ref()?;
        Some(price.cost(usage, caller.price_markup_basis_points())?.micro_usd)
    }

    /// Avoids targets whose providers have nothing left, as long as there are others.
    fn heed_providers(&self, ask: &Ask<'_>, notes: &mut Notes, now_ms: u64) -> Result<(), ApiError> {
        if self.provider_limits == ProviderLimits::Ignore {
            return Ok(());
        }
        let waits = ask.targets.iter().map(|to| quota::exhausted_ms(ask.host, &to.cluster, &to.model, now_ms));
        let waits: Vec<u64> = waits.collect();
        if waits.contains(&0) {
            let exhausted = waits.iter().enumerate().filter(|(_, ms)| **ms > 0);
            notes.avoid = exhausted.map(|(place, _)| place).collect();
        } else if self.provider_limits == ProviderLimits::Refuse
            && let Some(ms) = waits.iter().min()
        {
            let secs = ms.div_ceil(1_000);
            notes.findings.push(Finding::new("limit", "provider", "refuse", 1));
            let message = format!("the provider of this model has nothing left; try again in {secs} s");
            return Err(ApiError::rate_limited(message, secs));
        }
        Ok(())
    }

    /// Asks the policies, one after the other. Targets whose providers have nothing left are avoided from the start.
    pub fn consult(&self, ask: &Ask<'_>) -> (Notes, Result<(), ApiError>) {
        let mut notes = Notes::default();
        let now_ms = ask.host.now_ns() / 1_000_000;
        if let Err(error) = self.heed_providers(ask, &mut notes, now_ms) {
            return (notes, Err(error));
        }
        let passed = self.stages.iter().try_for_each(|stage| stage.on_request(ask, &mut notes));
        notes.write_standings(ask.shape.dialect().name(), now_ms);
        (notes, passed)
    }
}
