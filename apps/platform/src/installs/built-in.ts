import type { KindName } from './kinds.ts'

/** What is known of every boot, and told to templates. Nothing of it can be declared; `hostname` can be set. */
export const builtIns: Readonly<Record<string, { readonly about: string; readonly kind: KindName }>> = {
  mac: { about: 'hardware address: 52:54:00:12:34:56', kind: 'word' },
  'mac-hyphens': { about: 'the same as 52-54-00-12-34-56', kind: 'word' },
  uuid: { about: 'UUID of its firmware', kind: 'word' },
  serial: { about: 'its serial number', kind: 'word' },
  address: { about: 'its last IPv4 address', kind: 'address' },
  hostname: { about: 'its host name: a value, else host- and the hardware address', kind: 'hostname' },
  image: { about: 'the image: demo', kind: 'word' },
  release: { about: 'the release: demo@3', kind: 'word' },
  platform: { about: 'URL of this platform', kind: 'url' },
  boot: { about: 'URL of this one boot', kind: 'url' },
  'phone-home': { about: 'URL that is told how the installation goes', kind: 'url' },
  tree: { about: 'URL of the files of the image, where it has a tree', kind: 'url' },
}

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
