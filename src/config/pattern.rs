//! A pattern of model names: text in which `*` stands for any run of characters, also none.
//!
//! Matching goes over the name once: the text before the first `*` must begin it, the text after the last must end it,
//! and each piece between is taken at its first place after the one before. That is enough, because taking a piece
//! earlier never leaves less for the rest.

use serde_json::{Value, json};

use super::Setting;
use super::errors::Errors;
use super::node::Node;
use super::shape::{Body, Named, Shape};

/// Longest pattern in bytes; model names are shorter.
const MAX_BYTES: usize = 256;

/// A model name, or a set of them: `gpt-4o`, `gpt-4*`, `*/llama-*-instruct`. Upper and lower case differ.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Pattern(Box<str>);

/// How narrow a pattern is; the greater is the narrower. A name without `*` is narrower than any with, and longer
/// written text is narrower than shorter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Specificity {
    exact: bool,
    written: usize,
}

impl Pattern {
    /// `*`: every name.
    pub fn any() -> Self {
        Self("*".into())
    }

    /// The pattern, if the text is one: 1 to 256 bytes, no control characters, no white space at its ends.
    pub fn new(text: &str) -> Option<Self> {
        Self::fault(text).is_none().then(|| Self(text.into()))
    }

    fn fault(text: &str) -> Option<&'static str> {
        if text.is_empty() {
            Some("empty; expected a model name, or a pattern such as \"gpt-*\"")
        } else if text.len() > MAX_BYTES {
            Some("longer than 256 bytes, which no model name is")
        } else if text.chars().any(char::is_control) {
            Some("has a control character, which no model name has")
        } else if text.trim() != text {
            Some("starts or ends with white space; remove it")
        } else {
            None
        }
    }

    /// As written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it stands for one name only.
    pub fn is_exact(&self) -> bool {
        !self.0.contains('*')
    }

    /// Whether it stands for that name.
    pub fn matches(&self, name: &str) -> bool {
        let Some((first, rest)) = self.0.split_once('*') else { return *self.0 == *name };
        let Some(mut name) = name.strip_prefix(first) else { return false };
        let (middle, last) = rest.rsplit_once('*').unwrap_or(("", rest));
        match name.strip_suffix(last) {
            Some(left) => name = left,
            None => return false,
        }
        for piece in middle.split('*').filter(|piece| !piece.is_empty()) {
            match name.split_once(piece) {
                Some((_, after)) => name = after,
                None => return false,
            }
        }
        true
    }

    /// How narrow it is, to choose among several that match; equally narrow ones keep the operator's order.
    pub fn specificity(&self) -> Specificity {
        Specificity { exact: self.is_exact(), written: self.0.bytes().filter(|byte| *byte != b'*').count() }
    }
}

impl std::fmt::Display for Pattern {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl Setting for Pattern {
    fn read(node: Node<'_>, errors: &mut Errors) -> Option<Self> {
        let text = node.text(errors)?;
        match Self::fault(text) {
            None => Some(Self(text.into())),
            Some(fault) => {
                errors.add(node, fault);
                None
            }
        }
    }
    fn describe() -> Shape {
        Shape::Named(Named {
            name: "Pattern",
            module: module_path!(),
            docs: &[
                " A model name, or a set of them: `*` stands for any run of characters, also none. Upper and lower",
                " case differ. A name without `*` is narrower than one with, longer written text narrower than shorter.",
            ],
            body: Body::Leaf(|| json!({"type": "string", "minLength": 1, "maxLength": MAX_BYTES})),
        })
    }
    fn show(&self) -> Value {
        json!(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_run_of_characters() {
        let rows = [
            ("gpt-4o", "gpt-4o", true),
            ("gpt-4o", "gpt-4o-mini", false),
            ("gpt-4o", "GPT-4o", false),
            ("*", "", true),
            ("*", "anything/é", true),
            ("**", "x", true),
            ("gpt-*", "gpt-", true),
            ("gpt-*", "gpt-4o", true),
            ("gpt-*", "xgpt-4o", false),
            ("*-mini", "gpt-4o-mini", true),
            ("*-mini", "gpt-4o-mini-x", false),
            ("a*a", "a", false),
            ("a*a", "aa", true),
            ("a*b*c", "axbxbxc", true),
            ("a*b*c", "axc", false),
            ("a*bc*c", "abc", false),
            ("a*bc*c", "abcc", true),
            ("*/llama-*-instruct", "meta/llama-3-instruct", true),
            ("*é*", "café x", true),
            ("*ab*ab*", "ab", false),
        ];
        for (pattern, name, matches) in rows {
            assert_eq!(Pattern::new(pattern).unwrap().matches(name), matches, "{pattern} {name}");
        }
    }

    #[test]
    fn matching_agrees_with_the_plain_definition() {
        fn plain(pattern: &[u8], name: &[u8]) -> bool {
            match pattern {
                [] => name.is_empty(),
                [b'*', rest @ ..] => (0..=name.len()).any(|skip| plain(rest, &name[skip..])),
                [byte, rest @ ..] => name.first() == Some(byte) && plain(rest, &name[1..]),
            }
        }
        let words = |letters: &[u8], longest: u32| -> Vec<String> {
            let mut words = Vec::new();
            for length in 0..=longest {
                for mut number in 0..letters.len().pow(length) {
                    let mut word = String::new();
                    for _ in 0..length {
                        word.push(char::from(letters[number % letters.len()]));
                        number /= letters.len();
                    }
                    words.push(word);
                }
            }
            words
        };
        let names = words(b"ab", 5);
        for pattern in words(b"ab*", 5).iter().filter(|pattern| !pattern.is_empty()) {
            for name in &names {
                let wanted = plain(pattern.as_bytes(), name.as_bytes());
                assert_eq!(Pattern::new(pattern).unwrap().matches(name), wanted, "{pattern} {name}");
            }
        }
    }

    #[test]
    fn an_exact_name_is_narrower_than_a_pattern_and_longer_text_than_shorter() {
        let order = ["*", "**", "gpt-*", "gpt-4*", "gpt-4*-mini", "a"];
        let narrow = |text: &str| Pattern::new(text).unwrap().specificity();
        for pair in order.windows(2) {
            assert!(narrow(pair[0]) <= narrow(pair[1]), "{pair:?}");
        }
        assert!(narrow("gpt-*") < narrow("gpt-4*"));
        assert!(narrow("gpt-4*-mini") < narrow("a"));
        assert_eq!(narrow("*abc"), narrow("abc*"));
    }
}
