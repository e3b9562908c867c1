"""A scripted token server: Google's, Entra's and any other's in one, on a port of 127.0.0.1.

It gives `token-1`, `token-2` and so on, and keeps every request. Who asks wrongly gets a 400.
"""

import itertools
import json
import urllib.parse

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from upstream import Answer, Upstream

KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PEM = KEY.private_bytes(
    serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
).decode()
EMAIL = "gateway@planted-project.iam.gserviceaccount.com"
CLIENT_SECRET = "planted~Client.Secret&1=2"
KEY_FILE = json.dumps(
    {
        "type": "service_account",
        "project_id": "planted-project",
        "private_key_id": "planted-key-id",
        "private_key": PEM,
        "client_email": EMAIL,
        "token_uri": "https://oauth2.googleapis.com/token",
    },
    indent=2,
)


class TokenServer(Upstream):
    def __init__(self):
        super().__init__("openai")
        self.respond = self.give
        self.numbers = itertools.count(1)
        self.lasts = 3600  # seconds
        self.before = 0

    def give(self, request, _keys):
        path = request.path
        form = dict(urllib.parse.parse_qsl(request.body.decode()))
        if path == "/computeMetadata/v1/instance/service-accounts/default/token":
            good = request.header("metadata-flavor") == "Google" and request.header("x-forwarded-for") is None
        elif path == "/planted-tenant/oauth2/v2.0/token":
            good = form.get("client_secret") == CLIENT_SECRET and form.get("grant_type") == "client_credentials"
        elif path == "/oidc/v1/token":
            good = (request.header("authorization") or "").startswith("Basic ") and form == {
                "grant_type": "client_credentials",
                "scope": "all-apis",
            }
        else:
            good = path == "/token" and form.get("grant_type") == "urn:ietf:params:oauth:grant-type:jwt-bearer"
        if not good:
            return Answer.json({"error": "invalid_request", "error_description": f"not so: {path}"}, 400)
        token = f"token-{next(self.numbers)}"
        body = {"access_token": token, "expires_in": self.lasts, "token_type": "Bearer"}
        return Answer.json(body, before=self.before)
