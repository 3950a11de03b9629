import { readFileSync } from 'node:fs'
import { homedir, hostname } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { run } from './program.ts'

const { env, stdin, stdout, stderr } = process
const interruption = new AbortController()

// The first signal lets the command clean up and say how to go on, the second ends it at once.
for (const [name, exitCode] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const) {
  process.on(name, () => {
    if (interruption.signal.aborted) process.exit(exitCode)
    interruption.abort()
  })
}
// Whoever reads the output may stop early: `bootcast image list | head -1`.
stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1))

function setOrUndefined(text: string | undefined): string | undefined {
  return text === undefined || text === '' ? undefined : text
}

const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '..', 'package.json'), 'utf8'))

process.exitCode = await run(
  {
    stdin,
    stdout,
    stderr,
    url: setOrUndefined(env['BOOTCAST_URL']),
    token: setOrUndefined(env['BOOTCAST_TOKEN']),
    hostName: hostname(),
    configDir: join(setOrUndefined(env['XDG_CONFIG_HOME']) ?? join(homedir(), '.config'), 'bootcast'),
    mayColour: setOrUndefined(env['NO_COLOR']) === undefined && env['TERM'] !== 'dumb',
    mayRedraw: env['TERM'] !== 'dumb',
    now: Date.now,
    wait: (milliseconds) => delay(milliseconds, undefined, { signal: interruption.signal }),
    signal: interruption.signal,
  },
  String(version),
  process.argv.slice(2),
)
