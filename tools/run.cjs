'use strict'
// The one door to every script of package.json: sets up what is missing, then runs the task with the pinned
// Node. CommonJS and old syntax on purpose (no `node:` names either): it runs before anything is installed, on
// whatever Node is there. Tried on Node 12.
const { createHash } = require('crypto')
const { spawn, spawnSync } = require('child_process')
const fs = require('fs')
const os = require('os')
const path = require('path')
const { ensureAptPackages } = require('./apt-packages.cjs')
const { buildConsole } = require('./build-console.cjs')
const { summaryOf } = require('./failed-tests.cjs')

const root = path.resolve(__dirname, '..')
const stamp = path.join(root, 'node_modules', '.bootcast-setup')
const say = (text) => process.stderr.write(`${text}\n`)

const platformMain = 'apps/platform/src/main.ts'
const tasks = {
  start: (args) => {
    if (!args.some((arg) => /^--(loaders|help|version)/.test(arg))) getLoaders()
    if (!args.includes('--help')) buildConsole(pinnedNode(), say)
    return run([[platformMain, ...args]])
  },
  dev: (args) => {
    getLoaders()
    buildConsole(pinnedNode(), say)
    return run([
      [
        '--watch',
        platformMain,
        '--data',
        'data/dev',
        '--listen',
        '127.0.0.1:8080',
        '--tftp-port',
        '6969',
        ...args,
      ],
    ])
  },
  site: (args) => run([['apps/site/src/main.ts', ...(args.length > 0 ? args : ['--help'])]]),
  check: () => run(checks()),
  test: () => testAll(),
  'test:units': (args) => testFiles('units', args),
  'test:services': (args) => testFiles('services', args),
  'test:console': (args) => testFiles('console', args),
  'test:boot': (args) => testFiles('boot', args),
  deployer: (args) => run([['tools/deployer/build.ts', ...args]]),
  docs: (args) => run([['tools/generate-docs.ts', ...args]]),
  screens: (args) => {
    ensureAptPackages('console', say)
    buildConsole(pinnedNode(), say)
    return run([['test/console/screens.ts', ...args]])
  },
  bench: (args) => {
    ensureAptPackages('bench', say)
    // `update` takes half an hour: only when it is asked for.
    const wanted = args.length > 0 ? args : ['dhcp', 'tftp', 'http', 'publish', 'entry']
    return run(wanted.map((name) => [`bench/${name}.ts`]))
  },
}

async function main() {
  const [name, ...args] = process.argv.slice(2)
  const task = Object.keys(tasks).includes(name) ? tasks[name] : undefined
  if (task === undefined) throw new Error(`No task ${name}. There are: ${Object.keys(tasks).join(', ')}`)
  process.chdir(root)
  installPackages()
  process.exitCode = await task(args)
  // Last of all: of a long output often only the end is kept.
  for (const line of summaryOf(failures)) say(line)
}

/** npm ci, once for each lockfile. No install script runs (.npmrc), so it is the same on npm 10, 11 and 12. */
function installPackages() {
  const wanted = createHash('sha256')
    .update(fs.readFileSync(path.join(root, 'package-lock.json')))
    .digest('hex')
  if (fs.existsSync(stamp) && fs.readFileSync(stamp, 'utf8') === wanted) return
  say('Bootcast set-up: installing npm packages (once) …')
  const npm = process.env.npm_execpath
  const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']
  const done = npm
    ? spawnSync(process.execPath, [npm, ...args], { encoding: 'utf8' })
    : spawnSync('npm', args, { encoding: 'utf8' })
  if (done.status !== 0) {
    throw new Error(
      `Set-up failed: npm ci said:\n${done.stdout || ''}${done.stderr || done.error || ''}\nIs the npm registry reachable?`,
    )
  }
  fs.writeFileSync(stamp, wanted)
}

/** Boot loaders come from Debian's ipxe package, once. Without them the platform starts and says so. */
function getLoaders() {
  const dir = path.join(root, 'loaders')
  require('./get-loaders.cjs').getLoaders(dir, { say })
}

/** The pinned Node 24 of this repository; elsewhere than on Linux the Node that runs this, when it is new enough. */
function pinnedNode() {
  const pinned = path.join(root, 'node_modules', `node-linux-${process.arch}`, 'bin', 'node')
  if (process.platform === 'linux' && fs.existsSync(pinned)) return pinned
  if (Number(process.versions.node.split('.')[0]) >= 24) return process.execPath
  throw new Error(
    `Bootcast needs Node 24. npm has a pinned one for Linux on x64 and arm64; this is ${process.platform} ${process.arch} ` +
      `with Node ${process.version}. Install Node 24 and try again.`,
  )
}

function checks() {
  return [
    ['node_modules/@biomejs/biome/bin/biome', 'check', '--error-on-warnings'],
    ['node_modules/typescript/bin/tsc', '--pretty', 'false'],
  ]
}

async function testAll() {
  const failed = []
  ensureAptPackages('services', say) // some unit tests use a tool of these when it is there
  if ((await run(checks())) !== 0) failed.push('check')
  for (const kind of Object.keys(testKinds)) {
    if ((await testFiles(kind, [])) !== 0) failed.push(`test:${kind}`)
  }
  say(failed.length === 0 ? 'All checks and tests passed.' : `Failed: ${failed.join(', ')}`)
  return failed.length === 0 ? 0 : 1
}

const isBoot = (file) => file.startsWith('test/e2e/')
const isConsole = (file) => file.startsWith('test/console/')
const isService = (file) => file.endsWith('.services.test.ts')
const testKinds = {
  units: {
    files: (file) => !isBoot(file) && !isConsole(file) && !isService(file),
    packages: undefined,
    // Many wait for a clock or a process: on two cores Node would run one file at a time.
    options: ['--test-timeout=300000', '--test-concurrency=2'],
  },
  services: {
    files: (file) => !isBoot(file) && isService(file),
    packages: 'services',
    options: ['--test-timeout=600000'],
  },
  console: {
    files: isConsole,
    packages: 'console',
    // A browser waits for most of its time: one file alone leaves a core idle.
    options: ['--test-timeout=900000', '--test-concurrency=2'],
  },
  boot: { files: isBoot, packages: 'boot', options: ['--test-timeout=1500000', '--test-concurrency=1'] },
}

/** What the reporter of failed tests told, of all kinds. */
let failures = ''

/** Runs the tests of a kind; with words, those whose path contains one of them; with `--long` the long cases, too. */
async function testFiles(kind, words) {
  const { files, packages, options } = testKinds[kind]
  const args = words.filter((word) => word !== '--long')
  const isLong = args.length < words.length
  if (packages !== undefined) ensureAptPackages(packages, say)
  if (kind !== 'units') buildConsole(pinnedNode(), say)
  if (kind === 'boot') {
    getLoaders()
    if (!fs.existsSync(path.join(root, 'deployer', 'initrd.img'))) await run([['tools/deployer/build.ts']])
  }
  const chosen = findTests('.')
    .filter(files)
    .filter((file) => args.length === 0 || args.some((arg) => file.includes(arg)))
  if (chosen.length === 0)
    throw new Error(`No ${kind} tests${args.length > 0 ? ` with ${args.join(' or ')} in their path` : ''}`)
  say(`--- ${kind}: ${chosen.length} files`)
  if (!isLong) return runTests(kind, [...options, ...chosen])
  // Cases that take the better part of an hour look for this, and say aloud that they are skipped without it.
  process.env.BOOTCAST_TEST_LONG = 'yes'
  const patient = options.filter((option) => !option.startsWith('--test-timeout'))
  return runTests(kind, ['--test-timeout=10800000', ...patient, ...chosen])
}

async function runTests(kind, args) {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'bootcast-failed-'))
  const report = path.join(dir, 'report')
  fs.writeFileSync(report, '')
  const reporters = [
    '--test-reporter=spec',
    '--test-reporter-destination=stdout',
    '--test-reporter=./tools/failed-tests.cjs',
    `--test-reporter-destination=${report}`,
  ]
  const code = await run([['--test', ...reporters, ...args]])
  const told = fs.readFileSync(report, 'utf8')
  fs.unlinkSync(report)
  fs.rmdirSync(dir)
  failures += code !== 0 && told === '' ? `${kind}: exit code ${code}, and no test that failed\n` : told
  return code
}

function findTests(dir) {
  const found = []
  for (const entry of fs.readdirSync(dir, { withFileTypes: true })) {
    if (
      entry.name.startsWith('.') ||
      ['node_modules', 'data', 'loaders', 'deployer', 'dist', 'screens'].includes(entry.name)
    )
      continue
    const name = path.join(dir, entry.name)
    if (entry.isDirectory()) found.push(...findTests(name))
    else if (entry.name.endsWith('.test.ts')) found.push(name)
  }
  return found.sort()
}

/** Runs one after the other with the pinned Node, until one fails; its exit code. */
async function run(commands) {
  for (const args of commands) {
    const code = await runOne(args)
    if (code !== 0) return code
  }
  return 0
}

function runOne(args) {
  const node = pinnedNode()
  const bin = path.join(root, 'node_modules', '.bin')
  const env = { ...process.env, PATH: `${path.dirname(node)}:${bin}:${process.env.PATH}` }
  const child = spawn(node, args, { stdio: 'inherit', env })
  const forward = ['SIGINT', 'SIGTERM', 'SIGHUP']
  const handlers = forward.map((signal) => [signal, () => child.kill(signal)])
  for (const [signal, handler] of handlers) process.on(signal, handler)
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('exit', (code, signal) => {
      for (const [name, handler] of handlers) process.off(name, handler)
      resolve(code === null ? 128 + (os.constants.signals[signal] || 0) : code)
    })
  })
}

main().catch((error) => {
  say(`${error.message}`)
  process.exitCode = 1
})
