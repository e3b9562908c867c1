//! The word that every rule has: whether it acts, only watches, or is off.

use crate::config::words;

words! {
    /// What a policy does with what it finds.
    pub enum Mode {
        /// Act on it.
        "enforce" => Enforce,
        /// Only count and record what would have been done.
        "audit" => Audit,
        /// Nothing.
        "off" => Off,
    }
}
