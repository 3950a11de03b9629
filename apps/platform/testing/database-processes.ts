import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import type { DatabaseSettings } from '../src/database/open.ts'

/** Opens the database in a process of its own; with `killAt` that is killed at its Nth CREATE. */
export async function openInProcess(settings: DatabaseSettings, killAt?: number) {
  const script = join(import.meta.dirname, 'open-database.ts')
  const more = killAt === undefined ? [] : [String(killAt)]
  const child = spawn(process.execPath, [script, JSON.stringify(settings), ...more])
  const [said, complained, [, signal]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ])
  return { said: said + complained, signal: signal as NodeJS.Signals | null }
}

/** The promise of `openDatabase` to processes that start together, on one engine. */
export function severalOpenAtOnce(engine: string, fresh: () => Promise<DatabaseSettings>): void {
  test(`${engine}: four processes that start at once all find the tables`, async () => {
    const settings = await fresh()
    const opened = await Promise.all(Array.from({ length: 4 }, () => openInProcess(settings)))
    assert.deepEqual(
      opened.map(({ said }) => said),
      Array.from({ length: 4 }, () => 'open\n'),
    )
  })
}
