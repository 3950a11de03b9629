import { type Asked, type Program, readConfig as readConfigOf, type Surroundings } from '@bootcast/options'
import { disagreements } from './config/agreement.ts'
import { type Config, options } from './config/options.ts'

export type { Config } from './config/options.ts'

/** The platform, as its options, its help and their reference need to know it. */
export const platformProgram: Program<typeof options> = {
  name: 'Bootcast',
  about: 'Bootcast publishes operating-system images and boots machines from them.',
  command: 'npm start --',
  examples: [
    'npm start                                     HTTP only, on port 8080',
    'sudo npm start -- --interface eth1            beside the DHCP server of the network',
    'sudo npm start -- --interface eth1 --dhcp server --dhcp-range 10.77.0.100-10.77.0.199',
    '                                              on a network without one',
    'BOOTCAST_LISTEN=127.0.0.1:9000 npm start      the same by the environment',
  ],
  prefix: 'BOOTCAST_',
  // Of the `bootcast` command and of the tests, which may share the environment.
  othersVariables: ['BOOTCAST_URL', 'BOOTCAST_TOKEN', 'BOOTCAST_FUZZ_RUNS'],
  usualFile: '/etc/bootcast/config.toml',
  options,
  disagreements,
}

/** @throws {ConfigError} with everything that is wrong */
export const readConfig = (surroundings: Surroundings): Asked<Config> =>
  readConfigOf(platformProgram, surroundings)
