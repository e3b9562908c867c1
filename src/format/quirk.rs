//! What one provider wants otherwise than its format has it, done to a finished body: the client's own, where it speaks
//! the provider's format, and the one that a format's writer made. One step for both, so that a row of the preset table
//! means the same whoever asks.

use super::rules::as_called_by;
use super::{Fix, Format, Loss, Quirks};
use crate::chat::ApiError;
use crate::wire::json::{Doc, Edits, Value, Writer};

/// Notes the changes that a body of this format needs. `client`: whose words a loss is told in.
pub fn splice(
    root: Value<'_, '_>,
    quirks: &Quirks,
    own: &dyn Format,
    client: &dyn Format,
    edits: &mut Edits,
    loss: &mut Loss,
) -> Result<(), ApiError> {
    let mut gone: Vec<&str> = Vec::new();
    for (name, fix) in quirks.top_level {
        let Some(key) = root.entries().find(|(key, value)| key.is(name) && !value.is_null()).map(|(key, _)| key) else {
            continue;
        };
        match fix {
            Fix::Rename(new) if root.get(new).is_none() => edits.replace(key.span(), quoted(new)),
            Fix::Rename(_) => gone.push(name),
            Fix::Drop => {
                loss.note(as_called_by(client, own, name, None));
                gone.push(name);
            }
            Fix::Refuse(why) => {
                let param = as_called_by(client, own, name, None);
                return Err(ApiError::unsupported(
                    param,
                    format!("{param}: this model's provider does not take it: {why}"),
                ));
            }
        }
    }
    if !quirks.addressed_in_body {
        gone.extend(["model", "stream"]);
    }
    if !gone.is_empty() {
        edits.remove_members(root, |key| gone.iter().any(|name| key.is(name)));
    }
    for (name, json) in quirks.members {
        if root.get(name).is_none() {
            edits.add_member(root, &format!("\"{name}\":{json}"));
        }
    }
    Ok(())
}

/// The same for a body that one of our writers made.
pub fn finish(
    body: Vec<u8>,
    quirks: &Quirks,
    own: &dyn Format,
    client: &dyn Format,
    loss: &mut Loss,
) -> Result<Vec<u8>, ApiError> {
    if quirks.leaves_bodies_alone() {
        return Ok(body);
    }
    let Ok(doc) = Doc::parse(&body) else { return Err(ApiError::internal()) };
    let mut edits = Edits::new();
    splice(doc.root(), quirks, own, client, &mut edits, loss)?;
    Ok(if edits.is_empty() { body } else { edits.apply(&body) })
}

fn quoted(plain: &str) -> Vec<u8> {
    let mut writer = Writer::default();
    writer.string(plain);
    writer.out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::find;

    const QUIRKS: Quirks = Quirks {
        addressed_in_body: false,
        members: &[("anthropic_version", "\"v\"")],
        top_level: &[
            ("seed", Fix::Rename("random_seed")),
            ("stop", Fix::Drop),
            ("store", Fix::Drop),
            ("n", Fix::Refuse("it gives one")),
        ],
        ..Quirks::DEFAULT
    };

    fn spliced(body: &str) -> Result<(String, Vec<String>), String> {
        let (own, client) = (find("openai_chat").unwrap(), find("anthropic_messages").unwrap());
        let mut loss = Loss::default();
        let body = finish(body.as_bytes().to_vec(), &QUIRKS, own, client, &mut loss).map_err(|error| error.message)?;
        Ok((String::from_utf8(body).unwrap(), loss.0))
    }

    #[test]
    fn fields_are_renamed_dropped_and_added_wherever_they_stand() {
        let rows: &[(&str, &str, &[&str])] = &[
            (r#"{"a":1}"#, r#"{"anthropic_version":"v","a":1}"#, &[]),
            (r#"{"model":"m","a":[1, 2] , "stream":true}"#, r#"{"anthropic_version":"v","a":[1, 2]}"#, &[]),
            (
                r#"{"seed":7,"stop":["x"],"a":1.50}"#,
                r#"{"anthropic_version":"v","random_seed":7,"a":1.50}"#,
                &["stop_sequences"],
            ),
            (r#"{"a":1,"stop":null,"store":true}"#, r#"{"anthropic_version":"v","a":1,"stop":null}"#, &["store"]),
            (
                r#"{"anthropic_version":"mine","random_seed":1,"seed":2}"#,
                r#"{"anthropic_version":"mine","random_seed":1}"#,
                &[],
            ),
        ];
        for (body, want, lost) in rows {
            let (got, loss) = spliced(body).unwrap();
            assert_eq!(got, *want, "{body}");
            assert_eq!(loss, *lost, "{body}");
        }
        assert_eq!(spliced(r#"{"n":2}"#).unwrap_err(), "n: this model's provider does not take it: it gives one");
    }
}
