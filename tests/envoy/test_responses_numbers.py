"""What a Responses client counts on: `sequence_number` goes 0, 1, 2, … whoever streams, and however the stream ends."""

import base64
import json

import pytest

from rig import gateway_config
from test_budget import PRICES, budget
from test_matrix import GATEWAY, MATRIX, PROVIDERS, with_providers
from upstream import SSE, Answer

PLAYS = {p["provider"]: p for p in MATRIX["plays"] if p["client"] == "openai_responses" and p["stream"]}
provider = pytest.mark.parametrize("play", PLAYS.values(), ids=PLAYS)


def ask(rig, play, answer):
    answer.headers = [("content-type", play["content_type"])]
    rig.upstreams[play["provider"]].script(answer)
    return rig.ask("POST", play["path"], base64.b64decode(play["body"]))


def numbered(reply):
    events = reply.events
    assert [event.get("sequence_number") for event in events] == list(range(len(events))), events
    return [event["type"] for event in events]


@provider
def test_a_stream_is_numbered_without_a_gap(rigs, play):
    gateway = rigs(GATEWAY, PROVIDERS, change=with_providers)
    reply = ask(gateway, play, Answer.stream(base64.b64decode(play["answer"]), [1, 30, 7, 100, 2]))
    kinds = numbered(reply)
    assert kinds[:2] == ["response.created", "response.in_progress"] and kinds[-1] == "response.completed"


@provider
@pytest.mark.parametrize("ends", ["closed", "cut"])
def test_the_error_that_ends_a_stream_cut_short_is_numbered_too(rigs, play, ends):
    gateway = rigs(GATEWAY, PROVIDERS, change=with_providers)
    data = base64.b64decode(play["answer"])
    # In the middle, mostly of an event.
    reply = ask(gateway, play, Answer(chunks=[data[:700], data[700 : len(data) * 3 // 5]], cut=ends == "cut"))
    if ends == "closed" or reply.complete:
        assert numbered(reply)[-1] in ("error", "response.failed"), reply.body[-600:]
    else:
        numbered(reply)


def responses_stream(pieces):
    """As OpenAI streams it: with items of its own before the text, of which no other format has a word."""
    events = []

    def event(kind, **more):
        data = json.dumps({"type": kind, "sequence_number": len(events)} | more)
        events.append(f"event: {kind}\ndata: {data}\n\n".encode())

    response = {"id": "resp_1", "object": "response", "created_at": 1, "model": "gpt-4.1", "output": []}
    event("response.created", response=response | {"status": "in_progress"})
    event("response.in_progress", response=response | {"status": "in_progress"})
    search = {"id": "ws_1", "type": "web_search_call", "status": "in_progress"}
    event("response.output_item.added", output_index=0, item=search)
    for step in ("in_progress", "searching", "completed"):
        event(f"response.web_search_call.{step}", output_index=0, item_id="ws_1")
    event("response.output_item.done", output_index=0, item=search | {"status": "completed"})
    item = {"id": "msg_1", "type": "message", "status": "in_progress", "role": "assistant", "content": []}
    event("response.output_item.added", output_index=1, item=item)
    part = {"type": "output_text", "text": "", "annotations": []}
    event("response.content_part.added", item_id="msg_1", output_index=1, content_index=0, part=part)
    for _ in range(pieces):
        event("response.output_text.delta", item_id="msg_1", output_index=1, content_index=0, delta="word " * 20)
    return events


def at_responses(name, **changes):
    [model] = [p for p in MATRIX["providers"] if p["cluster"] == "openai_responses"]
    target = {"cluster": model["cluster"], "model": model["real_model"]}
    return gateway_config(models=[{"name": model["model"], "targets": [target]}], **changes)


def test_a_stream_that_the_budget_ends_goes_on_counting_where_the_provider_was(rigs):
    row = {"budget": {"budgets": [budget("0.005", stop_stream=True)], "name": "numbered"}}
    rig = rigs(at_responses("stop", policies=[row], prices=PRICES), PROVIDERS, change=with_providers)
    rig.upstreams["openai_responses"].script(Answer(200, [("content-type", SSE)], responses_stream(100), delay=0.01))
    play = PLAYS["openai_responses"]
    reply = rig.ask("POST", play["path"], base64.b64decode(play["body"]))
    kinds = numbered(reply)
    assert kinds[-1] == "response.incomplete" and kinds.count("response.output_text.delta") < 60, kinds


def test_a_stream_that_cannot_be_checked_ends_in_an_error_with_the_next_number(rigs):
    words = {"words": {"lists": [{"name": "w", "words": ["forbidden"]}], "roles": [], "answers": True}}
    rig = rigs(at_responses("guard", policies=[{"guard": {"rules": [words]}}]), PROVIDERS, change=with_providers)
    events = [*responses_stream(5), b"data: {broken\n\n"]
    rig.upstreams["openai_responses"].script(Answer(200, [("content-type", SSE)], events, delay=0.01))
    play = PLAYS["openai_responses"]
    reply = rig.ask("POST", play["path"], base64.b64decode(play["body"]))
    assert numbered(reply)[-1] == "error" and b"cannot be checked" in reply.body, reply.body[-500:]


def test_a_stream_that_a_guard_ends_goes_on_counting_where_the_provider_was(rigs):
    words = {"words": {"lists": [{"name": "w", "words": ["forbidden"]}], "roles": [], "answers": True}}
    guard = {"guard": {"rules": [words]}}
    rig = rigs(at_responses("guard", policies=[guard]), PROVIDERS, change=with_providers)
    events = responses_stream(5)
    said = b"word " * 20
    events[-1] = events[-1].replace(said, b"forbidden " * 3)
    rig.upstreams["openai_responses"].script(Answer(200, [("content-type", SSE)], events, delay=0.01))
    play = PLAYS["openai_responses"]
    reply = rig.ask("POST", play["path"], base64.b64decode(play["body"]))
    assert b"forbidden" not in reply.body
    assert numbered(reply)[-1] in ("response.incomplete", "response.completed"), reply.body[-500:]
