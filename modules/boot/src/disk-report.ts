import type { DiskReport } from './boot-source.ts'

const states: readonly string[] = ['started', 'write', 'check', 'done', 'failed']

/** A report out of the query of /report; hostile until shown otherwise. `undefined`: it is none. */
export function diskReportFrom(search: string): DiskReport | undefined {
  const query = new URLSearchParams(search.slice(0, 1000))
  const mac = query.get('mac') ?? ''
  const release = query.get('release') ?? ''
  const state = query.get('state') ?? ''
  const [done, total] = [number(query.get('done')), number(query.get('total'))]
  const isReport =
    /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/.test(mac) &&
    /^[a-z0-9][a-z0-9._-]{0,62}@[1-9][0-9]{0,8}$/.test(release) &&
    states.includes(state)
  if (!isReport || done === undefined || total === undefined) return undefined
  return { mac, release, state: state as DiskReport['state'], done, total }
}

function number(text: string | null): number | undefined {
  return text !== null && /^[0-9]{1,15}$/.test(text) ? Number(text) : undefined
}
