// What openid-client and Auth.js's library below it say when something is set up wrongly; docs/connect/messages.md has these texts.
//
//     node messages.mjs ISSUER DATA_FOLDER
//
// Each line is a text.

import { join } from 'node:path'
import * as oidc from 'openid-client'
import { Citizen } from './citizen.mjs'

const HOME = 'http://localhost:9999/callback'
const [issuer, data] = process.argv.slice(2)
const json = async (path) => (await fetch(`${issuer}${path}`)).json()
const client = (await json('/demo/clients.json')).find((client) => client.client_id === 'demo-confidential')
const person = (await json('/demo/people.json')).filter((person) => person.kind === 'account')[1]
const citizen = new Citizen(person, join(data, 'outbox.jsonl'))
const secret = client.client_secret

const configured = (metadata, authentication = oidc.ClientSecretBasic(secret), place = issuer) =>
  oidc.discovery(new URL(place), 'demo-confidential', metadata, authentication, {
    execute: [oidc.allowInsecureRequests, oidc.enableNonRepudiationChecks],
  })

/** The text of the refusal, with its cause where there is one, and what the window wrote. */
async function said(attempt) {
  const error = await attempt().then(() => { throw new Error('a refusal was expected') }, (error) => error)
  const parts = []
  for (let at = error; at instanceof Error; at = at.cause) parts.push(at.message)
  console.log(`openid-client: ${[...parts, error.error, error.error_description].filter(Boolean).join(' | ')}`)
}

async function signIn(config, { extra = {}, checks = {} } = {}) {
  const verifier = oidc.randomPKCECodeVerifier()
  const challenge = { code_challenge: await oidc.calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256' }
  const parameters = { redirect_uri: HOME, scope: 'openid', state: 's', nonce: 'n', ...challenge, ...extra }
  for (const name of Object.keys(parameters)) if (parameters[name] === undefined) delete parameters[name]
  const back = await citizen.walk(oidc.buildAuthorizationUrl(config, parameters).href, HOME)
  return oidc.authorizationCodeGrant(config, back, {
    pkceCodeVerifier: verifier, expectedState: 's', expectedNonce: 'n', idTokenExpected: true, ...checks,
  })
}

const right = { id_token_signed_response_alg: 'ES256' }
const config = await configured(right)
await signIn(config)

await said(() => signIn(config, { extra: { code_challenge: undefined, code_challenge_method: undefined } }))
await said(() => signIn(config, { checks: { expectedState: 'another' } }))
await said(() => signIn(config, { checks: { expectedNonce: 'another' } }))
await said(async () => signIn(await configured({ id_token_signed_response_alg: 'RS256' })))
await said(async () => signIn(await configured(right, oidc.ClientSecretBasic('not the secret'))))
await said(async () => signIn(await configured({ ...right, [oidc.clockSkew]: 7200 })))
await said(() => configured(right, oidc.ClientSecretBasic(secret), `${issuer}/tax`))
