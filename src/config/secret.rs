//! Secrets: keys and tokens that go into a request header and nowhere else, and files of keys that go nowhere at all.
//!
//! [`Secret`] is what the operator wrote: the text itself, or the environment variable that has it. [`SecretText`] is
//! the text, after [`Secret::resolve`] has asked the host. Neither prints it, neither can be cloned, and no error
//! quotes it: not even the name of a variable that does not look like one, since a key may have been pasted there.

use std::fmt;

use serde_json::{Value, json};

use super::Setting;
use super::errors::Errors;
use super::nearest::nearest;
use super::node::Node;
use super::shape::{Body, Branch, Named, Shape};

/// Where a secret comes from: `{"env": "OPENAI_API_KEY"}` or `{"inline": "..."}`.
///
/// A struct with a secret in it cannot be cloned by accident either:
///
/// ```compile_fail,E0277
/// postern::config::settings! {
///     /// An account.
///     #[derive(Clone)]
///     pub struct Account {
///         /// Its key.
///         pub key: postern::config::Secret,
///     }
/// }
/// ```
pub struct Secret {
    source: Source,
    /// Where it stands in the configuration, for an error of [`Secret::resolve`].
    path: String,
    /// Makes the text, or says what is wrong with it.
    check: fn(&str) -> Result<SecretText, String>,
}

/// The contents of a file that are a secret as a whole, a private key or a JSON file with one; written as a [`Secret`].
#[derive(Debug)]
pub struct SecretFile(Secret);

enum Source {
    Inline(SecretText),
    Env(String),
}

/// The text of a secret. Out of a [`Secret`]: printable ASCII, not empty, no white space at its ends, so safe in a header
/// value. Out of a [`SecretFile`]: any text that is not empty.
pub struct SecretText(Box<str>);

const CHOICES: [&str; 2] = ["env", "inline"];

const UNREPLACED: &str = r#"is a variable that nobody replaced; use {"env": "NAME"} instead"#;

fn unreplaced(text: &str) -> bool {
    text.starts_with("${") && text.ends_with('}')
}

impl Secret {
    /// The text, asking `env` for the variable if that is where it is. A variable that is missing or holds what cannot
    /// be a secret is an error at the secret's place in the configuration.
    pub fn resolve(&self, env: &dyn Fn(&str) -> Option<String>, errors: &mut Errors) -> Option<SecretText> {
        let name = match &self.source {
            Source::Inline(text) => return Some(SecretText(text.0.clone())),
            Source::Env(name) => name,
        };
        // A usual name is safe to print; anything else could be the key itself.
        let usual = name.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_');
        let shown = if usual { format!("environment variable {name}") } else { "this environment variable".to_owned() };
        let place = format!("{}.env", self.path);
        let Some(text) = env(name) else {
            let remedy = "set it and let Envoy pass it on (host_env_keys in the VM configuration)";
            errors.add_at(place, format!("{shown} is not set; {remedy}"));
            return None;
        };
        match (self.check)(&text) {
            Ok(text) => Some(text),
            Err(fault) => {
                errors.add_at(place, format!("the value of {shown} {fault}"));
                None
            }
        }
    }
}

impl SecretText {
    fn new(text: &str) -> Result<Self, String> {
        if text.is_empty() {
            return Err("is empty".to_owned());
        }
        if text.trim() != text {
            let cause = "a line break at the end of the file it came from is the usual cause";
            return Err(format!("starts or ends with white space; remove it ({cause})"));
        }
        // RFC 9110 section 5.5, without obs-text, which providers do not take in keys.
        if let Some(index) = text.chars().position(|character| !matches!(character, ' '..='~')) {
            return Err(format!("has a character that cannot stand in a header, the {}", ordinal(index + 1)));
        }
        if unreplaced(text) {
            return Err(UNREPLACED.to_owned());
        }
        Ok(Self(text.into()))
    }

    fn of_file(text: &str) -> Result<Self, String> {
        match text.trim() {
            "" => Err("is empty".to_owned()),
            text if unreplaced(text) => Err(UNREPLACED.to_owned()),
            text => Ok(Self(text.into())),
        }
    }

    /// A secret made of others, e.g. the header value around a key.
    pub fn around(before: &str, secret: &Self) -> Self {
        Self(format!("{before}{}", secret.0).into())
    }

    /// A secret that came from elsewhere than the configuration, if it can stand in a header.
    pub fn received(text: &str) -> Option<Self> {
        Self::new(text).ok()
    }

    /// A secret of a test.
    #[cfg(test)]
    pub fn planted(text: &str) -> Self {
        Self(text.into())
    }

    /// The plain text. To be written into a header, never into a log, an error or a record.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl Secret {
    fn read_as(node: Node<'_>, check: fn(&str) -> Result<SecretText, String>, errors: &mut Errors) -> Option<Self> {
        let path = node.path();
        // YAML's `bearer: {sk-...}` is an object with the key itself as its key.
        let strange = |key: &String| !CHOICES.contains(&key.as_str()) && nearest(key, CHOICES).is_none();
        if node.value().as_object().is_some_and(|object| object.keys().any(strange)) {
            let reason = "give exactly one of env, inline; got another key, not shown as it may be the secret itself";
            errors.add(node, reason);
            return None;
        }
        let (choice, node) = node.one_of(&CHOICES, errors)?;
        let text = node.text(errors)?;
        if choice == 1 {
            return match check(text) {
                Ok(text) => Some(Self { source: Source::Inline(text), path, check }),
                Err(fault) => {
                    errors.add(node, fault);
                    None
                }
            };
        }
        let plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        if !plain || text.bytes().next().is_none_or(|byte| byte.is_ascii_digit()) {
            errors.add(node, "expected the name of an environment variable: A-Z a-z 0-9 _, not starting with a digit");
            return None;
        }
        Some(Self { source: Source::Env(text.to_owned()), path, check })
    }

    /// Where it stands in the configuration.
    pub fn path(&self) -> &str {
        &self.path
    }
}

impl Setting for Secret {
    fn read(node: Node<'_>, errors: &mut Errors) -> Option<Self> {
        Self::read_as(node, SecretText::new, errors)
    }
    fn describe() -> Shape {
        const ENV: &[&str] = &[" The environment variable that holds it, e.g. `OPENAI_API_KEY`."];
        const INLINE: &[&str] = &[" The secret itself. It shows in Envoy's config dump, so better use `env`."];
        Shape::Named(Named {
            name: "Secret",
            module: module_path!(),
            docs: &[" A key or token. Printable ASCII, without white space at its ends."],
            body: Body::Choice(|| {
                vec![
                    Branch { key: "env", docs: ENV, shape: Some(String::describe()) },
                    Branch { key: "inline", docs: INLINE, shape: Some(String::describe()) },
                ]
            }),
        })
    }
    fn show(&self) -> Value {
        match &self.source {
            Source::Inline(_) => json!({"inline": "***"}),
            Source::Env(_) => json!({"env": "***"}),
        }
    }
}

impl SecretFile {
    /// The text; see [`Secret::resolve`].
    pub fn resolve(&self, env: &dyn Fn(&str) -> Option<String>, errors: &mut Errors) -> Option<SecretText> {
        self.0.resolve(env, errors)
    }

    /// Where it stands in the configuration.
    pub fn path(&self) -> &str {
        &self.0.path
    }
}

impl Setting for SecretFile {
    fn read(node: Node<'_>, errors: &mut Errors) -> Option<Self> {
        Secret::read_as(node, SecretText::of_file, errors).map(Self)
    }
    fn describe() -> Shape {
        const ENV: &[&str] = &[" The environment variable that holds it, e.g. `GOOGLE_KEY_FILE`."];
        const INLINE: &[&str] = &[" The text itself. It shows in Envoy's config dump, so better use `env`."];
        Shape::Named(Named {
            name: "SecretFile",
            module: module_path!(),
            docs: &[" The contents of a file that is secret as a whole. Lines may end as they like."],
            body: Body::Choice(|| {
                vec![
                    Branch { key: "env", docs: ENV, shape: Some(String::describe()) },
                    Branch { key: "inline", docs: INLINE, shape: Some(String::describe()) },
                ]
            }),
        })
    }
    fn show(&self) -> Value {
        self.0.show()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl fmt::Debug for SecretText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl fmt::Display for SecretText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

fn ordinal(number: usize) -> String {
    let ending = match (number % 10, number % 100) {
        (_, 11..=13) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    };
    format!("{number}{ending}")
}
