//! Who asks, as the exchange and its policies see them: a place in the tree and the key that was shown.

use std::rc::Rc;

use super::key::KeyAt;
use super::tags::Tags;
use super::tree::{Tenant, TenantAt, TenantRow, Tree};

/// Who asks. Made once per exchange without copying a name, and kept with the tree it is of.
#[derive(Clone)]
pub struct Caller {
    tree: Rc<Tree>,
    at: TenantAt,
    key: KeyAt,
}

impl Caller {
    /// Who has a key of this tree.
    pub fn of_key(tree: Rc<Tree>, key: KeyAt) -> Option<Self> {
        let at = tree.owner(key)?;
        Some(Self { tree, at, key })
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

    /// The tenant whose key was shown.
    pub fn tenant(&self) -> Tenant<'_> {
        self.tree.at(self.at)
    }

    /// Its tenant and all those above it, the nearest first. What binds one of them binds the caller.
    pub fn chain(&self) -> impl Iterator<Item = Tenant<'_>> {
        self.tree.chain(self.at)
    }

    /// The key's name, never the key. It is unique among the keys of the tenant.
    pub fn key_id(&self) -> &str {
        self.tree.key_name(self.key)
    }

    /// Whether it may ask for this model: every tenant of the chain allows it, and none denies it.
    pub fn may_use(&self, model: &str) -> bool {
        self.rows().all(|row| {
            let allowed = row.models.as_ref().is_none_or(|models| models.iter().any(|known| known.matches(model)));
            allowed && !row.deny_models.iter().any(|denied| denied.matches(model))
        })
    }

    /// Whether it may use this passthrough: somebody in the chain allows it, and nobody's list leaves it out.
    pub fn may_pass(&self, name: &str) -> bool {
        let mut lists = self.rows().filter_map(|row| row.passthrough.as_ref()).peekable();
        lists.peek().is_some() && lists.all(|list| list.iter().any(|known| known.matches(name)))
    }

    /// What is added to the list price of what it uses, in ten thousandths: the nearest tenant's that says so.
    pub fn price_markup_basis_points(&self) -> u32 {
        self.rows().find_map(|row| row.price_markup_basis_points).map_or(0, |markup| markup.get() as u32)
    }

    /// The operator's tags for it: of one name, that of the nearest tenant.
    pub fn tags(&self) -> Tags {
        let mut tags = Tags::default();
        for (name, value) in self.rows().flat_map(|row| row.tags.iter()) {
            tags.add(name.as_str(), value);
        }
        tags
    }

    /// The rows of the chain that say anything.
    fn rows(&self) -> impl Iterator<Item = &TenantRow> {
        self.chain().filter_map(|tenant| tenant.row())
    }
}
