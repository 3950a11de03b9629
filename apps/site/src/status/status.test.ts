import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import { siteFolder } from '../../testing/site-folder.ts'
import { listenHttp } from '../listen-http.ts'
import { metricsText } from './metrics.ts'
import { isWithin } from './schedule.ts'
import { listenStatus } from './status-server.ts'
import { journalsOf, TrafficMeter } from './traffic.ts'
import { WanPace } from './wan-pace.ts'

test('numbers have a name, an explanation, and labels that cannot break the text', () => {
  const text = metricsText([
    { name: 'up_seconds', kind: 'gauge', about: 'Since the start.', values: [{ value: 3 }] },
    {
      ...{ name: 'requests_total', kind: 'counter', about: 'By kind.' },
      values: [
        { labels: { kind: 'a "quoted" \\ word\nand a line' }, value: 1 },
        { labels: { kind: 'b', of: 'c' }, value: 2 },
      ],
    },
  ])
  assert.equal(
    text,
    `# HELP bootcast_site_up_seconds Since the start.
# TYPE bootcast_site_up_seconds gauge
bootcast_site_up_seconds 3
# HELP bootcast_site_requests_total By kind.
# TYPE bootcast_site_requests_total counter
bootcast_site_requests_total{kind="a \\"quoted\\" \\\\ word\\nand a line"} 1
bootcast_site_requests_total{kind="b",of="c"} 2
`,
  )
})

test('a schedule may go over midnight; its end is not in it; without one it is always time', () => {
  const at = (time: string) => new Date(`2026-11-26T${time}:30`)
  const inside = (from: string, to: string, times: readonly string[]) =>
    times.filter((time) => isWithin({ from, to }, at(time)))
  const times = ['00:00', '05:59', '06:00', '12:00', '21:59', '22:00', '23:59']
  assert.deepEqual(inside('22:00', '06:00', times), ['00:00', '05:59', '22:00', '23:59'])
  assert.deepEqual(inside('06:00', '22:00', times), ['06:00', '12:00', '21:59'])
  assert.equal(isWithin(undefined, at('12:00')), true)
})

const pages = { obstacles: (): readonly string[] => [], metrics: () => 'm 1\n' }
const anywhere = { address: '127.0.0.1', port: 0 }

test('health, readiness with its reasons, and metrics; nothing else', async (t) => {
  let obstacles: readonly string[] = []
  const { port, stop } = await listenStatus(anywhere, { ...pages, obstacles: () => obstacles })
  t.after(stop)
  const ask = async (path: string, method = 'GET') => {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, { method })
    return [answer.status, await answer.text()]
  }
  assert.deepEqual(await ask('/healthz'), [200, 'ok\n'])
  assert.deepEqual(await ask('/readyz?x'), [200, 'ok\n'])
  obstacles = ['no loaders', 'no policy']
  assert.deepEqual(await ask('/readyz'), [503, 'no loaders\nno policy\n'])
  assert.deepEqual(await ask('/readyz', 'HEAD'), [503, ''])
  assert.deepEqual(await ask('/metrics'), [200, 'm 1\n'])
  for (const path of ['/', '/constructor', '/__proto__', '/../metrics/x'])
    assert.equal((await ask(path))[0], 404)
})

test('a page that fails is an answer, and not the end of the site', async (t) => {
  const broken = () => {
    throw new Error('database disk image is malformed')
  }
  const { port, stop } = await listenStatus(anywhere, { obstacles: broken, metrics: broken })
  t.after(stop)
  for (const path of ['/readyz', '/metrics']) {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`)
    assert.deepEqual([answer.status, (await answer.text()).includes('malformed')], [500, false])
  }
  assert.equal((await fetch(`http://127.0.0.1:${port}/healthz`)).status, 200)
})

test('a port that is taken is said in words for whoever starts the site', async (t) => {
  const other = createServer().listen(0, '127.0.0.1')
  t.after(() => other.close())
  await new Promise((resolve) => other.once('listening', resolve))
  const { port } = other.address() as AddressInfo
  await assert.rejects(listenStatus({ address: '127.0.0.1', port }, pages), { name: 'StartRefused' })
})

test('trouble of a listener that is open, such as too many files, ends nothing', async (t) => {
  const server = createServer()
  t.after(() => server.close())
  await listenHttp(server, anywhere)
  for (let n = 0; n < 3; n += 1) assert.ok(server.emit('error', new Error('accept EMFILE')))
})

function meterScene(t: TestContext) {
  const database = siteFolder(t).open()
  const line = { wan: 0, fetched: 0 }
  const errors: unknown[] = []
  const open = () =>
    new TrafficMeter({
      ...{ database, wanBytes: () => line.wan, fetchedBytes: () => line.fetched },
      onError: (error) => errors.push(error),
    })
  const sent = (meter: TrafficMeter, bytes: number, what: 'file' | 'loader' = 'file') =>
    meter.note({
      ...{ kind: 'file', what, name: 'vmlinuz', status: 200, bytes, ms: 1, completed: true },
    })
  return { database, line, errors, open, sent }
}

test('what was sent and fetched is counted over restarts; loaders are not', (t) => {
  const { line, open, sent, errors } = meterScene(t)
  const before = open()
  sent(before, 1000)
  sent(before, 500, 'loader')
  before.note({ kind: 'lease', mac: '52:54:00:00:00:01', leased: '10.0.0.7' })
  Object.assign(line, { wan: 300, fetched: 400 })
  assert.deepEqual(before.now, { bytes: 1000, cachedBytes: 600, wanBytes: 300 })
  before.stop()
  Object.assign(line, { wan: 0, fetched: 0 })
  const after = open()
  sent(after, 100)
  assert.deepEqual(after.now, { bytes: 1100, cachedBytes: 700, wanBytes: 300 })
  line.fetched = 5000
  assert.equal(after.now.cachedBytes, 0)
  assert.deepEqual(errors, [])
})

test('a full disk costs the counts their place on it, and nothing else', (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] })
  const { database, open, sent, errors } = meterScene(t)
  const meter = open()
  meter.start()
  database.sqlite.exec('PRAGMA query_only = ON')
  sent(meter, 7)
  t.mock.timers.tick(20_000)
  meter.stop()
  assert.equal(errors.length, 3)
  database.sqlite.exec('PRAGMA query_only = OFF')
  assert.equal(open().now.bytes, 0)
  meter.stop()
  assert.equal(open().now.bytes, 7)
})

test('while nothing happens nothing is written', (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] })
  const { database, open } = meterScene(t)
  const meter = open()
  meter.start()
  t.mock.timers.tick(10_000)
  const prepared = t.mock.method(database.sqlite, 'prepare')
  t.mock.timers.tick(60_000)
  assert.equal(prepared.mock.callCount(), 0)
  meter.stop()
})

test('several journals hear of everything', (t) => {
  const { open } = meterScene(t)
  const [one, two] = [open(), open()]
  journalsOf(one, two).note({
    ...{ kind: 'file', what: 'tree', name: 'x', status: 200, bytes: 5, ms: 1, completed: true },
  })
  assert.deepEqual([one.now.bytes, two.now.bytes], [5, 5])
})

test('bytes from the line keep to a rate, together; without one nobody waits', async () => {
  const free = new WanPace(() => undefined)
  await free.take(1e12)
  const pace = new WanPace(() => 1_000_000)
  const began = performance.now()
  await Promise.all(Array.from({ length: 5 }, () => pace.take(100_000)))
  // Half a second of the rate, a quarter of which may come at once.
  assert.ok(performance.now() - began >= 230, `${performance.now() - began} ms`)
})
