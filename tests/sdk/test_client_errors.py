"""Errors reach the users of the official clients as the SDK's own exceptions, and no stream ends silently."""

import json

import pytest

from clients import Raised
from conftest import NARROW_KEY, only
from upstream import Answer, anthropic_error, messages, openai_chat, openai_error, rate_limited

MODELS = {"openai": "gpt-4o-mini", "anthropic": "claude-haiku-4-5"}
HTML = Answer(502, [("content-type", "text/html")], [b"<html><body>Bad gateway</body></html>"])

# What goes wrong before the provider: name, task, exception, status, whose fault, a word of the message.
REFUSED = [
    ("a wrong key", {"key": "sk-wrong"}, "AuthenticationError", 401, "client", "key"),
    ("a model not allowed", {"key": NARROW_KEY}, "PermissionDeniedError", 403, "gateway-policy", "may not use"),
    ("an unknown model", {"model": "no-such-model"}, "NotFoundError", 404, "client", "no-such-model"),
    ("no model", {"model": ""}, "BadRequestError", 400, "client", "model"),
]

# What a provider answers: name, provider, answer, exception of OpenAI's clients, of Anthropic's, status.
FAILED = [
    ("400", "openai", openai_error(400, "bad schema", "invalid_request_error"), "BadRequestError", None, 400),
    ("400", "anthropic", anthropic_error(400, "invalid_request_error", "bad schema"), "BadRequestError", None, 400),
    ("404", "anthropic", anthropic_error(404, "not_found_error", "no model"), "NotFoundError", None, 404),
    ("422", "openai", openai_error(422, "cannot", "invalid_request_error"), "UnprocessableEntityError", None, 422),
    ("429", "openai", rate_limited("openai", 17), "RateLimitError", None, 429),
    ("429", "anthropic", rate_limited("anthropic", 17), "RateLimitError", None, 429),
    ("500", "openai", openai_error(500, "The server had an error", "server_error"), "InternalServerError", None, 500),
    ("500", "anthropic", anthropic_error(500, "api_error", "Internal error"), "InternalServerError", None, 500),
    ("503", "openai", openai_error(503, "Overloaded", "server_error"), "InternalServerError", None, 503),
    ("html", "openai", HTML, "InternalServerError", None, 502),
    ("html", "anthropic", HTML, "InternalServerError", None, 502),
    (
        "overloaded",
        "anthropic",
        anthropic_error(529, "overloaded_error", "Overloaded"),
        "InternalServerError",
        "OverloadedError",
        529,
    ),
]
stream = pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])


@stream
@pytest.mark.parametrize("name, task, kind, status, source, word", REFUSED, ids=[row[0] for row in REFUSED])
def test_a_refusal_is_the_sdks_own_exception(gateway, do, stream, name, task, kind, status, source, word):
    for model in MODELS.values():
        with pytest.raises(Raised) as caught:
            do("chat", **({"model": model, "text": "Hi", "stream": stream} | task))
        error = caught.value
        assert kind in error.raised and error.status == status and word in error.message, error
        assert error.source == source
    assert not any(upstream.requests for upstream in gateway.upstreams.values())


@stream
@pytest.mark.parametrize(
    "name, provider, answer, kind, own, status", FAILED, ids=[f"{row[0]} of {row[1]}" for row in FAILED]
)
def test_a_providers_error_is_the_sdks_own_exception(
    client, gateway, do, stream, name, provider, answer, kind, own, status
):
    gateway.upstreams[provider].script(*[answer] * 3)  # Envoy tries again
    with pytest.raises(Raised) as caught:
        do("chat", MODELS[provider], text="Hi", stream=stream)
    error = caught.value
    kind = own if own and client.surface == "anthropic" else kind
    assert kind in error.raised and error.status == status and error.source == "provider", error
    if answer is not HTML:
        said = answer.chunks[0].decode().split('"message":"')[1].split('"')[0]
        assert said in error.message
    assert error.retry_after == dict(answer.headers).get("retry-after")


def begun(provider):
    """A stream's text until the provider is about to say why it ends."""
    asked = {"model": "m", "max_tokens": 99, "stream": True, "messages": [{"role": "user", "content": "A few words"}]}
    whole = b"".join({"openai": openai_chat, "anthropic": messages}[provider](asked).chunks)
    end = whole.index({"openai": b'"finish_reason":"stop"', "anthropic": b"event: message_delta"}[provider])
    return whole[: whole.rindex(b"\n\n", 0, end) + 2]


ERRORS = {
    "openai": b'data: {"error":{"message":"Overloaded","type":"server_error","code":null}}\n\n',
    "anthropic": b'event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}\n\n',
}
ENDS = {
    "an error": lambda provider: Answer.stream(begun(provider) + ERRORS[provider], [50]),
    "a clean early end": lambda provider: Answer.stream(begun(provider), [50]),
    "inside an event": lambda provider: Answer.stream(begun(provider)[:-9], [50]),
    "a reset": lambda provider: Answer.stream(begun(provider), [50], cut=True),
    "an error at once": lambda provider: Answer.stream(ERRORS[provider]),
}


@pytest.mark.parametrize("provider", MODELS)
@pytest.mark.parametrize("end", ENDS)
def test_a_stream_that_breaks_raises(client, gateway, do, provider, end):
    gateway.upstreams[provider].script(*[ENDS[end](provider)] * 3)
    with pytest.raises(Raised) as caught:
        do("chat", MODELS[provider], text="Hi", stream=True)
    error = caught.value
    assert {"APIError", "AnthropicError", "OpenAIError"} & set(error.raised) or end == "a reset", error
    if "error" in end:
        assert "Overloaded" in error.message
    if end == "an error at once":
        assert "InternalServerError" in error.raised and error.status >= 500


def test_what_the_gateway_does_not_serve_is_not_found(gateway, do):
    with pytest.raises(Raised) as caught:
        do("elsewhere", text="Hi")
    error = caught.value
    assert "NotFoundError" in error.raised and error.status == 404 and "/v1/" in error.message, error
    with pytest.raises(Raised) as caught:
        do("model", "no-such-model")
    assert "NotFoundError" in caught.value.raised and "no-such-model" in caught.value.message


@only("openai")
@pytest.mark.parametrize("provider", MODELS)
def test_an_answer_cut_short_by_the_limit_cannot_be_parsed(do, provider):
    trip = {"type": "object", "properties": {"city": {"type": "string"}, "days": {"type": "integer"}}}
    with pytest.raises(Raised) as caught:
        do("chat", MODELS[provider], text="Where to?", trip=trip, max_tokens=1)
    assert "LengthFinishReasonError" in caught.value.raised


@only("openai")
def test_embeddings_that_a_provider_does_not_have_are_refused(gateway, do):
    refused(gateway, "anthropic", "embeddings", lambda: do("embed", "claude-haiku-4-5", input="Hi"))


def refused(gateway, provider, operation, ask):
    """The provider is not asked, the client hears why, and the record says whose fault it was."""
    with pytest.raises(Raised) as caught:
        ask()
    error = caught.value
    assert "BadRequestError" in error.raised and error.source == "client", error
    assert f"provider {provider} has no {operation}" in error.message
    assert not gateway.upstreams[provider].requests

    def record():
        # The records of a test before may still be coming: its clients did not wait for them.
        rows = map(json.loads, gateway.read("access.log").splitlines()[gateway.seen :])
        ours = ({"gen_ai.operation.name": operation, "postern.error_source": "client"}).items()
        return next((row for row in rows if ours <= row.items()), None)

    gateway.wait_for("the record", record)
