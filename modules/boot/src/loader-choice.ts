import { type Firmware, firmwares } from './firmware.ts'
import { loaderKinds, signedChains } from './loaders.ts'
import type { Architecture } from './machine.ts'

type Candidate = {
  readonly loader: {
    readonly name: string
    readonly platform: 'bios' | 'uefi'
    readonly architecture: Architecture
    readonly proven: boolean
    readonly version?: string
    readonly features: readonly string[]
  }
  readonly isIpxe: boolean
}

/**
 * Firmware → the loader that machines of it get: iPXE, or with `secureBoot` the signed chain for UEFI. Where a part of
 * the chain is missing, iPXE all the same: machines without Secure Boot start with it.
 */
export function chooseLoaders(
  candidates: readonly Candidate[],
  secureBoot: 'no' | 'yes',
): ReadonlyMap<string, string> {
  const names = new Set(candidates.map(({ loader }) => loader.name))
  return new Map(
    firmwares.flatMap((firmware) => {
      const shim = secureBoot === 'yes' ? shimFor(firmware, names) : undefined
      const best = shim ?? bestIpxe(firmware, candidates)
      return best === undefined ? [] : [[firmware.name, best] as const]
    }),
  )
}

function shimFor({ platform, architecture }: Firmware, names: ReadonlySet<string>): string | undefined {
  const chain = signedChains.find((one) => platform === 'uefi' && one.architecture === architecture)
  return chain !== undefined && names.has(chain.first) && names.has(chain.second) ? chain.first : undefined
}

/** Known names in the order of the table, then proven ones, then any iPXE of that kind. */
function bestIpxe(firmware: Firmware, candidates: readonly Candidate[]): string | undefined {
  const kind = loaderKinds.find(
    (row) => row.platform === firmware.platform && row.architecture === firmware.architecture,
  )
  const names: readonly string[] = kind?.names ?? []
  const rank = ({ loader }: Candidate) =>
    (names.includes(loader.name) ? names.indexOf(loader.name) : names.length) * 2 + (loader.proven ? 0 : 1)
  const fitting = candidates.filter(
    ({ loader, isIpxe }) =>
      isIpxe && loader.platform === firmware.platform && loader.architecture === firmware.architecture,
  )
  return fitting.sort((a, b) => rank(a) - rank(b) || (a.loader.name < b.loader.name ? -1 : 1))[0]?.loader.name
}

export type OnTheShelf = {
  readonly loaders: ReadonlyMap<string, Candidate['loader']>
  readonly choice: ReadonlyMap<string, string>
  readonly secureBoot: 'no' | 'yes'
  readonly dhcp: 'off' | 'proxy' | 'server'
}

/** What is not there, what machines would miss by it, and what to do: clauses without a full stop. */
export type LoaderLack = { readonly what: string; readonly why: string; readonly todo: string }

export function missingLoaders(shelf: OnTheShelf): readonly LoaderLack[] {
  return [...missingIpxe(shelf), ...signedChains.flatMap((chain) => missingOf(chain, shelf))]
}

function missingIpxe({ choice }: OnTheShelf): readonly LoaderLack[] {
  const lacking = loaderKinds.filter((kind) => {
    const rows = firmwares.filter(
      (row) => row.platform === kind.platform && row.architecture === kind.architecture,
    )
    return kind.usual && rows.every((row) => !choice.has(row.name))
  })
  return lacking.map(({ people, names }) => ({
    what: `no boot loader for ${people}`,
    why: 'they get no answer',
    todo: `"bootcast loaders import DIR|FILE.deb" takes ${names[0]} from iPXE or Debian's package ipxe`,
  }))
}

function missingOf(
  { first, second, packages, people }: (typeof signedChains)[number],
  { loaders, secureBoot, dhcp }: OnTheShelf,
): readonly LoaderLack[] {
  const grub = loaders.get(second)
  const todo = `"bootcast loaders import FILE.deb" takes both from Debian's packages ${packages}`
  if (loaders.has(first) && grub === undefined)
    return [{ what: `${first} without ${second}`, why: 'machines that get it stop there', todo }]
  if (!loaders.has(first)) {
    const why = `${people} get iPXE, which Secure Boot does not let start`
    return secureBoot === 'no' ? [] : [{ what: `no ${first} and ${second}`, why, todo }]
  }
  if (dhcp !== 'proxy' || grub?.features.includes('proxydhcp') === true) return []
  return [
    {
      what: `${second} (${grub?.version ?? 'of unknown version'}) does not hear ProxyDHCP`,
      why: 'it looks for its files at the DHCP server and stops there',
      todo: 'That of Debian 13 does',
    },
  ]
}
