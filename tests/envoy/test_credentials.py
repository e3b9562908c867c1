"""Provider keys reach their provider and nothing else; the client's key reaches nobody."""

import json
import tempfile

import pytest

from rig import CLIENT_KEY, PROVIDER_KEYS, clusters, inject_credential, provider_config, write_secret
from upstream import openai_error

HEADERS = {"openai": "authorization", "anthropic": "x-api-key"}
MODELS = {"openai": "gpt-4o-mini", "anthropic": "claude-haiku-4-5"}
SDS = tempfile.mkdtemp(prefix="postern-sds-")
INLINE = {
    "openai": provider_config("openai", key={"inline": "sk-inline-openai"}),
    "anthropic": provider_config("anthropic", key={"inline": "sk-inline-ant"}),
}
ELSEWHERE = {name: provider_config(name, key=None) for name in HEADERS}


def injected(bootstrap):
    for cluster in clusters(bootstrap):
        inject_credential(cluster, f"{SDS}/{cluster['name']}.json", HEADERS[cluster["name"]])


def sent(rig, provider):
    assert rig.chat(MODELS[provider]).status == 200
    request = rig.upstreams[provider].requests[-1]
    return [pair for pair in request.headers if pair[0] in ("authorization", "x-api-key", "api-key", "x-goog-api-key")]


@pytest.mark.parametrize(
    "provider, value",
    [("openai", f"Bearer {PROVIDER_KEYS['OPENAI_API_KEY']}"), ("anthropic", PROVIDER_KEYS["ANTHROPIC_API_KEY"])],
)
def test_a_key_from_the_environment_shows_nowhere_else(rig, provider, value):
    assert sent(rig, provider) == [(HEADERS[provider], value)]
    assert rig.traces(value.removeprefix("Bearer ")) == []


@pytest.mark.parametrize("provider, value", [("openai", "Bearer sk-inline-openai"), ("anthropic", "sk-inline-ant")])
def test_a_key_in_the_configuration_shows_only_there(rigs, provider, value):
    rig = rigs(providers=INLINE)
    assert sent(rig, provider) == [(HEADERS[provider], value)]
    assert rig.traces(value.removeprefix("Bearer ")) == ["config dump"]


@pytest.mark.parametrize("provider, form", [("openai", "Bearer {}"), ("anthropic", "{}")])
def test_a_key_of_envoys_own_is_rotated_live_and_shows_nowhere(rigs, provider, form):
    for name in HEADERS:
        write_secret(f"{SDS}/{name}.json", form.format("sk-sds-first"))
    rig = rigs(providers=ELSEWHERE, change=injected)
    rig.wait_for("the first key", lambda: sent(rig, provider) == [(HEADERS[provider], form.format("sk-sds-first"))])
    write_secret(f"{SDS}/{provider}.json", form.format("sk-sds-second"))
    rig.wait_for("the second key", lambda: sent(rig, provider) == [(HEADERS[provider], form.format("sk-sds-second"))])
    assert rig.traces("sk-sds-") == []


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("provider", HEADERS)
@pytest.mark.parametrize(
    "place", ["authorization", "x-api-key", "api-key", "x-goog-api-key", "?key", "?api-key", "?k%65y"]
)
def test_the_clients_key_reaches_nobody(rig, provider, place, stream):
    path, headers = "/v1/chat/completions", [(place, CLIENT_KEY)]
    if place.startswith("?"):  # not a place we read, but one that some clients send it in
        path, place = f"{path}{place}={CLIENT_KEY}", "authorization"
    if place == "authorization":
        headers = [(place, f"Bearer {CLIENT_KEY}")]
    body = {"model": MODELS[provider], "messages": [{"role": "user", "content": "Hi"}], "stream": stream}
    reply = rig.ask("POST", path, body, key=None, headers=headers)
    assert reply.status == 200, reply
    assert CLIENT_KEY.encode() not in rig.upstreams[provider].requests[0].raw
    assert rig.traces(CLIENT_KEY) == []


def test_a_key_quoted_in_a_providers_error_is_not_passed_on(rig):
    secret = PROVIDER_KEYS["OPENAI_API_KEY"]
    rig.upstreams["openai"].script(openai_error(401, f"Incorrect API key provided: {secret}", "invalid_request_error"))
    reply = rig.chat()
    assert reply.status >= 400 and secret not in json.dumps(reply.json)
    assert rig.traces(secret) == []
