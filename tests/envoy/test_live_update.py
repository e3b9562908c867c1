"""A new configuration through Envoy's ECDS: taken without a lost request, or refused with the old one still serving."""

import json
import threading

from rig import WASM, gateway_config, plugin
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


def test_limits_budgets_and_what_was_learned_live_through_a_new_version_of_the_module(rigs, tmp_path):
    rig = rigs(live=True)
    limits = {"limits": [{"of": "requests", "per": "day", "limit": 5}], "name": "versions"}
    budgets = {"budgets": [{"usd": "1000", "per": "day", "mode": "audit"}], "name": "versions"}
    config = gateway_config(policies=[{"limit": limits}, {"budget": budgets}])
    assert rig.update(config)
    rig.wait_for("the limits", lambda: "x-ratelimit-limit-requests" in dict(rig.chat().headers))

    def own(path):
        return rig.ask("GET", path).json

    used = own("/postern/limits")
    left = int(rig.chat().header("x-ratelimit-remaining-requests"))
    # Other bytes make another virtual machine: a section of no meaning, as another version would differ in all of them.
    module = tmp_path / "next.wasm"
    module.write_bytes(WASM.read_bytes() + b"\x00\x05\x04next")
    code = plugin(rig.gateway_filter)["vm_config"]["code"]["local"]
    before, code["filename"] = code["filename"], str(module)
    try:
        machines = rig.stats("wasm.envoy.wasm.runtime.v8.created")
        assert rig.update(config)
        rig.wait_for("a new machine", lambda: rig.stats("wasm.envoy.wasm.runtime.v8.created") != machines)
        assert int(rig.chat().header("x-ratelimit-remaining-requests")) == left - 1
        statuses = [rig.chat().status for _ in range(left)]
        assert statuses == [200] * (left - 1) + [429], statuses
        now = own("/postern/limits")
        assert now != used and "micro_usd" in json.dumps(now)
        spent = [row["used"] for row in now["limits"] if row["of"] == "micro_usd"]
        assert spent and spent[0] > [row["used"] for row in used["limits"] if row["of"] == "micro_usd"][0] > 0
    finally:
        code["filename"] = before
        assert rig.update(gateway_config())
