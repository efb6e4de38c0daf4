// A second opinion: openid-client, which shares no code with us, signs in against the running demo.
//
//     node sign_in.mjs ISSUER DATA_FOLDER
//
// Every check is a function whose name says what holds. The last line counts them.

import assert from 'node:assert/strict'
import { join } from 'node:path'
import * as oidc from 'openid-client'
import { Citizen } from './citizen.mjs'

const HOME = 'http://localhost:9999/callback'
const AFTER_LOGOUT = 'http://localhost:9999/'
const SCOPE = 'openid profile phone address national_id age_over_18 offline_access'

const [issuer, data] = process.argv.slice(2)
const json = async (path) => (await fetch(`${issuer}${path}`)).json()
const clients = Object.fromEntries((await json('/demo/clients.json')).map((client) => [client.client_id, client]))
const people = (await json('/demo/people.json')).filter((person) => person.kind === 'account')
const citizen = (n) => new Citizen(people[n % people.length], join(data, 'outbox.jsonl'))

/** The client as the library knows it; ID tokens are always verified by signature, and by the algorithm that is registered. */
async function configured(clientId) {
  const client = clients[clientId]
  const authentication = {
    client_secret_basic: () => oidc.ClientSecretBasic(client.client_secret),
    client_secret_post: () => oidc.ClientSecretPost(client.client_secret),
    private_key_jwt: async () => {
      const algorithm = { name: 'ECDSA', namedCurve: 'P-256' }
      const key = await crypto.subtle.importKey('jwk', client.private_jwk, algorithm, false, ['sign'])
      return oidc.PrivateKeyJwt({ key, kid: client.private_jwk.kid })
    },
    none: () => oidc.None(),
  }[client.token_endpoint_auth_method]
  const metadata = { id_token_signed_response_alg: 'ES256' }
  const execute = [oidc.allowInsecureRequests, oidc.enableNonRepudiationChecks]
  return oidc.discovery(new URL(issuer), clientId, metadata, await authentication(), { execute })
}

/** Where the browser is to be sent, and what has to come back. */
async function asked(config, extra) {
  const pkceCodeVerifier = oidc.randomPKCECodeVerifier()
  const [expectedState, expectedNonce] = [oidc.randomState(), oidc.randomNonce()]
  const parameters = {
    redirect_uri: HOME,
    scope: SCOPE,
    state: expectedState,
    nonce: expectedNonce,
    code_challenge: await oidc.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: 'S256',
    ...extra,
  }
  return { parameters, checks: { pkceCodeVerifier, expectedState, expectedNonce, idTokenExpected: true } }
}

/** From the authorization request to verified tokens. The library checks `iss`, `state`, `nonce`, PKCE, signature, audience and times. */
async function signIn(person, clientId, extra = {}) {
  const config = await configured(clientId)
  const { parameters, checks } = await asked(config, extra)
  const back = await person.walk(oidc.buildAuthorizationUrl(config, parameters).href, HOME)
  const tokens = await oidc.authorizationCodeGrant(config, back, checks)
  return { config, back, checks, tokens, claims: tokens.claims() }
}

async function every_way_of_client_authentication_signs_in_calls_userinfo_and_refreshes() {
  const ways = ['demo-confidential', 'demo-post', 'demo-private-key', 'demo-public']
  for (const [n, clientId] of ways.entries()) {
    const person = citizen(n)
    const { config, tokens, claims } = await signIn(person, clientId)
    assert.equal(claims.aud, clientId)
    const info = await oidc.fetchUserInfo(config, tokens.access_token, claims.sub)
    assert.equal(info.national_id, person.person.national_id)
    assert.equal(info.birthdate, person.person.birth_date)
    assert.equal(info.age_over_18, true)
    const fresh = await oidc.refreshTokenGrant(config, tokens.refresh_token)
    // A client that authenticates keeps its refresh token.
    assert.equal(fresh.refresh_token === tokens.refresh_token, clientId !== 'demo-public')
    assert.equal(fresh.claims()?.sub ?? claims.sub, claims.sub)
    assert.equal((await oidc.fetchUserInfo(config, fresh.access_token, claims.sub)).sub, claims.sub)
  }
}

async function a_used_refresh_token_is_refused_and_takes_its_family_along() {
  const { config, tokens } = await signIn(citizen(1), 'demo-public')
  const fresh = await oidc.refreshTokenGrant(config, tokens.refresh_token)
  for (const stale of [tokens.refresh_token, fresh.refresh_token]) {
    await assert.rejects(oidc.refreshTokenGrant(config, stale), { error: 'invalid_grant' })
  }
}

async function a_code_works_once() {
  const { config, back, checks } = await signIn(citizen(2), 'demo-private-key')
  await assert.rejects(oidc.authorizationCodeGrant(config, back, checks), { error: 'invalid_grant' })
}

async function the_second_sign_in_shows_no_page() {
  const person = citizen(0)
  const first = await signIn(person, 'demo-private-key')
  const before = person.pagesSeen
  const second = await signIn(person, 'demo-private-key')
  assert.equal(person.pagesSeen, before)
  assert.equal(second.claims.sub, first.claims.sub)
  assert.equal(second.claims.auth_time, first.claims.auth_time)
}

async function a_machine_gets_a_token_by_private_key_jwt() {
  const tokens = await oidc.clientCredentialsGrant(await configured('demo-private-key'))
  assert.equal(tokens.token_type, 'bearer')
  assert.equal(tokens.refresh_token, undefined)
}

async function an_error_comes_back_as_one_that_the_library_knows() {
  const config = await configured('demo-confidential')
  const { parameters, checks } = await asked(config, { prompt: 'none' })
  const back = await citizen(0).walk(oidc.buildAuthorizationUrl(config, parameters).href, HOME)
  await assert.rejects(oidc.authorizationCodeGrant(config, back, checks), { error: 'login_required' })
  const stranger = await oidc.discovery(new URL(issuer), 'demo-confidential', {}, oidc.ClientSecretBasic('wrong'), {
    execute: [oidc.allowInsecureRequests],
  })
  // With Basic, the library tells what the challenge of RFC 6749 5.2 says.
  const refused = ({ status, cause }) => status === 401 && cause[0].parameters.error === 'invalid_client'
  await assert.rejects(oidc.clientCredentialsGrant(stranger), refused)
}

async function a_pushed_request_and_a_key_of_ones_own_give_tokens_that_only_this_key_can_use() {
  for (const [n, clientId] of ['demo-confidential', 'demo-private-key', 'demo-public'].entries()) {
    const config = await configured(clientId)
    const DPoP = oidc.getDPoPHandle(config, await oidc.randomDPoPKeyPair('ES256'))
    const { parameters, checks } = await asked(config)
    const pushed = await oidc.buildAuthorizationUrlWithPAR(config, parameters, { DPoP })
    assert.deepEqual([...pushed.searchParams.keys()].sort(), ['client_id', 'request_uri'])
    const back = await citizen(n).walk(pushed.href, HOME)
    const tokens = await oidc.authorizationCodeGrant(config, back, checks, undefined, { DPoP })
    assert.equal(tokens.token_type, 'dpop')
    const { sub } = tokens.claims()
    assert.equal((await oidc.fetchUserInfo(config, tokens.access_token, sub, { DPoP })).sub, sub)
    const fresh = await oidc.refreshTokenGrant(config, tokens.refresh_token, undefined, { DPoP })
    assert.equal(fresh.token_type, 'dpop')
    const thief = oidc.getDPoPHandle(config, await oidc.randomDPoPKeyPair('ES256'))
    const isInvalid = (challenge) => challenge.parameters.error === 'invalid_token'
    const challenged = ({ status, cause }) => status === 401 && cause.some(isInvalid)
    await assert.rejects(oidc.fetchUserInfo(config, fresh.access_token, sub, { DPoP: thief }), challenged)
    await assert.rejects(oidc.fetchUserInfo(config, fresh.access_token, sub), ({ status }) => status === 401)
  }
}

async function a_signed_request_gets_a_signed_answer() {
  const config = await configured('demo-private-key')
  const { private_jwk } = clients['demo-private-key']
  const key = await crypto.subtle.importKey('jwk', private_jwk, { name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign'])
  config.clientMetadata().authorization_signed_response_alg = 'ES256'
  oidc.useJwtResponseMode(config)
  const { parameters, checks } = await asked(config)
  const signed = await oidc.buildAuthorizationUrlWithJAR(config, parameters, { key, kid: private_jwk.kid })
  const back = await citizen(2).walk(signed.href, HOME)
  assert.deepEqual([...back.searchParams.keys()], ['response'])
  const tokens = await oidc.authorizationCodeGrant(config, back, checks)
  assert.equal(tokens.claims().aud, 'demo-private-key')
}

async function signing_out_ends_the_session() {
  const person = citizen(3)
  const { config, tokens } = await signIn(person, 'demo-private-key')
  const leaving = oidc.buildEndSessionUrl(config, {
    id_token_hint: tokens.id_token,
    post_logout_redirect_uri: AFTER_LOGOUT,
    state: 'bye',
  })
  const back = await person.walk(leaving.href, AFTER_LOGOUT)
  assert.equal(back.searchParams.get('state'), 'bye')
  const { parameters, checks } = await asked(config, { prompt: 'none' })
  const answer = await person.walk(oidc.buildAuthorizationUrl(config, parameters).href, HOME)
  await assert.rejects(oidc.authorizationCodeGrant(config, answer, checks), { error: 'login_required' })
}

const checks = [
  every_way_of_client_authentication_signs_in_calls_userinfo_and_refreshes,
  a_used_refresh_token_is_refused_and_takes_its_family_along,
  a_code_works_once,
  the_second_sign_in_shows_no_page,
  a_machine_gets_a_token_by_private_key_jwt,
  an_error_comes_back_as_one_that_the_library_knows,
  a_pushed_request_and_a_key_of_ones_own_give_tokens_that_only_this_key_can_use,
  a_signed_request_gets_a_signed_answer,
  signing_out_ends_the_session,
]

let failed = 0
for (const check of checks) {
  try {
    await check()
    console.log(`ok      ${check.name}`)
  } catch (error) {
    failed++
    console.log(`FAILED  ${check.name}\n${error.stack}`, error.cause ?? '')
  }
}
console.log(`${checks.length - failed} passed, ${failed} failed`)
process.exitCode = failed ? 1 : 0
