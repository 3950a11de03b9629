import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MemoryIdentityStore } from '../../testing/memory-identity-store.ts'
import { readConfig } from '../config.ts'
import { Attempts } from '../identity/attempts.ts'
import { createPasswordHasher } from '../identity/password.ts'
import { PasswordGate } from '../identity/password-gate.ts'
import { Sessions } from '../identity/sessions.ts'
import { providersTold } from '../providers-told.ts'
import { accountHandlers } from './account-handlers.ts'

async function room() {
  const store = new MemoryIdentityStore()
  const passwords = createPasswordHasher()
  const passwordPhc = await passwords.hash('twelve letters')
  await store.addUser({ name: 'ann', role: 'viewer', passwordPhc, groups: ['lab'], createdAt: 1 })
  const audit = { note: () => undefined }
  const gate = new PasswordGate({ users: store, passwords, attempts: new Attempts(), audit })
  const sessions = new Sessions({ tokens: store, gate })
  const rights = { allowedImages: async () => new Set(['b', 'a']) }
  const handlers = accountHandlers({ users: store, signIns: store, rights })
  const callBy = async (token: string) => ({
    ...{ user: 'ann', from: '::1' },
    session: await sessions.sessionOfToken(token),
  })
  const { token } = await sessions.signIn('ann', 'twelve letters', '::1')
  return { store, sessions, handlers, callBy, ann: await callBy(token) }
}

test('somebody sees who they are, what they may boot and where they are signed in', async () => {
  const { handlers, ann, sessions } = await room()
  const account = await handlers.showAccount(ann)
  assert.deepEqual(account, {
    ...{ name: 'ann', role: 'viewer', groups: ['lab'], source: 'local' },
    createdAt: '1970-01-01T00:00:00.001Z',
    boots: ['a', 'b'],
  })
  await sessions.signIn('ann', 'twelve letters', '::1')
  const { items } = await handlers.listSessions(ann)
  assert.deepEqual(
    [items.length, items.filter(({ current }) => current).map(({ id }) => id), items[0]?.kind],
    [2, [ann.session.tokenId], 'command'],
  )
})

test('they end one of these, once, and a token for a program ends none', async () => {
  const { handlers, ann, sessions, store, callBy } = await room()
  const { id: userId } = (await store.findUser('ann')) ?? { id: '' }
  const made = await sessions.makeApiToken(ann.session, userId, { name: 'ci', role: 'viewer', seconds: 60 })
  const params = { id: ann.session.tokenId }
  const program = await callBy(made.token)
  await assert.rejects(handlers.endSession({ ...program, params }), { code: 'forbidden' })
  await assert.rejects(handlers.endSession({ ...ann, params: { id: made.id } }), {
    code: 'session_not_found',
  })
  await handlers.endSession({ ...ann, params })
  await assert.rejects(handlers.endSession({ ...ann, params }), { code: 'session_not_found' })
})

test('sign-in providers are told as they are configured, and nothing of their secrets', () => {
  const args = [
    ...['--public-url', 'https://boot.example', '--oidc-issuer', 'https://idp.example/realms/work'],
    ...['--oidc-client-id', 'bootcast', '--oidc-client-secret-file', '/secret/oidc'],
    ...['--ldap-url', 'ldap://ldap.example', '--ldap-base', 'dc=x', '--ldap-bind-dn', 'cn=b,dc=x'],
    ...['--ldap-bind-password-file', '/secret/ldap', '--role-of', 'ops=operator'],
  ]
  const asked = readConfig({ argv: args, env: {}, interfaces: {}, readFile: () => undefined })
  assert.equal(asked.kind, 'run')
  const told = providersTold((asked as { config: Parameters<typeof providersTold>[0] }).config)
  const roleOf = [{ group: 'ops', role: 'operator' }]
  assert.deepEqual(told, [
    { kind: 'local' },
    {
      ...{ kind: 'oidc', issuer: 'https://idp.example/realms/work', clientId: 'bootcast', hasSecret: true },
      ...{ redirectUri: 'https://boot.example/sign-in/oidc/callback', groupsClaim: 'groups', roleOf },
    },
    {
      ...{ kind: 'ldap', address: 'ldap.example:389', security: 'start-tls', lookup: 'dc=x (uid={user})' },
      ...{ searchesAs: 'cn=b,dc=x', groupsAttribute: 'memberOf', roleOf },
    },
  ])
  assert.ok(!JSON.stringify(told).includes('/secret'))
})
