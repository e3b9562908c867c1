"""The `openai` Python SDK: does one task and tells what its user sees of it (see clients.py)."""

import json

import openai
import pydantic


class Trip(pydantic.BaseModel):
    city: str
    days: int


def connect(task, kind=openai.OpenAI):
    return kind(base_url=f"{task['url']}/v1", api_key=task["key"], max_retries=0, timeout=20)


def question(task):
    content = task["text"]
    if task.get("image"):
        content = [{"type": "text", "text": content}, {"type": "image_url", "image_url": {"url": task["image"]}}]
    messages = [{"role": "system", "content": task["system"]}] if "system" in task else []
    asked = {"model": task["model"], "messages": [*messages, {"role": "user", "content": content}]}
    if "max_tokens" in task:
        asked["max_completion_tokens"] = task["max_tokens"]
    if "tools" in task:
        about = {"description": "Looks it up", "parameters": task["schema"], "strict": True}
        asked["tools"] = [{"type": "function", "function": {"name": name} | about} for name in task["tools"]]
    return asked | ({"reasoning_effort": "low"} if task.get("thinking") else {})


def ask(client, task, asked):
    chat = client.chat.completions
    shape = {"response_format": Trip} if task.get("trip") else {}
    if task.get("stream"):
        with chat.stream(**asked, **shape, stream_options={"include_usage": True}) as stream:
            for _ in stream:
                pass
            return stream.get_final_completion()
    return chat.parse(**asked, **shape) if shape else chat.create(**asked)


def seen(completion):
    [choice] = completion.choices
    message, usage = choice.message, completion.usage
    blocks = getattr(message, "thinking_blocks", None) or [{}]
    calls = [call.function for call in message.tool_calls or []]
    trip = getattr(message, "parsed", None)
    return {
        "id": completion.id,
        "text": message.content or "",
        "calls": [[call.name, json.loads(call.arguments)] for call in calls],
        "finish": choice.finish_reason,
        "thinking": getattr(message, "reasoning_content", None),
        "signature": blocks[0].get("signature"),
        "trip": trip and trip.model_dump(),
        "usage": usage
        and [
            usage.prompt_tokens,
            usage.prompt_tokens_details and usage.prompt_tokens_details.cached_tokens,
            usage.completion_tokens,
        ],
    }


def chat(client, task):
    asked = question(task)
    completion = ask(client, task, asked)
    turns = [seen(completion)]
    if "results" in task:
        message = completion.choices[0].message
        results = [
            {"role": "tool", "tool_call_id": call.id, "content": task["results"][call.function.name]}
            for call in message.tool_calls
        ]
        turns.append(seen(ask(client, task, asked | {"messages": [*asked["messages"], message, *results]})))
    return turns


def headers(client, task):
    raw = client.chat.completions.with_raw_response.create(**question(task))
    return {"headers": dict(raw.headers), "request_id": raw.parse()._request_id}


def models(client, task):
    listed = [model.id for model in client.models.list()]
    return {"listed": listed, "one": client.models.retrieve(listed[0]).id}


def model(client, task):
    return client.models.retrieve(task["model"]).id


def embed(client, task):
    how = {name: task[name] for name in ("encoding_format", "dimensions") if name in task}
    answer = client.embeddings.create(model=task["model"], input=task["input"], **how)
    return {"vectors": [row.embedding for row in answer.data], "tokens": answer.usage.prompt_tokens}


def respond(client, task):
    """The same through the Responses API: the items of an answer go back as they came."""
    content = task["text"]
    if task.get("image"):
        content = [{"type": "input_text", "text": content}, {"type": "input_image", "image_url": task["image"]}]
    asked = {"model": task["model"], "input": [{"role": "user", "content": content}]}
    asked |= {name: task[name] for name in ("temperature", "previous_response_id", "store") if name in task}
    if "system" in task:
        asked["instructions"] = task["system"]
    if "max_tokens" in task:
        asked["max_output_tokens"] = task["max_tokens"]
    if "tools" in task:
        about = {"description": "Looks it up", "parameters": task["schema"], "strict": True}
        asked["tools"] = [{"type": "function", "name": name} | about for name in task["tools"]]
    if task.get("thinking"):
        asked |= {"reasoning": {"effort": "low", "summary": "auto"}, "include": ["reasoning.encrypted_content"]}
    response = response_to(client, task, asked)
    turns = [told(response)]
    if "results" in task:
        results = [
            {"type": "function_call_output", "call_id": item.call_id, "output": task["results"][item.name]}
            for item in response.output
            if item.type == "function_call"
        ]
        turns.append(told(response_to(client, task, asked | {"input": [*asked["input"], *response.output, *results]})))
    return turns


def response_to(client, task, asked):
    shape = {"text_format": Trip} if task.get("trip") else {}
    if not task.get("stream"):
        return client.responses.parse(**asked, **shape)
    if not task.get("events"):
        with client.responses.stream(**asked, **shape) as stream:
            return stream.get_final_response()
    # The helper takes no end but `response.completed`.
    events = list(client.responses.create(**asked, stream=True))
    assert [event.sequence_number for event in events] == list(range(len(events)))
    return events[-1].response


def told(response):
    items, usage = response.output, response.usage
    thoughts = [item for item in items if item.type == "reasoning"]
    trip = getattr(response, "output_parsed", None)
    return {
        "id": response.id,
        "kinds": [item.type for item in items],
        "text": response.output_text,
        "calls": [[item.name, json.loads(item.arguments)] for item in items if item.type == "function_call"],
        "finish": response.incomplete_details.reason if response.incomplete_details else response.status,
        "thinking": "".join(part.text for item in thoughts for part in item.summary),
        "signature": thoughts[0].encrypted_content if thoughts else None,
        "trip": trip and trip.model_dump(),
        "usage": usage and [usage.input_tokens, usage.input_tokens_details.cached_tokens, usage.output_tokens],
        "settings": [response.instructions, response.temperature, len(response.tools)],
    }


def elsewhere(client, task):
    return client.fine_tuning.jobs.list().data


async def chat_async(task):
    async with connect(task, openai.AsyncOpenAI) as client:
        asked = question(task)
        whole = await client.chat.completions.create(**asked)
        async with client.chat.completions.stream(**asked) as stream:
            return [seen(whole), seen(await stream.get_final_completion())]
