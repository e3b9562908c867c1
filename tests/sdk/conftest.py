"""`client` is each official client in turn; `gateway` is an Envoy whose models have one target each, so that a
provider's error is not answered by another provider."""

import hashlib

import pytest

import clients
from rig import CLIENT_KEY, gateway_config

NARROW_KEY = "sk-narrow"  # a tenant that may use nothing


def tenant(name, key, models):
    return {"id": name, "keys": [{"id": name, "sha256": hashlib.sha256(key.encode()).hexdigest()}], "models": models}


GATEWAY = gateway_config(
    tenants=[tenant("all", CLIENT_KEY, ["*"]), tenant("narrow", NARROW_KEY, ["nothing"])],
    models=[
        {"name": "gpt-*", "targets": [{"cluster": "openai"}], "listed": ["gpt-4o-mini"]},
        {"name": "claude-*", "targets": [{"cluster": "anthropic"}], "listed": ["claude-haiku-4-5"]},
        {"name": "text-embedding-3-small", "targets": [{"cluster": "openai"}]},
    ],
    policies=[],
)


@pytest.fixture(scope="session", params=clients.NAMES)
def client(request):
    started = clients.start(request.param)
    started.name = request.param
    started.surface = request.param.split("-")[0]
    yield started
    started.close()


def only(*words):
    """For the clients alone that have these words in their names."""
    names = [name for name in clients.NAMES if set(words) <= set(name.split("-"))]
    return pytest.mark.parametrize("client", names, indirect=True)


@pytest.fixture
def gateway(rigs):
    return rigs(GATEWAY)


@pytest.fixture
def do(client, gateway):
    """One task of the client at the gateway."""

    def do(act, model="gpt-4o-mini", **task):
        where = {"url": f"http://127.0.0.1:{gateway.port}", "key": CLIENT_KEY, "model": model}
        return client.do(act, **(where | task))

    return do
