//! The shallow search: in a document it finds what the full reader finds, and in anything else it gets lost quietly.

use postern::wire::json::Doc;
use postern::wire::shallow::root_member;

/// The law.
pub fn check(input: &[u8]) {
    if let Some(found) = root_member(input, "usage") {
        assert!(input.as_ptr_range().contains(&found.as_ptr()) && !found.is_empty());
    }
    let Ok(doc) = Doc::parse(input) else { return };
    for (key, member) in doc.root().members() {
        assert_eq!(root_member(input, key.raw()), Some(member.raw().as_bytes()), "{}", key.raw());
    }
    if doc.root().members().all(|(key, _)| key.raw() != "usage") {
        assert_eq!(root_member(input, "usage"), None);
    }
}
