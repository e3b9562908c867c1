//! How many tokens a text has: exactly, for the encodings of OpenAI's models, in little memory and the same time for any
//! text; by an estimate for all others.
//!
//! Control words in a text (`<|endoftext|>`) are text, so that nobody can count less by writing them.

mod calibrate;
mod classes;
mod estimate;
mod merge;
mod model;
mod split;

pub use self::calibrate::{Bucket, Calibration};
pub use self::estimate::{Family, estimate, features};
pub use self::model::Vocabulary;
use crate::config::words;

words! {
    /// How the tokens of a request are counted before it is answered.
    pub enum Count {
        /// Exactly where the model's vocabulary is in this module (OpenAI's o200k and cl100k), else by an estimate.
        "exact" => Exact,
        /// By an estimate always.
        "estimate" => Estimate,
        /// Not at all: only what the provider tells afterwards counts.
        "off" => Off,
    }
}
use std::cell::RefCell;

use self::merge::{Merger, Table};
use self::split::{Pattern, piece_end};

/// An encoding that is counted exactly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// `o200k_base`: GPT-4o, GPT-4.1, GPT-5, o1, o3, o4 and gpt-oss (`o200k_harmony` is the same for text).
    O200k,
    /// `cl100k_base`: GPT-4, GPT-3.5, text-embedding-3.
    Cl100k,
}

#[cfg(feature = "o200k")]
static O200K: Table = Table::new(include_bytes!("tables/o200k.bin"), 18);
#[cfg(feature = "cl100k")]
static CL100K: Table = Table::new(include_bytes!("tables/cl100k.bin"), 17);

thread_local! {
    /// The counters of this virtual machine, made when they are first wanted.
    static COUNTERS: RefCell<[Option<Counter>; 2]> = const { RefCell::new([None, None]) };
}

/// How many tokens a text has in an encoding; what is above `limit` is only said to be above it. None: this build has no
/// table of it.
pub fn count_to(text: &str, encoding: Encoding, limit: u64) -> Option<u64> {
    COUNTERS.with_borrow_mut(|counters| {
        let counter = counters.get_mut(encoding as usize)?;
        if counter.is_none() {
            *counter = Counter::new(encoding);
        }
        Some(counter.as_mut()?.count_to(text, limit))
    })
}

/// Counts the tokens of texts in one encoding. Some 80 kB; one for each encoding in a VM is enough.
pub struct Counter {
    pattern: Pattern,
    merger: Merger,
}

impl Counter {
    /// A counter for an encoding; None: this build has no table of it.
    pub fn new(encoding: Encoding) -> Option<Self> {
        let (pattern, table): (_, &'static Table) = match encoding {
            #[cfg(feature = "o200k")]
            Encoding::O200k => (Pattern::O200k, &O200K),
            #[cfg(feature = "cl100k")]
            Encoding::Cl100k => (Pattern::Cl100k, &CL100K),
            #[cfg(not(all(feature = "o200k", feature = "cl100k")))]
            _ => return None,
        };
        Some(Self { pattern, merger: Merger::new(table) })
    }

    /// How many tokens a text has.
    pub fn count(&mut self, text: &str) -> u64 {
        self.count_to(text, u64::MAX)
    }

    /// The same, but what is above `limit` is only said to be above it.
    pub fn count_to(&mut self, text: &str, limit: u64) -> u64 {
        let bytes = text.as_bytes();
        let (mut at, mut count) = (0, 0_u64);
        while at < bytes.len() && count <= limit {
            let end = piece_end(bytes, at, self.pattern);
            let piece = bytes.get(at..end).unwrap_or_default();
            count += self.merger.count(piece, limit - count);
            at = end.max(at + 1);
        }
        count
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_have_as_many_tokens_as_tiktoken_says() {
        let rows = [("", 0, 0), ("hello world", 2, 2), ("<|endoftext|>", 7, 7), ("antidisestablishmentarianism", 6, 6)];
        for (text, o200k, cl100k) in rows {
            assert_eq!(Counter::new(Encoding::O200k).unwrap().count(text), o200k, "{text:?}");
            assert_eq!(Counter::new(Encoding::Cl100k).unwrap().count(text), cl100k, "{text:?}");
        }
    }
}
