"""Limits per tenant and minute, counted over all workers."""

import pytest

from rig import gateway_config


@pytest.mark.parametrize("surface", ["chat", "messages"])
def test_requests_over_the_limit_wait_for_the_next_minute(rigs, surface):
    rig = rigs(gateway_config(policies=[{"limit": {"requests_per_minute": 4}}]), concurrency=2)
    replies = [getattr(rig, surface)() for _ in range(12)]
    passed = [reply for reply in replies if reply.status == 200]
    refused = [reply for reply in replies if reply.status == 429]
    assert len(passed) <= 8 and len(passed) + len(refused) == 12  # 8: the minute may end in between
    assert 0 < int(refused[0].header("retry-after")) <= 60
    assert refused[0].json["error"]["message"] and (refused[0].json.get("type") == "error") == (surface == "messages")


def test_tokens_are_counted_when_they_are_known(rigs):
    rig = rigs(gateway_config(policies=[{"limit": {"tokens_per_minute": 30}}]))
    statuses = [rig.chat(text="x" * 40).status for _ in range(12)]
    assert statuses[0] == 200 and 429 in statuses


def test_audit_refuses_nobody(rigs):
    rig = rigs(gateway_config(policies=[{"limit": {"requests_per_minute": 1, "mode": "audit"}}]))
    assert {rig.chat().status for _ in range(4)} == {200}
