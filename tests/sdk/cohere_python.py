"""The `cohere` Python SDK: does one task and tells what its user sees of it (see clients.py).

The SDK has no accumulator for streams, so one is written here as its documentation shows it.
"""

import asyncio
import json

import cohere


class StreamFailed(Exception):
    """A stream's own error: the SDK hands its last event on like any other."""


def connect(task, kind=cohere.ClientV2):
    return kind(api_key=task["key"], base_url=task["url"], timeout=20, max_retries=0)


def question(task):
    content = task["text"]
    if task.get("image"):
        content = [{"type": "text", "text": content}, {"type": "image_url", "image_url": {"url": task["image"]}}]
    messages = [{"role": "system", "content": task["system"]}] if "system" in task else []
    asked = {"model": task["model"], "messages": [*messages, {"role": "user", "content": content}]}
    for name in ("max_tokens", "documents", "p"):
        if name in task:
            asked[name] = task[name]
    if "tools" in task:
        about = {"description": "Looks it up", "parameters": task["schema"]}
        asked["tools"] = [{"type": "function", "function": {"name": name} | about} for name in task["tools"]]
    if task.get("trip"):
        asked["response_format"] = {"type": "json_object", "json_schema": task["trip"]}
    return asked | ({"thinking": {"type": "enabled", "token_budget": 1024}} if task.get("thinking") else {})


def seen(id, message, finish, usage, task):
    blocks = message.get("content") or []
    text = "".join(block["text"] for block in blocks if block["type"] == "text")
    counts = (usage or {}).get("tokens", {})
    return {
        "id": id,
        "text": text,
        "calls": [
            [call["function"]["name"], json.loads(call["function"]["arguments"])]
            for call in message.get("tool_calls") or []
        ],
        "finish": finish,
        "thinking": "".join(block["thinking"] for block in blocks if block["type"] == "thinking") or None,
        "plan": message.get("tool_plan") or None,
        "citations": [
            [it.get("start"), it.get("end"), it.get("text"), it["sources"][0]["document"].get("title")]
            for it in message.get("citations") or []
        ],
        "trip": json.loads(text) if task.get("trip") else None,
        "usage": [
            counts.get("input_tokens"),
            (usage or {}).get("cached_tokens"),
            counts.get("output_tokens"),
        ],
    }


def fold(events):
    """A message out of its events, each tool call and block by the index that the event names."""
    id, message, finish, usage, blocks, calls = None, {}, None, None, {}, {}
    for event in events:
        event = event.dict()
        delta = event.get("delta") or {}
        more, at = delta.get("message") or {}, event.get("index")
        match event["type"]:
            case "message-start":
                id = event["id"]
            case "content-start":
                blocks[at] = dict(more["content"])
            case "content-delta":
                for name, piece in more["content"].items():
                    if piece is not None and name in ("text", "thinking"):
                        blocks[at][name] = (blocks[at].get(name) or "") + piece
            case "tool-plan-delta":
                message["tool_plan"] = message.get("tool_plan", "") + more["tool_plan"]
            case "tool-call-start":
                assert at not in calls
                calls[at] = dict(more["tool_calls"], function=dict(more["tool_calls"]["function"]))
            case "tool-call-delta":
                calls[at]["function"]["arguments"] += more["tool_calls"]["function"]["arguments"]
            case "citation-start":
                message.setdefault("citations", []).append(more["citations"])
            case "message-end":
                finish, usage = delta["finish_reason"], delta.get("usage")
                if finish == "ERROR":
                    raise StreamFailed(delta["error"])
    if finish is None:
        raise StreamFailed("the stream ended without its last event")
    message["content"] = [blocks[at] for at in sorted(blocks)]
    message["tool_calls"] = [calls[at] for at in sorted(calls)]
    return id, message, finish, usage


def ask(client, task, asked):
    if task.get("stream"):
        return fold(client.chat_stream(**asked))
    answer = client.chat(**asked)
    usage = answer.usage and answer.usage.dict()
    return answer.id, answer.message.dict(), answer.finish_reason, usage


def chat(client, task):
    asked = question(task)
    answer = ask(client, task, asked)
    turns = [seen(*answer, task)]
    if "results" in task:
        message = answer[1]
        # As Cohere's guides go on: the calls with the plan, or with what was thought.
        model = {name: message[name] for name in ("tool_calls", "tool_plan") if message.get(name)}
        thought = [block for block in message.get("content") or [] if block["type"] == "thinking"]
        model |= {"role": "assistant"} | ({"content": thought} if thought else {})
        told = {call["id"]: {"out": task["results"][call["function"]["name"]]} for call in message["tool_calls"]}
        results = [
            {"role": "tool", "tool_call_id": id, "content": [{"type": "document", "document": {"data": out}}]}
            for id, out in told.items()
        ]
        turns.append(seen(*ask(client, task, asked | {"messages": [*asked["messages"], model, *results]}), task))
    return turns


async def chat_async(task):
    client = connect(task, cohere.AsyncClientV2)
    asked = question(task)
    answer = await client.chat(**asked)
    whole = seen(answer.id, answer.message.dict(), answer.finish_reason, answer.usage.dict(), task)
    events = [event async for event in client.chat_stream(**asked)]
    return [whole, seen(*fold(events), task)]


def do_async(task):
    return asyncio.run(chat_async(task))
