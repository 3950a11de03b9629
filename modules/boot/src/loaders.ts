import type { Architecture } from './machine.ts'

/** What a loader can do beyond the common ground (iPXE 2019: http, tftp, menu, login form). */
export type LoaderFeature = 'https' | 'params' | 'console' | 'shim' | 'autoexec' | 'poweroff'

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
