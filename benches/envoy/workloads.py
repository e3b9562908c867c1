"""What is measured: each row a request of the client, the answer of the provider, and the figure to hold."""

import json
from dataclasses import dataclass

from answering import STAMP, Stream, whole

EVENTS = 200
WORDS = (
    "The gateway reads every request once and keeps its bytes, because a prompt belongs to its author and a number to "
    "whoever wrote it. A stream passes event by event; nothing waits for what does not matter to it. "
)
PERSONAL = (
    "Please write to anna.schmidt@example.com or call +49 30 901820 about invoice 4711; the card was 4111 1111 1111 "
    "1111 and the account DE89 3704 0044 0532 0130 00. "
)


def text(size):
    """Prose of about that many bytes."""
    return (WORDS * (size // len(WORDS) + 1))[:size]


@dataclass
class Workload:
    name: str
    what: str
    dialect: str  # the provider's: `openai` or `anthropic`
    path: str
    request: dict
    answer: object
    hold_us: float
    aim_us: float
    per_event: bool = False
    redact: bool = False


def chat(name, size=2048, stream=False, prompt=None):
    turns = [
        {"role": "system", "content": text(min(size // 4, 2000))},
        {"role": "user", "content": prompt or text(size - min(size // 4, 2000) - 150)},
    ]
    more = {"stream": True} if stream else {"temperature": 0.2}
    return {"model": name, "messages": turns, "max_tokens": 512} | more


def turns(name):
    """The same in the words of Anthropic's clients."""
    return {"model": name, "system": text(512), "messages": [{"role": "user", "content": text(1386)}], "max_tokens": 512}


def contents():
    """The same in the words of Gemini's clients, whose path names the model."""
    return {
        "systemInstruction": {"parts": [{"text": text(512)}]},
        "contents": [{"role": "user", "parts": [{"text": text(1386)}]}],
        "generationConfig": {"maxOutputTokens": 512},
    }


def items(name):
    """The same in the words of the Responses API."""
    return {"model": name, "instructions": text(512), "input": text(1386), "max_output_tokens": 512}


def completion():
    message = {"role": "assistant", "content": text(800), "refusal": None, "annotations": []}
    details = {"cached_tokens": 0, "audio_tokens": 0}
    return whole(
        {
            "id": "chatcmpl-BmCxpDZQ2sVwWc4y1nmOeRjkLQ3ab",
            "object": "chat.completion",
            "created": 1758000004,
            "model": "gpt-4o-mini-2024-07-18",
            "choices": [{"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}],
            "usage": {
                "prompt_tokens": 431,
                "completion_tokens": 170,
                "total_tokens": 601,
                "prompt_tokens_details": details,
                "completion_tokens_details": {"reasoning_tokens": 0, "audio_tokens": 0},
            },
            "service_tier": "default",
            "system_fingerprint": "fp_560af6e559",
        }
    )


def message():
    return whole(
        {
            "id": "msg_01XFDUDYJgAACzvnptvVoYEL",
            "type": "message",
            "role": "assistant",
            "model": "claude-haiku-4-5-20251001",
            "content": [{"type": "text", "text": text(800)}],
            "stop_reason": "end_turn",
            "stop_sequence": None,
            "usage": {
                "input_tokens": 431,
                "cache_creation_input_tokens": 0,
                "cache_read_input_tokens": 0,
                "output_tokens": 170,
                "service_tier": "standard",
            },
        }
    )


def embeddings(size):
    one = [round(((index * 7919) % 20011 - 10005) / 211337, 9) for index in range(1536)]
    row = len(json.dumps(one))
    rows = [{"object": "embedding", "index": index, "embedding": one} for index in range(max(1, round(size / row)))]
    usage = {"prompt_tokens": 900, "total_tokens": 900}
    return whole({"object": "list", "data": rows, "model": "text-embedding-3-small", "usage": usage})


def chat_stream():
    frame = {
        "id": "chatcmpl-BmCxpDZQ2sVwWc4y1nmOeRjkLQ3ab",
        "object": "chat.completion.chunk",
        "created": 1758000004,
        "model": "gpt-4o-mini-2024-07-18",
        "service_tier": "default",
        "system_fingerprint": "fp_560af6e559",
    }

    def event(choices, usage=None):
        return b"data: " + json.dumps(frame | {"choices": choices, "usage": usage}).encode() + b"\n\n"

    def choice(delta, finish=None):
        return [{"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}]

    words = event(choice({"content": f" {STAMP.decode()}"}))
    counts = {"prompt_tokens": 431, "completion_tokens": EVENTS, "total_tokens": 431 + EVENTS}
    return Stream(
        [event(choice({"role": "assistant", "content": "", "refusal": None}))]
        + [words] * EVENTS
        + [event(choice({}, "stop")), event([], counts), b"data: [DONE]\n\n"]
    )


def message_stream():
    def event(kind, **more):
        return f"event: {kind}\ndata: ".encode() + json.dumps({"type": kind} | more).encode() + b"\n\n"

    start = {
        "id": "msg_01XFDUDYJgAACzvnptvVoYEL",
        "type": "message",
        "role": "assistant",
        "model": "claude-haiku-4-5-20251001",
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": {"input_tokens": 431, "output_tokens": 1},
    }
    words = {"type": "text_delta", "text": f" {STAMP.decode()}"}
    end = {"stop_reason": "end_turn", "stop_sequence": None}
    return Stream(
        [
            event("message_start", message=start),
            event("content_block_start", index=0, content_block={"type": "text", "text": ""}),
        ]
        + [event("content_block_delta", index=0, delta=words)] * EVENTS
        + [
            event("content_block_stop", index=0),
            event("message_delta", delta=end, usage={"output_tokens": EVENTS}),
            event("message_stop"),
        ]
    )


CHAT = "/v1/chat/completions"
MESSAGES = "/v1/messages"
GEMINI = "/v1beta/models/{}:generateContent"
personal = (text(1000) + PERSONAL) * 17

WORKLOADS = [
    Workload("w1", "2 KB chat, same format", "openai", CHAT, chat("w1"), completion(), 15, 10),
    Workload("w2", "2 KB chat, OpenAI → Anthropic", "anthropic", CHAT, chat("w2"), message(), 28, 16),
    Workload(
        "w3", "stream of 200 events, same format", "openai", CHAT, chat("w3", stream=True), chat_stream(), 5, 2, True
    ),
    Workload(
        "w3t",
        "stream of 200 events, OpenAI → Anthropic",
        "anthropic",
        CHAT,
        chat("w3t", stream=True),
        message_stream(),
        5,
        2,
        True,
    ),
    Workload("w4", "200 KB prompt, same format", "openai", CHAT, chat("w4", 200_000), completion(), 60, 36),
    Workload(
        "w5",
        "20 KB prompt, redaction with every detector",
        "openai",
        CHAT,
        chat("w5", prompt=personal[:20_000]),
        completion(),
        120,
        60,
        redact=True,
    ),
    Workload(
        "w6",
        "embeddings, 300 KB answer",
        "openai",
        "/v1/embeddings",
        {"model": "w6", "input": [text(200)] * 15},
        embeddings(300_000),
        120,
        60,
    ),
    # Other pairs of a client's format and a provider's; `cargo bench --bench exchange` has all of them.
    Workload("p1", "2 KB chat, Anthropic → Anthropic", "anthropic", MESSAGES, turns("p1"), message(), 15, 10),
    Workload("p2", "2 KB chat, Anthropic → OpenAI", "openai", MESSAGES, turns("p2"), completion(), 28, 16),
    Workload("p3", "2 KB chat, Responses → Anthropic", "anthropic", "/v1/responses", items("p3"), message(), 28, 16),
    Workload("p4", "2 KB chat, Gemini → OpenAI", "openai", GEMINI.format("p4"), contents(), completion(), 28, 16),
]
