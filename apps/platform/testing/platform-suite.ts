import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { type ApiError, type Client, createClient } from '@bootcast/contract'
import { startPlatform } from '../src/compose.ts'
import { readConfig } from '../src/config.ts'
import { createLog } from '../src/log.ts'

const password = 'correct horse battery'

/** The whole platform in this process, on loopback, with an empty catalogue; signed in as admin. */
export async function startWholePlatform(more: readonly string[] = []) {
  const dir = await mkdtemp(join(tmpdir(), 'bootcast-whole-'))
  const passwordFile = join(dir, 'password')
  await writeFile(passwordFile, password, { mode: 0o600 })
  const places = [
    '--data',
    join(dir, 'data'),
    '--loaders',
    join(dir, 'loaders'),
    '--admin-password-file',
    passwordFile,
  ]
  const argv = ['--listen', '127.0.0.1:0', '--tftp-port', 'off', ...places, ...more]
  const asked = readConfig({ argv, env: {}, interfaces: {}, readFile: () => undefined })
  assert.ok(asked.kind === 'run')
  const logged: string[] = []
  const log = createLog({ level: 'debug', format: 'json', write: (line) => logged.push(line) })
  const { started, stop } = await startPlatform({
    config: asked.config,
    log,
    version: '0.0.0',
    projectRoot: dir,
  })
  const url = started.urls.at(-1) ?? '' // its own address, also where a public one is named
  const { token } = await createClient({ url }).call('signIn', { body: { user: 'admin', password } })
  return {
    url,
    started,
    logged,
    token,
    client: createClient({ url, token }),
    kernelLike,
    upload: async (bytes: Buffer) => (await upload(createClient({ url, token }), 'file', bytes)).digest,
    [Symbol.asyncDispose]: async () => {
      await stop()
      await rm(dir, { recursive: true, force: true })
    },
  }
}

/** The head of a Linux kernel for x86-64 (Documentation/arch/x86/boot.rst): enough to be known, not to run. */
export function kernelLike(text: string): Buffer {
  const kernel = Buffer.alloc(4096)
  kernel.writeUInt16LE(0xaa55, 0x1fe)
  kernel.write('HdrS', 0x202, 'latin1')
  kernel.writeUInt16LE(0x020f, 0x206)
  kernel.writeUInt16LE(1, 0x236)
  kernel.write(text, 0x300)
  return kernel
}

const digestOf = (bytes: Uint8Array) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`

async function upload(client: Client, name: string, bytes: Buffer) {
  const digest = digestOf(bytes)
  await client.call('putBlob', {
    params: { digest },
    body: bytes as unknown as BodyInit,
    length: bytes.length,
  })
  return { name, digest }
}

export async function publishFiles(client: Client, image: string, text: string, cmdline = 'console=ttyS0') {
  const kernel = await upload(client, 'vmlinuz', kernelLike(text))
  const initrds = [await upload(client, 'initrd.gz', gzipSync(text))]
  return await client.call('publishRelease', { params: { name: image }, body: { kernel, initrds, cmdline } })
}

const refusedWith = (code: string, detail: RegExp) => (error: ApiError) => {
  assert.equal(error.code, code)
  assert.match(error.message, detail)
  return true
}

const mac = '52:54:00:12:34:56'
const bootQuery = `mac=${mac}&uuid=4c4c4544-0000-1000-8000-000000000001&buildarch=x86_64&platform=efi`

/** What the platform does from sign-in to the bytes a machine gets; `argvFor` gives the options of an empty catalogue. */
export function platformSuite(name: string, argvFor: () => Promise<readonly string[]>): void {
  const start = async () => startWholePlatform(await argvFor())

  test(`${name}: what is published and made the default is what a machine boots`, async () => {
    await using platform = await start()
    const { client, url } = platform
    const before = await (await fetch(`${url}/boot.ipxe?${bootQuery}`)).text()
    assert.match(before, /^menu Bootcast$/m)

    const release = await publishFiles(client, 'demo', 'one')
    assert.deepEqual(
      [release.image, release.number, release.variants[0]?.architecture, release.createdBy],
      ['demo', 1, 'x86_64', 'admin'],
    )
    await client.call('changeSettings', { body: { defaultImage: 'demo' } })
    const script = await (await fetch(`${url}/boot.ipxe?${bootQuery}`)).text()
    const file = /http:\/\/\S+\/b\/[\w-]{22}\/files\/[0-9a-f]{64}\/vmlinuz/.exec(script)?.[0] ?? ''
    assert.ok(file.startsWith(url), script)
    const bytes = Buffer.from(await (await fetch(file)).arrayBuffer())
    assert.deepEqual(bytes, kernelLike('one'))

    const { items } = await client.call('listMachines', { query: {} })
    assert.equal(items.length, 1)
    assert.deepEqual(
      [items[0]?.mac, items[0]?.boots, items[0]?.image],
      [mac, 'demo 1: the default image', undefined],
    )
    const { counters } = await client.call('status', {})
    assert.equal(counters['plan.linux'], 1)

    const [boot] = (await client.call('listBoots', { query: { image: 'demo' } })).items
    const { timeline } = await client.call('showBoot', { params: { id: boot?.id ?? '' } })
    assert.deepEqual([boot?.mac, boot?.release, boot?.state], [mac, 'demo@1', 'booting'])
    assert.deepEqual(
      timeline.map((event) => [event.kind, event.kind === 'file' && event.bytes]),
      [
        ['asked', false],
        ['decided', false],
        ['decided', false],
        ['file', bytes.length],
      ],
    )
  })

  test(`${name}: one machine gets another image, and an image in use cannot be removed`, async () => {
    await using platform = await start()
    const { client } = platform
    await publishFiles(client, 'demo', 'one')
    await publishFiles(client, 'other', 'two')
    await client.call('changeSettings', { body: { defaultImage: 'demo' } })
    const machine = await client.call('changeMachine', {
      params: { mac: '52-54-00-12-34-56' },
      body: { image: 'other' },
    })
    assert.deepEqual([machine.mac, machine.boots], [mac, 'other 1: assigned to this machine'])
    const remove = (image: string) => client.call('removeImage', { params: { name: image } })
    await assert.rejects(remove('other'), refusedWith('image_in_use', /machine/))
    await assert.rejects(remove('demo'), refusedWith('image_in_use', /default/))
    await client.call('changeMachine', { params: { mac }, body: { image: null } })
    await remove('other')
    await assert.rejects(remove('other'), refusedWith('image_not_found', /other/))
    await client.call('removeMachine', { params: { mac } })
    await assert.rejects(
      client.call('showMachine', { params: { mac } }),
      refusedWith('machine_not_found', /52:54/),
    )
  })

  test(`${name}: releases are numbered, shown newest first, and come in pages`, async () => {
    await using platform = await start()
    const { client } = platform
    for (const image of ['a', 'b', 'c']) await publishFiles(client, image, image)
    assert.equal((await publishFiles(client, 'b', 'again')).number, 2)
    const detail = await client.call('showImage', { params: { name: 'b' } })
    assert.deepEqual(
      detail.releases.map(({ number }) => number),
      [2, 1],
    )
    assert.equal(detail.newest?.number, 2)
    const first = await client.call('listImages', { query: { limit: 2 } })
    assert.deepEqual([first.items.map((image) => image.name), first.next], [['a', 'b'], 'b'])
    const second = await client.call('listImages', { query: { limit: 2, after: 'b' } })
    assert.deepEqual([second.items.map((image) => image.name), second.next], [['c'], undefined])
    const one = await client.call('showRelease', { params: { name: 'b', number: 1 } })
    assert.equal(one.variants[0]?.files[0]?.digest, digestOf(kernelLike('b')))
    const none = client.call('showRelease', { params: { name: 'b', number: 3 } })
    await assert.rejects(none, refusedWith('release_not_found', /3/))
  })

  test(`${name}: a machine follows a channel through promotion and roll-back, another one stays`, async () => {
    await using platform = await start()
    const { client } = platform
    const boots = async (address: string) =>
      (await client.call('showMachine', { params: { mac: address } })).boots
    for (const text of ['one', 'two', 'three']) await publishFiles(client, 'demo', text)
    const pinned = '52:54:00:00:00:99'
    await client.call('changeMachine', { params: { mac }, body: { image: 'demo' } })
    await client.call('changeMachine', { params: { mac: pinned }, body: { image: 'demo@1' } })
    assert.match(await boots(mac), /^demo 3/)
    const stable = { name: 'demo', channel: 'stable' }
    assert.equal((await client.call('rollBackChannel', { params: stable })).number, 2)
    assert.match(await boots(mac), /^demo 2/)
    await client.call('moveChannel', { params: stable, body: { number: 3 } })
    assert.match(await boots(mac), /^demo 3/)
    assert.match(await boots(pinned), /^demo 1/)
    const one = { name: 'demo', number: 1 }
    await assert.rejects(
      client.call('removeRelease', { params: one }),
      refusedWith('release_in_use', /one machine/),
    )
    assert.equal((await client.call('changeImage', { params: one, body: { keep: 1 } })).keep, 1)
    assert.deepEqual((await client.call('collectGarbage', { body: { dryRun: true } })).releases, [])
    await client.call('changeMachine', { params: { mac: pinned }, body: { image: null } })
    const { releases } = await client.call('collectGarbage', { body: { dryRun: true } })
    assert.deepEqual(releases, [{ image: 'demo', number: 1 }])
    await client.call('showRelease', { params: one })
    await client.call('collectGarbage', { body: {} })
    await assert.rejects(client.call('showRelease', { params: one }), refusedWith('release_not_found', /1/))
    await client.call('removeChannel', { params: stable })
    assert.deepEqual((await client.call('showImage', { params: one })).channels, [])
  })

  test(`${name}: what is no kernel or no initrd, or was not uploaded, is refused and not published`, async () => {
    await using platform = await start()
    const { client } = platform
    const kernel = await upload(client, 'vmlinuz', kernelLike('one'))
    const make = (body: object) =>
      client.call('publishRelease', { params: { name: 'demo' }, body: { kernel, ...body } })
    for (const bytes of ['', 'x', '#!/bin/sh\n', '\x1f\x8b broken', '\x7fELF', 'MZ'.padEnd(600, '\xff')]) {
      const file = await upload(client, 'notes.txt', Buffer.from(bytes, 'latin1'))
      await assert.rejects(make({ kernel: file }), refusedWith('not_a_kernel', /notes\.txt/))
    }
    const text = await upload(client, 'initrd', Buffer.from('hello'))
    await assert.rejects(make({ initrds: [text] }), refusedWith('not_an_initrd', /initrd/))
    const away = { name: 'initrd', digest: digestOf(Buffer.from('never uploaded')) }
    await assert.rejects(make({ initrds: [away] }), refusedWith('blob_not_uploaded', /Upload it/))
    await assert.rejects(make({ cmdline: 'a\nboot' }), refusedWith('invalid_command_line', /./))
    assert.deepEqual(await client.call('listImages', { query: {} }), { items: [] })
  })

  test(`${name}: quotes, variables and spaces of a command line reach the machine as they are, or are refused`, async () => {
    await using platform = await start()
    const { client, url } = platform
    for (const cmdline of ['a="b c" d', "x='${net0/mac}'", 'a && reboot', 'ü', '#!ipxe', '']) {
      const release = await publishFiles(client, 'demo', 'one', cmdline).catch(
        (error: ApiError) => error.code,
      )
      if (release === 'invalid_command_line') continue
      assert.ok(typeof release === 'object', String(release))
      assert.equal(release.variants[0]?.cmdline, cmdline)
      await client.call('changeSettings', { body: { defaultImage: 'demo' } })
      const script = await (await fetch(`${url}/boot.ipxe?${bootQuery}`)).text()
      assert.ok(!/^\s*reboot/m.test(script), script)
      assert.ok(!/\$\{net0/.test(script), script)
    }
  })

  test(`${name}: publishing at the same moment gives each release a number of its own`, async () => {
    await using platform = await start()
    const releases = await Promise.all(
      Array.from({ length: 8 }, (_, n) => publishFiles(platform.client, 'demo', `${n}`)),
    )
    assert.deepEqual(releases.map(({ number }) => number).sort(), [1, 2, 3, 4, 5, 6, 7, 8])
  })

  test(`${name}: what is no loader is refused, and a machine is not given one that is not there`, async () => {
    await using platform = await start()
    const { client } = platform
    const body = Buffer.from('no loader') as unknown as BodyInit
    const put = client.call('putLoader', { params: { name: 'a.efi' }, body, length: 9 })
    await assert.rejects(put, refusedWith('not_a_loader', /a\.efi/))
    const give = client.call('changeMachine', { params: { mac }, body: { loader: 'a.efi' } })
    await assert.rejects(give, refusedWith('loader_not_found', /a\.efi/))
    await assert.rejects(
      client.call('removeLoader', { params: { name: 'a.efi' } }),
      refusedWith('loader_not_found', /a\.efi/),
    )
    assert.deepEqual(await client.call('listLoaders', {}), { items: [] })
  })

  test(`${name}: guesses at the password are locked out, and the log has neither guesses nor passwords`, async () => {
    await using platform = await start()
    const anybody = createClient({ url: platform.url })
    const guess = () => anybody.call('signIn', { body: { user: 'nobody', password: 'my guess' } })
    for (let n = 0; n < 5; n++)
      await assert.rejects(guess(), refusedWith('sign_in_failed', /user or the password/))
    await assert.rejects(guess(), refusedWith('too_many_attempts', /try again in \d+ second/))
    assert.ok(!platform.logged.join('').includes('my guess') && !platform.logged.join('').includes(password))
  })

  test(`${name}: signing out ends the token`, async () => {
    await using platform = await start()
    await platform.client.call('signOut', {})
    await assert.rejects(platform.client.call('me', {}), refusedWith('not_signed_in', /sign in again/))
  })
}
