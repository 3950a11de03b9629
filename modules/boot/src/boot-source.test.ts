import { createHash } from 'node:crypto'
import { bootSourceContract } from '../testing/boot-source-contract.ts'
import { MemoryBootSource } from '../testing/memory-boot-source.ts'

bootSourceContract('MemoryBootSource', async () => {
  const source = new MemoryBootSource()
  const keep = (name: string, bytes: Uint8Array) => {
    const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`
    source.files.set(digest, bytes)
    return { digest, size: bytes.length, name }
  }
  return {
    source,
    assign: async (mac, { kernel, initrd, cmdline }) => {
      source.plans.set(mac, {
        method: 'linux',
        title: 'demo 1',
        architecture: 'x86_64',
        kernel: keep('vmlinuz', kernel),
        initrds: [keep('initrd.gz', initrd)],
        cmdline,
      })
    },
    setQuirks: async (mac, quirks) => {
      source.quirks.set(mac, quirks)
    },
    breakDown: async () => {
      source.broken = new Error('the store is away')
    },
    close: async () => {},
  }
})
