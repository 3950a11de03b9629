import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createLog } from './log.ts'

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
