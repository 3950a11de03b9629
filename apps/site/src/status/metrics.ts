/** A number for Prometheus: its name without the prefix, what it is, and a value for each set of labels. */
export type Metric = {
  readonly name: string
  readonly kind: 'counter' | 'gauge'
  readonly about: string
  readonly values: readonly { readonly labels?: Readonly<Record<string, string>>; readonly value: number }[]
}

/** The text format of Prometheus, version 0.0.4. */
export function metricsText(metrics: readonly Metric[]): string {
  return metrics.map(textOf).join('')
}

function textOf({ name, kind, about, values }: Metric): string {
  const full = `bootcast_site_${name}`
  const lines = values.map(({ labels = {}, value }) => `${full}${labelsText(labels)} ${value}\n`)
  return `# HELP ${full} ${about}\n# TYPE ${full} ${kind}\n${lines.join('')}`
}

function labelsText(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`)
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`
}

const escaped = (value: string): string =>
  value.replace(/[\\"\n]/g, (character) => (character === '\n' ? '\\n' : `\\${character}`))
