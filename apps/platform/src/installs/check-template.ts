import { isBuiltIn } from './built-in.ts'
import { formats } from './formats/format.ts'
import { whyUnfit } from './kinds.ts'
import { textProblems } from './render.ts'
import type { Template, TemplateFile, TemplateProblem, Variable } from './template.ts'
import { namesIn } from './template-text.ts'

const mostBytes = 192 * 1024

/** What is wrong with a template whatever the values are; empty when it can be kept. */
export function problemsOf(
  template: Pick<Template, 'name' | 'format' | 'files' | 'variables'>,
): readonly TemplateProblem[] {
  const { name: where, variables, files } = template
  const declared = new Set(variables.map(({ name }) => name))
  const problems: TemplateProblem[] = []
  if (declared.size < variables.length) problems.push({ where, message: 'a variable is declared twice' })
  if (new Set(files.map(({ name }) => name)).size < files.length)
    problems.push({ where, message: 'two files have the same name' })
  if (files.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0) > mostBytes)
    problems.push({ where, message: `its files are larger than ${mostBytes / 1024} KiB together` })
  problems.push(...variables.flatMap((variable) => variableProblems(where, variable)))
  if (problems.length > 0) return problems
  return files.flatMap((file) => fileProblems(template, file, declared))
}

function fileProblems(
  template: Pick<Template, 'name' | 'format' | 'files'>,
  file: TemplateFile,
  declared: ReadonlySet<string>,
): readonly TemplateProblem[] {
  const { pieces, problems, text } = textProblems(template, file)
  const where = template.files.length === 1 ? template.name : `${template.name}/${file.name}`
  const undeclared = [...namesIn(pieces)]
    .filter(([name]) => !declared.has(name) && !isBuiltIn(name))
    .map(([name, position]) => ({
      where,
      ...position,
      variable: name,
      message: `the variable ${name} is not declared`,
    }))
  const wrong = problems.length === 0 ? formats[template.format].whyWrong?.(text) : undefined
  return [...problems, ...undeclared, ...(wrong === undefined ? [] : [{ where, message: wrong }])]
}

function variableProblems(where: string, variable: Variable): readonly TemplateProblem[] {
  const { name, secret, default: usual } = variable
  const say = (message: string): TemplateProblem => ({ where, variable: name, message })
  if (isBuiltIn(name)) return [say(`${name} is known of every machine and is not declared`)]
  if (secret && usual !== undefined)
    return [say(`${name} is secret, and a default would be shown with the template; set it for the image`)]
  const unfit = usual === undefined ? undefined : whyUnfit(variable, usual)
  return unfit === undefined ? [] : [say(`the default of ${name} cannot be that: ${unfit}`)]
}
