import type { Architecture } from '@bootcast/boot'
import type { Release } from '../catalogue/release.ts'
import type { Machine } from './machine.ts'

export type WhatBoots = { readonly release: Release; readonly why: string } | { readonly nothing: string }

/**
 * Which kernels a machine can run. What iPXE on BIOS says of itself is `i386` also on 64-bit processors, so a
 * 64-bit kernel is not refused there. A machine that has not told may run anything.
 */
const runs: Readonly<Record<Architecture, readonly Architecture[] | 'anything'>> = {
  x86_64: ['x86_64'],
  i386: ['i386', 'x86_64'],
  arm64: ['arm64'],
  arm32: ['arm32'],
  riscv64: ['riscv64'],
  loong64: ['loong64'],
  unknown: 'anything',
}

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

function canRun(
  { architecture, firmware = '' }: Pick<Machine, 'architecture' | 'firmware'>,
  kernel: Architecture,
): boolean {
  const kernels = runs[architecture]
  if (kernels === 'anything' || kernels.includes(kernel)) return true
  // A BIOS starts 32-bit kernels on every x86; UEFI of 64 bits does not.
  return architecture === 'x86_64' && kernel === 'i386' && firmware.startsWith('bios')
}

/** One sentence for lists: `demo 3: the default image`. */
export function bootsSentence(what: WhatBoots): string {
  return 'nothing' in what
    ? `nothing: ${what.nothing}`
    : `${what.release.image} ${what.release.number}: ${what.why}`
}
