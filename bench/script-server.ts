import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { Boots } from '../apps/platform/src/boots/boots.ts'
import { SqliteBootStore } from '../apps/platform/src/boots/sqlite-boot-store.ts'
import { newId } from '../apps/platform/src/database/open.ts'
import {
  BootCodes,
  BootSessions,
  createFileSender,
  createHttpBoot,
  LoaderShelf,
} from '../modules/boot/src/index.ts'
import { MemoryBootSource } from '../modules/boot/testing/memory-boot-source.ts'

/** Boot scripts from a plan in memory, with timelines on SQLite or without: `script-server.ts timelines|none FOLDER`. */
const [mode, folder = ''] = process.argv.slice(2)
const onError = (error: unknown) => console.error(error)
const store = new SqliteBootStore({ path: join(folder, 'timelines.db') })
const boots = new Boots({ store, newId, onError })
const file = (name: string, digit: string) => ({
  digest: `sha256:${digit.repeat(64)}`,
  size: 8_000_000,
  name,
})
const source = new MemoryBootSource()
source.decide = async () => ({
  plan: {
    method: 'linux',
    title: 'demo 3',
    architecture: 'x86_64',
    kernel: file('vmlinuz', 'a'),
    initrds: [file('initrd.img', 'b')],
    cmdline: 'console=ttyS0 root=live:{{rootfs}}',
  },
  because: 'the bench said so',
  release: 'demo@3',
})
const boot = createHttpBoot({
  source,
  codes: new BootCodes(),
  sessions: new BootSessions({ isSameMachine: async () => false }),
  shelf: await LoaderShelf.open({ directory: join(folder, 'loaders'), log: () => {} }),
  sender: createFileSender({ threads: 0 }),
  baseUrl: () => 'http://10.77.0.1:8080',
  log: () => {},
  ...(mode === 'timelines' && { journal: boots }),
})
await boots.start()
const server = createServer((request, response) => {
  if (!boot.handle(request, response)) response.writeHead(404).end()
})
server.keepAliveTimeout = 0 // the load keeps its connections
server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }))
process.on('message', () => {
  const { user, system } = process.threadCpuUsage() // of the thread that answers
  const { heapUsed, rss } = process.memoryUsage()
  process.send?.({
    cpuUs: user + system,
    heapMiB: heapUsed / 2 ** 20,
    rssMiB: rss / 2 ** 20,
    ...boots.sizes(),
  })
})
process.on('disconnect', () => process.exit())
