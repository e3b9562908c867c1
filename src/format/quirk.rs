//! What one provider wants otherwise than its format has it, done to a finished body: the client's own, where it speaks
//! the provider's format, and the one that a format's writer made. One step for both, so that a row of the preset table
//! means the same whoever asks.

use super::rules::as_called_by;
use super::{Fix, Format, Loss, Quirks};
use crate::chat::ApiError;
use crate::http::Headers;
use crate::wire::json::{Doc, Edits, Kind, Value, Writer};

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
            Fix::Rename(_) | Fix::Needless => gone.push(name),
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
        gone.push("model");
        if !quirks.stream_in_body {
            gone.push("stream");
        }
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

/// Adds what comma-separated headers list to lists of the body, each item once.
pub fn add_lists(doc: &Doc<'_>, lists: &[(&str, &str)], headers: &Headers) -> Option<Vec<u8>> {
    let mut edits = Edits::new();
    for (header, member) in lists {
        let items = headers.get(header).unwrap_or_default().split(',').map(str::trim).filter(|item| !item.is_empty());
        let there = doc.root().some(member).filter(|list| list.kind() == Kind::Array);
        let mut list = Writer::default();
        list.open_array();
        let mut known: Vec<String> = Vec::new();
        for item in there.iter().flat_map(|list| list.items()) {
            known.extend(item.text().map(|text| text.decode().into_owned()));
            list.raw(item.raw());
        }
        let before = known.len();
        for item in items {
            if known.len() < MAX_LISTED && !known.iter().any(|known| known == item) {
                list.string(item);
                known.push(item.to_owned());
            }
        }
        list.close_array();
        let written = String::from_utf8_lossy(&list.out).into_owned();
        match (there, doc.root().get(member)) {
            _ if known.len() == before => {}
            (Some(there), _) => edits.replace(there.span(), written),
            (None, None) => edits.add_member(doc.root(), &format!("\"{member}\":{written}")),
            (None, Some(other)) => edits.replace(other.span(), written),
        }
    }
    (!edits.is_empty()).then(|| edits.apply(doc.text()))
}

/// How many items a list may have; the headers are the client's.
const MAX_LISTED: usize = 64;

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
    fn a_header_becomes_a_list_in_the_body() {
        let rows: &[(&str, &str, Option<&str>)] = &[
            ("a-1, b-2,,a-1", r#"{"x":1}"#, Some(r#"{"anthropic_beta":["a-1","b-2"],"x":1}"#)),
            ("a-1", r#"{"anthropic_beta":["c-3"]}"#, Some(r#"{"anthropic_beta":["c-3","a-1"]}"#)),
            ("a-1", r#"{"anthropic_beta":["a-1"]}"#, None),
            ("a\"1", r#"{"anthropic_beta":null}"#, Some(r#"{"anthropic_beta":["a\"1"]}"#)),
            (" ", r#"{"x":1}"#, None),
        ];
        for (header, body, want) in rows {
            let headers: Headers = [("anthropic-beta", *header)].into_iter().collect();
            let doc = Doc::parse(body.as_bytes()).unwrap();
            let got = add_lists(&doc, &[("anthropic-beta", "anthropic_beta")], &headers);
            assert_eq!(got.map(|body| String::from_utf8(body).unwrap()).as_deref(), *want, "{header} {body}");
        }
    }

    #[test]
    fn a_stream_may_still_be_said_in_the_body() {
        let own = find("anthropic_messages").unwrap();
        let quirks = Quirks { addressed_in_body: false, stream_in_body: true, ..Quirks::DEFAULT };
        let body = br#"{"model":"m","stream":true,"a":1}"#.to_vec();
        let body = finish(body, &quirks, own, own, &mut Loss::default()).unwrap();
        assert_eq!(String::from_utf8(body).unwrap(), r#"{"stream":true,"a":1}"#);
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
