import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { createClient } from '@bootcast/contract'
import { startWholePlatform } from '../testing/platform-suite.ts'
import { type SlapdServer, slapdMissing, startSlapd, suffix } from '../testing/slapd-server.ts'

const skip =
  slapdMissing.length > 0
    ? `SKIPPED: not here: ${slapdMissing.join(', ')} (apt-get install slapd openssl)`
    : false

describe('a platform with an LDAP directory', { skip }, () => {
  let slapd: SlapdServer

  before(async () => {
    slapd = await startSlapd([
      { uid: 'ann', password: 'ann password', groups: ['ops', 'lab'] },
      { uid: 'bob', password: 'bob password' },
      { uid: 'admin', password: 'of the directory' },
    ])
  })
  after(async () => slapd?.stop())

  const options = () => [
    ...['--ldap-url', `ldap://127.0.0.1:${slapd.port}`, '--ldap-start-tls', 'yes'],
    ...['--ldap-ca-file', slapd.caFile, '--ldap-user-dn', `uid={user},ou=people,${suffix}`],
    ...['--role-of', 'ops=operator', '--role-of', 'lab=viewer'],
  ]
  const signIn = async (url: string, user: string, password: string) => {
    const { token } = await createClient({ url }).call('signIn', { body: { user, password } })
    return createClient({ url, token })
  }

  test('people sign in with their role and groups, and are users of the platform from then on', async () => {
    await using platform = await startWholePlatform(options())
    const { url, client } = platform
    const ann = await signIn(url, 'Ann', 'ann password')
    assert.deepEqual(await ann.call('me', {}), { user: 'ann', role: 'operator' })
    assert.equal((await (await signIn(url, 'bob', 'bob password')).call('me', {})).role, 'user')
    const { items } = await client.call('listUsers', { query: {} })
    assert.deepEqual(
      items.map(({ name, source, groups }) => [name, source, groups.join()]),
      [
        ['admin', 'local', ''],
        ['ann', 'ldap', 'lab,ops'],
        ['bob', 'ldap', ''],
      ],
    )
    const change = client.call('changeUser', { params: { name: 'ann' }, body: { role: 'administrator' } })
    await assert.rejects(change, { code: 'kept_elsewhere' })
    await client.call('changeUser', { params: { name: 'ann' }, body: { disabled: true } })
    await assert.rejects(ann.call('me', {}), { code: 'not_signed_in' })
    await assert.rejects(signIn(url, 'ann', 'ann password'), { code: 'sign_in_failed' })
  })

  test('a local user is not taken over by one of the same name in the directory', async () => {
    await using platform = await startWholePlatform(options())
    await assert.rejects(signIn(platform.url, 'admin', 'of the directory'), { code: 'sign_in_failed' })
  })

  test('when the directory is down that is told and logged, and local users sign in', async () => {
    const gone = await startSlapd([])
    const place = [
      ...['--ldap-url', `ldap://127.0.0.1:${gone.port}`],
      ...['--ldap-user-dn', `uid={user},ou=people,${suffix}`],
    ]
    await using platform = await startWholePlatform(place)
    await gone.stop()
    const away = {
      code: 'directory_unreachable',
      message: /The directory 127\.0\.0\.1 does not answer/,
    }
    await assert.rejects(signIn(platform.url, 'ann', 'ann password'), away)
    assert.ok(platform.logged.some((line) => /could not be asked/.test(line) && /ECONNREFUSED/.test(line)))
    assert.ok(!platform.logged.join('').includes('ann password'))
    assert.equal((await platform.client.call('me', {})).user, 'admin')
  })
})
