import { type Architecture, type CpuLevel, cpuLevels } from '@bootcast/boot'
import type { Machine } from './machine.ts'
import type { Release, Variant } from './release.ts'

/** What of a machine decides which variant of a release runs on it. */
export type Fitted = Pick<Machine, 'architecture' | 'firmware' | 'cpuLevel'>

/** The variant of a release that a machine boots, or why it has none for it, in words for people. */
export function fittingVariant(
  machine: Fitted,
  release: Release,
): { readonly variant: Variant } | { readonly unfit: string } {
  const variant = variantFor(machine, release)
  return variant === undefined ? { unfit: whyNone(machine, release) } : { variant }
}

/** What the machine would boot of it, else any: a template is the same for all. */
export function anyVariant(machine: Fitted, release: Release): Variant | undefined {
  const fit = fittingVariant(machine, release)
  return 'variant' in fit ? fit.variant : release.variants[0]
}

function whyNone(machine: Fitted, { image, number, variants }: Release): string {
  const made = [...new Set(variants.map(kindOf))].join(' and ')
  const firmware = made.includes(' with ') ? firmwareKind(machine) : undefined
  const processor = made.includes('x86-64-v') ? machine.cpuLevel : undefined
  const own = [machine.architecture, processor && `(${processor})`, firmware && `with ${firmware}`]
  return `${image} ${number} is for ${made}, this machine is ${own.filter(Boolean).join(' ')}.`
}

const kindOf = ({ config: { architecture, cpuLevel, firmware } }: Variant): string =>
  [architecture, cpuLevel && `(${cpuLevel})`, firmware && `with ${firmware}`].filter(Boolean).join(' ')

/**
 * Of those that run there, the one for the highest processor level; of equals the first one made for the machine's very
 * architecture goes before one that merely runs. "i386" may be any processor with BIOS: the order of the release counts.
 */
function variantFor(machine: Fitted, { variants }: Release): Variant | undefined {
  const kind = firmwareKind(machine)
  const fitting = variants.filter(
    ({ config }) =>
      canRun(machine, config.architecture) &&
      hasLevel(machine, config.cpuLevel) &&
      (config.firmware === undefined || kind === undefined || config.firmware === kind),
  )
  const highest = Math.max(...fitting.map(({ config }) => levelOf(config.cpuLevel)))
  const best = fitting.filter(({ config }) => levelOf(config.cpuLevel) === highest)
  const own = best.find(({ config }) => config.architecture === machine.architecture)
  return machine.architecture === 'i386' ? best[0] : (own ?? best[0])
}

const levelOf = (level: CpuLevel | undefined): number => (level === undefined ? 0 : cpuLevels.indexOf(level))

/** A machine that has not told its level has the first. iPXE cannot tell the fourth, see boot/methods/first.ts. */
const hasLevel = ({ cpuLevel }: Fitted, wanted: CpuLevel | undefined): boolean =>
  levelOf(wanted) <= levelOf(cpuLevel)

/** `undefined`: it has not told. */
function firmwareKind({ firmware }: Fitted): 'bios' | 'uefi' | undefined {
  if (firmware === undefined) return undefined
  return firmware.startsWith('uefi') ? 'uefi' : 'bios'
}

/** A machine that has not told what it is may run anything. */
function canRun({ architecture, firmware = '' }: Fitted, kernel: Architecture): boolean {
  if (architecture === 'unknown' || architecture === kernel) return true
  // On BIOS iPXE calls itself i386 whatever the processor is. UEFI starts only its own kind.
  if (architecture === 'i386') return kernel === 'x86_64' && !firmware.startsWith('uefi')
  return architecture === 'x86_64' && kernel === 'i386' && firmware.startsWith('bios')
}
