"""Google's official client through the real Envoy, onto Gemini, OpenAI and Anthropic; and OpenAI's and Anthropic's onto
Gemini."""

import json

import gemini_python
import pytest

import clients
from conftest import NARROW_KEY, tenant
from rig import CLIENT_KEY, clone_cluster, gateway_config
from upstream import (
    GEMINI_SIGNATURE,
    SSE,
    Answer,
    anthropic_error,
    dump,
    gemini_chat,
    gemini_error,
    messages,
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
MODELS = {"openai": "gpt-4o-mini", "anthropic": "claude-haiku-4-5", "gemini": "gemini-3-flash-preview"}
KEY = {"inline": "sk-provider-secret"}
PROVIDERS = {
    "gemini": {"version": 1, "provider": {"preset": "gemini", "key": KEY}},
    "vertex": {
        "version": 1,
        "provider": {"preset": "vertex_gemini", "key": KEY, "params": {"project": "p-1", "location": "europe-west4"}},
    },
}
GATEWAY = gateway_config(
    tenants=[tenant("all", CLIENT_KEY, ["*"]), tenant("narrow", NARROW_KEY, ["nothing"])],
    models=[
        *({"name": model, "targets": [{"cluster": cluster}]} for cluster, model in MODELS.items()),
        {"name": "gpt-5-mini", "targets": [{"cluster": "openai"}]},
        {"name": "gemini-2.5-flash", "targets": [{"cluster": "gemini"}]},
        {"name": "vertex", "targets": [{"cluster": "vertex", "model": "gemini-3-flash-preview"}]},
    ],
    policies=[],
)

stream = pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
provider = pytest.mark.parametrize("provider", MODELS)


def with_more(bootstrap):
    for name in PROVIDERS:
        cluster = clone_cluster(bootstrap, "openai", name)
        cluster["metadata"]["filter_metadata"]["postern"]["provider"] = PROVIDERS[name]["provider"]["preset"]


@pytest.fixture
def gateway(rigs):
    return rigs(GATEWAY, PROVIDERS, change=with_more)


@pytest.fixture
def do(gateway):
    def do(model, act="chat", **task):
        task = {"url": f"http://127.0.0.1:{gateway.port}", "key": CLIENT_KEY, "model": model} | task
        with gemini_python.connect(task) as connected:
            return getattr(gemini_python, act)(connected, task)

    return do


def path(provider, stream):
    method = "streamGenerateContent?alt=sse" if stream else "generateContent"
    paths = {"openai": "/v1/chat/completions", "anthropic": "/v1/messages"}
    return paths.get(provider, f"/v1beta/models/{MODELS['gemini']}:{method}")


@stream
@provider
def test_a_conversation_onto_every_provider(gateway, do, provider, stream):
    task = {"text": "Grüße 👋🏽 \u2028", "system": "Be brief", "max_tokens": 300}
    [seen] = do(MODELS[provider], stream=stream, **task)
    assert seen["text"] == "You said: Grüße 👋🏽 \u2028" and seen["finish"] == "STOP" and seen["id"], seen
    assert seen["calls"] == [] and seen["usage"][0] > 0 and seen["usage"][2] > 0, seen
    [request] = gateway.upstreams[provider].requests
    assert request.path == path(provider, stream)
    got = request.json
    limit = {
        "openai": lambda: got["max_completion_tokens"],
        "anthropic": lambda: got["max_tokens"],
        "gemini": lambda: got["generationConfig"]["maxOutputTokens"],
    }[provider]()
    assert limit == 300 and "Be brief" in json.dumps(got)
    [record] = gateway.records()
    assert record["gen_ai.usage.output_tokens"] > 0 and record["postern.usage.estimated"] is False, record


@provider
def test_a_conversation_that_the_client_keeps_in_pieces_is_whole_to_other_providers(gateway, do, provider):
    seen = do(MODELS[provider], "conversation", texts=["Good\n\n\n\n\n\nday", "And now?"])
    assert seen == ["You said: Good\n\n\n\n\n\nday", "You said: And now?"]
    got = gateway.upstreams[provider].requests[1].json
    if provider == "gemini":
        assert len(got["contents"]) > 3  # its own provider sees what the client sent
        return
    assert [turn["role"] for turn in got["messages"]] == ["user", "assistant", "user"]
    said = got["messages"][1]["content"]
    assert (said if isinstance(said, str) else said[0]["text"]) == seen[0]
    assert isinstance(said, str) or len(said) == 1


WAYS = [{"version": "v1"}, {"version": "v1beta"}, {"vertex": True}, {"vertex": True, "version": "v1"}]


@pytest.mark.parametrize("how", WAYS)
def test_every_version_and_vertexs_express_mode_are_served(gateway, do, how):
    [seen] = do(MODELS["gemini"], text="Hi", **how)
    assert seen["text"] == "You said: Hi"
    assert gateway.upstreams["gemini"].requests[0].path == path("gemini", False)


@stream
@provider
def test_an_answer_that_is_too_long_says_so(do, provider, stream):
    [seen] = do(MODELS[provider], stream=stream, text="A long text that is said again", max_tokens=2)
    assert seen["finish"] == "MAX_TOKENS" and len(seen["text"]) == 8


@stream
@provider
def test_a_picture_arrives_in_each_providers_form(gateway, do, provider, stream):
    [seen] = do(MODELS[provider], stream=stream, text="Look", image=f"data:image/png;base64,{PNG}")
    assert seen["text"] == "You said: Look"
    got = gateway.upstreams[provider].requests[0].json
    picture = {
        "openai": lambda: got["messages"][0]["content"][1]["image_url"]["url"].removeprefix("data:image/png;base64,"),
        "anthropic": lambda: got["messages"][0]["content"][1]["source"]["data"],
        # The SDK's own bytes, in the alphabet it writes.
        "gemini": lambda: got["contents"][0]["parts"][1]["inlineData"]["data"].replace("-", "+").replace("_", "/"),
    }[provider]()
    assert picture == PNG


@stream
@provider
def test_the_form_of_the_answer_arrives_in_each_providers_words(gateway, do, provider, stream):
    [seen] = do(MODELS[provider], stream=stream, text="Where to?", trip=TRIP)
    assert seen["trip"] == {"city": "Oslo", "days": 7}
    got = gateway.upstreams[provider].requests[0].json
    schema = {
        "openai": lambda: got["response_format"]["json_schema"]["schema"],
        "anthropic": lambda: got["output_config"]["format"]["schema"],
        "gemini": lambda: got["generationConfig"]["responseJsonSchema"],
    }[provider]()
    assert schema == TRIP


@stream
@provider
def test_parallel_tool_calls_and_their_results_make_two_turns(gateway, do, provider, stream):
    results = {"get_weather": "rain", "get_time": "noon"}
    task = {"text": "use the tools", "tools": list(results), "schema": CITY, "results": results}
    first, second = do(MODELS[provider], stream=stream, **task)
    assert first["calls"] == [[name, {"city": "Oslo"}] for name in results], first
    assert first["finish"] == second["finish"] == "STOP"
    assert "The tool said: " in second["text"] and "noon" in second["text"], second
    assert answered(gateway.upstreams[provider].requests[1].json) == [("get_weather", "rain"), ("get_time", "noon")]
    if provider == "gemini":
        assert first["signature"] == GEMINI_SIGNATURE


def answered(got):
    """Each result with the tool whose call it answers, by whatever ties the two."""
    if "contents" in got:
        results = [part["functionResponse"] for part in got["contents"][-1]["parts"]]
        return [(result["name"], result["response"]["output"]) for result in results]
    calls, told = {}, []
    for turn in got["messages"]:
        for call in turn.get("tool_calls") or []:
            calls[call["id"]] = call["function"]["name"]
        for block in turn["content"] if isinstance(turn.get("content"), list) else []:
            if block["type"] == "tool_use":
                calls[block["id"]] = block["name"]
            elif block["type"] == "tool_result":
                told.append((calls[block["tool_use_id"]], json.dumps(block["content"])))
        if turn["role"] == "tool":
            told.append((calls[turn["tool_call_id"]], json.dumps(turn["content"])))
    return [(name, next(word for word in ("rain", "noon") if word in text)) for name, text in told]


@stream
@provider
def test_what_is_thought_comes_back_signed_to_who_signed_it(gateway, do, provider, stream):
    task = {"text": "call get_weather", "tools": ["get_weather"], "schema": CITY, "thinking": True}
    model = {"openai": "gpt-5-mini"}.get(provider, MODELS[provider])
    first, second = do(model, stream=stream, results={"get_weather": "rain"}, **task)
    assert first["thinking"] == second["thinking"] == "The user wants an answer.", (first, second)
    assert first["calls"] == [["get_weather", {"city": "Oslo"}]] and "rain" in second["text"]
    one, two = (request.json for request in gateway.upstreams[provider].requests)
    if provider == "anthropic":
        assert one["thinking"] == two["thinking"] == {"type": "enabled", "budget_tokens": 1024}
        thought = {"type": "thinking", "thinking": "The user wants an answer.", "signature": "EqQBCkYscripted=="}
        assert two["messages"][1]["content"][0] == thought
    elif provider == "openai":
        assert one["reasoning_effort"] == "low" and "thinking" not in json.dumps(two)
    else:
        call = next(part for part in two["contents"][1]["parts"] if "functionCall" in part)
        assert call["thoughtSignature"].replace("-", "+").replace("_", "/") == GEMINI_SIGNATURE


@provider
def test_the_async_client_sees_the_same(gateway, provider):
    where = {"url": f"http://127.0.0.1:{gateway.port}", "key": CLIENT_KEY, "model": MODELS[provider]}
    assert gemini_python.do_async(where | {"text": "Hi"}) == ["You said: Hi"] * 2


def test_tokens_are_counted_where_the_provider_can(gateway, do):
    assert do(MODELS["gemini"], "count", text="How many are these?") == 5
    assert gateway.upstreams["gemini"].requests[0].path == f"/v1beta/models/{MODELS['gemini']}:countTokens"
    assert do(MODELS["anthropic"], "count", text="How many are these?") > 0


def test_a_body_for_its_own_provider_keeps_every_byte_and_the_key_stays_here(gateway):
    body = b'{ "contents":[{"parts":[{"text":"\\u0048i"}]}], "generationConfig":{"temperature":1.50}, "labels":{}}'
    where = f"/v1beta/models/{MODELS['gemini']}:generateContent"
    reply = gateway.ask("POST", f"{where}?key={CLIENT_KEY}", body, key=None)
    assert reply.status == 200, reply
    [request] = gateway.upstreams["gemini"].requests
    assert request.body == body and request.header("x-goog-api-key") == "sk-provider-secret"
    assert CLIENT_KEY.encode() not in request.raw and request.path == where
    assert CLIENT_KEY not in gateway.read("access.log")


@provider
def test_without_alt_sse_a_stream_is_one_array(gateway, provider):
    body = {"contents": [{"parts": [{"text": "A few words"}]}]}
    reply = gateway.ask("POST", f"/v1beta/models/{MODELS[provider]}:streamGenerateContent", body)
    assert reply.status == 200 and reply.header("content-type") == "application/json", reply
    pieces = json.loads(reply.body)
    parts = [part for piece in pieces for part in piece["candidates"][0]["content"]["parts"]]
    assert "".join(part["text"] for part in parts) == "You said: A few words" and len(pieces) > 2
    assert pieces[-1]["candidates"][0]["finishReason"] == "STOP"


# Errors.

# What goes wrong before the provider: task, status, Google's word, a word of the message.
REFUSED = {
    "a wrong key": ({"key": "sk-wrong"}, 401, "UNAUTHENTICATED", "key"),
    "a model not allowed": ({"key": NARROW_KEY}, 403, "PERMISSION_DENIED", "may not use"),
    "an unknown model": ({"model": "no-such-model"}, 404, "NOT_FOUND", "no-such-model"),
    "several answers of one": ({"model": "claude-haiku-4-5", "n": 2}, 400, "INVALID_ARGUMENT", "candidateCount"),
}


def raised(caught):
    error = caught.value
    return type(error).__name__, getattr(error, "code", None), getattr(error, "status", None), str(error)


@stream
@pytest.mark.parametrize("how", REFUSED)
def test_a_refusal_is_the_sdks_own_exception(gateway, do, stream, how):
    task, status, word, said = REFUSED[how]
    task = {"text": "Hi", "stream": stream} | task
    with pytest.raises(Exception) as caught:
        do(task.pop("model", MODELS["gemini"]), **task)
    assert raised(caught)[:3] == ("ClientError", status, word) and said in raised(caught)[3], raised(caught)
    assert not any(upstream.requests for upstream in gateway.upstreams.values())


STATUSES = {
    400: ("ClientError", "INVALID_ARGUMENT"),
    404: ("ClientError", "NOT_FOUND"),
    429: ("ClientError", "RESOURCE_EXHAUSTED"),
    500: ("ServerError", "INTERNAL"),
    503: ("ServerError", "UNAVAILABLE"),
}


def failure(provider, status):
    message = f"it broke with {status}"
    return {
        "openai": lambda: openai_error(status, message, "server_error"),
        "anthropic": lambda: anthropic_error(status, "api_error" if status > 499 else "invalid_request_error", message),
        "gemini": lambda: gemini_error(status, message),
    }[provider]()


@stream
@provider
@pytest.mark.parametrize("status", STATUSES)
def test_a_providers_error_is_the_sdks_own_exception(gateway, do, provider, stream, status):
    gateway.upstreams[provider].script(*[failure(provider, status)] * 3)  # Envoy tries again
    with pytest.raises(Exception) as caught:
        do(MODELS[provider], text="Hi", stream=stream)
    kind, code, word, said = raised(caught)
    assert (kind, code) == (STATUSES[status][0], status) and f"it broke with {status}" in said, said
    if provider == "gemini":
        assert word == STATUSES[status][1]


BODIES = {
    "openai": lambda text: openai_chat({"model": "m", "stream": True, "messages": [{"role": "user", "content": text}]}),
    "anthropic": lambda text: messages(
        {"model": "m", "max_tokens": 99, "stream": True, "messages": [{"role": "user", "content": text}]}
    ),
    "gemini": lambda text: gemini_chat({"contents": [{"role": "user", "parts": [{"text": text}]}]}, "m", True),
}
LAST = {"openai": b'"finish_reason":"stop"', "anthropic": b"event: message_delta", "gemini": b'"finishReason"'}
MID_STREAM = {
    "openai": b'data: {"error":{"message":"Overloaded","type":"server_error","code":null}}\n\n',
    "anthropic": b'event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}\n\n',
    "gemini": b'data: {"error":{"code":503,"message":"Overloaded","status":"UNAVAILABLE"}}\r\n\r\n',
}


def begun(provider):
    """A stream's text until the provider is about to say why it ends."""
    whole = b"".join(BODIES[provider]("A few words").chunks)
    between = b"\r\n\r\n" if provider == "gemini" else b"\n\n"
    end = whole.index(LAST[provider])
    return whole[: whole.rindex(between, 0, end) + len(between)]


BREAKS = {
    "an error": lambda provider: Answer.stream(begun(provider) + MID_STREAM[provider], [50]),
    "a clean early end": lambda provider: Answer.stream(begun(provider), [50]),
    "inside an event": lambda provider: Answer.stream(begun(provider)[:-9], [50]),
    "a reset": lambda provider: Answer.stream(begun(provider), [50], cut=True),
    "an error at once": lambda provider: Answer.stream(MID_STREAM[provider], [50]),
}


@provider
@pytest.mark.parametrize("how", BREAKS)
def test_a_stream_that_breaks_raises(gateway, do, provider, how):
    gateway.upstreams[provider].script(*[BREAKS[how](provider)] * 3)
    with pytest.raises(Exception) as caught:
        do(MODELS[provider], text="Hi", stream=True)
    kind, code, _, said = raised(caught)
    if how != "a reset":  # that one the HTTP client itself notices
        assert kind == "ServerError" and code >= 500, (kind, code, said)
    if "error" in how:
        assert "Overloaded" in said, said


def test_a_blocked_prompt_is_an_answer_without_candidates_to_googles_client(gateway, do):
    usage = {"promptTokenCount": 3, "totalTokenCount": 3}
    blocked = {"promptFeedback": {"blockReason": "SAFETY"}, "usageMetadata": usage}
    events = [b"data: %b\r\n\r\n" % dump(blocked)]
    gateway.upstreams["gemini"].script(Answer.json(blocked), Answer(200, [("content-type", SSE)], events))
    where = {"url": f"http://127.0.0.1:{gateway.port}", "key": CLIENT_KEY, "model": MODELS["gemini"]}
    client = clients.start("openai-python")
    [seen] = client.do("chat", **where, text="Hi")
    assert seen["finish"] == "content_filter" and not seen["text"]
    client.close()


# OpenAI's and Anthropic's clients.


@stream
@pytest.mark.parametrize("model", ["gemini-3-flash-preview", "gemini-2.5-flash", "vertex"])
@pytest.mark.parametrize("name", ["openai-python", "anthropic-python"])
def test_other_clients_onto_gemini(gateway, name, model, stream):
    surface = name.split("-")[0]
    upstream = gateway.upstreams["vertex" if model == "vertex" else "gemini"]
    where = {"url": f"http://127.0.0.1:{gateway.port}", "key": CLIENT_KEY, "stream": stream, "model": model}
    client = clients.start(name)
    ends = {"openai": ("stop", "tool_calls"), "anthropic": ("end_turn", "tool_use")}[surface]
    [seen] = client.do("chat", **where, text="Hi", system="Be brief", image=f"data:image/png;base64,{PNG}")
    assert (seen["text"], seen["finish"]) == ("You said: Hi", ends[0]) and seen["id"], seen
    [request] = upstream.requests
    assert request.header("x-goog-api-key") == "sk-provider-secret"
    if model == "vertex":
        where_to = "/v1/projects/p-1/locations/europe-west4/publishers/google/models/gemini-3-flash-preview:"
        assert request.path.startswith(where_to), request.path
    results = {"get_weather": "rain", "get_time": "noon"}
    task = {"text": "use the tools", "tools": list(results), "schema": CITY, "results": results}
    first, second = client.do("chat", **where, **task)
    assert first["calls"] == [[tool, {"city": "Oslo"}] for tool in results] and first["finish"] == ends[1], first
    assert "The tool said: " in second["text"] and "noon" in second["text"], second
    got = upstream.requests[-1].json
    assert answered(got) == [("get_weather", "rain"), ("get_time", "noon")]
    calls = [part for part in got["contents"][1]["parts"] if "functionCall" in part]
    # Kept by the client beside its own fields, whichever they are; Gemini 3 refuses a call without.
    want = None if model == "gemini-2.5-flash" else GEMINI_SIGNATURE
    assert calls[0].get("thoughtSignature") == want, calls
    # Ids are documented, and refused here and there: the order tells what is whose.
    assert not any("id" in call["functionCall"] for call in calls)
    client.close()


@stream
def test_thinking_of_gemini_reaches_other_clients(gateway, stream):
    where = {"url": f"http://127.0.0.1:{gateway.port}", "key": CLIENT_KEY, "stream": stream}
    for name in ("openai-python", "anthropic-python"):
        client = clients.start(name)
        [seen] = client.do("chat", **where, model=MODELS["gemini"], text="Hi", thinking=True)
        assert seen["thinking"] == "The user wants an answer.", (name, seen)
        client.close()
