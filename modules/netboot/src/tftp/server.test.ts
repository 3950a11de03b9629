import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inMemory, sample, started, tftpServerContract } from '../../testing/tftp-server-contract.ts'
import { libc } from '../native/libc.ts'
import { TftpServer } from './server.ts'

if (libc() === undefined) test('native: skipped, no system calls here', { skip: true }, () => {})
else tftpServerContract('native')

test('a port that is taken is an error with its code', async (t) => {
  const { server } = await started(t, { a: inMemory(sample(1)) })
  const second = new TftpServer({ address: '127.0.0.1', port: server.port, open: async () => undefined })
  await assert.rejects(second.start(), { code: 'EADDRINUSE' })
})

test('a server that was stopped can be started again', async (t) => {
  const { server } = await started(t, {})
  await server.stop()
  await server.start()
  assert.ok(server.port > 0)
})
