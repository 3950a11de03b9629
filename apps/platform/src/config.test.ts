import assert from 'node:assert/strict'
import type { NetworkInterfaceInfo } from 'node:os'
import { test } from 'node:test'
import { type Asked as AskedOf, ConfigError, helpText, nameOf, variableOf } from '@bootcast/options'
import fc from 'fast-check'
import { type OptionKey, options } from './config/options.ts'
import { type Config, platformProgram, readConfig } from './config.ts'

type Asked = AskedOf<Config>
const { usualFile, prefix } = platformProgram
const optionKeys = Object.keys(options) as OptionKey[]

const ipv4 = (address: string, netmask: string): NetworkInterfaceInfo => ({
  address,
  netmask,
  family: 'IPv4',
  mac: '52:54:00:00:00:01',
  internal: false,
  cidr: null,
})
const interfaces = {
  lo: [ipv4('127.0.0.1', '255.0.0.0')],
  eth1: [ipv4('10.77.0.1', '255.255.255.0')],
  bare: [],
}

type Given = { argv?: string[]; env?: Record<string, string>; files?: Record<string, string> }

function ask({ argv = [], env = {}, files = {} }: Given): Asked {
  return readConfig({ argv, env, interfaces, readFile: (path) => files[path] })
}
function config(given: Given): Config {
  const asked = ask(given)
  assert.equal(asked.kind, 'run')
  return (asked as Extract<Asked, { kind: 'run' }>).config
}
function errors(given: Given): readonly string[] {
  try {
    ask(given)
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error))
    return error.errors
  }
  return []
}

test('without anything there are defaults for a start without privileges', () => {
  assert.deepEqual(config({}), {
    data: './data',
    listen: { address: '0.0.0.0', port: 8080 },
    publicUrl: undefined,
    bootUrl: undefined,
    trustedProxy: [],
    interface: [],
    dhcp: undefined,
    dhcpRange: undefined,
    dhcpRouter: undefined,
    dhcpDns: [],
    dhcpLeaseSeconds: 3600,
    tftpPort: 69,
    siteListen: { address: '0.0.0.0', port: 8443 },
    siteUrl: undefined,
    mostBoots: undefined,
    clientRate: undefined,
    totalRate: undefined,
    adminPasswordFile: undefined,
    roleOf: [],
    oidcIssuer: undefined,
    oidcClientId: undefined,
    oidcClientSecretFile: undefined,
    oidcGroupsClaim: 'groups',
    ldapUrl: undefined,
    ldapStartTls: undefined,
    ldapCaFile: undefined,
    ldapUserDn: undefined,
    ldapBase: undefined,
    ldapFilter: { text: '(uid={user})', attribute: 'uid' },
    ldapBindDn: undefined,
    ldapBindPasswordFile: undefined,
    ldapGroupsAttribute: 'memberOf',
    loaders: undefined,
    secureBoot: 'no',
    secretsKeyFile: undefined,
    uforge: 'off',
    uforgeContext: '/api',
    uforgeVersion: '3.8.13',
    database: undefined,
    maxUpload: 64 * 2 ** 30,
    storage: undefined,
    s3Endpoint: undefined,
    s3Region: 'us-east-1',
    s3Redirect: 'no',
    uploadQuota: 256 * 2 ** 30,
    fetchPrivate: 'no',
    builders: undefined,
    trustedKeys: undefined,
    logLevel: 'info',
    logFormat: undefined,
  })
})

test('a flag wins over the environment, that over the file', () => {
  const files = {
    [usualFile]: 'data = "/file"\nlog-level = "warn"\ntftp-port = 6969\ninterface = ["lo", "eth1"]',
  }
  const env = { BOOTCAST_DATA: '/env', BOOTCAST_LOG_LEVEL: 'error' }
  const found = config({ argv: ['--data', '/flag'], env, files })
  assert.deepEqual(
    [found.data, found.logLevel, found.tftpPort, found.interface],
    ['/flag', 'error', 6969, ['lo', 'eth1']],
  )
})

test('a list is a repeated flag or a variable with commas', () => {
  assert.deepEqual(config({ argv: ['--interface', 'lo', '--interface=eth1'] }).interface, ['lo', 'eth1'])
  assert.deepEqual(config({ env: { BOOTCAST_INTERFACE: 'lo, eth1' } }).interface, ['lo', 'eth1'])
})

test('a file that is named must exist, the usual one need not', () => {
  assert.deepEqual(errors({ argv: ['--config', '/nowhere.toml'] }), [
    'config: there is no file /nowhere.toml',
  ])
  assert.equal(
    config({ env: { BOOTCAST_CONFIG: '/a.toml' }, files: { '/a.toml': 'data = "/a"' } }).data,
    '/a',
  )
})

test('everything that is wrong is told at once, each with its key and where it came from', () => {
  const found = errors({
    argv: [
      '--dta',
      '/x',
      '--listen',
      'nowhere',
      '--dhcp',
      'server',
      '--interface',
      'eth7',
      'stray',
      '--loaders',
    ],
    env: { BOOTCAST_TFTP_PROT: '69', BOOTCAST_MAX_UPLOAD: 'much', BOOTCAST_TOKEN: 'of the command' },
    files: { [usualFile]: 'log-level = "loud"\ndhcp-leas-seconds = 1\ndata = true' },
  })
  assert.deepEqual(found, [
    '--dta: there is no such option; did you mean --data?',
    '"/x" is no option: options begin with --',
    '"stray" is no option: options begin with --',
    '--loaders: needs a value',
    'BOOTCAST_TFTP_PROT: there is no such option; did you mean BOOTCAST_TFTP_PORT?',
    '/etc/bootcast/config.toml: dhcp-leas-seconds: there is no such option; did you mean dhcp-lease-seconds?',
    'data (/etc/bootcast/config.toml): must be a text or a number',
    'listen (flag --listen): must be ADDRESS:PORT, for instance 0.0.0.0:8080 or [::]:8080, not "nowhere"',
    'max-upload (environment BOOTCAST_MAX_UPLOAD): must be a size such as 500MiB or 64GiB, not "much"',
    'log-level (/etc/bootcast/config.toml): must be debug or info or warn or error, not "loud"',
    'interface (flag --interface): there is no interface eth7 that is up; there are: lo, eth1, bare',
    'dhcp-range: is required with --dhcp server: the addresses it may give',
  ])
})

test('a file that is no TOML is refused with line and column', () => {
  assert.match(
    errors({ files: { [usualFile]: 'data = "/a"\nlisten = = 1' } })[0] ?? '',
    /^\/etc\/bootcast\/config.toml, line 2, column \d+: /,
  )
})

const server = (...more: string[]) => ({ argv: ['--interface', 'eth1', '--dhcp', 'server', ...more] })
const refused: readonly (readonly [string, Given, string])[] = [
  [
    'a range outside of the subnet',
    server('--dhcp-range', '10.78.0.1-10.78.0.9'),
    'does not lie in the subnet of eth1, 10.77.0.1/24',
  ],
  [
    'the broadcast address in the range',
    server('--dhcp-range', '10.77.0.9-10.77.0.255'),
    'does not lie in the subnet',
  ],
  [
    'a range backwards',
    server('--dhcp-range', '10.77.0.9-10.77.0.8'),
    'its first address is behind its last',
  ],
  [
    'the own address in the range',
    server('--dhcp-range', '10.77.0.1-10.77.0.8'),
    'contains 10.77.0.1, the address of eth1',
  ],
  [
    'a router elsewhere',
    server('--dhcp-range', '10.77.0.5-10.77.0.8', '--dhcp-router', '10.1.1.1'),
    '10.1.1.1 does not lie in the subnet',
  ],
  [
    'a range without the server',
    { argv: ['--dhcp-range', '10.77.0.5-10.77.0.8'] },
    'has a meaning only with --dhcp server',
  ],
  ['proxy without an interface', { argv: ['--dhcp', 'proxy'] }, 'proxy needs an interface'],
  [
    'a server on two interfaces',
    server('--interface', 'lo', '--dhcp-range', '10.77.0.5-10.77.0.8'),
    'several are named',
  ],
  ['an interface without an address', { argv: ['--interface', 'bare'] }, 'bare has no IPv4 address'],
  ['an IPv6 address without brackets', { argv: ['--listen', '::1:80'] }, 'must be ADDRESS:PORT'],
  ['a port that is none', { argv: ['--listen', '0.0.0.0:70000'] }, 'must be ADDRESS:PORT'],
  ['machines by https', { argv: ['--boot-url', 'https://a'] }, 'must be an http:// URL'],
  ['a proxy that is no address', { argv: ['--trusted-proxy', 'nginx'] }, 'must be an address, or a subnet'],
  ['everybody as a proxy', { argv: ['--trusted-proxy', '0.0.0.0/0'] }, 'must be an address, or a subnet'],
  ['a proxy in no subnet', { argv: ['--trusted-proxy', '10.0.0.0/33'] }, 'must be an address, or a subnet'],
  [
    'machines sent to where only we are',
    { argv: ['--listen', '127.0.0.1:80', '--interface', 'eth1', '--public-url', 'https://a'] },
    'no machine reaches this address: give --boot-url',
  ],
  ['a public URL with a path', { argv: ['--public-url', 'http://a/b'] }, 'without a path'],
  [
    'a database that is no PostgreSQL',
    { argv: ['--database', 'mysql://a:secret@b'] },
    'must be a URL such as postgres:',
  ],
]
const provider = ['--oidc-issuer', 'https://idp.example', '--oidc-client-id', 'a']
const directory = ['--ldap-url', 'ldap://ldap.example', '--ldap-user-dn', 'uid={user},dc=x']
const search = ['--ldap-url', 'ldap://ldap.example', '--ldap-base', 'dc=x']
const refusedPeople: readonly (readonly [string, string[], string])[] = [
  [
    'a provider by http',
    [...provider.with(1, 'http://idp.example'), '--public-url', 'http://a'],
    'must be a URL',
  ],
  ['a provider that is no URL', [...provider.with(1, 'idp'), '--public-url', 'http://a'], 'must be a URL'],
  ['a provider that cannot send anybody back', provider, 'public-url: is required with --oidc-issuer'],
  ['a client of no provider', ['--oidc-client-id', 'a'], 'has a meaning only with --oidc-issuer'],
  ['roles for groups of nobody', ['--role-of', 'a=viewer'], 'only with --oidc-issuer or --ldap-url'],
  ['a role that is none', [...directory, '--role-of', 'a=boss'], 'must be GROUP=ROLE'],
  ['a role without a group', [...directory, '--role-of', '=viewer'], 'must be GROUP=ROLE'],
  ['a directory of another kind', directory.with(1, 'http://ldap.example'), 'must be ldaps://HOST'],
  ['a directory with a path', directory.with(1, 'ldap://a/dc=x'), 'must be ldaps://HOST'],
  ['a DN without a place for the name', directory.with(3, 'uid=a,dc=x'), 'must be a DN with {user}'],
  ['a filter without one', [...search, '--ldap-filter', '(uid=a)'], 'must be a filter with {user}'],
  ['a search without a place', search.slice(0, 2), 'ldap-base: or --ldap-user-dn is required'],
  ['a search beside a DN', [...directory, '--ldap-base', 'dc=x'], 'no meaning with --ldap-user-dn'],
  ['who searches without a password', [...search, '--ldap-bind-dn', 'cn=a'], 'give both, or none'],
  ['a context of no UForge', ['--uforge-context', '/ufws'], 'has a meaning only with --uforge on'],
  ['the context of our own API', ['--uforge', 'on', '--uforge-context', '/api/v1'], 'must be a path'],
  ['a context with a slash at its end', ['--uforge', 'on', '--uforge-context', '/api/'], 'must be a path'],
  ['a version with a space', ['--uforge', 'on', '--uforge-version', '3 8'], 'must be a version'],
  [
    'StartTLS on what is TLS already',
    [...directory.with(1, 'ldaps://a'), '--ldap-start-tls', 'yes'],
    'has a meaning only with ldap://',
  ],
]
for (const [what, argv, message] of refusedPeople) {
  test(`refused: ${what}`, () => {
    const found = errors({ argv })
    assert.equal(found.length, 1, found.join('\n'))
    assert.ok(found[0]?.includes(message), found[0])
  })
}

test('a directory and a provider are understood', () => {
  const roles = ['--role-of', 'ops=operator', '--role-of', 'a=b=viewer']
  const found = config({ argv: [...directory.with(1, 'ldaps://[::1]:1636'), ...roles] })
  assert.deepEqual(found.ldapUrl, { tls: true, host: '::1', port: 1636, isLoopback: true })
  assert.deepEqual(found.ldapUserDn, { text: 'uid={user},dc=x', attribute: 'uid' })
  assert.deepEqual(found.roleOf, [
    { group: 'ops', role: 'operator' },
    { group: 'a=b', role: 'viewer' },
  ])
  const filter = '(&(objectClass=person)(sAMAccountName={user}))'
  const searching = config({ argv: [...search, '--ldap-filter', filter] })
  assert.equal(searching.ldapFilter.attribute, 'sAMAccountName')
  assert.equal(searching.ldapUrl?.port, 389)
  const by = config({ argv: [...provider.with(1, 'http://127.0.0.1:9/a/'), '--public-url', 'http://a'] })
  assert.equal(by.oidcIssuer, 'http://127.0.0.1:9/a/')
})

for (const [what, given, message] of refused) {
  test(`refused: ${what}`, () => {
    const found = errors(given)
    assert.equal(found.length, 1, found.join('\n'))
    assert.ok(found[0]?.includes(message), found[0])
    assert.ok(!found[0]?.includes('secret'))
  })
}

test('a whole DHCP server is understood', () => {
  const { dhcp, dhcpRange, dhcpDns } = config(
    server(
      '--dhcp-range',
      '10.77.0.100-10.77.0.199',
      '--dhcp-dns',
      '10.77.0.1,9.9.9.9',
      '--dhcp-router=10.77.0.1',
    ),
  )
  assert.deepEqual(
    { dhcp, dhcpRange, dhcpDns },
    {
      dhcp: 'server',
      dhcpRange: { first: '10.77.0.100', last: '10.77.0.199' },
      dhcpDns: ['10.77.0.1', '9.9.9.9'],
    },
  )
})

test('IPv6 listens in brackets, sizes have units', () => {
  const found = config({ argv: ['--listen', '[::]:80', '--max-upload', '2 GiB'] })
  assert.deepEqual([found.listen, found.maxUpload], [{ address: '::', port: 80 }, 2 ** 31])
})

test('help and version win over everything else', () => {
  assert.equal(ask({ argv: ['--nonsense', '-h'] }).kind, 'help')
  assert.equal(ask({ argv: ['--version', '--listen', 'x'] }).kind, 'version')
})

test('the help names every option, in lines that fit a terminal', () => {
  const text = helpText(platformProgram)
  for (const key of optionKeys) assert.ok(text.includes(`--${nameOf(key)} `), key)
  for (const line of text.split('\n')) assert.ok(line.length <= 110, line)
})

for (const key of optionKeys) {
  test(`the example of ${nameOf(key)} is one that is accepted`, () => {
    const found = errors({ env: { [variableOf(prefix, key)]: options[key].example } })
    assert.deepEqual(
      found.filter(
        (line) => !/meaning only with|needs an interface|required with --(oidc|ldap)|give both/.test(line),
      ),
      [],
    )
  })
}

test('whatever the arguments and the environment, the answer is a configuration or a list of errors', () => {
  const flag = fc.oneof(
    fc.constantFrom(...optionKeys.map((key) => `--${nameOf(key)}`)),
    fc.string({ maxLength: 40 }),
  )
  const name = fc.constantFrom(
    ...optionKeys.map((key) => variableOf(prefix, key)),
    'BOOTCAST_X',
    'BOOTCAST_CONFIG',
  )
  const text = fc.string({ unit: 'binary', maxLength: 60 })
  fc.assert(
    fc.property(fc.array(flag, { maxLength: 8 }), fc.dictionary(name, text), text, (argv, env, toml) => {
      const given = { argv, env, files: { [usualFile]: toml } }
      for (const line of errors(given)) assert.ok(line.length < 600)
    }),
    { numRuns: 500 },
  )
})
