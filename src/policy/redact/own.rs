//! What operators look for themselves: their settings, checked and compiled when they are loaded.

use crate::config::{Errors, Name, Node, settings};
use crate::host::{Host, Level};
use crate::pii::custom::{Compiled, Custom, Remark};

settings! {
    /// Something of your own: `{"name": "EMPLOYEE_ID", "patterns": ["E-[0-9]{6}"]}`.
    pub struct Own {
        /// Its name, in placeholders, rules, records and metrics.
        pub name: Name,
        /// Regular expressions, any of them: without look-around and back-references, ASCII classes, 256 bytes long at
        /// most. Zero-width characters and other typography have been folded already.
        pub patterns: Vec<String> = Vec::new(),
        /// Words or phrases, in any case; whole ones, where their script sets words off.
        pub words: Vec<String> = Vec::new(),
        /// Words of which one must stand nearby or be the field's name. None: it is found anywhere.
        pub context: Vec<String> = Vec::new(),
    }
    check = Own::can_be_found;
}

/// The most of one policy: they are compiled into one automaton of each kind.
const MAX_PATTERNS: usize = 500;
/// See [`MAX_PATTERNS`].
const MAX_WORDS: usize = 50_000;
/// Of all words together.
const MAX_WORD_BYTES: usize = 1 << 20;

impl Own {
    fn can_be_found(&self, node: Node<'_>, errors: &mut Errors) {
        if self.patterns.is_empty() && self.words.is_empty() {
            errors.add(node, "give patterns or words");
        }
        if crate::pii::find(self.name.as_str()).is_some() {
            errors.add(node.key("name"), "there is a detector of that name; choose another");
        }
        for (at, word) in self.words.iter().enumerate() {
            if word.trim().is_empty() {
                errors.add(node.key("words").index(at), "an empty word is everywhere");
            }
        }
    }

    fn custom(&self) -> Custom {
        let (patterns, words, context) = (self.patterns.clone(), self.words.clone(), self.context.clone());
        Custom { name: self.name.as_str().to_owned(), patterns, words, context }
    }
}

/// Checks all of a policy's.
pub fn check(own: &[Own], node: Node<'_>, errors: &mut Errors) {
    errors.refuse_repeats(node, "name", own.iter().map(|own| own.name.as_str()));
    let patterns = own.iter().map(|own| own.patterns.len()).sum::<usize>();
    let words = || own.iter().flat_map(|own| &own.words);
    let bytes: usize = words().map(String::len).sum();
    if patterns > MAX_PATTERNS || words().count() > MAX_WORDS || bytes > MAX_WORD_BYTES {
        let most = format!(
            "at most {MAX_PATTERNS} patterns and {MAX_WORDS} words of {MAX_WORD_BYTES} bytes together; here are {patterns} \
             and {} of {bytes}",
            words().count()
        );
        errors.add(node, most);
        return;
    }
    let customs: Vec<_> = own.iter().map(Own::custom).collect();
    for Remark { row, pattern, reason } in Compiled::new(&customs).err().into_iter().flatten() {
        match pattern {
            Some(pattern) => errors.add(node.index(row).key("patterns").index(pattern), reason),
            None => errors.add(node, reason),
        }
    }
}

/// Makes them ready; tells Envoy's log which are slow.
pub fn compiled(own: &[Own], host: &dyn Host) -> Compiled {
    let customs: Vec<_> = own.iter().map(Own::custom).collect();
    // What cannot be compiled has been refused.
    let Ok((compiled, slow)) = Compiled::new(&customs) else { return Compiled::default() };
    for Remark { row, pattern, reason } in slow {
        let name = own.get(row).map_or("", |own| own.name.as_str());
        let pattern = pattern.map_or(String::new(), |pattern| format!(".patterns[{pattern}]"));
        host.log(Level::Warn, &format!("redact: custom {name}{pattern} is {reason}"));
    }
    compiled
}
