import { and, IpxeScript, or, word } from '@bootcast/netboot'
import type { ScriptOptions } from '../boot-script.ts'
import { askAgain } from './first.ts'

/**
 * Shows a code and waits until it is approved somewhere else (RFC 8628 §3.3). The wait is one request that we answer
 * when something has happened, so the screen stays as it is. Ctrl-C ends it (src/core/monojob.c).
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
      .command('console', '--picture', word(`${options.boot}/session/code.png`), '--left', '400', or)
      .echo('Scan it, or open', activateUrl)
      .echo('and enter', code)
      .label('hold')
  script.command('chain', '--replace', '--autofree', word(`${options.boot}/session/wait`), or)
  return toMenuFromCode(script, options)
}

function toMenuFromCode(script: IpxeScript, options: ScriptOptions): IpxeScript {
  script.command('chain', '--replace', '--autofree', word(`${options.boot}/session/menu`), or)
  return askAgain(script, options.base, 5)
}
