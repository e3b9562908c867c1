//! What is wrong with a configuration: a list of places and reasons, one line each, written for the operator.
//!
//! A reason is lower case without a full stop, and says what was got, what was wanted and how to mend it. Values are
//! quoted only where a word out of a known set was wanted; a value of the wrong type is named by its type alone,
//! because it may be a key pasted in the wrong place.

use std::fmt;

use super::nearest::nearest;
use super::node::Node;
use super::pattern::Pattern;

/// Errors kept; the rest are counted. More than an operator mends in one go, and Envoy's log stays readable.
const MAX_KEPT: usize = 50;

/// Up to this many known names are listed even when one of them is the likely one.
const SHORT_LIST: usize = 12;

/// Up to this many known names are listed when none is likely.
const LONG_LIST: usize = 40;

/// A place in the configuration and what is the matter with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Where, e.g. `gateway.tenants[3].models`, or `line 3 column 7` if the text is not JSON.
    pub path: String,
    /// What is wrong and how to mend it.
    pub reason: String,
}

/// Things that work but ought to be changed, such as deprecated names.
pub type Warnings = Vec<Finding>;

/// Everything that is wrong with a configuration. `Display` gives one line per error, without a newline at the end.
#[derive(Debug, Default)]
pub struct Errors {
    kept: Vec<Finding>,
    dropped: usize,
    warnings: Warnings,
}

impl Errors {
    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an error at a node.
    pub fn add(&mut self, node: Node<'_>, reason: impl Into<String>) {
        if self.has_room() {
            self.add_at(node.path(), reason);
        } else {
            self.dropped += 1;
        }
    }

    /// Adds an error at a path that was kept from reading; see [`Errors::add`] while there is a node.
    pub fn add_at(&mut self, path: impl Into<String>, reason: impl Into<String>) {
        if self.has_room() {
            self.kept.push(Finding { path: path.into(), reason: reason.into() });
        } else {
            self.dropped += 1;
        }
    }

    /// Adds a warning: the configuration is taken, but the operator should change it.
    pub fn warn(&mut self, node: Node<'_>, reason: impl Into<String>) {
        if self.warnings.len() < MAX_KEPT {
            self.warnings.push(Finding { path: node.path(), reason: reason.into() });
        }
    }

    /// Refuses a word that is none of the known ones, with the likeliest of them: `unknown detector "us_snn"; did you
    /// mean "US_SSN"?`. `what` names the kind of word.
    pub fn unknown<'k>(&mut self, node: Node<'_>, what: &str, got: &str, known: impl IntoIterator<Item = &'k str>) {
        if !self.has_room() {
            self.dropped += 1;
            return;
        }
        let known: Vec<&str> = known.into_iter().collect();
        self.unknown_among(node, &format!("unknown {what} {}", quote(got)), got, &known);
    }

    /// [`Errors::unknown`] for a key, which the path already names.
    pub(super) fn unknown_key(&mut self, node: Node<'_>, got: &str, known: &[&str]) {
        self.unknown_among(node.key(got), "unknown key", got, known);
    }

    fn unknown_among(&mut self, node: Node<'_>, what: &str, got: &str, known: &[&str]) {
        if !self.has_room() {
            self.dropped += 1;
            return;
        }
        let near = nearest(got, known.iter().copied());
        let mut reason = what.to_owned();
        if let Some(near) = near {
            reason.push_str(&format!("; did you mean {}?", quote(near)));
        }
        if known.is_empty() {
            reason.push_str(" (none is known here)");
        } else if near.is_none() || known.len() <= SHORT_LIST {
            let listed: Vec<&str> = known.iter().copied().take(LONG_LIST).collect();
            reason.push_str(&format!(" (known here: {}", listed.join(", ")));
            if known.len() > LONG_LIST {
                reason.push_str(&format!(" and {} more", known.len() - LONG_LIST));
            }
            reason.push(')');
        }
        self.add(node, reason);
    }

    /// Refuses patterns in the list at `node` that none of the known names matches, for a rule that never fits is a rule
    /// that somebody relies on; and a list of none.
    pub fn refuse_dangling(&mut self, node: Node<'_>, what: &str, patterns: &[Pattern], known: &[&str]) {
        for (index, pattern) in patterns.iter().enumerate() {
            if pattern.as_str() != "*" && !known.iter().any(|name| pattern.matches(name)) {
                self.unknown(node.index(index), what, pattern.as_str(), known.iter().copied());
            }
        }
        if patterns.is_empty() {
            self.add(node, "an empty list fits nothing; leave it out for all");
        }
    }

    /// Refuses the second of two equal words, which stand at `key` of the objects in the list at `node` (or are the
    /// items themselves, if `key` is empty): `tenants[3].id: "acme" is taken by tenants[0].id`.
    pub fn refuse_repeats<'w>(&mut self, node: Node<'_>, key: &str, words: impl IntoIterator<Item = &'w str>) {
        let mut first = std::collections::BTreeMap::new();
        for (index, word) in words.into_iter().enumerate() {
            let Some(earlier) = first.get(word).copied() else {
                first.insert(word, index);
                continue;
            };
            let (here, there) = (node.index(index), node.index(earlier));
            if key.is_empty() {
                self.add(here, format!("{} is already given by {}", quote(word), there.path()));
            } else {
                self.add(here.key(key), format!("{} is already taken by {}", quote(word), there.key(key).path()));
            }
        }
    }

    /// Whether nothing is wrong. Warnings do not count.
    pub fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }

    /// How many errors there are, counting those beyond what is kept.
    pub fn len(&self) -> usize {
        self.kept.len() + self.dropped
    }

    /// The errors kept, in the order found.
    pub fn iter(&self) -> impl Iterator<Item = &Finding> {
        self.kept.iter()
    }

    /// The warnings alone.
    pub fn into_warnings(self) -> Warnings {
        self.warnings
    }

    /// Whether a further error would be kept, and not only counted.
    pub(super) fn has_room(&self) -> bool {
        self.kept.len() < MAX_KEPT
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.reason)
    }
}

impl fmt::Display for Errors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, finding) in self.kept.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{finding}")?;
        }
        match self.dropped {
            0 => Ok(()),
            1 => f.write_str("\nand 1 more error"),
            more => write!(f, "\nand {more} more errors"),
        }
    }
}

impl std::error::Error for Errors {}

/// A word from the configuration in double quotes, on one line and not longer than a line bears.
pub(super) fn quote(word: &str) -> String {
    const SHOWN: usize = 64;
    let mut cut: String = word.chars().take(SHOWN).collect();
    if cut.len() < word.len() {
        cut.push_str("...");
    }
    serde_json::Value::String(cut).to_string()
}
