"""What the users of the official clients see through the real Envoy: both surfaces onto both providers.

Every question is asked by every client of every provider, whole and streamed with the SDK's own accumulator. What the
client's user sees is compared, and what the provider got.
"""

import json
import pathlib

import pytest

import clients
from conftest import CLIENT_KEY, only
from upstream import Answer

FIXTURES = pathlib.Path(__file__).parents[1] / "fixtures"
PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
CITY = {
    "type": "object",
    "properties": {"city": {"type": "string"}},
    "required": ["city"],
    "additionalProperties": False,
}
TRIP = CITY | {"properties": {"city": {"type": "string"}, "days": {"type": "integer"}}, "required": ["city", "days"]}
MODELS = {"openai": "gpt-4o-mini", "anthropic": "claude-haiku-4-5"}
PATHS = {"openai": "/v1/chat/completions", "anthropic": "/v1/messages"}
ENDS = {"openai": {"stop": "stop", "tools": "tool_calls"}, "anthropic": {"stop": "end_turn", "tools": "tool_use"}}

provider = pytest.mark.parametrize("provider", MODELS)
stream = pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])


def parts(got, turn, kind=None):
    """The parts of one message, of one kind if given."""
    content = got["messages"][turn]["content"]
    return [part for part in content if isinstance(part, dict) and kind in (None, part["type"])]


def roles(got):
    return [message["role"] for message in got["messages"]]


def calls_are_answered_by_id(got, results):
    """Both calls and both results are there, tied by their ids, each provider's way."""
    if "tool" in roles(got):
        assert roles(got) == ["user", "assistant", "tool", "tool"]
        calls = got["messages"][1]["tool_calls"]
        assert [json.loads(call["function"]["arguments"]) for call in calls] == [{"city": "Oslo"}] * 2
        asked = {call["id"]: call["function"]["name"] for call in calls}
        told = {turn["tool_call_id"]: turn["content"] for turn in got["messages"][2:]}
    else:
        assert roles(got) == ["user", "assistant", "user"]
        assert [part["type"] for part in parts(got, 2)] == ["tool_result"] * 2, "results of one turn share a turn"
        calls = parts(got, 1, "tool_use")
        assert [call["input"] for call in calls] == [{"city": "Oslo"}] * 2
        asked = {call["id"]: call["name"] for call in calls}
        told = {
            part["tool_use_id"]: part["content"] if isinstance(part["content"], str) else part["content"][0]["text"]
            for part in parts(got, 2)
        }
    return len(asked) == 2 and {asked[call]: text for call, text in told.items()} == results


# What is asked; what the client's user sees at the end; what OpenAI and what Anthropic must have got last.
QUESTIONS = {
    "text": (
        {"text": "Grüße 👋🏽 \u2028", "system": "Be brief", "max_tokens": 300},
        {"text": "You said: Grüße 👋🏽 \u2028"},
        lambda got: (
            roles(got)[0] in ("system", "developer")
            and "Be brief" in str(got["messages"][0])
            and roles(got)[1:] == ["user"]
            and got.get("max_completion_tokens", got.get("max_tokens")) == 300
        ),
        lambda got: "Be brief" in str(got["system"]) and roles(got) == ["user"] and got["max_tokens"] == 300,
    ),
    "an image": (
        {"text": "Look", "image": f"data:image/png;base64,{PNG}"},
        {"text": "You said: Look"},
        lambda got: parts(got, 0, "image_url")[0]["image_url"]["url"] == f"data:image/png;base64,{PNG}",
        lambda got: (
            parts(got, 0, "image")[0]["source"] == {"type": "base64", "media_type": "image/png", "data": PNG}
        ),
    ),
    "an image by its address": (
        {"text": "Look", "image": "https://example.com/a.png"},
        {"text": "You said: Look"},
        lambda got: parts(got, 0, "image_url")[0]["image_url"]["url"] == "https://example.com/a.png",
        lambda got: parts(got, 0, "image")[0]["source"] == {"type": "url", "url": "https://example.com/a.png"},
    ),
    "the form of the answer": (
        {"text": "Where to?", "trip": TRIP},
        {"trip": {"city": "Oslo", "days": 7}, "text": '{"city": "Oslo", "days": 7}'},
        lambda got: (
            got["response_format"]["type"] == "json_schema"
            and set(got["response_format"]["json_schema"]["schema"]["required"]) == {"city", "days"}
        ),
        lambda got: (
            got["output_config"]["format"]["type"] == "json_schema"
            and set(got["output_config"]["format"]["schema"]["required"]) == {"city", "days"}
        ),
    ),
}


@stream
@provider
@pytest.mark.parametrize("question", QUESTIONS)
def test_an_answer_is_what_the_provider_said(client, gateway, do, provider, stream, question):
    task, expected, *got = QUESTIONS[question]
    [seen] = do("chat", MODELS[provider], stream=stream, **task)
    assert seen == seen | expected and seen["finish"] == ENDS[client.surface]["stop"] and seen["id"], seen
    [request] = gateway.upstreams[provider].requests
    assert request.path == PATHS[provider] and request.json.get("stream", False) == stream
    assert got[list(MODELS).index(provider)](request.json), request.json


@stream
@provider
def test_parallel_tool_calls_and_their_results_make_two_turns(client, gateway, do, provider, stream):
    results = {"get_weather": "rain", "get_time": "noon"}
    task = {"text": "use the tools", "tools": list(results), "schema": CITY, "results": results}
    first, second = do("chat", MODELS[provider], stream=stream, **task)
    assert first["calls"] == [[name, {"city": "Oslo"}] for name in results], first
    assert first["finish"] == ENDS[client.surface]["tools"]
    assert second["calls"] == [] and second["finish"] == ENDS[client.surface]["stop"]
    assert second["text"] == {"openai": "The tool said: noon", "anthropic": "The tool said: rain noon"}[provider]
    one, two = (request.json for request in gateway.upstreams[provider].requests)
    tools = [tool.get("function", tool) for tool in one["tools"]]
    assert [tool["name"] for tool in tools] == list(results)
    assert [tool.get("parameters", tool.get("input_schema")) for tool in tools] == [CITY] * 2
    assert calls_are_answered_by_id(two, results), two


@stream
@provider
def test_thinking_comes_back_to_its_own_provider_with_its_signature(client, gateway, do, provider, stream):
    task = {"text": "call get_weather", "tools": ["get_weather"], "schema": CITY, "thinking": True}
    model = {"openai": "gpt-5-mini", "anthropic": "claude-haiku-4-5"}[provider]
    first, second = do("chat", model, stream=stream, results={"get_weather": "rain"}, **task)
    assert first["thinking"] == second["thinking"] == "The user wants an answer."
    assert second["text"] == "The tool said: rain"
    one, two = (request.json for request in gateway.upstreams[provider].requests)
    if provider == "anthropic":
        assert first["signature"] == "EqQBCkYscripted=="
        assert one["thinking"] == {"type": "enabled", "budget_tokens": 1024} == two["thinking"]
        thought = {"type": "thinking", "thinking": "The user wants an answer.", "signature": "EqQBCkYscripted=="}
        assert {name: parts(two, 1)[0].get(name) for name in thought} == thought
        assert [part["type"] for part in parts(two, 1)] == ["thinking", "text", "tool_use"]
    else:
        assert not first["signature"], "OpenAI signs nothing"
        assert one["reasoning_effort"] == two["reasoning_effort"] == "low"
        assert two["messages"][1]["tool_calls"] and "thinking_blocks" not in json.dumps(two)


def recorded():
    """Each client with each recorded answer that is translated for it, and with those of its own provider. What other
    servers say in its own format reaches a client byte for byte, and is between the two."""
    for client in clients.NAMES:
        for path in sorted([*FIXTURES.glob("openai_chat/*.sse"), *FIXTURES.glob("anthropic_messages/*.sse")]):
            provider = "openai" if path.parent.name == "openai_chat" else "anthropic"
            own = path.stem == "openai_tools" or provider == "anthropic"
            # The helper of OpenAI's Python client throws at a finish reason of content_filter.
            throws = (client, path.stem) == ("openai-python", "refusal")
            if path.with_suffix(".json").exists() and (own or not client.startswith(provider)) and not throws:
                yield pytest.param(client, provider, path.with_suffix(""), id=f"{client}-{path.stem}")


# Input, cached and output as OpenAI's clients count them, where the input holds the cached; for Anthropic's the input
# holds neither what was written to the cache, the second number, nor what was read from it, the third.
USAGE = {
    "openai_tools": {"openai": [82, 64, 35], "anthropic": [18, 0, 64, 35]},
    "thinking_tools": {"openai": [2311, 300, 120], "anthropic": [11, 2000, 300, 120]},
}


@pytest.mark.parametrize("client, provider, path", list(recorded()), indirect=["client"])
def test_a_stream_folds_in_the_sdk_to_the_whole_answer(client, gateway, do, provider, path):
    whole, pieces = (path.with_suffix(suffix).read_bytes() for suffix in (".json", ".sse"))
    gateway.upstreams[provider].script(Answer(chunks=[whole]), Answer.stream(pieces, [100] * 200))
    seen, folded = (do("chat", MODELS[provider], text="Hi", stream=stream)[0] for stream in (False, True))
    assert folded == seen and (seen["calls"] or seen["text"])
    if path.stem in USAGE:
        assert [count or 0 for count in seen["usage"]] == USAGE[path.stem][client.surface]


@provider
def test_answers_tell_who_gave_them(do, provider):
    seen = do("headers", MODELS[provider], text="Hi")
    headers = {name.lower(): value for name, value in seen["headers"].items()}
    assert headers["x-postern-provider"] == provider and headers["x-postern-attempts"] == "1"
    answered = {"openai": "gpt-4o-mini-2024-07-18", "anthropic": "claude-haiku-4-5"}[provider]
    assert headers["x-postern-model"] in (answered, MODELS[provider])
    assert seen["request_id"] == "req_scripted"


def test_models_are_listed_and_found(do):
    listed = ["gpt-4o-mini", "claude-haiku-4-5", "text-embedding-3-small"]
    assert do("models") == {"listed": listed, "one": "gpt-4o-mini"}
    assert do("model", "claude-haiku-4-5") == "claude-haiku-4-5"


@only("openai")
@pytest.mark.parametrize("encoding", [None, "base64", "float"])
def test_embeddings_are_numbers_whatever_the_encoding(gateway, do, encoding):
    how = {"encoding_format": encoding} if encoding else {}
    seen = do("embed", "text-embedding-3-small", input=["one", "two"], dimensions=4, **how)
    [request] = gateway.upstreams["openai"].requests
    # Both SDKs ask for base64 where their user asks for nothing, and decode it.
    assert request.path == "/v1/embeddings" and request.json["encoding_format"] == (encoding or "base64")
    assert request.json["input"] == ["one", "two"] and request.json["dimensions"] == 4 and seen["tokens"] == 2
    if encoding == "base64":  # asked for by name it is the user's to decode
        return
    assert [len(vector) for vector in seen["vectors"]] == [4, 4] and seen["vectors"][0] != seen["vectors"][1]
    assert all(-0.5 <= number < 0.5 for vector in seen["vectors"] for number in vector)


@only("anthropic")
def test_tokens_are_counted_where_the_provider_can(gateway, do):
    assert do("count", "claude-haiku-4-5", text="How many are these?") == 5
    [request] = gateway.upstreams["anthropic"].requests
    assert request.path == "/v1/messages/count_tokens" and "max_tokens" not in request.json


@only("anthropic")
def test_tokens_that_a_provider_does_not_count_are_guessed(gateway, do):
    assert 0 < do("count", "gpt-4o-mini", text="How many are these?") < 20
    assert not gateway.upstreams["openai"].requests


@only("python")
@provider
def test_async_clients_see_the_same(client, gateway, provider):
    where = {"url": f"http://127.0.0.1:{gateway.port}", "key": CLIENT_KEY, "model": MODELS[provider]}
    whole, streamed = client.do_async(**where, text="Hi")
    assert whole["text"] == streamed["text"] == "You said: Hi"
    assert whole["finish"] == streamed["finish"] == ENDS[client.surface]["stop"]
