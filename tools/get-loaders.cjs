#!/usr/bin/env node
'use strict'
// Fetches boot loaders from Debian's packages into a directory: node tools/get-loaders.cjs DIR
// CommonJS and old syntax on purpose: set-up runs it before anything is installed, on whatever Node is there.
const { spawnSync } = require('child_process')
const fs = require('fs')
const os = require('os')
const path = require('path')

/**
 * What is fetched: packages of one architecture, from the first suite that has them, else from the machine's own.
 * `nameOf` gives the name that machines ask for, of a path in a package.
 */
const sets = [
  {
    what: 'iPXE',
    packages: ['ipxe'],
    // sid has iPXE 2.0.0, trixie 1.21.1; older suites have one of 2019 without arm64.
    suites: ['sid', 'trixie'],
    nameOf: (file) =>
      /^usr\/lib\/ipxe\/[^/]+\.(efi|kpxe|kkpxe|pxe)$/.test(file) ? path.basename(file) : undefined,
  },
  ...['amd64', 'arm64'].map((architecture) => ({
    what: `shim and GRUB for Secure Boot (${architecture})`,
    packages: ['shim-signed', `grub-efi-${architecture}-signed`],
    architecture,
    // Those of Debian 12 do not hear ProxyDHCP.
    suites: ['trixie', 'sid'],
    nameOf: signedName,
  })),
]
const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg'
const isLoader = (name) => /\.(efi|kpxe|kkpxe|pxe)$/.test(name)
/** For everything together: a network that swallows packets must not hold up the start for long. */
const patienceMs = 90000

/** As shim asks for them; the other files of these packages are GRUB for disks and CDs. */
function signedName(file) {
  const found = /\/(?:(shim)|grubnet)(x64|aa64)\.efi\.signed$/.exec(file)
  return found === null ? undefined : `${found[1] || 'grub'}${found[2]}.efi`
}

/**
 * Puts Debian's loaders into `dir`, unless it has loaders already: what an operator placed or removed there stays as
 * it is. The packages come from the mirror that apt is set up with, through an apt state of its own, and apt's
 * signature check is the trust. Needs no root. Never throws: without loaders the platform starts, too.
 *
 * @param {string} dir
 * @param {{ say?: (line: string) => void, quiet?: boolean, byHand?: boolean }} [options] `quiet`: only failures are
 *   said; `byHand`: also beside loaders that are there, without replacing one
 * @returns {boolean} whether `dir` has loaders now
 */
function getLoaders(dir, options) {
  const { say = (line) => process.stderr.write(`${line}\n`), quiet = false, byHand = false } = options || {}
  if (loadersIn(dir).length > 0 && !byHand) return true
  const deadline = Date.now() + patienceMs
  for (const set of sets) {
    if (!quiet) say(`Bootcast set-up: fetching ${set.what} from Debian's packages (once) …`)
    const { failure, taken } = fetchSet(set, dir, deadline)
    if (failure !== undefined) say(failureText(set, dir, failure))
    else if (!quiet) say(`Boot loaders: ${taken} in ${dir}`)
    if (loadersIn(dir).length === 0) return false
  }
  return true
}

/** What was taken, for people, or why nothing could be. */
function fetchSet(set, dir, deadline) {
  const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'bootcast-loaders-'))
  try {
    const { debs, version, suite } = fetchPackages({ scratch, deadline, ...set })
    const names = takeLoaders({ debs, dir, nameOf: set.nameOf })
    return { taken: `${names.join(' ') || 'nothing new'} (${version}, Debian ${suite})` }
  } catch (error) {
    return { failure: error.message }
  } finally {
    removeTree(scratch)
  }
}

function failureText({ what, packages }, dir, failure) {
  const effect =
    loadersIn(dir).length === 0
      ? 'Bootcast starts without them, and machines that need one get none.'
      : 'The loaders that are there work as before.'
  return (
    `MISSING: no boot loaders: ${what}: ${failure}\n  ${effect}\n` +
    `  To do: node tools/get-loaders.cjs ${dir}\n` +
    `     or: bootcast loaders import FILE.deb, with Debian's ${packages.join(' and ')} from elsewhere`
  )
}

function loadersIn(dir) {
  return fs.existsSync(dir) ? fs.readdirSync(dir).filter(isLoader) : []
}

/**
 * Leaves the packages in `scratch`; from the first suite that the mirror has them in, else from the machine's own.
 * @returns {{ suite: string, version: string, debs: string[] }} `version` of the last one
 */
function fetchPackages({ scratch, deadline, packages, architecture, suites }) {
  for (const tool of ['apt-get', 'dpkg-deb']) {
    if (spawnSync(tool, ['--version']).status !== 0)
      throw new Error(`there is no ${tool} here (not a Debian?)`)
  }
  const mirror = debianMirror()
  const tried = []
  for (const suite of mirror === undefined ? [undefined] : [...suites, undefined]) {
    const failure = tryFetch({ scratch, mirror, suite, architecture, packages, deadline })
    if (failure === undefined) {
      const debs = packages.map((name) => debIn(scratch, name))
      return { version: versionOf(debs[debs.length - 1]), suite: suite || 'of this machine', debs }
    }
    tried.push(`${suite || "the machine's own suite"}: ${failure}`)
    if (/resolving|connect|in time/i.test(failure)) break
  }
  throw new Error(`apt could not get ${packages.join(' and ')} (${tried.join('; ')})`)
}

/** @returns {string | undefined} why it failed */
function tryFetch({ scratch, mirror, suite, architecture, packages, deadline }) {
  const state = path.join(scratch, suite || 'own')
  fs.mkdirSync(path.join(state, 'lists', 'partial'), { recursive: true })
  const settings = privateState({ state, mirror, suite, architecture })
  const apt = (...args) =>
    spawnSync('apt-get', [...settings, '-qq', ...args], {
      cwd: scratch,
      encoding: 'utf8',
      timeout: Math.max(1, deadline - Date.now()),
      env: { ...process.env, LC_ALL: 'C' },
    })
  const updated = apt('update')
  if (updated.status !== 0) return reasonOf(updated)
  const got = apt('download', ...packages.map((name) => (suite === undefined ? name : `${name}/${suite}`)))
  return got.status === 0 ? undefined : reasonOf(got)
}

/** The machine's sources, lists and caches stay as they are; its proxies and credentials (apt.conf) are used. */
function privateState({ state, mirror, suite, architecture }) {
  const settings = [
    `Dir::State::Lists=${state}/lists`,
    `Dir::Cache=${state}`,
    'Dir::Cache::pkgcache=',
    'Dir::Cache::srcpkgcache=',
    'APT::Sandbox::User=',
    'APT::Update::Error-Mode=any',
    'Acquire::Languages=none',
    'Acquire::Retries=1',
    'Acquire::http::Timeout=20',
    'Acquire::https::Timeout=20',
  ]
  if (architecture !== undefined)
    settings.push(`APT::Architecture=${architecture}`, `APT::Architectures=${architecture}`)
  if (suite !== undefined) {
    const signed = fs.existsSync(keyring) ? `[signed-by=${keyring}] ` : ''
    fs.writeFileSync(path.join(state, 'sources.list'), `deb ${signed}${mirror} ${suite} main\n`)
    settings.push(`Dir::Etc::SourceList=${state}/sources.list`, 'Dir::Etc::SourceParts=/dev/null')
  }
  return settings.flatMap((setting) => ['-o', setting])
}

function reasonOf(done) {
  if (done.error) return done.error.code === 'ETIMEDOUT' ? 'no answer in time' : done.error.message
  const lines = done.stderr.split('\n').filter((line) => /^[EW]: /.test(line))
  return (lines[0] || `apt-get ended with ${done.status}`).slice(3, 240).trim()
}

/** fs.rmSync is newer than the Node of Debian 11. */
function removeTree(dir) {
  spawnSync('rm', ['-rf', '--', dir])
}

function versionOf(deb) {
  const shown = spawnSync('dpkg-deb', ['-f', deb, 'Package', 'Version'], { encoding: 'utf8' })
  return shown.stdout
    .replace(/^\w+: /gm, '')
    .trim()
    .split('\n')
    .join(' ')
}

function debIn(scratch, name) {
  const found = fs.readdirSync(scratch).find((file) => file.startsWith(`${name}_`) && file.endsWith('.deb'))
  if (found === undefined) throw new Error(`apt-get download left no package ${name}`)
  return path.join(scratch, found)
}

/** Unpacks below `dir` and renames, so that a half-written loader is never seen and none that is there replaced. */
function takeLoaders({ debs, dir, nameOf }) {
  fs.mkdirSync(dir, { recursive: true })
  const staged = fs.mkdtempSync(path.join(dir, '.fetching-'))
  try {
    for (const deb of debs) {
      const done = spawnSync('dpkg-deb', ['-x', deb, staged], { encoding: 'utf8' })
      if (done.status !== 0) throw new Error(`dpkg-deb could not unpack the package: ${done.stderr.trim()}`)
    }
    const found = filesBelow(staged)
      .map((file) => ({ file, name: nameOf(file) }))
      .filter(({ name }) => name !== undefined)
    if (found.length === 0) throw new Error('there are no loaders in the packages')
    const fresh = found.filter(({ name }) => !fs.existsSync(path.join(dir, name)))
    for (const { file, name } of fresh) fs.renameSync(path.join(staged, file), path.join(dir, name))
    return fresh.map(({ name }) => name)
  } finally {
    removeTree(staged)
  }
}

/** Regular files, relative; links are left alone. */
function filesBelow(root, below = '') {
  const found = []
  for (const entry of fs.readdirSync(path.join(root, below), { withFileTypes: true })) {
    const file = path.posix.join(below, entry.name)
    if (entry.isDirectory()) found.push(...filesBelow(root, file))
    else if (entry.isFile()) found.push(file)
  }
  return found
}

/** The mirror that apt fetched its lists from; when it has none yet, the first one that its sources name. */
function debianMirror() {
  const format = '$(REPO_URI) $(CODENAME) $(COMPONENT)'
  const listed = spawnSync('apt-get', ['indextargets', '--format', format], { encoding: 'utf8' })
  const rows = (listed.stdout || '').split('\n').map((line) => line.split(' '))
  const target = rows.find(
    ([uri, codename, component]) => component === 'main' && isPlainSuite(uri, codename),
  )
  return target !== undefined ? target[0] : mirrorInSources('/etc/apt')
}

function mirrorInSources(etc) {
  const parts = path.join(etc, 'sources.list.d')
  const files = [
    path.join(etc, 'sources.list'),
    ...(fs.existsSync(parts) ? fs.readdirSync(parts).map((name) => path.join(parts, name)) : []),
  ].filter((file) => /\.(list|sources)$/.test(file) && fs.existsSync(file))
  for (const file of files) {
    const text = fs.readFileSync(file, 'utf8')
    const found = file.endsWith('.sources') ? deb822Mirror(text) : oneLineMirror(text)
    if (found !== undefined) return found
  }
  return undefined
}

/** sources.list(5), one-line style: deb [options] URI suite component… */
function oneLineMirror(text) {
  for (const line of text.split('\n')) {
    const entry = /^\s*deb\s+(?:\[[^\]]*\]\s+)?(\S+)\s+(\S+)\s+([^#]*)/.exec(line)
    if (entry && /\bmain\b/.test(entry[3]) && isPlainSuite(entry[1], entry[2])) return entry[1]
  }
  return undefined
}

/** sources.list(5), deb822 style: stanzas of fields, comment lines between them. */
function deb822Mirror(text) {
  const stanzas = text.replace(/^#.*\n?/gm, '').split(/\n\s*\n/)
  for (const stanza of stanzas) {
    const field = (name) => {
      const found = new RegExp(`^${name}:(.*(?:\\n[ \\t].*)*)`, 'im').exec(stanza)
      return found === null ? [] : found[1].split(/\s+/).filter(Boolean)
    }
    const [uri] = field('URIs')
    if (!field('Types').includes('deb') || field('Enabled')[0] === 'no' || uri === undefined) continue
    if (field('Components').includes('main') && field('Suites').some((suite) => isPlainSuite(uri, suite)))
      return uri
  }
  return undefined
}

/** Not bookworm-updates, bookworm-security and the like: those have archives of their own. */
function isPlainSuite(uri, suite) {
  return /^[a-z]+$/.test(suite) && !/security/.test(uri)
}

module.exports = { getLoaders, fetchPackages, mirrorInSources, signedName }

if (require.main === module) {
  const dir = process.argv[2]
  if (process.argv.length !== 3 || dir.startsWith('-')) {
    process.stderr.write('Usage: node tools/get-loaders.cjs DIR\n')
    process.exitCode = 2
  } else if (!getLoaders(path.resolve(dir), { byHand: true })) process.exitCode = 1
}
