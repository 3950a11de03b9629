import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { UpstreamRefused } from '@bootcast/uplink'
import { eventually } from '../../testing/eventually.ts'
import { type Answers, FakeUplink } from '../../testing/fake-uplink.ts'
import { siteFolder } from '../../testing/site-folder.ts'
import { Outbox } from './outbox.ts'

const nothing = () => ({})
const mac = '52:54:00:00:00:01'
const call = (text: string) => ({ mac, release: 'demo@3', state: 'done', text, installs: true }) as const
const refusal = (status: number) => () => {
  throw new UpstreamRefused({ code: 'some_code', status, detail: 'no' })
}

function scene(t: TestContext, answers: Answers) {
  const { open, atEnd } = siteFolder(t)
  const uplink = new FakeUplink(answers)
  const logged: string[] = []
  const database = open()
  const make = () => {
    const outbox = new Outbox({
      database,
      uplink,
      log: (level, message) => logged.push(`${level}: ${message}`),
    })
    atEnd(() => outbox.stop())
    return outbox
  }
  return { uplink, database, logged, make }
}
const textsIn = ({ uplink }: { uplink: FakeUplink }) =>
  uplink.told('phonedHome').map((one) => (one as { text: string }).text)

test('what was kept while the upstream was away is told in its order, by the next process too', async (t) => {
  const all = scene(t, { phonedHome: nothing })
  const before = all.make()
  for (const text of ['a', 'b', 'c']) await before.add('phonedHome', call(text))
  await before.stop()
  assert.equal(before.size, 3)
  const after = all.make()
  after.start()
  await eventually(() => after.size === 0)
  await after.add('phonedHome', call('d'))
  await eventually(() => after.size === 0)
  assert.deepEqual(textsIn(all), ['a', 'b', 'c', 'd'])
})

test('what comes in the moment in which all was told is told as well', async (t) => {
  const all = scene(t, { phonedHome: nothing })
  const outbox = all.make()
  outbox.start()
  for (let n = 0; n < 60; n += 1) {
    for (let turn = 0; turn < n % 7; turn += 1) await undefined
    await outbox.add('phonedHome', call(String(n)))
  }
  await eventually(() => outbox.size === 0, 'something was forgotten until the next one comes')
  assert.equal(textsIn(all).length, 60)
})

test('what the upstream refuses is dropped; what it may take later waits, and all behind it', async (t) => {
  const all = scene(t, { phonedHome: refusal(422), started: refusal(401) })
  const outbox = all.make()
  outbox.start()
  await outbox.add('phonedHome', call('refused'))
  await outbox.add('started', { machine: { mac }, release: 'demo@3', leave: undefined, user: undefined })
  await outbox.add('phonedHome', call('behind'))
  await eventually(() => all.uplink.told('started').length > 0)
  await outbox.stop()
  assert.equal(outbox.size, 2)
  assert.deepEqual(textsIn(all), ['refused'])
  assert.deepEqual(all.logged, ['warn: the platform does not take what a machine said'])
})

test('away: it is tried again and nothing is lost', async (t) => {
  const all = scene(t, { phonedHome: nothing })
  all.uplink.isAway = true
  const outbox = all.make()
  outbox.start()
  await outbox.add('phonedHome', call('kept'))
  await eventually(() => all.uplink.calls.length > 0)
  assert.equal(outbox.size, 1)
  all.uplink.isAway = false
  await eventually(() => outbox.size === 0)
  assert.deepEqual(all.logged, [])
})

test('more than it may hold: the oldest go', async (t) => {
  const all = scene(t, {})
  const outbox = all.make()
  all.database.sqlite.exec(`
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
    INSERT INTO outbox (name, input) SELECT 'phonedHome', i FROM n`)
  await outbox.add('phonedHome', call('new'))
  assert.equal(outbox.size, 20_000)
  const { first } = all.database.sqlite.prepare('SELECT min(id) AS first FROM outbox').get() as {
    first: number
  }
  assert.equal(first, 2)
})

test('a disk that takes nothing: it is told at once, else the machine is not told that it is kept', async (t) => {
  const all = scene(t, { phonedHome: nothing })
  const outbox = all.make()
  all.database.sqlite.exec('PRAGMA query_only = ON')
  await outbox.add('phonedHome', call('at once'))
  assert.deepEqual(textsIn(all), ['at once'])
  all.uplink.isAway = true
  await assert.rejects(outbox.add('phonedHome', call('lost')), { code: 'upstream_away' })
  assert.deepEqual(all.logged, ['error: what machines said cannot be kept in site.db'])
})

test('a disk that does not let go of what was told ends nothing: it is told again, and goes when it can', async (t) => {
  const all = scene(t, { phonedHome: nothing })
  const outbox = all.make()
  await outbox.add('phonedHome', call('told'))
  all.database.sqlite.exec('PRAGMA query_only = ON')
  outbox.start()
  await eventually(() => all.logged.length > 0)
  all.database.sqlite.exec('PRAGMA query_only = OFF')
  await eventually(() => outbox.size === 0)
  assert.ok(textsIn(all).length >= 2)
})
