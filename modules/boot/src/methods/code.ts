import { and, IpxeScript, or, word } from '@bootcast/netboot'
import type { ScriptOptions } from '../boot-script.ts'
import { askAgain } from './first.ts'

/**
 * Shows a code and waits until it is approved somewhere else (RFC 8628 §3.3). The wait is one request that we answer
 * when something has happened, so the screen stays as it is. Ctrl-C ends it (src/core/monojob.c). The QR picture only when
 * somebody asks for it: on EFI nothing comes on the serial line while there is one.
 */
export function codeScript(code: string, activateUrl: string, options: ScriptOptions): IpxeScript {
  const script = new IpxeScript()
    .echo('')
    .echo('To sign in at this machine, open on a phone or computer')
    .echo('')
    .echo('    ', activateUrl)
    .echo('')
    .echo('and enter the code')
    .echo('')
    .echo('    ', code)
    .echo('')
    .echo('It goes on by itself. Ctrl-C: back to the menu.')
  if (options.features.includes('console'))
    script
      .command(
        'prompt',
        '--key',
        'q',
        '--timeout',
        '5000',
        'Press',
        'q',
        'for',
        'a',
        'QR',
        'picture',
        and,
        'goto',
        'picture',
        or,
      )
      .command('goto', 'hold')
      .label('picture')
      .command('console', '--picture', word(`${options.boot}/session/code.png`), '--right', '300', or)
      .echo('Scan this, or open')
      .echo(activateUrl)
      .echo('and enter the code')
      .echo(code)
      .label('hold')
  script.command('chain', '--replace', '--autofree', word(`${options.boot}/session/wait`), or)
  return goOn(script, 'menu', options)
}

/** After the wait: on to another place of the session, with the screen as it was before the picture. */
export function goOnScript(path: string, options: ScriptOptions): IpxeScript {
  return goOn(new IpxeScript(), path, options)
}

function goOn(script: IpxeScript, path: string, { base, boot, features }: ScriptOptions): IpxeScript {
  if (features.includes('console')) script.command('console', or)
  script.command('chain', '--replace', '--autofree', word(`${boot}/session/${path}`), or)
  return askAgain(script, base, 5)
}
