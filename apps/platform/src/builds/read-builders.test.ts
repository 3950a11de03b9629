import assert from 'node:assert/strict'
import { chmod, writeFile } from 'node:fs/promises'
import { test } from 'node:test'
import { BuildersFolder } from '../../testing/builds-scene.ts'
import { readBuilders } from './read-builders.ts'

const read = async (builders: object, environment = {}) => {
  await using folder = await BuildersFolder.make()
  await writeFile(folder.path('secret'), 'hunter2\n', { mode: 0o600 })
  await folder.write({ ...builders })
  return { folder: folder.dir, found: await readBuilders(folder.path('builders.json'), environment) }
}

test('a builder has what its file says, and of the environment what that names', async () => {
  const { folder, found } = await read(
    {
      mkosi: { command: ['/usr/bin/mkosi', 'build'], directory: 'debian', pass: ['http_proxy', 'NONE'] },
      known: { command, publish: { recipe: 'uki', cmdline: 'quiet' } },
      factory: {
        webhook: 'https://factory.example/build',
        secretFile: 'secret',
        origins: ['https://files.example/x'],
      },
    },
    { http_proxy: 'http://proxy', AWS_SECRET_ACCESS_KEY: 'not for builders' },
  )
  const same = { about: undefined, timeoutSeconds: 3600, parameters: [], publish: {} }
  assert.deepEqual(Object.fromEntries(found), {
    mkosi: {
      ...{ ...same, name: 'mkosi', kind: 'command', command: ['/usr/bin/mkosi', 'build'] },
      ...{ directory: `${folder}/debian`, environment: { http_proxy: 'http://proxy' }, output: undefined },
    },
    known: {
      ...{ ...same, name: 'known', kind: 'command', command, publish: { recipe: 'uki', cmdline: 'quiet' } },
      ...{ directory: folder, environment: {}, output: undefined },
    },
    factory: {
      ...{ ...same, name: 'factory', kind: 'webhook', url: new URL('https://factory.example/build') },
      ...{ secret: 'hunter2', origins: ['https://files.example'] },
    },
  })
})

const command = ['/bin/true']
const nonsense: readonly (readonly [string, object])[] = [
  ['a shell line', { b: { command: 'rm -rf /' } }],
  ['no command', { b: { command: [] } }],
  ['neither', { b: {} }],
  ['both', { b: { command, webhook: 'https://a.example', secretFile: 'secret' } }],
  ['a name with a slash', { 'a/b': { command } }],
  ['a key that is not known', { b: { command, shell: true } }],
  ['a channel to publish to', { b: { command, publish: { channel: 'stable' } } }],
  ['a variable of ours', { b: { command, environment: { BOOTCAST_OUTPUT: '/' } } }],
  ['a variable of a parameter', { b: { command, pass: ['BUILD_X'] } }],
  ['a parameter in small letters', { b: { command, parameters: { suite: {} } } }],
  ['a default that is no choice', { b: { command, parameters: { A: { choices: ['x'], default: 'y' } } } }],
  ['a default that is no word', { b: { command, parameters: { A: { default: '-x' } } } }],
  ['a webhook in clear', { b: { webhook: 'http://factory.example', secretFile: 'secret' } }],
  ['a webhook with a user', { b: { webhook: 'https://a:b@factory.example', secretFile: 'secret' } }],
  ['a webhook without a secret', { b: { webhook: 'https://factory.example' } }],
  ['a secret that is not there', { b: { webhook: 'https://factory.example', secretFile: 'none' } }],
]

for (const [name, builders] of nonsense)
  test(`builders are refused with ${name}`, async () => {
    await assert.rejects(read(builders), { name: 'StartRefused' })
  })

test('builders are refused in a file that others may write, or that is none', async () => {
  await using folder = await BuildersFolder.make()
  await folder.write({ b: { command } })
  const path = folder.path('builders.json')
  assert.equal((await readBuilders(path, {})).size, 1)
  for (const mode of [0o620, 0o602, 0o666]) {
    await chmod(path, mode)
    await assert.rejects(readBuilders(path, {}), { message: /others may write/ })
  }
  await chmod(path, 0o600)
  await writeFile(path, '{')
  await assert.rejects(readBuilders(path, {}), { message: /is no JSON/ })
  await assert.rejects(readBuilders(folder.path('none'), {}), { message: /cannot be read/ })
})
