import { existsSync, readFileSync } from 'node:fs'
import { enableCompileCache } from 'node:module'
import { networkInterfaces } from 'node:os'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

enableCompileCache()
// Loaded after the cache is on.
const { ConfigError, helpText, runUntilEnded, StartRefused } = await import('@bootcast/options')
const { readConfig, siteProgram } = await import('./site-program.ts')
const { commandLine } = await import('./command-line.ts')

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))

/** The exit code: 2 when the command line cannot be used, 1 when anything else failed. */
async function main(): Promise<number> {
  const asked = commandLine(process.argv.slice(2))
  if (asked.command === 'unclear') return refuse(asked.why)
  const json = asked.command === 'doctor' && asked.options.includes('--json')
  try {
    const read = readConfig({
      argv: json ? asked.options.filter((option) => option !== '--json') : asked.options,
      env: process.env,
      interfaces: networkInterfaces(),
      readFile: (path) => (existsSync(path) ? readFileSync(path, 'utf8') : undefined),
    })
    if (read.kind === 'help') return say(helpText(siteProgram))
    if (read.kind === 'version') return say(`bootcast-site ${version}\n`)
    if (asked.command === 'doctor') return await examine(read.config, json ? 'json' : 'text')
    if (asked.command === 'join') await join(asked, read.config)
    return await run(read.config, asked.options)
  } catch (error) {
    return failed(error)
  }
}

function failed(error: unknown): number {
  if (error instanceof ConfigError) {
    const lines = error.errors.map((line) => `  ${line}\n`).join('')
    complain(`The site cannot start with this configuration:\n${lines}--help lists the options.\n`)
    return 2
  }
  const text =
    error instanceof StartRefused ? error.message : error instanceof Error ? error.stack : String(error)
  complain(`The site cannot start: ${text}\n`)
  return 1
}

type Config = import('./site-program.ts').Config

async function join(
  { url, token }: Extract<ReturnType<typeof commandLine>, { readonly command: 'join' }>,
  { data }: Config,
): Promise<void> {
  const { joinSite, tokenIn } = await import('./join.ts')
  const text = 'text' in token ? token.text : await tokenIn(token.file)
  const identity = await joinSite({ url, token: text, data, version })
  say(`This computer is the site ${identity.name} of ${url}.\n`)
}

async function examine(config: Config, format: 'text' | 'json'): Promise<number> {
  const { doctor } = await import('./status/doctor.ts')
  const { text, isWell } = await doctor({ config, version, format })
  say(text)
  return isWell ? 0 : 1
}

/** As it is installed, or what came from the platform: see software/launcher.ts. */
async function run(config: Config, options: readonly string[]): Promise<number> {
  const { endWithLauncher, isLaunched, launch, restartCode } = await import('./software/launcher.ts')
  const { SoftwareVersions } = await import('./software/software-versions.ts')
  const log = await logFor(config)
  if (isLaunched(process.env)) {
    endWithLauncher()
    return await runHere(config, log)
  }
  const versions = new SoftwareVersions(resolve(config.data))
  if (config.followSoftware === 'no' || versions.newest() === undefined) {
    const code = await runHere(config, log)
    if (code !== restartCode) return code
  }
  return await launch({
    versions,
    installed: fileURLToPath(import.meta.url),
    argv: ['run', ...options],
    env: process.env,
    log: (level, message, fields) => log[level](fields, message),
  })
}

type Log = ReturnType<typeof import('./log.ts').createLog>

async function logFor({ logFormat, logLevel: level }: Config): Promise<Log> {
  const { createLog } = await import('./log.ts')
  const format = logFormat ?? (process.stderr.isTTY ? 'text' : 'json')
  return createLog({ level, format, write: (line) => process.stderr.write(line) })
}

async function runHere(config: Config, log: Log): Promise<number> {
  const { startSite } = await import('./compose.ts')
  const { greeting } = await import('./greeting.ts')
  return await runUntilEnded({
    log,
    start: () => startSite({ config, log, version }),
    onStarted: ({ started }) => void say(greeting(started)),
  })
}

function refuse(why: string): number {
  complain(`bootcast-site: ${why}\n--help tells more.\n`)
  return 2
}

function say(text: string): number {
  process.stdout.write(text)
  return 0
}

const complain = (text: string): void => void process.stderr.write(text)

process.exitCode = await main()
// Idle connections and threads must not keep a stopped site alive.
process.exit()
