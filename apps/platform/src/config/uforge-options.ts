import { type Option, oneOf } from '@bootcast/options'
import { uforgeContext, uforgeVersion } from './value-schemas.ts'

/** What clients of UForge find: `docs/protocols/uforge.md`. */
export const uforgeOptions = {
  uforge: {
    argument: 'off|on',
    schema: oneOf('off', 'on').prefault('off'),
    about: 'Whether machines and clients that were set up for a UForge server find here what they ask for.',
    example: 'on',
  },
  uforgeContext: {
    argument: 'PATH',
    schema: uforgeContext.prefault('/api'),
    about: 'The root context of UForge: what the addresses of its API begin with.',
    example: '/ufws',
  },
  uforgeVersion: {
    argument: 'VERSION',
    schema: uforgeVersion.prefault('3.8.13'),
    about: 'The version of UForge that is told. Its clients refuse any but their own.',
    example: '3.8.12',
  },
} as const satisfies Record<string, Option>
