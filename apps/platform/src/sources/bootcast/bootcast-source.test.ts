import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import type { Image, Release } from '@bootcast/contract'
import { SourceFailed } from '../image-source.ts'
import { BootcastSource } from './bootcast-source.ts'

const { signal } = new AbortController()
const mebibyte = 1024 * 1024
const createdAt = '2026-01-01T00:00:00.000Z'
const digest = `sha256:${'0'.repeat(64)}`

const release = (image: string, number: number): Release => ({
  ...{ image, number, size: 1, createdAt, createdBy: 'admin' },
  variants: [
    {
      ...{ architecture: 'x86_64', method: 'linux', cmdline: 'quiet' },
      files: [{ role: 'kernel', name: 'vmlinuz', digest, size: 1 }],
    },
  ],
})

/** `stable` is older than the newest, so each image is asked for. */
const image = (name: string): Image => ({
  ...{ name, createdAt, isDefault: false, machines: 0, newest: release(name, 2) },
  channels: [{ name: 'stable', number: 1, movedAt: createdAt, movedBy: 'admin' }],
})

/** Another platform with that many images, whose answers about releases are as long as is said. */
async function platformWith(images: number, answerBytes: number) {
  const names = Array.from({ length: images }, (_, index) => `demo-${String(index).padStart(4, '0')}`)
  const asked: string[] = []
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://x')
    asked.push(pathname)
    const [, name] = /^\/api\/v1\/images\/([^/]+)\/releases\/1$/.exec(pathname) ?? []
    if (name !== undefined)
      return void response.end(JSON.stringify(release(name, 1)).padEnd(answerBytes, ' '))
    const after = searchParams.get('after') ?? ''
    const rest = names.filter((one) => one > after)
    const page = rest.slice(0, Number(searchParams.get('limit')))
    const next = page.length < rest.length ? page.at(-1) : undefined
    response.end(JSON.stringify({ items: page.map(image), next }))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const source = new BootcastSource({ url, token: 'bct_x', follow: 'stable' })
  return {
    asked,
    list: (isWanted = (_: string) => true) => source.list(isWanted, signal),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      server.close()
    },
  }
}

const failed = (words: RegExp) => (error: unknown) => {
  assert.ok(error instanceof SourceFailed, String(error))
  assert.match(error.message, words)
  return true
}

test('images of several pages are offered in order, each once', async () => {
  await using at = await platformWith(250, 0)
  const offers = await at.list((name) => name !== 'demo-0007')
  assert.deepEqual(
    [offers.length, offers[7]?.title, offers.at(-1)?.title],
    [249, 'demo-0008@1', 'demo-0249@1'],
  )
})

test('answers that are long together end at a limit, and what is not wanted is not asked for', async () => {
  await using at = await platformWith(40, 3 * mebibyte)
  await assert.rejects(at.list(), failed(/larger than 64 MiB in all/))
  assert.ok(at.asked.length < 25, String(at.asked.length))
  assert.equal((await at.list((name) => name < 'demo-0002')).length, 2)
})

test('one answer that is long is no answer', async () => {
  await using at = await platformWith(1, 5 * mebibyte)
  await assert.rejects(at.list(), failed(/more than documents are/))
})
