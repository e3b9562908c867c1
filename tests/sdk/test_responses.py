"""The official OpenAI clients over the Responses API through the real Envoy: onto OpenAI itself, where their bytes pass,
and onto providers of Chat Completions and of Anthropic's Messages, which never saw such a request; and the other
clients onto a provider that has the Responses API alone."""

import json
import pathlib

import pytest

from clients import Raised
from conftest import only
from rig import clone_cluster, gateway_config
from upstream import Answer, anthropic_error, messages, openai_chat, openai_error, openai_responses, rate_limited

FIXTURES = pathlib.Path(__file__).parents[1] / "fixtures" / "openai_responses"
PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
CITY = {
    "type": "object",
    "properties": {"city": {"type": "string"}},
    "required": ["city"],
    "additionalProperties": False,
}
TRIP = CITY | {"properties": {"city": {"type": "string"}, "days": {"type": "integer"}}, "required": ["city", "days"]}
KEY = {"inline": "sk-openai-provider-secret"}

# The cluster, the model that leads there, and where a client of the Responses API is answered.
MODELS = {"openai": "gpt-4o-mini", "compatible": "llama-4", "anthropic": "claude-haiku-4-5"}
PATHS = {"openai": "/v1/responses", "compatible": "/v1/chat/completions", "anthropic": "/v1/messages"}
PROVIDERS = {
    "compatible": {
        "version": 1,
        "provider": {"preset": "openai_compatible", "id": "compatible", "host": "llama.test", "key": KEY},
    },
    "responses": {"version": 1, "provider": {"preset": "openai_responses", "id": "responses", "key": KEY}},
}
GATEWAY = gateway_config(
    models=[
        {"name": "gpt-*", "targets": [{"cluster": "openai"}]},
        {"name": "llama-*", "targets": [{"cluster": "compatible"}]},
        {"name": "claude-*", "targets": [{"cluster": "anthropic"}]},
        {"name": "o3-pro", "targets": [{"cluster": "responses"}]},
    ],
    policies=[],
)


def with_others(bootstrap):
    for name in PROVIDERS:
        cluster = clone_cluster(bootstrap, "openai", name)
        cluster["metadata"]["filter_metadata"]["postern"]["provider"] = name


@pytest.fixture
def gateway(rigs):
    return rigs(GATEWAY, PROVIDERS, change=with_others)


responders = only("openai")
provider = pytest.mark.parametrize("provider", MODELS)
translated = pytest.mark.parametrize("provider", ["compatible", "anthropic"])
stream = pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])

QUESTIONS = {
    "text": ({"text": "Grüße 👋🏽 \u2028", "system": "Be brief"}, {"text": "You said: Grüße 👋🏽 \u2028"}),
    "an image": ({"text": "Look", "image": f"data:image/png;base64,{PNG}"}, {"text": "You said: Look"}),
    "the form of the answer": (
        {"text": "Where to?", "trip": TRIP},
        {"trip": {"city": "Oslo", "days": 7}, "text": '{"city": "Oslo", "days": 7}'},
    ),
}


@responders
@stream
@provider
@pytest.mark.parametrize("question", QUESTIONS)
def test_an_answer_is_what_the_provider_said(gateway, do, provider, stream, question):
    task, expected = QUESTIONS[question]
    [seen] = do("respond", MODELS[provider], stream=stream, temperature=0.5, **task)
    assert seen == seen | expected and seen["finish"] == "completed" and seen["kinds"] == ["message"], seen
    assert seen["id"].startswith("resp_") and all(count is not None for count in seen["usage"])
    assert seen["settings"] == [task.get("system"), 0.5, 0], "an answer repeats its request's settings"
    [request] = gateway.upstreams[provider].requests
    assert request.path == PATHS[provider] and request.json.get("stream", False) == stream
    got = json.dumps(request.json, ensure_ascii=False)
    assert json.dumps(task["text"], ensure_ascii=False) in got
    assert "system" not in task or task["system"] in got
    assert "image" not in task or PNG in got
    assert "trip" not in task or '"required": ["city", "days"]' in got


@responders
@stream
@provider
def test_parallel_tool_calls_and_their_results_make_two_turns(gateway, do, provider, stream):
    results = {"get_weather": "rain", "get_time": "noon"}
    task = {"text": "use the tools", "tools": list(results), "schema": CITY, "results": results}
    first, second = do("respond", MODELS[provider], stream=stream, **task)
    assert first["calls"] == [[name, {"city": "Oslo"}] for name in results] and first["finish"] == "completed", first
    assert second["calls"] == [] and "noon" in second["text"] and second["text"].startswith("The tool said: "), second
    one, two = (request.json for request in gateway.upstreams[provider].requests)
    if provider == "anthropic":
        told = {part["tool_use_id"]: part["content"] for part in two["messages"][2]["content"]}
        asked = {part["id"]: part["name"] for part in two["messages"][1]["content"] if part["type"] == "tool_use"}
    elif provider == "compatible":
        told = {turn["tool_call_id"]: turn["content"] for turn in two["messages"][2:]}
        asked = {call["id"]: call["function"]["name"] for call in two["messages"][1]["tool_calls"]}
    else:
        told = {item["call_id"]: item["output"] for item in two["input"] if item.get("type") == "function_call_output"}
        asked = {item["call_id"]: item["name"] for item in two["input"] if item.get("type") == "function_call"}
    assert len(asked) == 2 and {asked[call]: text for call, text in told.items()} == results


@responders
@stream
def test_thinking_comes_back_to_its_own_provider_with_its_proof(gateway, do, stream):
    task = {"text": "call get_weather", "tools": ["get_weather"], "schema": CITY, "thinking": True}
    for provider in MODELS:
        first, second = do("respond", MODELS[provider], stream=stream, results={"get_weather": "rain"}, **task)
        assert first["thinking"] == second["thinking"] == "The user wants an answer.", provider
        assert first["kinds"][0] == "reasoning" and second["text"] == "The tool said: rain"
        one, two = (request.json for request in gateway.upstreams[provider].requests)
        if provider == "anthropic":
            assert first["signature"] == "anthropic#EqQBCkYscripted=="
            thought = two["messages"][1]["content"][0]
            assert thought["thinking"] == "The user wants an answer." and thought["signature"] == "EqQBCkYscripted=="
        elif provider == "openai":
            assert first["signature"] == "gAAAAscripted=="
            assert two["input"][1]["encrypted_content"] == "gAAAAscripted=="
        else:
            assert not first["signature"] and one["reasoning_effort"] == two["reasoning_effort"] == "low"


@responders
@stream
@provider
def test_an_answer_cut_short_by_the_limit_says_so(do, provider, stream):
    text = "a long text " * 20
    [seen] = do("respond", MODELS[provider], stream=stream, events=True, text=text, max_tokens=16)
    assert seen["finish"] == "max_output_tokens" and seen["text"].startswith("You said: a long"), seen


@responders
@stream
def test_openai_itself_gets_the_clients_bytes_and_the_client_gets_its(gateway, do, stream):
    task = {"text": "Hi", "previous_response_id": "resp_earlier", "store": True}
    [seen] = do("respond", MODELS["openai"], stream=stream, events=True, **task)
    [request] = gateway.upstreams["openai"].requests
    assert request.json["previous_response_id"] == "resp_earlier" and request.json["store"] is True
    assert seen["id"] == "resp_scripted" and request.path == "/v1/responses"
    body = json.dumps(request.json | {"a_new_field": 1.50}, indent=1).encode()
    whole = gateway.ask("POST", "/v1/responses", body)
    again = gateway.upstreams["openai"].requests[-1]
    assert again.body == body
    answers = openai_responses(again.json).chunks
    assert whole.body == b"".join(answers)


@responders
@translated
def test_what_needs_stored_state_is_refused_where_nobody_stored_it(gateway, do, provider):
    with pytest.raises(Raised) as caught:
        do("respond", MODELS[provider], text="Hi", previous_response_id="resp_earlier")
    error = caught.value
    assert "BadRequestError" in error.raised and "previous_response_id: that response is stored" in error.message
    assert not gateway.upstreams[provider].requests
    reply = gateway.ask("POST", "/v1/responses", {"model": MODELS[provider], "input": "Hi", "store": True})
    assert reply.status == 200 and reply.json["store"] is False and reply.header("x-postern-lossy") == "store"


FAILED = [
    ("400", "compatible", openai_error(400, "bad schema", "invalid_request_error"), "BadRequestError", 400),
    ("400", "anthropic", anthropic_error(400, "invalid_request_error", "bad schema"), "BadRequestError", 400),
    ("429", "openai", rate_limited("openai", 17), "RateLimitError", 429),
    ("429", "anthropic", rate_limited("anthropic", 17), "RateLimitError", 429),
    ("500", "compatible", openai_error(500, "The server had an error", "server_error"), "InternalServerError", 500),
    ("529", "anthropic", anthropic_error(529, "overloaded_error", "Overloaded"), "InternalServerError", 529),
    ("html", "anthropic", Answer(502, [("content-type", "text/html")], [b"<html>"]), "InternalServerError", 502),
]


@responders
@stream
@pytest.mark.parametrize(
    "name, provider, answer, kind, status", FAILED, ids=[f"{row[0]} of {row[1]}" for row in FAILED]
)
def test_a_providers_error_is_the_sdks_own_exception(gateway, do, stream, name, provider, answer, kind, status):
    gateway.upstreams[provider].script(*[answer] * 3)  # Envoy tries again
    with pytest.raises(Raised) as caught:
        do("respond", MODELS[provider], text="Hi", stream=stream)
    error = caught.value
    assert kind in error.raised and error.status == status and error.source == "provider", error
    assert error.retry_after == dict(answer.headers).get("retry-after")


@responders
@pytest.mark.parametrize("task", [{"key": "sk-wrong"}, {"model": "no-such-model"}], ids=["key", "model"])
def test_a_refusal_is_the_sdks_own_exception(do, task):
    with pytest.raises(Raised) as caught:
        do("respond", **({"model": "gpt-4o-mini", "text": "Hi"} | task))
    kind = "AuthenticationError" if "key" in task else "NotFoundError"
    assert kind in caught.value.raised and caught.value.source == "client"


def begun(provider):
    """A stream until the provider is about to say why it ends."""
    said = {"model": "m", "max_tokens": 99, "stream": True, "messages": [{"role": "user", "content": "A few words"}]}
    make, end = {
        "openai": (openai_responses, b"event: response.output_text.done"),
        "compatible": (openai_chat, b'"finish_reason":"stop"'),
        "anthropic": (messages, b"event: message_delta"),
    }[provider]
    whole = b"".join(make(said | {"input": "A few words"}).chunks)
    at = whole.index(end)
    return whole[: whole.rindex(b"\n\n", 0, at) + 2]


ERRORS = {
    "openai": b'event: error\ndata: {"type":"error","sequence_number":9,"error":{"type":"server_error","code":null,'
    b'"message":"Overloaded","param":null}}\n\n',
    "compatible": b'data: {"error":{"message":"Overloaded","type":"server_error","code":null}}\n\n',
    "anthropic": b'event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}\n\n',
}
ENDS = {
    "an error": lambda provider: Answer.stream(begun(provider) + ERRORS[provider], [50]),
    "a clean early end": lambda provider: Answer.stream(begun(provider), [50]),
    "inside an event": lambda provider: Answer.stream(begun(provider)[:-9], [50]),
    "an error at once": lambda provider: Answer.stream(ERRORS[provider]),
}


@responders
@provider
@pytest.mark.parametrize("end", ENDS)
def test_a_stream_that_breaks_raises(gateway, do, provider, end):
    gateway.upstreams[provider].script(*[ENDS[end](provider)] * 3)
    with pytest.raises(Raised) as caught:
        do("respond", MODELS[provider], text="Hi", stream=True)
    error = caught.value
    assert {"APIError", "OpenAIError"} & set(error.raised), error
    if "error" in end:
        assert "Overloaded" in error.message
    if end == "an error at once":
        assert "InternalServerError" in error.raised and error.status >= 500


# The other clients, and OpenAI's own over Chat Completions, onto the Responses API alone.

ENDINGS = {"openai": {"stop": "stop", "tools": "tool_calls"}, "anthropic": {"stop": "end_turn", "tools": "tool_use"}}


@stream
def test_other_clients_reach_a_provider_of_the_responses_api(client, gateway, do, stream):
    results = {"get_weather": "rain", "get_time": "noon"}
    task = {"text": "use the tools", "system": "Be brief", "tools": list(results), "schema": CITY, "results": results}
    first, second = do("chat", "o3-pro", stream=stream, **task)
    assert first["calls"] == [[name, {"city": "Oslo"}] for name in results], first
    assert first["finish"] == ENDINGS[client.surface]["tools"]
    assert second["finish"] == ENDINGS[client.surface]["stop"] and second["text"] == "The tool said: rain noon"
    one, two = (request.json for request in gateway.upstreams["responses"].requests)
    assert gateway.upstreams["responses"].requests[0].path == "/v1/responses"
    assert one["instructions"] == "Be brief" and one["store"] is False
    assert [tool["name"] for tool in one["tools"]] == list(results)
    kinds = [item["type"] for item in two["input"]]
    assert kinds == ["message", *["function_call"] * 2, *["function_call_output"] * 2]


@stream
def test_reasoning_of_the_responses_api_comes_back_through_any_client(client, gateway, do, stream):
    task = {"text": "call get_weather", "tools": ["get_weather"], "schema": CITY, "thinking": True}
    first, second = do("chat", "o3-pro", stream=stream, results={"get_weather": "rain"}, **task)
    assert first["thinking"] == "The user wants an answer." and first["signature"] == "openai#gAAAAscripted==", first
    assert second["text"] == "The tool said: rain"
    _, two = (request.json for request in gateway.upstreams["responses"].requests)
    thought = next(item for item in two["input"] if item["type"] == "reasoning")
    assert thought["encrypted_content"] == "gAAAAscripted=="
    assert [part["text"] for part in thought["summary"]] == ["The user wants an answer."]


def recorded():
    return sorted(path.with_suffix("") for path in FIXTURES.glob("*.sse") if path.with_suffix(".json").exists())


@pytest.mark.parametrize("path", recorded(), ids=lambda path: path.name)
def test_a_recorded_stream_folds_in_the_sdk_to_the_whole_answer(client, gateway, do, path):
    whole, pieces = (path.with_suffix(suffix).read_bytes() for suffix in (".json", ".sse"))
    # The helper of OpenAI's Python client throws at a finish reason of length.
    throws = (client.name, path.name) == ("openai-python", "incomplete")
    acts = [] if throws else [("chat", "o3-pro", "responses")]
    acts += [("respond", "gpt-4o-mini", "openai")] if client.surface == "openai" else []
    for act, model, cluster in acts:
        gateway.upstreams[cluster].script(Answer(chunks=[whole]), Answer.stream(pieces, [100] * 200))
        seen, folded = (
            do(act, model, text="Hi", stream=stream, events=True)[0] for stream in (False, True)
        )
        assert folded == seen, act
        assert seen["calls"] or seen["text"] or "refusal" in path.name
