import type { Architecture } from '@bootcast/boot'
import type { Release, Variant } from '../catalogue/release.ts'
import type { Machine } from './machine.ts'

export type WhatBoots =
  | { readonly release: Release; readonly variant: Variant; readonly why: string }
  | { readonly nothing: string }

type Asking = Pick<Machine, 'mac' | 'image' | 'architecture' | 'firmware'>

/** What counts for a machine: its own image (or channel, or release), else the default. */
export function imageFor(
  machine: Pick<Machine, 'image'>,
  defaultImage: string | undefined,
): string | undefined {
  return machine.image ?? defaultImage
}

/** What a machine boots now, and why, in words for the operator and for the screen of the machine. */
export function whatBoots(
  machine: Asking,
  releases: ReadonlyMap<string, Release>,
  defaultImage: string | undefined,
): WhatBoots {
  const reference = imageFor(machine, defaultImage)
  if (reference === undefined) {
    return {
      nothing: `No image is assigned to this machine. On the platform: bootcast machine assign ${machine.mac} IMAGE`,
    }
  }
  const release = releases.get(reference)
  if (release === undefined) return { nothing: `${reference} has no release.` }
  const variant = variantFor(machine, release)
  if (variant === undefined) {
    const made = [...new Set(release.variants.map(kindOf))].join(' and ')
    const kind = made.includes(' with ') ? firmwareKind(machine) : undefined
    const own = kind === undefined ? machine.architecture : `${machine.architecture} with ${kind}`
    return { nothing: `${release.image} ${release.number} is for ${made}, this machine is ${own}.` }
  }
  const why = machine.image === undefined ? 'the default image' : 'assigned to this machine'
  return { release, variant, why }
}

const kindOf = ({ config }: Variant): string =>
  config.firmware === undefined ? config.architecture : `${config.architecture} with ${config.firmware}`

/**
 * The first that runs there; one made for its very architecture goes before one that merely runs. "i386" may be any
 * processor with BIOS: the order of the release counts.
 */
function variantFor(machine: Asking, { variants }: Release): Variant | undefined {
  const kind = firmwareKind(machine)
  const fitting = variants.filter(
    ({ config }) =>
      canRun(machine, config.architecture) &&
      (config.firmware === undefined || kind === undefined || config.firmware === kind),
  )
  const own = fitting.find(({ config }) => config.architecture === machine.architecture)
  return machine.architecture === 'i386' ? fitting[0] : (own ?? fitting[0])
}

/** `undefined`: it has not told. */
function firmwareKind({ firmware }: Asking): 'bios' | 'uefi' | undefined {
  if (firmware === undefined) return undefined
  return firmware.startsWith('uefi') ? 'uefi' : 'bios'
}

/** A machine that has not told what it is may run anything. */
function canRun({ architecture, firmware = '' }: Asking, kernel: Architecture): boolean {
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
