"""Modules against each other and a plain Envoy, in one run: what a change is worth on a machine that others use too.

    benches/envoy/ab.py -w w1,w2 -n 20 before=dist/before.wasm after=dist/postern.wasm

Every variant is an Envoy of its own, all of them up at once and asked in turn, a second each. The CPU by request is taken
of slices of 50 ms; of all slices of a variant the 2nd, 10th and 50th percentile are printed, with what that is over the
plain Envoy's. Whatever else the machine does only adds to a slice, so the lowest ones mean most.
`NAME=config` in a module's place is Postern's Envoy
configuration without its filters: what its retries, its access log and its route cost alone. `NAME=idle0` to `idle4` are
the two filters in their places that do next to nothing (`src/idle.rs`; first `.ci/build-wasm --features idle`). A module with `-log`, `-filter` or `-retries` behind it goes without
the access log, without the filter of the access log, without retries; with `-money` its tenant has two limits
and a budget, with `-money-tree` so have two more above it, and with `-uncounted` behind nobody counts the prompt's tokens.
"""

import argparse
import json
import pathlib
import statistics
import sys
import threading
import time

sys.path[:0] = [str(pathlib.Path(__file__).parent)]

import bench  # noqa: E402
import rig  # noqa: E402
from answering import Upstream  # noqa: E402
from workloads import WORKLOADS  # noqa: E402


def with_module(bootstrap, path):
    """The same set-up with another module in all its filters."""
    return json.loads(json.dumps(bootstrap).replace("dist/postern.wasm", str(pathlib.Path(path).resolve())))


def idle(bootstrap, level):
    """The two filters in their places with nothing to do; see `src/idle.rs`."""
    if int(level) < 4:
        bootstrap = by_header(bootstrap)
    filters = [rig.connection_manager(bootstrap)["http_filters"][0]]
    filters += [rig.chain(cluster)[0] for cluster in rig.clusters(bootstrap)]
    for one in filters:
        rig.plugin(one)["vm_config"]["environment_variables"]["key_values"] = {"IDLE": level}
    return with_module(bootstrap, rig.ROOT / "dist" / "postern-idle.wasm")


def without_filters(bootstrap):
    """Postern's own Envoy configuration without Postern: a header picks the cluster, everything else stays."""
    manager = rig.connection_manager(bootstrap)
    manager["http_filters"] = manager["http_filters"][1:]
    for cluster in rig.clusters(bootstrap):
        del rig.chain(cluster)[:-1]
    return by_header(bootstrap)


def by_header(bootstrap):
    manager = rig.connection_manager(bootstrap)
    [one] = manager["route_config"]["virtual_hosts"][0]["routes"]
    del one["route"]["inline_cluster_specifier_plugin"]
    del one["route"]["retry_policy"]["refresh_cluster_on_retry"]
    manager["route_config"]["virtual_hosts"][0]["routes"] = [
        {
            "match": {"prefix": "/", "headers": [{"name": "x-bench", "string_match": {"exact": row.name}}]},
            "route": one["route"] | {"cluster": row.name},
        }
        for row in WORKLOADS
    ]
    return bootstrap


def start(variant, ports, redact):
    if variant == "plain":
        return bench.Envoy(bench.plain(ports))
    if variant == "config":
        return bench.Envoy(without_filters(bench.postern(ports, redact)))
    if variant.startswith("idle"):
        return bench.Envoy(idle(bench.postern(ports, redact), variant.removeprefix("idle")))
    path, _, without = variant.partition(".wasm")
    path, without = path + ".wasm", without.split("-")
    bootstrap = bench.postern(ports, redact)
    manager = rig.connection_manager(bootstrap)
    if "log" in without:
        del manager["access_log"]
    if "filter" in without:
        del manager["access_log"][0]["filter"]
    if "money" in without:
        one = manager["http_filters"][0]
        rig.set_config(one, with_money(rig.get_config(one), "tree" in without, "off" if "uncounted" in without else "exact"))
    if "retries" in without:
        del manager["route_config"]["virtual_hosts"][0]["routes"][0]["route"]["retry_policy"]
    return bench.Envoy(with_module(bootstrap, path))


def with_money(config, tree, count):
    """The same gateway, its tenant with limits and a budget, and with `tree` those above it too."""
    limits = [{"of": "requests", "per": "minute", "limit": 10**9}, {"of": "tokens", "per": "day", "limit": 10**12}]
    budgets = [{"usd": "1000000", "per": "month"}]
    for model in config["gateway"]["models"]:
        model["count"] = count
    config["gateway"]["prices"] = [{"model": "*", "usd_per_million": {"input": "1", "output": "3"}}]
    [tenant] = config["gateway"]["tenants"]
    above = [{"id": "corp"}, {"id": "team", "parent": "corp"}] if tree else []
    tenant |= {"parent": "team"} if tree else {}
    config["gateway"]["tenants"] = [row | {"limits": limits, "budgets": budgets} for row in (*above, tenant)]
    return config


SLICE = 0.05


def cpu(envoy, row, seconds, upstream):
    """µs of CPU by answer or event, of each slice of the time."""
    connections = bench.CONNECTIONS * 2 if row.per_event else bench.CONNECTIONS
    asking = threading.Thread(target=bench.wrk, args=(envoy, row, connections, seconds))
    asking.start()
    time.sleep(0.15)
    slices, until = [], time.monotonic() + seconds - 0.3
    written, spent = upstream.written(), envoy.cpu()
    while time.monotonic() < until:
        time.sleep(SLICE)
        before = written, spent
        written, spent = upstream.written(), envoy.cpu()
        if written - before[0] >= 20:
            slices.append((spent - before[1]) * 1e6 / (written - before[0]))
    asking.join()
    return slices


def main():
    arguments = argparse.ArgumentParser(usage=__doc__)
    arguments.add_argument("-w", default="w1,w2", help="workloads")
    arguments.add_argument("-n", type=int, default=15, help="rounds")
    arguments.add_argument("-s", type=int, default=1, help="seconds of one measurement")
    arguments.add_argument("variants", nargs="+", help="NAME=MODULE or NAME=config")
    given = arguments.parse_args()
    variants = {"plain": "plain"} | dict(variant.split("=", 1) for variant in given.variants)
    rows = [row for row in WORKLOADS if row.name in given.w.split(",")]
    upstream = Upstream({row.name: row.answer for row in WORKLOADS})
    envoys = {}
    try:
        for redact in sorted({row.redact for row in rows}):
            for name, variant in variants.items():
                envoys[name] = start(variant, upstream.ports, redact)
            for row in (row for row in rows if row.redact == redact):
                for name, envoy in envoys.items():
                    if name == "plain" or ".wasm" in variants[name]:
                        bench.check(envoy, row, name != "plain")
                    cpu(envoy, row, 1, upstream)
                found = {name: [] for name in envoys}
                for index in range(given.n):
                    names = list(envoys)
                    for name in names[index % len(names) :] + names[: index % len(names)]:
                        found[name] += cpu(envoys[name], row, given.s, upstream)
                show(row, found)
            while envoys:
                envoys.popitem()[1].stop()
    finally:
        for envoy in envoys.values():
            envoy.stop()
        upstream.close()


def show(row, found):
    print(f"{row.name}: {row.what}, µs of CPU")
    bare = None
    for name, costs in found.items():
        costs.sort()
        figures = [costs[len(costs) * at // 100] for at in (2, 10, 50)]
        bare = bare or figures
        told = "   ".join(f"{one:6.1f} ({one - none:+6.1f}, ×{one / none:.2f})" for one, none in zip(figures, bare, strict=True))
        print(f"  {name:10} {len(costs):4} slices   {told}", flush=True)


if __name__ == "__main__":
    main()
