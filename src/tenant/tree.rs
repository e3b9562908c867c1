//! The tree of tenants, out of flat rows: each has an id of its own and may name the row above it. Flat, since that is
//! how tables of 100,000 customers come; one form, since two say the same in two ways.
//!
//! What most rows have (a name, a parent, a key) is kept in a few bytes each, and only a row that says more is kept as
//! it was read.

use std::collections::HashMap;

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::key::{Hex32, KeyAt, TenantKey};
use crate::config::{Bounded, Errors, Map, Name, Node, Pattern, Setting, Shape, Time, settings};
use crate::ledger::{self, BudgetRow, LimitRow};
use crate::surface::Operation;

/// The most tenants above one another: a request looks at each of them.
pub const MAX_DEPTH: usize = 32;

settings! {
    /// Somebody who uses the gateway: an organisation, a team, a project, an application, a customer. What a tenant says
    /// holds for all below it, and they can only narrow it: a request must be allowed by every tenant from its key's own
    /// up to the root.
    pub struct TenantRow {
        /// Its name, in records and metrics. No other tenant has it.
        pub id: Name,
        /// The `id` of the tenant it belongs to; none for the root of a tree. The order of the rows does not matter.
        pub parent: Option<Name>,
        /// Its keys. Two or more are fine, so that one can be replaced without a pause. A tenant that only holds others
        /// together needs none.
        pub keys: Option<Vec<TenantKey>>,
        /// The models it may ask for; `*` stands for any run of characters. All that its parent may, if left out.
        pub models: Option<Vec<Pattern>>,
        /// Models it may not ask for, whatever `models` says.
        pub deny_models: Vec<Pattern> = Vec::new(),
        /// The names of passthroughs it may use; `*` stands for any run of characters. Those of its parent if left out,
        /// and none if nobody above gives any.
        pub passthrough: Option<Vec<Pattern>>,
        /// What it may do: `chat`, `embeddings`, `passthrough` ... All that its parent may, if left out.
        pub operations: Option<Vec<OperationName>>,
        /// The regions its requests may go to: a target elsewhere, or of no `region`, is none for it.
        pub regions: Option<Vec<Name>>,
        /// The tools it may offer to models: functions by their names, tools of the provider's by their types, such as
        /// `web_search*` or `mcp`; `*` stands for any run of characters. Any, if left out; an empty list: none.
        pub tools: Option<Vec<Pattern>>,
        /// Tools it may not offer, whatever `tools` says.
        pub deny_tools: Vec<Pattern> = Vec::new(),
        /// Tags that its requests must have.
        pub require_tags: Vec<Name> = Vec::new(),
        /// What is added to the list price of what it uses, in ten thousandths: 1500 is 15 %. That of its parent if left
        /// out, and nothing if nobody above gives any.
        pub price_markup_basis_points: Option<Bounded<0, 1_000_000>>,
        /// Words for the record, e.g. `{"cost_center": "4711"}`. Those of its parent hold too; of one name its own does.
        pub tags: Map<String, Name> = Map::default(),
        /// What others call it: a claim's value, a certificate's name, such as `spiffe://acme.test/bot`. No other tenant
        /// has it.
        pub principals: Vec<String> = Vec::new(),
        /// What it may use, together with all tenants below it.
        pub limits: Vec<LimitRow> = Vec::new(),
        /// What it may spend, together with all tenants below it.
        pub budgets: Vec<BudgetRow> = Vec::new(),
    }
    check = TenantRow::can_be_used;
}

impl TenantRow {
    fn can_be_used(&self, node: Node<'_>, errors: &mut Errors) {
        if self.keys.as_ref().is_some_and(Vec::is_empty) {
            errors
                .add(node.key("keys"), "an empty list; give a key, or leave it out for a tenant that others belong to");
        }
        if self.models.as_ref().is_some_and(Vec::is_empty) {
            errors.add(node.key("models"), "an empty list allows no model; leave it out to allow every model");
        }
        if self.operations.as_ref().is_some_and(Vec::is_empty) {
            errors.add(node.key("operations"), "an empty list allows nothing; leave it out to allow everything");
        }
        if self.regions.as_ref().is_some_and(Vec::is_empty) {
            errors.add(node.key("regions"), "an empty list allows no target; leave it out to allow every region");
        }
        for (index, principal) in self.principals.iter().enumerate() {
            if principal.is_empty() || principal.len() > MAX_PRINCIPAL_BYTES || principal.chars().any(char::is_control)
            {
                let wanted = format!("expected 1 to {MAX_PRINCIPAL_BYTES} bytes without control characters");
                errors.add(node.key("principals").index(index), wanted);
            }
        }
        let meters: Vec<_> = self.limits.iter().filter_map(LimitRow::meter).collect();
        ledger::refuse_repeats(&meters, node.key("limits"), errors);
        let meters: Vec<_> = self.budgets.iter().filter_map(BudgetRow::meter).collect();
        ledger::refuse_repeats(&meters, node.key("budgets"), errors);
        let keys = self.keys.iter().flatten();
        errors.refuse_repeats(node.key("keys"), "id", keys.map(|key| key.id.as_str()));
    }

    /// Whether it says more than who it is: only then is it kept. A new setting that tenants may have is named here too.
    fn says_more(&self) -> bool {
        let Self {
            id: _,
            parent: _,
            keys: _,
            principals: _,
            models,
            deny_models,
            passthrough,
            operations,
            regions,
            tools,
            deny_tools,
            require_tags,
            price_markup_basis_points,
            tags,
            limits,
            budgets,
        } = self;
        [models, passthrough, tools].into_iter().any(Option::is_some)
            || [deny_models, deny_tools].into_iter().any(|list| !list.is_empty())
            || operations.is_some()
            || regions.is_some()
            || price_markup_basis_points.is_some()
            || !require_tags.is_empty()
            || !tags.is_empty()
            || !limits.is_empty()
            || !budgets.is_empty()
    }
}

/// Of a principal. A SPIFFE id has at most 2048.
const MAX_PRINCIPAL_BYTES: usize = 2048;

/// What may be asked for, by its name in records and metrics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OperationName(Operation);

impl OperationName {
    /// The operation.
    pub fn operation(self) -> Operation {
        self.0
    }
}

impl Setting for OperationName {
    fn read(node: Node<'_>, errors: &mut Errors) -> Option<Self> {
        let text = node.text(errors)?;
        let operation = Operation::named(text).filter(|operation| *operation != Operation::Health);
        if operation.is_none() {
            errors.unknown(node, "operation", text, Operation::names());
        }
        operation.map(Self)
    }
    fn describe() -> Shape {
        let names: Vec<_> = Operation::names().collect();
        Shape::leaf(format!("one of {}", names.join(", ")), serde_json::json!({"enum": names}))
    }
    fn show(&self) -> serde_json::Value {
        self.0.name().into()
    }
}

/// A tenant's place in its tree: small, and good for that tree only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TenantAt(u32);

impl TenantAt {
    /// Its number: the tenants of a tree have those from 0 up to [`Tree::len`], in the order of their rows.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// All tenants, ready to be asked.
#[derive(Default)]
pub struct Tree {
    /// Every name, one after the other.
    names: String,
    tenants: Vec<Entry>,
    /// The tenants by their ids, in the order of those.
    by_id: Vec<u32>,
    /// The keys in the order of their digests.
    keys: Vec<Key>,
    /// What others call tenants, in order.
    principals: Vec<(Span, TenantAt)>,
    /// The ids of tokens that do not count any more, in order.
    revoked: Vec<Name>,
}

/// Where a name stands in [`Tree::names`].
#[derive(Clone, Copy)]
struct Span {
    start: u32,
    len: u32,
}

struct Entry {
    id: Span,
    parent: Option<TenantAt>,
    row: Option<Box<TenantRow>>,
}

struct Key {
    sha256: Hex32,
    tenant: TenantAt,
    /// Its place in its row, for errors.
    place: u32,
    id: Span,
    expires: Option<Time>,
    disabled: bool,
}

/// One tenant of a tree.
#[derive(Clone, Copy)]
pub struct Tenant<'t> {
    tree: &'t Tree,
    at: TenantAt,
}

impl<'t> Tenant<'t> {
    /// Its place.
    pub fn at(self) -> TenantAt {
        self.at
    }

    /// Its id, which no other tenant has.
    pub fn id(self) -> &'t str {
        self.entry().map_or("", |entry| self.tree.name(entry.id))
    }

    /// The tenant above it.
    pub fn parent(self) -> Option<Tenant<'t>> {
        Some(Tenant { tree: self.tree, at: self.entry()?.parent? })
    }

    /// What it says of its own beside who it is; None: nothing.
    pub fn row(self) -> Option<&'t TenantRow> {
        self.entry()?.row.as_deref()
    }

    /// Its full name: the ids from the root down, `acme/research/bot`.
    pub fn path(self) -> String {
        let chain: Vec<&str> = self.tree.chain(self.at).map(Tenant::id).collect();
        chain.into_iter().rev().collect::<Vec<_>>().join("/")
    }

    fn entry(self) -> Option<&'t Entry> {
        self.tree.tenants.get(self.at.index())
    }
}

impl Tree {
    /// How many tenants there are.
    pub fn len(&self) -> usize {
        self.tenants.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.tenants.is_empty()
    }

    /// Whether any tenant has a key.
    pub fn has_keys(&self) -> bool {
        !self.keys.is_empty()
    }

    /// The tenant at a place of this tree.
    pub fn at(&self, at: TenantAt) -> Tenant<'_> {
        Tenant { tree: self, at }
    }

    /// Every tenant, in the order of the rows.
    pub fn iter(&self) -> impl Iterator<Item = Tenant<'_>> {
        (0..self.tenants.len()).map(|index| self.at(TenantAt(index as u32)))
    }

    /// A tenant and those above it, the nearest first.
    pub fn chain(&self, at: TenantAt) -> impl Iterator<Item = Tenant<'_>> {
        std::iter::successors(Some(self.at(at)), |tenant| tenant.parent())
    }

    /// The tenant of that id.
    pub fn find(&self, id: &str) -> Option<TenantAt> {
        let at = self.by_id.binary_search_by(|index| self.at(TenantAt(*index)).id().cmp(id)).ok()?;
        self.by_id.get(at).copied().map(TenantAt)
    }

    /// The tenant that somebody calls so: by its id, its full name, or one of its principals.
    pub fn find_name(&self, name: &str) -> Option<TenantAt> {
        if let Some((_, id)) = name.rsplit_once('/') {
            let path = |at: &TenantAt| self.at(*at).path() == name;
            if let Some(at) = self.find(id).filter(path) {
                return Some(at);
            }
        } else if let Some(at) = self.find(name) {
            return Some(at);
        }
        let at = self.principals.binary_search_by(|(known, _)| self.name(*known).cmp(name)).ok()?;
        self.principals.get(at).map(|(_, tenant)| *tenant)
    }

    /// The same tenants without the tokens of these ids.
    pub fn without_tokens(mut self, mut revoked: Vec<Name>) -> Self {
        revoked.sort_unstable();
        self.revoked = revoked;
        self
    }

    /// Whether a token of that id does not count any more.
    pub fn is_revoked(&self, id: &str) -> bool {
        self.revoked.binary_search_by(|known| known.as_str().cmp(id)).is_ok()
    }

    /// Why a key of the table may not be used now.
    pub fn key_fault(&self, key: KeyAt, now_secs: u64) -> Option<&'static str> {
        let key = self.keys.get(key.index())?;
        if key.disabled {
            Some("this gateway key is disabled")
        } else if key.expires.is_some_and(|end| now_secs >= end.secs()) {
            Some("this gateway key has expired")
        } else {
            None
        }
    }

    /// The place of this key. The search is over digests, which a caller cannot choose; the last comparison takes the
    /// same time whatever differs.
    pub fn find_key(&self, key: &str) -> Option<KeyAt> {
        let digest: [u8; 32] = Sha256::digest(key.as_bytes()).into();
        let at = self.keys.partition_point(|known| known.sha256.bytes() < &digest);
        let known = self.keys.get(at)?;
        bool::from(known.sha256.bytes().ct_eq(&digest)).then_some(KeyAt(at as u32))
    }

    /// Every key, by its tenant and its name.
    pub fn keys(&self) -> impl Iterator<Item = (Tenant<'_>, &str)> {
        self.keys.iter().map(|key| (self.at(key.tenant), self.name(key.id)))
    }

    /// Whose key it is.
    pub fn owner(&self, key: KeyAt) -> Option<TenantAt> {
        self.keys.get(key.index()).map(|key| key.tenant)
    }

    /// A key's name.
    pub fn key_name(&self, key: KeyAt) -> &str {
        self.keys.get(key.index()).map_or("", |key| self.name(key.id))
    }

    fn name(&self, span: Span) -> &str {
        let (start, len) = (span.start as usize, span.len as usize);
        self.names.get(start..start + len).unwrap_or_default()
    }

    fn add_name(&mut self, name: &str) -> Span {
        let span = Span { start: self.names.len() as u32, len: name.len() as u32 };
        self.names.push_str(name);
        span
    }

    fn add(&mut self, mut row: TenantRow) {
        let tenant = TenantAt(self.tenants.len() as u32);
        for (place, key) in row.keys.take().into_iter().flatten().enumerate() {
            let id = self.add_name(key.id.as_str());
            let TenantKey { sha256, expires, disabled, .. } = key;
            self.keys.push(Key { sha256, tenant, place: place as u32, id, expires, disabled });
        }
        for principal in row.principals.drain(..) {
            let span = self.add_name(&principal);
            self.principals.push((span, tenant));
        }
        let id = self.add_name(row.id.as_str());
        let row = row.says_more().then(|| Box::new(row));
        self.tenants.push(Entry { id, parent: None, row });
    }

    /// Sorts the ids, and refuses one that two rows have.
    fn sort_ids(&mut self, node: Node<'_>, errors: &mut Errors) {
        let mut by_id: Vec<u32> = (0..self.tenants.len() as u32).collect();
        by_id.sort_by(|a, b| self.at(TenantAt(*a)).id().cmp(self.at(TenantAt(*b)).id()));
        for pair in by_id.windows(2) {
            if let [first, second] = *pair
                && self.at(TenantAt(first)).id() == self.at(TenantAt(second)).id()
            {
                let (here, there) = (node.index(second as usize), node.index(first as usize));
                let id = self.at(TenantAt(first)).id();
                errors.add(here.key("id"), format!("\"{id}\" is already taken by {}", there.key("id").path()));
            }
        }
        self.by_id = by_id;
    }

    /// Leads each row to the one it names as its parent.
    fn link(&mut self, parents: Vec<Option<Name>>, node: Node<'_>, errors: &mut Errors) {
        // Rows of one parent mostly stand together.
        let mut last: Option<(Name, TenantAt)> = None;
        for (index, parent) in parents.into_iter().enumerate() {
            let Some(parent) = parent else { continue };
            let known = last.as_ref().filter(|(name, _)| *name == parent).map(|(_, at)| *at);
            let Some(at) = known.or_else(|| self.find(parent.as_str())) else {
                let row = node.index(index);
                errors.unknown(row.key("parent"), "tenant", parent.as_str(), self.iter().map(Tenant::id));
                continue;
            };
            if let Some(entry) = self.tenants.get_mut(index) {
                entry.parent = Some(at);
            }
            last = Some((parent, at));
        }
    }

    /// Refuses rows that lead back to themselves, and those too deep.
    fn check_depth(&mut self, node: Node<'_>, errors: &mut Errors) {
        /// Of a row that no way up has been through yet, and of one on the way that is being gone.
        const UNKNOWN: u32 = u32::MAX;
        const ON_THE_WAY: u32 = u32::MAX - 1;
        let mut depths = vec![UNKNOWN; self.tenants.len()];
        let mut way: Vec<usize> = Vec::new();
        for index in 0..self.tenants.len() {
            way.clear();
            let mut next = Some(index);
            let mut depth = 0;
            while let Some(at) = next {
                match depths.get_mut(at) {
                    Some(known) if *known == UNKNOWN => *known = ON_THE_WAY,
                    Some(known) if *known != ON_THE_WAY => {
                        depth = *known;
                        break;
                    }
                    _ => {
                        let cycle = way.iter().skip_while(|seen| **seen != at).chain([&at]);
                        let names: Vec<&str> = cycle.map(|at| self.at(TenantAt(*at as u32)).id()).collect();
                        let row = node.index(at);
                        errors.add(row.key("parent"), format!("a cycle: {}", names.join(" → ")));
                        // Cut here, so that nothing walks in a circle, and the cycle is told once.
                        if let Some(entry) = self.tenants.get_mut(at) {
                            entry.parent = None;
                        }
                        break;
                    }
                }
                way.push(at);
                next = self.tenants.get(at).and_then(|entry| entry.parent).map(TenantAt::index);
            }
            for at in way.iter().rev() {
                depth += 1;
                if let Some(known) = depths.get_mut(*at) {
                    *known = depth;
                }
                if depth as usize == MAX_DEPTH + 1 {
                    let row = node.index(*at);
                    errors.add(row.key("parent"), format!("more than {MAX_DEPTH} tenants above one another"));
                }
            }
        }
    }

    /// Sorts the keys, and refuses one that is given twice.
    fn sort_keys(&mut self, node: Node<'_>, errors: &mut Errors) {
        self.keys.sort_unstable_by_key(|key| (key.sha256, key.tenant, key.place));
        for pair in self.keys.windows(2) {
            if let [first, second] = pair
                && first.sha256 == second.sha256
            {
                let row = node.index(second.tenant.index());
                let list = row.key("keys");
                errors.add(list.index(second.place as usize).key("sha256"), "this key is given twice");
            }
        }
        self.keys.shrink_to_fit();
    }

    /// Sorts what others call tenants, and refuses what could be meant for two.
    fn sort_principals(&mut self, node: Node<'_>, errors: &mut Errors) {
        let mut principals = std::mem::take(&mut self.principals);
        principals.sort_by(|(a, _), (b, _)| self.name(*a).cmp(self.name(*b)));
        for (index, (principal, tenant)) in principals.iter().enumerate() {
            let name = self.name(*principal);
            let before = index.checked_sub(1).and_then(|before| principals.get(before));
            let other = before.filter(|(earlier, _)| self.name(*earlier) == name).map(|(_, other)| *other);
            let other = other.or_else(|| self.find_name(name).filter(|other| other != tenant));
            if let Some(other) = other {
                let row = node.index(tenant.index());
                let there = self.at(other).id();
                errors.add(row.key("principals"), format!("{name:?} already stands for tenant \"{there}\""));
            }
        }
        self.principals = principals;
    }
}

impl std::fmt::Debug for Tree {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Tree({} tenants, {} keys)", self.tenants.len(), self.keys.len())
    }
}

impl Setting for Tree {
    fn read(node: Node<'_>, errors: &mut Errors) -> Option<Self> {
        let mut tree = Self::default();
        let mut parents = Vec::new();
        let mut complete = true;
        node.each(errors, &mut |node, errors| match TenantRow::read(node, errors) {
            Some(mut row) => {
                parents.push(row.parent.take());
                tree.add(row);
            }
            None => complete = false,
        })?;
        if !complete {
            return None;
        }
        tree.sort_ids(node, errors);
        tree.link(parents, node, errors);
        tree.check_depth(node, errors);
        tree.sort_keys(node, errors);
        tree.sort_principals(node, errors);
        Some(tree)
    }

    fn describe() -> Shape {
        Shape::List(Box::new(TenantRow::describe()))
    }

    fn show(&self) -> serde_json::Value {
        let mut keys: HashMap<TenantAt, Vec<TenantKey>> = HashMap::new();
        let mut in_order: Vec<&Key> = self.keys.iter().collect();
        in_order.sort_by_key(|key| (key.tenant, key.place));
        for key in in_order {
            let id = Name::new(self.name(key.id)).unwrap_or_else(|| Name::of("_"));
            keys.entry(key.tenant).or_default().push(TenantKey {
                id,
                sha256: key.sha256,
                expires: key.expires,
                disabled: key.disabled,
            });
        }
        let rows = self.iter().map(|tenant| {
            let mut row = tenant.row().map_or_else(Default::default, |row| match row.show() {
                serde_json::Value::Object(row) => row,
                _ => Default::default(),
            });
            row.insert("id".to_owned(), tenant.id().into());
            if let Some(parent) = tenant.parent() {
                row.insert("parent".to_owned(), parent.id().into());
            }
            if let Some(keys) = keys.remove(&tenant.at) {
                row.insert("keys".to_owned(), keys.iter().map(Setting::show).collect());
            }
            let principals = self.principals.iter().filter(|(_, at)| *at == tenant.at);
            let principals: Vec<_> = principals.map(|(name, _)| self.name(*name).into()).collect();
            if !principals.is_empty() {
                row.insert("principals".to_owned(), serde_json::Value::Array(principals));
            }
            serde_json::Value::Object(row)
        });
        rows.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::parse;
    use crate::tenant::Caller;
    use std::rc::Rc;

    const KEY: &str = "0000000000000000000000000000000000000000000000000000000000000000";

    fn tree(rows: &str) -> Rc<Tree> {
        Rc::new(parse::<Tree>(rows.as_bytes()).unwrap_or_else(|errors| panic!("{errors}")).0)
    }

    fn caller(rows: &str) -> Caller {
        Caller::of_key(tree(&rows.replace("KEY", &format!(r#""keys":[{{"id":"k","sha256":"{KEY}"}}]"#))), KeyAt(0))
            .unwrap()
    }

    #[test]
    fn a_tenant_is_one_of_all_above_it_in_whatever_order_the_rows_stand() {
        let caller =
            caller(r#"[{"id":"bot","parent":"research",KEY},{"id":"acme"},{"id":"research","parent":"acme"}]"#);
        assert_eq!(caller.tenant().path(), "acme/research/bot");
        let chain: Vec<_> = caller.chain().map(|tenant| (tenant.id(), tenant.at().index())).collect();
        assert_eq!(chain, [("bot", 0), ("research", 2), ("acme", 1)]);
        assert_eq!((caller.key_id(), caller.tree().len()), ("k", 3));
        let found = |id| caller.tree().find(id).map(TenantAt::index);
        assert_eq!([found("acme"), found("bot"), found("nobody")], [Some(1), Some(0), None]);
    }

    #[test]
    fn a_request_must_be_allowed_by_every_tenant_above() {
        let rows = |above: &str, below: &str| format!(r#"[{{"id":"a"{above}}},{{"id":"b","parent":"a",KEY{below}}}]"#);
        let models = [
            ("", "", "m", true),
            (r#","models":["gpt-*"]"#, "", "gpt-4o", true),
            (r#","models":["gpt-*"]"#, "", "claude", false),
            (r#","models":["gpt-*"]"#, r#","models":["*-4o"]"#, "gpt-4o", true),
            (r#","models":["gpt-*"]"#, r#","models":["*"]"#, "claude", false),
            (r#","models":["gpt-*"]"#, r#","models":["claude"]"#, "gpt-4o", false),
            (r#","deny_models":["gpt-4*"]"#, r#","models":["gpt-*"]"#, "gpt-4o", false),
            (r#","deny_models":["gpt-4*"]"#, r#","models":["gpt-*"]"#, "gpt-5", true),
            ("", r#","deny_models":["*"]"#, "m", false),
        ];
        for (above, below, model, want) in models {
            assert_eq!(caller(&rows(above, below)).may_use(model), want, "{above} {below} {model}");
        }
        let passthroughs = [
            ("", "", false),
            (r#","passthrough":["files"]"#, "", true),
            ("", r#","passthrough":["files"]"#, true),
            (r#","passthrough":["batches"]"#, r#","passthrough":["files"]"#, false),
            (r#","passthrough":["*"]"#, r#","passthrough":[]"#, false),
        ];
        for (above, below, want) in passthroughs {
            assert_eq!(caller(&rows(above, below)).may_pass("files"), want, "{above} {below}");
        }
        let tagged = caller(&rows(r#","tags":{"org":"a","cost":"1"}"#, r#","tags":{"cost":"2"}"#));
        assert!(tagged.tags().iter().eq([("cost", "2"), ("org", "a")]));
    }

    #[test]
    fn a_table_that_makes_no_tree_is_refused_with_the_place() {
        let key = |sha256: &str| format!(r#""keys":[{{"id":"k","sha256":"{sha256}"}}]"#);
        let chain: Vec<_> = (0..=MAX_DEPTH).map(|n| format!(r#"{{"id":"t{n}","parent":"t{}"}}"#, n + 1)).collect();
        let chain = format!(r#"[{},{{"id":"t{}"}}]"#, chain.join(","), MAX_DEPTH + 1);
        let rows = [
            (
                r#"[{"id":"acme"},{"id":"b","parent":"acem"}]"#.to_owned(),
                r#"[1].parent: unknown tenant "acem"; did you mean "acme"? (known here: acme, b)"#,
            ),
            (r#"[{"id":"a","parent":"a"}]"#.to_owned(), "[0].parent: a cycle: a → a"),
            (
                r#"[{"id":"x","parent":"a"},{"id":"a","parent":"b"},{"id":"b","parent":"c"},{"id":"c","parent":"a"}]"#
                    .to_owned(),
                "[1].parent: a cycle: a → b → c → a",
            ),
            (r#"[{"id":"a"},{"id":"b"},{"id":"a"}]"#.to_owned(), r#"[2].id: "a" is already taken by [0].id"#),
            (
                format!(r#"[{{"id":"a",{}}},{{"id":"b",{}}}]"#, key(KEY), key(KEY)),
                "[1].keys[0].sha256: this key is given twice",
            ),
            (
                r#"[{"id":"a","keys":[]}]"#.to_owned(),
                "[0].keys: an empty list; give a key, or leave it out for a tenant that others belong to",
            ),
            (
                r#"[{"id":"a","models":[]}]"#.to_owned(),
                "[0].models: an empty list allows no model; leave it out to allow every model",
            ),
            (r#"[{"id":"a b"}]"#.to_owned(), r#"[0].id: expected 1 to 64 characters of A-Z a-z 0-9 _ . -, got "a b""#),
            (chain, "[1].parent: more than 32 tenants above one another"),
        ];
        for (text, want) in rows {
            let errors = parse::<Tree>(text.as_bytes()).err().unwrap_or_else(|| panic!("{text}"));
            assert_eq!(errors.to_string(), want, "{text}");
        }
    }

    #[test]
    fn a_tree_is_shown_as_it_was_written() {
        let rows = format!(
            r#"[{{"models":["m"],"id":"a"}},{{"id":"b","parent":"a","keys":[{{"id":"k2","sha256":"{}"}},{{"id":"k1","sha256":"{KEY}"}}]}}]"#,
            "1".repeat(64)
        );
        let written: serde_json::Value = serde_json::from_str(&rows).unwrap();
        assert_eq!(tree(&rows).show(), written);
    }
}
