import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { credentialsOf, isSignedBy } from '../src/uforge/credentials.ts'
import * as types from '../src/uforge/documents/schema.ts'
import { writeDocument } from '../src/uforge/documents/write-document.ts'
import type { XmlValue } from '../src/uforge/documents/xml-type.ts'

export type ForgeImage = {
  readonly name: string
  /** Path below `files/` → bytes; the first is the kernel, the second its initrd. */
  readonly files: Readonly<Record<string, Buffer>>
  readonly cmdline?: string
  readonly more?: Partial<XmlValue<typeof types.image>>
}

type Deviation = (request: IncomingMessage, response: ServerResponse, path: string) => boolean

export const forgeUser = 'guest'
export const forgePassword = 'pass:word of guest'
export const forgeKey = { publicKey: 'PUB', secretKey: 'the secret key of guest' }

/** A forge with one user, on loopback: as much of UForge 3.8.13 as a source asks, written by our own documents. */
export async function startFakeForge() {
  const images: ForgeImage[] = []
  const asked: string[] = []
  const forge = {
    images,
    asked,
    /** Answers in the place of the forge; false: the forge does. */
    deviation: (() => false) as Deviation,
    /** Lines of the script in the place of what is made of the images. */
    script: undefined as readonly string[] | undefined,
    isActive: true,
  }
  const server = createServer((request, response) => {
    const path = (request.url ?? '').replace(/^\/api\//, '')
    asked.push(path)
    if (forge.deviation(request, response, path)) return
    answer(forge, request, response, path)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return Object.assign(forge, {
    url,
    addImage: (image: ForgeImage) => void images.push(image),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      server.close()
    },
  })
}

export type FakeForge = Awaited<ReturnType<typeof startFakeForge>>

const base = `users/${forgeUser}`
const placeOf = (index: number) => `${base}/appliances/5/images/${index + 1}`

type Forge = Pick<FakeForge, 'images' | 'script' | 'isActive'>

function answer(forge: Forge, request: IncomingMessage, response: ServerResponse, path: string): void {
  const [where = ''] = path.split('?')
  const xml = (text: string) => response.setHeader('content-type', 'application/xml').end(text)
  if (where === 'status')
    return void xml(writeDocument('serviceStatus', types.serviceStatus, { alive: true, version: '3.8.13' }))
  if (!isGuest(request, path)) return void response.writeHead(401, { 'www-authenticate': 'Basic' }).end()
  if (where === base)
    return void xml(
      writeDocument('user', types.user, { dbId: 12, loginName: forgeUser, active: forge.isActive }),
    )
  if (where === `${base}/images`)
    return void xml(
      writeDocument('images', types.images, {
        total: forge.images.length,
        images: forge.images.map(document),
      }),
    )
  if (where === `${base}/pxe`) return void response.end(scriptOf(forge))
  const [, number, file = ''] = /^users\/guest\/appliances\/5\/images\/(\d+)\/files\/(.+)$/.exec(where) ?? []
  const bytes = forge.images[Number(number) - 1]?.files[decodeURIComponent(file)]
  if (bytes === undefined) return void response.writeHead(404).end()
  response.writeHead(200, { 'content-length': bytes.length }).end(bytes)
}

function isGuest({ headers }: IncomingMessage, path: string): boolean {
  const given = credentialsOf(headers.authorization, path)
  if (given?.kind === 'api-key')
    return given.publicKey === forgeKey.publicKey && isSignedBy(forgeKey.secretKey, given)
  return given?.user === forgeUser && given.password === forgePassword
}

const document = ({ name, more }: ForgeImage, index: number): XmlValue<typeof types.image> => ({
  ...{ created: Date.UTC(2019, 5, 21) + index * 1000, dbId: index + 1, name, version: '1.0' },
  status: { complete: true, error: false, cancelled: false, percentage: 100, message: 'done' },
  targetFormat: { name: 'PXE', format: { name: 'PXE' } },
  uri: placeOf(index),
  ...more,
})

/** As nobody outside knows it, but as any such menu is: with the host that the forge thinks it has. */
function scriptOf({ images, script }: Forge): string {
  const lines = images.flatMap(({ files, cmdline = 'console=ttyS0' }, index) => {
    const [kernel, initrd] = Object.keys(files)
    return [
      `:image${index}`,
      `set files https://\${username}:\${password}@forge.internal/api/${placeOf(index)}/files`,
      `kernel \${files}/${kernel} ${cmdline} || goto failed`,
      `initrd \${files}/${initrd}`,
      'boot',
    ]
  })
  const items = images.map(({ name }, index) => `item image${index} ${name}`)
  return ['#!ipxe', 'menu Images', ...items, 'choose x && goto ${x}', ...(script ?? lines), ''].join('\n')
}
