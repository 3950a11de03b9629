import type { PendingUpload } from '@bootcast/contract'
import { useSyncExternalStore } from 'react'
import { queryClient } from '../../../calls.ts'
import { client, uploads } from '../../../client.ts'
import { isSameFile, type KnownFile, RememberedUploads } from './remembered.ts'
import { type Sending, UploadRunner } from './upload-runner.ts'

export const remembered = new RememberedUploads(() => localStorage)

/** Of the whole console: goes on while people look at other pages. */
export const runner = new UploadRunner({
  client,
  uploads,
  remembered,
  wait: waitForNetwork,
  onPublished: () => void refresh(),
})

export async function refresh(): Promise<void> {
  await Promise.all(
    ['listPublications', 'listUploads'].map((name) => queryClient.invalidateQueries({ queryKey: [name] })),
  )
}

/** So many milliseconds, or until the browser has the network back. */
function waitForNetwork(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer)
      removeEventListener('online', end)
      signal.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, ms)
    addEventListener('online', end)
    signal.addEventListener('abort', end)
  })
}

const watch = (onChange: () => void) => runner.watch(onChange)
const sendings = () => runner.sendings

export function useSendings(): readonly Sending[] {
  return useSyncExternalStore(watch, sendings)
}

/** Goes on with the files among these that were begun earlier. @returns the others */
export function goOn(files: readonly File[], pending: readonly PendingUpload[]): readonly File[] {
  return files.filter((file) => {
    const plan = begunOf(file, pending)
    if (plan !== undefined) runner.start(file, plan)
    return plan === undefined
  })
}

const begunOf = (file: KnownFile, pending: readonly PendingUpload[]) =>
  pending
    .map(({ id }) => remembered.find(id))
    .find((begun) => begun !== undefined && isSameFile(begun.file, file))?.plan
