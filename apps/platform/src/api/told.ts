import type { Route } from '@bootcast/contract'

/**
 * What a call was about, for the audit log: its parameters, and of the body the keys that its route tells. The others
 * may be secret.
 */
export function toldOf(route: Route, params: unknown, body: unknown): string {
  const names = Object.values(recordOf(params)).map(String)
  const given = recordOf(body)
  const told = (route.told ?? [])
    .filter((key) => given[key] !== undefined)
    .map((key) => `${key}=${JSON.stringify(given[key])}`)
  return [...names, ...told].join(' ')
}

const recordOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? { ...value } : {}
