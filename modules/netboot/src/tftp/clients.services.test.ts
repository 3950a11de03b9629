import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { inMemory, sample, started } from '../../testing/tftp-server-contract.ts'

const run = promisify(execFile)

type Client = {
  readonly program: string
  readonly says: string
  readonly args: (port: number, target: string) => readonly string[]
}

const atftp = (...options: readonly string[]): Client => ({
  program: 'atftp',
  says: `atftp ${options.join(', ')}`,
  args: (port, target) => [
    ...options.flatMap((option) => ['--option', option]),
    ...['--get', '--remote-file', 'dir/a file', '--local-file', target, '127.0.0.1', String(port)],
  ],
})
const curl = (...options: readonly string[]): Client => ({
  program: 'curl',
  says: `curl ${options.join(' ')}`,
  args: (port, target) => [
    ...['--silent', '--show-error', '--max-time', '20', ...options],
    ...['--output', target, `tftp://127.0.0.1:${port}/dir/a%20file`],
  ],
})
const busybox = (...options: readonly string[]): Client => ({
  program: 'busybox',
  says: `busybox ${options.join(' ')}`,
  args: (port, target) => [
    ...['tftp', '-g', ...options, '-r', 'dir/a file', '-l', target, '127.0.0.1', String(port)],
  ],
})

const clients: readonly Client[] = [
  atftp(),
  atftp('blksize 8'),
  atftp('blksize 1468', 'tsize 0'),
  atftp('blksize 1468', 'windowsize 4'),
  atftp('blksize 1428', 'windowsize 64', 'timeout 2'),
  atftp('blksize 65464'),
  curl('--tftp-no-options'),
  curl('--tftp-blksize', '512'),
  curl('--tftp-blksize', '1468'),
  busybox(),
  busybox('-b', '1024'),
  busybox('-b', '1468'),
]

const bytes = sample(300_001)

for (const { program, says, args } of clients) {
  const missing = (await isThere(program))
    ? false
    : `SKIPPED: no ${program} here (apt-get install ${program})`
  for (const sending of ['native', 'portable'] as const) {
    test(`${says} fetches a file as it is (${sending})`, { skip: missing }, async (t) => {
      const folder = await mkdtemp(join(tmpdir(), 'bootcast-tftp-'))
      t.after(() => rm(folder, { recursive: true, force: true }))
      const files = { 'dir/a file': inMemory(bytes), '/dir/a file': inMemory(bytes) }
      const { server } = await started(t, files, { sending })
      await run(program, args(server.port, join(folder, 'got')), { timeout: 30_000 })
      assert.ok((await readFile(join(folder, 'got'))).equals(bytes))
    })
  }
}

test('atftp past block 65535, 41 MiB in blocks of 512', { skip: !(await isThere('atftp')) }, async (t) => {
  const large = sample(41 * 2 ** 20)
  const folder = await mkdtemp(join(tmpdir(), 'bootcast-tftp-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  const { server } = await started(t, { 'dir/a file': inMemory(large) })
  await run('atftp', atftp('windowsize 16').args(server.port, join(folder, 'got')), { timeout: 60_000 })
  assert.ok((await readFile(join(folder, 'got'))).equals(large))
})

test('a device that refuses segments gets fragments', { skip: await noNamespaces() }, async () => {
  const script = join(import.meta.dirname, '../../testing/tftp-small-mtu.ts')
  const command = 'ip link set lo mtu 1000 up && exec "$0" "$1"'
  const { stdout } = await run('unshare', ['--net', 'sh', '-c', command, process.execPath, script])
  assert.equal(stdout, 'identical')
})

function isThere(program: string): Promise<boolean> {
  return run('sh', ['-c', 'command -v "$0"', program]).then(
    () => true,
    () => false,
  )
}

function noNamespaces(): Promise<string | false> {
  return run('unshare', ['--net', 'ip', 'link']).then(
    () => false,
    () => 'SKIPPED: no right to make a network namespace',
  )
}
