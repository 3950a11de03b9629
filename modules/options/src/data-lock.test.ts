import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { lockData } from './data-lock.ts'
import { StartRefused } from './start-refused.ts'

test('a second process is refused by name, and a killed one leaves nothing behind', async (t) => {
  const dir = await mkdtemp(join(tmpdir(), 'bootcast-lock-'))
  t.after(() => rm(dir, { recursive: true }))
  const source = `
    import { lockData } from ${JSON.stringify(import.meta.resolve('./data-lock.ts'))}
    globalThis.lock = lockData(process.argv[1])
    console.log('locked')
    setInterval(() => {}, 1000)`
  const holder = spawn(process.execPath, ['--input-type=module', '-e', source, dir])
  await once(holder.stdout, 'data')

  assert.throws(
    () => lockData(dir),
    (error) =>
      error instanceof StartRefused && error.message.includes(`(process ${holder.pid}) works on ${dir}`),
  )
  holder.kill('SIGKILL')
  await once(holder, 'exit')
  const lock = lockData(dir)
  lock.release()
  lockData(dir).release()
})

test('a lock that is no lock is refused with what to do', async (t) => {
  const dir = await mkdtemp(join(tmpdir(), 'bootcast-lock-'))
  t.after(() => rm(dir, { recursive: true }))
  await writeFile(
    join(dir, 'lock'),
    'something else entirely, longer than a header of SQLite would be'.repeat(20),
  )
  assert.throws(
    () => lockData(dir),
    (error) => error instanceof StartRefused && /lock cannot be used: .*remove that file/.test(error.message),
  )
})
