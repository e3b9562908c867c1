//! The operator's configuration: each room declares its settings once, beside its code, and gets from that one place
//! the Rust struct, a reader with complete errors, the reference page and a JSON Schema.
//!
//! Declaring settings:
//!
//! ```
//! use postern::config::{Bounded, Errors, Map, Name, Node, Pattern, Secret, choice, parse, settings, words};
//!
//! settings! {
//!     /// One application team.
//!     #[derive(Clone)]                                 // `Debug` comes by itself; `Secret` refuses `Clone`
//!     pub struct Tenant {
//!         /// Its name in metrics and records.
//!         pub id: Name,                                // no default: required
//!         /// Models it may ask for; `*` stands for any run of characters.
//!         #[was = "allowed_models"]                    // the old name still works, with a warning
//!         pub models: Vec<Pattern> = vec![Pattern::any()],
//!         /// Tokens a minute.
//!         pub limit_tokens: Option<Bounded<1, 1_000_000>>, // an `Option` may be left out
//!         /// Labels for the record.
//!         pub tags: Map<String> = Map::default(),
//!     }
//!     check = Tenant::has_models;                      // optional: rules across fields
//! }
//! impl Tenant {
//!     fn has_models(&self, node: Node<'_>, errors: &mut Errors) {
//!         if self.models.is_empty() {
//!             errors.add(node.key("models"), "an empty list allows nothing; leave it out to allow every model");
//!         }
//!     }
//! }
//!
//! words! {
//!     /// What a policy does with what it finds: `"mode": "audit"`.
//!     pub enum Mode {
//!         /// Act.
//!         "enforce" => Enforce,
//!         /// Only count and record.
//!         "audit" => Audit,
//!     }
//! }
//!
//! choice! {
//!     /// How the provider is told who we are: `{"bearer": {"env": "OPENAI_API_KEY"}}` or `{"none": {}}`.
//!     pub enum Auth {
//!         /// `authorization: Bearer ...`.
//!         "bearer" => Bearer(Secret),
//!         /// Nothing is sent.
//!         "none" => None,
//!     }
//! }
//!
//! let (tenant, warnings) = parse::<Tenant>(br#"{"id": "acme"}"#).unwrap();
//! assert_eq!(tenant.id.as_str(), "acme");
//! assert!(warnings.is_empty());
//! let errors = parse::<Tenant>(br#"{"id": "acme", "modles": []}"#).unwrap_err();
//! assert_eq!(
//!     errors.to_string(),
//!     r#"modles: unknown key; did you mean "models"? (known here: id, models, limit_tokens, tags)"#
//! );
//! ```
//!
//! A struct in which every field has a written default also gets `Default`. A leaf type of a room's own is a type with
//! [`Setting`] (about ten lines; [`Name`] is an example): on a bad value it adds an error and returns `None`. Secrets
//! are read by [`parse`] but their environment variables only by [`Secret::resolve`], when a host is there to ask.
//! Pages for the operator come from [`reference()`] and [`schema`]; nothing on the way of [`parse`] calls them, so the
//! linker leaves them out of the module.

mod errors;
mod json;
mod leaf;
mod macros;
mod mode;
mod name;
mod nearest;
mod node;
mod pattern;
mod secret;
mod shape;
#[cfg(test)]
mod tests;
mod time;

pub use crate::{choice, settings, words};
pub use errors::{Errors, Finding, Warnings};
pub use leaf::{Bounded, Map};
pub use mode::Mode;
pub use name::Name;
pub use nearest::nearest;
pub use node::{Key, Node};
pub use pattern::{Pattern, Specificity};
pub use secret::{Secret, SecretFile, SecretText};
pub use shape::{Body, Branch, Field, Named, Shape, reference, schema};
pub use time::Time;

#[doc(hidden)]
pub mod macro_support {
    //! What the macros expand to; not for use by hand.
    pub use super::macros::{default_shown, key_name, show_field};
    pub use serde_json::{Map, Value};
}

/// A type that an operator can write in the configuration.
pub trait Setting: Sized {
    /// Reads the value at `node`. On a bad value it adds at least one error and returns `None`; a reader of something
    /// with parts goes on after an error, so that the operator sees them all at once.
    fn read(node: Node<'_>, errors: &mut Errors) -> Option<Self>;

    /// What may be written here, for the reference page and the schema.
    fn describe() -> Shape;

    /// The value as the operator would write it, with secrets as `***` and defaults left out of structs.
    fn show(&self) -> serde_json::Value;

    /// The value of a field that is left out and has no default of its own: `None` makes the field required.
    fn absent() -> Option<Self> {
        None
    }
}

/// Reads a configuration from JSON text: the value with its warnings, or everything that is wrong with it.
pub fn parse<T: Setting>(bytes: &[u8]) -> Result<(T, Warnings), Errors> {
    parse_rows(bytes, &[])
}

/// The same, for texts that may have very long lists at these paths, whose readers take them by [`Node::each`]: no more
/// than one item of each is a tree at a time.
pub fn parse_rows<T: Setting>(bytes: &[u8], lists: &[&str]) -> Result<(T, Warnings), Errors> {
    let mut errors = Errors::new();
    let Some((value, lists)) = json::read_but(bytes, lists, &mut errors) else {
        // Once more, with a look into the lists: the fault may be there.
        let mut errors = Errors::new();
        let _ = json::read(bytes, &mut errors);
        return Err(errors);
    };
    let long = node::LongLists { text: bytes, lists };
    let node = Node::root_with(&value, &long);
    match T::read(node, &mut errors) {
        Some(read) if errors.is_empty() => Ok((read, errors.into_warnings())),
        Some(_) => Err(errors),
        None => {
            if errors.is_empty() {
                // A reader broke its promise; an empty list of errors would tell the operator nothing.
                errors.add(node, "refused without a reason; please report this as a bug of Postern");
            }
            Err(errors)
        }
    }
}
