"""The proof in the real Envoy: values planted in every text of a request, in every pair of chat formats, whole and
streamed, are searched for in everything that left the process: what providers got, the logs at their loudest, metrics,
records, headers. What was put back reaches the client, and what the model says anew does not.

The plays are those of `test_matrix.py`; each pair has words of its own in every text, and here they become addresses.
"""

import base64
import json
import re

import pytest

from rig import ROOT, clone_cluster, gateway_config
from upstream import Answer

PLAYS = ROOT / "target" / "matrix.json"
if not PLAYS.exists():
    raise RuntimeError("no target/matrix.json: the native tests write it, so run `cargo test --test exchange` first")
MATRIX = json.loads(PLAYS.read_text())
PROVIDERS = {provider["cluster"]: provider["config"] for provider in MATRIX["providers"]}


def gateway(**redact):
    return gateway_config(
        models=[
            {"name": p["model"], "targets": [{"cluster": p["cluster"], "model": p["real_model"]}]}
            for p in MATRIX["providers"]
        ],
        policies=[{"redact": {"detectors": ["EMAIL_ADDRESS"]} | redact}],
    )


BOTH_WAYS = gateway(action="pseudonymise", direction="both")
IDS = [f"{p['client']}-{p['provider']}-{'stream' if p['stream'] else 'whole'}" for p in MATRIX["plays"]]


def with_providers(bootstrap):
    for name, config in PROVIDERS.items():
        cluster = clone_cluster(bootstrap, "openai", name)
        cluster["metadata"]["filter_metadata"]["postern"]["provider"] = config["provider"]["preset"]


def plant(value, word, numbers):
    """Every string that is no id gets an address in the word's place."""
    if isinstance(value, str):
        if word not in value or value.startswith("call_"):
            return value
        numbers.append(len(numbers) + 1)
        return value.replace(word, f"jane{len(numbers)}@planted.example")
    if isinstance(value, list):
        return [plant(item, word, numbers) for item in value]
    if isinstance(value, dict):
        return {key: plant(item, word, numbers) for key, item in value.items()}
    return value


@pytest.mark.parametrize("play", MATRIX["plays"], ids=IDS)
def test_what_is_planted_leaves_nowhere(rigs, play):
    rig = rigs(BOTH_WAYS, PROVIDERS, change=with_providers)
    rig.admin("/logging?level=debug", "POST")
    provider = rig.upstreams[play["provider"]]
    answer = base64.b64decode(play["answer"])
    [word] = set(re.findall(r"[a-z]{5,10}\d+", base64.b64decode(play["body"]).decode())) & set(
        re.findall(r"[a-z]{5,10}\d+", answer.decode(errors="ignore"))
    ) or [re.search(rb"You serve ([a-z]+\d+)\.", base64.b64decode(play["body"]))[1].decode()]
    numbers = []
    body = plant(json.loads(base64.b64decode(play["body"])), word, numbers)
    assert len(numbers) >= 8, body
    # An AWS frame has checksums, so only texts of the other framings are changed on the way.
    changed = "eventstream" not in play["content_type"]
    if changed:
        answer = answer.replace(b"Rome ", b"<EMAIL_ADDRESS_1> ").replace(b"Hello ", b"Hello eve@fresh.example ")
    scripted = Answer.stream(answer, [1, 30, 7, 100, 2]) if play["stream"] else Answer(chunks=[answer])
    scripted.headers = [("content-type", play["content_type"])]
    provider.script(scripted)
    reply = rig.ask("POST", play["path"], body)
    assert reply.status == 200, reply.body
    [sent] = provider.requests
    [record] = rig.records(1)
    places = {
        "upstream": sent.raw.decode(errors="replace"),
        "log": rig.log,
        "access log": rig.read("access.log"),
        "metrics": rig.admin("/stats/prometheus").body.decode(),
        "headers": json.dumps(reply.headers),
    }
    for planted in ("planted.example", "fresh.example"):
        leaks = [place for place, text in places.items() if planted in text]
        assert not leaks, leaks
    assert "EMAIL_ADDRESS_1" in places["upstream"]
    assert b"fresh.example" not in reply.body
    assert any(finding["action"] == "pseudonymise" for finding in record["postern.policies"])


CHAT = "/v1/chat/completions"


def user(text):
    return {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": text}]}


def chunk(text):
    delta = {"index": 0, "delta": {"content": text}, "finish_reason": None}
    return b"data: " + json.dumps({"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [delta]}).encode() + b"\n\n"


FINISH = (
    b'data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n'
    b"data: [DONE]\n\n"
)


def said(reply):
    choices = [event["choices"] for event in reply.events if event != "[DONE]"]
    return "".join(choice["delta"].get("content") or "" for [choice] in choices)


def stream_of(pieces, **how):
    return Answer(200, [("content-type", "text/event-stream")], [*map(chunk, pieces), FINISH], **how)


def both(**more):
    return gateway_config(policies=[{"redact": {"direction": "both"} | more}])


def test_a_value_comes_back_to_the_client_alone_as_it_streams(rigs):
    rig = rigs(both(action="pseudonymise"))
    pieces = ["Hello <EM", "AIL_ADD", "RESS_1", ">, nice to see", " you. ", "Bye."]
    rig.upstreams["openai"].script(stream_of(pieces, delay=0.05))
    reply = rig.ask("POST", CHAT, user("I am jane.doe@example.com") | {"stream": True})
    assert said(reply) == "Hello jane.doe@example.com, nice to see you. Bye."
    assert len([1 for _, data in reply.chunks if data]) > 2, "it streams"
    assert b"jane.doe" not in rig.upstreams["openai"].requests[0].raw
    assert not rig.traces("jane.doe@example.com")


def test_the_whole_answer_has_the_right_length(rigs):
    rig = rigs(both(action="pseudonymise"))
    message = {"role": "assistant", "content": "to <EMAIL_ADDRESS_1>; cc eve@fresh.example"}
    rig.upstreams["openai"].script(
        Answer.json({"id": "c", "object": "chat.completion", "created": 1, "model": "m",
                     "choices": [{"index": 0, "message": message, "finish_reason": "stop"}]})
    )
    reply = rig.ask("POST", CHAT, user("I am jane.doe@example.com"))
    assert reply.complete and int(reply.header("content-length") or len(reply.body)) == len(reply.body)
    assert reply.json["choices"][0]["message"]["content"] == "to jane.doe@example.com; cc <EMAIL_ADDRESS>"


def test_what_is_blocked_ends_the_stream_in_the_clients_words(rigs):
    rig = rigs(both(action="block"))
    rig.upstreams["openai"].script(stream_of(["Write ", "to eve@", "fresh.example", " now, ", "please."], delay=0.05))
    reply = rig.ask("POST", CHAT, user("Whom?") | {"stream": True})
    assert b"fresh" not in reply.body and said(reply).startswith("Write ")
    assert reply.events[-1] == "[DONE]" and reply.events[-2]["choices"][0]["finish_reason"] == "content_filter"
    [record] = rig.records()
    assert {"policy": "redact", "found": "EMAIL_ADDRESS", "action": "refuse", "direction": "response", "count": 1} in record[
        "postern.policies"
    ]


def test_without_personal_data_a_stream_is_the_same_bytes(rigs):
    pieces = ["Nothing", " about", " anybody: ", "12 apples", " and é😀", "."]
    bodies = []
    for config in (both(), gateway_config(policies=[])):
        rig = rigs(config)
        rig.upstreams["openai"].script(stream_of(pieces))
        bodies.append(rig.ask("POST", CHAT, user("Hi") | {"stream": True}).body)
    assert bodies[0] == bodies[1]


@pytest.mark.parametrize("broken", [b"data: eve@fresh.example\n\n", b'data: {"a":"eve@fresh.example\xff"}\n\n'])
def test_what_cannot_be_read_ends_the_stream_by_an_error(rigs, broken):
    rig = rigs(both())
    rig.upstreams["openai"].script(
        Answer(200, [("content-type", "text/event-stream")], [chunk("Hello there, "), broken, FINISH], delay=0.05)
    )
    reply = rig.ask("POST", CHAT, user("Hi") | {"stream": True})
    assert b"fresh.example" not in reply.body and b"error" in reply.body, reply.body
