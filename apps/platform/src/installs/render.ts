import { filtered, whyUnfiltered } from './filters.ts'
import { formats } from './formats/format.ts'
import { mark, nameOf, type Spot } from './formats/spot.ts'
import type { Template, TemplateFile, TemplateProblem } from './template.ts'
import { decided, type Place, readTemplate } from './template-text.ts'

/** What stands for a name. */
export type Given = {
  /** `undefined`: it has no value. */
  readonly value: string | undefined
  readonly secret: boolean
  /** Why it cannot be used: it has none and needs one, or it is not of its kind. */
  readonly problem?: string | undefined
}

/**
 * `serve`: for the machine. `preview`: secrets are shown as dots. `reveal`: for who may see them. `trial`: only whether it
 * can be done.
 */
export type RenderMode = 'serve' | 'preview' | 'reveal' | 'trial'

export type Rendered = {
  readonly name: string
  readonly text: string
  readonly problems: readonly TemplateProblem[]
}

const dots = '•••••'

/** Fills in one file. With problems, the text is what can be said of it. */
export function render(
  template: Pick<Template, 'name' | 'format' | 'files'>,
  file: TemplateFile,
  given: (name: string) => Given,
  mode: RenderMode,
): Rendered {
  const { pieces, problems: found } = readTemplate(file.text)
  const parts = decided(pieces, (name) => (given(name).value ?? '') !== '')
  const skeleton = parts.map((part) => (part.kind === 'text' ? part.text : mark)).join('')
  const where = template.files.length === 1 ? template.name : `${template.name}/${file.name}`
  const problems: TemplateProblem[] = found.map((one) => ({ where, ...one }))
  const spots = formats[template.format].spots(skeleton)
  const takesQuotes = ['cloud-init', 'ignition', 'talos', 'agama'].includes(template.format)
  let at = 0
  let placed = 0
  const texts = parts.map((part) => {
    if (part.kind === 'text') {
      at += part.text.length
      return part.text
    }
    const spot = spots[placed++] ?? { kind: 'none', why: 'its place was not found' }
    const said = sayAt(part, spot, given(part.name), mode, whyNoShell(part, skeleton, at, { takesQuotes }))
    at += 1
    if ('refused' in said)
      problems.push({
        where,
        line: part.line,
        column: part.column,
        variable: part.name,
        message: said.refused,
      })
    return 'refused' in said ? `{{${part.name}}}` : said.text
  })
  return { name: file.name, text: texts.join(''), problems }
}

type Said = { readonly text: string } | { readonly refused: string }

function sayAt(place: Place, spot: Spot, given: Given, mode: RenderMode, noShell: string | undefined): Said {
  const { name, filters } = place
  const { value = '', secret, problem } = given
  const why = noShell ?? whyUnfiltered(value, filters)
  if (spot.kind === 'none' || why !== undefined)
    return { refused: `{{${name}}}: ${spot.kind === 'none' ? spot.why : why}` }
  if (problem !== undefined) return { refused: problem }
  const text = filtered(value, filters, { isTrial: mode === 'trial' || (secret && mode === 'preview') })
  const meant = spot.kind === 'part' && filters.length === 0 ? whyNotBare(place, text, given) : undefined
  if (meant !== undefined) return { refused: meant }
  const said = spot.say(text)
  if ('refused' in said) return { refused: `${name} cannot be said here: ${said.refused}` }
  return secret && mode === 'preview' ? { text: dots } : said
}

/** Within something longer a value has no character that means something anywhere. */
function whyNotBare({ name }: Place, text: string, { secret }: Given): string | undefined {
  const strange = /[^\w.:/@+=,-]/u.exec(text)?.[0]
  if (strange === undefined) return undefined
  const what = secret ? 'a character that means something to shells' : shown(strange)
  return `${name} has ${what}; within a longer text write {{${name}:text}}, in a command {{${name}:shell}} outside of quotes`
}

const shown = (character: string) => (/[\p{C}\p{Z}]/u.test(character) ? spaceOr(character) : `“${character}”`)
const spaceOr = (character: string) => (character === ' ' ? 'a space' : nameOf(character))

/** A word of a shell must be one: nothing may stick to it, and it may not be within quotes. */
function whyNoShell(
  { filters }: Place,
  skeleton: string,
  at: number,
  { takesQuotes }: { readonly takesQuotes: boolean },
): string | undefined {
  if (!filters.includes('shell')) return undefined
  const before = skeleton.slice(skeleton.lastIndexOf('\n', at - 1) + 1, at)
  const after = skeleton.slice(at + 1, at + 2)
  const startsString = takesQuotes && /(?:^|[^\\])"$/.test(before)
  const isFree =
    (startsString || /(?:^|[\s=(;&|])$/.test(before)) &&
    (/^[\s);&|]?$/.test(after) || (takesQuotes && after === '"'))
  const isQuoted = (before.split("'").length - 1) % 2 === 1
  return isFree && !isQuoted ? undefined : 'with :shell it is a word by itself, outside of quotes'
}

/** What is wrong with a text whatever the values are. */
export function textProblems(template: Pick<Template, 'name' | 'format' | 'files'>, file: TemplateFile) {
  const { pieces } = readTemplate(file.text)
  return { pieces, ...render(template, file, () => ({ value: 'x', secret: false }), 'trial') }
}
