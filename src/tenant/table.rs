//! The tenants as they are now: out of the gateway's own configuration, or out of a table that is a file of its own.
//!
//! Such a table is the configuration of an instance of this module that filters nothing: Envoy reads it from a file by
//! ECDS and hands it to every virtual machine, which is that of the gateway filters too. There it lies in memory, under
//! its name, ready to be asked; no request pays for where it came from. A wrong one is refused by Envoy, and the one
//! before stays. See docs/decisions/0012-tenant-table.md.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use super::tree::Tree;
use crate::chat::ApiError;
use crate::config::{Bounded, Errors, Name, Node, Pattern, parse_rows, settings};
use crate::host::{Exchange, Flow, Host, Level, Plugin};
use crate::http::Reply;

settings! {
    /// A table of tenants of its own. It is no filter: it stands in `http_filters` with `disabled: true`, before the
    /// gateways that name it in `tenant_table`, and in their virtual machine (`vm_id`).
    pub struct TableConfig {
        /// What gateways call it.
        pub name: Name,
        /// Who may use the gateway.
        pub tenants: Tree,
        /// The `id`s of signed tokens that do not count any more.
        pub revoked: Vec<Name> = Vec::new(),
    }
    check = TableConfig::has_tenants;
}

impl TableConfig {
    fn has_tenants(&self, node: Node<'_>, errors: &mut Errors) {
        if self.tenants.is_empty() {
            errors.add(node.key("tenants"), "nobody could ask; give at least one tenant");
        }
    }
}

settings! {
    /// The table as it is kept for a virtual machine that begins anew.
    struct Kept {
        /// See `FilterConfig`.
        version: Bounded<1, 1>,
        /// The table.
        tenant_table: TableConfig,
    }
}

thread_local! {
    // One thread runs one virtual machine's code.
    static TABLES: RefCell<HashMap<Name, Rc<Tree>>> = RefCell::new(HashMap::new());
}

/// The tenants as they are now. An exchange keeps the tree it began with, so that a new one changes nothing under it.
pub struct Directory {
    from: From,
    /// The tree that was given last.
    last: RefCell<Rc<Tree>>,
}

enum From {
    Own(Rc<Tree>),
    Table(Name),
}

impl Directory {
    /// A directory of these tenants.
    pub fn own(tree: Tree) -> Self {
        let tree = Rc::new(tree);
        Self { last: RefCell::new(Rc::clone(&tree)), from: From::Own(tree) }
    }

    /// A directory of whatever the table of that name holds. The virtual machine in which Envoy tries a configuration has
    /// no table of its own, and looks where it is kept.
    pub fn of_table(name: Name, host: &dyn Host) -> Self {
        let last = TABLES.with_borrow(|tables| tables.get(&name).cloned()).or_else(|| recover(&name, host));
        Self { from: From::Table(name), last: RefCell::new(last.unwrap_or_default()) }
    }

    /// Tells a table the models of a gateway that asks it, so that a row which names another is refused with its table.
    pub fn tell_models<'m>(&self, host: &dyn Host, patterns: impl Iterator<Item = &'m str>) {
        let From::Table(name) = &self.from else { return };
        let patterns = serde_json::Value::from_iter(patterns).to_string();
        if let Err(error) = host.set_shared(&models_key(name), patterns.as_bytes(), 0) {
            host.log(Level::Warn, &format!("the table of tenants is not told the gateway's models: {error}"));
        }
    }

    /// The tenants now, and whether they are others than at the last call. An error: the table is not there yet.
    pub fn tree(&self, host: &dyn Host) -> Result<(Rc<Tree>, bool), ApiError> {
        let name = match &self.from {
            From::Own(tree) => return Ok((Rc::clone(tree), false)),
            From::Table(name) => name,
        };
        let now = TABLES.with_borrow(|tables| tables.get(name).cloned());
        let Some(now) = now.or_else(|| recover(name, host)) else {
            return Err(ApiError::unreachable(503, "the gateway does not know its tenants yet; try again in a moment"));
        };
        let mut last = self.last.borrow_mut();
        let changed = !Rc::ptr_eq(&last, &now);
        if changed {
            *last = Rc::clone(&now);
        }
        Ok((now, changed))
    }

    /// What there was at the last call of [`Directory::tree`], for what is made when the configuration is read.
    pub fn last(&self) -> Rc<Tree> {
        Rc::clone(&self.last.borrow())
    }
}

/// The paths of lists of tenants in a whole configuration: they are read row by row.
pub const LONG_LISTS: [&str; 2] = ["gateway.tenants", "tenant_table.tenants"];

fn shared_key(name: &Name) -> String {
    format!("postern/tenant_table/{name}")
}

fn models_key(name: &Name) -> String {
    format!("postern/tenant_table/{name}/models")
}

/// Refuses rows that name a model which the gateway has not. Before the first gateway nothing is known, and it is the
/// gateway that will be refused.
fn refuse_unknown_models(config: &TableConfig, host: &dyn Host, node: Node<'_>, errors: &mut Errors) {
    let told = host.shared(&models_key(&config.name)).ok().and_then(|(told, _)| told);
    let Some(told) = told.and_then(|told| serde_json::from_slice::<Vec<String>>(&told).ok()) else { return };
    let models: Vec<Pattern> = told.iter().filter_map(|pattern| Pattern::new(pattern)).collect();
    for tenant in config.tenants.iter() {
        for budget in tenant.row().iter().flat_map(|row| &row.budgets) {
            if let Err(why) = budget.exhausted.check(&|model| models.iter().any(|known| known.matches(model))) {
                errors.add(node.key("tenants"), format!("tenant {}: {why}", tenant.id()));
            }
        }
    }
}

fn enter(config: TableConfig) -> Rc<Tree> {
    let tree = Rc::new(config.tenants.without_tokens(config.revoked));
    TABLES.with_borrow_mut(|tables| tables.insert(config.name, Rc::clone(&tree)));
    tree
}

/// After a fault Envoy begins a virtual machine anew with the filters that requests need, and a table is none of those:
/// what all virtual machines share still has its text.
fn recover(name: &Name, host: &dyn Host) -> Option<Rc<Tree>> {
    let (text, _) = host.shared(&shared_key(name)).ok()?;
    let (kept, _) = parse_rows::<Kept>(&text?, &LONG_LISTS).ok()?;
    Some(enter(kept.tenant_table))
}

/// A table, as an instance of the module.
pub struct TablePlugin;

impl TablePlugin {
    /// Puts the table in its place, if it can be used; `text` is the whole configuration it was read from.
    pub fn new(config: TableConfig, text: &[u8], host: &dyn Host, node: Node<'_>, errors: &mut Errors) -> Self {
        refuse_unknown_models(&config, host, node, errors);
        if !errors.is_empty() {
            return Self;
        }
        if let Err(error) = host.set_shared(&shared_key(&config.name), text, 0) {
            host.log(Level::Warn, &format!("the table of tenants cannot be kept for a new virtual machine: {error}"));
        }
        enter(config);
        Self
    }
}

impl Plugin for TablePlugin {
    fn exchange(&self) -> Box<dyn Exchange> {
        Box::new(Unconcerned)
    }
}

/// A request that passes a table which is not disabled.
struct Unconcerned;

impl Exchange for Unconcerned {
    fn on_request_headers(&mut self, _host: &dyn Host, _end: bool) -> Flow {
        Flow::Continue
    }

    fn on_request_body(&mut self, _host: &dyn Host, _size: usize, _end: bool) -> Flow {
        Flow::Continue
    }

    fn on_response_headers(&mut self, _host: &dyn Host, _end: bool) -> Flow {
        Flow::Continue
    }

    fn on_response_body(&mut self, _host: &dyn Host, _size: usize, _end: bool) -> Flow {
        Flow::Continue
    }

    fn internal_error(&self) -> Reply {
        Reply { status: 500, ..Reply::default() }
    }
}
