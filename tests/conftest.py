"""Fixtures for the tests against the real Envoy. `rig` is the quickstart; `rigs(...)` makes others and keeps a few."""

import collections
import http.server
import json
import pathlib
import subprocess
import sys
import threading

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent / "envoy"))

from rig import ROOT, WASM, Rig, find_envoy, gateway_config  # noqa: E402

KEPT = 4  # Envoys alive at once: each holds a compiled module, about 150 MB


def pytest_sessionstart(session):
    missing = (
        [] if find_envoy() else ["no Envoy: `make setup` puts one into .local, or name one with ENVOY=/path/to/envoy"]
    )
    missing += [] if WASM.exists() else [f"no {WASM.relative_to(WASM.parents[1])}: run `make build` first"]
    if missing:
        pytest.exit("The tests against the real Envoy cannot run:\n  " + "\n  ".join(missing), returncode=3)


@pytest.fixture(scope="session")
def _rigs():
    kept = collections.OrderedDict()
    yield kept
    for rig in kept.values():
        rig.stop()


@pytest.fixture
def rigs(_rigs, request):
    """`rigs(gateway, providers, change=..., ...)`: an Envoy of that configuration, started or still running."""
    used = []

    def get(gateway=None, providers=None, *, change=None, **how):
        gateway = gateway_config() if gateway is None and change is None else gateway
        name = json.dumps([gateway, providers, change and change.__qualname__, how], sort_keys=True)
        if name in _rigs and _rigs[name].process.poll() is not None:
            _rigs.pop(name).stop()
        if name not in _rigs:
            while len(_rigs) >= KEPT:
                _rigs.popitem(last=False)[1].stop()
            _rigs[name] = Rig(gateway, providers, change=change, **how)
        _rigs.move_to_end(name)
        _rigs[name].reset()
        used.append(_rigs[name])
        return _rigs[name]

    yield get
    report = getattr(request.node, "report", None)
    for rig in used:
        if report is not None and report.failed:
            print(
                f"--- Envoy's log\n{rig.log[rig.log_seen :][-4000:]}\n"
                f"--- last usage records\n{rig.read('access.log')[-2000:]}"
            )


@pytest.fixture
def rig(rigs):
    return rigs()


@pytest.fixture
def store():
    """A server that answers GET with what was last PUT."""
    kept, asked = {}, []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            body = kept.get(self.path)
            asked.append(self.path)
            self.send_response(404 if body is None else 200)
            self.send_header("content-length", str(len(body or b"")))
            self.end_headers()
            self.wfile.write(body or b"")

        def do_PUT(self):
            kept[self.path] = self.rfile.read(int(self.headers.get("content-length") or 0))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    server.kept, server.asked = kept, asked
    yield server
    server.shutdown()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    if report.when == "call":
        item.report = report
    return report


@pytest.fixture(scope="session")
def postern():
    """The command, built from this checkout."""
    subprocess.run(["cargo", "build", "--quiet", "--bin", "postern"], cwd=ROOT, check=True)

    def run(*words, **how):
        return subprocess.run([ROOT / "target/debug/postern", *words], capture_output=True, text=True, **how)

    return run
