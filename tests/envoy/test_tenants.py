"""Who asks: keys, tenants, what they may use, and refusals in the caller's own format."""
import hashlib

import pytest

from rig import CLIENT_KEY, gateway_config


def key(name):
    return {"id": name, "sha256": hashlib.sha256(f"sk-{name}".encode()).hexdigest()}


TENANTS = gateway_config(tenants=[
    {"id": "acme", "keys": [key("one"), key("two")], "models": ["gpt-*"], "tags": {"team": "search"}},
    {"id": "umbrella", "keys": [key("three")], "models": ["*"]},
])


@pytest.mark.parametrize("place, value", [("authorization", "Bearer {}"), ("authorization", "bearer {}"), ("x-api-key", "{}"),
                                          ("api-key", "{}"), ("x-goog-api-key", "{}")])
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


@pytest.mark.parametrize("method, path, status", [("POST", "/v1/nothing", 404), ("GET", "/v1/chat/completions", 405),
                                                  ("DELETE", "/v1/models", 405), ("POST", "/", 404)])
def test_an_unknown_path_or_method_is_refused(rig, method, path, status):
    reply = rig.ask(method, path)
    assert reply.status == status and reply.json["error"]["message"]


def test_each_tenant_sees_its_own_models(rigs):
    rig = rigs(TENANTS)
    listed = {name: [model["id"] for model in rig.ask("GET", "/v1/models", key=name).json["data"]] for name in ("sk-one", "sk-three")}
    assert "gpt-4o-mini" in listed["sk-one"] and not [name for name in listed["sk-one"] if name.startswith("claude")]
    assert set(listed["sk-one"]) <= set(listed["sk-three"])


def test_the_record_names_tenant_and_key(rigs):
    rig = rigs(TENANTS)
    for name in ("sk-one", "sk-two", "sk-three"):
        assert rig.chat(key=name).status == 200
    records = rig.records(3)
    assert [(record["postern.tenant"], record["postern.key_id"]) for record in records] == [
        ("acme", "one"), ("acme", "two"), ("umbrella", "three")]


def test_a_refused_request_is_counted_and_recorded(rigs):
    rig = rigs(TENANTS)
    assert rig.chat(key="sk-nobody").status == 401
    [record] = rig.records()
    assert "sk-nobody" not in str(record)
