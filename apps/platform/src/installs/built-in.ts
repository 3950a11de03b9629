import type { builtInVariables } from '@bootcast/contract'
import type { KindName } from './kinds.ts'

/** What is known of every boot, and told to templates: `builtInVariables` of the contract. */
export const builtInKinds: Readonly<Record<keyof typeof builtInVariables, KindName>> = {
  mac: 'word',
  'mac-hyphens': 'word',
  uuid: 'word',
  serial: 'word',
  address: 'address',
  hostname: 'hostname',
  image: 'word',
  release: 'word',
  platform: 'url',
  boot: 'url',
  'phone-home': 'url',
  tree: 'url',
}

export const isBuiltIn = (name: string): name is keyof typeof builtInVariables =>
  Object.hasOwn(builtInKinds, name)

/** What a machine says of itself is hearsay: it must fit its kind like any value. */
export type BuiltInFacts = {
  readonly mac: string
  readonly uuid?: string | undefined
  readonly serial?: string | undefined
  readonly address?: string | undefined
  readonly image: string
  readonly release: string
  /** Digest of the tree. */
  readonly tree?: string | undefined
  /** URL of this boot, and of the platform; no slash at the end. */
  readonly bootUrl: string
}

export function builtInValues(facts: BuiltInFacts): ReadonlyMap<string, string | undefined> {
  const { mac, uuid, serial, address, image, release, tree, bootUrl } = facts
  return new Map([
    ['mac', mac],
    ['mac-hyphens', mac.replaceAll(':', '-')],
    ['uuid', uuid],
    ['serial', serial],
    ['address', address],
    ['hostname', `host-${mac.replaceAll(':', '')}`],
    ['image', image],
    ['release', release],
    ['platform', bootUrl.replace(/\/b\/[^/]*$/, '')],
    ['boot', bootUrl],
    ['phone-home', `${bootUrl}/phone-home`],
    ['tree', tree === undefined ? undefined : `${bootUrl}/trees/${tree.replace(/^sha256:/, '')}`],
  ])
}
