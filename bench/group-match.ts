import { createServer } from 'node:http'

/*
 * Matchbox's shape of work, in memory and in the same language: every machine is a group with selectors, groups with more
 * selectors go first, the first whose selectors are all among the labels of the request decides, its profile fills a
 * template (matchbox/server/server.go, matchbox/http/ipxe.go; Matchbox itself reads its groups from files each time).
 * It knows no users, openings, keys or audit, and keeps nothing.
 */
const [machines = 10_000, openings = 1_000, images = 500] = process.argv.slice(2).map(Number)
type Group = { readonly selectors: Readonly<Record<string, string>>; readonly profile: string }
const macOf = (n: number) =>
  `52:54:${[24, 16, 8, 0].map((shift) => ((n >> shift) & 255).toString(16).padStart(2, '0')).join(':')}`
const groups: Group[] = [
  ...Array.from({ length: machines / 10 }, (_, n) => ({
    selectors: { mac: macOf(n * 10) },
    profile: `image-${n % images}`,
  })),
  ...Array.from({ length: openings }, (_, n) => ({
    selectors: { mac: macOf(n * 7) },
    profile: `image-${n % images}`,
  })),
  { selectors: {}, profile: 'none' },
].sort((a, b) => Object.keys(b.selectors).length - Object.keys(a.selectors).length)

createServer((request, response) => {
  const labels = Object.fromEntries(new URL(request.url ?? '', 'http://host').searchParams)
  const group = groups.find(({ selectors }) =>
    Object.entries(selectors).every(([name, value]) => labels[name] === value),
  )
  const body = `#!ipxe\nkernel http://host/assets/${group?.profile}/vmlinuz initrd=initrd.img quiet\ninitrd http://host/assets/${group?.profile}/initrd.img\nboot\n`
  response.writeHead(200, { 'content-type': 'text/plain', 'content-length': body.length })
  response.end(body)
}).listen(18_090, '127.0.0.1', () => process.stdout.write('is running\n'))
