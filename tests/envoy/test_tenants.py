"""Who asks: keys, tenants, what they may use, and refusals in the caller's own format."""

import hashlib
import json

import pytest

from rig import CLIENT_KEY, connection_manager, gateway_config
from upstream import openai_error


def key(name):
    return {"id": name, "sha256": hashlib.sha256(f"sk-{name}".encode()).hexdigest()}


TENANTS = gateway_config(
    tenants=[
        {"id": "acme", "keys": [key("one"), key("two")], "models": ["gpt-*"], "tags": {"team": "search"}},
        {"id": "umbrella", "keys": [key("three")], "models": ["*"]},
    ]
)


@pytest.mark.parametrize(
    "place, value",
    [
        ("authorization", "Bearer {}"),
        ("authorization", "bearer {}"),
        ("x-api-key", "{}"),
        ("api-key", "{}"),
        ("x-goog-api-key", "{}"),
    ],
)
@pytest.mark.parametrize("surface", ["chat", "messages"])
def test_a_key_is_taken_from_each_usual_place(rig, surface, place, value):
    assert getattr(rig, surface)(key=None, headers=[(place, value.format(CLIENT_KEY))]).status == 200


# Name, what differs from a good request, status, word in the code or type.
REFUSALS = [
    ("no key", {"key": None}, 401),
    ("an unknown key", {"key": "sk-nobody"}, 401),
    ("an empty key", {"key": ""}, 401),
    ("a key cut short", {"key": "sk-on"}, 401),
    ("the hash instead of the key", {"key": key("one")["sha256"]}, 401),
    ("a scheme that is not Bearer", {"key": None, "headers": [("authorization", "Basic c2stb25l")]}, 401),
    ("a model the tenant may not use", {"key": "sk-one", "model": "claude-haiku-4-5"}, 403),
    ("a model nobody has", {"key": "sk-three", "model": "no-such-model"}, 404),
]


@pytest.mark.parametrize("name, change, status", REFUSALS, ids=[row[0] for row in REFUSALS])
@pytest.mark.parametrize("surface", ["chat", "messages"])
def test_a_refusal_speaks_the_callers_format(rigs, surface, name, change, status):
    rig = rigs(TENANTS)
    reply = getattr(rig, surface)(**({"model": "gpt-4o-mini"} | change))
    kinds = {401: "authentication_error", 403: "permission_error", 404: "not_found_error"}
    error = reply.json["error"]
    assert reply.status == status and error["message"], reply
    if surface == "messages":
        assert reply.json["type"] == "error" and error["type"] == kinds[status]
    else:
        assert error["code"] and "param" in error
    assert "sk-" not in error["message"] and not any(upstream.requests for upstream in rig.upstreams.values())


@pytest.mark.parametrize(
    "method, path, status",
    [
        ("POST", "/v1/nothing", 404),
        ("GET", "/v1/chat/completions", 405),
        ("DELETE", "/v1/models", 405),
        ("POST", "/", 404),
    ],
)
def test_an_unknown_path_or_method_is_refused(rig, method, path, status):
    reply = rig.ask(method, path)
    assert reply.status == status and reply.json["error"]["message"]


def test_each_tenant_sees_its_own_models(rigs):
    rig = rigs(TENANTS)
    listed = {
        name: [model["id"] for model in rig.ask("GET", "/v1/models", key=name).json["data"]]
        for name in ("sk-one", "sk-three")
    }
    assert "gpt-4o-mini" in listed["sk-one"] and not [name for name in listed["sk-one"] if name.startswith("claude")]
    assert set(listed["sk-one"]) <= set(listed["sk-three"])


def test_the_record_names_tenant_and_key(rigs):
    rig = rigs(TENANTS)
    for name in ("sk-one", "sk-two", "sk-three"):
        assert rig.chat(key=name).status == 200
    records = rig.records(3)
    assert [(record["postern.tenant"], record["postern.key"]) for record in records] == [
        ("acme", "one"),
        ("acme", "two"),
        ("umbrella", "three"),
    ]


def test_a_refused_request_is_counted_and_recorded(rigs):
    rig = rigs(TENANTS)
    assert rig.chat(key="sk-nobody").status == 401
    [record] = rig.records()
    assert "sk-nobody" not in str(record)


@pytest.mark.parametrize("surface", ["chat", "messages"])
@pytest.mark.parametrize("size", [33_554_432 + 1, 36_000_000])
def test_a_body_over_the_limit_is_refused_in_the_callers_format(rig, surface, size):
    reply = getattr(rig, surface)(text="x" * size)
    assert reply.status == 413 and reply.json["error"]["message"].startswith("the body is ")
    assert (reply.json.get("type") == "error") == (surface == "messages")
    [record] = rig.records()
    assert (record["http.response.status_code"], record["error.type"]) == (413, "request_too_large")


def test_the_name_of_a_model_has_an_end(rig):
    reply = rig.chat("claude-" + "x" * 3000)
    assert reply.status == 400 and reply.json["error"]["param"] == "model"
    [record] = rig.records()
    assert len(json.dumps(record)) < 1000


def trusting(bootstrap):
    """Envoy takes the local machine for internal, and so obeys its `x-envoy-*`."""
    connection_manager(bootstrap)["internal_address_config"] = {
        "cidr_ranges": [{"address_prefix": "127.0.0.0", "prefix_len": 8}]
    }


def test_a_client_does_not_steer_timeouts_and_retries(rigs):
    rig = rigs(change=trusting)
    steering = [
        ("x-forwarded-for", "127.0.0.1"),
        ("x-envoy-retry-on", "retriable-4xx,retriable-status-codes"),
        ("x-envoy-retriable-status-codes", "400"),
        ("x-envoy-max-retries", "9"),
    ]
    rig.upstreams["openai"].script(openai_error(400, "no", "invalid_request_error"))
    assert rig.chat(headers=steering).status == 400
    assert len(rig.upstreams["openai"].requests) == 1
