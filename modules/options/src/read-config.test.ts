import assert from 'node:assert/strict'
import type { NetworkInterfaceInfo } from 'node:os'
import { test } from 'node:test'
import fc from 'fast-check'
import { z } from 'zod'
import { bootDisagreements } from './boot-disagreements.ts'
import { bootOptions } from './boot-options.ts'
import { configurationReference, helpText } from './help.ts'
import { nameOf, type OptionTable, variableOf } from './option.ts'
import type { Program } from './program.ts'
import { ConfigError, readConfig } from './read-config.ts'
import { filePath, size } from './value-schemas.ts'

const own = {
  data: {
    argument: 'DIR',
    schema: filePath.prefault('./here'),
    about: 'Where it writes.',
    example: '/srv/x',
  },
  quotaBytes: { argument: 'SIZE', schema: size.optional(), about: 'How much.', example: '4GiB' },
  pin: {
    argument: 'REF',
    schema: z.array(z.string()).prefault([]),
    about: 'What stays.',
    example: 'demo',
    otherwise: 'nothing',
  },
} as const satisfies OptionTable
const options = { ...own, ...bootOptions }
const program: Program<typeof options> = {
  name: 'Post',
  about: 'Post boots machines of one place.',
  command: 'post',
  examples: ['post --data /srv/post    there'],
  prefix: 'POST_',
  othersVariables: ['POST_TOKEN'],
  usualFile: '/etc/post.toml',
  options,
  disagreements: bootDisagreements,
}

const eth1: NetworkInterfaceInfo = {
  ...{ address: '10.77.0.1', netmask: '255.255.255.0', family: 'IPv4' },
  ...{ mac: '52:54:00:00:00:01', internal: false, cidr: null },
}
type Given = { argv?: string[]; env?: Record<string, string>; files?: Record<string, string> }
const ask = ({ argv = [], env = {}, files = {} }: Given) =>
  readConfig(program, { argv, env, interfaces: { eth1: [eth1] }, readFile: (path) => files[path] })

function errors(given: Given): readonly string[] {
  try {
    ask(given)
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error))
    return error.errors
  }
  return []
}

test('any table of options is read from flags, environment and file, in this order of precedence', () => {
  const asked = ask({
    argv: ['--pin', 'a', '--pin=b'],
    env: { POST_PIN: 'c', POST_QUOTA_BYTES: '1KiB', POST_TOKEN: 'x', BOOTCAST_DATA: 'of somebody else' },
    files: { '/etc/post.toml': 'quota-bytes = "2KiB"\ndata = "/file"' },
  })
  assert.ok(asked.kind === 'run')
  const { data, quotaBytes, pin, tftpPort, listen } = asked.config
  assert.deepEqual({ data, quotaBytes, pin }, { data: '/file', quotaBytes: 1024, pin: ['a', 'b'] })
  assert.deepEqual([tftpPort, listen], [69, { address: '0.0.0.0', port: 8080 }])
})

test('everything that is wrong is told at once: of the sources, of the values, of how they fit', () => {
  assert.deepEqual(
    errors({
      argv: ['--dat', '/x', '--dhcp', 'server', '--interface', 'eth1'],
      env: { POST_QUOTA_BYTE: '1', POST_CONFIG: '/mine.toml' },
      files: { '/mine.toml': 'quota-bytes = "much"' },
    }),
    [
      '--dat: there is no such option; did you mean --data?',
      '"/x" is no option: options begin with --',
      'POST_QUOTA_BYTE: there is no such option; did you mean POST_QUOTA_BYTES?',
      'quota-bytes (/mine.toml): must be a size such as 500MiB or 64GiB, not "much"',
      'dhcp-range: is required with --dhcp server: the addresses it may give',
    ],
  )
})

test('what the boot services need is judged without the words of one program', () => {
  const loopback = ['--listen', '127.0.0.1:80', '--interface', 'eth1']
  assert.match(errors({ argv: loopback })[0] ?? '', /^listen .*no machine reaches this address/)
  assert.deepEqual(errors({ argv: [...loopback, '--boot-url', 'http://10.0.0.9'] }), [])
})

test('help and reference name every option with the words of the program', () => {
  const help = helpText(program)
  const reference = configurationReference(program, 'Options of Post')
  assert.match(
    help,
    /^Post boots machines[\s\S]*Usage: post \[OPTIONS\][\s\S]*POST_DATA for --data[\s\S]*The version of Post/,
  )
  assert.match(help, /--data DIR\n {6}Where it writes\. Default: \.\/here\./)
  assert.match(help, /\nExamples:\n {2}post --data \/srv\/post {4}there\n$/)
  assert.match(reference, /^# Options of Post\n[\s\S]*`POST_CONFIG`[\s\S]*`\/etc\/post\.toml`/)
  for (const key of Object.keys(options)) {
    assert.ok(help.includes(`--${nameOf(key)} `), key)
    assert.ok(reference.includes(`\`${variableOf('POST_', key)}\``), key)
  }
  for (const line of help.split('\n')) assert.ok(line.length <= 110, line)
  for (const text of [help, reference]) assert.doesNotMatch(text, /bootcast\/config|BOOTCAST_/)
})

test('whatever the arguments and the environment, the answer is a configuration or a list of errors', () => {
  const flag = fc.oneof(
    fc.constantFrom(...Object.keys(options).map((key) => `--${nameOf(key)}`)),
    fc.string({ maxLength: 40 }),
  )
  const name = fc.constantFrom(...Object.keys(options).map((key) => variableOf('POST_', key)), 'POST_X')
  const text = fc.string({ unit: 'binary', maxLength: 60 })
  fc.assert(
    fc.property(fc.array(flag, { maxLength: 8 }), fc.dictionary(name, text), text, (argv, env, toml) => {
      for (const line of errors({ argv, env, files: { '/etc/post.toml': toml } }))
        assert.ok(line.length < 600)
    }),
    { numRuns: 300 },
  )
})
