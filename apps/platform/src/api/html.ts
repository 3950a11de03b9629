import { createHash } from 'node:crypto'
import type { FastifyReply } from 'fastify'

/** HTML that is safe to send: made by `html` alone. */
export class Html {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

type Value = string | number | Html | undefined | readonly Html[]

/** HTML with values in it: texts are escaped for elements and quoted attributes, absent ones are nothing. */
export function html(parts: TemplateStringsArray, ...values: readonly Value[]): Html {
  return new Html(parts.reduce((text, part, at) => text + shown(values[at - 1]) + part))
}

function shown(value: Value): string {
  if (value === undefined) return ''
  if (value instanceof Html) return value.text
  if (typeof value === 'object') return value.map(({ text }) => text).join('')
  return String(value).replace(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`)
}

const style = `:root{color-scheme:light dark;font:16px/1.5 system-ui,sans-serif}
body{margin:0 auto;max-width:24rem;overflow-wrap:anywhere;padding:2rem 1rem}
h1{font-size:1.4rem;margin:0 0 1rem}
label{display:block;margin:0 0 1rem}
input{box-sizing:border-box;display:block;font:inherit;margin-top:.25rem;padding:.5rem;width:100%}
button,.button{background:#1a5fb4;border:0;border-radius:.25rem;box-sizing:border-box;color:#fff;cursor:pointer;display:block;font:inherit;padding:.6rem;text-align:center;text-decoration:none;width:100%}
button:focus-visible,.button:focus-visible,input:focus-visible{outline:3px solid #62a0ea;outline-offset:2px}
.or{margin:1rem 0;text-align:center}
fieldset{border:1px solid;border-radius:.25rem;margin:0 0 1rem;padding:.5rem .75rem}
dl{display:grid;gap:.25rem .75rem;grid-template-columns:max-content 1fr;margin:0 0 1rem}
dt{opacity:.7}
dd{margin:0}
.choice{display:flex;gap:.5rem;margin:0;padding:.5rem 0}
.choice input{flex:none;margin:.3rem 0 0;width:auto}
.unfit{margin:0;opacity:.7;padding:.25rem 0}
.second{background:none;border:1px solid;color:inherit;margin-top:.75rem}
[role=alert],.warning{border-left:.25rem solid #c01c28;margin:0 0 1rem;padding:.25rem .75rem}`
const styleHash = createHash('sha256').update(style).digest('base64')

/** No script, nothing from elsewhere, forms only to here. */
const headers = {
  'content-security-policy': `default-src 'none'; style-src 'sha256-${styleHash}'; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`,
  // With no-referrer a form would be sent with `Origin: null` (Fetch standard, “append a request Origin header”).
  'referrer-policy': 'same-origin',
}

export type Page = {
  readonly title: string
  readonly body: Html
  readonly status?: number
}

/** Sends a page that needs no script and fits a telephone. */
export function sendPage(reply: FastifyReply, { title, body, status = 200 }: Page): FastifyReply {
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} – Bootcast</title>
<style>${new Html(style)}</style>
</head>
<body>
<main>
<h1>${title}</h1>
${body}
</main>
</body>
</html>
`
  return reply.code(status).headers(headers).type('text/html; charset=utf-8').send(page.text)
}
