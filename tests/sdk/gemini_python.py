"""The `google-genai` Python SDK: does one task and tells what its user sees of it (see clients.py).

The SDK has no accumulator for streams, so one is written here as its documentation shows it.
"""

import asyncio
import base64
import contextlib
import json

from google import genai
from google.genai import types


class StreamFailed(Exception):
    """A stream that did not say why it ended."""


def options(task):
    return types.HttpOptions(
        base_url=task["url"],
        api_version=task.get("version"),
        timeout=20_000,
        retry_options=types.HttpRetryOptions(attempts=1),
    )


@contextlib.contextmanager
def connect(task):
    # In express mode Vertex's paths are used, with a key.
    client = genai.Client(api_key=task["key"], http_options=options(task), vertexai=task.get("vertex", False))
    with contextlib.closing(client):
        yield client


def question(task):
    parts = [types.Part(text=task["text"])]
    if image := task.get("image"):
        kind, _, data = image.partition(";base64,")
        bytes_ = types.Part.from_bytes(data=base64.b64decode(data), mime_type=kind.removeprefix("data:"))
        parts.append(bytes_ if data else types.Part.from_uri(file_uri=image, mime_type="image/png"))
    config = types.GenerateContentConfig(
        system_instruction=task.get("system"),
        max_output_tokens=task.get("max_tokens"),
        candidate_count=task.get("n"),
        automatic_function_calling=types.AutomaticFunctionCallingConfig(disable=True),
    )
    if "tools" in task:
        about = {"description": "Looks it up", "parameters_json_schema": task["schema"]}
        functions = [types.FunctionDeclaration(name=name, **about) for name in task["tools"]]
        config.tools = [types.Tool(function_declarations=functions)]
    if task.get("thinking"):
        config.thinking_config = types.ThinkingConfig(include_thoughts=True, thinking_budget=1024)
    if task.get("trip"):
        config.response_mime_type, config.response_json_schema = "application/json", task["trip"]
    return [types.Content(role="user", parts=parts)], config


def ask(client, task, contents, config):
    """The parts of the answer, why it ended, what it took, and its id."""
    asked = {"model": task["model"], "contents": contents, "config": config}
    if not task.get("stream"):
        answer = client.models.generate_content(**asked)
        candidate = answer.candidates[0]
        return candidate.content.parts, candidate.finish_reason, answer.usage_metadata, answer.response_id
    return fold(client.models.generate_content_stream(**asked))


def fold(events):
    parts, finish, usage, id = [], None, None, None
    for event in events:
        id, usage = id or event.response_id, event.usage_metadata or usage
        for candidate in event.candidates or []:
            finish = candidate.finish_reason or finish
            parts += (candidate.content and candidate.content.parts) or []
    if finish is None:
        raise StreamFailed("the stream ended without saying why")
    return parts, finish, usage, id


def seen(answer, task):
    parts, finish, usage, id = answer
    text = "".join(part.text or "" for part in parts if not part.thought)
    signatures = [part.thought_signature for part in parts if part.thought_signature]
    return {
        "id": id,
        "text": text,
        "calls": [[part.function_call.name, part.function_call.args] for part in parts if part.function_call],
        "finish": finish.value,
        "thinking": "".join(part.text or "" for part in parts if part.thought) or None,
        "signature": base64.b64encode(signatures[0]).decode() if signatures else None,
        "trip": json.loads(text) if task.get("trip") else None,
        "usage": usage and tokens_of(usage),
    }


def tokens_of(usage):
    """Of the prompt, of those the cached ones, and all that was generated."""
    prompt = usage.prompt_token_count
    return [prompt, usage.cached_content_token_count or 0, usage.total_token_count - prompt]


def chat(client, task):
    contents, config = question(task)
    answer = ask(client, task, contents, config)
    turns = [seen(answer, task)]
    if "results" in task:
        # As Google's guides go on: the model's own parts, and a result for each call.
        calls = [part.function_call for part in answer[0] if part.function_call]
        results = [
            types.FunctionResponse(id=call.id, name=call.name, response={"output": task["results"][call.name]})
            for call in calls
        ]
        more = [
            types.Content(role="model", parts=answer[0]),
            types.Content(role="user", parts=[types.Part(function_response=result) for result in results]),
        ]
        turns.append(seen(ask(client, task, contents + more, config), task))
    return turns


def conversation(client, task):
    """The SDK's own: it keeps what was said, of a stream piece by piece."""
    said = client.chats.create(model=task["model"])
    return ["".join(event.text or "" for event in said.send_message_stream(text)) for text in task["texts"]]


def count(client, task):
    return client.models.count_tokens(model=task["model"], contents=task["text"]).total_tokens


async def chat_async(task):
    contents, config = question(task)
    async with genai.Client(api_key=task["key"], http_options=options(task)).aio as client:
        asked = {"model": task["model"], "contents": contents, "config": config}
        whole = await client.models.generate_content(**asked)
        events = [event async for event in await client.models.generate_content_stream(**asked)]
    return [whole.text, seen(fold(events), task)["text"]]


def do_async(task):
    return asyncio.run(chat_async(task))
