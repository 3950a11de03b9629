import { z } from 'zod'
import type { ConfigOf, KeyOf, Option } from './option.ts'
import {
  addressOrSubnet,
  endpoint,
  filePath,
  interfaceName,
  ipv4,
  ipv4Range,
  oneOf,
  plainOriginUrl,
  portOrOff,
  wholeNumber,
} from './value-schemas.ts'

/** What every program with boot services is told; `bootDisagreements` checks that it fits together. */
export const bootOptions = {
  listen: {
    argument: 'ADDRESS:PORT',
    schema: endpoint.prefault('0.0.0.0:8080'),
    about: 'Where HTTP listens: the files that machines boot.',
    example: '[::]:8080',
  },
  bootUrl: {
    argument: 'URL',
    schema: plainOriginUrl.optional(),
    about: 'How machines reach this computer, when that is not the address of the interface.',
    example: 'http://10.0.0.5:8080',
    otherwise: 'the address of the interface and the port of `listen`',
  },
  trustedProxy: {
    argument: 'ADDRESS',
    schema: z.array(addressOrSubnet).prefault([]),
    about:
      'Reverse proxy, or subnet of them, in front of this program: what it says in X-Forwarded-For counts as the address of whoever asks. May be given more than once.',
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

export type BootOptionKey = KeyOf<typeof bootOptions>
export type BootConfig = ConfigOf<typeof bootOptions>
