//! What the strings of an answer are, by where they stand. As in requests, what nobody has named is text: a field
//! invented tomorrow is looked at today.

use super::Said;
use crate::format::{Shape, Step, TextKind};

/// What a string of an answer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// No text, or not ours to change.
    Opaque,
    /// A text that is whole.
    Whole(Said),
    /// A text of JSON that is whole.
    WholeJson(Said),
    /// A piece of a text that goes on in other events.
    Piece(Said),
    /// A piece of a text of JSON.
    JsonPiece(Said),
}

use Place::{JsonPiece, Opaque, Piece, Whole, WholeJson};
use Said::{Arguments, Foreign, Link, Other, Reasoning, Refusal, Text};
use Step::{Item, Key};

/// What is known of the event or answer a string stands in.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Around<'e> {
    /// Whether it is an event of a stream.
    pub streamed: bool,
    /// The event's `type`, where it has one.
    pub kind: &'e str,
    /// The part it stands in is a thought (Gemini).
    pub thought: bool,
    /// The call it stands in is one that the provider runs itself.
    pub foreign: bool,
}

/// What the string at a path is.
pub(super) fn place(shape: Shape, path: &[Step<'_>], around: Around<'_>) -> Place {
    let found = match shape.name() {
        "openai_chat" | "openai_completions" => openai(path, around),
        "openai_responses" => responses(path, around, shape),
        "anthropic_messages" => anthropic(path, around),
        "gemini" => gemini(path, around),
        "bedrock_converse" => bedrock(path, around),
        "cohere_chat" => cohere(path, around),
        "ollama_chat" => ollama(path, around),
        _ => plain(path),
    };
    match found {
        Whole(Arguments) if around.foreign => Whole(Foreign),
        WholeJson(Arguments) if around.foreign => WholeJson(Foreign),
        JsonPiece(Arguments) if around.foreign => JsonPiece(Foreign),
        Piece(Arguments) if around.foreign => Piece(Foreign),
        found => found,
    }
}

/// A string that is a piece in a stream and whole elsewhere.
fn piece(around: Around<'_>, said: Said) -> Place {
    if around.streamed { Piece(said) } else { Whole(said) }
}

fn last<'a>(path: &[Step<'a>]) -> &'a str {
    match path.last() {
        Some(Key(name)) => name,
        _ => "",
    }
}

fn openai(path: &[Step<'_>], around: Around<'_>) -> Place {
    let [Key("choices"), Item, path @ ..] = path else {
        return match path {
            [Key("id" | "object" | "model" | "system_fingerprint" | "service_tier" | "created")] => Opaque,
            [Key("usage"), ..] => Opaque,
            [Key("citations"), Item] => Whole(Link),
            _ => Whole(Other),
        };
    };
    match path {
        [Key("finish_reason" | "native_finish_reason" | "stop_reason")] | [Key("logprobs"), ..] => Opaque,
        [Key("text")] => piece(around, Text),
        [Key("message"), path @ ..] => openai_message(path, Whole, WholeJson),
        [Key("delta"), path @ ..] => openai_message(path, Piece, JsonPiece),
        _ => Whole(Other),
    }
}

/// Below a message or its delta.
fn openai_message(path: &[Step<'_>], text: fn(Said) -> Place, json: fn(Said) -> Place) -> Place {
    match path {
        [Key("content")] | [Key("content"), Item, Key("text")] => text(Text),
        [Key("role")] | [.., Key("type" | "id")] => Opaque,
        [Key("reasoning_content" | "reasoning" | "thinking")] => text(Reasoning),
        [Key("content"), Item, Key("thinking"), ..] => text(Reasoning),
        [Key("refusal")] | [Key("content"), Item, Key("refusal")] => text(Refusal),
        [Key("tool_calls"), Item, Key("function"), Key("name")] | [Key("function_call"), Key("name")] => Opaque,
        [Key("tool_calls"), Item, Key("custom"), Key("name")] => Opaque,
        [Key("tool_calls"), Item, Key("function"), Key("arguments")] | [Key("function_call"), Key("arguments")] => {
            json(Arguments)
        }
        [Key("tool_calls"), Item, Key("custom"), Key("input")] => text(Arguments),
        // Some servers send them as an object.
        [Key("tool_calls"), Item, Key("function"), Key("arguments"), ..] => Whole(Arguments),
        [Key("tool_calls"), Item, ..] if signature(last(path)) => Opaque,
        [Key("reasoning_details" | "thinking_blocks"), Item, Key("text" | "summary" | "thinking")] => text(Reasoning),
        [Key("reasoning_details" | "thinking_blocks"), ..] => Opaque,
        [Key("audio"), Key("data")] => Opaque,
        [Key("annotations"), ..] if last(path) == "url" => Whole(Link),
        [Key("annotations"), ..] => Whole(Other),
        [Key("images"), ..] => Whole(Link),
        [Key("extra_content"), ..] if signature(last(path)) => Opaque,
        _ => text(Other),
    }
}

fn signature(name: &str) -> bool {
    matches!(name, "signature" | "thought_signature" | "thoughtSignature")
}

fn responses(path: &[Step<'_>], around: Around<'_>, shape: Shape) -> Place {
    if let [Key("delta")] = path {
        return match around.kind {
            "response.output_text.delta" => Piece(Text),
            "response.refusal.delta" => Piece(Refusal),
            "response.function_call_arguments.delta" => JsonPiece(Arguments),
            "response.mcp_call_arguments.delta" => JsonPiece(Foreign),
            "response.custom_tool_call_input.delta" => Piece(Arguments),
            "response.audio.delta" => Opaque,
            kind if kind.contains("reasoning") => Piece(Reasoning),
            kind if kind.contains("call") => Piece(Foreign),
            _ => Piece(Other),
        };
    }
    // Items and their parts are those of a request; so is most of the answer's root, which repeats the request.
    let mut asked: Vec<Step<'_>> = vec![Key("input"), Item];
    match path {
        [Key("type" | "item_id" | "obfuscation" | "partial_image_b64" | "event_id")] => return Opaque,
        [Key("text" | "refusal" | "arguments" | "input" | "code" | "transcript")] => {
            let said = match (around.kind, path) {
                (kind, _) if kind.contains("reasoning") => Reasoning,
                (_, [Key("refusal")]) => Refusal,
                (kind, [Key("arguments")]) if kind.contains("mcp") => return WholeJson(Foreign),
                (_, [Key("arguments")]) => return WholeJson(Arguments),
                (_, [Key("input")]) => Arguments,
                (_, [Key("code")]) => Foreign,
                _ => Text,
            };
            return Whole(said);
        }
        [Key("logprobs"), ..] => return Opaque,
        [Key("item"), rest @ ..] if around.streamed => asked.extend_from_slice(rest),
        [Key("part"), rest @ ..] if around.streamed => {
            asked.extend_from_slice(&[Key("content"), Item]);
            asked.extend_from_slice(rest);
        }
        [Key("annotation"), rest @ ..] if around.streamed => {
            asked.extend_from_slice(&[Key("content"), Item, Key("annotations"), Item]);
            asked.extend_from_slice(rest);
        }
        [Key("response"), Key("output"), Item, rest @ ..] if around.streamed => asked.extend_from_slice(rest),
        [Key("output"), Item, rest @ ..] if !around.streamed => asked.extend_from_slice(rest),
        [Key("response"), rest @ ..] if around.streamed => return responses_root(rest, shape),
        _ if around.streamed => return Whole(Other),
        rest => return responses_root(rest, shape),
    }
    let item = asked.get(2..).unwrap_or_default();
    if item.contains(&Key("logprobs")) {
        return Opaque;
    }
    match (shape.text_at(&asked), item) {
        (TextKind::Opaque | TextKind::Base64, _) => Opaque,
        (TextKind::Json, _) => WholeJson(Arguments),
        (TextKind::Url, _) => Whole(Link),
        (_, [Key("content"), Item, Key("refusal")]) => Whole(Refusal),
        (_, [Key("content"), Item, Key("text")]) => Whole(Text),
        (_, [Key("summary"), ..]) => Whole(Reasoning),
        (_, [Key("input")]) => Whole(Arguments),
        (_, [Key("code" | "action" | "operation" | "outputs" | "output"), ..]) => Whole(Foreign),
        (_, item) if last(item) == "url" => Whole(Link),
        _ => Whole(Other),
    }
}

fn responses_root(path: &[Step<'_>], shape: Shape) -> Place {
    match path {
        [Key("id" | "object" | "status" | "model" | "service_tier" | "truncation")] => Opaque,
        [Key("usage"), ..] | [Key("incomplete_details"), ..] | [Key("error"), Key("code")] => Opaque,
        [Key("output_text")] => Whole(Text),
        _ => match shape.text_at(path) {
            TextKind::Opaque => Opaque,
            TextKind::Url => Whole(Link),
            _ => Whole(Other),
        },
    }
}

fn anthropic(path: &[Step<'_>], around: Around<'_>) -> Place {
    match path {
        [Key("delta"), Key("text")] => Piece(Text),
        [Key("delta"), Key("thinking")] => Piece(Reasoning),
        [Key("delta"), Key("partial_json")] => JsonPiece(Arguments),
        [Key("delta"), Key("type" | "stop_reason" | "signature")] => Opaque,
        [Key("delta"), Key("stop_sequence" | "citation" | "container" | "stop_details"), ..]
        | [Key("delta"), Key("context_management"), ..] => anthropic_rest(path),
        [Key("delta"), ..] if around.streamed => Piece(Other),
        [Key("content"), Item, block @ ..]
        | [Key("message"), Key("content"), Item, block @ ..]
        | [Key("content_block"), block @ ..] => anthropic_block(block),
        [Key("type")] | [Key("usage"), ..] => Opaque,
        [Key("id" | "role" | "model" | "stop_reason")]
        | [Key("message"), Key("id" | "type" | "role" | "model" | "stop_reason")]
        | [Key("message"), Key("usage"), ..] => Opaque,
        _ => anthropic_rest(path),
    }
}

fn anthropic_rest(path: &[Step<'_>]) -> Place {
    match last(path) {
        "type" | "encrypted_index" | "file_id" | "id" => Opaque,
        "url" => Whole(Link),
        _ => Whole(Other),
    }
}

fn anthropic_block(path: &[Step<'_>]) -> Place {
    match path {
        [Key("text")] => Whole(Text),
        [Key("thinking")] => Whole(Reasoning),
        [Key("input"), ..] => Whole(Arguments),
        [Key("id" | "name" | "type" | "tool_use_id" | "signature" | "data" | "server_name")] => Opaque,
        [Key("caller" | "cache_control"), ..] => Opaque,
        [.., Key("encrypted_content" | "encrypted_index" | "file_id" | "type" | "media_type")] => Opaque,
        [.., Key("url")] => Whole(Link),
        _ => Whole(Other),
    }
}

fn gemini(path: &[Step<'_>], around: Around<'_>) -> Place {
    let [Key("candidates"), Item, path @ ..] = path else {
        return match path {
            [Key("responseId" | "modelVersion" | "createTime")] => Opaque,
            [Key("usageMetadata" | "promptFeedback"), ..] => Opaque,
            _ => Whole(Other),
        };
    };
    match path {
        [Key("content"), Key("parts"), Item, Key("text")] => {
            piece(around, if around.thought { Reasoning } else { Text })
        }
        [Key("content"), Key("parts"), Item, Key("functionCall"), Key("id" | "name")] => Opaque,
        [Key("content"), Key("parts"), Item, Key("functionCall"), ..] => Whole(Arguments),
        [Key("content"), Key("parts"), Item, Key("toolCall"), Key("args"), ..] => Whole(Foreign),
        [Key("content"), Key("parts"), Item, Key("executableCode"), Key("code")] => Whole(Foreign),
        [Key("content"), Key("parts"), Item, Key("thoughtSignature" | "thought_signature")] => Opaque,
        [.., Key("inlineData"), Key("data" | "mimeType")] => Opaque,
        [.., Key("fileUri" | "uri")] => Whole(Link),
        [Key("finishReason")] | [Key("content"), Key("role")] | [Key("logprobsResult" | "safetyRatings"), ..] => Opaque,
        _ => Whole(Other),
    }
}

fn bedrock(path: &[Step<'_>], _: Around<'_>) -> Place {
    match path {
        [Key("delta"), Key("text")] => Piece(Text),
        [Key("delta"), Key("reasoningContent"), Key("text")] => Piece(Reasoning),
        [Key("delta"), Key("toolUse"), Key("input")] => JsonPiece(Arguments),
        [Key("delta"), Key("citation"), ..] => Whole(if last(path) == "url" { Link } else { Other }),
        [Key("delta"), ..] if matches!(last(path), "signature" | "redactedContent" | "bytes" | "format") => Opaque,
        [Key("delta"), ..] => Piece(Other),
        [Key("p" | "stopReason" | "role")] | [Key("usage" | "metrics" | "serviceTier" | "performanceConfig"), ..] => {
            Opaque
        }
        [Key("start"), Key("toolUse" | "toolResult"), ..] => Opaque,
        [Key("output"), Key("message"), Key("role")] => Opaque,
        [Key("output"), Key("message"), Key("content"), Item, block @ ..] => match block {
            [Key("text")] => Whole(Text),
            [Key("reasoningContent"), Key("reasoningText"), Key("text")] => Whole(Reasoning),
            [Key("toolUse"), Key("input"), ..] => Whole(Arguments),
            [Key("toolUse"), ..] | [Key("toolResult"), Key("toolUseId" | "status" | "type")] => Opaque,
            [Key("citationsContent"), Key("content"), Item, Key("text")] => Whole(Text),
            [.., Key("url" | "uri")] => Whole(Link),
            [.., Key("signature" | "redactedContent" | "bytes" | "format")] => Opaque,
            _ => Whole(Other),
        },
        _ => Whole(Other),
    }
}

fn cohere(path: &[Step<'_>], around: Around<'_>) -> Place {
    let (path, text, json): (_, fn(Said) -> Place, fn(Said) -> Place) = match path {
        [Key("message"), path @ ..] => (path, Whole, WholeJson),
        [Key("delta"), Key("message"), path @ ..] => (path, Piece, JsonPiece),
        [Key("delta"), Key("finish_reason")] | [Key("delta"), Key("usage"), ..] => return Opaque,
        [Key("id" | "type" | "finish_reason" | "generation_id" | "response_type")] => return Opaque,
        [Key("usage" | "meta" | "logprobs"), ..] => return Opaque,
        _ => return Whole(Other),
    };
    // An event begins with what it will be: `content-start` may have the first of its text.
    let begins = around.streamed && around.kind.ends_with("-start");
    match path {
        [Key("content"), Key("text")] | [Key("content"), Item, Key("text")] => text(Text),
        [Key("content"), Key("thinking")] | [Key("content"), Item, Key("thinking")] => text(Reasoning),
        [Key("content")] if !around.streamed => Whole(Text),
        [Key("tool_plan")] => text(Reasoning),
        [Key("role")] | [.., Key("type" | "id" | "name")] => Opaque,
        [Key("tool_calls"), Key("function"), Key("arguments")]
        | [Key("tool_calls"), Item, Key("function"), Key("arguments")] => json(Arguments),
        [Key("citations"), ..] => Whole(if last(path) == "url" { Link } else { Other }),
        _ if begins => Whole(Other),
        _ => text(Other),
    }
}

fn ollama(path: &[Step<'_>], around: Around<'_>) -> Place {
    match path {
        [Key("message"), Key("content")] | [Key("response")] => piece(around, Text),
        [Key("message"), Key("thinking")] | [Key("thinking")] => piece(around, Reasoning),
        [Key("message"), Key("tool_calls"), Item, Key("function"), Key("arguments"), ..] => Whole(Arguments),
        [Key("message"), Key("tool_calls"), ..] | [Key("message"), Key("role" | "tool_name")] => Opaque,
        [Key("message"), Key("images"), ..] => Opaque,
        [Key("model" | "created_at" | "done_reason" | "remote_model" | "remote_host")] => Opaque,
        [Key("logprobs"), ..] => Opaque,
        [Key("message"), _] => piece(around, Other),
        _ => Whole(Other),
    }
}

/// An answer of no chat: pictures are not looked at, everything else is.
fn plain(path: &[Step<'_>]) -> Place {
    match last(path) {
        "b64_json" => Opaque,
        "url" => Whole(Link),
        "id" | "object" | "model" | "type" => Opaque,
        _ => Whole(Other),
    }
}
