import { type BootDocument, placesIn } from '@bootcast/boot'
import type { Machine } from './machine.ts'
import type { Release, Variant } from './release.ts'

/** A machine and what it is about to boot. */
export type InstallQuestion = {
  readonly machine: Machine
  readonly release: Release
  readonly variant: Variant
}

/** What a boot needs beside the files of its release. */
export type Readiness = {
  /** Role → document made of a template. */
  readonly documents: Readonly<Record<string, BootDocument>>
  /** Names in the command line that no document stands for; `undefined`: they have no value. */
  readonly values: ReadonlyMap<string, string | undefined>
  /** Why it cannot boot as it is, in sentences for people. */
  readonly problems: readonly string[]
}

/** Names in the command line of a variant that neither its files nor the boot itself stand for. */
export function openNames({ config, files }: Variant): readonly string[] {
  const { boot } = config
  const line = boot.method === 'linux' ? boot.cmdline : boot.method === 'efi' ? boot.arguments : ''
  const roles = new Set(['tree', 'boot', ...files.map(({ role }) => role)])
  return placesIn(line).filter((name) => !roles.has(name))
}
