import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { appendFile, mkdir, writeFile } from 'node:fs/promises'
import { test } from 'node:test'
import { stripVTControlCharacters } from 'node:util'
import { type Publish, problems } from '@bootcast/contract'
import { CommandLine } from '../testing/command-line.ts'
import { type Answers, type Call, type FakePlatform, startFakePlatform } from '../testing/fake-platform.ts'
import { localTime } from './quantities.ts'

const kernel = Buffer.alloc(3 * 2 ** 20, 'kernel')
const initrd = Buffer.alloc(70_000, 'initrd')
const sha256 = (bytes: Uint8Array) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`

function publishing(blobs: () => FakePlatform['blobs']): Answers {
  const file = ({ name, digest }: Publish['kernel'], index: number) => ({
    role: index === 0 ? 'kernel' : `initrd${index}`,
    name,
    digest,
    size: blobs().get(digest)?.length ?? -1,
  })
  return {
    publishRelease: ({ params, body }: Call) => {
      const wish = body as Publish
      return {
        image: params['name'],
        number: 7,
        size: 7,
        variants: [
          {
            architecture: 'x86_64',
            method: 'linux',
            cmdline: wish.cmdline,
            files: [wish.kernel, ...(wish.initrds ?? [])].map(file),
          },
        ],
        createdAt: '2026-11-23T11:00:00Z',
        createdBy: 'admin',
      }
    },
  }
}

async function scene(answers: Answers = {}) {
  const platform: FakePlatform = await startFakePlatform({
    ...publishing(() => platform.blobs),
    ...answers,
  })
  const line = await CommandLine.at(platform.url)
  await writeFile(line.path('vmlinuz'), kernel)
  await writeFile(line.path('initrd.gz'), initrd)
  const publish = (...more: string[]) =>
    line.run(['publish', 'demo', '-k', line.path('vmlinuz'), '-i', line.path('initrd.gz'), ...more])
  return {
    platform,
    line,
    publish,
    [Symbol.asyncDispose]: async () => {
      await line[Symbol.asyncDispose]()
      await platform[Symbol.asyncDispose]()
    },
  }
}

const routesOf = (platform: FakePlatform) => platform.calls.map(({ route }) => route)

test('publishing uploads the files, makes the release and says what to do next', async () => {
  await using at = await scene()
  const said = await at.publish('-c', 'console=ttyS0 quiet')
  assert.equal(said.exitCode, 0, said.stderr)
  assert.equal(
    said.stdout,
    `Release 7 of demo
published     ${localTime('2026-11-23T11:00:00Z')} by admin
boots         x86_64 by linux
command line  console=ttyS0 quiet
kernel        vmlinuz  3.0 MiB
  ${sha256(kernel)}
initrd1       initrd.gz  68.4 KiB
  ${sha256(initrd)}
`,
  )
  assert.match(said.stderr, /bootcast image default demo/)
  assert.deepEqual([...at.platform.blobs.keys()], [sha256(kernel), sha256(initrd)])
})

test('what the platform has is not uploaded again', async () => {
  await using at = await scene()
  await at.publish()
  at.platform.calls.length = 0
  const said = await at.publish()
  assert.deepEqual(routesOf(at.platform), ['me', 'findBlob', 'findBlob', 'publishRelease'])
  assert.match(said.stderr, /vmlinuz {2}3\.0 MiB {2}already there/)
})

test('several initrds keep their order', async () => {
  await using at = await scene()
  await writeFile(at.line.path('a.img'), 'aaaa')
  const said = await at.publish('-i', at.line.path('a.img'), '--json')
  const [variant] = JSON.parse(said.stdout).variants
  const names = variant.files.map(({ name }: { name: string }) => name)
  assert.deepEqual(names, ['vmlinuz', 'initrd.gz', 'a.img'])
})

test('the release goes to the usual channel, to another, or to none', async () => {
  await using at = await scene()
  const channelOf = async (...more: string[]) => {
    assert.equal((await at.publish(...more)).exitCode, 0)
    return (at.platform.calls.at(-1)?.body as Publish | undefined)?.channel
  }
  assert.equal(await channelOf(), 'stable')
  assert.equal(await channelOf('--channel', 'testing'), 'testing')
  assert.equal(await channelOf('--channel', 'none'), null)
  assert.match((await at.publish('--channel', 'A b')).stderr, /“A b” cannot be a channel\./)
})

test('with --json the release is all there is on standard output', async () => {
  await using at = await scene()
  const said = await at.publish('--json')
  assert.equal(JSON.parse(said.stdout).number, 7)
})

test('an upload that is cut off is sent again, with growing waits', async () => {
  await using at = await scene()
  at.platform.cutUploads = 3
  const said = await at.publish()
  assert.equal(said.exitCode, 0, said.stderr)
  assert.deepEqual(at.platform.blobs.get(sha256(kernel)), kernel)
  assert.ok(at.line.waits.length === 3 && at.line.waits[0] === 1000, String(at.line.waits))
})

test('an upload that breaks every time ends, and says how to go on', async () => {
  await using at = await scene()
  at.platform.cutUploads = 1000
  const said = await at.publish()
  assert.equal(said.exitCode, 4)
  assert.match(
    said.stderr,
    /broke 6 times in a row\.\n.*\n {2}To do: Nothing was published\. .*same command again/,
  )
  assert.ok(!routesOf(at.platform).includes('publishRelease'))
})

test('a full disk of the platform is told without trying again', async () => {
  await using at = await scene({ putBlob: () => ({ refuse: 'store_full' }) })
  const said = await at.publish()
  assert.equal(said.exitCode, 1)
  assert.match(said.stderr, /Error: vmlinuz was not taken\. The disk of the platform is full\./)
  assert.deepEqual(at.line.waits, [])
})

test('a refused kernel is told with its reason', async () => {
  await using at = await scene({
    publishRelease: () => ({ refuse: 'not_a_kernel', detail: 'vmlinuz is a gzip archive.' }),
  })
  const said = await at.publish()
  assert.equal(said.exitCode, 1)
  assert.equal(said.stdout, '')
  assert.match(
    said.stderr,
    /Error: The file is not a kernel that Bootcast can boot\.\n {2}vmlinuz is a gzip archive\.\n/,
  )
})

test('every refusal of the platform ends with an error code and a text', async () => {
  for (const code of Object.keys(problems) as (keyof typeof problems)[]) {
    await using at = await scene({ publishRelease: () => ({ refuse: code, detail: 'because' }) })
    const said = await at.publish('--json')
    const { error } = JSON.parse(said.stderr.trim().split('\n').at(-1) ?? '')
    assert.equal(error.code, code)
    assert.equal(error.exitCode, said.exitCode)
    assert.equal(
      said.exitCode,
      { 401: 3, 403: 3, 429: 3, 503: 4 }[problems[code].status as number] ?? 1,
      code,
    )
    assert.equal(error.why, 'because')
  }
})

test('a file that is written to between reading and uploading is not published', async () => {
  await using at = await scene({
    findBlob: ({ params }) => {
      if (params['digest'] === sha256(kernel)) void appendFile(at.line.path('initrd.gz'), 'more')
      return { refuse: 'blob_missing' }
    },
  })
  const said = await at.publish()
  assert.equal(said.exitCode, 1)
  assert.match(said.stderr, /initrd\.gz changes while it is read\./)
  assert.ok(!routesOf(at.platform).includes('publishRelease'))
})

test('bytes that are not those that were read are told as a file that changes', async () => {
  await using at = await scene({ putBlob: () => ({ refuse: 'blob_corrupt' }) })
  const said = await at.publish('--json')
  assert.equal(JSON.parse(said.stderr.trim().split('\n').at(-1) ?? '').error.code, 'file_changed')
  assert.deepEqual(at.line.waits, [])
})

test('an interrupted publish says that nothing was published', async () => {
  const interruption = new AbortController()
  await using at = await scene({
    findBlob: () => {
      interruption.abort()
      return { refuse: 'blob_missing' }
    },
  })
  const args = ['publish', 'demo', '--kernel', at.line.path('vmlinuz')]
  const said = await at.line.run(args, { signal: interruption.signal })
  assert.equal(said.exitCode, 130)
  assert.match(said.stderr, /Error: Interrupted\. Nothing was published\./)
})

type Wrong = readonly [
  what: string,
  args: (path: (name: string) => string) => string[],
  exitCode: number,
  says: RegExp,
]
const wrongWishes: readonly Wrong[] = [
  ['a file that is not there', (path) => ['-k', path('none')], 1, /There is no file .*none\./],
  ['a directory', (path) => ['-k', path('dir')], 1, /dir is a directory\./],
  ['an empty file', (path) => ['-k', path('empty')], 1, /empty is empty\./],
  ['a device', () => ['-k', '/dev/null'], 1, /\/dev\/null is no regular file\./],
  [
    'no kernel and no file',
    () => [],
    2,
    /There is no file demo\.\n {2}To do: Check the path; or, .*--kernel FILE/,
  ],
  ['a file name with a space', (path) => ['-k', path('my kernel')], 2, /file name “my kernel”/],
  ['a file name with ${…}', (path) => ['-k', path('${mac}')], 2, /file name “\$\{mac\}”/],
  ['a path of 10,000 characters', () => ['-k', `/${'a'.repeat(10_000)}`], 1, /longer than the system allows/],
  [
    'a command line of 5000 characters',
    (path) => ['-k', path('ok'), '-c', 'x'.repeat(5000)],
    2,
    /has 5000 char/,
  ],
  [
    '17 initrds',
    (path) => [
      '-k',
      path('ok'),
      ...Array(17)
        .fill(['-i', path('ok')])
        .flat(),
    ],
    2,
    /There are 17 initrds; 16 are the most\./,
  ],
]
for (const [what, args, exitCode, says] of wrongWishes) {
  test(`${what} is an error before the platform is asked`, async () => {
    await using at = await scene()
    await mkdir(at.line.path('dir'))
    await writeFile(at.line.path('empty'), '')
    for (const name of ['my kernel', '${mac}', 'ok']) await writeFile(at.line.path(name), 'x')
    const said = await at.line.run(['publish', 'demo', ...args((name) => at.line.path(name))])
    assert.equal(said.exitCode, exitCode)
    assert.match(said.stderr, says)
    assert.deepEqual(at.platform.calls, [])
  })
}

for (const name of ['', 'De mo', '../demo', '${mac}', 'demo\nrm', 'a'.repeat(10_000)]) {
  test(`${JSON.stringify(name.slice(0, 20))} cannot be the name of an image`, async () => {
    await using at = await scene()
    const said = await at.line.run(['publish', '-k', at.line.path('vmlinuz'), '--', name])
    assert.equal(said.exitCode, 2)
    assert.match(said.stderr, /cannot be the name of an image/)
    assert.ok(said.stderr.length < 500)
  })
}

test('on a terminal of 40 columns no line of progress is wider, and what is redrawn is taken away', async () => {
  await using at = await scene()
  let clock = 0
  const said = await at.line.run(['publish', 'demo', '-k', at.line.path('vmlinuz')], {
    columns: 40,
    now: () => (clock += 60),
  })
  const drawn = stripVTControlCharacters(said.stderr).split(/[\r\n]/)
  assert.ok(
    drawn.some((text) => /^upload vmlinuz .* 66%/.test(text)),
    said.stderr,
  )
  for (const text of drawn) assert.ok(text.length <= 40, text)
})
