import { meansMachine, type OpeningCriteria } from '@bootcast/boot'
import type { Machine } from '@bootcast/catalogue'
import type { MachineStore } from '../machines/machine-store.ts'

/** Machines in one look at the store. */
const atOnce = 500
/** More than the strangers that are kept and the machines of a large campus; not more than a second of work. */
const mostCompared = 50_000
/** Who is told by name; the others are counted. */
const mostShown = 10

export type Preview = {
  readonly compared: number
  readonly isWhole: boolean
  readonly matches: number
  readonly machines: readonly Machine[]
}

/**
 * Which known machines an opening would mean, by the test that the boot service makes itself; of subnets by the last
 * address that is known. Cost: a walk through all machines, `mostCompared` at most, in parts between which others
 * get their turn; memory for one part.
 */
export async function previewOpening(
  machines: Pick<MachineStore, 'list'>,
  criteria: OpeningCriteria,
): Promise<Preview> {
  const shown: Machine[] = []
  let [matches, compared] = [0, 0]
  let after: string | undefined
  do {
    const { items, next } = await machines.list({ limit: atOnce, after })
    const meant = items.filter((machine) =>
      meansMachine({ criteria }, { ...machine, address: machine.address }),
    )
    shown.push(...meant.slice(0, mostShown - shown.length))
    matches += meant.length
    compared += items.length
    after = next
  } while (after !== undefined && compared < mostCompared)
  return { compared, isWhole: after === undefined, matches, machines: shown }
}
