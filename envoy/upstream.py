"""Scripted OpenAI, Anthropic, Cohere, Ollama and Gemini: small servers that answer in the providers' shapes, for the
demo and the tests.

They answer from the request (the last user text comes back, a tool is called when the text asks for it), so that what
the gateway changed on the way is visible. A test puts exact answers in front with `Upstream.script` and reads in
`Upstream.requests` every request as the bytes that arrived. Standard library only.

    python envoy/upstream.py        # OpenAI on 127.0.0.1:18001, Anthropic on 127.0.0.1:18002, until Ctrl-C
"""

import base64
import collections
import contextlib
import hashlib
import json
import socket
import struct
import threading
import time
from dataclasses import dataclass, field

JSON, SSE, NDJSON = "application/json", "text/event-stream", "application/x-ndjson"


def dump(value, **how):
    """JSON as providers write it: text beyond ASCII as it is."""
    return json.dumps(value, ensure_ascii=False, **({"separators": (",", ":")} | how)).encode()


@dataclass
class Answer:
    """What to send, byte for byte. More than one chunk, or a cut, makes the body chunked."""

    status: int = 200  # 0: close the connection without a word
    headers: list = field(default_factory=lambda: [("content-type", JSON)])
    chunks: list = field(default_factory=list)
    delay: float = 0  # seconds before each chunk but the first
    before: float = 0  # seconds before the first byte
    cut: bool = False  # close the connection after the last chunk, with the body unfinished
    hang: bool = False  # stay silent after the last chunk until the other side goes

    @classmethod
    def json(cls, value, status=200, headers=(), **how):
        return cls(status, [("content-type", JSON), *headers], [dump(value)], **how)

    @classmethod
    def stream(cls, data, pieces=None, **how):
        """`data` as one event stream, cut into `pieces` (lengths; the last takes the rest) or sent whole."""
        chunks, at = [], 0
        for length in pieces or []:
            chunks.append(data[at : at + length])
            at += length
        chunks.append(data[at:])
        return cls(200, [("content-type", SSE), ("cache-control", "no-cache")], [c for c in chunks if c], **how)


@dataclass
class Request:
    """One request as it arrived."""

    head: bytes  # request line and headers, with the empty line
    body: bytes  # without the chunk framing, if there was one
    at: float

    @property
    def raw(self):
        return self.head + self.body

    @property
    def path(self):
        return self.head.split(b" ", 2)[1].decode()

    @property
    def headers(self):
        lines = self.head.decode("latin-1").split("\r\n")[1:-2]
        return [(name.lower(), value.strip()) for name, _, value in (line.partition(":") for line in lines)]

    def header(self, name):
        return next((value for key, value in self.headers if key == name), None)

    @property
    def json(self):
        return json.loads(self.body)


class Upstream:
    """One provider on a port of 127.0.0.1. `keys` are the credentials it takes; None takes any."""

    def __init__(self, dialect, keys=None, port=0):
        self.dialect, self.keys, self.port = dialect, keys, port
        dialects = {"openai": openai, "anthropic": anthropic, "cohere": cohere, "ollama": ollama, "gemini": gemini}
        self.respond = dialects[dialect]
        self.requests, self.queue, self.live = [], collections.deque(), set()
        self.hung_up = threading.Event()  # the other side left before an answer was out
        self.listen()

    def listen(self):
        self.listener = socket.create_server(("127.0.0.1", self.port), backlog=256)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, args=(self.listener,), daemon=True).start()

    def script(self, *answers):
        """The next requests get these answers instead of their own; one that can be called is called for its answer."""
        self.queue.extend(answers)

    def reset(self):
        self.queue.clear()
        self.requests.clear()
        self.hung_up.clear()

    def close(self):
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)  # close() alone leaves a thread in accept(), and the port open
        self.listener.close()
        for connection in list(self.live):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    @contextlib.contextmanager
    def refused(self):
        """Connections are refused as long as this lasts."""
        self.close()
        try:
            yield
        finally:
            self.listen()

    def accept(self, listener):
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        self.live.add(connection)
        try:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            stream = connection.makefile("rb")
            while request := read_request(stream):
                self.requests.append(request)
                answer = self.queue.popleft() if self.queue else self.respond
                if callable(answer):
                    answer = answer(request, self.keys)
                if not self.send(connection, answer):
                    return
        except OSError:
            self.hung_up.set()
        finally:
            self.live.discard(connection)
            connection.close()

    def send(self, connection, answer):
        time.sleep(answer.before)
        if not answer.status:
            return False
        if answer.status == 101:
            return self.talk(connection, answer)
        framed = answer.cut or answer.hang or len(answer.chunks) != 1
        headers = list(answer.headers)
        if not any(name.lower() in ("content-length", "transfer-encoding") for name, _ in headers):
            length = str(len(answer.chunks[0])) if not framed else None
            headers.append(("content-length", length) if length else ("transfer-encoding", "chunked"))
        head = "".join(f"{name}: {value}\r\n" for name, value in headers)
        connection.sendall(f"HTTP/1.1 {answer.status} Scripted\r\n{head}\r\n".encode("latin-1"))
        for index, chunk in enumerate(answer.chunks):
            if index and answer.delay:
                time.sleep(answer.delay)
            connection.sendall(b"%x\r\n%b\r\n" % (len(chunk), chunk) if framed else chunk)
        if answer.hang:
            connection.recv(1)
            self.hung_up.set()
        if answer.cut or answer.hang:
            return False
        if framed:
            connection.sendall(b"0\r\n\r\n")
        return True

    def talk(self, connection, answer):
        """A WebSocket: the first chunk at once, each other one when the other side has said something."""
        head = "".join(f"{name}: {value}\r\n" for name, value in answer.headers)
        connection.sendall(f"HTTP/1.1 101 Switching Protocols\r\n{head}\r\n".encode("latin-1"))
        for chunk in answer.chunks:
            connection.sendall(chunk)
            if not connection.recv(65536):
                break
        return False


def read_request(stream):
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        line = stream.readline()
        if not line:
            return None
        head += line
    request = Request(head, b"", time.monotonic())
    if request.header("transfer-encoding") == "chunked":
        while size := int(stream.readline().split(b";")[0], 16):
            request.body += stream.read(size)
            stream.readline()
        while stream.readline() not in (b"\r\n", b""):
            pass
    else:
        request.body = stream.read(int(request.header("content-length") or 0))
    return request


# What both providers do with a conversation.


def texts(content):
    """The text of a message's content, which is a string or a list of parts."""
    if isinstance(content, str):
        return content
    if isinstance(content, dict):  # a document of Cohere's
        return dump(content["data"]).decode()
    said = (part.get("text") or texts(part.get("content") or part.get("document") or "") for part in content or [])
    return " ".join(filter(None, said))


def last(messages, role):
    return next((texts(message.get("content")) for message in reversed(messages) if message.get("role") == role), "")


def tokens(text):
    return len(text) // 4 + 1


def sample(schema):
    """The smallest value that fits a JSON schema, as far as we use schemas here."""
    if "enum" in schema:
        return schema["enum"][0]
    kind = schema.get("type")
    if kind == "object":
        return {name: sample(part) for name, part in schema.get("properties", {}).items()}
    if kind == "array":
        return [sample(schema.get("items", {}))]
    return {"integer": 7, "number": 7.5, "boolean": True, "null": None}.get(kind, "Oslo")


def wanted(tools, text):
    """The tools the user's text names, or all of them where it says `use the tools`."""
    return [tool for tool in tools if tool["name"] in text or "use the tools" in text.lower()]


def pieces(text, size=7):
    return [text[at : at + size] for at in range(0, len(text), size)]


# OpenAI.


def openai_error(status, message, kind, code=None, headers=()):
    return Answer.json(
        {"error": {"message": message, "type": kind, "param": None, "code": code}},
        status,
        [("x-request-id", "req_scripted"), *headers],
    )


def rate_limited(dialect="openai", retry_after=1):
    """The provider's own 429."""
    headers = [("retry-after", str(retry_after))]
    if dialect == "openai":
        return openai_error(
            429,
            "Rate limit reached for gpt-4o-mini on requests per min (RPM): Limit 3, Used 3, Requested 1.",
            "requests",
            "rate_limit_exceeded",
            headers,
        )
    return anthropic_error(429, "rate_limit_error", "This request would exceed your rate limit.", headers)


def openai(request, keys):
    key = (request.header("authorization") or "").removeprefix("Bearer ")
    if keys is not None and key not in keys:
        return openai_error(
            401, f"Incorrect API key provided: {key[:3]}***{key[-4:]}.", "invalid_request_error", "invalid_api_key"
        )
    path = request.path.partition("?")[0]
    if path == "/v1/models":
        return Answer.json(
            {
                "object": "list",
                "data": [
                    {"id": name, "object": "model", "created": 1715367049, "owned_by": "system"}
                    for name in ("gpt-4o-mini", "gpt-4o", "text-embedding-3-small")
                ],
            }
        )
    handlers = {
        "/v1/chat/completions": openai_chat,
        "/v1/responses": openai_responses,
        "/v1/embeddings": openai_embeddings,
    }
    handler = handlers.get(path)
    if not handler:
        return openai_error(404, f"Invalid URL (POST {path})", "invalid_request_error")
    try:
        return handler(request.json)
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        return openai_error(400, f"Invalid request: {error!r}", "invalid_request_error")


def openai_chat(body):
    messages, text = body["messages"], last(body["messages"], "user")
    tools = wanted([tool["function"] for tool in body.get("tools", [])], text)
    choice = body.get("tool_choice", "auto")
    if choice == "required" or isinstance(choice, dict):
        tools = [tool["function"] for tool in body["tools"]]
        if isinstance(choice, dict):
            tools = [tool for tool in tools if tool["name"] == choice["function"]["name"]]
    if messages[-1]["role"] == "tool" or choice == "none":
        tools = []
    calls = [
        {
            "id": f"call_{index}scripted",
            "type": "function",
            "function": {"name": tool["name"], "arguments": json.dumps(sample(tool.get("parameters", {})))},
        }
        for index, tool in enumerate(tools)
    ]
    shape = body.get("response_format", {})
    content = f"You said: {text}"
    if messages[-1]["role"] == "tool":
        content = f"The tool said: {last(messages, 'tool')}"
    elif shape.get("type") == "json_schema":
        content = json.dumps(sample(shape["json_schema"]["schema"]))
    elif shape.get("type") == "json_object":
        content = json.dumps({"echo": text})
    thinking = "The user wants an answer." if body.get("reasoning_effort", "none") != "none" else None
    limit = body.get("max_completion_tokens", body.get("max_tokens"))
    finish = "tool_calls" if calls else "stop"
    if not calls and limit and tokens(content) > limit:
        content, finish = content[: limit * 4], "length"
    used, out = sum(tokens(texts(message.get("content"))) for message in messages), tokens(content)
    usage = {
        "prompt_tokens": used,
        "completion_tokens": out + (5 if thinking else 0),
        "total_tokens": used + out + (5 if thinking else 0),
        "prompt_tokens_details": {"cached_tokens": used // 2, "audio_tokens": 0},
        "completion_tokens_details": {
            "reasoning_tokens": 5 if thinking else 0,
            "audio_tokens": 0,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
    }
    base = {
        "id": "chatcmpl-scripted",
        "created": 1770000000,
        "model": f"{body['model']}-2024-07-18",
        "service_tier": "default",
        "system_fingerprint": "fp_scripted",
    }
    about = [("x-request-id", "req_scripted"), ("openai-processing-ms", "12")]
    if not body.get("stream"):
        message = {"role": "assistant", "content": None if calls else content, "refusal": None, "annotations": []}
        message |= {"tool_calls": calls} if calls else {}
        message |= {"reasoning_content": thinking} if thinking else {}
        whole = base | {
            "object": "chat.completion",
            "usage": usage,
            "choices": [{"index": 0, "message": message, "logprobs": None, "finish_reason": finish}],
        }
        return Answer(200, [("content-type", JSON), *about], [dump(whole, indent=2, separators=None)])

    with_usage = (body.get("stream_options") or {}).get("include_usage")

    def chunk(delta, finish=None, **more):
        return (
            b"data: "
            + dump(
                base
                | {
                    "object": "chat.completion.chunk",
                    "choices": [{"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}],
                }
                | ({"usage": None} if with_usage else {})
                | {"obfuscation": "x"}
                | more
            )
            + b"\n\n"
        )

    out = [chunk({"role": "assistant", "content": None if calls else "", "refusal": None})]
    out += [chunk({"reasoning_content": piece}) for piece in pieces(thinking or "")]
    for index, call in enumerate(calls):
        out.append(
            chunk({"tool_calls": [{"index": index} | call | {"function": call["function"] | {"arguments": ""}}]})
        )
        out += [
            chunk({"tool_calls": [{"index": index, "function": {"arguments": piece}}]})
            for piece in pieces(call["function"]["arguments"])
        ]
    out += [chunk({"content": piece}) for piece in ([] if calls else pieces(content))]
    out.append(chunk({}, finish))
    out += [chunk({}, choices=[], usage=usage)] if with_usage else []
    return Answer(200, [("content-type", SSE), *about], [*out, b"data: [DONE]\n\n"])


def openai_responses(body):
    items = [{"role": "user", "content": body["input"]}] if isinstance(body["input"], str) else body["input"]
    text, results = last(items, "user"), []
    while items and items[len(items) - 1 - len(results)].get("type") == "function_call_output":
        results.insert(0, texts(items[len(items) - 1 - len(results)]["output"]))
    tools = wanted([tool for tool in body.get("tools", []) if tool["type"] == "function"], text)
    choice = body.get("tool_choice", "auto")
    if choice == "required" or isinstance(choice, dict):
        tools = [tool for tool in body["tools"] if choice in ("required", {"type": "function", "name": tool["name"]})]
    if results or choice == "none":
        tools = []
    shape = (body.get("text") or {}).get("format", {"type": "text"})
    content = f"You said: {text}"
    if results:
        content = f"The tool said: {' '.join(results)}"
    elif shape["type"] == "json_schema":
        content = json.dumps(sample(shape["schema"]))
    limit, reason = body.get("max_output_tokens"), None
    if not tools and limit and tokens(content) > limit:
        content, reason = content[: limit * 4], "max_output_tokens"
    status = "incomplete" if reason else "completed"
    thinks = (body.get("reasoning") or {}).get("effort") not in (None, "none")
    output = []
    if thinks:
        proof = "gAAAAscripted==" if "reasoning.encrypted_content" in (body.get("include") or []) else None
        summary = [{"type": "summary_text", "text": "The user wants an answer."}]
        output.append({"id": "rs_scripted", "type": "reasoning", "summary": summary, "encrypted_content": proof})
    output += [
        {
            "id": f"fc_{index}scripted",
            "type": "function_call",
            "status": "completed",
            "arguments": json.dumps(sample(tool.get("parameters") or {})),
            "call_id": f"call_{index}scripted",
            "name": tool["name"],
        }
        for index, tool in enumerate(tools)
    ]
    if not tools:
        part = {"type": "output_text", "annotations": [], "logprobs": [], "text": content}
        about = {"id": "msg_scripted", "type": "message", "status": status, "role": "assistant"}
        output.append(about | {"content": [part]})
    used, out = sum(tokens(texts(item.get("content"))) for item in items), tokens(content) + (5 if thinks else 0)
    asked = {
        "instructions": None,
        "max_output_tokens": None,
        "parallel_tool_calls": True,
        "previous_response_id": None,
        "reasoning": {"effort": None, "summary": None},
        "store": True,
        "temperature": 1.0,
        "text": {"format": {"type": "text"}, "verbosity": "medium"},
        "tool_choice": "auto",
        "tools": [],
        "top_p": 1.0,
        "truncation": "disabled",
        "metadata": {},
    }
    asked |= {name: value for name, value in body.items() if name in asked and value is not None}
    whole = {
        "id": "resp_scripted",
        "object": "response",
        "created_at": 1770000000,
        "status": status,
        "error": None,
        "incomplete_details": {"reason": reason} if reason else None,
        "model": f"{body['model']}-2024-07-18",
        "output": output,
        "service_tier": "default",
        "usage": {
            "input_tokens": used,
            "input_tokens_details": {"cached_tokens": used // 2},
            "output_tokens": out,
            "output_tokens_details": {"reasoning_tokens": 5 if thinks else 0},
            "total_tokens": used + out,
        },
    } | asked
    about = [("x-request-id", "req_scripted"), ("openai-processing-ms", "12")]
    if not body.get("stream"):
        return Answer(200, [("content-type", JSON), *about], [dump(whole, indent=2, separators=None)])
    events = [*responses_events(whole)]
    numbered = [{"type": kind, "sequence_number": at} | more for at, (kind, more) in enumerate(events)]
    lines = [b"event: %b\ndata: %b\n\n" % (event["type"].encode(), dump(event)) for event in numbered]
    return Answer(200, [("content-type", SSE), *about], lines)


def responses_events(whole):
    """The ladder of events that tells a response."""
    begun = whole | {"status": "in_progress", "output": [], "usage": None, "incomplete_details": None}
    yield "response.created", {"response": begun}
    yield "response.in_progress", {"response": begun}
    for index, item in enumerate(whole["output"]):
        at = {"item_id": item["id"], "output_index": index}
        empty = {
            "reasoning": {"summary": []},
            "function_call": {"arguments": "", "status": "in_progress"},
            "message": {"content": [], "status": "in_progress"},
        }[item["type"]]
        yield "response.output_item.added", {"output_index": index, "item": item | empty}
        if item["type"] == "reasoning":
            for number, part in enumerate(item["summary"]):
                here = at | {"summary_index": number}
                yield "response.reasoning_summary_part.added", here | {"part": part | {"text": ""}}
                for piece in pieces(part["text"]):
                    yield "response.reasoning_summary_text.delta", here | {"delta": piece, "obfuscation": "x"}
                yield "response.reasoning_summary_text.done", here | {"text": part["text"]}
                yield "response.reasoning_summary_part.done", here | {"part": part}
        elif item["type"] == "function_call":
            for piece in pieces(item["arguments"]):
                yield "response.function_call_arguments.delta", at | {"delta": piece, "obfuscation": "x"}
            yield "response.function_call_arguments.done", at | {"arguments": item["arguments"]}
        else:
            for number, part in enumerate(item["content"]):
                here = at | {"content_index": number}
                yield "response.content_part.added", here | {"part": part | {"text": ""}}
                for piece in pieces(part["text"]):
                    yield "response.output_text.delta", here | {"delta": piece, "logprobs": [], "obfuscation": "x"}
                yield "response.output_text.done", here | {"text": part["text"], "logprobs": []}
                yield "response.content_part.done", here | {"part": part}
        yield "response.output_item.done", {"output_index": index, "item": item}
    yield f"response.{whole['status']}", {"response": whole}


def openai_embeddings(body):
    inputs = body["input"] if isinstance(body["input"], list) else [body["input"]]
    inputs = [inputs] if inputs and isinstance(inputs[0], int) else inputs
    data = []
    for index, text in enumerate(inputs):
        digest = hashlib.sha256(json.dumps(text).encode()).digest()
        floats = [byte / 256 - 0.5 for byte in digest[: body.get("dimensions", 8)]]
        packed = base64.b64encode(struct.pack(f"<{len(floats)}f", *floats)).decode()
        data.append(
            {
                "object": "embedding",
                "index": index,
                "embedding": packed if body.get("encoding_format") == "base64" else floats,
            }
        )
    used = sum(tokens(text) if isinstance(text, str) else len(text) for text in inputs)
    return Answer.json(
        {"object": "list", "data": data, "model": body["model"], "usage": {"prompt_tokens": used, "total_tokens": used}}
    )


# Anthropic.


def anthropic_error(status, kind, message, headers=()):
    return Answer.json(
        {"type": "error", "error": {"type": kind, "message": message}, "request_id": "req_scripted"},
        status,
        [("request-id", "req_scripted"), *headers],
    )


def anthropic(request, keys):
    key = request.header("x-api-key") or (request.header("authorization") or "").removeprefix("Bearer ")
    if keys is not None and key not in keys:
        return anthropic_error(401, "authentication_error", "invalid x-api-key")
    if not request.header("anthropic-version"):
        return anthropic_error(400, "invalid_request_error", "anthropic-version: header is required")
    path = request.path.partition("?")[0]
    if path == "/v1/models":
        return Answer.json(
            {
                "data": [
                    {
                        "type": "model",
                        "id": "claude-haiku-4-5",
                        "display_name": "Claude Haiku 4.5",
                        "created_at": "2025-10-15T00:00:00Z",
                    }
                ],
                "has_more": False,
                "first_id": "claude-haiku-4-5",
                "last_id": "claude-haiku-4-5",
            }
        )
    if path == "/v1/messages/count_tokens":
        return Answer.json({"input_tokens": sum(tokens(texts(m["content"])) for m in request.json["messages"])})
    if path != "/v1/messages":
        return anthropic_error(404, "not_found_error", "Not Found")
    try:
        return messages(request.json)
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        return anthropic_error(400, "invalid_request_error", f"{error!r}")


def messages(body):
    if "max_tokens" not in body:
        return anthropic_error(400, "invalid_request_error", "max_tokens: Field required")
    turns, text = body["messages"], last(body["messages"], "user")
    if turns[0]["role"] != "user":
        return anthropic_error(400, "invalid_request_error", 'messages: first message must use the "user" role')
    results = [part for part in turns[-1]["content"] if isinstance(part, dict) and part["type"] == "tool_result"]
    choice, tools = body.get("tool_choice", {"type": "auto"}), wanted(body.get("tools", []), text)
    if choice["type"] in ("any", "tool"):
        tools = [tool for tool in body["tools"] if choice["type"] == "any" or tool["name"] == choice["name"]]
    if results or choice["type"] == "none":
        tools = []
    content = []
    if body.get("thinking", {}).get("type") in ("enabled", "adaptive"):
        content.append({"type": "thinking", "thinking": "The user wants an answer.", "signature": "EqQBCkYscripted=="})
    schema = body.get("output_config", {}).get("format", {}).get("schema")
    answer = (
        f"The tool said: {' '.join(texts(part.get('content')) for part in results)}"
        if results
        else (json.dumps(sample(schema)) if schema else f"You said: {text}")
    )
    stop = "tool_use" if tools else "end_turn"
    if not tools and tokens(answer) > body["max_tokens"]:
        answer, stop = answer[: body["max_tokens"] * 4], "max_tokens"
    content.append({"type": "text", "text": "Let me look." if tools else answer})
    content += [
        {
            "type": "tool_use",
            "id": f"toolu_{index}scripted",
            "name": tool["name"],
            "input": sample(tool.get("input_schema", {})),
        }
        for index, tool in enumerate(tools)
    ]
    used = tokens(texts(body.get("system") or "")) + sum(tokens(texts(turn["content"])) for turn in turns)
    usage = {
        "input_tokens": used,
        "cache_creation_input_tokens": 3,
        "cache_read_input_tokens": 11,
        "cache_creation": {"ephemeral_5m_input_tokens": 3, "ephemeral_1h_input_tokens": 0},
        "output_tokens": tokens(answer),
        "service_tier": "standard",
    }
    message = {
        "id": "msg_scripted",
        "type": "message",
        "role": "assistant",
        "model": body["model"],
        "content": content,
        "stop_reason": stop,
        "stop_sequence": None,
        "usage": usage,
    }
    if not body.get("stream"):
        return Answer.json(message, headers=[("request-id", "req_scripted")])

    def event(kind, **more):
        return b"event: %b\ndata: %b\n\n" % (kind.encode(), dump({"type": kind} | more))

    out = [
        event(
            "message_start",
            message=message | {"content": [], "stop_reason": None, "usage": usage | {"output_tokens": 1}},
        )
    ]
    for index, block in enumerate(content):
        kind = block["type"]
        empty = {"thinking": {"thinking": "", "signature": ""}, "text": {"text": ""}, "tool_use": {"input": {}}}[kind]
        deltas = {
            "thinking": lambda: (
                [{"type": "thinking_delta", "thinking": p} for p in pieces(block["thinking"])]
                + [{"type": "signature_delta", "signature": block["signature"]}]
            ),
            "text": lambda: [{"type": "text_delta", "text": p} for p in pieces(block["text"])],
            "tool_use": lambda: [
                {"type": "input_json_delta", "partial_json": p} for p in ["", *pieces(json.dumps(block["input"]))]
            ],
        }[kind]()
        out.append(event("content_block_start", index=index, content_block=block | empty))
        out += [event("ping")] if index == 0 else []
        out += [event("content_block_delta", index=index, delta=delta) for delta in deltas]
        out.append(event("content_block_stop", index=index))
    out.append(
        event(
            "message_delta",
            delta={"stop_reason": stop, "stop_sequence": None},
            usage={
                name: usage[name]
                for name in ("input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens", "output_tokens")
            },
        )
    )
    return Answer(200, [("content-type", SSE), ("request-id", "req_scripted")], [*out, event("message_stop")])


# Cohere.

COHERE_FIELDS = frozenset(
    "model messages tools strict_tools documents citation_options response_format safety_mode max_tokens stream "
    "stop_sequences temperature seed frequency_penalty presence_penalty k p logprobs tool_choice thinking "
    "priority".split()
)
COHERE_RANGES = (("p", 0.01, 0.99), ("k", 0, 500), ("frequency_penalty", 0, 1), ("presence_penalty", 0, 1))


def cohere_error(status, message, headers=()):
    return Answer.json({"id": "a1b2c3d4-scripted", "message": message}, status, headers)


def cohere(request, keys):
    key = (request.header("authorization") or "").removeprefix("Bearer ")
    if keys is not None and key not in keys:
        return cohere_error(401, "invalid api token")
    answer = {"/v2/chat": cohere_chat, "/v2/rerank": cohere_rerank}.get(request.path.partition("?")[0])
    if answer is None:
        return cohere_error(404, "not found")
    try:
        return answer(request.json)
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        return cohere_error(400, f"invalid request: {error!r}")


def cohere_rerank(body):
    """The documents in the order of their lengths. A search unit is a query with up to a hundred documents."""
    documents = [document if isinstance(document, str) else document["text"] for document in body["documents"]]
    ranked = sorted(range(len(documents)), key=lambda at: -len(documents[at]))[: body.get("top_n")]
    results = [{"index": at, "relevance_score": round(1 / (place + 2), 4)} for place, at in enumerate(ranked)]
    billed = {"search_units": -(-len(documents) // 100)}
    return Answer.json({"id": "rank-1", "results": results, "meta": {"api_version": {"version": "2"}, "billed_units": billed}})


def cohere_chat(body):
    if strange := set(body) - COHERE_FIELDS:
        return cohere_error(422, f"unknown field: {min(strange)}")
    for name, least, most in COHERE_RANGES:
        if not least <= body.get(name, least) <= most:
            return cohere_error(400, f"invalid request: {name} must be between {least} and {most}")
    if body.get("tool_choice") not in (None, "REQUIRED", "NONE"):
        return cohere_error(400, "invalid request: tool_choice must be REQUIRED or NONE")
    turns, text = body["messages"], last(body["messages"], "user")
    offered = [tool["function"] for tool in body.get("tools", [])]
    if any("parameters" not in tool for tool in offered):
        return cohere_error(400, "invalid request: all tools must have parameters")
    tools = offered if body.get("tool_choice") == "REQUIRED" else wanted(offered, text)
    if turns[-1]["role"] == "tool" or body.get("tool_choice") == "NONE":
        tools = []
    calls = [
        {
            "id": f"{tool['name']}_{index}scripted",
            "type": "function",
            "function": {"name": tool["name"], "arguments": json.dumps(sample(tool["parameters"]))},
        }
        for index, tool in enumerate(tools)
    ]
    answer, shape = f"You said: {text}", body.get("response_format", {})
    if turns[-1]["role"] == "tool":
        answer = f"The tool said: {last(turns, 'tool')}"
    elif shape.get("type") == "json_object":
        answer = json.dumps(sample(shape["json_schema"]) if "json_schema" in shape else {"echo": text})
    finish = "TOOL_CALL" if calls else "COMPLETE"
    if not calls and tokens(answer) > body.get("max_tokens", 1000):
        answer, finish = answer[: body["max_tokens"] * 4], "MAX_TOKENS"
    thinks = body.get("thinking", {}).get("type") == "enabled"
    content = [{"type": "thinking", "thinking": "The user wants an answer."}] if thinks else []
    content += [] if calls else [{"type": "text", "text": answer}]
    plan = "I will look." if calls and not thinks else ""
    cited = bool(body.get("documents")) and not calls
    source = {"type": "document", "id": "doc:0", "document": {"id": "doc:0", "title": "A document"}}
    citation = {"start": 0, "end": 3, "text": answer[:3], "sources": [source], "type": "TEXT_CONTENT"}
    used = sum(tokens(texts(turn.get("content"))) for turn in turns)
    usage = {
        "billed_units": {"input_tokens": used, "output_tokens": tokens(answer)},
        "tokens": {"input_tokens": used + 500, "output_tokens": tokens(answer)},
        "cached_tokens": 448,
    }
    if not body.get("stream"):
        said = {"tool_plan": plan, "content": content, "tool_calls": calls, "citations": [citation] if cited else []}
        message = {"role": "assistant"} | {name: value for name, value in said.items() if value}
        whole = {"id": "c0ffee-scripted", "message": message, "finish_reason": finish, "usage": usage}
        return Answer.json(whole, headers=[("x-debug-trace-id", "scripted")])

    def event(kind, index=None, delta=None, **more):
        value = {"index": index, "delta": delta} | more
        value = {"type": kind} | {name: given for name, given in value.items() if given is not None}
        return b"event: %b\ndata: %b\n\n" % (kind.encode(), dump(value))

    def of(**message):
        return {"message": message}

    nothing = of(role="assistant", content=[], tool_plan="", tool_calls=[], citations=[])
    out = [event("message-start", delta=nothing, id="c0ffee-scripted")]
    for index, block in enumerate(content):
        kind = block["type"]
        out.append(event("content-start", index, of(content={"type": kind, kind: ""})))
        out += [event("content-delta", index, of(content={kind: piece})) for piece in pieces(block[kind])]
        if cited and kind == "text":
            out += [event("citation-start", 0, of(citations=citation)), event("citation-end", 0)]
        out.append(event("content-end", index))
    out += [event("tool-plan-delta", delta=of(tool_plan=piece)) for piece in pieces(plan)]
    for index, call in enumerate(calls):
        empty = call | {"function": call["function"] | {"arguments": ""}}
        out.append(event("tool-call-start", index, of(tool_calls=empty)))
        out += [
            event("tool-call-delta", index, of(tool_calls={"function": {"arguments": piece}}))
            for piece in pieces(call["function"]["arguments"])
        ]
        out.append(event("tool-call-end", index))
    out.append(event("message-end", delta={"finish_reason": finish, "usage": usage}))
    return Answer(200, [("content-type", SSE)], out)


# Ollama.


def ollama_error(status, message, headers=()):
    return Answer.json({"error": message}, status, headers)


def ollama(request, _keys):
    path = request.path.partition("?")[0]
    if path in ("/v1/chat/completions", "/v1/embeddings"):
        return openai(request, None)
    if path != "/api/chat":
        return Answer(404, [("content-type", "text/plain")], [b"404 page not found"])
    try:
        return ollama_chat(request.json)
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        return ollama_error(400, f"{error!r}")


def ollama_chat(body):
    turns, options = body["messages"], body.get("options") or {}
    for turn in turns:
        if not isinstance(turn.get("content", ""), str):
            return ollama_error(400, "json: cannot unmarshal array into Go struct field .content of type string")
        for picture in turn.get("images", []):
            base64.b64decode(picture, validate=True)
        if any(not isinstance(call["function"]["arguments"], dict) for call in turn.get("tool_calls", [])):
            return ollama_error(400, "Value looks like object, but can't find closing '}' symbol")
    text = last(turns, "user")
    tools = wanted([tool["function"] for tool in body.get("tools", [])], text) if turns[-1]["role"] != "tool" else []
    # As servers before 2026 have it: without ids.
    calls = [{"function": {"name": tool["name"], "arguments": sample(tool.get("parameters", {}))}} for tool in tools]
    answer, shape = f"You said: {text}", body.get("format")
    if turns[-1]["role"] == "tool":
        told = [turn["content"] for turn in turns if turn["role"] == "tool"]
        answer = f"The tool said: {' '.join(told)}"
    elif isinstance(shape, dict):
        answer = json.dumps(sample(shape))
    elif shape == "json":
        answer = json.dumps({"echo": text})
    reason, limit = "stop", options.get("num_predict", -1)
    if not calls and 0 <= limit < tokens(answer):
        answer, reason = answer[: limit * 4], "length"
    thinking = "The user wants an answer." if body.get("think") else ""
    answer = "" if calls else answer
    head = {"model": body["model"], "created_at": "2026-08-21T22:59:58.385406455Z"}
    end = {
        "done": True,
        "done_reason": reason,
        "total_duration": 4883583458,
        "load_duration": 1334875,
        "prompt_eval_count": sum(tokens(turn.get("content", "")) for turn in turns),
        "prompt_eval_duration": 342546000,
        "eval_count": tokens(answer),
        "eval_duration": 4535599000,
    }
    if body.get("stream") is False:
        message = {"role": "assistant", "content": answer}
        message |= ({"thinking": thinking} if thinking else {}) | ({"tool_calls": calls} if calls else {})
        whole = dump(head | {"message": message} | end)
        return Answer(200, [("content-type", "application/json; charset=utf-8")], [whole])

    def line(**more):
        said = {"message": {"role": "assistant", "content": ""} | more, "done": False}
        # Go escapes what some take for the end of a line.
        return dump(head | said).replace("\u2028".encode(), rb"\u2028") + b"\n"

    out = [line(thinking=piece) for piece in pieces(thinking)]
    out += [line(content=piece) for piece in pieces(answer)]
    out += [line(tool_calls=[call]) for call in calls]
    out.append(dump(head | {"message": {"role": "assistant", "content": ""}} | end) + b"\n")
    return Answer(200, [("content-type", NDJSON)], out)


# Gemini.

GEMINI_FIELDS = {
    "contents",
    "systemInstruction",
    "tools",
    "toolConfig",
    "generationConfig",
    "safetySettings",
    "cachedContent",
    "labels",
    "serviceTier",
    "store",
}
GEMINI_SIGNATURE = "EqQBCkYscripted+/A=="
GEMINI_WORDS = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}


def camel(value):
    """As Google reads both names of a field: its client says some in one way and some in the other."""
    if isinstance(value, list):
        return [camel(item) for item in value]
    if not isinstance(value, dict):
        return value
    read = {}
    for name, member in value.items():
        first, *more = name.split("_")
        name = first + "".join(word.title() for word in more)
        read[name] = member if name.endswith("JsonSchema") or name in ("args", "response") else camel(member)
    return read


def gemini_error(status, message, headers=(), details=()):
    error = {"code": status, "message": message, "status": GEMINI_WORDS.get(status, "UNKNOWN")}
    return Answer.json({"error": error | ({"details": list(details)} if details else {})}, status, headers)


def gemini(request, keys):
    """The Gemini API and Vertex: the path ends in `models/<model>:<method>`."""
    key = request.header("x-goog-api-key") or (request.header("authorization") or "").removeprefix("Bearer ")
    if keys is not None and key not in keys:
        return gemini_error(400, "API key not valid. Please pass a valid API key.")
    path, _, query = request.path.partition("?")
    model, _, method = path.rpartition("/models/")[2].partition(":")
    try:
        if method == "countTokens":
            used = sum(tokens(part.get("text", "")) for turn in request.json["contents"] for part in turn["parts"])
            return Answer.json({"totalTokens": used, "promptTokensDetails": [{"modality": "TEXT", "tokenCount": used}]})
        if method in ("generateContent", "streamGenerateContent"):
            return gemini_chat(camel(request.json), model, method[0] == "s", "alt=sse" in query.split("&"))
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        return gemini_error(400, f"Invalid JSON payload received. {error!r}")
    return gemini_error(404, "Not found")


def gemini_refusal(body, model):
    """What Google refuses, and others do not."""
    if strange := set(body) - GEMINI_FIELDS:
        return f'Invalid JSON payload received. Unknown name "{min(strange)}": Cannot find field.'
    calls, spoken = 0, True
    for turn in body["contents"]:
        results = [part for part in turn["parts"] if "functionResponse" in part]
        if turn.get("role") == "model":
            called = [part for part in turn["parts"] if "functionCall" in part]
            calls = len(called)
        elif calls or results:
            if len(results) != calls or len(results) != len(turn["parts"]):
                return (
                    "Please ensure that the number of function response parts is equal to the number of function call "
                    "parts of the function call turn."
                )
            calls = 0
    # Of the turn under way each step's first call must have its signature.
    for turn in reversed(body["contents"]):
        spoken = turn.get("role") != "model" and any("functionResponse" not in part for part in turn["parts"])
        if spoken or not model.startswith("gemini-3"):
            break
        called = [part for part in turn["parts"] if "functionCall" in part]
        if called and "thoughtSignature" not in called[0]:
            return "Function call is missing a thought_signature in functionCall parts."
    return None


def gemini_chat(body, model, stream, events=True):
    if why := gemini_refusal(body, model):
        return gemini_error(400, why)
    turns, config = body["contents"], body.get("generationConfig", {})
    said = [[part["text"] for part in turn["parts"] if "text" in part] for turn in turns if turn.get("role") != "model"]
    text = next(("".join(words) for words in reversed(said) if words), "")
    results = [part["functionResponse"] for part in turns[-1]["parts"] if "functionResponse" in part]
    offered = [tool for entry in body.get("tools", []) for tool in entry.get("functionDeclarations", [])]
    calling = body.get("toolConfig", {}).get("functionCallingConfig", {})
    tools = wanted(offered, text)
    if calling.get("mode") == "ANY":
        names = calling.get("allowedFunctionNames", [tool["name"] for tool in offered])
        tools = [tool for tool in offered if tool["name"] in names]
    if results or calling.get("mode") == "NONE":
        tools = []
    filled = [(tool["name"], sample(tool.get("parametersJsonSchema", {}))) for tool in tools]
    calls = [{"functionCall": {"name": name, "args": args, "id": f"k{at}"}} for at, (name, args) in enumerate(filled)]
    if calls and model.startswith("gemini-3"):
        calls[0]["thoughtSignature"] = GEMINI_SIGNATURE
    answer = f"You said: {text}"
    if results:
        told = [response.get("output", json.dumps(response)) for response in (it["response"] for it in results)]
        answer = f"The tool said: {' '.join(told)}"
    elif "responseJsonSchema" in config:
        answer = json.dumps(sample(config["responseJsonSchema"]))
    finish, limit = "STOP", config.get("maxOutputTokens", 1000)
    if not calls and tokens(answer) > limit:
        answer, finish = answer[: limit * 4], "MAX_TOKENS"
    thinks = config.get("thinkingConfig", {}).get("includeThoughts")
    thoughts = [{"text": piece, "thought": True} for piece in pieces("The user wants an answer.")] if thinks else []
    parts = [] if calls else [{"text": piece} for piece in pieces(answer)]
    instruction = body.get("systemInstruction", {}).get("parts", [])
    used = sum(tokens(part.get("text", "")) for part in instruction + [it for turn in turns for it in turn["parts"]])
    usage = {"promptTokenCount": used, "candidatesTokenCount": tokens(answer), "thoughtsTokenCount": 9 * bool(thinks)}
    usage |= {"totalTokenCount": sum(usage.values()), "cachedContentTokenCount": 3}
    about = {"usageMetadata": usage, "modelVersion": model, "responseId": "c0ffee-scripted"}

    def of(parts, **more):
        candidate = {"content": {"parts": parts, "role": "model"}} if parts is not None else {}
        return {"candidates": [candidate | more | {"index": 0}]} | about

    if not stream:
        whole = [{"text": "The user wants an answer.", "thought": True}] if thinks else []
        whole += calls or [{"text": answer}]
        return Answer.json(of(whole, finishReason=finish), headers=[("x-gemini-service-tier", "standard")])
    pieces_of = [of([part]) for part in thoughts + parts + calls] + [of([{"text": ""}], finishReason=finish)]
    if events:
        return Answer(200, [("content-type", SSE)], [b"data: %b\r\n\r\n" % dump(piece) for piece in pieces_of])
    lines = [b",\r\n" + dump(piece, indent=2, separators=None) for piece in pieces_of]
    return Answer(200, [("content-type", JSON)], [b"[" + lines[0][3:], *lines[1:], b"\n]\n"])


if __name__ == "__main__":
    servers = [Upstream("openai", port=18001), Upstream("anthropic", port=18002)]
    print("OpenAI on http://127.0.0.1:18001, Anthropic on http://127.0.0.1:18002; Ctrl-C ends", flush=True)
    with contextlib.suppress(KeyboardInterrupt):
        threading.Event().wait()
