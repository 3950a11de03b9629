#!/usr/bin/env node
'use strict'
// Fetches boot loaders (iPXE) from Debian's package `ipxe` into a directory: node tools/get-loaders.cjs DIR
// CommonJS and old syntax on purpose: set-up runs it before anything is installed, on whatever Node is there.
const { spawnSync } = require('child_process')
const fs = require('fs')
const os = require('os')
const path = require('path')

/** Newest first: sid has iPXE 2.0.0, trixie 1.21.1; older suites have one of 2019 without arm64. */
const suites = ['sid', 'trixie']
const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg'
const isLoader = (name) => /\.(efi|kpxe|kkpxe|pxe)$/.test(name)
/** For everything together: a network that swallows packets must not hold up the start for long. */
const patienceMs = 90000

/**
 * Puts Debian's iPXE loaders into `dir`, unless it has loaders already: what an operator placed or removed there
 * stays as it is. The package comes from the mirror that apt is set up with, through an apt state of its own, and
 * apt's signature check is the trust. Needs no root. Never throws: without loaders the platform starts, too.
 *
 * @param {string} dir
 * @param {{ say?: (line: string) => void, quiet?: boolean }} [options] `quiet`: only failures are said
 * @returns {boolean} whether `dir` has loaders now
 */
function getLoaders(dir, options) {
  const { say = (line) => process.stderr.write(`${line}\n`), quiet = false } = options || {}
  if (loadersIn(dir).length > 0) return true
  if (!quiet) say("Bootcast set-up: fetching boot loaders from Debian's package ipxe (once) …")
  const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'bootcast-loaders-'))
  try {
    const from = fetchPackage(scratch)
    const names = takeLoaders(scratch, dir)
    if (!quiet)
      say(`Boot loaders: ${names.length} files of iPXE ${from.version} (Debian ${from.suite}) in ${dir}`)
    return true
  } catch (error) {
    say(
      `MISSING: no boot loaders: ${error.message}\n` +
        '  Bootcast starts without them, and machines that need one get none.\n' +
        `  To do: node tools/get-loaders.cjs ${dir}\n` +
        "     or: bootcast loaders import FILE.deb, with Debian's package ipxe (2.0.0 or 1.21.1) from elsewhere",
    )
    return false
  } finally {
    removeTree(scratch)
  }
}

function loadersIn(dir) {
  return fs.existsSync(dir) ? fs.readdirSync(dir).filter(isLoader) : []
}

/** Leaves one ipxe_*.deb in `scratch`; from the newest suite that the mirror has, else from the machine's own. */
function fetchPackage(scratch) {
  for (const tool of ['apt-get', 'dpkg-deb']) {
    if (spawnSync(tool, ['--version']).status !== 0)
      throw new Error(`there is no ${tool} here (not a Debian?)`)
  }
  const mirror = debianMirror()
  const deadline = Date.now() + patienceMs
  const tried = []
  for (const suite of mirror === undefined ? [undefined] : [...suites, undefined]) {
    const failure = tryFetch({ scratch, mirror, suite, deadline })
    if (failure === undefined) return { version: packageVersion(scratch), suite: suite || 'of this machine' }
    tried.push(`${suite || "the machine's own suite"}: ${failure}`)
    if (/resolving|connect|in time/i.test(failure)) break
  }
  throw new Error(`apt could not get the package ipxe (${tried.join('; ')})`)
}

/** @returns {string | undefined} why it failed */
function tryFetch({ scratch, mirror, suite, deadline }) {
  const state = path.join(scratch, suite || 'own')
  fs.mkdirSync(path.join(state, 'lists', 'partial'), { recursive: true })
  const apt = (...args) =>
    spawnSync('apt-get', [...privateState(state, mirror, suite), '-qq', ...args], {
      cwd: scratch,
      encoding: 'utf8',
      timeout: Math.max(1, deadline - Date.now()),
      env: { ...process.env, LC_ALL: 'C' },
    })
  const updated = apt('update')
  if (updated.status !== 0) return reasonOf(updated)
  const got = apt('download', suite === undefined ? 'ipxe' : `ipxe/${suite}`)
  return got.status === 0 ? undefined : reasonOf(got)
}

/** The machine's sources, lists and caches stay as they are; its proxies and credentials (apt.conf) are used. */
function privateState(state, mirror, suite) {
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

function packageVersion(scratch) {
  const shown = spawnSync('dpkg-deb', ['-f', debIn(scratch), 'Version'], { encoding: 'utf8' })
  return shown.stdout.trim()
}

function debIn(scratch) {
  const name = fs.readdirSync(scratch).find((file) => /^ipxe_.*\.deb$/.test(file))
  if (name === undefined) throw new Error('apt-get download left no package')
  return path.join(scratch, name)
}

/** Unpacks below `dir` and renames, so that a half-written loader is never seen. */
function takeLoaders(scratch, dir) {
  fs.mkdirSync(dir, { recursive: true })
  const staged = fs.mkdtempSync(path.join(dir, '.fetching-'))
  try {
    const done = spawnSync('dpkg-deb', ['-x', debIn(scratch), staged], { encoding: 'utf8' })
    if (done.status !== 0) throw new Error(`dpkg-deb could not unpack the package: ${done.stderr.trim()}`)
    const from = path.join(staged, 'usr', 'lib', 'ipxe')
    const names = loadersIn(from).filter((name) => fs.lstatSync(path.join(from, name)).isFile())
    if (names.length === 0) throw new Error('the package ipxe has no loaders in usr/lib/ipxe')
    for (const name of names) fs.renameSync(path.join(from, name), path.join(dir, name))
    return names
  } finally {
    removeTree(staged)
  }
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

module.exports = { getLoaders, mirrorInSources }

if (require.main === module) {
  const dir = process.argv[2]
  if (process.argv.length !== 3 || dir.startsWith('-')) {
    process.stderr.write('Usage: node tools/get-loaders.cjs DIR\n')
    process.exitCode = 2
  } else if (!getLoaders(path.resolve(dir))) process.exitCode = 1
}
