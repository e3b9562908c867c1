"""Budgets: money in a time, what happens at its thresholds and when it is used up, and what a caller sees of it."""

import base64
import hashlib
import hmac
import http.server
import json
import threading
import time

import pytest

from rig import CLIENT_KEY, Rig, add_cluster, add_service, gateway_config
from test_limit import row, stream_of, whole_of
from upstream import SSE, Answer

# A micro-dollar for each token in, ten for each token out.
PRICES = [{"model": "*", "usd_per_million": {"input": "1", "output": "10"}}]


def budget(usd, per="day", **more):
    return {"usd": usd, "per": per} | more


def budgeted(*budgets, name, **more):
    return gateway_config(policies=[{"budget": {"budgets": list(budgets), "name": name}}], prices=PRICES, **more)


@pytest.mark.parametrize("status", [429, 402])
def test_a_budget_that_is_used_up_blocks(rigs, status):
    more = {"exhausted": {"block": {"status": status}}} if status != 429 else {}
    rig = rigs(budgeted(budget("0.003", **more), name=f"block-{status}"))
    rig.upstreams["openai"].respond = lambda request, keys: whole_of(100, 100)
    statuses = [rig.chat().status for _ in range(5)]
    # 1,100 micro-dollars each: the third is let in alone, with what is left.
    assert statuses == [200, 200, 200, status, status]
    refused = rig.chat()
    error = refused.json["error"]
    assert (error["type"], error["code"]) == ("insufficient_quota", "budget_exceeded")
    assert "tenant acme has used $0.0033 of $0.003 per day" in error["message"] and refused.header("retry-after")
    records = rig.records(6)
    assert records[5]["postern.policies"][0]["action"] == "refuse"
    assert sum(record.get("postern.cost.micro_usd", 0) for record in records) == 3_300


def test_a_soft_budget_counts_and_holds_nobody_back(rigs):
    rig = rigs(budgeted(budget("0.001", mode="audit"), name="soft"))
    rig.upstreams["openai"].respond = lambda request, keys: whole_of(100, 100)
    assert {rig.chat().status for _ in range(3)} == {200}
    found = [(it["found"], it["action"]) for record in rig.records(3) for it in record.get("postern.policies", [])]
    assert ("micro_usd", "audit") in found and ("micro_usd", "threshold_100") in found


def test_one_that_is_used_up_leads_to_another_model(rigs):
    config = budgeted(budget("0.001", exhausted={"downgrade": {"model": "cheap"}}), name="down")
    config["gateway"]["models"].append({"name": "cheap", "targets": [{"cluster": "openai", "model": "gpt-4o-nano"}]})
    rig = rigs(config)
    rig.upstreams["openai"].respond = lambda request, keys: whole_of(100, 100)
    assert [rig.chat().status for _ in range(3)] == [200] * 3
    asked = [request.json["model"] for request in rig.upstreams["openai"].requests]
    assert asked == ["gpt-4o-mini", "gpt-4o-nano", "gpt-4o-nano"]
    records = rig.records(3)
    assert [record["gen_ai.request.model"] for record in records] == ["gpt-4o-mini"] * 3
    assert records[2]["postern.policies"][0]["action"] == "downgrade"


def test_one_that_is_used_up_lets_a_few_in(rigs):
    rig = rigs(budgeted(budget("0.001", exhausted={"throttle": {"requests_per_minute": 2}}), name="slow"))
    rig.upstreams["openai"].respond = lambda request, keys: whole_of(100, 100)
    assert [rig.chat().status for _ in range(5)] == [200, 200, 200, 429, 429]


def test_an_unknown_price_is_seen(rigs):
    config = budgeted(budget("1"), name="unknown")
    config["gateway"]["prices"] = []
    config["gateway"]["models"].append({"name": "house", "targets": [{"cluster": "openai"}]})
    rig = rigs(config)
    assert rig.chat(model="house").status == 200
    assert rig.records()[0]["postern.policies"][0]["found"] == "unknown_price"


@pytest.fixture
def hooks():
    """A receiver of webhooks, which fails the first time."""
    got = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            got.append((dict(self.headers), self.rfile.read(int(self.headers["content-length"]))))
            self.send_response(500 if len(got) == 1 else 204)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    server.got = got
    yield server
    server.shutdown()


def test_thresholds_are_told_once_in_record_metric_header_and_webhook(hooks):
    secret = "whsec_" + base64.b64encode(b"0123456789abcdef01234567").decode()

    def change(bootstrap):
        add_cluster(bootstrap, "hooks", hooks.server_port)
        alerts = {"cluster": "hooks", "url": "http://hooks.test/in", "secret": {"inline": secret}}
        add_service(bootstrap, {"alerts": alerts})

    rig = Rig(budgeted(budget("0.01", mode="audit"), name="told"), change=change, concurrency=2)
    rig.reset()
    try:
        rig.upstreams["openai"].respond = lambda request, keys: whole_of(100, 100)
        replies = [rig.chat() for _ in range(11)]
        assert replies[0].header("x-postern-budget") is None
        assert "limit_usd=0.01" in replies[6].header("x-postern-budget")
        found = [it["action"] for record in rig.records(11) for it in record.get("postern.policies", [])]
        for threshold in ("threshold_50", "threshold_80", "threshold_100"):
            assert found.count(threshold) == 1
            assert rig.metric("postern_policy_findings", action=threshold, policy="budget") == 1
        rig.wait_for("three alerts, the first one twice", lambda: len(hooks.got) >= 4, 20)
        time.sleep(1.5)
        assert len(hooks.got) == 4
        ids = [headers["webhook-id"] for headers, _ in hooks.got]
        assert ids[0] == ids[1] and len(set(ids)) == 3
        key = base64.b64decode(secret.removeprefix("whsec_"))
        for headers, body in hooks.got:
            signed = b".".join([headers["webhook-id"].encode(), headers["webhook-timestamp"].encode(), body])
            want = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
            assert headers["webhook-signature"] == want
        told = [json.loads(body) for _, body in hooks.got[1:]]
        assert [alert["percent"] for alert in told] == [50, 80, 100]
        assert told[0]["who"] == "tenant acme" and told[0]["limit_usd"] == "0.01"
    finally:
        rig.stop()


def anthropic_stream(prompt, pieces):
    def event(kind, **more):
        return f"event: {kind}\ndata: {json.dumps({'type': kind} | more)}\n\n".encode()

    message = {"id": "m", "type": "message", "role": "assistant", "model": "claude-haiku-4-5", "content": []}
    message |= {"stop_reason": None, "stop_sequence": None, "usage": {"input_tokens": prompt, "output_tokens": 1}}
    out = [event("message_start", message=message)]
    out += [event("content_block_start", index=0, content_block={"type": "text", "text": ""})]
    delta = {"type": "text_delta", "text": "word" * 20}
    out += [event("content_block_delta", index=0, delta=delta) for _ in range(pieces)]
    out += [event("content_block_stop", index=0)]
    out += [event("message_delta", delta={"stop_reason": "end_turn"}, usage={"output_tokens": 20 * pieces})]
    return Answer(200, [("content-type", SSE)], [*out, event("message_stop")], delay=0.01)


USER = [{"role": "user", "content": "Tell me a long story."}]
CALLS = {
    "openai_chat": ("/v1/chat/completions", {"model": "gpt-4o-mini", "messages": USER, "stream": True}),
    "openai_responses": ("/v1/responses", {"model": "claude-haiku-4-5", "input": "Tell me a story.", "stream": True}),
    "anthropic_messages": (
        "/v1/messages",
        {"model": "gpt-4o-mini", "max_tokens": 9000, "messages": USER, "stream": True},
    ),
    "gemini": (
        "/v1beta/models/gpt-4o-mini:streamGenerateContent?alt=sse",
        {"contents": [{"role": "user", "parts": [{"text": "Tell me a story."}]}]},
    ),
    "bedrock_converse": (
        "/model/gpt-4o-mini/converse-stream",
        {"messages": [{"role": "user", "content": [{"text": "Tell me a story."}]}]},
    ),
    "cohere_chat": ("/v2/chat", {"model": "gpt-4o-mini", "messages": USER, "stream": True}),
    "as_it_came": (
        "/v1/messages",
        {"model": "claude-haiku-4-5", "max_tokens": 9000, "messages": USER, "stream": True},
    ),
}
ENDS = {
    "openai_chat": [b'"finish_reason":"length"', b"data: [DONE]"],
    "openai_responses": [b"response.incomplete", b"max_output_tokens"],
    "anthropic_messages": [b"content_block_stop", b'"stop_reason":"max_tokens"', b"message_stop"],
    "gemini": [b'"finishReason":"MAX_TOKENS"'],
    "bedrock_converse": [b"messageStop", b'"stopReason":"max_tokens"'],
    "cohere_chat": [b"message-end", b"MAX_TOKENS"],
    "as_it_came": [b"content_block_stop", b'"stop_reason":"max_tokens"', b"message_stop"],
}


@pytest.mark.parametrize("client", CALLS)
def test_a_stream_ends_at_the_budget_as_if_the_model_had_no_room_left(rigs, client):
    rig = rigs(budgeted(budget("0.005", stop_stream=True), name=f"stop-{client}"))
    rig.upstreams["openai"].respond = lambda request, keys: stream_of(20, 2_000, pieces=100, delay=0.01)
    rig.upstreams["anthropic"].respond = lambda request, keys: anthropic_stream(20, 100)
    path, body = CALLS[client]
    reply = rig.ask("POST", path, body, headers=[("anthropic-version", "2023-06-01")])
    assert reply.status == 200
    for end in ENDS[client]:
        assert end in reply.body.replace(b'": "', b'":"'), reply.body[-600:]
    # A Responses stream says each text again at its end, in four events.
    said = reply.body.count(b"word") / (5 if client == "openai_responses" else 1)
    # 5,000 micro-dollars are some 500 tokens; a chunk of twenty is what it may be late.
    assert 300 <= said <= 620, said
    [record] = rig.records()
    assert record["gen_ai.response.finish_reasons"] == ["length"] and "postern.hung_up" not in record
    # The provider was cut off: nobody pays for what it would still have said.
    assert record["gen_ai.usage.output_tokens"] < 1_000 and record["postern.usage.estimated"]
    upstream = rig.upstreams["anthropic" if "claude" in json.dumps(body) else "openai"]
    rig.wait_for("the provider to see the reset", upstream.hung_up.is_set)
    assert {"policy": "budget", "found": "micro_usd", "action": "stop_stream", "count": 1}.items() <= record[
        "postern.policies"
    ][0].items()
    assert rig.ask("POST", path, body).status == 429


def test_what_a_tenant_spends_counts_for_those_above_it(rigs):
    digest = hashlib.sha256(CLIENT_KEY.encode()).hexdigest()
    tenants = [
        {"id": "acme", "budgets": [budget("0.002", "month")], "limits": [row("requests", 5, "day")]},
        {"id": "team", "parent": "acme", "limits": [row("requests", 100, "hour")]},
        {"id": "bot", "parent": "team", "keys": [{"id": "k", "sha256": digest}], "budgets": [budget("1")]},
    ]
    rig = rigs(gateway_config(tenants=tenants, prices=PRICES))
    rig.upstreams["openai"].respond = lambda request, keys: whole_of(100, 100)
    assert [rig.chat().status for _ in range(3)] == [200, 200, 429]
    usage = rig.ask("GET", "/postern/usage")
    assert usage.status == 200 and usage.json["key"] == "k"
    counts = {(it["who"], it["of"], it.get("per")): it["used"] for it in usage.json["usage"]}
    assert counts == {
        ("tenant bot", "micro_usd", "day"): 2_200,
        ("tenant team", "requests", "hour"): 2,
        ("tenant acme", "requests", "day"): 2,
        ("tenant acme", "micro_usd", "month"): 2_200,
    }
    limits = {(it["who"], it["of"]): it for it in rig.ask("GET", "/postern/limits").json["limits"]}
    assert limits["tenant acme", "requests"]["remaining"] == 3
    assert limits["tenant acme", "micro_usd"]["limit"] == 2_000
    assert rig.ask("GET", "/postern/usage", key="sk-nobody").status == 401


def test_a_restart_goes_on_with_the_counts_of_the_last_snapshot(store):
    def change(bootstrap):
        add_cluster(bootstrap, "store", store.server_port)

    snapshot = {"cluster": "store", "path": "/envoy-1", "every_secs": 1}
    limit = {"limits": [row("requests", 5, "day")], "name": "kept"}
    config = gateway_config(policies=[{"limit": limit}], snapshot=snapshot)
    for wanted in ([200, 200, 200], [200, 200, 429]):
        store.asked.clear()
        rig = Rig(config, change=change, concurrency=2)
        try:
            rig.wait_for("a look for a snapshot", lambda: store.asked)
            time.sleep(0.2)
            before = store.kept.get("/envoy-1")
            assert [rig.chat().status for _ in range(3)] == wanted
            rig.wait_for("a snapshot", lambda: store.kept.get("/envoy-1") != before)
        finally:
            rig.stop()


def test_a_provider_that_has_nothing_left_is_left_alone_until_it_says(rigs):
    rig = rigs(gateway_config(provider_limits="refuse"))
    openai, anthropic = rig.upstreams["openai"], rig.upstreams["anthropic"]
    left = [("x-ratelimit-remaining-requests", "0"), ("x-ratelimit-reset-requests", "1.5s")]
    # The example's route for gpt-4o-mini falls back to Anthropic.
    openai.script(Answer.json(whole_of(5, 5).chunks and json.loads(whole_of(5, 5).chunks[0]), headers=left))
    assert rig.chat().header("x-postern-provider") == "openai"
    assert rig.chat().header("x-postern-provider") == "anthropic"
    assert len(openai.requests) == 1 and anthropic.requests
    time.sleep(1.6)
    assert rig.chat().header("x-postern-provider") == "openai"
    # The example asks three times.
    no = {"type": "error", "error": {"type": "rate_limit_error", "message": "no"}}
    anthropic.script(*[Answer.json(no, 429, [("retry-after", "2")])] * 3)
    assert rig.messages().status == 429
    asked = len(anthropic.requests)
    refused = rig.messages()
    assert refused.status == 429 and "nothing left" in refused.json["error"]["message"]
    assert len(anthropic.requests) == asked and 1 <= int(refused.header("retry-after")) <= 2


def test_a_wrong_budget_is_refused_by_its_path(rigs):
    rig = rigs(live=True)
    for bad, words in [
        ({"budgets": [budget("-1")]}, "policies[0].budget.budgets[0].usd"),
        ({"budgets": [budget("1", "fortnight")]}, "policies[0].budget.budgets[0].per"),
        ({"budgets": [budget("1", window="bucket")]}, "policies[0].budget.budgets[0].window"),
        ({"budgets": []}, "policies[0].budget.budgets: an empty list"),
        ({"budgets": [budget("1", exhausted={"downgrade": {"model": "nowhere"}})]}, "no model of this gateway"),
        ({"budgets": [budget("1", exhausted={"block": {"status": 200}})]}, "exhausted.block.status"),
    ]:
        assert not rig.update(gateway_config(policies=[{"budget": bad}])), bad
        assert words in rig.log, bad
