import {
  bootOptions,
  type ConfigOf,
  endpointOrOff,
  filePath,
  httpsOriginUrl,
  type KeyOf,
  type Option,
  oneOf,
  originUrl,
  size,
  wholeNumber,
} from '@bootcast/options'
import { z } from 'zod'
import { identityOptions } from './identity-options.ts'
import { uforgeOptions } from './uforge-options.ts'
import { postgresUrl, s3Url } from './value-schemas.ts'

const { listen, bootUrl, trustedProxy, loaders, secureBoot, logLevel, logFormat, ...ofMachines } = bootOptions

/**
 * Every option, once: flag (`--public-url`), environment (`BOOTCAST_PUBLIC_URL`) and key of the file (`public-url`)
 * are made from its name here; help and reference from its row.
 */
export const options = {
  data: {
    argument: 'DIR',
    schema: filePath.prefault('./data'),
    about: 'Where Bootcast keeps its catalogue and its files. One process uses it at a time.',
    example: '/var/lib/bootcast',
  },
  listen: {
    ...listen,
    about: 'Where HTTP listens: the API and the files that machines boot.',
  },
  publicUrl: {
    argument: 'URL',
    schema: originUrl.optional(),
    about:
      'How people reach this platform, when that is not its own address (a name, a proxy); machines, too, unless it is https, since their loaders trust no certificate of yours.',
    example: 'https://boot.example',
    otherwise: 'the address of the interface and the port of `listen`',
  },
  bootUrl: {
    ...bootUrl,
    about: 'How machines reach this platform, when that is another way than people have.',
    otherwise: '`public-url` where that is http, else the address of the interface and the port of `listen`',
  },
  trustedProxy: {
    ...trustedProxy,
    about:
      'Reverse proxy, or subnet of them, in front of this platform: what it says in X-Forwarded-For counts as the address of whoever asks, for openings by subnet, locked sign-ins and the audit log. May be given more than once.',
  },
  ...ofMachines,
  siteListen: {
    argument: 'ADDRESS:PORT|off',
    schema: endpointOrOff.prefault('0.0.0.0:8443'),
    about:
      'Where sites ask this platform, by TLS with certificates on both sides. Opened when the first site is added.',
    example: '10.0.0.5:8443',
  },
  siteUrl: {
    argument: 'URL',
    schema: httpsOriginUrl.optional(),
    about: 'How sites reach this platform: stands in the command that makes a computer a site.',
    example: 'https://boot.example:8443',
    otherwise:
      'https, the name of `public-url` or an address of this computer, and the port of `site-listen`',
  },
  mostBoots: {
    argument: 'NUMBER',
    schema: wholeNumber(1, 100_000).optional(),
    about:
      'How many machines may fetch what they boot at once; the others show their place in the queue. Machines of sites count at their site (`bootcast site rate-limit`).',
    example: '200',
    otherwise: 'any number',
  },
  clientRate: {
    argument: 'SIZE',
    schema: size.optional(),
    about: 'Bytes of releases that one machine gets in a second, at most.',
    example: '50MiB',
    otherwise: 'as much as it takes',
  },
  totalRate: {
    argument: 'SIZE',
    schema: size.optional(),
    about: 'Bytes of releases that all machines get together in a second, at most.',
    example: '500MiB',
    otherwise: 'as much as there is',
  },
  ...identityOptions,
  secretsKeyFile: {
    argument: 'FILE',
    schema: filePath.optional(),
    about:
      'File with the key that values for templates are encrypted with, 32 bytes in base64; only its owner may read it. Platforms that share a database need the same.',
    example: '/etc/bootcast/secrets.key',
    otherwise: '`secrets.key` in the data folder, made at the first start',
  },
  ...uforgeOptions,
  loaders,
  secureBoot,
  database: {
    argument: 'URL',
    schema: postgresUrl.optional(),
    about:
      'PostgreSQL for the catalogue. A flag can be read by every user of the computer: a password belongs in the file or the environment.',
    example: 'postgres://bootcast@db.example/bootcast',
    otherwise: 'SQLite in the data folder',
  },
  storage: {
    argument: 's3://BUCKET/PREFIX',
    schema: s3Url.optional(),
    about: 'A bucket for the bytes of files. Its keys come from the environment, as the AWS tools want them.',
    example: 's3://images/bootcast',
    otherwise: 'the data folder',
  },
  s3Endpoint: {
    argument: 'URL',
    schema: originUrl.optional(),
    about:
      'The S3 server of `--storage` and of `publish s3://…`, when it is not that of AWS. It may be on an inner network.',
    example: 'https://s3.example:9000',
  },
  s3Region: {
    argument: 'NAME',
    schema: z
      .string()
      .regex(/^[a-z0-9-]{1,64}$/, 'must be a region such as eu-west-3')
      .prefault('us-east-1'),
    about: 'The region of the buckets.',
    example: 'eu-west-3',
  },
  s3Redirect: {
    argument: 'no|yes',
    schema: oneOf('no', 'yes').prefault('no'),
    about:
      'Send machines whose client follows redirects to the S3 server itself, by addresses good for an hour.',
    example: 'yes',
  },
  maxUpload: {
    argument: 'SIZE',
    schema: size.prefault('64GiB'),
    about: 'The largest file that may be uploaded: bytes, or with KiB, MiB, GiB, TiB.',
    example: '16GiB',
  },
  uploadQuota: {
    argument: 'SIZE',
    schema: size.prefault('256GiB'),
    about: 'What all unfinished uploads may take together. They expire a day after their last byte.',
    example: '1TiB',
  },
  fetchPrivate: {
    argument: 'no|yes',
    schema: oneOf('no', 'yes').prefault('no'),
    about:
      'Whether `publish http://…` and `publish oci://…` may fetch from addresses of inner networks (10.0.0.0/8, loopback…), also behind names, redirects and a registry’s sign-in.',
    example: 'yes',
  },
  builders: {
    argument: 'FILE',
    schema: filePath.optional(),
    about:
      'JSON file of builders, programs that make images: docs/operate/builds.md. Who may write it may run programs as this user, so only its owner may.',
    example: '/etc/bootcast/builders.json',
    otherwise: 'nothing can be built here',
  },
  trustedKeys: {
    argument: 'DIR',
    schema: filePath.optional(),
    about: 'Folder of public keys (*.pub): only bundles that one of them signed are published.',
    example: '/etc/bootcast/keys',
    otherwise: 'bundles need no signature',
  },
  logLevel,
  logFormat,
} as const satisfies Record<string, Option>

export type OptionKey = KeyOf<typeof options>
export type Config = ConfigOf<typeof options>
