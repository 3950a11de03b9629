import type { DiskReport } from './boot-source.ts'

const states: readonly string[] = ['started', 'write', 'check', 'done', 'failed']

/** A report out of the query of …/report; hostile until shown otherwise. `undefined`: it is none. */
export function diskReportFrom(search: string): Omit<DiskReport, 'mac' | 'release'> | undefined {
  const query = new URLSearchParams(search.slice(0, 1000))
  const state = query.get('state') ?? ''
  const [done, total] = [number(query.get('done')), number(query.get('total'))]
  if (!states.includes(state) || done === undefined || total === undefined) return undefined
  return { state: state as DiskReport['state'], done, total }
}

function number(text: string | null): number | undefined {
  return text !== null && /^[0-9]{1,15}$/.test(text) ? Number(text) : undefined
}
