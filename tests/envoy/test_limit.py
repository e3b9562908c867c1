"""Limits, counted over all workers: windows, what they count apart, what is held and settled, and what they say."""

import json
import re
import threading
import time

import pytest

from rig import gateway_config
from upstream import SSE, Answer


def limited(*limits, tags=(), **more):
    return gateway_config(policies=[{"limit": {"limits": list(limits)} | more}], tags=list(tags))


def row(of, limit, per=None, **more):
    return {"of": of, "limit": limit} | ({"per": per} if per else {}) | more


def stream_of(prompt, output, pieces=10, **how):
    """OpenAI's stream of an answer that takes so many tokens."""
    head = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "gpt-4o-mini"}

    def event(choices, **more):
        return b"data: " + json.dumps(head | {"choices": choices} | more).encode() + b"\n\n"

    def choice(delta, finish=None):
        return [{"index": 0, "delta": delta, "finish_reason": finish}]

    text = "word" * (output // pieces)
    events = [event(choice({"role": "assistant", "content": ""}))]
    events += [event(choice({"content": text})) for _ in range(pieces)]
    usage = {"prompt_tokens": prompt, "completion_tokens": output, "total_tokens": prompt + output}
    events += [event(choice({}, "stop")), event([], usage=usage), b"data: [DONE]\n\n"]
    return Answer(200, [("content-type", SSE)], events, **how)


def whole_of(prompt, output, **how):
    usage = {"prompt_tokens": prompt, "completion_tokens": output, "total_tokens": prompt + output}
    choice = {"index": 0, "message": {"role": "assistant", "content": "w" * 4 * output}, "finish_reason": "stop"}
    value = {"id": "c", "object": "chat.completion", "created": 1, "model": "gpt-4o-mini", "choices": [choice]}
    return Answer.json(value | {"usage": usage}, **how)


def at_once(count, ask):
    """`count` calls at the same time, and what they gave."""
    given, ready = [None] * count, threading.Barrier(count)

    def run(at):
        ready.wait()
        given[at] = ask()

    threads = [threading.Thread(target=run, args=(at,)) for at in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return given


def standing(reply):
    """What `x-postern-limit` says."""
    return {
        name: int(value) for name, value in re.findall(r"(\w+)=(\d+)", reply.header("x-postern-limit") or "")
    }


@pytest.mark.parametrize("surface", ["chat", "messages"])
def test_requests_over_the_limit_wait_for_the_next_minute(rigs, surface):
    rig = rigs(gateway_config(policies=[{"limit": {"requests_per_minute": 4}}]), concurrency=2)
    replies = [getattr(rig, surface)() for _ in range(12)]
    passed = [reply for reply in replies if reply.status == 200]
    refused = [reply for reply in replies if reply.status == 429]
    assert len(passed) <= 8 and len(passed) + len(refused) == 12  # 8: the minute may end in between
    assert 0 < int(refused[0].header("retry-after")) <= 60
    assert refused[0].json["error"]["message"] and (refused[0].json.get("type") == "error") == (surface == "messages")


def test_tokens_are_counted_when_they_are_known(rigs):
    rig = rigs(gateway_config(policies=[{"limit": {"tokens_per_minute": 30}}]))
    statuses = [rig.chat(text="x" * 40).status for _ in range(12)]
    assert statuses[0] == 200 and 429 in statuses


def test_audit_refuses_nobody_and_says_what_it_would_have_done(rigs):
    rig = rigs(gateway_config(policies=[{"limit": {"requests_per_minute": 1, "mode": "audit"}}]))
    assert {rig.chat().status for _ in range(4)} == {200}
    found = [record.get("postern.policies", []) for record in rig.records(4)]
    would = {"policy": "limit", "found": "requests", "action": "audit", "direction": "request", "count": 1}
    assert found[0] == [] and [would] in found[1:]


def test_a_refusal_says_who_what_limit_used_and_when(rigs):
    rig = rigs(limited(row("requests", 2, "day"), row("input_tokens", 1000, "hour"), name="said"))
    headers = rig.chat()
    assert headers.header("x-ratelimit-limit-requests") == "2"
    assert headers.header("x-ratelimit-remaining-requests") == "1"
    assert re.fullmatch(r"\d+s", headers.header("x-ratelimit-reset-requests"))
    assert int(headers.header("x-ratelimit-remaining-input-tokens")) < 1000
    anthropic = rig.messages()
    assert anthropic.header("anthropic-ratelimit-requests-remaining") == "0"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", anthropic.header("anthropic-ratelimit-requests-reset"))
    refused = rig.chat()
    assert refused.status == 429
    message = refused.json["error"]["message"]
    assert re.fullmatch(r"tenant acme has used 2 of 2 requests per day; try again in \d+ s", message)
    assert refused.json["error"]["code"] == "rate_limit_exceeded"
    assert standing(refused)["used"] == standing(refused)["limit"] == 2
    assert refused.header("retry-after") and refused.header("x-postern-error-source") == "gateway-policy"
    assert rig.records(3)[2]["postern.policies"] == [
        {"policy": "limit", "found": "requests", "action": "refuse", "direction": "request", "count": 1}
    ]


def test_input_that_can_never_fit_says_so(rigs):
    rig = rigs(limited(row("input_tokens", 50, "day")))
    refused = rig.chat(text="word " * 5000)
    assert refused.status == 429 and "this request alone has" in refused.json["error"]["message"]
    assert rig.chat(text="short").status == 200


def test_a_sliding_window_and_a_bucket_let_in_again_as_time_passes(rigs):
    rig = rigs(limited(row("requests", 5, "second", window="bucket", burst=5)))
    assert [reply.status for reply in at_once(8, rig.chat)].count(200) in (5, 6)
    time.sleep(0.45)
    assert rig.chat().status == 200
    rig = rigs(limited(row("requests", 4, "second", window="sliding")))
    statuses = [rig.chat().status for _ in range(6)]
    assert statuses.count(200) >= 4 and 429 in statuses
    time.sleep(2.1)
    assert rig.chat().status == 200


def test_keys_models_and_tags_are_counted_apart(rigs):
    config = limited(row("requests", 1, "day"), by=["model"])
    rig = rigs(config)
    assert [rig.chat().status, rig.chat().status, rig.messages().status, rig.messages().status] == [200, 429, 200, 429]
    tags = [{"name": "team", "values": ["demo", "red"]}]
    rig = rigs(limited(row("requests", 2, "day"), by=["tag", "key"], tag="team", tags=tags))
    replies = [rig.chat() for _ in range(3)]
    assert [reply.status for reply in replies] == [200, 200, 429]


def test_requests_at_once_are_let_go_however_they_end(rigs):
    rig = rigs(limited(row("concurrent_requests", 3)), concurrency=2)
    openai = rig.upstreams["openai"]

    def slow(**more):
        return rig.chat(stream=True, **more)

    # An answer, an error, a cut, a hang-up, a closed connection: each gives its place back.
    openai.script(stream_of(5, 10), Answer.json({"error": {"message": "no"}}, 500), stream_of(5, 10, cut=True))
    openai.script(stream_of(5, 10, hang=True), Answer(0), *[stream_of(5, 10, delay=0.1) for _ in range(20)])
    slow(), slow(), slow(), slow(leave_after=1), slow()
    rig.records(5)
    replies = at_once(8, slow)
    assert sorted(reply.status for reply in replies) == [200] * 3 + [429] * 5
    refused = next(reply for reply in replies if reply.status == 429)
    assert "has 3 of 3 concurrent requests under way" in refused.json["error"]["message"]
    rig.records(13)
    assert slow().status == 200


def test_what_was_held_is_let_go_when_a_later_policy_refuses(rigs):
    words = {"rules": [{"words": {"lists": [{"name": "w", "words": ["forbidden"]}]}}]}
    rows = [row("concurrent_requests", 1), row("requests", 100, "day"), row("tokens", 100_000, "day")]
    config = limited(*rows)
    config["gateway"]["policies"].append({"guard": words})
    config["gateway"]["policies"].append({"budget": {"budgets": [{"usd": "1", "per": "day"}], "name": "later"}})
    rig = rigs(config)
    for _ in range(3):
        refused = rig.chat(text="a forbidden thing")
        assert refused.status in (400, 403), refused.body
    rig.records(3)
    usage = {it["of"]: (it["used"], it.get("held", 0)) for it in rig.ask("GET", "/postern/usage").json["usage"]}
    assert usage["tokens"] == (0, 0) and usage["concurrent_requests"] == (0, 0) and usage["micro_usd"] == (0, 0), usage
    assert rig.chat().status == 200 and not rig.upstreams["openai"].requests[1:]


def admitted_until_full(rig, ask, need):
    """Waves of clients that come again while somebody else's request is under way; the answers that were let in."""
    passed, full = [], threading.Event()

    def client():
        while not full.is_set():
            reply = ask()
            if reply.status == 200:
                passed.append(reply)
            elif standing(reply).get("held", 0) == 0 and standing(reply)["used"] + need > standing(reply)["limit"]:
                full.set()
            else:
                time.sleep(0.02)

    at_once(200, client)
    return passed


@pytest.mark.parametrize("output", [100, 400])
def test_two_hundred_streams_at_once_neither_pass_the_limit_nor_starve(rigs, output):
    """What is held stands for what will be used. Before the first answer 256 output tokens are guessed. Answers that take
    less give back the rest, and the limit is used up to the last request that fits; answers that take more pass it by no
    more than what they took beyond their guess, for those that were under way."""
    limit, prompt = 30_000, 8  # "hello" and its frame: what is counted is what is charged
    rig = rigs(limited(row("tokens", limit, "day", mode="enforce"), name=f"streams-{output}"), concurrency=4)
    rig.upstreams["openai"].respond = lambda request, keys: stream_of(prompt, output, delay=0.01)
    passed = admitted_until_full(rig, lambda: rig.chat(stream=True, timeout=60), prompt + output)
    asked = rig.asked
    records = [record for record in rig.records(asked) if record["http.response.status_code"] == 200]
    used = sum(record["gen_ai.usage.input_tokens"] + record["gen_ai.usage.output_tokens"] for record in records)
    assert len(records) == len(passed) and used == len(passed) * (prompt + output)
    first_guess, under_way = 256, min(200, limit // 256)
    overshoot = used - limit
    print(f"output {output}: {len(passed)} let in of {asked}, used {used} of {limit}")
    if output < first_guess:
        assert overshoot < output, "only the last one, let in alone with what was left, may pass it"
    else:
        assert overshoot <= under_way * (output - first_guess) + prompt + output
    # Nobody waits for room that is there: what is left is less than one request with its guess.
    assert limit - used < prompt + max(output, first_guess) * 2


def test_a_new_configuration_keeps_the_counts(rigs):
    def config(limit):
        return limited(row("requests", limit, "day"), row("tokens", 100_000, "day"), name="kept")

    rig = rigs(config(3), live=True)
    assert [rig.chat().status for _ in range(4)] == [200, 200, 200, 429]
    assert rig.update(config(5))
    assert [rig.chat().status for _ in range(4)] == [200, 200, 429, 429]


def test_a_wrong_limit_is_refused_by_its_path(rigs):
    rig = rigs(live=True)
    for bad, words in [
        ({"limits": [row("requests", -5, "day")]}, "policies[0].limit.limits[0].limit"),
        ({"limits": [row("requests", 5)]}, "policies[0].limit.limits[0].per: missing"),
        ({"limits": [row("requests", 5, "day")], "by": ["tag"]}, "policies[0].limit.tag"),
        ({"limits": [row("requests", 5, "day")], "by": ["tag"], "tag": "team"}, "limit.tag: unknown tag of the gateway's `tags` \"team\""),
        ({"by": ["tenant"]}, "give requests_per_minute, tokens_per_minute or limits"),
        ({"limits": [row("requests", 5, "day"), row("requests", 6, "day")]}, "limited twice"),
    ]:
        assert not rig.update(gateway_config(policies=[{"limit": bad}])), bad
        assert words in rig.log, bad
    # One name for two would count each request twice; a number may be another's place in the list.
    for names in [("same", "same"), ("1", None)]:
        rows = [{"limits": [row("requests", 5, "day")]} | ({"name": name} if name else {}) for name in names]
        assert not rig.update(gateway_config(policies=[{"limit": limit} for limit in rows])), names
        assert "policies[1].limit.name: gateway.policies[0] counts under this name already" in rig.log, names
    assert rig.chat().status == 200


def test_no_request_makes_a_count_or_a_series(rigs):
    tags = [{"name": "team", "values": ["red"]}]
    rig = rigs(limited(row("requests", 1000, "day"), by=["tag", "model"], tag="team", tags=tags))
    for at in range(20):
        rig.chat(model=f"gpt-4o-{at}", headers=[("x-postern-tags", json.dumps({"team": f"t{at}"}))])
    names = {dict(labels).get("model") for (name, labels) in rig.metrics() if name.startswith("postern_")}
    assert not any(name and re.fullmatch(r"gpt-4o-\d+", name) for name in names)
