import assert from 'node:assert/strict'
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { bzImage, emptyInitrd } from '../testing/boot-files.ts'
import { CommandLine } from '../testing/command-line.ts'
import { type RealPlatform, startRealPlatform } from '../testing/real-platform.ts'

const mac = '52:54:00:12:34:56'
const examples = join(import.meta.dirname, '..', 'templates')
let platform: RealPlatform
let line: CommandLine

before(async () => {
  platform = await startRealPlatform()
  line = await CommandLine.open({ now: Date.now })
  await writeFile(line.path('vmlinuz'), bzImage(2 ** 20, 1))
  await writeFile(line.path('initrd.gz'), emptyInitrd())
  await writeFile(line.path('password'), platform.password, { mode: 0o600 })
  await done('sign-in', platform.url, '-u', 'admin', '--password-file', line.path('password'))
  const files = ['-k', line.path('vmlinuz'), '-i', line.path('initrd.gz')]
  await done('publish', 'debian', ...files, '--cmdline', 'auto=true url={{preseed}}')
})
after(async () => {
  await line?.[Symbol.asyncDispose]()
  await platform?.[Symbol.asyncDispose]()
})

async function done(...args: readonly string[]) {
  const said = await line.run([...args, '--json'])
  assert.equal(said.exitCode, 0, said.stderr)
  return JSON.parse(said.stdout)
}

test('every ready-made template is kept, and with its required values a machine gets all of it', async () => {
  const query = `mac=${mac}&uuid=4c4c4544-0000-1000-8000-000000000001&buildarch=x86_64&platform=pcbios`
  await fetch(`${platform.url}/boot.ipxe?${query}`)
  const { items } = await done('template', 'example')
  assert.deepEqual(items, (await readdir(examples)).sort())
  for (const name of items) await previewed(name)
})

async function previewed(name: string): Promise<void> {
  await done('template', 'example', name, '--to', line.path(`example-${name}`))
  const template = await done('template', 'set', 'debian', line.path(`example-${name}`))
  for (const { name: variable, required, kind, secret } of template.variables) {
    const value = kind === 'url' ? 'https://10.0.0.1:6443' : 'ö "x" \'y\' $z'
    const flags = secret ? ['--secret'] : []
    if (required) await done('image', 'set-value', 'debian', variable, value, ...flags)
  }
  const said = await line.run(['template', 'preview', 'debian', '--mac', mac, '--name', template.name])
  // Of an image without a tree there is no URL of one.
  if (name === 'kickstart') assert.match(said.stderr, /the tree of this machine is not known/)
  else assert.equal(said.exitCode, 0, `${name}: ${said.stderr}`)
  assert.doesNotMatch(said.stdout, /\{\{(?!tree)/)
  assert.match(said.stdout, name === 'talos' ? /host-525400123456/ : /phone-home/, name)
  await done('template', 'remove', 'debian', template.name)
}

test('a file declares what it uses; the preview says what is missing, where, and how to give it', async () => {
  const path = line.path('preseed.cfg')
  await writeFile(path, '# answers\nd-i a/user string {{user}}\nd-i a/p password {{password:crypt}}\n')
  const options = ['--secret', 'password', '--default', 'user=operator']
  const set = await line.run(['template', 'set', 'debian', path, ...options])
  assert.match(set.stderr, /Machines need values for password/)
  const preview = ['template', 'preview', 'debian', '--mac', mac]
  await done('image', 'unset-value', 'debian', 'password')
  const missing = await line.run(preview)
  assert.equal(missing.exitCode, 1)
  assert.match(missing.stderr, /preseed line 3: password has no value/)
  await done('machine', 'set-value', mac, 'password', 'hunter2')
  const shown = await line.run(preview)
  assert.equal(shown.stdout, '# answers\nd-i a/user string operator\nd-i a/p password •••••\n')
  assert.match((await line.run([...preview, '--reveal'])).stdout, /password \$6\$/)
  const [row] = (await done('machine', 'values', mac)).items
  assert.deepEqual([row.name, row.secret, row.value], ['password', true, undefined])
  assert.match(
    (await line.run(['template', 'show', 'debian'])).stdout,
    /\{\{password\}\} +line; secret; needs a value/,
  )
  assert.match((await line.run(['template', 'list', 'debian'])).stdout, /preseed +preseed +preseed\.cfg +yes/)
})

test('a folder is a template of several files, and what cannot be used says so', async () => {
  const folder = line.path('seed')
  await mkdir(folder)
  await writeFile(join(folder, 'user-data'), '#cloud-config\nhostname: {{hostname}}\n')
  await writeFile(join(folder, 'meta-data'), 'instance-id: {{mac}}\n')
  const set = await line.run([
    'template',
    'set',
    'debian',
    folder,
    '--format',
    'cloud-init',
    '--fetches',
    '3',
  ])
  assert.equal(set.exitCode, 0, set.stderr)
  assert.match(set.stderr, /No command line .* has \{\{autoinstall\}\}: nobody fetches it/s)
  await writeFile(join(folder, 'user-data'), 'a: echo {{hostname}}\n')
  const wrong = await line.run(['template', 'set', 'debian', folder, '--format', 'cloud-init'])
  assert.equal(wrong.exitCode, 1)
  assert.match(
    wrong.stderr.replace(/\s+/g, ' '),
    /autoinstall\/user-data line 1: \{\{hostname\}\}: write it as a value/,
  )
  for (const args of [
    ['set', 'debian', line.path('nothing')],
    ['set', 'debian', line.path('vmlinuz')],
    ['preview', 'debian', '--mac', 'x'],
  ])
    assert.notEqual((await line.run(['template', ...args])).exitCode, 0)
})
