import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { RegistryClient } from './registry-client.ts'
import { nextPage } from './registry-tags.ts'

async function clientOf(listener: RequestListener) {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  const reference = { host, repository: 'team/web', name: 'latest' }
  return {
    client: new RegistryClient(reference, { plainHttp: true, signal: AbortSignal.timeout(20_000) }),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      server.close()
    },
  }
}

test('all pages of the tags are read, each tag once, and what cannot be a tag is left out', async () => {
  const asked: string[] = []
  await using at = await clientOf((request, response) => {
    asked.push(request.url ?? '')
    const isFirst = !request.url?.includes('last=')
    if (isFirst) response.setHeader('link', '</v2/team/web/tags/list?n=2&last=b>; rel="next"')
    response.end(JSON.stringify({ name: 'x', tags: isFirst ? ['a', 'b'] : ['b', 'c', '../x', '', 'y z'] }))
  })
  assert.deepEqual(await at.client.tags(), ['a', 'b', 'c'])
  assert.deepEqual(asked, ['/v2/team/web/tags/list?n=1000', '/v2/team/web/tags/list?n=2&last=b'])
})

test('a list without end, and something that is no list, are refused', async () => {
  let page = 0
  await using endless = await clientOf((_, response) => {
    page += 1
    response.setHeader('link', `</v2/team/web/tags/list?last=${page}>; rel="next"`)
    response.end(JSON.stringify({ tags: Array.from({ length: 1000 }, (_, n) => `t${page}-${n}`) }))
  })
  await assert.rejects(endless.client.tags(), { code: 'registry_refused', message: /more than 10000 tags/ })
  await using other = await clientOf((_, response) => response.end('<html>'))
  await assert.rejects(other.client.tags(), { code: 'registry_refused', message: /no list of tags/ })
})

test('the next page is of the same list, whatever host its link names', () => {
  const path = '/v2/team/web/tags/list?n=1000'
  assert.equal(
    nextPage('<http://other/v2/team/web/tags/list?last=x>; rel=next', path),
    '/v2/team/web/tags/list?last=x',
  )
  for (const link of [
    undefined,
    '',
    '</v2/team/other/tags/list?last=x>; rel="next"',
    '</x>; rel="prev"',
    '<http://[>; rel="next"',
  ])
    assert.equal(nextPage(link, path), undefined)
})
