"""A new configuration through Envoy's ECDS: taken without a lost request, or refused with the old one still serving."""

import hashlib
import json
import threading

from rig import CLIENT_KEY, WASM, gateway_config
from upstream import Answer


def with_alias(name):
    models = gateway_config()["gateway"]["models"]
    return gateway_config(models=[{"name": name, "targets": [{"cluster": "openai", "model": "gpt-4o-mini"}]}, *models])


def bad():
    return gateway_config(tennants=[])


def test_a_new_configuration_is_taken(rigs):
    rig = rigs(live=True)
    assert rig.chat("fresh").status == 404
    assert rig.update(with_alias("fresh"))
    rig.wait_for("the alias", lambda: rig.chat("fresh").status == 200)
    assert rig.update(gateway_config())
    rig.wait_for("the alias to go", lambda: rig.chat("fresh").status == 404)


def test_a_bad_configuration_leaves_the_old_one_serving(rigs):
    rig = rigs(live=True)
    assert rig.update(with_alias("kept"))
    rig.wait_for("the alias", lambda: rig.chat("kept").status == 200)
    for config in (bad(), "{", ""):
        assert not rig.update(config)
        assert rig.chat("kept").status == 200
    assert "tennants" in rig.log
    assert rig.update(gateway_config())


def test_requests_and_streams_live_through_updates(rigs):
    rig = rigs(live=True)
    whole = rig.upstreams["openai"].respond
    rig.upstreams["openai"].respond = lambda request, keys: (
        Answer(200, (full := whole(request, keys)).headers, full.chunks, delay=0.05)
        if request.json.get("stream")
        else whole(request, keys)
    )
    failed, ended, stop = [], [], threading.Event()

    def ask():
        while not stop.is_set():
            if (reply := rig.chat()).status != 200:
                failed.append(reply)

    def stream():
        while not stop.is_set():
            reply = rig.chat(text="a stream of some length, please", stream=True)
            ended.append(reply.events[-1] == "[DONE]")

    threads = [threading.Thread(target=work) for work in (ask, stream)]
    try:
        for thread in threads:
            thread.start()
        for number in range(6):
            assert rig.update(with_alias(f"alias-{number}"))
            assert not rig.update(bad())
    finally:
        stop.set()
        for thread in threads:
            thread.join()
        rig.upstreams["openai"].respond = whole
        rig.update(gateway_config())
    assert not failed and ended and all(ended)


def test_counters_survive_an_update(rigs):
    rig = rigs(live=True)

    def tokens():
        return rig.metric("gen_ai_client_token_usage", tenant="acme", type="input")

    assert rig.chat().status == 200
    rig.records()
    before = tokens()
    assert before > 0 and rig.update(with_alias("another"))
    assert tokens() == before
    assert rig.chat().status == 200 and tokens() > before
    assert rig.update(json.loads(json.dumps(gateway_config())))


def other_version(folder, number):
    """The module with a section more, which says nothing: other bytes, and so other virtual machines."""
    name, said = b"version", bytes([number])
    section = bytes([len(name)]) + name + said
    path = folder / f"postern-{number}.wasm"
    path.write_bytes(WASM.read_bytes() + b"\0" + bytes([len(section)]) + section)
    return path


def test_counts_of_limits_and_budgets_outlive_the_module_that_made_them(rigs, tmp_path):
    """The gateway's module is replaced while requests run, the providers' stays: none fails, and nothing that was used is
    forgotten."""
    limits = [{"of": "requests", "per": "day", "limit": 1_000_000}, {"of": "tokens", "per": "day", "limit": 10**9}]
    tenants = [
        {
            "id": "acme",
            "keys": [{"id": "k", "sha256": hashlib.sha256(CLIENT_KEY.encode()).hexdigest()}],
            "budgets": [{"usd": "1000", "per": "month"}],
        }
    ]
    policies = [{"limit": {"name": "kept", "limits": limits}}]
    config = gateway_config(tenants=tenants, policies=policies)
    rig = rigs(config, live=True, concurrency=2)
    failed, served, stop = [], [], threading.Event()

    def ask():
        while not stop.is_set():
            reply = rig.chat(text="word " * 50)
            (served if reply.status == 200 else failed).append(reply)

    asking = [threading.Thread(target=ask) for _ in range(3)]
    try:
        for thread in asking:
            thread.start()
        assert rig.update(config, other_version(tmp_path, 1))
        reached = len(served) + 20
        rig.wait_for("requests by the new module", lambda: len(served) > reached)
    finally:
        stop.set()
        for thread in asking:
            thread.join()
    assert not failed, failed[0].body
    records = rig.records(len(served))
    took = [record["gen_ai.usage.input_tokens"] + record["gen_ai.usage.output_tokens"] for record in records]
    usage = {(it["who"], it["of"]): it["used"] for it in rig.ask("GET", "/postern/usage").json["usage"]}
    assert usage["tenant of tenant acme", "requests"] == len(served)
    assert usage["tenant of tenant acme", "tokens"] == sum(took)
    assert usage["tenant acme", "micro_usd"] == sum(record["postern.cost.micro_usd"] for record in records) > 0
    print(f"{len(served)} requests over two modules, {sum(took)} tokens, all of them counted")
    # What is used up stays used up: the next module knows it from its first request on.
    policies[0]["limit"]["limits"][0]["limit"] = len(served) + 1
    assert rig.update(gateway_config(tenants=tenants, policies=policies), other_version(tmp_path, 2))
    rig.wait_for("the lower limit", lambda: rig.chat().status == 429)
