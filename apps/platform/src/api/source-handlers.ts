import type { Source as ToldSource } from '@bootcast/contract'
import type { SourceItem, SourceSettings } from '../sources/source.ts'
import type { ShownSource, Sources } from '../sources/sources.ts'
import type { SyncProgress } from '../sources/sync.ts'
import type { Call, Handlers } from './handlers.ts'

type SourceCalls = 'listSources' | 'addSource' | 'showSource' | 'syncSource' | 'removeSource'

export function sourceHandlers(
  sources: Pick<Sources, 'list' | 'add' | 'show' | 'sync' | 'remove'>,
  now: () => number = Date.now,
): Pick<Handlers, SourceCalls> {
  return {
    async listSources() {
      return { items: (await sources.list()).map(told) }
    },
    async addSource({ body, user }) {
      const { kind, name, url, secret } = body
      const signIn = kind === 'uforge' && body.signIn
      const made = { createdAt: now(), createdBy: user }
      return told(
        await sources.add({ ...{ kind, name, url, secret, signIn }, settings: settingsOf(body), ...made }),
      )
    },
    async showSource({ params }) {
      const found = await sources.show(params.name)
      return { ...told(found), items: found.items.map(toldItem) }
    },
    async syncSource({ params }) {
      return told(await sources.sync(params.name))
    },
    async removeSource({ params }) {
      await sources.remove(params.name)
      return undefined
    },
  }
}

function settingsOf(body: Call<'addSource'>['body']): SourceSettings {
  const { only, prefix, channel, everySeconds } = body
  const ofAll = { only, prefix, channel: channel ?? undefined, everySeconds }
  if (body.kind === 'bootcast') return { ...ofAll, follow: body.follow }
  if (body.kind === 'uforge') return { ...ofAll, user: body.user, apiKey: body.apiKey }
  return { ...ofAll, user: body.user, image: body.image, plainHttp: body.plainHttp }
}

const timeText = (at: number): string => new Date(at).toISOString()
const orNone = (at: number | undefined) => (at === undefined ? undefined : timeText(at))

function told(source: ShownSource): ToldSource {
  const { name, kind, url, signIn, hasSecret, createdBy, problem, progress, releases, refused } = source
  const { user, apiKey, only, prefix, channel, follow, image, everySeconds } = source.settings
  return {
    ...{ name, kind, url, signIn, hasSecret, createdBy, releases, refused, everySeconds },
    only: [...only],
    createdAt: timeText(source.createdAt),
    ...given({ user, apiKey, prefix, channel, follow, image, problem }),
    ...given({
      lastSyncAt: orNone(source.syncedAt),
      lastSuccessAt: orNone(source.succeededAt),
      nextSyncAt: orNone(source.nextAt),
    }),
    ...(progress !== undefined && { progress: toldProgress(progress) }),
  }
}

function toldProgress({ startedAt, item, publication, itemsDone, items }: SyncProgress) {
  const { stage, bytes } = publication ?? {}
  return {
    ...{ startedAt: timeText(startedAt), itemsDone },
    ...given({ item, stage, items, done: bytes?.done, total: bytes?.total }),
  }
}

const toldItem = ({ title, image, number, problem, at }: SourceItem) => ({
  ...{ title, at: timeText(at) },
  ...given({ image, number, problem }),
})

type Given<T> = { [K in keyof T]?: Exclude<T[K], undefined> }

/** Without what is not there. */
const given = <T extends object>(values: T): Given<T> =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Given<T>
