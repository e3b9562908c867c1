//! A value of the configuration that knows its path, and the questions a reader asks of it.

use serde_json::{Map, Value};

use super::Setting;
use super::errors::{Errors, quote};
use super::json;

/// A value and where it stands. Small and `Copy`: the path is a chain of borrowed steps, written out only for an error.
#[derive(Clone, Copy)]
pub struct Node<'a> {
    value: &'a Value,
    place: Place<'a>,
}

#[derive(Clone, Copy)]
enum Place<'a> {
    Root(Option<&'a LongLists<'a>>),
    Key(&'a Place<'a>, &'a str),
    Index(&'a Place<'a>, usize),
}

/// Lists that were left as text, because as trees they would take more memory than all else: 100,000 tenants.
pub(super) struct LongLists<'a> {
    /// The whole configuration.
    pub text: &'a [u8],
    /// Their paths, and where they begin.
    pub lists: Vec<(&'a str, usize)>,
}

/// A key of a struct, and the deprecated name under which it is still read.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    /// Its name.
    pub name: &'static str,
    /// Its old name.
    pub was: Option<&'static str>,
}

/// What stands at a key that is not there.
static NOTHING: Value = Value::Null;

impl<'a> Node<'a> {
    /// The whole configuration.
    pub fn root(value: &'a Value) -> Self {
        Self { value, place: Place::Root(None) }
    }

    /// The whole configuration, some of whose lists are text still.
    pub(super) fn root_with(value: &'a Value, long: &'a LongLists<'a>) -> Self {
        Self { value, place: Place::Root(Some(long)) }
    }

    /// The value itself.
    pub fn value(&self) -> &'a Value {
        self.value
    }

    /// Where it stands, e.g. `gateway.tenants[3].id`; the whole is `configuration`.
    pub fn path(&self) -> String {
        let mut path = String::new();
        write_path(&self.place, &mut path);
        if path.is_empty() { "configuration".to_owned() } else { path }
    }

    /// The place of a key, whether it is there or not (then the value is null).
    pub fn key<'n>(&'n self, name: &'n str) -> Node<'n> {
        self.get(name).unwrap_or(Node { value: &NOTHING, place: Place::Key(&self.place, name) })
    }

    /// The value of a key, if this is an object that has it.
    pub fn get<'n>(&'n self, name: &'n str) -> Option<Node<'n>> {
        Some(Node { value: self.value.get(name)?, place: Place::Key(&self.place, name) })
    }

    /// The place of an item, whether it is there or not (then the value is null).
    pub fn index(&self, index: usize) -> Node<'_> {
        Node { value: self.value.get(index).unwrap_or(&NOTHING), place: Place::Index(&self.place, index) }
    }

    /// Another value at the same place.
    pub(super) fn with(self, value: &'a Value) -> Self {
        Self { value, ..self }
    }

    /// The string here, or an error.
    pub fn text(&self, errors: &mut Errors) -> Option<&'a str> {
        let text = self.value.as_str();
        if text.is_none() {
            self.mismatch("a string", errors);
        }
        text
    }

    /// The whole number here, if it lies in the range, or an error. `1e6` and `5.0` are whole numbers: programs that
    /// turn YAML into JSON write them so.
    pub fn whole_number(&self, min: u64, max: u64, errors: &mut Errors) -> Option<u64> {
        /// 2 to the 64th.
        const TOO_LARGE: f64 = 18_446_744_073_709_551_616.0;
        let Value::Number(number) = self.value else {
            self.mismatch("a whole number", errors);
            return None;
        };
        let float = number.as_f64().unwrap_or(f64::NAN);
        if number.is_f64() && float.fract() != 0.0 {
            errors.add(*self, format!("expected a whole number, got {number}"));
            return None;
        }
        let whole = number.as_u64().or_else(|| (0.0..TOO_LARGE).contains(&float).then_some(float as u64));
        let read = whole.filter(|whole| (min..=max).contains(whole));
        if read.is_none() {
            errors.add(*self, format!("must be between {min} and {max}, got {number}"));
        }
        read
    }

    /// The items here, or an error.
    pub fn list(&self, errors: &mut Errors) -> Option<&'a [Value]> {
        let list = self.value.as_array();
        if list.is_none() {
            self.mismatch("a list", errors);
        }
        list.map(Vec::as_slice)
    }

    /// Shows the items here one by one, or adds an error. Of a list that was left as text, each is read when its turn
    /// comes and forgotten behind it.
    pub fn each(&self, errors: &mut Errors, see: &mut dyn FnMut(Node<'_>, &mut Errors)) -> Option<()> {
        let list = self.list(errors)?;
        if let Some((text, at)) = self.long_list() {
            return json::items(text, at, errors, &mut |index, value, errors| {
                see(Node { value, place: Place::Index(&self.place, index) }, errors);
            });
        }
        (0..list.len()).for_each(|index| see(self.index(index), errors));
        Some(())
    }

    /// The text it was left in, and where it begins.
    fn long_list(&self) -> Option<(&'a [u8], usize)> {
        let mut place = &self.place;
        let long = loop {
            match place {
                Place::Root(long) => break (*long)?,
                Place::Key(above, _) | Place::Index(above, _) => place = above,
            }
        };
        let path = self.path();
        let (_, at) = long.lists.iter().find(|(list, _)| **list == path)?;
        Some((long.text, *at))
    }

    /// The object here, or an error.
    pub fn object(&self, errors: &mut Errors) -> Option<&'a Map<String, Value>> {
        let object = self.value.as_object();
        if object.is_none() {
            self.mismatch("an object", errors);
        }
        object
    }

    /// Refuses a value of the wrong type, naming its type but never the value, which may be a misplaced secret.
    pub fn mismatch(&self, wanted: &str, errors: &mut Errors) {
        let hint = match (wanted, self.value) {
            ("a whole number" | "a number", Value::String(text)) if text.parse::<f64>().is_ok() => {
                "; write it without quotes"
            }
            ("true or false", Value::String(text)) if matches!(text.as_str(), "true" | "false") => {
                "; write it without quotes"
            }
            ("a string", Value::Number(_) | Value::Bool(_)) => "; write it in double quotes",
            ("a list", Value::String(_) | Value::Number(_) | Value::Object(_)) => "; write it in [ ]",
            _ => "",
        };
        errors.add(*self, format!("expected {wanted}, got {}{hint}", kind(self.value)));
    }

    /// Reads a word out of a known set: its index, or an error.
    pub fn word(&self, known: &[&str], errors: &mut Errors) -> Option<usize> {
        match self.value {
            Value::String(word) => {
                let index = known.iter().position(|known| known == word);
                if index.is_none() {
                    errors.unknown(*self, "word", word, known.iter().copied());
                }
                index
            }
            Value::Bool(read) => {
                // YAML 1.1 reads a bare `off` or `no` as false, a bare `on` or `yes` as true.
                let bare: &[&str] = if *read { &["on", "yes"] } else { &["off", "no"] };
                let hint = match known.iter().find(|word| bare.contains(word)) {
                    Some(word) => format!("; write {} with its quotes (YAML reads it bare as {read})", quote(word)),
                    None => String::new(),
                };
                errors.add(*self, format!("expected one of {}, got {read}{hint}", known.join(", ")));
                None
            }
            other => {
                errors.add(*self, format!("expected one of {}, got {}", known.join(", "), kind(other)));
                None
            }
        }
    }

    /// Reads an object with exactly one of the known keys: the key's index, and the value there. An unknown key is an
    /// error, but the known one beside it is still read.
    pub fn one_of<'n>(&'n self, known: &'n [&'n str], errors: &mut Errors) -> Option<(usize, Node<'n>)> {
        let Value::Object(object) = self.value else {
            let mut reason = format!("expected an object with exactly one of {}", known.join(", "));
            match self.value {
                Value::String(word) if known.contains(&word.as_str()) => {
                    reason.push_str(&format!("; write {{{}: {{...}}}}", quote(word)));
                }
                other => reason.push_str(&format!("; got {}", kind(other))),
            }
            errors.add(*self, reason);
            return None;
        };
        let mut given = Vec::new();
        for key in object.keys() {
            match known.iter().position(|known| known == key) {
                Some(index) => given.push(index),
                None => errors.unknown_key(*self, key, known),
            }
        }
        if let [index] = given[..] {
            return Some((index, self.get(known.get(index)?)?));
        }
        if object.is_empty() {
            errors.add(*self, format!("give exactly one of {}; got an empty object", known.join(", ")));
        } else if !given.is_empty() {
            let names: Vec<&str> = given.iter().filter_map(|index| known.get(*index).copied()).collect();
            errors.add(*self, format!("give exactly one of {}; got {}", known.join(", "), names.join(" and ")));
        }
        None
    }

    /// Whether this is an object without keys that are not known; unknown ones are errors, old ones warnings.
    /// False only if it is no object at all.
    pub fn has_only(&self, keys: &[Key], errors: &mut Errors) -> bool {
        let Some(object) = self.object(errors) else { return false };
        for name in object.keys() {
            if keys.iter().any(|key| key.name == name) {
                continue;
            }
            match keys.iter().find(|key| key.was == Some(name)) {
                Some(key) if object.contains_key(key.name) => {
                    errors
                        .add(self.key(name), format!("is the old name of {}; give only the new one", quote(key.name)));
                }
                Some(key) => {
                    errors.warn(self.key(name), format!("DEPRECATED, is now called {}", quote(key.name)));
                }
                None => {
                    let known: Vec<&str> = keys.iter().map(|key| key.name).collect();
                    errors.unknown_key(*self, name, &known);
                }
            }
        }
        true
    }

    /// Reads one key of an object, under its name or its old name; if it is left out, the default, or an error.
    pub fn field<T: Setting>(&self, key: Key, default: Option<fn() -> T>, errors: &mut Errors) -> Option<T> {
        if let Some(node) = self.get(key.name).or_else(|| self.get(key.was?)) {
            return T::read(node, errors);
        }
        let value = default.map(|default| default()).or_else(T::absent);
        if value.is_none() {
            errors.add(self.key(key.name), "required, but missing");
        }
        value
    }
}

impl std::fmt::Debug for Node<'_> {
    /// The path alone: the value may hold a secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Node({})", self.path())
    }
}

fn write_path(place: &Place<'_>, path: &mut String) {
    match place {
        Place::Root(_) => {}
        Place::Key(parent, key) => {
            write_path(parent, path);
            let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
            if key.is_empty() || key.len() > 64 || !key.bytes().all(plain) {
                path.push_str(&format!("[{}]", quote(key)));
            } else {
                if !path.is_empty() {
                    path.push('.');
                }
                path.push_str(key);
            }
        }
        Place::Index(parent, index) => {
            write_path(parent, path);
            path.push_str(&format!("[{index}]"));
        }
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}
