"""Limits over several Envoys, in the three ways docs/shared-limits.md gives: strict by Envoy's own rate-limit filter and
a service, local by each Envoy, and a local share of what all may use. Each bound that the page states is measured here;
`pytest -s` shows the figures that stand there."""

import pathlib
import threading
import time

import pytest
import yaml

from rate_limit_server import RateLimitServer
from rig import Rig, clusters, connection_manager, gateway_config

EXAMPLE = pathlib.Path(__file__).resolve().parents[2] / "envoy" / "global-limits.yaml"
TOKENS = {"tenant": "acme", "unit": "tokens"}
MONEY = {"tenant": "acme", "unit": "micro_usd"}


def pair(limits, gateway=None):
    """Two Envoys of the example before one rate-limit service."""
    server = RateLimitServer({tuple(entries.items()): most for entries, most in limits})

    def change(bootstrap):
        bootstrap.clear()
        bootstrap.update(yaml.safe_load(EXAMPLE.read_text()))
        [service] = [cluster for cluster in clusters(bootstrap) if cluster["name"] == "rate_limit"]
        endpoint = service["load_assignment"]["endpoints"][0]["lb_endpoints"][0]["endpoint"]
        endpoint["address"] = {"socket_address": {"address": "127.0.0.1", "port_value": server.port}}

    return server, [Rig(gateway, change=change) for _ in range(2)]


@pytest.fixture
def shared():
    running = []

    def start(limits, gateway=None):
        server, rigs = pair(limits, gateway)
        running.append((server, rigs))
        for rig in rigs:
            rig.reset()
        return server, rigs

    yield start
    for server, rigs in running:
        for rig in rigs:
            rig.stop()
        server.stop()


def wait_until(true, seconds=10):
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


def took(record):
    return record["gen_ai.usage.input_tokens"] + record["gen_ai.usage.output_tokens"]


def test_the_service_counts_exactly_what_the_records_say(shared):
    server, rigs = shared([(TOKENS, 10**9), (MONEY, 10**9)])
    for rig in rigs:
        rig.chat(text="word " * 400)
        rig.chat(text="a stream " * 300, stream=True)
        rig.messages(text="translated " * 200)
        rig.chat(model="no-such-model")
    records = [record for rig in rigs for record in rig.records(4)]
    tokens = sum(took(record) for record in records if "gen_ai.usage.input_tokens" in record)
    money = sum(record.get("postern.cost.micro_usd", 0) for record in records)
    assert tokens > 2000 and money > 100
    wait_until(lambda: server.total(**TOKENS) >= tokens and server.total(**MONEY) >= money)
    # The guess before the answer can be too high, by what the bytes of JSON around the text count as, and what is
    # counted cannot be taken back; for these bodies it never is.
    assert (server.total(**TOKENS), server.total(**MONEY)) == (tokens, money)


def test_two_envoys_together_stop_at_the_limit_of_both(shared):
    limit = 3000
    server, rigs = shared([(TOKENS, limit), (MONEY, 10**9)])
    served, refused = [], None
    for turn in range(40):
        reply = rigs[turn % 2].chat(text="word " * 400)
        if reply.status == 429:
            refused = reply
            break
        assert reply.status == 200
        served.append(reply.json["usage"]["total_tokens"])
        wait_until(lambda: server.total(**TOKENS) >= sum(served))
    assert refused is not None, "both together went beyond the limit"
    print(f"strict, one after the other: {sum(served)} of {limit} tokens, at most {max(served)} an exchange")
    # One after the other: beyond the limit by less than one exchange.
    assert limit - max(served) < sum(served) <= limit + max(served)
    error = refused.json["error"]
    assert (error["code"], refused.header("x-postern-error-source")) == ("rate_limit_exceeded", "gateway-policy")
    assert "all gateways share" in error["message"]
    assert 0 < int(refused.header("retry-after")) <= 3600
    other = rigs[(len(served) + 1) % 2].messages(text="word " * 400)
    assert other.status == 429 and other.json["error"]["type"] == "rate_limit_error", "and in the client's words"
    # Nothing of it reached a provider, nor did the headers that name the tenant.
    assert sum(len(upstream.requests) for rig in rigs for upstream in rig.upstreams.values()) == len(served)
    for rig in rigs:
        for upstream in rig.upstreams.values():
            for request in upstream.requests:
                assert not [name for name, _ in request.headers if name.startswith("x-postern")]


def test_at_once_the_overshoot_is_what_is_on_its_way(shared):
    limit, at_once = 3000, 16
    server, rigs = shared([(TOKENS, limit), (MONEY, 10**9)])
    served, lock = [], threading.Lock()

    def ask(turn):
        reply = rigs[turn % 2].chat(text="word " * 400)
        if reply.status == 200:
            with lock:
                served.append(reply.json["usage"]["total_tokens"])

    for _ in range(4):
        threads = [threading.Thread(target=ask, args=(turn,)) for turn in range(at_once)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    wait_until(lambda: server.total(**TOKENS) >= sum(served))
    # The input is counted before: what goes beyond is the output of the requests on their way, and no more.
    print(f"strict, {at_once} at once: {sum(served)} of {limit} tokens, at most {max(served)} an exchange")
    assert limit - max(served) < sum(served) <= limit + at_once * max(served)
    with lock:
        before = len(served)
    ask(0)
    assert len(served) == before


def test_money_stops_them_too(shared):
    server, rigs = shared([(TOKENS, 10**9), (MONEY, 500)])
    spent = cost = 0
    for turn in range(30):
        reply = rigs[turn % 2].chat(text="word " * 400)
        if reply.status == 429:
            break
        cost = round(float(reply.header("x-postern-cost-usd")) * 1_000_000)
        spent += cost
        wait_until(lambda: server.total(**MONEY) >= spent)
    assert reply.status == 429 and 500 - cost < spent <= 500 + cost, (spent, cost)


def test_without_the_service_nothing_passes(shared):
    server, rigs = shared([(TOKENS, 10**9), (MONEY, 10**9)])
    assert rigs[0].chat().status == 200
    server.stop()
    refused = rigs[0].chat()
    assert refused.status == 500 and refused.json["error"]["message"], "failure_mode_deny"


def test_local_limits_add_up_and_shares_of_one_are_used_only_by_who_gets_the_traffic():
    """Two Envoys with a limit each: together twice of it. With half of it each: never more than one of it, and only half
    where all traffic goes to one. At once as one after the other: what is on its way is held."""
    whole, both, one = 4000, [0, 1] * 16, [0] * 32
    rows = [
        ("local, one after the other", whole, both, 2.0, 1),
        ("local, 16 at once", whole, both, 2.0, 16),
        ("local share, one after the other", whole // 2, both, 1.0, 1),
        ("local share, 16 at once", whole // 2, both, 1.0, 16),
        ("local share, all traffic at one", whole // 2, one, 0.5, 1),
    ]
    for name, tokens, turns, share, at_once in rows:
        limits = [{"of": "tokens", "per": "day", "limit": tokens}]
        envoys = [Rig(gateway_config(policies=[{"limit": {"limits": limits}}])) for _ in range(2)]
        served = []

        def ask(turn, envoys=envoys, served=served):
            reply = envoys[turn].chat(text="word " * 100)
            if reply.status == 200:
                served.append(reply.json["usage"]["total_tokens"])

        try:
            for at in range(0, len(turns), at_once):
                threads = [threading.Thread(target=ask, args=(turn,)) for turn in turns[at : at + at_once]]
                for thread in threads:
                    thread.start()
                for thread in threads:
                    thread.join()
            for turn in turns:
                ask(turn)
        finally:
            for envoy in envoys:
                envoy.stop()
        most, allowed = max(served), whole * share
        print(f"{name}: {sum(served)} tokens of a limit of {whole}, at most {most} an exchange")
        assert allowed - 2 * most < sum(served) <= allowed + 2 * most, (name, served)
