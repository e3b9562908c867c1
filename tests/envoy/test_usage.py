"""What an exchange took: one record a request, counters per tenant and model, streams and hang-ups included."""

import time

import pytest

from rig import fold_messages, gateway_config, http, send
from upstream import Answer, rate_limited

INPUT, OUTPUT = "gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens"
MODELS = {"openai": "gpt-4o-mini", "anthropic": "claude-haiku-4-5"}


def told(rig, provider, reply_usage):
    """A provider's usage as OpenAI counts: cached tokens within the input."""
    if provider == "openai":
        return reply_usage["prompt_tokens"], reply_usage["completion_tokens"]
    cache = reply_usage["cache_creation_input_tokens"] + reply_usage["cache_read_input_tokens"]
    return reply_usage["input_tokens"] + cache, reply_usage["output_tokens"]


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
@pytest.mark.parametrize("provider", MODELS)
@pytest.mark.parametrize("surface", ["chat", "messages"])
def test_every_exchange_leaves_one_record_and_counts(rig, surface, provider, stream):
    series = {kind: dict(tenant="acme", type=kind) for kind in ("input", "output")}
    before = {kind: rig.metric("gen_ai_client_token_usage", **labels) for kind, labels in series.items()}
    reply = getattr(rig, surface)(MODELS[provider], "Count this text please", stream=stream)
    assert reply.status == 200
    [record] = rig.records()
    assert record["gen_ai.operation.name"] == "chat"
    assert record["gen_ai.provider.name"] == provider
    assert record["gen_ai.request.model"] == MODELS[provider]
    assert record["gen_ai.response.model"].startswith(MODELS[provider])
    assert record["postern.tenant"] == "acme"
    # The scripted providers count four characters a token, plus one; Anthropic's adds 3 + 11 cached, and the system.
    assert (record[INPUT], record[OUTPUT]) == ({"openai": 6, "anthropic": 1 + 6 + 14}[provider], 9)
    after = {kind: rig.metric("gen_ai_client_token_usage", **labels) for kind, labels in series.items()}
    assert {kind: after[kind] - before[kind] for kind in series} == {"input": record[INPUT], "output": record[OUTPUT]}
    if not stream:
        usage = reply.json["usage"]
        assert told(
            rig,
            "openai" if surface == "chat" else "anthropic",
            {"cache_creation_input_tokens": 0, "cache_read_input_tokens": 0} | usage,
        ) == (record[INPUT], record[OUTPUT])
    elif surface == "messages":
        _, _, usage = fold_messages(reply.events)
        assert usage["output_tokens"] == record[OUTPUT]


@pytest.mark.parametrize("provider", MODELS)
def test_usage_on_a_chat_stream_is_for_those_who_asked(rig, provider):
    quiet = rig.chat(MODELS[provider], stream=True)
    told = rig.chat(MODELS[provider], stream=True, stream_options={"include_usage": True})
    assert not [event for event in quiet.events[:-1] if event.get("usage") or not event["choices"]]
    assert told.events[-2]["choices"] == [] and told.events[-2]["usage"]["total_tokens"] > 0
    if provider == "openai":
        assert all(request.json["stream_options"]["include_usage"] for request in rig.upstreams["openai"].requests)


@pytest.mark.parametrize("provider", MODELS)
def test_a_hang_up_is_still_counted_as_an_estimate(rig, provider):
    answer = rig.upstreams[provider].respond

    def slowly(request, keys):
        slow = answer(request, keys)
        return Answer(slow.status, slow.headers, slow.chunks, delay=0.1)

    rig.upstreams[provider].respond = slowly
    try:
        left = rig.chat(MODELS[provider], "many words " * 20, stream=True, leave_after=600)
        assert not left.complete
        [record] = rig.records()
        assert rig.upstreams[provider].hung_up.wait(5), "the provider goes on generating"
    finally:
        rig.upstreams[provider].respond = answer
    assert record["postern.usage.estimated"] is True and record["postern.hung_up"] is True
    assert record[INPUT] > 40 and record[OUTPUT] > 0


def test_reasoning_and_cached_tokens_are_told_apart(rig):
    assert rig.chat(reasoning_effort="low", text="x" * 40).status == 200
    assert rig.messages(text="x" * 40).status == 200
    openai, anthropic = rig.records(2)
    assert openai["gen_ai.usage.reasoning.output_tokens"] == 5
    assert openai["gen_ai.usage.cache_read.input_tokens"] == openai[INPUT] // 2
    assert anthropic["gen_ai.usage.cache_read.input_tokens"] == 11
    assert anthropic["gen_ai.usage.cache_creation.input_tokens"] == 3


def test_the_record_of_a_fallback_names_who_answered(rig):
    rig.upstreams["openai"].script(rate_limited())
    assert rig.chat().status == 200
    [record] = rig.records()
    assert (record["gen_ai.provider.name"], record["gen_ai.request.model"], record["postern.attempts"]) == (
        "anthropic",
        "gpt-4o-mini",
        2,
    )


def test_what_leaves_no_record_leaves_no_line(rig):
    for raw in (http("GET", "/postern/health"), b"GET / HTTP/1.0\r\nhost: x\r\n\r\n", b"no HTTP at all\r\n\r\n"):
        assert send(rig.port, raw).status
    assert rig.chat().status == 200
    [record] = rig.records()
    assert record["http.response.status_code"] == 200 and "-" not in rig.read("access.log").splitlines()


TEXT = b'data: {"model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":"hello"}}]}\n\n'
ERROR = b'data: {"error":{"message":"overloaded","type":"server_error"}}\n\n'


@pytest.mark.parametrize("surface", ["chat", "messages"])
@pytest.mark.parametrize(
    "answer, error",
    [
        (Answer(200, [("content-type", "text/event-stream")], [TEXT, ERROR], delay=0.2), "server"),
        (Answer(200, [("content-type", "text/event-stream"), ("content-length", "999")], [TEXT], cut=True), "stream_cut"),
    ],
    ids=["an error", "a cut"],
)
def test_what_goes_wrong_in_mid_stream_is_the_providers_fault_and_no_hang_up(rigs, surface, answer, error):
    rig = rigs(gateway_config(models=[{"name": "m", "targets": [{"cluster": "openai"}]}]))
    before = rig.metric("postern_errors", source="provider")
    rig.upstreams["openai"].script(answer)
    reply = getattr(rig, surface)("m", stream=True)
    [record] = rig.records()
    assert (reply.status, record["error.type"], record["postern.error_source"]) == (200, error, "provider")
    assert "postern.hung_up" not in record and rig.metric("postern_errors", source="provider") == before + 1


def test_embeddings_are_counted(rig):
    assert (
        rig.ask("POST", "/v1/embeddings", {"model": "text-embedding-3-small", "input": "four words are here"}).status
        == 200
    )
    [record] = rig.records()
    assert record["gen_ai.operation.name"] == "embeddings" and record[INPUT] == 5


def test_names_clients_make_up_do_not_become_metric_labels(rig):
    for number in range(30):
        rig.chat(f"claude-made-up-{number}")
        rig.chat(f"unknown-{number}", key=f"sk-{number}")
    rig.records(60)
    labels = {value for _, pairs in rig.metrics() for name, value in pairs if name in ("model", "tenant", "key")}
    assert not [value for value in labels if "made-up" in value or "unknown-" in value], labels


def test_a_record_is_one_line_whatever_the_client_sends(rig):
    started = time.time()
    rig.chat('bad\nmodel"}{', "x")
    rig.ask("POST", "/v1/chat/completions", b"\xff\xfe{")
    assert len(rig.records(2)) == 2 and time.time() - started < 10
