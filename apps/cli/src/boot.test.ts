import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { type Boot, type BootDetail, spanText, type TimelineEvent } from '@bootcast/contract'
import { CommandLine } from '../testing/command-line.ts'
import { type Call, startFakePlatform } from '../testing/fake-platform.ts'
import { eventText } from './boot-text.ts'

const began = Date.parse('2026-11-23T11:57:00Z')
const at = (seconds: number) => new Date(began + seconds * 1000).toISOString()
const mac = '52:54:00:b0:07:01'
const ids = ['01a216de-5be8-7450-aef1-6dcf770ead44', '01a216de-5be8-7450-aef1-00001c2b3a49'] as const
const cause = {
  code: 'http-unreachable',
  text: 'the loader runs and never asked for its script at http://10.77.0.1:8080/boot.ipxe: HTTP does not reach the platform from there',
  todo: 'Does a firewall let the machines to the HTTP port? Does --boot-url or --public-url name an address that they reach?',
}
const failed: Boot = {
  id: ids[0],
  mac,
  state: 'failed',
  cause,
  beganAt: at(0),
  lastAt: at(95),
  firmware: 'uefi-x64',
  architecture: 'x86_64',
  address: '10.77.0.163',
  bytes: 1_048_576,
  events: 8,
}
const started: Boot = {
  ...failed,
  id: ids[1],
  state: 'started',
  cause: undefined,
  startedAt: at(130),
  release: 'demo@3',
  user: 'ann',
  product: 'Standard \u{1b}[31mPC',
  bytes: 29_000_000,
}
const loader = {
  path: 'ipxe-amd64.efi',
  route: 'loader',
  size: 1_048_576,
  blockSize: 1468,
  windowSize: 4,
} as const
const tftp = { kind: 'tftp', ...loader, outcome: 'done', bytes: 1_048_576, ms: 304, resent: 2 } as const
const timeline: TimelineEvent[] = [
  {
    kind: 'discover',
    n: 1,
    at: at(0),
    until: at(12),
    times: 3,
    via: 'proxy-dhcp',
    vendorClass: 'PXEClient',
    isIpxe: false,
    firmware: 'uefi-x64',
    architecture: 'x86_64',
  },
  {
    kind: 'offer',
    n: 2,
    at: at(0.02),
    via: 'proxy-dhcp',
    server: '10.77.0.1',
    file: 'ipxe-amd64.efi',
    asksPort4011: true,
  },
  { kind: 'other-offer', n: 3, at: at(0.03), server: '10.77.0.2', offered: '10.77.0.163' },
  {
    kind: 'request',
    n: 4,
    at: at(4.1),
    via: 'proxy-dhcp',
    server: '10.77.0.2',
    wanted: '10.77.0.163',
    isIpxe: false,
  },
  {
    n: 5,
    at: at(5.2),
    ...tftp,
    outcome: 'given-up',
    bytes: 4404,
    reason: 'the client fell silent after block 3',
  },
  { n: 6, at: at(11.4), ...tftp },
  { kind: 'first-script', n: 7, at: at(125) },
  { kind: 'phone-home', n: 8, at: at(4000), state: 'line', text: 'evil \u{1b}]0;x\u{7}line\nbreak' },
]
const detail: BootDetail = { ...failed, timeline }

test('boots are listed with why they failed, on a terminal of 80 columns', async () => {
  const calls: Call[] = []
  await using platform = await startFakePlatform({
    listBoots: (call) => {
      calls.push(call)
      return { items: [failed, started], next: ids[1] }
    },
  })
  await using line = await CommandLine.at(platform.url, { columns: 80 })
  const { stdout, stderr } = await line.run([
    'boot',
    'list',
    '--machine',
    '52-54-00-B0-07-01',
    '--state',
    'failed',
  ])
  assert.equal(
    stdout,
    `BOOT      MAC                STATE    RELEASE  BEGAN      WHY
770ead44  52:54:00:b0:07:01  FAILED   -        3 min ago  http-unreachable
1c2b3a49  52:54:00:b0:07:01  started  demo@3   3 min ago  -
`,
  )
  assert.match(stderr, /There are more: --limit 100/)
  assert.deepEqual(calls[0]?.query, { limit: 50, machine: mac, state: 'failed' })
})

test('where there are sites it is shown which machine is at which, and only theirs are asked for', async () => {
  const calls: Call[] = []
  await using platform = await startFakePlatform({
    listBoots: (call) => {
      calls.push(call)
      return { items: [{ ...started, site: 'grenoble' }, failed] }
    },
    showBoot: () => ({ ...started, site: 'grenoble', timeline: [] }),
  })
  await using line = await CommandLine.at(platform.url, { columns: 100 })
  const { stdout } = await line.run(['boot', 'list', '--site', 'grenoble'])
  assert.equal(
    stdout,
    `BOOT      MAC                SITE      STATE    RELEASE  BEGAN      WHY
1c2b3a49  52:54:00:b0:07:01  grenoble  started  demo@3   3 min ago  -
770ead44  52:54:00:b0:07:01  -         FAILED   -        3 min ago  http-unreachable
`,
  )
  assert.deepEqual(calls[0]?.query, { limit: 50, site: 'grenoble' })
  assert.match((await line.run(['boot', 'show', ids[1]])).stdout, /site {5}grenoble\n/)
})

test('a boot that failed says why first, then what happened when', async () => {
  await using platform = await startFakePlatform({ showBoot: () => detail })
  await using line = await CommandLine.at(platform.url, { columns: 80 })
  const { stdout } = await line.run(['boot', 'show', ids[0]])
  assert.equal(
    stdout.replace(/began .*/, 'began …'),
    `FAILED: the loader runs and never asked for its script at
  http://10.77.0.1:8080/boot.ipxe: HTTP does not reach the platform from there
  To do: Does a firewall let the machines to the HTTP port? Does --boot-url or
  --public-url name an address that they reach? [http-unreachable]

boot     01a216de-5be8-7450-aef1-6dcf770ead44
machine  52:54:00:b0:07:01 (uefi-x64, x86_64)
address  10.77.0.163
state    FAILED
began …
sent     1.0 MiB

  0.0 s  DISCOVER    uefi-x64 (x86_64) (3 times, last at 12.0 s)
  0.0 s  offer       ipxe-amd64.efi from 10.77.0.1, to be asked for on port 4011
  0.0 s  other DHCP  10.77.0.2 offers address 10.77.0.163
  4.1 s  REQUEST     took 10.77.0.163 from 10.77.0.2
  5.2 s  TFTP        ipxe-amd64.efi, given up after 4.3 KiB of 1.0 MiB, blocks
                     of 1468 × 4, 2 packets sent again, the client fell silent
                     after block 3
 11.4 s  TFTP        ipxe-amd64.efi, 1.0 MiB in 0.30 s, 3.3 MiB/s, blocks of
                     1468 × 4, 2 packets sent again
   2:05  loader      runs; has the first script
1:06:40  system      evil line
                     break
`,
  )
})

test('one that went well says so, and to whom; words of machines do nothing to the terminal', async () => {
  await using platform = await startFakePlatform({ showBoot: () => ({ ...started, timeline: [] }) })
  await using line = await CommandLine.at(platform.url)
  const { stdout } = await line.run(['boot', 'show', ids[1]])
  assert.match(stdout, /^boot {5}01a216de/)
  assert.match(stdout, /user {5}ann\n/)
  assert.match(stdout, /started {2}after 2:10\n/)
  assert.ok(!stdout.includes('\u{1b}'))
})

test('the last boot of a machine, and one by the end of its id, are found', async () => {
  const asked: string[] = []
  await using platform = await startFakePlatform({
    listBoots: ({ query }) => ({ items: query['machine'] === undefined ? [failed, started] : [started] }),
    showBoot: ({ params }) => {
      asked.push(params['id'] ?? '')
      return detail
    },
  })
  await using line = await CommandLine.at(platform.url)
  for (const which of [mac, '1c2b3a49', ids[0].toUpperCase()])
    assert.equal((await line.run(['boot', 'show', which])).exitCode, 0, which)
  assert.deepEqual(asked, [ids[1], ids[1], ids[0]])
  const unknown = await line.run(['boot', 'show', 'ffffffff'])
  assert.deepEqual([unknown.exitCode, unknown.stdout], [1, ''])
  assert.match(unknown.stderr, /No boot ends with ffffffff/)
  assert.equal((await line.run(['boot', 'show', 'nonsense'])).exitCode, 2)
  assert.equal((await line.run(['boot', 'list', '--state', 'asleep'])).exitCode, 2)
  assert.equal((await line.run(['boot', 'list', '--limit', '0'])).exitCode, 2)
})

test('a machine that never booted is said to be unknown, and an empty list says what to expect', async () => {
  await using platform = await startFakePlatform({ listBoots: () => ({ items: [] }) })
  await using line = await CommandLine.at(platform.url)
  assert.match((await line.run(['boot', 'show', mac])).stderr, /No boot of 52:54:00:b0:07:01 is known/)
  assert.match((await line.run(['boot', 'list'])).stdout, /appear when a machine boots/)
})

/** A platform that has only the stream. */
async function streaming(
  onListener: (say: (event: string, data: object) => void, response: ServerResponse) => void,
) {
  let id = 0
  const server = createServer((_, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    const say = (event: string, data: object) => {
      id += 1
      response.write(`id: 7-${id}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`)
    }
    onListener(say, response)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      server.close()
    },
  }
}

const news = [
  { boot: { ...failed, state: 'booting', cause: undefined }, event: timeline[0] },
  { boot: { ...started, mac: '52:54:00:b0:07:02', state: 'booting' }, event: timeline[5] },
  { boot: failed },
]

async function watched(
  more: readonly string[],
): Promise<{ stdout: string; stderr: string; exitCode: number }> {
  const ending = new AbortController()
  let listeners = 0
  await using platform = await streaming((say, response) => {
    listeners += 1
    if (listeners === 3) return ending.abort()
    say('reset', {})
    if (listeners === 1) for (const one of news) say('boot', one)
    response.end()
  })
  await using line = await CommandLine.at(platform.url, { columns: 80, signal: ending.signal })
  return await line.run(['boot', 'watch', ...more])
}

test('watching says each event, and what a boot came to; Ctrl-C ends it', async () => {
  const { stdout, stderr, exitCode } = await watched([])
  assert.equal(exitCode, 0)
  assert.equal(
    stdout.replace(/\d\d:(\d\d):(\d\d) /g, 'hh:$1:$2 '),
    `hh:57:12  52:54:00:b0:07:01  DISCOVER    uefi-x64 (x86_64)
hh:57:11  52:54:00:b0:07:02  TFTP        ipxe-amd64.efi, 1.0 MiB in
          0.30 s, 3.3 MiB/s, blocks of 1468 × 4, 2 packets sent again
hh:58:35  52:54:00:b0:07:01  FAILED      the loader runs and never
          asked for its script at http://10.77.0.1:8080/boot.ipxe: HTTP does not
          reach the platform from there
`,
  )
  assert.match(
    stderr,
    /Watching boots; Ctrl-C ends\.\n.*trying again\.\nThe platform is there again\.\nSome events/,
  )
})

test('watching one machine says nothing of others; with --json each event is a line', async () => {
  const { stdout } = await watched(['--machine', '52:54:00:B0:07:02', '--json'])
  const lines = stdout.trimEnd().split('\n')
  assert.equal(lines.length, 1)
  assert.equal(JSON.parse(lines[0] ?? '').event.kind, 'tftp')
})

const file = {
  kind: 'file',
  n: 1,
  at: at(0),
  what: 'file',
  name: 'vmlinuz',
  status: 200,
  bytes: 0,
  ms: 0,
} as const
const sentences: readonly (readonly [TimelineEvent, RegExp])[] = [
  [
    { ...file, completed: true, size: 8_000_000, bytes: 8_000_000, ms: 1900 },
    /^vmlinuz, 7\.6 MiB in 1\.90 s, 4\.0 MiB\/s$/,
  ],
  [
    { ...file, completed: false, bytes: 4096, ms: 65_000, end: 'client-stalled' },
    /cut off \(client-stalled\)$/,
  ],
  [{ ...file, completed: false, isRunning: true, size: 8_000_000 }, /^vmlinuz, 7\.6 MiB, on its way$/],
  [{ ...file, completed: true, status: 404 }, /^vmlinuz is not here$/],
  [{ ...file, completed: true, status: 302 }, /sent to the store itself$/],
  [{ ...file, completed: true, isMeasured: true }, /asked how large it is$/],
  [
    { ...file, what: 'tree', completed: true, bytes: 100, ms: 10, times: 512 },
    /^512 files, the last vmlinuz, 100 B/,
  ],
  [{ ...file, completed: true, bytes: 100, ms: 10, times: 3 }, /3 requests$/],
  [
    {
      kind: 'decided',
      n: 1,
      at: at(0),
      decision: 'boot',
      because: 'demo 3 onto its disk',
      release: 'demo@3',
      files: 2,
    },
    /^boot demo@3, demo 3 onto its disk, 2 files$/,
  ],
  [{ kind: 'decided', n: 1, at: at(0), decision: 'wait', because: 'none', files: 0 }, /^wait: none$/],
  [
    { kind: 'disk-report', n: 1, at: at(0), release: 'd@1', state: 'write', done: 2 ** 20, total: 2 ** 22 },
    /\(25 %\)$/,
  ],
  [
    { kind: 'disk-report', n: 1, at: at(0), release: 'd@1', state: 'started', done: 0, total: 0 },
    /^started, 0 B of 0 B$/,
  ],
  [
    { kind: 'asked', n: 1, at: at(0), address: '10.0.0.1', from: '192.0.2.1', loader: '2.0.0' },
    /iPXE 2\.0\.0, behind 192/,
  ],
]
for (const [event, words] of sentences) {
  test(`in words: ${words.source}`, () => assert.match(eventText(event).text, words))
}

test('a span is said so that its size is seen', () => {
  assert.deepEqual([0, 304, 9999, 12_340, 99_999, 125_000].map(spanText), [
    ...['0.00 s', '0.30 s', '10.00 s', '12.3 s', '100.0 s', '2:05'],
  ])
})
