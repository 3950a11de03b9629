import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { chromiumProgram, openBrowser } from '../../console/browser.ts'
import { scratchDirectory } from './lab-run.ts'
import { inside } from './processes.ts'

/** A browser at another computer of the network. Close it. */
export async function openBrowserIn(namespace: string): Promise<Browser> {
  const program = join(scratchDirectory(), 'browser')
  const [command, args] = inside(namespace, chromiumProgram(), [])
  await writeFile(program, `#!/bin/sh\nexec ${[command, ...args].join(' ')} "$@"\n`, { mode: 0o700 })
  return await openBrowser(program)
}
