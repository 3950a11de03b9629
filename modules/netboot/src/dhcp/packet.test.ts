import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { dhcpOptions, readOption, writeOptions } from './options.ts'
import { type DhcpPacket, decodeDhcp, encodeDhcp } from './packet.ts'

const offer: DhcpPacket = {
  op: 'reply',
  htype: 1,
  hlen: 6,
  hops: 0,
  xid: 0x12345678,
  secs: 4,
  broadcast: true,
  ciaddr: '0.0.0.0',
  yiaddr: '10.77.0.100',
  siaddr: '10.77.0.1',
  giaddr: '0.0.0.0',
  mac: '52:54:00:12:34:56',
  sname: '',
  file: 'undionly.kpxe',
  options: writeOptions({ 'message-type': 'offer', 'server-identifier': '10.77.0.1', 'lease-time': 3600 }),
}

const decoded = (bytes: Uint8Array): DhcpPacket => {
  const packet = decodeDhcp(bytes)
  assert.ok(!('malformed' in packet), JSON.stringify(packet))
  return packet
}

/** A message with these bytes as its options. */
const withOptions = (...bytes: number[]) =>
  Buffer.concat([encodeDhcp({ ...offer, options: new Map() }).subarray(0, 240), Uint8Array.from(bytes)])

test('an offer stands on the wire as RFC 2131 draws it', () => {
  const bytes = Buffer.from(encodeDhcp(offer))
  assert.equal(bytes.length, 300)
  assert.equal(
    bytes.subarray(0, 44).toString('hex'),
    '02010600' + // op, htype, hlen, hops
      '12345678' + // xid
      '00048000' + // secs, flags
      '00000000' + // ciaddr
      '0a4d0064' + // yiaddr
      '0a4d0001' + // siaddr
      '00000000' + // giaddr
      '52540012345600000000000000000000', // chaddr
  )
  assert.equal(bytes.subarray(108, 122).toString('latin1'), 'undionly.kpxe\0')
  assert.equal(
    bytes.subarray(236, 260).toString('hex'),
    `63825363${'350102'}${'36040a4d0001'}${'330400000e10'}ff0000000000`.slice(0, 48),
  )
})

test('what was written is read again', () => {
  assert.deepEqual(decoded(encodeDhcp(offer)), offer)
})

test('any message is read as it was written, whatever its options', () => {
  const dotted = fc.ipV4()
  const name = (max: number) =>
    fc.string({ unit: 'binary-ascii', maxLength: max }).map((text) => text.replaceAll('\0', ''))
  const value = fc.uint8Array({ maxLength: 600 })
  const code = fc.integer({ min: 1, max: 254 }).filter((one) => one !== 52)
  const message = fc.record({
    op: fc.constantFrom('request' as const, 'reply' as const),
    htype: fc.nat(255),
    hlen: fc.constant(6),
    hops: fc.nat(255),
    xid: fc.nat(0xffffffff),
    secs: fc.nat(0xffff),
    broadcast: fc.boolean(),
    ciaddr: dotted,
    yiaddr: dotted,
    siaddr: dotted,
    giaddr: dotted,
    mac: fc.constant('52:54:00:ab:cd:ef'),
    sname: name(64),
    file: name(128),
    options: fc
      .uniqueArray(fc.tuple(code, value), { selector: ([one]) => one })
      .map((entries) => new Map(entries)),
  })
  fc.assert(
    fc.property(message, (packet) => {
      assert.deepEqual(decoded(encodeDhcp(packet)), { ...packet })
    }),
  )
})

test('an option longer than 255 bytes goes out in parts and comes back in one (RFC 3396)', () => {
  const url = `http://10.77.0.1:8080/${'x'.repeat(300)}`
  const bytes = encodeDhcp({ ...offer, options: writeOptions({ 'bootfile-name': url }) })
  assert.equal(Buffer.from(bytes.subarray(240, 242)).toString('hex'), '43ff')
  assert.equal(readOption(decoded(bytes).options, 'bootfile-name'), url)
})

test('options that do not fit move into file and sname (RFC 2132 §9.3)', () => {
  const options = new Map([1, 2, 3, 4, 5].map((code) => [code, new Uint8Array(60).fill(code)] as const))
  const packet = { ...offer, file: '', options }
  const bytes = encodeDhcp(packet, { maxBytes: 400 })
  assert.ok(bytes.length <= 400)
  assert.equal(
    Buffer.from(bytes)
      .subarray(bytes.length - 4)
      .toString('hex'),
    '340103ff',
  )
  assert.deepEqual(decoded(bytes), packet)
  assert.throws(() => encodeDhcp({ ...packet, file: 'taken' }, { maxBytes: 400 }), RangeError)
  assert.throws(() => encodeDhcp(packet, { maxBytes: 300 }), /does not fit 300 bytes/)
})

test('options of file and sname come after those of the options field, in this order (RFC 3396 §5)', () => {
  const bytes = withOptions(12, 1, 0x61, 52, 1, 3, 255)
  bytes.set([12, 1, 0x62, 255], 108)
  bytes.set([12, 1, 0x63, 255], 44)
  const packet = decoded(bytes)
  assert.equal(readOption(packet.options, 'host-name'), 'abc')
  assert.equal(packet.file, '')
  assert.equal(packet.sname, '')
  assert.equal(packet.options.has(52), false)
})

test('padding is skipped, and a message without END is forgiven', () => {
  assert.deepEqual([...decoded(withOptions(0, 0, 53, 1, 1, 0)).options.keys()], [53])
})

test('nothing after END counts', () => {
  assert.deepEqual([...decoded(withOptions(255, 53, 1, 1)).options.keys()], [])
})

for (const [what, bytes, malformed] of [
  ['nothing', new Uint8Array(0), 'shorter than a DHCP header'],
  ['a header cut off', encodeDhcp(offer).subarray(0, 239), 'shorter than a DHCP header'],
  ['op 3', withByte(0, 3), 'neither request nor reply'],
  ['hlen 0', withByte(2, 0), 'hardware address of impossible length'],
  ['hlen 17', withByte(2, 17), 'hardware address of impossible length'],
  ['BOOTP without a cookie', withByte(236, 0), 'no DHCP magic cookie'],
  ['a code without a length', withOptions(53), 'an option runs past the end'],
  ['a value cut off', withOptions(53, 2, 1), 'an option runs past the end'],
  ['a value cut off in file', overloadedFile(), 'an option runs past the end of its field'],
] as const) {
  test(`malformed: ${what}`, () => {
    assert.deepEqual(decodeDhcp(bytes), { malformed })
  })
}

function withByte(at: number, value: number): Uint8Array {
  const bytes = Uint8Array.from(encodeDhcp(offer))
  bytes[at] = value
  return bytes
}

function overloadedFile(): Uint8Array {
  const bytes = withOptions(52, 1, 1, 255)
  bytes.fill(0, 108, 236)
  bytes.set([12, 1], 234)
  return bytes
}

test('what cannot stand on the wire is refused, not cut', () => {
  const refused = (change: Partial<DhcpPacket>) =>
    assert.throws(() => encodeDhcp({ ...offer, ...change }), RangeError)
  refused({ file: 'x'.repeat(129) })
  refused({ sname: 'x'.repeat(65) })
  refused({ file: 'ü…' })
  refused({ yiaddr: '10.0.0.256' })
  refused({ siaddr: 'boot.example' })
  for (const code of [0, 52, 255, 256]) refused({ options: new Map([[code, new Uint8Array(1)]]) })
})

test('every option of the table reads what it writes, and undefined for what is not its shape', () => {
  const samples = {
    address: ['10.0.0.1', [1, 2, 3]],
    addressList: [
      ['10.0.0.1', '10.0.0.2'],
      [1, 2, 3, 4, 5],
    ],
    bytes: [Uint8Array.of(1, 2), undefined],
    machineIdentifier: ['4c414200-0000-4000-8000-525400123456', [0, 1, 2]],
    messageType: ['discover', [9]],
    subOptions: [new Map([[8, Uint8Array.of(1)]]), [8, 2, 1]],
    text: ['lab-1', undefined],
    uint8: [7, [1, 2]],
    uint16: [1472, [1]],
    uint16List: [[7, 9], [0]],
    uint32: [3600, [0, 0, 1]],
    userClass: [['iPXE', 'lab'], undefined],
  } as const
  const kinds: Readonly<Record<string, keyof typeof samples>> = {
    'subnet-mask': 'address',
    router: 'addressList',
    'domain-name-server': 'addressList',
    'host-name': 'text',
    'domain-name': 'text',
    'broadcast-address': 'address',
    'vendor-specific': 'bytes',
    'requested-address': 'address',
    'lease-time': 'uint32',
    overload: 'uint8',
    'message-type': 'messageType',
    'server-identifier': 'address',
    'parameter-request-list': 'bytes',
    message: 'text',
    'max-message-size': 'uint16',
    'renewal-time': 'uint32',
    'rebinding-time': 'uint32',
    'vendor-class-identifier': 'text',
    'client-identifier': 'bytes',
    'tftp-server-name': 'text',
    'bootfile-name': 'text',
    'user-class': 'userClass',
    'relay-agent-information': 'bytes',
    'client-architecture': 'uint16List',
    'client-network-interface': 'bytes',
    'client-machine-identifier': 'machineIdentifier',
    ipxe: 'subOptions',
  }
  for (const name of Object.keys(dhcpOptions) as (keyof typeof dhcpOptions)[]) {
    const [good, malformed] =
      samples[kinds[name] as keyof typeof samples] ?? assert.fail(`no sample for ${name}`)
    assert.deepEqual(readOption(writeOptions({ [name]: good }), name), good, name)
    if (malformed === undefined) continue
    const raw = new Map([[dhcpOptions[name].code, Uint8Array.from(malformed)]])
    assert.equal(readOption(raw, name), undefined, `${name} of a wrong shape`)
  }
})

test('the user class of iPXE is bare text, that of others a list (RFC 3004)', () => {
  const read = (text: string) => readOption(new Map([[77, Buffer.from(text, 'latin1')]]), 'user-class')
  assert.deepEqual(read('iPXE'), ['iPXE'])
  assert.deepEqual(read('\x04iPXE\x03lab'), ['iPXE', 'lab'])
  assert.deepEqual(read('\x04iPXE\x09lab'), ['\x04iPXE\tlab'])
  assert.deepEqual(read(''), [])
})

test('a UUID is written with its first three fields in little-endian, as SMBIOS has it', () => {
  const options = writeOptions({ 'client-machine-identifier': '00112233-4455-6677-8899-aabbccddeeff' })
  assert.equal(Buffer.from(options.get(97) ?? []).toString('hex'), '0033221100554477668899aabbccddeeff')
  assert.throws(() => writeOptions({ 'client-machine-identifier': 'none' }), RangeError)
})
