import { spawnSync } from 'node:child_process'
import { accessSync, constants, existsSync } from 'node:fs'
import { firmwares } from './firmwares.ts'
import { loaders } from './platform.ts'

const tools = ['ip', 'setpriv', 'ethtool', 'dnsmasq', 'apt-get', 'apt-cache', 'dpkg-deb', 'tar', 'gcc']

/** Why machines cannot be emulated here; `undefined` when they can. Said aloud: a silent skip looks like success. */
export function whyNoLab(): string | undefined {
  const reason = reasonAgainst()
  if (reason !== undefined) process.stderr.write(`\nSKIPPED: no machine is booted: ${reason}\n\n`)
  return reason
}

function reasonAgainst(): string | undefined {
  if (process.platform !== 'linux') return `network namespaces need Linux, this is ${process.platform}`
  if (process.getuid?.() !== 0) return 'network namespaces and taps need root'
  if (!isWritable('/dev/net/tun'))
    return 'there is no usable /dev/net/tun (in a container: --device /dev/net/tun)'
  const names = new Set([...tools, ...Object.values(firmwares).map(({ qemu }) => qemu)])
  const missing = [
    ...[...names].filter((name) => spawnSync('which', [name]).status !== 0),
    ...Object.values(firmwares)
      .flatMap(({ needs }) => needs)
      .filter((file) => !existsSync(file)),
  ]
  if (missing.length > 0)
    return `missing: ${[...new Set(missing)].join(', ')}; docs/operate/boot-lab.md has the packages`
  if (!existsSync(loaders)) return 'there are no boot loaders; `npm run test:boot` fetches them'
  return undefined
}

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.R_OK | constants.W_OK)
    return true
  } catch {
    return false
  }
}
