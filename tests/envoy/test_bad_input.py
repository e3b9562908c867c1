"""Bad input in the real Envoy: the tables of `tests/fixtures/bad_input`, which the exchange ring plays, too. Every row is a
good body with one thing wrong; it is refused with 400 in the client's words, named by its path, and no provider hears of it.
"""

import copy
import json

import pytest

from rig import ROOT
from test_matrix import GATEWAY, MATRIX, PROVIDERS, with_providers

TABLES = {path.stem: json.loads(path.read_text()) for path in sorted((ROOT / "tests/fixtures/bad_input").glob("*.json"))}
MODELS = [provider["model"] for provider in MATRIX["providers"]]


def spoiled(table, row):
    body = copy.deepcopy(table["good"])
    *way, last = row["at"].split("/")[1:]
    holder = body
    for step in way:
        holder = holder[int(step) if isinstance(holder, list) else step]
    last = int(last) if isinstance(holder, list) else last
    if "is" in row:
        holder[last] = row["is"]
    else:
        del holder[last]
    return body


def own_words(shape, reply, names):
    """The message, if the whole is an error of the client's format."""
    body = reply.json
    if shape == "anthropic_messages":
        return body["type"] == "error" and body["error"]["type"] == "invalid_request_error" and body["error"]["message"]
    if shape == "gemini":
        error = body["error"]
        return (error["code"], error["status"]) == (400, "INVALID_ARGUMENT") and error["message"]
    if shape == "bedrock_converse":
        return reply.header("x-amzn-errortype") == "ValidationException" and body["message"]
    if shape.startswith("cohere_"):
        return "error" not in body and body["message"]
    if shape == "ollama_chat":
        return body["error"]
    error = body["error"]
    return (error["type"], error["param"]) == ("invalid_request_error", names or None) and error["message"]


def ask(rig, table, model, body):
    text = body if isinstance(body, bytes) else json.dumps(body).replace("{model}", model).encode()
    return rig.ask("POST", table["path"].replace("{model}", model), text)


@pytest.mark.parametrize("shape", TABLES)
def test_what_is_wrong_with_a_body_is_named_by_its_path_and_reaches_no_provider(rigs, shape):
    rig, table, wrong = rigs(GATEWAY, PROVIDERS, change=with_providers), TABLES[shape], []
    for row in table["rows"]:
        for model in MODELS:
            reply = ask(rig, table, model, spoiled(table, row))
            message = reply.status == 400 and own_words(shape, reply, row["names"])
            if not message or not message.startswith(row["names"] + ": "):
                wrong.append((model, row, reply.status, reply.body))
            assert reply.header("x-postern-error-source") == "client", (row, reply)
    assert not wrong, f"{len(wrong)}: {wrong[:5]}"
    assert not [name for name, upstream in rig.upstreams.items() if upstream.requests]


@pytest.mark.parametrize("shape", TABLES)
def test_what_is_no_json_object_reaches_no_provider(rigs, shape):
    rig, table = rigs(GATEWAY, PROVIDERS, change=with_providers), TABLES[shape]
    good = json.dumps(table["good"]).replace("{model}", MODELS[0]).encode()
    bodies = [
        good[:-1],
        good + b"{}",
        b"[" + good + b"]",
        b'"hi"',
        b"null",
        b"model=gpt&prompt=hi",
        b"\xef\xbb\xbf" + good,
        good.replace(b'"', b"'"),
        b'{"temperature":NaN,' + good[1:],
        b'{"x":"\xff",' + good[1:],
        b'{"x":"a\x01b",' + good[1:],
        b'{"x":1,"x":2,' + good[1:],
        b'{"x":' + b"[" * 900 + b"]" * 900 + b"," + good[1:],
    ]
    for body in bodies:
        reply = ask(rig, table, MODELS[0], body)
        assert reply.status == 400 and own_words(shape, reply, ""), (body[:80], reply)
    assert not [name for name, upstream in rig.upstreams.items() if upstream.requests]
