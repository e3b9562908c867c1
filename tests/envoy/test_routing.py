"""The model in the body chooses the provider; Envoy's retries become fallback, each attempt made afresh."""
import pytest

from rig import CLIENT_KEY, PROVIDER_KEYS, clone_cluster, fold_chat, gateway_config, route
from upstream import Answer, anthropic_error, openai_error, rate_limited

ROUTES = gateway_config(models=[
    {"name": "fast", "targets": [{"cluster": "openai", "model": "gpt-4o-mini"}]},
    {"name": "smart", "targets": [{"cluster": "anthropic", "model": "claude-opus-4-5"}]},
    {"name": "gpt-*", "targets": [{"cluster": "openai"}]},
    {"name": "gpt-4o-mini", "targets": [{"cluster": "openai"}, {"cluster": "anthropic", "model": "claude-haiku-4-5"}]},
    {"name": "claude-*", "targets": [{"cluster": "anthropic"}]},
    {"name": "claude-haiku-4-5", "targets": [{"cluster": "anthropic"}, {"cluster": "openai", "model": "gpt-4o-mini"}]},
])


@pytest.mark.parametrize("asked, cluster, sent", [
    ("fast", "openai", "gpt-4o-mini"), ("smart", "anthropic", "claude-opus-4-5"), ("gpt-5-nano", "openai", "gpt-5-nano"),
    ("claude-3-5-sonnet", "anthropic", "claude-3-5-sonnet")])
def test_the_model_in_the_body_chooses_the_provider(rigs, asked, cluster, sent):
    rig = rigs(ROUTES)
    for ask in (rig.chat, rig.messages):
        assert ask(asked).status == 200
        assert rig.upstreams[cluster].requests.pop().json["model"] == sent


def impatient(bootstrap):
    route(bootstrap)["retry_policy"]["per_try_timeout"] = "0.5s"


# What the first provider does. None: its port is closed.
FAILURES = {
    "429": lambda dialect: rate_limited(dialect), "500": lambda _: openai_error(500, "oops", "server_error"),
    "503": lambda _: Answer(503, [("content-type", "text/plain")], [b"no healthy upstream"]),
    "529": lambda _: anthropic_error(529, "overloaded_error", "Overloaded"),
    "refused": None, "reset": lambda _: Answer(0), "silence": lambda _: Answer.json({}, before=2),
}
ORDERS = {"openai first": ("gpt-4o-mini", "openai", "anthropic"), "anthropic first": ("claude-haiku-4-5", "anthropic", "openai")}
LEFTOVERS = [CLIENT_KEY, "x-envoy-", "x-postern-", "x-stainless-", "cookie", "openai-organization", "session=1"]


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
@pytest.mark.parametrize("failure", FAILURES)
@pytest.mark.parametrize("model, first, second", ORDERS.values(), ids=ORDERS)
def test_the_second_provider_answers_and_sees_nothing_of_the_first(rigs, model, first, second, failure, stream):
    rig = rigs(ROUTES, change=impatient)
    headers = [("cookie", "session=1"), ("openai-organization", "org-1"), ("x-stainless-lang", "python")]

    def check():
        reply = rig.chat(model, "Anybody?", stream=stream, headers=headers)
        assert reply.status == 200 and reply.complete, reply
        message = fold_chat(reply.events)[0] if stream else reply.json["choices"][0]["message"]
        assert message["content"] == "You said: Anybody?"
        [request] = rig.upstreams[second].requests
        assert request.path == {"openai": "/v1/chat/completions", "anthropic": "/v1/messages"}[second]
        wrong = PROVIDER_KEYS[f"{first.upper()}_API_KEY"]
        raw = request.raw.decode().lower()
        assert [text for text in (wrong, *LEFTOVERS) if text in raw] == []
        own = {"openai": ("authorization", f"Bearer {PROVIDER_KEYS['OPENAI_API_KEY']}"),
               "anthropic": ("x-api-key", PROVIDER_KEYS["ANTHROPIC_API_KEY"])}
        credentials = [pair for pair in request.headers if pair[0] in ("authorization", "x-api-key", "api-key", "x-goog-api-key")]
        assert credentials == [own[second]]
        hosts = [value for name, value in request.headers if name in ("host", "content-length", "transfer-encoding")]
        assert len(hosts) == 2 and (first == "openai") == ("anthropic-version" in raw)

    if FAILURES[failure] is None:
        with rig.upstreams[first].refused():
            check()
    else:
        rig.upstreams[first].script(FAILURES[failure](first))
        check()
        assert len(rig.upstreams[first].requests) == 1


def test_an_error_in_the_first_event_of_a_stream_is_retried(rigs):
    rig = rigs(ROUTES)
    event = b'event: error\ndata: {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}\n\n'
    rig.upstreams["anthropic"].script(Answer.stream(event))
    reply = rig.messages("claude-haiku-4-5", stream=True)
    assert reply.status == 200 and reply.events[-1]["type"] == "message_stop"
    assert len(rig.upstreams["openai"].requests) == 1


def test_a_client_error_is_not_retried(rigs):
    rig = rigs(ROUTES)
    rig.upstreams["openai"].script(openai_error(400, "bad", "invalid_request_error"))
    assert rig.chat("gpt-4o-mini").status == 400
    assert not rig.upstreams["anthropic"].requests


@pytest.mark.parametrize("surface", ["chat", "messages"])
def test_when_every_provider_fails_the_client_reads_it_in_its_own_format(rigs, surface):
    rig = rigs(ROUTES)
    with rig.upstreams["openai"].refused(), rig.upstreams["anthropic"].refused():
        reply = getattr(rig, surface)("gpt-4o-mini")
    assert reply.status == 503 and reply.json["error"]["message"] and reply.json["error"]["type"]
    assert (reply.json.get("type") == "error") == (surface == "messages")


def third_account(bootstrap):
    clone_cluster(bootstrap, "openai", "openai-backup")


def test_a_chain_of_three_is_walked_in_order(rigs):
    rig = rigs(gateway_config(models=[{"name": "any", "targets": [
        {"cluster": "openai", "model": "a"}, {"cluster": "anthropic", "model": "b"}, {"cluster": "openai-backup", "model": "c"}]}]),
        change=third_account)
    rig.upstreams["openai"].script(rate_limited())
    rig.upstreams["anthropic"].script(rate_limited("anthropic"))
    assert rig.chat("any").status == 200
    assert [rig.upstreams[name].requests[0].json["model"] for name in ("openai", "anthropic", "openai-backup")] == ["a", "b", "c"]


def test_a_large_prompt_is_sent_whole_to_both(rigs):
    rig = rigs(ROUTES)
    rig.upstreams["openai"].script(rate_limited())
    text = "word " * 1_000_000
    assert rig.chat("gpt-4o-mini", text).status == 200
    assert rig.upstreams["anthropic"].requests[0].json["messages"][0]["content"] in (text, [{"type": "text", "text": text}])


def test_a_stream_longer_than_envoys_usual_15_seconds_is_not_cut(rig):
    stream = [b'data: {"id":"x","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":'
              b'{"content":"tick"},"finish_reason":null}]}\n\n'] * 5
    end = b'data: {"id":"x","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n'
    rig.upstreams["openai"].script(Answer(200, [("content-type", "text/event-stream")], [*stream, end + b"data: [DONE]\n\n"], delay=3.2))
    reply = rig.chat(stream=True)
    assert reply.complete and reply.events[-1] == "[DONE]" and reply.chunks[-1][0] > 15
