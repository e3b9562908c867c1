"""Any client at any provider, in the real Envoy: every pair of chat formats, whole and streamed, each with content of its
own. The plays are those of the exchange ring (`tests/exchange/matrix.rs`), which holds them against what they mean and
writes them down; here they are played over sockets, cut anywhere, and have to come out the same.
"""

import base64
import json
import re

import pytest

from rig import ROOT, clone_cluster, gateway_config
from upstream import Answer

PLAYS = ROOT / "target" / "matrix.json"


def load():
    if not PLAYS.exists():
        raise RuntimeError("no target/matrix.json: the native tests write it, so run `cargo test --test exchange` first")
    return json.loads(PLAYS.read_text())


MATRIX = load()
PROVIDERS = {provider["cluster"]: provider["config"] for provider in MATRIX["providers"]}
GATEWAY = gateway_config(
    models=[
        {"name": p["model"], "targets": [{"cluster": p["cluster"], "model": p["real_model"]}]}
        for p in MATRIX["providers"]
    ],
    policies=[],
)
IDS = [f"{p['client']}-{p['provider']}-{'stream' if p['stream'] else 'whole'}" for p in MATRIX["plays"]]


def with_providers(bootstrap):
    for name, config in PROVIDERS.items():
        cluster = clone_cluster(bootstrap, "openai", name)
        cluster["metadata"]["filter_metadata"]["postern"]["provider"] = config["provider"]["preset"]


def steady(body):
    """An answer without what the clock says: creation times, and ids that only the gateway gives."""
    return re.sub(rb'("(?:created|created_at|completed_at|createTime)"): ?("[^"]*"|\d+(?:\.\d+)?)', rb"\1:0", body)


@pytest.mark.parametrize("play", MATRIX["plays"], ids=IDS)
def test_every_pair_says_in_envoy_what_it_means(rigs, play):
    gateway = rigs(GATEWAY, PROVIDERS, change=with_providers)
    provider = gateway.upstreams[play["provider"]]
    answer = base64.b64decode(play["answer"])
    kind = play["content_type"]
    cut = [1, 30, 7, 100, 2] if play["stream"] else []
    scripted = Answer.stream(answer, cut) if play["stream"] else Answer(chunks=[answer])
    scripted.headers = [("content-type", kind)]
    provider.script(scripted)
    reply = gateway.ask("POST", play["path"], base64.b64decode(play["body"]))
    assert reply.status == 200, reply.body
    [sent] = provider.requests
    assert sent.path == play["provider_path"]
    assert sent.body == base64.b64decode(play["provider_body"])
    assert reply.header("content-type") == play["client_content_type"]
    wanted, got = base64.b64decode(play["client_answer"]), reply.body
    words = re.findall(rb"[a-z]{5,10}[a-z]{5}\d+", wanted)
    assert words, "the pair's own words are in its answer"
    # The frames of AWS event streams carry checksums, which the clock changes.
    if "eventstream" in (play["client_content_type"] or ""):
        assert [got.count(word) for word in words] == [wanted.count(word) for word in words]
    else:
        ids = re.compile(rb"(?<![0-9a-f])[0-9a-f]{13,16}(?![0-9a-f])")  # the gateway's own ids are times
        assert ids.sub(b"ID", steady(got)) == ids.sub(b"ID", steady(wanted))
    [record] = gateway.records(1)
    assert record["gen_ai.usage.input_tokens"] == 100
    assert record["gen_ai.usage.output_tokens"] == 20
