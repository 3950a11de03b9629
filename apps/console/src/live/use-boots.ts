import { useEffect, useRef, useSyncExternalStore } from 'react'
import { isNobody, toSignIn } from '../calls.ts'
import { origin } from '../client.ts'
import { BootsFollowing, type BootsListener, type Connection } from './boots-followed.ts'

const following = new BootsFollowing({ url: origin })
following.watch(() => {
  const { connection } = following
  if (connection.state === 'refused' && isNobody(connection.error)) toSignIn()
})

/** Hears of boots while the part is shown. */
export function useBootNews(listener: BootsListener): void {
  const latest = useRef(listener)
  useEffect(() => {
    latest.current = listener
  })
  useEffect(
    () =>
      following.listen({
        onReset: () => latest.current.onReset(),
        onNews: (news) => latest.current.onNews(news),
      }),
    [],
  )
}

const watch = (onChange: () => void) => following.watch(onChange)
const connection = () => following.connection

/** How the connection is by which news come. */
export function useConnection(): Connection {
  return useSyncExternalStore(watch, connection)
}
