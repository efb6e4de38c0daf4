"""What Authlib says when something is set up wrongly; docs/connect/messages.md has these texts.

    python messages.py ISSUER DATA_FOLDER

Each line is a text. DATA_FOLDER/id_token.txt gets a token for the same trials in other languages.
"""

import secrets
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

from authlib.common.errors import AuthlibBaseError
from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.flask_client import OAuth
from authlib.oidc.core import CodeIDToken
from flask import Flask
from joserfc.errors import JoseError

from sign_in import HOME, World, sign_in


def said(attempt):
    """The text of the refusal, as a program that does not catch it prints it."""
    try:
        attempt()
    except (AuthlibBaseError, JoseError, OAuthError) as error:
        print(f"authlib: {error}")
    else:
        raise AssertionError("a refusal was expected")


def in_flask(world, query):
    """The integrations for Flask and Django read the answer as a whole; the plain session looks for a code alone."""
    app = Flask(__name__)
    client = OAuth(app).register("panjereh", client_id="demo-confidential", server_metadata_url=world.issuer)
    with app.test_request_context(f"/callback?{query}"):
        client.authorize_access_token()


def validated(world, tokens, **changes):
    options = {"iss": {"essential": True, "value": world.issuer}, "aud": {"essential": True, "value": "demo-confidential"}}
    parameters = {"nonce": changes.get("nonce"), "client_id": "demo-confidential"}
    options |= changes.get("options", {})
    claims = world.verified(tokens["id_token"], "JWT").claims
    CodeIDToken(claims, {}, options, parameters).validate(now=changes.get("now"), leeway=0)


def main():
    world = World(*sys.argv[1:3])
    citizen = world.citizen(0)
    session, tokens, claims, used = sign_in(world, citizen, "demo-confidential")
    Path(sys.argv[2], "id_token.txt").write_text(tokens["id_token"], encoding="ascii")
    token = world.metadata["token_endpoint"]

    # Without PKCE.
    plain = world.session("demo-confidential")
    plain.code_challenge_method = None
    url, state = plain.create_authorization_url(world.metadata["authorization_endpoint"], nonce="n")
    back = citizen.walk(url, HOME)
    said(lambda: in_flask(world, urlsplit(back).query))

    # An answer to a request of another session of the browser.
    verifier = secrets.token_urlsafe(48)
    url, state = session.create_authorization_url(world.metadata["authorization_endpoint"], code_verifier=verifier, nonce="n")
    back = citizen.walk(url, HOME)
    said(lambda: session.fetch_token(token, authorization_response=back, state="another"))

    # A wrong secret; a code that was used; another redirect URI than at the beginning.
    wrong = world.session("demo-confidential")
    wrong.client_secret = "not the secret"
    said(lambda: wrong.fetch_token(token, grant_type="client_credentials"))
    said(lambda: world.session("demo-confidential").fetch_token(token, code=used["code"], code_verifier=used["verifier"]))
    elsewhere = world.session("demo-confidential")
    elsewhere.redirect_uri = HOME + "/"
    said(lambda: elsewhere.fetch_token(token, authorization_response=back, state=state, code_verifier=verifier))

    # ID tokens: another nonce, another issuer, a clock that is wrong.
    said(lambda: validated(world, tokens, nonce="another"))
    slash = {"iss": {"essential": True, "value": world.issuer + "/"}}
    said(lambda: validated(world, tokens, nonce=claims["nonce"], options=slash))
    said(lambda: validated(world, tokens, nonce=claims["nonce"], now=int(time.time()) + 7200))
    said(lambda: validated(world, tokens, nonce=claims["nonce"], now=int(time.time()) - 7200))


if __name__ == "__main__":
    main()
