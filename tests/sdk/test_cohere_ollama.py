"""The official clients of Cohere and of Ollama through the real Envoy, onto every provider there is a script for; and
OpenAI's and Anthropic's onto those two."""

import json

import cohere_python
import ollama_python
import pytest

import clients
from conftest import NARROW_KEY, tenant
from rig import CLIENT_KEY, clone_cluster, gateway_config
from upstream import (
    NDJSON,
    Answer,
    anthropic_error,
    cohere_chat,
    cohere_error,
    messages,
    ollama_chat,
    ollama_error,
    openai_chat,
    openai_error,
)

PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
CITY = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
TRIP = {
    "type": "object",
    "properties": {"city": {"type": "string"}, "days": {"type": "integer"}},
    "required": ["city", "days"],
}
MODELS = {
    "openai": "gpt-4o-mini",
    "anthropic": "claude-haiku-4-5",
    "cohere": "command-a-03-2025",
    "ollama": "qwen3:8b",
}
PATHS = {"openai": "/v1/chat/completions", "anthropic": "/v1/messages", "cohere": "/v2/chat", "ollama": "/api/chat"}
KEY = {"inline": "sk-provider-secret"}
PROVIDERS = {
    "cohere": {"version": 1, "provider": {"preset": "cohere", "key": KEY}},
    "ollama": {"version": 1, "provider": {"preset": "ollama_native"}},
    "compatible": {"version": 1, "provider": {"preset": "ollama"}},
}
GATEWAY = gateway_config(
    tenants=[tenant("all", CLIENT_KEY, ["*"]), tenant("narrow", NARROW_KEY, ["nothing"])],
    models=[
        *({"name": model, "targets": [{"cluster": cluster}]} for cluster, model in MODELS.items()),
        {"name": "gpt-5-mini", "targets": [{"cluster": "openai"}]},
        {"name": "compatible", "targets": [{"cluster": "compatible", "model": "qwen3:8b"}]},
    ],
    policies=[],
)
CLIENTS = {"cohere": cohere_python, "ollama": ollama_python}
ENDS = {"cohere": {"stop": "COMPLETE", "length": "MAX_TOKENS", "tools": "TOOL_CALL"}}
ENDS["ollama"] = {"stop": "stop", "length": "length", "tools": "stop"}

stream = pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
provider = pytest.mark.parametrize("provider", MODELS)


def with_more(bootstrap):
    for name in PROVIDERS:
        cluster = clone_cluster(bootstrap, "openai", name)
        cluster["metadata"]["filter_metadata"]["postern"]["provider"] = PROVIDERS[name]["provider"]["preset"]


@pytest.fixture
def gateway(rigs):
    return rigs(GATEWAY, PROVIDERS, change=with_more)


@pytest.fixture(params=CLIENTS)
def client(request):
    return request.param


@pytest.fixture
def do(gateway, client):
    def do(model, act="chat", **task):
        task = {"url": f"http://127.0.0.1:{gateway.port}", "key": CLIENT_KEY, "model": model} | task
        with CLIENTS[client].connect(task) as connected:
            return getattr(CLIENTS[client], act)(connected, task)

    return do


def streams(request):
    """Whether a provider was asked for a stream; without a word Ollama gives one."""
    return request.json.get("stream", request.path == "/api/chat")


@stream
@provider
def test_a_conversation_onto_every_provider(client, gateway, do, provider, stream):
    task = {"text": "Grüße 👋🏽 \u2028", "system": "Be brief", "max_tokens": 300}
    [seen] = do(MODELS[provider], stream=stream, **task)
    assert seen["text"] == "You said: Grüße 👋🏽 \u2028" and seen["finish"] == ENDS[client]["stop"]
    assert seen["calls"] == [] and all(count > 0 for count in (seen["usage"][0], seen["usage"][-1])), seen
    [request] = gateway.upstreams[provider].requests
    assert request.path == PATHS[provider] and streams(request) == stream
    got = request.json
    limit = got.get("max_completion_tokens") or got.get("max_tokens") or got["options"]["num_predict"]
    assert limit == 300 and "Be brief" in json.dumps(got.get("system") or got["messages"][0])
    if client == provider == "ollama":
        assert got["options"]["num_ctx"] == 8192 and got["keep_alive"] == "5m"
    [record] = gateway.records()
    assert record["gen_ai.usage.output_tokens"] > 0 and record["postern.usage.estimated"] is False, record


@stream
@provider
def test_an_answer_that_is_too_long_says_so(client, do, provider, stream):
    [seen] = do(MODELS[provider], stream=stream, text="A long text that is said again", max_tokens=2)
    assert seen["finish"] == ENDS[client]["length"] and len(seen["text"]) == 8


@stream
@provider
def test_a_picture_arrives_in_each_providers_form(gateway, do, provider, stream):
    [seen] = do(MODELS[provider], stream=stream, text="Look", image=f"data:image/png;base64,{PNG}")
    assert seen["text"] == "You said: Look"
    [turn] = gateway.upstreams[provider].requests[0].json["messages"]
    picture = {
        "openai": lambda: [part["image_url"]["url"] for part in turn["content"] if part["type"] == "image_url"],
        "cohere": lambda: [part["image_url"]["url"] for part in turn["content"] if part["type"] == "image_url"],
        "anthropic": lambda: [part["source"]["data"] for part in turn["content"] if part["type"] == "image"],
        "ollama": lambda: turn["images"],
    }[provider]()
    assert picture == [PNG if provider in ("anthropic", "ollama") else f"data:image/png;base64,{PNG}"]


@stream
@provider
def test_the_form_of_the_answer_arrives_in_each_providers_words(gateway, do, provider, stream):
    [seen] = do(MODELS[provider], stream=stream, text="Where to?", trip=TRIP)
    assert seen["trip"] == {"city": "Oslo", "days": 7}
    got = gateway.upstreams[provider].requests[0].json
    schema = {
        "openai": lambda: got["response_format"]["json_schema"]["schema"],
        "cohere": lambda: got["response_format"]["json_schema"],
        "anthropic": lambda: got["output_config"]["format"]["schema"],
        "ollama": lambda: got["format"],
    }[provider]()
    assert schema == TRIP


@stream
@provider
def test_parallel_tool_calls_and_their_results_make_two_turns(client, gateway, do, provider, stream):
    results = {"get_weather": "rain", "get_time": "noon"}
    task = {"text": "use the tools", "tools": list(results), "schema": CITY, "results": results}
    first, second = do(MODELS[provider], stream=stream, **task)
    assert first["calls"] == [[name, {"city": "Oslo"}] for name in results], first
    assert first["finish"] == ENDS[client]["tools"] and second["finish"] == ENDS[client]["stop"]
    assert "The tool said: " in second["text"] and "noon" in second["text"], second
    one, two = (request.json for request in gateway.upstreams[provider].requests)
    offered = [tool.get("function", tool) for tool in one["tools"]]
    assert [tool["name"] for tool in offered] == list(results)
    assert [tool.get("parameters", tool.get("input_schema")) for tool in offered] == [CITY] * 2
    assert answered(two) == [("get_weather", "rain"), ("get_time", "noon")], two


def answered(got):
    """Each result with the tool whose call it answers, by whatever ties the two."""
    calls, told = {}, []
    for turn in got["messages"]:
        blocks = turn["content"] if isinstance(turn.get("content"), list) else []
        for call in turn.get("tool_calls") or []:
            calls[call.get("id")] = call["function"]["name"]
        for block in blocks:
            if block["type"] == "tool_use":
                calls[block["id"]] = block["name"]
            elif block["type"] == "tool_result":
                told.append((calls[block["tool_use_id"]], json.dumps(block["content"])))
        if turn["role"] == "tool":
            name = calls.get(turn.get("tool_call_id")) if turn.get("tool_call_id") else turn["tool_name"]
            assert turn.get("tool_name", name) == name
            told.append((name, json.dumps(turn["content"])))
    return [(name, next(word for word in ("rain", "noon") if word in text)) for name, text in told]


@stream
@provider
def test_what_is_thought_is_told(client, gateway, do, provider, stream):
    task = {"text": "call get_weather", "tools": ["get_weather"], "schema": CITY, "thinking": True}
    model = {"openai": "gpt-5-mini"}.get(provider, MODELS[provider])
    first, second = do(model, stream=stream, results={"get_weather": "rain"}, **task)
    assert first["thinking"] == "The user wants an answer.", first
    # Claude does not think on where its signature did not come back, and neither client can keep it.
    assert second["thinking"] == (None if provider == "anthropic" else first["thinking"]), second
    assert first["calls"] == [["get_weather", {"city": "Oslo"}]] and "rain" in second["text"]
    asked = gateway.upstreams[provider].requests[0].json
    assert {
        "openai": lambda: asked["reasoning_effort"] == "low",
        "anthropic": lambda: asked["thinking"] == {"type": "enabled", "budget_tokens": 1024},
        "cohere": lambda: asked["thinking"] == {"type": "enabled", "token_budget": 1024},
        "ollama": lambda: asked["think"] == "low",
    }[provider]()


@stream
@provider
@pytest.mark.parametrize("client", ["cohere"], indirect=True)
def test_documents_reach_every_model_and_coheres_are_cited(gateway, do, provider, stream):
    documents = ["A plain one", {"id": "d1", "data": {"title": "A document", "text": "It says so."}}]
    [seen] = do(MODELS[provider], stream=stream, text="What does it say?", documents=documents)
    got = gateway.upstreams[provider].requests[0].json
    assert "A plain one" in json.dumps(got) and "It says so." in json.dumps(got)
    if provider == "cohere":
        assert got["documents"] == documents and seen["citations"] == [[0, 3, "You", "A document"]]
    else:
        assert "documents" not in got and seen["citations"] == []


@provider
def test_the_async_client_sees_the_same(gateway, provider):
    where = {"url": f"http://127.0.0.1:{gateway.port}", "key": CLIENT_KEY, "model": MODELS[provider]}
    whole, streamed = cohere_python.do_async(where | {"text": "Hi"})
    assert whole["text"] == streamed["text"] == "You said: Hi"
    assert whole["finish"] == streamed["finish"] == "COMPLETE"


@provider
def test_what_ollama_clients_do_not_say_is_a_stream(gateway, provider):
    body = {"model": MODELS[provider], "messages": [{"role": "user", "content": "Hi"}]}
    reply = gateway.ask("POST", "/api/chat", body)
    assert reply.status == 200 and reply.header("content-type") == NDJSON, reply
    lines = [json.loads(line) for line in reply.body.splitlines()]
    assert "".join(line["message"]["content"] for line in lines) == "You said: Hi"
    assert [line["done"] for line in lines] == [False] * (len(lines) - 1) + [True]
    assert streams(gateway.upstreams[provider].requests[0])


def test_a_body_for_its_own_provider_keeps_every_byte(gateway):
    ollama = b'{ "model":"qwen3:8b", "stream" : false,"messages":[{"role":"user","content":"\\u0048i"}], "new":[1.50]}'
    cohere = b'{ "model":"command-a-03-2025","messages":[{"role":"user","content":"\\u0048i"}], "seed": 1.0e1 }'
    for path, body, name in (("/api/chat", ollama, "ollama"), ("/v2/chat", cohere, "cohere")):
        assert gateway.ask("POST", path, body).status == 200
        assert gateway.upstreams[name].requests[0].body == body


# Errors.

# What goes wrong before the provider: task, Cohere's exception, status, a word of the message.
REFUSED = {
    "a wrong key": ({"key": "sk-wrong"}, "UnauthorizedError", 401, "key"),
    "a model not allowed": ({"key": NARROW_KEY}, "ForbiddenError", 403, "may not use"),
    "an unknown model": ({"model": "no-such-model"}, "NotFoundError", 404, "no-such-model"),
    "half a token": ({"max_tokens": 1.5}, "BadRequestError", 400, "expected a whole number from 0 up, got 1.5"),
}


def raised(caught):
    """What an SDK threw: its class, the status, and all it says."""
    error = caught.value
    return type(error).__name__, getattr(error, "status_code", None), f"{getattr(error, 'body', '')} {error}"


@stream
@pytest.mark.parametrize("how", REFUSED)
def test_a_refusal_is_the_sdks_own_exception(client, gateway, do, stream, how):
    task, kind, status, word = REFUSED[how]
    task = {"text": "Hi", "stream": stream} | task
    with pytest.raises(Exception) as caught:
        do(task.pop("model", "gpt-4o-mini"), **task)
    name, got, said = raised(caught)
    assert (name, got) == (kind if client == "cohere" else "ResponseError", status) and word in said, said
    assert not any(upstream.requests for upstream in gateway.upstreams.values())


STATUSES = {
    400: "BadRequestError",
    404: "NotFoundError",
    422: "UnprocessableEntityError",
    429: "TooManyRequestsError",
    500: "InternalServerError",
    502: "ApiError",
    503: "ServiceUnavailableError",
}


def failure(provider, status):
    message = f"it broke with {status}"
    return {
        "openai": lambda: openai_error(status, message, "server_error"),
        "anthropic": lambda: anthropic_error(status, "api_error", message),
        "cohere": lambda: cohere_error(status, message),
        "ollama": lambda: ollama_error(status, message),
    }[provider]()


@stream
@provider
@pytest.mark.parametrize("status", STATUSES)
def test_a_providers_error_is_the_sdks_own_exception(client, gateway, do, provider, stream, status):
    gateway.upstreams[provider].script(*[failure(provider, status)] * 3)  # Envoy tries again
    with pytest.raises(Exception) as caught:
        do(MODELS[provider], text="Hi", stream=stream)
    name, got, said = raised(caught)
    assert (name, got) == (STATUSES[status] if client == "cohere" else "ResponseError", status), said
    assert f"it broke with {status}" in said


BODIES = {"openai": openai_chat, "anthropic": messages, "cohere": cohere_chat, "ollama": ollama_chat}
LAST = {
    "openai": b'"finish_reason":"stop"',
    "anthropic": b"event: message_delta",
    "cohere": b"event: message-end",
    "ollama": b'"done":true',
}
MID_STREAM = {
    "openai": b'data: {"error":{"message":"Overloaded","type":"server_error","code":null}}\n\n',
    "anthropic": b'event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}\n\n',
    "cohere": b'data: {"type":"message-end","delta":{"error":"Overloaded","finish_reason":"ERROR"}}\n\n',
    "ollama": b'{"error":"Overloaded"}\n',
}


def begun(provider):
    """A stream's text until the provider is about to say why it ends."""
    asked = {"model": "m", "max_tokens": 99, "stream": True, "messages": [{"role": "user", "content": "A few words"}]}
    whole = b"".join(BODIES[provider](asked).chunks)
    between = b"\n" if provider == "ollama" else b"\n\n"
    end = whole.index(LAST[provider])
    return whole[: whole.rindex(between, 0, end) + len(between)]


def streamed(provider, data, **how):
    answer = Answer.stream(data, [50], **how)
    if provider == "ollama":
        answer.headers = [("content-type", NDJSON)]
    return answer


BREAKS = {
    "an error": lambda provider: streamed(provider, begun(provider) + MID_STREAM[provider]),
    "a clean early end": lambda provider: streamed(provider, begun(provider)),
    "inside an event": lambda provider: streamed(provider, begun(provider)[:-9]),
    "a reset": lambda provider: streamed(provider, begun(provider), cut=True),
    "an error at once": lambda provider: streamed(provider, MID_STREAM[provider]),
}


@provider
@pytest.mark.parametrize("how", BREAKS)
def test_a_stream_that_breaks_raises(client, gateway, do, provider, how):
    gateway.upstreams[provider].script(*[BREAKS[how](provider)] * 3)
    with pytest.raises(Exception) as caught:
        do(MODELS[provider], text="Hi", stream=True)
    name, status, said = raised(caught)
    if "error" in how and status:  # nothing was sent before it came, so it is an ordinary one
        assert status >= 500 and name in ("ApiError", "InternalServerError", "ServiceUnavailableError", "ResponseError")
    elif how != "a reset":  # that one the HTTP client itself notices
        assert name == {"cohere": "StreamFailed", "ollama": "ResponseError"}[client], said
    if "error" in how:
        assert "Overloaded" in said, said


# OpenAI's and Anthropic's clients.


@stream
@pytest.mark.parametrize("provider", ["cohere", "ollama", "compatible"])
@pytest.mark.parametrize("name", ["openai-python", "anthropic-python"])
def test_other_clients_onto_cohere_and_ollama(gateway, name, provider, stream):
    surface = name.split("-")[0]
    where = {"url": f"http://127.0.0.1:{gateway.port}", "key": CLIENT_KEY, "stream": stream}
    where["model"] = MODELS.get(provider, provider)
    client = clients.start(name)
    ends = {"openai": ("stop", "tool_calls"), "anthropic": ("end_turn", "tool_use")}[surface]
    [seen] = client.do("chat", **where, text="Hi", system="Be brief", image=f"data:image/png;base64,{PNG}")
    assert (seen["text"], seen["finish"]) == ("You said: Hi", ends[0]) and seen["id"], seen
    compatible = provider == "compatible" and surface == "openai"
    [request] = gateway.upstreams[provider].requests
    assert request.path == ("/v1/chat/completions" if compatible else PATHS.get(provider, "/api/chat"))
    if provider == "cohere":
        assert request.header("authorization") == "Bearer sk-provider-secret"
    results = {"get_weather": "rain", "get_time": "noon"}
    task = {"text": "use the tools", "tools": list(results), "schema": CITY, "results": results}
    first, second = client.do("chat", **where, **task)
    assert first["calls"] == [[tool, {"city": "Oslo"}] for tool in results] and first["finish"] == ends[1], first
    assert "The tool said: " in second["text"] and "noon" in second["text"], second
    assert answered(gateway.upstreams[provider].requests[-1].json) == [("get_weather", "rain"), ("get_time", "noon")]
    client.close()


@stream
def test_thinking_of_cohere_and_ollama_reaches_other_clients(gateway, stream):
    where = {"url": f"http://127.0.0.1:{gateway.port}", "key": CLIENT_KEY, "stream": stream}
    for name in ("openai-python", "anthropic-python"):
        for provider in ("cohere", "ollama"):
            [seen] = clients.start(name).do("chat", **where, model=MODELS[provider], text="Hi", thinking=True)
            assert seen["thinking"] == "The user wants an answer.", (name, provider, seen)
