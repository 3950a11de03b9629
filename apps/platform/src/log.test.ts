import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createLog, textLine } from './log.ts'

test('a line for people is short, and what came from outside cannot begin a new one', () => {
  const json = '{"level":"info","time":"2026-11-23T05:41:23.123Z","path":"/a\\nb","status":200,"msg":"api"}'
  assert.equal(textLine(json), '05:41:23 info  api path="/a\\nb" status=200\n')
})

test('an error is logged with its stack, in both formats', () => {
  for (const format of ['text', 'json'] as const) {
    const lines: string[] = []
    const log = createLog({ level: 'info', format, write: (line) => lines.push(line) })
    log.error({ err: new Error('no room') }, 'upload')
    log.debug('not shown')
    assert.equal(lines.length, 1)
    assert.match(lines[0] ?? '', /no room[\s\S]*log\.test\.ts/)
  }
})
