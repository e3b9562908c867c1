"""Money: what is shown, recorded and counted is the same to the micro-dollar, and `postern usage` sums it."""

import collections
import csv
import fractions
import gzip
import hashlib
import io
import json
import pathlib
import random
import subprocess
import threading

import pytest

from rig import Rig, clone_cluster, connection_manager, gateway_config, provider_config, quickstart, set_config, validate
from upstream import Answer, openai_error

ROOT = pathlib.Path(__file__).resolve().parents[2]
COUNTS = {
    "input": "gen_ai.usage.input_tokens",
    "output": "gen_ai.usage.output_tokens",
    "cache_read": "gen_ai.usage.cache_read.input_tokens",
    "cache_write": "gen_ai.usage.cache_creation.input_tokens",
    "reasoning": "gen_ai.usage.reasoning.output_tokens",
    "unbilled_input": "postern.usage.unbilled_input_tokens",
    "unbilled_output": "postern.usage.unbilled_output_tokens",
}
SEARCH_UNITS = "postern.usage.search_units"
COHERE = {"version": 1, "provider": {"preset": "cohere", "key": {"inline": "sk-cohere-provider-secret"}}}


def tenant(name, **more):
    digest = hashlib.sha256(f"sk-{name}".encode()).hexdigest()
    return {"id": name, "keys": [{"id": f"{name}-1", "sha256": digest}], **more}


def money_config(**changes):
    """Three tenants, two of one tree, with mark-ups; a model nobody has a price for, and one with a price of our own."""
    tenants = [
        {"id": "corp", "price_markup_basis_points": 1500, "passthrough": ["*"]},
        tenant("acme", parent="corp", tags={"cost_center": "4711"}),
        tenant("zeta", tags={"cost_center": "12, east"}),
        tenant("free", parent="corp", price_markup_basis_points=0),
    ]
    models = [
        {"name": "gpt-4o-mini", "targets": [{"cluster": "openai"}, {"cluster": "anthropic", "model": "claude-haiku-4-5"}]},
        {"name": "claude-*", "targets": [{"cluster": "anthropic"}], "listed": ["claude-haiku-4-5"]},
        {"name": "text-embedding-3-small", "targets": [{"cluster": "openai"}]},
        {"name": "house", "targets": [{"cluster": "openai"}]},
        {"name": "negotiated", "targets": [{"cluster": "openai", "model": "house-2"}]},
        {"name": "rerank-v3.5", "targets": [{"cluster": "cohere"}]},
        {"name": "command-a-03-2025", "targets": [{"cluster": "cohere"}]},
    ]
    prices = [{"provider": "openai", "model": "house-2", "usd_per_million": {"input": "1.10", "output": "3.3"}}]
    passthrough = [{"name": "files", "path": "/v1/files", "cluster": "openai"}]
    own = {"tenants": tenants, "models": models, "prices": prices, "passthrough": passthrough, "policies": []}
    return gateway_config(**(own | changes))


def prices_of(record):
    """What the record's tokens cost by the table, counted here and in fractions."""
    rates = {"gpt-4o-mini": (150, 600, 75, 150), "claude-haiku-4-5": (1000, 5000, 100, 1250)}
    rates |= {"text-embedding-3-small": (20, 0, 20, 20), "house-2": (1100, 3300, 1100, 1100)}
    rates |= {"command-a-03-2025": (2500, 10_000, 2500, 2500)}
    if record.get("postern.target_model") == "rerank-v3.5":
        return record[SEARCH_UNITS] * 2000  # micro-dollars for a search
    rate = rates.get(record.get("postern.target_model"))
    if rate is None:
        return None
    count = {name: record.get(field, 0) for name, field in COUNTS.items()}
    plain = count["input"] - count["cache_read"] - count["cache_write"] - count["unbilled_input"]
    parts = [plain, count["output"] - count["unbilled_output"], count["cache_read"], count["cache_write"]]
    return sum(fractions.Fraction(part * price, 1000) for part, price in zip(parts, rate))


def half_up(amount):
    return int(amount + fractions.Fraction(1, 2))


def test_a_whole_answer_shows_its_cost_and_the_record_rebuilds_it(rigs):
    rig = rigs(money_config())
    reply = rig.chat(text="word " * 300, key="sk-acme")
    [record] = rig.records()
    listed = prices_of(record)
    assert record[COUNTS["input"]] == reply.json["usage"]["prompt_tokens"] and record[COUNTS["cache_read"]] > 0
    assert record["postern.cost.list_micro_usd"] == half_up(listed)
    assert record["postern.cost.micro_usd"] == half_up(listed * 115 / 100)
    assert record["postern.cost.markup_basis_points"] == 1500
    assert record["postern.cost.price_version"][:2] == "20" and record["postern.preset"] == "openai"
    assert round(float(reply.header("x-postern-cost-usd")) * 1e6) == record["postern.cost.micro_usd"]
    stream = rig.chat(text="word " * 300, key="sk-free", stream=True)
    assert stream.header("x-postern-cost-usd") is None, "not known before the body"
    record = rig.records(2)[1]
    assert record["postern.cost.micro_usd"] == record["postern.cost.list_micro_usd"] == half_up(prices_of(record))
    assert "postern.cost.markup_basis_points" not in record


def test_an_unknown_price_is_shown_counted_and_never_nothing(rigs):
    rig = rigs(money_config())
    before = rig.metric("postern_unknown_price", tenant="zeta", model="house")
    reply = rig.chat(model="house", key="sk-zeta")
    assert reply.status == 200 and reply.header("x-postern-cost-usd") == "unknown"
    [record] = rig.records()
    assert record["postern.cost.unknown_price"] is True and "postern.cost.micro_usd" not in record
    assert rig.metric("postern_unknown_price", tenant="zeta", model="house") - before == 1
    own = rig.chat(model="negotiated", key="sk-zeta")
    record = rig.records(2)[1]
    assert record["postern.cost.price_version"] == "configuration"
    assert record["postern.cost.micro_usd"] == half_up(prices_of(record)) > 0, own.json


def test_tiers_and_caches_have_their_own_prices(rigs):
    rig = rigs(money_config())
    said = {"id": "x", "object": "chat.completion", "created": 1, "model": "gpt-4o-mini-2024-07-18"}
    said["choices"] = [{"index": 0, "message": {"role": "assistant", "content": "hi"}, "finish_reason": "stop"}]
    usage = {"prompt_tokens": 1_000_000, "completion_tokens": 100_000, "total_tokens": 1_100_000}
    usage["prompt_tokens_details"] = {"cached_tokens": 400_000}
    rig.upstreams["openai"].script(Answer.json(said | {"usage": usage, "service_tier": "priority"}))
    rig.chat(key="sk-zeta")
    claude = {"id": "m", "type": "message", "role": "assistant", "model": "claude-haiku-4-5-20251001"}
    claude |= {"content": [{"type": "text", "text": "hi"}], "stop_reason": "end_turn", "stop_sequence": None}
    claude["usage"] = {"input_tokens": 1000, "cache_creation_input_tokens": 3000, "cache_read_input_tokens": 4000}
    claude["usage"] |= {"output_tokens": 100}
    claude["usage"]["cache_creation"] = {"ephemeral_5m_input_tokens": 1000, "ephemeral_1h_input_tokens": 2000}
    rig.upstreams["anthropic"].script(Answer.json(claude))
    rig.messages(key="sk-zeta")
    openai, anthropic = rig.records(2)
    # gpt-4o-mini in priority: 0.25, 1 and 0.125 dollars a million.
    assert openai["postern.usage.service_tier"] == "priority"
    assert openai["postern.cost.list_micro_usd"] == 600_000 * 0.25 + 400_000 * 0.125 + 100_000 * 1
    # Haiku 4.5: 1, 0.1, 1.25 for minutes, 2 for an hour, 5.
    assert anthropic["postern.usage.cache_write_1h_tokens"] == 2000
    assert anthropic["postern.cost.list_micro_usd"] == 1000 + 400 + 1250 + 4000 + 500


def test_the_list_of_models_has_windows_and_the_callers_own_prices(rigs):
    rig = rigs(money_config())

    def listed(key, path="/v1/models", headers=()):
        return rig.ask("GET", path, key=key, headers=headers).json

    plain = {model["id"]: model for model in listed("sk-zeta")["data"]}
    marked = {model["id"]: model for model in listed("sk-acme")["data"]}
    mini = plain["gpt-4o-mini"]
    assert (mini["max_input_tokens"], mini["max_output_tokens"]) == (128000, 16384)
    assert (mini["input_cost_per_token"], mini["output_cost_per_token"]) == (0.15e-6, 0.6e-6)
    assert marked["gpt-4o-mini"]["input_cost_per_token"] == pytest.approx(0.1725e-6, rel=1e-12)
    assert "input_cost_per_token" not in plain["negotiated"], "whose price that is is not known before it has answered"
    assert "input_cost_per_token" not in plain["house"], "unknown is not shown as nothing"
    one = listed("sk-zeta", "/v1/models/gpt-4o-mini")
    assert one == mini
    claude = listed("sk-zeta", headers=[("anthropic-version", "2023-06-01")])["data"]
    assert next(model for model in claude if model["id"] == "claude-haiku-4-5")["max_input_tokens"] == 200000
    gemini = listed("sk-zeta", "/v1beta/models")["models"]
    assert next(model for model in gemini if model["name"] == "models/gpt-4o-mini")["inputTokenLimit"] == 128000


def test_a_price_of_another_unit_stops_envoy_with_its_path():
    rows = [
        ({"usd_per_million": {"input": "0.00000015"}}, "gateway.prices[0].usd_per_million.input: expected dollars"),
        ({"usd_per_million": {"input": "-1"}}, "gateway.prices[0].usd_per_million.input: a price is not negative"),
        ({"usd_per_token": {"input": "1"}}, "gateway.prices[0]"),
    ]
    for row, want in rows:
        bootstrap = quickstart()
        set_config(connection_manager(bootstrap)["http_filters"][0], money_config(prices=[{"model": "m", **row}]))
        starts, said = validate(bootstrap)
        assert not starts and want in said, said[-2000:]


REQUESTS = 10_000


def with_cohere(bootstrap):
    cluster = clone_cluster(bootstrap, "openai", "cohere")
    cluster["metadata"]["filter_metadata"]["postern"]["provider"] = "cohere"


def on_every_surface(model, text, stream):
    """One request on each of the other surfaces: path, body."""
    user = {"role": "user", "content": text}
    google = {"contents": [{"role": "user", "parts": [{"text": text}]}]}
    amazon = {"messages": [{"role": "user", "content": [{"text": text}]}]}
    return [
        ("/v1/responses", {"model": model, "input": text, "stream": stream}),
        ("/v1/completions", {"model": model, "prompt": text, "stream": stream}),
        ("/v2/chat", {"model": model, "messages": [user], "stream": stream}),
        ("/api/chat", {"model": model, "messages": [user], "stream": stream}),
        (f"/v1beta/models/{model}:{'streamGenerateContent?alt=sse' if stream else 'generateContent'}", google),
        (f"/model/{model}/{'converse-stream' if stream else 'converse'}", amazon),
        (f"/openai/deployments/{model}/chat/completions?api-version=2024-10-21", {"messages": [user], "stream": stream}),
        ("/v2/embed", {"model": "text-embedding-3-small", "texts": [text], "input_type": "search_query", "embedding_types": ["float"]}),
        ("/v1/rerank", {"model": "rerank-v3.5", "query": text, "documents": text.split() * 5}),
        ("/v2/rerank", {"model": "rerank-v3.5", "query": text, "documents": [text] * (1 + len(text) % 3)}),
        ("/v1/messages/count_tokens", {"model": model, "messages": [user]}),
        ("/v1/files", {"purpose": text}),
    ]


def test_ten_thousand_requests_sum_to_the_metrics_to_the_token_and_micro_dollar(postern, tmp_path):
    providers = {"openai": provider_config("openai"), "anthropic": provider_config("anthropic"), "cohere": COHERE}
    rig = Rig(money_config(), providers, change=with_cohere, concurrency=2)
    seen, lock = set(), threading.Lock()

    def falter(respond):
        """Fails the first time it sees a text that asks for it; the second provider of the fallback then answers."""

        def answer(request, keys):
            body = request.body
            if b"please fail" in body:
                return openai_error(400, "You said so.", "invalid_request_error")
            if b"falter" in body:
                with lock:
                    new = body not in seen
                    seen.add(body)
                if new:
                    return openai_error(503, "Overloaded.", "server_error")
            said = respond(request, keys)
            if b"linger" in body:
                return Answer(said.status, said.headers, said.chunks, delay=0.02)
            return said

        return answer

    for upstream in rig.upstreams.values():
        upstream.respond = falter(upstream.respond)
    dice = random.Random(7)
    asked, surfaces = collections.Counter(), collections.Counter()

    def dice_of(text, sides):
        return sides[hashlib.sha256(text.encode()).digest()[0] % len(sides)]

    plan = []
    for number in range(REQUESTS):
        key = dice.choice(["sk-acme", "sk-acme", "sk-zeta", "sk-free"])
        text = f"{number} " + "word " * dice.randrange(1, 60)
        plan.append((dice.random(), key, text))

    def ask(dice, key, text):
        if dice < 0.20:
            model = dice_of(text, ["gpt-4o-mini", "claude-haiku-4-5", "house", "command-a-03-2025"])
            path, body = dice_of(text + "s", on_every_surface(model, text, stream=len(text) % 2 == 0))
            reply = rig.ask("POST", path, body, key=key)
            with lock:
                surfaces[path.split("?")[0].replace(model, "M"), reply.status] += 1
        elif dice < 0.30:
            rig.chat(text=text, key=key)
        elif dice < 0.45:
            rig.chat(model="claude-haiku-4-5", text=text, key=key)
        elif dice < 0.57:
            rig.chat(text=text, key=key, stream=True)
        elif dice < 0.67:
            rig.messages(text=text, key=key, stream=True)
        elif dice < 0.72:
            rig.messages(model="gpt-4o-mini", text=text, key=key)
        elif dice < 0.80:
            rig.ask("POST", "/v1/embeddings", {"model": "text-embedding-3-small", "input": [text]}, key=key)
        elif dice < 0.84:
            rig.chat(text="linger " + text, key=key, stream=True, leave_after=300)
        elif dice < 0.88:
            rig.chat(text="falter " + text, key=key)
        elif dice < 0.91:
            rig.chat(text="please fail " + text, key=key)
        elif dice < 0.94:
            rig.chat(model="no-such-model", text=text, key=key)
        elif dice < 0.96:
            rig.chat(text=text, key="sk-nobody")
        elif dice < 0.98:
            rig.chat(model="house", text=text, key=key)
        else:
            rig.chat(model="negotiated", text=text, key=key)

    def work(part):
        for row in part:
            try:
                ask(*row)
            except OSError as error:  # a client that got no connection asks again
                asked[repr(error)] += 1
                ask(*row)

    try:
        workers = [threading.Thread(target=work, args=(plan[at::16],)) for at in range(16)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        rig.wait_for("every record", lambda: rig.record_count() >= REQUESTS, 30)
        assert rig.record_count() == REQUESTS, asked
        lines = rig.read("access.log").splitlines(keepends=True)
        metrics = rig.metrics()
    finally:
        rig.stop()

    # As a rotation leaves them: two old parts, one of them packed, and the one that is being written.
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "1.log").write_text("".join(lines[:3000]))
    with gzip.open(tmp_path / "old" / "2.log.gz", "wt") as packed:
        packed.write("".join(lines[3000:6000]))
    (tmp_path / "usage.log").write_text("".join(lines[6000:]))
    run = postern("usage", "--csv", "--by", "tenant", str(tmp_path))
    assert run.returncode == 0, run.stderr
    rows = {row["tenant"]: row for row in csv.DictReader(io.StringIO(run.stdout))}
    assert set(rows) == {"corp/acme", "zeta", "corp/free", "-"}

    def counted(name, **labels):
        return sum(value for (found, have), value in metrics.items() if found == name and set(labels.items()) <= have)

    units = collections.Counter()
    for record in map(json.loads, lines):
        units[record.get("postern.tenant", "-")] += record.get(SEARCH_UNITS, 0)
    assert sum(units.values()) > 300, units
    for name, row in rows.items():
        label = "none" if name == "-" else name
        assert counted("postern_requests", tenant=label) == int(row["requests"])
        assert int(row["search_units"]) == units[name], name
        for kind in COUNTS:
            assert counted("gen_ai_client_token_usage", tenant=label, type=kind) == int(row[f"{kind}_tokens"]), (name, kind)
        assert counted("postern_cost_micro_usd", tenant=label) == int(row["micro_usd"]), name
        assert counted("postern_list_cost_micro_usd", tenant=label) == int(row["list_micro_usd"]), name
        assert counted("postern_unknown_price", tenant=label) == int(row["unknown_prices"]), name
        assert counted("postern_usage_estimated", tenant=label) == int(row["estimated"]), name
    assert sum(int(row["requests"]) for row in rows.values()) == REQUESTS

    # And each record is right by itself: its cost is that of its tokens, counted here.
    kinds = collections.Counter()
    for line in lines:
        record = json.loads(line)
        used = COUNTS["input"] in record or SEARCH_UNITS in record
        listed = prices_of(record) if used else None
        if listed is None:
            assert "postern.cost.micro_usd" not in record, record
            kinds["no price" if record.get("postern.cost.unknown_price") else "nothing used"] += 1
            continue
        factor = fractions.Fraction(10_000 + record.get("postern.cost.markup_basis_points", 0), 10_000)
        assert record["postern.cost.list_micro_usd"] == half_up(listed), record
        assert record["postern.cost.micro_usd"] == half_up(listed * factor), record
        kinds["hung up" if record.get("postern.hung_up") else "paid"] += 1
        kinds["retried"] += record["postern.attempts"] > 1
    print(dict(kinds), run.stdout, dict(surfaces))
    answered = {surface for surface, status in surfaces if status == 200}
    assert len(answered) == 13, surfaces
    assert min(kinds[kind] for kind in ("paid", "hung up", "retried", "no price", "nothing used")) > 100, kinds

    # The bill rebuilt from the tokens alone is the bill.
    config = tmp_path / "gateway.json"
    config.write_text(json.dumps(money_config()))
    again = postern("usage", "--csv", "--by", "tenant", "--reprice", str(config), str(tmp_path / "old"), str(tmp_path / "usage.log"))
    assert again.returncode == 0 and again.stdout == run.stdout, again.stderr
    tables = postern("usage", "--by", "tenant,model tag:cost_center", str(tmp_path / "old"), str(tmp_path / "usage.log"))
    assert "12, east" in tables.stdout and "no known price" in tables.stdout
