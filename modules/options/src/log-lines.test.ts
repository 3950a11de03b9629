import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bootLogOf, logStream, textLine } from './log-lines.ts'

test('a line for people is short, and what came from outside cannot begin a new one', () => {
  const json = '{"level":"info","time":"2026-11-23T05:41:23.123Z","path":"/a\\nb","status":200,"msg":"api"}'
  assert.equal(textLine(json), '05:41:23 info  api path="/a\\nb" status=200\n')
})

test('lines go on as JSON, or as text', () => {
  const json = '{"level":"warn","time":"2026-11-23T05:41:23.123Z","msg":"full"}\n'
  const written = (format: 'json' | 'text') => {
    const lines: string[] = []
    logStream({ format, write: (line) => lines.push(line) }).write(json)
    return lines
  }
  assert.deepEqual(written('json'), [json])
  assert.deepEqual(written('text'), ['05:41:23 warn  full\n'])
})

test('the boot services say level, words and fields in their own order', () => {
  const said: unknown[] = []
  const say = (level: string) => (fields: object, words: string) => said.push([level, fields, words])
  const log = bootLogOf({ debug: say('debug'), info: say('info'), warn: say('warn'), error: say('error') })
  log('warn', 'no room', { bytes: 1 })
  log('info', 'on')
  assert.deepEqual(said, [
    ['warn', { bytes: 1 }, 'no room'],
    ['info', {}, 'on'],
  ])
})
