import {
  ipv4Number,
  meansMachine,
  narrowness,
  networkOf,
  type Opening,
  type OpeningCriteria,
  type OpeningFacts,
} from '@bootcast/boot'

type Kind = keyof OpeningCriteria | 'everybody'

/**
 * Openings by the narrowest thing that each demands, so that a machine is compared with few of them. A look-up costs a
 * few hash look-ups (one for each length of subnet in use, 32 at most), one comparison for each pattern of a product, and
 * those that mean the machine.
 */
export class OpeningIndex<O extends Opening> {
  readonly #byId = new Map<string, O>()
  /** `mac 52:54:…`, `subnet 167772160/24`; patterns of products lie together below `product *`. */
  readonly #buckets = new Map<string, Set<O>>()
  /** Length of prefix → how many openings of it there are. */
  readonly #prefixes = new Map<number, number>()

  get(id: string): O | undefined {
    return this.#byId.get(id)
  }

  get size(): number {
    return this.#byId.size
  }

  all(): Iterable<O> {
    return this.#byId.values()
  }

  /** In the place of an older one with the same id. */
  put(opening: O): void {
    this.remove(opening.id)
    this.#byId.set(opening.id, opening)
    const { key, bits } = placeOf(opening)
    const bucket = this.#buckets.get(key) ?? new Set()
    this.#buckets.set(key, bucket.add(opening))
    if (bits !== undefined) this.#prefixes.set(bits, (this.#prefixes.get(bits) ?? 0) + 1)
  }

  remove(id: string): void {
    const opening = this.#byId.get(id)
    if (opening === undefined) return
    this.#byId.delete(id)
    const { key, bits } = placeOf(opening)
    const bucket = this.#buckets.get(key)
    bucket?.delete(opening)
    if (bucket?.size === 0) this.#buckets.delete(key)
    if (bits === undefined) return
    const left = (this.#prefixes.get(bits) ?? 1) - 1
    if (left === 0) this.#prefixes.delete(bits)
    else this.#prefixes.set(bits, left)
  }

  /** All that mean this machine, whether they count now or not. */
  meaning(machine: OpeningFacts): readonly O[] {
    return this.#keysOf(machine).flatMap((key) =>
      [...(this.#buckets.get(key) ?? [])].filter((opening) => meansMachine(opening, machine)),
    )
  }

  #keysOf({ mac, uuid, serial, product, labels, site, address }: OpeningFacts): readonly string[] {
    const number = address === undefined ? undefined : ipv4Number(address)
    const subnets =
      number === undefined ? [] : [...this.#prefixes.keys()].map((bits) => subnetKey(number, bits))
    const single: readonly (readonly [Kind, string | undefined])[] = [
      ['mac', mac],
      ['uuid', uuid],
      ['serial', serial],
      ['product', product],
      ['product', product === undefined ? undefined : '*'],
      ['site', site],
      ['everybody', ''],
      ...labels.map((label) => ['label', label] as const),
    ]
    return [
      ...single.flatMap(([kind, value]) => (value === undefined ? [] : [`${kind} ${value}`])),
      ...subnets,
    ]
  }
}

const subnetKey = (address: number, bits: number): string => `subnet ${networkOf(address, bits)}/${bits}`

function placeOf({ criteria }: Opening): { readonly key: string; readonly bits?: number } {
  const kind = narrowness.find((name) => criteria[name] !== undefined)
  if (kind === undefined) return { key: 'everybody ' }
  const value = criteria[kind] ?? ''
  if (kind === 'product') return { key: `product ${value.endsWith('*') ? '*' : value}` }
  if (kind !== 'subnet') return { key: `${kind} ${value}` }
  const [network = '', text = '32'] = value.split('/')
  const bits = Number(text)
  return { key: subnetKey(ipv4Number(network) ?? 0, bits), bits }
}
