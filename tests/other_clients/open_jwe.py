"""Keys and decryption for encrypted answers, by joserfc.

`open_jwe.py keys` writes a new private key for each type and curve, as JSON: {"EC": {...}, "P-384": {...}, "RSA": {...}, ...}, with "kid"
and "use" = "enc".
`open_jwe.py open` reads {"jwe": "...", "key": {...}} and writes {"header": {...}, "payload": "..."}.
"""

import json
import sys

from joserfc import jwe
from joserfc.jwk import ECKey, OKPKey, RSAKey

ALGORITHMS = ["RSA-OAEP-256", "ECDH-ES", "ECDH-ES+A128KW", "ECDH-ES+A256KW"]
ALGORITHMS += ["A128GCM", "A256GCM", "A128CBC-HS256", "A256CBC-HS512"]


def keys():
    made = {
        "EC": ECKey.generate_key("P-256", {"kid": "ec", "use": "enc"}, private=True),
        "P-384": ECKey.generate_key("P-384", {"kid": "p384", "use": "enc"}, private=True),
        "P-521": ECKey.generate_key("P-521", {"kid": "p521", "use": "enc"}, private=True),
        "X25519": OKPKey.generate_key("X25519", {"kid": "x25519", "use": "enc"}, private=True),
        "RSA": RSAKey.generate_key(2048, {"kid": "rsa", "use": "enc"}, private=True),
    }
    return {
        name: {"private": key.as_dict(private=True), "public": key.as_dict(private=False)}
        for name, key in made.items()
    }


def opened(given):
    key = given["key"]
    kind = {"EC": ECKey, "OKP": OKPKey, "RSA": RSAKey}[key["kty"]]
    found = jwe.decrypt_compact(given["jwe"], kind.import_key(key), algorithms=ALGORITHMS)
    return {"header": dict(found.protected), "payload": found.plaintext.decode()}


print(json.dumps(keys() if sys.argv[1] == "keys" else opened(json.load(sys.stdin))))
