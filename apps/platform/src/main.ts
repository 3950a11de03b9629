import { existsSync, readFileSync } from 'node:fs'
import { enableCompileCache } from 'node:module'
import { networkInterfaces } from 'node:os'
import { fileURLToPath } from 'node:url'

enableCompileCache()
// Loaded after the cache is on.
const { ConfigError, helpText, runUntilEnded, StartRefused } = await import('@bootcast/options')
const { platformProgram, readConfig } = await import('./config.ts')

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))

/** The exit code: 2 when the configuration cannot be used, 1 when anything else failed. */
async function main(): Promise<number> {
  try {
    const asked = readConfig({
      argv: process.argv.slice(2),
      env: process.env,
      interfaces: networkInterfaces(),
      readFile: (path) => (existsSync(path) ? readFileSync(path, 'utf8') : undefined),
    })
    if (asked.kind === 'help') return say(helpText(platformProgram))
    if (asked.kind === 'version') return say(`bootcast ${version}\n`)
    return await run(asked.config)
  } catch (error) {
    if (error instanceof ConfigError) {
      const lines = error.errors.map((line) => `  ${line}\n`).join('')
      complain(`Bootcast cannot start with this configuration:\n${lines}--help lists the options.\n`)
      return 2
    }
    return failed(error)
  }
}

async function run(config: import('./config.ts').Config): Promise<number> {
  const { createLog } = await import('./log.ts')
  const { startPlatform } = await import('./compose.ts')
  const { greeting } = await import('./greeting.ts')
  const format = config.logFormat ?? (process.stderr.isTTY ? 'text' : 'json')
  const log = createLog({ level: config.logLevel, format, write: (line) => process.stderr.write(line) })
  const projectRoot = fileURLToPath(new URL('../../..', import.meta.url))
  return await runUntilEnded({
    log,
    start: () => startPlatform({ config, log, version, projectRoot, environment: process.env }),
    onStarted: ({ started }) => void say(greeting(started)),
  })
}

function failed(error: unknown): number {
  const text =
    error instanceof StartRefused ? error.message : error instanceof Error ? error.stack : String(error)
  complain(`Bootcast cannot start: ${text}\n`)
  return 1
}

function say(text: string): number {
  process.stdout.write(text)
  return 0
}

const complain = (text: string): void => void process.stderr.write(text)

process.exitCode = await main()
// Idle connections and threads must not keep a stopped platform alive.
process.exit()
