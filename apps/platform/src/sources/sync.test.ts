import assert from 'node:assert/strict'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { forgePassword, forgeUser, startFakeForge } from '../../testing/fake-forge.ts'
import { added, synced } from '../../testing/image-source-contract.ts'
import { kernelLike, startWholePlatform } from '../../testing/platform-suite.ts'

const filesOf = (marker: string) => ({ vmlinuz: kernelLike(marker), 'initrd.img': gzipSync(marker) })

async function scene(...markers: readonly string[]) {
  const opened = new AsyncDisposableStack()
  const forge = opened.use(await startFakeForge())
  for (const marker of markers) forge.addImage({ name: 'demo', files: filesOf(marker) })
  const platform = opened.use(await startWholePlatform())
  const wish = { kind: 'uforge', url: `${forge.url}/api`, user: forgeUser, secret: forgePassword } as const
  const channel = async () => {
    const { channels } = await platform.client.call('showImage', { params: { name: 'demo' } })
    return channels.map(({ name, number }) => `${name} ${number}`)
  }
  return { forge, platform, wish, channel, [Symbol.asyncDispose]: () => opened.disposeAsync() }
}

test('an older image that comes late becomes a release, and the channel stays where it is', async () => {
  await using at = await scene('one', 'two')
  at.forge.deviation = (_, response, path) => {
    if (!path.includes('/images/1/files/')) return false
    response.writeHead(500).end()
    return true
  }
  const first = await added(at.platform, { ...at.wish, name: 'lab' })
  assert.match(first.problem ?? '', /answers 500/)
  assert.deepEqual(await at.channel(), ['stable 1'])
  at.forge.deviation = () => false
  const later = await synced(at.platform, 'lab')
  assert.deepEqual([later.problem, later.items.map(({ number }) => number)], [undefined, [2, 1]])
  assert.deepEqual(await at.channel(), ['stable 1'])
  at.forge.addImage({ name: 'demo', files: filesOf('three') })
  await synced(at.platform, 'lab')
  assert.deepEqual(await at.channel(), ['stable 3'])
})

test('a grant that was lost with the end of a look is made at the next, and one taken back stays so', async () => {
  await using at = await scene('one')
  const { client, started } = at.platform
  const groups = async () => (await client.call('showImage', { params: { name: 'demo' } })).grants?.groups
  using database = new DatabaseSync(join(started.data, 'catalogue.db'))
  database.exec("CREATE TRIGGER cut BEFORE INSERT ON grants BEGIN SELECT RAISE(ABORT, 'cut'); END")
  const cut = await added(at.platform, { ...at.wish, name: 'lab', signIn: true })
  assert.deepEqual([cut.items, await at.channel(), await groups()], [[], ['stable 1'], []])
  database.exec('DROP TRIGGER cut')
  const found = await synced(at.platform, 'lab')
  assert.deepEqual([found.problem, found.releases, await groups()], [undefined, 1, ['source:lab']])

  const body = { disallow: { groups: ['source:lab'] } }
  await client.call('changeGrants', { params: { name: 'demo' }, body })
  at.forge.images[0] = { name: 'demo', files: filesOf('one'), more: { revision: 2 } }
  const changed = await synced(at.platform, 'lab')
  assert.deepEqual([changed.problem, changed.releases, await groups()], [undefined, 1, []])
})

test('what a forge says is written without what no database takes', async () => {
  await using at = await scene('one')
  const files = 'https://x/api/users/guest/appliances/5/images/1/files'
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  const strange = /[\u0000-\u001f\u007f-\u009f]/
  at.forge.script = [':a', `kernel ${files}/vmlinuz x=\${a\u0000\u001b[31mb}`]
  const refused = await added(at.platform, { ...at.wish, name: 'lab' })
  assert.match(refused.items[0]?.problem ?? '', /has \$\{a\ufffd\ufffd\[31mb\}, which only a script/)
  at.forge.script = [':a', 'kernel ftp:\u0000\u009b']
  const failed = await synced(at.platform, 'lab')
  assert.match(failed.problem ?? '', /"ftp:\ufffd\ufffd" is no address over HTTP/)
  assert.doesNotMatch([failed.problem, ...refused.items.flatMap(Object.values)].join(), strange)
})
