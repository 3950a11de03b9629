import { ApiError } from '@bootcast/contract'
import { Container, MantineProvider } from '@mantine/core'
import { Notifications } from '@mantine/notifications'
import { QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { queryClient, useCall } from './calls.ts'
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
  const me = useCall('me', {}, { every: 60_000 })
  if (me.data !== undefined)
    return (
      <SessionContext value={me.data}>
        <RouterProvider router={router} />
      </SessionContext>
    )
  // Not signed in: the browser is on its way to where that is done.
  const isLeaving = me.error instanceof ApiError && me.error.code === 'not_signed_in'
  if (me.error === null || isLeaving) return <Loading />
  return (
    <Container mt="xl">
      <Failure error={me.error} onRetry={() => void me.refetch()} />
    </Container>
  )
}
