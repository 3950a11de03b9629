import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { columnsOf } from './plain-text.ts'
import { Progress } from './progress.ts'
import type { World } from './world.ts'

const mebibyte = 2 ** 20

function watched(columns: number | undefined) {
  const said: string[] = []
  let now = 1_000_000
  const world = {
    stderr: { write: (text: string) => said.push(text), isTTY: columns !== undefined, columns },
    mayRedraw: true,
    now: () => now,
  } as unknown as World
  const pass = (milliseconds: number) => {
    now += milliseconds
  }
  return { said, world, pass }
}

test('the line says how far, how fast and how long still', () => {
  const { world, pass } = watched(80)
  const progress = new Progress(world, 'upload', 'vmlinuz', 100 * mebibyte)
  for (let at = 10; at <= 40; at += 10) {
    pass(500)
    progress.at(at * mebibyte)
  }
  assert.equal(
    progress.line(79),
    'upload vmlinuz [#####........]  40%  40.0 MiB of 100 MiB  20.0 MiB/s  0:03 left',
  )
  assert.equal(progress.line(39), 'upload vmlinuz 40% 20.0 MiB/s 0:03 left')
  assert.equal(progress.line(37), 'upload vmlinuz 40% 20.0 MiB/s 0:03')
})

test('the line fits every terminal from 40 columns on, whatever the name', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'grapheme', maxLength: 200 }),
      fc.integer({ min: 37, max: 200 }),
      fc.integer({ min: 0, max: 2 ** 45 }),
      (name, columns, bytes) => {
        const { world, pass } = watched(80)
        const progress = new Progress(world, 'upload', name, 2 ** 45)
        pass(700)
        progress.at(bytes)
        assert.ok(columnsOf(progress.line(columns)) <= columns)
      },
    ),
  )
})

test('on a terminal one line is redrawn, ten times a second at most, and taken away', () => {
  const { said, world, pass } = watched(80)
  const progress = new Progress(world, 'read', 'vmlinuz', 1000)
  for (let at = 1; at <= 1000; at += 1) {
    pass(1)
    progress.at(at)
  }
  progress.clear()
  assert.ok(said.length <= 12, `${said.length} redraws`)
  assert.ok(said.every((text) => text.startsWith('\r') && !text.includes('\n')))
  assert.equal(said.at(-1), '\r\u{1b}[K')
})

test('elsewhere a line comes every ten seconds, without control characters', () => {
  const { said, world, pass } = watched(undefined)
  const progress = new Progress(world, 'upload', 'vmlinuz', 100 * mebibyte)
  for (let at = 1; at <= 25; at += 1) {
    pass(1000)
    progress.at(at * mebibyte)
  }
  assert.deepEqual(said, [
    'upload vmlinuz: 10% of 100 MiB, 1.0 MiB/s, 1:30 left\n',
    'upload vmlinuz: 20% of 100 MiB, 1.0 MiB/s, 1:20 left\n',
  ])
})

test('an upload that begins anew does not show a rate below nothing', () => {
  const { world, pass } = watched(80)
  const progress = new Progress(world, 'upload', 'vmlinuz', 100 * mebibyte)
  pass(1000)
  progress.at(50 * mebibyte)
  progress.at(0)
  pass(1000)
  progress.at(10 * mebibyte)
  assert.match(progress.line(79), /10\.0 MiB\/s {2}0:09 left$/)
})
