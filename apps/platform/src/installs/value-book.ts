import { anyVariant, type InstallQuestion, type Machine, strangerMachine } from '@bootcast/catalogue'
import type { CatalogueStore } from '../catalogue/catalogue-store.ts'
import { isBuiltIn } from './built-in.ts'
import type { InstallStore } from './install-store.ts'
import type { Installs } from './installs.ts'
import { whyNoValue, whyUnfit } from './kinds.ts'
import { problemText, ValueNotFound, ValueRefused } from './template.ts'
import type { Scope, SetValue } from './values.ts'

export type ValueBookSettings = {
  readonly store: InstallStore
  readonly installs: Installs
  readonly catalogue: Pick<CatalogueStore, 'releasesFor' | 'defaultImage'>
  /** The machine, known from now on. */
  readonly machine: (mac: string) => Promise<Machine>
}

type Owner = { readonly scope: Scope; readonly of: string }

/** The values that operators give. */
export class ValueBook {
  readonly #settings: ValueBookSettings

  constructor(settings: ValueBookSettings) {
    this.#settings = settings
  }

  async list({ scope, of }: Owner): Promise<readonly SetValue[]> {
    const none = { machines: [], labels: [], images: [] }
    return await this.#settings.store.values({ ...none, [`${scope}s`]: [of] })
  }

  /**
   * Keeps a value, encrypted. One that a template which it is for could not say is refused now rather than at the boot:
   * those of the image, or of what the machine would boot.
   * @throws {ValueRefused | ImageNotFound}
   */
  async set(value: SetValue & { readonly value: string }): Promise<SetValue> {
    const { store } = this.#settings
    const { scope, of, name } = value
    const never = whyNoValue(value.value) ?? this.#whyNotBuiltIn(value)
    if (never !== undefined) throw new ValueRefused(name, never)
    const machine = scope === 'machine' ? await this.#settings.machine(of) : undefined
    const secret = value.secret || (await store.secretNames()).has(name)
    const kept = { ...value, secret }
    const [problem] = await this.#settings.installs.problemsWith(kept, await this.#questions(kept, machine))
    if (problem !== undefined) throw new ValueRefused(name, problemText(problem))
    await store.setValue(kept)
    return kept
  }

  /** @throws {ValueNotFound} */
  async remove(value: Owner & { readonly name: string }): Promise<void> {
    if (!(await this.#settings.store.removeValue(value))) throw new ValueNotFound(value.name, value.of)
  }

  #whyNotBuiltIn({ name, value }: { readonly name: string; readonly value: string }): string | undefined {
    if (name === 'hostname') return whyUnfit({ kind: 'hostname', choices: [] }, value)
    return isBuiltIn(name) ? 'it is known of every machine and cannot be set' : undefined
  }

  async #questions({ scope, of }: Owner, machine: Machine | undefined): Promise<readonly InstallQuestion[]> {
    const { catalogue } = this.#settings
    const candidates = [machine?.nextImage, machine?.image, await catalogue.defaultImage()]
    const references = scope === 'image' ? [of] : scope === 'machine' ? candidates : []
    const releases = await catalogue.releasesFor(references.filter((one) => one !== undefined))
    const asked = machine ?? strangerMachine('52:54:00:00:00:00')
    return [...releases.values()].flatMap((release) => {
      const variant = anyVariant(asked, release)
      return variant === undefined ? [] : [{ machine: asked, release, variant }]
    })
  }
}
