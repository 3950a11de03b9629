/** Leaves a mark where anybody can see it, should it ever run. */
const mark = "globalThis.injected='yes'"

/** Texts that people and machines may choose, and that break pages which trust them. */
export const hostile = {
  script: `<script>${mark};alert(1)</script>`,
  image: `<img src=x onerror="${mark}">`,
  attribute: `" onmouseover="${mark}" x="`,
  template: '{{constructor.constructor("alert(1)")()}} ${7*7} %s %00',
  /** Turns what follows around: `txt.exe` reads as `exe.txt`. */
  turning: 'report\u202e\u2066cod.exe\u2069 \u200b\u200f',
  rightToLeft: 'חדר שרתים 3 – قاعة الخوادم',
  emoji: '🧯🛰️ l’été – 機房',
  /** No place to break it. */
  unbroken: 'W'.repeat(10_000),
} as const

/** What names of people and groups may be: one line of 128 characters that can be seen. */
export const hostileNames = {
  script: "<script>globalThis.injected='yes'</script>",
  image: `<img src=x onerror="${mark}">`,
  rightToLeft: hostile.rightToLeft,
  emoji: hostile.emoji,
  longest: 'W'.repeat(128),
} as const
