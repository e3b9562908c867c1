//! What becomes of each thing a client can say, at each provider: the written rules about loss. Every format has one
//! table, which serves both ways: how its clients say a thing, and what it does with one that another format's client
//! said. The tables of all pairs in `docs/lossy.md` are made of these rows, and these rows are what is done: a dropped
//! field is dropped and a refused one refused here, before a format's writer sees the request.

use super::{Format, Loss, find};
use crate::chat::{Answer, ApiError, Delta, Feature, Reasoning, Request, Told};

/// One thing a request can say, in one format.
#[derive(Debug)]
pub struct Field {
    /// The thing.
    pub feature: Feature,
    /// How this format's clients say it: the path of the field, with `[]` for any item. Empty: they cannot.
    pub name: &'static str,
    /// What a provider of this format gets, when a client of another format says it.
    pub rule: Rule,
}

/// What becomes of a thing that a client of another format said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// The format has the same.
    Maps,
    /// The format says it otherwise: how.
    Emulates(&'static str),
    /// It is left out and reported: why that does no harm. For what only tunes the answer, its cost or its keeping.
    Drops(&'static str),
    /// The request is refused: why. For what would change what the client has to read.
    Refuses(&'static str),
}

/// A row of a format's table.
pub const fn row(feature: Feature, name: &'static str, rule: Rule) -> Field {
    Field { feature, name, rule }
}

/// The row of a feature; every table has one for each, which a test holds.
pub fn field(format: &dyn Format, feature: Feature) -> Option<&'static Field> {
    format.fields().iter().find(|field| field.feature == feature)
}

/// Holds a request against the rules of the format it is to be written in: takes out what is dropped and notes it under
/// the name its client knows it by, and refuses what cannot be dropped. `special`: what this one provider does otherwise.
pub fn enforce(
    request: &mut Request<'_>,
    from: &dyn Format,
    to: &dyn Format,
    special: &[(Feature, Rule)],
    loss: &mut Loss,
) -> Result<(), ApiError> {
    let mut refused = None;
    let mut dropped: Vec<Feature> = Vec::new();
    Feature::of(request, &mut |feature, at| {
        let special = special.iter().find(|(known, _)| *known == feature).map(|(_, rule)| *rule);
        let rule = special.or(field(to, feature).map(|field| field.rule)).unwrap_or(Rule::Maps);
        match rule {
            Rule::Maps | Rule::Emulates(_) => {}
            Rule::Drops(_) if dropped.contains(&feature) => {}
            Rule::Drops(_) => dropped.push(feature),
            Rule::Refuses(why) => {
                refused.get_or_insert_with(|| {
                    let param = path(name(from, feature), at);
                    let message = format!("{param}: this model's provider cannot take {}: {why}", feature.label());
                    ApiError::unsupported(param, message)
                });
            }
        }
    });
    for feature in dropped {
        loss.note(name(from, feature));
        feature.take_out(request);
    }
    refused.map_or(Ok(()), Err)
}

/// What a client of this format calls a thing.
fn name(format: &dyn Format, feature: Feature) -> &'static str {
    field(format, feature).map(|field| field.name).filter(|name| !name.is_empty()).unwrap_or(feature.label())
}

/// The name with numbers in it: `messages[].content[].source` at 2 and 1 is `messages[2].content[1].source`.
fn path(name: &str, at: &[u32]) -> String {
    let mut path = String::with_capacity(name.len() + 8);
    let mut at = at.iter();
    for (nth, piece) in name.split("[]").enumerate() {
        match (nth, at.next().filter(|_| nth > 0)) {
            (0, _) => {}
            (_, Some(index)) => path.push_str(&format!("[{index}]")),
            (_, None) => path.push_str("[]"),
        }
        path.push_str(piece);
    }
    path
}

/// A writer's losses, told as the client calls them. Writers speak their own format's words, or OpenAI's where what they
/// do is shared by several; what the client called by a name of its own keeps it, and may be what it cannot do without.
pub(super) fn note_written(
    written: Loss,
    request: &Request<'_>,
    from: &dyn Format,
    to: &dyn Format,
    loss: &mut Loss,
) -> Result<(), ApiError> {
    for name in written.0 {
        let own = request.extra.iter().any(|(extra, _)| extra.is(&name));
        if own && from.indispensable().contains(&name.as_str()) {
            let message = format!("{name}: this model's provider has no place for it, and the answer would be another");
            return Err(ApiError::unsupported(name, message));
        }
        loss.note(if own { &name } else { as_called_by(from, to, &name, request.reasoning) });
    }
    Ok(())
}

/// A writer's refusal, told as the client calls the field.
pub(super) fn refused_by_writer(
    mut error: ApiError,
    request: &Request<'_>,
    from: &dyn Format,
    to: &dyn Format,
) -> ApiError {
    let Some(param) = error.param.take() else { return error };
    let theirs = match as_called_by(from, to, &param, request.reasoning) {
        same if same == param => from.own_path(&param),
        theirs => theirs.to_owned(),
    };
    if let Some(rest) = error.message.strip_prefix(param.as_str()).filter(|_| theirs != param) {
        error.message = format!("{theirs}{rest}");
    }
    error.param = Some(theirs);
    error
}

/// What the client calls a field that one of our rooms named.
pub(super) fn as_called_by<'n>(
    client: &dyn Format,
    own: &dyn Format,
    name: &'n str,
    reasoning: Option<Reasoning>,
) -> &'n str {
    let named = |format: &dyn Format| format.fields().iter().find(|field| field.name == name).map(|it| it.feature);
    let feature = named(own).or_else(|| find("openai_chat").and_then(named));
    let theirs = |feature: Feature| field(client, feature).map(|field| field.name).filter(|name| !name.is_empty());
    let said = match (feature, reasoning) {
        (Some(Feature::ReasoningEffort | Feature::ReasoningBudget | Feature::ReasoningOff), Some(reasoning)) => {
            theirs(match reasoning {
                Reasoning::Off => Feature::ReasoningOff,
                Reasoning::Effort(_) => Feature::ReasoningEffort,
                Reasoning::Budget(_) => Feature::ReasoningBudget,
            })
        }
        _ => None,
    };
    said.or_else(|| feature.and_then(theirs)).unwrap_or(name)
}

/// Notes what a client's format has no place for in an answer.
pub fn note_answer(answer: &Answer<'_>, client: &dyn Format, loss: &mut Loss) {
    Told::of_answer(answer, &mut |told| note_told(told, client, loss));
    answer.unmapped.iter().for_each(|name| note_unmapped(name, loss));
}

/// The same for one step of a stream.
pub fn note_delta(delta: &Delta<'_>, client: &dyn Format, loss: &mut Loss) {
    if let Delta::Unmapped(name) = delta {
        note_unmapped(name, loss);
    } else if let Some(told) = Told::of(delta) {
        note_told(told, client, loss);
    }
}

fn note_told(told: Told, client: &dyn Format, loss: &mut Loss) {
    if client.cannot_tell().contains(&told) {
        loss.note(&format!("answer:{}", told.label().replace(' ', "_")));
    }
}

fn note_unmapped(name: &str, loss: &mut Loss) {
    loss.note(&format!("answer:{name}"));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::FORMATS;

    #[test]
    fn every_format_has_a_rule_for_everything_and_in_order() {
        for format in FORMATS {
            let features: Vec<_> = format.fields().iter().map(|field| field.feature).collect();
            assert_eq!(features, Feature::ALL, "{}", format.name());
        }
    }

    #[test]
    fn what_a_table_drops_can_be_taken_out() {
        for format in FORMATS {
            for Field { feature, rule, .. } in format.fields() {
                if matches!(rule, Rule::Drops(_)) {
                    assert!(feature.take_out(&mut Request::default()), "{}: {feature:?}", format.name());
                }
            }
        }
    }
}
