import { setPriority } from 'node:os'
import { parentPort, workerData } from 'node:worker_threads'
import { migrations, openDatabase } from '../database/open.ts'
import { SqlBootStore } from './sql-boot-store.ts'
import type { BootStoreCall, BootStoreReply } from './sqlite-boot-store.ts'

/* The thread of SqliteBootStore: the same SQL as elsewhere, on a file of its own. */
const port = parentPort
// Answers to machines go first. On Linux a priority is that of the thread which sets it (setpriority(2)).
if (process.platform === 'linux') setPriority(10)
const path = workerData as string
const ofBoots = new Set(['0005-boots', '0008-boots-of-sites', '0009-boots-summed'])
const own = migrations.filter(([name]) => ofBoots.has(name))
const store = openDatabase({ kind: 'sqlite', path }, own).then((database) => new SqlBootStore(database))
store.catch(() => undefined) // told to who asks

async function carryOut({ id, name, args }: BootStoreCall): Promise<BootStoreReply> {
  try {
    const call = (await store)[name] as (...args: readonly unknown[]) => Promise<unknown>
    return { id, value: await call.apply(await store, [...args]) }
  } catch (error) {
    const { message, code } = error as Error & { readonly code?: unknown }
    return { id, error: { message, code: typeof code === 'string' ? code : undefined } }
  }
}

port?.on('message', async (call: BootStoreCall) => port.postMessage(await carryOut(call)))
