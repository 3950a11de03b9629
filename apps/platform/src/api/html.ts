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

/** The colours and fonts of the console (apps/console/src/theme.ts), so that one does not seem to be elsewhere. */
const style = `:root{color-scheme:light dark;--paper:#fff;--ground:#f8f9fa;--ink:#000;--dim:#495057;--line:#ced4da;--blue:#1864ab;--link:#1864ab;--red:#c92a2a;font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif}
@media (prefers-color-scheme:dark){:root{--paper:#242424;--ground:#1a1a1a;--ink:#e0e0e0;--dim:#b8b8b8;--line:#5c5c5c;--blue:#15599a;--link:#6ca4e4;--red:#ff8787}}
body{background:var(--ground);color:var(--ink);margin:0;overflow-wrap:anywhere}
header{background:var(--paper);border-bottom:1px solid var(--line);display:flex;gap:1rem;justify-content:space-between;padding:.75rem 1rem}
header a{color:inherit;font-size:1.1rem;font-weight:750;text-decoration:none}
header span{color:var(--dim);min-width:0}
main{background:var(--paper);border:1px solid var(--line);border-radius:.25rem;box-sizing:border-box;margin:1rem auto;max-width:27rem;padding:1.25rem 1rem}
@media (min-width:30rem){main{margin-top:2rem;padding:1.5rem}}
h1{font-size:1.4rem;line-height:1.3;margin:0 0 .75rem}
p{margin:0 0 1rem}
a{color:var(--link)}
a.button{color:#fff}
label{display:block;margin:0 0 1rem}
input{accent-color:var(--blue);background:var(--paper);border:1px solid var(--line);border-radius:.25rem;box-sizing:border-box;color:inherit;display:block;font:inherit;margin-top:.25rem;min-height:2.75rem;padding:.5rem;width:100%}
button,.button{background:var(--blue);border:1px solid var(--blue);border-radius:.25rem;box-sizing:border-box;color:#fff;cursor:pointer;display:block;font:inherit;font-weight:600;min-height:2.75rem;padding:.6rem;text-align:center;text-decoration:none;width:100%}
button:focus-visible,.button:focus-visible,input:focus-visible,a:focus-visible{outline:3px solid var(--link);outline-offset:2px}
.or{margin:1rem 0;text-align:center}
fieldset{border:1px solid var(--line);border-radius:.25rem;margin:0 0 1rem;min-width:0;padding:.25rem .75rem}
legend{font-weight:600;padding:0 .25rem}
.code{background:var(--ground);border:1px solid var(--line);border-radius:.25rem;font:700 1.75rem/1.2 ui-monospace,SFMono-Regular,"Cascadia Mono","DejaVu Sans Mono",monospace;letter-spacing:.06em;margin:0 0 .5rem;padding:.75rem 0;text-align:center}
dl{display:grid;gap:.25rem .75rem;grid-template-columns:max-content minmax(0,1fr);margin:0 0 1rem}
dt{color:var(--dim)}
dd{margin:0}
.choice{align-items:center;border-top:1px solid var(--line);cursor:pointer;display:flex;gap:.75rem;margin:0;min-height:2.75rem}
legend+.choice{border-top:0}
.choice input{flex:none;height:1.25rem;margin:0;min-height:0;width:1.25rem}
.unfit,.note{color:var(--dim);font-size:.9rem}
.unfit{border-top:1px solid var(--line);margin:0;padding:.5rem 0}
.after{margin:1rem 0 0}
.second{background:none;border-color:var(--line);color:inherit;margin-top:.75rem}
[role=alert],.warning{border-left:.25rem solid var(--red);margin:0 0 1rem;padding:.25rem .75rem}`
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
  /** Who is signed in: stands at the top. */
  readonly user?: string | undefined
}

/** Sends a page that needs no script and fits a telephone. */
export function sendPage(reply: FastifyReply, { title, body, status = 200, user }: Page): FastifyReply {
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} – Bootcast</title>
<style>${new Html(style)}</style>
</head>
<body>
<header><a href="/">Bootcast</a>${user === undefined ? undefined : html`<span><bdi>${user}</bdi></span>`}</header>
<main>
<h1>${title}</h1>
${body}
</main>
</body>
</html>
`
  return reply.code(status).headers(headers).type('text/html; charset=utf-8').send(page.text)
}
