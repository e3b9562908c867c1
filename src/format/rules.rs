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
    let mut pieces = name.split("[]");
    let mut path = pieces.next().unwrap_or_default().to_owned();
    let mut at = at.iter();
    for piece in pieces {
        match at.next() {
            Some(index) => path.push_str(&format!("[{index}]")),
            None => path.push_str("[]"),
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
    // Not every client's errors have room for the place beside the words.
    error.message = match error.message.strip_prefix(param.as_str()) {
        Some(rest) => format!("{theirs}{rest}"),
        None => format!("{theirs}: {}", error.message),
    };
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

/// Notes what a client's format has no place for in an answer, whole or as a stream.
pub fn note_answer(answer: &Answer<'_>, client: &dyn Format, streams: bool, loss: &mut Loss) {
    Told::of_answer(answer, &mut |told| note_told(told, client, streams, loss));
    answer.unmapped.iter().for_each(|name| note_unmapped(name, loss));
}

/// The same for one step of a stream.
pub fn note_delta(delta: &Delta<'_>, client: &dyn Format, loss: &mut Loss) {
    if let Delta::Unmapped(name) = delta {
        note_unmapped(name, loss);
    } else if let Some(told) = Told::of(delta) {
        note_told(told, client, true, loss);
    }
}

fn note_told(told: Told, client: &dyn Format, streams: bool, loss: &mut Loss) {
    if client.cannot_tell().contains(&told) || streams && client.cannot_stream().contains(&told) {
        loss.note(&format!("answer:{}", told.label().replace(' ', "_")));
    }
}

fn note_unmapped(name: &str, loss: &mut Loss) {
    loss.note(&format!("answer:{name}"));
}

#[cfg(test)]
mod tests {
    use base64::prelude::*;

    use super::*;
    use crate::format::{FORMATS, Quirks, Target, translate};

    #[test]
    fn a_path_has_as_many_numbers_as_are_known() {
        let rows: [(&str, &[u32], &str); 6] = [
            ("stop", &[], "stop"),
            ("stop", &[1], "stop"),
            ("tools[].type", &[3], "tools[3].type"),
            ("messages[].content[].source", &[2, 1], "messages[2].content[1].source"),
            ("messages[].content[].content[].source", &[2, 1, 0], "messages[2].content[1].content[0].source"),
            ("messages[].content[].source", &[2], "messages[2].content[].source"),
        ];
        for (name, at, want) in rows {
            assert_eq!(path(name, at), want, "{name} {at:?}");
        }
    }

    /// What becomes of a client's request at a provider: what it is told as lost, or the refusal.
    fn told(from: &str, to: &str, body: &str) -> Result<Vec<String>, (String, String)> {
        let (from, to) = (find(from).unwrap(), find(to).unwrap());
        let doc = crate::wire::json::Doc::parse(body.as_bytes()).unwrap();
        let mut loss = Loss::default();
        let target = Target { model: "claude-sonnet-4-5", quirks: &Quirks::DEFAULT };
        let done = translate(from.read_request(&doc).unwrap(), from, to, &target, &mut loss);
        done.map(|_| loss.0).map_err(|error| (error.param.unwrap_or_default(), error.message))
    }

    #[test]
    fn losses_and_refusals_are_told_in_the_clients_words() {
        let openai = |more: &str| format!(r#"{{"model":"m",{more},"messages":[{{"role":"user","content":"a"}}]}}"#);
        let anthropic = |more: &str| {
            format!(r#"{{"model":"m","max_tokens":9,{more},"messages":[{{"role":"user","content":"a"}}]}}"#)
        };
        let losses: &[(&str, &str, String, &[&str])] = &[
            // The rules', the writer's own, and one that Claude's rooms share.
            ("openai_chat", "anthropic_messages", openai(r#""seed":1"#), &["seed"]),
            ("openai_chat", "anthropic_messages", openai(r#""stop":["a"," "]"#), &["stop"]),
            ("openai_chat", "anthropic_messages", openai(r#""user":"a@b.example""#), &["user"]),
            ("openai_chat", "anthropic_messages", openai(r#""temperature":1.5"#), &["temperature"]),
            ("anthropic_messages", "openai_chat", anthropic(r#""top_k":3"#), &["top_k"]),
            ("anthropic_messages", "openai_chat", anthropic(r#""temperature":2.5"#), &["temperature"]),
            (
                "anthropic_messages",
                "openai_chat",
                anthropic(
                    r#""container":"c","system":[{"type":"text","text":"s","cache_control":{"type":"ephemeral"}}]"#,
                ),
                &["messages[].content[].cache_control", "container"],
            ),
        ];
        for (from, to, body, want) in losses {
            assert_eq!(told(from, to, body).unwrap(), *want, "{body}");
        }
        let refusals = [
            (
                "anthropic_messages",
                "openai_chat",
                anthropic(r#""stop_sequences":["a","b","c","d","e"]"#),
                "stop_sequences",
                "stop_sequences: this model's provider takes at most 4 stop strings, got 5",
            ),
            (
                "anthropic_messages",
                "openai_chat",
                anthropic(r#""tools":[{"name":"f","input_schema":{}},{"type":"web_search_20250305","name":"w"}]"#),
                "tools[1].type",
                "tools[1].type: this model's provider cannot take a tool only its format has: it has tools of its own only",
            ),
            (
                "anthropic_messages",
                "openai_chat",
                anthropic(r#""mcp_servers":[{"url":"https://h/"}]"#),
                "mcp_servers",
                "mcp_servers: this model's provider has no place for it, and the answer would be another",
            ),
            (
                "anthropic_messages",
                "gemini",
                anthropic(r#""thread":{"type":"continue","previous_message_id":"msg_1"}"#),
                "thread",
                "this model's provider keeps no conversations; send all of it in messages instead",
            ),
            (
                "openai_chat",
                "anthropic_messages",
                openai(r#""modalities":["text","audio"]"#),
                "modalities",
                "modalities: this model's provider has no place for it, and the answer would be another",
            ),
            (
                "openai_chat",
                "anthropic_messages",
                r#"{"model":"m","messages":[{"role":"system","content":"s"},{"role":"user","content":[{"type":"text","text":"a"},
                    {"type":"input_audio","input_audio":{"data":"AA==","format":"wav"}}]}]}"#.to_owned(),
                "messages[1].content[1].input_audio",
                "messages[1].content[1].input_audio: this model's provider cannot take sound in the body: it cannot listen to audio",
            ),
        ];
        for (from, to, body, param, message) in refusals {
            assert_eq!(told(from, to, &body).unwrap_err(), (param.to_owned(), message.to_owned()), "{body}");
        }
    }

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

    /// An answer that says this one thing, with `MARKER` in it where it has a place for words.
    fn saying(told: Told) -> Answer<'static> {
        use crate::chat::{Choice, Citation, Logprob, Media, MediaKind, MediaSource, Origin, Part, Signature, Usage};
        use crate::wire::json::Text;
        let t = |raw: &'static str| Text::from_raw(raw);
        let media = |kind, source| vec![Part::Media(Media { kind, source, detail: None, filename: None, cache: None })];
        let data = |media_type| MediaSource::Data { media_type: t(media_type), data: t("MARKER==") };
        let signature = || Some(Signature { origin: Origin::Anthropic, value: t("MARKER==") });
        let parts = match told {
            Told::Refusal => vec![Part::Refusal(t("MARKER"))],
            Told::Thinking => vec![Part::Thinking { text: t("MARKER"), signature: None }],
            Told::Signature => vec![Part::Thinking { text: t(""), signature: signature() }],
            Told::RedactedThinking => vec![Part::RedactedThinking(t("MARKER=="))],
            Told::Citation => {
                let citation = Citation { url: Some(t("https://h.example/MARKER")), ..Citation::default() };
                vec![Part::Text { text: t("words"), cache: None }, Part::Citation(citation)]
            }
            Told::Picture => media(MediaKind::Image, data("image/png")),
            Told::PictureUrl => media(MediaKind::Image, MediaSource::Url(t("https://h.example/MARKER.png"))),
            Told::Sound => media(MediaKind::Audio, data("audio/wav")),
            Told::OtherMedia => media(MediaKind::Video, MediaSource::Url(t("https://h.example/MARKER.mp4"))),
            _ => vec![Part::Text { text: t("words"), cache: None }],
        };
        let logprob = Logprob { token: t("MARKER"), logprob: t("-0.5"), top: Vec::new() };
        let choice = Choice {
            parts,
            stop_sequence: (told == Told::StopSequence).then(|| t("MARKER")),
            logprobs: if told == Told::Logprobs { vec![logprob] } else { Vec::new() },
            ..Choice::default()
        };
        let mut choices = vec![choice];
        if told == Told::SeveralChoices {
            let parts = vec![Part::Text { text: t("MARKER"), cache: None }];
            choices.push(Choice { parts, ..Choice::default() });
        }
        // A tier is a word of the format's own; any other is told as its usual one.
        let service_tier = (told == Told::ServiceTier).then(|| t("priority"));
        Answer { choices, service_tier, usage: Some(Usage::default()), ..Answer::default() }
    }

    #[test]
    fn what_an_answer_says_is_written_or_told_as_lost() {
        let mut wrong = Vec::new();
        for client in FORMATS {
            for told in Told::ALL {
                let answer = saying(*told);
                let mut loss = Loss::default();
                note_answer(&answer, *client, false, &mut loss);
                let ask = crate::format::Ask { include_usage: true, ..Default::default() };
                let body = client.write_answer(&answer, &ask);
                let marker: &[u8] = if *told == Told::ServiceTier { b"priority" } else { b"marker" };
                let says = |text: &[u8]| memchr::memmem::find(&text.to_ascii_lowercase(), marker).is_some();
                // Gemini's signatures have to be base64, so those of others are wrapped in it.
                let wrapped = |text: &[u8]| BASE64_STANDARD.decode(text).is_ok_and(|text| says(&text));
                let written = says(&body) || body.split(|byte| *byte == b'"').any(wrapped);
                if written == client.cannot_tell().contains(told) {
                    wrong.push(format!("{} {told:?} {:?} {}", client.name(), loss.0, body.escape_ascii()));
                }
                let (mut writer, mut stream) = (client.stream_writer(&ask), Vec::new());
                crate::chat::unfold(&answer, &mut |delta| writer.write(&delta, &mut stream));
                let streamed = says(&stream) || stream.split(|byte| *byte == b'"').any(wrapped);
                if streamed == [client.cannot_tell(), client.cannot_stream()].concat().contains(told) {
                    wrong.push(format!("{} streams {told:?}: {}", client.name(), stream.escape_ascii()));
                }
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
}
