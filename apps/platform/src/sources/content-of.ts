import type { Variant } from '@bootcast/catalogue'
import type { Variant as ToldVariant } from '@bootcast/contract'

/** How the API tells of a variant, as far as it is the content of a release. */
export type Told = Pick<ToldVariant, 'architecture' | 'cpuLevel' | 'firmware' | 'method' | 'cmdline'> & {
  readonly files: readonly { readonly role: string; readonly digest: string }[]
}

/** What a release is, whatever its number: two with the same text boot the same. */
export const contentOf = (variants: readonly Told[]): string =>
  JSON.stringify(
    variants.map(({ architecture, cpuLevel, firmware, method, cmdline, files }) => [
      ...[architecture, cpuLevel, firmware, method, cmdline],
      files.map(({ role, digest }) => [role, digest]),
    ]),
  )

export function toldOf({ config, files }: Variant): Told {
  const { architecture, cpuLevel, firmware, boot } = config
  const cmdline = boot.method === 'linux' ? boot.cmdline : boot.method === 'efi' ? boot.arguments : ''
  return {
    architecture,
    ...(cpuLevel !== undefined && { cpuLevel }),
    ...(firmware !== undefined && { firmware }),
    ...{ method: boot.method, cmdline, files },
  }
}

/** Whether two releases are the same, also in the trees that machines read more of. */
export const areSame = (one: readonly Variant[], other: readonly Variant[]): boolean =>
  contentOf(one.map(toldOf)) === contentOf(other.map(toldOf)) &&
  one.every(({ tree }, index) => tree === other[index]?.tree)
