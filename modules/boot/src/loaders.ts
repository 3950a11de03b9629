import type { Architecture } from './machine.ts'

/**
 * What a loader can do beyond the common ground. iPXE's is that of 2019: http, tftp, menu, login form. Of GRUB:
 * `proxydhcp`, takes its server from a ProxyDHCP offer.
 */
export type LoaderFeature = 'https' | 'params' | 'console' | 'shim' | 'autoexec' | 'poweroff' | 'proxydhcp'

/** Loaders by kind of program, best first. Names are those of Debian's package, then iPXE's own. */
export const loaderKinds = [
  {
    platform: 'bios',
    architecture: 'i386',
    names: ['undionly.kpxe', 'undionly.kkpxe', 'ipxe.pxe'],
    packaged: true,
    usual: true,
    people: 'PCs with BIOS',
  },
  {
    platform: 'uefi',
    architecture: 'x86_64',
    names: ['ipxe-amd64.efi', 'ipxe-x86_64.efi', 'ipxe.efi', 'snponly.efi', 'snponly-x86_64.efi'],
    packaged: true,
    usual: true,
    people: 'PCs with UEFI',
  },
  {
    platform: 'uefi',
    architecture: 'arm64',
    names: ['ipxe-arm64.efi', 'snponly-arm64.efi'],
    packaged: true,
    usual: true,
    people: '64-bit ARM machines',
  },
  {
    platform: 'uefi',
    architecture: 'riscv64',
    names: ['ipxe-riscv64.efi', 'snponly-riscv64.efi'],
    packaged: true,
    usual: false,
    people: 'RISC-V machines',
  },
  {
    platform: 'uefi',
    architecture: 'loong64',
    names: ['ipxe-loong64.efi', 'snponly-loong64.efi'],
    packaged: true,
    usual: false,
    people: 'LoongArch machines',
  },
  {
    platform: 'uefi',
    architecture: 'i386',
    names: ['ipxe-i386.efi', 'snponly-i386.efi'],
    packaged: false,
    usual: false,
    people: 'PCs with 32-bit UEFI',
  },
  {
    platform: 'uefi',
    architecture: 'arm32',
    names: ['ipxe-arm32.efi', 'snponly-arm32.efi'],
    packaged: false,
    usual: false,
    people: '32-bit ARM machines',
  },
] as const satisfies readonly LoaderKind[]

export type LoaderKind = {
  readonly platform: 'bios' | 'uefi'
  readonly architecture: Architecture
  readonly names: readonly string[]
  /** Debian's package `ipxe` brings one: set-up can get it by itself. */
  readonly packaged: boolean
  /** Missed when absent: most sites have such machines. */
  readonly usual: boolean
  /** Who they are, for people. */
  readonly people: string
}

/**
 * Chains that firmware with Secure Boot starts: Microsoft signs `first`, shim; that starts `second` from beside it,
 * which has to be GRUB for networks, signed by whom the shim knows. Its name is the shim's choice.
 */
export const signedChains = [
  {
    architecture: 'x86_64',
    first: 'shimx64.efi',
    second: 'grubx64.efi',
    packages: 'shim-signed and grub-efi-amd64-signed',
    people: 'PCs with UEFI',
  },
  {
    architecture: 'arm64',
    first: 'shimaa64.efi',
    second: 'grubaa64.efi',
    packages: 'shim-signed and grub-efi-arm64-signed (arm64)',
    people: '64-bit ARM machines',
  },
] as const satisfies readonly {
  readonly architecture: Architecture
  readonly first: string
  readonly second: string
  /** Debian's. */
  readonly packages: string
  readonly people: string
}[]

/** A binary that we know by its digest. `lab`: this very one has booted a machine up to our script. */
export type KnownLoader = {
  readonly sha256: string
  readonly name: string
  readonly version: string
  readonly features: readonly LoaderFeature[]
  readonly lab: boolean
}

const efi: readonly LoaderFeature[] = ['https', 'console', 'shim', 'autoexec', 'poweroff']
const bios: readonly LoaderFeature[] = ['https', 'console', 'poweroff']

/**
 * Debian's binaries: sid and trixie (set-up takes them), 12 (its own package). Features of EFI programs were read
 * from the files, those of BIOS programs tried in QEMU; no BIOS build has `params`, and before 2.0.0 no EFI one.
 * shim and GRUB are those of Debian's signed packages.
 */
export const knownLoaders: readonly KnownLoader[] = [
  ...release('2.0.0+dfsg-5', [
    ['cd72b40cc08d4f4489335232817fa0602c9dd8320eb42066f908f65eea1a3a07', 'undionly.kpxe', bios, 'lab'],
    ['5e006d9978d3f9dd25511550fe7168b6421ae720948197a01ee2c214f9608d1e', 'undionly.kkpxe', bios],
    ['0553d3d6c51c526d752f531ea83027beda4cd4e05474432e761a267ab874731a', 'ipxe.pxe', bios],
    [
      '548f6fc510131b10d3f77a2b9fbdedf2f00308ae5e03ecb16b66a2a6b9665408',
      'ipxe-amd64.efi',
      [...efi, 'params'],
      'lab',
    ],
    [
      'f9639206ce233e495ea8dd727ab0056420a8b691161f2dfcfcc89a5acf680944',
      'ipxe-arm64.efi',
      [...efi, 'params'],
      'lab',
    ],
    [
      'd4d10fb3e6f51fd3fd9f808cde59dc6bb5109e0b784eec86e433a94688fe49b9',
      'ipxe-riscv64.efi',
      [...efi, 'params'],
    ],
    [
      '67436f7129a11cc9c3e03355936a5a53a7114621aa8048f945cfe8ad6713a763',
      'ipxe-loong64.efi',
      [...efi, 'params'],
    ],
    [
      '7101de4ada064ebc30ea08fbff8361422de45e9fb5cc59e71906c4e5ea003d7c',
      'snponly.efi',
      [...efi, 'params'],
      'lab',
    ],
  ]),
  ...release('1.21.1+git20250501.dad20602+dfsg-1', [
    ['391bfe580ec9f823d046ee390765d6c389f482b9a8b9fae0f90871cd8ff57828', 'undionly.kpxe', bios],
    ['8ce6d3690140f79892af2f9b30ef0d3c5d5f5c5e1bd92667cc9e8e2ec1e22bac', 'undionly.kkpxe', bios],
    ['2593429c7c5c9cdd9376206c08dd1752fab23693fbf80a2576f44880c9f9f2fa', 'ipxe.pxe', bios],
    ['6095eb23f4173674a3dc124a2a6d3cdeed514172793306a10d525f57b97cdc6a', 'ipxe-amd64.efi', efi, 'lab'],
    ['5369815eee98bf98b28a18af9a57207f9096a3b4e542ed3df1eb3f5b28d3d9a9', 'ipxe-arm64.efi', efi],
    ['a8ff8dc0548b7e5ee777bc500847b13420a692d26b250d378791b3ecb48dd40f', 'ipxe-riscv64.efi', efi],
    ['1767c225bcb643dc7da72c371bf710f4d918f065903383c761c0cdea91810e11', 'ipxe-loong64.efi', efi],
    ['9a624b4e05ebc25718a7658356628a352532bd278e7a50465a36ab94a7c4e580', 'snponly.efi', efi, 'lab'],
  ]),
  ...release('1.0.0+git-20190125.36a4c85-5.1', [
    ['f09cfbe9bbd39c3f5eb9cdf7386b520a4f5858bbc4438960c5b870c7a8930a7f', 'undionly.kpxe', []],
    ['46bd33729c022ef33b3f0c52599b5dadf07f60c6bea681e0a7fb7db43d5ddaca', 'undionly.kkpxe', []],
    ['2e318bc5882a1ffb191dabe6775930ca22605e86cb4fa5c80d8db10a223d9958', 'ipxe.pxe', []],
    ['67c7f1f8e062968209ca055283ca782f21faf6a18f55dd19848601bbaf8ed7aa', 'ipxe.efi', [], 'lab'],
    ['18fc84b69172b9f7d1e6b5274c81121dde429fdacfdc984747f687cfb4f8090b', 'snponly.efi', []],
  ]),
  ...release('16.1-2~deb13u1', [
    ['e103c5d02657879f141b086ed703584d28bb9e2721b423333be085ee1b4d397b', 'shimx64.efi', [], 'lab'],
    ['e5446d2a09dfae3fa476e7635e3d25733afefa3c821932c0684e1f57b60a4744', 'shimaa64.efi', [], 'lab'],
  ]),
  ...release('2.12-9+deb13u4', [
    ['cb5fe145c2c3ac6dd090b191ff2cbba70b9a344eb5e9cf817636aa947f0f723d', 'grubx64.efi', ['proxydhcp'], 'lab'],
    [
      'df24072c61ebbe2472f747bc10fdb4c6bf69f2f35957eeb88cd5e9e977a1b64f',
      'grubaa64.efi',
      ['proxydhcp'],
      'lab',
    ],
  ]),
  ...release('16.1-2', [
    ['637d7916c0b0b9cb505612f39e8c47b47894957f15a1e711b22a2ae5bbec286d', 'shimx64.efi', [], 'lab'],
    ['01ee1ab90c874adc80661da737c1179b1b592ab25a48bb475a74e19d92dffadf', 'shimaa64.efi', [], 'lab'],
  ]),
  ...release('2.14-4', [
    ['63598e6234eee7c4a534094dd42f51cf984bfba2938e7ea6ae8d997fbfd76b34', 'grubx64.efi', ['proxydhcp'], 'lab'],
    [
      'f592f5501c978f6b11b2784e1580824d64f8fca8c3263d90da8ac2e5224c3d3b',
      'grubaa64.efi',
      ['proxydhcp'],
      'lab',
    ],
  ]),
  ...release('16.1-2~deb12u1', [
    ['0fc347af103ec1dfac6e3f184c0a5241a2ce756a0932b359c404d39c45423806', 'shimx64.efi', [], 'lab'],
  ]),
  ...release('2.06-13+deb12u2', [
    ['a376f239f40fc54aa63e343f3d2ab254c4a1ebcaec1a3fe5de0497aa640362d9', 'grubx64.efi', [], 'lab'],
  ]),
]

type Row = readonly [sha256: string, name: string, features: readonly LoaderFeature[], seen?: 'lab']

function release(version: string, rows: readonly Row[]): readonly KnownLoader[] {
  return rows.map(([sha256, name, features, seen]) => ({
    sha256,
    name,
    version,
    features,
    lab: seen === 'lab',
  }))
}

/** The row of a binary, by its sha256 in hex. */
export function knownLoader(sha256: string): KnownLoader | undefined {
  return knownLoaders.find((loader) => loader.sha256 === sha256)
}

/**
 * What the iPXE that sends a request can do, as far as we know that very build: it tells its version as `User-Agent`
 * (src/net/tcp/httpcore.c), and in the query on what it runs. An unknown one is taken for the common ground.
 */
export function featuresOf(
  userAgent: string | undefined,
  platform: 'bios' | 'uefi' | undefined,
): readonly LoaderFeature[] {
  const version = /^iPXE\/(\S{1,64})/.exec(userAgent ?? '')?.[1]
  const isEfi = (name: string) => name.endsWith('.efi')
  return (
    knownLoaders.find((known) => known.version === version && isEfi(known.name) === (platform === 'uefi'))
      ?.features ?? []
  )
}
