"""Writes a new RSA key as JSON: {"private": PEM, "public": PEM, "jwk": the public one with "kid"}, by joserfc."""

import json

from joserfc.jwk import RSAKey

key = RSAKey.generate_key(2048, {"kid": "apache", "use": "sig", "alg": "RS256"}, private=True)
pem = {"private": key.as_pem(private=True).decode(), "public": key.as_pem(private=False).decode()}
print(json.dumps(pem | {"jwk": key.as_dict(private=False)}))
