"""A wrong configuration never starts: Envoy's own check fails, with a sentence of ours that names the place."""

import copy
import json

import pytest
import yaml

from rig import (
    QUICKSTART,
    chain,
    clusters,
    connection_manager,
    gateway_config,
    provider_config,
    quickstart,
    set_config,
    validate,
)

GATEWAY, OPENAI = gateway_config(), provider_config("openai")


def edit(config, path, value):
    """`config` as JSON text with the member at `path` replaced, added, or (None) taken out."""
    config = copy.deepcopy(config)
    *way, last = [int(step) if step.isdigit() else step for step in path.split(".")]
    place = config
    for step in way:
        place = place[step]
    if value is None:
        del place[last]
    else:
        place[last] = value
    return json.dumps(config)


TENANT, MODEL, REDACT = "gateway.tenants.0", "gateway.models.0", "gateway.policies.0.redact"
KEY = GATEWAY["gateway"]["tenants"][0]["keys"][0]

# Name, filter's JSON, words that its line in Envoy's log must have.
BAD_GATEWAYS = [
    ("not JSON", '{"version": 1,', ["line 1"]),
    ("a trailing comma", '{"version": 1, "gateway": {"tenants": [],}}', ["line 1"]),
    ("a list", "[]", ["object"]),
    ("empty", "", ["empty"]),
    ("an empty object", "{}", ["version: required"]),
    ("a version to come", edit(GATEWAY, "version", 99), ["version", "99"]),
    ("neither gateway nor provider", '{"version": 1}', ["gateway", "provider"]),
    ("both in one", json.dumps(GATEWAY | {"provider": OPENAI["provider"]}), ["gateway", "provider"]),
    ("a key that no gateway has", edit(GATEWAY, "gateway.tennants", []), ["gateway", "tennants", "tenants"]),
    ("a key that no tenant has", edit(GATEWAY, f"{TENANT}.modles", []), ["gateway.tenants[0]", "modles", "models"]),
    ("a tenant without id", edit(GATEWAY, f"{TENANT}.id", None), ["gateway.tenants[0]", "id"]),
    (
        "two tenants of one id",
        edit(
            GATEWAY,
            "gateway.tenants",
            [{"id": "acme", "keys": [KEY]}, {"id": "acme", "keys": [{"id": "b", "sha256": "0" * 64}]}],
        ),
        ["gateway.tenants[1].id", "acme"],
    ),
    (
        "one key for two tenants",
        edit(
            GATEWAY,
            "gateway.tenants",
            [{"id": "acme", "keys": [KEY]}, {"id": "other", "keys": [{"id": "b", "sha256": KEY["sha256"]}]}],
        ),
        ["gateway.tenants[1]"],
    ),
    ("a hash too short", edit(GATEWAY, f"{TENANT}.keys.0.sha256", "abc"), ["gateway.tenants[0].keys[0].sha256", "64"]),
    (
        "a hash of other letters",
        edit(GATEWAY, f"{TENANT}.keys.0.sha256", "z" * 64),
        ["gateway.tenants[0].keys[0].sha256"],
    ),
    ("a tag that is a number", edit(GATEWAY, f"{TENANT}.tags", {"team": 7}), ["gateway.tenants[0].tags.team"]),
    ("a model without targets", edit(GATEWAY, f"{MODEL}.targets", []), ["gateway.models[0].targets"]),
    (
        "a target without cluster",
        edit(GATEWAY, f"{MODEL}.targets.0", {"model": "x"}),
        ["gateway.models[0].targets[0]", "cluster"],
    ),
    (
        "two models of one name",
        edit(GATEWAY, "gateway.models.1", GATEWAY["gateway"]["models"][0]),
        ["gateway.models[1].name", "gpt-4o-mini"],
    ),
    (
        "a listed name that the pattern does not have",
        edit(GATEWAY, "gateway.models.1.listed", ["gpt-5"]),
        ["gateway.models[1].listed[0]"],
    ),
    ("a tenant without keys", edit(GATEWAY, f"{TENANT}.keys", []), ["gateway.tenants[0].keys"]),
    (
        "a limit of nothing",
        edit(GATEWAY, "gateway.policies.0", {"limit": {}}),
        ["gateway.policies[0].limit", "tokens_per_minute"],
    ),
    (
        "a mode nobody knows",
        edit(GATEWAY, f"{REDACT}.mode", "adit"),
        ["gateway.policies[0].redact.mode", "adit", "audit"],
    ),
    (
        "a mode that YAML made a boolean",
        edit(GATEWAY, f"{REDACT}.mode", False),
        ["gateway.policies[0].redact.mode", "off"],
    ),
    (
        "an alias that is no text",
        edit(GATEWAY, "gateway.models.1.targets.0.model", 7),
        ["gateway.models[1].targets[0].model"],
    ),
    (
        "a policy nobody knows",
        edit(GATEWAY, "gateway.policies.0", {"redcat": {}}),
        ["gateway.policies[0]", "redcat", "redact"],
    ),
    (
        "two policies in one",
        edit(GATEWAY, "gateway.policies.0", {"redact": {}, "redact2": {}}),
        ["gateway.policies[0]"],
    ),
    (
        "a detector nobody knows",
        edit(GATEWAY, f"{REDACT}.detectors.2", "US_SNN"),
        ["gateway.policies[0].redact.detectors[2]", "US_SNN", "US_SSN"],
    ),
    (
        "a detector that is no text",
        edit(GATEWAY, f"{REDACT}.detectors.0", 5),
        ["gateway.policies[0].redact.detectors[0]"],
    ),
    ("a key twice", '{"version": 1, "gateway": {"tenants": [], "tenants": []}}', ["tenants"]),
]
BAD_PROVIDERS = [
    ("a preset nobody knows", edit(OPENAI, "provider.preset", "opneai"), ["provider.preset", "opneai", "openai"]),
    ("no preset", edit(OPENAI, "provider.preset", None), ["provider", "preset"]),
    ("a secret from nowhere", edit(OPENAI, "provider.key", {"evn": "OPENAI_API_KEY"}), ["provider.key", "evn", "env"]),
    ("a secret that is a text", edit(OPENAI, "provider.key", "sk-SECRET"), ["provider.key", "env", "inline"]),
    ("an empty secret", edit(OPENAI, "provider.key", {"inline": ""}), ["provider.key.inline"]),
    (
        "a secret with a line end",
        edit(OPENAI, "provider.key", {"inline": "sk-SECRET\r\nx: y"}),
        ["provider.key.inline"],
    ),
    (
        "a variable that is not set",
        edit(OPENAI, "provider.key", {"env": "NOT_PASSED_ON"}),
        ["provider.key.env", "NOT_PASSED_ON"],
    ),
    ("a base path that is no path", edit(OPENAI, "provider.base_path", "v1/"), ["provider.base_path", "/v1"]),
    ("a host with a path", edit(OPENAI, "provider.host", "https://api.openai.com/"), ["provider.host"]),
    (
        "a header that cannot be sent",
        edit(OPENAI, "provider.headers", {"X Y": "z"}),
        ["provider.headers", "lower case"],
    ),
]


def check(bootstrap, words):
    starts, output = validate(bootstrap)
    assert not starts, "Envoy takes it"
    ours = [line for line in output.splitlines() if all(word in line for word in words)]
    assert ours, f"no line has {words}:\n{output}"
    assert "SECRET" not in output and KEY["sha256"] not in output


@pytest.mark.parametrize("name, text, words", BAD_GATEWAYS, ids=[row[0] for row in BAD_GATEWAYS])
def test_a_bad_gateway_does_not_start(name, text, words):
    bootstrap = quickstart()
    set_config(connection_manager(bootstrap)["http_filters"][0], text)
    check(bootstrap, words)


@pytest.mark.parametrize("name, text, words", BAD_PROVIDERS, ids=[row[0] for row in BAD_PROVIDERS])
def test_a_bad_provider_does_not_start(name, text, words):
    bootstrap = quickstart()
    set_config(chain(clusters(bootstrap)[0])[0], text)
    check(bootstrap, words)


EXAMPLES = [path for path in sorted(QUICKSTART.parent.glob("*.yaml")) if "static_resources" in path.read_text()]


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_every_example_starts_as_it_stands(path):
    starts, output = validate(yaml.safe_load(path.read_text()))
    assert starts, output


def test_every_mistake_is_told_at_once():
    bootstrap = quickstart()
    config = json.loads(edit(GATEWAY, f"{TENANT}.modles", []))
    config["gateway"]["policies"].append({"redcat": {}})
    set_config(connection_manager(bootstrap)["http_filters"][0], config)
    _, output = validate(bootstrap)
    assert "modles" in output and "redcat" in output
