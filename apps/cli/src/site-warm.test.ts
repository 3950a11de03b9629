import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Site, WarmOrder } from '@bootcast/contract'
import { CommandLine } from '../testing/command-line.ts'
import { startFakePlatform } from '../testing/fake-platform.ts'
import { ago, joined, order } from '../testing/sites.ts'

/** A platform whose site tells one of these after the other of the order. */
function telling(states: readonly (Partial<WarmOrder> | undefined)[], more: Partial<Site> = {}) {
  let asked = 0
  return startFakePlatform({
    warmSite: () => order,
    showSite: () => {
      const state = states[Math.min(asked++, states.length - 1)]
      return { ...joined, ...more, warm: state === undefined ? [] : [{ ...order, ...state }] }
    },
  })
}

test('an order is followed until the release is there', async () => {
  const totalBytes = 2 ** 30
  await using fake = await telling([
    { state: 'ordered' },
    { state: 'waiting' },
    { state: 'waiting' },
    { state: 'fetching', doneBytes: 0, totalBytes },
    { state: 'fetching', doneBytes: totalBytes / 2, totalBytes },
    { state: 'done', doneBytes: totalBytes, totalBytes },
  ])
  await using line = await CommandLine.at(fake.url)
  const said = await line.run(['site', 'warm', 'grenoble', 'debian@stable'], { columns: 100 })
  assert.equal(said.exitCode, 0, said.stderr)
  assert.match(said.stdout, /^grenoble has debian@3 \(1\.0 GiB\)/)
  assert.equal(said.stderr.match(/waits for its turn, and for its hours: 22:00 to 06:00/g)?.length, 1)
  assert.match(said.stderr, /fetch grenoble debian@3 \[/)
  assert.equal(line.waits.length, 5)
})

test('with --json an order that is done is one value', async () => {
  await using fake = await telling([{ state: 'done', doneBytes: 1, totalBytes: 1 }])
  await using line = await CommandLine.at(fake.url)
  const { stdout } = await line.run(['site', 'warm', 'grenoble', 'debian@stable', '--json'])
  assert.deepEqual(JSON.parse(stdout), { ...order, state: 'done', doneBytes: 1, totalBytes: 1 })
})

const ends: readonly (readonly [
  what: string,
  Partial<WarmOrder> | undefined,
  Partial<Site>,
  says: RegExp,
])[] = [
  [
    'fails',
    { state: 'failed', error: 'no room for it' },
    {},
    /has not fetched debian@3\.\n {2}no room for it/,
  ],
  ['is taken back', { state: 'cancelled' }, {}, /The order was taken back/],
  ['is gone', undefined, {}, /The order is gone/],
  ['ends with its site', { state: 'ordered' }, { state: 'revoked' }, /The site was revoked/],
]
for (const [what, state, site, says] of ends) {
  test(`an order that ${what} is an error that says so`, async () => {
    await using fake = await telling([state], site)
    await using line = await CommandLine.at(fake.url)
    const said = await line.run(['site', 'warm', 'grenoble', 'debian@stable'])
    assert.equal(said.exitCode, 1)
    assert.match(said.stderr, says)
  })
}

const notYet: readonly (readonly [Partial<Site>, RegExp])[] = [
  [{ state: 'away', lastContactAt: ago(30) }, /grenoble is away since .*; it goes on when it is back/],
  [{ state: 'waiting to join' }, /grenoble has not joined yet/],
]
for (const [site, says] of notYet) {
  test(`who waits for a site that is ${site.state} hears of it, and may go: the order stays`, async () => {
    await using fake = await telling([{ state: 'ordered' }], site)
    await using line = await CommandLine.at(fake.url)
    const interruption = new AbortController()
    const said = await line.run(['site', 'warm', 'grenoble', 'debian@stable'], {
      signal: interruption.signal,
      wait: async () => {
        interruption.abort()
        interruption.signal.throwIfAborted()
      },
    })
    assert.equal(said.exitCode, 130)
    assert.match(said.stderr, says)
    assert.match(said.stderr, /Interrupted\. The order stays: grenoble goes on with debian@3\./)
    assert.match(said.stderr, /bootcast site warm grenoble debian@stable --cancel/)
    assert.ok(!fake.calls.some(({ route }) => route === 'cancelWarm'))
  })
}

test('an order that is done, or never was, is not taken back', async () => {
  await using fake = await telling([{ state: 'done' }])
  await using line = await CommandLine.at(fake.url)
  const said = await line.run(['site', 'warm', 'grenoble', 'debian@stable', '--cancel'])
  assert.equal(said.exitCode, 1)
  assert.match(said.stderr, /grenoble has no order of debian@stable that is not done/)
})
