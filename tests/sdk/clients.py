"""The four official clients behind one door: `client.do(act, **task)` gives what the client's user would see.

A task is plain data that says what to ask, a provider's words nowhere; each client puts it in its SDK's own types, runs
whole conversations (the second turn of a tool call carries back the very object that the first one returned), and tells
what came out as plain data again. An exception is `Raised`. The JavaScript ones live in one process each and take a
task a line.
"""

import asyncio
import importlib
import json
import os
import pathlib
import shutil
import subprocess
import warnings
from dataclasses import dataclass

import pytest

HERE = pathlib.Path(__file__).parent
NODE_FOLDER = HERE.parents[1] / ".local" / "node"
NAMES = ["openai-python", "openai-node", "anthropic-python", "anthropic-node"]


@dataclass
class Raised(Exception):
    """What an SDK threw: the names of its class and of those it descends from, and what it told."""

    raised: list
    status: int
    message: str
    retry_after: str
    source: str


class Python:
    def __init__(self, name):
        self.module = importlib.import_module(name.replace("-", "_"))

    def do(self, act, **task):
        with self.module.connect(task) as client:
            try:
                return getattr(self.module, act)(client, task)
            except Exception as error:
                headers = getattr(getattr(error, "response", None), "headers", {})
                raise Raised(
                    [kind.__name__ for kind in type(error).__mro__],
                    getattr(error, "status_code", None),
                    str(error),
                    headers.get("retry-after"),
                    headers.get("x-postern-error-source"),
                ) from error

    def do_async(self, **task):
        return asyncio.run(self.module.chat_async(task))

    def close(self):
        pass


class Node:
    def __init__(self, name):
        self.process = subprocess.Popen(
            ["node", NODE_FOLDER / f"{name.removesuffix('-node')}.mjs"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def do(self, act, **task):
        print(json.dumps({"act": act} | task), file=self.process.stdin, flush=True)
        line = self.process.stdout.readline()
        assert line, f"node ended with status {self.process.wait(10)}"
        answer = json.loads(line)
        if "raised" in answer:
            raise Raised(**answer)
        return answer["seen"]

    def close(self):
        self.process.stdin.close()
        self.process.wait(10)


def start(name):
    """A client by its name; without Node.js, or without its packages, says so and skips, but fails in CI."""
    if name.endswith("-python"):
        return Python(name)
    missing = None
    if not shutil.which("node"):
        missing = "there is no `node` on the PATH"
    elif not (NODE_FOLDER / "node_modules").is_dir():
        missing = "the JavaScript clients are not installed: run `.ci/setup --sdk`"
    if not missing:
        # A script finds its packages from its own folder upwards.
        for script in HERE.glob("*.mjs"):
            shutil.copy(script, NODE_FOLDER)
        return Node(name)
    why = f"NOT TESTED: {name}, for {missing}"
    if os.environ.get("CI") == "true":
        pytest.fail(f"{why}; with CI=true that is an error", pytrace=False)
    warnings.warn(why, stacklevel=2)
    pytest.skip(why)
