//! Who asks, and what they may: a tree of tenants as data. An organisation, its teams, their projects, as deep as it
//! goes, are rows of one kind; a row names the one above it, and what an upper row says holds for all below.
//!
//! - `tree`: the rows, and the tree they make.
//! - `key`: gateway keys, kept as SHA-256 only.
//! - `token`: signed tokens, which are checked without a table.
//! - `identity`: where it is told who asks, in the operator's order.
//! - `caller`: who asks, as the exchange and its policies see them.
//! - `tags`: for whom and what for, by the operator's words and the client's.
//! - `table`: a table that is a file of its own, and is taken anew while requests run.

mod caller;
mod identity;
mod key;
mod table;
mod tags;
#[cfg(test)]
mod tests;
pub mod token;
mod tree;

pub use caller::{Caller, Grant};
pub use identity::{HeaderName, Identity, Source};
pub use key::{Hex32, KEY_HEADERS, KEY_PROTOCOL, KeyAt, TenantKey, presented_key, without_key};
pub use table::{Directory, LONG_LISTS, TableConfig, TablePlugin};
pub use tags::{DeclaredTag, DeclaredTags, TAG_HEADERS, Tags, is_tag_header};
pub use tree::{MAX_DEPTH, Tenant, TenantAt, TenantRow, Tree};
