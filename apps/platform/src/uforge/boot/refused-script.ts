import { IpxeScript, or, word } from '@bootcast/netboot'

/**
 * Says why somebody was not let in, lets time pass, and shows the form again, until it comes; its other lines are as they
 * were. `form`: its address, which may be relative to that of this script.
 */
export function refusedScript(why: string, seconds: number, form: string): IpxeScript {
  const pause = Math.min(900, Math.max(2, Math.ceil(seconds) || 2))
  return new IpxeScript()
    .command('clear', 'password', or)
    .command('clear', 'forge-who', or)
    .label('again')
    .echo('Bootcast:', why)
    .echo(`Bootcast: the form comes again in ${pause} s`)
    .command('sleep', String(pause), or)
    .command('chain', '--replace', '--autofree', word(form), or)
    .command('goto', 'again')
}
