//! Who asks, as the exchange and its policies see them: a place in the tree, and what was shown for it.

use std::rc::Rc;

use super::key::KeyAt;
use super::tags::Tags;
use super::tree::{Tenant, TenantAt, TenantRow, Tree};
use crate::config::Pattern;
use crate::surface::Operation;

/// Who asks. Made once per exchange without copying a name, and kept with the tree it is of.
#[derive(Clone)]
pub struct Caller {
    tree: Rc<Tree>,
    at: TenantAt,
    shown: Shown,
}

#[derive(Clone)]
enum Shown {
    Key(KeyAt),
    Grant(Rc<Grant>),
}

/// What was shown instead of a key of the table.
#[derive(Debug)]
pub struct Grant {
    /// Its name, in records.
    pub key: Box<str>,
    /// The models it is good for, of those its tenant may ask for; None: all of them.
    pub models: Option<Vec<Pattern>>,
    /// What it says for whom and what for.
    pub tags: Tags,
}

impl Caller {
    /// Who has a key of this tree.
    pub fn of_key(tree: Rc<Tree>, key: KeyAt) -> Option<Self> {
        let at = tree.owner(key)?;
        Some(Self { tree, at, shown: Shown::Key(key) })
    }

    /// Somebody of a tenant who has shown something else.
    pub fn granted(tree: Rc<Tree>, at: TenantAt, grant: Rc<Grant>) -> Self {
        Self { tree, at, shown: Shown::Grant(grant) }
    }

    /// A caller of a test: tenant `t` with this row's other members, who has shown its key `k`.
    #[cfg(test)]
    pub fn planted(row: &str) -> Self {
        let mut row: serde_json::Value = serde_json::from_str(row).unwrap();
        row["id"] = "t".into();
        row["keys"] = serde_json::json!([{"id": "k", "sha256": "0".repeat(64)}]);
        let (tree, _) = crate::config::parse::<Tree>(serde_json::json!([row]).to_string().as_bytes()).unwrap();
        Self::of_key(Rc::new(tree), KeyAt(0)).unwrap()
    }

    /// The tenants it is one of.
    pub fn tree(&self) -> &Rc<Tree> {
        &self.tree
    }

    /// The tenant it is.
    pub fn tenant(&self) -> Tenant<'_> {
        self.tree.at(self.at)
    }

    /// Its tenant and all those above it, the nearest first. What binds one of them binds the caller.
    pub fn chain(&self) -> impl Iterator<Item = Tenant<'_>> {
        self.tree.chain(self.at)
    }

    /// The name of the key, or of what was shown instead; never the key. A key of the table is unique in its tenant.
    pub fn key_id(&self) -> &str {
        match &self.shown {
            Shown::Key(key) => self.tree.key_name(*key),
            Shown::Grant(grant) => &grant.key,
        }
    }

    /// The place of its key, if it is one of the table: only of those is there an end, so only they may have counters.
    pub fn key_at(&self) -> Option<KeyAt> {
        match self.shown {
            Shown::Key(key) => Some(key),
            Shown::Grant(_) => None,
        }
    }

    /// Whether it may ask for this model: what was shown and every tenant of the chain allow it, and none denies it.
    pub fn may_use(&self, model: &str) -> bool {
        let listed = |list: Option<&Vec<Pattern>>| list.is_none_or(|list| list.iter().any(|one| one.matches(model)));
        let shown = match &self.shown {
            Shown::Key(_) => None,
            Shown::Grant(grant) => grant.models.as_ref(),
        };
        listed(shown)
            && self
                .rows()
                .all(|row| listed(row.models.as_ref()) && !row.deny_models.iter().any(|denied| denied.matches(model)))
    }

    /// Whether it may use this passthrough: somebody in the chain allows it, and nobody's list leaves it out.
    pub fn may_pass(&self, name: &str) -> bool {
        let mut lists = self.rows().filter_map(|row| row.passthrough.as_ref()).peekable();
        lists.peek().is_some() && lists.all(|list| list.iter().any(|known| known.matches(name)))
    }

    /// Whether it may do this.
    pub fn may_do(&self, operation: Operation) -> bool {
        let mut lists = self.rows().filter_map(|row| row.operations.as_ref());
        lists.all(|list| list.iter().any(|allowed| allowed.operation() == operation))
    }

    /// Whether what it sends may go to a target in this region. One of no known region is in none.
    pub fn may_reach(&self, region: Option<&str>) -> bool {
        let mut lists = self.rows().filter_map(|row| row.regions.as_ref());
        lists.all(|list| region.is_some_and(|region| list.iter().any(|allowed| *allowed == *region)))
    }

    /// Whether anybody in the chain says anything about tools.
    pub fn restricts_tools(&self) -> bool {
        self.rows().any(|row| row.tools.is_some() || !row.deny_tools.is_empty())
    }

    /// Whether it may offer this tool to a model.
    pub fn may_offer(&self, tool: &str) -> bool {
        self.rows().all(|row| {
            row.tools.as_ref().is_none_or(|tools| tools.iter().any(|allowed| allowed.matches(tool)))
                && !row.deny_tools.iter().any(|denied| denied.matches(tool))
        })
    }

    /// A tag that its requests must have and these do not.
    pub fn missing_tag(&self, tags: &Tags) -> Option<&str> {
        let mut required = self.rows().flat_map(|row| row.require_tags.iter());
        required.find(|name| tags.get(name.as_str()).is_none()).map(|name| name.as_str())
    }

    /// What is added to the list price of what it uses, in ten thousandths: the nearest tenant's that says so.
    pub fn price_markup_basis_points(&self) -> u32 {
        self.rows().find_map(|row| row.price_markup_basis_points).map_or(0, |markup| markup.get() as u32)
    }

    /// The operator's tags for it: of one name, that of the nearest tenant. Then those of what was shown.
    pub fn tags(&self) -> Tags {
        let mut tags = Tags::default();
        for (name, value) in self.rows().flat_map(|row| row.tags.iter()) {
            tags.add(name.as_str(), value);
        }
        if let Shown::Grant(grant) = &self.shown {
            grant.tags.iter().for_each(|(name, value)| tags.add(name, value));
        }
        tags
    }

    /// The rows of the chain that say anything.
    fn rows(&self) -> impl Iterator<Item = &TenantRow> {
        self.chain().filter_map(|tenant| tenant.row())
    }
}
