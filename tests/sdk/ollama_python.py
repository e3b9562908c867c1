"""The `ollama` Python client: does one task and tells what its user sees of it (see clients.py)."""

import contextlib
import json
import re

import ollama


@contextlib.contextmanager
def connect(task):
    yield ollama.Client(host=task["url"], headers={"authorization": f"Bearer {task['key']}"}, timeout=20)


def question(task):
    message = {"role": "user", "content": task["text"]}
    if task.get("image"):
        message["images"] = [re.sub("data:.*;base64,", "", task["image"])]
    messages = [{"role": "system", "content": task["system"]}] if "system" in task else []
    asked = {"model": task["model"], "messages": [*messages, message]}
    if "max_tokens" in task:
        asked["options"] = {"num_predict": task["max_tokens"], "num_ctx": 8192}
        asked["keep_alive"] = "5m"
    if "tools" in task:
        about = {"description": "Looks it up", "parameters": task["schema"]}
        asked["tools"] = [{"type": "function", "function": {"name": name} | about} for name in task["tools"]]
    if task.get("trip"):
        asked["format"] = task["trip"]
    return asked | ({"think": "low"} if task.get("thinking") else {})


def ask(client, task, asked):
    if not task.get("stream"):
        return client.chat(**asked)
    whole, calls = None, []
    for part in client.chat(**asked, stream=True):
        calls += part.message.tool_calls or []
        if whole is None:
            whole = part
        else:
            content = (whole.message.content or "") + (part.message.content or "")
            thinking = (whole.message.thinking or "") + (part.message.thinking or "")
            message = part.message.model_copy(update={"content": content, "thinking": thinking})
            whole = part.model_copy(update={"message": message})
    assert whole.done, "a stream that is not done"
    whole.message.tool_calls = calls
    return whole


def seen(answer, task):
    message = answer.message
    return {
        "model": answer.model,
        "text": message.content,
        "calls": [[call.function.name, dict(call.function.arguments)] for call in message.tool_calls or []],
        "finish": answer.done_reason,
        "thinking": message.thinking or None,
        "trip": json.loads(message.content) if task.get("trip") else None,
        "usage": [answer.prompt_eval_count, answer.eval_count],
        "created": answer.created_at,
    }


def chat(client, task):
    asked = question(task)
    answer = ask(client, task, asked)
    turns = [seen(answer, task)]
    if "results" in task:
        # By the tool's name: this client keeps no ids.
        results = [
            {"role": "tool", "tool_name": call.function.name, "content": task["results"][call.function.name]}
            for call in answer.message.tool_calls
        ]
        more = [*asked["messages"], answer.message, *results]
        turns.append(seen(ask(client, task, asked | {"messages": more}), task))
    return turns
