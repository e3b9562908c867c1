"""AWS event streams: botocore reads what `src/wire/event_stream.rs` writes (its own test holds it to the same file)."""

import json
import pathlib

from botocore.eventstream import EventStreamBuffer

WRITTEN = pathlib.Path(__file__).parents[1] / "fixtures" / "frames" / "written.bin"


def test_botocore_reads_what_we_write():
    buffer = EventStreamBuffer()
    buffer.add_data(WRITTEN.read_bytes())
    seen = [(event.headers, json.loads(event.payload)) for event in buffer]
    event = {":content-type": "application/json", ":message-type": "event"}
    assert seen == [
        (event | {":event-type": "messageStart"}, {"role": "assistant"}),
        (event | {":event-type": ""}, {"text": "}],\"é{\\", "n": [[1], {}]}),
        (
            event | {":message-type": "exception", ":exception-type": "throttlingException"},
            {"message": "slow down"},
        ),
    ]
