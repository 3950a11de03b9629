import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Site } from '@bootcast/contract'
import { CommandLine } from '../testing/command-line.ts'
import { type Answers, type Call, startFakePlatform } from '../testing/fake-platform.ts'
import { ago, busy, fresh, joined, order } from '../testing/sites.ts'

const made = {
  site: fresh,
  join: {
    command: 'bootcast-site join bcs_secret --platform https://boot.example:8443',
    token: 'bcs_secret',
    expiresAt: '2026-11-24T12:00:00Z',
  },
}

const platform = (answers: Answers = {}) =>
  startFakePlatform({
    addSite: () => made,
    renewSiteToken: () => made,
    showSite: () => busy,
    listSites: () => ({
      items: [{ ...fresh, name: 'lyon' }, joined, { ...busy, name: 'nice', state: 'revoked' }],
    }),
    changeSite: () => busy,
    revokeSite: () => ({ ...busy, state: 'revoked' }),
    removeSite: () => undefined,
    warmSite: () => order,
    cancelWarm: () => undefined,
    ...answers,
  })

const params = { name: 'grenoble' }
type Deed = readonly [args: string, route: string, call: Partial<Call>, says: RegExp]
const deeds: readonly Deed[] = [
  [
    'site add grenoble',
    'addSite',
    { body: { name: 'grenoble', images: 'all' } },
    /^Run this at grenoble, once, before 2026-11-24 .*:\n\n {2}bootcast-site join bcs_secret --platform https:\S+\n$/,
  ],
  [
    'site add annecy --via grenoble --image debian --image rescue',
    'addSite',
    { body: { name: 'annecy', via: 'grenoble', images: ['debian', 'rescue'] } },
    /./,
  ],
  ['site token grenoble', 'renewSiteToken', { params }, /bootcast-site join bcs_secret/],
  ['site revoke grenoble', 'revokeSite', { params }, /grenoble is revoked/],
  ['site remove grenoble', 'removeSite', { params }, /Removed the site grenoble/],
  [
    'site pin grenoble debian talos@3',
    'changeSite',
    { params, body: { pin: ['debian', 'talos@3'] } },
    /keeps debian@stable/,
  ],
  ['site unpin grenoble debian', 'changeSite', { body: { unpin: ['debian'] } }, /keeps debian@stable/],
  [
    'site quota grenoble 200GB',
    'changeSite',
    { body: { quotaBytes: 200e9 } },
    /cache of grenoble: 186 GiB at most/,
  ],
  ['site quota grenoble 1.5TiB', 'changeSite', { body: { quotaBytes: 1.5 * 2 ** 40 } }, /./],
  ['site quota grenoble none', 'changeSite', { body: { quotaBytes: null } }, /./],
  [
    'site rate-limit grenoble 50MB/s',
    'changeSite',
    { body: { wanBytesPerSecond: 50e6 } },
    /47\.7 MiB\/s from the platform, 40 machines at once/,
  ],
  [
    'site rate-limit grenoble 100Mbit/s --clients 20MiB/s --total none --boots 40',
    'changeSite',
    {
      body: {
        ...{ wanBytesPerSecond: 12.5e6, clientBytesPerSecond: 20 * 2 ** 20 },
        ...{ totalBytesPerSecond: null, mostBoots: 40 },
      },
    },
    /./,
  ],
  ['site rate-limit grenoble --boots none', 'changeSite', { body: { mostBoots: null } }, /./],
  [
    'site schedule grenoble 22:00-06:00',
    'changeSite',
    { body: { schedule: { from: '22:00', to: '06:00' } } },
    /from 22:00 to 06:00, by its clock/,
  ],
  ['site schedule grenoble none', 'changeSite', { body: { schedule: null } }, /./],
  [
    'site change grenoble --image debian --life 14d --grace none',
    'changeSite',
    { body: { images: ['debian'], lifeSeconds: 1_209_600, graceSeconds: 0 } },
    /grenoble has all images\. .* for 7 days, and people sign in there for 24 hours after/,
  ],
  ['site change grenoble --all-images', 'changeSite', { body: { images: 'all' } }, /./],
  [
    'site warm grenoble debian@stable --detach',
    'warmSite',
    { params, body: { reference: 'debian@stable' } },
    /will fetch debian@3/,
  ],
  [
    'site warm grenoble debian@stable --cancel',
    'cancelWarm',
    { params: { ...params, id: 'w1' } },
    /does not fetch debian@3 any more/,
  ],
  [
    'open debian --site grenoble',
    'addOpening',
    { body: { image: 'debian', machines: { site: 'grenoble' }, boot: false } },
    /for site grenoble/,
  ],
]
for (const [args, route, expected, says] of deeds) {
  test(`${args}: asks for ${route} and says what is now true`, async () => {
    await using fake = await platform({
      addOpening: () => ({
        ...{ id: 'o1', image: 'debian', machines: { site: 'grenoble' }, boot: false, from: ago(0) },
        ...{ used: 0, state: 'open', createdAt: ago(0), createdBy: 'admin' },
      }),
    })
    await using line = await CommandLine.at(fake.url)
    const said = await line.run(args.split(' '))
    assert.equal(said.exitCode, 0, said.stderr)
    assert.match(said.stdout, says)
    const { body, ...call } = expected
    assert.partialDeepStrictEqual(fake.calls.at(-1), { route, ...call })
    if (body !== undefined) assert.deepEqual(fake.calls.at(-1)?.body, body)
  })
}

const wrong: readonly (readonly [args: string, says: RegExp])[] = [
  ['site add Grenoble', /“Grenoble” cannot be the name of a site\.\n {2}To do: Choose 1 to 63 of a-z/],
  ['site quota grenoble 200', /“200” is not a size\.\n {2}To do: Write it like 200GB/],
  ['site quota grenoble 1Gbit', /is not a size/],
  ['site rate-limit grenoble', /Nothing to limit/],
  ['site rate-limit grenoble 50MB', /“50MB” is not a rate\.\n {2}To do: Write it like 50MB\/s/],
  ['site rate-limit grenoble --boots many', /“many” is not a number of machines/],
  ['site schedule grenoble 22-6', /are no hours\.\n {2}To do: Write them like 22:00-06:00/],
  ['site schedule grenoble 06:00-06:00', /are no hours/],
  ['site change grenoble', /Nothing to change/],
  ['site change grenoble --image a --all-images', /not both/],
  ['site change grenoble --life long', /is not a length of time/],
  ['site pin grenoble', /Missing required argument 'image'/],
]
for (const [args, says] of wrong) {
  test(`${args}: is refused before the platform is asked, and says how to write it`, async () => {
    await using fake = await platform()
    await using line = await CommandLine.at(fake.url)
    const said = await line.run(args.split(' '))
    assert.equal(said.exitCode, 2)
    assert.match(said.stderr, says)
    assert.deepEqual(fake.calls, [])
  })
}

test('the list has those that are not revoked, by name, with what each has saved', async () => {
  await using fake = await platform()
  await using line = await CommandLine.at(fake.url)
  const { stdout } = await line.run(['site', 'list'])
  assert.deepEqual(
    stdout.split('\n').map((text) => text.split(/ {2,}/)),
    [
      ['NAME', 'STATE', 'VERSION', 'LAST CONTACT', 'CACHE', 'HITS', 'SAVED'],
      ['grenoble', 'connected, 1 problem', '0.1.0', 'just now', '12.0 GiB of 200 GiB', '97%', '99.0 GiB'],
      ['lyon', 'waiting to join', '-', '-', '-', '-', '-'],
      [''],
    ],
  )
  const every = JSON.parse((await line.run(['site', 'list', '--every', '--json'])).stdout)
  assert.deepEqual(
    every.items.map(({ name }: Site) => name),
    ['grenoble', 'lyon', 'nice'],
  )
})

test('what is known of a site is told in words, with its orders and its cache', async () => {
  await using fake = await platform({ showSite: () => joined })
  await using line = await CommandLine.at(fake.url)
  const { stdout } = await line.run(['site', 'show', 'grenoble'])
  for (const words of [
    /^site +grenoble\nstate +connected\nproblem +the disk is nearly full\nlast contact /,
    /^boots +12 running, 3 waiting$/m,
    /^sent +100 GiB, 97% of it from the cache$/m,
    /^line +1\.0 GiB fetched, 99\.0 GiB saved$/m,
    /^keeps +debian@stable$/m,
    /^fetches +from 22:00 to 06:00, by its clock$/m,
    /^alone for +7 days\nsign-in then +for 24 hours after their last time$/m,
    /^debian@stable +debian@3 +fetching +50% of 2 B +1 min ago +ann +-$/m,
    /^debian@3 +1\.0 GiB +pinned +5 min ago$/m,
  ])
    assert.match(stdout, words)
  assert.doesNotMatch(stdout, /may join until|revoked/)
})

test('what a site tells of itself cannot command the terminal', async () => {
  const problems = ['\u{1b}[2J\u{202e}evil']
  await using fake = await platform({
    showSite: () => ({ ...busy, version: '\u{1b}]0;x\u{7}', health: { problems } }),
  })
  await using line = await CommandLine.at(fake.url)
  const { stdout } = await line.run(['site', 'show', 'grenoble'])
  assert.doesNotMatch(stdout.replaceAll('\n', ''), /[\p{Cc}\p{Cf}]/u)
})
