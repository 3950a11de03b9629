import { randomBytes } from 'node:crypto'
import { Refused } from '../../api/problem-response.ts'
import { Forbidden } from '../../identity/sessions.ts'
import type { ApiKeyPair } from '../api-keys.ts'
import * as types from '../documents/schema.ts'
import { created, document, gone, list } from './answers.ts'
import type { Forge } from './forge.ts'
import type { Answer, Call, Resource } from './resource.ts'
import { userUri } from './shown.ts'

const mostKeys = 100
const longest = { name: 200, description: 1_000 }

/** Pairs of API keys of whoever asks. */
export function keyResources(forge: Forge): readonly Resource[] {
  const path = 'users/:uid/apikeys'
  return [
    { method: 'GET', path, who: 'user', answer: (call) => listKeys(forge, call) },
    { method: 'POST', path, who: 'tokens.make', answer: (call) => makeKey(forge, call) },
    { method: 'GET', path: `${path}/:akid`, who: 'user', answer: (call) => showKey(forge, call) },
    { method: 'DELETE', path: `${path}/:akid`, who: 'user', answer: (call) => removeKey(forge, call) },
  ]
}

const shown = (user: string, { createdAt, id, ...pair }: ApiKeyPair) => ({
  ...{ created: createdAt, dbId: id, lastModified: createdAt, ...pair },
  uri: `${userUri(user)}/apikeys/${id}`,
})

async function listKeys({ keys }: Forge, { asker, query }: Call): Promise<Answer> {
  const { id, name } = asker()
  const found = (await keys.listKeys(id)).map((pair) => shown(name, pair))
  return list('apiKeyPairs', types.apiKeyPairs, found, query)
}

async function showKey({ keys }: Forge, { asker, params }: Call): Promise<Answer> {
  const { id, name } = asker()
  const found = (await keys.listKeys(id)).find((pair) => String(pair.id) === params['akid'])
  if (found === undefined) throw noSuchKey()
  return document('apiKeyPair', types.apiKeyPair, shown(name, found))
}

/** The secret key stands in this answer and in none after it. An API key makes no others, as tokens do not. */
async function makeKey({ keys }: Forge, call: Call): Promise<Answer> {
  const { id: userId, name: user, by } = call.asker()
  if (by === 'api-key')
    throw new Forbidden('An API key makes no others. Sign in with your password, and make it then')
  const { name = '', description = '' } = call.document('apiKeyPair', types.apiKeyPair)
  if (name.length > longest.name || description.length > longest.description)
    throw new Refused('invalid_request', 'A name has at most 200 characters, a description 1,000')
  const secretKey = randomBytes(30).toString('base64url')
  const publicKey = randomBytes(18).toString('base64url')
  const pair = { name, description, publicKey, createdAt: Date.now() }
  const id = await keys.addKey({ ...pair, userId, secretKey }, mostKeys)
  if (id === undefined) throw new Refused('tokens_full', `${user} has ${mostKeys} API keys; remove one first`)
  const done = { action: 'makeApiKey', about: publicKey }
  return created('apiKeyPair', types.apiKeyPair, { ...shown(user, { id, ...pair }), secretKey }, done)
}

async function removeKey({ keys }: Forge, { asker, params }: Call): Promise<Answer> {
  const number = /^\d{1,15}$/.test(params['akid'] ?? '') ? Number(params['akid']) : 0
  const { id } = asker()
  const known = (await keys.listKeys(id)).find((pair) => pair.id === number)
  if (known === undefined || !(await keys.removeKey(id, number))) throw noSuchKey()
  return gone({ action: 'removeApiKey', about: known.publicKey })
}

const noSuchKey = () => new Refused('token_not_found', 'You have no such API key')
