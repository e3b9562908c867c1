//! Reads a request as the chat turn it stands for. What only a provider of completions can do travels in `extra`, and
//! is looked at when it has to become a turn.

use crate::chat::{ApiError, Message, Part, Request, Role};
use crate::format::field::Field;
use crate::wire::json::{Doc, Kind, Text};

/// The most tokens to write where the client does not say: OpenAI's default.
const MAX_TOKENS: u64 = 16;

/// Members that no chat turn can take, with the values that ask for nothing, and why.
const ONLY_HERE: &[(&str, &[&str], &str)] = &[
    ("suffix", &["\"\""], "it cannot write what stands before a text"),
    ("echo", &["false"], "it does not repeat the prompt"),
    ("best_of", &["1", "0"], "it writes one and not the best of several"),
    ("logprobs", &[], "it has them in another form"),
];

/// What a prompt of token ids is called as a part.
const TOKENS: &str = "tokens";

pub(super) fn read<'a>(doc: &Doc<'a>) -> Result<Request<'a>, ApiError> {
    let root = Field::root(doc)?;
    let mut request = Request { max_tokens: Some(MAX_TOKENS), ..Request::default() };
    for (key, value) in root.value.members().filter(|(_, value)| !value.is_null()) {
        let name = key.decode();
        let field = root.under(&name, value);
        match &*name {
            "model" => request.model = field.text()?,
            "prompt" => request.messages = read_prompt(&field)?,
            "stream" => request.stream = field.bool()?,
            "stream_options" => request.include_usage = field.object()?.bool_of("include_usage")?.unwrap_or(false),
            "max_tokens" => request.max_tokens = Some(field.u64()?),
            "temperature" => request.temperature = Some(field.number()?),
            "top_p" => request.top_p = Some(field.number()?),
            "stop" => {
                request.stop = match value.kind() {
                    Kind::Array => field.items().map(|item| item.text()).collect::<Result<_, _>>()?,
                    _ => vec![field.text()?],
                };
            }
            "presence_penalty" => request.presence_penalty = Some(field.number()?),
            "frequency_penalty" => request.frequency_penalty = Some(field.number()?),
            "seed" => request.seed = Some(field.number()?),
            "logit_bias" => request.logit_bias = Some(field.object()?.value.raw()),
            "n" => request.n = Some(field.u64()?),
            "user" => request.user = Some(field.text()?),
            _ => request.extra.push((key.clone(), value.raw())),
        }
    }
    if request.messages.is_empty() {
        // OpenAI's default is the sign that ends a document: to begin a new one.
        return Err(root.missing("prompt"));
    }
    Ok(request)
}

/// A text, the ids of its tokens, or a list of either: one turn each.
fn read_prompt<'a>(prompt: &Field<'_, '_, 'a>) -> Result<Vec<Message<'a>>, ApiError> {
    let first = prompt.value.items().next().map(|item| item.kind());
    let mut turns = Vec::new();
    match (prompt.value.kind(), first) {
        (Kind::Array, None) => {
            return Err(prompt.error(format_args!("expected at least one prompt, got an empty array")));
        }
        (Kind::Array, Some(Kind::Number)) => turns.push(turn(0, read_tokens(prompt)?)),
        (Kind::Array, _) => {
            for (at, item) in (0..).zip(prompt.items()) {
                let part = match item.value.kind() {
                    Kind::Array => read_tokens(&item)?,
                    _ => Part::Text { text: item.text()?, cache: None },
                };
                turns.push(turn(at, part));
            }
        }
        (Kind::String, _) => turns.push(turn(0, Part::Text { text: prompt.text()?, cache: None })),
        _ => return Err(prompt.wrong("a text or an array")),
    }
    Ok(turns)
}

fn turn(at: u32, part: Part<'_>) -> Message<'_> {
    Message { at, role: Role::User, parts: vec![part], ..Message::default() }
}

fn read_tokens<'a>(list: &Field<'_, '_, 'a>) -> Result<Part<'a>, ApiError> {
    list.items().try_for_each(|id| id.u64().map(|_| ()))?;
    Ok(Part::Other { kind: Text::from_raw(TOKENS), raw: list.value.raw() })
}

/// Refuses what cannot be a chat turn, and takes out what asks for nothing.
pub(super) fn only_here(request: &mut Request<'_>) -> Result<(), ApiError> {
    let refuse = |name: &str, why: &str| {
        let message = format!("{name}: this model's provider has no completions but a chat: {why}");
        Err(ApiError::unsupported(name, message))
    };
    if request.messages.len() > 1 {
        return refuse("prompt", "it takes one prompt a call");
    }
    if request.messages.iter().flat_map(|turn| &turn.parts).any(|part| matches!(part, Part::Other { .. })) {
        return refuse("prompt", "it takes text and no token ids");
    }
    let mut refused = None;
    request.extra.retain(|(key, value)| {
        let Some((name, nothing, why)) = ONLY_HERE.iter().find(|(name, ..)| key.is(name)) else { return true };
        if !nothing.contains(value) {
            refused.get_or_insert((*name, *why));
        }
        false
    });
    refused.map_or(Ok(()), |(name, why)| refuse(name, why))
}
