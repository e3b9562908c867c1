"""Every way of telling a provider who asks: signatures that verify where they arrive, access tokens that are fetched
once, early and before anybody needs them, and no request that leaves without its credential."""

import base64
import concurrent.futures
import hashlib
import json
import time
import urllib.parse

import botocore.auth
import pytest
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from rig import (
    CLIENT_KEY,
    add_cluster,
    add_service,
    chain,
    clusters,
    gateway_config,
    pass_env,
    provider_config,
    quickstart,
    set_config,
    validate,
)
from token_server import CLIENT_SECRET, EMAIL, KEY, KEY_FILE, PEM, TokenServer
from upstream import Answer, openai_error, rate_limited

TOKENS = TokenServer()
SECRETS = {
    "GOOGLE_KEY_FILE": KEY_FILE,
    "ENTRA_SECRET": CLIENT_SECRET,
    "AWS_ID": "AKIAPLANTEDEXAMPLE",
    "AWS_SECRET": "planted/Secret+Access=Key/0123456789abcdef",
    "AWS_TOKEN": "planted//session+token==",
}
SOURCES = {
    "google_service_account": {"key_file": {"env": "GOOGLE_KEY_FILE"}},
    "google_metadata": {},
    "azure_entra": {
        "tenant_id": "planted-tenant",
        "client_id": "planted-client",
        "client_secret": {"env": "ENTRA_SECRET"},
    },
    "oauth_client": {
        "token_url": "https://dbc-1.cloud.databricks.com/oidc/v1/token",
        "client_id": "planted-client",
        "client_secret": {"env": "ENTRA_SECRET"},
        "scope": "all-apis",
    },
}
AWS = {
    "access_key_id": {"env": "AWS_ID"},
    "secret_access_key": {"env": "AWS_SECRET"},
    "session_token": {"env": "AWS_TOKEN"},
    "region": "us-east-1",
    "service": "bedrock",
}


@pytest.fixture(autouse=True)
def fresh_tokens():
    TOKENS.reset()
    TOKENS.lasts, TOKENS.before = 3600, 0


def source(kind, **changes):
    return {kind: SOURCES[kind] | {"cluster": "tokens"} | changes}


def prepared(bootstrap):
    """All secrets in the environment, and the token server as a cluster."""
    pass_env(bootstrap, *SECRETS)
    add_cluster(bootstrap, "tokens", TOKENS.port)


def served(bootstrap):
    """As above, and a service that keeps a token."""
    prepared(bootstrap)
    add_service(bootstrap, {"tokens": [{"name": "vertex", "from": source("google_service_account")}]})


def asking(auth, **more):
    """Providers of which OpenAI's is told so who asks."""
    return {"openai": provider_config("openai", key=None, auth=auth, **more)}


def started(rigs, auth, change=prepared, **how):
    """An Envoy of its own: a token is fetched once per process, so a test that counts needs a new one."""
    more = {name: how.pop(name) for name in ("token_wait_ms", "headers", "base_path") if name in how}
    started.count += 1
    providers = asking(auth, **more)
    return rigs(providers=providers, change=change, env=SECRETS | {"RIG": str(started.count)}, **how)


started.count = 0


def sent(rig, name="authorization"):
    return [request.header(name) for request in rig.upstreams["openai"].requests]


# Tokens.


@pytest.mark.parametrize("kind", SOURCES)
def test_a_token_is_fetched_before_the_first_request_and_once(rigs, kind):
    rig = started(rigs, source(kind), concurrency=2)
    rig.wait_for("the token", lambda: TOKENS.requests)
    for _ in range(5):
        assert rig.chat().status == 200
    [token] = set(sent(rig))
    assert token.startswith("Bearer token-") and len(TOKENS.requests) == 1
    words = [token.removeprefix("Bearer "), CLIENT_SECRET, urllib.parse.quote(CLIENT_SECRET), PEM.splitlines()[5]]
    assert rig.traces(*words) == []


def test_a_service_accounts_assertion_is_signed_by_its_key(rigs):
    rig = started(rigs, source("google_service_account"))
    rig.wait_for("the token", lambda: TOKENS.requests)
    [request] = TOKENS.requests
    form = dict(urllib.parse.parse_qsl(request.body.decode()))
    assert form["grant_type"] == "urn:ietf:params:oauth:grant-type:jwt-bearer"
    text, _, signature = form["assertion"].rpartition(".")
    part = lambda text: base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))  # noqa: E731
    KEY.public_key().verify(part(signature), text.encode(), padding.PKCS1v15(), hashes.SHA256())
    head, claims = (json.loads(part(piece)) for piece in text.split("."))
    assert head == {"alg": "RS256", "typ": "JWT", "kid": "planted-key-id"}
    assert abs(claims.pop("iat") - time.time()) < 5 and abs(claims.pop("exp") - time.time() - 3600) < 5
    assert claims == {
        "iss": EMAIL,
        "scope": "https://www.googleapis.com/auth/cloud-platform",
        "aud": "https://oauth2.googleapis.com/token",
    }
    assert (request.header("host"), request.path) == ("oauth2.googleapis.com", "/token")


def test_the_service_hands_its_token_to_a_filter_without_credentials(rigs):
    rig = started(rigs, {"token": {"name": "vertex"}}, served, concurrency=2)
    rig.wait_for("the token", lambda: TOKENS.requests)
    assert [rig.chat().status for _ in range(4)] == [200] * 4
    assert len(set(sent(rig))) == 1 and sent(rig)[0].startswith("Bearer token-")
    assert len(TOKENS.requests) == 1
    assert "token vertex: an access token, good for 3600 s" in rig.log


@pytest.mark.parametrize("change, auth", [(served, {"token": {"name": "vertex"}}), (prepared, source("azure_entra"))])
def test_requests_at_a_cold_start_wait_for_one_call(rigs, change, auth):
    TOKENS.before = 1.5
    rig = started(rigs, auth, change, concurrency=2)
    texts = [f"number {number} " + "x" * 70_000 for number in range(8)]
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        replies = list(pool.map(lambda text: rig.chat(text=text), texts))
    assert [reply.status for reply in replies] == [200] * 8
    for text, reply in zip(texts, replies):
        assert text.strip() in reply.json["choices"][0]["message"]["content"]
    assert len(set(sent(rig))) == 1 and len(TOKENS.requests) == 1, "one call for all that wait, on both workers"


def test_a_client_that_leaves_while_it_waits_takes_nothing_with_it(rigs):
    TOKENS.before = 1.5
    rig = started(rigs, source("google_metadata"))
    with pytest.raises(TimeoutError):
        rig.chat(timeout=0.2)
    assert rig.chat().status == 200
    assert len(TOKENS.requests) == 1 and len(sent(rig)) == 1


@pytest.mark.parametrize("surface", ["chat", "messages"])
def test_without_a_token_nothing_leaves_and_the_client_hears_it_in_its_format(rigs, surface):
    rig = started(rigs, {"token": {"name": "nobody-keeps-it"}}, token_wait_ms=300)
    before = time.monotonic()
    ask = {"chat": rig.chat, "messages": lambda: rig.messages("gpt-4o-mini")}[surface]
    reply = ask()
    assert 0.25 < time.monotonic() - before < 2
    assert (reply.status, reply.header("x-postern-error-source"), reply.header("retry-after")) == (503, "gateway", "5")
    message = "the gateway has no credential for provider openai at the moment; try again shortly"
    assert reply.json["error"]["message"] == message
    assert sent(rig) == []
    assert rig.records()[0]["error.type"] == "credential_unavailable"
    assert "provider openai: requests are refused: no access token" in rig.log


def test_a_token_server_that_refuses_is_asked_ever_less_often_and_then_serves(rigs):
    words = f"AADSTS7000215: Invalid client secret provided: {CLIENT_SECRET}."
    refusal = Answer.json({"error": "invalid_client", "error_description": words}, 401)
    TOKENS.script(refusal, refusal)
    rig = started(rigs, source("azure_entra"), token_wait_ms=0)
    rig.wait_for("two tries", lambda: len(TOKENS.requests) == 2)
    assert 0.9 < TOKENS.requests[1].at - TOKENS.requests[0].at < 2.5
    assert rig.chat().status == 503
    why = "provider openai: no new access token: login.microsoftonline.com answered 401: invalid_client: AADSTS7000215:"
    assert f"{why} Invalid client secret provided: ***.; requests are refused; next try in 1 s" in rig.log
    rig.wait_for("the third try", lambda: len(TOKENS.requests) == 3)
    rig.wait_for("a token", lambda: rig.chat().status == 200)
    assert 1.9 < TOKENS.requests[2].at - TOKENS.requests[1].at < 3.5
    assert rig.traces(CLIENT_SECRET) == []


def test_a_token_server_that_is_not_there_is_no_token(rigs):
    with TOKENS.refused():
        rig = started(rigs, source("google_metadata"), token_wait_ms=0)
        rig.wait_for("a try", lambda: "no new access token: metadata.google.internal answered 503" in rig.log)
        assert rig.chat().status == 503 and sent(rig) == []
    rig.wait_for("a token", lambda: rig.chat().status == 200)


def test_a_token_is_replaced_before_it_ends_and_no_request_notices(rigs):
    TOKENS.lasts = 10
    rig = started(rigs, source("oauth_client"), token_wait_ms=0)
    rig.wait_for("the token", lambda: TOKENS.requests and rig.chat().status == 200)
    deadline = time.monotonic() + 12
    while time.monotonic() < deadline:
        assert rig.chat().status == 200
        time.sleep(0.05)
    assert len(set(sent(rig))) == len(TOKENS.requests) >= 3
    gaps = [late.at - early.at for early, late in zip(TOKENS.requests, TOKENS.requests[1:])]
    assert all(4.5 < gap < 8 for gap in gaps), gaps
    # Else it would go on asking, and take the answers of the next tests.
    rig.stop()


def test_an_old_token_serves_while_no_new_one_comes(rigs):
    # Renewed at half its life, so that there are 20 seconds left on a slow machine when that has failed.
    TOKENS.script(Answer.json({"access_token": "the-old-one", "expires_in": 40}), *[Answer.json({}, 500)] * 20)
    rig = started(rigs, source("oauth_client"), token_wait_ms=0)
    rig.wait_for("a failure", lambda: "the old one still serves; next try in" in rig.log, 35)
    assert rig.chat().status == 200
    assert sent(rig) == ["Bearer the-old-one"]


def test_a_token_that_a_provider_quotes_stays_here(rigs):
    rig = started(rigs, source("google_metadata"))
    rig.wait_for("the token", lambda: TOKENS.requests)
    assert rig.chat().status == 200
    token = sent(rig)[0].removeprefix("Bearer ")
    quoting = openai_error(400, f"what is {token}?", "invalid_request_error", headers=[("x-a", token)])
    rig.upstreams["openai"].script(quoting)
    reply = rig.chat()
    assert reply.status == 400 and "what is ***?" in reply.json["error"]["message"]
    assert reply.header("x-a") is None


# Signatures.


def verify(request, account, service="bedrock", region="us-east-1"):
    """Makes the signature again from what arrived, with botocore."""
    scheme, _, rest = request.header("authorization").partition(" ")
    parts = dict(part.split("=", 1) for part in rest.split(", "))
    date = request.header("x-amz-date")
    assert scheme == "AWS4-HMAC-SHA256"
    assert parts["Credential"] == f"{account['AWS_ID']}/{date[:8]}/{region}/{service}/aws4_request"
    assert abs(time.time() - time.mktime(time.strptime(date, "%Y%m%dT%H%M%SZ")) + time.timezone) < 60
    signed = parts["SignedHeaders"].split(";")
    assert {"host", "x-amz-date"} <= set(signed) and request.header("x-amz-security-token") == account.get("AWS_TOKEN")
    again = AWSRequest("POST", f"http://{request.header('host')}{request.path}", data=request.body)
    for name in signed:
        again.headers[name] = request.header(name)
    again.headers.replace_header("x-amz-content-sha256", hashlib.sha256(request.body).hexdigest())
    again.context["timestamp"] = date
    signer = botocore.auth.SigV4Auth(Credentials(account["AWS_ID"], account["AWS_SECRET"]), service, region)
    assert parts["Signature"] == signer.signature(signer.string_to_sign(again, signer.canonical_request(again)), again)


def test_our_signature_verifies_over_what_arrives(rigs):
    rig = started(rigs, {"aws": AWS}, headers={"x-amz-note": "  two   blanks "}, base_path="/model/a:b%2Fc/v1")
    rig.upstreams["openai"].script(*[Answer.json({"choices": []})] * 3)
    rig.chat(text="€ " * 40_000)
    rig.chat(stream=True)
    rig.messages("gpt-4o-mini", stream=True)
    requests = rig.upstreams["openai"].requests
    assert len(requests) == 3
    for request in requests:
        assert request.path == "/model/a:b%2Fc/v1/chat/completions"
        verify(request, SECRETS)
    assert rig.traces(SECRETS["AWS_SECRET"], SECRETS["AWS_TOKEN"], SECRETS["AWS_ID"], "Signature=") == []


@pytest.mark.parametrize("model", ["eu.anthropic.claude-sonnet-4-5-20250929-v1:0", "arn:aws:bedrock:x:1:y/eu.z-v1:0"])
def test_a_model_in_bedrocks_path_is_signed_as_it_is_sent(rigs, model):
    account = {name: value for name, value in AWS.items() if name not in ("region", "service")}
    bedrock = {"preset": "aws.bedrock", "id": "openai", "params": {"region": "eu-central-1"}, "auth": {"aws": account}}
    started.count += 1
    rig = rigs(
        gateway_config(models=[{"name": "*", "targets": [{"cluster": "openai", "model": model}]}]),
        {"openai": {"version": 1, "provider": bedrock}},
        change=prepared,
        env=SECRETS | {"RIG": str(started.count)},
    )
    rig.upstreams["openai"].script(Answer.json({}, 500), Answer.json({}, 500))
    rig.chat()
    rig.chat(stream=True)
    paths = [request.path for request in rig.upstreams["openai"].requests]
    assert {path.split("/")[3] for path in paths} == {"converse", "converse-stream"}
    for request in rig.upstreams["openai"].requests:
        assert urllib.parse.unquote(request.path.split("/")[2]) == model
        assert request.header("host") == "bedrock-runtime.eu-central-1.amazonaws.com"
        verify(request, SECRETS, region="eu-central-1")


@pytest.mark.parametrize(
    "auth", [{"aws": AWS}, source("google_metadata"), {"query": {"value": {"env": "ENTRA_SECRET"}}}]
)
def test_a_retry_carries_nothing_of_the_first_providers_credential(rigs, auth):
    rig = started(rigs, auth)
    rig.upstreams["openai"].script(rate_limited())
    assert rig.chat().status == 200
    [first] = rig.upstreams["openai"].requests
    assert first.header("authorization") or QUOTED in first.path
    [second] = rig.upstreams["anthropic"].requests
    assert [name for name, _ in second.headers if name == "authorization" or name.startswith("x-amz")] == []
    assert second.path == "/v1/messages"


def test_what_aws_quotes_of_a_signature_stays_here(rigs):
    rig = started(rigs, {"aws": AWS})
    quoted = f"x-amz-security-token:{SECRETS['AWS_TOKEN']}', Credential={SECRETS['AWS_ID']}/"
    words = f"The canonical string should have been 'POST\n/\n\n{quoted}"
    rig.upstreams["openai"].script(Answer.json({"message": words}, 403))
    reply = rig.chat()
    assert reply.status == 403
    assert SECRETS["AWS_TOKEN"].encode() not in reply.body and SECRETS["AWS_ID"].encode() not in reply.body, reply.body


def envoy_signs(bootstrap):
    names = {"access_key_id": "AWS_ID", "secret_access_key": "AWS_SECRET", "session_token": "AWS_TOKEN"}
    package = "type.googleapis.com/envoy.extensions.filters.http.aws_request_signing.v3"
    signing = {
        "@type": f"{package}.AwsRequestSigning",
        "service_name": "bedrock",
        "region": "us-east-1",
        "credential_provider": {"inline_credential": {name: SECRETS[key] for name, key in names.items()}},
    }
    [cluster] = [cluster for cluster in clusters(bootstrap) if cluster["name"] == "openai"]
    chain(cluster).insert(1, {"name": "envoy.filters.http.aws_request_signing", "typed_config": signing})


def test_envoys_own_signature_after_our_filter_verifies_too(rigs):
    rig = started(rigs, {"none": {}}, envoy_signs, base_path="/model/a:b/v1")
    rig.upstreams["openai"].script(*[Answer.json({"choices": []})] * 2)
    rig.chat(text="€ " * 1000)
    rig.messages("gpt-4o-mini")
    assert len(rig.upstreams["openai"].requests) == 2
    for request in rig.upstreams["openai"].requests:
        assert request.path == "/model/a:b/v1/chat/completions"
        verify(request, SECRETS)
    rig.upstreams["openai"].reset()
    rig.upstreams["openai"].script(rate_limited())
    assert rig.chat().status == 200
    second = rig.upstreams["anthropic"].requests[-1]
    assert [name for name, _ in second.headers if name == "authorization" or name.startswith("x-amz")] == []
    assert rig.traces(SECRETS["AWS_SECRET"], SECRETS["AWS_TOKEN"]) == []


# Keys in other places.


PATH = "/v1/chat/completions"
QUOTED = urllib.parse.quote(CLIENT_SECRET, safe="~")


@pytest.mark.parametrize(
    "auth, place, value",
    [
        ({"bearer": {"env": "ENTRA_SECRET"}}, "authorization", f"Bearer {CLIENT_SECRET}"),
        ({"header": {"name": "api-key", "value": {"env": "ENTRA_SECRET"}}}, "api-key", CLIENT_SECRET),
        ({"query": {"value": {"env": "ENTRA_SECRET"}}}, None, f"{PATH}?key={QUOTED}"),
        ({"none": {}}, None, PATH),
    ],
)
def test_a_key_goes_where_it_is_told_to_and_nowhere_else(rigs, auth, place, value):
    rig = started(rigs, auth)
    assert rig.chat().status == 200
    [request] = rig.upstreams["openai"].requests
    assert (request.header(place) if place else request.path) == value
    others = {"authorization", "x-api-key", "api-key", "x-goog-api-key"} - {place}
    assert [name for name, _ in request.headers if name in others] == []
    assert rig.traces(CLIENT_SECRET, QUOTED, CLIENT_KEY) == []


# Wrong configurations.

NO_KEY = "-----BEGIN PRIVATE KEY-----\nbm8ga2V5\n-----END PRIVATE KEY-----\n"


@pytest.mark.parametrize(
    "auth, line",
    [
        (
            source("google_service_account", key_file=None, client_email=EMAIL, private_key={"inline": NO_KEY}),
            "provider.auth.google_service_account.private_key: Envoy cannot sign with this private key",
        ),
        (source("azure_entra", client_secret={"env": "NOT_SET"}), "provider.auth.azure_entra.client_secret.env"),
    ],
)
def test_a_credential_that_cannot_work_does_not_start(auth, line):
    bootstrap = quickstart()
    prepared(bootstrap)
    set_config(chain(clusters(bootstrap)[0])[0], asking(auth)["openai"])
    fine, log = validate(bootstrap, SECRETS)
    assert not fine and line in log, log
