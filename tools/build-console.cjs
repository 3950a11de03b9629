'use strict'
// Builds apps/console when what it is made of is not what it was built of. Two to five seconds, no network.
const { createHash } = require('crypto')
const { spawnSync } = require('child_process')
const fs = require('fs')
const path = require('path')

const root = path.resolve(__dirname, '..')
const home = path.join(root, 'apps', 'console')
const stamp = path.join(home, 'dist', '.made-of')
const sources = ['apps/console', 'modules/contract/src', 'modules/contract/package.json', 'package-lock.json']

/** @throws {Error} with what Vite said, when it cannot be built */
function buildConsole(node, say) {
  const wanted = digest()
  if (fs.existsSync(stamp) && fs.readFileSync(stamp, 'utf8') === wanted) return
  say('Bootcast set-up: building the console (once) …')
  const vite = path.join(root, 'node_modules', 'vite', 'bin', 'vite.js')
  const done = spawnSync(node, [vite, 'build', '--logLevel', 'warn'], { cwd: home, encoding: 'utf8' })
  if (done.status !== 0) throw new Error(`The console could not be built:\n${done.stdout}${done.stderr}`)
  fs.writeFileSync(stamp, wanted)
}

function digest() {
  const hash = createHash('sha256')
  for (const file of sources.flatMap(filesIn)) {
    hash.update(`${file}\n`)
    hash.update(fs.readFileSync(path.join(root, file)))
  }
  return hash.digest('hex')
}

function filesIn(name) {
  if (!fs.statSync(path.join(root, name)).isDirectory()) return [name]
  return fs
    .readdirSync(path.join(root, name))
    .filter((entry) => entry !== 'dist' && entry !== 'node_modules')
    .sort()
    .flatMap((entry) => filesIn(`${name}/${entry}`))
}

module.exports = { buildConsole }
