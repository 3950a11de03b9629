import type { Page } from 'playwright-core'

/** A page has more to reach than this only in a long list, where the rest is like the first. */
const mostSteps = 60

/**
 * Goes through a page with the Tab key. @returns what is wrong, a line each: where nobody sees where they are, and what
 * has the focus without being on the screen
 */
export async function tabThrough(page: Page): Promise<string[]> {
  await page.evaluate(() => {
    if (document.activeElement instanceof HTMLElement) document.activeElement.blur()
    scrollTo(0, 0)
  })
  const wrong: string[] = []
  for (let step = 0; step < mostSteps; step += 1) {
    await page.keyboard.press('Tab')
    const found = await page.evaluate(judgeFocus, step)
    if (found === 'round') break
    if (found !== 'fine') wrong.push(found)
  }
  return wrong
}

/** Runs in the browser. */
async function judgeFocus(step: number): Promise<string> {
  const focused = document.activeElement
  if (!(focused instanceof HTMLElement) || focused === document.body) return 'round'
  if (focused.dataset['reached'] === 'yes') return 'round'
  if (step > 0) focused.dataset['reached'] = 'yes'
  const { left, right, top, bottom } = focused.getBoundingClientRect()
  const what = focused.outerHTML.slice(0, 120)
  const style = getComputedStyle(focused)
  const isOnScreen = right > 0 && left < innerWidth && bottom > 0 && top < innerHeight
  if (!isOnScreen || style.visibility === 'hidden') return `not on the screen: ${what}`
  // What is drawn around it may be drawn by what lies around or beside it.
  const drawn = [
    focused,
    focused.parentElement,
    focused.nextElementSibling,
    focused.parentElement?.parentElement,
  ]
  const shown = () =>
    drawn.map((each) => {
      if (!(each instanceof Element)) return ''
      const { outlineStyle, outlineWidth, boxShadow, borderColor, backgroundColor } = getComputedStyle(each)
      return [outlineStyle, outlineWidth, boxShadow, borderColor, backgroundColor].join()
    })
  const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
  const [outline] = [style.outlineStyle !== 'none' && Number.parseFloat(style.outlineWidth) > 0]
  if (outline) return 'fine'
  await wait(120)
  const withFocus = shown().join('|')
  focused.blur()
  await wait(120)
  const without = shown().join('|')
  focused.focus()
  return withFocus === without ? `its focus is not seen: ${what}` : 'fine'
}
