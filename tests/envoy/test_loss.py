"""What the other side's format cannot hold is told: in a header, a counter and the record. A strict gateway refuses."""

import pytest

from rig import ROOT, clone_cluster, gateway_config
from upstream import Answer

CHAT, MESSAGES, RESPONSES = "/v1/chat/completions", "/v1/messages", "/v1/responses"
HI = [{"role": "user", "content": "Hi"}]
MARKED = [
    {"role": "user", "content": [{"type": "text", "text": "Hi", "cache_control": {"type": "ephemeral"}}]},
    {"role": "assistant", "content": [{"type": "redacted_thinking", "data": "b64"}, {"type": "text", "text": "Ho"}]},
    {"role": "user", "content": "And?"},
]
PROVIDERS = {
    name: {"version": 1, "provider": {"preset": preset, "key": {"inline": "sk-planted"}, "params": {}} | more}
    for name, preset, more in (
        ("anthropic_messages", "anthropic", {}),
        ("openai_chat", "openai_compatible", {"host": "provider.test"}),
        ("cohere_chat", "cohere", {}),
        ("ollama_chat", "ollama_native", {}),
    )
}
# Path, the provider's format, what is asked, what of it is lost, by the client's own names.
LOSSES = {
    "chat to anthropic": (
        CHAT,
        "anthropic_messages",
        {"messages": HI, "seed": 7, "presence_penalty": 0.5, "metadata": {"team": "a"}, "unheard_of": 1},
        {"seed", "presence_penalty", "metadata", "unheard_of"},
    ),
    "messages to openai": (
        MESSAGES,
        "openai_chat",
        {"messages": MARKED, "max_tokens": 9, "top_k": 5, "container": "c"},
        {"messages[].content[].cache_control", "messages[].content[].data", "top_k", "container"},
    ),
    "responses to anthropic": (
        RESPONSES,
        "anthropic_messages",
        {"input": "Hi", "store": False, "metadata": {"team": "a"}, "text": {"verbosity": "low"}},
        {"metadata", "text.verbosity"},
    ),
    "chat to cohere": (
        CHAT,
        "cohere_chat",
        {"messages": HI, "logit_bias": {"50256": -100}, "user": "u-1", "verbosity": "low", "store": True},
        {"logit_bias", "user", "verbosity", "store"},
    ),
    "messages to ollama": (
        MESSAGES,
        "ollama_chat",
        {"messages": HI, "max_tokens": 9, "metadata": {"user_id": "u-1"}, "service_tier": "auto"},
        {"metadata.user_id", "service_tier"},
    ),
}
GATEWAY = {
    "models": [{"name": name, "targets": [{"cluster": name, "model": "a-model"}]} for name in PROVIDERS],
    "policies": [],
}


def with_providers(bootstrap):
    for name, config in PROVIDERS.items():
        cluster = clone_cluster(bootstrap, "openai", name)
        cluster["metadata"]["filter_metadata"]["postern"]["provider"] = config["provider"]["preset"]


def recorded(provider, streamed):
    """An answer as that provider gives it."""
    stem = "groq" if provider == "openai_chat" else "text"
    kinds = {".sse": "text/event-stream", ".ndjson": "application/x-ndjson", ".json": "application/json"}
    for ending, kind in kinds.items():
        path = ROOT / "tests/fixtures" / provider / (stem + ending)
        if (ending != ".json") == streamed and path.exists():
            answer = Answer.stream(path.read_bytes(), [40]) if streamed else Answer(chunks=[path.read_bytes()])
            answer.headers = [("content-type", kind)]
            return answer
    raise FileNotFoundError(stem)


@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize("path, provider, asked, lost", LOSSES.values(), ids=LOSSES)
def test_what_is_left_out_is_in_the_header_the_counter_and_the_record(rigs, path, provider, asked, lost, streamed):
    rig = rigs(gateway_config(**GATEWAY), PROVIDERS, change=with_providers)
    rig.upstreams[provider].script(recorded(provider, streamed))
    before = rig.metric("postern_lossy_fields", provider=PROVIDERS[provider]["provider"]["preset"])
    reply = rig.ask("POST", path, {"model": provider, "stream": streamed} | asked)
    assert reply.status == 200 and reply.complete, reply.body
    [sent] = rig.upstreams[provider].requests
    told = reply.header("x-postern-lossy").split(",")
    assert set(told) == lost and len(told) == len(lost)
    [record] = rig.records()
    assert record["postern.lossy"] == told
    after = rig.metric("postern_lossy_fields", provider=PROVIDERS[provider]["provider"]["preset"])
    assert after - before == len(lost)


@pytest.mark.parametrize("path, provider, asked, lost", LOSSES.values(), ids=LOSSES)
def test_a_strict_gateway_refuses_what_it_would_have_to_leave_out(rigs, path, provider, asked, lost):
    rig = rigs(gateway_config(**GATEWAY, strict=True), PROVIDERS, change=with_providers)
    reply = rig.ask("POST", path, {"model": provider} | asked)
    assert reply.status == 400 and rig.upstreams[provider].requests == []
    names = reply.json["error"]["message"]
    before, after = "the target cannot hold ", ", and strict is set"
    assert names.startswith(before) and names.endswith(after)
    assert set(names[len(before) : -len(after)].split(", ")) == lost
    [record] = rig.records()
    assert record["error.type"] == "unsupported_by_target"


def test_what_an_answer_says_beyond_the_clients_format_is_told_while_there_are_headers(rigs):
    rig = rigs(gateway_config(**GATEWAY), PROVIDERS, change=with_providers)
    fixtures = ROOT / "tests/fixtures/openai_chat"
    whole = (fixtures / "openai_search_logprobs.json").read_bytes()
    stream = (fixtures / "openai_search_logprobs.sse").read_bytes()
    first = stream.index(b"\n\n") + 2
    answers = [
        Answer(chunks=[whole]),
        Answer.stream(stream),
        Answer.stream(stream, [first], delay=0.3),  # the headers are gone before there is a probability
    ]
    told = []
    for streamed, answer in zip((False, True, True), answers, strict=True):
        rig.upstreams["openai_chat"].script(answer)
        asked = {"model": "openai_chat", "messages": HI, "max_tokens": 9, "stream": streamed}
        reply = rig.ask("POST", MESSAGES, asked)
        assert reply.status == 200 and reply.complete, reply.body
        told.append(reply.header("x-postern-lossy"))
    assert told == ["answer:log_probabilities", "answer:log_probabilities", None]
    assert [record["postern.lossy"] for record in rig.records(3)] == [["answer:log_probabilities"]] * 3
