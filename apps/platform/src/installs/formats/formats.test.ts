import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { SaxesParser } from 'saxes'
import { parse } from 'yaml'
import { render } from '../render.ts'
import type { FormatName } from './format.ts'

/** What people and attackers write: quotes, braces, line ends, controls, any Unicode. */
const value = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.string({
    unit: fc.constantFrom(...'"\'`\\$(){}[]<>&;|#%:,- \t\n\r=*!?@~^\u2028\u0085\ufeff\0a'.split('')),
  }),
  fc.constantFrom('no', 'null', '1e3', '~', '- a', 'a: b', '%end', ']]>', '{{mac}}', "'; reboot #", '\\'),
)

/** The text, or `undefined` when the value was refused. */
function filled(format: FormatName, text: string, given: string): string | undefined {
  const file = { name: 'f', text }
  const done = render(
    { name: 't', format, files: [file] },
    file,
    () => ({ value: given, secret: false }),
    'serve',
  )
  for (const { variable, message } of done.problems) {
    assert.equal(variable, 'x')
    assert.ok(message.length > 10)
  }
  return done.problems.length > 0 ? undefined : done.text
}

/** Each value comes out of a real parser as it went in, or is refused; most are not. */
function everyValue(format: FormatName, text: string, read: (text: string) => readonly unknown[]): void {
  let said = 0
  let all = 0
  fc.assert(
    fc.property(value, (given) => {
      all += 1
      const document = filled(format, text, given)
      if (document === undefined) return
      said += 1
      for (const found of read(document)) assert.equal(found, given)
    }),
    { numRuns: 2000 },
  )
  assert.ok(said > all / 4, `${said} of ${all}`)
}

test('JSON: every value is one string, with and without quotes around the place', () => {
  const text = '{"a": {{x}}, "b": ["{{x}}", {{x:text}}], "c": "{{x:text}}"}'
  everyValue('ignition', text, (document) => {
    const { a, b, c } = JSON.parse(document)
    return [a, ...b, c]
  })
})

test('YAML: every value is one string, in keys, items, brackets and quotes', () => {
  const text = [
    'a: {{x}} # {{x:base64}}',
    'b:',
    '  - {{x}}',
    '  - c: "{{x}}"',
    '    d: [{{x}}, "q", {{x}}]',
    'e: {f: {{x}}, g: 1}',
    'h: after',
  ].join('\n')
  for (const version of ['1.1', '1.2'] as const)
    everyValue('cloud-init', text, (document) => {
      const read = parse(document, { version })
      assert.equal(read.h, 'after')
      return [read.a, read.b[0], read.b[1].c, read.b[1].d[0], read.b[1].d[2], read.e.f]
    })
})

test('YAML: what stands in a block stays in it', () => {
  const text = 'a:\n  - path: p\n    content: |\n      x={{x:text}}\n      end\n    mode: 1\nb: after'
  everyValue('talos', text, (document) => {
    const read = parse(document)
    assert.deepEqual([read.a[0].mode, read.b], [1, 'after'])
    return [/^x=(.*)\nend\n$/s.exec(read.a[0].content)?.[1]]
  })
})

function readXml(document: string) {
  const texts: string[] = []
  const attributes: string[] = []
  const tags: string[] = []
  const parser = new SaxesParser()
  parser.on('text', (text) => void texts.push(text))
  parser.on('opentag', (tag) => {
    tags.push(tag.name)
    attributes.push(...Object.values(tag.attributes).map(String))
  })
  parser.on('error', (error) => {
    throw error
  })
  parser.write(document).close()
  return { text: texts.join(''), attributes, tags }
}

test('XML: every value that XML can say is text between its tags and in its attributes', () => {
  everyValue('autoyast', '<?xml version="1.0"?><a b="{{x}}" c=\'{{x}}\'><d>{{x}}</d></a>', (document) => {
    const { text, attributes, tags } = readXml(document)
    assert.deepEqual(tags, ['a', 'd'])
    return [text, ...attributes]
  })
})

test('kickstart: every value is one word of a command, and no line is added', () => {
  const python = spawnSync('python3', ['-c', 'import shlex'])
  if (python.status !== 0)
    process.stderr.write('\nSKIPPED: no python3 here, whose shlex reads kickstarts\n\n')
  const lines: { readonly given: string; readonly line: string }[] = []
  fc.assert(
    fc.property(value, (given) => {
      const document = filled('kickstart', 'user --name={{x}} {{x}} --gecos="{{x}}"', given)
      if (document === undefined) return assert.match(given, /[\p{Cc}\p{Zl}\p{Zp}]/u)
      assert.doesNotMatch(document, /[\r\n]/)
      lines.push({ given, line: document })
    }),
    { numRuns: 2000 },
  )
  if (python.status !== 0) return
  const program =
    'import sys,json,shlex\nprint(json.dumps([shlex.split(l,comments=True) for l in json.load(sys.stdin)]))'
  const input = JSON.stringify(lines.map(({ line }) => line))
  const read = JSON.parse(
    execFileSync('python3', ['-c', program], { input, encoding: 'utf8', maxBuffer: 2 ** 26 }),
  )
  for (const [n, { given }] of lines.entries())
    assert.deepEqual(read[n], ['user', `--name=${given}`, given, `--gecos=${given}`])
})

test('preseed: debconf reads every value as it is, each of its own question', () => {
  if (spawnSync('debconf-set-selections', ['--help']).error !== undefined)
    return void process.stderr.write('\nSKIPPED: no debconf-set-selections here\n\n')
  const lines: string[] = []
  const given: string[] = []
  fc.assert(
    fc.property(value, (one) => {
      const line = filled('preseed', `lab lab/q${given.length} string {{x}}`, one)
      if (line === undefined) return
      assert.doesNotMatch(line, /[\r\n]/)
      lines.push(line)
      given.push(one)
    }),
    { numRuns: 1000 },
  )
  const folder = mkdtempSync(join(tmpdir(), 'bootcast-debconf-'))
  try {
    writeFileSync(join(folder, 'preseed'), `${lines.join('\n')}\n`)
    const files = ['config', 'templates'].map((name) => join(folder, name))
    const db = (name: string, place = '') => `Name: ${name}\nDriver: File\nMode: 600\nFilename: ${place}\n\n`
    const settings = `Config: config\nTemplates: templates\n\n${db('config', files[0])}${db('templates', files[1])}`
    writeFileSync(join(folder, 'debconf.conf'), settings)
    const env = { ...process.env, DEBCONF_SYSTEMRC: join(folder, 'debconf.conf'), LC_ALL: 'C.UTF-8' }
    execFileSync('debconf-set-selections', [join(folder, 'preseed')], { env })
    const kept = new Map<string, string>()
    for (const entry of readFileSync(join(folder, 'config'), 'utf8').split('\n\n')) {
      const name = /^Name: (.*)$/m.exec(entry)?.[1]
      if (name !== undefined) kept.set(name, (/^Value: ?(.*)$/m.exec(entry)?.[1] ?? '').replace(/\\n/g, '\n'))
    }
    for (const [n, one] of given.entries()) assert.equal(kept.get(`lab/q${n}`), one, lines[n])
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('with :shell a value is one word for a real shell', () => {
  const words: string[] = []
  const given: string[] = []
  fc.assert(
    fc.property(value, (one) => {
      const said = filled('preseed', 'd-i preseed/late_command string echo {{x:shell}} ; true', one)
      if (said === undefined) return
      words.push(said.slice('d-i preseed/late_command string echo '.length, -' ; true'.length))
      given.push(one)
    }),
    { numRuns: 1000 },
  )
  const script = words.map((word) => `printf '%s\\0' ${word}`).join('\n')
  const read = execFileSync('sh', [], { input: script, maxBuffer: 2 ** 26 })
    .toString('utf8')
    .split('\0')
  assert.deepEqual(read.slice(0, -1), given)
  assert.ok(given.length > 200)
})

test('within something longer a bare value has nothing that a shell, a URL or a format would read', () => {
  const places: readonly (readonly [FormatName, string])[] = [
    ['preseed', 'd-i preseed/late_command string wget {{x}}/a'],
    ['kickstart', '%post\ncurl {{x}}/a\n%end'],
    ['cloud-init', 'runcmd:\n  - "curl {{x}}/a"'],
    ['cloud-init', '#!/bin/sh\ncurl {{x}}'],
    ['ignition', '{"a": "data:,{{x}}"}'],
    ['autoyast', '<a>curl {{x}}</a>'],
    ['unattend', '<a><![CDATA[curl {{x}}]]></a>'],
  ]
  for (const [format, text] of places) {
    assert.ok(
      filled(format, text, 'http://10.77.0.1:8080/b/AAAA-_x/phone-home')?.includes('phone-home'),
      text,
    )
    for (const bad of [
      'a b',
      'a;b',
      '$(a)',
      '`a`',
      '"',
      "'",
      'a\nb',
      '&',
      '|',
      '<',
      '%',
      '\\',
      '*',
      '!',
      '~',
      'é',
    ])
      assert.equal(filled(format, text, bad), undefined, `${text} ${bad}`)
  }
})

test('a place that no value can be put in safely is refused whatever the value is', () => {
  const places: readonly (readonly [FormatName, string])[] = [
    ['preseed', 'd-i {{x}} string y'],
    ['preseed', '{{x}}'],
    ['kickstart', '{{x}} --lang=a'],
    ['kickstart', "user --name='{{x}}'"],
    ['kickstart', 'user --name=a{{x}}'],
    ['cloud-init', '{{x}}: a'],
    ['cloud-init', "a: '{{x}}'"],
    ['cloud-init', 'a: echo {{x}}'],
    ['ignition', '{{{x}}: 1}'.replace('{{{', '{ {{')],
    ['autoyast', '<{{x}}>a</a>'],
    ['autoyast', '<a {{x}}="b"/>'],
    ['autoyast', '<!-- {{x}} --><a/>'],
    ['preseed', "d-i preseed/late_command string echo '{{x:shell}}'"],
    ['preseed', 'd-i preseed/late_command string echo "{{x:shell}}"'],
    ['cloud-init', 'a:\n  - "echo \\"{{x:shell}}\\""'],
  ]
  for (const [format, text] of places) assert.equal(filled(format, text, 'x'), undefined, text)
})
