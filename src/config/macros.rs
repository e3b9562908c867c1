//! The macros that declare settings: `settings!` (a struct), `choice!` (an object with one key) and `words!` (one word
//! of a few). The struct, its reader and its documentation come out of the same lines, so they cannot drift apart.

use serde_json::{Map, Value};

use super::Setting;
use super::node::Key;

/// Declares a struct of settings; see the example of [`crate::config`].
///
/// Every field has a doc comment, which is the operator's documentation. `= value` after a field's type is its default;
/// without one the field is required, unless its type may be absent, as `Option`. `#[was = "name"]` keeps an old name.
/// `check = path;` after the struct names a `fn(&Self, Node<'_>, &mut Errors)` for the rules across fields; it runs
/// once every field could be read. If all fields have written defaults, the struct has `Default`.
#[macro_export]
macro_rules! settings {
    (@default) => { ::core::option::Option::None };
    (@default $default:expr) => { ::core::option::Option::Some(|| $default) };
    (@was) => { ::core::option::Option::None };
    (@was $was:literal) => { ::core::option::Option::Some($was) };
    (@key $field:ident $(, $was:literal)?) => {
        $crate::config::Key {
            name: $crate::config::macro_support::key_name(stringify!($field)),
            was: $crate::settings!(@was $($was)?),
        }
    };
    (@declare
        $(#[doc = $doc:literal])+
        $(#[derive($($derive:ident),* $(,)?)])?
        $vis:vis struct $name:ident {
            $(
                $(#[doc = $field_doc:literal])+
                $(#[was = $was:literal])?
                $field_vis:vis $field:ident : $type:ty $(= $default:expr)?
            ),* $(,)?
        }
        $(check = $check:path;)?
    ) => {
        $(#[doc = $doc])+
        #[derive(Debug $($(, $derive)*)?)]
        $vis struct $name {
            $( $(#[doc = $field_doc])+ $field_vis $field: $type, )*
        }

        impl $crate::config::Setting for $name {
            #[allow(unused_mut, unused_variables)]
            fn read(
                node: $crate::config::Node<'_>,
                errors: &mut $crate::config::Errors,
            ) -> ::core::option::Option<Self> {
                const KEYS: &[$crate::config::Key] = &[$( $crate::settings!(@key $field $(, $was)?) ),*];
                if !node.has_only(KEYS, errors) {
                    return ::core::option::Option::None;
                }
                $(
                    let $field = node.field::<$type>(
                        const { $crate::settings!(@key $field $(, $was)?) },
                        $crate::settings!(@default $($default)?),
                        errors,
                    );
                )*
                let read = Self { $( $field: $field? ),* };
                $( $check(&read, node, errors); )?
                ::core::option::Option::Some(read)
            }

            fn describe() -> $crate::config::Shape {
                $crate::config::Shape::Named($crate::config::Named {
                    name: stringify!($name),
                    module: module_path!(),
                    docs: &[$($doc),+],
                    body: $crate::config::Body::Settings(|| vec![$(
                        $crate::config::Field {
                            key: $crate::settings!(@key $field $(, $was)?),
                            docs: &[$($field_doc),+],
                            shape: <$type as $crate::config::Setting>::describe(),
                            default: $crate::config::macro_support::default_shown::<$type>(
                                $crate::settings!(@default $($default)?),
                            ),
                        }
                    ),*]),
                })
            }

            #[allow(unused_mut)]
            fn show(&self) -> $crate::config::macro_support::Value {
                let mut shown = $crate::config::macro_support::Map::new();
                $(
                    $crate::config::macro_support::show_field::<$type>(
                        &mut shown,
                        $crate::settings!(@key $field $(, $was)?),
                        &self.$field,
                        $crate::settings!(@default $($default)?),
                    );
                )*
                $crate::config::macro_support::Value::Object(shown)
            }
        }
    };

    // Every field has a default: the struct has one.
    (
        $(#[doc = $doc:literal])+
        $(#[derive($($derive:ident),* $(,)?)])?
        $vis:vis struct $name:ident {
            $(
                $(#[doc = $field_doc:literal])+
                $(#[was = $was:literal])?
                $field_vis:vis $field:ident : $type:ty = $default:expr
            ),* $(,)?
        }
        $(check = $check:path;)?
    ) => {
        $crate::settings! { @declare
            $(#[doc = $doc])+
            $(#[derive($($derive),*)])?
            $vis struct $name {
                $( $(#[doc = $field_doc])+ $(#[was = $was])? $field_vis $field: $type = $default ),*
            }
            $(check = $check;)?
        }

        #[allow(clippy::derivable_impls)]
        impl ::core::default::Default for $name {
            fn default() -> Self {
                Self { $( $field: $default ),* }
            }
        }
    };
    ($($declaration:tt)*) => { $crate::settings! { @declare $($declaration)* } };
}

/// Declares an enum that is written as an object with one key: `{"redact": {...}}`. A variant holds a [`Setting`], or
/// nothing, and is then written with an empty object; see the example of [`crate::config`].
#[macro_export]
macro_rules! choice {
    (@read $node:ident, $errors:ident, $variant:ident) => {
        $node.has_only(&[], $errors).then_some(Self::$variant)
    };
    (@read $node:ident, $errors:ident, $variant:ident, $type:ty) => {
        <$type as $crate::config::Setting>::read($node, $errors).map(Self::$variant)
    };
    (@shape) => { ::core::option::Option::None };
    (@shape $type:ty) => { ::core::option::Option::Some(<$type as $crate::config::Setting>::describe()) };
    (@show $self:ident, $variant:ident) => {
        match $self {
            Self::$variant => {
                ::core::option::Option::Some($crate::config::macro_support::Value::Object(Default::default()))
            }
            #[allow(unreachable_patterns)]
            _ => ::core::option::Option::None,
        }
    };
    (@show $self:ident, $variant:ident, $type:ty) => {
        match $self {
            Self::$variant(value) => ::core::option::Option::Some(<$type as $crate::config::Setting>::show(value)),
            #[allow(unreachable_patterns)]
            _ => ::core::option::Option::None,
        }
    };
    (
        $(#[doc = $doc:literal])+
        $(#[derive($($derive:ident),* $(,)?)])?
        $vis:vis enum $name:ident {
            $( $(#[doc = $option_doc:literal])+ $key:literal => $variant:ident $(($type:ty))? ),+ $(,)?
        }
    ) => {
        $(#[doc = $doc])+
        #[derive(Debug $($(, $derive)*)?)]
        $vis enum $name {
            $( $(#[doc = $option_doc])+ $variant $(($type))?, )+
        }

        impl $crate::config::Setting for $name {
            fn read(
                node: $crate::config::Node<'_>,
                errors: &mut $crate::config::Errors,
            ) -> ::core::option::Option<Self> {
                const KEYS: &[&str] = &[$($key),+];
                let (index, node) = node.one_of(KEYS, errors)?;
                match KEYS.get(index).copied() {
                    $(
                        ::core::option::Option::Some($key) => {
                            $crate::choice!(@read node, errors, $variant $(, $type)?)
                        }
                    )+
                    _ => ::core::option::Option::None,
                }
            }

            fn describe() -> $crate::config::Shape {
                $crate::config::Shape::Named($crate::config::Named {
                    name: stringify!($name),
                    module: module_path!(),
                    docs: &[$($doc),+],
                    body: $crate::config::Body::Choice(|| vec![$(
                        $crate::config::Branch {
                            key: $key,
                            docs: &[$($option_doc),+],
                            shape: $crate::choice!(@shape $($type)?),
                        }
                    ),+]),
                })
            }

            fn show(&self) -> $crate::config::macro_support::Value {
                let mut shown = $crate::config::macro_support::Map::new();
                $(
                    if let ::core::option::Option::Some(value) = $crate::choice!(@show self, $variant $(, $type)?) {
                        shown.insert($key.to_owned(), value);
                    }
                )+
                $crate::config::macro_support::Value::Object(shown)
            }
        }
    };
}

/// Declares an enum that is written as one word: `"mode": "audit"`; see the example of [`crate::config`].
#[macro_export]
macro_rules! words {
    (
        $(#[doc = $doc:literal])+
        $vis:vis enum $name:ident {
            $( $(#[doc = $word_doc:literal])+ $word:literal => $variant:ident ),+ $(,)?
        }
    ) => {
        $(#[doc = $doc])+
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        $vis enum $name {
            $( $(#[doc = $word_doc])+ $variant, )+
        }

        impl $name {
            /// Every word's value, in the order declared.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word the operator writes.
            pub const fn word(self) -> &'static str {
                match self {
                    $( Self::$variant => $word, )+
                }
            }
        }

        impl $crate::config::Setting for $name {
            fn read(
                node: $crate::config::Node<'_>,
                errors: &mut $crate::config::Errors,
            ) -> ::core::option::Option<Self> {
                Self::ALL.get(node.word(&[$($word),+], errors)?).copied()
            }

            fn describe() -> $crate::config::Shape {
                $crate::config::Shape::Named($crate::config::Named {
                    name: stringify!($name),
                    module: module_path!(),
                    docs: &[$($doc),+],
                    body: $crate::config::Body::Words(&[$( ($word, &[$($word_doc),+]) ),+]),
                })
            }

            fn show(&self) -> $crate::config::macro_support::Value {
                $crate::config::macro_support::Value::String(self.word().to_owned())
            }
        }
    };
}

/// The key of a field: its name, without the `r#` of a Rust keyword.
pub const fn key_name(field: &'static str) -> &'static str {
    match field.as_bytes() {
        [b'r', b'#', rest @ ..] => match std::str::from_utf8(rest) {
            Ok(name) => name,
            Err(_) => field,
        },
        _ => field,
    }
}

/// What a field is if it is left out, as the operator would write it; `None` if it must not be.
pub fn default_shown<T: Setting>(default: Option<fn() -> T>) -> Option<Value> {
    default.map(|default| default()).or_else(T::absent).map(|value| value.show())
}

/// Shows a field in its struct, unless it is at its default.
pub fn show_field<T: Setting>(shown: &mut Map<String, Value>, key: Key, value: &T, default: Option<fn() -> T>) {
    let value = value.show();
    if default_shown(default).as_ref() != Some(&value) {
        shown.insert(key.name.to_owned(), value);
    }
}
