import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { createClient } from '@bootcast/contract'
import { forgeKey, forgePassword, forgeUser, startFakeForge } from '../../testing/fake-forge.ts'
import { added } from '../../testing/image-source-contract.ts'
import { kernelLike, startWholePlatform } from '../../testing/platform-suite.ts'

test('users of a forge sign in here and boot what comes from it, while its images come by an API key', async () => {
  await using forge = await startFakeForge()
  await using platform = await startWholePlatform()
  const { client, url } = platform
  forge.addImage({ name: 'demo', files: { vmlinuz: kernelLike('x'), 'initrd.img': gzipSync('x') } })
  const signIn = (password: string) =>
    createClient({ url }).call('signIn', { body: { user: forgeUser, password } })
  await assert.rejects(signIn(forgePassword), { code: 'sign_in_failed' })
  const { publicKey: apiKey, secretKey: secret } = forgeKey
  const wish = { kind: 'uforge', url: `${forge.url}/api`, user: forgeUser, apiKey, secret } as const
  const found = await added(platform, { ...wish, name: 'lab', signIn: true })
  assert.deepEqual([found.problem, found.releases, found.apiKey], [undefined, 1, 'PUB'])
  assert.ok(forge.asked.some((path) => /files\/vmlinuz\?apiKey=PUB&signature=/.test(path)))
  await assert.rejects(client.call('addSource', { body: { ...wish, name: 'two', signIn: true } }), {
    code: 'sign_in_taken',
  })

  await assert.rejects(signIn('wrong'), { code: 'sign_in_failed' })
  const guest = createClient({ url, ...(await signIn(forgePassword)) })
  const { role, groups, source, boots } = await guest.call('showAccount', {})
  assert.deepEqual([role, groups, source, boots], ['user', ['source:lab'], 'uforge', ['demo']])
  await assert.rejects(guest.call('listSources', {}), { code: 'forbidden' })

  await client.call('removeSource', { params: { name: 'lab' } })
  await assert.rejects(signIn(forgePassword), { code: 'sign_in_failed' })
  assert.ok(!platform.logged.join('').includes(forgePassword) && !platform.logged.join('').includes(secret))
})
