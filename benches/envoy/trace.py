"""Where the time of a request goes inside the module, by callback and by host call:

    .ci/build-wasm --features trace && benches/envoy/trace.py w1

A callback (`<`) has the time of the host calls in it. Each measurement adds some 0.1 µs, so these figures are larger than
what the module costs; and what Envoy does before and after a callback is not in them.
"""

import collections
import re
import sys
import time
import pathlib

sys.path[:0] = [str(pathlib.Path(__file__).parent)]

import ab  # noqa: E402
from answering import Upstream  # noqa: E402
from workloads import WORKLOADS  # noqa: E402

MODULE = ab.rig.ROOT / "dist" / "postern-trace.wasm"


def main():
    upstream = Upstream({row.name: row.answer for row in WORKLOADS})
    # `-money` and the like, as `ab.py` has them.
    without = [word for word in sys.argv[1:] if word.startswith("-")]
    envoy = ab.start("".join([str(MODULE), *without]), upstream.ports, False)
    try:
        for row in (row for row in WORKLOADS if row.name in sys.argv[1:]):
            ab.cpu(envoy, row, 2, upstream)
            log = envoy.folder / "log"
            tables = []
            for _ in range(20):
                seen = len(log.read_text())
                ab.cpu(envoy, row, 3, upstream)
                time.sleep(0.2)
                tables += tables_of(log.read_text()[seen:])[1:]
                if len(tables) > 2:
                    break
            best = min(tables, key=lambda table: sum(total for name, (_, total) in table.items() if name[0] == "<"))
            show(row, best)
    finally:
        envoy.stop()
        upstream.close()


def tables_of(log):
    """Each table told, callbacks and host calls by name: how often, nanoseconds in all."""
    tables = [collections.OrderedDict()]
    for count, total, name in re.findall(r"trace: (\d+) (\d+) (.*)", log):
        if name in tables[-1]:
            tables.append({})
        tables[-1][name] = int(count), int(total)
    return [table for table in tables if table]


def show(row, table):
    deletes, _ = table["< delete"]
    requests = deletes / 2  # one context for each filter
    print(f"{row.name}: {row.what}, by request")
    for name, (count, total) in sorted(table.items(), key=lambda line: (line[0][0] != "<", -line[1][1])):
        print(f"  {name:28} {count / requests:5.1f} × {total / count / 1000:6.2f} = {total / requests / 1000:6.2f} µs")
    for what, rows in (("callbacks", "<"), ("host calls", "abcdefghijklmnopqrstuvwxyz")):
        print(f"  {what:36} {sum(total for name, (_, total) in table.items() if name[0] in rows) / requests / 1000:13.2f} µs")


if __name__ == "__main__":
    main()
