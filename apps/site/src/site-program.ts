import {
  type Asked,
  bootDisagreements,
  bootOptions,
  type ConfigOf,
  endpoint,
  filePath,
  type Option,
  oneOf,
  type Program,
  readConfig as readConfigOf,
  type Surroundings,
} from '@bootcast/options'

// The upstream decides what machines with Secure Boot get, and brings the loaders.
const { loaders: _loaders, secureBoot: _secureBoot, logLevel, logFormat, ...ofMachines } = bootOptions

const options = {
  data: {
    argument: 'DIR',
    schema: filePath.prefault('./site-data'),
    about: 'Where the site keeps its key, its cache and what it knows. One process uses it at a time.',
    example: '/var/lib/bootcast-site',
  },
  ...ofMachines,
  uplinkListen: {
    argument: 'ADDRESS:PORT',
    schema: endpoint.optional(),
    about: 'Where other sites ask this one instead of the platform.',
    example: '10.0.0.5:8443',
    otherwise: 'nowhere',
  },
  statusListen: {
    argument: 'ADDRESS:PORT',
    schema: endpoint.prefault('127.0.0.1:8081'),
    about: 'Where /healthz, /readyz and /metrics (Prometheus) are.',
    example: '10.0.0.5:8081',
  },
  followSoftware: {
    argument: 'yes|no',
    schema: oneOf('yes', 'no').prefault('yes'),
    about:
      '`yes` runs the software of the platform, a new version when it has one; `no` what is installed here.',
    example: 'no',
  },
  logLevel,
  logFormat,
} as const satisfies Record<string, Option>

export type Config = ConfigOf<typeof options>

/** A site, as its options, its help and their reference need to know it. */
export const siteProgram: Program<typeof options> = {
  name: 'Bootcast site',
  about:
    'A Bootcast site boots the machines of its network: what they boot is decided by its platform, the bytes are kept here.',
  command: 'bootcast-site',
  examples: [
    'bootcast-site join https://boot.example:8443 --token TOKEN --interface eth1',
    '                                    the first time: "bootcast site add NAME" prints URL and token',
    'bootcast-site run --interface eth1  from then on',
    'bootcast-site doctor                what works here, and what does not',
  ],
  prefix: 'BOOTCASTSITE_',
  othersVariables: [],
  usualFile: '/etc/bootcast/site.toml',
  options,
  disagreements: (known) =>
    bootDisagreements({ ...known, isGiven: (key) => known.isGiven(key as keyof typeof options) }),
}

/** @throws {ConfigError} with everything that is wrong */
export const readConfig = (surroundings: Surroundings): Asked<Config> =>
  readConfigOf(siteProgram, surroundings)
