"""The `anthropic` Python SDK: does one task and tells what its user sees of it (see clients.py)."""

import re

import anthropic
import pydantic


class Trip(pydantic.BaseModel):
    city: str
    days: int


def connect(task, kind=anthropic.Anthropic):
    return kind(base_url=task["url"], api_key=task["key"], max_retries=0, timeout=20)


def question(task):
    content = task["text"]
    if task.get("image"):
        data = re.fullmatch("data:(.*);base64,(.*)", task["image"])
        source = {"type": "url", "url": task["image"]}
        if data:
            source = {"type": "base64", "media_type": data[1], "data": data[2]}
        content = [{"type": "text", "text": content}, {"type": "image", "source": source}]
    asked = {"model": task["model"], "messages": [{"role": "user", "content": content}]}
    asked["max_tokens"] = task.get("max_tokens", 4000)
    if "system" in task:
        asked["system"] = task["system"]
    if "tools" in task:
        about = {"description": "Looks it up", "input_schema": task["schema"]}
        asked["tools"] = [{"name": name} | about for name in task["tools"]]
    return asked | ({"thinking": {"type": "enabled", "budget_tokens": 1024}} if task.get("thinking") else {})


def ask(client, task, asked):
    shape = {"output_format": Trip} if task.get("trip") else {}
    if task.get("stream"):
        with client.messages.stream(**asked, **shape) as stream:
            for _ in stream:
                pass
            return stream.get_final_message()
    return client.messages.parse(**asked, **shape) if shape else client.messages.create(**asked)


def seen(message):
    def blocks(kind):
        return [block for block in message.content if block.type == kind]

    thinking, usage = blocks("thinking"), message.usage
    trip = getattr(message, "parsed_output", None)
    return {
        "id": message.id,
        "text": "".join(block.text for block in blocks("text")),
        "calls": [[block.name, block.input] for block in blocks("tool_use")],
        "finish": message.stop_reason,
        "thinking": thinking[0].thinking if thinking else None,
        "signature": thinking[0].signature if thinking else None,
        "trip": trip and trip.model_dump(),
        "usage": [
            usage.input_tokens,
            usage.cache_creation_input_tokens,
            usage.cache_read_input_tokens,
            usage.output_tokens,
        ],
    }


def chat(client, task):
    asked = question(task)
    message = ask(client, task, asked)
    turns = [seen(message)]
    if "results" in task:
        results = [
            {"type": "tool_result", "tool_use_id": block.id, "content": task["results"][block.name]}
            for block in message.content
            if block.type == "tool_use"
        ]
        more = [{"role": "assistant", "content": message.content}, {"role": "user", "content": results}]
        turns.append(seen(ask(client, task, asked | {"messages": asked["messages"] + more})))
    return turns


def headers(client, task):
    raw = client.messages.with_raw_response.create(**question(task))
    return {"headers": dict(raw.headers), "request_id": raw.parse()._request_id}


def models(client, task):
    listed = [model.id for model in client.models.list()]
    return {"listed": listed, "one": client.models.retrieve(listed[0]).id}


def model(client, task):
    return client.models.retrieve(task["model"]).id


def count(client, task):
    asked = question(task)
    return client.messages.count_tokens(model=asked["model"], messages=asked["messages"]).input_tokens


def elsewhere(client, task):
    return client.messages.batches.retrieve("msgbatch_1").id


async def chat_async(task):
    async with connect(task, anthropic.AsyncAnthropic) as client:
        asked = question(task)
        whole = await client.messages.create(**asked)
        async with client.messages.stream(**asked) as stream:
            return [seen(whole), seen(await stream.get_final_message())]
