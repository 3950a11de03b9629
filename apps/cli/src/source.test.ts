import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import type { SourceDetail } from '@bootcast/contract'
import { CommandLine } from '../testing/command-line.ts'
import { startFakePlatform } from '../testing/fake-platform.ts'
import { ago } from '../testing/sites.ts'

const folder = mkdtempSync(join(tmpdir(), 'bootcast-source-'))
after(() => rmSync(folder, { recursive: true }))
const secretFile = join(folder, 'secret')
await writeFile(secretFile, 'the secret\n', { mode: 0o600 })

const lab: SourceDetail = {
  ...{ name: 'lab', kind: 'uforge', url: 'https://forge.example/api', user: 'guest', hasSecret: true },
  ...{ signIn: true, only: [], channel: 'stable', everySeconds: 900, createdAt: ago(60), createdBy: 'admin' },
  ...{ lastSyncAt: ago(60), lastSuccessAt: ago(60), nextSyncAt: ago(-60), releases: 1, refused: 1 },
  items: [
    { title: 'CentOS 1.0', image: 'centos', number: 3, at: ago(60) },
    { title: 'Odd 1.0', image: 'odd', problem: 'Its command line has a password.', at: ago(60) },
  ],
}
const failing = { ...lab, problem: 'The forge answers 500.' }

const platform = (found: SourceDetail = lab) => {
  const { items: _, ...source } = found
  return startFakePlatform({
    addSource: () => source,
    listSources: () => ({ items: [source] }),
    showSource: () => found,
    syncSource: () => source,
    removeSource: () => undefined,
  })
}

const ofEach = { only: [], channel: 'stable', everySeconds: 900 }
const secret = `--password-file ${secretFile}`
const deeds: readonly (readonly [args: string, route: string, body: unknown, says: RegExp])[] = [
  [
    `source add lab uforge https://forge.example/api --user guest --sign-in ${secret}`,
    'addSource',
    {
      ...{ ...ofEach, name: 'lab', kind: 'uforge', url: 'https://forge.example/api', user: 'guest' },
      ...{ signIn: true, secret: 'the secret' },
    },
    /Added the source lab/,
  ],
  [
    `source add lab uforge https://forge.example --user guest --api-key PUB --every 1m ${secret}`,
    'addSource',
    {
      ...{
        ...ofEach,
        name: 'lab',
        kind: 'uforge',
        url: 'https://forge.example',
        user: 'guest',
        apiKey: 'PUB',
      },
      ...{ signIn: false, secret: 'the secret', everySeconds: 60 },
    },
    /Added/,
  ],
  [
    `source add s bootcast https://staging.example --follow testing --channel none --only debian* --only x ${secret}`,
    'addSource',
    {
      ...{ name: 's', kind: 'bootcast', url: 'https://staging.example', secret: 'the secret' },
      ...{ follow: 'testing', channel: null, only: ['debian*', 'x'], everySeconds: 900 },
    },
    /Added/,
  ],
  [
    'source add demo oci oci://registry.example/team/demo --prefix r- --image web --plain-http',
    'addSource',
    {
      ...{ ...ofEach, name: 'demo', kind: 'oci', url: 'oci://registry.example/team/demo' },
      ...{ prefix: 'r-', image: 'web', plainHttp: true },
    },
    /Added/,
  ],
  ['source list', 'listSources', undefined, /lab +uforge +https:\/\/forge\S* +1 +.*1 refused/],
  ['source show lab', 'showSource', undefined, /CentOS 1\.0 +centos@3[\s\S]*Odd 1\.0 +- .*a password/],
  ['source sync lab', 'showSource', undefined, /members of source:lab/],
  ['source sync lab --detach', 'syncSource', undefined, /is being looked at/],
  ['source remove lab', 'removeSource', undefined, /its releases stay/],
]
for (const [args, route, body, says] of deeds) {
  test(`${args.replace(secret, '')}: asks for ${route} and says what is now true`, async () => {
    await using fake = await platform()
    await using line = await CommandLine.at(fake.url)
    const said = await line.run(args.split(' '))
    assert.equal(said.exitCode, 0, said.stderr)
    assert.match(said.stdout, says)
    assert.equal(fake.calls.at(-1)?.route, route)
    // What the contract fills in for absent keys is no part of what is told apart here.
    if (body !== undefined) assert.partialDeepStrictEqual(fake.calls.at(-1)?.body, body)
    assert.ok(!(said.stdout + said.stderr).includes('the secret'))
  })
}

const wrong: readonly (readonly [args: string, says: RegExp])[] = [
  [`source add lab uforge https://forge.example ${secret}`, /needs to know who asks[\s\S]*--user NAME/],
  ['source add s bootcast https://x.example --sign-in', /--sign-in has no meaning for the kind bootcast/],
  ['source add s oci oci://x/y --api-key K', /--api-key has no meaning for the kind oci/],
  [`source add s oci oci://x/y ${secret}`, /A password needs a user/],
  ['source add s ftp ftp://x', /Allowed choices are uforge, bootcast, oci/],
  ['source add s bootcast https://x.example', /no terminal to ask for the password/],
  ['source add s oci oci://x/y --every soon', /no length of time|not a length of time/],
]
for (const [args, says] of wrong)
  test(`${args.replace(secret, '')}: is wrong, and nothing is added`, async () => {
    await using fake = await platform()
    await using line = await CommandLine.at(fake.url)
    const said = await line.run(args.split(' '))
    assert.equal(said.exitCode, 2, said.stderr)
    assert.match(said.stderr, says)
    assert.ok(!fake.calls.some(({ route }) => route === 'addSource'))
  })

test('a sync that failed is told with the reason', async () => {
  await using fake = await platform(failing)
  await using line = await CommandLine.at(fake.url)
  const said = await line.run(['source', 'sync', 'lab'])
  assert.equal(said.exitCode, 1)
  assert.match(said.stderr, /could not be synced[\s\S]*answers 500/)
})
