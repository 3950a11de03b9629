import { Container, MantineProvider } from '@mantine/core'
import { Notifications } from '@mantine/notifications'
import { QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { useEffect, useRef } from 'react'
import { isNobody, queryClient, useCall } from './calls.ts'
import { useLost } from './live/use-lost.ts'
import { Failure, Loading } from './parts/states.tsx'
import { router } from './router.ts'
import { SessionContext } from './session.ts'
import { theme } from './theme.ts'

/** `nonce`: of this answer of the platform; without it the browser takes no style that is made here. */
export function Console({ nonce }: { readonly nonce: string }) {
  return (
    <MantineProvider theme={theme} defaultColorScheme="auto" getStyleNonce={() => nonce}>
      <QueryClientProvider client={queryClient}>
        <Notifications />
        <SignedIn />
      </QueryClientProvider>
    </MantineProvider>
  )
}

/** Nothing is shown before it is known to whom. */
function SignedIn() {
  const isLost = useLost() !== undefined
  const me = useCall('me', {}, { every: isLost ? 5_000 : 60_000 })
  const first = useRef<string>(undefined)
  first.current ??= me.data?.user
  // Somebody else signed in elsewhere in this browser: nothing of before may stay.
  const isAnother = me.data !== undefined && me.data.user !== first.current
  useEffect(() => {
    if (isAnother) location.reload()
  }, [isAnother])
  if (isAnother) return <Loading />
  if (me.data !== undefined)
    return (
      <SessionContext value={me.data}>
        <RouterProvider router={router} />
      </SessionContext>
    )
  // Not signed in: the browser is on its way to where that is done.
  if (me.error === null || isNobody(me.error)) return <Loading />
  return (
    <Container mt="xl">
      <Failure error={me.error} onRetry={() => void me.refetch()} />
    </Container>
  )
}
