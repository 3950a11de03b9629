import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { type TestContext, test } from 'node:test'

const { summaryOf } = createRequire(import.meta.url)('./failed-tests.cjs') as {
  readonly summaryOf: (reports: string) => readonly string[]
}

/** What is reported of a test file with this in it. */
async function reportOf(t: TestContext, source: string): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'bootcast-reports-'))
  t.after(() => rm(folder, { recursive: true }))
  await writeFile(join(folder, 'some.test.mjs'), source)
  const reporter = join(import.meta.dirname, 'failed-tests.cjs')
  // A run of tests within one that is told so does nothing.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env
  const child = spawn(process.execPath, ['--test', `--test-reporter=${reporter}`, 'some.test.mjs'], {
    cwd: folder,
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  return (await text(child.stdout)).trimEnd().split('\n')
}

test('a test that failed is told with its place, how its error begins, and where it was thrown', async (t) => {
  const lines = await reportOf(
    t,
    `import test from 'node:test'
test('good', () => {})
test('expected to fail', { todo: 'later' }, () => { throw new Error('not yet') })
test('outer', async (t) => {
  await t.test('inner', () => {
    throw new Error('one\\n\\ntwo\\nthree\\nfour\\nfive')
  })
})
test('slow', { timeout: 20 }, () => new Promise((resolve) => setTimeout(resolve, 60_000).unref()))
`,
  )
  const [at = ''] = lines.splice(5, 1)
  assert.match(at, /^ {2}at .*some\.test\.mjs:6:11/)
  assert.deepEqual(lines, [
    'some.test.mjs:5 inner',
    '  one',
    '  two',
    '  three',
    '  four',
    'some.test.mjs:9 slow',
    '  test timed out after 20ms',
  ])
})

test('a file that cannot be run is told, too', async (t) => {
  assert.deepEqual(await reportOf(t, 'no JavaScript'), ['some.test.mjs:1 some.test.mjs', '  test failed'])
})

test('a summary has at most a hundred lines: without the errors when these are too many', () => {
  const reports = (count: number, details: number) =>
    Array.from({ length: count }, (_, n) => `a.test.ts:${n} it\n${'  said\n'.repeat(details)}`).join('')
  assert.deepEqual(summaryOf(''), [])
  assert.equal(summaryOf(reports(20, 4)).length, 100)
  assert.deepEqual(
    summaryOf(reports(21, 4)),
    Array.from({ length: 21 }, (_, n) => `a.test.ts:${n} it`),
  )
  assert.deepEqual(
    [summaryOf(reports(150, 0)).length, summaryOf(reports(150, 0))[99]],
    [100, '… and 51 more'],
  )
})
