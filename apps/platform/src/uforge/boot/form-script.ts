import { and, IpxeScript, or, type Part, setting, word } from '@bootcast/netboot'

export type FormPlace = {
  /** Host, and port where it is another than the usual one: what stands in the form until somebody writes another. */
  readonly address: string
  /** Root context: `/api`. */
  readonly context: string
}

/** Settings of the loader's own; they outlast the script, so that a form that comes back is filled in as before. */
const [protocol, address, context, who, next] = [
  'forge-protocol',
  'forge-address',
  'forge-context',
  'forge-who',
  'forge-next',
] as const
/** Percent-encoded, as they stand in an address. */
const user = setting('username', 'uristring')
const password = setting('password', 'uristring')
const unset = ['<Select', 'to', 'change', 'value>']

/** A server that does not answer by HTTPS in this time is asked by HTTP: a firewall that throws packets away. */
const httpsMs = 6_000

/**
 * The form of UForge's `/resources/ipxe-init`, line by line as its guide shows it, and "Connect". In commands that
 * iPXE had long before 2017; without `menu` the same is asked line by line, without `login` the password is read as it
 * is typed. Nothing that is typed reaches the platform but in an address, percent-encoded.
 *
 * HTTPS is tried first, without the password: only when nobody answers there does the password go by HTTP, never
 * because it was refused.
 */
export function formScript(place: FormPlace): IpxeScript {
  const script = new IpxeScript()
    .command('isset', setting(protocol), or, 'set', protocol, 'https')
    .command('isset', setting(address), or, 'set', address, place.address)
    .command('isset', setting(context), or, 'set', context, place.context)
    .command('isset', setting(who), or, 'set', who, ...unset)
    .command('set', next, 'credentials')
  addForm(script)
  addFields(script)
  addConnection(script)
  addLineByLine(script)
  return script
}

const lines: readonly (readonly [label: string, ...text: readonly Part[]])[] = [
  ['protocol', 'Protocol:', setting(protocol)],
  ['address', 'Your', 'UForge', 'IP', 'address:', setting(address)],
  ['context', 'Your', 'root', 'context:', word('"', setting(context), '"')],
  ['credentials', 'Your', 'credentials:', setting(who)],
  ['connect', 'Connect'],
  ['leave', 'Exit', 'to', 'shell'],
]

function addForm(script: IpxeScript): void {
  script
    .label('form')
    .command('menu', 'Please', 'complete', 'the', 'information', 'below', or, 'goto', 'plain')
  for (const [label, ...text] of lines) script.command('item', label, ...text)
  script
    .command('choose', '--default', setting(next), 'picked', or, 'goto', 'form')
    .command('goto', setting('picked'))
}

function addFields(script: IpxeScript): void {
  const isHttps = ['iseq', setting(protocol), 'https'] as const
  script
    .label('protocol')
    .command(...isHttps, and, 'set', protocol, 'http', or, 'set', protocol, 'https')
    .command('goto', 'form')
    .label('address')
    .echo('Your UForge IP address, or its name (with :port when it has one), then Enter:')
    .command('read', address, or)
    .command('goto', 'form')
    .label('context')
    .echo('Your root context, then Enter:')
    .command('read', context, or)
    .command('goto', 'form')
    .label('credentials')
    .command('clear', 'username', or)
    .command('clear', 'password', or)
    .command('set', who, ...unset)
    .command('login', or, 'goto', 'form')
    .command('isset', user, and, 'set', who, user, or)
    .command('set', next, 'connect')
    .command('goto', 'form')
    .label('leave')
    .echo('"exit" leads back to the form')
    .command('shell', or)
    .command('goto', 'form')
}

function addConnection(script: IpxeScript): void {
  const probe = word('https://', setting(address), '/resources/ipxe-init')
  const ask = (scheme: string) =>
    word(
      ...[`${scheme}://`, user, ':', password, '@', setting(address), setting(context)],
      ...['/users/', user, '/pxe'],
    )
  script
    .label('connect')
    .command('isset', setting('password', 'hexraw'), or, 'goto', 'credentials')
    .command('iseq', setting(protocol), 'http', and, 'goto', 'http', or)
    .command('imgfetch', '--name', 'forge', '--timeout', String(httpsMs), probe, or, 'goto', 'nohttps')
    .command('imgfree', 'forge', or)
    .command('chain', '--replace', '--autofree', ask('https'), or)
    .command('goto', 'failed')
    .label('nohttps')
    .echo('No HTTPS there. Now by HTTP: the password can be read on the network')
    .label('http')
    .command('chain', '--replace', '--autofree', ask('http'), or)
    .label('failed')
    .command('clear', 'password', or)
    .command('set', who, ...unset)
    .command('set', next, 'credentials')
    .echo('That did not work (the lines above say why: "Permission denied" is a wrong')
    .echo('user or password, "No such file" another root context)')
    .command('prompt', '--timeout', '20000', 'Press', 'a', 'key', 'for', 'the', 'form', or)
    .command('goto', 'form')
}

/** For a loader without `menu`. */
function addLineByLine(script: IpxeScript): void {
  script
    .label('plain')
    .echo('Please complete the information below, Enter after each')
    .echo('Protocol (https or http):')
    .command('read', protocol, or)
    .echo('Your UForge IP address:')
    .command('read', address, or)
    .echo('Your root context:')
    .command('read', context, or)
    .echo('Your credentials:')
    .command('login', and, 'goto', 'connect', or)
    .echo('User:')
    .command('read', 'username', or)
    .echo('Password (it is shown):')
    .command('read', 'password', or)
    .command('isset', setting('password', 'hexraw'), and, 'goto', 'connect', or)
    .command('shell', or)
    .command('goto', 'form')
}
