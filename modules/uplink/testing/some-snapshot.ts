import type { Snapshot } from '../src/schemas/snapshot.ts'

const digest = (digit: string) => `sha256:${digit.repeat(64)}`
const macOf = (number: number) =>
  `52:54:00:${[16, 8, 0].map((bits) => ((number >> bits) & 255).toString(16).padStart(2, '0')).join(':')}`

/** One with something of everything, for the site `s1`. */
export function someSnapshot(machines = 1, authorities: readonly string[] = ['pem']): Snapshot {
  return {
    version: '0.1.0',
    issuedAt: 1000,
    expiresAt: 2000,
    site: { id: 's1', name: 'grenoble', images: ['demo'] },
    settings: {
      quotaBytes: 200e9,
      wanBytesPerSecond: 50e6,
      mostBoots: 64,
      graceSeconds: 86_400,
      pins: ['demo@stable'],
      schedule: { from: '22:00', to: '06:00' },
      warm: [{ id: 'w1', reference: 'demo', release: 'demo@3', orderedAt: 5 }],
    },
    menu: { menuDefault: 'code', menuSeconds: 60 },
    defaultImage: undefined,
    machines: Array.from({ length: machines }, (_, number) => ({
      mac: macOf(number),
      uuid: '00000000-0000-0000-0000-000000000001',
      serial: `S${number}`,
      manufacturer: 'QEMU',
      product: 'Standard PC',
      architecture: 'x86_64',
      image: 'demo',
      nextImage: undefined,
      labels: ['room-1'],
      installed: undefined,
      deployed: undefined,
      overwriteDisk: false,
      proxyDialect: undefined,
      loader: undefined,
      firstSeenAt: 1,
      lastSeenAt: 2,
      lastBootAt: undefined,
    })),
    openings: [
      {
        id: 'o1',
        reference: 'demo@testing',
        criteria: { subnet: '10.0.0.0/8' },
        boots: true,
        opensAt: 1,
        closesAt: undefined,
        times: 5,
        used: 1,
        closedAt: undefined,
      },
    ],
    images: [{ name: 'demo', channels: [{ name: 'stable', number: 3 }] }],
    releases: [
      {
        image: 'demo',
        number: 3,
        variants: [
          {
            config: { schema: 1, architecture: 'x86_64', boot: { method: 'iso', iso: 'cd' } },
            files: [
              { role: 'cd', name: 'cd.iso', digest: digest('a'), size: 9, blob: digest('a'), offset: 0 },
            ],
            tree: undefined,
          },
        ],
        createdAt: 1,
        createdBy: 'ann',
        blobs: [{ digest: digest('a'), size: 9, chunkMap: digest('b') }],
      },
    ],
    references: { demo: 'demo@3', 'demo@testing': 'demo@3' },
    users: [
      { name: 'ann', images: 'all' },
      { name: 'bob', images: ['demo'] },
    ],
    loaders: [{ name: 'undionly.kpxe', digest: digest('c'), size: 3 }],
    asking: { images: [], machines: [] },
    secureBoot: false,
    authorities: [...authorities],
  }
}
