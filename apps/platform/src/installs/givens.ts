import { builtInKinds, isBuiltIn } from './built-in.ts'
import { whyUnfit } from './kinds.ts'
import type { Given } from './render.ts'
import type { Variable } from './template.ts'
import type { Found } from './values.ts'

export type GivensOptions = {
  readonly variables: readonly Variable[]
  /** Values of operators. */
  readonly found: ReadonlyMap<string, Found>
  readonly builtIn: ReadonlyMap<string, string | undefined>
  readonly mac: string
}

/** What stands for each name in a template: a value that somebody gave, else the default; or what is known anyway. */
export function givensOf({ variables, found, builtIn, mac }: GivensOptions): (name: string) => Given {
  const byName = new Map(variables.map((variable) => [variable.name, variable]))
  const known = new Map<string, Given>()
  const make = (name: string): Given => {
    const variable = byName.get(name)
    if (variable !== undefined) return givenOf(variable, found.get(name), mac)
    return builtInOf(name, name === 'hostname' ? found.get(name) : undefined, builtIn.get(name))
  }
  return (name) => {
    const given = known.get(name) ?? make(name)
    known.set(name, given)
    return given
  }
}

function givenOf(variable: Variable, found: Found | undefined, mac: string): Given {
  const { name, kind, choices, required } = variable
  const secret = variable.secret || found?.secret === true
  if (found !== undefined && 'problem' in found) return { value: undefined, secret, problem: found.problem }
  const value = found?.value ?? variable.default
  if (required && (value ?? '') === '') {
    const how = `bootcast machine set-value ${mac} ${name} ${secret ? '--secret' : 'VALUE'}`
    return { value, secret, problem: `${name} has no value; give it one: ${how}` }
  }
  const unfit = value === undefined ? undefined : whyUnfit({ kind, choices }, value)
  return { value, secret, ...(unfit !== undefined && { problem: `${name} cannot be that: ${unfit}` }) }
}

function builtInOf(name: string, found: Found | undefined, told: string | undefined): Given {
  if (found !== undefined && 'problem' in found)
    return { value: undefined, secret: false, problem: found.problem }
  const value = found?.value ?? told
  if (value === undefined)
    return { value, secret: false, problem: `the ${name} of this machine is not known` }
  const kind = isBuiltIn(name) ? builtInKinds[name] : 'word'
  const unfit = whyUnfit({ kind, choices: [] }, value)
  return {
    value,
    secret: found?.secret === true,
    ...(unfit !== undefined && { problem: `the ${name} of this machine cannot be used: ${unfit}` }),
  }
}
