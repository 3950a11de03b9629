import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Firmware } from '../firmware.ts'
import { type DhcpTextSettings, NotForDhcpText } from './boot-rules.ts'
import { type DhcpServerName, dhcpServerTexts, dhcpText } from './dhcp-text.ts'

const names = Object.keys(dhcpServerTexts) as DhcpServerName[]
const loaders: Readonly<Record<string, string>> = {
  bios: 'undionly.kpxe',
  'uefi-x64': 'ipxe-amd64.efi',
  'uefi-x64-http': 'ipxe-amd64.efi',
}
const settings: DhcpTextSettings = {
  address: '10.77.0.9',
  netmask: '255.255.252.0',
  baseUrl: 'http://10.77.0.9:8080',
  shelf: { nameFor: ({ name }) => loaders[name] },
}

test('dnsmasq: iPXE gets the script, each firmware its loader, HTTP Boot a URL and its class', () => {
  assert.equal(
    dhcpText('dnsmasq', settings).text,
    `# Bootcast: machines of 10.77.0.0/22 boot from 10.77.0.9. Your dhcp-range stays as it is.

# iPXE says who it is: it gets the script, or it would load loaders for ever.
dhcp-userclass=set:bootcast-ipxe,iPXE
dhcp-match=set:bootcast-ipxe,175
dhcp-boot=tag:bootcast-ipxe,http://10.77.0.9:8080/boot.ipxe,,10.77.0.9

# PCs with BIOS
dhcp-match=set:bootcast-bios,option:client-arch,0
dhcp-boot=tag:bootcast-bios,tag:!bootcast-ipxe,undionly.kpxe,,10.77.0.9

# PCs with UEFI
dhcp-match=set:bootcast-uefi-x64,option:client-arch,7
dhcp-match=set:bootcast-uefi-x64,option:client-arch,9
dhcp-boot=tag:bootcast-uefi-x64,tag:!bootcast-ipxe,ipxe-amd64.efi,,10.77.0.9

# PCs with UEFI, UEFI HTTP Boot: it takes answers of the class HTTPClient only
dhcp-match=set:bootcast-uefi-x64-http,option:client-arch,16
dhcp-boot=tag:bootcast-uefi-x64-http,tag:!bootcast-ipxe,http://10.77.0.9:8080/loaders/ipxe-amd64.efi,,10.77.0.9
dhcp-option-force=tag:bootcast-uefi-x64-http,tag:!bootcast-ipxe,60,HTTPClient
`,
  )
})

for (const name of names) {
  test(`${name}: names the server, the script and every loader, says where it goes, and is plain ASCII`, () => {
    const { text, place, steps, title } = dhcpText(name, settings)
    for (const word of ['10.77.0.9', 'http://10.77.0.9:8080/boot.ipxe', 'undionly.kpxe', 'HTTPClient'])
      assert.ok(text.includes(word), word)
    assert.match(text, /^[\n\x20-\x7e]+\n$/)
    assert.ok(place !== '' && title !== '' && steps.length > 0)
  })
}

test('Windows gets the network of the scope, RouterOS its subnet', () => {
  assert.match(dhcpText('windows', settings).text, /\$scope = '10\.77\.0\.0'/)
  assert.match(
    dhcpText('routeros', settings).text,
    /find address="10\.77\.0\.0\/22"\] next-server=10\.77\.0\.9/,
  )
})

test('whose machines get nothing is said', () => {
  assert.deepEqual(dhcpText('kea', settings).missing, ['64-bit ARM machines'])
})

const hostile = fc.oneof(
  fc.string({ maxLength: 40 }),
  fc.constantFrom('a"b', "a'b", 'a,b', 'a;b', 'a\nb', 'a$(b)', 'a b', '', '../x', 'x\\', 'ä', 'http://a b'),
)

test('nothing that is more than letters to one of the servers comes into a text', () => {
  fc.assert(
    fc.property(fc.constantFrom(...names), hostile, hostile, hostile, hostile, (name, ...odd) => {
      const [address, netmask, host, loader] = odd as [string, string, string, string]
      const plain = { ...settings, shelf: { nameFor: () => 'a.efi' } }
      const usual = signsOf(dhcpText(name, plain).text)
      for (const change of [
        { address },
        { netmask },
        { baseUrl: `http://${host}` },
        { baseUrl: host },
        { shelf: { nameFor: () => loader } },
      ]) {
        const made = textOf(name, { ...plain, ...change })
        if (made !== undefined) assert.deepEqual(signsOf(made), usual, made)
      }
    }),
    { numRuns: 300 },
  )
})

/** `undefined`: refused. */
function textOf(name: DhcpServerName, asked: DhcpTextSettings): string | undefined {
  try {
    return dhcpText(name, asked).text
  } catch (error) {
    assert.ok(error instanceof NotForDhcpText, String(error))
    return undefined
  }
}

/** Everything that could end a value in one of the languages, in its order. */
const signsOf = (text: string) => text.match(/["'`,;{}()$\\\n\r\t*=]/g)

const refused: readonly (readonly [string, Partial<DhcpTextSettings>])[] = [
  ['every address at once', { address: '0.0.0.0' }],
  ['IPv6', { address: 'fd77::1' }],
  ['a netmask with holes', { netmask: '255.0.255.0' }],
  ['no netmask', { netmask: '0.0.0.0' }],
  ['https, whose certificate firmware does not trust', { baseUrl: 'https://boot.example' }],
  ['a path', { baseUrl: 'http://boot.example/x' }],
  ['a name and a password', { baseUrl: 'http://a:b@boot.example' }],
  ['a boot file of more than 127 characters', { shelf: { nameFor: (_: Firmware) => 'a'.repeat(128) } }],
]
for (const [what, change] of refused)
  test(`refused: ${what}`, () => {
    assert.throws(() => dhcpText('dnsmasq', { ...settings, ...change }), NotForDhcpText)
  })
