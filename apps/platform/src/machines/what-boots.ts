import type { Architecture } from '@bootcast/boot'
import type { Release } from '../catalogue/release.ts'
import type { Machine } from './machine.ts'

export type WhatBoots = { readonly release: Release; readonly why: string } | { readonly nothing: string }

/** The image that counts for a machine: its own, else the default. */
export function imageFor(
  machine: Pick<Machine, 'image'>,
  defaultImage: string | undefined,
): string | undefined {
  return machine.image ?? defaultImage
}

/** What a machine boots now, and why, in words for the operator and for the screen of the machine. */
export function whatBoots(
  machine: Pick<Machine, 'mac' | 'image' | 'architecture' | 'firmware'>,
  newest: ReadonlyMap<string, Release>,
  defaultImage: string | undefined,
): WhatBoots {
  const name = imageFor(machine, defaultImage)
  if (name === undefined) {
    return {
      nothing: `No image is assigned to this machine. On the platform: bootcast machine assign ${machine.mac} IMAGE`,
    }
  }
  const release = newest.get(name)
  if (release === undefined) return { nothing: `The image ${name} has no release.` }
  if (!canRun(machine, release.architecture)) {
    return {
      nothing: `${name} ${release.number} is for ${release.architecture}, this machine is ${machine.architecture}.`,
    }
  }
  return { release, why: machine.image === undefined ? 'the default image' : 'assigned to this machine' }
}

/** A machine that has not told what it is may run anything. */
function canRun(
  { architecture, firmware = '' }: Pick<Machine, 'architecture' | 'firmware'>,
  kernel: Architecture,
): boolean {
  if (architecture === 'unknown' || architecture === kernel) return true
  // On BIOS iPXE calls itself i386 whatever the processor is. UEFI starts only its own kind.
  if (architecture === 'i386') return kernel === 'x86_64' && !firmware.startsWith('uefi')
  return architecture === 'x86_64' && kernel === 'i386' && firmware.startsWith('bios')
}

/** One sentence for lists: `demo 3: the default image`. */
export function bootsSentence(what: WhatBoots): string {
  return 'nothing' in what
    ? `nothing: ${what.nothing}`
    : `${what.release.image} ${what.release.number}: ${what.why}`
}
