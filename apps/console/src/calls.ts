import { ApiError, type CallInput, type CallOutput, type RouteName, Unreachable } from '@bootcast/contract'
import { notifications } from '@mantine/notifications'
import {
  MutationCache,
  QueryCache,
  QueryClient,
  useInfiniteQuery,
  useMutation,
  useQuery,
  useQueryClient,
} from '@tanstack/react-query'
import { client } from './client.ts'
import { reachability } from './live/reachability.ts'
import { commonTexts as texts } from './texts/common.ts'

const onSuccess = () => reachability.heard()

function onError(error: unknown): void {
  if (isNobody(error)) toSignIn()
  else if (isAway(error)) reachability.missed()
  else if (error instanceof ApiError) reachability.heard()
}

/** Nobody is signed in, or not any more. */
export const isNobody = (error: unknown): boolean =>
  error instanceof ApiError && error.code === 'not_signed_in'

/** Rather than that something answers that this program does not understand. */
const isAway = (error: unknown): boolean =>
  error instanceof Unreachable && (error.cause === undefined || error.cause instanceof TypeError)

/** Back here after a new sign-in. Who was signed in is told that it is over. */
export function toSignIn(): void {
  const here = location.pathname + location.search
  const wasSignedIn = queryClient.getQueryData(['me', {}]) !== undefined
  location.assign(`/sign-in?return=${encodeURIComponent(here)}${wasSignedIn ? '&why=over' : ''}`)
}

export const queryClient = new QueryClient({
  queryCache: new QueryCache({ onSuccess, onError }),
  mutationCache: new MutationCache({ onSuccess, onError }),
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      retry: (failures, error) => error instanceof Unreachable && failures < 2,
      networkMode: 'always',
    },
    mutations: { networkMode: 'always' },
  },
})

type Asking = {
  /** Asks again so often, milliseconds; absent: when the page is looked at again. */
  readonly every?: number
  readonly enabled?: boolean
  /** The answer is never another one. */
  readonly isForEver?: true
}

/** What a call of the API answers, kept and shared by its name and input. */
export function useCall<N extends RouteName>(
  name: N,
  input: CallInput<N>,
  { every, enabled, isForEver }: Asking = {},
) {
  return useQuery<CallOutput<N>>({
    queryKey: [name, input],
    queryFn: ({ signal }) => client.call(name, { ...input, signal }),
    ...(every !== undefined && { refetchInterval: every }),
    ...(enabled !== undefined && { enabled }),
    ...(isForEver && { staleTime: Number.POSITIVE_INFINITY }),
  })
}

/** Routes whose answers come in pages that `after` goes on with. */
type Listing = {
  [N in RouteName]: CallOutput<N> extends { items: unknown[]; next?: string | undefined } ? N : never
}[RouteName]
type ItemOf<N extends Listing> = CallOutput<N> extends { items: (infer Item)[] } ? Item : never
type Pages<N extends Listing> = { items: ItemOf<N>[]; next?: string | undefined }

/** A list that grows by `fetchNextPage`; `items`: all that have come. */
export function useList<N extends Listing>(
  name: N,
  input: CallInput<N>,
  { every, enabled, cursor = 'after' }: Asking & { readonly cursor?: 'after' | 'before' } = {},
) {
  const list = useInfiniteQuery({
    queryKey: [name, input, 'pages'],
    initialPageParam: undefined as string | undefined,
    queryFn: async ({ signal, pageParam }) => {
      const { query } = input as { query?: Record<string, unknown> }
      const asked = { ...input, query: { ...query, [cursor]: pageParam }, signal } as CallInput<N>
      return (await client.call(name, asked)) as unknown as Pages<N>
    },
    getNextPageParam: ({ next }) => next,
    ...(every !== undefined && { refetchInterval: every }),
    ...(enabled !== undefined && { enabled }),
  })
  return { ...list, items: list.data?.pages.flatMap(({ items }) => items) }
}

type Changing<N extends RouteName> = {
  /** Calls whose answers are others after it. */
  readonly touches: readonly RouteName[]
  /** Said when it is done. */
  readonly done?: (answer: CallOutput<N>, input: CallInput<N>) => string
}

const closeButtonProps = { 'aria-label': texts.close }

/** A call that changes something. What went wrong is said in a notification, unless the caller shows `error` itself. */
export function useChange<N extends RouteName>(
  name: N,
  { touches, done, quiet }: Changing<N> & { readonly quiet?: true },
) {
  const queries = useQueryClient()
  return useMutation<CallOutput<N>, Error, CallInput<N>>({
    mutationFn: (input) => client.call(name, input),
    onSuccess: (answer, input) => {
      if (done !== undefined)
        notifications.show({ message: done(answer, input), color: 'green', closeButtonProps })
    },
    onError: (error) => {
      if (quiet === undefined)
        notifications.show({
          title: texts.failed,
          message: error.message,
          color: 'red',
          autoClose: 15_000,
          closeButtonProps,
        })
    },
    onSettled: async () => {
      await Promise.all(touches.map((touched) => queries.invalidateQueries({ queryKey: [touched] })))
    },
  })
}
