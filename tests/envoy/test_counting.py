"""Tokens counted before the answer, in the real filter: against tiktoken, in every format, and in time."""

import json
import os
import pathlib
import time

from rig import ROOT, gateway_config

SAMPLE = pathlib.Path(os.environ.get("POSTERN_TOKEN_SAMPLE", ROOT / "tests/fixtures/tokens/counted.json"))
FRAME = 7  # a turn (3), its role (1), the answer's beginning (3)


def counting():
    models = [{"name": name, "targets": [{"cluster": "openai"}]} for name in ("gpt-4o", "gpt-4", "llama-3")]
    models.append({"name": "uncounted", "count": "off", "targets": [{"cluster": "openai", "model": "gpt-4o"}]})
    models.append({"name": "guessed", "count": "estimate", "targets": [{"cluster": "openai", "model": "gpt-4o"}]})
    return gateway_config(models=models, show_input_tokens=True, policies=[])


def counted(reply):
    return int(reply.header("x-postern-input-tokens"))


def test_texts_are_counted_as_tiktoken_does(rigs):
    """`POSTERN_TOKEN_SAMPLE` names a larger file of `tests/fixtures/tokens/make.py`."""
    rig = rigs(counting())
    sample, wrong = json.loads(SAMPLE.read_text()), []
    for text, *tokens in sample["rows"]:
        for model, want in zip(sample["models"], tokens):
            got = counted(rig.chat(model=model, text=text)) - FRAME
            if got != want:
                wrong.append((model, text, want, got))
    assert not wrong, wrong[:5]


def test_a_model_without_a_vocabulary_is_estimated_and_says_so(rigs):
    rig = rigs(counting())
    text = (ROOT / "LICENSE").read_text()[:4000]
    exact, llama, guessed = (counted(rig.chat(model=model, text=text)) for model in ("gpt-4o", "llama-3", "guessed"))
    assert abs(llama - exact) < exact * 0.16 and abs(guessed - exact) < exact * 0.1, (exact, llama, guessed)
    assert counted(rig.chat(model="uncounted", text=text)) == 0
    estimated = [record["postern.input_tokens.estimated"] for record in rig.records(4)]
    assert estimated == [False, True, True, False]


def test_hostile_megabytes_take_no_longer_than_they_may(rigs):
    """Bounded for a slow machine and an unoptimised module; docs/performance.md has the figures of a release."""
    rig = rigs(counting())
    for text in ("a" * 1_000_000, " " * 1_000_000, "\n" * 1_000_000, "aB1'é" * 160_000):
        began = time.monotonic()
        reply = rig.chat(model="gpt-4o", text=text, timeout=60)
        took = time.monotonic() - began
        assert reply.status == 200 and counted(reply) > 0 and took < 5, (text[:5], took)
    assert all(record["postern.input_tokens.estimated"] for record in rig.records(4))
