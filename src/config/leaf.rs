//! The types every room uses for its fields: booleans, numbers, text, lists, maps, and what may be left out.

use serde_json::{Value, json};

use super::Setting;
use super::errors::Errors;
use super::node::Node;
use super::shape::Shape;

impl Setting for bool {
    fn read(node: Node<'_>, errors: &mut Errors) -> Option<Self> {
        let read = node.value().as_bool();
        if read.is_none() {
            node.mismatch("true or false", errors);
        }
        read
    }
    fn describe() -> Shape {
        Shape::leaf("true or false", json!({"type": "boolean"}))
    }
    fn show(&self) -> Value {
        json!(self)
    }
}

impl Setting for String {
    fn read(node: Node<'_>, errors: &mut Errors) -> Option<Self> {
        node.text(errors).map(str::to_owned)
    }
    fn describe() -> Shape {
        Shape::leaf("text", json!({"type": "string"}))
    }
    fn show(&self) -> Value {
        json!(self)
    }
}

impl Setting for u64 {
    fn read(node: Node<'_>, errors: &mut Errors) -> Option<Self> {
        node.whole_number(0, u64::MAX, errors)
    }
    fn describe() -> Shape {
        Shape::leaf("whole number", json!({"type": "integer", "minimum": 0}))
    }
    fn show(&self) -> Value {
        json!(self)
    }
}

impl Setting for u32 {
    fn read(node: Node<'_>, errors: &mut Errors) -> Option<Self> {
        node.whole_number(0, u64::from(u32::MAX), errors)?.try_into().ok()
    }
    fn describe() -> Shape {
        Shape::leaf("whole number", json!({"type": "integer", "minimum": 0, "maximum": u32::MAX}))
    }
    fn show(&self) -> Value {
        json!(self)
    }
}

impl Setting for f64 {
    fn read(node: Node<'_>, errors: &mut Errors) -> Option<Self> {
        let read = node.value().as_f64();
        if read.is_none() {
            node.mismatch("a number", errors);
        }
        read
    }
    fn describe() -> Shape {
        Shape::leaf("number", json!({"type": "number"}))
    }
    fn show(&self) -> Value {
        json!(self)
    }
}

/// A whole number from `MIN` to `MAX`, both allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Bounded<const MIN: u64, const MAX: u64>(u64);

impl<const MIN: u64, const MAX: u64> Bounded<MIN, MAX> {
    /// A number known when compiling, for defaults: `Bounded::of::<30_000>()`. One out of range does not compile.
    pub const fn of<const VALUE: u64>() -> Self {
        const { assert!(MIN <= VALUE && VALUE <= MAX, "the number is out of the setting's range") };
        Self(VALUE)
    }

    /// The number.
    pub const fn get(self) -> u64 {
        self.0
    }
}

impl<const MIN: u64, const MAX: u64> Setting for Bounded<MIN, MAX> {
    fn read(node: Node<'_>, errors: &mut Errors) -> Option<Self> {
        node.whole_number(MIN, MAX, errors).map(Self)
    }
    fn describe() -> Shape {
        let schema = json!({"type": "integer", "minimum": MIN, "maximum": MAX});
        Shape::leaf(format!("whole number, {MIN} to {MAX}"), schema)
    }
    fn show(&self) -> Value {
        json!(self.0)
    }
}

/// A field that may be left out, or be null.
impl<T: Setting> Setting for Option<T> {
    fn read(node: Node<'_>, errors: &mut Errors) -> Option<Self> {
        if node.value().is_null() { Some(None) } else { T::read(node, errors).map(Some) }
    }
    fn describe() -> Shape {
        T::describe()
    }
    fn show(&self) -> Value {
        self.as_ref().map_or(Value::Null, T::show)
    }
    fn absent() -> Option<Self> {
        Some(None)
    }
}

impl<T: Setting> Setting for Vec<T> {
    fn read(node: Node<'_>, errors: &mut Errors) -> Option<Self> {
        let count = node.list(errors)?.len();
        // All are read before one is missed, so that all errors are seen.
        let read: Vec<Option<T>> = (0..count).map(|index| T::read(node.index(index), errors)).collect();
        read.into_iter().collect()
    }
    fn describe() -> Shape {
        Shape::List(Box::new(T::describe()))
    }
    fn show(&self) -> Value {
        self.iter().map(T::show).collect()
    }
}

/// Values by name, in the order the operator wrote them. The names are text, or a leaf type read from it, e.g.
/// `Map<String, Name>` for text by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Map<T, K = String>(Vec<(K, T)>);

impl<T, K: PartialEq<str>> Map<T, K> {
    /// The value of that name. Looks at one entry after the other: for maps of an operator's size, or at start.
    pub fn get(&self, name: &str) -> Option<&T> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value)
    }
}

impl<T, K> Map<T, K> {
    /// The entries.
    pub fn into_entries(self) -> Vec<(K, T)> {
        self.0
    }
}

impl<T, K> Default for Map<T, K> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T, K> FromIterator<(K, T)> for Map<T, K> {
    /// The caller sees to it that no name comes twice.
    fn from_iter<I: IntoIterator<Item = (K, T)>>(entries: I) -> Self {
        Self(entries.into_iter().collect())
    }
}

impl<T, K> std::ops::Deref for Map<T, K> {
    type Target = [(K, T)];

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl<T: Setting, K: Setting> Setting for Map<T, K> {
    fn read(node: Node<'_>, errors: &mut Errors) -> Option<Self> {
        let object = node.object(errors)?;
        let mut read = Vec::with_capacity(object.len());
        for name in object.keys() {
            let node = node.key(name);
            let key = K::read(node.with(&Value::String(name.clone())), errors);
            read.push(key.zip(T::read(node, errors)));
        }
        read.into_iter().collect::<Option<Vec<_>>>().map(Self)
    }
    fn describe() -> Shape {
        Shape::Map(Box::new(K::describe()), Box::new(T::describe()))
    }
    fn show(&self) -> Value {
        let name = |key: &K| key.show().as_str().unwrap_or_default().to_owned();
        Value::Object(self.0.iter().map(|(key, value)| (name(key), value.show())).collect())
    }
}

/// Any JSON, for what is passed on and not understood here.
impl Setting for Value {
    fn read(node: Node<'_>, _: &mut Errors) -> Option<Self> {
        Some(node.value().clone())
    }
    fn describe() -> Shape {
        Shape::leaf("any JSON", json!({}))
    }
    fn show(&self) -> Value {
        self.clone()
    }
}
