"""A second opinion: Authlib, which shares no code with us, signs in against the running demo.

    python sign_in.py ISSUER DATA_FOLDER

Every check is a function whose name says what holds. The last line counts them.
"""

import secrets
import sys
import traceback
from pathlib import Path
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import requests
from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from authlib.oidc.core import CodeIDToken, UserInfo
from authlib.oidc.discovery import OpenIDProviderMetadata, get_well_known_url
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet

from citizen import Citizen

HOME = "http://localhost:9999/callback"
AFTER_LOGOUT = "http://localhost:9999/"
SCOPE = "openid profile phone address national_id age_over_18 offline_access"


class World:
    """The demo, as it describes itself."""

    def __init__(self, issuer, data):
        self.issuer = issuer
        self.outbox = Path(data) / "outbox.jsonl"
        self.metadata = self._json(get_well_known_url(issuer, external=True))
        self.keys = KeySet.import_key_set(self._json(self.metadata["jwks_uri"]))
        self.clients = {c["client_id"]: c for c in self._json(f"{issuer}/demo/clients.json")}
        self.people = [p for p in self._json(f"{issuer}/demo/people.json") if p["kind"] == "account"]

    @staticmethod
    def _json(url):
        answer = requests.get(url, timeout=30)
        answer.raise_for_status()
        return answer.json()

    def citizen(self, n):
        return Citizen(self.people[n % len(self.people)], self.outbox)

    def session(self, client_id):
        client = self.clients[client_id]
        method = client["token_endpoint_auth_method"]
        session = OAuth2Session(
            client_id,
            client["client_secret"],
            token_endpoint_auth_method=method,
            scope=SCOPE,
            redirect_uri=HOME,
            code_challenge_method="S256",
        )
        if method == "private_key_jwt":
            session.client_secret = ECKey.import_key(client["private_jwk"])
            header = {"kid": client["private_jwk"]["kid"]}
            session.register_client_auth_method(PrivateKeyJWT(self.metadata["token_endpoint"], alg="ES256", headers=header))
        return session

    def verified(self, token, typ, **expected):
        """A JWT of the issuer, header and claims: signature by a published key, header type, and the claims that were expected."""
        decoded = jwt.decode(token, self.keys, algorithms=["ES256", "RS256", "PS256", "EdDSA"])
        assert decoded.header["typ"] == typ, decoded.header
        for name, value in expected.items():
            found = decoded.claims[name]
            assert value in found if isinstance(found, list) else value == found, (name, found, value)
        return decoded


def sign_in(world, citizen, client_id, **extra):
    """From the authorization request to verified tokens."""
    session = world.session(client_id)
    verifier, nonce = secrets.token_urlsafe(48), secrets.token_urlsafe(16)
    url, state = session.create_authorization_url(
        world.metadata["authorization_endpoint"], code_verifier=verifier, nonce=nonce, **extra
    )
    back = citizen.walk(url, HOME)
    answer = back if isinstance(back, dict) else {k: v[0] for k, v in parse_qs(urlsplit(back).query).items()}
    assert answer["iss"] == world.issuer and answer["state"] == state, answer
    tokens = session.fetch_token(world.metadata["token_endpoint"], code=answer["code"], state=state, code_verifier=verifier)
    token = world.verified(tokens["id_token"], "JWT", iss=world.issuer, aud=client_id, nonce=nonce)
    claims = token.claims
    id_token = CodeIDToken(
        claims, token.header, {"iss": {"value": world.issuer}, "aud": {"value": client_id}},
        {"nonce": nonce, "client_id": client_id, "access_token": tokens["access_token"]},
    )
    id_token.validate(leeway=5)
    return session, tokens, claims, {"code": answer["code"], "verifier": verifier}


def discovery_is_what_the_standard_wants(world):
    OpenIDProviderMetadata(world.metadata).validate()
    assert world.metadata["issuer"] == world.issuer
    assert world.metadata["code_challenge_methods_supported"] == ["S256"]


def every_way_of_client_authentication_signs_in_calls_userinfo_and_refreshes(world):
    for n, client_id in enumerate(["demo-confidential", "demo-post", "demo-private-key", "demo-public"]):
        session, tokens, claims, _ = sign_in(world, world.citizen(n), client_id)
        assert tokens["token_type"].lower() == "bearer", client_id
        assert userinfo(world, session)["sub"] == claims["sub"]
        fresh = session.refresh_token(world.metadata["token_endpoint"], refresh_token=tokens["refresh_token"])
        assert fresh["access_token"] != tokens["access_token"]
        # A client that authenticates keeps its refresh token: a lost answer costs nothing.
        assert (fresh["refresh_token"] == tokens["refresh_token"]) == (client_id != "demo-public"), client_id
        if client_id != "demo-public":
            session.refresh_token(world.metadata["token_endpoint"], refresh_token=tokens["refresh_token"])
        assert userinfo(world, session)["sub"] == claims["sub"]


def a_pushed_request_is_authenticated_as_the_library_does_it(world):
    """Authlib has no call for RFC 9126, but its authentication of a client works at any endpoint."""
    for n, client_id in enumerate(["demo-private-key", "demo-confidential"]):
        session = world.session(client_id)
        verifier, nonce = secrets.token_urlsafe(48), secrets.token_urlsafe(16)
        url, state = session.create_authorization_url(
            world.metadata["authorization_endpoint"], code_verifier=verifier, nonce=nonce
        )
        pushed = requests.post(
            world.metadata["pushed_authorization_request_endpoint"],
            data=dict(parse_qsl(urlsplit(url).query)),
            auth=session.client_auth(session.token_endpoint_auth_method),
            timeout=30,
        )
        assert pushed.status_code == 201, pushed.text
        query = urlencode({"client_id": client_id, "request_uri": pushed.json()["request_uri"]})
        back = world.citizen(n).walk(f"{world.metadata['authorization_endpoint']}?{query}", HOME)
        tokens = session.fetch_token(
            world.metadata["token_endpoint"], authorization_response=back, state=state, code_verifier=verifier
        )
        world.verified(tokens["id_token"], "JWT", iss=world.issuer, aud=client_id, nonce=nonce)


def names_come_in_the_script_that_was_asked_for(world):
    citizen = world.citizen(0)
    session, _, _, _ = sign_in(world, citizen, "demo-confidential", claims_locales="en")
    latin = userinfo(world, session)
    assert latin["name"].isascii() and "name#en" not in latin, latin
    session, _, _, _ = sign_in(world, citizen, "demo-confidential")
    plain = userinfo(world, session)
    assert plain["name#en"] == latin["name"] and plain["name"] == plain["name#fa"] != latin["name"], plain


def userinfo(world, session):
    answer = session.get(world.metadata["userinfo_endpoint"], timeout=30)
    answer.raise_for_status()
    return answer.json()


def userinfo_speaks_of_the_same_subject(world):
    citizen = world.citizen(0)
    session, tokens, claims, _ = sign_in(world, citizen, "demo-confidential")
    answer = session.get(world.metadata["userinfo_endpoint"], timeout=30)
    answer.raise_for_status()
    info = UserInfo(answer.json())
    assert info.sub == claims["sub"]
    assert info["national_id"] == citizen.person["national_id"] and info["birthdate"] == citizen.person["birth_date"]
    assert info["phone_number"] == citizen.person["mobile"] and info["age_over_18"] is True
    access = world.verified(tokens["access_token"], "at+jwt", iss=world.issuer, client_id="demo-confidential").claims
    assert access["sub"] == claims["sub"] and "jti" in access


def the_second_agency_sees_another_subject_and_asks_for_no_form(world):
    citizen = world.citizen(1)
    _, _, first, _ = sign_in(world, citizen, "demo-confidential")
    sign_in(world, citizen, "demo-post")
    before = citizen.pages_seen
    _, _, second, _ = sign_in(world, citizen, "demo-post")
    assert citizen.pages_seen == before, "single sign-on shows no page"
    assert first["sub"] != second["sub"], "pairwise subjects differ"
    assert first["auth_time"] == second["auth_time"]


def form_post_brings_the_same_answer(world):
    sign_in(world, world.citizen(2), "demo-confidential", response_mode="form_post")


def a_public_client_s_refresh_token_rotates_and_its_second_use_ends_the_family(world):
    session, tokens, claims, _ = sign_in(world, world.citizen(0), "demo-public")
    fresh = session.refresh_token(world.metadata["token_endpoint"], refresh_token=tokens["refresh_token"])
    assert fresh["refresh_token"] != tokens["refresh_token"]
    if "id_token" in fresh:
        again = world.verified(fresh["id_token"], "JWT", iss=world.issuer, aud="demo-public", sub=claims["sub"]).claims
        assert again["auth_time"] == claims["auth_time"]
    for stale in (tokens["refresh_token"], fresh["refresh_token"]):
        refused(lambda: session.refresh_token(world.metadata["token_endpoint"], refresh_token=stale), "invalid_grant")


def a_code_works_once_and_its_second_use_ends_what_the_first_gave(world):
    session, tokens, _, used = sign_in(world, world.citizen(1), "demo-confidential")
    again = lambda: world.session("demo-confidential").fetch_token(
        world.metadata["token_endpoint"], code=used["code"], code_verifier=used["verifier"], grant_type="authorization_code"
    )
    refused(again, "invalid_grant")
    answer = requests.get(
        world.metadata["userinfo_endpoint"], headers={"Authorization": f"Bearer {tokens['access_token']}"}, timeout=30
    )
    assert answer.status_code == 401 and "invalid_token" in answer.headers["www-authenticate"], answer.headers


def a_machine_gets_a_token_of_its_own(world):
    client = world.clients["demo-confidential"]
    session = OAuth2Session("demo-confidential", client["client_secret"], token_endpoint_auth_method="client_secret_basic")
    tokens = session.fetch_token(world.metadata["token_endpoint"], grant_type="client_credentials")
    claims = world.verified(tokens["access_token"], "at+jwt", iss=world.issuer, client_id="demo-confidential").claims
    assert claims["sub"] == "demo-confidential" and "refresh_token" not in tokens and "id_token" not in tokens


def a_wrong_verifier_and_a_wrong_secret_are_refused(world):
    citizen = world.citizen(2)
    session = world.session("demo-public")
    url, state = session.create_authorization_url(
        world.metadata["authorization_endpoint"], code_verifier=secrets.token_urlsafe(48), nonce="n"
    )
    code = parse_qs(urlsplit(citizen.walk(url, HOME)).query)["code"][0]
    wrong = secrets.token_urlsafe(48)
    refused(lambda: session.fetch_token(world.metadata["token_endpoint"], code=code, code_verifier=wrong), "invalid_grant")
    stranger = OAuth2Session("demo-confidential", "not the secret", token_endpoint_auth_method="client_secret_basic")
    refused(lambda: stranger.fetch_token(world.metadata["token_endpoint"], grant_type="client_credentials"), "invalid_client")


def signing_out_ends_the_session(world):
    citizen = world.citizen(3)
    session, tokens, _, _ = sign_in(world, citizen, "demo-confidential")
    prepared = requests.Request(
        "GET",
        world.metadata["end_session_endpoint"],
        params={"id_token_hint": tokens["id_token"], "post_logout_redirect_uri": AFTER_LOGOUT, "state": "bye"},
    ).prepare()
    back = citizen.walk(prepared.url, AFTER_LOGOUT)
    assert parse_qs(urlsplit(back).query)["state"] == ["bye"], back
    url, _ = session.create_authorization_url(
        world.metadata["authorization_endpoint"], code_verifier=secrets.token_urlsafe(48), nonce="n", prompt="none"
    )
    answer = parse_qs(urlsplit(citizen.walk(url, HOME)).query)
    assert answer["error"] == ["login_required"], answer


def refused(attempt, code):
    try:
        attempt()
    except OAuthError as error:
        assert error.error == code, error
    else:
        raise AssertionError(f"{code} was expected")


CHECKS = [
    discovery_is_what_the_standard_wants,
    every_way_of_client_authentication_signs_in_calls_userinfo_and_refreshes,
    a_pushed_request_is_authenticated_as_the_library_does_it,
    names_come_in_the_script_that_was_asked_for,
    userinfo_speaks_of_the_same_subject,
    the_second_agency_sees_another_subject_and_asks_for_no_form,
    form_post_brings_the_same_answer,
    a_public_client_s_refresh_token_rotates_and_its_second_use_ends_the_family,
    a_code_works_once_and_its_second_use_ends_what_the_first_gave,
    a_machine_gets_a_token_of_its_own,
    a_wrong_verifier_and_a_wrong_secret_are_refused,
    signing_out_ends_the_session,
]


def main():
    world = World(*sys.argv[1:3])
    failed = 0
    for check in CHECKS:
        try:
            check(world)
            print(f"ok      {check.__name__}")
        except Exception:
            failed += 1
            print(f"FAILED  {check.__name__}")
            traceback.print_exc(file=sys.stdout)
    print(f"{len(CHECKS) - failed} passed, {failed} failed")
    return min(failed, 1)


if __name__ == "__main__":
    sys.exit(main())
