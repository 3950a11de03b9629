import { Refused } from './problem-response.ts'

const mostShown = 20

export const noSuchCode = (typed: string) =>
  new Refused(
    'code_not_found',
    `Neither a machine nor a command shows the code ${typed.slice(0, mostShown)} now. Codes last ten minutes; the screen shows the newest one`,
  )
