import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { Client } from 'ldapts'
import {
  type Person,
  reader,
  type SlapdServer,
  slapdMissing,
  startSlapd,
  suffix,
} from '../../testing/slapd-server.ts'
import type { LdapServer } from './ldap-connection.ts'
import { LdapDirectory, type LdapLookup } from './ldap-directory.ts'

const skip =
  slapdMissing.length > 0
    ? `SKIPPED: not here: ${slapdMissing.join(', ')} (apt-get install slapd openssl)`
    : false

const odd = [
  `a+b&c"d'e;f<g>h=i`,
  'Zoë Ångström',
  '李雷',
  'star*',
  '(paren)',
  'back\\slash',
  'comma, dc=example',
  '#hash',
  '${net0/mac}',
  '*',
]
const people: readonly Person[] = [
  { uid: 'ann', password: 'ann password', groups: ['ops', 'the, "staff"'] },
  { uid: 'bob', password: 'bob password', alias: 'robert' },
  ...odd.map((uid) => ({ uid, password: `${uid} password` })),
]

const byDn: LdapLookup = {
  kind: 'dn',
  dn: { text: `uid={user},ou=people,${suffix}`, attribute: 'uid' },
}
const bySearch = (more: object = {}): LdapLookup => ({
  ...{ kind: 'search', base: suffix, filter: { text: '(uid={user})', attribute: 'uid' }, as: reader },
  ...more,
})

describe('an OpenLDAP directory', { skip }, () => {
  let slapd: SlapdServer

  before(async () => {
    slapd = await startSlapd(people)
  })
  after(async () => slapd?.stop())

  function directory(lookup: LdapLookup, server: Partial<LdapServer> = {}) {
    const problems: string[] = []
    const one = new LdapDirectory({
      server: { host: '127.0.0.1', port: slapd.port, security: 'none', ...server },
      lookup,
      groupsAttribute: 'memberof',
      onProblem: (message) => void problems.push(message),
    })
    return { problems, find: (name: string, password: string) => one.find(name, password) }
  }

  for (const [way, lookup] of [
    ['by a DN', byDn],
    ['by a search', bySearch()],
  ] as const) {
    test(`${way}: the right password tells who it is and in which groups`, async () => {
      const { find } = directory(lookup)
      const found = await find('ann', 'ann password')
      assert.partialDeepStrictEqual(found, { source: 'ldap', name: 'ann' })
      assert.deepEqual([...(found?.groups ?? [])].sort(), ['ops', 'the, "staff"'])
      assert.match(found?.subject ?? '', /^entryUUID [0-9a-f-]{36}$/)
      const shouted = await find('ANN', 'ann password')
      assert.deepEqual([shouted?.name, shouted?.subject], ['ann', found?.subject])
    })

    test(`${way}: another password, no password and nobody are refused`, async () => {
      const { find, problems } = directory(lookup)
      for (const [name, password] of [
        ['ann', 'wrong'],
        ['ann', ''],
        ['ann', 'bob password'],
        ['nobody', 'ann password'],
        ['nobody', ''],
      ] as const)
        assert.equal(await find(name, password), undefined, `${name} ${password}`)
      assert.deepEqual(problems, [])
    })

    test(`${way}: a name is that of one entry, whatever is in it`, async () => {
      const { find } = directory(lookup)
      for (const uid of odd) {
        assert.equal((await find(uid, `${uid} password`))?.name, uid)
        assert.equal(await find(uid, 'ann password'), undefined, uid)
      }
      assert.equal(
        (await find('Zoe\u0308 A\u030angstro\u0308m'.normalize('NFC'), 'Zoë Ångström password'))?.name,
        'Zoë Ångström',
      )
    })

    test(`${way}: nothing in a name reaches beyond it`, async () => {
      const { find, problems } = directory(lookup)
      for (const name of [
        'a*',
        'an?',
        'ann)(uid=*',
        '*)(objectClass=*',
        'ann)(|(uid=*',
        'ann\\29\\28uid=*',
        'ann,ou=people',
        'ann+cn=ann',
        'ann,ou=people,dc=example\0',
        'reader,dc=example',
        '\\61nn',
      ])
        assert.equal(await find(name, 'ann password'), undefined, name)
      assert.deepEqual(problems, [])
    })
  }

  test('this directory lets anybody bind without a password, which is why we never do', async () => {
    const client = new Client({ url: `ldap://127.0.0.1:${slapd.port}` })
    await client.bind(`uid=ann,ou=people,${suffix}`, '')
    await client.unbind()
  })

  test('a person with two names is the same by either', async () => {
    const { find } = directory(bySearch())
    const [bob, robert] = [await find('bob', 'bob password'), await find('robert', 'bob password')]
    assert.deepEqual([bob?.name, robert?.name, robert?.subject], ['bob', 'robert', bob?.subject])
  })

  test('when more than one entry fits none is taken, and an operator is told', async () => {
    const filter = { text: '(|(uid={user})(uid=bob))', attribute: 'uid' }
    const { find, problems } = directory(bySearch({ filter }))
    assert.equal(await find('ann', 'ann password'), undefined)
    assert.equal(await find('ann', 'bob password'), undefined)
    assert.match(problems[0] ?? '', /more than one entry fits/)
  })

  test('who may not search, or with another password, is a directory that does not answer', async () => {
    const wrong = directory(bySearch({ as: { ...reader, password: 'wrong' } }))
    await assert.rejects(wrong.find('ann', 'ann password'), { code: 'directory_unreachable' })
    const anybody = directory(bySearch({ as: undefined }))
    assert.equal(await anybody.find('ann', 'ann password').catch(({ code }) => code), 'directory_unreachable')
  })

  for (const [what, tls] of [
    ['StartTLS', () => ({ security: 'start-tls' as const, port: slapd.port })],
    ['ldaps', () => ({ security: 'tls' as const, port: slapd.tlsPort })],
  ] as const) {
    test(`${what}: with the right CA and name people sign in`, async () => {
      const { find } = directory(byDn, { ...tls(), ca: slapd.ca })
      assert.equal((await find('ann', 'ann password'))?.name, 'ann')
      assert.equal(await find('ann', 'wrong'), undefined)
    })

    test(`${what}: a certificate of nobody's, or for another name, gets no password`, async () => {
      for (const server of [tls(), { ...tls(), ca: slapd.ca, host: 'localhost' }]) {
        const { find } = directory(byDn, server)
        await assert.rejects(find('ann', 'ann password'), { code: 'directory_unreachable' })
      }
    })
  }

  test('forty at once all get their answer, a few at a time', async () => {
    const { find } = directory(byDn, { security: 'start-tls', ca: slapd.ca })
    const twenty = Array.from({ length: 20 }, () => find('ann', 'ann password'))
    for (const found of await Promise.all(twenty)) assert.equal(found?.name, 'ann')
    const forty = Array.from({ length: 40 }, () => find('ann', 'ann password').catch(({ code }) => code))
    const answers = await Promise.all(forty)
    assert.equal(answers.filter((answer) => answer === 'too_many_attempts').length, 20)
  })
})
