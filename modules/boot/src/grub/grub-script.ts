import { checkGrubCommandLine, GrubScript, grubCommandLine } from '@bootcast/netboot'
import type { BootFile, BootPlan } from '../boot-plan.ts'
import { withoutInitrds } from '../methods/linux.ts'
import { pauseOf, waitingFor } from '../methods/wait.ts'
import { fileUrl, filledIn, type ScriptUrls } from '../template.ts'

type Plan<Method extends BootPlan['method']> = Extract<BootPlan, { method: Method }>

export type GrubAnswer = {
  readonly script: GrubScript
  /** Why GRUB cannot do what the plan says, for people; it stands on the screen, too. */
  readonly cannot?: string
}

/**
 * A plan as GRUB reads it. `urls` are for what is started, which reaches us by HTTP; GRUB's own files are paths at the server
 * that it came from, by TFTP or by HTTP. What it cannot do it says, and the machine asks again. `question`: what was asked
 * with the key of this boot.
 */
export function grubScript(plan: BootPlan, urls: ScriptUrls, question?: string): GrubAnswer {
  switch (plan.method) {
    case 'linux':
      return linuxScript(plan, urls)
    case 'efi':
      return efiScript(plan, urls)
    case 'iso':
      return cannot(plan, 'a CD image starts only through iPXE, which Secure Boot does not let start')
    case 'wim':
      return cannot(plan, 'Windows PE starts only through iPXE, which Secure Boot does not let start')
    case 'local-disk':
      return {
        script: answer().echo('Bootcast: leaving the network boot:', plan.reason).command('start_disk'),
      }
    case 'wait':
      return { script: waitScript(plan, question) }
    case 'menu':
      return { script: openMenu(urls) }
    case 'refuse':
      return { script: answer().echo('Bootcast:', plan.reason).command('again', '10') }
  }
}

/** What a machine is told when no plan could be made for it. */
export function sorryScript(seconds: number): GrubScript {
  return answer()
    .echo('Bootcast: the platform cannot answer now; its log says why')
    .command('again', String(seconds))
}

/** GRUB shows no progress, so each step is named. It checks the kernel's signature as it loads it. */
function linuxScript(plan: Plan<'linux'>, urls: ScriptUrls): GrubAnswer {
  const line = withoutInitrds(filledIn(plan.cmdline, plan, urls))
  const reason = checkGrubCommandLine(line)
  if (reason !== undefined)
    return cannot(plan, `GRUB cannot bring its command line to the kernel as it is: ${reason}`)
  const initrds = initrdsOf(plan, urls)
  if ('odd' in initrds) return cannot(plan, `GRUB cannot put a file at ${initrds.odd} in its initrd`)
  const kernel = pathOf({ ...plan.kernel, name: 'vmlinuz' }, urls)
  const script = answer()
    .echo(`Bootcast: starting ${plan.title}: kernel, ${sizeText([plan.kernel])}`)
    .when(['linux', kernel, grubCommandLine(line)], (loaded) => {
      if (initrds.words.length === 0) return loaded.command('boot')
      return loaded
        .echo(`Bootcast: initrd, ${sizeText(plan.initrds)}`)
        .when(['initrd', ...initrds.words], (complete) => complete.command('boot'))
    })
  return { script: orAgain(script, plan) }
}

/** A file with a path is given as `newc:PATH:FILE`; the first colon ends the path (grub-core/loader/linux.c). */
function initrdsOf(
  { initrds }: Plan<'linux'>,
  urls: ScriptUrls,
): { readonly words: readonly string[] } | { readonly odd: string } {
  const odd = initrds.find(({ path = '/' }) => !/^\/[\x21-\x39\x3b-\x7e]*$/.test(path))?.path
  if (odd !== undefined) return { odd }
  const words = initrds.map(({ path, ...file }, index) => {
    const place = pathOf({ ...file, name: `initrd${index + 1}` }, urls)
    return path === undefined ? place : `newc:${path}:${place}`
  })
  return { words }
}

/** GRUB joins the arguments of a program by single spaces and changes nothing (grub-core/loader/efi/chainloader.c). */
function efiScript(plan: Plan<'efi'>, urls: ScriptUrls): GrubAnswer {
  const line = filledIn(plan.arguments, plan, urls)
  if (/[^\x20-\x7e\t]/.test(line))
    return cannot(plan, 'its arguments have other characters than printable ASCII')
  const words = line.split(/[ \t]+/).filter((found) => found !== '')
  const program = pathOf({ ...plan.program, name: 'program.efi' }, urls)
  const script = answer()
    .echo(`Bootcast: starting ${plan.title}, ${sizeText([plan.program])}`)
    .when(['chainloader', program, ...words], (loaded) => loaded.command('boot'))
  return { script: orAgain(script, plan) }
}

/** The menu is a file of its own: only `configfile` shows one. */
const openMenu = (urls: ScriptUrls): GrubScript => answer().command('show_menu', bootPath(urls))

/** Who waits for its turn asks the same again: see `ask` in the first configuration. */
function waitScript(plan: Plan<'wait'>, question: string | undefined): GrubScript {
  const script = answer()
    .echo(`Bootcast: ${waitingFor(plan)}:`, plan.reason)
    .command('again', String(pauseOf(plan)))
  const comesBack = plan.turnFor !== undefined && question !== undefined
  return comesBack ? script.command('set', `turn=${question}`) : script
}

function cannot({ title }: { readonly title: string }, reason: string): GrubAnswer {
  const script = answer()
    .echo(`Bootcast: ${title} cannot be started here`)
    .echo(reason)
    .command('again', '30')
  return { script, cannot: reason }
}

/** By the first line of each answer the first configuration knows that there was one. */
export const answer = () => new GrubScript().command('set', 'answer=yes')

function orAgain(script: GrubScript, { title }: { readonly title: string }): GrubScript {
  return script
    .echo(`Bootcast: ${title} could not be started (the lines above say why)`)
    .command('again', '10')
}

/** Where GRUB fetches a file: on the server that it came from itself. */
const pathOf = (file: BootFile, urls: ScriptUrls) => fileUrl({ base: '', boot: bootPath(urls) }, file)

/** The place of this boot at the server that GRUB came from: `/b/<key>`. */
export const bootPath = ({ base, boot }: ScriptUrls): string => boot.slice(base.length)

function sizeText(files: readonly BootFile[]): string {
  const mebibytes = files.reduce((sum, { size }) => sum + size, 0) / 2 ** 20
  return `${mebibytes.toFixed(mebibytes < 10 ? 1 : 0)} MiB`
}
