import { once } from 'node:events'
import { request as ask, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after } from 'node:test'
import { gzipSync } from 'node:zlib'
import { createClient } from '@bootcast/contract'
import { forgePassword, forgeUser, startFakeForge } from '../../testing/fake-forge.ts'
import { imageSourceContract, type SourceUnderTest } from '../../testing/image-source-contract.ts'
import { kernelLike, publishFiles, startWholePlatform } from '../../testing/platform-suite.ts'
import { startSmallRegistry } from '../../testing/small-registry.ts'

const filesOf = (marker: string) => ({
  'boot/vmlinuz': kernelLike(marker),
  'boot/initrd.img': gzipSync(marker),
})

async function forge(): Promise<SourceUnderTest> {
  const server = await startFakeForge()
  const publish = async (marker: string) => server.addImage({ name: 'Demo', files: filesOf(marker) })
  return {
    image: 'demo',
    wish: { kind: 'uforge', name: 'x', url: `${server.url}/api`, user: forgeUser, secret: forgePassword },
    wrong: 'not the password',
    publish,
    again: publish,
    setAway: (isAway) => {
      server.deviation = (request) => isAway && request.socket.destroy() !== undefined
    },
    [Symbol.asyncDispose]: server[Symbol.asyncDispose],
  }
}

const kept = new AsyncDisposableStack()
after(() => kept.disposeAsync())
let other: Promise<Awaited<ReturnType<typeof startWholePlatform>>> | undefined
let bootcasts = 0

/** One for all tests: each has an image of its own there. */
const otherPlatform = () => {
  other ??= startWholePlatform().then((platform) => kept.use(platform))
  return other
}

/** Another platform, behind something that can be away. */
async function bootcast(): Promise<SourceUnderTest> {
  const opened = new AsyncDisposableStack()
  const other = await otherPlatform()
  const image = `demo${++bootcasts}`
  const state = { isAway: false }
  const front = createServer((request, response) => {
    if (state.isAway) return void request.socket.destroy()
    const { method, headers } = request
    const passed = ask(other.url + request.url, { method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 500, answer.headers)
      answer.pipe(response)
    })
    request.pipe(passed)
  })
  opened.defer(() => void front.close())
  opened.defer(() => front.closeAllConnections())
  front.listen(0, '127.0.0.1')
  await once(front, 'listening')
  const client = createClient({ url: other.url, token: other.token })
  const publish = async (marker: string) => void (await publishFiles(client, image, marker))
  return {
    image,
    wish: {
      ...{ kind: 'bootcast', name: 'x', secret: other.token, only: [image] },
      url: `http://127.0.0.1:${(front.address() as AddressInfo).port}`,
    },
    wrong: 'bct_not-the-token',
    publish,
    again: publish,
    setAway: (isAway) => {
      state.isAway = isAway
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  }
}

async function registry(): Promise<SourceUnderTest> {
  const server = await startSmallRegistry()
  let count = 0
  const publish = async (marker: string) => server.push(`v${++count}`, marker)
  return {
    image: 'demo',
    wish: { kind: 'oci', name: 'x', url: server.url, user: 'me', secret: 'secret', plainHttp: true },
    wrong: 'guess',
    publish,
    again: publish,
    setAway: (isAway) => {
      server.isAway = isAway
    },
    [Symbol.asyncDispose]: server[Symbol.asyncDispose],
  }
}

imageSourceContract('uforge', forge)
imageSourceContract('bootcast', bootcast)
imageSourceContract('oci', registry)
