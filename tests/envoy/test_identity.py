"""Who asks, by the real filters of Envoy in front: jwt_authn, api_key_auth, ext_authz, the listener's own TLS; by signed
tokens; and by a table of tenants that is replaced while requests run. Each with what a client might try instead."""

import base64
import copy
import hashlib
import json
import pathlib
import socket
import ssl
import tempfile
import threading
import time
from datetime import datetime, timedelta, timezone
from http import server as http_server

import pytest
import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.x509.oid import NameOID

from rig import (
    CLIENT_KEY,
    ROOT,
    STRING,
    Rig,
    add_cluster,
    connection_manager,
    gateway_config,
    http,
    plugin,
    read_reply,
    write_atomically,
)

V3 = "type.googleapis.com/envoy.extensions.filters.http"


def key(name):
    return {"id": name, "sha256": hashlib.sha256(f"sk-{name}".encode()).hexdigest()}


TENANTS = [
    {"id": "acme", "tags": {"org": "acme"}},
    {"id": "research", "parent": "acme", "principals": ["spiffe://acme.test/research"]},
    {"id": "bot", "parent": "research", "keys": [key("bot")]},
    {"id": "zeta", "keys": [key("zeta")]},
]


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def before_gateway(bootstrap, name, config):
    filters = connection_manager(bootstrap)["http_filters"]
    filters.insert(0, {"name": f"envoy.filters.http.{name}", "typed_config": config})


def spoofs(*headers):
    """Whatever a client may say about itself that nobody in front owns."""
    claims = base64url(b'{"org":{"id":"zeta"},"sub":"eve"}')
    return [
        ("x-tenant", "zeta"),
        ("x-postern-tenant", "zeta"),
        ("x-jwt-payload", claims),
        ("x-forwarded-client-cert", 'URI="spiffe://acme.test/research"'),
        ("x-client-id", "zeta"),
        *headers,
    ]


def test_the_tree_in_records(rigs):
    rig = rigs(gateway_config(tenants=TENANTS))
    assert rig.chat(key="sk-bot").status == 200
    [record] = rig.records()
    assert record["postern.tenant"] == "acme/research/bot" and record["postern.tags"] == {"org": "acme"}
    assert rig.metric("postern_requests", tenant="acme/research/bot", code="200") == 1


# JWT, by jwt_authn.

JWT_KEY = ec.generate_private_key(ec.SECP256R1())


def jwt(claims, key=JWT_KEY, alg="ES256"):
    head = base64url(json.dumps({"alg": alg, "kid": "k1", "typ": "JWT"}).encode())
    signed = f"{head}.{base64url(json.dumps({'iss': 'https://issuer.test', 'exp': int(time.time()) + 600} | claims).encode())}"
    if alg == "none":
        return f"{signed}."
    r, s = decode_dss_signature(key.sign(signed.encode(), ec.ECDSA(hashes.SHA256())))
    return f"{signed}.{base64url(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"


def with_jwt(bootstrap):
    numbers = JWT_KEY.public_key().public_numbers()
    jwk = {
        "kty": "EC",
        "crv": "P-256",
        "alg": "ES256",
        "kid": "k1",
        "x": base64url(numbers.x.to_bytes(32, "big")),
        "y": base64url(numbers.y.to_bytes(32, "big")),
    }
    provider = {
        "issuer": "https://issuer.test",
        "local_jwks": {"inline_string": json.dumps({"keys": [jwk]})},
        "payload_in_metadata": "jwt",
        "from_headers": [{"name": "authorization", "value_prefix": "Bearer "}],
    }
    rule = {"match": {"prefix": "/"}, "requires": {"requires_any": {"requirements": [
        {"provider_name": "issuer"}, {"allow_missing_or_failed": {}}]}}}
    before_gateway(
        bootstrap,
        "jwt_authn",
        {
            "@type": f"{V3}.jwt_authn.v3.JwtAuthentication",
            "providers": {"issuer": provider},
            "rules": [rule],
        },
    )


def jwt_gateway():
    source = {"jwt": {"tenant": ["https://acme.test/org", "id"], "tags": {"mail": ["email"]}}}
    return gateway_config(tenants=TENANTS, identity=[source, {"key": {}}])


def test_a_jwt_names_tenant_key_and_tags(rigs):
    rig = rigs(jwt_gateway(), change=with_jwt)
    claims = {"https://acme.test/org": {"id": "research"}, "sub": "ann", "email": "ann@acme.test"}
    reply = rig.chat(key=jwt(claims), headers=spoofs())
    assert reply.status == 200, reply.body
    assert rig.chat(key="sk-zeta").status == 200
    first, second = rig.records(2)
    assert (first["postern.tenant"], first["postern.key"]) == ("acme/research", "ann")
    assert first["postern.tags"] == {"org": "acme", "mail": "ann@acme.test"}
    assert second["postern.tenant"] == "zeta"
    assert "authorization" not in dict(rig.upstreams["openai"].requests[0].headers) or "Bearer sk-openai" in dict(
        rig.upstreams["openai"].requests[0].headers
    ).get("authorization", "")


@pytest.mark.parametrize(
    "token",
    [
        lambda: jwt({"https://acme.test/org": {"id": "research"}}, key=ec.generate_private_key(ec.SECP256R1())),
        lambda: jwt({"https://acme.test/org": {"id": "research"}}, alg="none"),
        lambda: jwt({"https://acme.test/org": {"id": "research"}, "exp": int(time.time()) - 600}),
        lambda: jwt({"https://acme.test/org": {"id": "research"}, "iss": "https://evil.test"}),
        lambda: jwt({"https://acme.test/org": {"id": "nobody"}}),
        lambda: jwt({"sub": "ann"}),
    ],
    ids=["another key", "no signature", "expired", "another issuer", "a tenant nobody knows", "no tenant"],
)
def test_a_jwt_that_is_no_good_is_nobody(rigs, token):
    rig = rigs(jwt_gateway(), change=with_jwt)
    reply = rig.chat(key=token(), headers=spoofs())
    assert reply.status == 401 and reply.json["error"]["code"] == "invalid_api_key", reply.body


# Keys, by api_key_auth, and a proxy's header.


def with_api_keys(bootstrap):
    before_gateway(
        bootstrap,
        "api_key_auth",
        {
            "@type": f"{V3}.api_key_auth.v3.ApiKeyAuth",
            "credentials": [{"key": "front-key-1", "client": "research"}],
            "key_sources": [{"header": "x-front-key"}],
            "forwarding": {"header": "x-client-id"},
        },
    )


def test_a_client_that_api_key_auth_knows_is_a_tenant(rigs):
    gateway = gateway_config(tenants=TENANTS, identity=[{"header": {"tenant": "x-client-id"}}])
    rig = rigs(gateway, change=with_api_keys)
    reply = rig.chat(key=None, headers=[("x-front-key", "front-key-1"), *spoofs()])
    assert reply.status == 200, reply.body
    assert rig.records()[0]["postern.tenant"] == "acme/research"
    sent = dict(rig.upstreams["openai"].requests[0].headers)
    assert not {"x-client-id", "x-forwarded-client-cert"} & set(sent)
    assert rig.chat(key=None, headers=spoofs()).status == 401


def test_a_header_needs_its_proof_where_one_is_asked_for(rigs):
    source = {"tenant": "x-tenant", "key": "x-user", "tags": {"unit": "x-unit"}}
    proof = {"header": "x-proof", "secret": {"inline": "between-us"}}
    rig = rigs(gateway_config(tenants=TENANTS, identity=[{"header": source | {"proof": proof}}]))
    assert rig.chat(key=None, headers=[("x-tenant", "zeta")]).status == 401
    assert rig.chat(key=None, headers=[("x-tenant", "zeta"), ("x-proof", "guess")]).status == 401
    good = [("x-tenant", "zeta"), ("x-user", "ann"), ("x-unit", "u1"), ("x-proof", "between-us")]
    assert rig.chat(key=None, headers=good).status == 200
    record = rig.records(3)[2]
    assert (record["postern.tenant"], record["postern.key"], record["postern.tags"]) == ("zeta", "ann", {"unit": "u1"})
    sent = dict(rig.upstreams["openai"].requests[0].headers)
    assert not {"x-tenant", "x-user", "x-unit", "x-proof"} & set(sent)


def test_a_header_nobody_declared_is_not_believed(rigs):
    rig = rigs(gateway_config(tenants=TENANTS))
    assert rig.chat(key=None, headers=spoofs()).status == 401
    assert rig.chat(key="sk-bot", headers=spoofs()).status == 200
    assert rig.records(2)[1]["postern.tenant"] == "acme/research/bot"


# ext_authz.


class Authorizer(http_server.BaseHTTPRequestHandler):
    def do_POST(self):
        known = self.headers.get("x-session") == "good"
        self.send_response(200 if known else 403)
        if known:
            self.send_header("x-authz-tenant", "research")
            self.send_header("x-authz-user", "ann")
        self.send_header("content-length", "0")
        self.end_headers()

    do_GET = do_POST

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def authorizer():
    server = http_server.ThreadingHTTPServer(("127.0.0.1", 0), Authorizer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_address[1]
    server.shutdown()


def test_what_ext_authz_has_found_out_is_believed(rigs, authorizer):
    def change(bootstrap):
        add_cluster(bootstrap, "authorizer", authorizer)
        pattern = {"patterns": [{"prefix": "x-authz-"}]}
        before_gateway(
            bootstrap,
            "ext_authz",
            {
                "@type": f"{V3}.ext_authz.v3.ExtAuthz",
                "http_service": {
                    "server_uri": {"uri": "http://authorizer", "cluster": "authorizer", "timeout": "5s"},
                    "authorization_response": {"dynamic_metadata_from_headers": pattern},
                },
                "allowed_headers": {"patterns": [{"exact": "x-session"}]},
            },
        )

    source = {"metadata": {"tenant": ["x-authz-tenant"], "key": ["x-authz-user"]}}
    rig = rigs(gateway_config(tenants=TENANTS, identity=[source]), change=change)
    reply = rig.chat(key=None, headers=[("x-session", "good"), ("x-authz-tenant", "zeta"), *spoofs()])
    assert reply.status == 200, reply.body
    [record] = rig.records()
    assert (record["postern.tenant"], record["postern.key"]) == ("acme/research", "ann")
    assert rig.chat(key=None, headers=[("x-session", "bad"), ("x-authz-tenant", "zeta")]).status == 403


# Certificates.


class Authority:
    def __init__(self):
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test authority")])
        self.certificate = self.sign(self.name, self.key.public_key(), [], ca=True)
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="postern-mtls-"))
        (self.folder / "ca.pem").write_bytes(self.certificate.public_bytes(serialization.Encoding.PEM))

    def sign(self, subject, public, names, ca=False):
        now = datetime.now(timezone.utc)
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self.name)
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(hours=1))
            .not_valid_after(now + timedelta(hours=1))
            .add_extension(x509.BasicConstraints(ca, None), critical=True)
        )
        if names:
            builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        return builder.sign(self.key, hashes.SHA256())

    def issue(self, name, *names):
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        path = self.folder / f"{name}.pem"
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        certificate = self.sign(subject, key.public_key(), list(names))
        path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM) + private)
        return path


@pytest.fixture(scope="module")
def authority():
    return Authority()


def test_a_certificate_names_the_tenant(rigs, authority):
    server = authority.issue("gateway", x509.DNSName("gateway.test"))

    def change(bootstrap):
        files = {"certificate_chain": {"filename": str(server)}, "private_key": {"filename": str(server)}}
        bootstrap["static_resources"]["listeners"][0]["filter_chains"][0]["transport_socket"] = {
            "name": "tls",
            "typed_config": {
                "@type": "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext",
                "require_client_certificate": True,
                "common_tls_context": {
                    "tls_certificates": [files],
                    "validation_context": {"trusted_ca": {"filename": str(authority.folder / "ca.pem")}},
                },
            },
        }

    rig = rigs(gateway_config(tenants=TENANTS, identity=[{"mtls": {}}]), change=change)

    def ask(certificate, headers=()):
        context = ssl.create_default_context(cafile=str(authority.folder / "ca.pem"))
        context.load_cert_chain(str(certificate))
        body = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "hi"}]}
        with socket.create_connection(("127.0.0.1", rig.port), timeout=20) as plain:
            with context.wrap_socket(plain, server_hostname="gateway.test") as connection:
                connection.sendall(http("POST", "/v1/chat/completions", body, headers))
                return read_reply(connection, time.monotonic(), None)

    research = authority.issue("research", x509.UniformResourceIdentifier("spiffe://acme.test/research"))
    assert ask(research, spoofs()).status == 200
    rig.asked += 1
    record = rig.records()[0]
    assert (record["postern.tenant"], record["postern.key"]) == ("acme/research", "spiffe://acme.test/research")
    stranger = authority.issue("stranger", x509.UniformResourceIdentifier("spiffe://acme.test/stranger"))
    assert ask(stranger, spoofs()).status == 401
    nameless = authority.issue("nameless")
    assert ask(nameless, spoofs()).status == 401
    evil = Authority().issue("evil", x509.UniformResourceIdentifier("spiffe://acme.test/research"))
    with pytest.raises((ssl.SSLError, ConnectionError)):
        reply = ask(evil)
        assert reply.status == 0
        raise ConnectionError


# Signed tokens.

SIGNING = ed25519.Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = SIGNING.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw).hex()


def token(claims, kid="a"):
    """As docs/tenants.md says it: made here without any code of ours."""
    signed = f"pst1.{kid}.{base64url(json.dumps(claims).encode())}"
    return f"{signed}.{base64url(SIGNING.sign(signed.encode()))}"


def test_a_signed_token_is_a_key_without_a_table(rigs):
    source = {"token": {"keys": [{"kid": "a", "verify": {"ed25519": PUBLIC}}], "revoked": ["gone"]}}
    rig = rigs(gateway_config(tenants=TENANTS, identity=[{"key": {}}, source]))
    soon = int(time.time()) + 600
    claims = {"tenant": "acme/research", "id": "t1", "exp": soon, "models": ["gpt-*"]}
    assert rig.chat(key=token(claims)).status == 200
    assert rig.messages(key=None, headers=[("x-api-key", token(claims))]).status == 403
    assert rig.chat(key="sk-zeta").status == 200
    records = rig.records(3)
    assert [record["postern.tenant"] for record in records] == ["acme/research", "acme/research", "zeta"]
    assert records[0]["postern.key"] == "t1"
    bad = [
        token(claims | {"exp": soon - 1200}),
        token(claims | {"nbf": soon}),
        token(claims | {"id": "gone"}),
        token(claims | {"tenant": "zeta/research"}),
        token(claims, kid="b"),
        token(claims)[:-2] + "AA",
    ]
    for shown in bad:
        reply = rig.chat(key=shown)
        assert reply.status == 401 and reply.json["error"]["message"].startswith("th"), reply.body
        assert not rig.traces(shown)


# A table of its own.


def table(*tenants, **more):
    return {"version": 1, "tenant_table": {"name": "live", "tenants": list(tenants), **more}}


def table_filter(bootstrap, config):
    """The table as an instance of the module: what of it is not the gateway's own stands here."""
    text = config if isinstance(config, str) else json.dumps(config)
    filter_config = {"name": "tenant_table", "configuration": {"@type": STRING, "value": text}}
    gateway = plugin(connection_manager(bootstrap)["http_filters"][-2])
    filter_config |= {name: copy.deepcopy(gateway[name]) for name in ("vm_config", "failure_policy")}
    return {
        "@type": "type.googleapis.com/envoy.config.core.v3.TypedExtensionConfig",
        "name": "tenants",
        "typed_config": {"@type": f"{V3}.wasm.v3.Wasm", "config": filter_config},
    }


class Live:
    def __init__(self, rigs, folder, first, snapshot=None, store=None, **how):
        self.file = folder / "tenants.json"

        def change(bootstrap):
            self.bootstrap = copy.deepcopy(bootstrap)
            self.write(first)
            connection_manager(bootstrap)["http_filters"].insert(
                0,
                {
                    "name": "tenants",
                    "disabled": True,
                    "config_discovery": {
                        "config_source": {
                            "path_config_source": {"path": str(self.file)},
                            "resource_api_version": "V3",
                        },
                        "type_urls": ["envoy.extensions.filters.http.wasm.v3.Wasm"],
                    },
                },
            )
            config = gateway_config(tenant_table="live", policies=[{"limit": {"requests_per_minute": 1000}}])
            del config["gateway"]["tenants"]
            if snapshot:
                config["gateway"]["snapshot"] = snapshot
                add_cluster(bootstrap, "store", store)
            gateway = connection_manager(bootstrap)["http_filters"][1]
            plugin(gateway)["configuration"] = {"@type": STRING, "value": json.dumps(config)}

        # The table is a file of this test's own, so no other test's Envoy will do.
        change.__qualname__ = f"live table {self.file}"
        self.rig = rigs(change=change, **how)

    def write(self, config):
        write_atomically(self.file, {"resources": [table_filter(self.bootstrap, config)]})

    def counts(self):
        stats = self.rig.stats("extension_config_discovery.*tenants")
        kinds = ("config_reload", "config_fail", "update_rejected")
        return [sum(value for name, value in stats.items() if name.endswith(kind)) for kind in kinds]

    def update(self, config):
        """Puts a new table in the old one's place; whether Envoy took it."""
        before = self.counts()
        self.write(config)
        self.rig.wait_for("Envoy to look at the table", lambda: self.counts() != before)
        return self.counts()[1:] == before[1:]


def test_a_table_is_replaced_while_requests_run(rigs, tmp_path):
    acme, zeta = {"id": "acme", "keys": [key("one")]}, {"id": "zeta", "keys": [key("two")]}
    live = Live(rigs, tmp_path, table(acme), concurrency=2)
    rig, failed, stop = live.rig, [], threading.Event()
    assert rig.chat(key="sk-one").status == 200 and rig.chat(key="sk-two").status == 401
    used = int(rig.chat(key="sk-one").header("x-ratelimit-remaining-requests"))

    def ask():
        while not stop.is_set():
            if (reply := rig.chat(key="sk-one")).status != 200:
                failed.append(reply)

    asking = threading.Thread(target=ask)
    asking.start()
    try:
        assert live.update(table(acme, zeta))
        rig.wait_for("the new tenant", lambda: all(rig.chat(key="sk-two").status == 200 for _ in range(8)))
        # A wrong one is refused, and the one before stays.
        for wrong, word in [
            (table(acme, zeta | {"parent": "acem"}), 'unknown tenant \\"acem\\"'),
            (table(acme, zeta | {"parent": "zeta"}), "a cycle: zeta"),
            (table(), "nobody could ask"),
            ("{", "expected a key"),
        ]:
            assert not live.update(wrong), wrong
            rig.wait_for("the reason in the log", lambda word=word: word.replace("\\", "") in rig.log)
        assert rig.chat(key="sk-two").status == 200
        assert live.update(table(acme))
        rig.wait_for("the tenant to go", lambda: all(rig.chat(key="sk-two").status == 401 for _ in range(8)))
    finally:
        stop.set()
        asking.join()
    assert not failed, failed[0].body
    # Counters are those of before.
    assert int(rig.chat(key="sk-one").header("x-ratelimit-remaining-requests")) < used


def test_limits_and_budgets_of_a_live_table_bind_at_once_and_their_counts_stay(rigs, tmp_path):
    def limited(name, limit, **more):
        return {"id": name, "limits": [{"of": "requests", "per": "day", "limit": limit}]} | more

    def statuses(name, count):
        return [rig.chat(key=f"sk-{name}").status for _ in range(count)]

    acme, corp = limited("acme", 1000, keys=[key("one")]), limited("corp", 4)
    zeta = limited("zeta", 3, keys=[key("two")], parent="corp")
    live = Live(rigs, tmp_path, table(acme), concurrency=2)
    rig = live.rig
    assert statuses("one", 2) == [200, 200] and statuses("two", 1) == [401]
    # A tenant that is new has its limits from its first request on, over both workers.
    assert live.update(table(acme, corp, zeta))
    rig.wait_for("the new tenant", lambda: rig.ask("GET", "/v1/models", key="sk-two").status == 200)
    rig.wait_for("both workers", lambda: all(rig.ask("GET", "/v1/models", key="sk-two").status == 200 for _ in range(16)))
    assert statuses("two", 8) == [200] * 3 + [429] * 5
    # A higher limit lets in what it adds; the one above still counts what was before.
    assert live.update(table(acme, corp, zeta | {"limits": [{"of": "requests", "per": "day", "limit": 100}]}))
    rig.wait_for("the higher limit", lambda: statuses("two", 1) == [200])
    assert statuses("two", 8) == [429] * 8
    assert "tenant corp" in rig.chat(key="sk-two").json["error"]["message"]
    # Out of the table and in again: the counts are those of before.
    assert live.update(table(acme))
    rig.wait_for("the tenant to go", lambda: all(rig.chat(key="sk-two").status == 401 for _ in range(16)))
    assert live.update(table(acme, corp, zeta))
    rig.wait_for("it to come back", lambda: all(rig.chat(key="sk-two").status != 401 for _ in range(16)))
    assert statuses("two", 8) == [429] * 8 and statuses("one", 1) == [200]
    usage = {it["who"]: it["used"] for it in rig.ask("GET", "/postern/usage", key="sk-two").json["usage"]}
    assert usage["tenant zeta"] == 4 and usage["tenant corp"] == 4


def test_budgets_of_a_live_table_are_charged_and_one_that_leads_nowhere_is_refused_with_its_table(rigs, tmp_path):
    """The bundled prices: an answer of the scripted model costs some micro-dollars, a budget of two is soon used up."""

    def spender(model, usd="0.000002"):
        budget = {"usd": usd, "per": "day", "exhausted": {"downgrade": {"model": model}}}
        return {"id": "acme", "keys": [key("one")], "budgets": [budget]}

    live = Live(rigs, tmp_path, table(spender("claude-haiku-4-5")), concurrency=2)
    rig = live.rig

    def asked():
        reply = rig.chat(key="sk-one")
        assert reply.status == 200
        return reply.json["model"].split("-")[0]

    assert [asked() for _ in range(3)] == ["gpt", "claude", "claude"]
    used = rig.ask("GET", "/postern/usage", key="sk-one").json["usage"][0]["used"]
    # No gateway here has such a model: the table is refused, with the reason, and the one before stays.
    assert not live.update(table(spender("clod-typo")))
    rig.wait_for("the reason", lambda: "tenant acme: downgrade: no model of this gateway is called clod-typo" in rig.log)
    assert asked() == "claude"
    # A budget that is raised keeps what was spent, and the next one is taken.
    assert live.update(table(spender("claude-haiku-4-5", usd="1")))
    rig.wait_for("the larger budget", lambda: {asked() for _ in range(8)} == {"gpt"})
    assert rig.ask("GET", "/postern/usage", key="sk-one").json["usage"][0]["used"] > used > 2


def test_counts_of_a_live_table_go_into_the_snapshot_and_come_back_after_a_restart(tmp_path, store):
    """Also those of a tenant that came with a later table."""

    def limited(name, digest):
        return {"id": name, "keys": [key(digest)], "limits": [{"of": "requests", "per": "day", "limit": 4}]}

    snapshot = {"cluster": "store", "path": "/live", "every_secs": 1}
    both = table(limited("acme", "one"), limited("zeta", "two"))
    for first, wanted in ((table(limited("acme", "one")), [200, 200, 200]), (both, [200, 429, 429])):
        live = Live(Rig, tmp_path, first, concurrency=2, snapshot=snapshot, store=store.server_port)
        rig = live.rig
        try:
            rig.wait_for("a look for a snapshot", lambda: store.asked)
            if first is not both:
                assert live.update(both)
            ready = lambda: all(rig.ask("GET", "/v1/models", key="sk-two").status == 200 for _ in range(16))  # noqa: E731
            rig.wait_for("the later tenant", ready)
            time.sleep(0.2)
            assert [rig.chat(key="sk-two").status for _ in range(3)] == wanted
            before = store.kept.get("/live")
            rig.wait_for("a snapshot", lambda: store.kept.get("/live") not in (None, before))
            written = store.kept["/live"]
            rig.wait_for("one more", lambda: store.kept["/live"] != written or b"zeta" in written)
            assert b"tenant/zeta" in store.kept["/live"]
        finally:
            rig.stop()
            store.asked.clear()


# What tenants may.


def test_permissions_hold_from_the_root_down(rigs):
    tenants = [
        {"id": "acme", "deny_models": ["claude-*"], "regions": ["eu"], "tools": ["get_*"], "require_tags": ["project"]},
        {"id": "bot", "parent": "acme", "operations": ["chat", "models"], "keys": [key("bot")]},
    ]
    gateway = gateway_config(
        tenants=tenants,
        tags=[{"name": "project", "values": ["alpha"]}],
        models=[
            {
                "name": "gpt-4o-mini",
                "targets": [{"cluster": "anthropic", "model": "claude-haiku-4-5"}, {"cluster": "openai", "region": "eu"}],
            },
            {"name": "gpt-us", "targets": [{"cluster": "openai", "region": "us"}]},
            {"name": "claude-haiku-4-5", "targets": [{"cluster": "anthropic", "region": "eu"}]},
            {"name": "text-embedding-3-small", "targets": [{"cluster": "openai", "region": "eu"}]},
        ],
    )
    rig = rigs(gateway)
    tagged = [("x-postern-tags", '{"project": "alpha", "series": "made-up"}'), ("x-postern-session", "s1")]

    def ask(headers=tagged, **body):
        return rig.chat(key="sk-bot", headers=headers, **body)

    tool = {"type": "function", "function": {"name": "get_weather", "parameters": {"type": "object", "properties": {}}}}
    assert ask(tools=[tool], user="ann").status == 200
    assert len(rig.upstreams["openai"].requests) == 1 and not rig.upstreams["anthropic"].requests
    sent = dict(rig.upstreams["openai"].requests[0].headers)
    assert not {"x-postern-tags", "x-postern-session"} & set(sent)
    [record] = rig.records()
    assert record["postern.tags"] == {"project": "alpha", "series": "made-up", "session": "s1", "user": "ann"}
    evil = {"type": "function", "function": {"name": "delete_all"}}
    refusals = [
        (ask(model="gpt-us"), 403, "region_not_allowed"),
        (ask(model="claude-haiku-4-5"), 403, "model_not_allowed"),
        (ask(tools=[tool, evil]), 403, "tool_not_allowed"),
        (ask(headers=[]), 400, "tag_required"),
        (ask(headers=[("x-postern-tags", '{"project": ""}')]), 400, "tag_required"),
        (
            rig.ask("POST", "/v1/embeddings", {"model": "text-embedding-3-small", "input": "x"}, "sk-bot", tagged),
            403,
            "operation_not_allowed",
        ),
    ]
    for reply, status, code in refusals:
        error = reply.json["error"]
        assert (reply.status, error["code"]) == (status, code), reply.body
        assert "get_" not in error["message"] and '"eu"' not in error["message"]
    assert refusals[2][0].json["error"]["param"] == "tools[1].function.name"
    assert [model["id"] for model in rig.ask("GET", "/v1/models", key="sk-bot").json["data"]] == [
        "gpt-4o-mini",
        "text-embedding-3-small",
    ]
    assert ask(headers=[("x-postern-tags", '{"project": "beta"}')]).status == 200
    rig.records(8)
    assert rig.metric("postern_tag_requests", tag="project", value="alpha") >= 1
    assert rig.metric("postern_tag_requests", tag="project", value="other") >= 1
    assert rig.metric("postern_tag_tokens", tag="project", value="alpha", type="input") > 0
    assert not any(word in rig.admin("/stats/prometheus").body.decode() for word in ("made-up", "beta", "ann"))


def test_a_key_ends(rigs):
    tenants = [
        {
            "id": "acme",
            "keys": [
                key("now"),
                key("old") | {"expires": "2020-01-01"},
                key("new") | {"expires": "2099-01-01T00:00:00Z"},
                key("off") | {"disabled": True},
            ],
        }
    ]
    rig = rigs(gateway_config(tenants=tenants))
    assert [rig.chat(key=f"sk-{name}").status for name in ("now", "new", "old", "off")] == [200, 200, 401, 401]
    assert rig.chat(key=CLIENT_KEY).status == 401


def test_the_example_runs(rigs):
    def change(bootstrap):
        example = yaml.safe_load((ROOT / "envoy" / "multi-tenant.yaml").read_text())
        bootstrap.clear()
        bootstrap.update(json.loads(json.dumps(example)))

    rig = rigs(change=change)
    assert rig.chat(key="sk-research-demo").status == 200
    assert rig.chat(key="sk-sales-demo").json["error"]["code"] == "tag_required"
    assert rig.chat(key="sk-sales-demo", headers=[("x-postern-tags", '{"project": "alpha"}')]).status == 200
    assert rig.messages(key="sk-sales-demo").status == 403
    assert [record["postern.tenant"] for record in rig.records(4)] == ["acme/research"] + ["acme/sales"] * 3
