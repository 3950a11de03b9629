import { and, IpxeScript, or, setting, word } from '@bootcast/netboot'
import type { ScriptOptions } from '../boot-script.ts'
import type { SignInRefused } from '../boot-source.ts'
import { askAgain } from './first.ts'
import { backToMenu } from './refuse.ts'

/**
 * Asks for a user name and a password and sends both. As hexadecimal: iPXE 2.0.0 sends `+` in a form as it is, that of
 * 2019 writes bytes over 7F wrongly in URLs (see machine-query.ts), and so every character arrives as it was typed.
 *
 * A loader with `params` sends a form. Others send Basic after a 401 (RFC 7617): the password can then be read on the
 * network, as with a form over HTTP. Digest (RFC 7616) would need passwords in a form that signs in by itself.
 */
export function signInScript(options: ScriptOptions): IpxeScript {
  const check = `${options.boot}/session/check`
  const script = new IpxeScript()
    .label('ask')
    .command('clear', 'username', or)
    .command('clear', 'password', or)
    .command('login', or, 'goto', 'menu')
    .command('isset', setting('username'), or, 'goto', 'ask')
  if (options.features.includes('params'))
    script
      .command('params', or, 'goto', 'basic')
      .command('param', 'user', setting('username', 'hexraw'), or, 'goto', 'basic')
      .command('param', 'password', setting('password', 'hexraw'), or)
      .command('clear', 'password', or)
      .command('chain', '--replace', '--autofree', word(`${check}##params`), or, 'goto', 'broken')
  script
    .label('basic')
    .command('chain', '--replace', '--autofree', withCredentials(check), or, 'goto', 'broken')
    .label('broken')
    .command('clear', 'password', or)
    .echo('Bootcast: the sign-in could not be sent (the lines above say why)')
  return toMenu(script, options)
}

/** `http://user:password@host/…`; iPXE shows stars for the password. */
function withCredentials(url: string) {
  const [scheme = '', rest = ''] = url.split('//')
  const [user, password] = [setting('username', 'hexraw'), setting('password', 'hexraw')]
  return word(`${scheme}//`, user, ':', password, `@${rest}`)
}

const sentences: Readonly<Record<SignInRefused['why'], string>> = {
  wrong: 'the user name or the password is wrong',
  locked: 'too many failed sign-ins',
  away: 'the directory of users does not answer now',
  'cut-off': 'the platform cannot be reached. Until it is, only who signed in here lately can, as then',
}

/** Says why somebody was not signed in, lets time pass, and asks again. */
export function signInRefusedScript(
  { why, retrySeconds }: SignInRefused,
  options: ScriptOptions,
): IpxeScript {
  const pause = Math.min(900, Math.max(2, Math.ceil(retrySeconds)))
  const script = new IpxeScript().command('clear', 'password', or).echo('Bootcast:', sentences[why])
  if (pause > 2) script.echo(`Bootcast: wait ${pause} s, or press Esc for the menu`)
  script
    .command('prompt', '--key', '0x1b', '--timeout', String(pause * 1000), and, 'goto', 'menu', or)
    .command('chain', '--replace', '--autofree', word(`${options.boot}/session/sign-in`), or)
  return toMenu(script, options)
}

/** The end of such scripts. */
function toMenu(script: IpxeScript, options: ScriptOptions): IpxeScript {
  script
    .label('menu')
    .command('clear', 'password', or)
    .command('chain', '--replace', '--autofree', word(`${options.boot}/session/menu`), or)
  return askAgain(script, options.base, 5)
}

/** Says something, then the menu. */
export function noticeScript(text: string, options: ScriptOptions): IpxeScript {
  return backToMenu(new IpxeScript().echo('Bootcast:', text), options)
}
