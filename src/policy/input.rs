//! How many input tokens a request has, before anybody has answered it.

use super::{Ask, Content};

/// A count, and whether it is one or only near it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counted {
    /// Input tokens.
    pub tokens: u64,
    /// They were not all counted.
    pub estimated: bool,
}

/// Counts the input of a request.
pub(super) fn count(ask: &Ask<'_>) -> Counted {
    let bytes = match ask.content {
        Content::Json(doc) => doc.text().len(),
        Content::Form(_) | Content::Nothing | Content::Opaque => 0,
    };
    Counted { tokens: (bytes as u64).div_ceil(4), estimated: true }
}
