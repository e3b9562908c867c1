"""What providers report, each in its own shape, costs what their price lists say. Every amount here was computed by hand
from the prices beside it (dollars a million tokens); the record has to say the same to the micro-dollar."""

import json

import pytest

from rig import clone_cluster, gateway_config
from upstream import Answer

KEY = {"inline": "sk-planted"}
AWS = {"access_key_id": KEY, "secret_access_key": KEY}
PROVIDERS = {
    "google": {"preset": "gemini", "key": KEY},
    "amazon": {"preset": "aws.bedrock", "params": {"region": "us-west-2"}, "auth": {"aws": AWS}},
    "cohere": {"preset": "cohere", "key": KEY},
    "deepseek": {"preset": "deepseek", "key": KEY},
}
PROVIDERS = {name: {"version": 1, "provider": provider} for name, provider in PROVIDERS.items()}
SONNET, HAIKU = "claude-sonnet-4-5", "claude-haiku-4-5"
AMAZON = "anthropic.claude-haiku-4-5-20251001-v1:0"
CLUSTERS = {"gpt-*": "openai", "o4-*": "openai", "text-*": "openai", "claude-*": "anthropic", "gemini-*": "google"}
CLUSTERS |= {"anthropic.*": "amazon", "deepseek-*": "deepseek", "rerank-*": "cohere", "command-*": "cohere"}
MODELS = [{"name": name, "targets": [{"cluster": cluster}]} for name, cluster in CLUSTERS.items()]
GATEWAY = gateway_config(models=MODELS, policies=[])


def with_providers(bootstrap):
    for name, config in PROVIDERS.items():
        cluster = clone_cluster(bootstrap, "openai", name)
        cluster["metadata"]["filter_metadata"]["postern"]["provider"] = config["provider"]["preset"]


@pytest.fixture
def gateway(rigs):
    return rigs(GATEWAY, PROVIDERS, change=with_providers)


def openai(model, usage, **more):
    choice = {"index": 0, "message": {"role": "assistant", "content": "hi"}, "finish_reason": "stop"}
    return {"id": "x", "object": "chat.completion", "created": 1, "model": model, "choices": [choice], "usage": usage} | more


def anthropic(model, usage):
    said = {"id": "m", "type": "message", "role": "assistant", "model": model, "content": [{"type": "text", "text": "hi"}]}
    return said | {"stop_reason": "end_turn", "stop_sequence": None, "usage": usage}


def google(model, usage):
    candidate = {"content": {"role": "model", "parts": [{"text": "hi"}]}, "finishReason": "STOP", "index": 0}
    return {"candidates": [candidate], "usageMetadata": usage, "modelVersion": model}


def amazon(_, usage):
    message = {"role": "assistant", "content": [{"text": "hi"}]}
    return {"output": {"message": message}, "stopReason": "end_turn", "usage": usage, "metrics": {"latencyMs": 1}}


def cohere(_, usage):
    message = {"role": "assistant", "content": [{"type": "text", "text": "hi"}]}
    return {"id": "x", "finish_reason": "COMPLETE", "message": message, "usage": usage}


def written(minutes, hour):
    both = {"ephemeral_5m_input_tokens": minutes, "ephemeral_1h_input_tokens": hour}
    return {"cache_creation_input_tokens": minutes + hour, "cache_creation": both}


def modes(**counts):
    return [{"modality": name.upper(), "tokenCount": count} for name, count in counts.items()]


CHATS = [
    # What it shows, model, the provider's answer, micro-dollars by hand.
    (
        "openai: cached input and reasoning (gpt-5: 1.25, 0.125 cached, 10)",
        "gpt-5",
        openai(
            "gpt-5-2025-08-07",
            {
                "prompt_tokens": 2000,
                "completion_tokens": 800,
                "total_tokens": 2800,
                "prompt_tokens_details": {"cached_tokens": 1500, "audio_tokens": 0},
                "completion_tokens_details": {"reasoning_tokens": 640, "audio_tokens": 0},
            },
        ),
        8813,  # 500 x 1.25 = 625; 1,500 x 0.125 = 187.5; 160 + 640 at 10 = 8,000
    ),
    (
        "openai: sound in and out (gpt-4o-audio: 2.5, 10, sound 40 and 80)",
        "gpt-4o-audio-preview-2024-12-17",
        openai(
            "gpt-4o-audio-preview-2024-12-17",
            {
                "prompt_tokens": 300,
                "completion_tokens": 150,
                "total_tokens": 450,
                "prompt_tokens_details": {"cached_tokens": 0, "text_tokens": 100, "audio_tokens": 200},
                "completion_tokens_details": {"text_tokens": 50, "audio_tokens": 100},
            },
        ),
        16750,  # 100 x 2.5 = 250; 200 x 40 = 8,000; 50 x 10 = 500; 100 x 80 = 8,000
    ),
    (
        "openai: flex (o4-mini: 0.55, 0.138 cached, 2.2)",
        "o4-mini",
        openai(
            "o4-mini-2025-04-16",
            {
                "prompt_tokens": 1000,
                "completion_tokens": 500,
                "total_tokens": 1500,
                "prompt_tokens_details": {"cached_tokens": 400},
            },
            service_tier="flex",
        ),
        1485,  # 600 x 0.55 = 330; 400 x 0.138 = 55.2; 500 x 2.2 = 1,100
    ),
    (
        "openai: priority (gpt-5: 2.5, 0.25 cached, 20)",
        "gpt-5",
        openai(
            "gpt-5",
            {
                "prompt_tokens": 1000,
                "completion_tokens": 100,
                "total_tokens": 1100,
                "prompt_tokens_details": {"cached_tokens": 200},
            },
            service_tier="priority",
        ),
        4050,  # 800 x 2.5 = 2,000; 200 x 0.25 = 50; 100 x 20 = 2,000
    ),
    (
        "openai: batch (gpt-4o-mini: 0.075, 0.3)",
        "gpt-4o-mini",
        openai(
            "gpt-4o-mini",
            {"prompt_tokens": 10_000, "completion_tokens": 1000, "total_tokens": 11_000},
            service_tier="batch",
        ),
        1050,  # 10,000 x 0.075 = 750; 1,000 x 0.3 = 300
    ),
    (
        "openai: at the long context's step (gpt-5.4: 2.5, 15)",
        "gpt-5.4",
        openai("gpt-5.4", {"prompt_tokens": 272_000, "completion_tokens": 1000, "total_tokens": 273_000}),
        695_000,  # 272,000 x 2.5 = 680,000; 1,000 x 15 = 15,000
    ),
    (
        "openai: beyond it (gpt-5.4: 5, 0.5 cached, 22.5)",
        "gpt-5.4",
        openai(
            "gpt-5.4",
            {
                "prompt_tokens": 300_000,
                "completion_tokens": 1000,
                "total_tokens": 301_000,
                "prompt_tokens_details": {"cached_tokens": 100_000},
            },
        ),
        1_072_500,  # 200,000 x 5; 100,000 x 0.5 = 50,000; 1,000 x 22.5 = 22,500
    ),
    (
        "deepseek: hits and misses (deepseek-reasoner: 0.28, 0.035 cached, 0.55)",
        "deepseek-reasoner",
        openai(
            "deepseek-reasoner",
            {
                "prompt_tokens": 10_000,
                "completion_tokens": 2000,
                "total_tokens": 12_000,
                "prompt_cache_hit_tokens": 6000,
                "prompt_cache_miss_tokens": 4000,
                "completion_tokens_details": {"reasoning_tokens": 1500},
            },
        ),
        2430,  # 4,000 x 0.28 = 1,120; 6,000 x 0.035 = 210; 2,000 x 0.55 = 1,100
    ),
    (
        "anthropic: cache written for minutes and an hour, and read (Haiku 4.5: 1, 1.25, 2, 0.1, 5)",
        HAIKU,
        anthropic(
            "claude-haiku-4-5-20251001",
            {"input_tokens": 1000, "cache_read_input_tokens": 4000, "output_tokens": 100} | written(1000, 2000),
        ),
        7150,  # 1,000; 1,000 x 1.25 = 1,250; 2,000 x 2 = 4,000; 4,000 x 0.1 = 400; 100 x 5 = 500
    ),
    (
        "anthropic: all of it counts towards the step (Sonnet 4.5 beyond 200,000: 6, 7.5, 12, 0.6, 22.5)",
        SONNET,
        anthropic(
            "claude-sonnet-4-5-20250929",
            {"input_tokens": 1000, "cache_read_input_tokens": 250_000, "output_tokens": 100} | written(2000, 3000),
        ),
        209_250,  # 6,000; 2,000 x 7.5 = 15,000; 3,000 x 12 = 36,000; 250,000 x 0.6 = 150,000; 100 x 22.5 = 2,250
    ),
    (
        "anthropic: batch (Haiku 4.5: 0.5, 0.625, 0.05, 2.5)",
        HAIKU,
        anthropic(
            "claude-haiku-4-5-20251001",
            {"input_tokens": 1000, "cache_read_input_tokens": 4000, "output_tokens": 100, "service_tier": "batch"}
            | written(2000, 0),
        ),
        2200,  # 500; 2,000 x 0.625 = 1,250; 4,000 x 0.05 = 200; 100 x 2.5 = 250
    ),
    (
        "google: text and sound, cached and not, and thoughts (2.5 Flash: 0.3, sound 1, cached 0.03 and 0.1, 2.5)",
        "gemini-2.5-flash",
        google(
            "gemini-2.5-flash",
            {
                "promptTokenCount": 1500,
                "candidatesTokenCount": 200,
                "thoughtsTokenCount": 300,
                "totalTokenCount": 2000,
                "cachedContentTokenCount": 400,
                "promptTokensDetails": modes(text=500, audio=1000),
                "cacheTokensDetails": modes(text=100, audio=300),
                "candidatesTokensDetails": modes(text=200),
            },
        ),
        2103,  # 400 x 0.3 = 120; 700 x 1 = 700; 100 x 0.03 = 3; 300 x 0.1 = 30; 500 x 2.5 = 1,250
    ),
    (
        "google: pictures in and out (2.5 Flash Image: 0.3, 2.5, pictures out 30)",
        "gemini-2.5-flash-image",
        google(
            "gemini-2.5-flash-image",
            {
                "promptTokenCount": 300,
                "candidatesTokenCount": 1310,
                "totalTokenCount": 1610,
                "promptTokensDetails": modes(text=42, image=258),
                "candidatesTokensDetails": modes(text=20, image=1290),
            },
        ),
        38_840,  # 300 x 0.3 = 90; 20 x 2.5 = 50; 1,290 x 30 = 38,700
    ),
    (
        "google: long context (2.5 Pro beyond 200,000: 2.5, 0.25 cached, 15)",
        "gemini-2.5-pro",
        google(
            "gemini-2.5-pro",
            {
                "promptTokenCount": 250_000,
                "candidatesTokenCount": 100,
                "thoughtsTokenCount": 900,
                "totalTokenCount": 251_000,
                "cachedContentTokenCount": 50_000,
            },
        ),
        527_500,  # 200,000 x 2.5 = 500,000; 50,000 x 0.25 = 12,500; 1,000 x 15 = 15,000
    ),
    (
        "google: priority (2.5 Pro: 2.25, 18)",
        "gemini-2.5-pro",
        google(
            "gemini-2.5-pro",
            {
                "promptTokenCount": 1000,
                "candidatesTokenCount": 100,
                "totalTokenCount": 1100,
                "trafficType": "ON_DEMAND_PRIORITY",
            },
        ),
        4050,  # 1,000 x 2.25 = 2,250; 100 x 18 = 1,800
    ),
    (
        "amazon: cache written for minutes and an hour, and read (Haiku 4.5 there: 1.1, 1.375, 2.2, 0.11, 5.5)",
        AMAZON,
        amazon(
            AMAZON,
            {
                "inputTokens": 1000,
                "outputTokens": 100,
                "totalTokens": 8100,
                "cacheReadInputTokens": 4000,
                "cacheWriteInputTokens": 3000,
                "cacheDetails": [{"ttl": "5m", "inputTokens": 1000}, {"ttl": "1h", "inputTokens": 2000}],
            },
        ),
        7865,  # 1,100; 1,000 x 1.375 = 1,375; 2,000 x 2.2 = 4,400; 4,000 x 0.11 = 440; 100 x 5.5 = 550
    ),
    (
        "cohere: what it bills of what was read and written (Command A: 2.5, 10)",
        "command-a-03-2025",
        cohere(
            "",
            {
                "billed_units": {"input_tokens": 100, "output_tokens": 20},
                "tokens": {"input_tokens": 600, "output_tokens": 25},
            },
        ),
        450,  # 100 x 2.5 = 250; 20 x 10 = 200
    ),
]
CHAT_CLIENTS = {
    "chat": lambda model: ("/v1/chat/completions", {"model": model, "messages": [{"role": "user", "content": "hi"}]}),
    "responses": lambda model: ("/v1/responses", {"model": model, "input": "hi"}),
    "messages": lambda model: (
        "/v1/messages",
        {"model": model, "max_tokens": 9, "messages": [{"role": "user", "content": "hi"}]},
    ),
    "google": lambda model: (
        f"/v1beta/models/{model}:generateContent",
        {"contents": [{"role": "user", "parts": [{"text": "hi"}]}]},
    ),
}


def costs(gateway, cluster, answer, path, body):
    """What the record says that an answer cost, with the record; metric and header have to agree."""
    before = gateway.metric("postern_list_cost_micro_usd")
    gateway.reset()
    gateway.upstreams[cluster].script(answer)
    reply = gateway.ask("POST", path, body)
    assert reply.status == 200, reply.body
    [record] = gateway.records()
    cost = record.get("postern.cost.list_micro_usd")
    assert gateway.metric("postern_list_cost_micro_usd") - before == cost, record
    shown = reply.header("x-postern-cost-usd")
    assert shown is None or round(float(shown) * 1e6) == cost, record
    return cost, record


def cluster_of(model):
    return next(cluster for name, cluster in CLUSTERS.items() if model.startswith(name.rstrip("*")))


def clients_of(model):
    """OpenAI itself is asked in Responses by a client of Responses, and would answer so."""
    return [client for client in CHAT_CLIENTS if (cluster_of(model), client) != ("openai", "responses")]


@pytest.mark.parametrize("what, model, answer, want", CHATS, ids=[row[0].split(" (")[0] for row in CHATS])
def test_an_answer_costs_what_the_price_list_says_whoever_asked(gateway, what, model, answer, want):
    for client in clients_of(model):
        cost, record = costs(gateway, cluster_of(model), Answer.json(answer), *CHAT_CLIENTS[client](model))
        assert cost == want, (what, client, record)


def events(*data):
    names = [f"event: {event['type']}\n" if "type" in event else "" for event in data]
    lines = (f"{name}data: {json.dumps(event)}\n\n" for name, event in zip(names, data))
    return Answer.stream("".join(lines).encode(), [20, 70, 3])


def test_streams_cost_what_they_say_at_their_ends(gateway):
    usage = {"prompt_tokens": 2000, "completion_tokens": 800, "total_tokens": 2800}
    usage |= {"prompt_tokens_details": {"cached_tokens": 1500}, "completion_tokens_details": {"reasoning_tokens": 640}}
    frame = {"id": "x", "object": "chat.completion.chunk", "created": 1, "model": "gpt-5", "service_tier": "priority"}
    said = {"index": 0, "delta": {"role": "assistant", "content": "hi"}, "finish_reason": "stop"}
    chunks = [frame | {"choices": [said]}, frame | {"choices": [], "usage": usage}]
    claude = anthropic(HAIKU, {"input_tokens": 1000, "cache_read_input_tokens": 4000, "output_tokens": 1})
    claude["usage"] |= written(1000, 2000)
    messages = [
        {"type": "message_start", "message": claude | {"content": [], "stop_reason": None}},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "hi"}},
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 100}},
        {"type": "message_stop"},
    ]
    flash = {"promptTokenCount": 1500, "candidatesTokenCount": 200, "thoughtsTokenCount": 300, "totalTokenCount": 2000}
    flash |= {"cachedContentTokenCount": 400, "promptTokensDetails": modes(text=500, audio=1000)}
    flash["cacheTokensDetails"] = modes(text=100, audio=300)
    rows = [
        # 500 x 2.5 = 1,250; 1,500 x 0.25 = 375; 800 x 20 = 16,000
        ("gpt-5", lambda: events(*chunks), 17_625),
        (HAIKU, lambda: events(*messages), 7150),
        ("gemini-2.5-flash", lambda: events(google("gemini-2.5-flash", flash)), 2103),
    ]
    for model, answer, want in rows:
        for client in clients_of(model):
            path, body = CHAT_CLIENTS[client](model)
            path = path.replace(":generateContent", ":streamGenerateContent?alt=sse")
            cost, record = costs(gateway, cluster_of(model), answer(), path, body | {"stream": True})
            assert cost == want, (model, client, record)


def test_what_is_no_chat_costs_by_its_own_prices(gateway):
    responses = {"id": "r", "object": "response", "created_at": 1, "status": "completed", "model": "gpt-5", "output": []}
    responses |= {"service_tier": "priority", "usage": {"input_tokens": 1000, "output_tokens": 100, "total_tokens": 1100}}
    responses["usage"] |= {"input_tokens_details": {"cached_tokens": 200}, "output_tokens_details": {"reasoning_tokens": 60}}
    pictures = {"input_tokens": 50, "output_tokens": 4160, "total_tokens": 4210}
    pictures["input_tokens_details"] = {"text_tokens": 10, "image_tokens": 40}
    pictures["output_tokens_details"] = {"text_tokens": 0, "image_tokens": 4160}
    vectors = {"object": "list", "data": [{"object": "embedding", "index": 0, "embedding": [0.5]}]}
    vectors |= {"model": "text-embedding-3-small", "usage": {"prompt_tokens": 5000, "total_tokens": 5000}}
    ranks = {"id": "x", "results": [{"index": 0, "relevance_score": 0.9}]}
    ranks["meta"] = {"api_version": {"version": "2"}, "billed_units": {"search_units": 3}}
    ranking = {"model": "rerank-v3.5", "query": "q", "documents": ["a", "b"]}
    rows = [
        # As in chat completions: 2,000 + 50 + 2,000.
        ("/v1/responses", {"model": "gpt-5", "input": "hi"}, responses, 4050),
        # gpt-image-1: text in 5, pictures in 10, pictures out 40: 50 + 400 + 166,400.
        (
            "/v1/images/generations",
            {"model": "gpt-image-1", "prompt": "a cat"},
            {"created": 1, "data": [{"b64_json": "QQ=="}], "usage": pictures},
            166_850,
        ),
        # 0.02 a million.
        ("/v1/embeddings", {"model": "text-embedding-3-small", "input": "hi"}, vectors, 100),
        # 2 dollars a thousand searches.
        ("/v2/rerank", ranking, ranks, 6000),
        ("/v1/rerank", ranking, ranks, 6000),
    ]
    for path, body, answer, want in rows:
        cost, record = costs(gateway, cluster_of(body["model"]), Answer.json(answer), path, body)
        assert cost == want, (path, record)
