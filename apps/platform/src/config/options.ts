import { z } from 'zod'
import { identityOptions } from './identity-options.ts'
import type { Option } from './option.ts'
import {
  addressOrSubnet,
  endpoint,
  filePath,
  interfaceName,
  ipv4,
  ipv4Range,
  oneOf,
  originUrl,
  plainOriginUrl,
  portOrOff,
  postgresUrl,
  s3Url,
  size,
  wholeNumber,
} from './value-schemas.ts'

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
    argument: 'ADDRESS:PORT',
    schema: endpoint.prefault('0.0.0.0:8080'),
    about: 'Where HTTP listens: the API and the files that machines boot.',
    example: '[::]:8080',
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
    argument: 'URL',
    schema: plainOriginUrl.optional(),
    about: 'How machines reach this platform, when that is another way than people have.',
    example: 'http://10.0.0.5:8080',
    otherwise: '`public-url` where that is http, else the address of the interface and the port of `listen`',
  },
  trustedProxy: {
    argument: 'ADDRESS',
    schema: z.array(addressOrSubnet).prefault([]),
    about:
      'Reverse proxy, or subnet of them, in front of this platform: what it says in X-Forwarded-For counts as the address of whoever asks, for openings by subnet, locked sign-ins and the audit log. May be given more than once.',
    example: '10.0.0.5',
    otherwise: 'none: the other end of the connection is who asks',
  },
  interface: {
    argument: 'NAME',
    schema: z.array(interfaceName).prefault([]),
    about: 'Network interface of the machines: DHCP answers there. May be given more than once.',
    example: 'eth1',
    otherwise: 'none: no DHCP',
  },
  dhcp: {
    argument: 'off|proxy|server',
    schema: oneOf('off', 'proxy', 'server').optional(),
    about:
      '`proxy` answers boot questions beside the DHCP server of the network; `server` also gives addresses, on a network that has no other.',
    example: 'proxy',
    otherwise: '`proxy` when an interface is named and port 67 may be opened, else `off`',
  },
  dhcpRange: {
    argument: 'A-B',
    schema: ipv4Range.optional(),
    about: 'Addresses that `dhcp = server` gives, in the subnet of the interface. Required for it.',
    example: '10.77.0.100-10.77.0.199',
  },
  dhcpRouter: {
    argument: 'ADDRESS',
    schema: ipv4.optional(),
    about: 'Default gateway told to machines by `dhcp = server`.',
    example: '10.77.0.1',
    otherwise: 'none',
  },
  dhcpDns: {
    argument: 'ADDRESS',
    schema: z.array(ipv4).prefault([]),
    about: 'Name server told to machines by `dhcp = server`. May be given more than once.',
    example: '10.77.0.1',
    otherwise: 'none',
  },
  dhcpLeaseSeconds: {
    argument: 'SECONDS',
    schema: wholeNumber(60, 31_536_000).prefault('3600'),
    about: 'How long a machine may keep an address of `dhcp = server` without asking again.',
    example: '86400',
  },
  tftpPort: {
    argument: 'PORT|off',
    schema: portOrOff.prefault('69'),
    about: 'UDP port of TFTP. Firmware always asks on 69; another one is for tests and relays.',
    example: 'off',
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
  loaders: {
    argument: 'DIR',
    schema: filePath.optional(),
    about: 'Folder with the boot loaders that firmware gets.',
    example: '/var/lib/bootcast/loaders',
    otherwise: '`loaders` in the folder of the project',
  },
  secureBoot: {
    argument: 'no|yes',
    schema: oneOf('no', 'yes').prefault('no'),
    about:
      '`yes` gives machines with UEFI the signed shim and GRUB instead of iPXE: they start with Secure Boot, and without. See docs/operate/secure-boot.md for what GRUB cannot boot.',
    example: 'yes',
  },
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
  trustedKeys: {
    argument: 'DIR',
    schema: filePath.optional(),
    about: 'Folder of public keys (*.pub): only bundles that one of them signed are published.',
    example: '/etc/bootcast/keys',
    otherwise: 'bundles need no signature',
  },
  logLevel: {
    argument: 'LEVEL',
    schema: oneOf('debug', 'info', 'warn', 'error').prefault('info'),
    about: '`debug` also tells of each packet that was not answered, and why.',
    example: 'debug',
  },
  logFormat: {
    argument: 'text|json',
    schema: oneOf('text', 'json').optional(),
    about: 'How the log is written on standard error.',
    example: 'json',
    otherwise: '`text` on a terminal, else `json`',
  },
} as const satisfies Record<string, Option>

export type OptionKey = keyof typeof options
export const optionKeys = Object.keys(options) as readonly OptionKey[]

type Shape = { readonly [K in OptionKey]: (typeof options)[K]['schema'] }
/** The one schema of the configuration. */
export const configSchema = z.object(
  Object.fromEntries(optionKeys.map((key) => [key, options[key].schema])) as unknown as Shape,
)
export type Config = Readonly<z.output<typeof configSchema>>

/** `publicUrl` → `public-url`: the flag without its hyphens, and the key in the file. */
export const nameOf = (key: OptionKey): string =>
  key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
/** `publicUrl` → `BOOTCAST_PUBLIC_URL`. */
export const variableOf = (key: OptionKey): string =>
  `BOOTCAST_${nameOf(key).replaceAll('-', '_').toUpperCase()}`
export const isList = (key: OptionKey): boolean => {
  const { schema }: Option = options[key]
  return schema instanceof z.ZodPrefault && schema.def.innerType instanceof z.ZodArray
}

/** The default as a person writes it; `undefined` when there is none. */
export function defaultOf(key: OptionKey): string | undefined {
  const { schema, ...row }: Option = options[key]
  if (row.otherwise !== undefined) return row.otherwise
  return schema instanceof z.ZodPrefault ? `\`${schema.def.defaultValue}\`` : undefined
}
