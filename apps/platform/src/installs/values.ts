import type { Machine } from '@bootcast/catalogue'

/** Whose value it is; in this order of precedence. */
export const scopes = ['machine', 'label', 'image'] as const
export type Scope = (typeof scopes)[number]

/** A value that an operator gave. */
export type SetValue = {
  readonly scope: Scope
  /** A hardware address, a label, or the name of an image. */
  readonly of: string
  readonly name: string
  /** `undefined`: it cannot be read, since it was encrypted with another key. */
  readonly value: string | undefined
  readonly secret: boolean
  /** Milliseconds since 1970. */
  readonly setAt: number
  readonly setBy: string
}

/** The value that counts for a machine that boots an image. */
export type Found =
  | { readonly value: string; readonly secret: boolean; readonly from: string }
  | { readonly problem: string; readonly secret: boolean }

/** All values that count for one machine and image, by name. */
export function valuesFor(
  { mac, labels }: Pick<Machine, 'mac' | 'labels'>,
  image: string,
  values: readonly SetValue[],
): ReadonlyMap<string, Found> {
  const mine = values.filter(
    ({ scope, of }) =>
      (scope === 'machine' && of === mac) ||
      (scope === 'label' && labels.includes(of)) ||
      (scope === 'image' && of === image),
  )
  const names = [...new Set(mine.map(({ name }) => name))]
  return new Map(names.map((name) => [name, found(mine.filter((one) => one.name === name))]))
}

function found(all: readonly SetValue[]): Found {
  const secret = all.some((one) => one.secret)
  const scope = scopes.find((one) => all.some((value) => value.scope === one))
  const [first, ...others] = all.filter((value) => value.scope === scope)
  if (first === undefined) throw new Error('a name without a value')
  const other = others.find(({ value }) => value !== first.value)
  if (other !== undefined)
    return {
      problem: `the labels ${first.of} and ${other.of} give ${first.name} different values; give the machine its own`,
      secret,
    }
  if (first.value === undefined)
    return { problem: `${first.name} was encrypted with another key; set it again`, secret }
  return {
    value: first.value,
    secret,
    from: first.scope === 'machine' ? 'machine' : `${first.scope} ${first.of}`,
  }
}
