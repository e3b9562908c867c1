"""Any client to any provider: four pairs, whole and streamed, through the real Envoy."""

import json
import random
import re

import pytest

from rig import ROOT, clusters, fold_chat, fold_messages, gateway_config, provider_config
from upstream import SSE, Answer, anthropic_error, messages, openai_chat, openai_error

CHAT, MESSAGES = "/v1/chat/completions", "/v1/messages"
VERSION = [("anthropic-version", "2023-06-01")]
PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
WEATHER = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}

# Surface, model, the cluster that answers.
PAIRS = {
    "chat to openai": (CHAT, "gpt-4o-mini", "openai"),
    "chat to anthropic": (CHAT, "claude-haiku-4-5", "anthropic"),
    "messages to anthropic": (MESSAGES, "claude-haiku-4-5", "anthropic"),
    "messages to openai": (MESSAGES, "gpt-4o-mini", "openai"),
}
pair = pytest.mark.parametrize("surface, model, cluster", PAIRS.values(), ids=PAIRS)


def chat_tool(name):
    return {"type": "function", "function": {"name": name, "description": "Looks it up", "parameters": WEATHER}}


def messages_tool(name):
    return {"name": name, "description": "Looks it up", "input_schema": WEATHER}


def user(text):
    return {"role": "user", "content": text}


# The same question in both formats: name -> (chat body, messages body, text of the answer, names of the tools called).
QUESTIONS = {
    "text": ({"messages": [user("Good day")]}, {"messages": [user("Good day")]}, "You said: Good day", []),
    "umlauts and emoji": (
        {"messages": [user('Grüße 👋🏽 \u2028 " \\ / \t')]},
        {"messages": [user('Grüße 👋🏽 \u2028 " \\ / \t')]},
        'You said: Grüße 👋🏽 \u2028 " \\ / \t',
        [],
    ),
    "system": (
        {"messages": [{"role": "system", "content": "Be brief"}, user("Hi")]},
        {"system": "Be brief", "messages": [user("Hi")]},
        "You said: Hi",
        [],
    ),
    "turns": (
        {"messages": [user("One"), {"role": "assistant", "content": "1"}, user("Two")]},
        {"messages": [user("One"), {"role": "assistant", "content": "1"}, user("Two")]},
        "You said: Two",
        [],
    ),
    "parts and image": (
        {
            "messages": [
                user(
                    [
                        {"type": "text", "text": "Look"},
                        {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PNG}"}},
                    ]
                )
            ]
        },
        {
            "messages": [
                user(
                    [
                        {"type": "text", "text": "Look"},
                        {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PNG}},
                    ]
                )
            ]
        },
        "You said: Look",
        [],
    ),
    "a tool call": (
        {"messages": [user("call get_weather")], "tools": [chat_tool("get_weather")]},
        {"messages": [user("call get_weather")], "tools": [messages_tool("get_weather")]},
        None,
        ["get_weather"],
    ),
    "parallel tool calls": (
        {"messages": [user("use the tools")], "tools": [chat_tool("get_weather"), chat_tool("get_time")]},
        {"messages": [user("use the tools")], "tools": [messages_tool("get_weather"), messages_tool("get_time")]},
        None,
        ["get_weather", "get_time"],
    ),
    "a tool's result": (
        {
            "messages": [
                user("call get_weather"),
                {
                    "role": "assistant",
                    "content": None,
                    "tool_calls": [
                        {
                            "id": "call_1",
                            "type": "function",
                            "function": {"name": "get_weather", "arguments": '{"city": "Oslo"}'},
                        }
                    ],
                },
                {"role": "tool", "tool_call_id": "call_1", "content": "rain"},
            ],
            "tools": [chat_tool("get_weather")],
        },
        {
            "messages": [
                user("call get_weather"),
                {
                    "role": "assistant",
                    "content": [
                        {"type": "tool_use", "id": "toolu_1", "name": "get_weather", "input": {"city": "Oslo"}}
                    ],
                },
                user([{"type": "tool_result", "tool_use_id": "toolu_1", "content": "rain"}]),
            ],
            "tools": [messages_tool("get_weather")],
        },
        "The tool said: rain",
        [],
    ),
}


def ask(rig, surface, model, body, **how):
    body = {"model": model} | ({"max_tokens": 500} if surface == MESSAGES else {}) | body
    return rig.ask("POST", surface, body, headers=VERSION if surface == MESSAGES else [], **how)


def whole_answer(surface, reply):
    """Text, tool calls as (name, input), and why it ended, out of a whole answer."""
    if surface == CHAT:
        [choice] = reply.json["choices"]
        message = choice["message"]
        return answer_of(message, choice["finish_reason"])
    return answer_of_blocks(reply.json["content"], reply.json["stop_reason"])


def stream_answer(surface, reply):
    if surface == CHAT:
        message, finish, _ = fold_chat(reply.events)
        calls = [{"function": call} for call in message["tool_calls"]]
        return answer_of(message | {"tool_calls": calls}, finish)
    content, stop, _ = fold_messages(reply.events)
    return answer_of_blocks(content, stop)


def answer_of(message, finish):
    return (
        message.get("content") or "",
        [
            (call["function"]["name"], json.loads(call["function"]["arguments"]))
            for call in message.get("tool_calls") or []
        ],
        finish,
    )


def answer_of_blocks(content, stop):
    return (
        "".join(block["text"] for block in content if block["type"] == "text"),
        [(block["name"], block["input"]) for block in content if block["type"] == "tool_use"],
        stop,
    )


@pair
@pytest.mark.parametrize("question", QUESTIONS)
def test_every_pair_answers_whole_and_streamed_alike(rig, surface, model, cluster, question):
    chat, native, text, tools = QUESTIONS[question]
    body = chat if surface == CHAT else native
    whole, streamed = ask(rig, surface, model, body), ask(rig, surface, model, body | {"stream": True})
    assert whole.status == 200 and whole.header("content-type").startswith("application/json"), whole
    assert streamed.status == 200 and streamed.header("content-type").startswith(SSE), streamed
    assert whole.complete and streamed.complete
    got = whole_answer(surface, whole)
    assert got == stream_answer(surface, streamed)
    assert [name for name, _ in got[1]] == tools and all(value == {"city": "Oslo"} for _, value in got[1])
    assert text is None or got[0] == text
    ends = {CHAT: ("tool_calls", "stop"), MESSAGES: ("tool_use", "end_turn")}[surface]
    assert got[2] == ends[0 if tools else 1]
    native = {"openai": CHAT, "anthropic": MESSAGES}[cluster]
    assert [request.path for request in rig.upstreams[cluster].requests] == [native, native]
    assert all(request.header("accept-encoding") in (None, "identity") for request in rig.upstreams[cluster].requests)


@pair
def test_a_stream_is_well_formed_for_its_surface(rig, surface, model, cluster):
    reply = ask(rig, surface, model, {"messages": [user("Hi")], "stream": True})
    events = reply.events
    if surface == CHAT:
        assert events[-1] == "[DONE]" and events.count("[DONE]") == 1
        assert len({event["id"] for event in events[:-1]}) == 1 and len({event["model"] for event in events[:-1]}) == 1
        assert {event["object"] for event in events[:-1]} == {"chat.completion.chunk"}
        roles = [choice["delta"].get("role") for event in events[:-1] for choice in event["choices"]]
        assert [role for role in roles if role] == ["assistant"]
        assert all(event["choices"] for event in events[:-1]), "usage was not asked for"
    else:
        kinds = [event["type"] for event in events if event["type"] != "ping"]
        assert kinds[0] == "message_start" and kinds[-2:] == ["message_delta", "message_stop"]
        assert [event["index"] for event in events if event["type"] == "content_block_start"] == [0]
        assert "[DONE]" not in events


# Same format: what nobody had to touch leaves as it came.


def test_a_chat_body_reaches_openai_byte_for_byte(rig):
    body = (
        b'{ "messages":[{"role":"user","content":"caf\\u00e9"}],\t"model" : "gpt-4o-mini", '
        b'"seed":12345678901234567890, '
        b'"temperature":1.0, "unheard_of":{"a":[1e2,-0.0]} }\n'
    )
    assert rig.ask("POST", CHAT, body).status == 200
    assert rig.upstreams["openai"].requests[0].body == body


def test_a_messages_body_reaches_anthropic_byte_for_byte(rig):
    body = (
        b'{"max_tokens":  99,"messages":[{"role":"user","content":[{"type":"text","text":"x","cache_control":'
        b'{"type":"ephemeral"}}]}], "model":"claude-haiku-4-5","unheard_of":[18446744073709551616]}'
    )
    headers = [*VERSION, ("anthropic-beta", "context-1m-2025-08-07")]
    assert rig.ask("POST", MESSAGES, body, headers=headers).status == 200
    [request] = rig.upstreams["anthropic"].requests
    assert request.body == body
    assert request.header("anthropic-version") == "2023-06-01"
    assert request.header("anthropic-beta") == "context-1m-2025-08-07"


ODD_ANSWERS = {
    "chat to openai": b'{"id":"x",  "object":"chat.completion","created":1,"model":"gpt-4o-mini-2024-07-18",'
    b'"choices":[{"index":0,'
    b'"message":{"role":"assistant","content":"\\u00e9"},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,'
    b'"completion_tokens":1,"total_tokens":2},"new_field":12345678901234567890 }',
    "messages to anthropic": b'{"id":"m","type":"message",  "role":"assistant","model":"claude-haiku-4-5",'
    b'"content":[{"type":"text",'
    b'"text":"\\u00e9"},{"type":"unheard_of","x":1.00}],"stop_reason":"end_turn","usage":{"input_tokens":1,'
    b'"output_tokens":1}}',
}


@pytest.mark.parametrize("name", ODD_ANSWERS)
def test_an_answer_of_the_same_format_comes_back_byte_for_byte(rig, name):
    surface, model, cluster = PAIRS[name]
    rig.upstreams[cluster].script(Answer(chunks=[ODD_ANSWERS[name]]))
    assert ask(rig, surface, model, {"messages": [user("Hi")]}).body == ODD_ANSWERS[name]


@pytest.mark.parametrize("name", ODD_ANSWERS)
def test_a_stream_of_the_same_format_comes_back_byte_for_byte(rig, name):
    surface, model, cluster = PAIRS[name]
    body = {"messages": [user("Hi")], "stream": True} | (
        {"stream_options": {"include_usage": True}} if surface == CHAT else {}
    )
    odd = b': keep-alive\n\nevent: unheard_of\nid: 7\ndata: {"type":"unheard_of","choices":[],"x":1.0}\n\n'
    stream = odd + recorded(cluster, body)
    rig.upstreams[cluster].script(Answer.stream(stream))
    assert ask(rig, surface, model, body).body == stream


# Streams and where their bytes are cut.


def recorded(cluster, body):
    """A provider's stream for a conversation, as bytes."""
    answer = {"openai": openai_chat, "anthropic": messages}[cluster](
        {"model": "m", "max_tokens": 500, "stream": True, "stream_options": {"include_usage": True}} | body
    )
    return b"".join(answer.chunks)


def telling(cluster):
    """A stream with text that is not ASCII, reasoning, and two tool calls."""
    if cluster == "openai":
        asked = {
            "messages": [user("use the tools")],
            "tools": [chat_tool("get_wetter_ü"), chat_tool("b")],
            "reasoning_effort": "low",
        }
    else:
        asked = {
            "messages": [user("use the tools")],
            "tools": [messages_tool("get_wetter_ü"), messages_tool("b")],
            "thinking": {"type": "enabled", "budget_tokens": 1024},
        }
    return recorded(cluster, asked).replace(b"Let me look.", "Grüße 👋🏽".encode())


def settled(reply):
    """The body without what differs between two runs: times and ids of our own making."""
    return re.sub(rb'"created": ?\d+', b'"created":0', reply.body)


@pair
def test_a_stream_does_not_depend_on_where_its_bytes_are_cut(rig, surface, model, cluster):
    stream, asked = telling(cluster), {"messages": [user("Hi")], "stream": True}
    rig.upstreams[cluster].script(Answer.stream(stream))
    expected = ask(rig, surface, model, asked)
    assert expected.complete and len(stream_answer(surface, expected)[1]) == 2
    for ending in (b"\n", b"\r\n", b"\r"):
        random.seed(7)
        text = stream.replace(b"\n", ending)
        cuts = [[random.choice((1, 1, 2, 3, 60, 400)) for _ in range(200)] for _ in range(8)]
        for pieces in cuts + ([[1] * len(text)] if ending == b"\n" else []):
            rig.upstreams[cluster].script(Answer.stream(text, pieces, delay=0.0002))
            reply = ask(rig, surface, model, asked, timeout=60)
            if surface == {"openai": CHAT, "anthropic": MESSAGES}[cluster]:
                assert reply.events == expected.events, (ending, pieces[:20])
            else:
                assert settled(reply) == settled(expected), (ending, pieces[:20])


@pair
def test_a_stream_comes_as_it_is_made(rig, surface, model, cluster):
    stream = recorded(cluster, {"messages": [user("A few words to say")]})
    half = stream.index(b"few") if b"few" in stream else len(stream) // 2
    rig.upstreams[cluster].script(Answer.stream(stream, [half], delay=1))
    reply = ask(rig, surface, model, {"messages": [user("Hi")], "stream": True})
    assert reply.complete and reply.chunks[0][0] < 0.8 < reply.chunks[-1][0]


@pair
@pytest.mark.parametrize("wanted", ["a stream", "a whole answer"])
def test_the_client_gets_the_kind_of_answer_it_asked_for(rig, surface, model, cluster, wanted):
    """Some servers stream always, or never."""
    asked = {"messages": [user("Hi")]} | ({"stream": True} if wanted == "a stream" else {})
    told = {"model": "m", "max_tokens": 500, "messages": [user("the other kind")]}
    other_kind = {"openai": openai_chat, "anthropic": messages}[cluster](told | {"stream": wanted != "a stream"})
    rig.upstreams[cluster].script(other_kind)
    reply = ask(rig, surface, model, asked)
    kind = SSE if wanted == "a stream" else "application/json"
    assert reply.status == 200 and reply.complete and reply.header("content-type").startswith(kind), reply
    text, calls, _ = stream_answer(surface, reply) if wanted == "a stream" else whole_answer(surface, reply)
    assert "the other kind" in text and not calls


# Ends that are not ends.


def cut_streams(cluster):
    whole = recorded(cluster, {"messages": [user("A few words to say")]})
    end = whole.index({"openai": b'"finish_reason":"stop"', "anthropic": b"event: message_delta"}[cluster])
    start = whole[: whole.rindex(b"\n\n", 0, end) + 2]
    error = {
        "openai": b'data: {"error": {"message": "The server had an error", "type": "server_error", "code": null}}\n\n',
        "anthropic": b'event: error\ndata: {"type": "error", "error": {"type": "overloaded_error", '
        b'"message": "Overloaded"}}\n\n',
    }
    return {
        "reset": Answer.stream(start, cut=True),
        "clean early end": Answer.stream(start, [len(start) // 2]),
        "cut inside an event": Answer.stream(whole[: end + 30], [10]),
        "error event": Answer.stream(start + error[cluster], [len(start)], delay=0.2),
    }


@pair
@pytest.mark.parametrize("end", ["reset", "clean early end", "cut inside an event", "error event"])
def test_a_stream_that_breaks_never_looks_finished(rig, surface, model, cluster, end):
    rig.upstreams[cluster].script(cut_streams(cluster)[end])
    reply = ask(rig, surface, model, {"messages": [user("Hi")], "stream": True})
    events = reply.events
    assert "[DONE]" not in events and not any(event.get("type") == "message_stop" for event in events)
    assert not any(choice.get("finish_reason") for event in events for choice in event.get("choices", []))
    if reply.complete:  # a reset may be passed on as one; then there is nothing to say it in
        assert events[-1]["error"]["message"] and events[-1]["error"]["type"]


# Errors.

HTML = b"<html><head><title>502 Bad Gateway</title></head></html>"
ERRORS = [
    ("openai", openai_error(400, "bad schema", "invalid_request_error", "invalid_value"), 400),
    ("openai", openai_error(404, "no such model", "invalid_request_error", "model_not_found"), 404),
    ("openai", openai_error(422, "unprocessable", "invalid_request_error"), 422),
    ("anthropic", anthropic_error(400, "invalid_request_error", "bad schema"), 400),
    ("anthropic", anthropic_error(404, "not_found_error", "no such model"), 404),
    ("anthropic", anthropic_error(413, "request_too_large", "too large"), 413),
    ("anthropic", anthropic_error(429, "rate_limit_error", "slow down", [("retry-after", "17")]), 429),
    ("anthropic", anthropic_error(529, "overloaded_error", "Overloaded"), (503, 529)),
    ("anthropic", Answer(502, [("content-type", "text/html")], [HTML]), 502),
    ("anthropic", Answer(200, [("content-type", "text/html")], [HTML]), 502),
    ("anthropic", Answer(200, [("content-type", "application/json")], [b""]), 502),
]


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
@pytest.mark.parametrize("surface", [CHAT, MESSAGES])
@pytest.mark.parametrize("cluster, answer, status", ERRORS, ids=lambda value: str(getattr(value, "status", value)))
def test_an_error_comes_in_the_clients_own_shape(rig, surface, stream, cluster, answer, status):
    model = {"openai": "gpt-4o-mini", "anthropic": "claude-haiku-4-5"}[cluster]
    rig.upstreams[cluster].script(*[answer] * 3)
    reply = ask(rig, surface, model, {"messages": [user("Hi")], "stream": stream})
    assert reply.status in (status if isinstance(status, tuple) else (status,)), reply
    assert reply.header("content-type").startswith("application/json")
    check_error(surface, reply)
    if dict(answer.headers).get("retry-after"):
        assert reply.header("retry-after") == "17"


def check_error(surface, reply):
    error = reply.json["error"]
    assert isinstance(error["type"], str) and isinstance(error["message"], str) and error["message"]
    if surface == MESSAGES:
        assert reply.json["type"] == "error"
    else:
        assert "code" in error and "param" in error


# What a request becomes in the other format. Each row: name, the client's body, what the provider must have got.

TO_ANTHROPIC = [
    ("max_tokens has a default", {"messages": [user("Hi")]}, lambda got: got["max_tokens"] > 0),
    (
        "max_completion_tokens",
        {"messages": [user("Hi")], "max_completion_tokens": 77},
        lambda got: got["max_tokens"] == 77,
    ),
    (
        "stop becomes stop_sequences",
        {"messages": [user("Hi")], "stop": "END"},
        lambda got: got["stop_sequences"] == ["END"],
    ),
    (
        "every system and developer message, in order",
        {"messages": [{"role": "system", "content": "first"}, {"role": "developer", "content": "second"}, user("Hi")]},
        lambda got: (
            re.search("first.*second", json.dumps(got["system"]))
            and [turn["role"] for turn in got["messages"]] == ["user"]
        ),
    ),
    (
        "http images",
        {
            "messages": [
                user(
                    [
                        {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}},
                        {"type": "text", "text": "?"},
                    ]
                )
            ]
        },
        lambda got: (
            {"type": "image", "source": {"type": "url", "url": "https://example.com/a.png"}}
            in got["messages"][0]["content"]
        ),
    ),
    (
        "data images",
        QUESTIONS["parts and image"][0],
        lambda got: (
            {"type": "base64", "media_type": "image/png", "data": PNG}
            in [part.get("source") for part in got["messages"][0]["content"]]
        ),
    ),
    (
        "tool_choice required",
        {"messages": [user("Hi")], "tools": [chat_tool("f")], "tool_choice": "required"},
        lambda got: got["tool_choice"]["type"] == "any",
    ),
    (
        "tool_choice by name",
        {
            "messages": [user("Hi")],
            "tools": [chat_tool("f")],
            "tool_choice": {"type": "function", "function": {"name": "f"}},
        },
        lambda got: got["tool_choice"] == {"type": "tool", "name": "f"},
    ),
    (
        "one call at a time",
        {"messages": [user("Hi")], "tools": [chat_tool("f")], "parallel_tool_calls": False},
        lambda got: got["tool_choice"] == {"type": "auto", "disable_parallel_tool_use": True},
    ),
    ("tools", {"messages": [user("Hi")], "tools": [chat_tool("f")]}, lambda got: got["tools"] == [messages_tool("f")]),
    (
        "results of parallel calls share a turn",
        {
            "messages": [
                user("use"),
                {
                    "role": "assistant",
                    "tool_calls": [
                        {"id": f"call_{n}", "type": "function", "function": {"name": "f", "arguments": "{}"}}
                        for n in (1, 2)
                    ],
                },
                {"role": "tool", "tool_call_id": "call_1", "content": "a"},
                {"role": "tool", "tool_call_id": "call_2", "content": "b"},
                user("and?"),
            ],
            "tools": [chat_tool("f")],
        },
        lambda got: (
            [turn["role"] for turn in got["messages"]] == ["user", "assistant", "user"]
            and [part["type"] for part in got["messages"][2]["content"]] == ["tool_result", "tool_result", "text"]
        ),
    ),
    (
        "nothing Anthropic would refuse",
        {
            "messages": [user("Hi")],
            "seed": 1,
            "logit_bias": {"1": 2},
            "n": 1,
            "user": "u1",
            "frequency_penalty": 0.5,
            "store": False,
        },
        lambda got: not {"seed", "logit_bias", "n", "user", "frequency_penalty", "store"} & set(got),
    ),
]
TO_OPENAI = [
    (
        "system goes first",
        {"system": [{"type": "text", "text": "Be brief"}], "messages": [user("Hi")]},
        lambda got: (
            got["messages"][0]["role"] in ("system", "developer") and "Be brief" in json.dumps(got["messages"][0])
        ),
    ),
    ("stop_sequences", {"messages": [user("Hi")], "stop_sequences": ["END"]}, lambda got: got["stop"] == ["END"]),
    (
        "the limit on tokens",
        {"messages": [user("Hi")], "max_tokens": 77},
        lambda got: 77 in (got.get("max_tokens"), got.get("max_completion_tokens")),
    ),
    (
        "tool_choice any",
        {"messages": [user("Hi")], "tools": [messages_tool("f")], "tool_choice": {"type": "any"}},
        lambda got: got["tool_choice"] == "required",
    ),
    (
        "tools",
        {"messages": [user("Hi")], "tools": [messages_tool("f")]},
        lambda got: got["tools"][0]["function"]["parameters"] == WEATHER,
    ),
    (
        "images",
        QUESTIONS["parts and image"][1],
        lambda got: (
            f"data:image/png;base64,{PNG}"
            in [part.get("image_url", {}).get("url") for part in got["messages"][0]["content"]]
        ),
    ),
    (
        "tool results become messages of their own",
        QUESTIONS["a tool's result"][1],
        lambda got: (
            [message["role"] for message in got["messages"]] == ["user", "assistant", "tool"]
            and got["messages"][2]["tool_call_id"] == got["messages"][1]["tool_calls"][0]["id"]
            and json.loads(got["messages"][1]["tool_calls"][0]["function"]["arguments"]) == {"city": "Oslo"}
        ),
    ),
    (
        "nothing OpenAI would refuse",
        {
            "messages": [user([{"type": "text", "text": "Hi", "cache_control": {"type": "ephemeral"}}])],
            "top_k": 5,
            "metadata": {"user_id": "u1"},
        },
        lambda got: "top_k" not in got and "cache_control" not in json.dumps(got),
    ),
]


@pytest.mark.parametrize("name, body, holds", TO_ANTHROPIC, ids=[row[0] for row in TO_ANTHROPIC])
def test_a_chat_request_becomes_a_messages_request(rig, name, body, holds):
    assert ask(rig, CHAT, "claude-haiku-4-5", body).status == 200
    got = rig.upstreams["anthropic"].requests[0].json
    assert holds(got), got


@pytest.mark.parametrize("name, body, holds", TO_OPENAI, ids=[row[0] for row in TO_OPENAI])
def test_a_messages_request_becomes_a_chat_request(rig, name, body, holds):
    assert ask(rig, MESSAGES, "gpt-4o-mini", body).status == 200
    got = rig.upstreams["openai"].requests[0].json
    assert holds(got), got


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
def test_thinking_reaches_a_chat_client_as_reasoning(rig, stream):
    reply = ask(
        rig,
        CHAT,
        "claude-haiku-4-5",
        {"messages": [user("Hi")], "reasoning_effort": "low", "stream": stream, "max_completion_tokens": 4000},
    )
    message = fold_chat(reply.events)[0] if stream else reply.json["choices"][0]["message"]
    assert message["reasoning_content"] == "The user wants an answer." and message["content"] == "You said: Hi"


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
def test_thinking_keeps_its_signature_for_a_messages_client(rig, stream):
    reply = ask(
        rig,
        MESSAGES,
        "claude-haiku-4-5",
        {
            "messages": [user("Hi")],
            "max_tokens": 4000,
            "stream": stream,
            "thinking": {"type": "enabled", "budget_tokens": 1024},
        },
    )
    content = fold_messages(reply.events)[0] if stream else reply.json["content"]
    assert content[0] == {"type": "thinking", "thinking": "The user wants an answer.", "signature": "EqQBCkYscripted=="}


def at_openrouter(bootstrap):
    cluster = next(it for it in clusters(bootstrap) if it["name"] == "openai")
    cluster["metadata"]["filter_metadata"]["postern"]["provider"] = "openrouter"


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
def test_reasoning_of_many_makers_goes_through_geminis_format_and_back_to_openrouter(rigs, stream):
    provider = {"openai": provider_config("openai", preset="openrouter")}
    rig = rigs(gateway_config(policies=[]), provider, change=at_openrouter)
    fixture = ROOT / "tests" / "fixtures" / "openai_chat" / "openrouter_reasoning"
    whole = fixture.with_suffix(".json").read_bytes()
    streamed = Answer.stream(fixture.with_suffix(".sse").read_bytes(), [1, 30, 7])
    rig.upstreams["openai"].script(streamed if stream else Answer(chunks=[whole]), Answer(chunks=[whole]))
    path = "/v1beta/models/gpt-4o-mini:"
    turn = lambda role, *parts: {"role": role, "parts": list(parts)}  # noqa: E731
    hi = turn("user", {"text": "Hi"})
    method = "streamGenerateContent?alt=sse" if stream else "generateContent"
    reply = rig.ask("POST", path + method, {"contents": [hi]})
    assert reply.status == 200, reply.body
    events = reply.events if stream else [reply.json]
    parts = [part for event in events for part in event["candidates"][0]["content"].get("parts", [])]
    thoughts = "".join(part["text"] for part in parts if part.get("thought"))
    assert thoughts == "Sunny, I think.In short.So." and {"text": "It is sunny."} in parts
    # The client sends it all back, and OpenRouter has every piece as it said it.
    again = [hi, turn("model", *parts), turn("user", {"text": "And now?"})]
    assert rig.ask("POST", path + "generateContent", {"contents": again}).status == 200
    sent = rig.upstreams["openai"].requests[1].json["messages"][1]["reasoning_details"]
    said = json.loads(whole)["choices"][0]["message"]["reasoning_details"]
    signed = lambda all: [(it["format"], it.get("signature") or it["data"]) for it in all if {"signature", "data"} & set(it)]  # noqa: E731
    assert signed(sent) == signed(said)
    assert "".join(it.get("text") or it.get("summary") or "" for it in sent) == thoughts


@pytest.mark.parametrize("model", ["gpt-4o-mini", "claude-haiku-4-5"])
def test_structured_output_is_json_that_fits(rig, model):
    schema = {
        "type": "object",
        "properties": {"city": {"type": "string"}, "days": {"type": "integer"}},
        "required": ["city", "days"],
        "additionalProperties": False,
    }
    reply = ask(
        rig,
        CHAT,
        model,
        {
            "messages": [user("Hi")],
            "response_format": {
                "type": "json_schema",
                "json_schema": {"name": "trip", "strict": True, "schema": schema},
            },
        },
    )
    assert json.loads(reply.json["choices"][0]["message"]["content"]) == {"city": "Oslo", "days": 7}
    assert not reply.json["choices"][0]["message"].get("tool_calls")
    assert reply.json["choices"][0]["finish_reason"] == "stop"


@pytest.mark.parametrize("encoding", [None, "float", "base64"])
def test_embeddings_pass_through(rig, encoding):
    body = {"model": "text-embedding-3-small", "input": ["one", "two"]} | (
        {"encoding_format": encoding} if encoding else {}
    )
    reply = rig.ask("POST", "/v1/embeddings", body)
    [request] = rig.upstreams["openai"].requests
    assert reply.status == 200 and request.path == "/v1/embeddings" and request.json == body
    assert isinstance(reply.json["data"][1]["embedding"], str if encoding == "base64" else list)


def test_models_lists_what_the_caller_may_use(rig):
    listed = rig.ask("GET", "/v1/models").json
    assert listed["object"] == "list" and "gpt-4o-mini" in [model["id"] for model in listed["data"]]
    assert not rig.upstreams["openai"].requests
