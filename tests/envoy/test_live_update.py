"""A new configuration through Envoy's ECDS: taken without a lost request, or refused with the old one still serving."""
import json
import threading

from rig import gateway_config
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
        Answer(200, (full := whole(request, keys)).headers, full.chunks, delay=0.05) if request.json.get("stream")
        else whole(request, keys))
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
