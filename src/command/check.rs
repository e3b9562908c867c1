//! `postern check`: the configuration as the filters read it, with their own words.

use serde_json::Value;

use super::host::Desk;
use super::{Done, Failure, Streams};
use crate::filter;

pub fn run(files: &[&str], streams: &mut Streams<'_>) -> Done {
    if files.is_empty() {
        return Err(Failure::Usage("check wants a file".into()));
    }
    let mut faults = 0usize;
    let desk = Desk::default();
    for file in files {
        let found = read(file)?;
        if found.is_empty() {
            writeln!(streams.err, "{file}: no configuration of Postern's in it")?;
            faults += 1;
        }
        for (place, text) in found {
            match filter::configure(&desk, text.as_bytes()) {
                Ok(_) => writeln!(streams.out, "{file}{place}: ok")?,
                Err(errors) => {
                    faults += 1;
                    for line in errors.lines() {
                        writeln!(streams.err, "{file}{place}: {line}")?;
                    }
                }
            }
            for line in desk.logged.borrow_mut().drain(..) {
                writeln!(streams.err, "{file}{place}: {line}")?;
            }
        }
    }
    for name in desk.unset.borrow().iter() {
        writeln!(streams.err, "note: {name} is not set here; it has to be where Envoy runs")?;
    }
    match faults {
        0 => Ok(()),
        _ => Err(Failure::Failed(format!("{faults} not right"))),
    }
}

/// The configurations in a file, each with its place: the file itself, or those in an Envoy configuration.
fn read(file: &str) -> Result<Vec<(String, String)>, Failure> {
    let failed = |why: String| Failure::Failed(format!("{file}: {why}"));
    let text = std::fs::read_to_string(file).map_err(|error| failed(error.to_string()))?;
    let value = match serde_json::from_str::<Value>(&text) {
        Ok(value) => value,
        // Broken JSON is told by the filter's own reader.
        Err(_) if text.trim_start().starts_with('{') => return Ok(vec![(String::new(), text)]),
        Err(_) => yaml(&text).map_err(failed)?,
    };
    if is_ours(&value) {
        // As it stands, where it is JSON: a key given twice is seen in the text alone.
        let text = if text.trim_start().starts_with('{') { text } else { value.to_string() };
        return Ok(vec![(String::new(), text)]);
    }
    let mut found = Vec::new();
    search(&value, String::new(), &mut found);
    Ok(found)
}

/// The keys that say what a configuration of ours is for.
const KINDS: [&str; 4] = ["gateway", "provider", "service", "tenant_table"];

/// Whether a value is a configuration of ours: by the key that says what it is, or, where that may be misspelt, by the
/// version that stands beside one object alone.
fn is_ours(value: &Value) -> bool {
    let named = KINDS.iter().any(|key| value.get(key).is_some());
    let shaped = || {
        let members = value.as_object().filter(|members| members.len() == 2 && members.contains_key("version"));
        members.is_some_and(|members| members.values().any(Value::is_object))
    };
    named || shaped()
}

/// Looks for filters' configurations: a text in a `StringValue`. One that is no JSON is ours if our keys stand in it.
fn search(value: &Value, place: String, found: &mut Vec<(String, String)>) {
    match value {
        Value::Object(members) => {
            let typed = members.get("@type").and_then(Value::as_str).is_some_and(|name| name.ends_with("StringValue"));
            if let (true, Some(Value::String(text))) = (typed, members.get("value"))
                && serde_json::from_str(text).map_or_else(
                    |_| text.contains("\"version\"") && KINDS.iter().any(|kind| text.contains(&format!("\"{kind}\""))),
                    |value: Value| is_ours(&value),
                )
            {
                found.push((place, text.clone()));
                return;
            }
            for (name, value) in members {
                let dot = if place.is_empty() { ": " } else { "." };
                search(value, format!("{place}{dot}{name}"), found);
            }
        }
        Value::Array(items) => {
            for (at, item) in items.iter().enumerate() {
                search(item, format!("{place}[{at}]"), found);
            }
        }
        _ => {}
    }
}

/// YAML as JSON would have it; of several documents the first.
fn yaml(text: &str) -> Result<Value, String> {
    let documents = yaml_rust2::YamlLoader::load_from_str(text).map_err(|error| error.to_string())?;
    documents.first().map(json).ok_or_else(|| "an empty file".to_owned())
}

fn json(yaml: &yaml_rust2::Yaml) -> Value {
    use yaml_rust2::Yaml;
    match yaml {
        Yaml::Real(text) => text.parse().map_or_else(|_| Value::String(text.clone()), |number: f64| number.into()),
        Yaml::Integer(number) => (*number).into(),
        Yaml::String(text) => Value::String(text.clone()),
        Yaml::Boolean(yes) => (*yes).into(),
        Yaml::Array(items) => items.iter().map(json).collect(),
        Yaml::Hash(members) => {
            let name = |key: &Yaml| key.as_str().map_or_else(|| json(key).to_string(), str::to_owned);
            Value::Object(members.iter().map(|(key, value)| (name(key), json(value))).collect())
        }
        Yaml::Alias(_) | Yaml::Null | Yaml::BadValue => Value::Null,
    }
}
