import { useSyncExternalStore } from 'react'
import { queryClient } from '../calls.ts'
import { reachability } from './reachability.ts'
import { useConnection } from './use-boots.ts'

const watch = (onChange: () => void) => reachability.watch(onChange)
const lostSince = () => reachability.lostSince

/** The browser knows first; that there is a network again says nothing about the platform. */
addEventListener('offline', () => reachability.missed())
addEventListener('online', () => void queryClient.invalidateQueries())
reachability.watch(() => {
  if (reachability.lostSince === undefined) void queryClient.invalidateQueries()
})

/** Since when nothing that is shown has been true for sure; `undefined`: it is of now. */
export function useLost(): Date | undefined {
  const unheard = useSyncExternalStore(watch, lostSince)
  const connection = useConnection()
  if (connection.state !== 'lost') return unheard
  return unheard === undefined || connection.since < unheard ? connection.since : unheard
}
