"""The real Envoy with our module, and scripted providers behind it: start, ask, look at everything it left.

A `Rig` is `envoy/quickstart.yaml` with other ports, other filter configurations and the scripted providers in the real
ones' place, so what the tests run is what a reader runs. Clients here speak raw bytes over a socket: a test sees each
chunk as it came, with its time, and can leave in the middle.
"""

import collections
import copy
import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "envoy"))

from upstream import Upstream  # noqa: E402

QUICKSTART = ROOT / "envoy" / "quickstart.yaml"
WASM = ROOT / "dist" / "postern.wasm"
STRING = "type.googleapis.com/google.protobuf.StringValue"
CLIENT_KEY = "sk-postern-demo"  # its SHA-256 is in quickstart.yaml
PROVIDER_KEYS = {"OPENAI_API_KEY": "sk-openai-provider-secret", "ANTHROPIC_API_KEY": "sk-ant-provider-secret"}


def find_envoy():
    """The Envoy to test with, or None: $ENVOY, then the checkout's own, then the PATH's."""
    for path in (os.environ.get("ENVOY"), ROOT / ".local/venv/bin/envoy", shutil.which("envoy")):
        if path and os.access(path, os.X_OK):
            return str(path)
    return None


# Configurations.


def quickstart():
    """The example as a value without shared parts, so that one filter can be changed alone."""
    return json.loads(json.dumps(yaml.safe_load(QUICKSTART.read_text())))


def connection_manager(bootstrap):
    return bootstrap["static_resources"]["listeners"][0]["filter_chains"][0]["filters"][0]["typed_config"]


def route(bootstrap):
    return connection_manager(bootstrap)["route_config"]["virtual_hosts"][0]["routes"][0]["route"]


def clusters(bootstrap):
    return bootstrap["static_resources"]["clusters"]


def chain(cluster):
    """A cluster's own HTTP filters."""
    return cluster["typed_extension_protocol_options"]["envoy.extensions.upstreams.http.v3.HttpProtocolOptions"][
        "http_filters"
    ]


def plugin(http_filter):
    return http_filter["typed_config"]["config"]


def get_config(http_filter):
    return json.loads(plugin(http_filter)["configuration"]["value"])


def set_config(http_filter, config):
    """`config` is the filter's JSON as a value, or its text as it is to arrive."""
    text = config if isinstance(config, str) else json.dumps(config)
    plugin(http_filter)["configuration"] = {"@type": STRING, "value": text}


def gateway_config(**changes):
    """The example's gateway configuration with some of its members replaced."""
    config = get_config(connection_manager(quickstart())["http_filters"][0])
    # Envoys are kept from test to test, and what a provider said in one must not matter in the next.
    config["gateway"].update({"provider_limits": "ignore"} | changes)
    return config


def provider_config(name, **changes):
    """The example's configuration of a provider with some members replaced; those that become None are left out."""
    config = get_config(chain(next(c for c in clusters(quickstart()) if c["name"] == name))[0])
    config["provider"] = {
        member: value for member, value in (config["provider"] | changes).items() if value is not None
    }
    return config


def clone_cluster(bootstrap, name, new):
    """A second account of the same provider, with a route of its own."""
    cluster = copy.deepcopy(next(c for c in clusters(bootstrap) if c["name"] == name))
    cluster["name"] = cluster["load_assignment"]["cluster_name"] = new
    clusters(bootstrap).append(cluster)
    targets = route(bootstrap)["inline_cluster_specifier_plugin"]["extension"]["typed_config"]["cluster_matcher"][
        "matcher_tree"
    ]["exact_match_map"]["map"]
    targets[new] = copy.deepcopy(targets[name])
    targets[new]["action"]["typed_config"]["cluster"] = new
    return cluster


def inject_credential(cluster, secret_file, header, name="provider-key"):
    """Envoy's own credential filter after ours, with the key in an SDS file that can be replaced at any time."""
    chain(cluster).insert(
        1,
        {
            "name": "envoy.filters.http.credential_injector",
            "typed_config": {
                "@type": "type.googleapis.com/envoy.extensions.filters.http.credential_injector.v3.CredentialInjector",
                "overwrite": True,
                "credential": {
                    "name": "generic",
                    "typed_config": {
                        "@type": "type.googleapis.com/envoy.extensions.http.injected_credentials.generic.v3.Generic",
                        "credential": {
                            "name": name,
                            "sds_config": {
                                "path_config_source": {"path": str(secret_file)},
                                "resource_api_version": "V3",
                            },
                        },
                        "header": header,
                    },
                },
            },
        },
    )


def add_cluster(bootstrap, name, port):
    """A cluster for the module's own calls, on 127.0.0.1."""
    address = {"socket_address": {"address": "127.0.0.1", "port_value": port}}
    clusters(bootstrap).append(
        {
            "name": name,
            "connect_timeout": "1s",
            "load_assignment": {
                "cluster_name": name,
                "endpoints": [{"lb_endpoints": [{"endpoint": {"address": address}}]}],
            },
        }
    )


def pass_env(bootstrap, *names):
    """Lets the module see more environment variables: in all filters, since they are to share one virtual machine."""
    filters = [connection_manager(bootstrap)["http_filters"][0], *(chain(c)[0] for c in clusters(bootstrap))]
    for http_filter in filters:
        plugin(http_filter)["vm_config"]["environment_variables"]["host_env_keys"].extend(names)


def add_service(bootstrap, config):
    """The module as a singleton service, in the filters' virtual machine."""
    gateway = plugin(connection_manager(bootstrap)["http_filters"][0])
    bootstrap["bootstrap_extensions"] = [
        {
            "name": "envoy.bootstrap.wasm",
            "typed_config": {
                "@type": "type.googleapis.com/envoy.extensions.wasm.v3.WasmService",
                "singleton": True,
                "config": {
                    "name": "service",
                    "vm_config": copy.deepcopy(gateway["vm_config"]),
                    "configuration": {"@type": STRING, "value": json.dumps({"version": 1, "service": config})},
                },
            },
        }
    ]


def write_secret(path, value, name="provider-key"):
    write_atomically(
        path,
        {
            "resources": [
                {
                    "@type": "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret",
                    "name": name,
                    "generic_secret": {"secret": {"inline_string": value}},
                }
            ]
        },
    )


def write_extension(path, http_filter):
    """An ECDS file with one filter."""
    write_atomically(
        path,
        {
            "resources": [
                {
                    "@type": "type.googleapis.com/envoy.config.core.v3.TypedExtensionConfig",
                    "name": http_filter["name"],
                    "typed_config": http_filter["typed_config"],
                }
            ]
        },
    )


def write_atomically(path, value):
    """Envoy reads the new file when it is moved to its place."""
    fresh = pathlib.Path(f"{path}.new")
    fresh.write_text(json.dumps(value))
    fresh.rename(path)


def validate(bootstrap, env=None):
    """What `envoy --mode validate` says to a configuration: whether it would start, and every line it printed."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "envoy.json"
        path.write_text(json.dumps(bootstrap))
        run = subprocess.run(
            [find_envoy(), "--mode", "validate", "-c", str(path), "--log-level", "warning"],
            cwd=ROOT,
            env=os.environ | PROVIDER_KEYS | (env or {}),
            capture_output=True,
            text=True,
            timeout=120,
        )
    return run.returncode == 0, run.stdout + run.stderr


# A client.


@dataclass
class Reply:
    status: int = 0
    headers: list = field(default_factory=list)
    chunks: list = field(default_factory=list)  # (seconds since the request was sent, bytes as one read gave them)
    complete: bool = False  # the body came to its proper end

    @property
    def body(self):
        return b"".join(data for _, data in self.chunks)

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def events(self):
        """The data of each server-sent event; JSON as values, the end marker as text."""
        found = []
        for event in re.split(r"\n\n+", re.sub(r"\r\n?", "\n", self.body.decode())):
            data = "\n".join(line[5:].removeprefix(" ") for line in event.split("\n") if line.startswith("data:"))
            if data:
                found.append(data if data == "[DONE]" else json.loads(data))
        return found

    def header(self, name):
        return next((value for key, value in self.headers if key == name), None)


def send(port, raw, *, leave_after=None, timeout=20):
    """Sends exact bytes and reads one answer; with `leave_after`, hangs up once that many body bytes have come."""
    with socket.create_connection(("127.0.0.1", port), timeout=timeout) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        started = time.monotonic()
        connection.sendall(raw)
        return read_reply(connection, started, leave_after)


def read_reply(connection, started, leave_after):
    buffer = b""

    def more():
        nonlocal buffer
        try:
            data = connection.recv(65536)
        except ConnectionResetError:
            data = b""
        buffer += data
        return bool(data)

    while b"\r\n\r\n" not in buffer:
        if not more():
            return Reply()
    head, buffer = buffer.split(b"\r\n\r\n", 1)
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = [(name.lower(), value.strip()) for name, _, value in (line.partition(":") for line in lines)]
    reply, got = Reply(int(first.split(" ")[1]), headers), 0

    def take(data):
        nonlocal got
        got += len(data)
        reply.chunks.append((time.monotonic() - started, data))
        return leave_after is not None and got >= leave_after

    if reply.header("transfer-encoding") == "chunked":
        while True:
            while b"\r\n" not in buffer:
                if not more():
                    return reply
            size, rest = buffer.split(b"\r\n", 1)
            size = int(size, 16)
            while len(rest) < size + 2:
                if not more():
                    return reply
                rest = buffer.split(b"\r\n", 1)[1]
            buffer = rest[size + 2 :]
            if size == 0:
                reply.complete = True
                return reply
            if take(rest[:size]):
                return reply
    wanted = int(reply.header("content-length") or 0)
    while got + len(buffer) < wanted:
        if not more():
            break
    if buffer:
        take(buffer)
    reply.complete = got == wanted
    return reply


def http(method, path, body=b"", headers=()):
    """An HTTP/1.1 request as bytes."""
    body = body if isinstance(body, bytes) else json.dumps(body).encode()
    lines = [f"{method} {path} HTTP/1.1", "host: gateway.test", *(f"{name}: {value}" for name, value in headers)]
    if body:
        lines += ["content-type: application/json", f"content-length: {len(body)}"]
    return "\r\n".join([*lines, "", ""]).encode() + body


# Envoy.


class Rig:
    """One running Envoy. `gateway` and `providers` replace the example's filter configurations; `change` gets the
    whole bootstrap for anything else; `live` serves the gateway filter from a file that `update` replaces."""

    def __init__(self, gateway=None, providers=None, *, change=None, live=False, concurrency=1, env=None):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="postern-rig-"))
        bootstrap = quickstart()
        if change:
            change(bootstrap)
        self.upstreams = {}
        for cluster in clusters(bootstrap):
            name = cluster["name"]
            options = cluster.get("typed_extension_protocol_options", {})
            if not any("http_filters" in option for option in options.values()):
                continue  # no provider's: the test has put it there, address and all
            if providers and name in providers:
                set_config(chain(cluster)[0], providers[name])
            preset = get_config(chain(cluster)[0])["provider"]["preset"]
            dialect = next((known for known in ("anthropic", "cohere", "ollama", "gemini") if known in preset), "openai")
            self.upstreams[name] = Upstream(dialect)
            cluster.pop("transport_socket", None)
            cluster["load_assignment"]["endpoints"][0]["lb_endpoints"][0]["endpoint"]["address"] = {
                "socket_address": {"address": "127.0.0.1", "port_value": self.upstreams[name].port}
            }
        for place in (bootstrap["admin"], bootstrap["static_resources"]["listeners"][0]):
            place["address"]["socket_address"]["port_value"] = 0
        filters = connection_manager(bootstrap)["http_filters"]
        if gateway is not None:
            set_config(filters[-2], gateway)
        self.gateway_filter = copy.deepcopy(filters[-2])
        self.asked = 0
        if live:
            self.extension = self.folder / "gateway.json"
            write_extension(self.extension, filters[-2])
            filters[-2] = {
                "name": "gateway",
                "config_discovery": {
                    "config_source": {
                        "path_config_source": {"path": str(self.extension)},
                        "resource_api_version": "V3",
                    },
                    "type_urls": [filters[-2]["typed_config"]["@type"].split("/")[1]],
                },
            }
        bootstrap["node"] = {"id": "rig", "cluster": "rig"}  # SDS insists
        bootstrap["stats_flush_interval"] = "0.2s"  # histograms show after a flush
        (self.folder / "envoy.json").write_text(json.dumps(bootstrap))
        self.start(concurrency, env or {})

    def start(self, concurrency, env):
        with open(self.folder / "log", "wb") as log, open(self.folder / "access.log", "wb") as access:
            self.process = subprocess.Popen(
                [
                    find_envoy(),
                    "-c",
                    str(self.folder / "envoy.json"),
                    "--concurrency",
                    str(concurrency),
                    "--use-dynamic-base-id",
                    "--admin-address-path",
                    str(self.folder / "admin"),
                    "--file-flush-interval-msec",
                    "20",
                    "--drain-time-s",
                    "1",
                    "--log-level",
                    "info",
                ],
                cwd=ROOT,
                env=os.environ | PROVIDER_KEYS | env,
                stdout=access,
                stderr=log,
            )
        self.admin_port = None
        try:
            self.wait_for("Envoy's admin port", lambda: ":" in self.read("admin"), 60)
            self.admin_port = int(self.read("admin").rsplit(":", 1)[1])
            self.wait_for("Envoy to be ready", lambda: self.admin("/ready").status == 200, 180)
            [listener] = self.admin("/listeners?format=json").json["listener_statuses"]
            self.port = listener["local_address"]["socket_address"]["port_value"]
        except BaseException:
            self.stop()
            raise

    def stop(self):
        """Ends this Envoy and its providers; the folder goes too."""
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        for upstream in self.upstreams.values():
            upstream.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def read(self, name):
        path = self.folder / name
        return path.read_text(errors="replace") if path.exists() else ""

    @property
    def log(self):
        return self.read("log")

    def wait_for(self, what, true, seconds=10):
        deadline = time.monotonic() + seconds
        while True:
            if self.process.poll() is not None:
                raise AssertionError(f"Envoy ended with status {self.process.returncode}:\n{self.log[-6000:]}")
            if value := true():
                return value
            if time.monotonic() > deadline:
                raise AssertionError(f"waited {seconds} s for {what}; Envoy's log:\n{self.log[-6000:]}")
            time.sleep(0.02)

    def reset(self):
        """Fresh notes for the next test, once the last one's records are written; Envoy itself goes on."""
        deadline = time.monotonic() + 2
        while self.record_count() < self.asked and time.monotonic() < deadline:
            time.sleep(0.005)
        for upstream in self.upstreams.values():
            upstream.reset()
        self.seen = self.asked = self.record_count()
        self.log_seen = len(self.log)

    # Asking.

    def ask(self, method, path, body=b"", key=CLIENT_KEY, headers=(), **how):
        self.asked += 1
        if key is not None:
            headers = [("authorization", f"Bearer {key}"), *headers]
        return send(self.port, http(method, path, body, headers), **how)

    def chat(self, model="gpt-4o-mini", text="hello", **more):
        """A call in OpenAI's format. Keywords that `ask` has go to it, the others into the body."""
        return self._say(
            "/v1/chat/completions", {"model": model, "messages": [{"role": "user", "content": text}]}, more
        )

    def messages(self, model="claude-haiku-4-5", text="hello", **more):
        """A call in Anthropic's format."""
        body = {"model": model, "max_tokens": 256, "messages": [{"role": "user", "content": text}]}
        how = {"headers": [("anthropic-version", "2023-06-01"), *more.pop("headers", ())]}
        return self._say("/v1/messages", body, how | more)

    def _say(self, path, body, more):
        how = {name: more.pop(name) for name in ("key", "headers", "leave_after", "timeout") if name in more}
        return self.ask("POST", path, body | more, **how)

    # Looking.

    def admin(self, path, method="GET"):
        return send(self.admin_port, http(method, path, headers=[("connection", "close")]), timeout=180)

    def record_count(self):
        return self.read("access.log").count("\n")

    def records(self, count=1):
        """The next `count` usage records since `reset`, in the order they were written."""
        lines = self.wait_for(
            f"{count} usage records",
            lambda: (lines := self.read("access.log").split("\n")[self.seen : -1]) and len(lines) >= count and lines,
        )
        return [json.loads(line) for line in lines[:count]]

    def metrics(self):
        """Prometheus' view: {(name, frozenset of labels): value}."""
        found = {}
        for line in self.admin("/stats/prometheus").body.decode().splitlines():
            if match := re.fullmatch(r"(\w+)(?:\{(.*)\})? (\S+)", line):
                labels = re.findall(r'(\w+)="((?:[^"\\]|\\.)*)"', match[2] or "")
                found[match[1], frozenset(labels)] = float(match[3])
        return found

    def metric(self, name, **labels):
        """The sum over every series of that name with those labels."""
        return sum(
            value for (found, have), value in self.metrics().items() if found == name and set(labels.items()) <= have
        )

    def stats(self, pattern):
        """Envoy's own counters whose name matches."""
        lines = self.admin(f"/stats?filter={pattern}").body.decode(errors="replace").splitlines()
        return {name: int(value) for name, _, value in (line.partition(": ") for line in lines) if value.isdigit()}

    def config_dump(self):
        return self.admin("/config_dump?include_eds").body.decode()

    def traces(self, *secrets):
        """The places where one of these shows that should not have it."""
        self.records()
        places = {
            "log": self.log,
            "access log": self.read("access.log"),
            "config dump": self.config_dump(),
            "metrics": self.admin("/stats/prometheus").body.decode(),
        }
        return [place for place, text in places.items() if any(secret in text for secret in secrets)]

    def update(self, config, module=None):
        """Hands the live gateway filter a new configuration, and a new module if a file is named; True if Envoy took it,
        False if it kept the old one."""

        def counts():
            stats = self.stats("extension_config_discovery")
            return collections.Counter(
                {
                    kind: sum(value for name, value in stats.items() if name.endswith(kind))
                    for kind in (".config_reload", ".config_fail", ".update_rejected")
                }
            )

        before, fresh = counts(), copy.deepcopy(self.gateway_filter)
        set_config(fresh, config)
        if module:
            plugin(fresh)["vm_config"]["code"]["local"]["filename"] = str(module)
        write_extension(self.extension, fresh)
        change = self.wait_for("Envoy to look at the new configuration", lambda: counts() - before, 60)
        return change[".config_fail"] + change[".update_rejected"] == 0


# Streams folded to the whole answer, as the official clients do it.


def fold_chat(events):
    """One chat completion's message, finish reason and usage out of its chunks; strings are joined, as SDKs do."""
    message, finish, usage, calls = {"content": ""}, None, None, {}
    for event in events:
        if event == "[DONE]":
            continue
        usage = event.get("usage") or usage
        for choice in event.get("choices", []):
            finish = choice.get("finish_reason") or finish
            delta = choice["delta"]
            for name in ("role", "content", "reasoning_content"):
                if delta.get(name):
                    message[name] = message.get(name, "") + delta[name]
            for part in delta.get("tool_calls") or []:
                call = calls.setdefault(part["index"], {"id": "", "name": "", "arguments": ""})
                call["id"] += part.get("id") or ""
                for name in ("name", "arguments"):
                    call[name] += (part.get("function") or {}).get(name) or ""
    return message | {"tool_calls": [calls[index] for index in sorted(calls)]}, finish, usage


def fold_messages(events):
    """One Anthropic message out of its events: content blocks, stop reason, usage."""
    blocks, stop, usage = {}, None, {}
    for event in events:
        kind = event["type"]
        if kind == "message_start":
            usage = dict(event["message"]["usage"])
        elif kind == "content_block_start":
            blocks[event["index"]] = dict(event["content_block"], json="")
        elif kind == "content_block_delta":
            block, delta = blocks[event["index"]], event["delta"]
            for name in ("text", "thinking", "signature"):
                block[name] = block.get(name, "") + delta[name] if name in delta else block.get(name)
            block["json"] += delta.get("partial_json", "")
        elif kind == "message_delta":
            stop = event["delta"]["stop_reason"]
            usage |= event.get("usage") or {}
    content = []
    for index in sorted(blocks):
        block = {name: value for name, value in blocks[index].items() if value is not None and name != "json"}
        if block["type"] == "tool_use":
            block["input"] = json.loads(blocks[index]["json"] or "{}")
        content.append(block)
    return content, stop, usage
