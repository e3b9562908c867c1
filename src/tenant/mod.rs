//! Who asks, and what they may: a tree of tenants as data. An organisation, its teams, their projects, as deep as it
//! goes, are rows of one kind; a row names the one above it, and what an upper row says holds for all below.
//!
//! - `tree`: the rows, and the tree they make.
//! - `key`: gateway keys, kept as SHA-256 only.
//! - `caller`: who asks, as the exchange and its policies see them.
//! - `tags`: for whom and what for, by the caller's own words and the operator's.

mod caller;
mod key;
mod tags;
mod tree;

pub use caller::Caller;
pub use key::{KEY_HEADERS, KEY_PROTOCOL, KeyAt, Sha256Hex, TenantKey, presented_key, without_key};
pub use tags::Tags;
pub use tree::{MAX_DEPTH, Tenant, TenantAt, TenantRow, Tree};

use std::cell::RefCell;
use std::rc::Rc;

use crate::chat::ApiError;
use crate::http::Headers;

/// The tenants as they are now. An exchange keeps the tree it began with, so that a new one changes nothing under it.
pub struct Directory {
    tree: RefCell<Rc<Tree>>,
}

impl Directory {
    /// A directory of these tenants.
    pub fn new(tree: Tree) -> Self {
        Self { tree: RefCell::new(Rc::new(tree)) }
    }

    /// The tenants now.
    pub fn tree(&self) -> Rc<Tree> {
        Rc::clone(&self.tree.borrow())
    }

    /// Who sent these headers.
    pub fn identify(&self, headers: &Headers) -> Result<Caller, ApiError> {
        let Some(key) = presented_key(headers) else {
            let hint = "send it as `Authorization: Bearer <key>`, `x-api-key`, `api-key`, `x-goog-api-key` or `?key=`";
            return Err(ApiError::invalid_key(format!("no gateway key was sent; {hint}")));
        };
        let tree = self.tree();
        let Some(at) = tree.find_key(&key) else {
            return Err(ApiError::invalid_key("this gateway key is not known here"));
        };
        Caller::of_key(tree, at).ok_or_else(ApiError::internal)
    }
}
